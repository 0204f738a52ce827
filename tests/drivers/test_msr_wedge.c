// The stripe reader that types, on a bench: swipes, lost events, silence, and nothing of it while nobody wants cards.
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "tests/support/us_keys.h"

#include <check.h>
#include <string.h>

static struct bench bench;

static void event(uint16_t type, uint16_t code, int value)
{
	struct input_event e = {.type = type, .code = code, .value = value};
	static const struct input_event nothing;

	ph_device_receive(&bench.device, (uint8_t *)&e, sizeof e);
	ck_assert_mem_eq(&e, &nothing, sizeof e); /* wiped */
}

/* As a reader set to a us keyboard types it. */
static void type(const char *text)
{
	for (; *text; text++) {
		const struct us_key key = us_key_of(*text);
		ck_assert_msg(key.code, "no key for %c", *text);
		if (key.shift)
			event(EV_KEY, KEY_LEFTSHIFT, 1);
		event(EV_KEY, key.code, 1);
		event(EV_KEY, key.code, 0);
		if (key.shift)
			event(EV_KEY, KEY_LEFTSHIFT, 0);
		event(EV_SYN, SYN_REPORT, 0);
	}
}

static void start(void)
{
	bench_init(&bench, &ph_driver_msr_wedge, "evdev:path=1-1", 0, NULL);
	bench_lines(&bench);
}

#define BANK "%B4111111111111111^TEST/CARD^29122010000000000?;4111111111111111=29122010000000000?\r"
#define MASKED                                                                                     \
	"msr.data {\"kind\":\"bank\",\"masked_pan\":\"411111******1111\",\"luhn\":true,\"clear\":" \
	"false,\"tracks\":[{\"track\":1,\"state\":\"good\"},{\"track\":2,\"state\":\"good\"}]}\n"
#define FAILED "msr.error {\"tracks\":[]}\n"

START_TEST(swipes)
{
	start();
	type(BANK); /* nobody wants it */
	bench_request(&bench, "msr.enable", "{}");
	type(BANK);
	ck_assert_str_eq(bench_lines(&bench), "1 {}\n" MASKED);
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_request(&bench, "msr.disable", "{}");
	type(BANK);
	ck_assert_str_eq(bench_lines(&bench), "2 {}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(given_up)
{
	start();
	bench_request(&bench, "msr.enable", "{}");
	bench_lines(&bench);
	type(";41111111111=");
	bench_advance(&bench, 399);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_lines(&bench), FAILED);
	/* lost events */
	type(";411111");
	event(EV_SYN, SYN_DROPPED, 0);
	event(EV_SYN, SYN_REPORT, 0);
	type("1111111111=2912201?\r");
	ck_assert_str_eq(bench_lines(&bench), FAILED);
	/* the next one is whole again */
	type(BANK);
	ck_assert_str_eq(bench_lines(&bench), MASKED);
	type("HELLO\r");
	ck_assert_str_eq(bench_lines(&bench), FAILED);
	type("%E?;4111111111111111=29122010000000000?\r");
	ck_assert_str_eq(bench_lines(&bench),
		"msr.error {\"tracks\":[{\"track\":1,\"state\":\"error\"},{\"track\":2,\"state\":"
		"\"good\"}]}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(never_without_the_grab)
{
	struct ph_device_config config = {.name = "m", .connection = "evdev:path=1-1?grab=no"};
	static const struct ph_device_io io = {0};
	struct ph_device device;

	ck_assert_int_eq(ph_device_init(&device, &ph_driver_msr_wedge, &io), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert_str_eq(device.refused_text,
		"must not say grab=no: what a card says would be typed into other programs");
	ph_device_done(&device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msr-wedge");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, swipes);
	tcase_add_test(tc, given_up);
	tcase_add_test(tc, never_without_the_grab);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
