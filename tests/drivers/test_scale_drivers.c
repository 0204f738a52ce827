// The scale drivers on a bench: questions, answers, refusals, silence and live weight, with exact bytes and messages.
#include "bench.h"

#include "drivers/registry.h"
#include "drivers/scale-hid/layout.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;

static void start(
	const struct ph_driver *driver, const char *connection, const char *const *options)
{
	bench_init(&bench, driver, connection, 0, options);
	bench_lines(&bench);
	bench_written(&bench);
}

static void start_toledo(void)
{
	start(&ph_driver_scale_serial, "serial:/dev/null",
		(const char *[]){"protocol=toledo-8217", NULL});
}

static void feed(const char *text)
{
	bench_feed(&bench, text, strlen(text), false);
}

START_TEST(announces_itself)
{
	bench_init(&bench, &ph_driver_scale_serial, "serial:/dev/null", 0,
		(const char *[]){"protocol=toledo-8217", "unit=kg", NULL});
	ck_assert_str_eq(bench_lines(&bench),
		"device.info {\"capabilities\":{\"scale\":{\"zero\":true,\"tare\":true,"
		"\"digital_tare\":true,\"live\":true,\"stability\":true,\"units\":[\"kg\"]}}}\n"
		"device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ck_assert_str_eq(bench_written(&bench), ""); /* nothing is asked before somebody asks */
	bench_done(&bench);
}
END_TEST

START_TEST(weighs)
{
	start_toledo();
	bench_request(&bench, "scale.read", "{}");
	ck_assert_str_eq(bench_written(&bench), "W");
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_feed(&bench,
		"\x02"
		"01.234\r",
		8, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"01.234\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	/* nobody asked: nobody is told */
	bench_feed(&bench,
		"\x02"
		"01.234\r",
		8, _i);
	bench_advance(&bench, 60000);
	ck_assert_str_eq(bench_lines(&bench), "");
	ck_assert_str_eq(bench_written(&bench), "");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

/* The buffer holds a weight of the item before; the answer is that the plate moves. */
START_TEST(never_an_older_weight)
{
	start_toledo();
	feed("\x02"
	     "01.234\r");
	feed("\x02"
	     "01.2");
	bench_request(&bench, "scale.read", "{\"timeout_ms\":0}");
	feed("34\r\x02?A\r");
	ck_assert_str_eq(bench_lines(&bench), "1 ! Extended.InMotion the weight is moving\n");
	bench_done(&bench);
}
END_TEST

START_TEST(waits_for_rest)
{
	start_toledo();
	bench_request(&bench, "scale.read", "{}");
	feed("\x02?A\r");
	ck_assert_str_eq(bench_written(&bench), "W");
	bench_advance(&bench, 200);
	ck_assert_str_eq(bench_written(&bench), "W");
	feed("\x02?A\r");
	bench_advance(&bench, 200);
	feed("\x02"
	     "0.42");
	feed("5\r");
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"0.425\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	/* and gives up in time */
	bench_request(&bench, "scale.read", "{\"timeout_ms\":1000}");
	for (int i = 0; i < 5; i++) {
		feed("\x02?A\r");
		bench_advance(&bench, 200);
	}
	ck_assert_str_eq(
		bench_lines(&bench), "2 ! Extended.InMotion the weight did not come to rest\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(silence_is_an_error)
{
	start_toledo();
	bench_request(&bench, "scale.read", "{}");
	bench_advance(&bench, 4999);
	ck_assert_str_eq(bench_lines(&bench), "");
	ck_assert_str_eq(bench_written(&bench), "WWWWW"); /* a request may be lost */
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_lines(&bench), "1 ! Timeout the scale does not answer\n");
	/* half a frame is silence, too */
	bench_request(&bench, "scale.read", "{\"timeout_ms\":500}");
	feed("\x02"
	     "01.2");
	bench_advance(&bench, 500);
	ck_assert_str_eq(bench_lines(&bench), "2 ! Timeout the scale does not answer\n");
	/* but what is no frame at all is not */
	bench_request(&bench, "scale.read", "{\"timeout_ms\":500}");
	feed("\nST,GS,  0.500kg\r\n");
	bench_advance(&bench, 500);
	ck_assert_str_eq(bench_lines(&bench),
		"3 ! Extended.NotUnderstood the scale answers, but not in the protocol it is "
		"configured for\n");
	bench_request(&bench, "scale.read", "{\"timeout_ms\":500}");
	bench_advance(&bench, 500);
	ck_assert_str_eq(bench_lines(&bench), "4 ! Timeout the scale does not answer\n");
	bench_done(&bench);
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		const char *answer, *line;
	} cases[] = {
		{"\x02?B\r", "1 ! Extended.OverWeight more than the scale can weigh\n"},
		{"\x02?D\r", "1 ! Extended.UnderZero the scale is below zero\n"},
		{"\x02?H\r", "1 ! Extended.NotReady the scale must be set to zero\n"},
		{"\x02?P\r",
			"1 {\"state\":\"zero\",\"upos_status\":13,\"stable\":true,\"net\":false,"
			"\"zero\":true}\n"},
		{"\x02"
		 "01.23\r",
			"1 ! Extended.UnitMismatch the scale weighs in another unit than is "
			"configured\n"},
	};

	start(&ph_driver_scale_serial, "serial:/dev/null",
		(const char *[]){"protocol=toledo-8217", "unit=kg", NULL});
	bench_request(&bench, "scale.read", "{}");
	feed(cases[_i].answer);
	ck_assert_str_eq(bench_lines(&bench), cases[_i].line);
	bench_done(&bench);
}
END_TEST

START_TEST(one_request_at_a_time)
{
	start_toledo();
	bench_request(&bench, "scale.read", "{}");
	bench_request(&bench, "scale.zero", "{}");
	bench_request(&bench, "scale.read", "{\"timeout_ms\":60001}");
	bench_request(&bench, "scale.tare", "{\"tare\":\"1.2.3\"}");
	ck_assert_str_eq(bench_lines(&bench),
		"2 ! Busy the device is not done with what it was asked before\n"
		"3 ! Illegal $.timeout_ms is not within 0 and 60000\n"
		"4 ! Illegal $.tare is not a weight such as 0.125\n");
	ph_device_link_down(&bench.device, true, 0);
	ck_assert_str_eq(bench_lines(&bench), "1 ! Offline the link to the scale was lost\n");
	bench_request(&bench, "scale.read", "{}");
	ck_assert_str_eq(bench_lines(&bench), "5 ! Offline the device is not connected\n");
	bench_done(&bench);
}
END_TEST

START_TEST(zero_is_sent_once)
{
	start_toledo();
	bench_request(&bench, "scale.zero", "{}");
	ck_assert_str_eq(bench_written(&bench), "Z");
	feed("\x02?P\r");
	bench_request(&bench, "scale.zero", "{}");
	feed("\x02?H\r");
	bench_request(&bench, "scale.zero", "{}");
	feed("\x02?A\r");
	bench_request(&bench, "scale.zero", "{}");
	feed("\x02?@\r"); /* as one with a load on it answers */
	ck_assert_str_eq(bench_written(&bench), "ZZZ");
	ck_assert_str_eq(bench_lines(&bench), "1 {}\n"
					      "2 ! Extended.NotReady the weight is outside the "
					      "range in which the scale can be set "
					      "to zero\n"
					      "3 ! Extended.InMotion the weight is moving\n"
					      "4 ! Extended.NotReady the weight is outside the "
					      "range in which the scale can be set "
					      "to zero\n");
	bench_request(&bench, "scale.zero", "{}");
	bench_advance(&bench, 2000);
	ck_assert_str_eq(bench_written(&bench), "Z");
	ck_assert_str_eq(bench_lines(&bench),
		"5 ! Uncertain the scale did not answer; whether it has taken it is not known\n");
	bench_done(&bench);
}
END_TEST

START_TEST(tare)
{
	start_toledo();
	bench_request(&bench, "scale.tare", "{}");
	feed("\x02?`\r");
	bench_request(&bench, "scale.tare", "{\"tare\":\"0.125\"}");
	feed("\x02?`\r");
	bench_request(&bench, "scale.tare", "{\"tare\":\"0\"}");
	feed("\x02?@\r");
	bench_request(&bench, "scale.tare", "{\"tare\":\"123.45\"}");
	feed("\x02?`\r");
	ck_assert_str_eq(bench_written(&bench), "T<0d>T00125<0d>CT12345<0d>");
	bench_request(&bench, "scale.tare", "{\"tare\":\"0.5\"}");
	bench_request(&bench, "scale.tare", "{\"tare\":\"123.456\"}");
	ck_assert_str_eq(bench_lines(&bench), "1 {}\n2 {}\n3 {}\n4 {}\n"
					      "5 ! Illegal $.tare must have the decimals of the "
					      "scale: 0.125 for kg, 0.25 for lb\n"
					      "6 ! Illegal $.tare must have the decimals of the "
					      "scale: 0.125 for kg, 0.25 for lb\n");
	bench_done(&bench);
}
END_TEST

START_TEST(live_weight)
{
	start_toledo();
	bench_request(&bench, "scale.live", "{\"on\":true}");
	ck_assert_str_eq(bench_written(&bench), "W");
	feed("\x02?A\r");
	bench_advance(&bench, 200);
	feed("\x02"
	     "01.234\r");
	bench_advance(&bench, 200);
	feed("\x02"
	     "01.234\r"); /* no change */
	ck_assert_str_eq(bench_lines(&bench),
		"1 {}\n"
		"scale.weight {\"state\":\"unstable\",\"upos_status\":12,\"stable\":false,\"net\":"
		"false,\"zero\":false}\n"
		"scale.weight {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"01.234\","
		"\"decimals\":3,\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	/* silence is not the last weight */
	bench_advance(&bench, 1200);
	ck_assert_str_eq(bench_lines(&bench),
		"scale.weight {\"state\":\"not_ready\",\"upos_status\":15,\"stable\":false,\"net\":"
		"false,\"zero\":false}\n");
	/* a read in between */
	bench_request(&bench, "scale.read", "{}");
	feed("\x02"
	     "02.000\r");
	bench_request(&bench, "scale.live", "{\"on\":false}");
	ck_assert_uint_eq(bench.timer_at, 0);
	ck_assert_str_eq(bench_lines(&bench),
		"scale.weight {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"02.000\","
		"\"decimals\":3,\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n"
		"2 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"02.000\","
		"\"decimals\":3,\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n"
		"3 {}\n");
	feed("\x02"
	     "02.001\r");
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_done(&bench);
}
END_TEST

START_TEST(two_steps)
{
	static const char weight[] = "\x01\x02S 01.234kge\x03\x04";

	start(&ph_driver_scale_serial, "serial:/dev/null", (const char *[]){"protocol=cas", NULL});
	bench_request(&bench, "scale.read", "{}");
	feed("\x15");
	bench_advance(&bench, 200);
	feed("\x06");
	ck_assert_str_eq(bench_written(&bench), "<05><05><11>");
	bench_feed(&bench, weight, sizeof weight - 1, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"01.234\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	bench_request(&bench, "scale.zero", "{}");
	ck_assert_str_eq(bench_lines(&bench), "2 ! Illegal this device cannot do that\n");
	bench_done(&bench);
}
END_TEST

START_TEST(continuous)
{
	static const char still[] = "\x02-0   1234     0\r\x1a";
	static const char moving[] = "\x02-8   1240     0\r\x15";

	start(&ph_driver_scale_serial, "serial:/dev/null",
		(const char *[]){"protocol=mettler-continuous", NULL});
	bench_feed(&bench, still, sizeof still - 1, false);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, moving, sizeof moving - 1, false);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_feed(&bench, still, sizeof still - 1, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"1.234\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	ck_assert_str_eq(bench_written(&bench), "");
	bench_done(&bench);
}
END_TEST

START_TEST(no_word_for_stable)
{
	start(&ph_driver_scale_serial, "serial:/dev/null", (const char *[]){"protocol=adam", NULL});
	bench_request(&bench, "scale.live", "{\"on\":true}"); /* it beeps at each question */
	bench_request(&bench, "scale.read", "{}");
	feed("0.425 kg\r\n");
	ck_assert_str_eq(bench_lines(&bench), "1 ! Illegal this device cannot do that\n"
					      "2 ! Illegal this scale does not say whether its "
					      "weight is stable; only live weights "
					      "are to be had\n");
	bench_request(&bench, "scale.read", "{\"live\":true}");
	feed("0.425 kg\r\n");
	ck_assert_str_eq(bench_lines(&bench),
		"3 {\"state\":\"unstable\",\"upos_status\":12,\"weight\":\"0.425\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":false,\"net\":false,\"zero\":false,\"stability_"
		"unknown\":"
		"true}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(says_it_once)
{
	start(&ph_driver_scale_serial, "serial:/dev/null", (const char *[]){"protocol=sasi", NULL});
	bench_request(&bench, "scale.read", "{}");
	feed("\x02"
	     "01.234\r");
	bench_lines(&bench);
	bench_request(&bench, "scale.read", "{}");
	feed("\x02?@\r");
	ck_assert_str_eq(bench_lines(&bench),
		"2 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"01.234\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false,\"unchanged\":true}"
		"\n");
	bench_done(&bench);
}
END_TEST

START_TEST(protocol_must_be_said)
{
	struct ph_device_config config = {.name = "s", .connection = "serial:/dev/null"};
	static const struct ph_device_io io = {0};
	struct ph_device device;

	ck_assert_int_eq(ph_device_init(&device, &ph_driver_scale_serial, &io), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert_str_eq(
		device.refused_text, "must say which protocol the scale is set to; see its manual");
	ck_assert_int_lt(ph_device_set_option(&device, "protocol", "dialog06"), 0);
	ph_device_done(&device);
}
END_TEST

/* ---- Magellan ---- */

START_TEST(magellan)
{
	start(&ph_driver_magellan, "serial:/dev/null?bits=7&parity=o", NULL);
	bench_request(&bench, "scale.read", "{}");
	/* a label comes between question and answer */
	bench_feed(&bench, "S08F4006381333931\rS14400260\r", 28, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"scanner.data {\"data_b64\":\"RjQwMDYzODEzMzM5MzE=\",\"label_b64\":"
		"\"NDAwNjM4MTMzMzkzMQ==\",\"text\":\"4006381333931\",\"symbology\":\"ean13\","
		"\"upos_type\":104,\"checksum_ok\":true,\"gs1\":[{\"ai\":\"01\",\"title\":\"GTIN\","
		"\"value\":\"04006381333931\"}]}\n"
		"1 {\"state\":\"stable\",\"upos_status\":11,\"weight\":\"00.260\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	/* an answer that is late is nobody's weight */
	feed("S14400999\r");
	bench_request(&bench, "scale.read", "{\"timeout_ms\":0}");
	feed("S141\r");
	bench_request(&bench, "scale.read", "{}");
	feed("S142\r");
	bench_request(&bench, "scanner.disable", "{}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"not_on_file\"}");
	ck_assert_str_eq(bench_written(&bench), "S14<0d>S14<0d>S14<0d>S02<0d>S05<0d>");
	ck_assert_str_eq(bench_lines(&bench),
		"2 ! Extended.InMotion the weight is moving\n"
		"3 ! Extended.OverWeight more than the scale can weigh\n"
		"4 {}\n5 {}\n");
	bench_done(&bench);
}
END_TEST

/* ---- OEM ---- */

START_TEST(oem)
{
	static const uint8_t zeros[9] = {0}, motion[9] = {0, 0, 4};
	static const uint8_t weight[9] = {0, 0, 1, 0, 0, 1, 2, 3, 4},
			     duplicate[9] = {0, 0, 0, 0x40};
	const char *kg =
		"{\"state\":\"stable\",\"upos_status\":11,\"weight\":\"01.234\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n";
	char expected[400];

	bench_init(&bench, &ph_driver_scale_oem, "hid:path=1-1", 0, NULL);
	bench_lines(&bench);
	ck_assert_str_eq(bench_written(&bench), "<00><04><00><00><00><00>");
	bench_request(&bench, "scale.read", "{}");
	ck_assert_str_eq(bench_lines(&bench),
		"1 ! Busy the device is not done with what it was asked before\n");
	bench_feed(&bench, zeros, sizeof zeros, false); /* the answer to that, no weight */
	ck_assert_str_eq(
		bench_lines(&bench), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, motion, sizeof motion, false);
	bench_advance(&bench, 200);
	bench_feed(&bench, weight, sizeof weight, false);
	snprintf(expected, sizeof expected, "2 %s", kg);
	ck_assert_str_eq(bench_lines(&bench), expected);
	ck_assert_str_eq(bench_written(&bench), "<00><02><00><00><00><00><00><02><00><00><00><00>");
	bench_feed(&bench, weight, sizeof weight, false);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, duplicate, sizeof duplicate, false);
	bench_request(&bench, "scale.zero", "{}");
	bench_feed(&bench, zeros, sizeof zeros, false);
	ck_assert_str_eq(bench_lines(&bench),
		"3 ! Extended.SameWeight the weight has not changed since it was read last\n"
		"4 {}\n");
	bench_done(&bench);
}
END_TEST

/* ---- HID ---- */

/* The sheet's: input 3, output 2. */
static const uint8_t descriptor[] = {0x05, 0x8D, 0x09, 0x20, 0xA1, 0x01, 0x85, 0x03, 0x09, 0x32,
	0xA1, 0x02, 0x09, 0x70, 0xA1, 0x02, 0x15, 0x01, 0x25, 0x08, 0x75, 0x08, 0x95, 0x01, 0x19,
	0x71, 0x29, 0x78, 0x81, 0x00, 0xC0, 0x09, 0x50, 0xA1, 0x02, 0x25, 0x0C, 0x19, 0x51, 0x29,
	0x5C, 0x81, 0x00, 0xC0, 0x09, 0x41, 0x15, 0x80, 0x25, 0x7F, 0x81, 0x02, 0x09, 0x40, 0x15,
	0x00, 0x27, 0xFF, 0xFF, 0x00, 0x00, 0x75, 0x10, 0x81, 0x02, 0xC0, 0x85, 0x02, 0x09, 0x31,
	0xA1, 0x02, 0x25, 0x01, 0x75, 0x01, 0x95, 0x02, 0x09, 0x81, 0x09, 0x80, 0x91, 0x02, 0x75,
	0x06, 0x95, 0x01, 0x91, 0x03, 0xC0, 0xC0};

START_TEST(hid_layout)
{
	struct ph_hid_scale_layout layout;

	ck_assert(ph_hid_scale_suits(descriptor, sizeof descriptor));
	ck_assert_int_eq(ph_hid_scale_layout_read(descriptor, sizeof descriptor, &layout), 0);
	ck_assert_uint_eq(layout.report, 3);
	ck_assert_uint_eq(layout.status.bit, 0);
	ck_assert_uint_eq(layout.unit.bit, 8);
	ck_assert_uint_eq(layout.exponent.bit, 16);
	ck_assert_uint_eq(layout.weight.bit, 24);
	ck_assert_uint_eq(layout.weight.bits, 16);
	ck_assert(layout.has_zero);
	ck_assert_uint_eq(layout.control, 2);
	ck_assert_uint_eq(layout.zero.bit, 1);
	ck_assert_int_lt(ph_hid_scale_layout_read(descriptor, 40, &layout), 0);
	ck_assert(!ph_hid_scale_suits((const uint8_t *)"\x05\x8c\x09\x02\xa1\x01\xc0", 7));
}
END_TEST

START_TEST(hid)
{
	bench_init(&bench, &ph_driver_scale_hid, "hid:path=1-1", 0, NULL);
	/* without a descriptor there is nothing to read by */
	ck_assert_str_eq(bench_lines(&bench),
		"device.state {\"state\":\"offline\",\"reasons\":[],\"message\":\"its report "
		"descriptor does not say where the weight is\"}\n");
	bench_done(&bench);
	bench_init(&bench, &ph_driver_scale_hid, "hid:path=1-1", 0, NULL);
	bench.descriptor = descriptor;
	bench.descriptor_len = sizeof descriptor;
	ph_device_link_down(&bench.device, false, 0);
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, "\x03\x04\x0b\xff\x4b\x00", 6, false); /* the first is old */
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_feed(&bench, "\x03\x03\x0b\xff\x4b\x00", 6, false);
	bench_feed(&bench, "\x03\x04\x0b\xff\x4b\x00", 6, false);
	ck_assert_str_eq(bench_lines(&bench),
		"1 "
		"{\"state\":\"stable\",\"upos_status\":11,\"weight\":\"7.5\",\"decimals\":1,"
		"\"unit\":"
		"\"oz\",\"stable\":true,\"net\":false,\"zero\":false}\n");
	/* the same again is an answer, too */
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, "\x03\x04\x03\xfd\xe8\x03", 6, false);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, "\x03\x04\x03\xfd\xe8\x03", 6, false);
	const char *kg =
		"{\"state\":\"stable\",\"upos_status\":11,\"weight\":\"1.000\",\"decimals\":3,"
		"\"unit\":\"kg\",\"stable\":true,\"net\":false,\"zero\":false}\n";
	char expected[400];
	snprintf(expected, sizeof expected, "2 %s3 %s", kg, kg);
	ck_assert_str_eq(bench_lines(&bench), expected);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, "\x03\x05\x02\x00\x0a\x00", 6, false);
	bench_request(&bench, "scale.read", "{}");
	bench_feed(&bench, "\x03\x06\x0c\xff\x00\x00", 6, false);
	bench_request(&bench, "scale.read", "{\"timeout_ms\":300}");
	bench_feed(&bench, "\x03\x04\x0d\x00\x01\x00", 6, false); /* unknown unit */
	bench_advance(&bench, 300);
	ck_assert_str_eq(bench_lines(&bench),
		"4 ! Extended.UnderZero the scale is below zero\n"
		"5 ! Extended.OverWeight more than the scale can weigh\n"
		"6 ! Timeout the scale does not answer\n");
	bench_request(&bench, "scale.zero", "{}");
	bench_feed(&bench, "\x03\x04\x02\x00\x0a\x00", 6, false);
	bench_feed(&bench, "\x03\x02\x02\x00\x00\x00", 6, false);
	bench_request(&bench, "scale.zero", "{}");
	bench_feed(&bench, "\x03\x04\x02\x00\x0a\x00", 6, false);
	bench_advance(&bench, 2000);
	ck_assert_str_eq(bench_written(&bench), "<02><02><02><02>");
	ck_assert_str_eq(bench_lines(&bench), "7 {}\n8 ! Failure the scale did not take it\n");
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scale");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, announces_itself);
	tcase_add_loop_test(tc, weighs, 0, 2);
	tcase_add_test(tc, never_an_older_weight);
	tcase_add_test(tc, waits_for_rest);
	tcase_add_test(tc, silence_is_an_error);
	tcase_add_loop_test(tc, refusals, 0, 5);
	tcase_add_test(tc, one_request_at_a_time);
	tcase_add_test(tc, zero_is_sent_once);
	tcase_add_test(tc, tare);
	tcase_add_test(tc, live_weight);
	tcase_add_loop_test(tc, two_steps, 0, 2);
	tcase_add_loop_test(tc, continuous, 0, 2);
	tcase_add_test(tc, no_word_for_stable);
	tcase_add_test(tc, says_it_once);
	tcase_add_test(tc, protocol_must_be_said);
	tcase_add_loop_test(tc, magellan, 0, 2);
	tcase_add_test(tc, oem);
	tcase_add_test(tc, hid_layout);
	tcase_add_test(tc, hid);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
