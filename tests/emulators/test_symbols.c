// Symbols off the paper: independent readers (zbarimg, ZXingReader) decode the PNG of each symbology.
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

static const struct symbol symbols[] = {
	S("\x1Dk\x41\x0B"
	  "03600029145",
		"UPC-A:036000291452\n", "[UPCA 036000291452]\n"),
	S("\x1Dk\x42\x0B"
	  "04210000526",
		"UPC-E:04252614\n", "[UPCE 04252614]\n"),
	S("\x1Dk\x42\x06"
	  "123457",
		"UPC-E:01234572\n", "[UPCE 01234572]\n"),
	S("\x1Dk\x42\x0B"
	  "01210000345",
		"UPC-E:01234514\n", "[UPCE 01234514]\n"),
	S("\x1Dk\x43\x0C"
	  "400638133393",
		"EAN-13:4006381333931\n", "[EAN13 4006381333931]\n"),
	S("\x1Dk\x02"
	  "9780201379624\0",
		"ISBN-13:9780201379624\n", "[EAN13 9780201379624]\n"),
	S("\x1Dk\x44\x07"
	  "9638507",
		"EAN-8:96385074\n", "[EAN8 96385074]\n"),
	S("\x1Dk\x45\x0E"
	  "CODE 39-$/+%.Z",
		"CODE-39:CODE 39-$/+%.Z\n", "[CODE39 CODE 39-$/+%.Z]\n"),
	S("\x1Dk\x46\x0E"
	  "12345678901231",
		"I2/5:12345678901231\n", "[ITF 12345678901231]\n"),
	S("\x1Dk\x47\x0C"
	  "A40156-$:/.B",
		"Codabar:A40156-$:/.B\n", "[CODABAR A40156-$:/.B]\n"),
	S("\x1Dk\x48\x0A"
	  "CODE 93-%Z",
		"CODE-93:CODE 93-%Z\n", "[CODE93 CODE 93-%Z]\n"),
	S("\x1Dk\x48\x08"
	  "Ab{1}~:?",
		"CODE-93:Ab{1}~:?\n", "[CODE93 Ab{1}~:?]\n"),
	S("\x1Dk\x49\x0F"
	  "{BNo.{C\x0C\x22\x38{Babc",
		"CODE-128:No.123456abc\n", "[CODE128 No.123456abc]\n"),
	S("\x1Dk\x49\x09"
	  "{AUPPER{C",
		"CODE-128:UPPER\n", "[CODE128 UPPER]\n"),
	S("\x1Dk\x4A\x12"
	  "(01)09501101530003",
		"CODE-128:0109501101530003\n", "[GS1-128 0109501101530003]\n"),
	S("\x1Dk\x4F\x0C"
	  "Auto 1234567",
		"CODE-128:Auto 1234567\n", "[CODE128 Auto 1234567]\n"),
	S("\x1D(k\x11\0\x33\x50\x30\x49"
	  "0950110153000\x1D(k\x03\0\x33\x51\x30",
		"DataBar:0109501101530003\n", "[DATABAR-STACKED 0950110153000]\n"),
	// 200 dots: two characters in a row
	S("\x1D(k\x04\0\x33\x47\xC8\0\x1D(k\x1D\0\x33\x50\x30\x4C"
	  "(01)09501101530003(10)ABC\x1D(k\x03\0\x33\x51\x30",
		"DataBar-Exp:010950110153000310ABC\n",
		"[DATABAR-EXPANDED-STACKED (01)09501101530003(10)ABC]\n"),
	S("\x1D(k\x03\0\x31\x43\x04\x1D(k\x03\0\x31\x45\x31"
	  "\x1D(k\x1D\0\x31\x50\x30https://example.org/r/1?=1\x1D(k\x03\0\x31\x51\x30",
		"QR-Code:https://example.org/r/1?=1\n", "[QR https://example.org/r/1?=1]\n"),
};

static char *read_png(const struct ph_emu_paper *paper, unsigned scale)
{
	char path[] = "/tmp/poshal-symbol-XXXXXX", command[256];
	uint8_t *png;
	size_t len;
	static char out[4096];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ph_emu_paper_png(paper, scale, &png, &len), 0);
	ck_assert_int_eq(write(fd, png, len), (ssize_t)len);
	close(fd);
	free(png);
	// the reader's own complaints about a missing message bus are not ours
	snprintf(command, sizeof command,
		"zbarimg -q --nodbus -S enable -S upca.enable -S upce.enable -S isbn13.enable %s "
		"2>/dev/null",
		path);
	FILE *f = popen(command, "r");
	out[fread(out, 1, sizeof out - 1, f)] = 0;
	pclose(f);
	unlink(path);
	return out;
}

START_TEST(test_symbol)
{
	const struct symbol *s = &symbols[_i];
	struct bed b;

	bed_init(&b);
	bed_open(&b);
	FEED(&b, "\x1B"
		 "a\x01\x1Dw\x02\x1Dh\x50");
	bed_feed(&b, s->bytes, s->len);
	bed_printed(&b, s->text);
	ck_assert_str_eq(read_png(ph_emu_printer_paper(b.p), 2), s->read);
	bed_done(&b);
}
END_TEST

// two rows of at least 33 modules, and three between them
START_TEST(test_stacked_omnidirectional_height)
{
	struct bed b;

	bed_init(&b);
	bed_open(&b);
	FEED(&b, "\x1D(k\x03\0\x33\x43\x02\x1D(k\x11\0\x33\x50\x30\x49"
		 "0950110153000\x1D(k\x03\0\x33\x51\x30");
	ck_assert_int_ge(bed_item(&b, 0)->height, 2 * (33 + 3 + 33));
	bed_done(&b);
}
END_TEST

// human-readable text above and below does not disturb the reader, on 58 mm paper neither
START_TEST(test_with_text)
{
	struct bed b;

	bed_init(&b);
	b.config.width_dots = 384;
	if (ph_emu_font_new(NULL, &b.config.font) < 0)
		b.config.font = NULL;
	bed_open(&b);
	FEED(&b, "\x1B"
		 "a\x01\x1DH\x03\x1Dw\x02\x1Dk\x43\x0C"
		 "400638133393"
		 "\n\n\x1Dk\x44\x07"
		 "9638507"
		 "\n");
	ck_assert_str_eq(
		read_png(ph_emu_printer_paper(b.p), 1), "EAN-8:96385074\nEAN-13:4006381333931\n");
	ph_emu_font_unref(b.config.font);
	bed_done(&b);
}
END_TEST

START_TEST(test_refusals)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
#define B(bytes) {bytes, sizeof(bytes) - 1}
		B("\x1Dk\x41\x05"
		  "12345"),
		B("\x1Dk\x42\x0B"
		  "12345678901"),
		B("\x1Dk\x43\x0C"
		  "40063813339x"),
		B("\x1Dk\x45\x03"
		  "abc"),
		B("\x1Dk\x46\x03"
		  "123"),
		B("\x1Dk\x47\x04"
		  "1234"),
		B("\x1Dk\x48\x03"
		  "ab\x80"),
		B("\x1Dk\x49\x03"
		  "abc"),
		B("\x1Dk\x49\x05"
		  "{Cxyz"),
		B("\x1Dk\x4A\x01"
		  "1"),
		B("\x1Dk\x49\x04"
		  "{B{x"),
		B("\x1Dk\x43\x00"),
		B("\x1Dk\x49\x03"
		  "{A{"),
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct bed b;
		bed_init(&b);
		bed_open(&b);
		bed_feed(&b, bad[i].bytes, bad[i].len);
		ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
		bed_done(&b);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbols");
	TCase *tc = tcase_create("all");
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(tc, test_symbol, 0, (int)(sizeof symbols / sizeof *symbols));
	tcase_add_test(tc, test_stacked_omnidirectional_height);
	tcase_add_test(tc, test_with_text);
	tcase_add_test(tc, test_refusals);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
