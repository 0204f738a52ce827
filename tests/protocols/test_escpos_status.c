// The stream from the printer, fed in pieces of every size. Bytes: Epson ESC/POS reference, GS a,
// DLE EOT, GS r, GS I, GS ( H.
#include "protocols/escpos/encode.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/escpos/status.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Reads everything that is fed and writes it down, one word per event.
static void collect(struct ph_escpos_parser *parser, char *log, size_t size)
{
	struct ph_escpos_event event;

	while (ph_escpos_parser_next(parser, &event)) {
		const size_t len = strlen(log);
		char *at = log + len;
		const size_t room = size - len;
		switch (event.kind) {
		case PH_ESCPOS_EVENT_ASB:
			snprintf(at, room, "asb:%02x%02x%02x%02x ", event.asb.raw[0],
				event.asb.raw[1], event.asb.raw[2], event.asb.raw[3]);
			break;
		case PH_ESCPOS_EVENT_EOT:
			snprintf(at, room, "eot:%02x ", event.byte);
			break;
		case PH_ESCPOS_EVENT_REPLY:
			snprintf(at, room, "reply:%02x ", event.byte);
			break;
		case PH_ESCPOS_EVENT_BLOCK:
			snprintf(at, room, "block:%02x:%s ", event.block.header, event.block.data);
			break;
		case PH_ESCPOS_EVENT_XON:
			snprintf(at, room, "xon ");
			break;
		case PH_ESCPOS_EVENT_XOFF:
			snprintf(at, room, "xoff ");
			break;
		}
	}
}

#define CHECK_STREAM(unknown, expected, ...)                                                       \
	check_stream((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), unknown,    \
		expected)

// One feed, feeds of one byte, and every way to cut in two must all give the same.
static void check_stream(const uint8_t *bytes, size_t len, unsigned unknown, const char *expected)
{
	for (size_t cut = 0; cut <= len; cut++) {
		struct ph_escpos_parser parser;
		char log[1024] = "";
		ph_escpos_parser_init(&parser);
		ck_assert_int_eq(ph_escpos_parser_feed(&parser, bytes, cut), 0);
		collect(&parser, log, sizeof log);
		ck_assert_int_eq(ph_escpos_parser_feed(&parser, bytes + cut, len - cut), 0);
		collect(&parser, log, sizeof log);
		ck_assert_str_eq(log, expected);
		ck_assert_uint_eq(parser.unknown, unknown);
	}
	struct ph_escpos_parser parser;
	char log[1024] = "";
	ph_escpos_parser_init(&parser);
	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(ph_escpos_parser_feed(&parser, bytes + i, 1), 0);
		collect(&parser, log, sizeof log);
	}
	ck_assert_str_eq(log, expected);
	ck_assert_uint_eq(parser.unknown, unknown);
}

START_TEST(automatic_status)
{
	CHECK_STREAM(0, "asb:10000000 ", 0x10, 0, 0, 0);
	CHECK_STREAM(0, "asb:14000000 asb:3c000c00 ", 0x14, 0, 0, 0, 0x3c, 0, 0x0c, 0);
	CHECK_STREAM(0, "asb:10006f0f ", 0x10, 0, 0x6f, 0x0f); // reserved bits are let be
}
END_TEST

START_TEST(automatic_status_bits)
{
	static const struct {
		uint8_t raw[4];
		size_t offset; // of the one member that is true
	} rows[] = {
		{{0x14, 0, 0, 0}, offsetof(struct ph_escpos_asb, drawer_high)},
		{{0x18, 0, 0, 0}, offsetof(struct ph_escpos_asb, offline)},
		{{0x30, 0, 0, 0}, offsetof(struct ph_escpos_asb, cover_open)},
		{{0x50, 0, 0, 0}, offsetof(struct ph_escpos_asb, feeding)},
		{{0x10, 0x01, 0, 0}, offsetof(struct ph_escpos_asb, wait_online)},
		{{0x10, 0x02, 0, 0}, offsetof(struct ph_escpos_asb, feed_button)},
		{{0x10, 0x04, 0, 0}, offsetof(struct ph_escpos_asb, error_mechanical)},
		{{0x10, 0x08, 0, 0}, offsetof(struct ph_escpos_asb, error_cutter)},
		{{0x10, 0x20, 0, 0}, offsetof(struct ph_escpos_asb, error_unrecoverable)},
		{{0x10, 0x40, 0, 0}, offsetof(struct ph_escpos_asb, error_auto_recoverable)},
		{{0x10, 0, 0x03, 0}, offsetof(struct ph_escpos_asb, paper_near_end)},
		{{0x10, 0, 0x0c, 0}, offsetof(struct ph_escpos_asb, paper_end)},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ph_escpos_parser parser;
		struct ph_escpos_event event;
		struct ph_escpos_asb expected = {0};
		*(bool *)((char *)&expected + rows[i].offset) = true;
		memcpy(expected.raw, rows[i].raw, 4);
		ph_escpos_parser_init(&parser);
		ph_escpos_parser_feed(&parser, rows[i].raw, 4);
		ck_assert_int_eq(ph_escpos_parser_next(&parser, &event), 1);
		ck_assert_int_eq(event.kind, PH_ESCPOS_EVENT_ASB);
		ck_assert_mem_eq(&event.asb, &expected, sizeof expected);
	}
}
END_TEST

START_TEST(single_replies)
{
	CHECK_STREAM(0, "eot:12 eot:1e eot:7e eot:16 ", 0x12, 0x1e, 0x7e, 0x16);
	CHECK_STREAM(0, "reply:00 reply:0f reply:02 reply:60 ", 0x00, 0x0f, 0x02, 0x60);
}
END_TEST

START_TEST(blocks)
{
	CHECK_STREAM(0, "block:37:\"  ,! ", 0x37, 0x22, 0x20, 0x20, 0x2c, 0x21, 0);
	CHECK_STREAM(0, "block:5f:EPSON ", 0x5f, 'E', 'P', 'S', 'O', 'N', 0);
	CHECK_STREAM(0, "block:3d:#0 ", 0x3d, 0x23, 0x30, 0);
	CHECK_STREAM(0, "block:37:% ", 0x37, 0x25, 0);
	CHECK_STREAM(0, "block:3b:0 ", 0x3b, 0x30, 0);
	CHECK_STREAM(0, "block:35:@@ ", 0x35, 0x40, 0x40, 0);
	// a symbol size, GS ( k function 82: separators 1F are data
	CHECK_STREAM(0,
		"block:37:6210\x1f"
		"210\x1f"
		"1\x1f"
		"0 ",
		0x37, '6', '2', '1', '0', 0x1f, '2', '1', '0', 0x1f, '1', 0x1f, '0', 0);
	// bytes inside of a block are never taken for a status
	CHECK_STREAM(
		0, "block:5f:0RpT asb:10000000 ", 0x5f, 0x30, 0x52, 0x70, 0x54, 0, 0x10, 0, 0, 0);
}
END_TEST

START_TEST(flow_control_may_sit_inside_a_message)
{
	CHECK_STREAM(0, "xoff xon ", 0x13, 0x11);
	CHECK_STREAM(0, "xoff asb:10000000 xon ", 0x10, 0, 0x13, 0, 0, 0x11);
	CHECK_STREAM(0, "xoff block:37:% ", 0x37, 0x13, 0x25, 0);
}
END_TEST

START_TEST(everything_interleaved)
{
	CHECK_STREAM(0, "eot:12 asb:14000300 reply:03 block:37:\"  !! asb:10000000 eot:32 ", 0x12,
		0x14, 0, 3, 0, 3, 0x37, 0x22, 0x20, 0x20, 0x21, 0x21, 0, 0x10, 0, 0, 0, 0x32);
}
END_TEST

START_TEST(rubbish_is_counted_and_passed)
{
	CHECK_STREAM(3, "asb:10000000 ", 0xff, 0x80, 0xc3, 0x10, 0, 0, 0);
	// a status that lost its tail: the next one is whole
	CHECK_STREAM(2, "asb:10000000 ", 0x14, 0x00, 0x10, 0, 0, 0);
	// a header that was none, then a status
	CHECK_STREAM(2, "asb:18000c00 ", 0x37, 0x22, 0x18, 0, 0x0c, 0);
	CHECK_STREAM(2, "eot:12 ", 0x5f, 'E', 0x12);
	CHECK_STREAM(3, "reply:00 ", 0x5f, 'E', 0xff, 0x00);
}
END_TEST

START_TEST(a_block_without_end_is_given_up)
{
	struct ph_escpos_parser parser;
	struct ph_escpos_event event;
	uint8_t bytes[3 * PH_ESCPOS_BLOCK_MAX];
	int count = 0;

	memset(bytes, 'E', sizeof bytes);
	bytes[0] = 0x5f;
	ph_escpos_parser_init(&parser);
	ph_escpos_parser_feed(&parser, bytes, sizeof bytes);
	while (ph_escpos_parser_next(&parser, &event))
		count += event.kind == PH_ESCPOS_EVENT_BLOCK;
	ck_assert_int_eq(count, 0);
	ck_assert_uint_ge(parser.unknown, PH_ESCPOS_BLOCK_MAX);

	// the longest that is one
	memset(bytes, 'E', sizeof bytes);
	bytes[0] = 0x5f;
	bytes[PH_ESCPOS_BLOCK_MAX + 1] = 0;
	ph_escpos_parser_init(&parser);
	ph_escpos_parser_feed(&parser, bytes, PH_ESCPOS_BLOCK_MAX + 2);
	ck_assert_int_eq(ph_escpos_parser_next(&parser, &event), 1);
	ck_assert_uint_eq(event.block.len, PH_ESCPOS_BLOCK_MAX);
	ck_assert_uint_eq(strlen((const char *)event.block.data), PH_ESCPOS_BLOCK_MAX);
}
END_TEST

START_TEST(unread_bytes_are_not_replaced)
{
	struct ph_escpos_parser parser;
	struct ph_escpos_event event;

	ph_escpos_parser_init(&parser);
	ck_assert_int_eq(ph_escpos_parser_feed(&parser, "\x12\x12", 2), 0);
	ck_assert_int_eq(ph_escpos_parser_next(&parser, &event), 1);
	ck_assert_int_eq(ph_escpos_parser_feed(&parser, "\x16", 1), -EBUSY);
	ck_assert_int_eq(ph_escpos_parser_next(&parser, &event), 1);
	ck_assert_int_eq(event.byte, 0x12);
	ck_assert_int_eq(ph_escpos_parser_feed(&parser, "\x16", 1), 0);
}
END_TEST

static struct ph_escpos_event read_one(const void *bytes, size_t len)
{
	struct ph_escpos_parser parser;
	struct ph_escpos_event event;

	ph_escpos_parser_init(&parser);
	ph_escpos_parser_feed(&parser, bytes, len);
	ck_assert_int_eq(ph_escpos_parser_next(&parser, &event), 1);
	return event;
}

START_TEST(process_ids_come_back)
{
	static const uint32_t ids[] = {
		0, 1, 94, 95, 9024, 9025, 857374, 857375, PH_ESCPOS_PROCESS_ID_COUNT - 1};
	uint32_t got = 0;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		uint8_t command[PH_ESCPOS_PROCESS_ID_LEN], reply[7] = {0x37, 0x22};
		ck_assert_uint_eq(ph_escpos_put_process_id(command, ids[i]), sizeof command);
		ck_assert_mem_eq(command, "\x1d(H\x06\x00\x30\x30", 7);
		for (int d = 7; d < 11; d++)
			ck_assert(command[d] >= 0x20 && command[d] <= 0x7e);
		memcpy(reply + 2, command + 7, 4);
		const struct ph_escpos_event event = read_one(reply, sizeof reply);
		ck_assert_int_eq(ph_escpos_event_process_id(&event, &got), 0);
		ck_assert_uint_eq(got, ids[i]);
	}
	struct ph_escpos_event event = read_one("\x37\x23\x41\x42\x43\x44", 7);
	got = 7;
	ck_assert_int_eq(ph_escpos_event_process_id(&event, &got), -ENOENT);
	event = read_one("\x37\x22\x41\x42", 5);
	ck_assert_int_eq(ph_escpos_event_process_id(&event, &got), -ENOENT);
	event = read_one("\x12", 1);
	ck_assert_int_eq(ph_escpos_event_process_id(&event, &got), -ENOENT);
	ck_assert_uint_eq(got, 7);
}
END_TEST

START_TEST(cleared_is_recognised)
{
	struct ph_escpos_event event = read_one("\x37\x25", 3);
	ck_assert(ph_escpos_event_cleared(&event));
	event = read_one("\x37\x22\x41\x42\x43\x44", 7);
	ck_assert(!ph_escpos_event_cleared(&event));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_status");
	TCase *tests = tcase_create("parser");

	tcase_add_test(tests, automatic_status);
	tcase_add_test(tests, automatic_status_bits);
	tcase_add_test(tests, single_replies);
	tcase_add_test(tests, blocks);
	tcase_add_test(tests, flow_control_may_sit_inside_a_message);
	tcase_add_test(tests, everything_interleaved);
	tcase_add_test(tests, rubbish_is_counted_and_passed);
	tcase_add_test(tests, a_block_without_end_is_given_up);
	tcase_add_test(tests, unread_bytes_are_not_replaced);
	tcase_add_test(tests, process_ids_come_back);
	tcase_add_test(tests, cleared_is_recognised);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
