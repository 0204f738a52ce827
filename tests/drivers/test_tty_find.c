// Which tty a connection means that names a USB device, in a sysfs of the test's making.
#include "base/cleanup.h"
#include "drivers/transport/transport.h"
#include "drivers/transport/tty_find.h"

#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64], why[PH_TRANSPORT_WHY_SIZE];

static void shell(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	ck_assert_int_eq(system(command), 0);
}

static void setup(void)
{
	strcpy(root, "/tmp/poshal-tty-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	shell("mkdir -p %s/bus/usb/devices %s/class/tty", root, root);
}

static void teardown(void)
{
	shell("rm -rf %s", root);
}

/* A CDC-ACM device at `port` whose interface 0 has the tty `name`. */
static void plug(const char *port, const char *name, const char *serial)
{
	shell("cd %s; d=devices/%s; i=$d/%s:1.0; t=$i/tty/%s; mkdir -p $t; cd $d; "
	      "echo 05e0 >idVendor; echo 1701 >idProduct; echo 1 >busnum; echo 5 >devnum; "
	      "echo %s >serial; cd ../..; ln -s ../../../%s:1.0 $t/device; "
	      "ln -s ../../../$d bus/usb/devices/%s; ln -s ../../$t class/tty/%s",
		root, port, port, name, serial, port, port, name);
}

static int find(const char *text, const struct ph_usb_known *known, char *ret_node, size_t size)
{
	static const struct ph_usb_known nothing;
	struct ph_node_found found;
	struct ph_tty_want want;
	struct ph_url url;

	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	ck_assert_int_eq(ph_transport_serial.check(&url, why, sizeof why), 0);
	ck_assert(ph_tty_is_usb(&url));
	ck_assert_int_eq(
		ph_tty_want_parse(&url, (const char *[]){"baud", NULL}, &want, why, sizeof why), 0);
	int r = ph_tty_find(root, &want, known ? known : &nothing, &found, why, sizeof why);
	if (r == 0)
		ck_assert_int_lt(snprintf(ret_node, size, "%s", found.node), (int)size);
	return r;
}

START_TEST(by_identity)
{
	char node[32];

	ck_assert_int_eq(find("serial:usb=05e0:1701", NULL, node, sizeof node), -ENODEV);
	plug("1-3", "ttyACM0", "S1");
	plug("1-4.1", "ttyACM1", "S2");
	ck_assert_int_eq(
		find("serial:usb=05e0:1701?serial=S2&baud=115200", NULL, node, sizeof node), 0);
	ck_assert_str_eq(node, "ttyACM1");
	ck_assert_int_eq(
		find("serial:usb=05e0:1701?port=1-3&interface=0", NULL, node, sizeof node), 0);
	ck_assert_str_eq(node, "ttyACM0");
	ck_assert_int_eq(find("serial:usb=05e0:1701?port=1-3&interface=1", NULL, node, sizeof node),
		-ENODEV);
	ck_assert_int_eq(find("serial:usb=05e0:1702?port=1-3", NULL, node, sizeof node), -ENODEV);
	ck_assert_int_eq(find("serial:usb=05e0:1701", NULL, node, sizeof node), -ENOTUNIQ);
	ck_assert_int_eq(find("serial:usb=05e0:1701", &(struct ph_usb_known){.path = "1-4.1"}, node,
				 sizeof node),
		0);
	ck_assert_str_eq(node, "ttyACM1");
}
END_TEST

static const char *const wrong[] = {"serial:usb=05e0", "serial:usb=05e0:1701?interface=256",
	"serial:usb=05e0:1701?baud=7", "serial:usb=05e0:1701?speed=9600",
	"serial:usb=path=1-3?serial=S", "serial:ttyUSB0"};

START_TEST(refused)
{
	struct ph_url url;

	ck_assert_int_eq(ph_url_parse(wrong[_i], &url), 0);
	why[0] = '\0';
	ck_assert_int_eq(ph_transport_serial.check(&url, why, sizeof why), -EINVAL);
	ck_assert_str_ne(why, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tty_find");
	TCase *tests = tcase_create("find");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, by_identity);
	tcase_add_loop_test(tests, refused, 0, PH_ARRAY_SIZE(wrong));
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
