// Boxes, pages, images, 2-D codes, GS1 and spans: what is accepted, and where and why not.
#include "tests/protocols/receipt_help.h"

#include <errno.h>

// Made by hand with zlib: 8x4 white; 40000x40000; a size that does not match the checksum; cut in the
// header; 0 wide; 1x8193. JPEG: 640x200 baseline; lossless; cut in the frame header.
#define PNG_8X4                                                                                    \
	"iVBORw0KGgoAAAANSUhEUgAAAAgAAAAEAQAAAACbtkNdAAAAC0lEQVR4nGNggAAAAAgAAbdYc5UAAAAASUVORK5"  \
	"CYII="
#define PNG_GIGA                                                                                   \
	"iVBORw0KGgoAAAANSUhEUgAAnEAAAJxAAQAAAAB5dzOoAAAAC0lEQVR4nGNgQAUAABAAATm9j2UAAAAASUVORK5"  \
	"CYII="
#define PNG_CRC                                                                                    \
	"iVBORw0KGgoAAAANSUhEUgAAAAkAAAAEAQAAAACbtkNdAAAAC0lEQVR4nGNggAAAAAgAAbdYc5UAAAAASUVORK5"  \
	"CYII="
#define PNG_CUT "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAEAQAAAA=="
#define PNG_ZERO                                                                                   \
	"iVBORw0KGgoAAAANSUhEUgAAAAAAAAAEAQAAAACIYQOpAAAACElEQVR4nAMAAAAAAUgGidIAAAAASUVORK5CYII="
#define PNG_TALL                                                                                   \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAACABAQAAAAD408C4AAAAC0lEQVR4nGNgQAUAABAAATm9j2UAAAAASUVORK5"  \
	"CYII="
#define JPEG		     "/9j/4AAQSkZJRgABAQAAAQABAAD//8AACwgAyAKAAQERAP/aAAgBAQAAPwA="
#define JPEG_LOSSLESS	     "/9j/4AAQSkZJRgABAQAAAQABAAD//8MACwgAFABAAQERAP/aAAgBAQAAPwA="
#define JPEG_CUT	     "/9j/4AAQSkZJRgABAQAAAQABAAD//8AA"

#define IN_BOX(nodes)	     "{\"box\":{\"body\":[" nodes "]}}"
#define IN_AREA(nodes)	     "{\"page\":{\"body\":[{\"area\":{\"body\":[" nodes "]}}]}}"
#define IMAGE(data, members) "{\"image\":{\"data_b64\":\"" data "\"" members "}}"
#define ROW(cells)	     "{\"table\":{\"columns\":[{},{},{}],\"rows\":[[\"a\",\"b\",\"c\"],[" cells "]]}}"
#define CODE(type, members)  "{\"code2d\":{\"type\":\"" type "\"," members "}}"

static const struct {
	const char *text;
	int err;
	const char *path, *part;
} refused[] = {
	// attributes
	{BODY("{\"text\":\"a\",\"underline\":\"thin\"}"), -EINVAL, "$.body[0].underline", "thick"},
	{BODY("{\"text\":\"a\",\"color\":\"blue\"}"), -EINVAL, "$.body[0].color", "black, red"},
	{BODY("{\"text\":\"a\",\"italic\":1}"), -EINVAL, "$.body[0].italic", "true or false"},
	{BODY("{\"text\":\"a\",\"upside_down\":1}"), -EINVAL, "$.body[0].upside_down",
		"true or false"},
	{BODY("{\"pair\":[\"a\",\"b\"],\"rotate\":true}"), -EINVAL, "$.body[0].rotate", "unknown"},
	{BODY("{\"text\":[{\"t\":\"a\",\"upside_down\":true}]}"), -EINVAL,
		"$.body[0].text[0].upside_down", "unknown"},
	{"{\"text\":\"a\",\"defaults\":{\"rotate\":true}}", -EINVAL, "$.defaults.rotate",
		"unknown"},
	{"{\"image_b64\":\"" PNG_8X4 "\",\"defaults\":{}}", -EINVAL, "$.defaults", "unknown"},
	{BODY("{\"rule\":\"single\",\"align\":\"left\"}"), -EINVAL, "$.body[0].align", "unknown"},
	// cells and spans
	{BODY(ROW("\"a\",\"b\"")), -EINVAL, "$.body[0].table.rows[1]", "cover 3 columns"},
	{BODY(ROW("\"a\",\"b\",\"c\",\"d\"")), -EINVAL, "$.body[0].table.rows[1]",
		"cover 3 columns"},
	{BODY(ROW("\"a\",\"b\",{\"text\":\"c\",\"span\":2}")), -EINVAL, "$.body[0].table.rows[1]",
		"cover 3 columns"},
	{BODY(ROW("{\"text\":\"c\",\"span\":0}")), -EINVAL, "$.body[0].table.rows[1][0].span",
		"from 1 to 16"},
	{BODY(ROW("{\"text\":\"c\",\"span\":2},{\"text\":[{\"t\":1}]}")), -EINVAL,
		"$.body[0].table.rows[1][1].text[0].t", "string"},
	{BODY(ROW("{\"span\":2}")), -EINVAL, "$.body[0].table.rows[1][0].text", "missing"},
	{BODY(ROW("{\"text\":\"a\",\"colour\":1}")), -EINVAL, "$.body[0].table.rows[1][0].colour",
		"unknown"},
	{BODY(ROW("{\"text\":\"a\",\"rotate\":true}")), -EINVAL,
		"$.body[0].table.rows[1][0].rotate", "unknown"},
	{BODY(ROW("{\"table\":{\"columns\":[{}],\"rows\":[]}}")), -EINVAL,
		"$.body[0].table.rows[1][0].table", "unknown"},
	{BODY(ROW("[\"a\"]")), -EINVAL, "$.body[0].table.rows[1][0]", "object with text"},
	{BODY("{\"table\":{\"columns\":[{}],\"rows\":[],\"row_rules\":1}}"), -EINVAL,
		"$.body[0].table.row_rules", "true or false"},
	// boxes
	{BODY("{\"box\":{}}"), -EINVAL, "$.body[0].box.body", "missing"},
	{BODY("{\"box\":{\"body\":{}}}"), -EINVAL, "$.body[0].box.body", "array"},
	{BODY("{\"box\":{\"body\":[],\"border\":\"thick\"}}"), -EINVAL, "$.body[0].box.border",
		"none, single, double"},
	{BODY("{\"box\":{\"body\":[],\"padding\":17}}"), -EINVAL, "$.body[0].box.padding",
		"from 0 to 16"},
	{BODY("{\"box\":{\"body\":[],\"width\":\"*\"}}"), -EINVAL, "$.body[0].box.width",
		"per cent"},
	{BODY("{\"box\":{\"body\":[],\"width\":\"0%\"}}"), -EINVAL, "$.body[0].box.width",
		"per cent"},
	{BODY("{\"cut\":\"full\"}," IN_BOX("{\"text\":\"a\"},{\"text\":\"b\",\"blod\":1}")),
		-EINVAL, "$.body[1].box.body[1].blod", "unknown"},
	{BODY(IN_BOX("{\"cut\":\"full\"}")), -EINVAL, "$.body[0].box.body[0].cut",
		"cannot stand in a box"},
	{BODY(IN_BOX("{\"qr\":{\"data\":\"a\"}}")), -EINVAL, "$.body[0].box.body[0].qr",
		"cannot stand in a box"},
	{BODY(IN_BOX("{\"text\":\"a\",\"upside_down\":true}")), -EINVAL,
		"$.body[0].box.body[0].upside_down", "not possible in a box"},
	{BODY(IN_BOX(ROW("\"a\",\"b\",1"))), -EINVAL, "$.body[0].box.body[0].table.rows[1][2]",
		"string"},
	{BODY(IN_BOX(IN_BOX(IN_BOX(IN_BOX(IN_BOX("")))))), -E2BIG,
		"$.body[0].box.body[0].box.body[0].box.body[0].box.body[0].box", "4 boxes"},
	// pages
	{BODY("{\"page\":{}}"), -EINVAL, "$.body[0].page.body", "missing"},
	{BODY("{\"page\":{\"body\":[]}}"), -EINVAL, "$.body[0].page.body",
		"array of 1 to 16 areas"},
	{BODY("{\"page\":{\"body\":[{\"text\":\"a\"}]}}"), -EINVAL, "$.body[0].page.body[0].text",
		"unknown"},
	{BODY("{\"page\":{\"body\":[{}]}}"), -EINVAL, "$.body[0].page.body[0].area", "missing"},
	{BODY("{\"page\":{\"body\":[{\"area\":{}}]}}"), -EINVAL, "$.body[0].page.body[0].area.body",
		"missing"},
	{BODY("{\"page\":{\"height\":201,\"body\":[]}}"), -EINVAL, "$.body[0].page.height",
		"from 1 to 200"},
	{BODY("{\"page\":{\"body\":[{\"area\":{\"direction\":\"up\",\"body\":[]}}]}}"), -EINVAL,
		"$.body[0].page.body[0].area.height", "is needed"},
	{BODY(IN_AREA("{\"text\":\"a\"},{\"drawer\":{}}")), -EINVAL,
		"$.body[0].page.body[0].area.body[1].drawer", "cannot stand in an area"},
	{BODY(IN_AREA(IN_AREA(""))), -EINVAL, "$.body[0].page.body[0].area.body[0].page",
		"cannot stand in an area"},
	{BODY(IN_AREA(IN_BOX(IN_BOX(IN_BOX(""))))), -E2BIG,
		"$.body[0].page.body[0].area.body[0].box.body[0].box.body[0].box", "4 boxes"},
	{BODY(IN_AREA(IN_BOX("{\"pair\":[\"a\",1]}"))), -EINVAL,
		"$.body[0].page.body[0].area.body[0].box.body[0].pair[1]", "string"},
	// images
	{BODY(IMAGE(PNG_GIGA, "")), -E2BIG, "$.body[0].image.data_b64", "40000 x 40000 pixels"},
	{BODY(IMAGE(PNG_CRC, "")), -EINVAL, "$.body[0].image.data_b64", "header of the PNG"},
	{BODY(IMAGE(PNG_CUT, "")), -EINVAL, "$.body[0].image.data_b64", "header of the PNG"},
	{BODY(IMAGE(PNG_ZERO, "")), -EINVAL, "$.body[0].image.data_b64", "header of the PNG"},
	{BODY(IMAGE(JPEG_CUT, "")), -EINVAL, "$.body[0].image.data_b64", "header of the JPEG"},
	{BODY(IMAGE(JPEG_LOSSLESS, "")), -EINVAL, "$.body[0].image.data_b64", "header of the JPEG"},
	{BODY(IMAGE("R0lGODlhAQABAA==", "")), -EINVAL, "$.body[0].image.data_b64",
		"neither a PNG nor a JPEG"},
	{BODY(IMAGE("????", "")), -EINVAL, "$.body[0].image.data_b64", "base64"},
	{BODY(IMAGE(PNG_8X4, ",\"dither\":\"random\"")), -EINVAL, "$.body[0].image.dither",
		"floyd_steinberg"},
	{BODY(IMAGE(PNG_8X4, ",\"threshold\":0")), -EINVAL, "$.body[0].image.threshold",
		"from 1 to 255"},
	{BODY(IMAGE(PNG_8X4, ",\"width\":\"101%\"")), -EINVAL, "$.body[0].image.width", "per cent"},
	{BODY(IMAGE(PNG_8X4, ",\"store\":1")), -EINVAL, "$.body[0].image.store", "true or false"},
	{"{\"pdf_b64\":\"JVBERQ==\"}", -EINVAL, "$.pdf_b64", "not a PDF"},
	// raw
	{BODY("{\"raw\":{\"escpos_b64\":\"AA==\",\"star_b64\":\"AA==\"}}"), -EINVAL,
		"$.body[0].raw.star_b64", "one kind of printer"},
	// 2-D codes
	{BODY("{\"code2d\":{\"data\":\"a\"}}"), -EINVAL, "$.body[0].code2d.type", "missing"},
	{BODY(CODE("dotcode", "\"data\":\"a\"")), -EINVAL, "$.body[0].code2d.type", "pdf417"},
	{BODY(CODE("aztec", "\"ec\":1")), -EINVAL, "$.body[0].code2d.data", "missing"},
	{BODY(CODE("aztec", "\"data\":\"a\",\"ec\":4")), -EINVAL, "$.body[0].code2d.ec",
		"from 5 to 95"},
	{BODY(CODE("aztec", "\"data\":\"a\",\"columns\":4")), -EINVAL, "$.body[0].code2d.columns",
		"not a member of type aztec"},
	{BODY(CODE("aztec", "\"data\":\"a\",\"compact\":true,\"layers\":5")), -EINVAL,
		"$.body[0].code2d.layers", "at most 4"},
	{BODY(CODE("pdf417", "\"data\":\"a\",\"rows\":2")), -EINVAL, "$.body[0].code2d.rows",
		"from 3 to 90"},
	{BODY(CODE("pdf417", "\"data\":\"a\\u0010b\"")), -EINVAL, "$.body[0].code2d.data", "DLE"},
	{BODY(CODE("datamatrix", "\"data\":\"\"")), -EINVAL, "$.body[0].code2d.data", "empty"},
	{BODY(CODE("maxicode", "\"data\":\"a\",\"mode\":1")), -EINVAL, "$.body[0].code2d.mode",
		"from 2 to 6"},
	{BODY(CODE("databar_stacked", "\"data\":\"123\"")), -EINVAL, "$.body[0].code2d.data",
		"14 digits"},
	{BODY(CODE("composite", "\"data\":\"(10)A\"")), -EINVAL, "$.body[0].code2d.linear",
		"missing"},
	{BODY(CODE(
		 "composite", "\"data\":\"(10)A\",\"linear\":{\"type\":\"itf\",\"data\":\"12\"}")),
		-EINVAL, "$.body[0].code2d.linear.type", "no composite form"},
	{BODY(CODE("composite",
		 "\"data\":\"(10)A\",\"linear\":{\"type\":\"ean13\",\"data\":\"12\"}")),
		-EINVAL, "$.body[0].code2d.linear.data", "13 digits"},
	{BODY(CODE("composite",
		 "\"data\":\"AB\",\"linear\":{\"type\":\"ean8\",\"data\":\"96385074\"}")),
		-EINVAL, "$.body[0].code2d.data", "elements such as"},
};

START_TEST(what_is_refused)
{
	refuse(refused[_i].text, refused[_i].err, refused[_i].path, refused[_i].part);
}
END_TEST

// Numbers and check digits of the examples in the GS1 General Specifications.
static const struct {
	const char *type, *data, *kept, *why;
} codes[] = {
	{"code93", "Code 93!", "Code 93!", NULL},
	{"gs1_128", "(01)04006381333931(10)AB-12", "(01)04006381333931(10)AB-12", NULL},
	{"gs1_128", "(00)340123450000000001(3103)000123", NULL, "(00): wrong check digit"},
	{"gs1_128", "(01)04006381333932", NULL, "(01): wrong check digit"},
	{"gs1_128", "(01)4006381333931", NULL, "(01): too short"},
	{"gs1_128", "(11)2x0101", NULL, "(11): not digits"},
	{"gs1_128", "(3103)000123(15)261231", "(3103)000123(15)261231", NULL},
	{"gs1_128", "(3103)0123", NULL, "(3103): too short"},
	{"gs1_128", "0104006381333931", NULL, "elements such as"},
	{"gs1_128", "(0)1", NULL, "elements such as"},
	{"gs1_128", "(01234)1", NULL, "elements such as"},
	{"gs1_128", "(05)1", NULL, "(05) is no application identifier"},
	{"gs1_128", "(10)caf\xc3\xa9", NULL, "(10): character not allowed"},
	{"gs1_128", "(17)251301", NULL, "(17): no date"},
	{"gs1_128", "(4399)1", "(4399)1", NULL}, // not assigned
	{"gs1_128", "(10)A(B)C", NULL, "elements such as"},
	{"gs1_128", "(10)", NULL, "(10): too short"},
	{"gs1_128", "", NULL, "empty"},
	{"databar", "2001234567890", "20012345678909", NULL},
	{"databar", "20012345678909", "20012345678909", NULL},
	{"databar", "20012345678900", NULL, "wrong check digit"},
	{"databar_truncated", "0401234567890", "04012345678901", NULL},
	{"databar_limited", "1501234567890", "15012345678907", NULL},
	{"databar_limited", "2001234567890", NULL, "begin with 0 or 1"},
	{"databar_expanded", "(01)98898765432106(3202)012345(15)991231",
		"(01)98898765432106(3202)012345(15)991231", NULL},
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

START_TEST(long_element_strings)
{
	refuse(BODY("{\"barcode\":{\"type\":\"gs1_128\",\"data\":\"(10)12345678901234567890"
		    "(21)12345678901234567890(240)1234\"}}"),
		-E2BIG, "$.body[0].barcode.data", "51 characters, at most 48");
}
END_TEST

START_TEST(styles)
{
	struct ph_receipt *receipt =
		accept(BODY("{\"text\":\"a\",\"underline\":\"thick\",\"italic\":true,\"strike\":"
			    "true,\"color\":\"red\",\"font\":\"c\",\"rotate\":true,\"upside_down\":"
			    "true},{\"text\":[{\"t\":\"a\",\"rotate\":true}],\"underline\":true},"
			    "{\"rule\":\"thick\",\"color\":\"red\"}"));
	const struct ph_receipt_node *n = receipt->nodes;

	ck_assert_uint_eq(n[0].text.runs->style,
		PH_STYLE_UNDERLINE | PH_STYLE_THICK | PH_STYLE_ITALIC | PH_STYLE_STRIKE |
			PH_STYLE_RED | PH_STYLE_FONT_C | PH_STYLE_ROTATE);
	ck_assert(n[0].upside_down);
	ck_assert_uint_eq(n[1].text.runs->style, PH_STYLE_UNDERLINE | PH_STYLE_ROTATE);
	ck_assert(!n[1].upside_down);
	ck_assert_int_eq(n[2].rule, PH_RULE_THICK);
	ck_assert_uint_eq(n[2].style, PH_STYLE_RED);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(images)
{
	struct ph_receipt *receipt = accept(BODY(IMAGE(PNG_8X4, "") "," IMAGE(JPEG,
		",\"width\":\"60%\",\"align\":\"center\",\"dither\":\"fs\",\"threshold\":99,"
		"\"store\":true") "," IMAGE(PNG_8X4, ",\"width\":12,\"dither\":\"atkinson\"")));
	const struct ph_receipt_node *n = receipt->nodes;

	ck_assert_int_eq(n[0].image->format, PH_IMAGE_PNG);
	ck_assert_uint_eq(n[0].image->pixel_width, 8);
	ck_assert_uint_eq(n[0].image->pixel_height, 4);
	ck_assert_int_eq(n[0].image->width_kind, PH_WIDTH_SHARE);
	ck_assert_int_eq(n[0].image->dither, PH_DITHER_AUTO);
	ck_assert_uint_eq(n[0].image->threshold, 128);
	ck_assert(!n[0].image->store);
	ck_assert_mem_eq(n[0].image->data, "\x89PNG", 4);
	ck_assert_int_eq(n[1].image->format, PH_IMAGE_JPEG);
	ck_assert_uint_eq(n[1].image->pixel_width, 640);
	ck_assert_uint_eq(n[1].image->pixel_height, 200);
	ck_assert_int_eq(n[1].image->width_kind, PH_WIDTH_PERCENT);
	ck_assert_uint_eq(n[1].image->width, 60);
	ck_assert_int_eq(n[1].align, PH_ALIGN_CENTER);
	ck_assert_int_eq(n[1].image->dither, PH_DITHER_FLOYD_STEINBERG);
	ck_assert_uint_eq(n[1].image->threshold, 99);
	ck_assert(n[1].image->store);
	ck_assert_int_eq(n[2].image->width_kind, PH_WIDTH_CELLS);
	ck_assert_uint_eq(n[2].image->width, 12);
	ck_assert_int_eq(n[2].image->dither, PH_DITHER_ATKINSON);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(other_forms)
{
	struct ph_receipt *receipt = accept("{\"image_b64\":\"" PNG_8X4 "\"}");
	char path[64];

	ck_assert_int_eq(receipt->form, PH_RECEIPT_IMAGE);
	ck_assert_int_eq(receipt->nodes[0].kind, PH_NODE_IMAGE);
	ck_assert_uint_eq(receipt->nodes[0].image->pixel_width, 8);
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(0, 0), path, 64), "$.image_b64");
	ph_receipt_free(receipt);
	receipt = accept("{\"pdf_b64\":\"JVBERi0xLjcK\"}");
	ck_assert_int_eq(receipt->form, PH_RECEIPT_PDF);
	ck_assert_uint_eq(receipt->node_count, 0);
	ck_assert_uint_eq(receipt->pdf_len, 9);
	ck_assert_mem_eq(receipt->pdf, "%PDF-1.7\n", 9);
	ph_receipt_free(receipt);
	receipt = accept(BODY("{\"raw\":{\"star_b64\":\"G0A=\"}}"));
	ck_assert(receipt->nodes[0].raw.star);
	ck_assert(receipt->needs_directio);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(codes_2d)
{
	struct ph_receipt *receipt = accept(BODY(CODE("pdf417",
		"\"data\":\"a\",\"ec\":8,\"columns\":30,\"rows\":90,\"truncated\":"
		"true,\"module\":5,\"align\":\"right\"") "," CODE("pdf417",
		"\"data\":\"a\",\"ec\":\"auto\",\"module\":\"auto\"") "," CODE("aztec",
		"\"data\":\"caf\xc3\xa9\",\"ec\":23,\"layers\":4,\"compact\":true") "," CODE("datam"
											     "atri"
											     "x",
		"\"data\":\"a\",\"rectangle\":true") "," CODE("maxicode",
		"\"data\":\"a\",\"mode\":5") "," CODE("maxicode",
		"\"data\":\"a\"") "," CODE("databar_stacked",
		"\"data\":\"2001234567890\"") "," CODE("databar_expanded_stacked",
		"\"data\":\"(10)A\"") "," CODE("composite",
		"\"data\":\"(10)A\",\"linear\":{\"type\":\"ean13\","
		"\"data\":\"400638133393\"}")));
	const struct ph_receipt_node *n = receipt->nodes;

	ck_assert_uint_eq(n[0].code2d->ec, 8);
	ck_assert_uint_eq(n[0].code2d->columns, 30);
	ck_assert_uint_eq(n[0].code2d->rows, 90);
	ck_assert_uint_eq(n[0].code2d->module, 5);
	ck_assert(n[0].code2d->truncated);
	ck_assert_int_eq(n[0].align, PH_ALIGN_RIGHT);
	ck_assert_uint_eq(n[1].code2d->ec, 255);
	ck_assert_uint_eq(n[1].code2d->module, 0);
	ck_assert_uint_eq(n[2].code2d->ec, 23);
	ck_assert_uint_eq(n[2].code2d->rows, 4);
	ck_assert(n[2].code2d->compact);
	ck_assert_uint_eq(n[2].code2d->len, 5);
	ck_assert(n[3].code2d->rectangle);
	ck_assert_uint_eq(n[4].code2d->mode, 5);
	ck_assert_uint_eq(n[5].code2d->mode, 4);
	ck_assert_uint_eq(n[6].code2d->len, 14);
	ck_assert_mem_eq(n[6].code2d->data, "20012345678909", 14);
	ck_assert_int_eq(n[7].code2d->type, PH_CODE2D_DATABAR_EXPANDED_STACKED);
	ck_assert_int_eq(n[8].code2d->linear, PH_BARCODE_EAN13);
	ck_assert_str_eq(n[8].code2d->linear_data, "4006381333931");
	ck_assert_uint_eq(receipt->node_count, 9);
	ph_receipt_free(receipt);
}
END_TEST

// Nodes inside stand behind the one that holds them, and know it.
START_TEST(the_tree_of_nodes)
{
	struct ph_receipt *receipt = accept(BODY(IN_BOX("{\"text\":\"a\"}," IN_BOX(
		"{\"text\":[{\"t\":\"b\"},{\"t\":\"c\"}]"
		"}") "," ROW("{\"text\":\"a\",\"span\":2}"
			     ",\"b\"")) "," IN_AREA("{\"pair\":[\"a\",\"b\"]}") ",{\"cut\":"
										"\"full\"}"));
	static const struct {
		enum ph_node_kind kind;
		uint32_t parent, index, end;
	} expected[] = {{PH_NODE_BOX, UINT32_MAX, 0, 5}, {PH_NODE_TEXT, 0, 0, 2},
		{PH_NODE_BOX, 0, 1, 4}, {PH_NODE_TEXT, 2, 0, 4}, {PH_NODE_TABLE, 0, 2, 5},
		{PH_NODE_PAGE, UINT32_MAX, 1, 8}, {PH_NODE_AREA, 5, 0, 8}, {PH_NODE_PAIR, 6, 0, 8},
		{PH_NODE_CUT, UINT32_MAX, 2, 9}};
	char path[128];

	ck_assert_uint_eq(receipt->node_count, 9);
	for (unsigned i = 0; i < 9; i++) {
		ck_assert_int_eq(receipt->nodes[i].kind, expected[i].kind);
		ck_assert_uint_eq(receipt->nodes[i].parent, expected[i].parent);
		ck_assert_uint_eq(receipt->nodes[i].index, expected[i].index);
		ck_assert_uint_eq(receipt->nodes[i].end, expected[i].end);
	}
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(3, 1), path, sizeof path),
		"$.body[0].box.body[1].box.body[0].text[1]");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(4, 18), path, sizeof path),
		"$.body[0].box.body[2].table.rows[1][1]"); // the second cell, in column 2
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(7, 1), path, sizeof path),
		"$.body[1].page.body[0].area.body[0].pair[1]");
	ck_assert_str_eq(ph_receipt_path(receipt, PH_AT(7, 1), path, 20), "$.body[1].page.body");
	ph_receipt_free(receipt);
}
END_TEST

// Nesting as deep as JSON readers take it is refused at the limit, and so is a broad bomb.
START_TEST(bombs)
{
	char *text = malloc(1 << 20), *at = stpcpy(text, "{\"body\":[");
	struct ph_receipt *receipt;
	struct ph_receipt_error error;

	for (unsigned i = 0; i < 300; i++)
		at = stpcpy(at, "{\"box\":{\"body\":[");
	for (unsigned i = 0; i < 300; i++)
		at = stpcpy(at, "]}}");
	strcpy(at, "]}");
	ck_assert_int_eq(try_parse(text, &receipt, &error), -E2BIG);
	at = stpcpy(text, "{\"body\":[");
	for (unsigned i = 0; i < 64; i++) {
		at = stpcpy(at, i ? ",{\"box\":{\"body\":[{\"cut\":1}" : "{\"box\":{\"body\":[");
		at = i ? at - strlen("{\"cut\":1}") : at;
		for (unsigned n = 0; n < 64; n++)
			at = stpcpy(at, n ? ",{\"text\":\"\"}" : "{\"text\":\"\"}");
		at = stpcpy(at, "]}}");
	}
	strcpy(at, "]}");
	ck_assert_int_eq(try_parse(text, &receipt, &error), -E2BIG); // 64 + 4096 nodes
	ck_assert_str_eq(error.path, "$.body[63].box.body");
	at = stpcpy(text, "{\"body\":[");
	for (unsigned i = 0; i <= PH_RECEIPT_IMAGES_MAX; i++)
		at += sprintf(at, "%s" IMAGE(PNG_8X4, ""), i ? "," : "");
	strcpy(at, "]}");
	refuse(text, -E2BIG, "$.body[32].image.data_b64", "32 images");
	free(text);
}
END_TEST

START_TEST(giant_strings)
{
	const size_t len = 10 << 20;
	char *text = malloc(len + 64);

	static const struct {
		const char *head, *tail, *path;
	} places[] = {{"{\"text\":\"", "\"}", "$.text"}, {"{\"raw_b64\":\"", "\"}", "$.raw_b64"},
		{"{\"image_b64\":\"", "\"}", "$.image_b64"},
		{"{\"pdf_b64\":\"", "\"}", "$.pdf_b64"},
		{"{\"body\":[{\"qr\":{\"data\":\"", "\"}}]}", "$.body[0].qr.data"},
		{"{\"body\":[{\"code2d\":{\"type\":\"aztec\",\"data\":\"", "\"}}]}",
			"$.body[0].code2d.data"}};
	for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
		char *at = stpcpy(text, places[i].head);
		memset(at, 'A', len);
		strcpy(at + len, places[i].tail);
		struct ph_receipt *receipt;
		struct ph_receipt_error error;
		if (strcmp(places[i].path, "$.pdf_b64") == 0)
			ck_assert_int_eq(try_parse(text, &receipt, &error), -EINVAL); // 7.5 MB
		else
			ck_assert_int_eq(try_parse(text, &receipt, &error), -E2BIG);
		ck_assert_str_eq(error.path, places[i].path);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("receipt_parts");
	TCase *tests = tcase_create("parts");

	tcase_add_loop_test(tests, what_is_refused, 0, sizeof refused / sizeof refused[0]);
	tcase_add_loop_test(tests, barcode_data, 0, sizeof codes / sizeof codes[0]);
	tcase_add_test(tests, long_element_strings);
	tcase_add_test(tests, styles);
	tcase_add_test(tests, images);
	tcase_add_test(tests, other_forms);
	tcase_add_test(tests, codes_2d);
	tcase_add_test(tests, the_tree_of_nodes);
	tcase_add_test(tests, bombs);
	tcase_add_test(tests, giant_strings);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
