/*
 * Card-stripe readers: MagTek and ID TECH with HID reports, the standard page 8E, one that types. Cards have the public test
 * numbers only.
 *
 * Sources: MagTek USB HID Swipe Reader manual; ID TECH SecureMag manual; HID Usage Tables 1.5, chapter 8E; ISO/IEC 7811 and 7813.
 */
#ifndef PH_EMULATORS_MODELS_MSR_H
#define PH_EMULATORS_MODELS_MSR_H

#include "emulators/models/unit.h"

#define PH_EMU_TRACK_MAX 110u

struct ph_emu_msr;

/* What is drawn through the reader, as its head sees it. */
struct ph_emu_swipe {
	char track[3][PH_EMU_TRACK_MAX + 1]; /* with sentinels; "" where there is none */
	bool error[3];
	uint8_t encode; /* 0 ISO, 1 AAMVA, 3 blank, 5 undetermined, 6 none, 7 JIS II */
	bool encrypted;
};

struct ph_emu_msr_kind {
	const char *word;
	const struct ph_emu_unit_ops *ops;
	int (*swipe)(struct ph_emu_msr *m, const struct ph_emu_swipe *swipe);
	bool keyboard;
	uint16_t vendor, product;
	const char *maker, *model;
	const uint8_t *descriptor; /* NULL: serial */
	size_t descriptor_len;
};

struct ph_emu_msr {
	struct ph_emu_unit unit;
	const struct ph_emu_msr_kind *kind;
	uint64_t swipes;
	unsigned counter; /* of the key, with each encrypted swipe */
	/* faults of the next swipe */
	bool short_report, long_length, no_end;
	uint8_t rx[128];
	size_t rx_len;
};

const struct ph_emu_msr_kind *ph_emu_msr_kind(const char *word);
void ph_emu_msr_init(struct ph_emu_msr *m, const struct ph_emu_msr_kind *kind);
void ph_emu_msr_done(struct ph_emu_msr *m);

/*
 * Draws a card through: "good", "track1_wrong", "all_wrong", "blank", "aamva", "jis2", "encrypted", "staff" (a number no payment
 * scheme has), "double" (twice in a row), "no_luhn", "silence" (ends in the middle). `number` is one of the public test numbers or
 * NULL for 4111111111111111; others are -EPERM. -EINVAL for an unknown kind; -EOPNOTSUPP: this reader cannot.
 */
int ph_emu_msr_swipe(struct ph_emu_msr *m, uint64_t now_us, const char *kind, const char *number);

#endif
