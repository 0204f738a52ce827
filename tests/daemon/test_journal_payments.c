// Payments in the journal: keys, numbers that are given once, durable points in the order they come, and what a start finds.
#include "journal_fixture.h"

#include "daemon/journal/journal_payments.h"

#define TID "TID12345"

static struct ph_journal_pay_begin begin;
static struct ph_journal_intent intent;
static struct ph_journal_reverse reverse;
static struct ph_journal_record_move moving;

static struct ph_payment_ask an_ask(const char *key)
{
	return (struct ph_payment_ask){.uid = 1000,
		.method = "payment.authorize",
		.key = key,
		.body = "{\"amount\":1234}",
		.device = "reader",
		.type = "sale",
		.amount = 1234,
		.currency = "EUR",
		.operator_name = "anna",
		.reference = "table 12"};
}

/* Result of what was submitted last. */
static int finish(int r)
{
	if (r < 0)
		return r;
	fixture_wait(1);
	return f.order[0];
}

static int do_pay(const char *key)
{
	begin = (struct ph_journal_pay_begin){.request.done = on_done, .ask = an_ask(key)};
	return finish(ph_journal_pay_begin_submit(f.journal, &begin));
}

static int do_intent(int64_t payment)
{
	static const uint8_t sealed[] = "sealed", icc[] = {0x82, 0x02, 0x39, 0x00};

	intent = (struct ph_journal_intent){.request.done = on_done,
		.payment = payment,
		.terminal = TID,
		.entry = "chip",
		.sequence = 1,
		.sealed = sealed,
		.sealed_len = sizeof sealed,
		.icc = icc,
		.icc_len = sizeof icc};
	return finish(ph_journal_intent_submit(f.journal, &intent));
}

static int do_result(int64_t payment, int64_t record, enum ph_pay_state state)
{
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = payment,
		.record = record,
		.record_state = state == PH_PAY_APPROVED ? PH_RECORD_APPROVED : PH_RECORD_DECLINED,
		.response_code = state == PH_PAY_APPROVED ? "00" : "05",
		.approval_code = state == PH_PAY_APPROVED ? "A1B2C3" : NULL,
		.final = true,
		.state = state,
		.amount_approved = state == PH_PAY_APPROVED ? 1234 : 0,
		.result = "{\"outcome\":\"x\"}",
		.drop_sealed = state != PH_PAY_APPROVED};

	return finish(ph_journal_pay_result_submit(f.journal, &result));
}

static int do_reverse(int64_t payment, int64_t record, bool final)
{
	reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = payment,
		.record = record,
		.why = "timeout",
		.final = final,
		.state = PH_PAY_CANCELLED,
		.reason = "host_timeout"};
	return finish(ph_journal_reverse_submit(f.journal, &reverse));
}

static int do_move(int64_t record, enum ph_record_state state)
{
	moving = (struct ph_journal_record_move){.request.done = on_done,
		.record = record,
		.state = state,
		.repeat = state == PH_RECORD_UNSURE};
	return finish(ph_journal_record_move_submit(f.journal, &moving));
}

START_TEST(a_key_pays_once)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(begin.id, 1);
	ck_assert_uint_eq(begin.counter, 1);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_result(1, intent.record.id, PH_PAY_APPROVED), 0);

	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(begin.duplicate, 1);
	ck_assert_int_eq(begin.id, 1);
	ck_assert_int_eq(begin.stored->state, PH_PAY_APPROVED);
	ck_assert_int_eq(begin.stored->amount_approved, 1234);
	ck_assert_str_eq(begin.stored->result, "{\"outcome\":\"x\"}");
	ck_assert_str_eq(begin.stored->operator_name, "anna");
	ph_journal_pay_begin_clear(&begin);

	begin = (struct ph_journal_pay_begin){.request.done = on_done, .ask = an_ask("k")};
	begin.ask.body = "{\"amount\":1235}";
	ck_assert_int_eq(finish(ph_journal_pay_begin_submit(f.journal, &begin)), -EEXIST);
	/* what the key stands for is told */
	ck_assert_int_eq(begin.duplicate, 0);
	ck_assert_int_eq(begin.stored->id, 1);
	ck_assert_int_eq(begin.stored->amount, 1234);
	ph_journal_pay_begin_clear(&begin);
	ck_assert_int_eq(do_pay("l"), 0);
	ck_assert_int_eq(begin.id, 2);
	ck_assert_uint_eq(begin.counter, 2);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM payment"), 2);
}
END_TEST

START_TEST(an_intent_has_numbers_of_its_own)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(begin.id), 0);
	const struct ph_record_row *row = &intent.record;
	ck_assert_uint_eq(row->stan, 1);
	ck_assert_uint_eq(strlen(row->rrn), 12);
	ck_assert_str_eq(row->rrn + 6, "000001");
	ck_assert_uint_eq(strspn(row->transmission, "0123456789"), 10);
	ck_assert_uint_eq(strspn(row->local_time, "0123456789"), 6);
	ck_assert_str_eq(row->terminal, TID);
	ck_assert_str_eq(row->device, "reader");
	ck_assert_int_eq(row->amount, 1234);
	ck_assert_uint_eq(row->sealed_len, 7);
	ck_assert_uint_eq(row->icc_len, 4);
	/* there is one request for a payment, whatever happens */
	ck_assert_int_eq(do_intent(begin.id), -EALREADY);
	ck_assert_int_eq(do_intent(99), -ENOENT);
	ck_assert_int_eq(do_pay("l"), 0);
	ck_assert_int_eq(do_intent(begin.id), 0);
	ck_assert_uint_eq(intent.record.stan, 2);
}
END_TEST

START_TEST(numbers_go_round)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	fixture_stop();
	fixture_sql("INSERT INTO counter VALUES ('stan:" TID "', 999999)");
	fixture_start();
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_uint_eq(intent.record.stan, 1);
}
END_TEST

START_TEST(what_is_final_stays)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_result(1, intent.record.id, PH_PAY_DECLINED), 0);
	ck_assert_int_eq(do_result(1, intent.record.id, PH_PAY_DECLINED), 0);
	ck_assert_int_eq(do_result(1, intent.record.id, PH_PAY_APPROVED), -EALREADY);
	ck_assert_int_eq(do_intent(1), -EALREADY);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT state FROM payment"), PH_PAY_DECLINED);
	/* nothing can need the account of a declined sale */
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record"), 1);
}
END_TEST

START_TEST(one_reversal)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	struct ph_record_row request = intent.record;
	ck_assert_int_eq(do_reverse(1, request.id, true), 0);
	struct ph_record_row first = reverse.reversal;
	ck_assert_int_eq(first.kind, PH_RECORD_REVERSAL);
	ck_assert_int_eq(first.state, PH_RECORD_QUEUED);
	ck_assert_int_eq(first.parent, request.id);
	ck_assert_uint_eq(first.stan, 2);
	ck_assert_str_eq(first.rrn, request.rrn);
	ck_assert_str_eq(first.local_time, request.local_time);
	ck_assert_str_eq(first.reason, "timeout");
	ck_assert_uint_eq(first.sealed_len, 7);
	ck_assert_int_eq(do_reverse(1, request.id, true), 0);
	ck_assert_int_eq(reverse.duplicate, 1);
	ck_assert_int_eq(reverse.reversal.id, first.id);
	/* a reversal is not reversed */
	ck_assert_int_eq(do_reverse(1, first.id, true), -ENOENT);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), 2);
	ck_assert_int_eq(fixture_sql_int("SELECT state FROM payment"), PH_PAY_CANCELLED);
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM record WHERE id = 1"), PH_RECORD_ABANDONED);
}
END_TEST

/* Nothing of it has left: a start behind that must not undo it at the host. */
START_TEST(what_was_never_sent_is_not_reversed)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	struct ph_journal_pay_result unsent = {.request.done = on_done,
		.payment = 1,
		.record = intent.record.id,
		.record_state = PH_RECORD_ABANDONED,
		.drop_sealed = true};
	ck_assert_int_eq(finish(ph_journal_pay_result_submit(f.journal, &unsent)), 0);
	ck_assert_int_eq(do_reverse(1, intent.record.id, true), 0);
	ck_assert_int_eq(reverse.duplicate, 1);
	ck_assert_int_eq((int)reverse.reversal.id, 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), 1);
	ck_assert_int_eq(fixture_sql_int("SELECT state FROM payment"), PH_PAY_CANCELLED);
}
END_TEST

START_TEST(a_reversal_is_repeated_until_it_is_acknowledged)
{
	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_reverse(1, 1, true), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	ck_assert_uint_eq(moving.row.attempts, 1);
	ck_assert(!moving.row.repeat);
	ck_assert_int_eq(do_move(2, PH_RECORD_UNSURE), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	ck_assert_uint_eq(moving.row.attempts, 2);
	ck_assert(moving.row.repeat);
	/* in each attempt the same */
	ck_assert_uint_eq(moving.row.stan, reverse.reversal.stan);
	ck_assert_str_eq(moving.row.transmission, reverse.reversal.transmission);
	ck_assert_int_eq(do_move(2, PH_RECORD_APPROVED), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), -EALREADY);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM record WHERE id = 1"), PH_RECORD_REVERSED);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NULL"), 2);
}
END_TEST

static int open_payments, open_records;
static struct ph_record_row open_record;

static int count_payment(const struct ph_payment_row *payment, void *userdata)
{
	open_payments++;
	ck_assert_str_eq(payment->key, "two");
	return 0;
}

static int count_record(const struct ph_record_row *record, void *userdata)
{
	open_records++;
	open_record = *record;
	return 0;
}

START_TEST(a_start_finds_what_is_open)
{
	fixture_start();
	ck_assert_int_eq(do_pay("one"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_result(1, 1, PH_PAY_APPROVED), 0);
	ck_assert_int_eq(do_pay("two"), 0);
	ck_assert_int_eq(do_intent(2), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_payments(f.journal, count_payment, count_record, NULL), 0);
	ck_assert_int_eq(open_payments, 1);
	ck_assert_int_eq(open_records, 1);
	ck_assert_int_eq(open_record.payment, 2);
	ck_assert_int_eq(open_record.state, PH_RECORD_INTENT);
	ck_assert_uint_eq(open_record.stan, 2);
}
END_TEST

/* ---- what becomes of an earlier payment ---- */

static struct ph_journal_advice advice;

static int do_other(const char *key, const char *type, int64_t original, int64_t amount)
{
	begin = (struct ph_journal_pay_begin){.request.done = on_done, .ask = an_ask(key)};
	begin.ask.type = type;
	begin.ask.original = original;
	begin.ask.amount = amount;
	return finish(ph_journal_pay_begin_submit(f.journal, &begin));
}

static int do_advice(int64_t payment, int64_t original)
{
	advice = (struct ph_journal_advice){
		.request.done = on_done, .payment = payment, .original = original};
	return finish(ph_journal_advice_submit(f.journal, &advice));
}

static int do_resolve(int64_t payment, bool of_reversal, bool ends)
{
	struct ph_journal_pay_resolve resolve = {.request.done = on_done,
		.payment = payment,
		.of_reversal = of_reversal,
		.ends = ends,
		.found = PH_PAY_CANCELLED,
		.resolution = "{\"outcome\":\"x\"}"};

	return finish(ph_journal_pay_resolve_submit(f.journal, &resolve));
}

static int do_void(int64_t payment, int64_t by)
{
	reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = payment,
		.voiding = by,
		.why = "cancelled",
		.final = true,
		.state = PH_PAY_APPROVED};
	return finish(ph_journal_reverse_submit(f.journal, &reverse));
}

/* Payment 1, record 1: a reservation that the host has approved. */
static struct ph_record_row reserve(void)
{
	ck_assert_int_eq(do_other("room", "preauth", 0, 1234), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_result(1, 1, PH_PAY_APPROVED), 0);
	return intent.record;
}

START_TEST(a_reservation_is_completed_once)
{
	fixture_start();
	struct ph_record_row reserved = reserve();
	ck_assert_int_eq(do_other("out", "complete", 1, 900), 0);
	ck_assert_int_eq(do_advice(2, 1), 0);
	const struct ph_record_row *row = &advice.record;
	ck_assert_int_eq(row->kind, PH_RECORD_COMPLETION);
	ck_assert_int_eq(row->state, PH_RECORD_QUEUED);
	ck_assert_str_eq(row->type, "complete");
	ck_assert_int_eq(row->amount, 900);
	ck_assert_uint_eq(row->stan, 2);
	ck_assert_str_ne(row->rrn, reserved.rrn);
	ck_assert_str_eq(row->local_time, reserved.local_time);
	ck_assert_str_eq(row->approval_code, "");
	ck_assert_uint_eq(row->original_stan, 1);
	ck_assert_str_eq(row->original_transmission, reserved.transmission);
	ck_assert_str_eq(row->original_approval, "A1B2C3");
	ck_assert_int_eq(row->sealed_payment, 1);
	ck_assert_int_eq(row->sealed_amount, 1234);
	ck_assert_uint_eq(row->sealed_len, 7);
	ck_assert_int_eq(do_advice(2, 1), -EALREADY);
	ck_assert_int_eq(do_other("again", "complete", 1, 1), 0);
	ck_assert_int_eq(do_advice(3, 1), -EEXIST);
	/* what is being taken is not given up */
	ck_assert_int_eq(do_other("void", "void", 1, 1234), 0);
	ck_assert_int_eq(do_void(1, 4), -EEXIST);

	/* an answer to what was never sent is none */
	ck_assert_int_eq(do_result(2, 2, PH_PAY_APPROVED), -EPERM);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(do_result(2, 2, PH_PAY_APPROVED), 0);
	ck_assert_int_eq(do_advice(3, 1), -ENOENT);
	/* the completion can be void, and is reversed with what its reservation was sealed for */
	ck_assert_int_eq(do_other("undo", "void", 2, 900), 0);
	ck_assert_int_eq(do_void(2, 5), 0);
	ck_assert_int_eq(reverse.reversal.original_stan, 2);
	ck_assert_int_eq(reverse.reversal.sealed_payment, 1);
	ck_assert_uint_eq(reverse.reversal.sealed_len, 7);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT completion FROM payment WHERE id = 1"), 2);
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE id = 1"), 1);
}
END_TEST

START_TEST(a_completion_that_failed_leaves_the_reservation)
{
	fixture_start();
	reserve();
	ck_assert_int_eq(do_other("out", "complete", 1, 900), 0);
	ck_assert_int_eq(do_advice(2, 1), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(do_result(2, 2, PH_PAY_DECLINED), 0);
	ck_assert_int_eq(do_other("again", "complete", 1, 900), 0);
	ck_assert_int_eq(do_advice(3, 1), 0);
	ck_assert_uint_eq(advice.record.sealed_len, 7);
	/* nobody knows: it is taken until somebody says that it is not */
	ck_assert_int_eq(do_move(3, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(do_result(3, 3, PH_PAY_UNCERTAIN), 0);
	ck_assert_int_eq(do_other("third", "complete", 1, 900), 0);
	ck_assert_int_eq(do_advice(4, 1), -EEXIST);
	ck_assert_int_eq(do_resolve(3, false, false), 0);
	ck_assert_int_eq(do_advice(4, 1), 0);
	ck_assert_int_eq(do_move(4, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(do_result(4, 4, PH_PAY_DECLINED), 0);
	ck_assert_int_eq(do_other("void", "void", 1, 1234), 0);
	ck_assert_int_eq(do_void(1, 5), 0);
	ck_assert_int_eq(do_other("late", "complete", 1, 900), 0);
	ck_assert_int_eq(do_advice(6, 1), -EEXIST);
	ck_assert_int_eq(do_advice(6, 99), -ENOENT);
}
END_TEST

START_TEST(refunds_are_at_most_what_was_taken)
{
	fixture_start();
	ck_assert_int_eq(do_pay("sale"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_result(1, 1, PH_PAY_APPROVED), 0);
	ck_assert_int_eq(do_other("r1", "refund", 1, 1000), 0);
	ck_assert_int_eq(do_other("r2", "refund", 1, 1000), 0);
	ck_assert_int_eq(do_intent(2), 0);
	ck_assert_int_eq(do_intent(3), -EEXIST);
	ck_assert_int_eq(do_other("void", "void", 1, 1234), 0);
	ck_assert_int_eq(do_void(1, 4), -EEXIST);
	/* declined: there is as much as before */
	ck_assert_int_eq(do_result(2, 2, PH_PAY_DECLINED), 0);
	ck_assert_int_eq(do_intent(3), 0);
	ck_assert_int_eq(do_result(3, 3, PH_PAY_APPROVED), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT refunded FROM payment WHERE id = 1"), 1000);
	fixture_start();
	/* a refund that was undone can be made again */
	ck_assert_int_eq(do_void(3, 4), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT refunded FROM payment WHERE id = 1"), 0);
}
END_TEST

static int count_any(const struct ph_payment_row *payment, void *userdata)
{
	open_payments++;
	return 0;
}

static void count_open(void)
{
	fixture_stop();
	open_payments = open_records = 0;
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_payments(f.journal, count_any, count_record, NULL), 0);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
}

START_TEST(a_refused_reversal_waits_for_somebody)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};

	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_intent(1), 0);
	ck_assert_int_eq(do_resolve(1, true, false), -ENOENT);
	ck_assert_int_eq(do_reverse(1, 1, true), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_REJECTED), -EPERM);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	moving = (struct ph_journal_record_move){.request.done = on_done,
		.record = 2,
		.state = PH_RECORD_REJECTED,
		.response_code = "30",
		.note = "it has no field 90"};
	ck_assert_int_eq(finish(ph_journal_record_move_submit(f.journal, &moving)), 0);
	ck_assert_str_eq(moving.row.note, "it has no field 90");
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), -EALREADY);
	count_open();
	ck_assert_int_eq(open_records, 1);
	ck_assert_int_eq(open_record.state, PH_RECORD_REJECTED);
	ck_assert_uint_gt(open_record.sealed_len, 0);
	/* tried again, and refused again */
	ck_assert_int_eq(do_move(2, PH_RECORD_QUEUED), 0);
	ck_assert_int_eq(do_resolve(1, true, false), -ENOENT);
	ck_assert_int_eq(do_move(2, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(do_move(2, PH_RECORD_REJECTED), 0);
	ck_assert_int_eq(finish(ph_journal_pay_get_submit(f.journal, &get)), 0);
	ck_assert_int_eq(get.row->reversal, PH_RECORD_REJECTED);
	ck_assert_str_eq(get.row->reversal_code, "30");
	ck_assert_str_eq(get.row->reversal_note, "it has no field 90");
	ck_assert_ptr_null(get.row->resolution);
	ph_journal_pay_get_clear(&get);
	ck_assert_int_eq(do_resolve(1, false, false), -ENOENT);
	ck_assert_int_eq(do_resolve(1, true, false), 0);
	ck_assert_int_eq(do_resolve(1, true, false), -EALREADY);
	count_open();
	ck_assert_int_eq(open_records, 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NULL"), 2);
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM record WHERE id = 2"), PH_RECORD_REJECTED);
}
END_TEST

START_TEST(an_uncertain_payment_waits_for_somebody)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};

	fixture_start();
	ck_assert_int_eq(do_pay("k"), 0);
	ck_assert_int_eq(do_resolve(1, false, false), -ENOENT);
	ck_assert_int_eq(do_result(1, 0, PH_PAY_UNCERTAIN), 0);
	count_open();
	ck_assert_int_eq(open_payments, 1);
	ck_assert_int_eq(do_resolve(1, false, false), 0);
	ck_assert_int_eq(do_resolve(1, false, false), -EALREADY);
	ck_assert_int_eq(finish(ph_journal_pay_get_submit(f.journal, &get)), 0);
	ck_assert_int_eq(get.row->state, PH_PAY_UNCERTAIN);
	ck_assert_int_eq(get.row->reversal, -1);
	ck_assert_str_eq(get.row->resolution, "{\"outcome\":\"x\"}");
	ph_journal_pay_get_clear(&get);
	/* one that goes on is ended by what is said of it */
	ck_assert_int_eq(do_pay("l"), 0);
	ck_assert_int_eq(do_resolve(2, false, true), 0);
	count_open();
	ck_assert_int_eq(open_payments, 0);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM payment WHERE id = 2"), PH_PAY_UNCERTAIN);
}
END_TEST

START_TEST(found_by_id_and_key_and_listed)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .uid = 1000, .key = "b"};
	struct ph_journal_pay_list list = {.request.done = on_done, .state = -1, .limit = 10};

	fixture_start();
	ck_assert_int_eq(do_pay("a"), 0);
	ck_assert_int_eq(do_pay("b"), 0);
	ck_assert_int_eq(finish(ph_journal_pay_get_submit(f.journal, &get)), 0);
	ck_assert_int_eq(get.row->id, 2);
	ph_journal_pay_get_clear(&get);
	get.uid = 1001;
	ck_assert_int_eq(finish(ph_journal_pay_get_submit(f.journal, &get)), -ENOENT);
	get.id = 1;
	ck_assert_int_eq(finish(ph_journal_pay_get_submit(f.journal, &get)), 0);
	ck_assert_str_eq(get.row->key, "a");
	ph_journal_pay_get_clear(&get);
	ck_assert_int_eq(finish(ph_journal_pay_list_submit(f.journal, &list)), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(list.rows[0].id, 2);
	ph_journal_pay_list_clear(&list);
	list.state = PH_PAY_APPROVED;
	ck_assert_int_eq(finish(ph_journal_pay_list_submit(f.journal, &list)), 0);
	ck_assert_uint_eq(list.count, 0);
	ph_journal_pay_list_clear(&list);
}
END_TEST

START_TEST(refused_at_the_door)
{
	fixture_start();
	begin = (struct ph_journal_pay_begin){.request.done = on_done, .ask = an_ask("k")};
	begin.ask.currency = "EURO";
	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &begin), -EINVAL);
	begin.ask = an_ask("");
	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &begin), -EINVAL);
	begin.ask = an_ask("k");
	begin.ask.amount = 1000000000000;
	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &begin), -EINVAL);
	begin.ask = an_ask("k");
	begin.ask.cashback = 1235;
	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &begin), -EINVAL);
}
END_TEST

START_TEST(ids)
{
	char text[PH_PAYMENT_ID_SIZE];
	int64_t id = 0;

	ph_payment_id_format(17, text);
	ck_assert_str_eq(text, "pay-17");
	ck_assert_int_eq(ph_payment_id_parse("pay-17", &id), 0);
	ck_assert_int_eq(id, 17);
	ck_assert_int_eq(ph_payment_id_parse("pay-", &id), -EINVAL);
	ck_assert_int_eq(ph_payment_id_parse("pay-017", &id), -EINVAL);
	ck_assert_int_eq(ph_payment_id_parse("job-17", &id), -EINVAL);
	ck_assert_int_eq(ph_payment_id_parse("pay-1x", &id), -EINVAL);
	ck_assert_int_eq(ph_payment_id_parse("pay-1234567890123456789", &id), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("payments in the journal");
	TCase *tests = tcase_create("payments");

	tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
	tcase_add_test(tests, a_key_pays_once);
	tcase_add_test(tests, an_intent_has_numbers_of_its_own);
	tcase_add_test(tests, numbers_go_round);
	tcase_add_test(tests, what_is_final_stays);
	tcase_add_test(tests, one_reversal);
	tcase_add_test(tests, what_was_never_sent_is_not_reversed);
	tcase_add_test(tests, a_reversal_is_repeated_until_it_is_acknowledged);
	tcase_add_test(tests, a_start_finds_what_is_open);
	tcase_add_test(tests, a_reservation_is_completed_once);
	tcase_add_test(tests, a_completion_that_failed_leaves_the_reservation);
	tcase_add_test(tests, refunds_are_at_most_what_was_taken);
	tcase_add_test(tests, a_refused_reversal_waits_for_somebody);
	tcase_add_test(tests, an_uncertain_payment_waits_for_somebody);
	tcase_add_test(tests, found_by_id_and_key_and_listed);
	tcase_add_test(tests, refused_at_the_door);
	tcase_add_test(tests, ids);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
