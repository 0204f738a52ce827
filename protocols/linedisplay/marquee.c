// What moves by itself in the line display model: marquees, characters that appear one by one, blinking.
#include "protocols/linedisplay/model_internal.h"

#include <errno.h>

bool ph_linedisplay_is_typing(const struct ph_linedisplay *display)
{
	return display->typed_shown < display->typed_count;
}

bool ph_linedisplay_is_running(const struct ph_linedisplay_window *window)
{
	return window->marquee != PH_LINEDISPLAY_MARQUEE_NONE &&
	       window->marquee != PH_LINEDISPLAY_MARQUEE_INIT;
}

static bool is_vertical(const struct ph_linedisplay_window *window)
{
	return window->marquee == PH_LINEDISPLAY_MARQUEE_UP ||
	       window->marquee == PH_LINEDISPLAY_MARQUEE_DOWN;
}

int ph_linedisplay_set_inter_character_wait(struct ph_linedisplay *display, unsigned wait_ms)
{
	if (ph_linedisplay_is_typing(display))
		return -EBUSY;
	ph_linedisplay_own(display)->inter_character_wait = wait_ms;
	return 0;
}

int ph_linedisplay_set_marquee_format(
	struct ph_linedisplay *display, enum ph_linedisplay_format format)
{
	if (format > PH_LINEDISPLAY_PLACE)
		return -EINVAL;
	ph_linedisplay_own(display)->format = format;
	return 0;
}

int ph_linedisplay_set_marquee_waits(
	struct ph_linedisplay *display, unsigned unit_ms, unsigned repeat_ms)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);

	if (ph_linedisplay_is_running(window))
		return -EINVAL;
	window->unit_wait = unit_ms;
	window->repeat_wait = repeat_ms;
	return 0;
}

int ph_linedisplay_set_blink_rate(struct ph_linedisplay *display, unsigned rate_ms)
{
	if (!display->soft_blink || !rate_ms)
		return -EINVAL;
	display->blink_rate = rate_ms;
	return 0;
}

/*
 * Which row or column of the window stands in place `at` of a viewport of `size` after `step` steps; -1 none. Left and up;
 * the other directions are their mirror image.
 */
static int source(enum ph_linedisplay_format format, unsigned at, unsigned size, unsigned step)
{
	if (format == PH_LINEDISPLAY_PLACE && step <= size)
		return at < step ? (int)at : -1;
	return (int)at + (int)step - (int)size;
}

static void draw_step(
	struct ph_linedisplay *display, const struct ph_linedisplay_window *window, unsigned step)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;
	bool vertical = is_vertical(window);
	bool mirror = window->marquee == PH_LINEDISPLAY_MARQUEE_RIGHT ||
		      window->marquee == PH_LINEDISPLAY_MARQUEE_DOWN;
	unsigned size = vertical ? g->viewport_height : g->viewport_width;

	for (unsigned i = 0; i < g->viewport_height * g->viewport_width; i++) {
		unsigned row = i / g->viewport_width, column = i % g->viewport_width;
		unsigned at = vertical ? row : column;
		int from = source(window->running_format, mirror ? size - 1 - at : at, size, step);
		struct ph_linedisplay_cell cell = {.codepoint = ' '};
		if (from >= 0 && from < (int)window->extent) {
			unsigned n = mirror ? window->extent - 1 - (unsigned)from : (unsigned)from;
			cell = ph_linedisplay_cells(
				display, window, vertical ? n : row)[vertical ? column : n];
		}
		display->screen.cells[(g->viewport_row + row) * display->screen.columns +
				      g->viewport_column + column] = cell;
	}
}

/* Rows or columns up to the last one that is not blank, at least those the viewport has. */
static unsigned extent(struct ph_linedisplay *display, const struct ph_linedisplay_window *window)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;
	bool vertical = is_vertical(window);
	unsigned most = vertical ? g->viewport_height : g->viewport_width;

	for (unsigned row = 0; row < g->rows; row++)
		for (unsigned column = 0; column < g->columns; column++) {
			const struct ph_linedisplay_cell *cell =
				&ph_linedisplay_cells(display, window, row)[column];
			unsigned end = (vertical ? row : column) + 1;
			if ((cell->codepoint != ' ' || cell->attributes) && end > most)
				most = end;
		}
	return most;
}

static int64_t unit(const struct ph_linedisplay_window *window)
{
	return window->unit_wait ? window->unit_wait : PH_LINEDISPLAY_REDRAW_MS;
}

/* Time of one pass: all steps, and the last one for as long as the repeat wait. */
static int64_t pass(const struct ph_linedisplay_window *window)
{
	int64_t last = window->repeat_wait ? window->repeat_wait : unit(window);

	return unit(window) * window->extent + last;
}

static unsigned step_at(const struct ph_linedisplay_window *window, int64_t now)
{
	int64_t since = now > window->started ? (now - window->started) % pass(window) : 0;
	int64_t step = since / unit(window);

	return step < window->extent ? (unsigned)step : window->extent;
}

int ph_linedisplay_set_marquee(
	struct ph_linedisplay *display, enum ph_linedisplay_marquee marquee, int64_t now_ms)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);
	const struct ph_linedisplay_geometry *g = &window->geometry;
	struct ph_linedisplay_window next = *window;

	next.marquee = marquee;
	if (marquee > PH_LINEDISPLAY_MARQUEE_INIT ||
		(marquee != PH_LINEDISPLAY_MARQUEE_NONE && !display->current))
		return -EINVAL;
	/* only one of the two can be larger than the viewport */
	if (ph_linedisplay_is_running(&next) &&
		(is_vertical(&next) ? g->rows <= g->viewport_height
				    : g->columns <= g->viewport_width))
		return -EINVAL;
	if (ph_linedisplay_is_typing(display) && display->typing == display->current)
		return -EBUSY;
	bool was = window->marquee != PH_LINEDISPLAY_MARQUEE_NONE;
	ph_linedisplay_tick(display, now_ms);
	window->marquee = marquee;
	if (marquee == PH_LINEDISPLAY_MARQUEE_NONE) {
		window->view_row = was ? 0 : window->view_row;
		window->view_column = was ? 0 : window->view_column;
		if (was)
			ph_linedisplay_draw_view(display, window);
		return 0;
	}
	if (!ph_linedisplay_is_running(window))
		return 0;
	window->running_format = window->format;
	window->started = now_ms;
	window->extent = extent(display, window);
	window->step = 0;
	draw_step(display, window, 0);
	return 0;
}

static bool tick_marquee(
	struct ph_linedisplay *display, struct ph_linedisplay_window *window, int64_t now)
{
	if (!window->exists || !ph_linedisplay_is_running(window))
		return false;
	unsigned step = step_at(window, now);
	if (step == window->step)
		return false;
	window->step = step;
	draw_step(display, window, step);
	return true;
}

/* Shows what is due of the characters that wait; CR and LF take no time. */
static bool tick_typing(struct ph_linedisplay *display, int64_t now)
{
	struct ph_linedisplay_window *window = &display->windows[display->typing];
	bool changed = false;

	while (ph_linedisplay_is_typing(display) && display->typed_at <= now) {
		const struct ph_linedisplay_cell *cell = &display->typed[display->typed_shown++];
		ph_linedisplay_put(display, window, cell);
		changed = true;
		if (cell->codepoint != '\n' && cell->codepoint != '\r')
			display->typed_at += window->inter_character_wait;
	}
	if (changed && !ph_linedisplay_is_typing(display) && !window->cursor_update) {
		window->cursor_row = display->home[0];
		window->cursor_column = display->home[1];
	}
	return changed;
}

static bool has_blinking(const struct ph_linedisplay *display)
{
	const struct ph_linedisplay_screen *screen = &display->screen;

	for (unsigned i = 0; display->soft_blink && i < screen->rows * screen->columns; i++)
		if (screen->cells[i].attributes & PH_LINEDISPLAY_BLINK)
			return true;
	return false;
}

static bool is_dark(const struct ph_linedisplay *display, int64_t now)
{
	return now / display->blink_rate % 2 != 0;
}

bool ph_linedisplay_tick(struct ph_linedisplay *display, int64_t now_ms)
{
	bool changed = is_dark(display, now_ms) != is_dark(display, display->ticked) &&
		       has_blinking(display);

	for (unsigned i = 1; i < PH_LINEDISPLAY_WINDOWS_MAX; i++)
		changed = tick_marquee(display, &display->windows[i], now_ms) || changed;
	changed = tick_typing(display, now_ms) || changed;
	display->ticked = now_ms;
	return changed;
}

static int64_t marquee_due(const struct ph_linedisplay_window *window, int64_t now)
{
	int64_t since = now > window->started ? (now - window->started) % pass(window) : 0;
	int64_t begin = now - since;

	if (window->step < window->extent)
		return begin + (window->step + 1) * unit(window);
	return begin + pass(window);
}

int64_t ph_linedisplay_due(const struct ph_linedisplay *display)
{
	int64_t due = INT64_MAX, soonest = display->ticked + PH_LINEDISPLAY_REDRAW_MS;

	for (unsigned i = 1; i < PH_LINEDISPLAY_WINDOWS_MAX; i++) {
		const struct ph_linedisplay_window *window = &display->windows[i];
		if (!window->exists || !ph_linedisplay_is_running(window))
			continue;
		int64_t next = marquee_due(window, display->ticked);
		due = next < due ? next : due;
	}
	if (ph_linedisplay_is_typing(display) && display->typed_at < due)
		due = display->typed_at;
	if (has_blinking(display)) {
		int64_t next = (display->ticked / display->blink_rate + 1) * display->blink_rate;
		due = next < due ? next : due;
	}
	return due < soonest ? soonest : due;
}

void ph_linedisplay_content(
	const struct ph_linedisplay *display, struct ph_linedisplay_screen *ret_screen)
{
	const struct ph_linedisplay_window *window = ph_linedisplay_current(display);
	const struct ph_linedisplay_geometry *g = &window->geometry;
	struct ph_linedisplay_screen *screen = ret_screen;
	bool dark = is_dark(display, display->ticked);

	*screen = display->screen;
	for (unsigned i = 0; display->soft_blink && i < screen->rows * screen->columns; i++) {
		bool blinks = screen->cells[i].attributes & PH_LINEDISPLAY_BLINK;
		if (blinks && dark)
			screen->cells[i].codepoint = ' ';
		screen->cells[i].attributes &= (uint8_t)~PH_LINEDISPLAY_BLINK;
	}
	bool seen = window->cursor_row >= window->view_row &&
		    window->cursor_row < window->view_row + g->viewport_height &&
		    window->cursor_column >= window->view_column &&
		    window->cursor_column < window->view_column + g->viewport_width &&
		    !ph_linedisplay_is_running(window);
	if (!seen)
		return;
	screen->cursor_type = window->cursor_type;
	screen->cursor_row = g->viewport_row + window->cursor_row - window->view_row;
	screen->cursor_column = g->viewport_column + window->cursor_column - window->view_column;
}
