// Short formats: Brazilian scales, lines with only a number, Dialog 06.
#include "protocols/scale/internal.h"

#include <string.h>

#define STX 0x02
#define ETX 0x03
#define ACK 0x06
#define NAK 0x15
#define ESC 0x1b

static const uint8_t stx_etx[2] = {STX, ETX};

static bool all_of(const uint8_t *text, size_t len, uint8_t letter)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != letter)
			return false;
	return true;
}

/* Toledo Prix III, Filizola, Urano: grams, or five equal letters. */
int ph_scale_read_prix3(READ_ARGUMENTS)
{
	int n = ph_scale_frame(data, len, stx_etx, 7, ret_drop);

	if (n <= 0)
		return n;
	if (n != 7)
		return ph_scale_bad(ret_drop, 1);
	reading->motion = all_of(data + 1, 5, 'I');
	reading->under_zero = all_of(data + 1, 5, 'N');
	reading->over = all_of(data + 1, 5, 'S');
	if (reading->motion || reading->under_zero || reading->over)
		return n;
	reading->kind = PH_SCALE_WEIGHT;
	reading->unit = PH_SCALE_UNIT_G;
	reading->stable = true;
	if (ph_scale_fixed(data + 1, 5, 0, false, &reading->weight) < 0)
		return ph_scale_bad(ret_drop, 1);
	return n;
}

/* Where weight, price and total stand in a frame of fixed length. */
struct fields {
	uint8_t len, weight, weight_len, price, total;
};

static int priced(const uint8_t *data, size_t len, const struct fields *f,
	struct ph_scale_reading *out, size_t *ret_drop)
{
	int n = ph_scale_frame(data, len, stx_etx, f->len, ret_drop);

	if (n <= 0)
		return n;
	out->kind = PH_SCALE_WEIGHT;
	out->unit = PH_SCALE_UNIT_KG;
	out->stable = true;
	if (n != f->len ||
		ph_scale_fixed(data + f->weight, f->weight_len, 3, true, &out->weight) < 0 ||
		ph_scale_fixed(data + f->price, 6, 2, true, &out->unit_price) < 0 ||
		ph_scale_fixed(data + f->total, 6, 2, true, &out->total) < 0)
		return ph_scale_bad(ret_drop, 1);
	return n;
}

int ph_scale_read_prt4(READ_ARGUMENTS)
{
	static const struct fields fields = {25, 7, 5, 12, 18};

	return priced(data, len, &fields, reading, ret_drop);
}

int ph_scale_read_p15(READ_ARGUMENTS)
{
	static const struct fields fields = {22, 1, 6, 8, 15};

	return priced(data, len, &fields, reading, ret_drop);
}

/* Adam, Samsung, IND221: a number up to CR, perhaps with a unit, and no word about stability. */
int ph_scale_read_text(READ_ARGUMENTS)
{
	int n = ph_scale_line(scale, 20, ret_drop), r = 0;

	if (n <= 0)
		return n;
	size_t text = (size_t)n - 1, number = text;
	while (number && !memchr("0123456789.", data[number - 1], 11))
		number--;
	reading->kind = PH_SCALE_WEIGHT;
	reading->stability_unknown = true;
	reading->unit = scale->protocol->unit ? scale->protocol->unit : scale->unit;
	if (number < text && !all_of(data + number, text - number, ' '))
		r = ph_scale_unit(data + number, text - number, &reading->unit);
	if (r == 0)
		r = ph_scale_number(data, number, &reading->weight);
	/* a point that is not sent is configured; never both */
	if (r == 0 && scale->decimals >= 0 && !memchr(data, '.', number))
		reading->weight.decimals = scale->decimals;
	return r < 0 ? ph_scale_bad(ret_drop, (size_t)n) : n;
}

static int dialog06_state(const uint8_t *code, struct ph_scale_reading *out)
{
	int state = (code[0] - '0') * 10 + (code[1] - '0');

	if (code[0] < '0' || code[0] > '9' || code[1] < '0' || code[1] > '9')
		return -EBADMSG;
	out->status = (uint8_t)state;
	switch (state) {
	case 0:
		out->kind = PH_SCALE_ACCEPTED;
		return 0;
	case 20:
		out->motion = true;
		return 0;
	case 21:
		out->same_weight = true;
		return 0;
	case 22:
		out->kind = PH_SCALE_NOT_READY;
		return 0;
	case 30:
		out->under_minimum = true;
		return 0;
	case 31:
		out->under_zero = true;
		return 0;
	case 32:
		out->over = true;
		return 0;
	}
	/* general error, parity, record number, price, tare, text */
	out->kind = PH_SCALE_FAULT;
	return 0;
}

static int dialog06_record(const uint8_t *data, size_t n, struct ph_scale_reading *out)
{
	if (n == 7 && !memcmp(data + 1, "09\x1b", 3))
		return dialog06_state(data + 4, out);
	if (n == 8 && !memcmp(data + 1, "11\x1b", 3)) {
		out->kind = PH_SCALE_CHALLENGE;
		out->status = data[5];
		return 0;
	}
	if (n != 26 || memcmp(data + 1, "02\x1b", 3) || data[5] != ESC || data[11] != ESC ||
		data[18] != ESC)
		return -EBADMSG;
	out->kind = PH_SCALE_WEIGHT;
	out->unit = PH_SCALE_UNIT_KG;
	out->stable = true;
	out->status = data[4];
	if (ph_scale_fixed(data + 6, 5, 3, false, &out->weight) < 0 ||
		ph_scale_fixed(data + 12, 6, 2, false, &out->unit_price) < 0 ||
		ph_scale_fixed(data + 19, 6, 2, false, &out->total) < 0)
		return -EBADMSG;
	return 0;
}

int ph_scale_read_dialog06(READ_ARGUMENTS)
{
	if (data[0] == ACK || data[0] == NAK) {
		reading->kind = data[0] == ACK ? PH_SCALE_ACCEPTED : PH_SCALE_NOT_READY;
		return 1;
	}
	if (data[0] != STX) {
		*ret_drop = 1;
		return -EAGAIN;
	}
	int n = ph_scale_frame(data, len, stx_etx, 26, ret_drop);
	if (n > 0 && dialog06_record(data, (size_t)n, reading) < 0)
		return ph_scale_bad(ret_drop, (size_t)n);
	return n;
}
