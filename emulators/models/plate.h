/*
 * The plate of a scale: what lies on it and what the electronics make of that. Weights are whole steps of the last decimal place
 * (grams with unit kg and three decimals). Pure: time is handed in.
 */
#ifndef PH_EMULATORS_MODELS_PLATE_H
#define PH_EMULATORS_MODELS_PLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_PLATE_MAX 9999999 /* steps, to both sides */

enum ph_emu_unit_of_weight { PH_EMU_KG, PH_EMU_G, PH_EMU_LB, PH_EMU_OZ };

enum ph_emu_weight {
	PH_EMU_WEIGHT_STABLE,
	PH_EMU_WEIGHT_MOTION,
	PH_EMU_WEIGHT_OVER,
	PH_EMU_WEIGHT_UNDER,
	PH_EMU_WEIGHT_NOT_READY, /* warms up, or was never set to zero */
};

struct ph_emu_plate {
	enum ph_emu_unit_of_weight unit;
	unsigned decimals;
	long capacity, division; /* more is over; the display goes in steps of this */
	unsigned settle_ms;	 /* from a change to stable */

	long load, tare, zero; /* what lies there, and what is taken off it */
	long drift;	       /* steps a minute that what lies there grows by, unasked */
	uint64_t put_us, swing_until_us, drift_us;
	bool moves; /* for ever */
	bool not_ready;
	bool unzeroed; /* since power-up */
	long told;     /* the last stable weight an answer had */
	bool was_told;
};

void ph_emu_plate_init(struct ph_emu_plate *p);
/* Lays that much on it, in steps; it moves for settle_ms or for `swing_ms` if that is longer. */
void ph_emu_plate_put(struct ph_emu_plate *p, uint64_t now_us, long steps, unsigned swing_ms);
/* "1.234" in steps of the plate's decimals; -EINVAL for another text or one with more decimals, -ERANGE. */
int ph_emu_plate_parse(const struct ph_emu_plate *p, const char *text, long *ret_steps);

enum ph_emu_weight ph_emu_plate_look(const struct ph_emu_plate *p, uint64_t now_us);
/* Gross and net weight as shown, in steps, rounded to the division. */
long ph_emu_plate_gross(const struct ph_emu_plate *p);
long ph_emu_plate_net(const struct ph_emu_plate *p);
/* When the answer of ph_emu_plate_look() changes by itself; UINT64_MAX never. */
uint64_t ph_emu_plate_next(const struct ph_emu_plate *p, uint64_t now_us);

/* Time goes on: what drifts has drifted. Before looking. */
void ph_emu_plate_pass(struct ph_emu_plate *p, uint64_t now_us);

/* Zero and tare as keys or commands do them: -EBUSY while it moves or is out of range. */
int ph_emu_plate_zero(struct ph_emu_plate *p, uint64_t now_us);
int ph_emu_plate_tare(struct ph_emu_plate *p, uint64_t now_us);

/* The size of the net weight as `width` digits with leading zeros; `out` holds 16 bytes. */
void ph_emu_plate_digits(const struct ph_emu_plate *p, unsigned width, char *out);
/* The same with the decimal point, `width` characters in all, filled up with `fill`. A width of 0 is as short as can be. */
void ph_emu_plate_text(
	const struct ph_emu_plate *p, long steps, unsigned width, char fill, char *out);
/* Two letters, lower case: kg, g, lb, oz. */
const char *ph_emu_plate_unit(const struct ph_emu_plate *p);

#endif
