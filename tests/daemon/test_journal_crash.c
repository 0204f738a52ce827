// The points at which a test may end the process are where the journal says: around the commit of what they name.
#include "journal_fixture.h"

#include "daemon/journal/journal_payments.h"

#include <signal.h>
#include <sys/wait.h>

static struct ph_journal_pay_begin begin;
static struct ph_journal_intent intent;

/* A payment, its request, and the answer of the host, until killed. */
static void pay(void)
{
	static const uint8_t sealed[] = "sealed";
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = 1,
		.record = 1,
		.record_state = PH_RECORD_APPROVED,
		.final = true,
		.state = PH_PAY_APPROVED,
		.amount_approved = 100};

	begin = (struct ph_journal_pay_begin){.request.done = on_done,
		.ask = {.method = "payment.authorize",
			.key = "k",
			.body = "{}",
			.device = "reader",
			.type = "sale",
			.amount = 100,
			.currency = "EUR"}};
	ph_journal_pay_begin_submit(f.journal, &begin);
	fixture_wait(1);
	intent = (struct ph_journal_intent){.request.done = on_done,
		.payment = 1,
		.terminal = "TID12345",
		.entry = "chip",
		.sealed = sealed,
		.sealed_len = sizeof sealed};
	/* the second time it is refused: nothing is written, and this is no point */
	for (int i = 0; i < 2; i++) {
		ph_journal_intent_submit(f.journal, &intent);
		fixture_wait(1);
	}
	ph_journal_pay_result_submit(f.journal, &result);
	fixture_wait(1);
}

static const struct {
	const char *at;
	int payment; /* its state afterwards */
} points[] = {
	{"D1.before", PH_PAY_STARTED},
	{"D1.after", PH_PAY_INTENT},
	{"D2.before", PH_PAY_INTENT},
	{"D2.after", PH_PAY_APPROVED},
	{"D1.after:2,D2.before:2,D3.before,D4.before", -1},
};

START_TEST(a_point_is_where_it_says)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		setenv("POSHAL_CRASH_AT", points[_i].at, 1);
		/* a loop does not survive a fork */
		if (sd_event_new(&f.event) < 0)
			_exit(1);
		fixture_start();
		pay();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (points[_i].payment < 0) {
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return;
	}
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	fixture_start();
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT state FROM payment"), points[_i].payment);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal crash points");
	TCase *tc = tcase_create("points");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_point_is_where_it_says, 0, sizeof(points) / sizeof(points[0]));
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
