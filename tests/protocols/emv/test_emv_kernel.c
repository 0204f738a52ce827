// Whole transactions with a scripted card: offline, online, every decision. Source: EMV Books 1 to 4.
#include "kernel_rig.h"

#include "protocols/emv/bits.h"
#include "protocols/emv/tlv.h"

#include <errno.h>

static struct rig rig;

static void setup(void)
{
	rig_init(&rig);
}

static void teardown(void)
{
	rig_done(&rig);
}

#define READ_ALL                                                                                   \
	{READ_1, RECORD_1}, {READ_2, RECORD_2},                                                    \
	{                                                                                          \
		READ_3, RECORD_3                                                                   \
	}
/* the same with action codes that ask for nothing */
#define READ_ALL_EASY                                                                              \
	{READ_1, RECORD_1}, {READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"},                       \
	{                                                                                          \
		READ_3, RECORD_3                                                                   \
	}

/* No authentication: TVR 80 asks for the host, whose answer the card accepts. */
static const struct line online[] = {
	{PSE, "6A82"},				 /* no directory */
	{SELECT, FCI},				 /* the list: exactly this name */
	{SELECT, FCI},				 /* final selection */
	{GPO, OPTIONS("1C00")},			 /* CVM, risk management, issuer authentication */
	{READ_1, RECORD_1},			 /* account, dates, usage */
	{READ_2, RECORD_2},			 /* CDOLs, signature */
	{READ_3, RECORD_3},			 /* name and track 2 */
	{AC_1("80", "8000000000"), GIVES("80")}, /* ARQC asked and given */
	{"store intent", "ok"}, {"online", "00+91{B0E238F79635E3513030}89{313233343536}"},
	{"008200000AB0E238F79635E3513030", "9000"},	 /* EXTERNAL AUTHENTICATE */
	{AC_2("40", "3030", "8000000000"), GIVES("40")}, /* TC */
};

START_TEST(approved_online)
{
	size_t len;

	rig_play(&rig, online);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert(rig.result.signature);
	ck_assert(!rig.result.advice);
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_ODA_NOT_PERFORMED);
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0x7800);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x1e\x03\x00", 3);
	ck_assert_ptr_eq(ph_emv_application(rig.emv), &rig.parameters.applications[0]);
	ck_assert_mem_eq(ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_AUTHORISATION_CODE, &len),
		"123456", 6);
	ck_assert_ptr_null(ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_PAN, &len));
	ck_assert_ptr_null(ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_TRACK2, &len));
}
END_TEST

START_TEST(messages_and_receipt)
{
	struct bytes request = rig_bytes(
		"82{1C00}84{A0000000041010}95{8000000000}9A{260901}9C{00}5F2A{0978}5F34{01}"
		"9F02{000000001234}9F03{000000000000}9F06{A0000000041010}9F09{0002}"
		"9F10{0110A00003220000}9F1A{0528}9F1E{3132333435363738}9F26{771CE7AB66B14A76}"
		"9F27{80}9F33{E0F0C8}9F34{1E0300}9F35{22}9F36{002A}9F37{01020304}9F41{00000007}");
	struct bytes reversal = rig_bytes("82{1C00}95{8000000000}5F34{01}9F10{0110A00003220000}"
					  "9F26{771CE7AB66B14A76}9F27{40}9F36{002A}");
	uint8_t out[255];

	rig_play(&rig, online);
	ck_assert_uint_eq(rig.request.len, request.len);
	ck_assert_mem_eq(rig.request.data, request.data, request.len);
	ck_assert_int_eq(
		ph_emv_field55(rig.emv, PH_EMV_FOR_REVERSAL, out, sizeof out), (int)reversal.len);
	ck_assert_mem_eq(out, reversal.data, reversal.len);
	ck_assert_str_eq(rig.receipt.aid, "A0000000041010");
	ck_assert_str_eq(rig.receipt.label, "Mastercard");
	ck_assert_str_eq(rig.receipt.cryptogram, "771CE7AB66B14A76");
	ck_assert_str_eq(rig.receipt.cryptogram_type, "TC");
	ck_assert_str_eq(rig.receipt.tvr, "8000000000");
	ck_assert_str_eq(rig.receipt.tsi, "7800");
	ck_assert_str_eq(rig.receipt.cvm, "1E0300");
	ck_assert_str_eq(rig.receipt.masked_pan, "541333******0011");
	ck_assert_str_eq(rig.receipt.atc, "002A");
}
END_TEST

#define UP_TO_ONLINE                                                                               \
	UP_TO_OPTIONS("1C00"), READ_ALL, {AC_1("80", "8000000000"), GIVES("80")},                  \
	{                                                                                          \
		"store intent", "ok"                                                               \
	}

START_TEST(declined_by_the_host)
{
	static const struct line lines[] = {UP_TO_ONLINE,
		{"online", "05-"}, /* nothing for the card */
		{AC_2("00", "3035", "8000000000"), GIVES("00")}};
	/* a card that gives a TC all the same breaks the rules, and changes nothing */
	static const struct line stubborn[] = {
		UP_TO_ONLINE, {"online", "05-"}, {AC_2("00", "3035", "8000000000"), GIVES("40")}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_NONE, "05");
	rig_play(&rig, stubborn);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_CARD, "05");
}
END_TEST

START_TEST(referred)
{
	static const struct line lines[] = {
		UP_TO_ONLINE, {"online", "01?"}, {AC_2("00", "3031", "8000000000"), GIVES("08")}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_REFERRED, PH_EMV_FAULT_NONE, "01");
	ck_assert(rig.result.advice);
}
END_TEST

START_TEST(approved_by_host_declined_by_card)
{
	static const struct line lines[] = {UP_TO_ONLINE, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), GIVES("00")}, {"store reversal", "ok"}};
	static const struct line full[] = {UP_TO_ONLINE, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), GIVES("00")}, {"store reversal", "full"}};
	static const struct line refused[] = {UP_TO_ONLINE, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), "6985"}, {"store reversal", "ok"}};
	static const struct line again[] = {UP_TO_ONLINE, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), GIVES("80")}, {"store reversal", "ok"}};
	static const struct line empty[] = {UP_TO_ONLINE, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), "9000"}, {"store reversal", "ok"}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_str_eq(rig.receipt.cryptogram_type, "AAC");
	rig_play(&rig, full);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_STORE, "00");
	rig_play(&rig, refused);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "00");
	rig_play(&rig, again); /* no second ARQC */
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "00");
	rig_play(&rig, empty);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "00");
}
END_TEST

START_TEST(issuer_authentication)
{
	/* the proof is not good: TVR 5.7 goes into the second cryptogram, and the card decides */
	static const struct line bad[] = {UP_TO_ONLINE, {"online", "00+91{0000000000000000 3030}"},
		{"008200000A00000000000000003030", "6300"},
		{AC_2("40", "3030", "8000000040"), GIVES("00")}, {"store reversal", "ok"}};
	/* AIP without the bit: the proof goes nowhere but into CDOL2 */
	static const struct line none[] = {UP_TO_OPTIONS("1800"), READ_ALL,
		{AC_1("80", "8000000000"), GIVES("80")}, {"store intent", "ok"},
		{"online", "00+91{B0E238F79635E3513030}"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}};
	/* a length no issuer authentication data have */
	static const struct line odd[] = {UP_TO_ONLINE, {"online", "00+91{B0E2}"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}};
	/* TLV that leads past its end: nothing of it is used */
	static const struct line broken[] = {UP_TO_ONLINE,
		{"online", "00+91{B0E238F79635E3513030}72FF00"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}};

	rig_play(&rig, bad);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(
		ph_emv_tvr(rig.emv), PH_TVR_ODA_NOT_PERFORMED | PH_TVR_ISSUER_AUTHENTICATION);
	rig_play(&rig, none);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0x6800);
	rig_play(&rig, odd);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	rig_play(&rig, broken);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
}
END_TEST

/* TVR 80 with action codes that do not mind: approved by the card, which must be on disk before it counts. */
START_TEST(approved_offline)
{
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{AC_1("40", "8000000000"), GIVES("40")}, {"store offline", "ok"}};
	static const struct line full[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{AC_1("40", "8000000000"), GIVES("40")}, {"store offline", "full"}};
	struct ph_tlv arc;

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
	ck_assert_int_eq(ph_tlv_find(rig.advice.data, rig.advice.len, PH_TAG_ARC, &arc), 0);
	ck_assert_mem_eq(arc.value, "Y1", 2);
	rig_play(&rig, full);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_STORE, "Y1");
}
END_TEST

START_TEST(declined_offline)
{
	static const struct line by_card[] = {
		UP_TO_OPTIONS("1C00"), READ_ALL_EASY, {AC_1("40", "8000000000"), GIVES("08")}};
	static const struct line by_card_online[] = {
		UP_TO_OPTIONS("1C00"), READ_ALL, {AC_1("80", "8000000000"), GIVES("00")}};
	static const struct line by_terminal[] = {
		UP_TO_OPTIONS("1C00"), READ_ALL_EASY, {AC_1("00", "8000000000"), GIVES("00")}};

	rig_play(&rig, by_card);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert(rig.result.advice);
	rig_play(&rig, by_card_online);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	rig.parameters.applications[0].tac_denial = PH_TVR_ODA_NOT_PERFORMED;
	rig_play(&rig, by_terminal);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
}
END_TEST

/* A TC is asked for and the card wants the host. */
START_TEST(card_wants_the_host)
{
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{AC_1("40", "8000000000"), GIVES("80")}, {"store intent", "ok"}, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}};
	static const struct line full[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{AC_1("40", "8000000000"), GIVES("80")}, {"store intent", "full"}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	rig_play(&rig, full);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_STORE, "");
}
END_TEST

START_TEST(more_than_asked)
{
	static const struct {
		const char *asked, *given;
		uint64_t denial;
	} rows[] = {
		{"80", "40", 0},			/* ARQC asked, TC given */
		{"80", "C0", 0},			/* no such type */
		{"00", "40", PH_TVR_ODA_NOT_PERFORMED}, /* AAC asked, TC given */
		{"00", "80", PH_TVR_ODA_NOT_PERFORMED},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		char command[200], answer[100];
		snprintf(command, sizeof command,
			"80AE%s001E00000000123400000000000005288000000000097826090100010203042200",
			rows[i].asked);
		snprintf(answer, sizeof answer, "80{%s002A771CE7AB66B14A76}9000", rows[i].given);
		const struct line lines[] = {UP_TO_OPTIONS("1C00"), READ_ALL, {command, answer}};
		rig.parameters.applications[0].tac_denial = rows[i].denial;
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	}
}
END_TEST

START_TEST(bad_cryptograms)
{
	static const struct {
		const char *answer;
		enum ph_emv_fault fault;
	} rows[] = {
		{"6985", PH_EMV_FAULT_CARD},
		{"9000", PH_EMV_FAULT_DATA},
		{"80{80002A771CE7AB66B14A}9000", PH_EMV_FAULT_DATA},		 /* ten bytes */
		{"77{9F36{002A}9F26{771CE7AB66B14A76}}9000", PH_EMV_FAULT_DATA}, /* no CID */
		{"77{9F27{80}9F26{771CE7AB66B14A76}}9000", PH_EMV_FAULT_DATA},	 /* no ATC */
		{"77{9F27{80}9F36{002A}}9000", PH_EMV_FAULT_DATA},		 /* no cryptogram */
		{"77{9F27{80}9F27{80}9F36{002A}9F26{771CE7AB66B14A76}}9000", PH_EMV_FAULT_DATA},
		{"77{9F27{80}9F36{002A2A}9F26{771CE7AB66B14A76}}9000", PH_EMV_FAULT_DATA},
		{"77{9F27{80}9F36{002A}9F26{771CE7AB66B14A76}", PH_EMV_FAULT_DATA},
		{"90", PH_EMV_FAULT_CARD}, /* no status word */
		{"", PH_EMV_FAULT_CARD},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		char answer[200];
		/* a template cut short */
		bool cut = strchr(rows[i].answer, '{') && !strstr(rows[i].answer, "}9000");
		snprintf(answer, sizeof answer, "%s%s", rows[i].answer, cut ? "}" : "");
		const struct line lines[] = {
			UP_TO_OPTIONS("1C00"), READ_ALL, {AC_1("80", "8000000000"), answer}};
		rig_play(&rig, lines);
		if (cut) /* the last bytes of the value are taken for a status word */
			rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
		else
			rig_ended(&rig, PH_EMV_TERMINATED, rows[i].fault, "");
	}
}
END_TEST

/* The host does not answer: the default codes decide, and the card has the last word. */
START_TEST(host_unable)
{
	static const struct line refused[] = {UP_TO_ONLINE, {"online", "unable"},
		{AC_2("00", "5A33", "8000000000"), GIVES("00")}}; /* 8A is Z3 */
	static const struct line approved[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS CVM_SIGN "9F0D{0000000000}}9000"}, /* only the default code */
		{READ_3, RECORD_3}, {AC_1("80", "8000000000"), GIVES("80")}, {"store intent", "ok"},
		{"online", "unable"}, {AC_2("40", "5933", "8000000000"), GIVES("40")},
		{"store offline", "ok"}};
	static const struct line declined[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS CVM_SIGN "9F0D{0000000000}}9000"}, {READ_3, RECORD_3},
		{AC_1("80", "8000000000"), GIVES("80")}, {"store intent", "ok"},
		{"online", "unable"}, {AC_2("40", "5933", "8000000000"), GIVES("00")}};
	static const struct line gone[] = {
		UP_TO_ONLINE, {"online", "unable"}, {AC_2("00", "5A33", "8000000000"), "6F00"}};

	rig_play(&rig, refused);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z3");
	ck_assert(rig.result.without_host);
	rig_play(&rig, approved);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y3");
	ck_assert(!rig.result.without_host);
	rig_play(&rig, declined);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z3");
	ck_assert(rig.result.without_host);
	rig_play(&rig, gone);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	ck_assert(!rig.result.without_host);
}
END_TEST

/* The card has a reason of its own (CID): it is not the missing host alone. */
START_TEST(host_unable_and_a_reason)
{
	static const struct line with_reason[][3] = {
		{{"online", "unable"}, {AC_2("00", "5A33", "8000000000"), GIVES("01")}},
		{{"online", "unable"}, {AC_2("00", "5A33", "8000000000"), GIVES("02")}},
		{{"online", "unable"}, {AC_2("00", "5A33", "8000000000"), GIVES("0B")}},
		{{"online", "unable"}, {AC_2("00", "5A33", "8000000000"), GIVES("08")}},
		{{"online", "05-"}, {AC_2("00", "3035", "8000000000"), GIVES("00")}},
	};
	struct line lines[16] = {UP_TO_ONLINE};
	size_t n = 0;

	while (lines[n].want)
		n++;
	lines[n] = with_reason[_i][0];
	lines[n + 1] = with_reason[_i][1];
	rig_play_lines(&rig, lines, n + 2);
	/* an advice alone is none */
	ck_assert_int_eq(rig.result.without_host, _i == 3);
}
END_TEST

/* The host is known to be away: nothing is stored as an intent, and it is not asked. */
START_TEST(host_away)
{
	static const struct line strict[] = {UP_TO_OPTIONS("1C00"), READ_ALL,
		{AC_1("80", "8000000000"), GIVES("80")},
		{AC_2("00", "5A33", "8000000000"), GIVES("00")}};
	static const struct line at_once[] = {
		UP_TO_OPTIONS("1C00"), READ_ALL, {AC_1("00", "8000000000"), GIVES("00")}};
	static const struct line at_once_good[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{AC_1("40", "8000000000"), GIVES("40")}, {"store offline", "ok"}};

	rig.transaction.host_away = true;
	rig_play(&rig, strict);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z3");
	rig.parameters.terminal.offline_at_once = true;
	rig_play(&rig, at_once);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	rig_play(&rig, at_once_good);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
}
END_TEST

START_TEST(terminals_of_one_kind)
{
	static const struct line offline[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{"80AE40001E00000000123400000000000005288000000000097826090100010203042300",
			GIVES("80")}, /* the card wants a host there is not */
		{AC_2("40", "5933", "8000000000"), GIVES("40")}, {"store offline", "ok"}};
	static const struct line online_only[] = {UP_TO_OPTIONS("1C00"), READ_ALL_EASY,
		{"80AE80001E00000000123400000000000005288000000000097826090100010203042100",
			GIVES("80")},
		{"store intent", "ok"}, {"online", "00+"},
		{AC_2("40", "3030", "8000000000"), GIVES("40")}};
	struct line lines[sizeof offline / sizeof *offline];

	rig.parameters.terminal.type = 0x23;
	memcpy(lines, offline, sizeof lines);
	lines[3].want = "80A800000883{052823E0F0C8}00";
	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y3");
	rig.parameters.terminal.type = 0x21;
	struct line others[sizeof online_only / sizeof *online_only];
	memcpy(others, online_only, sizeof others);
	others[3].want = "80A800000883{052821E0F0C8}00";
	rig_play(&rig, others);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
}
END_TEST

/* Forced online, exception file, split sale, random selection: each by its bit in the first cryptogram. */
START_TEST(risk)
{
	static const struct {
		const char *tvr;
		bool forced, listed;
		uint64_t earlier;
		uint8_t random, target;
	} rows[] = {
		{"8000000800", true, false, 0, 98, 0}, {"9000000000", false, true, 0, 98, 0},
		{"8000008000", false, false, 4000, 98, 0},
		{"8000001000", false, false, 0, 49, 50}, /* 49: 50 of 99 */
		{"8000000000", false, false, 0, 50, 50}, /* 51 */
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		char command[200];
		snprintf(command, sizeof command,
			"80AE80001E0000000012340000000000000528%s0978260901000102030422"
			"00",
			rows[i].tvr);
		const struct line lines[] = {
			UP_TO_OPTIONS("1C00"), READ_ALL, {command, GIVES("00")}};
		rig.transaction.forced_online = rows[i].forced;
		rig.listed = rows[i].listed;
		rig.earlier = rows[i].earlier;
		rig.random_byte = rows[i].random;
		rig.parameters.applications[0].random_target = rows[i].target;
		rig.parameters.applications[0].random_max = rows[i].target;
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	}
}
END_TEST

#define GET_ATC	 "80CA9F3600"
#define GET_LAST "80CA9F1300"
#define READ_LIMITS                                                                                \
	{READ_1, RECORD_1}, {READ_2, RECORD_2},                                                    \
	{                                                                                          \
		READ_3, "70{9F14{05}9F23{0A}}9000"                                                 \
	}

START_TEST(velocity)
{
	static const struct {
		const char *atc, *last, *tvr;
	} rows[] = {
		{"9F36{000A}9000", "9F13{0008}9000", "8000000000"},
		{"9F36{000E}9000", "9F13{0008}9000", "8000004000"}, /* over the lower limit */
		{"9F36{0013}9000", "9F13{0008}9000", "8000006000"}, /* and the upper */
		{"9F36{0008}9000", "9F13{0008}9000", "8000006000"}, /* cannot be */
		{"9F36{0001}9000", "9F13{0000}9000", "8008000000"}, /* new card */
		{"6A88", "6A88", "A000006000"},			    /* no counters */
		{"9F36{00}9000", "9F13{000000}9000", "A000006000"},
		{"9000", "9F17{0008}9000", "A000006000"},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		char command[200];
		snprintf(command, sizeof command,
			"80AE80001E0000000012340000000000000528%s0978260901000102030422"
			"00",
			rows[i].tvr);
		const struct line lines[] = {UP_TO_OPTIONS("1C00"), READ_LIMITS,
			{GET_ATC, rows[i].atc}, {GET_LAST, rows[i].last}, {command, GIVES("00")}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	}
}
END_TEST

/* Versions, dates and usage: TVR byte 2, with the card of another year and country. */
START_TEST(restrictions)
{
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"),
		{READ_1, "70{5A{5413330089020011}5F24{251231}5F25{270101}5F34{01}9F07{0080}"
			 "9F08{0001}}9000"},
		{READ_2, RECORD_2}, {READ_3, RECORD_3}, {AC_1("80", "80F0000000"), GIVES("00")}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
}
END_TEST

/* The card wants a hash of more data than a command holds: TDOL of the card, of the terminal, none. */
START_TEST(tc_hash)
{
	/* SHA-1 of 9F37 and 9A as the TDOL names them; of nothing */
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{8C{95059814}8D{8A0295059F3704}97{9F3704}" CVM_SIGN "}9000"},
		{READ_3, RECORD_3},
		{"80AE8000198000000000"
		 "12DADA1FFF4D4787ADE3333147202C3B443E376F00",
			GIVES("00")}};
	static const struct line none[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{8C{95059814}8D{8A0295059F3704}" CVM_SIGN "}9000"}, {READ_3, RECORD_3},
		{"80AE8000198000000080"
		 "DA39A3EE5E6B4B0D3255BFEF95601890AFD8070900",
			GIVES("00")}};
	struct bytes want = bytes("01020304");
	uint8_t hash[PH_SHA1_SIZE];
	const struct ph_bytes piece = {want.data, want.len};

	ck_assert_int_eq(ph_sha1(&piece, 1, hash), 0);
	ck_assert_mem_eq(hash, bytes("12DADA1FFF4D4787ADE3333147202C3B443E376F").data, 20);
	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	rig_play(&rig, none);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_ODA_NOT_PERFORMED | PH_TVR_DEFAULT_TDOL);
}
END_TEST

START_TEST(transactions_that_cannot_be)
{
	const struct ph_emv_transaction good = rig.transaction;
	struct ph_emv_transaction bad[10];

	for (unsigned i = 0; i < 10; i++)
		bad[i] = good;
	bad[0].amount = 1000000000000;
	bad[1].other = 1235;
	bad[2].type = 0x30;
	bad[3].currency = 0x0a00;
	bad[4].date = 20261301;
	bad[5].date = 20500101;
	bad[6].time = 240000;
	bad[7].counter = 0;
	bad[8].counter = 100000000;
	bad[9].currency_exponent = 5;
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(ph_emv_start(rig.emv, &bad[i]), -EINVAL);
	ck_assert_int_eq(ph_emv_start(rig.emv, &good), 0);
}
END_TEST

START_TEST(no_random_numbers)
{
	static const struct line lines[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI}};

	rig.no_random = true;
	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_INTERNAL, "");
}
END_TEST

/* The same events, the same actions; and nothing of one transaction in the next. */
START_TEST(determinism)
{
	static const struct line blocked[] = {{PSE, "6A81"}};
	struct bytes first;

	rig_play(&rig, online);
	first = rig.trace;
	rig.transaction.forced_online = true;
	rig_play(&rig, blocked);
	rig.transaction.forced_online = false;
	for (unsigned i = 0; i < 3; i++) {
		rig_play(&rig, online);
		ck_assert_mem_eq(rig.trace.data, first.data, first.len);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv kernel");
	TCase *tcase = tcase_create("transactions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, approved_online);
	tcase_add_test(tcase, messages_and_receipt);
	tcase_add_test(tcase, declined_by_the_host);
	tcase_add_test(tcase, referred);
	tcase_add_test(tcase, approved_by_host_declined_by_card);
	tcase_add_test(tcase, issuer_authentication);
	tcase_add_test(tcase, approved_offline);
	tcase_add_test(tcase, declined_offline);
	tcase_add_test(tcase, card_wants_the_host);
	tcase_add_test(tcase, more_than_asked);
	tcase_add_test(tcase, bad_cryptograms);
	tcase_add_test(tcase, host_unable);
	tcase_add_loop_test(tcase, host_unable_and_a_reason, 0, 5);
	tcase_add_test(tcase, host_away);
	tcase_add_test(tcase, terminals_of_one_kind);
	tcase_add_test(tcase, risk);
	tcase_add_test(tcase, velocity);
	tcase_add_test(tcase, restrictions);
	tcase_add_test(tcase, tc_hash);
	tcase_add_test(tcase, transactions_that_cannot_be);
	tcase_add_test(tcase, no_random_numbers);
	tcase_add_test(tcase, determinism);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
