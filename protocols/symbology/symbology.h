/*
 * The symbologies: poshal's name, the UnifiedPOS number and the AIM identifiers of each, in one table.
 * Sources: UnifiedPOS 1.16 ScanDataType; ISO/IEC 15424 (AIM identifiers).
 */
#ifndef PH_PROTOCOLS_SYMBOLOGY_H
#define PH_PROTOCOLS_SYMBOLOGY_H

#include <stddef.h>
#include <stdint.h>

struct ph_symbology {
	const char *name;
	int upos;	       /* ScanDataType of the label alone */
	int upos_addon;	       /* ... when an add-on follows in the label; 0 where there is none */
	char aim_letter;       /* 0: no identifier of its own */
	const char *modifiers; /* accepted third characters; "" means any */
};

#define PH_UPOS_UNKNOWN 0
#define PH_UPOS_OTHER	501

/* "unknown", the answer when nothing is known. */
extern const struct ph_symbology ph_symbology_unknown;

/* By poshal name; NULL when there is none. */
const struct ph_symbology *ph_symbology_by_name(const char *name);

/* By UnifiedPOS number, without add-on first; NULL when there is none. */
const struct ph_symbology *ph_symbology_by_upos(int upos);

/*
 * By the AIM identifier "]Xn" in front of a label of `label_len` bytes (identifier not counted). Where one identifier
 * stands for several, the length decides: "]E0" is ean13 with 13 digits, upca with 12, upce with 8; "]e0" is databar with
 * 16 digits (01 and a GTIN), else databar-expanded. Returns the row and the UnifiedPOS number, or NULL when the three
 * bytes are no AIM identifier; an identifier nobody knows is "other".
 */
const struct ph_symbology *ph_symbology_by_aim(
	const uint8_t aim[3], size_t label_len, int *ret_upos);

#endif
