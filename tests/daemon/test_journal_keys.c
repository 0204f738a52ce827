// Keys in the journal: how many records each has, what is written down when the acquirer's keys change, and records of another key.
#include "journal_fixture.h"

#include "daemon/journal/journal_keys.h"

static struct ph_journal_seal_keys keys;
static struct ph_journal_reseal_list list;

static int finish(int r)
{
	if (r < 0)
		return r;
	fixture_wait(1);
	return f.order[0];
}

/* A record of version 1 or 2 as far as the journal looks at it. */
static size_t sealed_to(const char *kid, int version, uint8_t out[64])
{
	size_t len = strlen(kid), at = version == 1 ? 6 : 4;

	memset(out, 0xa5, 64);
	memcpy(out, "PHS", 3);
	out[3] = (uint8_t)version;
	out[at] = (uint8_t)len;
	memcpy(out + at + 1, kid, len);
	return 64;
}

/* A payment with a request whose account is sealed to this key; the record's id. */
static int64_t add(const char *key, const uint8_t *sealed, size_t len)
{
	struct ph_journal_pay_begin begin = {.request.done = on_done,
		.ask = {.uid = 1000,
			.method = "payment.authorize",
			.key = key,
			.body = "{}",
			.device = "reader",
			.type = "sale",
			.amount = 1234,
			.currency = "EUR"}};
	struct ph_journal_intent intent = {.request.done = on_done,
		.terminal = "TID12345",
		.entry = "chip",
		.sequence = 1,
		.sealed = sealed,
		.sealed_len = len};

	ck_assert_int_eq(finish(ph_journal_pay_begin_submit(f.journal, &begin)), 0);
	intent.payment = begin.id;
	ck_assert_int_eq(finish(ph_journal_intent_submit(f.journal, &intent)), 0);
	return intent.record.id;
}

static int64_t add_sealed(const char *key, const char *kid, int version)
{
	uint8_t sealed[64];

	return add(key, sealed, sealed_to(kid, version, sealed));
}

static void do_keys(const char *const *kids, uint32_t seen)
{
	keys = (struct ph_journal_seal_keys){
		.request.done = on_done, .kids = kids, .seen = seen, .who = "acquirer"};
	ck_assert_int_eq(finish(ph_journal_seal_keys_submit(f.journal, &keys)), 0);
}

static void expect_key(const char *kid, enum ph_seal_key_state state, int64_t used, int64_t kept)
{
	for (uint32_t i = 0; i < keys.count; i++) {
		const struct ph_seal_key *key = &keys.keys[i];
		if (strcmp(key->kid, kid) != 0)
			continue;
		ck_assert_int_eq(key->state, state);
		ck_assert_int_eq(key->sealed, used);
		ck_assert_int_eq(key->kept, kept);
		ck_assert_uint_gt(key->first_us, 0);
		return;
	}
	ck_abort_msg("no key %s", kid);
}

/* The payment declined: nobody needs its account. */
static void decline(int64_t payment, int64_t record)
{
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = payment,
		.record = record,
		.record_state = PH_RECORD_DECLINED,
		.response_code = "05",
		.final = true,
		.state = PH_PAY_DECLINED,
		.drop_sealed = true};

	ck_assert_int_eq(finish(ph_journal_pay_result_submit(f.journal, &result)), 0);
}

START_TEST(records_are_counted)
{
	fixture_start();
	add_sealed("a", "2026-1", 1);
	add_sealed("b", "2026-1", 2);
	int64_t last = add_sealed("c", "2027-1", 1);
	do_keys(NULL, 0);
	ck_assert_uint_eq(keys.count, 2);
	expect_key("2026-1", PH_SEAL_KEY_GONE, 2, 2);
	expect_key("2027-1", PH_SEAL_KEY_GONE, 1, 1);
	decline(3, last);
	do_keys(NULL, 0);
	expect_key("2027-1", PH_SEAL_KEY_GONE, 1, 0);
	/* what is no sealed record of ours has no key, and nothing breaks over it */
	add("d", (const uint8_t *)"sealed", 6);
	add("e", (const uint8_t *)"PHS\1\1\1\0\0", 8);
	add("f", (const uint8_t *)"PHS\1\1\1\xff\xff", 8);
	add("g", (const uint8_t *)"PHS\2\x21xxxx", 9);
	do_keys(NULL, 0);
	expect_key("", PH_SEAL_KEY_GONE, 4, 4);
	fixture_stop();
	/* a row that goes takes its key along */
	fixture_sql("DELETE FROM record WHERE id = 1");
	ck_assert_int_eq(fixture_sql_int("SELECT kept FROM seal_key WHERE kid = '2026-1'"), 1);
}
END_TEST

static int audited(const char *action)
{
	struct ph_journal_audit_list rows = {.request.done = on_done, .limit = PH_LIST_MAX};
	int count = 0;

	ck_assert_int_eq(finish(ph_journal_audit_list_submit(f.journal, &rows)), 0);
	for (uint32_t i = 0; i < rows.count; i++) {
		count += !strcmp(rows.rows[i].action, action);
		ck_assert_str_eq(rows.rows[i].who, "acquirer");
	}
	ph_journal_audit_list_clear(&rows);
	return count;
}

START_TEST(changes_of_keys_are_audited)
{
	static const char *const first[] = {"2026-1"}, *const second[] = {"2027-1", "2026-1"},
				 *const third[] = {"2027-1"};

	fixture_start();
	add_sealed("a", "2026-1", 1);
	do_keys(first, 1);
	ck_assert_str_eq(keys.keys[0].kid, "2026-1");
	expect_key("2026-1", PH_SEAL_KEY_CURRENT, 1, 1);
	ck_assert_int_eq(audited("key.current"), 1);
	do_keys(first, 1); /* nothing new */
	ck_assert_int_eq(audited("key.current"), 1);
	do_keys(second, 2);
	ck_assert_str_eq(keys.keys[0].kid, "2027-1");
	expect_key("2027-1", PH_SEAL_KEY_CURRENT, 0, 0);
	expect_key("2026-1", PH_SEAL_KEY_OLD, 1, 1);
	ck_assert_int_eq(audited("key.current"), 2);
	ck_assert_int_eq(audited("key.added"), 1); /* it is an older one from now on */
	do_keys(third, 1);
	expect_key("2026-1", PH_SEAL_KEY_GONE, 1, 1);
	ck_assert_int_eq(audited("key.removed"), 1);
	/* a start, and an acquirer that says the same */
	fixture_stop();
	fixture_start();
	do_keys(third, 1);
	ck_assert_int_eq(audited("key.current") + audited("key.added") + audited("key.removed"), 4);
	struct ph_journal_audit_verify verify = {.request.done = on_done};
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(verify.fault, PH_AUDIT_OK);
}
END_TEST

START_TEST(what_is_no_key_id)
{
	static const char *const wrong[] = {"", "a b", "a\"b", "123456789012345678901234567890123"};

	fixture_start();
	for (size_t i = 0; i < 4; i++) {
		struct ph_journal_seal_keys bad = {.kids = &wrong[i], .seen = 1};
		ck_assert_int_eq(ph_journal_seal_keys_submit(f.journal, &bad), -EINVAL);
		struct ph_journal_reseal_list none = {.kid = wrong[i]};
		ck_assert_int_eq(ph_journal_reseal_list_submit(f.journal, &none), -EINVAL);
	}
}
END_TEST

static void do_list(const char *kid, int64_t after_id)
{
	ph_journal_reseal_list_clear(&list);
	list = (struct ph_journal_reseal_list){
		.request.done = on_done, .kid = kid, .after_id = after_id};
	ck_assert_int_eq(finish(ph_journal_reseal_list_submit(f.journal, &list)), 0);
}

START_TEST(records_of_another_key)
{
	uint8_t fresh[64];
	char key[8];

	fixture_start();
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof key, "k%d", i);
		add_sealed(key, i % 2 ? "2026-1" : "2027-1", 1);
	}
	decline(2, 2);
	do_list("2027-1", 0);
	ck_assert_uint_eq(list.count, PH_RESEAL_MAX);
	ck_assert(list.more);
	ck_assert_int_eq(list.rows[0].id, 4);
	ck_assert_int_eq(list.rows[0].payment, 4);
	ck_assert_int_eq(list.rows[0].amount, 1234);
	ck_assert_uint_eq(list.rows[0].sealed_len, 64);
	ck_assert_int_eq(list.after_id, list.rows[PH_RESEAL_MAX - 1].id);
	do_list("2027-1", list.after_id);
	ck_assert_uint_eq(list.count, 3);
	ck_assert(!list.more);

	/* one of them was changed meanwhile, one is gone */
	struct ph_reseal records[3];
	sealed_to("2027-1", 2, fresh);
	for (unsigned i = 0; i < 3; i++)
		records[i] = (struct ph_reseal){.record = list.rows[i].id,
			.was = list.rows[i].sealed,
			.was_len = list.rows[i].sealed_len,
			.sealed = fresh,
			.sealed_len = sizeof fresh};
	list.rows[1].sealed[20] ^= 1;
	decline(list.rows[2].payment, list.rows[2].id);
	struct ph_journal_reseal reseal = {.request.done = on_done, .records = records, .count = 3};
	ck_assert_int_eq(finish(ph_journal_reseal_submit(f.journal, &reseal)), 0);
	ck_assert_uint_eq(reseal.done, 1);
	do_keys(NULL, 0);
	expect_key("2026-1", PH_SEAL_KEY_GONE, 20, 17);
	expect_key("2027-1", PH_SEAL_KEY_GONE, 21, 21);
	do_list("2027-1", 35);
	ck_assert_uint_eq(list.count, 1); /* the one that was changed */
	ph_journal_reseal_list_clear(&list);
}
END_TEST

START_TEST(counted_at_the_upgrade)
{
	fixture_start();
	add_sealed("a", "2026-1", 1);
	add_sealed("b", "2026-1", 2);
	fixture_stop();
	fixture_sql("DROP TRIGGER record_sealed; DROP TRIGGER record_resealed; DROP TRIGGER "
		    "record_unsealed; DROP TABLE seal_key; "
		    "ALTER TABLE payment DROP COLUMN origin;"
		    "ALTER TABLE payment DROP COLUMN origin_amount;"
		    "PRAGMA user_version = 6");
	fixture_start();
	do_keys(NULL, 0);
	ck_assert_uint_eq(keys.count, 1);
	expect_key("2026-1", PH_SEAL_KEY_GONE, 2, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal_keys");
	TCase *tc = tcase_create("keys");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, records_are_counted);
	tcase_add_test(tc, changes_of_keys_are_audited);
	tcase_add_test(tc, what_is_no_key_id);
	tcase_add_test(tc, records_of_another_key);
	tcase_add_test(tc, counted_at_the_upgrade);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
