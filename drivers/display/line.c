// The requests of UnifiedPOS LineDisplay to a display: words and numbers to calls of the model.
#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/display/display.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request under way. */
struct line {
	struct ph_display *display;
	struct ph_linedisplay *model;
	const cJSON *params;
	cJSON *result;
	int64_t now;
};

static const char *const marquees[] = {"none", "up", "down", "left", "right", "init", NULL};
static const char *const formats[] = {"walk", "place", NULL};
static const char *const cursors[] = {
	"none", "fixed", "block", "half", "underline", "reverse", "other", NULL};
static const char *const directions[] = {"none", "up", "down", "left", "right", NULL};
static const char *const lamps[] = {"off", "on", "blink", NULL};

static const cJSON *get(const struct line *line, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(line->params, name);
}

static long number(const struct line *line, const char *name, long missing)
{
	const cJSON *item = get(line, name);

	return cJSON_IsNumber(item) ? (long)item->valuedouble : missing;
}

/* The place of a word in a list; -1 when it is absent (others were refused before). */
static int word(const struct line *line, const char *name, const char *const *list)
{
	const char *text = cJSON_GetStringValue(get(line, name));

	for (int i = 0; text && list[i]; i++)
		if (!strcmp(list[i], text))
			return i;
	return -1;
}

/* What the model refused, with the reason. */
static int told(const struct line *line, int r, const char *path, const char *why)
{
	return r == -EINVAL ? ph_request_refuse(line->display->device, path, "%s", why) : r;
}

static unsigned attributes(const struct line *line)
{
	return (cJSON_IsTrue(get(line, "blink")) ? PH_LINEDISPLAY_BLINK : 0u) |
	       (cJSON_IsTrue(get(line, "reverse")) ? PH_LINEDISPLAY_REVERSE : 0u);
}

static int create(const struct line *line)
{
	struct ph_linedisplay_geometry g = {
		.viewport_row = (unsigned)number(line, "viewport_row", 0),
		.viewport_column = (unsigned)number(line, "viewport_column", 0),
		.viewport_height = (unsigned)number(line, "viewport_height", 1),
		.viewport_width = (unsigned)number(line, "viewport_width", 1),
	};

	g.rows = (unsigned)number(line, "rows", g.viewport_height);
	g.columns = (unsigned)number(line, "columns", g.viewport_width);
	int r = ph_linedisplay_create_window(line->model, &g);
	if (r < 0)
		return told(line, r, "$.viewport_row",
			"the viewport must lie on the display, and the window be larger in rows or "
			"in columns, or as large");
	cJSON_AddNumberToObject(line->result, "window", r);
	return 0;
}

static int destroy(const struct line *line)
{
	return told(line, ph_linedisplay_destroy_window(line->model), "$.window",
		"window 0 cannot be destroyed");
}

/* The window is selected already, see run(). */
static int select_window(const struct line *line)
{
	return 0;
}

static int refresh(const struct line *line)
{
	return told(line, ph_linedisplay_refresh_window(line->model, line->model->current),
		"$.window", "has a running marquee");
}

static int scroll(const struct line *line)
{
	int direction = word(line, "direction", directions);
	bool typing = line->model->typed_shown < line->model->typed_count;
	/* the wait was that of the last text */
	int r = typing ? -EBUSY : ph_linedisplay_set_inter_character_wait(line->model, 0);

	if (r == 0)
		r = direction < 0 ? -EINVAL
				  : ph_linedisplay_scroll(line->model,
					    (enum ph_linedisplay_direction)direction,
					    (unsigned)number(line, "units", 1));
	return told(line, r, "$.direction",
		"is up, down, left or right, and the window has no marquee");
}

static int text(const struct line *line)
{
	const struct ph_linedisplay_window *window = ph_linedisplay_current(line->model);
	const char *string = cJSON_GetStringValue(get(line, "text"));
	bool placed = get(line, "row") && get(line, "column");
	const unsigned place[2] = {(unsigned)number(line, "row", window->cursor_row),
		(unsigned)number(line, "column", window->cursor_column)};
	unsigned before = window->inter_character_wait;

	if (!get(line, "row") != !get(line, "column"))
		return ph_request_refuse(
			line->display->device, "$.row", "row and column come together");
	int r = ph_linedisplay_set_inter_character_wait(
		line->model, (unsigned)number(line, "wait_ms", 0));
	if (r == 0)
		r = placed ? ph_linedisplay_write_at(
				     line->model, place, string, attributes(line), line->now)
			   : ph_linedisplay_write(line->model, string, attributes(line), line->now);
	if (r < 0 && r != -EBUSY)
		ph_linedisplay_set_inter_character_wait(line->model, before);
	return told(line, r, placed ? "$.row" : "$.window",
		placed ? "the place is outside of the window, or its marquee runs"
		       : "has a running marquee");
}

static int clear(const struct line *line)
{
	return told(line, ph_linedisplay_clear(line->model), "$.window", "has a running marquee");
}

static int cursor(const struct line *line)
{
	const struct ph_linedisplay_window *window = ph_linedisplay_current(line->model);
	const cJSON *update = get(line, "update"), *blink = get(line, "blink");
	int type = word(line, "type", cursors);
	bool blinks = blink ? cJSON_IsTrue(blink)
			    : (window->cursor_type & PH_LINEDISPLAY_CURSOR_BLINK) != 0;

	int r = ph_linedisplay_set_cursor(line->model,
		(unsigned)number(line, "row", window->cursor_row),
		(unsigned)number(line, "column", window->cursor_column));
	if (r < 0)
		return told(line, r, "$.row", "the place is outside of the window");
	if (type < 0)
		type = window->cursor_type & ~PH_LINEDISPLAY_CURSOR_BLINK;
	ph_linedisplay_set_cursor_type(
		line->model, type | (blinks ? PH_LINEDISPLAY_CURSOR_BLINK : 0));
	if (update)
		ph_linedisplay_set_cursor_update(line->model, cJSON_IsTrue(update));
	return 0;
}

static bool runs(enum ph_linedisplay_marquee marquee)
{
	return marquee != PH_LINEDISPLAY_MARQUEE_NONE && marquee != PH_LINEDISPLAY_MARQUEE_INIT;
}

static int marquee(const struct line *line)
{
	struct ph_linedisplay_window *window = &line->model->windows[line->model->current];
	const enum ph_linedisplay_marquee was = window->marquee;
	const struct ph_linedisplay_geometry *g = &window->geometry;
	int type = word(line, "type", marquees), format = word(line, "format", formats);
	bool wide = g->columns > g->viewport_width, high = g->rows > g->viewport_height;

	/* all that can be wrong comes first, so that nothing changes then */
	if (type < 0 && runs(was))
		return told(line, -EINVAL, "$.type",
			"a marquee reads its settings when it starts: give its type too");
	if (type > 0 && !line->model->current)
		return told(line, -EINVAL, "$.window", "window 0 has no marquee");
	if ((type == PH_LINEDISPLAY_MARQUEE_UP || type == PH_LINEDISPLAY_MARQUEE_DOWN) && !high)
		return told(line, -EINVAL, "$.type", "the window is not higher than its viewport");
	if ((type == PH_LINEDISPLAY_MARQUEE_LEFT || type == PH_LINEDISPLAY_MARQUEE_RIGHT) && !wide)
		return told(line, -EINVAL, "$.type", "the window is not wider than its viewport");
	if (line->model->typed_shown < line->model->typed_count &&
		line->model->typing == line->model->current)
		return -EBUSY;
	if (runs(was))
		ph_linedisplay_set_marquee(line->model, PH_LINEDISPLAY_MARQUEE_NONE, line->now);
	if (format >= 0)
		ph_linedisplay_set_marquee_format(line->model, (enum ph_linedisplay_format)format);
	ph_linedisplay_set_marquee_waits(line->model,
		(unsigned)number(line, "unit_wait_ms", window->unit_wait),
		(unsigned)number(line, "repeat_wait_ms", window->repeat_wait));
	return type < 0 ? 0
			: ph_linedisplay_set_marquee(
				  line->model, (enum ph_linedisplay_marquee)type, line->now);
}

static int configure(const struct line *line)
{
	const cJSON *rate = get(line, "blink_rate_ms"), *brightness = get(line, "brightness");

	int r = rate ? ph_linedisplay_set_blink_rate(line->model, (unsigned)rate->valuedouble) : 0;
	if (r == 0 && brightness)
		r = ph_linedisplay_set_brightness(line->model, (int)brightness->valuedouble);
	return told(
		line, r, "$.blink_rate_ms", "the display blinks by itself at a rate of its own");
}

static int descriptor(const struct line *line)
{
	int state = word(line, "state", lamps), r = 0;
	long which = number(line, "descriptor", -1);

	if (state < 0 || !line->model->descriptor_count)
		return told(line, -EINVAL, "$.descriptor", "the display has no descriptors");
	for (unsigned i = 0; which < 0 && i < line->model->descriptor_count; i++)
		ph_linedisplay_set_descriptor(
			line->model, i, (enum ph_linedisplay_descriptor)state);
	if (which >= 0)
		r = ph_linedisplay_set_descriptor(
			line->model, (unsigned)which, (enum ph_linedisplay_descriptor)state);
	return told(line, r, "$.descriptor", "the display does not have as many");
}

/* Rows from the top, the low five bits of a byte each, to columns. */
static void read_glyph(const uint8_t *rows, size_t count, struct ph_linedisplay_glyph *glyph)
{
	for (unsigned column = 0; column < PH_LINEDISPLAY_GLYPH_COLUMNS; column++)
		for (unsigned row = 0; row < count; row++)
			glyph->columns[column] |=
				(uint8_t)((rows[row] >> (4 - column) & 1u) << row);
}

static int glyph(const struct line *line)
{
	const struct ph_linedisplay_set *set = line->display->renderer.set;
	struct ph_device *device = line->display->device;
	const char *string = cJSON_GetStringValue(get(line, "data_b64"));
	struct ph_linedisplay_glyph glyph = {.code = (uint32_t)number(line, "code", 0)};
	uint8_t rows[12];
	size_t len = string ? strlen(string) : 0;

	if (set->glyph == PH_LINEDISPLAY_GLYPH_NONE)
		return ph_request_refuse(device, "$.code", "the display takes no glyphs");
	if (glyph.code < set->glyph_first || glyph.code > set->glyph_last || glyph.code == 0x1b)
		return ph_request_refuse(device, "$.code", "the display takes %u to %u",
			set->glyph_first, set->glyph_last);
	ssize_t count = len && len <= sizeof rows ? ph_base64_decode(string, len, rows) : -EINVAL;
	if (count < 1 || count > 8)
		return ph_request_refuse(device, "$.data_b64",
			"must be 1 to 8 bytes in base64, one per row of dots");
	read_glyph(rows, (size_t)count, &glyph);
	return ph_linedisplay_define_glyph(line->model, &glyph);
}

static int content(const struct line *line)
{
	return ph_display_content(line->display, line->result);
}

static int idle(const struct line *line)
{
	return ph_display_idle_set(line->display, line->params);
}

static int hold(const struct line *line)
{
	ph_display_idle_hold(line->display, cJSON_IsTrue(get(line, "held")));
	return 0;
}

static const struct {
	int (*call)(const struct line *line);
	bool shows; /* it is use of the display: the idle text goes */
} calls[PH_DISPLAY_METHODS_] = {
	[PH_DISPLAY_WINDOW_CREATE] = {create, true},
	[PH_DISPLAY_WINDOW_DESTROY] = {destroy, true},
	[PH_DISPLAY_WINDOW_SELECT] = {select_window, true},
	[PH_DISPLAY_WINDOW_REFRESH] = {refresh, true},
	[PH_DISPLAY_WINDOW_SCROLL] = {scroll, true},
	[PH_DISPLAY_WINDOW_TEXT] = {text, true},
	[PH_DISPLAY_WINDOW_CLEAR] = {clear, true},
	[PH_DISPLAY_WINDOW_CURSOR] = {cursor, true},
	[PH_DISPLAY_MARQUEE] = {marquee, true},
	[PH_DISPLAY_CONFIGURE] = {configure, false},
	[PH_DISPLAY_DESCRIPTOR] = {descriptor, false},
	[PH_DISPLAY_GLYPH] = {glyph, false},
	[PH_DISPLAY_CONTENT] = {content, false},
	[PH_DISPLAY_IDLE] = {idle, false},
	[PH_DISPLAY_HOLD] = {hold, false},
};

/* Words of parameters. */
static const struct {
	enum ph_display_method method;
	const char *name;
	const char *const *list;
} words[] = {
	{PH_DISPLAY_WINDOW_SCROLL, "direction", directions + 1},
	{PH_DISPLAY_WINDOW_CURSOR, "type", cursors},
	{PH_DISPLAY_MARQUEE, "type", marquees},
	{PH_DISPLAY_MARQUEE, "format", formats},
	{PH_DISPLAY_DESCRIPTOR, "state", lamps},
};

static int check_words(const struct line *line, enum ph_display_method method)
{
	char path[32];

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++) {
		if (words[i].method != method || !get(line, words[i].name) ||
			word(line, words[i].name, words[i].list) >= 0)
			continue;
		snprintf(path, sizeof path, "$.%s", words[i].name);
		return ph_request_refuse(line->display->device, path, "is not one of its words");
	}
	return 0;
}

int ph_display_line(struct ph_display *display, enum ph_display_method method, const cJSON *params,
	cJSON *result)
{
	struct line line = {.display = display,
		.model = &display->model,
		.params = params,
		.result = result,
		.now = (int64_t)ph_now_ms(display->device)};
	unsigned before = display->model.current;
	const cJSON *window = get(&line, "window");

	ph_linedisplay_tick(line.model, line.now);
	int r = check_words(&line, method);
	if (r < 0)
		return r;
	if (window && ph_linedisplay_select_window(line.model, (unsigned)window->valuedouble) < 0)
		return ph_request_refuse(display->device, "$.window", "there is no such window");
	r = calls[method].call(&line);
	if (r < 0) {
		ph_linedisplay_select_window(line.model, before);
		return r;
	}
	if (calls[method].shows)
		ph_display_idle_used(display);
	if (method == PH_DISPLAY_CONTENT)
		return 0;
	ph_display_refresh(display);
	if (calls[method].shows)
		ph_display_report(display);
	return 0;
}
