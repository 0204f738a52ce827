// Documents through encoder and emulated printer onto paper: it says what the preview says, knows
// every command, and symbols arrive with their data.
#include "paper_rig.h"
#include "tests/support/escpos_profile.h"

static void check_printed(const char *document, const struct ph_escpos_profile *profile)
{
	rig.escpos = profile;
	rig_check_printed(document);
}

START_TEST(the_measured_receipt)
{
	check_printed(rig_read_file(RECEIPT60), profile_named("generic-80"));
	check_printed(rig_read_file(RECEIPT60), profile_named("epson-tm-t88v"));
	check_printed(rig_read_file(RECEIPT60), profile_named("xprinter-80"));
}
END_TEST

START_TEST(every_barcode)
{
	static const char document[] =
		"{\"body\":[{\"barcode\":{\"type\":\"ean13\",\"data\":\"4006381333931\"}},"
		"{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"align\":\"center\"}},"
		"{\"barcode\":{\"type\":\"upca\",\"data\":\"036000291452\",\"align\":\"right\"}},"
		"{\"barcode\":{\"type\":\"code39\",\"data\":\"AB-1\"}},"
		"{\"barcode\":{\"type\":\"itf\",\"data\":\"1234\"}},"
		"{\"barcode\":{\"type\":\"codabar\",\"data\":\"A12B\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"No.{123456\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"991604x\"}},"
		"{\"qr\":{\"data\":\"https://example.org/caf\xc3\xa9\",\"align\":\"right\"}},"
		"{\"text\":\"back at the left\"}]}";

	check_printed(document, profile_named("generic-80"));
}
END_TEST

START_TEST(any_document_prints_as_previewed)
{
	struct ph_escpos_profile profiles[] = {*profile_named("generic-80"),
		*profile_named("epson-tm-t88v"), *profile_named("generic-58"),
		*profile_named("epson-tm-m30iii")};

	profiles[2].cutter = PH_ESCPOS_CUTTER_PARTIAL; // or cuts do not show on paper

	for (unsigned round = 0; round < 200; round++)
		check_printed(rig_random_document(false), &profiles[round % 4]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_paper");
	TCase *tests = tcase_create("paper");

	tcase_add_checked_fixture(tests, NULL, rig_teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_measured_receipt);
	tcase_add_test(tests, every_barcode);
	tcase_add_test(tests, any_document_prints_as_previewed);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
