// Scanners with IBM OEM and with SNAPI on a bench: start-up, labels, requests, settings.
#include "hid_rig.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- IBM OEM ---- */

#define OEM_STATUS  "00 00 20"
#define OEM_ENABLE  "00 11"
#define OEM_DISABLE "00 12"
#define OEM_WHO	    "00 30 00 01"
#define IS_ALIVE    "00 04 10 01 00"
#define IS_ENABLED  "00 04 10 03 00"
#define OEM_EAN	    "00 12 10 03 00 39 30 30 31 34 37 35 30 36 37 39 33 33 16"

static void start_oem(const char *text, const char *const *options)
{
	start(text, options);
	expect_lines(OEM_INFO);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
}

static void start_oem_ready(const char *text)
{
	start_oem(text, (const char *[]){"identify=no", NULL});
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	nothing_sent();
}

START_TEST(oem_start)
{
	start_oem(OEM_SCANNER, NULL);
	expect_lines("");
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	REPORTS(12, OEM_WHO);
	/* in two packets, with a label between */
	feed("00 1C 50 03 08 01 53 70 3C 4D 47 44 34 34 33 30 03 53 43 31 32 33 34 35 36 37 03 41 "
	     "36",
		65);
	feed(OEM_EAN, 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	feed("00 09 50 03 08 00 31 30 30 03", 65);
	expect_lines(
		"device.info "
		"{\"model\":\"GD4430\",\"serial\":\"C1234567\",\"firmware\":\"6100\"," CAPABILITIES(
			false, true, true, true));
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(oem_silence)
{
	start(OEM_SCANNER, NULL);
	expect_lines(OEM_INFO);
	bench_advance(&bench, 4999);
	expect_lines("");
	REPORTS(12, OEM_STATUS, OEM_STATUS, OEM_STATUS, OEM_STATUS, OEM_STATUS);
	bench_advance(&bench, 1);
	expect_lines(OFFLINE("the scanner does not answer"));
	nothing_sent();
	bench_advance(&bench, 1000);
	REPORTS(12, OEM_STATUS);
	/* one that is late is as good; commands are too early until then */
	bench_request(&bench, "scanner.disable", "{}");
	nothing_sent();
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_DISABLE);
	feed("00 04 10 01 00", 65);
	expect_lines("1 {}\n" READY);
	REPORTS(12, OEM_WHO);
	finish();
}
END_TEST

START_TEST(oem_pauses_grow)
{
	unsigned attempts = 0;

	start(OEM_SCANNER, NULL);
	for (int i = 0; i < 3600; i++) {
		bench_advance(&bench, 100);
		attempts += (unsigned)(bench.written.len / 12);
		ph_buf_reset(&bench.written);
	}
	/* five per try; after 1, 2, 4, 8, 16, 30, 30 ... seconds */
	ck_assert_uint_eq(attempts, 5 * 14);
	finish();
}
END_TEST

START_TEST(oem_not_ready)
{
	start(OEM_SCANNER, (const char *[]){"identify=no", NULL});
	expect_lines(OEM_INFO);
	REPORTS(12, OEM_STATUS);
	feed("00 04 80 01 00", 65); /* not ready */
	nothing_sent();
	bench_advance(&bench, 250);
	REPORTS(12, OEM_STATUS);
	feed("00 04 10 00 00", 65); /* not alive */
	bench_advance(&bench, 250);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ALIVE, 65); /* not enabled: once more */
	bench_advance(&bench, 250);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ALIVE, 65);
	expect_lines(OFFLINE("the scanner does not let itself be enabled"));
	bench_advance(&bench, 1000);
	REPORTS(12, OEM_STATUS);
	finish();
}
END_TEST

static const struct {
	const char *packet, *message;
} oem_troubles[] = {
	{"00 04 01 01 00", "the scanner is loading new firmware"},
	{"00 04 20 01 00", "the scanner reports a hardware error"},
	{"00 04 80 01 00", "the scanner says that it is not ready"},
};

START_TEST(oem_trouble)
{
	char text[200];

	start_oem_ready(OEM_SCANNER);
	feed(oem_troubles[_i].packet, 65);
	snprintf(text, sizeof text, OFFLINE("%s"), oem_troubles[_i].message);
	expect_lines(text);
	feed(oem_troubles[_i].packet, 65);
	expect_lines("");
	/* it speaks again before it is asked */
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	finish();
}
END_TEST

START_TEST(oem_labels)
{
	start_oem_ready(OEM_SCANNER);
	feed(OEM_EAN, 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	feed("00 0F 10 03 00 30 30 30 30 34 39 33 37 00 0A 0B", 65);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"text\":\"00004937\",\"symbology\":\"code39\",\"upos_type\":108"));
	feed("00 09 10 03 00 41 42 10 18 0B", 65);
	ck_assert_uint_ne(bench.timer_at, 0);
	feed("00 09 10 03 00 43 44 00 18 0B", 65);
	expect_lines(
		"scanner.data {\"data_b64\":\"QUJDRAAYCw==\",\"label_b64\":\"QUJDRA==\",\"text\":"
		"\"ABCD\",\"symbology\":\"code128\",\"upos_type\":110}\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	/* two labels are never joined; what was read wrong is said */
	feed("00 09 10 03 00 41 42 10 18 0B", 65);
	bench_advance(&bench, 600);
	expect_lines(GARBLED);
	bench_advance(&bench, 2000);
	feed("00 04 10 07 00", 65);
	expect_lines(GARBLED);
	feed("00 41 10 03 00 31", 65);
	expect_lines(GARBLED);
	bench_advance(&bench, 3000);
	/* a label of nobody's kind */
	feed("00 09 10 03 00 31 04 00 00 00", 65);
	ck_assert_ptr_nonnull(
		strstr(bench_lines(&bench), "\"text\":\"1\",\"symbology\":\"unknown\""));
	finish();
}
END_TEST

START_TEST(oem_table_top)
{
	start_oem_ready(OEM_TABLE);
	feed("00 12 10 03 00 09 00 00 01 04 07 05 00 06 07 09 03 03 16", 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	finish();
}
END_TEST

START_TEST(oem_requests)
{
	start_oem_ready(OEM_SCANNER);
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"error\"}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"not_on_file\"}");
	bench_request(&bench, "scanner.trigger", "{}");
	expect_lines("1 {}\n2 {}\n3 {}\n4 ! Illegal this device cannot do that\n");
	REPORTS(12, "00 30 00 04");
	feed("00 04 10 03 10", 65); /* not now */
	bench_advance(&bench, 249);
	nothing_sent();
	bench_advance(&bench, 1);
	REPORTS(12, "00 30 00 04");
	feed("00 04 10 03 08", 65);
	REPORTS(12, "00 30 00 05");
	feed("00 04 10 03 20", 65); /* it knows no such command */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "does not obey when it is told to beep"));
	REPORTS(12, "00 30 00 06");
	feed("00 04 10 03 08", 65);
	nothing_sent();
	bench_request(&bench, "scanner.disable", "{}");
	REPORTS(12, OEM_DISABLE);
	feed(IS_ALIVE, 65);
	feed(OEM_EAN, 65);
	expect_lines("5 {}\n");
	/* switched on by somebody else: told anew, not more often than once in a second */
	bench_advance(&bench, 1000);
	feed(IS_ENABLED, 65);
	REPORTS(12, OEM_DISABLE);
	feed(IS_ALIVE, 65);
	feed(IS_ENABLED, 65);
	nothing_sent();
	/* the last words */
	ph_device_link_down(&bench.device, false, 0);
	REPORTS(12, OEM_DISABLE);
	finish();
}
END_TEST

#define CONFIG_IS "00 0D 12 03 00 81 00 00 01 00 00 00 00 00" /* N, S0 with 02, then nine bytes */

START_TEST(oem_settings)
{
	start_oem(OEM_SCANNER, (const char *[]){"identify=no",
				       "settings=code39=on upc_ean=off itf_length_1=14", NULL});
	REPORTS(12, "00 21");
	feed(CONFIG_IS, 65);
	REPORTS(12, "00 20 00 84 00 00 01 00 00 0E 00 00");
	feed("00 04 10 01 03", 65); /* coerced */
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), READY));
	/* later changes come on top, and all are there again after a replug */
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"code128\",\"on\":true}");
	REPORTS(12, "00 21");
	feed("00 0D 12 03 00 84 00 00 01 00 00 0E 00 00", 65);
	REPORTS(12, "00 20 00 C4 00 00 01 00 00 0E 00 00");
	feed("00 04 10 03 01", 65);
	nothing_sent();
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}");
	expect_lines("1 {}\n2 ! Illegal $.symbology is not one this scanner can be told\n");
	replug();
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, "00 21");
	feed(CONFIG_IS, 65);
	REPORTS(12, "00 20 00 C4 00 00 01 00 00 0E 00 00");
	finish();
}
END_TEST

START_TEST(oem_settings_refused)
{
	start_oem(OEM_SCANNER, (const char *[]){"identify=no", "settings=code39=on", NULL});
	REPORTS(12, "00 21");
	feed("00 04 10 81 00", 65); /* rejected: it serves with the settings it has */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "told to change its settings"));
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	finish();
}
END_TEST

START_TEST(bad_settings)
{
	static const char *const bad[][2] = {
		{"colour=1", "there is no `colour`"},
		{"code39=2", "`code39` cannot have this value"},
		{"itf_length_1=64", "`itf_length_1` cannot have this value"},
		{"code39=yes", "`code39` cannot have this value"},
		{"code39", "is name=value name=value ..."},
		{"code39=", "is name=value name=value ..."},
		{"=1", "there is no ``"},
	};
	struct ph_device device;
	const struct ph_device_config config = {.name = "x", .connection = "hid:/dev/hidraw0"};

	ck_assert_int_eq(ph_device_init(&device, &ph_driver_scanner_hid, &hid_rig_io), 0);
	ck_assert_int_eq(ph_device_set_option(&device, "settings", bad[_i][0]), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert_str_eq(device.refused_text, bad[_i][1]);
	ph_device_done(&device);
}
END_TEST

START_TEST(oem_direct)
{
	start_oem_ready(OEM_SCANNER);
	/* 00 30 00 70: never sent */
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"ADAAcAAAAAAAAAAA\"}");
	nothing_sent();
	/* health */
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"ADAAAgAAAAAAAAAA\"}");
	REPORTS(12, "00 30 00 02");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! Illegal"));
	feed("00 08 50 03 08 00 4F 4B 03", 65);
	expect_lines("");
	finish();
}
END_TEST

/* ---- SNAPI ---- */

#define SNAPI_START  "0D 40 00 06 00 06 20 00 04 B0"
#define SNAPI_ENABLE "06 01"
#define ACK(id)	     "01 " #id " 01"

static void start_snapi(void)
{
	start(SNAPI, (const char *[]){"identify=no", NULL});
	expect_lines(SNAPI_INFO);
	REPORTS(32, SNAPI_START);
	feed("21 0D 01 00", 32);
	REPORTS(32, SNAPI_ENABLE);
	feed("21 06 01 00", 32);
	expect_lines(READY);
	nothing_sent();
}

START_TEST(snapi_labels)
{
	start_snapi();
	feed("22 01 00 0D 0B 00 39 30 30 31 34 37 35 30 36 37 39 33 33", 32);
	REPORTS(32, ACK(22));
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMw=="));
	feed("22 02 00 02 03 00 41 42", 32);
	feed("22 02 01 02 03 00 43 44", 32);
	REPORTS(32, ACK(22), ACK(22));
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"text\":\"ABCD\",\"symbology\":\"code128\",\"upos_type\":110"));
	feed("22 02 01 02 03 00 43 44", 32);
	expect_lines("");
	feed("22 02 00 02 03 00 41 42", 32);
	feed("22 02 00 02 03 00 41 42", 32);
	expect_lines(GARBLED);
	feed("24 10", 32);
	feed("30 00", 32);
	REPORTS(32, ACK(22), ACK(22), ACK(22), ACK(24), ACK(30));
	finish();
}
END_TEST

START_TEST(snapi_requests)
{
	start_snapi();
	bench_request(&bench, "scanner.trigger", "{}");
	REPORTS(32, "0A 01");
	feed("21 0A 01 00", 32);
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	bench_request(&bench, "scanner.disable", "{}");
	REPORTS(32, "0A 00");
	feed("21 0A 03 00", 32);
	REPORTS(32, "06 00");
	feed("21 06 01 00", 32);
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}");
	ck_assert_ptr_nonnull(
		strstr(bench_lines(&bench), "4 ! Illegal this device cannot do that\n5 ! "));
	feed("22 01 00 01 03 00 41", 32);
	expect_lines("");
	REPORTS(32, ACK(22));
	ph_device_link_down(&bench.device, false, 0);
	REPORTS(32, "06 00");
	finish();
}
END_TEST

START_TEST(snapi_says_who_it_is)
{
	start(SNAPI, (const char *[]){"info:usb_id=05e0:1900", NULL});
	feed("21 0D 01 00", 32);
	feed("21 06 01 00", 32);
	bench_lines(&bench);
	REPORTS(32, SNAPI_START, SNAPI_ENABLE, "0D 40 00 06 00 06 02 00 02 15");
	feed("21 0D 03 00", 32); /* no such attribute */
	REPORTS(32, "0D 40 00 06 00 06 02 00 02 16");
	feed("21 0D 01 00", 32);
	nothing_sent();
	/* seven bytes of text with its NUL */
	feed("27 00 13 00 13 02 00 02 16 53 00 00 07 00 00 53 31 32 33 34 35 00", 32);
	expect_lines("device.info {\"vendor\":\"Zebra\",\"serial\":\"S12345\"," CAPABILITIES(
		true, false, true, false));
	/* the firmware: no answer at all */
	REPORTS(32, ACK(27), "0D 40 00 06 00 06 02 00 4E 24");
	bench_advance(&bench, 1000);
	nothing_sent();
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(snapi_silence)
{
	start(SNAPI, NULL);
	expect_lines(SNAPI_INFO);
	bench_advance(&bench, 1000);
	REPORTS(32, SNAPI_START, SNAPI_ENABLE);
	bench_advance(&bench, 3000);
	REPORTS(32, SNAPI_ENABLE, SNAPI_ENABLE);
	expect_lines(OFFLINE("the scanner does not answer"));
	bench_advance(&bench, 1000);
	REPORTS(32, SNAPI_START);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-oem");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, oem_start);
	tcase_add_test(tc, oem_silence);
	tcase_add_test(tc, oem_pauses_grow);
	tcase_add_test(tc, oem_not_ready);
	tcase_add_loop_test(tc, oem_trouble, 0, (int)PH_ARRAY_SIZE(oem_troubles));
	tcase_add_test(tc, oem_labels);
	tcase_add_test(tc, oem_table_top);
	tcase_add_test(tc, oem_requests);
	tcase_add_test(tc, oem_settings);
	tcase_add_test(tc, oem_settings_refused);
	tcase_add_loop_test(tc, bad_settings, 0, 7);
	tcase_add_test(tc, oem_direct);
	tcase_add_test(tc, snapi_labels);
	tcase_add_test(tc, snapi_requests);
	tcase_add_test(tc, snapi_says_who_it_is);
	tcase_add_test(tc, snapi_silence);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
