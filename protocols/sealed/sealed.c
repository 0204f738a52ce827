// Seals account data, opens it and wraps it again for other keys; where the keys come from and what is done with the content is the caller's.
#include "protocols/sealed/sealed.h"

#include "base/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define ALG_XCHACHA20 1
#define CONTENT_KEY   crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define SEALED_KEY    (CONTENT_KEY + crypto_box_SEALBYTES)
#define NONCE	      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG	      crypto_aead_xchacha20poly1305_ietf_ABYTES
#define HEADER_MAX    (PH_SEALED_MAX - SEALED_KEY - NONCE - PH_SEALED_CONTENT - TAG)
#define BEHIND_HEADER (SEALED_KEY + NONCE + PH_SEALED_CONTENT + TAG)

_Static_assert(SEALED_KEY == 80 && NONCE == 24 && TAG == 16, "the layout in the header");
_Static_assert(crypto_box_PUBLICKEYBYTES == PH_SEAL_PUBLIC, "X25519");
_Static_assert(crypto_box_SECRETKEYBYTES == PH_SEAL_SECRET, "X25519");
_Static_assert(crypto_kdf_KEYBYTES == CONTENT_KEY, "a key is derived from the content key");

static const uint8_t magic[4] = {'P', 'H', 'S', 1}, magic_wrapped[4] = {'P', 'H', 'S', 2};

/* A record taken apart: who opens it, and where the record of version 1 begins. */
struct parts {
	struct ph_sealed_header header;
	const uint8_t *inner;
	size_t inner_len, head_len; /* the latter of `inner`: the associated data */
};

/* Content, in this order; what is not there has length 0, the rest is zeros. */
struct content {
	uint8_t pan_len, pan[PH_PAN_MAX];
	uint8_t expiry[4];
	uint8_t sequence; /* FF: unknown */
	uint8_t track2_len, track2[37];
	uint8_t zeros[PH_SEALED_CONTENT - 1 - PH_PAN_MAX - 4 - 1 - 1 - 37];
};
_Static_assert(sizeof(struct content) == PH_SEALED_CONTENT, "no padding");

/* The letters of key ids and payments. */
static bool is_word(const char *text, size_t len)
{
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && !strchr("-._", c))
			return false;
		if (c == '\0')
			return false;
	}
	return true;
}

static bool is_currency(const char *text)
{
	for (unsigned i = 0; i < 3; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	return text[3] == '\0';
}

static bool header_ok(const struct ph_sealed_header *header)
{
	return (header->use == PH_SEALED_KEPT || header->use == PH_SEALED_ONCE) &&
	       is_word(header->kid, strnlen(header->kid, sizeof header->kid)) &&
	       is_word(header->payment, strnlen(header->payment, sizeof header->payment)) &&
	       strnlen(header->kid, sizeof header->kid) < sizeof header->kid &&
	       strnlen(header->payment, sizeof header->payment) < sizeof header->payment &&
	       is_currency(header->currency);
}

static bool digits(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static bool track2_ok(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] < '0' || text[i] > '9') && text[i] != 'D')
			return false;
	return true;
}

static bool account_ok(const struct ph_account *account, enum ph_sealed_use use)
{
	if (account->pan_len < PH_PAN_MIN || account->pan_len > PH_PAN_MAX ||
		!digits(account->hidden_pan, account->pan_len) ||
		!digits(account->hidden_expiry, sizeof account->hidden_expiry))
		return false;
	if (account->sequence < -1 || account->sequence > 99)
		return false;
	if (account->track2_len > sizeof account->hidden_track2 ||
		!track2_ok(account->hidden_track2, account->track2_len))
		return false;
	return account->track2_len == 0 || use == PH_SEALED_ONCE;
}

static uint8_t *put_word(uint8_t *at, const char *text)
{
	size_t len = strlen(text);

	*at++ = (uint8_t)len;
	memcpy(at, text, len);
	return at + len;
}

/* Returns the bytes of the associated data. */
static size_t write_header(const struct ph_sealed_header *header, uint8_t out[HEADER_MAX])
{
	uint8_t *at = out;

	memcpy(at, magic, sizeof magic);
	at += sizeof magic;
	*at++ = ALG_XCHACHA20;
	*at++ = (uint8_t)header->use;
	at = put_word(at, header->kid);
	at = put_word(at, header->payment);
	for (int shift = 56; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(header->amount >> shift);
	memcpy(at, header->currency, 3);
	return (size_t)(at + 3 - out);
}

static void write_content(const struct ph_account *account, struct content *content)
{
	memset(content, 0, sizeof *content);
	content->pan_len = account->pan_len;
	memcpy(content->pan, account->hidden_pan, account->pan_len);
	memcpy(content->expiry, account->hidden_expiry, sizeof content->expiry);
	content->sequence = account->sequence < 0 ? 0xff : (uint8_t)account->sequence;
	content->track2_len = account->track2_len;
	memcpy(content->track2, account->hidden_track2, account->track2_len);
}

static int read_content(
	const struct content *content, enum ph_sealed_use use, struct ph_account *account)
{
	if (content->pan_len > PH_PAN_MAX || content->track2_len > sizeof content->track2)
		return -EBADMSG;
	if (content->sequence != 0xff && content->sequence > 99)
		return -EBADMSG;
	memset(account, 0, sizeof *account);
	account->pan_len = content->pan_len;
	memcpy(account->hidden_pan, content->pan, content->pan_len);
	memcpy(account->hidden_expiry, content->expiry, sizeof content->expiry);
	account->sequence = content->sequence == 0xff ? -1 : (int8_t)content->sequence;
	account->track2_len = content->track2_len;
	memcpy(account->hidden_track2, content->track2, content->track2_len);
	if (account_ok(account, use))
		return 0;
	ph_wipe(account, sizeof *account);
	return -EBADMSG;
}

ssize_t ph_seal(const struct ph_sealed_header *header, const struct ph_account *account,
	const uint8_t public_key[PH_SEAL_PUBLIC], uint8_t *out, size_t size)
{
	uint8_t key[CONTENT_KEY];
	struct content content;
	uint8_t head[HEADER_MAX];
	uint8_t *sealed_key, *nonce;
	size_t head_len;
	int r;

	if (!header_ok(header) || !account_ok(account, header->use))
		return -EINVAL;
	if (sodium_init() < 0)
		return -ENOMEM;
	head_len = write_header(header, head);
	if (size < head_len + BEHIND_HEADER)
		return -ENOBUFS;
	memcpy(out, head, head_len);
	sealed_key = out + head_len;
	nonce = sealed_key + SEALED_KEY;
	randombytes_buf(key, sizeof key);
	randombytes_buf(nonce, NONCE);
	r = crypto_box_seal(sealed_key, key, sizeof key, public_key);
	write_content(account, &content);
	if (r == 0)
		r = crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, NULL,
			(const uint8_t *)&content, sizeof content, out, head_len, NULL, nonce, key);
	ph_wipe(key, sizeof key);
	ph_wipe(&content, sizeof content);
	return r == 0 ? (ssize_t)(head_len + BEHIND_HEADER) : -EINVAL;
}

/* A text of at most `size` - 1 bytes with its length in front. Returns what is behind it, or NULL. */
static const uint8_t *get_word(const uint8_t *at, const uint8_t *end, char *out, size_t size)
{
	size_t len;

	if (at == end)
		return NULL;
	len = *at++;
	if (len >= size || len > (size_t)(end - at) || !is_word((const char *)at, len))
		return NULL;
	memcpy(out, at, len);
	out[len] = '\0';
	return at + len;
}

/* Returns the bytes of the header, or -EBADMSG. */
static ssize_t read_header(const uint8_t *sealed, size_t len, struct ph_sealed_header *header)
{
	const uint8_t *at = sealed, *end = sealed + len;

	if (len < sizeof magic + 2 || memcmp(at, magic, sizeof magic) != 0)
		return -EBADMSG;
	at += sizeof magic;
	if (*at++ != ALG_XCHACHA20)
		return -EBADMSG;
	header->use = (enum ph_sealed_use) * at++;
	at = get_word(at, end, header->kid, sizeof header->kid);
	if (at)
		at = get_word(at, end, header->payment, sizeof header->payment);
	if (!at || end - at != 8 + 3 + BEHIND_HEADER)
		return -EBADMSG;
	header->amount = 0;
	for (unsigned i = 0; i < 8; i++)
		header->amount = header->amount << 8 | *at++;
	memcpy(header->currency, at, 3);
	header->currency[3] = '\0';
	return header_ok(header) ? (ssize_t)(at + 3 - sealed) : -EBADMSG;
}

static int read_parts(const uint8_t *sealed, size_t len, struct parts *ret_parts)
{
	struct parts parts = {.inner = sealed, .inner_len = len};
	char kid[PH_SEAL_KID_MAX + 1];
	bool wrapped = len > sizeof magic && !memcmp(sealed, magic_wrapped, sizeof magic);
	ssize_t head_len;

	if (wrapped) {
		parts.inner = get_word(sealed + sizeof magic, sealed + len, kid, sizeof kid);
		if (!parts.inner)
			return -EBADMSG;
		parts.inner_len = (size_t)(sealed + len - parts.inner);
	}
	head_len = read_header(parts.inner, parts.inner_len, &parts.header);
	if (head_len < 0)
		return (int)head_len;
	if (wrapped)
		memcpy(parts.header.kid, kid, sizeof kid);
	parts.head_len = (size_t)head_len;
	*ret_parts = parts;
	return 0;
}

int ph_sealed_read(const uint8_t *sealed, size_t len, struct ph_sealed_header *ret_header)
{
	struct parts parts;
	int r = read_parts(sealed, len, &parts);

	if (r == 0)
		*ret_header = parts.header;
	return r;
}

static bool same_payment(const struct ph_sealed_header *a, const struct ph_sealed_header *b)
{
	return a->use == b->use && a->amount == b->amount && !strcmp(a->payment, b->payment) &&
	       !strcmp(a->currency, b->currency);
}

/* Opens the content key and the content; both are the caller's to wipe, also where this fails. */
static int open_parts(const struct parts *parts, const struct ph_sealed_header *expected,
	const struct ph_seal_pair *pair, uint8_t key[CONTENT_KEY], struct content *content)
{
	const uint8_t *sealed_key = parts->inner + parts->head_len;
	const uint8_t *nonce = sealed_key + SEALED_KEY;

	if (!same_payment(&parts->header, expected))
		return -EPERM;
	if (crypto_box_seal_open(key, sealed_key, SEALED_KEY, pair->public_key, pair->secret_key) !=
		0)
		return -EKEYREJECTED;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)content, NULL, NULL,
		    nonce + NONCE, PH_SEALED_CONTENT + TAG, parts->inner, parts->head_len, nonce,
		    key) != 0)
		return -EBADMSG;
	return 0;
}

int ph_sealed_open(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const uint8_t public_key[PH_SEAL_PUBLIC], const uint8_t secret_key[PH_SEAL_SECRET],
	struct ph_account *ret_account)
{
	const struct ph_seal_pair pair = {public_key, secret_key};
	uint8_t key[CONTENT_KEY];
	struct content content;
	struct parts parts;
	int r = read_parts(sealed, len, &parts);

	if (r < 0)
		return r;
	r = open_parts(&parts, expected, &pair, key, &content);
	ph_wipe(key, sizeof key);
	if (r == 0)
		r = read_content(&content, parts.header.use, ret_account);
	ph_wipe(&content, sizeof content);
	return r;
}

/* In front of the record within, which is copied as it is but for its sealed key. */
static ssize_t write_wrapped(const struct parts *parts, const uint8_t key[CONTENT_KEY],
	const struct ph_seal_to *to, uint8_t *out)
{
	uint8_t *at = out;

	memcpy(at, magic_wrapped, sizeof magic_wrapped);
	at = put_word(at + sizeof magic_wrapped, to->kid);
	memcpy(at, parts->inner, parts->inner_len);
	if (crypto_box_seal(at + parts->head_len, key, CONTENT_KEY, to->public_key) != 0)
		return -EINVAL;
	return at + parts->inner_len - out;
}

ssize_t ph_sealed_rewrap(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const struct ph_seal_pair *from, const struct ph_seal_to *to,
	uint8_t out[PH_SEALED_WRAPPED_MAX])
{
	size_t kid_len = strnlen(to->kid, PH_SEAL_KID_MAX + 1);
	uint8_t key[CONTENT_KEY];
	struct content content;
	struct parts parts;
	ssize_t n = read_parts(sealed, len, &parts);

	if (n < 0)
		return n;
	if (kid_len > PH_SEAL_KID_MAX || !is_word(to->kid, kid_len))
		return -EINVAL;
	n = open_parts(&parts, expected, from, key, &content);
	ph_wipe(&content, sizeof content);
	if (n == 0 && parts.header.use != PH_SEALED_KEPT)
		n = -EINVAL;
	if (n == 0)
		n = write_wrapped(&parts, key, to, out);
	ph_wipe(key, sizeof key);
	return n;
}

int ph_sealed_prove(const uint8_t *sealed, size_t len, const struct ph_sealed_header *expected,
	const struct ph_seal_pair *from, const uint8_t bound[PH_SEALED_BOUND],
	uint8_t ret_proof[PH_SEALED_BOUND])
{
	static const char context[crypto_kdf_CONTEXTBYTES + 1] = "PHSbound";
	uint8_t key[CONTENT_KEY], derived[crypto_generichash_KEYBYTES];
	struct content content;
	struct parts parts;
	int r = read_parts(sealed, len, &parts);

	if (r < 0)
		return r;
	r = open_parts(&parts, expected, from, key, &content);
	ph_wipe(&content, sizeof content);
	if (r == 0) {
		crypto_kdf_derive_from_key(derived, sizeof derived, 1, context, key);
		crypto_generichash(ret_proof, PH_SEALED_BOUND, bound, PH_SEALED_BOUND, derived,
			sizeof derived);
		ph_wipe(derived, sizeof derived);
	}
	ph_wipe(key, sizeof key);
	return r;
}
