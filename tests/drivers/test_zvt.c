// The driver zvt on a bench: each flow, what a terminal may send, receipts, registration.
#include "base/cleanup.h"
#include "tests/drivers/zvt_rig.h"

#include <string.h>

START_TEST(sale)
{
	up();
	single = _i;
	sale_with_result();
	const char *lines = bench_lines(&bench);
	ck_assert_msg(
		has(lines, "\"step\":\"insert_card\",\"text\":\"insert the card\"}\n") &&
			has(lines, "\"step\":\"authorising\"") &&
			has(lines, "\"need\":\"store\",\"kind\":\"result\",\"data\":\"" BEFORE
				   " code=0 amount=1234 now_receipt=0042 now_trace=000123\"") &&
			has(lines, "\"masked_pan\":\"541333******0011\""),
		"%s", lines);
	proceed(true);
	expect(OK);
	say("06 0F", "");
	expect(OK);
	lines = bench_lines(&bench);
	ck_assert_msg(has(lines, END_APPROVED), "%s", lines);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
	/* nothing runs when nothing is in hand */
	ck_assert_uint_eq(bench.timer_at, 0);
}
END_TEST

START_TEST(result_not_stored)
{
	up();
	sale_with_result();
	proceed(false);
	expect("84b100");
	say("06 1E", "B1");
	expect(OK);
	bench_lines(&bench);
	/* what it made of that is asked: it has undone it */
	bench_advance(&bench, 1);
	expect("050103123456");
	say("80 00", "");
	say("06 0F", "00");
	bench_advance(&bench, 1);
	expect(OK LAST);
	say("80 00", "");
	say("04 0F", OLD);
	say("06 0F", "");
	expect(OK OK);
	bench_advance(&bench, 10000);
	expect("050103123456");
	ck_assert_str_eq(bench_lines(&bench), "");
}
END_TEST

/* The PIN was wrong: a result, and then another round. The last one counts. */
START_TEST(pin_again)
{
	up();
	single = _i;
	begin_sale();
	say("80 00", "");
	say("04 0F", "27 37");
	expect("");
	proceed(true);
	expect(OK);
	say("04 FF", "15");
	expect(OK);
	say("04 0F", NEW);
	expect("");
	proceed(true);
	expect(OK);
	say("06 0F", "");
	expect(OK);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"text\":\"the PIN is wrong\"") && has(lines, END_APPROVED), "%s",
		lines);
}
END_TEST

START_TEST(declined)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 0F", "27 33 3C F0 F1 F1 4E 69 63 68 74 20 6A 65 74 7A 74");
	proceed(true);
	say("06 1E", "33");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"declined\",\"amount_approved\":0,\"reason\":"
				 "\"declined_by_host\",\"message\":\"Nicht jetzt\""),
		"%s", lines);
}
END_TEST

static const struct {
	const char *code, *words;
} aborts[] = {
	{"6C", "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"cancelled_on_"
	       "terminal\""},
	{"02", "\"outcome\":\"referred\""},
	{"05", "\"outcome\":\"declined\",\"amount_approved\":0,\"reason\":\"declined_by_host\""},
	{"78", "\"outcome\":\"declined\",\"amount_approved\":0,\"reason\":\"card_declined\","
	       "\"message\":"
	       "\"the card has expired\""},
	{"6F", "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"terminal_refused\""},
	{"9C", "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"terminal_busy\""},
};

START_TEST(aborted)
{
	up();
	begin_sale();
	say("80 00", "");
	say("06 1E", aborts[_i].code);
	expect(OK);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, aborts[_i].words), "%s", lines);
}
END_TEST

static const struct {
	const char *code, *words, *then;
} refusals[] = {
	{"84 9C", "\"reason\":\"terminal_busy\"", ""},
	{"84 83",
		"\"reason\":\"terminal_refused\",\"message\":\"the terminal does not have this "
		"function\"",
		""},
	{"84 6F", "\"reason\":\"terminal_refused\"", ""},
	{"84 CC", "\"reason\":\"terminal_refused\",\"message\":\"the printer is not ready\"", ""},
	{"84 6B", "\"reason\":\"terminal_refused\"", REGISTRATION},
};

/* It never began; one that knows us no more is told who we are. */
START_TEST(refused)
{
	up();
	begin_sale();
	say(refusals[_i].code, "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"cancelled\",\"amount_approved\":0,") &&
			      has(lines, refusals[_i].words),
		"%s", lines);
	ck_assert(!bench.dropped);
	expect(refusals[_i].then);
}
END_TEST

/* "84 00" is a yes as well; an end without a code, or with "no error", says nothing: it is asked what stands. */
START_TEST(yes_and_no)
{
	up();
	begin_sale();
	say("84 00", "");
	ck_assert_str_eq(bench_lines(&bench), "");
	say("06 1E", _i ? "00" : "");
	ck_assert(has(bench_lines(&bench), "\"step\":\"recovering\""));
}
END_TEST

static const struct {
	const char *code, *words;
} day_errors[] = {
	{"77", "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"terminal_refused\","
	       "\"message\":\"an end of day is not possible\""},
	{"7D", "\"reason\":\"terminal_refused\",\"message\":\"an error in communication\""},
	{"A3", "\"reason\":\"terminal_refused\",\"message\":\"no connection to the host\""},
	{"FA", "\"reason\":\"terminal_refused\""},
	{"9C", "\"reason\":\"terminal_busy\""},
	{"60", "\"outcome\":\"declined\",\"amount_approved\":0,\"reason\":\"declined_by_host\""},
};

START_TEST(end_of_day_refused)
{
	up();
	ask_before(REQUEST("end_of_day") "}");
	proceed(true);
	written();
	say("80 00", "");
	say("04 FF", "0E");
	say("06 1E", day_errors[_i].code);
	expect(OK OK);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, day_errors[_i].words), "%s", lines);
}
END_TEST

/* Its totals, by kinds of cards; behind those in the list are others. */
START_TEST(end_of_day)
{
	up();
	ask_before(REQUEST("end_of_day") "}");
	proceed(true);
	written();
	say("80 00", "");
	say("04 0F", "27 00 04 00 00 00 00 60 00 60 F0 F6 F0 00 01 00 41"
		     "02 00 00 00 00 10 00 00 00 00 00 00 00 00 01 00 00 00 00 20 00"
		     "00 00 00 00 00 00 00 03 00 00 00 00 30 00 00 00 00 00 00 00 00"
		     "01 00 00 00 00 00 01 01 00 00 00 00 00 02");
	proceed(true);
	expect(OK);
	say("06 D1", "00 53");
	say("06 D1", "81");
	say("06 0F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(
		has(lines, "payment.receipt {\"payment\":\"pay-1\",\"copy\":\"shop\"") &&
			has(lines, "payment.end {\"payment\":\"pay-1\",\"outcome\":\"approved\","
				   "\"amount_approved\":0,\"data\":{\"entry\":\"terminal\","
				   "\"count\":8,\"total\":6000,\"totals\":["
				   "{\"scheme\":\"girocard\",\"count\":2,\"total\":1000},"
				   "{\"scheme\":\"Mastercard\",\"count\":1,\"total\":2000},"
				   "{\"scheme\":\"Visa\",\"count\":3,\"total\":3000},"
				   "{\"scheme\":\"others\",\"count\":2,\"total\":3}]}}"),
		"%s", lines);
}
END_TEST

/* "partly": less than asked; a code of the terminal says that it went without the host. */
START_TEST(other_approvals)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 0F", "27 00 04 00 00 00 00 10 00 87 00 42 0B 00 01 23 19 70");
	proceed(true);
	say("06 0F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"partial\",\"amount_approved\":1000,"), "%s", lines);
	written();
	begin_sale();
	say("80 00", "");
	say("04 0F",
		"27 00 04 00 00 00 00 12 34 87 00 43 0B 00 01 24 19 40 06 06 2F 04 1F 10 01 01");
	proceed(true);
	say("06 0F", "");
	lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"approved_offline\",\"amount_approved\":1234,") &&
			      has(lines, "\"signature\":true"),
		"%s", lines);
}
END_TEST

static const struct {
	const char *request, *bytes;
} types[] = {
	{REQUEST("refund") "}", "06311212345604000000001234490978"
				"06031f1f00"},
	{REQUEST("preauth") "}", "06220f04000000001234490978"
				 "06031f1f00"},
	{REQUEST("void") ",\"original\":{\"reference\":\"receipt=0042 trace=000123\"}}",
		"063012123456870042"
		"04000000001234"
		"06031f1f00"},
	{REQUEST("void") ",\"original\":{\"reference\":\"receipt=0042 trace=000123 reserved\"}}",
		"062508870042"
		"06031f1f00"},
	{REQUEST("complete") ",\"original\":{\"reference\":\"receipt=0042 trace=000123 "
			     "attribute=3132333435360000 reserved\"}}",
		"06241c870042"
		"04000000001234"
		"0b000123"
		"3b3132333435360000"
		"06031f1f00"},
	{REQUEST("complete") ",\"original\":{\"reference\":\"receipt=0042 trace=000123 "
			     "attribute=31323334-35360000 reserved\"}}",
		"06241c870042"
		"04000000001234"
		"0b000123"
		"3b3132333435360000"
		"06031f1f00"},
	{REQUEST("end_of_day") "}", "065008123456"
				    "06031f1f00"},
};

START_TEST(other_types)
{
	up();
	ask_before(types[_i].request);
	proceed(true);
	expect(types[_i].bytes);
	say("80 00", "");
	say("04 0F", has(types[_i].request, "end_of_day") ? totals_old : NEW);
	proceed(true);
	say("06 0F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"approved\""), "%s", lines);
}
END_TEST

START_TEST(bad_requests)
{
	up();
	bench_request(&bench, "payment.start", REQUEST("void") "}");
	bench_request(&bench, "payment.start",
		REQUEST("void") ",\"original\":{\"reference\":\"receipt=99999\"}}");
	bench_request(&bench, "payment.start",
		"{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1,\"currency\":{\"code\":\"USD\","
		"\"number\":840,\"exponent\":2},\"date\":20261122,\"time\":1,\"counter\":1}");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "1 ! Illegal $.original.reference") &&
			      has(lines, "2 ! Illegal $.original.reference") &&
			      has(lines, "3 ! Illegal $.currency"),
		"%s", lines);
	expect("");
}
END_TEST

/* The name the terminal gave the transaction accepted last is told it with the next one, and is kept. */
START_TEST(identifier)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 0F", NEW " 06 05 1F 1F 02 00 42");
	const char *lines = bench_lines(&bench);
	const char *kept = strstr(lines, "\"accepted\""), *need = strstr(lines, "\"result\"");
	ck_assert_msg(kept && need && kept < need && has(lines, "0042"), "%s", lines);
	proceed(true);
	say("06 0F", "");
	written();
	ask_before(REQUEST("sale") "}");
	proceed(true);
	expect("06011104000000001234490978"
	       "06051f1f020042");
	/* one that was not stored is none */
	say("80 00", "");
	say("04 0F", RECEIPT("43", "24", "09 32", "00") " 06 05 1F 1F 02 00 43");
	proceed(false);
	lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "0043") && strstr(strstr(lines, "0043"), "\"0042\""), "%s", lines);
}
END_TEST

/* A refusal of the host is a transaction with a name as well. */
START_TEST(identifier_of_decline)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 0F", "27 05 87 00 42 06 05 1F 1F 02 00 42");
	proceed(true);
	say("06 0F", "");
	written();
	ask_before(REQUEST("sale") "}");
	proceed(true);
	expect("06011104000000001234490978"
	       "06051f1f020042");
}
END_TEST

START_TEST(identifier_kept)
{
	static const char *const options[] = {"password=123456", "memory:accepted=0042", NULL};

	up_with("tcp://127.0.0.1:20007", options);
	say("80 00", "");
	say("06 0F", "");
	written();
	ask_before(REQUEST("sale") "}");
	proceed(true);
	expect("06011104000000001234490978"
	       "06051f1f020042");
}
END_TEST

START_TEST(cancelled_early)
{
	up();
	bench_request(&bench, "payment.start", REQUEST("sale") "}");
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	say("80 00", "");
	say("04 0F", OLD);
	say("06 0F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"cancelled\""), "%s", lines);
	ck_assert_ptr_null(strstr(written(), "0601"));
	/* and while what it holds is being stored */
	ask_before(REQUEST("sale") "}");
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"cancelled\""));
	expect("");
}
END_TEST

START_TEST(cancelled_at_card)
{
	up();
	begin_sale();
	say("80 00", "");
	/* not before the terminal waits for a card */
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	expect("");
	say("04 FF", "0A");
	expect(OK "06b000");
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	expect("");
	say("80 00", "");
	say("06 1E", "6C");
	expect(OK);
	ck_assert(has(bench_lines(&bench), "\"reason\":\"cancelled_on_terminal\""));
}
END_TEST

START_TEST(cancel_refused)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 FF", "04");
	bench_lines(&bench);
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert(has(bench_lines(&bench), "! Busy"));
	expect(OK);
	/* a terminal that refuses to be aborted goes on */
	say("04 FF", "0A");
	say("04 0F", NEW);
	bench_lines(&bench);
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert(has(bench_lines(&bench), "! Busy"));
}
END_TEST

START_TEST(abort_unanswered)
{
	up();
	begin_sale();
	say("80 00", "");
	say("04 FF", "0A");
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	bench_advance(&bench, 4999);
	ck_assert(!bench.dropped);
	bench_advance(&bench, 1);
	ck_assert(bench.dropped);
	ck_assert(has(bench_lines(&bench), "\"step\":\"recovering\""));
}
END_TEST

/* ---- receipts ---- */

START_TEST(receipts)
{
	up();
	single = _i;
	sale_with_result();
	proceed(true);
	bench_lines(&bench);
	written();
	say("06 D1", "40 48 84 6E 64 6C 65 72 62 65 6C 65 67");
	say("06 D1", "20 45 55 52 20 31 32 2C 33 34");
	say("06 D1", "FF 02");
	say("06 D1", "02 35 34 31 33 33 33 30 30 38 39 30 31 30 30 31 32");
	say("06 D1", "81");
	expect(OK OK OK OK OK);
	ck_assert_str_eq(bench_lines(&bench),
		"payment.receipt "
		"{\"payment\":\"pay-1\",\"copy\":\"merchant\",\"document\":{\"v\":1,"
		"\"body\":[{\"text\":\"Händlerbeleg\",\"align\":\"center\"},{\"text\":\"EUR "
		"12,34\",\"size\":[2,1]},{\"feed\":{\"lines\":2}},{\"text\":\"  "
		"541333******0012\"},{\"cut\":\"partial\"}]}}\n");
	say("06 D3", "06 12 1F 07 01 02 25 0C 07 05 44 61 6E 6B 65 07 00 09 01 81");
	ck_assert_str_eq(bench_lines(&bench),
		"payment.receipt "
		"{\"payment\":\"pay-1\",\"copy\":\"customer\",\"document\":{\"v\":1,"
		"\"body\":[{\"text\":\"Danke\"},{\"feed\":{\"lines\":1}},{\"cut\":\"partial\"}]}}"
		"\n");
	/* one that is not ended is ended with the payment; a number goes on in the next block, and in the next line */
	say("06 D1", "00 4B 20 35 34 31 33 20 33 33 30 30");
	say("06 D3", "06 10 25 0E 07 06 38 39 30 31 20 30 07 04 30 31 32 41");
	say("06 0F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "{\"text\":\"K 5413 33**\"},{\"text\":\"**** 0\"},"
				 "{\"text\":\"012A\"},{\"cut\"") &&
			      has(lines, END_APPROVED),
		"%s", lines);
	/* nobody is there to print for */
	written();
	say("06 D1", "00 41");
	expect("84cc00");
}
END_TEST

START_TEST(terminal_prints)
{
	static const char *const options[] = {"password=123456", "printing=terminal",
		"charset=iso8859-15", "block_print=no", NULL};

	up_with("tcp://127.0.0.1:20007", options);
	expect("06000d12345638097806052703"
	       "14010f");
	ck_assert(has(bench_lines(&bench), "\"prints\":false"));
	say("80 00", "");
	say("06 0F", "");
	written();
	sale_with_result();
	say("06 D1", "00 41");
	expect("");
	proceed(true);
	/* what it sent before our answer is read behind it */
	expect(OK "84cc00");
}
END_TEST

/* ---- what a terminal may send ---- */

START_TEST(unknown_things)
{
	up();
	begin_sale();
	say("80 00", "");
	say("06 E4", "22 F0 F1 12");
	say("06 D8", "");
	say("06 E0", "F0 05 F1 F0 F1 41");
	say("04 01", "AA 26 11 22 0C 09 30 00");
	expect("848300848300848300" OK);
	/* a container nobody understands, then a bitmap: the result stands */
	say("04 0F", "27 00 04 00 00 00 00 12 34 87 00 42 06 04 1F 44 09 42 FE 01");
	expect("");
	proceed(true);
	expect(OK);
	say("06 0F", "");
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"approved\",\"amount_approved\":1234"));
}
END_TEST

START_TEST(result_unreadable)
{
	up();
	begin_sale();
	say("80 00", "");
	bench_lines(&bench);
	/* without a result, and approved without an amount behind what nobody knows */
	say("04 0F", "FE 27 00");
	say("04 0F", "27 00 FE 04 00 00 00 00 12 34");
	expect("848300848300");
	say("06 0F", "");
	ck_assert(has(bench_lines(&bench), "\"step\":\"recovering\""));
}
END_TEST

START_TEST(repeated_result)
{
	up();
	sale_with_result();
	proceed(true);
	bench_lines(&bench);
	written();
	say("04 0F", NEW);
	expect(OK);
	ck_assert_str_eq(bench_lines(&bench), "");
	say("06 0F", "");
	ck_assert(has(bench_lines(&bench), END_APPROVED));
	written();
	/* the same once more when all is over; another one is a sale nobody knows of */
	say("04 0F", NEW);
	expect(OK);
	say("04 0F", RECEIPT("43", "24", "09 32", "00"));
	expect("849a00");
	say("04 0F", RECEIPT("43", "24", "09 32", "6C"));
	expect(OK);
}
END_TEST

START_TEST(result_behind_the_end)
{
	up();
	begin_sale();
	say("80 00", "");
	say("06 1E", "6C");
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"cancelled\""));
	written();
	say("04 0F", NEW);
	expect("849a00");
}
END_TEST

START_TEST(merged)
{
	uint8_t bytes[256];

	up();
	begin_sale();
	size_t n = hex(
		"80 00 00 04 FF 01 0A 04 0F FF 0C 00 27 00 04 00 00 00 00 12 34 87 00 42 06 0F 00",
		bytes, sizeof bytes);
	bench_feed(&bench, bytes, n, _i);
	expect(OK);
	proceed(true);
	expect(OK OK);
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"approved\""));
}
END_TEST

START_TEST(unfinished)
{
	up();
	begin_sale();
	bench_feed(&bench, "\x80\x00", 2, false);
	bench_advance(&bench, 5000);
	ck_assert(bench.dropped);
}
END_TEST

/* ---- registration ---- */

START_TEST(not_registered)
{
	up_with("tcp://127.0.0.1:20007", NULL);
	written();
	say("84 6F", "");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "offline") && has(lines, "another currency"), "%s", lines);
	bench_request(&bench, "payment.start", REQUEST("sale") "}");
	ck_assert(has(bench_lines(&bench), "! "));
	expect("");
	bench_advance(&bench, 10000);
	expect(REGISTRATION);
	bench_advance(&bench, 5000);
	bench_advance(&bench, 10000);
	expect(REGISTRATION);
	say("80 00", "");
	say("06 0F", "");
	ck_assert(has(bench_lines(&bench), "\"ready\""));
}
END_TEST

/* What it asks for in its registration is done, each once, and then it can be used, whatever became of that. */
START_TEST(needs)
{
	up_with("tcp://127.0.0.1:20007", NULL);
	written();
	say("80 00", "");
	say("06 0F", "19 07 29 12 34 56 78");
	expect(OK "069303123456");
	ck_assert(!has(bench_lines(&bench), "\"ready\""));
	say("80 00", "");
	say("06 1E", _i ? "83" : "9B");
	expect(OK "067000");
	say("80 00", "");
	say("06 D1", "00 41");
	say("06 0F", "");
	expect(OK OK);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "device.status {\"class\":\"terminal\",\"status\":{\"terminal\":"
				 "\"12345678\",\"needs\":[\"initialisation\",\"action\"]}") &&
			      has(lines, "\"ready\""),
		"%s", lines);
}
END_TEST

static const char *const bad_options[][2] = {
	{"password", "12345"}, {"password", "12345x"}, {"config", "B"}, {"config", "G0"}};

START_TEST(options_refused)
{
	struct ph_device_config config = {
		.name = "x", .connection = "tcp://127.0.0.1:1", .classes = 0};

	up();
	struct ph_device device;
	ck_assert_int_eq(ph_device_init(&device, &ph_driver_zvt, bench.device.io), 0);
	ck_assert_int_eq(ph_device_set_option(&device, bad_options[_i][0], bad_options[_i][1]), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert(has(device.refused_path, bad_options[_i][0]));
	device.io = NULL;
	ph_device_done(&device);
}
END_TEST

static TCase *flows(void)
{
	TCase *tests = tcase_create("flows");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, sale, 0, 2);
	tcase_add_test(tests, result_not_stored);
	tcase_add_loop_test(tests, pin_again, 0, 2);
	tcase_add_test(tests, declined);
	tcase_add_loop_test(tests, aborted, 0, PH_ARRAY_SIZE(aborts));
	tcase_add_loop_test(tests, refused, 0, PH_ARRAY_SIZE(refusals));
	tcase_add_loop_test(tests, yes_and_no, 0, 2);
	tcase_add_loop_test(tests, end_of_day_refused, 0, PH_ARRAY_SIZE(day_errors));
	tcase_add_test(tests, end_of_day);
	tcase_add_test(tests, other_approvals);
	tcase_add_loop_test(tests, other_types, 0, PH_ARRAY_SIZE(types));
	tcase_add_test(tests, bad_requests);
	tcase_add_test(tests, identifier);
	tcase_add_test(tests, identifier_of_decline);
	tcase_add_test(tests, identifier_kept);
	tcase_add_test(tests, cancelled_early);
	tcase_add_test(tests, cancelled_at_card);
	tcase_add_test(tests, cancel_refused);
	tcase_add_test(tests, abort_unanswered);
	tcase_add_loop_test(tests, receipts, 0, 2);
	tcase_add_test(tests, terminal_prints);
	tcase_add_test(tests, unknown_things);
	tcase_add_test(tests, result_unreadable);
	tcase_add_test(tests, repeated_result);
	tcase_add_test(tests, result_behind_the_end);
	tcase_add_loop_test(tests, merged, 0, 2);
	tcase_add_test(tests, unfinished);
	tcase_add_test(tests, not_registered);
	tcase_add_loop_test(tests, needs, 0, 2);
	tcase_add_loop_test(tests, options_refused, 0, PH_ARRAY_SIZE(bad_options));
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("zvt driver");

	suite_add_tcase(suite, flows());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
