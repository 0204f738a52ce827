// What a line display is sent and what is told of it: the picture, its differences, one rendering at a time.
#include "drivers/display/display.h"

#include <string.h>

void ph_display_picture(const struct ph_display *display, struct ph_linedisplay_screen *ret_screen)
{
	ph_linedisplay_content(&display->model, ret_screen);
	ph_display_idle_draw(display, ret_screen);
}

void ph_display_refresh(struct ph_display *display)
{
	struct ph_linedisplay_screen screen;
	uint8_t out[PH_LINEDISPLAY_OUT_MAX];

	if (!display->up)
		return;
	/* the newest picture goes when the one before it has left */
	display->dirty =
		display->way->busy(display) || display->frames.waiting || display->frames.silent;
	if (display->dirty)
		return;
	ph_display_picture(display, &screen);
	size_t len = ph_linedisplay_render(&display->renderer, &screen, out);
	if (!len)
		return;
	if (display->frames.wanted && !display->frames.mute &&
		len <= sizeof display->frames.bytes) {
		ph_display_frames_send(display, out, len);
		return;
	}
	if (display->way->write(display, out, len) < 0) {
		ph_linedisplay_forget(&display->renderer);
		display->dirty = display->way->busy(display);
	}
}

static void report_now(struct ph_display *display)
{
	struct ph_linedisplay_screen screen = display->model.screen;
	char texts[PH_LINEDISPLAY_ROWS_MAX][PH_LINEDISPLAY_COLUMNS_MAX * 4 + 1];
	const char *rows[PH_LINEDISPLAY_ROWS_MAX];

	ph_display_idle_draw(display, &screen);
	for (unsigned i = 0; i < screen.rows; i++) {
		ph_linedisplay_row_text(&display->renderer, &screen, i, texts[i]);
		rows[i] = texts[i];
	}
	ph_emit_display_status(display->device, rows, screen.rows);
}

void ph_display_report(struct ph_display *display)
{
	uint64_t now = ph_now_ms(display->device);

	if (now - display->news_since >= PH_DISPLAY_NEWS_MS) {
		display->news_since = now;
		display->news_count = 0;
	}
	/* without the link there is no timer either */
	display->news_wait = display->up && display->news_count >= PH_DISPLAY_NEWS_MAX;
	if (display->news_wait)
		return;
	display->news_count++;
	report_now(display);
}

uint64_t ph_display_report_due(const struct ph_display *display)
{
	return display->news_wait ? display->news_since + PH_DISPLAY_NEWS_MS : 0;
}

void ph_display_report_tick(struct ph_display *display, uint64_t now)
{
	if (display->news_wait && now - display->news_since >= PH_DISPLAY_NEWS_MS)
		ph_display_report(display);
}

void ph_display_forget(struct ph_display *display)
{
	ph_linedisplay_forget(&display->renderer);
}

void ph_display_capabilities(const struct ph_display *display, const char *pages[PH_DISPLAY_PAGES],
	struct ph_display_capabilities *ret_capabilities)
{
	const struct ph_linedisplay_renderer *renderer = &display->renderer;
	const struct ph_linedisplay_set *set = renderer->set;
	unsigned count = 0;

	for (; count < renderer->page_count; count++)
		pages[count] = ph_codepage_name(set->pages[renderer->pages[count]].page);
	pages[count] = NULL;
	*ret_capabilities = (struct ph_display_capabilities){
		.rows = renderer->rows,
		.columns = renderer->columns,
		.brightness = set->step_count > 0,
		.codepages = pages,
		.windows = PH_LINEDISPLAY_WINDOWS_MAX,
		.descriptors = set->descriptor_count,
		.reverse = set->reverse_on.len > 0,
		.set = set->name,
		.glyph_first = set->glyph ? set->glyph_first : 0,
		.glyph_last = set->glyph ? set->glyph_last : 0,
	};
}
