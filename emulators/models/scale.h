/*
 * Scales by their protocol: a plate with a load, and what is said of it over a serial line or HID.
 *
 * Sources: Mettler Toledo DIVA service manual 72191202 (8217, SCP-01) and Wildcat technical manual (continuous); Datalogic KA-01089;
 * SMA SCP-0499; CAS AP-1, NT-200, CI-600D manuals; Dini Argeo 3590EXP; USB HID Usage Tables 1.5 (page 8D); public code for the
 * Brazilian, Adam, Samsung, IND221, KERN and Dialog 06 formats and the OEM interface.
 */
#ifndef PH_EMULATORS_MODELS_SCALE_H
#define PH_EMULATORS_MODELS_SCALE_H

#include "emulators/models/plate.h"
#include "emulators/models/unit.h"

struct ph_emu_scale;

struct ph_emu_scale_kind {
	const char *word;
	const struct ph_emu_unit_ops *ops;
	/* A complete command without its ends; the kinds that read otherwise have their own ops. */
	void (*command)(struct ph_emu_scale *s, const uint8_t *c, size_t len);
	void (*frame)(struct ph_emu_scale *s); /* continuous ones: sends what is on the plate */
	unsigned period_ms;
	void (*init)(struct ph_emu_scale *s);
	uint16_t vendor, product;
	const char *maker, *model;
	const uint8_t *descriptor; /* HID; NULL: serial */
	size_t descriptor_len;
	const char *interface_text;
};

struct ph_emu_scale {
	struct ph_emu_unit unit;
	const struct ph_emu_scale_kind *kind;
	struct ph_emu_plate plate;
	long price;	  /* per kg or lb, in hundredths */
	uint64_t asked;	  /* requests for the weight */
	uint64_t beeps;	  /* one at each request, of scales that do that */
	bool once;	  /* a weight is sent once, then a status, until it changes */
	bool parity;	  /* bit 7 is even parity, as a line of eight bits shows it */
	bool no_check;	  /* continuous: without the check byte */
	unsigned naks;	  /* this many of the next requests are refused */
	bool wrong_check; /* of the next frame */

	bool open;
	uint64_t next_us; /* continuous: of the next frame */
	uint8_t rx[64];
	size_t rx_len;
	bool three_bytes, echo, repeat;
	uint8_t config[3];
	char last[24]; /* weight as told last */
	uint8_t report[6];
};

/* NULL for an unknown word. */
const struct ph_emu_scale_kind *ph_emu_scale_kind(const char *word);
void ph_emu_scale_init(struct ph_emu_scale *s, const struct ph_emu_scale_kind *kind);
void ph_emu_scale_done(struct ph_emu_scale *s);
/* After the plate was changed from outside: continuous ones say so at their next time, HID at once. */
void ph_emu_scale_changed(struct ph_emu_scale *s, uint64_t now_us);

#endif
