// Windows, text and properties of the line display model; what changes with time is in marquee.c.
#include "protocols/linedisplay/model_internal.h"

#include <errno.h>
#include <string.h>

#define ESC	   0x1b
#define BLINK_RATE 500
#define ESCAPE_MAX 16 /* characters of one escape that are looked through for its end */

static const struct ph_linedisplay_cell blank = {.codepoint = ' '};

struct ph_linedisplay_window *ph_linedisplay_own(struct ph_linedisplay *display)
{
	return &display->windows[display->current];
}

const struct ph_linedisplay_window *ph_linedisplay_current(const struct ph_linedisplay *display)
{
	return &display->windows[display->current];
}

static void fill_blank(struct ph_linedisplay_cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cells[i] = blank;
}

/* A cell of a window onto the picture, when the viewport shows it. */
static void draw_cell(struct ph_linedisplay *display, const struct ph_linedisplay_window *window,
	unsigned row, unsigned column)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;

	if (window->marquee != PH_LINEDISPLAY_MARQUEE_NONE || row < window->view_row ||
		row >= window->view_row + g->viewport_height || column < window->view_column ||
		column >= window->view_column + g->viewport_width)
		return;
	unsigned y = g->viewport_row + row - window->view_row;
	unsigned x = g->viewport_column + column - window->view_column;
	display->screen.cells[y * display->screen.columns + x] =
		ph_linedisplay_cells(display, window, row)[column];
}

void ph_linedisplay_draw_view(
	struct ph_linedisplay *display, const struct ph_linedisplay_window *window)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;

	for (unsigned row = 0; row < g->viewport_height; row++)
		for (unsigned column = 0; column < g->viewport_width; column++)
			draw_cell(display, window, window->view_row + row,
				window->view_column + column);
}

static int add_window(struct ph_linedisplay *display, unsigned number,
	const struct ph_linedisplay_geometry *geometry)
{
	size_t cells = (size_t)geometry->rows * geometry->columns;

	if (display->pool_used + cells > PH_LINEDISPLAY_POOL_MAX)
		return -ENOSPC;
	display->windows[number] = (struct ph_linedisplay_window){
		.geometry = *geometry,
		.exists = true,
		.first = display->pool_used,
		.cursor_update = true,
	};
	fill_blank(display->pool + display->pool_used, cells);
	display->pool_used += cells;
	display->current = number;
	return 0;
}

int ph_linedisplay_init(struct ph_linedisplay *display, unsigned rows, unsigned columns,
	unsigned descriptors, bool soft_blink)
{
	struct ph_linedisplay_geometry whole = {.viewport_height = rows,
		.viewport_width = columns,
		.rows = rows,
		.columns = columns};

	if (descriptors > PH_LINEDISPLAY_DESCRIPTORS_MAX)
		return -EINVAL;
	memset(display, 0, sizeof *display);
	int r = ph_linedisplay_screen_init(&display->screen, rows, columns);
	if (r < 0)
		return r;
	display->screen.brightness = 100;
	display->descriptor_count = descriptors;
	display->soft_blink = soft_blink;
	display->blink_rate = BLINK_RATE;
	return add_window(display, 0, &whole);
}

/* Whether `count` cells from `first` are within `size`. */
static bool within(unsigned first, unsigned count, unsigned size)
{
	return count && first < size && count <= size - first;
}

int ph_linedisplay_create_window(
	struct ph_linedisplay *display, const struct ph_linedisplay_geometry *geometry)
{
	const struct ph_linedisplay_geometry *g = geometry;
	unsigned number = 1;

	if (!within(g->viewport_row, g->viewport_height, display->screen.rows) ||
		!within(g->viewport_column, g->viewport_width, display->screen.columns) ||
		g->rows < g->viewport_height || g->columns < g->viewport_width ||
		(g->rows != g->viewport_height && g->columns != g->viewport_width))
		return -EINVAL;
	while (number < PH_LINEDISPLAY_WINDOWS_MAX && display->windows[number].exists)
		number++;
	if (number == PH_LINEDISPLAY_WINDOWS_MAX || g->rows > PH_LINEDISPLAY_POOL_MAX ||
		g->columns > PH_LINEDISPLAY_POOL_MAX)
		return -ENOSPC;
	int r = add_window(display, number, g);
	if (r < 0)
		return r;
	ph_linedisplay_draw_view(display, ph_linedisplay_own(display));
	return (int)number;
}

int ph_linedisplay_destroy_window(struct ph_linedisplay *display)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);
	size_t cells = (size_t)window->geometry.rows * window->geometry.columns;
	size_t end = window->first + cells;

	if (!display->current)
		return -EINVAL;
	if (display->typing == display->current)
		display->typed_count = display->typed_shown = 0;
	memmove(display->pool + window->first, display->pool + end,
		(display->pool_used - end) * sizeof *display->pool);
	display->pool_used -= cells;
	for (unsigned i = 0; i < PH_LINEDISPLAY_WINDOWS_MAX; i++)
		if (display->windows[i].exists && display->windows[i].first > window->first)
			display->windows[i].first -= cells;
	*window = (struct ph_linedisplay_window){0};
	display->current = 0;
	return 0;
}

void ph_linedisplay_close_windows(struct ph_linedisplay *display)
{
	struct ph_linedisplay_window *whole = &display->windows[0];
	size_t cells = (size_t)whole->geometry.rows * whole->geometry.columns;

	for (unsigned i = 1; i < PH_LINEDISPLAY_WINDOWS_MAX; i++)
		display->windows[i] = (struct ph_linedisplay_window){0};
	display->pool_used = cells;
	display->current = 0;
	display->typed_count = display->typed_shown = 0;
	/* window 0 is as large as the picture: what others drew is its text from now on */
	memcpy(display->pool + whole->first, display->screen.cells, cells * sizeof *display->pool);
}

void ph_linedisplay_set_row(
	struct ph_linedisplay *display, unsigned row, const char *text, unsigned attributes)
{
	unsigned columns = display->screen.columns;

	ph_linedisplay_screen_row(&display->screen, row, text, attributes);
	memcpy(ph_linedisplay_cells(display, &display->windows[0], row),
		display->screen.cells + (size_t)row * columns, columns * sizeof *display->pool);
}

int ph_linedisplay_select_window(struct ph_linedisplay *display, unsigned window)
{
	if (window >= PH_LINEDISPLAY_WINDOWS_MAX || !display->windows[window].exists)
		return -EINVAL;
	display->current = window;
	return 0;
}

int ph_linedisplay_refresh_window(struct ph_linedisplay *display, unsigned window)
{
	if (window < PH_LINEDISPLAY_WINDOWS_MAX &&
		ph_linedisplay_is_running(&display->windows[window]))
		return -EINVAL;
	int r = ph_linedisplay_select_window(display, window);
	if (r < 0)
		return r;
	ph_linedisplay_draw_view(display, ph_linedisplay_own(display));
	return 0;
}

static void scroll_up(struct ph_linedisplay *display, const struct ph_linedisplay_window *window)
{
	unsigned columns = window->geometry.columns, last = window->geometry.rows - 1;
	struct ph_linedisplay_cell *cells = ph_linedisplay_cells(display, window, 0);

	memmove(cells, cells + columns, (size_t)last * columns * sizeof *cells);
	fill_blank(cells + (size_t)last * columns, columns);
	ph_linedisplay_draw_view(display, window);
}

static void next_row(struct ph_linedisplay *display, struct ph_linedisplay_window *window)
{
	window->cursor_column = 0;
	if (window->cursor_row + 1 < window->geometry.rows)
		window->cursor_row++;
	else
		scroll_up(display, window);
}

/* The viewport follows the cursor on the axis on which it can move. */
static void follow(struct ph_linedisplay *display, struct ph_linedisplay_window *window)
{
	const struct ph_linedisplay_geometry *g = &window->geometry;
	unsigned column =
		window->cursor_column < g->columns ? window->cursor_column : g->columns - 1;
	unsigned row = window->cursor_row;
	unsigned view_row = window->view_row, view_column = window->view_column;

	if (column < view_column)
		view_column = column;
	if (column >= view_column + g->viewport_width)
		view_column = column - g->viewport_width + 1;
	if (row < view_row)
		view_row = row;
	if (row >= view_row + g->viewport_height)
		view_row = row - g->viewport_height + 1;
	if (view_row == window->view_row && view_column == window->view_column)
		return;
	window->view_row = view_row;
	window->view_column = view_column;
	ph_linedisplay_draw_view(display, window);
}

void ph_linedisplay_put(struct ph_linedisplay *display, struct ph_linedisplay_window *window,
	const struct ph_linedisplay_cell *cell)
{
	if (cell->codepoint == '\n') {
		next_row(display, window);
	} else if (cell->codepoint == '\r') {
		window->cursor_column = 0;
	} else {
		if (window->cursor_column >= window->geometry.columns)
			next_row(display, window);
		unsigned row = window->cursor_row, column = window->cursor_column++;
		ph_linedisplay_cells(display, window, row)[column] = *cell;
		draw_cell(display, window, row, column);
	}
	follow(display, window);
}

static bool is_glyph(const struct ph_linedisplay *display, uint32_t code)
{
	for (unsigned i = 0; i < display->screen.glyph_count; i++)
		if (display->screen.glyphs[i].code == code)
			return true;
	return false;
}

/* What an escape without ESC and '|' does to the attributes; an unknown one does nothing. */
static unsigned escape(const char *text, size_t len, unsigned attributes)
{
	bool off = len && text[0] == '!';

	text += off;
	len -= off;
	if (len == 1 && text[0] == 'N')
		return PH_LINEDISPLAY_NORMAL;
	unsigned bit = len == 2 && !memcmp(text, "kC", 2)    ? PH_LINEDISPLAY_BLINK
		       : len == 3 && !memcmp(text, "rvC", 3) ? PH_LINEDISPLAY_REVERSE
							     : 0;
	return off ? attributes & ~bit : attributes | bit;
}

/* Length of an escape that begins with ESC '|', up to its capital; 0 when there is none. */
static size_t escape_len(const char *text, size_t len)
{
	if (len < 2 || text[0] != ESC || text[1] != '|')
		return 0;
	for (size_t i = 2; i < len && i < ESCAPE_MAX; i++) {
		if (text[i] >= 'A' && text[i] <= 'Z')
			return i + 1;
		if (!strchr("!*0123456789abcdefghijklmnopqrstuvwxyz", text[i]))
			break;
	}
	return 0;
}

/*
 * Reads the next cell of a text, or CR or LF. Returns the bytes taken; *ret_cell has code point 0 when they show nothing.
 */
static size_t read_cell(const struct ph_linedisplay *display, const char *text, size_t len,
	struct ph_linedisplay_cell *cell)
{
	uint32_t codepoint;
	size_t taken = escape_len(text, len);

	if (taken) {
		cell->attributes = (uint8_t)escape(text + 2, taken - 2, cell->attributes);
		cell->codepoint = 0;
		return taken;
	}
	taken = ph_linedisplay_next(text, len, &codepoint);
	if (ph_linedisplay_is_control(codepoint) && codepoint && codepoint != '\n' &&
		codepoint != '\r' && !is_glyph(display, codepoint))
		codepoint = ' ';
	cell->codepoint = codepoint;
	return taken;
}

/* Lets `text` appear one by one. */
static int type(struct ph_linedisplay *display, const char *text, unsigned attributes, int64_t now)
{
	struct ph_linedisplay_cell cell = {.attributes = (uint8_t)attributes};
	size_t len = strlen(text);
	unsigned count = 0;

	for (size_t i = 0; i < len;) {
		i += read_cell(display, text + i, len - i, &cell);
		if (!cell.codepoint)
			continue;
		if (count == PH_LINEDISPLAY_TYPED_MAX)
			return -ENOSPC;
		display->typed[count++] = cell;
	}
	display->typed_count = count;
	display->typed_shown = 0;
	display->typing = display->current;
	display->typed_at = now;
	ph_linedisplay_tick(display, now);
	return 0;
}

static void write_at_once(struct ph_linedisplay *display, const char *text, unsigned attributes)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);
	struct ph_linedisplay_cell cell = {.attributes = (uint8_t)attributes};
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		i += read_cell(display, text + i, len - i, &cell);
		if (cell.codepoint)
			ph_linedisplay_put(display, window, &cell);
	}
	if (!window->cursor_update) {
		window->cursor_row = display->home[0];
		window->cursor_column = display->home[1];
	}
}

static int check_write(const struct ph_linedisplay *display, unsigned attributes)
{
	if (ph_linedisplay_is_running(ph_linedisplay_current(display)) ||
		attributes > (PH_LINEDISPLAY_BLINK | PH_LINEDISPLAY_REVERSE))
		return -EINVAL;
	return ph_linedisplay_is_typing(display) ? -EBUSY : 0;
}

int ph_linedisplay_write(
	struct ph_linedisplay *display, const char *text, unsigned attributes, int64_t now_ms)
{
	const struct ph_linedisplay_window *window = ph_linedisplay_current(display);
	const unsigned place[2] = {window->cursor_row, window->cursor_column};

	return ph_linedisplay_write_at(display, place, text, attributes, now_ms);
}

int ph_linedisplay_write_at(struct ph_linedisplay *display, const unsigned place[2],
	const char *text, unsigned attributes, int64_t now_ms)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);
	const unsigned home[2] = {window->cursor_row, window->cursor_column};

	int r = check_write(display, attributes);
	if (r < 0)
		return r;
	r = ph_linedisplay_set_cursor(display, place[0], place[1]);
	if (r < 0)
		return r;
	memcpy(display->home, home, sizeof home);
	if (window->inter_character_wait && window->marquee == PH_LINEDISPLAY_MARQUEE_NONE)
		r = type(display, text, attributes, now_ms);
	else
		write_at_once(display, text, attributes);
	if (r < 0) {
		window->cursor_row = home[0];
		window->cursor_column = home[1];
	}
	return r;
}

int ph_linedisplay_clear(struct ph_linedisplay *display)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);

	if (ph_linedisplay_is_running(window))
		return -EINVAL;
	if (ph_linedisplay_is_typing(display))
		return -EBUSY;
	fill_blank(ph_linedisplay_cells(display, window, 0),
		(size_t)window->geometry.rows * window->geometry.columns);
	window->cursor_row = window->cursor_column = 0;
	window->view_row = window->view_column = 0;
	ph_linedisplay_draw_view(display, window);
	return 0;
}

/* Moves the viewport along one axis, no further than the window goes. */
static unsigned moved(unsigned view, unsigned units, bool forward, unsigned room)
{
	if (forward)
		return units < room - view ? view + units : room;
	return units < view ? view - units : 0;
}

/* Moves the text of a window, with blanks where it came from. `rows` and `columns` are where a cell comes from. */
static void shift(struct ph_linedisplay *display, const struct ph_linedisplay_window *window,
	int rows, int columns)
{
	int height = (int)window->geometry.rows, width = (int)window->geometry.columns;
	struct ph_linedisplay_cell *cells = ph_linedisplay_cells(display, window, 0);
	bool forward = rows > 0 || columns > 0;

	for (int i = 0; i < height * width; i++) {
		int to = forward ? i : height * width - 1 - i;
		int row = to / width + rows, column = to % width + columns;
		bool inside = row >= 0 && row < height && column >= 0 && column < width;
		cells[to] = inside ? cells[row * width + column] : blank;
	}
}

int ph_linedisplay_scroll(
	struct ph_linedisplay *display, enum ph_linedisplay_direction direction, unsigned units)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);
	const struct ph_linedisplay_geometry *g = &window->geometry;
	bool vertical = direction == PH_LINEDISPLAY_UP || direction == PH_LINEDISPLAY_DOWN;
	bool forward = direction == PH_LINEDISPLAY_UP || direction == PH_LINEDISPLAY_LEFT;
	unsigned room = vertical ? g->rows - g->viewport_height : g->columns - g->viewport_width;
	unsigned size = vertical ? g->rows : g->columns;

	if (window->marquee != PH_LINEDISPLAY_MARQUEE_NONE || window->inter_character_wait ||
		direction < PH_LINEDISPLAY_UP || direction > PH_LINEDISPLAY_RIGHT)
		return -EINVAL;
	if (ph_linedisplay_is_typing(display))
		return -EBUSY;
	int by = (int)(units < size ? units : size) * (forward ? 1 : -1);
	if (!room)
		shift(display, window, vertical ? by : 0, vertical ? 0 : by);
	else if (vertical)
		window->view_row = moved(window->view_row, units, forward, room);
	else
		window->view_column = moved(window->view_column, units, forward, room);
	ph_linedisplay_draw_view(display, window);
	return 0;
}

int ph_linedisplay_set_cursor(struct ph_linedisplay *display, unsigned row, unsigned column)
{
	struct ph_linedisplay_window *window = ph_linedisplay_own(display);

	if (row >= window->geometry.rows || column > window->geometry.columns)
		return -EINVAL;
	window->cursor_row = row;
	window->cursor_column = column;
	return 0;
}

int ph_linedisplay_set_cursor_type(struct ph_linedisplay *display, int type)
{
	int plain = type & ~PH_LINEDISPLAY_CURSOR_BLINK;

	if (plain < PH_LINEDISPLAY_CURSOR_NONE || plain > PH_LINEDISPLAY_CURSOR_OTHER)
		return -EINVAL;
	/* a cursor that is not there does not blink */
	ph_linedisplay_own(display)->cursor_type = plain ? type : 0;
	return 0;
}

void ph_linedisplay_set_cursor_update(struct ph_linedisplay *display, bool update)
{
	ph_linedisplay_own(display)->cursor_update = update;
}

int ph_linedisplay_set_brightness(struct ph_linedisplay *display, int percent)
{
	if (percent < 0 || percent > 100)
		return -EINVAL;
	display->screen.brightness = percent;
	return 0;
}

int ph_linedisplay_set_descriptor(
	struct ph_linedisplay *display, unsigned descriptor, enum ph_linedisplay_descriptor value)
{
	if (descriptor >= display->descriptor_count || value > PH_LINEDISPLAY_DESCRIPTOR_BLINK)
		return -EINVAL;
	display->screen.descriptors[descriptor] = (uint8_t)value;
	return 0;
}

void ph_linedisplay_clear_descriptors(struct ph_linedisplay *display)
{
	memset(display->screen.descriptors, PH_LINEDISPLAY_DESCRIPTOR_OFF,
		sizeof display->screen.descriptors);
}

int ph_linedisplay_define_glyph(
	struct ph_linedisplay *display, const struct ph_linedisplay_glyph *glyph)
{
	struct ph_linedisplay_screen *screen = &display->screen;
	unsigned i = 0;

	if (!glyph->code || glyph->code == ESC || glyph->code == '\n' || glyph->code == '\r' ||
		glyph->code > 0xff)
		return -EINVAL;
	while (i < screen->glyph_count && screen->glyphs[i].code != glyph->code)
		i++;
	if (i == PH_LINEDISPLAY_GLYPHS_MAX)
		return -ENOSPC;
	screen->glyphs[i] = *glyph;
	screen->glyph_count = i < screen->glyph_count ? screen->glyph_count : i + 1;
	return 0;
}

uint32_t ph_linedisplay_read_at_cursor(const struct ph_linedisplay *display)
{
	const struct ph_linedisplay_window *window = ph_linedisplay_current(display);

	if (window->cursor_column >= window->geometry.columns)
		return ' ';
	return display
		->pool[window->first + window->cursor_row * window->geometry.columns +
			window->cursor_column]
		.codepoint;
}
