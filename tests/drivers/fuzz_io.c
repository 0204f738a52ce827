// The io table of the fuzz targets. Each line that goes up must be one complete JSON object.
#include "fuzz_io.h"

#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

uint64_t fuzz_now_ms, fuzz_timer_at;
size_t fuzz_queued;
const uint8_t *fuzz_descriptor;
size_t fuzz_descriptor_len;
unsigned fuzz_jobs;

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	cJSON *message = cJSON_ParseWithLength(line, len);

	const cJSON *method = cJSON_GetObjectItem(message, "method");
	const cJSON *result = cJSON_GetObjectItem(message, "result");
	/* each accepted job ends exactly once */
	fuzz_jobs += cJSON_HasObjectItem(result, "segments") ? 1u : 0u;
	if (cJSON_IsString(method) && !strcmp(method->valuestring, "job.end") && fuzz_jobs-- == 0)
		abort();
	if (!message || !len || line[len - 1] != '\n' || memchr(line, '\n', len - 1) ||
		!ph_utf8_valid(line, len))
		abort();
	cJSON_Delete(message);
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	return fuzz_queued + len > PH_LINK_QUEUE_BYTES ? -105 : 0;
}

static size_t link_queued(const struct ph_device *device)
{
	return fuzz_queued;
}

static const uint8_t *link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	*ret_len = fuzz_descriptor_len;
	return fuzz_descriptor;
}

static void link_drop(struct ph_device *device)
{
}

static void timer_set(struct ph_device *device, unsigned ms)
{
	fuzz_timer_at = ms ? fuzz_now_ms + ms : 0;
}

static void report_in(struct ph_device *device, unsigned ms)
{
}

static uint64_t now_ms(const struct ph_device *device)
{
	return fuzz_now_ms;
}

static void nothing(struct ph_device *device)
{
}

const struct ph_device_io fuzz_io = {
	.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.link_drop = link_drop,
	.link_descriptor = link_descriptor,
	.timer_set = timer_set,
	.report_in = report_in,
	.now_ms = now_ms,
	.start = nothing,
	.stop = nothing,
};

void fuzz_advance(struct ph_device *device, unsigned ms)
{
	fuzz_now_ms += ms;
	if (!fuzz_timer_at || fuzz_timer_at > fuzz_now_ms)
		return;
	fuzz_timer_at = 0;
	if ((device->link_up || device->payment[0]) && device->driver->tick)
		device->driver->tick(device);
}
