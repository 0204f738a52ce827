// Shared core of the line display drivers: options, the screen, one rendering at a time.
#include "drivers/display/display.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

const char *const ph_display_connections[] = {"serial", "tcp", NULL};

const struct ph_option ph_display_options[PH_DISPLAY_OPTION_COUNT] = {
	{.name = "rows",
		.type = PH_OPTION_INT,
		.min = 1,
		.max = PH_LINEDISPLAY_ROWS_MAX,
		.preset = "2",
		.summary = "rows of the display"},
	{.name = "columns",
		.type = PH_OPTION_INT,
		.min = 8,
		.max = PH_LINEDISPLAY_COLUMNS_MAX,
		.preset = "20",
		.summary = "cells per row"},
	{.name = "codepages",
		.type = PH_OPTION_TEXT,
		.summary =
			"code pages to use, in order: cp858,cp852; all of the model when absent"},
	{.name = "brightness",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 100,
		.preset = "100",
		.summary = "per cent, in the steps the display has"},
};

int ph_display_init(struct ph_device *device, const struct ph_linedisplay_set *set)
{
	struct ph_display *display = ph_device_state(device);
	const char *pages = ph_option_text(device, "codepages");

	int r = ph_linedisplay_screen_init(&display->screen,
		(unsigned)ph_option_int(device, "rows"),
		(unsigned)ph_option_int(device, "columns"));
	if (r == 0)
		r = ph_linedisplay_renderer_init(
			&display->renderer, set, display->screen.rows, display->screen.columns);
	if (r < 0)
		return r;
	if (pages && ph_linedisplay_set_pages(&display->renderer, pages) < 0)
		return ph_option_refuse(device, "codepages",
			"names a page that %s displays do not have", set->name);
	display->screen.brightness = (int)ph_option_int(device, "brightness");
	return 0;
}

/* Sends what differs, unless an earlier rendering is still under way: then the newest screen goes when it has left. */
static void refresh(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);
	uint8_t out[PH_LINEDISPLAY_OUT_MAX];

	display->dirty = ph_link_queued(device) > 0;
	if (display->dirty)
		return;
	size_t len = ph_linedisplay_render(&display->renderer, &display->screen, out);
	if (ph_link_write(device, out, len) < 0)
		ph_linedisplay_forget(&display->renderer);
}

static void report(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);
	char texts[PH_LINEDISPLAY_ROWS_MAX][PH_LINEDISPLAY_COLUMNS_MAX * 4 + 1];
	const char *rows[PH_LINEDISPLAY_ROWS_MAX];

	for (unsigned i = 0; i < display->screen.rows; i++) {
		ph_linedisplay_row_text(&display->renderer, &display->screen, i, texts[i]);
		rows[i] = texts[i];
	}
	ph_emit_display_status(device, rows, display->screen.rows);
}

static void report_info(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);
	const struct ph_linedisplay_renderer *renderer = &display->renderer;
	const char *pages[PH_LINEDISPLAY_PAGES_MAX + 1] = {NULL};

	for (unsigned i = 0; i < renderer->page_count; i++)
		pages[i] = ph_codepage_name(renderer->set->pages[renderer->pages[i]].page);
	struct ph_display_capabilities capabilities = {
		.rows = display->screen.rows,
		.columns = display->screen.columns,
		.brightness = renderer->set->step_count > 0,
		.codepages = pages,
	};
	ph_emit_info(device, &(struct ph_info){.display = &capabilities});
}

int ph_display_open(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);

	ph_linedisplay_forget(&display->renderer);
	report_info(device);
	refresh(device);
	report(device);
	return 0;
}

void ph_display_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	/* displays answer nothing we ask for; what comes is noise or flow control of the line */
}

void ph_display_sent(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);

	if (display->dirty)
		refresh(device);
}

static int show(
	struct ph_device *device, const struct ph_display_row *rows, unsigned count, int brightness)
{
	struct ph_display *display = ph_device_state(device);
	struct ph_linedisplay_screen *screen = &display->screen;

	if (count > screen->rows)
		return ph_request_refuse(device, "$.rows", "has more than %u rows", screen->rows);
	/* a display never says that it was switched off and on: each clearing starts from nothing and heals it */
	if (!count)
		ph_linedisplay_forget(&display->renderer);
	for (unsigned i = 0; i < screen->rows; i++) {
		bool given = i < count;
		unsigned attributes = (given && rows[i].reverse ? PH_LINEDISPLAY_REVERSE : 0) |
				      (given && rows[i].blink ? PH_LINEDISPLAY_BLINK : 0);
		ph_linedisplay_screen_row(screen, i, given ? rows[i].text : "", attributes);
	}
	if (brightness >= 0)
		screen->brightness = brightness;
	refresh(device);
	report(device);
	return 0;
}

int ph_display_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_display *display = ph_device_state(device);

	ph_linedisplay_forget(&display->renderer);
	return ph_link_write(device, data, len);
}

const struct ph_display_ops ph_display_ops = {.show = show};
