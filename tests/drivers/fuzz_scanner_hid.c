// The whole driver of HID scanners over any report descriptor, with scripts of fuzz_scanner.h behind it.
#include "fuzz_scanner.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define REPORT_MAX 65

/* Reports of real devices have one length: pieces are filled up to it, unless it is 0. */
static size_t report_len;

static void feed(struct ph_device *device, const uint8_t *data, size_t len)
{
	uint8_t report[REPORT_MAX] = {0};

	if (len < report_len) {
		memcpy(report, data, len);
		data = report;
		len = report_len;
	}
	if (len)
		device->driver->receive(device, data, len);
}

/* An input: the length of reports, the length of the descriptor in two bytes, the descriptor, the script. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const plain[] = {NULL};
	static const char *const honeywell[] = {"maker", "honeywell", "suffix", "cr", NULL};
	static const char *const newland[] = {"maker", "newland", NULL};
	static const char *const zebra[] = {"maker", "zebra", "identify", "no", NULL};
	static const char *const pos[] = {"protocol", "hidpos", "maker", "access-is", NULL};
	static const char *const hand[] = {
		"protocol", "ibm-oem-hand", "settings", "code39=1 itf_length_1=14", NULL};
	static const char *const table[] = {"protocol", "ibm-oem-table", NULL};
	static const char *const snapi[] = {"protocol", "snapi", NULL};
	static const char *const *const options[] = {
		plain, honeywell, newland, zebra, pos, hand, table, snapi};
	static const struct fuzz_scanner fuzz = {
		.driver = &ph_driver_scanner_hid,
		.connection = "hid:/dev/hidraw0",
		.options = options,
		.option_sets = PH_ARRAY_SIZE(options),
		.feed = feed,
	};

	if (len < 3)
		return 0;
	size_t rest = len - 3, n = (size_t)(data[1] << 8 | data[2]);
	report_len = data[0] % (REPORT_MAX + 1);
	fuzz_descriptor = data + 3;
	fuzz_descriptor_len = n < rest ? n : rest;
	ph_driver_scanner_hid.hid_suits(fuzz_descriptor, fuzz_descriptor_len);
	fuzz_scanner_run(&fuzz, data + 3 + fuzz_descriptor_len, rest - fuzz_descriptor_len);
	fuzz_descriptor = NULL;
	return 0;
}
