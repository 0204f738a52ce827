// Reads the frame of a receipt document: the form it has and the lists of nodes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocols/receipt/parse.h"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

#define ANYWHERE (PH_HOLDER_DOCUMENT | PH_HOLDER_BOX | PH_HOLDER_AREA)
#define ON_PAPER (PH_HOLDER_DOCUMENT | PH_HOLDER_AREA) // not between the borders of a box

static const struct kind {
	const char *name;
	enum ph_node_kind kind;
	unsigned holders; // where it may stand
	unsigned attrs;	  // allowed beside it
	ph_parse_kind *parse;
} kinds[] = {
	{"text", PH_NODE_TEXT, ANYWHERE,
		PH_ATTR_STYLE | PH_ATTR_ALIGN | PH_ATTR_ROTATE | PH_ATTR_UPSIDE_DOWN,
		ph_parse_text},
	{"pair", PH_NODE_PAIR, ANYWHERE, PH_ATTR_STYLE | PH_ATTR_UPSIDE_DOWN, ph_parse_pair},
	{"table", PH_NODE_TABLE, ANYWHERE, PH_ATTR_STYLE | PH_ATTR_UPSIDE_DOWN, ph_parse_table},
	{"rule", PH_NODE_RULE, ANYWHERE, PH_ATTR_COLOR | PH_ATTR_UPSIDE_DOWN, ph_parse_rule},
	{"box", PH_NODE_BOX, ANYWHERE, PH_ATTR_ALIGN | PH_ATTR_COLOR, ph_parse_box},
	{"image", PH_NODE_IMAGE, ON_PAPER, PH_ATTR_ALIGN, ph_parse_image},
	{"barcode", PH_NODE_BARCODE, ON_PAPER, PH_ATTR_ALIGN, ph_parse_barcode},
	{"qr", PH_NODE_QR, ON_PAPER, PH_ATTR_ALIGN, ph_parse_qr},
	{"code2d", PH_NODE_CODE2D, ON_PAPER, PH_ATTR_ALIGN, ph_parse_code2d},
	{"feed", PH_NODE_FEED, ANYWHERE, 0, ph_parse_feed},
	{"cut", PH_NODE_CUT, PH_HOLDER_DOCUMENT, 0, ph_parse_cut},
	{"drawer", PH_NODE_DRAWER, PH_HOLDER_DOCUMENT, 0, ph_parse_drawer},
	{"beep", PH_NODE_BEEP, PH_HOLDER_DOCUMENT, 0, ph_parse_beep},
	{"page", PH_NODE_PAGE, PH_HOLDER_DOCUMENT, 0, ph_parse_page},
	{"raw", PH_NODE_RAW, PH_HOLDER_DOCUMENT, 0, ph_parse_raw},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++) {
		if (strcmp(name, kinds[i].name) == 0)
			return &kinds[i];
	}
	return NULL;
}

// Finds out what a node is, and reads the attributes beside it.
static int read_kind(struct ph_parse *parse, const cJSON *object, struct ph_attrs *attrs,
	const struct kind **ret_kind, const cJSON **ret_value)
{
	const struct kind *kind = NULL;
	const cJSON *value = NULL;

	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object");
	for (const cJSON *member = object->child; member; member = member->next) {
		const struct kind *found = kind_of(member->string);
		if (found && kind) {
			ph_parse_push(parse, member->string);
			return ph_parse_fail(parse, -EINVAL,
				"a node is one thing, and this one is already: %s", kind->name);
		}
		if (found) {
			kind = found;
			value = member;
			continue;
		}
		const int r = ph_parse_attr(parse, member->string, member, attrs);
		if (r < 0)
			return r == -ENOENT ? ph_parse_unknown(parse, member->string) : r;
	}
	if (!kind)
		return ph_parse_fail(
			parse, -EINVAL, "holds nothing to print (text, pair, cut ...)");
	*ret_kind = kind;
	*ret_value = value;
	return 0;
}

// What is upside down goes by its whole lines, borders of a box included.
static int check_place(struct ph_parse *parse, const struct kind *kind,
	const struct ph_attrs *attrs, enum ph_holder holder)
{
	if (kind->holders & holder) {
		if (holder != PH_HOLDER_BOX || !attrs->upside_down)
			return 0;
		ph_parse_push(parse, "upside_down");
		return ph_parse_fail(parse, -EINVAL, "is not possible in a box");
	}
	ph_parse_push(parse, kind->name);
	return ph_parse_fail(parse, -EINVAL, "cannot stand in %s",
		holder == PH_HOLDER_BOX ? "a box" : "an area of a page");
}

static int parse_node(
	struct ph_parse *parse, const cJSON *object, uint32_t self, enum ph_holder holder)
{
	struct ph_receipt_node node = parse->nodes[self];
	struct ph_attrs attrs = *parse->defaults;
	const struct kind *kind = NULL;
	const cJSON *value = NULL;

	attrs.given = 0;
	int r = read_kind(parse, object, &attrs, &kind, &value);
	if (r == 0)
		r = ph_parse_check_attrs(parse, attrs.given, kind->attrs);
	if (r == 0)
		r = check_place(parse, kind, &attrs, holder);
	if (r < 0)
		return r;
	node.kind = kind->kind;
	node.align = attrs.align;
	node.style = attrs.style;
	node.upside_down = attrs.upside_down;
	const size_t mark = ph_parse_push(parse, kind->name);
	r = kind->parse(parse, value, &attrs, self, &node);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	node.end = parse->receipt->node_count;
	parse->nodes[self] = node;
	return 0;
}

int ph_parse_add_node(struct ph_parse *parse, uint32_t parent, uint32_t index, uint32_t *ret_self)
{
	struct ph_receipt *receipt = parse->receipt;
	const uint32_t self = receipt->node_count;

	if (self == PH_RECEIPT_NODES_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d nodes", PH_RECEIPT_NODES_MAX);
	if (self == parse->capacity) {
		const uint32_t room = parse->capacity ? parse->capacity * 2 : 16;
		struct ph_receipt_node *nodes = ph_parse_alloc(parse, room, sizeof *nodes);
		if (!nodes)
			return ph_parse_no_memory(parse);
		if (self)
			memcpy(nodes, parse->nodes, self * sizeof *nodes);
		parse->nodes = nodes;
		parse->capacity = room;
		receipt->nodes = nodes;
	}
	parse->nodes[self] = (struct ph_receipt_node){
		.kind = PH_NODE_FEED, .parent = parent, .index = index, .end = self + 1};
	receipt->node_count = self + 1;
	*ret_self = self;
	return 0;
}

int ph_parse_nodes(
	struct ph_parse *parse, const cJSON *array, uint32_t parent, enum ph_holder holder)
{
	uint32_t index = 0, self;

	if (!cJSON_IsArray(array))
		return ph_parse_fail(parse, -EINVAL, "must be an array of nodes");
	for (const cJSON *item = array->child; item; item = item->next, index++) {
		int r = ph_parse_add_node(parse, parent, index, &self);
		if (r < 0)
			return r;
		parse->at = PH_AT(self, 0);
		const size_t mark = ph_parse_push_index(parse, index);
		r = parse_node(parse, item, self, holder);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

static int parse_defaults(struct ph_parse *parse, const cJSON *object, struct ph_attrs *defaults)
{
	if (!object)
		return 0;
	const size_t mark = ph_parse_push(parse, "defaults");
	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object");
	for (const cJSON *member = object->child; member; member = member->next) {
		const int r = ph_parse_attr(parse, member->string, member, defaults);
		if (r < 0)
			return r == -ENOENT ? ph_parse_unknown(parse, member->string) : r;
	}
	const int r = ph_parse_check_attrs(parse, defaults->given, PH_ATTR_STYLE | PH_ATTR_ALIGN);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

// A document that is one thing is a receipt of one node.
static int single_node(struct ph_parse *parse, enum ph_node_kind kind, struct ph_receipt_node **ret)
{
	uint32_t self;
	const int r = ph_parse_add_node(parse, UINT32_MAX, 0, &self);

	if (r < 0)
		return r;
	*ret = &parse->nodes[self];
	(*ret)->kind = kind;
	(*ret)->align = parse->defaults->align;
	return 0;
}

static int form_body(struct ph_parse *parse, const cJSON *value)
{
	return ph_parse_nodes(parse, value, UINT32_MAX, PH_HOLDER_DOCUMENT);
}

static int form_text(struct ph_parse *parse, const cJSON *value)
{
	struct ph_receipt_node *node;

	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string");
	const int r = single_node(parse, PH_NODE_TEXT, &node);
	return r < 0 ? r : ph_parse_text(parse, value, parse->defaults, 0, node);
}

static int form_raw(struct ph_parse *parse, const cJSON *value)
{
	struct ph_receipt_node *node;
	const int r = single_node(parse, PH_NODE_RAW, &node);

	return r < 0 ? r : ph_parse_raw_bytes(parse, value, node);
}

static int form_image(struct ph_parse *parse, const cJSON *value)
{
	struct ph_receipt_node *node = NULL;
	struct ph_receipt_image *image = ph_parse_alloc(parse, 1, sizeof *image);
	const int r = image ? single_node(parse, PH_NODE_IMAGE, &node) : ph_parse_no_memory(parse);

	if (r < 0)
		return r;
	*image = PH_PARSE_IMAGE_DEFAULT;
	node->image = image;
	return ph_parse_image_file(parse, value, image);
}

static int form_pdf(struct ph_parse *parse, const cJSON *value)
{
	struct ph_receipt *receipt = parse->receipt;
	size_t used = 0;
	const int r = ph_parse_base64(
		parse, value, PH_RECEIPT_PDF_MAX, &used, &receipt->pdf, &receipt->pdf_len);

	if (r < 0)
		return r;
	if (receipt->pdf_len < 5 || memcmp(receipt->pdf, "%PDF-", 5) != 0)
		return ph_parse_fail(parse, -EINVAL, "is not a PDF file");
	return 0;
}

static const struct form {
	const char *name;
	bool defaults; // may stand beside it
	int (*parse)(struct ph_parse *, const cJSON *);
} forms[] = {
	[PH_RECEIPT_BODY] = {"body", true, form_body},
	[PH_RECEIPT_TEXT] = {"text", true, form_text},
	[PH_RECEIPT_RAW] = {"raw_b64", false, form_raw},
	[PH_RECEIPT_IMAGE] = {"image_b64", false, form_image},
	[PH_RECEIPT_PDF] = {"pdf_b64", false, form_pdf},
	[PH_RECEIPT_RECEIPTLINE] = {"receiptline", false, ph_parse_markup},
};
enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

static int parse_document(struct ph_parse *parse, const cJSON *document)
{
	enum { V = FORM_COUNT, DEFAULTS, COUNT };
	const char *names[COUNT] = {[V] = "v", [DEFAULTS] = "defaults"};
	const cJSON *found[COUNT];
	struct ph_attrs defaults = {0};
	unsigned form = 0, given = 0;
	int version = 1;

	for (unsigned i = 0; i < FORM_COUNT; i++)
		names[i] = forms[i].name;
	int r = ph_parse_members(parse, document, names, COUNT, found);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < FORM_COUNT; i++) {
		given += found[i] != NULL;
		form = found[i] ? i : form;
	}
	if (given != 1)
		return ph_parse_fail(parse, -EINVAL,
			"must hold exactly one of: body, text, receiptline, image_b64, pdf_b64, "
			"raw_b64");
	if (found[DEFAULTS] && !forms[form].defaults)
		return ph_parse_unknown(parse, "defaults");
	r = ph_parse_member_integer(parse, "v", found[V], 1, 1, &version);
	if (r == 0)
		r = parse_defaults(parse, found[DEFAULTS], &defaults);
	if (r < 0)
		return r;
	parse->defaults = &defaults;
	parse->receipt->form = form;
	const size_t mark = ph_parse_push(parse, forms[form].name);
	r = forms[form].parse(parse, found[form]);
	if (r == 0)
		ph_parse_pop(parse, mark);
	parse->defaults = NULL;
	return r;
}

int ph_receipt_parse(const struct cJSON *document, struct ph_receipt **ret_receipt,
	struct ph_receipt_error *ret_error)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = calloc(1, sizeof *receipt);
	struct ph_receipt_error error = {.path = "$", .message = "out of memory"};
	struct ph_parse parse = {.receipt = receipt, .error = &error, .path = "$", .path_len = 1};

	const int r = receipt ? parse_document(&parse, document) : -ENOMEM;
	if (r < 0) {
		*ret_error = error;
		return r;
	}
	*ret_receipt = PH_STEAL(receipt);
	return 0;
}
