// The line of the acquirer's host (0800) and its day (0500): sums, and the end of a day. What is booked is in host_ledger.c.
#include <stdio.h>
#include <string.h>

#include "emulators/models/host_internal.h"

bool emu_host_network(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer)
{
	char code[4];

	if (m->mti[2] != '0') {
		h->counts.unmatched += m->mti[2] != '1' || !h->own_stan;
		return false;
	}
	emu_iso_text(m, 70, code, sizeof code);
	h->counts.sign_ons += strcmp(code, "001") == 0;
	h->counts.sign_offs += strcmp(code, "002") == 0;
	h->counts.echoes += strcmp(code, "301") == 0;
	emu_host_begin_answer(m, answer);
	EMU_HOST_ECHO(m, answer, 7, 11, 41, 70);
	emu_iso_put_text(answer, 39, "00");
	return true;
}

static void count_day(const struct ph_emu_host *h, struct ph_emu_day *day)
{
	for (size_t i = h->day; i < h->n_bookings; i++) {
		const struct ph_emu_booking *b = &h->bookings[i];
		if (!b->booked || b->kind == PH_EMU_KIND_PREAUTH)
			continue;
		unsigned at = b->kind == PH_EMU_KIND_REFUND ? 0 : 2;
		day->count[at]++;
		day->amount[at] += b->amount;
		day->count[at + 1] += b->reversed;
		day->amount[at + 1] += b->reversed ? b->amount : 0;
	}
}

// The host's own, so that a till can see where they part.
static void put_totals(const struct ph_emu_day *day, struct emu_iso *answer)
{
	char text[24];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof text, "%010llu",
			(unsigned long long)day->count[i] % 10000000000);
		emu_iso_put_text(answer, 74 + i, text);
	}
	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof text, "%016llu",
			(unsigned long long)day->amount[i] % 10000000000000000);
		emu_iso_put_text(answer, 86 + i, text);
	}
}

// Fields 74 to 77 and 86 to 89 against the ledger.
static void compare(
	const struct ph_emu_host *h, const struct emu_iso *m, struct ph_emu_day *ret_day)
{
	struct ph_emu_day day = {.agreed = true};

	emu_iso_text(m, 41, day.terminal, sizeof day.terminal);
	emu_iso_text(m, 11, day.stan, sizeof day.stan);
	emu_iso_text(m, 7, day.sent, sizeof day.sent);
	count_day(h, &day);
	for (unsigned i = 0; i < 4; i++)
		day.agreed = day.agreed && emu_host_number(m, 74 + i) == day.count[i] &&
			     emu_host_number(m, 86 + i) == day.amount[i];
	*ret_day = day;
}

static bool is_told(const struct ph_emu_day *last, const struct ph_emu_day *now)
{
	return strcmp(last->stan, now->stan) == 0 && strcmp(last->sent, now->sent) == 0 &&
	       strcmp(last->terminal, now->terminal) == 0;
}

bool emu_host_totals(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer)
{
	struct ph_emu_day now;

	h->counts.totals++;
	compare(h, m, &now);
	if (is_told(&h->last_day, &now)) {
		h->counts.repeats += m->mti[3] & 1;
		h->counts.duplicates += !(m->mti[3] & 1);
		h->counts.unmarked += !(m->mti[3] & 1);
	} else {
		h->last_day = now;
		if (now.agreed && !h->config.keeps_day) {
			h->day = h->n_bookings;
			h->counts.days++;
		}
	}
	emu_host_begin_answer(m, answer);
	EMU_HOST_ECHO(m, answer, 7, 11, 41, 42, 50);
	emu_iso_put_text(answer, 39, h->last_day.agreed ? "00" : "95");
	emu_iso_put_text(answer, 66, h->last_day.agreed ? "1" : "2");
	put_totals(&h->last_day, answer);
	return true;
}
