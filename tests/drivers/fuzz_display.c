/*
 * A display of any set: what clients ask for and what the device answers. The first byte chooses the set; then lines: '{' a
 * request, '>' bytes of the device, '+' a tenth of a second each, '-' the link goes and comes, '.' the link takes bytes again,
 * '=' it takes none.
 */
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "fuzz_io.h"
#include "protocols/linedisplay/sets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void request(struct ph_device *device, const uint8_t *data, size_t len)
{
	char *line = malloc(len + 1);

	memcpy(line, data, len);
	line[len] = '\0';
	ph_device_dispatch(device, line, len);
	free(line);
}

static void step(struct ph_device *device, const uint8_t *line, size_t len)
{
	switch (line[0]) {
	case '{':
		request(device, line, len);
		break;
	case '>':
		device->driver->receive(device, line + 1, len - 1);
		break;
	case '-':
		ph_device_link_down(device, true, 0);
		ph_device_link_up(device);
		break;
	case '.':
		fuzz_queued = 0;
		device->driver->sent(device);
		break;
	case '=':
		fuzz_queued = 100;
		break;
	default:
		break;
	}
	for (size_t i = 0; i < len && i < 100 && line[0] == '+'; i++)
		fuzz_advance(device, 100);
	/* nothing may be due sooner than now, or the process would never sleep */
	if (fuzz_timer_at && fuzz_timer_at < fuzz_now_ms)
		abort();
}

static int start(struct ph_device *device, uint8_t choice)
{
	const struct ph_device_config config = {
		.name = "fuzz", .connection = choice & 0x80 ? "hid:0aa7:0200" : "serial:/dev/null"};
	const char *set = ph_linedisplay_sets[(choice & 0x7f) % ph_linedisplay_set_count]->name;

	if (ph_device_init(device, &ph_driver_display, &fuzz_io) < 0)
		return -1;
	if (ph_device_set_option(device, "set", set) < 0 ||
		ph_device_configure(device, &config) < 0)
		abort();
	ph_device_link_up(device);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_device device;

	fuzz_now_ms = 1000;
	fuzz_timer_at = 0;
	fuzz_queued = 0;
	fuzz_jobs = 0;
	if (len < 1 || start(&device, data[0]) < 0)
		return 0;
	data++;
	len--;
	while (len) {
		const uint8_t *end = memchr(data, '\n', len);
		size_t line = end ? (size_t)(end - data) : len;
		if (line)
			step(&device, data, line);
		line += end ? 1 : 0;
		data += line;
		len -= line;
	}
	ph_device_done(&device);
	return 0;
}
