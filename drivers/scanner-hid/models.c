// Makers of HID scanners: what descriptors do not say, how to get a scanner out of another mode, and what is recognised.
#include "drivers/scanner-hid/models.h"

#include "base/cleanup.h"
#include "protocols/ibm-oem/ibm_oem.h"

#include <stdio.h>
#include <string.h>

/* Sources: HHP "USB Interfaces User's Guide", 1-11 (byte 61); Newland FM420 guide (byte 62); set-up codes: user's guides. */
static const struct ph_hidscan_maker makers[] = {
	{.name = "other",
		.set_up = "scan the code for `USB HID POS` or `USB OEM` of the scanner's guide"},
	{.name = "honeywell",
		.vendors = {0x0c2e, 0x0536, 0x23d0},
		.label = "Honeywell",
		.quirks = {.vendor_byte = 61},
		.tunnel = PH_TUNNEL_HONEYWELL,
		.says_hhp = true,
		.set_up = "scan the code `USB HID` (PAP131) of the scanner's guide"},
	{.name = "newland",
		.vendors = {0x1eab},
		.label = "Newland",
		.quirks = {.vendor_byte = 62},
		.tunnel = PH_TUNNEL_NEWLAND,
		.set_up = "scan `Enter Setup`, `USB HID-POS` and `Exit Setup` of the scanner's "
			  "guide"},
	{.name = "access-is",
		.vendors = {0x0db5},
		.label = "Access-IS",
		.tunnel = PH_TUNNEL_HONEYWELL,
		.set_up = "set the module to HID with the maker's program"},
	{.name = "zebra",
		.vendors = {0x05e0},
		.label = "Zebra",
		.says_zebra = true,
		.set_up = "scan the code `IBM Hand-Held USB` or `HID POS` of the scanner's guide"},
	{.name = "datalogic",
		.vendors = {0x05f9, 0x080c},
		.label = "Datalogic",
		.set_up = "scan the code `USB-OEM` of the scanner's guide"},
};

const char *const ph_hidscan_maker_names[] = {
	"auto", "other", "honeywell", "newland", "access-is", "zebra", "datalogic", NULL};

const struct ph_hidscan_maker *ph_hidscan_find_maker(const char *name, uint16_t vendor)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(makers); i++) {
		if (strcmp(makers[i].name, name) == 0)
			return &makers[i];
		if (strcmp(name, "auto") != 0)
			continue;
		for (const uint16_t *id = makers[i].vendors; *id; id++)
			if (*id == vendor)
				return &makers[i];
	}
	return &makers[0];
}

/* ---- what is in another mode ---- */

void ph_hidscan_why_not(
	uint16_t vendor, const uint8_t *descriptor, size_t len, char *why, size_t size)
{
	const struct ph_hidscan_maker *maker = ph_hidscan_find_maker("auto", vendor);
	const char *is = "is no scanner, or in a mode that is not known", *todo = maker->set_up;
	struct ph_hid hid;

	if (ph_hid_parse(descriptor, len, &hid) < 0) {
		is = "has a report descriptor that cannot be understood";
	} else if (ph_hid_is_vendor(&hid, PH_OEM_USAGE_FLASH)) {
		is = "waits for new firmware";
		todo = "end the update with the maker's program";
	} else if (ph_hid_is(&hid, PH_HID_KEYBOARD) || ph_hid_is(&hid, PH_HID_KEYPAD)) {
		is = "is in keyboard mode";
	} else if (ph_hid_is_vendor(&hid, PH_OEM_USAGE_SCALE) || ph_hid_is(&hid, PH_HID_SCALE)) {
		is = "is a scale";
		todo = "give it to a driver of scales";
	} else if (ph_hid_is(&hid, PH_HID_SCANNER)) {
		is = "does not tell where in its reports labels are";
	}
	snprintf(why, size, "it %s: %s", is, todo);
}

/* ---- what is recognised ---- */

#define BY_ID(vendor_, product_, proto_, maker_, model_)                                           \
	{                                                                                          \
		.node = "hidraw", .vendor = (vendor_), .product = (product_), .proto = (proto_),   \
		.maker = (maker_), .model = (model_), .bind = PH_BIND_AUTO,                        \
		.maturity = PH_EXPERIMENTAL                                                        \
	}
#define NEWLAND(product_, model_) BY_ID(0x1eab, product_, "hidpos", "Newland", model_)

/*
 * The mode is the descriptor's to tell: a product id says it with some makers only, and devices of several interfaces have
 * one id. So each row has the word of the descriptor; ids give names to some. Names are those of usb.ids.
 */
const struct ph_match ph_hidscan_matches[PH_HIDSCAN_MATCHES] = {
	NEWLAND(0x0110, "HR200"),
	NEWLAND(0x0c10, "HR100, HR3260, HR3290, BS80"),
	NEWLAND(0x0d10, "EM2028"),
	NEWLAND(0x1310, "EM30xx, EM20xx, HR3260, HR200C"),
	NEWLAND(0x1410, "HR15"),
	NEWLAND(0x1610, "FM100-M, 3250"),
	NEWLAND(0x1910, "EM1300"),
	NEWLAND(0x1a10, "HR3290, HR22"),
	NEWLAND(0x1c10, "HR2150"),
	NEWLAND(0x1d10, "FM430"),
	NEWLAND(0x1e10, "HR42"),
	NEWLAND(0x1f10, "HR11+"),
	NEWLAND(0x2010, "EM2037v2"),
	NEWLAND(0x8010, "EM13x5-LD, HR15-70, HR100-70, HR12, HR1150-70"),
	NEWLAND(0x8210, "EM3080-01, EM3095, FR20, FM30"),
	NEWLAND(0x8310, "HR2160"),
	BY_ID(0x0db5, 0x013b, "hidpos", "Access-IS", "Barcode Module"),
	BY_ID(0x03f0, 0x0139, "hidpos", "HP", "Barcode Scanner 4430"),
	BY_ID(0x03f0, 0x1d24, "hidpos", "HP", "Barcode Scanner"),
	BY_ID(0x0c2e, 0x0007, "ibmoem-hand", "Metrologic", "MS7120"),
	BY_ID(0x05e0, 0x1300, "ibmoem-hand", "Zebra", NULL),
	BY_ID(0x05f9, 0x1206, "ibmoem-hand", "Datalogic", "Gryphon"),
	BY_ID(0x05f9, 0x120c, "ibmoem-hand", "Datalogic", "Gryphon GD4430"),
	BY_ID(0x05f9, 0x1104, "ibmoem-table", "Datalogic", "Magellan 2200VS"),
	BY_ID(0x0404, 0x0202, "ibmoem-table", "NCR", "78XX"),
	BY_ID(0x0404, 0x0203, "ibmoem-table", "NCR", "78XX"),
	/* experimental from one end to the other: a person says so */
	{.node = "hidraw",
		.vendor = 0x05e0,
		.product = 0x1900,
		.proto = "snapi",
		.maker = "Zebra",
		.bind = PH_BIND_OFFER,
		.maturity = PH_EXPERIMENTAL},
	{.node = "hidraw", .proto = "hidpos", .bind = PH_BIND_AUTO, .maturity = PH_EXPERIMENTAL},
	{.node = "hidraw",
		.proto = "ibmoem-hand",
		.bind = PH_BIND_AUTO,
		.maturity = PH_EXPERIMENTAL},
	{.node = "hidraw",
		.proto = "ibmoem-table",
		.bind = PH_BIND_AUTO,
		.maturity = PH_EXPERIMENTAL},
	{.node = "hidraw", .proto = "snapi", .bind = PH_BIND_OFFER, .maturity = PH_EXPERIMENTAL},
};
