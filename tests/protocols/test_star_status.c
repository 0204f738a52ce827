// The stream from a Star printer, fed in pieces of every size. Bytes: STAR Line Mode Command
// Specifications, appendix 2 (automatic status), ESC GS ETX, ESC # *.
#include "protocols/star/encode.h"
#include "protocols/star/star_const.h"
#include "protocols/star/status.h"
#include "tests/support/star_profile.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_asb(const struct ph_star_asb *asb, char *at, size_t room)
{
	snprintf(at, room, "asb:v%u%s%s%s%s%s%s%s%s%s%s%s ", asb->version,
		asb->offline ? ",offline" : "", asb->cover_open ? ",cover" : "",
		asb->drawer_high ? ",drawer" : "", asb->etb_done ? ",etb" : "",
		asb->error_cutter ? ",cutter" : "", asb->error_mechanical ? ",mechanical" : "",
		asb->error_unrecoverable ? ",unrecoverable" : "", asb->head_hot ? ",hot" : "",
		asb->overflow ? ",overflow" : "", asb->paper_near_end ? ",near" : "",
		asb->paper_end ? ",end" : "");
	if (asb->has_counter && asb->counter)
		snprintf(at + strlen(at) - 1, room - strlen(at), "#%u ", asb->counter);
}

// Reads everything that is fed and writes it down, one word per event.
static void collect(struct ph_star_parser *parser, char *log, size_t size)
{
	struct ph_star_event event;

	while (ph_star_parser_next(parser, &event)) {
		const size_t len = strlen(log);
		char *at = log + len;
		const size_t room = size - len;
		switch (event.kind) {
		case PH_STAR_EVENT_ASB:
			write_asb(&event.asb, at, room);
			break;
		case PH_STAR_EVENT_COUNTER:
			snprintf(at, room, "counter:%u:%04x:%u ", event.counter.s, event.counter.id,
				event.counter.counter);
			break;
		case PH_STAR_EVENT_MODEL:
			snprintf(at, room, "model:%s ", event.text);
			break;
		case PH_STAR_EVENT_SERIAL:
			snprintf(at, room, "serial:%s ", event.text);
			break;
		case PH_STAR_EVENT_XON:
			snprintf(at, room, "xon ");
			break;
		case PH_STAR_EVENT_XOFF:
			snprintf(at, room, "xoff ");
			break;
		}
	}
}

// One feed, feeds of one byte, and every way to cut in two must all give the same.
static void check_stream(const uint8_t *bytes, size_t len, unsigned unknown, const char *expected)
{
	for (size_t cut = 0; cut <= len; cut++) {
		struct ph_star_parser parser;
		char log[1024] = "";
		ph_star_parser_init(&parser);
		ck_assert_int_eq(ph_star_parser_feed(&parser, bytes, cut), 0);
		collect(&parser, log, sizeof log);
		ck_assert_int_eq(ph_star_parser_feed(&parser, bytes + cut, len - cut), 0);
		collect(&parser, log, sizeof log);
		ck_assert_msg(
			strcmp(log, expected) == 0, "cut %zu: %s, wanted %s", cut, log, expected);
		ck_assert_uint_eq(parser.unknown, unknown);
	}
	struct ph_star_parser parser;
	char log[1024] = "";
	ph_star_parser_init(&parser);
	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(ph_star_parser_feed(&parser, bytes + i, 1), 0);
		collect(&parser, log, sizeof log);
	}
	ck_assert_str_eq(log, expected);
}

#define CHECK(unknown, expected, ...)                                                              \
	check_stream((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), unknown,    \
		expected)

START_TEST(automatic_status)
{
	// nine bytes, version 3: header 23 = length 1 + 8, 06 = version 3
	CHECK(0, "asb:v3 ", 0x23, 0x06, 0, 0, 0, 0, 0, 0, 0);
	// seven bytes
	CHECK(0, "asb:v1 ", 0x0f, 0x02, 0, 0, 0, 0, 0);
	// eleven: bit 7 of the second header adds two
	CHECK(0, "asb:v3 asb:v4 ", 0x23, 0x86, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 0x08, 0, 0, 0, 0, 0,
		0, 0);
	CHECK(0, "asb:v3,offline,cover,drawer,etb ", 0x23, 0x06, 0x2e, 0, 0, 0, 0, 0, 0);
	CHECK(0, "asb:v3,offline,cutter,mechanical,unrecoverable,hot ", 0x23, 0x06, 0x08, 0x6c, 0,
		0, 0, 0, 0);
	CHECK(0, "asb:v3,overflow,near ", 0x23, 0x06, 0, 0, 0x40, 0x04, 0, 0, 0);
	CHECK(0, "asb:v3,near ", 0x23, 0x06, 0, 0, 0, 0x02, 0, 0, 0);
	CHECK(0, "asb:v3,offline,end ", 0x23, 0x06, 0x08, 0, 0, 0x08, 0, 0, 0);
}
END_TEST

START_TEST(every_counter_of_etb)
{
	for (unsigned count = 0; count < 32; count++) {
		// bits 0 to 2 stand in bits 1 to 3, bits 3 and 4 in bits 5 and 6
		const uint8_t coded = (uint8_t)((count & 7) << 1 | (count & 0x18) << 2);
		const uint8_t bytes[] = {0x23, 0x06, 0x02, 0, 0, 0, 0, coded, 0};
		char expected[32] = "asb:v3,etb ";
		if (count)
			snprintf(expected, sizeof expected, "asb:v3,etb#%u ", count);
		check_stream(bytes, sizeof bytes, 0, expected);
	}
}
END_TEST

START_TEST(counter_answers)
{
	CHECK(0, "counter:1:1234:7 ", 0x1b, 0x1d, 0x03, 1, 0x34, 0x12, 7, 0);
	// any byte is an id or a count, also those that begin something else
	CHECK(0, "counter:0:1b1b:27 asb:v3 ", 0x1b, 0x1d, 0x03, 0, 0x1b, 0x1b, 0x1b, 0, 0x23, 0x06,
		0, 0, 0, 0, 0, 0, 0);
	// not an answer: no NUL at the end, or a function that does not answer
	CHECK(8, "", 0x1b, 0x1d, 0x03, 1, 0, 0, 7, 1);
	CHECK(8, "", 0x1b, 0x1d, 0x03, 2, 0, 0, 7, 0);
}
END_TEST

START_TEST(identification)
{
	CHECK(0, "model:TSP654II Ver1.2 ", 0x1b, '#', '*', ',', 'T', 'S', 'P', '6', '5', '4', 'I',
		'I', ' ', 'V', 'e', 'r', '1', '.', '2', 0x0a, 0);
	// ESC GS ) I with the value of the serial number among others
	CHECK(0, "serial:123456 ", 0x1b, 0x1d, ')', 'I', 1, 0, 49, 'P', 'r', 'S', 'r', 'N', '=',
		'1', '2', '3', '4', '5', '6', ',', 'x', 0x0a, 0);
}
END_TEST

START_TEST(rubbish)
{
	// text before a status, a status cut short, an answer cut short
	CHECK(2, "asb:v3 ", 0x80, 0xff, 0x23, 0x06, 0, 0, 0, 0, 0, 0, 0);
	CHECK(3, "asb:v3 ", 0x23, 0x06, 0, 0x23, 0x06, 0, 0, 0, 0, 0, 0, 0);
	CHECK(2, "asb:v3 ", 0x1b, 0x1d, 0x23, 0x06, 0, 0, 0, 0, 0, 0, 0);
	CHECK(1, "counter:1:0000:1 ", 0x1b, 0x1b, 0x1d, 3, 1, 0, 0, 1, 0);
	// a length that no status has
	CHECK(2, "", 0x01, 0x00);
	CHECK(0, "xoff asb:v3 xon ", 0x13, 0x23, 0x06, 0, 0, 0, 0, 0, 0, 0, 0x11);
	// flow control inside of a status
	CHECK(0, "xoff xon asb:v3 ", 0x23, 0x06, 0x13, 0x11, 0, 0, 0, 0, 0, 0, 0);
}
END_TEST

START_TEST(endless_text)
{
	struct ph_star_parser parser;
	char log[64] = "";
	uint8_t bytes[300] = {0x1b, '#', '*', ','};

	// bytes that begin nothing
	memset(bytes + 4, 'r', sizeof bytes - 4);
	ph_star_parser_init(&parser);
	ck_assert_int_eq(ph_star_parser_feed(&parser, bytes, sizeof bytes), 0);
	ck_assert_int_eq(ph_star_parser_feed(&parser, bytes, 1), -EBUSY);
	collect(&parser, log, sizeof log);
	ck_assert_str_eq(log, "");
	ck_assert_uint_eq(parser.unknown, sizeof bytes);
	static const uint8_t counter[] = {0x1b, 0x1d, 3, 1, 5, 0, 9, 0};
	ck_assert_int_eq(ph_star_parser_feed(&parser, counter, sizeof counter), 0);
	collect(&parser, log, sizeof log);
	ck_assert_str_eq(log, "counter:1:0005:9 ");
}
END_TEST

#define CHECK_COMMAND(len, ...)                                                                    \
	do {                                                                                       \
		const uint8_t want[] = {__VA_ARGS__};                                              \
		const size_t got = (len);                                                          \
		ck_assert_uint_eq(got, sizeof want);                                               \
		ck_assert_mem_eq(out, want, sizeof want);                                          \
	} while (0)

START_TEST(single_commands)
{
	uint8_t out[32];
	const struct ph_star_profile *prnt = profile_named("starprnt-80");
	const struct ph_star_profile *rows = profile_named("star-tsp100");

	CHECK_COMMAND(ph_star_put_counter(out, 1, 0x1234), 0x1b, 0x1d, 3, 1, 0x34, 0x12);
	CHECK_COMMAND(ph_star_put_counter(out, 4, 0), 0x1b, 0x1d, 3, 4, 0, 0);
	CHECK_COMMAND(ph_star_put_etb(out), 0x17);
	CHECK_COMMAND(ph_star_put_clear_etb(out), 0x1b, 0x1e, 0x45, 0);
	CHECK_COMMAND(ph_star_put_asb(out, true), 0x1b, 0x1e, 0x61, 1);
	CHECK_COMMAND(ph_star_put_ask(out), 0x1b, 0x06, 0x01);
	CHECK_COMMAND(ph_star_put_reset(out), 0x1b, 0x06, 0x18);
	CHECK_COMMAND(ph_star_put_identify(out), 0x1b, 0x23, 0x2a, 0x0a, 0);
	CHECK_COMMAND(
		ph_star_put_prologue(out, prnt), 0x1b, 0x40, 0x1b, 0x7a, 1, 0x1b, 0x1d, 0x74, 1);
	CHECK_COMMAND(ph_star_put_prologue(out, rows), 0x1b, 0x40);
	// 14.4: units of 10 ms, 1 to 127; drawer 2 has no times
	CHECK_COMMAND(
		ph_star_put_pulse(out, prnt, 1, 200, 101), 0x1b, 7, 20, 11, 7, 0x1b, 7, 20, 20);
	CHECK_COMMAND(
		ph_star_put_pulse(out, prnt, 1, 0, 9999), 0x1b, 7, 1, 127, 7, 0x1b, 7, 20, 20);
	CHECK_COMMAND(ph_star_put_pulse(out, prnt, 1, 200, 195), 7);
	CHECK_COMMAND(ph_star_put_pulse_times(out, prnt), 0x1b, 7, 20, 20);
	CHECK_COMMAND(ph_star_put_pulse(out, prnt, 2, 200, 200), 0x1a);
	CHECK_COMMAND(ph_star_put_pulse(out, rows, 2, 200, 200), 0x1b, '*', 'r', 'A', 0x1b, '*',
		'r', 'D', '2', 0, 0x1b, '*', 'r', 'B');
	ck_assert_uint_le(ph_star_put_pulse(out, rows, 1, 100, 200), PH_STAR_PULSE_MAX);
	CHECK_COMMAND(ph_star_put_fast_pulse(out), 0x1c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_status");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, automatic_status);
	tcase_add_test(tc, every_counter_of_etb);
	tcase_add_test(tc, counter_answers);
	tcase_add_test(tc, identification);
	tcase_add_test(tc, rubbish);
	tcase_add_test(tc, endless_text);
	tcase_add_test(tc, single_commands);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
