// Report descriptors: fields of the devices that matter, every kind of item, limits, and
// descriptors that are wrong.
#include "hex_help.h"
#include "hid_descriptors.h"
#include "protocols/hid/descriptor.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#define USAGE PH_HID_USAGE

static struct ph_hid hid;
static uint8_t bytes[8192];

static int parse(const char *text)
{
	return ph_hid_parse(bytes, hex(text, bytes, sizeof bytes), &hid);
}

static const struct ph_hid_field *input(uint32_t usage)
{
	const struct ph_hid_field *field = ph_hid_find(&hid, PH_HID_INPUT, usage, NULL);

	ck_assert_ptr_nonnull(field);
	return field;
}

static int64_t get(const struct ph_hid_field *field, uint32_t index, const char *report)
{
	uint8_t data[512];
	size_t len = hex(report, data, sizeof data);
	int64_t value;

	ck_assert_int_eq(ph_hid_get(field, index, data, len, &value), 0);
	return value;
}

START_TEST(scanner)
{
	uint32_t index;

	ck_assert_int_eq(parse(SCANNER_A), 0);
	ck_assert(hid.numbered);
	ck_assert(ph_hid_is(&hid, PH_HID_SCANNER));
	ck_assert(!ph_hid_is(&hid, PH_HID_KEYBOARD));
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 2), 64);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_OUTPUT, 4), 2);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 4), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_FEATURE, 2), 0);

	const struct ph_hid_field *data = input(USAGE(0x8c, 0xfe));
	ck_assert_uint_eq(data->report_id, 2);
	ck_assert_uint_eq(data->bit_offset, 5 * 8);
	ck_assert_uint_eq(data->count, 56);
	ck_assert_uint_eq(data->bit_size, 8);
	ck_assert_uint_eq(data->flags, PH_HID_VARIABLE | PH_HID_BYTES);
	ck_assert_uint_eq(data->application, USAGE(0x8c, 2));
	ck_assert_uint_eq(data->logical, USAGE(0x8c, 0x12));
	ck_assert_int_eq(data->logical_min, 0);
	ck_assert_int_eq(data->logical_max, 255);

	ck_assert_uint_eq(input(USAGE(1, 0x3b))->bit_offset, 8);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xfb))->bit_offset, 2 * 8);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xfd))->bit_offset, 4 * 8);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xfd))->count, 1);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xff))->bit_offset, 63 * 8);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xff))->bit_size, 1);

	const struct ph_hid_field *beep = ph_hid_find(&hid, PH_HID_OUTPUT, USAGE(0x8c, 0x86), NULL);
	ck_assert_uint_eq(beep->report_id, 4);
	ck_assert_uint_eq(beep->bit_offset, 8 + 6);
	ck_assert_uint_eq(beep->logical, USAGE(0x8c, 0x14));
	ck_assert_int_eq(ph_hid_index(beep, USAGE(0x8c, 0x86), &index), 0);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(ph_hid_index(beep, USAGE(0x8c, 0x87), &index), -ENOENT);
	ck_assert_ptr_null(ph_hid_find(&hid, PH_HID_INPUT, USAGE(0x8c, 0x86), NULL));
	ck_assert_ptr_null(ph_hid_find_in(&hid, PH_HID_OUTPUT, 2, USAGE(0x8c, 0x86)));
	ck_assert_ptr_eq(ph_hid_find_in(&hid, PH_HID_OUTPUT, 4, USAGE(0x8c, 0x86)), beep);
}
END_TEST

START_TEST(other_scanner_layouts)
{
	ck_assert_int_eq(parse(SCANNER_A62), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 2), 62);
	ck_assert_int_eq(parse(SCANNER_A61), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 2), 61);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xfe))->bit_offset, 4 * 8);
	ck_assert_int_eq(parse(SCANNER_B), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 2), 64);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xfe))->bit_offset, 2 * 8);
	ck_assert_uint_eq(input(USAGE(0x8c, 0xff))->bit_offset, 63 * 8);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_OUTPUT, 4), 64);
}
END_TEST

START_TEST(keyboard)
{
	uint8_t report[] = {0, 0x02, 0, 0x04, 0, 0, 0, 0, 0x65};
	uint32_t usage;
	uint32_t index;

	ck_assert_int_eq(parse(KEYBOARD), 0);
	ck_assert(!hid.numbered);
	ck_assert(ph_hid_is(&hid, PH_HID_KEYBOARD));
	ck_assert(!ph_hid_is(&hid, PH_HID_SCANNER));
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 0), 9);
	const struct ph_hid_field *shift = input(USAGE(7, 0xe1));
	ck_assert_uint_eq(shift->count, 8);
	ck_assert_int_eq(ph_hid_index(shift, USAGE(7, 0xe1), &index), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(get(shift, index, "00 02 00 00 00 00 00 00 00"), 1);
	ck_assert_int_eq(get(shift, 0, "00 02 00 00 00 00 00 00 00"), 0);

	const struct ph_hid_field *keys = input(USAGE(7, 4));
	ck_assert_uint_eq(keys->flags & PH_HID_VARIABLE, 0);
	ck_assert_int_eq(ph_hid_get_usage(&hid, keys, 0, report, sizeof report, &usage), 0);
	ck_assert_uint_eq(usage, USAGE(7, 4));
	ck_assert_int_eq(ph_hid_get_usage(&hid, keys, 5, report, sizeof report, &usage), 0);
	ck_assert_uint_eq(usage, USAGE(7, 0x65));
	ck_assert_int_eq(ph_hid_get_usage(&hid, keys, 6, report, sizeof report, &usage), -ERANGE);
	ck_assert_int_eq(ph_hid_get_usage(&hid, shift, 0, report, sizeof report, &usage), -EINVAL);
	report[3] = 0x66;
	ck_assert_int_eq(ph_hid_get_usage(&hid, keys, 0, report, sizeof report, &usage), -ENOENT);
}
END_TEST

/* reports of scales: status, unit, exponent, weight */
static const struct {
	const char *report;
	unsigned status, unit;
	int exponent, weight;
} weights[] = {
	{"03 04 0B FF 4B 00", 0x74, 0x5b, -1, 75},
	{"03 04 02 00 F4 01", 0x74, 0x52, 0, 500},
	{"03 04 03 FD E8 03", 0x74, 0x53, -3, 1000},
	{"03 02 02 00 00 00", 0x72, 0x52, 0, 0},
	{"03 06 0C FF FF FF", 0x76, 0x5c, -1, 65535},
	{"03 04 0D 00 01 00", 0x74, 0, 0, 1},
};

START_TEST(scale)
{
	uint8_t report[8];
	size_t len = hex(weights[_i].report, report, sizeof report);
	uint32_t usage;
	int64_t value;

	ck_assert_int_eq(parse(SCALE), 0);
	ck_assert(ph_hid_is(&hid, PH_HID_SCALE));
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 3), 6);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_OUTPUT, 2), 2);
	const struct ph_hid_field *field = input(USAGE(0x8d, 0x71));
	ck_assert_uint_eq(field->logical, USAGE(0x8d, 0x70));
	ck_assert_int_eq(ph_hid_get_usage(&hid, field, 0, report, len, &usage), 0);
	ck_assert_uint_eq(usage, USAGE(0x8d, weights[_i].status));
	int r = ph_hid_get_usage(&hid, input(USAGE(0x8d, 0x51)), 0, report, len, &usage);
	if (weights[_i].unit)
		ck_assert_uint_eq(usage, USAGE(0x8d, weights[_i].unit));
	else
		ck_assert_int_eq(r, -ENOENT);
	ck_assert_int_eq(ph_hid_get(input(USAGE(0x8d, 0x41)), 0, report, len, &value), 0);
	ck_assert_int_eq(value, weights[_i].exponent);
	ck_assert_int_eq(ph_hid_get(input(USAGE(0x8d, 0x40)), 0, report, len, &value), 0);
	ck_assert_int_eq(value, weights[_i].weight);
	ck_assert_int_eq(
		ph_hid_get(input(USAGE(0x8d, 0x40)), 0, report, len - 1, &value), -EMSGSIZE);
}
END_TEST

START_TEST(scale_output)
{
	uint8_t report[] = {2, 0};

	ck_assert_int_eq(parse(SCALE), 0);
	const struct ph_hid_field *zero = ph_hid_find(&hid, PH_HID_OUTPUT, USAGE(0x8d, 0x80), NULL);
	ck_assert_int_eq(ph_hid_put(zero, 0, 1, report, sizeof report), 0);
	ck_assert_uint_eq(report[1], 2);
	ck_assert_int_eq(ph_hid_put(zero, 0, 2, report, sizeof report), -ERANGE);
	ck_assert_int_eq(ph_hid_put(zero, 0, 1, report, 1), -EMSGSIZE);
}
END_TEST

START_TEST(stripe_reader)
{
	uint8_t report[338] = {0}, track[128];

	ck_assert_int_eq(parse(STRIPE_READER), 0);
	ck_assert(ph_hid_is(&hid, USAGE(0xff00, 1)));
	ck_assert_uint_eq(ph_hid_is_vendor(&hid, 1), USAGE(0xff00, 1));
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 0), 338);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_FEATURE, 0), 25);
	ck_assert_uint_eq(input(USAGE(0xff00, 0x29))->bit_offset, 5 * 8);
	const struct ph_hid_field *track2 = input(USAGE(0xff00, 0x31));
	ck_assert_uint_eq(track2->bit_offset, 118 * 8);
	report[118] = ';';
	report[227] = '?';
	ck_assert_int_eq(ph_hid_get_bytes(track2, report, sizeof report, track, sizeof track), 110);
	ck_assert_uint_eq(track[0], ';');
	ck_assert_uint_eq(track[109], '?');
	ck_assert_int_eq(ph_hid_get_bytes(track2, report, 227, track, sizeof track), -EMSGSIZE);
	ck_assert_int_eq(ph_hid_get_bytes(track2, report, sizeof report, track, 109), -ENOBUFS);
}
END_TEST

START_TEST(vendor_usages)
{
	ck_assert_int_eq(parse(OEM_SCANNER), 0);
	ck_assert_uint_eq(ph_hid_is_vendor(&hid, 0x4b00), USAGE(0xff45, 0x4b00));
	ck_assert_uint_eq(ph_hid_is_vendor(&hid, 0x4a00), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_OUTPUT, 0), 12);
	ck_assert_int_eq(parse(DRAWER), 0);
	ck_assert(ph_hid_is(&hid, USAGE(0xffa0, 1)));
	/* an ordinary page does not count */
	ck_assert_int_eq(parse("05 01 0A 00 4B A1 01 C0"), 0);
	ck_assert_uint_eq(ph_hid_is_vendor(&hid, 0x4b00), 0);
}
END_TEST

START_TEST(units_and_state)
{
	/* centimetres by ten to the minus two; saved, changed, restored */
	ck_assert_int_eq(parse("05 01 A1 01 15 81 25 7F 35 00 46 E8 03 65 11 55 0E 75 08 95 01 "
			       "A4 75 10 17 00 00 00 80 27 FF FF FF 7F 55 FD 09 30 81 02 B4 "
			       "09 31 81 02 C0"),
		0);
	const struct ph_hid_field *x = input(USAGE(1, 0x30)), *y = input(USAGE(1, 0x31));
	ck_assert_int_eq(x->unit_exponent, -3);
	ck_assert_uint_eq(x->bit_size, 16);
	ck_assert_int_eq(x->logical_min, INT32_MIN);
	ck_assert_int_eq(x->logical_max, INT32_MAX);
	ck_assert_int_eq(y->unit_exponent, -2);
	ck_assert_uint_eq(y->unit, 0x11);
	ck_assert_uint_eq(y->bit_size, 8);
	ck_assert_int_eq(y->logical_min, -127);
	ck_assert_int_eq(y->logical_max, 127);
	ck_assert_int_eq(y->physical_max, 1000);
	ck_assert_int_eq(get(y, 0, "00 00 00 81"), -127);
	ck_assert_uint_eq(x->application, 0); /* the collection has no usage */
}
END_TEST

START_TEST(usages)
{
	const struct ph_hid_field *field = NULL;

	/* with their own page; more values than usages; more usages than values; none */
	ck_assert_int_eq(parse("05 01 75 08 0B FE 00 8C 00 09 30 95 04 81 02 09 31 09 32 95 01 81 "
			       "02 81 02"),
		0);
	ck_assert_uint_eq(hid.field_count, 4);
	ck_assert_uint_eq(hid.fields[0].usage, USAGE(0x8c, 0xfe));
	ck_assert_uint_eq(hid.fields[0].count, 1);
	ck_assert_uint_eq(hid.fields[1].count, 3);
	ck_assert_uint_eq(hid.fields[2].usage, USAGE(1, 0x31));
	ck_assert_uint_eq(hid.fields[2].bit_offset, 5 * 8);
	ck_assert_uint_eq(hid.fields[3].usage, 0);
	/* a page behind its usages; one that stands between two */
	ck_assert_int_eq(parse("75 08 95 02 05 01 09 3B 05 8C 81 02"), 0);
	ck_assert_uint_eq(hid.fields[0].usage, USAGE(0x8c, 0x3b));
	ck_assert_int_eq(parse("75 08 95 02 05 01 09 3B 05 8C 09 FB 81 02"), 0);
	ck_assert_uint_eq(hid.fields[0].usage, USAGE(1, 0x3b));
	ck_assert_uint_eq(hid.fields[1].usage, USAGE(0x8c, 0xfb));
	/* of alternatives the first */
	ck_assert_int_eq(parse("75 08 95 02 05 01 A9 01 09 30 09 31 A9 00 09 32 81 02"), 0);
	ck_assert_uint_eq(hid.field_count, 2);
	ck_assert_uint_eq(hid.fields[1].usage, USAGE(1, 0x32));
	/* a range with pages; its usages one after the other */
	ck_assert_int_eq(
		parse("75 08 95 04 1B FB 00 8C 00 2B FD 00 8C 00 0B FE 00 8C 00 81 02"), 0);
	ck_assert_uint_eq(hid.fields[0].count, 3);
	ck_assert_uint_eq(hid.fields[1].bit_offset, 4 * 8);
	/* the same usage in two reports */
	ck_assert_int_eq(parse("75 08 95 01 05 01 85 01 09 30 81 02 85 02 09 30 81 02"), 0);
	field = ph_hid_find(&hid, PH_HID_INPUT, USAGE(1, 0x30), field);
	ck_assert_uint_eq(field->report_id, 1);
	field = ph_hid_find(&hid, PH_HID_INPUT, USAGE(1, 0x30), field);
	ck_assert_uint_eq(field->report_id, 2);
	ck_assert_ptr_null(ph_hid_find(&hid, PH_HID_INPUT, USAGE(1, 0x30), field));
}
END_TEST

START_TEST(arrays_of_single_usages)
{
	uint8_t report[] = {0, 3, 1};
	uint32_t usage;

	ck_assert_int_eq(parse("05 8D 75 08 95 02 15 01 25 04 09 71 09 74 19 76 29 77 81 00"), 0);
	ck_assert_uint_eq(hid.field_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(ph_hid_get_usage(&hid, &hid.fields[i], 0, report, 3, &usage), 0);
		ck_assert_uint_eq(usage, USAGE(0x8d, 0x76));
		ck_assert_int_eq(ph_hid_get_usage(&hid, &hid.fields[i], 1, report, 3, &usage), 0);
		ck_assert_uint_eq(usage, USAGE(0x8d, 0x71));
	}
	report[1] = 0;
	ck_assert_int_eq(ph_hid_get_usage(&hid, &hid.fields[0], 0, report, 3, &usage), -ENOENT);
	report[1] = 5;
	ck_assert_int_eq(ph_hid_get_usage(&hid, &hid.fields[0], 0, report, 3, &usage), -ENOENT);
}
END_TEST

/* Every width at every place: what is written is read, and nothing else changes. */
START_TEST(bits)
{
	for (unsigned size = 1; size <= 32; size++)
		for (unsigned at = 8; at < 40; at++) {
			struct ph_hid_field field = {.bit_offset = at,
				.bit_size = (uint16_t)size,
				.count = 1,
				.logical_min = -(INT64_C(1) << (size - 1)),
				.logical_max = (INT64_C(1) << (size - 1)) - 1};
			uint8_t report[9], back[9];
			size_t len = (at + size + 7) / 8;
			int64_t value;
			memset(report, 0xa5, sizeof report);
			memcpy(back, report, sizeof back);
			int64_t numbers[] = {field.logical_min, field.logical_max, -1};
			for (unsigned i = 0; i < 3; i++) {
				ck_assert_int_eq(ph_hid_put(&field, 0, numbers[i], report, len), 0);
				ck_assert_int_eq(ph_hid_get(&field, 0, report, len, &value), 0);
				ck_assert_int_eq(value, numbers[i]);
			}
			ck_assert_int_eq(ph_hid_get(&field, 0, report, len - 1, &value), -EMSGSIZE);
			ph_hid_set_bits(report, at, size, ph_hid_bits(back, at, size));
			ck_assert_mem_eq(report, back, sizeof back);
		}
}
END_TEST

START_TEST(large_values)
{
	uint8_t report[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, out[16];
	int64_t value;

	/* one value of 64 bits; bytes that begin within a byte */
	ck_assert_int_eq(parse("06 00 FF 75 40 95 01 09 01 81 02 75 04 09 02 81 02 75 08 95 02 09 "
			       "03 81 02"),
		0);
	const struct ph_hid_field *wide = input(USAGE(0xff00, 1));
	ck_assert_int_eq(ph_hid_get(wide, 0, report, sizeof report, &value), -EOVERFLOW);
	ck_assert_int_eq(ph_hid_get(wide, 1, report, sizeof report, &value), -ERANGE);
	ck_assert_int_eq(ph_hid_get_bytes(wide, report, sizeof report, out, sizeof out), 8);
	ck_assert_mem_eq(out, report + 1, 8);
	report[9] = 0x1f;
	report[10] = 0x32;
	report[11] = 0x54;
	ck_assert_int_eq(
		ph_hid_get_bytes(input(USAGE(0xff00, 3)), report, sizeof report, out, 2), 2);
	ck_assert_uint_eq(out[0], 0x21);
	ck_assert_uint_eq(out[1], 0x43);
	ck_assert_int_eq(ph_hid_get_bytes(input(USAGE(0xff00, 2)), report, sizeof report, out, 2),
		-EOVERFLOW);
}
END_TEST

START_TEST(skipped)
{
	/* a long item, a string, a reserved item, half a range */
	ck_assert_int_eq(
		parse("FE 03 F0 01 02 03 05 01 79 01 FC 19 01 75 08 95 01 09 30 81 02"), 0);
	ck_assert_uint_eq(hid.field_count, 1);
	ck_assert_uint_eq(input(USAGE(1, 0x30))->bit_offset, 8);
	ck_assert_int_eq(parse(""), 0);
	ck_assert_uint_eq(hid.field_count, 0);
	/* no values, whatever their size */
	ck_assert_int_eq(parse("05 01 09 30 95 00 75 00 81 02"), 0);
	ck_assert_uint_eq(hid.field_count, 0);
}
END_TEST

static const struct {
	const char *descriptor;
	int error;
} wrong[] = {
	{"05", -EBADMSG},				    /* an item cut off */
	{"27 01 02 03", -EBADMSG},			    /* another */
	{"FE", -EBADMSG},				    /* a long item */
	{"FE 05 00 01", -EBADMSG},			    /* another */
	{"05 01 09 06 A1 01", -EBADMSG},		    /* never closed */
	{"C0", -EBADMSG},				    /* not open */
	{"B4", -EBADMSG},				    /* nothing saved */
	{"85 00", -EBADMSG},				    /* report id */
	{"86 00 01", -EBADMSG},				    /* another */
	{"95 01 81 02", -EBADMSG},			    /* values of no size */
	{"95 01 76 01 01 81 02", -EBADMSG},		    /* of 257 bits */
	{"05 01 19 05 29 04", -EBADMSG},		    /* range the wrong way round */
	{"1B 00 00 01 00 2B 00 00 02 00", -EBADMSG},	    /* over two pages */
	{"A9 01 A9 01", -EBADMSG},			    /* alternatives in each other */
	{"A9 00", -EBADMSG},				    /* closed, not open */
	{"75 08 97 FF FF FF FF 81 02", -E2BIG},		    /* a report of 4 GiB */
	{"75 08 96 00 10 81 02", -E2BIG},		    /* of 4096 bytes and the id */
	{"75 08 96 FF 0F 81 02 75 01 95 01 81 02", -E2BIG}, /* one bit more than fits */
};

START_TEST(refused)
{
	hid.field_count = 77;
	ck_assert_int_eq(parse(wrong[_i].descriptor), wrong[_i].error);
	ck_assert_uint_eq(hid.field_count, 77); /* untouched */
}
END_TEST

/* `n` times an item, then the rest. */
static int repeated(unsigned n, const char *item, const char *rest)
{
	uint8_t one[16];
	size_t len = 0, size = hex(item, one, sizeof one);

	for (unsigned i = 0; i < n; i++) {
		memcpy(bytes + len, one, size);
		len += size;
	}
	len += hex(rest, bytes + len, sizeof bytes - len);
	return ph_hid_parse(bytes, len, &hid);
}

START_TEST(limits)
{
	ck_assert_int_eq(repeated(PH_HID_NESTING_MAX + 1, "A1 02", ""), -E2BIG);
	ck_assert_int_eq(repeated(PH_HID_NESTING_MAX, "A1 02", ""), -EBADMSG); /* only not closed */
	ck_assert_int_eq(repeated(PH_HID_COLLECTIONS_MAX, "A1 02 C0", ""), 0);
	ck_assert_int_eq(repeated(PH_HID_COLLECTIONS_MAX + 1, "A1 02 C0", ""), -E2BIG);
	ck_assert_int_eq(repeated(PH_HID_PUSH_MAX, "A4", ""), 0);
	ck_assert_int_eq(repeated(PH_HID_PUSH_MAX + 1, "A4", ""), -E2BIG);
	ck_assert_int_eq(repeated(PH_HID_FIELDS_MAX, "75 01 95 01 81 02", ""), 0);
	ck_assert_uint_eq(hid.field_count, PH_HID_FIELDS_MAX);
	ck_assert_int_eq(repeated(PH_HID_FIELDS_MAX + 1, "75 01 95 01 81 02", ""), -E2BIG);
	ck_assert_int_eq(repeated(PH_HID_USAGES_MAX, "09 01", ""), 0);
	ck_assert_int_eq(repeated(PH_HID_USAGES_MAX + 1, "09 01", ""), -E2BIG);
	ck_assert_int_eq(repeated(PH_HID_DESCRIPTOR_MAX, "04", ""), 0);
	ck_assert_int_eq(repeated(PH_HID_DESCRIPTOR_MAX + 1, "04", ""), -E2BIG);
	/* an array that names every usage there is, many times */
	ck_assert_int_eq(repeated(200, "1A 00 00 2A FF FF", "75 20 95 01 81 00"), 0);
	ck_assert_uint_eq(hid.field_count, 1);
	/* the largest report */
	ck_assert_int_eq(parse("75 08 96 FF 0F 81 02"), 0);
	ck_assert_uint_eq(ph_hid_report_len(&hid, PH_HID_INPUT, 0), PH_HID_REPORT_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hid");
	TCase *cases = tcase_create("descriptor");

	tcase_add_test(cases, scanner);
	tcase_add_test(cases, other_scanner_layouts);
	tcase_add_test(cases, keyboard);
	tcase_add_loop_test(cases, scale, 0, (int)(sizeof weights / sizeof *weights));
	tcase_add_test(cases, scale_output);
	tcase_add_test(cases, stripe_reader);
	tcase_add_test(cases, vendor_usages);
	tcase_add_test(cases, units_and_state);
	tcase_add_test(cases, usages);
	tcase_add_test(cases, arrays_of_single_usages);
	tcase_add_test(cases, bits);
	tcase_add_test(cases, large_values);
	tcase_add_test(cases, skipped);
	tcase_add_loop_test(cases, refused, 0, (int)(sizeof wrong / sizeof *wrong));
	tcase_add_test(cases, limits);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
