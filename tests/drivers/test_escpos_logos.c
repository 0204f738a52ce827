// The ESC/POS driver: pictures that the printer keeps.
#include "escpos_sim.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>

/* A picture of 8 x 8 dots that the printer shall keep, with its drawing. */
static void print_logo(bool drawn)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params,
		"{\"job\":\"j\",%s\"document\":{\"body\":[{\"image\":{\"store\":true,\"data_b64\":"
		"\"iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADElEQVR4nGNgoA4AAABIAAEuuDx+"
		"AAAAAElFTkSuQmCC\""
		"}}]}}",
		drawn ? "\"rasters\":[{\"width\":8,\"height\":8,\"bits_b64\":\"/4GBgYGBgf8=\"}],"
		      : "");
	bench_request(&sim.bench, "printer.print", params.data);
}

#define KEYS_ASKED "<1d>(L<04><00>0@KC"

START_TEST(a_logo_is_stored_once_and_printed_by_its_key)
{
	open_ready("tcp://127.0.0.1");
	print_logo(false);
	ASSERT_HAS(lines(), "{\"needs\":[{\"kind\":\"image\",\"width\":8,\"node\":0}]}");
	print_logo(true);
	run(0);
	const char *down = written();
	ASSERT_HAS(down, "<1d>(L<12><00>0p0<01><01>1<08><00><08><00><ff>");
	const char *up = lines();
	ASSERT_HAS(up, ENDED("printed", 1, 1));
	ASSERT_HAS(up, "device.remember {\"key\":\"logo_day\",");
	/* when there is nothing to print it is stored, and the printer asked whether it is there */
	ASSERT_HAS(down, "<1d>(L<13><00>0C0P0<01><08><00><08><00>1<ff>");
	ASSERT_HAS(down, KEYS_ASKED);
	print("", 1, "");
	run(100);
	ck_assert_str_eq(written(), ""); /* jobs wait meanwhile */
	feed("7r@P0", 6);
	run(0);
	up = lines();
	ASSERT_HAS(up, "device.remember {\"key\":\"logos\",\"value\":\"P0=");
	ASSERT_HAS(up, ENDED("printed", 1, 1));
	written();
	print_logo(false);
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	down = written();
	ASSERT_HAS(down, "<1d>(L<06><00>0EP0<01><01>");
	ck_assert_ptr_null(strstr(down, KEYS_ASKED));
	finish();
}
END_TEST

/* One that has told of two before is asked for them. */
static void open_with_two_logos(void)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii",
					     "memory:logos=P0=00112233445566778899aabbccddeeff;"
					     "P1=0123456789abcdef0123456789abcdef;",
					     NULL});
	run(0);
	ASSERT_HAS(written(), KEYS_ASKED);
}

START_TEST(a_logo_that_is_gone_is_sent_again)
{
	open_with_two_logos();
	feed("7rAXX", 6);
	ck_assert_str_eq(written(), "<06>");
	feed("7r@P1", 6);
	const char *up = lines();
	ASSERT_HAS(up, "device.remember {\"key\":\"logos\",\"value\":"
		       "\"P1=0123456789abcdef0123456789abcdef;\"}");
	ASSERT_HAS(up, "\"state\":\"ready\"");
	finish();
}
END_TEST

START_TEST(a_printer_that_has_told_before_may_take_its_time)
{
	open_with_two_logos();
	run(2500);
	feed("7rAXX", 6);
	run(2500);
	feed("7r@P1", 6);
	ASSERT_HAS(lines(), "device.remember {\"key\":\"logos\",\"value\":"
			    "\"P1=0123456789abcdef0123456789abcdef;\"}");
	finish();
}
END_TEST

START_TEST(logos_are_not_stored_all_day)
{
	char writes[64];

	prepare();
	snprintf(writes, sizeof writes, "memory:logo_day=%llu 10",
		(unsigned long long)(ph_clock_wall_us() / 86400000000ull));
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", writes, NULL});
	run(0);
	print_logo(true);
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ck_assert_ptr_null(strstr(written(), "0C0P0"));
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, a_logo_is_stored_once_and_printed_by_its_key);
	tcase_add_test(tc, a_logo_that_is_gone_is_sent_again);
	tcase_add_test(tc, a_printer_that_has_told_before_may_take_its_time);
	tcase_add_test(tc, logos_are_not_stored_all_day);
}

int main(void)
{
	return run_suite("escpos_logos", add_tests);
}
