/* Where a HID stripe reader puts what, out of its report descriptor. */
#ifndef PH_DRIVERS_MSR_HID_LAYOUT_H
#define PH_DRIVERS_MSR_HID_LAYOUT_H

#include "protocols/msr/msr.h"

enum ph_msr_format {
	PH_MSR_FORMAT_FIELDS, /* MagTek's or page 8E: by `layout` */
	PH_MSR_FORMAT_IDTECH, /* ID TECH's own mode */
};

/*
 * Returns 0; -ENOTSUP for a descriptor that is not a stripe reader's, or whose fields are no whole bytes; -EBADMSG or -E2BIG
 * as ph_hid_parse(). Sources: HID Usage Tables 1.5, page 8E; MagTek and ID TECH programming references (page FF00).
 */
int ph_msr_layout_read(const uint8_t *descriptor, size_t len, enum ph_msr_format *ret_format,
	struct ph_msr_layout *ret_layout);

#endif
