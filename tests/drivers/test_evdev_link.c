// Event nodes without a kernel that has them: which one is meant, lost events, the grab, and emulated keyboards.
#include "base/cleanup.h"
#include "drivers/transport/evdev_internal.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* of a USB keyboard and of its consumer keys, as Linux shows them on a machine of 64 bits */
#define KEYBOARD "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
#define CONSUMER                                                                                   \
	"3f000300000000 0 0 483ffff17aff32d bfd4444600000000 1 130c730b17c000 267bfad9415fed "     \
	"9e168000004400 10000002"

static struct ph_url url;
static struct ph_evdev_want want;
static char why[PH_TRANSPORT_WHY_SIZE];
static struct ph_transport link_;
static char root[64];

/* ---- a library that plays a script ---- */

struct libevdev {
	int fd;
};

static struct {
	struct libevdev handle;
	int grab_result, grabs, freed;
	struct {
		int status;
		struct input_event event;
	} script[16];
	int script_len, at;
	unsigned flags[16]; /* each step was asked for with */
} device;

static int fake_new(int fd, struct libevdev **ret)
{
	device.handle.fd = fd;
	*ret = &device.handle;
	return 0;
}

static void fake_free(struct libevdev *handle)
{
	device.freed++;
}

static int fake_grab(struct libevdev *handle, enum libevdev_grab_mode mode)
{
	ck_assert_int_eq(mode, LIBEVDEV_GRAB);
	device.grabs++;
	return device.grab_result;
}

static int fake_next(struct libevdev *handle, unsigned flags, struct input_event *event)
{
	if (device.at == device.script_len)
		return -EAGAIN;
	device.flags[device.at] = flags;
	*event = device.script[device.at].event;
	return device.script[device.at++].status;
}

static int fake_pending(struct libevdev *handle)
{
	return device.at < device.script_len;
}

static const struct ph_evdev_lib fake_lib = {.new_from_fd = fake_new,
	.free = fake_free,
	.grab = fake_grab,
	.next_event = fake_next,
	.has_event_pending = fake_pending};

static void play(int status, uint16_t type, uint16_t code, int value)
{
	device.script[device.script_len].status = status;
	device.script[device.script_len++].event =
		(struct input_event){.type = type, .code = code, .value = value};
}

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

static void plug(int number, const char *port, int interface, const char *serial, const char *keys)
{
	char base[256];

	snprintf(base, sizeof base, "%s/devices/usb1/%s/%s:1.%d/input%d", root, port, port,
		interface, number);
	run("mkdir -p %s/id %s/capabilities %s/class/input/event%d", base, base, root, number);
	run("ln -sfn %s %s/class/input/event%d/device", base, root, number);
	run("echo 05e0 > %s/id/vendor; echo 1200 > %s/id/product; echo Acme Scanner > %s/name",
		base, base, base);
	run("echo %s > %s/uniq; echo %s > %s/capabilities/key; touch %s/event%d", serial, base,
		keys, base, root, number);
}

static void setup(void)
{
	strcpy(root, "/tmp/test_evdev.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	run("mkdir -p %s/class/input", root);
	ph_evdev_env = (struct ph_evdev_env){.lib = &fake_lib, .sysfs = root, .nodes = root};
	memset(&device, 0, sizeof device);
	memset(&link_, 0, sizeof link_);
	link_.fd = link_.lock_fd = -1;
	link_.ops = &ph_transport_evdev;
}

static void teardown(void)
{
	ph_transport_evdev.close(&link_);
	run("rm -r %s", root);
}

/* ---- which node ---- */

static const struct {
	const char *text;
	int result, interface;
	bool shared;
} urls[] = {
	{"evdev:05e0:1200", 0, -1, false},
	{"evdev:05e0:1200?serial=A1&interface=1&grab=no", 0, 1, true},
	{"evdev:path=1-2.3?interface=0", 0, 0, false},
	{"evdev:/dev/input/event3", 0, -1, false},
	{"evdev:/dev/input/by-path/x?grab=no", 0, -1, true},
	{"evdev:/dev/input/event3?interface=1", -EINVAL, 0, false},
	{"evdev:05e0:1200?grab=maybe", -EINVAL, 0, false},
	{"evdev:05e0:1200?interface=x", -EINVAL, 0, false},
	{"evdev:event3", -EINVAL, 0, false},
};

START_TEST(what_is_asked_for)
{
	ck_assert_int_eq(ph_url_parse(urls[_i].text, &url), 0);
	ck_assert_msg(ph_evdev_want_parse(&url, &want, why, sizeof why) == urls[_i].result,
		"%s: %s", urls[_i].text, why);
	ck_assert_int_eq(ph_transport_evdev.check(&url, why, sizeof why), urls[_i].result);
	if (urls[_i].result < 0)
		return;
	ck_assert_int_eq(want.interface, urls[_i].interface);
	ck_assert_int_eq(want.shared, urls[_i].shared);
}
END_TEST

START_TEST(what_is_a_keyboard)
{
	ck_assert(ph_evdev_is_keyboard(KEYBOARD));
	ck_assert(!ph_evdev_is_keyboard(CONSUMER));
	ck_assert(!ph_evdev_is_keyboard(""));
	ck_assert(!ph_evdev_is_keyboard("what is this"));
	ck_assert(!ph_evdev_is_keyboard("10000000 ffc")); /* Enter would be in the first word */
	ck_assert(ph_evdev_is_keyboard("10000ffc"));
}
END_TEST

static int find(const char *text, const struct ph_usb_known *known, struct ph_node_found *found)
{
	static const struct ph_usb_known nothing;

	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	ck_assert_int_eq(ph_evdev_want_parse(&url, &want, why, sizeof why), 0);
	return ph_evdev_find(root, &want, known ? known : &nothing, found, why, sizeof why);
}

START_TEST(finding)
{
	struct ph_node_found found;
	struct ph_usb_known known;

	ck_assert_int_eq(find("evdev:05e0:1200", NULL, &found), -ENODEV);
	plug(1, "1-2", 1, "AAA1", CONSUMER);
	ck_assert_int_eq(find("evdev:05e0:1200", NULL, &found), -ENODEV);
	plug(0, "1-2", 0, "AAA1", KEYBOARD);
	ck_assert_int_eq(find("evdev:05e0:1200", NULL, &found), 0);
	ck_assert_str_eq(found.node, "event0");
	ck_assert_str_eq(found.device.path, "1-2");
	ck_assert_str_eq(found.device.serial, "AAA1");
	ck_assert_str_eq(found.device.name, "Acme Scanner");
	ck_assert_int_eq(found.interface, 0);
	ph_usb_remember(&found.device, &known);
	/* its twin */
	plug(5, "1-3", 0, "AAA2", KEYBOARD);
	ck_assert_int_eq(find("evdev:05e0:1200", NULL, &found), -ENOTUNIQ);
	ck_assert_int_eq(find("evdev:05e0:1200", &known, &found), 0);
	ck_assert_str_eq(found.node, "event0");
	ck_assert_int_eq(find("evdev:path=1-3", NULL, &found), 0);
	ck_assert_str_eq(found.node, "event5");
	ck_assert_int_eq(find("evdev:05e0:1200?serial=AAA2", NULL, &found), 0);
	ck_assert_int_eq(find("evdev:05e0:1201", NULL, &found), -ENODEV);
}
END_TEST

/* ---- the link ---- */

static int open_link(const char *text)
{
	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	return ph_transport_evdev.open(&link_, &url, NULL);
}

START_TEST(lost_events_are_told_with_what_has_changed)
{
	struct input_event got[8];

	plug(0, "1-2", 0, "AAA1", KEYBOARD);
	ck_assert_int_eq(open_link("evdev:05e0:1200"), 0);
	ck_assert_int_eq(device.grabs, 1);
	play(LIBEVDEV_READ_STATUS_SUCCESS, EV_KEY, KEY_LEFTSHIFT, 1);
	play(LIBEVDEV_READ_STATUS_SYNC, EV_SYN, SYN_DROPPED, 0);
	play(LIBEVDEV_READ_STATUS_SYNC, EV_KEY, KEY_LEFTSHIFT, 0);
	play(-EAGAIN, 0, 0, 0); /* the difference is through */
	play(LIBEVDEV_READ_STATUS_SUCCESS, EV_KEY, KEY_1, 1);
	ck_assert(ph_transport_evdev.more(&link_));
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), 4 * sizeof *got);
	ck_assert_int_eq(got[1].code, SYN_DROPPED);
	ck_assert_int_eq(got[2].code, KEY_LEFTSHIFT);
	ck_assert_int_eq(got[2].value, 0);
	ck_assert_int_eq(got[3].code, KEY_1);
	ck_assert_uint_eq(device.flags[1], LIBEVDEV_READ_FLAG_NORMAL);
	ck_assert_uint_eq(device.flags[2], LIBEVDEV_READ_FLAG_SYNC);
	ck_assert_uint_eq(device.flags[4], LIBEVDEV_READ_FLAG_NORMAL);
	ck_assert(!ph_transport_evdev.more(&link_));
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), -EAGAIN);
	/* what does not fit is taken next time */
	play(LIBEVDEV_READ_STATUS_SUCCESS, EV_KEY, KEY_2, 1);
	play(LIBEVDEV_READ_STATUS_SUCCESS, EV_KEY, KEY_2, 0);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof *got + 3), sizeof *got);
	ck_assert(ph_transport_evdev.more(&link_));
	play(-ENODEV, 0, 0, 0);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), sizeof *got);
	play(-ENODEV, 0, 0, 0);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), -ENODEV);
}
END_TEST

START_TEST(the_grab_is_taken_or_the_reason_told)
{
	plug(0, "1-2", 0, "AAA1", KEYBOARD);
	device.grab_result = -EBUSY;
	ck_assert_int_eq(open_link("evdev:05e0:1200"), -EBUSY);
	ck_assert_ptr_nonnull(strstr(link_.why, "grab=no"));
	ck_assert_int_eq(link_.fd, -1);
	ck_assert_int_eq(device.freed, 1);
	ck_assert_int_eq(open_link("evdev:05e0:1200?grab=no"), 0);
	ck_assert_int_eq(device.grabs, 1);
	ck_assert_int_eq(ph_transport_evdev.write(&link_, "x", 1), -EMSGSIZE);
}
END_TEST

START_TEST(an_emulated_keyboard)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct input_event sent[2] = {
		{.type = EV_KEY, .code = KEY_1, .value = 1}, {.type = EV_SYN, .code = SYN_REPORT}};
	struct input_event got[8];
	char text[160];
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s/keys.evdev", root);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	snprintf(text, sizeof text, "evdev:%s", address.sun_path);
	ck_assert_int_eq(open_link(text), 0);
	int peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), -EAGAIN);
	ck_assert_int_eq(send(peer, sent, sizeof sent, 0), sizeof sent);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), sizeof sent);
	ck_assert_mem_eq(got, sent, sizeof sent);
	ck_assert(!ph_transport_evdev.more(&link_));
	ck_assert_int_eq(send(peer, sent, 5, 0), 5);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), -EPROTO);
	close(peer);
	ck_assert_int_eq(ph_transport_evdev.read(&link_, got, sizeof got), -ENODEV);
	close(listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evdev");
	TCase *tc = tcase_create("evdev");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_asked_for, 0, PH_ARRAY_SIZE(urls));
	tcase_add_test(tc, what_is_a_keyboard);
	tcase_add_test(tc, finding);
	tcase_add_test(tc, lost_events_are_told_with_what_has_changed);
	tcase_add_test(tc, the_grab_is_taken_or_the_reason_told);
	tcase_add_test(tc, an_emulated_keyboard);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
