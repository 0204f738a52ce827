// Keys to labels. Vectors: key sequences of the makers' user's guides in a us layout; distances between keys as measured in
// the public tests of KeyboardBarcodeScanner.
#include "protocols/wedge/wedge.h"

#include <check.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

static struct ph_wedge wedge;
static struct ph_wedge_options options;
static uint64_t now, step_us;
static char story[1024];

static void setup(void)
{
	memset(&options, 0, sizeof options);
	options.function_keys[7] = 0x1d;
	ph_wedge_init(&wedge, &options);
	now = 5000000;
	step_us = 1000;
	story[0] = '\0';
}

static void tell(int r, const struct ph_wedge_event *event)
{
	static const char *const names[] = {"", "(lost)", "(too long)"};
	const size_t at = strlen(story);

	if (!r)
		return;
	if (event->kind == PH_WEDGE_LABEL)
		snprintf(story + at, sizeof story - at, "[%.*s]", (int)event->len, event->label);
	else
		snprintf(story + at, sizeof story - at, "%s", names[event->kind]);
}

static void key(uint16_t code, int value, uint32_t codepoint, bool ctrl)
{
	struct ph_wedge_event event = {.len = 0};
	const struct ph_wedge_key given = {
		.code = code, .value = value, .codepoint = codepoint, .ctrl = ctrl, .time_us = now};

	tell(ph_wedge_key(&wedge, &given, &event), &event);
	now += step_us;
}

static void stroke(uint16_t code, uint32_t codepoint)
{
	const uint64_t step = step_us;

	step_us = 0;
	key(code, 1, codepoint, false);
	step_us = step;
	key(code, 0, codepoint, false);
}

/* The code does not matter for ordinary characters. */
static void type(const char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			stroke(KEY_ENTER, '\r');
		else
			stroke(KEY_A, (uint8_t)*text);
}

static void pause_ms(unsigned ms)
{
	struct ph_wedge_event event = {.len = 0};

	now += ms * 1000;
	tell(ph_wedge_tick(&wedge, now, &event), &event);
}

static void drop(void)
{
	struct ph_wedge_event event = {.len = 0};

	tell(ph_wedge_dropped(&wedge, now, &event), &event);
}

START_TEST(shift)
{
	key(KEY_LEFTSHIFT, 1, 0, false);
	stroke(KEY_A, 'A');
	key(KEY_LEFTSHIFT, 0, 0, false);
	stroke(KEY_1, '1');
	key(KEY_ENTER, 1, '\r', false);
	ck_assert_str_eq(story, "[A1]");
}
END_TEST

static void alt(const char *digits)
{
	static const uint16_t codes[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5,
		KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

	key(KEY_LEFTALT, 1, 0, false);
	for (; *digits; digits++)
		stroke(codes[*digits - '0'], (uint8_t)*digits);
	key(KEY_LEFTALT, 0, 0, false);
}

START_TEST(alt_codes)
{
	alt("0029");
	alt("029");
	alt("065");
	alt("228");	 /* code page 437: capital sigma */
	alt("0228");	 /* 1252: a with diaeresis */
	alt("0128");	 /* 1252: euro */
	alt("08364");	 /* Unicode: euro */
	alt("");	 /* nothing */
	alt("99999999"); /* no character */
	type("\n");
	ck_assert_str_eq(story, "[\x1d\x1d"
				"A\xce\xa3\xc3\xa4\xe2\x82\xac\xe2\x82\xac]");
}
END_TEST

START_TEST(num_lock_around_a_code)
{
	type("1");
	stroke(KEY_NUMLOCK, 0);
	alt("029");
	stroke(KEY_NUMLOCK, 0);
	type("2\n");
	ck_assert_str_eq(story, "[1\x1d"
				"2]");
}
END_TEST

START_TEST(other_keys_under_alt)
{
	key(KEY_LEFTALT, 1, 0, false);
	stroke(KEY_A, 'a');
	stroke(KEY_ENTER, '\r');
	stroke(KEY_KP6, '6');
	stroke(KEY_KP5, '5');
	key(KEY_LEFTALT, 0, 0, false);
	key(KEY_LEFTALT, 0, 0, false);
	type("\n");
	ck_assert_str_eq(story, "[A]");
}
END_TEST

START_TEST(control_keys)
{
	key(KEY_LEFTCTRL, 1, 0, true);
	key(KEY_RIGHTBRACE, 1, ']', true);
	key(KEY_RIGHTBRACE, 0, ']', true);
	key(KEY_RIGHTBRACE, 1, 0x1d, true); /* applied by the layout */
	key(KEY_A, 1, 'a', true);
	key(KEY_A, 1, 'A', true);
	key(KEY_BACKSLASH, 1, '\\', true);
	key(KEY_6, 1, '^', true);
	key(KEY_MINUS, 1, '_', true);
	key(KEY_LEFTBRACE, 1, '[', true);
	key(KEY_M, 1, 'm', true); /* data: the key Enter is the end */
	key(KEY_1, 1, '1', true); /* none */
	key(KEY_LEFTCTRL, 0, 0, false);
	type("\n");
	ck_assert_str_eq(story, "[\x1d\x1d\x01\x01\x1c\x1e\x1f\x1b\r]");
}
END_TEST

START_TEST(keypad)
{
	/* without NumLock the layout says Home, Up and so on: no characters */
	stroke(KEY_KP7, 0);
	stroke(KEY_KP8, 0);
	stroke(KEY_KP0, 0);
	stroke(KEY_KP9, '9');
	stroke(KEY_KPENTER, 0);
	ck_assert_str_eq(story, "[7809]");
}
END_TEST

START_TEST(function_keys)
{
	type("10A");
	stroke(KEY_F8, 0);
	stroke(KEY_F1, 0); /* not in the map */
	stroke(KEY_F11, 0);
	type("17\n");
	ck_assert_str_eq(story, "[10A\x1d"
				"17]");
	options.function_keys[11] = 'x';
	ph_wedge_init(&wedge, &options);
	stroke(KEY_F12, 0);
	type("\n");
	ck_assert_str_eq(story, "[10A\x1d"
				"17][x]");
}
END_TEST

START_TEST(ends)
{
	type("\n\n12\n\n");
	stroke(KEY_TAB, '\t');
	type("3\n");
	ck_assert_str_eq(story, "[12][\t3]");
	options.tab = true;
	ph_wedge_init(&wedge, &options);
	story[0] = '\0';
	type("45");
	stroke(KEY_TAB, '\t');
	ck_assert_str_eq(story, "[45]");
	ck_assert_uint_eq(ph_wedge_deadline(&wedge), UINT64_MAX);
}
END_TEST

START_TEST(silence_ends)
{
	type("123");
	ck_assert_uint_eq(ph_wedge_deadline(&wedge), now - step_us + PH_WEDGE_IDLE_MS * 1000);
	pause_ms(PH_WEDGE_IDLE_MS - 2);
	ck_assert_str_eq(story, "");
	pause_ms(1);
	ck_assert_str_eq(story, "[123]");
	/* nobody called in time: the next key shows it */
	type("456");
	now += 500000;
	type("7\n");
	ck_assert_str_eq(story, "[123][456][7]");
	options.idle_ms = 1000;
	ph_wedge_init(&wedge, &options);
	type("1");
	pause_ms(900);
	type("2\n");
	ck_assert_str_eq(story, "[123][456][7][12]");
}
END_TEST

START_TEST(repeats)
{
	key(KEY_1, 1, '1', false);
	key(KEY_1, 2, '1', false);
	key(KEY_1, 2, '1', false);
	key(KEY_1, 0, '1', false);
	type("\n");
	ck_assert_str_eq(story, "[1]");
}
END_TEST

START_TEST(lost_events)
{
	type("5901");
	drop();
	type("4123457\n");
	ck_assert_str_eq(story, "(lost)");
	type("12\n");
	ck_assert_str_eq(story, "(lost)[12]");
	/* twice in one label is one loss; silence ends it as well */
	drop();
	drop();
	type("34");
	pause_ms(PH_WEDGE_IDLE_MS);
	type("56\n");
	ck_assert_str_eq(story, "(lost)[12](lost)[56]");
	/* Alt is not held any more */
	key(KEY_LEFTALT, 1, 0, false);
	drop();
	type("\n78\n");
	ck_assert_str_eq(story, "(lost)[12](lost)[56](lost)[78]");
}
END_TEST

/* What a shared keyboard makes a label of: milliseconds between keys, characters. */
static const struct {
	unsigned ms;
	const char *text, *story;
} shared[] = {
	{1, "9001475067933\n", "[9001475067933]"},
	{6, "9001475067933\n", "[9001475067933]"},
	{10, "9001475067933\n", "[9001475067933]"},
	{19, "9001475067933\n", "[9001475067933]"},
	{35, "1234\n", "[1234]"},
	{36, "1234\n", ""},
	{80, "1234\n", ""},
	{1, "123\n", ""},
	{1, "1234\n", "[1234]"},
};

START_TEST(shared_keyboard)
{
	options.shared = true;
	ph_wedge_init(&wedge, &options);
	step_us = shared[_i].ms * 1000;
	type(shared[_i].text);
	ck_assert_str_eq(story, shared[_i].story);
	/* after somebody typed, a scanner is heard again */
	step_us = 90000;
	type("hello");
	pause_ms(PH_WEDGE_IDLE_MS);
	step_us = 1000;
	alt("029");
	type("1234");
	pause_ms(PH_WEDGE_IDLE_MS);
	char all[64];
	snprintf(all, sizeof all, "%s[\x1d%s]", shared[_i].story, "1234");
	ck_assert_str_eq(story, all);
}
END_TEST

START_TEST(too_long)
{
	for (size_t i = 0; i < PH_LABEL_MAX; i++)
		type("x");
	ck_assert_str_eq(story, "");
	type("yyy\n12\n");
	ck_assert_str_eq(story, "(too long)[12]");
	/* exactly as long as it may be */
	struct ph_wedge_event event = {.len = 0};
	for (size_t i = 0; i < PH_LABEL_MAX; i++)
		type("x");
	ck_assert_int_eq(ph_wedge_tick(&wedge, now + 1000000, &event), 1);
	ck_assert_uint_eq(event.len, PH_LABEL_MAX);
	/* a character of two bytes does not fit into one */
	for (size_t i = 0; i < PH_LABEL_MAX - 1; i++)
		type("x");
	story[0] = '\0';
	stroke(KEY_A, 0xe4);
	ck_assert_str_eq(story, "(too long)");
}
END_TEST

/* A label stays readable while the next one is typed. */
START_TEST(two_buffers)
{
	struct ph_wedge_event event = {.len = 0};

	type("first");
	now += 500000;
	const struct ph_wedge_key next = {
		.code = KEY_A, .value = 1, .codepoint = 'x', .time_us = now};
	ck_assert_int_eq(ph_wedge_key(&wedge, &next, &event), 1);
	type("yz");
	ck_assert_uint_eq(event.len, 5);
	ck_assert_mem_eq(event.label, "first", 5);
	type("\n");
	ck_assert_str_eq(story, "[xyz]");
}
END_TEST

START_TEST(clock_set_back)
{
	type("12");
	now = 1000;
	type("34\n");
	ck_assert_str_eq(story, "[1234]");
}
END_TEST

START_TEST(infer)
{
	ck_assert_str_eq(ph_wedge_infer("9001475067933", 13), "ean13");
	ck_assert_str_eq(ph_wedge_infer("855941004002", 12), "upca");
	ck_assert_str_eq(ph_wedge_infer("96385074", 8), "ean8");
	ck_assert_str_eq(ph_wedge_infer("01234626", 8), "ean8"); /* no UPC-E number */
	ck_assert_ptr_null(ph_wedge_infer("02345673", 8));	 /* either */
	ck_assert_ptr_null(ph_wedge_infer("04252614", 8));
	ck_assert_ptr_null(ph_wedge_infer("9001475067934", 13));
	ck_assert_ptr_null(ph_wedge_infer("19501101531007", 14));
	ck_assert_ptr_null(ph_wedge_infer("ABC", 3));
	ck_assert_ptr_null(ph_wedge_infer("", 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wedge");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_test(cases, shift);
	tcase_add_test(cases, alt_codes);
	tcase_add_test(cases, num_lock_around_a_code);
	tcase_add_test(cases, other_keys_under_alt);
	tcase_add_test(cases, control_keys);
	tcase_add_test(cases, keypad);
	tcase_add_test(cases, function_keys);
	tcase_add_test(cases, ends);
	tcase_add_test(cases, silence_ends);
	tcase_add_test(cases, repeats);
	tcase_add_test(cases, lost_events);
	tcase_add_loop_test(cases, shared_keyboard, 0, (int)(sizeof shared / sizeof *shared));
	tcase_add_test(cases, too_long);
	tcase_add_test(cases, two_buffers);
	tcase_add_test(cases, clock_set_back);
	tcase_add_test(cases, infer);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
