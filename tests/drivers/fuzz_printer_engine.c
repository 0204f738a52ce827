// A printer that answers anything at any time while a job is printed, cancelled and printed again.
#include "fuzz_printer_engine.h"

#include "fuzz_io.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void request(struct ph_device *device, const char *method, const char *params)
{
	char line[600] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"";

	strcat(line, method);
	strcat(line, "\",\"params\":");
	strcat(line, params);
	strcat(line, "}");
	ph_device_dispatch(device, line, strlen(line));
}

/* One step of the script: the byte says what happens, what follows may be bytes of the printer. */
static size_t step(struct ph_device *device, const uint8_t *data, size_t len)
{
	size_t n = data[0] & 0x0f;

	switch (data[0] >> 4) {
	case 0:
		fuzz_advance(device, (unsigned)(n + 1) * 100);
		return 1;
	case 1:
		fuzz_advance(device, (unsigned)(n + 1) * 2000);
		return 1;
	case 2:
		request(device, "printer.print",
			"{\"job\":\"j\",\"copies\":3,\"document\":{\"body\":[{\"text\":\"a\"},{"
			"\"cut\":"
			"\"full\"},{\"drawer\":{\"n\":1}},{\"text\":\"b\"},{\"feed\":{\"lines\":9}}"
			"]}}");
		return 1;
	case 3:
		request(device, "printer.cancel", "{\"job\":\"j\"}");
		return 1;
	case 4:
		request(device, "drawer.open", "{}");
		return 1;
	case 5:
		ph_device_link_down(device, n & 1, 0);
		ph_device_link_up(device);
		return 1;
	case 6:
		fuzz_queued = n * 1000;
		if (!fuzz_queued)
			device->driver->sent(device);
		return 1;
	default:
		n = n < len - 1 ? n : len - 1;
		device->driver->receive(device, data + 1, n);
		return n + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_device device;

	if (len < 1 || ph_device_init(&device, fuzz_driver, &fuzz_io) < 0)
		return 0;
	fuzz_now_ms = 1000;
	fuzz_timer_at = 0;
	fuzz_queued = 0;
	fuzz_jobs = 0;
	struct ph_device_config config = {
		.name = "x", .connection = data[0] & 4 ? "serial:/dev/null" : "tcp://127.0.0.1"};
	ph_device_set_option(&device, "profile", fuzz_profiles[data[0] & 3]);
	ph_device_set_option(&device, "drawer_sensor", data[0] & 8 ? "open_low" : "none");
	ph_device_configure(&device, &config);
	ph_device_link_up(&device);
	data++;
	len--;
	while (len) {
		size_t used = step(&device, data, len);
		data += used;
		len -= used;
	}
	/* a job of which nothing was sent may still wait */
	ph_device_link_down(&device, true, 0);
	request(&device, "printer.cancel", "{\"job\":\"j\"}");
	if (fuzz_jobs)
		abort();
	ph_device_done(&device);
	return 0;
}
