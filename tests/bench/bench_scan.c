// Measures a scan from the last byte written to a pty until the client has the event, against one process that bridges a
// pty to a socket; and that process with a second one behind it that only passes on, which is what two processes cost at least.
// And the same of a HID scanner against the one on the pty.
//   bench_scan SOCKET LINK DEVICE NODE HID_DEVICE ROUNDS      LINK and NODE are where the devices' connections point; prints one line of JSON
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define WARM_UP	    20
#define HOT_SCANS   300 /* with the paced ones below what one scanner may send in a second */
#define PACED_SCANS 100
#define PACE_US	    5000
#define ROUND_US    1100000 /* the limit of scans counts by the second */

struct side {
	int master; /* where the scanner would write */
	struct bench_reader *client;
	const char *wanted; /* part of the line that is the event */
	int hid;	    /* `master` takes packets of an emulated node */
	double hot, paced;
};

static int open_pty(int *ret_slave)
{
	struct termios raw;
	int master;

	if (openpty(&master, ret_slave, NULL, NULL, NULL) < 0 || tcgetattr(*ret_slave, &raw) < 0)
		bench_fail("pty");
	cfmakeraw(&raw);
	tcsetattr(*ret_slave, TCSANOW, &raw);
	fcntl(master, F_SETFD, FD_CLOEXEC);
	return master;
}

/* ---- the floor ---- */

static void forward(int to, const char *label, size_t len)
{
	char line[600];
	int n = snprintf(line, sizeof line, "{\"label\":\"%.*s\"}\n", (int)len, label);

	bench_write(to, line, (size_t)n);
}

static void bridge(void *userdata)
{
	const int *fds = userdata;
	char data[512];
	size_t len = 0;
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);

	fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event);
	while (epoll_wait(epoll, &event, 1, -1) > 0) {
		ssize_t n = read(fds[0], data + len, sizeof data - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		char *end = memchr(data, '\r', len);
		if (!end)
			continue;
		forward(fds[1], data, (size_t)(end - data));
		len = 0;
	}
}

/* Passes on what it reads: what a second process costs that does nothing at all. */
static void relay(void *userdata)
{
	const int *fds = userdata;
	char data[4096];
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);

	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event);
	while (epoll_wait(epoll, &event, 1, -1) > 0) {
		ssize_t n = read(fds[0], data, sizeof data);
		if (n <= 0)
			return;
		bench_write(fds[1], data, (size_t)n);
	}
}

static void open_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		bench_fail("socketpair");
}

static void open_floor(struct side *side, struct bench_reader *reader, int relayed)
{
	int slave, pair[2], second[2];

	side->master = open_pty(&slave);
	open_pair(pair);
	bench_fork(bridge, (int[]){slave, pair[0]});
	close(slave);
	close(pair[0]);
	reader->fd = pair[1];
	if (relayed) {
		open_pair(second);
		bench_fork(relay, (int[]){pair[1], second[0]});
		close(pair[1]);
		close(second[0]);
		reader->fd = second[1];
	}
	side->client = reader;
	side->wanted = "\"label\"";
}

/* ---- ours ---- */

static void open_ours(
	struct side *side, const char *socket_path, const char *link, const char *device)
{
	static struct bench_reader reader;
	int slave; /* stays open: a pty without a reader loses its settings */

	side->master = open_pty(&slave);
	unlink(link);
	if (symlink(ttyname(slave), link) < 0)
		bench_fail(link);
	reader.fd = bench_connect(socket_path);
	side->client = &reader;
	side->wanted = "scanner.data";
	bench_device_ready(&reader, device);
	bench_scanner_claim(&reader, device);
}

/*
 * A HID POS scanner that names no symbology, as a plain serial scanner does not. Its descriptor: report 2 of length, three bytes
 * of identifier, 56 of data, two that are constant, the mark of continued labels.
 */
static void open_hid(
	struct side *side, const char *socket_path, const char *node, const char *device)
{
	static const unsigned char descriptor[] = {'D', 0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85,
		0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3b,
		0x81, 0x02, 0x95, 0x03, 0x05, 0x8c, 0x09, 0xfb, 0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02,
		0x95, 0x38, 0x09, 0xfe, 0x82, 0x02, 0x01, 0x95, 0x02, 0x81, 0x03, 0x25, 0x01, 0x75,
		0x01, 0x95, 0x01, 0x09, 0xff, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xc0};
	static struct bench_reader reader;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	unlink(node);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", node);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(listener, 1) < 0)
		bench_fail(node);
	side->master = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (side->master < 0)
		bench_fail("accept");
	close(listener);
	bench_write(side->master, descriptor, sizeof descriptor);
	side->hid = 1;
	reader.fd = bench_connect(socket_path);
	side->client = &reader;
	side->wanted = "scanner.data";
	bench_device_ready(&reader, device);
	bench_scanner_claim(&reader, device);
}

/* ---- measuring ---- */

#define HID_LABEL_AT 6 /* behind kind, id, length and identifier */

static double scan(struct side *side)
{
	static unsigned number;
	char label[20], report[65] = {'I', 2};
	int n = snprintf(label, sizeof label, "40063813%05u\r", ++number % 100000);

	report[2] = (char)(n - 1);
	memcpy(report + HID_LABEL_AT, label, (size_t)n - 1);
	double start = bench_now_us();
	if (side->hid)
		bench_write(side->master, report, sizeof report);
	else
		bench_write(side->master, label, (size_t)n);
	bench_line_with(side->client, side->wanted);
	return bench_now_us() - start;
}

static void hot(struct side *side)
{
	double times[HOT_SCANS];

	for (int i = 0; i < WARM_UP; i++)
		scan(side);
	for (int i = 0; i < HOT_SCANS; i++)
		times[i] = scan(side);
	side->hot = bench_percentile(times, HOT_SCANS, 0.5);
}

static void paced(struct side *side)
{
	double times[PACED_SCANS], next = bench_now_us();

	for (int i = 0; i < PACED_SCANS; i++) {
		bench_wait_until(next += PACE_US);
		times[i] = scan(side);
	}
	side->paced = bench_percentile(times, PACED_SCANS, 0.5);
}

int main(int argc, char **argv)
{
	static struct side ours, base, two, hid;
	static struct bench_reader base_reader, two_reader;
	static struct bench_pair hot_pair, paced_pair, two_hot, two_paced, hid_hot, hid_paced;

	if (argc != 7) {
		fputs("bench_scan SOCKET LINK DEVICE NODE HID_DEVICE ROUNDS\n", stderr);
		return 2;
	}
	open_floor(&base, &base_reader, 0);
	open_floor(&two, &two_reader, 1);
	open_ours(&ours, argv[1], argv[2], argv[3]);
	open_hid(&hid, argv[1], argv[4], argv[5]);
	for (long round = atol(argv[6]); round > 0; round--) {
		double next = bench_now_us() + ROUND_US;
		hot(&ours), hot(&base), hot(&two), hot(&hid);
		bench_pair_add(&hot_pair, ours.hot, base.hot);
		bench_pair_add(&two_hot, two.hot, base.hot);
		bench_pair_add(&hid_hot, hid.hot, ours.hot);
		bench_wait_until(next);
		next += ROUND_US;
		paced(&ours), paced(&base), paced(&two), paced(&hid);
		bench_pair_add(&paced_pair, ours.paced, base.paced);
		bench_pair_add(&two_paced, two.paced, base.paced);
		bench_pair_add(&hid_paced, hid.paced, ours.paced);
		bench_wait_until(next);
	}
	printf("{");
	bench_pair_print("hot", &hot_pair, 0);
	bench_pair_print("two_hops_hot", &two_hot, 0);
	bench_pair_print("two_hops_paced", &two_paced, 0);
	bench_pair_print("hid_hot", &hid_hot, 0);
	bench_pair_print("hid_paced", &hid_paced, 0);
	bench_pair_print("paced", &paced_pair, 1);
	printf("}\n");
	unlink(argv[2]);
	unlink(argv[4]);
	return 0;
}
