// The cables: a pseudo terminal and a TCP port carry bytes, hold back, break and come back.
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "emulators/plugs/plug.h"

#define DEADLINE_US 2000000u

static sd_event *event;
static struct ph_emu_plug *plug;
static char dir[] = "/tmp/poshal-plug-XXXXXX";
static char path[64];

// the model: keeps what it gets, up to a limit, and says what it is told to
static struct model {
	uint8_t in[65536];
	size_t in_len, room;
	uint8_t out[65536];
	size_t out_len;
	bool busy;
	int connections;
} model;

static size_t room(void *userdata)
{
	return model.room;
}

static size_t input(void *userdata, const uint8_t *data, size_t len)
{
	ck_assert_uint_le(len, model.room);
	memcpy(model.in + model.in_len, data, len);
	model.in_len += len;
	model.room -= len;
	return len;
}

static size_t output(void *userdata, uint8_t *out, size_t size)
{
	size_t n = model.out_len < size ? model.out_len : size;
	memcpy(out, model.out, n);
	memmove(model.out, model.out + n, model.out_len - n);
	model.out_len -= n;
	return n;
}

static bool busy(void *userdata)
{
	return model.busy;
}

static void connected(void *userdata, bool on)
{
	model.connections += on ? 1 : -1;
}

static const struct ph_emu_plug_ops ops = {
	.room = room, .input = input, .output = output, .busy = busy, .connected = connected};

static void say(const char *text)
{
	memcpy(model.out + model.out_len, text, strlen(text));
	model.out_len += strlen(text);
	ph_emu_plug_kick(plug);
}

static void setup(void)
{
	memset(&model, 0, sizeof model);
	model.room = sizeof model.in;
	strcpy(dir, "/tmp/poshal-plug-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/line", dir);
	ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void)
{
	ph_emu_plug_free(plug);
	plug = NULL;
	event = sd_event_unref(event);
	unlink(path);
	rmdir(dir);
}

static void open_pty(unsigned pace)
{
	struct ph_emu_plug_config c = {
		.kind = PH_EMU_PLUG_PTY, .path = path, .bytes_per_second = pace};
	ck_assert_int_eq(ph_emu_plug_new(event, &c, &ops, NULL, &plug), 0);
}

static void open_tcp(bool refuse)
{
	struct ph_emu_plug_config c = {.kind = PH_EMU_PLUG_TCP, .refuse_second = refuse};
	ck_assert_int_eq(ph_emu_plug_new(event, &c, &ops, NULL, &plug), 0);
}

static int try_client(void)
{
	unsigned port;
	ck_assert_int_eq(sscanf(ph_emu_plug_url(plug), "tcp://127.0.0.1:%u", &port), 1);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

// turns the loop until the condition holds
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		while (!(condition))                                                               \
			ck_assert_int_gt(sd_event_run(event, DEADLINE_US), 0);                     \
	} while (0)

// turns the loop while there is something to do at once
static void settle(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void expect(int fd, const char *text)
{
	char have[256];
	size_t n = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (n < strlen(text)) {
		settle();
		ck_assert_int_eq(poll(&p, 1, 2000), 1);
		ssize_t r = read(fd, have + n, strlen(text) - n);
		ck_assert_int_gt(r, 0);
		n += (size_t)r;
	}
	ck_assert_mem_eq(have, text, n);
}

START_TEST(test_pty_both_ways)
{
	open_pty(0);
	int fd = open(path, O_RDWR | O_NOCTTY);
	ck_assert_int_ge(fd, 0);
	// raw from the start: control characters and high bytes pass, nothing is echoed
	ck_assert_int_eq(write(fd, "\x03\x11\x13\r\n\xFF", 6), 6);
	UNTIL(model.in_len == 6);
	ck_assert_mem_eq(model.in, "\x03\x11\x13\r\n\xFF", 6);
	say("label\r");
	expect(fd, "label\r");
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	close(fd);
	// nobody there: the loop has nothing to do
	ck_assert_int_eq(sd_event_run(event, 0), 0);
	ck_assert_str_eq(ph_emu_plug_url(plug) + 7, path);
}
END_TEST

START_TEST(test_pty_unplug)
{
	struct stat st;
	open_pty(0);
	int fd = open(path, O_RDWR | O_NOCTTY);
	ph_emu_plug_out(plug);
	ck_assert_int_lt(lstat(path, &st), 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 1000), 1);
	ck_assert_int_ne(p.revents & POLLHUP, 0);
	ck_assert_int_lt(write(fd, "x", 1), 0);
	ck_assert_int_eq(errno, EIO);
	close(fd);
	ck_assert_int_eq(model.connections, 0);
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	fd = open(path, O_RDWR | O_NOCTTY);
	ck_assert_int_ge(fd, 0);
	say("back");
	expect(fd, "back");
	close(fd);
}
END_TEST

START_TEST(test_pty_replaces_old_link_only)
{
	ck_assert_int_eq(symlink("/dev/pts/999", path), 0);
	open_pty(0);
	char target[64] = "";
	ck_assert_int_gt(readlink(path, target, sizeof target - 1), 0);
	ck_assert_str_ne(target, "/dev/pts/999");
	ph_emu_plug_free(plug);
	plug = NULL;
	int fd = creat(path, 0600);
	struct ph_emu_plug_config c = {.kind = PH_EMU_PLUG_PTY, .path = path};
	ck_assert_int_eq(ph_emu_plug_new(event, &c, &ops, NULL, &plug), -EEXIST);
	close(fd);
}
END_TEST

START_TEST(test_pty_pacing)
{
	open_pty(1000);
	int fd = open(path, O_RDWR | O_NOCTTY);
	uint64_t begin, end;
	sd_event_now(event, CLOCK_MONOTONIC, &begin);
	say("0123456789012345678901234567890123456789");
	for (size_t got = 0; got < 40;) {
		char buf[64];
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, 0) == 1)
			got += (size_t)read(fd, buf, sizeof buf);
		else
			ck_assert_int_gt(sd_event_run(event, DEADLINE_US), 0);
	}
	sd_event_now(event, CLOCK_MONOTONIC, &end);
	// ten at once, then ten each 10 ms
	ck_assert_uint_ge(end - begin, 29000);
	close(fd);
}
END_TEST

START_TEST(test_tcp_both_ways)
{
	open_tcp(false);
	int fd = try_client();
	ck_assert_int_ge(fd, 0);
	UNTIL(model.connections == 1);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	UNTIL(model.in_len == 5);
	say("status");
	expect(fd, "status");
	close(fd);
	UNTIL(model.connections == 0);
}
END_TEST

START_TEST(test_tcp_back_pressure)
{
	open_tcp(false);
	model.room = 100;
	int fd = try_client();
	char data[1000];
	memset(data, 'x', sizeof data);
	ck_assert_int_eq(write(fd, data, sizeof data), (ssize_t)sizeof data);
	UNTIL(model.in_len == 100);
	settle();
	ck_assert_uint_eq(model.in_len, 100);
	// a full model costs no turns of the loop
	ck_assert_int_eq(sd_event_run(event, 0), 0);
	// the window closes in the end: the host cannot write for ever
	fcntl(fd, F_SETFL, O_NONBLOCK);
	size_t taken = 0;
	for (ssize_t r; (r = write(fd, data, sizeof data)) > 0 && taken < 100000000;)
		taken += (size_t)r;
	ck_assert_int_eq(errno, EAGAIN);
	// answers go out all the same
	say("busy");
	expect(fd, "busy");
	model.room = 900;
	ph_emu_plug_kick(plug);
	UNTIL(model.in_len == 1000);
	close(fd);
}
END_TEST

START_TEST(test_tcp_second_client_waits)
{
	open_tcp(false);
	int first = try_client();
	UNTIL(model.connections == 1);
	int second = try_client();
	ck_assert_int_ge(second, 0);
	settle();
	ck_assert_int_eq(model.connections, 1);
	ck_assert_int_eq(write(second, "b", 1), 1);
	ck_assert_int_eq(write(first, "a", 1), 1);
	UNTIL(model.in_len == 1);
	close(first);
	UNTIL(model.in_len == 2);
	ck_assert_mem_eq(model.in, "ab", 2);
	close(second);
}
END_TEST

START_TEST(test_tcp_second_client_refused)
{
	open_tcp(true);
	int first = try_client();
	UNTIL(model.connections == 1);
	ck_assert_int_eq(try_client(), -ECONNREFUSED);
	close(first);
	UNTIL(model.connections == 0);
	int second = try_client();
	ck_assert_int_ge(second, 0);
	UNTIL(model.connections == 1);
	close(second);
}
END_TEST

START_TEST(test_tcp_half_close)
{
	open_tcp(false);
	int fd = try_client();
	model.busy = true;
	ck_assert_int_eq(write(fd, "job", 3), 3);
	shutdown(fd, SHUT_WR);
	UNTIL(model.in_len == 3);
	settle();
	ck_assert_int_eq(model.connections, 1);
	say("done");
	expect(fd, "done");
	model.busy = false;
	ph_emu_plug_kick(plug);
	char end;
	ck_assert_int_eq(read(fd, &end, 1), 0);
	ck_assert_int_eq(model.connections, 0);
	close(fd);
}
END_TEST

START_TEST(test_tcp_half_closed_host_makes_room)
{
	open_tcp(false);
	int first = try_client();
	model.busy = true;
	shutdown(first, SHUT_WR);
	UNTIL(model.connections == 1);
	settle();
	int second = try_client();
	ck_assert_int_eq(write(second, "x", 1), 1);
	UNTIL(model.in_len == 1);
	char end;
	ck_assert_int_eq(read(first, &end, 1), 0);
	close(first);
	close(second);
}
END_TEST

START_TEST(test_tcp_unplug)
{
	char url[64], end;
	open_tcp(false);
	snprintf(url, sizeof url, "%s", ph_emu_plug_url(plug));
	int fd = try_client();
	UNTIL(model.connections == 1);
	ph_emu_plug_out(plug);
	ck_assert_int_eq(read(fd, &end, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(fd);
	ck_assert_int_eq(try_client(), -ECONNREFUSED);
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	ck_assert_str_eq(ph_emu_plug_url(plug), url);
	fd = try_client();
	ck_assert_int_ge(fd, 0);
	UNTIL(model.connections == 1);
	ph_emu_plug_reset(plug);
	ck_assert_int_eq(read(fd, &end, 1), -1);
	close(fd);
	fd = try_client();
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plugs");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_pty_both_ways);
	tcase_add_test(tc, test_pty_unplug);
	tcase_add_test(tc, test_pty_replaces_old_link_only);
	tcase_add_test(tc, test_pty_pacing);
	tcase_add_test(tc, test_tcp_both_ways);
	tcase_add_test(tc, test_tcp_back_pressure);
	tcase_add_test(tc, test_tcp_second_client_waits);
	tcase_add_test(tc, test_tcp_second_client_refused);
	tcase_add_test(tc, test_tcp_half_close);
	tcase_add_test(tc, test_tcp_half_closed_host_makes_room);
	tcase_add_test(tc, test_tcp_unplug);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
