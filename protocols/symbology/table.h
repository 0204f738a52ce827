/* The rows of the symbology table, for its look-ups. */
#ifndef PH_PROTOCOLS_SYMBOLOGY_TABLE_H
#define PH_PROTOCOLS_SYMBOLOGY_TABLE_H

#include "protocols/symbology/symbology.h"

extern const struct ph_symbology ph_symbology_table[];
extern const size_t ph_symbology_rows;

#endif
