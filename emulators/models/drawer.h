/* A cash drawer on the kick connector of a printer: two coils (pin 2 and pin 5), one switch (pin 3).
 * Times are microseconds of a clock the caller owns. */
#ifndef PH_EMULATORS_MODELS_DRAWER_H
#define PH_EMULATORS_MODELS_DRAWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_DRAWER_MAX_PULSES 1024u /* pulses remembered; older ones are only counted */
#define PH_EMU_NEVER		 UINT64_MAX

struct ph_emu_drawer_config {
	unsigned pin;	       /* 2 or 5: the coil this drawer hangs on */
	bool open_is_high;     /* level of pin 3 while open */
	bool no_sensor;	       /* pin 3 stays at the closed level */
	unsigned min_pulse_ms; /* shorter pulses do not release the latch */
	unsigned delay_ms;     /* from pulse to open switch */
	unsigned bounce_ms;    /* the contact changes five times within this; 0 never */
};

struct ph_emu_pulse {
	uint64_t time_us;
	unsigned pin, on_ms, off_ms;
	bool opened;
};

struct ph_emu_drawer {
	struct ph_emu_drawer_config config;
	bool open;  /* where the drawer is */
	bool level; /* what the switch shows, true = high */
	bool stuck; /* the coil fires, the drawer stays */
	uint64_t opens_at, bounce_until, bounce_next;
	bool final_level;
	uint64_t pulses; /* on this drawer's coil */
	struct ph_emu_pulse record[PH_EMU_DRAWER_MAX_PULSES];
	size_t n_record;
};

void ph_emu_drawer_init(struct ph_emu_drawer *d, const struct ph_emu_drawer_config *config);

/* A pulse on a pin of the connector, 2 or 5. */
void ph_emu_drawer_pulse(
	struct ph_emu_drawer *d, uint64_t now_us, unsigned pin, unsigned on_ms, unsigned off_ms);

/* Pushed shut, or opened with the key. */
void ph_emu_drawer_set(struct ph_emu_drawer *d, uint64_t now_us, bool open);

/* Does what is due and returns when it wants to be called again, PH_EMU_NEVER if not at all. */
uint64_t ph_emu_drawer_tick(struct ph_emu_drawer *d, uint64_t now_us);

/* The level was changed by other wiring (config), not by the drawer moving. */
void ph_emu_drawer_rewired(struct ph_emu_drawer *d);

#endif
