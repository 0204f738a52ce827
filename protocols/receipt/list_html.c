// Shows a display list as HTML: runs on a grid of characters (`ch`), whatever the browser's fonts.
//
// Horizontal and vertical lengths are both in the width of a font A cell, so that the page keeps the
// proportions of the paper. Symbols and images are drawn by the caller.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/receipt/item_label.h"
#include "protocols/receipt/layouter.h"
#include "protocols/receipt/width.h"

const char ph_html_styles[] =
	".receipt{font:16px/2ch \"DejaVu Sans Mono\",\"Noto Sans Mono\",Consolas,Menlo,monospace;"
	"position:relative;background:#fff;color:#000;margin:1em auto;padding:1ch 2ch;"
	"box-sizing:content-box}\n"
	".receipt .l{position:relative}\n"
	".receipt .l>span,.receipt .a{position:absolute}\n"
	".receipt .l>span{bottom:0;white-space:pre}\n"
	".receipt .l>span>span{display:inline-block;transform-origin:0 100%}\n"
	".receipt .d{transform:rotate(180deg)}\n"
	".receipt .l i{font-style:inherit}\n"
	".receipt .w{display:inline-block;width:2ch;text-align:center}\n"
	".receipt .q{display:inline-block;width:2ch;text-align:center;transform:rotate(90deg)}\n"
	".receipt .b{font-weight:bold}.receipt .i{font-style:italic}\n"
	".receipt .u{text-decoration:underline}.receipt .s{text-decoration:line-through}\n"
	".receipt .x{text-shadow:.04em 0}\n" // lines have no gaps where cells end between pixels
	".receipt .u.s{text-decoration:underline line-through}\n"
	".receipt .t{text-decoration-thickness:2px}\n"
	".receipt .n{background:#000;color:#fff}.receipt .r{color:#c00}\n"
	".receipt .n.r{background:#c00;color:#fff}\n"
	".receipt figure{margin:0}\n"
	".receipt figure svg,.receipt figure img{display:block;width:100%}\n"
	".receipt .k{border:0;border-top:1px dashed #888;margin:2ch -2ch}\n"
	".receipt .o{color:#888;overflow-wrap:anywhere}\n";

struct writer {
	FILE *out;
	const struct ph_display_list *list;
	const struct ph_html_options *options;
	bool in_area;
	bool drawn; // the page that the items are in
};

// Units as widths of a font A cell, `12.25ch`.
static void put_ch(struct writer *w, unsigned units)
{
	const unsigned cell = w->list->media.cell[PH_FONT_A];
	const unsigned thousandths = (units % cell) * 1000 / cell;

	fprintf(w->out, "%u", units / cell);
	if (thousandths)
		fprintf(w->out, ".%03u", thousandths);
	fputs("ch", w->out);
}

static void put_length(struct writer *w, const char *name, unsigned units)
{
	fprintf(w->out, "%s:", name);
	put_ch(w, units);
	fputc(';', w->out);
}

static void put_escaped(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}

// --- lines ------------------------------------------------------------------------------------

// Of the highest run of a line.
static unsigned content_height(const struct ph_display_list *list, const struct ph_item *item)
{
	unsigned height = 0;

	for (uint32_t i = 0; i < item->line.count; i++) {
		const unsigned own = ph_cell_height(list, list->runs[item->line.first + i].style);
		height = own > height ? own : height;
	}
	return height ? height : 2u * list->media.cell[PH_FONT_A];
}

// A run of line-drawing characters.
static bool is_lines(const struct ph_run *run)
{
	return run->rule && !run->ascii;
}

static void put_classes(FILE *out, const struct ph_run *run)
{
	static const struct {
		uint16_t flag;
		char name;
	} classes[] = {{PH_STYLE_BOLD, 'b'}, {PH_STYLE_ITALIC, 'i'}, {PH_STYLE_UNDERLINE, 'u'},
		{PH_STYLE_THICK, 't'}, {PH_STYLE_STRIKE, 's'}, {PH_STYLE_INVERT, 'n'},
		{PH_STYLE_RED, 'r'}};
	const char *before = " class=\"";

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		if (run->style & classes[i].flag) {
			fprintf(out, "%s%c", before, classes[i].name);
			before = " ";
		}
	}
	if (is_lines(run)) {
		fprintf(out, "%sx", before);
		before = " ";
	}
	if (*before == ' ' && before[1] == 0)
		fputc('"', out);
}

// Letters of Indic scripts, Thai, Lao, Tibetan, Burmese and Khmer join and stack over cells: they are left to the browser.
static bool is_joined(uint32_t cp)
{
	return (cp >= 0x900 && cp < 0x1100) || (cp >= 0x1780 && cp < 0x1800);
}

// Wide clusters and turned ones have a box each, so that they keep to the grid.
static void put_clusters(FILE *out, const struct ph_run *run)
{
	const bool turned = run->style & PH_STYLE_ROTATE;

	for (uint32_t i = 0; i < run->len;) {
		uint32_t cp;
		unsigned cells;
		const uint32_t len =
			ph_cluster(run->data + i, run->len - i, PH_CLUSTER_CELLS, &cp, &cells);
		const char *box = turned ? "q" : cells == 2 && !is_joined(cp) ? "w" : NULL;
		if (box)
			fprintf(out, "<i class=\"%s\">", box);
		put_escaped(out, run->data + i, len);
		if (box)
			fputs("</i>", out);
		i += len;
	}
}

static void put_text(FILE *out, const struct ph_run *run)
{
	for (unsigned n = 0; n < run->repeat; n++) {
		if (run->rtl || (run->ascii && !(run->style & PH_STYLE_ROTATE)))
			put_escaped(out, run->data, run->len);
		else
			put_clusters(out, run);
	}
}

// How a cell of the browser's font becomes one of the run: `transform:scale(2,1)`.
static void put_scale(struct writer *w, const struct ph_run *run)
{
	const enum ph_font font = ph_style_font(run->style);
	const unsigned cell = w->list->media.cell[PH_FONT_A];
	unsigned x = w->list->media.cell[font] * ph_style_width(run->style) * 1000 / cell;
	unsigned y = ph_cell_height(w->list, run->style) * 1000 / (2 * cell);

	// a turned character stands in the middle of its box, which is twice as high as it is then
	const bool turned = run->style & PH_STYLE_ROTATE;
	if (turned)
		x = y = w->list->media.cell[font] * ph_style_width(run->style) * 1000 / cell;
	if (is_lines(run)) // fonts draw them lower than a line of 2ch
		y = y * 106 / 100;
	if (x != 1000 || y != 1000 || turned)
		fprintf(w->out, " style=\"transform:scale(%u.%03u,%u.%03u)%s\"", x / 1000, x % 1000,
			y / 1000, y % 1000, turned ? " translateY(.5ch)" : "");
}

static void put_run(struct writer *w, const struct ph_run *run)
{
	fputs("<span", w->out);
	put_classes(w->out, run);
	put_scale(w, run);
	fputc('>', w->out);
	put_text(w->out, run);
	fputs("</span>", w->out);
}

// Joined letters take other room than their cells: what is left goes where the text is aligned to, and not where the
// browser would put it.
static void put_text_align(struct writer *w, const struct ph_run *run, bool rtl)
{
	static const char *const aligns[] = {"left", "center", "right"};

	if (rtl || (!run->ascii && !run->rule && run->align != PH_ALIGN_LEFT))
		fprintf(w->out, "text-align:%s;", aligns[run->align]);
}

// Runs from `first` on that are drawn together: those of one group when one of them is right-to-left.
static uint32_t group_length(const struct ph_run *runs, uint32_t count)
{
	bool rtl = runs->rtl;
	uint32_t length = 1;

	while (length < count && runs->group && runs[length].group == runs->group) {
		rtl = rtl || runs[length].rtl;
		length++;
	}
	return rtl ? length : 1;
}

static void put_line(struct writer *w, const struct ph_item *item)
{
	const struct ph_run *runs = w->list->runs + item->line.first;
	const unsigned content = content_height(w->list, item);
	const unsigned space = item->line.tight || content > PH_LAYOUT_LINE_UNITS
				       ? 0
				       : PH_LAYOUT_LINE_UNITS - content; // below the text

	fprintf(w->out, "<div class=\"l%s\" style=\"", item->line.upside_down ? " d" : "");
	put_length(w, "height", content);
	if (space)
		put_length(w, "margin-bottom", space);
	fputs("\">", w->out);
	for (uint32_t i = 0; i < item->line.count;) {
		const uint32_t length = group_length(runs + i, item->line.count - i);
		const struct ph_run *last = &runs[i + length - 1];
		const bool rtl = length > 1 || runs[i].rtl;
		fprintf(w->out, "<span%s style=\"", rtl ? " dir=\"auto\"" : "");
		put_length(w, "left", runs[i].x);
		put_length(w, "width", last->x + (unsigned)last->width - runs[i].x);
		put_text_align(w, &runs[i], rtl);
		fputs("\">", w->out);
		for (uint32_t n = 0; n < length; n++)
			put_run(w, &runs[i + n]);
		fputs("</span>", w->out);
		i += length;
	}
	fputs("</div>\n", w->out);
}

// --- other items ------------------------------------------------------------------------------

static void put_label(struct writer *w, const struct ph_item *item)
{
	char label[PH_ITEM_LABEL_MAX];
	const size_t len = ph_item_label(item, label, sizeof label);

	fputs("<span class=\"o\">", w->out);
	put_escaped(w->out, label, len);
	fputs("</span>", w->out);
}

// The name of a symbol or image where it would stand.
static void put_placed_label(struct writer *w, const struct ph_item *item)
{
	static const char *const aligns[] = {"left", "center", "right"};
	const bool image = item->kind == PH_ITEM_IMAGE;

	fprintf(w->out, "<div style=\"text-align:%s;", aligns[item->node->align]);
	put_length(w, "margin-left", image ? item->image.place_x : item->symbol.x);
	put_length(w, "width", image ? item->image.place_width : item->symbol.width);
	fputs("\">", w->out);
	put_label(w, item);
	fputs("</div>", w->out);
}

// What the caller draws of an item; false when it does not.
static bool put_drawing(struct writer *w, const struct ph_item *item)
{
	const struct ph_html_options *options = w->options;
	char *markup = NULL, label[PH_ITEM_LABEL_MAX];

	if (!options->draw ||
		options->draw(options->context, (uint32_t)(item - w->list->items), &markup) < 0)
		return false;
	const size_t len = ph_item_label(item, label, sizeof label);
	fprintf(w->out, "<figure data-node=\"%u\"%s", PH_AT_NODE(item->at),
		len ? " aria-label=\"" : "");
	put_escaped(w->out, label, len);
	fprintf(w->out, "%s>%s</figure>\n", len ? "\"" : "", markup);
	free(markup);
	return true;
}

static void put_figure(struct writer *w, const struct ph_item *item)
{
	if (!w->in_area && put_drawing(w, item))
		return;
	fprintf(w->out, "<figure data-node=\"%u\">", PH_AT_NODE(item->at));
	put_placed_label(w, item);
	fputs("</figure>\n", w->out);
}

static void put_note(struct writer *w, const struct ph_item *item)
{
	fputs("<div>", w->out);
	put_label(w, item);
	fputs("</div>\n", w->out);
}

static void close_area(struct writer *w)
{
	if (w->in_area)
		fputs("</div>\n", w->out);
	w->in_area = false;
}

// A page that the caller draws is one picture; else its areas follow as text.
static void put_page(struct writer *w, const struct ph_item *item)
{
	w->drawn = put_drawing(w, item);
	if (w->drawn)
		return;
	fputs("<div class=\"l\" style=\"", w->out);
	put_length(w, "height", item->area.height * (unsigned)PH_LAYOUT_LINE_UNITS);
	fputs("\">\n", w->out);
}

// An area is laid out flat at its corner, then turned into its place.
static void put_area(struct writer *w, const struct ph_item *item)
{
	const enum ph_direction direction = item->area.node->area.direction;
	const bool sideways = direction == PH_DIRECTION_UP || direction == PH_DIRECTION_DOWN;
	const unsigned height = item->area.height * (unsigned)PH_LAYOUT_LINE_UNITS;
	const unsigned x = item->area.x, y = item->area.y * (unsigned)PH_LAYOUT_LINE_UNITS;
	const bool from_right = direction == PH_DIRECTION_LEFT || direction == PH_DIRECTION_DOWN;
	const bool from_bottom = direction == PH_DIRECTION_LEFT || direction == PH_DIRECTION_UP;
	static const unsigned degrees[] = {[PH_DIRECTION_RIGHT] = 0,
		[PH_DIRECTION_UP] = 270,
		[PH_DIRECTION_LEFT] = 180,
		[PH_DIRECTION_DOWN] = 90};

	close_area(w);
	fputs("<div class=\"a\" style=\"", w->out);
	put_length(w, "left", from_right ? x + item->area.width : x);
	put_length(w, "top", from_bottom ? y + height : y);
	put_length(w, "width", sideways ? height : item->area.width);
	put_length(w, "height", sideways ? item->area.width : height);
	fprintf(w->out, "transform-origin:0 0;transform:rotate(%udeg)\">\n", degrees[direction]);
	w->in_area = true;
}

static void put_item(struct writer *w, const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		put_line(w, item);
		break;
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
	case PH_ITEM_IMAGE:
		put_figure(w, item);
		break;
	case PH_ITEM_FEED:
		fputs("<div style=\"", w->out);
		put_length(w, "height", item->node->feed_lines * (unsigned)PH_LAYOUT_LINE_UNITS);
		fputs("\"></div>\n", w->out);
		break;
	case PH_ITEM_CUT:
		fputs("<hr class=\"k\">\n", w->out);
		break;
	case PH_ITEM_DRAWER:
	case PH_ITEM_BEEP:
	case PH_ITEM_RAW:
		put_note(w, item);
		break;
	case PH_ITEM_PAGE:
		put_page(w, item);
		break;
	case PH_ITEM_AREA:
		put_area(w, item);
		break;
	case PH_ITEM_PAGE_END:
		close_area(w);
		if (!w->drawn)
			fputs("</div>\n", w->out);
		w->drawn = false;
		break;
	}
}

static void put_document(struct writer *w)
{
	const char *title = w->options->title ? w->options->title : "Receipt";

	if (!w->options->fragment) {
		fputs("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta "
		      "name=\"viewport\" content=\"width=device-width\">\n<title>",
			w->out);
		put_escaped(w->out, title, strlen(title));
		fprintf(w->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", ph_html_styles);
	}
	fputs("<article class=\"receipt\" style=\"", w->out);
	put_length(w, "width", w->list->media.width);
	fputs("\">\n", w->out);
	for (uint32_t i = 0; i < w->list->item_count; i++) {
		const struct ph_item *item = &w->list->items[i];
		if (!w->drawn || item->kind == PH_ITEM_PAGE_END)
			put_item(w, item);
	}
	fputs("</article>\n", w->out);
	if (!w->options->fragment)
		fputs("</body>\n</html>\n", w->out);
}

int ph_display_list_html(
	const struct ph_display_list *list, const struct ph_html_options *options, char **ret_html)
{
	static const struct ph_html_options none = {0};
	char *html = NULL;
	size_t len = 0;
	struct writer w = {.out = open_memstream(&html, &len),
		.list = list,
		.options = options ? options : &none};

	if (!w.out)
		return -ENOMEM;
	put_document(&w);
	const bool failed = ferror(w.out);
	if (fclose(w.out) != 0 || failed) {
		free(html);
		return -ENOMEM;
	}
	*ret_html = html;
	return 0;
}
