// Keeps the link to the device: opens it again with growing pauses, queues what it does not take, bounds what it sends.
// lint: file, opening, resting, losing and reading one link are one machine whose parts set each other's timers
#include "base/cleanup.h"
#include "base/clock.h"
#include "drivers/host/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#define READ_SIZE    4096
#define FINISH_MS    1000    /* to write what is queued, and again to wait for the peer's end */
#define STABLE_US    5000000 /* a link that lived this long starts again with the shortest pause */
#define WINDOW_US    250000
#define WINDOW_BYTES 65536 /* of one window; more is a flood and is read later */
#define QUEUE_KEEP   8192  /* bytes of an empty queue kept for the next write */
#define PENDING_MS   20	   /* to the first look whether the peer has what was written; doubles */
#define PENDING_MAX  1000
#define UNHEARD_MS   10 /* to the next look whether all that was sent is read */
#define UNHEARD_MAX  4000

static void try_open(struct ph_loop *loop);
static void link_ended(struct ph_loop *loop);
static void link_failed(struct ph_loop *loop, int error);

static struct ph_loop *loop_of(const struct ph_device *device)
{
	return PH_CONTAINER_OF(device, struct ph_loop, device);
}

/* Sets or makes a one-shot timer; ms 0 switches it off. A timer has one handler for life. */
static void set_timer(struct ph_loop *loop, sd_event_source **source, unsigned ms,
	sd_event_time_handler_t handler)
{
	if (!ms) {
		if (*source)
			sd_event_source_set_enabled(*source, SD_EVENT_OFF);
		return;
	}
	if (!*source) {
		if (sd_event_add_time_relative(loop->event, source, CLOCK_MONOTONIC,
			    (uint64_t)ms * 1000, 1000, handler, loop) < 0)
			sd_event_exit(loop->event, 1);
		return;
	}
	sd_event_source_set_time_relative(*source, (uint64_t)ms * 1000);
	sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

static unsigned reason_of(const struct ph_loop *loop, int error)
{
	if (error == -EBUSY)
		return PH_REASON_BIT(PH_REASON_BUSY_ELSEWHERE);
	if (error == -EACCES || error == -EPERM)
		return PH_REASON_BIT(PH_REASON_NO_PERMISSION);
	if (error == -ENODEV)
		return PH_REASON_BIT(PH_REASON_UNPLUGGED);
	if (error == -EMEDIUMTYPE) /* it is there, and another kind of thing */
		return PH_REASON_BIT(PH_REASON_WRONG_MODE);
	if (error != -ETIMEDOUT && loop->device.transport->watch(&loop->device.url))
		return PH_REASON_BIT(PH_REASON_UNPLUGGED);
	return PH_REASON_BIT(PH_REASON_NOT_RESPONDING);
}

/* ---- waiting for a device that is not there ---- */

/* The one timer of the link: a pause is over, a connect took too long, or giving the device back did. */
static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_loop *loop = userdata;

	if (loop->finishing || loop->releasing)
		link_ended(loop);
	else if (loop->link.connecting)
		link_failed(loop, -ETIMEDOUT);
	else
		try_open(loop);
	return 0;
}

static void unwatch(struct ph_loop *loop)
{
	loop->arrivals = sd_device_monitor_unref(loop->arrivals);
	loop->watch = sd_event_source_disable_unref(loop->watch);
	free(PH_STEAL(loop->watch_name));
}

static int on_watch(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct ph_loop *loop = userdata;

	if ((event->mask & (IN_IGNORED | IN_DELETE_SELF)) ||
		(event->len && loop->watch_name && !strcmp(event->name, loop->watch_name))) {
		loop->backoff_ms = PH_BACKOFF_MIN_MS; /* it may not be ready at once */
		try_open(loop);
	}
	return 0;
}

/* A device of the kind came and udev's rules are through; one that goes is no news while none is open. */
static int on_arrival(sd_device_monitor *monitor, sd_device *device, void *userdata)
{
	sd_device_action_t action;

	if (sd_device_get_action(device, &action) >= 0 && action != SD_DEVICE_REMOVE)
		try_open(userdata);
	return 0;
}

/* The kernel wakes us for devices of this kind only. Where there is no udev the pauses of retry_later() have to do. */
static void watch_udev(struct ph_loop *loop)
{
	const struct ph_transport_ops *ops = loop->device.transport;

	if (loop->arrivals || !ops->udev_subsystem || sd_device_monitor_new(&loop->arrivals) < 0)
		return;
	int r = sd_device_monitor_filter_add_match_subsystem_devtype(
		loop->arrivals, ops->udev_subsystem, ops->udev_devtype);
	if (r >= 0)
		r = sd_device_monitor_attach_event(loop->arrivals, loop->event);
	if (r >= 0)
		r = sd_device_monitor_start(loop->arrivals, on_arrival, loop);
	if (r < 0)
		loop->arrivals = sd_device_monitor_unref(loop->arrivals);
}

/* Watches the nearest folder on the way to the device that exists, so that a replug is seen at once. */
static void watch(struct ph_loop *loop)
{
	const char *path = loop->device.transport->watch(&loop->device.url);
	PH_CLEANUP_FREE char *copy = path ? strdup(path) : NULL;

	watch_udev(loop);
	if (!path)
		return;
	unwatch(loop);
	while (copy) {
		char *slash = strrchr(copy, '/');
		if (!slash)
			return;
		*slash = '\0';
		if (sd_event_add_inotify(loop->event, &loop->watch, *copy ? copy : "/",
			    IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR,
			    on_watch, loop) >= 0) {
			loop->watch_name = strdup(slash + 1);
			return;
		}
		if (slash == copy)
			return;
	}
}

static void retry_later(struct ph_loop *loop)
{
	set_timer(loop, &loop->retry_timer, loop->backoff_ms, on_retry);
	loop->backoff_ms *= 2;
	if (loop->backoff_ms > PH_BACKOFF_MAX_MS)
		loop->backoff_ms = PH_BACKOFF_MAX_MS;
	watch(loop);
}

/* ---- the end of a link ---- */

static void close_link(struct ph_loop *loop)
{
	loop->io = sd_event_source_disable_unref(loop->io);
	loop->deferred = sd_event_source_disable_unref(loop->deferred);
	set_timer(loop, &loop->calm_timer, 0, NULL);
	set_timer(loop, &loop->pending_timer, 0, NULL);
	set_timer(loop, &loop->release_timer, 0, NULL);
	set_timer(loop, &loop->retry_timer, 0, NULL);
	loop->flooding = loop->write_wanted = false;
	loop->pending_ms = 0;
	if (loop->link.ops)
		loop->link.ops->close(&loop->link);
	loop->link.ops = NULL;
	loop->link.why[0] = '\0';
	free(PH_STEAL(loop->queue));
	loop->queue_start = loop->queue_len = loop->queue_size = 0;
}

/* The link was closed in good order: the process ends, or the device is others' until it is wanted. */
static void link_ended(struct ph_loop *loop)
{
	if (loop->finishing) {
		sd_event_exit(loop->event, 0);
		return;
	}
	close_link(loop);
	loop->releasing = false;
	if (loop->wanted)
		try_open(loop);
	loop->wanted = false;
}

static void link_failed(struct ph_loop *loop, int error)
{
	size_t unsent = loop->queue_len;
	bool was_up = loop->device.link_up;
	char text[PH_TRANSPORT_WHY_SIZE + 32];

	snprintf(text, sizeof text, "%s%s",
		error == -EMEDIUMTYPE ? ""
		: was_up	      ? "link lost: "
				      : "cannot open: ",
		*loop->link.why ? loop->link.why
		: error		? strerror(-error)
				: "end of file");
	if (loop->finishing || loop->releasing) {
		link_ended(loop);
		return;
	}
	if (was_up)
		ph_record_word(&loop->record, "down");
	close_link(loop);
	ph_device_link_down(&loop->device, true, unsent);
	if (was_up && ph_clock_mono_us() - loop->up_since_us >= STABLE_US)
		loop->backoff_ms = PH_BACKOFF_MIN_MS;
	ph_device_set_state(&loop->device, PH_DEVICE_OFFLINE, reason_of(loop, error), text);
	retry_later(loop);
}

/* The other end has closed the link because it is done: for the service nothing changes. */
static void link_rests(struct ph_loop *loop)
{
	size_t unsent = loop->queue_len;

	ph_record_word(&loop->record, "down");
	close_link(loop);
	loop->backoff_ms = PH_BACKOFF_MIN_MS;
	/* what is wanted from inside is opened behind it */
	loop->releasing = true;
	ph_device_link_down(&loop->device, true, unsent);
	loop->releasing = false;
	if (loop->wanted)
		try_open(loop);
	loop->wanted = false;
}

static bool ended_well(struct ph_loop *loop, ssize_t error)
{
	const struct ph_driver *driver = loop->device.driver;

	return (error == 0 || error == -ECONNRESET) && driver->ended && !loop->finishing &&
	       !loop->releasing && loop->device.link_up && driver->ended(&loop->device);
}

static int on_deferred(sd_event_source *source, void *userdata)
{
	struct ph_loop *loop = userdata;

	loop->deferred = sd_event_source_disable_unref(loop->deferred);
	link_failed(loop, loop->deferred_error);
	return 0;
}

/* The driver is on the stack: the link ends when it has returned. */
static void fail_soon(struct ph_loop *loop, int error)
{
	if (loop->deferred || !loop->io)
		return;
	loop->deferred_error = error;
	sd_event_source_set_enabled(loop->io, SD_EVENT_OFF);
	if (sd_event_add_defer(loop->event, &loop->deferred, on_deferred, loop) < 0)
		sd_event_exit(loop->event, 1);
}

/* ---- writing ---- */

static void update_events(struct ph_loop *loop)
{
	uint32_t events = loop->flooding ? 0 : EPOLLIN;

	if (loop->link.ops->process)
		return; /* its descriptor says everything at once */
	sd_event_source_set_io_events(loop->io, events | (loop->queue_len ? EPOLLOUT : 0));
}

/* Bytes that are in the host, and those the transport could not yet give to the device. */
static size_t unarrived(const struct ph_loop *loop)
{
	const struct ph_transport_ops *ops = loop->link.ops;

	return loop->queue_len + (loop->io && ops && ops->pending ? ops->pending(&loop->link) : 0);
}

/* Whether the kernel has it all and needs us no more. */
static bool is_given(const struct ph_loop *loop)
{
	return !loop->queue_len && (!loop->link.ops->process || !unarrived(loop));
}

static void flush_queue(struct ph_loop *loop);
static int on_pending(sd_event_source *source, uint64_t usec, void *userdata);

/* Bytes are on their way: their arrival is an event of a transport with process(), of others it has to be looked for. */
static void await_arrival(struct ph_loop *loop)
{
	loop->write_wanted = true;
	if (loop->link.ops->process || !loop->link.ops->pending)
		return;
	loop->pending_ms = PENDING_MS;
	set_timer(loop, &loop->pending_timer, loop->pending_ms, on_pending);
}

static int on_pending(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_loop *loop = userdata;

	if (!loop->io || loop->deferred)
		return 0;
	if (!unarrived(loop)) {
		flush_queue(loop);
		return 0;
	}
	int r = loop->link.ops->alive ? loop->link.ops->alive(&loop->link) : 0;
	if (r < 0) {
		link_failed(loop, r);
		return 0;
	}
	if (loop->pending_ms < PENDING_MAX)
		loop->pending_ms *= 2;
	set_timer(loop, &loop->pending_timer, loop->pending_ms, on_pending);
	return 0;
}

static ssize_t write_some(struct ph_loop *loop, const void *data, size_t len)
{
	ssize_t n = loop->link.ops->write(&loop->link, data, len);

	return n == -EAGAIN || n == -EINTR ? 0 : n;
}

static int enqueue(struct ph_loop *loop, const uint8_t *data, size_t len)
{
	if (loop->queue_start + loop->queue_len + len > loop->queue_size) {
		if (loop->queue_len)
			memmove(loop->queue, loop->queue + loop->queue_start, loop->queue_len);
		loop->queue_start = 0;
	}
	if (loop->queue_len + len > loop->queue_size) {
		size_t size = loop->queue_size ? loop->queue_size : 1024;
		while (size < loop->queue_len + len)
			size *= 2;
		uint8_t *queue = realloc(loop->queue, size);
		if (!queue)
			return -ENOMEM;
		loop->queue = queue;
		loop->queue_size = size;
	}
	memcpy(loop->queue + loop->queue_start + loop->queue_len, data, len);
	loop->queue_len += len;
	loop->write_wanted = true;
	update_events(loop);
	return 0;
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	struct ph_loop *loop = loop_of(device);
	ssize_t n = 0;

	if (!loop->io || loop->deferred)
		return -ENOTCONN;
	if (loop->queue_len + len > PH_LINK_QUEUE_BYTES)
		return -ENOBUFS;
	if (device->release_s)
		loop->active_us = ph_clock_mono_us();
	if (!loop->queue_len)
		n = write_some(loop, data, len);
	if (n == -EMSGSIZE)
		return -EMSGSIZE;
	ph_record_bytes(&loop->record, ">", data, len);
	if (n < 0) {
		fail_soon(loop, (int)n);
		return -ENOTCONN;
	}
	if (!loop->pending_ms && unarrived(loop))
		await_arrival(loop);
	if ((size_t)n == len)
		return 0;
	if (loop->link.ops->packets)
		return -ENOBUFS;
	int r = enqueue(loop, (const uint8_t *)data + n, len - (size_t)n);
	/* a part may have left: the device would see half a command */
	if (r < 0)
		fail_soon(loop, r);
	return r;
}

static size_t link_queued(const struct ph_device *device)
{
	return unarrived(loop_of(device));
}

static void link_drop(struct ph_device *device)
{
	fail_soon(loop_of(device), -ETIMEDOUT);
}

/* Nothing is left to write: tell the peer and wait for its end, so that unread answers do not reset the connection. */
static void finish_link(struct ph_loop *loop)
{
	if (!loop->link.ops->finish || !loop->link.ops->finish(&loop->link)) {
		link_ended(loop);
		return;
	}
	set_timer(loop, &loop->retry_timer, FINISH_MS, on_retry);
}

static void flush_queue(struct ph_loop *loop)
{
	ssize_t n = loop->queue_len
			    ? write_some(loop, loop->queue + loop->queue_start, loop->queue_len)
			    : 0;

	if (n < 0) {
		link_failed(loop, (int)n);
		return;
	}
	loop->queue_start += (size_t)n;
	loop->queue_len -= (size_t)n;
	if (loop->queue_len)
		return;
	loop->queue_start = 0;
	if (loop->queue_size > QUEUE_KEEP) {
		free(PH_STEAL(loop->queue));
		loop->queue_size = 0;
	}
	update_events(loop);
	if (unarrived(loop) && !((loop->finishing || loop->releasing) && is_given(loop))) {
		await_arrival(loop);
		return;
	}
	loop->write_wanted = false;
	loop->pending_ms = 0;
	set_timer(loop, &loop->pending_timer, 0, NULL);
	if (loop->finishing || loop->releasing)
		finish_link(loop);
	else if (loop->device.driver->sent)
		loop->device.driver->sent(&loop->device);
}

/* ---- reading ---- */

static void read_link(struct ph_loop *loop);

/* What the transport holds back must not wait for the next event of the device. */
static bool has_more(const struct ph_loop *loop)
{
	return !loop->flooding && !loop->deferred && loop->link.ops->more &&
	       loop->link.ops->more(&loop->link);
}

static int on_calm(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_loop *loop = userdata;

	loop->flooding = false;
	if (!loop->io)
		return 0;
	update_events(loop);
	if ((loop->link.ops->process || has_more(loop)) && !loop->deferred)
		read_link(loop); /* what was left there makes no event of its own */
	return 0;
}

/* Counts what a device sends; above the bound it is not read until the window is over. */
static void bound_rate(struct ph_loop *loop, size_t len)
{
	uint64_t now = ph_clock_mono_us();

	if (now - loop->window_start_us >= WINDOW_US) {
		loop->window_start_us = now;
		loop->window_bytes = 0;
	}
	loop->window_bytes += len;
	if (loop->window_bytes <= WINDOW_BYTES)
		return;
	ph_emit_log(&loop->device, PH_LOG_WARNING, "the device sends more than %d bytes per second",
		WINDOW_BYTES * (1000000 / WINDOW_US));
	loop->flooding = true;
	update_events(loop);
	set_timer(loop, &loop->calm_timer, WINDOW_US / 1000, on_calm);
}

static void read_link(struct ph_loop *loop)
{
	static uint8_t data[READ_SIZE];
	ssize_t n = loop->link.ops->read(&loop->link, data, sizeof data);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0 && ended_well(loop, n)) {
		link_rests(loop);
		return;
	}
	if (n <= 0) {
		link_failed(loop, (int)n);
		return;
	}
	if (loop->device.release_s)
		loop->active_us = ph_clock_mono_us();
	if (loop->finishing || loop->releasing)
		return;
	ph_record_bytes(&loop->record, "<", data, (size_t)n);
	ph_device_receive(&loop->device, data, (size_t)n);
	if (loop->io && !loop->deferred)
		bound_rate(loop, (size_t)n);
}

/* ---- giving the device away while nobody needs it ---- */

static void end_link(struct ph_loop *loop)
{
	if (is_given(loop))
		finish_link(loop);
	else
		set_timer(loop, &loop->retry_timer, FINISH_MS, on_retry);
}

static int on_release_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_loop *loop = userdata;
	unsigned after_ms = loop->device.release_s * 1000;
	uint64_t quiet_ms = (ph_clock_mono_us() - loop->active_us) / 1000;

	if (!loop->io || loop->deferred || loop->finishing || loop->releasing)
		return 0;
	if (quiet_ms < after_ms)
		set_timer(
			loop, &loop->release_timer, after_ms - (unsigned)quiet_ms, on_release_time);
	else if (!ph_device_may_release(&loop->device))
		set_timer(loop, &loop->release_timer, after_ms, on_release_time);
	else {
		loop->releasing = true;
		ph_device_release(&loop->device);
		end_link(loop);
	}
	return 0;
}

static void link_want(struct ph_device *device)
{
	struct ph_loop *loop = loop_of(device);

	if (loop->releasing)
		loop->wanted = true;
	else
		try_open(loop);
}

static int on_held_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	ph_device_run_held(&((struct ph_loop *)userdata)->device);
	return 0;
}

static void run_held_soon(struct ph_device *device)
{
	set_timer(loop_of(device), &loop_of(device)->held_timer, 1, on_held_time);
}

/* ---- opening and events ---- */

static void link_opened(struct ph_loop *loop)
{
	set_timer(loop, &loop->retry_timer, 0, NULL);
	unwatch(loop);
	loop->up_since_us = loop->active_us = ph_clock_mono_us();
	update_events(loop);
	if (loop->device.release_s)
		set_timer(
			loop, &loop->release_timer, loop->device.release_s * 1000, on_release_time);
	ph_record_up(&loop->record, &loop->device);
	ph_device_link_up(&loop->device);
}

static void on_connected(struct ph_loop *loop)
{
	int r = loop->link.ops->connected(&loop->link);

	if (r == -EINPROGRESS)
		return;
	if (r < 0)
		link_failed(loop, r);
	else
		link_opened(loop);
}

static void on_events(struct ph_loop *loop, uint32_t events)
{
	sd_event_source *source = loop->io;

	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !loop->flooding)
		read_link(loop);
	while (loop->io == source && has_more(loop))
		read_link(loop);
	if ((events & EPOLLOUT) && loop->io == source && loop->write_wanted && !loop->deferred)
		flush_queue(loop);
	if ((events & PH_TRANSPORT_PORT_STATUS) && loop->io == source && !loop->deferred)
		ph_device_port_status(&loop->device, loop->link.port_status);
}

static int on_link(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_loop *loop = userdata;

	if (loop->link.connecting) {
		on_connected(loop);
		return 0;
	}
	int events = loop->link.ops->process ? loop->link.ops->process(&loop->link) : (int)revents;
	if (events < 0)
		link_failed(loop, events);
	else
		on_events(loop, (uint32_t)events);
	return 0;
}

static void try_open(struct ph_loop *loop)
{
	struct ph_device *device = &loop->device;

	if (loop->io || device->stopping)
		return;
	set_timer(loop, &loop->retry_timer, 0, NULL);
	loop->link.ops = device->transport;
	loop->link.owner = device->name;
	loop->link.suits = device->driver->hid_suits;
	loop->link.why_not = device->driver->hid_why_not;
	if (device->transport->blocks_ms)
		ph_emit_busy(device, device->transport->blocks_ms);
	int r = device->transport->open(&loop->link, &device->url, device->lock_dir);
	if (r >= 0)
		r = sd_event_add_io(loop->event, &loop->io, loop->link.fd,
			loop->link.connecting && !device->transport->process &&
					!loop->link.await_input
				? EPOLLOUT
				: EPOLLIN,
			on_link, loop);
	/* the lowest priority number: sd-event then needs one wait per event, not two */
	if (r >= 0)
		r = sd_event_source_set_priority(loop->io, INT64_MIN);
	if (r < 0)
		link_failed(loop, r);
	else if (loop->link.connecting)
		set_timer(loop, &loop->retry_timer, device->transport->timeout_ms(&device->url),
			on_retry);
	else
		link_opened(loop);
}

void ph_loop_start(struct ph_loop *loop)
{
	try_open(loop);
}

static void start(struct ph_device *device)
{
	try_open(loop_of(device));
}

static void stop(struct ph_device *device)
{
	struct ph_loop *loop = loop_of(device);

	loop->finishing = true;
	if (!loop->io || loop->link.connecting || !device->link_up) {
		sd_event_exit(loop->event, 0);
		return;
	}
	ph_device_link_down(device, false, 0);
	end_link(loop);
}

/* ---- the rest of the io table ---- */

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	ph_stream_send(&loop_of(device)->carrier, line, len);
}

/* A timer tells drivers of silence. What waits to be read, because we did not run or listen, is read first; within bounds. */
static int on_driver_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_loop *loop = userdata;
	struct ph_device *device = &loop->device;
	struct pollfd link = {.fd = loop->link.fd, .events = POLLIN};
	bool waits =
		loop->io && (loop->flooding || (!loop->link.ops->process && poll(&link, 1, 0) > 0));

	if (waits && loop->unheard_ms < UNHEARD_MAX) {
		loop->unheard_ms += UNHEARD_MS;
		set_timer(loop, &loop->driver_timer, UNHEARD_MS, on_driver_time);
		return 0;
	}
	loop->unheard_ms = 0;
	if ((device->link_up || device->payment[0]) && device->driver->tick)
		device->driver->tick(device);
	return 0;
}

static void timer_set(struct ph_device *device, unsigned ms)
{
	set_timer(loop_of(device), &loop_of(device)->driver_timer, ms, on_driver_time);
}

static int on_report_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	ph_device_report(&((struct ph_loop *)userdata)->device);
	return 0;
}

static void report_in(struct ph_device *device, unsigned ms)
{
	set_timer(loop_of(device), &loop_of(device)->report_timer, ms, on_report_time);
}

static int on_direct_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	ph_device_direct_done(&((struct ph_loop *)userdata)->device);
	return 0;
}

static void direct_in(struct ph_device *device, unsigned ms)
{
	set_timer(loop_of(device), &loop_of(device)->direct_timer, ms, on_direct_time);
}

/* The open link, or NULL. */
static struct ph_transport *open_link(struct ph_device *device)
{
	struct ph_loop *loop = loop_of(device);

	return loop->io && !loop->deferred && loop->link.ops ? &loop->link : NULL;
}

static int link_port_status(struct ph_device *device)
{
	struct ph_transport *link = open_link(device);

	return !link			? -ENOTCONN
	       : link->ops->port_status ? link->ops->port_status(link)
					: -EOPNOTSUPP;
}

static int link_feature(struct ph_device *device, const void *data, size_t len)
{
	struct ph_transport *link = open_link(device);
	int r = !link ? -ENOTCONN : -EOPNOTSUPP;

	if (link && link->ops->feature)
		r = link->ops->feature(link, data, len);
	return r == -EAGAIN ? -ENOBUFS : r;
}

static int link_lines(struct ph_device *device)
{
	struct ph_transport *link = open_link(device);

	return !link ? -ENOTCONN : link->ops->lines ? link->ops->lines(link) : -EOPNOTSUPP;
}

static int link_listen(struct ph_device *device, bool on)
{
	struct ph_transport *link = open_link(device);

	return !link ? -ENOTCONN : link->ops->listen ? link->ops->listen(link, on) : -EOPNOTSUPP;
}

static const uint8_t *link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	const struct ph_loop *loop = loop_of(device);
	const struct ph_transport_ops *ops = loop->link.ops;

	return loop->io && ops && ops->descriptor ? ops->descriptor(&loop->link, ret_len) : NULL;
}

static const char *link_info(const struct ph_device *device, const char *what)
{
	const struct ph_loop *loop = loop_of(device);

	return loop->io && loop->link.ops && loop->link.ops->info
		       ? loop->link.ops->info(&loop->link, what)
		       : NULL;
}

static uint64_t now_ms(const struct ph_device *device)
{
	return ph_clock_mono_us() / 1000;
}

void ph_loop_link_done(struct ph_loop *loop)
{
	close_link(loop);
	unwatch(loop);
	sd_event_source **const timers[] = {&loop->driver_timer, &loop->report_timer,
		&loop->direct_timer, &loop->retry_timer, &loop->calm_timer, &loop->pending_timer,
		&loop->release_timer, &loop->held_timer};
	for (size_t i = 0; i < PH_ARRAY_SIZE(timers); i++)
		*timers[i] = sd_event_source_disable_unref(*timers[i]);
}

const struct ph_device_io ph_link_io = {
	.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.link_drop = link_drop,
	.link_want = link_want,
	.run_held_soon = run_held_soon,
	.link_port_status = link_port_status,
	.link_feature = link_feature,
	.link_receive = ph_loop_link_receive,
	.link_descriptor = link_descriptor,
	.link_info = link_info,
	.link_lines = link_lines,
	.link_listen = link_listen,
	.timer_set = timer_set,
	.report_in = report_in,
	.direct_in = direct_in,
	.now_ms = now_ms,
	.start = start,
	.stop = stop,
	.record_line = ph_loop_record_line,
};
