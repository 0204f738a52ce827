// Which device a node is: serial numbers, ports, twins, replacements, other modes, and the connection that follows.
#include "daemon/core/identity.h"

#include "base/cleanup.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCI "pci-0000:00:14.0-usb-0:"

/* "0c2e:0b81" on "1-3" with a serial number; interface 0 of a hidraw node. */
static struct ph_identity device(
	unsigned vendor, unsigned product, const char *port, const char *serial)
{
	struct ph_identity identity = {.driver = "scanner-hid", .classes = 1u << PH_CLASS_SCANNER};
	struct ph_node *node = &identity.node;

	strcpy(node->subsystem, "hidraw");
	node->vendor = (uint16_t)vendor;
	node->product = (uint16_t)product;
	snprintf(node->serial, sizeof node->serial, "%s", serial);
	snprintf(node->port, sizeof node->port, "%s", port);
	snprintf(node->id_path, sizeof node->id_path, PCI "%s:1.0", port + 2);
	strcpy(node->model, "Voyager");
	strcpy(node->maker, "Honeywell");
	return identity;
}

static struct ph_identity scanner(const char *port, const char *serial)
{
	return device(0x0c2e, 0x0b81, port, serial);
}

static enum ph_claim claim(const struct ph_identity *known, size_t count,
	const struct ph_identity now, bool strict, size_t *ret_index)
{
	const struct ph_identity *list[4];

	for (size_t i = 0; i < count; i++)
		list[i] = &known[i];
	*ret_index = 99;
	return ph_identity_claim(list, count, &now, strict, ret_index);
}

/* One device is known; another node comes. */
static const struct {
	const char *name;
	const char *known_port, *known_serial, *port, *serial;
	unsigned product;
	enum ph_claim strict, loose;
} cases[] = {
	{"replug", "1-3", "S1", "1-3", "S1", 0x0b81, PH_CLAIM_SAME, PH_CLAIM_SAME},
	{"replug without serial", "1-3", "", "1-3", "", 0x0b81, PH_CLAIM_SAME, PH_CLAIM_SAME},
	{"replug with a bogus one", "1-3", "0001", "1-3", "0001", 0x0b81, PH_CLAIM_SAME,
		PH_CLAIM_SAME},
	{"serial moves", "1-3", "S1", "1-4.2", "S1", 0x0b81, PH_CLAIM_MOVED, PH_CLAIM_MOVED},
	{"no serial moves", "1-3", "", "1-4", "", 0x0b81, PH_CLAIM_NEW, PH_CLAIM_NEW},
	{"bogus serial moves", "1-3", "0001", "1-4", "0001", 0x0b81, PH_CLAIM_NEW, PH_CLAIM_NEW},
	{"the product's name is no serial", "1-3", "VOYAGER", "1-4", "VOYAGER", 0x0b81,
		PH_CLAIM_NEW, PH_CLAIM_NEW},
	{"replaced", "1-3", "S1", "1-3", "S2", 0x0b81, PH_CLAIM_NEW, PH_CLAIM_REPLACED},
	{"replaced by one without", "1-3", "S1", "1-3", "", 0x0b81, PH_CLAIM_NEW,
		PH_CLAIM_REPLACED},
	{"another one elsewhere", "1-3", "S1", "1-4", "S2", 0x0b81, PH_CLAIM_NEW, PH_CLAIM_NEW},
	{"other mode", "1-3", "", "1-3", "", 0x0b6a, PH_CLAIM_NEW, PH_CLAIM_MODE},
	{"other mode, other port", "1-3", "S1", "1-4", "S1", 0x0b6a, PH_CLAIM_NEW, PH_CLAIM_MODE},
	{"other model elsewhere", "1-3", "", "1-4", "", 0x0b6a, PH_CLAIM_NEW, PH_CLAIM_NEW},
};

START_TEST(claims)
{
	struct ph_identity known = scanner(cases[_i].known_port, cases[_i].known_serial);
	struct ph_identity now =
		device(0x0c2e, cases[_i].product, cases[_i].port, cases[_i].serial);
	size_t index;

	ck_assert_msg(claim(&known, 1, now, true, &index) == cases[_i].strict, "%s, strict",
		cases[_i].name);
	ck_assert_msg(
		claim(&known, 1, now, false, &index) == cases[_i].loose, "%s", cases[_i].name);
	ck_assert_uint_eq(index, cases[_i].loose == PH_CLAIM_NEW ? 99 : 0);
	/* what is present is nobody else's */
	known.present = true;
	ck_assert_int_eq(claim(&known, 1, now, false, &index), PH_CLAIM_NEW);
}
END_TEST

START_TEST(others_are_others)
{
	struct ph_identity known = scanner("1-3", "S1"), now = scanner("1-3", "S1");
	size_t index;

	now.node.interface = 1;
	strcpy(now.node.id_path, PCI "3:1.1");
	ck_assert_int_eq(claim(&known, 1, now, false, &index), PH_CLAIM_NEW);
	now = scanner("1-3", "S1");
	strcpy(now.node.subsystem, "tty");
	ck_assert_int_eq(claim(&known, 1, now, false, &index), PH_CLAIM_NEW);
	/* another maker in that port, or another kind of device */
	now = device(0x05e0, 0x1900, "1-3", "");
	ck_assert_int_eq(claim(&known, 1, now, false, &index), PH_CLAIM_NEW);
	now = device(0x0c2e, 0x1234, "1-3", "");
	now.classes = 1u << PH_CLASS_SCALE;
	ck_assert_int_eq(claim(&known, 1, now, false, &index), PH_CLAIM_NEW);
}
END_TEST

START_TEST(two_that_swap_ports_follow_their_serial_numbers)
{
	struct ph_identity known[] = {scanner("1-3", "S1"), scanner("1-4", "S2")};
	size_t index;

	ck_assert_int_eq(claim(known, 2, scanner("1-4", "S1"), true, &index), PH_CLAIM_MOVED);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(claim(known, 2, scanner("1-3", "S2"), true, &index), PH_CLAIM_MOVED);
	ck_assert_uint_eq(index, 1);
}
END_TEST

START_TEST(twins_are_known_by_their_ports)
{
	struct ph_identity a = scanner("1-3", "SAME"), b = scanner("1-4", "SAME"), now = b;
	char url[128];
	size_t index;

	ck_assert(ph_identity_twins(&a.node, &b.node));
	ck_assert(!ph_identity_twins(&a.node, &a.node));
	b = scanner("1-4", "0001");
	a = scanner("1-3", "0001");
	ck_assert(!ph_identity_twins(&a.node, &b.node));
	a = scanner("1-3", "SAME");
	b = scanner("1-4", "SAME");
	a.twin = b.twin = true;
	struct ph_identity known[] = {a, b};
	ck_assert_int_eq(claim(known, 2, now, true, &index), PH_CLAIM_SAME);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(claim(known, 2, scanner("1-5", "SAME"), false, &index), PH_CLAIM_NEW);
	ck_assert_int_eq(ph_identity_connection(&a, "", url, sizeof url), 0);
	ck_assert_str_eq(url, "hid:0c2e:0b81?port=1-3&interface=0");
}
END_TEST

START_TEST(connections)
{
	struct ph_identity one = scanner("1-3.2", "A b/1");
	char url[128];

	ck_assert_int_eq(ph_identity_connection(&one, "", url, sizeof url), 0);
	ck_assert_str_eq(url, "hid:0c2e:0b81?serial=A%20b%2F1&interface=0");
	ck_assert(ph_identity_is_meant(&one.node, url));
	strcpy(one.node.serial, "");
	strcpy(one.node.subsystem, "tty");
	ck_assert_int_eq(ph_identity_connection(&one, "baud=9600", url, sizeof url), 0);
	ck_assert_str_eq(url, "serial:usb=0c2e:0b81?port=1-3.2&interface=0&baud=9600");
	ck_assert(ph_identity_is_meant(&one.node, url));
	strcpy(one.node.subsystem, "usb");
	one.node.interface = -1;
	ck_assert_int_eq(ph_identity_connection(&one, "", url, sizeof url), 0);
	ck_assert_str_eq(url, "usb:0c2e:0b81?port=1-3.2");
	ck_assert(ph_identity_is_meant(&one.node, url));
	ck_assert_int_eq(ph_identity_connection(&one, "", url, 10), -ENAMETOOLONG);
	*one.node.port = '\0';
	strcpy(one.node.subsystem, "tty");
	strcpy(one.node.devnode, "/dev/ttyS1");
	ck_assert_int_eq(ph_identity_connection(&one, "baud=9600", url, sizeof url), 0);
	ck_assert_str_eq(url, "serial:/dev/ttyS1?baud=9600");
	ck_assert(ph_identity_is_meant(&one.node, url));
}
END_TEST

static const struct {
	const char *connection;
	bool meant;
} meant[] = {
	{"hid:0c2e:0b81", true},
	{"hid:0c2e:0b81?serial=S1", true},
	{"hid:0c2e:0b81?serial=S2", false},
	{"hid:0c2e:0b82", false},
	{"hid:path=1-3", true},
	{"hid:path=1-3?interface=0", true},
	{"hid:path=1-3?interface=1", false},
	{"hid:path=1-3.1", false},
	{"hid:/dev/hidraw4", true},
	{"hid:/dev/hidraw5", false},
	{"hid:/run/poshal/emulated.sock", false},
	{"evdev:0c2e:0b81", false},
	{"serial:usb=0c2e:0b81", false},
	{"tcp://10.0.0.7:9100", false},
	{"hid:", false},
	{"nonsense", false},
};

START_TEST(what_a_connection_means)
{
	struct ph_identity one = scanner("1-3", "S1");

	strcpy(one.node.devnode, "/dev/hidraw4");
	ck_assert_msg(ph_identity_is_meant(&one.node, meant[_i].connection) == meant[_i].meant,
		"%s", meant[_i].connection);
}
END_TEST

/* ---- rows ---- */

static const char manifest[] =
	"{\"name\":\"%s\",\"version\":\"1\",\"exec\":\"x\",\"classes\":[\"scanner\"],"
	"\"connections\":[\"hid\"],\"match\":[%s]}";

static void load(struct ph_manifests *manifests, const char *name, const char *rows)
{
	struct ph_problems problems = {0};
	char text[1024], file[64];

	snprintf(text, sizeof text, manifest, name, rows);
	snprintf(file, sizeof file, "%s.json", name);
	ck_assert_int_eq(ph_manifests_parse(manifests, file, text, strlen(text), &problems), 0);
	ck_assert_uint_eq(problems.len, 0);
}

START_TEST(the_row_that_says_most_counts)
{
	struct ph_manifests all = {0};
	struct ph_identity one = scanner("1-3", "S1");
	const struct ph_manifest *found = NULL;

	load(&all, "any", "{\"node\":\"hidraw\",\"proto\":\"hidpos\",\"bind\":\"auto\"}");
	ck_assert_ptr_null(ph_identity_row(&all, &one.node, &found));
	strcpy(one.node.proto, "hidpos");
	ck_assert_ptr_nonnull(ph_identity_row(&all, &one.node, &found));
	ck_assert_str_eq(found->name, "any");
	load(&all, "range", "{\"node\":\"hidraw\",\"usb\":\"0c2e:0b00-0bff\",\"bind\":\"offer\"}");
	ck_assert(ph_identity_row(&all, &one.node, &found)->offered);
	load(&all, "exact", "{\"node\":\"hidraw\",\"usb\":\"0c2e:0b81\",\"bind\":\"auto\"}");
	load(&all, "later", "{\"node\":\"hidraw\",\"usb\":\"0c2e:0b81\",\"bind\":\"auto\"}");
	ph_identity_row(&all, &one.node, &found);
	ck_assert_str_eq(found->name, "exact");
	one.node.product = 0x0c00;
	ph_identity_row(&all, &one.node, &found);
	ck_assert_str_eq(found->name, "any");
	strcpy(one.node.subsystem, "tty");
	ck_assert_ptr_null(ph_identity_row(&all, &one.node, &found));
	ph_manifests_done(&all);
}
END_TEST

START_TEST(the_journal_gives_back_what_was_kept)
{
	struct ph_identity one = scanner("1-3", "S \"1\""), back;

	one.twin = true;
	cJSON *object = ph_identity_to_json(&one);
	ck_assert_int_eq(ph_identity_from_json(object, &back), 0);
	ck_assert_mem_eq(&one, &back, sizeof one);
	cJSON_ReplaceItemInObjectCaseSensitive(object, "product", cJSON_CreateNumber(65536));
	ck_assert_int_eq(ph_identity_from_json(object, &back), -EINVAL);
	cJSON_Delete(object);
	ck_assert_int_eq(ph_identity_from_json(NULL, &back), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("identity");
	TCase *tests = tcase_create("identity");

	tcase_add_loop_test(tests, claims, 0, PH_ARRAY_SIZE(cases));
	tcase_add_test(tests, others_are_others);
	tcase_add_test(tests, two_that_swap_ports_follow_their_serial_numbers);
	tcase_add_test(tests, twins_are_known_by_their_ports);
	tcase_add_test(tests, connections);
	tcase_add_loop_test(tests, what_a_connection_means, 0, PH_ARRAY_SIZE(meant));
	tcase_add_test(tests, the_row_that_says_most_counts);
	tcase_add_test(tests, the_journal_gives_back_what_was_kept);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
