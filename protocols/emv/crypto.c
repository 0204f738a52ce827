// RSA recovery and SHA-1 by libcrypto; what is recovered is judged in certificate.c.
#include "protocols/emv/crypto.h"

#include "base/cleanup.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

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

/*
 * x = s^e mod n. A third power is two products and two remainders, for less than half of what the preparations of
 * BN_mod_exp() alone cost; nothing here is secret in a way that its time could tell.
 */
static bool power(BIGNUM *x, const BIGNUM *s, uint32_t e, const BIGNUM *n, BN_CTX *ctx)
{
	if (e == PH_RSA_EXPONENT_3)
		return BN_mod_sqr(x, s, n, ctx) && BN_mod_mul(x, x, s, n, ctx);
	BIGNUM *exponent = BN_CTX_get(ctx);
	return exponent && BN_set_word(exponent, e) && BN_mod_exp(x, s, exponent, n, ctx);
}

int ph_rsa_recover(const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out)
{
	if (!ph_rsa_key_allowed(key) || len != key->len)
		return -EINVAL;
	PH_CLEANUP(BN_CTX_free_p) BN_CTX *ctx = BN_CTX_new(); /* clears its numbers */
	if (!ctx)
		return -ENOMEM;
	BN_CTX_start(ctx);
	BIGNUM *n = BN_CTX_get(ctx), *s = BN_CTX_get(ctx), *x = BN_CTX_get(ctx);
	int r = -ENOMEM;
	if (x && BN_bin2bn(key->modulus, key->len, n) && BN_bin2bn(signature, (int)len, s))
		r = BN_cmp(s, n) < 0 ? 0 : -EINVAL;
	if (!r &&
		(!power(x, s, key->exponent, n, ctx) || BN_bn2binpad(x, out, key->len) != key->len))
		r = -ENOMEM;
	BN_CTX_end(ctx);
	return r;
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
