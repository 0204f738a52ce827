// Administration without the grant: what polkit is asked, and what its answers lead to. The authority is a fake.
#include "daemon/doors/dbus/door.h"

#include "daemon/doors/dbus/internal.h"
#include "dbus_bus.h"
#include "dbus_fake.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY	 65534
#define ROOT	 "/org/poshal1"
#define RELOAD	 "org.poshal1.Manager.Reload"
#define POLKIT	 "org.freedesktop.PolicyKit1"
#define ASKS_MAX 80

static struct bus bus;
static struct ph_dbus_door *door;
static struct client caller, authority;

/* What the authority was asked, and what it shall answer. */
static struct {
	unsigned count;
	const char *sender, *action;
	unsigned flags;
	sd_bus_message *held[ASKS_MAX];
	bool hold, yes, fail;
	char text[200];
} asked;

static int on_question(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *kind, *key, *cancel;

	if (!sd_bus_message_is_method_call(message, POLKIT ".Authority", "CheckAuthorization"))
		return 0;
	ck_assert_int_gt(sd_bus_message_read(message, "(sa{sv})s", &kind, 1, &key, "s",
				 &asked.sender, &asked.action),
		0);
	ck_assert_str_eq(kind, "system-bus-name");
	ck_assert_str_eq(key, "name");
	ck_assert_int_gt(sd_bus_message_skip(message, "a{ss}"), 0);
	ck_assert_int_gt(sd_bus_message_read(message, "us", &asked.flags, &cancel), 0);
	snprintf(
		asked.text, sizeof asked.text, "%s %s %u", asked.sender, asked.action, asked.flags);
	ck_assert_uint_lt(asked.count, ASKS_MAX);
	asked.held[asked.count++] = asked.hold ? sd_bus_message_ref(message) : NULL;
	if (asked.hold)
		return 1;
	if (asked.fail)
		return sd_bus_reply_method_errorf(
			message, POLKIT ".Error.Failed", "no such action");
	return sd_bus_reply_method_return(message, "(bba{ss})", asked.yes, !asked.yes, 0);
}

static void open_authority(void)
{
	struct answer answer;

	client_open(&authority, fake.daemon.event, -1);
	ck_assert_int_ge(sd_bus_add_filter(authority.bus, NULL, on_question, NULL), 0);
	client_send(&authority, &answer, "/org/freedesktop/DBus",
		"org.freedesktop.DBus.RequestName", "su", POLKIT, 0);
	WAIT_FOR(fake.daemon.event, answer.message);
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
}

/* The caller is somebody without any grant but `monitor`: root has all, so another user where that can be. */
static void set_up(void)
{
	static struct ph_access_rule rule = {.grants = PH_GRANT_BIT(PH_GRANT_MONITOR)};

	bus_start(&bus, BUS_OPEN);
	fake_init();
	memset(&asked, 0, sizeof asked);
	fake.config.access.own_uid = NOBODY - 1;
	fake.config.access.rules = malloc(sizeof rule);
	*fake.config.access.rules = rule;
	fake.config.access.rules->id = geteuid() ? geteuid() : NOBODY;
	fake.config.access.len = 1;
	ck_assert_int_eq(ph_dbus_door_new(&fake.daemon, &door), 0);
	WAIT_FOR(fake.daemon.event, !strcmp(fake.daemon.bus_state, "connected"));
	client_open(&caller, fake.daemon.event, geteuid() ? -1 : NOBODY);
}

static void tear_down(void)
{
	if (caller.bus)
		client_close(&caller);
	for (unsigned i = 0; i < asked.count; i++)
		sd_bus_message_unref(asked.held[i]);
	if (authority.bus)
		client_close(&authority);
	ph_dbus_door_free(door);
	ck_assert_ptr_null(fake.daemon.clients);
	fake_done();
	bus_remove(&bus);
}

static struct answer call(const char *member)
{
	struct answer answer;

	client_send(&caller, &answer, ROOT, member, "");
	WAIT_FOR(fake.daemon.event, answer.message);
	return answer;
}

static void expect_denied(struct answer answer)
{
	ck_assert(sd_bus_message_is_method_error(answer.message, "org.poshal1.Error.AccessDenied"));
	ck_assert_ptr_nonnull(
		strstr(sd_bus_message_get_error(answer.message)->message, "`configure`"));
	sd_bus_message_unref(answer.message);
	ck_assert_uint_eq(fake.runs, 0);
}

START_TEST(yes)
{
	char text[200];

	open_authority();
	asked.yes = true;
	struct answer answer = call(RELOAD);
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
	ck_assert_uint_eq(fake.runs, 1);
	ck_assert_str_eq(fake.method, "config.reload");
	snprintf(text, sizeof text, "%s org.poshal1.configure 0", caller.name);
	ck_assert_str_eq(asked.text, text);
	/* for this call only */
	asked.yes = false;
	fake.runs = 0;
	expect_denied(call(RELOAD));
	ck_assert_uint_eq(asked.count, 2);
}
END_TEST

START_TEST(no_and_errors)
{
	open_authority();
	expect_denied(call(RELOAD));
	asked.fail = true;
	expect_denied(call(RELOAD));
	ck_assert_uint_eq(asked.count, 2);
}
END_TEST

START_TEST(no_polkit)
{
	expect_denied(call(RELOAD));
}
END_TEST

START_TEST(other_methods_are_not_asked_for)
{
	open_authority();
	asked.yes = true;
	/* what it may, and what needs another grant */
	struct answer answer = call("org.poshal1.Manager.Info");
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
	ck_assert_uint_eq(asked.count, 0);
}
END_TEST

START_TEST(a_person_is_asked_only_when_allowed)
{
	sd_bus_message *message = NULL;

	open_authority();
	asked.yes = true;
	ck_assert_int_ge(sd_bus_message_new_method_call(caller.bus, &message, PH_BUS_NAME, ROOT,
				 "org.poshal1.Manager", "Reload"),
		0);
	sd_bus_message_set_allow_interactive_authorization(message, true);
	message = client_call(&caller, message);
	ck_assert(!sd_bus_message_is_method_error(message, NULL));
	sd_bus_message_unref(message);
	ck_assert_uint_eq(asked.flags, 1);
}
END_TEST

START_TEST(a_caller_that_leaves)
{
	struct answer answers[3];

	open_authority();
	asked.hold = true;
	for (unsigned i = 0; i < 3; i++)
		client_send(&caller, &answers[i], ROOT, RELOAD, "");
	WAIT_FOR(fake.daemon.event, asked.count == 3);
	client_close(&caller);
	WAIT_FOR(fake.daemon.event, !fake.daemon.clients);
	/* answers that come now lead to nothing */
	for (unsigned i = 0; i < 3; i++)
		sd_bus_reply_method_return(asked.held[i], "(bba{ss})", true, false, 0);
	client_open(&caller, fake.daemon.event, geteuid() ? -1 : NOBODY);
	asked.hold = false;
	expect_denied(call(RELOAD));
}
END_TEST

START_TEST(questions_are_bounded)
{
	struct answer answers[PH_CALLS_PENDING + 1];

	open_authority();
	asked.hold = true;
	for (unsigned i = 0; i <= PH_CALLS_PENDING; i++)
		client_send(&caller, &answers[i], ROOT, RELOAD, "");
	WAIT_FOR(fake.daemon.event,
		answers[PH_CALLS_PENDING].message && asked.count == PH_CALLS_PENDING);
	ck_assert(sd_bus_message_is_method_error(
		answers[PH_CALLS_PENDING].message, "org.poshal1.Error.LimitExceeded"));
	sd_bus_message_unref(answers[PH_CALLS_PENDING].message);
	for (unsigned i = 0; i < PH_CALLS_PENDING; i++) {
		sd_bus_reply_method_return(asked.held[i], "(bba{ss})", i % 2, false, 0);
		WAIT_FOR(fake.daemon.event, answers[i].message);
		sd_bus_message_unref(answers[i].message);
	}
	ck_assert_uint_eq(fake.runs, PH_CALLS_PENDING / 2);
}
END_TEST

START_TEST(the_bus_goes_while_it_is_asked)
{
	struct answer answer;

	open_authority();
	asked.hold = true;
	client_send(&caller, &answer, ROOT, RELOAD, "");
	WAIT_FOR(fake.daemon.event, asked.count == 1);
	bus_kill(&bus);
	WAIT_FOR(fake.daemon.event, !strcmp(fake.daemon.bus_state, "absent"));
	ck_assert_uint_eq(fake.runs, 0);
	sd_bus_message_unref(answer.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dbus_polkit");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, yes);
	tcase_add_test(all, no_and_errors);
	tcase_add_test(all, no_polkit);
	tcase_add_test(all, other_methods_are_not_asked_for);
	tcase_add_test(all, a_person_is_asked_only_when_allowed);
	tcase_add_test(all, a_caller_that_leaves);
	tcase_add_test(all, questions_are_bounded);
	tcase_add_test(all, the_bus_goes_while_it_is_asked);
	suite_add_tcase(suite, all);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
