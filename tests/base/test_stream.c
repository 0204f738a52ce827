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

/* ---- many streams in a set ---- */

static struct ph_stream in_set[3];
static int others[3];
static struct ph_poll_set *set;

/* "end" ends the neighbours, whose lines the kernel has reported in the same batch. */
static void on_set_line(struct ph_stream *s, char *line, size_t len)
{
	snprintf(lines[line_count++], sizeof lines[0], "%d %.60s", (int)(s - in_set), line);
	for (int i = 0; i < 3 && !strcmp(line, "end"); i++)
		if (&in_set[i] != s)
			ph_stream_done(&in_set[i]);
	for (int i = 0; i < 3 && !strcmp(line, "pause"); i++)
		if (&in_set[i] != s)
			ph_stream_pause(&in_set[i], true);
}

static const struct ph_stream_ops set_ops = {
	.line = on_set_line, .closed = on_closed, .eof = on_eof};

static void open_set(void)
{
	static const struct ph_stream_limits limits = {
		.line = 100, .queue_bytes = 1 << 20, .queue_lines = 50};

	ck_assert_int_eq(ph_poll_set_new(event, &set), 0);
	for (int i = 0; i < 3; i++) {
		int sv[2];
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
		ck_assert_int_eq(ph_stream_init_in(&in_set[i], set, sv[0], &set_ops, &limits), 0);
		others[i] = sv[1];
	}
}

static void close_set(void)
{
	for (int i = 0; i < 3; i++) {
		ph_stream_done(&in_set[i]);
		close(others[i]);
	}
	ph_poll_set_free(set);
}

static void feed_all(const char *first, const char *second, const char *third)
{
	const char *texts[] = {first, second, third};

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(write(others[i], texts[i], strlen(texts[i])), strlen(texts[i]));
	run();
}

START_TEST(streams_of_a_set_are_served_and_answer)
{
	char answer[16];

	open_set();
	feed_all("a\n", "b\n", "c\n");
	ck_assert_int_eq(line_count, 3);
	ck_assert_str_eq(lines[0], "0 a");
	ck_assert_str_eq(lines[1], "1 b");
	ck_assert_str_eq(lines[2], "2 c");
	ck_assert_int_eq(ph_stream_send(&in_set[1], "answer\n", 7), 0);
	ck_assert_int_eq(read(others[1], answer, sizeof answer), 7);
	shutdown(others[2], SHUT_WR);
	run();
	ck_assert_int_eq(closed_count, 1);
	close_set();
}
END_TEST

START_TEST(a_stream_of_a_set_may_end_others_of_its_batch)
{
	open_set();
	feed_all("end\n", "not delivered\n", "not delivered\n");
	ck_assert_int_eq(line_count, 1);
	ck_assert_int_eq(closed_count, 0);
	close_set();
}
END_TEST

START_TEST(a_paused_stream_of_a_set_is_not_read_until_it_goes_on)
{
	open_set();
	feed_all("pause\n", "later\n", "later\n");
	ck_assert_int_eq(line_count, 1);
	ph_stream_pause(&in_set[2], false);
	run();
	ck_assert_int_eq(line_count, 2);
	ck_assert_str_eq(lines[1], "2 later");
	close_set();
}
END_TEST

/* What counts is what is unsent now, not what was queued since nothing was. */
START_TEST(a_peer_that_is_always_a_little_behind_is_none_that_does_not_read)
{
	static char line[1000], got[65536];
	size_t sent = 0, received = 0, unsent;
	int size = 4096;

	open_set();
	setsockopt(in_set[0].fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(ph_stream_send(&in_set[0], line, sizeof line), 0);
		sent += sizeof line;
		const char *first = ph_stream_unsent(&in_set[0], &unsent);
		ck_assert_uint_eq(unsent % sizeof line, 0);
		ck_assert_uint_ge(unsent, ph_stream_queued(&in_set[0]));
		ck_assert(!unsent || first[sizeof line - 1] == '\n');
		while (sent - received > 30 * sizeof line) {
			ssize_t n = read(others[0], got, 1234);
			ck_assert_int_gt(n, 0);
			received += (size_t)n;
			run();
		}
	}
	ck_assert_uint_gt(ph_stream_queued(&in_set[0]), 0);
	close_set();
}
END_TEST

START_TEST(a_stream_of_a_set_sends_what_was_queued)
{
	static char line[1000], got[65536];
	size_t sent = 0, received = 0;
	int size = 4096;

	open_set();
	setsockopt(in_set[0].fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	for (int i = 0; i < 40; i++, sent += sizeof line)
		ck_assert_int_eq(ph_stream_send(&in_set[0], line, sizeof line), 0);
	ck_assert_uint_gt(ph_stream_queued(&in_set[0]), 0);
	while (received < sent) {
		ssize_t n = read(others[0], got, sizeof got);
		ck_assert_int_gt(n, 0);
		received += (size_t)n;
		run();
	}
	ck_assert_uint_eq(ph_stream_queued(&in_set[0]), 0);
	close_set();
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
	tcase_add_test(tc, streams_of_a_set_are_served_and_answer);
	tcase_add_test(tc, a_stream_of_a_set_may_end_others_of_its_batch);
	tcase_add_test(tc, a_paused_stream_of_a_set_is_not_read_until_it_goes_on);
	tcase_add_test(tc, a_peer_that_is_always_a_little_behind_is_none_that_does_not_read);
	tcase_add_test(tc, a_stream_of_a_set_sends_what_was_queued);
	Suite *suite = suite_create("stream");
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
