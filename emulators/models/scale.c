// What scales of all protocols have in common: their list, faults, the clock of those that talk by themselves.
#include "emulators/models/scale.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/scale_internal.h"

static const struct ph_emu_scale_kind *const kinds[] = {
	&emu_scale_8217,
	&emu_scale_sasi,
	&emu_scale_scp01,
	&emu_scale_sma,
	&emu_scale_mettler,
	&emu_scale_cas,
	&emu_scale_cas22,
	&emu_scale_cas10,
	&emu_scale_and,
	&emu_scale_dini,
	&emu_scale_prix,
	&emu_scale_prt4,
	&emu_scale_p15,
	&emu_scale_adam,
	&emu_scale_samsung,
	&emu_scale_ind221,
	&emu_scale_kern,
	&emu_scale_dialog06,
	&emu_scale_hid,
	&emu_scale_hid_4,
	&emu_scale_oem,
};

const struct ph_emu_scale_kind *ph_emu_scale_kind(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->word, word) == 0)
			return kinds[i];
	return NULL;
}

void ph_emu_scale_init(struct ph_emu_scale *s, const struct ph_emu_scale_kind *kind)
{
	*s = (struct ph_emu_scale){.kind = kind};
	ph_emu_unit_init(&s->unit, kind->ops);
	ph_emu_plate_init(&s->plate);
	if (kind->init)
		kind->init(s);
}

void ph_emu_scale_done(struct ph_emu_scale *s)
{
	ph_emu_unit_done(&s->unit);
}

struct ph_emu_scale *emu_scale_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_scale, unit);
}

enum ph_emu_weight emu_scale_look(struct ph_emu_scale *s)
{
	ph_emu_plate_pass(&s->plate, s->unit.now_us);
	return ph_emu_plate_look(&s->plate, s->unit.now_us);
}

void emu_scale_send(struct ph_emu_scale *s, const void *data, size_t len)
{
	uint8_t out[128];

	if (len > sizeof out)
		return;
	memcpy(out, data, len);
	for (size_t i = 0; i < len && s->parity; i++)
		out[i] = (uint8_t)((out[i] & 0x7f) | __builtin_parity(out[i] & 0x7f) << 7);
	emu_unit_send(&s->unit, out, len);
}

void emu_scale_text(struct ph_emu_scale *s, const char *text)
{
	emu_scale_send(s, text, strlen(text));
}

bool emu_scale_refuses(struct ph_emu_scale *s)
{
	if (s->naks == 0)
		return false;
	s->naks--;
	return true;
}

long emu_scale_total(const struct ph_emu_scale *s)
{
	long one = 1, net = ph_emu_plate_net(&s->plate);

	for (unsigned i = 0; i < s->plate.decimals; i++)
		one *= 10;
	return (net * s->price + one / 2) / one;
}

// ---- time ----

void ph_emu_scale_changed(struct ph_emu_scale *s, uint64_t now_us)
{
	s->unit.now_us = now_us;
	if (s->kind->descriptor)
		s->next_us = now_us;
}

uint64_t emu_scale_tick(struct ph_emu_unit *unit)
{
	struct ph_emu_scale *s = emu_scale_of(unit);
	uint64_t now = unit->now_us;
	unsigned period = s->kind->period_ms;

	if (s->kind->frame && period && s->open && s->next_us <= now) {
		/* what the host does not read is not repeated */
		if (ph_emu_unit_waiting(unit) == 0)
			s->kind->frame(s);
		s->next_us = now + period * 1000ull;
	}
	uint64_t next = s->kind->frame && period && s->open ? s->next_us : PH_EMU_UNIT_NEVER;
	uint64_t settled = ph_emu_plate_next(&s->plate, now);
	return settled < next ? settled : next;
}

void emu_scale_opened(struct ph_emu_unit *unit, bool open)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	s->open = open;
	s->rx_len = 0;
	s->next_us = 0;
}

void emu_scale_power(struct ph_emu_unit *unit)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	s->rx_len = 0;
	s->last[0] = 0;
	s->echo = s->repeat = false;
	s->plate.tare = 0;
	s->plate.unzeroed = true;
}

int emu_scale_fault(struct ph_emu_unit *unit, const char *word, long value, bool off)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	if (strcmp(word, "nak") == 0)
		s->naks = off || value < 0 ? 0 : (unsigned)value;
	else if (strcmp(word, "wrong_check") == 0)
		s->wrong_check = !off;
	else if (strcmp(word, "once") == 0)
		s->once = !off;
	else if (strcmp(word, "parity") == 0)
		s->parity = !off;
	else
		return -EINVAL;
	return 0;
}

static void no_input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
}

const struct ph_emu_unit_ops emu_scale_stream_ops = EMU_SCALE_OPS(no_input);
