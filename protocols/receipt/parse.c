// Reads the frame of a receipt document: its form, the list of nodes, attributes and simple nodes.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/receipt/chunk.h"
#include "protocols/receipt/parse.h"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

const char *const ph_align_names[] = {"left", "center", "right", NULL};

int ph_parse_fail(struct ph_parse *parse, int err, const char *format, ...)
{
	va_list args;

	char *path = parse->error->path;
	memcpy(path, parse->path, sizeof parse->path);
	for (size_t len = strlen(path); !ph_utf8_valid(path, len); len--)
		path[len - 1] = 0; // a long name may have been cut inside a character
	va_start(args, format);
	vsnprintf(parse->error->message, sizeof parse->error->message, format, args);
	va_end(args);
	return err;
}

// After snprintf() into the path: the path that is too long ends at the end of its room.
static size_t pushed(struct ph_parse *parse, int len)
{
	const size_t mark = parse->path_len, room = sizeof parse->path - mark;

	parse->path_len += (size_t)len < room ? (size_t)len : room - 1;
	return mark;
}

size_t ph_parse_push(struct ph_parse *parse, const char *name)
{
	return pushed(parse, snprintf(parse->path + parse->path_len,
				     sizeof parse->path - parse->path_len, ".%s", name));
}

size_t ph_parse_push_index(struct ph_parse *parse, unsigned index)
{
	return pushed(parse, snprintf(parse->path + parse->path_len,
				     sizeof parse->path - parse->path_len, "[%u]", index));
}

void ph_parse_pop(struct ph_parse *parse, size_t mark)
{
	parse->path_len = mark;
	parse->path[mark] = 0;
}

void *ph_parse_alloc(struct ph_parse *parse, size_t count, size_t size)
{
	return ph_chunk_alloc(&parse->receipt->chunks, count, size);
}

// Parts of the format that a later version prints.
static bool is_reserved(const char *name)
{
	static const char *const names[] = {"image", "image_b64", "pdf_b64", "receiptline",
		"border", "overflow", "span", "spans", "fallback", "lang", "when", "pdf417",
		"datamatrix", "aztec"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static int fail_unknown(struct ph_parse *parse, const char *name)
{
	ph_parse_push(parse, name);
	if (is_reserved(name))
		return ph_parse_fail(parse, -EOPNOTSUPP, "this is not supported by this version");
	return ph_parse_fail(parse, -EINVAL, "unknown member");
}

static int fail_twice(struct ph_parse *parse, const char *name)
{
	ph_parse_push(parse, name);
	return ph_parse_fail(parse, -EINVAL, "the member is given twice");
}

int ph_parse_members(struct ph_parse *parse, const cJSON *object, const char *const *names,
	size_t count, const cJSON **ret_found)
{
	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object");
	memset(ret_found, 0, count * sizeof *ret_found);
	for (const cJSON *member = object->child; member; member = member->next) {
		size_t i = 0;
		while (i < count && strcmp(names[i], member->string) != 0)
			i++;
		if (i == count)
			return fail_unknown(parse, member->string);
		if (ret_found[i])
			return fail_twice(parse, member->string);
		ret_found[i] = member;
	}
	return 0;
}

int ph_parse_integer(struct ph_parse *parse, const cJSON *value, int low, int high, int *ret)
{
	if (!cJSON_IsNumber(value) || !(value->valuedouble >= low && value->valuedouble <= high) ||
		(double)(int)value->valuedouble != value->valuedouble)
		return ph_parse_fail(parse, -EINVAL, "must be an integer from %d to %d", low, high);
	*ret = (int)value->valuedouble;
	return 0;
}

int ph_parse_member_integer(
	struct ph_parse *parse, const char *name, const cJSON *value, int low, int high, int *ret)
{
	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, name);
	const int r = ph_parse_integer(parse, value, low, high, ret);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_bool(struct ph_parse *parse, const cJSON *value, bool *ret)
{
	if (!cJSON_IsBool(value))
		return ph_parse_fail(parse, -EINVAL, "must be true or false");
	*ret = cJSON_IsTrue(value);
	return 0;
}

int ph_parse_choice(
	struct ph_parse *parse, const cJSON *value, const char *const *names, unsigned *ret)
{
	char list[128] = "";

	for (unsigned i = 0; names[i]; i++) {
		if (cJSON_IsString(value) && strcmp(value->valuestring, names[i]) == 0) {
			*ret = i;
			return 0;
		}
		const size_t len = strlen(list);
		snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
	}
	return ph_parse_fail(parse, -EINVAL, "must be one of: %s", list);
}

int ph_parse_member_choice(struct ph_parse *parse, const char *name, const cJSON *value,
	const char *const *names, unsigned *ret)
{
	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, name);
	const int r = ph_parse_choice(parse, value, names, ret);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

static const struct {
	const char *name;
	unsigned attr;
	uint16_t flag; // of the style, for those that are true or false
} attr_rows[] = {
	{"align", PH_ATTR_ALIGN, 0},
	{"size", PH_ATTR_SIZE, 0},
	{"bold", PH_ATTR_BOLD, PH_STYLE_BOLD},
	{"underline", PH_ATTR_UNDERLINE, PH_STYLE_UNDERLINE},
	{"invert", PH_ATTR_INVERT, PH_STYLE_INVERT},
	{"font", PH_ATTR_FONT, 0},
};

static int read_size(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	int width = 1, height = 1;

	if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
		return ph_parse_fail(parse, -EINVAL, "must be [width, height], each 1 to 8");
	size_t mark = ph_parse_push_index(parse, 0);
	int r = ph_parse_integer(parse, value->child, 1, 8, &width);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	mark = ph_parse_push_index(parse, 1);
	r = ph_parse_integer(parse, value->child->next, 1, 8, &height);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	attrs->style = (uint16_t)((attrs->style & ~PH_STYLE_SIZE_MASK) |
				  (unsigned)(width - 1) << PH_STYLE_WIDTH_SHIFT |
				  (unsigned)(height - 1) << PH_STYLE_HEIGHT_SHIFT);
	return 0;
}

static void set_flag(struct ph_attrs *attrs, unsigned flag, bool on)
{
	attrs->style = (uint16_t)(on ? attrs->style | flag : attrs->style & ~flag);
}

static int read_attr(struct ph_parse *parse, size_t row, const cJSON *value, struct ph_attrs *attrs)
{
	static const char *const fonts[] = {"a", "b", NULL};
	unsigned choice = 0;
	bool on = false;
	int r;

	if (attr_rows[row].flag) {
		r = ph_parse_bool(parse, value, &on);
		if (r == 0)
			set_flag(attrs, attr_rows[row].flag, on);
	} else if (attr_rows[row].attr == PH_ATTR_SIZE) {
		r = read_size(parse, value, attrs);
	} else if (attr_rows[row].attr == PH_ATTR_FONT) {
		r = ph_parse_choice(parse, value, fonts, &choice);
		if (r == 0)
			set_flag(attrs, PH_STYLE_FONT_B, choice == PH_FONT_B);
	} else {
		r = ph_parse_choice(parse, value, ph_align_names, &choice);
		if (r == 0)
			attrs->align = choice;
	}
	return r;
}

int ph_parse_attr(
	struct ph_parse *parse, const char *name, const cJSON *value, struct ph_attrs *attrs)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(attr_rows); i++) {
		if (strcmp(name, attr_rows[i].name) != 0)
			continue;
		if (attrs->given & attr_rows[i].attr)
			return fail_twice(parse, name);
		attrs->given |= attr_rows[i].attr;
		const size_t mark = ph_parse_push(parse, name);
		const int r = read_attr(parse, i, value, attrs);
		if (r == 0)
			ph_parse_pop(parse, mark);
		return r;
	}
	return -ENOENT;
}

static int parse_rule(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	static const char *const names[] = {"single", "double", "dashed", NULL};
	unsigned choice = 0;
	const int r = ph_parse_choice(parse, value, names, &choice);

	node->rule = choice;
	return r;
}

static int parse_feed(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
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

static int parse_cut(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	static const char *const names[] = {"partial", "full", NULL};
	unsigned choice = 0;
	const int r = ph_parse_choice(parse, value, names, &choice);

	node->cut = choice;
	return r;
}

static int parse_drawer(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
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

static int parse_beep(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
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

static int read_raw(struct ph_parse *parse, const cJSON *value, struct ph_receipt_node *node)
{
	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a base64 string");
	const size_t chars = strlen(value->valuestring), most = chars / 4 * 3;
	if (most == 0)
		return ph_parse_fail(
			parse, -EINVAL, "must be a base64 string of at least one byte");
	if (most > PH_RECEIPT_RAW_MAX + 2 - parse->raw_bytes)
		return ph_parse_fail(parse, -E2BIG, "more than %d raw bytes", PH_RECEIPT_RAW_MAX);
	uint8_t *data = ph_parse_alloc(parse, most, 1);
	if (!data)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	const ssize_t len = ph_base64_decode(value->valuestring, chars, data);
	if (len <= 0)
		return ph_parse_fail(parse, -EINVAL, "must be base64 with padding and no spaces");
	parse->raw_bytes += (size_t)len;
	if (parse->raw_bytes > PH_RECEIPT_RAW_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d raw bytes", PH_RECEIPT_RAW_MAX);
	node->kind = PH_NODE_RAW;
	node->raw.data = data;
	node->raw.len = (uint32_t)len;
	parse->receipt->needs_directio = true;
	return 0;
}

static int parse_raw(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	static const char *const names[] = {"escpos_b64"};
	const cJSON *found[1];

	const int r = ph_parse_members(parse, value, names, 1, found);
	if (r < 0)
		return r;
	ph_parse_push(parse, "escpos_b64");
	if (!found[0])
		return ph_parse_fail(parse, -EINVAL, "the member is missing");
	return read_raw(parse, found[0], node);
}

static const struct kind {
	const char *name;
	enum ph_node_kind kind;
	unsigned attrs; // allowed beside it
	int (*parse)(struct ph_parse *, const cJSON *, const struct ph_attrs *,
		struct ph_receipt_node *);
} kinds[] = {
	{"text", PH_NODE_TEXT, PH_ATTR_ALL, ph_parse_text},
	{"rule", PH_NODE_RULE, 0, parse_rule},
	{"pair", PH_NODE_PAIR, PH_ATTR_STYLE, ph_parse_pair},
	{"table", PH_NODE_TABLE, PH_ATTR_STYLE, ph_parse_table},
	{"barcode", PH_NODE_BARCODE, PH_ATTR_ALIGN, ph_parse_barcode},
	{"qr", PH_NODE_QR, PH_ATTR_ALIGN, ph_parse_qr},
	{"feed", PH_NODE_FEED, 0, parse_feed},
	{"cut", PH_NODE_CUT, 0, parse_cut},
	{"drawer", PH_NODE_DRAWER, 0, parse_drawer},
	{"beep", PH_NODE_BEEP, 0, parse_beep},
	{"raw", PH_NODE_RAW, 0, parse_raw},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++) {
		if (strcmp(name, kinds[i].name) == 0)
			return &kinds[i];
	}
	return NULL;
}

// An attribute that the kind of the node has no use for is as unknown as any other member.
static int check_attrs(struct ph_parse *parse, const struct kind *kind, unsigned given)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(attr_rows); i++) {
		if (given & attr_rows[i].attr & ~kind->attrs)
			return fail_unknown(parse, attr_rows[i].name);
	}
	return 0;
}

static int parse_node(struct ph_parse *parse, const cJSON *object, const struct ph_attrs *defaults,
	struct ph_receipt_node *node)
{
	struct ph_attrs attrs = *defaults;
	const struct kind *kind = NULL;
	const cJSON *value = NULL;
	int r;

	attrs.given = 0;
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
		r = ph_parse_attr(parse, member->string, member, &attrs);
		if (r < 0)
			return r == -ENOENT ? fail_unknown(parse, member->string) : r;
	}
	if (!kind)
		return ph_parse_fail(
			parse, -EINVAL, "holds nothing to print (text, pair, cut ...)");
	r = check_attrs(parse, kind, attrs.given);
	if (r < 0)
		return r;
	node->kind = kind->kind;
	node->align = attrs.align;
	node->style = attrs.style;
	const size_t mark = ph_parse_push(parse, kind->name);
	r = kind->parse(parse, value, &attrs, node);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

static int parse_body(struct ph_parse *parse, const cJSON *body, const struct ph_attrs *defaults)
{
	const size_t outer = ph_parse_push(parse, "body");
	unsigned count = 0, index = 0;

	if (!cJSON_IsArray(body))
		return ph_parse_fail(parse, -EINVAL, "must be an array of nodes");
	for (const cJSON *item = body->child; item; item = item->next)
		count++;
	if (count > PH_RECEIPT_NODES_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d nodes", PH_RECEIPT_NODES_MAX);
	struct ph_receipt_node *nodes = ph_parse_alloc(parse, count, sizeof *nodes);
	if (!nodes)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	for (const cJSON *item = body->child; item; item = item->next, index++) {
		parse->at = PH_AT(index, 0);
		const size_t mark = ph_parse_push_index(parse, index);
		nodes[index].parent = UINT32_MAX;
		nodes[index].index = index;
		nodes[index].end = index + 1;
		const int r = parse_node(parse, item, defaults, &nodes[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	ph_parse_pop(parse, outer);
	parse->receipt->nodes = nodes;
	parse->receipt->node_count = count;
	parse->receipt->form = PH_RECEIPT_BODY;
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
			return r == -ENOENT ? fail_unknown(parse, member->string) : r;
	}
	ph_parse_pop(parse, mark);
	return 0;
}

enum { DOC_BODY, DOC_TEXT, DOC_RAW, DOC_V, DOC_DEFAULTS, DOC_COUNT };

static int parse_form(
	struct ph_parse *parse, const cJSON *const *found, const struct ph_attrs *defaults)
{
	if (found[DOC_BODY])
		return parse_body(parse, found[DOC_BODY], defaults);

	struct ph_receipt_node *node = ph_parse_alloc(parse, 1, sizeof *node);
	if (!node)
		return ph_parse_fail(parse, -ENOMEM, "out of memory");
	parse->receipt->nodes = node;
	parse->receipt->node_count = 1;
	parse->receipt->form = found[DOC_TEXT] ? PH_RECEIPT_TEXT : PH_RECEIPT_RAW;
	node->parent = UINT32_MAX;
	node->end = 1;
	node->kind = PH_NODE_TEXT;
	node->align = defaults->align;
	ph_parse_push(parse, found[DOC_TEXT] ? "text" : "raw_b64");
	if (found[DOC_RAW])
		return read_raw(parse, found[DOC_RAW], node);
	if (!cJSON_IsString(found[DOC_TEXT]))
		return ph_parse_fail(parse, -EINVAL, "must be a string");
	return ph_parse_text(parse, found[DOC_TEXT], defaults, node);
}

static int parse_document(struct ph_parse *parse, const cJSON *document)
{
	static const char *const names[DOC_COUNT] = {"body", "text", "raw_b64", "v", "defaults"};
	const cJSON *found[DOC_COUNT];
	struct ph_attrs defaults = {0};
	int version = 1;

	int r = ph_parse_members(parse, document, names, DOC_COUNT, found);
	if (r < 0)
		return r;
	if (!!found[DOC_BODY] + !!found[DOC_TEXT] + !!found[DOC_RAW] != 1)
		return ph_parse_fail(
			parse, -EINVAL, "must hold exactly one of: body, text, raw_b64");
	if (found[DOC_RAW] && found[DOC_DEFAULTS])
		return fail_unknown(parse, "defaults");
	r = ph_parse_member_integer(parse, "v", found[DOC_V], 1, 1, &version);
	if (r == 0)
		r = parse_defaults(parse, found[DOC_DEFAULTS], &defaults);
	return r < 0 ? r : parse_form(parse, found, &defaults);
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
