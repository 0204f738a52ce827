// Scanners: what a label becomes on each cable, by the makers' vectors, and what the host commands.
#include <errno.h>

#include "emulators/models/plate.h"
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
	ck_assert_int_eq(scan(NULL, "'1'"), -EPERM);
	bed_in(unit, PH_EMU_REPORT, "04 20");
	ck_assert(reader.enabled);
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

START_TEST(test_oem)
{
	start("oem-hand");
	ck_assert_int_eq(scan("ean13", "'1'"), -EPERM);
	bed_in(unit, PH_EMU_REPORT, "00 00 20 00 00 00 00 00 00 00 00 00");
	bed_packet(unit, "00 04 10 01 00", 65);
	bed_in(unit, PH_EMU_REPORT, "00 11");
	bed_packet(unit, "00 04 10 03 00", 65);
	ck_assert_int_eq(scan("ean13", "'9001475067933'"), 0);
	bed_packet(unit, "00 12 10 03 00 39 30 30 31 34 37 35 30 36 37 39 33 33 16", 65);
	ck_assert_int_eq(scan("code39", "'00004937'"), 0);
	bed_packet(unit, "00 0F 10 03 00 30 30 30 30 34 39 33 37 00 0A 0B", 65);
	scan_n("code128", 58);
	bed_packet(unit,
		"00 40 10 03 00 'ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDE' 10 18 "
		"0B",
		65);
	bed_packet(unit, "00 08 10 03 00 'F' 00 18 0B", 65);
	bed_in(unit, PH_EMU_REPORT, "00 18");
	bed_packet(unit, "00 04 00 03 00", 65);
	bed_in(unit, PH_EMU_REPORT, "00 20 00 01 02 03 04 05 06 07 08 09");
	bed_packet(unit, "00 04 00 03 01", 65);
	bed_in(unit, PH_EMU_REPORT, "00 21");
	bed_packet(unit, "00 0D 02 03 00 01 02 03 04 05 06 07 08 09", 65);
	bed_in(unit, PH_EMU_REPORT, "00 30 00 05");
	bed_packet(unit, "00 04 00 03 08", 65);
	ck_assert_uint_eq(reader.error, 1);
	bed_in(unit, PH_EMU_REPORT, "00 30 00 70");
	bed_packet(unit, "00 04 00 03 20", 65);
	bed_in(unit, PH_EMU_REPORT, "00 77");
	bed_packet(unit, "00 04 00 83 00", 65);
	bed_in(unit, PH_EMU_REPORT, "00 12");
	bed_packet(unit, "00 04 00 01 00", 65);
	bed_in(unit, PH_EMU_REPORT, "00 00 40");
	ck_assert(unit->reenumerate);
	bed_silent(unit);
	start("oem-table");
	bed_in(unit, PH_EMU_REPORT, "00 11");
	bed_packet(unit, "00 04 10 03 00", 65);
	ck_assert_int_eq(scan("ean13", "'9001475067933'"), 0);
	bed_packet(unit, "00 12 10 03 00 09 00 00 01 04 07 05 00 06 07 09 03 03 16", 65);
	ck_assert_int_eq(scan("code39", "'1'"), 0);
	bed_packet(unit, "00 08 10 03 00 31 00 0A 0B", 65);
	ck_assert_int_eq(scan("telepen", "'1'"), -EINVAL);
}
END_TEST

START_TEST(test_snapi)
{
	start("snapi");
	scan_n("qr", 30);
	bed_packet(unit, "22 02 00 1A 1C 00 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'", 32);
	bed_packet(unit, "", 0);
	bed_in(unit, PH_EMU_REPORT, "01 21 01"); // of a status: nothing
	bed_packet(unit, "", 0);
	bed_in(unit, PH_EMU_REPORT, "01 22 01");
	bed_packet(unit, "22 02 01 04 1C 00 'ABCD'", 32);
	bed_in(unit, PH_EMU_REPORT, "01 22 01");
	bed_in(unit, PH_EMU_REPORT, "06 00");
	bed_packet(unit, "21 06 01", 32);
	ck_assert_int_eq(scan("qr", "'1'"), -EPERM);
	bed_in(unit, PH_EMU_REPORT, "03 01");
	bed_packet(unit, "21 03 03", 32);
	// the serial number
	bed_in(unit, PH_EMU_REPORT, "0D 40 00 06 00 06 02 00 02 16");
	bed_packet(unit, "21 0D 01", 32);
	bed_packet(unit, "27 00 15 00 15 02 00 02 16 'S' 00 00 09 00 00 'S0123456'", 32);
	bed_in(unit, PH_EMU_REPORT, "01 27 01");
	// ids from 140 on
	bed_in(unit, PH_EMU_REPORT, "0D 40 00 06 00 06 01 00 00 8C");
	bed_packet(unit, "21 0D 01", 32);
	bed_packet(unit, "27 00 0E 00 0E 01 00 00 8C 00 8C 02 15 02 16 FF FF", 32);
}
END_TEST

START_TEST(test_ssi)
{
	start("ssi");
	// raw until the host asks for packets
	ck_assert_int_eq(scan("upca", "'1'"), 0);
	bed_out(unit, "'1' 0D");
	bed_say(unit, "07 C6 04 00 FF EE 01 FD 41");
	bed_out(unit, "04 D0 00 00 FF 2C");
	bed_say(unit, "04 E9 04 00 FF 0F");
	bed_out(unit, "04 D0 00 00 FF 2C");
	ck_assert_int_eq(scan("upca", "'855941004002'"), 0);
	bed_out(unit, "11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8E");
	// nobody answers: again after two seconds, twice, then it is given up
	bed_pass(unit, 2000);
	bed_out(unit, "11 F3 00 01 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8D");
	bed_say(unit, "05 D1 04 00 01 FF 25");
	bed_out(unit, "11 F3 00 01 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8D");
	bed_pass(unit, 2000);
	bed_silent(unit);
	ck_assert_uint_eq(reader.errors_sent, 1);
	ck_assert_int_eq(scan("upca", "'855941004002'"), 0);
	bed_out(unit, "11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8E");
	bed_say(unit, "04 D0 04 00 FF 28");
	bed_pass(unit, 5000);
	bed_silent(unit);
	bed_say(unit, "05 E6 04 00 00 FF 11");
	bed_out(unit, "04 D0 00 00 FF 2C");
	ck_assert_uint_eq(reader.good, 1);
	bed_say(unit, "05 00 04 00 00 FF E7"); // a wrong checksum
	bed_out(unit, "05 D1 00 00 01 FF 29");
	bed_say(unit, "04 A3 04 00 FF 55");
	bed_out(unit, "14 A4 00 00 'POSHAL-EMU 1.00 ' FB 6E");
	bed_say(unit, "0A 80 04 00 00 06 20 00 00 FF FE 4D");
	bed_out(unit, "0C 80 00 00 00 08 20 00 00 F0 00 F0 FD 6C");
	bed_say(unit, "04 EA 04 00 FF 0E");
	bed_out(unit, "04 D0 00 00 FF 2C");
	ck_assert_int_eq(scan("upca", "'1'"), -EPERM);
}
END_TEST

START_TEST(test_ssi_segments)
{
	uint8_t got[300];

	start("ssi");
	bed_say(unit, "07 C6 04 00 FF EE 01 FD 41");
	bed_out(unit, "04 D0 00 00 FF 2C");
	scan_n("qr", 300);
	ck_assert_uint_eq(ph_emu_unit_bytes(unit, bed_now, got, sizeof got), 257);
	ck_assert_mem_eq(got,
		"\xff\xf3\x00\x02\x1c"
		"ABC",
		8);
	bed_silent(unit);
	bed_say(unit, "04 D0 04 00 FF 28");
	ck_assert_uint_eq(ph_emu_unit_bytes(unit, bed_now, got, sizeof got), 57);
	ck_assert_mem_eq(got, "\x37\xf3\x00\x00\x1c", 5);
	bed_say(unit, "04 D0 04 00 FF 28");
	bed_silent(unit);
	// faults
	ph_emu_unit_fault(unit, bed_now, "repeat", 0, false);
	ck_assert_int_eq(scan("upca", "'855941004002'"), 0);
	bed_out(unit, "11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8E"
		      "11 F3 00 01 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8D");
	bed_say(unit, "04 D0 04 00 FF 28");
	ph_emu_unit_fault(unit, bed_now, "drop_ack", 0, false);
	bed_say(unit, "04 E9 04 00 FF 0F");
	bed_silent(unit);
	ph_emu_unit_fault(unit, bed_now, "wrong_checksum", 0, false);
	ck_assert_int_eq(scan("upca", "'855941004002'"), 0);
	bed_out(unit, "11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 9E");
}
END_TEST

START_TEST(test_datalogic)
{
	start("datalogic");
	ck_assert_int_eq(scan("ean8", "'96385074'"), 0);
	bed_out(unit, "'FF96385074' 0D");
	bed_say(unit, "'D'");
	ck_assert_int_eq(scan("ean8", "'96385074'"), -EPERM);
	bed_say(unit, "'EFB' 01");
	ck_assert_uint_eq(reader.good, 2);
	ck_assert_uint_eq(reader.not_on_file, 1);
	bed_silent(unit);
	bed_say(unit, "'$S' 0D '$Ar' 0D '$As' 0D");
	bed_out(unit, "'$>' 0D '$>' 0D '$#' 0D");
	bed_say(unit, "'?'");
	bed_out(unit, "18");
	start("single-cable");
	ck_assert_int_eq(scan("code128", "'9289510002308107'"), 0);
	bed_out(unit, "'S08B39289510002308107' 0D");
	ck_assert_int_eq(scan("ean13", "'9001475067933'"), 0);
	bed_out(unit, "'S08F9001475067933' 0D");
	ck_assert_int_eq(scan("ean8", "'96385074'"), 0);
	bed_out(unit, "'S08FF96385074' 0D");
	bed_say(unit, "'S02' 0D");
	ck_assert_int_eq(scan("ean8", "'96385074'"), -EPERM);
	bed_say(unit, "D3 B0 31 0D"); // with parity: S01
	ck_assert(reader.enabled);
}
END_TEST

START_TEST(test_single_cable_scale)
{
	struct ph_emu_plate plate;

	start("single-cable");
	ph_emu_plate_init(&plate);
	reader.plate = &plate;
	bed_say(unit, "'S14' 0D");
	bed_out(unit, "'S143' 0D");
	ph_emu_plate_put(&plate, bed_now, 260, 500);
	bed_say(unit, "'S14' 0D 'S11' 0D");
	bed_out(unit, "'S141' 0D");
	bed_pass(unit, 500);
	bed_out(unit, "'S1100260' 0D");
	bed_say(unit, "'S14' 0D");
	bed_out(unit, "'S14400260' 0D");
	plate.unit = PH_EMU_LB;
	plate.decimals = 2;
	ph_emu_plate_put(&plate, bed_now, 1234, 0);
	bed_say(unit, "'S14' 0D");
	bed_out(unit, "'S1441234' 0D");
	ph_emu_plate_put(&plate, bed_now, 20000, 0);
	bed_say(unit, "'S14' 0D");
	bed_out(unit, "'S142' 0D");
	ph_emu_plate_put(&plate, bed_now, -5, 0);
	bed_say(unit, "'S14' 0D");
	bed_out(unit, "'S145' 0D");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reader");
	TCase *c = tcase_create("reader");
	const TTest *const tests[] = {test_hidpos_a, test_hidpos_lengths, test_hidpos_other_layouts,
		test_hidpos_output, test_hidpos_menu, test_newland_tunnel, test_hidpos_faults,
		test_serial, test_honeywell, test_wedge, test_oem, test_snapi, test_ssi,
		test_ssi_segments, test_datalogic, test_single_cable_scale};

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
