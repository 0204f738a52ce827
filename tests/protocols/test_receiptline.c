// receiptline documents: the text form against what receiptline prints, the nodes, and what is refused.
#include "tests/protocols/receipt_help.h"

#include <errno.h>

// {"receiptline": text}
static struct ph_receipt *parse_markup(const char *text)
{
	cJSON *json = cJSON_CreateObject();
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"", ""};

	cJSON_AddStringToObject(json, "receiptline", text);
	const int r = ph_receipt_parse(json, &receipt, &error);
	ck_assert_msg(r == 0, "%.300s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
	return receipt;
}

static char *show_markup(const char *text, unsigned columns)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_receipt *receipt = parse_markup(text);
	struct ph_display_list list = {0};
	char *shown = NULL;

	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, NULL), 0);
	for (uint32_t i = 0; i < list.run_count; i++)
		ck_assert_uint_le(list.runs[i].x + list.runs[i].width, media.width);
	ck_assert_int_eq(ph_display_list_text(&list, &shown), 0);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	return shown;
}

static void check_markup(const char *text, unsigned columns, const char *expected)
{
	char *shown = show_markup(text, columns);
	ck_assert_str_eq(shown, expected);
	free(shown);
}

// --- vectors ----------------------------------------------------------------------------------

static char *read_vectors(const char *name)
{
	char path[512], *text = calloc(1, 65536);

	snprintf(path, sizeof path, "%s/%s", VECTORS, name);
	FILE *file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_uint_lt(fread(text, 1, 65535, file), 65535);
	fclose(file);
	return text;
}

// A row as receiptline would have it: rules of ASCII, no blanks at the end. False for what its text form
// leaves out: symbols, images and cuts.
static bool plain_row(const char *row, size_t len, char *out)
{
	static const char *const crossings = "┌┐└┘├┤┬┴┼";
	const size_t indent = strspn(row, " ");
	size_t at = 0;

	if (row[indent] == '[' && row[len - 1] == ']')
		return false;
	if (len > 3 && strncmp(row, "- - ", 4) == 0)
		return false;
	for (size_t i = 0; i < len;) {
		char glyph[4] = "";
		memcpy(glyph, row + i, len - i < 3 ? len - i : 3);
		const bool line = (unsigned char)row[i] == 0xe2;
		out[at++] = !line		       ? row[i]
			    : strcmp(glyph, "─") == 0  ? '-'
			    : strcmp(glyph, "│") == 0  ? '|'
			    : strstr(crossings, glyph) ? '+'
						       : row[i];
		i += line && strchr("-|+", out[at - 1]) ? 3 : 1;
	}
	while (at && out[at - 1] == ' ')
		at--;
	out[at] = 0;
	return true;
}

static char *plain(const char *text)
{
	char *out = calloc(1, strlen(text) + 1), *at = out;

	while (*text) {
		const size_t len = strcspn(text, "\n");
		char row[1024];
		ck_assert_uint_lt(len, sizeof row);
		if (plain_row(text, len, row))
			at += sprintf(at, "%s\n", row);
		text += len + 1;
	}
	return out;
}

// Cuts the next part out of the vectors: from behind `@@ ` of its head to before the next one.
static char *next_part(char **text, char **ret_head)
{
	char *head = *text + 3, *body = strchr(head, '\n');

	*body++ = 0;
	char *end = strstr(body, "\n@@ ");
	*ret_head = head;
	if (!end) {
		*text = body + strlen(body);
		(*text)[-1] = 0;
		return body;
	}
	*text = end + 1;
	*end = 0;
	return body;
}

static void check_vectors(const char *name, unsigned count)
{
	char *vectors = read_vectors(name), *rest = vectors, *document_name;
	unsigned seen = 0;

	for (; *rest; seen++) {
		const char *document = next_part(&rest, &document_name);
		for (int i = 0; i < 2; i++) {
			char *columns, expected[16384];
			const char *text = next_part(&rest, &columns);
			snprintf(expected, sizeof expected, "%s\n", text);
			char *shown = show_markup(document, (unsigned)atoi(columns));
			char *found = plain(shown);
			ck_assert_msg(strcmp(found, expected) == 0, "%s at %s:\n%s", document_name,
				columns, found);
			free(found);
			free(shown);
		}
	}
	ck_assert_uint_eq(seen, count);
	free(vectors);
}

START_TEST(published_examples)
{
	check_vectors("examples_en.txt", 21);
	check_vectors("examples_ja.txt", 20);
}
END_TEST

START_TEST(own_documents)
{
	check_vectors("own.txt", 9);
}
END_TEST

// --- our form ---------------------------------------------------------------------------------

#define LOGO                                                                                       \
	"iVBORw0KGgoAAAANSUhEUgAAAAgAAAAEAQAAAACbtkNdAAAAC0lEQVR4nGNggAAAAAgAAbdYc5UAAAAASUVORK5"  \
	"CYII"

START_TEST(rules_are_line_drawing)
{
	check_markup("{border:line;width:4,4}\na|b\n-\nc|d\n{width:9}\ne\n{border:space}\n-", 12,
		"┌────┬────┐\n│   a│b   │\n├────┼────┤\n│   c│d   │\n"
		"│    e    │\n└─────────┘\n ─────────\n");
	check_markup("{border:line}\na\n=\nb", 8,
		"┌──────┐\n│   a  │\n└──────┘\n- - - - \n┌──────┐\n│   b  │\n└──────┘\n");
	check_markup("^wide|", 12, "    w i d e \n");
}
END_TEST

START_TEST(symbols_and_images)
{
	check_markup("{code:4006381333931;option:ean}\n{width:10;align:right}\n|{code:9638507}|\n"
		     "{code:A*;option:code39}\n{code:hello;option:qrcode,8,h}\n{image:" LOGO "}",
		32,
		"     [EAN13 4006381333931]\n                      [EAN8 96385074]\n"
		"                      [CODE39 A]\n                      [QR hello]\n"
		"                      [IMAGE 8x4]\n");
}
END_TEST

START_TEST(properties_become_nodes)
{
	struct ph_receipt *receipt = parse_markup(
		"{option:code39,3,100,hri;code:*AB*}\n{c:0425261; o:upc}\n{c:a1b; o:nw7}\n"
		"{o:QRCODE 5 q; c:x\\;\\x41\\n}\n{width:24}\n{i:" LOGO "==junk}\n{x:\\x1b@\\xff}");
	const struct ph_receipt_node *n = receipt->nodes;
	char path[64];

	ck_assert_int_eq(receipt->form, PH_RECEIPT_RECEIPTLINE);
	ck_assert_uint_eq(receipt->node_count, 7);
	ck_assert_int_eq(n[0].barcode->type, PH_BARCODE_CODE39);
	ck_assert_str_eq(n[0].barcode->data, "AB");
	ck_assert_uint_eq(n[0].barcode->module, 3);
	ck_assert_uint_eq(n[0].barcode->height, 100);
	ck_assert_int_eq(n[0].barcode->hri, PH_HRI_BELOW);
	ck_assert_int_eq(n[0].align, PH_ALIGN_CENTER);
	ck_assert_int_eq(n[1].barcode->type, PH_BARCODE_UPCE);
	ck_assert_str_eq(n[1].barcode->data, "04252614");
	ck_assert_uint_eq(n[1].barcode->height, 72);
	ck_assert_int_eq(n[1].barcode->hri, PH_HRI_NONE);
	ck_assert_str_eq(n[2].barcode->data, "A1B");
	ck_assert_mem_eq(n[3].qr->data, "x;A\n", 4);
	ck_assert_uint_eq(n[3].qr->len, 4);
	ck_assert_uint_eq(n[3].qr->module, 5);
	ck_assert_int_eq(n[3].qr->ec, PH_QR_Q);
	ck_assert_int_eq(n[4].kind, PH_NODE_BOX); // as wide as the columns
	ck_assert_uint_eq(n[4].box.width, 24);
	ck_assert_uint_eq(n[4].end, 6);
	ck_assert_int_eq(n[5].kind, PH_NODE_IMAGE);
	ck_assert_uint_eq(n[5].parent, 4);
	ck_assert_uint_eq(n[5].image->pixel_width, 8);
	ck_assert_int_eq(n[6].kind, PH_NODE_RAW);
	ck_assert_uint_eq(n[6].raw.len, 3);
	ck_assert_mem_eq(n[6].raw.data, "\x1b@\xff", 3);
	ck_assert(receipt->needs_directio);
	ck_assert_str_eq(
		ph_receipt_path(receipt, PH_AT(5, 0), path, sizeof path), "$.receiptline:6");
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(styles_of_text)
{
	struct ph_receipt *receipt = parse_markup("a_b\"c`d^e^^f^^^g^^^^^^^^^h");
	const struct ph_receipt_cell *cell = receipt->nodes[0].columns.cells;
	static const unsigned styles[] = {0, PH_STYLE_UNDERLINE, PH_STYLE_UNDERLINE | PH_STYLE_BOLD,
		PH_STYLE_UNDERLINE | PH_STYLE_BOLD | PH_STYLE_INVERT};
	static const unsigned sizes[][2] = {
		{1, 1}, {1, 1}, {1, 1}, {1, 1}, {2, 1}, {1, 2}, {2, 2}, {6, 6}};

	ck_assert_uint_eq(cell->count, 8);
	for (unsigned i = 0; i < 8; i++) {
		const uint16_t style = cell->runs[i].style;
		ck_assert_uint_eq(style & ~PH_STYLE_SIZE_MASK, styles[i < 3 ? i : 3]);
		ck_assert_uint_eq(ph_style_width(style), sizes[i][0]);
		ck_assert_uint_eq(ph_style_height(style), sizes[i][1]);
	}
	ph_receipt_free(receipt);
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *part;
} refused[] = {
	{"ok\n{align}", -EINVAL, "line 2: a property is written key:value"},
	{"{align:}", -EINVAL, "line 1: align has no value"},
	{"{align:middle}", -EINVAL, "line 1: align must be left, center or right"},
	{"{align:left;a:right}", -EINVAL, "line 1: align is given twice"},
	{"\r\n\r{colour:red}", -EINVAL, "line 3: unknown property: colour"},
	{"{border:3}", -EINVAL, "line 1: border must be line"},
	{"{text:yes}", -EINVAL, "line 1: text must be wrap"},
	{"{width:10px}", -EINVAL, "line 1: width must be auto"},
	{"{option:code128,9}", -EINVAL, "line 1: unknown option: 9"},
	{"{option:pdf417}", -EINVAL, "line 1: unknown option: pdf417"},
	{"a{b}", -EINVAL, "line 1: a brace in text is written"},
	{"{a:left}|x", -EINVAL, "line 1: a property stands in a line of its own"},
	{"{a:left\\}", -EINVAL, "line 1: a brace"},
	{"{code:4006381333932;option:ean}", -EINVAL, "line 1: wrong check digit: 2, computed 1"},
	{"{code:a\\x00b}", -EINVAL, "line 1: a barcode cannot hold NUL"},
	{"{code:\\q}", -EINVAL, "line 1: must be 1 to 255"},
	{"{code:a\\x01;option:qrcode}", -EINVAL, "line 1: control character U+0001"},
	{"{image:AAAA}", -EINVAL, "line 1: is neither a PNG nor a JPEG"},
	{"{image:*}", -EINVAL, "line 1: must be a base64 string"},
	{"{command:\xe2\x82\xac}", -EINVAL, "line 1: a command is made of bytes, and U+20AC"},
	{"\xff", -EINVAL, "is not valid UTF-8"},
};

START_TEST(what_is_refused)
{
	cJSON *json = cJSON_CreateObject();
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error;

	cJSON_AddStringToObject(json, "receiptline", refused[_i].text);
	ck_assert_int_eq(ph_receipt_parse(json, &receipt, &error), refused[_i].err);
	ck_assert_str_eq(error.path, "$.receiptline");
	ck_assert_msg(
		strstr(error.message, refused[_i].part) == error.message, "%s", error.message);
	cJSON_Delete(json);
}
END_TEST

static void check_too_big(const char *unit, size_t count, const char *part)
{
	char *text = malloc(count * strlen(unit) + 1), *at = text;
	cJSON *json = cJSON_CreateObject();
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error;

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, unit);
	*at = 0;
	cJSON_AddStringToObject(json, "receiptline", text);
	ck_assert_int_eq(ph_receipt_parse(json, &receipt, &error), -E2BIG);
	ck_assert_msg(strstr(error.message, part) != NULL, "%s", error.message);
	cJSON_Delete(json);
	free(text);
}

START_TEST(limits)
{
	check_too_big("\n", PH_RECEIPT_NODES_MAX, "line 4097: more than 4096 nodes");
	check_too_big("a|", PH_RECEIPT_MARKUP_COLUMNS_MAX + 1, "line 1: more than 128 columns");
	check_too_big("_a", PH_RECEIPT_RUNS_MAX + 1, "line 1: more than 256 runs");
	check_too_big("x", PH_RECEIPT_TEXT_MAX + 1, "line 1: more than 262144 bytes of text");
	check_too_big("xxxxxxxx", PH_RECEIPT_MARKUP_MAX / 8 + 1, "more than 4194304 bytes");
	refuse("{\"receiptline\":1}", -EINVAL, "$.receiptline", "must be a string");
	refuse("{\"receiptline\":\"a\",\"defaults\":{}}", -EINVAL, "$.defaults", "unknown");
	refuse("{\"receiptline\":\"a\",\"text\":\"a\"}", -EINVAL, "$", "exactly one");
}
END_TEST

START_TEST(other_texts)
{
	check_markup("\xef\xbb\xbf"
		     "a\rb\r\nc\nd",
		8, "    a\n    b\n    c\n    d\n");
	check_markup("cafe\xcc\x81|", 8, "    café\n"); // decomposed
	check_markup("a\xe2\x80\x8b"
		     "b|",
		8, "      ab\n");
	check_markup("{width:1}\n^wide\nx", 8, "\n   x\n"); // wider than the column: not printed
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("receiptline");
	TCase *tests = tcase_create("receiptline");

	tcase_add_test(tests, published_examples);
	tcase_add_test(tests, own_documents);
	tcase_add_test(tests, rules_are_line_drawing);
	tcase_add_test(tests, symbols_and_images);
	tcase_add_test(tests, properties_become_nodes);
	tcase_add_test(tests, styles_of_text);
	tcase_add_loop_test(tests, what_is_refused, 0, sizeof refused / sizeof refused[0]);
	tcase_add_test(tests, limits);
	tcase_add_test(tests, other_texts);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
