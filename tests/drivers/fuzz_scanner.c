// A driver between a script and the io table of fuzz_io.c.
#include "fuzz_scanner.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const requests[] = {
	"\"method\":\"scanner.enable\",\"params\":{}",
	"\"method\":\"scanner.disable\",\"params\":{}",
	"\"method\":\"scanner.beep\",\"params\":{}",
	"\"method\":\"scanner.beep\",\"params\":{\"kind\":\"not_on_file\"}",
	"\"method\":\"scanner.trigger\",\"params\":{}",
	"\"method\":\"scanner.trigger\",\"params\":{\"on\":false}",
	"\"method\":\"scanner.symbology\",\"params\":{\"symbology\":\"qr\",\"on\":true}",
	"\"method\":\"device.directIO\",\"params\":{\"data_b64\":\"5wE=\"}",
};

static void send_request(struct ph_device *device, unsigned which)
{
	char line[160];
	int n = snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":1,%s}", requests[which]);

	ph_device_dispatch(device, line, (size_t)n);
}

static void feed(
	const struct fuzz_scanner *fuzz, struct ph_device *device, const uint8_t *data, size_t len)
{
	/* of exact size, so that a look beyond is seen */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	if (fuzz->feed)
		fuzz->feed(device, copy, len);
	else if (len)
		device->driver->receive(device, copy, len);
	free(copy);
}

static void step(const struct fuzz_scanner *fuzz, struct ph_device *device, uint8_t what)
{
	static const unsigned pauses[] = {1, 60, 500, 3000};

	if (what < 0xf8) {
		send_request(device, what & 7);
	} else if (what < 0xfc) {
		fuzz_advance(device, pauses[what & 3]);
	} else {
		ph_device_link_down(device, what & 1, 0);
		ph_device_link_up(device);
	}
}

static bool configure(const struct fuzz_scanner *fuzz, struct ph_device *device, size_t which)
{
	const struct ph_device_config config = {.name = "fuzz", .connection = fuzz->connection};
	const char *const *options = fuzz->options[which];

	if (ph_device_init(device, fuzz->driver, &fuzz_io) < 0)
		return false;
	for (; *options; options += 2)
		if (ph_device_set_option(device, options[0], options[1]) < 0)
			abort();
	if (ph_device_configure(device, &config) < 0)
		abort();
	return true;
}

void fuzz_scanner_run(const struct fuzz_scanner *fuzz, const uint8_t *data, size_t len)
{
	static struct ph_device devices[FUZZ_OPTION_SETS];
	const size_t which = len ? data[0] % fuzz->option_sets : 0;
	struct ph_device *device = &devices[which];

	fuzz_now_ms = 1000;
	fuzz_timer_at = 0;
	fuzz_queued = 0;
	fuzz_jobs = 0;
	if (len < 1 || (!device->driver && !configure(fuzz, device, which)))
		return;
	device->scanner_off = false;
	device->rate_count = 0;
	ph_device_link_up(device);
	for (size_t at = 1; at < len;) {
		const uint8_t what = data[at++];
		if (what >= 0xf0) {
			step(fuzz, device, what);
			continue;
		}
		const size_t n = what < len - at ? what : len - at;
		feed(fuzz, device, data + at, n);
		at += n;
	}
	if (fuzz->keep)
		ph_device_link_down(device, true, 0);
	else
		ph_device_done(device);
}
