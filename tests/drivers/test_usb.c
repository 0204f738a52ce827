// USB printers without USB: which device is meant, which interface, and what becomes of every kind of transfer.
#include "base/cleanup.h"
#include "fake_usb.h"
#include "poshal/driver.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

static struct ph_url url;
static struct ph_usb_want want;
static char why[PH_TRANSPORT_WHY_SIZE];
static struct ph_transport link_;

static const struct ph_transport_ops *const usb = &ph_transport_usb;

/* ---- which device ---- */

static const struct {
	const char *text, *path, *serial;
	int vendor, product, result;
} urls[] = {
	{"usb:04b8:0e15", "", NULL, 0x04b8, 0x0e15, 0},
	{"usb:04B8:0E15?serial=A%20b", "", "A b", 0x04b8, 0x0e15, 0},
	{"usb:path=1-2.3", "1-2.3", NULL, 0, 0, 0},
	{"usb:path=12-1", "12-1", NULL, 0, 0, 0},
	{"usb:path=1-2?serial=x", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8:0e15?serial=", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8:0e15?baud=9600", NULL, NULL, 0, 0, -EINVAL},
	{"usb:4b8:e15", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8:0e1g", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8-0e15", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8:0e150", NULL, NULL, 0, 0, -EINVAL},
	{"usb:", NULL, NULL, 0, 0, -EINVAL},
	{"usb://04b8:15", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1-", NULL, NULL, 0, 0, -EINVAL},
	{"usb:04b8:0e15?port=1-2.3", "1-2.3", NULL, 0x04b8, 0x0e15, 0},
	{"usb:04b8:0e15?port=1-2.3&serial=X", "1-2.3", "X", 0x04b8, 0x0e15, 0},
	{"usb:04b8:0e15?port=3", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1-2?port=1-2", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1-2.", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1-2:1.0", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=../1-2", NULL, NULL, 0, 0, -EINVAL},
	{"usb:path=1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1", NULL, NULL, 0, 0, -EINVAL},
};

START_TEST(what_is_asked_for)
{
	ck_assert_int_eq(ph_url_parse(urls[_i].text, &url), 0);
	ck_assert_msg(ph_usb_want_parse(&url, NULL, &want, why, sizeof why) == urls[_i].result,
		"%s: %s", urls[_i].text, why);
	ck_assert_int_eq(usb->check(&url, why, sizeof why), urls[_i].result);
	if (urls[_i].result < 0)
		return;
	ck_assert_str_eq(want.path, urls[_i].path);
	ck_assert_int_eq(want.vendor, urls[_i].vendor);
	ck_assert_int_eq(want.product, urls[_i].product);
	ck_assert_pstr_eq(want.serial, urls[_i].serial);
}
END_TEST

static const struct {
	const char *serial;
	bool credible;
} serials[] = {{"", false}, {"000000", false}, {"ZZZ", false}, {"0001", false}, {"123456", false},
	{"0123456789abcdef", false}, {"DEMO", false}, {"tm-t88v", false}, {"EPSON", false},
	{"A B", true}, {"J9\xc3\xa4", true}, {" \xc3\xa4 ", false}, {"0 0\x7f", false},
	{"J9KG012345", true}, {"00012", true}};

START_TEST(serial_numbers)
{
	struct ph_usb_device device = {.name = "TM-T88V", .maker = "Epson"};

	strcpy(device.serial, serials[_i].serial);
	ck_assert_msg(ph_usb_serial_is_credible(&device) == serials[_i].credible, "%s",
		serials[_i].serial);
}
END_TEST

static int find(const char *text, const struct ph_usb_known *known, struct ph_usb_device *device)
{
	static const struct ph_usb_known nothing;

	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	ck_assert_int_eq(ph_usb_want_parse(&url, NULL, &want, why, sizeof why), 0);
	return ph_usb_find(fake.root, &want, known ? known : &nothing, device, why, sizeof why);
}

START_TEST(finding)
{
	struct ph_usb_device device;
	struct ph_usb_known known;

	ck_assert_int_eq(find("usb:04b8:0e15", NULL, &device), -ENODEV);
	fake_plug("1-2", 5, "04b8:0e15", "AAA1", NULL);
	fake_plug("1-4", 6, "0519:0003", "0001", NULL);
	fake_plug("usb1", 1, "04b8:0e15", NULL, NULL);
	ck_assert_int_eq(find("usb:04b8:0e15", NULL, &device), 0);
	ck_assert_str_eq(device.path, "1-2");
	ck_assert_uint_eq(device.number, 5);
	ck_assert_str_eq(device.serial, "AAA1");
	ck_assert_str_eq(device.name, "TM-T88V");
	ph_usb_remember(&device, &known);

	/* a second one: not guessed */
	fake_plug("1-3.1", 7, "04b8:0e15", "AAA2", NULL);
	ck_assert_int_eq(find("usb:04b8:0e15", NULL, &device), -ENOTUNIQ);
	ck_assert_str_eq(why, "2 such devices; name one of them: path=1-2, path=1-3.1");
	ck_assert_int_eq(find("usb:04b8:0e15?serial=AAA2", NULL, &device), 0);
	ck_assert_str_eq(device.path, "1-3.1");
	ck_assert_int_eq(find("usb:path=1-4", NULL, &device), 0);
	ck_assert_int_eq(device.vendor, 0x0519);
	ck_assert_int_eq(find("usb:path=1-5", NULL, &device), -ENODEV);
	ck_assert_int_eq(find("usb:04b8:0e15?port=1-3.1", NULL, &device), 0);
	ck_assert_str_eq(device.serial, "AAA2");
	/* another model in that port is not meant */
	ck_assert_int_eq(find("usb:04b8:0e15?port=1-4", NULL, &device), -ENODEV);
	/* but the one from before is known, at its port and, with a serial number, at another */
	ck_assert_int_eq(find("usb:04b8:0e15", &known, &device), 0);
	ck_assert_str_eq(device.path, "1-2");
	fake_unplug("1-2");
	fake_plug("1-9", 8, "04b8:0e15", "AAA1", NULL);
	ck_assert_int_eq(find("usb:04b8:0e15", &known, &device), 0);
	ck_assert_str_eq(device.path, "1-9");
	/* a new unit in the port of the old one takes its place */
	fake_unplug("1-9");
	fake_plug("1-2", 9, "04b8:0e15", "AAA3", NULL);
	ck_assert_int_eq(find("usb:04b8:0e15", &known, &device), 0);
	ck_assert_str_eq(device.serial, "AAA3");
}
END_TEST

START_TEST(equal_serials)
{
	struct ph_usb_known known;
	struct ph_usb_device device = {.path = "1-2", .serial = "SAME"};

	ph_usb_remember(&device, &known);
	ck_assert_str_eq(known.serial, "SAME");
	fake_plug("1-1", 5, "04b8:0e15", "SAME", NULL);
	fake_plug("1-2", 6, "04b8:0e15", "SAME", NULL);
	ck_assert_int_eq(find("usb:04b8:0e15?serial=SAME", &known, &device), 0);
	ck_assert_str_eq(device.path, "1-2");
	/* one that says nothing is known by its port alone */
	strcpy(device.serial, "0001");
	ph_usb_remember(&device, &known);
	ck_assert_str_eq(known.serial, "");
	ck_assert_str_eq(known.path, "1-2");
}
END_TEST

/* ---- which interface ---- */

#define BULK_OUT                                                                                   \
	{                                                                                          \
		.bEndpointAddress = 1, .bmAttributes = 2                                           \
	}
#define BULK_IN                                                                                    \
	{                                                                                          \
		.bEndpointAddress = 0x81, .bmAttributes = 2                                        \
	}
static const struct libusb_endpoint_descriptor both[] = {BULK_IN, BULK_OUT},
					       interrupt[] = {
						       {.bEndpointAddress = 1, .bmAttributes = 3}};

static struct libusb_interface_descriptor setting(unsigned class_, unsigned protocol)
{
	return (struct libusb_interface_descriptor){.bInterfaceClass = (uint8_t)class_,
		.bInterfaceProtocol = (uint8_t)protocol,
		.bNumEndpoints = 2,
		.endpoint = both};
}

START_TEST(interfaces)
{
	struct libusb_interface_descriptor s[3] = {setting(255, 0), setting(7, 4), setting(7, 1)};
	struct libusb_interface list[] = {{&s[0], 1}, {&s[1], 2}};
	struct libusb_config_descriptor config = {.bNumInterfaces = 2, .interface = list};
	struct ph_usb_interface found;

	s[1].bInterfaceNumber = s[2].bInterfaceNumber = 1;
	s[2].bAlternateSetting = 1;
	ck_assert_int_eq(ph_usb_choose(&config, 0x04b8, 0, &found), 0);
	ck_assert_int_eq(found.number, 1);
	ck_assert_int_eq(found.alternate, 1);
	ck_assert_int_eq(found.protocol, 1);
	ck_assert(found.alternates);
	ck_assert_int_eq(found.out, 1);
	ck_assert_int_eq(found.in, 0x81);
	/* both directions before one */
	s[1].bInterfaceProtocol = 2;
	ck_assert_int_eq(ph_usb_choose(&config, 0, 0, &found), 0);
	ck_assert_int_eq(found.alternate, 0);
	/* IPP over USB is none; a vendor's class only of those we know */
	s[1].bInterfaceProtocol = s[2].bInterfaceProtocol = 4;
	ck_assert_int_eq(ph_usb_choose(&config, 0x1234, 0, &found), -ENXIO);
	ck_assert_int_eq(ph_usb_choose(&config, 0x04b8, 0, &found), 0);
	ck_assert_int_eq(found.class_, 255);
	ck_assert(!found.alternates);
	/* without a pipe for data there is nothing to print through */
	s[0].endpoint = interrupt;
	s[0].bNumEndpoints = 1;
	ck_assert_int_eq(ph_usb_choose(&config, 0x04b8, 0, &found), -ENXIO);
}
END_TEST

/* drawer-star, Star's drawers: any class, IN first, one packet for each transfer. */
START_TEST(drawer_interface)
{
	struct libusb_endpoint_descriptor ends[] = {
		{.bEndpointAddress = 0x82, .bmAttributes = 3, .wMaxPacketSize = 8},
		{.bEndpointAddress = 0x02, .bmAttributes = 3, .wMaxPacketSize = 8}};
	struct libusb_interface_descriptor s = setting(0, 0);
	struct libusb_interface list[] = {{&s, 1}};
	struct libusb_config_descriptor config = {.bNumInterfaces = 1, .interface = list};
	struct ph_usb_interface found;

	s.endpoint = ends;
	for (unsigned product = 0x1011; product <= 0x1018; product++) {
		ck_assert_int_eq(ph_usb_choose(&config, 0x0519, (uint16_t)product, &found), 0);
		ck_assert_int_eq(found.in, 0x82);
		ck_assert_int_eq(found.out, 0x02);
		ck_assert_int_eq(found.in_size, 8);
	}
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1019, &found), -ENXIO);
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1010, &found), -ENXIO);
	ends[0].wMaxPacketSize = 0;
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1011, &found), -ENXIO);
	ends[0].wMaxPacketSize = 8;
	s.bNumEndpoints = 1;
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1011, &found), -ENXIO);
	s.bNumEndpoints = 2;
	ends[1].bEndpointAddress = 0x83;
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1011, &found), -ENXIO);
	config.bNumInterfaces = 0;
	ck_assert_int_eq(ph_usb_choose(&config, 0x0519, 0x1011, &found), -ENXIO);
}
END_TEST

/* ---- the link ---- */

static int open_link(const char *text)
{
	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	link_.fd = link_.lock_fd = -1;
	return usb->open(&link_, &url, NULL);
}

static bool is_readable(void)
{
	struct pollfd p = {link_.fd, POLLIN, 0};

	return poll(&p, 1, 0) == 1;
}

/* Waits for the link's own timer; a deadline, not a delay. */
static void await_readable(void)
{
	struct pollfd p = {link_.fd, POLLIN, 0};

	ck_assert_int_eq(poll(&p, 1, 5000), 1);
}

static int process(void)
{
	ck_assert(is_readable());
	return usb->process(&link_);
}

static void open_printer(void)
{
	fake_plug("1-2", 5, "04b8:0e15", "AAA1", "usblp");
	ck_assert_int_eq(open_link("usb:04b8:0e15"), 0);
	ck_assert(link_.connecting);
	fake_complete(&fake.control, LIBUSB_TRANSFER_COMPLETED, FAKE_ID, sizeof FAKE_ID - 1);
	ck_assert_int_eq(usb->connected(&link_), 0);
	ck_assert(!is_readable());
}

static void close_printer(void)
{
	usb->close(&link_);
	ck_assert_int_eq(fake.closed, 1);
	ck_assert_int_eq(fake.released, 1);
	ck_assert_int_eq(fake.exited, 1);
	ck_assert_int_eq(fake.freed, 3);
	ck_assert_int_eq(link_.fd, -1);
}

/* A device that answers each read is read only while somebody wants to know. */
START_TEST(listening)
{
	open_printer();
	ck_assert_ptr_nonnull(fake.in);
	ck_assert_int_eq(usb->listen(&link_, false), 0);
	ck_assert_ptr_null(fake.in);
	ck_assert_int_eq(process(), 0);
	ck_assert_ptr_null(fake.in);
	ck_assert(!is_readable());
	ck_assert_int_eq(usb->listen(&link_, true), 0);
	ck_assert_ptr_nonnull(fake.in);
	/* wanted again before the end of the last read is known */
	usb->listen(&link_, false);
	usb->listen(&link_, true);
	ck_assert_int_eq(process(), 0);
	await_readable();
	ck_assert_int_eq(process(), 0);
	ck_assert_ptr_nonnull(fake.in);
	close_printer();
}
END_TEST

START_TEST(opening)
{
	static const uint8_t setup[] = {0xa1, 0, 0, 0, 1, 0, 0xff, 0x03};

	fake_plug("1-2", 5, "04b8:0e15", "AAA1", "usblp");
	ck_assert_int_eq(open_link("usb:04b8:0e15"), 0);
	ck_assert(fake.no_discovery && fake.detached);
	ck_assert_int_eq(fake.alternate, 1);
	/* GET_DEVICE_ID of interface 0, alternate setting 1 */
	ck_assert_mem_eq(fake.control->buffer, setup, sizeof setup);
	ck_assert_uint_eq(fake.control->timeout, PH_USB_CONTROL_MS);
	ck_assert_int_eq(usb->connected(&link_), -EINPROGRESS);
	fake_complete(&fake.control, LIBUSB_TRANSFER_COMPLETED, FAKE_ID, sizeof FAKE_ID - 1);
	ck_assert_int_eq(usb->connected(&link_), 0);
	ck_assert(!link_.connecting);
	ck_assert_str_eq(usb->info(&link_, "1284_mfg"), "EPSON");
	ck_assert_str_eq(usb->info(&link_, "1284_mdl"), "TM-T88V");
	ck_assert_ptr_null(usb->info(&link_, "1284_sn"));
	ck_assert_str_eq(usb->info(&link_, "usb_serial"), "AAA1");
	ck_assert_str_eq(usb->info(&link_, "usb_id"), "04b8:0e15");
	ck_assert_str_eq(usb->info(&link_, "usb_path"), "1-2");
	ck_assert_ptr_null(usb->info(&link_, "rubbish"));
	/* it listens, without a time limit, and nothing wakes the loop */
	ck_assert_uint_eq(fake.in->timeout, 0);
	ck_assert(!is_readable());
	close_printer();
	/* the serial number is remembered: at another port, beside an equal one */
	fake_unplug("1-2");
	fake_plug("1-3", 6, "04b8:0e15", "AAA2", NULL);
	fake_plug("1-4", 7, "04b8:0e15", "AAA1", NULL);
	ck_assert_int_eq(open_link("usb:04b8:0e15"), 0);
	ck_assert_str_eq(usb->info(&link_, "usb_path"), "1-4");
	usb->close(&link_);
}
END_TEST

static const struct {
	enum libusb_transfer_status status;
	int result;
} id_ends[] = {{LIBUSB_TRANSFER_STALL, 0}, {LIBUSB_TRANSFER_TIMED_OUT, 0},
	{LIBUSB_TRANSFER_ERROR, 0}, {LIBUSB_TRANSFER_NO_DEVICE, -ENODEV}};

START_TEST(no_device_id)
{
	fake_plug("1-2", 5, "04b8:0e15", NULL, NULL);
	ck_assert_int_eq(open_link("usb:path=1-2"), 0);
	fake_complete(&fake.control, id_ends[_i].status, NULL, 0);
	ck_assert_int_eq(usb->connected(&link_), id_ends[_i].result);
	if (id_ends[_i].result == 0) {
		ck_assert_ptr_null(usb->info(&link_, "1284_id"));
		ck_assert_ptr_nonnull(fake.in);
	}
	close_printer();
}
END_TEST

START_TEST(cannot_open)
{
	ck_assert_int_eq(open_link("usb:04b8:0e15"), -ENODEV);
	ck_assert_str_eq(link_.why, "no such USB device is connected");
	fake_plug("1-2", 5, "04b8:0e15", NULL, "usbfs");
	fake.claim_result = LIBUSB_ERROR_BUSY;
	ck_assert_int_eq(open_link("usb:04b8:0e15"), -EBUSY);
	ck_assert_str_eq(link_.why, "another program has the printer (interface 0, driver usbfs): "
				    "a printer belongs to one "
				    "program, stop that one or remove its queue");
	ck_assert_int_eq(fake.closed, 1);
	ck_assert_int_eq(fake.released, 0);
	fake.claim_result = LIBUSB_ERROR_NO_DEVICE;
	ck_assert_int_eq(open_link("usb:04b8:0e15"), -ENODEV);
	usb->close(&link_); /* as the host does after a failure */
	ck_assert_int_eq(fake.closed, 2);
}
END_TEST

START_TEST(writing)
{
	static uint8_t data[PH_USB_OUT_SIZE + 100];

	open_printer();
	memset(data, 'x', sizeof data);
	ck_assert_int_eq(usb->write(&link_, "abcdef", 6), 6);
	ck_assert_uint_eq(usb->pending(&link_), 6);
	ck_assert_int_eq(usb->write(&link_, "g", 1), -EAGAIN);
	ck_assert_uint_eq(fake.out->timeout, 0);
	ck_assert_int_eq(fake.out->endpoint, 1);
	ck_assert_mem_eq(fake.out->buffer, "abcdef", 6);
	/* the printer took a part: the rest follows by itself */
	fake_complete(&fake.out, LIBUSB_TRANSFER_COMPLETED, NULL, 4);
	ck_assert_int_eq(process(), 0);
	ck_assert_uint_eq(usb->pending(&link_), 2);
	ck_assert_int_eq(fake.out->length, 2);
	ck_assert_mem_eq(fake.out->buffer, "ef", 2);
	fake_complete(&fake.out, LIBUSB_TRANSFER_COMPLETED, NULL, 2);
	ck_assert_int_eq(process(), PH_TRANSPORT_OUT);
	ck_assert_uint_eq(usb->pending(&link_), 0);
	/* more than a transfer holds stays with the caller */
	ck_assert_int_eq(usb->write(&link_, data, sizeof data), PH_USB_OUT_SIZE);
	close_printer();
}
END_TEST

START_TEST(out_stalls)
{
	open_printer();
	ck_assert_int_eq(usb->write(&link_, "abcdef", 6), 6);
	fake_complete(&fake.out, LIBUSB_TRANSFER_STALL, NULL, 2);
	ck_assert_int_eq(process(), 0);
	ck_assert_int_eq(fake.halts_cleared, 1);
	ck_assert_mem_eq(fake.out->buffer, "cdef", 4);
	fake_complete(&fake.out, LIBUSB_TRANSFER_COMPLETED, NULL, 4);
	ck_assert_int_eq(process(), PH_TRANSPORT_OUT);
	/* one that stalls for ever is given up */
	ck_assert_int_eq(usb->write(&link_, "ab", 2), 2);
	for (int i = 0; i < PH_USB_STALLS_MAX; i++) {
		fake_complete(&fake.out, LIBUSB_TRANSFER_STALL, NULL, 0);
		ck_assert_int_eq(process(), 0);
	}
	fake_complete(&fake.out, LIBUSB_TRANSFER_STALL, NULL, 0);
	ck_assert_int_eq(process(), -EPIPE);
	ck_assert_str_eq(link_.why, "the printer refuses data (endpoint halted)");
	ck_assert_int_eq(usb->write(&link_, "ab", 2), -EPIPE);
	close_printer();
}
END_TEST

static const struct {
	enum libusb_transfer_status status;
	int result;
} out_ends[] = {{LIBUSB_TRANSFER_NO_DEVICE, -ENODEV}, {LIBUSB_TRANSFER_ERROR, -EIO},
	{LIBUSB_TRANSFER_TIMED_OUT, -EIO}, {LIBUSB_TRANSFER_OVERFLOW, -EIO}};

/* Whether the last packet arrived is not known: nothing is sent a second time. */
START_TEST(out_failures)
{
	open_printer();
	ck_assert_int_eq(usb->write(&link_, "ab", 2), 2);
	fake_complete(&fake.out, out_ends[_i].status, NULL, 0);
	ck_assert_int_eq(process(), out_ends[_i].result);
	ck_assert_ptr_null(fake.out);
	close_printer();
}
END_TEST

START_TEST(reading)
{
	char data[8];
	int submitted;

	open_printer();
	fake_complete(&fake.in, LIBUSB_TRANSFER_COMPLETED, "0123456789", 10);
	ck_assert_int_eq(process(), PH_TRANSPORT_IN);
	/* the device is held until all is taken */
	ck_assert_ptr_null(fake.in);
	ck_assert_int_eq(usb->read(&link_, data, 8), 8);
	ck_assert_mem_eq(data, "01234567", 8);
	ck_assert_ptr_null(fake.in);
	ck_assert_int_eq(usb->read(&link_, data, 8), 2);
	ck_assert_mem_eq(data, "89", 2);
	ck_assert_ptr_nonnull(fake.in);
	ck_assert_int_eq(usb->read(&link_, data, 8), -EAGAIN);
	/* an empty packet is not the end; the next question waits */
	submitted = fake.submitted;
	fake_complete(&fake.in, LIBUSB_TRANSFER_COMPLETED, NULL, 0);
	ck_assert_int_eq(process(), 0);
	ck_assert_int_eq(fake.submitted, submitted);
	await_readable();
	ck_assert_int_eq(process(), 0);
	ck_assert_ptr_nonnull(fake.in);
	/* and not when something is written */
	fake_complete(&fake.in, LIBUSB_TRANSFER_COMPLETED, NULL, 0);
	ck_assert_int_eq(process(), 0);
	ck_assert_ptr_null(fake.in);
	ck_assert_int_eq(usb->write(&link_, "?", 1), 1);
	ck_assert_ptr_nonnull(fake.in);
	close_printer();
}
END_TEST

START_TEST(in_stalls_and_babble)
{
	open_printer();
	fake_complete(&fake.in, LIBUSB_TRANSFER_STALL, NULL, 0);
	ck_assert_int_eq(process(), 0);
	ck_assert_int_eq(fake.halts_cleared, 1);
	ck_assert_ptr_nonnull(fake.in);
	for (int i = 0; i < PH_USB_ERRORS_MAX; i++) {
		fake_complete(&fake.in, LIBUSB_TRANSFER_OVERFLOW, NULL, 0);
		ck_assert_int_eq(process(), 0);
		ck_assert_int_eq(usb->write(&link_, "?", 1), 1); /* ends the pause */
		fake_complete(&fake.out, LIBUSB_TRANSFER_COMPLETED, NULL, 1);
		ck_assert_int_eq(process(), PH_TRANSPORT_OUT);
		ck_assert_ptr_nonnull(fake.in);
	}
	fake_complete(&fake.in, LIBUSB_TRANSFER_OVERFLOW, NULL, 0);
	ck_assert_int_eq(process(), -EIO);
	close_printer();
}
END_TEST

START_TEST(unplugged)
{
	char data[8];

	open_printer();
	/* what the printer said last is heard before its end is told */
	ck_assert_int_eq(usb->write(&link_, "ab", 2), 2);
	fake_complete(&fake.in, LIBUSB_TRANSFER_COMPLETED, "x", 1);
	fake_complete(&fake.out, LIBUSB_TRANSFER_NO_DEVICE, NULL, 0);
	ck_assert_int_eq(process(), PH_TRANSPORT_IN);
	ck_assert_int_eq(usb->read(&link_, data, 8), 1);
	await_readable();
	ck_assert_int_eq(process(), -ENODEV);
	ck_assert_str_eq(link_.why, "the printer was unplugged or switched off");
	close_printer();
}
END_TEST

START_TEST(port_status)
{
	static const uint8_t setup[] = {0xa1, 1, 0, 0, 0, 0, 1, 0};

	open_printer();
	/* while the data is held */
	ck_assert_int_eq(usb->write(&link_, "ab", 2), 2);
	ck_assert_int_eq(usb->port_status(&link_), 0);
	ck_assert_mem_eq(fake.control->buffer, setup, sizeof setup);
	ck_assert_int_eq(usb->port_status(&link_), -EALREADY);
	fake_complete(&fake.control, LIBUSB_TRANSFER_COMPLETED, "\x38", 1);
	ck_assert_int_eq(process(), PH_TRANSPORT_PORT_STATUS);
	ck_assert_int_eq(
		link_.port_status, PH_PORT_PAPER_EMPTY | PH_PORT_SELECTED | PH_PORT_NO_ERROR);
	ck_assert_int_eq(usb->port_status(&link_), 0);
	fake_complete(&fake.control, LIBUSB_TRANSFER_TIMED_OUT, NULL, 0);
	ck_assert_int_eq(process(), PH_TRANSPORT_PORT_STATUS);
	ck_assert_int_eq(link_.port_status, -ETIMEDOUT);
	ck_assert_int_eq(usb->port_status(&link_), 0);
	fake_complete(&fake.control, LIBUSB_TRANSFER_STALL, NULL, 0);
	ck_assert_int_eq(process(), PH_TRANSPORT_PORT_STATUS);
	ck_assert_int_eq(link_.port_status, -EOPNOTSUPP);
	ck_assert_int_eq(usb->port_status(&link_), 0);
	fake_complete(&fake.control, LIBUSB_TRANSFER_COMPLETED, NULL, 0);
	ck_assert_int_eq(process(), PH_TRANSPORT_PORT_STATUS);
	ck_assert_int_eq(link_.port_status, -EIO);
	close_printer();
}
END_TEST

START_TEST(cancel_on_close)
{
	open_printer();
	ck_assert_int_eq(usb->write(&link_, "ab", 2), 2);
	ck_assert_int_eq(usb->port_status(&link_), 0);
	ck_assert(fake.in && fake.out && fake.control);
	close_printer();
	usb->close(&link_);
	ck_assert_int_eq(fake.closed, 1);
}
END_TEST

/* The process was not run for longer than the transfers have to come back: they are looked at all the same. */
START_TEST(close_behind_a_pause)
{
	open_printer();
	fake.cancel_takes_ms = 2 * PH_USB_CLOSE_MS;
	close_printer();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("usb");
	TCase *find_case = tcase_create("find"), *link_case = tcase_create("link");

	tcase_add_checked_fixture(find_case, fake_setup, fake_teardown);
	tcase_add_loop_test(find_case, what_is_asked_for, 0, PH_ARRAY_SIZE(urls));
	tcase_add_loop_test(find_case, serial_numbers, 0, PH_ARRAY_SIZE(serials));
	tcase_add_test(find_case, finding);
	tcase_add_test(find_case, equal_serials);
	tcase_add_test(find_case, interfaces);
	tcase_add_test(find_case, drawer_interface);
	tcase_add_checked_fixture(link_case, fake_setup, fake_teardown);
	tcase_add_test(link_case, opening);
	tcase_add_test(link_case, listening);
	tcase_add_loop_test(link_case, no_device_id, 0, PH_ARRAY_SIZE(id_ends));
	tcase_add_test(link_case, cannot_open);
	tcase_add_test(link_case, writing);
	tcase_add_test(link_case, out_stalls);
	tcase_add_loop_test(link_case, out_failures, 0, PH_ARRAY_SIZE(out_ends));
	tcase_add_test(link_case, reading);
	tcase_add_test(link_case, in_stalls_and_babble);
	tcase_add_test(link_case, unplugged);
	tcase_add_test(link_case, port_status);
	tcase_add_test(link_case, cancel_on_close);
	tcase_add_test(link_case, close_behind_a_pause);
	suite_add_tcase(suite, find_case);
	suite_add_tcase(suite, link_case);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
