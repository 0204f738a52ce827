// ISO 8583:1987 to fields and back, by a table of the fields and three packings. What they mean is the host's.
#include "emulators/models/host_iso.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum kind {
	NONE,
	DIGITS,
	TEXT,
	SIGNED, /* C or D, then digits */
	TRACK,
	BYTES, /* in hexadecimal where all is text */
	ICC,   /* bytes in each packing */
};

struct field {
	enum kind kind;
	unsigned short max;
	unsigned char prefix; /* digits of the length; 0: always `max` long */
};

static const struct field fields[EMU_ISO_FIELDS + 1] = {
	[2] = {DIGITS, 19, 2},
	[3] = {DIGITS, 6, 0},
	[4 ... 6] = {DIGITS, 12, 0},
	[7] = {DIGITS, 10, 0},
	[9 ... 10] = {DIGITS, 8, 0},
	[11 ... 12] = {DIGITS, 6, 0},
	[13 ... 18] = {DIGITS, 4, 0},
	[19] = {DIGITS, 3, 0},
	[22 ... 24] = {DIGITS, 3, 0},
	[25 ... 26] = {DIGITS, 2, 0},
	[28 ... 31] = {SIGNED, 9, 0},
	[32 ... 33] = {DIGITS, 11, 2},
	[35] = {TRACK, 37, 2},
	[37] = {TEXT, 12, 0},
	[38] = {TEXT, 6, 0},
	[39] = {TEXT, 2, 0},
	[41] = {TEXT, 8, 0},
	[42] = {TEXT, 15, 0},
	[43] = {TEXT, 40, 0},
	[44] = {TEXT, 25, 2},
	[45] = {TEXT, 76, 2},
	[48] = {TEXT, 999, 3},
	[49 ... 51] = {DIGITS, 3, 0},
	[52] = {BYTES, 8, 0},
	[53] = {DIGITS, 16, 0},
	[54] = {TEXT, 120, 3},
	[55] = {ICC, 999, 3},
	[56 ... 63] = {TEXT, 999, 3},
	[64] = {BYTES, 8, 0},
	[66] = {DIGITS, 1, 0},
	[70] = {DIGITS, 3, 0},
	[74 ... 77] = {DIGITS, 10, 0},
	[86 ... 89] = {DIGITS, 16, 0},
	[90] = {DIGITS, 42, 0},
	[95] = {TEXT, 42, 0},
	[96] = {BYTES, 8, 0},
	[97] = {SIGNED, 17, 0},
	[100] = {DIGITS, 11, 2},
	[102 ... 103] = {TEXT, 28, 2},
	[104] = {TEXT, 100, 3},
	[105 ... 127] = {TEXT, 999, 3},
	[128] = {BYTES, 8, 0},
};

void emu_iso_clear(struct emu_iso *m, const char *mti)
{
	explicit_bzero(m, sizeof *m);
	snprintf(m->mti, sizeof m->mti, "%s", mti);
}

int emu_iso_put(struct emu_iso *m, unsigned field, const void *value, size_t len)
{
	if (field > EMU_ISO_FIELDS || fields[field].kind == NONE)
		return -EINVAL;
	if (len > sizeof m->bytes - m->used)
		return -ENOBUFS;
	memcpy(m->bytes + m->used, value, len);
	m->at[field] = (uint16_t)m->used;
	m->len[field] = (uint16_t)len;
	m->has[field] = true;
	m->used += len;
	return 0;
}

int emu_iso_put_text(struct emu_iso *m, unsigned field, const char *text)
{
	return emu_iso_put(m, field, text, strlen(text));
}

const char *emu_iso_text(const struct emu_iso *m, unsigned field, char *out, size_t size)
{
	size_t n = m->has[field] ? m->len[field] : 0;

	if (n >= size)
		n = size - 1;
	memcpy(out, m->bytes + m->at[field], n);
	out[n] = 0;
	return out;
}

// ---- reading ----

struct reader {
	enum ph_emu_packing packing;
	const uint8_t *data;
	size_t len, at;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	if (n > r->len - r->at)
		return NULL;
	const uint8_t *p = r->data + r->at;
	r->at += n;
	return p;
}

static bool take_ascii(struct reader *r, size_t n, char *out)
{
	const uint8_t *p = take(r, n);

	for (size_t i = 0; i < n; i++) {
		if (!p || !isdigit(p[i]))
			return false;
		out[i] = (char)p[i];
	}
	return true;
}

// Half bytes to the right; an odd one has a zero before it. `top` is the largest value of a half byte.
static bool take_nibbles(struct reader *r, size_t n, unsigned top, char *out)
{
	const uint8_t *p = take(r, (n + 1) / 2);
	size_t skip = n & 1;

	if (!p || (skip && p[0] >> 4))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned v = p[(i + skip) / 2];
		v = (i + skip) & 1 ? v & 15 : v >> 4;
		if (v > top)
			return false;
		out[i] = "0123456789ABCDEF"[v];
	}
	return true;
}

static bool take_digits(struct reader *r, size_t n, char *out)
{
	return r->packing == PH_EMU_PACK_BCD ? take_nibbles(r, n, 9, out) : take_ascii(r, n, out);
}

static int hex_value(int c)
{
	if (isdigit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_hex(struct reader *r, size_t n, uint8_t *out)
{
	const uint8_t *p = take(r, 2 * n);

	for (size_t i = 0; i < n; i++) {
		int high = p ? hex_value(p[2 * i]) : -1, low = p ? hex_value(p[2 * i + 1]) : -1;
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool take_bytes(struct reader *r, size_t n, bool plain, uint8_t *out)
{
	if (!plain && r->packing == PH_EMU_PACK_ASCII)
		return take_hex(r, n, out);
	const uint8_t *p = take(r, n);
	if (p)
		memcpy(out, p, n);
	return p != NULL;
}

static bool take_text(struct reader *r, size_t n, uint8_t *out)
{
	const uint8_t *p = take(r, n);

	for (size_t i = 0; i < n; i++) {
		if (!p || p[i] < 0x20 || p[i] == 0x7f)
			return false;
		out[i] = p[i];
	}
	return true;
}

static bool take_signed(struct reader *r, size_t n, uint8_t *out)
{
	const uint8_t *sign = take(r, 1);

	if (!sign || (*sign != 'C' && *sign != 'D'))
		return false;
	out[0] = *sign;
	return take_digits(r, n - 1, (char *)out + 1);
}

static bool take_track(struct reader *r, size_t n, uint8_t *out)
{
	if (r->packing == PH_EMU_PACK_BCD)
		return take_nibbles(r, n, 13, (char *)out);
	if (!take_text(r, n, out))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (out[i] == '=')
			out[i] = 'D';
		if (!isdigit(out[i]) && out[i] != 'D')
			return false;
	}
	return true;
}

static bool take_length(struct reader *r, const struct field *f, size_t *ret_len)
{
	/* three digits are four in half bytes, of which the first is a zero */
	size_t digits = f->prefix, n = 0;
	char text[4];

	if (!digits) {
		*ret_len = f->max;
		return true;
	}
	if (!take_digits(r, digits, text))
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (size_t)(text[i] - '0');
	*ret_len = n;
	return n <= f->max;
}

static bool take_field(struct reader *r, unsigned number, struct emu_iso *m)
{
	const struct field *f = &fields[number];
	uint8_t value[999];
	size_t n;
	bool ok = false;

	if (f->kind == NONE || !take_length(r, f, &n))
		return false;
	switch (f->kind) {
	case NONE:
		break;
	case DIGITS:
		ok = take_digits(r, n, (char *)value);
		break;
	case TEXT:
		ok = take_text(r, n, value);
		break;
	case SIGNED:
		ok = take_signed(r, n, value);
		break;
	case TRACK:
		ok = take_track(r, n, value);
		break;
	case BYTES:
		ok = take_bytes(r, n, false, value);
		break;
	case ICC:
		ok = take_bytes(r, n, true, value);
		break;
	}
	ok = ok && emu_iso_put(m, number, value, n) == 0;
	explicit_bzero(value, sizeof value);
	return ok;
}

int emu_iso_decode(enum ph_emu_packing packing, const uint8_t *data, size_t len, struct emu_iso *m,
	unsigned *ret_field)
{
	struct reader r = {packing, data, len, 0};
	uint8_t bits[16] = {0};

	emu_iso_clear(m, "");
	*ret_field = 0;
	if (len > EMU_ISO_MAX || !take_digits(&r, 4, m->mti) || !take_bytes(&r, 8, false, bits) ||
		(bits[0] & 0x80 && !take_bytes(&r, 8, false, bits + 8)))
		return -EBADMSG;
	for (unsigned i = 2; i <= EMU_ISO_FIELDS; i++) {
		if (!(bits[(i - 1) / 8] & 0x80 >> (i - 1) % 8))
			continue;
		*ret_field = i;
		if (!take_field(&r, i, m))
			return -EBADMSG;
	}
	*ret_field = EMU_ISO_FIELDS + 1;
	return r.at == len ? 0 : -EBADMSG;
}

// ---- writing ----

struct writer {
	enum ph_emu_packing packing;
	uint8_t *out;
	size_t size, at;
	bool full, bad;
};

static void put(struct writer *w, const void *data, size_t n)
{
	if (n > w->size - w->at) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->at, data, n);
	w->at += n;
}

static void put_hex(struct writer *w, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char pair[3];
		snprintf(pair, sizeof pair, "%02X", data[i]);
		put(w, pair, 2);
	}
}

static void put_nibbles(struct writer *w, const uint8_t *digits, size_t n)
{
	uint8_t byte = 0;

	for (size_t i = 0; i < n; i++) {
		int v = hex_value(digits[i]);
		if (v < 0)
			w->bad = true;
		byte = (uint8_t)(byte << 4 | (v & 15));
		if ((n - i) & 1)
			put(w, &byte, 1);
	}
}

static void put_digits(struct writer *w, const uint8_t *digits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit(digits[i]))
			w->bad = true;
	if (w->packing == PH_EMU_PACK_BCD)
		put_nibbles(w, digits, n);
	else
		put(w, digits, n);
}

static void put_bytes(struct writer *w, const uint8_t *data, size_t n)
{
	if (w->packing == PH_EMU_PACK_ASCII)
		put_hex(w, data, n);
	else
		put(w, data, n);
}

static void put_field(struct writer *w, unsigned number, const uint8_t *v, size_t n)
{
	const struct field *f = &fields[number];
	const uint8_t length[3] = {(uint8_t)('0' + n / 100 % 10), (uint8_t)('0' + n / 10 % 10),
		(uint8_t)('0' + n % 10)};

	if (f->prefix ? n > f->max : n != f->max)
		w->bad = true;
	if (f->prefix)
		put_digits(w, length + 3 - f->prefix, f->prefix);
	switch (f->kind) {
	case NONE:
		w->bad = true;
		break;
	case DIGITS:
		put_digits(w, v, n);
		break;
	case TEXT:
	case ICC:
		put(w, v, n);
		break;
	case SIGNED:
		put(w, v, 1);
		put_digits(w, v + 1, n - 1);
		break;
	case TRACK:
		if (w->packing == PH_EMU_PACK_BCD)
			put_nibbles(w, v, n);
		else
			put(w, v, n);
		break;
	case BYTES:
		put_bytes(w, v, n);
		break;
	}
}

ssize_t emu_iso_encode(
	enum ph_emu_packing packing, const struct emu_iso *m, uint8_t *out, size_t size)
{
	struct writer w = {.packing = packing, .out = out, .size = size};
	uint8_t bits[16] = {0};

	for (unsigned i = 2; i <= EMU_ISO_FIELDS; i++)
		if (m->has[i])
			bits[(i - 1) / 8] |= (uint8_t)(0x80 >> (i - 1) % 8);
	for (unsigned i = 8; i < 16; i++)
		if (bits[i])
			bits[0] |= 0x80;
	put_digits(&w, (const uint8_t *)m->mti, 4);
	put_bytes(&w, bits, bits[0] & 0x80 ? 16 : 8);
	for (unsigned i = 2; i <= EMU_ISO_FIELDS && !w.bad; i++)
		if (m->has[i])
			put_field(&w, i, m->bytes + m->at[i], m->len[i]);
	if (w.bad)
		return -EINVAL;
	return w.full ? -ENOBUFS : (ssize_t)w.at;
}
