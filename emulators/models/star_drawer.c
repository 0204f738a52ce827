// The drawer connector and the buzzer of a Star printer.
#include "emulators/models/star_internal.h"

#define UNIT_MS	  10u /* of ESC BEL */
#define BUZZER_MS 20u /* of ESC GS BEL */

void star_pulse(struct ph_emu_printer *p, unsigned drawer)
{
	const struct star *s = p->star;
	struct waiting w = {.kind = WAIT_PULSE,
		.pin = drawer == 1 ? 2 : 5,
		.on_ms = drawer == 1 ? s->on_ms : STAR_PULSE_MS,
		.off_ms = drawer == 1 ? s->off_ms : STAR_PULSE_MS};

	if (!emu_page_waits(p, &w))
		emu_pulse(p, w.pin, w.on_ms, w.off_ms);
}

// more than 128 is 128, 0 changes nothing
STAR_HANDLER(pulse_width)
{
	if (b[2] == 0 || b[3] == 0)
		return;
	p->star->on_ms = (b[2] < 128u ? b[2] : 128u) * UNIT_MS;
	p->star->off_ms = (b[3] < 128u ? b[3] : 128u) * UNIT_MS;
}

STAR_HANDLER(buzzer)
{
	struct ph_emu_item *item;

	if (!emu_is(b[3], 1) && !emu_is(b[3], 2))
		return;
	item = emu_item(p, PH_EMU_ITEM_BEEP, "beep");
	if (item) {
		item->value = 1;
		item->width = (int)(b[4] * BUZZER_MS);
	}
}
