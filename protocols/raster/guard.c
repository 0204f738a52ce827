// Flips dots so that no picture holds a real-time command. Which bytes a printer executes is a table; what is sent around
// the picture is up to the caller.
#include "protocols/raster/guard.h"

#include <string.h>

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t longs2 __attribute__((vector_size(16)));

const struct ph_guard_rules ph_guard_escpos = {
	.lead = 0x10,
	.count = 3,
	.tails = {{1, {0x04}}, {1, {0x05}}, {1, {0x14}}},
};

const struct ph_guard_rules ph_guard_star = {
	.lead = 0x1b,
	.count = 4,
	.tails = {{2, {0x06, 0x01}}, {2, {0x06, 0x18}}, {2, {0x1d, 0x03}}, {3, {0x3f, 0x0a, 0x00}}},
};

#define NO_BYTE	 (-1) // nothing was sent there
#define ANY_BYTE (-2) // not known yet

// A piece of the stream: picture bytes from 0 on, what was sent below 0, what follows behind.
struct piece {
	const struct ph_guard *guard;
	const struct ph_guard_shape *shape;
	uint8_t *data;
	ptrdiff_t len;
	const uint8_t *after;
	size_t after_len;
};

static int byte_at(const struct piece *piece, ptrdiff_t at)
{
	const struct ph_guard *guard = piece->guard;

	if (at < -(ptrdiff_t)guard->before_len)
		return NO_BYTE;
	if (at < 0)
		return guard->before[guard->before_len + at];
	if (at < piece->len)
		return piece->data[at];
	if ((size_t)(at - piece->len) < piece->after_len)
		return piece->after[at - piece->len];
	return ANY_BYTE;
}

// Bytes of the sequence that stands, or may come to stand, at `at`; 0 for none.
static ptrdiff_t sequence_at(const struct piece *piece, ptrdiff_t at)
{
	const struct ph_guard_rules *rules = piece->guard->rules;

	if (byte_at(piece, at) != rules->lead)
		return 0;
	for (unsigned i = 0; i < rules->count; i++) {
		unsigned k = 0;
		while (k < rules->tails[i].len) {
			const int byte = byte_at(piece, at + 1 + (ptrdiff_t)k);
			if (byte != rules->tails[i].bytes[k] && byte != ANY_BYTE)
				break;
			k++;
		}
		if (k == rules->tails[i].len)
			return (ptrdiff_t)k + 1;
	}
	return 0;
}

// Whether the byte at `at` is part of a sequence.
static bool in_sequence(const struct piece *piece, ptrdiff_t at)
{
	for (ptrdiff_t first = at - (PH_GUARD_SEQUENCE_MAX - 1); first <= at; first++) {
		if (sequence_at(piece, first) > at - first)
			return true;
	}
	return false;
}

// The dots of one byte in bits 8 to 1 and those beside it in 9 and 0; white outside of the picture.
static unsigned dots_around(const struct piece *piece, ptrdiff_t line, ptrdiff_t byte)
{
	const ptrdiff_t stride = (ptrdiff_t)piece->shape->stride, at = line * stride + byte;
	unsigned dots = 0;

	if (at < 0 || at >= piece->len)
		return 0;
	dots = (unsigned)piece->data[at] << 1;
	if (byte > 0)
		dots |= (piece->data[at - 1] & 1u) << 9;
	if (byte + 1 < stride && at + 1 < piece->len)
		dots |= piece->data[at + 1] >> 7;
	return dots;
}

// How much it shows when a dot of the byte at `at` changes, most significant bit first: 1 and its eight neighbours that
// are unlike it then, those at its sides doubly; 0 for one that is not printed.
static void price(const struct piece *piece, ptrdiff_t at, uint8_t prices[8])
{
	const ptrdiff_t stride = (ptrdiff_t)piece->shape->stride;
	const ptrdiff_t line = at / stride, byte = at % stride;
	const unsigned above = dots_around(piece, line - 1, byte);
	const unsigned here = dots_around(piece, line, byte);
	const unsigned below = dots_around(piece, line + 1, byte);
	const uint32_t seen = piece->shape->seen;

	for (unsigned bit = 0; bit < 8; bit++) {
		const unsigned right = 7 - bit, dot = right + 1, left = right + 2;
		const unsigned sides = (above >> dot & 1) + (below >> dot & 1) +
				       (here >> left & 1) + (here >> right & 1);
		const unsigned corners = (above >> left & 1) + (above >> right & 1) +
					 (below >> left & 1) + (below >> right & 1);
		const unsigned black = 2 * sides + corners;
		prices[bit] = (uint8_t)(1 + (here >> dot & 1 ? black : 12 - black));
		if (seen && (size_t)byte * 8 + bit >= seen)
			prices[bit] = 0;
	}
}

// Breaks the sequence of `count` bytes at `first` by the one dot that shows least and leaves its byte in none.
static bool break_sequence(struct piece *piece, ptrdiff_t first, ptrdiff_t count)
{
	const ptrdiff_t end = first + count < piece->len ? first + count : piece->len;
	unsigned best = UINT8_MAX;
	ptrdiff_t best_at = -1;
	uint8_t best_bit = 0;

	for (ptrdiff_t at = first > 0 ? first : 0; at < end; at++) {
		uint8_t prices[8];
		price(piece, at, prices);
		for (unsigned bit = 0; bit < 8; bit++) {
			const uint8_t mask = (uint8_t)(0x80u >> bit);
			if (prices[bit] >= best)
				continue;
			piece->data[at] ^= mask;
			if (!in_sequence(piece, at)) {
				best = prices[bit];
				best_at = at;
				best_bit = mask;
			}
			piece->data[at] ^= mask;
		}
	}
	if (best_at < 0)
		return false;
	piece->data[best_at] ^= best_bit;
	return true;
}

size_t ph_guard_find(const struct ph_guard_rules *rules, const uint8_t *bytes, size_t len)
{
	for (const uint8_t *p = bytes; len > 0; p++) {
		const size_t left = len - (size_t)(p - bytes);
		p = left ? memchr(p, rules->lead, left) : NULL;
		if (!p)
			break;
		for (unsigned i = 0; i < rules->count; i++) {
			const size_t tail = rules->tails[i].len;
			if (tail < len - (size_t)(p - bytes) &&
				memcmp(p + 1, rules->tails[i].bytes, tail) == 0)
				return (size_t)(p - bytes);
		}
	}
	return len;
}

void ph_guard_init(struct ph_guard *guard, const struct ph_guard_rules *rules)
{
	*guard = (struct ph_guard){.rules = rules};
}

void ph_guard_sent(struct ph_guard *guard, const void *bytes, size_t len)
{
	const size_t room = sizeof guard->before;
	const size_t take = len < room ? len : room;
	const size_t keep = guard->before_len + take > room ? room - take : guard->before_len;

	if (take == 0)
		return;
	memmove(guard->before, guard->before + (guard->before_len - keep), keep);
	memcpy(guard->before + keep, (const uint8_t *)bytes + (len - take), take);
	guard->before_len = (uint8_t)(keep + take);
}

static inline bytes16 load(const uint8_t *from)
{
	bytes16 v;

	memcpy(&v, from, sizeof v);
	return v;
}

static inline bool any(bytes16 v)
{
	const longs2 halves = (longs2)v;

	return halves[0] | halves[1];
}

// The first of the blocks of 16 from `at` on in which a sequence may begin, or what is left of the data. One byte in forty
// of a photograph is a first byte: calls of memchr() from one to the next would cost several times as much.
static ptrdiff_t skip_clean(const struct piece *piece, ptrdiff_t at)
{
	const struct ph_guard_rules *rules = piece->guard->rules;
	const bytes16 zero = {0}, lead = zero + rules->lead;

	for (; at + 17 <= piece->len; at += 16) {
		const bytes16 first = (bytes16)(load(piece->data + at) == lead);
		if (!any(first))
			continue;
		const bytes16 next = load(piece->data + at + 1);
		bytes16 second = zero;
		for (unsigned i = 0; i < rules->count; i++)
			second |= (bytes16)(next == zero + rules->tails[i].bytes[0]);
		if (any(first & second))
			break;
	}
	return at;
}

uint32_t ph_guard_picture(struct ph_guard *guard, uint8_t *data, size_t len,
	const struct ph_guard_shape *shape, const uint8_t *after, size_t after_len)
{
	struct piece piece = {.guard = guard,
		.shape = shape,
		.data = data,
		.len = (ptrdiff_t)len,
		.after = after,
		.after_len = after_len};
	uint32_t changed = 0;

	for (ptrdiff_t at = -(ptrdiff_t)guard->before_len; at < 0; at++) {
		const ptrdiff_t count = sequence_at(&piece, at);
		if (at + count > 0 && break_sequence(&piece, at, count))
			changed++;
	}
	for (ptrdiff_t at = 0, end = 0; at < piece.len; at++) {
		if (at == end) {
			at = skip_clean(&piece, at);
			end = at + 16;
		}
		const ptrdiff_t count = at < piece.len ? sequence_at(&piece, at) : 0;
		if (count && break_sequence(&piece, at, count))
			changed++;
	}
	guard->changed += changed;
	ph_guard_sent(guard, data, len);
	return changed;
}
