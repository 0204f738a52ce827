// The symbology table: identifiers of ISO/IEC 15424 and of scanner makers to names and UnifiedPOS numbers.
#include "protocols/symbology/symbology.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *aim;
	size_t len;
	const char *name;
	int upos;
} vectors[] = {
	{"]E0", 13, "ean13", 104},
	{"]E0", 12, "upca", 101},
	{"]E0", 8, "upce", 102},
	{"]E3", 15, "ean13", 119},
	{"]E3", 18, "ean13", 119},
	{"]E3", 14, "upca", 111},
	{"]E3", 17, "upca", 111},
	{"]E4", 8, "ean8", 103},
	{"]E4", 10, "ean8", 118},
	{"]E1", 2, "other", 501},
	{"]E0", 9, "ean13", 104},
	{"]A0", 5, "code39", 108},
	{"]A7", 5, "code39", 108},
	{"]C0", 5, "code128", 110},
	{"]C1", 5, "gs1-128", 120},
	{"]C2", 5, "code128", 110},
	{"]C4", 5, "isbt128", 141},
	{"]I1", 14, "itf", 106},
	{"]F0", 5, "codabar", 107},
	{"]G0", 5, "code93", 109},
	{"]H1", 5, "code11", 142},
	{"]M0", 5, "msi", 143},
	{"]e0", 16, "databar", 131},
	{"]e0", 30, "databar-expanded", 132},
	{"]e1", 30, "composite-a", 151},
	{"]L0", 5, "pdf417", 201},
	{"]L3", 5, "micropdf", 207},
	{"]U1", 5, "maxicode", 202},
	{"]d1", 5, "datamatrix", 203},
	{"]d2", 5, "gs1-datamatrix", 208},
	{"]d5", 5, "gs1-datamatrix", 208},
	{"]Q1", 5, "qr", 204},
	{"]Q3", 5, "gs1-qr", 209},
	{"]z0", 5, "aztec", 206},
	{"]zC", 5, "aztec", 206},
	{"]h0", 5, "hanxin", 215},
	{"]O4", 5, "codablock-f", 213},
	{"]O6", 5, "codablock-a", 212},
	{"]o1", 5, "ocr-a", 121},
	{"]S0", 5, "standard2of5", 105},
	{"]X0", 5, "other", 501},
	{"]Y0", 5, "other", 501},
	{"]J0", 5, "dotcode", 501},
	{"]J1", 5, "dotcode", 501},
	{"]A4", 5, "code39", 108},
	{"]B0", 5, "telepen", 145},
	{"]D0", 5, "other", 501}, /* Code One */
	{"]I0", 14, "itf", 106},
	{"]I3", 13, "itf", 106},
	{"]K0", 5, "code16k", 211},
	{"]L2", 5, "pdf417", 201},
	{"]L5", 5, "micropdf", 207},
	{"]N0", 5, "other", 501}, /* Anker */
	{"]O5", 5, "codablock-f", 213},
	{"]P0", 5, "plessey", 144},
	{"]Q0", 5, "qr", 204},
	{"]Q4", 5, "gs1-qr", 209},
	{"]Q5", 5, "qr", 204},
	{"]Q6", 5, "qr", 204},
	{"]R0", 5, "standard2of5", 105},
	{"]T0", 5, "code49", 210},
	{"]Z6", 5, "other", 501},
	{"]c0", 5, "other", 501}, /* Channel Code */
	{"]d3", 5, "datamatrix", 203},
	{"]d4", 5, "datamatrix", 203},
	{"]d6", 5, "datamatrix", 203},
	{"]e2", 30, "composite-a", 151},
	{"]o2", 5, "ocr-b", 122},
	{"]p0", 5, "other", 501}, /* PosiCode */
	{"]s0", 5, "other", 501}, /* SuperCode */
	{"]z1", 5, "aztec", 206},
};

START_TEST(aim)
{
	int upos = -1;
	const struct ph_symbology *found =
		ph_symbology_by_aim((const uint8_t *)vectors[_i].aim, vectors[_i].len, &upos);

	ck_assert_ptr_nonnull(found);
	ck_assert_msg(!strcmp(found->name, vectors[_i].name) && upos == vectors[_i].upos,
		"%s %zu: %s %d", vectors[_i].aim, vectors[_i].len, found->name, upos);
}
END_TEST

START_TEST(no_identifier)
{
	static const char *const bad[] = {"123", "]10", "]E-", "]E\x80", "E0x",
		"]\x80"
		"0"};
	int upos = 7;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_ptr_null(ph_symbology_by_aim((const uint8_t *)bad[i], 13, &upos));
	ck_assert_int_eq(upos, 7);
}
END_TEST

START_TEST(look_ups)
{
	ck_assert_int_eq(ph_symbology_by_name("gs1-128")->upos, 120);
	ck_assert_ptr_null(ph_symbology_by_name("nonsense"));
	ck_assert_ptr_eq(ph_symbology_by_name("unknown"), &ph_symbology_unknown);
	ck_assert_str_eq(ph_symbology_by_upos(104)->name, "ean13");
	ck_assert_str_eq(ph_symbology_by_upos(119)->name, "ean13");
	ck_assert_str_eq(ph_symbology_by_upos(0)->name, "unknown");
	ck_assert_str_eq(ph_symbology_by_upos(133)->name, "itf");
	ck_assert_str_eq(ph_symbology_by_upos(137)->name, "code39");
	ck_assert_ptr_null(ph_symbology_by_upos(9999));
	/* a number means one name: every name is found again by its number, "other" and its like apart */
	for (int upos = 1; upos < 500; upos++) {
		const struct ph_symbology *row = ph_symbology_by_upos(upos);
		if (row)
			ck_assert_ptr_eq(ph_symbology_by_name(row->name), row);
	}
}
END_TEST

/* Which look-up, its identifier, bytes of label behind it, and the answer; NULL where there is none. */
static const struct {
	char scheme; /* I IBM, S SSI, H Honeywell, U E R Datalogic US, EU, single cable */
	unsigned id;
	const char *text;
	size_t len;
	const char *name;
	int upos;
} makers[] = {
	{'I', 0x16, NULL, 0, "ean13", 104},
	{'I', 0x00130b, NULL, 0, "ean13", 119},
	{'I', 0x00150b, NULL, 0, "ean13", 119},
	{'I', 0x0d, NULL, 0, "upca", 101},
	{'I', 0x00110b, NULL, 0, "upca", 111},
	{'I', 0x0a, NULL, 0, "upce", 102},
	{'I', 0x001d0b, NULL, 0, "ean8", 118},
	{'I', 0x000a0b, NULL, 0, "code39", 108},
	{'I', 0x00180b, NULL, 0, "code128", 110},
	{'I', 0x00250b, NULL, 0, "gs1-128", 120},
	{'I', 0x002a0b, NULL, 0, "databar", 131}, /* and limited */
	{'I', 0x002b0b, NULL, 0, "databar-expanded", 132},
	{'I', 0x00330b, NULL, 0, "qr", 204}, /* and micro QR */
	{'I', 0x00370b, NULL, 0, "gs1-qr", 209},
	{'I', 0x00210b, NULL, 0, "composite-a", 151},
	{'I', 0x00ff0b, NULL, 0, "other", 501},
	{'I', 0, NULL, 0, NULL, 0},
	{'I', 0x00180c, NULL, 0, NULL, 0},
	{'S', 0x0b, NULL, 0, "ean13", 104},
	{'S', 0x4b, NULL, 0, "ean13", 119},
	{'S', 0x8b, NULL, 0, "ean13", 119},
	{'S', 0x08, NULL, 0, "upca", 101},
	{'S', 0x48, NULL, 0, "upca", 111},
	{'S', 0x10, NULL, 0, "upce", 102},
	{'S', 0x50, NULL, 0, "upce", 112},
	{'S', 0x90, NULL, 0, "upce", 112},
	{'S', 0x8a, NULL, 0, "ean8", 118},
	{'S', 0xcb, NULL, 0, NULL, 0},
	{'S', 0x43, NULL, 0, NULL, 0}, /* Code 128 has no add-on */
	{'S', 0x00, NULL, 0, NULL, 0},
	{'S', 0x03, NULL, 0, "code128", 110},
	{'S', 0x13, NULL, 0, "code39", 108},
	{'S', 0x0f, NULL, 0, "gs1-128", 120},
	{'S', 0x1c, NULL, 0, "qr", 204},
	{'S', 0x2e, NULL, 0, "aztec", 206},
	{'S', 0x51, NULL, 0, "composite-a", 151},
	{'S', 0x59, NULL, 0, "composite-c", 153},
	{'S', 0x68, NULL, 0, "composite-b", 152},
	{'S', 0xc1, NULL, 0, "gs1-datamatrix", 208},
	{'S', 0xc8, NULL, 0, "gridmatrix", 501},
	{'S', 0x1e, NULL, 0, "postnet", 312},
	{'H', 0x64, NULL, 13, "ean13", 104},
	{'H', 0x64, NULL, 15, "ean13", 119},
	{'H', 0x63, NULL, 17, "upca", 111},
	{'H', 0x49, NULL, 26, "gs1-128", 120},
	{'H', 0x7c, NULL, 26, "gs1-128", 120},
	{'H', 0x6a, NULL, 26, "code128", 110},
	{'H', 0x73, NULL, 26, "qr", 204},
	{'H', 0x73, "]Q1", 26, "qr", 204},
	{'H', 0x73, "]Q3", 26, "gs1-qr", 209},
	{'H', 0x77, "]d2", 26, "gs1-datamatrix", 208},
	{'H', 0x77, "]d1", 26, "datamatrix", 203},
	{'H', 0x77, "]Q3", 26, "datamatrix", 203}, /* not of one symbology: the byte counts */
	{'H', 0x77, "Q3x", 26, "datamatrix", 203},
	{'H', 0x3f, NULL, 26, "korea-post", 307},
	{'H', 0x00, "]Q1", 26, NULL, 0},
	{'H', 0xff, NULL, 26, NULL, 0},
	{'U', 1, "A855941004002", 13, "upca", 101},
	{'U', 1, "F9001475067933", 14, "ean13", 104},
	{'U', 2, "FF96385074", 10, "ean8", 103},
	{'U', 2, "Dg01", 4, "gs1-datamatrix", 208},
	{'U', 3, "]C101", 5, "gs1-128", 120},
	{'U', 1, "#x", 2, "code128", 110},
	{'U', 1, "n1", 2, "codablock-a", 212},
	{'U', 0, "~", 1, NULL, 0},
	{'U', 0, "", 0, NULL, 0},
	{'E', 1, "A96385074", 9, "ean8", 103},
	{'E', 1, "B9001475067933", 14, "ean13", 104},
	{'E', 1, "L900147506793312", 16, "ean13", 119},
	{'E', 1, "M900147506793312345", 19, "ean13", 119},
	{'E', 1, "G85594100400212345", 18, "upca", 111},
	{'E', 2, "$q01", 4, "gs1-qr", 209},
	{'E', 1, "m1", 2, "codablock-f", 213},
	{'R', 2, "B39289510002308107", 18, "code128", 110},
	{'R', 2, "B1X", 3, "code39", 108},
	{'R', 1, "F9001475067933", 14, "ean13", 104},
	{'R', 1, "F900147506793312", 16, "ean13", 119}, /* by its length */
	{'R', 2, "FF96385074", 10, "ean8", 103},
	{'R', 3, "]C10195012345678903", 19, "gs1-128", 120},
};

START_TEST(identifiers_of_makers)
{
	const uint8_t *text = (const uint8_t *)makers[_i].text;
	const struct ph_symbology *found = NULL;
	size_t len = makers[_i].len, id_len = 0;
	int upos = 0;

	switch (makers[_i].scheme) {
	case 'I':
		found = ph_symbology_by_ibm(makers[_i].id, &upos);
		break;
	case 'S':
		found = ph_symbology_by_ssi((uint8_t)makers[_i].id, &upos);
		break;
	case 'H':
		found = ph_symbology_by_hhp((uint8_t)makers[_i].id, text, len, &upos);
		break;
	case 'U':
		found = ph_symbology_by_datalogic(PH_DATALOGIC_US, text, len, &id_len, &upos);
		break;
	case 'E':
		found = ph_symbology_by_datalogic(PH_DATALOGIC_EU, text, len, &id_len, &upos);
		break;
	default:
		found = ph_symbology_by_datalogic(PH_DATALOGIC_SCRS232, text, len, &id_len, &upos);
		break;
	}
	ck_assert_str_eq(found ? found->name : "none", makers[_i].name ? makers[_i].name : "none");
	ck_assert_int_eq(upos, makers[_i].upos);
	if (id_len)
		ck_assert_uint_eq(id_len, makers[_i].id);
}
END_TEST

START_TEST(zebra_x)
{
	static const struct {
		char modifier;
		const char *name;
	} want[] = {{'9', "ean13"}, {'C', "ean8"}, {'g', "upca"}, {'k', "upce"}, {'r', "databar"},
		{'s', "databar-limited"}, {'t', "databar-expanded"}, {'V', "pdf417"},
		{'S', "microqr"}};

	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		ck_assert_str_eq(
			ph_symbology_by_zebra_x((uint8_t)want[i].modifier)->name, want[i].name);
	ck_assert_ptr_null(ph_symbology_by_zebra_x('0'));
	ck_assert_ptr_null(ph_symbology_by_zebra_x(0));
}
END_TEST

START_TEST(character_sets)
{
	ck_assert_str_eq(ph_symbology_eci_charset(3), "ISO-8859-1");
	ck_assert_str_eq(ph_symbology_eci_charset(11), "ISO-8859-9");
	ck_assert_str_eq(ph_symbology_eci_charset(13), "ISO-8859-11");
	ck_assert_str_eq(ph_symbology_eci_charset(15), "ISO-8859-13");
	ck_assert_str_eq(ph_symbology_eci_charset(18), "ISO-8859-16");
	ck_assert_str_eq(ph_symbology_eci_charset(20), "SHIFT_JIS");
	ck_assert_str_eq(ph_symbology_eci_charset(23), "CP1252");
	ck_assert_str_eq(ph_symbology_eci_charset(25), "UCS-2BE");
	ck_assert_str_eq(ph_symbology_eci_charset(26), "UTF-8");
	ck_assert_str_eq(ph_symbology_eci_charset(899), PH_ECI_BINARY);
	ck_assert_ptr_null(ph_symbology_eci_charset(14));
	ck_assert_ptr_null(ph_symbology_eci_charset(999999));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbology");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, aim, 0, (int)(sizeof vectors / sizeof vectors[0]));
	tcase_add_loop_test(tc, identifiers_of_makers, 0, (int)(sizeof makers / sizeof makers[0]));
	tcase_add_test(tc, zebra_x);
	tcase_add_test(tc, character_sets);
	tcase_add_test(tc, no_identifier);
	tcase_add_test(tc, look_ups);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
