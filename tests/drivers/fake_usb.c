// The fake behind fake_usb.h.
#include "fake_usb.h"

#include "base/clock.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fake_usb fake;

static const struct libusb_endpoint_descriptor endpoints[] = {
	{.bEndpointAddress = 0x01, .bmAttributes = 2, .wMaxPacketSize = 512},
	{.bEndpointAddress = 0x82, .bmAttributes = 2, .wMaxPacketSize = 512},
};
static const struct libusb_interface_descriptor settings[] = {
	{.bInterfaceClass = 7,
		.bInterfaceSubClass = 1,
		.bInterfaceProtocol = 1,
		.bNumEndpoints = 1,
		.endpoint = endpoints},
	{.bAlternateSetting = 1,
		.bInterfaceClass = 7,
		.bInterfaceSubClass = 1,
		.bInterfaceProtocol = 2,
		.bNumEndpoints = 2,
		.endpoint = endpoints},
};
static const struct libusb_interface interface = {.altsetting = settings, .num_altsetting = 2};
static struct libusb_config_descriptor config = {.bNumInterfaces = 1, .interface = &interface};

static void wake(void)
{
	ck_assert_int_eq(write(fake.wake[1], "x", 1), 1);
}

static int fake_init(libusb_context **context)
{
	*context = (libusb_context *)&fake;
	return 0;
}

static void fake_exit(libusb_context *context)
{
	fake.exited++;
}

static int fake_set_option(libusb_context *context, enum libusb_option option, ...)
{
	fake.no_discovery |= option == LIBUSB_OPTION_NO_DEVICE_DISCOVERY;
	return 0;
}

static int fake_wrap(libusb_context *context, intptr_t fd, libusb_device_handle **handle)
{
	*handle = (libusb_device_handle *)&fake;
	return 0;
}

static void fake_close(libusb_device_handle *handle)
{
	ck_assert(!fake.in && !fake.out && !fake.control);
	fake.closed++;
}

static libusb_device *fake_device(libusb_device_handle *handle)
{
	return (libusb_device *)handle;
}

static int fake_config(libusb_device *device, struct libusb_config_descriptor **ret_config)
{
	*ret_config = &config;
	return 0;
}

static void fake_free_config(struct libusb_config_descriptor *unused)
{
}

static int fake_detach(libusb_device_handle *handle, int enable)
{
	fake.detached = enable;
	return 0;
}

static int fake_claim(libusb_device_handle *handle, int number)
{
	return fake.claim_result;
}

static int fake_release(libusb_device_handle *handle, int number)
{
	fake.released++;
	return 0;
}

static int fake_alternate(libusb_device_handle *handle, int number, int alternate)
{
	fake.alternate = alternate;
	return 0;
}

static int fake_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	fake.halts_cleared++;
	return 0;
}

static struct libusb_transfer *fake_alloc(int packets)
{
	return calloc(1, sizeof(struct libusb_transfer));
}

static void fake_free(struct libusb_transfer *transfer)
{
	fake.freed += transfer != NULL;
	free(transfer);
}

static struct libusb_transfer **place(const struct libusb_transfer *transfer)
{
	if (transfer->type == LIBUSB_TRANSFER_TYPE_CONTROL)
		return &fake.control;
	return transfer->endpoint & 0x80 ? &fake.in : &fake.out;
}

static int fake_submit(struct libusb_transfer *transfer)
{
	ck_assert_ptr_null(*place(transfer));
	*place(transfer) = transfer;
	transfer->actual_length = 0;
	fake.submitted++;
	return 0;
}

static int fake_cancel(struct libusb_transfer *transfer)
{
	fake_complete(place(transfer), LIBUSB_TRANSFER_CANCELLED, NULL, 0);
	if (fake.cancel_takes_ms)
		ph_clock_fake(ph_clock_mono_us() + fake.cancel_takes_ms * 1000ull, 1);
	return 0;
}

static int fake_handle(libusb_context *context, struct timeval *timeout, int *completed)
{
	struct libusb_transfer *done[8];
	int count = fake.done_count;
	char drain[16];

	memcpy(done, fake.done, sizeof done);
	fake.done_count = 0;
	while (read(fake.wake[0], drain, sizeof drain) > 0)
		;
	for (int i = 0; i < count; i++)
		done[i]->callback(done[i]);
	return 0;
}

static const struct libusb_pollfd **fake_pollfds(libusb_context *context)
{
	static struct libusb_pollfd one;
	static const struct libusb_pollfd *list[] = {&one, NULL};

	one = (struct libusb_pollfd){fake.wake[0], 1};
	return list;
}

static void fake_free_pollfds(const struct libusb_pollfd **list)
{
}

static void fake_notifiers(libusb_context *context, libusb_pollfd_added_cb added,
	libusb_pollfd_removed_cb removed, void *userdata)
{
}

static int fake_timeouts(libusb_context *context)
{
	return 1;
}

static const struct ph_usb_lib library = {
	.init = fake_init,
	.exit = fake_exit,
	.set_option = fake_set_option,
	.wrap_sys_device = fake_wrap,
	.close = fake_close,
	.get_device = fake_device,
	.get_active_config_descriptor = fake_config,
	.free_config_descriptor = fake_free_config,
	.set_auto_detach_kernel_driver = fake_detach,
	.claim_interface = fake_claim,
	.release_interface = fake_release,
	.set_interface_alt_setting = fake_alternate,
	.clear_halt = fake_clear_halt,
	.alloc_transfer = fake_alloc,
	.free_transfer = fake_free,
	.submit_transfer = fake_submit,
	.cancel_transfer = fake_cancel,
	.handle_events_timeout_completed = fake_handle,
	.get_pollfds = fake_pollfds,
	.free_pollfds = fake_free_pollfds,
	.set_pollfd_notifiers = fake_notifiers,
	.pollfds_handle_timeouts = fake_timeouts,
};

void fake_complete(struct libusb_transfer **transfer, enum libusb_transfer_status status,
	const void *data, int len)
{
	struct libusb_transfer *t = *transfer;
	int offset = 0;

	ck_assert_ptr_nonnull(t);
	if (t->type == LIBUSB_TRANSFER_TYPE_CONTROL)
		offset = LIBUSB_CONTROL_SETUP_SIZE;
	ck_assert_int_le(len, t->length - offset);
	if (data && (offset || t->endpoint & 0x80))
		memcpy(t->buffer + offset, data, (size_t)len);
	t->status = status;
	t->actual_length = len;
	*transfer = NULL;
	fake.done[fake.done_count++] = t;
	wake();
}

/* ---- sysfs ---- */

static void make_folder(const char *format, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, format, fake.root, name);
	ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static void put(const char *device, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/bus/usb/devices/%s/%s", fake.root, device, name);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void run(const char *command, const char *argument)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execlp(command, command, "-rf", argument, NULL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
}

void fake_plug(
	const char *path, unsigned number, const char *ids, const char *serial, const char *driver)
{
	char text[256], target[64];

	make_folder("%s/bus/usb/devices/%s", path);
	snprintf(text, sizeof text, "%.4s", ids);
	put(path, "idVendor", text);
	put(path, "idProduct", ids + 5);
	put(path, "busnum", "1");
	snprintf(text, sizeof text, "%u", number);
	put(path, "devnum", text);
	put(path, "product", "TM-T88V");
	if (serial)
		put(path, "serial", serial);
	snprintf(text, sizeof text, "%s:1.0", path);
	make_folder("%s/bus/usb/devices/%s", text);
	snprintf(text, sizeof text, "%s/bus/usb/devices/%s:1.0/driver", fake.root, path);
	snprintf(target, sizeof target, "../../../../bus/usb/drivers/%s", driver ? driver : "");
	if (driver)
		ck_assert_int_eq(symlink(target, text), 0);
	snprintf(text, sizeof text, "%s/001/%03u", fake.root, number);
	int fd = open(text, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

void fake_unplug(const char *path)
{
	char text[256];

	snprintf(text, sizeof text, "%s/bus/usb/devices/%s", fake.root, path);
	run("rm", text);
}

void fake_setup(void)
{
	fake = (struct fake_usb){.root = "/tmp/poshal-test-usb-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(fake.root));
	make_folder("%s/%s", "bus");
	make_folder("%s/%s", "bus/usb");
	make_folder("%s/%s", "bus/usb/devices");
	make_folder("%s/%s", "001");
	ck_assert_int_eq(pipe2(fake.wake, O_NONBLOCK | O_CLOEXEC), 0);
	ph_usb_env = (struct ph_usb_env){&library, fake.root, fake.root};
}

void fake_teardown(void)
{
	ph_clock_fake(0, 0);
	close(fake.wake[0]);
	close(fake.wake[1]);
	run("rm", fake.root);
}
