// Card-stripe readers and cash drawers with a cable of their own, by the makers' vectors.
#include <errno.h>

#include "emulators/models/drawer_box.h"
#include "emulators/models/msr.h"
#include "unit_bed.h"

static struct ph_emu_msr msr;
static struct ph_emu_drawer drawer;
static struct ph_emu_box box;

static void reader(const char *word)
{
	ph_emu_msr_done(&msr);
	ph_emu_msr_init(&msr, ph_emu_msr_kind(word));
}

static size_t report(uint8_t out[512])
{
	return ph_emu_unit_packet(&msr.unit, bed_now, out, 512);
}

static int swipe(const char *kind)
{
	return ph_emu_msr_swipe(&msr, bed_now, kind, NULL);
}

#define TRACK1 "%B4111111111111111^TEST/CARD^29122010000000000?"
#define TRACK2 ";4111111111111111=29122010000000000?"

START_TEST(test_magtek)
{
	uint8_t r[512];

	reader("magtek");
	ck_assert_int_eq(swipe("good"), 0);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_mem_eq(r, "\0\0\0\0\x2f\x24\0\0", 8);
	ck_assert_mem_eq(r + 8, TRACK1, 47);
	ck_assert_mem_eq(r + 118, TRACK2, 36);
	ck_assert_int_eq(swipe("track1_wrong"), 0);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_mem_eq(r, "\0\1\0\0\0\x24\0\0", 8);
	ck_assert_int_eq(swipe("blank"), 0);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_mem_eq(r, "\0\0\0\0\0\0\0\3", 8);
	ck_assert_int_eq(swipe("double"), 0);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_uint_eq(report(r), 0);
	ck_assert_int_eq(ph_emu_unit_fault(&msr.unit, bed_now, "short_report", 0, false), 0);
	ck_assert_int_eq(swipe("good"), 0);
	ck_assert_uint_eq(report(r), 40);
	ck_assert_int_eq(ph_emu_unit_fault(&msr.unit, bed_now, "long_length", 0, false), 0);
	ck_assert_int_eq(swipe("good"), 0);
	ck_assert_uint_eq(report(r), 338);
	ck_assert_uint_eq(r[5], 200);
	ck_assert_int_eq(swipe("nothing"), -EINVAL);
	ck_assert_int_eq(swipe("encrypted"), -EOPNOTSUPP);
	// none but the public test numbers
	ck_assert_int_eq(ph_emu_msr_swipe(&msr, bed_now, "good", "4111111111111112"), -EPERM);
	ck_assert_int_eq(ph_emu_msr_swipe(&msr, bed_now, "good", "378282246310005"), 0);
}
END_TEST

START_TEST(test_idtech)
{
	uint8_t r[512];

	reader("idtech-serial");
	ck_assert_int_eq(swipe("encrypted"), 0);
	bed_out(&msr.unit,
		"02 5D 00 80 02 00 24 00 02 82 ';4111********1111=*****************?' "
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "
		"FF FF 98 76 54 32 10 E0 00 01 49 99 03");
	ck_assert_int_eq(swipe("good"), 0);
	bed_out(&msr.unit, "'" TRACK1 TRACK2 "' 0D");
	bed_say(&msr.unit, "02 52 22 03 71");
	bed_out(&msr.unit, "06");
	bed_say(&msr.unit, "02 52 22 03 70");
	bed_out(&msr.unit, "15");
	bed_say(&msr.unit, "02 53 22 01 31 03 40");
	bed_out(&msr.unit, "06");
	reader("idtech");
	ck_assert_int_eq(swipe("good"), 0);
	ck_assert_uint_eq(report(r), 510);
	ck_assert_uint_eq(r[8], 83);
	ck_assert_mem_eq(r + 10, TRACK1 TRACK2, 83);
}
END_TEST

START_TEST(test_other_readers)
{
	uint8_t r[512];

	reader("hid");
	ck_assert_int_eq(swipe("good"), 0);
	ck_assert_uint_eq(report(r), 445);
	ck_assert_mem_eq(r, "\x01\x2f\x24\0\0", 5);
	ck_assert_mem_eq(r + 115, TRACK2, 36);
	reader("wedge");
	ck_assert_int_eq(swipe("staff"), 0);
	bed_packet(&msr.unit, "00 00 00 33", 9); // ;
	bed_packet(&msr.unit, "00", 9);
	bed_packet(&msr.unit, "00 00 00 26", 9); // 9
}
END_TEST

static void start(const char *word)
{
	const struct ph_emu_drawer_config config = {.pin = 2, .min_pulse_ms = 20};

	ph_emu_box_done(&box);
	ph_emu_drawer_init(&drawer, &config);
	ph_emu_box_init(&box, ph_emu_box_kind(word), &drawer);
}

START_TEST(test_serial_boxes)
{
	start("bell");
	box.charge_ms = 6000;
	bed_say(&box.unit, "41");
	ck_assert(!drawer.open);
	bed_say(&box.unit, "07");
	ck_assert(drawer.open);
	ph_emu_drawer_set(&drawer, bed_now, false);
	bed_say(&box.unit, "07");
	ck_assert(!drawer.open);
	ck_assert_uint_eq(box.refused, 1);
	bed_pass(&box.unit, 6000);
	bed_say(&box.unit, "07");
	ck_assert(drawer.open);
	start("characters");
	bed_say(&box.unit, "1B 70 30 37 78 1B 1B 70 30 37");
	ck_assert(!drawer.open);
	bed_say(&box.unit, "79");
	ck_assert(drawer.open);
	start("any");
	bed_say(&box.unit, "00 00");
	ck_assert_uint_eq(drawer.pulses, 1);
	start("glancetron");
	bed_say(&box.unit, "1B 3A");
	bed_out(&box.unit, "1B 34 41");
	bed_say(&box.unit, "1B 34 1B 3A 1B 3B");
	bed_out(&box.unit, "1B 34 42 1B 35 41");
	bed_say(&box.unit, "1B 35 1B 3B");
	bed_out(&box.unit, "1B 35 42");
	ck_assert_uint_eq(drawer.pulses, 1);
	bed_say(&box.unit, "41");
	ck_assert_uint_eq(drawer.pulses, 2);
}
END_TEST

START_TEST(test_usb_boxes)
{
	uint8_t out[8];

	start("posiflex");
	box.number = 2;
	bed_in(&box.unit, PH_EMU_REPORT, "00 02 03");
	bed_packet(&box.unit, "00 21", 121);
	bed_in(&box.unit, PH_EMU_REPORT, "00 02 02");
	ck_assert(drawer.open);
	bed_in(&box.unit, PH_EMU_REPORT, "00 02 03");
	bed_packet(&box.unit, "00 20", 121);
	ck_assert_int_eq(ph_emu_unit_fault(&box.unit, bed_now, "wrong_number", 0, false), 0);
	bed_in(&box.unit, PH_EMU_REPORT, "00 02 03");
	bed_packet(&box.unit, "00 30", 121);
	bed_in(&box.unit, PH_EMU_REPORT, "00 03 03");
	bed_silent(&box.unit);
	ck_assert(!box.loader);
	bed_in(&box.unit, PH_EMU_REPORT, "00 F0 00");
	ck_assert(box.loader);
	start("star");
	ck_assert_uint_eq(box.kind->ops->get_report(&box.unit, 0, 0, out, 8), 8);
	ck_assert_uint_eq(out[0], 0x00);
	bed_say(&box.unit, "2B 00");
	box.kind->ops->get_report(&box.unit, 0, 0, out, 8);
	ck_assert_uint_eq(out[0], 0x80);
	drawer.config.no_sensor = true;
	ph_emu_drawer_rewired(&drawer);
	box.kind->ops->get_report(&box.unit, 0, 0, out, 8);
	ck_assert_uint_eq(out[0], 0x00);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("boxes");
	TCase *c = tcase_create("boxes");
	const TTest *const tests[] = {
		test_magtek, test_idtech, test_other_readers, test_serial_boxes, test_usb_boxes};

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
