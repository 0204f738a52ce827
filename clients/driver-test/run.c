// Runs a driver the way poshald does, with a pseudo terminal or a listening socket for its device. What is asked of it is in
// check.c.
#include "clients/driver-test/run.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define CARRIER_FD   3
#define LINE_MAX_OUT (4 * 1024 * 1024) /* of a driver; a longer line is not read on */

/* ---- the device ---- */

static int open_pty(struct driver_run *run)
{
	struct termios tio;

	run->device = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (run->device < 0 || grantpt(run->device) < 0 || unlockpt(run->device) < 0)
		return -errno;
	if (tcgetattr(run->device, &tio) == 0) {
		cfmakeraw(&tio);
		tcsetattr(run->device, TCSANOW, &tio);
	}
	snprintf(run->connection, sizeof run->connection, "serial:%s", ptsname(run->device));
	return 0;
}

static int open_listener(struct driver_run *run)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;

	run->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (run->listener < 0 || bind(run->listener, (struct sockaddr *)&address, len) < 0 ||
		listen(run->listener, 4) < 0 ||
		getsockname(run->listener, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	snprintf(run->connection, sizeof run->connection, "tcp://127.0.0.1:%u",
		ntohs(address.sin_port));
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

size_t driver_device_says(struct driver_run *run, size_t len)
{
	static const char rubbish[] = "\x02\xff\x1b{\"id\":1}\r\n\x06]E0\x80garbled\x1d\n\x15";
	size_t sent = 0;

	while (run->device >= 0 && sent < len) {
		ssize_t n = write(run->device, rubbish, sizeof rubbish - 1);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

/* What the driver writes to its device goes nowhere. */
static void serve_device(struct driver_run *run, short device_events, short listener_events)
{
	char data[4096];

	if (device_events & (POLLIN | POLLHUP | POLLERR)) {
		ssize_t n = read(run->device, data, sizeof data);
		if (run->link == DRIVER_LINK_TCP &&
			(n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
			close_fd(&run->device);
	}
	if (listener_events & POLLIN && run->device < 0)
		run->device = accept4(run->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void driver_unplug(struct driver_run *run)
{
	/* a driver is connected before we have seen it, and perhaps anew */
	do {
		close_fd(&run->device);
		if (run->listener >= 0)
			serve_device(run, 0, POLLIN);
	} while (run->device >= 0);
}

/* ---- the process ---- */

static int spawn(struct driver_run *run, const char *path, int fd)
{
	const char *const words[] = {
		path, "--driver", run->name, "--fd", "3", "--device", "test", NULL};
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, CARRIER_FD);
	int r = posix_spawn(
		&run->pid, path, &actions, NULL, (char *const *)(uintptr_t)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		run->pid = 0;
	return -r;
}

int driver_start(struct driver_run *run, const char *path, const char *name, enum driver_link link)
{
	int sv[2], r = 0;

	*run = (struct driver_run){.name = name,
		.carrier = -1,
		.link = link,
		.device = -1,
		.listener = -1,
		.in.max = LINE_MAX_OUT};
	if (link == DRIVER_LINK_SERIAL)
		r = open_pty(run);
	else if (link == DRIVER_LINK_TCP)
		r = open_listener(run);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	run->carrier = sv[0];
	/* one that reads nothing must not hold the test up */
	setsockopt(sv[0], SOL_SOCKET, SO_SNDTIMEO,
		&(struct timeval){.tv_sec = DRIVER_DEADLINE_MS / 1000}, sizeof(struct timeval));
	r = spawn(run, path, sv[1]);
	close(sv[1]);
	return r;
}

static bool reap(struct driver_run *run, int flags)
{
	if (run->pid && waitpid(run->pid, &run->status, flags) == run->pid)
		run->pid = 0;
	return !run->pid;
}

void driver_hang_up(struct driver_run *run)
{
	close_fd(&run->carrier);
	run->eof = true;
}

void driver_end(struct driver_run *run)
{
	close_fd(&run->carrier);
	if (run->pid)
		kill(run->pid, SIGKILL);
	reap(run, 0);
	close_fd(&run->device);
	close_fd(&run->listener);
	ph_buf_done(&run->in);
}

/* ---- messages ---- */

static void take_hello(struct driver_run *run, const cJSON *params)
{
	const char *driver =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "driver"));
	const cJSON *major = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(params, "protocol"), "major");

	run->hello = !run->notes && driver && !strcmp(driver, run->name) && cJSON_IsNumber(major) &&
		     major->valueint == 1;
}

/* Takes in a notification; an answer is given to the caller. */
static cJSON *take(struct driver_run *run, const char *line, size_t len)
{
	cJSON *message = cJSON_ParseWithLength(line, len);
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "method"));
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(message, "params");
	const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "state"));

	if (!cJSON_IsObject(message)) {
		run->broken = true;
		cJSON_Delete(message);
		return NULL;
	}
	if (!method)
		return message;
	if (!strcmp(method, "driver.hello"))
		take_hello(run, params);
	else if (!strcmp(method, "device.state") && state)
		snprintf(run->state, sizeof run->state, "%s", state);
	run->notes++;
	cJSON_Delete(message);
	return NULL;
}

/* Takes in the next line that has come. False: there is none. */
static bool next_message(struct driver_run *run, cJSON **ret_answer)
{
	struct ph_buf *in = &run->in;
	char *end = in->len ? memchr(in->data, '\n', in->len) : NULL;

	if (!end)
		return false;
	size_t len = (size_t)(end - in->data);
	run->speaks = true;
	*ret_answer = take(run, in->data, len);
	memmove(in->data, end + 1, in->len - len - 1);
	in->len -= len + 1;
	return true;
}

/* The next answer among what has come, or NULL. */
static cJSON *next_answer(struct driver_run *run)
{
	cJSON *answer = NULL;

	while (!answer && next_message(run, &answer))
		;
	return answer;
}

/* Waits for anything to happen, and takes in what has come. False: the time is over. */
static bool turn(struct driver_run *run, uint64_t end_us)
{
	uint64_t now = ph_clock_mono_us();
	struct pollfd fds[] = {{.fd = run->eof ? -1 : run->carrier, .events = POLLIN},
		{.fd = run->device, .events = POLLIN}, {.fd = run->listener, .events = POLLIN}};
	char data[65536];

	if (now >= end_us)
		return false;
	uint64_t left_ms = (end_us - now) / 1000 + 1;
	/* the end of a process is no event here */
	if (poll(fds, 3, run->eof && left_ms > 20 ? 20 : (int)left_ms) < 0)
		return errno == EINTR;
	/* a pty without its other end says so all the time: look again a little later */
	if (fds[1].revents & POLLHUP && !fds[0].revents)
		poll(fds, 1, 5);
	if (fds[0].revents) {
		ssize_t n = read(run->carrier, data, sizeof data);
		if (n > 0)
			ph_buf_add(&run->in, data, (size_t)n);
		else if (n == 0 || errno != EINTR)
			run->eof = true;
	}
	serve_device(run, fds[1].revents, fds[2].revents);
	return true;
}

int driver_send(struct driver_run *run, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(run->carrier, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int driver_request(struct driver_run *run, const char *method, const char *params)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;
	int id = ++run->next_id;

	ph_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}\n",
		id, method, params);
	int r = line.error ? line.error : driver_send(run, line.data, line.len);
	return r < 0 ? r : id;
}

static cJSON *wait_answer(struct driver_run *run, int id, int timeout_ms, bool only)
{
	if (!run->speaks)
		timeout_ms += DRIVER_START_MS;
	uint64_t end = ph_clock_mono_us() + (uint64_t)timeout_ms * 1000;

	while (id > 0) {
		cJSON *answer = next_answer(run);
		const cJSON *its = cJSON_GetObjectItemCaseSensitive(answer, "id");
		if (cJSON_IsNumber(its) && its->valueint == id)
			return answer;
		if (!answer && (run->eof || !turn(run, end)))
			return NULL;
		cJSON_Delete(answer);
		if (answer && only)
			return NULL;
	}
	return NULL;
}

cJSON *driver_answer(struct driver_run *run, int id, int timeout_ms)
{
	return wait_answer(run, id, timeout_ms, false);
}

cJSON *driver_answer_only(struct driver_run *run, int id, int timeout_ms)
{
	return wait_answer(run, id, timeout_ms, true);
}

bool driver_state(struct driver_run *run, const char *word, const char *other, int timeout_ms)
{
	uint64_t end = ph_clock_mono_us() + (uint64_t)timeout_ms * 1000;

	/* one by one: a state may have ended when it is read of */
	while (strcmp(run->state, word) != 0 && (!other || strcmp(run->state, other) != 0)) {
		cJSON *answer = NULL;
		if (!next_message(run, &answer) && (run->eof || !turn(run, end)))
			return false;
		cJSON_Delete(answer);
	}
	return true;
}

void driver_read_on(struct driver_run *run)
{
	cJSON *answer = NULL;

	while (next_message(run, &answer))
		cJSON_Delete(PH_STEAL(answer));
}

bool driver_ended(struct driver_run *run, int timeout_ms)
{
	uint64_t end = ph_clock_mono_us() + (uint64_t)timeout_ms * 1000;

	while (!reap(run, WNOHANG)) {
		run->in.len = 0;
		if (!turn(run, end))
			return reap(run, WNOHANG);
	}
	return true;
}
