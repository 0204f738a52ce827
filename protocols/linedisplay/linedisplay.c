// The screen model and the renderer that sends only what differs; when to send is the owner's business.
#include "protocols/linedisplay/linedisplay.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_MAX   3 /* unchanged cells written again instead of a move of four bytes */
#define BLINK_50MS 10

/* Bytes at `out`, which has room by the definition of PH_LINEDISPLAY_OUT_MAX. */
struct writer {
	uint8_t *out;
	size_t len;
};

static void put(struct writer *w, uint8_t byte)
{
	w->out[w->len++] = byte;
}

static void put_command(struct writer *w, const uint8_t prefix[2], uint8_t n)
{
	put(w, prefix[0]);
	put(w, prefix[1]);
	put(w, n);
}

int ph_linedisplay_init(struct ph_linedisplay *display, const struct ph_linedisplay_set *set,
	unsigned rows, unsigned columns)
{
	if (!rows || rows > PH_LINEDISPLAY_ROWS_MAX || !columns ||
		columns > PH_LINEDISPLAY_COLUMNS_MAX)
		return -EINVAL;
	*display = (struct ph_linedisplay){.set = set, .rows = rows, .columns = columns};
	for (size_t i = 0; i < set->page_count && i < PH_LINEDISPLAY_PAGES_MAX; i++)
		display->pages[display->page_count++] = (uint8_t)i;
	for (unsigned row = 0; row < rows; row++)
		ph_linedisplay_set_row(display, row, "", false);
	ph_linedisplay_forget(display);
	return 0;
}

static int find_page(const struct ph_linedisplay_set *set, int page)
{
	for (size_t i = 0; i < set->page_count; i++)
		if (set->pages[i].page == page)
			return (int)i;
	return -EINVAL;
}

int ph_linedisplay_set_pages(struct ph_linedisplay *display, const char *names)
{
	uint8_t pages[PH_LINEDISPLAY_PAGES_MAX];
	unsigned count = 0;
	PH_CLEANUP_FREE char *copy = strdup(names);
	char *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *name = strtok_r(copy, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
		int page = ph_codepage_by_name(name);
		int i = page < 0 ? -EINVAL : find_page(display->set, page);
		if (i < 0 || count == PH_LINEDISPLAY_PAGES_MAX)
			return -EINVAL;
		pages[count++] = (uint8_t)i;
	}
	if (!count)
		return -EINVAL;
	memcpy(display->pages, pages, count);
	display->page_count = count;
	return 0;
}

/* U+00C0 to U+017F without accents; every entry is one cell. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
			    "aaaaaaaceeeeiiiidnooooo/ouuuuyty"
			    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
			    "GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
			    "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs"
			    "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

static const struct {
	uint32_t codepoint;
	char ascii;
} look_alikes[] = {{0x00a0, ' '}, {0x00ab, '"'}, {0x00ad, '-'}, {0x00b4, '\''}, {0x00b7, '.'},
	{0x00bb, '"'}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2014, '-'},
	{0x2018, '\''}, {0x2019, '\''}, {0x201a, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x201e, '"'},
	{0x2022, '*'}, {0x2026, '.'}, {0x202f, ' '}, {0x2039, '<'}, {0x203a, '>'}, {0x20ac, 'E'},
	{0x2190, '<'}, {0x2192, '>'}, {0x2212, '-'}, {0x2500, '-'}, {0x2502, '|'}};

static uint8_t transliterate(uint32_t codepoint)
{
	if (codepoint >= 0xc0 && codepoint < 0x180)
		return (uint8_t)latin[codepoint - 0xc0];
	for (size_t i = 0; i < PH_ARRAY_SIZE(look_alikes); i++)
		if (look_alikes[i].codepoint == codepoint)
			return (uint8_t)look_alikes[i].ascii;
	return '?';
}

struct ph_linedisplay_cell ph_linedisplay_encode(
	const struct ph_linedisplay *display, uint32_t codepoint)
{
	struct ph_linedisplay_cell cell = {.byte = ' '};

	/* bytes below 20, and 7F, are commands on every set */
	if (codepoint < 0x20 || (codepoint >= 0x7f && codepoint < 0xa0))
		return cell;
	if (codepoint < 0x7f) {
		cell.byte = (uint8_t)codepoint;
		return cell;
	}
	for (unsigned i = 0; i < display->page_count; i++) {
		enum ph_codepage page =
			(enum ph_codepage)display->set->pages[display->pages[i]].page;
		int byte = ph_codepage_encode(page, codepoint);
		if (byte < 0x80)
			continue;
		cell.byte = (uint8_t)byte;
		cell.page = display->pages[i];
		return cell;
	}
	cell.byte = transliterate(codepoint);
	return cell;
}

static bool is_combining(uint32_t codepoint)
{
	return (codepoint >= 0x300 && codepoint < 0x370) ||
	       (codepoint >= 0x200b && codepoint < 0x2010) ||
	       (codepoint >= 0xfe00 && codepoint < 0xfe10) || codepoint == 0xfeff;
}

void ph_linedisplay_set_row(
	struct ph_linedisplay *display, unsigned row, const char *text, bool reverse)
{
	struct ph_linedisplay_cell *cells = display->want + (size_t)row * display->columns;
	size_t len = strlen(text), i = 0;
	unsigned column = 0;

	reverse = reverse && display->set->reverse[0];
	while (i < len && column < display->columns) {
		uint32_t codepoint = '?';
		int n = ph_utf8_decode(text + i, len - i, &codepoint);
		i += n > 0 ? (size_t)n : 1;
		if (is_combining(codepoint))
			continue;
		cells[column] = ph_linedisplay_encode(display, codepoint);
		cells[column++].reverse = reverse;
	}
	while (column < display->columns)
		cells[column++] = (struct ph_linedisplay_cell){.byte = ' ', .reverse = reverse};
}

void ph_linedisplay_set_brightness(struct ph_linedisplay *display, unsigned percent)
{
	/* 20, 40, 60 and 100 % */
	display->want_brightness = percent <= 20 ? 1 : percent <= 40 ? 2 : percent <= 60 ? 3 : 4;
}

void ph_linedisplay_forget(struct ph_linedisplay *display)
{
	display->known = false;
}

/* Brings the device into the one state we know without asking. */
static void start(struct ph_linedisplay *display, struct writer *w)
{
	memcpy(w->out, display->set->init, display->set->init_len);
	w->len = display->set->init_len;
	for (size_t i = 0; i < PH_LINEDISPLAY_CELLS_MAX; i++)
		display->shown[i] = (struct ph_linedisplay_cell){.byte = ' '};
	display->known = true;
	display->page = 0;
	display->reverse = display->blink = false;
	display->brightness = 0;
	display->cursor = -1;
}

static bool same(const struct ph_linedisplay_cell *a, const struct ph_linedisplay_cell *b)
{
	return a->byte == b->byte && a->page == b->page && a->reverse == b->reverse;
}

/* Whether a cell can be written without a command in front of it. */
static bool is_plain(const struct ph_linedisplay *display, const struct ph_linedisplay_cell *cell)
{
	return cell->reverse == display->reverse &&
	       (cell->byte < 0x80 || cell->page == display->page);
}

static void advance(struct ph_linedisplay *display, int cell)
{
	/* where the cursor stands behind the last column differs between clones */
	display->cursor = (unsigned)(cell + 1) % display->columns ? cell + 1 : -1;
}

/* Moves to a cell: by writing what is there already when that is shorter. */
static void move_to(struct ph_linedisplay *display, struct writer *w, int cell)
{
	int from = display->cursor;
	bool join = from >= 0 && cell >= from && cell - from <= JOIN_MAX &&
		    (unsigned)from / display->columns == (unsigned)cell / display->columns;

	for (int i = from; join && i < cell; i++)
		join = is_plain(display, &display->shown[i]);
	if (join) {
		for (int i = from; i < cell; i++)
			put(w, display->shown[i].byte);
		return;
	}
	put(w, display->set->move[0]);
	put(w, display->set->move[1]);
	put(w, (uint8_t)((unsigned)cell % display->columns + 1));
	put(w, (uint8_t)((unsigned)cell / display->columns + 1));
}

static void write_cell(struct ph_linedisplay *display, struct writer *w, int cell)
{
	const struct ph_linedisplay_set *set = display->set;
	const struct ph_linedisplay_cell *want = &display->want[cell];

	if (display->cursor != cell)
		move_to(display, w, cell);
	if (want->byte >= 0x80 && want->page != display->page) {
		put_command(w, set->codepage, set->pages[want->page].n);
		display->page = want->page;
	}
	if (want->reverse != display->reverse) {
		put_command(w, set->reverse, want->reverse);
		display->reverse = want->reverse;
	}
	put(w, want->byte);
	display->shown[cell] = *want;
	advance(display, cell);
}

size_t ph_linedisplay_render(struct ph_linedisplay *display, uint8_t *out)
{
	struct writer w = {.out = out};
	int cells = (int)(display->rows * display->columns);

	if (!display->known)
		start(display, &w);
	/* in order of cells, so that the last one, behind which the cursor wraps, comes last */
	for (int i = 0; i < cells; i++)
		if (!same(&display->want[i], &display->shown[i]))
			write_cell(display, &w, i);
	if (display->set->blink[0] && display->want_blink != display->blink) {
		put_command(&w, display->set->blink, display->want_blink ? BLINK_50MS : 0);
		display->blink = display->want_blink;
	}
	if (display->set->brightness[0] && display->want_brightness &&
		display->want_brightness != display->brightness) {
		put_command(&w, display->set->brightness, (uint8_t)display->want_brightness);
		display->brightness = display->want_brightness;
	}
	return w.len;
}

void ph_linedisplay_row_text(const struct ph_linedisplay *display, unsigned row, char *out)
{
	const struct ph_linedisplay_cell *cells = display->want + (size_t)row * display->columns;
	char *end = out;

	for (unsigned i = 0; i < display->columns; i++) {
		enum ph_codepage page = (enum ph_codepage)display->set->pages[cells[i].page].page;
		int32_t codepoint = cells[i].byte < 0x80 ? cells[i].byte
							 : ph_codepage_decode(page, cells[i].byte);
		int n = ph_utf8_encode(codepoint < 0 ? '?' : (uint32_t)codepoint, out);
		out += n > 0 ? n : 0;
		if (cells[i].byte != ' ')
			end = out;
	}
	*end = '\0';
}
