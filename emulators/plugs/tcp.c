// A network printer's port: one client at a time on the loopback address.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulators/plugs/plug_internal.h"

#define WINDOW 4096 /* receive buffer of the socket, so that a full printer is soon felt */

int emu_tcp_bind(struct ph_emu_plug *plug)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(plug->port)};
	socklen_t len = sizeof a;
	int on = 1, window = WINDOW;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	plug->port = ntohs(a.sin_port);
	plug->listener = fd;
	return 0;
}

// A socket that is bound but does not listen refuses clients and keeps the port for us.
static int stop_listening(struct ph_emu_plug *plug)
{
	plug->accept = sd_event_source_disable_unref(plug->accept);
	if (plug->listener >= 0)
		close(plug->listener);
	plug->listener = -1;
	return emu_tcp_bind(plug);
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_plug *plug = userdata;
	int on = 1;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client < 0)
		return 0;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	// only a host that has finished sending is still there: it makes room
	if (plug->fd >= 0)
		emu_link_close(plug, false);
	if (plug->config.refuse_second)
		stop_listening(plug);
	else
		sd_event_source_set_enabled(plug->accept, SD_EVENT_OFF);
	if (emu_link_open(plug, client) < 0) {
		close(client);
		emu_tcp_next(plug);
	}
	return 0;
}

int emu_tcp_in(struct ph_emu_plug *plug)
{
	if (plug->listener < 0) {
		int r = emu_tcp_bind(plug);
		if (r < 0)
			return r;
	}
	if (listen(plug->listener, 4) < 0)
		return -errno;
	if (!plug->accept)
		return sd_event_add_io(
			plug->event, &plug->accept, plug->listener, EPOLLIN, on_accept, plug);
	return sd_event_source_set_enabled(plug->accept, SD_EVENT_ON);
}

void emu_tcp_next(struct ph_emu_plug *plug)
{
	if (plug->in)
		emu_tcp_in(plug);
}

void emu_tcp_half_closed(struct ph_emu_plug *plug)
{
	if (plug->config.kind == PH_EMU_PLUG_TCP)
		emu_tcp_next(plug);
}

void emu_tcp_out(struct ph_emu_plug *plug)
{
	emu_link_close(plug, true);
	stop_listening(plug);
}
