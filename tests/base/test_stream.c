// Line streams over a socket pair: chunking, limits, queueing, half-close, end.
#include "base/stream.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static sd_event *event;
static struct ph_stream stream;
static int peer;
static char lines[64][80];
static int line_count, closed_count, closed_error;
static bool keep_open;

static void on_line(struct ph_stream *s, char *line, size_t len)
{
	ck_assert_uint_eq(strlen(line), len);
	if (line_count < 64)
		snprintf(lines[line_count++], sizeof lines[0], "%.70s", line);
	if (!strcmp(line, "quit"))
		ph_stream_close(s, 0);
}

static void on_closed(struct ph_stream *s, int error)
{
	closed_count++;
	closed_error = error;
}

static bool on_eof(struct ph_stream *s)
{
	return keep_open;
}

static const struct ph_stream_ops ops = {.line = on_line, .closed = on_closed, .eof = on_eof};

static void setup(void)
{
	static const struct ph_stream_limits limits = {
		.line = 100, .queue_bytes = 1 << 20, .queue_lines = 50};
	int sv[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	int size = 4096;
	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(ph_stream_init(&stream, event, sv[0], -1, &ops, &limits), 0);
	peer = sv[1];
	line_count = closed_count = closed_error = 0;
	keep_open = false;
}

static void teardown(void)
{
	ph_stream_done(&stream);
	sd_event_unref(event);
	close(peer);
}

static void run(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void feed(const char *text)
{
	ck_assert_int_eq(write(peer, text, strlen(text)), strlen(text));
	run();
}

START_TEST(any_chunking_gives_the_same_lines)
{
	const char *text = "one\r\ntwo\n\n\nthree\n";
	for (const char *p = text; *p; p++) {
		ck_assert_int_eq(write(peer, p, 1), 1);
		run();
	}
	feed("four\nfi");
	feed("ve\n");
	ck_assert_int_eq(line_count, 5);
	ck_assert_str_eq(lines[0], "one");
	ck_assert_str_eq(lines[2], "three");
	ck_assert_str_eq(lines[4], "five");
}
END_TEST

START_TEST(too_long_a_line_ends_the_stream)
{
	char big[200];
	memset(big, 'x', sizeof big);
	ck_assert_int_eq(write(peer, big, sizeof big), sizeof big);
	run();
	ck_assert_int_eq(closed_count, 1);
	ck_assert_int_eq(closed_error, -EMSGSIZE);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_cut_off)
{
	char message[512];
	memset(message, 'y', sizeof message);
	message[511] = '\n';
	int r = 0, sent = 0;
	while (r == 0 && sent++ < 10000)
		r = ph_stream_send(&stream, message, sizeof message);
	ck_assert_int_eq(r, -ENOBUFS);
	ck_assert_int_eq(closed_count, 0);
	run();
	ck_assert_int_eq(closed_count, 1);
	ck_assert_int_eq(closed_error, -ENOBUFS);
	ck_assert_int_eq(ph_stream_send(&stream, message, sizeof message), -EPIPE);
}
END_TEST

START_TEST(queued_bytes_arrive_in_order)
{
	char message[512];
	memset(message, 'y', sizeof message);
	message[511] = '\n';
	for (int i = 0; i < 40; i++) {
		message[0] = (char)('A' + i);
		ck_assert_int_eq(ph_stream_send(&stream, message, sizeof message), 0);
	}
	for (int i = 0; i < 40; i++) {
		size_t have = 0;
		while (have < sizeof message) {
			run();
			ssize_t n = read(peer, message + have, sizeof message - have);
			ck_assert_int_gt(n, 0);
			have += (size_t)n;
		}
		ck_assert_int_eq(message[0], 'A' + i);
	}
}
END_TEST

START_TEST(half_close_keeps_the_sending_side)
{
	keep_open = true;
	feed("last\n");
	shutdown(peer, SHUT_WR);
	run();
	ck_assert_int_eq(closed_count, 0);
	ck_assert_int_eq(ph_stream_send(&stream, "answer\n", 7), 0);
	char answer[16];
	ck_assert_int_eq(read(peer, answer, sizeof answer), 7);
	ph_stream_close(&stream, 0);
	run();
	ck_assert_int_eq(closed_count, 1);
}
END_TEST

START_TEST(closing_from_inside_a_line_stops_delivery)
{
	feed("quit\nnot delivered\n");
	ck_assert_int_eq(line_count, 1);
	ck_assert_int_eq(closed_count, 1);
	ck_assert_int_eq(closed_error, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stream");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, any_chunking_gives_the_same_lines);
	tcase_add_test(tc, too_long_a_line_ends_the_stream);
	tcase_add_test(tc, a_peer_that_does_not_read_is_cut_off);
	tcase_add_test(tc, queued_bytes_arrive_in_order);
	tcase_add_test(tc, half_close_keeps_the_sending_side);
	tcase_add_test(tc, closing_from_inside_a_line_stops_delivery);
	Suite *suite = suite_create("stream");
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
