// Everything a Star printer says: automatic status, counters, identification, and its reset.
#include <stdio.h>
#include <string.h>

#include "emulators/models/star_internal.h"

static bool drawer_high(const struct ph_emu_printer *p)
{
	// an open input is pulled up
	return p->config.drawer ? p->config.drawer->level : true;
}

static uint8_t error_bits(const struct ph_emu_printer *p)
{
	switch (p->state.error) {
	case PH_EMU_ERROR_NONE:
		return 0;
	case PH_EMU_ERROR_MECHANICAL:
		return 0x04;
	case PH_EMU_ERROR_CUTTER:
		return 0x08;
	case PH_EMU_ERROR_UNRECOVERABLE:
		return 0x20;
	case PH_EMU_ERROR_HEAD_HOT:
		return 0x40;
	}
	return 0;
}

static uint8_t bit(bool on, uint8_t value)
{
	return on ? value : 0;
}

// appendix "Automatic status": two headers, then seven bytes
static void make_asb(const struct ph_emu_printer *p, uint8_t out[STAR_ASB_LEN])
{
	const struct star *s = p->star;
	const bool prnt = p->config.dialect == PH_EMU_DIALECT_STARPRNT;

	memset(out, 0, STAR_ASB_LEN);
	out[0] = 0x23;
	out[1] = prnt ? 0x08 : 0x06; // version 4 or 3
	out[2] = (uint8_t)(bit(p->state.offline, 0x40) | bit(p->state.cover_open, 0x20) |
			   bit(ph_emu_printer_is_offline(p), 0x08) | bit(drawer_high(p), 0x04) |
			   bit(s->etb_done, 0x02));
	out[3] = error_bits(p);
	out[4] = bit(s->overflow, 0x40);
	out[5] = (uint8_t)(bit(p->state.paper == PH_EMU_PAPER_EMPTY, 0x08) |
			   bit(p->state.paper != PH_EMU_PAPER_OK, 0x04));
	out[7] = (uint8_t)((s->etb & 7) << 1 | (s->etb & 0x18) << 2);
}

void star_send_asb(struct ph_emu_printer *p)
{
	uint8_t out[STAR_ASB_LEN];

	if (!(p->config.answers & PH_EMU_ANSWER_ASB))
		return;
	make_asb(p, out);
	emu_reply(p, out, sizeof out);
	// what happened once is said once
	p->star->etb_done = p->star->overflow = false;
	make_asb(p, p->star->asb_sent);
}

// An error inside of a document: what of it is still to come will be thrown away.
static void note_failure(struct ph_emu_printer *p)
{
	struct star *s = p->star;

	if (!s->document || s->failed || !ph_emu_printer_is_offline(p))
		return;
	s->failed = true;
	s->failed_until = 0;
	s->discarded = 0;
}

void star_status_changed(struct ph_emu_printer *p)
{
	uint8_t now[STAR_ASB_LEN];

	note_failure(p);
	make_asb(p, now);
	if (p->star->asb && memcmp(now, p->star->asb_sent, sizeof now) != 0)
		star_send_asb(p);
}

// ENQ and EOT are not used while the status comes by itself
void star_enquiry(struct ph_emu_printer *p, uint8_t byte)
{
	uint8_t out = byte == 0x05 ? 0 : 0x10;

	if (p->star->asb)
		return;
	if (byte == 0x05)
		out = (uint8_t)(bit(ph_emu_printer_is_offline(p), 0x08) |
				bit(p->state.error != PH_EMU_ERROR_NONE, 0x04));
	else
		out = (uint8_t)(out | bit(p->state.paper == PH_EMU_PAPER_EMPTY, 0x08) |
				bit(p->state.paper != PH_EMU_PAPER_OK, 0x04));
	emu_reply(p, &out, 1);
}

// The engine takes no byte while it prints, so that all before it is on paper.
void star_etb(struct ph_emu_printer *p)
{
	if (!(p->config.answers & PH_EMU_ANSWER_ETB))
		return;
	emu_print_line(p, emu_line_spacing(p));
	p->star->etb = (p->star->etb + 1) & 31;
	p->star->etb_done = true;
	if (p->star->asb)
		star_send_asb(p);
}

STAR_HANDLER(clear_etb)
{
	p->star->etb = 0;
	p->star->etb_done = false;
	make_asb(p, p->star->asb_sent);
}

STAR_HANDLER(asb)
{
	p->star->asb = emu_is(b[3], 1) || emu_is(b[3], 3);
	star_send_asb(p);
}

static void end_document(struct ph_emu_printer *p)
{
	struct star *s = p->star;

	if (s->failed && s->discarded) {
		struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_LOST, "document");
		if (item)
			item->value = (int)s->discarded;
	}
	s->document = s->failed = false;
}

static void answer(struct ph_emu_printer *p, const uint8_t *b)
{
	const uint8_t out[8] = {0x1b, 0x1d, 0x03, b[3], b[4], b[5], p->star->counter, 0};

	if (p->state.drop_process_ids > 0) {
		p->state.drop_process_ids--;
		p->counts.dropped_replies++;
		return;
	}
	emu_reply(p, out, sizeof out);
}

// not valid in page mode
STAR_HANDLER(counter)
{
	struct star *s = p->star;

	if (!(p->config.answers & PH_EMU_ANSWER_COUNTER) || p->page.active)
		return;
	switch (b[3]) {
	case 0:
		answer(p, b);
		break;
	case 1:
		emu_print_line(p, emu_line_spacing(p));
		s->counter++;
		answer(p, b);
		break;
	case 2:
		s->counter = 0;
		break;
	case 3:
		star_run_init(p, b, n);
		s->document = true;
		break;
	case 4:
		end_document(p);
		break;
	default: // 5: how long a document may pause
		break;
	}
}

STAR_HANDLER(identify)
{
	char out[200];
	int len =
		snprintf(out, sizeof out, "\x1b#*,%s Ver%s\n", p->config.model, p->config.firmware);

	emu_reply(p, out, (size_t)len + 1); // with its NUL
}

// function 49: the serial number
STAR_HANDLER(information)
{
	char out[200];

	if (n < 7 || b[6] != '1' || p->config.dialect != PH_EMU_DIALECT_STARPRNT)
		return;
	memcpy(out, b, 7);
	int len = snprintf(out + 7, sizeof out - 7, "PrSrN=%s,\n", p->config.serial);
	emu_reply(p, out, 7 + (size_t)len + 1);
}

void star_reset(struct ph_emu_printer *p, size_t own)
{
	emu_mark(p, "reset");
	emu_clear_buffers(p, own);
	if (p->state.error != PH_EMU_ERROR_HEAD_HOT)
		p->state.error = PH_EMU_ERROR_NONE;
	emu_power_up(p);
	star_send_asb(p);
}

STAR_HANDLER(reset)
{
	star_reset(p, n);
}
