// Symbols of an emulated Star printer: independent readers (zbarimg, ZXingReader) decode the picture of each
// symbology; widths in dots as ESC b says; refusals.
#include <stdio.h>
#include <unistd.h>

#include "tests/emulators/printer_bed.h"

struct symbol {
	const char *bytes;
	size_t len;
	const char *read; /* what the reader says */
	const char *text; /* what the paper says */
};

#define S(bytes, read, text)                                                                       \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, read, text                                               \
	}

// ESC b n1 n2 n3 n4: without text, narrow elements of 3 dots, 64 dots high
static const struct symbol bars[] = {
	S("\x1B"
	  "b\x00\x01\x02\x40"
	  "04210000526\x1E",
		"UPC-E:04252614\n", "[UPCE 04252614]\n"),
	S("\x1B"
	  "b\x01\x01\x02\x40"
	  "03600029145\x1E",
		"UPC-A:036000291452\n", "[UPCA 036000291452]\n"),
	S("\x1B"
	  "b\x02\x01\x02\x40"
	  "9638507\x1E",
		"EAN-8:96385074\n", "[EAN8 96385074]\n"),
	S("\x1B"
	  "b\x33\x31\x32\x40"
	  "4006381333931\x1E",
		"EAN-13:4006381333931\n", "[EAN13 4006381333931]\n"),
	S("\x1B"
	  "b\x04\x01\x02\x40"
	  "CODE 39\x1E",
		"CODE-39:CODE 39\n", "[CODE39 CODE 39]\n"),
	S("\x1B"
	  "b\x05\x01\x08\x40"
	  "1234567\x1E", // odd: a leading 0
		"I2/5:01234567\n", "[ITF 01234567]\n"),
	S("\x1B"
	  "b\x06\x01\x01\x40"
	  "No.991604x%0\x1E",
		"CODE-128:No.991604x%\n", "[CODE128 No.991604x%]\n"),
	S("\x1B"
	  "b\x06\x01\x01\x40%10109501101530003\x1E",
		"CODE-128:0109501101530003\n", "[GS1-128 0109501101530003]\n"),
	S("\x1B"
	  "b\x07\x01\x01\x40"
	  "CODE 93\x1E",
		"CODE-93:CODE 93\n", "[CODE93 CODE 93]\n"),
	S("\x1B"
	  "b\x08\x01\x02\x40"
	  "A40156B\x1E",
		"Codabar:A40156B\n", "[CODABAR A40156B]\n"),
	S("\x1B"
	  "b\x0A\x01\x02\x40"
	  "0950110153000\x1E",
		"DataBar:0109501101530003\n", "[DATABAR 0109501101530003]\n"),
	S("\x1B"
	  "b\x0D\x01\x01\x40"
	  "(01)09501101530003(10)ABC\x1E",
		"DataBar-Exp:010950110153000310ABC\n",
		"[DATABAR-EXPANDED 010950110153000310ABC]\n"),
	S("\x1B\x1DyS0\x02\x1B\x1DyS1\x03\x1B\x1DyS2\x04\x1B\x1DyD1\0\x17\0https://example.org/r/"
	  "1\x1B"
	  "\x1DyP",
		"QR-Code:https://example.org/r/1\n", "[QR https://example.org/r/1]\n"),
	// one block of binary data
	S("\x1B\x1DyS2\x06\x1B\x1DyD2\x01\x03\x05\0plain\x1B\x1DyP", "QR-Code:plain\n",
		"[QR plain]\n"),
};

static struct bed b;

static void open_as(enum ph_emu_dialect dialect)
{
	bed_init(&b);
	b.config.dialect = dialect;
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

// What a program says about the picture, at most `size` - 1 bytes.
static void read_picture(const char *program, const char *filter, char *out, size_t size)
{
	char path[] = "/tmp/poshal-star-XXXXXX", command[256];
	uint8_t *png;
	size_t len;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ph_emu_paper_png(ph_emu_printer_paper(b.p), 2, &png, &len), 0);
	ck_assert_int_eq(write(fd, png, len), (ssize_t)len);
	close(fd);
	free(png);
	snprintf(command, sizeof command, "%s %s %s", program, path, filter);
	FILE *f = popen(command, "r");
	out[fread(out, 1, size - 1, f)] = 0;
	pclose(f);
	unlink(path);
}

static void read_bars(char *out, size_t size)
{
	read_picture("zbarimg -q --nodbus -S enable -S upca.enable -S upce.enable", "2>/dev/null",
		out, size);
}

START_TEST(test_read_by_zbar)
{
	const struct symbol *s = &bars[_i];
	char read[1024];

	open_as(PH_EMU_DIALECT_STARPRNT);
	FEED(&b, "\x1B\x1D"
		 "a\x01");
	bed_feed(&b, s->bytes, s->len);
	bed_printed(&b, s->text);
	read_bars(read, sizeof read);
	ck_assert_str_eq(read, s->read);
}
END_TEST

START_TEST(test_text_below)
{
	char read[1024];

	open_as(PH_EMU_DIALECT_STARLINE);
	b.config.font = NULL;
	FEED(&b, "\x1B\x1D"
		 "A\x32\0\x1B"
		 "b\x03\x02\x02\x40"
		 "4006381333931\x1E");
	const struct ph_emu_item *item = bed_item(&b, 0);
	ck_assert_int_eq(item->width, 95 * 3);
	// 64 rows of bars, a gap, a line of text
	ck_assert_int_eq(item->height, 64 + 4 + 24);
	ck_assert_uint_eq(bed_rows(&b), 92);
	// where the position was set to
	ck_assert(!bed_dot(&b, 49, 0) && bed_dot(&b, 50, 0));
	read_bars(read, sizeof read);
	ck_assert_str_eq(read, "EAN-13:4006381333931\n");
}
END_TEST

// n3: dots of a narrow element; of Code 39, ITF and Codabar narrow and wide
START_TEST(test_widths)
{
	static const struct {
		char n1, n3;
		unsigned width;
	} widths[] = {{'2', '1', 67 * 2}, {'2', '2', 67 * 3}, {'2', '3', 67 * 4},
		// "1" between two asterisks: 3 characters of 6 narrow and 3 wide, 2 gaps
		{'4', '1', 20 * 2 + 9 * 6}, {'4', '2', 20 * 3 + 9 * 9}, {'4', '4', 20 * 2 + 9 * 5},
		{'4', '9', 20 * 4 + 9 * 8},
		// "01": 6 narrow and 4 wide; start 4 narrow, stop 2 narrow and 1 wide
		{'5', '1', 12 * 2 + 5 * 5}, {'5', '3', 12 * 6 + 5 * 15},
		{'5', '8', 12 * 3 + 5 * 9}};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		char job[32];
		open_as(PH_EMU_DIALECT_STARLINE);
		const int n = snprintf(job, sizeof job,
			"\x1B"
			"b%c1%c\x40%s\x1E",
			widths[i].n1, widths[i].n3, widths[i].n1 == '2' ? "9638507" : "1");
		bed_feed(&b, job, (size_t)n);
		ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_BARCODE);
		ck_assert_int_eq(bed_item(&b, 0)->width, (int)widths[i].width);
		bed_done(&b);
	}
	open_as(PH_EMU_DIALECT_STARLINE);
}
END_TEST

START_TEST(test_refused_bars)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
#define B(bytes) {bytes, sizeof(bytes) - 1}
		B("\x1B"
		  "b\x03\x01\x02\x40"
		  "12\x1E"),
		B("\x1B"
		  "b\x0E\x01\x02\x40"
		  "1\x1E"), // no such symbology
		B("\x1B"
		  "b\x0A\x01\x02\x40"
		  "0950110153000\x1E"), // not in Line Mode
		B("\x1B"
		  "b\x03\x01\x04\x40"
		  "4006381333931\x1E"), // no such width
		B("\x1B"
		  "b\x06\x01\x03\x40"
		  "wider than the paper, by far\x1E"),
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		open_as(PH_EMU_DIALECT_STARLINE);
		bed_feed(&b, bad[i].bytes, bad[i].len);
		ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
		// with its data: what follows is text again
		FEED(&b, "x\n");
		ck_assert_str_eq(bed_item(&b, 1)->text, "x");
		bed_done(&b);
	}
	open_as(PH_EMU_DIALECT_STARLINE);
}
END_TEST

START_TEST(test_qr_size)
{
	open_as(PH_EMU_DIALECT_STARLINE);
	// 21 modules of 3 dots
	FEED(&b, "\x1B\x1DyD1\0\x02\0hi\x1B\x1DyI");
	REPLIED(&b, "\x1B\x1DyI\x3F\0");
	FEED(&b, "\x1B\x1DyS2\x08\x1B\x1DyP");
	ck_assert_int_eq(bed_item(&b, 0)->width, 168);
	ck_assert_uint_eq(bed_rows(&b), 168);
	// the data are kept, settings out of range do not count
	FEED(&b, "\x1B\x1DyS2\x09\x1B\x1D"
		 "a\x02\x1B\x1DyP");
	bed_printed(&b, "[QR hi]\n[QR hi]\n");
	ck_assert(bed_dot(&b, 575, 168));
	// two blocks are not modelled, no data are no symbol
	FEED(&b, "\x1B\x1DyD2\x02\x03\x01\0a\x1B@\x1B\x1DyP");
	ck_assert_int_eq(bed_item(&b, 2)->type, PH_EMU_ITEM_REFUSED);
	ck_assert_int_eq(bed_item(&b, 3)->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

START_TEST(test_pdf417)
{
	char read[2048];

	open_as(PH_EMU_DIALECT_STARLINE);
	// 0 rows: as many as needed; 2 columns of 17 modules beside 69, of 3 dots
	FEED(&b, "\x1B\x1DxS0\x01\x00\x02\x1B\x1DxS1\x02\x1B\x1DxS2\x03\x1B\x1DxS3\x03"
		 "\x1B\x1DxD\x17\0https://example.org/r/1\x1B\x1D"
		 "a\x01\x1B\x1DxP");
	bed_printed(&b, "[PDF417 https://example.org/r/1]\n");
	ck_assert_int_eq(bed_item(&b, 0)->width, (17 * 2 + 69) * 3);
	ck_assert_int_eq(bed_item(&b, 0)->height % 9, 0);
	read_picture("ZXingReader", "| grep ^Text:", read, sizeof read);
	ck_assert_str_eq(read, "Text:       \"https://example.org/r/1\"\n");
	FEED(&b, "\x1B\x1DxI");
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	ck_assert_uint_eq(b.reply_len, 8);
	ck_assert_mem_eq(b.reply, "\x1B\x1DxI\x35\x01", 6); // 309 dots
	// more than it holds
	FEED(&b, "\x1B\x1DxS0\x01\x03\x01\x1B\x1DxP");
	ck_assert_int_eq(bed_item(&b, 1)->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_symbols");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(tc, test_read_by_zbar, 0, (int)(sizeof bars / sizeof *bars));
	tcase_add_test(tc, test_text_below);
	tcase_add_test(tc, test_widths);
	tcase_add_test(tc, test_refused_bars);
	tcase_add_test(tc, test_qr_size);
	tcase_add_test(tc, test_pdf417);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
