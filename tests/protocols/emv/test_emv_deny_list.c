// The list of cards that are not taken: its lines, its limits, and what is found in it; and the days that both files count.
#include "protocols/emv/date.h"
#include "protocols/emv/deny_list.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "poshal deny list 1\n"
#define KEY   "key 11000000000000000000000000000000000000000000000000000000000000ff\n"
#define HEAD  FIRST KEY
#define A     "00000000000000000000000000000000000000000000000000000000000000Aa\n"
#define B     "1000000000000000000000000000000000000000000000000000000000000000\n"
#define C     "ff00000000000000000000000000000000000000000000000000000000000000"

static struct ph_deny_list list;
static unsigned line;

static int take(const char *text)
{
	line = 0;
	return ph_deny_list_read(text, strlen(text), &list, &line);
}

START_TEST(finds_what_is_there)
{
	uint8_t one[PH_FINGERPRINT_SIZE] = {0};

	ck_assert_int_eq(take(HEAD "# stolen\n\nexpires 2026-12-31\n" C "\n" A B B), 0);
	ck_assert_uint_eq(list.expires, 20261231);
	ck_assert_uint_eq(list.key_mark[0], 0x11);
	ck_assert_uint_eq(list.key_mark[31], 0xff);
	ck_assert_uint_eq(list.count, 4);
	ck_assert(!ph_deny_list_has(&list, one));
	one[31] = 0xaa;
	ck_assert(ph_deny_list_has(&list, one));
	one[31] = 0;
	one[0] = 0x10;
	ck_assert(ph_deny_list_has(&list, one));
	one[0] = 0xff;
	ck_assert(ph_deny_list_has(&list, one));
	ph_deny_list_done(&list);
	ck_assert(!ph_deny_list_has(&list, one));
}
END_TEST

START_TEST(an_empty_one)
{
	const uint8_t one[PH_FINGERPRINT_SIZE] = {0};

	ck_assert_int_eq(take(HEAD), 0);
	ck_assert(!list.count && !list.expires && !ph_deny_list_has(&list, one));
	ph_deny_list_done(&list);
	ck_assert_int_eq(take(HEAD C), 0); /* the last line without its end */
	ck_assert_uint_eq(list.count, 1);
	ph_deny_list_done(&list);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
} bad[] = {
	{"", 0},
	{"\n", 1},
	{"poshal deny list 2\n", 1},
	{"{\"format\":1}", 1},
	{A, 1},
	{FIRST, 1},
	{FIRST A, 2}, /* of which key? */
	{HEAD KEY, 3},
	{FIRST "key 11\n", 2},
	{HEAD FIRST, 3},
	{HEAD "5413330089020011\n", 3},
	{HEAD A "0\n", 4},
	{HEAD " " A, 3},
	{HEAD "g000000000000000000000000000000000000000000000000000000000000000\n", 3},
	{HEAD "expires 2026-13-01\n", 3},
	{HEAD "expires 2027-02-29\n", 3},
	{HEAD "expires 26-1-1\n", 3},
	{HEAD "expires +026-01-01\n", 3},
	{HEAD "expires 2026-01-01\nexpires 2027-01-01\n", 4},
	{HEAD "Expires 2026-01-01\n", 3},
	{HEAD "\r\n", 3},
};

START_TEST(what_is_no_list)
{
	ck_assert_msg(take(bad[_i].text) == -EBADMSG, "%s", bad[_i].text);
	ck_assert_uint_eq(line, bad[_i].line);
}
END_TEST

START_TEST(a_line_that_does_not_end)
{
	char text[400] = HEAD "#";

	memset(text + strlen(text), 'x', 300);
	ck_assert_int_eq(take(text), -EBADMSG);
	ck_assert_int_eq(ph_deny_list_read(HEAD "#\0\n", sizeof HEAD + 2, &list, &line), -EBADMSG);
}
END_TEST

/* Rows that are too many are no list, not a shorter one. */
START_TEST(as_long_as_it_may_be)
{
	size_t size = sizeof HEAD + (PH_DENY_LIST_MAX + 1) * 65;
	char *text = malloc(size);
	int n = snprintf(text, size, HEAD);

	for (unsigned i = 0; i < PH_DENY_LIST_MAX; i++)
		n += snprintf(text + n, size - (size_t)n, "%064x\n", PH_DENY_LIST_MAX - i);
	ck_assert_int_eq(take(text), 0);
	ck_assert_uint_eq(list.count, PH_DENY_LIST_MAX);
	ph_deny_list_done(&list);
	snprintf(text + n, size - (size_t)n, "%064x\n", 1);
	ck_assert_int_eq(take(text), -E2BIG);
	free(text);
	text = calloc(1, PH_DENY_LIST_BYTES_MAX + 1);
	ck_assert_int_eq(ph_deny_list_read(text, PH_DENY_LIST_BYTES_MAX + 1, &list, &line), -E2BIG);
	free(text);
}
END_TEST

static const struct {
	uint32_t from;
	unsigned days;
	uint32_t to;
} days[] = {
	{20261122, 0, 20261122}, {20261122, 1, 20261123}, {20261130, 1, 20261201},
	{20261231, 1, 20270101}, {20280228, 1, 20280229}, {20280228, 2, 20280301},
	{20270228, 1, 20270301}, {20261122, 366, 20271123},
	{20260231, 0, 20260303}, /* there is none */
};

START_TEST(counts_days)
{
	ck_assert_uint_eq(ph_emv_date_after(days[_i].from, days[_i].days), days[_i].to);
	if (_i < 8)
		ck_assert_int_eq(ph_emv_day_number(days[_i].to) - ph_emv_day_number(days[_i].from),
			(int)days[_i].days);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deny list");
	TCase *tests = tcase_create("deny list");

	tcase_add_test(tests, finds_what_is_there);
	tcase_add_test(tests, an_empty_one);
	tcase_add_loop_test(tests, what_is_no_list, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, a_line_that_does_not_end);
	tcase_add_test(tests, as_long_as_it_may_be);
	tcase_add_loop_test(tests, counts_days, 0, sizeof days / sizeof *days);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
