/*
 * What the label of a GS1 symbol says: a list of application identifiers and their values.
 *
 * A label whose data are wrong is still a label: parsing leaves it alone, and the list empty with a reason.
 *
 * Sources: GS1 General Specifications, 7.8 (processing of element strings); GS1 Digital Link: URI Syntax 1.4; ISO/IEC
 * 15424 (AIM identifiers of GS1 symbols).
 */
#ifndef PH_PROTOCOLS_GS1_GS1_H
#define PH_PROTOCOLS_GS1_GS1_H

#include "poshal/limits.h"
#include "protocols/gs1/dictionary.h"

#include <stddef.h>
#include <stdint.h>

#define PH_GS1_ELEMENTS_MAX 64			 /* of one label; one more is -E2BIG */
#define PH_GS1_TEXT_MAX	    (PH_LABEL_MAX + 512) /* bytes of all values; more is -E2BIG */
#define PH_GS1_REASON_MAX   63
#define PH_GS1_GS	    '\x1d'

struct ph_gs1_element {
	char ai[PH_GS1_AI_MAX + 1];
	const char *title; /* static; NULL when the identifier is not assigned */
	uint16_t at, len;  /* the value, within ph_gs1.text */
	/*
	 * Characters in front that are a part of their own: the currency of 391n and 393n, the country of 421, the number of
	 * 253, 255 and 8003 in front of the serial; 0 when the value is one piece.
	 */
	uint8_t split;
	int8_t decimals; /* of the amount (behind `split`); -1 where there are none to tell */
};

struct ph_gs1 {
	size_t count; /* of elements */
	struct ph_gs1_element elements[PH_GS1_ELEMENTS_MAX];
	size_t text_len;
	char text[PH_GS1_TEXT_MAX]; /* each value with a NUL behind it */
	char reason[PH_GS1_REASON_MAX +
		    1]; /* why there are no elements, "(01): wrong check digit"; else "" */
};

/*
 * Reads a label. `symbology` is poshal's name and `aim` the identifier ("]C1") of the symbol; NULL where not known, and the
 * identifier counts more. EAN, UPC and ITF-14 give one element (01) with 14 digits, an add-on apart; GS1 symbols, and labels
 * without an identifier that begin with a separator (as keyboards make of FNC1), give their element string; another symbol
 * is looked at for a Digital Link. Returns 0; -ENOMSG when the label has no GS1 data and claims none; -EBADMSG when they
 * are wrong; -E2BIG beyond the limits above. *gs1 is always filled in.
 */
int ph_gs1_parse(
	const char *symbology, const char *aim, const char *label, size_t len, struct ph_gs1 *gs1);

/*
 * Element string alone, with GS (1D hex) as separator; one in front stands for FNC1. As ph_gs1_parse(), without -ENOMSG.
 */
int ph_gs1_parse_elements(const char *data, size_t len, struct ph_gs1 *gs1);

/*
 * Digital Link URI (http or https) alone, uncompressed. Values are percent-decoded; '+' stands for itself; keys of the
 * query that are not all digits are not GS1's and left out. -ENOMSG when no key and value of GS1 are in the path, as in a
 * compressed link, which is not read.
 */
int ph_gs1_parse_link(const char *uri, size_t len, struct ph_gs1 *gs1);

/* The element of this identifier, or NULL. */
const struct ph_gs1_element *ph_gs1_find(const struct ph_gs1 *gs1, const char *ai);

/* The value of an element, NUL-terminated; valid as long as the list. */
const char *ph_gs1_value(const struct ph_gs1 *gs1, const struct ph_gs1_element *element);

/*
 * Writes the human readable form "(01)09506000134352(10)ABC", or the element string with separators where they are needed,
 * NUL-terminated. Returns the length, or -ENOBUFS when `size` bytes do not hold it. Brackets inside a value are written as
 * they are.
 */
int ph_gs1_human(const struct ph_gs1 *gs1, char *out, size_t size);
int ph_gs1_element_string(const struct ph_gs1 *gs1, char *out, size_t size);

/* For the parsers: empties the list; adds a checked element (-EBADMSG, -E2BIG); gives up with a reason. */
void ph_gs1_clear(struct ph_gs1 *gs1);
int ph_gs1_add(struct ph_gs1 *gs1, const char *ai, size_t ai_len, const char *value, size_t len);
int ph_gs1_fail(struct ph_gs1 *gs1, int error, const char *ai, size_t ai_len, const char *what);

#endif
