/*
 * Events: numbered per server instance, kept in a bounded ring, matched by topic prefix and device, sent to
 * subscribers; and unicast events (scanner data), which are numbered but never kept.
 */
#ifndef PH_DAEMON_OBJECTS_EVENT_H
#define PH_DAEMON_OBJECTS_EVENT_H

#include "base/buf.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ph_call;
struct ph_client;
struct ph_daemon;

struct ph_event {
	uint64_t seq;
	uint64_t time_us;   /* wall clock */
	const char *topic;  /* "scanner.data" */
	const char *device; /* id, or "" */
	const char *data;   /* JSON object text */
	/* The whole JSON-RPC notification with its LF, the same bytes for every subscriber. */
	const char *line;
	size_t line_len;
	bool unicast; /* for one client, not out of a subscription */
};

struct ph_event_ring {
	char instance[37]; /* uuid of this server instance */
	uint64_t next_seq; /* of the next event */
	struct ph_event *events[PH_EVENT_RING];
	unsigned first, count;
	uint64_t
		lost_through; /* seq of the last event that was to be kept and is not any more; 0: none */
	size_t bytes;
	struct ph_buf scratch;
};

int ph_events_init(struct ph_event_ring *ring);
void ph_events_done(struct ph_event_ring *ring);

/* Keeps the event and sends it to every matching subscriber. `data` is JSON object text, "{}" at least. */
void ph_events_publish(
	struct ph_daemon *daemon, const char *topic, const char *device, const char *data);

/* The same from an object, which is freed. */
void ph_events_publish_json(
	struct ph_daemon *daemon, const char *topic, const char *device, cJSON *data);

/* Sends to one client only, without keeping it. `data` of `len` bytes is JSON object text. */
void ph_events_unicast(struct ph_client *client, const char *topic, const char *device,
	const char *data, size_t len);

/* Lines of events that a client will not get, as they were sent: labels among them are dropped ones. */
void ph_events_lost(struct ph_daemon *daemon, const char *lines, size_t len);

/* True when `topic` equals `pattern`, begins with "pattern.", or pattern is "*". */
int ph_topic_matches(const char *pattern, const char *topic);

/* Methods events.subscribe and events.unsubscribe. */
void ph_events_subscribe(struct ph_call *call);
void ph_events_unsubscribe(struct ph_call *call);

/* Ends all subscriptions of a client. */
void ph_events_drop_client(struct ph_client *client);

#endif
