// Access rules: the default, users and groups, and what a mistake in a rule gives (nothing).
#include "daemon/core/access.h"

#include <check.h>
#include <string.h>

/* Every Debian system has these two; base-passwd guarantees the numbers. */
#define DAEMON_UID  1
#define DIALOUT_GID 20
#define SOME_UID    54321

static struct ph_access access_;
static struct ph_ini ini;
static struct ph_problems problems;

static void setup(void)
{
	memset(&access_, 0, sizeof access_);
	memset(&ini, 0, sizeof ini);
	memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
	ph_access_done(&access_);
	ph_ini_done(&ini);
	ph_problems_done(&problems);
}

static void load(const char *text)
{
	ck_assert_int_eq(ph_ini_parse(&ini, "f", text, strlen(text), &problems), 0);
	ck_assert_int_eq(
		ph_access_init(&access_, ini.len ? &ini.sections[0] : NULL, 4242, &problems), 0);
}

static uint32_t grants(uid_t uid, gid_t gid)
{
	gid_t gids[] = {65533, gid};

	return ph_access_grants(&access_, uid, gids, 2);
}

START_TEST(root_and_the_own_user_have_all)
{
	load("");
	ck_assert_uint_eq(grants(0, 0), PH_GRANTS_ALL);
	ck_assert_uint_eq(grants(4242, 4242), PH_GRANTS_ALL);
	ck_assert_uint_eq(grants(SOME_UID, SOME_UID), 0);
	ck_assert_uint_eq(ph_access_grants(&access_, SOME_UID, NULL, 0), 0);
}
END_TEST

START_TEST(rules_that_fit_add_up)
{
	load("[access]\nuser.daemon = scan, print\ngroup.dialout = monitor drawer\n");
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_uint_eq(grants(DAEMON_UID, SOME_UID),
		PH_GRANT_BIT(PH_GRANT_SCAN) | PH_GRANT_BIT(PH_GRANT_PRINT));
	ck_assert_uint_eq(grants(SOME_UID, DIALOUT_GID),
		PH_GRANT_BIT(PH_GRANT_MONITOR) | PH_GRANT_BIT(PH_GRANT_DRAWER));
	ck_assert_uint_eq(grants(DAEMON_UID, DIALOUT_GID),
		PH_GRANT_BIT(PH_GRANT_SCAN) | PH_GRANT_BIT(PH_GRANT_PRINT) |
			PH_GRANT_BIT(PH_GRANT_MONITOR) | PH_GRANT_BIT(PH_GRANT_DRAWER));
	/* a uid is no gid */
	ck_assert_uint_eq(grants(DIALOUT_GID, DAEMON_UID), 0);
}
END_TEST

START_TEST(all_and_none)
{
	load("[access]\nuser.daemon = all\ngroup.dialout = none\n");
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_uint_eq(grants(DAEMON_UID, DIALOUT_GID), PH_GRANTS_ALL);
	ck_assert_uint_eq(grants(SOME_UID, DIALOUT_GID), 0);
}
END_TEST

START_TEST(a_wrong_rule_gives_nothing)
{
	load("[access]\nuser.daemon = print fly\nuser.nobody-of-that-name = all\n"
	     "group.no-such-group = all\ndaemon = all\ngroup.dialout = none, scan\nuser. = all\n"
	     "user.sync =\n");
	ck_assert_uint_eq(problems.len, 7);
	for (unsigned i = 0; i < 7; i++)
		ck_assert_uint_eq(problems.items[i].line, i + 2);
	ck_assert_str_eq(problems.items[1].text,
		"there is no user `nobody-of-that-name` on this system; create it or remove the "
		"line");
	ck_assert_uint_eq(access_.len, 0);
	ck_assert_uint_eq(grants(DAEMON_UID, DIALOUT_GID), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access");
	TCase *tc = tcase_create("access");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, root_and_the_own_user_have_all);
	tcase_add_test(tc, rules_that_fit_add_up);
	tcase_add_test(tc, all_and_none);
	tcase_add_test(tc, a_wrong_rule_gives_nothing);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
