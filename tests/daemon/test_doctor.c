// What the doctor finds in a tree that looks like the machine's /etc, /sys and /dev: each finding, word for word.
#include "daemon/core/doctor.h"

#include "base/cleanup.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static int may_open_result;
static struct ph_doctor doctor;
static struct ph_node usb, port;

static int may_open(const char *path)
{
	ck_assert_str_eq(path + strlen(root), port.devnode);
	return may_open_result;
}

static void setup(void)
{
	snprintf(root, sizeof root, "/tmp/poshal-doctor-XXXXXX");
	ck_assert(mkdtemp(root));
	doctor = (struct ph_doctor){cJSON_CreateArray(), root, may_open};
	usb = (struct ph_node){.syspath = "/sys/devices/usb1/1-3",
		.subsystem = "usb",
		.devnode = "/dev/bus/usb/001/004",
		.vendor = 0x10c4,
		.product = 0xea60,
		.serial = "4D51",
		.maker = "Silicon Labs",
		.model = "CP2102 USB to UART",
		.port = "1-3",
		.interface = -1};
	port = usb;
	snprintf(port.subsystem, sizeof port.subsystem, "tty");
	snprintf(port.devnode, sizeof port.devnode, "/dev/ttyUSB0");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void teardown(void)
{
	cJSON_Delete(doctor.list);
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the folders as well. */
static void path_of(const char *file, char out[512])
{
	snprintf(out, 512, "%s%s", root, file);
	for (char *slash = strchr(out + strlen(root) + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(out, 0755);
		*slash = '/';
	}
}

static void write_file(const char *file, const char *text)
{
	char path[512];

	path_of(file, path);
	FILE *stream = fopen(path, "we");
	ck_assert(stream && fputs(text, stream) >= 0 && fclose(stream) == 0);
}

static void write_link(const char *file, const char *target)
{
	char path[512];

	path_of(file, path);
	ck_assert_int_eq(symlink(target, path), 0);
}

static const char *text_of(int index, const char *member)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(doctor.list, index), member));

	return text ? text : "";
}

static void expect_none(void)
{
	ck_assert_int_eq(cJSON_GetArraySize(doctor.list), 0);
}

static void expect(const char *severity, const char *problem)
{
	ck_assert_int_eq(cJSON_GetArraySize(doctor.list), 1);
	ck_assert_str_eq(text_of(0, "severity"), severity);
	ck_assert_str_eq(text_of(0, "subject"), "till");
	ck_assert_str_eq(text_of(0, "problem"), problem);
	ck_assert_str_ne(text_of(0, "cause"), "");
	ck_assert_str_ne(text_of(0, "advice"), "");
}

START_TEST(device_policy)
{
	may_open_result = -EPERM;
	ck_assert(ph_doctor_permission(&doctor, "till", &port));
	expect("error", "till: /dev/ttyUSB0 may not be opened (EPERM), whatever its mode says");
	ck_assert_str_eq(text_of(0, "advice"), "`systemctl restart poshald`; if that does not "
					       "help, `systemctl edit poshald` and add "
					       "DeviceAllow=char-ttyUSB rw to [Service]");
}
END_TEST

START_TEST(mode)
{
	char path[512];

	may_open_result = -EACCES;
	write_file("/dev/ttyUSB0", "");
	path_of("/dev/ttyUSB0", path);
	chmod(path, 0600);
	port.poshal = _i;
	ck_assert(ph_doctor_permission(&doctor, "till", &port));
	ck_assert_str_eq(text_of(0, "subject"), "till");
	ck_assert(strstr(text_of(0, "problem"), "till: /dev/ttyUSB0 is "));
	ck_assert(strstr(text_of(0, "problem"), " with mode 0600, and the service runs as "));
	ck_assert(strstr(text_of(0, "cause"), _i ? "a later rule" : "not in force"));
}
END_TEST

START_TEST(may_be_opened)
{
	may_open_result = 0;
	ck_assert(!ph_doctor_permission(&doctor, "till", &port));
	expect_none();
}
END_TEST

START_TEST(power)
{
	ph_doctor_power(&doctor, "till", &usb);
	write_file("/sys/devices/usb1/1-3/power/control", "on\n");
	ph_doctor_power(&doctor, "till", &usb);
	expect_none();
	write_file("/sys/devices/usb1/1-3/power/control", "auto\n");
	ph_doctor_power(&doctor, "till", &usb);
	expect("warning", "till may be put to sleep: autosuspend is on in port 1-3");
	ck_assert_str_eq(text_of(0, "advice"),
		"`echo on > /sys/devices/usb1/1-3/power/control`, and except 10c4:ea60 from that "
		"program or list; poshal's rules of udev switch it off");
}
END_TEST

START_TEST(usblp)
{
	write_link("/sys/devices/usb1/1-3/1-3:1.0/driver", "../../../bus/usb/drivers/usbhid");
	write_link("/sys/devices/usb1/1-3/1-30:1.0/driver", "../../../bus/usb/drivers/usblp");
	write_file("/sys/devices/usb1/1-3/1-3:1.2/x", "");
	ph_doctor_usblp(&doctor, "till", &usb);
	expect_none();
	write_link("/sys/devices/usb1/1-3/1-3:1.1/driver", "../../../bus/usb/drivers/usblp");
	ph_doctor_usblp(&doctor, "till", &usb);
	expect("warning", "till: the kernel's driver usblp has its interface 1-3:1.1");
}
END_TEST

static void examine_rules(void)
{
	struct ph_rule_claims claims = {0};

	ph_rule_claims_read(&claims, root);
	ph_doctor_rules(&doctor, "till", &usb, &claims);
	ph_rule_claims_done(&claims);
}

START_TEST(rules)
{
	static const struct {
		const char *file, *text, *problem; /* problem: NULL for none */
	} rows[] = {
		{"60-gpsd.rules",
			"# comment\nATTRS{idVendor}==\"10c4\", ATTRS{idProduct}==\"ea60\", "
			"SYMLINK+=\"gps%n\", TAG+=\"systemd\", "
			"ENV{SYSTEMD_WANTS}=\"gpsdctl@%k.service\"\n",
			"till (10c4:ea60) is claimed for gpsd by "
			"/usr/lib/udev/rules.d/60-gpsd.rules:2"},
		{"60-gpsd.rules",
			"#ATTRS{idVendor}==\"10c4\", ATTRS{idProduct}==\"ea60\", "
			"ENV{SYSTEMD_WANTS}=\"gpsdctl@%k.service\"\n",
			NULL},
		{"85-brltty.rules",
			"ACTION!=\"add\", GOTO=\"brltty_end\"\n\nENV{PRODUCT}==\"10c4/ea60/*\", "
			"\\\n"
			"\tATTRS{manufacturer}==\"Silicon*\", ENV{BRLTTY_BRAILLE_DRIVER}=\"sk\", "
			"GOTO=\"brltty_usb_run\"\n",
			"till (10c4:ea60) is claimed for brltty by "
			"/usr/lib/udev/rules.d/85-brltty.rules:3"},
		{"85-brltty.rules",
			"ENV{PRODUCT}==\"10c4/ea60/*\", ATTRS{product}==\"Seika*\", "
			"ENV{BRLTTY_BRAILLE_DRIVER}=\"sk\"\n",
			NULL},
		{"85-brltty.rules", "ENV{PRODUCT}==\"10c4/ea61/*\", RUN+=\"brltty\"", NULL},
		{"85-brltty.rules", "ATTRS{idVendor}==\"10c4\", RUN+=\"brltty\"", NULL},
		{"77-mm.rules",
			"ATTRS{idVendor}==\"10c4|1199\", ATTRS{idProduct}==\"ea6?\", "
			"ENV{ID_MM_DEVICE_PROCESS}=\"1\"\n",
			"till (10c4:ea60) is claimed for ModemManager by "
			"/usr/lib/udev/rules.d/77-mm.rules:1"},
		{"77-mm.rules",
			"ATTRS{idVendor}==\"10c4\", ATTRS{idProduct}!=\"ea60\", "
			"ENV{ID_MM_DEVICE_PROCESS}=\"1\"\n",
			NULL},
		{"50-mine.rules",
			"ATTRS{idVendor}==\"10c4\", ATTRS{idProduct}==\"ea60\", MODE=\"0660\"\n",
			NULL},
		{"README", "ATTRS{idVendor}==\"10c4\", ATTRS{idProduct}==\"ea60\", RUN+=\"gpsd\"\n",
			NULL},
		{"60-gpsd.rules", "gpsd \"\n\"==\"\\\n\\\n", NULL},
	};
	char file[128];

	snprintf(file, sizeof file, "/usr/lib/udev/rules.d/%s", rows[_i].file);
	write_file(file, rows[_i].text);
	examine_rules();
	if (rows[_i].problem)
		expect("warning", rows[_i].problem);
	else
		expect_none();
}
END_TEST

START_TEST(hidden_rules)
{
	static const char rule[] =
		"ATTRS{idVendor}==\"10c4\", ATTRS{idProduct}==\"ea60\", RUN+=\"gpsd\"\n";

	write_file("/usr/lib/udev/rules.d/60-gpsd.rules", rule);
	write_link("/etc/udev/rules.d/60-gpsd.rules", "/dev/null");
	examine_rules();
	expect_none();
	write_file("/etc/udev/rules.d/61-gpsd.rules", rule);
	examine_rules();
	expect("warning",
		"till (10c4:ea60) is claimed for gpsd by /etc/udev/rules.d/61-gpsd.rules:1");
}
END_TEST

START_TEST(queues)
{
	static const struct {
		const char *uri, *connection;
		bool own;
	} rows[] = {
		{"usb://Other/Name?serial=4D51", "usb:10c4:ea60", true},
		{"usb://Silicon%20Labs/CP2102%20USB%20to%20UART?serial=4D52", "usb:10c4:ea60",
			false},
		{"usb://silicon%20labs/CP2102%20usb%20to%20uart?interface=1", "usb:10c4:ea60",
			true},
		{"usb://Silicon%20Labs/CP2103", "usb:10c4:ea60", false},
		{"usb:", "usb:10c4:ea60", false},
		{"usb://", "usb:10c4:ea60", false},
		{"usb://x?serial=4D51/", "usb:10c4:ea60", false},
		{"socket://10.0.0.7", "tcp://10.0.0.7:9100", true},
		{"socket://10.0.0.7:9100/?waiteof=false", "tcp://10.0.0.7", true},
		{"socket://10.0.0.7:9101", "tcp://10.0.0.7:9100", false},
		{"socket://10.0.0.8", "tcp://10.0.0.7:9100", false},
		{"lpd://10.0.0.7/queue", "tcp://10.0.0.7:9100", true},
		{"ipp://10.0.0.7/ipp/print", "tcp://10.0.0.7:9100", true},
		{"ipp://10.0.0.7/ipp/print", "ipp://10.0.0.7/ipp/print", false},
		{"dnssd://10.0.0.7", "tcp://10.0.0.7:9100", false},
		{"serial:/dev/ttyUSB0?baud=9600+bits=8", "serial:usb=10c4:ea60", true},
		{"serial:/dev/serial/by-id/x?baud=9600", "serial:usb=10c4:ea60", true},
		{"file:///dev/ttyUSB0", "serial:usb=10c4:ea60", true},
		{"serial:/dev/ttyUSB1", "serial:usb=10c4:ea60", false},
		{"file:///dev/usb/lp0", "usb:10c4:ea60", true},
		{"file:///dev/usb/lp1", "usb:10c4:ea60", false},
		{"", "tcp://10.0.0.7", false},
		{"%", "tcp://10.0.0.7", false},
	};
	bool serial = !strncmp(rows[_i].connection, "serial", 6);
	struct ph_served served = {
		"till", rows[_i].connection, strncmp(rows[_i].connection, "tcp", 3) ? &usb : NULL};
	char problem[300];

	write_file("/dev/ttyUSB0", "");
	write_link("/dev/serial/by-id/x", "../../ttyUSB0");
	write_file("/sys/devices/usb1/1-3/1-3:1.0/x", "");
	write_link("/sys/class/usbmisc/lp0/device", "../../../devices/usb1/1-3/1-3:1.0");
	if (serial)
		served.node = &port;
	ph_doctor_queue(&doctor, "receipts", rows[_i].uri, &served);
	if (!rows[_i].own) {
		expect_none();
		return;
	}
	snprintf(problem, sizeof problem,
		"till: the CUPS queue receipts prints into it as well (%s)", rows[_i].uri);
	expect("error", problem);
	ck_assert_str_eq(text_of(0, "advice"),
		"`lpadmin -x receipts` leaves it to poshal; or serve the queue: driver = cups, "
		"connection = cups:receipts");
}
END_TEST

/* A number that every unit has says nothing. */
START_TEST(useless_serial)
{
	struct ph_served served = {"till", "usb:10c4:ea60", &usb};

	snprintf(usb.serial, sizeof usb.serial, "0001");
	ph_doctor_queue(&doctor, "receipts", "usb://Other/Name?serial=0001", &served);
	expect_none();
}
END_TEST

static Suite *doctor_suite(void)
{
	Suite *suite = suite_create("doctor");
	TCase *host = tcase_create("host"), *others = tcase_create("others");

	tcase_add_checked_fixture(host, setup, teardown);
	tcase_add_test(host, device_policy);
	tcase_add_loop_test(host, mode, 0, 2);
	tcase_add_test(host, may_be_opened);
	tcase_add_test(host, power);
	tcase_add_test(host, usblp);
	suite_add_tcase(suite, host);
	tcase_add_checked_fixture(others, setup, teardown);
	tcase_add_loop_test(others, rules, 0, 11);
	tcase_add_test(others, hidden_rules);
	tcase_add_loop_test(others, queues, 0, 23);
	tcase_add_test(others, useless_serial);
	suite_add_tcase(suite, others);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(doctor_suite());

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
