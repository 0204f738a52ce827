// Reads what holds other nodes: boxes, and pages with their areas.
#include <errno.h>

#include "protocols/receipt/parse.h"

// Reads the nodes inside, one level deeper.
static int read_inner(
	struct ph_parse *parse, const cJSON *body, uint32_t self, enum ph_holder holder)
{
	if (!body)
		return ph_parse_missing(parse, "body");
	if (parse->depth == PH_RECEIPT_DEPTH_MAX)
		return ph_parse_fail(parse, -E2BIG,
			"more than %d boxes, pages and areas in each other", PH_RECEIPT_DEPTH_MAX);
	const size_t mark = ph_parse_push(parse, "body");
	parse->depth++;
	const int r = ph_parse_nodes(parse, body, self, holder);
	parse->depth--;
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_box(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	enum { BORDER, WIDTH, PADDING, ALIGN, BODY, COUNT };
	static const char *const names[COUNT] = {"border", "width", "padding", "align", "body"};
	const cJSON *found[COUNT];
	unsigned border = PH_BORDER_SINGLE;
	int padding = 0;

	node->style = attrs->style & PH_STYLE_RED;
	node->box.width_kind = PH_WIDTH_SHARE;
	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0)
		r = ph_parse_member_choice(
			parse, "border", found[BORDER], ph_border_names, &border);
	if (r == 0)
		r = ph_parse_member_width(parse, "width", found[WIDTH], false,
			&node->box.width_kind, &node->box.width);
	if (r == 0)
		r = ph_parse_member_integer(parse, "padding", found[PADDING], 0, 16, &padding);
	if (r == 0)
		r = ph_parse_inner_align(parse, found[ALIGN], attrs, node);
	if (r < 0)
		return r;
	node->box.border = border;
	node->box.padding = (uint8_t)padding;
	return read_inner(parse, found[BODY], self, PH_HOLDER_BOX);
}

static int read_area(
	struct ph_parse *parse, const cJSON *value, uint32_t self, struct ph_receipt_node *node)
{
	enum { X, Y, WIDTH, HEIGHT, DIRECTION, BODY, COUNT };
	static const char *const names[COUNT] = {"x", "y", "width", "height", "direction", "body"};
	static const char *const directions[] = {[PH_DIRECTION_RIGHT] = "right",
		[PH_DIRECTION_UP] = "up",
		[PH_DIRECTION_LEFT] = "left",
		[PH_DIRECTION_DOWN] = "down",
		NULL};
	const cJSON *found[COUNT];
	int x = 0, y = 0, width = 0, height = 0;
	unsigned direction = PH_DIRECTION_RIGHT;

	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0)
		r = ph_parse_member_integer(parse, "x", found[X], 0, 254, &x);
	if (r == 0)
		r = ph_parse_member_integer(parse, "y", found[Y], 0, PH_RECEIPT_PAGE_MAX - 1, &y);
	if (r == 0)
		r = ph_parse_member_integer(parse, "width", found[WIDTH], 1, 255, &width);
	if (r == 0)
		r = ph_parse_member_integer(
			parse, "height", found[HEIGHT], 1, PH_RECEIPT_PAGE_MAX, &height);
	if (r == 0)
		r = ph_parse_member_choice(
			parse, "direction", found[DIRECTION], directions, &direction);
	if (r < 0)
		return r;
	if (!height && (direction == PH_DIRECTION_UP || direction == PH_DIRECTION_DOWN)) {
		ph_parse_push(parse, "height");
		return ph_parse_fail(
			parse, -EINVAL, "is needed: lines run along it in this direction");
	}
	node->kind = PH_NODE_AREA;
	node->area.x = (uint16_t)x;
	node->area.y = (uint16_t)y;
	node->area.width = (uint16_t)width;
	node->area.height = (uint16_t)height;
	node->area.direction = direction;
	return read_inner(parse, found[BODY], self, PH_HOLDER_AREA);
}

// One item of the body of a page: an object with the member `area`.
static int parse_area(struct ph_parse *parse, const cJSON *object, uint32_t parent, uint32_t index)
{
	static const char *const names[] = {"area"};
	const cJSON *found[1];
	uint32_t self;

	int r = ph_parse_members(parse, object, names, 1, found);
	if (r < 0)
		return r;
	if (!found[0])
		return ph_parse_missing(parse, "area");
	r = ph_parse_add_node(parse, parent, index, &self);
	if (r < 0)
		return r;
	struct ph_receipt_node node = parse->nodes[self];
	const size_t mark = ph_parse_push(parse, "area");
	r = read_area(parse, found[0], self, &node);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	node.end = parse->receipt->node_count;
	parse->nodes[self] = node;
	return 0;
}

static int parse_areas(struct ph_parse *parse, const cJSON *array, uint32_t parent)
{
	uint32_t index = 0;

	if (!cJSON_IsArray(array) || !array->child)
		return ph_parse_fail(
			parse, -EINVAL, "must be an array of 1 to %d areas", PH_RECEIPT_AREAS_MAX);
	for (const cJSON *item = array->child; item; item = item->next, index++) {
		if (index == PH_RECEIPT_AREAS_MAX)
			return ph_parse_fail(
				parse, -E2BIG, "more than %d areas", PH_RECEIPT_AREAS_MAX);
		const size_t mark = ph_parse_push_index(parse, index);
		const int r = parse_area(parse, item, parent, index);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

int ph_parse_page(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	static const char *const names[] = {"height", "body"};
	const cJSON *found[2];
	int height = 0;

	int r = ph_parse_members(parse, value, names, 2, found);
	if (r == 0)
		r = ph_parse_member_integer(
			parse, "height", found[0], 1, PH_RECEIPT_PAGE_MAX, &height);
	if (r == 0 && !found[1])
		return ph_parse_missing(parse, "body");
	if (r < 0)
		return r;
	node->page.height = (uint16_t)height;
	const size_t mark = ph_parse_push(parse, "body");
	parse->depth++;
	r = parse_areas(parse, found[1], self);
	parse->depth--;
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}
