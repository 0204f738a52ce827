// ZVT: the messages of PA00P015 as bytes, both ways; lengths that lie; bounds of the container.
#include "base/cleanup.h"
#include "protocols/zvt/data.h"
#include "protocols/zvt/print.h"
#include "protocols/zvt/result.h"
#include "protocols/zvt/text.h"
#include "tests/protocols/hex_help.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void expect(const uint8_t *got, ssize_t len, const char *want)
{
	uint8_t bytes[512];
	size_t n = hex(want, bytes, sizeof bytes);

	ck_assert_int_eq(len, n);
	ck_assert_mem_eq(got, bytes, n);
}

START_TEST(registration)
{
	struct ph_zvt_registration r = {
		.password = 123456, .config = 0xbe, .currency = 978, .block_print = true};
	uint8_t out[PH_ZVT_COMMAND_MAX];

	expect(out, ph_zvt_build_registration(&r, out, sizeof out),
		"06 00 0E 12 34 56 BE 09 78 06 06 26 04 0A 02 06 D3");
	r.block_print = false;
	expect(out, ph_zvt_build_registration(&r, out, sizeof out),
		"06 00 08 12 34 56 BE 09 78 06 00");
	r.charset_set = true;
	r.charset = PH_ZVT_CHARSET_UTF8;
	expect(out, ph_zvt_build_registration(&r, out, sizeof out),
		"06 00 0D 12 34 56 BE 09 78 06 05 27 03 14 01 FE");
	ck_assert_int_eq(ph_zvt_build_registration(&r, out, 12), -ENOBUFS);
}
END_TEST

static const struct {
	struct ph_zvt_order order;
	const char *bytes;
} orders[] = {
	{{.code = PH_ZVT_AUTHORISATION, .amount_set = true, .amount = 1234, .currency = 978},
		"06 01 0A 04 00 00 00 00 12 34 49 09 78"},
	{{.code = PH_ZVT_AUTHORISATION, .amount_set = true, .amount = 1000, .currency = 978},
		"06 01 0A 04 00 00 00 00 10 00 49 09 78"},
	{{.code = PH_ZVT_AUTHORISATION,
		 .amount_set = true,
		 .amount = 1234,
		 .currency = 978,
		 .identifier_set = true,
		 .identifier = {0x00, 0x42},
		 .identifier_len = 2},
		"06 01 11 04 00 00 00 00 12 34 49 09 78 06 05 1F 1F 02 00 42"},
	{{.code = PH_ZVT_AUTHORISATION,
		 .amount_set = true,
		 .amount = 999999999999,
		 .currency = 978,
		 .cashback = 500,
		 .identifier_set = true},
		"06 01 18 04 99 99 99 99 99 99 49 09 78 06 0C 1F 1F 00 1F 25 06 00 00 00 00 05 00"},
	{{.code = PH_ZVT_REVERSAL, .password = 123456, .receipt = 42},
		"06 30 06 12 34 56 87 00 42"},
	{{.code = PH_ZVT_REFUND,
		 .password = 123456,
		 .amount_set = true,
		 .amount = 1234,
		 .currency = 978},
		"06 31 0D 12 34 56 04 00 00 00 00 12 34 49 09 78"},
	{{.code = PH_ZVT_END_OF_DAY, .password = 123456}, "06 50 03 12 34 56"},
	{{.code = PH_ZVT_PREAUTH_PARTIAL, .receipt = PH_ZVT_RECEIPT_LIST}, "06 23 03 87 FF FF"},
	{{.code = PH_ZVT_BOOK_TIP,
		 .amount_set = true,
		 .amount = 150,
		 .receipt = 42,
		 .currency = 978},
		"06 0C 0D 04 00 00 00 00 01 50 87 00 42 49 09 78"},
	{{.code = PH_ZVT_PREAUTH_BOOK,
		 .amount_set = true,
		 .amount = 1000,
		 .receipt = 42,
		 .trace_set = true,
		 .trace = 123,
		 .attribute_set = true,
		 .attribute = "123456"},
		"06 24 17 87 00 42 04 00 00 00 00 10 00 0B 00 01 23 3B 31 32 33 34 35 36 00 00"},
	{{.code = PH_ZVT_PREAUTH_CANCEL, .receipt = 42}, "06 25 03 87 00 42"},
};

START_TEST(money)
{
	uint8_t out[PH_ZVT_COMMAND_MAX];

	expect(out, ph_zvt_build_order(&orders[_i].order, out, sizeof out), orders[_i].bytes);
}
END_TEST

START_TEST(other_commands)
{
	struct ph_zvt_order not_money = {.code = PH_ZVT_DISPLAY_TEXT};
	uint8_t out[PH_ZVT_COMMAND_MAX];

	expect(out, ph_zvt_build_repeat(123456, 3, out, sizeof out), "06 20 05 12 34 56 03 03");
	expect(out, ph_zvt_build_simple(PH_ZVT_TOTALS, 123456, out, sizeof out),
		"06 10 03 12 34 56");
	expect(out, ph_zvt_build_simple(PH_ZVT_SEND_OFFLINE, 123456, out, sizeof out),
		"06 51 03 12 34 56");
	expect(out, ph_zvt_build_simple(PH_ZVT_ABORT, 123456, out, sizeof out), "06 B0 00");
	expect(out, ph_zvt_build_display(5, "Hallo", out, sizeof out),
		"06 E0 0A F0 05 F1 F0 F5 48 61 6C 6C 6F");
	expect(out, ph_zvt_build_answer(0, out, sizeof out), "80 00 00");
	expect(out, ph_zvt_build_answer(PH_ZVT_PLEASE_WAIT, out, sizeof out), "84 9C 00");
	ck_assert_int_eq(ph_zvt_build_order(&not_money, out, sizeof out), -EOPNOTSUPP);
}
END_TEST

static const char approved[] =
	"27 00 04 00 00 00 00 12 34 49 09 78 0B 00 01 23 0C 12 30 00 0D 09 01 22 F0 F8 54 13 33 EE "
	"EE EE 00 11 29 12 34 56 78 3B 31 32 33 34 35 36 00 00 87 00 42 8A 06 19 70";

START_TEST(result_approved)
{
	struct ph_zvt_result result;
	uint8_t bytes[128];
	size_t n = hex(approved, bytes, sizeof bytes);

	ck_assert_uint_eq(n, 0x37);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert_uint_eq(result.has, PH_ZVT_HAS_CODE | PH_ZVT_HAS_AMOUNT | PH_ZVT_HAS_CURRENCY |
					      PH_ZVT_HAS_RECEIPT | PH_ZVT_HAS_TRACE |
					      PH_ZVT_HAS_TERMINAL | PH_ZVT_HAS_TIME |
					      PH_ZVT_HAS_TYPE | PH_ZVT_HAS_ATTRIBUTE);
	ck_assert(!result.incomplete);
	ck_assert_uint_eq(result.code, 0);
	ck_assert_uint_eq(result.amount, 1234);
	ck_assert_uint_eq(result.currency, 978);
	ck_assert_uint_eq(result.trace, 123);
	ck_assert_uint_eq(result.time, 123000);
	ck_assert_uint_eq(result.date, 901);
	ck_assert_uint_eq(result.terminal, 12345678);
	ck_assert_uint_eq(result.receipt, 42);
	ck_assert_uint_eq(result.type, 0x70);
	ck_assert_str_eq((const char *)result.attribute, "123456");
	ck_assert_str_eq(result.masked_pan, "541333******0011");
}
END_TEST

/* At each byte at which it can be cut: what is there is read, and that it is cut is told. */
START_TEST(result_cut)
{
	struct ph_zvt_result result;
	uint8_t bytes[128];
	size_t n = hex(approved, bytes, sizeof bytes);
	unsigned whole = 0;

	for (size_t len = 0; len < n; len++) {
		uint8_t *copy = malloc(len + 1);
		memcpy(copy, bytes, len);
		ph_zvt_read_result(copy, len, PH_ZVT_CHARSET_CP437, &result);
		whole += !result.incomplete;
		ck_assert_int_eq(result.has & PH_ZVT_HAS_AMOUNT ? 1 : 0, len >= 9);
		free(copy);
	}
	ck_assert_uint_eq(whole, 12); /* behind each of the bitmaps but the last, and at 0 */
}
END_TEST

START_TEST(result_container)
{
	struct ph_zvt_result result;
	uint8_t bytes[256];
	size_t n = hex("27 00 06 35 1F 1F 02 00 42 1F 2B 06 00 00 01 23 45 67 2F 08 1F 10 01 01 1F "
		       "12 01 02 "
		       "1F 17 05 45 43 3A 84 94 43 07 A0 00 00 00 04 10 10 DF 01 00 1F 25 06 00 00 "
		       "00 00 05 "
		       "00 E9 00 3C F0 F0 F4 54 65 78 74",
		bytes, sizeof bytes);

	bytes[3] = (uint8_t)(n - 4 - 8);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert(!result.incomplete);
	ck_assert_uint_eq(result.identifier_len, 2);
	ck_assert_uint_eq(result.identifier[1], 0x42);
	ck_assert_uint_eq(result.trace, 1234567);
	ck_assert_uint_eq(result.cvm, 1);
	ck_assert_uint_eq(result.technology, 2);
	ck_assert_str_eq(result.aid, "A0000000041010");
	ck_assert_str_eq(result.text, "Text");
	ck_assert_uint_eq(result.cashback, 500);
}
END_TEST

START_TEST(result_odd)
{
	struct ph_zvt_result result;
	uint8_t bytes[128];
	size_t n = hex("27 6C 29 12 34 56 78", bytes, sizeof bytes);

	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert_uint_eq(result.code, 0x6c);
	ck_assert_str_eq(ph_zvt_result_text(result.code), "ended by a key or because time ran out");
	/* a bitmap nobody knows hides what is behind it */
	n = hex("27 00 FE 01 04 00 00 00 00 12 34", bytes, sizeof bytes);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert(result.incomplete);
	ck_assert_uint_eq(result.has, PH_ZVT_HAS_CODE);
	/* no digits */
	n = hex("04 00 00 00 00 1A 34 87 00 F2", bytes, sizeof bytes);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert_uint_eq(result.has, 0);
	/* a length of a variable field with a digit that is none */
	n = hex("3C F0 F0 FA 41 41", bytes, sizeof bytes);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert(result.incomplete);
	/* a container cut inside: the result stands */
	n = hex("27 00 06 04 1F 1F 09 42", bytes, sizeof bytes);
	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert(!result.incomplete);
	ck_assert_uint_eq(result.has, PH_ZVT_HAS_CODE);
}
END_TEST

START_TEST(totals)
{
	struct ph_zvt_result result;
	uint8_t bytes[128];
	size_t n = hex("04 00 00 00 01 23 45 60 F0 F1 F8 00 01 00 17 02 00 00 00 01 00 00 05 00 00 "
		       "00 00 23 45",
		bytes, sizeof bytes);

	ph_zvt_read_result(bytes, n, PH_ZVT_CHARSET_CP437, &result);
	ck_assert(!result.incomplete);
	ck_assert_uint_eq(result.has, PH_ZVT_HAS_AMOUNT | PH_ZVT_HAS_TOTALS);
	ck_assert_uint_eq(result.total_count, 7);
	ck_assert_uint_eq(result.total_sum, 12345);
}
END_TEST

static const struct {
	const char *bytes, *masked;
} pans[] = {
	{"54 13 33 EE EE EE 00 11", "541333******0011"},
	/* one that is not masked is masked here */
	{"54 13 33 00 89 01 00 12", "541333******0012"},
	{"67 99 99 89 00 00 00 02 00 3F", "679999*********2003"},
	/* as in track 2: what is behind the separator is nobody's */
	{"54 13 33 00 89 01 00 12 D2 51 22 20 1F", "541333******0012"},
	{"12 34 56 78 90 12", "********9012"},
	{"12 3F", "123"},
	{"", ""},
	{"54 13 3A", NULL},
};

START_TEST(masked)
{
	uint8_t bytes[32];
	char out[39];
	size_t n = hex(pans[_i].bytes, bytes, sizeof bytes);
	int r = ph_zvt_masked_pan(bytes, n, out);

	ck_assert_int_eq(r, pans[_i].masked ? 0 : -EBADMSG);
	if (pans[_i].masked)
		ck_assert_str_eq(out, pans[_i].masked);
}
END_TEST

START_TEST(statuses)
{
	struct ph_zvt_intermediate status;
	uint8_t bytes[128];
	size_t n = hex("0A", bytes, sizeof bytes);

	ck_assert_int_eq(ph_zvt_read_intermediate(bytes, n, PH_ZVT_CHARSET_CP437, &status), 0);
	ck_assert_uint_eq(status.status, 0x0a);
	ck_assert_int_eq(status.minutes, -1);
	ck_assert_int_eq(ph_zvt_status_of(0x0a).phase, PH_ZVT_PHASE_CARD);
	ck_assert_str_eq(ph_zvt_status_of(0x0a).text, "insert the card");
	ck_assert_int_eq(ph_zvt_status_of(0x4a).phase, PH_ZVT_PHASE_REMOVE);
	ck_assert_int_eq(ph_zvt_status_of(0x05).phase, PH_ZVT_PHASE_REVERSING);
	ck_assert_ptr_null(ph_zvt_status_of(0x7f).text);
	n = hex("FF 05 06 0D 24 0B 07 04 48 65 72 7A 07 03 42 75 62", bytes, sizeof bytes);
	ck_assert_int_eq(ph_zvt_read_intermediate(bytes, n, PH_ZVT_CHARSET_CP437, &status), 0);
	ck_assert_int_eq(status.minutes, 5);
	ck_assert_str_eq(status.text, "Herz Bub");
	/* without a new time the container follows at once */
	n = hex("FF 06 08 24 06 07 04 48 65 72 7A", bytes, sizeof bytes);
	ck_assert_int_eq(ph_zvt_read_intermediate(bytes, n, PH_ZVT_CHARSET_CP437, &status), 0);
	ck_assert_int_eq(status.minutes, -1);
	ck_assert_str_eq(status.text, "Herz");
	ck_assert_int_eq(ph_zvt_read_intermediate(bytes, 0, 0, &status), -EBADMSG);
}
END_TEST

START_TEST(states)
{
	static const uint8_t ready[] = {0x00}, due[] = {0xf0},
			     version[] = {0xf0, 0xf0, 0xf2, '1', '2', 0x9c},
			     cut[] = {0xf0, 0xf0, 0xf9, '1', '2', 0x9c};

	ck_assert_int_eq(ph_zvt_read_state(ready, 1), 0);
	ck_assert_int_eq(ph_zvt_read_state(due, 1), 0xf0);
	ck_assert_int_eq(ph_zvt_read_state(version, sizeof version), 0x9c);
	ck_assert_int_eq(ph_zvt_read_state(cut, sizeof cut), -EBADMSG);
	ck_assert_int_eq(ph_zvt_read_state(cut, 0), -EBADMSG);
	ck_assert_ptr_null(ph_zvt_state_text(0));
	ck_assert_str_eq(ph_zvt_state_text(0xf0), "an end of day is due");
}
END_TEST

START_TEST(answer_to_registration)
{
	struct ph_zvt_registered registered;
	uint8_t bytes[64];
	size_t n = hex("19 01 29 12 34 56 78 49 09 78 06 05 27 03 14 01 0F", bytes, sizeof bytes);

	ph_zvt_read_registered(bytes, n, &registered);
	ck_assert_uint_eq(registered.status, 1);
	ck_assert_uint_eq(registered.terminal, 12345678);
	ck_assert_uint_eq(registered.currency, 978);
	ck_assert_int_eq(registered.charset, PH_ZVT_CHARSET_ISO8859_15);
	ph_zvt_read_registered(bytes, 0, &registered);
	ck_assert_int_eq(registered.charset, -1);
}
END_TEST

static void visit(const struct ph_zvt_object *object, void *userdata)
{
	uint32_t **tags = userdata;

	if (tags)
		*(*tags)++ = object->tag;
}

START_TEST(container)
{
	uint32_t tags[8], *next = tags;
	uint8_t bytes[2048];
	/* 1F80 as it is printed, two bytes; FF 81 01 is three */
	size_t n = hex("1F 80 01 AA FF 81 01 02 07 00 2F 82 00 03 1F 10 00", bytes, sizeof bytes);

	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, n, visit, &next), 5);
	ck_assert_uint_eq(tags[0], 0x1f80);
	ck_assert_uint_eq(tags[1], 0xff8101);
	ck_assert_uint_eq(tags[2], 0x07);
	ck_assert_uint_eq(tags[3], 0x2f);
	ck_assert_uint_eq(tags[4], 0x1f10);
	/* and read the other way where two bytes do not fit */
	n = hex("1F 80 10 01 AA", bytes, sizeof bytes);
	next = tags;
	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, n, visit, &next), 1);
	ck_assert_uint_eq(tags[0], 0x1f8010);
	/* four levels are read, a fifth is not */
	n = hex("20 06 20 04 20 02 07 00", bytes, sizeof bytes);
	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, n, visit, NULL), 4);
	n = hex("20 08 20 06 20 04 20 02 07 00", bytes, sizeof bytes);
	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, n, visit, NULL), -E2BIG);
	/* 512 objects are read, one more is not */
	for (size_t i = 0; i < 1026; i++)
		bytes[i] = i % 2 ? 0 : 0x07;
	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, 1024, visit, NULL), PH_ZVT_TLV_OBJECTS);
	ck_assert_int_eq(ph_zvt_tlv_walk(bytes, 1026, visit, NULL), -E2BIG);
	static const char *const bad[] = {"1F", "1F 90", "1F 81 81 81 81 00", "07", "07 01",
		"07 80 00", "07 83 00 00 01 00", "07 82 01", "07 81"};
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++) {
		n = hex(bad[i], bytes, sizeof bytes);
		ck_assert_msg(ph_zvt_tlv_walk(bytes, n, visit, NULL) == -EBADMSG, "%s", bad[i]);
	}
}
END_TEST

START_TEST(bcd)
{
	static const uint8_t nine[] = {0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x99};
	uint64_t value = 7;
	uint8_t out[3];

	ck_assert_int_eq(ph_zvt_bcd(nine, 9, &value), 0);
	ck_assert_uint_eq(value, UINT64_C(123456789012345678));
	ck_assert_int_eq(ph_zvt_bcd(nine, 10, &value), -EBADMSG);
	ck_assert_int_eq(ph_zvt_bcd((const uint8_t[]){0x1a}, 1, &value), -EBADMSG);
	ck_assert_uint_eq(value, UINT64_C(123456789012345678));
	ph_zvt_bcd_put(12345678, out, 3);
	ck_assert_mem_eq(out, "\x34\x56\x78", 3);
}
END_TEST

START_TEST(texts)
{
	static const uint8_t cp437[] = {'H', 0x84, 'n', 0x07, 0xe1, 0, 'x'},
			     iso[] = {'H', 0xe4, 0xa4},
			     utf8[] = {0xc3, 0xa4, 0xc3, 0xe2, 0x82, 0xac};
	char out[32];

	ck_assert_uint_eq(ph_zvt_text(PH_ZVT_CHARSET_CP437, cp437, 7, out, sizeof out), 7);
	ck_assert_str_eq(out, "Hän ß");
	ph_zvt_text(PH_ZVT_CHARSET_ISO8859_15, iso, 3, out, sizeof out);
	ck_assert_str_eq(out, "Hä€");
	ph_zvt_text(0x01, iso, 3, out, sizeof out);
	ck_assert_str_eq(out, "Hä¤");
	ph_zvt_text(PH_ZVT_CHARSET_UTF8, utf8, 6, out, sizeof out);
	ck_assert_str_eq(out, "ä?€");
	ph_zvt_text(PH_ZVT_CHARSET_ASCII, iso, 3, out, sizeof out);
	ck_assert_str_eq(out, "H??");
	/* cut at a character */
	ck_assert_uint_eq(ph_zvt_text(PH_ZVT_CHARSET_ISO8859_15, iso, 3, out, 6), 3);
	ck_assert(ph_zvt_charset_known(0x02) && !ph_zvt_charset_known(0x03));
}
END_TEST

static char printed[512];

static void take_line(const struct ph_zvt_line *line, void *userdata)
{
	size_t n = strlen(printed);

	snprintf(printed + n, sizeof printed - n, "%u%s%s%s%s feed=%u %.*s|", line->indent,
		line->centred ? " centred" : "", line->double_width ? " wide" : "",
		line->double_height ? " high" : "", line->last ? " last" : "", line->feed,
		(int)line->len, line->text ? (const char *)line->text : "");
}

static const struct {
	const char *bytes, *lines;
	int result;
} prints[] = {
	{"06 D1 07 00 47 45 53 41 4D 54", "0 feed=0 GESAMT|", 0},
	{"06 D1 02 73 41", "0 centred wide high feed=0 A|", 0},
	{"06 D1 02 13 41", "3 high feed=0 A|", 0},
	{"06 D1 02 FF 03", "0 feed=3 |", 0},
	{"06 D1 01 81", "0 last feed=0 |", 0},
	{"06 D1 00", "", -EBADMSG},
	{"06 D1 01 FF", "", -EBADMSG},
	{"06 D3 0F 06 0D 25 0B 07 06 47 45 53 41 4D 54 09 01 81", "0 feed=0 GESAMT|0 last feed=0 |",
		0},
	{"06 D3 14 06 12 1F 07 01 02 25 0C 09 01 40 07 01 41 09 01 81 07 01 42",
		"0 centred feed=0 A|0 last feed=0 |0 feed=0 B|", 0},
	{"06 D3 00", "", -EBADMSG},
	{"06 D3 06 06 04 25 02 07 06", "", -EBADMSG},
};

START_TEST(print_outs)
{
	struct ph_zvt_apdu apdu;
	uint8_t bytes[64];
	size_t n = hex(prints[_i].bytes, bytes, sizeof bytes);

	bytes[2] = (uint8_t)(n - 3);
	if (bytes[1] == 0xd3 && n > 5)
		bytes[4] = (uint8_t)(n - 5);
	printed[0] = '\0';
	ck_assert_uint_eq(ph_zvt_apdu_parse(bytes, n, &apdu), n);
	if (n > 10 && bytes[5] == 0x1f) {
		bytes[10] = (uint8_t)(n - 11);
		ck_assert_int_eq(ph_zvt_print_type(&apdu), 2);
	}
	ck_assert_int_eq(ph_zvt_read_print(&apdu, take_line, NULL), prints[_i].result);
	ck_assert_str_eq(printed, prints[_i].lines);
}
END_TEST

/* Three messages, one of them in the long form, in pieces of every size. */
START_TEST(streamed)
{
	static struct ph_zvt_stream decoder;
	static uint8_t bytes[1024];
	struct ph_zvt_apdu apdu;
	size_t len = hex("80 00 00 04 FF FF 2C 01", bytes, sizeof bytes) + 300,
	       piece = (size_t)_i + 1;

	memset(bytes + 8, 0x11, 300);
	len += hex("06 0F 00", bytes + len, 8);
	ph_zvt_stream_init(&decoder);
	uint16_t codes[4] = {0};
	size_t count = 0, at = 0;
	while (at < len) {
		size_t end = at + piece < len ? at + piece : len;
		while (at < end) {
			at += ph_zvt_stream_feed(&decoder, bytes + at, end - at);
			if (!ph_zvt_stream_next(&decoder, &apdu))
				continue;
			ck_assert_uint_lt(count, 3);
			ck_assert_uint_eq(apdu.len, count == 1 ? 300 : 0);
			codes[count++] = apdu.code;
		}
	}
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(codes[0], PH_ZVT_POSITIVE);
	ck_assert_uint_eq(codes[1], PH_ZVT_INTERMEDIATE_STATUS);
	ck_assert_uint_eq(codes[2], PH_ZVT_COMPLETION);
}
END_TEST

START_TEST(lengths)
{
	static uint8_t out[PH_ZVT_APDU_MAX], data[65536];
	struct ph_zvt_apdu apdu = {.code = 0x0601, .data = data, .len = 254}, got;

	ck_assert_int_eq(ph_zvt_apdu_encode(&apdu, out, sizeof out), 257);
	ck_assert_uint_eq(out[2], 254);
	apdu.len = 255;
	ck_assert_int_eq(ph_zvt_apdu_encode(&apdu, out, sizeof out), 260);
	ck_assert_mem_eq(out + 2, "\xff\xff\x00", 3);
	apdu.len = 65535;
	ck_assert_int_eq(ph_zvt_apdu_encode(&apdu, out, sizeof out), PH_ZVT_APDU_MAX);
	ck_assert_uint_eq(ph_zvt_apdu_parse(out, PH_ZVT_APDU_MAX, &got), PH_ZVT_APDU_MAX);
	ck_assert_uint_eq(got.len, 65535);
	ck_assert_uint_eq(ph_zvt_apdu_parse(out, PH_ZVT_APDU_MAX - 1, &got), 0);
	ck_assert_int_eq(ph_zvt_apdu_encode(&apdu, out, 300), -ENOBUFS);
	apdu.len = 65536;
	ck_assert_int_eq(ph_zvt_apdu_encode(&apdu, out, sizeof out), -EMSGSIZE);
	ck_assert_int_eq(ph_zvt_apdu_answer(&(struct ph_zvt_apdu){.code = 0x8400}), 0);
	ck_assert_int_eq(ph_zvt_apdu_answer(&(struct ph_zvt_apdu){.code = 0x849c}), 0x9c);
	ck_assert_int_eq(ph_zvt_apdu_answer(&(struct ph_zvt_apdu){.code = 0x0601}), -ENOMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt");
	TCase *tests = tcase_create("zvt");

	tcase_add_test(tests, registration);
	tcase_add_loop_test(tests, money, 0, PH_ARRAY_SIZE(orders));
	tcase_add_test(tests, other_commands);
	tcase_add_test(tests, result_approved);
	tcase_add_test(tests, result_cut);
	tcase_add_test(tests, result_container);
	tcase_add_test(tests, result_odd);
	tcase_add_test(tests, totals);
	tcase_add_loop_test(tests, masked, 0, PH_ARRAY_SIZE(pans));
	tcase_add_test(tests, statuses);
	tcase_add_test(tests, states);
	tcase_add_test(tests, answer_to_registration);
	tcase_add_test(tests, container);
	tcase_add_test(tests, bcd);
	tcase_add_test(tests, texts);
	tcase_add_loop_test(tests, print_outs, 0, PH_ARRAY_SIZE(prints));
	tcase_add_loop_test(tests, streamed, 0, 12);
	tcase_add_test(tests, lengths);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
