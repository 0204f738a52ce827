// Whatever a till sends to the payment terminal: the first byte chooses line, card and fault; then chunks, each behind its length and
// the time before it.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/zvt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const faults[] = {"none", "stall_booked", "unknown_tlv", "split",
		"lost_ack", "status_twice", "bad_crc", "long_length"};
	static struct ph_emu_terminal terminal;
	struct ph_emu_terminal_config config;
	struct ph_emu_unit *unit = &terminal.unit;
	uint64_t now = 1000000;
	uint8_t out[4096];

	if (len < 1 || len > 4096)
		return 0;
	ph_emu_terminal_config_default(&config);
	config.serial = data[0] & 1;
	config.auto_reversal = data[0] & 2;
	ph_emu_terminal_init(&terminal, &config);
	unit->ops->opened(unit, true);
	ph_emu_terminal_fault(&terminal, faults[data[0] >> 5], 1);
	if (data[0] & 4)
		ph_emu_terminal_card(&terminal, now, "none");
	for (size_t at = 1; at + 2 <= len;) {
		size_t n = data[at] < len - at - 2 ? data[at] : len - at - 2;
		now += data[at + 1] * 100000u;
		ph_emu_unit_tick(unit, now);
		ph_emu_unit_input(unit, now, PH_EMU_DATA, data + at + 2, n);
		ph_emu_unit_tick(unit, now);
		if (ph_emu_unit_bytes(unit, now, out, sizeof out) > sizeof out)
			abort();
		at += 2 + n;
	}
	unit->ops->opened(unit, false);
	ph_emu_terminal_done(&terminal);
	return 0;
}
