// What a line display shows, as data: read back from the driver's own copy, for no display is asked.
#include "base/utf8.h"
#include "drivers/display/display.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

static const char *const marquees[] = {"none", "up", "down", "left", "right", "init"};
static const char *const formats[] = {"walk", "place"};
static const char *const cursors[] = {
	"none", "fixed", "block", "half", "underline", "reverse", "other"};
static const char *const lamps[] = {"off", "on", "blink"};

static void add_rows(
	const struct ph_display *display, const struct ph_linedisplay_screen *screen, cJSON *result)
{
	cJSON *rows = cJSON_AddArrayToObject(result, "rows");
	cJSON *attributes = cJSON_AddArrayToObject(result, "attributes");
	char text[PH_LINEDISPLAY_COLUMNS_MAX * 4 + 1];

	for (unsigned row = 0; row < screen->rows; row++) {
		ph_linedisplay_row_text(&display->renderer, screen, row, text);
		cJSON_AddItemToArray(rows, cJSON_CreateString(text));
		for (unsigned i = 0; i < screen->columns; i++)
			text[i] = (char)('0' +
					 (screen->cells[row * screen->columns + i].attributes & 3));
		text[screen->columns] = '\0';
		cJSON_AddItemToArray(attributes, cJSON_CreateString(text));
	}
}

static void add_window(cJSON *list, const struct ph_linedisplay_window *window, unsigned number)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;
	const struct {
		const char *name;
		double value;
	} numbers[] = {{"window", number}, {"viewport_row", g->viewport_row},
		{"viewport_column", g->viewport_column}, {"viewport_height", g->viewport_height},
		{"viewport_width", g->viewport_width}, {"rows", g->rows}, {"columns", g->columns},
		{"cursor_row", window->cursor_row}, {"cursor_column", window->cursor_column},
		{"unit_wait_ms", window->unit_wait}, {"repeat_wait_ms", window->repeat_wait}};
	cJSON *item = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		cJSON_AddNumberToObject(item, numbers[i].name, numbers[i].value);
	cJSON_AddStringToObject(
		item, "cursor_type", cursors[window->cursor_type & ~PH_LINEDISPLAY_CURSOR_BLINK]);
	cJSON_AddBoolToObject(
		item, "cursor_blink", window->cursor_type & PH_LINEDISPLAY_CURSOR_BLINK);
	cJSON_AddBoolToObject(item, "cursor_update", window->cursor_update);
	cJSON_AddStringToObject(item, "marquee", marquees[window->marquee]);
	cJSON_AddStringToObject(item, "format", formats[window->format]);
	cJSON_AddItemToArray(list, item);
}

static void add_windows(const struct ph_display *display, cJSON *result)
{
	const struct ph_linedisplay *model = &display->model;

	cJSON_AddNumberToObject(result, "window", model->current);
	cJSON *list = cJSON_AddArrayToObject(result, "windows");
	for (unsigned i = 0; i < PH_LINEDISPLAY_WINDOWS_MAX; i++)
		if (model->windows[i].exists)
			add_window(list, &model->windows[i], i);
}

int ph_display_content(const struct ph_display *display, cJSON *result)
{
	const struct ph_linedisplay *model = &display->model;
	struct ph_linedisplay_screen screen = model->screen;
	char text[5] = "";

	ph_display_idle_draw(display, &screen);
	add_rows(display, &screen, result);
	add_windows(display, result);
	if (ph_utf8_encode(ph_linedisplay_read_at_cursor(model), text) > 0)
		cJSON_AddStringToObject(result, "at_cursor", text);
	cJSON_AddNumberToObject(result, "brightness", screen.brightness);
	cJSON_AddNumberToObject(result, "blink_rate_ms", model->blink_rate);
	cJSON *descriptors = cJSON_AddArrayToObject(result, "descriptors");
	for (unsigned i = 0; i < model->descriptor_count; i++)
		cJSON_AddItemToArray(descriptors, cJSON_CreateString(lamps[screen.descriptors[i]]));
	cJSON_AddBoolToObject(result, "idle", display->idle.shown);
	return cJSON_HasObjectItem(result, "idle") ? 0 : -ENOMEM;
}
