// The table of application identifiers; how values are checked is value.c, how they are cut out of a label gs1.c.
#include "protocols/gs1/dictionary.h"

#include "base/cleanup.h"

#include <string.h>

#define N(len)                                                                                     \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_ANY, len, len                                                \
	}
#define N_TO(min, max)                                                                             \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_ANY, min, max                                                \
	}
#define NR(len, rule)                                                                              \
	{                                                                                          \
		PH_GS1_DIGITS, rule, len, len                                                      \
	}
#define NR_OPT(len, rule)                                                                          \
	{                                                                                          \
		PH_GS1_DIGITS, rule, 0, len                                                        \
	}
#define X(len)                                                                                     \
	{                                                                                          \
		PH_GS1_TEXT, PH_GS1_ANY, len, len                                                  \
	}
#define X_TO(max)                                                                                  \
	{                                                                                          \
		PH_GS1_TEXT, PH_GS1_ANY, 1, max                                                    \
	}
#define X_OPT(max)                                                                                 \
	{                                                                                          \
		PH_GS1_TEXT, PH_GS1_ANY, 0, max                                                    \
	}
#define CHECK(len)                                                                                 \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_CHECK, len, len                                              \
	}
#define ONE(ai) .first = ai, .last = ai
/* n = 0 to 5 at the end of the identifier, six digits */
#define MEASURE(ai, name)                                                                          \
	{                                                                                          \
		.first = ai "0", .last = ai "5", .title = name, .parts = {N(6)}, .decimals = true  \
	}
#define MONTH                                                                                      \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_MONTH, 6, 6                                                  \
	}
#define DAY                                                                                        \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_DAY, 6, 6                                                    \
	}
#define TIME                                                                                       \
	{                                                                                          \
		PH_GS1_DIGITS, PH_GS1_TIME, 4, 4                                                   \
	}

static const struct ph_gs1_ai table[] = {
	{ONE("00"), .title = "SSCC", .parts = {CHECK(18)}, .qualifiers = ""},
	{ONE("01"), .title = "GTIN", .parts = {CHECK(14)}, .qualifiers = "22 10 21 235"},
	{ONE("02"), .title = "CONTENT", .parts = {CHECK(14)}},
	{ONE("03"), .title = "MTO GTIN", .parts = {CHECK(14)}},
	{ONE("10"), .title = "BATCH/LOT", .parts = {X_TO(20)}},
	{ONE("11"), .title = "PROD DATE", .parts = {MONTH}},
	{ONE("12"), .title = "DUE DATE", .parts = {MONTH}},
	{ONE("13"), .title = "PACK DATE", .parts = {MONTH}},
	{ONE("15"), .title = "BEST BEFORE", .parts = {MONTH}},
	{ONE("16"), .title = "SELL BY", .parts = {MONTH}},
	{ONE("17"), .title = "USE BY OR EXPIRY", .parts = {MONTH}},
	{ONE("20"), .title = "VARIANT", .parts = {N(2)}},
	{ONE("21"), .title = "SERIAL", .parts = {X_TO(20)}},
	{ONE("22"), .title = "CPV", .parts = {X_TO(20)}},
	{ONE("235"), .title = "TPX", .parts = {X_TO(28)}},
	{ONE("240"), .title = "ADDITIONAL ID", .parts = {X_TO(30)}},
	{ONE("241"), .title = "CUST. PART No.", .parts = {X_TO(30)}},
	{ONE("242"), .title = "MTO VARIANT", .parts = {N_TO(1, 6)}},
	{ONE("243"), .title = "PCN", .parts = {X_TO(20)}},
	{ONE("250"), .title = "SECONDARY SERIAL", .parts = {X_TO(30)}},
	{ONE("251"), .title = "REF. TO SOURCE", .parts = {X_TO(30)}},
	{ONE("253"), .title = "GDTI", .parts = {CHECK(13), X_OPT(17)}, .qualifiers = ""},
	{ONE("254"), .title = "GLN EXTENSION COMPONENT", .parts = {X_TO(20)}},
	{ONE("255"), .title = "GCN", .parts = {CHECK(13), N_TO(0, 12)}, .qualifiers = ""},
	{ONE("30"), .title = "VAR. COUNT", .parts = {N_TO(1, 8)}},
	MEASURE("310", "NET WEIGHT (kg)"),
	MEASURE("311", "LENGTH (m)"),
	MEASURE("312", "WIDTH (m)"),
	MEASURE("313", "HEIGHT (m)"),
	MEASURE("314", "AREA (m2)"),
	MEASURE("315", "NET VOLUME (l)"),
	MEASURE("316", "NET VOLUME (m3)"),
	MEASURE("320", "NET WEIGHT (lb)"),
	MEASURE("321", "LENGTH (in)"),
	MEASURE("322", "LENGTH (ft)"),
	MEASURE("323", "LENGTH (yd)"),
	MEASURE("324", "WIDTH (in)"),
	MEASURE("325", "WIDTH (ft)"),
	MEASURE("326", "WIDTH (yd)"),
	MEASURE("327", "HEIGHT (in)"),
	MEASURE("328", "HEIGHT (ft)"),
	MEASURE("329", "HEIGHT (yd)"),
	MEASURE("330", "GROSS WEIGHT (kg)"),
	MEASURE("331", "LENGTH (m), log"),
	MEASURE("332", "WIDTH (m), log"),
	MEASURE("333", "HEIGHT (m), log"),
	MEASURE("334", "AREA (m2), log"),
	MEASURE("335", "VOLUME (l), log"),
	MEASURE("336", "VOLUME (m3), log"),
	MEASURE("337", "KG PER m2"),
	MEASURE("340", "GROSS WEIGHT (lb)"),
	MEASURE("341", "LENGTH (in), log"),
	MEASURE("342", "LENGTH (ft), log"),
	MEASURE("343", "LENGTH (yd), log"),
	MEASURE("344", "WIDTH (in), log"),
	MEASURE("345", "WIDTH (ft), log"),
	MEASURE("346", "WIDTH (yd), log"),
	MEASURE("347", "HEIGHT (in), log"),
	MEASURE("348", "HEIGHT (ft), log"),
	MEASURE("349", "HEIGHT (yd), log"),
	MEASURE("350", "AREA (in2)"),
	MEASURE("351", "AREA (ft2)"),
	MEASURE("352", "AREA (yd2)"),
	MEASURE("353", "AREA (in2), log"),
	MEASURE("354", "AREA (ft2), log"),
	MEASURE("355", "AREA (yd2), log"),
	MEASURE("356", "NET WEIGHT (t oz)"),
	MEASURE("357", "NET VOLUME (oz)"),
	MEASURE("360", "NET VOLUME (qt)"),
	MEASURE("361", "NET VOLUME (gal.)"),
	MEASURE("362", "VOLUME (qt), log"),
	MEASURE("363", "VOLUME (gal.), log"),
	MEASURE("364", "VOLUME (in3)"),
	MEASURE("365", "VOLUME (ft3)"),
	MEASURE("366", "VOLUME (yd3)"),
	MEASURE("367", "VOLUME (in3), log"),
	MEASURE("368", "VOLUME (ft3), log"),
	MEASURE("369", "VOLUME (yd3), log"),
	{ONE("37"), .title = "COUNT", .parts = {N_TO(1, 8)}},
	{.first = "3900",
		.last = "3909",
		.title = "AMOUNT",
		.parts = {N_TO(1, 15)},
		.decimals = true},
	{.first = "3910",
		.last = "3919",
		.title = "AMOUNT",
		.parts = {N(3), N_TO(1, 15)},
		.decimals = true},
	{.first = "3920",
		.last = "3929",
		.title = "PRICE",
		.parts = {N_TO(1, 15)},
		.decimals = true},
	{.first = "3930",
		.last = "3939",
		.title = "PRICE",
		.parts = {N(3), N_TO(1, 15)},
		.decimals = true},
	{.first = "3940", .last = "3943", .title = "PRCNT OFF", .parts = {N(4)}, .decimals = true},
	{.first = "3950", .last = "3955", .title = "PRICE/UoM", .parts = {N(6)}, .decimals = true},
	{ONE("400"), .title = "ORDER NUMBER", .parts = {X_TO(30)}},
	{ONE("401"), .title = "GINC", .parts = {X_TO(30)}, .qualifiers = ""},
	{ONE("402"), .title = "GSIN", .parts = {CHECK(17)}, .qualifiers = ""},
	{ONE("403"), .title = "ROUTE", .parts = {X_TO(30)}},
	{ONE("410"), .title = "SHIP TO LOC", .parts = {CHECK(13)}},
	{ONE("411"), .title = "BILL TO", .parts = {CHECK(13)}},
	{ONE("412"), .title = "PURCHASE FROM", .parts = {CHECK(13)}},
	{ONE("413"), .title = "SHIP FOR LOC", .parts = {CHECK(13)}},
	{ONE("414"), .title = "LOC No.", .parts = {CHECK(13)}, .qualifiers = "254 7040"},
	{ONE("415"), .title = "PAY TO", .parts = {CHECK(13)}, .qualifiers = "8020"},
	{ONE("416"), .title = "PROD/SERV LOC", .parts = {CHECK(13)}},
	{ONE("417"), .title = "PARTY", .parts = {CHECK(13)}, .qualifiers = "7040"},
	{ONE("420"), .title = "SHIP TO POST", .parts = {X_TO(20)}},
	{ONE("421"), .title = "SHIP TO POST", .parts = {N(3), X_TO(9)}},
	{ONE("422"), .title = "ORIGIN", .parts = {N(3)}},
	{ONE("423"), .title = "COUNTRY - INITIAL PROCESS", .parts = {N_TO(3, 15)}},
	{ONE("424"), .title = "COUNTRY - PROCESS", .parts = {N(3)}},
	{ONE("425"), .title = "COUNTRY - DISASSEMBLY", .parts = {N_TO(3, 15)}},
	{ONE("426"), .title = "COUNTRY - FULL PROCESS", .parts = {N(3)}},
	{ONE("427"), .title = "ORIGIN SUBDIVISION", .parts = {X_TO(3)}},
	{ONE("4300"), .title = "SHIP TO COMP", .parts = {X_TO(35)}},
	{ONE("4301"), .title = "SHIP TO NAME", .parts = {X_TO(35)}},
	{ONE("4302"), .title = "SHIP TO ADD1", .parts = {X_TO(70)}},
	{ONE("4303"), .title = "SHIP TO ADD2", .parts = {X_TO(70)}},
	{ONE("4304"), .title = "SHIP TO SUB", .parts = {X_TO(70)}},
	{ONE("4305"), .title = "SHIP TO LOC", .parts = {X_TO(70)}},
	{ONE("4306"), .title = "SHIP TO REG", .parts = {X_TO(70)}},
	{ONE("4307"), .title = "SHIP TO COUNTRY", .parts = {X(2)}},
	{ONE("4308"), .title = "SHIP TO PHONE", .parts = {X_TO(30)}},
	{ONE("4309"), .title = "SHIP TO GEO", .parts = {N(20)}},
	{ONE("4310"), .title = "RTN TO COMP", .parts = {X_TO(35)}},
	{ONE("4311"), .title = "RTN TO NAME", .parts = {X_TO(35)}},
	{ONE("4312"), .title = "RTN TO ADD1", .parts = {X_TO(70)}},
	{ONE("4313"), .title = "RTN TO ADD2", .parts = {X_TO(70)}},
	{ONE("4314"), .title = "RTN TO SUB", .parts = {X_TO(70)}},
	{ONE("4315"), .title = "RTN TO LOC", .parts = {X_TO(70)}},
	{ONE("4316"), .title = "RTN TO REG", .parts = {X_TO(70)}},
	{ONE("4317"), .title = "RTN TO COUNTRY", .parts = {X(2)}},
	{ONE("4318"), .title = "RTN TO POST", .parts = {X_TO(20)}},
	{ONE("4319"), .title = "RTN TO PHONE", .parts = {X_TO(30)}},
	{ONE("4320"), .title = "SRV DESCRIPTION", .parts = {X_TO(35)}},
	{ONE("4321"), .title = "DANGEROUS GOODS", .parts = {N(1)}},
	{ONE("4322"), .title = "AUTH TO LEAVE", .parts = {N(1)}},
	{ONE("4323"), .title = "SIG REQUIRED", .parts = {N(1)}},
	{ONE("4324"), .title = "NOT BEF DEL DT", .parts = {MONTH, TIME}},
	{ONE("4325"), .title = "NOT AFT DEL DT", .parts = {MONTH, TIME}},
	{ONE("4326"), .title = "REL DATE", .parts = {DAY}},
	{
		ONE("4330"),
		.title = "MAX TEMP F.",
		.parts = {N(6), X_OPT(1)},
	},
	{
		ONE("4331"),
		.title = "MAX TEMP C.",
		.parts = {N(6), X_OPT(1)},
	},
	{
		ONE("4332"),
		.title = "MIN TEMP F.",
		.parts = {N(6), X_OPT(1)},
	},
	{
		ONE("4333"),
		.title = "MIN TEMP C.",
		.parts = {N(6), X_OPT(1)},
	},
	{ONE("7001"), .title = "NSN", .parts = {N(13)}},
	{ONE("7002"), .title = "MEAT CUT", .parts = {X_TO(30)}},
	{ONE("7003"), .title = "EXPIRY TIME", .parts = {DAY, TIME}},
	{ONE("7004"), .title = "ACTIVE POTENCY", .parts = {N_TO(1, 4)}},
	{ONE("7005"), .title = "CATCH AREA", .parts = {X_TO(12)}},
	{ONE("7006"), .title = "FIRST FREEZE DATE", .parts = {DAY}},
	{ONE("7007"), .title = "HARVEST DATE", .parts = {DAY, NR_OPT(6, PH_GS1_DAY)}},
	{ONE("7008"), .title = "AQUATIC SPECIES", .parts = {X_TO(3)}},
	{ONE("7009"), .title = "FISHING GEAR TYPE", .parts = {X_TO(10)}},
	{ONE("7010"), .title = "PROD METHOD", .parts = {X_TO(2)}},
	{ONE("7011"), .title = "TEST BY DATE", .parts = {DAY, NR_OPT(4, PH_GS1_TIME)}},
	{ONE("7020"), .title = "REFURB LOT", .parts = {X_TO(20)}},
	{ONE("7021"), .title = "FUNC STAT", .parts = {X_TO(20)}},
	{ONE("7022"), .title = "REV STAT", .parts = {X_TO(20)}},
	{ONE("7023"), .title = "GIAI - ASSEMBLY", .parts = {X_TO(30)}},
	{.first = "7030", .last = "7039", .title = "PROCESSOR", .parts = {N(3), X_TO(27)}},
	{ONE("7040"), .title = "UIC+EXT", .parts = {N(1), X(3)}},
	{ONE("7041"), .title = "UFRGT UNIT TYPE", .parts = {X_TO(4)}},
	{ONE("710"), .title = "NHRN PZN", .parts = {X_TO(20)}},
	{ONE("711"), .title = "NHRN CIP", .parts = {X_TO(20)}},
	{ONE("712"), .title = "NHRN CN", .parts = {X_TO(20)}},
	{ONE("713"), .title = "NHRN DRN", .parts = {X_TO(20)}},
	{ONE("714"), .title = "NHRN AIM", .parts = {X_TO(20)}},
	{ONE("715"), .title = "NHRN NDC", .parts = {X_TO(20)}},
	{ONE("716"), .title = "NHRN AIC", .parts = {X_TO(20)}},
	{.first = "7230", .last = "7239", .title = "CERT", .parts = {X(2), X_TO(28)}},
	{ONE("7240"), .title = "PROTOCOL", .parts = {X_TO(20)}},
	{ONE("7241"), .title = "AIDC MEDIA TYPE", .parts = {N(2)}},
	{ONE("7242"), .title = "VCN", .parts = {X_TO(25)}},
	{ONE("7250"), .title = "DOB", .parts = {NR(8, PH_GS1_DAY)}},
	{ONE("7251"), .title = "DOB TIME", .parts = {NR(8, PH_GS1_DAY), TIME}},
	{ONE("7252"), .title = "BIO SEX", .parts = {N(1)}},
	{ONE("7253"), .title = "FAMILY NAME", .parts = {X_TO(40)}},
	{ONE("7254"), .title = "GIVEN NAME", .parts = {X_TO(40)}},
	{ONE("7255"), .title = "SUFFIX", .parts = {X_TO(10)}},
	{ONE("7256"), .title = "FULL NAME", .parts = {X_TO(90)}},
	{ONE("7257"), .title = "PERSON ADDR", .parts = {X_TO(70)}},
	{ONE("7258"), .title = "BIRTH SEQUENCE", .parts = {X(3)}},
	{ONE("7259"), .title = "BABY", .parts = {X_TO(40)}},
	{ONE("8001"), .title = "DIMENSIONS", .parts = {N(14)}},
	{ONE("8002"), .title = "CMT No.", .parts = {X_TO(20)}},
	{ONE("8003"), .title = "GRAI", .parts = {N(1), CHECK(13), X_OPT(16)}, .qualifiers = ""},
	{ONE("8004"), .title = "GIAI", .parts = {X_TO(30)}, .qualifiers = "7040"},
	{ONE("8005"), .title = "PRICE PER UNIT", .parts = {N(6)}},
	{ONE("8006"), .title = "ITIP", .parts = {CHECK(14), NR(4, PH_GS1_PIECE)},
		.qualifiers = "22 10 21"},
	{ONE("8007"), .title = "IBAN", .parts = {X_TO(34)}},
	{ONE("8008"), .title = "PROD TIME",
		.parts = {DAY, NR(2, PH_GS1_HOUR), NR_OPT(2, PH_GS1_MINUTE),
			NR_OPT(2, PH_GS1_MINUTE)}},
	{ONE("8009"), .title = "OPTSEN", .parts = {X_TO(50)}},
	{ONE("8010"), .title = "CPID", .parts = {{PH_GS1_UPPER, PH_GS1_ANY, 1, 30}},
		.qualifiers = "8011"},
	{ONE("8011"), .title = "CPID SERIAL", .parts = {N_TO(1, 12)}},
	{ONE("8012"), .title = "VERSION", .parts = {X_TO(20)}},
	{ONE("8013"), .title = "GMN", .parts = {{PH_GS1_TEXT, PH_GS1_PAIR, 3, 25}},
		.qualifiers = ""},
	{ONE("8014"), .title = "MUDI", .parts = {{PH_GS1_TEXT, PH_GS1_PAIR, 3, 25}}},
	{ONE("8017"), .title = "GSRN - PROVIDER", .parts = {CHECK(18)}, .qualifiers = "8019"},
	{ONE("8018"), .title = "GSRN - RECIPIENT", .parts = {CHECK(18)}, .qualifiers = "8019"},
	{ONE("8019"), .title = "SRIN", .parts = {N_TO(1, 10)}},
	{ONE("8020"), .title = "REF No.", .parts = {X_TO(25)}},
	{ONE("8026"), .title = "ITIP CONTENT", .parts = {CHECK(14), NR(4, PH_GS1_PIECE)}},
	{ONE("8030"), .title = "DIGSIG", .parts = {{PH_GS1_BASE64, PH_GS1_ANY, 1, 90}}},
	{ONE("8110"), .title = "COUPON", .parts = {X_TO(70)}},
	{ONE("8111"), .title = "POINTS", .parts = {N(4)}},
	{ONE("8112"), .title = "COUPON POS OFFER", .parts = {X_TO(70)}},
	{ONE("8200"), .title = "PRODUCT URL", .parts = {X_TO(70)}},
	{ONE("90"), .title = "INTERNAL", .parts = {X_TO(30)}},
	{.first = "91", .last = "99", .title = "INTERNAL", .parts = {X_TO(90)}},
};

/* Lengths by the first two digits: of the identifier, and of the value where it needs no separator. */
static const struct prefix {
	char first[3], last[3];
	uint8_t ai_len, fixed;
} prefixes[] = {
	{"00", "00", 2, 18},
	{"01", "03", 2, 14},
	{"04", "04", 2, 16}, /* not assigned; its length is */
	{"10", "10", 2, 0},
	{"11", "19", 2, 6}, /* 14, 18 and 19 are not assigned */
	{"20", "20", 2, 2},
	{"21", "22", 2, 0},
	{"23", "25", 3, 0},
	{"30", "30", 2, 0},
	{"31", "36", 4, 6},
	{"37", "37", 2, 0},
	{"39", "39", 4, 0},
	{"40", "40", 3, 0},
	{"41", "41", 3, 13},
	{"42", "42", 3, 0},
	{"43", "43", 4, 0},
	{"70", "70", 4, 0},
	{"71", "71", 3, 0},
	{"72", "72", 4, 0},
	{"80", "82", 4, 0},
	{"90", "99", 2, 0},
};

static const struct prefix *find_prefix(const char *digits)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(prefixes); i++)
		if (memcmp(digits, prefixes[i].first, 2) >= 0 &&
			memcmp(digits, prefixes[i].last, 2) <= 0)
			return &prefixes[i];
	return NULL;
}

size_t ph_gs1_ai_len(const char *digits)
{
	const struct prefix *prefix = find_prefix(digits);

	return prefix ? prefix->ai_len : 0;
}

size_t ph_gs1_fixed_len(const char *digits)
{
	const struct prefix *prefix = find_prefix(digits);

	return prefix ? prefix->fixed : 0;
}

const struct ph_gs1_ai *ph_gs1_ai_find(const char *ai, size_t len)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(table); i++)
		if (strlen(table[i].first) == len && memcmp(ai, table[i].first, len) >= 0 &&
			memcmp(ai, table[i].last, len) <= 0)
			return &table[i];
	return NULL;
}
