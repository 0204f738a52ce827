// What people do with the queue, what is read of it, and that its sums agree whatever is done in whatever order.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

/* ---- states ---- */

#define STATES PH_RECORD_STATE_COUNT_

/* A completion for each pair of states, standing in the first; its id says which. */
static void fill_pairs(void)
{
	struct {
		char sql[1024];
	} triggers[2];
	const char *const names[] = {"record_begin", "record_state"};
	char sql[1024];
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		sqlite3_stmt *s;
		snprintf(sql, sizeof sql, "SELECT sql FROM sqlite_schema WHERE name = '%s'",
			names[i]);
		ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
		ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
		snprintf(triggers[i].sql, sizeof triggers[i].sql, "%s",
			(const char *)sqlite3_column_text(s, 0));
		sqlite3_finalize(s);
		snprintf(sql, sizeof sql, "DROP TRIGGER %s", names[i]);
		ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	}
	for (int n = 0; n < STATES * STATES; n++) {
		snprintf(sql, sizeof sql,
			"INSERT INTO record (id, payment, parent, kind, state, terminal, stan, "
			"rrn, transmission, local_time, local_date, entry, sequence, reason, "
			"created_us, "
			"changed_us) SELECT %d, payment, 0, 2, %d, terminal, %d, rrn, "
			"transmission, "
			"local_time, local_date, entry, sequence, reason, created_us, changed_us "
			"FROM record WHERE id = 1",
			1000 + n, n / STATES, 1000 + n);
		ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(sqlite3_exec(db, triggers[i].sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static bool may(int n)
{
	return ph_record_may_become(
		(enum ph_record_state)(n / STATES), (enum ph_record_state)(n % STATES));
}

START_TEST(the_database_lets_no_other_state_in)
{
	char sql[128];
	sqlite3 *db;
	int allowed = 0;

	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	fill_pairs();
	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (int n = 0; n < STATES * STATES; n++) {
		snprintf(sql, sizeof sql, "UPDATE record SET state = %d WHERE id = %d", n % STATES,
			1000 + n);
		int r = sqlite3_exec(db, sql, NULL, NULL, NULL);
		ck_assert_int_eq(r, may(n) ? SQLITE_OK : SQLITE_CONSTRAINT);
		allowed += r == SQLITE_OK;
	}
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	/* the table and those that stay as they are */
	ck_assert_int_eq(allowed,
		fixture_sql_int("SELECT count(*) FROM transition WHERE from_state >= 0") + STATES);
	ck_assert_int_eq(fixture_sql_int("SELECT group_concat(to_state, '') FROM transition WHERE "
					 "from_state = 0"),
		789101112);
}
END_TEST

START_TEST(the_code_refuses_what_the_database_does)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	fill_pairs();
	fixture_start();
	for (int n = 0; n < STATES * STATES; n++) {
		enum ph_record_state from = (enum ph_record_state)(n / STATES);
		enum ph_record_state to = (enum ph_record_state)(n % STATES);
		int expected = may(n) ? 0 : ph_record_is_final(from) ? -EALREADY : -EPERM;

		/* only a reversal comes back from there */
		if (from == PH_RECORD_REJECTED && to == PH_RECORD_QUEUED)
			expected = -EALREADY;
		int r = step_move(1000 + n, to);
		ck_assert_msg(r == expected, "%s to %s: %d", ph_record_state_name(from),
			ph_record_state_name(to), r);
	}
}
END_TEST

START_TEST(what_names_a_message_stays)
{
	static const char *const changes[] = {"stan = 7", "transmission = '0000000000'", "kind = 5",
		"payment = 2", "rrn = '000000000000'", "local_time = '000000'", "supersedes = 1",
		"accepted_us = 1"};
	char sql[128];
	sqlite3 *db;

	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		snprintf(sql, sizeof sql, "UPDATE record SET %s WHERE id = 1", changes[i]);
		ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_CONSTRAINT);
	}
	/* nor does one begin as approved */
	ck_assert_int_eq(
		sqlite3_exec(db,
			"INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn, "
			"transmission, local_time, local_date, entry, sequence, reason, "
			"created_us, "
			"changed_us) SELECT payment, parent, kind, 7, terminal, 99, rrn, "
			"transmission, "
			"local_time, local_date, entry, sequence, reason, created_us, changed_us "
			"FROM "
			"record WHERE id = 1",
			NULL, NULL, NULL),
		SQLITE_CONSTRAINT);
	sqlite3_close(db);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(ph_record_kind_name(PH_RECORD_OFFLINE_TC), "emv_offline_tc");
	ck_assert_str_eq(ph_record_state_name(PH_RECORD_RETRY_WAIT), "retry_wait");
	ck_assert_str_eq(ph_record_state_name(PH_RECORD_REFUSED), "refused");
	ck_assert_str_eq(ph_family_name(PH_FAMILY_STAND_IN), "stand_in");
	ck_assert_str_eq(ph_record_state_name(PH_RECORD_STATE_COUNT_), "unknown");
	ck_assert_str_eq(ph_record_kind_name(PH_RECORD_KIND_COUNT_), "unknown");
	ck_assert_int_eq(ph_record_family(PH_RECORD_COMPLETION), PH_FAMILY_NONE);
	ck_assert(!ph_record_may_become(PH_RECORD_STATE_COUNT_, PH_RECORD_INTENT));
}
END_TEST

/* ---- a person ---- */

START_TEST(held_and_released_with_a_tip)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 1000);
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), -EPERM);
	q.act.reason = PH_HELD_EXPORTED;
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), -EINVAL);
	q.act.reason = NULL;
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), 0);
	ck_assert_int_eq(q.act.row.state, PH_RECORD_HELD);
	ck_assert_str_eq(q.act.row.hold_reason, "somebody asked");
	q.take.limits.now = true;
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	q.act.amount = 1150;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), 0);
	ck_assert_int_eq(q.act.row.state, PH_RECORD_QUEUED);
	ck_assert_int_eq(q.act.row.amount, 1150);
	ck_assert_int_eq(q.act.row.sealed_payment, 1);
	ck_assert_int_eq(q.act.row.sealed_amount, 1000);
	ck_assert_str_eq(q.act.row.hold_reason, "");
	ck_assert_int_eq(q.act.exposure.total, 1150);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_int_eq(q.take.rows[0].amount, 1150);
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), -EBUSY);
	/* its successor and their reversals are about the same money */
	ck_assert_int_eq(step_supersede(record), 0);
	ck_assert_int_eq(q.supersede.reversal.amount, 1150);
	ck_assert_int_eq(q.supersede.reversal.sealed_amount, 1000);
	ck_assert_int_eq(q.supersede.successor.amount, 1150);
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), 0);
	q.act.amount = 5;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), -EPERM);
	ck_assert_uint_eq(step_check(), 1);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT amount_approved FROM payment"), 1150);
}
END_TEST

START_TEST(a_tip_does_not_pass_the_ceiling)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1000);
	step_stand(PH_RECORD_SALE_DEFERRED, 500);
	step_stand(PH_RECORD_VOICE, 5000); /* of the other family */
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), 0);
	q.act.limits.max_total = 1600;
	q.act.amount = 1101;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), -EDQUOT);
	ck_assert_str_eq(q.act.limit, "max_total");
	ck_assert_int_eq(q.act.row.state, PH_RECORD_HELD);
	ck_assert_int_eq(q.act.row.amount, 1000);
	ck_assert_int_eq(q.act.exposure.total, 1500);
	q.act.amount = 1100;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), 0);
	ck_assert_int_eq(q.act.exposure.total, 1600);
	/* what stands already leaves also above a ceiling that was lowered, and for less */
	ck_assert_int_eq(step_act(2, PH_QUEUE_HOLD), 0);
	q.act.limits.max_total = 100;
	q.act.amount = 400;
	ck_assert_int_eq(step_act(2, PH_QUEUE_RELEASE), 0);
	ck_assert_int_eq(q.act.exposure.total, 1500);
	q.act.limits.max_total = 0;
	q.act.amount = 0;
	ck_assert_uint_eq(step_check(), 3);
	fixture_stop();
}
END_TEST

/* A tip counts as used by its card, and two sales of one card have a sum of their own. */
START_TEST(a_tip_does_not_pass_the_ceiling_of_its_card)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {3}, other[PH_FINGERPRINT] = {4};

	fixture_start();
	q.accept = (struct ph_journal_pay_accept){.fingerprint = fingerprint};
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(step_accept(step_pay("sale", 1000), PH_RECORD_SALE_DEFERRED), 0);
	q.accept = (struct ph_journal_pay_accept){.fingerprint = other};
	ck_assert_int_eq(step_accept(step_pay("sale", 1000), PH_RECORD_SALE_DEFERRED), 0);
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(step_act(i, PH_QUEUE_HOLD), 0);
	q.act.limits = (struct ph_accept_limits){
		.card_count = 1, .card_total = 2100, .card_window_s = 3600};
	q.act.amount = 1101;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), -EDQUOT);
	ck_assert_str_eq(q.act.limit, "card_total");
	q.act.amount = 1100;
	ck_assert_int_eq(step_act(1, PH_QUEUE_RELEASE), 0);
	q.act.amount = 1001;
	ck_assert_int_eq(step_act(2, PH_QUEUE_RELEASE), -EDQUOT);
	/* the only sale of a card has limits of its own */
	q.act.amount = 2200;
	ck_assert_int_eq(step_act(3, PH_QUEUE_RELEASE), 0);
	q.act.limits = (struct ph_accept_limits){0};
	q.act.amount = 0;
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT amount FROM velocity WHERE payment = 1"), 1100);
}
END_TEST

/* A sale the host has declined, one that stands, and what was sold since with the card of the first. */
static void decline_first(void)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {3};

	q.accept = (struct ph_journal_pay_accept){.fingerprint = fingerprint};
	ck_assert_int_eq(step_accept(step_pay("sale", 1000), PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_int_eq(step_take(8), 0);
	q.forwarded.present_again = true;
	ck_assert_int_eq(step_answer(1, PH_RECORD_DECLINED, "51"), 0);
	step_stand(PH_RECORD_SALE_DEFERRED, 600);
	q.act.max_again = 3;
}

static const struct {
	struct ph_accept_limits no, yes;
	const char *limit;
} againsts[] = {
	{{.max_total = 1599}, {.max_total = 1600}, "max_total"},
	{{.max_count = 1}, {.max_count = 2}, "max_count"},
};

START_TEST(what_comes_again_does_not_pass_the_ceiling)
{
	fixture_start();
	decline_first();
	q.act.limits = againsts[_i].no;
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), -EDQUOT);
	ck_assert_str_eq(q.act.limit, againsts[_i].limit);
	ck_assert_int_eq(q.act.row.state, PH_RECORD_DECLINED);
	ck_assert_int_eq(q.act.row.work, 1);
	ck_assert_uint_eq(step_check(), 1);
	q.act.limits = againsts[_i].yes;
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), 0);
	ck_assert_ptr_null(q.act.limit);
	ck_assert_uint_eq(step_check(), 2);
	q.act.limits = (struct ph_accept_limits){0};
}
END_TEST

START_TEST(what_comes_again_does_not_pass_the_ceiling_of_its_card)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {3};
	const struct ph_accept_limits card = {.card_count = 1, .card_window_s = 3600};

	fixture_start();
	decline_first();
	/* its own sale does not count twice */
	q.act.limits = card;
	q.accept = (struct ph_journal_pay_accept){.fingerprint = fingerprint};
	ck_assert_int_eq(step_accept(step_pay("sale", 500), PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), -EDQUOT);
	ck_assert_str_eq(q.act.limit, "card_count");
	q.act.limits = (struct ph_accept_limits){.card_total = 1499, .card_window_s = 3600};
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), -EDQUOT);
	ck_assert_str_eq(q.act.limit, "card_total");
	/* the other one never was */
	ck_assert_int_eq(step_void(3), 0);
	q.act.limits = card;
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), 0);
	/* from now on the card has used it, until it is void */
	uint64_t accepted_us = q.act.row.accepted_us;
	ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), 0);
	ck_assert_int_eq(step_void(1), 0);
	q.act.limits = (struct ph_accept_limits){0};
	fixture_stop();
	ck_assert_uint_gt(accepted_us, 0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 0);
}
END_TEST

START_TEST(now_means_now)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_VOICE, 10);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_act(1, PH_QUEUE_NOW), -EBUSY);
	q.forwarded.next_us = ph_clock_wall_us() + 3600000000u;
	ck_assert_int_eq(step_answer(record, PH_RECORD_UNSURE, NULL), 0);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_int_eq(step_act(1, PH_QUEUE_NOW), 0);
	ck_assert_int_eq(q.act.row.state, PH_RECORD_UNSURE);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_act(1, PH_QUEUE_NOW), -EPERM);
	ck_assert_int_eq(q.act.row.state, PH_RECORD_APPROVED);
	ck_assert_int_eq(step_act(77, PH_QUEUE_NOW), -ENOENT);
}
END_TEST

START_TEST(tried_again_so_often_and_seen_to)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 10);
	uint64_t accepted = q.accept.record.accepted_us;
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), -EPERM);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(step_take(8), 0);
		q.forwarded.present_again = true;
		ck_assert_int_eq(step_answer(record, PH_RECORD_DECLINED, "51"), 0);
		ck_assert_int_eq(q.forwarded.row.work, 1);
		q.act.max_again = 2;
		ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), i < 2 ? 0 : -EDQUOT);
		if (i == 2)
			break;
		ck_assert_int_eq(q.act.row.supersedes, record);
		ck_assert_int_eq(q.act.row.state, PH_RECORD_STORED);
		ck_assert_uint_gt(q.act.row.sealed_len, 0);
		ck_assert_uint_eq(q.act.exposure.count, 1);
		ck_assert_uint_gt(q.act.row.accepted_us, accepted);
		record = q.act.row.id;
		ck_assert_uint_eq(step_check(), 1);
	}
	ck_assert_int_eq(step_act(1, PH_QUEUE_SEEN), 0);
	ck_assert_int_eq(q.act.row.work, 2);
	ck_assert_uint_eq(q.act.row.sealed_len, 0);
	ck_assert_int_eq(step_act(1, PH_QUEUE_SEEN), -EPERM);
	ck_assert_int_eq(step_act(1, PH_QUEUE_AGAIN), -EPERM);
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_uint_eq(q.totals.work, 0);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 0);
}
END_TEST

/* ---- void ---- */

START_TEST(void_before_it_was_sent)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {3};
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};

	fixture_start();
	q.accept = (struct ph_journal_pay_accept){.fingerprint = fingerprint};
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	if (_i > 0) {
		/* tried, and nothing has left */
		ck_assert_int_eq(step_take(8), 0);
		ck_assert_int_eq(step_void(1), -EBUSY);
		ck_assert_int_eq(step_answer(1, PH_RECORD_RETRY_WAIT, NULL), 0);
	}
	if (_i > 1)
		ck_assert_int_eq(step_act(1, PH_QUEUE_HOLD), 0);
	ck_assert_int_eq(step_void(1), 0);
	ck_assert(q.voided.unsent);
	ck_assert_int_eq(q.voided.row.state, PH_RECORD_VOIDED);
	ck_assert_uint_eq(q.voided.row.sealed_len, 0);
	ck_assert_int_eq(q.voided.reversal.id, 0);
	ck_assert_uint_eq(q.voided.exposure.count, 0);
	ck_assert_int_eq(step_void(1), -EEXIST);
	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert(get.row->voided);
	ck_assert_int_eq(get.row->reversal, -1);
	ph_journal_pay_get_clear(&get);
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_uint_eq(q.totals.totals[0].voided.count, 1);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), 1);
}
END_TEST

static const struct {
	enum ph_record_kind kind;
	enum ph_record_state state;
	const char *code, *why;
} sent[] = {
	{PH_RECORD_SALE_DEFERRED, PH_RECORD_APPROVED, "00", "cancelled"},
	{PH_RECORD_OFFLINE_TC, PH_RECORD_PARTIAL, "10", "cancelled"},
	{PH_RECORD_OFFLINE_TC, PH_RECORD_UNSURE, NULL, "timeout"},
	{PH_RECORD_SALE_DEFERRED, PH_RECORD_RETRY_WAIT, "91", "timeout"},
	{PH_RECORD_VOICE, PH_RECORD_HELD, "94", "timeout"},
};

START_TEST(void_of_what_may_have_been_sent)
{
	fixture_start();
	int64_t record = step_stand(sent[_i].kind, 100);
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.amount_host = sent[_i].state == PH_RECORD_PARTIAL ? 60 : 0;
	ck_assert_int_eq(step_answer(record, sent[_i].state, sent[_i].code), 0);
	ck_assert_int_eq(step_void(1), 0);
	ck_assert(!q.voided.unsent);
	ck_assert_int_eq(q.voided.row.state, PH_RECORD_ABANDONED);
	ck_assert_int_ne(q.voided.row.work, 1);
	ck_assert_int_eq(q.voided.reversal.state, PH_RECORD_QUEUED);
	ck_assert_str_eq(q.voided.reversal.reason, sent[_i].why);
	ck_assert_uint_gt(q.voided.reversal.sealed_len, 0);
	ck_assert_int_eq(step_void(1), -EEXIST);
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(step_move(q.take.rows[0].id, PH_RECORD_APPROVED), 0);
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_uint_eq(q.totals.totals[0].voided.count, 1);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 0);
}
END_TEST

START_TEST(what_cannot_be_void)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_DECLINED, "05"), 0);
	ck_assert_int_eq(step_void(1), -ENOENT);
	int64_t online = step_pay("sale", 5);
	ck_assert_int_eq(step_intent(online), 0);
	ck_assert_int_eq(step_approve(online, q.intent.record.id), 0);
	ck_assert_int_eq(step_void(online), -ENOENT);
	/* one that was given back in part */
	record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	int64_t sale = q.accept.payment;
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	q.accept = (struct ph_journal_pay_accept){.refused = false};
	ck_assert_int_eq(
		step_accept(step_pay_in("refund", 50, "EUR", sale), PH_RECORD_REFUND_DEFERRED), 0);
	ck_assert_int_eq(step_void(sale), -EEXIST);
	/* the refund can, and then the sale, too */
	ck_assert_int_eq(step_void(q.accept.payment), 0);
	ck_assert_int_eq(step_void(sale), 0);
}
END_TEST

/* ---- reading ---- */

START_TEST(lists)
{
	fixture_start();
	for (int i = 0; i < 5; i++)
		step_stand(PH_RECORD_OFFLINE_TC, 10);
	ck_assert_int_eq(step_take(2), 0);
	ck_assert_int_eq(step_answer(1, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_answer(2, PH_RECORD_DECLINED, "51"), 0);
	int64_t undone = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	ck_assert_uint_eq(q.list.count, 3);
	ck_assert_int_eq(step_reverse(undone), 0);
	int64_t reversal = q.reverse.reversal.id;
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	ck_assert_uint_eq(q.list.count, 4);
	ck_assert_int_eq(q.list.rows[0].id, 3);
	ck_assert_int_eq(q.list.rows[3].id, reversal);
	ck_assert_uint_eq(q.list.rows[0].sealed_len, strlen(SEALED));
	ck_assert_int_eq(q.list.rows[0].sealed[0], 0);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	ck_assert_uint_eq(q.list.count, 1);
	ck_assert_int_eq(q.list.rows[0].id, 2);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_REJECTED), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	ck_assert_uint_eq(q.list.count, 2);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.work, 2);
	ck_assert_int_eq(step_list(PH_QUEUE_FINAL), 0);
	ck_assert_uint_eq(q.list.count, 2);
	/* in pages */
	q.list.limit = 2;
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
	ck_assert_uint_eq(q.list.count, 2);
	ck_assert(q.list.more);
	q.list.after_id = 2;
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
	ck_assert_uint_eq(q.list.count, 3);
	ck_assert(!q.list.more);
	q.list.payment = undone;
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
	ck_assert_uint_eq(q.list.count, 2);
	ck_assert_int_eq(q.list.rows[0].kind, PH_RECORD_REQUEST);
	q.list.limit = PH_LIST_MAX + 1;
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), -EINVAL);
	q.list.newest = true; /* of no payment */
	ck_assert_int_eq(step_list(PH_QUEUE_ALL), -EINVAL);
}
END_TEST

/* More records of one payment than are looked at: what has become of it is in the last. */
START_TEST(the_newest_of_a_payment)
{
	fixture_start();
	int64_t first = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	int64_t payment = q.accept.record.payment;
	step_stand(PH_RECORD_SALE_DEFERRED, 100); /* of another */
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_supersede(first), 0);
	const int64_t ids[] = {first, q.supersede.reversal.id, q.supersede.successor.id};
	for (uint32_t limit = 1; limit <= 3; limit++) {
		q.list.payment = payment;
		q.list.newest = true;
		q.list.limit = limit;
		ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
		ck_assert_uint_eq(q.list.count, limit);
		ck_assert_int_eq(q.list.more, limit < 3);
		for (uint32_t k = 0; k < limit; k++)
			ck_assert_int_eq(q.list.rows[k].id, ids[3 - limit + k]);
	}
}
END_TEST

START_TEST(sums)
{
	fixture_start();
	for (int i = 0; i < 6; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(4), 0);
	ck_assert_int_eq(step_answer(1, PH_RECORD_APPROVED, "00"), 0);
	q.forwarded.amount_host = 30;
	ck_assert_int_eq(step_answer(2, PH_RECORD_PARTIAL, "10"), 0);
	ck_assert_int_eq(step_answer(3, PH_RECORD_REFERRED, "01"), 0);
	ck_assert_int_eq(step_supersede(4), 0);
	ck_assert_int_eq(step_act(5, PH_QUEUE_HOLD), 0);
	ck_assert_int_eq(step_void(6), 0);
	q.accept = (struct ph_journal_pay_accept){.refused = true, .refused_limit = "max_sale"};
	ck_assert_int_eq(step_accept(step_pay("sale", 7777), PH_RECORD_SALE_DEFERRED), 0);
	q.accept = (struct ph_journal_pay_accept){.refused = false};
	ck_assert_int_eq(step_accept(step_pay_in("sale", 5, "USD", 0), PH_RECORD_VOICE), 0);
	ck_assert_uint_eq(step_check(), 3);
	ck_assert_uint_eq(q.totals.count, 2);
	const struct ph_queue_totals *t = &q.totals.totals[0];
	ck_assert_int_eq(t->family, PH_FAMILY_STAND_IN);
	ck_assert_str_eq(t->currency, "EUR");
	ck_assert_uint_eq(t->accepted.count, 6);
	ck_assert_int_eq(t->accepted.total, 600);
	ck_assert_uint_eq(t->approved.count, 2);
	ck_assert_int_eq(t->approved.total, 130);
	ck_assert_uint_eq(t->partial_delta.count, 0);
	ck_assert_int_eq(t->partial_delta.total, 70);
	ck_assert_uint_eq(t->declined.count, 1);
	ck_assert_uint_eq(t->voided.count, 1);
	ck_assert_uint_eq(t->pending.count, 2);
	ck_assert_int_eq(t->pending.total, 200);
	ck_assert_uint_eq(t->held.count, 1);
	ck_assert_uint_eq(t->refused.count, 1);
	ck_assert_int_eq(t->refused.total, 7777);
	ck_assert_uint_gt(t->oldest_us, 0);
	ck_assert_str_eq(q.totals.totals[1].currency, "USD");
	ck_assert_int_eq(q.totals.totals[1].family, PH_FAMILY_ADVICE);
	ck_assert_uint_eq(q.totals.exposure_count, 2);
	ck_assert_uint_eq(q.totals.work, 2);
	/* since tomorrow: what is pending all the same */
	q.totals.since_us = ph_clock_wall_us() + 3600000000u;
	ck_assert_uint_eq(step_check(), 3);
	ck_assert_uint_eq(q.totals.totals[0].accepted.count, 2);
	ck_assert_uint_eq(q.totals.totals[0].approved.count, 0);
}
END_TEST

START_TEST(a_changed_file_does_not_agree)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	step_stand(PH_RECORD_VOICE, 100);
	fixture_stop();
	fixture_sql(_i == 0   ? "INSERT INTO exposure VALUES (2, 'USD', 1, 5, 0)"
		    : _i == 1 ? "UPDATE exposure SET total = total - 1 WHERE family = 2"
			      : "UPDATE exposure SET held = 1 WHERE family = 2");
	fixture_start();
	ck_assert_int_eq(step_totals(), 0);
	ck_assert(!q.totals.agrees);
}
END_TEST

/* ---- whatever is done ---- */

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* An answer, or none, to each that was taken. */
static void answer_taken(void)
{
	static const enum ph_record_state of_family[] = {PH_RECORD_APPROVED, PH_RECORD_APPROVED,
		PH_RECORD_PARTIAL, PH_RECORD_DECLINED, PH_RECORD_REFERRED, PH_RECORD_REJECTED,
		PH_RECORD_RETRY_WAIT, PH_RECORD_HELD, PH_RECORD_UNSURE};
	static const enum ph_record_state of_reversal[] = {PH_RECORD_APPROVED, PH_RECORD_UNSURE,
		PH_RECORD_RETRY_WAIT, PH_RECORD_APPROVED, PH_RECORD_REJECTED};

	for (uint32_t i = 0; i < q.take.count; i++) {
		const struct ph_record_row *row = &q.take.rows[i];
		enum ph_family family = ph_record_family(row->kind);
		enum ph_record_state state = of_family[chance(9)];

		if (family == PH_FAMILY_NONE) {
			ck_assert_int_eq(step_move(row->id, of_reversal[chance(5)]), 0);
			continue;
		}
		if (family == PH_FAMILY_STAND_IN && state == PH_RECORD_UNSURE) {
			ck_assert_int_eq(step_supersede(row->id), 0);
			continue;
		}
		q.forwarded.amount_host =
			state == PH_RECORD_PARTIAL ? 1 + chance((uint32_t)row->amount) : 0;
		q.forwarded.present_again = chance(2);
		ck_assert_int_eq(
			step_answer(row->id, state, state == PH_RECORD_UNSURE ? NULL : "xx"), 0);
	}
}

/* With all that waits carried forward, and the host in balance or not. */
static void end_of_day(void)
{
	struct ph_journal_batch_open open = {
		.request.done = on_done, .terminal = TID, .currency = "EUR", .carry_forward = true};
	struct ph_journal_batch_close closing = {.request.done = on_done, .balanced = chance(2)};

	ck_assert_int_eq(ph_journal_batch_open_submit(f.journal, &open), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	closing.batch = open.batch;
	ck_assert_int_eq(ph_journal_batch_close_submit(f.journal, &closing), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}

static void something(int64_t *payments, uint32_t *count)
{
	static const enum ph_record_kind kinds[] = {PH_RECORD_SALE_DEFERRED,
		PH_RECORD_REFUND_DEFERRED, PH_RECORD_OFFLINE_TC, PH_RECORD_VOICE};
	int64_t some = *count ? payments[chance(*count)] : 1;

	switch (chance(6)) {
	case 0:
	case 1:
		step_stand(kinds[chance(4)], 1 + chance(10000));
		payments[(*count)++] = q.accept.payment;
		break;
	case 2:
		q.take.limits.now = chance(2);
		if (chance(8) == 0)
			q.take.limits.expire_before_us = q.take.limits.now_us = ph_clock_wall_us();
		ck_assert_int_eq(step_take(chance(PH_QUEUE_TAKE_MAX + 1)), 0);
		answer_taken();
		break;
	case 3:
	case 4:
		q.act.amount = 1 + chance(20000);
		q.act.max_again = 3;
		/* what is not possible is refused, and changes nothing */
		step_act(some, (enum ph_queue_act)chance(PH_QUEUE_ACT_COUNT_));
		break;
	default:
		if (chance(3) == 0)
			step_void(some);
		if (chance(6) == 0)
			end_of_day();
		break;
	}
}

START_TEST(sums_agree_whatever_is_done)
{
	int64_t payments[80];
	uint32_t count = 0;

	seed = (uint32_t)_i * 7919u + 1;
	fixture_start();
	for (int i = 0; i < 70; i++) {
		something(payments, &count);
		if (i % 5 == 0)
			step_check();
	}
	step_check();
	fixture_stop();
	step_check_file();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acts on the queue");
	TCase *tests = tcase_create("acts");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_database_lets_no_other_state_in);
	tcase_add_test(tests, the_code_refuses_what_the_database_does);
	tcase_add_test(tests, what_names_a_message_stays);
	tcase_add_test(tests, words);
	tcase_add_test(tests, held_and_released_with_a_tip);
	tcase_add_test(tests, a_tip_does_not_pass_the_ceiling);
	tcase_add_test(tests, a_tip_does_not_pass_the_ceiling_of_its_card);
	tcase_add_loop_test(tests, what_comes_again_does_not_pass_the_ceiling, 0,
		sizeof againsts / sizeof againsts[0]);
	tcase_add_test(tests, what_comes_again_does_not_pass_the_ceiling_of_its_card);
	tcase_add_test(tests, now_means_now);
	tcase_add_test(tests, tried_again_so_often_and_seen_to);
	tcase_add_loop_test(tests, void_before_it_was_sent, 0, 3);
	tcase_add_loop_test(
		tests, void_of_what_may_have_been_sent, 0, sizeof(sent) / sizeof(sent[0]));
	tcase_add_test(tests, what_cannot_be_void);
	tcase_add_test(tests, lists);
	tcase_add_test(tests, the_newest_of_a_payment);
	tcase_add_test(tests, sums);
	tcase_add_loop_test(tests, a_changed_file_does_not_agree, 0, 3);
	tcase_add_loop_test(tests, sums_agree_whatever_is_done, 0, 24);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
