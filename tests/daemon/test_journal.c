// The journal's promises about requests: keys, groups, order, purge, the audit chain.
#include "base/clock.h"
#include "tests/daemon/journal_fixture.h"

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

/* ---- jobs ---- */

START_TEST(a_key_is_accepted_once)
{
	struct ph_journal_accept accept = an_accept("k1"), again = an_accept("k1"),
				 other = an_accept("k1");

	fixture_start();
	ck_assert_int_eq(do_accept(&accept), 0);
	ck_assert_int_eq(accept.id, 1);
	ck_assert_int_eq(accept.duplicate, 0);
	ck_assert_ptr_null(accept.stored);
	ck_assert_int_eq(do_update(1, PH_JOB_PRINTED), 0);
	again.expires_us = 5; /* not part of the body: it differs at each try */
	ck_assert_int_eq(do_accept(&again), 0);
	ck_assert_int_eq(again.duplicate, 1);
	ck_assert_int_eq(again.id, 1);
	ck_assert_int_eq(again.stored->state, PH_JOB_PRINTED);
	ck_assert_str_eq(again.stored->key, "k1");
	ph_journal_accept_clear(&again);
	other.document = "{\"text\":\"other\"}";
	ck_assert_int_eq(do_accept(&other), -EEXIST);
	other = an_accept("k1");
	other.device = "printer-2";
	ck_assert_int_eq(do_accept(&other), -EEXIST);
	other = an_accept("k1");
	other.copies = 2;
	ck_assert_int_eq(do_accept(&other), -EEXIST);
}
END_TEST

START_TEST(keys_are_scoped_by_uid_and_method)
{
	struct ph_journal_accept a = an_accept("k"), b = an_accept("k"), c = an_accept("k");

	fixture_start();
	b.uid = 1001;
	c.method = "printer.other";
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(do_accept(&c), 0);
	ck_assert_int_eq(a.id, 1);
	ck_assert_int_eq(b.id, 2);
	ck_assert_int_eq(c.id, 3);
}
END_TEST

START_TEST(bad_inputs_are_refused_at_once)
{
	struct ph_journal_accept a = an_accept("k");
	struct ph_journal_list list = {.request.done = on_done, .limit = PH_LIST_MAX + 1};
	struct ph_journal_update update = {.request.done = on_done, .state = PH_JOB_STATE_COUNT_};
	char long_key[PH_KEY_MAX + 2];

	fixture_start();
	memset(long_key, 'k', sizeof(long_key));
	long_key[sizeof(long_key) - 1] = '\0';
	a.key = long_key;
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &a), -EINVAL);
	a = an_accept("");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &a), -EINVAL);
	a = an_accept("k");
	a.copies = PH_JOB_COPIES_MAX + 1;
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &a), -EINVAL);
	a = an_accept("k");
	a.document_len = PH_LINE_MAX + 1;
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &a), -EINVAL);
	a = an_accept("k");
	a.state = PH_JOB_PRINTED;
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &a), -EINVAL);
	ck_assert_int_eq(ph_journal_list_submit(f.journal, &list), -EINVAL);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), -EINVAL);
	ck_assert_int_eq(f.count, 0);
}
END_TEST

START_TEST(get_finds_by_id_and_by_key)
{
	struct ph_journal_accept a = an_accept("k");
	struct ph_journal_get get = {.request.done = on_done, .id = 1, .with_document = 1};
	char reason[PH_JOB_REASON_MAX + 3];
	struct ph_journal_update update = {.request.done = on_done,
		.id = 1,
		.state = PH_JOB_WAITING,
		.confirmed = 2,
		.segments = 3,
		.attempt = 4,
		.reprint = 1,
		.reason = reason};

	/* a character of two bytes lies across the limit */
	memset(reason, 'r', sizeof(reason));
	memcpy(reason + PH_JOB_REASON_MAX - 1, "\xc3\xa9", 3);
	a.expires_us = 77;
	a.priority = -1;
	fixture_start();
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	fixture_wait(2);
	ck_assert_int_eq(f.order[1], 0);
	ck_assert_str_eq(get.job->document, a.document);
	ck_assert_uint_eq(get.job->document_len, 16);
	ck_assert_int_eq(get.job->state, PH_JOB_WAITING);
	ck_assert_uint_eq(get.job->confirmed, 2);
	ck_assert_uint_eq(get.job->segments, 3);
	ck_assert_uint_eq(get.job->attempt, 4);
	ck_assert_int_eq(get.job->reprint, 1);
	ck_assert_int_eq(get.job->priority, -1);
	ck_assert_uint_eq(get.job->expires_us, 77);
	ck_assert_uint_eq(strlen(get.job->reason), PH_JOB_REASON_MAX - 1);
	ph_journal_get_clear(&get);
	get = (struct ph_journal_get){
		.request.done = on_done, .uid = 1000, .method = "printer.print", .key = "k"};
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(get.job->id, 1);
	ck_assert_ptr_null(get.job->document);
	ph_journal_get_clear(&get);
	get.uid = 1001;
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], -ENOENT);
	ck_assert_int_eq(do_update(99, PH_JOB_FAILED), -ENOENT);
}
END_TEST

static int64_t list_ids(struct ph_journal_list *list, int64_t ids[8])
{
	int64_t more;

	list->request.done = on_done;
	ck_assert_int_eq(ph_journal_list_submit(f.journal, list), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	for (uint32_t i = 0; i < list->count && i < 8; i++)
		ids[i] = list->jobs[i].id;
	more = list->more;
	ph_journal_list_clear(list);
	return more;
}

START_TEST(lists_are_newest_first_and_paged)
{
	static const char *const keys[] = {"a", "b", "c", "d"};
	struct ph_journal_list list = {.limit = 2};
	int64_t ids[8] = {0};

	fixture_start();
	for (int i = 0; i < 4; i++) {
		struct ph_journal_accept accept = an_accept(keys[i]);

		accept.device = i == 1 ? "printer-2" : "printer-1";
		ck_assert_int_eq(do_accept(&accept), 0);
	}
	ck_assert_int_eq(do_update(4, PH_JOB_PRINTED), 0);
	ck_assert_int_eq(list_ids(&list, ids), 3);
	ck_assert_int_eq(ids[0], 4);
	ck_assert_int_eq(ids[1], 3);
	list.before = 3;
	ck_assert_int_eq(list_ids(&list, ids), 0);
	ck_assert_int_eq(ids[0], 2);
	ck_assert_int_eq(ids[1], 1);
	list = (struct ph_journal_list){
		.limit = 8, .device = "printer-1", .states = 1u << PH_JOB_QUEUED};
	ck_assert_int_eq(list_ids(&list, ids), 0);
	ck_assert_int_eq(ids[0], 3);
	ck_assert_int_eq(ids[1], 1);
}
END_TEST

static int collect(const struct ph_job_row *row, void *userdata)
{
	char *text = userdata;

	ck_assert_str_eq(row->document, "{\"text\":\"hello\"}");
	strcat(text, row->key);
	return row->key[0] == 'x' ? -ECHILD : 0;
}

START_TEST(unfinished_jobs_are_loaded_in_order_of_acceptance)
{
	static const char *const keys[] = {"d", "a", "c", "b", "x"};
	char text[16] = "";

	fixture_start();
	for (int i = 0; i < 5; i++) {
		struct ph_journal_accept accept = an_accept(keys[i]);

		ck_assert_int_eq(do_accept(&accept), 0);
	}
	ck_assert_int_eq(do_update(3, PH_JOB_UNCERTAIN), 0);
	ck_assert_int_eq(do_update(4, PH_JOB_SENDING), 0);
	ck_assert_int_eq(do_update(1, PH_JOB_FAILED), 0);
	ck_assert_int_eq(do_update(1, PH_JOB_QUEUED), 0); /* retried */
	ck_assert_int_eq(ph_journal_load_open(f.journal, collect, text), -EBUSY);
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_open(f.journal, collect, text), -ECHILD);
	ck_assert_str_eq(text, "dabx");
}
END_TEST

START_TEST(ids_are_text_and_back)
{
	char text[PH_JOB_ID_SIZE];
	int64_t id = 0;

	ph_job_id_format(17, text);
	ck_assert_str_eq(text, "job-17");
	ck_assert_int_eq(ph_job_id_parse(text, &id), 0);
	ck_assert_int_eq(id, 17);
	ck_assert_int_eq(ph_job_id_parse("job-", &id), -EINVAL);
	ck_assert_int_eq(ph_job_id_parse("job-017", &id), -EINVAL);
	ck_assert_int_eq(ph_job_id_parse("job--1", &id), -EINVAL);
	ck_assert_int_eq(ph_job_id_parse("job-1 ", &id), -EINVAL);
	ck_assert_int_eq(ph_job_id_parse("job-9999999999999999999", &id), -EINVAL);
	ck_assert_int_eq(ph_job_id_parse("17", &id), -EINVAL);
	ck_assert_int_eq(id, 17);
}
END_TEST

/* ---- purge ---- */

START_TEST(old_documents_and_keys_are_purged_and_ids_go_on)
{
	struct ph_journal_accept accept;
	char key[16];

	faultio_configure("sync:skip");
	ph_clock_fake(1000 * DAY_US, 1000 * DAY_US);
	fixture_start();
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "old-%d", i);
		accept = an_accept(key);
		ck_assert_int_eq(do_accept(&accept), 0);
		if (i > 0)
			ck_assert_int_eq(do_update(accept.id, PH_JOB_PRINTED), 0);
	}
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM document"), 40);

	ph_clock_fake(1004 * DAY_US, 1004 * DAY_US);
	fixture_start();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(do_update(1, PH_JOB_WAITING), 0);
	fixture_stop();
	/* the unfinished one keeps its document */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM document"), 1);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 40);

	ph_clock_fake(1401 * DAY_US, 1401 * DAY_US);
	fixture_start();
	ck_assert_int_eq(do_update(1, PH_JOB_EXPIRED), 0);
	/* final now, so the first rows go; each change removes a few more, but never the newest */
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(do_update(40, PH_JOB_PRINTED), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 1);
	fixture_start();
	accept = an_accept("old-3");
	ck_assert_int_eq(do_accept(&accept), 0);
	ck_assert_int_eq(accept.duplicate, 0);
	ck_assert_int_eq(accept.id, 41);
	ph_clock_fake(0, 0);
}
END_TEST

/* ---- groups ---- */

START_TEST(queued_requests_share_one_flush)
{
	struct ph_journal_accept first = an_accept("first"), accepts[8];
	static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "a"};
	struct ph_journal_stats stats;
	uint64_t flushes;

	fixture_start();
	ck_assert_int_eq(do_accept(&first), 0);
	/* the writer is held in a flush while eight more arrive */
	fixture_slow_flush("fdatasync:1:gate");
	first = an_accept("second");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &first), 0);
	flushes = fixture_wait_flush();
	for (int i = 0; i < 8; i++) {
		accepts[i] = an_accept(keys[i]);
		ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accepts[i]), 0);
	}
	faultio_open_gate();
	fixture_wait(9);
	ck_assert_uint_eq(faultio_count("fdatasync") - flushes, 1);
	ck_assert_int_eq(accepts[6].id, 9);
	ck_assert_int_eq(accepts[7].duplicate, 1); /* of one in the same group */
	ck_assert_int_eq(accepts[7].id, accepts[0].id);
	ph_journal_accept_clear(&accepts[7]);
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.requests, 10);
	ck_assert_uint_eq(stats.groups, 3);
	ck_assert_uint_eq(stats.commits, 3);
	ck_assert_uint_eq(stats.queued, 0);
}
END_TEST

START_TEST(reading_and_idling_do_not_flush)
{
	struct ph_journal_accept accept = an_accept("k"), again = an_accept("k");
	struct ph_journal_list list = {.limit = 8};
	struct ph_journal_audit_verify verify;
	int64_t ids[8];
	uint64_t flushes;

	fixture_start();
	ck_assert_int_eq(do_accept(&accept), 0);
	flushes = faultio_count("sync");
	ck_assert_int_eq(do_accept(&again), 0);
	ph_journal_accept_clear(&again);
	list_ids(&list, ids);
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(do_update(99, PH_JOB_FAILED), -ENOENT);
	ck_assert_uint_eq(faultio_count("sync"), flushes);
	fixture_stop();
	flushes = faultio_count("sync");
	fixture_start();
	ck_assert_uint_eq(faultio_count("sync"), flushes);
}
END_TEST

START_TEST(flushes_stay_near_one_per_commit_over_checkpoints)
{
	struct ph_journal_stats stats;
	uint64_t flushes;
	char key[16];

	fixture_start();
	faultio_configure("sync:skip"); /* counted, but not waited for */
	flushes = faultio_count("sync");
	for (int i = 0; i < 1500; i++) {
		struct ph_journal_accept accept;

		snprintf(key, sizeof(key), "k%d", i);
		accept = an_accept(key);
		ck_assert_int_eq(do_accept(&accept), 0);
	}
	flushes = faultio_count("sync") - flushes;
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.commits, 1500);
	ck_assert_uint_le(flushes, 1500 * 105 / 100);
	/* the log was written back and begun again */
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 1500);
}
END_TEST

START_TEST(a_full_queue_refuses_new_work_first)
{
	static struct ph_journal_update updates[PH_JOURNAL_QUEUE];
	struct ph_journal_accept accept = an_accept("k");
	int n = 0;

	fixture_start();
	fixture_slow_flush("fdatasync:1:gate");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accept), 0);
	for (; n < PH_JOURNAL_QUEUE_NEW - 1; n++) {
		updates[n] = (struct ph_journal_update){
			.request.done = on_done, .id = 1, .state = PH_JOB_SENDING};
		ck_assert_int_eq(ph_journal_update_submit(f.journal, &updates[n]), 0);
	}
	ck_assert_int_eq(ph_journal_accept_submit(
				 f.journal, &(struct ph_journal_accept){.request.done = on_done,
						    .method = "m",
						    .key = "q",
						    .device = "d",
						    .document = "{}",
						    .document_len = 2,
						    .copies = 1}),
		-ENOBUFS);
	for (; n < PH_JOURNAL_QUEUE - 1; n++) {
		updates[n] = updates[0];
		ck_assert_int_eq(ph_journal_update_submit(f.journal, &updates[n]), 0);
	}
	ck_assert_int_eq(ph_journal_update_submit(f.journal,
				 &(struct ph_journal_update){.request.done = on_done, .id = 1}),
		-ENOBUFS);
	faultio_open_gate();
	fixture_wait(PH_JOURNAL_QUEUE);
}
END_TEST

int __real_pthread_join(pthread_t thread, void **ret_value);
int __wrap_pthread_join(pthread_t thread, void **ret_value);

/* A writer that is held in a flush goes on when the close waits for it: by then it has been told to stop. */
int __wrap_pthread_join(pthread_t thread, void **ret_value)
{
	faultio_open_gate();
	return __real_pthread_join(thread, ret_value);
}

START_TEST(closing_finishes_every_request_once)
{
	struct ph_journal_accept accepts[3] = {an_accept("a"), an_accept("b"), an_accept("c")};

	fixture_start();
	ck_assert_int_eq(do_update(1, PH_JOB_FAILED), -ENOENT);
	fixture_slow_flush("fdatasync:1:gate");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accepts[0]), 0);
	fixture_wait_flush();
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accepts[1]), 0);
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accepts[2]), 0);
	ck_assert_int_eq(f.count, 0); /* not answered before its commit */
	ph_journal_close(f.journal);
	f.journal = NULL;
	ck_assert_int_eq(f.count, 3);
	ck_assert_int_eq(f.order[0], 0);
	ck_assert_int_eq(f.order[1], -ECANCELED);
	ck_assert_int_eq(f.order[2], -ECANCELED);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 1);
}
END_TEST

START_TEST(draining_stores_everything)
{
	struct ph_journal_accept accepts[3] = {an_accept("a"), an_accept("b"), an_accept("c")};

	fixture_start();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ph_journal_accept_submit(f.journal, &accepts[i]), 0);
	ph_journal_drain(f.journal);
	ck_assert_int_eq(f.count, 3);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 3);
}
END_TEST

/* ---- pulses ---- */

START_TEST(a_pulse_is_begun_once)
{
	struct ph_journal_pulse_begin first = a_pulse("p"), again = a_pulse("p"),
				      other = a_pulse("p"), lost = a_pulse("lost");

	fixture_start();
	ck_assert_int_eq(do_begin(&first), 0);
	ck_assert_int_eq(first.duplicate, 0);
	ck_assert_int_eq(do_begin(&again), 0);
	ck_assert_int_eq(again.duplicate, 1);
	ck_assert_int_eq(again.outcome, PH_PULSE_SENT);
	ck_assert_int_eq(do_end(first.id, PH_PULSE_OPENED), 0);
	ck_assert_int_eq(do_end(first.id, PH_PULSE_OPENED), 0);
	ck_assert_int_eq(do_end(first.id, PH_PULSE_FAILED), -EALREADY);
	ck_assert_int_eq(do_end(99, PH_PULSE_FAILED), -ENOENT);
	ck_assert_int_eq(do_begin(&again), 0);
	ck_assert_int_eq(again.outcome, PH_PULSE_OPENED);
	other.device = "drawer-2";
	ck_assert_int_eq(do_begin(&other), -EEXIST);
	other = a_pulse("p");
	other.uid = 7;
	ck_assert_int_eq(do_begin(&other), 0);
	ck_assert_int_eq(other.duplicate, 0);
	ck_assert_int_eq(do_begin(&lost), 0);
	fixture_stop();
	/* nobody knows what became of a pulse that an earlier run began */
	fixture_start();
	ck_assert_int_eq(do_begin(&lost), 0);
	ck_assert_int_eq(lost.duplicate, 1);
	ck_assert_int_eq(lost.outcome, PH_PULSE_UNCERTAIN);
}
END_TEST

START_TEST(a_key_whose_pulse_was_not_sent_is_begun_again)
{
	struct ph_journal_pulse_begin first = a_pulse("p"), again = a_pulse("p");

	fixture_start();
	ck_assert_int_eq(do_begin(&first), 0);
	ck_assert_int_eq(do_end(first.id, PH_PULSE_FAILED), 0);
	fixture_stop();
	fixture_start();
	again.known_only = 1;
	ck_assert_int_eq(do_begin(&again), -ENOENT);
	again.known_only = 0;
	ck_assert_int_eq(do_begin(&again), 0);
	ck_assert_int_eq(again.duplicate, 0);
	ck_assert_int_eq(again.outcome, PH_PULSE_SENT);
	ck_assert_int_eq(again.id, first.id);
	ck_assert_int_eq(do_end(again.id, PH_PULSE_OPENED), 0);
	again.known_only = 1;
	ck_assert_int_eq(do_begin(&again), 0);
	ck_assert_int_eq(again.duplicate, 1);
	ck_assert_int_eq(again.outcome, PH_PULSE_OPENED);
}
END_TEST

/* ---- audit ---- */

static void add_rows(int count)
{
	for (int i = 0; i < count; i++) {
		struct ph_audit_entry entry = {.uid = 1000,
			.who = "alice",
			.action = "drawer.open",
			.device = "drawer-1",
			.detail = "{}",
			.outcome = "opened"};

		ck_assert_int_eq(do_audit(&entry), 0);
		ck_assert_int_eq(entry.seq, i + 1);
	}
}

START_TEST(an_audit_row_comes_with_the_request_that_changes)
{
	struct ph_audit_entry entry = {.who = "alice", .action = "drawer.open"};
	struct ph_journal_pulse_begin begin = a_pulse("p");
	struct ph_journal_audit_list list = {.request.done = on_done, .limit = 10};
	struct ph_journal_stats stats;

	fixture_start();
	begin.request.audit = &entry;
	ck_assert_int_eq(do_begin(&begin), 0);
	ck_assert_int_eq(entry.seq, 1);
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.commits, 1);
	entry.seq = 0;
	ck_assert_int_eq(do_begin(&begin), 0);
	ck_assert_int_eq(begin.duplicate, 1);
	ck_assert_int_eq(entry.seq, 0);
	ck_assert_int_eq(ph_journal_audit_list_submit(f.journal, &list), 0);
	fixture_wait(1);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.rows[0].seq, 1);
	ck_assert_str_eq(list.rows[0].who, "alice");
	ck_assert_str_eq(list.rows[0].action, "drawer.open");
	ck_assert_str_eq(list.rows[0].outcome, "");
	ph_journal_audit_list_clear(&list);
}
END_TEST

static const struct {
	const char *sql;
	enum ph_audit_fault fault;
	int64_t bad_seq;
} vandalism[] = {
	{"SELECT 1", PH_AUDIT_OK, 0},
	{"UPDATE audit SET who = 'mallory' WHERE seq = 3", PH_AUDIT_CHANGED, 3},
	{"UPDATE audit SET time_us = 5 WHERE seq = 1", PH_AUDIT_CHANGED, 1},
	{"UPDATE audit SET who = 'alicedrawer', action = '.open' WHERE seq = 2", PH_AUDIT_CHANGED,
		2},
	{"UPDATE audit SET detail = '{}' || char(0) || 'x' WHERE seq = 2", PH_AUDIT_CHANGED, 2},
	{"UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", PH_AUDIT_CHANGED, 4},
	{"DELETE FROM audit WHERE seq = 2", PH_AUDIT_MISSING, 2},
	{"UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;"
	 "UPDATE audit SET seq = 3 WHERE seq = 99",
		PH_AUDIT_CHANGED, 2},
	{"DELETE FROM audit WHERE seq = 5", PH_AUDIT_TRUNCATED, 5},
	{"DELETE FROM audit", PH_AUDIT_TRUNCATED, 1},
	{"UPDATE audit_head SET count = 4", PH_AUDIT_TRUNCATED, 6},
};

START_TEST(tampering_shows)
{
	struct ph_journal_audit_verify verify;

	fixture_start();
	add_rows(5);
	fixture_stop();
	fixture_sql("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;");
	fixture_sql(vandalism[_i].sql);
	fixture_start();
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(verify.fault, vandalism[_i].fault);
	ck_assert_int_eq(verify.bad_seq, vandalism[_i].bad_seq);
}
END_TEST

START_TEST(a_long_chain_is_checked_in_steps)
{
	static struct ph_audit_entry entries[1000];
	static struct ph_journal_audit_add adds[1000];
	struct ph_journal_audit_verify verify = {.request.done = on_done};
	struct ph_journal_update update = {.request.done = on_done, .id = 99};
	struct ph_journal_accept slow = an_accept("slow");
	struct ph_journal_stats before, after;

	fixture_start();
	for (int i = 0; i < 5000; i++) {
		entries[i % 1000] = (struct ph_audit_entry){.action = "test"};
		adds[i % 1000].request =
			(struct ph_journal_request){.done = on_done, .audit = &entries[i % 1000]};
		ck_assert_int_eq(ph_journal_audit_add_submit(f.journal, &adds[i % 1000]), 0);
		if (i % 1000 == 999)
			fixture_wait(1000);
	}
	ph_journal_get_stats(f.journal, &before);
	/* the writer is held in a flush until both are there */
	fixture_slow_flush("fdatasync:1:gate");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &slow), 0);
	fixture_wait_flush();
	ck_assert_int_eq(ph_journal_audit_verify_submit(f.journal, &verify), 0);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	faultio_open_gate();
	fixture_wait(3);
	/* the update was not kept waiting */
	ck_assert_int_eq(f.order[1], -ENOENT);
	ck_assert_int_eq(f.order[2], 0);
	ck_assert_int_eq(verify.fault, PH_AUDIT_OK);
	ck_assert_int_eq(verify.count, 5000);
	ph_journal_get_stats(f.journal, &after);
	ck_assert_uint_ge(after.groups - before.groups, 4);
}
END_TEST

START_TEST(rows_resist_ordinary_statements)
{
	sqlite3 *db;

	fixture_start();
	add_rows(1);
	fixture_stop();
	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "DELETE FROM audit", NULL, NULL, NULL), SQLITE_CONSTRAINT);
	ck_assert_int_eq(
		sqlite3_exec(db, "UPDATE audit SET who = ''", NULL, NULL, NULL), SQLITE_CONSTRAINT);
	sqlite3_close(db);
}
END_TEST

START_TEST(a_head_that_lags_does_not_stop_the_trail)
{
	struct ph_audit_entry entry = {.action = "later"};
	struct ph_journal_audit_verify verify;

	fixture_start();
	add_rows(3);
	fixture_stop();
	fixture_sql("UPDATE audit_head SET count = 1");
	fixture_start();
	ck_assert_int_eq(do_audit(&entry), 0);
	ck_assert_int_eq(entry.seq, 4);
	ck_assert_int_eq(do_verify(&verify), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tc = tcase_create("requests");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_key_is_accepted_once);
	tcase_add_test(tc, keys_are_scoped_by_uid_and_method);
	tcase_add_test(tc, bad_inputs_are_refused_at_once);
	tcase_add_test(tc, get_finds_by_id_and_by_key);
	tcase_add_test(tc, lists_are_newest_first_and_paged);
	tcase_add_test(tc, unfinished_jobs_are_loaded_in_order_of_acceptance);
	tcase_add_test(tc, ids_are_text_and_back);
	tcase_add_test(tc, old_documents_and_keys_are_purged_and_ids_go_on);
	tcase_add_test(tc, queued_requests_share_one_flush);
	tcase_add_test(tc, reading_and_idling_do_not_flush);
	tcase_add_test(tc, flushes_stay_near_one_per_commit_over_checkpoints);
	tcase_add_test(tc, a_full_queue_refuses_new_work_first);
	tcase_add_test(tc, closing_finishes_every_request_once);
	tcase_add_test(tc, draining_stores_everything);
	tcase_add_test(tc, a_pulse_is_begun_once);
	tcase_add_test(tc, a_key_whose_pulse_was_not_sent_is_begun_again);
	tcase_add_test(tc, an_audit_row_comes_with_the_request_that_changes);
	tcase_add_loop_test(tc, tampering_shows, 0, sizeof(vandalism) / sizeof(vandalism[0]));
	tcase_add_test(tc, a_long_chain_is_checked_in_steps);
	tcase_add_test(tc, rows_resist_ordinary_statements);
	tcase_add_test(tc, a_head_that_lags_does_not_stop_the_trail);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
