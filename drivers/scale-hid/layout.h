/* Where a USB HID scale puts its values, out of its report descriptor. */
#ifndef PH_DRIVERS_SCALE_HID_LAYOUT_H
#define PH_DRIVERS_SCALE_HID_LAYOUT_H

#include "protocols/scale/hid_scale.h"

/*
 * Returns 0; -ENOTSUP for a descriptor that is not a scale's or leaves out status, unit, exponent or weight; -EBADMSG or
 * -E2BIG as ph_hid_parse(). Source: HID Usage Tables 1.5, chapter 24 (page 8D).
 */
int ph_hid_scale_layout_read(
	const uint8_t *descriptor, size_t len, struct ph_hid_scale_layout *ret_layout);

/* Whether there is an application collection of a scale. */
bool ph_hid_scale_suits(const uint8_t *descriptor, size_t len);

#endif
