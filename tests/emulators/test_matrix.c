// Two-dimensional codes, the GS1 DataBar family and the linear codes once more, read off the picture by
// ZXingReader (zbarimg reads its share in test_symbols.c); sizes and refusals exactly.
#include <stdio.h>
#include <unistd.h>

#include "tests/emulators/printer_bed.h"

struct symbol {
	const char *bytes;
	size_t len;
	const char *format, *read; /* what the reader says; NULL: it knows no such symbol */
	const char *text;	   /* what the paper says */
};

#define S(format, read, text, bytes)                                                               \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, format, read, text                                       \
	}

#define PRINT(cn) "\x1D(k\x03\0" cn "\x51\x30"

static const struct symbol symbols[] = {
	S("QRCode",
		"Gr\xC3\xBC\xC3\x9F"
		"e",
		"[QR Gr\xC3\xBC\xC3\x9F"
		"e]\n",
		"\x1D(k\x0A\0\x31\x50\x30"
		"Gr\xC3\xBC\xC3\x9F"
		"e" PRINT("\x31")),
	// levels M, Q and H, modules of 5 dots
	S("QRCode", "level H", "[QR level H]\n",
		"\x1D(k\x03\0\x31\x45\x33\x1D(k\x03\0\x31\x43\x05\x1D(k\x0A\0\x31\x50\x30"
		"level H" PRINT("\x31")),
	S(NULL, NULL, "[MICROQR 12345]\n",
		"\x1D(k\x04\0\x31\x41\x33\0\x1D(k\x08\0\x31\x50\x30"
		"12345" PRINT("\x31")),
	S("PDF417", "automatic", "[PDF417 automatic]\n",
		"\x1D(k\x0C\0\x30\x50\x30"
		"automatic" PRINT("\x30")),
	S("PDF417", "four columns, level 5", "[PDF417 four columns, level 5]\n",
		"\x1D(k\x03\0\x30\x41\x04\x1D(k\x04\0\x30\x45\x30\x35\x1D(k\x03\0\x30\x43\x02"
		"\x1D(k\x03\0\x30\x44\x04\x1D(k\x18\0\x30\x50\x30"
		"four columns, level 5" PRINT("\x30")),
	S("PDF417", "ratio", "[PDF417 ratio]\n",
		"\x1D(k\x04\0\x30\x45\x31\x0A\x1D(k\x08\0\x30\x50\x30"
		"ratio" PRINT("\x30")),
	S("PDF417", "truncated", "[PDF417 truncated]\n",
		"\x1D(k\x03\0\x30\x46\x01\x1D(k\x0C\0\x30\x50\x30"
		"truncated" PRINT("\x30")),
	S("Aztec", "full or compact", "[AZTEC full or compact]\n",
		"\x1D(k\x12\0\x35\x50\x30"
		"full or compact" PRINT("\x35")),
	S("Aztec", "compact 3", "[AZTEC compact 3]\n",
		"\x1D(k\x04\0\x35\x42\x01\x03\x1D(k\x03\0\x35\x43\x04\x1D(k\x0C\0\x35\x50\x30"
		"compact 3" PRINT("\x35")),
	S("Aztec", "full 6, half of it check", "[AZTEC full 6, half of it check]\n",
		"\x1D(k\x04\0\x35\x42\0\x06\x1D(k\x03\0\x35\x45\x32\x1D(k\x1B\0\x35\x50\x30"
		"full 6, half of it check" PRINT("\x35")),
	S("DataMatrix", "square", "[DATAMATRIX square]\n",
		"\x1D(k\x09\0\x36\x50\x30"
		"square" PRINT("\x36")),
	S("DataMatrix", "24 x 24", "[DATAMATRIX 24 x 24]\n",
		"\x1D(k\x05\0\x36\x42\0\x18\x18\x1D(k\x03\0\x36\x43\x05\x1D(k\x0A\0\x36\x50\x30"
		"24 x 24" PRINT("\x36")),
	S("DataMatrix", "12x36", "[DATAMATRIX 12x36]\n",
		"\x1D(k\x05\0\x36\x42\x01\x0C\x24\x1D(k\x08\0\x36\x50\x30"
		"12x36" PRINT("\x36")),
	S("DataMatrix", "any rectangle", "[DATAMATRIX any rectangle]\n",
		"\x1D(k\x05\0\x36\x42\x01\0\0\x1D(k\x10\0\x36\x50\x30"
		"any rectangle" PRINT("\x36")),
	// the linear part of a composite
	S("EAN-13", "4006381333931", "[COMPOSITE (10)ABC123]\n",
		"\x1D(k\x11\0\x34\x50\x30\x30\x42"
		"400638133393\x1D(k\x0F\0\x34\x50\x30\x31\x41"
		"(10)ABC123" PRINT("\x34")),
	S("DataBar", "09501101530003", "[DATABAR 0109501101530003]\n",
		"\x1Dk\x4B\x0D"
		"0950110153000"),
	S("DataBar", "09501101530003", "[DATABAR-TRUNCATED 0109501101530003]\n",
		"\x1Dk\x4C\x0E"
		"09501101530003"),
	// neither reader knows DataBar Limited
	S(NULL, NULL, "[DATABAR-LIMITED 0109501101530003]\n",
		"\x1Dk\x4D\x0D"
		"0950110153000"),
	S("DataBarExpanded", "(01)90614141000015(3202)000150",
		"[DATABAR-EXPANDED 01906141410000153202000150]\n",
		"\x1Dk\x4E\x1E"
		"(01)90614141000015(3202)000150"),
	S("EAN-13", "4006381333931", "[EAN13 4006381333931]\n",
		"\x1Dk\x43\x0C"
		"400638133393"),
	S("EAN-8", "96385074", "[EAN8 96385074]\n",
		"\x1Dk\x44\x07"
		"9638507"),
	S("UPC-A", "036000291452", "[UPCA 036000291452]\n",
		"\x1Dk\x41\x0B"
		"03600029145"),
	S("UPC-E", "04252614", "[UPCE 04252614]\n",
		"\x1Dk\x42\x0B"
		"04210000526"),
	S("Code39", "CODE 39", "[CODE39 CODE 39]\n",
		"\x1Dk\x45\x07"
		"CODE 39"),
	S("ITF", "12345678901231", "[ITF 12345678901231]\n",
		"\x1Dk\x46\x0E"
		"12345678901231"),
	S("Codabar", "40156", "[CODABAR A40156B]\n",
		"\x1Dk\x47\x07"
		"A40156B"),
	S("Code93", "CODE 93", "[CODE93 CODE 93]\n",
		"\x1Dk\x48\x07"
		"CODE 93"),
	S("Code128", "No.123456", "[CODE128 No.123456]\n", "\x1Dk\x49\x0A{BNo.{C\x0C\x22\x38"),
	S("Code128", "0109501101530003", "[GS1-128 0109501101530003]\n",
		"\x1Dk\x4A\x12"
		"(01)09501101530003"),
	S("Code128", "Auto 1234567", "[CODE128 Auto 1234567]\n",
		"\x1Dk\x4F\x0C"
		"Auto 1234567"),
};

static void read_png(const struct ph_emu_paper *paper, char *format, char *text)
{
	char path[] = "/tmp/poshal-matrix-XXXXXX", command[256], line[512];
	uint8_t *png;
	size_t len;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ph_emu_paper_png(paper, 2, &png, &len), 0);
	ck_assert_int_eq(write(fd, png, len), (ssize_t)len);
	close(fd);
	free(png);
	snprintf(command, sizeof command, "ZXingReader %s", path);
	FILE *f = popen(command, "r");
	*format = *text = 0;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (!*text && strncmp(line, "Text:       \"", 13) == 0)
			snprintf(text, 500, "%.*s", (int)strlen(line) - 14, line + 13);
		if (!*format && strncmp(line, "Format:     ", 12) == 0)
			snprintf(format, 100, "%.99s", line + 12);
	}
	pclose(f);
	unlink(path);
}

START_TEST(test_symbol)
{
	const struct symbol *s = &symbols[_i];
	char format[100], text[500];
	struct bed b;

	bed_init(&b);
	bed_open(&b);
	FEED(&b, "\x1B"
		 "a\x01\x1Dw\x02\x1Dh\x50");
	bed_feed(&b, s->bytes, s->len);
	bed_printed(&b, s->text);
	if (s->format) {
		read_png(ph_emu_printer_paper(b.p), format, text);
		ck_assert_str_eq(format, s->format);
		ck_assert_str_eq(text, s->read);
	}
	bed_done(&b);
}
END_TEST

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static const struct ph_emu_item *last(void)
{
	return bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1);
}

// width, height, 1, whether it can be printed
START_TEST(test_sizes)
{
	FEED(&b, "\x1D(k\x05\0\x31\x50\x30hi\x1D(k\x03\0\x31\x43\x0A\x1D(k\x03\0\x31\x52\x30");
	REPLIED(&b, "\x37\x36"
		    "210\x1F"
		    "210\x1F"
		    "1\x1F"
		    "0\0");
	// two columns: 17 * 2 + 69 modules of 3 dots, six rows of nine
	FEED(&b, "\x1D(k\x03\0\x30\x41\x02\x1D(k\x05\0\x30\x50\x30hi\x1D(k\x03\0\x30\x52\x30");
	REPLIED(&b, "\x37\x2F"
		    "309\x1F"
		    "54\x1F"
		    "1\x1F"
		    "0\0");
	// ten dots a module do not fit into 200
	FEED(&b, "\x1DW\xC8\0\x1D(k\x03\0\x31\x52\x30");
	REPLIED(&b, "\x37\x36"
		    "210\x1F"
		    "210\x1F"
		    "1\x1F"
		    "1\0");
	FEED(&b, PRINT("\x31"));
	ck_assert_str_eq(last()->text, "wider than the print area");
	// nothing stored
	FEED(&b, "\x1D(k\x03\0\x36\x52\x30");
	REPLIED(&b, "\x37\x3D"
		    "0\x1F"
		    "0\x1F"
		    "1\x1F"
		    "1\0");
	ck_assert_uint_eq(bed_rows(&b), 0);
}
END_TEST

START_TEST(test_storage)
{
	// printing leaves it, ESC @ does not; the next symbology has its own
	FEED(&b, "\x1D(k\x05\0\x36\x50\x30hi" PRINT("\x36") PRINT("\x36") PRINT("\x35"));
	ck_assert_str_eq(last()->text, "nothing stored");
	FEED(&b, "\x1B@" PRINT("\x36"));
	ck_assert_str_eq(last()->text, "nothing stored");
	bed_printed(&b, "[DATAMATRIX hi]\n[DATAMATRIX hi]\n");
	ck_assert_uint_eq(bed_rows(&b), 60);
}
END_TEST

START_TEST(test_impossible)
{
	// 8 x 18 holds five letters; three rows of one column hold hardly any
	FEED(&b, "\x1D(k\x05\0\x36\x42\x01\x08\x12\x1D(k\x17\0\x36\x50\x30"
		 "abcdefghijklmnopqrst" PRINT("\x36"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, "\x1D(k\x03\0\x30\x41\x01\x1D(k\x03\0\x30\x42\x03\x1D(k\x17\0\x30\x50\x30"
		 "abcdefghijklmnopqrst" PRINT("\x30"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, "\x1D(k\x07\0\x33\x50\x30\x48xyz" PRINT("\x33"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	ck_assert_uint_eq(bed_rows(&b), 0);
}
END_TEST

// settings out of range leave what was there
START_TEST(test_settings_out_of_range)
{
	FEED(&b, "\x1D(k\x03\0\x31\x43\x11\x1D(k\x03\0\x31\x43\0\x1D(k\x03\0\x31\x45\x34"
		 "\x1D(k\x05\0\x31\x50\x30hi\x1D(k\x03\0\x31\x52\x30");
	REPLIED(&b, "\x37\x36"
		    "63\x1F"
		    "63\x1F"
		    "1\x1F"
		    "0\0");
}
END_TEST

START_TEST(test_maxicode)
{
	char format[100], text[500];

	FEED(&b, "\x1D(k\x03\0\x32\x41\x34\x1D(k\x0D\0\x32\x50\x30"
		 "Hello Maxi" PRINT("\x32"));
	bed_printed(&b, "[MAXICODE Hello Maxi]\n");
	read_png(ph_emu_printer_paper(b.p), format, text);
	ck_assert_str_eq(format, "MaxiCode");
	ck_assert_str_eq(text, "Hello Maxi");
	// mode 2: postal code, country, class of service
	FEED(&b, "\x1B@\x1D(k\x03\0\x32\x41\x32\x1D(k\x1D\0\x32\x50\x30"
		 "999999999\x1D"
		 "840\x1D"
		 "001\x1D"
		 "Hello Max" PRINT("\x32"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_SYMBOL);
}
END_TEST

START_TEST(test_heights)
{
	// GS h below and above what the symbology asks for, in modules of 2 dots
	FEED(&b, "\x1Dw\x02\x1Dh\x10\x1Dk\x4B\x0D"
		 "0950110153000");
	ck_assert_int_eq(last()->height, 66);
	ck_assert_int_eq(last()->width, 2 * 95);
	FEED(&b, "\x1Dk\x4C\x0D"
		 "0950110153000");
	ck_assert_int_eq(last()->height, 26);
	FEED(&b, "\x1Dk\x4D\x0D"
		 "0950110153000");
	ck_assert_int_eq(last()->height, 20);
	ck_assert_int_eq(last()->width, 2 * 73);
	FEED(&b, "\x1Dh\xC8\x1Dk\x4B\x0D"
		 "0950110153000");
	ck_assert_int_eq(last()->height, 200);
	FEED(&b, "\x1Dk\x4D\x0D"
		 "0950110153000");
	ck_assert_int_eq(last()->height, 20);
	// half steps of the module
	FEED(&b, "\x1Dw\x45\x1Dk\x44\x07"
		 "9638507");
	ck_assert_int_eq(last()->width, 67 * 5 / 2);
}
END_TEST

// without a font each character is a box on rows 3 to 18, columns 1 to 10 of its cell
START_TEST(test_text_of_bar_codes)
{
	FEED(&b, "\x1Dw\x03\x1Dh\x14\x1DH\x02\x1Dk\x41\x0B"
		 "03600029145");
	// the first group is centred on modules 3 to 45: 9 dots + (126 - 72) / 2
	bed_dots(&b, 9 + 27, 20 + 4 + 2, "............\n.##########.\n.#........#.\n");
	bed_dots(&b, 0, 20, "....................................\n");
	// the second on 50 to 92
	bed_dots(&b, 150 + 27 - 2, 20 + 4 + 3, "...####\n");
	uint64_t y = bed_rows(&b);
	ck_assert_uint_eq(y, 20 + 4 + 24);
	// one centred run above the bars: 285 dots, thirteen characters of 12
	FEED(&b, "\x1DH\x01\x1Dk\x43\x0C"
		 "400638133393");
	bed_dots(&b, (285 - 156) / 2, y + 3, ".##########.\n");
	bed_dots(&b, 0, y + 24 + 4, "###...#\n");
	y = bed_rows(&b);
	// spread: "AB" and two boxes on the inner fifths of 66 + 18 modules
	FEED(&b, "\x1DH\x02\x1Dk\x48\x02"
		 "AB");
	unsigned width = (9 * 6 + 1) * 3;
	ck_assert_int_eq(last()->width, width);
	bed_dots(&b, width / 5 - 3, y + 24 + 5, "######.\n#....#.\n");
	bed_dots(&b, width * 2 / 5 - 6, y + 24 + 3, ".##########.\n");
}
END_TEST

START_TEST(test_text_wider_than_bars)
{
	// text of 4 x 12 = 48 dots under 22 modules is wider than one dot each
	FEED(&b, "\x1Dw\x01\x1Dh\x0A\x1DH\x02\x1Dk\x44\x07"
		 "9638507");
	ck_assert_int_eq(last()->width, 67);
	// the block is 96 dots wide then, and the bars stand in its middle
	bed_dots(&b, (96 - 67) / 2 - 1, 0, ".#.#\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("two-dimensional codes");
	TCase *tc = tcase_create("readers");
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(tc, test_symbol, 0, (int)(sizeof symbols / sizeof *symbols));
	suite_add_tcase(suite, tc);
	tc = tcase_create("drawing");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_storage);
	tcase_add_test(tc, test_impossible);
	tcase_add_test(tc, test_settings_out_of_range);
	tcase_add_test(tc, test_maxicode);
	tcase_add_test(tc, test_heights);
	tcase_add_test(tc, test_text_of_bar_codes);
	tcase_add_test(tc, test_text_wider_than_bars);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
