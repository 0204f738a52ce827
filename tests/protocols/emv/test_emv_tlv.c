// Objects of BER-TLV: what a hostile card can write, and that what is written is read back. Source: EMV Book 3, annex B.
#include "protocols/emv/tlv.h"

#include "emv_help.h"

#include <errno.h>

struct one {
	const char *text;
	uint32_t tag;
	bool constructed;
	size_t len, total;
};

static const struct one ones[] = {
	{"5A 01 47", 0x5a, false, 1, 3},
	{"9F02 06 000000001234", 0x9f02, false, 6, 9},
	{"DF8129 01 FF", 0xdf8129, false, 1, 5},
	{"70 02 5A00", 0x70, true, 2, 4},
	{"BF0C 00", 0xbf0c, true, 0, 3},
	{"FF01 00", 0xff01, true, 0, 3},
	{"7F2101 00", 0x7f21, true, 1, 4},
	{"5A 81 01 47", 0x5a, false, 1, 4},
	{"5A 82 0001 47", 0x5a, false, 1, 5},
	{"00 00 5A 01 47", 0x5a, false, 1, 3},
};

struct other {
	const char *text;
	int result;
};

static const struct other others[] = {
	{"", 0},
	{"00", 0},
	{"00 00 00", 0},
	/* no length, no value, a value that is too short */
	{"5A", -EBADMSG},
	{"5A 01", -EBADMSG},
	{"5A 02 47", -EBADMSG},
	{"5A 7F 47", -EBADMSG},
	{"5A 81", -EBADMSG},
	{"5A 82", -EBADMSG},
	{"5A 82 00", -EBADMSG},
	{"5A 81 80 47", -EBADMSG},
	{"5A 82 FFFF 47", -EBADMSG},
	/* indefinite, longer and reserved lengths */
	{"70 80 5A0147 0000", -EBADMSG},
	{"5A 83 000001 47", -EBADMSG},
	{"5A 84 00000001 47", -EBADMSG},
	{"5A FF 47", -EBADMSG},
	/* tags that end too soon, are too long, or begin with zeros */
	{"9F", -EBADMSG},
	{"DF81", -EBADMSG},
	{"DF818101 00", -EBADMSG},
	{"9F8001 00", -EBADMSG},
};

START_TEST(next)
{
	const struct one *want = &ones[_i];
	struct bytes b = bytes(want->text);
	struct ph_tlv_cursor cursor = {.data = b.data, .len = b.len};
	struct ph_tlv object;

	ck_assert_int_eq(ph_tlv_next(&cursor, &object), 1);
	ck_assert_uint_eq(object.tag, want->tag);
	ck_assert_int_eq(object.constructed, want->constructed);
	ck_assert_uint_eq(object.len, want->len);
	ck_assert_uint_eq(object.total, want->total);
	ck_assert_ptr_eq(object.start + object.total, object.value + object.len);
	ck_assert_int_eq(ph_tlv_next(&cursor, &object), 0);
}
END_TEST

START_TEST(next_is_none)
{
	struct bytes b = bytes(others[_i].text);
	struct ph_tlv_cursor cursor = {.data = b.data, .len = b.len};
	struct ph_tlv object;

	ck_assert_int_eq(ph_tlv_next(&cursor, &object), others[_i].result);
}
END_TEST

/* Each true prefix of an object ends too soon. */
START_TEST(prefixes)
{
	struct bytes b = bytes("70 81 08 9F02 02 1234 5A 01 47");
	struct ph_tlv object;

	for (size_t len = 1; len < b.len; len++) {
		struct ph_tlv_cursor cursor = {.data = b.data, .len = len};
		ck_assert_int_eq(ph_tlv_next(&cursor, &object), -EBADMSG);
		ck_assert_int_eq(ph_tlv_check(b.data, len), -EBADMSG);
	}
}
END_TEST

struct tree {
	const char *text;
	int result;
};

static const struct tree trees[] = {
	{"", 0},
	{"6F 0A 84 01 31 A5 05 BF0C 02 5000", 0},
	{"70 03 5A 01 47 57 00", 0},
	{"70 04 5A 03 47 57 00", -EBADMSG},  /* an object that looks past its template */
	{"70 02 9F02 00", -EBADMSG},	     /* the length of the inner object stands outside */
	{"70 02 5A01 47", -EBADMSG},	     /* and here its value */
	{"61 08 61 06 61 04 61 02 5000", 0}, /* five levels */
	{"61 0A 61 08 61 06 61 04 61 02 5000", -E2BIG},
	{"61 08 61 06 61 04 61 02 6100", -E2BIG},
	{"77 03 9F27 80", -EBADMSG},
	{"70 00", 0},
	{"70 01 00", 0},
	{"70 03 00 5A00 00", 0},
};

START_TEST(check_tree)
{
	struct bytes b = bytes(trees[_i].text);

	ck_assert_int_eq(ph_tlv_check(b.data, b.len), trees[_i].result);
}
END_TEST

START_TEST(object_count)
{
	uint8_t many[2 * (PH_TLV_OBJECTS_MAX + 1)];

	for (size_t i = 0; i < sizeof many; i += 2) {
		many[i] = 0x50;
		many[i + 1] = 0;
	}
	ck_assert_int_eq(ph_tlv_check(many, 2 * PH_TLV_OBJECTS_MAX), 0);
	ck_assert_int_eq(ph_tlv_check(many, sizeof many), -E2BIG);
}
END_TEST

START_TEST(finding)
{
	struct bytes b = bytes("6F 10 84 02 3131 A5 0A 87 01 01 BF0C 04 87 02 0203");
	struct ph_tlv object;

	ck_assert_int_eq(ph_tlv_find(b.data, b.len, 0x87, &object), -ENOENT);
	ck_assert_int_eq(ph_tlv_find(b.data, b.len, 0x6f, &object), 0);
	ck_assert_uint_eq(object.total, b.len);
	ck_assert_int_eq(ph_tlv_find_deep(b.data, b.len, 0x87, &object), 0);
	ck_assert_uint_eq(object.len, 1);
	ck_assert_int_eq(ph_tlv_find_deep(b.data, b.len, 0xbf0c, &object), 0);
	ck_assert_int_eq(ph_tlv_find(object.value, object.len, 0x87, &object), 0);
	ck_assert_uint_eq(object.len, 2);
	ck_assert_int_eq(ph_tlv_find_deep(b.data, b.len, 0x50, &object), -ENOENT);
	ck_assert_int_eq(ph_tlv_find_deep(b.data, b.len - 1, 0x84, &object), -EBADMSG);
}
END_TEST

START_TEST(walking)
{
	static const uint32_t order[] = {0x6f, 0x84, 0xa5, 0x87, 0xbf0c, 0x61, 0x4f, 0x9f38};
	struct bytes b =
		bytes("6F 16 84 02 3131 A5 0D 87 01 01 BF0C 05 61 03 4F 01 00 00 00 9F38 00");
	struct ph_tlv_cursor cursor = {.data = b.data, .len = b.len};
	struct ph_tlv object;

	ck_assert_int_eq(ph_tlv_check(b.data, b.len), 0);
	for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
		ck_assert_int_eq(ph_tlv_walk(&cursor, &object), 1);
		ck_assert_uint_eq(object.tag, order[i]);
	}
	ck_assert_int_eq(ph_tlv_walk(&cursor, &object), 0);
}
END_TEST

START_TEST(tags)
{
	static const uint32_t some[] = {0x5a, 0x9f02, 0xbf0c, 0xdf8129};
	static const size_t sizes[] = {1, 2, 2, 3};
	struct bytes b = bytes("5A 9F02 BF0C DF8129");
	size_t at = 0;
	uint32_t tag;

	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(ph_tlv_tag(b.data + at, b.len - at, &tag), (int)sizes[i]);
		ck_assert_uint_eq(tag, some[i]);
		ck_assert_uint_eq(ph_tlv_tag_size(tag), sizes[i]);
		at += sizes[i];
	}
	ck_assert_int_eq(ph_tlv_tag(b.data, 0, &tag), -EBADMSG);
}
END_TEST

/* Lengths at the borders of their forms, alone and in two templates. */
START_TEST(writing)
{
	static const size_t lens[] = {0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 1000};
	static uint8_t value[1000], buffer[1100];
	struct ph_tlv object;
	size_t len = lens[_i];
	struct ph_tlv_out out = {.data = buffer, .size = sizeof buffer};

	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (uint8_t)i;
	size_t outer = ph_tlv_open(&out, 0x70);
	ph_tlv_put(&out, 0x50, "x", 1);
	size_t inner = ph_tlv_open(&out, 0xbf0c);
	ph_tlv_put(&out, 0x9f46, value, len);
	ph_tlv_close(&out, inner);
	ph_tlv_close(&out, outer);
	ck_assert(!out.full);
	ck_assert_int_eq(ph_tlv_check(buffer, out.len), 0);
	ck_assert_int_eq(ph_tlv_find_deep(buffer, out.len, 0x9f46, &object), 0);
	ck_assert_uint_eq(object.len, len);
	ck_assert_mem_eq(object.value, value, len);
	ck_assert_int_eq(ph_tlv_find(buffer, out.len, 0x70, &object), 0);
	ck_assert_uint_eq(object.total, out.len);

	/* one byte less, and nothing is written behind the end */
	buffer[out.len - 1] = 0xee;
	struct ph_tlv_out small = {.data = buffer, .size = out.len - 1};
	outer = ph_tlv_open(&small, 0x70);
	ph_tlv_put(&small, 0x50, "x", 1);
	inner = ph_tlv_open(&small, 0xbf0c);
	ph_tlv_put(&small, 0x9f46, value, len);
	ph_tlv_close(&small, inner);
	ph_tlv_close(&small, outer);
	ck_assert(small.full);
	ck_assert_uint_eq(buffer[out.len - 1], 0xee);
	size_t stays = small.len;
	ph_tlv_put(&small, 0x50, NULL, 0);
	ck_assert_uint_eq(small.len, stays);
}
END_TEST

START_TEST(too_long_to_write)
{
	static uint8_t value[0x10000], buffer[0x10100];
	struct ph_tlv_out out = {.data = buffer, .size = sizeof buffer};

	ph_tlv_put(&out, 0x50, value, sizeof value);
	ck_assert(out.full);
	out = (struct ph_tlv_out){.data = buffer, .size = sizeof buffer};
	size_t mark = ph_tlv_open(&out, 0x70);
	ph_tlv_put(&out, 0x50, value, 0xffff);
	ck_assert(!out.full);
	ph_tlv_close(&out, mark);
	ck_assert(out.full);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv tlv");
	TCase *tcase = tcase_create("tlv");

	tcase_add_loop_test(tcase, next, 0, sizeof ones / sizeof *ones);
	tcase_add_loop_test(tcase, next_is_none, 0, sizeof others / sizeof *others);
	tcase_add_test(tcase, prefixes);
	tcase_add_loop_test(tcase, check_tree, 0, sizeof trees / sizeof *trees);
	tcase_add_test(tcase, object_count);
	tcase_add_test(tcase, finding);
	tcase_add_test(tcase, walking);
	tcase_add_test(tcase, tags);
	tcase_add_loop_test(tcase, writing, 0, 11);
	tcase_add_test(tcase, too_long_to_write);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
