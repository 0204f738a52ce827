/*
 * Makers' commands inside the reports of HID POS scanners: Honeywell's serial commands, Newland's
 * setting frames.
 *
 * Answers come in the report of labels; see ph_hidpos_expect().
 *
 * Sources: Honeywell (HHP) "USB Interfaces User's Guide", 1-11 and 1-12; Newland "How to send and
 * acquire data in HID POS"; the frame itself is that of the serial protocol of the same modules,
 * with CRC-16 of polynomial 1021, start 0.
 */
#ifndef PH_PROTOCOLS_HIDPOS_TUNNEL_H
#define PH_PROTOCOLS_HIDPOS_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_TUNNEL_REPORT_LEN 64 /* bytes with the id */
#define PH_TUNNEL_MAX	     62 /* bytes of a command */

/*
 * Honeywell, HHP, Access-IS: output report FD, a length, and a serial command as it is (16 54 0D is
 * the trigger). The report is filled up with zeros. Returns the bytes that matter; a scanner that
 * declares the report takes all 64. -EMSGSIZE: no command, or one over PH_TUNNEL_MAX.
 */
int ph_honeywell_tunnel(
	const uint8_t *command, size_t len, uint8_t ret_report[PH_TUNNEL_REPORT_LEN]);

/*
 * Honeywell's composite devices: feature report FE, which USB interface the scanner sends its
 * labels to; the interface of HID POS is 1. A device that is nothing but HID POS may refuse it:
 * that is no error.
 */
void ph_honeywell_interface(uint8_t interface, uint8_t ret_report[2]);

/* Whether that report may be sent at all: only to this maker's USB vendor ids. */
bool ph_honeywell_has_interface(uint16_t usb_vendor);

/* Newland's frame: 7E 00, type, length, address (high byte first), data, CRC (high byte first). */
#define PH_NEWLAND_READ	    0x05
#define PH_NEWLAND_WRITE    0x08
#define PH_NEWLAND_DATA_MAX (PH_TUNNEL_MAX - 8)
#define PH_NEWLAND_TRIGGER  0x0002 /* address: 1 starts reading, 2 stops it, in command mode */
#define PH_NEWLAND_MODE	    0x0000 /* address: D5 is command trigger mode */

struct ph_newland_frame {
	uint8_t type;
	uint16_t address;
	uint8_t data[PH_NEWLAND_DATA_MAX];
	uint8_t len;
};

/* CRC-16 of polynomial 1021, start 0, nothing reflected, over type to data. */
uint16_t ph_newland_crc(const uint8_t *bytes, size_t len);

/*
 * Output report 04 with a frame in it, filled up with zeros. Returns the bytes that matter;
 * -EMSGSIZE: too much data.
 */
int ph_newland_tunnel(
	const struct ph_newland_frame *frame, uint8_t ret_report[PH_TUNNEL_REPORT_LEN]);

/* The other way round, for tests. -EBADMSG: not a frame, or its CRC is wrong. */
int ph_newland_parse(const uint8_t *report, size_t len, struct ph_newland_frame *ret_frame);

struct ph_newland_answer {
	uint8_t type;	     /* 0: done */
	const uint8_t *data; /* in the bytes given */
	uint8_t len;
	/* answers to reads come with one that follows no rule known: no reason to refuse them */
	bool crc_ok;
};

/*
 * Reads an answer: 02 00, type, length, data, CRC; bytes behind are ignored. -EBADMSG: it is
 * none.
 */
int ph_newland_answer(const uint8_t *bytes, size_t len, struct ph_newland_answer *ret_answer);

#endif
