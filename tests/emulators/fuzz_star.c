// Rubbish into the emulated Star printers. The first byte chooses dialect, faults and pieces.
#include <stdlib.h>

#include "emulators/models/printer.h"

#define STARVED 8 // stops in a row, each put right

static struct ph_emu_printer *switch_on(struct ph_emu_drawer *drawer, uint8_t choice)
{
	struct ph_emu_printer_config config;
	struct ph_emu_printer *p;

	ph_emu_drawer_init(drawer, &(struct ph_emu_drawer_config){.pin = 2});
	ph_emu_printer_config_default(&config);
	config.drawer = drawer;
	config.dialect = (enum ph_emu_dialect)(PH_EMU_DIALECT_STARPRNT + (choice & 3) % 3);
	config.rx_size = choice & 4 ? 16 : 4096;
	config.bytes_per_second = choice & 8 ? 100000 : 0;
	config.width_dots = choice & 16 ? 384 : 576;
	return ph_emu_printer_new(&config, &p) < 0 ? NULL : p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_emu_drawer drawer;
	uint8_t reply[512];
	uint64_t now = 1000;
	unsigned stops = 0;

	if (len < 1)
		return 0;
	struct ph_emu_printer *p = switch_on(&drawer, data[0]);
	if (!p)
		return 0;
	if (data[0] & 32)
		ph_emu_printer_arm(p, now,
			&(struct ph_emu_armed){.fault = (enum ph_emu_fault)(data[0] >> 6),
				.count = PH_EMU_COUNT_PROCESSED,
				.n = len / 2 + 1});
	const size_t step = data[0] & 64 ? 3 : 1000;
	for (size_t at = 1; at < len && stops < STARVED; now += 100000) {
		const size_t n = len - at < step ? len - at : step;
		const size_t taken = ph_emu_printer_feed(p, now, data + at, n);
		ph_emu_printer_tick(p, now);
		ph_emu_printer_take(p, reply, sizeof reply);
		if (taken == 0) {
			// whatever stopped it is put right
			struct ph_emu_printer_state s = {0};
			ph_emu_printer_set(p, now, &s);
			stops++;
		}
		at += taken;
	}
	free(ph_emu_paper_text(ph_emu_printer_paper(p)));
	ph_emu_printer_free(p);
	return 0;
}
