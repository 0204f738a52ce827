// Symbols and stored images in columns that are narrower than the paper: through both encoders and an emulated
// printer, the dots stand where the layout says, and zbarimg reads them.
#include "paper_rig.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct device {
	const char *profile;
	bool star;
} devices[] = {
	{"generic-80", false},
	{"epson-tm-t88v", false},
	{"generic-58", false},
	{"starprnt-80", true},
	{"star-mc-print2", true},
	{"starline-80", true},
	{"star-tsp100", true},
};

#define DEVICES ((int)(sizeof devices / sizeof *devices))

static struct ph_escpos_profile escpos;
static struct ph_star_profile star;
static const struct device *device;

static void choose(int n)
{
	device = &devices[n];
	rig.star = device->star ? &star : NULL;
	rig.escpos = &escpos;
	if (device->star) {
		ck_assert_int_eq(ph_star_profile_find(NULL, device->profile, &star, NULL), 0);
		return;
	}
	ck_assert_int_eq(ph_escpos_profile_by_name(device->profile, &escpos), 0);
	escpos.qr = PH_ESCPOS_YES;
}

static void lay_out(const char *markup)
{
	static char document[8192];
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "receiptline", markup);
	ck_assert(cJSON_PrintPreallocated(json, document, sizeof document, false));
	cJSON_Delete(json);
	rig_lay_out(document);
}

static int encode(const struct ph_rasters *rasters)
{
	rig.rasters = rasters;
	return rig_encode();
}

static const struct ph_emu_paper *print(void)
{
	rig_power_on();
	rig_feed(rig.job.bytes, rig.job.len);
	rig_check_obeyed();
	return ph_emu_printer_paper(rig.printer);
}

// The first and the last column of `rows` rows from `y` on that hold a dot.
static void find_ink(const struct ph_emu_paper *paper, uint64_t y, uint64_t rows,
	unsigned *ret_first, unsigned *ret_last)
{
	unsigned first = paper->width, last = 0;

	for (uint64_t row = y; row < y + rows && row < paper->rows; row++) {
		for (unsigned x = 0; x < paper->width; x++) {
			if (!(paper->bits[row * paper->stride + x / 8] >> (7 - x % 8) & 1))
				continue;
			first = x < first ? x : first;
			last = x > last ? x : last;
		}
	}
	ck_assert_uint_le(first, last);
	*ret_first = first;
	*ret_last = last;
}

// A black box for the only order: what is black on paper is the drawing, exactly.
static const struct ph_rasters *box(void)
{
	static uint8_t bits[13 * 40];
	static struct ph_raster one = {.bits = bits, .width = 100, .height = 40};
	static const struct ph_rasters all = {&one, 1};

	for (unsigned y = 0; y < 40; y++) {
		memset(bits + y * 13, 0xff, 12);
		bits[y * 13 + 12] = 0xf0;
	}
	return &all;
}

// The ink stands in the place by `align`, with `quiet` white dots at its edge.
static void check_place(unsigned x, unsigned width, enum ph_align align, unsigned quiet)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);
	unsigned first, last;

	find_ink(paper, 0, paper->rows, &first, &last);
	ck_assert_uint_ge(first, x);
	ck_assert_uint_lt(last, x + width);
	const unsigned left = first - x, right = x + width - 1 - last;
	switch (align) {
	case PH_ALIGN_LEFT:
		ck_assert_uint_eq(left, quiet);
		break;
	case PH_ALIGN_CENTER:
		ck_assert_int_le(abs((int)left - (int)right), 1);
		break;
	case PH_ALIGN_RIGHT:
		ck_assert_uint_eq(right, quiet);
		break;
	}
}

static const struct {
	const char *option, *data;
	unsigned quiet; // dots, of the printers' own symbols
} codes[] = {
	{"ean,2,60,nohri", "4006381333931", 22},
	{"qrcode,4,m", "https://example.org", 16},
	{"code128,2,60,nohri", "AB12", 22},
};

static void write_markup(
	char *out, size_t size, unsigned code, enum ph_align columns, enum ph_align own)
{
	static const char *const aligns[] = {"left", "center", "right"};
	static const char *const bars[][2] = {{"|", ""}, {"", ""}, {"", "|"}};

	snprintf(out, size, "{width:20;align:%s;border:none}\n{option:%s}\n%s{code:%s}%s",
		aligns[columns], codes[code].option, bars[own][0], codes[code].data, bars[own][1]);
}

// Returns whether it came as a drawing.
static bool check_one(unsigned code, enum ph_align columns, enum ph_align own)
{
	const unsigned width = 20 * 12;
	char markup[256];

	write_markup(markup, sizeof markup, code, columns, own);
	lay_out(markup);
	const unsigned rest = rig.list.media.width / 12 - 20; // columns begin at a cell
	ck_assert_uint_eq(rig.list.item_count, 1);
	const unsigned x = rig.list.items[0].symbol.x;
	ck_assert_uint_eq(x, rest * columns / 2 * 12);
	ck_assert_uint_eq(rig.list.items[0].symbol.width, width);
	ck_assert_msg(encode(NULL) == 0, "%s: %s", markup, rig.error.message);
	const bool drawn = rig.job.order_count;
	if (drawn) {
		ck_assert_uint_eq(rig.job.order_count, 1);
		ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_SYMBOL);
		ck_assert_uint_eq(rig.job.orders[0].width, width);
		ck_assert_int_eq(encode(box()), 0);
	}
	print();
	check_place(x, width, own, drawn ? 0 : codes[code].quiet);
	return drawn;
}

START_TEST(symbols_stand_in_their_columns)
{
	choose(_i);
	for (unsigned code = 0; code < sizeof codes / sizeof *codes; code++) {
		for (unsigned n = 0; n < 9; n++)
			check_one(code, (enum ph_align)(n / 3), (enum ph_align)(n % 3));
	}
}
END_TEST

// What a printer has no command for is drawn: in its column as well.
START_TEST(drawings_stand_in_their_columns)
{
	choose(_i);
	escpos.qr = PH_ESCPOS_NO;
	escpos.barcodes = 0;
	star.qr = false;
	star.barcodes = 0;
	for (unsigned n = 0; n < 18; n++)
		ck_assert(check_one(n / 9, (enum ph_align)(n / 3 % 3), (enum ph_align)(n % 3)));
}
END_TEST

static void read_png(const struct ph_emu_paper *paper, char *out, size_t size)
{
	char path[] = "/tmp/poshal-place-XXXXXX", command[256];
	uint8_t *png;
	size_t len;
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ph_emu_paper_png(paper, 1, &png, &len), 0);
	ck_assert_int_eq(write(fd, png, len), (ssize_t)len);
	close(fd);
	free(png);
	snprintf(command, sizeof command, "zbarimg -q --nodbus %s 2>/dev/null | sort", path);
	FILE *f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	out[fread(out, 1, size - 1, f)] = 0;
	pclose(f);
	unlink(path);
}

// After them text stands at the left again, over the whole paper.
START_TEST(symbols_in_columns_are_read)
{
	static const char *const aligns[] = {"left", "center", "right"};
	char markup[512], read[256];

	choose(_i);
	if (device->star && star.dialect == PH_STAR_RASTER)
		return; // all is drawn
	for (unsigned n = 0; n < 3; n++) {
		snprintf(markup, sizeof markup,
			"{width:20;align:%s}\n{option:ean,2,60,hri;code:4006381333931}|\n"
			"{option:qrcode,4,m;code:https://example.org/r/1}\n{width:auto}\n|back",
			aligns[n]);
		lay_out(markup);
		ck_assert_int_eq(encode(NULL), 0);
		ck_assert_uint_eq(rig.job.order_count, 0);
		const struct ph_emu_paper *paper = print();
		read_png(paper, read, sizeof read);
		ck_assert_str_eq(read, "EAN-13:4006381333931\nQR-Code:https://example.org/r/1\n");
		char *text = ph_emu_paper_text(paper);
		ck_assert_ptr_nonnull(strstr(text, "\nback"));
		free(text);
	}
}
END_TEST

START_TEST(too_wide_for_its_column)
{
	choose(_i);
	if (device->star && star.dialect == PH_STAR_RASTER)
		return;
	lay_out("{width:8}\n{code:ABCDEFGH}|");
	if (device->star) { // aligned in a column Code 128 is a drawing, whose size the renderer finds
		ck_assert_int_eq(encode(NULL), 0);
		ck_assert_uint_eq(rig.job.order_count, 1);
		ck_assert_uint_eq(rig.job.orders[0].width, 96);
		return;
	}
	ck_assert_int_eq(encode(NULL), -ERANGE);
	ck_assert_str_eq(rig.error.path, "$.receiptline:2");
	ck_assert_str_eq(
		rig.error.message, "246 dots wide with modules of 2 dots, the column has 96");
}
END_TEST

// A picture that the printer keeps goes where the columns are by a margin.
START_TEST(stored_images_stand_in_their_columns)
{
	static const char image[] = "iVBORw0KGgoAAAANSUhEUgAAAGQAAAAoAQAAAAAgA2LuAAAAD0lEQVR42mNg"
				    "GAWjgHgAAAIwAAFA81EHAAAAAElFTkSuQmCC";
	struct ph_escpos_logo logo = {.key = {'P', '0'}};
	uint8_t *command = malloc(ph_escpos_logo_size(&box()->items[0]));
	char markup[512];

	choose(1);
	snprintf(markup, sizeof markup, "{width:20;align:right}\n|{image:%s}", image);
	lay_out(markup);
	((struct ph_receipt_image *)(uintptr_t)rig.list.items[0].image.node->image)->store = true;
	escpos.graphics_keys = PH_ESCPOS_YES;
	ck_assert_uint_eq(rig.list.items[0].image.x, rig.list.media.width - 240u);
	char *text;
	ck_assert_int_eq(ph_display_list_text(&rig.list, &text), 0);
	ck_assert_str_eq(text, "                      [IMAGE 100x40]\n"); // 42 columns less 20
	free(text);
	ck_assert_int_eq(encode(NULL), 0);
	ck_assert_uint_eq(rig.stores.count, 1);
	memcpy(logo.hash, rig.stores.items[0].hash, sizeof logo.hash);
	const int len = ph_escpos_put_logo(&box()->items[0], logo.key, command);
	ck_assert_int_gt(len, 0);
	const struct ph_escpos_input input = {.logos = &logo, .logo_count = 1};
	rig.job.len = 0;
	print();
	rig_feed(command, (size_t)len);
	ck_assert_int_eq(ph_escpos_encode(&rig.list, &escpos, &input, &rig.job, &rig.error), 0);
	ck_assert_uint_eq(rig.job.order_count, 0);
	rig_feed(rig.job.bytes, rig.job.len);
	check_place(rig.list.media.width - 240u, 240, PH_ALIGN_LEFT, 0);
	free(command);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbol_place");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, NULL, rig_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, symbols_stand_in_their_columns, 0, DEVICES);
	tcase_add_loop_test(tests, drawings_stand_in_their_columns, 0, DEVICES);
	tcase_add_loop_test(tests, symbols_in_columns_are_read, 0, DEVICES);
	tcase_add_loop_test(tests, too_wide_for_its_column, 0, DEVICES);
	tcase_add_test(tests, stored_images_stand_in_their_columns);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
