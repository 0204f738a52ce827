// JSON to a gateway over HTTPS: requests become transfers of libcurl, and how one ends becomes an answer. docs/acquirer-https.md.
#include "acquirer/link_https.h"

#include "acquirer/log.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crash_point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static struct gateway *of(struct ph_link *link)
{
	return PH_CONTAINER_OF(link, struct gateway, link);
}

static void set_state(struct gateway *gateway, enum ph_link_state state, const char *reason)
{
	bool changed = gateway->state != state;

	snprintf(gateway->reason, sizeof gateway->reason, "%s", reason);
	if (!changed)
		return;
	gateway->state = state;
	gateway->state_since_us = ph_clock_wall_us();
	if (state == PH_LINK_DOWN)
		ph_acquirer_log(LOG_WARNING, "the gateway is not there: %s", reason);
	else if (state == PH_LINK_UP)
		ph_acquirer_log(LOG_INFO, "the gateway is there");
	gateway->setup.news->state(gateway->setup.userdata, state, reason);
}

/* ---- echo messages ---- */

static int on_echo(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct gateway *gateway = userdata;
	struct request *request = &gateway->requests[PH_LINK_IN_FLIGHT];
	ssize_t n;

	if (request->easy)
		return 0;
	request->kind = ECHO;
	request->key[0] = '\0';
	n = ph_json_echo(gateway->setup.config, request->hidden_body, PH_JSON_MESSAGE_MAX);
	request->len = n > 0 ? (size_t)n : 0;
	if (request_send(request, "echo", gateway->setup.config->answer_timeout_ms) < 0)
		set_state(gateway, PH_LINK_DOWN, "out of memory");
	return 0;
}

static void plan_echo(struct gateway *gateway, uint64_t wait_us)
{
	gateway->echo = sd_event_source_disable_unref(gateway->echo);
	if (gateway->watched)
		sd_event_add_time_relative(gateway->setup.event, &gateway->echo, CLOCK_MONOTONIC,
			wait_us, 100000, on_echo, gateway);
}

static void echo_ended(struct gateway *gateway, bool good)
{
	uint64_t pause = gateway->pause_us;

	gateway->pause_us = pause * 2 > GATEWAY_PAUSE_MAX_US ? GATEWAY_PAUSE_MAX_US : pause * 2;
	if (good)
		gateway->pause_us = GATEWAY_PAUSE_MIN_US;
	plan_echo(gateway, good ? GATEWAY_ECHO_US : pause);
}

/* ---- ends ---- */

/* What a status other than 200 says of the message. */
static const struct meaning {
	long status;
	int error;
	bool up;      /* the gateway is well */
	bool nothing; /* it has certainly done nothing */
	const char *why;
} meanings[] = {
	{400, -EINVAL, true, true, "the gateway calls the message wrong"},
	{413, -EINVAL, true, true, "the gateway calls the message too large"},
	{415, -EINVAL, true, true, "the gateway does not take JSON: check `url`"},
	{422, -EINVAL, true, true, "the gateway calls the message wrong"},
	{401, -ENOTCONN, false, true, "the gateway does not know this till: check `token`"},
	{403, -ENOTCONN, false, true, "the gateway does not let this till in: ask the acquirer"},
	{404, -ENOTCONN, false, true, "the gateway has no such address: check `url`"},
	{405, -ENOTCONN, false, true, "the gateway has no such address: check `url`"},
	{429, -ENOTCONN, true, true, "the gateway wants fewer messages"},
};
static const struct meaning unknown = {0, -ETIMEDOUT, false, false,
	"the gateway's answer does not say what became of the message"};

static const struct meaning *meaning_of(long status)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(meanings); i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return &unknown;
}

/* Frees the request, and tells its end. */
static void finish(struct request *request, struct ph_link_answer *answer)
{
	struct gateway *gateway = request->gateway;
	uint64_t ticket = request->ticket;

	answer->ms = (unsigned)((ph_clock_mono_us() - request->since_us) / 1000);
	request_free(request);
	gateway->setup.news->answer(gateway->setup.userdata, ticket, answer);
}

static void failed(struct request *request, int error, const char *why)
{
	struct gateway *gateway = request->gateway;
	bool begun = request_begun(request);
	struct ph_link_answer answer = {
		.error = begun ? error : -ENOTCONN, .maybe_sent = begun, .why = why};
	bool echo = request->kind == ECHO;

	if (echo)
		request_free(request);
	/* one answer that does not come says little of the gateway */
	if (echo || !begun || error != -ETIMEDOUT)
		set_state(gateway, PH_LINK_DOWN, why);
	if (echo || (gateway->state == PH_LINK_DOWN && !gateway->requests[PH_LINK_IN_FLIGHT].easy))
		echo_ended(gateway, false);
	if (!echo)
		finish(request, &answer);
}

void gateway_late(struct request *request)
{
	failed(request, -ETIMEDOUT,
		request_begun(request) ? "the gateway has not answered in time"
				       : "the message could not be sent in time");
}

static void refused(struct request *request, long status)
{
	const struct meaning *meaning = meaning_of(status);
	char said[PH_HOST_TEXT_SIZE], why[PH_LINK_WHY_SIZE];
	struct ph_link_answer answer = {
		.error = meaning->error, .maybe_sent = !meaning->nothing, .why = why};

	ph_json_refusal(request->hidden_answer, request->received, said);
	snprintf(why, sizeof why, "%s (HTTP %ld)%s%s", meaning->why, status, *said ? ": " : "",
		said);
	set_state(
		request->gateway, meaning->up ? PH_LINK_UP : PH_LINK_DOWN, meaning->up ? "" : why);
	finish(request, &answer);
}

static void answered(struct request *request)
{
	struct gateway *gateway = request->gateway;
	const struct ph_json_asked asked = {.message = request->message,
		.tid = gateway->setup.config->tid,
		.stan = request->stan,
		.transmission = request->transmission,
		.amount = request->amount};
	struct ph_link_answer answer = {
		.error = unknown.error, .maybe_sent = true, .why = unknown.why};
	struct ph_decision decision;
	struct ph_balance balance;

	if (request->kind == ABOUT_TOTALS) {
		if (ph_json_balance(request->hidden_answer, request->received, &asked, &balance) ==
			0)
			answer.balance = &balance;
	} else if (ph_json_decide(request->hidden_answer, request->received, &asked, &decision) ==
		   0) {
		answer.decision = &decision;
	}
	set_state(gateway, PH_LINK_UP, "");
	PH_CRASH_POINT(request->message, "answer");
	finish(request, &answer);
}

static void on_done(void *userdata, CURL *easy, CURLcode result)
{
	struct gateway *gateway = userdata;
	struct request *request = NULL;
	char why[PH_LINK_WHY_SIZE];
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (result != CURLE_OK) {
		request_explain(request, result, why);
		failed(request, -ENOTCONN, why);
	} else if (request->kind != ECHO) {
		if (status == 200)
			answered(request);
		else
			refused(request, status);
	} else {
		snprintf(why, sizeof why, "%s (HTTP %ld)", meaning_of(status)->why, status);
		request_free(request);
		set_state(gateway, status == 200 ? PH_LINK_UP : PH_LINK_DOWN,
			status == 200 ? "" : why);
		echo_ended(gateway, status == 200);
	}
}

/* ---- the table ---- */

static void https_close(struct ph_link *link)
{
	struct gateway *gateway = link ? of(link) : NULL;

	if (!gateway)
		return;
	for (unsigned i = 0; i < ANSWERS_AT_ONCE; i++)
		if (gateway->requests[i].easy)
			request_free(&gateway->requests[i]);
	sd_event_source_disable_unref(gateway->echo);
	ph_curl_loop_done(&gateway->curl);
	ph_tls_free(gateway->tls);
	ph_secret_free(gateway->hidden);
	ph_secret_free(gateway->hidden_token);
	free(gateway);
}

static int fail_token(char why[PH_LINK_WHY_SIZE], const char *path, const char *what)
{
	snprintf(why, PH_LINK_WHY_SIZE, "`token`: %.150s: %s", path, what);
	return -EINVAL;
}

/* A word for the header; a file or a credential of the unit has it. */
static int read_token(struct gateway *gateway, char why[PH_LINK_WHY_SIZE])
{
	const struct ph_acquirer_config *config = gateway->setup.config;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[300], *token;
	long len;

	if (config->token[0])
		snprintf(path, sizeof path, "%s", config->token);
	else
		snprintf(path, sizeof path, "%.250s/%s", folder ? folder : "", "acquirer-token");
	if (!config->token[0] && (!folder || access(path, F_OK) < 0))
		return 0;
	if (ph_secret_new(TOKEN_MAX, &gateway->hidden_token) < 0)
		return fail_token(why, path, "no memory that can be locked");
	token = ph_secret_memory(gateway->hidden_token);
	len = ph_acquirer_read_file(path, token, TOKEN_MAX - 1);
	if (len < 0)
		return fail_token(why, path, strerror((int)-len));
	while (len && (token[len - 1] == '\n' || token[len - 1] == '\r' || token[len - 1] == ' '))
		token[--len] = '\0';
	for (long i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return fail_token(why, path, "is not one word of printable characters");
	return len ? 0 : fail_token(why, path, "is empty");
}

static int https_open(
	const struct ph_link_setup *setup, struct ph_link **ret_link, char why[PH_LINK_WHY_SIZE])
{
	struct gateway *gateway = calloc(1, sizeof *gateway);
	int r;

	snprintf(why, PH_LINK_WHY_SIZE, "no memory that can be locked");
	if (!gateway)
		return -ENOMEM;
	gateway->setup = *setup;
	gateway->link.ops = &ph_link_https;
	gateway->pause_us = GATEWAY_PAUSE_MIN_US;
	gateway->state_since_us = ph_clock_wall_us();
	gateway->curl = (struct ph_curl_loop){.done = on_done, .userdata = gateway};
	r = ph_secret_new(
		ANSWERS_AT_ONCE * (PH_JSON_MESSAGE_MAX + PH_JSON_ANSWER_MAX), &gateway->hidden);
	if (r >= 0)
		r = ph_tls_new(setup->config, &gateway->tls, why);
	if (r >= 0)
		r = read_token(gateway, why);
	if (r >= 0)
		r = ph_curl_loop_init(&gateway->curl, setup->event);
	if (r < 0) {
		https_close(&gateway->link);
		return r;
	}
	for (unsigned i = 0; i < ANSWERS_AT_ONCE; i++) {
		struct request *request = &gateway->requests[i];

		request->gateway = gateway;
		request->hidden_body = (char *)ph_secret_memory(gateway->hidden) +
				       i * (PH_JSON_MESSAGE_MAX + PH_JSON_ANSWER_MAX);
		request->hidden_answer = request->hidden_body + PH_JSON_MESSAGE_MAX;
	}
	*ret_link = &gateway->link;
	return 0;
}

static bool https_wants_once(const struct ph_link *link, const struct ph_record *record)
{
	const struct gateway *gateway = (const struct gateway *)link;

	return gateway->setup.config->track2 && record->once_len &&
	       (record->action == PH_AUTHORIZE || record->action == PH_REFUND);
}

/* A free place. -EEXIST: the same message is on its way; -EBUSY. */
static int begin(struct gateway *gateway, const char *key, struct request **ret_request)
{
	struct request *found = NULL;

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct request *request = &gateway->requests[i];

		if (!request->easy)
			found = request;
		else if (!strcmp(request->key, key))
			return -EEXIST;
	}
	if (!found)
		return -EBUSY;
	memcpy(found->key, key, PH_JSON_KEY_SIZE);
	*ret_request = found;
	return 0;
}

static int go(struct request *request, const char *action, uint64_t ticket, unsigned timeout_ms)
{
	request->ticket = ticket;
	request->since_us = ph_clock_mono_us();
	request->message = action;
	return request_send(request, action,
		timeout_ms ? timeout_ms : request->gateway->setup.config->answer_timeout_ms);
}

static int https_submit(struct ph_link *link, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint64_t ticket, char why[PH_RECORD_WHY_SIZE])
{
	struct gateway *gateway = of(link);
	struct request *request = NULL;
	char key[PH_JSON_KEY_SIZE] = "";
	ssize_t n;
	int r = ph_json_key(record->payment, record->stan, key, why);

	if (r == 0)
		r = begin(gateway, key, &request);
	if (r < 0)
		return r;
	n = ph_json_message(gateway->setup.config, record, accounts, request->hidden_body,
		PH_JSON_MESSAGE_MAX, why);
	if (n < 0) {
		ph_wipe(request->hidden_body, PH_JSON_MESSAGE_MAX);
		return -EINVAL;
	}
	request->kind = ABOUT_RECORD;
	request->len = (size_t)n;
	request->amount = record->action == PH_REVERSE ? 0 : record->amount;
	memcpy(request->stan, record->stan, sizeof request->stan);
	memcpy(request->transmission, record->transmission, sizeof request->transmission);
	return go(request, ph_json_action(record->action), ticket, record->timeout_ms);
}

static int https_reconcile(struct ph_link *link, const struct ph_totals *totals, uint64_t ticket,
	char why[PH_RECORD_WHY_SIZE])
{
	struct gateway *gateway = of(link);
	struct request *request = NULL;
	char key[PH_JSON_KEY_SIZE] = "", day[sizeof "totals." + sizeof totals->transmission];
	ssize_t n;
	int r;

	/* trace numbers begin anew, and so would the keys of days */
	snprintf(day, sizeof day, "totals.%s", totals->transmission);
	r = ph_json_key(day, totals->stan, key, why);
	if (r == 0)
		r = begin(gateway, key, &request);
	if (r < 0)
		return r;
	n = ph_json_totals(
		gateway->setup.config, totals, request->hidden_body, PH_JSON_MESSAGE_MAX);
	if (n < 0)
		return -EINVAL;
	request->kind = ABOUT_TOTALS;
	request->len = (size_t)n;
	request->amount = 0;
	memcpy(request->stan, totals->stan, sizeof request->stan);
	memcpy(request->transmission, totals->transmission, sizeof request->transmission);
	return go(request, "reconcile", ticket, totals->timeout_ms);
}

static void https_forget_all(struct ph_link *link)
{
	struct gateway *gateway = of(link);

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++)
		if (gateway->requests[i].easy)
			request_free(&gateway->requests[i]);
}

static void https_watch(struct ph_link *link, bool on)
{
	struct gateway *gateway = of(link);

	if (gateway->watched == on)
		return;
	gateway->watched = on;
	gateway->pause_us = GATEWAY_PAUSE_MIN_US;
	plan_echo(gateway, 0);
}

static enum ph_link_state https_state(
	const struct ph_link *link, uint64_t *ret_since_us, const char **ret_reason)
{
	const struct gateway *gateway = (const struct gateway *)link;

	*ret_since_us = gateway->state_since_us;
	*ret_reason = gateway->reason;
	return gateway->state;
}

static void https_describe(const struct ph_link *link, struct ph_buf *out)
{
	const struct gateway *gateway = (const struct gateway *)link;
	const char *tid = gateway->setup.config->tid;

	ph_buf_add_str(out, "\"link\":\"https\",\"tid\":");
	ph_buf_add_json_str(out, tid, strlen(tid));
	ph_buf_add_str(out, ",\"capabilities\":{\"reversal\":\"reverse\","
			    "\"request_repeat\":false,\"partial_approval\":true,"
			    "\"advice\":true,\"reconcile\":true},");
}

const struct ph_link_ops ph_link_https = {
	.name = "https",
	.open = https_open,
	.close = https_close,
	.wants_once = https_wants_once,
	.submit = https_submit,
	.reconcile = https_reconcile,
	.forget_all = https_forget_all,
	.watch = https_watch,
	.state = https_state,
	.describe = https_describe,
};
