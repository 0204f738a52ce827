// GS1: check digits, UPC-E, element strings and Digital Links. Vectors: GS1 General Specifications; the public tests of
// GS1's syntax engine (scan data) and of biip.
#include "protocols/gs1/gs1.h"

#include "protocols/gs1/check_digit.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct ph_gs1 gs1;

static const char *const checks[] = {"9501101531000", "95012346", "376104250021234569",
	"6291041500213", "9788205512375", "7080003824349", "00000000", "12345670", "012345678905"};

START_TEST(check_digits)
{
	const char *number = checks[_i];
	const size_t len = strlen(number);
	char wrong[32];

	ck_assert_int_eq(ph_check_digit(number, len - 1), number[len - 1]);
	ck_assert(ph_check_digit_ok(number, len));
	strcpy(wrong, number);
	wrong[len - 1] = (char)(wrong[len - 1] == '9' ? '0' : wrong[len - 1] + 1);
	ck_assert(!ph_check_digit_ok(wrong, len));
	wrong[0] = 'x';
	ck_assert(!ph_check_digit_ok(wrong, len));
}
END_TEST

START_TEST(gtins)
{
	ck_assert_int_eq(ph_gtin_check("9501101531000", 13), 0);
	ck_assert_int_eq(ph_gtin_check("95012346", 8), 0);
	ck_assert_int_eq(ph_gtin_check("012345678905", 12), 0);
	ck_assert_int_eq(ph_gtin_check("09501101531000", 14), 0);
	ck_assert_int_eq(ph_gtin_check("9501101531001", 13), -EBADMSG);
	ck_assert_int_eq(ph_gtin_check("950110153100", 12), -EBADMSG);
	ck_assert_int_eq(ph_gtin_check("950110153100x", 13), -EINVAL);
	ck_assert_int_eq(ph_gtin_check("12345678905", 11), -EINVAL);
	ck_assert_int_eq(ph_gtin_check("", 0), -EINVAL);
	ck_assert(!ph_check_digit_ok("", 0));
	ck_assert(!ph_check_digit_ok("0", 1));
}
END_TEST

static const struct {
	const char *upce, *upca;
} shorts[] = {
	{"04252614", "042100005264"},
	{"01234565", "012345000065"},
	{"012345-3", "012300000451"},
	{"012345-4", "012340000053"},
};

START_TEST(upc_e)
{
	char upce[PH_UPCE_LEN + 1], upca[PH_UPCA_LEN + 1];
	const char *vector = shorts[_i].upce;
	size_t len = strlen(vector);

	/* with "-" the number system is in front and the sixth digit behind */
	if (vector[6] == '-') {
		memcpy(upce, vector, 6);
		upce[6] = vector[7];
		len = 7;
	} else {
		memcpy(upce, vector, 8);
	}
	ck_assert_int_eq(ph_upce_to_upca(upce, len, upca), 0);
	ck_assert_str_eq(upca, shorts[_i].upca);
	ck_assert_int_eq(ph_upce_to_upca(upce + 1, 6, upca), 0);
	ck_assert_str_eq(upca, shorts[_i].upca);
	ck_assert_int_eq(ph_upca_to_upce(upca, 12, upce), 0);
	ck_assert_int_eq(ph_upce_to_upca(upce, 8, upca), 0);
	ck_assert_str_eq(upca, shorts[_i].upca);
	upce[7] = (char)(upce[7] == '0' ? '1' : '0');
	ck_assert_int_eq(ph_upce_to_upca(upce, 8, upca), -EBADMSG);
}
END_TEST

START_TEST(upc_e_refused)
{
	char upce[PH_UPCE_LEN + 1] = "kept", upca[PH_UPCA_LEN + 1] = "kept";

	ck_assert_int_eq(ph_upce_to_upca("24252614", 8, upca), -EINVAL);
	ck_assert_int_eq(ph_upce_to_upca("04252", 5, upca), -EINVAL);
	ck_assert_int_eq(ph_upce_to_upca("0425261x", 8, upca), -EINVAL);
	ck_assert_int_eq(ph_upce_to_upca("042526140", 9, upca), -EINVAL);
	ck_assert_int_eq(ph_upca_to_upce("012345678905", 12, upce), -ERANGE);
	ck_assert_int_eq(ph_upca_to_upce("212345804995", 12, upce), -ERANGE);
	ck_assert_int_eq(ph_upca_to_upce("012345678906", 12, upce), -EBADMSG);
	ck_assert_int_eq(ph_upca_to_upce("01234567890", 11, upce), -EINVAL);
	ck_assert_str_eq(upce, "kept");
	ck_assert_str_eq(upca, "kept");
}
END_TEST

/* Every number that has a short form is found again by it. */
START_TEST(upc_e_all_ways)
{
	char six[7], upce[PH_UPCE_LEN + 1], upca[PH_UPCA_LEN + 1], again[PH_UPCA_LEN + 1];

	for (unsigned i = 0; i < 1000000; i += 137) {
		snprintf(six, sizeof six, "%06u", i % 1000000);
		ck_assert_int_eq(ph_upce_to_upca(six, 6, upca), 0);
		ck_assert_int_eq(ph_upca_to_upce(upca, 12, upce), 0);
		ck_assert_int_eq(ph_upce_to_upca(upce, 8, again), 0);
		if (strcmp(upca, again))
			ck_abort_msg("%s: %s, %s", six, upca, again);
	}
}
END_TEST

static const struct {
	const char *input; /* AIM identifier in front */
	const char *human; /* or NULL */
	const char *reason;
} labels[] = {
	{"]e00195012345678903310300123417260101", "(01)95012345678903(3103)001234(17)260101", ""},
	{"]C1010950600013435210ABC\x1d"
	 "17260101",
		"(01)09506000134352(10)ABC(17)260101", ""},
	{"]d2011231231231233310ABC123\x1d"
	 "99TESTING",
		"(01)12312312312333(10)ABC123(99)TESTING", ""},
	{"]Q3011231231231233310ABC123\x1d"
	 "99TESTING\x1d",
		"(01)12312312312333(10)ABC123(99)TESTING", ""},
	{"]e0011231231231233310ABC123\x1d"
	 "1199122598TESTING\x1d"
	 "97XYZ",
		"(01)12312312312333(10)ABC123(11)991225(98)TESTING(97)XYZ", ""},
	{"]C10112312312312333235XYZ\x1d"
	 "10ABC",
		"(01)12312312312333(235)XYZ(10)ABC", ""},
	{"]Q1https://id.gs1.org/01/09506000134352/10/ABC?17=260101",
		"(01)09506000134352(10)ABC(17)260101", ""},
	{"]E02112345678900", "(01)02112345678900", ""},
	{"]E402345673", "(01)00000002345673", ""},
	{"]E496385074", "(01)00000096385074", ""},
	{"]E02112345678901", NULL, "(01): wrong check digit"},
	{"]E402345674", NULL, "(01): wrong check digit"},
	{"]C1", NULL, "empty"},
	{"]e0", NULL, "empty"},
	{"]Q3", NULL, "empty"},
	{"]C1010950600013435310ABC", NULL, "(01): wrong check digit"},

	/* a separator that is not needed, and one too many */
	{"]C10195012345678903\x1d"
	 "17260101",
		"(01)95012345678903(17)260101", ""},
	{"]C110ABC\x1d\x1d"
	 "17260101",
		NULL, "no application identifier"},
	{"]C110\x1d"
	 "17260101",
		NULL, "(10): too short"},
	/* numbers */
	{"]E0042100005264", "(01)00042100005264", ""},
	{"]E004252614", "(01)00042100005264", ""}, /* UPC-E */
	{"]E0042526", NULL, "no EAN or UPC number"},
	{"]E004252615", NULL, "(01): wrong check digit"},
	{"]E024252614", NULL, "(01): no UPC-E number"},
	{"]E3950110153100012", "(01)09501101531000", ""}, /* add-ons */
	{"]E3950110153100012345", "(01)09501101531000", ""},
	{"]E49638507412", "(01)00000096385074", ""},
	{"]E095011015310xx", NULL, "no EAN or UPC number"},
	{"]E02112345678900|]e010ABC", "(01)02112345678900(10)ABC", ""},
	{"]E02112345678900|]e0ABC", NULL, "no application identifier"},
	{"]I195012345678903", "(01)95012345678903", ""},
	{"]I195012345678904", NULL, ""}, /* ITF of somebody else */
	/* parts, decimals and dates */
	{"]C1253950110153100012AB", "(253)950110153100012AB", ""},
	{"]C1253950110153100112AB", NULL, "(253): wrong check digit"},
	{"]C1255950110153100012A", NULL, "(255): not digits"},
	{"]C1800309501101531000SER1", "(8003)09501101531000SER1", ""},
	{"]C13932978150", "(3932)978150", ""},
	{"]C13932978", NULL, "(3932): too short"},
	{"]C100376104250021234569", "(00)376104250021234569", ""},
	{"]C100376104250021234560", NULL, "(00): wrong check digit"},
	{"]C100376", NULL, "(00): too short"},
	{"]C117261200", "(17)261200", ""},
	{"]C117261300", NULL, "(17): no date"},
	{"]C117260230", NULL, "(17): no date"},
	{"]C117240229", "(17)240229", ""},
	{"]C17003260100"
	 "1200",
		NULL, "(7003): no date"},
	{"]C170032601012460", NULL, "(7003): no time"},
	{"]C170032601012359", "(7003)2601012359", ""},
	{"]C17007260101260131", "(7007)260101260131", ""},
	{"]C170072601012601", NULL, "(7007): too short"},
	{"]C1800826010112", "(8008)26010112", ""},
	{"]C180082601011230", "(8008)2601011230", ""},
	{"]C1800826010112305", NULL, "(8008): too short"},
	{"]C1725119000229", NULL, "(7251): no date"},
	{"]C172512000022912"
	 "30",
		"(7251)200002291230", ""},
	{"]C18006095060001343520102", "(8006)095060001343520102", ""},
	{"]C18006095060001343520302", NULL, "(8006): no piece of a total"},
	{"]C180131987654Ad4X4bL5ttr2310c2K", "(8013)1987654Ad4X4bL5ttr2310c2K", ""},
	{"]C180131987654Ad4X4bL5ttr2310c2L", NULL, "(8013): wrong check characters"},
	{"]C18010AB-1/#", "(8010)AB-1/#", ""},
	{"]C18010ab", NULL, "(8010): character not allowed"},
	{"]C110A B", NULL, "(10): character not allowed"},
	{"]C110123456789012345678901", NULL, "(10): too long"},
	{"]C1242A", NULL, "(242): not digits"},
	/* not assigned, but of known length */
	{"]C1190102031"
	 "0A",
		"(19)010203(10)A", ""},
	{"]C13106001234"
	 "10A",
		"(3106)001234(10)A", ""},
	{"]C18299ABC\x1d"
	 "10A",
		"(8299)ABC(10)A", ""},
	{"]C138", NULL, "no application identifier"},
	{"]C11", NULL, "no application identifier"},
	{"]C1AB", NULL, "no application identifier"},
	/* an extended channel in front */
	{"]Q4\\00002610ABC", "(10)ABC", ""},
};

START_TEST(label)
{
	const char *input = labels[_i].input;
	char aim[4] = "", human[256], text[256];
	struct ph_gs1 again;

	memcpy(aim, input, 3);
	const int r = ph_gs1_parse(NULL, aim, input + 3, strlen(input) - 3, &gs1);
	ck_assert_str_eq(gs1.reason, labels[_i].reason);
	ck_assert_int_ge(ph_gs1_human(&gs1, human, sizeof human), 0);
	ck_assert_str_eq(human, labels[_i].human ? labels[_i].human : "");
	if (!labels[_i].human) {
		ck_assert_uint_eq(gs1.count, 0);
		ck_assert_int_eq(r, *labels[_i].reason ? -EBADMSG : -ENOMSG);
		return;
	}
	ck_assert_int_eq(r, 0);
	/* and again from what we would write ourselves */
	const int len = ph_gs1_element_string(&gs1, text, sizeof text);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(ph_gs1_parse_elements(text, (size_t)len, &again), 0);
	ck_assert_int_ge(ph_gs1_human(&again, human, sizeof human), 0);
	ck_assert_str_eq(human, labels[_i].human);
}
END_TEST

START_TEST(details)
{
	static const char data[] = "0195012345678903310300123439329781500\x1d"
				   "25395011015310009\x1d"
				   "3942"
				   "0500\x1d"
				   "7040"
				   "1ABC\x1d"
				   "91X";

	ck_assert_int_eq(ph_gs1_parse("gs1-128", NULL, data, sizeof data - 1, &gs1), 0);
	ck_assert_uint_eq(gs1.count, 7);
	const struct ph_gs1_element *element = ph_gs1_find(&gs1, "3103");
	ck_assert_ptr_nonnull(element);
	ck_assert_str_eq(ph_gs1_value(&gs1, element), "001234");
	ck_assert_str_eq(element->title, "NET WEIGHT (kg)");
	ck_assert_int_eq(element->decimals, 3);
	ck_assert_uint_eq(element->split, 0);
	element = ph_gs1_find(&gs1, "3932");
	ck_assert_int_eq(element->decimals, 2);
	ck_assert_uint_eq(element->split, 3);
	ck_assert_str_eq(ph_gs1_value(&gs1, element) + element->split, "1500");
	element = ph_gs1_find(&gs1, "253");
	ck_assert_uint_eq(element->split, 13);
	ck_assert_int_eq(element->decimals, -1);
	ck_assert_int_eq(ph_gs1_find(&gs1, "3942")->decimals, 2);
	ck_assert_uint_eq(ph_gs1_find(&gs1, "7040")->split, 0);
	ck_assert_str_eq(ph_gs1_find(&gs1, "91")->title, "INTERNAL");
	ck_assert_ptr_null(ph_gs1_find(&gs1, "10"));

	char small[8] = "";
	ck_assert_int_eq(ph_gs1_human(&gs1, small, sizeof small), -ENOBUFS);
	ck_assert_int_eq(ph_gs1_element_string(&gs1, small, sizeof small), -ENOBUFS);
	ck_assert_int_eq(ph_gs1_human(&gs1, small, 0), -ENOBUFS);

	ck_assert_int_eq(ph_gs1_parse_elements("8299A", 5, &gs1), 0);
	ck_assert_ptr_null(gs1.elements[0].title);
}
END_TEST

START_TEST(by_name)
{
	ck_assert_int_eq(ph_gs1_parse("ean13", NULL, "9501101531000", 13, &gs1), 0);
	ck_assert_int_eq(ph_gs1_parse("ean8", NULL, "96385074", 8, &gs1), 0);
	ck_assert_str_eq(gs1.text, "00000096385074");
	ck_assert_int_eq(ph_gs1_parse("upce", NULL, "425261", 6, &gs1), 0);
	ck_assert_str_eq(gs1.text, "00042100005264");
	ck_assert_int_eq(ph_gs1_parse("upce", NULL, "0425261", 7, &gs1), 0);
	ck_assert_int_eq(ph_gs1_parse("databar", NULL, "0195012345678903", 16, &gs1), 0);
	ck_assert_int_eq(ph_gs1_parse("code128", NULL, "0195012345678903", 16, &gs1), -ENOMSG);
	ck_assert_int_eq(ph_gs1_parse(NULL, NULL, "0195012345678903", 16, &gs1), -ENOMSG);
	ck_assert_str_eq(gs1.reason, "");
	/* FNC1 of a keyboard, which knows no symbology */
	ck_assert_int_eq(ph_gs1_parse(NULL, NULL,
				 "\x1d"
				 "0195012345678903",
				 17, &gs1),
		0);
	ck_assert_int_eq(ph_gs1_parse("unknown", NULL,
				 "\x1d"
				 "0195012345678903",
				 17, &gs1),
		0);
	ck_assert_int_eq(ph_gs1_parse(NULL, NULL, "\x1d", 1, &gs1), -EBADMSG);
	ck_assert_str_eq(gs1.reason, "empty");
	/* the identifier of the symbol counts more than the name, unless it is none */
	ck_assert_int_eq(ph_gs1_parse("code128", "]C1", "0195012345678903", 16, &gs1), 0);
	ck_assert_int_eq(ph_gs1_parse("gs1-128", "]C0", "0195012345678903", 16, &gs1), -ENOMSG);
	ck_assert_int_eq(ph_gs1_parse("gs1-128", "", "0195012345678903", 16, &gs1), 0);
}
END_TEST

START_TEST(limits)
{
	static char many[PH_LABEL_MAX + 1];

	for (size_t i = 0; i < PH_GS1_ELEMENTS_MAX + 1; i++)
		memcpy(many + 4 * i, "2012", 4);
	ck_assert_int_eq(ph_gs1_parse_elements(many, (size_t)4 * PH_GS1_ELEMENTS_MAX, &gs1), 0);
	ck_assert_uint_eq(gs1.count, PH_GS1_ELEMENTS_MAX);
	ck_assert_int_eq(
		ph_gs1_parse_elements(many, (size_t)4 * (PH_GS1_ELEMENTS_MAX + 1), &gs1), -E2BIG);
	ck_assert_uint_eq(gs1.count, 0);
	ck_assert_str_eq(gs1.reason, "too many elements");
	ck_assert_int_eq(ph_gs1_parse("gs1-128", NULL, many, sizeof many, &gs1), -E2BIG);
	ck_assert_int_eq(ph_gs1_parse_link(many, sizeof many, &gs1), -E2BIG);
	ck_assert_int_eq(ph_gs1_parse_elements("10A\0B", 5, &gs1), -EBADMSG);
}
END_TEST

static const struct {
	const char *uri;
	const char *human; /* or NULL */
	int error;
} links[] = {
	{"http://example.com/01/09506000134352", "(01)09506000134352", 0},
	{"HTTPS://EXAMPLE.COM/01/09506000134352/", "(01)09506000134352", 0},
	{"https://example.com/some/path/01/09506000134352/22/2A/10/A/21/S",
		"(01)09506000134352(22)2A(10)A(21)S", 0},
	{"https://example.com/one/01/9506000134352", "(01)09506000134352", 0},
	{"https://example.com/01/96385074", "(01)00000096385074", 0},
	{"https://example.com/01/09506000134352/10/A%2FB%21", "(01)09506000134352(10)A/B!", 0},
	{"https://example.com/01/09506000134352?10=A+B&linkType=all&17=260101#frag?17=1",
		"(01)09506000134352(10)A+B(17)260101", 0},
	{"https://example.com/01/09506000134352?3103=000195;3932=978150",
		"(01)09506000134352(3103)000195(3932)978150", 0},
	{"https://example.com/00/376104250021234569", "(00)376104250021234569", 0},
	{"https://example.com/414/9501101531000/254/X", "(414)9501101531000(254)X", 0},
	{"https://example.com/8006/095060001343520102/21/S", "(8006)095060001343520102(21)S", 0},
	{"https://example.com/01/09506000134353", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352/10/A%2", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352/10/A%zz", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352/10/A%00", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352?38=1", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352?17=261301", NULL, -EBADMSG},
	{"https://example.com/01/09506000134352/21/S/10/A", NULL, -ENOMSG}, /* wrong order */
	{"https://example.com/01/09506000134352/17/260101", NULL, -ENOMSG}, /* no qualifier */
	{"https://example.com/ARFKk4XB0CDKWcnpq", NULL, -ENOMSG},	    /* compressed */
	{"https://example.com/", NULL, -ENOMSG},
	{"https://example.com", NULL, -ENOMSG},
	{"https://", NULL, -ENOMSG},
	{"ftp://example.com/01/09506000134352", NULL, -ENOMSG},
	{"", NULL, -ENOMSG},
};

START_TEST(link)
{
	char human[256];

	ck_assert_int_eq(
		ph_gs1_parse_link(links[_i].uri, strlen(links[_i].uri), &gs1), links[_i].error);
	ck_assert_int_ge(ph_gs1_human(&gs1, human, sizeof human), 0);
	ck_assert_str_eq(human, links[_i].human ? links[_i].human : "");
	ck_assert_int_eq(gs1.reason[0] != '\0', links[_i].error != 0);
}
END_TEST

/* Lengths by the first two digits: GS1 General Specifications, figures 7.8.5-1 and 7.8.5-2. */
START_TEST(dictionary)
{
	static const struct {
		int first, last;
		size_t ai_len, fixed;
	} want[] = {{0, 0, 2, 18}, {1, 3, 2, 14}, {4, 4, 2, 16}, {5, 9, 0, 0}, {10, 10, 2, 0},
		{11, 19, 2, 6}, {20, 20, 2, 2}, {21, 22, 2, 0}, {23, 25, 3, 0}, {26, 29, 0, 0},
		{30, 30, 2, 0}, {31, 36, 4, 6}, {37, 37, 2, 0}, {38, 38, 0, 0}, {39, 39, 4, 0},
		{40, 40, 3, 0}, {41, 41, 3, 13}, {42, 42, 3, 0}, {43, 43, 4, 0}, {44, 69, 0, 0},
		{70, 70, 4, 0}, {71, 71, 3, 0}, {72, 72, 4, 0}, {73, 79, 0, 0}, {80, 82, 4, 0},
		{83, 89, 0, 0}, {90, 99, 2, 0}};
	char digits[12];

	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		for (int n = want[i].first; n <= want[i].last; n++) {
			snprintf(digits, sizeof digits, "%02d", n);
			ck_assert_uint_eq(ph_gs1_ai_len(digits), want[i].ai_len);
			ck_assert_uint_eq(ph_gs1_fixed_len(digits), want[i].fixed);
		}
	/* every row is of the length that its first digits say, and of fixed length where they say so */
	for (int n = 0; n < 10000; n++) {
		snprintf(digits, sizeof digits, "%04d", n);
		for (size_t len = 2; len <= 4; len++) {
			const struct ph_gs1_ai *row = ph_gs1_ai_find(digits, len);
			if (!row)
				continue;
			ck_assert_uint_eq(ph_gs1_ai_len(digits), len);
			ck_assert_ptr_nonnull(row->title);
			size_t max = 0, min = 0;
			for (size_t i = 0; i < PH_GS1_PARTS; i++) {
				min += row->parts[i].min;
				max += row->parts[i].max;
			}
			ck_assert_uint_gt(max, 0);
			ck_assert_uint_le(max, PH_GS1_VALUE_MAX);
			if (ph_gs1_fixed_len(digits))
				ck_assert(min == max && max == ph_gs1_fixed_len(digits));
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gs1");
	TCase *cases = tcase_create("all");

	tcase_add_loop_test(cases, check_digits, 0, (int)(sizeof checks / sizeof *checks));
	tcase_add_test(cases, gtins);
	tcase_add_loop_test(cases, upc_e, 0, (int)(sizeof shorts / sizeof *shorts));
	tcase_add_test(cases, upc_e_refused);
	tcase_add_test(cases, upc_e_all_ways);
	tcase_add_loop_test(cases, label, 0, (int)(sizeof labels / sizeof *labels));
	tcase_add_test(cases, details);
	tcase_add_test(cases, by_name);
	tcase_add_test(cases, limits);
	tcase_add_loop_test(cases, link, 0, (int)(sizeof links / sizeof *links));
	tcase_add_test(cases, dictionary);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
