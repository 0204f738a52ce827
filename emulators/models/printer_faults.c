// What breaks at an emulated printer, and when: faults wait here for their byte, line or reply.
#include <errno.h>
#include <string.h>

#include "emulators/models/printer_internal.h"

static unsigned amount(const struct trigger *t)
{
	return t->amount ? (unsigned)t->amount : 1;
}

// what happens to replies and bytes; false when it is another fault
static bool strike_line(struct ph_emu_printer *p, const struct trigger *t)
{
	struct ph_emu_printer_state *s = &p->state;

	if (t->fault == PH_EMU_FAULT_DROP_BYTES)
		s->drop_bytes = amount(t);
	else if (t->fault == PH_EMU_FAULT_LOSE_REPLY)
		s->drop_replies = amount(t);
	else if (t->fault == PH_EMU_FAULT_DELAY_REPLY)
		s->delay_ms = amount(t);
	else if (t->fault == PH_EMU_FAULT_MERGE_REPLY)
		s->merge_replies = amount(t);
	else if (t->fault == PH_EMU_FAULT_GARBLE)
		s->garble = amount(t);
	else
		return false;
	return true;
}

void emu_strike(struct ph_emu_printer *p, const struct trigger *t)
{
	if (strike_line(p, t))
		return;
	switch (t->fault) {
	case PH_EMU_FAULT_PAPER_EMPTY:
		p->state.paper = PH_EMU_PAPER_EMPTY;
		emu_mark(p, "paper_empty");
		break;
	case PH_EMU_FAULT_PAPER_NEAR_END:
		p->state.paper = PH_EMU_PAPER_NEAR_END;
		break;
	case PH_EMU_FAULT_COVER_OPEN:
		p->state.cover_open = true;
		emu_mark(p, "cover_open");
		break;
	case PH_EMU_FAULT_CUTTER:
		p->state.error = PH_EMU_ERROR_CUTTER;
		break;
	case PH_EMU_FAULT_HEAD_HOT:
		p->state.error = PH_EMU_ERROR_HEAD_HOT;
		break;
	case PH_EMU_FAULT_MECHANICAL:
		p->state.error = PH_EMU_ERROR_MECHANICAL;
		break;
	case PH_EMU_FAULT_UNRECOVERABLE:
		p->state.error = PH_EMU_ERROR_UNRECOVERABLE;
		break;
	case PH_EMU_FAULT_STALL:
		p->state.stall = true;
		break;
	case PH_EMU_FAULT_HANG:
		p->state.hang = true;
		break;
	case PH_EMU_FAULT_ZERO_WINDOW:
		p->state.zero_window = true;
		break;
	case PH_EMU_FAULT_OFFLINE:
		p->state.offline = true;
		emu_mark(p, "offline");
		break;
	case PH_EMU_FAULT_POWER_CYCLE:
		ph_emu_printer_power_cycle(p, p->now_us);
		p->link_event = PH_EMU_LINK_POWER;
		break;
	case PH_EMU_FAULT_DISCONNECT:
		p->link_event = PH_EMU_LINK_DISCONNECT;
		break;
	case PH_EMU_FAULT_DROP_BYTES:
	case PH_EMU_FAULT_LOSE_REPLY:
	case PH_EMU_FAULT_DELAY_REPLY:
	case PH_EMU_FAULT_MERGE_REPLY:
	case PH_EMU_FAULT_GARBLE:
		break;
	}
	p->dialect->status_changed(p);
}

void emu_count(struct ph_emu_printer *p, enum ph_emu_count count)
{
	for (size_t i = 0; p->any_armed && i < PH_EMU_PRINTER_TRIGGERS; i++) {
		struct trigger *t = &p->triggers[i];
		if (!t->armed || t->due || t->count != count || --t->left > 0)
			continue;
		// these concern the very byte or reply that is being counted
		if (strike_line(p, t)) {
			t->armed = false;
			p->counts.faults++;
		} else {
			t->due = true;
		}
	}
}

void emu_strike_due(struct ph_emu_printer *p)
{
	for (size_t i = 0; p->any_armed && i < PH_EMU_PRINTER_TRIGGERS; i++) {
		struct trigger *t = &p->triggers[i];
		if (!t->due)
			continue;
		t->armed = t->due = false;
		p->counts.faults++;
		emu_strike(p, t);
	}
}

bool emu_byte_is_lost(struct ph_emu_printer *p)
{
	if (p->state.drop_bytes == 0)
		return false;
	p->state.drop_bytes--;
	p->counts.dropped_bytes++;
	return true;
}

int ph_emu_printer_arm(struct ph_emu_printer *p, uint64_t now_us, const struct ph_emu_armed *armed)
{
	struct trigger t = {true, false, armed->fault, armed->count, armed->n, armed->amount};

	p->now_us = now_us;
	if (armed->n == 0) {
		p->counts.faults++;
		emu_strike(p, &t);
		return 0;
	}
	for (size_t i = 0; i < PH_EMU_PRINTER_TRIGGERS; i++)
		if (!p->triggers[i].armed) {
			p->triggers[i] = t;
			p->any_armed = true;
			return 0;
		}
	return -ENOSPC;
}

void ph_emu_printer_disarm(struct ph_emu_printer *p)
{
	memset(p->triggers, 0, sizeof p->triggers);
	p->any_armed = false;
}

unsigned ph_emu_printer_armed(const struct ph_emu_printer *p)
{
	unsigned n = 0;
	for (size_t i = 0; i < PH_EMU_PRINTER_TRIGGERS; i++)
		n += p->triggers[i].armed;
	return n;
}
