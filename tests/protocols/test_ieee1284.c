// Device ids: the keys, and the ways printers get the length in front wrong.
#include "protocols/ieee1284/device_id.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#define TEXT "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;SN:X1;"

static struct ph_ieee1284_id id;

static int parse(unsigned high, unsigned low, const char *text)
{
	uint8_t reply[2048];
	size_t len = strlen(text);

	reply[0] = (uint8_t)high;
	reply[1] = (uint8_t)low;
	memcpy(reply + 2, text, len);
	return ph_ieee1284_parse(reply, len + 2, &id);
}

START_TEST(keys)
{
	ck_assert_int_eq(parse(0, sizeof TEXT - 1 + 2, TEXT), 0);
	ck_assert_str_eq(id.text, TEXT);
	ck_assert_str_eq(id.manufacturer, "EPSON");
	ck_assert_str_eq(id.model, "TM-T88V");
	ck_assert_str_eq(id.serial, "X1");
	ck_assert_str_eq(id.commands, "ESC/POS");

	ck_assert_int_eq(parse(0, 79,
				 "manufacturer: Star ; MODEL:TSP143 ;SERN:1;SN:2;Command Set:;"
				 "COMMAND SET:STAR;X"),
		0);
	ck_assert_str_eq(id.manufacturer, "Star");
	ck_assert_str_eq(id.model, "TSP143");
	ck_assert_str_eq(id.serial, "1");
	ck_assert_str_eq(id.commands, "STAR");
}
END_TEST

/* length bytes, and the model that is read of "MDL:ABCDEF;" (11 bytes) */
static const struct {
	unsigned high, low;
	const char *model;
} lengths[] = {
	{0, 13, "ABCDEF"},					      /* as it should be */
	{0, 11, "ABCDEF"},					      /* does not count itself */
	{13, 0, "ABCDEF"},					      /* low byte first */
	{11, 0, "ABCDEF"},					      /* both */
	{0, 0, "ABCDEF"}, {0xff, 0xff, "ABCDEF"}, {0, 200, "ABCDEF"}, /* cannot be */
	{0, 9, "ABC"}, /* less than came: what is behind is not of the text */
};

START_TEST(length_conventions)
{
	ck_assert_int_eq(parse(lengths[_i].high, lengths[_i].low, "MDL:ABCDEF;"), 0);
	ck_assert_str_eq(id.model, lengths[_i].model);
}
END_TEST

START_TEST(no_length_at_all)
{
	ck_assert_int_eq(ph_ieee1284_parse((const uint8_t *)"MFG:A;MDL:B;", 12, &id), 0);
	ck_assert_str_eq(id.manufacturer, "A");
	ck_assert_str_eq(id.model, "B");
}
END_TEST

START_TEST(foreign_bytes)
{
	char text[1500];

	ck_assert_int_eq(parse(0, 2, ""), -EBADMSG);
	ck_assert_int_eq(parse(0, 7, "EPSON"), -EBADMSG);
	ck_assert_int_eq(parse(0, 4, ";;"), -EBADMSG);
	ck_assert_int_eq(parse(0, 6, ":X;:"), -EBADMSG);
	ck_assert_int_eq(ph_ieee1284_parse((const uint8_t *)"", 0, &id), -EBADMSG);
	ck_assert_int_eq(parse(0, 0, "MDL:A\x01\xffZ"), 0);
	ck_assert_str_eq(id.model, "A??Z");
	ck_assert_int_eq(parse(0, 0, "NOVALUE:;MDL:"), 0);
	ck_assert_str_eq(id.model, "");

	memset(text, 'a', sizeof text);
	memcpy(text, "MDL:", 4);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(parse(0, 0, text), 0);
	ck_assert_uint_eq(strlen(id.model), PH_IEEE1284_VALUE_MAX);
	ck_assert_uint_eq(strlen(id.text), PH_IEEE1284_TEXT_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ieee1284");
	TCase *cases = tcase_create("device_id");

	tcase_add_test(cases, keys);
	tcase_add_loop_test(cases, length_conventions, 0, (int)(sizeof lengths / sizeof *lengths));
	tcase_add_test(cases, no_length_at_all);
	tcase_add_test(cases, foreign_bytes);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
