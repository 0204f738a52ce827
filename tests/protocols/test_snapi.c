// SNAPI: labels of one and of many parts, status, acknowledgements, attributes.
#include "hex_help.h"
#include "protocols/snapi/attribute.h"
#include "protocols/snapi/snapi.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_snapi snapi;
static struct ph_snapi_event event;
static uint64_t now_ms;

static void begin(void)
{
	ph_snapi_init(&snapi);
	now_ms = 1000;
}

static void feed(const char *text)
{
	uint8_t report[PH_SNAPI_REPORT_LEN] = {0};

	hex(text, report, sizeof report);
	ck_assert_int_eq(ph_snapi_feed(&snapi, report, sizeof report, now_ms), 0);
}

static void expect(enum ph_snapi_kind kind)
{
	ck_assert_int_eq(ph_snapi_next(&snapi, &event), 1);
	ck_assert_int_eq(event.kind, kind);
}

static void expect_none(void)
{
	ck_assert_int_eq(ph_snapi_next(&snapi, &event), 0);
}

static void expect_label(const char *data, unsigned type)
{
	expect(PH_SNAPI_LABEL);
	ck_assert_uint_eq(event.len, strlen(data));
	ck_assert_mem_eq(event.data, data, event.len);
	ck_assert_uint_eq(event.type, type);
	expect_none();
}

static void expect_drop(enum ph_lost reason, bool of_answer)
{
	expect(PH_SNAPI_DROPPED);
	ck_assert_str_eq(ph_lost_name(event.reason), ph_lost_name(reason));
	ck_assert_int_eq(event.of_answer, of_answer);
}

START_TEST(labels)
{
	begin();
	feed("22 01 00 0D 0B 00 39 30 30 31 34 37 35 30 36 37 39 33 33");
	expect_label("9001475067933", 0x0b);
	/* the type has two bytes */
	feed("22 01 00 01 1C 02 41");
	expect_label("A", 0x021c);
	feed("22 03 00 02 1C 00 41 42");
	feed("22 03 01 02 1C 00 43 44");
	expect_none();
	ck_assert_uint_eq(ph_snapi_deadline(&snapi), now_ms + PH_JOIN_GAP_MS + 1);
	now_ms += PH_JOIN_GAP_MS;
	feed("22 03 02 01 1C 00 45");
	expect_label("ABCDE", 0x1c);
	ck_assert_uint_eq(snapi.labels, 3);
	ck_assert_uint_eq(snapi.dropped, 0);
}
END_TEST

START_TEST(lost_parts)
{
	begin();
	/* one is missing: nothing of the label is delivered */
	feed("22 03 00 01 1C 00 41");
	feed("22 03 02 01 1C 00 43");
	expect_drop(PH_LOST_ORDER, false);
	expect_none();
	/* one came twice */
	feed("22 02 00 01 1C 00 41");
	feed("22 02 00 01 1C 00 41");
	expect_drop(PH_LOST_ORDER, false);
	expect_none();
	feed("22 02 01 01 1C 00 42");
	expect_label("AB", 0x1c);
	/* the first is missing; there is none; the number is over the count */
	feed("22 02 01 01 1C 00 42");
	feed("22 00 00 01 1C 00 42");
	feed("22 01 01 01 1C 00 42");
	expect_none();
	/* a new label before the end of another */
	feed("22 02 00 01 1C 00 41");
	feed("22 01 00 01 0A 00 31");
	expect_drop(PH_LOST_IDENTIFIER, false);
	expect_label("1", 0x0a);
	feed("22 02 00 01 1C 00 41");
	feed("22 01 00 01 1C 00 31");
	expect_drop(PH_LOST_ORDER, false);
	expect_label("1", 0x1c);
}
END_TEST

START_TEST(stalls)
{
	begin();
	feed("22 02 00 01 1C 00 41");
	now_ms += 600;
	feed("22 02 01 01 1C 00 42");
	expect_drop(PH_LOST_GAP, false);
	expect_none();
	feed("22 02 00 01 1C 00 41");
	ck_assert_int_eq(ph_snapi_late(&snapi, now_ms + PH_JOIN_GAP_MS), 0);
	expect_none();
	ck_assert_int_eq(ph_snapi_late(&snapi, ph_snapi_deadline(&snapi)), 0);
	expect_drop(PH_LOST_GAP, false);
	ck_assert_uint_eq(ph_snapi_deadline(&snapi), UINT64_MAX);
}
END_TEST

START_TEST(lengths)
{
	uint8_t report[PH_SNAPI_REPORT_LEN] = {0x22, 0xff, 0, 26, 0x1c};

	begin();
	feed("22 01 00 1B 1C 00 41");
	expect_drop(PH_LOST_LENGTH, false);
	for (size_t len = 1; len < 6; len++) {
		ck_assert_int_eq(ph_snapi_feed(&snapi, report, len, now_ms), 0);
		expect_drop(PH_LOST_REPORT, false);
	}
	ck_assert_int_eq(ph_snapi_feed(&snapi, report, 0, now_ms), 0);
	expect_none();
	/* 255 parts of 26 bytes are more than a label may have */
	for (unsigned i = 0; i < 255; i++) {
		report[2] = (uint8_t)i;
		ck_assert_int_eq(ph_snapi_feed(&snapi, report, sizeof report, now_ms), 0);
		if (i == PH_LABEL_MAX / 26)
			expect_drop(PH_LOST_TOO_LONG, false);
		expect_none();
	}
	feed("22 01 00 01 1C 00 41");
	expect_label("A", 0x1c);
}
END_TEST

START_TEST(other_inputs)
{
	uint8_t ack[PH_SNAPI_REPORT_LEN], expected[PH_SNAPI_REPORT_LEN] = {0x01, 0x22, 0x01};

	begin();
	feed("21 0D 01 00");
	expect(PH_SNAPI_STATUS);
	ck_assert_uint_eq(event.output, PH_SNAPI_ID_ATTRIBUTE);
	ck_assert_uint_eq(event.code, PH_SNAPI_OK);
	ck_assert_uint_eq(event.stored, PH_SNAPI_STORED_UNSAID);
	feed("21 0A 04 02");
	expect(PH_SNAPI_STATUS);
	ck_assert_uint_eq(event.output, ph_snapi_output_id(PH_SNAPI_TRIGGER));
	ck_assert_uint_eq(event.code, PH_SNAPI_NOT_COMPLETED);
	ck_assert_uint_eq(event.stored, PH_SNAPI_STORED_NONE);
	feed("24 11");
	expect(PH_SNAPI_NOTIFICATION);
	ck_assert_uint_eq(event.value, PH_SNAPI_IN_IMAGE_MODE);
	feed("29 01 02");
	expect(PH_SNAPI_UNKNOWN);
	ck_assert_uint_eq(event.value, 0x29);

	ck_assert(ph_snapi_ack(0x22, ack));
	ck_assert_mem_eq(ack, expected, sizeof ack);
	ck_assert(ph_snapi_ack(0x24, ack));
	ck_assert(ph_snapi_ack(0x27, ack));
	ck_assert(ph_snapi_ack(0x29, ack));
	ck_assert(!ph_snapi_ack(0x21, ack));
	/* cut off */
	ck_assert_int_eq(ph_snapi_feed(&snapi, (const uint8_t *)"\x21\x0d\x01", 3, now_ms), 0);
	expect_drop(PH_LOST_REPORT, true);
	ck_assert_int_eq(ph_snapi_feed(&snapi, (const uint8_t *)"\x24", 1, now_ms), 0);
	expect_drop(PH_LOST_REPORT, true);
	expect_none();
}
END_TEST

START_TEST(events_not_taken)
{
	uint8_t report[PH_SNAPI_REPORT_LEN] = {0x24, 0x10};

	begin();
	feed("24 10");
	ck_assert_int_eq(ph_snapi_feed(&snapi, report, sizeof report, now_ms), -EBUSY);
	ck_assert_int_eq(ph_snapi_late(&snapi, now_ms), -EBUSY);
	expect(PH_SNAPI_NOTIFICATION);
	feed("24 10");
}
END_TEST

static const struct {
	enum ph_snapi_output output;
	uint8_t id, values;
} outputs[] = {
	{PH_SNAPI_AIM, 0x02, 2},
	{PH_SNAPI_MODE, 0x03, 3},
	{PH_SNAPI_ENABLE, 0x06, 2},
	{PH_SNAPI_MACRO_PDF, 0x08, 2},
	{PH_SNAPI_TRIGGER, 0x0a, 2},
};

START_TEST(output_reports)
{
	for (unsigned value = 0; value < 256; value++) {
		uint8_t report[PH_SNAPI_REPORT_LEN];
		uint8_t expected[PH_SNAPI_REPORT_LEN] = {outputs[_i].id, (uint8_t)value};
		int r = ph_snapi_output(outputs[_i].output, (uint8_t)value, report);
		ck_assert_int_eq(r, value < outputs[_i].values ? 0 : -EINVAL);
		if (r == 0)
			ck_assert_mem_eq(report, expected, sizeof report);
	}
}
END_TEST

static int request(enum ph_snapi_op op, unsigned id, struct ph_snapi_value value, const char *text)
{
	uint8_t out[PH_SNAPI_REQUEST_MAX], expected[PH_SNAPI_REQUEST_MAX];
	int len = ph_snapi_request(op, (uint16_t)id, &value, out);

	if (len >= 0) {
		ck_assert_int_eq(len, (int)hex(text, expected, sizeof expected));
		ck_assert_mem_eq(out, expected, (size_t)len);
	}
	return len;
}

static struct ph_snapi_value number(char type, uint32_t n)
{
	return (struct ph_snapi_value){.type = (uint8_t)type, .number = n};
}

START_TEST(requests)
{
	struct ph_snapi_value text = {.type = 'S', .data = (const uint8_t *)"hello", .len = 5};
	struct ph_snapi_value none = {0};

	ck_assert_int_gt(request(PH_SNAPI_LIST, 0, none, "00 06 01 00 00 00"), 0);
	ck_assert_int_gt(request(PH_SNAPI_START, PH_SNAPI_START_ID, none, "00 06 20 00 04 B0"), 0);
	ck_assert_int_gt(
		request(PH_SNAPI_GET, PH_SNAPI_SERIAL_NUMBER, none, "00 06 02 00 02 16"), 0);
	ck_assert_int_gt(request(PH_SNAPI_GET_AT, 7, number(0, 300), "00 08 04 00 00 07 01 2C"), 0);
	ck_assert_int_gt(
		request(PH_SNAPI_SET, 0x4e2a, number('B', 1), "00 09 05 00 4E 2A 42 00 01"), 0);
	ck_assert_int_gt(
		request(PH_SNAPI_STORE, 1, number('F', 1), "00 09 06 00 00 01 46 00 01"), 0);
	ck_assert_int_gt(
		request(PH_SNAPI_SET, 1, number('W', 0x1234), "00 09 05 00 00 01 57 12 34"), 0);
	ck_assert_int_gt(request(PH_SNAPI_SET, 1, number('D', 0x12345678),
				 "00 0B 05 00 00 01 44 12 34 56 78"),
		0);
	ck_assert_int_gt(
		request(PH_SNAPI_SET, 1, number('X', 0x1234), "00 09 05 00 00 01 58 34 12"), 0);
	ck_assert_int_gt(request(PH_SNAPI_SET, 1, text,
				 "00 11 05 00 00 01 53 00 00 05 00 00 68 65 6C 6C 6F"),
		0);
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, number('F', 2), ""), -ERANGE);
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, number('B', 256), ""), -ERANGE);
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, number('W', 65536), ""), -ERANGE);
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, number('X', 65536), ""), -ERANGE);
	ck_assert_int_eq(request(PH_SNAPI_GET_AT, 1, number(0, 65536), ""), -ERANGE);
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, number('A', 0), ""), -ENOTSUP);
	text.len = PH_SNAPI_REQUEST_MAX - 12 + 1;
	ck_assert_int_eq(request(PH_SNAPI_SET, 1, text, ""), -EMSGSIZE);
}
END_TEST

START_TEST(split_requests)
{
	uint8_t message[60], report[PH_SNAPI_REPORT_LEN], expected[PH_SNAPI_REPORT_LEN] = {0};
	uint8_t joined[64];
	size_t cursor = 0, len = hex("00 06 01 00 00 00", message, sizeof message), n = 0;

	/* the request for the list of attributes */
	hex("0D 40 00 06 00 06 01 00 00 00", expected, sizeof expected);
	ck_assert_int_eq(ph_snapi_split(message, len, &cursor, report), 1);
	ck_assert_mem_eq(report, expected, sizeof report);
	ck_assert_int_eq(ph_snapi_split(message, len, &cursor, report), 0);

	for (size_t i = 0; i < sizeof message; i++)
		message[i] = (uint8_t)i;
	static const uint8_t flags[] = {0xc0, 0x80, 0x00};
	cursor = 0;
	while (ph_snapi_split(message, sizeof message, &cursor, report)) {
		ck_assert_uint_eq(report[1], flags[n]);
		ck_assert_uint_eq(report[3], sizeof message);
		memcpy(joined + n * 28, report + 4, n < 2 ? 28 : 4);
		n++;
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_mem_eq(joined, message, sizeof message);
	/* just one full report */
	cursor = 0;
	ck_assert_int_eq(ph_snapi_split(message, 28, &cursor, report), 1);
	ck_assert_uint_eq(report[1], 0x40);
	ck_assert_int_eq(ph_snapi_split(message, 28, &cursor, report), 0);
}
END_TEST

static struct ph_snapi_answer answer;
static uint8_t answer_bytes[64];

static int read_answer(const char *text)
{
	size_t len = hex(text, answer_bytes, sizeof answer_bytes);

	return ph_snapi_answer(answer_bytes, len, &answer);
}

START_TEST(answers)
{
	ck_assert_int_eq(read_answer("00 0C 01 00 00 00 00 01 02 16 FF FF"), 0);
	ck_assert_uint_eq(answer.op, PH_SNAPI_LIST);
	ck_assert_uint_eq(answer.id_count, 3);
	ck_assert_mem_eq(answer.ids, "\0\1\2\x16\xff\xff", 6);
	ck_assert_int_eq(read_answer("00 09 02 00 00 07 42 00 12"), 0);
	ck_assert_uint_eq(answer.id, 7);
	ck_assert_uint_eq(answer.value.type, PH_SNAPI_BYTE);
	ck_assert_uint_eq(answer.value.number, 0x12);
	ck_assert_int_eq(read_answer("00 09 02 00 00 07 46 00 01"), 0);
	ck_assert_uint_eq(answer.value.number, 1);
	ck_assert_int_eq(read_answer("00 0A 02 00 00 07 57 00 12 34"), 0);
	ck_assert_uint_eq(answer.value.number, 0x1234);
	ck_assert_int_eq(read_answer("00 0C 02 00 00 07 44 00 12 34 56 78"), 0);
	ck_assert_uint_eq(answer.value.number, 0x12345678);
	ck_assert_int_eq(read_answer("00 10 02 00 02 16 53 00 00 04 00 00 41 42 43 00"), 0);
	ck_assert_uint_eq(answer.value.len, 3);
	ck_assert_mem_eq(answer.value.data, "ABC", 3);
	ck_assert_int_eq(read_answer("00 0C 02 00 02 16 53 00 00 00 00 00"), 0);
	ck_assert_uint_eq(answer.value.len, 0);
	/* an array, and its rest */
	ck_assert_int_eq(read_answer("00 10 02 00 00 07 41 00 42 00 05 00 00 01 02 03"), 0);
	ck_assert_uint_eq(answer.value.total, 5);
	ck_assert_uint_eq(answer.value.len, 3);
	ck_assert_int_eq(read_answer("00 0F 04 00 00 07 41 00 42 00 02 00 00 04 05"), 0);
	ck_assert_uint_eq(answer.value.len, 2);
	ck_assert_mem_eq(answer.value.data, "\4\5", 2);
	/* nothing there; set and start; an operation nobody knows */
	ck_assert_int_eq(read_answer("00 06 02 00 00 07"), 0);
	ck_assert_uint_eq(answer.value.type, PH_SNAPI_NONE);
	ck_assert_int_eq(read_answer("00 06 05 00 00 07"), 0);
	ck_assert_int_eq(read_answer("00 06 20 00 04 B0"), 0);
	ck_assert_uint_eq(answer.op, PH_SNAPI_START);
	ck_assert_int_eq(read_answer("00 07 02 00 00 07 5A"), 0);
	ck_assert_uint_eq(answer.value.type, 'Z');
}
END_TEST

static const char *const cut_answers[] = {
	"",
	"00 06 02 00 00",
	"00 09 02 00 00 07 42 00",
	"00 09 02 00 00 07 46 00",
	"00 0A 02 00 00 07 57 00 12",
	"00 0C 02 00 00 07 44 00 12 34 56",
	"00 10 02 00 02 16 53 00 00 04 00",
	"00 10 02 00 02 16 53 00 00 04 00 00 41 42 43",
	"00 10 02 00 02 16 41 00 00 04 00 00",
	"00 10 04 00 02 16 41 00 00 04 00 00",
};

START_TEST(answers_cut_off)
{
	answer.id = 77;
	ck_assert_int_eq(read_answer(cut_answers[_i]), -EBADMSG);
	ck_assert_uint_eq(answer.id, 77);
}
END_TEST

START_TEST(joined_answers)
{
	begin();
	feed("27 10 0A 00 10 02 00 02 16 53 00 00 04");
	expect_none();
	/* a label in between */
	feed("22 01 00 01 1C 00 41");
	expect_label("A", 0x1c);
	feed("27 00 06 00 00 41 42 43 00");
	expect(PH_SNAPI_ANSWER);
	ck_assert_uint_eq(event.len, 16);
	ck_assert_int_eq(ph_snapi_answer(event.data, event.len, &answer), 0);
	ck_assert_uint_eq(answer.value.len, 3);
	ck_assert_uint_eq(answer.id, PH_SNAPI_SERIAL_NUMBER);
	/* the rest is late, and forgotten with the next request */
	feed("27 10 02 00 10");
	now_ms += 600;
	ck_assert_int_eq(ph_snapi_late(&snapi, now_ms), 0);
	expect_drop(PH_LOST_GAP, true);
	ph_snapi_request_sent(&snapi);
	feed("27 00 06 00 06 05 00 00 07");
	expect(PH_SNAPI_ANSWER);
	ck_assert_uint_eq(event.len, 6);
	feed("27 00 1E 00");
	expect_drop(PH_LOST_LENGTH, true);
	ck_assert_int_eq(ph_snapi_feed(&snapi, (const uint8_t *)"\x27\0", 2, now_ms), 0);
	expect_drop(PH_LOST_REPORT, true);
}
END_TEST

static TCase *attributes(void)
{
	TCase *cases = tcase_create("attributes");

	tcase_add_test(cases, requests);
	tcase_add_test(cases, split_requests);
	tcase_add_test(cases, answers);
	tcase_add_loop_test(
		cases, answers_cut_off, 0, (int)(sizeof cut_answers / sizeof *cut_answers));
	tcase_add_test(cases, joined_answers);
	return cases;
}

int main(void)
{
	Suite *suite = suite_create("snapi");
	TCase *cases = tcase_create("reports");

	tcase_add_test(cases, labels);
	tcase_add_test(cases, lost_parts);
	tcase_add_test(cases, stalls);
	tcase_add_test(cases, lengths);
	tcase_add_test(cases, other_inputs);
	tcase_add_test(cases, events_not_taken);
	tcase_add_loop_test(cases, output_reports, 0, (int)(sizeof outputs / sizeof *outputs));
	suite_add_tcase(suite, cases);
	suite_add_tcase(suite, attributes());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
