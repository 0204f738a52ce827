// Takes requests of poshald apart, opens what is sealed, hands it to the link and answers; the host is the link's.
#include "acquirer/server.h"

#include "acquirer/log.h"
#include "acquirer/rewrap.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_scan.h"
#include "poshal/errors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

struct accounts {
	struct ph_account kept, once;
};

struct call {
	char id[PH_ID_MAX * 6 + 3];
	const cJSON *params;
};

static void send_buf(struct ph_server *server, struct ph_buf *buf)
{
	if (server->connected && !buf->error)
		ph_stream_send(&server->stream, buf->data, buf->len);
}

static void send_empty(struct ph_server *server, const char *id)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_printf(&buf, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\n", id);
	send_buf(server, &buf);
}

/* `sent`: "no", "maybe", or NULL where it is not about a message. */
static void send_error(struct ph_server *server, const char *id, enum ph_error error,
	const char *sub, const char *sent, const char *message)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_printf(&buf,
		"{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":", id,
		ph_error_code(error));
	ph_buf_add_json_str(&buf, message, strlen(message));
	ph_buf_printf(&buf, ",\"data\":{\"name\":\"%s%s\"", ph_error_name(error), sub);
	if (sent)
		ph_buf_printf(&buf, ",\"sent\":\"%s\"", sent);
	ph_buf_add_str(&buf, "}}}\n");
	send_buf(server, &buf);
}

/* ---- what the link says ---- */

static void add_text(struct ph_buf *buf, const char *name, const char *text)
{
	if (!*text)
		return;
	ph_buf_printf(buf, ",\"%s\":", name);
	ph_buf_add_json_str(buf, text, strlen(text));
}

static void send_decision(
	struct ph_server *server, const char *id, const struct ph_link_answer *answer)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	const struct ph_decision *decision = answer->decision;

	ph_buf_printf(&buf, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"decision\":\"%s\"", id,
		ph_iso_decision_name(decision->decision));
	add_text(&buf, "response_code", decision->response_code);
	if (decision->has_amount)
		ph_buf_printf(
			&buf, ",\"amount_approved\":%llu", (unsigned long long)decision->amount);
	add_text(&buf, "approval_code", decision->approval_code);
	add_text(&buf, "rrn", decision->rrn);
	add_text(&buf, "settlement_date", decision->settlement);
	add_text(&buf, "host_text", decision->host_text);
	if (decision->issuer_len) {
		ph_buf_add_str(&buf, ",\"issuer_b64\":\"");
		ph_buf_add_base64(&buf, decision->issuer, decision->issuer_len);
		ph_buf_add_str(&buf, "\"");
	}
	ph_buf_printf(&buf, ",\"ms\":%u}}\n", answer->ms);
	send_buf(server, &buf);
}

static void send_balance(
	struct ph_server *server, const char *id, const struct ph_link_answer *answer)
{
	static const char *const states[] = {"in_balance", "out_of_balance", "error"};
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	const struct ph_balance *balance = answer->balance;

	ph_buf_printf(&buf, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"balance\":\"%s\"", id,
		states[balance->state]);
	add_text(&buf, "response_code", balance->response_code);
	for (unsigned i = 0; balance->has_totals && i < PH_TOTAL_COUNT_; i++)
		ph_buf_printf(&buf, "%s\"%s\":{\"count\":%llu,\"amount\":%llu}%s",
			i ? "," : ",\"host_totals\":{", ph_total_names[i],
			(unsigned long long)balance->totals[i].count,
			(unsigned long long)balance->totals[i].amount,
			i == PH_TOTAL_COUNT_ - 1 ? "}" : "");
	add_text(&buf, "settlement_date", balance->settlement);
	add_text(&buf, "host_text", balance->host_text);
	ph_buf_printf(&buf, ",\"ms\":%u}}\n", answer->ms);
	send_buf(server, &buf);
}

static void send_no_answer(
	struct ph_server *server, const char *id, const struct ph_link_answer *answer)
{
	enum ph_error error = answer->error == -ETIMEDOUT ? PH_E_TIMEOUT
			      : answer->error == -EINVAL  ? PH_E_ILLEGAL
							  : PH_E_OFFLINE;

	send_error(server, id, error, "", answer->maybe_sent ? "maybe" : "no", answer->why);
}

static void on_answer(void *userdata, uint64_t ticket, const struct ph_link_answer *answer)
{
	struct ph_server *server = userdata;

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct ph_server_call *call = &server->calls[i];

		if (call->ticket != ticket)
			continue;
		call->ticket = 0;
		if (answer->decision)
			send_decision(server, call->id, answer);
		else if (answer->balance)
			send_balance(server, call->id, answer);
		else
			send_no_answer(server, call->id, answer);
		return;
	}
}

static const char *state_name(enum ph_link_state state)
{
	static const char *const names[] = {"unknown", "up", "down"};

	return names[state];
}

static void on_state(void *userdata, enum ph_link_state state, const char *reason)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_printf(&buf,
		"{\"jsonrpc\":\"2.0\",\"method\":\"host.state\",\"params\":{\"state\":\"%s\"",
		state_name(state));
	add_text(&buf, "reason", reason);
	ph_buf_add_str(&buf, "}}\n");
	send_buf(userdata, &buf);
}

static void on_late(void *userdata, const char *payment, const char *stan, const char *code)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_add_str(&buf, "{\"jsonrpc\":\"2.0\",\"method\":\"host.late\",\"params\":{\"stan\":");
	ph_buf_add_json_str(&buf, stan, strlen(stan));
	add_text(&buf, "payment", payment ? payment : "");
	add_text(&buf, "response_code", code);
	ph_buf_add_str(&buf, "}}\n");
	send_buf(userdata, &buf);
}

static void on_cutover(void *userdata)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_add_str(&buf, "{\"jsonrpc\":\"2.0\",\"method\":\"host.cutover\",\"params\":{}}\n");
	send_buf(userdata, &buf);
}

static const struct ph_link_news news = {
	.answer = on_answer, .state = on_state, .late = on_late, .cutover = on_cutover};

/* ---- requests ---- */

static int open_record(struct ph_server *server, const struct ph_record *record,
	enum ph_sealed_use use, struct ph_account *account)
{
	bool once = use == PH_SEALED_ONCE;
	const uint8_t *sealed = once ? record->once : record->sealed;
	size_t len = once ? record->once_len : record->sealed_len;
	struct ph_sealed_header header, expected = {.use = use, .amount = record->sealed_amount};
	int key, r = ph_sealed_read(sealed, len, &header);

	if (r < 0)
		return r;
	key = ph_keys_find(server->keys, header.kid);
	if (key < 0)
		return key;
	memcpy(expected.payment, record->sealed_payment, sizeof expected.payment);
	memcpy(expected.currency, record->currency, sizeof expected.currency);
	return ph_sealed_open(sealed, len, &expected, server->keys->key[key].public_key,
		ph_keys_secret(server->keys, (unsigned)key), account);
}

static void refuse_sealed(struct ph_server *server, const char *id, int error)
{
	const char *message = "the sealed record is damaged, or none of this version";

	if (error == -ENOKEY || error == -EKEYREJECTED)
		message = "the sealed record is for a key that this process does not have";
	else if (error == -EPERM)
		message = "the sealed record is of another payment, amount, currency or use";
	send_error(server, id, PH_E_EXTENDED, ".Unsealed", "no", message);
}

static struct ph_server_call *free_call(struct ph_server *server)
{
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++)
		if (!server->calls[i].ticket)
			return &server->calls[i];
	return NULL;
}

static void refuse_submit(struct ph_server *server, const char *id, int error, const char *why)
{
	if (error == -EINVAL)
		send_error(server, id, PH_E_ILLEGAL, "", "no", why);
	else if (error == -EEXIST)
		send_error(server, id, PH_E_EXISTS, "", "no", "this message is on its way already");
	else if (error == -EBUSY)
		send_error(server, id, PH_E_LIMIT_EXCEEDED, "", "no",
			"too many requests wait for the host");
	else
		send_error(server, id, PH_E_FAILURE, "", "no", strerror(-error));
}

/* The accounts are in locked memory and wiped before anything else happens. */
static void submit(
	struct ph_server *server, const struct call *call, const struct ph_record *record)
{
	struct accounts *hidden = ph_secret_memory(server->hidden);
	bool once = server->ops->wants_once(server->link, record);
	const struct ph_account *const accounts[2] = {&hidden->kept, once ? &hidden->once : NULL};
	struct ph_server_call *place = free_call(server);
	char why[PH_RECORD_WHY_SIZE] = "";
	int r = open_record(server, record, PH_SEALED_KEPT, &hidden->kept);

	if (r == 0 && once)
		r = open_record(server, record, PH_SEALED_ONCE, &hidden->once);
	if (r < 0) {
		ph_secret_wipe(server->hidden);
		refuse_sealed(server, call->id, r);
		return;
	}
	r = place ? server->ops->submit(server->link, record, accounts, server->tickets + 1, why)
		  : -EBUSY;
	ph_secret_wipe(server->hidden);
	if (r < 0) {
		refuse_submit(server, call->id, r, why);
		return;
	}
	place->ticket = ++server->tickets;
	memcpy(place->id, call->id, sizeof place->id);
}

/* A message under another id than its own would be one the host does not know. */
static int check_tid(const struct ph_server *server, const char *tid, char why[PH_RECORD_WHY_SIZE])
{
	if (!tid[0] || !strcmp(tid, server->tid))
		return 0;
	snprintf(why, PH_RECORD_WHY_SIZE,
		"$.tid: it is of terminal %s, and tid of acquirer.conf is %s: it goes out only "
		"while that is %s",
		tid, server->tid, tid);
	return -EINVAL;
}

/* What the record cannot say of itself. */
static int check_here(const struct ph_server *server, const struct ph_record *record,
	char why[PH_RECORD_WHY_SIZE])
{
	bool request = record->action == PH_AUTHORIZE || record->action == PH_REFUND;

	if (!record->repeat || !request || server->request_repeat)
		return check_tid(server, record->tid, why);
	snprintf(why, PH_RECORD_WHY_SIZE, "$.repeat: is of reversals and advices");
	return -EINVAL;
}

static void ask_host(struct ph_server *server, const struct call *call, enum ph_action action)
{
	PH_CLEANUP_FREE struct ph_record *record = malloc(sizeof *record);
	char why[PH_RECORD_WHY_SIZE];

	if (!record)
		send_error(server, call->id, PH_E_FAILURE, "", "no", "out of memory");
	else if (ph_record_read(call->params, action, record, why) < 0 ||
		 check_here(server, record, why) < 0)
		send_error(server, call->id, PH_E_ILLEGAL, "", "no", why);
	else
		submit(server, call, record);
	/* data of a chip may hold a number that is not sent */
	if (record)
		ph_wipe(record, sizeof *record);
}

static void method_authorize(struct ph_server *server, const struct call *call)
{
	ask_host(server, call, PH_AUTHORIZE);
}

static void method_refund(struct ph_server *server, const struct call *call)
{
	ask_host(server, call, PH_REFUND);
}

static void method_complete(struct ph_server *server, const struct call *call)
{
	ask_host(server, call, PH_COMPLETE);
}

static void method_advise(struct ph_server *server, const struct call *call)
{
	ask_host(server, call, PH_ADVISE);
}

static void method_reconcile(struct ph_server *server, const struct call *call)
{
	struct ph_server_call *place = free_call(server);
	char why[PH_RECORD_WHY_SIZE] = "";
	struct ph_totals totals;
	int r = ph_totals_read(call->params, &totals, why);

	if (r == 0)
		r = check_tid(server, totals.tid, why);
	if (r == 0)
		r = place ? server->ops->reconcile(server->link, &totals, server->tickets + 1, why)
			  : -EBUSY;
	if (r < 0) {
		refuse_submit(server, call->id, r, why);
		return;
	}
	place->ticket = ++server->tickets;
	memcpy(place->id, call->id, sizeof place->id);
}

static void method_reverse(struct ph_server *server, const struct call *call)
{
	ask_host(server, call, PH_REVERSE);
}

static void method_status(struct ph_server *server, const struct call *call)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	char since[PH_TIME_SIZE];
	const char *reason;
	uint64_t since_us;
	enum ph_link_state state = server->ops->state(server->link, &since_us, &reason);

	ph_time_format(since_us, since);
	ph_buf_printf(&buf,
		"{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"state\":\"%s\",\"since\":\"%s\"",
		call->id, state_name(state), since);
	add_text(&buf, "last_error", reason);
	ph_buf_add_str(&buf, "}}\n");
	send_buf(server, &buf);
}

static void method_watch(struct ph_server *server, const struct call *call)
{
	const cJSON *on = cJSON_GetObjectItemCaseSensitive(call->params, "on");

	if (!cJSON_IsBool(on)) {
		send_error(server, call->id, PH_E_ILLEGAL, "", NULL,
			"$.on: is missing, or neither true nor false");
		return;
	}
	server->ops->watch(server->link, cJSON_IsTrue(on));
	send_empty(server, call->id);
}

/* About sealed records alone: answered at once, and nothing is sent. */
static void answer_keys(struct ph_server *server, const struct call *call,
	int (*ask)(const struct ph_rewrap_keys *keys, const struct cJSON *params,
		struct ph_buf *out, char why[PH_RECORD_WHY_SIZE]))
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	const struct ph_rewrap_keys keys = {.own = server->keys, .spare = server->spare_keys};
	char why[PH_RECORD_WHY_SIZE] = "";
	int r;

	ph_buf_printf(&buf, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":", call->id);
	r = ask(&keys, call->params, &buf, why);
	if (r < 0) {
		send_error(server, call->id, r == -EACCES ? PH_E_ACCESS_DENIED : PH_E_ILLEGAL, "",
			"no", why);
		return;
	}
	ph_buf_add_str(&buf, "}\n");
	send_buf(server, &buf);
}

static void method_rewrap(struct ph_server *server, const struct call *call)
{
	answer_keys(server, call, ph_rewrap);
}

static void method_check(struct ph_server *server, const struct call *call)
{
	answer_keys(server, call, ph_check_sealed);
}

static const struct method {
	const char *name;
	void (*call)(struct ph_server *server, const struct call *call);
} methods[] = {
	{"host.authorize", method_authorize},
	{"host.refund", method_refund},
	{"host.complete", method_complete},
	{"host.advise", method_advise},
	{"host.reverse", method_reverse},
	{"host.reconcile", method_reconcile},
	{"host.status", method_status},
	{"host.watch", method_watch},
	{"host.rewrap", method_rewrap},
	{"host.check", method_check},
};

static int find_id(const cJSON *request, char id[PH_ID_MAX * 6 + 3])
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(request, "id");

	if (cJSON_IsNumber(item) && item->valuedouble >= -9007199254740992.0 &&
		item->valuedouble <= 9007199254740992.0)
		ph_buf_add_int(&text, (int64_t)item->valuedouble);
	else if (cJSON_IsString(item) && strlen(item->valuestring) <= PH_ID_MAX)
		ph_buf_add_json_str(&text, item->valuestring, strlen(item->valuestring));
	if (text.error || !text.len || text.len >= PH_ID_MAX * 6 + 3)
		return -EINVAL;
	memcpy(id, text.data, text.len + 1);
	return 0;
}

static void run(struct ph_server *server, const cJSON *request)
{
	struct call call = {
		.id = "null", .params = cJSON_GetObjectItemCaseSensitive(request, "params")};
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "method"));

	if (find_id(request, call.id) < 0 || !method || !cJSON_IsObject(call.params)) {
		send_error(server, call.id, PH_E_INVALID_REQUEST, "", NULL,
			"a request has an id, a method and params, which are an object");
		return;
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, method) != 0)
			continue;
		methods[i].call(server, &call);
		return;
	}
	send_error(server, call.id, PH_E_METHOD_NOT_FOUND, "", NULL, "no such method");
}

/* ---- the connection ---- */

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct ph_server *server = PH_CONTAINER_OF(stream, struct ph_server, stream);
	PH_CLEANUP(cJSON_Delete_p) cJSON *request = NULL;

	if (ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0)
		request = cJSON_ParseWithLength(line, len);
	if (request)
		run(server, request);
	else
		send_error(server, "null", PH_E_PARSE, "", NULL, "this is not JSON");
}

static void drop_connection(struct ph_server *server)
{
	if (!server->connected)
		return;
	server->connected = false;
	memset(server->calls, 0, sizeof server->calls);
	server->ops->watch(server->link, false);
	server->ops->forget_all(server->link);
	ph_stream_done(&server->stream);
}

static void on_closed(struct ph_stream *stream, int error)
{
	drop_connection(PH_CONTAINER_OF(stream, struct ph_server, stream));
}

static void say_hello(struct ph_server *server)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_add_str(&buf, "{\"jsonrpc\":\"2.0\",\"method\":\"acquirer.hello\",\"params\":{"
			     "\"server\":\"poshal-acquirer/" POSHAL_VERSION "\","
			     "\"protocol\":{\"major\":1,\"minor\":0},");
	server->ops->describe(server->link, &buf);
	ph_buf_add_str(&buf, "\"keys\":[");
	for (unsigned i = 0; i < server->keys->len; i++) {
		ph_buf_printf(&buf, "%s{\"kid\":\"%s\",\"public_b64\":\"", i ? "," : "",
			server->keys->key[i].kid);
		ph_buf_add_base64(&buf, server->keys->key[i].public_key, PH_SEAL_PUBLIC);
		ph_buf_printf(&buf, "\",\"current\":%s}", i ? "false" : "true");
	}
	ph_buf_add_str(&buf, "]}}\n");
	send_buf(server, &buf);
}

static int take_connection(struct ph_server *server, int fd)
{
	static const struct ph_stream_ops ops = {.line = on_line, .closed = on_closed};
	static const struct ph_stream_limits limits = {
		.line = PH_SERVER_LINE_MAX, .queue_bytes = PH_SERVER_QUEUE_MAX, .queue_lines = 512};
	struct ucred peer;
	socklen_t size = sizeof peer;
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (peer.uid != server->uid) {
		ph_acquirer_log(LOG_WARNING, "refused a connection of uid %u", peer.uid);
		return -EACCES;
	}
	drop_connection(server);
	r = ph_stream_init(&server->stream, server->event, fd, -1, &ops, &limits);
	if (r < 0)
		return r;
	server->connected = true;
	say_hello(server);
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client >= 0 && take_connection(userdata, client) < 0)
		close(client);
	return 0;
}

int ph_server_start(
	struct ph_server *server, const struct ph_server_setup *setup, char why[PH_LINK_WHY_SIZE])
{
	sd_event *event = setup->link->event;
	int r;

	snprintf(why, PH_LINK_WHY_SIZE, "no memory, or no loop");
	*server = (struct ph_server){.keys = setup->keys,
		.spare_keys = setup->link->config->spare_keys,
		.tid = setup->link->config->tid,
		.request_repeat = setup->ops->has_dialect && setup->link->dialect->request_repeat,
		.ops = setup->ops,
		.event = event,
		.fd = setup->fd,
		.uid = setup->uid};
	setup->link->news = &news;
	setup->link->userdata = server;
	r = ph_secret_new(sizeof(struct accounts), &server->hidden);
	if (r >= 0)
		r = setup->ops->open(setup->link, &server->link, why);
	if (r >= 0)
		r = sd_event_add_io(
			event, &server->listener, setup->fd, EPOLLIN, on_connect, server);
	return r < 0 ? r : 0;
}

void ph_server_done(struct ph_server *server)
{
	sd_event_source_disable_unref(server->listener);
	if (server->link) {
		drop_connection(server);
		server->ops->close(server->link);
	}
	ph_secret_free(server->hidden);
	if (server->fd >= 0)
		close(server->fd);
}
