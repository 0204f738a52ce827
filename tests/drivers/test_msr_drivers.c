// The HID stripe reader driver on a bench: what leaves the process of each kind of card, and what never does.
#include "bench.h"

#include "drivers/msr-hid/layout.h"
#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;

/* MagTek USB HID Swipe Reader: 337 bytes without a report id. */
static const uint8_t magtek[] = {0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF,
	0x00, 0x75, 0x08, 0x09, 0x20, 0x09, 0x21, 0x09, 0x22, 0x09, 0x28, 0x09, 0x29, 0x09, 0x2A,
	0x09, 0x38, 0x95, 0x07, 0x81, 0x02, 0x09, 0x30, 0x95, 0x6E, 0x82, 0x02, 0x01, 0x09, 0x31,
	0x95, 0x6E, 0x82, 0x02, 0x01, 0x09, 0x32, 0x95, 0x6E, 0x82, 0x02, 0x01, 0x09, 0x20, 0x95,
	0x18, 0xB2, 0x02, 0x01, 0xC0};

/* ID TECH's own mode: the same head, the length of all in two bytes, one block of 500. */
static const uint8_t idtech[] = {0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF,
	0x00, 0x75, 0x08, 0x09, 0x20, 0x09, 0x21, 0x09, 0x22, 0x09, 0x28, 0x09, 0x29, 0x09, 0x2A,
	0x09, 0x38, 0x95, 0x07, 0x81, 0x02, 0x09, 0x30, 0x95, 0x02, 0x82, 0x02, 0x01, 0x09, 0x31,
	0x96, 0xF4, 0x01, 0x82, 0x02, 0x01, 0xC0};

/* Page 8E with report id 1: lengths of tracks 1 and 2, then 80 and 40 bytes of them. */
static const uint8_t page_8e[] = {0x05, 0x8E, 0x09, 0x01, 0xA1, 0x01, 0x85, 0x01, 0x15, 0x00, 0x26,
	0xFF, 0x00, 0x75, 0x08, 0x95, 0x02, 0x09, 0x11, 0x09, 0x12, 0x81, 0x02, 0x95, 0x50, 0x09,
	0x21, 0x82, 0x02, 0x01, 0x95, 0x28, 0x09, 0x22, 0x82, 0x02, 0x01, 0xC0};

#define BANK_1 "%B4111111111111111^TEST/CARD^29122010000000000?"
#define BANK_2 ";4111111111111111=29122010000000000?"

static void start(const uint8_t *descriptor, size_t len, const char *const *options)
{
	bench_init(&bench, &ph_driver_msr_hid, "hid:path=1-1", 0, options);
	bench.descriptor = descriptor;
	bench.descriptor_len = len;
	ph_device_link_down(&bench.device, false, 0);
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
}

/* A report of a MagTek reader with its id 0 in front; statuses 0 are good. */
static void swipe(const char *one, const char *two, const char *status, uint8_t encoding)
{
	uint8_t report[338] = {0};

	memcpy(report + 1, status, 3);
	report[4] = (uint8_t)strlen(one);
	report[5] = (uint8_t)strlen(two);
	report[7] = encoding;
	memset(report + 8, 'x', 330); /* undefined behind a track */
	memcpy(report + 8, one, strlen(one));
	memcpy(report + 118, two, strlen(two));
	ph_device_receive(&bench.device, report, sizeof report);
	for (size_t i = 0; i < sizeof report; i++)
		ck_assert_uint_eq(report[i], 0); /* wiped where the host read it */
}

static void enable(const char *params)
{
	bench_request(&bench, "msr.enable", params);
	bench_lines(&bench);
}

START_TEST(nobody_wants_it)
{
	start(magtek, sizeof magtek, NULL);
	swipe(BANK_1, BANK_2, "\0\0\0", 0);
	enable("{}");
	bench_request(&bench, "msr.disable", "{}");
	bench_lines(&bench);
	swipe(BANK_1, BANK_2, "\0\0\0", 0);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_done(&bench);
}
END_TEST

START_TEST(payment_cards_are_masked)
{
	start(magtek, sizeof magtek, (const char *[]){"clear_prefixes=9801,9802", NULL});
	enable("{}");
	swipe(BANK_1, BANK_2, "\0\0\0", 0);
	ck_assert_str_eq(bench_lines(&bench),
		"msr.data {\"kind\":\"bank\",\"masked_pan\":\"411111******1111\",\"luhn\":true,"
		"\"clear\":false,\"tracks\":[{\"track\":1,\"state\":\"good\"},{\"track\":2,"
		"\"state\":"
		"\"good\"}]}\n");
	enable("{\"details\":true,\"tracks\":2}");
	swipe(BANK_1, ";4111111111111112=2912201?", "\0\0\0", 0);
	const char *line = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(line, "\"luhn\":false"));
	ck_assert_ptr_nonnull(strstr(line, "\"expiration_date\":\"2912\""));
	ck_assert_ptr_null(strstr(line, "4111111111111"));
	ck_assert_ptr_null(strstr(line, "service_code"));
	/* a name that holds the number */
	enable("{\"details\":true}");
	bench_lines(&bench);
	swipe("%B4111111111111111^4111 1111 1111 1111/CARD^2912?", "", "\0\0\0", 0);
	line = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(line, "\"first_name\":\"CARD\""));
	ck_assert_ptr_null(strstr(line, "surname"));
	/* what the message was built in holds nothing either */
	for (size_t i = 0; i < bench.device.out.size; i++)
		ck_assert_int_eq(bench.device.out.data[i], 0);
	bench_done(&bench);
}
END_TEST

START_TEST(configured_prefixes_are_clear)
{
	start(magtek, sizeof magtek, (const char *[]){"clear_prefixes=9801, 9802", NULL});
	enable("{}");
	swipe("%B9802123456^STAFF/ANN^2912?", ";9802123456=2912?", "\0\0\0", 0);
	ck_assert_str_eq(bench_lines(&bench),
		"msr.data "
		"{\"kind\":\"bank\",\"masked_pan\":\"******3456\",\"luhn\":true,\"clear\":"
		"true,\"tracks\":[{\"track\":1,\"state\":\"good\"},{\"track\":2,\"state\":\"good\"}"
		"],"
		"\"account_number\":\"9802123456\",\"expiration_date\":\"2912\",\"surname\":"
		"\"STAFF\","
		"\"first_name\":\"ANN\",\"track1\":\"B9802123456^STAFF/ANN^2912\",\"track2\":"
		"\"9802123456=2912\"}\n");
	/* a payment card on the other track */
	swipe("%B9802123456^STAFF/ANN^2912?", BANK_2, "\0\0\0", 0);
	const char *line = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(line, "\"clear\":false"));
	ck_assert_ptr_null(strstr(line, "4111111111111111"));
	bench_done(&bench);
}
END_TEST

START_TEST(prefixes_of_payment_cards_are_refused)
{
	static const char *const bad[][2] = {
		{"4", "is a list of at least 2 digits each, separated by commas"},
		{"98x", "is a list of at least 2 digits each, separated by commas"},
		{"41", "holds 41, with which numbers of payment cards begin"},
		{"9801,5555", "holds 5555, with which numbers of payment cards begin"},
		{"2221", "holds 2221, with which numbers of payment cards begin"},
		{"27", "holds 27, with which numbers of payment cards begin"},
		{"34", "holds 34, with which numbers of payment cards begin"},
		{"60", "holds 60, with which numbers of payment cards begin"},
	};
	struct ph_device_config config = {.name = "m", .connection = "hid:path=1-1"};
	static const struct ph_device_io io = {0};
	struct ph_device device;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_int_eq(ph_device_init(&device, &ph_driver_msr_hid, &io), 0);
		ck_assert_int_eq(ph_device_set_option(&device, "clear_prefixes", bad[i][0]), 0);
		ck_assert_int_lt(ph_device_configure(&device, &config), 0);
		ck_assert_str_eq(device.refused_text, bad[i][1]);
		ph_device_done(&device);
	}
}
END_TEST

START_TEST(errors)
{
	start(magtek, sizeof magtek, NULL);
	enable("{}");
	swipe("", BANK_2, "\1\0\0", 0);
	swipe("", "", "\0\0\0", 3); /* blank */
	ck_assert_str_eq(bench_lines(&bench),
		"msr.error {\"tracks\":[{\"track\":1,\"state\":\"error\"},{\"track\":2,\"state\":"
		"\"good\"}]}\n"
		"msr.error {\"tracks\":[]}\n");
	enable("{\"errors\":\"track\"}");
	swipe("", BANK_2, "\1\0\0", 0);
	ck_assert_ptr_nonnull(
		strstr(bench_lines(&bench), "msr.data {\"kind\":\"bank\",\"masked_pan\":"
					    "\"411111******1111\""));
	/* no report of the descriptor's size; a length over the field */
	uint8_t report[338] = {0};
	ph_device_receive(&bench.device, report, 20);
	memcpy(report + 118, BANK_2, sizeof BANK_2);
	report[5] = 120;
	ph_device_receive(&bench.device, report, sizeof report);
	ck_assert_str_eq(bench_lines(&bench),
		"driver.log {\"level\":\"warning\",\"message\":\"a report of 20 bytes is no swipe; "
		"it "
		"was wiped\"}\n"
		"msr.error {\"tracks\":[{\"track\":2,\"state\":\"error\"}]}\n");
	bench_request(&bench, "msr.enable", "{\"errors\":\"none\"}");
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"AA==\"}");
	ck_assert_str_eq(bench_lines(&bench),
		"3 ! Illegal $.errors is card or track\n4 ! Illegal this device cannot do that\n");
	bench_done(&bench);
}
END_TEST

/* The vector of the SecureMag manual's form: track 2 masked and encrypted, KSN FFFF9876543210E00001. */
START_TEST(encrypted_is_passed_on)
{
	static const char masked[] = ";4111********1111=*****************?";
	static const uint8_t head[] = {0x02, 0x5D, 0x00, 0x80, 0x02, 0x00, 0x24, 0x00, 0x02, 0x82};
	static const uint8_t tail[] = {
		0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x01, 0x49, 0x99, 0x03};
	uint8_t report[512] = {0};
	/* at the front of the report, or behind the head of the mode */
	size_t n = _i ? 10 : 1;

	start(idtech, sizeof idtech, NULL);
	enable("{}");
	memcpy(report + n, head, sizeof head);
	n += sizeof head;
	memcpy(report + n, masked, sizeof masked - 1);
	n += sizeof masked - 1;
	memset(report + n, 0xaa, 40);
	n += 40;
	memcpy(report + n, tail, sizeof tail);
	ph_device_receive(&bench.device, report, 510);
	ck_assert_str_eq(bench_lines(&bench),
		"msr.data "
		"{\"kind\":\"bank\",\"masked_pan\":\"4111********1111\",\"clear\":false,\"tracks\":"
		"[{\"track\":2,\"state\":"
		"\"good\"}],\"encrypted\":{\"algorithm\":\"tdes\",\"ksn_b64\":\"//+YdlQyEOAAAQ==\","
		"\"track2_b64\":\"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqg==\"}}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(standard_page)
{
	uint8_t report[1 + 2 + 80 + 40] = {1, 0, sizeof BANK_2 - 1};
	enum ph_msr_format format;
	struct ph_msr_layout layout;

	ck_assert_int_eq(ph_msr_layout_read(page_8e, sizeof page_8e, &format, &layout), 0);
	ck_assert_uint_eq(layout.track[1].offset, 82);
	ck_assert_uint_eq(layout.track[1].size, 40);
	ck_assert_int_lt(ph_msr_layout_read(page_8e, 24, &format, &layout), 0);
	start(page_8e, sizeof page_8e, NULL);
	enable("{}");
	memcpy(report + 83, BANK_2, sizeof BANK_2 - 1);
	ph_device_receive(&bench.device, report, sizeof report);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"masked_pan\":\"411111******1111\""));
	/* the link is lost: nobody wants cards until it is asked for again */
	ph_device_link_down(&bench.device, true, 0);
	ph_device_link_up(&bench.device);
	bench_lines(&bench);
	report[0] = 1;
	report[2] = sizeof BANK_2 - 1;
	memcpy(report + 83, BANK_2, sizeof BANK_2 - 1);
	ph_device_receive(&bench.device, report, sizeof report);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msr-hid");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, nobody_wants_it);
	tcase_add_test(tc, payment_cards_are_masked);
	tcase_add_test(tc, configured_prefixes_are_clear);
	tcase_add_test(tc, prefixes_of_payment_cards_are_refused);
	tcase_add_test(tc, errors);
	tcase_add_loop_test(tc, encrypted_is_passed_on, 0, 2);
	tcase_add_test(tc, standard_page);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
