// Measures how long a label of one scanner takes, at the 99th percentile, while another floods, against the same without the
// flood: a HID POS scanner that sends 10,000 reports a second.
//   bench_flood SOCKET LINK DEVICE NODE FLOODER ROUNDS   LINK and NODE are where the connections of DEVICE and FLOODER point
#include "protocols/hid/node.h"
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <pty.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define SCANS	     200
#define PACE_US	     5000
#define ROUND_US     1100000 /* the limit of scans counts by the second */
#define REPORTS_A_MS 10
#define REPORT_LEN   64
#define LABEL_LEN    13

struct flood {
	int listener;
	atomic_int *on;
	atomic_long *sent;
};

/* USB-IF HID POS Usage Tables 1.02: the layout with length, AIM identifier, 56 bytes of data and a flag. */
static const unsigned char descriptor[] = {0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x02, 0x09,
	0x12, 0xa1, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09,
	0x3b, 0x81, 0x02, 0x95, 0x03, 0x05, 0x8c, 0x09, 0xfb, 0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02,
	0x95, 0x38, 0x09, 0xfe, 0x82, 0x02, 0x01, 0x95, 0x02, 0x81, 0x03, 0x25, 0x01, 0x75, 0x01,
	0x95, 0x01, 0x09, 0xff, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xc0, 0xc0};

static void flood_one(int fd, struct flood *flood)
{
	unsigned char packet[1 + REPORT_LEN] = {PH_HID_NODE_INPUT, 2, LABEL_LEN, ']', 'E', '0'};
	double next = bench_now_us();

	for (unsigned number = 0;;) {
		bench_wait_until(next += 1000);
		if (!atomic_load(flood->on)) {
			next = bench_now_us();
			continue;
		}
		for (int i = 0; i < REPORTS_A_MS; i++) {
			snprintf((char *)packet + 6, LABEL_LEN + 1, "40063813%05u",
				++number % 100000);
			packet[6 + LABEL_LEN] = 0;
			/* a node's ring overflows without a word, and so does this */
			if (send(fd, packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
				continue;
			atomic_fetch_add(flood->sent, 1);
		}
	}
}

static void serve_node(void *userdata)
{
	struct flood *flood = userdata;
	unsigned char first[1 + sizeof descriptor] = {PH_HID_NODE_DESCRIPTOR};

	memcpy(first + 1, descriptor, sizeof descriptor);
	for (;;) {
		int fd = accept(flood->listener, NULL, NULL);
		if (fd < 0 || send(fd, first, sizeof first, MSG_NOSIGNAL) < 0)
			_exit(1);
		flood_one(fd, flood);
	}
}

static void start_node(struct flood *flood, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		bench_fail("mmap");
	flood->on = shared;
	flood->sent = (atomic_long *)((char *)shared + 64);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	flood->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (flood->listener < 0 ||
		bind(flood->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(flood->listener, 1) < 0)
		bench_fail(path);
	bench_fork(serve_node, flood);
}

static int open_pty(const char *link)
{
	struct termios raw;
	int master, slave; /* the second stays open: a pty without a reader loses its settings */

	if (openpty(&master, &slave, NULL, NULL, NULL) < 0 || tcgetattr(slave, &raw) < 0)
		bench_fail("pty");
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	unlink(link);
	if (symlink(ttyname(slave), link) < 0)
		bench_fail(link);
	return master;
}

struct spread {
	double p50, p99;
};

static struct spread scan(int master, struct bench_reader *client)
{
	double times[SCANS], next = bench_now_us();
	static unsigned number;
	char label[20];

	for (int i = 0; i < SCANS; i++) {
		bench_wait_until(next += PACE_US);
		int n = snprintf(label, sizeof label, "50063813%05u\r", ++number % 100000);
		double start = bench_now_us();
		bench_write(master, label, (size_t)n);
		bench_line_with(client, "scanner.data");
		times[i] = bench_now_us() - start;
	}
	return (struct spread){
		bench_percentile(times, SCANS, 0.5), bench_percentile(times, SCANS, 0.99)};
}

int main(int argc, char **argv)
{
	static struct bench_reader client;
	static struct bench_pair p50, p99;
	struct flood flood;

	if (argc != 7) {
		fputs("bench_flood SOCKET LINK DEVICE NODE FLOODER ROUNDS\n", stderr);
		return 2;
	}
	start_node(&flood, argv[4]);
	int master = open_pty(argv[2]);
	client.fd = bench_connect(argv[1]);
	bench_device_ready(&client, argv[5]);
	bench_device_ready(&client, argv[3]);
	bench_scanner_claim(&client, argv[3]);
	scan(master, &client);
	for (long round = atol(argv[6]); round > 0; round--) {
		double next = bench_now_us() + ROUND_US;
		struct spread calm = scan(master, &client);
		bench_wait_until(next);
		atomic_store(flood.on, 1);
		next = bench_now_us() + ROUND_US;
		struct spread flooded = scan(master, &client);
		atomic_store(flood.on, 0);
		bench_wait_until(next);
		bench_pair_add(&p50, flooded.p50, calm.p50);
		bench_pair_add(&p99, flooded.p99, calm.p99);
	}
	printf("{\"reports\":%ld,", atomic_load(flood.sent));
	bench_pair_print("flood_p50", &p50, 0);
	bench_pair_print("flood_p99", &p99, 1);
	printf("}\n");
	unlink(argv[2]);
	unlink(argv[4]);
	return 0;
}
