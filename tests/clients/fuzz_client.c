// Whatever the service sends, libposhal ends the connection or goes on, and answers each call once.
#include "clients/libposhal/internal.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned answers;

static void on_answer(struct poshal *client, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata)
{
	if (!result == !error)
		abort();
	answers++;
}

static void on_event(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	if (!event->time || !event->topic || !event->device || !event->data)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct poshal *client;
	int sv[2];

	if (size > 65536 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv) < 0)
		return 0;
	if (client_new(sv[0], &client) < 0)
		abort();
	answers = 0;
	poshal_on_event(client, on_event, NULL);
	for (int i = 0; i < 3; i++)
		if (poshal_call(client, "rpc.ping", NULL, -1, on_answer, NULL) < 0)
			abort();
	if (send(sv[1], data, size, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
	shutdown(sv[1], SHUT_WR);
	while (!poshal_process(client))
		;
	if (answers != 3)
		abort();
	poshal_close(client);
	close(sv[1]);
	return 0;
}
