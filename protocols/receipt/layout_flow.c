// Breaks text into lines: where a line ends, and the runs that it becomes.
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/layouter.h"
#include "protocols/receipt/width.h"

#define TAB_CELLS 8
#define ZWSP	  0x200b // a line may end here; nothing is printed

// Place in a flow, and the width of the line up to it.
struct place {
	uint32_t run, offset, width;
};

// A line whose end is being looked for.
struct search {
	struct place pos, ink; // ink: behind the last non-space
	struct place break_end, break_next;
	uint32_t last;	// character before pos, 0 for none or a space
	bool can_break; // at break_end
	bool any;	// there is ink
};

// One cluster of a text.
struct piece {
	uint32_t cp, len, width;
	bool space;
};

uint32_t ph_align_offset(enum ph_align align, uint32_t room, uint32_t width, unsigned cell)
{
	const uint32_t rest = room > width ? room - width : 0;

	switch (align) {
	case PH_ALIGN_LEFT:
		return 0;
	case PH_ALIGN_CENTER:
		return rest / 2 / cell * cell;
	case PH_ALIGN_RIGHT:
		return rest;
	}
	return 0;
}

// Steps over runs that are used up.
static void settle(const struct ph_flow *flow, uint32_t *run, uint32_t *offset)
{
	while (*run < flow->count && *offset >= flow->runs[*run].len) {
		++*run;
		*offset = 0;
	}
}

static uint32_t next_tab(uint32_t width, unsigned cell)
{
	const uint32_t stop = TAB_CELLS * cell;
	return (width / stop + 1) * stop;
}

uint16_t ph_style_within(
	const struct ph_display_list *list, const struct ph_text *text, uint32_t limit)
{
	const bool turned = text->style & PH_STYLE_ROTATE;
	const unsigned shift = turned ? PH_STYLE_HEIGHT_SHIFT : PH_STYLE_WIDTH_SHIFT;
	unsigned unit = ph_cell_units(list, text->style);
	uint16_t style = text->style;

	if (unit * 2 <= limit) // nearly always
		return style;
	const unsigned cells = !turned && text->wide ? 2 : 1;
	while (unit * cells > limit && (unsigned)style >> shift & 7u) {
		style = (uint16_t)(style - (1u << shift));
		unit = ph_cell_units(list, style);
	}
	return style;
}

// Reads the cluster at an offset, at most `most` cells wide. A turned character takes one place, be it
// narrow or wide.
static struct piece read_piece(
	const struct ph_text *text, uint32_t offset, unsigned unit, unsigned most)
{
	struct piece piece = {.len = 1};
	unsigned cells = 1;

	piece.cp = (unsigned char)text->data[offset];
	if (!text->ascii)
		piece.len = ph_cluster(
			text->data + offset, text->len - offset, most, &piece.cp, &cells);
	piece.space = piece.cp == ZWSP || (piece.len == 1 && (piece.cp == ' ' || piece.cp == '\t'));
	if (text->style & PH_STYLE_ROTATE)
		cells = cells ? 1 : 0;
	piece.width = cells * unit;
	return piece;
}

// Cells that a cluster may have in a line of `cells`.
static unsigned cluster_limit(unsigned cells)
{
	return cells < 2 ? 2 : cells > PH_CLUSTER_CELLS ? PH_CLUSTER_CELLS : cells;
}

// Notes the break before the piece, if there may be one.
static void consider_break(struct search *s, const struct piece *piece)
{
	if (!s->any || piece->space || (s->last && !ph_may_break(s->last, piece->cp)))
		return;
	s->can_break = true;
	s->break_end = s->ink;
	s->break_next = s->pos;
}

// Where the line that begins at the cursor ends, and where the next one begins. A line ends at '\n',
// at the last place where it may, and a word longer than the line is cut between clusters.
static int find_end(const struct ph_display_list *list, const struct ph_flow *flow,
	struct place *end, struct place *next)
{
	struct search s = {.pos = {flow->run, flow->offset, 0}};

	s.ink = s.pos;
	for (settle(flow, &s.pos.run, &s.pos.offset); s.pos.run < flow->count;
		settle(flow, &s.pos.run, &s.pos.offset)) {
		const struct ph_text *text = &flow->runs[s.pos.run];
		const unsigned unit = ph_cell_units(list, ph_style_within(list, text, flow->limit));
		const struct piece piece =
			read_piece(text, s.pos.offset, unit, cluster_limit(flow->limit / unit));
		if (piece.cp == '\n') {
			*end = s.ink;
			*next = (struct place){s.pos.run, s.pos.offset + 1, 0};
			return 0;
		}
		consider_break(&s, &piece);
		uint32_t width = s.pos.width + piece.width;
		if (piece.cp == '\t')
			width = next_tab(s.pos.width, unit);
		if (piece.space && width > flow->limit)
			width = flow->limit; // what hangs over is not printed
		if (!piece.space && width > flow->limit && piece.width) {
			if (!s.any && !s.pos.width)
				return -ERANGE;
			*end = s.can_break ? s.break_end : s.any ? s.pos : s.ink;
			*next = s.can_break ? s.break_next : s.pos;
			return 0;
		}
		s.pos.offset += piece.len;
		s.pos.width = width;
		s.last = piece.space ? 0 : piece.cp;
		s.ink = piece.space ? s.ink : s.pos;
		s.any = s.any || !piece.space;
	}
	*end = s.ink;
	*next = s.pos;
	return 0;
}

// Bytes from `from` that make one run: up to a tab, a place to break or `to`; in ret_width their width.
static uint32_t run_length(
	const struct ph_text *text, uint32_t from, uint32_t to, unsigned unit, uint32_t *ret_width)
{
	struct ph_text upto = *text; // a cluster that is too wide for the line was cut at `to`
	uint32_t at = from, width = 0;

	upto.len = to;
	if (text->ascii) {
		*ret_width = (to - from) * unit;
		return to - from;
	}
	while (at < to) {
		const struct piece piece = read_piece(&upto, at, unit, PH_CLUSTER_CELLS);
		if (piece.cp == '\t' || piece.cp == ZWSP)
			break;
		at += piece.len;
		width += piece.width;
	}
	*ret_width = width;
	return at - from;
}

static bool holds_rtl(const char *data, uint32_t len)
{
	uint32_t cp = 0;

	for (uint32_t i = 0; i < len; i += (uint32_t)ph_utf8_decode(data + i, len - i, &cp)) {
		if (ph_char_rtl(cp))
			return true;
	}
	return ph_char_rtl(cp);
}

// Adds the bytes of the current run of the flow up to `to` as runs, a new one behind each tab.
static int add_pieces(
	struct ph_layouter *l, struct ph_flow *flow, uint32_t to, uint32_t origin, uint32_t *width)
{
	const struct ph_text *text = &flow->runs[flow->run];
	const uint16_t style = ph_style_within(l->list, text, flow->limit);
	const unsigned unit = ph_cell_units(l->list, style);
	uint32_t taken = 0;

	for (uint32_t from = flow->offset; from < to;) {
		const uint32_t len = run_length(text, from, to, unit, &taken);
		const struct ph_run run = {.data = text->data + from,
			.len = len,
			.at = flow->numbered ? flow->at + flow->run : flow->at,
			.x = (uint16_t)(origin + *width),
			.width = (uint16_t)taken,
			.style = style,
			.repeat = 1,
			.ascii = text->ascii,
			.shrunk = style != text->style,
			.rtl = text->rtl && holds_rtl(text->data + from, len),
			.align = (uint8_t)flow->align,
			.group = flow->group};
		const int r = len ? ph_layouter_add_run(l, run) : 0;
		if (r < 0)
			return r;
		*width += taken;
		from += len;
		if (from >= to)
			break;
		if (text->data[from] == '\t')
			*width = next_tab(*width, unit);
		from += text->data[from] == '\t' ? 1 : 3; // ZWSP
	}
	return 0;
}

int ph_flow_add_line(struct ph_layouter *l, struct ph_flow *flow, uint32_t x, enum ph_align align)
{
	struct place end, next;
	uint32_t width = 0;

	flow->align = align;
	const unsigned cell = l->list->media.cell[ph_style_font(flow->runs->style)];
	settle(flow, &flow->run, &flow->offset);
	int r = find_end(l->list, flow, &end, &next);
	if (r < 0) {
		l->at = flow->numbered ? flow->at + flow->run : flow->at;
		l->why = "a character is wider than its place";
		return r;
	}
	const uint32_t origin = x + ph_align_offset(align, flow->limit, end.width, cell);
	while (flow->run < flow->count && flow->run <= end.run) {
		const uint32_t stop = flow->run == end.run ? end.offset : flow->runs[flow->run].len;
		if (flow->offset < stop)
			r = add_pieces(l, flow, stop, origin, &width);
		if (r < 0)
			return r;
		if (flow->run == end.run)
			break;
		flow->run++;
		flow->offset = 0;
	}
	flow->run = next.run;
	flow->offset = next.offset;
	settle(flow, &flow->run, &flow->offset);
	return 0;
}

// A text of one run that fits one line, which most do.
static int add_simple(struct ph_layouter *l, const struct ph_text *text, uint32_t width,
	enum ph_align align, uint32_t at)
{
	const unsigned cell = l->list->media.cell[ph_style_font(text->style)];
	int r = ph_layouter_begin_line(l, at);

	if (r == 0 && text->len)
		r = ph_layouter_add_run(
			l, (struct ph_run){.data = text->data,
				   .len = text->len,
				   .at = at,
				   .x = (uint16_t)(l->x +
						   ph_align_offset(align, l->width, width, cell)),
				   .width = (uint16_t)width,
				   .style = text->style,
				   .repeat = 1,
				   .ascii = text->ascii,
				   .rtl = text->rtl,
				   .align = (uint8_t)align,
				   .group = 1});
	return r < 0 ? r : ph_layouter_end_line(l);
}

int ph_layout_text(struct ph_layouter *l, const struct ph_text *runs, uint32_t count,
	enum ph_align align, uint32_t at)
{
	if (count == 1 && !runs->broken && !(runs->style & PH_STYLE_ROTATE)) {
		const uint64_t width = (uint64_t)runs->cells * ph_cell_units(l->list, runs->style);
		if (width <= l->width)
			return add_simple(l, runs, (uint32_t)width, align, at);
	}
	struct ph_flow flow = {.runs = runs,
		.count = count,
		.at = at,
		.limit = l->width,
		.group = 1,
		.numbered = true};
	do {
		int r = ph_layouter_begin_line(l, at);
		if (r == 0)
			r = ph_flow_add_line(l, &flow, l->x, align);
		if (r == 0)
			r = ph_layouter_end_line(l);
		if (r < 0)
			return r;
	} while (!ph_flow_ended(&flow));
	return 0;
}
