// What a stripe reader types, lost events and silence, to the driver: nothing of a number leaves but masked, all is wiped.
#include "fuzz_io.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "tests/support/us_keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A payment card is not clear, whatever else stands on it. */
static void send_line(struct ph_device *device, const char *line, size_t len)
{
	static const char clear[] = "\"clear\":true", payment[] = "\"account_number\":\"4";

	if (memmem(line, len, clear, sizeof clear - 1)) {
		if (memmem(line, len, payment, sizeof payment - 1))
			abort();
	} else if (memmem(line, len, "4111111111111111", 16)) {
		abort();
	}
	fuzz_io.send(device, line, len);
}

static void event(struct ph_device *device, uint16_t type, uint16_t code, int value)
{
	struct input_event e = {.type = type, .code = code, .value = value};
	static const struct input_event nothing;

	ph_device_receive(device, (uint8_t *)&e, sizeof e);
	if (memcmp(&e, &nothing, sizeof e) != 0)
		abort();
}

/* As a keyboard set to us types it; what it does not have is a key by its number. */
static void type(struct ph_device *device, uint8_t c)
{
	const struct us_key key = us_key_of((char)c);
	const uint16_t code = key.code ? key.code : c;

	if (key.shift)
		event(device, EV_KEY, KEY_LEFTSHIFT, 1);
	event(device, EV_KEY, code, 1);
	event(device, EV_KEY, code, 0);
	if (key.shift)
		event(device, EV_KEY, KEY_LEFTSHIFT, 0);
	event(device, EV_SYN, SYN_REPORT, 0);
}

/* 0xfd and two bytes: a bare event; 0xfe and a byte: time; 0xff: lost events. Else a character. */
static void play(struct ph_device *device, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == 0xfd && i + 2 < len) {
			event(device, data[i + 1] & 7, data[i + 2], data[i + 1] >> 3 & 3);
			i += 2;
		} else if (data[i] == 0xfe && i + 1 < len) {
			fuzz_advance(device, data[++i] * 10u);
		} else if (data[i] == 0xff) {
			event(device, EV_SYN, SYN_DROPPED, 0);
		} else {
			type(device, data[i]);
		}
	}
}

/* Kept over all inputs: a layout takes longer to make than an input to play. NULL when no memory can be locked. */
static struct ph_device *the_device(void)
{
	static struct ph_device_config config = {.name = "fuzz", .connection = "evdev:0801:0001"};
	static struct ph_device device;
	static struct ph_device_io io;
	static bool tried, made;

	if (tried)
		return made ? &device : NULL;
	tried = true;
	io = fuzz_io;
	io.send = send_line;
	if (ph_device_init(&device, &ph_driver_msr_wedge, &io) < 0 ||
		ph_device_set_option(&device, "clear_prefixes", "9801") < 0)
		abort();
	made = ph_device_configure(&device, &config) >= 0;
	return made ? &device : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char enable[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"msr.enable\",\"params\":"
		"{\"details\":true,\"errors\":\"track\",\"sentinels\":true}}";
	struct ph_device *device = the_device();

	if (!device || len > 2048)
		return 0;
	fuzz_now_ms += 1000;
	fuzz_timer_at = 0;
	ph_device_link_up(device);
	ph_device_dispatch(device, enable, sizeof enable - 1);
	play(device, data, len);
	ph_device_link_down(device, true, 0);
	return 0;
}
