// Scales: what is said of a load on each line, by the makers' vectors.
#include <errno.h>

#include "emulators/models/scale.h"
#include "unit_bed.h"

static struct ph_emu_scale scale;
static struct ph_emu_unit *const unit = &scale.unit;

static void start(const char *word)
{
	ph_emu_scale_done(&scale);
	ck_assert_ptr_nonnull(ph_emu_scale_kind(word));
	ph_emu_scale_init(&scale, ph_emu_scale_kind(word));
	scale.kind->ops->opened(unit, true);
}

static void put(const char *text)
{
	long steps;

	ck_assert_int_eq(ph_emu_plate_parse(&scale.plate, text, &steps), 0);
	ph_emu_plate_put(&scale.plate, bed_now, steps, 0);
	ph_emu_scale_changed(&scale, bed_now);
}

static void pounds(void)
{
	scale.plate.unit = PH_EMU_LB;
	scale.plate.decimals = 2;
}

START_TEST(test_plate)
{
	struct ph_emu_plate p;
	long steps;
	char text[16];

	ph_emu_plate_init(&p);
	ck_assert_int_eq(ph_emu_plate_parse(&p, "1.2", &steps), 0);
	ck_assert_int_eq(steps, 1200);
	ck_assert_int_eq(ph_emu_plate_parse(&p, "1.2345", &steps), -EINVAL);
	ck_assert_int_eq(ph_emu_plate_parse(&p, "", &steps), -EINVAL);
	ck_assert_int_eq(ph_emu_plate_parse(&p, "99999999", &steps), -ERANGE);
	p.division = 5;
	ph_emu_plate_put(&p, 0, 1233, 0);
	ck_assert_int_eq(ph_emu_plate_net(&p), 1235);
	ck_assert_int_eq(ph_emu_plate_tare(&p, 0), 0);
	ck_assert_int_eq(ph_emu_plate_net(&p), 0);
	ck_assert_int_eq(ph_emu_plate_zero(&p, 0), -EBUSY);
	ph_emu_plate_put(&p, 0, 20, 1000);
	ck_assert_int_eq(ph_emu_plate_look(&p, 999999), PH_EMU_WEIGHT_MOTION);
	ck_assert_int_eq(ph_emu_plate_look(&p, 1000000), PH_EMU_WEIGHT_STABLE);
	ck_assert_int_eq(ph_emu_plate_zero(&p, 1000000), 0);
	ck_assert_int_eq(ph_emu_plate_net(&p), 0);
	// a tray that was there when it was set to zero is taken away
	ph_emu_plate_put(&p, 2000000, 0, 0);
	ck_assert_int_eq(ph_emu_plate_look(&p, 2000000), PH_EMU_WEIGHT_UNDER);
	// a minute of drift
	p.drift = 30;
	ph_emu_plate_pass(&p, 2000000);
	ph_emu_plate_pass(&p, 62000000);
	ck_assert_int_eq(ph_emu_plate_net(&p), 10);
	ph_emu_plate_text(&p, -20, 6, '0', text);
	ck_assert_str_eq(text, "00.020");
}
END_TEST

START_TEST(test_8217)
{
	start("8217");
	put("1.234");
	bed_say(unit, "57");
	bed_out(unit, "02 30 31 2E 32 33 34 0D");
	bed_say(unit, "48");
	bed_out(unit, "02 '01.2340' 0D");
	bed_say(unit, "54 30 30 31 32 35 0D");
	bed_out(unit, "02 3F 60 0D");
	bed_say(unit, "57");
	bed_out(unit, "02 '01.109N' 0D");
	bed_say(unit, "43");
	bed_pass(unit, 150);
	bed_out(unit, "02 3F 40 0D");
	ph_emu_plate_put(&scale.plate, bed_now, 1000, 2000);
	bed_say(unit, "57");
	bed_out(unit, "02 3F 41 0D");
	bed_pass(unit, 2000);
	bed_say(unit, "57");
	bed_out(unit, "02 '01.000' 0D");
	put("16");
	bed_say(unit, "57");
	bed_out(unit, "02 3F 42 0D");
	put("-1");
	bed_say(unit, "57");
	bed_out(unit, "02 3F 44 0D");
	put("0");
	bed_say(unit, "5A");
	bed_out(unit, "02 3F 50 0D");
	bed_say(unit, "45 48 65 6C 6C 6F 46");
	bed_out(unit, "02 45 0D 48 65 6C 6C 6F 46");
	bed_say(unit, "41 42");
	bed_out(unit, "02 0D 02 3F 40 0D");
	pounds();
	put("1.23");
	bed_say(unit, "57");
	bed_out(unit, "02 30 31 2E 32 33 0D");
}
END_TEST

START_TEST(test_8217_faults)
{
	start("8217");
	scale.parity = true;
	put("1.234");
	bed_say(unit, "D7");
	bed_out(unit, "82 30 B1 2E B2 33 B4 8D");
	scale.parity = false;
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "cut", 5, false), 0);
	bed_say(unit, "57");
	bed_out(unit, "02 30 31 2E 32");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "twice", 0, false), 0);
	bed_say(unit, "57");
	bed_out(unit, "02 '01.234' 0D 02 '01.234' 0D");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "mute", 0, false), 0);
	bed_say(unit, "57");
	bed_silent(unit);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "mute", 0, true), 0);
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "delay", 3000, false), 0);
	bed_say(unit, "57");
	bed_silent(unit);
	bed_pass(unit, 3000);
	bed_out(unit, "02 '01.234' 0D");
	start("sasi");
	put("1.234");
	bed_say(unit, "57 57");
	bed_out(unit, "02 '01.234' 0D 02 3F 40 0D");
	pounds();
	put("1.23");
	bed_say(unit, "57 42");
	bed_out(unit, "02 '001.23' 0D 02 3F 5F 0D");
}
END_TEST

START_TEST(test_scp01)
{
	start("scp01");
	put("1.234");
	bed_say(unit, "57 0D");
	bed_out(unit, "0A 30 31 2E 32 33 34 4B 47 0D 0A 53 30 30 0D 03");
	pounds();
	put("1.23");
	bed_say(unit, "57 0D");
	bed_out(unit, "0A 30 30 31 2E 32 33 4C 42 0D 0A 53 30 30 0D 03");
	ph_emu_plate_put(&scale.plate, bed_now, 100, 500);
	bed_say(unit, "57 0D");
	bed_out(unit, "0A 53 31 30 0D 03");
	bed_pass(unit, 500);
	put("0");
	bed_say(unit, "53 0D");
	bed_out(unit, "0A 53 32 30 0D 03");
	bed_say(unit, "58 0D");
	bed_out(unit, "0A 3F 0D 03");
	scale.plate.tare = 10;
	put("1.00");
	bed_say(unit, "53 0D");
	bed_out(unit, "0A 53 30 70 34 0D 03");
}
END_TEST

START_TEST(test_sma)
{
	start("sma");
	put("1.234");
	bed_say(unit, "0A 57 0D");
	bed_out(unit, "0A 20 31 47 20 20 20 20 20 20 20 31 2E 32 33 34 6B 67 20 0D");
	scale.plate.unit = PH_EMU_LB;
	scale.plate.tare = 784;
	ph_emu_plate_put(&scale.plate, bed_now, 1234, 1000);
	bed_say(unit, "0A 57 0D");
	bed_out(unit, "0A 20 31 4E 4D 20 20 20 20 20 20 30 2E 34 35 30 6C 62 20 0D");
	// "when stable" waits
	bed_say(unit, "0A 50 0D");
	bed_silent(unit);
	bed_pass(unit, 1100);
	bed_out(unit, "0A 20 31 4E 20 20 20 20 20 20 20 30 2E 34 35 30 6C 62 20 0D");
	bed_say(unit, "0A 58 0D");
	bed_out(unit, "0A 3F 0D");
}
END_TEST

START_TEST(test_continuous)
{
	start("mettler");
	put("1.234");
	bed_pass(unit, 0);
	bed_out(unit, "02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1A");
	bed_silent(unit);
	ph_emu_plate_put(&scale.plate, bed_now, 1240, 200);
	bed_pass(unit, 140);
	bed_out(unit, "02 2D 38 20 20 20 31 32 34 30 20 20 20 20 20 30 0D 15");
	scale.no_check = true;
	bed_pass(unit, 140);
	bed_out(unit, "02 2D 30 20 20 20 31 32 34 30 20 20 20 20 20 30 0D");
	start("cas22");
	put("1.234");
	bed_pass(unit, 0);
	bed_out(unit, "'ST,GS,' 01 C4 ',   1.234 kg' 0D 0A");
	start("and");
	put("1.234");
	bed_pass(unit, 0);
	bed_out(unit, "'ST,GS,0001.234kg' 0D 0A");
	start("dini");
	scale.plate.tare = 100;
	ph_emu_plate_put(&scale.plate, bed_now, 600, 500);
	bed_pass(unit, 0);
	bed_out(unit, "'US,NT,  +0.500,kg' 0D 0A");
	start("dini");
	put("16");
	bed_pass(unit, 0);
	bed_out(unit, "'OL,GS,        ,kg' 0D 0A");
	start("cas10");
	put("1.234");
	bed_pass(unit, 0);
	bed_out(unit, "'   1.234' 0D 0A");
	start("kern");
	put("1.23");
	bed_pass(unit, 0);
	bed_out(unit, "'+0001.23 G S' 0D 0A");
}
END_TEST

START_TEST(test_cas)
{
	start("cas");
	put("1.234");
	bed_say(unit, "05");
	bed_out(unit, "06");
	bed_say(unit, "11");
	bed_out(unit, "01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04");
	bed_say(unit, "12");
	bed_out(unit, "01 02 20 20 20 20 32 2E 34 37 1F 03 02 53 20 30 31 2E 32 33 34 6B 67 65 03 "
		      "02 20 20 20 20 32 2E 30 30 1C 03 04");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "wrong_check", 0, false), 0);
	bed_say(unit, "11");
	bed_out(unit, "01 02 53 20 30 31 2E 32 33 34 6B 67 64 03 04");
	ck_assert_int_eq(ph_emu_unit_fault(unit, bed_now, "nak", 3, false), 0);
	bed_say(unit, "05 05 05 05");
	bed_out(unit, "15 15 15 06");
	scale.plate.zero = 125;
	ph_emu_plate_put(&scale.plate, bed_now, 0, 500);
	bed_say(unit, "11");
	bed_out(unit, "01 02 55 2D 30 30 2E 31 32 35 6B 67 6C 03 04");
	start("cas");
	scale.plate.unit = PH_EMU_LB;
	put("0.500");
	bed_say(unit, "11");
	bed_out(unit, "01 02 53 20 30 30 2E 35 30 30 6C 62 66 03 04");
}
END_TEST

START_TEST(test_others)
{
	start("prix");
	put("0.800");
	bed_say(unit, "05");
	bed_out(unit, "02 30 30 38 30 30 03");
	ph_emu_plate_put(&scale.plate, bed_now, 1, 500);
	bed_say(unit, "05");
	bed_out(unit, "02 49 49 49 49 49 03");
	start("p15");
	scale.price = 99999;
	put("0.800");
	bed_say(unit, "05");
	bed_out(unit, "02 '  0800' ' ' ' 99999' ' ' ' 79999' 03");
	start("prt4");
	put("0.800");
	bed_say(unit, "05");
	bed_out(unit, "02 '000001' '00800' '000200' '000160' 03");
	start("adam");
	put("0.425");
	bed_say(unit, "50 0D 0A");
	bed_out(unit, "'0.425 kg' 0D 0A");
	bed_say(unit, "50 0D 0A");
	bed_silent(unit);
	ck_assert_uint_eq(scale.beeps, 2);
	start("samsung");
	put("0.425");
	bed_say(unit, "24");
	bed_out(unit, "'00.425' 0D");
	start("ind221");
	put("0.425");
	bed_say(unit, "50");
	bed_out(unit, "'000425' 0D");
	start("dialog06");
	ph_emu_plate_put(&scale.plate, bed_now, 1234, 500);
	bed_say(unit, "04 02 30 31 1B '000200' 1B 03");
	bed_out(unit, "06");
	bed_say(unit, "04 05");
	bed_out(unit, "15");
	bed_say(unit, "04 02 30 38 03");
	bed_out(unit, "02 30 39 1B 32 30 03");
	bed_pass(unit, 500);
	bed_say(unit, "04 05");
	bed_out(unit,
		"02 30 32 1B 33 1B 30 31 32 33 34 1B 30 30 30 32 30 30 1B 30 30 30 32 34 37 03");
}
END_TEST

START_TEST(test_hid)
{
	start("hid");
	put("1.000");
	bed_pass(unit, 0);
	bed_packet(unit, "03 04 03 FD E8 03", 0);
	scale.plate.unit = PH_EMU_OZ;
	scale.plate.decimals = 1;
	put("7.5");
	bed_pass(unit, 0);
	bed_packet(unit, "03 04 0B FF 4B 00", 0);
	scale.plate.unit = PH_EMU_G;
	scale.plate.decimals = 0;
	put("500");
	bed_pass(unit, 0);
	bed_packet(unit, "03 04 02 00 F4 01", 0);
	put("0");
	bed_pass(unit, 0);
	bed_packet(unit, "03 02 02 00 00 00", 0);
	put("-10");
	bed_pass(unit, 0);
	bed_packet(unit, "03 05 02 00 0A 00", 0);
	bed_in(unit, PH_EMU_REPORT, "02 02");
	bed_pass(unit, 0);
	bed_packet(unit, "03 02 02 00 00 00", 0);
	ph_emu_plate_put(&scale.plate, bed_now, 90, 1000);
	bed_pass(unit, 250);
	bed_packet(unit, "03 03 02 00 64 00", 0);
	start("hid-4");
	put("1.000");
	bed_pass(unit, 0);
	bed_packet(unit, "04 04 03 FD E8 03", 0);
}
END_TEST

START_TEST(test_oem)
{
	start("oem");
	bed_in(unit, PH_EMU_REPORT, "00 00 20");
	bed_packet(unit, "00", 9);
	pounds();
	put("12.34");
	bed_in(unit, PH_EMU_REPORT, "00 01");
	bed_packet(unit, "00 00 00 00 01 02 03 04", 9);
	start("oem");
	put("4.567");
	bed_in(unit, PH_EMU_REPORT, "00 02");
	bed_packet(unit, "00 00 03 00 00 04 05 06 07", 9);
	ph_emu_plate_put(&scale.plate, bed_now, 100, 500);
	bed_in(unit, PH_EMU_REPORT, "00 01");
	bed_packet(unit, "00 00 04", 9);
	bed_pass(unit, 500);
	put("0");
	bed_in(unit, PH_EMU_REPORT, "00 01");
	bed_packet(unit, "00 00 00 08", 9);
	put("16");
	bed_in(unit, PH_EMU_REPORT, "00 01");
	bed_packet(unit, "00 00 00 04", 9);
	bed_in(unit, PH_EMU_REPORT, "00 20 00 10 01 00");
	bed_packet(unit, "00 00 00 01", 9);
	bed_in(unit, PH_EMU_REPORT, "00 21");
	bed_packet(unit, "00 02 00 00 10 01 00", 9);
	bed_in(unit, PH_EMU_REPORT, "00 77");
	bed_packet(unit, "00 40", 9);
	scale.plate.not_ready = true;
	bed_in(unit, PH_EMU_REPORT, "00 02");
	bed_packet(unit, "00 80", 9);
	bed_in(unit, PH_EMU_REPORT, "00 00 40");
	ck_assert(unit->reenumerate);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("scale");
	TCase *c = tcase_create("scale");
	const TTest *const tests[] = {test_plate, test_8217, test_8217_faults, test_scp01, test_sma,
		test_continuous, test_cas, test_others, test_hid, test_oem};

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
