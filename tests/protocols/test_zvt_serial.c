// ZVT on a serial line: blocks and their CRC, repeats and what was repeated, silence in the middle of a block.
#include "base/cleanup.h"
#include "protocols/zvt/serial.h"
#include "tests/protocols/hex_help.h"

#include <errno.h>
#include <string.h>

/* Messages and the two bytes of their CRC; those of answer and "busy" are published in tests of other implementations as well. */
static const struct {
	const char *message, *crc;
} vectors[] = {
	{"06 00 0E 12 34 56 BE 09 78 06 06 26 04 0A 02 06 D3", "6D BC"},
	{"06 01 0A 04 00 00 00 00 12 34 49 09 78", "B0 91"},
	{"06 01 0A 04 00 00 00 00 10 00 49 09 78", "27 60"},
	{"06 01 11 04 00 00 00 00 12 34 49 09 78 06 05 1F 1F 02 00 42", "DD D0"},
	{"04 FF 01 0A", "F5 7D"},
	{"04 0F 37 27 00 04 00 00 00 00 12 34 49 09 78 0B 00 01 23 0C 12 30 00 0D 09 01 22 F0 F8 "
	 "54 "
	 "13 33 EE EE EE 00 11 29 12 34 56 78 3B 31 32 33 34 35 36 00 00 87 00 42 8A 06 19 70",
		"FB 4A"},
	{"04 0F 07 27 6C 29 12 34 56 78", "EA 40"},
	{"06 0F 00", "C6 33"},
	{"06 1E 01 6C", "C9 F2"},
	{"80 00 00", "F5 1F"},
	{"84 9C 00", "C3 41"},
	{"06 20 05 12 34 56 03 03", "70 38"},
	{"06 10 03 12 34 56", "15 AD"},
	{"06 30 06 12 34 56 87 00 42", "38 DB"},
	{"06 31 0D 12 34 56 04 00 00 00 00 12 34 49 09 78", "CF 30"},
	{"06 50 03 12 34 56", "C4 AF"},
	{"06 51 03 12 34 56", "EF AB"},
	{"06 23 03 87 FF FF", "FB BD"},
	{"06 0C 0D 04 00 00 00 00 01 50 87 00 42 49 09 78", "52 40"},
	{"06 E0 0A F0 05 F1 F0 F5 48 61 6C 6C 6F", "C8 F6"},
	{"06 D1 07 00 47 45 53 41 4D 54", "82 1A"},
	{"06 D3 0F 06 0D 25 0B 07 06 47 45 53 41 4D 54 09 01 81", "7A CD"},
	{"06 E4 0E 22 F0 F8 54 13 33 EE EE EE 00 11 0E 30 12", "C1 14"},
};

static struct ph_zvt_serial line;
static uint64_t now;
static char told[256];
static uint8_t out[2 * PH_ZVT_SERIAL_BLOCK_MAX];
static size_t out_len;

static void setup(void)
{
	ph_zvt_serial_init(&line);
	now = 1000;
	told[0] = '\0';
}

static void note(void)
{
	static const char *const words[] = {"", "message ", "sent ", "failed "};
	enum ph_zvt_serial_event event;
	struct ph_zvt_apdu apdu;

	while ((event = ph_zvt_serial_next(&line, &apdu)) != PH_ZVT_SERIAL_NOTHING) {
		size_t n = strlen(told);
		snprintf(told + n, sizeof told - n, "%s", words[event]);
		n = strlen(told);
		if (event == PH_ZVT_SERIAL_MESSAGE)
			snprintf(told + n, sizeof told - n, "%04x/%zu ", apdu.code, apdu.len);
	}
	out_len = ph_zvt_serial_output(&line, out, sizeof out);
}

static void feed(const uint8_t *bytes, size_t len, size_t piece)
{
	while (len) {
		size_t n = len < piece ? len : piece;
		n = ph_zvt_serial_feed(&line, bytes, n, now);
		bytes += n;
		len -= n;
		size_t had = out_len;
		note();
		if (!out_len)
			out_len = had; /* what was sent last is looked at */
	}
}

/* What was told and what went out. */
static void expect(const char *events, const char *bytes)
{
	uint8_t want[256];
	size_t n = hex(bytes, want, sizeof want);

	ck_assert_str_eq(told, events);
	ck_assert_uint_eq(out_len, n);
	ck_assert_mem_eq(out, want, n);
	told[0] = '\0';
	out_len = 0;
}

static void feed_hex(const char *text)
{
	uint8_t bytes[256];

	out_len = 0;
	feed(bytes, hex(text, bytes, sizeof bytes), 1);
}

START_TEST(check_value)
{
	ck_assert_uint_eq(ph_zvt_crc(0, (const uint8_t *)"123456789", 9), 0x2189);
}
END_TEST

START_TEST(vector)
{
	uint8_t message[128], crc[2], block[256];
	size_t n = hex(vectors[_i].message, message, sizeof message);
	ssize_t len = ph_zvt_serial_block(message, n, block, sizeof block);

	hex(vectors[_i].crc, crc, sizeof crc);
	ck_assert_int_gt(len, 6);
	ck_assert_mem_eq(block, "\x10\x02", 2);
	ck_assert_mem_eq(block + len - 4, "\x10\x03", 2);
	ck_assert_mem_eq(block + len - 2, crc, 2);
	char want[32];
	snprintf(want, sizeof want, "message %02x%02x/%zu ", message[0], message[1], n - 3);
	for (size_t piece = 1; piece < 8; piece++) {
		setup();
		feed(block, (size_t)len, piece);
		expect(want, "06");
	}
}
END_TEST

START_TEST(doubled)
{
	static const uint8_t totals[] = {0x06, 0x10, 0x03, 0x12, 0x34, 0x56};
	uint8_t block[32], want[32];
	ssize_t n = ph_zvt_serial_block(totals, sizeof totals, block, sizeof block);

	ck_assert_int_eq(n, hex("10 02 06 10 10 03 12 34 56 10 03 15 AD", want, sizeof want));
	ck_assert_mem_eq(block, want, (size_t)n);
	ck_assert_int_eq(ph_zvt_serial_block(totals, sizeof totals, block, 17), -ENOBUFS);
}
END_TEST

#define ANSWER "10 02 80 00 00 10 03 F5 1F"

START_TEST(garbled)
{
	feed_hex("10 02 80 00 00 10 03 F5 1E");
	expect("", "15");
	/* noise in front of it, and a beginning without its end */
	feed_hex("00 06 15 FF 10 41 " ANSWER);
	expect("message 8000/0 ", "06");
	setup();
	feed_hex("10 02 06 0F " ANSWER);
	expect("message 8000/0 ", "06");
	/* the same 10 not sent twice: the block is refused when the line is silent */
	setup();
	feed_hex("10 02 06 10 05 12 34 56 10 03 15 AD");
	expect("", "");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), now + PH_ZVT_T1_MS);
	now += PH_ZVT_T1_MS;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("", "15");
	/* a right block around a message whose length lies is acknowledged, and none */
	setup();
	uint8_t block[32];
	ssize_t n =
		ph_zvt_serial_block((const uint8_t *)"\x06\x0f\x02\x00", 4, block, sizeof block);
	out_len = 0;
	feed(block, (size_t)n, 32);
	expect("", "06");
	ck_assert_uint_eq(line.garbled, 1);
	/* and so is one around nothing */
	setup();
	feed_hex("10 02 10 03 9B 32");
	expect("", "06");
	ck_assert_uint_eq(line.garbled, 1);
}
END_TEST

START_TEST(silence)
{
	feed_hex("10 02 80 00");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), now + PH_ZVT_T1_MS);
	now += PH_ZVT_T1_MS - 1;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("", "");
	now += 1;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("", "15");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), UINT64_MAX);
	feed_hex(ANSWER);
	expect("message 8000/0 ", "06");
}
END_TEST

/* The ACK of a block was lost: it comes again and is not told again; behind an answer of ours an equal one is new. */
START_TEST(again)
{
	feed_hex("10 02 04 FF 01 0A 10 03 F5 7D");
	expect("message 04ff/1 ", "06");
	feed_hex("10 02 04 FF 01 0A 10 03 F5 7D");
	expect("", "06");
	ck_assert_uint_eq(line.repeated, 1);
	ck_assert_int_eq(ph_zvt_serial_send(&line, (const uint8_t *)"\x80\0\0", 3, now), 0);
	note();
	expect("", ANSWER);
	feed_hex("10 02 04 FF 01 0A 10 03 F5 7D");
	expect("", "06");
	feed_hex("06");
	expect("sent ", "");
	feed_hex("10 02 04 FF 01 0A 10 03 F5 7D");
	expect("message 04ff/1 ", "06");
}
END_TEST

START_TEST(repeats)
{
	ck_assert_int_eq(ph_zvt_serial_send(&line, (const uint8_t *)"\x80\0\0", 3, now), 0);
	note();
	expect("", ANSWER);
	feed_hex("15");
	expect("", ANSWER);
	now += PH_ZVT_T2_MS;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("", ANSWER);
	feed_hex("15");
	expect("failed ", "");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), UINT64_MAX);
	/* ACK and NAK for nothing */
	feed_hex("06 15 15 15");
	expect("", "");
}
END_TEST

/* One that must not be taken twice: again after a NAK, never after silence; what waits behind it is gone with it. */
START_TEST(once)
{
	static const uint8_t pay[] = {0x06, 0x01, 0x00}, answer[] = {0x80, 0, 0};
	static const char block[] = "10 02 06 01 00 10 03 DD 23";

	ck_assert_int_eq(ph_zvt_serial_send_once(&line, pay, sizeof pay, now), 0);
	note();
	expect("", block);
	feed_hex("15");
	expect("", block);
	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, sizeof answer, now), 0);
	now += PH_ZVT_T2_MS;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("failed ", "");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), UINT64_MAX);
	/* one behind another that may be repeated */
	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, sizeof answer, now), 0);
	ck_assert_int_eq(ph_zvt_serial_send_once(&line, pay, sizeof pay, now), 0);
	note();
	expect("", ANSWER);
	now += PH_ZVT_T2_MS;
	ph_zvt_serial_tick(&line, now);
	note();
	expect("", ANSWER);
	feed_hex("06");
	expect("sent ", block);
	/* it was answered, its ACK is lost: nothing is missed any more */
	ph_zvt_serial_taken(&line, now);
	note();
	expect("sent ", "");
	ck_assert_uint_eq(ph_zvt_serial_deadline(&line), UINT64_MAX);
	ph_zvt_serial_taken(&line, now);
	note();
	expect("", "");
}
END_TEST

START_TEST(queue)
{
	static const uint8_t answer[] = {0x80, 0, 0}, abort_[] = {0x06, 0xb0, 0x00};
	static const uint8_t big[PH_ZVT_SERIAL_SEND_MAX + 1];

	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, 3, now), 0);
	ck_assert_int_eq(ph_zvt_serial_send(&line, abort_, 3, now), 0);
	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, 3, now), 0);
	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, 3, now), 0);
	ck_assert_int_eq(ph_zvt_serial_send(&line, answer, 3, now), -ENOBUFS);
	ck_assert_int_eq(ph_zvt_serial_send(&line, big, sizeof big, now), -EMSGSIZE);
	note();
	expect("", ANSWER);
	feed_hex("06");
	ck_assert_mem_eq(out, "\x10\x02\x06\xb0\x00\x10\x03", 7);
	ck_assert_str_eq(told, "sent ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt serial");
	TCase *tests = tcase_create("serial");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, check_value);
	tcase_add_loop_test(tests, vector, 0, PH_ARRAY_SIZE(vectors));
	tcase_add_test(tests, doubled);
	tcase_add_test(tests, garbled);
	tcase_add_test(tests, silence);
	tcase_add_test(tests, again);
	tcase_add_test(tests, repeats);
	tcase_add_test(tests, once);
	tcase_add_test(tests, queue);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
