// Masking of sessions, piece by piece, and their lines; whole cards are in test_emv_matrix.c.
#include "protocols/emv/mask.h"
#include "protocols/emv/session.h"

#include "emv_help.h"

#include <errno.h>
#include <stdio.h>

#define PAN	"5413339876543217"
#define MASKED	"5413330000003217"
#define RECORD	"00B2010C00"
#define TOLD	RECORD, "700A5A08" PAN "9000"
#define ENTRIES 12

/* Commands and answers in turn, before and after; the last is NULL. */
struct session {
	const char *said[ENTRIES], *masked[ENTRIES];
};

static const struct session sessions[] = {
	/* the number, its end filled; a track with all behind the separator; the name; what stays */
	{{RECORD, "700C5A0A" PAN "FFFF9000"}, {RECORD, "700C5A0A" MASKED "FFFF9000"}},
	{{RECORD, "70135711" PAN "D30122011234567890F0009000"},
		{RECORD, "70135711" MASKED "D00000000000000000F0009000"}},
	{{RECORD, "70155F2006434152442F415F24033012315F300202015F3401019000"},
		{RECORD, "70155F20060000000000005F24033012315F300200005F3401019000"}},
	/* a number of another length; one that is none */
	{{RECORD, "700A5A085413339876543F019000"}, {RECORD, "700A5A085413330006543F009000"}},
	{{RECORD, "70065A04541333989000"}, {RECORD, "70065A04000000009000"}},
	/* unknown tags, certificates and signatures, whatever is in them */
	{{RECORD, "70129F6B04010203049F46021122930133C101449000"},
		{RECORD, "70129F6B04000000009F46020000930100C101009000"}},
	/* in a text, and where no number belongs */
	{{RECORD, "70125010353431333333393837363534333231379000"},
		{RECORD, "70125010353431333333303030303030333231379000"}},
	{{RECORD, "700B9F1008" PAN "9000"}, {RECORD, "700B9F1008" PAN "9000"}},
	{{RECORD, "700B9F100854133398765432189000"}, {RECORD, "700B9F100854133300000032189000"}},
	{{TOLD, RECORD, "700B9F1008" PAN "9000"},
		{RECORD, "700A5A08" MASKED "9000", RECORD, "700B9F1008" MASKED "9000"}},
	/* not from the first half of a byte on, and before it was told */
	{{RECORD, "700C9F10090" PAN "19000", TOLD},
		{RECORD, "700C9F10090" MASKED "19000", RECORD, "700A5A08" MASKED "9000"}},
	/* in pieces, T=0 */
	{{RECORD, "6C0C", "00B2010C0C", "700A5A085413610A", "00C000000A", "339876543217 9000"},
		{RECORD, "6C0C", "00B2010C0C", "700A5A085413610A", "00C000000A",
			"330000003217 9000"}},
	/* no TLV: from where it stops being some; what breaks it stays */
	{{RECORD, "70205A08" PAN "9000"}, {RECORD, "7020000000000000000000009000"}},
	{{RECORD, "FFFF" PAN "9000"}, {RECORD, "FFFF54130000000000009000"}},
	{{RECORD, "6A83"}, {RECORD, "6A83"}},
	{{RECORD, "90"}, {RECORD, "90"}},
	/* commands: PINs, secure messaging, what is not known */
	{{"0020008008"
	  "241234FFFFFFFFFF",
		 "9000"},
		{"00200080080000000000000000", "9000"}},
	{{"842400020411223344", "9000"}, {"842400020400000000", "9000"}},
	{{"80DA9F580112", "9000"}, {"80DA9F580100", "9000"}},
	{{"80CA9F5200", "9F5203"
			"1234569000"},
		{"80CA9F5200", "9F5203"
			       "0000009000"}},
	{{"80CA9F1300", "9F130200019000"}, {"80CA9F1300", "9F130200019000"}},
	{{"0084000000", "11223344556677889000"}, {"0084000000", "11223344556677889000"}},
	{{"00B0000004", "11223344"
			"9000"},
		{"00B0000004", "00000000"
			       "9000"}},
	/* what the card asks for: the number as well */
	{{"00A4040002A000", "6F0EA50C9F38095F2A029F02065A089A9000",
		 "80A8000012831009780000000012345413339876543217", "6985"},
		{"00A4040002A000", "6F0EA50C9F38095F2A029F02065A089A9000",
			"80A8000012"
			"000000000000000000000000000000000000",
			"6985"}},
	{{"00A4040002A000", "6F0DA50B9F38085F2A029F02065A089000",
		 "80A8000012831009780000000012345413339876543217", "6985"},
		{"00A4040002A000", "6F0DA50B9F38085F2A029F02065A089000",
			"80A8000012831009780000000012340000000000000000", "6985"}},
	{{RECORD, "70088C069F370457029A9000",
		 "80AE80000611223344"
		 "5413",
		 "6985"},
		{RECORD, "70088C069F370457029A9000",
			"80AE80000600000000"
			"0000",
			"6985"}},
	{{RECORD, "70078C059F370457029000",
		 "80AE80000611223344"
		 "5413",
		 "6985"},
		{RECORD, "70078C059F370457029000",
			"80AE80000611223344"
			"0000",
			"6985"}},
	{{"0088000004"
	  "11223344",
		 "800211229000"},
		{"0088000004"
		 "11223344",
			"800200009000"}},
	{{"80AE800000", "800B8000011122334455667788"
			"9000"},
		{"80AE800000", "800B8000011122334455667788"
			       "9000"}},
};

static size_t parse(const char *const *texts, struct bytes *out, struct ph_emv_said *said)
{
	size_t n = 0;

	for (; n < ENTRIES && texts[n]; n++) {
		out[n] = bytes(texts[n]);
		said[n] = (struct ph_emv_said){
			n % 2 ? PH_EMV_SAID_ANSWER : PH_EMV_SAID_COMMAND, out[n].data, out[n].len};
	}
	return n;
}

static void compare(const struct session *session, const struct ph_emv_said *said, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bytes want = bytes(session->masked[i]);
		char got[2 * BYTES_MAX + 1];
		ph_emv_hex_write(said[i].data, said[i].len, got);
		ck_assert_msg(said[i].len == want.len && !memcmp(said[i].data, want.data, want.len),
			"%s, must be %s", got, session->masked[i]);
	}
}

START_TEST(session)
{
	static struct bytes memory[ENTRIES];
	struct ph_emv_said said[ENTRIES];
	size_t count = parse(sessions[_i].said, memory, said);

	ph_emv_mask(said, count);
	compare(&sessions[_i], said, count);
	ph_emv_mask(said, count);
	compare(&sessions[_i], said, count);
}
END_TEST

START_TEST(others)
{
	uint8_t record[] = "\x70\x0a\x5a\x08\x54\x13\x33\x98\x76\x54\x32\x17\x90\x00";
	uint8_t command[] = "\x00\xb2\x01\x0c\x00";
	char text[] = "the card " PAN " is old";
	uint8_t atr[] = "\x3b\x54\x13\x33\x98\x76\x54\x32\x17";
	struct ph_emv_said said[] = {{PH_EMV_SAID_OTHER, atr, sizeof atr - 1},
		{PH_EMV_SAID_COMMAND, command, sizeof command - 1},
		{PH_EMV_SAID_ANSWER, record, sizeof record - 1},
		{PH_EMV_SAID_OTHER, (uint8_t *)text, sizeof text - 1}};

	ph_emv_mask(said, 4);
	ck_assert_mem_eq(atr, "\x3b\x54\x13\x33\x00\x00\x00\x32\x17", 9);
	ck_assert_str_eq(text, "the card " MASKED " is old");
}
END_TEST

START_TEST(long_answers)
{
	static uint8_t parts[20][258], commands[20][5];
	struct ph_emv_said said[40];

	for (unsigned i = 0; i < 20; i++) {
		memcpy(commands[i], i ? "\x00\xc0\x00\x00\x00" : "\x00\xb2\x01\x0c\x00", 5);
		memset(parts[i], 0x11, sizeof parts[i]);
		said[2 * i] = (struct ph_emv_said){PH_EMV_SAID_COMMAND, commands[i], 5};
		said[2 * i + 1] = (struct ph_emv_said){PH_EMV_SAID_ANSWER, parts[i], 258};
	}
	ph_emv_mask(said, 40);
	for (unsigned i = 0; i < 20; i++)
		for (unsigned k = 0; k < 258; k++)
			ck_assert_uint_eq(parts[i][k], k < 256 ? 0 : 0x11);
}
END_TEST

START_TEST(issuer)
{
	struct bytes said = bytes("9108112233445566778871109F180400000001860784DA9F580211228A023030"
				  "5A08" PAN);
	struct bytes want = bytes("9108112233445566778871109F180400000001860784DA9F580200008A023030"
				  "5A08" MASKED);

	ph_emv_mask_issuer(said.data, said.len);
	ck_assert_uint_eq(said.len, want.len);
	ck_assert_mem_eq(said.data, want.data, want.len);
}
END_TEST

START_TEST(texts)
{
	char text[] = "123456789012 1234567890123 x" PAN;

	ph_emv_mask_text(text, strlen(text));
	ck_assert_str_eq(text, "123456789012 1234560000123 x" MASKED);
}
END_TEST

/* Packets and their lines, both ways. */
static const struct {
	const char *packet;
	bool from_reader;
	const char *line;
} lines[] = {
	{"530254657374203030", true, "reader present Test 00"},
	{"5300", true, "reader none"},
	{"4606040142", true, "features 06040142"},
	{"49013BE000008131204535", true, "card 1 3BE000008131204535"},
	{"416A83", true, "< 6A83"},
	{"41", true, "<"},
	{"4500", true, "failed removed"},
	{"4503", true, "failed io"},
	{"43", false, "connect"},
	{"57", false, "reset"},
	{"5400B2010C00", false, "> 00B2010C00"},
	{"44", false, "release"},
};

START_TEST(line)
{
	struct bytes packet = bytes(lines[_i].packet);
	uint8_t read[PH_READER_PACKET_MAX];
	char text[PH_EMV_LINE_MAX];
	bool from_reader = !lines[_i].from_reader;

	int n = ph_emv_line_write(packet.data, packet.len, lines[_i].from_reader, text);
	ck_assert_int_eq(n, (int)strlen(lines[_i].line));
	ck_assert_str_eq(text, lines[_i].line);
	ck_assert_int_eq(ph_emv_line_read(text, &from_reader, read), (int)packet.len);
	ck_assert_mem_eq(read, packet.data, packet.len);
	ck_assert(from_reader == lines[_i].from_reader);
	ck_assert_int_eq(
		ph_emv_line_write(packet.data, packet.len, !lines[_i].from_reader, text), -EBADMSG);
}
END_TEST

START_TEST(bad_lines)
{
	static const char *const bad[] = {"reader", "reader broken", "features 0", "features 0g",
		"card", "card x 3B", "card 13B", "< 6A8", "failed", "failed often", "failed io now",
		"connect now"};
	static const char *const strange[] = {"", "up", "random 00", "connected", " <"};
	uint8_t read[PH_READER_PACKET_MAX];
	char text[PH_EMV_LINE_MAX] = "< ";
	bool from_reader;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(
			ph_emv_line_read(bad[i], &from_reader, read) == -EBADMSG, "%s", bad[i]);
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
		ck_assert_msg(ph_emv_line_read(strange[i], &from_reader, read) == -ENOENT, "%s",
			strange[i]);
	memset(text + 2, '0', 2 * (PH_READER_PACKET_MAX - 1));
	ck_assert_int_eq(ph_emv_line_read(text, &from_reader, read), PH_READER_PACKET_MAX);
	memset(text + 2, '0', 2 * PH_READER_PACKET_MAX);
	ck_assert_int_eq(ph_emv_line_read(text, &from_reader, read), -EBADMSG);
	ck_assert_int_eq(ph_emv_line_write((const uint8_t *)"S\x09", 2, true, text), -EBADMSG);
	ck_assert_int_eq(ph_emv_line_write((const uint8_t *)"S\x01\x07", 3, true, text), 14);
	ck_assert_str_eq(text, "reader empty ?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv mask");
	TCase *tcase = tcase_create("mask");

	tcase_add_loop_test(tcase, session, 0, (int)(sizeof sessions / sizeof *sessions));
	tcase_add_test(tcase, others);
	tcase_add_test(tcase, long_answers);
	tcase_add_test(tcase, issuer);
	tcase_add_test(tcase, texts);
	tcase_add_loop_test(tcase, line, 0, (int)(sizeof lines / sizeof *lines));
	tcase_add_test(tcase, bad_lines);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
