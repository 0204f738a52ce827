// Scanners of IBM's OEM interface: packets, labels of one and of many segments, answers, commands,
// configuration.
#include "hex_help.h"
#include "protocols/ibm-oem/command.h"
#include "protocols/ibm-oem/config.h"
#include "protocols/ibm-oem/ibm_oem.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_oem oem;
static struct ph_oem_event event;
static uint64_t now_ms;
static uint8_t bytes[PH_OEM_PACKET_MAX];

/* As the hardware gives it: padded to 64 bytes with what was there before. */
static void feed(const char *text)
{
	memset(bytes, 0xee, sizeof bytes);
	hex(text, bytes, sizeof bytes);
	ck_assert_int_eq(ph_oem_feed(&oem, bytes, sizeof bytes, now_ms), 0);
}

static void begin(bool table_top)
{
	ph_oem_init(&oem, table_top);
	now_ms = 1000;
}

static void expect(enum ph_oem_event_kind kind)
{
	ck_assert_int_eq(ph_oem_next(&oem, &event), 1);
	ck_assert_int_eq(event.kind, kind);
}

static void expect_label(const char *data, size_t len, const char *id)
{
	uint8_t id_bytes[4];

	expect(PH_OEM_EVENT_LABEL);
	ck_assert_uint_eq(event.len, len);
	ck_assert_mem_eq(event.data, data, len);
	ck_assert_uint_eq(event.id_len, hex(id, id_bytes, sizeof id_bytes));
	ck_assert_mem_eq(event.id, id_bytes, event.id_len);
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
}

static void expect_drop(enum ph_lost reason, bool of_answer)
{
	expect(PH_OEM_EVENT_DROPPED);
	ck_assert_str_eq(ph_lost_name(event.reason), ph_lost_name(reason));
	ck_assert_int_eq(event.of_answer, of_answer);
}

START_TEST(labels)
{
	begin(false);
	feed("12 10 03 00 39 30 30 31 34 37 35 30 36 37 39 33 33 16");
	expect_label("9001475067933", 13, "16");
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	feed("0F 10 03 00 30 30 30 30 34 39 33 37 00 0A 0B");
	expect_label("00004937", 8, "00 0A 0B");
	/* of another type; by a scanner with a fault */
	feed("0A 10 03 00 41 42 01 02 03 00");
	expect_label("AB", 2, "01 02 03 00");
	feed("0A 10 03 00 41 42 04 00 00 00");
	expect_label("AB", 2, "04 00 00 00");
	ck_assert_uint_eq(oem.labels, 4);
	ck_assert_uint_eq(oem.dropped, 0);
}
END_TEST

START_TEST(table_top)
{
	begin(true);
	feed("12 10 03 00 09 00 00 01 04 07 05 00 06 07 09 03 03 16");
	expect_label("9001475067933", 13, "16");
	/* with an add-on; characters stay; other symbologies are left as they are */
	feed("0B 10 03 00 01 02 41 0A 00 14 0B");
	expect_label("12A\n", 4, "00 14 0B");
	feed("09 10 03 00 01 02 00 18 0B");
	expect_label("\1\2", 2, "00 18 0B");
	/* hand-held scanners send what they mean */
	begin(false);
	feed("06 10 03 00 09 16");
	expect_label("\t", 1, "16");
}
END_TEST

START_TEST(segments)
{
	begin(false);
	feed("09 10 03 00 41 42 10 18 0B");
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	/* the state in between is no label */
	feed("04 10 03 00");
	expect(PH_OEM_EVENT_PACKET);
	ck_assert_int_eq(event.packet.kind, PH_OEM_STATUS);
	feed("09 10 03 00 43 44 00 18 0B");
	expect_label("ABCD", 4, "00 18 0B");
	/* only 10 itself means more, with three bytes; a bit, with four; nothing, with one */
	feed("09 10 03 00 41 42 11 18 0B");
	expect_label("AB", 2, "00 18 0B");
	feed("0A 10 03 00 41 42 15 00 07 00");
	feed("0A 10 03 00 43 44 05 00 07 00");
	expect_label("ABCD", 4, "05 00 07 00");
	feed("08 10 03 00 10 31 31 0D");
	expect_label("\x10"
		     "11",
		3, "0D");
}
END_TEST

START_TEST(lost_segments)
{
	begin(false);
	/* another type before the end */
	feed("09 10 03 00 41 42 10 18 0B");
	feed("06 10 03 00 31 0C");
	expect_drop(PH_LOST_IDENTIFIER, false);
	expect_label("1", 1, "0C");
	/* the end is late, by nobody's notice and by notice */
	feed("09 10 03 00 41 42 10 18 0B");
	now_ms += 600;
	feed("09 10 03 00 43 44 00 18 0B");
	expect_drop(PH_LOST_GAP, false);
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	ck_assert_uint_eq(oem.swallowed, 1);
	feed("09 10 03 00 41 42 10 18 0B");
	ck_assert_uint_eq(ph_oem_deadline(&oem), now_ms + PH_JOIN_GAP_MS + 1);
	ck_assert_int_eq(ph_oem_late(&oem, now_ms + PH_JOIN_GAP_MS), 0);
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	ck_assert_int_eq(ph_oem_late(&oem, ph_oem_deadline(&oem)), 0);
	expect_drop(PH_LOST_GAP, false);
	ck_assert_uint_eq(ph_oem_deadline(&oem), UINT64_MAX);
	feed("06 10 03 00 31 0C");
	expect_label("1", 1, "0C");
}
END_TEST

START_TEST(endless_label)
{
	uint8_t packet[64] = {64, 0x10, 0x03, 0};
	unsigned drops = 0;

	memset(packet + 4, 'A', 57);
	memcpy(packet + 61, "\x10\x18\x0b", 3);
	begin(false);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert_int_eq(ph_oem_feed(&oem, packet, sizeof packet, now_ms), 0);
		now_ms += 100;
		while (ph_oem_next(&oem, &event) > 0) {
			ck_assert_int_eq(event.reason, PH_LOST_TOO_LONG);
			drops++;
		}
	}
	ck_assert_uint_eq(drops, 1);
	feed("09 10 03 00 43 44 00 18 0B");
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	feed("09 10 03 00 43 44 00 18 0B");
	expect_label("CD", 2, "00 18 0B");
}
END_TEST

/* packets that cannot be, with the bytes that came */
static const struct {
	const char *text;
	size_t len;
	enum ph_lost reason;
} broken[] = {
	{"", 0, PH_LOST_REPORT},
	{"00 10 03 00", 4, PH_LOST_REPORT},
	{"03 10 03 00", 4, PH_LOST_REPORT},
	{"05 10 03 00", 4, PH_LOST_REPORT},
	{"41 10 03 00", 64, PH_LOST_REPORT},
	{"05 10 03 00 0B", 5, PH_LOST_LENGTH},
	{"06 10 03 00 18 0B", 6, PH_LOST_LENGTH},
	{"07 10 03 00 00 00 00", 7, PH_LOST_LENGTH},
};

START_TEST(broken_packets)
{
	uint8_t in[64] = {0};

	begin(false);
	hex(broken[_i].text, in, sizeof in);
	ck_assert_int_eq(ph_oem_feed(&oem, in, broken[_i].len, now_ms), 0);
	expect_drop(broken[_i].reason, false);
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	now_ms += PH_JOIN_GAP_MS + 1;
	feed("06 10 03 00 31 0C");
	expect_label("1", 1, "0C");
}
END_TEST

static const struct {
	const char *packet;
	enum ph_oem_kind kind;
} kinds[] = {
	{"04 10 03 00", PH_OEM_STATUS},
	{"05 10 03 00 16", PH_OEM_LABEL},
	{"04 01 03 00", PH_OEM_FLASHING},
	{"04 FF FF FF", PH_OEM_FLASHING},
	{"04 FE FF FF", PH_OEM_HARDWARE_ERROR},
	{"04 DE FF FF", PH_OEM_NOT_READY},
	{"04 5E FF FF", PH_OEM_CHECK_DIGIT},
	{"04 5E FB FF", PH_OEM_REJECTED},
	{"04 5E 7B FF", PH_OEM_DIRECTIO_NOT_NOW},
	{"04 5E 7B EF", PH_OEM_DIRECTIO_UNDEFINED},
	{"04 5E 7B CF", PH_OEM_CONFIG},
	{"04 5C 7B CF", PH_OEM_TWO_LABEL},
	{"04 58 7B CF", PH_OEM_DIRECTIO_DATA},
	{"04 18 7B CF", PH_OEM_DIRECTIO_DONE},
	{"04 18 7B C7", PH_OEM_CONFIG_COERCED},
	{"04 18 7B C5", PH_OEM_CONFIG_DONE},
	{"04 18 7B C6", PH_OEM_TWO_LABEL_DONE},
	{"04 18 7B C2", PH_OEM_STATUS},
};

START_TEST(classification)
{
	struct ph_oem_packet packet;
	uint8_t in[16];

	ck_assert_int_eq(ph_oem_parse(in, hex(kinds[_i].packet, in, sizeof in), &packet), 0);
	ck_assert_int_eq(packet.kind, kinds[_i].kind);
	begin(false);
	feed(kinds[_i].packet);
	ck_assert_int_eq(ph_oem_next(&oem, &event), 1);
	ck_assert_mem_eq(event.packet.status,
		event.kind == PH_OEM_EVENT_DROPPED ? (const void *)"\0\0\0" : in + 1, 3);
}
END_TEST

START_TEST(answers)
{
	size_t cursor = 0;
	char letter, value[8];

	begin(false);
	/* "Sp<", ETX, "Mgm", ETX | "S12", ETX, "A1234567890" */
	feed("0D 50 03 08 01 53 70 3C 4D 67 6D 03 53");
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	ck_assert_uint_ne(ph_oem_deadline(&oem), UINT64_MAX);
	feed("13 50 03 08 00 31 32 03 41 31 32 33 34 35 36 37 38 39 30");
	expect(PH_OEM_EVENT_ANSWER);
	ck_assert_uint_eq(event.len, 22);
	ck_assert_int_eq(ph_oem_info_item(event.data, event.len, &cursor, &letter, value, 8), 1);
	ck_assert_int_eq(letter, 'M');
	ck_assert_str_eq(value, "gm");
	ck_assert_int_eq(ph_oem_info_item(event.data, event.len, &cursor, &letter, value, 8), 1);
	ck_assert_int_eq(letter, 'S');
	ck_assert_str_eq(value, "12");
	ck_assert_int_eq(ph_oem_info_item(event.data, event.len, &cursor, &letter, value, 8), 1);
	ck_assert_int_eq(letter, 'A');
	ck_assert_str_eq(value, "1234567"); /* cut off */
	ck_assert_int_eq(ph_oem_info_item(event.data, event.len, &cursor, &letter, value, 8), 0);
	/* empty items are none */
	cursor = 0;
	ck_assert_int_eq(
		ph_oem_info_item((const uint8_t *)"\3X\3\3Sp>\3", 7, &cursor, &letter, value, 8),
		0);
}
END_TEST

START_TEST(lost_answers)
{
	begin(false);
	feed("06 50 03 08 01 41");
	now_ms += 600;
	ck_assert_int_eq(ph_oem_late(&oem, now_ms), 0);
	expect_drop(PH_LOST_GAP, true);
	/* its rest is not the answer to the next command */
	feed("06 50 03 08 00 42");
	ck_assert_int_eq(ph_oem_next(&oem, &event), 0);
	feed("06 50 03 08 01 41");
	ph_oem_command_sent(&oem);
	feed("06 50 03 08 00 43");
	expect(PH_OEM_EVENT_ANSWER);
	ck_assert_uint_eq(event.len, 1);
	ck_assert_uint_eq(event.data[0], 'C');
	/* no room for the byte that says whether more follows */
	feed("04 50 03 08");
	expect_drop(PH_LOST_LENGTH, true);
	/* a label between two packets of an answer */
	feed("06 50 03 08 01 41");
	feed("06 10 03 00 31 0C");
	expect_label("1", 1, "0C");
	feed("06 50 03 08 00 42");
	expect(PH_OEM_EVENT_ANSWER);
	ck_assert_uint_eq(event.len, 2);
}
END_TEST

START_TEST(events_not_taken)
{
	begin(false);
	feed("04 10 03 00");
	ck_assert_int_eq(ph_oem_feed(&oem, bytes, sizeof bytes, now_ms), -EBUSY);
	ck_assert_int_eq(ph_oem_late(&oem, now_ms), -EBUSY);
	expect(PH_OEM_EVENT_PACKET);
	feed("04 10 03 00");
}
END_TEST

static const struct {
	enum ph_oem_command command;
	const char *bytes;
} commands[] = {
	{PH_OEM_SELF_TEST, "00 10"},
	{PH_OEM_STATUS_REQUEST, "00 20"},
	{PH_OEM_RESET, "00 40"},
	{PH_OEM_ENABLE, "11"},
	{PH_OEM_DISABLE, "12"},
	{PH_OEM_BEEPER_ON, "14"},
	{PH_OEM_BEEPER_OFF, "18"},
	{PH_OEM_REPORT_CONFIG, "21"},
	{PH_OEM_REPORT_TWO_LABEL, "34"},
	{PH_OEM_INFORMATION, "30 00 01"},
	{PH_OEM_HEALTH, "30 00 02"},
	{PH_OEM_STATISTICS, "30 00 03"},
	{PH_OEM_GOOD_BEEP, "30 00 04"},
	{PH_OEM_ERROR_BEEP, "30 00 05"},
	{PH_OEM_NOT_ON_FILE_BEEP, "30 00 06"},
	{PH_OEM_DEVICE_INFORMATION, "30 FF FE"},
	{PH_OEM_SCANNER_GENERIC, "30 FF FD"},
	{PH_OEM_SCANNER_VENDOR, "30 FF FC"},
	{PH_OEM_SCALE_GENERIC, "30 FF FB"},
	{PH_OEM_SCALE_VENDOR, "30 FF FA"},
	{PH_OEM_ITEM_WRITE_INT, "30 00 74 05"},
	{PH_OEM_ITEM_READ_INT, "30 00 74 06"},
	{PH_OEM_ITEM_WRITE_BYTES, "30 00 74 07"},
	{PH_OEM_ITEM_READ_BYTES, "30 00 74 08"},
	{PH_OEM_ITEM_QUERY, "30 00 74 09"},
};

START_TEST(command_bytes)
{
	uint8_t out[PH_OEM_COMMAND_LEN], expected[PH_OEM_COMMAND_LEN] = {0};

	memset(out, 0xff, sizeof out);
	hex(commands[_i].bytes, expected, sizeof expected);
	ck_assert_int_eq(ph_oem_command(commands[_i].command, NULL, 0, out), 0);
	ck_assert_mem_eq(out, expected, sizeof out);
	ck_assert(ph_oem_may_send(out, sizeof out));
	ck_assert_int_eq(ph_oem_command(commands[_i].command, expected, 8, out), -EINVAL);
}
END_TEST

START_TEST(commands_with_bytes)
{
	uint8_t out[PH_OEM_COMMAND_LEN];
	static const uint8_t arg[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

	ck_assert_int_eq(ph_oem_command(PH_OEM_CONFIGURE, arg, 9, out), 0);
	ck_assert_mem_eq(out, "\x20\0\1\2\3\4\5\6\7\x08\x09", 11);
	ck_assert_int_eq(ph_oem_command(PH_OEM_CONFIGURE, arg, 8, out), -EINVAL);
	ck_assert_int_eq(ph_oem_command(PH_OEM_CONFIGURE, arg, 10, out), -EINVAL);
	ck_assert_int_eq(ph_oem_command(PH_OEM_CONFIGURE_TWO_LABEL, arg, 8, out), 0);
	ck_assert_mem_eq(out, "\x23\0\1\2\3\4\5\6\7\x08\0", 11);
	ck_assert_int_eq(ph_oem_command(PH_OEM_MORE_SYMBOLOGIES, arg, 3, out), 0);
	ck_assert_mem_eq(out, "\x30\xff\xff\1\2\3\0\0\0\0\0", 11);
	ck_assert_int_eq(ph_oem_command(PH_OEM_MORE_SYMBOLOGIES, arg, 2, out), -EINVAL);
	ck_assert_int_eq(ph_oem_command(PH_OEM_ITEM_QUERY, arg, 7, out), 0);
	ck_assert_mem_eq(out, "\x30\0\x74\x09\1\2\3\4\5\6\7", 11);
	ck_assert_int_eq(ph_oem_command(PH_OEM_ITEM_QUERY, arg, 8, out), -EINVAL);
}
END_TEST

START_TEST(never_sent)
{
	uint8_t out[PH_OEM_COMMAND_LEN] = {0x30, 0x00};

	for (unsigned function = 0; function < 256; function++) {
		bool refused = (function >= 0x70 && function <= 0x73) || function == 0x78;
		out[2] = (uint8_t)function;
		ck_assert_int_eq(ph_oem_may_send(out, sizeof out), !refused);
	}
	out[1] = 0xff;
	ck_assert(ph_oem_may_send(out, sizeof out));
	ck_assert(!ph_oem_may_send(out, sizeof out - 1));
	ck_assert(!ph_oem_may_send(out, 0));
}
END_TEST

static const struct {
	enum ph_oem_command command;
	const char *packet;
	enum ph_oem_reply reply;
} replies[] = {
	{PH_OEM_ENABLE, "04 10 03 00", PH_OEM_REPLY_DONE},
	{PH_OEM_ENABLE, "04 10 01 00", PH_OEM_REPLY_REFUSED},
	{PH_OEM_ENABLE, "05 10 01 00 16", PH_OEM_REPLY_OTHER},
	{PH_OEM_DISABLE, "04 10 01 00", PH_OEM_REPLY_DONE},
	{PH_OEM_DISABLE, "04 10 03 00", PH_OEM_REPLY_REFUSED},
	{PH_OEM_BEEPER_ON, "04 10 03 00", PH_OEM_REPLY_DONE},
	{PH_OEM_BEEPER_OFF, "04 10 03 00", PH_OEM_REPLY_REFUSED},
	{PH_OEM_BEEPER_OFF, "04 00 03 00", PH_OEM_REPLY_DONE},
	{PH_OEM_STATUS_REQUEST, "04 00 01 00", PH_OEM_REPLY_DONE},
	{PH_OEM_RESET, "04 00 01 00", PH_OEM_REPLY_DONE},
	{PH_OEM_CONFIGURE, "04 10 03 01", PH_OEM_REPLY_DONE},
	{PH_OEM_CONFIGURE, "04 10 03 03", PH_OEM_REPLY_COERCED},
	{PH_OEM_CONFIGURE, "04 10 83 00", PH_OEM_REPLY_REFUSED},
	{PH_OEM_CONFIGURE, "04 10 03 00", PH_OEM_REPLY_OTHER},
	{PH_OEM_CONFIGURE_TWO_LABEL, "04 10 03 04", PH_OEM_REPLY_DONE},
	{PH_OEM_REPORT_CONFIG, "0D 12 03 00 01 02 03 04 05 06 07 08 09", PH_OEM_REPLY_DONE},
	{PH_OEM_REPORT_TWO_LABEL, "0C 14 03 00 01 02 03 04 05 06 07 08", PH_OEM_REPLY_DONE},
	{PH_OEM_GOOD_BEEP, "04 10 03 08", PH_OEM_REPLY_DONE},
	{PH_OEM_GOOD_BEEP, "06 50 03 08 00 06", PH_OEM_REPLY_DONE},
	{PH_OEM_GOOD_BEEP, "04 10 03 10", PH_OEM_REPLY_AGAIN},
	{PH_OEM_GOOD_BEEP, "04 10 03 20", PH_OEM_REPLY_REFUSED},
	{PH_OEM_GOOD_BEEP, "04 90 03 00", PH_OEM_REPLY_AGAIN},
	{PH_OEM_HEALTH, "06 50 03 08 00 41", PH_OEM_REPLY_DONE},
	{PH_OEM_ITEM_WRITE_INT, "06 50 03 08 00 06", PH_OEM_REPLY_DONE},
	{PH_OEM_ITEM_WRITE_INT, "06 50 03 08 00 15", PH_OEM_REPLY_REFUSED},
};

START_TEST(reply)
{
	struct ph_oem_packet packet;
	uint8_t in[16];

	ck_assert_int_eq(ph_oem_parse(in, hex(replies[_i].packet, in, sizeof in), &packet), 0);
	ck_assert_int_eq(ph_oem_reply(replies[_i].command, &packet), replies[_i].reply);
}
END_TEST

/* Every setting has bits of its own, and every value comes back. */
START_TEST(configuration)
{
	uint8_t all[PH_OEM_CONFIG_LEN] = {0};

	for (unsigned s = 0; s < PH_OEM_SETTINGS; s++) {
		uint8_t config[PH_OEM_CONFIG_LEN] = {0};
		unsigned value = 0;
		ck_assert_ptr_nonnull(ph_oem_setting_name(s));
		while (ph_oem_config_set(config, s, value) == 0) {
			ck_assert_uint_eq(ph_oem_config_get(config, s), value);
			value++;
		}
		ck_assert_int_eq(ph_oem_config_set(config, s, value), -ERANGE);
		ck_assert_uint_ge(value, 2);
		ck_assert_int_eq(ph_oem_config_set(all, s, value - 1), 0);
		for (unsigned i = 0; i < PH_OEM_CONFIG_LEN; i++)
			config[i] = (uint8_t)~config[i];
		ck_assert_uint_eq(ph_oem_config_get(config, s), 0);
	}
	ck_assert_mem_eq(all, "\xff\x7f\x3f\x7f\x7f\x03\xff\x3f\x1f", sizeof all);
	ck_assert_int_eq(ph_oem_config_set(all, PH_OEM_BEEP_FREQUENCY, 1), 0);
	ck_assert_uint_eq(all[3], 0x6f);
	ck_assert_uint_eq(ph_oem_config_get(all, PH_OEM_BEEP_VOLUME), 3);
}
END_TEST

static TCase *asking(void)
{
	TCase *cases = tcase_create("commands");

	tcase_add_test(cases, answers);
	tcase_add_test(cases, lost_answers);
	tcase_add_loop_test(cases, command_bytes, 0, (int)(sizeof commands / sizeof *commands));
	tcase_add_test(cases, commands_with_bytes);
	tcase_add_test(cases, never_sent);
	tcase_add_loop_test(cases, reply, 0, (int)(sizeof replies / sizeof *replies));
	tcase_add_test(cases, configuration);
	return cases;
}

int main(void)
{
	Suite *suite = suite_create("ibm_oem");
	TCase *cases = tcase_create("labels");

	tcase_add_test(cases, labels);
	tcase_add_test(cases, table_top);
	tcase_add_test(cases, segments);
	tcase_add_test(cases, lost_segments);
	tcase_add_test(cases, endless_label);
	tcase_add_loop_test(cases, broken_packets, 0, (int)(sizeof broken / sizeof *broken));
	tcase_add_loop_test(cases, classification, 0, (int)(sizeof kinds / sizeof *kinds));
	tcase_add_test(cases, events_not_taken);
	suite_add_tcase(suite, cases);
	suite_add_tcase(suite, asking());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
