/*
 * Sealed account data: what the acquirer's process needs of a card, closed in the reader's process so that nobody on the way
 * or on the disk can read it. Who seals has a public key only. Pure but for libsodium.
 *
 * A sealed record, version 1, all numbers big endian:
 *
 *   50 48 53 01 | alg 1 | use 1 | kid: length 1, text | payment id: length 1, text | amount 8 | currency 3 letters
 *   | content key sealed to the public key (crypto_box_seal, 80) | nonce 24 | content and tag (PH_SEALED_CONTENT + 16)
 *
 * `alg` 01 is XChaCha20-Poly1305 under a key made for this record alone; everything in front of the sealed content key is
 * associated data, so that a record cannot be moved to another payment or amount. The content is padded to one length.
 *
 * Version 2 is a record whose content key has been sealed to another key (ph_sealed_rewrap), in front of it who that is:
 *
 *   50 48 53 02 | kid: length 1, text | the record of version 1, with the content key sealed anew (80)
 *
 * The associated data is the header of the record within, as it was: it names the key it was sealed to first, and who wraps it again
 * need not touch nonce, content and tag. The key id in front is bound to nothing; a wrong one opens nothing.
 */
#ifndef PH_PROTOCOLS_SEALED_SEALED_H
#define PH_PROTOCOLS_SEALED_SEALED_H

#include "poshal/limits.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PH_SEAL_PUBLIC	  32 /* bytes of a public key (X25519) */
#define PH_SEAL_SECRET	  32
#define PH_SEAL_KID_MAX	  32 /* bytes of a key id: letters, digits, '-', '.', '_' */
#define PH_SEALED_CONTENT 128
/* What ph_seal() writes, and what a record may be that has been wrapped again. */
#define PH_SEALED_MAX                                                                              \
	(4 + 2 + 1 + PH_SEAL_KID_MAX + 1 + PH_NAME_MAX + 8 + 3 + 80 + 24 + PH_SEALED_CONTENT + 16)
#define PH_SEALED_WRAPPED_MAX (4 + 1 + PH_SEAL_KID_MAX + PH_SEALED_MAX)
#define PH_SEALED_BOUND	      32 /* bytes of what can be bound to a record, and of the proof */

/* What a sealed record may be used for. */
enum ph_sealed_use {
	PH_SEALED_KEPT = 1, /* stored until no message can need it: number, expiry, sequence */
	PH_SEALED_ONCE = 2, /* sent once and never stored: also the track 2 equivalent */
};

/* What stands outside, for everybody to read and nobody to change. */
struct ph_sealed_header {
	enum ph_sealed_use use;
	char kid[PH_SEAL_KID_MAX + 1]; /* whose private key opens it, now */
	char payment[PH_NAME_MAX + 1];
	uint64_t amount;  /* minor units */
	char currency[4]; /* "EUR" */
};

#define PH_PAN_MIN 8
#define PH_PAN_MAX 19

/* What is inside. Lives in a ph_secret and is wiped after use; nothing in it is a text. */
struct ph_account {
	uint8_t pan_len;		/* PH_PAN_MIN to PH_PAN_MAX digits */
	uint8_t hidden_pan[PH_PAN_MAX]; /* ASCII digits */
	uint8_t hidden_expiry[4];	/* YYMM, ASCII digits */
	int8_t sequence;		/* of the card, 0 to 99; -1 unknown */
	uint8_t track2_len;		/* only with PH_SEALED_ONCE; 0: none */
	uint8_t hidden_track2[37];	/* digits and 'D' */
};

/*
 * Seals. Returns the bytes written, at most PH_SEALED_MAX; -EINVAL: a header or account that cannot be, or track 2 in a
 * record that is kept; -ENOBUFS: `size` is too small; -ENOMEM.
 */
ssize_t ph_seal(const struct ph_sealed_header *header, const struct ph_account *account,
	const uint8_t public_key[PH_SEAL_PUBLIC], uint8_t *out, size_t size);

/* Reads what stands outside. 0 or -EBADMSG. */
int ph_sealed_read(const uint8_t *sealed, size_t len, struct ph_sealed_header *ret_header);

/*
 * Opens. `expected` is what the caller knows of the payment; its kid is not compared. 0; -EBADMSG: no record of this version,
 * or damaged; -EKEYREJECTED: for another key; -EPERM: of another payment, amount, currency or use.
 */
int ph_sealed_open(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const uint8_t public_key[PH_SEAL_PUBLIC], const uint8_t secret_key[PH_SEAL_SECRET],
	struct ph_account *ret_account);

/* Whose key opens a record. */
struct ph_seal_pair {
	const uint8_t *public_key, *secret_key; /* PH_SEAL_PUBLIC, PH_SEAL_SECRET bytes */
};

/* Whom it is sealed to. */
struct ph_seal_to {
	const char *kid;
	const uint8_t *public_key; /* PH_SEAL_PUBLIC bytes */
};

/*
 * Seals the content key of a record that is kept to another public key. It is opened and checked as by ph_sealed_open(), but no
 * account is handed out. Returns the bytes written, at most PH_SEALED_WRAPPED_MAX; the errors of ph_sealed_open(); -EINVAL: no key
 * id, or a record that is sent once; -ENOBUFS.
 */
ssize_t ph_sealed_rewrap(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const struct ph_seal_pair *from, const struct ph_seal_to *to,
	uint8_t out[PH_SEALED_WRAPPED_MAX]);

/*
 * A proof that `bound` belongs to this record, which only those can make and check whose key opens it: BLAKE2b-256 of `bound` under a
 * key derived from the content key, which stays the same however often the record is wrapped again. 0, or the errors of ph_sealed_open().
 */
int ph_sealed_prove(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const struct ph_seal_pair *from, const uint8_t bound[PH_SEALED_BOUND],
	uint8_t ret_proof[PH_SEALED_BOUND]);

#endif
