// USB HID scales: reports to readings.
#include "protocols/scale/hid_scale.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_hid_scale scale;
static struct ph_scale_reading reading;

static int report(const uint8_t *bytes, size_t len)
{
	memset(&reading, 0, sizeof reading);
	return ph_hid_scale_report(&scale, bytes, len, &reading);
}

static void start(void)
{
	static const uint8_t old[] = {3, 4, 11, 0xff, 1, 0};

	ph_hid_scale_init(&scale, &ph_hid_scale_usual);
	/* the first one after opening is old */
	ck_assert_int_eq(report(old, sizeof old), 0);
}

/* HID Usage Tables 1.5, chapter 24. */
#define BAD PH_SCALE_FAULT, "", "", ""
static const struct {
	uint8_t bytes[6];
	int result;
	enum ph_scale_kind kind;
	const char *weight, *unit, *flags;
} reports[] = {
	{{0x03, 0x04, 0x0B, 0xFF, 0x4B, 0x00}, 1, PH_SCALE_WEIGHT, "7.5", "oz", "stable"},
	{{0x03, 0x04, 0x02, 0x00, 0xF4, 0x01}, 1, PH_SCALE_WEIGHT, "500", "g", "stable"},
	{{0x03, 0x04, 0x03, 0xFD, 0xE8, 0x03}, 1, PH_SCALE_WEIGHT, "1.000", "kg", "stable"},
	{{0x03, 0x04, 0x03, 0xFD, 0x05, 0x00}, 1, PH_SCALE_WEIGHT, "0.005", "kg", "stable"},
	{{0x03, 0x04, 0x02, 0x01, 0x05, 0x00}, 1, PH_SCALE_WEIGHT, "50", "g", "stable"},
	{{0x03, 0x02, 0x02, 0x00, 0x00, 0x00}, 1, PH_SCALE_WEIGHT, "0", "g", "stable zero"},
	{{0x03, 0x03, 0x02, 0x00, 0x64, 0x00}, 1, PH_SCALE_WEIGHT, "100", "g", "motion"},
	{{0x03, 0x05, 0x02, 0x00, 0x0A, 0x00}, 1, PH_SCALE_STATUS, "", "", "under"},
	{{0x03, 0x06, 0x0C, 0xFF, 0x00, 0x00}, 1, PH_SCALE_STATUS, "", "", "over"},
	{{0x03, 0x01, 0x02, 0x00, 0x0A, 0x00}, 1, PH_SCALE_FAULT, "", "", ""},
	{{0x03, 0x07, 0x02, 0x00, 0x0A, 0x00}, 1, PH_SCALE_FAULT, "", "", ""},
	{{0x03, 0x08, 0x02, 0x00, 0x0A, 0x00}, 1, PH_SCALE_STATUS, "", "", ""},
	{{0x03, 0x04, 0x0D, 0x00, 0x01, 0x00}, -EBADMSG, BAD},
	{{0x03, 0x04, 0x00, 0x00, 0x01, 0x00}, -EBADMSG, BAD},
	{{0x03, 0x00, 0x02, 0x00, 0x01, 0x00}, -EBADMSG, BAD},
	{{0x03, 0x09, 0x02, 0x00, 0x01, 0x00}, -EBADMSG, BAD},
	{{0x03, 0x04, 0x02, 0x7f, 0x01, 0x00}, -EBADMSG, BAD},
	{{0x01, 0x04, 0x02, 0x00, 0x01, 0x00}, 0, BAD}, /* attributes */
};

START_TEST(usual_reports)
{
	char text[PH_SCALE_TEXT_MAX];

	start();
	ck_assert_int_eq(report(reports[_i].bytes, 6), reports[_i].result);
	if (reports[_i].result <= 0)
		return;
	ck_assert_int_eq(reading.kind, reports[_i].kind);
	ph_scale_number_text(&reading.weight, text);
	ck_assert_str_eq(text, reports[_i].weight);
	ck_assert_str_eq(ph_scale_unit_name(reading.unit), reports[_i].unit);
	ck_assert_int_eq(reading.stable, strstr(reports[_i].flags, "stable") != NULL);
	ck_assert_int_eq(reading.zero, strstr(reports[_i].flags, "zero") != NULL);
	ck_assert_int_eq(reading.motion, strstr(reports[_i].flags, "motion") != NULL);
	ck_assert_int_eq(reading.under_zero, strstr(reports[_i].flags, "under") != NULL);
	ck_assert_int_eq(reading.over, strstr(reports[_i].flags, "over") != NULL);
	/* the same again, as it is sent all day */
	ck_assert_int_eq(report(reports[_i].bytes, 6), 0);
}
END_TEST

START_TEST(short_reports)
{
	static const uint8_t bytes[] = {3, 4, 2, 0, 0xf4, 1};

	start();
	for (size_t len = 0; len < sizeof bytes; len++)
		ck_assert_int_eq(report(bytes, len), len ? -EBADMSG : 0);
	ck_assert_uint_eq(scale.bad_reports, 5);
	ck_assert_int_eq(report(bytes, sizeof bytes), 1);
}
END_TEST

/* Id 4, no ids at all, and fields elsewhere. */
START_TEST(other_layouts)
{
	struct ph_hid_scale_layout layout = ph_hid_scale_usual;
	static const uint8_t four[] = {4, 4, 2, 0, 0xf4, 1};
	static const uint8_t none[] = {0xf4, 1, 0, 0, 0x24};
	uint8_t out[4];

	layout.report = 4;
	ph_hid_scale_init(&scale, &layout);
	report(four, sizeof four);
	ck_assert_int_eq(report(four, sizeof four), 1);
	ck_assert_str_eq(reading.weight.digits, "500");

	layout = (struct ph_hid_scale_layout){
		.weight = {0, 32}, .status = {36, 4}, .unit = {32, 4}, .has_zero = false};
	ph_hid_scale_init(&scale, &layout);
	report(none, sizeof none);
	/* status 2, unit 4 */
	ck_assert_int_eq(report(none, sizeof none), 1);
	ck_assert_str_eq(reading.weight.digits, "500");
	ck_assert_int_eq(reading.unit, PH_SCALE_UNIT_CARAT);
	ck_assert(reading.zero);
	ck_assert_int_eq(ph_hid_scale_zero(&scale, out, sizeof out), -ENOTSUP);
}
END_TEST

START_TEST(zero)
{
	uint8_t out[2];

	start();
	ck_assert_int_eq(ph_hid_scale_zero(&scale, out, sizeof out), 2);
	ck_assert_mem_eq(out, ((uint8_t[]){2, 2}), 2);
	ck_assert_int_eq(ph_hid_scale_zero(&scale, out, 1), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hid_scale");
	TCase *cases = tcase_create("reports");

	tcase_add_loop_test(cases, usual_reports, 0, (int)(sizeof reports / sizeof reports[0]));
	tcase_add_test(cases, short_reports);
	tcase_add_test(cases, other_layouts);
	tcase_add_test(cases, zero);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
