// Measures whole sales without the host through poshald's door, with card readers that answer at once, against appends of as many
// bytes with fdatasync.
//   bench_sales SOCKET DRIVERS_SOCKET FOLDER SALES ROUNDS
// The devices reader-0 to reader-63 dial in, and are this program; FOLDER is where the appends go. Prints one line of JSON.
#include "base/base64.h"
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TILLS	   64
#define MANY_TIMES 3 /* sales of all tills, as a multiple of those of one */
#define SEALED_LEN 340
#define ICC_LEN	   160
#define ROW_LEN	   1800 /* payment, record and two lines of the audit trail */
#define SALE_MAX   2048 /* bytes of a message here */

#define CARD                                                                                       \
	"{\"masked_pan\":\"476173******0010\",\"scheme\":\"visa\",\"aid\":\"A0000000031010\","     \
	"\"entry\":\"chip\",\"sequence\":1,\"application_label\":\"VISA CREDIT\"}"

/* A cashier and the reader before them. */
struct till {
	unsigned number;
	struct bench_reader client, driver;
};

static struct till tills[TILLS];
static char sealed[PH_BASE64_SIZE(SEALED_LEN)], icc[PH_BASE64_SIZE(ICC_LEN)];
static int epoll_fd;
static long serial, cards, left, due;
static unsigned step; /* to the till of the next sale */

/* ---- the reader ---- */

/* The member's text or number as it stands in the line, without quotation marks. */
static void member(const char *line, const char *name, char *out, size_t size)
{
	const char *begin = strstr(line, name);

	if (!begin) {
		fprintf(stderr, "bench_sales: %s has no %s\n", line, name);
		exit(1);
	}
	begin += strlen(name);
	snprintf(out, size, "%.*s", (int)strcspn(begin, "\",}"), begin);
}

/* The card wants the host; each sale is another card's. */
static int need_online(const char *payment, char *out, size_t size)
{
	uint8_t fingerprint[32] = {0};
	char text[PH_BASE64_SIZE(sizeof fingerprint)];

	cards++;
	memcpy(fingerprint, &cards, sizeof cards);
	ph_base64_encode(fingerprint, sizeof fingerprint, text);
	return snprintf(out, size,
		"{\"jsonrpc\":\"2.0\",\"method\":\"payment.need\",\"params\":{\"payment\":\"%s\","
		"\"need\":\"online\",\"sealed_b64\":\"%s\",\"icc_b64\":\"%s\",\"card\":" CARD
		",\"facts\":{\"entry\":\"chip\",\"cvm\":\"none\",\"oda\":\"dynamic\","
		"\"first_digits\":\"476173\",\"fingerprint_b64\":\"%s\",\"expires_soon\":false,"
		"\"denied\":false}}}\n",
		payment, sealed, icc, text);
}

static int what_follows(const char *line, char *out, size_t size)
{
	char payment[40];

	if (strstr(line, "\"driver.open\""))
		return snprintf(out, size,
			"{\"jsonrpc\":\"2.0\",\"method\":\"device.state\",\"params\":"
			"{\"state\":\"ready\",\"reasons\":[]}}\n");
	if (strstr(line, "\"payment.start\"")) {
		member(line, "\"payment\":\"", payment, sizeof payment);
		return need_online(payment, out, size);
	}
	if (!strstr(line, "\"payment.proceed\""))
		return 0;
	member(line, "\"payment\":\"", payment, sizeof payment);
	return snprintf(out, size,
		"{\"jsonrpc\":\"2.0\",\"method\":\"payment.end\",\"params\":{\"payment\":\"%s\","
		"\"outcome\":\"declined\",\"without_host\":true,\"data\":" CARD "}}\n",
		payment);
}

static void serve(struct till *till, const char *line)
{
	char id[40], out[SALE_MAX];

	if (!strstr(line, "\"id\":"))
		return;
	member(line, "\"id\":", id, sizeof id);
	int n = snprintf(out, sizeof out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\n", id);
	n += what_follows(line, out + n, sizeof out - (size_t)n);
	bench_write(till->driver.fd, out, (size_t)n);
}

/* ---- the cashier ---- */

static void sell(struct till *till)
{
	char line[300];

	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"payment.authorize\",\"params\":"
		"{\"device\":\"reader-%u\",\"key\":\"bench-%d-%08ld\",\"amount\":1250,"
		"\"currency\":\"EUR\",\"offline\":\"allow\"}}\n",
		till->number, (int)getpid(), serial++);
	bench_write(till->client.fd, line, (size_t)n);
}

static void take_answer(struct till *till, const char *line)
{
	if (!strstr(line, "\"id\":1,"))
		return;
	if (!strstr(line, "\"approved_offline\"") || !strstr(line, "\"sale_deferred\"")) {
		fprintf(stderr, "bench_sales: %s\n", line);
		exit(1);
	}
	due--;
	if (left-- > 0)
		sell(&tills[(till->number + step) % TILLS]);
}

static void read_lines(
	struct till *till, struct bench_reader *from, void (*take)(struct till *, const char *))
{
	do
		take(till, bench_line(from));
	while (memchr(from->data + from->start, '\n', from->len));
}

/* Sales per second, so many tills at once with one sale each. */
static double sale_rate(unsigned count_tills, long count)
{
	struct epoll_event events[TILLS];
	double start = bench_now_us();

	/* one at a time goes round all readers: a single driver may not tell so much in a second */
	step = count_tills == 1 ? 1 : 0;
	left = count - (long)count_tills;
	due = count;
	for (unsigned i = 0; i < count_tills; i++)
		sell(&tills[i]);
	while (due) {
		int ready = epoll_wait(epoll_fd, events, TILLS, -1);
		for (int i = 0; i < ready; i++) {
			struct till *till = &tills[events[i].data.u32 / 2];
			if (events[i].data.u32 % 2)
				read_lines(till, &till->driver, serve);
			else
				read_lines(till, &till->client, take_answer);
		}
	}
	return (double)count * 1e6 / (bench_now_us() - start);
}

/* ---- the floor ---- */

static double append_rate(int fd, long count)
{
	char data[ROW_LEN];
	double start = bench_now_us();

	memset(data, 'x', sizeof data);
	for (long i = 0; i < count; i++) {
		bench_write(fd, data, sizeof data);
		if (fdatasync(fd) < 0)
			bench_fail("fdatasync");
	}
	return (double)count * 1e6 / (bench_now_us() - start);
}

/* ---- */

static void watch(int fd, uint32_t what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* One after the other: poshald keeps few callers whose device it does not know yet. */
static void dial_in(struct till *till, const char *path, const char *drivers)
{
	static struct bench_reader watcher;
	char hello[200], device[20];

	till->driver.fd = bench_connect(drivers);
	snprintf(device, sizeof device, "reader-%u", till->number);
	int n = snprintf(hello, sizeof hello,
		"{\"jsonrpc\":\"2.0\",\"method\":\"driver.hello\",\"params\":{\"driver\":"
		"\"matrix\",\"version\":\"1\",\"device\":\"%s\",\"protocol\":{\"major\":1,"
		"\"minor\":0}}}\n",
		device);
	bench_write(till->driver.fd, hello, (size_t)n);
	serve(till, bench_line_with(&till->driver, "\"driver.open\""));
	watcher = (struct bench_reader){.fd = bench_connect(path)};
	bench_device_ready(&watcher, device);
	close(watcher.fd); /* no events beside what is measured */
}

static void open_tills(const char *path, const char *drivers)
{
	static const uint8_t sealed_bytes[SEALED_LEN] = {0x50, 0x48, 0x53, 1},
			     icc_bytes[ICC_LEN] = {0x82};

	ph_base64_encode(sealed_bytes, sizeof sealed_bytes, sealed);
	ph_base64_encode(icc_bytes, sizeof icc_bytes, icc);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < TILLS; i++) {
		tills[i].number = i;
		tills[i].client.fd = bench_connect(path);
		bench_line_with(&tills[i].client, "poshal.hello");
		dial_in(&tills[i], path, drivers);
		watch(tills[i].client.fd, 2 * i);
		watch(tills[i].driver.fd, 2 * i + 1);
	}
}

int main(int argc, char **argv)
{
	static struct bench_pair one, many;
	char path[300];

	if (argc != 6) {
		fputs("bench_sales SOCKET DRIVERS_SOCKET FOLDER SALES ROUNDS\n", stderr);
		return 2;
	}
	snprintf(path, sizeof path, "%s/appends", argv[3]);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		bench_fail(path);
	open_tills(argv[1], argv[2]);
	long sales = atol(argv[4]);
	sale_rate(TILLS, 2 * TILLS); /* warm-up */
	append_rate(fd, 10);
	for (long round = atol(argv[5]); round > 0; round--) {
		double floor = append_rate(fd, sales);
		bench_pair_add(&one, sale_rate(1, sales), floor);
		bench_pair_add(&many, sale_rate(TILLS, sales * MANY_TIMES), floor);
	}
	unlink(path);
	printf("{");
	bench_pair_print("one", &one, 0);
	bench_pair_print("many", &many, 0);
	printf("\"sales\":%ld}\n", serial);
	return 0;
}
