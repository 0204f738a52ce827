// Certificates and signatures that are right in all but one place, each for one step of EMV Book 2, 5.3, 5.4, 6.3 to 6.6.
#include "protocols/emv/certificate.h"

#include "emv_forge.h"
#include "emv_help.h"

#include <errno.h>

#define TODAY 20261122

static struct ph_emv_data data;
static struct ph_emv_static statics;
static struct ph_emv_ca_key ca[2];
static struct ph_emv_revoked revoked;
static struct ph_emv_keyring ring;
static struct ph_rsa_key issuer, icc;

static void start(void)
{
	forge_public(FORGE_CA, &ca[0].key);
	forge_public(FORGE_CA_LONG, &ca[1].key);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(ca[i].rid, "\xf0PHSH", PH_RID_SIZE);
		ca[i].index = (uint8_t)(1 + i);
		ca[i].expiry = 20301231;
	}
	revoked = (struct ph_emv_revoked){.index = 9};
	ring = (struct ph_emv_keyring){
		.keys = ca, .key_count = 2, .revoked = &revoked, .revoked_count = 1};
	forge_public(FORGE_ISSUER, &issuer);
	forge_public(FORGE_ICC, &icc);
	ph_emv_data_init(&data);
	set(&data, PH_TAG_PAN, "5413330089020011");
	set(&data, PH_TAG_AIP, "3D00");
	set(&data, PH_TAG_CA_INDEX, "01");
	statics = (struct ph_emv_static){.len = 3, .hidden = {1, 2, 3}};
}

/* A certificate to be made: what stands in front of the key, whose key, and how. */
struct plan {
	enum forge_name by, key;
	const char *front;    /* from format to exponent length */
	const char *exponent; /* of the card's data */
	size_t room;	      /* for the key */
	const uint8_t *statics;
	size_t statics_len;
};

/* Signs it and sets its three objects. */
static void make(
	const struct plan *plan, uint32_t certificate, uint32_t remainder, uint32_t exponent)
{
	struct bytes body = bytes(plan->front), e = bytes(plan->exponent);
	uint8_t out[PH_RSA_BYTES_MAX];
	struct ph_rsa_key key;

	forge_public(plan->key, &key);
	size_t inside = key.len < plan->room ? key.len : plan->room;
	memcpy(body.data + body.len, key.modulus, inside);
	body.len += inside;
	const struct ph_bytes more[] = {{key.modulus + inside, key.len - inside}, {e.data, e.len},
		{plan->statics, plan->statics_len}};
	size_t len = forge(plan->by, (struct ph_bytes){body.data, body.len}, more, 3, out);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, certificate, out, len), 0);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, exponent, e.data, e.len), 0);
	if (key.len > inside)
		ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, remainder,
					 key.modulus + inside, key.len - inside),
			0);
}

/* By an authority whose certificates have `len` bytes. */
static void make_issuer(enum forge_name by, size_t len, enum forge_name name, const char *front,
	const char *exponent)
{
	struct plan plan = {
		.by = by, .key = name, .front = front, .exponent = exponent, .room = len - 36};

	make(&plan, PH_TAG_ISSUER_CERTIFICATE, PH_TAG_ISSUER_REMAINDER, PH_TAG_ISSUER_EXPONENT);
}

static void make_icc(const struct plan *plan, bool pin)
{
	if (pin)
		make(plan, PH_TAG_PIN_CERTIFICATE, PH_TAG_PIN_REMAINDER, PH_TAG_PIN_EXPONENT);
	else
		make(plan, PH_TAG_ICC_CERTIFICATE, PH_TAG_ICC_REMAINDER, PH_TAG_ICC_EXPONENT);
}

static int issuer_key(struct ph_rsa_key *ret_key)
{
	return ph_emv_issuer_key(&ring, ca[0].rid, TODAY, &data, ret_key);
}

struct row {
	const char *front, *exponent;
	int result;
};

/* 02, issuer, MMYY, serial, hash algorithm, key algorithm, key length, exponent length */
static const struct row issuers[] = {
	{"02 54133300 1230 000001 01 01 50 01", "03", 0},
	{"03 54133300 1230 000001 01 01 50 01", "03", -EBADMSG},
	{"04 54133300 1230 000001 01 01 50 01", "03", -EBADMSG},
	/* three to eight digits of the account number */
	{"02 541FFFFF 1230 000001 01 01 50 01", "03", 0},
	{"02 54133FFF 1230 000001 01 01 50 01", "03", 0},
	{"02 54FFFFFF 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	{"02 FFFFFFFF 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	{"02 54133301 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	{"02 542FFFFF 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	{"02 541FFF00 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	{"02 541AFFFF 1230 000001 01 01 50 01", "03", -EKEYREJECTED},
	/* good to the end of its month */
	{"02 54133300 1126 000001 01 01 50 01", "03", 0},
	{"02 54133300 1026 000001 01 01 50 01", "03", -EKEYEXPIRED},
	{"02 54133300 1249 000001 01 01 50 01", "03", 0},
	{"02 54133300 1250 000001 01 01 50 01", "03", -EKEYEXPIRED},
	{"02 54133300 1330 000001 01 01 50 01", "03", -EKEYEXPIRED},
	{"02 54133300 0030 000001 01 01 50 01", "03", -EKEYEXPIRED},
	{"02 54133300 123A 000001 01 01 50 01", "03", -EKEYEXPIRED},
	/* algorithms */
	{"02 54133300 1230 000001 02 01 50 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 00 01 50 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 02 50 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 00 50 01", "03", -EBADMSG},
	/* lengths of the key */
	{"02 54133300 1230 000001 01 01 51 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 01 4F 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 01 61 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 01 FF 01", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 01 3F 01", "03", -EINVAL},
	{"02 54133300 1230 000001 01 01 00 01", "03", -EINVAL},
	/* exponents */
	{"02 54133300 1230 000001 01 01 50 03", "010001", 0},
	{"02 54133300 1230 000001 01 01 50 03", "000003", 0},
	{"02 54133300 1230 000001 01 01 50 01", "02", -EINVAL},
	{"02 54133300 1230 000001 01 01 50 01", "05", -EINVAL},
	{"02 54133300 1230 000001 01 01 50 01", "00", -EINVAL},
	{"02 54133300 1230 000001 01 01 50 04", "00000003", -EINVAL},
	{"02 54133300 1230 000001 01 01 50 03", "03", -EBADMSG},
	{"02 54133300 1230 000001 01 01 50 01", "010001", -EBADMSG},
	{"02 54133300 1230 000001 01 01 50 00", "03", -EBADMSG},
};

START_TEST(issuer_certificates)
{
	const struct row *row = &issuers[_i];
	struct ph_rsa_key key = {.len = 1};

	make_issuer(FORGE_CA, 96, FORGE_ISSUER, row->front, row->exponent);
	ck_assert_int_eq(issuer_key(&key), row->result);
	if (row->result) {
		ck_assert_uint_eq(key.len, 1);
		return;
	}
	ck_assert_uint_eq(key.len, issuer.len);
	ck_assert_mem_eq(key.modulus, issuer.modulus, issuer.len);
	ck_assert_uint_eq(key.exponent, strcmp(row->exponent, "010001") ? 3 : 65537);
}
END_TEST

#define ISSUER_FRONT "02 54133300 1230 000001 01 01 50 01"

static void good_issuer(void)
{
	make_issuer(FORGE_CA, 96, FORGE_ISSUER, ISSUER_FRONT, "03");
}

START_TEST(issuer_objects)
{
	static const uint32_t needed[] = {PH_TAG_ISSUER_CERTIFICATE, PH_TAG_ISSUER_REMAINDER,
		PH_TAG_ISSUER_EXPONENT, PH_TAG_CA_INDEX, PH_TAG_PAN};
	struct ph_rsa_key key;
	struct ph_emv_data all;

	good_issuer();
	all = data;
	ck_assert_int_eq(issuer_key(&key), 0);
	/* each in turn is missing */
	for (unsigned i = 0; i < sizeof needed / sizeof *needed; i++) {
		ph_emv_data_init(&data);
		for (unsigned j = 0; j < all.count; j++) {
			const struct ph_emv_object *o = &all.objects[j];
			if (o->tag != needed[i])
				ck_assert_int_eq(ph_emv_data_set(&data, o->source, o->tag,
							 all.hidden + o->offset, o->len),
					0);
		}
		ck_assert_int_eq(issuer_key(&key), -ENODATA);
	}
	data = all;
	/* another length of the certificate */
	uint8_t certificate[97];
	memcpy(certificate, ph_emv_data_get(&data, PH_TAG_ISSUER_CERTIFICATE, NULL), 96);
	certificate[96] = 0;
	for (size_t len = 1; len <= 97; len++) {
		ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, PH_TAG_ISSUER_CERTIFICATE,
					 certificate, len),
			0);
		ck_assert_int_eq(issuer_key(&key), len == 96 ? 0 : -EBADMSG);
	}
	/* and of the remainder */
	data = all;
	uint8_t remainder[21];
	memcpy(remainder, ph_emv_data_get(&data, PH_TAG_ISSUER_REMAINDER, NULL), 20);
	remainder[20] = 0;
	for (size_t len = 1; len <= 21; len++) {
		ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, PH_TAG_ISSUER_REMAINDER,
					 remainder, len),
			0);
		ck_assert_int_eq(issuer_key(&key), len == 20 ? 0 : -EBADMSG);
	}
}
END_TEST

START_TEST(authorities)
{
	struct ph_rsa_key key, want;

	/* the key fits in the certificate of a longer authority: padding, no remainder */
	make_issuer(FORGE_CA_LONG, 248, FORGE_ISSUER, ISSUER_FRONT, "03");
	set(&data, PH_TAG_CA_INDEX, "02");
	ck_assert_int_eq(issuer_key(&key), 0);
	ck_assert_mem_eq(key.modulus, issuer.modulus, issuer.len);
	set(&data, PH_TAG_CA_INDEX, "01");
	ck_assert_int_eq(issuer_key(&key), -EBADMSG);
	set(&data, PH_TAG_CA_INDEX, "03");
	ck_assert_int_eq(issuer_key(&key), -ENOKEY);
	set(&data, PH_TAG_CA_INDEX, "02");
	ca[1].rid[4] ^= 1;
	ck_assert_int_eq(issuer_key(&key), -ENOKEY);
	ca[1].rid[4] ^= 1;
	ca[1].expiry = TODAY - 1;
	ck_assert_int_eq(issuer_key(&key), -EKEYEXPIRED);
	ca[1].expiry = 0;
	ck_assert_int_eq(issuer_key(&key), 0);
	ca[1].key.exponent = 7;
	ck_assert_int_eq(issuer_key(&key), -EINVAL);
	ca[1].key.exponent = 3;

	/* the longest there are */
	make_issuer(FORGE_CA_LONG, 248, FORGE_ISSUER_LONG, "02 54133300 1230 000001 01 01 F8 03",
		"010001");
	ck_assert_int_eq(issuer_key(&key), 0);
	forge_public(FORGE_ISSUER_LONG, &want);
	ck_assert_uint_eq(key.len, PH_RSA_BYTES_MAX);
	ck_assert_mem_eq(key.modulus, want.modulus, want.len);
	ck_assert_uint_eq(key.exponent, 65537);

	/* an authority with 65537 */
	forge_public(FORGE_CA_F4, &ca[1].key);
	make_issuer(FORGE_CA_F4, 96, FORGE_ISSUER, ISSUER_FRONT, "03");
	ck_assert_int_eq(issuer_key(&key), 0);
}
END_TEST

START_TEST(revocation)
{
	struct ph_rsa_key key;

	good_issuer();
	revoked = (struct ph_emv_revoked){.rid = "\xf0PHSH", .index = 1, .serial = {0, 0, 1}};
	ck_assert_int_eq(issuer_key(&key), -EKEYREVOKED);
	revoked.serial[2] = 2;
	ck_assert_int_eq(issuer_key(&key), 0);
	revoked.serial[2] = 1;
	revoked.index = 2;
	ck_assert_int_eq(issuer_key(&key), 0);
	revoked.index = 1;
	revoked.rid[0] = 0xa0;
	ck_assert_int_eq(issuer_key(&key), 0);
}
END_TEST

/* Signed, but not what is to be signed: each byte of the frame. */
START_TEST(frames)
{
	struct ph_rsa_key key;
	uint8_t plain[96], out[96];

	good_issuer();
	ck_assert_int_eq(
		ph_rsa_recover(&ca[0].key, ph_emv_data_get(&data, PH_TAG_ISSUER_CERTIFICATE, NULL),
			96, plain),
		0);
	for (size_t i = 0; i < sizeof plain; i++) {
		plain[i] ^= 0x01;
		forge_raw(FORGE_CA, plain, out);
		plain[i] ^= 0x01;
		ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, PH_TAG_ISSUER_CERTIFICATE,
					 out, sizeof out),
			0);
		ck_assert_int_eq(issuer_key(&key), -EBADMSG);
	}
	forge_raw(FORGE_CA, plain, out);
	ck_assert_int_eq(
		ph_emv_data_set(&data, PH_FROM_CARD, PH_TAG_ISSUER_CERTIFICATE, out, sizeof out),
		0);
	ck_assert_int_eq(issuer_key(&key), 0);
}
END_TEST

/* 04, PAN, MMYY, serial, hash algorithm, key algorithm, key length, exponent length */
static const struct row iccs[] = {
	{"04 5413330089020011FFFF 1230 000001 01 01 40 01", "03", 0},
	{"02 5413330089020011FFFF 1230 000001 01 01 40 01", "03", -EBADMSG},
	{"04 5413330089020012FFFF 1230 000001 01 01 40 01", "03", -EKEYREJECTED},
	{"04 541333008902001FFFFF 1230 000001 01 01 40 01", "03", -EKEYREJECTED},
	{"04 54133300890200110FFF 1230 000001 01 01 40 01", "03", -EKEYREJECTED},
	{"04 5413330089020011FF00 1230 000001 01 01 40 01", "03", -EKEYREJECTED},
	{"04 FFFFFFFFFFFFFFFFFFFF 1230 000001 01 01 40 01", "03", -EKEYREJECTED},
	{"04 5413330089020011FFFF 1126 000001 01 01 40 01", "03", 0},
	{"04 5413330089020011FFFF 1026 000001 01 01 40 01", "03", -EKEYEXPIRED},
	{"04 5413330089020011FFFF 1230 000001 02 01 40 01", "03", -EBADMSG},
	{"04 5413330089020011FFFF 1230 000001 01 02 40 01", "03", -EBADMSG},
	{"04 5413330089020011FFFF 1230 000001 01 01 41 01", "03", -EBADMSG},
	{"04 5413330089020011FFFF 1230 000001 01 01 51 01", "03", -EBADMSG},
	{"04 5413330089020011FFFF 1230 000001 01 01 20 01", "03", -EINVAL},
	{"04 5413330089020011FFFF 1230 000001 01 01 40 01", "07", -EINVAL},
	{"04 5413330089020011FFFF 1230 000001 01 01 40 03", "010001", 0},
};

START_TEST(icc_certificates)
{
	const struct row *row = &iccs[_i];
	struct plan plan = {FORGE_ISSUER, FORGE_ICC, row->front, row->exponent, 80 - 42,
		statics.hidden, statics.len};
	struct ph_rsa_key key = {.len = 1};

	make_icc(&plan, false);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &key), row->result);
	ck_assert_uint_eq(key.len, row->result ? 1 : icc.len);
	if (!row->result)
		ck_assert_mem_eq(key.modulus, icc.modulus, icc.len);
	/* a key for PINs is signed without static data */
	make_icc(&plan, true);
	ck_assert_int_lt(ph_emv_icc_key(&issuer, TODAY, &data, NULL, true, &key), 0);
	plan.statics_len = 0;
	make_icc(&plan, true);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, NULL, true, &key), row->result);
}
END_TEST

START_TEST(icc_objects)
{
	struct plan plan = {FORGE_ISSUER, FORGE_ICC,
		"04 5413330089020011FFFF 1230 000001 01 01 40 01", "03", 80 - 42, statics.hidden,
		statics.len};
	struct ph_rsa_key key;

	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &key), -ENODATA);
	make_icc(&plan, false);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &key), 0);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, true, &key), -ENODATA);
	issuer.modulus[issuer.len - 1] ^= 1;
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &key), -EINVAL);
}
END_TEST

static size_t sign_static(const char *front, uint8_t *out)
{
	struct bytes body = bytes(front);
	struct ph_bytes more = {statics.hidden, statics.len};

	return forge(FORGE_ISSUER, (struct ph_bytes){body.data, body.len}, &more, 1, out);
}

START_TEST(static_signatures)
{
	static const struct row rows[] = {
		{"03 01 1234", "", 0},
		{"04 01 1234", "", -EBADMSG},
		{"03 02 1234", "", -EBADMSG},
	};
	uint8_t out[PH_RSA_BYTES_MAX], code[2] = {0};

	ck_assert_int_eq(ph_emv_check_static(&issuer, &data, &statics, code), -ENODATA);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = sign_static(rows[i].front, out);
		ck_assert_int_eq(
			ph_emv_data_set(&data, PH_FROM_CARD, PH_TAG_SIGNED_STATIC, out, len), 0);
		ck_assert_int_eq(
			ph_emv_check_static(&issuer, &data, &statics, code), rows[i].result);
		ck_assert_mem_eq(code, "\x12\x34", 2);
	}
}
END_TEST

START_TEST(static_data)
{
	struct bytes good = bytes("70 03 5A 01 47"), other = bytes("77 03 5A 01 47");
	struct bytes behind = bytes("70 03 5A 01 47 90"), lies = bytes("70 04 5A 01 47");
	static uint8_t big[300] = {0x70, 0x82, 0x01, 0x28};
	struct ph_emv_static d = {.len = 0};

	ph_emv_static_add(&d, 1, good.data, good.len);
	ph_emv_static_add(&d, 10, good.data, good.len);
	ph_emv_static_add(&d, 11, good.data, good.len);
	ph_emv_static_add(&d, 30, good.data, good.len);
	struct bytes want = bytes("5A0147 5A0147 70035A0147 70035A0147");
	ck_assert_uint_eq(d.len, want.len);
	ck_assert_mem_eq(d.hidden, want.data, want.len);
	ck_assert(!d.bad);
	const struct bytes *bad[] = {&other, &behind, &lies};
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned sfi = 1; sfi <= 11; sfi += 10) {
			d.bad = false;
			ph_emv_static_add(&d, sfi, bad[i]->data, bad[i]->len);
			ck_assert(d.bad);
			ck_assert_uint_eq(d.len, want.len);
		}
	}
	d = (struct ph_emv_static){.len = 0};
	ph_emv_static_add(&d, 1, big, 0);
	ck_assert(d.bad);
	d = (struct ph_emv_static){.len = 0};
	for (unsigned i = 0; i < 13; i++)
		ph_emv_static_add(&d, 11, big, sizeof big);
	ck_assert(!d.bad);
	ck_assert_uint_eq(d.len, 3900);
	ph_emv_static_add(&d, 11, big, sizeof big);
	ck_assert(d.bad);
	ck_assert_uint_eq(d.len, 3900);
}
END_TEST

START_TEST(static_tag_list)
{
	static const struct row rows[] = {
		{"82", "3D00", 0},
		{"8282", "", -EBADMSG},
		{"9F33", "", -EBADMSG},
		{"95", "", -EBADMSG},
		{"8295", "", -EBADMSG},
	};
	struct ph_emv_static d = {.len = 0};

	ck_assert_int_eq(ph_emv_static_close(&d, &data), 0);
	ck_assert_uint_eq(d.len, 0);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		d = (struct ph_emv_static){.len = 0};
		set(&data, PH_TAG_SDA_TAGS, rows[i].front);
		ck_assert_int_eq(ph_emv_static_close(&d, &data), rows[i].result);
		ck_assert_int_eq(d.bad, rows[i].result != 0);
		ck_assert_uint_eq(d.len, rows[i].result ? 0 : 2);
	}
	set(&data, PH_TAG_SDA_TAGS, "82");
	d = (struct ph_emv_static){.len = PH_EMV_STATIC_MAX - 1};
	ck_assert_int_eq(ph_emv_static_close(&d, &data), -EBADMSG);
	ck_assert(d.bad);
	ph_emv_data_init(&data);
	set(&data, PH_TAG_SDA_TAGS, "82");
	d = (struct ph_emv_static){.len = 0};
	ck_assert_int_eq(ph_emv_static_close(&d, &data), -EBADMSG);
}
END_TEST

/* 05, hash algorithm, length of the dynamic part, and that */
static const struct row dynamics[] = {
	{"05 01 03 02 AABB", "02 AABB", 0},
	{"05 01 09 08 0102030405060708", "08 0102030405060708", 0},
	{"05 01 04 02 AABB CC", "02 AABB", 0},	/* more may follow */
	{"05 01 27 03 AABBCC", "03 AABBCC", 0}, /* all there is room for: NIC - 25 */
	{"05 01 28 03 AABBCC", "", -EBADMSG},
	{"05 01 FF 03 AABBCC", "", -EBADMSG},
	{"05 01 00", "", -EBADMSG},
	{"05 01 02 01 AA", "", -EBADMSG},
	{"05 01 01 00", "", -EBADMSG},
	{"05 01 0A 09 010203040506070809", "", -EBADMSG},
	{"05 01 03 03 AABBCC", "", -EBADMSG}, /* longer than the part it is in */
	{"05 02 03 02 AABB", "", -EBADMSG},
	{"05 00 03 02 AABB", "", -EBADMSG},
	{"04 01 03 02 AABB", "", -EBADMSG},
};

START_TEST(dynamic_signatures)
{
	const struct row *row = &dynamics[_i];
	struct bytes body = bytes(row->front), want = bytes(row->exponent);
	struct ph_bytes terminal = {"\x01\x02\x03\x04", 4};
	struct ph_emv_dynamic dynamic = {.icc_number_len = 77};
	uint8_t out[PH_RSA_BYTES_MAX];
	size_t len = forge(FORGE_ICC, (struct ph_bytes){body.data, body.len}, &terminal, 1, out);

	ck_assert_int_eq(
		ph_emv_check_dynamic(&icc, (struct ph_bytes){out, len}, terminal, &dynamic),
		row->result);
	if (row->result) {
		ck_assert_uint_eq(dynamic.icc_number_len, 77);
		return;
	}
	ck_assert_uint_eq(dynamic.icc_number_len, want.data[0]);
	ck_assert_mem_eq(dynamic.icc_number, want.data + 1, want.len - 1);
}
END_TEST

/* Length of the dynamic part, the card's number, CID, cryptogram; a hash of what the transaction was goes behind. */
static const struct row combined[] = {
	{"20 02 AABB 80 1122334455667788", "", 0},
	{"26 08 0102030405060708 40 1122334455667788", "", 0},
	{"27 08 0102030405060708 40 1122334455667788", "", 0},
	{"1F 02 AABB 80 1122334455667788", "", -EBADMSG},
	{"25 08 0102030405060708 40 1122334455667788", "", -EBADMSG},
	{"03 02 AABB 80 1122334455667788", "", -EBADMSG},
	{"00 02 AABB 80 1122334455667788", "", -EBADMSG},
	{"20 01 AA 80 1122334455667788", "", -EBADMSG},
	{"28 08 0102030405060708 40 1122334455667788", "", -EBADMSG},
};

START_TEST(combined_signatures)
{
	const struct row *row = &combined[_i];
	char front[128];
	uint8_t out[PH_RSA_BYTES_MAX], hash[PH_SHA1_SIZE];
	struct ph_bytes number = {"\x01\x02\x03\x04", 4}, pieces[] = {{"ab", 2}, {"c", 1}};
	struct ph_emv_dynamic dynamic = {.cid = 77};

	snprintf(front, sizeof front, "05 01 %s", row->front);
	struct bytes body = bytes(front);
	ck_assert_int_eq(ph_sha1(pieces, 2, hash), 0);
	memcpy(body.data + body.len, hash, sizeof hash);
	body.len += sizeof hash;
	size_t len = forge(FORGE_ICC, (struct ph_bytes){body.data, body.len}, &number, 1, out);
	struct ph_bytes signature = {out, len};
	ck_assert_int_eq(ph_emv_check_combined(&icc, signature, number.data, pieces, 2, &dynamic),
		row->result);
	if (row->result) {
		ck_assert_uint_eq(dynamic.cid, 77);
		return;
	}
	ck_assert_mem_eq(dynamic.cryptogram, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	ck_assert_mem_eq(dynamic.hash, hash, sizeof hash);
	/* the same bytes in other pieces, and other bytes */
	struct ph_bytes whole = {"abc", 3}, other = {"abd", 3};
	ck_assert_int_eq(
		ph_emv_check_combined(&icc, signature, number.data, &whole, 1, &dynamic), 0);
	ck_assert_int_eq(
		ph_emv_check_combined(&icc, signature, number.data, &other, 1, &dynamic), -EBADMSG);
}
END_TEST

START_TEST(keys)
{
	struct ph_rsa_key key;

	for (int name = 0; name < FORGE_COUNT; name++) {
		forge_public((enum forge_name)name, &key);
		ck_assert(ph_rsa_key_allowed(&key));
	}
	forge_public(FORGE_ICC, &key);
	key.len--;
	ck_assert(!ph_rsa_key_allowed(&key));
	key.len = PH_RSA_BYTES_MAX + 1;
	ck_assert(!ph_rsa_key_allowed(&key));
	key.len = 0;
	ck_assert(!ph_rsa_key_allowed(&key));
	forge_public(FORGE_ICC, &key);
	key.modulus[0] &= 0x7f;
	ck_assert(!ph_rsa_key_allowed(&key));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv certificates");
	TCase *tcase = tcase_create("certificates");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, issuer_certificates, 0, sizeof issuers / sizeof *issuers);
	tcase_add_test(tcase, issuer_objects);
	tcase_add_test(tcase, authorities);
	tcase_add_test(tcase, revocation);
	tcase_add_test(tcase, frames);
	tcase_add_loop_test(tcase, icc_certificates, 0, sizeof iccs / sizeof *iccs);
	tcase_add_test(tcase, icc_objects);
	tcase_add_test(tcase, static_signatures);
	tcase_add_test(tcase, static_data);
	tcase_add_test(tcase, static_tag_list);
	tcase_add_loop_test(tcase, dynamic_signatures, 0, sizeof dynamics / sizeof *dynamics);
	tcase_add_loop_test(tcase, combined_signatures, 0, sizeof combined / sizeof *combined);
	tcase_add_test(tcase, keys);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
