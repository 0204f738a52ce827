// A HID device: interrupt endpoints, reports on the control pipe, and the descriptors made of what the model says of itself.
//
// Source: USB Device Class Definition for HID 1.11, chapters 6 and 7.
#include <errno.h>
#include <string.h>

#include "emulators/plugs/usbip_internal.h"

#define ENDPOINT_IN  0x81
#define ENDPOINT_OUT 0x02
#define PACKET	     64
#define REPORT_MAX   4096

enum {
	GET_REPORT = 1,
	GET_IDLE = 2,
	GET_PROTOCOL = 3,
	SET_REPORT = 9,
	SET_IDLE = 10,
	SET_PROTOCOL = 11
};
enum { DESCRIPTOR_HID = 0x21, DESCRIPTOR_REPORT = 0x22 };
enum { TYPE_INPUT = 1, TYPE_OUTPUT = 2, TYPE_FEATURE = 3 };

// Whether the descriptor has the item "Report ID".
static bool has_report_ids(const uint8_t *d, size_t len)
{
	static const uint8_t sizes[] = {0, 1, 2, 4};

	for (size_t at = 0; at < len;) {
		if (d[at] == 0xFE) /* a long item: its size follows */
			at += at + 1 < len ? 3u + d[at + 1] : len;
		else if ((d[at] & 0xFC) == 0x84)
			return true;
		else
			at += 1u + sizes[d[at] & 3];
	}
	return false;
}

static void put(struct emu_usb *usb, const uint8_t *data, size_t len)
{
	memcpy(usb->config + usb->config_len, data, len);
	usb->config_len += len;
}

static void put_hid(struct emu_usb *usb)
{
	size_t n = usb->plug->config.usb.descriptor_len;
	const uint8_t hid[] = {9, DESCRIPTOR_HID, 0x11, 0x01, 0, 1, DESCRIPTOR_REPORT, (uint8_t)n,
		(uint8_t)(n >> 8)};

	put(usb, hid, sizeof hid);
}

int emu_usb_hid_init(struct emu_usb *usb)
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	bool keyboard = c->kind == PH_EMU_USB_KEYBOARD, out = !c->control_out && !keyboard;
	uint8_t number = (uint8_t)c->interface_number;
	const uint8_t head[] = {9, 2, 0, 0, (uint8_t)(number + 1), 1, 0, 0x80, 50};
	const uint8_t text = c->interface_text && *c->interface_text ? 4 : 0;
	const uint8_t interface[] = {9, 4, number, 0, out ? 2 : 1, 3, keyboard, keyboard, text};
	const uint8_t in_endpoint[] = {7, 5, ENDPOINT_IN, 3, keyboard ? 8 : PACKET, 0, 1};
	const uint8_t out_endpoint[] = {7, 5, ENDPOINT_OUT, 3, PACKET, 0, 1};

	if (!c->descriptor || c->descriptor_len > REPORT_MAX || number >= EMU_USB_INTERFACES)
		return -EINVAL;
	usb->config_len = 0;
	put(usb, head, sizeof head);
	for (uint8_t i = 0; i < number; i++) {
		const uint8_t other[] = {9, 4, i, 0, 0, 0xFF, 0, 0, 0};
		put(usb, other, sizeof other);
	}
	put(usb, interface, sizeof interface);
	put_hid(usb);
	put(usb, in_endpoint, sizeof in_endpoint);
	if (out)
		put(usb, out_endpoint, sizeof out_endpoint);
	usb->config[2] = (uint8_t)usb->config_len;
	usb->report_ids = has_report_ids(c->descriptor, c->descriptor_len);
	usb->protocol = 1;
	return 0;
}

static const uint8_t *config(const struct emu_usb *usb, size_t *ret_len)
{
	*ret_len = usb->config_len;
	return usb->config;
}

static int copy(uint8_t *out, size_t size, const uint8_t *from, size_t len)
{
	size_t n = len < size ? len : size;

	memcpy(out, from, n);
	return (int)n;
}

static int descriptor(const struct emu_usb *usb, const uint8_t *setup, uint8_t *out, size_t size)
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	size_t hid = 9 + 9u * (c->interface_number + 1);

	if (setup[4] != c->interface_number)
		return -EPIPE;
	if (setup[3] == DESCRIPTOR_REPORT)
		return copy(out, size, c->descriptor, c->descriptor_len);
	if (setup[3] == DESCRIPTOR_HID)
		return copy(out, size, usb->config + hid, 9);
	return -EPIPE;
}

// On the cable a report has its id in front only where the descriptor has ids.
static void host_report(struct emu_usb *usb, bool feature, const uint8_t *data, size_t len)
{
	struct ph_emu_plug *plug = usb->plug;
	uint8_t report[REPORT_MAX + 1];

	if (!plug->ops.report || len == 0 || len > REPORT_MAX)
		return;
	report[0] = 0;
	memcpy(report + !usb->report_ids, data, len);
	plug->ops.report(plug->userdata, feature, report, len + !usb->report_ids);
}

static int get_report(struct emu_usb *usb, const uint8_t *setup, uint8_t *out, size_t size)
{
	struct ph_emu_plug *plug = usb->plug;
	uint8_t report[REPORT_MAX + 1];
	size_t n = plug->ops.get_report ? plug->ops.get_report(plug->userdata, setup[3], setup[2],
						  report, sizeof report)
					: 0;

	if (n == 0)
		return -EPIPE;
	size_t skip = usb->report_ids ? 0 : 1;
	return copy(out, size, report + skip, n - skip);
}

static int control(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	const uint8_t *setup = urb->setup;

	if ((setup[0] & 0x7f) != 0x21 || setup[4] != usb->plug->config.usb.interface_number)
		return -EPIPE;
	switch (setup[1]) {
	case GET_REPORT:
		return get_report(usb, setup, out, size);
	case GET_IDLE:
		return copy(out, size, &usb->idle, 1);
	case GET_PROTOCOL:
		return copy(out, size, &usb->protocol, 1);
	case SET_REPORT:
		if (urb->data && (setup[3] == TYPE_OUTPUT || setup[3] == TYPE_FEATURE))
			host_report(usb, setup[3] == TYPE_FEATURE, urb->data, urb->length);
		return 0;
	case SET_IDLE:
		usb->idle = setup[3];
		return 0;
	case SET_PROTOCOL:
		usb->protocol = setup[2];
		return 0;
	default:
		return -EPIPE;
	}
}

static size_t take(struct emu_usb *usb, unsigned endpoint, const uint8_t *data, size_t len)
{
	host_report(usb, false, data, len);
	return len;
}

static size_t give(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	uint8_t report[REPORT_MAX + 1];

	if (endpoint != (ENDPOINT_IN & 15))
		return 0;
	size_t n = usb->plug->ops.output(usb->plug->userdata, report, sizeof report);
	if (n < 2)
		return 0;
	size_t skip = usb->report_ids ? 0 : 1;
	return (size_t)copy(out, size, report + skip, n - skip);
}

const struct emu_usb_kind emu_usb_hid = {
	.speed = 2,
	.device = {18, 1, 0x10, 0x01, 0, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x01, 1, 2, 3, 1},
	.config = config,
	.descriptor = descriptor,
	.control = control,
	.take = take,
	.give = give,
};
