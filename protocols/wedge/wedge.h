/*
 * Labels out of the keys of a scanner that is a keyboard.
 *
 * The caller reads the events, keeps the state of the keyboard layout (the one the scanner is set to) and gives each key
 * with the character that it makes; this collects characters into labels and says where a label ends. Labels are UTF-8.
 *
 * What it knows of scanners: characters as Alt and keypad digits (three digits of code page 437, four with a zero in front
 * of code page 1252; what is above 255 is Unicode's), control characters as Ctrl and a key, keypad digits whatever NumLock says, function keys for
 * separators. NumLock, which some scanners press around such a code, is no character.
 *
 * Sources: Linux input event codes; Microsoft's documentation of Alt codes; keyboard chapters of the makers' user's guides.
 */
#ifndef PH_PROTOCOLS_WEDGE_WEDGE_H
#define PH_PROTOCOLS_WEDGE_WEDGE_H

#include "poshal/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_WEDGE_IDLE_MS	100 /* silence that ends a label */
#define PH_WEDGE_KEY_MS		35 /* per key at most, on average, where people type on the same keyboard */
#define PH_WEDGE_CHARACTERS_MIN 4 /* there */
#define PH_WEDGE_FUNCTION_KEYS	12

struct ph_wedge_options {
	bool shared;	  /* not grabbed: only what is typed at a scanner's pace is a label */
	bool tab;	  /* ends a label, as Enter always does */
	uint32_t idle_ms; /* 0: PH_WEDGE_IDLE_MS */
	uint8_t function_keys
		[PH_WEDGE_FUNCTION_KEYS]; /* F1 to F12: the character (1 to 7F hex) or 0 for none */
};

#define PH_WEDGE_RELEASED 0 /* values of a key event */
#define PH_WEDGE_PRESSED  1
#define PH_WEDGE_REPEATED 2

struct ph_wedge_key {
	uint16_t code; /* KEY_A ... */
	int value;
	bool ctrl;	    /* held */
	uint32_t codepoint; /* what the layout makes of it, Ctrl applied or not; 0 for none */
	uint64_t time_us;   /* of a clock that is not set */
};

enum ph_wedge_event_kind {
	PH_WEDGE_LABEL,
	PH_WEDGE_LOST,	  /* events were lost, and the label with them */
	PH_WEDGE_TOO_LONG /* a label of more than PH_LABEL_MAX bytes, which is passed over */
};

struct ph_wedge_event {
	enum ph_wedge_event_kind kind;
	const char *label; /* not NUL-terminated; valid until the next label */
	size_t len;
};

struct ph_wedge {
	struct ph_wedge_options options;
	uint64_t first_us, last_us; /* of the keys of this label */
	uint32_t keys, characters;
	bool skipping; /* to the end of what is lost or too long */
	bool alt;
	uint8_t digits; /* collected while Alt is down */
	bool zero;	/* the first of them */
	uint32_t number;
	size_t len;
	unsigned current;
	char labels[2][PH_LABEL_MAX];
};

void ph_wedge_init(struct ph_wedge *wedge, const struct ph_wedge_options *options);

/* Gives one key event. Returns 1 and an event, or 0. */
int ph_wedge_key(
	struct ph_wedge *wedge, const struct ph_wedge_key *key, struct ph_wedge_event *ret_event);

/* The time is now: as ph_wedge_key(). */
int ph_wedge_tick(struct ph_wedge *wedge, uint64_t now_us, struct ph_wedge_event *ret_event);

/* When to call ph_wedge_tick() at the latest; UINT64_MAX when nothing is open. */
uint64_t ph_wedge_deadline(const struct ph_wedge *wedge);

/*
 * The kernel has lost events (SYN_DROPPED). What follows up to the next SYN_REPORT must not be given, and the caller brings
 * its layout up to date; the rest of the label is passed over to its end. As ph_wedge_key(); one event for each label.
 */
int ph_wedge_dropped(struct ph_wedge *wedge, uint64_t now_us, struct ph_wedge_event *ret_event);

/*
 * What a label without an identifier may be: "ean13", "upca" or "ean8" by number of digits and check digit, else NULL. A
 * number of eight digits that begins with 0 or 1 and is a UPC-E number as well is NULL.
 */
const char *ph_wedge_infer(const char *label, size_t len);

#endif
