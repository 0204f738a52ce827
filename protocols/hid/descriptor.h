/*
 * HID report descriptors: what a device calls the bits of its reports.
 *
 * ph_hid_parse() makes a table of fields out of a descriptor; ph_hid_find() looks a usage up;
 * ph_hid_get() and ph_hid_put() read and write a field in a report. Scanners, scales, stripe
 * readers and drawer boxes are read by this table, never by offsets out of a manual. Nothing is
 * allocated; whatever the bytes are, parsing ends and stays within the limits below.
 *
 * A report is here always the byte of its id and then the data, as it is written to a hidraw node.
 * A device without report ids has the id 0, and its reports are read without that byte: who reads
 * them puts it in front.
 *
 * Sources: USB Device Class Definition for Human Interface Devices 1.11, 5.4 to 5.8 and 6.2.2; USB
 * HID Usage Tables 1.5.
 */
#ifndef PH_PROTOCOLS_HID_DESCRIPTOR_H
#define PH_PROTOCOLS_HID_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A descriptor that needs more than one of these is refused with -E2BIG. */
#define PH_HID_DESCRIPTOR_MAX  4096 /* bytes, as of Linux */
#define PH_HID_NESTING_MAX     16   /* collections in each other */
#define PH_HID_PUSH_MAX	       16   /* saved global states */
#define PH_HID_FIELDS_MAX      256
#define PH_HID_COLLECTIONS_MAX 128
#define PH_HID_USAGES_MAX      256  /* usages and ranges of usages in front of one main item */
#define PH_HID_REPORT_MAX      4096 /* bytes of a report, its id included */

/* A usage as one number: the page in the high half. */
#define PH_HID_USAGE(page, id) ((uint32_t)(page) << 16 | (id))
#define PH_HID_PAGE(usage)     ((uint16_t)((usage) >> 16))
#define PH_HID_ID(usage)       ((uint16_t)(usage))

/* Usages of application collections, for ph_hid_is(). */
#define PH_HID_KEYBOARD	     PH_HID_USAGE(0x01, 0x06)
#define PH_HID_KEYPAD	     PH_HID_USAGE(0x01, 0x07)
#define PH_HID_SCANNER	     PH_HID_USAGE(0x8c, 0x02)
#define PH_HID_SCALE	     PH_HID_USAGE(0x8d, 0x20)
#define PH_HID_STRIPE_READER PH_HID_USAGE(0x8e, 0x01)

enum ph_hid_kind { PH_HID_INPUT, PH_HID_OUTPUT, PH_HID_FEATURE };

#define PH_HID_KINDS 3

/* Flags of a field, as in the descriptor (HID 1.11, 6.2.2.5). */
#define PH_HID_CONSTANT	    0x001 /* padding, or a value the device does not take */
#define PH_HID_VARIABLE	    0x002 /* else an array: values are places in the list of its usages */
#define PH_HID_RELATIVE	    0x004
#define PH_HID_WRAP	    0x008
#define PH_HID_NONLINEAR    0x010
#define PH_HID_NO_PREFERRED 0x020
#define PH_HID_NULL_STATE   0x040 /* a value out of the logical range says that there is none */
#define PH_HID_VOLATILE	    0x080
#define PH_HID_BYTES	    0x100 /* a buffer of bytes without numeric meaning */

/* What a collection is for (HID 1.11, 6.2.2.6). */
enum { PH_HID_PHYSICAL = 0, PH_HID_APPLICATION = 1, PH_HID_LOGICAL = 2 };

/*
 * `count` values of `bit_size` bits, one behind the other. One main item gives one field for each
 * usage or range of usages in front of it; the last of them has all values that are left. The
 * fields of one array lie on the same bits.
 */
struct ph_hid_field {
	uint32_t usage;	      /* of the first value; 0 when there is none (padding) */
	uint32_t usage_last;  /* equal to `usage`, or the end of a range */
	uint32_t application; /* usage of the application collection around it, or 0 */
	uint32_t logical;     /* usage of the innermost logical collection, or 0 */
	uint32_t unit;	      /* HID 1.11, 6.2.2.7; 0: none */
	int32_t unit_exponent;
	int64_t logical_min; /* below 0: values are signed */
	int64_t logical_max;
	int64_t physical_min; /* both 0: as the logical ones */
	int64_t physical_max;
	uint32_t bit_offset; /* from the start of the report, its id included: 8 is the first */
	uint32_t count;	     /* of values */
	uint16_t bit_size;   /* of one value, 1 to 256 */
	uint16_t flags;
	uint16_t array_base; /* of an array: usages of the fields before it on the same bits */
	uint8_t report_id;   /* 0: the device has no ids */
	enum ph_hid_kind kind;
};

struct ph_hid_collection {
	uint32_t usage;
	uint8_t type;
	int16_t parent; /* index of the collection around it, or -1 */
};

struct ph_hid {
	bool numbered; /* reports have ids */
	uint16_t field_count;
	uint16_t collection_count;
	struct ph_hid_field fields[PH_HID_FIELDS_MAX]; /* in the order of the descriptor */
	struct ph_hid_collection collections[PH_HID_COLLECTIONS_MAX];
	uint16_t report_bits[PH_HID_KINDS][256]; /* of each report, without its id */
};

/*
 * Parses a descriptor. Returns 0 and fills `ret_hid` (about 25 KiB), or -EBADMSG for one that no
 * host can use (an item cut off, a collection or a global state closed that is not open or never
 * closed, a report id 0, a range of usages that ends before it begins or on another page, values of
 * no or more than 256 bits), or -E2BIG for one over the limits above. What is not understood (long
 * items, reserved items, strings, half a range) is skipped.
 */
int ph_hid_parse(const void *descriptor, size_t len, struct ph_hid *ret_hid);

/*
 * The next field of `kind` behind `after` (NULL: from the start) that holds `usage`, by itself or
 * within a range; NULL when there is none. Constant fields count too: their usage says what they
 * are.
 */
const struct ph_hid_field *ph_hid_find(const struct ph_hid *hid, enum ph_hid_kind kind,
	uint32_t usage, const struct ph_hid_field *after);

/* The same, of one report only. */
const struct ph_hid_field *ph_hid_find_in(
	const struct ph_hid *hid, enum ph_hid_kind kind, uint8_t report_id, uint32_t usage);

/* Whether there is an application collection of this usage: "this is a bar code scanner". */
bool ph_hid_is(const struct ph_hid *hid, uint32_t application);

/* The same with any vendor-defined page (FF00 to FFFF) and this usage id; the whole usage, or 0. */
uint32_t ph_hid_is_vendor(const struct ph_hid *hid, uint16_t usage_id);

/* Bytes of a report with its id, or 0 when the device has no such report. */
size_t ph_hid_report_len(const struct ph_hid *hid, enum ph_hid_kind kind, uint8_t report_id);

/*
 * Which value of a variable field has this usage; -ENOENT when none has. The last usage stands
 * for all values behind.
 */
int ph_hid_index(const struct ph_hid_field *field, uint32_t usage, uint32_t *ret_index);

/*
 * The value `index` of a field, signed when the logical minimum is below 0. -ERANGE: no such value;
 * -EMSGSIZE: the report is too short; -EOVERFLOW: the values have more than 32 bits.
 */
int ph_hid_get(const struct ph_hid_field *field, uint32_t index, const uint8_t *report, size_t len,
	int64_t *ret_value);

/*
 * Writes a value, other bits stay. Errors as above; -ERANGE also for a value outside of the
 * logical range.
 */
int ph_hid_put(const struct ph_hid_field *field, uint32_t index, int64_t value, uint8_t *report,
	size_t len);

/*
 * What an array says: the usage its value `index` stands for, or -ENOENT for a value outside of the
 * list, by which a device says "none". Other errors as of ph_hid_get(). `field` is any of the
 * fields on the same bits.
 */
int ph_hid_get_usage(const struct ph_hid *hid, const struct ph_hid_field *field, uint32_t index,
	const uint8_t *report, size_t len, uint32_t *ret_usage);

/*
 * All values of a field as bytes; they must be whole bytes together (-EOVERFLOW), but may begin at
 * any bit. Returns their number, -EMSGSIZE when the report is too short, -ENOBUFS when they are
 * more than `max`.
 */
int ph_hid_get_bytes(const struct ph_hid_field *field, const uint8_t *report, size_t len,
	uint8_t *out, size_t max);

/*
 * `bit_size` (1 to 32) bits of a report, lowest bit of the lowest byte first; the caller has
 * checked the length.
 */
uint32_t ph_hid_bits(const uint8_t *report, uint32_t bit_offset, unsigned bit_size);
void ph_hid_set_bits(uint8_t *report, uint32_t bit_offset, unsigned bit_size, uint32_t value);

#endif
