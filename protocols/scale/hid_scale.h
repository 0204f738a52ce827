/*
 * USB HID scales, usage page 8D (HID Usage Tables 1.5, chapter 24; "HID Point of Sale" weighing devices). Where the fields
 * stand comes from the report descriptor; whoever has read that fills the layout.
 */
#ifndef PH_PROTOCOLS_SCALE_HID_SCALE_H
#define PH_PROTOCOLS_SCALE_HID_SCALE_H

#include "protocols/scale/scale.h"

/* A field of a report: its first bit and its bits, counted from the first byte behind the report id. */
struct ph_hid_scale_field {
	uint16_t bit;
	uint8_t bits; /* 1 to 32; 0: not there */
};

struct ph_hid_scale_layout {
	uint8_t report;			    /* id of the data report; 0: reports have no id byte */
	struct ph_hid_scale_field status;   /* usage 70, values 1 to 8 are usages 71 to 78 */
	struct ph_hid_scale_field unit;	    /* usage 50, values 1 to C are usages 51 to 5C */
	struct ph_hid_scale_field exponent; /* usage 41, signed */
	struct ph_hid_scale_field weight;   /* usage 40 */
	uint8_t control;		    /* id of the output report; 0 with has_zero false */
	bool has_zero; /* there is a Zero Scale bit (usage 80; 81 enforces a return to zero) */
	struct ph_hid_scale_field zero;
};

/* What nearly all units have: data report 3 of five bytes, control report 2 with the zero bit second. */
extern const struct ph_hid_scale_layout ph_hid_scale_usual;

struct ph_hid_scale {
	struct ph_hid_scale_layout layout;
	bool opened; /* a report has come since */
	bool has_last;
	uint8_t status; /* and what was published last */
	uint32_t weight, unit;
	int exponent;
	uint32_t bad_reports;
};

/* Also after each opening: the first report then is an old one. */
void ph_hid_scale_init(struct ph_hid_scale *scale, const struct ph_hid_scale_layout *layout);

/*
 * Takes one report, id byte first where there are ids. Returns 1 with a reading that differs from the one before, 0 for
 * the first report after opening, the same again (units repeat it for ever) and reports of other kinds, -EBADMSG for one
 * that is too short, has an unknown unit or status, or an exponent outside -8 to 8.
 */
int ph_hid_scale_report(struct ph_hid_scale *scale, const uint8_t *report, size_t len,
	struct ph_scale_reading *ret_reading);

/* The output report that sets zero; only some units obey. Returns its bytes, or -ENOTSUP. */
int ph_hid_scale_zero(const struct ph_hid_scale *scale, uint8_t *out, size_t size);

#endif
