// Devices put into a kernel's vhci-hcd: which port, and what happens while the kernel holds it. A folder of this test is the
// kernel: `status` is a file, and `attach` a FIFO whose writer is interrupted to give up its end of the connection.
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulators/plugs/plug.h"

#define DEADLINE_US 60000000u

static sd_event *event;
static struct ph_emu_plug *plug;
static char dir[] = "/tmp/poshal-vhci-XXXXXX";
static int fifo = -1;
static bool is_connected;

static struct kernel {
	volatile sig_atomic_t attached; /* times */
	char text[64];			/* what was written to `attach` last */
	int fd;				/* the connection it named; -1 */
} kernel;

static unsigned number_at(const char *at)
{
	unsigned n = 0;

	while (*at >= '0' && *at <= '9')
		n = n * 10 + (unsigned)(*at++ - '0');
	return n;
}

// The kernel takes the connection within the write; so does this, before the writer goes on.
static void on_attach(int signo)
{
	char text[sizeof kernel.text];
	ssize_t n = read(fifo, text, sizeof text - 1);

	if (n <= 0)
		return;
	text[n] = 0;
	memcpy(kernel.text, text, sizeof text);
	kernel.fd = dup((int)number_at(strchr(text, ' ') + 1));
	kernel.attached++;
}

// 4 is free, 6 in use
static void ports(unsigned first, unsigned second)
{
	char path[128];

	snprintf(path, sizeof path, "%s/status", dir);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"hub port sta spd dev      sockfd local_busid\n"
		"hs  0000 %03u 000 00000000 000000 0-0\n"
		"hs  0001 %03u 000 00000000 000000 0-0\n"
		"ss  0015 004 000 00000000 000000 0-0\n",
		first, second);
	fclose(f);
}

static size_t room(void *userdata)
{
	return 4096;
}

static size_t input(void *userdata, const uint8_t *data, size_t len)
{
	return len;
}

static size_t output(void *userdata, uint8_t *out, size_t size)
{
	return 0;
}

static bool busy(void *userdata)
{
	return false;
}

static void connected(void *userdata, bool on)
{
	is_connected = on;
}

static const struct ph_emu_plug_ops ops = {
	.room = room, .input = input, .output = output, .busy = busy, .connected = connected};

static int new_plug(void)
{
	struct ph_emu_plug_config c = {.kind = PH_EMU_PLUG_USBIP,
		.vhci = dir,
		.usb = {.kind = PH_EMU_USB_CDC, .vendor = 0x05e0, .product = 0x1701}};

	return ph_emu_plug_new(event, &c, &ops, NULL, &plug);
}

static void setup(void)
{
	char path[128];
	struct sigaction action = {.sa_handler = on_attach, .sa_flags = SA_RESTART};

	memset(&kernel, 0, sizeof kernel);
	strcpy(dir, "/tmp/poshal-vhci-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/attach", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fifo = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fifo, 0);
	kernel.fd = -1;
	ck_assert_int_eq(sigaction(SIGIO, &action, NULL), 0);
	ck_assert_int_eq(fcntl(fifo, F_SETOWN, getpid()), 0);
	ck_assert_int_eq(fcntl(fifo, F_SETFL, O_ASYNC | O_NONBLOCK), 0);
	ck_assert_int_ge(sd_event_new(&event), 0);
	ports(4, 4);
}

static void teardown(void)
{
	char path[128];

	ph_emu_plug_free(plug);
	plug = NULL;
	event = sd_event_unref(event);
	close(fifo);
	if (kernel.fd >= 0)
		close(kernel.fd);
	snprintf(path, sizeof path, "%s/attach", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/status", dir);
	unlink(path);
	rmdir(dir);
}

// The device is in the kernel for the n-th time, in this port.
static void expect_attached(int times, unsigned port)
{
	const char *rest;

	while (kernel.attached < times)
		ck_assert_int_gt(sd_event_run(event, DEADLINE_US), 0);
	ck_assert_int_eq(kernel.attached, times);
	ck_assert_uint_eq(number_at(kernel.text), port);
	rest = strchr(strchr(kernel.text, ' ') + 1, ' ');
	ck_assert_str_eq(rest, " 65538 3"); /* bus 1 device 2, high speed */
	ck_assert(is_connected && ph_emu_plug_is_connected(plug) && ph_emu_plug_is_in(plug));
}

// The cable is gone, and the kernel holds the port for now.
static void expect_pulled(void)
{
	char byte;

	ck_assert_int_eq(read(kernel.fd, &byte, 1), 0);
	close(kernel.fd);
	kernel.fd = -1;
	ck_assert(!is_connected && !ph_emu_plug_is_connected(plug));
}

static void turn(unsigned times)
{
	while (times--)
		sd_event_run(event, 30000);
}

START_TEST(test_first_free_port)
{
	ports(6, 4);
	ck_assert_int_eq(new_plug(), 0);
	expect_attached(1, 1);
	ck_assert_int_eq(ph_emu_plug_in(plug), 0); /* it is in */
	ck_assert_int_eq(kernel.attached, 1);
}
END_TEST

START_TEST(test_no_port)
{
	char path[128];

	ports(6, 6);
	ck_assert_int_eq(new_plug(), -EBUSY);
	snprintf(path, sizeof path, "%s/status", dir);
	unlink(path);
	ck_assert_int_eq(new_plug(), -ENOENT);
	ck_assert_int_eq(kernel.attached, 0);
}
END_TEST

START_TEST(test_plugged_in_while_the_port_is_held)
{
	ck_assert_int_eq(new_plug(), 0);
	expect_attached(1, 0);
	ports(6, 4);
	ph_emu_plug_out(plug);
	ck_assert(!ph_emu_plug_is_in(plug));
	expect_pulled();
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	turn(3);
	ck_assert(ph_emu_plug_is_in(plug) && !ph_emu_plug_is_connected(plug));
	ck_assert_int_eq(kernel.attached, 1); /* not into another one */
	ports(4, 4);
	expect_attached(2, 0);
}
END_TEST

START_TEST(test_disconnected_while_the_port_is_held)
{
	ck_assert_int_eq(new_plug(), 0);
	expect_attached(1, 0);
	ports(6, 4);
	ck_assert_int_eq(ph_emu_plug_reset(plug), 0);
	expect_pulled();
	turn(3);
	ck_assert(ph_emu_plug_is_in(plug) && !ph_emu_plug_is_connected(plug));
	ports(4, 4);
	ck_assert_int_eq(ph_emu_plug_in(plug), 0); /* at once, and only once */
	expect_attached(2, 0);
	turn(3);
	ck_assert_int_eq(kernel.attached, 2);
}
END_TEST

START_TEST(test_pulled_while_it_waits)
{
	ck_assert_int_eq(new_plug(), 0);
	ports(6, 4);
	ck_assert_int_eq(ph_emu_plug_reset(plug), 0);
	expect_pulled();
	ph_emu_plug_out(plug);
	ck_assert(!ph_emu_plug_is_in(plug));
	ports(4, 4);
	turn(3);
	ck_assert_int_eq(ph_emu_plug_reset(plug), 0); /* no connection to break */
	ck_assert_int_eq(kernel.attached, 1);
	ck_assert(!ph_emu_plug_is_in(plug));
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	expect_attached(2, 0);
}
END_TEST

START_TEST(test_module_gone_while_it_waits)
{
	char path[128];

	ck_assert_int_eq(new_plug(), 0);
	ports(6, 4);
	ck_assert_int_eq(ph_emu_plug_reset(plug), 0);
	expect_pulled();
	snprintf(path, sizeof path, "%s/status", dir);
	unlink(path);
	while (ph_emu_plug_is_in(plug))
		ck_assert_int_gt(sd_event_run(event, DEADLINE_US), 0);
	ck_assert_int_eq(ph_emu_plug_in(plug), -ENOENT);
	ports(4, 4);
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	expect_attached(2, 0);
}
END_TEST

START_TEST(test_detached_by_the_kernel)
{
	ck_assert_int_eq(new_plug(), 0);
	expect_attached(1, 0);
	close(kernel.fd);
	kernel.fd = -1;
	while (is_connected)
		ck_assert_int_gt(sd_event_run(event, DEADLINE_US), 0);
	ck_assert(!ph_emu_plug_is_connected(plug));
	ck_assert_int_eq(ph_emu_plug_in(plug), 0);
	expect_attached(2, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vhci");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_first_free_port);
	tcase_add_test(tc, test_no_port);
	tcase_add_test(tc, test_plugged_in_while_the_port_is_held);
	tcase_add_test(tc, test_disconnected_while_the_port_is_held);
	tcase_add_test(tc, test_pulled_while_it_waits);
	tcase_add_test(tc, test_module_gone_while_it_waits);
	tcase_add_test(tc, test_detached_by_the_kernel);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
