/*
 * Requests about sealed records as such, not about messages (docs/acquirer-protocol.md, "Keys"): records of an old key become records
 * of another, and what an import holds is checked. No account is opened for anybody, and nothing goes to the host.
 */
#ifndef PH_ACQUIRER_REWRAP_H
#define PH_ACQUIRER_REWRAP_H

#include "acquirer/keys.h"
#include "acquirer/record.h"
#include "base/buf.h"

#define PH_REWRAP_MAX 32 /* records of a request; one more is Illegal */

/* Whose records may be given to whom. */
struct ph_rewrap_keys {
	const struct ph_keys *own;
	const char *spare; /* file of the keys of spare machines; "": none */
};

/*
 * Both write the result as JSON text, {"records":[...]}, one of each record in their order, to `out`. 0; -EINVAL: params are wrong, and
 * why[] names the member; -EACCES: nothing is sealed to that key, and why[] says what to do.
 */
int ph_rewrap(const struct ph_rewrap_keys *keys, const struct cJSON *params, struct ph_buf *out,
	char why[PH_RECORD_WHY_SIZE]);
int ph_check_sealed(const struct ph_rewrap_keys *keys, const struct cJSON *params,
	struct ph_buf *out, char why[PH_RECORD_WHY_SIZE]);

#endif
