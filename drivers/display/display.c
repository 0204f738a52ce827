// One line display: its options, its life with the link, whole screens, and one timer for all that moves.
#include "drivers/display/display.h"

#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The value of an option by its name behind the prefix. */
static const char *option(const struct ph_display *display, const char *prefix, const char *name)
{
	char full[PH_NAME_MAX + 1];

	snprintf(full, sizeof full, "%s%s", prefix, name);
	return ph_option_text(display->device, full);
}

static int refuse(
	const struct ph_display *display, const char *prefix, const char *name, const char *why)
{
	char full[PH_NAME_MAX + 1];

	snprintf(full, sizeof full, "%s%s", prefix, name);
	return ph_option_refuse(display->device, full, "%s", why);
}

/* A number the host has checked; `missing` when it is not configured. */
static unsigned number(
	const struct ph_display *display, const char *prefix, const char *name, unsigned missing)
{
	const char *text = option(display, prefix, name);
	unsigned value = 0;

	for (; text && *text; text++)
		value = value * 10 + (unsigned)(*text - '0');
	return value ? value : missing;
}

static int init_renderer(
	struct ph_display *display, const struct ph_linedisplay_set *set, const char *prefix)
{
	unsigned rows = number(display, prefix, "rows", set->rows);
	unsigned columns = number(display, prefix, "columns", set->columns);
	const char *pages = option(display, prefix, "codepages");

	if (ph_linedisplay_renderer_init(&display->renderer, set, rows, columns) < 0)
		return refuse(display, prefix, "columns",
			"and rows are not a size this command set can address");
	if (pages && ph_linedisplay_set_pages(&display->renderer, pages) < 0)
		return refuse(display, prefix, "codepages",
			"names a page that displays of this command set do not have");
	/* what the device cannot do to single characters is done here */
	return ph_linedisplay_init(&display->model, rows, columns, set->descriptor_count,
		set->blink != PH_LINEDISPLAY_BLINK_EACH);
}

int ph_display_init(struct ph_display *display, struct ph_device *device,
	const struct ph_display_way *way, const char *prefix, const char *set)
{
	display->device = device;
	display->way = way;
	const char *name = set ? set : option(display, prefix, "set");
	const struct ph_linedisplay_set *row = name ? ph_linedisplay_set_by_name(name) : NULL;
	if (!row)
		return refuse(display, prefix, "set", "is needed: the display cannot be asked");
	int r = init_renderer(display, row, prefix);
	if (r < 0)
		return r;
	const char *ack = option(display, prefix, "ack");
	const char *brightness = option(display, prefix, "brightness");
	display->frames.wanted = row->answers && (!ack || strcmp(ack, "none") != 0);
	/* "0" is a value: dark */
	ph_linedisplay_set_brightness(
		&display->model, brightness ? (int)number(display, prefix, "brightness", 0) : 100);
	ph_display_idle_recall(display);
	return 0;
}

void ph_display_open(struct ph_display *display)
{
	struct ph_display_frames *frames = &display->frames;
	uint64_t now = ph_now_ms(display->device);

	*frames = (struct ph_display_frames){.wanted = frames->wanted};
	display->up = true;
	ph_linedisplay_forget(&display->renderer);
	ph_linedisplay_tick(&display->model, (int64_t)now);
	ph_display_idle_tick(display, now);
	ph_display_refresh(display);
	ph_display_report(display);
}

void ph_display_close(struct ph_display *display)
{
	display->up = false;
	display->dirty = false;
}

void ph_display_sent(struct ph_display *display)
{
	if (display->dirty)
		ph_display_refresh(display);
}

void ph_display_receive(struct ph_display *display, const uint8_t *data, size_t len)
{
	/* most displays answer nothing that was asked for: what comes is noise or flow control of the line */
	for (size_t i = 0; display->frames.wanted && i < len; i++)
		ph_display_frames_answer(display, data[i]);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return !a ? b : !b ? a : a < b ? a : b;
}

uint64_t ph_display_due(const struct ph_display *display)
{
	uint64_t due = 0;

	if (!display->up)
		return 0;
	/* what moves beneath the idle text, or where nothing arrives, is not seen */
	if (!display->idle.shown && !display->frames.silent) {
		int64_t model = ph_linedisplay_due(&display->model);
		due = model == INT64_MAX ? 0 : (uint64_t)model;
	}
	due = sooner(due, ph_display_idle_due(display));
	due = sooner(due, ph_display_report_due(display));
	return sooner(due, display->frames.due);
}

void ph_display_tick(struct ph_display *display)
{
	uint64_t now = ph_now_ms(display->device);

	if (!display->up)
		return;
	ph_display_frames_tick(display, now);
	ph_display_idle_tick(display, now);
	ph_display_report_tick(display, now);
	if (ph_linedisplay_tick(&display->model, (int64_t)now))
		ph_display_refresh(display);
}

int ph_display_show(struct ph_display *display, const struct ph_display_row *rows, unsigned count,
	int brightness)
{
	struct ph_linedisplay *model = &display->model;

	if (count > model->screen.rows)
		return ph_request_refuse(
			display->device, "$.rows", "has more than %u rows", model->screen.rows);
	/* a display never says that it was switched off and on: each clearing starts from nothing and heals it */
	if (!count)
		ph_linedisplay_forget(&display->renderer);
	ph_linedisplay_tick(model, (int64_t)ph_now_ms(display->device));
	ph_linedisplay_close_windows(model);
	ph_linedisplay_set_cursor(model, 0, 0);
	for (unsigned i = 0; i < model->screen.rows; i++) {
		bool given = i < count;
		unsigned attributes = (given && rows[i].reverse ? PH_LINEDISPLAY_REVERSE : 0) |
				      (given && rows[i].blink ? PH_LINEDISPLAY_BLINK : 0);
		ph_linedisplay_set_row(model, i, given ? rows[i].text : "", attributes);
	}
	if (brightness >= 0)
		ph_linedisplay_set_brightness(model, brightness);
	ph_display_idle_used(display);
	ph_display_refresh(display);
	ph_display_report(display);
	return 0;
}
