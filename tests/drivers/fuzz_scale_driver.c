// Bytes of a scale to the drivers, between requests and with time going by: each request ends exactly once, whatever comes.
#include "base/cleanup.h"
#include "drivers/host/device.h"
#include "drivers/registry.h"
#include "drivers/scale-hid/layout.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct {
	uint64_t now, timer;
	unsigned asked, answered;
	const uint8_t *descriptor;
	size_t descriptor_len;
} world;

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	world.answered += memmem(line, len, "\"id\":", 5) != NULL;
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	return 0;
}

static size_t link_queued(const struct ph_device *device)
{
	return 0;
}

static void link_drop(struct ph_device *device)
{
}

static const uint8_t *link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	*ret_len = world.descriptor_len;
	return world.descriptor;
}

static void timer_set(struct ph_device *device, unsigned ms)
{
	world.timer = ms ? world.now + ms : 0;
}

static void report_in(struct ph_device *device, unsigned ms)
{
}

static uint64_t now_ms(const struct ph_device *device)
{
	return world.now;
}

static const struct ph_device_io io = {.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.link_drop = link_drop,
	.link_descriptor = link_descriptor,
	.timer_set = timer_set,
	.report_in = report_in,
	.now_ms = now_ms};

static void request(struct ph_device *device, unsigned which)
{
	static const char *const lines[] = {
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scale.read\",\"params\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scale.read\",\"params\":{\"live\":true,"
		"\"timeout_ms\":0}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scale.zero\",\"params\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scale.tare\",\"params\":{\"tare\":\"0."
		"125\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scale.live\",\"params\":{\"on\":true}}",
	};
	const char *line = lines[which % PH_ARRAY_SIZE(lines)];

	world.asked++;
	ph_device_dispatch(device, line, strlen(line));
}

/* 0xfe and a number: a request; 0xff and a number: time. Else up to 16 bytes of the device. */
static void play(struct ph_device *device, const uint8_t *data, size_t len)
{
	while (len > 1) {
		size_t n = 1;
		if (data[0] == 0xfe) {
			request(device, data[1]);
			n = 2;
		} else if (data[0] == 0xff) {
			world.now += data[1] * 10u;
			if (world.timer && world.timer <= world.now) {
				world.timer = 0;
				device->driver->tick(device);
			}
			n = 2;
		} else {
			while (n < len && n < 16 && data[n] < 0xfe)
				n++;
			device->driver->receive(device, data, n);
		}
		data += n;
		len -= n;
	}
}

static void run(const struct ph_driver *driver, const char *protocol, const char *connection,
	const uint8_t *data, size_t len)
{
	struct ph_device_config config = {.name = "fuzz", .connection = connection};
	struct ph_device device;

	world.now = 1000;
	world.timer = 0;
	world.asked = world.answered = 0;
	if (ph_device_init(&device, driver, &io) < 0)
		return;
	if (protocol && ph_device_set_option(&device, "protocol", protocol) < 0)
		abort();
	if (ph_device_configure(&device, &config) < 0)
		abort();
	ph_device_link_up(&device);
	play(&device, data, len);
	ph_device_link_down(&device, true, 0);
	if (world.asked != world.answered)
		abort();
	ph_device_done(&device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const protocols[] = {"toledo-8217", "sasi", "nci", "sma",
		"mettler-continuous", "cas", "dini", "prix3", "adam"};
	struct ph_hid_scale_layout layout;

	if (len < 2)
		return 0;
	unsigned which = data[0];
	size_t split = data[1];
	data += 2;
	len -= 2;
	if (which < PH_ARRAY_SIZE(protocols)) {
		run(&ph_driver_scale_serial, protocols[which], "serial:/dev/null", data, len);
	} else if (which == PH_ARRAY_SIZE(protocols)) {
		run(&ph_driver_magellan, NULL, "serial:/dev/null", data, len);
	} else if (which == PH_ARRAY_SIZE(protocols) + 1) {
		run(&ph_driver_scale_oem, NULL, "hid:path=1-1", data, len);
	} else {
		split = split < len ? split : len;
		world.descriptor = data;
		world.descriptor_len = split;
		ph_hid_scale_layout_read(data, split, &layout);
		run(&ph_driver_scale_hid, NULL, "hid:path=1-1", data + split, len - split);
	}
	return 0;
}
