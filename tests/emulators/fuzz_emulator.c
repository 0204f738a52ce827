// Rubbish into the emulated printer and displays. The first two bytes choose faults, chunking and the kind
// of printer, so that pieces of any size and every kind of stop are met; the paper is looked at in the end.
#include <stdlib.h>

#include "emulators/models/display.h"
#include "emulators/models/printer.h"

static void choose(struct ph_emu_printer_config *config, uint8_t choice, uint8_t kind)
{
	static const char *const charsets[] = {"GB18030", "CP932", "CP949", NULL};

	config->rx_size = choice & 1 ? 16 : 4096;
	config->bytes_per_second = choice & 2 ? 100000 : 0;
	config->width_dots = choice & 4 ? 384 : 576;
	config->numbering = (enum ph_emu_numbering)(kind & 3);
	config->charset = charsets[kind >> 2 & 3];
	config->kanji_on = kind & 0x10;
	config->deviations = kind & 0x20 ? 0xFFFF : 0;
	config->cutter = (enum ph_emu_cutter)(kind >> 6);
	config->answers |= PH_EMU_ANSWER_EXTRA;
	config->nv_size = config->ram_size = 4096;
}

static void feed_printer(const uint8_t *data, size_t len, uint8_t choice, uint8_t kind)
{
	struct ph_emu_printer_config config;
	struct ph_emu_printer *p;
	struct ph_emu_drawer drawer;
	uint8_t reply[512];
	uint64_t now = 1000;

	ph_emu_drawer_init(&drawer, &(struct ph_emu_drawer_config){.pin = 2});
	ph_emu_printer_config_default(&config);
	config.drawer = &drawer;
	choose(&config, choice, kind);
	if (ph_emu_printer_new(&config, &p) < 0)
		return;
	if (choice & 8) {
		struct ph_emu_armed armed = {
			.fault = (enum ph_emu_fault)(kind % (PH_EMU_FAULT_GARBLE + 1)),
			.count = (enum ph_emu_count)(choice >> 4 & 3),
			.n = len / 2 + 1,
			.amount = 3};
		ph_emu_printer_arm(p, now, &armed);
	}
	size_t step = choice & 0x80 ? 3 : 1000, stuck = 0;
	for (size_t at = 0; at < len; now += 100000) {
		size_t n = len - at < step ? len - at : step;
		size_t taken = ph_emu_printer_feed(p, now, data + at, n);
		ph_emu_printer_tick(p, now);
		ph_emu_printer_take(p, reply, sizeof reply);
		if (taken == 0) {
			// whatever stopped it is put right
			struct ph_emu_printer_state s = {0};
			ph_emu_printer_set(p, now, &s);
			// a macro may wait for hours
			if (++stuck % 16 == 0)
				ph_emu_printer_power_cycle(p, now);
		}
		ph_emu_printer_take_link_event(p);
		at += taken;
	}
	free(ph_emu_paper_text(ph_emu_printer_paper(p)));
	ph_emu_printer_free(p);
}

static void feed_display(const uint8_t *data, size_t len, enum ph_emu_display_set set)
{
	struct ph_emu_display_config config;
	struct ph_emu_display *d;
	char row[PH_EMU_DISPLAY_ROW_SIZE];

	ph_emu_display_config_default(&config);
	config.set = set;
	if (ph_emu_display_new(&config, &d) < 0)
		return;
	ph_emu_display_feed(d, data, len);
	for (unsigned y = 0; y < config.rows; y++)
		ph_emu_display_row(d, y, row);
	ph_emu_display_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2)
		return 0;
	feed_printer(data + 2, len - 2, data[0], data[1]);
	feed_display(data + 2, len - 2, PH_EMU_DISPLAY_EPSON);
	feed_display(data + 2, len - 2, PH_EMU_DISPLAY_CD5220);
	return 0;
}
