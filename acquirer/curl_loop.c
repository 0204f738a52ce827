// What libcurl wants watched is watched here; requests and their ends are link_https.c's.
#include "acquirer/curl_loop.h"

#include "acquirer/wiping.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define CONNECTIONS_KEPT 4 /* open without a request */

static void collect(struct ph_curl_loop *loop)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_multi_remove_handle(loop->multi, easy);
		loop->done(loop->userdata, easy, result);
	}
}

static int on_socket_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_curl_loop *loop = userdata;
	int running, what = 0;

	if (revents & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (revents & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (revents & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(loop->multi, fd, what, &running);
	collect(loop);
	return 0;
}

/* libcurl wants a socket watched, otherwise or no more. `socketp` is the source, NULL the first time. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socketp)
{
	struct ph_curl_loop *loop = userdata;
	sd_event_source *source = socketp;
	uint32_t events =
		(what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		curl_multi_assign(loop->multi, fd, NULL);
		return 0;
	}
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(loop->event, &source, fd, events, on_socket_event, loop) < 0)
		return -1;
	curl_multi_assign(loop->multi, fd, source);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_curl_loop *loop = userdata;
	int running;

	curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(loop);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *userdata)
{
	struct ph_curl_loop *loop = userdata;
	uint64_t us = ms > 0 ? (uint64_t)ms * 1000 : 0;

	if (ms < 0) {
		loop->timer = sd_event_source_disable_unref(loop->timer);
		return 0;
	}
	if (loop->timer && sd_event_source_set_time_relative(loop->timer, us) >= 0)
		return sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
	return sd_event_add_time_relative(
		       loop->event, &loop->timer, CLOCK_MONOTONIC, us, 1000, on_time, loop) < 0
		       ? -1
		       : 0;
}

int ph_curl_loop_init(struct ph_curl_loop *loop, sd_event *event)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, ph_wiping_malloc, ph_wiping_free,
		    ph_wiping_realloc, ph_wiping_strdup, ph_wiping_calloc) != CURLE_OK)
		return -ENOMEM;
	loop->event = event;
	loop->multi = curl_multi_init();
	if (!loop->multi)
		return -ENOMEM;
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
	return 0;
}

void ph_curl_loop_done(struct ph_curl_loop *loop)
{
	if (loop->multi)
		curl_multi_cleanup(loop->multi);
	loop->timer = sd_event_source_disable_unref(loop->timer);
	loop->multi = NULL;
}
