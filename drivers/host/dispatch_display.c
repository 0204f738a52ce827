// Requests to displays: parameters and the call into the driver. What a word means is the driver's business.
#include "base/cleanup.h"
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

#define CELL_MAX  4096 /* rows or columns of a window that are looked at */
#define WAIT_MAX  3600000
#define TEXT_MAX  4096
#define IDLE_MAX  86400
#define GLYPH_MAX 255

#define INTEGER(name, required, min, max)                                                          \
	{                                                                                          \
		name, PH_PARAM_INTEGER, required, min, max                                         \
	}
#define WINDOW INTEGER("window", false, 0, 255)
#define FLAG(name)                                                                                 \
	{                                                                                          \
		name, PH_PARAM_BOOLEAN, false, 0, 0                                                \
	}

/* Checks `list` and fills at most PH_DISPLAY_ROWS_MAX rows of it. */
static int read_rows(struct ph_device *device, const cJSON *list,
	struct ph_display_row rows[PH_DISPLAY_ROWS_MAX], unsigned *ret_count)
{
	static const struct ph_param members[] = {
		{"text", PH_PARAM_TEXT, true, 0, 1024}, FLAG("blink"), FLAG("reverse"), {0}};
	unsigned count = 0;

	for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
		char path[32];
		snprintf(path, sizeof path, "$.rows[%u]", count);
		if (count == PH_DISPLAY_ROWS_MAX)
			return ph_request_refuse(device, path, "is one row too many");
		if (!cJSON_IsObject(item))
			return ph_request_refuse(device, path, "must be an object");
		int r = ph_params_check(device, path, item, members);
		if (r < 0)
			return r;
		rows[count++] = (struct ph_display_row){ph_param_get(item, "text")->valuestring,
			cJSON_IsTrue(ph_param_get(item, "blink")),
			cJSON_IsTrue(ph_param_get(item, "reverse"))};
	}
	*ret_count = count;
	return 0;
}

static int call_show(struct ph_device *device, struct ph_host_request *request)
{
	struct ph_display_row rows[PH_DISPLAY_ROWS_MAX];
	unsigned count = 0;

	int r = read_rows(device, ph_param_get(request->params, "rows"), rows, &count);
	if (r < 0)
		return r;
	return device->driver->display->show(
		device, rows, count, (int)ph_param_get_int(request->params, "brightness", -1));
}

static int call_clear(struct ph_device *device, struct ph_host_request *request)
{
	return device->driver->display->show(device, NULL, 0, -1);
}

static int call_line(
	struct ph_device *device, struct ph_host_request *request, enum ph_display_method method)
{
	const struct ph_display_ops *ops = device->driver->display;
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = cJSON_CreateObject();
	PH_CLEANUP_FREE char *text = NULL;

	if (!ops->line)
		return -EOPNOTSUPP;
	int r = result ? ops->line(device, method, request->params, result) : -ENOMEM;
	if (r < 0 || !result->child)
		return r;
	text = cJSON_PrintUnformatted(result);
	return text ? ph_buf_add_str(&request->result, text) : -ENOMEM;
}

static int call_idle(struct ph_device *device, struct ph_host_request *request)
{
	struct ph_display_row rows[PH_DISPLAY_ROWS_MAX];
	unsigned count = 0;

	int r = read_rows(device, ph_param_get(request->params, "rows"), rows, &count);
	return r < 0 ? r : call_line(device, request, PH_DISPLAY_IDLE);
}

/* A call without a name of its own for each method of the driver. */
#define CALL(name, method)                                                                         \
	static int name(struct ph_device *device, struct ph_host_request *request)                 \
	{                                                                                          \
		return call_line(device, request, method);                                         \
	}
CALL(call_create, PH_DISPLAY_WINDOW_CREATE)
CALL(call_destroy, PH_DISPLAY_WINDOW_DESTROY)
CALL(call_select, PH_DISPLAY_WINDOW_SELECT)
CALL(call_refresh, PH_DISPLAY_WINDOW_REFRESH)
CALL(call_scroll, PH_DISPLAY_WINDOW_SCROLL)
CALL(call_text, PH_DISPLAY_WINDOW_TEXT)
CALL(call_window_clear, PH_DISPLAY_WINDOW_CLEAR)
CALL(call_cursor, PH_DISPLAY_WINDOW_CURSOR)
CALL(call_marquee, PH_DISPLAY_MARQUEE)
CALL(call_configure, PH_DISPLAY_CONFIGURE)
CALL(call_descriptor, PH_DISPLAY_DESCRIPTOR)
CALL(call_glyph, PH_DISPLAY_GLYPH)
CALL(call_content, PH_DISPLAY_CONTENT)
CALL(call_hold, PH_DISPLAY_HOLD)

static const struct ph_param show_params[] = {
	{"rows", PH_PARAM_ARRAY, true, 0, 0}, INTEGER("brightness", false, 0, 100), {0}};
static const struct ph_param create_params[] = {INTEGER("viewport_row", true, 0, CELL_MAX),
	INTEGER("viewport_column", true, 0, CELL_MAX),
	INTEGER("viewport_height", true, 1, CELL_MAX), INTEGER("viewport_width", true, 1, CELL_MAX),
	INTEGER("rows", false, 1, CELL_MAX), INTEGER("columns", false, 1, CELL_MAX), {0}};
static const struct ph_param window_params[] = {WINDOW, {0}};
static const struct ph_param select_params[] = {INTEGER("window", true, 0, 255), {0}};
static const struct ph_param scroll_params[] = {WINDOW, {"direction", PH_PARAM_TEXT, true, 0, 16},
	INTEGER("units", false, 0, CELL_MAX), {0}};
static const struct ph_param text_params[] = {WINDOW, {"text", PH_PARAM_TEXT, true, 0, TEXT_MAX},
	INTEGER("row", false, 0, CELL_MAX), INTEGER("column", false, 0, CELL_MAX), FLAG("blink"),
	FLAG("reverse"), INTEGER("wait_ms", false, 0, WAIT_MAX), {0}};
static const struct ph_param cursor_params[] = {WINDOW, INTEGER("row", false, 0, CELL_MAX),
	INTEGER("column", false, 0, CELL_MAX), {"type", PH_PARAM_TEXT, false, 0, 16}, FLAG("blink"),
	FLAG("update"), {0}};
static const struct ph_param marquee_params[] = {WINDOW, {"type", PH_PARAM_TEXT, false, 0, 16},
	{"format", PH_PARAM_TEXT, false, 0, 16}, INTEGER("unit_wait_ms", false, 0, WAIT_MAX),
	INTEGER("repeat_wait_ms", false, 0, WAIT_MAX), {0}};
static const struct ph_param configure_params[] = {
	INTEGER("brightness", false, 0, 100), INTEGER("blink_rate_ms", false, 1, WAIT_MAX), {0}};
static const struct ph_param descriptor_params[] = {
	INTEGER("descriptor", false, 0, 255), {"state", PH_PARAM_TEXT, true, 0, 16}, {0}};
static const struct ph_param glyph_params[] = {
	INTEGER("code", true, 1, GLYPH_MAX), {"data_b64", PH_PARAM_TEXT, true, 0, 64}, {0}};
static const struct ph_param idle_params[] = {
	{"rows", PH_PARAM_ARRAY, true, 0, 0}, INTEGER("after_s", false, 1, IDLE_MAX), {0}};
static const struct ph_param hold_params[] = {{"held", PH_PARAM_BOOLEAN, true, 0, 0}, {0}};

#define ROW(name, params, call)                                                                    \
	{                                                                                          \
		"display." name, PH_CLASS_DISPLAY, false, params, call, NULL                       \
	}

const struct ph_host_method ph_display_methods[] = {
	ROW("show", show_params, call_show),
	ROW("clear", ph_no_params, call_clear),
	ROW("window.create", create_params, call_create),
	ROW("window.destroy", window_params, call_destroy),
	ROW("window.select", select_params, call_select),
	ROW("window.refresh", window_params, call_refresh),
	ROW("window.scroll", scroll_params, call_scroll),
	ROW("window.text", text_params, call_text),
	ROW("window.clear", window_params, call_window_clear),
	ROW("window.cursor", cursor_params, call_cursor),
	ROW("marquee", marquee_params, call_marquee),
	ROW("configure", configure_params, call_configure),
	ROW("descriptor", descriptor_params, call_descriptor),
	ROW("glyph", glyph_params, call_glyph),
	ROW("content", ph_no_params, call_content),
	ROW("idle", idle_params, call_idle),
	ROW("hold", hold_params, call_hold),
	{0},
};
