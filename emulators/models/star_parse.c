// Splits the byte stream of a Star printer into text and commands, twice: as it arrives, for what is
// obeyed out of order, and as it is taken from the receive buffer.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/star_internal.h"

// ---- where commands end ----

// The command that begins so; *ret_more when longer ones begin the same.
static const struct star_command *find(const uint8_t *head, size_t len, bool *ret_more)
{
	*ret_more = false;
	for (size_t i = 0; i < star_n_commands; i++) {
		const struct star_command *c = &star_commands[i];
		if (len >= c->prefix_len && memcmp(head, c->prefix, c->prefix_len) == 0)
			return c;
		if (len < c->prefix_len && memcmp(head, c->prefix, len) == 0)
			*ret_more = true;
	}
	return NULL;
}

static enum star_piece end_of(struct star_frame *f)
{
	f->left = 0;
	f->until_rs = f->until_nul = false;
	f->len = 0;
	return STAR_END;
}

// b n1 n2 data and k n1 n2 data, which only raster mode has
static enum star_piece row_byte(struct star_frame *f)
{
	if (f->len < 3)
		return STAR_PART;
	f->left = emu_le16(f->head + 1);
	return f->left ? STAR_PART : end_of(f);
}

static enum star_piece head_byte(struct star_frame *f)
{
	bool more;

	if (f->head[0] != 0x1b)
		return row_byte(f);
	if (f->len < 2)
		return STAR_PART;
	const struct star_command *c = find(f->head, f->len, &more);
	if (!c)
		return more ? STAR_PART : end_of(f);
	uint64_t size = star_size(c, f);
	if (size > f->len)
		f->left = size - f->len;
	return size && size <= f->len ? end_of(f) : STAR_PART;
}

enum star_piece star_frame_byte(struct star_frame *f, uint8_t byte)
{
	if (f->len == 0) {
		bool row = f->raster && (byte == 'b' || byte == 'k');
		if (byte != 0x1b && !row)
			return STAR_SINGLE;
	}
	if (f->len < STAR_HEAD)
		f->head[f->len] = byte;
	f->len++;
	if (f->left > 0)
		return --f->left > 0 ? STAR_PART : end_of(f);
	if (f->until_rs)
		return byte == 0x1e ? end_of(f) : STAR_PART;
	if (f->until_nul)
		return byte == 0 ? end_of(f) : STAR_PART;
	if (f->len > STAR_HEAD)
		return end_of(f);
	enum star_piece piece = head_byte(f);
	if (piece == STAR_END && memcmp(f->head, "\x1b*rA", 4) == 0)
		f->raster = true;
	else if (piece == STAR_END &&
		 (memcmp(f->head, "\x1b*rB", 4) == 0 || memcmp(f->head, "\x1b@", 2) == 0))
		f->raster = false;
	return piece;
}

// ---- what arrives ----

// ESC ACK is obeyed wherever it stands, data included; single bytes only between commands.
static void star_raw(struct ph_emu_printer *p, uint8_t byte)
{
	struct star *s = p->star;
	bool ack = s->last[0] == 0x1b && s->last[1] == 0x06;
	enum star_piece piece = star_frame_byte(&s->in, byte);

	s->last[0] = s->last[1];
	s->last[1] = byte;
	if (p->counts.dropped_bytes != s->dropped) {
		s->dropped = p->counts.dropped_bytes;
		s->overflow = true;
		star_status_changed(p);
	}
	if (ack && byte == 0x01) {
		star_send_asb(p);
	} else if (ack && byte == 0x18) {
		star_reset(p, 3);
	} else if (piece == STAR_SINGLE && (byte == 0x05 || byte == 0x04)) {
		star_enquiry(p, byte);
	} else if (piece == STAR_SINGLE && byte == 0x1c) {
		star_pulse(p, 1);
	}
}

// ---- what is obeyed ----

void star_report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name)
{
	struct ph_emu_item *item = emu_item(p, type, name);
	size_t n = p->cmd_len < 16 ? p->cmd_len : 16;

	if (type == PH_EMU_ITEM_UNKNOWN)
		p->counts.unknown++;
	if (!item)
		return;
	item->value = (int)p->cmd_len;
	item->text = malloc(2 * n + 1);
	for (size_t i = 0; item->text && i < n; i++)
		snprintf(item->text + 2 * i, 3, "%02x", p->cmd[i]);
}

static void single(struct ph_emu_printer *p, uint8_t byte)
{
	if (p->star->raster.active)
		return; // only its own commands count there
	if (byte >= 0x20) {
		emu_put_byte(p, byte);
		return;
	}
	switch (byte) {
	case 0x07:
		star_pulse(p, 1);
		break;
	case 0x19:
	case 0x1a:
		star_pulse(p, 2);
		break;
	case 0x09:
		emu_tab(p);
		break;
	case 0x0a:
		emu_newline(p);
		break;
	case 0x0f:
	case 0x12:
		if (emu_line_start(p))
			p->modes.style.upside_down = byte == 0x0f;
		break;
	case 0x17:
		star_etb(p);
		break;
	case 0x18:
		star_run_cancel(p, &byte, 1);
		break;
	default: // 1C was obeyed when it arrived; the others mean nothing
		break;
	}
}

static void keep(struct ph_emu_printer *p, uint8_t byte)
{
	if (p->cmd_len == p->cmd_size && p->cmd_size < CMD_MAX) {
		uint8_t *cmd = realloc(p->cmd, p->cmd_size * 2);
		if (cmd) {
			p->cmd = cmd;
			p->cmd_size *= 2;
		}
	}
	if (p->cmd_len < p->cmd_size)
		p->cmd[p->cmd_len] = byte;
	p->cmd_len++;
}

static void run(struct ph_emu_printer *p)
{
	const uint8_t *b = p->cmd;
	bool more;
	const struct star_command *c = NULL;

	if (p->cmd_len > p->cmd_size) {
		star_report(p, PH_EMU_ITEM_CONSUMED, "too long");
		return;
	}
	if (b[0] != 0x1b) {
		star_run_raster_row(p, b, p->cmd_len);
		return;
	}
	c = find(b, p->cmd_len, &more);
	if (!c)
		star_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else if (c->run)
		c->run(p, b, p->cmd_len);
	else
		star_report(p, PH_EMU_ITEM_CONSUMED, c->name);
}

// After an error everything is thrown away up to the end of the document, or for ten seconds.
static bool is_discarded(struct ph_emu_printer *p)
{
	struct star *s = p->star;

	if (!s->failed)
		return false;
	if (s->failed_until == 0)
		s->failed_until = p->now_us + STAR_DISCARD_US;
	if (p->now_us < s->failed_until)
		return true;
	s->failed = false;
	return false;
}

static void star_byte(struct ph_emu_printer *p, uint8_t byte)
{
	struct star *s = p->star;
	enum star_piece piece = star_frame_byte(&s->at, byte);

	if (piece != STAR_SINGLE)
		keep(p, byte);
	if (is_discarded(p)) {
		bool is_end = piece == STAR_END && p->cmd_len == 6 &&
			      memcmp(p->cmd, "\x1b\x1d\x03\x04", 4) == 0;
		s->discarded++;
		if (is_end)
			run(p);
	} else if (piece == STAR_SINGLE) {
		single(p, byte);
	} else if (piece == STAR_END) {
		run(p);
	}
	if (piece == STAR_END)
		p->cmd_len = 0;
}

// ---- the dialect ----

static void star_forget(struct ph_emu_printer *p)
{
	struct star *s = p->star;

	s->in = s->at = (struct star_frame){0};
	s->last[0] = s->last[1] = 0;
	p->cmd_len = p->cmd_need = 0;
	p->multi_len = 0;
	s->document = s->failed = false;
	star_raster_init(p);
}

static int star_new(struct ph_emu_printer *p)
{
	p->star = calloc(1, sizeof *p->star);
	if (!p->star)
		return -ENOMEM;
	p->config.numbering = PH_EMU_NUMBERING_STAR;
	p->star->asb = true;
	return 0;
}

static void star_free(struct ph_emu_printer *p)
{
	if (!p->star)
		return;
	star_symbols_done(p);
	star_raster_done(p);
	free(p->star);
	p->star = NULL;
}

static void star_power_up(struct ph_emu_printer *p)
{
	struct star *s = p->star;

	s->asb = true; // the memory switch
	s->etb = s->counter = 0;
	s->etb_done = s->overflow = false;
	s->on_ms = s->off_ms = STAR_PULSE_MS;
	star_modes_init(p);
}

const struct emu_dialect emu_star = {
	.byte = star_byte,
	.raw = star_raw,
	.reset = star_forget,
	.status_changed = star_status_changed,
	.init = star_new,
	.done = star_free,
	.power_up = star_power_up,
};
