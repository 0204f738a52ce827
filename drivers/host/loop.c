// Ties a device to its carrier: lines of poshald in, notifications out. The link is kept by link.c.
#include "drivers/host/loop.h"

#include "base/cleanup.h"

#include <errno.h>

#define READ_SIZE 4096
#define READS_MAX 64 /* at once */

static struct ph_loop *loop_of_carrier(struct ph_stream *stream)
{
	return PH_CONTAINER_OF(stream, struct ph_loop, carrier);
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct ph_loop *loop = loop_of_carrier(stream);

	ph_record_request(&loop->record, line, len);
	ph_device_dispatch(&loop->device, line, len);
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_loop *loop = loop_of_carrier(stream);

	/* while the device is being given back the process may outlive its carrier by a moment */
	if (!loop->finishing)
		sd_event_exit(loop->event, error ? 1 : 0);
}

static const struct ph_stream_ops carrier_ops = {.line = on_line, .closed = on_closed};

int ph_loop_init(struct ph_loop *loop, const struct ph_driver *driver, int fd, int fd_out,
	const char *dial_name)
{
	static const struct ph_stream_limits limits = {
		.line = PH_DRIVER_LINE_MAX,
		.queue_bytes = PH_CARRIER_QUEUE_BYTES,
		.queue_lines = PH_CARRIER_QUEUE_LINES,
	};

	*loop = (struct ph_loop){
		.link = {.fd = -1, .lock_fd = -1}, .backoff_ms = PH_BACKOFF_MIN_MS};
	int r = ph_device_init(&loop->device, driver, &ph_link_io);
	if (r < 0)
		return r;
	r = sd_event_new(&loop->event);
	if (r >= 0)
		r = ph_stream_init(&loop->carrier, loop->event, fd, fd_out, &carrier_ops, &limits);
	if (r < 0) {
		ph_device_done(&loop->device);
		sd_event_unref(loop->event);
		return r;
	}
	ph_device_hello(&loop->device, dial_name);
	return 0;
}

int ph_loop_run(struct ph_loop *loop)
{
	return sd_event_loop(loop->event);
}

void ph_loop_link_receive(struct ph_device *device)
{
	static uint8_t data[READ_SIZE];
	struct ph_loop *loop = PH_CONTAINER_OF(device, struct ph_loop, device);
	bool up = loop->io && !loop->finishing && !loop->releasing && device->link_up;

	for (unsigned left = READS_MAX; up && left && !loop->deferred; left--) {
		ssize_t n = loop->link.ops->read(&loop->link, data, sizeof data);
		if (n <= 0)
			return;
		ph_record_bytes(&loop->record, "<", data, (size_t)n);
		ph_device_receive(device, data, (size_t)n);
	}
}

void ph_loop_record_line(struct ph_device *device, uint64_t ms, const char *line)
{
	struct ph_loop *loop = PH_CONTAINER_OF(device, struct ph_loop, device);

	ph_record_write(&loop->record, ms, line);
}

void ph_loop_done(struct ph_loop *loop)
{
	ph_loop_link_done(loop);
	ph_record_end(&loop->record);
	ph_device_done(&loop->device);
	ph_stream_done(&loop->carrier);
	sd_event_unref(loop->event);
}
