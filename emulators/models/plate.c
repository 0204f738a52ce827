// The mechanics of a scale: load, zero, tare, motion. What is said of it to a host is the protocol's.
#include "emulators/models/plate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ph_emu_plate_init(struct ph_emu_plate *p)
{
	*p = (struct ph_emu_plate){
		.unit = PH_EMU_KG, .decimals = 3, .capacity = 15000, .division = 1};
}

void ph_emu_plate_put(struct ph_emu_plate *p, uint64_t now_us, long steps, unsigned swing_ms)
{
	unsigned ms = swing_ms > p->settle_ms ? swing_ms : p->settle_ms;

	p->load = steps > PH_EMU_PLATE_MAX    ? PH_EMU_PLATE_MAX
		  : steps < -PH_EMU_PLATE_MAX ? -PH_EMU_PLATE_MAX
					      : steps;
	p->put_us = now_us;
	p->swing_until_us = now_us + ms * 1000ull;
}

int ph_emu_plate_parse(const struct ph_emu_plate *p, const char *text, long *ret_steps)
{
	long steps = 0;
	unsigned decimals = 0;
	bool minus = *text == '-', point = false;

	text += minus;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text == '.' && !point) {
			point = true;
			continue;
		}
		if (*text < '0' || *text > '9' || (point && decimals == p->decimals))
			return -EINVAL;
		decimals += point;
		steps = steps * 10 + (*text - '0');
		if (steps > PH_EMU_PLATE_MAX)
			return -ERANGE;
	}
	for (; decimals < p->decimals; decimals++)
		steps *= 10;
	if (steps > PH_EMU_PLATE_MAX)
		return -ERANGE;
	*ret_steps = minus ? -steps : steps;
	return 0;
}

static long rounded(const struct ph_emu_plate *p, long steps)
{
	long d = p->division > 0 ? p->division : 1;
	long half = steps < 0 ? -d / 2 : d / 2;

	return (steps + half) / d * d;
}

long ph_emu_plate_gross(const struct ph_emu_plate *p)
{
	return rounded(p, p->load - p->zero);
}

long ph_emu_plate_net(const struct ph_emu_plate *p)
{
	return ph_emu_plate_gross(p) - p->tare;
}

enum ph_emu_weight ph_emu_plate_look(const struct ph_emu_plate *p, uint64_t now_us)
{
	if (p->not_ready)
		return PH_EMU_WEIGHT_NOT_READY;
	if (ph_emu_plate_gross(p) > p->capacity)
		return PH_EMU_WEIGHT_OVER;
	if (p->moves || now_us < p->swing_until_us)
		return PH_EMU_WEIGHT_MOTION;
	if (ph_emu_plate_gross(p) < 0)
		return PH_EMU_WEIGHT_UNDER;
	return PH_EMU_WEIGHT_STABLE;
}

uint64_t ph_emu_plate_next(const struct ph_emu_plate *p, uint64_t now_us)
{
	return now_us < p->swing_until_us ? p->swing_until_us : UINT64_MAX;
}

void ph_emu_plate_pass(struct ph_emu_plate *p, uint64_t now_us)
{
	if (p->drift == 0 || p->drift_us == 0 || now_us < p->drift_us) {
		p->drift_us = now_us;
		return;
	}
	long steps = (long)((int64_t)(now_us - p->drift_us) * p->drift / 60000000);
	if (steps == 0)
		return;
	p->drift_us = now_us;
	if (labs(p->load + steps) < PH_EMU_PLATE_MAX)
		p->load += steps;
}

static bool may(const struct ph_emu_plate *p, uint64_t now_us)
{
	enum ph_emu_weight w = ph_emu_plate_look(p, now_us);

	return w == PH_EMU_WEIGHT_STABLE || w == PH_EMU_WEIGHT_UNDER;
}

int ph_emu_plate_zero(struct ph_emu_plate *p, uint64_t now_us)
{
	/* what lies there must be near to nothing */
	if (!may(p, now_us) || labs(ph_emu_plate_gross(p)) > p->capacity / 25)
		return -EBUSY;
	p->zero = p->load;
	p->tare = 0;
	p->unzeroed = false;
	return 0;
}

int ph_emu_plate_tare(struct ph_emu_plate *p, uint64_t now_us)
{
	if (ph_emu_plate_look(p, now_us) != PH_EMU_WEIGHT_STABLE)
		return -EBUSY;
	p->tare = ph_emu_plate_gross(p);
	return 0;
}

void ph_emu_plate_digits(const struct ph_emu_plate *p, unsigned width, char *out)
{
	char text[40];

	snprintf(text, sizeof text, "%0*ld", (int)(width < 15 ? width : 15),
		labs(ph_emu_plate_net(p)) % 100000000);
	memcpy(out, text, 15);
	out[15] = 0;
}

void ph_emu_plate_text(
	const struct ph_emu_plate *p, long steps, unsigned width, char fill, char *out)
{
	char text[40], whole[40];
	long one = 1;
	size_t n;

	for (unsigned i = 0; i < p->decimals; i++)
		one *= 10;
	long size = labs(steps);
	if (p->decimals)
		snprintf(text, sizeof text, "%ld.%0*ld", size / one % 10000000, (int)p->decimals,
			size % one);
	else
		snprintf(text, sizeof text, "%ld", size % 100000000);
	n = strlen(text);
	if (n < width && width < sizeof whole) {
		memset(whole, fill, width - n);
		memcpy(whole + width - n, text, n + 1);
		memcpy(text, whole, width + 1);
	}
	memcpy(out, text, 15);
	out[15] = 0;
}

const char *ph_emu_plate_unit(const struct ph_emu_plate *p)
{
	static const char *const units[] = {
		[PH_EMU_KG] = "kg", [PH_EMU_G] = "g", [PH_EMU_LB] = "lb", [PH_EMU_OZ] = "oz"};
	return units[p->unit];
}
