/*
 * The signed file a terminal's parameters come from: a JSON document, and beside it an Ed25519 signature over its bytes
 * (NAME.json, NAME.json.sig: base64 of 64 bytes). What the members mean is in docs/emv-parameters.md.
 */
#ifndef PH_PROTOCOLS_EMV_PARAMETERS_FILE_H
#define PH_PROTOCOLS_EMV_PARAMETERS_FILE_H

#include "protocols/emv/parameters.h"

#define PH_EMV_PARAMETERS_BYTES_MAX (512 * 1024)
#define PH_EMV_WHY_SIZE		    160

/*
 * Reads `len` bytes of the document. -EBADMSG with the JSON path and what is wrong in why[]; -E2BIG. A CA key whose checksum
 * is wrong is an error; one that has expired is kept, for the alarm.
 */
int ph_emv_parameters_read(const char *text, size_t len, struct ph_emv_parameters *ret_parameters,
	char why[PH_EMV_WHY_SIZE]);

/* Whether `signature` (base64, as in the .sig file) is that of the holder of `public_key` (32 bytes). 0 or -EKEYREJECTED. */
int ph_emv_parameters_verify(const char *text, size_t len, const char *signature,
	size_t signature_len, const uint8_t public_key[32]);

/*
 * The next thing that runs out: the file or a key of an application. Returns the days from `date` (YYYYMMDD) until then,
 * negative when it is past, INT_MAX when nothing does; what it is goes to what[].
 */
int ph_emv_parameters_expiry(
	const struct ph_emv_parameters *parameters, uint32_t date, char what[PH_EMV_WHY_SIZE]);

#endif
