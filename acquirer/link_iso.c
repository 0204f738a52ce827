// ISO 8583 over a connection that is opened when something is to be sent: connecting, signing on, echoes, pauses. Requests are
// in link_flight.c, what arrives in link_answers.c.
#include "acquirer/link_iso.h"

#include "acquirer/log.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crash_point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <time.h>

static void set_state(struct iso_link *link, enum ph_link_state state, const char *reason)
{
	bool changed = link->state != state;

	snprintf(link->reason, sizeof link->reason, "%s", reason);
	if (!changed)
		return;
	link->state = state;
	link->state_since_us = ph_clock_wall_us();
	if (state == PH_LINK_DOWN)
		ph_acquirer_log(LOG_WARNING, "the host is not there: %s", reason);
	else if (state == PH_LINK_UP)
		ph_acquirer_log(LOG_INFO, "the host is there");
	link->setup.news->state(link->setup.userdata, state, reason);
}

static bool in_flight(const struct iso_link *link)
{
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++)
		if (link->slots[i].used && !link->slots[i].told)
			return true;
	return false;
}

static void stop_line(struct iso_link *link)
{
	link->io = sd_event_source_disable_unref(link->io);
	link->connect_deadline = sd_event_source_disable_unref(link->connect_deadline);
	link->echo = sd_event_source_disable_unref(link->echo);
	link->echo_deadline = sd_event_source_disable_unref(link->echo_deadline);
	link->wire.ops->stop(&link->wire);
	link->phase = IDLE;
	link->network_len = 0;
	link->network_written = 0;
	link->network_waits = false;
	if (link->received)
		ph_wipe(link->hidden_received, link->received);
	link->received = 0;
}

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata);

static void plan_reconnect(struct iso_link *link)
{
	link->reconnect = sd_event_source_disable_unref(link->reconnect);
	if (!link->watched)
		return;
	sd_event_add_time_relative(link->setup.event, &link->reconnect, CLOCK_MONOTONIC,
		link->pause_us, 100000, on_reconnect, link);
	link->pause_us = link->pause_us * 2 > PAUSE_MAX_US ? PAUSE_MAX_US : link->pause_us * 2;
}

void link_fail(struct iso_link *link, int error, const char *why)
{
	const char *more = link->wire.why[0] ? link->wire.why : error ? strerror(-error) : "";
	char text[PH_LINK_WHY_SIZE];

	snprintf(text, sizeof text, "%s%s%s", why, *more ? ": " : "", more);
	stop_line(link);
	set_state(link, PH_LINK_DOWN, text);
	slots_broken(link, text);
	if (link->phase == IDLE)
		plan_reconnect(link);
}

/* The host has closed a line that nobody needs just now. */
static void line_ended(struct iso_link *link)
{
	if (in_flight(link) || link->watched) {
		link_fail(link, 0, "the host has closed the connection");
		return;
	}
	stop_line(link);
	slots_broken(link, "the host has closed the connection");
	set_state(link, PH_LINK_UNKNOWN, "the host has closed the connection");
}

void link_want_write(struct iso_link *link)
{
	if (link->io && link->phase != CONNECTING)
		sd_event_source_set_io_events(link->io, EPOLLIN | EPOLLOUT);
}

/* What a wire that holds bytes waits for; one that holds none has told only what connecting waits for. */
static uint32_t held(const struct iso_link *link)
{
	return link->wire.ops->flush ? link->wire.events & EPOLLOUT : 0;
}

/* Nothing of the link waits; the wire may hold bytes. */
static void want_no_write(struct iso_link *link)
{
	sd_event_source_set_io_events(link->io, EPOLLIN | held(link));
}

void link_queue_network(struct iso_link *link, const uint8_t *frame, size_t len)
{
	if (link->network_len == NETWORK_OUT_MAX)
		return; /* a host that asks and does not read */
	memcpy(link->network[link->network_len].frame, frame, len);
	link->network[link->network_len++].len = len;
	link_want_write(link);
}

static int on_network_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct iso_link *link = userdata;

	link_fail(link, 0,
		link->phase == UP ? "no answer to the echo message" : "no answer to the sign-on");
	return 0;
}

void link_send_network(struct iso_link *link, const char *code)
{
	uint8_t frame[NETWORK_BYTES];
	time_t now = (time_t)(ph_clock_wall_us() / 1000000);
	char transmission[11];
	struct tm utc;
	ssize_t n;

	gmtime_r(&now, &utc);
	strftime(transmission, sizeof transmission, "%m%d%H%M%S", &utc);
	link->network_counter = link->network_counter % 999999 + 1;
	snprintf(link->network_stan, sizeof link->network_stan, "%06u", link->network_counter);
	n = ph_compose_network(
		&link->composer, link->network_stan, transmission, code, frame, sizeof frame);
	if (n < 0) {
		link_fail(link, 0, "the dialect has no such message 0800");
		return;
	}
	link->network_waits = true;
	link_queue_network(link, frame, (size_t)n);
	link->echo_deadline = sd_event_source_disable_unref(link->echo_deadline);
	sd_event_add_time_relative(link->setup.event, &link->echo_deadline, CLOCK_MONOTONIC,
		(uint64_t)link->setup.dialect->echo_timeout_ms * 1000, 10000, on_network_late,
		link);
}

static int on_echo(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct iso_link *link = userdata;

	if (link->phase == UP && !link->network_waits)
		link_send_network(link, "301");
	if (link->echo) {
		sd_event_source_set_time_relative(
			link->echo, (uint64_t)link->setup.dialect->echo_s * 1000000);
		sd_event_source_set_enabled(link->echo, SD_EVENT_ONESHOT);
	}
	return 0;
}

/* Echoes run on a watched line only. */
static void plan_echo(struct iso_link *link)
{
	link->echo = sd_event_source_disable_unref(link->echo);
	if (link->watched && link->phase == UP)
		sd_event_add_time_relative(
			link->setup.event, &link->echo, CLOCK_MONOTONIC, 0, 10000, on_echo, link);
}

void link_proven(struct iso_link *link)
{
	link->pause_us = PAUSE_MIN_US;
	set_state(link, PH_LINK_UP, "");
}

/* A connection alone proves nothing where an echo is about to: behind a dead host something may still accept them. */
void link_up(struct iso_link *link)
{
	link->phase = UP;
	if (!link->watched)
		link_proven(link);
	plan_echo(link);
	link_want_write(link);
}

/* Sends what there is of one message. 1: all of it; 0: the host takes no more just now. */
static int send_part(struct iso_link *link, const uint8_t *frame, size_t len, size_t *written)
{
	ssize_t n = link->wire.ops->send(&link->wire, frame + *written, len - *written);

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	*written += (size_t)n;
	return *written == len;
}

static int write_network(struct iso_link *link)
{
	int r = send_part(
		link, link->network[0].frame, link->network[0].len, &link->network_written);

	if (r != 1)
		return r;
	link->network_written = 0;
	link->network_len--;
	memmove(link->network, link->network + 1, link->network_len * sizeof link->network[0]);
	return 1;
}

static int write_slot(struct iso_link *link, struct slot *slot)
{
	bool first = !slot->written;
	size_t len = first && PH_CRASH_POINT_DUE(slot->point, "mid") ? 1 : slot->len;
	int r = send_part(link, slot->hidden_frame, len, &slot->written);

	if (first && slot->written)
		PH_CRASH_POINT(slot->point, "mid");
	if (r != 1)
		return r;
	PH_CRASH_POINT(slot->point, "sent");
	/* the message is the kernel's now; nothing here needs the account any more */
	ph_wipe(slot->hidden_frame, slot->len);
	if (slot->told)
		slot_free(slot);
	return 1;
}

static int write_all(struct iso_link *link)
{
	int r = link->wire.ops->flush ? link->wire.ops->flush(&link->wire) : 0;

	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	r = 1;

	while (r == 1) {
		struct slot *slot = link->phase == UP ? slot_to_write(link) : NULL;
		bool begun = slot && slot->written;

		if (link->network_len && !begun)
			r = write_network(link);
		else if (slot)
			r = write_slot(link, slot);
		else
			break;
	}
	if (r == 1)
		want_no_write(link);
	return r < 0 ? r : 0;
}

/* What is there, one piece. True: there is more that no event tells of. */
static bool read_some(struct iso_link *link)
{
	ssize_t n = link->wire.ops->receive(&link->wire, link->hidden_received + link->received,
		RECEIVE_BYTES - link->received);

	if (n == -EAGAIN)
		return false;
	if (n == 0) {
		line_ended(link);
	} else if (n < 0) {
		link_fail(link, (int)n, "the connection broke");
	} else {
		link->received += (size_t)n;
		if (link_read_frames(link) < 0)
			link_fail(link, 0, "the host sent a length that is none");
	}
	return link->phase != IDLE && link->wire.ops->has_more &&
	       link->wire.ops->has_more(&link->wire);
}

static void connected(struct iso_link *link)
{
	int r = link->wire.ops->handshake(&link->wire);

	if (r == -EAGAIN) {
		sd_event_source_set_io_events(link->io, link->wire.events);
		return;
	}
	if (r < 0) {
		link_fail(link, r, "cannot connect");
		return;
	}
	link->connect_deadline = sd_event_source_disable_unref(link->connect_deadline);
	want_no_write(link);
	if (!link->setup.dialect->sign_on) {
		link_up(link);
		return;
	}
	link->phase = SIGNING;
	link_send_network(link, "001");
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct iso_link *link = userdata;
	int r = 0;

	if (link->phase == CONNECTING) {
		connected(link);
		return 0;
	}
	/* reading comes first: a line that has ended keeps the answers it has brought, and gets no message that may be lost on it */
	if (revents & ~(uint32_t)EPOLLOUT)
		while (read_some(link))
			;
	else
		r = write_all(link);
	if (r < 0)
		link_fail(link, r, "the connection broke");
	if (link->phase != IDLE && held(link))
		link_want_write(link);
	return 0;
}

static int on_connect_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct iso_link *link = userdata;
	const struct ph_wire_ops *ops = link->wire.ops;

	link_fail(
		link, -ETIMEDOUT, ops->waits_for ? ops->waits_for(&link->wire) : "cannot connect");
	return 0;
}

static int on_defer(sd_event_source *source, void *userdata)
{
	struct iso_link *link = userdata;
	int error = link->failed;

	link->defer = sd_event_source_disable_unref(link->defer);
	link->failed = 0;
	link_fail(link, error, "cannot connect");
	return 0;
}

/* What fails at once fails from the loop, so that nobody is answered from inside their request. */
static int start_line(struct iso_link *link)
{
	sd_event *event = link->setup.event;
	int r;

	if (link->phase != IDLE || link->defer)
		return 0;
	link->reconnect = sd_event_source_disable_unref(link->reconnect);
	r = link->wire.ops->start(&link->wire, link->setup.config);
	if (r >= 0)
		r = sd_event_add_io(
			event, &link->io, link->wire.fd, link->wire.events, on_io, link);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &link->connect_deadline, CLOCK_MONOTONIC,
			(uint64_t)link->setup.config->connect_timeout_ms * 1000, 1000,
			on_connect_late, link);
	if (r >= 0) {
		link->phase = CONNECTING;
		return 0;
	}
	stop_line(link);
	link->failed = r;
	return sd_event_add_defer(event, &link->defer, on_defer, link);
}

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata)
{
	start_line(userdata);
	return 0;
}

/* ---- the table ---- */

static struct iso_link *of(struct ph_link *base)
{
	return PH_CONTAINER_OF(base, struct iso_link, link);
}

static void iso_close(struct ph_link *base)
{
	struct iso_link *link = base ? of(base) : NULL;

	if (!link)
		return;
	stop_line(link);
	sd_event_source_disable_unref(link->defer);
	sd_event_source_disable_unref(link->reconnect);
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++)
		if (link->slots[i].used)
			slot_free(&link->slots[i]);
	ph_tls_free(link->tls);
	ph_secret_free(link->hidden);
	free(link);
}

static int iso_open(
	const struct ph_link_setup *setup, struct ph_link **ret_link, char why[PH_LINK_WHY_SIZE])
{
	struct iso_link *link = calloc(1, sizeof *link);
	const struct ph_wire_ops *wire = setup->config->tls ? &ph_wire_tls : &ph_wire_tcp;
	uint8_t *memory;
	int r;

	snprintf(why, PH_LINK_WHY_SIZE, "no memory that can be locked");
	if (!link)
		return -ENOMEM;
	link->wire = (struct ph_wire){.ops = setup->wire ? setup->wire : wire, .fd = -1};
	r = ph_secret_new(
		PH_LINK_IN_FLIGHT * SLOT_BYTES + RECEIVE_BYTES + PH_ISO_STORE_MAX, &link->hidden);
	if (r >= 0 && setup->config->tls)
		r = ph_tls_new(setup->config, &link->tls, why);
	if (r < 0) {
		iso_close(&link->link);
		return r;
	}
	memory = ph_secret_memory(link->hidden);
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		link->slots[i].link = link;
		link->slots[i].hidden_frame = memory + (size_t)i * SLOT_BYTES;
	}
	link->hidden_received = memory + PH_LINK_IN_FLIGHT * SLOT_BYTES;
	link->hidden_store = link->hidden_received + RECEIVE_BYTES;
	link->setup = *setup;
	link->composer = (struct ph_composer){.dialect = setup->dialect, .config = setup->config};
	link->wire.tls = link->tls;
	link->pause_us = PAUSE_MIN_US;
	link->state_since_us = ph_clock_wall_us();
	link->link.ops = &ph_link_iso;
	*ret_link = &link->link;
	return 0;
}

static bool iso_wants_once(const struct ph_link *base, const struct ph_record *record)
{
	const struct iso_link *link = (const struct iso_link *)base;

	return ph_compose_wants_once(&link->composer, record);
}

/* Sends what has a slot now. */
static int go(struct iso_link *link)
{
	int r = 0;

	if (link->phase == UP)
		link_want_write(link);
	else
		r = start_line(link);
	return r < 0 ? r : 0;
}

static int iso_submit(struct ph_link *base, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint64_t ticket, char why[PH_RECORD_WHY_SIZE])
{
	int r = slot_new(of(base), record, accounts, ticket, why);

	return r < 0 ? r : go(of(base));
}

static int iso_reconcile(struct ph_link *base, const struct ph_totals *totals, uint64_t ticket,
	char why[PH_RECORD_WHY_SIZE])
{
	int r = slot_new_totals(of(base), totals, ticket, why);

	return r < 0 ? r : go(of(base));
}

static void iso_forget_all(struct ph_link *base)
{
	static const struct ph_link_answer none = {.error = -ECANCELED};
	struct iso_link *link = of(base);

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct slot *slot = &link->slots[i];

		if (!slot->used || slot->told)
			continue;
		slot->told = true;
		if (slot->written)
			slot_remember(link, slot);
		slot_finish(slot, &none);
	}
}

static void iso_watch(struct ph_link *base, bool on)
{
	struct iso_link *link = of(base);

	if (link->watched == on)
		return;
	link->watched = on;
	link->pause_us = PAUSE_MIN_US;
	link->reconnect = sd_event_source_disable_unref(link->reconnect);
	plan_echo(link);
	if (on)
		start_line(link);
}

static enum ph_link_state iso_state(
	const struct ph_link *base, uint64_t *ret_since_us, const char **ret_reason)
{
	const struct iso_link *link = (const struct iso_link *)base;

	*ret_since_us = link->state_since_us;
	*ret_reason = link->reason;
	return link->state;
}

static void iso_describe(const struct ph_link *base, struct ph_buf *out)
{
	const struct iso_link *link = (const struct iso_link *)base;
	const struct ph_iso_dialect *dialect = link->setup.dialect;

	ph_buf_add_str(out, "\"link\":\"iso8583\",\"dialect\":");
	ph_buf_add_json_str(out, dialect->name, strlen(dialect->name));
	ph_buf_add_str(out, ",\"tid\":");
	ph_buf_add_json_str(out, link->setup.config->tid, strlen(link->setup.config->tid));
	ph_buf_printf(out,
		",\"capabilities\":{\"reversal\":\"%s\",\"request_repeat\":%s,"
		"\"partial_approval\":%s,\"advice\":%s,\"reconcile\":%s},",
		dialect->reversal_mti, dialect->request_repeat ? "true" : "false",
		dialect->partial_approval ? "true" : "false",
		dialect->advice_mti[0] ? "true" : "false",
		dialect->reconcile.mti[0] ? "true" : "false");
}

const struct ph_link_ops ph_link_iso = {
	.name = "iso8583",
	.has_dialect = true,
	.open = iso_open,
	.close = iso_close,
	.wants_once = iso_wants_once,
	.submit = iso_submit,
	.reconcile = iso_reconcile,
	.forget_all = iso_forget_all,
	.watch = iso_watch,
	.state = iso_state,
	.describe = iso_describe,
};
