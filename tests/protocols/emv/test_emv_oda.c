// Reading the application, its authentication and the cardholder's: good ones, and each thing that can be wrong with them.
#include "kernel_rig.h"

#include "protocols/emv/bits.h"

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

/* Ends behind the records, without any decision. */
#define REFUSED(p1, tvr)                                                                           \
	{                                                                                          \
		AC_1(p1, tvr), "6F00"                                                              \
	}
#define KEYS_DDA "8F{FE}90{@i}92{@r}9F32{03}9F46{@e}9F47{03}9F48{@s}"
#define SDA	 "8F{FE}90{@i}92{@r}9F32{03}93{@d}"
#define READS(more)                                                                                \
	{READ_1, RECORD_1}, {READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"},                       \
	{                                                                                          \
		READ_3, "70{" more "}9000"                                                         \
	}

START_TEST(options)
{
	static const struct line format_1[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},
		{GPO, "80{1C000801010110010200}9000"}, {READ_1, RECORD_1}, {READ_2, RECORD_2},
		{READ_3, RECORD_3}, REFUSED("80", "8000000000")};
	static const char *const bad[] = {"9000", "80{1C00}9000", "80{1C00080101}9000",
		"77{82{1C00}}9000",			/* no AFL */
		"77{94{0801010110010200}}9000",		/* no AIP */
		"77{82{1C00}82{1C00}94{08010101}}9000", /* an AIP twice */
		"77{82{1C}94{08010101}}9000", "7A{82{1C00}94{08010101}}9000",
		"77{82{1C00}94{08010101}}019000", "770982021C0094040801019000"};

	rig_play(&rig, format_1);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct line lines[] = {
			{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI}, {GPO, bad[i]}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "");
	}
}
END_TEST

START_TEST(file_locators)
{
	static const char *const bad[] = {
		"00010100",	    /* file 0 */
		"F8010100",	    /* file 31 */
		"09010100",	    /* low bits */
		"08000100",	    /* first record 0 */
		"08020100",	    /* last before first */
		"08010103",	    /* more for authentication than there are */
		"0801010008",	    /* half an entry */
		"08014100",	    /* 65 records */
		"0801210010012000", /* 33 and 32 */
		"",
	};

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		char answer[120];
		snprintf(answer, sizeof answer, "77{82{1C00}94{%s}}9000", bad[i]);
		const struct line lines[] = {
			{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI}, {GPO, answer}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "");
	}
}
END_TEST

START_TEST(records)
{
	static const struct {
		const char *second;
		enum ph_emv_fault fault;
	} rows[] = {
		{"6A83", PH_EMV_FAULT_CARD}, {"6283", PH_EMV_FAULT_CARD},
		{"9000", PH_EMV_FAULT_DATA},
		{"77{" CDOLS "}9000", PH_EMV_FAULT_DATA},   /* not template 70 */
		{"70{" CDOLS "}009000", PH_EMV_FAULT_DATA}, /* something behind it */
		{"70{" CDOLS "5A{5413330089020011}}9000", PH_EMV_FAULT_DATA}, /* 5A again */
		{"70{" CDOLS "8C{9F0206}}9000", PH_EMV_FAULT_DATA},
		{"70{8C{9F0206}}9000", PH_EMV_FAULT_DATA},	   /* no CDOL2 */
		{"70{8C{9F0206}8D{9F}}9000", PH_EMV_FAULT_DATA},   /* half a tag */
		{"70{8C{9F02FF}8D{8A02}}9000", PH_EMV_FAULT_DATA}, /* 255 bytes */
		{"70{" CDOLS "9F07{FF}}9000", PH_EMV_FAULT_DATA},  /* usage control of one byte */
		{"70{" CDOLS "5F24{301331}}9000", PH_EMV_FAULT_DATA},
		{"700A8C089F0206", PH_EMV_FAULT_CARD}, /* 0206 is no status word of ours */
		{"70{6F{6F{6F{6F{6F{6F{}}}}}}}9000", PH_EMV_FAULT_DATA}, /* too deep */
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct line lines[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},
			{GPO, "77{82{1C00}94{0801010110010100}}9000"}, {READ_1, RECORD_1},
			{READ_2, rows[i].second}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, rows[i].fault, "");
	}
}
END_TEST

/* A card cannot set what is the terminal's; files of the issuer's own are read and not looked into. */
START_TEST(foreign_objects)
{
	static const struct line lines[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},
		{GPO, "77{82{1C00}94{08010101100101005801 0100}}9000"}, {READ_1, RECORD_1},
		{READ_2,
			"70{" CDOLS CVM_SIGN "9F02{000000000001}95{0000000000}9F37{00000000}}9000"},
		{"00B2015C00", "FFFF5A00"
			       "9000"},
		REFUSED("80", "8000000000")};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
}
END_TEST

/* Each record says much, and together they say too much. */
START_TEST(too_much_data)
{
	static struct line lines[80];
	static char wants[70][20], answers[70][700];
	unsigned n = 0;

	lines[n++] = (struct line){PSE, "6A82"};
	lines[n++] = (struct line){SELECT, FCI};
	lines[n++] = (struct line){SELECT, FCI};
	lines[n++] = (struct line){GPO, "77{82{1C00}94{08014000}}9000"};
	for (unsigned i = 1; i <= 64; i++) {
		snprintf(wants[i], sizeof wants[i], "00B2%02X0C00", i);
		snprintf(answers[i], sizeof answers[i], "70{DF01{%0460u}}9000", 0);
		lines[n++] = (struct line){wants[i], answers[i]};
	}
	rig_play_lines(&rig, lines, n); /* within the bounds, and nothing that is needed in it */
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "");
}
END_TEST

START_TEST(static_data)
{
	static const struct line good[] = {UP_TO_OPTIONS("5C00"), READS(SDA),
		{AC_1("40", "0200000000"), GIVES("40")}, {"store offline", "ok"}};
	static const struct {
		const char *data, *tvr;
	} rows[] = {
		{"8F{FD}90{@i}92{@r}9F32{03}93{@d}", "4200000000"}, /* no such key */
		{"8F{FE}90{@i}92{@r}9F32{03}", "6200000000"},	    /* no signature */
		{"90{@i}92{@r}9F32{03}93{@d}", "6200000000"},	    /* no index */
		{"8F{FE}92{@r}9F32{03}93{@d}", "6200000000"},
		{"8F{FE}90{@i}92{@r}93{@d}", "6200000000"},
		{"8F{FE}90{@i}9F32{03}93{@d}", "6200000000"},	    /* no remainder */
		{"8F{FE}90{@i}92{@r}9F32{05}93{@d}", "4200000000"}, /* another exponent */
		{"8F{FE}90{@i}92{@r}9F32{03}93{@i}", "4200000000"}, /* not a signature of that */
	};
	size_t len;

	rig_play(&rig, good);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0xe800);
	ck_assert_ptr_null(
		ph_emv_data_get(ph_emv_objects(rig.emv), PH_TAG_SIGNED_STATIC, &len)); /* wiped */
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		char record[400], command[200];
		snprintf(record, sizeof record, "70{%s}9000", rows[i].data);
		snprintf(command, sizeof command,
			"80AE40001E0000000012340000000000000528%s0978260901000102030422"
			"00",
			rows[i].tvr);
		const struct line lines[] = {UP_TO_OPTIONS("5C00"), {READ_1, RECORD_1},
			{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"}, {READ_3, record},
			{command, "6F00"}};
		rig_play(&rig, lines);
		rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	}
}
END_TEST

/* The static record says another thing than was signed; a record for authentication that is none. */
START_TEST(tampered_record)
{
	static const struct line lines[] = {UP_TO_OPTIONS("5C00"),
		{READ_1,
			"70{5A{5413330089020011}5F24{311231}5F25{200101}5F34{01}9F07{FF80}9F4A{82}}"
			"9000"},
		{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"}, {READ_3, "70{" SDA "}9000"},
		REFUSED("40", "4200000000")};
	static const struct line list[] = {UP_TO_OPTIONS("5C00"),
		{READ_1,
			"70{5A{5413330089020011}5F24{301231}5F25{200101}5F34{01}9F07{FF80}9F4A{5A}}"
			"9000"}, /* only the AIP may be named */
		{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"}, {READ_3, "70{" SDA "}9000"},
		REFUSED("40", "4200000000")};
	static const struct line file[] = {{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},
		{GPO, "77{82{5C00}94{080101011001020058010101}}9000"}, {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "}9000"}, {READ_3, "70{" SDA "}9000"},
		{"00B2015C00", "9000"}, /* file 11, not a template 70 */
		REFUSED("40", "4200000000")};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, list);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, file);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
}
END_TEST

#define INTERNAL "00880000040102030400"

START_TEST(dynamic_data)
{
	static const struct line good[] = {UP_TO_OPTIONS("3C00"), READS(KEYS_DDA), {INTERNAL, "^"},
		{AC_1("40", "0000000000"), GIVES("40")}, {"store offline", "ok"}};
	static const struct line bad[] = {UP_TO_OPTIONS("3C00"), READS(KEYS_DDA), {INTERNAL, "^!"},
		REFUSED("40", "0800000000")};
	static const struct line missing[] = {UP_TO_OPTIONS("3C00"), READS(KEYS_DDA),
		{INTERNAL, "77{9F10{00}}9000"}, REFUSED("40", "0800000000")};
	static const struct line refused[] = {
		UP_TO_OPTIONS("3C00"), READS(KEYS_DDA), {INTERNAL, "6985"}};
	static const struct line nonsense[] = {
		UP_TO_OPTIONS("3C00"), READS(KEYS_DDA), {INTERNAL, "9000"}};
	static const struct line own_list[] = {UP_TO_OPTIONS("3C00"),
		READS(KEYS_DDA "9F49{9F37049F0206}"), {"008800000A0102030400000000123400", "^"},
		REFUSED("40", "0000000000")};
	static const struct line useless_list[] = {
		UP_TO_OPTIONS("3C00"), READS(KEYS_DDA "9F49{9F0206}"), REFUSED("40", "0800000000")};
	static const struct line no_key[] = {UP_TO_OPTIONS("3C00"),
		READS("8F{FE}90{@i}92{@r}9F32{03}"), REFUSED("40", "2800000000")};

	rig_play(&rig, good);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0xe800);
	rig_play(&rig, bad);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, missing);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, refused);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, nonsense);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "");
	rig_play(&rig, own_list);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, useless_list);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, no_key);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig.parameters.applications[0].ddol_len = 0; /* neither side has a list */
	static const struct line no_list[] = {
		UP_TO_OPTIONS("3C00"), READS(KEYS_DDA), REFUSED("40", "0800000000")};
	rig_play(&rig, no_list);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
}
END_TEST

#define SIGNED(cid) "~" cid " 002A 771CE7AB66B14A76"
#define FORGED(cid) "~!" cid " 002A 771CE7AB66B14A76"

START_TEST(combined_data)
{
	static const struct line tc[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), SIGNED("40")}, {"store offline", "ok"}};
	static const struct line tc_bad[] = {
		UP_TO_OPTIONS("3D00"), READS(KEYS), {AC_1("50", "0000000000"), FORGED("40")}};
	static const struct line tc_plain[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), GIVES("40")}}; /* not signed at all */
	static const struct line tc_cid[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), "~40/80 002A 771CE7AB66B14A76"}};
	static const struct line aac[] = {
		UP_TO_OPTIONS("3D00"), READS(KEYS), {AC_1("50", "0000000000"), GIVES("00")}};
	static const struct line aac_signed[] = {
		UP_TO_OPTIONS("3D00"), READS(KEYS), {AC_1("50", "0000000000"), SIGNED("00")}};

	rig_play(&rig, tc);
	rig_ended(&rig, PH_EMV_APPROVED_OFFLINE, PH_EMV_FAULT_NONE, "Y1");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0xe800);
	ck_assert_str_eq(rig.receipt.cryptogram, "771CE7AB66B14A76"); /* out of the signature */
	rig_play(&rig, tc_bad);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_CDA_FAILED);
	ck_assert_str_eq(rig.receipt.cryptogram, "");
	rig_play(&rig, tc_plain);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_CDA_FAILED);
	rig_play(&rig, tc_cid);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	rig_play(&rig, aac);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), 0);
	rig_play(&rig, aac_signed);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	ck_assert_str_eq(rig.receipt.cryptogram, "771CE7AB66B14A76");
}
END_TEST

START_TEST(combined_data_online)
{
	static const struct line both[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), SIGNED("80")}, {"store intent", "ok"}, {"online", "00+"},
		{AC_2("50", "3030", "0000000000"), SIGNED("40")}};
	/* the ARQC is not good: the host is not asked, and the card told to decline */
	static const struct line first[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), FORGED("80")},
		{AC_2("00", "5A31", "0400000000"), GIVES("00")}};
	static const struct line first_error[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), FORGED("80")},
		{AC_2("00", "5A31", "0400000000"), "6985"}};
	/* the second is not: what the host approved has to go */
	static const struct line second[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), SIGNED("80")}, {"store intent", "ok"}, {"online", "00+"},
		{AC_2("50", "3030", "0000000000"), FORGED("40")}, {"store reversal", "ok"}};
	/* the first signature once more, over other data */
	static const struct line declined[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), SIGNED("80")}, {"store intent", "ok"}, {"online", "05-"},
		{AC_2("00", "3035", "0000000000"), GIVES("00")}};
	static const struct line unable[] = {UP_TO_OPTIONS("3D00"), READS(KEYS),
		{AC_1("50", "0000000000"), SIGNED("80")}, {"store intent", "ok"},
		{"online", "unable"}, {AC_2("50", "5933", "0000000000"), FORGED("40")}};

	rig_play(&rig, both);
	rig_ended(&rig, PH_EMV_APPROVED_ONLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), 0);
	rig_play(&rig, first);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z1");
	rig_play(&rig, first_error);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, second);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "00");
	ck_assert_uint_eq(ph_emv_tvr(rig.emv), PH_TVR_CDA_FAILED);
	rig_play(&rig, declined);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_NONE, "05");
	rig_play(&rig, unable);
	rig_ended(&rig, PH_EMV_DECLINED_OFFLINE, PH_EMV_FAULT_NONE, "Z3");
	ck_assert(!rig.result.without_host); /* its signature was the reason */
}
END_TEST

/* Without keys no signature is asked for, and TVR 1.3 stands before the first cryptogram. */
START_TEST(combined_data_without_keys)
{
	static const struct line lines[] = {UP_TO_OPTIONS("3D00"),
		READS("8F{FD}90{@i}92{@r}9F32{03}9F46{@c}9F47{03}9F48{@s}"),
		REFUSED("40", "0400000000")};
	static const struct line absent[] = {
		UP_TO_OPTIONS("3D00"), READS("8F{FE}"), REFUSED("40", "2400000000")};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	ck_assert_uint_eq(ph_emv_tsi(rig.emv), 0xc800);
	rig_play(&rig, absent);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig.parameters.revoked[0] = (struct ph_emv_revoked){
		.rid = {0xa0, 0, 0, 0, 4}, .index = 0xfe, .serial = {0, 0, 1}};
	rig.parameters.revoked_count = 1;
	static const struct line revoked[] = {
		UP_TO_OPTIONS("3D00"), READS(KEYS), REFUSED("40", "0400000000")};
	rig_play(&rig, revoked);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
}
END_TEST

/* A whole card whose keys and signatures were computed apart from this code: EMV Book 2, 6.6. */
START_TEST(vector)
{
	static const char modulus[] =
		"AC52C110A7CA75E703AEC4F73320BF36798D1342940B3F9F28D1EF74A36152AA"
		"39D5B3763833B7F9FE663C5807D20C4356A80788649A5E1062F4EC86A7DB362A"
		"2EA492779693E281317615D2BA93AC75A6206F7E0FD98669BC94CF853543E113";
	static const struct line lines[] = {UP_TO_OPTIONS("3D00"),
		{READ_1, "70235A0854133300890200115F24033012315F25032001015F3401019F0702FF80"
			 "9F4A01829000"},
		{READ_2, "70{" CDOLS CVM_SIGN IAC_NONE "8F{FE}9F32{03}9F47{03}92{A76B8C783232F1BF52"
			 "8024448478D64EA025153B}9F48{AE57D12AAC3D04811B7DD266263FA0710B4EAB1F581F"
			 "2A5BE8D1}}9000"},
		{READ_3,
			"70{90{763EF625480C3D960AA72D8250225B6B7851D0D2D4DF7FC38543A46563056F9AB4DE"
			"1C16D210244FA54D0A87F7033151EBE8457BBA7C347C75D333843E9FCC01165CB748DF47"
			"C4C11BA57006C5A3D71533A3FBD3474758BD46D60FB7666F1C1E}9F46{4880DA505DE49F"
			"5233AFA5E356DCF079ADD87548D3A58F5971AB96E394FAC59FA29C3EF615E93B7E033DEF"
			"DF25523B7649D907B37E9D46446E913997C2A728CBD9F68A21ADE50102CB07A2B4AD7D17"
			"EF}}9000"},
		{AC_1("50", "0000000000"),
			"77619F2701809F3602002A9F4B40224B88D0BC74713904A2E10ABD858539EC93228886E0ED"
			"ECF2B80F92466176CDA48E4E6D9B98FF91819B8E97A3CEBAA3491BF9EB4D1E1053F3AC578E"
			"AC07096C9F10120110A00003220000000000000000000000FF9000"},
		{"store intent", "ok"}, {"online", "05-"},
		{AC_2("00", "3035", "0000000000"), GIVES("00")}};
	struct ph_emv_ca_key *key = &rig.parameters.keys[0];

	hex(modulus, key->key.modulus, sizeof key->key.modulus);
	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_DECLINED_ONLINE, PH_EMV_FAULT_NONE, "05");
	struct bytes cryptogram = bytes("9F2608771CE7AB66B14A76");
	ck_assert_ptr_nonnull(
		memmem(rig.request.data, rig.request.len, cryptogram.data, cryptogram.len));
}
END_TEST

#define PIN_LIST "8E{000000000000000041031E03}" /* plain PIN, else signature */
#define TRIES	 "80CA9F1700"
#define PIN_READS                                                                                  \
	{READ_1, RECORD_1},                                                                        \
	{                                                                                          \
		READ_2, "70{" CDOLS PIN_LIST IAC_NONE "}9000"                                      \
	}
#define PIN_OPTIONS                                                                                \
	{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},                                               \
	{                                                                                          \
		GPO, "77{82{1C00}94{0801010110010100}}9000"                                        \
	}

START_TEST(pins)
{
	static const struct line good[] = {PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"},
		{"pin", "63C2"}, {"pin", "9000"}, REFUSED("40", "8000000000")};
	static const struct line blocked[] = {
		PIN_OPTIONS, PIN_READS, {TRIES, "9F17{00}9000"}, REFUSED("40", "8000200000")};
	static const struct line no_counter[] = {PIN_OPTIONS, PIN_READS, {TRIES, "6A88"},
		{"pin", "63C1"}, {"pin", "63C0"}, REFUSED("40", "8000200000")};
	static const struct line fault[] = {PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"},
		{"pin", ""}, REFUSED("40", "8000100000")};
	static const struct line slow[] = {PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"},
		{"pin", "6403"}, {"pin", "6400"}, REFUSED("40", "8000100000")};
	static const struct line cancelled[] = {
		PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"}, {"pin", "6401"}};
	static const struct line bypassed[] = {PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"},
		{"pin", "6401"}, REFUSED("40", "8000080000")};
	static const struct line strange[] = {
		PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"}, {"pin", "6D00"}};
	struct bytes template = bytes("002000800820FFFFFFFFFFFFFF");

	rig.transaction.pin_pad = true;
	rig_play(&rig, good);
	ck_assert_uint_eq(rig.pin_template.len, template.len);
	ck_assert_mem_eq(rig.pin_template.data, template.data, template.len);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x41\x03\x02", 3);
	ck_assert(!rig.result.signature);
	rig_play(&rig, blocked);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x1e\x03\x00", 3);
	ck_assert(rig.result.signature);
	rig_play(&rig, no_counter);
	rig_play(&rig, fault);
	rig_play(&rig, slow);
	rig_play(&rig, strange);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
	rig_play(&rig, cancelled);
	rig_ended(&rig, PH_EMV_CANCELLED, PH_EMV_FAULT_NONE, "");
	rig.parameters.terminal.bypass_pin = true;
	rig_play(&rig, bypassed);
}
END_TEST

/* A card that never runs out of tries. */
START_TEST(endless_pins)
{
	static struct line lines[40] = {PIN_OPTIONS, PIN_READS, {TRIES, "9F17{03}9000"}};
	unsigned n = 7;

	rig.transaction.pin_pad = true;
	for (unsigned i = 0; i < 16; i++)
		lines[n++] = (struct line){"pin", "63CF"};
	lines[n++] = (struct line)REFUSED("40", "8000200000");
	rig_play_lines(&rig, lines, n);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_CARD, "");
}
END_TEST

/* Enciphered: the pad gets challenge and key; without them the rule fails, and the next one applies. */
START_TEST(enciphered_pins)
{
#define ENCIPHERED                                                                                 \
	UP_TO_OPTIONS("3D00"), {READ_1, RECORD_1},                                                 \
		{READ_2, "70{" CDOLS "8E{000000000000000044031E03}" IAC_NONE "}9000"},             \
	{                                                                                          \
		READ_3, "70{" KEYS "}9000"                                                         \
	}
	static const struct line good[] = {ENCIPHERED, {TRIES, "9F17{03}9000"},
		{"0084000000", "A1A2A3A4A5A6A7A89000"}, {"pin RSA", "9000"},
		REFUSED("50", "0000000000")};
	static const struct line short_challenge[] = {ENCIPHERED, {TRIES, "9F17{03}9000"},
		{"0084000000", "A1A29000"}, REFUSED("50", "0000000000")};
	static const struct line no_key[] = {UP_TO_OPTIONS("3D00"), {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS "8E{000000000000000044031E03}" IAC_NONE "}9000"},
		{READ_3, "70{8F{FE}}9000"}, {TRIES, "9F17{03}9000"}, REFUSED("40", "2400000000")};
	struct bytes head = bytes("00200088A1A2A3A4A5A6A7A8000003");

	rig.transaction.pin_pad = true;
	rig_play(&rig, good);
	ck_assert_uint_eq(rig.pin_template.len, head.len + 64);
	ck_assert_mem_eq(rig.pin_template.data, head.data, head.len);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x44\x03\x02", 3);
	rig_play(&rig, short_challenge);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x1e\x03\x00", 3);
	rig_play(&rig, no_key);
	ck_assert_mem_eq(ph_emv_cvm_results(rig.emv), "\x1e\x03\x00", 3);
}
END_TEST

START_TEST(half_a_rule)
{
	static const struct line lines[] = {UP_TO_OPTIONS("1C00"), {READ_1, RECORD_1},
		{READ_2, "70{" CDOLS "8E{00000000000000001E}}9000"}, {READ_3, RECORD_3}};

	rig_play(&rig, lines);
	rig_ended(&rig, PH_EMV_TERMINATED, PH_EMV_FAULT_DATA, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv reading and authentication");
	TCase *tcase = tcase_create("authentication");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, options);
	tcase_add_test(tcase, file_locators);
	tcase_add_test(tcase, records);
	tcase_add_test(tcase, foreign_objects);
	tcase_add_test(tcase, too_much_data);
	tcase_add_test(tcase, static_data);
	tcase_add_test(tcase, tampered_record);
	tcase_add_test(tcase, dynamic_data);
	tcase_add_test(tcase, combined_data);
	tcase_add_test(tcase, combined_data_online);
	tcase_add_test(tcase, combined_data_without_keys);
	tcase_add_test(tcase, vector);
	tcase_add_test(tcase, pins);
	tcase_add_test(tcase, endless_pins);
	tcase_add_test(tcase, enciphered_pins);
	tcase_add_test(tcase, half_a_rule);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
