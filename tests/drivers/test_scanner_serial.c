// The serial scanner driver on a bench: framing, identifiers, limits, and the notifications they give.
#include "bench.h"

#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READY                                                                                      \
	"device.info "                                                                             \
	"{\"capabilities\":{\"scanner\":{\"symbologies\":[],\"trigger\":false,\"beep\":"           \
	"false,\"enable\":false,\"symbology\":false}}}\n"                                          \
	"device.state {\"state\":\"ready\",\"reasons\":[]}\n"

static struct bench bench;

static void start(const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_serial, "serial:/dev/null", 0, options);
	ck_assert_str_eq(bench_lines(&bench), READY);
}

/* The texts of all labels, joined with '|'. */
static const char *labels(void)
{
	static char out[20000];
	const char *line = bench_lines(&bench);

	out[0] = '\0';
	while (*line) {
		const char *text = strstr(line, "\"text\":\"");
		const char *end = strchr(line, '\n');
		if (text && text < end)
			snprintf(out + strlen(out), sizeof out - strlen(out), "%.*s|",
				(int)strcspn(text + 8, "\""), text + 8);
		else
			snprintf(out + strlen(out), sizeof out - strlen(out), "%.*s|",
				(int)(end - line), line);
		line = end + 1;
	}
	return out;
}

struct framing_case {
	const char *terminator, *bytes, *before_idle, *after_idle;
};

static const struct framing_case framing_cases[] = {
	{"auto", "abc\r", "abc|", ""},
	{"auto", "abc\n", "abc|", ""},
	{"auto", "abc\r\n", "abc|", ""},
	{"auto", "a\r\nb\r\nc\r\n", "a|b|c|", ""},
	{"auto", "a\rb\nc\r\n\r\n\n\rd\r", "a|b|c|d|", ""},
	{"auto", "abc", "", "abc|"},
	{"auto", "a\rbc", "a|", "bc|"},
	{"cr", "a\nb\rc", "a\\nb|", ""},
	{"lf", "a\rb\nc\n", "a\\rb|c|", ""},
	{"crlf", "a\rb\nc\r\nd\r\r\n\r\n", "a\\rb\\nc|d\\r|", ""},
	{"tab", "a\tb\r\t\t", "a|b\\r|", ""},
	{"etx",
		"noise\x02 a\x03\r\n\x02"
		"b\x02"
		"c\x03"
		"d\x03",
		" a|c|", ""},
	{"none", "a\rb", "", "a\\rb|"},
};

START_TEST(framing)
{
	const struct framing_case *c = &framing_cases[_i / 2];
	char option[32];

	snprintf(option, sizeof option, "terminator=%s", c->terminator);
	start((const char *[]){option, NULL});
	bench_feed(&bench, c->bytes, strlen(c->bytes), _i % 2);
	ck_assert_str_eq(labels(), c->before_idle);
	bench_advance(&bench, 100);
	ck_assert_str_eq(labels(), c->after_idle);
	bench_done(&bench);
}
END_TEST

START_TEST(exact_notifications)
{
	start((const char *[]){"aim=auto", NULL});
	bench_feed(&bench, "]E04006381333931\r", 17, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"scanner.data {\"data_b64\":\"XUUwNDAwNjM4MTMzMzkzMQ==\","
		"\"label_b64\":\"NDAwNjM4MTMzMzkzMQ==\",\"text\":\"4006381333931\","
		"\"symbology\":\"ean13\",\"upos_type\":104,\"aim\":\"]E0\",\"checksum_ok\":true,"
		"\"gs1\":[{\"ai\":\"01\",\"title\":\"GTIN\",\"value\":\"04006381333931\"}]}\n");
	/* not UTF-8: bytes only */
	bench_feed(&bench, "caf\xe9\r", 5, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"scanner.data {\"data_b64\":\"Y2Fm6Q==\",\"label_b64\":\"Y2Fm6Q==\","
		"\"symbology\":\"unknown\",\"upos_type\":0}\n");
	/* a NUL is not text either; GS is */
	bench_feed(&bench, "a\0b\r", 4, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"scanner.data "
		"{\"data_b64\":\"YQBi\",\"label_b64\":\"YQBi\",\"symbology\":\"unknown\","
		"\"upos_type\":0}\n");
	bench_feed(&bench,
		"]C101\x1d"
		"2\r",
		9, _i);
	ck_assert_str_eq(bench_lines(&bench),
		"scanner.data {\"data_b64\":\"XUMxMDEdMg==\",\"label_b64\":\"MDEdMg==\","
		"\"text\":\"01\\u001d2\",\"symbology\":\"gs1-128\",\"upos_type\":120,\"aim\":\"]"
		"C1\",\"gs1_problem\":\"(01): too short\"}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(aim_only_when_configured)
{
	start(NULL);
	bench_feed(&bench, "]E0123\r", 7, false);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"text\":\"]E0123\""));
	bench_done(&bench);
}
END_TEST

START_TEST(prefix_and_suffix)
{
	start((const char *[]){"prefix=\\x02A", "suffix=!", NULL});
	bench_feed(&bench,
		"\x02"
		"A123!\r123\r\x02"
		"A!\r",
		15, _i);
	ck_assert_str_eq(labels(), "123|123|");
	bench_done(&bench);
}
END_TEST

START_TEST(too_long_is_dropped_once)
{
	char *text = malloc(PH_LABEL_MAX * 2);

	start(NULL);
	memset(text, 'x', PH_LABEL_MAX * 2);
	text[PH_LABEL_MAX] = '\r';
	bench_feed(&bench, text, PH_LABEL_MAX + 1, _i);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "scanner.data"));
	text[PH_LABEL_MAX] = 'x';
	text[PH_LABEL_MAX * 2 - 1] = '\r';
	bench_feed(&bench, text, PH_LABEL_MAX * 2, _i);
	bench_feed(&bench, "next\r", 5, _i);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"too_long\"}|next|");
	/* silence ends it as well */
	text[PH_LABEL_MAX * 2 - 1] = 'x';
	bench_feed(&bench, text, PH_LABEL_MAX * 2, false);
	bench_advance(&bench, 100);
	bench_feed(&bench, "next\r", 5, _i);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"too_long\"}|next|");
	bench_done(&bench);
	free(text);
}
END_TEST

START_TEST(no_timer_for_whole_labels)
{
	start(NULL);
	bench_feed(&bench, "abc\r", 4, false);
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_feed(&bench, "ab", 2, false);
	ck_assert_uint_eq(bench.timer_at, bench.now_ms + 50);
	bench_feed(&bench, "c\r", 2, false);
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(parity_of_seven_bits)
{
	bench_init(&bench, &ph_driver_scanner_serial, "serial:/dev/null?bits=7&parity=e", 0, NULL);
	bench_lines(&bench);
	bench_feed(&bench, "\xb1\xb2\x33\x8d", 4, false);
	ck_assert_str_eq(labels(), "123|");
	bench_done(&bench);
}
END_TEST

#define UPCA                                                                                       \
	"\x11\xf3\0\0\x08"                                                                         \
	"855941004002\xfc\x8e"
/* its length is CR, and its label has one */
#define ENDS                                                                                       \
	"\x0d\xf3\0\0\x03"                                                                         \
	"ab\rcdefg\xfc\x34"
#define WRONG_MODE                                                                                 \
	"device.state {\"state\":\"offline\",\"reasons\":[\"wrong_mode\"],\"message\":\"it sends " \
	"packets of Zebra's SSI: set `driver = scanner-ssi` in its section, or scan the code "     \
	"`Standard RS-232` or `USB CDC Host` of its guide\"}|"
#define LOST "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|"

START_TEST(packets_are_no_labels)
{
	start(NULL);
	/* with its two retransmissions, as nobody acknowledges it */
	bench_feed(&bench, UPCA, sizeof UPCA - 1, _i);
	ck_assert_str_eq(labels(), LOST WRONG_MODE);
	bench_feed(&bench,
		"\x11\xf3\0\1\x08"
		"855941004002\xfc\x8d",
		19, _i);
	bench_advance(&bench, 2000);
	bench_feed(&bench, ENDS, sizeof ENDS - 1, _i);
	ck_assert_str_eq(labels(), LOST);
	/* a label in two packets, and no more than a pause inside of one */
	bench_feed(&bench, "\x09\xf3\0\2\x1chttp\xfd\x26\x09\xf3\0\0\x1cs:", 18, _i);
	bench_advance(&bench, 500);
	bench_feed(&bench, "//\xfd\xdd", 4, _i);
	ck_assert_str_eq(labels(), LOST);
	bench_advance(&bench, 2000);
	ck_assert_str_eq(labels(), "");
	ck_assert_uint_eq(bench.timer_at, 0);
	/* it is set right */
	bench_feed(&bench, "abc\r", 4, _i);
	ck_assert_str_eq(labels(), "device.state {\"state\":\"ready\",\"reasons\":[]}|abc|");
	bench_done(&bench);
}
END_TEST

START_TEST(what_only_begins_as_packets_do)
{
	static const char *const half = "\x11\xf3\0\0\x08"
					"85594";

	start(NULL);
	/* without its end: no label, and said */
	bench_feed(&bench, half, 10, _i);
	bench_advance(&bench, 999);
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 100);
	ck_assert_str_eq(labels(), LOST);
	ck_assert_uint_eq(bench.timer_at, 0);
	/* with a wrong checksum */
	bench_feed(&bench, "\x07\xf3\0\0\x01NR\xff\xff", 9, _i);
	bench_advance(&bench, 50);
	bench_lines(&bench);
	bench_feed(&bench, "abc\r", 4, _i);
	ck_assert_str_eq(labels(), "abc|");
	/* bytes of a symbol that holds no text */
	bench_feed(&bench, "\x20\x80\0\0\x01\r", 6, _i);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"label_b64\":\"IIAAAAE=\""));
	bench_done(&bench);
}
END_TEST

START_TEST(disable_and_rate)
{
	start(NULL);
	bench_request(&bench, "scanner.disable", "{}");
	bench_feed(&bench, "a\r", 2, false);
	bench_request(&bench, "scanner.enable", "{}");
	bench_request(&bench, "scanner.beep", "{}");
	ck_assert_str_eq(
		bench_lines(&bench), "1 {}\n2 {}\n3 ! Illegal this device cannot do that\n");
	for (int i = 0; i < PH_SCAN_RATE_MAX + 7; i++)
		bench_feed(&bench, "a\r", 2, false);
	const char *line = bench_lines(&bench);
	int count = 0;
	while ((line = strchr(line, '\n')) && ++count)
		line++;
	ck_assert_int_eq(count, PH_SCAN_RATE_MAX);
	bench_advance(&bench, 1000);
	ck_assert_str_eq(
		bench_lines(&bench), "scanner.dropped {\"count\":7,\"reason\":\"rate\"}\n");
	bench_feed(&bench, "a\r", 2, false);
	ck_assert_str_eq(labels(), "a|");
	bench_done(&bench);
}
END_TEST

START_TEST(bad_options)
{
	static const char *const bad[][3] = {{"terminator", "crcr",
						     "is one of auto, cr, lf, "
						     "crlf, tab, etx, none"},
		{"color", "red", "driver scanner-serial has no such option"}};

	start(NULL);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_lt(ph_device_set_option(&bench.device, bad[i][0], bad[i][1]), 0);
		ck_assert_str_eq(bench.device.refused_text, bad[i][2]);
	}
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-serial");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(
		tc, framing, 0, (int)(2 * sizeof framing_cases / sizeof framing_cases[0]));
	tcase_add_loop_test(tc, exact_notifications, 0, 2);
	tcase_add_test(tc, aim_only_when_configured);
	tcase_add_loop_test(tc, prefix_and_suffix, 0, 2);
	tcase_add_loop_test(tc, too_long_is_dropped_once, 0, 2);
	tcase_add_test(tc, no_timer_for_whole_labels);
	tcase_add_test(tc, parity_of_seven_bits);
	tcase_add_loop_test(tc, packets_are_no_labels, 0, 2);
	tcase_add_loop_test(tc, what_only_begins_as_packets_do, 0, 2);
	tcase_add_test(tc, disable_and_rate);
	tcase_add_test(tc, bad_options);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
