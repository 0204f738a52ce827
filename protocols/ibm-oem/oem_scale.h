/*
 * Scales on the USB interface that IBM (now Toshiba) defined for its tills: HID usage 6E00 of a
 * vendor's page.
 *
 * As with the scanners (ibm_oem.h) reports have no id, and the bytes here are those behind the 00
 * that stands for it. Commands have 5 bytes. An answer has no length: three status bytes (or two,
 * by command), then the weight as numbers 0 to 9. Weights are handed over as they come: digits are
 * not multiplied, rounded or converted.
 *
 * Sources: Datalogic's androidPOS-core, scale constants and tests (numbers only); Zebra MP7000
 * product reference guide.
 */
#ifndef PH_PROTOCOLS_IBM_OEM_SCALE_H
#define PH_PROTOCOLS_IBM_OEM_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_OEM_SCALE_COMMAND_LEN 5
#define PH_OEM_SCALE_CONFIG_LEN	 3
#define PH_OEM_SCALE_DIGITS	 5

/* What an answer says, in the order in which its bits are asked. */
enum ph_oem_scale_kind {
	PH_OEM_SCALE_GONE,     /* FF FF FF: open the device anew */
	PH_OEM_SCALE_FLASHING, /* new firmware is being loaded */
	PH_OEM_SCALE_NOT_READY,
	PH_OEM_SCALE_CONFIG_DONE,
	PH_OEM_SCALE_CONFIG, /* `config` */
	PH_OEM_SCALE_COMMAND_ERROR,
	PH_OEM_SCALE_DATA_ERROR,
	PH_OEM_SCALE_READ_ERROR,
	PH_OEM_SCALE_NO_DISPLAY, /* none connected, but the law asks for one */
	PH_OEM_SCALE_HARDWARE_ERROR,
	PH_OEM_SCALE_REJECTED,
	PH_OEM_SCALE_OVER,
	PH_OEM_SCALE_UNDER,
	PH_OEM_SCALE_NEEDS_ZERO,
	PH_OEM_SCALE_WARM_UP,
	PH_OEM_SCALE_DUPLICATE, /* the weight of before has not been taken off */
	PH_OEM_SCALE_ZERO,	/* stable at zero */
	PH_OEM_SCALE_MOTION,	/* no weight yet */
	PH_OEM_SCALE_WEIGHT	/* stable: `digits` */
};

struct ph_oem_scale_answer {
	enum ph_oem_scale_kind kind;
	uint8_t status[3];
	bool metric; /* kg, else lb */
	char digits[PH_OEM_SCALE_DIGITS +
		    1];	  /* of WEIGHT: four or five, without a point; else "" */
	uint8_t decimals; /* of WEIGHT: how many of the digits are behind the point */
	uint8_t config[PH_OEM_SCALE_CONFIG_LEN]; /* of CONFIG, as for ph_oem_scale_configure() */
};

/*
 * Reads an answer; what is behind the weight is padding. `two_status` after
 * PH_OEM_SCALE_STATUS_SHORT: the third byte then says nothing. -EBADMSG: too short for what it
 * says, or a digit over 9. The answer to a status request looks like a weight of zeros: take a
 * weight only as the answer to a read.
 */
int ph_oem_scale_parse(
	const uint8_t *bytes, size_t len, bool two_status, struct ph_oem_scale_answer *ret_answer);

enum ph_oem_scale_command {
	PH_OEM_SCALE_READ_ENGLISH, /* pounds */
	PH_OEM_SCALE_READ_METRIC,  /* kilograms */
	PH_OEM_SCALE_SET_ZERO,
	PH_OEM_SCALE_STATUS_LONG,  /* three status bytes */
	PH_OEM_SCALE_STATUS_SHORT, /* two */
	PH_OEM_SCALE_CLEAR_DISPLAY,
	PH_OEM_SCALE_REPORT_CONFIG,
	PH_OEM_SCALE_SELF_TEST,
	PH_OEM_SCALE_STATUS,
	PH_OEM_SCALE_RESET
};

#define PH_OEM_SCALE_COMMANDS (PH_OEM_SCALE_RESET + 1)

void ph_oem_scale_command(
	enum ph_oem_scale_command command, uint8_t ret_bytes[PH_OEM_SCALE_COMMAND_LEN]);

/* Bits of the first configuration byte; the upper two are the filter against vibration, 0 to 3. */
#define PH_OEM_SCALE_UK		    0x01 /* mode of the United Kingdom */
#define PH_OEM_SCALE_NEEDS_DISPLAY  0x04
#define PH_OEM_SCALE_ZERO_LAMP	    0x08
#define PH_OEM_SCALE_METRIC	    0x10
#define PH_OEM_SCALE_ENFORCE_ZERO   0x20 /* a weight only after the scale was at zero */
#define PH_OEM_SCALE_FILTER_SHIFT   6
#define PH_OEM_SCALE_FIVE_DIGITS_C1 0x01 /* of the second byte */

void ph_oem_scale_configure(
	const uint8_t config[PH_OEM_SCALE_CONFIG_LEN], uint8_t ret_bytes[PH_OEM_SCALE_COMMAND_LEN]);

#endif
