// What stands without the host: acceptance within limits, the order in which it goes out, and what becomes of it.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

/* ---- acceptance ---- */

START_TEST(what_is_accepted_is_stored_with_numbers_and_ends_the_payment)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};

	fixture_start();
	ck_assert_int_eq(step_accept(step_pay("sale", 1234), PH_RECORD_SALE_DEFERRED), 0);
	const struct ph_record_row *row = &q.accept.record;
	ck_assert_int_eq(row->state, PH_RECORD_STORED);
	ck_assert_int_eq(row->kind, PH_RECORD_SALE_DEFERRED);
	ck_assert_int_eq(row->amount, 1234);
	ck_assert_int_eq(row->asked, 1234);
	ck_assert_int_eq(row->sealed_payment, 0);
	ck_assert_uint_eq(row->stan, 1);
	ck_assert_uint_eq(row->accepted_us, row->created_us);
	ck_assert_uint_eq(row->sealed_len, strlen(SEALED));
	ck_assert_uint_eq(row->icc_len, 4);
	ck_assert_int_eq(row->pin, 1);
	ck_assert_str_eq(row->terminal, TID);
	ck_assert_int_eq(q.accept.exposure.family, PH_FAMILY_STAND_IN);
	ck_assert_str_eq(q.accept.exposure.currency, "EUR");
	ck_assert_uint_eq(q.accept.exposure.count, 1);
	ck_assert_int_eq(q.accept.exposure.total, 1234);
	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(get.row->state, PH_PAY_APPROVED_OFFLINE);
	ck_assert_int_eq(get.row->amount_approved, 1234);
	ph_journal_pay_get_clear(&get);
	ck_assert_int_eq(step_accept(1, PH_RECORD_SALE_DEFERRED), -EALREADY);
	ck_assert_int_eq(step_accept(99, PH_RECORD_SALE_DEFERRED), -ENOENT);
}
END_TEST

START_TEST(an_advice_says_who_has_approved_it)
{
	fixture_start();
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_VOICE), 0);
	ck_assert_str_eq(q.accept.record.approval_code, "VOICE1");
	ck_assert_int_eq(q.accept.exposure.family, PH_FAMILY_ADVICE);
	q.accept = (struct ph_journal_pay_accept){.refused = false};
	ck_assert_int_eq(step_accept(step_pay("sale", 200), PH_RECORD_OFFLINE_TC), 0);
	ck_assert_str_eq(q.accept.record.arc, "Y1");
	ck_assert_int_eq(q.accept.exposure.total, 300);
}
END_TEST

START_TEST(a_request_that_was_not_sent_is_given_up)
{
	fixture_start();
	int64_t payment = step_pay("sale", 1234);
	ck_assert_int_eq(step_intent(payment), 0);
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_int_eq(q.accept.record.id, 2);
	ck_assert_uint_eq(q.accept.record.stan, 2);
	payment = step_pay("sale", 1);
	ck_assert_int_eq(step_intent(payment), 0);
	ck_assert_int_eq(step_approve(payment, q.intent.record.id), 0);
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), -EALREADY);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM record WHERE id = 1"), PH_RECORD_ABANDONED);
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE id = 1"), 1);
}
END_TEST

START_TEST(what_is_refused_has_no_account_and_the_payment_goes_on)
{
	fixture_start();
	int64_t payment = step_pay("sale", 1234);
	q.accept.refused = true;
	q.accept.refused_limit = "max_sale";
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_int_eq(q.accept.record.state, PH_RECORD_REFUSED);
	ck_assert_str_eq(q.accept.record.note, "max_sale");
	ck_assert_uint_eq(q.accept.record.sealed_len, 0);
	ck_assert_uint_eq(q.accept.record.icc_len, 0);
	ck_assert_uint_eq(q.accept.exposure.count, 0);
	/* it can still be asked online */
	ck_assert_int_eq(step_intent(payment), 0);
	ck_assert_int_eq(step_approve(payment, q.intent.record.id), 0);
	ck_assert_int_eq(step_reverse(payment), 0);
	ck_assert_int_eq(q.reverse.reversal.parent, q.intent.record.id);
}
END_TEST

START_TEST(a_referred_account_moves_to_the_voice_record)
{
	fixture_start();
	int64_t referred = step_pay("sale", 1234), voice = step_pay("sale", 1000);
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = referred,
		.record = 1,
		.record_state = PH_RECORD_REFERRED,
		.response_code = "01",
		.final = true,
		.state = PH_PAY_REFERRED};
	ck_assert_int_eq(step_intent(referred), 0);
	q.accept.account_of = referred;
	ck_assert_int_eq(step_accept(voice, PH_RECORD_VOICE), -ENOENT);
	ck_assert_int_eq(ph_journal_pay_result_submit(f.journal, &result), 0);
	fixture_wait(1);
	ck_assert_int_eq(step_accept(voice, PH_RECORD_VOICE), 0);
	ck_assert_uint_eq(q.accept.record.sealed_len, strlen(SEALED));
	ck_assert_int_eq(q.accept.record.sealed_payment, referred);
	ck_assert_int_eq(q.accept.record.amount, 1000);
	ck_assert_str_eq(q.accept.record.entry, "chip");
	ck_assert_int_eq(q.accept.record.sequence, 1);
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
	ck_assert_uint_eq(q.list.count, 1);
	ck_assert_int_eq(q.list.rows[0].sealed_amount, 1234);
	voice = step_pay("sale", 1000);
	ck_assert_int_eq(step_accept(voice, PH_RECORD_VOICE), -ENOENT);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE id = 1"), 1);
}
END_TEST

static const struct {
	struct ph_accept_limits limits;
	const char *limit;
} over[] = {
	{{.max_count = 2}, "max_count"},
	{{.max_total = 299}, "max_total"},
	{{.card_count = 2, .card_window_s = 3600}, "card_count"},
	{{.card_total = 299, .card_window_s = 3600}, "card_total"},
};

/* Three at once, in one transaction: the third is one too many. */
START_TEST(two_at_once_do_not_both_pass)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {1, 2, 3};
	struct ph_journal_pay_accept accepts[4], *third = &accepts[3];
	struct ph_journal_accept slow = an_accept("slow");

	fixture_start();
	ck_assert_int_eq(step_accept(step_pay("sale", 1), PH_RECORD_VOICE), 0);
	q.accept = (struct ph_journal_pay_accept){.limits = over[_i].limits,
		.fingerprint = fingerprint,
		.request.done = on_done,
		.kind = PH_RECORD_SALE_DEFERRED,
		.terminal = TID,
		.entry = "chip",
		.sequence = -1,
		.pin = -1};
	for (int i = 1; i < 4; i++) {
		accepts[i] = q.accept;
		accepts[i].payment = step_pay("sale", 100);
	}
	fixture_slow_flush("fdatasync:1:gate");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &slow), 0);
	fixture_wait_flush();
	for (int i = 1; i < 4; i++)
		ck_assert_int_eq(ph_journal_pay_accept_submit(f.journal, &accepts[i]), 0);
	faultio_open_gate();
	fixture_wait(4);
	ck_assert_int_eq(f.order[1], 0);
	ck_assert_int_eq(f.order[2], 0);
	ck_assert_int_eq(f.order[3], -EDQUOT);
	ck_assert_str_eq(third->limit, over[_i].limit);
	ck_assert_int_eq(third->record.id, 0);
	ck_assert_uint_eq(third->exposure.count, 2);
	ck_assert_int_eq(third->exposure.total, 200);
	/* another family has limits of its own; another card, too */
	if (_i >= 2) {
		static const uint8_t other[PH_FINGERPRINT] = {9};
		third->fingerprint = other;
	} else {
		third->kind = PH_RECORD_OFFLINE_TC;
		third->arc = "Y1";
	}
	ck_assert_int_eq(ph_journal_pay_accept_submit(f.journal, third), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}
END_TEST

START_TEST(refused_at_the_door)
{
	fixture_start();
	int64_t payment = step_pay("sale", 1);
	ck_assert_int_eq(step_accept(payment, PH_RECORD_REQUEST), -EINVAL);
	ck_assert_int_eq(step_accept(payment, PH_RECORD_REVERSAL), -EINVAL);
	q.accept.limits.card_window_s = PH_VELOCITY_KEEP_S + 1;
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), -EINVAL);
	q.accept.limits.card_window_s = 0;
	q.accept.arc = "Y12";
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), -EINVAL);
	ck_assert_int_eq(step_take(PH_QUEUE_TAKE_MAX + 1), -EINVAL);
	ck_assert_int_eq(step_answer(1, PH_RECORD_PARTIAL, "10"), -EINVAL);
	ck_assert_int_eq(step_answer(1, PH_RECORD_VOIDED, NULL), -EINVAL);
	ck_assert_int_eq(step_answer(1, PH_RECORD_SENDING, NULL), -EINVAL);
}
END_TEST

/* ---- what goes out ---- */

static void took(int n, int64_t record)
{
	ck_assert_msg((uint32_t)n < q.take.count && q.take.rows[n].id == record,
		"%d of %u: %lld, not %lld", n, q.take.count,
		(long long)((uint32_t)n < q.take.count ? q.take.rows[n].id : 0), (long long)record);
	ck_assert_int_eq(q.take.rows[n].state, PH_RECORD_SENDING);
}

START_TEST(the_order_in_which_they_go_out)
{
	fixture_start();
	int64_t sale = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	int64_t refund = step_stand(PH_RECORD_REFUND_DEFERRED, 50);
	int64_t voice = step_stand(PH_RECORD_VOICE, 60);
	int64_t chip = step_stand(PH_RECORD_OFFLINE_TC, 70);
	int64_t preauth = step_pay("preauth", 900);
	ck_assert_int_eq(step_intent(preauth), 0);
	ck_assert_int_eq(step_approve(preauth, q.intent.record.id), 0);
	struct ph_journal_advice advice = {.request.done = on_done,
		.payment = step_pay_in("complete", 800, "EUR", preauth),
		.original = preauth};
	ck_assert_int_eq(ph_journal_advice_submit(f.journal, &advice), 0);
	fixture_wait(1);
	int64_t undone = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_reverse(undone), 0);

	ck_assert_int_eq(step_take(0), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_uint_eq(q.take.waiting, 6);
	ck_assert_int_eq(step_take(4), 0);
	ck_assert_uint_eq(q.take.count, 4);
	took(0, q.reverse.reversal.id);
	took(1, advice.record.id);
	took(2, voice);
	took(3, chip);
	ck_assert_uint_eq(q.take.rows[0].attempts, 1);
	ck_assert_uint_eq(
		q.take.next_us, q.take.limits.now_us ? q.take.limits.now_us : q.take.next_us);
	ck_assert_int_eq(step_take(4), 0);
	ck_assert_uint_eq(q.take.count, 2);
	took(0, sale);
	took(1, refund);
	/* all are with the host: nothing is due by itself */
	ck_assert_uint_eq(q.take.next_us, 0);
	ck_assert_uint_eq(q.take.waiting, 6);
	ck_assert(!q.take.again);
	ck_assert_int_eq(step_take(4), 0);
	ck_assert_uint_eq(q.take.count, 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM attempt WHERE n = 1 AND "
					 "outcome = 4 AND ended_us = 0 AND repeat = 0"),
		6);
}
END_TEST

START_TEST(a_successor_waits_for_the_reversal_and_nobody_else_does)
{
	fixture_start();
	/* its request may have been sent */
	int64_t payment = step_pay("sale", 100);
	ck_assert_int_eq(step_intent(payment), 0);
	ck_assert_int_eq(step_reverse(payment), 0);
	int64_t reversal = q.reverse.reversal.id;
	ck_assert_int_eq(step_accept(payment, PH_RECORD_SALE_DEFERRED), 0);
	int64_t sale = q.accept.record.id, other = step_stand(PH_RECORD_SALE_DEFERRED, 5);

	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 2);
	took(0, reversal);
	took(1, other);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_UNSURE), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, reversal);
	ck_assert(q.take.rows[0].repeat);
	/* refused: it waits until somebody has seen to it */
	ck_assert_int_eq(step_move(reversal, PH_RECORD_REJECTED), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_uint_eq(q.take.next_us, 0);
	struct ph_journal_pay_resolve resolve = {.request.done = on_done,
		.payment = payment,
		.of_reversal = true,
		.resolution = "{}"};
	if (_i == 0) {
		ck_assert_int_eq(ph_journal_pay_resolve_submit(f.journal, &resolve), 0);
		fixture_wait(1);
		ck_assert_int_eq(f.order[0], 0);
	} else {
		ck_assert_int_eq(step_move(reversal, PH_RECORD_QUEUED), 0);
		ck_assert_int_eq(step_take(8), 0);
		took(0, reversal);
		ck_assert_int_eq(step_move(reversal, PH_RECORD_APPROVED), 0);
	}
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, sale);
	ck_assert_uint_eq(q.take.rows[0].sealed_len, strlen(SEALED));
}
END_TEST

/* What somebody has said of one reversal does not count for the next one. */
START_TEST(a_second_reversal_that_is_refused_waits_for_somebody_again)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};
	struct ph_journal_pay_resolve resolve = {
		.request.done = on_done, .payment = 1, .of_reversal = true, .resolution = "{}"};

	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(step_take(8), 0);
		took(0, record);
		ck_assert_int_eq(step_supersede(record), 0);
		record = q.supersede.successor.id;
		ck_assert_int_eq(step_take(8), 0);
		took(0, q.supersede.reversal.id);
		ck_assert_int_eq(step_move(q.supersede.reversal.id, PH_RECORD_REJECTED), 0);
		ck_assert_int_eq(step_take(8), 0);
		ck_assert_uint_eq(q.take.count, 0);
		ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
		ck_assert_uint_eq(q.list.count, 1);
		ck_assert_int_eq(q.list.rows[0].id, q.supersede.reversal.id);
		ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
		fixture_wait(1);
		ck_assert_int_eq(get.row->reversal, PH_RECORD_REJECTED);
		ck_assert_ptr_null(get.row->resolution);
		ph_journal_pay_get_clear(&get);
		ck_assert_int_eq(ph_journal_pay_resolve_submit(f.journal, &resolve), 0);
		fixture_wait(1);
		ck_assert_int_eq(f.order[0], 0);
		ck_assert_int_eq(ph_journal_pay_resolve_submit(f.journal, &resolve), 0);
		fixture_wait(1);
		ck_assert_int_eq(f.order[0], -EALREADY);
		ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
		ck_assert_uint_eq(q.list.count, 0);
	}
	ck_assert_int_eq(step_take(8), 0);
	took(0, record);
	ck_assert_uint_gt(q.take.rows[0].sealed_len, 0);
}
END_TEST

START_TEST(what_waits_is_due_at_its_time)
{
	fixture_start();
	uint64_t now = ph_clock_wall_us();
	int64_t first = step_stand(PH_RECORD_OFFLINE_TC, 1), second;
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.next_us = now + 60000000;
	ck_assert_int_eq(step_answer(first, PH_RECORD_UNSURE, NULL), 0);
	second = step_stand(PH_RECORD_SALE_DEFERRED, 1);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, second);
	ck_assert_uint_eq(q.take.next_us, now + 60000000);
	q.forwarded.next_us = now + 90000000;
	ck_assert_int_eq(step_answer(second, PH_RECORD_RETRY_WAIT, "91"), 0);
	q.take.limits.now_us = now + 60000000;
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, first);
	ck_assert(q.take.rows[0].repeat);
	ck_assert_uint_eq(q.take.next_us, now + 90000000);
	/* somebody wants it now */
	q.take.limits.now = true;
	ck_assert_int_eq(step_take(8), 0);
	took(0, second);
	ck_assert(!q.take.rows[0].repeat);
	ck_assert_uint_eq(q.take.rows[0].attempts, 2);
	/* once: what is refused again waits again */
	q.forwarded.next_us = now + 120000000;
	ck_assert_int_eq(step_answer(second, PH_RECORD_RETRY_WAIT, "91"), 0);
	q.take.limits.now = false;
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	q.take.limits.now = true;
	ck_assert_int_eq(step_take(0), 0);
	q.take.limits.now = false;
	ck_assert_int_eq(step_take(8), 0);
	took(0, second);
}
END_TEST

START_TEST(what_is_held_waits_for_its_time)
{
	uint64_t now = ph_clock_wall_us();
	int64_t held[10];

	fixture_start();
	for (int i = 0; i < 10; i++) {
		q.accept = (struct ph_journal_pay_accept){.release_us = now + 60000000};
		ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
		held[i] = q.accept.record.id;
	}
	ck_assert_int_eq(q.accept.record.state, PH_RECORD_HELD);
	ck_assert_str_eq(q.accept.record.hold_reason, "window");
	q.take.limits = (struct ph_take_limits){.now_us = now, .now = true};
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_uint_eq(q.take.next_us, now + 60000000);
	q.take.limits.now_us = now + 60000000;
	ck_assert_int_eq(step_take(2), 0);
	took(0, held[0]);
	took(1, held[1]);
	ck_assert_str_eq(q.take.rows[0].hold_reason, "");
	ck_assert(q.take.again);
	q.take.limits.now_us = now + 60000000;
	ck_assert_int_eq(step_take(0), 0);
	ck_assert(!q.take.again);
	ck_assert_uint_eq(q.take.next_us, now + 60000000);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state = 3"), 8);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state = 2"), 0);
}
END_TEST

/* Held by a clock that was ahead by years: nobody waits for those. */
START_TEST(a_window_is_not_longer_for_a_clock_that_is_set_back)
{
	uint64_t now = ph_clock_wall_us(), most = 3600000000, ends[] = {now + most, now + most + 1};

	fixture_start();
	for (int i = 0; i < 2; i++) {
		q.accept = (struct ph_journal_pay_accept){.release_us = ends[i]};
		ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	}
	int64_t held = q.accept.record.id;
	/* by a person: without an end */
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_act(q.accept.payment, PH_QUEUE_HOLD), 0);
	q.take.limits = (struct ph_take_limits){.now_us = now};
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	q.take.limits = (struct ph_take_limits){.now_us = now, .hold_max_us = most};
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, held);
	step_check();
}
END_TEST

START_TEST(only_reversals)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	int64_t undone = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_reverse(undone), 0);
	q.take.limits.reversals_only = true;
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, q.reverse.reversal.id);
	ck_assert_uint_eq(q.take.next_us, 0);
	ck_assert_uint_eq(q.take.waiting, 2);
}
END_TEST

START_TEST(what_is_too_old_expires_a_few_at_a_time)
{
	int64_t sent;

	fixture_start();
	sent = step_stand(PH_RECORD_OFFLINE_TC, 5);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(sent, PH_RECORD_UNSURE, NULL), 0);
	for (int i = 0; i < 19; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 10);
	uint64_t last = q.accept.record.accepted_us;
	q.take.limits = (struct ph_take_limits){.now_us = last + 10, .expire_before_us = last + 10};
	for (int round = 0; round < 3; round++) {
		q.take.limits.now_us = last + 10;
		q.take.limits.expire_before_us = last + 10;
		ck_assert_int_eq(step_take(0), 0);
		ck_assert_uint_eq(q.take.expired_count, round < 2 ? 8 : 3);
		ck_assert_int_eq(q.take.again, round < 2);
		ck_assert_int_eq(q.take.expired[0].id, 2 + 8 * round);
		ck_assert_int_eq(q.take.expired[0].state, PH_RECORD_EXPIRED);
		ck_assert_int_eq(q.take.expired[0].work, 1);
		ck_assert_uint_gt(q.take.expired[0].sealed_len, 0);
	}
	/* what the host may have goes on until it has answered */
	ck_assert_uint_eq(q.take.waiting, 1);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE work = 1"), 19);
	ck_assert_int_eq(fixture_sql_int("SELECT total FROM exposure WHERE family = 1"), 0);
}
END_TEST

START_TEST(when_the_next_one_expires)
{
	fixture_start();
	uint64_t now = ph_clock_wall_us(), age = 3600000000;
	q.accept.release_us = now + 2 * age;
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	uint64_t accepted = q.accept.record.accepted_us;
	q.take.limits = (struct ph_take_limits){.now_us = now, .expire_before_us = now - age};
	ck_assert_int_eq(step_take(0), 0);
	ck_assert_uint_eq(q.take.next_us, accepted + age + 1);
	q.take.limits = (struct ph_take_limits){
		.now_us = accepted + age + 1, .expire_before_us = accepted + 1};
	ck_assert_int_eq(step_take(0), 0);
	ck_assert_uint_eq(q.take.expired_count, 1);
	ck_assert_str_eq(q.take.expired[0].hold_reason, "");
}
END_TEST

/* ---- what became of it ---- */

static const struct {
	enum ph_record_state state;
	const char *code;
	bool present_again;
	int work;
	bool account;
	unsigned count;
} answers[] = {
	{PH_RECORD_APPROVED, "00", false, 0, true, 0},
	{PH_RECORD_DECLINED, "05", false, 1, false, 0},
	{PH_RECORD_DECLINED, "51", true, 1, true, 0},
	{PH_RECORD_REFERRED, "01", false, 1, true, 0},
	{PH_RECORD_REJECTED, "30", false, 1, true, 0},
	{PH_RECORD_RETRY_WAIT, "91", false, 0, true, 1},
	{PH_RECORD_RETRY_WAIT, NULL, false, 0, true, 1},
	{PH_RECORD_UNSURE, NULL, false, 0, true, 1},
	{PH_RECORD_HELD, "94", false, 1, true, 1},
};

START_TEST(answers_of_the_host)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_OFFLINE_TC, 500);
	ck_assert_int_eq(step_answer(record, answers[_i].state, answers[_i].code), -EPERM);
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.present_again = answers[_i].present_again;
	q.forwarded.note = "a note";
	ck_assert_int_eq(step_answer(record, answers[_i].state, answers[_i].code), 0);
	const struct ph_record_row *row = &q.forwarded.row;
	ck_assert_int_eq(row->state, answers[_i].state);
	ck_assert_str_eq(row->response_code, answers[_i].code ? answers[_i].code : "");
	ck_assert_str_eq(row->note, "a note");
	ck_assert_int_eq(row->work, answers[_i].work);
	ck_assert_int_eq(row->sealed_len > 0, answers[_i].account);
	ck_assert_uint_eq(q.forwarded.exposure.count, answers[_i].count);
	ck_assert_int_eq(q.forwarded.exposure.total, answers[_i].count * 500);
	/* told twice is told once; another answer is too late */
	bool final = ph_record_is_final(row->state);
	ck_assert_int_eq(
		step_answer(record, answers[_i].state, answers[_i].code), final ? 0 : -EPERM);
	ck_assert_int_eq(
		step_answer(record,
			row->state == PH_RECORD_DECLINED ? PH_RECORD_APPROVED : PH_RECORD_DECLINED,
			"05"),
		final ? -EALREADY : -EPERM);
	fixture_stop();
	char sql[128];
	snprintf(sql, sizeof sql,
		"SELECT count(*) FROM attempt WHERE outcome = %d AND ended_us > 0",
		(int)answers[_i].state);
	ck_assert_int_eq(fixture_sql_int(sql), 1);
	/* "not now" is none */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM meta WHERE name = 'host_us'"),
		(answers[_i].code && answers[_i].state != PH_RECORD_RETRY_WAIT));
}
END_TEST

START_TEST(a_part_is_approved)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 500);
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.amount_host = 501;
	ck_assert_int_eq(step_answer(record, PH_RECORD_PARTIAL, "10"), -EPERM);
	q.forwarded.amount_host = 200;
	ck_assert_int_eq(step_answer(record, PH_RECORD_PARTIAL, "10"), 0);
	ck_assert_int_eq(q.forwarded.row.amount_host, 200);
	ck_assert_int_eq(q.forwarded.row.amount, 500);
	ck_assert_int_eq(q.forwarded.row.work, 1);
	ck_assert_uint_eq(q.forwarded.exposure.count, 0);
}
END_TEST

START_TEST(without_an_answer_a_deferred_request_is_undone_and_comes_again)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 500);
	uint64_t accepted = q.accept.record.accepted_us;
	ck_assert_int_eq(step_supersede(record), -EPERM);
	ck_assert_int_eq(step_take(1), 0);
	/* that is not for requests: nobody repeats them */
	ck_assert_int_eq(step_answer(record, PH_RECORD_UNSURE, NULL), -EPERM);
	ck_assert_int_eq(step_supersede(record), 0);
	const struct ph_record_row reversal = q.supersede.reversal, *undo = &reversal;
	const struct ph_record_row successor = q.supersede.successor, *next = &successor;
	ck_assert_int_eq(undo->kind, PH_RECORD_REVERSAL);
	ck_assert_int_eq(undo->state, PH_RECORD_QUEUED);
	ck_assert_int_eq(undo->parent, record);
	ck_assert_str_eq(undo->reason, "timeout");
	ck_assert_uint_eq(undo->original_stan, 1);
	ck_assert_uint_eq(undo->sealed_len, strlen(SEALED));
	ck_assert_int_eq(next->supersedes, record);
	ck_assert_int_eq(next->state, PH_RECORD_STORED);
	ck_assert_int_eq(next->parent, 0);
	ck_assert_uint_eq(next->stan, 3);
	ck_assert_uint_eq(next->accepted_us, accepted);
	ck_assert_uint_eq(next->sealed_len, strlen(SEALED));
	ck_assert_int_eq(next->attempts, 0);
	ck_assert_int_eq(step_supersede(record), -EALREADY);
	ck_assert_int_eq(step_supersede(undo->id), -ENOENT);
	/* the reversal, then the successor, and so on */
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, undo->id);
	ck_assert_int_eq(step_move(undo->id, PH_RECORD_APPROVED), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, next->id);
	ck_assert_int_eq(step_supersede(next->id), 0);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT state FROM record WHERE id = 1"), PH_RECORD_REVERSED);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE kind = 1"), 2);
	ck_assert_int_eq(fixture_sql_int("SELECT count * 1000 + total FROM exposure"), 1500);
	/* what was undone and what was superseded have no account any more */
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 2);
}
END_TEST

/* One more is asked by itself, and what becomes of it. */
static struct ph_record_row succeed(int64_t record, bool not_now, uint32_t before)
{
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	took(0, record);
	ck_assert_uint_eq(q.take.rows[0].before, before);
	ck_assert_int_eq(not_now ? step_not_now(record) : step_supersede(record), 0);
	const struct ph_record_row successor = q.supersede.successor;
	if (!not_now) {
		ck_assert_int_eq(step_take(8), 0);
		took(0, q.supersede.reversal.id);
		ck_assert_int_eq(step_move(q.supersede.reversal.id, PH_RECORD_APPROVED), 0);
	}
	return successor;
}

START_TEST(not_now_has_a_successor_and_nothing_is_reversed)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 500);
	const struct ph_record_row next = succeed(record, true, 0);

	ck_assert_int_eq(q.supersede.reversal.id, 0);
	ck_assert_int_eq(next.state, PH_RECORD_STORED);
	ck_assert_int_eq(next.supersedes, record);
	ck_assert_uint_eq(next.stan, 2);
	ck_assert_str_eq(next.response_code, "");
	ck_assert_uint_eq(next.sealed_len, strlen(SEALED));
	ck_assert_int_eq(step_not_now(record), -EALREADY);
	/* what may have arrived before is not settled by it */
	succeed(next.id, true, 1);
	int64_t lost = step_stand(PH_RECORD_SALE_DEFERRED, 1);
	ck_assert_int_eq(step_take(8), 0);
	struct ph_journal_forwarded unsure = {.request.done = on_done,
		.record = lost,
		.state = PH_RECORD_RETRY_WAIT,
		.repeat = true};
	ck_assert_int_eq(ph_journal_forwarded_submit(f.journal, &unsure), 0);
	fixture_wait(1);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_int_eq(step_not_now(lost), -EPERM);
	step_check();
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE kind = 1"), 0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state = 12 AND "
					 "response_code = '91' AND note = 'not now' AND "
					 "sealed IS NULL"),
		2);
	/* it has decided nothing: sales go on without it no longer for that */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM meta WHERE name = 'host_us'"), 0);
}
END_TEST

/* With a part and no amount it has said that it has it: a reversal it does not know is not the end of that. */
START_TEST(what_is_undone_keeps_the_code_of_the_host)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 500);
	ck_assert_int_eq(step_take(8), 0);
	struct ph_journal_supersede part = {.request.done = on_done,
		.record = record,
		.response_code = "10",
		.approval_code = "A1B2C3"};
	ck_assert_int_eq(ph_journal_supersede_submit(f.journal, &part), 0);
	fixture_wait(1);
	ck_assert_str_eq(part.reversal.original_approval, "A1B2C3");
	ck_assert_str_eq(part.reversal.approval_code, "");
	ck_assert_str_eq(part.successor.approval_code, "");
	part.approval_code = "A1B2C3D";
	ck_assert_int_eq(ph_journal_supersede_submit(f.journal, &part), -EINVAL);
}
END_TEST

START_TEST(so_often_it_is_asked_by_itself)
{
	uint32_t most = _i ? PH_SUCCESSORS_MAX : PH_UNDONE_MAX, extra = 3;
	struct ph_record_row row = {0};

	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 500), payment = q.accept.payment;
	/* "not now" a few times does not count where nothing is undone */
	for (uint32_t i = 0; !_i && i < extra; i++)
		record = succeed(record, true, i).id;
	for (uint32_t i = 0; i < most; i++) {
		row = succeed(record, _i, i + (_i ? 0 : extra));
		record = row.id;
		ck_assert_int_eq(row.state, i + 1 < most ? PH_RECORD_STORED : PH_RECORD_HELD);
	}
	ck_assert_str_eq(row.hold_reason, _i ? PH_HELD_NOT_NOW : PH_HELD_UNANSWERED);
	ck_assert_int_eq(row.work, 1);
	ck_assert_uint_eq(row.next_us, 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	ck_assert_uint_eq(q.list.count, 1);
	/* somebody lets it go once more, and once more it is held */
	ck_assert_int_eq(step_act(payment, PH_QUEUE_RELEASE), 0);
	row = succeed(record, _i, most + (_i ? 0 : extra));
	ck_assert_int_eq(row.state, PH_RECORD_HELD);
	/* it can be void like one that was never sent: what was is undone */
	ck_assert_int_eq(step_void(payment), 0);
	ck_assert(q.voided.unsent);
	step_check();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue in the journal");
	TCase *tests = tcase_create("queue");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_is_accepted_is_stored_with_numbers_and_ends_the_payment);
	tcase_add_test(tests, an_advice_says_who_has_approved_it);
	tcase_add_test(tests, a_request_that_was_not_sent_is_given_up);
	tcase_add_test(tests, what_is_refused_has_no_account_and_the_payment_goes_on);
	tcase_add_test(tests, a_referred_account_moves_to_the_voice_record);
	tcase_add_loop_test(tests, two_at_once_do_not_both_pass, 0, sizeof(over) / sizeof(over[0]));
	tcase_add_test(tests, refused_at_the_door);
	tcase_add_test(tests, the_order_in_which_they_go_out);
	tcase_add_loop_test(tests, a_successor_waits_for_the_reversal_and_nobody_else_does, 0, 2);
	tcase_add_test(tests, a_second_reversal_that_is_refused_waits_for_somebody_again);
	tcase_add_test(tests, what_waits_is_due_at_its_time);
	tcase_add_test(tests, what_is_held_waits_for_its_time);
	tcase_add_test(tests, a_window_is_not_longer_for_a_clock_that_is_set_back);
	tcase_add_test(tests, only_reversals);
	tcase_add_test(tests, what_is_too_old_expires_a_few_at_a_time);
	tcase_add_test(tests, when_the_next_one_expires);
	tcase_add_loop_test(tests, answers_of_the_host, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tests, a_part_is_approved);
	tcase_add_test(tests, without_an_answer_a_deferred_request_is_undone_and_comes_again);
	tcase_add_test(tests, not_now_has_a_successor_and_nothing_is_reversed);
	tcase_add_test(tests, what_is_undone_keeps_the_code_of_the_host);
	tcase_add_loop_test(tests, so_often_it_is_asked_by_itself, 0, 2);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
