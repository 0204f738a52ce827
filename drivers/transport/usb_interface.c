// Chooses the interface of a USB device that prints, or opens a drawer; nothing is sent to the device here.
#include "drivers/transport/usb_internal.h"

#include "base/cleanup.h"

#include <errno.h>

#define CLASS_PRINTER  7
#define CLASS_VENDOR   0xff
#define PROTOCOL_OUT   1
#define PROTOCOL_INOUT 2
#define PROTOCOL_IPP   4

/* Makers some of whose receipt printers have no printer class but the same two pipes in a class of their own. */
static const uint16_t vendor_class[] = {
	0x04b8, /* Epson TM with the memory switch "USB vendor class", among them 04b8:0202 */
};

static uint8_t find_bulk(const struct libusb_interface_descriptor *setting, unsigned direction)
{
	for (int i = 0; i < setting->bNumEndpoints; i++) {
		const struct libusb_endpoint_descriptor *endpoint = &setting->endpoint[i];
		if ((endpoint->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) ==
				LIBUSB_ENDPOINT_TRANSFER_TYPE_BULK &&
			(endpoint->bEndpointAddress & LIBUSB_ENDPOINT_DIR_MASK) == direction)
			return endpoint->bEndpointAddress;
	}
	return 0;
}

/* How good a setting is for us; 0: it cannot be used. */
static int rank(const struct libusb_interface_descriptor *setting, uint16_t vendor)
{
	if (!find_bulk(setting, LIBUSB_ENDPOINT_OUT))
		return 0;
	if (setting->bInterfaceClass == CLASS_PRINTER) {
		if (setting->bInterfaceProtocol == PROTOCOL_INOUT)
			return find_bulk(setting, LIBUSB_ENDPOINT_IN) ? 4 : 3;
		if (setting->bInterfaceProtocol == PROTOCOL_OUT)
			return 3;
		return setting->bInterfaceProtocol == PROTOCOL_IPP ? 0 : 2;
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(vendor_class); i++)
		if (setting->bInterfaceClass == CLASS_VENDOR && vendor == vendor_class[i])
			return 1;
	return 0;
}

/*
 * Star's USB cash drawers have one interface with two endpoints and no class that says what they are for: IN, then OUT. What
 * comes in is one packet for each look at the switch, so a transfer is one packet. Source: Star Micronics' drawer SDK.
 */
static const struct {
	uint16_t vendor, first, last;
} drawers[] = {{0x0519, 0x1011, 0x1018}};

static bool is_drawer(uint16_t vendor, uint16_t product)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(drawers); i++)
		if (vendor == drawers[i].vendor && product >= drawers[i].first &&
			product <= drawers[i].last)
			return true;
	return false;
}

static int choose_drawer(
	const struct libusb_config_descriptor *config, struct ph_usb_interface *ret_interface)
{
	if (!config->bNumInterfaces || !config->interface[0].num_altsetting)
		return -ENXIO;
	const struct libusb_interface_descriptor *setting = &config->interface[0].altsetting[0];
	if (setting->bNumEndpoints < 2)
		return -ENXIO;
	const struct libusb_endpoint_descriptor *in = &setting->endpoint[0];
	const struct libusb_endpoint_descriptor *out = &setting->endpoint[1];
	unsigned size = in->wMaxPacketSize & 0x7ff;
	if (!(in->bEndpointAddress & LIBUSB_ENDPOINT_IN) ||
		(out->bEndpointAddress & LIBUSB_ENDPOINT_IN) || !size || size > PH_USB_IN_SIZE)
		return -ENXIO;
	*ret_interface = (struct ph_usb_interface){
		.number = setting->bInterfaceNumber,
		.alternate = setting->bAlternateSetting,
		.class_ = setting->bInterfaceClass,
		.protocol = setting->bInterfaceProtocol,
		.alternates = config->interface[0].num_altsetting > 1,
		.out = out->bEndpointAddress,
		.in = in->bEndpointAddress,
		.in_size = (uint16_t)size,
	};
	return 0;
}

int ph_usb_choose(const struct libusb_config_descriptor *config, uint16_t vendor, uint16_t product,
	struct ph_usb_interface *ret_interface)
{
	const struct libusb_interface_descriptor *best = NULL;
	int best_rank = 0;
	bool alternates = false;

	if (is_drawer(vendor, product))
		return choose_drawer(config, ret_interface);
	for (int i = 0; i < config->bNumInterfaces; i++) {
		const struct libusb_interface *interface = &config->interface[i];
		for (int k = 0; k < interface->num_altsetting; k++) {
			int value = rank(&interface->altsetting[k], vendor);
			if (value <= best_rank)
				continue;
			best_rank = value;
			best = &interface->altsetting[k];
			alternates = interface->num_altsetting > 1;
		}
	}
	if (!best)
		return -ENXIO;
	*ret_interface = (struct ph_usb_interface){
		.number = best->bInterfaceNumber,
		.alternate = best->bAlternateSetting,
		.class_ = best->bInterfaceClass,
		.protocol = best->bInterfaceProtocol,
		.alternates = alternates,
		.out = find_bulk(best, LIBUSB_ENDPOINT_OUT),
		.in = find_bulk(best, LIBUSB_ENDPOINT_IN),
	};
	return 0;
}
