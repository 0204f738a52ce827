// Reads what is made of text: text nodes, pairs and tables; where it goes on paper is the layout's.
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/parse.h"
#include "protocols/receipt/width.h"

// One text on its way in. Nothing gets longer, so `out` has room for the whole input.
struct reader {
	struct ph_parse *parse;
	char *out;
	uint32_t len;
	uint32_t cells;
	uint32_t last, last_at; // character that a mark may compose with, and where it begins
	bool ascii, broken;
};

static void append(struct reader *reader, uint32_t cp)
{
	char bytes[4];
	const int len = ph_utf8_encode(cp, bytes);

	if (len < 0)
		return;
	reader->last = cp;
	reader->last_at = reader->len;
	memcpy(reader->out + reader->len, bytes, (size_t)len);
	reader->len += (uint32_t)len;
	reader->cells += ph_char_cells(cp);
	reader->ascii = reader->ascii && len == 1;
}

static void append_break(struct reader *reader, char c)
{
	reader->out[reader->len++] = c;
	reader->broken = true;
	reader->ascii = false;
	reader->last = 0;
}

static void append_mark(struct reader *reader, uint32_t mark)
{
	const uint32_t composed = reader->last ? ph_char_compose(reader->last, mark) : 0;

	if (!composed) {
		append(reader, mark);
		return;
	}
	reader->len = reader->last_at;
	reader->cells -= ph_char_cells(reader->last);
	append(reader, composed);
}

static void drop_control(struct reader *reader, uint32_t cp)
{
	struct ph_receipt *receipt = reader->parse->receipt;

	if (receipt->dropped_count == PH_RECEIPT_DROPPED_MAX)
		return;
	receipt->dropped[receipt->dropped_count++] =
		(struct ph_receipt_dropped){.at = reader->parse->at, .cp = cp};
}

// Invisible: soft hyphen, zero-width characters, direction marks, byte order mark.
static bool is_format(uint32_t cp)
{
	return cp == 0xad || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff;
}

static void read_char(struct reader *reader, uint32_t cp, bool lf_follows)
{
	if (cp == '\n' || cp == 0x2028 || cp == 0x2029)
		append_break(reader, '\n');
	else if (cp == '\t')
		append_break(reader, '\t');
	else if (cp == '\r' && !lf_follows)
		append_break(reader, '\n');
	else if (cp == '\r' || is_format(cp))
		return;
	else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		drop_control(reader, cp);
	else if (cp == 0x202f || cp == 0x2007)
		append(reader, 0xa0); // no-break spaces that no page has
	else if ((cp >= 0x2000 && cp <= 0x200a) || cp == 0x205f)
		append(reader, ' ');
	else if (cp >= 0x300 && ph_char_cells(cp) == 0)
		append_mark(reader, cp);
	else
		append(reader, cp);
}

int ph_parse_string(struct ph_parse *parse, const cJSON *value, uint16_t style, struct ph_text *ret)
{
	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string");
	const char *text = value->valuestring;
	const size_t len = strlen(text);

	parse->text_bytes += len;
	if (parse->text_bytes > PH_RECEIPT_TEXT_MAX)
		return ph_parse_fail(
			parse, -E2BIG, "more than %d bytes of text", PH_RECEIPT_TEXT_MAX);
	struct reader reader = {.parse = parse, .ascii = true};
	reader.out = ph_parse_alloc(parse, len + 1, 1);
	if (!reader.out)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		const int step = ph_utf8_decode(text + i, len - i, &cp);
		if (step < 0)
			return ph_parse_fail(parse, -EINVAL, "is not valid UTF-8");
		i += (size_t)step;
		read_char(&reader, cp, i < len && text[i] == '\n');
	}
	*ret = (struct ph_text){
		.data = reader.out,
		.len = reader.len,
		.cells = reader.cells,
		.style = style,
		.ascii = reader.ascii,
		.broken = reader.broken,
	};
	return 0;
}

static int parse_run(struct ph_parse *parse, const cJSON *object, const struct ph_attrs *outer,
	struct ph_text *run)
{
	struct ph_attrs attrs = {.style = outer->style, .given = PH_ATTR_ALIGN};
	const cJSON *text = NULL;

	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object with t");
	for (const cJSON *member = object->child; member; member = member->next) {
		if (strcmp(member->string, "t") == 0 && !text) {
			text = member;
			continue;
		}
		int r = -ENOENT;
		if (strcmp(member->string, "align") != 0)
			r = ph_parse_attr(parse, member->string, member, &attrs);
		if (r == -ENOENT) {
			ph_parse_push(parse, member->string);
			return ph_parse_fail(parse, -EINVAL, "unknown member");
		}
		if (r < 0)
			return r;
	}
	const size_t mark = ph_parse_push(parse, "t");
	if (!text)
		return ph_parse_fail(parse, -EINVAL, "the member is missing");
	const int r = ph_parse_string(parse, text, attrs.style, run);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_text(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 1;

	if (!cJSON_IsArray(value) && !cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string or an array of runs");
	if (count == 0)
		return ph_parse_fail(parse, -EINVAL, "needs at least one run");
	if (count > PH_RECEIPT_RUNS_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d runs", PH_RECEIPT_RUNS_MAX);
	struct ph_text *runs = ph_parse_alloc(parse, (size_t)count, sizeof *runs);
	if (!runs)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	node->text.runs = runs;
	node->text.count = (uint32_t)count;
	if (cJSON_IsString(value))
		return ph_parse_string(parse, value, attrs->style, runs);

	unsigned index = 0;
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = (parse->at & 0xffff0000u) | index;
		const int r = parse_run(parse, item, attrs, &runs[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

int ph_parse_pair(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	unsigned index = 0;

	if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
		return ph_parse_fail(parse, -EINVAL, "must be an array of two strings");
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = (parse->at & 0xffff0000u) | index;
		const int r = ph_parse_string(parse, item, attrs->style, &node->pair[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

// `w`: a number of cells, "*", or per cent such as "30%".
static int parse_width(struct ph_parse *parse, const cJSON *value, struct ph_receipt_column *column)
{
	int number = 0;

	column->kind = PH_WIDTH_SHARE;
	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, "w");
	if (cJSON_IsNumber(value)) {
		const int r = ph_parse_integer(parse, value, 1, 255, &number);
		if (r < 0)
			return r;
		column->kind = PH_WIDTH_CELLS;
	} else if (!cJSON_IsString(value)) {
		return ph_parse_fail(
			parse, -EINVAL, "must be cells, \"*\" or per cent such as \"30%%\"");
	} else if (strcmp(value->valuestring, "*") != 0) {
		const char *c = value->valuestring;
		while (*c >= '0' && *c <= '9' && number <= 100)
			number = number * 10 + (*c++ - '0');
		if (strcmp(c, "%") != 0 || number < 1 || number > 100)
			return ph_parse_fail(parse, -EINVAL,
				"must be cells, \"*\" or per cent such as \"30%%\"");
		column->kind = PH_WIDTH_PERCENT;
	}
	column->value = (uint16_t)number;
	ph_parse_pop(parse, mark);
	return 0;
}

static int parse_columns(struct ph_parse *parse, const cJSON *value, struct ph_receipt_node *node)
{
	static const char *const names[] = {"w", "align"};
	const size_t outer = ph_parse_push(parse, "columns");
	const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
	unsigned index = 0;

	if (count < 1)
		return ph_parse_fail(parse, -EINVAL, "must be an array of columns");
	if (count > PH_RECEIPT_COLUMNS_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d columns", PH_RECEIPT_COLUMNS_MAX);
	struct ph_receipt_column *columns = ph_parse_alloc(parse, (size_t)count, sizeof *columns);
	if (!columns)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		const cJSON *found[2];
		unsigned align = PH_ALIGN_LEFT;
		int r = ph_parse_members(parse, item, names, 2, found);
		if (r == 0)
			r = parse_width(parse, found[0], &columns[index]);
		if (r == 0)
			r = ph_parse_member_choice(
				parse, "align", found[1], ph_align_names, &align);
		if (r < 0)
			return r;
		columns[index].align = align;
		ph_parse_pop(parse, mark);
	}
	ph_parse_pop(parse, outer);
	node->table.columns = columns;
	node->table.column_count = (uint16_t)count;
	return 0;
}

static int parse_row(struct ph_parse *parse, const cJSON *row, const struct ph_receipt_node *node,
	uint16_t style, struct ph_receipt_cell *cells)
{
	const unsigned columns = node->table.column_count;
	const uint32_t at = parse->at;
	unsigned index = 0;

	if (!cJSON_IsArray(row) || cJSON_GetArraySize(row) != (int)columns)
		return ph_parse_fail(parse, -EINVAL, "must be an array of %u strings", columns);
	struct ph_text *texts = ph_parse_alloc(parse, columns, sizeof *texts);
	if (!texts)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	for (const cJSON *item = row->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = at + index;
		cells[index] = (struct ph_receipt_cell){.runs = &texts[index],
			.count = 1,
			.span = 1,
			.align = (uint8_t)node->table.columns[index].align};
		const int r = ph_parse_string(parse, item, style, &texts[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

static int parse_rows(
	struct ph_parse *parse, const cJSON *value, uint16_t style, struct ph_receipt_node *node)
{
	const size_t outer = ph_parse_push(parse, "rows"), columns = node->table.column_count;
	const uint32_t at = parse->at;
	unsigned index = 0;

	if (!cJSON_IsArray(value))
		return ph_parse_fail(parse, -EINVAL, "must be an array of rows");
	const int count = cJSON_GetArraySize(value);
	if (count > PH_RECEIPT_ROWS_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d rows", PH_RECEIPT_ROWS_MAX);
	struct ph_receipt_cell *cells =
		ph_parse_alloc(parse, (size_t)count * columns, sizeof *cells);
	if (!cells)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = at + index * PH_RECEIPT_COLUMNS_MAX;
		const int r = parse_row(parse, item, node, style, cells + index * columns);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	ph_parse_pop(parse, outer);
	node->table.cells = cells;
	node->table.row_count = (uint16_t)count;
	return 0;
}

int ph_parse_table(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	static const char *const names[] = {"columns", "rows", "wrap"};
	const cJSON *found[3];

	int r = ph_parse_members(parse, value, names, 3, found);
	if (r < 0)
		return r;
	node->table.wrap = true;
	if (found[2]) {
		const size_t mark = ph_parse_push(parse, "wrap");
		r = ph_parse_bool(parse, found[2], &node->table.wrap);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	r = parse_columns(parse, found[0], node);
	return r < 0 ? r : parse_rows(parse, found[1], attrs->style, node);
}
