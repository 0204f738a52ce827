// Which application is used: directory, list of names, people's choice, and cards that try to make it endless.
#include "kernel_rig.h"

static struct rig rig;

static void setup(void)
{
	rig_init(&rig);
}

static void teardown(void)
{
	rig_done(&rig);
}

/* Ends right behind selection: the application refuses to start for another reason than 6985. */
#define END                                                                                        \
	{                                                                                          \
		"80A8000002830000", "6F00"                                                         \
	}
#define DIRECTORY(record) "00B2" record "0C00"
#define PSE_FCI		  "6F{84{315041592E5359532E4444463031}A5{88{01}9F11{01}}}9000"
#define BAD_CARD	  PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, ""

/* Mastercard as before, and Visa, whose longer names are taken, too. */
static void two_applications(void)
{
	rig.parameters.applications[1] = rig.parameters.applications[0];
	rig.parameters.applications[1].aid[4] = 3;
	rig.parameters.applications[1].partial = true;
	rig.parameters.application_count = 2;
}

#define SELECT_VISA	 "00A4040007A000000003101000"
#define SELECT_VISA_NEXT "00A4040207A000000003101000"
#define FCI_OF(name)	 "6F{84{" name "}A5{50{564953412043}}}9000"
#define VISA_1		 "A000000003101001"
#define VISA_2		 "A000000003101002"

START_TEST(directory)
{
	static const struct line lines[] = {{PSE, PSE_FCI},
		/* one the terminal does not have, one whose name is none, and one it has */
		{DIRECTORY("01"), "70{61{4F{A0000000651010}50{4A4342}}61{4F{A000}}"
				  "61{4F{A0000000041010}50{4D43}87{01}}}9000"},
		{DIRECTORY("02"), "70{}9000"}, /* empty */
		{DIRECTORY("03"), "6A83"},     /* the end */
		{SELECT, FCI_OF("A0000000041010")}, END};

	rig_play(&rig, lines);
	rig_ended(&rig, BAD_CARD);
	ck_assert_str_eq(rig.receipt.label, "VISA C");
	ck_assert_str_eq(rig.receipt.aid, "A0000000041010");
}
END_TEST

/* What is wrong with a directory leads to the list of names. */
START_TEST(directories_that_are_none)
{
	static const struct {
		const char *pse, *record;
	} rows[] = {
		{"6A82", NULL},
		{"6283", NULL},
		{"6D00", NULL},
		{"9000", NULL},
		{"6F{84{A0000000041010}A5{88{01}}}9000", NULL},		      /* another name */
		{"6F{84{315041592E5359532E4444463031}A5{88{0B}}}9000", NULL}, /* file 11 */
		{"6F{84{315041592E5359532E4444463031}A5{88{00}}}9000", NULL},
		{"6F{84{315041592E5359532E4444463031}A5{50{41}}}9000", NULL},
		{"6F{84{315041592E5359532E4444463031}}9000", NULL},
		{"6F0484029000", NULL}, /* lengths that lie */
		{PSE_FCI, "6A83"},	/* an empty one */
		{PSE_FCI, "6A82"},
		{PSE_FCI, "9000"},
		{PSE_FCI, "61{4F{A0000000041010}}9000"},
		{PSE_FCI, "70036103FF9000"},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct line lines[6] = {{PSE, rows[i].pse}, {DIRECTORY("01"), rows[i].record}};
		unsigned n = rows[i].record ? 2 : 1;
		lines[n++] = (struct line){SELECT, FCI};
		lines[n++] = (struct line){SELECT, FCI};
		lines[n++] = (struct line){GPO, "6F00"};
		rig_play_lines(&rig, lines, n);
		rig_ended(&rig, BAD_CARD);
	}
}
END_TEST

START_TEST(blocked_card)
{
	static const struct line at_once[] = {{PSE, "6A81"}};
	static const struct line later[] = {{PSE, "6A82"}, {SELECT, "6A81"}};
	static const struct line circles[] = {{PSE, "6A82"}, {SELECT, "6C12"}};

	rig_play(&rig, at_once);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_BLOCKED, "");
	rig_play(&rig, later);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_BLOCKED, "");
	rig_play(&rig, circles); /* a length that is never right */
	rig_ended(&rig, BAD_CARD);
}
END_TEST

START_TEST(no_application)
{
	static const char *const answers[] = {
		"6A82",
		"6283",					/* blocked */
		"6F{84{A0000000041010}A5{50{41}}}6283", /* blocked, and it says so nicely */
		"6F{84{A0000000031010}A5{50{41}}}9000", /* another name */
		"6F{84{A000000004}A5{50{41}}}9000",	/* a shorter one */
		"6F{A5{50{41}}}9000",
		"9000",
	};

	for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct line lines[] = {{PSE, "6A82"}, {SELECT, answers[i]}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_NO_APPLICATION, "");
	}
}
END_TEST

START_TEST(partial_names)
{
	static const struct line lines[] = {{PSE, "6A82"}, {SELECT, "6A82"},
		{SELECT_VISA, "6F{84{" VISA_1 "}A5{50{564953412041}87{02}}}9000"},
		{SELECT_VISA_NEXT, "6F{84{" VISA_2 "}A5{50{564953412042}87{01}}}9000"},
		{SELECT_VISA_NEXT, "6A82"}, /* no more */
		{"choose", "1"},	    /* by priority: B, then A */
		{"00A4040008" VISA_1 "00", FCI_OF(VISA_1)}, END};

	two_applications();
	rig_play(&rig, lines);
	rig_ended(&rig, BAD_CARD);
	ck_assert_uint_eq(rig.choice_count, 2);
	ck_assert_str_eq(rig.choices[0].text, "VISA B");
	ck_assert_str_eq(rig.choices[1].text, "VISA A");
	ck_assert_uint_eq(rig.choices[1].aid_len, 8);
	ck_assert_str_eq(rig.receipt.aid, VISA_1);
}
END_TEST

/* A longer name where only the exact one is taken: passed over, and the next one looked at. */
START_TEST(exact_names)
{
	static const struct line lines[] = {{PSE, "6A82"}, {SELECT, FCI_OF("A000000004101001")},
		{"00A4040207A000000004101000", FCI}, {SELECT, FCI}, {GPO, "6F00"}};

	rig_play(&rig, lines);
	rig_ended(&rig, BAD_CARD);
}
END_TEST

/* Some cards answer each "next" with a name, the same or another. */
START_TEST(endless_next)
{
	static const struct line same[] = {{PSE, "6A82"}, {SELECT, "6A82"},
		{SELECT_VISA, FCI_OF(VISA_1)}, {SELECT_VISA_NEXT, FCI_OF(VISA_1)},
		{"00A4040008" VISA_1 "00", FCI_OF(VISA_1)}, END};
	static char names[PH_EMV_NEXT_MAX + 2][80];
	struct line other[PH_EMV_NEXT_MAX + 6] = {{PSE, "6A82"}, {SELECT, "6A82"}};
	unsigned n = 2;

	two_applications();
	rig_play(&rig, same);
	rig_ended(&rig, BAD_CARD);
	for (unsigned i = 0; i <= PH_EMV_NEXT_MAX; i++) {
		snprintf(names[i], sizeof names[i], "6F{84{A0000000031010%02X}A5{50{41}}}9000", i);
		other[n++] = (struct line){i ? SELECT_VISA_NEXT : SELECT_VISA, names[i]};
	}
	other[n++] = (struct line){"choose", "10"};
	other[n++] = (struct line){"00A4040008A00000000310100A00", "6A82"};
	other[n] = (struct line){"choose", "0"};
	rig.interrupt_at = n;
	rig.interrupt = PH_EMV_CANCEL;
	rig_play_lines(&rig, other, n + 1);
	rig_ended(&rig, PH_EMV_CANCELLED, PH_EMV_FAULT_NONE, "");
	ck_assert_uint_eq(rig.choice_count, 1 + PH_EMV_NEXT_MAX); /* when it was asked first */
}
END_TEST

/* Many names of the terminal, each with ten of the card: it ends at the bound. */
START_TEST(too_many_selects)
{
	static struct line lines[PH_EMV_SELECTS_MAX];
	static char wants[PH_EMV_SELECTS_MAX][40], answers[PH_EMV_SELECTS_MAX][80];

	for (unsigned i = 0; i < PH_APPLICATIONS_MAX; i++) {
		rig.parameters.applications[i] = rig.parameters.applications[0];
		rig.parameters.applications[i].aid[6] = (uint8_t)i;
		rig.parameters.applications[i].partial = true;
	}
	rig.parameters.application_count = PH_APPLICATIONS_MAX;
	lines[0] = (struct line){PSE, "6A82"};
	for (unsigned i = 1; i < PH_EMV_SELECTS_MAX; i++) {
		unsigned row = (i - 1) / 11, next = (i - 1) % 11;
		snprintf(wants[i], sizeof wants[i], "00A404%02X07A00000000410%02X00", next ? 2 : 0,
			row);
		snprintf(answers[i], sizeof answers[i],
			"6F{84{A00000000410%02X%02X}A5{50{41}}}9000", row, next);
		lines[i] = (struct line){wants[i], answers[i]};
	}
	rig_play(&rig, lines);
	rig_ended(&rig, BAD_CARD);
}
END_TEST

/* A directory without an end: 32 records, and of its applications 32 are kept. */
START_TEST(endless_directory)
{
	static struct line lines[40];
	static char wants[34][20], answers[34][160];
	unsigned n = 0;

	rig.parameters.applications[0].partial = true;
	rig.transaction.can_choose = false;
	lines[n++] = (struct line){PSE, PSE_FCI};
	for (unsigned i = 1; i <= 32; i++) {
		snprintf(wants[i], sizeof wants[i], "00B2%02X0C00", i);
		snprintf(answers[i], sizeof answers[i],
			"70{61{4F{A000000004101001%02X}}61{4F{A000000004101002%02X}}}9000", i, i);
		lines[n++] = (struct line){wants[i], answers[i]};
	}
	lines[n++] = (struct line){"00A4040009A00000000410100101"
				   "00",
		"6F{84{A00000000410100101}A5{50{41}}}9000"};
	lines[n++] = (struct line){"80A8000002830000", "6F00"};
	rig_play_lines(&rig, lines, n);
	rig_ended(&rig, BAD_CARD);
}
END_TEST

#define TWO_IN_DIRECTORY                                                                           \
	{PSE, PSE_FCI},                                                                            \
		{DIRECTORY("01"), "70{61{4F{A0000000041010}50{4D43}87{81}}"                        \
				  "61{4F{A000000003101001}9F12{564953C4}50{56}87{02}}}9000"},      \
	{                                                                                          \
		DIRECTORY("02"), "6A83"                                                            \
	}

/* Priority bit 8: not without somebody who agrees. */
START_TEST(confirmation)
{
	static const struct line chosen[] = {
		TWO_IN_DIRECTORY, {"choose", "0"}, {SELECT, FCI}, {GPO, "6F00"}};
	static const struct line nobody[] = {
		TWO_IN_DIRECTORY, {"00A4040008" VISA_1 "00", FCI_OF(VISA_1)}, END};
	static const struct line yes[] = {{PSE, "6A82"},
		{SELECT, "6F{84{A0000000041010}A5{50{4D43}87{81}}}9000"}, {"confirm", "1"},
		{SELECT, FCI}, {GPO, "6F00"}};
	static const struct line no[] = {{PSE, "6A82"},
		{SELECT, "6F{84{A0000000041010}A5{50{4D43}87{81}}}9000"}, {"confirm", "0"}};
	static const struct line silent[] = {
		{PSE, "6A82"}, {SELECT, "6F{84{A0000000041010}A5{50{4D43}87{81}}}9000"}};

	two_applications();
	rig_play(&rig, chosen);
	rig_ended(&rig, BAD_CARD);
	ck_assert_str_eq(rig.choices[0].text, "MC");
	ck_assert_str_eq(
		rig.choices[1].text, "VIS\xc3\x84"); /* 9F12 in the directory's code table */
	rig.transaction.can_choose = false;
	rig_play(&rig, nobody);
	rig_ended(&rig, BAD_CARD);
	rig.transaction.can_choose = true;
	rig.parameters.application_count = 1;
	rig_play(&rig, yes);
	rig_ended(&rig, BAD_CARD);
	rig_play(&rig, no);
	rig_ended(&rig, PH_EMV_CANCELLED, PH_EMV_FAULT_NONE, "");
	rig.transaction.can_choose = false;
	rig_play(&rig, silent);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_NO_APPLICATION, "");
}
END_TEST

/* Final selection or start refused: the next one is tried, until there is none. */
START_TEST(try_again)
{
	static const struct line lines[] = {TWO_IN_DIRECTORY, {"choose", "0"},
		{SELECT, "6A82"}, /* gone */
		{"00A4040008" VISA_1 "00", FCI_OF(VISA_1)},
		{"80A8000002830000", "6985"}}; /* conditions not satisfied */
	static const char *const bad[] = {"9000", "6283", "6F{84{A0000000041010}}9000",
		"6F{84{A000000004101001}A5{50{41}}}9000",
		"6F{84{A0000000041010}A5{50{41}50{42}}}9000", /* a label twice */
		"6F{84{A0000000041010}A5{9F38{9F}}}9000"};

	two_applications();
	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_NO_APPLICATION, "");
	ck_assert_str_eq(rig.receipt.aid, "");
	rig.parameters.application_count = 1;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct line refused[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, bad[i]}};
		rig_play(&rig, refused);
		rig_ended(&rig, PH_EMV_TERMINATED,
			i == 5 ? PH_EMV_FAULT_DATA : PH_EMV_FAULT_NO_APPLICATION, "");
	}
}
END_TEST

/* Names that would upset a display; without any the AID is shown. */
START_TEST(texts)
{
	static const struct line lines[] = {{PSE, "6A82"}, {SELECT, "6A82"},
		{SELECT_VISA, "6F{84{" VISA_1 "}A5{50{201B5B326A0041C320}}}9000"},
		{SELECT_VISA_NEXT, "6F{84{" VISA_2 "}A5{9F11{01}9F12{20202020}}}9000"},
		{SELECT_VISA_NEXT, "6A82"}, {"choose", "1"},
		{"00A4040008" VISA_2 "00", "6F{84{" VISA_2 "}A5{9F11{05}9F12{D0D1}50{5820}}}9000"},
		END};

	two_applications();
	rig_play(&rig, lines);
	ck_assert_str_eq(rig.choices[0].text, "?[2j?A?");
	ck_assert_str_eq(rig.choices[1].text, VISA_2);
	ck_assert_str_eq(rig.receipt.label, "X"); /* code table 5 is not had */
}
END_TEST

START_TEST(resets)
{
	/* the ATR the rig begins with is replaced by an event of its own */
	static const struct {
		const char *first, *second;
		enum ph_emv_fault fault;
	} rows[] = {
		{"3B6500002063CB6800", NULL, PH_EMV_FAULT_NONE},
		{"3B00", "3B600000", PH_EMV_FAULT_NONE}, /* TB1 is missing when cold */
		{"3B00", "3A00", PH_EMV_FAULT_CARD},
		{"", "", PH_EMV_FAULT_CARD},
		{"3B8001", "3B", PH_EMV_FAULT_CARD},
		{"3B8F8001804F0CA000000306030001000000006A", NULL, PH_EMV_FAULT_CONTACTLESS},
	};
	struct ph_emv_action action;

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *atrs[] = {rows[i].first, rows[i].second};
		ck_assert_int_eq(ph_emv_start(rig.emv, &rig.transaction), 0);
		for (unsigned k = 0; k < 2 && atrs[k]; k++) {
			struct bytes atr = rig_bytes(atrs[k]);
			struct ph_emv_event event = {
				.kind = PH_EMV_CARD_IN, .data = atr.data, .len = atr.len};
			ph_emv_step(rig.emv, &event, &action);
			if (!k && atrs[1])
				ck_assert_int_eq(action.kind, PH_EMV_WARM_RESET);
		}
		ck_assert_int_eq(action.kind, rows[i].fault ? PH_EMV_DONE : PH_EMV_SEND);
		ck_assert_int_eq(action.result.fault, rows[i].fault);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv selection");
	TCase *tcase = tcase_create("selection");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, directory);
	tcase_add_test(tcase, directories_that_are_none);
	tcase_add_test(tcase, blocked_card);
	tcase_add_test(tcase, no_application);
	tcase_add_test(tcase, partial_names);
	tcase_add_test(tcase, exact_names);
	tcase_add_test(tcase, endless_next);
	tcase_add_test(tcase, too_many_selects);
	tcase_add_test(tcase, endless_directory);
	tcase_add_test(tcase, confirmation);
	tcase_add_test(tcase, try_again);
	tcase_add_test(tcase, texts);
	tcase_add_test(tcase, resets);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
