// CAS ENQ/DC1 frames, the lines of words with commas, and KERN lines.
#include "protocols/scale/internal.h"

#include <string.h>

#define SOH	     0x01
#define STX	     0x02
#define ETX	     0x03
#define EOT	     0x04
#define ACK	     0x06
#define NAK	     0x15

#define WEIGHT_BLOCK 13 /* STX, status, sign, six characters, unit, check, ETX */
#define PRICE_BLOCK  11 /* STX, eight characters, check, ETX */
#define WEIGHT_FRAME (1 + WEIGHT_BLOCK + 1)
#define PRICE_FRAME  (1 + PRICE_BLOCK + WEIGHT_BLOCK + PRICE_BLOCK + 1)

/* STX, text, XOR of the text, ETX. */
static int check_block(const uint8_t *block, size_t len)
{
	uint8_t check = 0;

	for (size_t i = 1; i < len - 2; i++)
		check ^= block[i];
	return block[0] == STX && block[len - 1] == ETX && block[len - 2] == check ? 0 : -EBADMSG;
}

static int weight_block(const uint8_t *block, struct ph_scale_reading *out)
{
	uint8_t state = block[1], sign = block[2];

	if (check_block(block, WEIGHT_BLOCK) < 0 || !memchr("SUF", state, 3) ||
		!memchr(" -F", sign, 3))
		return -EBADMSG;
	out->status = state;
	out->kind = PH_SCALE_WEIGHT;
	out->over = sign == 'F';
	out->motion = state == 'U';
	out->stable = state == 'S';
	if (state == 'F') {
		out->kind = PH_SCALE_FAULT;
		return 0;
	}
	if (out->over) {
		ph_scale_settle(out);
		return 0;
	}
	if (ph_scale_number(block + 3, 6, &out->weight) < 0 || memchr(block + 3, '-', 6) ||
		memchr(block + 3, '+', 6))
		return -EBADMSG;
	out->weight.negative = sign == '-';
	return ph_scale_unit(block + 9, 2, &out->unit);
}

static int price_block(const uint8_t *block, struct ph_scale_number *ret_price)
{
	return check_block(block, PRICE_BLOCK) < 0 ? -EBADMSG
						   : ph_scale_number(block + 1, 8, ret_price);
}

/*
 * A frame of either kind; `extra` bytes follow EOT. The check byte can be any byte, so that only lengths tell the end. A
 * broken one is dropped up to the next SOH in it: its bytes must not be taken for ACK and NAK.
 */
static int cas_frame(const uint8_t *data, size_t len, size_t extra, struct ph_scale_reading *out,
	size_t *ret_drop)
{
	if (len < 3)
		return 0;
	bool prices = !memchr("SUF", data[2], 3);
	size_t all = (prices ? PRICE_FRAME : WEIGHT_FRAME) + extra;
	int r;

	if (data[1] != STX)
		return ph_scale_bad(ret_drop, 1);
	if (len < all)
		return 0;
	const uint8_t *next = memchr(data + 1, SOH, all - 1);
	*ret_drop = next ? (size_t)(next - data) : all;
	if (data[all - extra - 1] != EOT)
		return -EBADMSG;
	if (!prices) {
		r = weight_block(data + 1, out);
	} else {
		r = price_block(data + 1, &out->total);
		if (r == 0)
			r = weight_block(data + 1 + PRICE_BLOCK, out);
		if (r == 0)
			r = price_block(data + 1 + PRICE_BLOCK + WEIGHT_BLOCK, &out->unit_price);
		if (r == 0)
			ph_scale_settle(out);
	}
	return r < 0 ? r : (int)all;
}

static int cas(const uint8_t *data, size_t len, size_t extra, struct ph_scale_reading *reading,
	size_t *ret_drop)
{
	*ret_drop = 1;
	if (data[0] == ACK || data[0] == NAK) {
		reading->kind = data[0] == ACK ? PH_SCALE_READY : PH_SCALE_NOT_READY;
		return 1;
	}
	if (data[0] != SOH)
		return -EAGAIN;
	return cas_frame(data, len, extra, reading, ret_drop);
}

int ph_scale_read_cas(READ_ARGUMENTS)
{
	return cas(data, len, 0, reading, ret_drop);
}

/* The variant with a status byte behind EOT: 10 zero, 20 tare, 40 over load. */
int ph_scale_read_cas_status(READ_ARGUMENTS)
{
	int n = cas(data, len, 1, reading, ret_drop);

	if (n < WEIGHT_FRAME)
		return n;
	uint8_t status = data[n - 1];
	if (status & 0x8f)
		return ph_scale_bad(ret_drop, (size_t)n);
	reading->zero = status & 0x10;
	reading->net = status & 0x20;
	reading->over = reading->over || (status & 0x40);
	ph_scale_settle(reading);
	return n;
}

/* "ST,GS," and the like at the front. */
static int words(const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	static const char states[][3] = {"ST", "US", "OL", "UL"};
	size_t state = 0;

	while (state < 4 && len >= 6 && memcmp(text, states[state], 2))
		state++;
	if (len < 6 || state == 4 || text[2] != ',' || text[5] != ',' ||
		(memcmp(text + 3, "GS", 2) && memcmp(text + 3, "NT", 2)))
		return -EBADMSG;
	out->kind = PH_SCALE_WEIGHT;
	out->stable = state == 0;
	out->motion = state == 1;
	out->over = state == 2;
	out->under_zero = state == 3;
	out->net = text[3] == 'N';
	return 0;
}

/* The number and the unit behind the words; neither is looked at when the load is out of range. */
static int value(const uint8_t *number, size_t number_len, const uint8_t *unit, size_t unit_len,
	struct ph_scale_reading *out)
{
	int r = ph_scale_unit(unit, unit_len, &out->unit);

	if (r == 0 && !out->over && !out->under_zero)
		r = ph_scale_number(number, number_len, &out->weight);
	ph_scale_settle(out);
	return r;
}

/* Bytes of a line and what to do when it was not understood: a line without a start byte goes whole. */
static int lined(int n, int r, size_t *ret_drop)
{
	return r < 0 ? ph_scale_bad(ret_drop, (size_t)n) : n;
}

/* ST,GS, identity, lamps, comma, eight characters, blank, unit. A lamp or identity may be any byte, CR too. */
int ph_scale_read_cas22(READ_ARGUMENTS)
{
	static const size_t all = 22;

	if (!memchr("SOU", data[0], 3)) {
		*ret_drop = 1;
		return -EAGAIN;
	}
	if (len < all)
		return 0;
	if (words(data, len, reading) < 0 || data[8] != ',' || data[17] != ' ' ||
		data[20] != '\r' || data[21] != '\n' || !(data[7] & 0x80) ||
		value(data + 9, 8, data + 18, 2, reading) < 0)
		return ph_scale_bad(ret_drop, 1);
	reading->status = data[7];
	reading->zero = data[7] & 0x01;
	return (int)all;
}

int ph_scale_read_and18(READ_ARGUMENTS)
{
	int n = ph_scale_line(scale, 24, ret_drop), r;

	if (n <= 0)
		return n;
	size_t text = (size_t)n - 1;
	r = words(data, text, reading);
	if (r == 0)
		r = text < 6 + 3 ? -EBADMSG
				 : value(data + 6, text - 8, data + text - 2, 2, reading);
	return lined(n, r, ret_drop);
}

int ph_scale_read_dini(READ_ARGUMENTS)
{
	int n = ph_scale_line(scale, 24, ret_drop), r;

	if (n <= 0)
		return n;
	size_t text = (size_t)n - 1;
	r = words(data, text, reading);
	const uint8_t *comma = r == 0 ? memchr(data + 6, ',', text - 6) : NULL;
	if (r == 0)
		r = comma ? value(data + 6, (size_t)(comma - data) - 6, comma + 1,
				    (size_t)(data + text - comma) - 1, reading)
			  : -EBADMSG;
	return lined(n, r, ret_drop);
}

/* Eight characters and no word about stability. */
int ph_scale_read_cas10(READ_ARGUMENTS)
{
	int n = ph_scale_line(scale, 9, ret_drop);

	if (n <= 0)
		return n;
	reading->kind = PH_SCALE_WEIGHT;
	reading->stability_unknown = true;
	reading->unit = scale->unit;
	return lined(n, n == 9 ? ph_scale_number(data, 8, &reading->weight) : -EBADMSG, ret_drop);
}

/* Sign, seven or eight characters, unit, limit, state. */
int ph_scale_read_kern(READ_ARGUMENTS)
{
	int n = ph_scale_line(scale, 14, ret_drop), r = -EBADMSG;

	if (n <= 0)
		return n;
	if (n == 13 || n == 14) {
		size_t number = (size_t)n - 5; /* with the sign */
		uint8_t limit = data[n - 3], state = data[n - 2];
		r = memchr("LGH ", limit, 4) && memchr("SUE", state, 3) && memchr("+- ", data[0], 3)
			    ? 0
			    : -EBADMSG;
		reading->kind = state == 'E' ? PH_SCALE_FAULT : PH_SCALE_WEIGHT;
		reading->stable = state == 'S';
		reading->motion = state == 'U';
		if (r == 0 && state != 'E')
			r = ph_scale_number(data, number, &reading->weight);
		if (r == 0 && state != 'E')
			r = ph_scale_unit(data + number, 2, &reading->unit);
	}
	return lined(n, r, ret_drop);
}
