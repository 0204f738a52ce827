/* libcurl's transfers on an sd-event loop: its sockets and its one timer. Names are looked up on a thread of libcurl. */
#ifndef PH_ACQUIRER_CURL_LOOP_H
#define PH_ACQUIRER_CURL_LOOP_H

#include <curl/curl.h>
#include <systemd/sd-event.h>

struct ph_curl_loop {
	CURLM *multi;
	sd_event *event;
	sd_event_source *timer;
	/* A transfer has ended; it is taken out of the multi before, and the handle is the callee's. Called from the loop. */
	void (*done)(void *userdata, CURL *easy, CURLcode result);
	void *userdata;
};

/* `done` and `userdata` are set by the caller before. Once in a process: libcurl gets memory that is wiped. 0 or negative. */
int ph_curl_loop_init(struct ph_curl_loop *loop, sd_event *event);
/* After every transfer has been taken out. */
void ph_curl_loop_done(struct ph_curl_loop *loop);

#endif
