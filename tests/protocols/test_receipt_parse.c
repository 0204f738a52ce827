// The receipt document: what is accepted, and where and why everything else is refused.
#include "protocols/receipt/qr_size.h"
#include "protocols/receipt/receipt.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const char *text, struct ph_receipt **ret, struct ph_receipt_error *error)
{
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	const int r = ph_receipt_parse(json, ret, error);
	cJSON_Delete(json);
	return r;
}

static struct ph_receipt *accept(const char *text)
{
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"untouched", "untouched"};

	const int r = parse(text, &receipt, &error);
	ck_assert_msg(r == 0, "%s: %s %s", text, error.path, error.message);
	ck_assert_str_eq(error.path, "untouched");
	return receipt;
}

static void refuse(const char *text, int expected, const char *path, const char *part)
{
	struct ph_receipt *receipt = (struct ph_receipt *)-1;
	struct ph_receipt_error error;

	const int r = parse(text, &receipt, &error);
	ck_assert_msg(r == expected, "%.900s: %d", text, r);
	ck_assert_msg(strcmp(error.path, path) == 0, "%.900s: path %s", text, error.path);
	ck_assert_msg(strstr(error.message, part) != NULL, "%.900s: %s", text, error.message);
	ck_assert_ptr_eq(receipt, (struct ph_receipt *)-1);
}

#define BODY(nodes) "{\"v\":1,\"body\":[" nodes "]}"

static const struct {
	const char *text;
	int err;
	const char *path, *part;
} refused[] = {
	{"[]", -EINVAL, "$", "object"},
	{"\"x\"", -EINVAL, "$", "object"},
	{"{}", -EINVAL, "$", "exactly one"},
	{"{\"v\":1}", -EINVAL, "$", "exactly one"},
	{"{\"text\":\"a\",\"body\":[]}", -EINVAL, "$", "exactly one"},
	{"{\"text\":\"a\",\"raw_b64\":\"AA==\"}", -EINVAL, "$", "exactly one"},
	{"{\"v\":2,\"body\":[]}", -EINVAL, "$.v", "from 1 to 1"},
	{"{\"v\":\"1\",\"body\":[]}", -EINVAL, "$.v", "integer"},
	{"{\"v\":1,\"v\":1,\"body\":[]}", -EINVAL, "$.v", "twice"},
	{"{\"body\":[],\"extra\":1}", -EINVAL, "$.extra", "unknown"},
	{"{\"body\":{}}", -EINVAL, "$.body", "array"},
	{"{\"text\":1}", -EINVAL, "$.text", "string"},
	{"{\"text\":[{\"t\":\"a\"}]}", -EINVAL, "$.text", "string"},
	{"{\"raw_b64\":\"A\"}", -EINVAL, "$.raw_b64", "base64"},
	{"{\"raw_b64\":\"\"}", -EINVAL, "$.raw_b64", "base64"},
	{"{\"raw_b64\":\"A A=\"}", -EINVAL, "$.raw_b64", "base64"},
	{"{\"raw_b64\":1}", -EINVAL, "$.raw_b64", "base64"},
	{"{\"raw_b64\":\"AA==\",\"defaults\":{}}", -EINVAL, "$.defaults", "unknown"},
	{"{\"image_b64\":\"AA==\"}", -EINVAL, "$.image_b64", "neither a PNG nor a JPEG"},
	{"{\"pdf_b64\":\"AA==\"}", -EINVAL, "$.pdf_b64", "not a PDF"},
	{"{\"body\":[],\"defaults\":1}", -EINVAL, "$.defaults", "object"},
	{"{\"body\":[],\"defaults\":{\"font\":\"d\"}}", -EINVAL, "$.defaults.font",
		"one of: a, b, c"},
	{"{\"body\":[],\"defaults\":{\"x\":1}}", -EINVAL, "$.defaults.x", "unknown"},
	{BODY("1"), -EINVAL, "$.body[0]", "object"},
	{BODY("{}"), -EINVAL, "$.body[0]", "nothing to print"},
	{BODY("{\"bold\":true}"), -EINVAL, "$.body[0]", "nothing to print"},
	{BODY("{\"text\":\"a\"},{\"text\":\"a\",\"cut\":\"full\"}"), -EINVAL, "$.body[1].cut",
		"already: text"},
	{BODY("{\"text\":\"a\",\"text\":\"b\"}"), -EINVAL, "$.body[0].text", "already"},
	{BODY("{\"text\":\"a\",\"colour\":1}"), -EINVAL, "$.body[0].colour", "unknown"},
	{BODY("{\"image\":{}}"), -EINVAL, "$.body[0].image.data_b64", "missing"},
	{BODY("{\"text\":null}"), -EINVAL, "$.body[0].text", "string or an array"},
	{BODY("{\"text\":[]}"), -EINVAL, "$.body[0].text", "at least one"},
	{BODY("{\"text\":[1]}"), -EINVAL, "$.body[0].text[0]", "object"},
	{BODY("{\"text\":[{\"t\":\"a\"},{}]}"), -EINVAL, "$.body[0].text[1].t", "missing"},
	{BODY("{\"text\":[{\"t\":1}]}"), -EINVAL, "$.body[0].text[0].t", "string"},
	{BODY("{\"text\":[{\"t\":\"a\",\"t\":\"b\"}]}"), -EINVAL, "$.body[0].text[0].t", "unknown"},
	{BODY("{\"text\":[{\"t\":\"a\",\"align\":\"left\"}]}"), -EINVAL, "$.body[0].text[0].align",
		"unknown"},
	{BODY("{\"text\":[{\"t\":\"a\",\"colour\":1}]}"), -EINVAL, "$.body[0].text[0].colour",
		"unknown"},
	{BODY("{\"text\":\"a\",\"align\":\"middle\"}"), -EINVAL, "$.body[0].align",
		"left, center, right"},
	{BODY("{\"text\":\"a\",\"bold\":1}"), -EINVAL, "$.body[0].bold", "true or false"},
	{BODY("{\"text\":\"a\",\"bold\":true,\"bold\":true}"), -EINVAL, "$.body[0].bold", "twice"},
	{BODY("{\"text\":\"a\",\"size\":2}"), -EINVAL, "$.body[0].size", "[width, height]"},
	{BODY("{\"text\":\"a\",\"size\":[1,2,3]}"), -EINVAL, "$.body[0].size", "[width, height]"},
	{BODY("{\"text\":\"a\",\"size\":[0,2]}"), -EINVAL, "$.body[0].size[0]", "from 1 to 8"},
	{BODY("{\"text\":\"a\",\"size\":[1,9]}"), -EINVAL, "$.body[0].size[1]", "from 1 to 8"},
	{BODY("{\"text\":\"a\",\"size\":[1.5,1]}"), -EINVAL, "$.body[0].size[0]", "integer"},
	{BODY("{\"text\":\"\xff\"}"), -EINVAL, "$.body[0].text", "UTF-8"},
	{BODY("{\"text\":\"\xed\xa0\x80\"}"), -EINVAL, "$.body[0].text", "UTF-8"},
	{BODY("{\"rule\":\"wavy\"}"), -EINVAL, "$.body[0].rule", "single, double, dashed"},
	{BODY("{\"rule\":\"single\",\"bold\":true}"), -EINVAL, "$.body[0].bold", "unknown"},
	{BODY("{\"pair\":[\"a\"]}"), -EINVAL, "$.body[0].pair", "two strings"},
	{BODY("{\"pair\":[\"a\",1]}"), -EINVAL, "$.body[0].pair[1]", "string"},
	{BODY("{\"pair\":[\"a\",\"b\"],\"align\":\"left\"}"), -EINVAL, "$.body[0].align",
		"unknown"},
	{BODY("{\"table\":[]}"), -EINVAL, "$.body[0].table", "object"},
	{BODY("{\"table\":{\"rows\":[]}}"), -EINVAL, "$.body[0].table.columns", "array"},
	{BODY("{\"table\":{\"columns\":[{}]}}"), -EINVAL, "$.body[0].table.rows", "array"},
	{BODY("{\"table\":{\"columns\":[],\"rows\":[]}}"), -EINVAL, "$.body[0].table.columns",
		"array"},
	{BODY("{\"table\":{\"columns\":[{\"w\":0}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].w", "from 1 to 255"},
	{BODY("{\"table\":{\"columns\":[{\"w\":\"101%\"}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].w", "per cent"},
	{BODY("{\"table\":{\"columns\":[{\"w\":\"%\"}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].w", "per cent"},
	{BODY("{\"table\":{\"columns\":[{\"w\":\"12px\"}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].w", "per cent"},
	{BODY("{\"table\":{\"columns\":[{\"w\":true}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].w", "per cent"},
	{BODY("{\"table\":{\"columns\":[{\"align\":\"x\"}],\"rows\":[]}}"), -EINVAL,
		"$.body[0].table.columns[0].align", "one of"},
	{BODY("{\"table\":{\"columns\":[{},{}],\"rows\":[[\"a\",\"b\"],[\"a\"]]}}"), -EINVAL,
		"$.body[0].table.rows[1]", "cover 2 columns"},
	{BODY("{\"table\":{\"columns\":[{}],\"rows\":[[\"a\"],[null]]}}"), -EINVAL,
		"$.body[0].table.rows[1][0]", "string"},
	{BODY("{\"table\":{\"columns\":[{}],\"rows\":[],\"wrap\":1}}"), -EINVAL,
		"$.body[0].table.wrap", "true or false"},
	{BODY("{\"table\":{\"columns\":[{}],\"rows\":[],\"border\":\"line\"}}"), -EINVAL,
		"$.body[0].table.border", "none, single, double"},
	{BODY("{\"feed\":1}"), -EINVAL, "$.body[0].feed", "object"},
	{BODY("{\"feed\":{\"lines\":0}}"), -EINVAL, "$.body[0].feed.lines", "from 1 to 255"},
	{BODY("{\"feed\":{\"lines\":256}}"), -EINVAL, "$.body[0].feed.lines", "from 1 to 255"},
	{BODY("{\"feed\":{\"lines\":1e300}}"), -EINVAL, "$.body[0].feed.lines", "from 1 to 255"},
	{BODY("{\"feed\":{\"dots\":3}}"), -EINVAL, "$.body[0].feed.dots", "unknown"},
	{BODY("{\"cut\":true}"), -EINVAL, "$.body[0].cut", "partial, full"},
	{BODY("{\"drawer\":{\"n\":3}}"), -EINVAL, "$.body[0].drawer.n", "from 1 to 2"},
	{BODY("{\"beep\":{\"times\":10}}"), -EINVAL, "$.body[0].beep.times", "from 1 to 9"},
	{BODY("{\"raw\":{}}"), -EINVAL, "$.body[0].raw.escpos_b64", "missing"},
	{BODY("{\"raw\":{\"escpos_b64\":\"?\"}}"), -EINVAL, "$.body[0].raw.escpos_b64", "base64"},
	{BODY("{\"text\":\"a\"},{\"text\":\"a\"},{\"text\":\"a\"},"
	      "{\"barcode\":{\"type\":\"ean8\",\"data\":\"1234567\",\"colour\":1}}"),
		-EINVAL, "$.body[3].barcode.colour", "unknown"},
	{BODY("{\"barcode\":{\"data\":\"1\"}}"), -EINVAL, "$.body[0].barcode.type", "missing"},
	{BODY("{\"barcode\":{\"type\":\"ean13\"}}"), -EINVAL, "$.body[0].barcode.data", "missing"},
	{BODY("{\"barcode\":{\"type\":\"ean13\",\"data\":4006381333931}}"), -EINVAL,
		"$.body[0].barcode.data", "must be a string"},
	{BODY("{\"barcode\":{\"type\":\"pdf417\",\"data\":\"1\"}}"), -EINVAL,
		"$.body[0].barcode.type", "one of: upca"},
	{BODY("{\"barcode\":{\"type\":\"itf\",\"data\":\"12\",\"height\":0}}"), -EINVAL,
		"$.body[0].barcode.height", "from 1 to 255"},
	{BODY("{\"barcode\":{\"type\":\"itf\",\"data\":\"12\",\"module\":7}}"), -EINVAL,
		"$.body[0].barcode.module", "from 2 to 6"},
	{BODY("{\"barcode\":{\"type\":\"itf\",\"data\":\"12\",\"hri\":\"left\"}}"), -EINVAL,
		"$.body[0].barcode.hri", "none, above, below, both"},
	{BODY("{\"barcode\":{\"type\":\"itf\",\"data\":\"12\",\"align\":\"left\"},\"align\":"
	      "\"left\"}"),
		-EINVAL, "$.body[0].barcode.align", "twice"},
	{BODY("{\"qr\":{}}"), -EINVAL, "$.body[0].qr.data", "missing"},
	{BODY("{\"qr\":{\"data\":\"\"}}"), -EINVAL, "$.body[0].qr.data", "empty"},
	{BODY("{\"qr\":{\"data\":\"a\xff\"}}"), -EINVAL, "$.body[0].qr.data", "UTF-8"},
	{BODY("{\"qr\":{\"data\":\"a\\u0010\\u0004\\u0001\"}}"), -EINVAL, "$.body[0].qr.data",
		"U+0010"},
	{BODY("{\"qr\":{\"data\":\"a\",\"ec\":\"x\"}}"), -EINVAL, "$.body[0].qr.ec", "l, m, q, h"},
	{BODY("{\"qr\":{\"data\":\"a\",\"module\":17}}"), -EINVAL, "$.body[0].qr.module",
		"from 1 to 16"},
	{BODY("{\"qr\":{\"data\":\"a\",\"module\":\"big\"}}"), -EINVAL, "$.body[0].qr.module",
		"auto"},
};

START_TEST(what_is_refused)
{
	refuse(refused[_i].text, refused[_i].err, refused[_i].path, refused[_i].part);
}
END_TEST

// Barcode data: source of the check digits: GS1 General Specifications, examples of its calculator.
static const struct {
	const char *type, *data;
	const char *kept; // NULL: refused, with
	const char *why;
} codes[] = {
	{"ean13", "4006381333931", "4006381333931", NULL},
	{"ean13", "400638133393", "4006381333931", NULL},
	{"ean13", "4006381333932", NULL, "wrong check digit: 2, computed 1"},
	{"ean13", "40063813339", NULL, "13 digits, or 12"},
	{"ean13", "40063813339x1", NULL, "13 digits, or 12"},
	{"ean8", "96385074", "96385074", NULL},
	{"ean8", "9638507", "96385074", NULL},
	{"ean8", "96385075", NULL, "wrong check digit"},
	{"upca", "036000291452", "036000291452", NULL},
	{"upca", "03600029145", "036000291452", NULL},
	{"upca", "036000291453", NULL, "wrong check digit"},
	{"upce", "425261", "04252614", NULL},
	{"upce", "0425261", "04252614", NULL},
	{"upce", "04252614", "04252614", NULL},
	{"upce", "04252615", NULL, "wrong check digit"},
	{"upce", "042100005264", "04252614", NULL},
	{"upce", "04210000526", "04252614", NULL},
	{"upce", "01234565", "01234565", NULL}, // = 012345000058... by pattern 5
	{"upce", "0120033", "01200334", NULL},	// of two forms, the one that was given
	{"upce", "123456789", NULL, "6, 7, 8, 11 or 12"},
	{"upce", "1425261", NULL, "number system 0"},
	{"upce", "012345678905", NULL, "no UPC-E form"},
	{"code39", "ABC-123 $%+./", "ABC-123 $%+./", NULL},
	{"code39", "abc", NULL, "capital letters"},
	{"code39", "A*B", NULL, "capital letters"},
	{"code39", "", NULL, "1 to 255"},
	{"itf", "1234", "1234", NULL},
	{"itf", "123", NULL, "even number"},
	{"itf", "12a4", NULL, "even number"},
	{"itf", "", NULL, "1 to 255"},
	{"codabar", "A1234B", "A1234B", NULL},
	{"codabar", "1234", "A1234A", NULL},
	{"codabar", "A1234", NULL, "between A to D"},
	{"codabar", "AB", NULL, "between A to D"},
	{"codabar", "", NULL, "between A to D"},
	{"code128", "No.{123}", "No.{123}", NULL},
	{"code128", "", NULL, "1 to 255"},
	{"code128", "caf\xc3\xa9", NULL, "ASCII only"},
	{"code128", "a\\u0010\\u0004", NULL, "ASCII only"},
	{"code128", "a\\t", "a\t", NULL},
};

START_TEST(barcode_data)
{
	char text[256];

	snprintf(text, sizeof text, BODY("{\"barcode\":{\"type\":\"%s\",\"data\":\"%s\"}}"),
		codes[_i].type, codes[_i].data);
	if (!codes[_i].kept) {
		refuse(text, -EINVAL, "$.body[0].barcode.data", codes[_i].why);
		return;
	}
	struct ph_receipt *receipt = accept(text);
	ck_assert_str_eq(receipt->nodes[0].barcode->data, codes[_i].kept);
	ck_assert_uint_eq(receipt->nodes[0].barcode->len, strlen(codes[_i].kept));
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(every_node_arrives)
{
	struct ph_receipt *receipt = accept(
		"{\"v\":1,\"defaults\":{\"font\":\"b\",\"align\":\"right\"},\"body\":["
		"{\"text\":\"a\",\"size\":[2,8],\"bold\":true,\"font\":\"a\"},"
		"{\"text\":[{\"t\":\"x\"},{\"t\":\"y\",\"invert\":true}],\"underline\":true,"
		"\"align\":\"center\"},"
		"{\"rule\":\"double\"},{\"pair\":[\"l\",\"r\"]},"
		"{\"table\":{\"columns\":[{\"w\":\"*\"},{\"w\":4,\"align\":\"right\"},{\"w\":\"30%"
		"\"}],"
		"\"rows\":[[\"a\",\"b\",\"c\"],[\"d\",\"e\",\"f\"]],\"wrap\":false}},"
		"{\"barcode\":{\"type\":\"code39\",\"data\":\"A\",\"height\":99,\"module\":2,"
		"\"hri\":\"none\",\"align\":\"center\"}},"
		"{\"qr\":{\"data\":\"hello\",\"ec\":\"h\",\"module\":7}},{\"qr\":{\"data\":\"x\","
		"\"module\":\"auto\"},\"align\":\"left\"},"
		"{\"feed\":{\"lines\":3}},{\"feed\":{}},{\"cut\":\"full\"},{\"drawer\":{\"n\":2}},"
		"{\"beep\":{\"times\":4}}]}");
	const struct ph_receipt_node *n = receipt->nodes;

	ck_assert_uint_eq(receipt->node_count, 13);
	ck_assert(!receipt->needs_directio);
	ck_assert_uint_eq(n[0].text.count, 1);
	ck_assert_uint_eq(n[0].text.runs[0].style,
		PH_STYLE_BOLD | 1 << PH_STYLE_WIDTH_SHIFT | 7 << PH_STYLE_HEIGHT_SHIFT);
	ck_assert_int_eq(n[0].align, PH_ALIGN_RIGHT);
	ck_assert_uint_eq(n[1].text.count, 2);
	ck_assert_uint_eq(n[1].text.runs[0].style, PH_STYLE_UNDERLINE | PH_STYLE_FONT_B);
	ck_assert_uint_eq(
		n[1].text.runs[1].style, PH_STYLE_UNDERLINE | PH_STYLE_FONT_B | PH_STYLE_INVERT);
	ck_assert_int_eq(n[1].align, PH_ALIGN_CENTER);
	ck_assert_int_eq(n[2].rule, PH_RULE_DOUBLE);
	ck_assert_mem_eq(n[3].pair[1].data, "r", 1);
	ck_assert_uint_eq(n[3].pair[0].style, PH_STYLE_FONT_B);
	ck_assert_uint_eq(n[4].table.column_count, 3);
	ck_assert_uint_eq(n[4].table.row_count, 2);
	ck_assert(!n[4].table.wrap);
	ck_assert_int_eq(n[4].table.columns[0].kind, PH_WIDTH_SHARE);
	ck_assert_int_eq(n[4].table.columns[1].kind, PH_WIDTH_CELLS);
	ck_assert_uint_eq(n[4].table.columns[1].value, 4);
	ck_assert_int_eq(n[4].table.columns[1].align, PH_ALIGN_RIGHT);
	ck_assert_int_eq(n[4].table.columns[2].kind, PH_WIDTH_PERCENT);
	ck_assert_uint_eq(n[4].table.columns[2].value, 30);
	ck_assert_mem_eq(n[4].table.cells[5].runs->data, "f", 1);
	ck_assert_uint_eq(n[5].barcode->height, 99);
	ck_assert_uint_eq(n[5].barcode->module, 2);
	ck_assert_int_eq(n[5].barcode->hri, PH_HRI_NONE);
	ck_assert_int_eq(n[5].align, PH_ALIGN_CENTER);
	ck_assert_int_eq(n[6].qr->ec, PH_QR_H);
	ck_assert_uint_eq(n[6].qr->module, 7);
	ck_assert_uint_eq(n[6].qr->version, 1);
	ck_assert_int_eq(n[6].align, PH_ALIGN_RIGHT);
	ck_assert_uint_eq(n[7].qr->module, 0);
	ck_assert_int_eq(n[7].align, PH_ALIGN_LEFT);
	ck_assert_uint_eq(n[8].feed_lines, 3);
	ck_assert_uint_eq(n[9].feed_lines, 1);
	ck_assert_int_eq(n[10].cut, PH_CUT_FULL);
	ck_assert_uint_eq(n[11].drawer, 2);
	ck_assert_uint_eq(n[12].beeps, 4);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(raw_bytes_ask_for_the_grant)
{
	struct ph_receipt *receipt = accept("{\"raw_b64\":\"G0A=\"}");
	ck_assert(receipt->needs_directio);
	ck_assert_int_eq(receipt->nodes[0].kind, PH_NODE_RAW);
	ck_assert_uint_eq(receipt->nodes[0].raw.len, 2);
	ck_assert_mem_eq(receipt->nodes[0].raw.data, "\x1b@", 2);
	ph_receipt_free(receipt);
	receipt = accept(BODY("{\"raw\":{\"escpos_b64\":\"G0A=\"}}"));
	ck_assert(receipt->needs_directio);
	ph_receipt_free(receipt);
	receipt = accept("{\"text\":\"a\",\"v\":1,\"defaults\":{\"bold\":true}}");
	ck_assert(!receipt->needs_directio);
	ck_assert_uint_eq(receipt->nodes[0].text.runs[0].style, PH_STYLE_BOLD);
	ph_receipt_free(receipt);
}
END_TEST

static void check_text(const char *json, const char *expected, unsigned cells)
{
	char text[256];

	snprintf(text, sizeof text, BODY("{\"text\":\"%s\"}"), json);
	struct ph_receipt *receipt = accept(text);
	const struct ph_text *run = receipt->nodes[0].text.runs;
	ck_assert_uint_eq(run->len, strlen(expected));
	ck_assert_mem_eq(run->data, expected, run->len);
	if (!run->broken)
		ck_assert_uint_eq(run->cells, cells);
	ph_receipt_free(receipt);
}

START_TEST(text_is_cleaned_and_measured)
{
	check_text("plain", "plain", 5);
	check_text("caf\xc3\xa9", "caf\xc3\xa9", 4);
	check_text("cafe\\u0301", "caf\xc3\xa9", 4); // composed
	check_text("x\\u0301y", "x\xcc\x81y", 2);    // no such letter: the mark stays
	check_text("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4); // wide
	check_text("a\\u001b@\\u0007b\\u007f\\u0085", "a@b", 3);
	check_text("a\\r\\nb\\rc\\n", "a\nb\nc\n", 0);
	check_text("a\\u2028b", "a\nb", 0);
	check_text("1\\u202f234",
		"1\xc2\xa0"
		"234",
		5);
	check_text("so\\u00adft\\ufeff\\u202e\\u200e\\u200d", "soft", 4);
	check_text("a\\u2003b", "a b", 3);
}
END_TEST

START_TEST(dropped_controls_are_on_record)
{
	struct ph_receipt *receipt =
		accept(BODY("{\"text\":\"a\"},{\"text\":[{\"t\":\"x\"},{\"t\":\"\\u001b@\"}]}"));
	char path[64];

	ck_assert_uint_eq(receipt->dropped_count, 1);
	ck_assert_uint_eq(receipt->dropped[0].cp, 0x1b);
	ck_assert_str_eq(ph_receipt_path(receipt, receipt->dropped[0].at, path, sizeof path),
		"$.body[1].text[1]");
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(paths_name_places)
{
	struct ph_receipt *receipt =
		accept(BODY("{\"text\":\"a\"},{\"pair\":[\"a\",\"b\"]},"
			    "{\"table\":{\"columns\":[{},{}],\"rows\":[[\"a\",\"b\"],"
			    "[\"a\",\"b\"]]}},{\"cut\":\"full\"}"));
	char path[64];

	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(0, 0), path, 64), "$.body[0].text");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(1, 1), path, 64), "$.body[1].pair[1]");
	ck_assert_str_eq(
		ph_receipt_path(receipt, PH_AT(2, 17), path, 64), "$.body[2].table.rows[1][1]");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(3, 0), path, 64), "$.body[3].cut");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(9, 0), path, 64), "$");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT_NONE, path, 64), "$");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(3, 0), path, 5), "$.bo");
	ph_receipt_free(receipt);
}
END_TEST

// `unit` `count` times between head and tail, separated by commas.
static char *repeat(const char *head, const char *unit, size_t count, const char *tail)
{
	char *text = malloc(strlen(head) + (strlen(unit) + 1) * count + strlen(tail) + 1);
	char *at = stpcpy(text, head);

	for (size_t i = 0; i < count; i++) {
		if (i && unit[1])
			*at++ = ',';
		at = stpcpy(at, unit);
	}
	strcpy(at, tail);
	return text;
}

static void check_limit(const char *head, const char *unit, size_t most, const char *tail,
	const char *path, const char *part)
{
	char *text = repeat(head, unit, most, tail);
	ph_receipt_free(accept(text));
	free(text);
	text = repeat(head, unit, most + 1, tail);
	refuse(text, -E2BIG, path, part);
	free(text);
}

START_TEST(limits_hold)
{
	check_limit("{\"body\":[", "{\"cut\":\"full\"}", PH_RECEIPT_NODES_MAX, "]}", "$.body",
		"4096 nodes");
	check_limit("{\"text\":\"", "x", PH_RECEIPT_TEXT_MAX, "\"}", "$.text", "262144 bytes");
	check_limit("{\"body\":[{\"text\":[", "{\"t\":\"x\"}", PH_RECEIPT_RUNS_MAX, "]}]}",
		"$.body[0].text", "256 runs");
	check_limit("{\"body\":[{\"table\":{\"rows\":[],\"columns\":[", "{}",
		PH_RECEIPT_COLUMNS_MAX, "]}}]}", "$.body[0].table.columns", "16 columns");
	check_limit("{\"body\":[{\"table\":{\"columns\":[{}],\"rows\":[", "[\"x\"]",
		PH_RECEIPT_ROWS_MAX, "]}}]}", "$.body[0].table.rows", "2048 rows");
	check_limit("{\"body\":[{\"qr\":{\"ec\":\"l\",\"data\":\"", "x", PH_RECEIPT_QR_MAX,
		"\"}}]}", "$.body[0].qr.data", "too many");
	check_limit("{\"body\":[{\"qr\":{\"ec\":\"h\",\"data\":\"", "x", 1273, "\"}}]}",
		"$.body[0].qr.data", "too many");
}
END_TEST

START_TEST(raw_limit_holds)
{
	// 65536 bytes are 87382 characters with one sign of padding twice
	const size_t quads = PH_RECEIPT_RAW_MAX / 3;
	char *text = malloc(quads * 4 + 64);

	char *at = stpcpy(text, "{\"raw_b64\":\"");
	memset(at, 'A', quads * 4);
	strcpy(at + quads * 4, "AA==\"}"); // 65535 + 1
	ph_receipt_free(accept(text));
	strcpy(at + quads * 4, "AAA=\"}"); // 65535 + 2
	refuse(text, -E2BIG, "$.raw_b64", "65536 bytes");
	free(text);
}
END_TEST

START_TEST(long_names_do_not_break_the_path)
{
	char name[400], text[600];
	struct ph_receipt *receipt;
	struct ph_receipt_error error;

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = 0;
	for (size_t i = 0; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	snprintf(text, sizeof text, "{\"body\":[{\"%s\":1}]}", name);
	ck_assert_int_eq(parse(text, &receipt, &error), -EINVAL);
	ck_assert_uint_lt(strlen(error.path), sizeof error.path);
	const size_t len = strlen(error.path);
	ck_assert_mem_eq(error.path + len - 2, "\xc3\xa9", 2); // whole characters
}
END_TEST

START_TEST(qr_versions)
{
	// ISO/IEC 18004 table 7, byte mode
	ck_assert_uint_eq(ph_qr_version(17, PH_QR_L), 1);
	ck_assert_uint_eq(ph_qr_version(18, PH_QR_L), 2);
	ck_assert_uint_eq(ph_qr_version(14, PH_QR_M), 1);
	ck_assert_uint_eq(ph_qr_version(62, PH_QR_M), 4);
	ck_assert_uint_eq(ph_qr_version(63, PH_QR_M), 5);
	ck_assert_uint_eq(ph_qr_version(1663, PH_QR_Q), 40);
	ck_assert_uint_eq(ph_qr_version(1664, PH_QR_Q), 0);
	ck_assert_uint_eq(ph_qr_version(2953, PH_QR_L), 40);
	ck_assert_uint_eq(ph_qr_modules(1), 21);
	ck_assert_uint_eq(ph_qr_modules(40), 177);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("receipt_parse");
	TCase *tests = tcase_create("parse");

	tcase_add_loop_test(tests, what_is_refused, 0, sizeof refused / sizeof refused[0]);
	tcase_add_loop_test(tests, barcode_data, 0, sizeof codes / sizeof codes[0]);
	tcase_add_test(tests, every_node_arrives);
	tcase_add_test(tests, raw_bytes_ask_for_the_grant);
	tcase_add_test(tests, text_is_cleaned_and_measured);
	tcase_add_test(tests, dropped_controls_are_on_record);
	tcase_add_test(tests, paths_name_places);
	tcase_add_test(tests, limits_hold);
	tcase_add_test(tests, raw_limit_holds);
	tcase_add_test(tests, long_names_do_not_break_the_path);
	tcase_add_test(tests, qr_versions);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
