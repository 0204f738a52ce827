// Reads barcodes and QR codes and checks their data; whether they fit the paper is seen later.
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/gs1/check_digit.h"
#include "protocols/receipt/parse.h"
#include "protocols/receipt/qr_size.h"

#define HEIGHT_DEFAULT 80 // dots, 10 mm at 203 dpi
#define MODULE_DEFAULT 3  // dots

static bool all_of(const char *data, const char *set)
{
	return strspn(data, set) == strlen(data);
}

static int read_gs1(
	struct ph_parse *parse, const char *data, size_t full, struct ph_receipt_barcode *code)
{
	code->len = (uint8_t)full;
	return ph_parse_gs1_number(parse, data, full, code->data);
}

static int read_ean13(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	return read_gs1(parse, data, 13, code);
}

static int read_ean8(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	return read_gs1(parse, data, 8, code);
}

static int read_upca(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	return read_gs1(parse, data, 12, code);
}

// 6 digits; 7 or 8 with number system and check digit; 11 or 12 as UPC-A. Kept as 8.
static int read_upce(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	const size_t len = strlen(data);
	char upca[PH_UPCA_LEN + 1], upce[PH_UPCE_LEN + 1] = "0";

	if (!ph_all_digits(data, len) || !(len >= 6 && len <= 12 && len != 9 && len != 10))
		return ph_parse_fail(parse, -EINVAL, "must be 6, 7, 8, 11 or 12 digits");
	if (len > 6 && data[0] != '0')
		return ph_parse_fail(parse, -EINVAL, "must begin with number system 0");
	if (len >= 11)
		memcpy(upca, data, PH_UPCA_LEN - 1);
	else
		ph_upce_to_upca(data, len == 6 ? len : 7, upca);
	const char check = ph_check_digit(upca, PH_UPCA_LEN - 1);
	upca[PH_UPCA_LEN - 1] = check;
	if (len >= 11 && ph_upca_to_upce(upca, PH_UPCA_LEN, upce) < 0)
		return ph_parse_fail(parse, -EINVAL, "this UPC-A number has no UPC-E form");
	if ((len == 8 || len == 12) && data[len - 1] != check)
		return ph_parse_fail(
			parse, -EINVAL, "wrong check digit: %c, computed %c", data[len - 1], check);
	if (len < 11) // as it was given: some numbers have two forms
		memcpy(upce + 1, len == 6 ? data : data + 1, 6);
	upce[PH_UPCE_LEN - 1] = check;
	memcpy(code->data, upce, PH_UPCE_LEN);
	code->len = 8;
	return 0;
}

static int keep(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	const size_t len = strlen(data);

	if (len == 0 || len > PH_RECEIPT_BARCODE_MAX)
		return ph_parse_fail(
			parse, -EINVAL, "must be 1 to %d characters", PH_RECEIPT_BARCODE_MAX);
	memcpy(code->data, data, len);
	code->len = (uint8_t)len;
	return 0;
}

static int read_code39(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	if (!all_of(data, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%+-./"))
		return ph_parse_fail(parse, -EINVAL,
			"may hold capital letters, digits, space and $ %% + - . / only");
	return keep(parse, data, code);
}

static int read_itf(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	if (!all_of(data, "0123456789") || strlen(data) % 2)
		return ph_parse_fail(parse, -EINVAL, "must be an even number of digits");
	return keep(parse, data, code);
}

static int read_codabar(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	const size_t len = strlen(data);
	const bool framed = len > 2 && strchr("ABCD", data[0]) && strchr("ABCD", data[len - 1]);
	const size_t start = framed ? 1 : 0, inner = framed ? len - 2 : len;

	if (inner == 0 || strspn(data + start, "0123456789$+-./:") < inner)
		return ph_parse_fail(parse, -EINVAL,
			"may hold digits and $ + - . / : only, between A to D or without");
	if (inner + 2 > PH_RECEIPT_BARCODE_MAX)
		return ph_parse_fail(parse, -EINVAL, "must be at most %d characters",
			PH_RECEIPT_BARCODE_MAX - 2);
	code->data[0] = framed ? data[0] : 'A';
	memcpy(code->data + 1, data + start, inner);
	code->data[inner + 1] = framed ? data[len - 1] : 'A';
	code->len = (uint8_t)(inner + 2);
	return 0;
}

// EOT, ENQ, DLE and DC4 are left out: beside each other the printer takes them as real-time commands.
static int read_code128(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	for (const char *c = data; *c; c++) {
		if ((unsigned char)*c > 0x7e || memchr("\x04\x05\x10\x14", *c, 4))
			return ph_parse_fail(parse, -EINVAL,
				"may hold ASCII only, without DEL, EOT, ENQ, DLE and DC4");
	}
	return keep(parse, data, code);
}

#define GS1_128_MAX	     48 // characters of data (GS1 General Specifications, 5.4.4)
#define DATABAR_EXPANDED_MAX 74 // ISO/IEC 24724, digits; less of letters

static int read_gs1_128(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	const int r = ph_parse_elements(parse, data, GS1_128_MAX);
	return r < 0 ? r : keep(parse, data, code);
}

static int read_databar(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	return read_gs1(parse, data, 14, code);
}

static int read_databar_limited(
	struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	if (data[0] != '0' && data[0] != '1')
		return ph_parse_fail(parse, -EINVAL, "must begin with 0 or 1");
	return read_gs1(parse, data, 14, code);
}

static int read_databar_expanded(
	struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	const int r = ph_parse_elements(parse, data, DATABAR_EXPANDED_MAX);
	return r < 0 ? r : keep(parse, data, code);
}

const char *const ph_barcode_type_names[] = {[PH_BARCODE_UPCA] = "upca",
	[PH_BARCODE_UPCE] = "upce",
	[PH_BARCODE_EAN13] = "ean13",
	[PH_BARCODE_EAN8] = "ean8",
	[PH_BARCODE_CODE39] = "code39",
	[PH_BARCODE_ITF] = "itf",
	[PH_BARCODE_CODABAR] = "codabar",
	[PH_BARCODE_CODE128] = "code128",
	[PH_BARCODE_CODE93] = "code93",
	[PH_BARCODE_GS1_128] = "gs1_128",
	[PH_BARCODE_DATABAR] = "databar",
	[PH_BARCODE_DATABAR_TRUNCATED] = "databar_truncated",
	[PH_BARCODE_DATABAR_LIMITED] = "databar_limited",
	[PH_BARCODE_DATABAR_EXPANDED] = "databar_expanded",
	NULL};

static int (*const type_readers[])(struct ph_parse *, const char *, struct ph_receipt_barcode *) = {
	[PH_BARCODE_UPCA] = read_upca,
	[PH_BARCODE_UPCE] = read_upce,
	[PH_BARCODE_EAN13] = read_ean13,
	[PH_BARCODE_EAN8] = read_ean8,
	[PH_BARCODE_CODE39] = read_code39,
	[PH_BARCODE_ITF] = read_itf,
	[PH_BARCODE_CODABAR] = read_codabar,
	[PH_BARCODE_CODE128] = read_code128,
	[PH_BARCODE_CODE93] = read_code128,
	[PH_BARCODE_GS1_128] = read_gs1_128,
	[PH_BARCODE_DATABAR] = read_databar,
	[PH_BARCODE_DATABAR_TRUNCATED] = read_databar,
	[PH_BARCODE_DATABAR_LIMITED] = read_databar_limited,
	[PH_BARCODE_DATABAR_EXPANDED] = read_databar_expanded,
};

int ph_parse_barcode_data(struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code)
{
	return type_readers[code->type](parse, data, code);
}

int ph_parse_barcode(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	enum { TYPE, DATA, HEIGHT, MODULE, HRI, ALIGN, COUNT };
	static const char *const names[COUNT] = {
		"type", "data", "height", "module", "hri", "align"};
	static const char *const hri_names[] = {"none", "above", "below", "both", NULL};
	const cJSON *found[COUNT];
	int height = HEIGHT_DEFAULT, module = MODULE_DEFAULT;
	unsigned type = 0, hri = PH_HRI_BELOW;

	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0)
		r = ph_parse_need_string(parse, "type", found[TYPE]);
	if (r == 0)
		r = ph_parse_need_string(parse, "data", found[DATA]);
	if (r == 0)
		r = ph_parse_member_choice(
			parse, "type", found[TYPE], ph_barcode_type_names, &type);
	if (r == 0)
		r = ph_parse_member_integer(parse, "height", found[HEIGHT], 1, 255, &height);
	if (r == 0)
		r = ph_parse_member_integer(parse, "module", found[MODULE], 2, 6, &module);
	if (r == 0)
		r = ph_parse_member_choice(parse, "hri", found[HRI], hri_names, &hri);
	if (r == 0)
		r = ph_parse_inner_align(parse, found[ALIGN], attrs, node);
	if (r < 0)
		return r;
	struct ph_receipt_barcode *code = ph_parse_alloc(parse, 1, sizeof *code);
	if (!code)
		return ph_parse_no_memory(parse);
	code->type = type;
	code->height = (uint8_t)height;
	code->module = (uint8_t)module;
	code->hri = hri;
	node->barcode = code;
	const size_t mark = ph_parse_push(parse, "data");
	r = ph_parse_barcode_data(parse, found[DATA]->valuestring, code);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

static const char *const qr_levels[] = {"l", "m", "q", "h", NULL};

// Line ends and tabs are data (payment codes have lines); other controls could reach the printer as
// real-time commands and mean nothing to a reader.
static int check_qr_data(struct ph_parse *parse, const char *data, size_t len)
{
	if (len == 0)
		return ph_parse_fail(parse, -EINVAL, "must not be empty");
	if (!ph_utf8_valid(data, len))
		return ph_parse_fail(parse, -EINVAL, "is not valid UTF-8");
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)data[i];
		if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return ph_parse_fail(
				parse, -EINVAL, "control character U+%04X in QR data", c);
	}
	return 0;
}

int ph_parse_qr_data(struct ph_parse *parse, const char *data, size_t len, enum ph_qr_level level,
	uint8_t module, struct ph_receipt_node *node)
{
	const unsigned version = ph_qr_version(len, level);
	const int r = check_qr_data(parse, data, len);

	if (r < 0)
		return r;
	if (!version)
		return ph_parse_fail(parse, -E2BIG,
			"%zu bytes are too many for a QR code at level %s", len, qr_levels[level]);
	struct ph_receipt_qr *code = ph_parse_alloc(parse, 1, sizeof *code);
	char *kept = ph_parse_alloc(parse, len, 1);
	if (!code || !kept)
		return ph_parse_no_memory(parse);
	memcpy(kept, data, len);
	*code = (struct ph_receipt_qr){.data = kept,
		.len = (uint16_t)len,
		.ec = level,
		.module = module,
		.version = (uint8_t)version};
	node->qr = code;
	return 0;
}

int ph_parse_qr(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	enum { DATA, EC, MODULE, ALIGN, COUNT };
	static const char *const names[COUNT] = {"data", "ec", "module", "align"};
	const cJSON *found[COUNT];
	unsigned level = PH_QR_M;
	uint8_t module = 0;

	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0)
		r = ph_parse_need_string(parse, "data", found[DATA]);
	if (r == 0)
		r = ph_parse_member_choice(parse, "ec", found[EC], qr_levels, &level);
	if (r == 0)
		r = ph_parse_member_module(parse, found[MODULE], &module);
	if (r == 0)
		r = ph_parse_inner_align(parse, found[ALIGN], attrs, node);
	if (r < 0)
		return r;
	const size_t mark = ph_parse_push(parse, "data");
	r = ph_parse_qr_data(parse, found[DATA]->valuestring, strlen(found[DATA]->valuestring),
		level, module, node);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}
