// The glass of a customer display: cells, cursor, write modes and windows; the bytes that steer them
// are read in display_epson.c and display_cd5220.c.
#include "emulators/models/display.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "emulators/models/display_internal.h"

void ph_emu_display_config_default(struct ph_emu_display_config *config)
{
	*config = (struct ph_emu_display_config){.set = PH_EMU_DISPLAY_EPSON,
		.columns = 20,
		.rows = 2,
		.firmware = "1.00",
		.maker = "POSHAL",
		.model = "EMU-D",
		.serial = "EMUD001"};
}

static void clear_rect(
	struct ph_emu_display *d, unsigned left, unsigned top, unsigned right, unsigned bottom)
{
	for (unsigned y = top; y <= bottom; y++)
		for (unsigned x = left; x <= right; x++)
			d->state.cells[y][x] = (struct ph_emu_display_cell){.codepoint = ' '};
}

void emu_display_init(struct ph_emu_display *d)
{
	unsigned columns = d->config.columns, rows = d->config.rows;

	d->state = (struct ph_emu_display_state){
		.columns = columns, .rows = rows, .brightness = 100, .selected = true};
	// the cursor is shown after power-on
	d->state.cursor_visible = true;
	d->whole = (struct window){true, 0, 0, columns - 1, rows - 1, 0, 0, false};
	memset(d->windows, 0, sizeof d->windows);
	d->current = &d->whole;
	d->page = ph_emu_codepage_display_name(0);
	d->country = 0;
	d->reverse = d->blink = d->string_mode = d->macro = false;
	d->enhanced = d->config.set == PH_EMU_DISPLAY_UTC_ENHANCED;
	d->ibm = false;
	d->lamp = 0;
	if (d->config.set == PH_EMU_DISPLAY_IBM)
		d->state.mode = PH_EMU_DISPLAY_VERTICAL;
	if (d->config.set == PH_EMU_DISPLAY_BA63 || d->config.set == PH_EMU_DISPLAY_BA66)
		d->page = "CP858";
	d->pending_mark = 0;
	clear_rect(d, 0, 0, columns - 1, rows - 1);
}

int ph_emu_display_new(
	const struct ph_emu_display_config *config, struct ph_emu_display **ret_display)
{
	if (config->columns < 1 || config->columns > PH_EMU_DISPLAY_MAX_COLUMNS ||
		config->rows < 1 || config->rows > PH_EMU_DISPLAY_MAX_ROWS)
		return -EINVAL;
	struct ph_emu_display *d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	d->config = *config;
	emu_display_init(d);
	*ret_display = d;
	return 0;
}

void ph_emu_display_free(struct ph_emu_display *d)
{
	free(d);
}

void ph_emu_display_power_cycle(struct ph_emu_display *d)
{
	d->command_len = 0;
	d->skip = 0;
	d->tx_len = 0;
	emu_display_init(d);
}

void ph_emu_display_lose_every(struct ph_emu_display *d, unsigned n)
{
	d->lose_every = n;
	d->bytes = 0;
}

static void feed_byte(struct ph_emu_display *d, uint8_t byte)
{
	if (d->lose_every && ++d->bytes % d->lose_every == 0)
		return;
	if (d->config.set == PH_EMU_DISPLAY_EPSON)
		emu_display_epson(d, byte);
	else if (d->config.set == PH_EMU_DISPLAY_CD5220)
		emu_display_cd5220(d, byte);
	else
		emu_display_table(d, byte);
}

void ph_emu_display_feed(struct ph_emu_display *d, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		feed_byte(d, data[i]);
	d->state.cursor_column = d->current->column + 1;
	d->state.cursor_row = d->current->row + 1;
}

size_t ph_emu_display_take(struct ph_emu_display *d, uint8_t *out, size_t size)
{
	size_t n = d->tx_len < size ? d->tx_len : size;
	memcpy(out, d->tx, n);
	memmove(d->tx, d->tx + n, d->tx_len - n);
	d->tx_len -= n;
	return n;
}

const struct ph_emu_display_state *ph_emu_display_state(const struct ph_emu_display *d)
{
	return &d->state;
}

void ph_emu_display_row(const struct ph_emu_display *d, unsigned row, char *out)
{
	size_t len = 0, end = 0;
	for (unsigned x = 0; row < d->state.rows && x < d->state.columns; x++) {
		uint32_t c = d->state.cells[row][x].codepoint;
		len += (size_t)ph_utf8_encode(c, out + len);
		if (c != ' ')
			end = len;
	}
	out[end] = 0;
}

size_t ph_emu_display_notes(const struct ph_emu_display *d, const char *const **ret_notes)
{
	*ret_notes = d->notes;
	return d->n_notes;
}

void emu_display_note(struct ph_emu_display *d, const char *note)
{
	if (d->n_notes < PH_EMU_DISPLAY_NOTES)
		d->notes[d->n_notes++] = note;
}

void emu_display_reply(struct ph_emu_display *d, const void *data, size_t len)
{
	if (len > sizeof d->tx - d->tx_len)
		return;
	memcpy(d->tx + d->tx_len, data, len);
	d->tx_len += len;
}

// ---- scrolling ----

static void copy_row(struct ph_emu_display *d, unsigned to, unsigned from)
{
	const struct window *w = d->current;
	memcpy(&d->state.cells[to][w->left], &d->state.cells[from][w->left],
		(w->right - w->left + 1) * sizeof d->state.cells[0][0]);
}

static void scroll_up(struct ph_emu_display *d)
{
	const struct window *w = d->current;
	for (unsigned y = w->top; y < w->bottom; y++)
		copy_row(d, y, y + 1);
	clear_rect(d, w->left, w->bottom, w->right, w->bottom);
}

static void scroll_down(struct ph_emu_display *d)
{
	const struct window *w = d->current;
	for (unsigned y = w->bottom; y > w->top; y--)
		copy_row(d, y, y - 1);
	clear_rect(d, w->left, w->top, w->right, w->top);
}

static void shift_left(struct ph_emu_display *d)
{
	const struct window *w = d->current;
	struct ph_emu_display_cell *row = d->state.cells[w->row];
	memmove(&row[w->left], &row[w->left + 1], (w->right - w->left) * sizeof *row);
	clear_rect(d, w->right, w->row, w->right, w->row);
}

static void shift_right(struct ph_emu_display *d)
{
	const struct window *w = d->current;
	struct ph_emu_display_cell *row = d->state.cells[w->row];
	memmove(&row[w->left + 1], &row[w->left], (w->right - w->left) * sizeof *row);
	clear_rect(d, w->left, w->row, w->left, w->row);
}

// ---- writing ----

// the cursor leaves the last cell of a line after a character was written there
static void advance(struct ph_emu_display *d)
{
	struct window *w = d->current;

	if (w->column < w->right) {
		w->column++;
		return;
	}
	if (d->state.mode == PH_EMU_DISPLAY_HORIZONTAL) {
		w->past_end = true;
		return;
	}
	w->column = w->left;
	if (w->row < w->bottom)
		w->row++;
	else if (d->state.mode == PH_EMU_DISPLAY_OVERWRITE)
		w->row = w->top;
	else
		scroll_up(d);
}

void emu_display_put(struct ph_emu_display *d, uint32_t codepoint, char mark)
{
	struct window *w = d->current;
	if (w->past_end)
		shift_left(d);
	w->past_end = false;
	d->state.cells[w->row][w->column] =
		(struct ph_emu_display_cell){codepoint, d->reverse, d->blink, mark};
	advance(d);
}

void emu_display_put_byte(struct ph_emu_display *d, uint8_t byte)
{
	uint32_t c = byte < 0x80 ? ph_emu_country_char(d->country, byte)
				 : ph_emu_codepage_char(&d->pages, d->page, byte);
	char mark = d->pending_mark;
	d->pending_mark = 0;
	emu_display_put(d, byte == 0x7F ? ' ' : c, mark);
}

void emu_display_clear(struct ph_emu_display *d)
{
	const struct window *w = d->current;
	clear_rect(d, w->left, w->top, w->right, w->bottom);
	d->state.scrolling = false;
	d->state.clock[0] = 0;
	emu_display_home(d);
}

void emu_display_clear_line(struct ph_emu_display *d)
{
	struct window *w = d->current;
	clear_rect(d, w->left, w->row, w->right, w->row);
	emu_display_line_start(d);
}

// ---- moving ----

void emu_display_left(struct ph_emu_display *d)
{
	struct window *w = d->current;
	w->past_end = false;
	if (w->column > w->left) {
		w->column--;
		return;
	}
	if (d->state.mode == PH_EMU_DISPLAY_HORIZONTAL) {
		shift_right(d);
		return;
	}
	w->column = w->right;
	if (w->row > w->top)
		w->row--;
	else if (d->state.mode == PH_EMU_DISPLAY_OVERWRITE)
		w->row = w->bottom;
	else
		scroll_down(d);
}

void emu_display_right(struct ph_emu_display *d)
{
	struct window *w = d->current;
	if (d->state.mode == PH_EMU_DISPLAY_HORIZONTAL && w->column == w->right) {
		shift_left(d);
		return;
	}
	advance(d);
}

void emu_display_up(struct ph_emu_display *d)
{
	struct window *w = d->current;
	w->past_end = false;
	if (w->row > w->top)
		w->row--;
	else if (d->state.mode == PH_EMU_DISPLAY_VERTICAL)
		scroll_down(d);
	else
		w->row = w->bottom;
}

void emu_display_down(struct ph_emu_display *d)
{
	struct window *w = d->current;
	w->past_end = false;
	if (w->row < w->bottom)
		w->row++;
	else if (d->state.mode == PH_EMU_DISPLAY_VERTICAL)
		scroll_up(d);
	else
		w->row = w->top;
}

void emu_display_home(struct ph_emu_display *d)
{
	struct window *w = d->current;
	w->column = w->left;
	w->row = w->top;
	w->past_end = false;
}

void emu_display_bottom(struct ph_emu_display *d)
{
	struct window *w = d->current;
	w->column = w->right;
	w->row = w->bottom;
	w->past_end = false;
}

void emu_display_line_start(struct ph_emu_display *d)
{
	d->current->column = d->current->left;
	d->current->past_end = false;
}

void emu_display_line_end(struct ph_emu_display *d)
{
	d->current->column = d->current->right;
	d->current->past_end = false;
}

void emu_display_move(struct ph_emu_display *d, unsigned x, unsigned y)
{
	struct window *w = d->current;
	if (x < 1 || y < 1 || x > w->right - w->left + 1 || y > w->bottom - w->top + 1)
		return;
	w->column = w->left + x - 1;
	w->row = w->top + y - 1;
	w->past_end = false;
}

void emu_display_mode(struct ph_emu_display *d, enum ph_emu_display_mode mode)
{
	d->state.mode = mode;
	d->current->past_end = false;
}

void emu_display_brightness(struct ph_emu_display *d, uint8_t n)
{
	static const uint8_t steps[] = {0, 20, 40, 60, 100};
	if (n >= 1 && n <= 4)
		d->state.brightness = steps[n];
}

static bool overlaps(const struct window *a, const struct window *b)
{
	return a->left <= b->right && b->left <= a->right && a->top <= b->bottom &&
	       b->top <= a->bottom;
}

void emu_display_window(
	struct ph_emu_display *d, unsigned n, unsigned x1, unsigned y1, unsigned x2, unsigned y2)
{
	if (n >= WINDOWS || x1 < 1 || y1 < 1 || x1 > x2 || y1 > y2 || x2 > d->config.columns ||
		y2 > d->config.rows)
		return;
	struct window w = {true, x1 - 1, y1 - 1, x2 - 1, y2 - 1, x1 - 1, y1 - 1, false};
	for (unsigned i = 0; i < WINDOWS; i++)
		if (i != n && d->windows[i].defined && overlaps(&d->windows[i], &w))
			return;
	d->windows[n] = w;
	d->current = &d->windows[n];
}

void emu_display_cancel_window(struct ph_emu_display *d, unsigned n)
{
	if (n >= WINDOWS)
		return;
	d->windows[n].defined = false;
	if (d->current == &d->windows[n])
		d->current = &d->whole;
}
