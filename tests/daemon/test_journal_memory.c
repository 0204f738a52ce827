// The second version of the journal: jobs of roles, what they were printed for, what drivers had kept.
#include "journal_fixture.h"

#include "daemon/journal/journal_memory.h"

/* ---- jobs of roles, and what a job is printed for ---- */

START_TEST(a_key_of_a_role_is_the_same_at_each_of_its_printers)
{
	struct ph_journal_accept a = an_accept("k"), b = an_accept("k");

	fixture_start();
	a.device = "left";
	a.role = "kitchen";
	ck_assert_int_eq(do_accept(&a), 0);
	b.role = "kitchen";
	b.device = "right";
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(b.duplicate, 1);
	ck_assert_str_eq(b.stored->role, "kitchen");
	ph_journal_accept_clear(&b);
	/* the printer by its own name */
	b.role = NULL;
	ck_assert_int_eq(do_accept(&b), -EEXIST);
	b.device = "left";
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(b.duplicate, 1);
	ph_journal_accept_clear(&b);
	/* another role, and a job that was for a printer first */
	b.role = "bar";
	ck_assert_int_eq(do_accept(&b), -EEXIST);
	a.key = b.key = "l";
	a.role = NULL;
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(b.duplicate, 1);
	ph_journal_accept_clear(&b);
}
END_TEST

START_TEST(an_update_moves_a_job_and_keeps_what_it_does_not_name)
{
	struct ph_journal_accept a = an_accept("k");
	struct ph_journal_get get = {.request.done = on_done, .id = 1};
	struct ph_journal_update update = {.request.done = on_done,
		.id = 1,
		.device = "right",
		.moved_from = "left",
		.note = "no font",
		.columns = 42};

	fixture_start();
	a.role = "kitchen";
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	fixture_wait(1);
	ck_assert_int_eq(do_update(1, PH_JOB_PRINTED), 0);
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_str_eq(get.job->device, "right");
	ck_assert_str_eq(get.job->moved_from, "left");
	ck_assert_str_eq(get.job->role, "kitchen");
	ck_assert_str_eq(get.job->note, "no font");
	ck_assert_uint_eq(get.job->columns, 42);
	ck_assert_int_eq(get.job->state, PH_JOB_PRINTED);
	ph_journal_get_clear(&get);
	update.device = "";
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), -EINVAL);
}
END_TEST

/* ---- what drivers had kept ---- */

static int remember(const char *device, const char *key, const char *value)
{
	struct ph_journal_remember request = {
		.request.done = on_done, .device = device, .key = key, .value = value};
	int r = ph_journal_remember_submit(f.journal, &request);

	if (r < 0)
		return r;
	fixture_wait(1);
	return f.order[0];
}

static int write_memory(const char *device, const char *key, const char *value, void *userdata)
{
	char *text = userdata;

	snprintf(text + strlen(text), 200 - strlen(text), "%s.%s=%s ", device, key, value);
	return 0;
}

START_TEST(words_of_drivers_are_kept)
{
	char text[200] = "", key[16], long_value[PH_MEMORY_VALUE_MAX + 2];

	fixture_start();
	ck_assert_int_eq(remember("b", "logo", "1"), 0);
	ck_assert_int_eq(remember("a", "logo", "2"), 0);
	ck_assert_int_eq(remember("a", "model", ""), 0);
	ck_assert_int_eq(remember("b", "logo", "3"), 0);
	ck_assert_int_eq(remember("b", "gone", "x"), 0);
	ck_assert_int_eq(remember("b", "gone", NULL), 0);
	ck_assert_int_eq(remember("b", "never there", NULL), 0);
	memset(long_value, 'v', sizeof(long_value));
	long_value[sizeof(long_value) - 1] = '\0';
	ck_assert_int_eq(remember("a", "x", long_value), -EINVAL);
	ck_assert_int_eq(remember("a", "", "x"), -EINVAL);
	for (int i = 0; i < PH_MEMORY_KEYS_MAX; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_int_eq(remember("full", key, "v"), 0);
	}
	ck_assert_int_eq(remember("full", "more", "v"), -ENOSPC);
	ck_assert_int_eq(remember("full", "k0", "other"), 0);
	fixture_stop();
	fixture_sql("DELETE FROM memory WHERE device = 'full'");
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_memory(f.journal, write_memory, text), 0);
	ck_assert_str_eq(text, "a.logo=2 a.model= b.logo=3 ");
}
END_TEST

START_TEST(a_journal_of_the_first_version_is_taken_over)
{
	struct ph_journal_accept a = an_accept("k");
	struct ph_journal_get get = {.request.done = on_done, .id = 1};

	fixture_start();
	ck_assert_int_eq(do_accept(&a), 0);
	fixture_stop();
	fixture_sql("ALTER TABLE job DROP COLUMN role; ALTER TABLE job DROP COLUMN moved_from;"
		    "ALTER TABLE job DROP COLUMN columns; ALTER TABLE job DROP COLUMN note;"
		    "DROP TABLE memory; DROP TABLE attempt; DROP TABLE record; DROP TABLE payment;"
		    "DROP TABLE counter; DROP TABLE transition; DROP TABLE exposure;"
		    "DROP TABLE velocity; DROP TABLE batch; DROP TABLE meta;"
		    "DROP TABLE seal_key;"
		    "PRAGMA user_version = 1");
	fixture_start();
	ck_assert_int_eq(remember("a", "b", "c"), 0);
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_str_eq(get.job->key, "k");
	ck_assert_str_eq(get.job->role, "");
	ck_assert_uint_eq(get.job->columns, 0);
	ph_journal_get_clear(&get);
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(a.duplicate, 1);
	ph_journal_accept_clear(&a);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("PRAGMA user_version"), 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal memory");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, a_key_of_a_role_is_the_same_at_each_of_its_printers);
	tcase_add_test(tc, an_update_moves_a_job_and_keeps_what_it_does_not_name);
	tcase_add_test(tc, words_of_drivers_are_kept);
	tcase_add_test(tc, a_journal_of_the_first_version_is_taken_over);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
