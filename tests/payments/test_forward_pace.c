// Pauses, delays and rates of what waits for the host, and the messages that are made of records.
#include "daemon/payments/forward_message.h"
#include "daemon/payments/forward_pace.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S 1000000ull

START_TEST(pauses_double_and_are_all_by_chance)
{
	static const struct {
		uint32_t attempts;
		uint64_t most_s;
	} rows[] = {{0, 2}, {1, 2}, {2, 4}, {3, 8}, {8, 256}, {9, 512}, {10, 600}, {11, 600},
		{4000000000u, 600}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t most = rows[i].most_s * S;
		ck_assert_uint_eq(ph_forward_pause_us(rows[i].attempts, 0), 0);
		ck_assert_uint_eq(ph_forward_pause_us(rows[i].attempts, UINT32_MAX), most);
		ck_assert_uint_eq(
			ph_forward_pause_us(rows[i].attempts, UINT32_C(1) << 31), (most + 1) / 2);
	}
}
END_TEST

START_TEST(a_street_does_not_drain_in_step)
{
	uint64_t a = ph_forward_drain_us("TID00001", 5, UINT32_MAX);
	uint64_t b = ph_forward_drain_us("TID00002", 5, UINT32_MAX);

	ck_assert_uint_ne(a, b);
	ck_assert_uint_lt(a, PH_FORWARD_DRAIN_MAX_S * S);
	ck_assert_uint_lt(b, PH_FORWARD_DRAIN_MAX_S * S);
	ck_assert_uint_eq(a % S, 0);
	ck_assert_uint_eq(ph_forward_drain_us("TID00001", 5, 0), 0);
	ck_assert_uint_lt(ph_forward_drain_us("TID00001", 10000, UINT32_C(1) << 30), a);
	ck_assert_uint_eq(ph_forward_drain_us("TID00001", 4, UINT32_MAX), 0);
}
END_TEST

START_TEST(so_many_a_second)
{
	struct ph_forward_rate rate = {.per_s = 5};
	unsigned sent = 0;

	for (uint64_t now = 10 * S; now < 11 * S; now += 1000) {
		if (!ph_forward_rate_now(&rate, now, 4))
			continue;
		ph_forward_rate_sent(&rate, now);
		sent++;
	}
	ck_assert_uint_eq(sent, 5);
	ck_assert_uint_eq(ph_forward_rate_now(&rate, 20 * S, 4), 1);
	ck_assert_uint_eq(ph_forward_rate_now(&rate, 20 * S, 0), 0);
	rate = (struct ph_forward_rate){.per_s = 0};
	ph_forward_rate_sent(&rate, 20 * S);
	ck_assert_uint_eq(ph_forward_rate_now(&rate, 20 * S, 4), 4);
}
END_TEST

/* ---- messages ---- */

static struct ph_record_row a_row(enum ph_record_kind kind)
{
	return (struct ph_record_row){.kind = kind,
		.payment = 7,
		.terminal = "TERM0001",
		.type = "sale",
		.currency = "EUR",
		.amount = 1250,
		.stan = 42,
		.rrn = "632612000042",
		.transmission = "1122120000",
		.local_time = "130000",
		.local_date = "1122",
		.entry = "chip",
		.sequence = -1,
		.pin = -1,
		.reason = "timeout",
		.original_stan = 41,
		.original_transmission = "1122115959",
		.approval_code = "654321",
		.arc = "Y3",
		.sealed = "s",
		.sealed_len = 1};
}

static void assert_message(const struct ph_record_row *row, const char *method, const char *more)
{
	static const char common[] =
		"{\"payment\":\"pay-7\",\"tid\":\"TERM0001\",\"type\":\"sale\",\"amount\":1250,"
		"\"currency\":{\"code\":"
		"\"EUR\",\"number\":978,\"exponent\":2},\"stan\":\"000042\",\"rrn\":"
		"\"632612000042\",\"transmission\":\"1122120000\",\"local_time\":\"130000\","
		"\"local_date\":\"1122\",\"entry\":\"chip\",\"sealed_b64\":\"cw==\"%s}";
	char expected[1024];
	cJSON *message = ph_forward_message(row);
	char *text = cJSON_PrintUnformatted(message);

	snprintf(expected, sizeof expected, common, more);
	ck_assert_str_eq(ph_forward_method(row), method);
	ck_assert_str_eq(text, expected);
	free(text);
	cJSON_Delete(message);
}

START_TEST(messages)
{
	struct ph_record_row row = a_row(PH_RECORD_REVERSAL);

	assert_message(&row, "host.reverse",
		",\"original\":{\"stan\":\"000041\",\"transmission\":\"1122115959\"},\"reason\":"
		"\"timeout\",\"repeat\":false");
	row.original_kind = PH_RECORD_OFFLINE_TC;
	assert_message(&row, "host.reverse",
		",\"original\":{\"mti\":\"0220\",\"stan\":\"000041\",\"transmission\":"
		"\"1122115959\"},\"reason\":\"timeout\",\"repeat\":false");
	row.original_kind = PH_RECORD_REQUEST;
	memcpy(row.original_approval, "111111", 7);
	row.repeat = true;
	row.kind = PH_RECORD_COMPLETION;
	assert_message(&row, "host.complete",
		",\"original\":{\"stan\":\"000041\",\"transmission\":\"1122115959\","
		"\"approval_code\":\"111111\"},\"repeat\":true");
	row = a_row(PH_RECORD_OFFLINE_TC);
	assert_message(
		&row, "host.advise", ",\"approved_by\":\"chip\",\"arc\":\"Y3\",\"repeat\":false");
	row.kind = PH_RECORD_VOICE;
	row.repeat = true;
	assert_message(&row, "host.advise",
		",\"approved_by\":\"voice\",\"approval_code\":\"654321\",\"repeat\":true");
	row = a_row(PH_RECORD_SALE_DEFERRED);
	assert_message(&row, "host.authorize", ",\"deferred\":true");
	row.kind = PH_RECORD_REFUND_DEFERRED;
	assert_message(&row, "host.refund", ",\"deferred\":true");
	row.repeat = true; /* over a link that can */
	assert_message(&row, "host.refund", ",\"deferred\":true,\"repeat\":true");
	row.kind = PH_RECORD_REQUEST;
	ck_assert_ptr_null(ph_forward_method(&row));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forward_pace");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, pauses_double_and_are_all_by_chance);
	tcase_add_test(tests, a_street_does_not_drain_in_step);
	tcase_add_test(tests, so_many_a_second);
	tcase_add_test(tests, messages);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
