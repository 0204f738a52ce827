// RSA of the card: what its authority, issuer and itself sign. The keys are in card_test_keys.c.
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <string.h>

#include "emulators/models/card_internal.h"

#define ISSUER_ROOM (36) /* bytes of an issuer certificate that are not its key */
#define ICC_ROOM    (42)

size_t card_key_modulus(enum card_key key, uint8_t out[CARD_RSA_MAX])
{
	long n = card_hex(card_test_keys[key].modulus, out, CARD_RSA_MAX);

	return n < 0 ? 0 : (size_t)n;
}

size_t card_key_exponent(enum card_key key, uint8_t out[3])
{
	unsigned e = card_test_keys[key].exponent;

	if (e == 3) {
		out[0] = 3;
		return 1;
	}
	out[0] = (uint8_t)(e >> 16);
	out[1] = (uint8_t)(e >> 8);
	out[2] = (uint8_t)e;
	return 3;
}

bool card_key_apply(enum card_key key, const uint8_t *in, uint8_t *out)
{
	const struct card_key_text *text = &card_test_keys[key];
	int size = (int)strlen(text->modulus) / 2;
	BIGNUM *n = NULL, *d = NULL, *x = BN_bin2bn(in, size, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok = x && ctx && BN_hex2bn(&n, text->modulus) && BN_hex2bn(&d, text->secret) &&
		  BN_mod_exp(x, x, d, n, ctx) && BN_bn2binpad(x, out, size) == size;

	BN_free(n);
	BN_free(d);
	BN_free(x);
	BN_CTX_free(ctx);
	return ok;
}

void card_hash(const struct card_bytes *parts, size_t count, uint8_t out[20])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t md[EVP_MAX_MD_SIZE] = {0};

	EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
	for (size_t i = 0; i < count; i++)
		EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
	EVP_DigestFinal_ex(ctx, md, NULL);
	EVP_MD_CTX_free(ctx);
	memcpy(out, md, 20);
}

size_t card_sign(const struct card_signature *s, uint8_t out[CARD_RSA_MAX])
{
	uint8_t block[CARD_RSA_MAX];
	struct card_bytes parts[6];
	size_t size = strlen(card_test_keys[s->key].modulus) / 2;

	if (s->body.len + 22 > size || s->more_count > 5)
		return 0;
	memset(block, 0xbb, size);
	block[0] = 0x6a;
	memcpy(block + 1, s->body.data, s->body.len);
	block[size - 1] = 0xbc;
	parts[0] = (struct card_bytes){block + 1, size - 22};
	memcpy(parts + 1, s->more, s->more_count * sizeof *parts);
	card_hash(parts, s->more_count + 1, block + size - 21);
	if (s->bad_hash)
		block[size - 2] ^= 1;
	return card_key_apply(s->key, block, out) ? size : 0;
}

// ---- certificates ----

// What differs between the three of them.
struct certificate {
	enum card_key signer, subject;
	struct card_bytes head; /* up to the serial number */
	size_t room;		/* bytes that are not key */
	uint32_t tag, exponent_tag, remainder_tag;
	struct card_bytes static_data;
	bool bad_hash;
};

static int certify(struct card_app *app, const struct certificate *c)
{
	uint8_t body[CARD_RSA_MAX], modulus[CARD_RSA_MAX], exponent[3], signature[CARD_RSA_MAX];
	uint8_t full[CARD_RSA_MAX];
	struct card_out out = {.data = body, .size = sizeof body};
	size_t len = card_key_modulus(c->subject, modulus);
	size_t e = card_key_exponent(c->subject, exponent);
	size_t room = card_key_modulus(c->signer, full) - c->room;
	size_t left = len < room ? len : room;

	card_put(&out, c->head.data, c->head.len);
	card_put(&out, (uint8_t[]){0x01, 0x01, (uint8_t)len, (uint8_t)e}, 4);
	card_put(&out, modulus, left);
	const struct card_bytes more[] = {
		{modulus + left, len - left}, {exponent, e}, c->static_data};
	size_t n = card_sign(&(struct card_signature){.key = c->signer,
				     .body = {body, out.len},
				     .more = more,
				     .more_count = 3,
				     .bad_hash = c->bad_hash},
		signature);
	if (!n || out.full)
		return -EINVAL;
	int r = card_set(app, c->tag, signature, n);
	if (r == 0)
		r = card_set(app, c->exponent_tag, exponent, e);
	if (r == 0 && len > left)
		r = card_set(app, c->remainder_tag, modulus + left, len - left);
	return r;
}

// Digits in BCD, filled with F.
static void digits(const char *text, size_t count, uint8_t *out, size_t n)
{
	size_t len = strlen(text) < count ? strlen(text) : count;

	memset(out, 0xff, n);
	for (size_t i = 0; i < len && i < 2 * n; i++) {
		uint8_t d = (uint8_t)(text[i] - '0');
		out[i / 2] = (uint8_t)(i % 2 ? (out[i / 2] & 0xf0) | d : d << 4 | 0x0f);
	}
}

static int certify_issuer(struct card_app *app)
{
	static const uint8_t own_rid[] = {0xf0, 0x50, 0x4f, 0x53, 0x48};
	const struct card_app_faults *f = &app->faults;
	bool own = memcmp(app->aid, own_rid, sizeof own_rid) == 0;
	uint8_t head[10] = {0x02, 0, 0, 0, 0, 0x12, 0x35, 0x00, 0x00, 0x01};

	digits(app->pan, 8, head + 1, 4);
	if (f->has_issuer_id)
		memcpy(head + 1, f->issuer_id, 4);
	if (f->has_issuer_expiry)
		memcpy(head + 5, f->issuer_expiry, 2);
	if (f->has_issuer_serial)
		memcpy(head + 7, f->issuer_serial, 3);
	return certify(app,
		&(struct certificate){.signer = own ? CARD_KEY_LONG_AUTHORITY : CARD_KEY_AUTHORITY,
			.subject = CARD_KEY_ISSUER,
			.head = {head, sizeof head},
			.room = ISSUER_ROOM,
			.tag = 0x90,
			.exponent_tag = 0x9f32,
			.remainder_tag = 0x92,
			.bad_hash = f->issuer_hash});
}

static int certify_icc(struct card_app *app, const struct card_bytes *static_data, bool pin)
{
	const struct card_app_faults *f = &app->faults;
	uint8_t head[16] = {0x04, [11] = 0x12, 0x34, 0x00, 0x00, 0x02};

	digits(f->certificate_pan[0] && !pin ? f->certificate_pan : app->pan, 20, head + 1, 10);
	if (f->has_icc_expiry && !pin)
		memcpy(head + 11, f->icc_expiry, 2);
	return certify(
		app, &(struct certificate){.signer = CARD_KEY_ISSUER,
			     .subject = pin ? CARD_KEY_PIN : app->icc_key,
			     .head = {head, sizeof head},
			     .room = ICC_ROOM,
			     .tag = pin ? 0x9f2d : 0x9f46,
			     .exponent_tag = pin ? 0x9f2e : 0x9f47,
			     .remainder_tag = pin ? 0x9f2f : 0x9f48,
			     .static_data = pin ? (struct card_bytes){NULL, 0} : *static_data,
			     .bad_hash = f->icc_hash && !pin});
}

static int sign_static(struct card_app *app, const struct card_bytes *static_data)
{
	static const uint8_t body[] = {0x03, 0x01, 0x12, 0x34};
	uint8_t signature[CARD_RSA_MAX];
	size_t n = card_sign(&(struct card_signature){.key = CARD_KEY_ISSUER,
				     .body = {body, sizeof body},
				     .more = static_data,
				     .more_count = 1},
		signature);

	return n ? card_set(app, 0x93, signature, n) : -EINVAL;
}

int card_certify(struct card_app *app, const struct card_bytes *static_data)
{
	int r = 0;

	if (app->oda == CARD_ODA_NONE)
		return 0;
	if ((r = certify_issuer(app)) < 0)
		return r;
	if (app->oda == CARD_ODA_SDA)
		return sign_static(app, static_data);
	if ((r = certify_icc(app, static_data, false)) < 0)
		return r;
	return app->pin[0] ? certify_icc(app, static_data, true) : 0;
}
