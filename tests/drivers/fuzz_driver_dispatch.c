// Lines as poshald could send them, to each driver: the first byte chooses the driver, the rest are lines.
#include "drivers/registry.h"
#include "fuzz_io.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void run_line(struct ph_device *device, const uint8_t *data, size_t len)
{
	/* the stream hands lines over with a NUL */
	char *line = malloc(len + 1);

	memcpy(line, data, len);
	line[len] = '\0';
	ph_device_dispatch(device, line, len);
	free(line);
	if (device->transport && !device->link_up && !device->stopping)
		ph_device_link_up(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ph_driver *const drivers[] = {&ph_driver_scanner_serial,
		&ph_driver_escpos, &ph_driver_display_escpos, &ph_driver_display_cd5220};
	struct ph_device device;

	if (len < 1 || ph_device_init(&device, drivers[data[0] & 3], &fuzz_io) < 0)
		return 0;
	fuzz_now_ms = 1000;
	fuzz_timer_at = 0;
	fuzz_queued = 0;
	fuzz_jobs = 0;
	data++;
	len--;
	while (len) {
		const uint8_t *end = memchr(data, '\n', len);
		size_t line_len = end ? (size_t)(end - data) : len;
		run_line(&device, data, line_len);
		line_len += end ? 1 : 0;
		data += line_len;
		len -= line_len;
	}
	ph_device_done(&device);
	return 0;
}
