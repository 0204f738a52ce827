// A payment terminal: the commands of the till, the ledger, and what can be wrong with it. Its line is in zvt_link.c, what it does
// after a command in zvt_run.c.
#include "emulators/models/zvt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emulators/models/zvt_internal.h"

#define CURRENCY     978
#define CLOCK_WRONG  (400ll * 86400 * 1000000) /* that far in the past */
#define NOT_POSSIBLE 0x83
#define PROTOCOL     0x9a
#define BUSY	     0x9c

const struct emu_zvt_card emu_zvt_cards[] = {
	{"good", "541333EEEEEE0011", 6, 0},
	{"visa", "476173EEEEEE0119", 10, 0},
	{"expired", "541333EEEEEE1015", 6, 0x78},
	{"unreadable", "541333EEEEEE1015", 6, 0x64},
	{"unknown", "541333EEEEEE1015", 6, 0x7a},
	{"declined", "541333EEEEEE1015", 6, 5},
};

int emu_zvt_card_row(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(emu_zvt_cards); i++)
		if (strcmp(emu_zvt_cards[i].word, word) == 0)
			return (int)i;
	return -1;
}

const char *ph_emu_terminal_card_text(const struct ph_emu_terminal_entry *e)
{
	return emu_zvt_cards[e->card].number;
}

const char *ph_emu_terminal_kind_name(enum ph_emu_terminal_kind kind)
{
	static const char *const names[PH_EMU_TERMINAL_KIND_COUNT_] = {
		[PH_EMU_TERMINAL_SALE] = "sale",
		[PH_EMU_TERMINAL_REFUND] = "refund",
		[PH_EMU_TERMINAL_PREAUTH] = "preauth",
		[PH_EMU_TERMINAL_BOOK] = "completion",
		[PH_EMU_TERMINAL_TIP] = "tip",
		[PH_EMU_TERMINAL_REVERSAL] = "reversal",
	};
	return names[kind];
}

static struct ph_emu_terminal *terminal_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_terminal, unit);
}

// ---- faults ----

/* those of a command first, those of a line behind them */
#define COMMAND_FAULTS 17u
static const char *const fault_words[] = {"ignore", "busy", "refused", "aborted", "silent_run",
	"stall", "stall_booked", "close_before", "close_after", "status_twice",
	"status_after_abort", "long_length", "unknown_bmp", "unknown_tlv", "truncated_tlv",
	"wrong_llvar", "reboot", "split", "bad_crc", "nak", "lost_ack", "no_doubling", "clock"};

int ph_emu_terminal_fault(struct ph_emu_terminal *t, const char *word, unsigned times)
{
	size_t i = 0;

	if (strcmp(word, "none") == 0) {
		t->n_faults = 0;
		t->fault = NULL;
		return 0;
	}
	while (i < PH_ARRAY_SIZE(fault_words) && strcmp(fault_words[i], word) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(fault_words))
		return -EINVAL;
	if (t->n_faults == PH_EMU_TERMINAL_FAULTS)
		return -ENOBUFS;
	t->faults[t->n_faults++] = (struct ph_emu_terminal_fault){fault_words[i], times};
	return 0;
}

static void use_up(struct ph_emu_terminal *t, size_t i)
{
	t->counts.struck++;
	if (t->faults[i].times && --t->faults[i].times == 0) {
		t->n_faults--;
		memmove(&t->faults[i], &t->faults[i + 1], (t->n_faults - i) * sizeof *t->faults);
	}
}

bool emu_zvt_strike(struct ph_emu_terminal *t, const char *fault)
{
	for (size_t i = 0; i < t->n_faults; i++)
		if (strcmp(t->faults[i].word, fault) == 0) {
			use_up(t, i);
			return true;
		}
	return false;
}

bool emu_zvt_is(const struct ph_emu_terminal *t, const char *fault)
{
	return t->fault && strcmp(t->fault, fault) == 0;
}

static void strike_command(struct ph_emu_terminal *t)
{
	t->fault = NULL;
	for (size_t i = 0; i < t->n_faults; i++)
		for (size_t w = 0; w < COMMAND_FAULTS; w++)
			if (t->faults[i].word == fault_words[w]) {
				t->fault = fault_words[w];
				use_up(t, i);
				return;
			}
}

int ph_emu_terminal_card(struct ph_emu_terminal *t, uint64_t now_us, const char *word)
{
	int row = emu_zvt_card_row(word);

	if (row < 0 && strcmp(word, "none") != 0)
		return -EINVAL;
	t->unit.now_us = now_us;
	t->card = row < 0 ? "none" : emu_zvt_cards[row].word;
	return 0;
}

// ---- ledger ----

struct ph_emu_terminal_entry *emu_zvt_find(struct ph_emu_terminal *t, unsigned receipt)
{
	for (size_t i = t->n_entries; receipt && i-- > 0;)
		if (t->entries[i].receipt == receipt && !t->entries[i].by_itself)
			return &t->entries[i];
	return NULL;
}

static struct ph_emu_terminal_entry *last_stored(struct ph_emu_terminal *t)
{
	for (size_t i = t->n_entries; i-- > 0;)
		if (!t->entries[i].by_itself)
			return &t->entries[i];
	return NULL;
}

void emu_zvt_reverse_last(struct ph_emu_terminal *t, struct ph_emu_terminal_entry *e)
{
	struct ph_emu_terminal_entry *original = emu_zvt_find(t, e->original);

	/* the number is used again, unless another one stands behind it */
	if (e == last_stored(t))
		t->receipt = e->receipt;
	e->reversed = e->by_itself = true;
	t->counts.auto_reversals++;
	if (!original)
		return;
	if (e->kind == PH_EMU_TERMINAL_BOOK)
		original->closed = false;
	if (e->kind == PH_EMU_TERMINAL_REVERSAL && !original->reversed)
		original->amount += e->amount;
	original->reversed = false;
}

static uint8_t bcd(int n)
{
	return (uint8_t)(n / 10 % 10 << 4 | n % 10);
}

void emu_zvt_stamp(const struct ph_emu_terminal *t, struct ph_emu_terminal_entry *e)
{
	int64_t us = (int64_t)t->unit.now_us + t->clock_us;
	struct tm tm;

	for (size_t i = 0; i < t->n_faults; i++)
		if (strcmp(t->faults[i].word, "clock") == 0)
			us -= CLOCK_WRONG;
	time_t s = (time_t)(us / 1000000);
	localtime_r(&s, &tm);
	memcpy(e->date, (uint8_t[]){bcd(tm.tm_mon + 1), bcd(tm.tm_mday)}, 2);
	memcpy(e->time, (uint8_t[]){bcd(tm.tm_hour), bcd(tm.tm_min), bcd(tm.tm_sec)}, 3);
}

// The till counts the transaction before the last as the last: it has never seen the last one.
static void compare_identifier(struct ph_emu_terminal *t, const struct emu_zvt_request *r)
{
	struct ph_emu_terminal_entry *last = last_stored(t);
	size_t n = 0;
	const uint8_t *id = r->has_tlv ? emu_zvt_find_tlv(r->tlv, r->tlv_len, 0x1f1f, &n) : NULL;

	if (!id || n != 2 || !last)
		return;
	unsigned receipt = (unsigned)((id[0] >> 4) * 1000 + (id[0] & 15) * 100 + (id[1] >> 4) * 10 +
				      (id[1] & 15));
	unsigned before = last->receipt == 1 ? 9999 : last->receipt - 1;
	if (receipt == before && !last->reversed)
		emu_zvt_reverse_last(t, last);
}

// ---- answers ----

static void positive(struct ph_emu_terminal *t)
{
	emu_zvt_send(t, 0x80, 0, NULL, 0);
}

static void negative(struct ph_emu_terminal *t, unsigned code)
{
	emu_zvt_send(t, 0x84, code, NULL, 0);
}

// ---- transactions ----

struct scenario {
	unsigned cents;
	uint8_t result;	     /* 0: it is approved */
	uint8_t bad, status; /* a first round: result and status */
	bool half, tip;
};

static const struct scenario scenarios[] = {
	{.cents = 1, .result = 5},
	{.cents = 2, .result = 0x6c},
	{.cents = 3, .result = 0x6f},
	{.cents = 4, .result = 0x9c},
	{.cents = 5, .bad = 55, .status = 0x15},
	{.cents = 6, .half = true},
	{.cents = 7, .status = 0x69},
	{.cents = 8, .tip = true},
	{.cents = 9, .status = 0xff},
};

static void play(struct ph_emu_terminal *t)
{
	static const struct scenario plain = {0};
	const struct scenario *s = &plain;

	for (size_t i = 0; t->config.by_cents && i < PH_ARRAY_SIZE(scenarios); i++)
		if (scenarios[i].cents == t->draft.amount % 100)
			s = &scenarios[i];
	if (s->bad)
		emu_zvt_add(t, EMU_ZVT_BAD, s->bad);
	if (s->status)
		emu_zvt_add(t, EMU_ZVT_STATUS, s->status);
	if (s->half)
		t->draft.amount /= 2;
	if (s->tip)
		t->draft.amount += t->draft.amount / 10;
	if (s->result) {
		emu_zvt_add(t, EMU_ZVT_BAD, s->result);
		emu_zvt_add(t, EMU_ZVT_ABORT, s->result);
		return;
	}
	emu_zvt_add(t, EMU_ZVT_BOOK, 0);
	emu_zvt_add(t, EMU_ZVT_RESULT, 0);
}

// With a card, and perhaps a story for the amount.
static void pay(
	struct ph_emu_terminal *t, const struct emu_zvt_request *r, enum ph_emu_terminal_kind kind)
{
	t->draft = (struct ph_emu_terminal_entry){.kind = kind, .amount = r->amount};
	emu_zvt_add(t, EMU_ZVT_STATUS, 0x0a);
	emu_zvt_add(t, EMU_ZVT_CARD, 0);
	emu_zvt_add(t, EMU_ZVT_BLOCKED, 0);
	emu_zvt_add(t, EMU_ZVT_STATUS, 0x04);
	if (kind != PH_EMU_TERMINAL_REFUND) {
		play(t);
		return;
	}
	emu_zvt_add(t, EMU_ZVT_BOOK, 0);
	emu_zvt_add(t, EMU_ZVT_RESULT, 0);
}

// On a receipt; 0, or the code of why not.
static unsigned follow(struct ph_emu_terminal *t, const struct emu_zvt_request *r,
	enum ph_emu_terminal_kind kind, bool needs_preauth)
{
	struct ph_emu_terminal_entry *e = emu_zvt_find(t, r->has_receipt ? r->receipt : 0);
	bool reversal = kind == PH_EMU_TERMINAL_REVERSAL;

	if (!e || e->kind == PH_EMU_TERMINAL_REVERSAL ||
		needs_preauth != (e->kind == PH_EMU_TERMINAL_PREAUTH))
		return needs_preauth ? 0xb8 : 0xb5;
	if (e->reversed)
		return 0xb4;
	if (e->closed)
		return needs_preauth ? 0xb8 : 0xb5;
	if (needs_preauth && r->has_amount && r->amount > e->amount)
		return 0xb7;
	t->draft = (struct ph_emu_terminal_entry){.kind = kind,
		.amount = r->has_amount ? r->amount : e->amount,
		.original = e->receipt,
		.original_trace = reversal ? e->trace : 0,
		.card = e->card};
	emu_zvt_add(t, EMU_ZVT_STATUS, 0x04);
	emu_zvt_add(t, EMU_ZVT_BOOK, 0);
	emu_zvt_add(t, EMU_ZVT_RESULT, 0);
	return 0;
}

static void list_open(struct ph_emu_terminal *t)
{
	struct emu_zvt_buf list = {.len = 0}, in = {.len = 0}, b = {.len = 0}, number;

	for (size_t i = 0; i < t->n_entries && list.len < 1000; i++) {
		const struct ph_emu_terminal_entry *e = &t->entries[i];
		if (e->kind != PH_EMU_TERMINAL_PREAUTH || e->reversed || e->closed)
			continue;
		number.len = 0;
		emu_zvt_bcd(&number, e->receipt, 2);
		emu_zvt_tlv(&list, 0x08, number.bytes, 2);
	}
	emu_zvt_byte(&b, 0xb8);
	emu_zvt_tlv(&in, 0x23, list.bytes, list.len);
	if (t->run_tlv && list.len)
		emu_zvt_tlv(&b, 0x06, in.bytes, in.len);
	emu_zvt_send(t, 0x06, 0x1e, b.bytes, b.len);
}

static void run_repeat(struct ph_emu_terminal *t, const struct emu_zvt_request *r)
{
	struct ph_emu_terminal_entry *e = last_stored(t);

	t->service = r->service;
	if (!e) { /* there is nothing to tell */
		emu_zvt_add(t, EMU_ZVT_DONE, 0);
		return;
	}
	t->entry = e - t->entries;
	if (r->service & 0x01) {
		emu_zvt_add(t, EMU_ZVT_RESULT, 0);
		return;
	}
	if (!(r->service & 0x02))
		emu_zvt_add_receipts(t, e);
	emu_zvt_add(t, EMU_ZVT_DONE, 0);
}

static void run_end_of_day(struct ph_emu_terminal *t)
{
	emu_zvt_add(t, EMU_ZVT_STATUS, 0x0e);
	emu_zvt_add(t, EMU_ZVT_TOTALS, 0);
	emu_zvt_add_report(t);
	emu_zvt_add(t, EMU_ZVT_DONE, 0);
	t->closing = true;
}

// ---- registration ----

// Commands (26) and charsets (27) the till wants.
static void take_wishes(struct ph_emu_terminal *t, const struct emu_zvt_request *r, bool *ret_echo)
{
	const uint8_t *list, *value;
	size_t n, len;
	unsigned tag;

	t->tlv = r->has_tlv;
	t->block_print = t->blocked_list = false;
	t->charset = 0xff;
	list = r->has_tlv ? emu_zvt_find_tlv(r->tlv, r->tlv_len, 0x26, &n) : NULL;
	for (size_t at = 0; list && emu_zvt_next_tlv(list, n, &at, &tag, &value, &len);) {
		bool command = tag == 0x0a && len == 2 && value[0] == 0x06;
		t->block_print = t->block_print || (command && value[1] == 0xd3);
		t->blocked_list = t->blocked_list || (command && value[1] == 0xe4);
	}
	list = r->has_tlv ? emu_zvt_find_tlv(r->tlv, r->tlv_len, 0x27, &n) : NULL;
	value = list ? emu_zvt_find_tlv(list, n, 0x14, &len) : NULL;
	*ret_echo = value && len == 1 && (*value == 0x0f || *value == 0xff);
	if (*ret_echo)
		t->charset = *value;
}

// Says what it has become: status, terminal, currency, and the charset it agrees to.
static void say_registered(struct ph_emu_terminal *t, bool echo)
{
	struct emu_zvt_buf b = {.len = 0}, in = {.len = 0}, charset = {.len = 0};
	static const struct emu_zvt_step done = {.kind = EMU_ZVT_DONE};

	emu_zvt_byte(&b, 0x19);
	emu_zvt_byte(&b, t->needs);
	emu_zvt_byte(&b, 0x29);
	emu_zvt_bcd(&b, strtoull(t->config.id, NULL, 10), 4);
	emu_zvt_byte(&b, 0x49);
	emu_zvt_bcd(&b, CURRENCY, 2);
	if (echo) {
		emu_zvt_tlv(&charset, 0x14, &t->charset, 1);
		emu_zvt_tlv(&in, 0x27, charset.bytes, charset.len);
		emu_zvt_tlv(&b, 0x06, in.bytes, in.len);
	}
	emu_zvt_send(t, 0x06, 0x0f, b.bytes, b.len);
	if (t->detached)
		return;
	emu_zvt_begin(t);
	emu_zvt_await(t, &done);
}

static void run_registration(struct ph_emu_terminal *t, const uint8_t *data, size_t len)
{
	struct emu_zvt_request r = {0};
	bool echo = false;
	unsigned currency = CURRENCY;

	if (len < 1) {
		negative(t, PROTOCOL);
		return;
	}
	if (len >= 3)
		currency = (unsigned)((data[1] >> 4) * 1000 + (data[1] & 15) * 100 +
				      (data[2] >> 4) * 10 + (data[2] & 15));
	int code = len > 3 ? emu_zvt_parse(data + 3, len - 3, &r) : 0;
	if (code < 0) {
		negative(t, code == -EINVAL ? NOT_POSSIBLE : PROTOCOL);
		return;
	}
	positive(t);
	if (currency != CURRENCY) {
		emu_zvt_begin(t);
		emu_zvt_add(t, EMU_ZVT_ABORT, 0x6f);
		return;
	}
	t->registered = data[0];
	take_wishes(t, &r, &echo);
	say_registered(t, echo);
}

static void run_status(struct ph_emu_terminal *t)
{
	static const struct emu_zvt_step done = {.kind = EMU_ZVT_DONE};
	uint8_t status = t->detached ? BUSY : 0;

	positive(t);
	emu_zvt_send(t, 0x06, 0x0f, &status, 1);
	if (t->detached)
		return;
	emu_zvt_begin(t);
	emu_zvt_await(t, &done);
}

// ---- commands ----

enum needs { PASSWORD = 1, AMOUNT = 2, BARE = 4 /* data of its own, not bitmaps */ };

static const struct command {
	uint8_t class, instr, needs;
	bool books;
} commands[] = {
	{0x05, 0x01, BARE, false},
	{0x06, 0x00, PASSWORD | BARE, false},
	{0x06, 0x01, AMOUNT, true},
	{0x06, 0x02, 0, false},
	{0x06, 0x0c, AMOUNT, true},
	{0x06, 0x10, PASSWORD, false},
	{0x06, 0x20, PASSWORD, false},
	{0x06, 0x21, PASSWORD | AMOUNT, true},
	{0x06, 0x22, AMOUNT, true},
	{0x06, 0x23, 0, true},
	{0x06, 0x24, AMOUNT, true},
	{0x06, 0x25, 0, true},
	{0x06, 0x30, PASSWORD, true},
	{0x06, 0x31, PASSWORD | AMOUNT, true},
	{0x06, 0x50, PASSWORD, true},
	{0x06, 0x51, PASSWORD, false},
	{0x06, 0x70, 0, false},
	{0x06, 0x93, PASSWORD, false},
	{0x06, 0xb0, 0, false},
	{0x08, 0x30, BARE, false},
};

static const struct command *find_command(uint8_t class, uint8_t instr)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(commands); i++)
		if (commands[i].class == class && commands[i].instr == instr)
			return &commands[i];
	return NULL;
}

// What the command makes of the steps; 0, or a code to end with.
static unsigned plan(struct ph_emu_terminal *t, const struct emu_zvt_request *r)
{
	switch (r->instr) {
	case 0x01:
	case 0x21:
		pay(t, r, PH_EMU_TERMINAL_SALE);
		return 0;
	case 0x22:
		pay(t, r, PH_EMU_TERMINAL_PREAUTH);
		return 0;
	case 0x31:
		pay(t, r, PH_EMU_TERMINAL_REFUND);
		return 0;
	case 0x0c:
		return follow(t, r, PH_EMU_TERMINAL_TIP, false);
	case 0x30:
		return follow(t, r, PH_EMU_TERMINAL_REVERSAL, false);
	case 0x23:
	case 0x25:
		return follow(t, r, PH_EMU_TERMINAL_REVERSAL, true);
	case 0x24:
		return follow(t, r, PH_EMU_TERMINAL_BOOK, true);
	case 0x20:
		run_repeat(t, r);
		return 0;
	case 0x10:
		emu_zvt_add(t, EMU_ZVT_TOTALS, 0);
		emu_zvt_add(t, EMU_ZVT_DONE, 0);
		return 0;
	case 0x50:
		run_end_of_day(t);
		return 0;
	case 0x70:
		t->needs &= (uint8_t)~2u;
		emu_zvt_add(t, EMU_ZVT_DATE, 0);
		emu_zvt_add_diagnosis(t);
		emu_zvt_add(t, EMU_ZVT_DONE, 0);
		return 0;
	case 0x93:
		t->needs &= (uint8_t)~1u;
		emu_zvt_add(t, EMU_ZVT_DONE, 0);
		return 0;
	default: /* initialisation, offline transactions, language */
		emu_zvt_add(t, EMU_ZVT_DONE, 0);
		return 0;
	}
}

static void start(struct ph_emu_terminal *t, const struct emu_zvt_request *r)
{
	positive(t);
	if (emu_zvt_is(t, "stall"))
		return;
	if (emu_zvt_is(t, "stall_booked"))
		t->fault = "silent_run";
	emu_zvt_begin(t);
	t->run_tlv = t->tlv || r->has_tlv;
	t->service = 0;
	if (r->instr == 0x23 && r->has_receipt && r->receipt == 0xffff) {
		static const struct emu_zvt_step abort = {.kind = EMU_ZVT_ABORT, .code = 0xb8};
		list_open(t);
		emu_zvt_await(t, &abort);
		return;
	}
	if (r->class == 0x06)
		compare_identifier(t, r);
	unsigned code = emu_zvt_is(t, "aborted")		     ? t->fault_code
			: r->has_currency && r->currency != CURRENCY ? 0x6f
								     : plan(t, r);
	if (code)
		emu_zvt_end(t, code);
}

static bool take_password(struct ph_emu_terminal *t, const uint8_t **data, size_t *len)
{
	char said[8];

	if (*len < 3)
		return false;
	snprintf(said, sizeof said, "%02x%02x%02x", (*data)[0], (*data)[1], (*data)[2]);
	*data += 3;
	*len -= 3;
	t->counts.wrong_passwords += strcmp(said, t->config.password) != 0;
	return strcmp(said, t->config.password) == 0;
}

static void run_abort(struct ph_emu_terminal *t)
{
	if (!t->running) {
		positive(t);
	} else if (t->waiting_card) {
		positive(t);
		emu_zvt_end(t, 0x6c);
	} else {
		negative(t, NOT_POSSIBLE);
	}
}

// What is left of a command when its password was right and no fault struck.
static void run_command(
	struct ph_emu_terminal *t, const struct command *c, const uint8_t *data, size_t len)
{
	struct emu_zvt_request r = {.class = c->class, .instr = c->instr};

	if (c->instr == 0x00 && c->class == 0x06) {
		run_registration(t, data, len);
		return;
	}
	if (c->class == 0x05) {
		run_status(t);
		return;
	}
	int code = c->needs & BARE ? 0 : emu_zvt_parse(data, len, &r);
	if (code < 0 || (c->needs & AMOUNT && !r.has_amount)) {
		negative(t, code == -EBADMSG ? PROTOCOL : NOT_POSSIBLE);
		return;
	}
	if (c->class == 0x06 && c->instr == 0x02) {
		t->registered = 0x86;
		positive(t);
		return;
	}
	start(t, &r);
}

void emu_zvt_command(struct ph_emu_terminal *t, const uint8_t *apdu, size_t len)
{
	const struct command *c = find_command(apdu[0], apdu[1]);
	size_t head = apdu[2] == 0xff ? 5 : 3;
	const uint8_t *data = apdu + head;

	len -= head;
	if (apdu[0] == 0x80 || apdu[0] == 0x84) {
		emu_zvt_answered(t, apdu[0], apdu[1]);
		return;
	}
	t->counts.commands++;
	if (!c) {
		t->counts.unknown++;
		negative(t, NOT_POSSIBLE);
		return;
	}
	if (c->class == 0x06 && c->instr == 0xb0) {
		run_abort(t);
		return;
	}
	/* one that works without a till answers what a locked one does */
	if (t->running && !(t->detached && (c->class == 0x05 || c->instr == 0x00))) {
		negative(t, BUSY);
		return;
	}
	if (!t->detached)
		t->fault = NULL;
	t->books = c->books;
	if (c->books)
		strike_command(t);
	if (emu_zvt_is(t, "ignore"))
		return;
	if (c->needs & PASSWORD && !take_password(t, &data, &len)) {
		negative(t, NOT_POSSIBLE);
		return;
	}
	bool refused = emu_zvt_is(t, "refused");
	if (refused || emu_zvt_is(t, "busy")) {
		t->fault = NULL;
		negative(t, refused ? t->fault_code : BUSY);
		t->unit.leave = t->config.closes && !t->config.serial;
		return;
	}
	run_command(t, c, data, len);
}

bool emu_zvt_books(const uint8_t *apdu)
{
	const struct command *c = find_command(apdu[0], apdu[1]);

	return c && c->books;
}

// ---- the unit ----

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	emu_zvt_link_input(terminal_of(unit), data, len);
}

static uint64_t tick(struct ph_emu_unit *unit)
{
	struct ph_emu_terminal *t = terminal_of(unit);
	uint64_t next = emu_zvt_run_tick(t), line = emu_zvt_link_tick(t);
	uint64_t undo = emu_zvt_alone_tick(t);

	next = undo < next ? undo : next;
	return line < next ? line : next;
}

static void opened(struct ph_emu_unit *unit, bool open)
{
	struct ph_emu_terminal *t = terminal_of(unit);

	t->connected = open;
	emu_zvt_link_reset(t);
	t->unit.leave = false;
	if (!open)
		emu_zvt_cut(t);
	t->fault = NULL;
}

static void power(struct ph_emu_unit *unit)
{
	struct ph_emu_terminal *t = terminal_of(unit);

	t->registered = 0;
	emu_zvt_lost(t);
	opened(unit, false);
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .tick = tick, .opened = opened, .power = power};

void ph_emu_terminal_config_default(struct ph_emu_terminal_config *config)
{
	*config = (struct ph_emu_terminal_config){.auto_reversal = true,
		.by_cents = true,
		.answer_ms = 5000,
		.receipt = 1,
		.id = "12345678",
		.password = "123456"};
}

void ph_emu_terminal_init(struct ph_emu_terminal *t, const struct ph_emu_terminal_config *config)
{
	*t = (struct ph_emu_terminal){.config = *config,
		.card = "good",
		.fault_code = PH_EMU_TERMINAL_FAULT_CODE,
		.entry = -1,
		.undo = -1,
		.charset = 0xff,
		.receipt = config->receipt,
		.trace = 1};
	t->entries = calloc(PH_EMU_TERMINAL_ENTRIES, sizeof *t->entries);
	if (!t->entries)
		abort();
	ph_emu_unit_init(&t->unit, &ops);
}

void ph_emu_terminal_done(struct ph_emu_terminal *t)
{
	free(t->entries);
	t->entries = NULL;
	ph_emu_unit_done(&t->unit);
}
