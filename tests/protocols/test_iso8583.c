// ISO 8583 messages: worked ones in each packing both ways, and whatever must be refused, with the field's number.
#include "tests/protocols/hex_help.h"
#include "tests/protocols/iso8583_help.h"
#include "tests/protocols/iso8583_vectors.h"

#include "base/cleanup.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static uint8_t wire[PH_ISO_MESSAGE_MAX + 64], memory[PH_ISO_STORE_MAX], again[PH_ISO_MESSAGE_MAX];
static struct ph_iso_store store = {.data = memory, .size = sizeof memory};
static struct ph_iso_message message;
static struct ph_iso_error error;

static size_t vector_bytes(const struct iso_vector *v, unsigned which, uint8_t *out, size_t size)
{
	if (which != ISO_A)
		return hex(v->bytes[which], out, size);
	memcpy(out, v->bytes[which], strlen(v->bytes[which]));
	return strlen(v->bytes[which]);
}

static void fill(struct ph_iso_message *m, const struct iso_vector *v, uint8_t icc[300])
{
	ph_iso_init(m, v->mti);
	for (unsigned i = 0; i < PH_ARRAY_SIZE(v->fields) && v->fields[i].n; i++) {
		if (v->fields[i].n == 55)
			ph_iso_set(m, 55, icc, hex(v->fields[i].text, icc, 300));
		else
			ph_iso_set_text(m, v->fields[i].n, v->fields[i].text);
	}
}

static int unpack(unsigned which, const void *data, size_t len)
{
	memset(&error, 0xee, sizeof error);
	return ph_iso_unpack(&iso_dialect(which)->table, data, len, &store, &message, &error);
}

static void check_refused(unsigned which, const void *data, size_t len, unsigned field)
{
	ck_assert_int_eq(unpack(which, data, len), -EBADMSG);
	ck_assert_uint_eq(error.field, field);
	ck_assert_ptr_nonnull(error.what);
	ck_assert_uint_eq(message.present[0] | message.present[1], 0);
}

START_TEST(worked_messages_both_ways)
{
	const struct iso_vector *v = &iso_vectors[_i];
	static struct ph_iso_message made;
	uint8_t icc[300];

	fill(&made, v, icc);
	for (unsigned which = 0; which < ISO_COUNT; which++) {
		if (!v->bytes[which])
			continue;
		size_t len = vector_bytes(v, which, wire, sizeof wire);
		ssize_t n =
			ph_iso_pack(&iso_dialect(which)->table, &made, again, sizeof again, &error);

		ck_assert_int_eq(n, (ssize_t)len);
		ck_assert_mem_eq(again, wire, len);
		ck_assert_int_eq(unpack(which, wire, len), 0);
		ck_assert_str_eq(message.mti, v->mti);
		ck_assert(message.present[0] == made.present[0]);
		ck_assert(message.present[1] == made.present[1]);
		for (unsigned f = 2; f <= PH_ISO_FIELDS; f++) {
			const struct ph_iso_value *a = ph_iso_get(&made, f);
			const struct ph_iso_value *b = ph_iso_get(&message, f);

			ck_assert_int_eq(!a, !b);
			if (!a)
				continue;
			ck_assert_uint_eq(a->len, b->len);
			ck_assert_mem_eq(a->data, b->data, a->len);
		}
	}
}
END_TEST

START_TEST(cut_at_each_byte)
{
	const struct iso_vector *v = &iso_vectors[_i];
	uint8_t *exact;

	for (unsigned which = 0; which < ISO_COUNT; which++) {
		if (!v->bytes[which])
			continue;
		size_t len = vector_bytes(v, which, wire, sizeof wire);
		for (size_t cut = 0; cut < len; cut++) {
			exact = malloc(cut + 1);
			memcpy(exact, wire, cut);
			ck_assert_int_eq(unpack(which, exact, cut), -EBADMSG);
			free(exact);
		}
		wire[len] = '0';
		check_refused(which, wire, len + 1, 0);
	}
}
END_TEST

static size_t ascii(const char *text)
{
	memcpy(wire, text, strlen(text));
	return strlen(text);
}

static void check_text_refused(const char *text, unsigned field)
{
	check_refused(ISO_A, wire, ascii(text), field);
}

START_TEST(what_is_wrong_has_a_field)
{
	/* bits of fields that are in no table: 8, 16 */
	check_text_refused("0800"
			   "0100000000000000"
			   "00",
		8);
	check_text_refused("0800"
			   "0001000000000000"
			   "0000",
		16);
	/* account number: 20 digits, a letter, a length that is none */
	check_text_refused("0200"
			   "4000000000000000"
			   "2012345678901234567890",
		2);
	check_text_refused("0200"
			   "4000000000000000"
			   "161234567890123X56",
		2);
	check_text_refused("0200"
			   "4000000000000000"
			   "1x1234567890123456",
		2);
	check_text_refused("0200"
			   "4000000000000000"
			   "16123456789012345",
		2);
	/* field 90 with 41 digits */
	check_text_refused("0420"
			   "8000000000000000"
			   "0000004000000000"
			   "02000000410901122950000001234560000000000",
		90);
	check_text_refused("0800"
			   "8000000000000000"
			   "8000000000000000",
		65);
	check_text_refused("0800"
			   "80000000000000G0",
		0);
	check_text_refused("0800"
			   "8000000000000000"
			   "80000000",
		1);
	check_text_refused("08 0"
			   "0000000000000000",
		0);
}
END_TEST

START_TEST(second_bitmap_without_a_bit)
{
	size_t len = ascii("0800"
			   "8020000000000000"
			   "0000000000000000"
			   "000044");

	ck_assert_int_eq(unpack(ISO_A, wire, len), 0);
	ck_assert(ph_iso_has(&message, 11));
	ck_assert(!ph_iso_has(&message, 1));
	ck_assert(message.present[1] == 0);
}
END_TEST

START_TEST(values_of_another_format)
{
	/* sign of an amount; a track; control characters */
	check_text_refused("0200"
			   "0000001000000000"
			   "X00000000",
		28);
	check_text_refused("0200"
			   "0000000020000000"
			   "0512X45",
		35);
	check_text_refused("0200"
			   "0000000000800000"
			   "TID\n2345",
		41);
	check_text_refused("0200"
			   "0000000004000000"
			   "12345\xc3",
		38);
}
END_TEST

START_TEST(nibbles_that_are_no_digits)
{
	uint8_t data[64];

	check_refused(ISO_B, data, hex("0200 2000000000000000 00000A", data, 64), 3);
	check_refused(ISO_B, data, hex("0A00 2000000000000000 000000", data, 64), 0);
	/* the nibble in front of an odd number of digits; a length that is none */
	check_refused(ISO_B, data, hex("0200 0000040000000000 1051", data, 64), 22);
	check_refused(ISO_B, data, hex("0200 4000000000000000 1A 1234567890123456", data, 64), 2);
	check_refused(
		ISO_B, data, hex("0200 4000000000000000 20 12345678901234567890", data, 64), 2);
	ck_assert_int_eq(unpack(ISO_B, data, hex("0200 0000040000000000 0051", data, 64)), 0);
	ck_assert_mem_eq(message.values[22].data, "051", 3);
}
END_TEST

static int chip_data(const char *tlv)
{
	uint8_t data[600], value[300];
	size_t len = hex(tlv, value, sizeof value), at = hex("0210 0000000000000200", data, 600);

	data[at++] = (uint8_t)(len / 100);
	data[at++] = (uint8_t)(len / 10 % 10 << 4 | len % 10);
	memcpy(data + at, value, len);
	return unpack(ISO_B, data, at + len);
}

START_TEST(chip_data_is_well_formed)
{
	char many[65 * 4 + 1] = "";

	ck_assert_int_eq(chip_data("91 0A 00112233445566778899 8A 02 3030"), 0);
	ck_assert_uint_eq(message.values[55].len, 16);
	ck_assert_int_eq(chip_data("91 0A 001122"), -EBADMSG);
	ck_assert_uint_eq(error.field, 55);
	ck_assert_int_eq(chip_data("71 80 9F18 01 00 0000"), -EBADMSG);
	ck_assert_int_eq(chip_data("91"), -EBADMSG);
	ck_assert_int_eq(chip_data("9F"), -EBADMSG);
	ck_assert_int_eq(chip_data("91 82 FFFF 00"), -EBADMSG);
	for (unsigned i = 0; i < 64; i++)
		memcpy(many + 4 * i, "8600", 5);
	ck_assert_int_eq(chip_data(many), 0);
	memcpy(many + 4 * 64, "8600", 5);
	ck_assert_int_eq(chip_data(many), -EBADMSG);
	ck_assert_uint_eq(error.field, 55);
}
END_TEST

static ssize_t pack_one(unsigned which, unsigned n, const char *text)
{
	memset(&error, 0xee, sizeof error);
	ph_iso_init(&message, "0200");
	ph_iso_set_text(&message, n, text);
	return ph_iso_pack(&iso_dialect(which)->table, &message, again, sizeof again, &error);
}

START_TEST(what_cannot_be_packed)
{
	static const struct {
		unsigned n;
		const char *text;
	} rows[] = {{2, "12345678901234567890"}, {2, "1234X"}, {3, "0000000"}, {8, "1"},
		{28, "123456789"}, {28, "C1"}, {35, "12#45"}, {39, "0\n"}, {52, "12345678"},
		{55, "\x91\x0a"}, {64, "1234567"}, {90, "-1"}};
	char text[120];

	for (unsigned i = 0; i < PH_ARRAY_SIZE(rows); i++)
		for (unsigned which = 0; which < ISO_COUNT; which++) {
			ck_assert_int_eq(pack_one(which, rows[i].n, rows[i].text), -EINVAL);
			ck_assert_uint_eq(error.field, rows[i].n);
		}
	ck_assert_int_eq(pack_one(ISO_A, 2, "5413330089020011x"), -EINVAL);
	ph_iso_error_text(&iso_dialect(ISO_A)->table, &error, text, sizeof text);
	ck_assert_str_eq(text, "field 2 (primary account number): has something else than digits");
	ph_iso_init(&message, "02x0");
	ck_assert_int_eq(
		ph_iso_pack(&iso_dialect(ISO_A)->table, &message, again, 99, &error), -EINVAL);
	ck_assert_uint_eq(error.field, 0);
}
END_TEST

START_TEST(short_values_are_filled)
{
	ck_assert_int_eq(pack_one(ISO_A, 4, "1234"), 20 + 12);
	ck_assert_mem_eq(again + 20, "000000001234", 12);
	ck_assert_int_eq(pack_one(ISO_A, 41, "TID"), 20 + 8);
	ck_assert_mem_eq(again + 20, "TID     ", 8);
	ck_assert_int_eq(pack_one(ISO_B, 4, "123"), 10 + 6);
	ck_assert_mem_eq(again + 10, "\0\0\0\0\x01\x23", 6);
	/* an odd account number and a track */
	ck_assert_int_eq(pack_one(ISO_B, 2, "123456789"), 10 + 1 + 5);
	ck_assert_mem_eq(again + 10, "\x09\x01\x23\x45\x67\x89", 6);
	ck_assert_int_eq(pack_one(ISO_B, 35, "12345=99"), 10 + 1 + 4);
	ck_assert_mem_eq(again + 10, "\x08\x12\x34\x5d\x99", 5);
	ck_assert_int_eq(unpack(ISO_B, again, 15), 0);
	ck_assert_mem_eq(message.values[35].data, "12345D99", 8);
}
END_TEST

START_TEST(other_ways_to_count_and_fill)
{
	static struct ph_iso_table table;
	struct ph_iso_field *field = &table.fields[2];

	table = iso_dialect(ISO_B)->table;
	field->pad = PH_ISO_PAD_RIGHTF;
	field->counts = PH_ISO_COUNTS_BYTES;
	field->length_encoding = PH_ISO_BIN;
	ph_iso_init(&message, "0200");
	ph_iso_set_text(&message, 2, "123456789");
	ck_assert_int_eq(ph_iso_pack(&table, &message, again, sizeof again, &error), 16);
	ck_assert_mem_eq(again + 10, "\x05\x12\x34\x56\x78\x9f", 6);
	ck_assert_int_eq(ph_iso_unpack(&table, again, 16, &store, &message, &error), 0);
	ck_assert_uint_eq(message.values[2].len, 9);
	ck_assert_mem_eq(message.values[2].data, "123456789", 9);
	/* 19 digits with a zero in front are not 20 */
	field->pad = PH_ISO_PAD_LEFT0;
	ph_iso_init(&message, "0200");
	ph_iso_set_text(&message, 2, "1234567890123456789");
	ck_assert_int_eq(ph_iso_pack(&table, &message, again, sizeof again, &error), 21);
	ck_assert_int_eq(ph_iso_unpack(&table, again, 21, &store, &message, &error), 0);
	ck_assert_mem_eq(message.values[2].data, "1234567890123456789", 19);
	/* bytes as hex, counted twice */
	table.fields[55].encoding = PH_ISO_HEX;
	ph_iso_init(&message, "0200");
	ph_iso_set(&message, 55, "\x8a\x02\x30\x30", 4);
	ck_assert_int_eq(ph_iso_pack(&table, &message, again, sizeof again, &error), 10 + 2 + 8);
	ck_assert_mem_eq(again + 10,
		"\x00\x08"
		"8A023030",
		10);
	ck_assert_int_eq(ph_iso_unpack(&table, again, 20, &store, &message, &error), 0);
	ck_assert_mem_eq(message.values[55].data, "\x8a\x02\x30\x30", 4);
	again[11] = 7;
	ck_assert_int_eq(ph_iso_unpack(&table, again, 19, &store, &message, &error), -EBADMSG);
	ck_assert_uint_eq(error.field, 55);
	/* a maximum of 255 in hex that is counted twice has no room in three digits when it is 999 */
	table.fields[55].max = 999;
	ck_assert_int_eq(ph_iso_table_check(&table, &error), -EINVAL);
	ck_assert_uint_eq(error.field, 55);
}
END_TEST

START_TEST(buffers_that_are_too_small)
{
	const struct iso_vector *v = &iso_vectors[2];
	uint8_t icc[300];
	struct ph_iso_store small = {.data = memory};
	size_t len = vector_bytes(v, ISO_A, wire, sizeof wire);

	fill(&message, v, icc);
	for (size_t size = 0; size < len; size++)
		ck_assert_int_eq(
			ph_iso_pack(&iso_dialect(ISO_A)->table, &message, again, size, &error),
			-ENOBUFS);
	ck_assert_int_eq(
		ph_iso_unpack(&iso_dialect(ISO_A)->table, wire, len, &small, &message, &error),
		-ENOBUFS);
	memset(wire, '0', PH_ISO_MESSAGE_MAX + 1);
	ck_assert_int_eq(unpack(ISO_A, wire, PH_ISO_MESSAGE_MAX + 1), -EMSGSIZE);
}
END_TEST

START_TEST(message_types)
{
	static const char *const rows[][2] = {{"0100", "0110"}, {"0200", "0210"}, {"0201", "0210"},
		{"0220", "0230"}, {"0221", "0230"}, {"0400", "0410"}, {"0420", "0430"},
		{"0421", "0430"}, {"0800", "0810"}, {"0521", "0530"}};
	char mti[5];

	for (unsigned i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		ck_assert(ph_iso_answer_mti(rows[i][0], mti));
		ck_assert_str_eq(mti, rows[i][1]);
	}
	ck_assert(!ph_iso_answer_mti("0210", mti));
	ck_assert(!ph_iso_answer_mti("0840", mti));
	ph_iso_repeat_mti("0420", mti);
	ck_assert_str_eq(mti, "0421");
}
END_TEST

static const struct {
	struct ph_iso_framing framing;
	const char *front; /* of 55 bytes */
} frames[] = {
	{{.header = PH_ISO_HEADER_BIN2}, "00 37"},
	{{.header = PH_ISO_HEADER_ASCII4}, "30 30 35 35"},
	{{.header = PH_ISO_HEADER_BIN4}, "00 00 00 37"},
	{{.header = PH_ISO_HEADER_BCD2}, "00 55"},
	{{.header = PH_ISO_HEADER_BCD2, .counts_itself = true}, "00 57"},
	{{.header = PH_ISO_HEADER_BIN2, .counts_itself = true}, "00 39"},
	{{.header = PH_ISO_HEADER_BIN2, .has_tpdu = true, .tpdu = {0x60, 0, 3, 0, 0}},
		"00 3C 60 00 03 00 00"},
};

START_TEST(frames_at_every_cut)
{
	const struct ph_iso_framing *framing = &frames[_i].framing;
	uint8_t front[16], out[80];
	size_t len = hex(frames[_i].front, front, sizeof front);
	struct ph_iso_frame frame;

	ck_assert_uint_eq(ph_iso_front(framing), len);
	memset(out, 'x', sizeof out);
	ck_assert_uint_eq(ph_iso_frame_close(framing, out, 55), len + 55);
	ck_assert_mem_eq(out, front, len);
	for (size_t cut = 0; cut < len + 55; cut++)
		ck_assert_int_eq(ph_iso_frame_next(framing, out, cut, &frame), 0);
	ck_assert_int_eq(ph_iso_frame_next(framing, out, sizeof out, &frame), 1);
	ck_assert_ptr_eq(frame.message, out + len);
	ck_assert_uint_eq(frame.len, 55);
	ck_assert_uint_eq(frame.total, len + 55);
}
END_TEST

START_TEST(lengths_that_end_the_connection)
{
	struct ph_iso_framing framing = {.header = PH_ISO_HEADER_BIN2};
	struct ph_iso_frame frame;

	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\0\0", 2, &frame), -EBADMSG);
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\x20\x01", 2, &frame), -EBADMSG);
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\x20\x00", 2, &frame), 0);
	framing.keep_alive = true;
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\0\0", 2, &frame), 1);
	ck_assert_uint_eq(frame.len, 0);
	ck_assert_uint_eq(frame.total, 2);
	framing = (struct ph_iso_framing){.header = PH_ISO_HEADER_BIN2, .has_tpdu = true};
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\0\5", 2, &frame), -EBADMSG);
	framing = (struct ph_iso_framing){.header = PH_ISO_HEADER_ASCII4};
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"00 5", 4, &frame), -EBADMSG);
	framing.counts_itself = true;
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"0003", 4, &frame), -EBADMSG);
	framing = (struct ph_iso_framing){.header = PH_ISO_HEADER_BCD2};
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\x00\x5a", 2, &frame), -EBADMSG);
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\x81\x93", 2, &frame), -EBADMSG);
	ck_assert_int_eq(ph_iso_frame_next(&framing, (uint8_t *)"\x81\x92", 2, &frame), 0);
	framing = (struct ph_iso_framing){.header = PH_ISO_HEADER_BIN4};
	ck_assert_int_eq(
		ph_iso_frame_next(&framing, (uint8_t *)"\xff\xff\xff\xff", 4, &frame), -EBADMSG);
}
END_TEST

/* Every byte at every place of a text of every length up to 20, by what the standard calls the formats. */
static bool may_be(enum ph_iso_format format, int c)
{
	bool digit = c >= '0' && c <= '9';
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	switch (format) {
	case PH_ISO_N:
		return digit;
	case PH_ISO_A:
		return letter || c == ' ';
	case PH_ISO_AN:
		return digit || letter || c == ' ';
	case PH_ISO_ANS:
		return c >= ' ' && c != 0x7f;
	case PH_ISO_Z:
		return digit || c == '=' || c == 'D';
	case PH_ISO_XN:
	case PH_ISO_B:
	case PH_ISO_TLV:
	case PH_ISO_FORMAT_COUNT_:
		break;
	}
	return false;
}

static void pack_with(struct ph_iso_table *table, size_t len, size_t at, int c)
{
	enum ph_iso_format format = table->fields[2].format;
	struct ph_iso_message made;
	struct ph_iso_error why;
	uint8_t out[128], text[20];
	bool good = may_be(format, c);

	memset(text, may_be(format, '1') ? '1' : 'A', len);
	text[at] = (uint8_t)c;
	ph_iso_init(&made, "0200");
	ph_iso_set(&made, 2, text, len);
	ssize_t n = ph_iso_pack(table, &made, out, sizeof out, &why);
	ck_assert_msg((n > 0) == good, "format %d, byte %02x at %zu of %zu", (int)format,
		(unsigned)c, at, len);
	if (good)
		ck_assert_mem_eq(out + n - (ssize_t)len, text, len);
}

START_TEST(each_character_at_each_place)
{
	static struct ph_iso_table table = {.mti = PH_ISO_ASCII,
		.bitmap = PH_ISO_BIN,
		.fields[2] = {.name = "text", .length = PH_ISO_LL, .max = 40}};

	table.fields[2].format = (enum ph_iso_format)_i;
	for (size_t len = 1; len <= 20; len++)
		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c++)
				pack_with(&table, len, at, c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iso8583");
	TCase *test = tcase_create("messages");
	int failed;

	tcase_add_loop_test(test, worked_messages_both_ways, 0, PH_ARRAY_SIZE(iso_vectors));
	tcase_add_loop_test(test, cut_at_each_byte, 0, PH_ARRAY_SIZE(iso_vectors));
	tcase_add_test(test, what_is_wrong_has_a_field);
	tcase_add_loop_test(test, each_character_at_each_place, PH_ISO_N, PH_ISO_Z + 1);
	tcase_add_test(test, second_bitmap_without_a_bit);
	tcase_add_test(test, values_of_another_format);
	tcase_add_test(test, nibbles_that_are_no_digits);
	tcase_add_test(test, chip_data_is_well_formed);
	tcase_add_test(test, what_cannot_be_packed);
	tcase_add_test(test, short_values_are_filled);
	tcase_add_test(test, other_ways_to_count_and_fill);
	tcase_add_test(test, buffers_that_are_too_small);
	tcase_add_test(test, message_types);
	tcase_add_loop_test(test, frames_at_every_cut, 0, PH_ARRAY_SIZE(frames));
	tcase_add_test(test, lengths_that_end_the_connection);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
