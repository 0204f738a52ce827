/*
 * The keys sealed records are opened with. A key file has one JSON object a line, as poshal-acquirer --new-key writes it:
 * {"kid":"2026-1","public_b64":"...","secret_b64":"..."}. The first line is the current key; older ones may follow.
 */
#ifndef PH_ACQUIRER_KEYS_H
#define PH_ACQUIRER_KEYS_H

#include "base/secret.h"
#include "protocols/sealed/sealed.h"

#define PH_KEYS_MAX	  4 /* lines of a key file; a further one is an error */
#define PH_KEY_FILE_MAX	  2048
#define PH_KEYS_WHY_SIZE  160
#define PH_KEY_CREDENTIAL "acquirer-key"

struct ph_keys {
	struct {
		char kid[PH_SEAL_KID_MAX + 1];
		uint8_t public_key[PH_SEAL_PUBLIC];
	} key[PH_KEYS_MAX];
	unsigned len;
	struct ph_secret *hidden; /* PH_SEAL_SECRET bytes each, in the same order */
};

/* Reads a key file. 0, or a negative errno with why[], which holds nothing of a key. */
int ph_keys_read(const char *path, struct ph_keys *ret_keys, char why[PH_KEYS_WHY_SIZE]);
void ph_keys_done(struct ph_keys *keys);

/* The index of a key id, or -ENOKEY. */
int ph_keys_find(const struct ph_keys *keys, const char *kid);
const uint8_t *ph_keys_secret(const struct ph_keys *keys, unsigned index);

/*
 * Makes a key: writes it to `out` (0600, which must not exist) and its public half, {"kid","public_b64"}, to `public_out`
 * (0644), where one is named. 0, or a negative errno with why[].
 */
int ph_keys_create(
	const char *kid, const char *out, const char *public_out, char why[PH_KEYS_WHY_SIZE]);

#endif
