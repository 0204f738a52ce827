// The event ring, subscriptions and their matching. How an event is sent is the door's business.
#include "daemon/objects/event.h"

#include "base/clock.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/scanner.h"
#include "daemon/payments/offline.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ph_subscription {
	char id[24];
	struct ph_subscription *next;
	unsigned topic_count, device_count;
	char **topics;	/* owned */
	char **devices; /* owned ids; none means all */
};

int ph_topic_matches(const char *pattern, const char *topic)
{
	size_t len = strlen(pattern);

	if (!strcmp(pattern, "*"))
		return 1;
	return !strncmp(pattern, topic, len) && (topic[len] == '\0' || topic[len] == '.');
}

int ph_events_init(struct ph_event_ring *ring)
{
	unsigned char r[16];

	memset(ring, 0, sizeof *ring);
	ring->next_seq = 1;
	randombytes_buf(r, sizeof r);
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	snprintf(ring->instance, sizeof ring->instance,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
		r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
		r[15]);
	return 0;
}

void ph_events_done(struct ph_event_ring *ring)
{
	for (unsigned i = 0; i < ring->count; i++)
		free(ring->events[(ring->first + i) % PH_EVENT_RING]);
	ph_buf_done(&ring->scratch);
	ring->count = 0;
}

/* Builds the event in the scratch buffer: line, then topic, device and data as C strings behind it. */
static void encode(struct ph_event_ring *ring, struct ph_event *event, size_t data_len)
{
	struct ph_buf *buf = &ring->scratch;
	char time[PH_TIME_SIZE];

	ph_time_format(event->time_us, time);
	ph_buf_reset(buf);
	ph_buf_add_str(buf, "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":");
	ph_buf_add_int(buf, (int64_t)event->seq);
	ph_buf_add_str(buf, ",\"time\":\"");
	ph_buf_add(buf, time, PH_TIME_SIZE - 1);
	ph_buf_add_str(buf, "\",\"topic\":\"");
	ph_buf_add_str(buf, event->topic);
	ph_buf_add_str(buf, "\",\"device\":\"");
	ph_buf_add_str(buf, event->device);
	ph_buf_add_str(buf, "\",\"data\":");
	ph_buf_add(buf, event->data, data_len);
	ph_buf_add_str(buf, "}}\n");
	event->line = buf->data;
	event->line_len = buf->len;
}

static struct ph_event *keep(const struct ph_event *event)
{
	size_t topic = strlen(event->topic) + 1, device = strlen(event->device) + 1;
	size_t data = strlen(event->data) + 1;
	struct ph_event *copy = malloc(sizeof *copy + event->line_len + 1 + topic + device + data);

	if (!copy)
		return NULL;
	char *p = (char *)(copy + 1);
	*copy = *event;
	copy->line = memcpy(p, event->line, event->line_len + 1);
	p += event->line_len + 1;
	copy->topic = memcpy(p, event->topic, topic);
	p += topic;
	copy->device = memcpy(p, event->device, device);
	p += device;
	copy->data = memcpy(p, event->data, data);
	return copy;
}

static void drop_oldest(struct ph_event_ring *ring)
{
	struct ph_event *event = ring->events[ring->first];

	ring->lost_through = event->seq;
	ring->bytes -= event->line_len;
	ring->first = (ring->first + 1) % PH_EVENT_RING;
	ring->count--;
	free(event);
}

static void remember(struct ph_event_ring *ring, const struct ph_event *event)
{
	struct ph_event *copy = keep(event);

	if (!copy) {
		ring->lost_through = event->seq;
		return;
	}
	while (ring->count == PH_EVENT_RING ||
		(ring->count && ring->bytes + event->line_len > PH_EVENT_RING_BYTES))
		drop_oldest(ring);
	ring->events[(ring->first + ring->count++) % PH_EVENT_RING] = copy;
	ring->bytes += event->line_len;
}

static bool matches(const struct ph_subscription *subscription, const struct ph_event *event)
{
	bool topic = false, device = !subscription->device_count;

	for (unsigned i = 0; i < subscription->topic_count && !topic; i++)
		topic = ph_topic_matches(subscription->topics[i], event->topic);
	for (unsigned i = 0; i < subscription->device_count && !device; i++)
		device = !strcmp(subscription->devices[i], event->device);
	return topic && device;
}

static bool wanted(const struct ph_client *client, const struct ph_event *event)
{
	for (const struct ph_subscription *s = client->subscriptions; s; s = s->next)
		if (matches(s, event))
			return true;
	return false;
}

void ph_events_publish(
	struct ph_daemon *daemon, const char *topic, const char *device, const char *data)
{
	struct ph_event_ring *ring = &daemon->events;
	struct ph_event event = {.seq = ring->next_seq++,
		.time_us = ph_clock_wall_us(),
		.topic = topic,
		.device = device,
		.data = data};

	encode(ring, &event, strlen(data));
	if (ring->scratch.error)
		return;
	remember(ring, &event);
	for (struct ph_client *client = daemon->clients; client; client = client->next)
		if (!client->gone && wanted(client, &event))
			client->ops->event(client, &event);
}

void ph_events_publish_json(
	struct ph_daemon *daemon, const char *topic, const char *device, cJSON *data)
{
	char *text = cJSON_PrintUnformatted(data);

	if (text)
		ph_events_publish(daemon, topic, device, text);
	free(text);
	cJSON_Delete(data);
}

void ph_events_unicast(struct ph_client *client, const char *topic, const char *device,
	const char *data, size_t len)
{
	struct ph_event_ring *ring = &client->daemon->events;
	struct ph_event event = {.seq = ring->next_seq++,
		.time_us = ph_clock_wall_us(),
		.topic = topic,
		.device = device,
		.data = data,
		.unicast = true};

	if (client->gone)
		return;
	encode(ring, &event, len);
	if (!ring->scratch.error)
		client->ops->event(client, &event);
}

/* The device of a line that encode() has made of a label, or NULL. */
static struct ph_device *labelled(struct ph_daemon *daemon, const char *line, size_t len)
{
	static const char mark[] = "\"topic\":\"scanner.data\",\"device\":\"";
	const char *id = memmem(line, len, mark, sizeof mark - 1);
	char name[sizeof((struct ph_device *)0)->id];

	if (!id)
		return NULL;
	id += sizeof mark - 1;
	const char *end = memchr(id, '"', (size_t)(line + len - id));
	if (!end || (size_t)(end - id) >= sizeof name)
		return NULL;
	memcpy(name, id, (size_t)(end - id));
	name[end - id] = '\0';
	return ph_device_by_id(daemon, name);
}

void ph_events_lost(struct ph_daemon *daemon, const char *lines, size_t len)
{
	const char *end = lines + len, *lf;
	bool any = false;

	for (; (lf = memchr(lines, '\n', (size_t)(end - lines))); lines = lf + 1) {
		struct ph_device *device = labelled(daemon, lines, (size_t)(lf - lines));
		if (device && device->scanner)
			ph_scanner_unread(device);
		any = any || device;
	}
	for (struct ph_device *d = daemon->devices; any && d; d = d->next)
		if (d->scanner)
			ph_scanner_tell_unread(d);
}

static void free_subscription(struct ph_subscription *s)
{
	for (unsigned i = 0; s->topics && i < s->topic_count; i++)
		free(s->topics[i]);
	for (unsigned i = 0; s->devices && i < s->device_count; i++)
		free(s->devices[i]);
	free(s->topics);
	free(s->devices);
	free(s);
}

void ph_events_drop_client(struct ph_client *client)
{
	while (client->subscriptions) {
		struct ph_subscription *s = client->subscriptions;
		client->subscriptions = s->next;
		free_subscription(s);
	}
	client->subscription_count = 0;
}

static int copy_topics(struct ph_subscription *s, const cJSON *list)
{
	int count = cJSON_GetArraySize(list);
	const cJSON *item;

	s->topics = calloc((size_t)count + 1, sizeof *s->topics);
	if (!s->topics)
		return -ENOMEM;
	cJSON_ArrayForEach(item, list)
	{
		s->topics[s->topic_count] = strdup(item->valuestring);
		if (!s->topics[s->topic_count++])
			return -ENOMEM;
	}
	return 0;
}

/* Devices are remembered by id, so that a role bound elsewhere later does not change a running subscription. */
static int copy_devices(struct ph_daemon *daemon, struct ph_subscription *s, const cJSON *list,
	const char **ret_unknown)
{
	const cJSON *item;

	s->devices = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *s->devices);
	if (!s->devices)
		return -ENOMEM;
	cJSON_ArrayForEach(item, list)
	{
		const struct ph_device *device = ph_device_find(daemon, item->valuestring);
		if (!device) {
			*ret_unknown = item->valuestring;
			return -ENOENT;
		}
		s->devices[s->device_count] = strdup(device->id);
		if (!s->devices[s->device_count++])
			return -ENOMEM;
	}
	return 0;
}

static void send_gap(struct ph_client *client, uint64_t from, uint64_t to)
{
	struct ph_event_ring *ring = &client->daemon->events;
	char data[80];
	struct ph_event event = {
		.seq = to, .time_us = ph_clock_wall_us(), .topic = "events.gap", .device = ""};

	snprintf(data, sizeof data, "{\"from\":%llu,\"to\":%llu}", (unsigned long long)from,
		(unsigned long long)to);
	event.data = data;
	encode(ring, &event, strlen(data));
	client->ops->event(client, &event);
}

/* Sends what a resuming client missed, or says what cannot be sent any more. */
static void resume(struct ph_client *client, const struct ph_subscription *s, const cJSON *since)
{
	struct ph_event_ring *ring = &client->daemon->events;
	const char *instance =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(since, "instance"));
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(since, "seq");
	uint64_t seq =
		cJSON_IsNumber(number) && number->valuedouble > 0 && number->valuedouble < 0x1p53
			? (uint64_t)number->valuedouble
			: 0;
	bool same = instance && !strcmp(instance, ring->instance);

	if (!same)
		seq = 0;
	if (!same || seq < ring->lost_through)
		send_gap(client, seq + 1, ring->lost_through);
	for (unsigned i = 0; i < ring->count; i++) {
		const struct ph_event *event = ring->events[(ring->first + i) % PH_EVENT_RING];
		if (event->seq > seq && matches(s, event))
			client->ops->event(client, event);
	}
}

static cJSON *subscribe_result(struct ph_call *call, const struct ph_subscription *s)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "subscription", s->id);
	cJSON_AddStringToObject(result, "instance", call->daemon->events.instance);
	cJSON_AddNumberToObject(result, "seq", (double)(call->daemon->events.next_seq - 1));
	if (ph_param_bool(call, "snapshot", false)) {
		cJSON *devices = cJSON_AddArrayToObject(result, "devices");
		for (struct ph_device *d = call->daemon->devices; d; d = d->next)
			cJSON_AddItemToArray(devices, ph_device_describe(d));
		cJSON_AddItemToObject(result, "queue", ph_offline_describe(call->daemon));
	}
	return result;
}

void ph_events_subscribe(struct ph_call *call)
{
	static unsigned counter;
	struct ph_client *client = call->client;
	const cJSON *topics = ph_param(call, "topics"), *since = ph_param(call, "since");
	const char *unknown = NULL;

	if (client->subscription_count >= PH_SUBSCRIPTIONS ||
		cJSON_GetArraySize(topics) > PH_TOPICS) {
		ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "at most %d subscriptions of %d topics",
			PH_SUBSCRIPTIONS, PH_TOPICS);
		return;
	}
	struct ph_subscription *s = calloc(1, sizeof *s);
	int r = s ? copy_topics(s, topics) : -ENOMEM;
	if (r >= 0 && ph_param(call, "devices"))
		r = copy_devices(call->daemon, s, ph_param(call, "devices"), &unknown);
	if (r < 0) {
		if (s)
			free_subscription(s);
		ph_call_fail(call, ph_error_from_errno(r), "%s%s",
			unknown ? "no device or role " : "out of memory", unknown ? unknown : "");
		return;
	}
	snprintf(s->id, sizeof s->id, "sub-%u", ++counter);
	cJSON *resume_from = since ? cJSON_Duplicate(since, true) : NULL;
	cJSON *result = subscribe_result(call, s);
	s->next = client->subscriptions;
	client->subscriptions = s;
	client->subscription_count++;
	ph_call_reply(call, result);
	if (resume_from)
		resume(client, s, resume_from);
	cJSON_Delete(resume_from);
}

void ph_events_unsubscribe(struct ph_call *call)
{
	const char *id = ph_param_str(call, "subscription");

	for (struct ph_subscription **p = &call->client->subscriptions; *p; p = &(*p)->next) {
		struct ph_subscription *s = *p;
		if (strcmp(s->id, id))
			continue;
		*p = s->next;
		call->client->subscription_count--;
		free_subscription(s);
		ph_call_reply(call, NULL);
		return;
	}
	ph_call_fail(call, PH_E_NOEXIST, "no subscription %s on this connection", id);
}
