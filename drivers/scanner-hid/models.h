/* What report descriptors do not say: a table of makers. */
#ifndef PH_DRIVERS_SCANNER_HID_MODELS_H
#define PH_DRIVERS_SCANNER_HID_MODELS_H

#include "poshal/driver.h"
#include "protocols/hidpos/hidpos.h"

enum ph_hidscan_tunnel { PH_TUNNEL_NONE, PH_TUNNEL_HONEYWELL, PH_TUNNEL_NEWLAND };

struct ph_hidscan_maker {
	const char *name;    /* a choice of the option `maker` */
	uint16_t vendors[4]; /* USB vendor ids, ends with 0 */
	const char *label;   /* for people; NULL: not known */
	struct ph_hidpos_quirks quirks;
	enum ph_hidscan_tunnel tunnel; /* how commands go through HID POS reports */
	bool says_hhp;	    /* the byte of the quirks is one of Honeywell's identifiers */
	bool says_zebra;    /* "]X" is followed by Zebra's letter */
	const char *set_up; /* what to do with one that is in another mode */
};

/* By the word of the option, "auto" for the USB ids; never NULL. */
const struct ph_hidscan_maker *ph_hidscan_find_maker(const char *name, uint16_t vendor);

/* Words of the option `maker`, ends with NULL. */
extern const char *const ph_hidscan_maker_names[];

/* Says in why[] what a device is that is none of ours, and what to do; `vendor` is its USB vendor id or 0. */
void ph_hidscan_why_not(
	uint16_t vendor, const uint8_t *descriptor, size_t len, char *why, size_t size);

#define PH_HIDSCAN_MATCHES 31

extern const struct ph_match ph_hidscan_matches[PH_HIDSCAN_MATCHES];

#endif
