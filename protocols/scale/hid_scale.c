// Reports of USB HID scales to readings; reading the descriptor is left to others.
#include "protocols/scale/hid_scale.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct ph_hid_scale_layout ph_hid_scale_usual = {
	.report = 3,
	.status = {0, 8},
	.unit = {8, 8},
	.exponent = {16, 8},
	.weight = {24, 16},
	.control = 2,
	.has_zero = true,
	.zero = {1, 1},
};

enum status {
	STATUS_FAULT = 1,
	STATUS_ZERO,
	STATUS_MOTION,
	STATUS_STABLE,
	STATUS_UNDER_ZERO,
	STATUS_OVER,
	STATUS_CALIBRATE,
	STATUS_REZERO,
};

void ph_hid_scale_init(struct ph_hid_scale *scale, const struct ph_hid_scale_layout *layout)
{
	memset(scale, 0, sizeof *scale);
	scale->layout = *layout;
}

/* Bits of a little-endian report; 0 for a field that is not there. -EBADMSG when the report is too short. */
static int field(
	const uint8_t *data, size_t len, const struct ph_hid_scale_field *at, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (at->bits > 32 || (size_t)at->bit + at->bits > len * 8)
		return -EBADMSG;
	for (unsigned i = 0; i < at->bits; i++) {
		unsigned bit = at->bit + i;
		value |= (uint32_t)(data[bit / 8] >> bit % 8 & 1) << i;
	}
	*ret_value = value;
	return 0;
}

static int signed_of(uint32_t value, unsigned bits)
{
	if (bits && bits < 32 && (value >> (bits - 1) & 1))
		return (int)value - (int)(1u << bits);
	return (int)value;
}

static int unit_of(uint32_t value, enum ph_scale_unit *ret_unit)
{
	static const enum ph_scale_unit units[] = {PH_SCALE_UNIT_NONE, PH_SCALE_UNIT_MG,
		PH_SCALE_UNIT_G, PH_SCALE_UNIT_KG, PH_SCALE_UNIT_CARAT, PH_SCALE_UNIT_TAEL,
		PH_SCALE_UNIT_GRAIN, PH_SCALE_UNIT_DWT, PH_SCALE_UNIT_T, PH_SCALE_UNIT_SHORT_TON,
		PH_SCALE_UNIT_TROY_OZ, PH_SCALE_UNIT_OZ, PH_SCALE_UNIT_LB};

	if (!value || value >= sizeof units / sizeof units[0])
		return -EBADMSG;
	*ret_unit = units[value];
	return 0;
}

static int fill(const struct ph_hid_scale *now, struct ph_scale_reading *out)
{
	memset(out, 0, sizeof *out);
	out->status = now->status;
	out->kind = PH_SCALE_STATUS;
	switch (now->status) {
	case STATUS_FAULT:
	case STATUS_CALIBRATE:
		out->kind = PH_SCALE_FAULT;
		return 0;
	case STATUS_UNDER_ZERO: /* with a positive number, which is not a weight */
		out->under_zero = true;
		return 0;
	case STATUS_OVER:
		out->over = true;
		return 0;
	case STATUS_REZERO:
		out->needs_zero = true;
		return 0;
	case STATUS_ZERO:
	case STATUS_MOTION:
	case STATUS_STABLE:
		break;
	default:
		return -EBADMSG;
	}
	out->kind = PH_SCALE_WEIGHT;
	out->zero = now->status == STATUS_ZERO;
	out->motion = now->status == STATUS_MOTION;
	out->stable = !out->motion;
	out->weight.decimals = -now->exponent;
	snprintf(out->weight.digits, sizeof out->weight.digits, "%u", now->weight);
	return unit_of(now->unit, &out->unit);
}

int ph_hid_scale_report(struct ph_hid_scale *scale, const uint8_t *report, size_t len,
	struct ph_scale_reading *ret_reading)
{
	const struct ph_hid_scale_layout *layout = &scale->layout;
	struct ph_scale_reading reading;
	struct ph_hid_scale now = *scale;
	uint32_t status, exponent;

	if (layout->report && (!len || report[0] != layout->report))
		return 0;
	const uint8_t *data = report + (layout->report ? 1 : 0);
	len -= layout->report ? 1 : 0;
	if (!scale->opened) {
		scale->opened = true;
		return 0;
	}
	if (field(data, len, &layout->status, &status) < 0 ||
		field(data, len, &layout->unit, &now.unit) < 0 ||
		field(data, len, &layout->exponent, &exponent) < 0 ||
		field(data, len, &layout->weight, &now.weight) < 0) {
		scale->bad_reports++;
		return -EBADMSG;
	}
	now.status = (uint8_t)(status < 0xff ? status : 0xff);
	now.exponent = signed_of(exponent, layout->exponent.bits);
	if (now.exponent < -8 || now.exponent > 8 || fill(&now, &reading) < 0) {
		scale->bad_reports++;
		return -EBADMSG;
	}
	if (scale->has_last && now.status == scale->status && now.weight == scale->weight &&
		now.unit == scale->unit && now.exponent == scale->exponent)
		return 0;
	*scale = now;
	scale->has_last = true;
	*ret_reading = reading;
	return 1;
}

int ph_hid_scale_zero(const struct ph_hid_scale *scale, uint8_t *out, size_t size)
{
	const struct ph_hid_scale_layout *layout = &scale->layout;
	size_t first = layout->control ? 1 : 0;
	size_t len = first + layout->zero.bit / 8u + 1;

	if (!layout->has_zero || len > size)
		return -ENOTSUP;
	memset(out, 0, len);
	out[0] = layout->control;
	out[first + layout->zero.bit / 8u] |= (uint8_t)(1u << layout->zero.bit % 8);
	return (int)len;
}
