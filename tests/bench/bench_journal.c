// Measures accepted jobs per second of the journal alone, against a loop of 512-byte appends with fdatasync.
//   bench_journal [FOLDER [JOBS]]     prints one line of JSON; the folder decides which disk
#include "daemon/journal/journal_jobs.h"
#include "tests/support/faultio.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define DOCUMENT_LEN 900
#define ROUNDS	     5
#define CLIENTS_MAX  8

struct client {
	struct ph_journal_accept accept;
	char key[40];
};

static struct {
	struct ph_journal *journal;
	sd_event *event;
	char document[DOCUMENT_LEN + 1];
	struct client clients[CLIENTS_MAX];
	long to_submit, to_finish, serial;
} bench;

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "bench_journal: %s: %s\n", what, strerror(error));
	exit(1);
}

static void on_accepted(struct ph_journal_request *request, int result);

static void submit(struct client *client)
{
	int r;

	snprintf(client->key, sizeof(client->key), "%08lx-4c1e-9d2a-%012lx",
		bench.serial * 2654435761 % 0xffffffff, bench.serial);
	bench.serial++;
	bench.to_submit--;
	client->accept = (struct ph_journal_accept){.request.done = on_accepted,
		.uid = 1000,
		.method = "printer.print",
		.key = client->key,
		.device = "printer-1",
		.document = bench.document,
		.document_len = DOCUMENT_LEN,
		.copies = 1,
		.state = PH_JOB_SENDING};
	r = ph_journal_accept_submit(bench.journal, &client->accept);
	if (r < 0)
		fail("submit", -r);
}

static void on_accepted(struct ph_journal_request *request, int result)
{
	if (result < 0)
		fail("accept", -result);
	if (bench.to_submit > 0)
		submit((struct client *)request);
	bench.to_finish--;
}

/* Jobs per second with so many always in flight. */
static double run(int clients, long jobs)
{
	double start = now_us();

	bench.to_submit = bench.to_finish = jobs;
	for (int i = 0; i < clients; i++)
		submit(&bench.clients[i]);
	while (bench.to_finish > 0)
		sd_event_run(bench.event, UINT64_MAX);
	return (double)jobs * 1e6 / (now_us() - start);
}

static double floor_rate(const char *folder, long appends)
{
	char path[512], data[512];
	double start;
	int fd;

	memset(data, 'x', sizeof(data));
	snprintf(path, sizeof(path), "%s/floor", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	start = now_us();
	for (long i = 0; i < appends; i++)
		if (write(fd, data, sizeof(data)) < 0 || fdatasync(fd) < 0)
			fail(path, 5);
	close(fd);
	unlink(path);
	return (double)appends * 1e6 / (now_us() - start);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

static void open_journal(const char *folder)
{
	char path[512], message[PH_JOURNAL_MESSAGE];

	snprintf(path, sizeof(path), "%s/journal.db", folder);
	if (ph_journal_open(path, NULL, message, &bench.journal) < 0) {
		fprintf(stderr, "bench_journal: %s\n", message);
		exit(1);
	}
	ph_journal_attach(bench.journal, bench.event);
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	long jobs = argc > 2 ? atol(argv[2]) : 1000;
	double one[ROUNDS], eight[ROUNDS], floors[ROUNDS], opened, floor, one_rate, eight_rate;
	struct ph_journal_stats stats;
	uint64_t flushes, open_flushes;
	char folder[256];

	snprintf(
		folder, sizeof(folder), "%s/bench-journal-XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
	if (!mkdtemp(folder))
		fail(folder, 2);
	memset(bench.document, 'd', DOCUMENT_LEN);
	sd_event_new(&bench.event);
	open_journal(folder);
	flushes = 0;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before;

		floors[i] = floor_rate(folder, jobs);
		before = faultio_count("sync");
		one[i] = run(1, jobs);
		eight[i] = run(CLIENTS_MAX, jobs * 2);
		flushes += faultio_count("sync") - before;
	}
	ph_journal_get_stats(bench.journal, &stats);
	ph_journal_close(bench.journal);
	open_flushes = faultio_count("sync");
	opened = now_us();
	open_journal(folder);
	opened = now_us() - opened;
	open_flushes = faultio_count("sync") - open_flushes;
	ph_journal_close(bench.journal);
	sd_event_unref(bench.event);
	remove_folder(folder);
	floor = median(floors);
	one_rate = median(one);
	eight_rate = median(eight);
	printf("{\"floor_per_s\":%.0f,\"one_per_s\":%.0f,\"one_ratio\":%.2f,\"eight_per_s\":%.0f,"
	       "\"eight_ratio\":%.2f,\"commits\":%lu,\"flushes_per_commit\":%.3f,\"open_us\":%.0f,"
	       "\"open_flushes\":%lu}\n",
		floor, one_rate, one_rate / floor, eight_rate, eight_rate / floor, stats.commits,
		(double)flushes / (double)stats.commits, opened, open_flushes);
	return 0;
}
