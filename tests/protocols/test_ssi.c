// SSI packets and the host's side of the line. Vectors: Zebra's Simple Serial Interface guide and DS9908 guide; the public
// tests of motorola-ssi-scanner.
#include "protocols/ssi/engine.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "04 D0" to bytes. */
static size_t bytes_of(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned value;
	int used;

	while (sscanf(hex, "%2x%n", &value, &used) == 1) {
		out[n++] = (uint8_t)value;
		hex += used;
	}
	return n;
}

static const char *hex_of(const uint8_t *data, size_t len)
{
	static char text[1024];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < len && at + 4 < sizeof text; i++)
		at += (size_t)snprintf(
			text + at, sizeof text - at, "%s%02X", i ? " " : "", data[i]);
	return text;
}

static const char *const packets[] = {
	"04 D0 04 00 FF 28",
	"05 D1 04 00 01 FF 25",
	"04 E9 04 00 FF 0F",
	"04 EA 04 00 FF 0E",
	"04 E4 04 00 FF 14",
	"04 E5 04 00 FF 13",
	"05 E6 04 00 00 FF 11",
	"04 A3 04 00 FF 55",
	"04 D2 04 00 FF 26",
	"07 C6 04 00 FF EE 01 FD 41",
	"07 C6 04 00 FF 9F 01 FD 90",
	"07 F3 00 00 01 4E 52 FE 65",
	"11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8E",
	"11 F3 00 01 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8D",
	"09 F3 00 02 1C 68 74 74 70 FD 26",
	"09 F3 00 00 1C 73 3A 2F 2F FD DD",
	"05 00 04 00 00 FF F7",
	"04 10 04 00 FF E8",
	"06 00 04 00 12 E3 FF 01",
	"0A 80 04 00 00 06 20 00 00 FF FE 4D",
	"0C 80 00 00 00 08 20 00 00 F0 00 F0 FD 6C",
};

START_TEST(both_ways)
{
	uint8_t bytes[64], again[PH_SSI_PACKET_MAX];
	const size_t len = bytes_of(packets[_i], bytes);
	struct ph_ssi_decoder decoder;
	struct ph_ssi_packet packet;

	ph_ssi_decoder_init(&decoder, bytes[2]);
	ck_assert_int_eq(ph_ssi_decoder_feed(&decoder, bytes, len), 0);
	ck_assert_int_eq(ph_ssi_decoder_feed(&decoder, bytes, len), -EBUSY);
	ck_assert_int_eq(ph_ssi_decoder_next(&decoder, &packet), 1);
	ck_assert_uint_eq(packet.opcode, bytes[1]);
	ck_assert_uint_eq(packet.status, bytes[3]);
	ck_assert_uint_eq(packet.len, bytes[0] - 4u);
	ck_assert_int_eq(ph_ssi_encode(&packet, again, sizeof again), (int)len);
	ck_assert_mem_eq(again, bytes, len);
	ck_assert_int_eq(ph_ssi_encode(&packet, again, len - 1), -ENOBUFS);
	ck_assert_int_eq(ph_ssi_decoder_next(&decoder, &packet), 0);
	ck_assert(!ph_ssi_decoder_pending(&decoder));
}
END_TEST

/* What a decoder says of bytes that come in pieces: "F3", "!" for a wrong checksum. */
static const char *story(const uint8_t *bytes, size_t len, size_t piece, bool idle)
{
	static char text[256];
	struct ph_ssi_decoder decoder;
	struct ph_ssi_packet packet;
	size_t at = 0;
	int r;

	text[0] = '\0';
	ph_ssi_decoder_init(&decoder, PH_SSI_FROM_SCANNER);
	for (;;) {
		while ((r = ph_ssi_decoder_next(&decoder, &packet)) != 0)
			at += (size_t)snprintf(
				text + at, sizeof text - at, r > 0 ? "%02X " : "! ", packet.opcode);
		if (!len && !idle)
			return text;
		if (!len) {
			ph_ssi_decoder_idle(&decoder);
			idle = false;
			continue;
		}
		const size_t n = len < piece ? len : piece;
		ck_assert_int_eq(ph_ssi_decoder_feed(&decoder, bytes, n), 0);
		bytes += n;
		len -= n;
	}
}

static const struct {
	const char *hex, *story;
	bool idle;
} streams[] = {
	{"05 00 00 00 00 FF E7", "! ", false},
	/* the packet behind is found at once */
	{"05 00 00 00 00 FF E7 04 D0 00 00 FF 2C", "! D0 ", false},
	{"04 D0 00 00 FF 2C 04 D0 00 00 FF 2C", "D0 D0 ", false},
	/* rubbish that begins no packet is passed over in silence */
	{"00 01 02 03 41 42 43 0D 0A 04 D0 00 00 FF 2C", "D0 ", false},
	/* a length that is too long hides a packet until the line is silent */
	{"FF F3 00 00 04 D0 00 00 FF 2C", "", false},
	{"FF F3 00 00 04 D0 00 00 FF 2C", "! D0 ", true},
	{"11 F3 00 00 08 38", "! ", true},
	{"41", "! ", true},
	{"00", "", true},
	/* one that is hidden by a length of another */
	{"0B F3 00 00 01 04 D0 00 00 FF 2C 00 00", "! D0 ", false},
	{"0A F3 00 00 01 04 D0 00 00 FF 2C 04 D0 00 00 FF 2C", "! D0 D0 ", false},
};

START_TEST(resynchronise)
{
	uint8_t bytes[64];
	const size_t len = bytes_of(streams[_i].hex, bytes);

	for (size_t piece = 1; piece <= len; piece++)
		ck_assert_str_eq(story(bytes, len, piece, streams[_i].idle), streams[_i].story);
}
END_TEST

START_TEST(sizes)
{
	uint8_t data[PH_SSI_DATA_MAX + 1] = {7}, out[PH_SSI_PACKET_MAX];
	struct ph_ssi_packet packet = {.opcode = PH_SSI_DECODE_DATA, .data = data};

	packet.len = PH_SSI_DATA_MAX;
	ck_assert_int_eq(ph_ssi_encode(&packet, out, sizeof out), PH_SSI_PACKET_MAX);
	ck_assert_str_eq(story(out, sizeof out, 1, false), "F3 ");
	packet.len++;
	ck_assert_int_eq(ph_ssi_encode(&packet, out, sizeof out), -EMSGSIZE);
}
END_TEST

START_TEST(parameters)
{
	uint8_t out[4];

	ck_assert_int_eq(ph_ssi_param(0xee, 1, out), 2);
	ck_assert_str_eq(hex_of(out, 2), "EE 01");
	ck_assert_int_eq(ph_ssi_param(0xee, -1, out), 1);
	ck_assert_int_eq(ph_ssi_param(256 + 0x12, 3, out), 3);
	ck_assert_str_eq(hex_of(out, 3), "F0 12 03");
	ck_assert_int_eq(ph_ssi_param(512, 0, out), 3);
	ck_assert_str_eq(hex_of(out, 3), "F1 00 00");
	ck_assert_int_eq(ph_ssi_param(0x3ff, -1, out), 2);
	ck_assert_str_eq(hex_of(out, 2), "F2 FF");
	ck_assert_int_eq(ph_ssi_param(0xf0, 1, out), -EINVAL);
	ck_assert_int_eq(ph_ssi_param(0x400, 1, out), -EINVAL);
	ck_assert_int_eq(ph_ssi_param(1, 256, out), -EINVAL);
}
END_TEST

/* A bench: bytes go in, the story of events comes out. */
static struct ph_ssi_engine engine;
static uint64_t now;
static uint8_t fed[1024];

static const char *run(void)
{
	static const char *const names[] = {
		"send", "label", "lost", "notice", "answer", "done", "failed"};
	static char text[2048];
	struct ph_ssi_event event;
	size_t at = 0;

	text[0] = '\0';
	for (int i = 0; i < 100 && ph_ssi_engine_next(&engine, now, &event) > 0; i++) {
		at += (size_t)snprintf(
			text + at, sizeof text - at, "%s%s", at ? "; " : "", names[event.kind]);
		if (event.kind != PH_SSI_SEND)
			at += (size_t)snprintf(text + at, sizeof text - at, " %02X", event.code);
		if (event.error)
			at += (size_t)snprintf(
				text + at, sizeof text - at, " %s", strerrorname_np(-event.error));
		if (event.len)
			at += (size_t)snprintf(
				text + at, sizeof text - at, " %s", hex_of(event.data, event.len));
	}
	return text;
}

static const char *give(const char *hex)
{
	const size_t len = bytes_of(hex, fed);

	ck_assert_int_eq(ph_ssi_engine_receive(&engine, fed, len, now), 0);
	return run();
}

#define ACK   "send 04 D0 04 00 FF 28"
#define THANK "04 D0 00 00 FF 2C" /* of the scanner */

static void setup(void)
{
	ph_ssi_engine_init(&engine);
	now = 1000;
}

START_TEST(labels)
{
	ck_assert_str_eq(give("11 F3 00 00 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8E"),
		"label 08 38 35 35 39 34 31 30 30 34 30 30 32; " ACK);
	/* our answer got lost: answered again, not told again */
	ck_assert_str_eq(give("11 F3 00 01 08 38 35 35 39 34 31 30 30 34 30 30 32 FC 8D"), ACK);
	ck_assert_uint_eq(engine.retransmits, 1);
	/* a retransmit of something else is the first that we see of it */
	ck_assert_str_eq(give("07 F3 00 01 01 4E 52 FE 64"), "label 01 4E 52; " ACK);
	/* the same goods once more */
	ck_assert_str_eq(give("07 F3 00 00 01 4E 52 FE 65"), "label 01 4E 52; " ACK);
	ck_assert_str_eq(give("05 F6 00 00 03 FF 02"), "notice 03; " ACK);
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), UINT64_MAX);
}
END_TEST

#define PART1 "09 F3 00 02 1C 68 74 74 70 FD 26"
#define PART2 "09 F3 00 00 1C 73 3A 2F 2F FD DD"

START_TEST(segments)
{
	ck_assert_str_eq(give(PART1), ACK);
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), now + PH_SSI_SEGMENT_MS);
	ck_assert_str_eq(give("09 F3 00 03 1C 68 74 74 70 FD 25"), ACK); /* again */
	ck_assert_str_eq(give(PART2), "label 1C 68 74 74 70 73 3A 2F 2F; " ACK);
	/* both at once */
	ck_assert_str_eq(give(PART1 " " PART2), ACK "; label 1C 68 74 74 70 73 3A 2F 2F; " ACK);
}
END_TEST

START_TEST(broken_segments)
{
	/* another label within */
	ck_assert_str_eq(give(PART1), ACK);
	ck_assert_str_eq(give("07 F3 00 00 01 4E 52 FE 65"), "lost 1C EBADMSG; " ACK);
	ck_assert_str_eq(give("07 F3 00 00 01 4E 52 FE 65"), "label 01 4E 52; " ACK);
	/* the rest does not come */
	ck_assert_str_eq(give(PART1), ACK);
	now += PH_SSI_SEGMENT_MS - 1;
	ck_assert_str_eq(run(), "");
	now += 1;
	ck_assert_str_eq(run(), "lost 1C ETIMEDOUT");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), UINT64_MAX);
	/* longer than a label may be: told once, and the rest passed over */
	uint8_t data[PH_SSI_DATA_MAX] = {0x1c};
	uint8_t bytes[PH_SSI_PACKET_MAX];
	struct ph_ssi_packet packet = {
		.opcode = PH_SSI_DECODE_DATA, .data = data, .len = sizeof data};
	const char *wanted = ACK;
	for (size_t i = 0; i <= PH_LABEL_MAX / 250 + 1; i++) {
		data[1] = (uint8_t)i;
		packet.status = i <= PH_LABEL_MAX / 250 ? PH_SSI_MORE : 0;
		const int n = ph_ssi_encode(&packet, bytes, sizeof bytes);
		ck_assert_int_eq(ph_ssi_engine_receive(&engine, bytes, (size_t)n, now), 0);
		wanted = i == PH_LABEL_MAX / 250 ? "lost 1C EMSGSIZE; " ACK : ACK;
		ck_assert_str_eq(run(), wanted);
	}
	ck_assert_str_eq(give("07 F3 00 00 01 4E 52 FE 65"), "label 01 4E 52; " ACK);
}
END_TEST

START_TEST(garbled)
{
	ck_assert_str_eq(give("05 F6 00 00 03 FF 03"), "send 05 D1 04 00 01 FF 25");
	ck_assert_str_eq(give("05 F6 00 01 03 FF 01"), "notice 03; " ACK);
	ck_assert_str_eq(give("05 F6 00"), "");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), now + PH_SSI_CHARACTER_MS);
	now += PH_SSI_CHARACTER_MS;
	ck_assert_str_eq(run(), "send 05 D1 04 00 01 FF 25");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), UINT64_MAX);
}
END_TEST

START_TEST(start)
{
	ck_assert_int_eq(ph_ssi_engine_start(&engine), 0);
	ck_assert_str_eq(run(), "send 04 EA 04 00 FF 0E");
	ck_assert_str_eq(run(), "");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), now + PH_SSI_RESPONSE_MS);
	ck_assert_str_eq(give(THANK), "done EA; send 04 D2 04 00 FF 26");
	ck_assert_str_eq(give(THANK), "done D2; send 05 F7 04 00 00 FF 00");
	/* a laser scanner has no imager: it goes on */
	ck_assert_str_eq(
		give("05 D1 00 00 06 FF 24"), "failed F7 EACCES; send 07 C6 04 00 FF 9F 01 FD 90");
	ck_assert_str_eq(give(THANK), "done C6; send 07 C6 04 00 FF EE 01 FD 41");
	ck_assert_str_eq(give(THANK), "done C6; send 07 C6 04 00 FF EC 00 FD 44");
	ck_assert_str_eq(give(THANK), "done C6; send 04 A3 04 00 FF 55");
	ck_assert_str_eq(give("06 A4 00 00 41 42 FE D3"),
		"answer A4 41 42; " ACK "; done A3; send 04 E9 04 00 FF 0F");
	ck_assert_str_eq(give(THANK), "done E9");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), UINT64_MAX);
}
END_TEST

START_TEST(commands)
{
	const uint8_t beep = PH_SSI_BEEP_SHORT_HIGH;

	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_BEEP, &beep, 1), 0);
	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_START_DECODE, NULL, 0), 0);
	ck_assert_str_eq(run(), "send 05 E6 04 00 00 FF 11");
	/* not understood: again, with the mark of a retransmit */
	ck_assert_str_eq(give("05 D1 00 00 01 FF 29"), "send 05 E6 04 01 00 FF 10");
	/* a label comes between: it has its answer, the command goes on waiting */
	ck_assert_str_eq(give("07 F3 00 00 01 4E 52 FE 65"), "label 01 4E 52; " ACK);
	ck_assert_str_eq(give("05 D1 00 00 01 FF 29"), "send 05 E6 04 01 00 FF 10");
	ck_assert_str_eq(give("05 D1 00 00 01 FF 29"), "failed E6 EIO; send 04 E4 04 00 FF 14");
	ck_assert_str_eq(give("05 D1 00 00 02 FF 28"), "failed E4 EOPNOTSUPP");
	/* answers that nobody asked for */
	ck_assert_str_eq(give(THANK), "");
	ck_assert_str_eq(give("05 D1 00 00 01 FF 29"), "");
}
END_TEST

START_TEST(not_while_the_scanner_talks)
{
	ck_assert_str_eq(give(PART1), ACK);
	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_SCAN_ENABLE, NULL, 0), 0);
	ck_assert_str_eq(run(), "");
	ck_assert_str_eq(
		give(PART2), "label 1C 68 74 74 70 73 3A 2F 2F; " ACK "; send 04 E9 04 00 FF 0F");
}
END_TEST

START_TEST(silent_scanner)
{
	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_SCAN_ENABLE, NULL, 0), 0);
	ck_assert_str_eq(run(), "send 04 E9 04 00 FF 0F");
	for (int i = 0; i < PH_SSI_RESENDS; i++) {
		now += PH_SSI_RESPONSE_MS - 1;
		ck_assert_str_eq(run(), "");
		now += 1;
		ck_assert_str_eq(run(), "send 00"); /* it may sleep */
		ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), now + PH_SSI_WAKE_MS);
		now += PH_SSI_WAKE_MS;
		ck_assert_str_eq(run(), "send 04 E9 04 01 FF 0E");
	}
	now += PH_SSI_RESPONSE_MS;
	ck_assert_str_eq(run(), "failed E9 ETIMEDOUT");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), UINT64_MAX);
}
END_TEST

/* A label that is not complete holds a command up, and its time. */
START_TEST(silent_within_a_label)
{
	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_SCAN_ENABLE, NULL, 0), 0);
	ck_assert_str_eq(run(), "send 04 E9 04 00 FF 0F");
	now += PH_SSI_RESPONSE_MS - 1;
	ck_assert_str_eq(give(PART1), ACK);
	now += 1;
	ck_assert_str_eq(run(), "");
	ck_assert_uint_eq(ph_ssi_engine_deadline(&engine), now - 1 + PH_SSI_SEGMENT_MS);
	now += PH_SSI_SEGMENT_MS - 1;
	ck_assert_str_eq(run(), "lost 1C ETIMEDOUT; send 00");
}
END_TEST

START_TEST(full)
{
	uint8_t data[PH_SSI_COMMAND_DATA + 1] = {0};

	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_BEEP, data, sizeof data), -EMSGSIZE);
	for (int i = 0; i < PH_SSI_COMMANDS_MAX; i++)
		ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_BEEP, data, 1), 0);
	ck_assert_int_eq(ph_ssi_engine_command(&engine, PH_SSI_BEEP, data, 1), -ENOBUFS);
	ck_assert_int_eq(ph_ssi_engine_start(&engine), -ENOBUFS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ssi");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_loop_test(cases, both_ways, 0, (int)(sizeof packets / sizeof *packets));
	tcase_add_loop_test(cases, resynchronise, 0, (int)(sizeof streams / sizeof *streams));
	tcase_add_test(cases, sizes);
	tcase_add_test(cases, parameters);
	tcase_add_test(cases, labels);
	tcase_add_test(cases, segments);
	tcase_add_test(cases, broken_segments);
	tcase_add_test(cases, garbled);
	tcase_add_test(cases, start);
	tcase_add_test(cases, commands);
	tcase_add_test(cases, not_while_the_scanner_talks);
	tcase_add_test(cases, silent_scanner);
	tcase_add_test(cases, silent_within_a_label);
	tcase_add_test(cases, full);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
