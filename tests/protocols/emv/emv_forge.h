/*
 * An authority, an issuer and a card for tests: keys made up for this purpose and nothing else, and what they sign. What is
 * forged here has every chance to be wrong in one place only.
 */
#ifndef PH_TESTS_EMV_FORGE_H
#define PH_TESTS_EMV_FORGE_H

#include "protocols/emv/crypto.h"

struct forge_key {
	const char *name;
	uint32_t exponent;
	const char *modulus, *secret; /* hexadecimal */
};

enum forge_name {
	FORGE_CA,	   /* 768 bits */
	FORGE_CA_F4,	   /* the same with 65537 */
	FORGE_CA_LONG,	   /* 1984 bits */
	FORGE_ISSUER,	   /* 640 bits */
	FORGE_ISSUER_F4,   /* the same with 65537 */
	FORGE_ICC,	   /* 512 bits */
	FORGE_ISSUER_LONG, /* 1984 bits, 65537 */
	FORGE_COUNT,
};

/* The public half. */
void forge_public(enum forge_name name, struct ph_rsa_key *ret_key);

/* Signs bytes as they are: as many as the modulus has. */
void forge_raw(enum forge_name name, const uint8_t *plain, uint8_t *out);

/*
 * Signs what the books describe: 6A, `body`, padding BB as far as there is room, SHA-1 over body, padding and `more`, BC.
 * Returns the bytes of the signature.
 */
size_t forge(enum forge_name name, struct ph_bytes body, const struct ph_bytes *more, size_t count,
	uint8_t *out);

#endif
