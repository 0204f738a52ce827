// HID devices without HID: which node is meant, packets both ways through a library of our own, and emulated devices.
#include "base/cleanup.h"
#include "drivers/transport/hid_internal.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const uint8_t scanner[] = {0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x02, 0xc0};
static const uint8_t keyboard[] = {0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0};

static struct ph_url url;
static struct ph_hid_want want;
static char why[PH_TRANSPORT_WHY_SIZE];
static struct ph_transport link_;
static char root[64];

/* ---- a library whose device is a pair of pipes ---- */

struct hid_device_ {
	int number;
};

static struct {
	int opened, closed, refuse, write_result;
	int in[2];  /* what the device sends */
	int out[2]; /* what it gets: 'o' or 'f', then the report */
} device;

static int fake_init(void)
{
	return 0;
}

static hid_device *fake_open(const char *path)
{
	hid_device *handle = device.refuse ? NULL : calloc(1, sizeof *handle);

	if (handle)
		device.opened++;
	return handle;
}

static void fake_close(hid_device *handle)
{
	__atomic_add_fetch(&device.closed, 1, __ATOMIC_SEQ_CST);
	free(handle);
}

static int fake_read(hid_device *handle, unsigned char *data, size_t length)
{
	return (int)recv(device.in[1], data, length, 0);
}

static int deliver(char kind, const unsigned char *data, size_t length)
{
	unsigned char packet[256] = {(unsigned char)kind};

	memcpy(packet + 1, data, length);
	return (int)send(device.out[0], packet, length + 1, 0) - 1;
}

static int fake_write(hid_device *handle, const unsigned char *data, size_t length)
{
	deliver('o', data, length);
	return device.write_result ? -1 : (int)length;
}

static int fake_feature(hid_device *handle, const unsigned char *data, size_t length)
{
	deliver('f', data, length);
	return -1; /* refused: no fault */
}

static const struct ph_hid_lib fake_lib = {.init = fake_init,
	.open_path = fake_open,
	.close = fake_close,
	.read = fake_read,
	.write = fake_write,
	.send_feature_report = fake_feature};

/* ---- sysfs ---- */

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

/* Puts node `number` at interface `interface` of the device at `port`. */
// lint: parameters, they are the columns of what sysfs shows
static void plug(int number, const char *port, int interface, const char *ids, const char *serial,
	const uint8_t *descriptor, size_t len)
{
	char path[256], text[256];

	run("mkdir -p %s/devices/usb1/%s/%s:1.%d/0003:X.%d %s/class/hidraw/hidraw%d", root, port,
		port, interface, number, root, number);
	run("ln -sfn %s/devices/usb1/%s/%s:1.%d/0003:X.%d %s/class/hidraw/hidraw%d/device", root,
		port, port, interface, number, root, number);
	snprintf(text, sizeof text,
		"DRIVER=hid-generic\nHID_ID=0003:0000%.4s:0000%.4s\nHID_NAME=Acme "
		"Scanner\nHID_PHYS=x\nHID_UNIQ=%s\nMODALIAS=hid:x\n",
		ids, ids + 5, serial);
	snprintf(path, sizeof path, "%s/class/hidraw/hidraw%d/device/uevent", root, number);
	write_file(path, text, strlen(text));
	snprintf(path, sizeof path, "%s/class/hidraw/hidraw%d/device/report_descriptor", root,
		number);
	write_file(path, descriptor, len);
	snprintf(path, sizeof path, "%s/hidraw%d", root, number);
	write_file(path, "", 0);
}

static void unplug(int number)
{
	run("rm -r %s/class/hidraw/hidraw%d %s/hidraw%d", root, number, root, number);
}

#define PLUG_SCANNER(number, port, serial)                                                         \
	plug(number, port, 0, "0c2e:0b81", serial, scanner, sizeof scanner)

static void setup(void)
{
	strcpy(root, "/tmp/test_hid.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	run("mkdir -p %s/class/hidraw", root);
	ph_hid_env = (struct ph_hid_env){.lib = &fake_lib, .sysfs = root, .nodes = root};
	memset(&device, 0, sizeof device);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, device.in), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, device.out), 0);
	memset(&link_, 0, sizeof link_);
	link_.fd = link_.lock_fd = -1;
}

static void teardown(void)
{
	ph_transport_hid.close(&link_);
	for (int i = 0; i < 2; i++) {
		close(device.in[i]);
		close(device.out[i]);
	}
	run("rm -r %s", root);
}

static bool is_scanner(const uint8_t *descriptor, size_t len)
{
	return len > 1 && descriptor[1] == 0x8c;
}

/* ---- which node ---- */

static const struct {
	const char *text;
	int result, interface;
} urls[] = {
	{"hid:0c2e:0b81", 0, -1},
	{"hid:0c2e:0b81?serial=A1&interface=1", 0, 1},
	{"hid:path=1-2.3?interface=0", 0, 0},
	{"hid:/dev/hidraw3", 0, -1},
	{"hid:/dev/hidraw3?interface=1", -EINVAL, 0},
	{"hid:0c2e:0b81?interface=256", -EINVAL, 0},
	{"hid:0c2e:0b81?baud=9600", -EINVAL, 0},
	{"hid:path=1-2?serial=x", -EINVAL, 0},
	{"hid:hidraw3", -EINVAL, 0},
	{"hid:", -EINVAL, 0},
};

START_TEST(what_is_asked_for)
{
	ck_assert_int_eq(ph_url_parse(urls[_i].text, &url), 0);
	ck_assert_msg(ph_hid_want_parse(&url, &want, why, sizeof why) == urls[_i].result, "%s: %s",
		urls[_i].text, why);
	if (urls[_i].result == 0)
		ck_assert_int_eq(want.interface, urls[_i].interface);
	else
		ck_assert_str_ne(why, "");
}
END_TEST

static int find(const char *text, const struct ph_usb_known *known, struct ph_hid_found *found)
{
	static const struct ph_usb_known nothing;

	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	ck_assert_int_eq(ph_hid_want_parse(&url, &want, why, sizeof why), 0);
	want.suits = is_scanner;
	return ph_hid_locate(root, &want, known ? known : &nothing, found, why, sizeof why);
}

START_TEST(finding)
{
	static struct ph_hid_found found;
	struct ph_usb_known known;

	ck_assert_int_eq(find("hid:0c2e:0b81", NULL, &found), -ENODEV);
	/* a keyboard interface of the same device is none of ours */
	plug(0, "1-2", 0, "0c2e:0b81", "AAA1", keyboard, sizeof keyboard);
	ck_assert_int_eq(find("hid:0c2e:0b81", NULL, &found), -ENODEV);
	plug(1, "1-2", 1, "0c2e:0b81", "AAA1", scanner, sizeof scanner);
	ck_assert_int_eq(find("hid:0c2e:0b81", NULL, &found), 0);
	ck_assert_str_eq(found.at.node, "hidraw1");
	ck_assert_str_eq(found.at.device.path, "1-2");
	ck_assert_str_eq(found.at.device.serial, "AAA1");
	ck_assert_str_eq(found.at.device.name, "Acme Scanner");
	ck_assert_int_eq(found.at.interface, 1);
	ck_assert_uint_eq(found.descriptor_len, sizeof scanner);
	ck_assert_int_eq(find("hid:0c2e:0b81?interface=0", NULL, &found), -ENODEV);
	ck_assert_int_eq(find("hid:0c2e:0b81?serial=AAA2", NULL, &found), -ENODEV);
	ph_usb_remember(&found.at.device, &known);
	/* twins are not guessed, the known one is found again: by its serial number, and by its port */
	PLUG_SCANNER(2, "1-3.1", "AAA2");
	ck_assert_int_eq(find("hid:0c2e:0b81", NULL, &found), -ENOTUNIQ);
	ck_assert_str_eq(why, "2 such devices; name one of them: path=1-2, path=1-3.1");
	ck_assert_int_eq(find("hid:0c2e:0b81", &known, &found), 0);
	ck_assert_str_eq(found.at.device.path, "1-2");
	ck_assert_int_eq(find("hid:path=1-3.1", NULL, &found), 0);
	ck_assert_str_eq(found.at.node, "hidraw2");
	unplug(1);
	PLUG_SCANNER(5, "1-9", "AAA1");
	ck_assert_int_eq(find("hid:0c2e:0b81", &known, &found), 0);
	ck_assert_str_eq(found.at.device.path, "1-9");
}
END_TEST

static void tell(uint16_t vendor, const uint8_t *descriptor, size_t len, char *text, size_t size)
{
	snprintf(text, size, "%04x has %zu bytes, %02x first", vendor, len, descriptor[0]);
}

START_TEST(what_is_there_instead)
{
	static struct ph_hid_found found;

	plug(1, "1-2", 0, "0c2e:0b61", "", keyboard, sizeof keyboard);
	ck_assert_int_eq(ph_url_parse("hid:path=1-2", &url), 0);
	ck_assert_int_eq(ph_hid_want_parse(&url, &want, why, sizeof why), 0);
	want.suits = is_scanner;
	ck_assert_int_eq(
		ph_hid_locate(ph_hid_env.sysfs, &want, NULL, &found, why, sizeof why), -ENODEV);
	want.why_not = tell;
	ck_assert_int_eq(ph_hid_locate(ph_hid_env.sysfs, &want, NULL, &found, why, sizeof why),
		-EMEDIUMTYPE);
	ck_assert_str_eq(why, "0c2e has 7 bytes, 05 first");
	unplug(1);
	ck_assert_int_eq(
		ph_hid_locate(ph_hid_env.sysfs, &want, NULL, &found, why, sizeof why), -ENODEV);
}
END_TEST

START_TEST(what_is_no_node)
{
	static struct ph_hid_found found;
	char text[160], path[128];

	snprintf(path, sizeof path, "%s/tty", root);
	write_file(path, "", 0);
	snprintf(text, sizeof text, "hid:%s", path);
	ck_assert_int_eq(find(text, NULL, &found), -EPROTO);
	snprintf(text, sizeof text, "hid:%s/none", root);
	ck_assert_int_eq(find(text, NULL, &found), -ENODEV);
}
END_TEST

START_TEST(reports_with_ids)
{
	static const uint8_t in_long_item[] = {0xfe, 2, 0x10, 0x85, 2, 0xc0};
	static const uint8_t cut[] = {0x05, 0x8c, 0xfe};
	static const uint8_t in_data[] = {0x27, 0x85, 0x85, 0x85, 0x85};

	ck_assert(ph_hid_has_ids(scanner, sizeof scanner));
	ck_assert(!ph_hid_has_ids(keyboard, sizeof keyboard));
	ck_assert(!ph_hid_has_ids(in_long_item, sizeof in_long_item));
	ck_assert(!ph_hid_has_ids(cut, sizeof cut));
	ck_assert(!ph_hid_has_ids(in_data, sizeof in_data));
}
END_TEST

/* ---- the link ---- */

static int open_link(const char *text)
{
	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	link_.ops = &ph_transport_hid;
	return ph_transport_hid.open(&link_, &url, NULL);
}

static ssize_t read_link(void *data, size_t size)
{
	struct pollfd wait = {.fd = link_.fd, .events = POLLIN};

	ck_assert_int_eq(poll(&wait, 1, 20000), 1);
	return ph_transport_hid.read(&link_, data, size);
}

static void expect(const void *packet, size_t len)
{
	struct pollfd wait = {.fd = device.out[1], .events = POLLIN};
	uint8_t got[64];

	ck_assert_int_eq(poll(&wait, 1, 20000), 1);
	ck_assert_int_eq(recv(device.out[1], got, sizeof got, 0), (ssize_t)len);
	ck_assert_mem_eq(got, packet, len);
}

START_TEST(both_ways)
{
	uint8_t data[64];
	size_t len;

	PLUG_SCANNER(4, "1-2", "AAA1");
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), 0);
	ck_assert(!link_.connecting);
	ck_assert_int_eq(device.opened, 2);
	ck_assert_str_eq(ph_transport_hid.info(&link_, "usb_serial"), "AAA1");
	ck_assert_str_eq(ph_transport_hid.info(&link_, "usb_id"), "0c2e:0b81");
	ck_assert_mem_eq(ph_transport_hid.descriptor(&link_, &len), scanner, sizeof scanner);
	ck_assert_int_eq(ph_transport_hid.read(&link_, data, sizeof data), -EAGAIN);
	/* two reports stay two */
	ck_assert_int_eq(send(device.in[0], "\x02one", 4, 0), 4);
	ck_assert_int_eq(send(device.in[0], "\x02three", 6, 0), 6);
	ck_assert_int_eq(read_link(data, sizeof data), 4);
	ck_assert_mem_eq(data, "\x02one", 4);
	ck_assert_int_eq(read_link(data, sizeof data), 6);
	ck_assert_mem_eq(data, "\x02three", 6);
	ck_assert_int_eq(ph_transport_hid.write(&link_, "\x04\x40", 2), 2);
	expect("o\x04\x40", 3);
	ck_assert_int_eq(ph_transport_hid.feature(&link_, "\xfe\x01", 2), 0);
	expect("f\xfe\x01", 3);
	ck_assert_int_eq(ph_transport_hid.write(&link_, data, PH_HID_REPORT_MAX + 1), -EMSGSIZE);
	ck_assert_int_eq(ph_transport_hid.write(&link_, data, 0), -EMSGSIZE);
}
END_TEST

START_TEST(without_ids_there_is_one_of_zero)
{
	uint8_t data[64];

	plug(0, "1-2", 0, "0801:0002", "", keyboard, sizeof keyboard);
	ck_assert_int_eq(open_link("hid:0801:0002"), 0);
	ck_assert_int_eq(send(device.in[0], "abc", 3, 0), 3);
	ck_assert_int_eq(read_link(data, sizeof data), 4);
	ck_assert_mem_eq(data, "\0abc", 4);
}
END_TEST

START_TEST(the_device_goes)
{
	uint8_t data[64];

	PLUG_SCANNER(4, "1-2", "AAA1");
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), 0);
	shutdown(device.in[1], SHUT_RDWR);
	ck_assert_int_eq(read_link(data, sizeof data), -ENODEV);
}
END_TEST

START_TEST(a_report_that_is_not_taken)
{
	uint8_t data[64];

	PLUG_SCANNER(4, "1-2", "AAA1");
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), 0);
	device.write_result = -1;
	ck_assert_int_eq(ph_transport_hid.write(&link_, "\x04\x40", 2), 2);
	ck_assert_int_eq(read_link(data, sizeof data), -EIO);
	ck_assert_str_ne(link_.why, "");
}
END_TEST

START_TEST(closing_ends_the_threads)
{
	PLUG_SCANNER(4, "1-2", "AAA1");
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), 0);
	ph_transport_hid.close(&link_);
	/* the reader may have missed its signal; then its next report ends it */
	send(device.in[0], "\x02x", 2, MSG_NOSIGNAL);
	while (__atomic_load_n(&device.closed, __ATOMIC_SEQ_CST) < 2)
		sched_yield();
	ck_assert_int_eq(device.opened, 2);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), -ENODEV);
	PLUG_SCANNER(4, "1-2", "AAA1");
	device.refuse = 1;
	ck_assert_int_eq(open_link("hid:0c2e:0b81"), -EIO);
	ck_assert_int_eq(link_.fd, -1);
	ck_assert_str_ne(link_.why, "");
}
END_TEST

/* ---- emulated devices ---- */

static int emulate(char path[108])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(path, 108, "%s/scanner.hid", root);
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(an_emulated_device)
{
	char path[108], text[160], packet[1 + sizeof scanner] = "D";
	uint8_t data[64];
	size_t len;
	int listener = emulate(path);

	link_.suits = is_scanner;
	snprintf(text, sizeof text, "hid:%s", path);
	ck_assert_int_eq(open_link(text), 0);
	ck_assert(link_.connecting && link_.await_input);
	ck_assert_int_eq(ph_transport_hid.connected(&link_), -EINPROGRESS);
	int peer = accept(listener, NULL, NULL);
	memcpy(packet + 1, scanner, sizeof scanner);
	ck_assert_int_eq(send(peer, packet, sizeof packet, 0), sizeof packet);
	ck_assert_int_eq(ph_transport_hid.connected(&link_), 0);
	ck_assert_mem_eq(ph_transport_hid.descriptor(&link_, &len), scanner, sizeof scanner);
	ck_assert_int_eq(send(peer, "I\x02one", 5, 0), 5);
	ck_assert_int_eq(read_link(data, sizeof data), 4);
	ck_assert_mem_eq(data, "\x02one", 4);
	ck_assert_int_eq(ph_transport_hid.write(&link_, "\x04\x40", 2), 2);
	ck_assert_int_eq(recv(peer, data, sizeof data, 0), 3);
	ck_assert_mem_eq(data, "O\x04\x40", 3);
	/* what is no input report is not heard */
	ck_assert_int_eq(send(peer, "X\x02", 2, 0), 2);
	ck_assert_int_eq(read_link(data, sizeof data), -EAGAIN);
	close(peer);
	ck_assert_int_eq(read_link(data, sizeof data), -ENODEV);
	close(listener);
	ph_transport_hid.close(&link_);
	ck_assert_int_eq(open_link(text), -ENODEV);
}
END_TEST

START_TEST(an_emulated_device_of_another_kind)
{
	char path[108], text[160], packet[1 + sizeof keyboard] = "D";
	int listener = emulate(path);

	link_.suits = is_scanner;
	snprintf(text, sizeof text, "hid:%s", path);
	ck_assert_int_eq(open_link(text), 0);
	int peer = accept(listener, NULL, NULL);
	memcpy(packet + 1, keyboard, sizeof keyboard);
	ck_assert_int_eq(send(peer, packet, sizeof packet, 0), sizeof packet);
	link_.why_not = tell;
	ck_assert_int_eq(ph_transport_hid.connected(&link_), -EMEDIUMTYPE);
	ck_assert_str_eq(link_.why, "0000 has 7 bytes, 05 first");
	close(peer);
	close(listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hid");
	TCase *tc = tcase_create("hid");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_asked_for, 0, PH_ARRAY_SIZE(urls));
	tcase_add_test(tc, finding);
	tcase_add_test(tc, what_is_there_instead);
	tcase_add_test(tc, what_is_no_node);
	tcase_add_test(tc, reports_with_ids);
	tcase_add_test(tc, both_ways);
	tcase_add_test(tc, without_ids_there_is_one_of_zero);
	tcase_add_test(tc, the_device_goes);
	tcase_add_test(tc, a_report_that_is_not_taken);
	tcase_add_test(tc, closing_ends_the_threads);
	tcase_add_test(tc, what_cannot_be_opened);
	tcase_add_test(tc, an_emulated_device);
	tcase_add_test(tc, an_emulated_device_of_another_kind);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
