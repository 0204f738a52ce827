// What a payment terminal does by itself once it has taken a command: one step after the other, each answered by the till.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/zvt_internal.h"

#define CARD_US		60000000u /* nobody puts one in */
#define AGAIN_US	2000000u  /* the till wants to be asked again */
#define AGAIN_MAX	5u

#define STATUS_REVERSAL 0x05
#define REMOVE_CARD	0x0b
#define TEXT_STATUS	0xff /* the text is in the container */
#define BLOCK_LINES	8u

void emu_zvt_begin(struct ph_emu_terminal *t)
{
	t->n_steps = t->at_step = 0;
	t->running = true;
	t->awaiting = t->waiting_card = t->closing = t->detached = false;
	t->entry = -1;
	t->asked_again = 0;
	t->next_us = t->unit.now_us;
}

void emu_zvt_add(struct ph_emu_terminal *t, enum emu_zvt_step_kind kind, unsigned code)
{
	if (t->n_steps < EMU_ZVT_STEPS)
		t->steps[t->n_steps++] = (struct emu_zvt_step){.kind = kind, .code = (uint8_t)code};
}

void emu_zvt_end(struct ph_emu_terminal *t, unsigned code)
{
	t->n_steps = t->at_step;
	t->waiting_card = false;
	if (emu_zvt_is(t, "status_after_abort")) {
		emu_zvt_add(t, EMU_ZVT_ABORT, code);
		emu_zvt_add(t, EMU_ZVT_BAD, code);
		return;
	}
	emu_zvt_add(t, EMU_ZVT_BAD, code);
	emu_zvt_add(t, EMU_ZVT_ABORT, code);
}

static struct ph_emu_terminal_entry *current(struct ph_emu_terminal *t)
{
	return t->entry < 0 ? NULL : &t->entries[t->entry];
}

void emu_zvt_lost(struct ph_emu_terminal *t)
{
	struct ph_emu_terminal_entry *e = current(t);

	if (!t->running)
		return;
	bool strict = t->config.strict && t->books; /* it is no old one that is told again */

	if (e && (!e->acknowledged || strict) && t->config.auto_reversal)
		emu_zvt_reverse_last(t, e);
	t->running = t->awaiting = t->waiting_card = t->detached = false;
	t->entry = -1;
	t->fault = NULL;
}

static void finish(struct ph_emu_terminal *t)
{
	t->unit.leave = t->config.closes && !t->config.serial && !t->detached;
	t->running = t->detached = false;
	t->entry = -1;
	t->fault = NULL;
}

// ---- steps ----

void emu_zvt_await(struct ph_emu_terminal *t, const struct emu_zvt_step *step)
{
	t->awaiting = true;
	t->awaited = *step;
	t->answer_us = t->unit.now_us + t->config.answer_ms * 1000ull;
}

static void say(struct ph_emu_terminal *t, const struct emu_zvt_step *s, unsigned class,
	unsigned instr, const struct emu_zvt_buf *b)
{
	bool heard = !t->detached && !emu_zvt_is(t, "silent_run");

	if (!t->detached)
		emu_zvt_send(t, class, instr, b->bytes, b->len);
	if (heard || s->kind == EMU_ZVT_RESULT)
		emu_zvt_await(t, s);
}

static void say_status(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct emu_zvt_buf b = {.len = 0};

	if (!(t->registered & 0x08))
		return;
	emu_zvt_byte(&b, s->code);
	if (s->code == TEXT_STATUS && t->run_tlv)
		emu_zvt_display(t,
			"Bitte Karte pr\x81"
			"fen",
			"und best\x84tigen", &b);
	say(t, s, 0x04, 0xff, &b);
}

static void ask_list(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	static const uint8_t card[] = {
		0x22, 0xf0, 0xf8, 0x54, 0x13, 0x33, 0xee, 0xee, 0xee, 0x00, 0x11, 0x0e, 0x30, 0x12};
	struct emu_zvt_buf b = {.len = 0};

	if (!t->blocked_list)
		return;
	emu_zvt_put(&b, card, sizeof card);
	say(t, s, 0x06, 0xe4, &b);
}

void emu_zvt_book(struct ph_emu_terminal *t)
{
	struct ph_emu_terminal_entry *original = emu_zvt_find(t, t->draft.original);

	if (t->n_entries == PH_EMU_TERMINAL_ENTRIES) {
		emu_zvt_end(t, 0xb1);
		return;
	}
	struct ph_emu_terminal_entry *e = &t->entries[t->n_entries];
	*e = t->draft;
	e->receipt = t->receipt;
	e->trace = t->trace;
	e->acknowledged = false;
	snprintf(e->approval, sizeof e->approval, "%06u", 123400 + t->trace % 1000);
	emu_zvt_stamp(t, e);
	t->entry = (long)t->n_entries++;
	t->receipt = t->receipt % 9999 + 1;
	t->trace = t->trace % 999999 + 1;
	if (original && e->kind == PH_EMU_TERMINAL_BOOK)
		original->closed = true;
	if (original && e->kind == PH_EMU_TERMINAL_REVERSAL) {
		bool part = e->amount < original->amount;
		original->amount -= part ? e->amount : 0;
		original->reversed = !part;
	}
}

// In front of 04 0F, which is not told then.
static bool breaks_before(struct ph_emu_terminal *t)
{
	bool reboot = emu_zvt_is(t, "reboot");

	if (t->detached || (!reboot && !emu_zvt_is(t, "close_before")))
		return false;
	t->unit.reenumerate = reboot;
	t->unit.hang_up = !reboot;
	if (reboot)
		t->registered = 0;
	emu_zvt_lost(t);
	return true;
}

static void breaks_behind(struct ph_emu_terminal *t)
{
	if (emu_zvt_is(t, "status_twice")) {
		t->fault = NULL;
		t->at_step--; /* the same once more */
	} else if (emu_zvt_is(t, "close_after") && !t->detached) {
		t->unit.hang_up = true;
	}
}

static void say_result(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct ph_emu_terminal_entry *e = current(t);
	struct emu_zvt_buf b = {.len = 0};

	if (!e)
		return;
	if (breaks_before(t))
		return;
	t->counts.results++;
	emu_zvt_result(t, e, &b);
	say(t, s, 0x04, 0x0f, &b);
	breaks_behind(t);
}

static void say_lines(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct emu_zvt_buf b = {.len = 0};
	unsigned instr;

	emu_zvt_line(t, s, &b, &instr);
	/* those that went in the same block */
	for (unsigned n = 1; t->block_print && n < BLOCK_LINES && t->at_step < t->n_steps &&
			     t->steps[t->at_step].kind == EMU_ZVT_LINE &&
			     t->steps[t->at_step].receipt_type == s->receipt_type;
		n++)
		t->at_step++;
	say(t, s, 0x06, instr, &b);
}

static void say_date(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct ph_emu_terminal_entry now = {0};
	struct emu_zvt_buf b = {.len = 0};

	emu_zvt_stamp(t, &now);
	emu_zvt_put(&b, "\xaa\x26", 2);
	emu_zvt_put(&b, now.date, 2);
	emu_zvt_byte(&b, 0x0c);
	emu_zvt_put(&b, now.time, 3);
	say(t, s, 0x04, 0x01, &b);
}

static void wait_for_card(struct ph_emu_terminal *t)
{
	int row = emu_zvt_card_row(t->card);

	if (row < 0) {
		t->waiting_card = true;
		t->answer_us = t->unit.now_us + CARD_US;
		return;
	}
	t->draft.card = (unsigned)row;
	if (emu_zvt_cards[row].result)
		emu_zvt_end(t, emu_zvt_cards[row].result);
}

static void say_bad(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct emu_zvt_buf b = {.len = 0};

	emu_zvt_byte(&b, 0x27);
	emu_zvt_byte(&b, s->code);
	emu_zvt_byte(&b, 0x29);
	emu_zvt_bcd(&b, strtoull(t->config.id, NULL, 10), 4);
	say(t, s, 0x04, 0x0f, &b);
}

// Of a report, or of an end of day, which closes what they count before it tells them.
static void say_totals(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct emu_zvt_buf b = {.len = 0};

	emu_zvt_totals(t, &b);
	for (size_t i = 0; t->closing && i < t->n_entries; i++)
		if (t->entries[i].kind != PH_EMU_TERMINAL_PREAUTH)
			t->entries[i].closed = true;
	t->closing = false;
	if (breaks_before(t))
		return;
	say(t, s, 0x04, 0x0f, &b);
}

static void do_step(struct ph_emu_terminal *t, const struct emu_zvt_step *s)
{
	struct emu_zvt_buf b = {.len = 0};

	switch (s->kind) {
	case EMU_ZVT_STATUS:
		say_status(t, s);
		break;
	case EMU_ZVT_CARD:
		wait_for_card(t);
		break;
	case EMU_ZVT_BLOCKED:
		ask_list(t, s);
		break;
	case EMU_ZVT_BOOK:
		emu_zvt_book(t);
		break;
	case EMU_ZVT_RESULT:
		say_result(t, s);
		break;
	case EMU_ZVT_BAD:
		say_bad(t, s);
		break;
	case EMU_ZVT_TOTALS:
		say_totals(t, s);
		if (t->books)
			breaks_behind(t);
		break;
	case EMU_ZVT_DATE:
		say_date(t, s);
		break;
	case EMU_ZVT_LINE:
		say_lines(t, s);
		break;
	case EMU_ZVT_DONE:
		say(t, s, 0x06, 0x0f, &b);
		break;
	case EMU_ZVT_ABORT:
		emu_zvt_byte(&b, s->code);
		say(t, s, 0x06, 0x1e, &b);
		break;
	}
}

uint64_t emu_zvt_run_tick(struct ph_emu_terminal *t)
{
	while (t->running) {
		if (t->awaiting || t->waiting_card) {
			if (t->waiting_card && emu_zvt_card_row(t->card) >= 0) {
				t->waiting_card = false;
				t->at_step--; /* the step that looks for it */
				continue;
			}
			if (t->unit.now_us < t->answer_us)
				return t->answer_us;
			if (t->waiting_card)
				emu_zvt_end(t, 0x6c);
			else
				emu_zvt_lost(t);
			continue;
		}
		if (t->at_step == t->n_steps) {
			finish(t);
			break;
		}
		if (t->unit.now_us < t->next_us)
			return t->next_us;
		t->next_us = t->unit.now_us + t->config.pace_ms * 1000ull;
		struct emu_zvt_step s = t->steps[t->at_step++];
		if (s.kind == EMU_ZVT_LINE)
			do_step(t, &t->steps[t->at_step - 1]);
		else
			do_step(t, &s);
	}
	return PH_EMU_UNIT_NEVER;
}

// ---- answers of the till ----

static void ask_again(struct ph_emu_terminal *t, unsigned code)
{
	if (t->asked_again++ == AGAIN_MAX) {
		emu_zvt_end(t, code);
		return;
	}
	t->at_step--;
	t->next_us = t->unit.now_us + AGAIN_US;
}

static void result_answered(struct ph_emu_terminal *t, bool taken, uint8_t code)
{
	struct ph_emu_terminal_entry *e = current(t);
	/* it comes once more, or was told once more only */
	bool more = t->at_step < t->n_steps;

	if (!e || more)
		return;
	if (!taken && code == 0x9c) {
		ask_again(t, code);
		return;
	}
	if (!taken) {
		t->counts.refused++;
		if (!e->acknowledged)
			emu_zvt_reverse_last(t, e);
		t->entry = -1;
		emu_zvt_add(t, EMU_ZVT_STATUS, STATUS_REVERSAL);
		emu_zvt_add(t, EMU_ZVT_ABORT, code);
		return;
	}
	e->acknowledged = true;
	t->counts.acknowledged++;
	if (!(t->service & 0x02)) {
		emu_zvt_add(t, EMU_ZVT_STATUS, REMOVE_CARD);
		emu_zvt_add_receipts(t, e);
	}
	emu_zvt_add(t, EMU_ZVT_DONE, 0);
}

void emu_zvt_answered(struct ph_emu_terminal *t, uint8_t class, uint8_t code)
{
	bool taken = class == 0x80 || code == 0;

	if (!t->running || !t->awaiting || t->detached) {
		t->counts.unexpected++;
		return;
	}
	t->awaiting = false;
	switch (t->awaited.kind) {
	case EMU_ZVT_RESULT:
		result_answered(t, taken, code);
		break;
	case EMU_ZVT_BLOCKED:
		if (!taken && code == 0x9c)
			ask_again(t, code);
		else if (!taken)
			emu_zvt_end(t, code);
		break;
	case EMU_ZVT_LINE:
		t->counts.receipts +=
			taken && (t->at_step == t->n_steps || t->steps[t->at_step].receipt_type !=
								      t->awaited.receipt_type);
		break;
	case EMU_ZVT_STATUS:
	case EMU_ZVT_CARD:
	case EMU_ZVT_BOOK:
	case EMU_ZVT_BAD:
	case EMU_ZVT_TOTALS:
	case EMU_ZVT_DATE:
	case EMU_ZVT_DONE:
	case EMU_ZVT_ABORT:
		break;
	}
	/* the next command may stand behind this answer */
	if (!t->awaiting && t->at_step == t->n_steps)
		finish(t);
}
