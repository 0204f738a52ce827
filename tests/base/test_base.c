// The small helpers everything stands on: base64, UTF-8, JSON scan, buffer, names, errors, time.
#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/ini.h"
#include "base/json_flat.h"
#include "base/json_scan.h"
#include "base/names.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "poshal/errors.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(base64_follows_rfc4648_section_10)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < 7; i++) {
		char text[16];
		uint8_t data[16];
		ck_assert_uint_eq(ph_base64_encode(pairs[i][0], strlen(pairs[i][0]), text),
			strlen(pairs[i][1]));
		ck_assert_str_eq(text, pairs[i][1]);
		ck_assert_int_eq(ph_base64_decode(text, strlen(text), data), strlen(pairs[i][0]));
		ck_assert_mem_eq(data, pairs[i][0], strlen(pairs[i][0]));
	}
}
END_TEST

START_TEST(base64_refuses_what_is_not_exact)
{
	static const char *const bad[] = {
		"Zg", "Zg=", "Zg==Zg==", "Z g=", "Zh==", "Zm9=", "====", "Zm9*"};
	uint8_t data[16];
	for (size_t i = 0; i < 8; i++)
		ck_assert_msg(
			ph_base64_decode(bad[i], strlen(bad[i]), data) == -EINVAL, "%s", bad[i]);
}
END_TEST

START_TEST(utf8_refuses_overlong_surrogates_and_truncation)
{
	ck_assert(
		ph_utf8_valid("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\xb0 plain tail of ascii", 34));
	static const char *const bad[] = {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xc3", "\x80", "12345678\xff"};
	for (size_t i = 0; i < 7; i++)
		ck_assert_msg(!ph_utf8_valid(bad[i], strlen(bad[i])), "%zu", i);
	for (uint32_t cp = 1; cp <= 0x10ffff; cp += cp < 0x900 ? 1 : 251) {
		char text[4];
		uint32_t back = 0;
		int n = ph_utf8_encode(cp, text);
		if (cp >= 0xd800 && cp < 0xe000) {
			ck_assert_int_eq(n, -EILSEQ);
			continue;
		}
		ck_assert_int_eq(ph_utf8_decode(text, (size_t)n, &back), n);
		ck_assert_uint_eq(back, cp);
	}
}
END_TEST

START_TEST(cleaning_drops_a_cut_character_and_marks_rubbish)
{
	static const char *const cases[][2] = {{"caf\xc3", "caf"}, {"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\xe2\x82", ""},
		{"a\xff"
		 "b",
			"a?b"},
		{"\xf0\x9f\x8d", ""},
		{"\xc3"
		 "b",
			"?b"},
		{"", ""}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[16];
		snprintf(text, sizeof text, "%s", cases[i][0]);
		ph_utf8_clean(text);
		ck_assert_str_eq(text, cases[i][1]);
	}
}
END_TEST

/* Of a text whose byte `at`, and the one behind it, are not plain. */
static void check_plain(size_t len, size_t at)
{
	static const char not_plain[] = {'"', '\\', 0, 1, '\n', 0x1f};
	static const char plain[] = {
		' ', '!', '#', '[', ']', 'a', 0x7f, '\x80', '\xa2', '\xdc', '\xff'};
	char text[24];

	for (size_t i = 0; i < sizeof plain; i++) {
		memset(text, plain[i], sizeof text);
		text[at] = not_plain[(len + i) % sizeof not_plain];
		text[at + 1] = not_plain[i % sizeof not_plain];
		ck_assert_uint_eq(ph_json_plain(text, len), at);
	}
}

START_TEST(plain_bytes_end_at_the_first_that_is_not)
{
	for (size_t len = 0; len < 20; len++)
		for (size_t at = 0; at <= len; at++)
			check_plain(len, at);
}
END_TEST

START_TEST(json_scan_sees_nul_depth_and_bad_text)
{
	ck_assert_int_eq(ph_json_scan("{\"a\":[{}]}", 10, 3), 0);
	ck_assert_int_eq(ph_json_scan("{\"a\":[{}]}", 10, 2), -E2BIG);
	ck_assert_int_eq(ph_json_scan("{\"a\":\"[[[[\"}", 12, 1), 0);
	ck_assert_int_eq(ph_json_scan("{\"\\u0000\":1}", 12, 3), -EINVAL);
	ck_assert_int_eq(ph_json_scan("{\"\\\\u0000\":1}", 13, 3), 0);
	ck_assert_int_eq(ph_json_scan("{\"a\0\":1}", 8, 3), -EINVAL);
	ck_assert_int_eq(ph_json_scan("{\"\xff\":1}", 7, 3), -EILSEQ);
	/* ends inside a string, or behind a backslash: whether that is JSON is for the parser to say */
	ck_assert_int_eq(ph_json_scan("\"[[", 3, 1), 0);
	ck_assert_int_eq(ph_json_scan("\"a\\", 3, 1), 0);
	ck_assert_int_eq(ph_json_scan("\"a\\\"\",[[", 8, 1), -E2BIG);
}
END_TEST

START_TEST(flat_objects_are_read_in_place)
{
	struct ph_json_member m[3];
	const char *text = "{\"a\":\"x\\\"y\\u00e9\",\"bc\":-12,\"d\":0}";
	ck_assert_int_eq(ph_json_flat(text, strlen(text), m, 3), 3);
	const struct ph_json_member *a = ph_json_flat_find(m, 3, "a");
	ck_assert_int_eq(a->kind, PH_JSON_STRING);
	ck_assert_int_eq(a->value_len, strlen("\"x\\\"y\\u00e9\""));
	const struct ph_json_member *bc = ph_json_flat_find(m, 3, "bc");
	ck_assert_int_eq(bc->kind, PH_JSON_NUMBER);
	ck_assert_mem_eq(bc->value, "-12", 3);
	ck_assert_ptr_null(ph_json_flat_find(m, 3, "b"));
	ck_assert_int_eq(ph_json_flat("{}", 2, m, 3), 0);
	ck_assert_int_eq(ph_json_flat(text, strlen(text), m, 2), -EINVAL);
}
END_TEST

START_TEST(lists_and_objects_within_are_one_value)
{
	struct ph_json_member m[3];
	const char *text = "{\"a\":[{\"x\":\"]}\\\"\",\"y\":[]},1,{}],\"b\":true,\"c\":null}";
	ck_assert_int_eq(ph_json_flat(text, strlen(text), m, 3), 3);
	ck_assert_int_eq(m[0].kind, PH_JSON_NESTED);
	ck_assert_int_eq(m[0].value_len, strlen("[{\"x\":\"]}\\\"\",\"y\":[]},1,{}]"));
	ck_assert_int_eq(m[1].kind, PH_JSON_LITERAL);
	ck_assert_mem_eq(m[1].value, "true", 4);
	ck_assert_int_eq(m[2].value_len, 4);
}
END_TEST

START_TEST(what_is_not_flat_is_left_to_others)
{
	static const char *const texts[] = {"", "{", "}", "{}}", "[]", "{\"a\":1,}", "{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":truE}", "{\"a\":{]}", "{\"a\":[1}", "{\"a\":1.5}",
		"{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":{\"b\"}}", "{\"a\":{1:2}}", "{\"a\":[[1]}",
		"{\"a\":[1.5]}", "{\"a\":nul}", "{\"a\":01}", "{\"a\":-}",
		"{\"a\":1234567890123456}", "{\"a\":\"x}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\n\"}", "{ \"a\":1}", "{\"a\\n\":1}", "{\"a\":1 }", "{\"a\":\"\\\"}",
		"{a:1}", "{\"a\":1\"b\":2}"};
	struct ph_json_member m[3];
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(
			ph_json_flat(texts[i], strlen(texts[i]), m, 3) == -EINVAL, "%s", texts[i]);
}
END_TEST

START_TEST(buf_quotes_json_and_keeps_its_bound)
{
	struct ph_buf buf = {.max = 1000};
	ph_buf_add_json_str(&buf, "a\"\\\n\x01\x0b\xc3\xa9", 8);
	ck_assert_str_eq(buf.data, "\"a\\\"\\\\\\n\\u0001\\u000b\xc3\xa9\"");
	ph_buf_add_int(&buf, INT64_MIN);
	ph_buf_printf(&buf, "%s", "x");
	ck_assert_int_eq(buf.error, 0);
	char big[2000] = {0};
	ck_assert_int_eq(ph_buf_add(&buf, big, sizeof big), -E2BIG);
	ck_assert_int_eq(ph_buf_add_str(&buf, "more"), -E2BIG);
	ck_assert_ptr_null(ph_buf_steal(&buf));
}
END_TEST

START_TEST(buf_adds_numbers)
{
	static const int64_t values[] = {0, 7, -1, 10, INT64_MAX, INT64_MIN};
	struct ph_buf buf = PH_BUF_INIT;

	for (size_t i = 0; i < 6; i++) {
		ph_buf_add_int(&buf, values[i]);
		ph_buf_add_char(&buf, ' ');
	}
	ck_assert_str_eq(buf.data, "0 7 -1 10 9223372036854775807 -9223372036854775808 ");
	ph_buf_done(&buf);
}
END_TEST

START_TEST(names_round_trip)
{
	for (int i = 0; i < PH_JOB_STATE_COUNT_; i++)
		ck_assert_int_eq(ph_job_state_parse(ph_job_state_name((enum ph_job_state)i)), i);
	for (int i = 0; i < PH_GRANT_COUNT_; i++)
		ck_assert_int_eq(ph_grant_parse(ph_grant_name((enum ph_grant)i)), i);
	ck_assert_int_eq(ph_class_parse("toaster"), -EINVAL);
	ck_assert_str_eq(ph_class_interface(PH_CLASS_CARD_READER), "CardReader");
}
END_TEST

START_TEST(error_codes_are_the_public_ones)
{
	ck_assert_int_eq(ph_error_code(PH_E_CLAIMED), -32002);
	ck_assert_int_eq(ph_error_code(PH_E_EXTENDED), -32014);
	ck_assert_int_eq(ph_error_code(PH_E_ACCESS_DENIED), -32020);
	ck_assert_int_eq(ph_error_code(PH_E_PAIRING_REQUIRED), -32031);
	ck_assert_int_eq(ph_error_code(PH_E_METHOD_NOT_FOUND), -32601);
	ck_assert_int_eq(ph_error_from_errno(-EBUSY), PH_E_BUSY);
	ck_assert_int_eq(ph_error_from_errno(-EXDEV), PH_E_FAILURE);
	ck_assert_int_eq(ph_error_from_name("Extended.RecEmpty"), PH_E_EXTENDED);
	ck_assert_int_eq(ph_error_from_name("NotClaimed"), PH_E_NOTCLAIMED);
}
END_TEST

START_TEST(time_is_rfc3339_utc)
{
	char text[PH_TIME_SIZE];
	ph_time_format(951782400123456, text);
	ck_assert_str_eq(text, "2000-02-29T00:00:00.123Z");
}
END_TEST

// FIPS 180-4, examples: one block, two blocks, a million letters.
START_TEST(sha256_follows_fips_180)
{
	static const char *const hashes[] = {
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"};
	static const char *const texts[] = {
		"abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "aaaaaaaaaa"};
	static const unsigned times[] = {1, 1, 100000};
	struct ph_sha256 hash;
	uint8_t out[PH_SHA256_SIZE];
	char hex[2 * PH_SHA256_SIZE + 1];

	for (unsigned i = 0; i < 3; i++) {
		ph_sha256_init(&hash);
		for (unsigned n = 0; n < times[i]; n++)
			ph_sha256_add(&hash, texts[i], strlen(texts[i]));
		ph_sha256_end(&hash, out);
		for (unsigned k = 0; k < sizeof out; k++)
			sprintf(hex + 2 * k, "%02x", out[k]);
		ck_assert_str_eq(hex, hashes[i]);
	}
}
END_TEST

START_TEST(ini_lines_are_read_one_by_one)
{
	static const char text[] =
		"# note\n\n[ profile  a b ]\r\n key = v w \nrubbish\n= x\n[]\nk=";
	struct ph_ini ini;
	struct ph_ini_item item;
	struct ph_ini_word word;
	unsigned number;

	ph_ini_init(&ini, text, sizeof text - 1);
	ck_assert_int_eq(ph_ini_next(&ini, &item), 1);
	ck_assert(item.section && ph_ini_word_is(item.kind, "profile"));
	ck_assert(ph_ini_word_is(item.name, "a b"));
	ck_assert_int_eq(ph_ini_next(&ini, &item), 1);
	ck_assert(!item.section && ph_ini_word_is(item.key, "key"));
	ck_assert(ph_ini_word_is(item.value, "v w"));
	ck_assert_uint_eq(ini.line, 4);
	ck_assert(ph_ini_word_next(&item.value, 0, &word) && ph_ini_word_is(word, "v"));
	ck_assert(ph_ini_word_next(&item.value, 0, &word) && ph_ini_word_is(word, "w"));
	ck_assert(!ph_ini_word_next(&item.value, 0, &word));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ph_ini_next(&ini, &item), -EINVAL);
	ck_assert_int_eq(ph_ini_next(&ini, &item), 1);
	ck_assert(ph_ini_word_is(item.key, "k") && item.value.len == 0);
	ck_assert_int_eq(ph_ini_next(&ini, &item), 0);

	item.value = (struct ph_ini_word){"a | b c|", 8};
	ck_assert(ph_ini_word_next(&item.value, '|', &word) && ph_ini_word_is(word, "a"));
	ck_assert(ph_ini_word_next(&item.value, '|', &word) && ph_ini_word_is(word, "b c"));
	ck_assert(!ph_ini_word_next(&item.value, '|', &word));
	ck_assert_int_eq(ph_ini_word_number((struct ph_ini_word){"42", 2}, 42, &number), 0);
	ck_assert_uint_eq(number, 42);
	ck_assert_int_eq(ph_ini_word_number((struct ph_ini_word){"43", 2}, 42, &number), -ERANGE);
	ck_assert_int_eq(ph_ini_word_number((struct ph_ini_word){"4x", 2}, 42, &number), -EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("base");
	tcase_add_test(tc, sha256_follows_fips_180);
	tcase_add_test(tc, ini_lines_are_read_one_by_one);
	tcase_add_test(tc, base64_follows_rfc4648_section_10);
	tcase_add_test(tc, base64_refuses_what_is_not_exact);
	tcase_add_test(tc, utf8_refuses_overlong_surrogates_and_truncation);
	tcase_add_test(tc, cleaning_drops_a_cut_character_and_marks_rubbish);
	tcase_add_test(tc, plain_bytes_end_at_the_first_that_is_not);
	tcase_add_test(tc, json_scan_sees_nul_depth_and_bad_text);
	tcase_add_test(tc, flat_objects_are_read_in_place);
	tcase_add_test(tc, lists_and_objects_within_are_one_value);
	tcase_add_test(tc, what_is_not_flat_is_left_to_others);
	tcase_add_test(tc, buf_quotes_json_and_keeps_its_bound);
	tcase_add_test(tc, buf_adds_numbers);
	tcase_add_test(tc, names_round_trip);
	tcase_add_test(tc, error_codes_are_the_public_ones);
	tcase_add_test(tc, time_is_rfc3339_utc);
	Suite *suite = suite_create("base");
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
