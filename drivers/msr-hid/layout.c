// Reads the fields of a HID stripe reader out of its descriptor; what they hold is the codec's.
#include "drivers/msr-hid/layout.h"

#include "base/cleanup.h"
#include "protocols/hid/descriptor.h"

#include <errno.h>
#include <string.h>

#define VENDOR(id)     PH_HID_USAGE(0xff00, id)
#define STRIPE(id)     PH_HID_USAGE(0x8e, id)
#define IDTECH_MIN     400 /* bytes of the block of ID TECH's own mode */
#define TRACK_ROOM_MIN 32  /* bytes of a field that can be a track */

struct row {
	uint32_t usage;
	size_t member; /* of struct ph_msr_layout */
	bool needed;
};

#define AT(member) offsetof(struct ph_msr_layout, member)

static const struct row magtek[] = {
	{VENDOR(0x20), AT(status[0]), true},
	{VENDOR(0x21), AT(status[1]), true},
	{VENDOR(0x22), AT(status[2]), true},
	{VENDOR(0x28), AT(length[0]), true},
	{VENDOR(0x29), AT(length[1]), true},
	{VENDOR(0x2a), AT(length[2]), true},
	{VENDOR(0x38), AT(encoding), true},
	{VENDOR(0x30), AT(track[0]), true},
	{VENDOR(0x31), AT(track[1]), true},
	{VENDOR(0x32), AT(track[2]), true},
};

static const struct row page_8e[] = {
	{STRIPE(0x11), AT(length[0]), false},
	{STRIPE(0x12), AT(length[1]), false},
	{STRIPE(0x13), AT(length[2]), false},
	{STRIPE(0x14), AT(length[3]), false},
	{STRIPE(0x21), AT(track[0]), false},
	{STRIPE(0x22), AT(track[1]), false},
	{STRIPE(0x23), AT(track[2]), false},
	{STRIPE(0x24), AT(track[3]), false},
};

/* Whole bytes at a whole byte. */
static int place(const struct ph_hid_field *field, uint32_t usage, struct ph_msr_place *out)
{
	uint32_t index = 0;
	bool alone = field->usage == field->usage_last;

	if (!alone && ph_hid_index(field, usage, &index) < 0)
		return -ENOTSUP;
	uint32_t bit = field->bit_offset - 8 + index * field->bit_size;
	uint32_t bits = field->bit_size * (alone ? field->count : 1);
	if (bit % 8 || bits % 8 || bit / 8 + bits / 8 > PH_HID_REPORT_MAX)
		return -ENOTSUP;
	*out = (struct ph_msr_place){(uint16_t)(bit / 8), (uint16_t)(bits / 8)};
	return 0;
}

static int read_rows(const struct ph_hid *hid, const struct row *rows, size_t count,
	struct ph_msr_layout *layout)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		const struct ph_hid_field *field =
			first ? ph_hid_find(hid, PH_HID_INPUT, rows[i].usage, NULL)
			      : ph_hid_find_in(hid, PH_HID_INPUT, layout->id, rows[i].usage);
		if (!field && rows[i].needed)
			return -ENOTSUP;
		if (!field)
			continue;
		if (place(field, rows[i].usage,
			    (struct ph_msr_place *)((char *)layout + rows[i].member)) < 0)
			return -ENOTSUP;
		layout->id = field->report_id;
		first = false;
	}
	layout->has_id = hid->numbered;
	size_t len = ph_hid_report_len(hid, PH_HID_INPUT, layout->id);
	layout->size = (uint16_t)(len ? len - 1 : 0);
	return first ? -ENOTSUP : 0;
}

/* A length that is one byte or two, and a track with room for one, or neither. */
static int check_tracks(const struct ph_msr_layout *layout)
{
	unsigned tracks = 0;

	for (unsigned i = 0; i < PH_MSR_TRACKS; i++) {
		const struct ph_msr_place *track = &layout->track[i], *length = &layout->length[i];
		if (!track->size != !length->size || length->size > 2 ||
			(track->size && track->size < TRACK_ROOM_MIN))
			return -ENOTSUP;
		tracks += track->size > 0;
	}
	return tracks ? 0 : -ENOTSUP;
}

static bool is_idtech(const struct ph_hid *hid)
{
	const struct ph_hid_field *length = ph_hid_find(hid, PH_HID_INPUT, VENDOR(0x30), NULL);
	const struct ph_hid_field *block = ph_hid_find(hid, PH_HID_INPUT, VENDOR(0x31), NULL);

	return length && block && length->bit_size * length->count == 16 &&
	       block->bit_size * block->count >= IDTECH_MIN * 8;
}

int ph_msr_layout_read(const uint8_t *descriptor, size_t len, enum ph_msr_format *ret_format,
	struct ph_msr_layout *ret_layout)
{
	struct ph_msr_layout layout = {0};
	struct ph_hid hid;

	int r = ph_hid_parse(descriptor, len, &hid);
	if (r < 0)
		return r;
	if (ph_hid_is(&hid, VENDOR(1)) && is_idtech(&hid)) {
		*ret_format = PH_MSR_FORMAT_IDTECH;
		layout.has_id = hid.numbered;
		*ret_layout = layout;
		return 0;
	}
	if (ph_hid_is(&hid, PH_HID_STRIPE_READER))
		r = read_rows(&hid, page_8e, PH_ARRAY_SIZE(page_8e), &layout);
	else if (ph_hid_is(&hid, VENDOR(1)))
		r = read_rows(&hid, magtek, PH_ARRAY_SIZE(magtek), &layout);
	else
		r = -ENOTSUP;
	if (r >= 0)
		r = check_tracks(&layout);
	if (r < 0)
		return r;
	*ret_format = PH_MSR_FORMAT_FIELDS;
	*ret_layout = layout;
	return 0;
}
