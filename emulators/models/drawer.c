// A cash drawer as its connector sees it; who asks for the level is the printer's business.
#include "emulators/models/drawer.h"

static bool level_of(const struct ph_emu_drawer *d, bool open)
{
	return d->config.no_sensor || !open ? !d->config.open_is_high : d->config.open_is_high;
}

void ph_emu_drawer_init(struct ph_emu_drawer *d, const struct ph_emu_drawer_config *config)
{
	*d = (struct ph_emu_drawer){.config = *config,
		.opens_at = PH_EMU_NEVER,
		.bounce_until = PH_EMU_NEVER,
		.bounce_next = PH_EMU_NEVER};
	d->level = level_of(d, false);
}

static void move(struct ph_emu_drawer *d, uint64_t now_us, bool open)
{
	d->opens_at = PH_EMU_NEVER;
	if (d->open == open)
		return;
	d->open = open;
	d->final_level = level_of(d, open);
	if (d->config.bounce_ms && d->final_level != d->level) {
		d->bounce_until = now_us + d->config.bounce_ms * 1000ull;
		d->bounce_next = now_us + d->config.bounce_ms * 200ull;
	}
	d->level = d->final_level;
}

void ph_emu_drawer_set(struct ph_emu_drawer *d, uint64_t now_us, bool open)
{
	move(d, now_us, open);
}

void ph_emu_drawer_pulse(
	struct ph_emu_drawer *d, uint64_t now_us, unsigned pin, unsigned on_ms, unsigned off_ms)
{
	if (pin != d->config.pin)
		return;
	bool opens = !d->stuck && on_ms >= d->config.min_pulse_ms;
	d->pulses++;
	if (d->n_record < PH_EMU_DRAWER_MAX_PULSES)
		d->record[d->n_record++] = (struct ph_emu_pulse){now_us, pin, on_ms, off_ms, opens};
	if (!opens || d->open)
		return;
	if (d->config.delay_ms)
		d->opens_at = now_us + d->config.delay_ms * 1000ull;
	else
		move(d, now_us, true);
}

uint64_t ph_emu_drawer_tick(struct ph_emu_drawer *d, uint64_t now_us)
{
	if (d->opens_at <= now_us)
		move(d, now_us, true);
	if (d->bounce_until <= now_us) {
		d->bounce_until = d->bounce_next = PH_EMU_NEVER;
		d->level = d->final_level;
	} else if (d->bounce_next <= now_us) {
		d->level = !d->level;
		d->bounce_next += d->config.bounce_ms * 200ull;
	}
	uint64_t next = d->opens_at;
	if (d->bounce_next < next)
		next = d->bounce_next;
	return d->bounce_until < next ? d->bounce_until : next;
}

void ph_emu_drawer_rewired(struct ph_emu_drawer *d)
{
	d->level = d->final_level = level_of(d, d->open);
}
