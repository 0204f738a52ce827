// Any bytes inside a signature that is right, of each type: whatever a dishonest issuer or card may sign. With the last way
// the bytes are the signature itself.
#include "protocols/emv/certificate.h"

#include "emv_forge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum way { ISSUER, ICC, PIN, STATIC, DYNAMIC, COMBINED, RAW, WAYS };

static struct ph_emv_data objects;
static struct ph_emv_static statics;
static struct ph_emv_ca_key ca;
static struct ph_rsa_key issuer, icc;

static void prepare(void)
{
	if (!ca.key.len) {
		forge_public(FORGE_CA, &ca.key);
		forge_public(FORGE_ISSUER, &issuer);
		forge_public(FORGE_ICC, &icc);
		ca.index = 1;
	}
	ph_emv_data_init(&objects);
	ph_emv_data_set(&objects, PH_FROM_CARD, PH_TAG_PAN, "\x54\x13\x33\x00\x89\x02\x00\x11", 8);
	ph_emv_data_set(&objects, PH_FROM_CARD, PH_TAG_CA_INDEX, "\x01", 1);
}

static void put(uint32_t tag, const void *value, size_t len)
{
	if (len && ph_emv_data_set(&objects, PH_FROM_CARD, tag, value, len) < 0)
		abort();
}

/* The body of a signature; what has no room in it is a remainder or, for data, what was signed along. */
struct signed_bytes {
	uint8_t out[PH_RSA_BYTES_MAX];
	size_t len;
	struct ph_bytes rest;
};

static void sign(enum forge_name by, const uint8_t *data, size_t len, const struct ph_bytes *more,
	struct signed_bytes *ret)
{
	struct ph_rsa_key key;

	forge_public(by, &key);
	size_t room = key.len - 2u - PH_SHA1_SIZE;
	size_t inside = len < room ? len : room;
	size_t rest = len - inside < PH_RSA_BYTES_MAX ? len - inside : PH_RSA_BYTES_MAX;
	ret->rest = (struct ph_bytes){data + inside, rest};
	const struct ph_bytes pieces[] = {ret->rest, *more};
	ret->len = forge(by, (struct ph_bytes){data, inside}, pieces, 2, ret->out);
}

static void check_key(int result, const struct ph_rsa_key *key, size_t most)
{
	if (!result && (!ph_rsa_key_allowed(key) || key->len > most))
		abort();
}

static int run_issuer(void)
{
	const struct ph_emv_keyring ring = {.keys = &ca, .key_count = 1};
	struct ph_rsa_key key;
	int r = ph_emv_issuer_key(&ring, ca.rid, 20261122, &objects, &key);

	check_key(r, &key, ca.key.len);
	return r;
}

static void run_certificate(enum way way, const uint8_t *data, size_t len)
{
	static const uint32_t tags[][3] = {
		[ISSUER] = {PH_TAG_ISSUER_CERTIFICATE, PH_TAG_ISSUER_REMAINDER,
			PH_TAG_ISSUER_EXPONENT},
		[ICC] = {PH_TAG_ICC_CERTIFICATE, PH_TAG_ICC_REMAINDER, PH_TAG_ICC_EXPONENT},
		[PIN] = {PH_TAG_PIN_CERTIFICATE, PH_TAG_PIN_REMAINDER, PH_TAG_PIN_EXPONENT},
	};
	const struct ph_bytes exponent = {"\x03", 1};
	struct signed_bytes s;
	struct ph_rsa_key key;

	sign(way == ISSUER ? FORGE_CA : FORGE_ISSUER, data, len, &exponent, &s);
	put(tags[way][0], s.out, s.len);
	put(tags[way][1], s.rest.data, s.rest.len);
	put(tags[way][2], exponent.data, exponent.len);
	if (way == ISSUER)
		run_issuer();
	else
		check_key(ph_emv_icc_key(&issuer, 20261122, &objects, &statics, way == PIN, &key),
			&key, issuer.len);
}

static void run_signature(enum way way, const uint8_t *data, size_t len)
{
	const struct ph_bytes nothing = {NULL, 0};
	struct signed_bytes s;
	struct ph_emv_dynamic dynamic;
	uint8_t code[2];

	if (way == STATIC) {
		sign(FORGE_ISSUER, data, len < 58 ? len : 58, &nothing, &s);
		put(PH_TAG_SIGNED_STATIC, s.out, s.len);
		ph_emv_check_static(&issuer, &objects, &statics, code);
		return;
	}
	/* four bytes of the terminal, as with CDA they are the unpredictable number */
	const struct ph_bytes number = {"\x01\x02\x03\x04", 4};
	sign(FORGE_ICC, data, len < 42 ? len : 42, &number, &s);
	struct ph_bytes signature = {s.out, s.len};
	int r = way == DYNAMIC
			? ph_emv_check_dynamic(&icc, signature, number, &dynamic)
			: ph_emv_check_combined(&icc, signature, number.data, NULL, 0, &dynamic);
	if (!r && (dynamic.icc_number_len < 2 || dynamic.icc_number_len > 8))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	enum way way = (enum way)(*data++ % WAYS);
	len--;
	prepare();
	switch (way) {
	case ISSUER:
	case ICC:
	case PIN:
		run_certificate(way, data, len);
		break;
	case STATIC:
	case DYNAMIC:
	case COMBINED:
		run_signature(way, data, len);
		break;
	case RAW:
		put(PH_TAG_ISSUER_CERTIFICATE, data, len < 255 ? len : 255);
		put(PH_TAG_ISSUER_EXPONENT, "\x03", 1);
		run_issuer();
		break;
	case WAYS:
		break;
	}
	return 0;
}
