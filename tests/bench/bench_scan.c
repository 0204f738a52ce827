// Measures a scan from the last byte written to a pty until the client has the event, against one process that bridges a
// pty to a socket; and that process with a second one behind it that only passes on, which is what two processes cost at least.
// And the same of a HID scanner, an SSI scanner and a keyboard against the one on the pty.
//   bench_scan SOCKET LINK DEVICE NODE HID_DEVICE SSI_LINK SSI_DEVICE KEYS KEYS_DEVICE ROUNDS      where the devices' connections point; prints one line of JSON
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <linux/input.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define WARM_UP	     20
#define HOT_SCANS    300 /* with the paced ones below what one scanner may send in a second */
#define PACED_SCANS  100
#define PACE_US	     5000
#define HID_LABEL_AT 6	     /* behind kind, id, length and identifier */
#define ROUND_US     1100000 /* the limit of scans counts by the second */

struct side {
	int master; /* where the scanner would write */
	struct bench_reader *client;
	const char *wanted; /* part of the line that is the event */
	enum {
		TEXT,
		HID,
		SSI,
		KEYS
	} kind; /* HID, KEYS: `master` takes packets of an emulated node */
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

static void open_tty(struct side *side, const char *link)
{
	int slave; /* stays open: a pty without a reader loses its settings */

	side->master = open_pty(&slave);
	unlink(link);
	if (symlink(ttyname(slave), link) < 0)
		bench_fail(link);
}

static void open_node(struct side *side, const char *node)
{
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
}

/* The client's end, when what the device is asked first has an answer. */
static void open_client(
	struct side *side, struct bench_reader *reader, const char *socket_path, const char *device)
{
	reader->fd = bench_connect(socket_path);
	side->client = reader;
	side->wanted = "scanner.data";
	bench_device_ready(reader, device);
	bench_scanner_claim(reader, device);
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

	open_node(side, node);
	bench_write(side->master, descriptor, sizeof descriptor);
	side->kind = HID;
	open_client(side, &reader, socket_path, device);
}

/* Length, opcode, source, status, data, checksum. Source: Zebra 72E-40451. */
static size_t ssi_packet(unsigned char *out, unsigned char opcode, const void *data, size_t len)
{
	unsigned sum = 0;

	out[0] = (unsigned char)(len + 4);
	out[1] = opcode;
	out[2] = out[3] = 0;
	memcpy(out + 4, data, len);
	for (size_t i = 0; i < len + 4; i++)
		sum += out[i];
	out[len + 4] = (unsigned char)((0x10000 - sum) >> 8);
	out[len + 5] = (unsigned char)(0x10000 - sum);
	return len + 6;
}

/* The scanner's answers to commands; answers to labels are only read. */
static void answer_ssi(void *userdata)
{
	const int *fd = userdata;
	unsigned char in[1024], out[64];
	size_t len = 0;

	for (ssize_t n; (n = read(*fd, in + len, sizeof in - len)) > 0;) {
		len += (size_t)n;
		while (len && len >= (size_t)in[0] + 2) {
			const unsigned char opcode = in[1];
			const size_t total = (size_t)in[0] + 2;
			len -= total;
			memmove(in, in + total, len);
			if (opcode == 0xa3)
				bench_write(*fd, out, ssi_packet(out, 0xa4, "1.0", 3));
			else if (opcode == 0xc7)
				bench_write(*fd, out, ssi_packet(out, 0xc6, "\xff\x5e\0", 3));
			else if (opcode != 0xd0)
				bench_write(*fd, out, ssi_packet(out, 0xd0, "", 0));
		}
	}
}

/* ---- measuring ---- */

/* One key pressed and released, as the kernel tells it. */
static struct input_event *put_key(struct input_event *event, unsigned short code)
{
	for (int value = 1; value >= 0; value--) {
		*event++ = (struct input_event){.type = EV_MSC, .code = MSC_SCAN, .value = code};
		*event++ = (struct input_event){.type = EV_KEY, .code = code, .value = value};
		*event++ = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
	}
	return event;
}

/* What the scanner of a side sends for a label; returns its length. `text` has a CR at its end. */
static size_t encode(const struct side *side, const char *text, size_t len, void *out)
{
	static const unsigned short digits[] = {
		KEY_0, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9};
	char report[65] = {'I', 2}, typed[32] = "\x03"; /* Code 128 */
	struct input_event *event = out;

	switch (side->kind) {
	case TEXT:
		memcpy(out, text, len);
		return len;
	case HID:
		report[2] = (char)(len - 1);
		memcpy(report + HID_LABEL_AT, text, len - 1);
		memcpy(out, report, sizeof report);
		return sizeof report;
	case SSI:
		memcpy(typed + 1, text, len - 1);
		return ssi_packet(out, 0xf3, typed, len);
	case KEYS:
		for (size_t i = 0; i + 1 < len; i++)
			event = put_key(event, digits[text[i] - '0']);
		return (size_t)((char *)put_key(event, KEY_ENTER) - (char *)out);
	}
	return 0;
}

static double scan(struct side *side)
{
	static struct input_event bytes[100]; /* the longest, and aligned for it */
	static unsigned number;
	char label[20];
	int n = snprintf(label, sizeof label, "40063813%05u\r", ++number % 100000);
	size_t len = encode(side, label, (size_t)n, bytes);
	double start = bench_now_us();

	bench_write(side->master, bytes, len);
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
	static struct side ours, base, two, hid, ssi = {.kind = SSI}, keys = {.kind = KEYS};
	static struct bench_reader base_reader, two_reader, our_reader, ssi_reader, keys_reader;
	static struct bench_pair hot_pair, paced_pair, two_hot, two_paced, hid_hot, hid_paced;
	static struct bench_pair ssi_hot, ssi_paced, keys_hot, keys_paced;

	if (argc != 11) {
		fputs("bench_scan SOCKET LINK DEVICE NODE HID_DEVICE SSI_LINK SSI_DEVICE KEYS "
		      "KEYS_DEVICE ROUNDS\n",
			stderr);
		return 2;
	}
	open_floor(&base, &base_reader, 0);
	open_floor(&two, &two_reader, 1);
	open_tty(&ours, argv[2]);
	open_client(&ours, &our_reader, argv[1], argv[3]);
	open_hid(&hid, argv[1], argv[4], argv[5]);
	open_tty(&ssi, argv[6]);
	bench_fork(answer_ssi, &ssi.master);
	open_client(&ssi, &ssi_reader, argv[1], argv[7]);
	open_node(&keys, argv[8]);
	open_client(&keys, &keys_reader, argv[1], argv[9]);
	for (long round = atol(argv[10]); round > 0; round--) {
		double next = bench_now_us() + ROUND_US;
		hot(&ours), hot(&base), hot(&two), hot(&hid), hot(&ssi), hot(&keys);
		bench_pair_add(&hot_pair, ours.hot, base.hot);
		bench_pair_add(&two_hot, two.hot, base.hot);
		bench_pair_add(&hid_hot, hid.hot, ours.hot);
		bench_pair_add(&ssi_hot, ssi.hot, ours.hot);
		bench_pair_add(&keys_hot, keys.hot, ours.hot);
		bench_wait_until(next);
		next += ROUND_US;
		paced(&ours), paced(&base), paced(&two), paced(&hid), paced(&ssi), paced(&keys);
		bench_pair_add(&paced_pair, ours.paced, base.paced);
		bench_pair_add(&two_paced, two.paced, base.paced);
		bench_pair_add(&hid_paced, hid.paced, ours.paced);
		bench_pair_add(&ssi_paced, ssi.paced, ours.paced);
		bench_pair_add(&keys_paced, keys.paced, ours.paced);
		bench_wait_until(next);
	}
	printf("{");
	bench_pair_print("hot", &hot_pair, 0);
	bench_pair_print("two_hops_hot", &two_hot, 0);
	bench_pair_print("two_hops_paced", &two_paced, 0);
	bench_pair_print("hid_hot", &hid_hot, 0);
	bench_pair_print("hid_paced", &hid_paced, 0);
	bench_pair_print("ssi_hot", &ssi_hot, 0);
	bench_pair_print("ssi_paced", &ssi_paced, 0);
	bench_pair_print("wedge_hot", &keys_hot, 0);
	bench_pair_print("wedge_paced", &keys_paced, 0);
	bench_pair_print("paced", &paced_pair, 1);
	printf("}\n");
	unlink(argv[2]);
	unlink(argv[4]);
	unlink(argv[6]);
	unlink(argv[8]);
	return 0;
}
