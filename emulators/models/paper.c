// Keeps printed dots and the list of what was printed; the PNG form is in paper_png.c.
#include "emulators/models/paper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ph_emu_paper_init(struct ph_emu_paper *paper, unsigned width)
{
	if (width < 8 || width > PH_EMU_PAPER_MAX_WIDTH)
		return -EINVAL;
	*paper = (struct ph_emu_paper){.width = width, .stride = (width + 7u) / 8u};
	return 0;
}

void ph_emu_paper_tear(struct ph_emu_paper *paper)
{
	for (size_t i = 0; i < paper->n_items; i++) {
		free(paper->items[i].text);
		free(paper->items[i].runs);
	}
	free(paper->items);
	free(paper->bits);
	free(paper->colour);
	*paper = (struct ph_emu_paper){.width = paper->width, .stride = paper->stride};
}

void ph_emu_paper_done(struct ph_emu_paper *paper)
{
	ph_emu_paper_tear(paper);
}

bool ph_emu_paper_is_full(const struct ph_emu_paper *paper)
{
	return paper->n_items >= PH_EMU_PAPER_MAX_ITEMS;
}

static void forget_before(struct ph_emu_paper *paper, uint64_t row)
{
	uint64_t gone = row - paper->first;
	size_t left = gone < paper->rows ? paper->rows - (size_t)gone : 0;

	for (unsigned i = 0; i < 2 && left > 0; i++) {
		uint8_t *bits = i ? paper->colour : paper->bits;
		if (bits)
			memmove(bits, bits + (size_t)gone * paper->stride, left * paper->stride);
	}
	paper->rows = left;
	paper->first = row;
}

static int grow(struct ph_emu_paper *paper, size_t rows)
{
	uint8_t *bits = realloc(paper->bits, rows * paper->stride);
	if (!bits)
		return -ENOMEM;
	paper->bits = bits;
	if (paper->colour) {
		uint8_t *colour = realloc(paper->colour, rows * paper->stride);
		if (!colour)
			return -ENOMEM;
		paper->colour = colour;
	}
	paper->rows_allocated = rows;
	return 0;
}

// makes the rows up to, not including, `end` exist
static int reserve(struct ph_emu_paper *paper, uint64_t end)
{
	if (end <= paper->first + paper->rows)
		return 0;
	if (end - paper->first > PH_EMU_PAPER_MAX_ROWS)
		forget_before(paper, end - PH_EMU_PAPER_MAX_ROWS / 2);
	size_t need = (size_t)(end - paper->first), had = paper->rows;
	if (need > paper->rows_allocated) {
		size_t n = paper->rows_allocated * 2;
		if (n < need)
			n = need;
		if (n < 1024)
			n = 1024;
		int r = grow(paper, n);
		if (r < 0)
			return r;
	}
	memset(paper->bits + had * paper->stride, 0, (need - had) * paper->stride);
	if (paper->colour)
		memset(paper->colour + had * paper->stride, 0, (need - had) * paper->stride);
	paper->rows = need;
	return 0;
}

int ph_emu_paper_draw(
	struct ph_emu_paper *paper, int x, const struct ph_emu_canvas *picture, unsigned colour)
{
	if (paper->y < paper->first)
		return 0;
	int r = reserve(paper, paper->y + picture->height);
	if (r < 0)
		return r;
	if (colour == 2 && !paper->colour)
		paper->colour = calloc(paper->rows_allocated, paper->stride);
	uint8_t *bits = colour == 2 ? paper->colour : paper->bits;
	if (!bits)
		return -ENOMEM;
	size_t row = (size_t)(paper->y - paper->first);
	struct ph_emu_canvas window = {
		paper->width, picture->height, paper->stride, bits + row * paper->stride};
	ph_emu_canvas_blit(&window, x, 0, picture);
	return 0;
}

void ph_emu_paper_feed(struct ph_emu_paper *paper, int dots)
{
	if (dots >= 0)
		paper->y += (unsigned)dots;
	else if ((uint64_t) - (int64_t)dots > paper->y)
		paper->y = 0;
	else
		paper->y -= (uint64_t) - (int64_t)dots;
}

static bool any_set(const uint8_t *at, const uint8_t *end)
{
	while (at < end)
		if (*at++)
			return true;
	return false;
}

bool ph_emu_paper_has_dots_after(const struct ph_emu_paper *paper, uint64_t from)
{
	if (from < paper->first)
		from = paper->first;
	if (from - paper->first >= paper->rows)
		return false;
	size_t at = (size_t)(from - paper->first) * paper->stride;
	size_t end = paper->rows * paper->stride;
	return any_set(paper->bits + at, paper->bits + end) ||
	       (paper->colour && any_set(paper->colour + at, paper->colour + end));
}

unsigned ph_emu_paper_dotted(const struct ph_emu_paper *paper, uint64_t from, unsigned count)
{
	unsigned n = 0;
	for (uint64_t row = from; row < from + count; row++) {
		if (row < paper->first || row - paper->first >= paper->rows)
			continue;
		size_t at = (size_t)(row - paper->first) * paper->stride;
		n += any_set(paper->bits + at, paper->bits + at + paper->stride) ||
		     (paper->colour &&
			     any_set(paper->colour + at, paper->colour + at + paper->stride));
	}
	return n;
}

static uint32_t crc_row(uint32_t crc, const uint8_t *row, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= row ? row[i] : 0;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
	}
	return crc;
}

uint32_t ph_emu_paper_crc(const struct ph_emu_paper *paper, uint64_t from, uint64_t count)
{
	uint32_t crc = 0xFFFFFFFFu;
	for (uint64_t row = from; row < from + count; row++) {
		bool kept = row >= paper->first && row - paper->first < paper->rows;
		size_t at = kept ? (size_t)(row - paper->first) * paper->stride : 0;
		const uint8_t *colour = kept && paper->colour ? paper->colour + at : NULL;

		crc = crc_row(crc, kept ? paper->bits + at : NULL, paper->stride);
		// a row without the second colour counts the same whether there is a plane or not
		if (colour && any_set(colour, colour + paper->stride))
			crc = crc_row(crc, colour, paper->stride);
	}
	return ~crc;
}

struct ph_emu_item *ph_emu_paper_add(struct ph_emu_paper *paper, enum ph_emu_item_type type)
{
	if (ph_emu_paper_is_full(paper))
		return NULL;
	if (paper->n_items == paper->items_allocated) {
		size_t n = paper->items_allocated ? paper->items_allocated * 2 : 64;
		struct ph_emu_item *items = realloc(paper->items, n * sizeof *items);
		if (!items)
			return NULL;
		paper->items = items;
		paper->items_allocated = n;
	}
	struct ph_emu_item *item = &paper->items[paper->n_items++];
	*item = (struct ph_emu_item){.type = type, .row = paper->y};
	if (type == PH_EMU_ITEM_LINE)
		paper->lines++;
	else if (type == PH_EMU_ITEM_CUT)
		paper->cuts++;
	else if (type == PH_EMU_ITEM_PULSE)
		paper->pulses++;
	return item;
}

static void print_item(FILE *f, const struct ph_emu_paper *paper, const struct ph_emu_item *item)
{
	switch (item->type) {
	case PH_EMU_ITEM_LINE:
		fprintf(f, "%s\n", item->text ? item->text : "");
		break;
	case PH_EMU_ITEM_BARCODE:
		fprintf(f, "[%s %s]\n", item->name, item->text ? item->text : "");
		break;
	case PH_EMU_ITEM_QR:
		fprintf(f, "[QR %s]\n", item->text ? item->text : "");
		break;
	case PH_EMU_ITEM_SYMBOL:
		fprintf(f, "[%s %s]\n", item->name, item->text ? item->text : "");
		break;
	case PH_EMU_ITEM_RASTER:
		fprintf(f, "[IMAGE %dx%d]\n", item->width, item->height);
		break;
	case PH_EMU_ITEM_CUT:
		for (unsigned i = 0; i + 1 < paper->width / 12; i += 2)
			fputs(i ? " -" : "-", f);
		fputc('\n', f);
		break;
	case PH_EMU_ITEM_RULE:
	case PH_EMU_ITEM_FEED:
	case PH_EMU_ITEM_PULSE:
	case PH_EMU_ITEM_BEEP:
	case PH_EMU_ITEM_REFUSED:
	case PH_EMU_ITEM_CONSUMED:
	case PH_EMU_ITEM_UNKNOWN:
	case PH_EMU_ITEM_LOST:
	case PH_EMU_ITEM_MARK:
		break;
	}
}

char *ph_emu_paper_text(const struct ph_emu_paper *paper)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	for (size_t i = 0; i < paper->n_items; i++)
		print_item(f, paper, &paper->items[i]);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

const char *ph_emu_item_type_name(enum ph_emu_item_type type)
{
	static const char *const names[] = {
		[PH_EMU_ITEM_LINE] = "line",
		[PH_EMU_ITEM_BARCODE] = "barcode",
		[PH_EMU_ITEM_QR] = "qr",
		[PH_EMU_ITEM_SYMBOL] = "symbol",
		[PH_EMU_ITEM_RULE] = "rule",
		[PH_EMU_ITEM_RASTER] = "raster",
		[PH_EMU_ITEM_FEED] = "feed",
		[PH_EMU_ITEM_CUT] = "cut",
		[PH_EMU_ITEM_PULSE] = "pulse",
		[PH_EMU_ITEM_BEEP] = "beep",
		[PH_EMU_ITEM_REFUSED] = "refused",
		[PH_EMU_ITEM_CONSUMED] = "consumed",
		[PH_EMU_ITEM_UNKNOWN] = "unknown",
		[PH_EMU_ITEM_LOST] = "lost",
		[PH_EMU_ITEM_MARK] = "mark",
	};
	return names[type];
}
