// Tells the kind of a device by its report descriptor; reading the descriptor is left to poshal_id.
#include "udev/identify.h"

#include "protocols/hid/descriptor.h"

#include <errno.h>
#include <string.h>

#define VENDOR_PAGE PH_HID_USAGE(0xff00, 0)
#define PAGE_SCALE  0x8d
#define REPORTS_END 0 /* closes a list of report ids; no report has this id where there are ids */

/* IBM OEM: any vendor page (protocols/ibm-oem/ibm_oem.h). */
enum { OEM_TABLE = 0x4a00, OEM_HAND = 0x4b00, OEM_SCALE = 0x6e00, OEM_FLASH = 0xa000 };

static const struct ph_hid_field *input(const struct ph_hid *hid, uint32_t usage)
{
	return ph_hid_find(hid, PH_HID_INPUT, usage, NULL);
}

/* At least so many bytes. */
static bool is_wide(const struct ph_hid_field *field, uint32_t bytes)
{
	return field && field->bit_size == 8 && field->count >= bytes;
}

static bool is_hidpos(const struct ph_hid *hid)
{
	return ph_hid_is(hid, PH_HID_SCANNER) && input(hid, PH_HID_USAGE(0x8c, 0xfe));
}

static bool is_oem_hand(const struct ph_hid *hid)
{
	return ph_hid_is_vendor(hid, OEM_HAND) != 0;
}

static bool is_oem_table(const struct ph_hid *hid)
{
	return ph_hid_is_vendor(hid, OEM_TABLE) != 0;
}

static bool is_oem_scale(const struct ph_hid *hid)
{
	return ph_hid_is_vendor(hid, OEM_SCALE) != 0;
}

/* Scales disagree on the usage of the application (01, 20); the weight is usage 40 with all of them. */
static bool is_scale(const struct ph_hid *hid)
{
	const struct ph_hid_field *weight = input(hid, PH_HID_USAGE(PAGE_SCALE, 0x40));

	return weight && PH_HID_PAGE(weight->application) == PAGE_SCALE;
}

/* Data of any of four tracks. */
static bool is_stripe_reader(const struct ph_hid *hid)
{
	if (!ph_hid_is(hid, PH_HID_STRIPE_READER))
		return false;
	for (uint16_t track = 0x21; track <= 0x24; track++)
		if (input(hid, PH_HID_USAGE(0x8e, track)))
			return true;
	return false;
}

/* What readers in the way of MagTek have in common: three decode states, three lengths, the type of encoding. */
static bool has_magtek_head(const struct ph_hid *hid)
{
	static const uint8_t usages[] = {0x20, 0x21, 0x22, 0x28, 0x29, 0x2a, 0x38};

	if (!ph_hid_is(hid, VENDOR_PAGE | 1))
		return false;
	for (size_t i = 0; i < sizeof usages; i++)
		if (!input(hid, VENDOR_PAGE | usages[i]))
			return false;
	return true;
}

static bool is_magtek(const struct ph_hid *hid)
{
	if (!has_magtek_head(hid))
		return false;
	for (uint32_t track = 0x30; track <= 0x32; track++)
		if (!is_wide(input(hid, VENDOR_PAGE | track), 100))
			return false;
	return true;
}

/* ID TECH's own mode: the same head, then the length of all in two bytes (30) and one block (31). */
static bool is_idtech(const struct ph_hid *hid)
{
	const struct ph_hid_field *length = input(hid, VENDOR_PAGE | 0x30);

	return has_magtek_head(hid) && length && length->bit_size * length->count == 16 &&
	       is_wide(input(hid, VENDOR_PAGE | 0x31), 400);
}

/* Posiflex: 120 bytes each way without ids. Displays of the same USB ids have another descriptor. */
static bool is_posiflex_drawer(const struct ph_hid *hid)
{
	const uint32_t page = PH_HID_USAGE(0xffa0, 0);

	return ph_hid_is(hid, page | 1) && !hid->numbered && input(hid, page | 2) &&
	       ph_hid_find(hid, PH_HID_OUTPUT, page | 3, NULL) &&
	       ph_hid_report_len(hid, PH_HID_INPUT, 0) == 121 &&
	       ph_hid_report_len(hid, PH_HID_OUTPUT, 0) == 121;
}

/* SNAPI has no usages that are known; its reports are (protocols/snapi/snapi.h), and all have 32 bytes. */
static bool is_snapi(const struct ph_hid *hid)
{
	static const uint8_t ids[] = {0x21, 0x22, 0x24, 0x27, REPORTS_END};

	for (const uint8_t *id = ids; *id != REPORTS_END; id++)
		if (ph_hid_report_len(hid, PH_HID_INPUT, *id) != 32)
			return false;
	return ph_hid_report_len(hid, PH_HID_OUTPUT, 1) == 32;
}

/* BA63 and BA66: which of its interfaces is the display. Reports of 32 bytes could be anything, so the ids must agree. */
static bool is_wincor_display(const struct ph_hid *hid)
{
	return !hid->numbered && ph_hid_report_len(hid, PH_HID_OUTPUT, 0) == 33;
}

static const struct {
	struct ph_identity identity;
	bool (*is)(const struct ph_hid *hid);
	bool by_ids; /* counts only when the ids suggest it */
} kinds[] = {
	{{"scanner", "hidpos"}, is_hidpos, false},
	{{"scanner", "ibmoem-hand"}, is_oem_hand, false},
	{{"scanner", "ibmoem-table"}, is_oem_table, false},
	{{"scale", "ibmoem-scale"}, is_oem_scale, false},
	{{"scale", "hidscale"}, is_scale, false},
	{{"msr", "hidmsr"}, is_stripe_reader, false},
	{{"msr", "magtek"}, is_magtek, false},
	{{"msr", "idtech"}, is_idtech, false},
	{{"drawer", "posiflex-drawer"}, is_posiflex_drawer, false},
	{{"scanner", "snapi"}, is_snapi, false},
	{{"display", "wincor-display"}, is_wincor_display, true},
};

/* Keyboards belong to whoever types on them; the loader of firmware is never touched. */
static bool is_left_alone(const struct ph_hid *hid)
{
	return ph_hid_is(hid, PH_HID_KEYBOARD) || ph_hid_is(hid, PH_HID_KEYPAD) ||
	       ph_hid_is_vendor(hid, OEM_FLASH);
}

int ph_identify(
	const void *descriptor, size_t len, const char *maybe, struct ph_identity *ret_identity)
{
	struct ph_hid hid;
	const struct ph_identity *found = NULL;

	int r = ph_hid_parse(descriptor, len, &hid);
	if (r < 0)
		return r;
	if (is_left_alone(&hid))
		return -ENOENT;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		bool suggested = maybe && !strcmp(maybe, kinds[i].identity.proto);
		if ((kinds[i].by_ids && !suggested) || !kinds[i].is(&hid))
			continue;
		if (found)
			return -ENOENT;
		found = &kinds[i].identity;
	}
	if (!found)
		return -ENOENT;
	*ret_identity = *found;
	return 0;
}
