// Reads the simple nodes: rules, feeds, cuts, what moves the drawer or sounds, and raw bytes.
#include <errno.h>

#include "protocols/receipt/parse.h"

int ph_parse_rule(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"single", "double", "dashed", "thick", NULL};
	unsigned choice = 0;
	const int r = ph_parse_choice(parse, value, names, &choice);

	node->rule = choice;
	node->style = attrs->style & PH_STYLE_RED;
	return r;
}

int ph_parse_feed(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"lines"};
	const cJSON *found[1];
	int lines = 1;

	int r = ph_parse_members(parse, value, names, 1, found);
	if (r == 0)
		r = ph_parse_member_integer(
			parse, "lines", found[0], 1, PH_RECEIPT_FEED_MAX, &lines);
	node->feed_lines = (uint8_t)lines;
	return r;
}

int ph_parse_cut(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"partial", "full", NULL};
	unsigned choice = 0;
	const int r = ph_parse_choice(parse, value, names, &choice);

	node->cut = choice;
	return r;
}

int ph_parse_drawer(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"n"};
	const cJSON *found[1];
	int n = 1;

	int r = ph_parse_members(parse, value, names, 1, found);
	if (r == 0)
		r = ph_parse_member_integer(parse, "n", found[0], 1, 2, &n);
	node->drawer = (uint8_t)n;
	return r;
}

int ph_parse_beep(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"times"};
	const cJSON *found[1];
	int times = 1;

	int r = ph_parse_members(parse, value, names, 1, found);
	if (r == 0)
		r = ph_parse_member_integer(
			parse, "times", found[0], 1, PH_RECEIPT_BEEP_MAX, &times);
	node->beeps = (uint8_t)times;
	return r;
}

int ph_parse_raw_bytes(struct ph_parse *parse, const cJSON *value, struct ph_receipt_node *node)
{
	const int r = ph_parse_base64(parse, value, PH_RECEIPT_RAW_MAX, &parse->raw_bytes,
		&node->raw.data, &node->raw.len);

	node->kind = PH_NODE_RAW;
	parse->receipt->needs_directio = true;
	return r;
}

int ph_parse_raw(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"escpos_b64", "star_b64"};
	const cJSON *found[2];

	int r = ph_parse_members(parse, value, names, 2, found);
	if (r < 0)
		return r;
	if (!found[0] && !found[1])
		return ph_parse_missing(parse, names[0]);
	const unsigned star = found[1] ? 1 : 0;
	const size_t mark = ph_parse_push(parse, names[star]);
	if (found[0] && found[1])
		return ph_parse_fail(
			parse, -EINVAL, "is for one kind of printer, escpos_b64 or this");
	node->raw.star = star;
	r = ph_parse_raw_bytes(parse, found[star], node);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}
