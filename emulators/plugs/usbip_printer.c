// A printer-class device: its descriptors and requests, and its two pipes into the model behind the plug.
//
// Source: USB Device Class Definition for Printing Devices 1.1.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulators/plugs/usbip_internal.h"

enum { GET_DEVICE_ID = 0, GET_PORT_STATUS = 1, SOFT_RESET = 2 };

#define ENDPOINT_OUT				  0x01
#define ENDPOINT_IN				  0x82
#define BULK(address)				  7, 5, address, 2, 0x00, 0x02, 0
#define CONFIG(total)				  9, 2, total, 0, 1, 1, 0, 0xc0, 1
#define INTERFACE(alternate, endpoints, protocol) 9, 4, 0, alternate, endpoints, 7, 1, protocol, 0

static const uint8_t both_ways[] = {
	CONFIG(32), INTERFACE(0, 2, 2), BULK(ENDPOINT_OUT), BULK(ENDPOINT_IN)};
static const uint8_t one_way[] = {CONFIG(25), INTERFACE(0, 1, 1), BULK(ENDPOINT_OUT)};
// the first setting prints only, the second answers as well: a host has to choose
static const uint8_t alternates[] = {CONFIG(48), INTERFACE(0, 1, 1), BULK(ENDPOINT_OUT),
	INTERFACE(1, 2, 2), BULK(ENDPOINT_OUT), BULK(ENDPOINT_IN)};

_Static_assert(
	sizeof both_ways == 32 && sizeof one_way == 25 && sizeof alternates == 48, "wTotalLength");

static const uint8_t *config(const struct emu_usb *usb, size_t *ret_len)
{
	switch (usb->plug->config.usb.interface) {
	case PH_EMU_USB_BOTH_WAYS:
		break;
	case PH_EMU_USB_ONE_WAY:
		*ret_len = sizeof one_way;
		return one_way;
	case PH_EMU_USB_ALTERNATES:
		*ret_len = sizeof alternates;
		return alternates;
	}
	*ret_len = sizeof both_ways;
	return both_ways;
}

static int put_device_id(const struct emu_usb *usb, uint8_t *out, size_t size)
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	char text[512];
	uint8_t answer[sizeof text + 2];
	int n;

	if (c->device_id)
		n = snprintf(text, sizeof text, "%s", c->device_id);
	else
		n = snprintf(text, sizeof text,
			"MFG:%s;CMD:ESC/POS;MDL:%s;CLS:PRINTER;DES:%s %s;SN:%s;", c->maker,
			c->model, c->maker, c->model, c->serial);
	size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
	answer[0] = (uint8_t)((len + 2) >> 8);
	answer[1] = (uint8_t)(len + 2);
	memcpy(answer + 2, text, len);
	len = len + 2 < size ? len + 2 : size;
	memcpy(out, answer, len);
	return (int)len;
}

static int control(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	const struct ph_emu_plug *plug = usb->plug;
	unsigned type = urb->setup[0], request = urb->setup[1];

	if (type == 0xa1 && request == GET_DEVICE_ID)
		return put_device_id(usb, out, size);
	if (type == 0xa1 && request == GET_PORT_STATUS && size) {
		out[0] = plug->ops.port_status ? plug->ops.port_status(plug->userdata) : 0x18;
		return 1;
	}
	/* some hosts address it to "other" instead of the interface */
	if ((type == 0x21 || type == 0x23) && request == SOFT_RESET) {
		if (plug->ops.soft_reset)
			plug->ops.soft_reset(plug->userdata);
		return 0;
	}
	return -EPIPE;
}

static size_t give(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	return usb->plug->ops.output(usb->plug->userdata, out, size);
}

const struct emu_usb_kind emu_usb_printer = {
	.speed = 3,
	.device = {18, 1, 0x00, 0x02, 0, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x01, 1, 2, 3, 1},
	.qualifier = (const uint8_t[]){10, 6, 0x00, 0x02, 0, 0, 0, 64, 1, 0},
	.config = config,
	.control = control,
	.take = emu_usb_take_bytes,
	.give = give,
};
