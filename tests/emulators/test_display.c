// The emulated customer displays: command sets, write modes, windows, answers.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/display.h"

static struct ph_emu_display *d;

static void open_display(enum ph_emu_display_set set)
{
	struct ph_emu_display_config config;
	ph_emu_display_config_default(&config);
	config.set = set;
	ph_emu_display_free(d);
	ck_assert_int_eq(ph_emu_display_new(&config, &d), 0);
}

static void teardown(void)
{
	ph_emu_display_free(d);
	d = NULL;
}

#define FEED(text) ph_emu_display_feed(d, (const uint8_t *)(text), sizeof(text) - 1)

static void row_is(unsigned row, const char *text)
{
	char have[PH_EMU_DISPLAY_ROW_SIZE];
	ph_emu_display_row(d, row - 1, have);
	ck_assert_str_eq(have, text);
}

static void cursor_is(unsigned column, unsigned row)
{
	ck_assert_uint_eq(ph_emu_display_state(d)->cursor_column, column);
	ck_assert_uint_eq(ph_emu_display_state(d)->cursor_row, row);
}

static bool noted(const char *note)
{
	const char *const *notes;
	size_t n = ph_emu_display_notes(d, &notes);
	for (size_t i = 0; i < n; i++)
		if (strcmp(notes[i], note) == 0)
			return true;
	return false;
}

#define X20(c) c c c c c c c c c c c c c c c c c c c c

static const struct vector {
	enum ph_emu_display_set set;
	const char *bytes;
	size_t len;
	const char *row1, *row2;
} vectors[] = {
#define V(set, bytes, row1, row2)                                                                  \
	{                                                                                          \
		PH_EMU_DISPLAY_##set, bytes, sizeof(bytes) - 1, row1, row2                         \
	}
	/* the makers' vectors of the other sets */
	V(UTC, "\x1F\x10\x14X", "", "X"),
	V(UTC, "\x1F\x12" X20("A") X20("B") "C", X20("B"), "C"),
	V(UTC, "\x1F\x11" X20("A") X20("B") "C", "CAAAAAAAAAAAAAAAAAAA", X20("B")),
	V(UTC, "\x1F\x10\x28X", "X", ""),
	V(UTC_ENHANCED,
		"\x1B"
		"d\x1B"
		"uB" X20("-") "\r",
		"", X20("-")),
	V(UTC_ENHANCED,
		"\x1B"
		"uITOTAL               5.50\r",
		"TOTAL", "5.50"),
	V(AEDEX, "!#9" X20("A") X20("B") "\r", X20("A"), X20("B")),
	V(AEDEX, "!#1one\r!#2two\r!#1a\r", "a", "two"),
	V(AEDEX, "5!6", "5!6", ""),
	V(ADM788,
		"\x0C\x0Fxy\x0E"
		"a",
		"a", "xy"),
	V(DSP800, "\x04\x01P\x45\x17X", "", "X"),
	V(DSP800,
		"ab\x04\x01"
		"C\x31\x58\x17",
		"", ""),
	V(DSP800, "\x04\x01P\x59\x17X", "X", ""),
	V(LOGIC_CONTROLS, "\x1F\x10\x27XY", "Y", "                   X"),
	V(LOGIC_CONTROLS, "\x03|.F\x17\xA3\x03|", "|", ""),
	V(IBM,
		"\x10\x00"
		"a\x02\x02\x04\x60\x1F\x08z",
		"                   z", ""),
	V(IBM_APA, "\x1B[2J\x1B[2;5Hab\x1B[1;1Hx", "x", "    ab"),
	V(BA63, "\x1B[2J\x1B[2;05HX\nY", "    X", "     Y"),
	V(BA63, "\x1B[1;01HTOTAL\x1B[2;16H5.50 ", "TOTAL", "               5.50"),
	V(BA63, "abc\x08\x08\x08\x08z\x1B[0K", "z", ""),
	V(NCR,
		"\x1B\x02"
		"a\x1B\x13\x14"
		"b",
		"a", "b"),
	V(EPSON, "\x1B@AB", "AB", ""),
	V(EPSON,
		"\x0C"
		"ABCDEFGHIJKLMNOPQRSTU",
		"ABCDEFGHIJKLMNOPQRST", "U"),
	V(EPSON, "\x0C" X20("1") X20("1") "Z", "Z1111111111111111111", X20("1")),
	V(EPSON, "\x0C\x1F\x02" X20("A") X20("B") "Z", X20("B"), "Z"),
	V(EPSON,
		"\x0C\x1F\x03"
		"ABCDEFGHIJKLMNOPQRSTUV",
		"CDEFGHIJKLMNOPQRSTUV", ""),
	V(EPSON, "\x0C\x1F$\x0A\x02X", "", "         X"),
	V(EPSON, "\x0C\x1F$\x15\x01X", "X", ""),
	V(EPSON, "\x0C\x1F,51", "51", ""),
	V(EPSON,
		"\x1B=\x01"
		"A\x1B=\x02"
		"B",
		"B", ""),
	V(EPSON,
		"\x1BW\x01\x01\x03\x01\x06\x02\x0C"
		"ABCDE",
		"  ABCD", "  E"),
	V(EPSON,
		"\x1BW\x31\x31\x03\x01\x06\x02\x0C"
		"ABCDEFGHI",
		"  IBCD", "  EFGH"),
	V(EPSON,
		"\x1BW\x01\x01\x03\x01\x06\x02"
		"AB\x1BW\x01\x00"
		"X",
		"X AB", ""),
	// a window that overlaps another is ignored: writing goes on in the first
	V(EPSON,
		"\x1BW\x01\x01\x01\x01\x04\x01\x1BW\x02\x01\x03\x01\x06\x02"
		"abcde",
		"ebcd", ""),
	V(EPSON, "ab\nc\rd\x1F\x0Dz", "ab", "d c                z"),
	V(EPSON, "line\x18new", "new", ""),
	V(EPSON,
		"\x0B\x1F"
		"Bz\x09y",
		" y", "                   z"),
	V(EPSON, "\x1F\x02one\ntwo\nsix", "   two", "      six"),
	V(EPSON, "\x1Bt\x13\xD5\x1Bt\x10\x80\x1BR\x02[", "\xE2\x82\xAC\xE2\x82\xAC\xC3\x84", ""),
	V(EPSON,
		"\x1B&\x01\x41\x42\x05"
		"12345"
		"\x02"
		"12"
		"A",
		"A", ""),
	V(EPSON,
		"AB\x08\x08"
		"C",
		"CB", ""),
	V(EPSON, "\x08X", "", "                   X"),
	V(EPSON,
		"\x1F\x03"
		"AB\x1F$\x01\x01\x08"
		"C",
		"CAB", ""),
	V(EPSON, "abc\x1F@", "", ""),
	V(CD5220, "\x0C\x1BQATOTAL\x0D\x1BQB5.50\x0D", "TOTAL", "5.50"),
	V(CD5220, "\x1Bl\x05\x02X", "", "    X"),
	V(CD5220,
		"\x1BQAA\x0D\x1Bl\x01\x02"
		"B\x18",
		"", ""),
	V(CD5220, "\x1BQAold\x0D\x0C\x1Bl\x02\x02new", "", " new"),
	V(CD5220, "\x1B\x12" X20("A") X20("B") "Z", X20("B"), "Z"),
	V(CD5220,
		"\x1B\x13"
		"ABCDEFGHIJKLMNOPQRSTUV",
		"CDEFGHIJKLMNOPQRSTUV", ""),
	V(CD5220, "\x1F\x02" X20("A") X20("B") "Z", X20("B"), "Z"),
	V(CD5220, "\x1BQA12345678901234567890X", "12345678901234567890", ""),
	V(CD5220,
		"a\x1B[B"
		"b\x1B[A"
		"c\x1B[H"
		"d\x1B[R"
		"e\x1B[L"
		"f\x1B[Kg",
		"d c                e", "fb                 g"),
	V(CD5220,
		"\x1BW\x01\x03\x06\x02"
		"abcdef",
		"", "  efcd"),
	V(CD5220,
		"\x1B&\x01\x41\x41\x05\x36\x49\x49\x49\x36"
		"A",
		"A", ""),
	V(CD5220,
		"\x1B"
		"cR\x80\x1B"
		"fG[",
		"\xD0\x90\xC3\x84", ""),
};

START_TEST(test_vectors)
{
	const struct vector *v = &vectors[_i];
	open_display(v->set);
	ph_emu_display_feed(d, (const uint8_t *)v->bytes, v->len);
	row_is(1, v->row1);
	row_is(2, v->row2);
	// byte by byte it is the same
	open_display(v->set);
	for (size_t i = 0; i < v->len; i++)
		ph_emu_display_feed(d, (const uint8_t *)v->bytes + i, 1);
	row_is(1, v->row1);
	row_is(2, v->row2);
}
END_TEST

START_TEST(test_epson_cursor)
{
	open_display(PH_EMU_DISPLAY_EPSON);
	FEED("\x1B@AB");
	cursor_is(3, 1);
	FEED("\x1F"
	     "C\x00");
	ck_assert(!ph_emu_display_state(d)->cursor_visible);
	FEED("\x1F"
	     "C\x01");
	ck_assert(ph_emu_display_state(d)->cursor_visible);
}
END_TEST

START_TEST(test_epson_attributes)
{
	open_display(PH_EMU_DISPLAY_EPSON);
	FEED("\x1FX\x02\x1F#\x01\x05\x1F"
	     "E\x0A");
	const struct ph_emu_display_state *s = ph_emu_display_state(d);
	ck_assert_uint_eq(s->brightness, 40);
	ck_assert_uint_eq(s->annunciators, 1u << 4);
	ck_assert_uint_eq(s->blink, 10);
	FEED("\x1FX\x05\x1F#\x00\x05\x1F#\x01\x15");
	ck_assert_uint_eq(s->brightness, 40);
	ck_assert_uint_eq(s->annunciators, 0);
	FEED("\x0C\x1F,5\x1Fr\x01"
	     "6\x1Fr\x00"
	     "7");
	ck_assert_int_eq(s->cells[0][0].mark, ',');
	ck_assert(s->cells[0][1].reverse && !s->cells[0][2].reverse);
	FEED("\x1FT\x0C\x22");
	ck_assert_str_eq(s->clock, "12:34");
}
END_TEST

START_TEST(test_epson_information)
{
	uint8_t out[64];
	open_display(PH_EMU_DISPLAY_EPSON);
	FEED("\x1F(B\x02\x00\x30\x43");
	size_t n = ph_emu_display_take(d, out, sizeof out);
	ck_assert_uint_eq(n, 9);
	ck_assert_mem_eq(out,
		"\x57\x20\x30"
		"EMU-D",
		9);
	// graphic models' command is swallowed whole
	FEED("\x1F(D\x04\x00\x03\x01\x02\x03\x04"
	     "A");
	row_is(1, "A");
}
END_TEST

START_TEST(test_cd5220_string_trap)
{
	open_display(PH_EMU_DISPLAY_CD5220);
	FEED("\x1BQAA\x0D");
	ck_assert(!noted("move in string mode"));
	FEED("\x1Bl\x01\x02");
	ck_assert(noted("move in string mode"));
	cursor_is(1, 1);
	FEED("\x0C\x1Bl\x01\x02");
	cursor_is(1, 2);
}
END_TEST

START_TEST(test_cd5220_attributes)
{
	open_display(PH_EMU_DISPLAY_CD5220);
	const struct ph_emu_display_state *s = ph_emu_display_state(d);
	FEED("\x1B*\x01");
	ck_assert_uint_eq(s->brightness, 20);
	FEED("\x1B_\x00");
	ck_assert(!s->cursor_visible);
	FEED("\x1BQDan endless text of more than twenty\x0D");
	ck_assert(s->scrolling);
	row_is(1, "an endless text of m");
	FEED("\x1B@");
	ck_assert_uint_eq(s->brightness, 100);
}
END_TEST

START_TEST(test_power_cycle)
{
	open_display(PH_EMU_DISPLAY_EPSON);
	FEED("text\x1FX\x01\x1B");
	ph_emu_display_power_cycle(d);
	FEED("@");
	row_is(1, "@");
	ck_assert_uint_eq(ph_emu_display_state(d)->brightness, 100);
}
END_TEST

START_TEST(test_sizes)
{
	struct ph_emu_display_config config;
	struct ph_emu_display *none = NULL;
	ph_emu_display_config_default(&config);
	config.columns = PH_EMU_DISPLAY_MAX_COLUMNS + 1;
	ck_assert_int_lt(ph_emu_display_new(&config, &none), 0);
	ck_assert_ptr_null(none);
	config.columns = 8;
	config.rows = 1;
	ck_assert_int_eq(ph_emu_display_new(&config, &d), 0);
	FEED("123456789");
	row_is(1, "92345678");
}
END_TEST

START_TEST(test_answers_of_other_sets)
{
	uint8_t out[128];
	size_t len;

	open_display(PH_EMU_DISPLAY_DSP800);
	ph_emu_display_feed(d, (const uint8_t *)"\x04\x01P\x45\x17\x04\x01P\x59\x17", 10);
	ck_assert_uint_eq(ph_emu_display_take(d, out, sizeof out), 2);
	ck_assert_mem_eq(out, "\x06\x15", 2);
	ph_emu_display_nak_every(d, 3);
	for (int i = 0; i < 3; i++)
		ph_emu_display_feed(d, (const uint8_t *)"\x04\x01P\x45\x17", 5);
	ck_assert_uint_eq(ph_emu_display_take(d, out, sizeof out), 3);
	ck_assert_mem_eq(out, "\x06\x06\x15", 3);
	open_display(PH_EMU_DISPLAY_NCR);
	ph_emu_display_feed(d, (const uint8_t *)"AB\x1B\x38", 4);
	ck_assert_uint_eq(ph_emu_display_take(d, out, sizeof out), 81);
	ck_assert_mem_eq(out,
		"\x50"
		"AB ",
		4);
	ck_assert_ptr_nonnull(ph_emu_display_descriptor(&len));
	ck_assert_uint_eq(len, 28);
}
END_TEST

// escapes may be split over reports
START_TEST(test_reports_of_ba63)
{
	static const uint8_t reports[][6] = {
		{0, 2, 0, 2, 'A', 'B'}, {0, 2, 0, 3, 0x1B, '['}, {0, 2, 0, 1, 'J'}};
	uint8_t out[128];

	open_display(PH_EMU_DISPLAY_BA63);
	for (int i = 0; i < 3; i++) {
		uint8_t report[33] = {0};
		memcpy(report, reports[i], 6);
		if (i == 1)
			report[6] = '2';
		ph_emu_display_report(d, report, sizeof report);
	}
	ck_assert_uint_eq(ph_emu_display_state(d)->cells[0][0].codepoint, ' ');
	ck_assert(!ph_emu_display_take_reset(d));
	ph_emu_display_report(d, (const uint8_t[33]){0, 0, 0x20}, 33);
	ck_assert_uint_eq(ph_emu_display_take(d, out, sizeof out), 33);
	ck_assert_mem_eq(out, "\0\4\1", 3);
	ph_emu_display_report(d, (const uint8_t[33]){0, 0, 0x40}, 33);
	ck_assert(ph_emu_display_take_reset(d));
	ck_assert_uint_eq(ph_emu_display_take(d, out, sizeof out), 0);
}
END_TEST

START_TEST(test_bytes_are_lost)
{
	open_display(PH_EMU_DISPLAY_UTC);
	ph_emu_display_lose_every(d, 3);
	FEED("abcdefg");
	row_is(1, "abdeg");
}
END_TEST

// numbers with a point beside the digit, and lamps
START_TEST(test_digits)
{
	open_display(PH_EMU_DISPLAY_LED8);
	ph_emu_display_feed(d, (const uint8_t *)"\x1BQA12.50\r\x1Bs2", 12);
	const struct ph_emu_display_state *s = ph_emu_display_state(d);
	ck_assert_uint_eq(s->cells[0][1].codepoint, '2');
	ck_assert_int_eq(s->cells[0][1].mark, '.');
	ck_assert_uint_eq(s->cells[0][3].codepoint, '0');
	ck_assert_uint_eq(s->annunciators, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("display");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_vectors, 0, (int)(sizeof vectors / sizeof *vectors));
	tcase_add_test(tc, test_epson_cursor);
	tcase_add_test(tc, test_epson_attributes);
	tcase_add_test(tc, test_epson_information);
	tcase_add_test(tc, test_cd5220_string_trap);
	tcase_add_test(tc, test_cd5220_attributes);
	tcase_add_test(tc, test_power_cycle);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_answers_of_other_sets);
	tcase_add_test(tc, test_reports_of_ba63);
	tcase_add_test(tc, test_digits);
	tcase_add_test(tc, test_bytes_are_lost);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
