// A payment terminal whose till has gone: whether it stops, goes on by itself, or undoes later what nobody has acknowledged.
#include <errno.h>
#include <string.h>

#include "emulators/models/zvt_internal.h"

static const char *const names[PH_EMU_TERMINAL_ALONE_COUNT_] = {
	[PH_EMU_TERMINAL_STOPS] = "stops",
	[PH_EMU_TERMINAL_GOES_ON] = "goes_on",
	[PH_EMU_TERMINAL_LATE] = "late",
};

int ph_emu_terminal_alone(const char *word)
{
	for (int i = 0; i < PH_EMU_TERMINAL_ALONE_COUNT_; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -EINVAL;
}

const char *ph_emu_terminal_alone_name(enum ph_emu_terminal_alone alone)
{
	return names[alone];
}

static void undo_later(struct ph_emu_terminal *t)
{
	bool stands = t->entry >= 0 && t->entries[t->entry].acknowledged &&
		      !(t->config.strict && t->books);

	if (t->entry >= 0 && !stands && t->config.auto_reversal) {
		t->undo = t->entry;
		t->undo_us = t->unit.now_us + t->config.answer_ms * 1000ull;
	}
	t->entry = -1;
	emu_zvt_lost(t);
}

void emu_zvt_cut(struct ph_emu_terminal *t)
{
	if (!t->running || t->detached)
		return;
	switch (t->config.alone) {
	case PH_EMU_TERMINAL_STOPS:
	case PH_EMU_TERMINAL_ALONE_COUNT_:
		emu_zvt_lost(t);
		break;
	case PH_EMU_TERMINAL_GOES_ON:
		/* only the answer to a result is waited for */
		t->detached = true;
		t->awaiting = t->awaiting && t->awaited.kind == EMU_ZVT_RESULT;
		break;
	case PH_EMU_TERMINAL_LATE:
		undo_later(t);
		break;
	}
}

uint64_t emu_zvt_alone_tick(struct ph_emu_terminal *t)
{
	if (t->undo < 0)
		return PH_EMU_UNIT_NEVER;
	if (t->unit.now_us < t->undo_us)
		return t->undo_us;
	emu_zvt_reverse_last(t, &t->entries[t->undo]);
	t->undo = -1;
	return PH_EMU_UNIT_NEVER;
}

void ph_emu_terminal_other_till(struct ph_emu_terminal *t, uint64_t now_us, uint64_t amount)
{
	struct ph_emu_terminal_entry draft = t->draft;
	long entry = t->entry;

	if (t->n_entries == PH_EMU_TERMINAL_ENTRIES)
		return;
	t->unit.now_us = now_us;
	t->draft = (struct ph_emu_terminal_entry){.kind = PH_EMU_TERMINAL_SALE, .amount = amount};
	emu_zvt_book(t);
	if (t->entry >= 0)
		t->entries[t->entry].acknowledged = true;
	t->draft = draft;
	t->entry = entry;
}

void ph_emu_terminal_forget(struct ph_emu_terminal *t)
{
	t->n_entries = 0;
	t->entry = t->undo = -1;
}
