// A HID link on the bench of the drivers.
#include "hid_rig.h"

#include "drivers/registry.h"
#include "tests/protocols/hex_help.h"

#include <check.h>
#include <string.h>

struct bench bench;
struct ph_device_io hid_rig_io;
struct ph_buf hid_rig_features;
static uint8_t descriptor[1024];

static int take_feature(struct ph_device *device, const void *data, size_t len)
{
	return ph_buf_add(&hid_rig_features, data, len);
}

/* The bench opens a link without a descriptor first; then the scanner is there. */
void start(const char *text, const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_hid, "hid:/dev/hidraw0", 0, options);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "it is no HID device"));
	ph_device_link_down(&bench.device, true, 0);
	bench.device.reported = PH_DEVICE_STARTING;
	hid_rig_io = *bench.device.io;
	hid_rig_io.link_feature = take_feature;
	bench.device.io = &hid_rig_io;
	bench.descriptor = descriptor;
	bench.descriptor_len = hex(text, descriptor, sizeof descriptor);
	ph_buf_reset(&hid_rig_features);
	ph_device_link_up(&bench.device);
}

void finish(void)
{
	bench_done(&bench);
	ph_buf_done(&hid_rig_features);
}

void replug(void)
{
	ph_device_link_down(&bench.device, true, 0);
	ph_device_set_state(
		&bench.device, PH_DEVICE_OFFLINE, PH_REASON_BIT(PH_REASON_UNPLUGGED), "unplugged");
	bench_lines(&bench);
	ph_buf_reset(&bench.written);
	ph_device_link_up(&bench.device);
}

void feed(const char *text, size_t len)
{
	uint8_t report[128] = {0};
	size_t n = hex(text, report, sizeof report);

	bench_feed(&bench, report, len ? len : n, false);
}

void expect_lines(const char *want)
{
	ck_assert_str_eq(bench_lines(&bench), want);
}

void expect_reports(const char *const *want, size_t len)
{
	size_t at = 0;

	for (; *want; want++, at += len) {
		uint8_t report[128] = {0};
		size_t n = hex(*want, report, sizeof report);
		ck_assert_uint_le(n, len);
		ck_assert_msg(bench.written.len >= at + len, "not sent: %s", *want);
		for (size_t i = 0; i < len; i++)
			ck_assert_msg((uint8_t)bench.written.data[at + i] == report[i],
				"byte %zu of report %zu is %02x, want %s", i, at / len,
				(uint8_t)bench.written.data[at + i], *want);
	}
	ck_assert_uint_eq(bench.written.len, at);
	ph_buf_reset(&bench.written);
}

void nothing_sent(void)
{
	ck_assert_uint_eq(bench.written.len, 0);
}
