// The rules of offline acceptance, one at a time: a sale that is accepted, and what changes that.
#include "daemon/payments/offline_policy.h"

#include "base/cleanup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct ph_offline_limits limits;
static struct ph_offline_exposure exposure;
static struct ph_offline_sale sale;
static struct ph_offline_verdict verdict;

/* A chip card with a signature, CDA, 40.00 EUR, the host away for an hour: accepted. */
static void setup(void)
{
	ph_offline_limits_init(&limits);
	limits.enabled = true;
	exposure = (struct ph_offline_exposure){.since_host_s = 3600};
	sale = (struct ph_offline_sale){
		.amount = 4000,
		.currency = "EUR",
		.wish = PH_OFFLINE_ALLOW,
		.entry = PH_ENTRY_CHIP,
		.cvm = PH_CVM_SIGNATURE,
		.oda = PH_ODA_DYNAMIC,
		.card = {.first_digits = "476173"},
	};
}

static const char *decide(void)
{
	ph_offline_decide(&limits, &exposure, &sale, &verdict);
	ck_assert_int_eq(verdict.yes, verdict.limit == NULL);
	ck_assert_str_ne(verdict.text, "");
	return verdict.limit ? verdict.limit : "yes";
}

static void bins(struct ph_offline_bins *to, const char *one, const char *other)
{
	to->count = 0;
	strcpy(to->rows[to->count++], one);
	if (other)
		strcpy(to->rows[to->count++], other);
}

/* ---- what each change does ---- */

static void off(void)
{
	limits.enabled = false;
}
static void refused(void)
{
	sale.wish = PH_OFFLINE_REFUSE;
}
static void refused_and_off(void)
{
	off();
	refused();
}
static void forced_by_nobody(void)
{
	sale.wish = PH_OFFLINE_FORCE;
}
static void forced(void)
{
	sale.wish = PH_OFFLINE_FORCE;
	sale.answered_for = true;
}
static void up(void)
{
	exposure.host_up = true;
}
static void up_and_forced(void)
{
	up();
	forced();
}
static void up_and_told_to_work_without(void)
{
	up();
	exposure.forced = true;
}
static void journal_sick(void)
{
	exposure.journal_sick = true;
}
static void journal_sick_and_forced(void)
{
	journal_sick();
	forced();
}
static void clock_suspect(void)
{
	exposure.clock_suspect = true;
}
static void no_key(void)
{
	exposure.no_key = true;
}
static void dollars(void)
{
	sale.currency = "USD";
}
static void refund(void)
{
	sale.refund = true;
}
static void refund_allowed(void)
{
	refund();
	limits.refunds = true;
}
static void at_the_limit(void)
{
	sale.amount = 5000;
}
static void above_the_limit(void)
{
	sale.amount = 5001;
}
static void pin_at_the_limit(void)
{
	sale.cvm = PH_CVM_OFFLINE_PIN;
	sale.amount = 10000;
}
static void pin_above(void)
{
	sale.cvm = PH_CVM_OFFLINE_PIN;
	sale.amount = 10001;
}
static void none_at_the_limit(void)
{
	sale.cvm = PH_CVM_NONE;
	sale.amount = 2500;
}
static void none_above(void)
{
	sale.cvm = PH_CVM_NONE;
	sale.amount = 2501;
}
static void forced_at_the_limit(void)
{
	forced();
	sale.amount = 15000;
}
static void forced_above(void)
{
	forced();
	sale.amount = 15001;
}
static void total_reached(void)
{
	exposure.total = 196000;
}
static void total_passed(void)
{
	exposure.total = 196001;
}
static void total_passed_and_forced(void)
{
	total_passed();
	forced();
}
static void total_far_above(void)
{
	exposure.total = INT64_C(900000000000);
}
static void count_below(void)
{
	exposure.count = 199;
}
static void count_reached(void)
{
	exposure.count = 200;
}
static void count_reached_and_forced(void)
{
	count_reached();
	forced();
}
static void a_second_left(void)
{
	exposure.since_host_s = 24 * 3600 - 1;
}
static void a_day(void)
{
	exposure.since_host_s = 24 * 3600;
}
static void never(void)
{
	exposure.since_host_s = -1;
}
static void stripe(void)
{
	sale.entry = PH_ENTRY_STRIPE;
}
static void contactless(void)
{
	sale.entry = PH_ENTRY_CONTACTLESS;
}
static void contactless_forbidden(void)
{
	contactless();
	limits.entries = 1u << PH_ENTRY_CHIP;
}
static void cvm_failed(void)
{
	sale.cvm = PH_CVM_FAILED;
}
static void online_pin(void)
{
	sale.cvm = PH_CVM_ONLINE_PIN;
}
static void none_forbidden(void)
{
	sale.cvm = PH_CVM_NONE;
	sale.amount = 1;
	limits.no_cvm = false;
}
static void signature_forbidden(void)
{
	limits.signature = false;
}
static void oda_none(void)
{
	sale.oda = PH_ODA_NONE;
}
static void oda_failed(void)
{
	sale.oda = PH_ODA_FAILED;
}
static void oda_not_needed(void)
{
	sale.oda = PH_ODA_NONE;
	limits.need_oda = false;
}
static void oda_static(void)
{
	sale.oda = PH_ODA_STATIC;
}
static void oda_static_will_do(void)
{
	sale.oda = PH_ODA_STATIC;
	limits.static_oda = true;
}
static void expires(void)
{
	sale.card.expires_soon = true;
}
static void on_the_list(void)
{
	sale.card.denied = true;
}
static void bin_denied(void)
{
	bins(&limits.bins_denied, "51", "4761");
}
static void other_bin_denied(void)
{
	bins(&limits.bins_denied, "51", "4762");
}
static void till_unknown(void)
{
	exposure.no_terminal = true;
}
static void untold(void)
{
	sale.card.untold = true;
}
static void unrecognised(void)
{
	sale.card.unrecognised = true;
}
static void unrecognised_any_number(void)
{
	unrecognised();
	limits.card_count = 0;
}
static void unrecognised_will_do(void)
{
	unrecognised_any_number();
	limits.card_total = limits.max_total;
}
static void list_unknown(void)
{
	sale.card.deny_unknown = true;
}
/* What the chip has approved is not what the merchant answers for. */
static void advice(void)
{
	sale.advice = true;
	sale.amount = 90000;
	sale.cvm = PH_CVM_NONE;
	sale.oda = PH_ODA_FAILED;
	sale.card.count = 7;
	sale.card.expires_soon = true;
	exposure.host_up = true;
	exposure.since_host_s = -1;
	limits.no_cvm = false;
}
static void advice_too_much(void)
{
	advice();
	exposure.total = 110001;
}
static void advice_too_many(void)
{
	advice();
	exposure.count = 200;
}
static void advice_denied(void)
{
	advice();
	sale.card.denied = true;
}
static void advice_refused(void)
{
	advice();
	sale.wish = PH_OFFLINE_REFUSE;
}
static void bin_allowed(void)
{
	bins(&limits.bins_allowed, "4", NULL);
}
static void bin_not_allowed(void)
{
	bins(&limits.bins_allowed, "5", NULL);
}
static void again(void)
{
	sale.card.count = 1;
	sale.card.total = 1000;
}
static void again_allowed(void)
{
	again();
	limits.card_count = 2;
	sale.amount = 4000;
}
static void again_for_too_much(void)
{
	again_allowed();
	sale.amount = 4001;
}
static void no_card(void)
{
	sale.entry = PH_ENTRY_UNKNOWN;
	sale.cvm = PH_CVM_UNKNOWN;
	sale.oda = PH_ODA_UNKNOWN;
	sale.card = (struct ph_offline_card){0};
}
static void no_card_large(void)
{
	no_card();
	sale.amount = 10000;
}
static void no_card_too_large(void)
{
	no_card();
	sale.amount = 10001;
}

static const struct {
	const char *name;
	void (*change)(void);
	const char *limit;
} rows[] = {
	{"off", off, "enabled"},
	{"refused by the caller", refused, "offline"},
	{"refused, and off", refused_and_off, "offline"},
	{"forced, nobody answers for it", forced_by_nobody, "force"},
	{"forced", forced, "yes"},
	{"the host is up", up, "host_up"},
	{"the host is up, forced", up_and_forced, "yes"},
	{"the host is up, forced offline", up_and_told_to_work_without, "yes"},
	{"the journal is sick", journal_sick, "journal"},
	{"the journal is sick, forced", journal_sick_and_forced, "journal"},
	{"the clock is suspect", clock_suspect, "clock"},
	{"no key", no_key, "key"},
	{"another currency", dollars, "currency"},
	{"a refund", refund, "refunds"},
	{"a refund, allowed", refund_allowed, "yes"},
	{"at the limit", at_the_limit, "yes"},
	{"above the limit", above_the_limit, "max_sale"},
	{"with PIN at the limit", pin_at_the_limit, "yes"},
	{"with PIN above", pin_above, "max_sale"},
	{"without verification at the limit", none_at_the_limit, "yes"},
	{"without verification above", none_above, "max_sale"},
	{"forced at the limit", forced_at_the_limit, "yes"},
	{"forced above", forced_above, "max_sale"},
	{"the total is reached", total_reached, "yes"},
	{"the total is passed", total_passed, "max_total"},
	{"the total is passed, forced", total_passed_and_forced, "max_total"},
	{"the total was lowered", total_far_above, "max_total"},
	{"one below the number", count_below, "yes"},
	{"the number is reached", count_reached, "max_count"},
	{"the number is reached, forced", count_reached_and_forced, "max_count"},
	{"a second left", a_second_left, "yes"},
	{"a day", a_day, "max_accept_hours"},
	{"the host never answered", never, "max_accept_hours"},
	{"stripe", stripe, "entry"},
	{"contactless", contactless, "yes"},
	{"contactless, forbidden", contactless_forbidden, "entry"},
	{"verification failed", cvm_failed, "cvm"},
	{"online PIN", online_pin, "online_pin"},
	{"no verification, forbidden", none_forbidden, "no_cvm"},
	{"signature, forbidden", signature_forbidden, "signature"},
	{"not authenticated", oda_none, "need_oda"},
	{"authentication failed", oda_failed, "need_oda"},
	{"not authenticated, not needed", oda_not_needed, "yes"},
	{"SDA", oda_static, "static_oda"},
	{"SDA will do", oda_static_will_do, "yes"},
	{"expires", expires, "expiry"},
	{"on the list", on_the_list, "deny_list"},
	{"a range that is denied", bin_denied, "deny_bins"},
	{"other ranges are denied", other_bin_denied, "yes"},
	{"the till's id is not known", till_unknown, "terminal_id"},
	{"nothing is told of the card", untold, "facts"},
	{"whether it is the same card is not known", unrecognised, "card_count"},
	{"the same, any number will do", unrecognised_any_number, "card_total"},
	{"the same, any sum will do, too", unrecognised_will_do, "yes"},
	{"the list cannot be used", list_unknown, "deny_list"},
	{"approved by the chip", advice, "yes"},
	{"approved by the chip, too much", advice_too_much, "max_total"},
	{"approved by the chip, too many", advice_too_many, "max_count"},
	{"approved by the chip, on the list", advice_denied, "deny_list"},
	{"approved by the chip, not wanted", advice_refused, "offline"},
	{"a range that is allowed", bin_allowed, "yes"},
	{"other ranges are allowed", bin_not_allowed, "allow_bins"},
	{"the card again", again, "card_count"},
	{"the card again, allowed", again_allowed, "yes"},
	{"the card again, for too much", again_for_too_much, "card_total"},
	{"no card yet", no_card, "yes"},
	{"no card yet, as large as may be", no_card_large, "yes"},
	{"no card yet, too large for any", no_card_too_large, "max_sale"},
};

START_TEST(rules)
{
	setup();
	ck_assert_str_eq(decide(), "yes");
	rows[_i].change();
	ck_assert_msg(!strcmp(decide(), rows[_i].limit), "%s: %s instead of %s", rows[_i].name,
		decide(), rows[_i].limit);
}
END_TEST

/* What is left is that before this sale, also where the answer is no. */
START_TEST(what_is_left)
{
	setup();
	exposure.total = 150000;
	exposure.count = 7;
	ck_assert_str_eq(decide(), "yes");
	ck_assert_int_eq(verdict.left_total, 50000);
	ck_assert_uint_eq(verdict.left_count, 193);
	ck_assert_int_eq(verdict.left_s, 23 * 3600);
	limits.enabled = false;
	decide();
	ck_assert_int_eq(verdict.left_total, 50000);
	exposure =
		(struct ph_offline_exposure){.total = 300000, .count = 300, .since_host_s = 90000};
	decide();
	ck_assert_int_eq(verdict.left_total, 0);
	ck_assert_uint_eq(verdict.left_count, 0);
	ck_assert_int_eq(verdict.left_s, 0);
}
END_TEST

/* The nearest of the limits counts, with this sale in. */
static const struct {
	int64_t total;
	uint32_t count;
	int64_t since_host_s;
	unsigned warn;
} warnings[] = {
	{0, 0, 0, 0},
	{95999, 0, 0, 0},
	{96000, 0, 0, 50},
	{155999, 0, 0, 50},
	{156000, 0, 0, 80},
	{186000, 0, 0, 95},
	{196000, 0, 0, 95},
	{0, 99, 0, 50},
	{0, 159, 0, 80},
	{0, 189, 0, 95},
	{0, 0, 12 * 3600, 50},
	{96000, 0, 23 * 3600, 95},
};

START_TEST(warns_in_time)
{
	setup();
	exposure.total = warnings[_i].total;
	exposure.count = warnings[_i].count;
	exposure.since_host_s = warnings[_i].since_host_s;
	ck_assert_str_eq(decide(), "yes");
	ck_assert_uint_eq(verdict.warn, warnings[_i].warn);
}
END_TEST

static void use_is(const struct ph_offline_use *use, const char *limit, int64_t allowed,
	int64_t used, int64_t left)
{
	ck_assert_str_eq(use->limit, limit);
	ck_assert_int_eq(use->allowed, allowed);
	ck_assert_int_eq(use->used, used);
	ck_assert_int_eq(use->left, left);
}

START_TEST(limits_at_length)
{
	struct ph_offline_use uses[PH_OFFLINE_USES];

	setup();
	exposure.total = 150000;
	exposure.count = 300;
	sale.card.count = 1;
	sale.card.total = 1000;
	ck_assert_uint_eq(ph_offline_uses(&limits, &exposure, &sale, uses), 6);
	use_is(&uses[0], "max_total", 200000, 150000, 50000);
	use_is(&uses[1], "max_count", 200, 300, 0);
	use_is(&uses[2], "max_sale", 5000, 0, 5000);
	use_is(&uses[3], "max_accept_hours", 24 * 3600, 3600, 23 * 3600);
	use_is(&uses[4], "card_count", 1, 1, 0);
	use_is(&uses[5], "card_total", 5000, 1000, 4000);
	sale.card.first_digits = NULL;
	exposure.since_host_s = -1;
	ck_assert_uint_eq(ph_offline_uses(&limits, &exposure, &sale, uses), 4);
	use_is(&uses[3], "max_accept_hours", 24 * 3600, 24 * 3600, 0);
	sale.advice = true;
	ck_assert_uint_eq(ph_offline_uses(&limits, &exposure, &sale, uses), 2);
}
END_TEST

START_TEST(every_no_is_told)
{
	static const char *const expected[] = {"host_up", "max_sale", "max_count", "signature"};
	const char *limit, *text = "";
	size_t at = 0, n = 0;

	setup();
	up();
	above_the_limit();
	count_reached();
	signature_forbidden();
	while ((limit = ph_offline_next_no(&limits, &exposure, &sale, &at, &text))) {
		ck_assert_uint_lt(n, PH_ARRAY_SIZE(expected));
		ck_assert_str_eq(limit, expected[n++]);
		ck_assert_str_ne(text, "");
	}
	ck_assert_uint_eq(n, PH_ARRAY_SIZE(expected));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("offline policy");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, rules, 0, (int)PH_ARRAY_SIZE(rows));
	tcase_add_test(tests, what_is_left);
	tcase_add_test(tests, limits_at_length);
	tcase_add_test(tests, every_no_is_told);
	tcase_add_loop_test(tests, warns_in_time, 0, (int)PH_ARRAY_SIZE(warnings));
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
