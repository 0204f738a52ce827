// The whole wedge driver, with scripts of fuzz_scanner.h: pairs of bytes are key events, of which some are no keys.
#include "fuzz_scanner.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <linux/input.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The second byte of a pair: 0 and 1 a key up and down, 2 a repeat, 3 lost events, 4 a report's end; else the time as well. */
static void add(struct input_event *event, uint8_t code, uint8_t what)
{
	*event = (struct input_event){.type = EV_KEY, .code = code, .value = what & 3};
	if (what == 3 || what == 4) {
		event->type = EV_SYN;
		event->code = what == 3 ? SYN_DROPPED : SYN_REPORT;
	}
	if (what & 0x80)
		event->code = (uint16_t)(code << 8 | what);
	if (what & 0x40)
		event->input_event_usec = what * 5000;
	if (what & 0x20)
		event->input_event_sec =
			code % 3 ? code : (__typeof__(event->input_event_sec))(1ull << 62);
}

static void feed(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct input_event events[128];
	size_t count = 0;

	for (; count < PH_ARRAY_SIZE(events) && 2 * count + 1 < len; count++)
		add(&events[count], data[2 * count], data[2 * count + 1]);
	/* an odd length: a read that ends within an event */
	if (count)
		device->driver->receive(device, (const uint8_t *)events,
			count * sizeof *events - (len & 1 ? 7 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const plain[] = {NULL};
	static const char *const german[] = {"layout", "de", "code_id", "aim", "function_keys",
		"F8=1d", "prefix", "a", "tab_ends", "yes", NULL};
	static const char *const *const options[] = {plain, german};
	static const struct fuzz_scanner fuzz = {
		.driver = &ph_driver_scanner_wedge,
		.connection = "evdev:05e0:1200",
		.options = options,
		.option_sets = PH_ARRAY_SIZE(options),
		.feed = feed,
		.keep = true,
	};

	fuzz_scanner_run(&fuzz, data, len);
	return 0;
}
