/*
 * Commands of Honeywell scanners on a serial line (and through the tunnel of their HID POS mode, protocols/hidpos), the answers to menu
 * commands, and labels with a code id in front.
 *
 * Source: Honeywell user's guides (Xenon, Voyager, Genesis), chapters "Serial Programming Commands", "Symbology Chart" and
 * "Data Editing"; Hand Held Products USB Interfaces User's Guide, 1-12 (tunnel).
 */
#ifndef PH_PROTOCOLS_SCANNER_SERIAL_HONEYWELL_H
#define PH_PROTOCOLS_SCANNER_SERIAL_HONEYWELL_H

#include "protocols/symbology/symbology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_HONEYWELL_COMMAND_MAX 256  /* bytes of one menu command with its frame */
#define PH_HONEYWELL_TEXT_MAX	 2048 /* bytes of one item of an answer; more is -EMSGSIZE */
#define PH_HONEYWELL_ALL	 0x99 /* symbologies, in prefixes and suffixes */

enum ph_honeywell_action { PH_HONEYWELL_TRIGGER, PH_HONEYWELL_UNTRIGGER, PH_HONEYWELL_BEEP };

/* Writes the three bytes; none of these is answered. */
void ph_honeywell_action(enum ph_honeywell_action action, uint8_t out[3]);

/*
 * Writes a menu command: "REVINF", "BEPBEP0", "CBR?", several with ';' (a full tag follows) or ',' (same tag). `store`:
 * into the flash memory, which wears; else until the scanner is switched off. A query stores nothing. Returns the length;
 * -EINVAL for an empty text or one with control characters or an end ('.', '!') of its own; -ENOBUFS when `size` is too
 * small.
 */
int ph_honeywell_menu(const char *text, bool store, uint8_t *out, size_t size);

/*
 * Writes the text of a menu command that adds bytes in front of labels ("PREBK2") or behind ("SUFBK2") of one symbology
 * (Honeywell's byte) or PH_HONEYWELL_ALL; the bytes 5C 80 stand for the code id. -ENOBUFS when `size` is too small for
 * text and NUL.
 */
int ph_honeywell_affix(
	const char *tag, uint8_t symbology, const void *bytes, size_t len, char *out, size_t size);

/* One item of the answer to a menu command. */
struct ph_honeywell_item {
	int error; /* 0; -EOPNOTSUPP unknown tag; -ERANGE value out of range */
	const char
		*text; /* what was asked, repeated, and its value, "CBRENA1"; not NUL-terminated */
	size_t len;
	bool last;
};

/* Reads answers, in pieces of any size. Feed it only while a menu command is pending: labels look alike. */
struct ph_honeywell_answer {
	const uint8_t *in; /* not yet looked at; borrowed */
	size_t in_len, len;
	bool taken, too_long;
	uint8_t status; /* seen, and its mark not yet; 0 */
	char text[PH_HONEYWELL_TEXT_MAX];
};

void ph_honeywell_answer_init(struct ph_honeywell_answer *answer);

/* Gives the next bytes, which must stay valid until next() returned 0. -EBUSY while some of the last are unread. */
int ph_honeywell_answer_feed(struct ph_honeywell_answer *answer, const void *data, size_t len);

/*
 * Returns 1 and an item, valid until the next call; 0 when all bytes are read; -EMSGSIZE once for each item that is too
 * long, which is passed over.
 */
int ph_honeywell_answer_next(
	struct ph_honeywell_answer *answer, struct ph_honeywell_item *ret_item);

/*
 * Label with a code id in front (prefix 5C 80): returns its symbology, or NULL when there is none such. The label itself
 * is one byte on.
 */
const struct ph_symbology *ph_honeywell_label(const uint8_t *label, size_t len, int *ret_upos);

#endif
