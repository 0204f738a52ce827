// The ledger of the acquirer's host: each financial effect once, and the answer to each message. How they travel is in host.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/host_emv.h"
#include "emulators/models/host_internal.h"

const char *ph_emu_kind_name(enum ph_emu_kind kind)
{
	static const char *const names[PH_EMU_KIND_COUNT_] = {
		[PH_EMU_KIND_SALE] = "sale",
		[PH_EMU_KIND_REFUND] = "refund",
		[PH_EMU_KIND_PREAUTH] = "preauth",
		[PH_EMU_KIND_COMPLETION] = "completion",
		[PH_EMU_KIND_REVERSAL] = "reversal",
	};
	return names[kind];
}

// ---- what the cents say ----

struct cents {
	unsigned cents;
	const char *code;
	bool drop, lose, late;
	unsigned script;
};

static const struct cents cents_table[] = {
	{.cents = 1, .code = "05"},
	{.cents = 2, .code = "01"},
	{.cents = 3, .code = "04"},
	{.cents = 4, .code = "14"},
	{.cents = 5, .code = "51"},
	{.cents = 6, .code = "54"},
	{.cents = 7, .code = "91"},
	{.cents = 8, .code = "96"},
	{.cents = 9, .code = "94"},
	{.cents = 10, .code = "10"},
	{.cents = 20, .code = "00", .drop = true},
	{.cents = 21, .code = "00", .lose = true},
	{.cents = 22, .code = "00", .late = true},
	{.cents = 30, .code = "00", .script = 0x72},
};
static const struct cents plain = {.code = "00"};

uint64_t emu_host_number(const struct emu_iso *m, unsigned field)
{
	char text[20];

	return strtoull(emu_iso_text(m, field, text, sizeof text), NULL, 10);
}

static bool is_request(const struct emu_iso *m)
{
	return (m->mti[1] == '1' || m->mti[1] == '2') && m->mti[2] == '0';
}

static const struct cents *by_cents(const struct ph_emu_host *h, const struct emu_iso *m)
{
	uint64_t cents = emu_host_number(m, 4) % 100;

	for (size_t i = 0; h->config.by_cents && is_request(m) && i < PH_ARRAY_SIZE(cents_table);
		i++)
		if (cents_table[i].cents == cents)
			return &cents_table[i];
	return &plain;
}

bool emu_host_loses(const struct ph_emu_host *h, const struct emu_iso *m)
{
	return by_cents(h, m)->lose;
}

// ---- bookings ----

static enum ph_emu_kind kind_of(const struct emu_iso *m)
{
	char type[3];

	emu_iso_text(m, 3, type, sizeof type);
	if (m->mti[1] == '4')
		return PH_EMU_KIND_REVERSAL;
	if (m->mti[1] == '1')
		return PH_EMU_KIND_PREAUTH;
	if (strcmp(type, "20") == 0 || strcmp(type, "22") == 0)
		return PH_EMU_KIND_REFUND;
	return m->has[90] ? PH_EMU_KIND_COMPLETION : PH_EMU_KIND_SALE;
}

#define FNV_BASIS 0xcbf29ce484222325
#define FNV_PRIME 0x100000001b3

static uint64_t mix(uint64_t print, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		print = (print ^ data[i]) * FNV_PRIME;
	return print;
}

// FNV-1a over all fields but the message type: a repeat has the same, to the last digit.
static uint64_t print_of(const struct emu_iso *m)
{
	uint64_t print = FNV_BASIS;

	for (unsigned i = 2; i <= EMU_ISO_FIELDS; i++)
		for (unsigned k = 0; m->has[i] && k <= m->len[i]; k++) {
			uint8_t byte = k < m->len[i] ? m->bytes[m->at[i] + k] : (uint8_t)i;
			print = (print ^ byte) * FNV_PRIME;
		}
	return print;
}

// A card counts its uses, so that two messages of one are seen to be the same sale.
static void describe_use(struct ph_emu_booking *b, const struct emu_iso *m)
{
	size_t len;

	if (!m->has[55] || !m->has[2])
		return;
	const uint8_t *icc = m->bytes + m->at[55];
	const uint8_t *atc = emu_icc_find(icc, m->len[55], 0x9f36, &len);
	if (!atc || len != 2)
		return;
	b->use = mix(mix(FNV_BASIS, m->bytes + m->at[2], m->len[2]), atc, 2) | 1;
	const uint8_t *chosen = emu_icc_find(icc, m->len[55], 0x9f37, &len);
	if (chosen && len == sizeof b->chosen)
		memcpy(b->chosen, chosen, len);
}

static void describe(struct ph_emu_booking *b, const struct emu_iso *m)
{
	b->kind = kind_of(m);
	memcpy(b->mti, m->mti, sizeof b->mti);
	emu_iso_text(m, 41, b->terminal, sizeof b->terminal);
	emu_iso_text(m, 11, b->stan, sizeof b->stan);
	emu_iso_text(m, 7, b->sent, sizeof b->sent);
	emu_iso_text(m, 37, b->rrn, sizeof b->rrn);
	emu_iso_text(m, 49, b->currency, sizeof b->currency);
	b->amount = emu_host_number(m, 4);
	b->print = print_of(m);
	describe_use(b, m);
	if (m->has[2] && m->len[2] >= 4)
		memcpy(b->card, m->bytes + m->at[2] + m->len[2] - 4, 4);
	if (m->has[90] && m->len[90] == 42) {
		memcpy(b->original_stan, m->bytes + m->at[90] + 4, 6);
		memcpy(b->original_sent, m->bytes + m->at[90] + 10, 10);
	}
}

static char original_class(const struct emu_iso *m)
{
	return m->has[90] && m->len[90] == 42 ? (char)m->bytes[m->at[90] + 1] : '2';
}

static void undo(struct ph_emu_host *h, struct ph_emu_booking *r, const struct emu_iso *m)
{
	struct ph_emu_booking *original = emu_books_find(
		h, r->terminal, r->original_stan, r->original_sent, original_class(m));
	char left[13] = "0";

	if (original && original < h->bookings + h->day)
		original = NULL; /* of a day that is closed */
	r->found = original != NULL;
	snprintf(r->code, sizeof r->code, "%s", original ? "00" : "25");
	if (!original) {
		h->counts.reversals_unknown++;
		h->counts.reversals_late += emu_books_same_use(h, r, r->original_stan) != NULL;
		return;
	}
	if (m->has[95])
		emu_iso_text(m, 95, left, sizeof left);
	original->amount = m->has[95] ? strtoull(left, NULL, 10) : original->amount;
	original->reversed = !m->has[95] || original->amount == 0;
}

// ---- decisions ----

struct chip {
	enum emu_arqc check;
	uint8_t key[16], cryptogram[8];
	bool csu;
};

static void check_chip(struct ph_emu_host *h, const struct emu_iso *m, struct chip *c)
{
	char pan[20], sequence[4];

	*c = (struct chip){.check = EMU_ARQC_ABSENT, .csu = h->config.csu};
	if (!m->has[55] || !m->has[2] || !h->config.check_icc)
		return;
	c->check =
		emu_icc_check(m->bytes + m->at[55], m->len[55], emu_iso_text(m, 2, pan, sizeof pan),
			(unsigned)strtoul(emu_iso_text(m, 23, sequence, sizeof sequence), NULL, 10),
			c->key, c->cryptogram);
	explicit_bzero(pan, sizeof pan);
	h->counts.icc_good += c->check == EMU_ARQC_GOOD;
	h->counts.icc_wrong += c->check == EMU_ARQC_WRONG;
}

static bool approves(const char *code)
{
	return strcmp(code, "00") == 0 || strcmp(code, "10") == 0;
}

// A reservation is taken once, and no more than it was for.
static const char *complete(
	struct ph_emu_host *h, const struct ph_emu_booking *b, const struct emu_iso *m)
{
	struct ph_emu_booking *reserved = emu_books_find(
		h, b->terminal, b->original_stan, b->original_sent, original_class(m));
	const char *code = "00";

	if (!reserved || reserved->kind != PH_EMU_KIND_PREAUTH || !reserved->booked ||
		reserved->reversed)
		code = "25";
	else if (reserved->completed)
		code = "94";
	else if (b->amount > reserved->amount)
		code = "13";
	else
		reserved->completed = true;
	h->counts.completions_refused += strcmp(code, "00") != 0;
	return code;
}

// Counts what a till that keeps the order of its messages never does.
static void count_order(
	struct ph_emu_host *h, const struct ph_emu_booking *b, const struct emu_iso *m)
{
	bool early = b->kind != PH_EMU_KIND_COMPLETION && emu_books_same_use(h, b, b->stan);

	h->counts.successors_early += early;
	h->counts.advices_early += early && !is_request(m);
	h->counts.stans_reused += is_request(m) && emu_books_reused(h, b);
}

// An advice tells what is done already; a request is decided here.
static void decide(struct ph_emu_host *h, struct ph_emu_booking *b, const struct emu_iso *m,
	const struct cents *c, const struct chip *chip)
{
	const char *code = c->code;
	struct ph_emu_booking *undoing = emu_books_undoing(h, b);

	count_order(h, b, m);
	if (undoing) {
		undoing->found = true;
		h->counts.reversals_early++;
		b->reversed = true;
		code = "21";
	} else if (is_request(m) && h->response[0]) {
		code = h->response;
	} else if (is_request(m) && chip->check == EMU_ARQC_WRONG) {
		code = "05";
	} else if (b->kind == PH_EMU_KIND_COMPLETION) {
		code = complete(h, b, m);
	}
	snprintf(b->code, sizeof b->code, "%.2s", code);
	b->booked = approves(code) && !b->reversed;
	if (b->booked && strcmp(code, "10") == 0)
		b->amount /= 2;
	if (b->booked && m->has[38])
		emu_iso_text(m, 38, b->approval, sizeof b->approval);
	else if (b->booked)
		snprintf(b->approval, sizeof b->approval, "A%05u", ++h->approvals % 100000);
}

// ---- answers ----

void emu_host_echo(const struct emu_iso *m, struct emu_iso *answer, const uint8_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (m->has[list[i]])
			emu_iso_put(answer, list[i], m->bytes + m->at[list[i]], m->len[list[i]]);
}

void emu_host_begin_answer(const struct emu_iso *m, struct emu_iso *answer)
{
	emu_iso_clear(answer, m->mti);
	answer->mti[2]++;
	answer->mti[3] = (char)(answer->mti[3] & ~1);
}

static void answer_booking(const struct ph_emu_booking *b, const struct emu_iso *m,
	const struct cents *c, const struct chip *chip, struct emu_iso *answer)
{
	uint8_t icc[EMU_ICC_ANSWER_MAX];
	char amount[24];

	emu_host_begin_answer(m, answer);
	if (b->kind == PH_EMU_KIND_REVERSAL) {
		EMU_HOST_ECHO(m, answer, 3, 4, 7, 11, 37, 41, 90);
		emu_iso_put_text(answer, 39, b->code);
		return;
	}
	EMU_HOST_ECHO(m, answer, 3, 7, 11, 12, 13, 32, 37, 41, 42, 49);
	snprintf(amount, sizeof amount, "%012llu", (unsigned long long)(b->amount % 1000000000000));
	emu_iso_put_text(answer, 4, amount);
	emu_iso_put_text(answer, 39, b->code);
	if (b->approval[0])
		emu_iso_put_text(answer, 38, b->approval);
	const struct emu_icc_answer chip_answer = {
		.key = chip->check == EMU_ARQC_GOOD ? chip->key : NULL,
		.cryptogram = chip->cryptogram,
		.arc = b->code,
		.csu = chip->csu,
		.approved = b->booked,
		.script = b->booked ? c->script : 0,
	};
	if (m->has[55] && is_request(m))
		emu_iso_put(answer, 55, icc, emu_icc_answer(&chip_answer, icc));
}

static bool book_again(struct ph_emu_host *h, struct ph_emu_booking *b, const struct emu_iso *m)
{
	h->counts.repeats_changed += b->print != print_of(m);
	/* a request is never sent again; an advice or reversal is, and says so in its type */
	h->counts.unmarked += !(m->mti[3] & 1) && !is_request(m);
	if (m->mti[3] & 1) {
		b->repeats++;
		h->counts.repeats++;
	} else {
		b->duplicates++;
		h->counts.duplicates++;
	}
	return true;
}

static bool book_transaction(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer,
	struct emu_host_fate *ret_fate)
{
	struct ph_emu_booking told = {0}, *b;
	const struct cents *c = by_cents(h, m);
	struct chip chip;

	describe(&told, m);
	check_chip(h, m, &chip);
	b = emu_books_find(h, told.terminal, told.stan, told.sent, m->mti[1]);
	if (b) {
		book_again(h, b, m);
	} else {
		if (told.kind != PH_EMU_KIND_REVERSAL)
			decide(h, &told, m, c, &chip);
		else
			undo(h, &told, m);
		b = emu_books_add(h, &told);
	}
	if (!b) {
		memcpy(told.code, "96", 3);
		b = &told;
	}
	*ret_fate = (struct emu_host_fate){
		.drop = c->drop, .late_us = c->late ? 2000ull * h->config.timeout_ms : 0};
	answer_booking(b, m, c, &chip, answer);
	explicit_bzero(&chip, sizeof chip);
	return true;
}

// ---- the messages ----

bool emu_host_refuse(
	struct ph_emu_host *h, const struct emu_iso *m, const char *code, struct emu_iso *answer)
{
	if (m->mti[2] != '0' && m->mti[2] != '2')
		return false;
	emu_host_begin_answer(m, answer);
	EMU_HOST_ECHO(m, answer, 3, 4, 7, 11, 37, 41, 70, 90);
	emu_iso_put_text(answer, 39, code);
	return true;
}

bool emu_host_book(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer,
	struct emu_host_fate *ret_fate)
{
	bool asks = m->mti[2] == '0' || m->mti[2] == '2';

	if (m->mti[1] == '8')
		return emu_host_network(h, m, answer);
	if (m->mti[1] == '5' && asks)
		return emu_host_totals(h, m, answer);
	if (asks && m->has[11] && m->has[7] && m->has[41] && strchr("124", m->mti[1]))
		return book_transaction(h, m, answer, ret_fate);
	if (!asks) {
		h->counts.unmatched++;
		return false;
	}
	emu_host_begin_answer(m, answer);
	EMU_HOST_ECHO(m, answer, 3, 4, 7, 11, 37, 41);
	emu_iso_put_text(answer, 39, "30");
	return true;
}
