// The connection: open, bytes to lines and back, deadlines, end. What lines mean is inbound.c's business.
#include "clients/libposhal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "poshal/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

const char *poshal_default_path(void)
{
	const char *path = secure_getenv("POSHAL_SOCKET");

	return path && *path ? path : POSHAL_DEFAULT_SOCKET;
}

static int connect_to(const char *path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	PH_CLEANUP_CLOSE int fd = -1;

	if (!len)
		return -EINVAL;
	if (len >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int client_new(int fd, struct poshal **ret_client)
{
	struct poshal *client = calloc(1, sizeof *client);

	if (!client)
		return -ENOMEM;
	client->fd = fd;
	client->calls_tail = &client->calls;
	client->line_max = PH_LINE_MAX;
	client->pending_max = POSHAL_PENDING_MAX;
	client->helper_timeout_ms = POSHAL_FOREVER;
	client->hello_deadline_us = deadline_after(POSHAL_HELLO_MS);
	*ret_client = client;
	return 0;
}

int poshal_open(const char *path, struct poshal **ret_client)
{
	PH_CLEANUP_CLOSE int fd = -1;
	int r = connect_to(path ? path : poshal_default_path(), &fd);

	if (r < 0)
		return r;
	r = client_new(fd, ret_client);
	if (!r)
		fd = -1;
	return r;
}

static void free_client(struct poshal *client)
{
	close(client->fd);
	calls_free(client);
	ph_buf_done(&client->out);
	cJSON_Delete(client->grants);
	free(client->hello);
	free(client->server);
	free(client->instance);
	free(client->in);
	free(client);
}

void poshal_close(struct poshal *client)
{
	struct poshal_error error;

	if (!client || client->closing)
		return;
	client->closing = true;
	if (client->depth)
		return; /* poshal_process() goes on here when the callback has returned */
	shutdown(client->fd, SHUT_RDWR);
	error_set(&error, PH_E_CANCELLED, "the client was closed before the answer came");
	calls_finish_all(client, &error);
	free_client(client);
}

void client_end(struct poshal *client, int error, const char *message)
{
	if (client->failed)
		return;
	client->failed = error;
	/* The number stays taken until poshal_close(), so that no other descriptor gets into a poll set. */
	shutdown(client->fd, SHUT_RDWR);
	if (!client->said_why)
		error_set(&client->failure, PH_E_CLOSED, message);
	struct poshal_error closed = client->failure;
	closed.code = ph_error_code(PH_E_CLOSED);
	memcpy(closed.name, "Closed", sizeof "Closed");
	calls_finish_all(client, &closed);
}

int poshal_fd(const struct poshal *client)
{
	return client->fd;
}

/* Nothing is sent before the greeting: it may be another protocol, or another program. */
static bool wants_out(const struct poshal *client)
{
	return client->hello && !client->send_broken && client->out.len > client->out_start;
}

short poshal_events(const struct poshal *client)
{
	if (client->failed)
		return 0;
	return (short)(POLLIN | (wants_out(client) ? POLLOUT : 0));
}

static bool has_line(const struct poshal *client)
{
	size_t from = client->in_scanned > client->in_start ? client->in_scanned : client->in_start;

	return client->in_len > from && memchr(client->in + from, '\n', client->in_len - from);
}

int poshal_timeout_ms(const struct poshal *client)
{
	uint64_t deadline = calls_deadline(client);

	if (client->failed)
		return -1;
	if (has_line(client))
		return 0; /* the last turn was long enough */
	if (!client->hello && (!deadline || client->hello_deadline_us < deadline))
		deadline = client->hello_deadline_us;
	return until_ms(deadline);
}

static void send_out(struct poshal *client)
{
	struct ph_buf *out = &client->out;

	while (wants_out(client)) {
		ssize_t n = send(client->fd, out->data + client->out_start,
			out->len - client->out_start, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0)
			client->send_broken = true;
		else
			client->out_start += (size_t)n;
	}
	if (client->send_broken || client->out_start == out->len) {
		if (out->size > KEEP_BUFFER)
			ph_buf_done(out);
		ph_buf_reset(out);
		client->out_start = 0;
	} else if (client->out_start > KEEP_BUFFER) {
		memmove(out->data, out->data + client->out_start, out->len - client->out_start);
		out->len -= client->out_start;
		client->out_start = 0;
	}
}

/* Makes room behind in_len. */
static int make_room(struct poshal *client)
{
	size_t size = client->in_size ? client->in_size * 2 : READ_SIZE;
	char *in;

	if (client->in_start) {
		client->in_len -= client->in_start;
		client->in_scanned -= client->in_start;
		memmove(client->in, client->in + client->in_start, client->in_len);
		client->in_start = 0;
	}
	if (client->in_size - client->in_len > READ_SIZE / 2)
		return 0;
	in = realloc(client->in, size);
	if (!in)
		return -ENOMEM;
	client->in = in;
	client->in_size = size;
	return 0;
}

/* Returns bytes read, 0 when there is no more now, or -1 when the connection has ended. */
static ssize_t receive_once(struct poshal *client)
{
	ssize_t n;

	if (make_room(client) < 0) {
		client_end(client, -ENOMEM, "out of memory");
		return -1;
	}
	do
		n = recv(client->fd, client->in + client->in_len, client->in_size - client->in_len,
			MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n <= 0) {
		client->ended_input =
			true; /* a reset, too: what was received before still counts */
		return -1;
	}
	client->in_len += (size_t)n;
	return n;
}

static void receive_in(struct poshal *client)
{
	size_t turn = 0;

	while (turn < TURN_BYTES && !client->ended_input && !has_line(client) &&
		client->in_len - client->in_start <= POSHAL_LINE_MAX) {
		client->in_scanned = client->in_len;
		ssize_t n = receive_once(client);
		if (n <= 0)
			break;
		turn += (size_t)n;
	}
}

/* Handles the next complete line. Returns false when there is none, or the connection has ended. */
static bool handle_line(struct poshal *client)
{
	char *start = client->in + client->in_start;
	char *end;
	size_t len = client->in_len - client->in_start;

	if (client->failed || client->closing || !len)
		return false;
	end = has_line(client) ? memchr(start, '\n', len) : NULL;
	if (end)
		len = (size_t)(end - start);
	if (len > POSHAL_LINE_MAX) {
		client_end(client, -EMSGSIZE, "the service sent a message that is too long");
		return false;
	}
	if (!end)
		return false;
	client->in_start += len + 1;
	client->in_scanned = client->in_start;
	if (len && start[len - 1] == '\r')
		len--;
	start[len] = '\0';
	if (len)
		inbound_line(client, start, len);
	return true;
}

static void shrink_in(struct poshal *client)
{
	if (client->in_start < client->in_len)
		return;
	client->in_start = client->in_len = client->in_scanned = 0;
	if (client->in_size <= KEEP_BUFFER)
		return;
	free(client->in);
	client->in = NULL;
	client->in_size = 0;
}

static void turn(struct poshal *client)
{
	unsigned lines = 0;

	send_out(client);
	receive_in(client);
	while (lines < TURN_LINES && handle_line(client))
		lines++;
	if (client->closing || client->failed)
		return;
	shrink_in(client);
	calls_expire(client);
	if (client->closing)
		return;
	send_out(client); /* what callbacks asked for, or what waited for the greeting */
	if (client->ended_input && !has_line(client))
		client_end(client, -ECONNRESET, "the service closed the connection");
	else if (!client->hello && until_ms(client->hello_deadline_us) == 0)
		client_end(client, -ETIMEDOUT, "the service did not greet");
}

int poshal_process(struct poshal *client)
{
	if (client->depth)
		return -EBUSY;
	if (!client->failed)
		turn(client);
	if (client->closing) {
		client->closing = false;
		poshal_close(client);
		return -ECANCELED;
	}
	return client->failed;
}

const struct poshal_error *poshal_failure(const struct poshal *client)
{
	return client->failed ? &client->failure : NULL;
}

int wait_turn(struct poshal *client, uint64_t deadline_us)
{
	int left = until_ms(deadline_us);
	int mine = poshal_timeout_ms(client);
	struct pollfd fd = {.fd = client->fd, .events = poshal_events(client)};

	if (left == 0)
		return -ETIMEDOUT;
	if (left < 0 || (mine >= 0 && mine < left))
		left = mine;
	if (poll(&fd, 1, left) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int poshal_hello_wait(struct poshal *client, int timeout_ms)
{
	uint64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		int r = poshal_process(client);
		if (r < 0 || client->hello)
			return r;
		r = wait_turn(client, deadline);
		if (r < 0)
			return r;
	}
}

const char *poshal_hello(const struct poshal *client)
{
	return client->hello;
}

const char *poshal_server(const struct poshal *client)
{
	return client->server;
}

const char *poshal_instance(const struct poshal *client)
{
	return client->instance;
}

int poshal_has_grant(const struct poshal *client, const char *grant)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, client->grants)
	{
		const char *text = cJSON_GetStringValue(item);
		if (text && !strcmp(text, grant))
			return 1;
	}
	return 0;
}

void poshal_on_event(struct poshal *client, poshal_event_fn callback, void *userdata)
{
	client->event = callback;
	client->event_userdata = userdata;
}

void poshal_on_progress(struct poshal *client, poshal_progress_fn callback, void *userdata)
{
	client->progress = callback;
	client->progress_userdata = userdata;
}

void poshal_set_timeout(struct poshal *client, int timeout_ms)
{
	client->helper_timeout_ms = timeout_ms;
}
