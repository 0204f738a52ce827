/* Reads a dialect from its file, data/dialects/NAME.json; docs/acquirer-dialects.md says what its members mean. */
#ifndef PH_PROTOCOLS_ISO8583_DIALECT_FILE_H
#define PH_PROTOCOLS_ISO8583_DIALECT_FILE_H

#include "protocols/iso8583/dialect.h"

#define PH_ISO_DIALECT_BYTES_MAX (128 * 1024)
#define PH_ISO_WHY_SIZE		 200

/*
 * Reads `len` bytes of JSON. 0; -EBADMSG with the JSON path and what is wrong in why[]: an unknown or missing member, a bad
 * value, a table that cannot be; -E2BIG; -ENOMEM. Allocates while it reads, and nothing that stays.
 */
int ph_iso_dialect_read(const char *text, size_t len, struct ph_iso_dialect *ret_dialect,
	char why[PH_ISO_WHY_SIZE]);

#endif
