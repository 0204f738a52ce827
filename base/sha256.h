/* SHA-256 of FIPS 180-4, to tell contents apart in processes that link no cryptography. Not for secrets. */
#ifndef PH_BASE_SHA256_H
#define PH_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define PH_SHA256_SIZE 32

struct ph_sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	uint8_t block[64];
};

void ph_sha256_init(struct ph_sha256 *hash);
void ph_sha256_add(struct ph_sha256 *hash, const void *data, size_t len);
/* The struct may only be initialised again afterwards. */
void ph_sha256_end(struct ph_sha256 *hash, uint8_t out[PH_SHA256_SIZE]);

#endif
