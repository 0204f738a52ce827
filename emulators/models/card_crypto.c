// DES of cards and issuers; certificates and signatures are in card_certificate.c.
#include "emulators/models/card_crypto.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#define BLOCK	8
#define MAC_MAX 512

const uint8_t ph_emu_issuer_master_key[PH_EMU_KEY_SIZE] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
	0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};

static int des3(const uint8_t key[PH_EMU_KEY_SIZE], bool encrypt, const uint8_t in[BLOCK],
	uint8_t out[BLOCK])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t block[2 * BLOCK];
	int n = 0;
	bool ok = ctx && EVP_CipherInit_ex(ctx, EVP_des_ede_ecb(), NULL, key, NULL, encrypt) &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) &&
		  EVP_CipherUpdate(ctx, block, &n, in, BLOCK) && n == BLOCK;

	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return -EINVAL;
	memcpy(out, block, BLOCK);
	return 0;
}

// Single DES, as three times the same key.
static int des1(const uint8_t key[BLOCK], bool encrypt, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
	uint8_t twice[PH_EMU_KEY_SIZE];

	memcpy(twice, key, BLOCK);
	memcpy(twice + BLOCK, key, BLOCK);
	return des3(twice, encrypt, in, out);
}

static void mix(uint8_t into[BLOCK], const uint8_t with[BLOCK])
{
	for (unsigned i = 0; i < BLOCK; i++)
		into[i] ^= with[i];
}

// Decimalised as in annex A1.4.2: digits of the hash first, then its letters as digits.
static void decimals(const uint8_t hash[20], uint8_t out[BLOCK])
{
	char digits[17] = "";
	size_t n = 0;

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < 40 && n < 16; i++) {
			unsigned nibble = i % 2 ? hash[i / 2] & 15u : hash[i / 2] >> 4;
			if ((nibble > 9) == (pass == 1))
				digits[n++] = (char)('0' + nibble % 10);
		}
	for (unsigned i = 0; i < BLOCK; i++)
		out[i] = (uint8_t)((digits[2 * i] - '0') << 4 | (digits[2 * i + 1] - '0'));
}

static int bcd(const char *digits, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -EINVAL;
		uint8_t d = (uint8_t)(digits[i] - '0');
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | d : d << 4);
	}
	return 0;
}

static int diversifier(const char *pan, unsigned sequence, uint8_t out[BLOCK])
{
	char digits[2 * BLOCK + 8];
	size_t len = strlen(pan);
	uint8_t all[12] = {0}, hash[EVP_MAX_MD_SIZE];

	if (len < 8 || len > 19 || sequence > 99)
		return -EINVAL;
	memset(digits, '0', sizeof digits);
	size_t total = len + 2, pad = total < 16 ? 16 - total : total % 2;
	memcpy(digits + pad, pan, len);
	digits[pad + len] = (char)('0' + sequence / 10);
	digits[pad + len + 1] = (char)('0' + sequence % 10);
	total += pad;
	if (len <= 16)
		return bcd(digits + total - 16, 16, out);
	if (bcd(digits, total, all) < 0 ||
		!EVP_Digest(all, total / 2, hash, NULL, EVP_sha1(), NULL))
		return -EINVAL;
	decimals(hash, out);
	return 0;
}

int ph_emu_card_key(const uint8_t master[PH_EMU_KEY_SIZE], const char *pan, unsigned sequence,
	uint8_t ret_key[PH_EMU_KEY_SIZE])
{
	uint8_t y[BLOCK], not_y[BLOCK];
	int r = diversifier(pan, sequence, y);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < BLOCK; i++)
		not_y[i] = (uint8_t)~y[i];
	r = des3(master, true, y, ret_key);
	return r < 0 ? r : des3(master, true, not_y, ret_key + BLOCK);
}

int ph_emu_session_key(
	const uint8_t card[PH_EMU_KEY_SIZE], const uint8_t atc[2], uint8_t ret_key[PH_EMU_KEY_SIZE])
{
	const uint8_t left[BLOCK] = {atc[0], atc[1], 0xf0}, right[BLOCK] = {atc[0], atc[1], 0x0f};
	int r = des3(card, true, left, ret_key);

	return r < 0 ? r : des3(card, true, right, ret_key + BLOCK);
}

int ph_emu_mac(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t *data, size_t len,
	uint8_t ret_mac[PH_EMU_AC_SIZE])
{
	uint8_t padded[MAC_MAX + BLOCK] = {0}, mac[BLOCK] = {0};
	int r = 0;

	if (len > MAC_MAX)
		return -EINVAL;
	memcpy(padded, data, len);
	padded[len] = 0x80;
	for (size_t at = 0; at <= len && r == 0; at += BLOCK) {
		mix(mac, padded + at);
		r = des1(key, true, mac, mac);
	}
	if (r == 0)
		r = des1(key + BLOCK, false, mac, mac);
	return r < 0 ? r : des1(key, true, mac, ret_mac);
}

int ph_emu_arpc(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t ac[PH_EMU_AC_SIZE],
	const uint8_t arc[2], uint8_t ret_arpc[PH_EMU_AC_SIZE])
{
	uint8_t block[BLOCK] = {arc[0], arc[1]};

	mix(block, ac);
	return des3(key, true, block, ret_arpc);
}

int ph_emu_arpc_csu(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t ac[PH_EMU_AC_SIZE],
	const uint8_t *status, size_t len, uint8_t ret_arpc[4])
{
	uint8_t data[PH_EMU_AC_SIZE + 12], mac[PH_EMU_AC_SIZE];

	if (len < 4 || len > 12)
		return -EINVAL;
	memcpy(data, ac, PH_EMU_AC_SIZE);
	memcpy(data + PH_EMU_AC_SIZE, status, len);
	int r = ph_emu_mac(key, data, PH_EMU_AC_SIZE + len, mac);
	if (r == 0)
		memcpy(ret_arpc, mac, 4);
	return r;
}
