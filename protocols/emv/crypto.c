// RSA recovery and SHA-1 by libcrypto; what is recovered is judged in certificate.c.
#include "protocols/emv/crypto.h"

#include "base/cleanup.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

PH_DEFINE_CLEANUP(BIGNUM *, BN_clear_free)
PH_DEFINE_CLEANUP(BN_CTX *, BN_CTX_free)
PH_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

bool ph_rsa_key_allowed(const struct ph_rsa_key *key)
{
	if (key->len < PH_RSA_BYTES_MIN || key->len > PH_RSA_BYTES_MAX)
		return false;
	if (key->exponent != PH_RSA_EXPONENT_3 && key->exponent != PH_RSA_EXPONENT_F4)
		return false;
	/* EMV Book 2, annex B 2.1: all bits are used; a product of odd primes is odd */
	return key->modulus[0] & 0x80 && key->modulus[key->len - 1] & 1;
}

int ph_rsa_recover(const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out)
{
	if (!ph_rsa_key_allowed(key) || len != key->len)
		return -EINVAL;
	PH_CLEANUP(BN_CTX_free_p) BN_CTX *ctx = BN_CTX_new();
	PH_CLEANUP(BN_clear_free_p) BIGNUM *n = BN_bin2bn(key->modulus, key->len, NULL);
	PH_CLEANUP(BN_clear_free_p) BIGNUM *s = BN_bin2bn(signature, (int)len, NULL);
	PH_CLEANUP(BN_clear_free_p) BIGNUM *e = BN_new();
	PH_CLEANUP(BN_clear_free_p) BIGNUM *x = BN_new();
	if (!ctx || !n || !s || !e || !x || !BN_set_word(e, key->exponent))
		return -ENOMEM;
	if (BN_cmp(s, n) >= 0)
		return -EINVAL;
	if (!BN_mod_exp(x, s, e, n, ctx) || BN_bn2binpad(x, out, key->len) != key->len)
		return -ENOMEM;
	return 0;
}

int ph_sha1(const struct ph_bytes *pieces, size_t count, uint8_t out[PH_SHA1_SIZE])
{
	PH_CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha1(), NULL))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (pieces[i].len && !EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len))
			return -ENOMEM;
	return EVP_DigestFinal_ex(ctx, out, NULL) ? 0 : -ENOMEM;
}
