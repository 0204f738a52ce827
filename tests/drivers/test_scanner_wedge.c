// The wedge driver on a bench: layouts, Alt codes, dead keys, ends of labels, time, lost events and key storms.
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scanner-wedge/layout.h"
#include "tests/support/us_keys.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READY                                                                                      \
	"device.info "                                                                             \
	"{\"capabilities\":{\"scanner\":{\"symbologies\":[],\"trigger\":false,\"beep\":"           \
	"false,\"enable\":false,\"symbology\":false}}}\n"                                          \
	"device.state {\"state\":\"ready\",\"reasons\":[]}\n"

static struct bench bench;
static bool single; /* each event in a read of its own */

/* ---- the keyboard's side ---- */

static struct input_event events[60000];
static size_t event_count;
static uint64_t stamp_us; /* of the next events; 0: none */

static void event(uint16_t type, uint16_t code, int value)
{
	struct input_event *e = &events[event_count++];

	ck_assert_uint_lt(event_count, PH_ARRAY_SIZE(events));
	*e = (struct input_event){.type = type, .code = code, .value = value};
	e->input_event_sec = (__typeof__(e->input_event_sec))(stamp_us / 1000000);
	e->input_event_usec = (__typeof__(e->input_event_usec))(stamp_us % 1000000);
}

static void key(uint16_t code, int value)
{
	event(EV_MSC, MSC_SCAN, 0x70000 + code);
	event(EV_KEY, code, value);
	event(EV_SYN, SYN_REPORT, 0);
}

static void press(uint16_t code)
{
	key(code, 1);
	key(code, 0);
}

static void with(uint16_t modifier, uint16_t code)
{
	key(modifier, 1);
	press(code);
	key(modifier, 0);
}

/* What a scanner set to a us keyboard types; other characters by name below. */
static void type(const char *text)
{
	for (; *text; text++) {
		const struct us_key us = us_key_of(*text);
		ck_assert_msg(us.code, "no key for %c", *text);
		if (us.shift)
			with(KEY_LEFTSHIFT, us.code);
		else
			press(us.code);
	}
}

static void alt(const char *digits)
{
	static const uint16_t keypad[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5,
		KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

	key(KEY_LEFTALT, 1);
	for (; *digits; digits++)
		press(keypad[*digits - '0']);
	key(KEY_LEFTALT, 0);
}

static void flush(void)
{
	for (size_t i = 0; i < event_count; i += single ? 1 : event_count)
		bench_feed(&bench, events + i,
			(single ? 1 : event_count) * sizeof(struct input_event), false);
	event_count = 0;
}

/* ---- what came of it ---- */

static const char *labels(void)
{
	flush();
	return bench_labels(&bench, true);
}

static void start_on(const char *connection, const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_wedge, connection, 0, options);
	ck_assert_str_eq(bench_lines(&bench), READY);
}

static void start(const char *const *options)
{
	start_on("evdev:05e0:1200", options);
}

static void setup(void)
{
	single = false;
	event_count = 0;
	stamp_us = 0;
}

/* ---- tests; most of them twice, all events at once and one by one ---- */

START_TEST(labels_end_with_enter)
{
	single = _i;
	start(NULL);
	type("4006381333931\n");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104*|");
	ck_assert_uint_eq(bench.timer_at, 0); /* idle means asleep */
	type("A1b-\nnext");
	press(KEY_KPENTER);
	press(KEY_ENTER); /* an empty label is none */
	type("96385074\n036000291452\n4006381333932\n01234565\n");
	ck_assert_str_eq(labels(), "A1b- unknown 0|next unknown 0|96385074 ean8 103*|"
				   "036000291452 upca 101*|4006381333932 unknown 0|"
				   "01234565 unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(silence_ends_a_label)
{
	single = _i;
	start(NULL);
	type("12345");
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 99);
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 3);
	ck_assert_str_eq(labels(), "12345 unknown 0|");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
	start((const char *[]){"idle_ms=300", NULL});
	type("12345");
	flush();
	bench_advance(&bench, 299);
	type("67");
	flush();
	bench_advance(&bench, 298);
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 10);
	ck_assert_str_eq(labels(), "1234567 unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(control_characters)
{
	single = _i;
	start((const char *[]){"function_keys=F8=1d,f9=1E", NULL});
	type("01");
	with(KEY_LEFTCTRL, KEY_RIGHTBRACE);
	type("A");
	press(KEY_F8);
	press(KEY_F9);
	press(KEY_F1);
	alt("029");
	alt("29");
	alt("0065");
	alt("130");  /* code page 437 */
	alt("0233"); /* code page 1252 */
	key(KEY_NUMLOCK, 1);
	key(KEY_NUMLOCK, 0);
	alt("066");
	press(KEY_NUMLOCK);
	press(KEY_KP7);
	press(KEY_KPDOT);
	press(KEY_TAB);
	press(KEY_ENTER);
	ck_assert_str_eq(labels(), "01\\u001dA\\u001d\\u001e\\u001d\\u001dAééB7.\\t unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(layouts)
{
	static const struct {
		const char *option;
		uint16_t code, modifier;
		const char *want;
	} rows[] = {
		{"layout=us", KEY_Z, 0, "z"},
		{"layout=de", KEY_Z, 0, "y"},
		{"layout=de", KEY_7, KEY_LEFTSHIFT, "/"},
		{"layout=de", KEY_Q, KEY_RIGHTALT, "@"},
		{"layout=de", KEY_9, KEY_RIGHTALT, "]"},
		{"layout=de", KEY_MINUS, 0, "ß"},
		{"layout=fr", KEY_Q, 0, "a"},
		{"layout=fr", KEY_1, KEY_LEFTSHIFT, "1"},
		{"layout=gb", KEY_3, KEY_LEFTSHIFT, "£"},
		{"layout=de(nodeadkeys)", KEY_GRAVE, 0, "^"},
		{"layout=us(intl)", KEY_A, 0, "a"},
		{"layout=jp", KEY_LEFTBRACE, 0, "@"},
		{"layout=ru", KEY_F, 0, "а"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		char want[32];
		single = _i;
		start((const char *[]){rows[i].option, NULL});
		if (rows[i].modifier)
			with(rows[i].modifier, rows[i].code);
		else
			press(rows[i].code);
		press(KEY_ENTER);
		snprintf(want, sizeof want, "%s unknown 0|", rows[i].want);
		ck_assert_str_eq(labels(), want);
		bench_done(&bench);
	}
}
END_TEST

START_TEST(dead_keys)
{
	single = _i;
	start((const char *[]){"layout=de", NULL});
	press(KEY_GRAVE); /* dead ^ */
	press(KEY_SPACE);
	press(KEY_GRAVE);
	press(KEY_O);
	press(KEY_EQUAL); /* dead acute */
	press(KEY_E);
	press(KEY_GRAVE);
	press(KEY_7);
	press(KEY_GRAVE);
	press(KEY_GRAVE);
	press(KEY_GRAVE);
	press(KEY_EQUAL);
	press(KEY_ENTER);
	ck_assert_str_eq(labels(), "^ôé^7^^' unknown 0|");
	type("next\n");
	ck_assert_str_eq(labels(), "next unknown 0|");
	bench_done(&bench);
}
END_TEST

/* What a key makes with nothing held is remembered, and is not what it makes otherwise. */
START_TEST(known_keys_are_held_otherwise)
{
	single = _i;
	start((const char *[]){"layout=de", NULL});
	type("e7]ai\n");
	ck_assert_str_eq(labels(), "e7+ai unknown 0|");
	key(KEY_LEFTSHIFT, 1);
	key(KEY_7, 1);
	key(KEY_LEFTSHIFT, 0); /* before the key */
	key(KEY_7, 0);
	type("7");
	key(KEY_7, 1); /* the other way round */
	key(KEY_LEFTSHIFT, 1);
	key(KEY_7, 0);
	press(KEY_7);
	key(KEY_LEFTSHIFT, 0);
	press(KEY_EQUAL); /* dead acute */
	type("e");
	with(KEY_RIGHTALT, KEY_7);
	with(KEY_LEFTCTRL, KEY_I);
	press(KEY_CAPSLOCK);
	type("a");
	press(KEY_CAPSLOCK);
	type("a\n");
	ck_assert_str_eq(labels(), "/77/é{\\tAa unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(caps_lock_is_the_scanners)
{
	single = _i;
	start(NULL);
	press(KEY_CAPSLOCK);
	type("abC1\n");
	press(KEY_CAPSLOCK);
	type("abC1\n");
	ck_assert_str_eq(labels(), "ABc1 unknown 0|abC1 unknown 0|");
	/* repeats are none, and a replugged scanner begins anew */
	press(KEY_CAPSLOCK);
	key(KEY_A, 1);
	key(KEY_A, 2);
	key(KEY_A, 2);
	flush();
	ph_device_link_down(&bench.device, true, 0);
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
	key(KEY_B, 1);
	key(KEY_B, 2);
	key(KEY_B, 0);
	press(KEY_ENTER);
	ck_assert_str_eq(labels(), "b unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(identifiers_and_affixes)
{
	single = _i;
	start((const char *[]){"code_id=aim", "prefix=ab", "suffix=-", NULL});
	type("ab]E04006381333931-\nab]C1123-\n4006381333931\n");
	ck_assert_str_eq(
		labels(), "4006381333931 ean13 104|123 gs1-128 120|4006381333931 ean13 104*|");
	bench_done(&bench);
	start((const char *[]){"code_id=honeywell", "infer=no", NULL});
	type("d4006381333931\nj123\n4006381333931\n");
	ck_assert_str_eq(
		labels(), "4006381333931 ean13 104|123 code128 110|4006381333931 unknown 0|");
	bench_done(&bench);
	start((const char *[]){"code_id=datalogic-us", NULL});
	type("FF96385074\nF4006381333931\n");
	ck_assert_str_eq(labels(), "96385074 ean8 103|4006381333931 ean13 104|");
	bench_done(&bench);
	start((const char *[]){"tab_ends=yes", NULL});
	type("123");
	press(KEY_TAB);
	ck_assert_str_eq(labels(), "123 unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(lost_events)
{
	single = _i;
	start(NULL);
	type("5901");
	key(KEY_LEFTSHIFT, 1);
	event(EV_SYN, SYN_DROPPED, 0);
	/* the rest of a report, and what libevdev says has changed: no label, but Shift is up */
	event(EV_KEY, KEY_4, 1);
	event(EV_KEY, KEY_LEFTSHIFT, 0);
	event(EV_SYN, SYN_REPORT, 0);
	type("23457\n");
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"lost\"}|");
	type("next\n");
	ck_assert_str_eq(labels(), "next unknown 0|");
	/* no end comes, and no report that could be half read: the label behind the silence is whole */
	type("5901");
	event(EV_SYN, SYN_DROPPED, 0);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"lost\"}|");
	bench_advance(&bench, 110);
	ck_assert_uint_eq(bench.timer_at, 0);
	type("whole\n");
	ck_assert_str_eq(labels(), "whole unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(too_long_and_storms)
{
	single = _i;
	start(NULL);
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 1000; k++)
			press(KEY_X);
		flush();
	}
	type("\nnext\n");
	ck_assert_str_eq(
		labels(), "scanner.dropped {\"count\":1,\"reason\":\"too_long\"}|next unknown 0|");
	/* every key there is and some that are not, pressed, repeated, never released */
	for (int round = 0; round < 3; round++) {
		for (int code = 0; code < 0x2ff; code++)
			if (code != KEY_LEFTALT)
				key((uint16_t)code, 1 + (round == 1));
		flush();
	}
	key(0xffff, 1);
	key(KEY_A, 77);
	key(KEY_A, -1);
	event(0x1f, 0xffff, -1);
	event(EV_REL, 0, 5);
	flush();
	bench_advance(&bench, 200);
	ph_device_link_down(&bench.device, true, 0);
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
	type("next\n");
	ck_assert_str_eq(labels(), "next unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(the_kernels_time_counts)
{
	single = _i;
	start(NULL);
	/* a process that could not run: the events have waited */
	stamp_us = 5000000000000;
	type("12");
	flush();
	bench.now_ms += 150;
	stamp_us += 60000;
	type("3");
	stamp_us += 60000;
	type("4");
	flush();
	bench_advance(&bench, 30);
	stamp_us += 60000;
	type("56\n");
	ck_assert_str_eq(labels(), "123456 unknown 0|");
	/* its clock is set, back and forth */
	stamp_us = 1000000;
	type("ab");
	flush();
	stamp_us = 3;
	type("cd");
	flush();
	stamp_us = 900000000000;
	type("ef\n");
	ck_assert_str_eq(labels(), "abcdef unknown 0|");
	/* a pause within one read */
	bench.now_ms += 2000;
	stamp_us += 1000000;
	type("gh");
	stamp_us += 300000;
	type("ij\n");
	if (!single)
		ck_assert_str_eq(labels(), "gh unknown 0|ij unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(a_keyboard_that_people_use)
{
	single = _i;
	start_on("evdev:05e0:1200?grab=no", NULL);
	for (const char *c = "hello\n"; *c; c++) {
		type((char[]){*c, '\0'});
		flush();
		bench_advance(&bench, 60);
	}
	type("abc\n"); /* too short for a scanner */
	ck_assert_str_eq(labels(), "");
	type("4006381333931\n");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104*|");
	bench_done(&bench);
}
END_TEST

START_TEST(bad_options)
{
	static const char *const bad[][3] = {
		{"layout", "klingon", "is no keyboard layout known here (package xkb-data)"},
		{"layout", "us,de", "is no keyboard layout known here (package xkb-data)"},
		{"layout", "../../etc/passwd",
			"is no keyboard layout known here (package xkb-data)"},
		{"layout", "de(", "is no keyboard layout known here (package xkb-data)"},
		{"layout", "", "is no keyboard layout known here (package xkb-data)"},
		{"function_keys", "F13=1d",
			"is not F1=XX to F12=XX with XX from 01 to 7f at 'F13=1d'"},
		{"function_keys", "F8=80",
			"is not F1=XX to F12=XX with XX from 01 to 7f at 'F8=80'"},
		{"function_keys", "F8=1d,x", "is not F1=XX to F12=XX with XX from 01 to 7f at 'x'"},
		{"prefix", "\\x1", "has a \\ without xHH"},
	};

	start(NULL);
	const struct ph_device_io *io = bench.device.io;
	bench_done(&bench);
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++) {
		struct ph_device device;
		struct ph_device_config config = {.name = "x", .connection = "evdev:05e0:1200"};
		ck_assert_int_eq(ph_device_init(&device, &ph_driver_scanner_wedge, io), 0);
		ck_assert_int_eq(ph_device_set_option(&device, bad[i][0], bad[i][1]), 0);
		ck_assert_int_lt(ph_device_configure(&device, &config), 0);
		ck_assert_str_eq(device.refused_text, bad[i][2]);
		ph_device_done(&device);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-wedge");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, labels_end_with_enter, 0, 2);
	tcase_add_loop_test(tc, silence_ends_a_label, 0, 2);
	tcase_add_loop_test(tc, control_characters, 0, 2);
	tcase_add_loop_test(tc, layouts, 0, 2);
	tcase_add_loop_test(tc, dead_keys, 0, 2);
	tcase_add_loop_test(tc, known_keys_are_held_otherwise, 0, 2);
	tcase_add_loop_test(tc, caps_lock_is_the_scanners, 0, 2);
	tcase_add_loop_test(tc, identifiers_and_affixes, 0, 2);
	tcase_add_loop_test(tc, lost_events, 0, 2);
	tcase_add_loop_test(tc, too_long_and_storms, 0, 2);
	tcase_add_loop_test(tc, the_kernels_time_counts, 0, 2);
	tcase_add_loop_test(tc, a_keyboard_that_people_use, 0, 2);
	tcase_add_test(tc, bad_options);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
