// Scanners: what a label becomes on each cable, by the makers' vectors, and what the host commands.
#include <errno.h>

#include "emulators/models/reader.h"
#include "unit_bed.h"

static struct ph_emu_reader reader;
static struct ph_emu_unit *const unit = &reader.unit;

static void start(const char *word)
{
	ph_emu_reader_done(&reader);
	ck_assert_ptr_nonnull(ph_emu_reader_kind(word));
	ph_emu_reader_init(&reader, ph_emu_reader_kind(word));
}

static int scan(const char *symbology, const char *text)
{
	uint8_t data[1024];
	size_t n = bed_bytes(text, data, sizeof data);

	return ph_emu_reader_scan(&reader, bed_now, symbology, data, n);
}

static void scan_n(const char *symbology, size_t n)
{
	uint8_t data[PH_EMU_LABEL_MAX];

	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)('A' + i % 26);
	ck_assert_int_eq(ph_emu_reader_scan(&reader, bed_now, symbology, data, n), 0);
}

START_TEST(test_hidpos_a)
{
	start("hidpos");
	ck_assert_int_eq(scan("ean13", "'9001475067933'"), 0);
	bed_packet(unit, "02 0D 5D 45 30 39 30 30 31 34 37 35 30 36 37 39 33 33 @61 64", 64);
	ck_assert_int_eq(scan("gs1-128", "'010950600013435210ABC' 1D '17260101'"), 0);
	bed_packet(unit, "02 1E 5D 43 31 '010950600013435210ABC' 1D '17260101' @61 49", 64);
	bed_packet(unit, "", 0);
}
END_TEST

// 0, 1, 55, 56, 57, 112 and 1025 bytes
START_TEST(test_hidpos_lengths)
{
	static const struct {
		size_t len;
		unsigned reports;
		uint8_t last;
	} rows[] = {{0, 1, 0}, {1, 1, 1}, {55, 1, 55}, {56, 1, 56}, {57, 2, 1}, {112, 2, 56},
		{1025, 19, 17}};
	uint8_t report[64];

	start("hidpos");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		scan_n("qr", rows[i].len);
		for (unsigned n = 1; n <= rows[i].reports; n++) {
			bool last = n == rows[i].reports;
			ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
			ck_assert_uint_eq(report[1], last ? rows[i].last : 56);
			ck_assert_uint_eq(report[63], !last);
			ck_assert_mem_eq(report + 2, "]Q1", 3);
			ck_assert_uint_eq(report[61], 0x73);
		}
		ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 0);
	}
}
END_TEST

START_TEST(test_hidpos_other_layouts)
{
	uint8_t report[64];

	start("hidpos-b");
	ck_assert_int_eq(scan("ean13", "'9001475067933'"), 0);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_mem_eq(report,
		"\x02\x0d"
		"9001475067933",
		15);
	ck_assert_uint_eq(report[62], 0x64);
	start("hidpos-a62");
	ck_assert_int_eq(scan(NULL, "61 00 62 00"), 0);
	bed_packet(unit, "02 04 5D 45 30 61 00 62 00", 62);
	start("hidpos-a61");
	ck_assert_int_eq(scan(NULL, "'12'"), 0);
	bed_packet(unit, "02 5D 45 30 31 32", 61);
}
END_TEST

START_TEST(test_hidpos_output)
{
	start("hidpos");
	bed_in(unit, PH_EMU_REPORT, "04 04");
	ck_assert(reader.armed);
	bed_in(unit, PH_EMU_REPORT, "04 02");
	ck_assert(!reader.armed);
	bed_in(unit, PH_EMU_REPORT, "04 20");
	bed_in(unit, PH_EMU_REPORT, "04 40");
	ck_assert_uint_eq(reader.error, 1);
	ck_assert_uint_eq(reader.good, 1);
	bed_in(unit, PH_EMU_FEATURE, "FE 01");
	ck_assert_str_eq(ph_emu_reader_command(&reader, 0), "fe01");
	bed_in(unit, PH_EMU_REPORT, "FD 03 16 07 0D");
	ck_assert_uint_eq(reader.good, 2);
	bed_in(unit, PH_EMU_REPORT, "FD 03 16 54 0D");
	ck_assert(reader.armed);
	bed_silent(unit);
}
END_TEST

START_TEST(test_hidpos_menu)
{
	uint8_t report[64];

	start("hidpos");
	bed_in(unit, PH_EMU_REPORT, "FD 0A 16 4D 0D 'REVINF' 2E");
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_mem_eq(report + 2, "]X0Product Name", 15);
	ck_assert_uint_eq(report[61], 0x3F);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_uint_eq(report[61], 0x3F);
	bed_packet(unit, "02 08 5D 5A 36 52 45 56 49 4E 46 06 2E @61 36", 64);
}
END_TEST

START_TEST(test_newland_tunnel)
{
	start("hidpos-b");
	bed_in(unit, PH_EMU_REPORT, "04 09 7E 00 08 01 00 00 D5 EF 41");
	bed_packet(unit, "02 07 02 00 00 01 00 33 31", 64);
	ck_assert(reader.command_mode);
	bed_in(unit, PH_EMU_REPORT, "04 09 7E 00 08 01 00 02 01 02 DA");
	bed_packet(unit, "02 07 02 00 00 01 00 33 31", 64);
	ck_assert(reader.armed);
	bed_in(unit, PH_EMU_REPORT, "04 09 7E 00 08 01 00 02 02 32 B9");
	bed_packet(unit, "02 07 02 00 00 01 00 33 31", 64);
	ck_assert(!reader.armed);
	// a wrong check word
	bed_in(unit, PH_EMU_REPORT, "04 09 7E 00 08 01 00 02 01 02 DB");
	bed_silent(unit);
	ck_assert(!reader.armed);
}
END_TEST

START_TEST(test_hidpos_faults)
{
	uint8_t report[64];

	start("hidpos");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "stall", 600, false), 0);
	scan_n("qr", 60);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 0);
	ck_assert_uint_eq(ph_emu_unit_tick(unit, bed_now), bed_now + 600000);
	bed_pass(unit, 600);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "unfinished", 0, false), 0);
	scan_n("qr", 60);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_uint_eq(report[63], 1);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 0);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "other_identifier", 0, false), 0);
	scan_n("qr", 60);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_mem_eq(report + 2, "]C0", 3);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "declared_length", 57, false), 0);
	scan_n("qr", 3);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 64);
	ck_assert_uint_eq(report[1], 57);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "short_report", 0, false), 0);
	scan_n("qr", 3);
	ck_assert_uint_eq(ph_emu_unit_packet(unit, bed_now, report, 64), 20);
	reader.line.aim = false;
	scan_n("qr", 1);
	bed_packet(unit, "02 01 00 00 00 41 @61 73", 64);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "no such", 0, false), -EINVAL);
}
END_TEST

START_TEST(test_serial)
{
	start("serial");
	ck_assert_int_eq(scan(NULL, "'4006381333931'"), 0);
	bed_out(unit, "'4006381333931' 0D");
	ck_assert_int_eq(scan("no-such", "'1'"), -EINVAL);
	reader.line.aim = true;
	reader.line.suffix = PH_EMU_SUFFIX_STX_ETX;
	ck_assert_int_eq(scan("gs1_128", "'1'"), 0);
	bed_out(unit, "02 ']C1' '1' 03");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "drop_byte", 1, false), 0);
	ck_assert_int_eq(scan(NULL, "'123'"), 0);
	bed_out(unit, "02 'E0' '123' 03");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "garble", 4, false), 0);
	ck_assert_int_eq(scan(NULL, "'123'"), 0);
	bed_out(unit, "02 ']E0' B1 '23' 03");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "cut", 5, false), 0);
	ck_assert_int_eq(scan(NULL, "'123'"), 0);
	bed_out(unit, "02 ']E0' '1'");
}
END_TEST

START_TEST(test_honeywell)
{
	start("honeywell");
	bed_say(unit, "16 54 0D");
	ck_assert(reader.armed);
	bed_say(unit, "16 55");
	bed_say(unit, "0D 16 07 0D");
	ck_assert(!reader.armed);
	ck_assert_uint_eq(reader.good, 1);
	bed_silent(unit);
	bed_say(unit, "16 4D 0D 'BEPBEP0!'");
	bed_out(unit, "'BEPBEP0' 06 '!'");
	ck_assert(!reader.beeper);
	bed_say(unit, "16 4D 0D 'BEPBEP7;NOSUCH1.'");
	bed_out(unit, "'BEPBEP7' 15 ';' 'NOSUCH1' 05 '.'");
	bed_say(unit, "16 4D 0D 'TERMID?.'");
	bed_out(unit, "'TERMID130' 06 '.'");
	bed_say(unit, "16 4D 0D 'CBRENA1,0.'");
	bed_out(unit, "'CBRENA1' 06 ',' 'CBRENA0' 06 '.'");
}
END_TEST

START_TEST(test_wedge)
{
	start("wedge");
	ck_assert_int_eq(scan(NULL, "'aA1'"), 0);
	bed_packet(unit, "00 00 00 04", 9);
	bed_packet(unit, "00", 9);
	bed_packet(unit, "00 02 00 04", 9);
	bed_packet(unit, "00", 9);
	bed_packet(unit, "00 00 00 1E", 9);
	bed_packet(unit, "00", 9);
	bed_packet(unit, "00 00 00 28", 9);
	bed_packet(unit, "00", 9);
	bed_packet(unit, "", 0);
	reader.line.suffix = PH_EMU_SUFFIX_NONE;
	// GS is Ctrl and the key of ]
	ck_assert_int_eq(scan(NULL, "1D"), 0);
	bed_packet(unit, "00 01 00 30", 9);
	bed_packet(unit, "00", 9);
	// or Alt, 0 2 9 on the keypad
	reader.alt = true;
	ck_assert_int_eq(scan(NULL, "1D"), 0);
	bed_packet(unit, "00 04", 9);
	bed_packet(unit, "00 04 00 62", 9);
	bed_packet(unit, "00 04", 9);
	bed_packet(unit, "00 04 00 5A", 9);
	bed_packet(unit, "00 04", 9);
	bed_packet(unit, "00 04 00 61", 9);
	bed_packet(unit, "00 04", 9);
	bed_packet(unit, "00", 9);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reader");
	TCase *c = tcase_create("reader");
	const TTest *const tests[] = {test_hidpos_a, test_hidpos_lengths, test_hidpos_other_layouts,
		test_hidpos_output, test_hidpos_menu, test_newland_tunnel, test_hidpos_faults,
		test_serial, test_honeywell, test_wedge};

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
