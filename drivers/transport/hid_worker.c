// Waits for libhidapi on threads, so that the loop need not.
#include "drivers/transport/hid_worker.h"

#include "base/cleanup.h"
#include "base/secret.h"
#include "protocols/hid/node.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAKE_SIGNAL SIGUSR1

/* Shared by the loop and the two threads; the last one frees it. */
struct ph_hid_worker {
	const struct ph_hid_lib *lib;
	hid_device *in, *out;
	int peer; /* the threads' end */
	bool ids;
	pthread_t reader;
	atomic_uint users;
	atomic_bool left; /* the loop is gone */
	atomic_bool read; /* the reader has ended */
};

static void drop(struct ph_hid_worker *worker)
{
	if (atomic_fetch_sub(&worker->users, 1) != 1)
		return;
	if (worker->in)
		worker->lib->close(worker->in);
	if (worker->out)
		worker->lib->close(worker->out);
	if (worker->peer >= 0)
		close(worker->peer);
	free(worker);
}

/* Reads until the device is gone; a read that a signal ends is one too. */
static void *read_reports(void *userdata)
{
	struct ph_hid_worker *worker = userdata;
	uint8_t packet[1 + PH_HID_REPORT_MAX] = {PH_HID_NODE_INPUT};
	const size_t start = worker->ids ? 1 : 2; /* without ids one of 0 is put in front */

	while (!atomic_load(&worker->left)) {
		int n = worker->lib->read(worker->in, packet + start, sizeof packet - start);
		if (n <= 0)
			break;
		ssize_t sent = send(worker->peer, packet, start + (size_t)n, MSG_NOSIGNAL);
		ph_wipe(packet + start, (size_t)n); /* it may be a card */
		if (sent < 0)
			break;
	}
	atomic_store(&worker->read, true);
	shutdown(worker->peer, SHUT_RDWR);
	drop(worker);
	return NULL;
}

/* Writes until the loop closes its end. A feature the device does not have is no fault; a lost report is. */
static void *write_reports(void *userdata)
{
	struct ph_hid_worker *worker = userdata;
	uint8_t packet[PH_HID_NODE_PACKET_MAX];
	static const uint8_t failed = PH_HID_NODE_ERROR;
	ssize_t n;

	while ((n = recv(worker->peer, packet, sizeof packet, 0)) > 1) {
		const size_t len = (size_t)n - 1;
		if (*packet == PH_HID_NODE_FEATURE)
			worker->lib->send_feature_report(worker->out, packet + 1, len);
		else if (worker->lib->write(worker->out, packet + 1, len) < 0)
			send(worker->peer, &failed, 1, MSG_NOSIGNAL);
	}
	drop(worker);
	return NULL;
}

static void on_wake(int number)
{
}

/* Threads of ours take the signal that ends a read; what else comes is the loop's. */
static int start_thread(pthread_t *thread, void *(*work)(void *), struct ph_hid_worker *worker)
{
	sigset_t all, before;

	sigfillset(&all);
	sigdelset(&all, WAKE_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_fetch_add(&worker->users, 1);
	int r = -pthread_create(thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		atomic_fetch_sub(&worker->users, 1);
	else
		pthread_detach(*thread);
	return r;
}

static int start(struct ph_hid_worker *worker)
{
	const struct sigaction wake = {.sa_handler = on_wake}; /* no restart: the read ends */
	pthread_t writer;

	sigaction(WAKE_SIGNAL, &wake, NULL);
	int r = start_thread(&worker->reader, read_reports, worker);
	return r < 0 ? r : start_thread(&writer, write_reports, worker);
}

int ph_hid_worker_new(const struct ph_hid_lib *lib, const char *node, bool ids,
	struct ph_hid_worker **ret_worker, int *ret_fd)
{
	struct ph_hid_worker *worker = calloc(1, sizeof *worker);
	int pair[2] = {-1, -1};

	if (!worker)
		return -ENOMEM;
	*worker = (struct ph_hid_worker){.lib = lib, .ids = ids, .peer = -1};
	atomic_init(&worker->users, 1);
	int r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	worker->peer = pair[1];
	if (r == 0) {
		worker->in = lib->open_path(node);
		worker->out = worker->in ? lib->open_path(node) : NULL;
		r = worker->out ? start(worker) : -EIO;
	}
	if (r < 0) {
		if (pair[0] >= 0)
			close(pair[0]);
		ph_hid_worker_leave(worker);
		return r;
	}
	*ret_worker = worker;
	*ret_fd = pair[0];
	return 0;
}

/*
 * A signal that comes just before the read begins is missed; then the reader ends with the next report, or with the
 * process. It holds nothing but its handle, and hidraw nodes can be opened many times.
 */
void ph_hid_worker_leave(struct ph_hid_worker *worker)
{
	if (!worker)
		return;
	atomic_store(&worker->left, true);
	if (atomic_load(&worker->users) > 1 && !atomic_load(&worker->read))
		pthread_kill(worker->reader, WAKE_SIGNAL);
	drop(worker);
}
