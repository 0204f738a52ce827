// Manifests: what is read, what is refused, and how option values are checked by them.
#include "daemon/core/manifest.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_manifests manifests;
static struct ph_problems problems;

static void setup(void)
{
	memset(&manifests, 0, sizeof manifests);
	memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
	ph_manifests_done(&manifests);
	ph_problems_done(&problems);
}

static void parse(const char *file, const char *text)
{
	ck_assert_int_eq(ph_manifests_parse(&manifests, file, text, strlen(text), &problems), 0);
}

static const char good[] =
	"{\"name\":\"acme-pole\",\"version\":\"1.2\",\"exec\":\"pole\",\"summary\":\"Acme pole\","
	"\"classes\":[\"display\",\"drawer\"],\"classes_named\":[\"drawer\"],"
	"\"connections\":[\"serial\",\"tcp\"],\"colour\":{},"
	"\"match\":["
	"{\"node\":\"tty\",\"usb\":\"05E0:1701\",\"maker\":\"Acme\",\"options\":\"wrap=yes\","
	"\"bind\":\"auto\"},"
	"{\"node\":\"hidraw\",\"usb\":\"0c2e:0b00-0bff\",\"proto\":\"hidpos\",\"bind\":\"offer\"},"
	"{\"node\":\"hidraw\",\"proto\":\"hidscale\",\"bind\":\"auto\"}],"
	"\"options\":[{\"name\":\"columns\",\"type\":\"int\",\"min\":8,\"max\":40,\"default\":"
	"\"20\","
	"\"summary\":\"cells\"},{\"name\":\"hint\",\"type\":\"text\"},"
	"{\"name\":\"wrap\",\"type\":\"bool\"},"
	"{\"name\":\"mode\",\"type\":\"choice\",\"choices\":[\"a\",\"b\"],\"default\":\"b\"}]}";

START_TEST(a_good_manifest_is_read)
{
	parse("/d/acme-pole.json", good);
	ck_assert_uint_eq(problems.len, 0);
	const struct ph_manifest *m = ph_manifests_find(&manifests, "acme-pole");
	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(m->version, "1.2");
	ck_assert_str_eq(m->summary, "Acme pole");
	ck_assert_uint_eq(m->classes, 1u << PH_CLASS_DISPLAY | 1u << PH_CLASS_DRAWER);
	ck_assert_uint_eq(m->named, 1u << PH_CLASS_DRAWER);
	ck_assert_str_eq(m->connections[0], "serial");
	ck_assert_str_eq(m->connections[1], "tcp");
	ck_assert_ptr_null(m->connections[2]);
	ck_assert_uint_eq(m->options_len, 4);
	ck_assert_int_eq(m->options[0].min, 8);
	ck_assert_int_eq(m->options[0].max, 40);
	ck_assert_str_eq(m->options[0].value, "20");
	ck_assert_ptr_null(m->options[1].value);
	ck_assert_str_eq(m->options[3].choices[1], "b");
	ck_assert_str_eq(m->file, "/d/acme-pole.json");
	ck_assert_uint_eq(m->matches_len, 3);
	const struct ph_manifest_match *row = m->matches;
	ck_assert_str_eq(row[0].node, "tty");
	ck_assert_uint_eq(row[0].vendor, 0x05e0);
	ck_assert_uint_eq(row[0].first, 0x1701);
	ck_assert_uint_eq(row[0].last, 0x1701);
	ck_assert_str_eq(row[0].maker, "Acme");
	ck_assert_ptr_null(row[0].model);
	ck_assert_str_eq(row[0].options, "wrap=yes");
	ck_assert(!row[0].offered && row[1].offered);
	ck_assert_uint_eq(row[1].last, 0x0bff);
	ck_assert_str_eq(row[1].proto, "hidpos");
	ck_assert_uint_eq(row[2].vendor, 0);
	char *path = NULL;
	ck_assert_int_eq(ph_manifest_exec(m, "/usr/libexec/poshal", &path), 0);
	ck_assert_str_eq(path, "/usr/libexec/poshal/pole");
	free(path);
	ck_assert_ptr_null(ph_manifests_find(&manifests, "acme"));
}
END_TEST

START_TEST(the_first_of_two_drivers_with_one_name_counts)
{
	parse("/a/acme-pole.json", good);
	parse("/b/acme-pole.json", good);
	ck_assert_uint_eq(manifests.len, 1);
	ck_assert_uint_eq(problems.len, 1);
	ck_assert_str_eq(problems.items[0].text,
		"there is already a driver `acme-pole` in /a/acme-pole.json; rename this one");
}
END_TEST

/* The good manifest with one piece replaced, and the problem it must give. */
static const struct {
	const char *piece, *by, *problem;
} bad[] = {
	{"\"name\":\"acme-pole\",", "", "\"name\" is missing"},
	{"acme-pole", "acme-pol", "\"name\" must be the name of the file"},
	{"acme-pole", "Acme", "\"name\" must be 1 to 64 characters"},
	{"\"1.2\"", "1.2", "\"version\" must be a text"},
	{"\"pole\"", "\"../pole\"", "\"exec\" must be a path"},
	{"\"pole\"", "\"\"", "\"exec\" must be a path"},
	{"[\"display\",\"drawer\"]", "[]", "\"classes\" must be a list of texts"},
	{"\"drawer\"]", "\"lamp\"]", "\"classes\" holds an unknown class"},
	{"\"drawer\"]", "\"display\"]", "\"classes\" holds a text twice"},
	{"\"drawer\"]", "3]", "\"classes\" must hold texts"},
	{"named\":[\"drawer\"]", "named\":[\"scale\"]", "\"classes_named\" must be some of"},
	{"named\":[\"drawer\"]", "named\":[\"drawer\",\"display\"]",
		"\"classes_named\" must be some of"},
	{"\"serial\"", "\"serial:\"", "\"connections\" must hold URL schemes"},
	{"\"options\":[", "\"options\":[1,", "\"options[0].\" must be an object"},
	{"\"type\":\"int\"", "\"type\":\"float\"", "\"options[0].type\" must be text, int"},
	{"\"min\":8", "\"min\":41", "\"options[0].min\" is above"},
	{"\"min\":8", "\"min\":8.5", "\"options[0].min\" must be a whole number"},
	{"\"min\":8", "\"min\":1e300", "\"options[0].min\" must be a whole number"},
	{"\"20\"", "\"7\"", "\"options[0].default\" is not a value"},
	{"\"20\"", "20", "\"options[0].default\" must be a text"},
	{"\"hint\"", "\"columns\"", "\"options[1].name\" is in the list twice"},
	{"\"hint\"", "\"enabled\"", "\"options[1].name\" is a key every device has"},
	{"\"choices\":[\"a\",\"b\"],", "", "\"options[3].choices\" must be a list"},
	{"\"default\":\"b\"", "\"default\":\"c\"", "\"options[3].default\" is not a value"},
	{"[{\"node\"", "7,[{\"node\"", "not one JSON object"},
	{"\"match\":[", "\"match\":[[],", "\"match[0].\" must be an object"},
	{"\"tty\"", "\"gpio\"", "\"match[0].node\" must be hidraw, tty"},
	{"\"tty\"", "\"input\"", "\"match[0].bind\" must be offer for a keyboard"},
	{"\"05E0:1701\"", "\"05e0\"", "\"match[0].usb\" must be like"},
	{"\"05E0:1701\"", "\"05e0:*\"", "\"match[0].usb\" must be like"},
	{"\"05E0:1701\"", "\"0000:1701\"", "\"match[0].usb\" must be like"},
	{"0b00-0bff", "0b00-0aff", "\"match[1].usb\" must be like"},
	{"\"offer\"", "\"maybe\"", "\"match[1].bind\" must be auto or offer"},
	{"\"proto\":\"hidscale\",", "", "\"match[2].usb\" is missing"},
	{"{}", "{},,", "not one JSON object"},
	{"{}", "\"\\u0000\"", "not UTF-8, nested too deep, or with a NUL"},
};

START_TEST(bad_manifests_are_refused_with_the_member)
{
	char text[2048];
	const char *at = strstr(good, bad[_i].piece);

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, bad[_i].by,
		at + strlen(bad[_i].piece));
	parse("/d/acme-pole.json", text);
	ck_assert_uint_eq(manifests.len, 0);
	ck_assert_uint_eq(problems.len, 1);
	ck_assert_msg(!strncmp(problems.items[0].text, bad[_i].problem, strlen(bad[_i].problem)),
		"%s", problems.items[0].text);
}
END_TEST

START_TEST(a_syntax_error_has_its_line)
{
	parse("x.json", "{\n\"name\":\n\"x\",,\n}");
	ck_assert_uint_eq(problems.items[0].line, 3);
	parse("x.json", "{}\n\n]");
	ck_assert_uint_eq(problems.items[1].line, 3);
	parse("x.json", "[]");
	ck_assert_uint_eq(problems.len, 3);
	parse("x.json", "");
	ck_assert_uint_eq(problems.len, 4);
}
END_TEST

static void check_value(const char *option, const char *value, const char *expected)
{
	char text[64] = "";
	const struct ph_manifest *m = ph_manifests_find(&manifests, "acme-pole");
	int r = ph_manifest_option_check(ph_manifest_option(m, option), value, text, sizeof text);

	ck_assert_int_eq(r, expected ? -EINVAL : 0);
	if (expected)
		ck_assert_str_eq(text, expected);
}

START_TEST(values_are_checked_by_type)
{
	static const char *const ints[] = {
		"", "7", "41", "+8", " 8", "8 ", "0x10", "-", "1e1", "99999999999999999999"};

	parse("acme-pole.json", good);
	check_value("columns", "8", NULL);
	check_value("columns", "40", NULL);
	for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++)
		check_value("columns", ints[i], "a whole number from 8 to 40");
	check_value("hint", "", NULL);
	check_value("wrap", "yes", NULL);
	check_value("wrap", "no", NULL);
	check_value("wrap", "off", NULL);
	check_value("wrap", "maybe", "yes or no");
	check_value("mode", "a", NULL);
	check_value("mode", "c", "one of a, b");
	ck_assert_ptr_null(ph_manifest_option(ph_manifests_find(&manifests, "acme-pole"), "baud"));
}
END_TEST

START_TEST(a_folder_that_is_missing_is_empty)
{
	ck_assert_int_eq(ph_manifests_read(&manifests, "/nonexistent", &problems), 0);
	ck_assert_uint_eq(problems.len, 0);
	ck_assert_int_eq(ph_manifests_read(&manifests, "/dev/null", &problems), 0);
	ck_assert_uint_eq(problems.len, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tc = tcase_create("manifest");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_manifest_is_read);
	tcase_add_test(tc, the_first_of_two_drivers_with_one_name_counts);
	tcase_add_loop_test(
		tc, bad_manifests_are_refused_with_the_member, 0, sizeof bad / sizeof bad[0]);
	tcase_add_test(tc, a_syntax_error_has_its_line);
	tcase_add_test(tc, values_are_checked_by_type);
	tcase_add_test(tc, a_folder_that_is_missing_is_empty);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
