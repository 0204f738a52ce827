// What stripe readers send, to cards; what stands in the tracks is parsed in track.c.
#include "protocols/msr/msr.h"

#include "base/cleanup.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define STX 0x02
#define ETX 0x03
#define CR  0x0d
#define LF  0x0a

const struct ph_msr_layout ph_msr_magtek_plain = {
	.size = 337,
	.status = {{0, 1}, {1, 1}, {2, 1}},
	.length = {{3, 1}, {4, 1}, {5, 1}},
	.encoding = {6, 1},
	.track = {{7, 110}, {117, 110}, {227, 110}},
};

static enum ph_msr_encoding magtek_encoding(unsigned value)
{
	static const enum ph_msr_encoding encodings[] = {PH_MSR_ENCODING_ISO, PH_MSR_ENCODING_AAMVA,
		PH_MSR_ENCODING_OTHER, PH_MSR_ENCODING_BLANK, PH_MSR_ENCODING_OTHER,
		PH_MSR_ENCODING_UNKNOWN, PH_MSR_ENCODING_UNKNOWN, PH_MSR_ENCODING_JIS2};

	return value < PH_ARRAY_SIZE(encodings) ? encodings[value] : PH_MSR_ENCODING_UNKNOWN;
}

static bool inside(const struct ph_msr_place *place, size_t len)
{
	return (size_t)place->offset + place->size <= len;
}

/* A number of one or two bytes, low byte first. */
static unsigned value(const uint8_t *data, const struct ph_msr_place *place)
{
	unsigned low = place->size ? data[place->offset] : 0;

	return place->size > 1 ? low | (unsigned)data[place->offset + 1] << 8 : low;
}

static bool layout_fits(const struct ph_msr_layout *l, size_t len)
{
	bool fits = len >= l->size && inside(&l->encoding, len) && inside(&l->ksn, len);

	for (unsigned i = 0; i < PH_MSR_TRACKS; i++)
		fits = fits && inside(&l->status[i], len) && inside(&l->length[i], len) &&
		       inside(&l->track[i], len);
	for (unsigned i = 0; i < 3; i++)
		fits = fits && inside(&l->masked_length[i], len) && inside(&l->masked[i], len);
	return fits;
}

/* One track of a report: its length may be wrong, the reader may have failed. */
static void report_track(struct ph_msr_card *card, unsigned track, const uint8_t *data,
	const struct ph_msr_place *at, unsigned len)
{
	if (len > at->size)
		card->tracks[track].state = PH_MSR_ERROR;
	else
		ph_msr_set_track(card, track, data + at->offset, len);
}

static void report_encrypted(
	struct ph_msr_card *card, const struct ph_msr_layout *l, const uint8_t *data)
{
	card->masked = true;
	for (unsigned i = 0; i < 3; i++) {
		struct ph_msr_block *block = &card->encrypted[i];
		unsigned len = value(data, &l->length[i]);
		if (len > l->track[i].size || len > sizeof block->hidden)
			len = 0;
		block->len = (uint16_t)len;
		memcpy(block->hidden, data + l->track[i].offset, len);
		report_track(card, i, data, &l->masked[i], value(data, &l->masked_length[i]));
	}
	card->ksn_len = (uint8_t)(l->ksn.size < PH_MSR_KSN_MAX ? l->ksn.size : PH_MSR_KSN_MAX);
	memcpy(card->ksn, data + l->ksn.offset, card->ksn_len);
}

int ph_msr_report(const struct ph_msr_layout *layout, const uint8_t *report, size_t len,
	struct ph_msr_card *ret_card)
{
	struct ph_msr_card *card = ret_card;

	if (layout->has_id && (!len || report[0] != layout->id))
		return -EAGAIN;
	report += layout->has_id;
	len -= layout->has_id;
	if (!layout_fits(layout, len))
		return -EBADMSG;
	ph_msr_card_wipe(card);
	if (layout->encoding.size)
		card->encoding = magtek_encoding(value(report, &layout->encoding));
	if (layout->encrypting)
		report_encrypted(card, layout, report);
	for (unsigned i = 0; i < PH_MSR_TRACKS; i++) {
		if (!layout->encrypting)
			report_track(card, i, report, &layout->track[i],
				value(report, &layout->length[i]));
		if (value(report, &layout->status[i]) & 1) {
			ph_wipe(&card->tracks[i], sizeof card->tracks[i]);
			card->tracks[i].state = PH_MSR_ERROR;
		}
	}
	ph_msr_parse(card);
	return 0;
}

/* The track that begins with a character, given those that have been; -1: none does. */
static int track_of(uint8_t start, unsigned seen)
{
	if (start == '%')
		return seen & 1 ? 2 : 0;
	if (start == ';')
		return seen & 2 ? 2 : 1;
	return memchr("+#!", start, 3) ? 2 : -1;
}

/* Bytes of the track at the front, with an LRC behind its '?'. */
static size_t track_len(const uint8_t *text, size_t len)
{
	const uint8_t *end = memchr(text, '?', len);

	if (!end)
		return len;
	size_t n = (size_t)(end - text) + 1;
	bool lrc = n < len && !memchr("%;+#!", text[n], 5);
	return n + lrc;
}

static int split(const uint8_t *text, size_t len, enum ph_msr_encoding encoding,
	struct ph_msr_card *ret_card)
{
	unsigned seen = 0;

	while (len && (text[len - 1] == CR || text[len - 1] == LF))
		len--;
	ph_msr_card_wipe(ret_card);
	ret_card->encoding = encoding;
	while (len) {
		int track = track_of(text[0], seen);
		if (track < 0 || seen & 1u << track) {
			seen = 0;
			break;
		}
		size_t n = track_len(text, len);
		ph_msr_set_track(ret_card, (unsigned)track, text, n);
		seen |= 1u << track;
		text += n;
		len -= n;
	}
	if (!seen) {
		ph_msr_card_wipe(ret_card);
		return -EBADMSG;
	}
	ph_msr_parse(ret_card);
	return 0;
}

int ph_msr_text(const uint8_t *text, size_t len, struct ph_msr_card *ret_card)
{
	return split(text, len, PH_MSR_ENCODING_UNKNOWN, ret_card);
}

#define IDTECH_TEXT_MAX 500

static enum ph_msr_encoding idtech_encoding(unsigned type)
{
	switch (type & 0x7f) {
	case 0:
		return PH_MSR_ENCODING_ISO;
	case 1:
		return PH_MSR_ENCODING_AAMVA;
	case 3:
		return PH_MSR_ENCODING_OTHER;
	case 4:
		return PH_MSR_ENCODING_RAW;
	}
	return PH_MSR_ENCODING_UNKNOWN;
}

int ph_msr_idtech_report(const uint8_t *report, size_t len, struct ph_msr_card *ret_card)
{
	if (len < PH_MSR_IDTECH_TEXT)
		return -EBADMSG;
	/* which byte of the length is first differs between manuals; only one order can be 500 or less, or both are equal */
	size_t n = report[7] | (size_t)report[8] << 8;
	if (n > IDTECH_TEXT_MAX)
		n = report[8] | (size_t)report[7] << 8;
	if (n > IDTECH_TEXT_MAX || n > len - PH_MSR_IDTECH_TEXT)
		return -EBADMSG;
	return split(report + PH_MSR_IDTECH_TEXT, n, idtech_encoding(report[6]), ret_card);
}

/* What is left of a message. */
struct cursor {
	const uint8_t *data;
	size_t len;
};

static int take(struct cursor *c, void *out, size_t len)
{
	if (c->len < len)
		return -EBADMSG;
	memcpy(out, c->data, len);
	c->data += len;
	c->len -= len;
	return 0;
}

static int take_masked(struct cursor *c, struct ph_msr_card *card, unsigned track, size_t len)
{
	if (c->len < len)
		return -EBADMSG;
	ph_msr_set_track(card, track, c->data, len);
	c->data += len;
	c->len -= len;
	return 0;
}

static int take_block(struct cursor *c, struct ph_msr_block *block, size_t len)
{
	if (len > sizeof block->hidden)
		return -EBADMSG;
	block->len = (uint16_t)len;
	return take(c, block->hidden, len);
}

/* A reader's serial number is what is left in front of the key serial number. */
static int take_serial(struct cursor *c, struct ph_msr_card *card, size_t ksn)
{
	if (c->len <= ksn || c->len - ksn > sizeof card->serial)
		return -EBADMSG;
	card->serial_len = (uint8_t)(c->len - ksn);
	return take(c, card->serial, card->serial_len);
}

#define KSN 10

/* Enhanced form: two presence bytes say what follows. */
static int idtech_enhanced(struct cursor *c, const uint8_t head[5], struct ph_msr_card *card)
{
	uint8_t presence[2];
	int r = take(c, presence, sizeof presence);

	if (r < 0)
		return r;
	unsigned has_masked = presence[0], has_encrypted = presence[1];
	card->aes = has_masked & 0x10;
	size_t unit = card->aes ? 16 : 8, ksn = has_encrypted & 0x80 ? KSN : 0;
	for (unsigned i = 0; i < 3 && r == 0; i++)
		if (has_masked & 1u << i)
			r = take_masked(c, card, i, head[2 + i]);
	for (unsigned i = 0; i < 3 && r == 0; i++)
		if (has_encrypted & 1u << i)
			r = take_block(
				c, &card->encrypted[i], (head[2 + i] + unit - 1) / unit * unit);
	card->has_session = has_encrypted & 0x40;
	if (r == 0 && card->has_session)
		r = take(c, card->session, sizeof card->session);
	for (unsigned i = 0; i < 3 && r == 0; i++) {
		card->has_hash[i] = has_encrypted & 8u << i;
		if (card->has_hash[i])
			r = take(c, card->hash[i], PH_MSR_HASH);
	}
	if (r == 0 && (has_masked & 0x80))
		r = take_serial(c, card, ksn);
	card->ksn_len = (uint8_t)ksn;
	if (r == 0)
		r = take(c, card->ksn, ksn);
	return r == 0 && c->len ? -EBADMSG : r;
}

/*
 * Original form: masked tracks, then encrypted data and hashes, whose parts the message does not name; they are passed on
 * as one block. The key serial number is last.
 */
static int idtech_original(struct cursor *c, const uint8_t head[5], struct ph_msr_card *card)
{
	int r = 0;

	for (unsigned i = 0; i < 3 && r == 0 && card->encoding != PH_MSR_ENCODING_RAW; i++)
		if (head[2 + i])
			r = take_masked(c, card, i, head[2 + i]);
	if (r < 0 || c->len < KSN)
		return -EBADMSG;
	r = take_block(c, &card->encrypted[0], c->len - KSN);
	card->ksn_len = KSN;
	return r < 0 ? r : take(c, card->ksn, KSN);
}

static int idtech_card(const uint8_t *data, size_t len, struct ph_msr_card *card)
{
	struct cursor c = {data, len};
	uint8_t head[5]; /* type, track status, three lengths */

	if (take(&c, head, sizeof head) < 0)
		return -EBADMSG;
	if (head[1] & 0xc0)
		return -ENOTSUP;
	card->masked = true;
	card->encoding = idtech_encoding(head[0]);
	int r = head[0] & 0x80 ? idtech_enhanced(&c, head, card) : idtech_original(&c, head, card);
	/* samples were there, but could not be decoded */
	for (unsigned i = 0; i < 3 && r == 0; i++)
		if (!(head[1] & 1u << i) && (head[1] & 8u << i))
			card->tracks[i].state = PH_MSR_ERROR;
	return r;
}

int ph_msr_idtech_message(
	const uint8_t *data, size_t len, struct ph_msr_card *ret_card, size_t *ret_drop)
{
	uint8_t lrc = 0, sum = 0;

	*ret_drop = 1;
	if (data[0] != STX)
		return -EBADMSG;
	if (len < 3)
		return 0;
	size_t n = data[1] | (size_t)data[2] << 8, all = n + 6;
	if (all > PH_MSR_IDTECH_MAX)
		return -EBADMSG;
	if (len < all)
		return 0;
	for (size_t i = 0; i < n; i++) {
		lrc ^= data[3 + i];
		sum = (uint8_t)(sum + data[3 + i]);
	}
	if (data[n + 3] != lrc || data[n + 4] != sum || data[n + 5] != ETX)
		return -EBADMSG;
	ph_msr_card_wipe(ret_card);
	int r = idtech_card(data + 3, n, ret_card);
	if (r < 0) {
		ph_msr_card_wipe(ret_card);
		*ret_drop = all;
		return r;
	}
	ph_msr_parse(ret_card);
	return (int)all;
}

#define RESTORE_DEFAULTS 0x18

int ph_msr_idtech_setting(
	uint8_t function, const uint8_t *data, size_t len, uint8_t *out, size_t size)
{
	uint8_t lrc = 0;

	if (function == RESTORE_DEFAULTS)
		return -EPERM;
	if (len > 0xff || size < len + (len ? 6 : 5))
		return -EINVAL;
	size_t n = 0;
	out[n++] = STX;
	out[n++] = len ? 'S' : 'R';
	out[n++] = function;
	if (len)
		out[n++] = (uint8_t)len;
	if (len)
		memcpy(out + n, data, len);
	n += len;
	out[n++] = ETX;
	for (size_t i = 0; i < n; i++)
		lrc ^= out[i];
	out[n++] = lrc;
	return (int)n;
}

int ph_msr_typed_add(struct ph_msr_typed *typed, uint8_t character, struct ph_msr_card *ret_card)
{
	if (character != CR) {
		if (typed->len == sizeof typed->hidden)
			typed->broken = true;
		else
			typed->hidden[typed->len++] = character;
		return 0;
	}
	bool good = !typed->broken && ph_msr_text(typed->hidden, typed->len, ret_card) == 0;
	ph_msr_typed_wipe(typed);
	return good ? 1 : -EBADMSG;
}

void ph_msr_typed_lost(struct ph_msr_typed *typed)
{
	typed->broken = true;
}

bool ph_msr_typed_wipe(struct ph_msr_typed *typed)
{
	bool any = typed->len || typed->broken;

	ph_wipe(typed, sizeof *typed);
	return any;
}
