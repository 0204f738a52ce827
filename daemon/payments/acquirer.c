// The connection to poshal-acquirer: who it is, requests and their answers. What is sent, and what an answer means, is left to the payments.
#include "daemon/payments/acquirer.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_scan.h"
#include "base/stream.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment.h"
#include "poshal/limits.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_WAIT_US	 3000000 /* a request waits so long for an acquirer that is not there */
#define CONNECT_AGAIN_US 200000
#define GREET_WAIT_US	 15000000  /* and so long for the first word of one that is being started */
#define ANSWER_WAIT_US	 190000000 /* longer than connecting and waiting can last (acquirer.conf) */
#define ACQUIRER_USER	 "poshal-acquirer"
#define PROTOCOL_MAJOR	 1

struct ask {
	struct ask *next;
	uint64_t id, since_us; /* monotonic */
	bool sent;
	bool meeting; /* it waits for the hello, and sends nothing */
	bool again;   /* "not now" was its answer before */
	char method[24];
	cJSON *params;
	ph_host_done done;
	void *userdata;
};

struct ph_acquirer {
	struct ph_daemon *daemon;
	struct ph_stream stream;
	bool connected, watched, greeted;
	struct ask *asks; /* oldest first */
	uint64_t last_id;
	sd_event_source *timer;
	cJSON *hello;
	char trouble[200]; /* why it was not kept, or "" */
	char state[12];	   /* of the host: "up", "down", "unknown" */
};

static void work(struct ph_acquirer *acquirer);
static void arm(struct ph_acquirer *acquirer, uint64_t at_us);

/* Said once, until it is otherwise: it may be looked for every now and then. */
static void refuse(struct ph_acquirer *acquirer, const char *why)
{
	if (strcmp(acquirer->trouble, why) != 0)
		ph_log(LOG_ERR, NULL, "poshal-acquirer is refused: %s", why);
	snprintf(acquirer->trouble, sizeof acquirer->trouble, "%s", why);
}

/* ---- answers ---- */

/* What poshal-acquirer does by itself is no word of the host, whatever comes of it. */
static bool is_for_host(const struct ask *ask)
{
	static const char *const own[] = {"host.status", "host.rewrap", "host.check"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(own); i++)
		if (!strcmp(ask->method, own[i]))
			return false;
	return !ask->meeting;
}

/* What became of a message, for the judgement of the host; `error`: the name of the acquirer's refusal, or NULL. */
static void tell_health(const struct ph_acquirer *acquirer, const struct ask *ask,
	const struct ph_host_answer *answer, const char *error)
{
	struct ph_daemon *daemon = acquirer->daemon;

	if (!is_for_host(ask))
		return;
	switch (answer->decision) {
	case PH_HOST_APPROVED:
	case PH_HOST_PARTIAL:
	case PH_HOST_DECLINED:
	case PH_HOST_REFERRED:
	case PH_HOST_FORMAT:
	case PH_HOST_DUPLICATE:
	case PH_HOST_NOT_FOUND:
		ph_offline_tell(daemon, PH_HOST_ANSWERED);
		break;
	case PH_HOST_SOFT:
		ph_offline_tell(daemon, ask->again ? PH_HOST_NOT_NOW_AGAIN : PH_HOST_NOT_NOW);
		break;
	case PH_HOST_REFUSED:
		ph_offline_host_not_tried(daemon);
		break;
	case PH_HOST_NOT_SENT:
		if (!error || !strcmp(error, "Offline"))
			ph_offline_tell(daemon, PH_HOST_NO_LINE);
		else
			ph_offline_host_not_tried(daemon);
		break;
	case PH_HOST_NO_ANSWER:
		if (!strcmp(ask->method, "host.reconcile") && answer->result)
			ph_offline_tell(daemon, PH_HOST_ANSWERED);
		else /* a process that is gone is no word of the host */
			ph_offline_tell(daemon, error ? PH_HOST_TIMED_OUT : PH_HOST_NO_LINE);
		break;
	}
}

static void finish(
	struct ph_acquirer *acquirer, struct ask *ask, const struct ph_host_answer *answer)
{
	struct ask **p = &acquirer->asks;

	while (*p && *p != ask)
		p = &(*p)->next;
	if (*p)
		*p = ask->next;
	if (ask->done)
		ask->done(ask->userdata, answer);
	cJSON_Delete(ask->params);
	free(ask);
}

static void fail(struct ph_acquirer *acquirer, struct ask *ask, const char *why)
{
	const struct ph_host_answer answer = {
		.decision = ask->sent ? PH_HOST_NO_ANSWER : PH_HOST_NOT_SENT, .why = why};

	tell_health(acquirer, ask, &answer, NULL);
	finish(acquirer, ask, &answer);
}

static enum ph_host_decision decision_of(const char *word)
{
	static const struct {
		const char *word;
		enum ph_host_decision decision;
	} words[] = {{"approved", PH_HOST_APPROVED}, {"partial", PH_HOST_PARTIAL},
		{"declined", PH_HOST_DECLINED}, {"referred", PH_HOST_REFERRED},
		{"soft", PH_HOST_SOFT}, {"format", PH_HOST_FORMAT},
		{"duplicate", PH_HOST_DUPLICATE}, {"not_found", PH_HOST_NOT_FOUND}};

	for (size_t i = 0; word && i < PH_ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, word))
			return words[i].decision;
	return PH_HOST_NO_ANSWER; /* what is not understood is no answer */
}

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Errors that the same record gets again. */
static bool refuses(const char *name)
{
	return name && (!strcmp(name, "Illegal") || !strcmp(name, "Extended.Unsealed"));
}

/* Only what says that nothing has left counts as not sent. */
static void on_answer(struct ph_acquirer *acquirer, struct ask *ask, const cJSON *message)
{
	const cJSON *error = member(message, "error"), *result = member(message, "result");
	const char *sent = cJSON_GetStringValue(member(member(error, "data"), "sent"));
	const char *text = cJSON_GetStringValue(member(error, "message"));
	const char *name = cJSON_GetStringValue(member(member(error, "data"), "name"));
	struct ph_host_answer answer = {
		.decision = PH_HOST_NO_ANSWER, .error = name, .why = text ? text : ""};

	if (cJSON_IsObject(error)) {
		if (sent && !strcmp(sent, "no"))
			answer.decision = refuses(name) ? PH_HOST_REFUSED : PH_HOST_NOT_SENT;
	} else if (cJSON_IsObject(result)) {
		answer.result = result;
		answer.decision = decision_of(cJSON_GetStringValue(member(result, "decision")));
	}
	tell_health(acquirer, ask, &answer, name ? name : "");
	finish(acquirer, ask, &answer);
}

/* What has not been sent, and need not be looked at again when it comes from inside of an answer. */
static void fail_waiting(struct ph_acquirer *acquirer, const char *why)
{
	uint64_t last_id = acquirer->last_id;

	for (struct ask *ask = acquirer->asks; ask;) {
		struct ask *next = ask->next;
		if (!ask->sent && ask->id <= last_id)
			fail(acquirer, ask, why);
		ask = next;
	}
}

/* What waited for its first word goes on; work() does it, so that nothing happens inside of a message. */
static void on_hello(struct ph_acquirer *acquirer, const cJSON *params)
{
	const cJSON *major = member(member(params, "protocol"), "major");

	if (!cJSON_IsNumber(major) || major->valueint != PROTOCOL_MAJOR) {
		refuse(acquirer, "it speaks another version of its protocol");
		fail_waiting(acquirer, "poshal-acquirer speaks another version");
		ph_stream_close(&acquirer->stream, -EPROTO);
		return;
	}
	cJSON_Delete(acquirer->hello);
	acquirer->hello = cJSON_Duplicate(params, true);
	acquirer->trouble[0] = '\0';
	acquirer->greeted = true;
	ph_payments_keys_seen(acquirer->daemon);
	if (acquirer->asks)
		arm(acquirer, 0);
}

static bool has_message_out(const struct ph_acquirer *acquirer)
{
	const struct ask *ask = acquirer->asks;

	while (ask && (!ask->sent || !is_for_host(ask)))
		ask = ask->next;
	return ask != NULL;
}

static void on_state(struct ph_acquirer *acquirer, const char *word)
{
	bool up = !strcmp(word, "up"), down = !strcmp(word, "down");
	bool was_up = !strcmp(acquirer->state, "up");

	snprintf(acquirer->state, sizeof acquirer->state, "%s",
		up     ? "up"
		: down ? "down"
		       : "unknown");
	if (up)
		ph_offline_tell(acquirer->daemon, PH_HOST_ECHO);
	else if (down && !has_message_out(acquirer)) /* whose answer says it, too */
		ph_offline_tell(acquirer->daemon, PH_HOST_ECHO_LOST);
	if (up && !was_up)
		ph_payments_host_up(acquirer->daemon);
}

static void on_notification(struct ph_acquirer *acquirer, const char *method, const cJSON *params)
{
	const char *word = cJSON_GetStringValue(member(params, "state"));

	if (!strcmp(method, "acquirer.hello")) {
		on_hello(acquirer, params);
	} else if (!strcmp(method, "host.state") && word) {
		on_state(acquirer, word);
	} else if (!strcmp(method, "host.late")) {
		const char *payment = cJSON_GetStringValue(member(params, "payment"));
		ph_log(LOG_NOTICE, NULL, "an answer of the host for %.40s came too late",
			payment ? payment : "a payment");
	}
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct ph_acquirer *acquirer = PH_CONTAINER_OF(stream, struct ph_acquirer, stream);
	cJSON *message = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0
				 ? cJSON_ParseWithLength(line, len)
				 : NULL;
	const char *method = cJSON_GetStringValue(member(message, "method"));
	const cJSON *id = member(message, "id");
	struct ask *ask = acquirer->asks;

	if (!cJSON_IsObject(message)) {
		ph_log(LOG_ERR, NULL, "poshal-acquirer sent what is not JSON");
		ph_stream_close(stream, -EBADMSG);
	} else if (method) {
		on_notification(acquirer, method, member(message, "params"));
	} else if (cJSON_IsNumber(id)) {
		while (ask && (!ask->sent || (double)ask->id != id->valuedouble))
			ask = ask->next;
		if (ask)
			on_answer(acquirer, ask, message);
	}
	cJSON_Delete(message);
}

static void disconnected(struct ph_acquirer *acquirer)
{
	struct ask *last = acquirer->asks;
	uint64_t last_id = acquirer->last_id;

	acquirer->connected = acquirer->greeted = false;
	snprintf(acquirer->state, sizeof acquirer->state, "unknown");
	/* an answer may make somebody ask anew: those are not looked at */
	for (struct ask *ask = last; ask;) {
		struct ask *next = ask->next;
		if (ask->sent && ask->id <= last_id)
			fail(acquirer, ask, "poshal-acquirer has ended");
		ask = next;
	}
}

static struct ask *meeting(const struct ph_acquirer *acquirer)
{
	struct ask *ask = acquirer->asks;

	while (ask && !ask->meeting)
		ask = ask->next;
	return ask;
}

static void fail_meetings(struct ph_acquirer *acquirer, const char *why)
{
	struct ask *ask;

	while ((ask = meeting(acquirer)))
		fail(acquirer, ask, why);
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_acquirer *acquirer = PH_CONTAINER_OF(stream, struct ph_acquirer, stream);

	bool greeted = acquirer->greeted;

	ph_stream_done(stream);
	disconnected(acquirer);
	if (greeted) {
		work(acquirer);
		return;
	}
	/* it does not want us: what waits is tried a few times, and nobody is kept who only wants to know it */
	fail_meetings(acquirer, "poshal-acquirer has hung up");
	if (acquirer->asks)
		arm(acquirer, ph_clock_mono_us() + CONNECT_AGAIN_US);
}

static const struct ph_stream_ops stream_ops = {.line = on_line, .closed = on_closed};

/* ---- sending ---- */

/* Whose socket it is: systemd's, our own, or that of the acquirer's user. */
static int check_peer(struct ph_acquirer *acquirer, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	char why[120];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (peer.uid == 0 || peer.uid == geteuid())
		return 0;
	/* a name is looked up only for somebody who should not be there, or for one without systemd */
	const struct passwd *user = getpwnam(ACQUIRER_USER);
	if (user && user->pw_uid == peer.uid)
		return 0;
	snprintf(why, sizeof why,
		"acquirer.sock belongs to uid %u, which is neither root, nor poshald's user, nor "
		"%s",
		(unsigned)peer.uid, ACQUIRER_USER);
	refuse(acquirer, why);
	return -EACCES;
}

static int connect_now(struct ph_acquirer *acquirer)
{
	static const struct ph_stream_limits limits = {.line = PH_LINE_MAX,
		.queue_bytes = PH_CLIENT_QUEUE_BYTES,
		.queue_lines = PH_CLIENT_QUEUE};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	PH_CLEANUP_CLOSE int fd = -1;

	if (snprintf(address.sun_path, sizeof address.sun_path, "%s/acquirer.sock",
		    acquirer->daemon->paths.run) >= (int)sizeof address.sun_path)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	int r = check_peer(acquirer, fd);
	if (r < 0)
		return r;
	r = ph_stream_init(
		&acquirer->stream, acquirer->daemon->event, fd, -1, &stream_ops, &limits);
	if (r < 0)
		return r;
	fd = -1;
	acquirer->connected = true;
	if (acquirer->watched)
		ph_acquirer_watch(acquirer, true);
	return 0;
}

/* What is queued here may leave: from now on no answer means that it may have. */
static void send_one(struct ph_acquirer *acquirer, struct ask *ask)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;
	PH_CLEANUP_FREE char *params = cJSON_PrintUnformatted(ask->params);

	ph_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"%s\",\"params\":",
		(unsigned long long)ask->id, ask->method);
	ph_buf_add_str(&line, params ? params : "{}");
	ph_buf_add_str(&line, "}\n");
	if (!params || line.error) {
		fail(acquirer, ask, "out of memory");
		return;
	}
	ask->sent = true;
	ask->since_us = ph_clock_mono_us();
	ph_stream_send(&acquirer->stream, line.data, line.len);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	work(userdata);
	return 0;
}

static void arm(struct ph_acquirer *acquirer, uint64_t at_us)
{
	if (!acquirer->timer)
		sd_event_add_time(acquirer->daemon->event, &acquirer->timer, CLOCK_MONOTONIC, at_us,
			10000, on_timer, acquirer);
	else
		sd_event_source_set_time(acquirer->timer, at_us);
	if (acquirer->timer)
		sd_event_source_set_enabled(acquirer->timer, SD_EVENT_ONESHOT);
}

/* The first that has waited too long, or NULL; `ret_next` is when there may be one. */
static struct ask *overdue(const struct ph_acquirer *acquirer, uint64_t now, uint64_t *ret_next)
{
	*ret_next = 0;
	for (struct ask *ask = acquirer->asks; ask; ask = ask->next) {
		uint64_t at = ask->since_us + (ask->sent		    ? ANSWER_WAIT_US
						      : acquirer->connected ? GREET_WAIT_US
									    : CONNECT_WAIT_US);
		if (at <= now)
			return ask;
		if (!ask->sent && !acquirer->connected && now + CONNECT_AGAIN_US < at)
			at = now + CONNECT_AGAIN_US;
		if (!*ret_next || at < *ret_next)
			*ret_next = at;
	}
	return NULL;
}

static struct ask *unsent(const struct ph_acquirer *acquirer)
{
	struct ask *ask = acquirer->asks;

	while (ask && (ask->sent || ask->meeting))
		ask = ask->next;
	return ask;
}

/* Who only wants to know it waits for a hello, not for somebody who is not there. */
static void meet(struct ph_acquirer *acquirer)
{
	struct ask *ask;

	while (acquirer->greeted && (ask = meeting(acquirer)))
		finish(acquirer, ask, &(struct ph_host_answer){.decision = PH_HOST_APPROVED});
}

static void work(struct ph_acquirer *acquirer)
{
	struct ask *ask;
	uint64_t next;

	if (!acquirer->connected && meeting(acquirer) && connect_now(acquirer) < 0)
		fail_meetings(acquirer, "poshal-acquirer does not run");
	else if (!acquirer->connected && unsent(acquirer))
		connect_now(acquirer); /* or later */
	meet(acquirer);
	while (acquirer->greeted && unsent(acquirer))
		send_one(acquirer, unsent(acquirer));
	while ((ask = overdue(acquirer, ph_clock_mono_us(), &next)))
		fail(acquirer, ask,
			ask->sent ? "no answer from poshal-acquirer"
				  : "poshal-acquirer does not run");
	if (next)
		arm(acquirer, next);
	else if (acquirer->timer)
		sd_event_source_set_enabled(acquirer->timer, SD_EVENT_OFF);
}

static int add(struct ph_acquirer *acquirer, const char *method, cJSON *params, ph_host_done done,
	void *userdata, bool again)
{
	struct ask *ask = calloc(1, sizeof *ask), **tail = &acquirer->asks;

	if (!ask) {
		cJSON_Delete(params);
		return -ENOMEM;
	}
	*ask = (struct ask){.meeting = !params,
		.again = again,
		.id = ++acquirer->last_id,
		.since_us = ph_clock_mono_us(),
		.params = params,
		.done = done,
		.userdata = userdata};
	snprintf(ask->method, sizeof ask->method, "%s", method);
	while (*tail)
		tail = &(*tail)->next;
	*tail = ask;
	arm(acquirer, 0); /* from the loop, so that nothing is answered from inside */
	return 0;
}

int ph_acquirer_ask(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata)
{
	return params ? add(acquirer, method, params, done, userdata, false) : -ENOMEM;
}

int ph_acquirer_ask_again(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata)
{
	return params ? add(acquirer, method, params, done, userdata, true) : -ENOMEM;
}

int ph_acquirer_meet(struct ph_acquirer *acquirer, ph_host_done done, void *userdata)
{
	return add(acquirer, "", NULL, done, userdata, false);
}

const char *ph_acquirer_tid(const struct ph_acquirer *acquirer)
{
	return cJSON_GetStringValue(member(acquirer->hello, "tid"));
}

bool ph_acquirer_can(const struct ph_acquirer *acquirer, const char *capability)
{
	return cJSON_IsTrue(member(member(acquirer->hello, "capabilities"), capability));
}

const cJSON *ph_acquirer_key(const struct ph_acquirer *acquirer)
{
	const cJSON *key;

	cJSON_ArrayForEach(key, member(acquirer->hello, "keys"))
	{
		if (cJSON_IsTrue(member(key, "current")) && cJSON_IsString(member(key, "kid")) &&
			cJSON_IsString(member(key, "public_b64")))
			return key;
	}
	return NULL;
}

const cJSON *ph_acquirer_keys(const struct ph_acquirer *acquirer)
{
	return member(acquirer->hello, "keys");
}

bool ph_acquirer_is_there(const struct ph_acquirer *acquirer)
{
	return acquirer->connected && acquirer->greeted;
}

const char *ph_acquirer_trouble(const struct ph_acquirer *acquirer)
{
	return acquirer->trouble[0] ? acquirer->trouble : NULL;
}

void ph_acquirer_watch(struct ph_acquirer *acquirer, bool on)
{
	static const char *const lines[] = {"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"host."
					    "watch\",\"params\":{\"on\":false}}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"host.watch\",\"params\":{\"on\":true}}"
		"\n"};

	acquirer->watched = on;
	if (acquirer->connected)
		ph_stream_send(&acquirer->stream, lines[on], strlen(lines[on]));
}

cJSON *ph_acquirer_describe(const struct ph_acquirer *acquirer)
{
	cJSON *object =
		acquirer->hello ? cJSON_Duplicate(acquirer->hello, true) : cJSON_CreateObject();

	cJSON_AddStringToObject(object, "state", acquirer->state);
	cJSON_AddBoolToObject(object, "connected", acquirer->connected);
	return object;
}

/* ---- life ---- */

int ph_acquirer_new(struct ph_daemon *daemon, struct ph_acquirer **ret_acquirer)
{
	struct ph_acquirer *acquirer = calloc(1, sizeof *acquirer);

	if (!acquirer)
		return -ENOMEM;
	acquirer->daemon = daemon;
	snprintf(acquirer->state, sizeof acquirer->state, "unknown");
	*ret_acquirer = acquirer;
	return 0;
}

void ph_acquirer_free(struct ph_acquirer *acquirer)
{
	if (!acquirer)
		return;
	if (acquirer->connected)
		ph_stream_done(&acquirer->stream);
	acquirer->connected = false;
	while (acquirer->asks)
		fail(acquirer, acquirer->asks, "the service ends");
	sd_event_source_disable_unref(acquirer->timer);
	cJSON_Delete(acquirer->hello);
	free(acquirer);
}
