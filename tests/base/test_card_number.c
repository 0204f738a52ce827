// Card numbers in texts: what is one, and what of a receipt must stay readable.
#include "base/card_number.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text, *masked; /* NULL: stays as it is */
} texts[] = {
	/* in a row, of any scheme */
	{"PAN 5413330089010012, VU 4556190143", "PAN 541333******0012, VU 4556190143"},
	{"2223003122003222", "222300******3222"},
	{"8171999927660000", "817199******0000"},
	{"4222222222222", "422222***2222"},
	{"501800000009", "501800**0009"},
	{"6304000000000000000", "630400*********0000"},
	{"PAN4111111111111111.", "PAN411111******1111."},
	{"CARD4111111111111111", "CARD411111******1111"},
	/* in groups */
	{"5413 3300 8901 0012", "5413 33** **** 0012"},
	{"5413  3300   8901 0012", "5413  33**   **** 0012"},
	{"5413    3300    8901    0012", NULL}, /* four spaces: columns */
	{"5555-5555-5555-4444", "5555-55**-****-4444"},
	{"5555 - 5555 - 5555 - 4444", "5555 - 55** - **** - 4444"},
	{"5555.5555.5555.4444", "5555.55**.****.4444"},
	{"5555-5555 5555.4444", "5555-55** ****.4444"},
	{"3782 822463 10005", "3782 82**** *0005"},
	{"54 13 33 00 89 01 00 12", "54 13 33 ** ** ** 00 12"},
	{"5 4 1 3 3 3 0 0 8 9 0 1 0 0 1 2", "5 4 1 3 3 3 * * * * * * 0 0 1 2"},
	{"5413\xc2\xa0"
	 "3300 8901 0012",
		"5413\xc2\xa0"
		"33** **** 0012"},
	/* beside something else */
	{"Karte 5413 3300 8901 0012 22.09.2026", "Karte 5413 33** **** 0012 22.09.2026"},
	{"5413330089010012, 541333008901 0012", "541333******0012, 541333****** 0012"},
	{"5413330089010012=2912201", "541333******0012=2912201"},
	{"54133300890100122912", "541333**********2912"},
	{"22230031220032222912", "222300**********2912"},
	{"0378282246310005", "037828******0005"},
	/* over a line */
	{"Karte 5413 3300  \n  8901 0012", "Karte 5413 33**  \n  **** 0012"},
	{"54133300\n89010012", "541333**\n****0012"},
	{"5555-5555-\n5555-4444", "5555-55**-\n****-4444"},
	{"5413\n3300\n8901\n0012", "5413\n33**\n****\n0012"},
	{"EUR 12,34\n5413330089010012", "EUR 12,34\n541333******0012"},
	{"5413 3300\n\n8901 0012", NULL},
	/* without a check digit of its own */
	{"5413330089010013", "541333******0013"},
	{"62123456789012", "621234****9012"},
	{"2223003122003223", NULL},
	{"541333008901", NULL},
	{"4006381333931", NULL},
	/* what receipts have otherwise */
	{"Terminal-ID 56112345  VU-Nr. 4556190143", NULL},
	{"TA-Nr. 001234 BNr. 0042", NULL},
	{"Beleg 0042  Trace 000123", NULL},
	{"22.09.2026 12:34:56", NULL},
	{"22.09.2026   123456", NULL},
	{"22.09.26 12.34.57", NULL},
	{"2026-09-22 123456", NULL},
	{"EUR 1.234.567,89", NULL},
	{"12.34  56.78  90.12  11.11", NULL},
	{"Autorisierungs-Nr 123456", NULL},
	{"AID A0000000031010 A0000003591010028001", NULL},
	{"AID: D27600002547410100, D5280050218002", NULL},
	{"EMV-Daten 0000008000/E800/1F0302", NULL},
	{"Karte ############0012 gueltig bis 12/29", NULL},
	{"5413 33** **** 0012 22.09.2026", NULL},
	{"Tel. 0711 1234567", NULL},
	{"0000000000000000", NULL},
	{"", NULL},
};

START_TEST(masked)
{
	char text[128];
	const char *expected = texts[_i].masked ? texts[_i].masked : texts[_i].text;

	snprintf(text, sizeof text, "%s", texts[_i].text);
	ck_assert_int_eq(ph_card_number_mask(text), texts[_i].masked != NULL);
	ck_assert_str_eq(text, expected);
	ck_assert(!ph_card_number_in(text));
}
END_TEST

START_TEST(references_of_twelve)
{
	ck_assert(!ph_card_number_in("501800000009"));
	ck_assert(ph_card_number_in("4222222222222"));
}
END_TEST

START_TEST(documents)
{
	static const char before[] =
		"{\"v\":1,\"body\":[{\"text\":\"Karte 5413 3300\",\"align\":\"center\"},"
		"{\"text\":\"8901 "
		"0012\",\"size\":[2,1]},{\"text\":[\"5555-\",{\"text\":\"5555-5555-4444\"}]},"
		"{\"text\":\"22.09.2026 "
		"12:34\"},{\"text\":\"12345678\"},{\"feed\":{\"lines\":4111111111111111}},"
		"{\"4222222222222\":true},{\"text\":\"Terminal 56112345\"},{\"text\":\"Beleg "
		"0042\"}]}";
	static const char after[] =
		"{\"v\":1,\"body\":[{\"text\":\"Karte 5413 33**\",\"align\":\"center\"},"
		"{\"text\":\"**** "
		"0012\",\"size\":[2,1]},{\"text\":[\"5555-\",{\"text\":\"55**-****-4444\"}]},"
		"{\"text\":\"22.09.2026 12:34\"},{\"text\":\"12345678\"},{\"feed\":{\"lines\":0}},"
		"{\"422222***2222\":true},{\"text\":\"Terminal 56112345\"},{\"text\":\"Beleg "
		"0042\"}]}";
	cJSON *document = cJSON_Parse(before);

	ck_assert_int_eq(ph_card_number_mask_json(document), 0);
	char *text = cJSON_PrintUnformatted(document);
	ck_assert_str_eq(text, after);
	free(text);
	cJSON_Delete(document);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("card_number");
	TCase *cases = tcase_create("texts");

	tcase_add_loop_test(cases, masked, 0, (int)(sizeof texts / sizeof texts[0]));
	tcase_add_test(cases, references_of_twelve);
	tcase_add_test(cases, documents);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
