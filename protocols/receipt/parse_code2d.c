// Reads 2-D codes other than QR: the members that each type has, and its data as far as any printer
// or renderer would refuse them.
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/receipt/parse.h"

enum member {
	TYPE,
	DATA,
	MODULE,
	ALIGN,
	EC,
	COLUMNS,
	ROWS,
	LAYERS,
	MODE,
	TRUNCATED,
	COMPACT,
	RECTANGLE,
	LINEAR,
	MEMBER_COUNT
};

static const char *const member_names[MEMBER_COUNT] = {"type", "data", "module", "align", "ec",
	"columns", "rows", "layers", "mode", "truncated", "compact", "rectangle", "linear"};

#define HAS(member) (1u << (member))
#define COMMON	    (HAS(TYPE) | HAS(DATA) | HAS(MODULE) | HAS(ALIGN))

enum content { CONTENT_BYTES, CONTENT_NUMBER, CONTENT_ELEMENTS };

// Most data of the largest symbol, all digits or anything else: ISO/IEC 15438, 24778, 16022, 16023,
// 24724 and 24723. With error correction or mixed data less may fit; who draws it knows.
static const struct type {
	const char *name;
	unsigned members;
	enum content content;
	uint16_t digits_max, bytes_max;
} types[PH_CODE2D_COUNT] = {
	[PH_CODE2D_PDF417] = {"pdf417",
		COMMON | HAS(EC) | HAS(COLUMNS) | HAS(ROWS) | HAS(TRUNCATED), CONTENT_BYTES, 2710,
		1850},
	[PH_CODE2D_AZTEC] = {"aztec", COMMON | HAS(EC) | HAS(LAYERS) | HAS(COMPACT), CONTENT_BYTES,
		3116, 3067},
	[PH_CODE2D_DATAMATRIX] = {"datamatrix", COMMON | HAS(RECTANGLE), CONTENT_BYTES, 3116, 2335},
	[PH_CODE2D_MAXICODE] = {"maxicode", COMMON | HAS(MODE), CONTENT_BYTES, 138, 93},
	[PH_CODE2D_DATABAR_STACKED] = {"databar_stacked", COMMON, CONTENT_NUMBER, 14, 14},
	[PH_CODE2D_DATABAR_STACKED_OMNI] = {"databar_stacked_omni", COMMON, CONTENT_NUMBER, 14, 14},
	[PH_CODE2D_DATABAR_EXPANDED_STACKED] = {"databar_expanded_stacked", COMMON,
		CONTENT_ELEMENTS, 74, 74},
	[PH_CODE2D_COMPOSITE] = {"composite", COMMON | HAS(LINEAR), CONTENT_ELEMENTS, 2361, 2361},
};

const char *ph_code2d_type_name(enum ph_code2d_type type)
{
	return types[type].name;
}

static int find_type(struct ph_parse *parse, const cJSON *value, unsigned *ret_type)
{
	const char *names[PH_CODE2D_COUNT + 1] = {NULL};
	const int r = ph_parse_need_string(parse, "type", value);

	for (unsigned i = 0; i < PH_CODE2D_COUNT; i++)
		names[i] = types[i].name;
	return r < 0 ? r : ph_parse_member_choice(parse, "type", value, names, ret_type);
}

static int check_members(struct ph_parse *parse, const cJSON *const *found, const struct type *type)
{
	for (unsigned i = 0; i < MEMBER_COUNT; i++) {
		if (!found[i] || type->members & HAS(i))
			continue;
		ph_parse_push(parse, member_names[i]);
		return ph_parse_fail(parse, -EINVAL, "is not a member of type %s", type->name);
	}
	return 0;
}

// DLE opens the commands that a printer obeys even inside of data.
static int check_bytes(struct ph_parse *parse, const char *data, const struct type *type)
{
	const size_t len = strlen(data);
	const bool digits = strspn(data, "0123456789") == len;
	const size_t most = digits ? type->digits_max : type->bytes_max;

	if (len == 0)
		return ph_parse_fail(parse, -EINVAL, "must not be empty");
	if (len > most)
		return ph_parse_fail(parse, -E2BIG, "%zu %s, at most %zu are possible", len,
			digits ? "digits" : "bytes", most);
	if (!ph_utf8_valid(data, len))
		return ph_parse_fail(parse, -EINVAL, "is not valid UTF-8");
	if (strchr(data, 0x10) || strchr(data, 0x7f))
		return ph_parse_fail(parse, -EINVAL, "may not hold DLE or DEL");
	return 0;
}

static int read_data(struct ph_parse *parse, const char *data, const struct type *type,
	struct ph_receipt_code2d *code)
{
	const size_t len = strlen(data);
	char number[15] = "";
	int r = 0;

	switch (type->content) {
	case CONTENT_BYTES:
		r = check_bytes(parse, data, type);
		break;
	case CONTENT_NUMBER:
		r = ph_parse_gs1_number(parse, data, 14, number);
		break;
	case CONTENT_ELEMENTS:
		r = ph_parse_elements(parse, data, type->digits_max);
		break;
	}
	if (r < 0)
		return r;
	code->len = (uint16_t)(number[0] ? 14 : len);
	char *kept = ph_parse_alloc(parse, code->len, 1);
	if (!kept)
		return ph_parse_no_memory(parse);
	memcpy(kept, number[0] ? number : data, code->len);
	code->data = kept;
	return 0;
}

// The linear part of a composite code: {"type": ..., "data": ...}.
static int read_linear(struct ph_parse *parse, const cJSON *value, struct ph_receipt_code2d *code)
{
	static const char *const names[] = {"type", "data"};
	static const unsigned possible =
		HAS(PH_BARCODE_EAN8) | HAS(PH_BARCODE_EAN13) | HAS(PH_BARCODE_UPCA) |
		HAS(PH_BARCODE_UPCE) | HAS(PH_BARCODE_GS1_128) | HAS(PH_BARCODE_DATABAR) |
		HAS(PH_BARCODE_DATABAR_TRUNCATED) | HAS(PH_BARCODE_DATABAR_LIMITED) |
		HAS(PH_BARCODE_DATABAR_EXPANDED);
	const cJSON *found[2];
	unsigned type = 0;

	if (!value)
		return ph_parse_missing(parse, "linear");
	const size_t outer = ph_parse_push(parse, "linear");
	int r = ph_parse_members(parse, value, names, 2, found);
	if (r == 0)
		r = ph_parse_need_string(parse, "type", found[0]);
	if (r == 0)
		r = ph_parse_need_string(parse, "data", found[1]);
	if (r == 0)
		r = ph_parse_member_choice(parse, "type", found[0], ph_barcode_type_names, &type);
	if (r < 0)
		return r;
	if (!(possible & HAS(type))) {
		ph_parse_push(parse, "type");
		return ph_parse_fail(
			parse, -EINVAL, "%s has no composite form", ph_barcode_type_names[type]);
	}
	struct ph_receipt_barcode *linear = ph_parse_alloc(parse, 1, sizeof *linear);
	if (!linear)
		return ph_parse_no_memory(parse);
	linear->type = type;
	ph_parse_push(parse, "data");
	r = ph_parse_barcode_data(parse, found[1]->valuestring, linear);
	if (r < 0)
		return r;
	ph_parse_pop(parse, outer);
	code->linear = type;
	code->linear_data = linear->data;
	return 0;
}

// "ec": PDF417 a level, Aztec per cent; "auto" for both.
static int read_ec(struct ph_parse *parse, const cJSON *value, struct ph_receipt_code2d *code)
{
	const bool pdf417 = code->type == PH_CODE2D_PDF417;
	int ec = pdf417 ? 255 : 0;

	if (!cJSON_IsString(value) || strcmp(value->valuestring, "auto") != 0) {
		const int r = ph_parse_member_integer(
			parse, "ec", value, pdf417 ? 0 : 5, pdf417 ? 8 : 95, &ec);
		if (r < 0)
			return r;
	}
	code->ec = (uint8_t)ec;
	return 0;
}

static int read_options(
	struct ph_parse *parse, const cJSON *const *found, struct ph_receipt_code2d *code)
{
	int columns = 0, rows = 0, mode = 4;

	int r = ph_parse_member_module(parse, found[MODULE], &code->module);
	if (r == 0)
		r = read_ec(parse, found[EC], code);
	if (r == 0)
		r = ph_parse_member_integer(parse, "columns", found[COLUMNS], 1, 30, &columns);
	if (r == 0)
		r = ph_parse_member_integer(parse, "rows", found[ROWS], 3, 90, &rows);
	if (r == 0)
		r = ph_parse_member_integer(parse, "layers", found[LAYERS], 1, 32, &rows);
	if (r == 0)
		r = ph_parse_member_integer(parse, "mode", found[MODE], 2, 6, &mode);
	if (r == 0)
		r = ph_parse_member_bool(parse, "truncated", found[TRUNCATED], &code->truncated);
	if (r == 0)
		r = ph_parse_member_bool(parse, "compact", found[COMPACT], &code->compact);
	if (r == 0)
		r = ph_parse_member_bool(parse, "rectangle", found[RECTANGLE], &code->rectangle);
	if (r == 0 && code->compact && rows > 4) {
		ph_parse_push(parse, "layers");
		return ph_parse_fail(parse, -EINVAL, "must be at most 4 in a compact code");
	}
	code->columns = (uint8_t)columns;
	code->rows = (uint8_t)rows;
	code->mode = code->type == PH_CODE2D_MAXICODE ? (uint8_t)mode : 0;
	return r;
}

int ph_parse_code2d(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	const cJSON *found[MEMBER_COUNT];
	unsigned type = 0;

	int r = ph_parse_members(parse, value, member_names, MEMBER_COUNT, found);
	if (r == 0)
		r = find_type(parse, found[TYPE], &type);
	if (r == 0)
		r = check_members(parse, found, &types[type]);
	if (r == 0)
		r = ph_parse_need_string(parse, "data", found[DATA]);
	if (r == 0)
		r = ph_parse_inner_align(parse, found[ALIGN], attrs, node);
	if (r < 0)
		return r;
	struct ph_receipt_code2d *code = ph_parse_alloc(parse, 1, sizeof *code);
	if (!code)
		return ph_parse_no_memory(parse);
	code->type = type;
	node->code2d = code;
	r = read_options(parse, found, code);
	if (r == 0 && type == PH_CODE2D_COMPOSITE)
		r = read_linear(parse, found[LINEAR], code);
	if (r < 0)
		return r;
	const size_t mark = ph_parse_push(parse, "data");
	r = read_data(parse, found[DATA]->valuestring, &types[type], code);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}
