// Pictures to the bytes of a command set, differences only; what should be seen, and when to send, is others' business.
#include "protocols/linedisplay/render.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>

#define ANSI_MOVE 5 /* row ';' two digits of the column 'H' */

/* Bytes at `out`, which has room by the definition of PH_LINEDISPLAY_OUT_MAX. */
struct writer {
	uint8_t *out;
	size_t len;
};

static void put(struct writer *w, uint8_t byte)
{
	w->out[w->len++] = byte;
}

static void put_bytes(struct writer *w, const struct ph_linedisplay_bytes *bytes)
{
	memcpy(w->out + w->len, bytes->at, bytes->len);
	w->len += bytes->len;
}

static void put_command(struct writer *w, const struct ph_linedisplay_bytes *prefix, uint8_t n)
{
	put_bytes(w, prefix);
	put(w, n);
}

int ph_linedisplay_renderer_init(struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_set *set, unsigned rows, unsigned columns)
{
	if (!rows || rows > set->rows_max || !columns || columns > set->columns_max ||
		rows * columns > set->cells_max)
		return -EINVAL;
	/* a cell's number counts all cells in front of it, in rows as long as the device's own */
	if (set->address == PH_LINEDISPLAY_CELL && rows > 1 && columns != set->columns)
		return -EINVAL;
	memset(renderer, 0, sizeof *renderer);
	renderer->set = set;
	renderer->rows = rows;
	renderer->columns = columns;
	for (size_t i = 0; i < set->page_count && i < PH_LINEDISPLAY_PAGES_MAX; i++)
		renderer->pages[renderer->page_count++] = (uint8_t)i;
	return 0;
}

static int find_page(const struct ph_linedisplay_set *set, int page)
{
	for (size_t i = 0; i < set->page_count; i++)
		if (page >= 0 && set->pages[i].page == page)
			return (int)i;
	return -EINVAL;
}

int ph_linedisplay_set_pages(struct ph_linedisplay_renderer *renderer, const char *names)
{
	static const char separators[] = ", ";
	uint8_t pages[PH_LINEDISPLAY_PAGES_MAX];
	unsigned count = 0;
	char name[32];

	for (names += strspn(names, separators); *names; names += strspn(names, separators)) {
		size_t len = strcspn(names, separators);
		if (len >= sizeof name || count == PH_LINEDISPLAY_PAGES_MAX)
			return -EINVAL;
		memcpy(name, names, len);
		name[len] = '\0';
		int i = find_page(renderer->set, ph_codepage_by_name(name));
		if (i < 0)
			return -EINVAL;
		pages[count++] = (uint8_t)i;
		names += len;
	}
	if (!count)
		return -EINVAL;
	memcpy(renderer->pages, pages, count);
	renderer->page_count = count;
	return 0;
}

void ph_linedisplay_forget(struct ph_linedisplay_renderer *renderer)
{
	renderer->known = false;
}

/* Where a cell stands, in bytes behind `move`. */
static unsigned place_len(const struct ph_linedisplay_set *set)
{
	switch (set->address) {
	case PH_LINEDISPLAY_XY:
		return 2;
	case PH_LINEDISPLAY_CELL:
		return 1;
	case PH_LINEDISPLAY_ANSI:
		return ANSI_MOVE;
	case PH_LINEDISPLAY_ROW:
		return 0;
	}
	return 0;
}

static void put_place(const struct ph_linedisplay_renderer *r, struct writer *w, unsigned cell)
{
	unsigned row = cell / r->columns + 1, column = cell % r->columns + 1;

	switch (r->set->address) {
	case PH_LINEDISPLAY_XY:
		put(w, (uint8_t)column);
		put(w, (uint8_t)row);
		break;
	case PH_LINEDISPLAY_CELL:
		put(w, (uint8_t)(r->set->first_cell + cell));
		break;
	case PH_LINEDISPLAY_ANSI:
		put(w, (uint8_t)('0' + row));
		put(w, ';');
		put(w, (uint8_t)('0' + column / 10));
		put(w, (uint8_t)('0' + column % 10));
		put(w, 'H');
		break;
	case PH_LINEDISPLAY_ROW:
		break;
	}
}

/* Whether a cell can be written without a command in front of it. */
static bool is_plain(
	const struct ph_linedisplay_renderer *r, const struct ph_linedisplay_encoded *cell)
{
	bool blink = r->set->blink == PH_LINEDISPLAY_BLINK_EACH && r->blink;

	return cell->byte && !(cell->attributes & PH_LINEDISPLAY_REVERSE) == !r->reverse &&
	       !(cell->attributes & PH_LINEDISPLAY_BLINK) == !blink &&
	       (cell->byte < 0x80 || cell->page == r->page);
}

/* Moves to a cell: by writing what is there already when that is shorter. */
static void move_to(struct ph_linedisplay_renderer *r, struct writer *w, unsigned cell)
{
	const struct ph_linedisplay_set *set = r->set;
	unsigned from = r->cell < 0 ? cell + 1 : (unsigned)r->cell;
	unsigned cost = set->move.len + place_len(set) + set->end.len;
	bool join = from <= cell && cell - from < cost && from / r->columns == cell / r->columns;

	for (unsigned i = from; join && i < cell; i++)
		join = is_plain(r, &r->shown[i]);
	if (join) {
		for (unsigned i = from; i < cell; i++)
			put(w, r->shown[i].byte);
		return;
	}
	put_bytes(w, &set->move);
	put_place(r, w, cell);
	put_bytes(w, &set->end);
}

static void put_attributes(struct ph_linedisplay_renderer *r, struct writer *w, uint8_t attributes)
{
	const struct ph_linedisplay_set *set = r->set;
	bool reverse = attributes & PH_LINEDISPLAY_REVERSE,
	     blink = attributes & PH_LINEDISPLAY_BLINK;

	if (reverse != r->reverse)
		put_bytes(w, reverse ? &set->reverse_on : &set->reverse_off);
	r->reverse = reverse;
	if (set->blink != PH_LINEDISPLAY_BLINK_EACH)
		return;
	if (blink != r->blink)
		put_bytes(w, blink ? &set->blink_on : &set->blink_off);
	r->blink = blink;
}

static void write_cell(struct ph_linedisplay_renderer *r, struct writer *w, unsigned cell,
	const struct ph_linedisplay_encoded *want)
{
	if (r->cell != (int)cell)
		move_to(r, w, cell);
	if (want->byte >= 0x80 && want->page != r->page) {
		put_command(w, &r->set->codepage, r->set->pages[want->page].n);
		r->page = want->page;
	}
	put_attributes(r, w, want->attributes);
	put(w, want->byte);
	r->shown[cell] = *want;
	/* where the cursor stands behind the last column differs between clones */
	r->cell = (cell + 1) % r->columns ? (int)cell + 1 : -1;
}

/* What a device shows of a cell. A cursor that the set cannot show is drawn. */
static struct ph_linedisplay_encoded encode_cell(const struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, unsigned cell)
{
	const struct ph_linedisplay_set *set = r->set;
	struct ph_linedisplay_encoded out = ph_linedisplay_encode(r, screen->cells[cell].codepoint);

	if (screen->cursor_type && !set->cursor_on.len && !set->numeric &&
		screen->cursor_column < r->columns &&
		cell == screen->cursor_row * r->columns + screen->cursor_column)
		out = (struct ph_linedisplay_encoded){.byte = '_'};
	out.attributes = screen->cells[cell].attributes;
	if (!set->reverse_on.len)
		out.attributes &= (uint8_t)~PH_LINEDISPLAY_REVERSE;
	if (set->blink != PH_LINEDISPLAY_BLINK_EACH)
		out.attributes &= (uint8_t)~PH_LINEDISPLAY_BLINK;
	return out;
}

static bool same(const struct ph_linedisplay_encoded *a, const struct ph_linedisplay_encoded *b)
{
	return a->byte == b->byte && a->page == b->page && a->attributes == b->attributes;
}

/* A row that began with "!#" would be a command: a space goes in front, and the last cell is lost. */
static void unmark(const struct ph_linedisplay_renderer *r, struct ph_linedisplay_encoded *cells)
{
	if (!r->set->marked || r->columns < 2 || cells[0].byte != '!' || cells[1].byte != '#')
		return;
	memmove(cells + 1, cells, (r->columns - 1) * sizeof *cells);
	cells[0] = (struct ph_linedisplay_encoded){.byte = ' '};
}

static void write_row(struct ph_linedisplay_renderer *r, struct writer *w, unsigned row,
	const struct ph_linedisplay_encoded *want)
{
	struct ph_linedisplay_encoded *shown = r->shown + (size_t)row * r->columns;
	bool differs = false;

	for (unsigned i = 0; i < r->columns; i++) {
		differs = differs || !same(&want[i], &shown[i]);
		shown[i] = want[i];
	}
	if (!differs)
		return;
	put_bytes(w, &r->set->row[row]);
	for (unsigned i = 0; i < r->columns; i++)
		put(w, want[i].byte);
	put_bytes(w, &r->set->row_end);
}

static void render_cells(struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, struct writer *w)
{
	struct ph_linedisplay_encoded want[PH_LINEDISPLAY_COLUMNS_MAX];

	/* in reading order, so that the last cell, behind which the cursor wraps, comes last */
	for (unsigned row = 0; row < r->rows; row++) {
		unsigned first = row * r->columns;
		for (unsigned i = 0; i < r->columns; i++)
			want[i] = encode_cell(r, screen, first + i);
		unmark(r, want);
		if (r->set->address == PH_LINEDISPLAY_ROW) {
			write_row(r, w, row, want);
			continue;
		}
		for (unsigned i = 0; i < r->columns; i++)
			if (!same(&want[i], &r->shown[first + i]))
				write_cell(r, w, first + i, &want[i]);
	}
}

/* Brings the device into the one state we know without asking. */
static void start(struct ph_linedisplay_renderer *r, struct writer *w)
{
	const struct ph_linedisplay_set *set = r->set;

	put_bytes(w, &set->init);
	for (unsigned i = 0; i < PH_LINEDISPLAY_CELLS_MAX; i++)
		r->shown[i] = (struct ph_linedisplay_encoded){.byte = set->init_clears ? ' ' : 0};
	r->known = true;
	r->page = 0;
	if (set->codepage.len && !set->page_switch) {
		r->page = r->pages[0];
		put_command(w, &set->codepage, set->pages[r->page].n);
	}
	r->reverse = r->blink = r->cursor_on = false;
	r->step = r->cell = -1;
	memset(r->descriptors, 0, sizeof r->descriptors);
	r->glyph_count = 0;
}

static int nearest_step(const struct ph_linedisplay_set *set, int percent)
{
	int best = -1, distance = 0;

	for (unsigned i = 0; i < set->step_count; i++) {
		int d = set->steps[i].percent - percent;
		d = d < 0 ? -d : d;
		/* dark only when dark is asked for */
		if (set->steps[i].percent == 0 && percent > 0)
			continue;
		if (best < 0 || d <= distance) {
			best = (int)i;
			distance = d;
		}
	}
	return best;
}

static void render_whole(struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, struct writer *w)
{
	const struct ph_linedisplay_set *set = r->set;
	bool blink = false;

	for (unsigned i = 0; i < r->rows * r->columns; i++)
		blink = blink || (screen->cells[i].attributes & PH_LINEDISPLAY_BLINK);
	if (set->blink == PH_LINEDISPLAY_BLINK_ALL && blink != r->blink) {
		put_bytes(w, blink ? &set->blink_on : &set->blink_off);
		r->blink = blink;
	}
	int step = screen->brightness < 0 ? -1 : nearest_step(set, screen->brightness);
	if (step >= 0 && step != r->step) {
		put_command(w, &set->brightness, set->steps[step].n);
		put_bytes(w, &set->end);
		r->step = step;
	}
}

static void render_descriptors(struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, struct writer *w)
{
	const struct ph_linedisplay_set *set = r->set;
	unsigned lit = 0, was = 0;

	for (unsigned i = set->descriptor_count; i-- > 0;) {
		/* a lamp that should blink and cannot is on */
		bool on = screen->descriptors[i] != PH_LINEDISPLAY_DESCRIPTOR_OFF;
		bool differs = on != (r->descriptors[i] != 0);
		lit = on ? i + 1 : lit;
		was = r->descriptors[i] ? i + 1 : was;
		r->descriptors[i] = on;
		if (!differs || set->descriptor_one)
			continue;
		put_command(w, &set->descriptor, on);
		put(w, (uint8_t)(i + 1));
	}
	if (set->descriptor_one && lit != was)
		put_command(w, &set->descriptor, (uint8_t)('0' + lit));
}

static void render_cursor(struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, struct writer *w)
{
	const struct ph_linedisplay_set *set = r->set;
	bool on = screen->cursor_type && screen->cursor_row < r->rows &&
		  screen->cursor_column < r->columns;

	if (!set->cursor_on.len)
		return;
	int cell = (int)(screen->cursor_row * r->columns + screen->cursor_column);
	if (on && r->cell != cell) {
		put_bytes(w, &set->move);
		put_place(r, w, (unsigned)cell);
		put_bytes(w, &set->end);
		r->cell = cell;
	}
	if (on != r->cursor_on)
		put_bytes(w, on ? &set->cursor_on : &set->cursor_off);
	r->cursor_on = on;
}

/* Dot of a glyph, from the top left corner. */
static unsigned dot(const struct ph_linedisplay_glyph *glyph, unsigned row, unsigned column)
{
	return glyph->columns[column] >> row & 1u;
}

static void put_glyph(const struct ph_linedisplay_set *set, struct writer *w,
	const struct ph_linedisplay_glyph *glyph)
{
	static const uint8_t epson[] = {0x1b, 0x26, 0x01};
	uint8_t packed[8] = {0};
	bool rows = set->glyph == PH_LINEDISPLAY_GLYPH_ROWS;
	uint8_t code = (uint8_t)glyph->code;

	if (set->glyph == PH_LINEDISPLAY_GLYPH_EPSON) {
		memcpy(w->out + w->len, epson, sizeof epson);
		w->len += sizeof epson;
		put(w, code);
		put(w, code);
		put(w, PH_LINEDISPLAY_GLYPH_COLUMNS);
		memcpy(w->out + w->len, glyph->columns, sizeof glyph->columns);
		w->len += sizeof glyph->columns;
		return;
	}
	for (unsigned i = 0; i < 35; i++) {
		unsigned row = i / 5, column = i % 5, bit = dot(glyph, row, column);
		if (rows)
			packed[row] |= (uint8_t)(bit << (4 - column));
		else
			packed[i / 8] |= (uint8_t)(bit << i % 8);
	}
	put(w, 0x03);
	put(w, code);
	memcpy(w->out + w->len, packed, rows ? 8 : 5);
	w->len += rows ? 8 : 5;
}

static bool can_define(const struct ph_linedisplay_set *set, uint32_t code)
{
	return set->glyph != PH_LINEDISPLAY_GLYPH_NONE && code >= set->glyph_first &&
	       code <= set->glyph_last && code != 0x1b;
}

/* Whether a character on the glass changes with its definition differs between devices: it is written again. */
static void forget_cells(struct ph_linedisplay_renderer *r, uint32_t code)
{
	for (unsigned i = 0; i < r->rows * r->columns; i++)
		if (r->shown[i].byte == code)
			r->shown[i].byte = 0;
}

/* A definition is sent when it is new or another one. */
static void render_glyphs(struct ph_linedisplay_renderer *r,
	const struct ph_linedisplay_screen *screen, struct writer *w)
{
	static const uint8_t select[] = {0x1b, 0x25, 0x01};
	bool first = r->glyph_count == 0;

	for (unsigned i = 0; i < screen->glyph_count && i < PH_LINEDISPLAY_GLYPHS_MAX; i++) {
		const struct ph_linedisplay_glyph *want = &screen->glyphs[i];
		bool known = i < r->glyph_count && r->glyphs[i].code == want->code &&
			     !memcmp(r->glyphs[i].columns, want->columns, sizeof want->columns);
		r->glyphs[i] = *want;
		r->glyph_count = i < r->glyph_count ? r->glyph_count : i + 1;
		if (known || !can_define(r->set, want->code))
			continue;
		put_glyph(r->set, w, want);
		forget_cells(r, want->code);
		if (first && r->set->glyph == PH_LINEDISPLAY_GLYPH_EPSON) {
			memcpy(w->out + w->len, select, sizeof select);
			w->len += sizeof select;
		}
		first = false;
	}
}

size_t ph_linedisplay_render(struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_screen *screen, uint8_t *out)
{
	struct writer w = {.out = out};

	if (screen->rows != renderer->rows || screen->columns != renderer->columns)
		return 0;
	if (!renderer->known)
		start(renderer, &w);
	render_glyphs(renderer, screen, &w);
	render_cells(renderer, screen, &w);
	render_whole(renderer, screen, &w);
	render_descriptors(renderer, screen, &w);
	render_cursor(renderer, screen, &w);
	return w.len;
}

size_t ph_linedisplay_wincor_pack(
	const uint8_t *data, size_t len, uint8_t out[PH_LINEDISPLAY_WINCOR_REPORT])
{
	size_t n = len < PH_LINEDISPLAY_WINCOR_DATA ? len : PH_LINEDISPLAY_WINCOR_DATA;

	memset(out, 0, PH_LINEDISPLAY_WINCOR_REPORT);
	out[1] = 0x02;
	out[3] = (uint8_t)n;
	memcpy(out + 4, data, n);
	return n;
}

void ph_linedisplay_row_text(const struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_screen *screen, unsigned row, char *out)
{
	char *end = out;

	for (unsigned i = 0; i < renderer->columns; i++) {
		struct ph_linedisplay_encoded cell = ph_linedisplay_encode(
			renderer, screen->cells[row * renderer->columns + i].codepoint);
		int32_t codepoint =
			cell.byte < 0x80 ? cell.byte
					 : ph_codepage_decode(
						   renderer->set->pages[cell.page].page, cell.byte);
		int n = ph_utf8_encode(codepoint < 0x20 ? '?' : (uint32_t)codepoint, out);
		out += n > 0 ? n : 0;
		if (cell.byte != ' ')
			end = out;
	}
	*end = '\0';
}
