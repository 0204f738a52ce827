// Packs and unpacks ISO 8583 messages by a table; what is in which message is the dialect's and the caller's.
#include "protocols/iso8583/iso8583.h"

#include "protocols/emv/tlv.h"
#include "protocols/iso8583/characters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* By format: what its characters may be, and what is said of others. */
static const struct {
	uint8_t kinds;
	const char *wrong;
} formats[PH_ISO_FORMAT_COUNT_] = {
	[PH_ISO_N] = {PH_ISO_KIND_DIGIT, "has something else than digits"},
	[PH_ISO_A] = {PH_ISO_KIND_LETTER | PH_ISO_KIND_SPACE, "has something else than letters"},
	[PH_ISO_AN] = {PH_ISO_KIND_LETTER | PH_ISO_KIND_DIGIT | PH_ISO_KIND_SPACE,
		"has something else than letters and digits"},
	[PH_ISO_ANS] = {PH_ISO_KIND_LETTER | PH_ISO_KIND_DIGIT | PH_ISO_KIND_SPACE |
				PH_ISO_KIND_MARK,
		"has a control character"},
	[PH_ISO_Z] = {PH_ISO_KIND_DIGIT | PH_ISO_KIND_SEPARATOR, "is no track"},
	[PH_ISO_XN] = {PH_ISO_KIND_DIGIT, "is not C or D and digits"},
};

static const char digits_of_hex[] = "0123456789ABCDEF";

static int fail(struct ph_iso_error *error, int r, unsigned field, const char *what)
{
	*error = (struct ph_iso_error){.field = field, .what = what};
	return r;
}

static bool is_bytes(const struct ph_iso_field *field)
{
	return field->format == PH_ISO_B || field->format == PH_ISO_TLV;
}

static bool encoding_fits(const struct ph_iso_field *field)
{
	switch (field->format) {
	case PH_ISO_B:
	case PH_ISO_TLV:
		return field->encoding == PH_ISO_BIN || field->encoding == PH_ISO_HEX;
	case PH_ISO_N:
	case PH_ISO_Z:
	case PH_ISO_XN:
		return field->encoding == PH_ISO_ASCII || field->encoding == PH_ISO_BCD;
	case PH_ISO_A:
	case PH_ISO_AN:
	case PH_ISO_ANS:
		return field->encoding == PH_ISO_ASCII;
	case PH_ISO_FORMAT_COUNT_:
		break;
	}
	return false;
}

int ph_iso_table_check(const struct ph_iso_table *table, struct ph_iso_error *ret_error)
{
	if (table->mti != PH_ISO_ASCII && table->mti != PH_ISO_BCD)
		return fail(ret_error, -EINVAL, 0, "the MTI is ascii or bcd");
	if (table->bitmap != PH_ISO_BIN && table->bitmap != PH_ISO_HEX)
		return fail(ret_error, -EINVAL, 0, "the bitmap is bin or hex");
	for (unsigned n = 1; n <= PH_ISO_FIELDS; n++) {
		const struct ph_iso_field *field = &table->fields[n];
		unsigned limit = field->length == PH_ISO_LL ? 99 : 999;
		bool doubled = field->encoding == PH_ISO_HEX &&
			       field->counts == PH_ISO_COUNTS_DIGITS && field->length;

		if (!field->name[0])
			continue;
		if (n == 1 || n == 65)
			return fail(ret_error, -EINVAL, n, "is a bitmap and no field");
		if (!encoding_fits(field))
			return fail(
				ret_error, -EINVAL, n, "has an encoding its format cannot be in");
		if (field->length && field->length_encoding == PH_ISO_HEX)
			return fail(ret_error, -EINVAL, n, "has a length that is in hex");
		if (!field->max || field->max > (doubled ? limit / 2 : limit))
			return fail(ret_error, -EINVAL, n, "has a maximum its length cannot say");
		if (field->format == PH_ISO_XN && (field->length || field->max < 2))
			return fail(ret_error, -EINVAL, n, "is of a fixed length with its sign");
	}
	return 0;
}

void ph_iso_init(struct ph_iso_message *message, const char *mti)
{
	memcpy(message->mti, mti, 4);
	message->mti[4] = '\0';
	message->present[0] = message->present[1] = 0;
}

static uint64_t bit(unsigned n)
{
	return 1ull << (63 - (n - 1) % 64);
}

void ph_iso_set(struct ph_iso_message *message, unsigned n, const void *data, size_t len)
{
	message->present[(n - 1) / 64] |= bit(n);
	message->values[n] = (struct ph_iso_value){.data = data, .len = len};
}

void ph_iso_set_text(struct ph_iso_message *message, unsigned n, const char *text)
{
	ph_iso_set(message, n, text, strlen(text));
}

const struct ph_iso_value *ph_iso_get(const struct ph_iso_message *message, unsigned n)
{
	return ph_iso_has(message, n) ? &message->values[n] : NULL;
}

/* Text of a field: NULL, or what is wrong with it. */
static const char *wrong_text(const struct ph_iso_field *field, const uint8_t *text, size_t len)
{
	uint8_t may = formats[field->format].kinds;
	bool good;

	if (field->format == PH_ISO_XN)
		good = len && (*text == 'C' || *text == 'D') &&
		       ph_iso_all_of(may, text + 1, len - 1);
	else
		good = ph_iso_all_of(may, text, len);
	return good ? NULL : formats[field->format].wrong;
}

#define TAG_MORE     0x1f /* of a first byte: another follows; of that one, 0x80: a third */
#define TAG_TEMPLATE 0x20

/*
 * Objects of the plain kind that nearly all data of chips is: no templates, tags of one or two bytes, lengths of one. Returns
 * where something else begins, and counts.
 */
static size_t pass_plain(const uint8_t *data, size_t len, unsigned *count)
{
	size_t at = 0;

	while (len - at >= 2 && data[at] && !(data[at] & TAG_TEMPLATE)) {
		size_t tag = (data[at] & TAG_MORE) == TAG_MORE ? 2 : 1;
		size_t size = len - at > tag ? data[at + tag] : 0x80;

		if ((tag == 2 && data[at + 1] >= 0x80) || size >= 0x80 || size > len - at - tag - 1)
			break;
		at += tag + 1 + size;
		(*count)++;
	}
	return at;
}

static const char *wrong_tlv(const uint8_t *data, size_t len)
{
	unsigned count = 0;
	size_t plain = pass_plain(data, len, &count);
	struct ph_tlv_cursor cursor = {.data = data + plain, .len = len - plain};
	struct ph_tlv object;

	if (plain < len && ph_tlv_check(data + plain, len - plain) < 0)
		return "is not well-formed TLV";
	while (plain < len && ph_tlv_walk(&cursor, &object) > 0)
		count++;
	return count > PH_ISO_TAGS_MAX ? "has more than 64 data objects" : NULL;
}

static const char *wrong_value(const struct ph_iso_field *field, const uint8_t *data, size_t len)
{
	if (field->format == PH_ISO_TLV)
		return wrong_tlv(data, len);
	return field->format == PH_ISO_B ? NULL : wrong_text(field, data, len);
}

/* ---- packing ---- */

struct writer {
	uint8_t *at, *end;
};

static uint8_t nibble_of(uint8_t c)
{
	return c == 'D' ? 0xd : c & 0xf; /* '=' is 3d */
}

/* Digits two a byte; `zeros` of them come in front of the text. */
static void put_packed(
	struct writer *w, enum ph_iso_pad pad, size_t zeros, const uint8_t *text, size_t len)
{
	size_t total = zeros + len, odd = total & 1;
	uint8_t high = 0;
	bool half = false;

	if (!zeros && !odd) {
		for (size_t i = 0; i < len; i += 2)
			*w->at++ = (uint8_t)(nibble_of(text[i]) << 4 | nibble_of(text[i + 1]));
		return;
	}
	if (odd && pad == PH_ISO_PAD_LEFT0)
		zeros++;
	for (size_t i = 0; i < zeros + len; i++) {
		uint8_t nibble = i < zeros ? 0 : nibble_of(text[i - zeros]);

		if (half)
			*w->at++ = (uint8_t)(high << 4 | nibble);
		high = nibble;
		half = !half;
	}
	if (half)
		*w->at++ = (uint8_t)(high << 4 | 0xf);
}

static void put_hex(struct writer *w, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		*w->at++ = (uint8_t)digits_of_hex[data[i] >> 4];
		*w->at++ = (uint8_t)digits_of_hex[data[i] & 15];
	}
}

static void put_bytes(struct writer *w, const void *data, size_t len)
{
	ph_iso_copy(w->at, data, len);
	w->at += len;
}

static void put_fill(struct writer *w, int with, size_t len)
{
	if (!len)
		return;
	memset(w->at, with, len);
	w->at += len;
}

static void put_length(struct writer *w, const struct ph_iso_field *field, size_t count)
{
	size_t digits = field->length == PH_ISO_LL ? 2 : 3;
	unsigned small = (unsigned)count; /* at most 999, as the table was checked */
	uint8_t text[3];

	if (field->length == PH_ISO_FIXED)
		return;
	text[0] = (uint8_t)('0' + small / 100);
	text[1] = (uint8_t)('0' + small / 10 % 10);
	text[2] = (uint8_t)('0' + small % 10);
	if (field->length_encoding == PH_ISO_ASCII) {
		put_bytes(w, text + 3 - digits, digits);
	} else if (field->length_encoding == PH_ISO_BCD) {
		put_packed(w, PH_ISO_PAD_LEFT0, 0, text + 3 - digits, digits);
	} else {
		if (digits == 3)
			*w->at++ = (uint8_t)(count >> 8);
		*w->at++ = (uint8_t)count;
	}
}

/* What the prefix says of a value with `units` digits, characters or bytes. */
static size_t counted(const struct ph_iso_field *field, size_t units)
{
	if (field->encoding == PH_ISO_HEX && field->counts == PH_ISO_COUNTS_DIGITS)
		return units * 2;
	if (field->encoding == PH_ISO_BCD && field->counts == PH_ISO_COUNTS_BYTES)
		return (units + 1) / 2;
	return units;
}

static void put_value(struct writer *w, const struct ph_iso_field *field,
	const struct ph_iso_value *value, size_t fill)
{
	const uint8_t *data = value->data;
	size_t len = value->len;

	if (field->format == PH_ISO_XN) {
		*w->at++ = *data++;
		len--;
	}
	if (field->encoding == PH_ISO_BCD) {
		put_packed(w, field->pad, fill, data, len);
	} else if (field->encoding == PH_ISO_HEX) {
		put_hex(w, data, len);
	} else if (field->format == PH_ISO_N) {
		put_fill(w, '0', fill);
		put_bytes(w, data, len);
	} else {
		put_bytes(w, data, len);
		put_fill(w, ' ', fill);
	}
}

static bool may_be_filled(const struct ph_iso_field *field)
{
	return !is_bytes(field) && field->format != PH_ISO_Z && field->format != PH_ISO_XN;
}

static int pack_field(struct writer *w, const struct ph_iso_field *field,
	const struct ph_iso_value *value, struct ph_iso_error *error)
{
	size_t fill = 0;
	const char *wrong;

	if (!field->name[0])
		return fail(error, -EINVAL, 0, "is not in this dialect");
	if (value->len > field->max)
		return fail(error, -EINVAL, 0, "is too long");
	if (field->length == PH_ISO_FIXED)
		fill = field->max - value->len;
	if (fill && !may_be_filled(field))
		return fail(error, -EINVAL, 0, "is too short");
	wrong = wrong_value(field, value->data, value->len);
	if (wrong)
		return fail(error, -EINVAL, 0, wrong);
	/* in hex it is twice as long; the prefix has at most three bytes */
	if ((size_t)(w->end - w->at) < 3 + 2 * (value->len + fill))
		return fail(error, -ENOBUFS, 0, "does not fit");
	put_length(w, field, counted(field, value->len));
	put_value(w, field, value, fill);
	return 0;
}

static void put_bitmap(struct writer *w, const struct ph_iso_table *table, uint64_t bits)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(bits >> (56 - 8 * i));
	if (table->bitmap == PH_ISO_HEX)
		put_hex(w, bytes, sizeof bytes);
	else
		put_bytes(w, bytes, sizeof bytes);
}

static bool is_mti(const uint8_t *mti)
{
	for (unsigned i = 0; i < 4; i++)
		if (!(ph_iso_kinds[mti[i]] & PH_ISO_KIND_DIGIT))
			return false;
	return true;
}

static int pack_head(struct writer *w, const struct ph_iso_table *table,
	const struct ph_iso_message *message, struct ph_iso_error *error)
{
	const uint8_t *mti = (const uint8_t *)message->mti;
	bool two = message->present[1] != 0;

	if (!is_mti(mti))
		return fail(error, -EINVAL, 0, "the MTI is not four digits");
	if (w->end - w->at < 4 + 32)
		return fail(error, -ENOBUFS, 0, "the message does not fit");
	if (table->mti == PH_ISO_BCD)
		put_packed(w, PH_ISO_PAD_LEFT0, 0, mti, 4);
	else
		put_bytes(w, mti, 4);
	put_bitmap(w, table, (message->present[0] & ~bit(1)) | (two ? bit(1) : 0));
	if (two)
		put_bitmap(w, table, message->present[1]);
	return 0;
}

/* The lowest field of a bitmap, and the bitmap without it. */
static unsigned take_field(uint64_t *bits)
{
	unsigned at = (unsigned)__builtin_clzll(*bits);

	*bits &= ~(1ull << (63 - at));
	return at + 1;
}

ssize_t ph_iso_pack(const struct ph_iso_table *table, const struct ph_iso_message *message,
	uint8_t *out, size_t size, struct ph_iso_error *ret_error)
{
	struct writer w = {.at = out, .end = out + size};
	struct ph_iso_error error;
	int r = pack_head(&w, table, message, &error);

	if (r < 0)
		return fail(ret_error, r, 0, error.what);
	for (unsigned half = 0; half < 2; half++) {
		uint64_t bits = message->present[half] & ~(half ? 0 : bit(1));

		while (bits) {
			unsigned n = take_field(&bits) + 64 * half;

			r = pack_field(&w, &table->fields[n], &message->values[n], &error);
			if (r < 0)
				return fail(ret_error, r, n, error.what);
		}
	}
	if (w.at - out > PH_ISO_MESSAGE_MAX)
		return fail(ret_error, -ENOBUFS, 0, "the message is longer than 8192 bytes");
	return w.at - out;
}

/* ---- unpacking ---- */

struct reader {
	const uint8_t *at, *end;
	struct ph_iso_store *store;
};

static bool take(struct reader *in, size_t len, const uint8_t **ret_data)
{
	if ((size_t)(in->end - in->at) < len)
		return false;
	*ret_data = in->at;
	in->at += len;
	return true;
}

/* The value of a hexadecimal digit, or 255. */
static uint8_t hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c >= 'A' && c <= 'F')
		return (uint8_t)(c - 'A' + 10);
	return c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : 255;
}

static bool read_hex(const uint8_t *text, size_t len, uint8_t *out)
{
	uint8_t high, low;

	for (size_t i = 0; i < len; i++) {
		high = hex_value(text[2 * i]);
		low = hex_value(text[2 * i + 1]);
		if (high > 15 || low > 15)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/*
 * `units` digits of packed ones as text, without the nibble that fills; `bytes` has (units + 1) / 2. False when the filling
 * is not what the dialect says, or a nibble is no digit (nor a track's separator).
 */
static bool read_packed(
	const struct ph_iso_field *field, const uint8_t *bytes, size_t units, uint8_t *out)
{
	static const uint8_t chars[16] = "0123456789???D??";
	size_t odd = units & 1, skip = odd && field->pad == PH_ISO_PAD_LEFT0;

	if (skip && bytes[0] >> 4)
		return false;
	if (odd && !skip && (bytes[units / 2] & 15) != 15)
		return false;
	if (skip)
		*out++ = chars[*bytes++ & 15];
	for (size_t pairs = (units - skip) / 2; pairs--; bytes++) {
		*out++ = chars[*bytes >> 4];
		*out++ = chars[*bytes & 15];
	}
	if (odd && !skip)
		*out = chars[*bytes >> 4];
	return true;
}

static int read_length(struct reader *in, const struct ph_iso_field *field, size_t *ret_count)
{
	static const struct ph_iso_field plain = {.pad = PH_ISO_PAD_LEFT0};
	size_t digits = field->length == PH_ISO_LL ? 2 : 3;
	size_t bytes = field->length_encoding == PH_ISO_ASCII ? digits : digits - 1;
	const uint8_t *data;
	uint8_t text[3];
	size_t count = 0;

	if (!take(in, bytes, &data))
		return -ENODATA;
	if (field->length_encoding == PH_ISO_BIN) {
		for (size_t i = 0; i < bytes; i++)
			count = count << 8 | data[i];
		*ret_count = count;
		return 0;
	}
	if (field->length_encoding == PH_ISO_ASCII)
		memcpy(text, data, digits);
	else if (!read_packed(&plain, data, digits, text))
		return -EBADMSG;
	for (size_t i = 0; i < digits; i++) {
		if (!(ph_iso_kinds[text[i]] & PH_ISO_KIND_DIGIT))
			return -EBADMSG;
		count = count * 10 + text[i] - '0';
	}
	*ret_count = count;
	return 0;
}

/* Digits a packed value has whose length is told in bytes: one nibble of them may fill. */
static size_t packed_units(
	const struct ph_iso_field *field, const uint8_t *data, size_t count, size_t left)
{
	size_t units = count * 2;

	if (!count || count > left)
		return units;
	if (field->pad == PH_ISO_PAD_RIGHTF && (data[count - 1] & 15) == 15)
		return units - 1;
	if (field->pad == PH_ISO_PAD_LEFT0 && units == (size_t)field->max + 1)
		return units - 1;
	return units;
}

/* Digits, characters or bytes of the value that follows. */
static int read_units(struct reader *in, const struct ph_iso_field *field, size_t *ret_units,
	const char **ret_what)
{
	size_t count;
	int r;

	if (field->length == PH_ISO_FIXED) {
		*ret_units = field->max;
		return 0;
	}
	r = read_length(in, field, &count);
	*ret_what = r == -ENODATA ? "ends inside this field" : "has a length that is no number";
	if (r < 0)
		return -EBADMSG;
	*ret_what = "has half a byte";
	if (field->encoding == PH_ISO_HEX && field->counts == PH_ISO_COUNTS_DIGITS) {
		if (count & 1)
			return -EBADMSG;
		count /= 2;
	}
	if (field->encoding == PH_ISO_BCD && field->counts == PH_ISO_COUNTS_BYTES)
		count = packed_units(field, in->at, count, (size_t)(in->end - in->at));
	*ret_what = "is too long";
	if (count > field->max)
		return -EBADMSG;
	*ret_units = count;
	return 0;
}

/* Bytes on the wire of a value. */
static size_t wire_size(const struct ph_iso_field *field, size_t units)
{
	if (field->encoding == PH_ISO_HEX)
		return units * 2;
	if (field->encoding != PH_ISO_BCD)
		return units;
	return field->format == PH_ISO_XN ? 1 + units / 2 : (units + 1) / 2;
}

static bool read_value(
	const struct ph_iso_field *field, const uint8_t *data, size_t units, uint8_t *out)
{
	if (field->encoding == PH_ISO_HEX)
		return read_hex(data, units, out);
	if (field->encoding != PH_ISO_BCD) {
		ph_iso_copy(out, data, units);
		return true;
	}
	if (field->format == PH_ISO_XN) {
		*out++ = *data++;
		units--;
	}
	return read_packed(field, data, units, out);
}

static int unpack_field(struct reader *in, const struct ph_iso_field *field,
	struct ph_iso_value *value, const char **ret_what)
{
	struct ph_iso_store *store = in->store;
	const uint8_t *data;
	uint8_t *out = store->data + store->len;
	size_t units;
	int r;

	*ret_what = "is not in this dialect";
	if (!field->name[0])
		return -EBADMSG;
	r = read_units(in, field, &units, ret_what);
	if (r < 0)
		return r;
	*ret_what = "ends inside this field";
	if (!take(in, wire_size(field, units), &data))
		return -EBADMSG;
	*ret_what = "does not fit";
	if (store->size - store->len < units)
		return -ENOBUFS;
	/* also where it turns out to be none: who wipes the store wipes all that was written to it */
	store->len += units;
	*ret_what = "has a digit that is none";
	if (!read_value(field, data, units, out))
		return -EBADMSG;
	*ret_what = wrong_value(field, out, units);
	if (*ret_what)
		return -EBADMSG;
	*value = (struct ph_iso_value){.data = out, .len = units};
	return 0;
}

static bool read_bitmap(struct reader *in, const struct ph_iso_table *table, uint64_t *ret_bits)
{
	const uint8_t *data;
	uint8_t bytes[8];
	uint64_t bits = 0;
	bool hex = table->bitmap == PH_ISO_HEX;

	if (!take(in, hex ? 16 : 8, &data))
		return false;
	if (!hex)
		memcpy(bytes, data, sizeof bytes);
	else if (!read_hex(data, sizeof bytes, bytes))
		return false;
	for (unsigned i = 0; i < 8; i++)
		bits = bits << 8 | bytes[i];
	*ret_bits = bits;
	return true;
}

static int unpack_head(struct reader *in, const struct ph_iso_table *table,
	struct ph_iso_message *message, struct ph_iso_error *error)
{
	static const struct ph_iso_field plain = {.pad = PH_ISO_PAD_LEFT0};
	const uint8_t *data;
	uint8_t *mti = (uint8_t *)message->mti;

	if (!take(in, table->mti == PH_ISO_BCD ? 2 : 4, &data))
		return fail(error, -EBADMSG, 0, "the message ends inside the MTI");
	if (table->mti == PH_ISO_BCD)
		read_packed(&plain, data, 4, mti);
	else
		memcpy(mti, data, 4);
	mti[4] = '\0';
	if (!is_mti(mti))
		return fail(error, -EBADMSG, 0, "the MTI is not four digits");
	message->present[1] = 0;
	if (!read_bitmap(in, table, &message->present[0]))
		return fail(error, -EBADMSG, 0, "the bitmap is cut short or no bitmap");
	if ((message->present[0] & bit(1)) && !read_bitmap(in, table, &message->present[1]))
		return fail(error, -EBADMSG, 1, "the second bitmap is cut short or no bitmap");
	message->present[0] &= ~bit(1);
	if (message->present[1] & bit(65))
		return fail(error, -EBADMSG, 65, "would be a third bitmap");
	return 0;
}

static int unpack(struct reader *in, const struct ph_iso_table *table,
	struct ph_iso_message *message, struct ph_iso_error *error)
{
	int r = unpack_head(in, table, message, error);

	if (r < 0)
		return r;
	for (unsigned half = 0; half < 2; half++) {
		uint64_t bits = message->present[half];

		while (bits) {
			unsigned n = take_field(&bits) + 64 * half;

			error->field = n;
			r = unpack_field(in, &table->fields[n], &message->values[n], &error->what);
			if (r < 0)
				return r;
		}
	}
	if (in->at != in->end)
		return fail(error, -EBADMSG, 0, "there are bytes behind the last field");
	return 0;
}

int ph_iso_unpack(const struct ph_iso_table *table, const uint8_t *data, size_t len,
	struct ph_iso_store *store, struct ph_iso_message *ret_message,
	struct ph_iso_error *ret_error)
{
	struct reader in = {.at = data, .end = data + len, .store = store};
	struct ph_iso_error error = {0};
	int r;

	if (len > PH_ISO_MESSAGE_MAX)
		return fail(ret_error, -EMSGSIZE, 0, "the message is longer than 8192 bytes");
	store->len = 0;
	r = unpack(&in, table, ret_message, &error);
	if (r < 0) {
		ret_message->present[0] = ret_message->present[1] = 0;
		*ret_error = error;
	}
	return r;
}

void ph_iso_error_text(
	const struct ph_iso_table *table, const struct ph_iso_error *error, char *out, size_t size)
{
	const char *name = error->field <= PH_ISO_FIELDS ? table->fields[error->field].name : "";

	if (!error->field)
		snprintf(out, size, "%s", error->what);
	else
		snprintf(out, size, "field %u%s%s%s: %s", error->field, *name ? " (" : "", name,
			*name ? ")" : "", error->what);
}

bool ph_iso_answer_mti(const char mti[4], char ret_mti[5])
{
	if (mti[2] != '0' && mti[2] != '2')
		return false;
	memcpy(ret_mti, mti, 4);
	ret_mti[2]++;
	ret_mti[3] = (char)(mti[3] & ~1);
	ret_mti[4] = '\0';
	return true;
}

void ph_iso_repeat_mti(const char mti[4], char ret_mti[5])
{
	memcpy(ret_mti, mti, 4);
	ret_mti[3] = (char)(mti[3] | 1);
	ret_mti[4] = '\0';
}
