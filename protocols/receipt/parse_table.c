// Reads tables: columns, rows and cells that may span columns; their widths on paper are the layout's.
#include <errno.h>
#include <string.h>

#include "protocols/receipt/parse.h"

static int parse_columns(struct ph_parse *parse, const cJSON *value, struct ph_receipt_node *node)
{
	static const char *const names[] = {"w", "align"};
	const size_t outer = ph_parse_push(parse, "columns");
	const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
	unsigned index = 0;

	if (count < 1)
		return ph_parse_fail(parse, -EINVAL, "must be an array of 1 to %d columns",
			PH_RECEIPT_COLUMNS_MAX);
	if (count > PH_RECEIPT_COLUMNS_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d columns", PH_RECEIPT_COLUMNS_MAX);
	struct ph_receipt_column *columns = ph_parse_alloc(parse, (size_t)count, sizeof *columns);
	if (!columns)
		return ph_parse_no_memory(parse);
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		const cJSON *found[2];
		unsigned align = PH_ALIGN_LEFT;
		columns[index].kind = PH_WIDTH_SHARE;
		int r = ph_parse_members(parse, item, names, 2, found);
		if (r == 0)
			r = ph_parse_member_width(parse, "w", found[0], true, &columns[index].kind,
				&columns[index].value);
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

// A cell with attributes of its own: {"text": ..., "span": n, "align": ...}.
static int parse_cell_object(
	struct ph_parse *parse, const cJSON *object, uint16_t style, struct ph_receipt_cell *cell)
{
	struct ph_attrs attrs = {.align = cell->align, .style = style};
	const cJSON *text = NULL;
	uint32_t count = 0;
	int span = 0, r = 0;

	for (const cJSON *member = object->child; member; member = member->next) {
		if (strcmp(member->string, "text") == 0 && !text) {
			text = member;
			continue;
		}
		if (strcmp(member->string, "span") == 0 && !span)
			r = ph_parse_member_integer(
				parse, "span", member, 1, PH_RECEIPT_COLUMNS_MAX, &span);
		else
			r = ph_parse_attr(parse, member->string, member, &attrs);
		if (r < 0)
			return r == -ENOENT ? ph_parse_unknown(parse, member->string) : r;
	}
	r = ph_parse_check_attrs(parse, attrs.given, PH_ATTR_STYLE | PH_ATTR_ALIGN);
	if (r < 0)
		return r;
	if (!text)
		return ph_parse_missing(parse, "text");
	const size_t mark = ph_parse_push(parse, "text");
	r = ph_parse_runs(parse, text, attrs.style, false, &cell->runs, &count);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	cell->count = (uint16_t)count;
	cell->align = (uint8_t)attrs.align;
	cell->span = (uint8_t)(span ? span : 1);
	return 0;
}

static int parse_cell(struct ph_parse *parse, const cJSON *value, uint16_t style,
	struct ph_text *text, struct ph_receipt_cell *cell)
{
	if (cJSON_IsObject(value))
		return parse_cell_object(parse, value, style, cell);
	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string or an object with text");
	cell->runs = text;
	cell->count = 1;
	cell->span = 1;
	return ph_parse_string(parse, value, style, text);
}

static int fail_columns(struct ph_parse *parse, unsigned columns)
{
	return ph_parse_fail(parse, -EINVAL,
		"must be an array of cells that cover %u columns together", columns);
}

static int parse_row(struct ph_parse *parse, const cJSON *row, const struct ph_receipt_node *node,
	uint16_t style, struct ph_receipt_cell *cells)
{
	const unsigned columns = node->table.column_count;
	const uint32_t at = parse->at;
	unsigned column = 0, index = 0;

	if (!cJSON_IsArray(row))
		return fail_columns(parse, columns);
	struct ph_text *texts = ph_parse_alloc(parse, columns, sizeof *texts);
	if (!texts)
		return ph_parse_no_memory(parse);
	for (const cJSON *item = row->child; item; item = item->next, index++) {
		if (column == columns)
			return fail_columns(parse, columns);
		struct ph_receipt_cell *cell = &cells[column];
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = at + column;
		cell->align = (uint8_t)node->table.columns[column].align;
		const int r = parse_cell(parse, item, style, &texts[column], cell);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
		if (cell->span > columns - column)
			return fail_columns(parse, columns);
		column += cell->span;
	}
	return column == columns ? 0 : fail_columns(parse, columns);
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
		return ph_parse_no_memory(parse);
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
	uint32_t self, struct ph_receipt_node *node)
{
	enum { COLUMNS, ROWS, WRAP, BORDER, ROW_RULES, COUNT };
	static const char *const names[COUNT] = {"columns", "rows", "wrap", "border", "row_rules"};
	const cJSON *found[COUNT];
	unsigned border = PH_BORDER_NONE;

	node->table.wrap = true;
	node->table.row_rules = false;
	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0)
		r = ph_parse_member_bool(parse, "wrap", found[WRAP], &node->table.wrap);
	if (r == 0)
		r = ph_parse_member_choice(
			parse, "border", found[BORDER], ph_border_names, &border);
	if (r == 0)
		r = ph_parse_member_bool(
			parse, "row_rules", found[ROW_RULES], &node->table.row_rules);
	if (r == 0)
		r = parse_columns(parse, found[COLUMNS], node);
	node->table.border = border;
	return r < 0 ? r : parse_rows(parse, found[ROWS], attrs->style, node);
}
