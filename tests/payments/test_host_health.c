// The circuit breaker of the host: what opens it, how it closes again, and when it is probed.
#include "daemon/payments/host_health.h"

#include "base/cleanup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct ph_host_health health;
static uint64_t now_us;

static void setup(void)
{
	now_us = UINT64_C(1000000000);
	ph_host_health_init(&health, 0);
}

/* One letter an event. */
static void tell(const char *events)
{
	static const char letters[] = "anteExo";
	static const enum ph_host_event kinds[] = {PH_HOST_ANSWERED, PH_HOST_NOT_NOW,
		PH_HOST_TIMED_OUT, PH_HOST_ECHO, PH_HOST_ECHO_LOST, PH_HOST_NO_LINE,
		PH_HOST_NOT_NOW_AGAIN};

	for (; *events; events++) {
		now_us += 1000000;
		ph_host_health_tell(&health, kinds[strchr(letters, *events) - letters], now_us, 0);
	}
}

/* a answered, n not now, o the same once more, t timed out, x no line, e echo, E echo lost */
static const struct {
	const char *events, *state;
	bool asks;
} rows[] = {
	{"", "online", true},
	{"a", "online", true},
	{"x", "degraded", true},
	{"xa", "online", true},
	{"xx", "offline", false},
	{"xax", "degraded", true},
	{"xE", "offline", false},
	{"E", "degraded", true},
	{"Ee", "online", true},
	{"t", "offline", false},
	{"at", "offline", false},
	{"n", "degraded", true},
	{"nn", "degraded", true},
	{"nnn", "offline", false},
	{"nanan", "offline", false},
	{"nanaan", "degraded", true},
	{"naaaaa", "online", true},
	{"nnaaa", "degraded", true},
	{"nnaaaaa", "online", true},
	{"te", "offline", false},
	{"tee", "half_open", true},
	{"teEe", "offline", false},
	{"teEee", "half_open", true},
	{"tene", "offline", false},
	{"teea", "online", true},
	{"teeax", "degraded", true},
	{"teet", "offline", false},
	{"teen", "offline", false},
	{"teex", "offline", false},
	{"teee", "half_open", true},
	{"teeE", "offline", false},
	{"ta", "online", true},	       /* the answer to one that was on its way */
	{"nnneean", "degraded", true}, /* what made it sick is forgotten */
	{"ooooo", "online", true},
	{"noooo", "degraded", true},
	{"nnon", "offline", false},
	{"xo", "online", true},
	{"teo", "half_open", true},
	{"teeo", "half_open", true},
	{"teeon", "offline", false},
	{"teeoa", "online", true},
};

START_TEST(states)
{
	setup();
	tell(rows[_i].events);
	ck_assert_msg(!strcmp(ph_host_state_name(health.state), rows[_i].state), "%s: %s",
		rows[_i].events, ph_host_state_name(health.state));
	ck_assert_int_eq(ph_host_health_asks(&health), rows[_i].asks);
	ck_assert_int_eq(health.probe_us != 0, !strcmp(rows[_i].state, "offline"));
}
END_TEST

START_TEST(half_open_lets_one_through)
{
	setup();
	tell("tee");
	ph_host_health_try(&health);
	ck_assert(!ph_host_health_asks(&health));
	tell("a");
	ck_assert(ph_host_health_asks(&health));
	tell("tee");
	ph_host_health_try(&health);
	tell("e");
	ck_assert(!ph_host_health_asks(&health));
	/* what says nothing leaves the place to another one */
	tell("o");
	ck_assert_str_eq(ph_host_state_name(health.state), "half_open");
	ck_assert(ph_host_health_asks(&health));
}
END_TEST

START_TEST(probes_come_less_and_less_often)
{
	static const unsigned pauses_s[] = {5, 10, 20, 40, 80, 120, 120};

	setup();
	tell("t");
	for (size_t i = 0; i < PH_ARRAY_SIZE(pauses_s); i++) {
		uint64_t pause_us = health.probe_us - now_us;
		ck_assert_uint_eq(pause_us, pauses_s[i] * UINT64_C(500000));
		tell("E");
	}
	/* and all of it by chance, at most */
	ph_host_health_tell(&health, PH_HOST_ECHO_LOST, now_us, 60000000);
	ck_assert_uint_eq(health.probe_us - now_us, UINT64_C(120000000));
	tell("e");
	ck_assert_uint_eq(health.probe_us - now_us, UINT64_C(2500000));
}
END_TEST

START_TEST(the_last_answer_is_known)
{
	setup();
	tell("ax");
	ck_assert_uint_eq(health.answered_us, now_us - 1000000);
	tell("xt");
	ck_assert_uint_eq(health.answered_us, now_us - 3000000);
	tell("n");
	ck_assert_uint_eq(health.answered_us, now_us);
	uint64_t before = now_us;
	ph_host_health_init(&health, before);
	ck_assert_uint_eq(health.answered_us, before);
}
END_TEST

START_TEST(changes_are_told_once)
{
	setup();
	ck_assert(!ph_host_health_tell(&health, PH_HOST_ANSWERED, 5, 0));
	ck_assert(ph_host_health_tell(&health, PH_HOST_TIMED_OUT, 6, 0));
	ck_assert_uint_eq(health.since_us, 6);
	ck_assert(!ph_host_health_tell(&health, PH_HOST_TIMED_OUT, 7, 0));
	ck_assert_uint_eq(health.since_us, 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host health");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, states, 0, (int)PH_ARRAY_SIZE(rows));
	tcase_add_test(tests, half_open_lets_one_through);
	tcase_add_test(tests, probes_come_less_and_less_often);
	tcase_add_test(tests, the_last_answer_is_known);
	tcase_add_test(tests, changes_are_told_once);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
