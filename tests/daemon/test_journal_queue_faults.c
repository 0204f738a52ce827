// The queue against power cuts, failing flushes and those who search the file for account data.
#include "tests/daemon/queue_steps.h"
#include "tests/support/powercut.h"

#include <sys/stat.h>

/* ---- a life, act by act ---- */

static struct ph_journal_batch_open batch;

static int stand_sale(void)
{
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	return 0;
}

static int stand_chip(void)
{
	step_stand(PH_RECORD_OFFLINE_TC, 70);
	return 0;
}

static int take_all(void)
{
	return step_take(8);
}

static int approve(void)
{
	return step_answer(2, PH_RECORD_APPROVED, "00");
}

static int supersede(void)
{
	return step_supersede(1);
}

static int reversed(void)
{
	return step_move(q.take.rows[0].id, PH_RECORD_APPROVED);
}

static int decline(void)
{
	return step_answer(q.take.rows[0].id, PH_RECORD_DECLINED, "05");
}

static int hold(void)
{
	return step_act(q.accept.payment, PH_QUEUE_HOLD);
}

static int release(void)
{
	q.act.amount = 120;
	return step_act(q.accept.payment, PH_QUEUE_RELEASE);
}

static int void_unsent(void)
{
	return step_void(q.accept.payment);
}

static int void_approved(void)
{
	return step_void(2);
}

static int open_batch(void)
{
	batch = (struct ph_journal_batch_open){
		.request.done = on_done, .terminal = TID, .currency = "EUR"};
	if (ph_journal_batch_open_submit(f.journal, &batch) < 0)
		return -1;
	fixture_wait(1);
	return f.order[0];
}

static int close_batch(void)
{
	struct ph_journal_batch_close closing = {
		.request.done = on_done, .batch = batch.batch, .balanced = true, .word = "ok"};

	if (ph_journal_batch_close_submit(f.journal, &closing) < 0)
		return -1;
	fixture_wait(1);
	return f.order[0];
}

/* Each is one commit that changes records, and one before it at most that does not. */
static int (*const acts[])(void) = {
	stand_sale,    /* record 1 */
	stand_chip,    /* record 2 */
	take_all,      /* both */
	approve,       /* 2 */
	supersede,     /* 1: its reversal is 3, its successor 4 */
	take_all,      /* 3 */
	reversed,      /* 3 */
	take_all,      /* 4 */
	decline,       /* 4 */
	stand_sale,    /* 5 */
	hold,	       /* 5 */
	release,       /* 5 */
	void_unsent,   /* 5 */
	void_approved, /* 2: its reversal is 6 */
	take_all,      /* 6 */
	reversed,      /* 6 */
	open_batch,    /**/
	close_batch,   /**/
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

/* What is in the queue, in a word. */
struct digest {
	char text[400];
};
static struct digest after[ACTS + 1];

static struct digest look(void)
{
	struct digest digest = {""};
	size_t len = 0;

	ck_assert_int_eq(step_list(PH_QUEUE_ALL), 0);
	for (uint32_t i = 0; i < q.list.count; i++) {
		const struct ph_record_row *row = &q.list.rows[i];
		len += (size_t)snprintf(digest.text + len, sizeof digest.text - len,
			"%lld %s %lld %u %d;", (long long)row->id, ph_record_state_name(row->state),
			(long long)row->amount, row->attempts, row->sealed_len > 0);
		ck_assert_uint_lt(len, sizeof digest.text);
	}
	return digest;
}

/* ---- power cuts ---- */

static void record_a_life(const char *log)
{
	char filter[96], answers[96];
	int fd;

	snprintf(filter, sizeof filter, "%s/journal.", f.folder);
	snprintf(answers, sizeof answers, "%s/journal.answers", f.folder);
	faultio_configure(NULL);
	ck_assert_int_eq(faultio_record(log, filter), 0);
	fd = open(answers, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	fixture_start();
	for (size_t i = 0; i < ACTS; i++) {
		ck_assert_int_eq(acts[i](), 0);
		after[i + 1] = look();
		ck_assert_int_eq(write(fd, "a", 1), 1);
	}
	fixture_stop();
	close(fd);
	faultio_record(NULL, NULL);
}

static bool is_after(const struct digest *found, size_t act)
{
	return act <= ACTS && strcmp(found->text, after[act].text) == 0;
}

static void look_after_cut(const struct powercut *cut, size_t n, uint32_t seed)
{
	size_t answered = powercut_writes(cut, n, ".answers");
	struct ph_queue_recovery recovery;

	ph_journal_take_clear(&q.take);
	ph_journal_queue_list_clear(&q.list);
	steps_setup();
	ck_assert_int_eq(powercut_apply(cut, n, seed, f.folder), 0);
	fixture_start();
	struct digest found = look();
	/* what was answered is there, and at most the one that was not */
	ck_assert_msg(is_after(&found, answered) || is_after(&found, answered + 1),
		"record %zu seed %u, %zu answered: %s", n, seed, answered, found.text);
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	ck_assert(!recovery.exposure_differed);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	step_check();
	fixture_stop();
	step_check_file();
	steps_teardown();
	faultio_configure("sync:skip");
}

START_TEST(power_cuts_leave_what_was_answered)
{
	struct fixture first;
	struct powercut *cut;
	char log[96];

	snprintf(log, sizeof log, "%s/record", f.folder);
	record_a_life(log);
	ck_assert_str_eq(after[ACTS].text,
		"1 reversed 100 1 0;2 reversed 70 1 0;4 declined 100 1 0;5 voided 120 0 0;");
	cut = powercut_load(log);
	ck_assert_ptr_nonnull(cut);
	ck_assert_uint_eq(powercut_writes(cut, powercut_count(cut), ".answers"), ACTS);
	first = f;
	faultio_configure("sync:skip"); /* only what was recorded counts */
	/* a sample: all points with all seeds take a minute */
	for (size_t n = (size_t)_i * 5; n <= powercut_count(cut); n += 11)
		look_after_cut(cut, n, (uint32_t)(n % 5));
	powercut_free(cut);
	f = first;
}
END_TEST

/* ---- failing flushes ---- */

START_TEST(an_act_that_cannot_be_flushed_has_not_happened)
{
	fixture_start();
	for (size_t i = 0; i < ACTS; i++) {
		/* those that begin with a payment fail in that already */
		bool pays = acts[i] == stand_sale || acts[i] == stand_chip ||
			    acts[i] == void_unsent || acts[i] == void_approved;
		struct digest before = look();

		if (!pays) {
			faultio_configure("fdatasync:1+:errno=EIO:path=journal.db");
			ck_assert_int_eq(acts[i](), -EIO);
			faultio_configure("sync:skip");
			struct digest now = look();
			ck_assert_str_eq(now.text, before.text);
			step_check();
		}
		ck_assert_int_eq(acts[i](), 0);
	}
	step_check();
	fixture_stop();
	step_check_file();
}
END_TEST

/* ---- account data ---- */

static int count_in_file(const char *path)
{
	size_t len = strlen(SEALED);
	struct stat st;
	int count = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	char *bytes = malloc((size_t)st.st_size + 1), *at = bytes;
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
	while ((at = memmem(at, (size_t)(bytes + st.st_size - at), SEALED, len))) {
		count++;
		at += len;
	}
	free(bytes);
	close(fd);
	return count;
}

/* Also where it was moved to another row, or its page was split and used again. */
START_TEST(what_was_dropped_is_not_in_the_file)
{
	fixture_start();
	for (size_t i = 0; i < ACTS; i++)
		ck_assert_int_eq(acts[i](), 0);
	for (int i = 0; i < 40; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 1);
	ck_assert_int_eq(step_take(8), 0);
	for (uint32_t i = 0; i < q.take.count; i++)
		ck_assert_int_eq(step_answer(q.take.rows[i].id, PH_RECORD_DECLINED, "05"), 0);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 32);
	ck_assert_int_eq(count_in_file(f.path), 32);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue faults");
	TCase *tests = tcase_create("faults");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, power_cuts_leave_what_was_answered, 0, 2);
	tcase_add_test(tests, an_act_that_cannot_be_flushed_has_not_happened);
	tcase_add_test(tests, what_was_dropped_is_not_in_the_file);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
