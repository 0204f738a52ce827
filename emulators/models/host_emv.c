// The issuer's side of a chip card: keys, cryptogram, ARPC and scripts, for the emulated host.
#include "emulators/models/host_emv.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

const uint8_t emu_issuer_key[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc,
	0xba, 0x98, 0x76, 0x54, 0x32, 0x10};

// Blocks of eight bytes, each by itself, with a key of two halves.
static int des3(const uint8_t key[16], bool encrypt, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = c && EVP_CipherInit_ex(c, EVP_des_ede_ecb(), NULL, key, NULL, encrypt) == 1 &&
		  EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
		  EVP_CipherUpdate(c, out, &n, in, (int)len) == 1 && n == (int)len;

	EVP_CIPHER_CTX_free(c);
	return ok ? 0 : -EIO;
}

// One half of the key in all three steps is plain DES.
static int des1(const uint8_t half[8], bool encrypt, const uint8_t in[8], uint8_t out[8])
{
	uint8_t both[16];

	memcpy(both, half, 8);
	memcpy(both + 8, half, 8);
	int r = des3(both, encrypt, in, 8, out);
	explicit_bzero(both, sizeof both);
	return r;
}

#define OPTION_A_DIGITS 16 /* of an account number; a longer one is hashed */

/*
 * The last sixteen digits of number and sequence, with zeros before them; or, of a hash over both, its decimal digits, then its
 * letters as A 0 to F 5, until there are sixteen. Source: EMV Book 2, A1.4.1 and A1.4.2.
 */
static int sixteen_digits(const char *pan, unsigned sequence, char out[16])
{
	const char *letters = "ABCDEF", *at;
	char all[32] = "0", hex[41] = "";
	uint8_t bytes[12], hash[20];
	size_t found = 0;
	int len = snprintf(all + 1, sizeof all - 1, "%.19s%02u", pan, sequence % 100);
	const char *digits = len % 2 ? all : all + 1;

	memset(out, '0', 16);
	if (len - 2 <= OPTION_A_DIGITS) {
		size_t n = len < 16 ? (size_t)len : 16;
		memcpy(out + 16 - n, all + 1 + len - n, n);
		explicit_bzero(all, sizeof all);
		return 0;
	}
	for (size_t i = 0; digits[2 * i]; i++)
		bytes[i] = (uint8_t)((digits[2 * i] & 15) << 4 | (digits[2 * i + 1] & 15));
	int r = EVP_Digest(bytes, strlen(digits) / 2, hash, NULL, EVP_sha1(), NULL) == 1 ? 0 : -EIO;
	for (size_t i = 0; r == 0 && i < sizeof hash; i++)
		snprintf(hex + 2 * i, 3, "%02X", hash[i]);
	for (const char *c = hex; *c && found < 16; c++)
		if (*c <= '9')
			out[found++] = *c;
	for (const char *c = hex; *c && found < 16; c++)
		if ((at = strchr(letters, *c)))
			out[found++] = (char)('0' + (at - letters));
	explicit_bzero(all, sizeof all);
	explicit_bzero(bytes, sizeof bytes);
	return r;
}

int emu_card_key(
	const uint8_t issuer_key[16], const char *pan, unsigned sequence, uint8_t ret_card_key[16])
{
	char digits[16];
	uint8_t y[16] = {0};
	int r = sixteen_digits(pan, sequence, digits);

	for (size_t i = 0; i < 8; i++) {
		y[i] = (uint8_t)((digits[2 * i] & 15) << 4 | (digits[2 * i + 1] & 15));
		y[8 + i] = (uint8_t)~y[i];
	}
	if (r == 0)
		r = des3(issuer_key, true, y, 16, ret_card_key);
	explicit_bzero(digits, sizeof digits);
	explicit_bzero(y, sizeof y);
	return r;
}

int emu_session_key(const uint8_t card_key[16], const uint8_t atc[2], uint8_t ret_key[16])
{
	uint8_t r[16] = {atc[0], atc[1], 0xf0, 0, 0, 0, 0, 0, atc[0], atc[1], 0x0f};

	return des3(card_key, true, r, 16, ret_key);
}

int emu_retail_mac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret_mac[8])
{
	uint8_t block[8], mac[8] = {0};
	int r = 0;

	for (size_t at = 0; r == 0 && at <= len; at += 8) {
		size_t n = len - at < 8 ? len - at : 8;
		memset(block, 0, 8);
		memcpy(block, data + at, n);
		if (n < 8)
			block[n] = 0x80;
		for (size_t i = 0; i < 8; i++)
			mac[i] ^= block[i];
		r = des1(key, true, mac, mac);
	}
	if (r == 0)
		r = des1(key + 8, false, mac, mac);
	if (r == 0)
		r = des1(key, true, mac, mac);
	if (r == 0)
		memcpy(ret_mac, mac, 8);
	return r;
}

int emu_arpc(
	const uint8_t key[16], const uint8_t cryptogram[8], const char arc[2], uint8_t ret_arpc[8])
{
	uint8_t y[8];

	memcpy(y, cryptogram, 8);
	y[0] ^= (uint8_t)arc[0];
	y[1] ^= (uint8_t)arc[1];
	return des3(key, true, y, 8, ret_arpc);
}

int emu_arpc_csu(const uint8_t key[16], const uint8_t cryptogram[8], const uint8_t csu[4],
	uint8_t ret_arpc[4])
{
	uint8_t data[12], mac[8];

	memcpy(data, cryptogram, 8);
	memcpy(data + 8, csu, 4);
	int r = emu_retail_mac(key, data, sizeof data, mac);
	if (r == 0)
		memcpy(ret_arpc, mac, 4);
	return r;
}

// ---- chip data ----

struct object {
	unsigned tag;
	const uint8_t *value;
	size_t len;
};

// The next object at *at; false at the end and where it is broken.
static bool next_object(const uint8_t *d, size_t len, size_t *at, struct object *o)
{
	size_t i = *at, n;

	if (i >= len)
		return false;
	o->tag = d[i++];
	if ((o->tag & 0x1f) == 0x1f) {
		if (i >= len || d[i] & 0x80)
			return false;
		o->tag = o->tag << 8 | d[i++];
	}
	if (i >= len)
		return false;
	n = d[i++];
	if (n == 0x81 && i < len)
		n = d[i++];
	else if (n >= 0x80)
		return false;
	if (n > len - i)
		return false;
	*o = (struct object){o->tag, d + i, n};
	*at = i + n;
	return true;
}

const uint8_t *emu_icc_find(const uint8_t *icc, size_t len, unsigned tag, size_t *ret_len)
{
	struct object o;

	for (size_t at = 0; next_object(icc, len, &at, &o);)
		if (o.tag == tag) {
			*ret_len = o.len;
			return o.value;
		}
	return NULL;
}

// Where the card's own results are in 9F10: behind key and version, or with a length before them.
static const uint8_t *card_results(const uint8_t *iad, size_t len, size_t *ret_len)
{
	if (len >= 8 && iad[0] == 0x0f) {
		*ret_len = 5;
		return iad + 3;
	}
	if (len >= 7 && iad[0] == 6 && iad[3] == 3) {
		*ret_len = 4;
		return iad + 3;
	}
	*ret_len = 6;
	return len >= 8 ? iad + 2 : NULL;
}

static bool gather(const uint8_t *icc, size_t len, uint8_t out[64], size_t *ret_len)
{
	static const struct {
		unsigned short tag;
		unsigned char len;
	} parts[] = {{0x9f02, 6}, {0x9f03, 6}, {0x9f1a, 2}, {0x95, 5}, {0x5f2a, 2}, {0x9a, 3},
		{0x9c, 1}, {0x9f37, 4}, {0x82, 2}, {0x9f36, 2}};
	size_t n = 0, size;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const uint8_t *v = emu_icc_find(icc, len, parts[i].tag, &size);
		if (!v || size != parts[i].len)
			return false;
		memcpy(out + n, v, size);
		n += size;
	}
	const uint8_t *iad = emu_icc_find(icc, len, 0x9f10, &size);
	const uint8_t *cvr = iad ? card_results(iad, size, &size) : NULL;
	if (!cvr)
		return false;
	memcpy(out + n, cvr, size);
	*ret_len = n + size;
	return true;
}

enum emu_arqc emu_icc_check(const uint8_t *icc, size_t len, const char *pan, unsigned sequence,
	uint8_t ret_key[16], uint8_t ret_cryptogram[8])
{
	uint8_t data[64], card[16], mac[8] = {0};
	size_t n, size, atc_len;
	const uint8_t *said = emu_icc_find(icc, len, 0x9f26, &size);
	const uint8_t *atc = emu_icc_find(icc, len, 0x9f36, &atc_len);

	if (!said || size != 8 || !atc || atc_len != 2 || !gather(icc, len, data, &n))
		return EMU_ARQC_ABSENT;
	int r = emu_card_key(emu_issuer_key, pan, sequence, card);
	if (r == 0)
		r = emu_session_key(card, atc, ret_key);
	if (r == 0)
		r = emu_retail_mac(ret_key, data, n, mac);
	explicit_bzero(card, sizeof card);
	if (r < 0 || memcmp(mac, said, 8) != 0)
		return EMU_ARQC_WRONG;
	memcpy(ret_cryptogram, said, 8);
	return EMU_ARQC_GOOD;
}

static size_t put_arpc(const struct emu_icc_answer *a, uint8_t *out)
{
	/* byte 2: the issuer approves, counters are reset */
	const uint8_t csu[4] = {0, a->approved ? 0x82 : 0};

	out[0] = 0x91;
	out[1] = a->csu ? 8 : 10;
	memset(out + 2, 0, out[1]);
	if (a->csu) {
		memcpy(out + 6, csu, 4);
		emu_arpc_csu(a->key, a->cryptogram, csu, out + 2);
	} else {
		memcpy(out + 10, a->arc, 2);
		emu_arpc(a->key, a->cryptogram, a->arc, out + 2);
	}
	return 2u + out[1];
}

size_t emu_icc_answer(const struct emu_icc_answer *a, uint8_t out[EMU_ICC_ANSWER_MAX])
{
	/* PUT DATA of the upper consecutive offline limit, without a MAC */
	static const uint8_t commands[] = {
		0x9f, 0x18, 4, 0, 0, 0, 1, 0x86, 6, 0x04, 0xda, 0x9f, 0x59, 1, 3};
	size_t n = a->key ? put_arpc(a, out) : 0;

	out[n++] = 0x8a;
	out[n++] = 2;
	memcpy(out + n, a->arc, 2);
	n += 2;
	if (!a->script)
		return n;
	out[n++] = (uint8_t)a->script;
	out[n++] = sizeof commands;
	memcpy(out + n, commands, sizeof commands);
	return n + sizeof commands;
}
