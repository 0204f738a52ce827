// The host's side of payments: one in hand, needs answered once, one end; with a driver that only notes what it is asked.
#include "tests/drivers/bench.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;
static char noted[512];
static int refuse;

static void note(const char *text)
{
	strncat(noted, text, sizeof noted - strlen(noted) - 1);
}

static int start(struct ph_device *device, const struct ph_payment_request *p)
{
	char text[256], seal[48] = "", offline[32] = "";

	if (p->seal.kid)
		snprintf(seal, sizeof seal, " seal=%.20s/%u..%u", p->seal.kid, p->seal.key[0],
			p->seal.key[31]);
	if (p->offline)
		snprintf(offline, sizeof offline, " offline=%u", p->forward_s);
	snprintf(text, sizeof text,
		"start %s type=%d %lld+%lld %s/%u/%u %u %u #%u%s%s%s original=%s/%lld%s%s;",
		p->payment, (int)p->type, (long long)p->amount, (long long)p->cashback, p->currency,
		p->currency_number, p->currency_exponent, p->date, p->time, p->counter,
		p->forced_online ? " forced" : "", p->host_away ? " away" : "",
		p->choices ? " choices" : "", p->original.reference ? p->original.reference : "-",
		(long long)p->original.amount, seal, offline);
	note(text);
	return refuse;
}

static int recover(struct ph_device *device, const struct ph_payment_request *p)
{
	note("recover ");
	note(p->before ? p->before : "-");
	note(";");
	return 0;
}

static void begin(struct ph_device *device)
{
	note("begin;");
}

static int proceed(struct ph_device *device, const struct ph_payment_answer *a)
{
	char text[128];

	snprintf(text, sizeof text,
		"proceed ok=%d choice=%u approved=%d referred=%d arc=%s issuer=%zu;", a->ok,
		a->choice, a->approved, a->referred, a->arc, a->issuer_len);
	note(text);
	return 0;
}

static int cancel(struct ph_device *device, const char *payment)
{
	note("cancel ");
	note(payment);
	note(";");
	return 0;
}

static int transmit(struct ph_device *device, const uint8_t *command, size_t len)
{
	static const uint8_t answer[] = {0x90, 0x00};

	ph_card_reply(device, answer, sizeof answer);
	return PH_LATER;
}

static const struct ph_payment_ops ops = {.start = start,
	.begin = begin,
	.proceed = proceed,
	.cancel = cancel,
	.recover = recover,
	.transmit = transmit};
static const char *const connections[] = {"tcp", NULL};
static const struct ph_driver reader = {.name = "reader",
	.version = "1",
	.summary = "notes",
	.classes = PH_CLASS_BIT(PH_CLASS_CARD_READER),
	.connections = connections,
	.secret = true,
	.payment = &ops};

#define SALE                                                                                       \
	"\"payment\":\"pay-1\",\"type\":\"sale\",\"amount\":1234,\"currency\":{\"code\":\"EUR\","  \
	"\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":93059,\"counter\":7"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void setup(void)
{
	refuse = 0;
	noted[0] = '\0';
	bench_init(&bench, &reader, "tcp://127.0.0.1:1", PH_CLASS_BIT(PH_CLASS_CARD_READER), NULL);
	bench_lines(&bench);
}

static void teardown(void)
{
	bench_done(&bench);
}

/* What the driver was asked, and what went up, since the last look. */
static void expect(const char *asked, const char *up)
{
	ck_assert_str_eq(noted, asked);
	ck_assert_str_eq(bench_lines(&bench), up);
	noted[0] = '\0';
}

START_TEST(taken_and_begun)
{
	bench_request(&bench, "payment.start", "{" SALE "}");
	expect("start pay-1 type=0 1234+0 EUR/978/2 20261122 93059 #7 original=-/0;begin;",
		"1 {}\n");
	ck_assert_str_eq(ph_payment_in_hand(&bench.device), "pay-1");
	bench_request(&bench, "payment.start", "{" SALE "}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! Busy"));
	ck_assert_str_eq(noted, "");
}
END_TEST

START_TEST(all_members)
{
	bench_request(&bench, "payment.start",
		"{\"payment\":\"pay-2\",\"type\":\"complete\",\"amount\":999999999999,\"cashback\":"
		"1,"
		"\"currency\":{\"code\":\"JPY\",\"number\":392,\"exponent\":0},\"date\":20991231,"
		"\"time\":235959,\"counter\":99999999,\"forced_online\":true,\"host_away\":true,"
		"\"choices\":true,\"original\":{\"reference\":\"receipt=0042\",\"amount\":5}}");
	expect("start pay-2 type=3 999999999999+1 JPY/392/0 20991231 235959 #99999999 forced away "
	       "choices original=receipt=0042/5;begin;",
		"1 {}\n");
}
END_TEST

START_TEST(with_a_key_to_seal_to)
{
	bench_request(&bench, "payment.start",
		"{" SALE ",\"seal\":{\"kid\":\"2026-1\",\"public_b64\":\"" KEY "\"}}");
	expect("start pay-1 type=0 1234+0 EUR/978/2 20261122 93059 #7 original=-/0 "
	       "seal=2026-1/0..31;"
	       "begin;",
		"1 {}\n");
}
END_TEST

START_TEST(welcome_without_the_host)
{
	const struct ph_payment_end end = {
		.outcome = PH_PAYMENT_DECLINED, .reason = "card_declined", .without_host = true};

	bench_request(&bench, "payment.start", "{" SALE ",\"offline\":{\"forward_s\":31622400}}");
	expect("start pay-1 type=0 1234+0 EUR/978/2 20261122 93059 #7 original=-/0 "
	       "offline=31622400;begin;",
		"1 {}\n");
	ph_payment_end(&bench.device, &end);
	ck_assert_str_eq(bench_lines(&bench),
		"payment.end {\"payment\":\"pay-1\",\"outcome\":\"declined\",\"amount_approved\":0,"
		"\"without_host\":true,\"reason\":\"card_declined\"}\n");
}
END_TEST

START_TEST(refused_by_the_driver)
{
	refuse = -EOPNOTSUPP;
	bench_request(&bench, "payment.start", "{" SALE "}");
	ck_assert_ptr_null(strstr(noted, "begin"));
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! Illegal"));
}
END_TEST

static const struct {
	const char *params, *path;
} bad[] = {
	{"{}", "$.payment"},
	{"{" SALE ",\"before\":\"x\"}", "$.before"},
	{"{" SALE ",\"more\":1}", "$.more"},
	{"{" SALE ",\"cashback\":1235}", "$.cashback"},
	{"{" SALE ",\"original\":{}}", "$.original.reference"},
	{"{" SALE ",\"offline\":true}", "$.offline"},
	{"{" SALE ",\"offline\":{}}", "$.offline.forward_s"},
	{"{" SALE ",\"offline\":{\"forward_s\":31622401}}", "$.offline.forward_s"},
	{"{" SALE ",\"offline\":{\"forward_s\":-1}}", "$.offline.forward_s"},
	{"{" SALE ",\"offline\":{\"forward_s\":1,\"for\":2}}", "$.offline.for"},
	{"{" SALE ",\"seal\":{\"kid\":\"k\"}}", "$.seal.public_b64"},
	{"{" SALE ",\"seal\":{\"kid\":\"k\",\"public_b64\":\"AAAA\"}}", "$.seal.public_b64"},
	{"{" SALE ",\"seal\":{\"kid\":\"\",\"public_b64\":\"" KEY "\"}}", "$.seal.kid"},
	{"{" SALE ",\"seal\":{\"kid\":\"k\",\"public_b64\":\"" KEY "\",\"x\":1}}", "$.seal.x"},
	{"{\"payment\":\"p\",\"type\":\"gift\",\"amount\":1,\"currency\":{\"code\":\"EUR\","
	 "\"number\":"
	 "978,\"exponent\":2},\"date\":20261122,\"time\":0,\"counter\":1}",
		"$.type"},
	{"{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1,\"currency\":{\"code\":\"eur\","
	 "\"number\":"
	 "978,\"exponent\":2},\"date\":20261122,\"time\":0,\"counter\":1}",
		"$.currency.code"},
	{"{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1000000000000,\"currency\":{\"code\":"
	 "\"EUR\","
	 "\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":0,\"counter\":1}",
		"$.amount"},
	{"{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1,\"currency\":{\"code\":\"EUR\","
	 "\"number\":"
	 "978,\"exponent\":2},\"date\":20261322,\"time\":0,\"counter\":1}",
		"$.date"},
	{"{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1,\"currency\":{\"code\":\"EUR\","
	 "\"number\":"
	 "978,\"exponent\":2},\"date\":20261122,\"time\":0,\"counter\":0}",
		"$.counter"},
};

START_TEST(refused_with_the_path)
{
	bench_request(&bench, "payment.start", bad[_i].params);
	const char *up = bench_lines(&bench);
	ck_assert_msg(strstr(up, "1 ! Illegal") && strstr(up, bad[_i].path), "%s: %s",
		bad[_i].params, up);
	ck_assert_str_eq(noted, "");
}
END_TEST

START_TEST(a_need_is_answered_once)
{
	bench_request(&bench, "payment.start", "{" SALE "}");
	expect("start pay-1 type=0 1234+0 EUR/978/2 20261122 93059 #7 original=-/0;begin;",
		"1 {}\n");
	bench_request(&bench, "payment.proceed", "{\"payment\":\"pay-1\",\"ok\":true}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! NoExist"));

	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "icc_b64", "ggI5AA==");
	ck_assert_int_eq(ph_payment_need(&bench.device, PH_NEED_ONLINE, data), 0);
	expect("", "payment.need "
		   "{\"payment\":\"pay-1\",\"need\":\"online\",\"icc_b64\":\"ggI5AA==\"}\n");
	bench_request(&bench, "payment.proceed", "{\"payment\":\"pay-9\",\"ok\":true}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "3 ! NoExist"));
	bench_request(&bench, "payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":true,\"arc\":\"00\",\"issuer_"
		"b64\":"
		"\"kQIwMA==\"}");
	expect("proceed ok=1 choice=0 approved=1 referred=0 arc=00 issuer=4;", "4 {}\n");
	bench_request(&bench, "payment.proceed", "{\"payment\":\"pay-1\",\"ok\":true}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "5 ! NoExist"));
	ck_assert_str_eq(noted, "");
}
END_TEST

START_TEST(one_end)
{
	const struct ph_payment_end end = {
		.outcome = PH_PAYMENT_DECLINED, .reason = "card_declined", .reverse = true};

	bench_request(&bench, "payment.start", "{" SALE "}");
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	bench_lines(&bench);
	ph_payment_progress(&bench.device, PH_STEP_REMOVE_CARD, NULL);
	ph_payment_end(&bench.device, &end);
	ph_payment_end(&bench.device, &end);
	ph_payment_progress(&bench.device, PH_STEP_REMOVE_CARD, NULL);
	ck_assert_str_eq(bench_lines(&bench),
		"payment.progress {\"payment\":\"pay-1\",\"step\":\"remove_card\"}\n"
		"payment.end {\"payment\":\"pay-1\",\"outcome\":\"declined\",\"amount_approved\":0,"
		"\"reverse\":true,\"reason\":\"card_declined\"}\n");
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
	ck_assert_int_eq(
		ph_payment_need(&bench.device, PH_NEED_STORE, cJSON_CreateObject()), -ENOENT);
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "3 ! NoExist"));
}
END_TEST

START_TEST(found_out_again)
{
	bench_request(&bench, "payment.recover", "{" SALE ",\"before\":\"receipt=0041\"}");
	expect("recover receipt=0041;begin;", "1 {}\n");
}
END_TEST

START_TEST(commands_to_a_card)
{
	bench_request(&bench, "card.transmit", "{\"data_b64\":\"AKQEAA==\"}");
	expect("", "1 {\"reply_b64\":\"kAA=\"}\n");
	bench_request(&bench, "card.transmit", "{\"data_b64\":\"AKQE\"}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "$.data_b64"));
	bench_request(&bench, "payment.start", "{" SALE "}");
	bench_lines(&bench);
	bench_request(&bench, "card.transmit", "{\"data_b64\":\"AKQEAA==\"}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "! Busy"));
}
END_TEST

START_TEST(what_it_can_do)
{
	const struct ph_payment_capabilities can = {
		.types = 1u << PH_PAYMENT_SALE | 1u << PH_PAYMENT_VOID, .pin_pad = true};

	ph_emit_info(&bench.device, &(struct ph_info){.payment = &can});
	ck_assert_str_eq(bench_lines(&bench),
		"device.info {\"capabilities\":{\"card_reader\":{\"types\":[\"sale\",\"void\"],"
		"\"keeps_offline\":false,\"pin_pad\":true,\"contactless\":false,\"prints\":false}}}"
		"\n");
	ph_emit_card_status(&bench.device, PH_CARD_MUTE, 0);
	ck_assert_str_eq(bench_lines(&bench),
		"device.status "
		"{\"class\":\"card_reader\",\"status\":{\"card\":\"mute\"},\"reasons\":[]}\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("payments of the host");
	TCase *tests = tcase_create("payments");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, taken_and_begun);
	tcase_add_test(tests, all_members);
	tcase_add_test(tests, with_a_key_to_seal_to);
	tcase_add_test(tests, welcome_without_the_host);
	tcase_add_test(tests, refused_by_the_driver);
	tcase_add_loop_test(tests, refused_with_the_path, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, a_need_is_answered_once);
	tcase_add_test(tests, one_end);
	tcase_add_test(tests, found_out_again);
	tcase_add_test(tests, commands_to_a_card);
	tcase_add_test(tests, what_it_can_do);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
