// The emulated card: by published vectors, by what its own signatures recover to, and by each of its faults.
#include <check.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/card_internal.h"
#include "emulators/models/host_emv.h"

static struct ph_emu_card *card;
static uint8_t answer[PH_EMU_CARD_ANSWER_MAX];
static int answer_len;

static void put_in(const char *profile)
{
	char why[PH_EMU_CARD_WHY_MAX] = "";
	uint8_t atr[PH_EMU_CARD_ATR_MAX];

	ph_emu_card_free(card);
	card = NULL;
	ck_assert_ptr_nonnull(ph_emu_card_profile(profile));
	int r = ph_emu_card_new(ph_emu_card_profile(profile), PH_EMU_CARD_OWN_NUMBER, &card, why);
	ck_assert_msg(r == 0, "%s: %s", profile, why);
	ph_emu_card_reset(card, atr);
}

static void bytes(const char *hex, uint8_t *out, size_t len)
{
	ck_assert_int_eq(card_hex(hex, out, len), len);
}

static unsigned say(const char *hex)
{
	uint8_t command[PH_EMU_CARD_COMMAND_MAX];
	long len = card_hex(hex, command, sizeof command);

	ck_assert_int_ge(len, 0);
	answer_len = ph_emu_card_command(card, command, (size_t)len, answer);
	if (answer_len < 2)
		return 0;
	answer_len -= 2;
	return (unsigned)answer[answer_len] << 8 | answer[answer_len + 1];
}

static void is(const char *hex)
{
	char text[2 * sizeof answer + 1];

	for (int i = 0; i < answer_len; i++)
		snprintf(text + 2 * i, 3, "%02X", answer[i]);
	text[2 * answer_len] = 0;
	ck_assert_str_eq(text, hex);
}

// A value anywhere in the answer, by the bytes of its tag.
static const uint8_t *value(const char *tag, size_t *ret_len)
{
	uint8_t t[2];
	long n = card_hex(tag, t, 2);

	for (int i = 0; i + n < answer_len; i++) {
		if (memcmp(answer + i, t, (size_t)n) != 0)
			continue;
		const uint8_t *p = answer + i + n;
		*ret_len = *p == 0x81 ? p[1] : *p;
		return *p == 0x81 ? p + 2 : p + 1;
	}
	ck_abort_msg("no %s", tag);
	return NULL;
}

// ---- secret keys ----

START_TEST(test_vectors)
{
	uint8_t key[16], session[16], data[64], want[16], got[8];
	const uint8_t atc[2] = {0x00, 0x2a};
	static const char first[] = "00000000123400000000000005280000000000097826090100"
				    "010203043D00002AA00003220000";
	static const char second[] = "00000000123400000000000005280000000000097826112100"
				     "010203043D00002AA00003220000";

	ck_assert_int_eq(ph_emu_card_key(ph_emu_issuer_master_key, "5413330089020011", 1, key), 0);
	bytes("73C4667545D891E887074A16BFBBCD75", want, 16);
	ck_assert_mem_eq(key, want, 16);
	ck_assert_int_eq(ph_emu_session_key(key, atc, session), 0);
	bytes("BFAEE124532FD701E8E874DBF892C29E", want, 16);
	ck_assert_mem_eq(session, want, 16);
	bytes(first, data, 39);
	ck_assert_int_eq(ph_emu_mac(session, data, 39, got), 0);
	bytes("771CE7AB66B14A76", want, 8);
	ck_assert_mem_eq(got, want, 8);
	data[5] ^= 1;
	ck_assert_int_eq(ph_emu_mac(session, data, 39, got), 0);
	ck_assert_mem_ne(got, want, 8);
	ck_assert_int_eq(ph_emu_arpc(session, want, (const uint8_t *)"00", got), 0);
	bytes("B0E238F79635E351", data, 8);
	ck_assert_mem_eq(got, data, 8);
	ck_assert_int_eq(ph_emu_arpc(session, want, (const uint8_t *)"05", got), 0);
	bytes("11B2C4891D4284A9", data, 8);
	ck_assert_mem_eq(got, data, 8);
	bytes(second, data, 39);
	ck_assert_int_eq(ph_emu_mac(session, data, 39, got), 0);
	bytes("340B77B6A5A20EAE", want, 8);
	ck_assert_mem_eq(got, want, 8);
	ck_assert_int_eq(ph_emu_mac(session, data, 513, got), -EINVAL);
}
END_TEST

// ---- all profiles ----

static bool luhn(const char *pan)
{
	unsigned sum = 0;
	size_t len = strlen(pan);

	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(pan[len - 1 - i] - '0');
		if (i % 2)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10 == 0;
}

/* Option B, of numbers longer than 16 digits; the hash of the first has only 12 that are decimal. Computed apart from this. */
START_TEST(test_long_numbers)
{
	static const struct {
		const char *pan, *key;
	} longs[] = {
		{"1234560000000071452", "A1F4366E41031051CEEEEBBB144B2E76"},
		{"1234560000076543210", "D5A12753E687B18444B9422E340A35AA"},
		{"12345600076543210", "6A871E3A4C00BCC118AC7F4748030D92"},
	};
	uint8_t want[16], own[16], issuers[16];

	for (size_t i = 0; i < sizeof longs / sizeof *longs; i++) {
		bytes(longs[i].key, want, 16);
		ck_assert_int_eq(
			ph_emu_card_key(ph_emu_issuer_master_key, longs[i].pan, 1, own), 0);
		ck_assert_mem_eq(own, want, 16);
		ck_assert_int_eq(emu_card_key(emu_issuer_key, longs[i].pan, 1, issuers), 0);
		ck_assert_mem_eq(issuers, want, 16);
	}
}
END_TEST

START_TEST(test_profiles)
{
	char pan[PH_EMU_CARD_PAN_MAX], other[PH_EMU_CARD_PAN_MAX], why[PH_EMU_CARD_WHY_MAX];
	struct ph_emu_card *second;
	size_t n = 0;
	const char *name;

	for (; (name = ph_emu_card_profile_name(n)); n++) {
		put_in(name);
		ph_emu_card_pan(card, pan);
		ck_assert_msg(luhn(pan), "%s", name);
		ck_assert_int_eq(ph_emu_card_new(ph_emu_card_profile(name), 77, &second, why), 0);
		ph_emu_card_pan(second, other);
		ck_assert(luhn(other) && strcmp(pan, other) != 0 && strncmp(pan, other, 8) == 0);
		ph_emu_card_free(second);
	}
	ck_assert_uint_ge(n, 30);
	put_in("visa-online");
	ph_emu_card_pan(card, pan);
	ck_assert_str_eq(pan, "4761739001010119");
	put_in("amex-online");
	ph_emu_card_pan(card, pan);
	ck_assert_str_eq(pan, "378282246310005");
	ck_assert_ptr_null(ph_emu_card_profile("no-such-card"));
}
END_TEST

START_TEST(test_bad_profiles)
{
	static const char *const bad[] = {"", "[]", "{}", "{\"aid\":\"A0\"}",
		"{\"aid\":\"A0000000031010\"}",
		"{\"aid\":\"A0000000031010\",\"range\":\"49927398\"}",
		"{\"aid\":\"A0000000031010\",\"range\":\"47617390\",\"colour\":\"red\"}",
		"{\"aid\":\"A0000000031010\",\"range\":\"47617390\",\"faults\":{\"mute\":1}}",
		"{\"aid\":\"A0000000031010\",\"range\":\"47617390\",\"first\":\"maybe\"}",
		"{\"aid\":\"A0000000031010\",\"range\":\"47617390\",\"cvm\":{\"rules\":[\"x\"]}}",
		"{\"aid\":\"A0000000031010\",\"range\":\"47617390\",\"applications\":[]}"};
	char why[PH_EMU_CARD_WHY_MAX];
	struct ph_emu_card *none = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		why[0] = 0;
		ck_assert_int_eq(
			ph_emu_card_new(bad[i], PH_EMU_CARD_OWN_NUMBER, &none, why), -EINVAL);
		ck_assert_msg(why[0] && !none, "%s", bad[i]);
	}
	ck_assert_int_eq(
		ph_emu_card_new(ph_emu_card_profile("mc-cda"), 10000000, &none, why), -EINVAL);
}
END_TEST

// ---- protocols ----

START_TEST(test_t0)
{
	put_in("visa-online");
	ck_assert(ph_emu_card_is_t0(card));
	ck_assert_uint_eq(say("00A404000E315041592E5359532E4444463031"), 0x6117);
	ck_assert_uint_eq(say("00C0000000"), 0x6c17);
	ck_assert_uint_eq(say("00C0000017"), 0x9000);
	is("6F15840E315041592E5359532E4444463031A503880101");
	ck_assert_uint_eq(say("00C0000017"), 0x6985);
	ck_assert_uint_eq(say("00B2010C00"), 0x6c1d);
	ck_assert_uint_eq(say("00B2010C1D"), 0x9000);
	is("701B61194F07A0000000031010500B56495341204352454449548701"
	   "01");
	ck_assert_uint_eq(say("00B2020C00"), 0x6a83);
	ck_assert_uint_eq(say("00A4"), 0x6700);
	ck_assert_uint_eq(say("00A40400FFA0"), 0x6700);
	ck_assert_uint_eq(say("00440000"), 0x6d00);
	ck_assert_uint_eq(say("10A40400"), 0x6e00);
	put_in("chunks");
	ck_assert_uint_eq(say("00A4040007A0000000031010"), 0x6120);
	ck_assert_uint_eq(say("00C0000020"), 0x6104);
	ck_assert_int_eq(answer_len, 32);
	ck_assert_uint_eq(say("00C0000004"), 0x9000);
}
END_TEST

START_TEST(test_t1)
{
	uint8_t atr[PH_EMU_CARD_ATR_MAX], check_byte = 0;

	put_in("mc-cda");
	size_t n = ph_emu_card_atr(card, atr);
	for (size_t i = 1; i < n; i++)
		check_byte ^= atr[i];
	ck_assert_uint_eq(check_byte, 0);
	ck_assert_uint_eq(say("00A4040007A000000004101000"), 0x9000);
	ck_assert_int_gt(answer_len, 20);
	ck_assert_uint_eq(say("00A4040007A0000000041010"), 0x9000);
	ck_assert_int_eq(answer_len, 0);
	ck_assert_uint_eq(say("80AE800000"), 0x6985);
	ck_assert_uint_eq(say("80A8000002830100"), 0x6700);
	ck_assert_uint_eq(say("80A800000283000000"), 0x6700);
	ck_assert_uint_eq(say("80A8000002830000"), 0x9000);
	ck_assert_uint_eq(say("80A8000002830000"), 0x6985);
	ck_assert_uint_eq(say("80CA9F3600"), 0x9000);
	is("9F36020001");
	ck_assert_uint_eq(say("80CA9F1700"), 0x6a88);
}
END_TEST

// ---- signatures, recovered with the public halves ----

// Recovers with e = 3 or 65537; the block is as long as the modulus.
static void recover(
	const uint8_t *modulus, size_t len, unsigned e, const uint8_t *signature, uint8_t *block)
{
	BIGNUM *n = BN_bin2bn(modulus, (int)len, NULL), *x = BN_bin2bn(signature, (int)len, NULL);
	BIGNUM *exponent = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	ck_assert(BN_set_word(exponent, e) && BN_mod_exp(x, x, exponent, n, ctx));
	ck_assert_int_eq(BN_bn2binpad(x, block, (int)len), len);
	BN_free(n);
	BN_free(x);
	BN_free(exponent);
	BN_CTX_free(ctx);
	ck_assert_uint_eq(block[0], 0x6a);
	ck_assert_uint_eq(block[len - 1], 0xbc);
}

static bool hash_fits(const uint8_t *block, size_t len, const uint8_t *more, size_t more_len)
{
	uint8_t data[1024], md[EVP_MAX_MD_SIZE];

	memcpy(data, block + 1, len - 22);
	memcpy(data + len - 22, more, more_len);
	ck_assert(EVP_Digest(data, len - 22 + more_len, md, NULL, EVP_sha1(), NULL));
	return memcmp(md, block + len - 21, 20) == 0;
}

static void unhex(const char *text, uint8_t *out, size_t *ret_len)
{
	long n = card_hex(text, out, 256);

	ck_assert_int_gt(n, 0);
	*ret_len = (size_t)n;
}

struct chain {
	uint8_t ca[256], issuer[256], icc[256], ca_block[256], issuer_block[256];
	size_t ca_len, issuer_len, icc_len;
	bool issuer_good, icc_good;
};

// Follows the certificates of the application selected, as records hold them.
static void follow(struct chain *c, enum card_key authority)
{
	uint8_t static_data[300], certificate[256], more[512];
	size_t n, len = 0;

	unhex(card_test_keys[authority].modulus, c->ca, &c->ca_len);
	unhex(card_test_keys[CARD_KEY_ISSUER].modulus, c->issuer, &c->issuer_len);
	ck_assert_uint_eq(say("00B2021C00"), 0x9000);
	const uint8_t *p = value("90", &n);
	ck_assert_uint_eq(n, c->ca_len);
	recover(c->ca, c->ca_len, card_test_keys[authority].exponent, p, c->ca_block);
	size_t room = c->ca_len - 36, rest = c->issuer_len > room ? c->issuer_len - room : 0;
	ck_assert_mem_eq(c->ca_block + 15, c->issuer, c->issuer_len - rest);
	memcpy(more, c->issuer + c->issuer_len - rest, rest);
	more[rest] = 3;
	c->issuer_good = hash_fits(c->ca_block, c->ca_len, more, rest + 1);
	ck_assert_uint_eq(say("00B2011400"), 0x9000);
	len = (size_t)answer_len - 2;
	memcpy(static_data, answer + 2, len);
	ck_assert_uint_eq(say("00B2031C00"), 0x9000);
	p = value("9F46", &n);
	memcpy(certificate, p, n);
	recover(c->issuer, c->issuer_len, 3, certificate, c->issuer_block);
	c->icc_len = c->issuer_block[19];
	room = c->issuer_len - 42;
	rest = c->icc_len > room ? c->icc_len - room : 0;
	memcpy(c->icc, c->issuer_block + 21, c->icc_len - rest);
	ck_assert_uint_eq(say("00B2011C00"), 0x9000);
	if (rest)
		memcpy(c->icc + room, value("9F48", &n), rest);
	memcpy(more, c->icc + room, rest);
	more[rest++] = 3;
	memcpy(more + rest, static_data, len);
	memcpy(more + rest + len, card->session.app->aip, 2);
	c->icc_good = hash_fits(c->issuer_block, c->issuer_len, more, rest + len + 2);
}

static void begin(const char *profile, const char *select, const char *options)
{
	put_in(profile);
	card->t0 = false; /* what is looked at here is the same with both */
	ck_assert_uint_eq(say(select), 0x9000);
	ck_assert_uint_eq(say(options), 0x9000);
}

#define VISA	"00A4040007A000000003101000"
#define MC	"00A4040007A000000004101000"
#define FUEL	"00A4040006F0504F53480100"
#define OPTIONS "80A8000002830000"

START_TEST(test_dda)
{
	struct chain c;
	uint8_t block[256];
	const uint8_t number[] = {1, 2, 3, 4};
	size_t n;

	begin("visa-online", VISA, OPTIONS);
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert(c.issuer_good && c.icc_good);
	ck_assert_mem_eq(c.issuer_block + 2, "\x47\x61\x73\x90\x01\x01\x01\x19\xff\xff", 10);
	ck_assert_uint_eq(say("00880000040102030400"), 0x9000);
	recover(c.icc, c.icc_len, 3, value("9F4B", &n), block);
	ck_assert_uint_eq(n, c.icc_len);
	ck_assert(hash_fits(block, c.icc_len, number, 4));
	ck_assert_uint_eq(say("008800000301020300"), 0x6700);

	begin("fuel-card", FUEL, OPTIONS);
	follow(&c, CARD_KEY_LONG_AUTHORITY);
	ck_assert(c.issuer_good && c.icc_good);
	ck_assert_uint_eq(c.icc_len, 96);

	begin("icc-hash", VISA, OPTIONS);
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert(c.issuer_good && !c.icc_good);
	begin("tampered-dda", VISA, OPTIONS);
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert(c.issuer_good && !c.icc_good);
	begin("issuer-hash", MC, OPTIONS);
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert(!c.issuer_good && c.icc_good);
	begin("sdad-dda", VISA, OPTIONS);
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert_uint_eq(say("00880000040102030400"), 0x9000);
	recover(c.icc, c.icc_len, 3, value("9F4B", &n), block);
	ck_assert(!hash_fits(block, c.icc_len, number, 4));
}
END_TEST

#define CDOL1		       "0000000012340000000000000528000000000009782609010001020304"
#define GENERATE(type, format) "80AE" type "00" format CDOL1

// The card of the published vectors, whole: commands in, cryptogram and transaction data hash out.
START_TEST(test_arqc)
{
	struct chain c;
	uint8_t block[256], want[20];
	const uint8_t number[] = {1, 2, 3, 4};
	size_t n;

	begin("vectors", MC, "80A80000088306052822E0F0C800");
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	bytes("771CE7AB66B14A76", want, 8);
	ck_assert_mem_eq(value("9F26", &n), want, 8);
	ck_assert_mem_eq(value("9F36", &n), "\x00\x2a", 2);
	ck_assert_mem_eq(value("9F27", &n), "\x80", 1);
	bytes("0110A00003220000000000000000000000FF", want, 18);
	ck_assert_mem_eq(value("9F10", &n), want, 18);

	begin("vectors", MC, "80A80000088306052822E0F0C800");
	card->apps[0].atc = 42; /* one more since */
	follow(&c, CARD_KEY_AUTHORITY);
	ck_assert_uint_eq(say(GENERATE("90", "1E") "2200"), 0x9000);
	recover(c.icc, c.icc_len, 3, value("9F4B", &n), block);
	ck_assert(hash_fits(block, c.icc_len, number, 4));
	ck_assert_mem_eq(block, "\x6a\x05\x01\x26\x08", 5);
	ck_assert_uint_eq(block[13], 0x80);
	bytes("771CE7AB66B14A76", want, 8);
	ck_assert_mem_eq(block + 14, want, 8);
	bytes("4FC9579F1AA14A858A5E96786E7651B5F9431B0D", want, 20);
	ck_assert_mem_eq(block + 22, want, 20);
}
END_TEST

#define CDOL2(arc) arc "0000000012340000000000000528000000000009782609010001020304"

START_TEST(test_issuer)
{
	size_t n;

	begin("vectors", MC, "80A80000088306052822E0F0C800");
	ck_assert_uint_eq(say("008200000AB0E238F79635E3513030"), 0x6985);
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	ck_assert_uint_eq(say("0082000004B0E238F7"), 0x6700);
	ck_assert_uint_eq(say("008200000AB0E238F79635E3513030"), 0x9000);
	ck_assert_uint_eq(say("008200000AB0E238F79635E3513030"), 0x6985);
	ck_assert_uint_eq(say("80AE80001F" CDOL2("3030") "00"), 0x6985);
	ck_assert_uint_eq(say("80AE40001E" CDOL2("3030") "00"), 0x6700);
	ck_assert_uint_eq(say("80AE40001F" CDOL2("3030") "00"), 0x9000);
	ck_assert_uint_eq(*value("9F27", &n), 0x40);
	ck_assert_uint_eq(say("80AE40001F" CDOL2("3030") "00"), 0x6985);
	ck_assert_uint_eq(card->apps[0].last_online_atc, 42);

	begin("vectors", MC, "80A80000088306052822E0F0C800");
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	ck_assert_uint_eq(say("008200000AB0E238F79635E3513035"), 0x6300);
	ck_assert_uint_eq(say("80AE40001F" CDOL2("3030") "00"), 0x9000);
	ck_assert_uint_eq(*value("9F27", &n), 0x00);
}
END_TEST

START_TEST(test_status_update)
{
	uint8_t mac[4], command[32] = {0x00, 0x82, 0x00, 0x00, 0x08};
	const uint8_t csu[4] = {0x00, 0x80, 0x00, 0x00};

	begin("mc-csu", MC, OPTIONS);
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	const struct card_session *s = &card->session;
	ck_assert_int_eq(ph_emu_arpc_csu(s->session_key, s->cryptogram, csu, 4, mac), 0);
	memcpy(command + 5, mac, 4);
	memcpy(command + 9, csu, 4);
	ck_assert_int_eq(ph_emu_card_command(card, command, 13, answer), 2);
	ck_assert_mem_eq(answer, "\x90\x00", 2);
}
END_TEST

// ---- what the card decides ----

static const struct {
	const char *profile, *select, *p1;
	unsigned cid;
} decisions[] = {
	{"visa-online", VISA, "40", 0x80},
	{"visa-online", VISA, "80", 0x80},
	{"visa-online", VISA, "00", 0x00},
	{"visa-offline-tc", VISA, "40", 0x40},
	{"visa-offline-tc", VISA, "80", 0x80},
	{"declines", VISA, "40", 0x00},
	{"declines", VISA, "80", 0x00},
	{"rfu-cid", VISA, "80", 0xc0},
	{"higher", VISA, "80", 0x40},
	{"higher", VISA, "00", 0x40},
};

START_TEST(test_decisions)
{
	char command[160];
	size_t n;

	begin(decisions[_i].profile, decisions[_i].select, OPTIONS);
	snprintf(command, sizeof command, "80AE%s001E%s2200", decisions[_i].p1, CDOL1);
	ck_assert_uint_eq(say(command), 0x9000);
	ck_assert_uint_eq(*value("9F27", &n), decisions[_i].cid);
	ck_assert_int_eq(memcmp(answer, "\x77", 1), 0);
}
END_TEST

START_TEST(test_formats)
{
	begin("visa-format1", VISA, OPTIONS);
	ck_assert_uint_eq(answer[0], 0x80);
	ck_assert_uint_eq(answer[2], 0x3c);
	ck_assert_uint_eq(say(GENERATE("40", "1E") "2200"), 0x9000);
	ck_assert_mem_eq(answer, "\x80\x1d\x40\x00\x01", 5);
	begin("visa-online", VISA, OPTIONS);
	ck_assert_uint_eq(answer[0], 0x77);
	ck_assert_uint_eq(say(GENERATE("90", "1E") "2200"), 0x6a86);
}
END_TEST

START_TEST(test_pin)
{
	begin("maestro-pin", "00A4040007A000000004306000", OPTIONS);
	ck_assert_uint_eq(say("80CA9F1700"), 0x9000);
	is("9F170103");
	ck_assert_uint_eq(say("0020008008241235FFFFFFFFFF"), 0x63c2);
	ck_assert_uint_eq(say("0020008008241234FFFFFFFFFF"), 0x9000);
	for (unsigned left = 3; left-- > 0;)
		ck_assert_uint_eq(say("0020008008249999FFFFFFFFFF"), 0x63c0 | left);
	ck_assert_uint_eq(say("0020008008241234FFFFFFFFFF"), 0x6983);
	ck_assert_uint_eq(say("80CA9F1700"), 0x9000);
	is("9F170100");
	begin("visa-online", VISA, OPTIONS);
	ck_assert_uint_eq(say("0020008008241234FFFFFFFFFF"), 0x6984);
	begin("pin-endless", VISA, OPTIONS);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_uint_eq(say("0020008008249999FFFFFFFFFF"), 0x63c3);
}
END_TEST

// Enciphers a PIN block as a terminal does.
static unsigned verify_enciphered(const char *pin_block, bool stale)
{
	uint8_t clear[256], modulus[256], command[261] = {0x00, 0x20, 0x00, 0x88};
	size_t len;
	BIGNUM *n = NULL, *x, *e = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	unhex(card_test_keys[CARD_KEY_PIN].modulus, modulus, &len);
	memset(clear, 0x5a, sizeof clear);
	clear[0] = 0x7f;
	bytes(pin_block, clear + 1, 8);
	ck_assert_uint_eq(say("0084000000"), 0x9000);
	ck_assert_int_eq(answer_len, 8);
	memcpy(clear + 9, answer, 8);
	if (stale)
		ck_assert_uint_eq(say("0084000000"), 0x9000);
	n = BN_bin2bn(modulus, (int)len, NULL);
	x = BN_bin2bn(clear, (int)len, NULL);
	ck_assert(BN_set_word(e, 3) && BN_mod_exp(x, x, e, n, ctx));
	command[4] = (uint8_t)len;
	ck_assert_int_eq(BN_bn2binpad(x, command + 5, (int)len), len);
	BN_free(n);
	BN_free(x);
	BN_free(e);
	BN_CTX_free(ctx);
	ck_assert_int_eq(ph_emu_card_command(card, command, 5 + len, answer), 2);
	return (unsigned)answer[0] << 8 | answer[1];
}

START_TEST(test_pin_enciphered)
{
	begin("pin-enciphered", MC, OPTIONS);
	ck_assert_uint_eq(verify_enciphered("241234FFFFFFFFFF", false), 0x9000);
	ck_assert_uint_eq(verify_enciphered("241111FFFFFFFFFF", false), 0x63c2);
	ck_assert_uint_eq(verify_enciphered("241234FFFFFFFFFF", true), 0x6984);
}
END_TEST

START_TEST(test_scripts)
{
	begin("visa-scripts", VISA, OPTIONS);
	ck_assert_uint_eq(say("04DA9F140109"), 0x6985);
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	ck_assert_uint_eq(say("04DA9F140109"), 0x9000);
	ck_assert_uint_eq(*card_value(&card->apps[0], 0x9f14).data, 9);
	ck_assert_uint_eq(say("04DA9F0A0109"), 0x6a88);
	ck_assert_uint_eq(say("841E0000081122334455667788"), 0x9000);
	ck_assert_uint_eq(say(VISA), 0x6283);
	ck_assert_int_gt(answer_len, 0);
	begin("visa-scripts", VISA, OPTIONS);
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	ck_assert_uint_eq(say("84160000081122334455667788"), 0x9000);
	ck_assert_uint_eq(say(VISA), 0x6a81);
	begin("visa-scripts-refused", VISA, OPTIONS);
	ck_assert_uint_eq(say(GENERATE("80", "1E") "2200"), 0x9000);
	ck_assert_uint_eq(say("04DA9F140109"), 0x6a80);
}
END_TEST

// ---- faults ----

START_TEST(test_faults_of_the_way)
{
	uint8_t atr[PH_EMU_CARD_ATR_MAX];

	put_in("mute");
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(say("80CA9F3600"), 0x6985);
	ck_assert_uint_eq(say("80CA9F3600"), 0);
	ck_assert_int_eq(answer_len, 0);
	put_in("pulled");
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(say("80CA9F3600"), 0x6985);
	ck_assert_uint_eq(say("80CA9F3600"), 0);
	ck_assert_int_eq(answer_len, -ENODEV);
	say("80CA9F3600");
	ck_assert_int_eq(answer_len, -ENODEV);
	ph_emu_card_reset(card, atr);
	ck_assert_uint_eq(say("80CA9F3600"), 0x6985);
	put_in("slow");
	say(MC);
	ck_assert_uint_eq(ph_emu_card_delay_ms(card), 300);
	put_in("very-slow");
	say(MC);
	ck_assert_uint_eq(ph_emu_card_delay_ms(card), 0);
	put_in("endless-61");
	ck_assert_uint_eq(say("00A4040007A0000000031010") >> 8, 0x61);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_uint_eq(say("00C0000010"), 0x6120);
	put_in("endless-6c");
	ck_assert_uint_eq(say("00B2010C10"), 0x6c11);
	ck_assert_uint_eq(say("00B2010C11"), 0x6c12);
	put_in("broken-atr");
	ck_assert_uint_eq(ph_emu_card_atr(card, atr), 3);
	put_in("contactless");
	ck_assert_uint_eq(ph_emu_card_atr(card, atr), 5);
	ck_assert_uint_eq(say("00A404000E325041592E5359532E444446303100"), 0x9000);
	put_in("random");
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_ne(say(MC), 0);
	say(MC);
	ck_assert_int_ge(answer_len, 0);
}
END_TEST

START_TEST(test_selection)
{
	size_t n;

	put_in("card-blocked");
	ck_assert_uint_eq(say(VISA), 0x6a81);
	put_in("application-blocked");
	card->t0 = false;
	ck_assert_uint_eq(say(VISA), 0x6283);
	put_in("no-pse");
	ck_assert_uint_eq(say("00A404000E315041592E5359532E444446303100"), 0x6a82);
	put_in("two-applications");
	ck_assert_uint_eq(say("00A4040005A00000000300"), 0x9000);
	ck_assert_mem_eq(value("84", &n), "\xa0\x00\x00\x00\x03\x20\x10", 7);
	ck_assert_uint_eq(say("00A4040205A00000000300"), 0x9000);
	ck_assert_mem_eq(value("84", &n), "\xa0\x00\x00\x00\x03\x10\x10", 7);
	ck_assert_uint_eq(say("00A4040205A00000000300"), 0x6a82);
	put_in("endless-next");
	ck_assert_uint_eq(say("00A4040005F0504F534800"), 0x9000);
	for (unsigned i = 2; i < 60; i++) {
		ck_assert_uint_eq(say("00A4040205F0504F534800"), 0x9000);
		ck_assert_uint_eq(value("84", &n)[5], i);
	}
	ck_assert_uint_eq(say("00A4040006F0504F53480700"), 0x9000);
	ck_assert_uint_eq(value("84", &n)[5], 7);
	ck_assert_uint_eq(say(OPTIONS), 0x9000);
	put_in("endless-same");
	ck_assert_uint_eq(say("00A4040005F0504F534800"), 0x9000);
	for (unsigned i = 0; i < 60; i++)
		ck_assert_uint_eq(say("00A4040205F0504F534800"), 0x9000);
	put_in("gpo-refused");
	card->t0 = false;
	ck_assert_uint_eq(say(VISA), 0x9000);
	ck_assert_uint_eq(say(OPTIONS), 0x6985);
	put_in("wrong-df-name");
	card->t0 = false;
	ck_assert_uint_eq(say(VISA), 0x9000);
	ck_assert_mem_eq(value("84", &n), "\xa0\x00\x00\x00\x03\x99\x99", 7);
}
END_TEST

START_TEST(test_faults_of_data)
{
	begin("duplicate-pan", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2011400"), 0x9000);
	ck_assert_mem_eq(answer + 2, "\x5a\x08", 2);
	ck_assert_mem_eq(answer + 12, "\x5a\x08", 2);
	begin("long-tlv", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2011400"), 0x9000);
	ck_assert_mem_eq(answer + 12, "\x5f\x24\x81\xf0", 4);
	begin("truncated-record", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2011400"), 0x9000);
	ck_assert_int_eq(answer_len, 20);
	begin("record-template", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2011400"), 0x9000);
	ck_assert_uint_eq(answer[0], 0x71);
	begin("deep-tlv", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2012400"), 0x9000);
	ck_assert_mem_eq(answer, "\x70\x50\xa5\x4e\xa5\x4c", 6);
	begin("missing-cdol1", VISA, OPTIONS);
	ck_assert_uint_eq(say("00B2021400"), 0x9000);
	ck_assert_uint_eq(answer[2], 0x8d);
	begin("afl-broken", VISA, OPTIONS);
	is("770982023C009403080101");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("card");
	TCase *t = tcase_create("all");

	tcase_add_test(t, test_vectors);
	tcase_add_test(t, test_long_numbers);
	tcase_add_test(t, test_profiles);
	tcase_add_test(t, test_bad_profiles);
	tcase_add_test(t, test_t0);
	tcase_add_test(t, test_t1);
	tcase_add_test(t, test_dda);
	tcase_add_test(t, test_arqc);
	tcase_add_test(t, test_issuer);
	tcase_add_test(t, test_status_update);
	tcase_add_loop_test(t, test_decisions, 0, sizeof decisions / sizeof *decisions);
	tcase_add_test(t, test_formats);
	tcase_add_test(t, test_pin);
	tcase_add_test(t, test_pin_enciphered);
	tcase_add_test(t, test_scripts);
	tcase_add_test(t, test_faults_of_the_way);
	tcase_add_test(t, test_selection);
	tcase_add_test(t, test_faults_of_data);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	ph_emu_card_free(card);
	return failed != 0;
}
