// Points at which a test ends a process: the right one, the right time, and no other.
#include "base/crash_point.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *at;
	int survives; /* passes before the one that kills; -1: all */
} cases[] = {
	{NULL, -1},
	{"", -1},
	{"D4.before", 0},
	{"D4.before:1", 0},
	{"D4.before:3", 2},
	{"D4.after", -1},
	{"D4.befor", -1},
	{"D4.beforehand", -1},
	{"D4", -1},
	{"D40.before", -1},
	{"D4.before:0", -1},
	{"D4.after,D4.before:2", 1},
	{"D4.before:9,,M0200.mid", -1},
	{"a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,D4.before", -1},
};

START_TEST(the_named_pass_is_the_last)
{
	int survives = cases[_i].survives, status;
	pid_t child;

	if (cases[_i].at)
		setenv("POSHAL_CRASH_AT", cases[_i].at, 1);
	else
		unsetenv("POSHAL_CRASH_AT");
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 5; i++) {
			if (PH_CRASH_POINT_DUE("D4", "before") != (i == survives))
				_exit(100);
			PH_CRASH_POINT("D4", "before");
			if (i == survives)
				_exit(101);
		}
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (survives < 0)
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	else
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crash points");
	TCase *tc = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, the_named_pass_is_the_last, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
