// The event ring and subscriptions with fake clients: matching, order, resuming, gaps, what a departing client leaves.
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "poshal/types.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_daemon daemon_;
static struct ph_client client;
static char got[PH_EVENT_RING + 10][48];
static unsigned got_count;
static cJSON *answer;
static char failure_name[48];

static void on_event(struct ph_client *c, const struct ph_event *event)
{
	ck_assert_uint_lt(got_count, sizeof got / sizeof got[0]);
	snprintf(got[got_count++], sizeof got[0], "%s %s %s", event->topic, event->device,
		event->data);
	ck_assert_int_eq(event->line[event->line_len - 1], '\n');
	cJSON *line = cJSON_Parse(event->line);
	ck_assert_ptr_nonnull(line);
	cJSON_Delete(line);
}

static const struct ph_client_ops client_ops = {.door = "json", .event = on_event};

static void on_reply(struct ph_call *call, const cJSON *result)
{
	answer = cJSON_Duplicate(result, true);
}

static void on_fail(struct ph_call *call, const struct ph_failure *failure)
{
	snprintf(failure_name, sizeof failure_name, "%s", failure->name);
}

static const struct ph_call_ops call_ops = {.reply = on_reply, .fail = on_fail};

static void setup(void)
{
	memset(&daemon_, 0, sizeof daemon_);
	memset(&client, 0, sizeof client);
	ph_events_init(&daemon_.events);
	client.ops = &client_ops;
	client.grants = PH_GRANTS_ALL;
	ph_client_add(&client, &daemon_);
	got_count = 0;
	answer = NULL;
	failure_name[0] = '\0';
}

static void teardown(void)
{
	if (!client.gone)
		ph_client_remove(&client);
	ph_events_done(&daemon_.events);
	cJSON_Delete(answer);
}

static void call(const char *method, const char *params)
{
	cJSON *object = cJSON_Parse(params);
	struct ph_call one = {.ops = &call_ops,
		.method = ph_method_find(method),
		.client = &client,
		.daemon = &daemon_,
		.params = object};
	struct ph_failure failure;

	ck_assert_ptr_nonnull(one.method);
	ck_assert_int_eq(ph_params_check(one.method, object, &failure), 0);
	cJSON_Delete(answer);
	answer = NULL;
	failure_name[0] = '\0';
	ph_call_start(&one);
	cJSON_Delete(object);
}

START_TEST(topics_match_by_whole_words)
{
	ck_assert(ph_topic_matches("*", "job.state"));
	ck_assert(ph_topic_matches("job", "job.state"));
	ck_assert(ph_topic_matches("job.state", "job.state"));
	ck_assert(!ph_topic_matches("jo", "job.state"));
	ck_assert(!ph_topic_matches("job.state.more", "job.state"));
	ck_assert(!ph_topic_matches("", "job.state"));
}
END_TEST

START_TEST(an_event_arrives_once_however_many_subscriptions_match)
{
	call("events.subscribe", "{\"topics\":[\"job\",\"*\"]}");
	call("events.subscribe", "{\"topics\":[\"job.state\"]}");
	ph_events_publish(&daemon_, "job.state", "p", "{\"a\":1}");
	ph_events_publish(&daemon_, "device.state", "p", "{}");
	ck_assert_uint_eq(got_count, 2);
	ck_assert_str_eq(got[0], "job.state p {\"a\":1}");
}
END_TEST

START_TEST(unsubscribing_ends_it)
{
	call("events.subscribe", "{\"topics\":[\"*\"]}");
	char params[80];
	snprintf(params, sizeof params, "{\"subscription\":\"%s\"}",
		cJSON_GetObjectItem(answer, "subscription")->valuestring);
	call("events.unsubscribe", params);
	ph_events_publish(&daemon_, "job.state", "", "{}");
	ck_assert_uint_eq(got_count, 0);
	call("events.unsubscribe", params);
	ck_assert_str_eq(failure_name, "NoExist");
}
END_TEST

static void resume_behind(const char *instance, unsigned seq)
{
	char params[200];

	snprintf(params, sizeof params,
		"{\"topics\":[\"n\"],\"since\":{\"instance\":\"%s\",\"seq\":%u}}", instance, seq);
	call("events.subscribe", params);
}

START_TEST(resuming_sends_what_was_missed_in_order)
{
	for (int i = 0; i < 5; i++)
		ph_events_publish(&daemon_, i % 2 ? "other" : "n", "d", "{}");
	resume_behind(daemon_.events.instance, 1);
	ck_assert_uint_eq(got_count, 2); /* seq 3 and 5 */
	ck_assert_double_eq(cJSON_GetObjectItem(answer, "seq")->valuedouble, 5);
}
END_TEST

START_TEST(what_the_ring_lost_is_a_gap_not_a_silence)
{
	char data[32];
	for (unsigned i = 1; i <= PH_EVENT_RING + 7; i++) {
		snprintf(data, sizeof data, "{\"i\":%u}", i);
		ph_events_publish(&daemon_, "n", "", data);
	}
	resume_behind(daemon_.events.instance, 3);
	ck_assert_str_eq(got[0], "events.gap  {\"from\":4,\"to\":7}");
	ck_assert_str_eq(got[1], "n  {\"i\":8}");
	ck_assert_uint_eq(got_count, 1 + PH_EVENT_RING);
}
END_TEST

START_TEST(numbers_of_unicast_events_are_no_gap)
{
	for (int i = 0; i < 3; i++)
		ph_events_unicast(&client, "scanner.data", "d", "{}", 2);
	ph_events_publish(&daemon_, "n", "d", "{}");
	got_count = 0;
	resume_behind(daemon_.events.instance, 1);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_str_eq(got[0], "n d {}");
}
END_TEST

START_TEST(another_instance_is_a_gap_even_when_nothing_was_lost)
{
	ph_events_publish(&daemon_, "n", "", "{}");
	resume_behind("00000000-0000-4000-8000-000000000000", 1);
	ck_assert_str_eq(got[0], "events.gap  {\"from\":1,\"to\":0}");
	ck_assert_str_eq(got[1], "n  {}");
}
END_TEST

START_TEST(the_ring_is_bounded_in_bytes)
{
	char *data = malloc(100003);
	memset(data, ' ', 100002);
	data[0] = '{';
	data[100001] = '}';
	data[100002] = '\0';
	for (int i = 0; i < 50; i++)
		ph_events_publish(&daemon_, "n", "", data);
	ck_assert_uint_le(daemon_.events.bytes, PH_EVENT_RING_BYTES);
	ck_assert_uint_eq(daemon_.events.count, PH_EVENT_RING_BYTES / 100100);
	free(data);
}
END_TEST

START_TEST(a_unicast_event_is_numbered_but_not_kept)
{
	call("events.subscribe", "{\"topics\":[\"*\"]}");
	ph_events_unicast(&client, "scanner.data", "s", "{\"text\":\"x\"}", 12);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(daemon_.events.count, 0);
	ck_assert_uint_eq(daemon_.events.next_seq, 2);
}
END_TEST

START_TEST(a_client_that_left_gets_nothing)
{
	call("events.subscribe", "{\"topics\":[\"*\"]}");
	ph_client_remove(&client);
	ph_events_publish(&daemon_, "n", "", "{}");
	ck_assert_uint_eq(got_count, 0);
	ck_assert_uint_eq(daemon_.client_count, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("events");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, topics_match_by_whole_words);
	tcase_add_test(tc, an_event_arrives_once_however_many_subscriptions_match);
	tcase_add_test(tc, unsubscribing_ends_it);
	tcase_add_test(tc, resuming_sends_what_was_missed_in_order);
	tcase_add_test(tc, what_the_ring_lost_is_a_gap_not_a_silence);
	tcase_add_test(tc, numbers_of_unicast_events_are_no_gap);
	tcase_add_test(tc, another_instance_is_a_gap_even_when_nothing_was_lost);
	tcase_add_test(tc, the_ring_is_bounded_in_bytes);
	tcase_add_test(tc, a_unicast_event_is_numbered_but_not_kept);
	tcase_add_test(tc, a_client_that_left_gets_nothing);
	Suite *suite = suite_create("events");
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
