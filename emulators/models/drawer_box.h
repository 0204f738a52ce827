/*
 * Cash drawers with a cable of their own: serial trigger boxes, Posiflex over HID, Star over USB. The drawer itself is that of
 * drawer.h; a box fires its coil and tells its switch.
 *
 * Sources: APG SerialPRO II, Logic Controls CR3001 and Glancetron 8005-U manuals; posiflex-hidcd and Star's cash drawer SDK (facts
 * and numbers only).
 */
#ifndef PH_EMULATORS_MODELS_DRAWER_BOX_H
#define PH_EMULATORS_MODELS_DRAWER_BOX_H

#include "emulators/models/drawer.h"
#include "emulators/models/unit.h"

struct ph_emu_box_kind {
	const char *word;
	const struct ph_emu_unit_ops *ops;
	uint16_t vendor, product;
	const char *maker, *model;
	bool bulk;		   /* USB: two pipes of the vendor class */
	const uint8_t *descriptor; /* HID; NULL: serial or bulk */
	size_t descriptor_len;
};

struct ph_emu_box {
	struct ph_emu_unit unit;
	const struct ph_emu_box_kind *kind;
	struct ph_emu_drawer *drawer; /* the bench's */
	unsigned number;	      /* Posiflex: set by its switch, 0 to 7 */
	unsigned charge_ms; /* serial: at least between two openings; a request before is lost */
	uint64_t charged_us;
	uint64_t refused;  /* openings that came too early */
	bool second_open;  /* Glancetron: the other drawer */
	bool wrong_number; /* Posiflex: the next answer is of another drawer */
	bool loader; /* Posiflex: a host has started the firmware loader, which must never happen */
	uint8_t rx[8];
	size_t rx_len;
};

const struct ph_emu_box_kind *ph_emu_box_kind(const char *word);
void ph_emu_box_init(
	struct ph_emu_box *b, const struct ph_emu_box_kind *kind, struct ph_emu_drawer *drawer);
void ph_emu_box_done(struct ph_emu_box *b);

#endif
