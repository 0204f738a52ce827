// The SSI driver on a bench: its start, labels with everything a line does to them, commands, and scanners that do not answer.
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACK "\x04\xd0\x00\x00\xff\x2c"

static struct bench bench;
static bool single; /* the scanner's bytes come one by one */

/* ---- the scanner's side ---- */

/* A packet of the scanner, with its own idea of the checksum. */
static size_t packet(uint8_t *out, uint8_t opcode, uint8_t status, const void *data, size_t len)
{
	unsigned sum = 0;

	out[0] = (uint8_t)(len + 4);
	out[1] = opcode;
	out[2] = 0;
	out[3] = status;
	if (len)
		memcpy(out + 4, data, len);
	for (size_t i = 0; i < len + 4; i++)
		sum += out[i];
	out[len + 4] = (uint8_t)((0x10000 - sum) >> 8);
	out[len + 5] = (uint8_t)(0x10000 - sum);
	return len + 6;
}

static void say(uint8_t opcode, uint8_t status, const void *data, size_t len)
{
	uint8_t out[300];

	bench_feed(&bench, out, packet(out, opcode, status, data, len), single);
}

static void ack(void)
{
	bench_feed(&bench, ACK, 6, single);
}

static void nak(uint8_t reason)
{
	say(0xd1, 0, &reason, 1);
}

static void label(uint8_t status, uint8_t type, const char *text)
{
	char data[256];

	data[0] = (char)type;
	memcpy(data + 1, text, strlen(text));
	say(0xf3, status, data, strlen(text) + 1);
}

/* What the host has sent, as hex: "e9 04 00 / d0": opcodes and their data, without the frame. */
static const char *sent(void)
{
	static char out[4096];
	const struct ph_buf *written = &bench.written;
	const uint8_t *bytes = (const uint8_t *)written->data;
	size_t at = 0, used = 0;

	out[0] = '\0';
	while (at < written->len) {
		unsigned sum = 0;
		if (bytes[at] == 0) { /* wakes it */
			used += (size_t)snprintf(out + used, sizeof out - used, "wake ");
			at++;
			continue;
		}
		const size_t n = bytes[at];
		ck_assert_uint_ge(n, 4);
		ck_assert_uint_le(at + n + 2, written->len);
		for (size_t i = 0; i < n; i++)
			sum += bytes[at + i];
		sum += (unsigned)bytes[at + n] << 8 | bytes[at + n + 1];
		ck_assert_uint_eq(sum & 0xffff, 0);
		ck_assert_uint_eq(bytes[at + 2], 4);
		used += (size_t)snprintf(out + used, sizeof out - used, "%02x%s", bytes[at + 1],
			bytes[at + 3] & 1 ? "'" : "");
		for (size_t i = 4; i < n; i++)
			used += (size_t)snprintf(
				out + used, sizeof out - used, "%02x", bytes[at + i]);
		used += (size_t)snprintf(out + used, sizeof out - used, " ");
		at += n + 2;
	}
	ph_buf_reset(&bench.written);
	return out;
}

/* The start from one of its steps on, answered as a scanner does. */
static void answer_start_from(size_t i)
{
	static const char *const steps[] = {
		"ea ", "d2 ", "f700 ", "c6ff9f01 ", "c6ffee01 ", "c6ffec00 "};

	for (; i < PH_ARRAY_SIZE(steps); i++) {
		ck_assert_str_eq(sent(), steps[i]);
		ack();
	}
	ck_assert_str_eq(sent(), "a3 ");
	say(0xa4, 0, "PAAABS00-001-R01 DS4308  \0\1", 27);
	ck_assert_str_eq(sent(), "d0 e9 ");
	ack();
	ck_assert_str_eq(sent(), "c75e ");
	say(0xc6, 0, "\xff\x5e\x00", 3);
}

static void answer_start(void)
{
	answer_start_from(0);
}

#define INFO                                                                                       \
	"device.info {\"vendor\":\"Zebra\",\"firmware\":\"PAAABS00-001-R01 "                       \
	"DS4308\",\"capabilities\":{\"scanner\":{\"symbologies\":["

static void start(const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0, options);
	ck_assert_str_eq(bench_lines(&bench), "");
	answer_start();
}

static void start_ready(void)
{
	start(NULL);
	ck_assert_str_eq(sent(), "d0 ");
	const char *lines = bench_lines(&bench);
	ck_assert_msg(!strncmp(lines, INFO, strlen(INFO)), "%s", lines);
	ck_assert_ptr_nonnull(strstr(lines,
		"\"trigger\":true,\"beep\":true,\"enable\":true,\"symbology\":true}}}\n"
		"device.state {\"state\":\"ready\",\"reasons\":[]}\n"));
}

static const char *labels(void)
{
	return bench_labels(&bench, false);
}

static void setup(void)
{
	single = false;
}

/* ---- tests; each twice, all at once and byte by byte ---- */

START_TEST(the_start)
{
	single = _i;
	start_ready();
	ck_assert_uint_eq(bench.timer_at, 0); /* idle means asleep */
	bench_done(&bench);
}
END_TEST

START_TEST(labels_are_acknowledged_and_named)
{
	static const struct {
		uint8_t type;
		const char *text, *want;
	} rows[] = {
		{0x08, "855941004002", "855941004002 upca 101|"},
		{0x0b, "4006381333931", "4006381333931 ean13 104|"},
		{0x4b, "400638133393112", "400638133393112 ean13 119|"},
		{0x0a, "96385074", "96385074 ean8 103|"},
		{0x01, "ABC", "ABC code39 108|"},
		{0x01, "NR", "NR code39 108|"}, /* no such message is configured */
		{0x0f, "010950600013435210ABC", "010950600013435210ABC gs1-128 120|"},
		{0xc1, "0109506000134352", "0109506000134352 gs1-datamatrix 208|"},
		{0xee, "what is this", "what is this unknown 0|"},
		{0x00, "none", "none unknown 0|"},
	};

	single = _i;
	start_ready();
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		label(0, rows[i].type, rows[i].text);
		ck_assert_str_eq(sent(), "d0 ");
		ck_assert_str_eq(labels(), rows[i].want);
		ck_assert_uint_eq(bench.timer_at, 0);
	}
	/* without data, or without even a type */
	label(0, 0x0b, "");
	say(0xf3, 0, NULL, 0);
	ck_assert_str_eq(sent(), "d0 d0 ");
	ck_assert_str_eq(labels(), "");
	bench_done(&bench);
}
END_TEST

START_TEST(segments_retransmits_and_garbled_packets)
{
	uint8_t out[300];

	single = _i;
	start_ready();
	label(2, 0x1c, "http");
	ck_assert_str_eq(sent(), "d0 ");
	label(2, 0x1c, "s://");
	label(3, 0x1c, "s://"); /* our ACK was lost */
	label(0, 0x1c, "x.y");
	label(1, 0x1c, "x.y");
	ck_assert_str_eq(sent(), "d0 d0 d0 d0 ");
	ck_assert_str_eq(labels(), "https://x.y qr 204|");
	/* a wrong checksum is asked for again, and is no stray label */
	size_t n = packet(out, 0xf3, 0,
		"\x0b"
		"12345",
		6);
	out[n - 1] ^= 0x40;
	bench_feed(&bench, out, n, single);
	ck_assert_str_eq(sent(), "d101 ");
	label(1, 0x0b, "12345");
	ck_assert_str_eq(sent(), "d0 ");
	ck_assert_str_eq(labels(), "12345 ean13 104|");
	/* the same label again, garbled: what is sent once more is no copy of the one before */
	n = packet(out, 0xf3, 0,
		"\x0b"
		"12345",
		6);
	out[n - 2] ^= 0x04;
	bench_feed(&bench, out, n, single);
	ck_assert_str_eq(sent(), "d101 ");
	label(1, 0x0b, "12345");
	ck_assert_str_eq(sent(), "d0 ");
	ck_assert_str_eq(labels(), "12345 ean13 104|");
	/* another label inside of the first; what follows is right again */
	label(2, 0x1c, "half");
	label(0, 0x0b, "12345");
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|");
	label(0, 0x0b, "54321");
	ck_assert_str_eq(labels(), "54321 ean13 104|");
	/* the rest never comes */
	label(2, 0x1c, "half");
	bench_advance(&bench, 1999);
	ck_assert_str_eq(labels(), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(too_long)
{
	char part[240];

	single = _i;
	start_ready();
	memset(part, 'x', sizeof part);
	part[sizeof part - 1] = '\0';
	for (int i = 0; i < 40; i++)
		label(2, 0x1c, part);
	label(0, 0x1c, "end");
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"too_long\"}|");
	label(0, 0x1c, "next");
	ck_assert_str_eq(labels(), "next qr 204|");
	bench_done(&bench);
}
END_TEST

START_TEST(identifiers)
{
	single = _i;
	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0,
		(const char *[]){"aim=auto", NULL});
	answer_start();
	bench_lines(&bench);
	label(0, 0x1b, "]d20109506000134352");
	ck_assert_str_eq(labels(), "0109506000134352 gs1-datamatrix 208|");
	/* Zebra's own meaning of X: the type of the packet is better */
	label(0, 0x30, "]X0abc");
	ck_assert_str_eq(labels(), "abc databar 131|");
	label(0, 0x03, "no identifier");
	ck_assert_str_eq(labels(), "no identifier code128 110|");
	bench_done(&bench);
}
END_TEST

START_TEST(no_read)
{
	single = _i;
	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0, NULL);
	for (int i = 0; i < 8; i++)
		ack();
	ck_assert_str_eq(sent(), "ea d2 f700 c6ff9f01 c6ffee01 c6ffec00 a3 ");
	say(0xa4, 0, "REV", 3);
	ack();
	say(0xc6, 0, "\xff\x5e\x01", 3);
	bench_lines(&bench);
	label(0, 0x01, "NR");
	ck_assert_str_eq(labels(), "");
	label(0, 0x01, "NRA");
	label(0, 0x03, "NR");
	ck_assert_str_eq(labels(), "NRA code39 108|NR code128 110|");
	bench_done(&bench);
}
END_TEST

START_TEST(commands)
{
	static const struct {
		const char *method, *params, *want;
	} rows[] = {
		{"scanner.beep", "{}", "e600 "},
		{"scanner.beep", "{\"kind\":\"error\"}", "e607 "},
		{"scanner.beep", "{\"kind\":\"not_on_file\"}", "e610 "},
		{"scanner.trigger", "{}", "e4 "},
		{"scanner.trigger", "{\"on\":false}", "e5 "},
		{"scanner.disable", "{}", "ea "},
		{"scanner.enable", "{}", "e9 "},
		{"scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}", "c6fff02501 "},
		{"scanner.symbology", "{\"symbology\":\"ean13\",\"on\":false}", "c6ff0300 "},
		{"scanner.symbology", "{\"symbology\":\"aztec\",\"on\":true}", "c6fff13e01 "},
		{"scanner.symbology", "{\"symbology\":\"hanxin\",\"on\":true}", "c6fff8048f01 "},
		{"device.directIO", "{\"data_b64\":\"5wE=\"}", "e701 "},
	};
	char want[32];

	single = _i;
	start_ready();
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		bench_request(&bench, rows[i].method, rows[i].params);
		snprintf(want, sizeof want, "%zu {}\n", i + 1);
		ck_assert_str_eq(bench_lines(&bench), want);
		ck_assert_str_eq(sent(), rows[i].want);
		ck_assert_uint_ne(bench.timer_at, 0);
		ack();
		ck_assert_uint_eq(bench.timer_at, 0);
	}
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"runes\",\"on\":true}");
	ck_assert_str_eq(bench_lines(&bench),
		"13 ! Illegal $.symbology is not one this scanner can be told\n");
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"0A==\"}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "14 ! Illegal"));
	ck_assert_str_eq(sent(), "");
	bench_done(&bench);
}
END_TEST

START_TEST(one_command_after_the_other)
{
	single = _i;
	start_ready();
	for (int i = 0; i < 16; i++)
		bench_request(&bench, "scanner.beep", "{}");
	bench_lines(&bench);
	ck_assert_str_eq(sent(), "e600 ");
	bench_request(&bench, "scanner.beep", "{}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "17 ! LimitExceeded"));
	bench_request(&bench, "scanner.disable", "{}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "18 ! LimitExceeded"));
	/* a label first, and then the next command */
	nak(1);
	ck_assert_str_eq(sent(), "e6'00 ");
	label(0, 0x0b, "12345");
	ack();
	ck_assert_str_eq(sent(), "d0 e600 ");
	nak(6);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "refuses command e6"));
	ck_assert_str_eq(sent(), "e600 ");
	bench_done(&bench);
}
END_TEST

START_TEST(settings_and_lamp_are_sent_at_each_start)
{
	single = _i;
	start((const char *[]){"symbologies_on=qr, aztec,", "symbologies_off=msi", "lamp=3", NULL});
	ck_assert_str_eq(sent(), "d0 c6ff0b00f02501f13e01 ");
	ack();
	ck_assert_str_eq(sent(), "e703 ");
	ack();
	bench_lines(&bench);
	bench_request(&bench, "scanner.disable", "{}");
	ack();
	ck_assert_str_eq(sent(), "ea e803 ");
	ack();
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"qr\",\"on\":false}");
	ck_assert_str_eq(sent(), "c6fff02500 ");
	ack();
	/* the link is gone, and back */
	ph_device_link_down(&bench.device, true, 0);
	bench_request(&bench, "scanner.beep", "{}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "3 ! Offline"));
	ph_device_link_up(&bench.device);
	answer_start();
	ck_assert_str_eq(sent(), "d0 c6ff0b00f02500f13e01 ");
	ack();
	ck_assert_str_eq(sent(), "ea ");
	ack();
	ck_assert_str_eq(sent(), "e803 ");
	ack();
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "firmware"));
	bench_done(&bench);
}
END_TEST

START_TEST(all_settings_have_room)
{
	static const char on[] =
		"symbologies_on=code39,upca,upce,ean13,ean8,standard2of5,itf,codabar,code128,"
		"code93,code11,msi,trioptic,gs1-128,pdf417,isbt128,postnet,planet,uk-post,micropdf,"
		"japan-post,australia-post,datamatrix,qr,maxicode,dutch-post",
			  off[] = "symbologies_off=databar,databar-limited,databar-expanded,"
				  "composite-c,composite-b,tlc39,microqr,aztec,imb,matrix2of5,"
				  "hanxin";
	int count = 0;

	single = _i;
	start((const char *[]){on, off, "lamp=1", NULL});
	for (const char *text = sent(); *text; text = sent(), count++)
		ack();
	ck_assert_int_eq(count, 4); /* three of settings, the lamp */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"state\":\"ready\""));
	bench_done(&bench);
}
END_TEST

START_TEST(bad_options)
{
	struct bench other;
	struct ph_device_config config = {.name = "x", .connection = "serial:/dev/null"};

	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0, NULL);
	bench_done(&bench);
	memset(&other, 0, sizeof other);
	ck_assert_int_eq(ph_device_init(&other.device, &ph_driver_scanner_ssi, NULL), 0);
	ck_assert_int_eq(ph_device_set_option(&other.device, "symbologies_on", "qr,runes"), 0);
	ck_assert_int_lt(ph_device_configure(&other.device, &config), 0);
	ck_assert_str_eq(other.device.refused_path, "$.options.symbologies_on");
	ck_assert_str_eq(
		other.device.refused_text, "has no symbology that can be switched at 'runes'");
	ph_device_done(&other.device);
}
END_TEST

START_TEST(nobody_answers)
{
	single = _i;
	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0, NULL);
	ck_assert_str_eq(sent(), "ea ");
	bench_advance(&bench, 1999);
	ck_assert_str_eq(bench_lines(&bench), "");
	/* it may sleep: it is woken, and asked again; twice */
	bench_advance(&bench, 2 * 2010 + 1);
	ck_assert_str_eq(sent(), "wake ea' wake ea' ");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"device.state "
		"{\"state\":\"offline\",\"reasons\":[\"not_responding\"],\"message\":\"no answer"));
	/* the pauses grow */
	bench_advance(&bench, 1000);
	ck_assert_str_eq(sent(), "ea ");
	bench_advance(&bench, 6020);
	sent();
	bench_advance(&bench, 1999);
	ck_assert_str_eq(sent(), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(sent(), "ea ");
	bench_advance(&bench, 6020);
	sent();
	/* what it says itself is a label, and wakes us up */
	label(0, 0x0b, "12345");
	ck_assert_str_eq(labels(), "12345 ean13 104|");
	ck_assert_str_eq(sent(), "d0 ea ");
	ack();
	ck_assert_str_eq(sent(), "d2 ");
	bench_done(&bench);
}
END_TEST

START_TEST(a_model_that_ignores_a_command)
{
	single = _i;
	bench_init(&bench, &ph_driver_scanner_ssi, "serial:/dev/null", 0, NULL);
	ack();
	ack();
	nak(2); /* knows no imager mode */
	ack();
	ack();
	ck_assert_str_eq(sent(), "ea d2 f700 c6ff9f01 c6ffee01 c6ffec00 ");
	bench_advance(&bench, 6020);
	ck_assert_str_eq(sent(), "wake c6'ffec00 wake c6'ffec00 a3 ");
	nak(6);
	ack();
	ack();
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "c75e") ? NULL : "x");
	nak(6);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"state\":\"ready\""));
	bench_done(&bench);
}
END_TEST

START_TEST(a_scanner_that_was_switched_off_and_on)
{
	single = _i;
	start_ready();
	/* it is in its own mode again: plain text */
	bench_feed(&bench, "4006381333931\r", 14, single);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|");
	bench_advance(&bench, 990); /* the line is quiet */
	/* the end of the text may look like a packet that has begun */
	ck_assert_int_eq(strncmp(sent(), "ea ", 3), 0);
	ack();
	answer_start_from(1);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "firmware"));
	label(0, 0x0b, "4006381333931");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104|");
	bench_done(&bench);
}
END_TEST

#define PLAIN                                                                                      \
	"{\"state\":\"offline\",\"reasons\":[\"wrong_mode\"],\"message\":\"it sends labels as "    \
	"text "                                                                                    \
	"and answers nothing: scan the code `SSI Host` or"

START_TEST(a_scanner_that_knows_no_packets)
{
	single = _i;
	start_ready();
	/* a label as text, then another while nothing is answered */
	bench_feed(&bench, "4006381333931\r\n", 15, single);
	bench_feed(&bench, "96385074\r\n", 10, single);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|");
	bench_advance(&bench, 6020 + 990);
	const char *lines = bench_lines(&bench);
	ck_assert_ptr_nonnull(
		strstr(lines, "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}\n"));
	ck_assert_ptr_nonnull(strstr(lines, PLAIN));
	bench_feed(&bench, "96385074\r\n", 10, single);
	ck_assert_str_eq(labels(), "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}|");
	/* it is set right: it speaks in packets, and is asked again */
	sent();
	label(0, 0x0b, "12345");
	ck_assert_str_eq(labels(), "12345 ean13 104|");
	ck_assert_str_eq(sent(), "d0 ea ");
	ack();
	answer_start_from(1);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"state\":\"ready\""));
	bench_done(&bench);
}
END_TEST

START_TEST(it_stops_answering)
{
	single = _i;
	start_ready();
	bench_request(&bench, "scanner.beep", "{}");
	bench_lines(&bench);
	bench_advance(&bench, 6020);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "not_responding"));
	sent();
	bench_request(&bench, "scanner.trigger", "{}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! Offline"));
	bench_request(&bench, "scanner.disable", "{}");
	bench_advance(&bench, 1000);
	answer_start();
	ck_assert_str_eq(sent(), "d0 ea ");
	ack();
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"state\":\"ready\""));
	bench_done(&bench);
}
END_TEST

START_TEST(rubbish_is_survived)
{
	uint8_t noise[512];
	unsigned seed = 7;

	single = _i;
	start_ready();
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
		bench_feed(&bench, noise, sizeof noise, single && round < 50);
		bench_lines(&bench);
		bench_advance(&bench, 10);
	}
	ph_buf_reset(&bench.written);
	/* the line is quiet, and the scanner there again */
	ph_device_link_down(&bench.device, true, 0);
	bench_lines(&bench);
	ph_device_link_up(&bench.device);
	answer_start();
	bench_lines(&bench);
	label(0, 0x0b, "4006381333931");
	ck_assert_str_eq(labels(), "4006381333931 ean13 104|");
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-ssi");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, the_start, 0, 2);
	tcase_add_loop_test(tc, labels_are_acknowledged_and_named, 0, 2);
	tcase_add_loop_test(tc, segments_retransmits_and_garbled_packets, 0, 2);
	tcase_add_loop_test(tc, too_long, 0, 2);
	tcase_add_loop_test(tc, identifiers, 0, 2);
	tcase_add_loop_test(tc, no_read, 0, 2);
	tcase_add_loop_test(tc, commands, 0, 2);
	tcase_add_loop_test(tc, one_command_after_the_other, 0, 2);
	tcase_add_loop_test(tc, settings_and_lamp_are_sent_at_each_start, 0, 2);
	tcase_add_loop_test(tc, all_settings_have_room, 0, 2);
	tcase_add_test(tc, bad_options);
	tcase_add_loop_test(tc, nobody_answers, 0, 2);
	tcase_add_loop_test(tc, a_model_that_ignores_a_command, 0, 2);
	tcase_add_loop_test(tc, a_scanner_that_was_switched_off_and_on, 0, 2);
	tcase_add_loop_test(tc, a_scanner_that_knows_no_packets, 0, 2);
	tcase_add_loop_test(tc, it_stops_answering, 0, 2);
	tcase_add_loop_test(tc, rubbish_is_survived, 0, 2);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
