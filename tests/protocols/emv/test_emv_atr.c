// Answers to reset: each interface byte, allowed and not. Source: EMV Level 1 contact interface, 8.3; ISO/IEC 7816-3.
#include "protocols/emv/atr.h"

#include "emv_help.h"

struct row {
	const char *atr;
	const char *why; /* NULL: good */
	bool t1;
	bool fix;      /* the last byte is replaced by the right TCK */
	bool warm_too; /* only a cold reset forbids it */
};

static const struct row rows[] = {
	/* basic answers of the books */
	{"3B 60 00 00", NULL, .t1 = false},
	{"3B E0 00 00 81 31 20 45 35", NULL, .t1 = true},
	{"3F 60 00 00", NULL, .t1 = false},
	{"3B 20 00", NULL, .t1 = false},
	{"3B 65 00 00 0102030405", NULL, .t1 = false},
	{"3B 6F 00 00 0102030405060708090A0B0C0D0E0F", NULL, .t1 = false},
	/* TS */
	{"3C 60 00 00", "TS", .t1 = false},
	{"03 60 00 00", "TS", .t1 = false},
	/* lengths */
	{"3B", "length", .t1 = false},
	{"", "length", .t1 = false},
	{"3B 60 00", "length", .t1 = false},
	{"3B 60 00 00 00", "length", .t1 = false},
	{"3B 61 00 00", "length", .t1 = false},
	{"3B E0 00 00 81 31 20 45", "length", .t1 = false},
	{"3B E0 00 00 81 31 20 45 35 00", "length", .t1 = false},
	{"3B 80", "length", .t1 = false},
	{"3B 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 "
	 "80 "
	 "80 80 80",
		"length", .t1 = false},
	/* TA1: an offer, or with TA2 a condition */
	{"3B 70 11 00 00", NULL, .t1 = false},
	{"3B 70 96 00 00", NULL, .t1 = false},
	{"3B F0 11 00 00 10 00", NULL, .t1 = false},
	{"3B F0 12 00 00 10 00", NULL, .t1 = false},
	{"3B F0 13 00 00 10 00", NULL, .t1 = false},
	{"3B F0 10 00 00 10 00", "TA1", .t1 = false},
	{"3B F0 14 00 00 10 00", "TA1", .t1 = false},
	{"3B F0 96 00 00 10 00", "TA1", .t1 = false},
	/* TB1 */
	{"3B 60 25 00", "TB1", .warm_too = true},
	{"3B 40 00", "TB1", .warm_too = true},
	{"3B 00", "TB1", .warm_too = true},
	/* TC1: anything; with T=1 bound by TB3 */
	{"3B 60 00 FF", NULL, .t1 = false},
	{"3B 60 00 20", NULL, .t1 = false},
	{"3B E0 00 FF 81 31 20 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 1E 81 31 20 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 1F 81 31 20 45 00", "TB3", .t1 = true, .fix = true},
	/* TD1: T=0 or T=1 */
	{"3B E0 00 00 00", NULL, .t1 = false},
	{"3B E0 00 00 02 00", "TD1", .fix = true},
	{"3B E0 00 00 0F 00", "TD1", .fix = true},
	{"3B E0 00 00 82 31 20 45 00", "TD1", .fix = true},
	/* TA2: specific mode, the first protocol */
	{"3B E0 00 00 10 00", NULL, .t1 = false},
	{"3B E0 00 00 10 80", NULL, .t1 = false},
	{"3B E0 00 00 10 10", "TA2", .t1 = false},
	{"3B E0 00 00 10 01", "TA2", .t1 = false},
	{"3B E0 00 00 91 01 31 20 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 91 00 31 20 45 00", "TA2", .t1 = true, .fix = true},
	{"3B E0 00 00 91 11 31 20 45 00", "TA2", .t1 = true, .fix = true},
	/* TB2 never */
	{"3B E0 00 00 20 00", "TB2", .t1 = false},
	{"3B E0 00 00 A1 00 31 20 45 00", "TB2", .t1 = true, .fix = true},
	/* TC2 */
	{"3B E0 00 00 40 0A", NULL, .t1 = false},
	{"3B E0 00 00 40 00", "TC2", .t1 = false},
	{"3B E0 00 00 40 0B", "TC2", .t1 = false},
	{"3B E0 00 00 40 FF", "TC2", .t1 = false},
	/* TD2 */
	{"3B E0 00 00 81 00 00", "TD2", .t1 = true, .fix = true},
	{"3B E0 00 00 01 00", "TD2", .t1 = true, .fix = true},
	{"3B E0 00 00 81 3E 20 45 00", "TD2", .t1 = true, .fix = true},
	{"3B E0 00 00 80 31 20 45 00", NULL, .t1 = false, .fix = true},
	{"3B E0 00 00 80 1E 47 00", NULL, .t1 = false, .fix = true},
	{"3B E0 00 00 80 1F 47 00", NULL, .t1 = false, .fix = true},
	{"3B E0 00 00 80 0D 00", "TD2", .t1 = false, .fix = true},
	{"3B E0 00 00 80 00", "TD2", .t1 = false},
	/* TA3: 10 to FE */
	{"3B E0 00 00 81 21 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 10 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 FE 45 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 0F 45 00", "TA3", .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 00 45 00", "TA3", .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 FF 45 00", "TA3", .t1 = true, .fix = true},
	/* TB3: must be there; BWI to 4, CWI to 5, and more than the guard time */
	{"3B E0 00 00 81 11 20 00", "TB3", .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 20 01 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 20 41 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 20 51 00", "TB3", .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 20 46 00", "TB3", .t1 = true, .fix = true},
	{"3B E0 00 00 81 31 20 40 00", "TB3", .t1 = true, .fix = true},
	{"3B E0 00 FF 81 31 20 40 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 01 81 31 20 41 00", "TB3", .t1 = true, .fix = true},
	/* TC3 */
	{"3B E0 00 00 81 71 20 45 00 00", NULL, .t1 = true, .fix = true},
	{"3B E0 00 00 81 71 20 45 01 00", "TC3", .t1 = true, .fix = true},
	/* TCK */
	{"3B E0 00 00 81 31 20 45 34", "TCK", .t1 = false},
	{"3B E4 00 00 81 31 20 45 01020304 35", NULL, .t1 = true, .fix = true},
};

static void fix(struct bytes *b)
{
	uint8_t sum = 0;

	for (size_t i = 1; i + 1 < b->len; i++)
		sum ^= b->data[i];
	b->data[b->len - 1] = sum;
}

START_TEST(answers)
{
	const struct row *row = &rows[_i];
	struct bytes b = bytes(row->atr);
	struct ph_atr atr;

	if (row->fix)
		fix(&b);
	enum ph_atr_verdict cold = ph_atr_read(b.data, b.len, false, &atr);
	if (row->why) {
		ck_assert_ptr_nonnull(atr.why);
		ck_assert_str_eq(atr.why, row->why);
		ck_assert_int_eq(cold, PH_ATR_WARM_RESET);
		ck_assert_int_eq(ph_atr_read(b.data, b.len, true, &atr),
			row->warm_too ? PH_ATR_GOOD : PH_ATR_REJECT);
		return;
	}
	ck_assert_ptr_null(atr.why);
	ck_assert_int_eq(cold, PH_ATR_GOOD);
	ck_assert_int_eq(atr.t1, row->t1);
	ck_assert_int_eq(ph_atr_read(b.data, b.len, true, &atr), PH_ATR_GOOD);
}
END_TEST

START_TEST(historical)
{
	struct bytes b = bytes("3B E4 00 00 81 31 20 45 01020304 00");
	struct ph_atr atr;

	fix(&b);
	ck_assert_int_eq(ph_atr_read(b.data, b.len, false, &atr), PH_ATR_GOOD);
	ck_assert_uint_eq(atr.historical_len, 4);
	ck_assert_mem_eq(atr.historical, "\x01\x02\x03\x04", 4);
}
END_TEST

/* PC/SC part 3, 3.1.3.2.3 */
START_TEST(contactless)
{
	static const char *const answers_[] = {"3B 80 80 01 01",
		"3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A", "3B 81 80 01 80 80"};
	struct ph_atr atr;

	for (unsigned i = 0; i < 3; i++) {
		struct bytes b = bytes(answers_[i]);
		ck_assert_int_eq(ph_atr_read(b.data, b.len, false, &atr), PH_ATR_CONTACTLESS);
		ck_assert_int_eq(ph_atr_read(b.data, b.len, true, &atr), PH_ATR_CONTACTLESS);
		ck_assert_ptr_null(atr.why);
	}
}
END_TEST

/* No prefix of an answer is one, and no byte of T=1's can change unnoticed. */
START_TEST(cut_and_tampered)
{
	struct bytes b = bytes("3B E4 00 00 81 31 20 45 01020304 00");
	struct ph_atr atr;

	fix(&b);
	for (size_t len = 0; len < b.len; len++)
		ck_assert_int_eq(ph_atr_read(b.data, len, false, &atr), PH_ATR_WARM_RESET);
	for (size_t i = 1; i < b.len; i++) {
		b.data[i] ^= 0x01;
		ck_assert_int_eq(ph_atr_read(b.data, b.len, true, &atr), PH_ATR_REJECT);
		b.data[i] ^= 0x01;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv atr");
	TCase *tcase = tcase_create("atr");

	tcase_add_loop_test(tcase, answers, 0, sizeof rows / sizeof *rows);
	tcase_add_test(tcase, historical);
	tcase_add_test(tcase, contactless);
	tcase_add_test(tcase, cut_and_tampered);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
