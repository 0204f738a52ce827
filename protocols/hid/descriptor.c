// Parses HID report descriptors into a table of fields; reading and writing these in reports is in
// field.c.
#include "protocols/hid/descriptor.h"

#include <errno.h>
#include <string.h>

#define SIZE_MAX_BITS 256 /* of one value, as of Linux */
#define REPORT_BITS   ((PH_HID_REPORT_MAX - 1) * 8u)
#define LONG_ITEM     0xfe

/* An item's first byte without its two bits of length: tag and type (HID 1.11, 6.2.2.2). */
enum tag {
	TAG_INPUT = 0x80,
	TAG_OUTPUT = 0x90,
	TAG_FEATURE = 0xb0,
	TAG_COLLECTION = 0xa0,
	TAG_END_COLLECTION = 0xc0,

	TAG_USAGE_PAGE = 0x04,
	TAG_LOGICAL_MIN = 0x14,
	TAG_LOGICAL_MAX = 0x24,
	TAG_PHYSICAL_MIN = 0x34,
	TAG_PHYSICAL_MAX = 0x44,
	TAG_UNIT_EXPONENT = 0x54,
	TAG_UNIT = 0x64,
	TAG_REPORT_SIZE = 0x74,
	TAG_REPORT_ID = 0x84,
	TAG_REPORT_COUNT = 0x94,
	TAG_PUSH = 0xa4,
	TAG_POP = 0xb4,

	TAG_USAGE = 0x08,
	TAG_USAGE_MIN = 0x18,
	TAG_USAGE_MAX = 0x28,
	TAG_DELIMITER = 0xa8
};

#define TYPE(tag)   ((tag)&0x0c)
#define TYPE_MAIN   0x00
#define TYPE_GLOBAL 0x04
#define TYPE_LOCAL  0x08

struct item {
	uint8_t tag;
	uint8_t size; /* of its data: 0, 1, 2 or 4 */
	uint32_t data;
};

/* A number whose sign is known only with its lower bound. */
struct number {
	uint32_t data;
	uint8_t size;
};

struct global {
	uint16_t usage_page;
	uint8_t report_id;
	uint32_t report_size, report_count;
	uint32_t unit;
	int32_t unit_exponent;
	struct number logical_min, logical_max, physical_min, physical_max;
};

struct usage_range {
	uint32_t first, last;
	bool extended; /* came with its page */
};

struct parser {
	struct ph_hid *hid;
	struct global global;
	struct global saved[PH_HID_PUSH_MAX];
	unsigned saved_count;
	int16_t open[PH_HID_NESTING_MAX];
	unsigned open_count;

	/* local state: goes with the next main item */
	struct usage_range usages[PH_HID_USAGES_MAX];
	unsigned usage_count;
	struct usage_range range; /* being given by its two ends */
	bool has_first, has_last;
	bool in_delimiter, delimited; /* of a set of alternatives only the first counts */
};

static int64_t as_signed(struct number n)
{
	switch (n.size) {
	case 1:
		return (int8_t)n.data;
	case 2:
		return (int16_t)n.data;
	default:
		return (int32_t)n.data;
	}
}

/*
 * Devices write FF for 255 where the minimum is not below 0, though the standard would have it
 * signed.
 */
static int64_t upper_bound(int64_t min, struct number max)
{
	return min < 0 ? as_signed(max) : (int64_t)max.data;
}

static void clear_local(struct parser *p)
{
	p->usage_count = 0;
	p->has_first = p->has_last = false;
	p->in_delimiter = p->delimited = false;
}

static int add_usages(struct parser *p, struct usage_range range)
{
	if (range.last < range.first || PH_HID_PAGE(range.last) != PH_HID_PAGE(range.first))
		return -EBADMSG;
	if (p->in_delimiter) {
		if (p->delimited)
			return 0;
		p->delimited = true;
	}
	if (p->usage_count == PH_HID_USAGES_MAX)
		return -E2BIG;
	p->usages[p->usage_count++] = range;
	return 0;
}

static uint32_t with_page(const struct parser *p, const struct item *item)
{
	if (item->size > 2)
		return item->data;
	return PH_HID_USAGE(p->global.usage_page, item->data);
}

static int range_end(struct parser *p, const struct item *item)
{
	uint32_t usage = with_page(p, item);

	p->range.extended = item->size > 2;
	if (item->tag == TAG_USAGE_MIN) {
		p->range.first = usage;
		p->has_first = true;
	} else {
		p->range.last = usage;
		p->has_last = true;
	}
	if (!p->has_first || !p->has_last)
		return 0;
	p->has_first = p->has_last = false;
	return add_usages(p, p->range);
}

static int local_item(struct parser *p, const struct item *item)
{
	uint32_t usage;

	switch (item->tag) {
	case TAG_USAGE:
		usage = with_page(p, item);
		return add_usages(p, (struct usage_range){usage, usage, item->size > 2});
	case TAG_USAGE_MIN:
	case TAG_USAGE_MAX:
		return range_end(p, item);
	case TAG_DELIMITER:
		if (p->in_delimiter == (item->data != 0))
			return -EBADMSG;
		p->in_delimiter = item->data != 0;
		p->delimited = false;
		return 0;
	default: /* designators, strings */
		return 0;
	}
}

/* A nibble with sign by the standard; some devices send the whole number. */
static int32_t exponent(const struct item *item)
{
	if (item->data <= 0x0f)
		return item->data > 7 ? (int32_t)item->data - 16 : (int32_t)item->data;
	return (int32_t)as_signed((struct number){item->data, item->size});
}

static int push_or_pop(struct parser *p, bool push)
{
	if (push) {
		if (p->saved_count == PH_HID_PUSH_MAX)
			return -E2BIG;
		p->saved[p->saved_count++] = p->global;
		return 0;
	}
	if (p->saved_count == 0)
		return -EBADMSG;
	p->global = p->saved[--p->saved_count];
	return 0;
}

static int global_item(struct parser *p, const struct item *item)
{
	struct global *global = &p->global;
	struct number number = {item->data, item->size};

	switch (item->tag) {
	case TAG_USAGE_PAGE:
		global->usage_page = (uint16_t)item->data;
		break;
	case TAG_LOGICAL_MIN:
		global->logical_min = number;
		break;
	case TAG_LOGICAL_MAX:
		global->logical_max = number;
		break;
	case TAG_PHYSICAL_MIN:
		global->physical_min = number;
		break;
	case TAG_PHYSICAL_MAX:
		global->physical_max = number;
		break;
	case TAG_UNIT_EXPONENT:
		global->unit_exponent = exponent(item);
		break;
	case TAG_UNIT:
		global->unit = item->data;
		break;
	case TAG_REPORT_SIZE:
		global->report_size = item->data;
		break;
	case TAG_REPORT_COUNT:
		global->report_count = item->data;
		break;
	case TAG_REPORT_ID:
		if (item->data == 0 || item->data > 255)
			return -EBADMSG;
		global->report_id = (uint8_t)item->data;
		p->hid->numbered = true;
		break;
	case TAG_PUSH:
	case TAG_POP:
		return push_or_pop(p, item->tag == TAG_PUSH);
	default: /* reserved */
		break;
	}
	return 0;
}

/*
 * A page that stands behind its usages goes with them: all that have another page and came last
 * (as Linux reads it).
 */
static void late_page(struct parser *p)
{
	uint16_t page = p->global.usage_page;

	for (unsigned i = p->usage_count; i-- > 0;) {
		struct usage_range *range = &p->usages[i];
		if (range->extended)
			continue;
		if (PH_HID_PAGE(range->last) == page)
			break;
		range->first = PH_HID_USAGE(page, PH_HID_ID(range->first));
		range->last = PH_HID_USAGE(page, PH_HID_ID(range->last));
	}
}

static int add_field(struct parser *p, const struct ph_hid_field *field)
{
	struct ph_hid *hid = p->hid;

	if (hid->field_count == PH_HID_FIELDS_MAX)
		return -E2BIG;
	hid->fields[hid->field_count++] = *field;
	return 0;
}

/* Of a variable item: each usage has its own values, the last one all that are left. */
static int add_variable(struct parser *p, struct ph_hid_field *field)
{
	uint32_t left = field->count;

	for (unsigned i = 0; i < p->usage_count && left; i++) {
		const struct usage_range *range = &p->usages[i];
		uint32_t span = range->last - range->first;
		bool rest = i == p->usage_count - 1 || span >= left;
		field->usage = range->first;
		field->usage_last = range->last;
		field->count = rest ? left : span + 1;
		int r = add_field(p, field);
		if (r < 0)
			return r;
		field->bit_offset += field->count * field->bit_size;
		left -= field->count;
	}
	return 0;
}

/* Of an array: all values choose from all usages. */
static int add_array(struct parser *p, struct ph_hid_field *field)
{
	uint32_t base = 0;

	for (unsigned i = 0; i < p->usage_count; i++) {
		const struct usage_range *range = &p->usages[i];
		field->usage = range->first;
		field->usage_last = range->last;
		field->array_base = (uint16_t)base;
		int r = add_field(p, field);
		if (r < 0)
			return r;
		base += range->last - range->first + 1;
		if (base > UINT16_MAX)
			break; /* no value reaches those behind */
	}
	return 0;
}

static uint32_t collection_usage(const struct parser *p, uint8_t type)
{
	for (unsigned i = p->open_count; i-- > 0;) {
		const struct ph_hid_collection *c = &p->hid->collections[p->open[i]];
		if (c->type == type)
			return c->usage;
	}
	return 0;
}

static int field_item(struct parser *p, const struct item *item, enum ph_hid_kind kind)
{
	const struct global *global = &p->global;
	uint16_t *bits = &p->hid->report_bits[kind][global->report_id];
	struct ph_hid_field field = {
		.application = collection_usage(p, PH_HID_APPLICATION),
		.logical = collection_usage(p, PH_HID_LOGICAL),
		.unit = global->unit,
		.unit_exponent = global->unit_exponent,
		.logical_min = as_signed(global->logical_min),
		.physical_min = as_signed(global->physical_min),
		.bit_offset = *bits + 8u,
		.count = global->report_count,
		.flags = (uint16_t)(item->data & 0x1ff),
		.report_id = global->report_id,
		.kind = kind,
	};

	if (global->report_count == 0)
		return 0;
	if (global->report_size == 0 || global->report_size > SIZE_MAX_BITS)
		return -EBADMSG;
	if (global->report_count > (REPORT_BITS - *bits) / global->report_size)
		return -E2BIG;
	field.bit_size = (uint16_t)global->report_size;
	field.logical_max = upper_bound(field.logical_min, global->logical_max);
	field.physical_max = upper_bound(field.physical_min, global->physical_max);
	*bits = (uint16_t)(*bits + global->report_count * global->report_size);
	if (p->usage_count == 0)
		return add_field(p, &field);
	return field.flags & PH_HID_VARIABLE ? add_variable(p, &field) : add_array(p, &field);
}

static int open_collection(struct parser *p, const struct item *item)
{
	struct ph_hid *hid = p->hid;

	if (p->open_count == PH_HID_NESTING_MAX || hid->collection_count == PH_HID_COLLECTIONS_MAX)
		return -E2BIG;
	hid->collections[hid->collection_count] = (struct ph_hid_collection){
		.usage = p->usage_count ? p->usages[0].first : 0,
		.type = (uint8_t)item->data,
		.parent = p->open_count ? p->open[p->open_count - 1] : -1,
	};
	p->open[p->open_count++] = (int16_t)hid->collection_count++;
	return 0;
}

static int main_item(struct parser *p, const struct item *item)
{
	int r = 0;

	late_page(p);
	switch (item->tag) {
	case TAG_INPUT:
		r = field_item(p, item, PH_HID_INPUT);
		break;
	case TAG_OUTPUT:
		r = field_item(p, item, PH_HID_OUTPUT);
		break;
	case TAG_FEATURE:
		r = field_item(p, item, PH_HID_FEATURE);
		break;
	case TAG_COLLECTION:
		r = open_collection(p, item);
		break;
	case TAG_END_COLLECTION:
		if (p->open_count == 0)
			return -EBADMSG;
		p->open_count--;
		break;
	default: /* reserved */
		break;
	}
	clear_local(p);
	return r;
}

/*
 * Takes one item off the bytes. Returns how many it has, 0 for an item to skip with `*ret_skip`
 * bytes, or -EBADMSG.
 */
static int next_item(const uint8_t *in, size_t len, struct item *ret_item, size_t *ret_skip)
{
	size_t size;

	if (in[0] == LONG_ITEM) {
		if (len < 3 || len - 3 < in[1])
			return -EBADMSG;
		*ret_skip = 3u + in[1];
		return 0;
	}
	size = in[0] & 3;
	if (size == 3)
		size = 4;
	if (len - 1 < size)
		return -EBADMSG;
	*ret_item = (struct item){.tag = in[0] & 0xfc, .size = (uint8_t)size};
	for (size_t i = 0; i < size; i++)
		ret_item->data |= (uint32_t)in[1 + i] << 8 * i;
	return (int)(1 + size);
}

static int take_item(struct parser *p, const struct item *item)
{
	switch (TYPE(item->tag)) {
	case TYPE_MAIN:
		return main_item(p, item);
	case TYPE_GLOBAL:
		return global_item(p, item);
	case TYPE_LOCAL:
		return local_item(p, item);
	default: /* reserved */
		return 0;
	}
}

int ph_hid_parse(const void *descriptor, size_t len, struct ph_hid *ret_hid)
{
	const uint8_t *in = descriptor;
	struct ph_hid hid;
	struct parser p;

	if (len > PH_HID_DESCRIPTOR_MAX)
		return -E2BIG;
	memset(&hid, 0, sizeof hid);
	memset(&p, 0, sizeof p);
	p.hid = &hid;
	while (len) {
		struct item item;
		size_t used;
		int r = next_item(in, len, &item, &used);
		if (r > 0) {
			used = (size_t)r;
			r = take_item(&p, &item);
		}
		if (r < 0)
			return r;
		in += used;
		len -= used;
	}
	if (p.open_count)
		return -EBADMSG;
	*ret_hid = hid;
	return 0;
}
