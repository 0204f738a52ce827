// The signed parameter file: the example as it is, and each thing that can be wrong with one.
#include "protocols/emv/parameters_file.h"

#include "base/base64.h"
#include "emv_help.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* A file of data/emv. */
static size_t load(const char *name, char *out, size_t size)
{
	char path[400];

	snprintf(path, sizeof path, "%s/%s", EMV_DATA, name);
	FILE *file = fopen(path, "r");
	ck_assert_msg(file != NULL, "no %s", path);
	size_t len = fread(out, 1, size - 1, file);
	fclose(file);
	out[len] = '\0';
	return len;
}

static char text[16384];
static size_t text_len;
static struct ph_emv_parameters parameters;
static char why[PH_EMV_WHY_SIZE];

static void setup(void)
{
	text_len = load("test.json", text, sizeof text);
	why[0] = '\0';
}

START_TEST(example)
{
	const struct ph_emv_terminal *t = &parameters.terminal;
	const struct ph_emv_application *a = parameters.applications;

	ck_assert_int_eq(ph_emv_parameters_read(text, text_len, &parameters, why), 0);
	ck_assert(parameters.test);
	ck_assert_uint_eq(parameters.expires, 20351231);
	ck_assert_uint_eq(t->type, 0x22);
	ck_assert_uint_eq(t->capabilities, 0x2028c8);
	ck_assert_mem_eq(t->additional, "\x60\x00\xf0\xa0\x01", 5);
	ck_assert_uint_eq(t->country, 0x0276);
	ck_assert_uint_eq(t->mcc, 0x5411);
	ck_assert_str_eq(t->merchant_id, "POSHALTEST00001");
	ck_assert_str_eq(t->terminal_id, "PHTEST01");
	ck_assert_uint_eq(t->acquirer, 1);
	ck_assert(!t->bypass_pin);
	ck_assert_uint_eq(parameters.application_count, 7);
	ck_assert_uint_eq(a[0].aid_len, 7);
	ck_assert_mem_eq(a[0].aid, "\xa0\x00\x00\x00\x03\x10\x10", 7);
	ck_assert_str_eq(a[0].scheme, "Visa");
	ck_assert_uint_eq(a[0].version, 0x008c);
	ck_assert_uint_eq(a[0].tac_online, 0xfc50bcf800);
	ck_assert_uint_eq(a[0].tac_default, 0xfc50bca000);
	ck_assert_uint_eq(a[0].floor_limit, 5000);
	ck_assert_uint_eq(a[0].currency, 0x0978);
	ck_assert_mem_eq(a[0].ddol, "\x9f\x37\x04", 3);
	ck_assert_uint_eq(a[0].ddol_len, 3);
	ck_assert_uint_eq(a[0].tdol_len, 0);
	ck_assert(!a[0].partial && a[6].partial);
	ck_assert_uint_eq(parameters.key_count, 5);
	ck_assert_uint_eq(parameters.keys[0].key.len, 176);
	ck_assert_uint_eq(parameters.keys[0].key.exponent, 3);
	ck_assert_uint_eq(parameters.keys[0].expiry, 20351231);
	ck_assert_uint_eq(parameters.revoked_count, 5);
	ck_assert_mem_eq(parameters.revoked[4].serial, "\x00\x00\xff", 3);
}
END_TEST

START_TEST(signature)
{
	char sig[200], pub[100], long_sig[300];
	size_t sig_len = load("test.json.sig", sig, sizeof sig);
	struct bytes key;

	ck_assert_uint_eq(load("test.pub", pub, sizeof pub), 45);
	ck_assert_int_eq(ph_base64_decode(pub, 44, key.data), 32);
	ck_assert_int_eq(ph_emv_parameters_verify(text, text_len, sig, sig_len, key.data), 0);
	ck_assert_int_eq(ph_emv_parameters_verify(text, text_len, sig, 88, key.data), 0);
	for (unsigned i = 0; i < 88; i++) {
		char was = sig[i];
		sig[i] = was == 'A' ? 'B' : 'A';
		ck_assert_int_eq(ph_emv_parameters_verify(text, text_len, sig, sig_len, key.data),
			-EKEYREJECTED);
		sig[i] = was;
	}
	ck_assert_int_eq(ph_emv_parameters_verify(text, text_len - 1, sig, sig_len, key.data),
		-EKEYREJECTED);
	ck_assert_int_eq(
		ph_emv_parameters_verify(text, text_len, sig, 87, key.data), -EKEYREJECTED);
	ck_assert_int_eq(ph_emv_parameters_verify(text, text_len, "", 0, key.data), -EKEYREJECTED);
	snprintf(long_sig, sizeof long_sig, "%.88s%.88s", sig, sig);
	ck_assert_int_eq(
		ph_emv_parameters_verify(text, text_len, long_sig, 176, key.data), -EKEYREJECTED);
	key.data[0] ^= 1;
	ck_assert_int_eq(
		ph_emv_parameters_verify(text, text_len, sig, sig_len, key.data), -EKEYREJECTED);
}
END_TEST

/* The example with the first `from` replaced. */
static int read_with(const char *from, const char *to)
{
	static char changed[sizeof text + 1000];
	const char *at = strstr(text, from);

	ck_assert_msg(at != NULL, "no %s", from);
	snprintf(
		changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return ph_emv_parameters_read(changed, strlen(changed), &parameters, why);
}

static const struct {
	const char *from, *to, *why;
} wrong[] = {
	{"{", "[", "document: is no JSON"},
	{"\"format\": 1", "\"format\": 2", "format: must be 1"},
	{"\"format\": 1,", "", "format: is missing"},
	{"\"test\": true", "\"test\": 1", "test: must be true or false"},
	{"2035-12-31", "2035-02-29", "expires: must be a date as \"2030-12-31\""},
	{"2035-12-31", "2035-2-28", "expires: must be a date as \"2030-12-31\""},
	{"2035-12-31", "2035-+2-28", "expires: must be a date as \"2030-12-31\""},
	{"2035-12-31", "2035-12- 1", "expires: must be a date as \"2030-12-31\""},
	{"\"terminal\"", "\"keys\": [], \"terminal\"", "keys: is there twice"},
	{"\"format\": 1", "\"format\": 1, \"more\": 1", "more: is not known"},
	{"\"format\": 1", "\"format\": 1, \"format\": 1", "format: is there twice"},
	{"\"terminal\"", "\"terminals\"", "terminals: is not known"},
	{"\"type\": \"22\"", "\"type\": \"222\"",
		"terminal.type: must be hexadecimal of this length"},
	{"\"type\": \"22\"", "\"type\": \"2g\"",
		"terminal.type: must be hexadecimal of this length"},
	{"\"type\": \"22\",", "", "terminal.type: is missing"},
	{"\"country\": 276", "\"country\": 1000",
		"terminal.country: must be a whole number in its range"},
	{"\"country\": 276", "\"country\": 27.6",
		"terminal.country: must be a whole number in its range"},
	{"\"country\": 276", "\"country\": -1",
		"terminal.country: must be a whole number in its range"},
	{"\"country\": 276", "\"country\": \"276\"",
		"terminal.country: must be a whole number in its range"},
	{"PHTEST01", "PHTEST012",
		"terminal.terminal_id: must be a text of printable ASCII that is not too "
		"long"},
	{"PHTEST01", "PHT\\u0001",
		"terminal.terminal_id: must be a text of printable ASCII that is not too "
		"long"},
	{"6000F0A001", "6000F0A0", "terminal.additional: must be hexadecimal of this length"},
	{"\"A0000000031010\"", "\"A0000000\"",
		"applications[0].aid: must be hexadecimal of an allowed length"},
	{"\"A0000000031010\"", "\"A0000000031010101010101010101010FF\"",
		"applications[0].aid: must be hexadecimal of an allowed length"},
	{"\"A0000000032010\"", "\"A0000000031010\"", "applications[1].aid: is there twice"},
	{"\"random_target\": 0", "\"random_target\": 1",
		"applications[0].random_max: must not be below random_target"},
	{"\"random_max\": 0", "\"random_max\": 100",
		"applications[0].random_max: must be a whole number in its range"},
	{"\"random_threshold\": 0", "\"random_threshold\": 5000",
		"applications[0].random_threshold: must be below floor_limit"},
	{"9F3704", "9F37", "applications[0].ddol: is no list of tags and lengths"},
	{"\"tdol\": \"\"", "\"tdol\": \"9F\"",
		"applications[0].tdol: is no list of tags and lengths"},
	{"\"keys\"", "\"revoked\"", "revoked: is there twice"},
	{"\"keys\": [", "\"keys\": [7,", "keys[0]: must be an object"},
	{"\"index\": \"FE\"", "\"index\": \"FD\"", "keys[0]: the checksum is not that of the key"},
	{"\"exponent\": 3", "\"exponent\": 5", "keys[0]: is no key that EMV allows"},
	{"\"B035A6C8", "\"B035A6", "keys[0]: the checksum is not that of the key"},
	{"\"serial\": \"0000FF\"", "\"serial\": \"00FF\"",
		"revoked[0].serial: must be hexadecimal of this length"},
};

START_TEST(wrong_members)
{
	for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		parameters.expires = 1;
		ck_assert_int_eq(read_with(wrong[i].from, wrong[i].to), -EBADMSG);
		ck_assert_str_eq(why, wrong[i].why);
		ck_assert_uint_eq(parameters.expires, 1); /* untouched */
	}
	ck_assert_int_eq(read_with("\"expires\": \"2035-12-31\",", ""), 0);
	ck_assert_uint_eq(parameters.expires, 0);
}
END_TEST

START_TEST(too_much)
{
	static char big[PH_EMV_PARAMETERS_BYTES_MAX + 2];
	char *at = big;

	memset(big, ' ', sizeof big - 1);
	ck_assert_int_eq(ph_emv_parameters_read(big, sizeof big - 1, &parameters, why), -E2BIG);
	ck_assert_int_eq(ph_emv_parameters_read(big, sizeof big - 2, &parameters, why), -EBADMSG);
	const char *list = strstr(text, "\"applications\": [") + strlen("\"applications\": [");
	at += snprintf(at, sizeof big, "%.*s", (int)(list - text), text);
	for (unsigned i = 0; i < 33; i++)
		at += snprintf(at, 100, "{},");
	snprintf(at, sizeof big - (size_t)(at - big), "%s", list);
	ck_assert_int_eq(ph_emv_parameters_read(big, strlen(big), &parameters, why), -EBADMSG);
	ck_assert_str_eq(why, "applications: has too many rows");
}
END_TEST

START_TEST(expiry)
{
	char what[PH_EMV_WHY_SIZE];

	ck_assert_int_eq(ph_emv_parameters_read(text, text_len, &parameters, why), 0);
	ck_assert_int_eq(ph_emv_parameters_expiry(&parameters, 20351231, what), 0);
	ck_assert_str_eq(what, "the parameter file");
	ck_assert_int_eq(ph_emv_parameters_expiry(&parameters, 20360101, what), -1);
	ck_assert_int_eq(ph_emv_parameters_expiry(&parameters, 20341231, what), 365);
	parameters.keys[1].expiry = 20281130;
	ck_assert_int_eq(ph_emv_parameters_expiry(&parameters, 20280101, what), 334); /* leap */
	ck_assert_str_eq(what, "the key A000000004/FE of an authority");
	parameters.keys[1].rid[0] = 0xb0; /* of no application */
	parameters.expires = 0;
	for (unsigned i = 0; i < parameters.key_count; i++)
		parameters.keys[i].expiry = i == 1 ? 20281130 : 0;
	ck_assert_int_eq(ph_emv_parameters_expiry(&parameters, 20280101, what), INT_MAX);
	ck_assert_str_eq(what, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv parameters");
	TCase *tcase = tcase_create("parameters");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, example);
	tcase_add_test(tcase, signature);
	tcase_add_test(tcase, wrong_members);
	tcase_add_test(tcase, too_much);
	tcase_add_test(tcase, expiry);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
