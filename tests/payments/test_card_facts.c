// Facts of a card: each word, what may be absent, and what makes all of it worthless.
#include "daemon/payments/card_facts.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FINGERPRINT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define FACTS(more)                                                                                \
	"{\"entry\":\"chip\",\"cvm\":\"signature\",\"oda\":\"dynamic\",\"first_digits\":"          \
	"\"541333\",\"expires_soon\":false" more "}"

static int read_text(const char *text, struct ph_card_facts *facts)
{
	cJSON *json = cJSON_Parse(text);
	int r = ph_card_facts_read(json, facts);

	cJSON_Delete(json);
	return r;
}

START_TEST(all_of_them)
{
	struct ph_card_facts facts;

	ck_assert_int_eq(read_text(FACTS(",\"denied\":true,\"fingerprint_b64\":\"" FINGERPRINT
					 "\",\"of a later version\":1"),
				 &facts),
		0);
	ck_assert_int_eq(facts.entry, PH_ENTRY_CHIP);
	ck_assert_int_eq(facts.cvm, PH_CVM_SIGNATURE);
	ck_assert_int_eq(facts.oda, PH_ODA_DYNAMIC);
	ck_assert_str_eq(facts.first_digits, "541333");
	ck_assert(!facts.expires_soon && facts.deny_known && facts.denied && facts.has_fingerprint);
	ck_assert_uint_eq(facts.fingerprint[0], 0);
	ck_assert_uint_eq(facts.fingerprint[31], 31);
}
END_TEST

START_TEST(what_is_not_known)
{
	struct ph_card_facts facts;

	ck_assert_int_eq(read_text(FACTS(""), &facts), 0);
	ck_assert(!facts.deny_known && !facts.denied && !facts.has_fingerprint);
}
END_TEST

static const struct {
	const char *name, *word;
	int value;
} words[] = {
	{"cvm", "none", PH_CVM_NONE},
	{"cvm", "offline_pin", PH_CVM_OFFLINE_PIN},
	{"cvm", "online_pin", PH_CVM_ONLINE_PIN},
	{"cvm", "failed", PH_CVM_FAILED},
	{"oda", "none", PH_ODA_NONE},
	{"oda", "failed", PH_ODA_FAILED},
	{"oda", "static", PH_ODA_STATIC},
	{"entry", "contactless", PH_ENTRY_CONTACTLESS},
	{"entry", "stripe", PH_ENTRY_STRIPE},
	{"entry", "manual", PH_ENTRY_MANUAL},
};

START_TEST(each_word)
{
	cJSON *json = cJSON_Parse(FACTS(""));
	struct ph_card_facts facts;

	cJSON_SetValuestring(cJSON_GetObjectItem(json, words[_i].name), words[_i].word);
	ck_assert_int_eq(ph_card_facts_read(json, &facts), 0);
	int value = !strcmp(words[_i].name, "cvm")   ? (int)facts.cvm
		    : !strcmp(words[_i].name, "oda") ? (int)facts.oda
						     : (int)facts.entry;
	ck_assert_int_eq(value, words[_i].value);
	cJSON_Delete(json);
}
END_TEST

static const struct {
	const char *name, *value; /* NULL: it is left out */
} bad[] = {
	{"entry", NULL},
	{"entry", "\"chips\""},
	{"cvm", NULL},
	{"cvm", "3"},
	{"oda", NULL},
	{"oda", "\"\""},
	{"expires_soon", NULL},
	{"expires_soon", "0"},
	{"denied", "null"},
	{"first_digits", NULL},
	{"first_digits", "541333"},
	{"first_digits", "\"54133\""},
	{"first_digits", "\"5413330\""},
	{"first_digits", "\"5413330089020011\""},
	{"first_digits", "\"54133a\""},
	{"fingerprint_b64", "\"AAEC\""},
	{"fingerprint_b64", "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""},
	{"fingerprint_b64", "null"},
	/* 5413330089020011 as text, and zeros */
	{"fingerprint_b64", "\"NTQxMzMzMDA4OTAyMDAxMQAAAAAAAAAAAAAAAAAAAAA=\""},
};

START_TEST(none_of_it)
{
	struct ph_card_facts facts;
	cJSON *json = cJSON_Parse(FACTS(",\"denied\":false"));

	cJSON_DeleteItemFromObject(json, bad[_i].name);
	if (bad[_i].value)
		cJSON_AddItemToObject(json, bad[_i].name, cJSON_Parse(bad[_i].value));
	ck_assert_msg(ph_card_facts_read(json, &facts) == -EBADMSG, "%s %s", bad[_i].name,
		bad[_i].value ? bad[_i].value : "");
	cJSON_Delete(json);
}
END_TEST

START_TEST(nothing)
{
	struct ph_card_facts facts;

	ck_assert_int_eq(ph_card_facts_read(NULL, &facts), -EBADMSG);
	ck_assert_int_eq(read_text("[]", &facts), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("card facts");
	TCase *tests = tcase_create("card facts");

	tcase_add_test(tests, all_of_them);
	tcase_add_test(tests, what_is_not_known);
	tcase_add_loop_test(tests, each_word, 0, sizeof words / sizeof *words);
	tcase_add_loop_test(tests, none_of_it, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, nothing);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
