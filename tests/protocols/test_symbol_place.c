// Symbols and stored images in columns that are narrower than the paper: through both encoders and an emulated
// printer, the dots stand where the layout says, and zbarimg reads them.
#include "emulators/models/printer.h"
#include "protocols/escpos/encode.h"
#include "protocols/star/encode.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct device {
	const char *profile;
	bool star;
	enum ph_emu_dialect dialect;
} devices[] = {
	{"generic-80", false, PH_EMU_DIALECT_ESCPOS},
	{"epson-tm-t88v", false, PH_EMU_DIALECT_ESCPOS},
	{"generic-58", false, PH_EMU_DIALECT_ESCPOS},
	{"starprnt-80", true, PH_EMU_DIALECT_STARPRNT},
	{"star-mc-print2", true, PH_EMU_DIALECT_STARPRNT},
	{"starline-80", true, PH_EMU_DIALECT_STARLINE},
	{"star-tsp100", true, PH_EMU_DIALECT_STARRASTER},
};

#define DEVICES ((int)(sizeof devices / sizeof *devices))

// One way of printing a document on paper, whatever the encoder.
static struct ph_receipt *receipt;
static struct ph_display_list list;
static struct ph_receipt_error error;
static struct ph_escpos_profile escpos;
static struct ph_star_profile star;
static struct ph_receipt_job job;
static struct ph_escpos_stores stores;
static struct ph_emu_printer *printer;
static const struct device *device;

static void teardown(void)
{
	ph_emu_printer_free(printer);
	printer = NULL;
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static void choose(int n)
{
	device = &devices[n];
	if (device->star) {
		ck_assert_int_eq(ph_star_profile_find(NULL, device->profile, &star, NULL), 0);
		return;
	}
	ck_assert_int_eq(ph_escpos_profile_by_name(device->profile, &escpos), 0);
	escpos.qr = PH_ESCPOS_YES;
}

static unsigned paper_width(void)
{
	return device->star ? star.width_dots : escpos.width_dots;
}

static void lay_out(const char *markup)
{
	const struct ph_media media =
		device->star ? ph_star_profile_media(&star) : ph_escpos_profile_media(&escpos);
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "receiptline", markup);
	ph_receipt_free(receipt);
	receipt = NULL;
	ck_assert_msg(ph_receipt_parse(json, &receipt, &error) == 0 &&
			      ph_layout(receipt, &media, NULL, &list, &error) == 0,
		"%s: %s %s", markup, error.path, error.message);
	cJSON_Delete(json);
}

static int encode(const struct ph_rasters *rasters)
{
	const struct ph_escpos_input input = {.rasters = rasters, .ret_stores = &stores};

	return device->star ? ph_star_encode(&list, &star, rasters, &job, &error)
			    : ph_escpos_encode(&list, &escpos, &input, &job, &error);
}

static void feed(const uint8_t *bytes, size_t len)
{
	while (len) {
		const size_t taken = ph_emu_printer_feed(printer, 0, bytes, len);
		ck_assert_uint_gt(taken, 0);
		bytes += taken;
		len -= taken;
		ph_emu_printer_tick(printer, 0);
	}
}

static const struct ph_emu_paper *print(void)
{
	struct ph_emu_printer_config config;
	uint8_t prologue[PH_STAR_PROLOGUE_MAX + PH_ESCPOS_PROLOGUE_MAX];

	ph_emu_printer_free(printer);
	printer = NULL;
	ph_emu_printer_config_default(&config);
	config.width_dots = paper_width();
	config.dialect = device->dialect;
	ck_assert_int_eq(ph_emu_printer_new(&config, &printer), 0);
	feed(prologue, device->star ? ph_star_put_prologue(prologue, &star)
				    : ph_escpos_put_prologue(prologue, &escpos, 0));
	feed(job.bytes, job.len);
	ck_assert_uint_eq(ph_emu_printer_counts(printer).unknown, 0);
	const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);
	for (size_t i = 0; i < paper->n_items; i++)
		ck_assert_int_ne(paper->items[i].type, PH_EMU_ITEM_REFUSED);
	return paper;
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
	const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);
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
	const unsigned rest = list.media.width / 12 - 20; // columns begin at a cell
	ck_assert_uint_eq(list.item_count, 1);
	const unsigned x = list.items[0].symbol.x;
	ck_assert_uint_eq(x, rest * columns / 2 * 12);
	ck_assert_uint_eq(list.items[0].symbol.width, width);
	ck_assert_msg(encode(NULL) == 0, "%s: %s", markup, error.message);
	const bool drawn = job.order_count;
	if (drawn) {
		ck_assert_uint_eq(job.order_count, 1);
		ck_assert_int_eq(job.orders[0].kind, PH_ORDER_SYMBOL);
		ck_assert_uint_eq(job.orders[0].width, width);
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
	if (device->dialect == PH_EMU_DIALECT_STARRASTER)
		return; // all is drawn
	for (unsigned n = 0; n < 3; n++) {
		snprintf(markup, sizeof markup,
			"{width:20;align:%s}\n{option:ean,2,60,hri;code:4006381333931}|\n"
			"{option:qrcode,4,m;code:https://example.org/r/1}\n{width:auto}\n|back",
			aligns[n]);
		lay_out(markup);
		ck_assert_int_eq(encode(NULL), 0);
		ck_assert_uint_eq(job.order_count, 0);
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
	if (device->dialect == PH_EMU_DIALECT_STARRASTER)
		return;
	lay_out("{width:8}\n{code:ABCDEFGH}|");
	if (device->star) { // aligned in a column Code 128 is a drawing, whose size the renderer finds
		ck_assert_int_eq(encode(NULL), 0);
		ck_assert_uint_eq(job.order_count, 1);
		ck_assert_uint_eq(job.orders[0].width, 96);
		return;
	}
	ck_assert_int_eq(encode(NULL), -ERANGE);
	ck_assert_str_eq(error.path, "$.receiptline:2");
	ck_assert_str_eq(error.message, "246 dots wide with modules of 2 dots, the column has 96");
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
	((struct ph_receipt_image *)(uintptr_t)list.items[0].image.node->image)->store = true;
	escpos.graphics_keys = PH_ESCPOS_YES;
	ck_assert_uint_eq(list.items[0].image.x, list.media.width - 240u);
	ck_assert_int_eq(encode(NULL), 0);
	ck_assert_uint_eq(stores.count, 1);
	memcpy(logo.hash, stores.items[0].hash, sizeof logo.hash);
	const int len = ph_escpos_put_logo(&box()->items[0], logo.key, command);
	ck_assert_int_gt(len, 0);
	const struct ph_escpos_input input = {.logos = &logo, .logo_count = 1};
	job.len = 0;
	print();
	feed(command, (size_t)len);
	ck_assert_int_eq(ph_escpos_encode(&list, &escpos, &input, &job, &error), 0);
	ck_assert_uint_eq(job.order_count, 0);
	feed(job.bytes, job.len);
	check_place(list.media.width - 240u, 240, PH_ALIGN_LEFT, 0);
	free(command);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbol_place");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, NULL, teardown);
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
