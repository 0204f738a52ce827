// The knife, the drawer connector and the buzzer.
#include "emulators/models/printer_handlers.h"

void emu_cut_here(struct ph_emu_printer *p, bool full)
{
	enum ph_emu_cutter cutter = p->config.cutter;

	if (cutter == PH_EMU_CUTTER_NONE) {
		emu_refuse(p, "cut", "no cutter");
		return;
	}
	if (cutter != PH_EMU_CUTTER_BOTH)
		full = cutter == PH_EMU_CUTTER_FULL;
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_CUT, full ? "full" : "partial");
	p->counts.cuts++;
	if (!item)
		return;
	uint64_t y = p->paper.y;
	item->row = y > p->config.cutter_dots ? y - p->config.cutter_dots : 0;
	item->value = ph_emu_paper_has_dots_after(&p->paper, item->row);
}

// GS V 97 and 98: the knife comes down when the place has reached it
static void reserve_cut(struct ph_emu_printer *p, uint8_t m, uint64_t row)
{
	if (p->n_reserved < MAX_WAITING)
		p->reserved[p->n_reserved++] =
			(struct waiting){.kind = WAIT_CUT, .m = m, .row = row};
}

void emu_check_reserved(struct ph_emu_printer *p)
{
	for (size_t i = 0; i < p->n_reserved;) {
		struct waiting w = p->reserved[i];
		if (p->paper.y < w.row + p->config.cutter_dots) {
			i++;
			continue;
		}
		p->reserved[i] = p->reserved[--p->n_reserved];
		emu_cut_here(p, w.m == 97);
	}
}

void emu_cut(struct ph_emu_printer *p, uint8_t m, uint8_t n)
{
	struct waiting w = {.kind = WAIT_CUT, .m = m, .n = n};
	unsigned dots = emu_vertical(p, n);

	if (emu_page_waits(p, &w))
		return;
	emu_print_line(p, emu_line_spacing(p));
	p->x = 0;
	switch (m) {
	case 65:
	case 66:
		if (!(p->config.deviations & PH_EMU_DEVIATION_CUT_WITHOUT_FEED))
			emu_feed(p, (int)(p->config.cutter_dots + dots));
		emu_cut_here(p, m == 65);
		return;
	case 97:
	case 98:
		reserve_cut(p, m, p->paper.y + dots);
		return;
	case 103:
	case 104:
		emu_feed(p, (int)(p->config.cutter_dots + dots));
		emu_cut_here(p, m == 103);
		// back to where the next form begins: right behind the knife
		emu_feed(p, -(int)p->config.cutter_dots);
		return;
	}
	if (emu_is(m, 0) || emu_is(m, 1))
		emu_cut_here(p, emu_is(m, 0));
}

HANDLER(cut)
{
	emu_cut(p, b[2], n > 3 ? b[3] : 0);
}

HANDLER(full_cut)
{
	emu_cut(p, 0, 0);
}

HANDLER(partial_cut)
{
	emu_cut(p, 1, 0);
}

HANDLER(pulse)
{
	if (!emu_is(b[2], 0) && !emu_is(b[2], 1))
		return;
	struct waiting w = {.kind = WAIT_PULSE,
		.pin = emu_is(b[2], 0) ? 2 : 5,
		.on_ms = b[3] * 2u,
		.off_ms = b[4] * 2u};
	if (!emu_page_waits(p, &w))
		emu_pulse(p, w.pin, w.on_ms, w.off_ms);
}

static void beep(struct ph_emu_printer *p, const char *name, unsigned pattern, unsigned times)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BEEP, name);
	if (item) {
		item->value = (int)times;
		item->width = (int)pattern;
	}
}

HANDLER(buzzer)
{
	beep(p, "beep", 0, b[2]);
}

// ESC ( A 48: pitch, times, duration
HANDLER(beeper)
{
	if (n >= 9 && b[6] >= 48 && b[6] <= 58 && b[7] >= 1 && b[7] <= 63)
		beep(p, "beep", b[6], b[7]);
}

// ESC ( A 97: pattern and times, or a pattern of the host's own times
HANDLER(beep_pattern)
{
	if (n >= 8)
		beep(p, "pattern", b[6], b[7]);
}

// ESC ( A 98 and 99: what is played when the printer stops or the paper runs low
HANDLER(beep_setting)
{
}

HANDLER(guard)
{
	if (n < 6 || b[5] != 20)
		return;
	for (size_t i = 6; i + 1 < n; i += 2) {
		bool on = emu_is(b[i + 1], 1);
		if (b[i] == 1)
			p->modes.realtime_pulse = on;
		else if (b[i] == 2)
			p->modes.realtime_power = on;
	}
}
