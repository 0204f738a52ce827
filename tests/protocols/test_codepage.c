// Code pages byte by byte against another judge, iconv(3), and what printers need besides.
#include "protocols/codepage/codepage.h"
#include "protocols/codepage/multibyte.h"

#include <check.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// iconv's answer for one byte: a code point, or -1 for undefined and controls.
static int32_t judge(iconv_t cd, uint8_t byte)
{
	uint32_t out[4] = {0};
	char *in_p = (char *)&byte, *out_p = (char *)out;
	size_t in_len = 1, out_len = sizeof out;

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in_p, &in_len, &out_p, &out_len) == (size_t)-1)
		return -1;
	iconv(cd, NULL, NULL, &out_p, &out_len); // some pages hold a letter back for its marks
	return out_len == sizeof out - 4 && out[0] >= 0xa0 ? (int32_t)out[0] : -1;
}

// The name iconv has for a page; NULL for those it has not, each of which is named here. For katakana
// it is asked through Shift-JIS.
static const char *iconv_name(int page)
{
	static const char *const missing[] = {"cp720", "cp853", "cp1098", "thai42", "thai11",
		"thai13", "thai14", "thai16", "thai18", "tcvn3-capitals", "cp3001", "cp3002",
		"cp3011", "cp3012", "cp3021", "cp3840", "cp3841", "cp3843", "cp3844", "cp3845",
		"cp3846", "cp3847", "cp3848", "cp928"};
	const char *name = ph_codepage_name(page);

	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		if (strcmp(name, missing[i]) == 0)
			return NULL;
	}
	if (page == PH_CODEPAGE_KATAKANA)
		return "SHIFT_JIS";
	return page == PH_CODEPAGE_TCVN3 ? "TCVN5712-1" : name;
}

// TCVN-3 is TCVN 5712 without the marks and the capitals that came later.
static bool is_beyond_tcvn3(int page, unsigned byte)
{
	return page == PH_CODEPAGE_TCVN3 && ph_codepage_decode(page, (uint8_t)byte) < 0;
}

START_TEST(pages_are_those_of_iconv)
{
	int pages = 0;

	for (int page = 0; page < PH_CODEPAGE_COUNT; page++) {
		if (!iconv_name(page))
			continue;
		iconv_t cd = iconv_open("UCS-4LE", iconv_name(page));
		ck_assert_msg(cd != (iconv_t)-1, "%s", iconv_name(page));
		for (unsigned byte = 0x80; byte < 0x100; byte++) {
			if (is_beyond_tcvn3(page, byte))
				continue;
			ck_assert_msg(
				ph_codepage_decode(page, (uint8_t)byte) == judge(cd, (uint8_t)byte),
				"%s 0x%02x: U+%04X, iconv U+%04X", ph_codepage_name(page), byte,
				ph_codepage_decode(page, (uint8_t)byte), judge(cd, (uint8_t)byte));
		}
		iconv_close(cd);
		pages++;
	}
	ck_assert_int_eq(pages, PH_CODEPAGE_COUNT - 24);
}
END_TEST

// Microsoft, "code page 720 (Arabic - Transparent ASMO)", which iconv lacks.
START_TEST(page_720_has_the_arabic_letters)
{
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_720, 0x9f), 0x0627); // alef
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_720, 0xa0), 0x0628); // beh
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_720, 0x82), 0x00e9);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_720, 0x0627), 0x9f);
}
END_TEST

// Epson reference, "Character code tables", which iconv lacks: Thai 42 and 11, the capitals of TCVN-3.
START_TEST(pages_of_epson_alone)
{
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_THAI42, 0xa1), 0x0e01); // ko kai
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_THAI42, 0x80), 0x250c);
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_THAI11, 0xa1), 0x0e01);
	ck_assert_int_eq(ph_codepage_decode(PH_CODEPAGE_THAI18, 0xdf), 0x0e3f); // baht
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_TCVN3, 0x1ea1), 0xb9);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_TCVN3_CAPITALS, 0x1ea0), 0xb9);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_TCVN3_CAPITALS, 0x1ea1), -1);
}
END_TEST

START_TEST(every_character_comes_back)
{
	for (int page = 0; page < PH_CODEPAGE_COUNT; page++) {
		for (unsigned byte = 0; byte < 0x100; byte++) {
			const int32_t cp = ph_codepage_decode(page, (uint8_t)byte);
			if (cp < 0)
				continue;
			const int back = ph_codepage_encode(page, (uint32_t)cp);
			ck_assert_int_eq(ph_codepage_decode(page, (uint8_t)back), cp);
			ck_assert(ph_codepage_pages((uint32_t)cp) & PH_CODEPAGE_BIT(page));
		}
	}
}
END_TEST

START_TEST(the_set_of_pages_is_what_encode_says)
{
	for (uint32_t cp = 0; cp < 0x11000; cp++) {
		uint64_t pages = 0;
		for (int page = 0; page < PH_CODEPAGE_COUNT; page++)
			pages |= ph_codepage_encode(page, cp) < 0x20 ? 0 : PH_CODEPAGE_BIT(page);
		if (pages != ph_codepage_pages(cp)) // asserting each would take a second
			ck_abort_msg("U+%04X", cp);
	}
	ck_assert_uint_eq(ph_codepage_pages('A'), PH_CODEPAGE_ALL);
	ck_assert_uint_eq(ph_codepage_pages(0xffffffff), 0);
}
END_TEST

START_TEST(controls_are_in_no_page)
{
	for (int page = 0; page < PH_CODEPAGE_COUNT; page++) {
		for (uint32_t cp = 0; cp < 0xa0; cp++) {
			if (cp >= 0x20 && cp < 0x7f)
				continue;
			ck_assert_int_eq(ph_codepage_encode(page, cp), -1);
		}
		for (unsigned byte = 0; byte < 0x20; byte++)
			ck_assert_int_eq(ph_codepage_decode(page, (uint8_t)byte), -1);
		ck_assert_int_eq(ph_codepage_decode(page, 0x7f), -1);
		ck_assert_int_eq(ph_codepage_decode(page, '%'), '%'); // 864 of the tables differs
	}
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_COUNT, 0xe9), -1);
}
END_TEST

// iconv's two bytes for a code point, or -1.
static int judge_two(iconv_t cd, uint32_t cp)
{
	uint8_t out[8];
	char *in_p = (char *)&cp, *out_p = (char *)out;
	size_t in_len = 4, out_len = sizeof out;

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in_p, &in_len, &out_p, &out_len) == (size_t)-1 || out_len != sizeof out - 2)
		return -1;
	return out[0] << 8 | out[1];
}

static const struct {
	const char *iconv;
	unsigned least;	    // characters
	unsigned different; // ours and iconv's, of those that both have
} sets[PH_MULTIBYTE_COUNT] = {
	[PH_MULTIBYTE_SHIFT_JIS] = {"SHIFT_JIS", 6879, 0},
	[PH_MULTIBYTE_GB18030] = {"GB18030", 23900, 0},
	// the slash and the backslash of full width are in Big5 twice
	[PH_MULTIBYTE_BIG5] = {"BIG5", 13000, 2},
	[PH_MULTIBYTE_949] = {"CP949", 17000, 0},
};

START_TEST(two_byte_sets_are_those_of_iconv)
{
	unsigned count = 0, different = 0;
	iconv_t cd = iconv_open(sets[_i].iconv, "UCS-4LE");

	ck_assert_msg(cd != (iconv_t)-1, "%s", sets[_i].iconv);
	for (uint32_t cp = 0; cp < 0x10000; cp++) {
		const int ours = ph_multibyte_encode(_i, cp), theirs = judge_two(cd, cp);
		count += ours >= 0;
		different += ours >= 0 && theirs >= 0 && ours != theirs;
		if (ours >= 0 && ((ours & 0xff) < 0x40 || ours >> 8 < 0x81))
			ck_abort_msg("U+%04X: %04x", cp, ours);
	}
	iconv_close(cd);
	ck_assert_uint_ge(count, sets[_i].least);
	ck_assert_uint_eq(different, sets[_i].different);
	ck_assert_int_eq(ph_multibyte_encode(_i, 'A'), -1);
	ck_assert_int_eq(ph_multibyte_encode(_i, 0x1f600), -1);
}
END_TEST

START_TEST(well_known_two_bytes)
{
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_SHIFT_JIS, 0x65e5), 0x93fa); // sun
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_SHIFT_JIS, 0x301c), 0x8160); // wave dash
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_SHIFT_JIS, 0xff5e), 0x8160);
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_GB18030, 0x4e2d), 0xd6d0); // middle
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_BIG5, 0x4e2d), 0xa4a4);
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_949, 0xd55c), 0xc7d1); // han
	ck_assert_int_eq(ph_multibyte_encode(PH_MULTIBYTE_COUNT, 0x4e2d), -1);
}
END_TEST

START_TEST(names_find_their_pages)
{
	for (int page = 0; page < PH_CODEPAGE_COUNT; page++)
		ck_assert_int_eq(ph_codepage_by_name(ph_codepage_name(page)), page);
	ck_assert_int_eq(ph_codepage_by_name("PC858"), PH_CODEPAGE_858);
	ck_assert_int_eq(ph_codepage_by_name("437"), PH_CODEPAGE_437);
	ck_assert_int_eq(ph_codepage_by_name("ISO8859-15"), PH_CODEPAGE_8859_15);
	ck_assert_int_eq(ph_codepage_by_name(""), -1);
	ck_assert_int_eq(ph_codepage_by_name("1252 and much more text"), -1);
	ck_assert_ptr_null(ph_codepage_name(-1));
	ck_assert_ptr_null(ph_codepage_name(PH_CODEPAGE_COUNT));
}
END_TEST

// The characters on which tills stumble most, from the charts of IBM and Microsoft.
START_TEST(well_known_bytes)
{
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_437, 0xe9), 0x82);   // é
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_858, 0x20ac), 0xd5); // euro
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_850, 0x20ac), -1);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_1252, 0x20ac), 0x80);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_8859_15, 0x20ac), 0xa4);
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_866, 0x0416), 0x86); // Ж
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_852, 0x0142), 0x88); // ł
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_437, 0x2500), 0xc4); // line
	ck_assert_int_eq(ph_codepage_encode(PH_CODEPAGE_KATAKANA, 0xff71), 0xb1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codepage");
	TCase *tests = tcase_create("pages");

	tcase_add_test(tests, pages_are_those_of_iconv);
	tcase_add_test(tests, page_720_has_the_arabic_letters);
	tcase_add_test(tests, pages_of_epson_alone);
	tcase_add_test(tests, every_character_comes_back);
	tcase_add_test(tests, the_set_of_pages_is_what_encode_says);
	tcase_add_test(tests, controls_are_in_no_page);
	tcase_add_loop_test(tests, two_byte_sets_are_those_of_iconv, 0, PH_MULTIBYTE_COUNT);
	tcase_add_test(tests, well_known_two_bytes);
	tcase_add_test(tests, names_find_their_pages);
	tcase_add_test(tests, well_known_bytes);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
