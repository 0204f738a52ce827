// INI files: sections, keys, lines, and every kind of bad line reported with its number.
#include "daemon/core/ini.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_ini ini;
static struct ph_problems problems;

static void setup(void)
{
	memset(&ini, 0, sizeof ini);
	memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
	ph_ini_done(&ini);
	ph_problems_done(&problems);
}

static void parse_as(const char *file, const char *text)
{
	ck_assert_int_eq(ph_ini_parse(&ini, file, text, strlen(text), &problems), 0);
}

static void parse(const char *text)
{
	parse_as("f.conf", text);
}

static void expect_problem(size_t i, unsigned line, const char *start)
{
	ck_assert_uint_lt(i, problems.len);
	ck_assert_msg(problems.items[i].line == line &&
			      !strncmp(problems.items[i].text, start, strlen(start)),
		"line %u: %s", problems.items[i].line, problems.items[i].text);
}

START_TEST(sections_and_keys_keep_their_lines)
{
	parse("\xef\xbb\xbf# comment\r\n\r\n[service]\r\nlog_level = debug ; reason\r\n"
	      "\t  dbus=no\r\n\n  [ device   till.printer ] # x\ndriver =  a#b;c \nempty =");
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_uint_eq(ini.len, 2);
	ck_assert_str_eq(ini.sections[0].kind, "service");
	ck_assert_str_eq(ini.sections[0].name, "");
	ck_assert_uint_eq(ini.sections[0].line, 3);
	ck_assert_uint_eq(ini.sections[0].len, 2);
	ck_assert_str_eq(ini.sections[0].entries[0].key, "log_level");
	ck_assert_str_eq(ini.sections[0].entries[0].value, "debug");
	ck_assert_uint_eq(ini.sections[0].entries[0].line, 4);
	ck_assert_str_eq(ini.sections[0].entries[1].key, "dbus");
	ck_assert_str_eq(ini.sections[0].entries[1].value, "no");
	ck_assert_str_eq(ini.sections[1].kind, "device");
	ck_assert_str_eq(ini.sections[1].name, "till.printer");
	ck_assert_str_eq(ini.sections[1].file, "f.conf");
	ck_assert_uint_eq(ini.sections[1].line, 7);
	ck_assert_str_eq(ini.sections[1].entries[0].value, "a#b;c");
	ck_assert_str_eq(ini.sections[1].entries[1].value, "");
	ck_assert(!ini.sections[1].broken);
}
END_TEST

START_TEST(a_section_without_keys_is_seen)
{
	parse("[a]\n[b]\n[device x]");
	ck_assert_uint_eq(ini.len, 3);
	ck_assert_str_eq(ini.sections[2].name, "x");
}
END_TEST

START_TEST(long_names_survive)
{
	char text[200], name[101];

	memset(name, 'n', 100);
	name[100] = 0;
	snprintf(text, sizeof text, "[device %s]\nk = v\n", name);
	parse(text);
	ck_assert_str_eq(ini.sections[0].name, name);
	ck_assert_uint_eq(ini.sections[0].len, 1);
}
END_TEST

START_TEST(every_bad_line_is_reported)
{
	parse("lost = 1\n[a]\nnot a key\n= 3\nk = 1\nk = 2\n[b\nunused = 1\n[c] x\n[d e f]\n[]\n"
	      "last bad");
	ck_assert_uint_eq(problems.len, 9);
	expect_problem(0, 1, "`lost` stands before the first section");
	expect_problem(1, 3, "neither");
	expect_problem(2, 4, "no key before");
	expect_problem(3, 6, "`k` is already set in line 5");
	expect_problem(4, 7, "bad section line");
	expect_problem(5, 9, "bad section line");
	expect_problem(6, 10, "a section has one name");
	expect_problem(7, 11, "a section needs a kind");
	expect_problem(8, 12, "neither");
	ck_assert_str_eq(problems.items[8].file, "f.conf");
	ck_assert_uint_eq(ini.len, 3);
	ck_assert_uint_eq(ini.sections[0].len, 1);
	ck_assert_str_eq(ini.sections[0].entries[0].value, "1");
	for (size_t i = 0; i < 3; i++)
		ck_assert(ini.sections[i].broken);
}
END_TEST

START_TEST(overlong_foreign_and_nul_lines_are_reported)
{
	char text[4 * PH_INI_LINE_MAX] = "[a]\nk1 = ";
	size_t len = strlen(text);

	/* exactly the limit is taken */
	memset(text + len, 'x', PH_INI_LINE_MAX - 5);
	len += PH_INI_LINE_MAX - 5;
	memcpy(text + len, "\nk2 = ", 6);
	len += 6;
	memset(text + len, 'x', PH_INI_LINE_MAX - 4);
	len += PH_INI_LINE_MAX - 4;
	memcpy(text + len, "\nk3 = \xff\nk4 = \0\nk5 = 5\n", 22);
	len += 22;
	ck_assert_int_eq(ph_ini_parse(&ini, "f", text, len, &problems), 0);
	ck_assert_uint_eq(problems.len, 3);
	expect_problem(0, 3, "longer than 1024 bytes");
	expect_problem(1, 4, "not UTF-8");
	expect_problem(2, 5, "holds a NUL");
	ck_assert(ini.sections[0].broken);
	ck_assert_uint_eq(ini.sections[0].len, 2);
	ck_assert_uint_eq(strlen(ini.sections[0].entries[0].value), PH_INI_LINE_MAX - 5);
	ck_assert_str_eq(ini.sections[0].entries[1].key, "k5");
}
END_TEST

START_TEST(repeated_sections_name_both_places)
{
	parse_as("one", "[roles]\na = 1\n[device x]\n[device y]\n[roles]\nb = 2\n");
	parse_as("two", "[roles]\n[device y]\n");
	ck_assert_uint_eq(problems.len, 2);
	expect_problem(0, 5, "section [roles] was already begun in one line 1");
	expect_problem(1, 2, "section [device y] was already begun in one line 4");
	ck_assert_uint_eq(ini.len, 6);
	ck_assert(ini.sections[3].broken);
	ck_assert(!ini.sections[2].broken);
	ck_assert(!ini.sections[4].broken);
	ck_assert(ini.sections[5].broken);
}
END_TEST

START_TEST(sections_keys_and_problems_are_bounded)
{
	size_t size = 64 * 1024, len = 0;
	char *text = malloc(size);

	for (unsigned i = 0; i <= PH_INI_SECTIONS_MAX; i++)
		len += (size_t)snprintf(text + len, size - len, "[device d%u]\nk = v\n", i);
	ck_assert_int_eq(ph_ini_parse(&ini, "f", text, len, &problems), 0);
	ck_assert_uint_eq(ini.len, PH_INI_SECTIONS_MAX);
	expect_problem(0, 2 * PH_INI_SECTIONS_MAX + 1, "more than 1024 sections");
	ck_assert_uint_eq(problems.len, 1);
	teardown();
	setup();
	len = (size_t)snprintf(text, size, "[a]\n");
	for (unsigned i = 0; i < PH_INI_ENTRIES_MAX + PH_PROBLEMS_MAX + 5; i++)
		len += (size_t)snprintf(text + len, size - len, "k%u = v\n", i);
	ck_assert_int_eq(ph_ini_parse(&ini, "f", text, len, &problems), 0);
	ck_assert_uint_eq(ini.sections[0].len, PH_INI_ENTRIES_MAX);
	ck_assert(ini.sections[0].broken);
	ck_assert_uint_eq(problems.len, PH_PROBLEMS_MAX);
	ck_assert_uint_eq(problems.more, 5);
	free(text);
}
END_TEST

START_TEST(files_that_are_missing_or_no_files)
{
	ck_assert_int_eq(ph_ini_read(&ini, "/nonexistent/poshal.conf", &problems), 0);
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_int_eq(ph_ini_read(&ini, "/", &problems), 0);
	expect_problem(0, 0, "cannot be read");
	ck_assert_uint_eq(ini.len, 0);
}
END_TEST

START_TEST(words_are_split_at_blanks_and_commas)
{
	const char *cursor = " ab,,c \t longer";
	char word[4];

	ck_assert(ph_ini_word(&cursor, word, sizeof word));
	ck_assert_str_eq(word, "ab");
	ck_assert(ph_ini_word(&cursor, word, sizeof word));
	ck_assert_str_eq(word, "c");
	ck_assert(ph_ini_word(&cursor, word, sizeof word));
	ck_assert_str_eq(word, "lon");
	ck_assert(!ph_ini_word(&cursor, word, sizeof word));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ini");
	TCase *tc = tcase_create("ini");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sections_and_keys_keep_their_lines);
	tcase_add_test(tc, a_section_without_keys_is_seen);
	tcase_add_test(tc, long_names_survive);
	tcase_add_test(tc, every_bad_line_is_reported);
	tcase_add_test(tc, overlong_foreign_and_nul_lines_are_reported);
	tcase_add_test(tc, repeated_sections_name_both_places);
	tcase_add_test(tc, sections_keys_and_problems_are_bounded);
	tcase_add_test(tc, files_that_are_missing_or_no_files);
	tcase_add_test(tc, words_are_split_at_blanks_and_commas);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
