// Whatever a till sends to the emulated gateway: the first byte chooses the fault and where the bytes are cut, the rest is the line.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const faults[] = {
		"none", "half", "bytes", "skew", "storm_91", "garbage", "status", "wrong_mti"};
	static struct ph_emu_host host;
	struct ph_emu_host_config config;
	static uint8_t out[65536];
	uint64_t now = 1000000;

	if (len < 1 || len > 8192)
		return 0;
	ph_emu_host_config_default(&config);
	config.json = true;
	if (data[0] & 1)
		memcpy(config.word, "word", 5);
	ph_emu_host_init(&host, &config);
	host.unit.ops->opened(&host.unit, true);
	ph_emu_host_fault(&host, faults[data[0] >> 5], "", 0, 503);
	size_t cut = len > 1 ? (size_t)(data[0] >> 1 & 15) * (len - 1) / 16 : 0;
	ph_emu_unit_input(&host.unit, now, PH_EMU_DATA, data + 1, cut);
	ph_emu_unit_input(&host.unit, now, PH_EMU_DATA, data + 1 + cut, len - 1 - cut);
	now += 120000000;
	ph_emu_unit_tick(&host.unit, now);
	if (ph_emu_unit_bytes(&host.unit, now, out, sizeof out) > sizeof out)
		abort();
	ph_emu_host_done(&host);
	return 0;
}
