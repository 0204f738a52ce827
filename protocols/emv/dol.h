/*
 * Data object lists: the card says which objects it wants, in which lengths. Source: EMV Book 3, 5.4.
 */
#ifndef PH_PROTOCOLS_EMV_DOL_H
#define PH_PROTOCOLS_EMV_DOL_H

#include "protocols/emv/data.h"

#include <sys/types.h>

#define PH_DOL_ENTRIES_MAX 64
#define PH_DOL_DATA_MAX	   252 /* bytes of the values it asks for */

/* Whether a DOL can be served at all: 0, -EBADMSG, or -E2BIG beyond the bounds above. */
int ph_dol_check(const uint8_t *dol, size_t len);

/* Whether it asks for this tag, and for how many bytes: 0, -ENOENT, -EBADMSG. */
int ph_dol_wants(const uint8_t *dol, size_t len, uint32_t tag, size_t *ret_len);

/*
 * Writes the values it asks for, cut and filled by the formats of the table; what is not known is zeros. Returns bytes
 * written, at most PH_DOL_DATA_MAX; -EBADMSG, -E2BIG, or -ENOBUFS when `size` is too small.
 */
ssize_t ph_dol_build(
	const uint8_t *dol, size_t len, const struct ph_emv_data *data, uint8_t *out, size_t size);

#endif
