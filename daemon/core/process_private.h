/* The inside of a device process object, for the two files that make it: process.c its life, driver_messages.c its talk. */
#ifndef PH_DAEMON_CORE_PROCESS_PRIVATE_H
#define PH_DAEMON_CORE_PROCESS_PRIVATE_H

#include "base/stream.h"
#include "daemon/core/process.h"

#include <stdint.h>
#include <systemd/sd-event.h>

/* A request the driver has not answered. */
struct ph_pending {
	uint64_t id;
	uint64_t sent_us;
	ph_process_done done;
	void *userdata;
	struct ph_pending *next;
};

struct ph_process {
	struct ph_unit *unit;
	struct ph_stream stream;
	bool connected; /* the stream is open */
	pid_t pid;
	sd_event_source *child, *restart, *watch, *stop_timeout;
	uint64_t next_id, started_us, ping_id;
	uint64_t busy_until_us, heard_us;
	unsigned backoff_ms;
	uint64_t news_since_us;			    /* the second that news_count is about */
	unsigned news_count;			    /* notifications that others see */
	struct ph_pending *pending, **pending_tail; /* oldest first */
	unsigned pending_count;
	bool stopping;
	void (*stopped)(void *userdata);
	void *stopped_userdata;
};

/*
 * One line from the driver, `len` bytes and a NUL. What is not JSON ends the stream; what is merely unknown is
 * ignored, so that a newer driver can say more.
 */
void ph_process_message(struct ph_process *process, const char *line, size_t len);

/* Sends a request that nobody waits for. Returns what ph_stream_send() returns. */
int ph_process_send(struct ph_process *process, const char *method, const char *params, size_t len);

/* Answers every pending request with Offline, because the driver is gone, and stops watching it. */
void ph_process_fail_pending(struct ph_process *process);

#endif
