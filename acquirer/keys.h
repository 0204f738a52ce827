/*
 * The keys sealed records are opened with. A key file has one JSON object a line, as poshal-acquirer --new-key writes it:
 * {"kid":"2026-1","public_b64":"...","secret_b64":"..."}. The first line is the current key; older ones may follow.
 */
#ifndef PH_ACQUIRER_KEYS_H
#define PH_ACQUIRER_KEYS_H

#include "base/secret.h"
#include "protocols/sealed/sealed.h"

#include <stdbool.h>

#define PH_KEYS_MAX	  4 /* lines of a key file; a further one is an error */
#define PH_KEY_FILE_MAX	  2048
#define PH_KEYS_WHY_SIZE  160
#define PH_KEY_CREDENTIAL "acquirer-key"

struct ph_public_key {
	char kid[PH_SEAL_KID_MAX + 1];
	uint8_t public_key[PH_SEAL_PUBLIC];
};

struct ph_keys {
	struct ph_public_key key[PH_KEYS_MAX];
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
 * Reads the public halves of other machines' keys, a line each as ph_keys_create() writes it. Returns how many, or a negative errno
 * with why[].
 */
int ph_keys_read_public(
	const char *path, struct ph_public_key ret_keys[PH_KEYS_MAX], char why[PH_KEYS_WHY_SIZE]);

/* Key id and base64 of a public key, as they come from elsewhere. False where they are none. */
bool ph_keys_public(const char *kid, const char *public_b64, struct ph_public_key *ret_key);

struct ph_key_files {
	const char *
		keep; /* an older key file, whose keys follow in the new one; "-": standard input; NULL: none */
	const char *out;	/* gets the keys (0600) and must not exist; "-": standard output */
	const char *public_out; /* gets the public half (0644); NULL: nobody */
};

/*
 * Makes a key and writes the files; on a failure none of them is there. 0, or a negative errno with why[]; -E2BIG: with those of `keep`
 * there would be more than PH_KEYS_MAX.
 */
int ph_keys_create(const char *kid, const struct ph_key_files *files, char why[PH_KEYS_WHY_SIZE]);

#endif
