/*
 * What scanner drivers share: an identifier that a scanner was told to send in front of each label, cut off and read. Pure.
 *
 * Sources: ISO/IEC 15424 (AIM); Honeywell user's guides, symbology chart; Datalogic product reference guides, label identifiers.
 */
#ifndef PH_DRIVERS_SCANNER_LABEL_H
#define PH_DRIVERS_SCANNER_LABEL_H

#include "poshal/driver.h"

enum ph_label_id {
	PH_LABEL_ID_NONE,
	PH_LABEL_ID_AIM,
	PH_LABEL_ID_HONEYWELL,
	PH_LABEL_ID_DATALOGIC_US,
	PH_LABEL_ID_DATALOGIC_EU,
};

/* The words of an option in this order, ends with NULL. */
extern const char *const ph_label_id_words[];

enum ph_label_id ph_label_id_parse(const char *word); /* one of the words */

/*
 * Reads the identifier at the begin of scan->label and cuts it off; fills symbology, upos_type and, for an AIM identifier,
 * aim with `aim`. What is no identifier stays in the label, and the symbology stays what it was, "unknown" where it was
 * NULL. Returns false when no label is left.
 */
bool ph_label_identify(enum ph_label_id id, struct ph_scan *scan, char aim[4]);

#endif
