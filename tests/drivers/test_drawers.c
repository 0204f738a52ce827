// Cash drawers with an interface of their own: bytes, polarity, debouncing, distances, and what may never be sent.
#include "bench.h"

#include "drivers/registry.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READY	"device.state {\"state\":\"ready\",\"reasons\":[]}\n"
#define STATUS	"device.status {\"class\":\"drawer\",\"status\":{\"open\":"
#define OPEN	STATUS "true},\"reasons\":[]}\n"
#define CLOSED	STATUS "false},\"reasons\":[]}\n"
#define UNKNOWN STATUS "null},\"reasons\":[]}\n"
#define MANUAL	STATUS "true,\"cause\":\"manual\"},\"reasons\":[]}\n"

static struct bench bench;

static void start(
	const struct ph_driver *driver, const char *connection, const char *const *options)
{
	bench_init(&bench, driver, connection, 0, options);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), READY));
}

/* The reports that went out since the last call, by their first two bytes: "02 03|"; each is 121 bytes. */
static const char *reports(void)
{
	static char out[400];
	const struct ph_buf *written = &bench.written;

	out[0] = '\0';
	ck_assert_uint_eq(written->len % 121, 0);
	for (size_t i = 0; i < written->len; i += 121) {
		const uint8_t *report = (const uint8_t *)written->data + i;
		ck_assert_uint_eq(report[0], 0);
		for (size_t k = 3; k < 121; k++)
			ck_assert_uint_eq(report[k], 0);
		snprintf(out + strlen(out), sizeof out - strlen(out), "%02x %02x|", report[1],
			report[2]);
	}
	ph_buf_reset(&bench.written);
	return out;
}

static void answer(uint8_t byte)
{
	uint8_t report[121] = {0, byte};

	bench_feed(&bench, report, sizeof report, false);
}

static void start_hid(const char *ids)
{
	char option[40];

	snprintf(option, sizeof option, "info:usb_id=%s", ids);
	start(&ph_driver_drawer_hid, "hid:/dev/hidraw0", (const char *[]){option, NULL});
	ck_assert_str_eq(reports(), ""); /* nothing is sent and no timer runs while nobody waits */
	ck_assert_uint_eq(bench.timer_at, 0);
}

static void ask(const char *method, const char *params)
{
	bench_request(&bench, method, params);
}

START_TEST(hid_opens)
{
	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	ck_assert_str_eq(reports(), "02 03|");
	answer(0x31); /* another number: not for us */
	ck_assert_str_eq(reports(), "");
	answer(0x21);
	ck_assert_str_eq(reports(), "02 02|");
	bench_advance(&bench, 100);
	ck_assert_str_eq(reports(), "02 03|");
	answer(0x21);
	bench_advance(&bench, 80);
	ck_assert_str_eq(bench_lines(&bench), CLOSED);
	bench_advance(&bench, 20);
	answer(0x20);
	bench_advance(&bench, 50);
	ck_assert_str_eq(
		bench_lines(&bench), OPEN "1 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN);
	/* nobody waits: asleep again */
	ck_assert_uint_eq(bench.timer_at, 0);
	ck_assert_str_eq(reports(), "02 03|");
	bench_done(&bench);
}
END_TEST

START_TEST(hid_open_already)
{
	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	answer(0x20);
	ck_assert_str_eq(bench_lines(&bench), "1 {\"outcome\":\"opened\",\"already\":true}\n");
	ck_assert_str_eq(reports(), "02 03|");
	bench_done(&bench);
}
END_TEST

START_TEST(hid_number_0_needs_two_answers)
{
	start_hid("0d3a:0200");
	ask("drawer.sense", "{}");
	ck_assert_str_eq(reports(), "00 01|");
	answer(0x00);
	ck_assert_str_eq(reports(), "00 01|");
	answer(0x01);
	answer(0x00);
	ck_assert_str_eq(bench_lines(&bench), "");
	answer(0x00);
	ck_assert_str_eq(bench_lines(&bench), "1 {\"open\":true,\"level\":\"high\"}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(hid_stuck_and_too_soon)
{
	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	answer(0x21);
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench),
		"2 ! Busy the device is not done with what it was asked before\n");
	for (int i = 0; i < 16; i++) {
		bench_advance(&bench, 100);
		answer(0x21);
	}
	ck_assert_str_eq(bench_lines(&bench),
		CLOSED UNKNOWN "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	ck_assert_ptr_null(strstr(strstr(reports(), "02 02|") + 6, "02 02|"));
	bench_done(&bench);
}
END_TEST

/* Nobody runs us for two seconds behind the pulse: it is asked before that says anything of the drawer. */
START_TEST(hid_heard_late)
{
	static const char *const outcomes[] = {OPEN
		"1 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN,
		CLOSED UNKNOWN "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n",
		"1 {\"outcome\":\"no_sensor\",\"already\":false}\n"};

	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	answer(0x21);
	ck_assert_str_eq(reports(), "02 03|02 02|");
	bench_sleep(&bench, 2000);
	bench_advance(&bench, 0);
	ck_assert_str_eq(reports(), "02 03|");
	ck_assert_str_eq(bench_lines(&bench), "");
	for (int i = 0; i < 6; i++) {
		if (_i < 2)
			answer(_i ? 0x21 : 0x20);
		bench_advance(&bench, 100);
	}
	ck_assert_str_eq(bench_lines(&bench), outcomes[_i]);
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(hid_silent)
{
	/* it does not say whether it is open; it is opened, and nothing is claimed */
	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	bench_advance(&bench, 2500);
	ck_assert_str_eq(bench_lines(&bench), "1 {\"outcome\":\"no_sensor\",\"already\":false}\n");
	ck_assert_ptr_nonnull(strstr(reports(), "02 02|"));
	ask("drawer.sense", "{\"watch\":true}");
	bench_advance(&bench, 1000);
	ck_assert_str_eq(bench_lines(&bench), "2 {\"open\":null,\"level\":null}\n");
	ask("drawer.sense", "{}");
	bench_advance(&bench, 1000);
	ck_assert_str_eq(bench_lines(&bench), "3 {\"open\":null,\"level\":null}\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(hid_watched)
{
	start_hid("0d3a:0203");
	ask("drawer.sense", "{\"watch\":true}");
	answer(0x31);
	ck_assert_str_eq(bench_lines(&bench), CLOSED "1 {\"open\":false,\"level\":\"low\"}\n");
	/* by its key, and the contact bounces */
	for (int i = 0; i < 5; i++) {
		bench_advance(&bench, 500);
		answer(i == 1 ? 0x30 : 0x31);
		if (i == 1)
			answer(0x30); /* nobody asked */
	}
	ck_assert_str_eq(bench_lines(&bench), MANUAL CLOSED);
	ask("drawer.open", "{}");
	ck_assert_ptr_nonnull(strstr(reports(), "03 03|"));
	bench_advance(&bench, 100);
	answer(0x30);
	bench_advance(&bench, 60);
	ck_assert_str_eq(
		bench_lines(&bench), OPEN "2 {\"outcome\":\"opened\",\"already\":false}\n");
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench), "3 {\"outcome\":\"opened\",\"already\":true}\n");
	ask("drawer.sense", "{\"watch\":false}");
	answer(0x30);
	ck_assert_str_eq(bench_lines(&bench), UNKNOWN "4 {\"open\":true,\"level\":\"high\"}\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(hid_never_sends_what_ends_the_firmware)
{
	static const uint8_t bytes[] = {0xc0, 0xd0, 0xe0, 0xf0, 0xff};
	char params[64];

	start_hid("0d3a:0202");
	for (size_t i = 0; i < sizeof bytes; i++) {
		static const char *const base64[] = {"wAA=", "0AA=", "4AA=", "8AA=", "/wA="};
		snprintf(params, sizeof params, "{\"data_b64\":\"%s\"}", base64[i]);
		ask("device.directIO", params);
		ck_assert_ptr_nonnull(strstr(bench_lines(&bench), " ! Illegal $.data_b64 begins"));
	}
	ask("device.directIO", "{\"data_b64\":\"\"}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), " ! Illegal $.data_b64 is a report"));
	ck_assert_str_eq(reports(), "");
	ask("device.directIO", "{\"data_b64\":\"AgI=\"}"); /* opens, and counts as a pulse */
	ask("device.directIO", "{\"data_b64\":\"AgI=\"}");
	ck_assert_str_eq(bench_lines(&bench),
		"7 {}\n8 ! Busy the device is not done with what it was asked before\n");
	ck_assert_str_eq(reports(), "02 02|");
	ask("device.directIO", "{\"data_b64\":\"AgM=\"}"); /* asks */
	ck_assert_str_eq(bench_lines(&bench), "9 {}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(hid_unplugged)
{
	start_hid("0d3a:0202");
	ask("drawer.open", "{}");
	ph_device_link_down(&bench.device, true, 0);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! Offline ")); /* no pulse has left */
	ck_assert_str_eq(reports(), "02 03|");
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
	ask("drawer.open", "{}");
	answer(0x21);
	ask("drawer.sense", "{\"watch\":true}");
	ph_device_link_down(&bench.device, true, 0);
	ck_assert_str_eq(bench_lines(&bench),
		"2 {\"outcome\":\"not_confirmed\",\"already\":false}\n"
		"3 {\"open\":null,\"level\":null}\n");
	ck_assert_str_eq(reports(), "02 03|02 02|02 03|");
	bench_done(&bench);
}
END_TEST

START_TEST(star)
{
	uint8_t closed[64] = {0}, open[64] = {0x80};

	start(&ph_driver_drawer_star, "usb:0519:1011", NULL);
	ck_assert(bench.muted);
	ask("drawer.open", "{}");
	ck_assert(!bench.muted);
	bench_feed(&bench, open, sizeof open, false);
	bench_feed(&bench, closed, sizeof closed, false);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_feed(&bench, closed, sizeof closed, false);
	ck_assert(bench.muted);
	ck_assert_str_eq(bench_written(&bench), "+<00>");
	bench_advance(&bench, 100);
	ck_assert(!bench.muted);
	bench_feed(&bench, open, sizeof open, false);
	bench_feed(&bench, open, sizeof open, false);
	bench_advance(&bench, 50);
	ck_assert_str_eq(
		bench_lines(&bench), OPEN "1 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN);
	ck_assert(bench.muted);
	ck_assert_uint_eq(bench.timer_at, 0);
	/* a packet that comes late is nobody's */
	bench_feed(&bench, closed, sizeof closed, false);
	bench_feed(&bench, closed, sizeof closed, false);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_done(&bench);
}
END_TEST

START_TEST(glancetron)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null",
		(const char *[]){"box=glancetron-8005", "drawer=2", NULL});
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_written(&bench), "<1b>5");
	bench_advance(&bench, 999);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_written(&bench), "<1b>;");
	bench_feed(&bench, "x\x1b\x35\x42", 4, _i);
	bench_advance(&bench, 60);
	ck_assert_str_eq(
		bench_lines(&bench), OPEN "1 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN);
	ask("drawer.sense", "{}");
	ck_assert_str_eq(bench_written(&bench), "<1b>;");
	bench_feed(&bench, "\x1b\x35\x41", 3, _i);
	ck_assert_str_eq(bench_lines(&bench), "2 {\"open\":false,\"level\":\"low\"}\n");
	bench_done(&bench);
}
END_TEST

/* There is time for one question only: its answer, or the next one's, is waited for where we came late to put it. */
START_TEST(glancetron_heard_late)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null",
		(const char *[]){"box=glancetron-8005", NULL});
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_written(&bench), "<1b>4");
	bench_sleep(&bench, _i ? 1800 : 1300);
	bench_advance(&bench, 300);
	ck_assert_str_eq(bench_written(&bench), "<1b>:");
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_feed(&bench, "\x1b\x34\x42", 3, false);
	bench_advance(&bench, 60);
	ck_assert_str_eq(
		bench_lines(&bench), OPEN "1 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN);
	bench_done(&bench);
}
END_TEST

/* A box whose drawer's switch is on a modem line: what the line means is learnt. */
START_TEST(apg)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null",
		(const char *[]){"box=apg-serialpro", NULL});
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench),
		"1 ! Busy the device is not done with what it was asked before\n");
	bench_advance(&bench, 12000);
	bench.modem = PH_LINE_CTS | PH_LINE_DSR;
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench), "2 {\"outcome\":\"no_sensor\",\"already\":false}\n");
	ck_assert_str_eq(bench_written(&bench), "<07>");
	ask("drawer.sense", "{}");
	bench.modem = PH_LINE_DSR;
	ask("drawer.sense", "{}");
	ck_assert_str_eq(bench_lines(&bench), "3 {\"open\":null,\"level\":\"high\"}\n"
					      "4 {\"open\":null,\"level\":\"low\"}\n");
	ask("drawer.learn", "{\"sensor\":\"sideways\"}");
	ck_assert_str_eq(
		bench_lines(&bench), "5 ! Illegal $.sensor is open_high, open_low or none\n");
	ask("drawer.learn", "{\"sensor\":\"open_low\"}");
	ck_assert_str_eq(bench_lines(&bench),
		"device.remember {\"key\":\"drawer_sensor\",\"value\":\"open_low\"}\n"
		"device.info {\"vendor\":\"APG\",\"model\":\"SerialPRO II\",\"capabilities\":"
		"{\"drawer\":{\"sensor\":true,\"pins\":[1],\"polarity\":\"learnt\",\"polled\":"
		"true}}}\n6 {}\n");
	/* open is open, whatever the capacitor; closed waits for it */
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench), "7 {\"outcome\":\"opened\",\"already\":true}\n");
	bench.modem = PH_LINE_CTS;
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench),
		"8 ! Busy the device is not done with what it was asked before\n");
	ck_assert_str_eq(bench_written(&bench), "");
	bench_advance(&bench, 6000);
	ask("drawer.open", "{}");
	bench_advance(&bench, 110);
	bench.modem = 0;
	bench_advance(&bench, 200);
	ck_assert_str_eq(bench_lines(&bench),
		CLOSED OPEN "9 {\"outcome\":\"opened\",\"already\":false}\n" UNKNOWN);
	ck_assert_str_eq(bench_written(&bench), "<07>");
	ask("drawer.learn", "{\"sensor\":null}");
	ck_assert_ptr_nonnull(strstr(
		bench_lines(&bench), "device.remember {\"key\":\"drawer_sensor\",\"value\":null}"));
	bench_done(&bench);
}
END_TEST

START_TEST(learnt_earlier)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null",
		(const char *[]){
			"box=trigger", "sensor_line=ri", "memory:drawer_sensor=open_high", NULL});
	bench.modem = PH_LINE_RI;
	ask("drawer.sense", "{}");
	bench.modem = -EIO;
	ask("drawer.sense", "{}");
	bench_advance(&bench, 3000);
	ck_assert_str_eq(bench_lines(&bench), "1 {\"open\":true,\"level\":\"high\"}\n"
					      "2 {\"open\":null,\"level\":null}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(configured)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null",
		(const char *[]){"box=trigger", "sensor_line=dcd", "drawer_sensor=open_low",
			"memory:drawer_sensor=open_high", NULL});
	bench.modem = 0;
	ask("drawer.sense", "{}");
	ask("drawer.learn", "{\"sensor\":\"open_high\"}");
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"open\":true,\"level\":\"low\"}\n"
		"2 ! Illegal $.sensor the device's section says drawer_sensor: remove that to have "
		"it learnt\n");
	bench_done(&bench);
}
END_TEST

static const struct {
	const char *options[4];
	const char *bytes;
} openings[] = {
	{{"box=trigger"}, "<07>"},
	{{"box=logic-controls-cr3001"}, "<07>"},
	{{"box=escape-p"}, "<1b>p07y"},
	{{"box=glancetron-8005"}, "<1b>4"},
	{{"box=trigger", "open_bytes=55 aaFF"}, "U<aa><ff>"},
};

START_TEST(opening_bytes)
{
	start(&ph_driver_drawer_serial, "serial:/dev/null", openings[_i].options);
	ask("drawer.open", "{}");
	ck_assert_str_eq(bench_written(&bench), openings[_i].bytes);
	ask("drawer.open", "{}");
	ask("drawer.open", "{\"n\":2}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! Busy"));
	ck_assert_str_eq(bench_written(&bench), "");
	bench_done(&bench);
}
END_TEST

static const struct {
	const char *name, *value, *refusal;
} refusals[] = {
	{"open_bytes", "0", "is not pairs of hexadecimal digits"},
	{"open_bytes", "zz", "is not pairs of hexadecimal digits"},
	{"open_bytes", " ", "is empty"},
	{"open_bytes", "0001020304050607080910111213141516", "is longer than 16 bytes"},
	{"drawer", "2", "this box has one drawer"},
};

START_TEST(options_refused)
{
	struct ph_device_config config = {.name = "bench", .connection = "serial:/dev/null"};
	struct ph_device *device = &bench.device;

	bench_init(&bench, &ph_driver_drawer_serial, "serial:/dev/null", 0, NULL);
	const struct ph_device_io *io = device->io;
	ph_device_done(device);
	ck_assert_int_eq(ph_device_init(device, &ph_driver_drawer_serial, io), 0);
	ck_assert_int_eq(ph_device_set_option(device, refusals[_i].name, refusals[_i].value), 0);
	ck_assert_int_eq(ph_device_configure(device, &config), -EINVAL);
	ck_assert_str_eq(device->refused_text, refusals[_i].refusal);
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("drawers");
	TCase *tc = tcase_create("drawers");

	tcase_add_test(tc, hid_opens);
	tcase_add_test(tc, hid_open_already);
	tcase_add_test(tc, hid_number_0_needs_two_answers);
	tcase_add_test(tc, hid_stuck_and_too_soon);
	tcase_add_loop_test(tc, hid_heard_late, 0, 3);
	tcase_add_test(tc, hid_silent);
	tcase_add_test(tc, hid_watched);
	tcase_add_test(tc, hid_never_sends_what_ends_the_firmware);
	tcase_add_test(tc, hid_unplugged);
	tcase_add_test(tc, star);
	tcase_add_loop_test(tc, glancetron, 0, 2);
	tcase_add_loop_test(tc, glancetron_heard_late, 0, 2);
	tcase_add_test(tc, apg);
	tcase_add_test(tc, learnt_earlier);
	tcase_add_test(tc, configured);
	tcase_add_loop_test(tc, opening_bytes, 0, sizeof openings / sizeof *openings);
	tcase_add_loop_test(tc, options_refused, 0, sizeof refusals / sizeof *refusals);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
