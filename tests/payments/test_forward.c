// The forwarder with a real journal, a host that is the test, and a clock that stands still: nothing here waits for time.
// lint: file, one till with one journal and one host that all of these look at
#include "tests/daemon/journal_fixture.h"

#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/journal/journal_queue.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"

#define TID	  "TID00001"
#define SECOND_US 1000000ull
#define ASKS_MAX  64

/* ---- what the forwarder needs of the service ---- */

static struct ph_daemon service;
static struct ph_payments table;
static struct ph_config config;
static struct ph_payment customer;
static struct ph_host_health health;
static bool may_repeat;
static uint64_t now_us;

static struct ask {
	char method[24];
	cJSON *params;
	ph_host_done done;
	void *userdata;
} asks[ASKS_MAX];
static unsigned asked, answered;

static struct {
	char topic[24];
	cJSON *data;
} events[ASKS_MAX];
static unsigned published;

int ph_acquirer_ask(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata)
{
	ck_assert_uint_lt(asked, ASKS_MAX);
	struct ask *ask = &asks[asked++];
	*ask = (struct ask){.params = params, .done = done, .userdata = userdata};
	snprintf(ask->method, sizeof ask->method, "%s", method);
	return 0;
}

int ph_acquirer_ask_again(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata)
{
	return ph_acquirer_ask(acquirer, method, params, done, userdata);
}

bool ph_acquirer_can(const struct ph_acquirer *acquirer, const char *capability)
{
	return may_repeat && !strcmp(capability, "request_repeat");
}

void ph_log(int priority, const char *device, const char *format, ...)
{
}

void ph_events_publish_json(
	struct ph_daemon *daemon, const char *topic, const char *device, cJSON *data)
{
	ck_assert_uint_lt(published, ASKS_MAX);
	snprintf(events[published].topic, sizeof events[published].topic, "%s", topic);
	events[published++].data = data;
}

bool ph_offline_host_asks(const struct ph_daemon *daemon)
{
	return ph_host_health_asks(&health);
}

void ph_offline_host_try(struct ph_daemon *daemon)
{
	ph_host_health_try(&health);
}

void ph_offline_host_not_tried(struct ph_daemon *daemon)
{
	health.trying = false;
}

const struct ph_host_health *ph_offline_health(const struct ph_daemon *daemon)
{
	return &health;
}

uint64_t ph_offline_expiry(const struct ph_daemon *daemon)
{
	return now_us - config.offline.forward_s * SECOND_US;
}

void ph_offline_add_exposure(const struct ph_daemon *daemon, cJSON *result)
{
}

void ph_offline_expose(struct ph_daemon *daemon, const struct ph_exposure *exposure)
{
}

bool ph_payment_tells_account(const char *text)
{
	return false;
}

bool ph_payment_is_advising(struct ph_daemon *daemon, int64_t payment)
{
	return false;
}

void ph_payment_advised(struct ph_daemon *daemon, const struct ph_record_row *row,
	enum ph_record_state state, const struct ph_host_answer *answer)
{
}

void ph_payment_advice_refused(struct ph_daemon *daemon, const struct ph_record_row *row)
{
}

void ph_offline_load(struct ph_daemon *daemon)
{
}

void ph_payments_watch(struct ph_daemon *daemon)
{
}

const char *ph_payments_terminal(const struct ph_daemon *daemon)
{
	return TID;
}

/* ---- the till ---- */

static void setup(void)
{
	fixture_setup();
	asked = answered = published = 0;
	now_us = 1800000000ull * SECOND_US;
	ph_clock_fake(now_us, now_us);
	ph_host_health_init(&health, 0);
	may_repeat = false;
	memset(&config, 0, sizeof config);
	ph_offline_limits_init(&config.offline);
	config.offline.forward_rate = 0;
	customer = (struct ph_payment){.phase = PH_PHASE_ASKING};
	table = (struct ph_payments){0};
	service = (struct ph_daemon){.event = f.event, .config = &config, .payments = &table};
	fixture_start();
	service.journal = f.journal;
	ck_assert_int_eq(ph_forward_new(&service), 0);
}

static void teardown(void)
{
	table.closing = true;
	ph_journal_close(f.journal);
	f.journal = NULL;
	ph_forward_free(&service);
	for (unsigned i = 0; i < asked; i++)
		cJSON_Delete(asks[i].params);
	for (unsigned i = 0; i < published; i++)
		cJSON_Delete(events[i].data);
	ph_clock_fake(0, 0);
	fixture_teardown();
}

static void settle(void)
{
	ph_journal_drain(f.journal);
	f.count = 0;
}

static void start(void)
{
	ph_forward_start(&service);
	settle();
}

/* Time goes on, and what its timer would do is done. */
static void pass(uint64_t seconds)
{
	now_us += seconds * SECOND_US;
	ph_clock_fake(now_us, now_us);
	ph_forward_kick(&service);
	settle();
}

static int finish(int r)
{
	ck_assert_int_eq(r, 0);
	fixture_wait(1);
	return f.order[0];
}

static int64_t pay(const char *key, int64_t amount)
{
	struct ph_journal_pay_begin begin = {.request.done = on_done,
		.ask = {.uid = 1000,
			.method = "payment.authorize",
			.key = key,
			.body = "{}",
			.device = "reader",
			.type = "sale",
			.amount = amount,
			.currency = "EUR"}};

	ck_assert_int_eq(finish(ph_journal_pay_begin_submit(f.journal, &begin)), 0);
	ph_journal_pay_begin_clear(&begin);
	return begin.id;
}

static const uint8_t sealed[] = "sealed", icc[] = {0x82, 0x02, 0x39, 0x00};

static int64_t accept_kind(const char *key, enum ph_record_kind kind, uint64_t release_us)
{
	struct ph_journal_pay_accept accept = {.request.done = on_done,
		.payment = pay(key, 1250),
		.kind = kind,
		.terminal = TID,
		.entry = "chip",
		.sequence = 1,
		.pin = -1,
		.sealed = sealed,
		.icc = icc,
		.sealed_len = sizeof sealed,
		.icc_len = sizeof icc,
		.approval_code = kind == PH_RECORD_VOICE ? "777777" : NULL,
		.arc = kind == PH_RECORD_OFFLINE_TC ? "Y1" : NULL,
		.release_us = release_us,
		.hold_reason = release_us ? "window" : NULL};

	ck_assert_int_eq(finish(ph_journal_pay_accept_submit(f.journal, &accept)), 0);
	return accept.payment;
}

static int64_t accept_sale(const char *key)
{
	return accept_kind(key, PH_RECORD_SALE_DEFERRED, 0);
}

/* An online try without an answer: its reversal waits. */
static int64_t reverse(const char *key)
{
	struct ph_journal_intent intent = {.request.done = on_done,
		.payment = pay(key, 900),
		.terminal = TID,
		.entry = "chip",
		.sequence = 1,
		.pin = -1,
		.sealed = sealed,
		.sealed_len = sizeof sealed};
	ck_assert_int_eq(finish(ph_journal_intent_submit(f.journal, &intent)), 0);
	struct ph_journal_reverse undo = {.request.done = on_done,
		.payment = intent.payment,
		.record = intent.record.id,
		.why = "timeout",
		.final = true,
		.state = PH_PAY_CANCELLED};
	ck_assert_int_eq(finish(ph_journal_reverse_submit(f.journal, &undo)), 0);
	return intent.payment;
}

/* ---- the host ---- */

static const char *param(const struct ask *ask, const char *name)
{
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ask->params, name));

	return text ? text : "";
}

static void assert_asked(unsigned at, const char *method, int64_t payment)
{
	char name[PH_PAYMENT_ID_SIZE];

	ck_assert_uint_lt(at, asked);
	ph_payment_id_format(payment, name);
	ck_assert_str_eq(asks[at].method, method);
	ck_assert_str_eq(param(&asks[at], "payment"), name);
}

static void answer_json(unsigned at, enum ph_host_decision decision, const char *json)
{
	cJSON *result = json ? cJSON_Parse(json) : NULL;

	asks[at].done(asks[at].userdata,
		&(struct ph_host_answer){.decision = decision, .result = result, .why = "x"});
	cJSON_Delete(result);
	settle();
}

static void approve(unsigned at)
{
	answer_json(at, PH_HOST_APPROVED,
		"{\"decision\":\"approved\",\"response_code\":\"00\",\"approval_code\":"
		"\"123456\"}");
}

static struct ph_record_row newest(int64_t payment)
{
	struct ph_journal_queue_list list = {
		.request.done = on_done, .filter = PH_QUEUE_ALL, .payment = payment, .limit = 100};
	struct ph_record_row row = {0};

	ck_assert_int_eq(finish(ph_journal_queue_list_submit(f.journal, &list)), 0);
	for (uint32_t i = 0; i < list.count; i++)
		if (list.rows[i].kind != PH_RECORD_REVERSAL)
			row = list.rows[i];
	ph_journal_queue_list_clear(&list);
	ck_assert_int_ne(row.id, 0);
	return row;
}

static const cJSON *event_of(const char *topic, const char *state)
{
	for (unsigned i = 0; i < published; i++) {
		const char *is = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(events[i].data, "state"));
		if (!strcmp(events[i].topic, topic) && is && !strcmp(is, state))
			return events[i].data;
	}
	ck_abort_msg("no event %s %s", topic, state);
	return NULL;
}

/* ---- order ---- */

START_TEST(reversals_then_advices_then_sales)
{
	int64_t sale = accept_sale("a");
	int64_t chip = accept_kind("b", PH_RECORD_OFFLINE_TC, 0);
	int64_t voice = accept_kind("c", PH_RECORD_VOICE, 0);
	int64_t undone = reverse("d");

	config.offline.forward_window = 1;
	start();
	assert_asked(0, "host.reverse", undone);
	ck_assert_uint_eq(asked, 1);
	approve(0);
	assert_asked(1, "host.advise", chip);
	ck_assert_str_eq(param(&asks[1], "arc"), "Y1");
	approve(1);
	assert_asked(2, "host.advise", voice);
	ck_assert_str_eq(param(&asks[2], "approval_code"), "777777");
	approve(2);
	assert_asked(3, "host.authorize", sale);
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(asks[3].params, "deferred")));
	approve(3);
	ck_assert_uint_eq(asked, 4);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_APPROVED);
	ck_assert_str_eq(newest(sale).approval_code, "123456");
	event_of("payment.state", "reversed");
	ck_assert(cJSON_IsFalse(
		cJSON_GetObjectItemCaseSensitive(event_of("queue.state", "approved"), "work")));
	ck_assert(!ph_forward_pending(&service));
}
END_TEST

START_TEST(a_window_and_no_head_of_line)
{
	char key[8];
	int64_t first = 0;

	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof key, "k%d", i);
		int64_t payment = accept_sale(key);
		first = first ? first : payment;
	}
	start();
	ck_assert_uint_eq(asked, 4);
	/* the first is poisoned: it blocks its own chain only */
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	ck_assert_uint_eq(asked, 5);
	assert_asked(4, "host.reverse", first);
	for (unsigned i = 1; i < 4; i++)
		approve(i);
	ck_assert_uint_eq(asked, 8);
	answer_json(4, PH_HOST_NO_ANSWER, NULL);
	for (unsigned i = 5; i < asked; i++)
		approve(i);
	ck_assert_uint_eq(asked, 11); /* all but the first */
	for (unsigned i = 5; i < asked; i++)
		ck_assert_str_ne(param(&asks[i], "payment"), param(&asks[0], "payment"));
}
END_TEST

START_TEST(no_successor_before_its_reversal)
{
	int64_t sale = accept_sale("a");
	char stan[8];

	start();
	snprintf(stan, sizeof stan, "%s", param(&asks[0], "stan"));
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	assert_asked(1, "host.reverse", sale);
	ck_assert_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(asks[1].params, "original"), "stan")),
		stan);
	pass(3600);
	ck_assert_uint_eq(asked, 2); /* it is still on its way */
	answer_json(1, PH_HOST_NO_ANSWER, NULL);
	pass(600);
	assert_asked(2, "host.reverse", sale);
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(asks[2].params, "repeat")));
	ck_assert_str_eq(param(&asks[2], "stan"), param(&asks[1], "stan"));
	ck_assert_uint_eq(asked, 3);
	approve(2);
	pass(10);
	assert_asked(3, "host.authorize", sale);
	ck_assert_str_ne(param(&asks[3], "stan"), stan);
	ck_assert_ptr_null(cJSON_GetObjectItemCaseSensitive(asks[3].params, "repeat"));
	approve(3);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_APPROVED);
}
END_TEST

START_TEST(customers_go_first)
{
	accept_sale("a");
	table.payments = &customer;
	start();
	ck_assert_uint_eq(asked, 0);
	ck_assert(ph_forward_pending(&service));
	table.payments = NULL;
	pass(1);
	ck_assert_uint_eq(asked, 1);
	approve(0);
}
END_TEST

START_TEST(so_many_a_second)
{
	for (int i = 0; i < 3; i++)
		accept_sale((const char *[]){"a", "b", "c"}[i]);
	config.offline.forward_rate = 1;
	start();
	ck_assert_uint_eq(asked, 1);
	pass(0);
	ck_assert_uint_eq(asked, 1);
	pass(1);
	ck_assert_uint_eq(asked, 2);
	pass(1);
	ck_assert_uint_eq(asked, 3);
}
END_TEST

/* ---- answers ---- */

static const uint64_t most_s[] = {2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600};

/* The pause of the payment's newest record is over; a pause of nothing is possible, and then it went at once. */
static void pass_pause(int64_t payment, uint64_t longest_s, bool *ret_differs)
{
	struct ph_record_row row = newest(payment);

	ck_assert_uint_le(row.next_us, now_us + longest_s * SECOND_US);
	*ret_differs |= row.next_us % SECOND_US != 0;
	pass(longest_s);
}

/* A host answers a number it has seen from its log: each try has numbers of its own. */
START_TEST(not_now_is_asked_anew_behind_pauses_that_grow)
{
	int64_t sale = accept_sale("a");
	bool differ = false;

	start();
	for (unsigned i = 0; i < PH_ARRAY_SIZE(most_s); i++) {
		answer_json(i, PH_HOST_SOFT, "{\"decision\":\"soft\",\"response_code\":\"91\"}");
		pass_pause(sale, most_s[i], &differ);
		ck_assert_uint_eq(asked, i + 2);
		assert_asked(i + 1, "host.authorize", sale); /* and nothing is reversed */
		ck_assert_str_ne(param(&asks[i + 1], "stan"), param(&asks[i], "stan"));
		ck_assert_str_ne(param(&asks[i + 1], "rrn"), param(&asks[i], "rrn"));
		ck_assert_ptr_null(cJSON_GetObjectItemCaseSensitive(asks[i + 1].params, "repeat"));
	}
	ck_assert(differ);
	approve(asked - 1);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_APPROVED);
}
END_TEST

START_TEST(an_advice_keeps_its_numbers_when_it_is_not_now)
{
	int64_t chip = accept_kind("a", PH_RECORD_OFFLINE_TC, 0);
	bool differ = false;

	start();
	for (unsigned i = 0; i < PH_ARRAY_SIZE(most_s); i++) {
		answer_json(i, PH_HOST_SOFT, "{\"decision\":\"soft\",\"response_code\":\"91\"}");
		pass_pause(chip, most_s[i], &differ);
		ck_assert_uint_eq(asked, i + 2);
		ck_assert_str_eq(param(&asks[i + 1], "stan"), param(&asks[0], "stan"));
	}
	ck_assert(differ);
}
END_TEST

/* A record the host never answers, or not so that it can be relied on, is not undone and asked anew for days. */
START_TEST(what_is_never_answered_waits_for_somebody)
{
	int64_t sale = accept_sale("a");
	bool differ = false;

	start();
	for (unsigned i = 0; i < PH_UNDONE_MAX; i++) {
		assert_asked(2 * i, "host.authorize", sale);
		answer_json(2 * i, PH_HOST_PARTIAL,
			"{\"decision\":\"partial\",\"response_code\":\"10\"}");
		assert_asked(2 * i + 1, "host.reverse", sale);
		if (i + 1 < PH_UNDONE_MAX)
			ck_assert_int_eq(newest(sale).work, 0);
		struct ph_record_row row = newest(sale);
		ck_assert_uint_le(row.next_us, now_us + most_s[i] * SECOND_US);
		differ |= row.next_us > now_us + 2 * SECOND_US;
		approve(2 * i + 1);
		pass(most_s[i]);
	}
	ck_assert(differ);
	struct ph_record_row row = newest(sale);
	ck_assert_int_eq(row.state, PH_RECORD_HELD);
	ck_assert_int_eq(row.work, 1);
	ck_assert_str_eq(row.hold_reason, PH_HELD_UNANSWERED);
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
				 event_of("queue.state", "held"), "reason")),
		"no_answer");
	pass(3600);
	ck_assert_uint_eq(asked, 2 * PH_UNDONE_MAX);
}
END_TEST

START_TEST(advices_are_repeated_as_they_were)
{
	int64_t chip = accept_kind("a", PH_RECORD_OFFLINE_TC, 0);

	start();
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	ck_assert_int_eq(newest(chip).state, PH_RECORD_UNSURE);
	pass(2);
	assert_asked(1, "host.advise", chip);
	ck_assert_str_eq(param(&asks[1], "tid"), TID); /* whose numbers they are */
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(asks[1].params, "repeat")));
	cJSON_ReplaceItemInObjectCaseSensitive(asks[1].params, "repeat", cJSON_CreateFalse());
	ck_assert(cJSON_Compare(asks[0].params, asks[1].params, true));
	answer_json(1, PH_HOST_DUPLICATE, "{\"decision\":\"duplicate\",\"response_code\":\"94\"}");
	ck_assert_int_eq(newest(chip).state, PH_RECORD_APPROVED);
}
END_TEST

START_TEST(a_decline_behind_the_customer_is_work)
{
	int64_t sale = accept_sale("a");

	start();
	answer_json(0, PH_HOST_DECLINED, "{\"decision\":\"declined\",\"response_code\":\"05\"}");
	const cJSON *event = event_of("queue.state", "declined");
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "work")));
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "reason")),
		"late_decline");
	struct ph_record_row row = newest(sale);
	ck_assert_int_eq(row.work, 1);
	ck_assert_str_eq(row.response_code, "05");
	ck_assert(!ph_forward_pending(&service));
}
END_TEST

START_TEST(a_part_is_kept)
{
	int64_t sale = accept_sale("a");

	start();
	answer_json(0, PH_HOST_PARTIAL,
		"{\"decision\":\"partial\",\"response_code\":\"10\",\"amount_approved\":700}");
	struct ph_record_row row = newest(sale);
	ck_assert_int_eq(row.state, PH_RECORD_PARTIAL);
	ck_assert_int_eq(row.amount_host, 700);
	ck_assert_int_eq(row.work, 1);
	ck_assert_int_eq(cJSON_GetObjectItemCaseSensitive(
				 event_of("queue.state", "partial"), "amount_approved")
				 ->valueint,
		700);
}
END_TEST

START_TEST(what_the_acquirer_refuses_waits_for_somebody)
{
	int64_t sale = accept_sale("a");

	start();
	answer_json(0, PH_HOST_REFUSED, NULL);
	struct ph_record_row row = newest(sale);
	ck_assert_int_eq(row.state, PH_RECORD_HELD);
	ck_assert_str_eq(row.hold_reason, "acquirer_refused");
	ck_assert_str_eq(row.note, "x");
	pass(3600);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(what_never_left_is_no_attempt_that_may_have_arrived)
{
	int64_t sale = accept_sale("a");

	start();
	answer_json(0, PH_HOST_NOT_SENT, NULL);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_RETRY_WAIT);
	ck_assert(!newest(sale).repeat);
	pass(2);
	assert_asked(1, "host.authorize", sale);
	ck_assert_str_eq(param(&asks[1], "stan"), param(&asks[0], "stan"));
	approve(1);
}
END_TEST

START_TEST(a_link_that_repeats_requests)
{
	int64_t sale = accept_sale("a");

	may_repeat = true;
	start();
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	pass(2);
	assert_asked(1, "host.authorize", sale);
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(asks[1].params, "repeat")));
	ck_assert_str_eq(param(&asks[1], "stan"), param(&asks[0], "stan"));
}
END_TEST

/* ---- time ---- */

/* Its pause is over by any clock. */
START_TEST(the_clock_is_set_back)
{
	int64_t undone = reverse("a");

	start();
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	pass(2);
	answer_json(1, PH_HOST_NO_ANSWER, NULL);
	if (asked == 2) { /* else its pause was nothing, and it has gone */
		ph_clock_fake(now_us + SECOND_US, now_us - 86400 * SECOND_US);
		ph_forward_kick(&service);
		settle();
	}
	ck_assert_uint_eq(asked, 3);
	assert_asked(2, "host.reverse", undone);
}
END_TEST

START_TEST(a_full_window_waits_for_an_answer)
{
	const struct ph_forward *forward = service.payments->forward;

	config.offline.forward_window = 1;
	accept_sale("a");
	accept_sale("b");
	start();
	pass(100);
	ck_assert_uint_eq(asked, 1);
	/* and not for a time that is over, which its timer would tell again and again */
	ck_assert(!forward->plan_us || forward->plan_us > now_us);
	approve(0);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(what_comes_due_while_it_is_looked_for)
{
	const struct ph_forward *forward = service.payments->forward;
	int64_t undone = reverse("a");

	start();
	answer_json(0, PH_HOST_NO_ANSWER, NULL);
	ck_assert_uint_gt(forward->next_us, now_us);
	/* its timer comes a little early, and the journal has answered a little later */
	now_us = forward->next_us - 1;
	ph_clock_fake(now_us, now_us);
	ph_forward_kick(&service);
	now_us += 2;
	ph_clock_fake(now_us, now_us);
	settle();
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_gt(forward->plan_us, 0);
	ck_assert_uint_le(forward->plan_us, now_us);
	pass(0);
	ck_assert_uint_eq(asked, 2);
	assert_asked(1, "host.reverse", undone);
}
END_TEST

START_TEST(too_old_is_work_and_never_lost)
{
	int64_t sale = accept_sale("a");
	int64_t undone = reverse("b");

	health.state = PH_HOST_OFFLINE;
	start();
	assert_asked(0, "host.reverse", undone); /* these are tried all the same */
	answer_json(0, PH_HOST_NOT_SENT, NULL);
	pass(config.offline.forward_s + 1);
	struct ph_record_row row = newest(sale);
	ck_assert_int_eq(row.state, PH_RECORD_EXPIRED);
	ck_assert_int_eq(row.work, 1);
	event_of("queue.state", "expired");
	assert_asked(asked - 1, "host.reverse", undone); /* and reversals never expire */
}
END_TEST

START_TEST(a_window_for_tips)
{
	int64_t sale = accept_kind("a", PH_RECORD_SALE_DEFERRED, now_us + 600 * SECOND_US);

	start();
	ck_assert_uint_eq(asked, 0);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_HELD);
	pass(599);
	ck_assert_uint_eq(asked, 0);
	pass(1);
	assert_asked(0, "host.authorize", sale);
}
END_TEST

START_TEST(a_host_that_is_away)
{
	int64_t first = accept_sale("a");
	accept_sale("b");

	health.state = PH_HOST_OFFLINE;
	start();
	pass(30);
	ck_assert_uint_eq(asked, 0);
	ck_assert(ph_forward_pending(&service));
	/* two echoes were answered: the oldest is the message that is tried, and no other */
	health.state = PH_HOST_HALF_OPEN;
	pass(0);
	ck_assert_uint_eq(asked, 1);
	assert_asked(0, "host.authorize", first);
	ck_assert(health.trying);
	pass(1);
	ck_assert_uint_eq(asked, 1);
	health.state = PH_HOST_ONLINE;
	ph_forward_back(&service);
	approve(0);
	ck_assert_uint_eq(asked, 2); /* fewer than five do not wait for their turn */
	approve(1);
}
END_TEST

START_TEST(a_host_no_echo_reaches_is_tried)
{
	accept_sale("a");
	accept_sale("b");
	health.state = PH_HOST_OFFLINE;
	start();
	ck_assert_uint_eq(asked, 0);
	pass(121);
	ck_assert_uint_eq(asked, 1);
	answer_json(0, PH_HOST_NOT_SENT, NULL);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(a_long_queue_waits_for_its_turn)
{
	char key[8];

	for (int i = 0; i < 6; i++) {
		snprintf(key, sizeof key, "k%d", i);
		accept_sale(key);
	}
	health.state = PH_HOST_OFFLINE;
	start();
	health.state = PH_HOST_ONLINE;
	ph_forward_back(&service);
	settle();
	ck_assert_uint_eq(asked, 0);
	if (_i) { /* a person does not wait */
		ph_forward_at_once(&service);
		settle();
	} else {
		pass(PH_FORWARD_DRAIN_MAX_S);
	}
	ck_assert_uint_eq(asked, 4);
}
END_TEST

START_TEST(a_person_does_not_wait_for_the_host_and_then_for_a_turn)
{
	char key[8];

	for (int i = 0; i < 6; i++) {
		snprintf(key, sizeof key, "k%d", i);
		accept_sale(key);
	}
	health.state = PH_HOST_OFFLINE;
	start();
	ph_forward_at_once(&service);
	settle();
	ck_assert_uint_eq(asked, 1);
	answer_json(0, PH_HOST_NOT_SENT, NULL);
	health.state = PH_HOST_ONLINE;
	ph_forward_back(&service);
	settle();
	ck_assert_uint_eq(asked, 5);
	/* behind the next outage there are turns again */
	health.state = PH_HOST_OFFLINE;
	for (unsigned i = 1; i < 5; i++)
		answer_json(i, PH_HOST_NOT_SENT, NULL);
	health.state = PH_HOST_ONLINE;
	ph_forward_back(&service);
	settle();
	ck_assert_uint_eq(asked, 5);
}
END_TEST

START_TEST(a_person_does_not_wait_for_pauses)
{
	accept_sale("a");
	accept_sale("b");
	start();
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = asked - 2, end = asked; i < end; i++)
			answer_json(i, PH_HOST_SOFT, "{\"response_code\":\"96\"}");
		unsigned before = asked;
		ph_forward_at_once(&service);
		settle();
		ck_assert_uint_eq(asked, before + 2);
	}
	/* each is asked once, however often the host says the same */
	for (unsigned i = asked - 2, end = asked; i < end; i++)
		answer_json(i, PH_HOST_SOFT, "{\"response_code\":\"96\"}");
	ck_assert_uint_eq(asked, 22);
}
END_TEST

/* ---- a journal that fails ---- */

START_TEST(an_answer_is_stored_when_that_works_again)
{
	int64_t sale = accept_sale("a");

	start();
	ck_assert_int_eq(faultio_configure("sync:errno=EIO:path=/tmp/test-journal"), 0);
	asks[0].done(asks[0].userdata,
		&(struct ph_host_answer){.decision = PH_HOST_APPROVED, .why = ""});
	ph_journal_drain(f.journal);
	faultio_configure(NULL);
	pass(1);
	ck_assert_uint_eq(asked, 1);
	ck_assert_int_eq(newest(sale).state, PH_RECORD_APPROVED);
}
END_TEST

START_TEST(what_was_taken_in_vain_is_taken_again)
{
	accept_sale("a");
	ck_assert_int_eq(faultio_configure("sync:errno=EIO:path=/tmp/test-journal"), 0);
	ph_forward_start(&service);
	ph_journal_drain(f.journal);
	ck_assert_uint_eq(asked, 0);
	ck_assert_ptr_null(table.forward->take.rows);
	ck_assert_uint_eq(table.forward->take.count, 0);
	faultio_configure(NULL);
	pass(120);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(nothing_runs_while_nothing_waits)
{
	start();
	ck_assert(!ph_forward_pending(&service));
	ck_assert_ptr_null(table.forward->timer);
	accept_sale("a");
	ph_forward_kick(&service);
	settle();
	approve(0);
	ck_assert(!ph_forward_pending(&service));
	ck_assert_ptr_null(table.forward->timer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forward");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, reversals_then_advices_then_sales);
	tcase_add_test(tests, a_window_and_no_head_of_line);
	tcase_add_test(tests, no_successor_before_its_reversal);
	tcase_add_test(tests, customers_go_first);
	tcase_add_test(tests, so_many_a_second);
	tcase_add_test(tests, not_now_is_asked_anew_behind_pauses_that_grow);
	tcase_add_test(tests, an_advice_keeps_its_numbers_when_it_is_not_now);
	tcase_add_test(tests, what_is_never_answered_waits_for_somebody);
	tcase_add_test(tests, advices_are_repeated_as_they_were);
	tcase_add_test(tests, a_decline_behind_the_customer_is_work);
	tcase_add_test(tests, a_part_is_kept);
	tcase_add_test(tests, what_the_acquirer_refuses_waits_for_somebody);
	tcase_add_test(tests, what_never_left_is_no_attempt_that_may_have_arrived);
	tcase_add_test(tests, a_link_that_repeats_requests);
	tcase_add_test(tests, the_clock_is_set_back);
	tcase_add_test(tests, a_full_window_waits_for_an_answer);
	tcase_add_test(tests, what_comes_due_while_it_is_looked_for);
	tcase_add_test(tests, too_old_is_work_and_never_lost);
	tcase_add_test(tests, a_window_for_tips);
	tcase_add_test(tests, a_host_that_is_away);
	tcase_add_test(tests, a_host_no_echo_reaches_is_tried);
	tcase_add_loop_test(tests, a_long_queue_waits_for_its_turn, 0, 2);
	tcase_add_test(tests, a_person_does_not_wait_for_the_host_and_then_for_a_turn);
	tcase_add_test(tests, a_person_does_not_wait_for_pauses);
	tcase_add_test(tests, an_answer_is_stored_when_that_works_again);
	tcase_add_test(tests, what_was_taken_in_vain_is_taken_again);
	tcase_add_test(tests, nothing_runs_while_nothing_waits);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
