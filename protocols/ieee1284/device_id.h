/*
 * The text a printer says of itself: "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;SN:X;".
 *
 * Sources: IEEE 1284-2000, 7.6 (keys and form); USB Device Class Definition for Printing Devices 1.1, 4.2.1
 * (GET_DEVICE_ID: two bytes of length in front, the high one first, counting themselves).
 */
#ifndef PH_PROTOCOLS_IEEE1284_DEVICE_ID_H
#define PH_PROTOCOLS_IEEE1284_DEVICE_ID_H

#include <stddef.h>
#include <stdint.h>

#define PH_IEEE1284_TEXT_MAX  1023 /* bytes of the whole text; the rest is cut off */
#define PH_IEEE1284_VALUE_MAX 63   /* bytes of one value; the rest is cut off */

/* Printable ASCII; what a device sends besides is '?'. "" where it does not say. */
struct ph_ieee1284_id {
	char text[PH_IEEE1284_TEXT_MAX + 1];
	char manufacturer[PH_IEEE1284_VALUE_MAX + 1]; /* MFG, MANUFACTURER */
	char model[PH_IEEE1284_VALUE_MAX + 1];	      /* MDL, MODEL */
	char serial[PH_IEEE1284_VALUE_MAX + 1];	      /* SN, SERN, SERIALNUMBER */
	char commands[PH_IEEE1284_VALUE_MAX + 1];     /* CMD, COMMAND SET */
};

/*
 * Reads the answer to GET_DEVICE_ID. The length in front is taken in either byte order, with or without its own two
 * bytes, or not at all where it cannot be right: printers do all of this. Returns 0, or -EBADMSG when no key is found.
 */
int ph_ieee1284_parse(const uint8_t *reply, size_t len, struct ph_ieee1284_id *ret_id);

#endif
