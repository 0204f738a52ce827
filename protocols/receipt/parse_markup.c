// Reads receiptline documents (OFSC ReceiptLine Specification) into nodes: lines, columns and text;
// what stands in braces is read elsewhere.
//
// What the original leaves out without a word, such as a broken property, is an error here.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/receipt/parse_markup.h"

#define HIDDEN "\\{|}" // delimiters of lines and columns that a backslash hides

struct ph_span ph_span_trim(struct ph_span s)
{
	while (s.len && (*s.at == ' ' || *s.at == '\t'))
		s = ph_span_from(s, 1);
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t ph_markup_hex(struct ph_span s, char out[4], size_t *ret_len)
{
	const int high = s.len > 2 ? hex_digit(s.at[2]) : -1;
	const int low = s.len > 3 ? hex_digit(s.at[3]) : -1;

	*ret_len = 0;
	if (high < 0 || low < 0) { // two characters go with it
		size_t took = 2;
		for (int i = 0; i < 2 && took < s.len; i++) {
			uint32_t cp;
			took += (size_t)ph_utf8_decode(s.at + took, s.len - took, &cp);
		}
		return took;
	}
	*ret_len = (size_t)ph_utf8_encode((uint32_t)(high * 16 + low), out);
	return 4;
}

int ph_markup_add(struct ph_markup *m, enum ph_node_kind kind, struct ph_receipt_node **ret)
{
	uint32_t self;
	const int r = ph_parse_add_node(m->parse, UINT32_MAX, m->line, &self);

	if (r < 0)
		return r;
	m->parse->at = PH_AT(self, 0);
	*ret = &m->parse->nodes[self];
	(*ret)->kind = kind;
	(*ret)->align = m->align;
	return 0;
}

// --- columns of a line ------------------------------------------------------------------------

struct column {
	struct ph_span text; // trimmed
	enum ph_align align;
	bool braces; // not hidden ones
};

struct line {
	struct column columns[PH_RECEIPT_MARKUP_COLUMNS_MAX];
	unsigned count;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// Where the first bar is, or the end.
static size_t find_bar(struct ph_span s)
{
	size_t i = 0;

	while (i < s.len && s.at[i] != '|')
		i += ph_markup_step(ph_span_from(s, i), HIDDEN);
	return i < s.len ? i : s.len;
}

static bool has_braces(struct ph_span s)
{
	for (size_t i = 0; i < s.len; i += ph_markup_step(ph_span_from(s, i), HIDDEN)) {
		if (s.at[i] == '{' || s.at[i] == '}')
			return true;
	}
	return false;
}

// Whether the last byte is a bar that is not hidden.
static bool ends_with_bar(struct ph_span s)
{
	size_t i = 0, last = 0;

	while (i < s.len) {
		last = i;
		i += ph_markup_step(ph_span_from(s, i), HIDDEN);
	}
	return s.len && last == s.len - 1 && s.at[last] == '|';
}

// Blanks on one side of a column push it to the other side. `left` and `right` are blanks that count
// without standing there.
static void add_column(struct line *line, struct ph_span s, bool left, bool right)
{
	left = left || (s.len && is_blank(s.at[0]));
	right = right || (s.len && is_blank(s.at[s.len - 1]));
	line->columns[line->count++] = (struct column){
		.text = ph_span_trim(s),
		.align = left == right ? PH_ALIGN_CENTER
			 : left	       ? PH_ALIGN_RIGHT
				       : PH_ALIGN_LEFT,
		.braces = has_braces(s),
	};
}

// A text that touches the one bar beside it goes there; bars at both ends of the line only say so.
static int split_line(struct ph_markup *m, struct ph_span s, struct line *line)
{
	s = ph_span_trim(s);
	const size_t first = find_bar(s);
	const bool opened = s.len && s.at[0] == '|', closed = ends_with_bar(s);
	bool left = first && first < s.len && !is_blank(s.at[first - 1]);

	line->count = 0;
	if (opened)
		s = ph_span_from(s, 1);
	if (closed && s.len)
		s.len--;
	for (;;) {
		const size_t bar = find_bar(s);
		if (line->count == PH_RECEIPT_MARKUP_COLUMNS_MAX)
			return ph_parse_fail(m->parse, -E2BIG, "more than %d columns",
				PH_RECEIPT_MARKUP_COLUMNS_MAX);
		// the last column touches the bar before it, and there is none behind it
		const bool right = bar == s.len && !closed && (line->count || opened) && s.len &&
				   !is_blank(s.at[0]);
		add_column(line, (struct ph_span){s.at, bar}, left, right);
		if (bar == s.len)
			return 0;
		s = ph_span_from(s, bar + 1);
		left = false;
	}
}

// --- text of a column -------------------------------------------------------------------------

// Builds the runs of one column: bytes collect until the style changes.
struct builder {
	struct ph_markup *m;
	char *bytes;
	size_t len;
	struct ph_text *runs;
	unsigned count;
	bool underline, bold, invert;
	unsigned size; // carets, 0 for normal
};

static uint16_t style_of(const struct builder *b)
{
	const unsigned width = b->size < 2 ? b->size : b->size == 2 ? 0 : b->size - 2;
	const unsigned height = b->size < 2 ? 0 : b->size == 2 ? 1 : b->size - 2;

	return (uint16_t)((b->underline ? PH_STYLE_UNDERLINE : 0u) |
			  (b->bold ? PH_STYLE_BOLD : 0u) | (b->invert ? PH_STYLE_INVERT : 0u) |
			  width << PH_STYLE_WIDTH_SHIFT | height << PH_STYLE_HEIGHT_SHIFT);
}

static int flush(struct builder *b)
{
	if (!b->len)
		return 0;
	if (b->count == PH_RECEIPT_RUNS_MAX)
		return ph_parse_fail(b->m->parse, -E2BIG, "more than %d runs", PH_RECEIPT_RUNS_MAX);
	const int r =
		ph_parse_bytes(b->m->parse, b->bytes, b->len, style_of(b), &b->runs[b->count]);
	if (r == 0)
		b->count++;
	b->len = 0;
	return r;
}

static void put(struct builder *b, const char *bytes, size_t len)
{
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

// A backslash: returns the bytes read.
static size_t read_escape(struct builder *b, struct ph_span s)
{
	char out[4];
	size_t len;

	if (s.len < 2)
		return 1;
	if (s.at[1] == 'n') {
		put(b, "\n", 1);
		return 2;
	}
	if (s.at[1] == 'x') {
		const size_t took = ph_markup_hex(s, out, &len);
		if (len && (unsigned char)out[0] >= 0x20 && out[0] != 0x7f)
			put(b, out, len);
		return took;
	}
	if (strchr("\\{|}-=_\"`^~", s.at[1])) {
		put(b, s.at + 1, 1);
		return 2;
	}
	uint32_t cp; // any other character goes with its backslash
	return 1 + (size_t)ph_utf8_decode(s.at + 1, s.len - 1, &cp);
}

static bool *toggle_of(struct builder *b, char c)
{
	return c == '_' ? &b->underline : c == '"' ? &b->bold : c == '`' ? &b->invert : NULL;
}

// A character with a meaning changes the style; returns the bytes read, 0 for one that has none.
static size_t read_special(struct builder *b, struct ph_span s, int *ret)
{
	bool *toggle = toggle_of(b, *s.at);
	size_t len = 0;

	if (!toggle && *s.at != '^')
		return 0;
	*ret = flush(b);
	if (toggle) {
		*toggle = !*toggle;
		return 1;
	}
	while (len < s.len && s.at[len] == '^')
		len++;
	const unsigned size = len < 7 ? (unsigned)len : 7;
	b->size = b->size == size ? 0 : size;
	return len;
}

// Zero width spaces would be places to end a line, which this format does not have.
static bool is_zero_width_space(struct ph_span s)
{
	return s.len >= 3 && memcmp(s.at, "\xe2\x80\x8b", 3) == 0;
}

static int read_text(struct builder *b, struct ph_span s)
{
	int r = 0;

	while (s.len && r == 0) {
		const unsigned char c = (unsigned char)*s.at;
		size_t took = c == '\\' ? read_escape(b, s) : read_special(b, s, &r);
		if (!took) {
			took = is_zero_width_space(s) ? 3 : 1;
			if (took == 1 && c >= 0x20 && c != 0x7f)
				put(b, c == '~' ? " " : s.at, 1);
		}
		s = ph_span_from(s, took);
	}
	return r < 0 ? r : flush(b);
}

static int read_cell(struct ph_markup *m, struct ph_span text, struct ph_receipt_cell *cell)
{
	struct ph_text runs[PH_RECEIPT_RUNS_MAX + 1];
	static const struct ph_text nothing = {.data = "", .ascii = true};
	struct builder b = {.m = m, .runs = runs, .bytes = m->scratch};

	const int r = read_text(&b, text);
	if (r < 0)
		return r;
	cell->runs = &nothing;
	cell->count = 1;
	cell->span = 1;
	if (!b.count)
		return 0;
	struct ph_text *kept = ph_parse_alloc(m->parse, b.count, sizeof *kept);
	if (!kept)
		return ph_parse_no_memory(m->parse);
	memcpy(kept, runs, b.count * sizeof *kept);
	cell->runs = kept;
	cell->count = (uint16_t)b.count;
	return 0;
}

// --- lines ------------------------------------------------------------------------------------

// The width of column `index`; text beyond the widths that were set has none.
static int16_t width_of(const struct ph_markup *m, unsigned index)
{
	if (!m->width_count)
		return -1;
	return index < m->width_count ? m->widths[index] : 0;
}

static int add_columns(struct ph_markup *m, const struct line *line)
{
	static const struct column empty = {.align = PH_ALIGN_CENTER, .text = {"", 0}};
	const unsigned count = line->count > m->width_count ? line->count : m->width_count;
	struct ph_receipt_cell *cells = ph_parse_alloc(m->parse, count, sizeof *cells);
	int16_t *widths = ph_parse_alloc(m->parse, count, sizeof *widths);
	struct ph_receipt_node *node;

	if (!cells || !widths)
		return ph_parse_no_memory(m->parse);
	int r = ph_markup_add(m, PH_NODE_COLUMNS, &node);
	if (r < 0)
		return r;
	const uint32_t at = m->parse->at;
	for (unsigned i = 0; i < count; i++) {
		const struct column *column = i < line->count ? &line->columns[i] : &empty;
		m->parse->at = at + i;
		widths[i] = width_of(m, i);
		cells[i].align = (uint8_t)column->align;
		r = read_cell(m, column->text, &cells[i]);
		if (r < 0)
			return r;
	}
	node->columns.cells = cells;
	node->columns.widths = widths;
	node->columns.count = (uint16_t)count;
	node->columns.border = m->border;
	node->columns.wrap = m->wrap;
	return 0;
}

static bool all_of(struct ph_span s, char c)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] != c)
			return false;
	}
	return s.len > 0;
}

int ph_markup_width(const struct ph_markup *m)
{
	int sum = 0, count = 0;

	for (unsigned i = 0; i < m->width_count; i++) {
		if (m->widths[i] < 0)
			return -1;
		sum += m->widths[i];
		count += m->widths[i] > 0;
	}
	if (!m->width_count)
		return -1;
	return count ? sum + (m->border < 0 ? count + 1 : (count - 1) * m->border) : 0;
}

static int add_rule(struct ph_markup *m)
{
	const int width = ph_markup_width(m);
	struct ph_receipt_node *node;
	const int r = ph_markup_add(m, PH_NODE_COLUMN_RULE, &node);

	if (r == 0)
		node->rule_width = (int16_t)(width > INT16_MAX ? INT16_MAX : width);
	return r;
}

static int add_cut(struct ph_markup *m)
{
	struct ph_receipt_node *node;
	const int r = ph_markup_add(m, PH_NODE_CUT, &node);

	if (r == 0)
		node->cut = PH_CUT_PARTIAL;
	return r;
}

// `{...}` with nothing but hidden braces inside.
static bool is_property(const struct column *column)
{
	const struct ph_span s = column->text;
	size_t i = 1;

	while (i < s.len && s.at[i] != '{' && s.at[i] != '}')
		i += ph_markup_step(ph_span_from(s, i), HIDDEN);
	return s.len && s.at[0] == '{' && i == s.len - 1 && s.at[i] == '}';
}

static int read_line(struct ph_markup *m, struct ph_span s)
{
	struct line line;
	const struct column *first = line.columns;

	const int r = split_line(m, s, &line);
	if (r < 0)
		return r;
	if (line.count == 1 && is_property(first))
		return ph_markup_property(
			m, (struct ph_span){first->text.at + 1, first->text.len - 2}, first->align);
	for (unsigned i = 0; i < line.count; i++) {
		if (line.columns[i].braces)
			return ph_parse_fail(m->parse, -EINVAL,
				line.count > 1 ? "a property stands in a line of its own"
					       : "a brace in text is written \\{ or \\}");
	}
	if (line.count == 1 && all_of(first->text, '-'))
		return add_rule(m);
	if (line.count == 1 && all_of(first->text, '='))
		return add_cut(m);
	return add_columns(m, &line);
}

// Puts the number of the line in front of the message.
static int name_line(struct ph_markup *m, int err)
{
	char message[sizeof m->parse->error->message];

	memcpy(message, m->parse->error->message, sizeof message);
	snprintf(m->parse->error->message, sizeof m->parse->error->message, "line %u: %.160s",
		m->line + 1, message);
	ph_utf8_clean(m->parse->error->message);
	return err;
}

int ph_parse_markup(struct ph_parse *parse, const cJSON *value)
{
	struct ph_markup m = {.parse = parse,
		.wrap = true,
		.border = 1,
		.align = PH_ALIGN_CENTER,
		.type = PH_MARKUP_TYPE_DEFAULT,
		.module = 2,
		.height = 72,
		.cell = 3};

	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string");
	struct ph_span rest = {value->valuestring, strlen(value->valuestring)};
	if (rest.len > PH_RECEIPT_MARKUP_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d bytes", PH_RECEIPT_MARKUP_MAX);
	if (!ph_utf8_valid(rest.at, rest.len))
		return ph_parse_fail(parse, -EINVAL, "is not valid UTF-8");
	if (rest.len >= 3 && memcmp(rest.at, "\xef\xbb\xbf", 3) == 0)
		rest = ph_span_from(rest, 3);
	m.scratch = ph_parse_alloc(parse, rest.len + 1, 1);
	if (!m.scratch)
		return ph_parse_no_memory(parse);
	for (;; m.line++) {
		const size_t len = strcspn(rest.at, "\r\n");
		const int r = read_line(&m, (struct ph_span){rest.at, len});
		if (r < 0)
			return name_line(&m, r);
		if (len == rest.len)
			return 0;
		const bool crlf = rest.at[len] == '\r' && rest.at[len + 1] == '\n';
		rest = ph_span_from(rest, len + 1 + crlf);
	}
}
