// NCI and Weigh-Tronix SCP-01, and SMA SCP-0499: LF in front of each line.
#include "protocols/scale/internal.h"

#include <string.h>

#define LF  0x0a
#define CR  0x0d
#define ETX 0x03

/* Two status bytes, and a third and fourth when the one before says so in bit 6 (SCP-01). */
static int status_bytes(const uint8_t *bytes, size_t len, struct ph_scale_reading *out)
{
	if (len < 2 || len > 4)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		bool more = i > 0 && (bytes[i] & 0x40);
		if ((bytes[i] & 0x30) != 0x30 || (i == 0 && (bytes[i] & 0x40)) ||
			(i > 0 && more != (i + 1 < len)))
			return -EBADMSG;
	}
	unsigned range = len > 2 ? bytes[2] & 0x03 : 0;
	if (range == 1 || range == 2)
		return -EBADMSG;
	out->status = bytes[0];
	out->motion = bytes[0] & 0x01;
	out->zero = bytes[0] & 0x02;
	out->under_zero = bytes[1] & 0x01;
	out->over = bytes[1] & 0x02;
	out->high_range = range == 3;
	out->net = len > 2 && (bytes[2] & 0x04);
	out->needs_zero = len > 2 && (bytes[2] & 0x08);
	out->stable = !out->motion && !out->under_zero && !out->over && !out->needs_zero;
	if ((bytes[0] | bytes[1]) & 0x0c) {
		out->kind = PH_SCALE_FAULT;
		out->stable = false;
	}
	return 0;
}

/* "xLB xx.xxOZ" */
static int pounds_and_ounces(const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	const uint8_t *lb = memmem(text, len, "LB", 2);
	size_t n = lb ? (size_t)(lb - text) : 0;

	if (!lb || len < n + 5 || memcmp(text + len - 2, "OZ", 2) ||
		ph_scale_number(text, n, &out->weight) < 0 ||
		ph_scale_number(text + n + 2, len - n - 4, &out->ounces) < 0)
		return -EBADMSG;
	out->unit = PH_SCALE_UNIT_LB_OZ;
	return 0;
}

static int weight_line(const uint8_t *text, size_t len, struct ph_scale_reading *out)
{
	out->kind = PH_SCALE_WEIGHT;
	if (len == 2 && ph_scale_unit(text, 2, &out->unit) == 0) {
		out->kind = PH_SCALE_UNIT_CHANGED;
		return 0;
	}
	if (len < 3)
		return -EBADMSG;
	if (!memcmp(text + len - 2, "MM", 2)) {
		/* counts of the converter, which are no weight: nothing asks for them */
		return -EBADMSG;
	}
	if (pounds_and_ounces(text, len, out) == 0)
		return 0;
	if (ph_scale_unit(text + len - 2, 2, &out->unit) < 0)
		return -EBADMSG;
	return ph_scale_number(text, len - 2, &out->weight);
}

/* The line from LF to CR at the front; its text is between them. Returns its length, or -EBADMSG. */
static int line(const uint8_t *data, size_t len)
{
	const uint8_t *end = memchr(data, CR, len);

	return len < 2 || data[0] != LF || !end ? -EBADMSG : (int)(end - data) + 1;
}

static int nci_lines(const uint8_t *data, size_t len, struct ph_scale_reading *out)
{
	int first = line(data, len), second;

	if (first == 3 && data[1] == '?' && len == 3) {
		out->kind = PH_SCALE_UNSUPPORTED;
		return 0;
	}
	if (first < 0)
		return first;
	size_t text = (size_t)first - 2;
	bool marked = text && data[1] == 'S';
	if ((size_t)first == len)
		return status_bytes(data + 1 + marked, text - marked, out);
	second = line(data + first, len - (size_t)first);
	if (second < 0 || (size_t)first + (size_t)second != len ||
		weight_line(data + 1, text, out) < 0)
		return -EBADMSG;
	data += first;
	text = (size_t)second - 2;
	marked = text && data[1] == 'S';
	int r = status_bytes(data + 1 + marked, text - marked, out);
	if (r == 0)
		ph_scale_settle(out);
	return r;
}

int ph_scale_read_nci(READ_ARGUMENTS)
{
	static const uint8_t ends[2] = {LF, ETX};
	int n = ph_scale_frame(data, len, ends, 48, ret_drop);

	if (n <= 0)
		return n;
	/* what begins again at a later LF would be the status of a weight that was not understood */
	return nci_lines(data, (size_t)n - 1, reading) < 0 ? ph_scale_bad(ret_drop, (size_t)n) : n;
}

#define SMA_LEN 20

static int sma_fields(const uint8_t *data, struct ph_scale_reading *out)
{
	uint8_t state = data[1], kind = data[3], motion = data[4];
	struct ph_scale_number number = {.digits = ""};

	if (!memchr(" ZOUEIT", state, 7) || !memchr("GNTgnt", kind, 6) ||
		(motion != 'M' && motion != ' '))
		return -EBADMSG;
	out->kind = memchr("EIT", state, 3) ? PH_SCALE_FAULT : PH_SCALE_WEIGHT;
	out->status = state;
	out->zero = state == 'Z';
	out->over = state == 'O';
	out->under_zero = state == 'U';
	out->net = kind == 'N' || kind == 'n';
	out->motion = motion == 'M';
	out->high_range = data[2] > '1';
	out->stable = !out->motion && (state == ' ' || state == 'Z');
	if (memchr("OUEIT", state, 5)) {
		/* the field holds dashes then */
		ph_scale_settle(out);
		return 0;
	}
	if (ph_scale_number(data + 6, 10, &number) < 0 ||
		ph_scale_unit(data + 16, 3, &out->unit) < 0)
		return -EBADMSG;
	if (kind == 'T' || kind == 't') {
		out->kind = PH_SCALE_TARE;
		out->tare = number;
	} else {
		out->weight = number;
	}
	return 0;
}

int ph_scale_read_sma(READ_ARGUMENTS)
{
	static const uint8_t ends[2] = {LF, CR};
	int n = ph_scale_frame(data, len, ends, SMA_LEN, ret_drop), r = -EBADMSG;

	if (n <= 0)
		return n;
	if (n == 3 && (data[1] == '?' || data[1] == '!')) {
		reading->kind = data[1] == '?' ? PH_SCALE_UNSUPPORTED : PH_SCALE_FAULT;
		r = 0;
	} else if (n == SMA_LEN) {
		r = sma_fields(data, reading);
	}
	return r < 0 ? ph_scale_bad(ret_drop, 1) : n;
}
