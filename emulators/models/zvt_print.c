// The bodies of what a payment terminal tells the till: results, totals, receipts. When it tells them is in zvt_run.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/zvt_internal.h"

#define CURRENCY    978
#define CP437	    0xff
#define LAST_LINE   0x81
#define CENTRED	    0x40
#define BLOCK_LINES 8u

static void put_pan(struct emu_zvt_buf *b, const char *number)
{
	size_t n = strlen(number) / 2;

	emu_zvt_byte(b, 0x22);
	emu_zvt_byte(b, 0xf0 | (unsigned)n / 10);
	emu_zvt_byte(b, 0xf0 | (unsigned)n % 10);
	for (size_t i = 0; i < 2 * n; i += 2) {
		unsigned high = number[i] == 'E' ? 14u : (unsigned)(number[i] - '0');
		unsigned low = number[i + 1] == 'E' ? 14u : (unsigned)(number[i + 1] - '0');
		emu_zvt_byte(b, high << 4 | low);
	}
}

static void put_number(struct emu_zvt_buf *b, unsigned bitmap, uint64_t value, size_t bytes)
{
	emu_zvt_byte(b, bitmap);
	emu_zvt_bcd(b, value, bytes);
}

static void put_container(const struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e,
	struct emu_zvt_buf *b)
{
	struct emu_zvt_buf in = {.len = 0};
	const uint8_t receipt[2] = {(uint8_t)(e->receipt / 1000 << 4 | e->receipt / 100 % 10),
		(uint8_t)(e->receipt / 10 % 10 << 4 | e->receipt % 10)};

	if (!t->run_tlv)
		return;
	emu_zvt_tlv(&in, 0x1f1f, receipt, sizeof receipt);
	if (emu_zvt_is(t, "unknown_tlv"))
		emu_zvt_tlv(&in, 0x1f7e, "?", 1);
	if (emu_zvt_is(t, "truncated_tlv"))
		emu_zvt_put(&in, "\x43\x10\xa0", 3);
	emu_zvt_tlv(b, 0x06, in.bytes, in.len);
}

void emu_zvt_result(const struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e,
	struct emu_zvt_buf *b)
{
	const struct emu_zvt_card *card = &emu_zvt_cards[e->card];
	char approval[9] = "";

	snprintf(approval, sizeof approval, "%s", e->approval);
	emu_zvt_put(b, "\x27\x00", 2);
	put_number(b, 0x04, e->amount, 6);
	put_number(b, 0x49, CURRENCY, 2);
	put_number(b, 0x0b, e->trace, 3);
	if (e->original_trace)
		put_number(b, 0x37, e->original_trace, 3);
	emu_zvt_byte(b, 0x0c);
	emu_zvt_put(b, e->time, 3);
	emu_zvt_byte(b, 0x0d);
	emu_zvt_put(b, e->date, 2);
	if (emu_zvt_is(t, "wrong_llvar"))
		emu_zvt_put(b, "\x22\xfa\x08", 3);
	put_pan(b, card->number);
	put_number(b, 0x29, strtoull(t->config.id, NULL, 10), 4);
	emu_zvt_byte(b, 0x3b);
	emu_zvt_put(b, approval, 8);
	put_number(b, 0x87, e->receipt, 2);
	if (emu_zvt_is(t, "unknown_bmp"))
		emu_zvt_put(b, "\x7f\x01", 2);
	emu_zvt_byte(b, 0x8a);
	emu_zvt_byte(b, card->type);
	emu_zvt_put(b, "\x19\x70", 2);
	put_container(t, e, b);
}

// ---- totals ----

// Since the last end of day, in minor units, refunds taken away: Mastercard, Visa; returns the sum of both.
static uint64_t count_day(const struct ph_emu_terminal *t, unsigned counts[2], uint64_t sums[2])
{
	uint64_t minus[2] = {0};

	for (size_t i = 0; i < t->n_entries; i++) {
		const struct ph_emu_terminal_entry *e = &t->entries[i];
		if (e->closed || e->reversed || e->kind == PH_EMU_TERMINAL_REVERSAL ||
			e->kind == PH_EMU_TERMINAL_PREAUTH)
			continue;
		unsigned group = emu_zvt_cards[e->card].type == 10;
		counts[group]++;
		*(e->kind == PH_EMU_TERMINAL_REFUND ? &minus[group] : &sums[group]) += e->amount;
	}
	for (unsigned group = 0; group < 2; group++)
		sums[group] -= minus[group] < sums[group] ? minus[group] : sums[group];
	return sums[0] + sums[1];
}

void emu_zvt_totals(const struct ph_emu_terminal *t, struct emu_zvt_buf *b)
{
	/* girocard, JCB, Mastercard, Amex, Visa, Diners, others */
	static const int group_at[7] = {-1, -1, 0, -1, 1, -1, -1};
	unsigned counts[2] = {0}, last = t->n_entries ? t->entries[t->n_entries - 1].receipt : 0;
	uint64_t sums[2] = {0}, sum = count_day(t, counts, sums);
	struct emu_zvt_buf in = {.len = 0};

	emu_zvt_bcd(&in, t->n_entries ? t->entries[0].receipt : 0, 2);
	emu_zvt_bcd(&in, last, 2);
	for (size_t i = 0; i < 7; i++) {
		int g = group_at[i];
		emu_zvt_byte(&in, g < 0 ? 0 : counts[g] & 0xff);
		emu_zvt_bcd(&in, g < 0 ? 0 : sums[g], 6);
	}
	emu_zvt_put(b, "\x27\x00", 2);
	put_number(b, 0x04, sum, 6);
	emu_zvt_byte(b, 0x60);
	emu_zvt_byte(b, 0xf0 | (unsigned)in.len / 100);
	emu_zvt_byte(b, 0xf0 | (unsigned)in.len / 10 % 10);
	emu_zvt_byte(b, 0xf0 | (unsigned)in.len % 10);
	emu_zvt_put(b, in.bytes, in.len);
}

// ---- receipts ----

// CP437 as it is written here, in the charset of the till.
static void translate(const struct ph_emu_terminal *t, char *text)
{
	static const char from[] = "\x84\x94\x81\x8e\x99\x9a\xe1";
	static const char to[] = "\xe4\xf6\xfc\xc4\xd6\xdc\xdf";

	for (; t->charset != CP437 && *text; text++) {
		const char *at = strchr(from, *text);
		if (at)
			*text = to[at - from];
	}
}

void emu_zvt_display(const struct ph_emu_terminal *t, const char *first, const char *second,
	struct emu_zvt_buf *b)
{
	struct emu_zvt_buf lines = {.len = 0}, in = {.len = 0};
	const char *const texts[] = {first, second};

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++) {
		char line[EMU_ZVT_TEXT];
		snprintf(line, sizeof line, "%s", texts[i]);
		translate(t, line);
		emu_zvt_tlv(&lines, 0x07, line, strlen(line));
	}
	emu_zvt_tlv(&in, 0x24, lines.bytes, lines.len);
	emu_zvt_tlv(b, 0x06, in.bytes, in.len);
}

static void add_line(struct ph_emu_terminal *t, unsigned type, unsigned attribute, const char *text)
{
	if (t->n_steps == EMU_ZVT_STEPS)
		return;
	struct emu_zvt_step *s = &t->steps[t->n_steps++];
	*s = (struct emu_zvt_step){
		.kind = EMU_ZVT_LINE, .code = (uint8_t)attribute, .receipt_type = (uint8_t)type};
	snprintf(s->text, sizeof s->text, "%s", text);
	translate(t, s->text);
}

static void add_receipt(
	struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e, unsigned type)
{
	static const char *const titles[PH_EMU_TERMINAL_KIND_COUNT_] = {
		[PH_EMU_TERMINAL_SALE] = "Zahlung",
		[PH_EMU_TERMINAL_REFUND] = "Gutschrift",
		[PH_EMU_TERMINAL_PREAUTH] = "Reservierung",
		[PH_EMU_TERMINAL_BOOK] = "Buchung",
		[PH_EMU_TERMINAL_TIP] = "Trinkgeld",
		[PH_EMU_TERMINAL_REVERSAL] = "Storno",
	};
	char line[EMU_ZVT_TEXT];

	add_line(t, type, CENTRED, type == 1 ? "H\x84ndlerbeleg" : "Kundenbeleg");
	add_line(t, type, CENTRED, titles[e->kind]);
	snprintf(line, sizeof line, "Terminal %s", t->config.id);
	add_line(t, type, 0, line);
	snprintf(line, sizeof line, "Beleg %04u  Trace %06u", e->receipt % 10000,
		e->trace % 1000000);
	add_line(t, type, 0, line);
	snprintf(line, sizeof line, "Karte %s", emu_zvt_cards[e->card].number);
	for (char *p = line; *p; p++)
		*p = *p == 'E' ? '*' : *p;
	add_line(t, type, 0, line);
	snprintf(line, sizeof line, "EUR %llu,%02u", (unsigned long long)e->amount / 100,
		(unsigned)(e->amount % 100));
	add_line(t, type, 0x20, line);
	add_line(t, type, 0, "Genehmigung f\x81r diese Karte");
	add_line(t, type, LAST_LINE, "");
}

void emu_zvt_add_receipts(struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e)
{
	if ((t->registered & 0x82) != 0x82)
		return;
	add_receipt(t, e, 1);
	add_receipt(t, e, 2);
}

void emu_zvt_add_report(struct ph_emu_terminal *t)
{
	unsigned counts[2] = {0};
	uint64_t sums[2] = {0}, sum = count_day(t, counts, sums);
	char line[EMU_ZVT_TEXT];

	if ((t->registered & 0x84) != 0x84)
		return;
	add_line(t, 3, CENTRED, "Abschlu\xe1");
	snprintf(line, sizeof line, "Anzahl %u", counts[0] + counts[1]);
	add_line(t, 3, 0, line);
	snprintf(line, sizeof line, "Summe EUR %llu,%02u", (unsigned long long)sum / 100,
		(unsigned)(sum % 100));
	add_line(t, 3, 0, line);
	add_line(t, 3, LAST_LINE, "");
}

void emu_zvt_add_diagnosis(struct ph_emu_terminal *t)
{
	if ((t->registered & 0x84) != 0x84)
		return;
	add_line(t, 3, CENTRED, "Diagnose");
	add_line(t, 3, 0, "Netzbetreiber erreicht");
	add_line(t, 3, LAST_LINE, "");
}

// One line, or a block of them where the till wants that: `s` and those of its receipt behind it.
void emu_zvt_line(const struct ph_emu_terminal *t, const struct emu_zvt_step *s,
	struct emu_zvt_buf *b, unsigned *ret_instr)
{
	struct emu_zvt_buf lines = {.len = 0}, in = {.len = 0};
	const struct emu_zvt_step *end = t->steps + t->n_steps;
	uint8_t type = s->receipt_type;

	if (!t->block_print) {
		*ret_instr = 0xd1;
		emu_zvt_byte(b, s->code);
		emu_zvt_put(b, s->text, strlen(s->text));
		return;
	}
	*ret_instr = 0xd3;
	for (unsigned attribute = 0, n = 0;
		n < BLOCK_LINES && s < end && s->kind == EMU_ZVT_LINE && s->receipt_type == type;
		s++, n++) {
		if (s->code != attribute)
			emu_zvt_tlv(&lines, 0x09, &s->code, 1);
		attribute = s->code;
		if (attribute != LAST_LINE)
			emu_zvt_tlv(&lines, 0x07, s->text, strlen(s->text));
	}
	emu_zvt_tlv(&in, 0x1f07, &type, 1);
	emu_zvt_tlv(&in, 0x25, lines.bytes, lines.len);
	emu_zvt_tlv(b, 0x06, in.bytes, in.len);
}
