// The symbology table: AIM identifiers of ISO/IEC 15424 to names and UnifiedPOS numbers.
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
	{"]J1", 5, "dotcode", 501},
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
	ck_assert_ptr_null(ph_symbology_by_upos(9999));
	/* a number means one name: every name is found again by its number, "other" and its like apart */
	for (int upos = 1; upos < 500; upos++) {
		const struct ph_symbology *row = ph_symbology_by_upos(upos);
		if (row)
			ck_assert_ptr_eq(ph_symbology_by_name(row->name), row);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbology");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, aim, 0, (int)(sizeof vectors / sizeof vectors[0]));
	tcase_add_test(tc, no_identifier);
	tcase_add_test(tc, look_ups);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
