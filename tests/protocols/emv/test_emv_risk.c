// Restrictions, risk management and action analysis at their borders. Source: EMV Book 3, 10.4, 10.6 and 10.7.
#include "protocols/emv/risk.h"

#include "emv_help.h"

static struct ph_emv_data data;
static struct ph_emv_application application;
static struct ph_emv_terminal terminal;

static void start(void)
{
	ph_emv_data_init(&data);
	set(&data, PH_TAG_DATE, "261122");
	set(&data, PH_TAG_TYPE, "00");
	set(&data, PH_TAG_TERMINAL_COUNTRY, "0276");
	set(&data, PH_TAG_TERMINAL_TYPE, "22");
	set(&data, PH_TAG_ADDITIONAL_CAPABILITIES, "F000F0A001");
	set(&data, PH_TAG_VERSION_TERMINAL, "0002");
	set(&data, PH_TAG_CURRENCY, "0978");
	set(&data, PH_TAG_CURRENCY_EXPONENT, "02");
	set(&data, PH_TAG_EXPIRY, "301231");
	application = (struct ph_emv_application){.floor_limit = 10000,
		.currency = 0x0978,
		.currency_exponent = 2,
		.random_target = 20,
		.random_max = 60,
		.random_threshold = 2000};
	terminal = (struct ph_emv_terminal){.type = 0x22};
}

struct restriction {
	const char *version, *effective, *expiry, *usage, *country, *type, *terminal_type, *other;
	uint64_t tvr;
};

#define NOT_ALLOWED PH_TVR_SERVICE_NOT_ALLOWED

static const struct restriction restrictions[] = {
	/* versions */
	{NULL, NULL, "301231", NULL, NULL, "00", "22", NULL, 0},
	{"0002", NULL, "301231", NULL, NULL, "00", "22", NULL, 0},
	{"0001", NULL, "301231", NULL, NULL, "00", "22", NULL, PH_TVR_VERSIONS_DIFFER},
	{"0200", NULL, "301231", NULL, NULL, "00", "22", NULL, PH_TVR_VERSIONS_DIFFER},
	/* dates: both days are good */
	{NULL, "261122", "301231", NULL, NULL, "00", "22", NULL, 0},
	{NULL, "261123", "301231", NULL, NULL, "00", "22", NULL, PH_TVR_NOT_YET_EFFECTIVE},
	{NULL, "491231", "301231", NULL, NULL, "00", "22", NULL, PH_TVR_NOT_YET_EFFECTIVE},
	{NULL, "501231", "301231", NULL, NULL, "00", "22", NULL, 0},
	{NULL, NULL, "261122", NULL, NULL, "00", "22", NULL, 0},
	{NULL, NULL, "261121", NULL, NULL, "00", "22", NULL, PH_TVR_EXPIRED},
	{NULL, NULL, "991231", NULL, NULL, "00", "22", NULL, PH_TVR_EXPIRED},
	/* where it is */
	{NULL, NULL, "301231", "0100", NULL, "00", "22", NULL, 0},
	{NULL, NULL, "301231", "FEFF", NULL, "00", "22", NULL, NOT_ALLOWED},
	{NULL, NULL, "301231", "0200", NULL, "01", "14", NULL, 0},
	{NULL, NULL, "301231", "FDFF", NULL, "01", "14", NULL, NOT_ALLOWED},
	{NULL, NULL, "301231", "0200", NULL, "01", "16", NULL, 0},
	{NULL, NULL, "301231", "0200", NULL, "01", "13", NULL, NOT_ALLOWED},
	/* sale at home: goods or services; without the issuer's country nothing is asked */
	{NULL, NULL, "301231", "2100", "0276", "00", "22", NULL, 0},
	{NULL, NULL, "301231", "0900", "0276", "00", "22", NULL, 0},
	{NULL, NULL, "301231", "D7FF", "0276", "00", "22", NULL, NOT_ALLOWED},
	{NULL, NULL, "301231", "D7FF", NULL, "00", "22", NULL, 0},
	/* and abroad */
	{NULL, NULL, "301231", "1100", "0528", "00", "22", NULL, 0},
	{NULL, NULL, "301231", "0500", "0528", "00", "22", NULL, 0},
	{NULL, NULL, "301231", "EBFF", "0528", "00", "22", NULL, NOT_ALLOWED},
	/* cash */
	{NULL, NULL, "301231", "8100", "0276", "01", "22", NULL, 0},
	{NULL, NULL, "301231", "7FFF", "0276", "01", "22", NULL, NOT_ALLOWED},
	{NULL, NULL, "301231", "4100", "0528", "01", "22", NULL, 0},
	{NULL, NULL, "301231", "BFFF", "0528", "01", "22", NULL, NOT_ALLOWED},
	/* cashback needs the sale, too */
	{NULL, NULL, "301231", "2180", "0276", "09", "22", "000000001000", 0},
	{NULL, NULL, "301231", "217F", "0276", "09", "22", "000000001000", NOT_ALLOWED},
	{NULL, NULL, "301231", "0180", "0276", "09", "22", "000000001000", NOT_ALLOWED},
	{NULL, NULL, "301231", "1140", "0528", "09", "22", "000000001000", 0},
	{NULL, NULL, "301231", "11BF", "0528", "09", "22", "000000001000", NOT_ALLOWED},
	{NULL, NULL, "301231", "2100", "0276", "00", "22", "000000001000", NOT_ALLOWED},
	{NULL, NULL, "301231", "2100", "0276", "00", "22", "000000000000", 0},
	/* refund: no row of the table is about it */
	{NULL, NULL, "301231", "0100", "0276", "20", "22", NULL, 0},
	/* all at once */
	{"0001", "300101", "200101", "0000", "0276", "00", "22", NULL,
		PH_TVR_VERSIONS_DIFFER | PH_TVR_NOT_YET_EFFECTIVE | PH_TVR_EXPIRED | NOT_ALLOWED},
};

static void maybe(uint32_t tag, const char *text)
{
	if (text)
		set(&data, tag, text);
}

START_TEST(restrict_)
{
	const struct restriction *r = &restrictions[_i];

	maybe(PH_TAG_VERSION_CARD, r->version);
	maybe(PH_TAG_EFFECTIVE, r->effective);
	maybe(PH_TAG_EXPIRY, r->expiry);
	maybe(PH_TAG_USAGE_CONTROL, r->usage);
	maybe(PH_TAG_ISSUER_COUNTRY, r->country);
	maybe(PH_TAG_TYPE, r->type);
	maybe(PH_TAG_TERMINAL_TYPE, r->terminal_type);
	maybe(PH_TAG_AMOUNT_OTHER, r->other);
	ck_assert_uint_eq(ph_emv_restrictions(&data), r->tvr);
}
END_TEST

/* An unattended terminal of a bank that gives no cash is no ATM. */
START_TEST(atm_gives_cash)
{
	set(&data, PH_TAG_TERMINAL_TYPE, "14");
	set(&data, PH_TAG_USAGE_CONTROL, "0100");
	ck_assert_uint_eq(ph_emv_restrictions(&data), NOT_ALLOWED);
	set(&data, PH_TAG_ADDITIONAL_CAPABILITIES, "7000F0A001");
	ck_assert_uint_eq(ph_emv_restrictions(&data), 0);
}
END_TEST

struct pick {
	uint64_t amount;
	uint8_t random;
	bool selected;
};

/* target 20, max 60, threshold 2000, floor 10000: 20 + 40 * (amount - 2000) / 8000 */
static const struct pick picks[] = {
	{0, 1, true},
	{0, 20, true},
	{0, 21, false},
	{1999, 20, true},
	{1999, 21, false},
	{2000, 20, true},
	{2000, 21, false},
	{2199, 21, false}, /* 20.995 */
	{2200, 21, true},
	{2200, 22, false},
	{6000, 40, true},
	{6000, 41, false},
	{9999, 59, true}, /* 59.995 */
	{9999, 60, false},
	{10000, 1, false},
	{1000000000000, 1, false},
};

START_TEST(random_selection)
{
	const struct pick *p = &picks[_i];

	ck_assert_int_eq(ph_emv_random_selected(p->amount, p->random, &application), p->selected);
}
END_TEST

START_TEST(random_extremes)
{
	application.random_target = 0;
	application.random_max = 0;
	for (unsigned i = 1; i <= 99; i++)
		ck_assert(!ph_emv_random_selected(9999, (uint8_t)i, &application));
	application.random_target = 99;
	application.random_max = 99;
	for (unsigned i = 1; i <= 99; i++)
		ck_assert(ph_emv_random_selected(9999, (uint8_t)i, &application));
	/* nothing is below a floor of zero */
	application.floor_limit = 0;
	ck_assert(!ph_emv_random_selected(0, 1, &application));
	/* a threshold at the floor, which no file has: no division by zero */
	application.floor_limit = 2000;
	ck_assert(ph_emv_random_selected(1999, 99, &application));
	/* large amounts do not overflow */
	application.random_target = 0;
	application.floor_limit = 999999999999;
	ck_assert(ph_emv_random_selected(999999999998, 98, &application));
	ck_assert(!ph_emv_random_selected(999999999998, 99, &application));
}
END_TEST

static uint64_t check(struct ph_emv_risk risk)
{
	return ph_emv_risk_check(&risk, &application, &data);
}

static struct ph_emv_risk sale(uint64_t amount)
{
	return (struct ph_emv_risk){
		.amount = amount, .random = 99, .atc = -1, .last_online_atc = -1};
}

START_TEST(floor_limit)
{
	ck_assert_uint_eq(check(sale(9999)), 0);
	ck_assert_uint_eq(check(sale(10000)), PH_TVR_FLOOR_LIMIT);
	struct ph_emv_risk split = sale(4000);
	split.earlier_amount = 5999;
	ck_assert_uint_eq(check(split), 0);
	split.earlier_amount = 6000;
	ck_assert_uint_eq(check(split), PH_TVR_FLOOR_LIMIT);
	split.earlier_amount = UINT64_MAX;
	ck_assert_uint_eq(check(split), PH_TVR_FLOOR_LIMIT);
	/* another currency, or another exponent of the same */
	set(&data, PH_TAG_CURRENCY, "0840");
	ck_assert_uint_eq(check(sale(1)), PH_TVR_FLOOR_LIMIT);
	set(&data, PH_TAG_CURRENCY, "0978");
	set(&data, PH_TAG_CURRENCY_EXPONENT, "00");
	ck_assert_uint_eq(check(sale(1)), PH_TVR_FLOOR_LIMIT);
	set(&data, PH_TAG_CURRENCY_EXPONENT, "02");
	application.floor_limit = 0;
	ck_assert_uint_eq(check(sale(0)), PH_TVR_FLOOR_LIMIT);
}
END_TEST

START_TEST(other_checks)
{
	struct ph_emv_risk risk = sale(100);

	risk.random = 20;
	ck_assert_uint_eq(check(risk), PH_TVR_RANDOM);
	risk.random = 21;
	risk.listed = true;
	ck_assert_uint_eq(check(risk), PH_TVR_EXCEPTION_FILE);
	risk.forced_online = true;
	ck_assert_uint_eq(check(risk), PH_TVR_EXCEPTION_FILE | PH_TVR_FORCED_ONLINE);
}
END_TEST

#define BOTH (PH_TVR_LOWER_LIMIT | PH_TVR_UPPER_LIMIT)

struct velocity {
	const char *lower, *upper;
	int32_t atc, last;
	uint64_t tvr;
};

static const struct velocity velocities[] = {
	{NULL, NULL, -1, -1, 0},
	{NULL, NULL, 5, 0, 0},
	{"03", NULL, 100, 1, 0},
	{NULL, "05", 100, 1, 0},
	{"03", "05", 4, 1, 0},
	{"03", "05", 5, 1, PH_TVR_LOWER_LIMIT},
	{"03", "05", 6, 1, PH_TVR_LOWER_LIMIT},
	{"03", "05", 7, 1, BOTH},
	{"03", "05", 65535, 65534, 0},
	{"05", "03", 5, 1, 0}, /* the upper one counts beyond the lower one only */
	{"05", "03", 7, 1, BOTH},
	{"00", "00", 2, 1, BOTH},
	{"FF", "FF", 256, 1, 0},
	{"FF", "FF", 257, 1, BOTH},
	/* counters that cannot be, or are not given */
	{"03", "05", 1, 1, BOTH},
	{"03", "05", 1, 2, BOTH},
	{"03", "05", -1, 1, BOTH | PH_TVR_ICC_DATA_MISSING},
	{"03", "05", 1, -1, BOTH | PH_TVR_ICC_DATA_MISSING},
	{"03", "05", -1, -1, BOTH | PH_TVR_ICC_DATA_MISSING},
	/* a new card */
	{"03", "05", 1, 0, PH_TVR_NEW_CARD},
	{"03", "05", 4, 0, PH_TVR_NEW_CARD | PH_TVR_LOWER_LIMIT},
	{"03", "05", 0, 0, PH_TVR_NEW_CARD | BOTH},
	{"03", "05", -1, 0, PH_TVR_NEW_CARD | BOTH | PH_TVR_ICC_DATA_MISSING},
};

START_TEST(velocity)
{
	const struct velocity *v = &velocities[_i];
	struct ph_emv_risk risk = sale(100);

	maybe(PH_TAG_LOWER_LIMIT, v->lower);
	maybe(PH_TAG_UPPER_LIMIT, v->upper);
	risk.atc = v->atc;
	risk.last_online_atc = v->last;
	ck_assert_uint_eq(check(risk), v->tvr);
}
END_TEST

#define AAC  PH_CID_AAC
#define TC   PH_CID_TC
#define ARQC PH_CID_ARQC
#define BIT  PH_TVR_ODA_NOT_PERFORMED
#define ZERO "0000000000"
#define HIT  "8000000000"

struct decision {
	uint64_t tvr;
	const char *denial, *online, *fallback; /* of the issuer; NULL: missing */
	uint64_t tac_denial, tac_online, tac_default;
	uint8_t want, want_at_once, want_unable;
};

/* Asked for with a host that is there or away; with a host away and offline_at_once; after a host that failed. */
static const struct decision decisions[] = {
	{0, ZERO, ZERO, ZERO, 0, 0, 0, TC, TC, TC},
	{0, "FFFFFFFFFF", "FFFFFFFFFF", "FFFFFFFFFF", 0, 0, 0, TC, TC, TC},
	{0, NULL, NULL, NULL, 0, 0, 0, TC, TC, TC},
	{BIT, ZERO, ZERO, ZERO, 0, 0, 0, TC, TC, TC},
	{BIT, HIT, ZERO, ZERO, 0, 0, 0, AAC, AAC, TC},
	{BIT, ZERO, HIT, ZERO, 0, 0, 0, ARQC, TC, TC},
	{BIT, ZERO, ZERO, HIT, 0, 0, 0, TC, AAC, AAC},
	{BIT, ZERO, HIT, HIT, 0, 0, 0, ARQC, AAC, AAC},
	{BIT, HIT, HIT, HIT, 0, 0, 0, AAC, AAC, AAC},
	{BIT, ZERO, ZERO, ZERO, BIT, 0, 0, AAC, AAC, TC},
	{BIT, ZERO, ZERO, ZERO, 0, BIT, 0, ARQC, TC, TC},
	{BIT, ZERO, ZERO, ZERO, 0, 0, BIT, TC, AAC, AAC},
	/* missing: denial zeros, online and default ones */
	{BIT, NULL, ZERO, ZERO, 0, 0, 0, TC, TC, TC},
	{BIT, ZERO, NULL, ZERO, 0, 0, 0, ARQC, TC, TC},
	{BIT, ZERO, ZERO, NULL, 0, 0, 0, TC, AAC, AAC},
	{BIT, NULL, NULL, NULL, 0, 0, 0, ARQC, AAC, AAC},
	/* each bit by itself: the last one of five bytes */
	{1, ZERO, "0000000001", ZERO, 0, 0, 0, ARQC, TC, TC},
	{1, ZERO, "FFFFFFFFFE", ZERO, 0, 0, 0, TC, TC, TC},
	{PH_TVR(5, 0x80), "0000000080", ZERO, ZERO, 0, 0, 0, AAC, AAC, TC},
};

START_TEST(decide)
{
	const struct decision *d = &decisions[_i];

	maybe(PH_TAG_IAC_DENIAL, d->denial);
	maybe(PH_TAG_IAC_ONLINE, d->online);
	maybe(PH_TAG_IAC_DEFAULT, d->fallback);
	application.tac_denial = d->tac_denial;
	application.tac_online = d->tac_online;
	application.tac_default = d->tac_default;
	ck_assert_uint_eq(
		ph_emv_decide(d->tvr, &application, &data, &terminal, PH_EMV_HOST_THERE), d->want);
	ck_assert_uint_eq(
		ph_emv_decide(d->tvr, &application, &data, &terminal, PH_EMV_HOST_AWAY), d->want);
	terminal.offline_at_once = true;
	ck_assert_uint_eq(
		ph_emv_decide(d->tvr, &application, &data, &terminal, PH_EMV_HOST_THERE), d->want);
	ck_assert_uint_eq(ph_emv_decide(d->tvr, &application, &data, &terminal, PH_EMV_HOST_AWAY),
		d->want_at_once);
	ck_assert_uint_eq(
		ph_emv_decide_unable(d->tvr, &application, &data, &terminal), d->want_unable);
}
END_TEST

START_TEST(terminals)
{
	static const uint8_t online_only[] = {0x21, 0x24, 0x11, 0x34}, both[] = {0x22, 0x25},
			     offline_only[] = {0x23, 0x26};

	maybe(PH_TAG_IAC_ONLINE, ZERO);
	maybe(PH_TAG_IAC_DEFAULT, HIT);
	for (unsigned i = 0; i < sizeof online_only; i++) {
		terminal = (struct ph_emv_terminal){.type = online_only[i]};
		ck_assert_uint_eq(
			ph_emv_decide(0, &application, &data, &terminal, PH_EMV_HOST_THERE), ARQC);
		terminal.offline_at_once = true;
		ck_assert_uint_eq(
			ph_emv_decide(0, &application, &data, &terminal, PH_EMV_HOST_AWAY), AAC);
		ck_assert_uint_eq(ph_emv_decide_unable(0, &application, &data, &terminal), AAC);
	}
	for (unsigned i = 0; i < sizeof both; i++) {
		terminal = (struct ph_emv_terminal){.type = both[i]};
		ck_assert_uint_eq(
			ph_emv_decide(BIT, &application, &data, &terminal, PH_EMV_HOST_THERE), TC);
	}
	for (unsigned i = 0; i < sizeof offline_only; i++) {
		terminal = (struct ph_emv_terminal){.type = offline_only[i]};
		ck_assert_uint_eq(
			ph_emv_decide(BIT, &application, &data, &terminal, PH_EMV_HOST_THERE), AAC);
		ck_assert_uint_eq(
			ph_emv_decide(0, &application, &data, &terminal, PH_EMV_HOST_THERE), TC);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv risk");
	TCase *tcase = tcase_create("risk");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, restrict_, 0, sizeof restrictions / sizeof *restrictions);
	tcase_add_test(tcase, atm_gives_cash);
	tcase_add_loop_test(tcase, random_selection, 0, sizeof picks / sizeof *picks);
	tcase_add_test(tcase, random_extremes);
	tcase_add_test(tcase, floor_limit);
	tcase_add_test(tcase, other_checks);
	tcase_add_loop_test(tcase, velocity, 0, sizeof velocities / sizeof *velocities);
	tcase_add_loop_test(tcase, decide, 0, sizeof decisions / sizeof *decisions);
	tcase_add_test(tcase, terminals);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
