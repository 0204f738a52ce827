// libposhal against a scripted service on a socket pair: chunks, order, errors, ends, limits, deadlines.
#include "clients/libposhal/internal.h"

#include "base/clock.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO                                                                                      \
	"{\"jsonrpc\":\"2.0\",\"method\":\"poshal.hello\",\"params\":{\"server\":\"poshald/"       \
	"0.1.0\","                                                                                 \
	"\"protocol\":{\"major\":1,\"minor\":0},\"instance\":\"abc\",\"features\":[],"             \
	"\"limits\":{\"line\":2000,\"pending\":4,\"queue\":1024},"                                 \
	"\"auth\":{\"method\":\"peercred\",\"uid\":0,\"grants\":[\"print\",\"scan\"]}}}\n"

static struct poshal *client;
static int peer;
static char log_text[4096];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t used = strlen(log_text);
	va_list args;

	va_start(args, format);
	vsnprintf(log_text + used, sizeof log_text - used, format, args);
	va_end(args);
}

static void on_answer(struct poshal *c, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata)
{
	ck_assert(!result != !error);
	note("%lld:%s;", (long long)id, result ? result : error->name);
}

static void on_event(struct poshal *c, const struct poshal_event *event, void *userdata)
{
	note("%llu %s %s %s;", (unsigned long long)event->seq, event->topic, event->device,
		event->data);
}

static void on_progress(struct poshal *c, int64_t id, const char *data, void *userdata)
{
	note("progress %lld %s;", (long long)id, data);
}

static void say(const char *text)
{
	size_t len = strlen(text);

	ck_assert_int_eq(send(peer, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* What the library sent since the last call. */
static const char *heard(void)
{
	static char text[8192];
	ssize_t n = recv(peer, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void setup_silent(void)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv), 0);
	ck_assert_int_eq(client_new(sv[0], &client), 0);
	peer = sv[1];
	log_text[0] = '\0';
	poshal_on_event(client, on_event, NULL);
	poshal_on_progress(client, on_progress, NULL);
}

static void setup(void)
{
	setup_silent();
	say(HELLO);
	ck_assert_int_eq(poshal_process(client), 0);
}

static void teardown(void)
{
	poshal_close(client);
	client = NULL;
	if (peer >= 0)
		close(peer);
	ph_clock_fake(0, 0);
}

START_TEST(greeting)
{
	ck_assert_ptr_null(poshal_hello(client));
	ck_assert_ptr_null(poshal_server(client));
	ck_assert_int_eq(poshal_has_grant(client, "print"), 0);
	ck_assert_int_gt(poshal_call(client, "rpc.ping", NULL, -1, on_answer, NULL), 0);
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_int_eq(poshal_events(client), POLLIN);
	ck_assert_str_eq(heard(), "");
	say(HELLO);
	ck_assert_int_eq(poshal_hello_wait(client, 1000), 0);
	ck_assert_str_eq(poshal_server(client), "poshald/0.1.0");
	ck_assert_str_eq(poshal_instance(client), "abc");
	ck_assert_int_eq(poshal_has_grant(client, "print"), 1);
	ck_assert_int_eq(poshal_has_grant(client, "pay"), 0);
	ck_assert_str_eq(
		heard(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\",\"params\":{}}\n");
	ck_assert_int_eq(poshal_timeout_ms(client), -1);
}
END_TEST

START_TEST(no_greeting)
{
	ck_assert_int_gt(poshal_call(client, "rpc.ping", NULL, -1, on_answer, NULL), 0);
	ck_assert_int_gt(poshal_timeout_ms(client), 0);
	ck_assert_int_le(poshal_timeout_ms(client), POSHAL_HELLO_MS);
	ph_clock_fake(ph_clock_mono_us() + POSHAL_HELLO_MS * 1000, 1);
	ck_assert_int_eq(poshal_timeout_ms(client), 0);
	ck_assert_int_eq(poshal_process(client), -ETIMEDOUT);
	ck_assert_str_eq(log_text, "1:Closed;");
}
END_TEST

START_TEST(other_version)
{
	say("{\"jsonrpc\":\"2.0\",\"method\":\"poshal.hello\",\"params\":{\"protocol\":{\"major\":"
	    "2}}}\n");
	ck_assert_int_eq(poshal_process(client), -EPROTO);
	ck_assert_str_eq(
		poshal_failure(client)->message, "the service speaks another protocol version");
	ck_assert_int_eq(poshal_events(client), 0);
	ck_assert_int_eq(poshal_timeout_ms(client), -1);
}
END_TEST

START_TEST(refused_before_greeting)
{
	say("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32024,\"message\":\"too many "
	    "connections\",\"data\":{\"name\":\"LimitExceeded\"}}}\n");
	close(peer);
	peer = -1;
	ck_assert_int_eq(poshal_hello_wait(client, 1000), -ECONNRESET);
	ck_assert_str_eq(poshal_failure(client)->name, "LimitExceeded");
	ck_assert_str_eq(poshal_failure(client)->message, "too many connections");
	ck_assert_int_eq(poshal_call(client, "rpc.ping", NULL, -1, on_answer, NULL), -ECONNRESET);
}
END_TEST

START_TEST(byte_by_byte)
{
	static const char answer[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"é\":\"→\"}}\r\n";

	ck_assert_int_eq(poshal_call(client, "x.y", "{\"a\":\n1}", -1, on_answer, NULL), 1);
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(heard(),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x.y\",\"params\":{\"a\":1}}\n");
	for (size_t i = 0; i < sizeof answer - 1; i++) {
		ck_assert_str_eq(log_text, "");
		ck_assert_int_eq(send(peer, answer + i, 1, 0), 1);
		ck_assert_int_eq(poshal_process(client), 0);
	}
	ck_assert_str_eq(log_text, "1:{\"é\":\"→\"};");
}
END_TEST

START_TEST(out_of_order_with_events)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(poshal_call(client, "x.y", NULL, -1, on_answer, NULL), i + 1);
	say("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"n\":3}}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":7,\"time\":\"t\","
	    "\"topic\":\"device.state\",\"device\":\"p\",\"data\":{\"state\":\"ready\"},\"new\":"
	    "1}}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":2,\"done\":1}}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":3,\"done\":1}}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"unknown\"}\n\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":1}}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32003,\"message\":\"no\"}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "3:{\"n\":3};7 device.state p {\"state\":\"ready\"};"
				   "progress 2 {\"id\":2,\"done\":1};1:{\"n\":1};2:NotClaimed;");
}
END_TEST

START_TEST(error_members)
{
	struct poshal_error error;
	char *result = NULL;
	int64_t id = poshal_call(client, "x.y", NULL, -1, NULL, NULL);

	say("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32014,\"message\":\"out of paper\","
	    "\"data\":{\"name\":\"Extended.RecEmpty\",\"device\":\"printer-1\","
	    "\"hint\":\"load paper\",\"retryable\":true,\"more\":{}}}}\n");
	ck_assert_int_eq(poshal_wait(client, id, 1000, &result, &error), -EREMOTEIO);
	ck_assert_ptr_null(result);
	ck_assert_int_eq(error.code, -32014);
	ck_assert_str_eq(error.name, "Extended.RecEmpty");
	ck_assert_str_eq(error.message, "out of paper");
	ck_assert_str_eq(error.hint, "load paper");
	ck_assert_str_eq(error.device, "printer-1");
	ck_assert_int_eq(error.retryable, 1);
	ck_assert_int_eq(poshal_wait(client, id, 0, &result, &error), -ENOENT);
}
END_TEST

START_TEST(error_without_data)
{
	struct poshal_error error;

	say("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"no such "
	    "method\"}}\n");
	ck_assert_int_eq(poshal_call_wait(client, "x.y", NULL, 1000, NULL, &error), -EREMOTEIO);
	ck_assert_str_eq(error.name, "MethodNotFound");
	ck_assert_str_eq(error.hint, "rpc.discover lists the methods");
	say("{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":7}\n");
	ck_assert_int_eq(poshal_call_wait(client, "x.y", NULL, 1000, NULL, &error), -EREMOTEIO);
	ck_assert_str_eq(error.name, "Failure");
}
END_TEST

START_TEST(long_texts_are_cut_at_a_character)
{
	struct poshal_error error;
	char line[2000];
	int used = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32011,\"message\":\"x");

	for (int i = 0; i < 600; i++)
		used += snprintf(line + used, sizeof line - (size_t)used, "é");
	snprintf(line + used, sizeof line - (size_t)used, "\"}}\n");
	say(line);
	poshal_call_wait(client, "x.y", NULL, 1000, NULL, &error);
	ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
	ck_assert_str_eq(error.message + sizeof error.message - 3, "é");
}
END_TEST

START_TEST(closed_in_the_middle)
{
	poshal_call(client, "a.a", NULL, -1, on_answer, NULL);
	poshal_call(client, "b.b", NULL, -1, on_answer, NULL);
	ck_assert_int_eq(poshal_process(client), 0);
	say("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"resu");
	close(peer);
	peer = -1;
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_int_eq(poshal_process(client), -ECONNRESET);
	ck_assert_str_eq(log_text, "2:{};1:Closed;");
	ck_assert_int_eq(poshal_process(client), -ECONNRESET);
	ck_assert_str_eq(poshal_failure(client)->name, "Closed");
	ck_assert_int_eq(poshal_cancel(client, 1), -ENOENT);
}
END_TEST

START_TEST(closed_while_waiting)
{
	struct poshal_error error;

	say("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32025,\"message\":\"line too "
	    "long\",\"data\":{\"name\":\"TooLarge\"}}}\n");
	shutdown(peer, SHUT_WR);
	ck_assert_int_eq(poshal_call_wait(client, "a.a", NULL, -1, NULL, &error), -ECONNRESET);
	ck_assert_str_eq(error.name, "Closed");
	ck_assert_str_eq(error.message, "line too long");
	ck_assert_int_eq(error.retryable, 0);
	ck_assert_int_eq(poshal_call_wait(client, "a.a", NULL, -1, NULL, &error), -ECONNRESET);
	ck_assert_str_eq(error.name, "TooLarge");
}
END_TEST

static const struct {
	const char *line;
	const char *message;
} bad_lines[] = {
	{"what\n", "the service sent something that is not JSON-RPC"},
	{"[]\n", "the service sent something that is not JSON-RPC"},
	{"{} {}\n", "the service sent something that is not JSON-RPC"},
	{"{\"a\":\"\xff\"}\n", "the service sent something that is not JSON-RPC"},
	{"{\"id\":1,\"result\":7}\n", "the service sent an answer without a result"},
	{"{\"id\":1}\n", "the service sent an answer without a result"},
};

START_TEST(not_understood)
{
	poshal_call(client, "a.a", NULL, -1, on_answer, NULL);
	say(bad_lines[_i].line);
	ck_assert_int_eq(poshal_process(client), -EPROTO);
	ck_assert_str_eq(poshal_failure(client)->message, bad_lines[_i].message);
	ck_assert_str_eq(log_text, "1:Closed;");
	ck_assert_str_eq(
		heard(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a.a\",\"params\":{}}\n");
}
END_TEST

/* Writes `len` times 'x' through the pair, processing as the buffers fill. Returns the last result. */
static int pour(size_t len)
{
	static char block[65536];
	int r = 0;

	memset(block, 'x', sizeof block);
	while (len && !r) {
		ssize_t n =
			send(peer, block, len < sizeof block ? len : sizeof block, MSG_NOSIGNAL);
		if (n > 0)
			len -= (size_t)n;
		r = poshal_process(client);
	}
	return r;
}

START_TEST(oversized_line)
{
	ck_assert_int_eq(pour(POSHAL_LINE_MAX - 100), 0);
	ck_assert_int_eq(pour(200), -EMSGSIZE);
}
END_TEST

START_TEST(large_line)
{
	say("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"topic\":\"t\",\"data\":\"");
	poshal_on_event(client, NULL, NULL);
	ck_assert_int_eq(pour(3000000), 0);
	say("\"}}\n");
	say("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	ck_assert_int_eq(poshal_call_wait(client, "a.a", NULL, 1000, NULL, NULL), 0);
	ck_assert_uint_le(client->in_size, KEEP_BUFFER);
}
END_TEST

START_TEST(many_lines_are_handled_in_turns)
{
	for (int i = 0; i < TURN_LINES + 1; i++)
		say("{\"method\":\"event\",\"params\":{\"seq\":1}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_int_eq(poshal_timeout_ms(client), 0);
	log_text[0] = '\0';
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "1   {};");
	ck_assert_int_eq(poshal_timeout_ms(client), -1);
}
END_TEST

START_TEST(limits_of_calls)
{
	char big[2100];

	ck_assert_int_eq(poshal_call(client, "a.a", "[]", -1, on_answer, NULL), -EINVAL);
	ck_assert_int_eq(poshal_call(client, "a.a", "{", -1, on_answer, NULL), -EINVAL);
	ck_assert_int_eq(
		poshal_call(client, "a.a", "{\"a\":\"\xc3\"}", -1, on_answer, NULL), -EINVAL);
	snprintf(big, sizeof big, "{\"a\":\"%02000d\"}", 0);
	ck_assert_int_eq(poshal_call(client, "a.a", big, -1, on_answer, NULL), -EMSGSIZE);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(poshal_call(client, "a.a", NULL, -1, on_answer, NULL), i + 1);
	ck_assert_int_eq(poshal_call(client, "a.a", NULL, -1, on_answer, NULL), -ENOBUFS);
	say("{\"id\":2,\"result\":{}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_int_eq(poshal_call(client, "a.a", NULL, -1, on_answer, NULL), 5);
}
END_TEST

/* A service that does not read: the rest waits for POLLOUT, in order and complete. */
START_TEST(full_socket)
{
	int size = 4096;
	char params[1500], expected[1700], got[1700];
	size_t want;

	setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	snprintf(params, sizeof params, "{\"a\":\"%01400d\"}", 0);
	want = (size_t)snprintf(expected, sizeof expected,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a.a\",\"params\":%s}\n", params);
	for (int64_t i = 1; i <= 400; i++) {
		char answer[80];
		ck_assert_int_eq(poshal_call(client, "a.a", params, -1, on_answer, NULL), i);
		ck_assert_int_eq(poshal_process(client), 0);
		snprintf(answer, sizeof answer, "{\"id\":%lld,\"result\":{}}\n", (long long)i);
		say(answer);
		ck_assert_int_eq(poshal_process(client), 0);
		log_text[0] = '\0';
	}
	ck_assert_int_eq(poshal_events(client), POLLIN | POLLOUT);
	for (int64_t i = 1; i <= 400; i++) {
		char head[60];
		size_t have = 0, len = want + (size_t)(i > 9) + (size_t)(i > 99);
		while (have < len) {
			ssize_t n = recv(peer, got + have, len - have, MSG_DONTWAIT);
			if (n > 0)
				have += (size_t)n;
			else
				ck_assert_int_eq(poshal_process(client), 0);
		}
		snprintf(head, sizeof head, "{\"jsonrpc\":\"2.0\",\"id\":%lld,", (long long)i);
		ck_assert_int_eq(strncmp(got, head, strlen(head)), 0);
		ck_assert_str_eq((got[len] = '\0', got + strlen(head)),
			expected + sizeof "{\"jsonrpc\":\"2.0\",\"id\":1," - 1);
	}
	ck_assert_int_eq(poshal_events(client), POLLIN);
}
END_TEST

START_TEST(full_queue)
{
	char params[1500];
	int64_t r = 0;

	snprintf(params, sizeof params, "{\"a\":\"%01400d\"}", 0);
	client->pending_max = 10000;
	for (int i = 0; i < 5000 && r >= 0; i++) {
		r = poshal_call(client, "a.a", params, -1, on_answer, NULL);
		ck_assert_uint_le(client->out.len - client->out_start, POSHAL_QUEUE_MAX);
	}
	ck_assert_int_eq((int)r, -ENOBUFS);
	for (int i = 0; i < 40 && !(r = poshal_cancel(client, 1)); i++)
		ck_assert_uint_le(client->out.len, POSHAL_QUEUE_MAX);
	ck_assert_int_eq(r, -ENOBUFS);
	/* the log is too short for thousands of ends */
	for (struct call *call = client->calls; call; call = call->next)
		call->answer = NULL;
}
END_TEST

START_TEST(cancel)
{
	ck_assert_int_eq(poshal_call(client, "a.a", NULL, -1, on_answer, NULL), 1);
	ck_assert_int_eq(poshal_cancel(client, 1), 0);
	ck_assert_int_eq(poshal_cancel(client, 9), -ENOENT);
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(heard(),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a.a\",\"params\":{}}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"rpc.cancel\",\"params\":{\"id\":1}}\n");
	say("{\"id\":2,\"result\":{}}\n{\"id\":1,\"error\":{\"code\":-32021,\"message\":\"c\"}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "1:Cancelled;");
}
END_TEST

START_TEST(deadline_and_late_answer)
{
	uint64_t now = ph_clock_mono_us();

	ph_clock_fake(now, 1);
	ck_assert_int_eq(poshal_call(client, "a.a", NULL, 200, on_answer, NULL), 1);
	ck_assert_int_eq(poshal_call(client, "b.b", NULL, 100, on_answer, NULL), 2);
	ck_assert_int_eq(poshal_timeout_ms(client), 100);
	ph_clock_fake(now + 99001, 1);
	ck_assert_int_eq(poshal_timeout_ms(client), 1);
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "");
	heard();
	ph_clock_fake(now + 100000, 1);
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "2:Timeout;");
	ck_assert_str_eq(heard(),
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"rpc.cancel\",\"params\":{\"id\":2}}\n");
	say("{\"id\":2,\"result\":{}}\n{\"id\":1,\"result\":{}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_str_eq(log_text, "2:Timeout;1:{};");
}
END_TEST

START_TEST(waiting_times_out)
{
	struct poshal_error error;

	ck_assert_int_eq(poshal_call_wait(client, "a.a", NULL, 0, NULL, &error), -ETIMEDOUT);
	ck_assert_str_eq(error.name, "Timeout");
	ck_assert_ptr_null(client->calls);
	ck_assert_int_eq(poshal_call_wait(client, "a.a", NULL, 10, NULL, &error), -ETIMEDOUT);
	poshal_set_timeout(client, 5);
	int64_t id = poshal_claim(client, "scanner", 0, NULL, NULL);
	ck_assert_int_eq(poshal_wait(client, id, -1, NULL, &error), -ETIMEDOUT);
}
END_TEST

/* Claim's own Timeout is the service's answer, not ours. */
START_TEST(timeout_of_the_service)
{
	struct poshal_error error;

	say("{\"id\":1,\"error\":{\"code\":-32012,\"message\":\"m\",\"data\":{\"name\":\"Timeout\"}"
	    "}}\n");
	int64_t id = poshal_claim(client, "scanner", 500, NULL, NULL);
	ck_assert_int_eq(poshal_wait(client, id, 1000, NULL, &error), -EREMOTEIO);
	ck_assert_str_eq(error.name, "Timeout");
}
END_TEST

START_TEST(helpers)
{
	static const char *const lines[] = {"TOTAL", "12.50 \"x\"", NULL};
	static const char *const topics[] = {"job", "device", NULL};
	static const struct poshal_print_options text = {.text = "a\nb"};
	static const struct poshal_print_options full = {.document = "{\"body\":[]}",
		.copies = 2,
		.ttl_s = 60,
		.on_recovery = "ask",
		.wait = 1,
		.priority = -3};
	static const struct poshal_print_options both = {.text = "a", .document = "{}"};
	static const struct poshal_print_options none = {.copies = 1};
	static const struct poshal_print_options bad = {.document = "[1]"};
	static const struct {
		const char *method, *params;
	} expected[] = {
		{"printer.print",
			"\"device\":\"receipt\",\"document\":{\"text\":\"a\\nb\"},\"key\":\"k1\""},
		{"printer.print",
			"\"device\":\"receipt\",\"document\":{\"body\":[]},\"key\":\"k2\","
			"\"copies\":2,\"ttl_s\":60,\"on_recovery\":\"ask\",\"priority\":-3,"
			"\"wait\":true"},
		{"drawer.open", "\"device\":\"drawer\",\"key\":\"k3\""},
		{"drawer.open", "\"device\":\"drawer\",\"key\":\"k4\",\"reason\":\"change\""},
		{"display.show",
			"\"device\":\"display\",\"lines\":[\"TOTAL\",\"12.50 \\\"x\\\"\"]"},
		{"device.claim", "\"device\":\"scanner\""},
		{"device.claim", "\"device\":\"scanner\",\"wait_ms\":50"},
		{"device.release", "\"device\":\"scanner\""},
		{"scanner.enable", "\"device\":\"scanner\""},
		{"events.subscribe", "\"topics\":[\"job\",\"device\"]"},
	};
	static char all[4000];

	client->pending_max = 20;
	poshal_print(client, "receipt", "k1", &text, on_answer, NULL);
	poshal_print(client, "receipt", "k2", &full, on_answer, NULL);
	poshal_drawer_open(client, "drawer", "k3", NULL, on_answer, NULL);
	poshal_drawer_open(client, "drawer", "k4", "change", on_answer, NULL);
	poshal_display_show(client, "display", lines, on_answer, NULL);
	poshal_claim(client, "scanner", 0, on_answer, NULL);
	poshal_claim(client, "scanner", 50, on_answer, NULL);
	poshal_release(client, "scanner", on_answer, NULL);
	poshal_scanner_enable(client, "scanner", on_answer, NULL);
	poshal_subscribe(client, topics, on_answer, NULL);
	ck_assert_int_eq(poshal_print(client, "p", "k", &both, on_answer, NULL), -EINVAL);
	ck_assert_int_eq(poshal_print(client, "p", "k", &none, on_answer, NULL), -EINVAL);
	ck_assert_int_eq(poshal_print(client, "p", "k", &bad, on_answer, NULL), -EINVAL);
	ck_assert_int_eq(poshal_process(client), 0);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		static char line[400];
		snprintf(line, sizeof line,
			"{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":{%s}}\n",
			i + 1, expected[i].method, expected[i].params);
		strcat(all, line);
	}
	ck_assert_str_eq(heard(), all);
}
END_TEST

static void close_in_answer(struct poshal *c, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata)
{
	char name[8];
	note("%lld:%s;", (long long)id, result ? "ok" : error->name);
	ck_assert_int_eq(poshal_process(c), -EBUSY);
	ck_assert_int_eq(poshal_wait(c, 1, 0, NULL, NULL), -EBUSY);
	ck_assert_int_eq(poshal_call_wait(c, "a.a", NULL, 0, NULL, NULL), -EBUSY);
	ck_assert_int_eq(poshal_hello_wait(c, 0), -EBUSY);
	ck_assert_int_eq(poshal_member("{}", "a", name, sizeof name), -ENOENT);
	poshal_close(c);
	poshal_close(c);
	ck_assert_int_eq(poshal_call(c, "a.a", NULL, -1, on_answer, NULL), -ECANCELED);
}

START_TEST(close_from_a_callback)
{
	poshal_call(client, "a.a", NULL, -1, close_in_answer, NULL);
	poshal_call(client, "b.b", NULL, -1, on_answer, NULL);
	poshal_call(client, "c.c", NULL, -1, NULL, NULL);
	say("{\"id\":1,\"result\":{}}\n{\"id\":2,\"result\":{}}\n");
	ck_assert_int_eq(poshal_process(client), -ECANCELED);
	ck_assert_str_eq(log_text, "1:ok;2:Cancelled;");
	client = NULL;
}
END_TEST

START_TEST(close_while_another_waits)
{
	poshal_call(client, "a.a", NULL, -1, close_in_answer, NULL);
	say("{\"id\":1,\"result\":{}}\n");
	ck_assert_int_eq(poshal_call_wait(client, "b.b", NULL, 1000, NULL, NULL), -ECANCELED);
	client = NULL;
}
END_TEST

static void call_again(struct poshal *c, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata)
{
	note("%lld:%s;", (long long)id, result ? "ok" : error->name);
	int64_t next = poshal_call(c, "a.a", NULL, -1, call_again, NULL);
	note("next %lld;", (long long)next);
}

START_TEST(call_from_a_callback)
{
	poshal_call(client, "a.a", NULL, -1, call_again, NULL);
	say("{\"id\":1,\"result\":{}}\n");
	ck_assert_int_eq(poshal_process(client), 0);
	ck_assert_ptr_nonnull(strstr(heard(), "\"id\":2"));
	close(peer);
	peer = -1;
	ck_assert_int_eq(poshal_process(client), -ECONNRESET);
	ck_assert_str_eq(log_text, "1:ok;next 2;2:Closed;next -104;");
}
END_TEST

START_TEST(peer_gone_without_sigpipe)
{
	close(peer);
	peer = -1;
	poshal_call(client, "a.a", NULL, -1, on_answer, NULL);
	ck_assert_int_eq(poshal_process(client), -ECONNRESET);
	ck_assert_str_eq(log_text, "1:Closed;");
}
END_TEST

START_TEST(keys)
{
	char a[POSHAL_KEY_SIZE], b[POSHAL_KEY_SIZE];

	ck_assert_int_eq(poshal_new_key(a), 0);
	ck_assert_int_eq(poshal_new_key(b), 0);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), 36);
	ck_assert_int_eq(a[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", a[19]));
	ck_assert_uint_eq(strspn(a, "0123456789abcdef-"), 36);
}
END_TEST

START_TEST(members)
{
	static const char json[] = "{\"a\":\"x\\n\",\"b\":[{\"c\":12.5},true],\"d\":{},\"n\":null}";
	char out[12];

	ck_assert_int_eq(poshal_member(json, "a", out, sizeof out), 2);
	ck_assert_str_eq(out, "x\n");
	ck_assert_int_eq(poshal_member(json, "b.0.c", out, sizeof out), 4);
	ck_assert_str_eq(out, "12.5");
	ck_assert_int_eq(poshal_member(json, "b.0", out, sizeof out), 10);
	ck_assert_str_eq(out, "{\"c\":12.5}");
	ck_assert_int_eq(poshal_member(json, "b.1", out, sizeof out), 4);
	ck_assert_int_eq(poshal_member(json, "n", out, sizeof out), 4);
	ck_assert_int_eq(poshal_member(json, "b.2", out, sizeof out), -ENOENT);
	ck_assert_int_eq(poshal_member(json, "b.x", out, sizeof out), -ENOENT);
	ck_assert_int_eq(poshal_member(json, "b..c", out, sizeof out), -ENOENT);
	ck_assert_int_eq(poshal_member(json, "a.b", out, sizeof out), -ENOENT);
	ck_assert_int_eq(poshal_member(json, "b", out, sizeof out), -ENOBUFS);
	ck_assert_int_eq(poshal_member("{", "a", out, sizeof out), -EINVAL);
}
END_TEST

START_TEST(open_errors)
{
	struct poshal *none = NULL;
	char path[200];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	ck_assert_int_eq(poshal_open(path, &none), -ENAMETOOLONG);
	ck_assert_int_eq(poshal_open("", &none), -EINVAL);
	ck_assert_int_eq(poshal_open("/nonexistent/poshal.sock", &none), -ENOENT);
	setenv("POSHAL_SOCKET", "/nonexistent/other.sock", 1);
	ck_assert_str_eq(poshal_default_path(), "/nonexistent/other.sock");
	ck_assert_int_eq(poshal_open(NULL, &none), -ENOENT);
	setenv("POSHAL_SOCKET", "", 1);
	ck_assert_str_eq(poshal_default_path(), POSHAL_DEFAULT_SOCKET);
	ck_assert_ptr_null(none);
	poshal_close(NULL);
	ck_assert_int_eq(fcntl(poshal_fd(client), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("libposhal");
	TCase *silent = tcase_create("before the greeting");
	TCase *open = tcase_create("connected");

	tcase_add_checked_fixture(silent, setup_silent, teardown);
	tcase_add_test(silent, greeting);
	tcase_add_test(silent, no_greeting);
	tcase_add_test(silent, other_version);
	tcase_add_test(silent, refused_before_greeting);
	suite_add_tcase(suite, silent);
	tcase_add_checked_fixture(open, setup, teardown);
	tcase_add_test(open, byte_by_byte);
	tcase_add_test(open, out_of_order_with_events);
	tcase_add_test(open, error_members);
	tcase_add_test(open, error_without_data);
	tcase_add_test(open, long_texts_are_cut_at_a_character);
	tcase_add_test(open, closed_in_the_middle);
	tcase_add_test(open, closed_while_waiting);
	tcase_add_loop_test(open, not_understood, 0, 6);
	tcase_add_test(open, oversized_line);
	tcase_add_test(open, large_line);
	tcase_add_test(open, many_lines_are_handled_in_turns);
	tcase_add_test(open, limits_of_calls);
	tcase_add_test(open, full_socket);
	tcase_add_test(open, full_queue);
	tcase_add_test(open, cancel);
	tcase_add_test(open, deadline_and_late_answer);
	tcase_add_test(open, waiting_times_out);
	tcase_add_test(open, timeout_of_the_service);
	tcase_add_test(open, helpers);
	tcase_add_test(open, close_from_a_callback);
	tcase_add_test(open, close_while_another_waits);
	tcase_add_test(open, call_from_a_callback);
	tcase_add_test(open, peer_gone_without_sigpipe);
	tcase_add_test(open, keys);
	tcase_add_test(open, members);
	tcase_add_test(open, open_errors);
	suite_add_tcase(suite, open);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
