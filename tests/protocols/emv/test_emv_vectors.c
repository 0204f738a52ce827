// A whole chain from the authority to a signed cryptogram with keys that were made for documents, and the same with each byte
// of it changed once. Source: EMV Book 2, 5 and 6, computed apart from this code.
#include "protocols/emv/certificate.h"
#include "protocols/emv/tlv.h"

#include "emv_help.h"

#include <errno.h>

#define TODAY 20261122

static const char ca_modulus[] = "AC52C110A7CA75E703AEC4F73320BF36798D1342940B3F9F28D1EF74A36152AA"
				 "39D5B3763833B7F9FE663C5807D20C4356A80788649A5E1062F4EC86A7DB362A"
				 "2EA492779693E281317615D2BA93AC75A6206F7E0FD98669BC94CF853543E113";
static const char issuer_certificate[] =
	"763EF625480C3D960AA72D8250225B6B7851D0D2D4DF7FC38543A46563056F9A"
	"B4DE1C16D210244FA54D0A87F7033151EBE8457BBA7C347C75D333843E9FCC01"
	"165CB748DF47C4C11BA57006C5A3D71533A3FBD3474758BD46D60FB7666F1C1E";
static const char issuer_remainder[] = "A76B8C783232F1BF528024448478D64EA025153B";
/* the first 60 bytes stand in the certificate */
static const char issuer_modulus[] =
	"AF994CC20ABC65AC33D824C87EC1E73918AED74EFE3E344ED98794D6E36CBFEB"
	"484385DCFADB1219945D099A94B08667F2FE7BFE5EB7EB1890EA3BEC"
	"A76B8C783232F1BF528024448478D64EA025153B";
static const char record[] = "70235A0854133300890200115F24033012315F25032001015F3401019F0702FF80"
			     "9F4A0182";
static const char static_data[] = "5A0854133300890200115F24033012315F25032001015F3401019F0702FF80"
				  "9F4A01823D00";
static const char signed_static[] =
	"9D4758604C8866FA429F413517E0C04D46B99F8EDBA22AD82F096AF39625D811"
	"709AE120430454D0901E031469A8FAB5842B076DD4AA576A08B9FD44F84F1B0F"
	"DA97A7447B4EF5ADC617A3408BA558F1";
static const char icc_certificate[] =
	"4880DA505DE49F5233AFA5E356DCF079ADD87548D3A58F5971AB96E394FAC59F"
	"A29C3EF615E93B7E033DEFDF25523B7649D907B37E9D46446E913997C2A728CB"
	"D9F68A21ADE50102CB07A2B4AD7D17EF";
static const char icc_remainder[] = "AE57D12AAC3D04811B7DD266263FA0710B4EAB1F581F2A5BE8D1";
static const char dda_signature[] =
	"2104605E1ACA9BAD421FA9DD5B951DBECE64B4457784C0598B53E945710A5720"
	"814BC08B61634B7AE5A2EC6A26300970CCA21A446571E7CDE4135DEAA349B916";
static const char cda_answer[] = "77619F2701809F3602002A9F4B40"
				 "224B88D0BC74713904A2E10ABD858539EC93228886E0EDECF2B80F92466176CD"
				 "A48E4E6D9B98FF91819B8E97A3CEBAA3491BF9EB4D1E1053F3AC578EAC07096C"
				 "9F10120110A00003220000000000000000000000FF";

static struct ph_emv_data data;
static struct ph_emv_static statics;
static struct ph_emv_ca_key ca;
static struct ph_emv_keyring ring;
static struct ph_rsa_key issuer, icc;

static void start(void)
{
	struct bytes r = bytes(record);

	ca = (struct ph_emv_ca_key){.rid = {0xa0, 0, 0, 0, 4}, .index = 0xfe};
	ca.key = (struct ph_rsa_key){.len = 96, .exponent = 3};
	hex(ca_modulus, ca.key.modulus, sizeof ca.key.modulus);
	hex("56E3BCF82F6D7C32DF91F6B9A4B9A6FA5CE2AB21", ca.checksum, sizeof ca.checksum);
	ring = (struct ph_emv_keyring){.keys = &ca, .key_count = 1};
	ph_emv_data_init(&data);
	ck_assert_int_eq(ph_emv_data_take_all(&data, r.data, r.len), 0);
	set(&data, PH_TAG_AIP, "3D00");
	set(&data, PH_TAG_CA_INDEX, "FE");
	set(&data, PH_TAG_ISSUER_CERTIFICATE, issuer_certificate);
	set(&data, PH_TAG_ISSUER_REMAINDER, issuer_remainder);
	set(&data, PH_TAG_ISSUER_EXPONENT, "03");
	set(&data, PH_TAG_SIGNED_STATIC, signed_static);
	set(&data, PH_TAG_ICC_CERTIFICATE, icc_certificate);
	set(&data, PH_TAG_ICC_REMAINDER, icc_remainder);
	set(&data, PH_TAG_ICC_EXPONENT, "03");
	statics = (struct ph_emv_static){.len = 0};
	ph_emv_static_add(&statics, 1, r.data, r.len);
	ck_assert_int_eq(ph_emv_static_close(&statics, &data), 0);
	ck_assert_int_eq(ph_emv_issuer_key(&ring, ca.rid, TODAY, &data, &issuer), 0);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &icc), 0);
}

/* Puts each byte of an object wrong once; `try` must answer `want`, or `other`. */
static void tamper(uint32_t tag, int (*try)(void), int want, int other)
{
	uint8_t value[PH_RSA_BYTES_MAX];
	size_t len;
	const uint8_t *now = ph_emv_data_get(&data, tag, &len);

	memcpy(value, now, len);
	for (size_t i = 0; i < len; i++) {
		value[i] ^= 0x01;
		ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, tag, value, len), 0);
		int got = try();
		value[i] ^= 0x01;
		ck_assert_msg(got == want || got == other, "tag %x byte %zu: %d", tag, i, got);
	}
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_CARD, tag, value, len), 0);
	ck_assert_int_eq(try(), 0);
}

static int issuer_key(void)
{
	struct ph_rsa_key key;

	return ph_emv_issuer_key(&ring, ca.rid, TODAY, &data, &key);
}

static int icc_key(void)
{
	struct ph_rsa_key key;

	return ph_emv_icc_key(&issuer, TODAY, &data, &statics, false, &key);
}

static int check_static(void)
{
	uint8_t code[2];

	return ph_emv_check_static(&issuer, &data, &statics, code);
}

START_TEST(authority)
{
	ck_assert_int_eq(ph_emv_ca_key_check(&ca), 0);
	for (unsigned i = 0; i < PH_SHA1_SIZE; i++) {
		ca.checksum[i] ^= 0x80;
		ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EBADMSG);
		ca.checksum[i] ^= 0x80;
	}
	for (unsigned i = 0; i < ca.key.len; i++) {
		ca.key.modulus[i] ^= 0x02;
		ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EBADMSG);
		ca.key.modulus[i] ^= 0x02;
	}
	ca.index = 0xfd;
	ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EBADMSG);
	ca.index = 0xfe;
	ca.rid[4] = 3;
	ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EBADMSG);
	ca.rid[4] = 4;
	ca.key.exponent = PH_RSA_EXPONENT_F4;
	ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EBADMSG);
	ca.key.exponent = 5;
	ck_assert_int_eq(ph_emv_ca_key_check(&ca), -EINVAL);
}
END_TEST

START_TEST(recovering)
{
	struct bytes want = bytes("6A0254133300123000000101015001AF994CC20ABC65AC33D824C87EC1E739"
				  "18AED74EFE3E344ED98794D6E36CBFEB484385DCFADB1219945D099A94B086"
				  "67F2FE7BFE5EB7EB1890EA3BEC06983EED41150E67677FC09A5BDA5B1D8EA7"
				  "BFFDBC");
	struct bytes signature = bytes(issuer_certificate);
	uint8_t out[96];

	ck_assert_int_eq(ph_rsa_recover(&ca.key, signature.data, signature.len, out), 0);
	ck_assert_uint_eq(want.len, sizeof out);
	ck_assert_mem_eq(out, want.data, sizeof out);
	ck_assert_int_eq(ph_rsa_recover(&ca.key, signature.data, 95, out), -EINVAL);
	ck_assert_int_eq(ph_rsa_recover(&ca.key, ca.key.modulus, 96, out), -EINVAL);
	ca.key.modulus[95] ^= 1;
	ck_assert_int_eq(ph_rsa_recover(&ca.key, signature.data, 96, out), -EINVAL);
}
END_TEST

START_TEST(hashes)
{
	struct bytes want = bytes("A9993E364706816ABA3E25717850C26C9CD0D89D");
	struct ph_bytes whole[] = {{"abc", 3}}, pieces[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
	uint8_t out[PH_SHA1_SIZE];

	ck_assert_int_eq(ph_sha1(whole, 1, out), 0);
	ck_assert_mem_eq(out, want.data, sizeof out);
	ck_assert_int_eq(ph_sha1(pieces, 3, out), 0);
	ck_assert_mem_eq(out, want.data, sizeof out);
}
END_TEST

START_TEST(issuer_certificate_vector)
{
	struct bytes want = bytes(issuer_modulus);

	ck_assert_uint_eq(issuer.len, 80);
	ck_assert_uint_eq(issuer.exponent, 3);
	ck_assert_mem_eq(issuer.modulus, want.data, 80);
	tamper(PH_TAG_ISSUER_CERTIFICATE, issuer_key, -EBADMSG, -EBADMSG);
	tamper(PH_TAG_ISSUER_REMAINDER, issuer_key, -EBADMSG, -EBADMSG);
	tamper(PH_TAG_ISSUER_EXPONENT, issuer_key, -EBADMSG, -EBADMSG);
	tamper(PH_TAG_CA_INDEX, issuer_key, -ENOKEY, -ENOKEY);
}
END_TEST

START_TEST(static_data_vector)
{
	struct bytes want = bytes(static_data);
	uint8_t code[2];

	ck_assert_uint_eq(statics.len, 37);
	ck_assert_mem_eq(statics.hidden, want.data, 37);
	ck_assert_int_eq(ph_emv_check_static(&issuer, &data, &statics, code), 0);
	ck_assert_mem_eq(code, "\x12\x34", 2);
	tamper(PH_TAG_SIGNED_STATIC, check_static, -EBADMSG, -EBADMSG);
	for (unsigned i = 0; i < statics.len; i++) {
		statics.hidden[i] ^= 0x10;
		ck_assert_int_eq(check_static(), -EBADMSG);
		ck_assert_int_eq(icc_key(), -EBADMSG);
		statics.hidden[i] ^= 0x10;
	}
	statics.bad = true;
	ck_assert_int_eq(check_static(), -EBADMSG);
	ck_assert_int_eq(icc_key(), -EBADMSG);
}
END_TEST

START_TEST(icc_certificate_vector)
{
	struct bytes remainder = bytes(icc_remainder);

	ck_assert_uint_eq(icc.len, 64);
	ck_assert_uint_eq(icc.exponent, 3);
	ck_assert_mem_eq(icc.modulus + 38, remainder.data, 26);
	tamper(PH_TAG_ICC_CERTIFICATE, icc_key, -EBADMSG, -EBADMSG);
	tamper(PH_TAG_ICC_REMAINDER, icc_key, -EBADMSG, -EBADMSG);
	tamper(PH_TAG_ICC_EXPONENT, icc_key, -EBADMSG, -EBADMSG);
	set(&data, PH_TAG_PAN, "5413330089020012");
	ck_assert_int_eq(icc_key(), -EKEYREJECTED);
	ck_assert_int_eq(issuer_key(), 0); /* the same issuer */
	set(&data, PH_TAG_PAN, "4761739001010119");
	ck_assert_int_eq(issuer_key(), -EKEYREJECTED);
}
END_TEST

START_TEST(dates)
{
	struct ph_rsa_key key;

	ck_assert_int_eq(ph_emv_issuer_key(&ring, ca.rid, 20301231, &data, &key), 0);
	ck_assert_int_eq(ph_emv_issuer_key(&ring, ca.rid, 20310101, &data, &key), -EKEYEXPIRED);
	ck_assert_int_eq(ph_emv_icc_key(&issuer, 20301231, &data, &statics, false, &key), 0);
	ck_assert_int_eq(
		ph_emv_icc_key(&issuer, 20310101, &data, &statics, false, &key), -EKEYEXPIRED);
	ca.expiry = TODAY;
	ck_assert_int_eq(issuer_key(), 0);
	ca.expiry = TODAY - 1;
	ck_assert_int_eq(issuer_key(), -EKEYEXPIRED);
}
END_TEST

START_TEST(dynamic_vector)
{
	struct bytes signature = bytes(dda_signature), terminal = bytes("01020304");
	struct ph_bytes s = {signature.data, signature.len}, t = {terminal.data, terminal.len};
	struct ph_emv_dynamic dynamic = {.icc_number_len = 0};

	ck_assert_int_eq(ph_emv_check_dynamic(&icc, s, t, &dynamic), 0);
	ck_assert_uint_ge(dynamic.icc_number_len, 2);
	ck_assert_uint_le(dynamic.icc_number_len, 8);
	for (unsigned i = 0; i < signature.len; i++) {
		signature.data[i] ^= 0x01;
		ck_assert_int_eq(ph_emv_check_dynamic(&icc, s, t, &dynamic), -EBADMSG);
		signature.data[i] ^= 0x01;
	}
	for (unsigned i = 0; i < terminal.len; i++) {
		terminal.data[i] ^= 0x01;
		ck_assert_int_eq(ph_emv_check_dynamic(&icc, s, t, &dynamic), -EBADMSG);
		terminal.data[i] ^= 0x01;
	}
	s.len--;
	ck_assert_int_eq(ph_emv_check_dynamic(&icc, s, t, &dynamic), -EBADMSG);
	s.len = 0;
	ck_assert_int_eq(ph_emv_check_dynamic(&icc, s, t, &dynamic), -EBADMSG);
}
END_TEST

START_TEST(combined_vector)
{
	struct bytes answer = bytes(cda_answer), pdol = bytes("052822E0F0C8");
	struct bytes cdol = bytes("000000001234000000000000052800000000000978260901000102030422");
	struct bytes hash = bytes("4FC9579F1AA14A858A5E96786E7651B5F9431B0D");
	struct bytes cryptogram = bytes("771CE7AB66B14A76"), number = bytes("01020304");
	struct ph_emv_dynamic dynamic = {.icc_number_len = 0};
	struct ph_tlv template, object;

	ck_assert_int_eq(ph_tlv_find(answer.data, answer.len, PH_TAG_RESPONSE_2, &template), 0);
	ck_assert_int_eq(
		ph_tlv_find(template.value, template.len, PH_TAG_SIGNED_DYNAMIC, &object), 0);
	uint8_t *front = answer.data + (template.value - answer.data);
	uint8_t *back = answer.data + (object.value + object.len - answer.data);
	struct {
		uint8_t *data;
		size_t len;
	} pieces[] = {{pdol.data, pdol.len}, {cdol.data, cdol.len},
		{front, (size_t)(object.start - front)},
		{back, (size_t)(answer.data + answer.len - back)}};
	struct ph_bytes transaction[4], s = {object.value, object.len};
	for (unsigned i = 0; i < 4; i++)
		transaction[i] = (struct ph_bytes){pieces[i].data, pieces[i].len};

	ck_assert_int_eq(ph_emv_check_combined(&icc, s, number.data, transaction, 4, &dynamic), 0);
	ck_assert_uint_eq(dynamic.cid, 0x80);
	ck_assert_mem_eq(dynamic.hash, hash.data, sizeof dynamic.hash);
	ck_assert_mem_eq(dynamic.cryptogram, cryptogram.data, sizeof dynamic.cryptogram);

	for (unsigned i = 0; i < 4; i++) {
		for (size_t at = 0; at < pieces[i].len; at++) {
			pieces[i].data[at] ^= 0x01;
			ck_assert_int_eq(ph_emv_check_combined(
						 &icc, s, number.data, transaction, 4, &dynamic),
				-EBADMSG);
			pieces[i].data[at] ^= 0x01;
		}
	}
	uint8_t *signature = answer.data + (object.value - answer.data);
	for (size_t at = 0; at < object.len; at++) {
		signature[at] ^= 0x01;
		ck_assert_int_eq(
			ph_emv_check_combined(&icc, s, number.data, transaction, 4, &dynamic),
			-EBADMSG);
		signature[at] ^= 0x01;
	}
	number.data[3] ^= 1;
	ck_assert_int_eq(
		ph_emv_check_combined(&icc, s, number.data, transaction, 4, &dynamic), -EBADMSG);
	number.data[3] ^= 1;
	/* a piece less */
	ck_assert_int_eq(
		ph_emv_check_combined(&icc, s, number.data, transaction, 3, &dynamic), -EBADMSG);
	ck_assert_int_eq(ph_emv_check_combined(&icc, s, number.data, transaction, 4, &dynamic), 0);
}
END_TEST

/* Whether the part of the stack that was just in use holds these bytes. */
static __attribute__((noinline)) bool stack_holds(const void *needle, size_t len)
{
	uint8_t area[64 * 1024];

	__asm__ volatile("" : "=m"(area));
	return memmem(area, sizeof area, needle, len) != NULL;
}

/* Leaves these bytes, and nothing else, where stack_holds() looks. */
static __attribute__((noinline)) void leave(const void *bytes_, size_t len)
{
	uint8_t area[64 * 1024] = {0};

	memcpy(area + sizeof area / 2, bytes_, len);
	__asm__ volatile("" : : "m"(area));
}

/* The account number is in the certificate of the card and in the static data. */
START_TEST(nothing_is_left_on_the_stack)
{
	static const uint8_t pan[] = {0x54, 0x13, 0x33, 0x00, 0x89, 0x02, 0x00, 0x11};

#ifdef __SANITIZE_ADDRESS__
	return; /* frames are not where they seem to be */
#endif
	leave(pan, sizeof pan);
	ck_assert(stack_holds(pan, sizeof pan)); /* it would be seen */
	leave("", 0);
	ck_assert(!stack_holds(pan, sizeof pan));
	ck_assert_int_eq(issuer_key(), 0);
	ck_assert_int_eq(icc_key(), 0);
	ck_assert_int_eq(check_static(), 0);
	ck_assert(!stack_holds(pan, sizeof pan));
	set(&data, PH_TAG_PAN, "5413330089020012");
	leave("", 0);
	ck_assert_int_eq(icc_key(), -EKEYREJECTED);
	ck_assert(!stack_holds(pan, sizeof pan));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv vectors");
	TCase *tcase = tcase_create("vectors");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, authority);
	tcase_add_test(tcase, recovering);
	tcase_add_test(tcase, hashes);
	tcase_add_test(tcase, issuer_certificate_vector);
	tcase_add_test(tcase, static_data_vector);
	tcase_add_test(tcase, icc_certificate_vector);
	tcase_add_test(tcase, dates);
	tcase_add_test(tcase, dynamic_vector);
	tcase_add_test(tcase, combined_vector);
	tcase_add_test(tcase, nothing_is_left_on_the_stack);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
