// Everything a printer says: real-time status, automatic status, requests in the stream, process ids.
#include <stdio.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

// bytes for the host; false when too many wait already
static bool queue(struct ph_emu_printer *p, const void *data, size_t len)
{
	if (len > sizeof p->tx - p->tx_len)
		return false;
	memcpy(p->tx + p->tx_len, data, len);
	p->tx_len += len;
	return true;
}

static bool hold(struct ph_emu_printer *p, const void *data, size_t len)
{
	if (len > sizeof p->late - p->late_len)
		return false;
	memcpy(p->late + p->late_len, data, len);
	p->late_len += len;
	return true;
}

static void release_late(struct ph_emu_printer *p)
{
	queue(p, p->late, p->late_len);
	p->late_len = 0;
	p->late_until_us = 0;
}

uint64_t emu_send_late(struct ph_emu_printer *p)
{
	if (p->late_len == 0 || p->late_until_us == 0)
		return PH_EMU_NEVER;
	if (p->now_us < p->late_until_us)
		return p->late_until_us;
	release_late(p);
	return PH_EMU_NEVER;
}

// a reply that is delayed, or one behind it: what was said first arrives first
static bool goes_late(struct ph_emu_printer *p)
{
	if (p->state.delay_ms > 0) {
		p->late_until_us = p->now_us + p->state.delay_ms * 1000ull;
		p->state.delay_ms = 0;
		return true;
	}
	return p->late_len > 0 && p->late_until_us > 0;
}

void emu_reply(struct ph_emu_printer *p, const void *data, size_t len)
{
	uint8_t out[256];

	p->counts.replies++;
	emu_count(p, PH_EMU_COUNT_REPLIES);
	bool lost = p->state.mute || p->state.drop_replies > 0 || len > sizeof out;
	if (lost) {
		if (!p->state.mute && p->state.drop_replies > 0)
			p->state.drop_replies--;
		p->counts.dropped_replies++;
		return;
	}
	memcpy(out, data, len);
	for (size_t i = 0; i < len && p->state.garble > 0; i++, p->state.garble--)
		out[i] ^= 0x55;
	bool kept;
	if (goes_late(p)) {
		kept = hold(p, out, len);
	} else if (p->state.merge_replies > 0) {
		p->state.merge_replies--;
		kept = hold(p, out, len);
	} else {
		if (p->late_len > 0)
			release_late(p);
		kept = queue(p, out, len);
	}
	if (!kept)
		p->counts.dropped_replies++;
}

// what was laid out on a page is printed with the page
static bool page_waits(const struct ph_emu_printer *p)
{
	return p->page.active && p->page.record.n_items > 0;
}

// Blocks wait while the host does not read, and only the latest of each kind is kept.
void emu_flush_pending(struct ph_emu_printer *p)
{
	const size_t mark = sizeof p->tx / 2;

	if (p->pending_id_len && p->tx_len < mark && !page_waits(p)) {
		size_t len = p->pending_id_len;
		p->pending_id_len = 0;
		if (p->state.drop_process_ids > 0) {
			p->state.drop_process_ids--;
			p->counts.dropped_replies++;
		} else {
			emu_reply(p, p->pending_id, len);
		}
	}
	if (p->pending_offline_len && p->tx_len < mark) {
		size_t len = p->pending_offline_len;
		p->pending_offline_len = 0;
		emu_reply(p, p->pending_offline, len);
	}
}

static bool drawer_high(const struct ph_emu_printer *p)
{
	// an open input is pulled up
	return p->config.drawer ? p->config.drawer->level : true;
}

static bool paper_stops(const struct ph_emu_printer *p)
{
	return p->state.paper == PH_EMU_PAPER_EMPTY;
}

static bool paper_near_end(const struct ph_emu_printer *p)
{
	return p->state.paper != PH_EMU_PAPER_OK;
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

static uint8_t flag(bool on, unsigned bit)
{
	return (uint8_t)((unsigned)on << bit);
}

// requests with a second parameter: ink, peeler, interface and display
static bool extra_known(const struct ph_emu_printer *p, const uint8_t *args)
{
	bool pair = (args[0] == 7 && (args[1] == 1 || args[1] == 2)) ||
		    (args[0] == 8 && args[1] == 3) ||
		    (args[0] == 18 && (args[1] == 1 || args[1] == 2));
	return pair && (p->config.answers & PH_EMU_ANSWER_EXTRA);
}

void emu_answer_eot(struct ph_emu_printer *p, const uint8_t *args)
{
	uint8_t b = 0x12, n = args[0];

	if (!(p->config.answers & PH_EMU_ANSWER_EOT))
		return;
	if (n == 1) {
		b = (uint8_t)(b | flag(drawer_high(p), 2) | flag(ph_emu_printer_is_offline(p), 3) |
			      flag(p->state.feed_button, 6));
	} else if (n == 2) {
		b = (uint8_t)(b | flag(p->state.cover_open, 2) | flag(p->state.feed_button, 3) |
			      flag(paper_stops(p), 5) |
			      flag(p->state.error != PH_EMU_ERROR_NONE, 6));
	} else if (n == 3) {
		b = (uint8_t)(b | error_bits(p));
	} else if (n == 4) {
		b = (uint8_t)(b | (paper_near_end(p) ? 0x0C : 0) | (paper_stops(p) ? 0x60 : 0));
	} else if (!extra_known(p, args)) {
		return;
	}
	emu_reply(p, &b, 1);
}

static void asb_now(const struct ph_emu_printer *p, uint8_t out[static 4])
{
	const struct ph_emu_printer_state *s = &p->state;

	out[0] = 0x10 | flag(drawer_high(p), 2) | flag(ph_emu_printer_is_offline(p), 3) |
		 flag(s->cover_open, 5) | flag(s->feed_button, 6);
	out[1] = flag(s->feed_button, 1) | error_bits(p);
	out[2] = (uint8_t)((paper_near_end(p) ? 0x03 : 0) | (paper_stops(p) ? 0x0C : 0));
	out[3] = 0;
}

void emu_send_asb(struct ph_emu_printer *p)
{
	asb_now(p, p->asb_sent);
	emu_reply(p, p->asb_sent, sizeof p->asb_sent);
}

// bits of the four bytes that each bit of GS a watches
static bool watched_change(uint8_t enabled, const uint8_t old[4], const uint8_t new[4])
{
	static const uint8_t masks[][4] = {
		[0] = {0x04, 0, 0, 0},	  // drawer
		[1] = {0x28, 0, 0, 0},	  // on-line, cover
		[2] = {0, 0x6C, 0, 0},	  // errors
		[3] = {0, 0, 0x0F, 0},	  // paper
		[6] = {0x40, 0x02, 0, 0}, // panel button
	};
	for (unsigned bit = 0; bit < sizeof masks / sizeof *masks; bit++)
		for (unsigned i = 0; i < 4; i++)
			if ((enabled & 1u << bit) && ((old[i] ^ new[i]) & masks[bit][i]))
				return true;
	return false;
}

void emu_send_offline_response(struct ph_emu_printer *p)
{
	uint8_t out[8] = {0x37, 0x23};
	size_t len = 2;

	if (p->modes.offline_response == 2) {
		if (p->state.cover_open)
			out[len++] = 0x41;
		if (paper_stops(p))
			out[len++] = 0x42;
		if (p->state.error != PH_EMU_ERROR_NONE)
			out[len++] = 0x43;
	}
	out[len++] = 0;
	memcpy(p->pending_offline, out, len);
	p->pending_offline_len = len;
	emu_flush_pending(p);
}

void emu_status_changed(struct ph_emu_printer *p)
{
	uint8_t now[4];
	bool offline = ph_emu_printer_is_offline(p);

	if (offline && !p->held && p->modes.offline_response)
		emu_send_offline_response(p);
	p->held = offline;
	asb_now(p, now);
	if (!watched_change(p->modes.asb, p->asb_sent, now))
		return;
	memcpy(p->asb_sent, now, sizeof now);
	emu_reply(p, now, sizeof now);
}

void emu_gs_a(struct ph_emu_printer *p, uint8_t n)
{
	if (!(p->config.answers & PH_EMU_ANSWER_ASB))
		return;
	p->modes.asb = n;
	if (n)
		emu_send_asb(p);
}

void emu_gs_r(struct ph_emu_printer *p, uint8_t n)
{
	uint8_t b = 0;

	if (!(p->config.answers & PH_EMU_ANSWER_GS_R))
		return;
	if (n == 1 || n == 49)
		b = (uint8_t)((paper_near_end(p) ? 0x03 : 0) | (paper_stops(p) ? 0x0C : 0));
	else if (n == 2 || n == 50)
		b = flag(drawer_high(p), 0);
	else if (n != 4 && n != 52)
		return;
	emu_reply(p, &b, 1);
}

static void info_a(struct ph_emu_printer *p, uint8_t n)
{
	uint8_t out[4] = {0x3D, n};
	size_t len = 2;

	if (n == 33)
		out[len++] = (uint8_t)(0x40 | (p->config.type_id & 0x03));
	else if (n == 35)
		out[len++] = 0x30;
	emu_reply(p, out, len + 1);
}

static void info_b(struct ph_emu_printer *p, const char *text)
{
	char out[96];
	int n = snprintf(out, sizeof out, "_%.80s", text);
	emu_reply(p, out, (size_t)n + 1);
}

void emu_gs_i(struct ph_emu_printer *p, uint8_t n)
{
	if (!(p->config.answers & PH_EMU_ANSWER_GS_I))
		return;
	switch (n) {
	case 1:
	case 49:
		emu_reply(p, &p->config.model_id, 1);
		break;
	case 2:
	case 50:
		emu_reply(p, &p->config.type_id, 1);
		break;
	case 3:
	case 51:
		emu_reply(p, &p->config.version_id, 1);
		break;
	case 33:
	case 35:
	case 36:
	case 96:
	case 110:
		info_a(p, n);
		break;
	case 65:
		info_b(p, p->config.firmware);
		break;
	case 66:
		info_b(p, p->config.maker);
		break;
	case 67:
		info_b(p, p->config.model);
		break;
	case 68:
		info_b(p, p->config.serial);
		break;
	case 69:
		info_b(p, p->config.language);
		break;
	case 111:
	case 112:
		info_b(p, "");
		break;
	}
}

void emu_gs_paren_h(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (!(p->config.answers & PH_EMU_ANSWER_GS_H))
		return;
	if (len == 6 && args[0] == 48 && args[1] == 48) {
		for (unsigned i = 2; i < 6; i++)
			if (args[i] < 0x20 || args[i] > 0x7E)
				return;
		p->pending_id[0] = 0x37;
		p->pending_id[1] = 0x22;
		memcpy(p->pending_id + 2, args + 2, 4);
		p->pending_id[6] = 0;
		p->pending_id_len = 7;
		emu_flush_pending(p);
	} else if (len == 3 && args[0] == 49 && args[1] == 48) {
		uint8_t d = args[2] >= 48 ? (uint8_t)(args[2] - 48) : args[2];
		if (d <= 2)
			p->modes.offline_response = d;
	}
}

// ---- as commands in the stream ----

HANDLER(asb)
{
	emu_gs_a(p, b[2]);
}

// GS j: the ink status of printers that have none; on once, off by 0
HANDLER(ink_asb)
{
	if (!(p->config.answers & PH_EMU_ANSWER_ASB))
		return;
	p->modes.ink_asb = b[2] != 0;
	if (p->modes.ink_asb)
		emu_reply(p, "\x35\x40\x40", 4);
}

// FS ( e 51: bit 3 of the parameter
HANDLER(extended_asb)
{
	if (n < 7 || b[5] != 51 || !(p->config.answers & PH_EMU_ANSWER_ASB))
		return;
	p->modes.extended_asb = b[6] & 0x08;
	if (p->modes.extended_asb)
		emu_reply(p, "\x39\x40\x40", 4);
}

HANDLER(gs_r)
{
	emu_gs_r(p, b[2]);
}

HANDLER(esc_u)
{
	if (emu_is(b[2], 0))
		emu_gs_r(p, 2);
}

HANDLER(esc_v)
{
	emu_gs_r(p, 1);
}

HANDLER(gs_i)
{
	emu_gs_i(p, b[2]);
}

HANDLER(gs_h)
{
	emu_gs_paren_h(p, b + 5, n - 5);
}
