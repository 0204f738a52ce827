/* The few operations of libcrypto that the kernel needs; nothing else of protocols/emv includes OpenSSL. */
#ifndef PH_PROTOCOLS_EMV_CRYPTO_H
#define PH_PROTOCOLS_EMV_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_RSA_BYTES_MAX   248 /* 1984 bits, EMV Book 2, annex B 2 */
#define PH_RSA_BYTES_MIN   64
#define PH_SHA1_SIZE	   20

#define PH_RSA_EXPONENT_3  3
#define PH_RSA_EXPONENT_F4 65537

struct ph_rsa_key {
	uint16_t len; /* bytes of the modulus */
	uint8_t modulus[PH_RSA_BYTES_MAX];
	uint32_t exponent; /* 3 or 65537 */
};

/* Whether EMV allows the key: its length and exponent, the first bit of the modulus set, the last one too. */
bool ph_rsa_key_allowed(const struct ph_rsa_key *key);

/*
 * X = S^e mod n. `len` must be the key's. 0; -EINVAL: a modulus or exponent EMV does not allow, or a signature that is not
 * smaller than the modulus; -ENOMEM.
 */
int ph_rsa_recover(
	const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out);

/* A piece of what is hashed. */
struct ph_bytes {
	const void *data;
	size_t len;
};

/* SHA-1 over the pieces in their order. 0 or -ENOMEM. */
int ph_sha1(const struct ph_bytes *pieces, size_t count, uint8_t out[PH_SHA1_SIZE]);

#endif
