// A transaction interrupted at each of its actions, events that come at the wrong time, and issuer scripts.
#include "kernel_rig.h"

#include "protocols/emv/bits.h"

static struct rig rig;

static void setup(void)
{
	rig_init(&rig);
	rig.transaction.pin_pad = true;
}

static void teardown(void)
{
	rig_done(&rig);
}

#define SIGNED(cid) "~" cid " 002A 771CE7AB66B14A76"
#define LIMITS	    "9F14{05}9F23{0A}"
#define ENTRY(last) "61{4F{A0000000041010}50{4D43}87{01}}61{4F{A00000000410100" last "}50{4D}}"

/* Everything there is: directory, choice, PIN, counters, CDA, host, issuer authentication, scripts before and after. */
static const struct line longest[] = {
	{PSE, "6F{84{315041592E5359532E4444463031}A5{88{01}}}9000"},
	{"00B2010C00", "70{" ENTRY("1") "}9000"}, /* two applications */
	{"00B2020C00", "6A83"}, {"choose", "0"}, {SELECT, FCI}, {GPO, OPTIONS("3D00")},
	{READ_1, RECORD_1},
	{READ_2, "70{" CDOLS "8E{000000000000000041031E03}" IAC_NONE LIMITS "}9000"},
	{READ_3, "70{" KEYS "}9000"}, {"80CA9F1700", "9F17{03}9000"},	    /* tries of the PIN */
	{"pin", "63C2"}, {"pin", "9000"}, {"80CA9F3600", "9F36{002A}9000"}, /* counters */
	{"80CA9F1300", "9F13{0028}9000"},
	{AC_1("50", "0000000000"), SIGNED("80")}, /* TC asked, ARQC given */
	{"store intent", "ok"},
	{"online", "00+91{B0E238F79635E3513030}71{9F18{01020304}86{8424000008}}72{86{841E0000}}"},
	{"008200000AB0E238F79635E3513030", "9000"}, {"8424000008", "9000"}, /* script before */
	{AC_2("50", "3030", "0000000000"), SIGNED("40")},		    /* TC */
	{"841E0000", "9000"},						    /* script after */
};

enum {
	AT_CHOICE = 3,
	AT_PIN = 10,
	AT_PIN_2 = 11,
	AT_INTENT = 15,
	AT_ONLINE = 16,
	AT_AFTER = 20,
	COUNT = 21
};

static void two_applications(void)
{
	rig.parameters.applications[0].partial = true;
}

START_TEST(undisturbed)
{
	size_t len;
	struct bytes results = bytes("20010203042000000000");

	two_applications();
	ck_assert_uint_eq(sizeof longest / sizeof *longest, COUNT);
	rig_play(&rig, longest);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), 0);
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0xfc00);
	const uint8_t *got = ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_SCRIPT_RESULTS, &len);
	ck_assert_uint_eq(len, results.len);
	ck_assert_mem_eq(got, results.data, len);
}
END_TEST

/* What an interruption at action `at` must come to. */
static void expect_lost(unsigned at, enum ph_emv_fault fault)
{
	if (at == AT_AFTER) {
		/* the card has given its TC: the script has failed, and nothing else */
		rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
		ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_SCRIPT_AFTER);
		return;
	}
	rig_ended(&rig, PH_EMV_TERMINATED, fault, at > AT_ONLINE ? "00" : "");
	ck_assert_int_eq(rig.result.reverse, at >= AT_ONLINE);
}

static void interrupt_each(enum ph_emv_event_kind kind, enum ph_emv_fault fault)
{
	two_applications();
	rig.interrupt = kind;
	for (unsigned at = 0; at < COUNT; at++) {
		rig.interrupt_at = at;
		rig_play(&rig, longest);
		ck_assert(rig.interrupted);
		ck_assert(!rig.ignored);
		expect_lost(at, fault);
	}
}

START_TEST(removed_at_each)
{
	interrupt_each(PH_EMV_CARD_OUT, PH_EMV_FAULT_REMOVED);
}
END_TEST

START_TEST(lost_at_each)
{
	interrupt_each(PH_EMV_IO_ERROR, PH_EMV_FAULT_CARD);
}
END_TEST

/* Another card without a word of the first one's removal. */
START_TEST(another_card_at_each)
{
	struct bytes atr = bytes("3B600000");

	rig.interrupt_data = atr.data;
	rig.interrupt_len = atr.len;
	interrupt_each(PH_EMV_CARD_IN, PH_EMV_FAULT_REMOVED);
}
END_TEST

/* Host and disk take the time they take. */
START_TEST(timeout_at_each)
{
	two_applications();
	rig.interrupt = PH_EMV_TIMEOUT;
	for (unsigned at = 0; at < COUNT; at++) {
		bool waits = at == AT_INTENT || at == AT_ONLINE;
		rig.interrupt_at = at;
		rig_play(&rig, longest);
		ck_assert_int_eq(rig.ignored, waits);
		if (waits)
			rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
		else
			expect_lost(at, PH_EMV_FAULT_TIMEOUT);
	}
}
END_TEST

/* Until the host is asked. */
START_TEST(cancelled_at_each)
{
	two_applications();
	rig.interrupt = PH_EMV_CANCEL;
	for (unsigned at = 0; at < COUNT; at++) {
		rig.interrupt_at = at;
		rig_play(&rig, longest);
		ck_assert_int_eq(rig.ignored, at >= AT_ONLINE);
		if (at < AT_ONLINE)
			rig_ended(&rig, PH_EMV_CANCELLED, PH_EMV_FAULT_NONE, "");
		else
			rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	}
}
END_TEST

/* People, host and disk answer what they were not asked: nothing changes. */
START_TEST(stray_events)
{
	static const enum ph_emv_event_kind kinds[] = {PH_EMV_CHOICE, PH_EMV_CONFIRM, PH_EMV_PIN,
		PH_EMV_HOST, PH_EMV_HOST_UNABLE, PH_EMV_DURABLE};

	two_applications();
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		rig.interrupt = kinds[k];
		for (unsigned at = 0; at < COUNT; at++) {
			bool awaited =
				(at == AT_CHOICE && kinds[k] == PH_EMV_CHOICE) ||
				((at == AT_PIN || at == AT_PIN_2) && kinds[k] == PH_EMV_PIN) ||
				(at == AT_INTENT && kinds[k] == PH_EMV_DURABLE) ||
				(at == AT_ONLINE && (kinds[k] == PH_EMV_HOST ||
							    kinds[k] == PH_EMV_HOST_UNABLE));
			if (awaited)
				continue;
			rig.interrupt_at = at;
			rig_play(&rig, longest);
			ck_assert(rig.ignored);
			rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
		}
	}
}
END_TEST

/* An answer where none is awaited. */
START_TEST(stray_answers)
{
	static const unsigned places[] = {AT_CHOICE, AT_PIN, AT_INTENT, AT_ONLINE};
	struct bytes answer = bytes("9000");

	two_applications();
	rig.interrupt = PH_EMV_ANSWER;
	rig.interrupt_data = answer.data;
	rig.interrupt_len = answer.len;
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		rig.interrupt_at = places[i];
		rig_play(&rig, longest);
		expect_lost(places[i], PH_EMV_FAULT_CARD);
	}
}
END_TEST

/* After the host has said no, or could not be asked, there is nothing to undo. */
START_TEST(removed_after_a_refusal)
{
	struct line lines[COUNT];

	two_applications();
	memcpy(lines, longest, sizeof lines);
	rig.interrupt = PH_EMV_CARD_OUT;
	rig.interrupt_at = AT_ONLINE + 1;
	lines[AT_ONLINE].answer = "05-";
	rig_play_lines(&rig, lines, COUNT);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_REMOVED, "05");
	lines[AT_ONLINE].answer = "02?";
	rig_play_lines(&rig, lines, COUNT);
	rig_ended(&rig, PH_EMV_REFERRED, PH_EMV_FAULT_REMOVED, "02");
	lines[AT_ONLINE].answer = "unable";
	rig_play_lines(&rig, lines, COUNT);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_REMOVED, "");
}
END_TEST

/* A TC is there: the card may go, it counts. */
START_TEST(removed_while_it_is_stored)
{
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"}, {READ_3, RECORD_3},
		{AC_1("40", "8000000000"), GIVES("40")}, {"store offline", "ok"}};
	static const enum ph_emv_event_kind kinds[] = {PH_EMV_CARD_OUT, PH_EMV_IO_ERROR,
		PH_EMV_TIMEOUT, PH_EMV_CANCEL, PH_EMV_ANSWER, PH_EMV_CARD_IN};

	rig.interrupt_at = 8;
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		rig.interrupt = kinds[i];
		rig_play(&rig, lines);
		ck_assert(rig.ignored);
		rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
	}
}
END_TEST

/* Nothing was begun, or all is over. */
START_TEST(without_a_transaction)
{
	struct ph_emv_event event = {.kind = PH_EMV_CARD_IN};
	struct ph_emv_action action;
	struct ph_emv *fresh;

	ck_assert_int_eq(ph_emv_new(&rig.parameters, &rig.world, &fresh), 0);
	for (unsigned kind = PH_EMV_CARD_IN; kind <= PH_EMV_DURABLE; kind++) {
		event.kind = (enum ph_emv_event_kind)kind;
		ph_emv_step(fresh, &event, &action);
		ck_assert_int_eq(action.kind, PH_EMV_IGNORE);
	}
	/* before there is a card */
	static const struct {
		enum ph_emv_event_kind kind;
		enum ph_emv_action_kind action;
		enum ph_emv_outcome outcome;
		enum ph_emv_fault fault;
	} rows[] = {
		{PH_EMV_CARD_OUT, PH_EMV_IGNORE, 0, 0},
		{PH_EMV_CANCEL, PH_EMV_DONE, PH_EMV_CANCELLED, PH_EMV_FAULT_NONE},
		{PH_EMV_TIMEOUT, PH_EMV_DONE, PH_EMV_TERMINATED, PH_EMV_FAULT_TIMEOUT},
		{PH_EMV_IO_ERROR, PH_EMV_DONE, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD},
		{PH_EMV_ANSWER, PH_EMV_DONE, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		event.kind = rows[i].kind;
		ck_assert_int_eq(ph_emv_start(fresh, &rig.transaction), 0);
		ph_emv_step(fresh, &event, &action);
		ck_assert_int_eq(action.kind, rows[i].action);
		if (action.kind == PH_EMV_DONE) {
			ck_assert_int_eq(action.result.outcome, rows[i].outcome);
			ck_assert_int_eq(action.result.fault, rows[i].fault);
		}
	}
	ph_emv_free(fresh);
	ph_emv_free(NULL);
}
END_TEST

#define UP_TO_ONLINE                                                                               \
	UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1}, {READ_2, RECORD_2}, {READ_3, RECORD_3},         \
		{AC_1("80", "8000000000"), GIVES("80")},                                           \
	{                                                                                          \
		"store intent", "ok"                                                               \
	}

static void script_results(const char *want)
{
	size_t len;
	struct bytes w = bytes(want);
	const uint8_t *got = ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_SCRIPT_RESULTS, &len);

	ck_assert_uint_eq(len, w.len);
	ck_assert_mem_eq(got, w.data, len);
}

START_TEST(scripts_that_fail)
{
	/* the second command of the first script fails, the second script runs all the same */
	static const struct line before[] = {UP_TO_ONLINE,
		{"online", "00+71{9F18{A1A2A3A4}86{841E0000}86{84180000}86{84160000}}"
			   "71{86{04DA9F1400}}"},
		{"841E0000", "9000"}, {"84180000", "6A80"}, {"04DA9F1400", "6300"},
		{AC_2("40", "3030", "8000000020"), GIVES("40")}};
	static const struct line after[] = {UP_TO_ONLINE,
		{"online", "00+72{86{841E0000}86{84180000}}72{86{84160000}}"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}, {"841E0000", "6985"},
		{"84160000", "6282"}};
	/* also when the host declines: that is what a block is for */
	static const struct line declined[] = {UP_TO_ONLINE, {"online", "05-72{86{84160000}}"},
		{AC_2("00", "3035", "8000000000"), GIVES("00")}, {"84160000", "9000"}};
	/* a command that is none; a template that is none; one without commands */
	static const struct line odd[] = {UP_TO_ONLINE,
		{"online", "00+71{86{8416}}71039F1804710072{86{84160000}}"},
		{AC_2("40", "3030", "8000000020"), GIVES("40")}, {"84160000", "9000"}};

	rig_play(&rig, before);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	script_results("12A1A2A3A42000000000");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0x6c00);
	rig_play(&rig, after);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_ODA_NOT_PERFORMED | PH_TVR_SCRIPT_AFTER);
	script_results("11000000002000000000");
	rig_play(&rig, declined);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_NONE, "05");
	script_results("2000000000");
	rig_play(&rig, odd);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	script_results("1100000000"
		       "0000000000"
		       "2000000000"
		       "2000000000");
}
END_TEST

/* Host approved, script run, card declines: reversal, with the results of the script in its message. */
START_TEST(script_and_reversal)
{
	static const struct line lines[] = {UP_TO_ONLINE, {"online", "00+72{86{841E0000}}"},
		{AC_2("40", "3030", "8000000000"), GIVES("00")}, {"841E0000", "9000"},
		{"store reversal", "ok"}};
	uint8_t out[255];
	struct bytes results = bytes("9F5B052000000000");

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "00");
	ssize_t n = ph_emv_field55(rig.emv, PH_EMV_FOR_REVERSAL, out, sizeof out);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(out, (size_t)n, results.data, results.len));
}
END_TEST

/* The sixteenth command fails: its number is told as F. Eleven scripts: ten run. A kilobyte and more: none. */
START_TEST(bounds_of_scripts)
{
	static struct line lines[40] = {UP_TO_ONLINE};
	static char answer[3000];
	unsigned n = 10, from = 9;

	ck_assert_str_eq(lines[from - 1].want, "store intent");
	strcpy(answer, "00+71{");
	lines[from].want = "online";
	lines[from].answer = answer;
	for (unsigned i = 1; i <= 16; i++) {
		strcat(answer, "86{841E0000}");
		lines[n++] = (struct line){"841E0000", i < 16 ? "9000" : "6F00"};
	}
	strcat(answer, "}");
	lines[n++] = (struct line){AC_2("40", "3030", "8000000020"), GIVES("40")};
	rig_play_lines(&rig, lines, n);
	script_results("1F00000000");

	strcpy(answer, "00+");
	n = 10;
	for (unsigned i = 1; i <= 11; i++) {
		strcat(answer, "71{86{841E0000}}");
		if (i <= 10)
			lines[n++] = (struct line){"841E0000", "9000"};
	}
	lines[n++] = (struct line){AC_2("40", "3030", "8000000020"), GIVES("40")};
	rig_play_lines(&rig, lines, n);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");

	strcpy(answer, "00+91{B0E238F79635E3513030}71{");
	for (unsigned i = 0; i < 100; i++)
		strcat(answer, "86{84240000080000000000}");
	strcat(answer, "}");
	n = 10;
	lines[n++] = (struct line){"008200000AB0E238F79635E3513030", "9000"};
	lines[n++] = (struct line){AC_2("40", "3030", "8000000020"), GIVES("40")};
	rig_play_lines(&rig, lines, n);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
}
END_TEST

/* 64 records, 100 rules that each cost a command, and scripts: the last commands are not sent. */
START_TEST(too_many_commands)
{
	static struct line lines[400] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},
		{GPO, "77{82{1C00}94{08014001}}9000"}, {READ_1, RECORD_1}};
	static char wants[65][20], record[600], answer[2600];
	unsigned n = 5;

	strcpy(record, "70{" CDOLS "8E{0000000000000000");
	for (unsigned i = 0; i < 90; i++)
		strcat(record, "4100"); /* a PIN, whose tries are used up */
	strcat(record, "}}9000");
	for (unsigned i = 2; i <= 64; i++) {
		snprintf(wants[i], sizeof wants[i], "00B2%02X0C00", i);
		lines[n++] = (struct line){wants[i], i == 2 ? record : "70009000"};
	}
	for (unsigned i = 0; i < 90; i++)
		lines[n++] = (struct line){"80CA9F1700", "9F17{00}9000"};
	lines[n++] = (struct line){AC_1("80", "8000A00000"), GIVES("80")};
	unsigned sent = n;
	strcpy(answer, "00+");
	for (unsigned i = 0; i < 10; i++) {
		strcat(answer, "71{");
		for (unsigned k = 0; k < 16; k++)
			strcat(answer, "86{841E0000}");
		strcat(answer, "}");
	}
	lines[n++] = (struct line){"store intent", "ok"};
	lines[n++] = (struct line){"online", answer};
	while (sent++ < PH_EMV_APDUS_MAX)
		lines[n++] = (struct line){"841E0000", "9000"};
	lines[n++] = (struct line){"store reversal", "ok"};
	rig_play_lines(&rig, lines, n);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "00");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv faults");
	TCase *tcase = tcase_create("faults");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, undisturbed);
	tcase_add_test(tcase, removed_at_each);
	tcase_add_test(tcase, lost_at_each);
	tcase_add_test(tcase, another_card_at_each);
	tcase_add_test(tcase, timeout_at_each);
	tcase_add_test(tcase, cancelled_at_each);
	tcase_add_test(tcase, stray_events);
	tcase_add_test(tcase, stray_answers);
	tcase_add_test(tcase, removed_after_a_refusal);
	tcase_add_test(tcase, removed_while_it_is_stored);
	tcase_add_test(tcase, without_a_transaction);
	tcase_add_test(tcase, scripts_that_fail);
	tcase_add_test(tcase, script_and_reversal);
	tcase_add_test(tcase, bounds_of_scripts);
	tcase_add_test(tcase, too_many_commands);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
