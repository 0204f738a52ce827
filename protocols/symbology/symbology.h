/*
 * The symbologies, one row each: poshal's name, the UnifiedPOS number and every identifier that scanners put beside a label.
 *
 * Sources: UnifiedPOS 1.16, ScanDataType; ISO/IEC 15424 (AIM identifiers); Zebra Simple Serial Interface guide, code types;
 * Honeywell user's guides, symbology chart; Datalogic Magellan programming guide, label identifiers (US, EU, single cable);
 * IBM OEM identifiers: JavaPOS configurations of scanner makers; AIM ECI specification, part 3 (character sets).
 *
 * An identifier that several rows have means the first of them, unless an AIM identifier beside it says more.
 */
#ifndef PH_PROTOCOLS_SYMBOLOGY_H
#define PH_PROTOCOLS_SYMBOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SYMBOLOGY_IBM_IDS 4

struct ph_symbology {
	const char *name;
	int upos;	/* ScanDataType of the label alone */
	int upos_addon; /* ... when an add-on follows in the label; 0 where there is none */
	int upos_check; /* ... when the check digit was verified and sent, in option; 0 where there is none */
	const char *
		aim; /* "I0 I1 I3": letter and modifier, or a letter for any modifier; NULL without */
	uint32_t ibm
		[PH_SYMBOLOGY_IBM_IDS]; /* 0 where there is none; EAN and UPC: alone, with 2, with 5 more digits */
	const char *
		ssi; /* bytes, also for SNAPI; NULL without; add-ons of EAN and UPC are + 40 and + 80 hex */
	const char *hhp; /* bytes of Honeywell, once Hand Held Products; NULL without */
	const char *
		us; /* Datalogic: "C F G", alone, with 2, with 5 more digits where EU says so; NULL without */
	const char *eu;
	const char *scrs232; /* single cable */
};

#define PH_UPOS_UNKNOWN 0
#define PH_UPOS_OTHER	501

/* "unknown", the answer when nothing is known. */
extern const struct ph_symbology ph_symbology_unknown;

/* By poshal name; NULL when there is none. */
const struct ph_symbology *ph_symbology_by_name(const char *name);

/* By UnifiedPOS number, the label alone first; NULL when there is none. */
const struct ph_symbology *ph_symbology_by_upos(int upos);

/*
 * By the AIM identifier "]Xn" in front of a label of `label_len` bytes (identifier not counted). Where one identifier
 * stands for several, the length decides: "]E0" is ean13 with 13 digits, upca with 12, upce with 8; "]e0" is databar with
 * 16 digits (01 and a GTIN), else databar-expanded. Returns the row and the UnifiedPOS number, or NULL when the three
 * bytes are no AIM identifier; an identifier nobody knows is "other".
 */
const struct ph_symbology *ph_symbology_by_aim(
	const uint8_t aim[3], size_t label_len, int *ret_upos);

/*
 * The AIM identifier of a label whose scanner sent another one, with NUL, where it follows from the symbology and its
 * number alone; false where it depends on what is not known (options of the scanner, an FNC1 in the label).
 */
bool ph_symbology_aim(const struct ph_symbology *symbology, int upos, char ret_aim[4]);

/*
 * By the modifier of "]X", whose meaning is the maker's, as Zebra scanners send it. Honeywell's "]X0" is Bookland or the answer
 * to a menu command. NULL where it means nothing known.
 */
const struct ph_symbology *ph_symbology_by_zebra_x(uint8_t modifier);

/*
 * By the identifiers of the makers. Each returns the row and the UnifiedPOS number, or NULL, with *ret_upos untouched,
 * where no row has the identifier.
 *
 * IBM OEM: one byte (0x16), or three as one number (0x00180B, the byte that is sent first is the highest; its bit 10 hex,
 * "more segments follow", must be cleared).
 */
const struct ph_symbology *ph_symbology_by_ibm(uint32_t id, int *ret_upos);

/* Code type of Zebra SSI and SNAPI. */
const struct ph_symbology *ph_symbology_by_ssi(uint8_t type, int *ret_upos);

/*
 * Honeywell's byte. `aim` (may be NULL) is the AIM identifier beside it, which tells GS1 symbols from plain ones; the
 * length of the label, in bytes, tells add-ons.
 */
const struct ph_symbology *ph_symbology_by_hhp(
	uint8_t byte, const uint8_t aim[3], size_t label_len, int *ret_upos);

enum ph_datalogic_ids { PH_DATALOGIC_US, PH_DATALOGIC_EU, PH_DATALOGIC_SCRS232 };

#define PH_DATALOGIC_ID_MAX 3 /* bytes */

/* By a Datalogic identifier in front of `data`, the longest that fits; its length goes to ret_id_len. */
const struct ph_symbology *ph_symbology_by_datalogic(enum ph_datalogic_ids ids, const uint8_t *data,
	size_t len, size_t *ret_id_len, int *ret_upos);

#define PH_ECI_BINARY "binary"

/*
 * Character set of an extended channel interpretation (0 to 999999) under its iconv name, PH_ECI_BINARY for bytes that are
 * no text, NULL when it is unknown.
 */
const char *ph_symbology_eci_charset(unsigned eci);

#endif
