// Steps of the queue's tests.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

struct queue_steps q;

static const uint8_t icc[] = {0x82, 0x02, 0x39, 0x00};

void steps_setup(void)
{
	fixture_setup();
	memset(&q, 0, sizeof q);
	/* flushing is not what these are about; fixture_slow_flush() has rules of its own */
	faultio_configure("sync:skip");
}

void steps_teardown(void)
{
	ph_journal_take_clear(&q.take);
	ph_journal_queue_list_clear(&q.list);
	fixture_teardown();
}

static int finish(int r)
{
	if (r < 0)
		return r;
	fixture_wait(1);
	return f.order[0];
}

int64_t step_pay_in(const char *type, int64_t amount, const char *currency, int64_t original)
{
	char key[16];

	snprintf(key, sizeof key, "key %d", q.keys++);
	q.begin = (struct ph_journal_pay_begin){.request.done = on_done,
		.ask = {.uid = 1000,
			.method = "payment.authorize",
			.key = key,
			.body = "{}",
			.device = "reader",
			.type = type,
			.amount = amount,
			.currency = currency,
			.original = original}};
	ck_assert_int_eq(finish(ph_journal_pay_begin_submit(f.journal, &q.begin)), 0);
	return q.begin.id;
}

int64_t step_pay(const char *type, int64_t amount)
{
	return step_pay_in(type, amount, "EUR", 0);
}

int step_intent(int64_t payment)
{
	q.intent = (struct ph_journal_intent){.request.done = on_done,
		.payment = payment,
		.terminal = TID,
		.entry = "chip",
		.sequence = 1,
		.pin = 1,
		.sealed = (const uint8_t *)SEALED,
		.sealed_len = strlen(SEALED),
		.icc = icc,
		.icc_len = sizeof icc};
	return finish(ph_journal_intent_submit(f.journal, &q.intent));
}

int step_approve(int64_t payment, int64_t record)
{
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = payment,
		.record = record,
		.record_state = PH_RECORD_APPROVED,
		.response_code = "00",
		.approval_code = "A1B2C3",
		.final = true,
		.state = PH_PAY_APPROVED,
		.amount_approved = q.intent.record.amount};

	return finish(ph_journal_pay_result_submit(f.journal, &result));
}

int step_reverse(int64_t payment)
{
	q.reverse = (struct ph_journal_reverse){
		.request.done = on_done, .payment = payment, .why = "timeout"};
	return finish(ph_journal_reverse_submit(f.journal, &q.reverse));
}

int step_move(int64_t record, enum ph_record_state state)
{
	q.move = (struct ph_journal_record_move){.request.done = on_done,
		.record = record,
		.state = state,
		.repeat = state == PH_RECORD_UNSURE};
	return finish(ph_journal_record_move_submit(f.journal, &q.move));
}

int step_accept(int64_t payment, enum ph_record_kind kind)
{
	q.accept.request = (struct ph_journal_request){.done = on_done};
	q.accept.payment = payment;
	q.accept.kind = kind;
	q.accept.terminal = TID;
	q.accept.entry = "chip";
	q.accept.sequence = 1;
	q.accept.pin = 1;
	q.accept.sealed = (const uint8_t *)SEALED;
	q.accept.sealed_len = strlen(SEALED);
	q.accept.icc = icc;
	q.accept.icc_len = sizeof icc;
	if (kind == PH_RECORD_VOICE)
		q.accept.approval_code = "VOICE1";
	if (kind == PH_RECORD_OFFLINE_TC)
		q.accept.arc = "Y1";
	return finish(ph_journal_pay_accept_submit(f.journal, &q.accept));
}

int64_t step_stand(enum ph_record_kind kind, int64_t amount)
{
	int64_t payment = step_pay(kind == PH_RECORD_REFUND_DEFERRED ? "refund" : "sale", amount);

	q.accept = (struct ph_journal_pay_accept){.refused = false};
	ck_assert_int_eq(step_accept(payment, kind), 0);
	return q.accept.record.id;
}

int step_take(uint32_t max)
{
	struct ph_take_limits limits = q.take.limits;

	ph_journal_take_clear(&q.take);
	if (!limits.now_us)
		limits.now_us = ph_clock_wall_us();
	q.take = (struct ph_journal_take){.request.done = on_done, .limits = limits, .max = max};
	int r = finish(ph_journal_take_submit(f.journal, &q.take));
	memset(&q.take.limits, 0, sizeof q.take.limits);
	return r;
}

int step_answer(int64_t record, enum ph_record_state state, const char *code)
{
	q.forwarded.request = (struct ph_journal_request){.done = on_done};
	q.forwarded.record = record;
	q.forwarded.state = state;
	q.forwarded.response_code = code;
	q.forwarded.repeat = state == PH_RECORD_UNSURE;
	if (state == PH_RECORD_HELD)
		q.forwarded.hold_reason = "duplicate";
	int r = finish(ph_journal_forwarded_submit(f.journal, &q.forwarded));
	q.forwarded.present_again = false;
	q.forwarded.next_us = 0;
	q.forwarded.amount_host = 0;
	return r;
}

int step_not_now(int64_t record)
{
	q.supersede = (struct ph_journal_supersede){.request.done = on_done,
		.record = record,
		.not_now = true,
		.response_code = "91",
		.note = "not now"};
	return finish(ph_journal_supersede_submit(f.journal, &q.supersede));
}

int step_supersede(int64_t record)
{
	q.supersede = (struct ph_journal_supersede){.request.done = on_done, .record = record};
	return finish(ph_journal_supersede_submit(f.journal, &q.supersede));
}

int step_act(int64_t payment, enum ph_queue_act act)
{
	q.act.request = (struct ph_journal_request){.done = on_done};
	q.act.payment = payment;
	q.act.act = act;
	if (act == PH_QUEUE_HOLD && !q.act.reason)
		q.act.reason = "somebody asked";
	if (act != PH_QUEUE_RELEASE)
		q.act.amount = 0;
	return finish(ph_journal_queue_act_submit(f.journal, &q.act));
}

int step_void(int64_t payment)
{
	q.voided = (struct ph_journal_void_stored){.request.done = on_done,
		.payment = payment,
		.voiding = step_pay_in("void", 100, "EUR", payment),
		.result = "{}"};
	return finish(ph_journal_void_stored_submit(f.journal, &q.voided));
}

int step_list(enum ph_queue_filter filter)
{
	struct ph_journal_queue_list list = q.list;

	ph_journal_queue_list_clear(&q.list);
	q.list = (struct ph_journal_queue_list){.request.done = on_done,
		.filter = filter,
		.payment = list.payment,
		.after_id = list.after_id,
		.newest = list.newest,
		.limit = list.limit ? list.limit : 100};
	int r = finish(ph_journal_queue_list_submit(f.journal, &q.list));
	q.list.payment = q.list.after_id = 0;
	q.list.newest = false;
	q.list.limit = 0;
	return r;
}

int step_totals(void)
{
	q.totals = (struct ph_journal_queue_totals){
		.request.done = on_done, .since_us = q.totals.since_us};
	return finish(ph_journal_queue_totals_submit(f.journal, &q.totals));
}

int step_glance(void)
{
	q.glance = (struct ph_journal_queue_glance){.request.done = on_done};
	return finish(ph_journal_queue_glance_submit(f.journal, &q.glance));
}

/* What it says without looking at the rows is what they say. */
static void check_glance(void)
{
	struct ph_journal_take look = {.request.done = on_done, .limits.now_us = 1};
	uint64_t oldest_us = 0;
	uint32_t held = 0;

	ck_assert_int_eq(step_glance(), 0);
	ck_assert_uint_eq(q.glance.work, q.totals.work);
	ck_assert_uint_eq(q.glance.exposure_count, q.totals.exposure_count);
	for (uint32_t i = 0; i < q.glance.exposure_count; i++)
		held += q.glance.exposure[i].held;
	for (uint32_t i = 0; i < q.totals.count; i++) {
		const struct ph_queue_totals *t = &q.totals.totals[i];
		held -= t->held.count;
		if (t->oldest_us && (!oldest_us || t->oldest_us < oldest_us))
			oldest_us = t->oldest_us;
	}
	ck_assert_uint_eq(held, 0);
	ck_assert_uint_eq(q.glance.oldest_us, oldest_us);
	/* nothing is due at that time but what is due at once */
	ck_assert_int_eq(finish(ph_journal_take_submit(f.journal, &look)), 0);
	ck_assert_uint_eq(q.glance.next_us, look.next_us);
	ph_journal_take_clear(&look);
}

uint32_t step_check(void)
{
	uint32_t pending = 0;

	ck_assert_int_eq(step_totals(), 0);
	ck_assert(q.totals.agrees);
	for (uint32_t i = 0; i < q.totals.count; i++)
		pending += q.totals.totals[i].pending.count;
	check_glance();
	return pending;
}

void step_check_file(void)
{
	ck_assert_int_eq(
		fixture_sql_int(
			"SELECT count(*) FROM (SELECT CASE WHEN kind IN (3, 4) THEN 1 ELSE 2 END "
			"f, "
			"p.currency c, count(*) n, sum(coalesce(r.amount, p.amount)) t FROM record "
			"r, "
			"payment p WHERE p.id = r.payment AND kind BETWEEN 3 AND 6 AND r.state < 7 "
			"GROUP BY 1, 2) s LEFT JOIN exposure e ON e.family = s.f AND e.currency = "
			"s.c WHERE e.count IS NOT s.n OR e.total IS NOT s.t"),
		0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM exposure e WHERE e.count <> "
					 "(SELECT count(*) FROM record r WHERE r.state < 7 AND "
					 "(CASE WHEN r.kind IN (3, 4) THEN 1 WHEN r.kind IN (5, 6) "
					 "THEN 2 END) = e.family)"),
		0);
	/* one record of a payment at most can go out, and not while it is undone */
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM (SELECT 1 FROM record WHERE kind > 2 "
				"AND state < 7 GROUP BY payment HAVING count(*) > 1)"),
		0);
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record s JOIN record v ON v.payment = "
				"s.payment AND v.kind = 1 AND v.state < 7 "
				"WHERE s.kind > 2 AND s.state = 4"),
		0);
	/* account data is where a message can need it, and nowhere else */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NULL AND "
					 "(state < 7 OR (kind > 2 AND state IN (7, 8)))"),
		0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL AND "
					 "state IN (13, 14, 17)"),
		0);
}
