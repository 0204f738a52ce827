// Sealed account data: what goes in comes out with the right key only, and nothing of it can be changed or moved.
#include "protocols/sealed/sealed.h"

#include "tests/protocols/hex_help.h"

#include <check.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

static uint8_t public_key[PH_SEAL_PUBLIC], secret_key[PH_SEAL_SECRET];
static uint8_t sealed[PH_SEALED_MAX];

static const struct ph_sealed_header sale = {.use = PH_SEALED_KEPT,
	.kid = "2026-1",
	.payment = "pay-17",
	.amount = 1234,
	.currency = "EUR"};

static struct ph_account test_account(void)
{
	struct ph_account account = {.pan_len = 16, .sequence = 1};

	memcpy(account.hidden_pan, "5413330089020011", 16);
	memcpy(account.hidden_expiry, "3012", 4);
	return account;
}

static void setup(void)
{
	uint8_t seed[crypto_box_SEEDBYTES];

	ck_assert_int_ge(sodium_init(), 0);
	memset(seed, 0x17, sizeof seed);
	crypto_box_seed_keypair(public_key, secret_key, seed);
}

static size_t seal(const struct ph_sealed_header *header, const struct ph_account *account)
{
	ssize_t n = ph_seal(header, account, public_key, sealed, sizeof sealed);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static int reopen(size_t len, const struct ph_sealed_header *expected)
{
	struct ph_account account;

	return ph_sealed_open(sealed, len, expected, public_key, secret_key, &account);
}

START_TEST(comes_out_as_it_went_in)
{
	struct ph_account in = test_account(), out;
	struct ph_sealed_header header;
	size_t len = seal(&sale, &in);

	ck_assert_uint_eq(len, 4 + 2 + 1 + 6 + 1 + 6 + 8 + 3 + 80 + 24 + 128 + 16);
	ck_assert_int_eq(ph_sealed_read(sealed, len, &header), 0);
	ck_assert_str_eq(header.kid, "2026-1");
	ck_assert_str_eq(header.payment, "pay-17");
	ck_assert_str_eq(header.currency, "EUR");
	ck_assert_uint_eq(header.amount, 1234);
	ck_assert_int_eq(ph_sealed_open(sealed, len, &sale, public_key, secret_key, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
}
END_TEST

START_TEST(longest_of_all)
{
	struct ph_account in = test_account(), out;
	struct ph_sealed_header header = {
		.use = PH_SEALED_ONCE, .amount = UINT64_MAX, .currency = "JPY"};

	memset(header.kid, 'k', PH_SEAL_KID_MAX);
	memset(header.payment, 'p', PH_NAME_MAX);
	in.pan_len = PH_PAN_MAX;
	memcpy(in.hidden_pan, "1234567890123456789", PH_PAN_MAX);
	in.sequence = -1;
	in.track2_len = 37;
	memcpy(in.hidden_track2, "1234567890123456789D30122010000000000", 37);
	ck_assert_uint_eq(seal(&header, &in), PH_SEALED_MAX);
	ck_assert_int_eq(
		ph_sealed_open(sealed, PH_SEALED_MAX, &header, public_key, secret_key, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
	ck_assert_int_eq(ph_seal(&header, &in, public_key, sealed, PH_SEALED_MAX - 1), -ENOBUFS);
}
END_TEST

START_TEST(nothing_shows)
{
	struct ph_account in = test_account();
	uint8_t first[PH_SEALED_MAX];
	size_t len = seal(&sale, &in);

	ck_assert_ptr_null(memmem(sealed, len, "54133300", 8));
	memcpy(first, sealed, len);
	ck_assert_uint_eq(seal(&sale, &in), len);
	/* another key, another nonce: nothing behind the header is the same */
	ck_assert_mem_ne(first + 31, sealed + 31, 32);
	ck_assert_mem_ne(first + len - 32, sealed + len - 32, 32);
	/* a shorter number is as long */
	in.pan_len = 8;
	ck_assert_uint_eq(seal(&sale, &in), len);
}
END_TEST

START_TEST(no_bit_can_be_changed)
{
	struct ph_account in = test_account();
	size_t len = seal(&sale, &in);

	for (size_t bit = 0; bit < len * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_lt(reopen(len, &sale), 0);
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_eq(reopen(cut, &sale), -EBADMSG);
	ck_assert_int_eq(reopen(len, &sale), 0);
}
END_TEST

START_TEST(belongs_to_one_payment)
{
	struct ph_account in = test_account();
	size_t len = seal(&sale, &in);
	struct ph_sealed_header other = sale;

	other.amount = 1235;
	ck_assert_int_eq(reopen(len, &other), -EPERM);
	other = sale;
	strcpy(other.payment, "pay-18");
	ck_assert_int_eq(reopen(len, &other), -EPERM);
	other = sale;
	strcpy(other.currency, "USD");
	ck_assert_int_eq(reopen(len, &other), -EPERM);
	other = sale;
	other.use = PH_SEALED_ONCE;
	ck_assert_int_eq(reopen(len, &other), -EPERM);
	/* the key id is only a label */
	other = sale;
	strcpy(other.kid, "2025-9");
	ck_assert_int_eq(reopen(len, &other), 0);
}
END_TEST

START_TEST(another_key_opens_nothing)
{
	struct ph_account in = test_account(), out;
	uint8_t other_public[PH_SEAL_PUBLIC], other_secret[PH_SEAL_SECRET];
	size_t len = seal(&sale, &in);

	memset(&out, 0x5a, sizeof out);
	crypto_box_keypair(other_public, other_secret);
	ck_assert_int_eq(ph_sealed_open(sealed, len, &sale, other_public, other_secret, &out),
		-EKEYREJECTED);
	for (size_t i = 0; i < sizeof out; i++)
		ck_assert_uint_eq(((uint8_t *)&out)[i], 0x5a);
}
END_TEST

/* What cannot be is refused before anything is sealed. */
static const struct {
	const char *what;
	struct ph_sealed_header header;
	uint8_t pan_len;
	const char *pan, *expiry;
	int8_t sequence;
	const char *track2;
} refused[] = {
	{"short number", {PH_SEALED_KEPT, "k", "p", 1, "EUR"}, 7, "1234567", "3012", 0, ""},
	{"letter in the number", {PH_SEALED_KEPT, "k", "p", 1, "EUR"}, 8, "1234567x", "3012", 0,
		""},
	{"letter in the expiry", {PH_SEALED_KEPT, "k", "p", 1, "EUR"}, 8, "12345678", "30x2", 0,
		""},
	{"sequence", {PH_SEALED_KEPT, "k", "p", 1, "EUR"}, 8, "12345678", "3012", 100, ""},
	{"kept track", {PH_SEALED_KEPT, "k", "p", 1, "EUR"}, 8, "12345678", "3012", 0,
		"12345678D3012"},
	{"track", {PH_SEALED_ONCE, "k", "p", 1, "EUR"}, 8, "12345678", "3012", 0, "12345678=3012"},
	{"no kid", {PH_SEALED_KEPT, "", "p", 1, "EUR"}, 8, "12345678", "3012", 0, ""},
	{"kid", {PH_SEALED_KEPT, "a/b", "p", 1, "EUR"}, 8, "12345678", "3012", 0, ""},
	{"no payment", {PH_SEALED_KEPT, "k", "", 1, "EUR"}, 8, "12345678", "3012", 0, ""},
	{"currency", {PH_SEALED_KEPT, "k", "p", 1, "eur"}, 8, "12345678", "3012", 0, ""},
	{"use", {(enum ph_sealed_use)3, "k", "p", 1, "EUR"}, 8, "12345678", "3012", 0, ""},
};

START_TEST(refuses)
{
	struct ph_account account = {.pan_len = refused[_i].pan_len};

	memcpy(account.hidden_pan, refused[_i].pan, refused[_i].pan_len);
	memcpy(account.hidden_expiry, refused[_i].expiry, 4);
	account.sequence = refused[_i].sequence;
	account.track2_len = (uint8_t)strlen(refused[_i].track2);
	memcpy(account.hidden_track2, refused[_i].track2, account.track2_len);
	ck_assert_msg(ph_seal(&refused[_i].header, &account, public_key, sealed, sizeof sealed) ==
			      -EINVAL,
		"%s was sealed", refused[_i].what);
}
END_TEST

/* A record made by an earlier build: what is on the disks of shops must always open. */
START_TEST(record_of_version_1)
{
	static const char text[] =
		"50 48 53 01 01 01 06 32 30 32 36 2D 31 06 70 61 79 2D 31 37 00 00 00 00 00 00 04 "
		"D2 45 55 52 5C "
		"3B 40 B9 7D 48 36 C0 99 D3 2A 67 A9 A6 8F 78 17 FD 4C EF B1 06 EC 3E 94 6F 6A 5F "
		"B0 89 A2 5F 85 "
		"AF ED 3A 7A 62 B1 6B 46 3C 31 C4 27 5F D2 D7 64 C3 57 C7 41 3D E8 4F 3C 0F 78 00 "
		"AF 9B AE 40 B1 "
		"6A 44 23 4A 79 4A 7F E7 2C D0 95 0F 4A 7D 80 FA 3D D7 90 CB 60 4C 3F C9 E6 7C 3C "
		"7E 73 16 78 60 "
		"75 2D 68 E7 5B 12 93 C7 C5 7E 4D D1 D1 B3 31 E3 55 A8 E7 FF B7 CE 7B 5C 34 87 8A "
		"8E BC 0B 6A 21 "
		"18 FE 57 EF EB 74 B7 BB 9B 33 C5 74 DE 5A DB 61 03 70 6D 44 5E 83 85 17 4C D0 9D "
		"65 E4 4E 49 6D "
		"A3 80 EB C4 2D 47 68 9A 1A BA A3 49 89 AF 08 14 BF 1B 9C D4 B3 40 EE 8E 3A 13 D5 "
		"12 71 BD 71 B9 "
		"D0 22 B9 4C 36 13 7A 7A FB 5D 9A CF 27 D1 B5 ED 22 8C F8 CD 41 E2 A2 2C 10 67 46 "
		"34 95 2E C9 0C "
		"74 1F 20 E3 53 E4 A4 FA D0 C9 7E 6E 82 FD C5 0A 13 0F A4 09 58 42 3B ";
	struct ph_account out, in = test_account();
	size_t len = hex(text, sealed, sizeof sealed);

	ck_assert_int_eq(ph_sealed_open(sealed, len, &sale, public_key, secret_key, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
}
END_TEST

/* ---- wrapped again ---- */

static uint8_t next_public[PH_SEAL_PUBLIC], next_secret[PH_SEAL_SECRET];
static uint8_t wrapped[PH_SEALED_WRAPPED_MAX];

static const struct ph_seal_pair now = {public_key, secret_key}, next = {next_public, next_secret};

static ssize_t wrap(size_t len)
{
	const struct ph_seal_to to = {"2027-1", next_public};

	crypto_box_keypair(next_public, next_secret);
	return ph_sealed_rewrap(sealed, len, &sale, &now, &to, wrapped);
}

START_TEST(wrapped_for_another_key)
{
	struct ph_account in = test_account(), out;
	size_t len = seal(&sale, &in);
	struct ph_sealed_header header;
	ssize_t n = wrap(len);

	ck_assert_int_eq(n, (ssize_t)len + 4 + 1 + 6);
	ck_assert_mem_eq(wrapped, "PHS\2\0062027-1", 11);
	/* all but the sealed key is as it was */
	ck_assert_mem_eq(wrapped + 11, sealed, 31);
	ck_assert_mem_ne(wrapped + 11 + 31, sealed + 31, 80);
	ck_assert_mem_eq(wrapped + 11 + 111, sealed + 111, len - 111);
	ck_assert_int_eq(ph_sealed_read(wrapped, (size_t)n, &header), 0);
	ck_assert_str_eq(header.kid, "2027-1");
	ck_assert_str_eq(header.payment, "pay-17");
	ck_assert_uint_eq(header.amount, 1234);
	ck_assert_int_eq(
		ph_sealed_open(wrapped, (size_t)n, &sale, next_public, next_secret, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
	ck_assert_int_eq(ph_sealed_open(wrapped, (size_t)n, &sale, public_key, secret_key, &out),
		-EKEYREJECTED);
}
END_TEST

START_TEST(wrapped_twice_and_back)
{
	struct ph_account in = test_account(), out;
	const struct ph_seal_to back = {"2026-1", public_key};
	uint8_t again[PH_SEALED_WRAPPED_MAX], proof[3][PH_SEALED_BOUND];
	uint8_t bound[PH_SEALED_BOUND] = "what stands beside it";
	size_t len = seal(&sale, &in);
	ssize_t n = wrap(len), m;

	m = ph_sealed_rewrap(wrapped, (size_t)n, &sale, &next, &back, again);
	ck_assert_int_eq(m, n); /* one layer, and not one more each time */
	ck_assert_int_eq(ph_sealed_open(again, (size_t)m, &sale, public_key, secret_key, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
	/* what is bound to it stays bound */
	ck_assert_int_eq(ph_sealed_prove(sealed, len, &sale, &now, bound, proof[0]), 0);
	ck_assert_int_eq(ph_sealed_prove(wrapped, (size_t)n, &sale, &next, bound, proof[1]), 0);
	ck_assert_mem_eq(proof[0], proof[1], sizeof proof[0]);
	bound[0] ^= 1;
	ck_assert_int_eq(ph_sealed_prove(again, (size_t)m, &sale, &now, bound, proof[2]), 0);
	ck_assert_mem_ne(proof[0], proof[2], sizeof proof[0]);
	ck_assert_int_eq(
		ph_sealed_prove(again, (size_t)m, &sale, &next, bound, proof[2]), -EKEYREJECTED);
}
END_TEST

START_TEST(wrapped_and_changed)
{
	struct ph_account in = test_account(), out;
	ssize_t n = wrap(seal(&sale, &in));
	struct ph_sealed_header header;

	for (size_t bit = 0; bit < (size_t)n * 8; bit++) {
		wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* the key id in front is a label: whoever has the key does not look at it */
		if (bit < 5 * 8 || bit >= 11 * 8)
			ck_assert_int_lt(ph_sealed_open(wrapped, (size_t)n, &sale, next_public,
						 next_secret, &out),
				0);
		wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < (size_t)n; cut++)
		ck_assert_int_eq(ph_sealed_read(wrapped, cut, &header), -EBADMSG);
	/* not two layers */
	memmove(wrapped + 11, wrapped, (size_t)n - 11);
	ck_assert_int_eq(ph_sealed_read(wrapped, (size_t)n, &header), -EBADMSG);
}
END_TEST

START_TEST(not_wrapped)
{
	struct ph_account in = test_account();
	struct ph_seal_to to = {"2027-1", next_public};
	struct ph_sealed_header other = sale;
	size_t len = seal(&sale, &in);

	ck_assert_int_gt(wrap(len), 0);
	other.amount = 1235;
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &other, &now, &to, wrapped), -EPERM);
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &sale, &next, &to, wrapped), -EKEYREJECTED);
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len - 1, &sale, &now, &to, wrapped), -EBADMSG);
	sealed[len - 1] ^= 1; /* damaged: it does not get a second life */
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &sale, &now, &to, wrapped), -EBADMSG);
	sealed[len - 1] ^= 1;
	to.kid = "";
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &sale, &now, &to, wrapped), -EINVAL);
	to.kid = "a/b";
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &sale, &now, &to, wrapped), -EINVAL);
	to.kid = "123456789012345678901234567890123";
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &sale, &now, &to, wrapped), -EINVAL);
	to.kid = "2027-1";
	other = sale;
	other.use = PH_SEALED_ONCE;
	len = seal(&other, &in);
	ck_assert_int_eq(ph_sealed_rewrap(sealed, len, &other, &now, &to, wrapped), -EINVAL);
}
END_TEST

/* Made by an earlier build, as record_of_version_1. */
START_TEST(record_of_version_2)
{
	static const char text[] =
		"50 48 53 02 06 32 30 32 37 2D 31 50 48 53 01 01 01 06 32 30 32 36 2D 31 06 70 61 "
		"79 2D 31 37 00 00 00 00 00 00 04 D2 45 55 52 96 32 13 9E 93 9B 8C ED 44 0B 04 E3 "
		"50 85 B0 E2 FB C8 E2 DF D6 76 79 28 5F 8B 29 EB D5 7F DF 6F 50 1A E5 B1 89 30 8B "
		"E8 CF 94 9A 28 C8 EA EA E7 AA 6B A0 69 40 1B E2 AF 88 B0 43 79 0B A5 13 DF DD 4A "
		"DA B8 94 7E 29 4A FD 58 3F EB 07 CF CB 29 FA 3D D7 90 CB 60 4C 3F C9 E6 7C 3C 7E "
		"73 16 78 60 75 2D 68 E7 5B 12 93 C7 C5 7E 4D D1 D1 B3 31 E3 55 A8 E7 FF B7 CE 7B "
		"5C 34 87 8A 8E BC 0B 6A 21 18 FE 57 EF EB 74 B7 BB 9B 33 C5 74 DE 5A DB 61 03 70 "
		"6D 44 5E 83 85 17 4C D0 9D 65 E4 4E 49 6D A3 80 EB C4 2D 47 68 9A 1A BA A3 49 89 "
		"AF 08 14 BF 1B 9C D4 B3 40 EE 8E 3A 13 D5 12 71 BD 71 B9 D0 22 B9 4C 36 13 7A 7A "
		"FB 5D 9A CF 27 D1 B5 ED 22 8C F8 CD 41 E2 A2 2C 10 67 46 34 95 2E C9 0C 74 1F 20 "
		"E3 53 E4 A4 FA D0 C9 7E 6E 82 FD C5 0A 13 0F A4 09 58 42 3B ";
	struct ph_account out, in = test_account();
	size_t len = hex(text, wrapped, sizeof wrapped);

	ck_assert_int_eq(ph_sealed_open(wrapped, len, &sale, public_key, secret_key, &out), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sealed");
	TCase *tests = tcase_create("sealed");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, comes_out_as_it_went_in);
	tcase_add_test(tests, longest_of_all);
	tcase_add_test(tests, nothing_shows);
	tcase_add_test(tests, no_bit_can_be_changed);
	tcase_add_test(tests, belongs_to_one_payment);
	tcase_add_test(tests, another_key_opens_nothing);
	tcase_add_loop_test(tests, refuses, 0, sizeof refused / sizeof *refused);
	tcase_add_test(tests, record_of_version_1);
	tcase_add_test(tests, wrapped_for_another_key);
	tcase_add_test(tests, wrapped_twice_and_back);
	tcase_add_test(tests, wrapped_and_changed);
	tcase_add_test(tests, not_wrapped);
	tcase_add_test(tests, record_of_version_2);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
