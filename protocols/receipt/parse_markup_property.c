// Reads the properties of receiptline documents: `{key:value;...}`, with the images and codes in them.
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/receipt/parse_markup.h"

enum key { TEXT, BORDER, WIDTH, ALIGN, OPTION, CODE, IMAGE, COMMAND, COMMENT, KEY_COUNT };

static const struct {
	const char *name, *short_name;
} keys[KEY_COUNT] = {
	[TEXT] = {"text", "t"},
	[BORDER] = {"border", "b"},
	[WIDTH] = {"width", "w"},
	[ALIGN] = {"align", "a"},
	[OPTION] = {"option", "o"},
	[CODE] = {"code", "c"},
	[IMAGE] = {"image", "i"},
	[COMMAND] = {"command", "x"},
	[COMMENT] = {"comment", "_"},
};

// A value without its escapes; it may hold NUL, and one is behind it.
struct value {
	char *at;
	size_t len;
};

static bool same(struct ph_span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

static struct ph_span span_of(const struct value *value)
{
	return (struct ph_span){value->at, value->len};
}

// --- values -----------------------------------------------------------------------------------

static size_t unescape(struct ph_span s, char *out, size_t *len)
{
	char hex[4];
	size_t hex_len;
	uint32_t cp;

	if (s.len < 2)
		return 1;
	if (s.at[1] == 'n' || strchr("\\{|};", s.at[1])) {
		out[(*len)++] = s.at[1] == 'n' ? '\n' : s.at[1];
		return 2;
	}
	if (s.at[1] == 'x') {
		const size_t took = ph_markup_hex(s, hex, &hex_len);
		memcpy(out + *len, hex, hex_len);
		*len += hex_len;
		return took;
	}
	return 1 + (size_t)ph_utf8_decode(s.at + 1, s.len - 1, &cp);
}

static int read_value(struct ph_markup *m, struct ph_span s, struct value *ret)
{
	char *out = ph_parse_alloc(m->parse, s.len + 1, 1);
	size_t len = 0;

	if (!out)
		return ph_parse_no_memory(m->parse);
	while (s.len) {
		size_t took = 1;
		if (*s.at == '\\')
			took = unescape(s, out, &len);
		else
			out[len++] = *s.at;
		s = ph_span_from(s, took);
	}
	out[len] = 0;
	*ret = (struct value){out, len};
	return 0;
}

static int key_of(struct ph_span s)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		if ((s.len == strlen(keys[i].name) && memcmp(s.at, keys[i].name, s.len) == 0) ||
			(s.len == 1 && *s.at == *keys[i].short_name))
			return i;
	}
	return -1;
}

// One `key:value`.
static int read_member(struct ph_markup *m, struct ph_span s, struct value *values)
{
	const char *colon = memchr(s.at, ':', s.len);

	s = ph_span_trim(s);
	if (!s.len)
		return 0;
	if (!colon)
		return ph_parse_fail(m->parse, -EINVAL, "a property is written key:value");
	const struct ph_span name = ph_span_trim((struct ph_span){s.at, (size_t)(colon - s.at)});
	const struct ph_span value = ph_span_trim(ph_span_from(s, (size_t)(colon + 1 - s.at)));
	const int key = key_of(name);
	if (key < 0)
		return ph_parse_fail(m->parse, -EINVAL, "unknown property: %.*s",
			(int)(name.len < 40 ? name.len : 40), name.at);
	if (!value.len)
		return ph_parse_fail(m->parse, -EINVAL, "%s has no value", keys[key].name);
	if (values[key].at)
		return ph_parse_fail(m->parse, -EINVAL, "%s is given twice", keys[key].name);
	return read_value(m, value, &values[key]);
}

static int fail_value(struct ph_markup *m, enum key key, const char *possible)
{
	return ph_parse_fail(m->parse, -EINVAL, "%s must be %s", keys[key].name, possible);
}

// The next of the words between commas or blanks; beside a comma it may be empty. Returns false behind
// the last.
static bool next_word(struct ph_span *rest, struct ph_span *ret)
{
	size_t len = 0;

	if (!rest->at)
		return false;
	while (len < rest->len && !strchr(" \t,", rest->at[len]))
		len++;
	*ret = (struct ph_span){rest->at, len};
	if (len == rest->len) {
		rest->at = NULL;
		return true;
	}
	size_t next = len + 1;
	while (rest->at[len] != ',' && next < rest->len && strchr(" \t", rest->at[next]))
		next++;
	*rest = ph_span_from(*rest, next);
	return true;
}

// A number of digits; -1 for anything else. Stays below `most`.
static int number_of(struct ph_span s, int most)
{
	int number = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return -1;
		number = number * 10 + (s.at[i] - '0');
		number = number < most ? number : most;
	}
	return s.len ? number : -1;
}

// --- properties that stay ---------------------------------------------------------------------

static int set_text(struct ph_markup *m, struct ph_span s)
{
	if (!same(s, "wrap") && !same(s, "nowrap"))
		return fail_value(m, TEXT, "wrap or nowrap");
	m->wrap = same(s, "wrap");
	return 0;
}

static int set_border(struct ph_markup *m, struct ph_span s)
{
	const int number = number_of(s, 9);
	const int8_t before = m->border;
	struct ph_receipt_node *node;
	int r = 0;

	if (number > 2 || (number < 0 && !same(s, "line") && !same(s, "space") && !same(s, "none")))
		return fail_value(m, BORDER, "line, space, none, 0, 1 or 2");
	m->border = (int8_t)(number >= 0	? number
			     : same(s, "line")	? -1
			     : same(s, "space") ? 1
						: 0);
	if ((before < 0) != (m->border < 0)) {
		r = ph_markup_add(m, PH_NODE_COLUMN_BORDER, &node);
		if (r == 0)
			node->border_begins = m->border < 0;
	}
	return r;
}

static int set_width(struct ph_markup *m, struct ph_span s)
{
	int16_t widths[PH_RECEIPT_MARKUP_COLUMNS_MAX] = {0};
	unsigned count = 0;
	bool automatic = false;
	struct ph_span word;

	while (next_word(&s, &word)) {
		const int number = number_of(word, INT16_MAX);
		if (count == PH_RECEIPT_MARKUP_COLUMNS_MAX)
			return ph_parse_fail(m->parse, -E2BIG, "more than %d columns",
				PH_RECEIPT_MARKUP_COLUMNS_MAX);
		if (number < 0 && word.len && !same(word, "*") && !same(word, "auto"))
			return fail_value(m, WIDTH, "auto, or numbers of characters and *");
		automatic = automatic || same(word, "auto");
		widths[count++] = (int16_t)(same(word, "*") ? -1 : number < 0 ? 0 : number);
	}
	memcpy(m->widths, widths, count * sizeof widths[0]);
	m->width_count = automatic ? 0 : count;
	return 0;
}

static int set_align(struct ph_markup *m, struct ph_span s)
{
	for (unsigned i = 0; ph_align_names[i]; i++) {
		if (same(s, ph_align_names[i])) {
			m->align = i;
			return 0;
		}
	}
	return fail_value(m, ALIGN, "left, center or right");
}

// Barcode types; those of UPC and EAN have a short form, which data of at most `short_max` means.
static const struct {
	const char *name;
	enum ph_barcode_type type, short_type;
	size_t short_max;
} types[] = {
	[PH_MARKUP_TYPE_DEFAULT] = {"code128", PH_BARCODE_CODE128, 0, 0},
	{"upc", PH_BARCODE_UPCA, PH_BARCODE_UPCE, 8},
	{"ean", PH_BARCODE_EAN13, PH_BARCODE_EAN8, 8},
	{"jan", PH_BARCODE_EAN13, PH_BARCODE_EAN8, 8},
	{"code39", PH_BARCODE_CODE39, 0, 0},
	{"itf", PH_BARCODE_ITF, 0, 0},
	{"codabar", PH_BARCODE_CODABAR, 0, 0},
	{"nw7", PH_BARCODE_CODABAR, 0, 0},
	{"code93", PH_BARCODE_CODE93, 0, 0},
};

// Options of one `option`, each 0 or -1 while not given: the first of a kind counts.
struct options {
	int type, qr, module, height, cell, hri, level;
};

static void note(int *option, int value)
{
	*option = *option < 0 ? value : *option;
}

static bool read_option(struct options *o, struct ph_span word)
{
	static const char levels[] = "lmqh";
	const int number = number_of(word, 9999);

	if (number >= 0) { // what a number means goes by its size, and 3 and 4 mean two things
		if (number >= 2 && number <= 4)
			note(&o->module, number);
		if (number >= 3 && number <= 8)
			note(&o->cell, number);
		if (number >= 24 && number <= 240)
			note(&o->height, number);
		return (number >= 2 && number <= 8) || (number >= 24 && number <= 240);
	}
	for (unsigned i = 0; i < PH_ARRAY_SIZE(types); i++) {
		if (same(word, types[i].name)) {
			note(&o->type, (int)i);
			note(&o->qr, 0);
			return true;
		}
	}
	if (same(word, "qrcode")) {
		note(&o->type, PH_MARKUP_TYPE_DEFAULT);
		note(&o->qr, 1);
		return true;
	}
	if (same(word, "hri") || same(word, "nohri")) {
		o->hri = o->hri > 0 || same(word, "hri");
		return true;
	}
	const char *level = word.len == 1 ? strchr(levels, *word.at | 0x20) : NULL;
	if (level)
		note(&o->level, (int)(level - levels));
	return level || !word.len;
}

static int set_option(struct ph_markup *m, struct ph_span s)
{
	struct options o = {-1, -1, -1, -1, -1, -1, -1};
	struct ph_span word;

	while (next_word(&s, &word)) {
		if (!read_option(&o, word))
			return ph_parse_fail(m->parse, -EINVAL, "unknown option: %.*s",
				(int)(word.len < 40 ? word.len : 40), word.at);
	}
	m->qr = o.qr > 0;
	m->type = o.type < 0 ? PH_MARKUP_TYPE_DEFAULT : (unsigned)o.type;
	m->module = (uint8_t)(o.module < 0 ? 2 : o.module);
	m->height = (uint8_t)(o.height < 0 ? 72 : o.height);
	m->cell = (uint8_t)(o.cell < 0 ? 3 : o.cell);
	m->hri = o.hri > 0;
	m->level = o.level < 0 ? PH_QR_L : (enum ph_qr_level)o.level;
	return 0;
}

// --- what is printed --------------------------------------------------------------------------

// Adds a node that stands in the width of the columns: where that is narrower than the paper, in a box
// without border.
static int add_placed(
	struct ph_markup *m, enum ph_node_kind kind, enum ph_align align, uint32_t *ret_self)
{
	const int width = ph_markup_width(m);
	uint32_t parent = UINT32_MAX, self;
	struct ph_receipt_node *node;
	int r = 0;

	if (width >= 2) {
		r = ph_markup_add(m, PH_NODE_BOX, &node);
		if (r < 0)
			return r;
		node->box.border = PH_BORDER_NONE;
		node->box.width_kind = PH_WIDTH_CELLS;
		node->box.width = (uint16_t)(width > UINT16_MAX ? UINT16_MAX : width);
		parent = (uint32_t)(node - m->parse->nodes);
	}
	r = ph_parse_add_node(m->parse, parent, m->line, &self);
	if (r < 0)
		return r;
	m->parse->at = PH_AT(self, 0);
	m->parse->nodes[self].kind = kind;
	m->parse->nodes[self].align = align;
	if (parent != UINT32_MAX)
		m->parse->nodes[parent].end = self + 1;
	*ret_self = self;
	return 0;
}

static int add_qr(struct ph_markup *m, const struct value *value, enum ph_align align)
{
	uint32_t self;
	const int r = add_placed(m, PH_NODE_QR, align, &self);

	return r < 0 ? r
		     : ph_parse_qr_data(m->parse, value->at, value->len, m->level, m->cell,
			       &m->parse->nodes[self]);
}

// Start and stop of Code 39 may be given; they are added anyway.
static char *without_stars(char *data)
{
	const size_t len = strlen(data);

	if (len && data[len - 1] == '*')
		data[len - 1] = 0;
	return *data == '*' ? data + 1 : data;
}

static int add_barcode(struct ph_markup *m, const struct value *value, enum ph_align align)
{
	struct ph_receipt_barcode *code = ph_parse_alloc(m->parse, 1, sizeof *code);
	char *data = value->at;
	uint32_t self;

	if (!code)
		return ph_parse_no_memory(m->parse);
	if (strlen(data) != value->len)
		return ph_parse_fail(m->parse, -EINVAL, "a barcode cannot hold NUL");
	code->type = types[m->type].short_max && value->len <= types[m->type].short_max
			     ? types[m->type].short_type
			     : types[m->type].type;
	code->module = m->module;
	code->height = m->height;
	code->hri = m->hri ? PH_HRI_BELOW : PH_HRI_NONE;
	if (code->type == PH_BARCODE_CODE39)
		data = without_stars(data);
	for (char *c = data; code->type == PH_BARCODE_CODABAR && *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'd' ? *c - 0x20 : *c);
	int r = ph_parse_barcode_data(m->parse, data, code);
	if (r == 0)
		r = add_placed(m, PH_NODE_BARCODE, align, &self);
	if (r == 0)
		m->parse->nodes[self].barcode = code;
	return r;
}

// Base64 of a PNG, in which anything else is left out and padding may be missing.
static int add_image(struct ph_markup *m, const struct value *value, enum ph_align align)
{
	struct ph_receipt_image *image = ph_parse_alloc(m->parse, 1, sizeof *image);
	cJSON clean = {.type = cJSON_String, .valuestring = value->at};
	size_t len = 0;
	uint32_t self;

	if (!image)
		return ph_parse_no_memory(m->parse);
	char *out = ph_parse_alloc(m->parse, value->len + 4, 1);
	if (!out)
		return ph_parse_no_memory(m->parse);
	for (size_t i = 0; i < value->len && value->at[i] != '='; i++) {
		const char c = value->at[i];
		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			c == '+' || c == '/')
			out[len++] = c;
	}
	len -= len % 4 == 1;
	while (len % 4)
		out[len++] = '=';
	clean.valuestring = out;
	*image = PH_PARSE_IMAGE_DEFAULT;
	int r = ph_parse_image_file(m->parse, &clean, image);
	if (r == 0)
		r = add_placed(m, PH_NODE_IMAGE, align, &self);
	if (r == 0)
		m->parse->nodes[self].image = image;
	return r;
}

// Characters up to U+00FF are bytes for the printer.
static int add_command(struct ph_markup *m, const struct value *value)
{
	struct ph_receipt_node *node;
	uint8_t *bytes = ph_parse_alloc(m->parse, value->len, 1);
	uint32_t len = 0, cp = 0;

	if (!bytes)
		return ph_parse_no_memory(m->parse);
	for (size_t i = 0; i < value->len;) {
		i += (size_t)ph_utf8_decode(value->at + i, value->len - i, &cp);
		if (cp > 0xff)
			return ph_parse_fail(m->parse, -EINVAL,
				"a command is made of bytes, and U+%04X is none", cp);
		bytes[len++] = (uint8_t)cp;
	}
	m->parse->raw_bytes += len;
	if (m->parse->raw_bytes > PH_RECEIPT_RAW_MAX)
		return ph_parse_fail(
			m->parse, -E2BIG, "more than %d raw bytes", PH_RECEIPT_RAW_MAX);
	const int r = ph_markup_add(m, PH_NODE_RAW, &node);
	if (r < 0)
		return r;
	node->raw.data = bytes;
	node->raw.len = len;
	m->parse->receipt->needs_directio = true;
	return 0;
}

static int apply(struct ph_markup *m, const struct value *values, enum ph_align align)
{
	static int (*const set[])(struct ph_markup *, struct ph_span) = {
		[TEXT] = set_text,
		[BORDER] = set_border,
		[WIDTH] = set_width,
		[ALIGN] = set_align,
		[OPTION] = set_option,
	};
	int r = 0;

	for (unsigned i = 0; i < PH_ARRAY_SIZE(set) && r == 0; i++)
		r = values[i].at ? set[i](m, span_of(&values[i])) : 0;
	if (r == 0 && values[IMAGE].at)
		r = add_image(m, &values[IMAGE], align);
	if (r == 0 && values[CODE].at)
		r = m->qr ? add_qr(m, &values[CODE], align) : add_barcode(m, &values[CODE], align);
	if (r == 0 && values[COMMAND].at && values[COMMAND].len)
		r = add_command(m, &values[COMMAND]);
	return r;
}

int ph_markup_property(struct ph_markup *m, struct ph_span s, enum ph_align align)
{
	struct value values[KEY_COUNT] = {0};

	for (;;) {
		size_t end = 0;
		while (end < s.len && s.at[end] != ';')
			end += ph_markup_step(ph_span_from(s, end), "\\{|};");
		end = end < s.len ? end : s.len;
		const int r = read_member(m, (struct ph_span){s.at, end}, values);
		if (r < 0)
			return r;
		if (end == s.len)
			break;
		s = ph_span_from(s, end + 1);
	}
	return apply(m, values, align);
}
