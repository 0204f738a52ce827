// Makers' commands and answers of serial scanners on a bench: Honeywell, Datalogic, single cable; answers among labels.
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bench bench;
static bool single; /* the scanner's bytes come one by one */

static void start_on(const char *connection, const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_serial, connection, 0, options);
}

static void start(const char *option, const char *more)
{
	start_on("serial:/dev/null", (const char *[]){option, more, NULL});
}

static void say(const char *text)
{
	bench_feed(&bench, text, strlen(text), single);
}

static const char *labels(void)
{
	return bench_labels(&bench, false);
}

static void request(const char *method, const char *params, const char *want)
{
	bench_request(&bench, method, params);
	const char *got = bench_lines(&bench);
	ck_assert_msg(strstr(got, want), "%s %s: %s", method, params, got);
}

static void setup(void)
{
	single = false;
}

/* ---- Honeywell ---- */

#define REVISION                                                                                   \
	"Product Name: Xenon 1900\r\nBoot Revision: $ProjectRevision: 4.5 $\r\n"                   \
	"Software Part Number: BC000041\r\nSoftware Revision: $ProjectRevision: 52 $\r\n"          \
	"Serial Number: 10100B4321\r\nREVINF\x06."

static void start_honeywell(const char *more)
{
	start("protocol=honeywell", more);
	ck_assert_str_eq(bench_written(&bench), "<16>M<0d>REVINF.");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"trigger\":true,\"beep\":true,\"enable\":false,\"symbology\":true"));
	say(REVISION);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"device.info {\"model\":\"Xenon "
		"1900\",\"serial\":\"10100B4321\",\"firmware\":\"52\","));
	ck_assert_uint_eq(bench.timer_at, 0);
}

START_TEST(honeywell_commands)
{
	single = _i;
	start_honeywell(NULL);
	request("scanner.trigger", "{}", "{}");
	request("scanner.trigger", "{\"on\":false}", "{}");
	request("scanner.beep", "{}", "{}");
	ck_assert_str_eq(bench_written(&bench), "<16>T<0d><16>U<0d><16><07><0d>");
	request("scanner.beep", "{\"kind\":\"error\"}", "! Illegal");
	request("scanner.disable", "{}", "{}"); /* by the host */
	request("scanner.enable", "{}", "{}");
	ck_assert_str_eq(bench_written(&bench), "");
	say("4006381333931\r");
	ck_assert_str_eq(labels(), "4006381333931 unknown 0|");
	bench_done(&bench);
}
END_TEST

START_TEST(honeywell_symbologies)
{
	single = _i;
	start_honeywell(NULL);
	request("scanner.symbology", "{\"symbology\":\"qr\",\"on\":false}", "{}");
	ck_assert_str_eq(bench_written(&bench), "<16>M<0d>QRCENA0!");
	/* two more wait for the answer, and labels come in front of it */
	request("scanner.symbology", "{\"symbology\":\"ean13\",\"on\":true}", "{}");
	request("scanner.symbology", "{\"symbology\":\"code39\",\"on\":false}", "{}");
	ck_assert_str_eq(bench_written(&bench), "");
	say("40063813");
	say("33931\r12\r\nQRCENA0\x06!");
	ck_assert_str_eq(labels(), "4006381333931 unknown 0|12 unknown 0|");
	ck_assert_str_eq(bench_written(&bench), "<16>M<0d>E13ENA1;C39ENA0!");
	say("E13ENA1\x06;C39ENA0\x15!");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "the scanner refuses C39ENA0 (value)"));
	ck_assert_uint_eq(bench.timer_at, 0);
	request("scanner.symbology", "{\"symbology\":\"runes\",\"on\":true}", "! Illegal");
	/* all of it again on a new link */
	ph_device_link_down(&bench.device, true, 0);
	request("scanner.trigger", "{}", "! Offline");
	ph_device_link_up(&bench.device);
	ck_assert_str_eq(bench_written(&bench), "<16>M<0d>REVINF.");
	say("REVINF\x06.");
	ck_assert_str_eq(bench_written(&bench), "<16>M<0d>E13ENA1;C39ENA0;QRCENA0!");
	bench_done(&bench);
}
END_TEST

START_TEST(honeywell_that_does_not_answer)
{
	single = _i;
	start("protocol=honeywell", "terminator=cr");
	bench_lines(&bench);
	/* what comes while an answer is awaited is a label when none comes */
	say("4006381333931\r96");
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 999);
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(labels(), "4006381333931 unknown 0|");
	say("385074\r");
	ck_assert_str_eq(labels(), "96385074 unknown 0|");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(honeywell_code_id)
{
	single = _i;
	start_honeywell("code_id=honeywell");
	say("d4006381333931\rj123\r~9\r");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104|123 code128 110|~9 unknown 0|");
	bench_done(&bench);
}
END_TEST

/* ---- Datalogic ---- */

START_TEST(datalogic)
{
	single = _i;
	start("protocol=datalogic", "code_id=datalogic-us");
	ck_assert_str_eq(bench_written(&bench), "Ei");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"trigger\":false,\"beep\":true,\"enable\":true,\"symbology\":false"));
	say("\x06\x01MGD4430\x03SE13A00042\x03"
	    "A610000123\x03RV1.2\x04");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"device.info "
		"{\"model\":\"GD4430\",\"serial\":\"E13A00042\",\"firmware\":\"V1.2\","));
	ck_assert_uint_eq(bench.timer_at, 0);
	request("scanner.beep", "{}", "{}");
	request("scanner.beep", "{\"kind\":\"not_on_file\"}", "{}");
	request("scanner.beep", "{\"kind\":\"error\"}", "! Illegal");
	request("scanner.trigger", "{}", "! Illegal");
	request("scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}", "! Illegal");
	request("scanner.disable", "{}", "{}");
	request("scanner.disable", "{}", "{}");
	request("scanner.enable", "{}", "{}");
	ck_assert_str_eq(bench_written(&bench), "<01>FDE");
	/* answers in front of, between and never within labels */
	say("\x06"
	    "F4006381333931\r\x06\x15"
	    "FF96385074\r");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104|driver.log {\"level\":\"warning\","
				   "\"message\":\"the scanner refuses a command (15)\"}|"
				   "96385074 ean8 103|");
	say("#a\x06"
	    "b\r");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"label_b64\":\"YQZi\""));
	/* one that does not answer: a byte that comes a second later is a label's */
	bench_advance(&bench, 1000);
	ck_assert_uint_eq(bench.timer_at, 0);
	say("\x06#1\r");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"label_b64\":\"BiMx\""));
	/* switched off while away */
	ph_device_link_down(&bench.device, true, 0);
	request("scanner.disable", "{}", "{}");
	ph_device_link_up(&bench.device);
	ck_assert_str_eq(bench_written(&bench), "Di");
	bench_done(&bench);
}
END_TEST

START_TEST(datalogic_information_that_ends_never)
{
	single = _i;
	start("protocol=datalogic", NULL);
	bench_lines(&bench);
	say("\x06\x01MGD");
	bench_advance(&bench, 1000);
	say("123\r");
	ck_assert_str_eq(labels(), "123 unknown 0|");
	bench_done(&bench);
	start("protocol=datalogic", NULL);
	bench_lines(&bench);
	say("\x01");
	for (int i = 0; i < 1100; i++)
		say("x");
	say("y\r123\r");
	ck_assert_ptr_nonnull(strstr(labels(), "|123 unknown 0|"));
	bench_done(&bench);
}
END_TEST

/* ---- single cable ---- */

START_TEST(single_cable)
{
	single = _i;
	start_on("serial:/dev/null?bits=7&parity=o&flow=rtscts",
		(const char *[]){"protocol=single-cable", NULL});
	ck_assert_str_eq(bench_written(&bench), "S01<0d>");
	bench_lines(&bench);
	/* with parity in bit 7 */
	say("S08B3928951000\xb2"
	    "308107\x8dS08F9001475067933\rS08FF96385074\r");
	ck_assert_str_eq(labels(), "9289510002308107 code128 110|9001475067933 ean13 104|"
				   "96385074 ean8 103|");
	say("S08F1\r");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"data_b64\":\"UzA4RjE=\",\"label_b64\":\"MQ==\",\"text\":\"1\""));
	/* what the scale says, and what is nothing */
	say("S1100123\rS030\r\rwhat\rS08F\rS08A1\r");
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|"
				   "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|"
				   "1 upca 101|");
	request("scanner.disable", "{}", "{}");
	request("scanner.enable", "{}", "{}");
	request("scanner.beep", "{\"kind\":\"not_on_file\"}", "{}");
	request("scanner.beep", "{}", "! Illegal");
	ck_assert_str_eq(bench_written(&bench), "S02<0d>S01<0d>S05<0d>");
	for (int i = 0; i < 500; i++)
		say("0123456789");
	say("\rS08A2\r");
	ck_assert_str_eq(
		labels(), "scanner.dropped {\"count\":1,\"reason\":\"too_long\"}|2 upca 101|");
	bench_done(&bench);
}
END_TEST

/* ---- all of them ---- */

START_TEST(rubbish)
{
	static const char *const protocols[] = {"protocol=plain", "protocol=honeywell",
		"protocol=datalogic", "protocol=single-cable"};
	uint8_t noise[512];
	unsigned seed = 3;

	start(protocols[_i], NULL);
	for (int round = 0; round < 4000; round++) {
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
		bench_feed(&bench, noise, sizeof noise, round < 50);
		if (round % 10 == 0)
			bench_request(&bench, "scanner.beep", "{\"kind\":\"not_on_file\"}");
		bench_lines(&bench);
		bench_advance(&bench, round % 100 ? 10 : 1500);
	}
	ph_buf_reset(&bench.written);
	say("\r");
	bench_advance(&bench, 2000);
	bench_lines(&bench);
	say("S08F9001475067933\r");
	ck_assert_ptr_nonnull(strstr(labels(), "9001475067933 "));
	bench_done(&bench);
}
END_TEST

START_TEST(options_that_contradict)
{
	struct ph_device device;
	struct ph_device_config config = {.name = "x", .connection = "serial:/dev/null"};

	start("protocol=plain", "code_id=aim");
	const struct ph_device_io *io = bench.device.io;
	bench_lines(&bench);
	say("]E04006381333931\r");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104|");
	bench_done(&bench);
	ck_assert_int_eq(ph_device_init(&device, &ph_driver_scanner_serial, io), 0);
	ck_assert_int_eq(ph_device_set_option(&device, "aim", "auto"), 0);
	ck_assert_int_eq(ph_device_set_option(&device, "code_id", "honeywell"), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert_str_eq(device.refused_text, "is another one than aim=auto");
	ph_device_done(&device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-dialects");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, honeywell_commands, 0, 2);
	tcase_add_loop_test(tc, honeywell_symbologies, 0, 2);
	tcase_add_loop_test(tc, honeywell_that_does_not_answer, 0, 2);
	tcase_add_loop_test(tc, honeywell_code_id, 0, 2);
	tcase_add_loop_test(tc, datalogic, 0, 2);
	tcase_add_loop_test(tc, datalogic_information_that_ends_never, 0, 2);
	tcase_add_loop_test(tc, single_cable, 0, 2);
	tcase_add_loop_test(tc, rubbish, 0, 4);
	tcase_add_test(tc, options_that_contradict);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
