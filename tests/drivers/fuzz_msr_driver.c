// A report descriptor and reports to the stripe reader driver: nothing of a number leaves but masked, all is wiped.
#include "base/cleanup.h"
#include "drivers/host/device.h"
#include "drivers/registry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct {
	const uint8_t *descriptor;
	size_t descriptor_len;
} world;

/* The test number in the seeds; never in clear in what goes up. */
static void send_line(struct ph_device *device, const char *line, size_t len)
{
	if (memmem(line, len, "4111111111111111", 16))
		abort();
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	return 0;
}

static size_t link_queued(const struct ph_device *device)
{
	return 0;
}

static const uint8_t *link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	*ret_len = world.descriptor_len;
	return world.descriptor;
}

static void timer_set(struct ph_device *device, unsigned ms)
{
}

static uint64_t now_ms(const struct ph_device *device)
{
	return 1;
}

static const struct ph_device_io io = {.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.link_descriptor = link_descriptor,
	.timer_set = timer_set,
	.now_ms = now_ms};

static void enable(struct ph_device *device)
{
	static const char line[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"msr.enable\",\"params\":"
		"{\"details\":true,\"errors\":\"track\",\"sentinels\":true}}";

	ph_device_dispatch(device, line, sizeof line - 1);
}

/* The first byte is the length of the descriptor; what follows are reports of two length bytes each. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_device_config config = {.name = "fuzz", .connection = "hid:path=1-1"};
	struct ph_device device;
	uint8_t report[1024];

	if (len < 1 || len - 1 < data[0])
		return 0;
	world.descriptor = data + 1;
	world.descriptor_len = data[0];
	len -= 1u + data[0];
	data += 1u + data[0];
	if (ph_device_init(&device, &ph_driver_msr_hid, &io) < 0)
		return 0;
	if (ph_device_set_option(&device, "clear_prefixes", "9801") < 0)
		abort();
	if (ph_device_configure(&device, &config) < 0) {
		ph_device_done(&device);
		return 0; /* no memory can be locked */
	}
	ph_device_link_up(&device);
	enable(&device);
	while (len > 2) {
		size_t n = (size_t)(data[0] | data[1] << 8) % sizeof report;
		n = n < len - 2 ? n : len - 2;
		memcpy(report, data + 2, n);
		ph_device_receive(&device, report, n);
		for (size_t i = 0; i < n; i++)
			if (report[i])
				abort();
		data += 2 + n;
		len -= 2 + n;
	}
	ph_device_done(&device);
	return 0;
}
