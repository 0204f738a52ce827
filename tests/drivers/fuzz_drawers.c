// Drivers of cash drawers: requests, time, bytes of the device and lost links in any order. Each request is answered once, two
// pulses keep their distance, and no report begins with what ends a firmware. The first byte chooses driver and options.
#include "drivers/registry.h"
#include "fuzz_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_device device;
static unsigned asked, answered;
static uint64_t last_pulse_ms;
static int modem;

static void send_line(struct ph_device *dev, const char *line, size_t len)
{
	if (strstr(line, "\"id\":"))
		answered++;
	fuzz_io.send(dev, line, len);
}

static int link_write(struct ph_device *dev, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	bool hid = !strcmp(dev->url.scheme, "hid"), pulse = true;

	if (hid && (len != 121 || bytes[0] || bytes[1] >= 0xc0))
		abort();
	if (hid)
		pulse = bytes[2] != bytes[1] + 1;
	else if (len == 2 && bytes[0] == 0x1b)
		pulse = bytes[1] < 0x3a;
	if (pulse && last_pulse_ms && fuzz_now_ms - last_pulse_ms < 200)
		abort();
	if (pulse)
		last_pulse_ms = fuzz_now_ms;
	return 0;
}

static int link_lines(struct ph_device *dev)
{
	return modem;
}

static int link_listen(struct ph_device *dev, bool on)
{
	return 0;
}

static const char *const settings[][4] = {
	{NULL},
	{"number=3", NULL},
	{"number=7", "drawer_sensor=open_low", NULL},
	{NULL},
	{NULL},
	{"box=glancetron-8005", NULL},
	{"box=apg-serialpro", "sensor_line=cts", NULL},
	{"box=trigger", "sensor_line=ri", "drawer_sensor=open_high", NULL},
};

static bool begin(unsigned which, struct ph_device_io *io)
{
	static const struct ph_driver *const drivers[] = {&ph_driver_drawer_hid,
		&ph_driver_drawer_hid, &ph_driver_drawer_hid, &ph_driver_drawer_star,
		&ph_driver_drawer_serial, &ph_driver_drawer_serial, &ph_driver_drawer_serial,
		&ph_driver_drawer_serial};
	struct ph_device_config config = {.name = "fuzz",
		.connection = which < 3	   ? "hid:/dev/hidraw0"
			      : which == 3 ? "usb:0519:1011"
					   : "serial:/dev/ttyS0"};

	*io = fuzz_io;
	io->send = send_line;
	io->link_write = link_write;
	io->link_lines = link_lines;
	io->link_listen = link_listen;
	if (ph_device_init(&device, drivers[which], io) < 0)
		return false;
	for (const char *const *option = settings[which]; *option; option++) {
		char name[32];
		size_t n = strcspn(*option, "=");
		memcpy(name, *option, n);
		name[n] = '\0';
		ph_device_set_option(&device, name, *option + n + 1);
	}
	return ph_device_configure(&device, &config) >= 0;
}

static void request(const char *method, const char *params)
{
	char line[200];
	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":%s}", ++asked, method,
		params);

	ph_device_dispatch(&device, line, (size_t)n);
}

/* One step; returns the bytes it took. */
static size_t step(const uint8_t *data, size_t len)
{
	static const char *const learn[] = {"{\"sensor\":\"open_high\"}",
		"{\"sensor\":\"open_low\"}", "{\"sensor\":\"none\"}", "{\"sensor\":null}"};
	size_t n = data[0] >> 3;

	switch (data[0] & 7) {
	case 0:
		fuzz_advance(&device, (unsigned)(n * n));
		return 1;
	case 1:
		request("drawer.open", n & 1 ? "{\"n\":2}" : "{}");
		return 1;
	case 2:
		request("drawer.sense", n & 1 ? "{\"watch\":true}" : "{}");
		return 1;
	case 3:
		request("drawer.learn", learn[n & 3]);
		return 1;
	case 4:
		modem = (int)n & 15;
		return 1;
	case 5:
		if (device.link_up)
			ph_device_link_down(&device, n & 1, 0);
		else
			ph_device_link_up(&device);
		return 1;
	case 6:
		request("device.directIO",
			n & 1 ? "{\"data_b64\":\"8AA=\"}" : "{\"data_b64\":\"AwQ=\"}");
		return 1;
	default:
		break;
	}
	n = n < len - 1 ? n : len - 1;
	if (device.link_up && n)
		device.driver->receive(&device, data + 1, n);
	return 1 + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_device_io io;

	if (len < 1)
		return 0;
	fuzz_now_ms = 1000;
	fuzz_timer_at = fuzz_queued = fuzz_jobs = 0;
	asked = answered = 0;
	last_pulse_ms = 0;
	modem = 0;
	if (begin(data[0] & 7, &io))
		ph_device_link_up(&device);
	for (size_t i = 1; i < len;)
		i += step(data + i, len - i);
	ph_device_link_down(&device, true, 0);
	if (asked != answered)
		abort();
	ph_device_done(&device);
	return 0;
}
