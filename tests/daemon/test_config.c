// The configuration as a whole: files, sections, devices against manifests, roles, and what a mistake leaves out.
#include "daemon/core/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static char folder[64];
static struct ph_config *config;

static void write_file(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void remove_all(const char *command)
{
	char text[128];

	snprintf(text, sizeof text, "%s '%s'", command, folder);
	ck_assert_int_eq(system(text), 0);
}

static void setup(void)
{
	char path[128];

	strcpy(folder, "/tmp/test_config.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	static const char *const parts[] = {"devices.d", "drivers", "vendor"};
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	write_file("drivers/scanner-serial.json",
		"{\"name\":\"scanner-serial\",\"version\":\"0.1.0\",\"exec\":\"poshal-device\","
		"\"classes\":[\"scanner\"],\"connections\":[\"serial\",\"tcp\"],\"options\":["
		"{\"name\":\"terminator\",\"type\":\"choice\",\"choices\":[\"cr\",\"lf\",\"crlf\"]}"
		","
		"{\"name\":\"prefix\",\"type\":\"text\"},"
		"{\"name\":\"gap_ms\",\"type\":\"int\",\"min\":1,\"max\":1000}]}");
	write_file("drivers/escpos.json",
		"{\"name\":\"escpos\",\"version\":\"0.1.0\",\"exec\":\"poshal-device\","
		"\"classes\":[\"printer\",\"drawer\"],\"connections\":[\"tcp\",\"serial\"]}");
	config = NULL;
}

static void teardown(void)
{
	ph_config_free(config);
	remove_all("rm -r");
}

static struct ph_config *load_again(void)
{
	char drivers[96], vendor[96];
	struct ph_config *loaded = NULL;
	struct ph_config_source source = {.etc_dir = folder,
		.drivers_dir = drivers,
		.vendor_drivers_dir = vendor,
		.own_uid = getuid()};

	snprintf(drivers, sizeof drivers, "%s/drivers", folder);
	snprintf(vendor, sizeof vendor, "%s/vendor", folder);
	ck_assert_int_eq(ph_config_load(&source, &loaded), 0);
	return loaded;
}

static void load(const char *text)
{
	write_file("poshal.conf", text);
	ph_config_free(config); /* of an earlier one */
	config = load_again();
}

static void expect_problem(size_t i, const char *file, unsigned line, const char *text)
{
	ck_assert_uint_lt(i, config->problems.len);
	const struct ph_problem *p = &config->problems.items[i];
	const char *base = strrchr(p->file, '/') + 1;
	ck_assert_msg(!strcmp(base, file) && p->line == line && !strcmp(p->text, text), "%s:%u: %s",
		base, p->line, p->text);
}

START_TEST(nothing_at_all_is_an_empty_configuration)
{
	struct ph_config_source source = {.etc_dir = "/nonexistent"};

	ck_assert_int_eq(ph_config_load(&source, &config), 0);
	ck_assert_uint_eq(config->problems.len, 0);
	ck_assert_uint_eq(config->devices_len, 0);
	ck_assert_uint_eq(config->roles_len, 0);
	ck_assert_int_eq(config->service.log_level, LOG_INFO);
	ck_assert_uint_eq(config->service.document_keep_hours, 24);
	ck_assert_int_eq(config->service.dbus, PH_CONFIG_DBUS_AUTO);
	ck_assert_uint_eq(config->service.max_clients, PH_CLIENTS_MAX);
	ck_assert_uint_eq(ph_access_grants(&config->access, 0, NULL, 0), PH_GRANTS_ALL);
}
END_TEST

START_TEST(a_complete_configuration)
{
	write_file("devices.d/20-scanner.conf",
		"[device lane-scanner]\ndriver = scanner-serial\nconnection = serial:/dev/ttyS0\n"
		"terminator = crlf\ngap_ms = 20\nenabled = no\n[roles]\nlane = lane-scanner\n");
	write_file("devices.d/10-printer.conf",
		"[device till-printer]\nconnection = tcp://10.0.0.7:9100\ndriver = escpos\n"
		"classes = printer\nvendor = Acme\nmodel = Slip 3\nserial = 0815\n");
	write_file("devices.d/.hidden.conf", "rubbish");
	write_file("devices.d/backup.conf~", "rubbish");
	load("[service]\nlog_level = debug\ndocument_keep_hours = 0\ndbus = no\nmax_clients = 7\n"
	     "[access]\nuser.root = all\n[roles]\nreceipt = till-printer\n"
	     "kitchen = till-printer, spare-printer till-printer-drawer\n");
	ck_assert_uint_eq(config->problems.len, 0);
	ck_assert_int_eq(config->service.log_level, LOG_DEBUG);
	ck_assert_uint_eq(config->service.document_keep_hours, 0);
	ck_assert_int_eq(config->service.dbus, PH_CONFIG_DBUS_NO);
	ck_assert_uint_eq(config->service.max_clients, 7);
	ck_assert_uint_eq(config->devices_len, 2);
	const struct ph_config_device *d = &config->devices[0];
	ck_assert_str_eq(d->name, "till-printer");
	ck_assert_str_eq(d->driver, "escpos");
	ck_assert_ptr_eq(d->manifest, ph_manifests_find(&config->manifests, "escpos"));
	ck_assert_str_eq(d->connection, "tcp://10.0.0.7:9100");
	ck_assert_uint_eq(d->classes, 1u << PH_CLASS_PRINTER);
	ck_assert(d->enabled);
	ck_assert_str_eq(d->vendor, "Acme");
	ck_assert_str_eq(d->model, "Slip 3");
	ck_assert_str_eq(d->serial, "0815");
	ck_assert_uint_eq(d->options_len, 0);
	d = ph_config_find_device(config, "lane-scanner");
	ck_assert_ptr_eq(d, &config->devices[1]);
	ck_assert(!d->enabled);
	ck_assert_uint_eq(d->classes, 1u << PH_CLASS_SCANNER);
	ck_assert_uint_eq(d->options_len, 2);
	ck_assert_str_eq(d->options[0].name, "gap_ms");
	ck_assert_str_eq(d->options[0].value, "20");
	ck_assert_str_eq(d->options[1].name, "terminator");
	ck_assert_str_eq(d->options[1].value, "crlf");
	ck_assert_uint_eq(d->line, 1);
	ck_assert_uint_eq(config->roles_len, 3);
	ck_assert_str_eq(config->roles[1].name, "kitchen");
	ck_assert_uint_eq(config->roles[1].devices_len, 3);
	ck_assert_str_eq(config->roles[1].devices[1], "spare-printer");
	ck_assert_str_eq(config->roles[2].name, "lane");
}
END_TEST

START_TEST(service_mistakes_leave_the_default)
{
	load("[service]\nlog_level = loud\ndocument_keep_hours = 8761\ndbus = maybe\n"
	     "max_clients = 0\nvendor_drivers_dir = drivers\nbaud = 9600\n");
	expect_problem(0, "poshal.conf", 2,
		"`log_level = loud` is not right; write error, warning, info or debug");
	expect_problem(1, "poshal.conf", 3,
		"`document_keep_hours = 8761` is not right; write a whole number of hours from 0 "
		"to 8760");
	expect_problem(2, "poshal.conf", 4, "`dbus = maybe` is not right; write auto, yes or no");
	expect_problem(3, "poshal.conf", 5,
		"`max_clients = 0` is not right; write a whole number from 1 to 1024");
	expect_problem(4, "poshal.conf", 6,
		"`vendor_drivers_dir = drivers` is not right; write an absolute path");
	expect_problem(5, "poshal.conf", 7,
		"unknown key `baud` in [service]; there are log_level, document_keep_hours, dbus, "
		"hotplug, max_clients, vendor_drivers_dir");
	ck_assert_uint_eq(config->problems.len, 6);
	ck_assert_uint_eq(config->service.document_keep_hours, 24);
	ck_assert_uint_eq(config->service.max_clients, PH_CLIENTS_MAX);
}
END_TEST

START_TEST(a_wrong_device_is_left_out_and_the_others_work)
{
	load("[device till-printer]\ndriver = scanner-serial\nconnection = serial:/dev/ttyS0\n"
	     "baud = 9600\nterminator = nul\ngap_ms = 0\n"
	     "[device good]\ndriver = escpos\nconnection = tcp://a:1\n");
	expect_problem(0, "poshal.conf", 4,
		"unknown key `baud` in [device till-printer]; scanner-serial knows: terminator, "
		"prefix, gap_ms (and driver, connection, classes, enabled, vendor, model, serial, "
		"dial_in_user, age_out_ms)");
	expect_problem(1, "poshal.conf", 5,
		"`terminator = nul` in [device till-printer] is not right; write one of cr, lf, "
		"crlf");
	expect_problem(2, "poshal.conf", 6,
		"`gap_ms = 0` in [device till-printer] is not right; write a whole number from 1 "
		"to 1000");
	ck_assert_uint_eq(config->problems.len, 3);
	ck_assert_uint_eq(config->devices_len, 1);
	ck_assert_str_eq(config->devices[0].name, "good");
}
END_TEST

/* One section each, and the problem it must give. */
static const struct {
	const char *section;
	unsigned line;
	const char *problem;
} wrong_devices[] = {
	{"[device a]\nconnection = tcp://a:1", 1,
		"[device a] names no driver; add `driver = NAME`"},
	{"[device a]\ndriver = laser", 2,
		"there is no driver `laser` for [device a]; installed are: escpos, scanner-serial"},
	{"[device a]\ndriver = escpos", 1, "[device a] has no connection; add `connection = URL`"},
	{"[device a]\ndriver = escpos\nconnection = usb:1:2", 3,
		"`connection = usb:1:2` in [device a] is not right; the driver does not know this "
		"kind of connection"},
	{"[device a]\ndriver = escpos\nconnection = /dev/ttyS0", 3,
		"`connection = /dev/ttyS0` in [device a] is not right; write a URL, for example "
		"serial:/dev/ttyUSB0 or tcp://10.0.0.7:9100"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a b", 3,
		"`connection = tcp://a b` in [device a] is not right; a URL holds no blanks"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nclasses = scanner", 4,
		"`classes = scanner` in [device a] is not right; the driver does not serve all of "
		"these classes"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nclasses =", 4,
		"`classes = ` in [device a] is not right; name at least one class, or remove the "
		"line"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nenabled = true", 4,
		"`enabled = true` in [device a] is not right; write yes or no"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nmodel =", 4,
		"`model = ` in [device a] is not right; write 1 to 63 bytes, or remove the line"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nx = 1", 4,
		"unknown key `x` in [device a]; escpos knows: no keys of its own (and driver, "
		"connection, classes, enabled, vendor, model, serial, dial_in_user, age_out_ms, "
		"left_open_after_ms, left_open_repeat_ms)"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nleft_open_after_ms = 1s", 4,
		"`left_open_after_ms = 1s` in [device a] is not right; write milliseconds, 0 to "
		"86400000"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nleft_open_repeat_ms = 999", 4,
		"`left_open_repeat_ms = 999` in [device a] is not right; write 0 for once, or at "
		"least 1000"},
	{"[device a]\ndriver = scanner-serial\nconnection = serial:/dev/a\nleft_open_after_ms = 1",
		4,
		"`left_open_after_ms = 1` in [device a] is not right; the driver serves no cash "
		"drawer"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\nconnection = tcp://b", 4,
		"`connection` is already set in line 3; remove one of the two"},
	{"[device a]\ndriver = escpos\nconnection = tcp://a\noops", 4,
		"neither `key = value` nor `[section]` nor a comment; complete or remove the line"},
	{"[device -a]\ndriver = escpos\nconnection = tcp://a", 1,
		"[device -a] is not a name; names are 1 to 64 letters, digits, `.`, `_` and `-`, "
		"the first a letter or digit"},
	{"[device a b]\ndriver = escpos\nconnection = tcp://a", 1,
		"a section has one name; names hold no blanks"},
};

START_TEST(each_mistake_in_a_device_has_its_text)
{
	load(wrong_devices[_i].section);
	ck_assert_uint_eq(config->problems.len, 1);
	expect_problem(0, "poshal.conf", wrong_devices[_i].line, wrong_devices[_i].problem);
	ck_assert_uint_eq(config->devices_len, 0);
}
END_TEST

START_TEST(the_first_of_two_devices_with_one_name_counts)
{
	char text[256];

	write_file("devices.d/a.conf", "[device a]\ndriver = escpos\nconnection = tcp://second\n");
	load("[device a]\ndriver = escpos\nconnection = tcp://first\n");
	snprintf(text, sizeof text,
		"section [device a] was already begun in %s/poshal.conf line 1; join the two or "
		"rename one",
		folder);
	expect_problem(0, "a.conf", 1, text);
	ck_assert_uint_eq(config->devices_len, 1);
	ck_assert_str_eq(config->devices[0].connection, "tcp://first");
}
END_TEST

START_TEST(ids_of_classes_do_not_collide)
{
	char text[256];

	load("[device till-drawer]\ndriver = escpos\nconnection = tcp://a\n"
	     "[device till]\ndriver = escpos\nconnection = tcp://b\n"
	     "[device till-scanner]\ndriver = escpos\nconnection = tcp://c\n"
	     "[device till-scanner-printer]\ndriver = escpos\nconnection = tcp://d\n");
	snprintf(text, sizeof text,
		"[device till] and [device till-drawer] in %s/poshal.conf line 1 would have the "
		"same id for a class; rename one",
		folder);
	expect_problem(0, "poshal.conf", 4, text);
	snprintf(text, sizeof text,
		"[device till-scanner-printer] and [device till-scanner] in %s/poshal.conf line 7 "
		"would have the same id for a class; rename one",
		folder);
	expect_problem(1, "poshal.conf", 10, text);
	ck_assert_uint_eq(config->problems.len, 2);
	ck_assert_uint_eq(config->devices_len, 2);
}
END_TEST

START_TEST(sections_that_stand_alone_or_are_unknown)
{
	char text[256];

	write_file("devices.d/a.conf", "[access]\nuser.daemon = all\n");
	load("[access]\nuser.root = all\n[printer]\nx = 1\n[roles x]\na = b\n");
	snprintf(text, sizeof text,
		"section [access] is already in %s/poshal.conf line 1; move its keys there",
		folder);
	expect_problem(0, "a.conf", 1, text);
	expect_problem(1, "poshal.conf", 3,
		"unknown section [printer]; there are [service], [access], [roles], "
		"[payments], [offline], [role NAME] and [device NAME]");
	expect_problem(2, "poshal.conf", 5, "section [roles] has no name; write [roles]");
	ck_assert_uint_eq(config->problems.len, 3);
	ck_assert_uint_eq(config->access.len, 1);
	ck_assert_uint_eq(config->roles_len, 0);
}
END_TEST

START_TEST(offline_is_off_by_itself)
{
	load("[payments]\ncurrency = CHF\n");
	ck_assert_uint_eq(config->problems.len, 0);
	ck_assert(!config->offline.enabled);
	ck_assert_str_eq(config->offline.currency, "CHF");
	ck_assert_int_eq(config->offline.max_sale, 5000);
	ck_assert_int_eq(config->offline.max_total, 200000);
}
END_TEST

START_TEST(offline_with_all_its_keys)
{
	load("[offline]\nenabled = yes\ni_understand_pci_scope = yes\nmax_sale = 40\nmax_sale_pin "
	     "= 80.5\nmax_sale_no_cvm = "
	     "0.005\n"
	     "max_sale_forced = 90\nmax_total = 1000.125\nmax_count = 7\nmax_accept_hours = 4\n"
	     "card_count = 2\ncard_total = 45\ncard_hours = 12\nforward_hours = 48\n"
	     "entry = chip, contactless\nno_cvm = no\nsignature = no\nneed_oda = no\n"
	     "static_oda = yes\nrefunds = yes\nallow_bins = 4 51 52\ndeny_bins = 476173\n"
	     "warn_percent = 60 90\ncurrency = KWD\nrandom_online = 0\nhold_minutes = 15\n"
	     "tip_percent = 20\nforward_rate = 0\nforward_window = 8\n");
	const struct ph_offline_limits *o = &config->offline;
	ck_assert_uint_eq(config->problems.len, 0);
	ck_assert(o->enabled && !o->no_cvm && !o->signature && !o->need_oda && o->static_oda &&
		  o->refunds);
	ck_assert_str_eq(o->currency, "KWD");
	ck_assert_int_eq(o->max_sale, 40000);
	ck_assert_int_eq(o->max_sale_pin, 80500);
	ck_assert_int_eq(o->max_sale_no_cvm, 5);
	ck_assert_int_eq(o->max_sale_forced, 90000);
	ck_assert_int_eq(o->max_total, 1000125);
	ck_assert_uint_eq(o->max_count, 7);
	ck_assert_uint_eq(o->max_accept_s, 4 * 3600);
	ck_assert_uint_eq(o->card_count, 2);
	ck_assert_int_eq(o->card_total, 45000);
	ck_assert_uint_eq(o->card_window_s, 12 * 3600);
	ck_assert_uint_eq(o->forward_s, 48 * 3600);
	ck_assert_uint_eq(o->entries, 1u << PH_ENTRY_CHIP | 1u << PH_ENTRY_CONTACTLESS);
	ck_assert_uint_eq(o->bins_allowed.count, 3);
	ck_assert_str_eq(o->bins_allowed.rows[2], "52");
	ck_assert_str_eq(o->bins_denied.rows[0], "476173");
	ck_assert_uint_eq(o->warn_percent[1], 90);
	ck_assert_uint_eq(o->warn_percent[2], 0);
	ck_assert_uint_eq(o->random_online, 0);
	ck_assert_uint_eq(o->hold_s, 15 * 60);
	ck_assert_uint_eq(o->tip_percent, 20);
	ck_assert_uint_eq(o->forward_rate, 0);
	ck_assert_uint_eq(o->forward_window, 8);
}
END_TEST

static const char *const wrong_offline[] = {
	"max_sale = 50.001",
	"max_sale = -5",
	"max_sale = 5,00",
	"max_sale = 5.",
	"max_sale = .5",
	"max_sale =",
	"max_total = 10000000000",
	"max_sale = 2000.01",
	"max_sale_forced = 3000",
	"currency = EURO",
	"currency = XYZ",
	"max_count = 0",
	"max_accept_hours = 169",
	"card_hours = 73",
	"entry = chip, nfc",
	"entry =",
	"no_cvm = maybe",
	"allow_bins = 1234567",
	"hold_minutes = 1441",
	"hold_minutes = 60\nforward_hours = 1", /* too old when the window ends */
	"tip_percent = 101",
	"forward_window = 0",
	"forward_window = 9",
	"random_online = some",
	"deny_bins = 4x",
	"warn_percent = 80 50",
	"warn_percent = 10 20 30 40",
	"max_sales = 5",
};

/* Limits that are not those that were meant are none. */
START_TEST(any_mistake_switches_offline_off)
{
	char text[128];

	snprintf(text, sizeof text, "[offline]\nenabled = yes\ni_understand_pci_scope = yes\n%s\n",
		wrong_offline[_i]);
	load(text);
	ck_assert_uint_eq(config->problems.len, 1);
	ck_assert(!config->offline.enabled);
	ck_assert_ptr_nonnull(
		strstr(config->problems.items[0].text, "Nothing is accepted offline"));
}
END_TEST

/* Account numbers are not kept on this machine by somebody who does not know it. */
START_TEST(offline_keeps_nothing_by_accident)
{
	static const char *const without[] = {"", "i_understand_pci_scope = no\n"};

	for (int i = 0; i < 2; i++) {
		char text[80];
		snprintf(text, sizeof text, "[offline]\nenabled = yes\n%s", without[i]);
		load(text);
		ck_assert_uint_eq(config->problems.len, 1);
		ck_assert_ptr_nonnull(
			strstr(config->problems.items[0].text, "`i_understand_pci_scope = yes`"));
		ck_assert(!config->offline.enabled);
	}
}
END_TEST

START_TEST(role_mistakes)
{
	char text[256];

	write_file("devices.d/z.conf", "[roles]\ngood = other\n");
	load("[roles]\ngood = a\n-x = a\nnone =\nbad = a, /dev/x\ntwice = a a\n"
	     "many = a b c d e f g h i\ndev = a\n"
	     "dev-drawer = a\ndev-scanner = a\n"
	     "[device dev]\ndriver = escpos\nconnection = tcp://a\n");
	expect_problem(0, "poshal.conf", 3,
		"role `-x`: names are 1 to 64 letters, digits, `.`, `_` and `-`, the first a "
		"letter or digit");
	expect_problem(1, "poshal.conf", 4, "role `none`: names no device; write `role = device`");
	expect_problem(2, "poshal.conf", 5, "role `bad`: holds what is not the name of a device");
	expect_problem(3, "poshal.conf", 6, "role `twice`: names a device twice");
	expect_problem(4, "poshal.conf", 7, "role `many`: names more than 8 devices");
	expect_problem(
		5, "poshal.conf", 8, "role `dev`: a device has the same name; rename one of them");
	expect_problem(6, "poshal.conf", 9,
		"role `dev-drawer`: a device has the same name; rename one of them");
	snprintf(text, sizeof text,
		"role `good` is already bound in %s/poshal.conf line 2; remove one of the two",
		folder);
	expect_problem(7, "z.conf", 2, text);
	ck_assert_uint_eq(config->problems.len, 8);
	ck_assert_uint_eq(config->roles_len, 2);
	ck_assert_str_eq(config->roles[0].devices[0], "a");
}
END_TEST

START_TEST(roles_in_the_long_form)
{
	static const char *const names[] = {"short", "plain", "bar", "never"};
	static const int seconds[] = {PH_FAILOVER_S, PH_FAILOVER_S, 30, -1};
	char text[256];

	load("[role bar]\ndevices = a, b\nfailover_after_s = 30\n[role never]\n"
	     "failover_after_s = never\ndevices = a\n[role short]\ndevices = b\n"
	     "[role none]\nfailover_after_s = 0\n[role long]\ndevices = a\n"
	     "failover_after_s = 86401\n[role other]\ndevices = a\ncolour = red\n"
	     "[role]\ndevices = a\n[roles]\nshort = a\nplain = b\n[role x/y]\ndevices = c\n");
	snprintf(text, sizeof text,
		"role `short` is already bound in %s/poshal.conf line 20; remove one of the two",
		folder);
	expect_problem(0, "poshal.conf", 7, text);
	expect_problem(1, "poshal.conf", 9, "role `none`: names no device; write `devices = ...`");
	expect_problem(2, "poshal.conf", 11,
		"role `long`: failover_after_s is `never` or a whole number of seconds from 0 to "
		"86400");
	expect_problem(
		3, "poshal.conf", 14, "role `other`: its keys are devices and failover_after_s");
	expect_problem(4, "poshal.conf", 17,
		"role ``: names are 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter "
		"or digit");
	expect_problem(5, "poshal.conf", 22,
		"role `x/y`: names are 1 to 64 letters, digits, `.`, `_` and `-`, the first a "
		"letter or digit");
	ck_assert_uint_eq(config->problems.len, 6);
	ck_assert_uint_eq(config->roles_len, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(config->roles[i].name, names[i]);
		ck_assert_int_eq(config->roles[i].failover_after_s, seconds[i]);
	}
	ck_assert_str_eq(config->roles[2].devices[1], "b");
}
END_TEST

/* A connection without a name means the first card reader; of other kinds it is a mistake. */
START_TEST(the_first_card_reader)
{
	write_file("vendor/reader.json",
		"{\"name\":\"reader\",\"version\":\"9\",\"exec\":\"/opt/x\",\"classes\":"
		"[\"card_reader\"],\"connections\":[\"pcsc\",\"serial\"]}");
	load("[device r]\ndriver = reader\nconnection = pcsc:\n");
	ck_assert_uint_eq(config->problems.len, 0);
	ck_assert_str_eq(config->devices[0].connection, "pcsc:");
	load("[device r]\ndriver = reader\nconnection = serial:\n");
	ck_assert_uint_eq(config->problems.len, 1);
	ck_assert_uint_eq(config->devices_len, 0);
}
END_TEST

START_TEST(vendor_drivers_come_second)
{
	char text[256];
	static const char manifest[] =
		"{\"name\":\"%s\",\"version\":\"9\",\"exec\":\"/opt/x\",\"classes\":[\"scale\"],"
		"\"connections\":[\"serial\"]}";

	snprintf(text, sizeof text, manifest, "acme");
	write_file("vendor/acme.json", text);
	snprintf(text, sizeof text, manifest, "escpos");
	write_file("vendor/escpos.json", text);
	load("[device s]\ndriver = acme\nconnection = serial:/dev/ttyS1\n");
	ck_assert_uint_eq(config->manifests.len, 3);
	ck_assert_str_eq(ph_manifests_find(&config->manifests, "escpos")->version, "0.1.0");
	ck_assert_uint_eq(config->problems.len, 1);
	ck_assert_uint_eq(config->devices_len, 1);
	load("[service]\nvendor_drivers_dir = /nonexistent\n");
	ck_assert_uint_eq(config->manifests.len, 2);
	ck_assert_uint_eq(config->problems.len, 0);
}
END_TEST

static const char device[] = "[device a]\ndriver = scanner-serial\nconnection = serial:/dev/x\n";

START_TEST(moving_a_device_is_no_change)
{
	char text[512];

	snprintf(text, sizeof text, "%sgap_ms = 5\nterminator = cr\n", device);
	load(text);
	snprintf(text, sizeof text, "# moved\n\n%sterminator = cr\ngap_ms = 5\nclasses = scanner\n",
		device);
	write_file("poshal.conf", "");
	write_file("devices.d/a.conf", text);
	struct ph_config *other = load_again();
	ck_assert_uint_eq(other->problems.len, 0);
	ck_assert(ph_config_device_equal(&config->devices[0], &other->devices[0]));
	ph_config_free(other);
}
END_TEST

static const char *const changes[] = {"gap_ms = 6\n", "gap_ms = 5\nprefix = x\n",
	"gap_ms = 5\nenabled = no\n", "gap_ms = 5\nvendor = v\n", "gap_ms = 5\nserial = 1\n", ""};

START_TEST(each_key_is_a_change)
{
	char text[512];

	snprintf(text, sizeof text, "%sgap_ms = 5\n", device);
	load(text);
	snprintf(text, sizeof text, "%s%s", device, changes[_i]);
	write_file("poshal.conf", text);
	struct ph_config *other = load_again();
	ck_assert_uint_eq(other->devices_len, 1);
	ck_assert(!ph_config_device_equal(&config->devices[0], &other->devices[0]));
	ck_assert(ph_config_device_equal(&other->devices[0], &other->devices[0]));
	ph_config_free(other);
}
END_TEST

START_TEST(devices_are_bounded)
{
	static char text[PH_DEVICES_MAX * 80];
	size_t len = 0;

	for (unsigned i = 0; i <= PH_DEVICES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
			"[device d%u]\ndriver = escpos\nconnection = tcp://h%u\n", i, i);
	load(text);
	ck_assert_uint_eq(config->devices_len, PH_DEVICES_MAX);
	expect_problem(0, "poshal.conf", PH_DEVICES_MAX * 3 + 1,
		"[device d256] is one of more than 256 devices and not used");
	ck_assert_uint_eq(config->problems.len, 1);
}
END_TEST

START_TEST(names)
{
	char longest[PH_NAME_MAX + 2];

	memset(longest, 'x', sizeof longest);
	longest[PH_NAME_MAX + 1] = 0;
	ck_assert(!ph_config_name_valid(longest));
	longest[PH_NAME_MAX] = 0;
	ck_assert(ph_config_name_valid(longest));
	static const char *const good[] = {"a", "0", "till-printer", "A.b_c-9"};
	for (size_t i = 0; i < 4; i++)
		ck_assert(ph_config_name_valid(good[i]));
	static const char *const bad[] = {"", "-a", ".a", "_a", "a b", "a/b", "\xc3\xa4", "a\n"};
	for (size_t i = 0; i < 8; i++)
		ck_assert(!ph_config_name_valid(bad[i]));
}
END_TEST

static TCase *make_case(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_at_all_is_an_empty_configuration);
	tcase_add_test(tc, a_complete_configuration);
	tcase_add_test(tc, service_mistakes_leave_the_default);
	tcase_add_test(tc, a_wrong_device_is_left_out_and_the_others_work);
	tcase_add_loop_test(tc, each_mistake_in_a_device_has_its_text, 0,
		sizeof wrong_devices / sizeof wrong_devices[0]);
	tcase_add_test(tc, the_first_of_two_devices_with_one_name_counts);
	tcase_add_test(tc, ids_of_classes_do_not_collide);
	tcase_add_test(tc, sections_that_stand_alone_or_are_unknown);
	tcase_add_test(tc, offline_is_off_by_itself);
	tcase_add_test(tc, offline_with_all_its_keys);
	tcase_add_loop_test(tc, any_mistake_switches_offline_off, 0,
		sizeof wrong_offline / sizeof wrong_offline[0]);
	tcase_add_test(tc, offline_keeps_nothing_by_accident);
	tcase_add_test(tc, role_mistakes);
	tcase_add_test(tc, roles_in_the_long_form);
	tcase_add_test(tc, the_first_card_reader);
	tcase_add_test(tc, vendor_drivers_come_second);
	tcase_add_test(tc, moving_a_device_is_no_change);
	tcase_add_loop_test(tc, each_key_is_a_change, 0, sizeof changes / sizeof changes[0]);
	tcase_add_test(tc, devices_are_bounded);
	tcase_add_test(tc, names);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("config");

	suite_add_tcase(suite, make_case());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
