// Toledo 8217 and its family, Mettler continuous frames, Magellan single cable.
#include "protocols/scale/internal.h"

#include <string.h>

#define STX	  0x02
#define CR	  0x0d

#define LABEL_MAX 100 /* bytes of a label on a Magellan's single cable */

/* Status byte of the 8217 (DIVA manual, chapter 6). -EBADMSG when it is none. */
static int status_byte(const struct ph_scale *scale, uint8_t status, struct ph_scale_reading *out)
{
	status &= 0x7f;
	if (!(status & 0x40))
		return -EBADMSG;
	out->kind = PH_SCALE_STATUS;
	out->status = status;
	if (scale->protocol->letters && (status == 'C' || status == 'D')) {
		out->under_zero = status == 'C';
		out->needs_zero = status == 'D';
		return 0;
	}
	out->motion = status & 0x01;
	out->over = status & 0x02;
	out->under_zero = status & 0x04;
	out->needs_zero = status & 0x08;
	out->zero = status & 0x10;
	out->net = status & 0x20;
	out->stable = !(status & 0x07);
	return 0;
}

/* The unit is not sent: it follows from the decimals, and a configured one must agree. */
static int unit_by_decimals(const struct ph_scale *scale, struct ph_scale_reading *out)
{
	int decimals = out->weight.decimals - scale->fine;
	enum ph_scale_unit implied = decimals == 3   ? PH_SCALE_UNIT_KG
				     : decimals == 2 ? PH_SCALE_UNIT_LB
						     : PH_SCALE_UNIT_NONE;

	if (implied == PH_SCALE_UNIT_NONE && scale->unit == PH_SCALE_UNIT_NONE)
		return -EBADMSG;
	out->unit = implied == PH_SCALE_UNIT_NONE ? scale->unit : implied;
	if (scale->unit != PH_SCALE_UNIT_NONE && out->unit != scale->unit) {
		out->kind = PH_SCALE_UNIT_MISMATCH;
		out->stable = false;
		out->weight = (struct ph_scale_number){.digits = ""};
	}
	return 0;
}

static int weight_text(
	const struct ph_scale *scale, const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	out->net = len && text[len - 1] == 'N';
	if (out->net && scale->protocol->no_net)
		return -EBADMSG;
	len -= out->net;
	/* ww.www, or one more when finer; the last character is a digit and the sign is never sent */
	if (len < 5 || len > 7 || text[len - 1] == ' ' || memchr(text, '-', len) ||
		memchr(text, '+', len) || !memchr(text, '.', len))
		return -EBADMSG;
	if (ph_scale_number(text, len, &out->weight) < 0 || !out->weight.decimals)
		return -EBADMSG;
	out->kind = PH_SCALE_WEIGHT;
	out->stable = true;
	out->fine = scale->fine;
	return unit_by_decimals(scale, out);
}

int ph_scale_read_toledo(READ_ARGUMENTS)
{
	static const uint8_t ends[2] = {STX, CR};
	int n = ph_scale_frame(data, len, ends, 10, ret_drop);

	if (n <= 0)
		return n;
	size_t text = (size_t)n - 2;
	int r = 0;
	if (text == 0 || (text == 1 && data[1] == 'E'))
		reading->kind = PH_SCALE_ACCEPTED;
	else if (text == 2 && data[1] == '?')
		r = status_byte(scale, data[2], reading);
	else
		r = weight_text(scale, data + 1, text, reading);
	return r < 0 ? ph_scale_bad(ret_drop, 1) : n;
}

/* CAS PD-II in its type "W": five digits, or a status. */
int ph_scale_read_cas_w(READ_ARGUMENTS)
{
	static const uint8_t ends[2] = {STX, CR};
	int n = ph_scale_frame(data, len, ends, 7, ret_drop), r;

	if (n <= 0)
		return n;
	if (n == 7) {
		r = ph_scale_fixed(data + 1, 5, 3, false, &reading->weight);
		reading->kind = PH_SCALE_WEIGHT;
		reading->unit = PH_SCALE_UNIT_KG;
		reading->stable = true;
	} else if (n == 3 || (n == 4 && data[1] == '?')) {
		r = status_byte(scale, data[n - 2], reading);
	} else {
		r = -EBADMSG;
	}
	return r < 0 ? ph_scale_bad(ret_drop, 1) : n;
}

#define PLAIN_LEN 17 /* STX, three status words, two fields of six, CR */

static uint8_t checksum(const uint8_t *data)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < PLAIN_LEN; i++)
		sum += data[i];
	return -sum & 0x7f;
}

/* Length of the frame with or without its check byte, which is found out once per connection. */
static int continuous_len(struct ph_scale *scale, const uint8_t *data, size_t len)
{
	if (len < PLAIN_LEN)
		return 0;
	if (data[PLAIN_LEN - 1] != CR)
		return -EBADMSG;
	if (scale->check == PH_SCALE_CHECK_NO)
		return PLAIN_LEN;
	if (len == PLAIN_LEN)
		return 0;
	bool good = data[PLAIN_LEN] == checksum(data);
	if (scale->check == PH_SCALE_CHECK_YES || (good && data[PLAIN_LEN] != STX)) {
		scale->check = good ? PH_SCALE_CHECK_YES : scale->check;
		return good ? PLAIN_LEN + 1 : -EBADMSG;
	}
	if (data[PLAIN_LEN] != STX)
		return -EBADMSG;
	/* the next frame; or a check byte that looks like it, then this one still counts */
	scale->check = good ? scale->check : PH_SCALE_CHECK_NO;
	return PLAIN_LEN;
}

/* Wildcat technical manual, tables 6-8 to 6-11. */
static int continuous_fields(const uint8_t *data, struct ph_scale_reading *out)
{
	static const enum ph_scale_unit by_c[] = {PH_SCALE_UNIT_NONE, PH_SCALE_UNIT_G,
		PH_SCALE_UNIT_T, PH_SCALE_UNIT_OZ, PH_SCALE_UNIT_TROY_OZ, PH_SCALE_UNIT_DWT,
		PH_SCALE_UNIT_SHORT_TON, PH_SCALE_UNIT_NONE};
	unsigned a = data[1], b = data[2], c = data[3];
	int decimals = (int)(a & 0x07) - 2;

	if (!(b & 0x20) || !(c & 0x20) || (c & 0x07) == 7 ||
		ph_scale_fixed(data + 4, 6, decimals, true, &out->weight) < 0 ||
		ph_scale_fixed(data + 10, 6, decimals, true, &out->tare) < 0)
		return -EBADMSG;
	out->kind = PH_SCALE_WEIGHT;
	out->unit = c & 0x07 ? by_c[c & 0x07] : b & 0x10 ? PH_SCALE_UNIT_KG : PH_SCALE_UNIT_LB;
	out->net = b & 0x01;
	out->weight.negative = b & 0x02;
	out->over = (b & 0x04) && !out->weight.negative;
	out->under_zero = (b & 0x04) && out->weight.negative;
	out->motion = b & 0x08;
	out->needs_zero = b & 0x40;
	out->fine = c & 0x10;
	out->stable = !out->motion && !out->needs_zero;
	if (!out->net)
		out->tare = (struct ph_scale_number){.digits = ""};
	ph_scale_settle(out);
	return 0;
}

int ph_scale_read_continuous(READ_ARGUMENTS)
{
	if (data[0] != STX) {
		*ret_drop = 1;
		return -EAGAIN;
	}
	int n = continuous_len(scale, data, len);
	if (n > 0 && continuous_fields(data, reading) < 0)
		n = -EBADMSG;
	if (n >= 0)
		return n;
	const uint8_t *next = memchr(data + 1, STX, PLAIN_LEN - 1);
	return ph_scale_bad(ret_drop, next ? (size_t)(next - data) : PLAIN_LEN);
}

/* Four digits are pounds, five kilograms. */
static int magellan_weight(const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	if (len != 4 && len != 5)
		return -EBADMSG;
	out->kind = PH_SCALE_WEIGHT;
	out->unit = len == 4 ? PH_SCALE_UNIT_LB : PH_SCALE_UNIT_KG;
	out->stable = true;
	return ph_scale_fixed(text, len, len == 4 ? 2 : 3, false, &out->weight);
}

static int magellan_status(const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	out->kind = PH_SCALE_STATUS;
	out->status = text[0];
	if (text[0] == '4')
		return magellan_weight(text + 1, len - 1, out);
	if (len != 1 || text[0] < '0' || text[0] > '5')
		return -EBADMSG;
	if (text[0] == '0')
		out->kind = PH_SCALE_NOT_READY;
	out->motion = text[0] == '1';
	out->over = text[0] == '2';
	out->zero = out->stable = text[0] == '3';
	out->under_zero = text[0] == '5';
	return 0;
}

int ph_scale_read_magellan(READ_ARGUMENTS)
{
	static const uint8_t ends[2] = {'S', CR};
	int n = ph_scale_frame(data, len, ends, LABEL_MAX, ret_drop), r = -EBADMSG;

	if (n <= 0)
		return n;
	size_t text = (size_t)n - 1;
	if (text >= 4 && !memcmp(data, "S11", 3))
		r = magellan_weight(data + 3, text - 3, reading);
	else if (text >= 4 && !memcmp(data, "S14", 3))
		r = magellan_status(data + 3, text - 3, reading);
	/* the same cable carries labels: they are not ours, and not broken */
	if (r < 0 && (text < 2 || data[1] != '1')) {
		*ret_drop = (size_t)n;
		return -EAGAIN;
	}
	return r < 0 ? ph_scale_bad(ret_drop, (size_t)n) : n;
}
