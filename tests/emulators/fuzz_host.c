// Whatever a terminal sends to the acquirer's host: the first byte chooses packing, header and fault, the rest is the line. What is
// understood is packed and read again.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/host.h"
#include "emulators/models/host_emv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void round_trip(enum ph_emu_packing packing, const uint8_t *data, size_t len)
{
	static struct emu_iso m, again;
	static uint8_t out[EMU_ISO_MAX];
	unsigned field;

	if (emu_iso_decode(packing, data, len, &m, &field) < 0)
		return;
	ssize_t n = emu_iso_encode(packing, &m, out, sizeof out);
	if (n < 0 || emu_iso_decode(packing, out, (size_t)n, &again, &field) < 0 ||
		memcmp(m.has, again.has, sizeof m.has) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const faults[] = {
		"none", "half", "bytes", "swapped", "twice", "garbage", "late", "wrong_stan"};
	static struct ph_emu_host host;
	struct ph_emu_host_config config;
	uint8_t out[4096];
	uint64_t now = 1000000;

	if (len < 1 || len > 4096)
		return 0;
	ph_emu_host_config_default(&config);
	config.packing = (enum ph_emu_packing)(data[0] % 3);
	config.header = (enum ph_emu_host_header)(data[0] >> 2 & 3);
	config.check_icc = true;
	ph_emu_host_init(&host, &config);
	host.unit.ops->opened(&host.unit, true);
	ph_emu_host_fault(&host, faults[data[0] >> 5], "", 0, 0);
	ph_emu_unit_input(&host.unit, now, PH_EMU_DATA, data + 1, len - 1);
	now += 120000000;
	ph_emu_unit_tick(&host.unit, now);
	if (ph_emu_unit_bytes(&host.unit, now, out, sizeof out) > sizeof out)
		abort();
	ph_emu_host_done(&host);
	for (unsigned p = 0; p < 3; p++)
		round_trip((enum ph_emu_packing)p, data + 1, len - 1);
	return 0;
}
