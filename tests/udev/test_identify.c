// What a report descriptor says of the device, and the descriptors that say nothing.
#include "protocols/hid/descriptor.h"
#include "tests/protocols/hex_help.h"
#include "tests/protocols/hid_descriptors.h"
#include "udev/identify.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static const char hand_held[] = OEM_SCANNER;
static const char table_top[] =
	"06 45 FF 0A 00 4A A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 0B 09 02 91 02 C0";
static const char oem_scale[] =
	"06 00 FF 0A 00 6E A1 01 15 00 26 FF 00 75 08 95 05 09 01 81 02 95 0B 09 02 91 02 C0";
static const char flash[] =
	"06 45 FF 0A 00 A0 A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 40 09 02 91 02 C0";
/* 0d3a:0200 when it is a drawer */
static const char posiflex[] = "06 A0 FF 09 01 A1 01 09 02 15 00 26 FF 00 75 08 95 78 81 02 "
			       "09 03 15 00 26 FF 00 75 08 95 78 91 02 C0";
/* Usage 01 as application, as in HID Usage Tables; the other one is SCALE. */
static const char scale_01[] =
	"05 8D 09 01 A1 01 85 03 15 00 27 FF FF 00 00 75 10 95 01 09 40 81 02 C0";
static const char stripe_8e[] =
	"05 8E 09 01 A1 01 15 00 26 FF 00 75 08 95 02 09 11 09 12 81 02 09 21 95 50 82 02 01 "
	"09 22 95 30 82 02 01 C0";
/* Head as MagTek, then length of two bytes and one block of 508 bytes. */
static const char idtech[] =
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 09 20 09 21 09 22 09 28 09 29 09 2A 09 38 95 07 "
	"81 02 09 30 95 02 82 02 01 09 31 96 FC 01 82 02 01 09 20 95 08 B2 02 01 C0";
static const char snapi[] = "06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 1F 85 21 09 02 81 02 85 "
			    "22 09 02 81 02 85 24 09 02 "
			    "81 02 85 27 09 02 81 02 85 01 09 02 91 02 C0";
static const char mouse[] = "05 01 09 02 A1 01 09 01 A1 00 05 09 19 01 29 03 15 00 25 01 95 03 75 "
			    "01 81 02 95 01 75 05 81 03 "
			    "05 01 09 30 09 31 15 81 25 7F 75 08 95 02 81 06 C0 C0";
/* A security key: usage page F1D0. */
static const char fido[] = "06 D0 F1 09 01 A1 01 09 20 15 00 26 FF 00 75 08 95 40 81 02 09 21 15 "
			   "00 26 FF 00 75 08 95 40 91 02 C0";
/* 32 bytes each way, without ids: a display of Wincor Nixdorf, or anything. */
static const char display[] =
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 20 09 01 81 02 95 20 09 01 91 02 C0";
/* What examples of chip makers call "custom HID": vendor page, 64 bytes each way. */
static const char custom[] =
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 40 09 01 91 02 C0";

static const struct {
	const char *descriptor, *class_name, *proto;
} known[] = {
	{SCANNER_A, "scanner", "hidpos"},
	{SCANNER_A62, "scanner", "hidpos"},
	{SCANNER_A61, "scanner", "hidpos"},
	{SCANNER_B, "scanner", "hidpos"},
	{hand_held, "scanner", "ibmoem-hand"},
	{table_top, "scanner", "ibmoem-table"},
	{oem_scale, "scale", "ibmoem-scale"},
	{SCALE, "scale", "hidscale"},
	{scale_01, "scale", "hidscale"},
	{stripe_8e, "msr", "hidmsr"},
	{STRIPE_READER, "msr", "magtek"},
	{idtech, "msr", "idtech"},
	{posiflex, "drawer", "posiflex-drawer"},
	{snapi, "scanner", "snapi"},
};

static const char *const unknown[] = {
	KEYBOARD,
	mouse,
	fido,
	custom,
	flash,
	display,
	DRAWER,			/* reports of two bytes: not the drawer we know */
	SCANNER_A " " KEYBOARD, /* it types as well */
	SCANNER_A " " SCALE,	/* two at once */
	"05 8C 09 02 A1 01 C0", /* a scanner without labels */
	"05 8D 09 20 A1 01 C0", /* a scale without weight */
	"05 8E 09 01 A1 01 C0", /* a stripe reader without tracks */
	"",
};

static uint8_t bytes[8192];

static int identify(const char *text, struct ph_identity *ret_identity)
{
	return ph_identify(bytes, hex(text, bytes, sizeof bytes), NULL, ret_identity);
}

START_TEST(each_kind)
{
	struct ph_identity identity;

	ck_assert_int_eq(identify(known[_i].descriptor, &identity), 0);
	ck_assert_str_eq(identity.class_name, known[_i].class_name);
	ck_assert_str_eq(identity.proto, known[_i].proto);
}
END_TEST

/* Which interface is the display: only where the ids say that there is one. */
START_TEST(with_the_help_of_ids)
{
	struct ph_identity identity;
	size_t len = hex(display, bytes, sizeof bytes);

	ck_assert_int_eq(ph_identify(bytes, len, NULL, &identity), -ENOENT);
	ck_assert_int_eq(ph_identify(bytes, len, "hidpos", &identity), -ENOENT);
	ck_assert_int_eq(ph_identify(bytes, len, "wincor-display", &identity), 0);
	ck_assert_str_eq(identity.class_name, "display");
	ck_assert_str_eq(identity.proto, "wincor-display");
	len = hex(custom, bytes, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, len, "wincor-display", &identity), -ENOENT);
	len = hex(KEYBOARD, bytes, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, len, "wincor-display", &identity), -ENOENT);
	/* a descriptor that speaks for itself is believed */
	len = hex(SCANNER_A, bytes, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, len, "wincor-display", &identity), 0);
	ck_assert_str_eq(identity.proto, "hidpos");
}
END_TEST

START_TEST(nothing)
{
	struct ph_identity identity = {"untouched", NULL};

	ck_assert_int_eq(identify(unknown[_i], &identity), -ENOENT);
	ck_assert_str_eq(identity.class_name, "untouched");
}
END_TEST

/* A descriptor that ends early is no descriptor, wherever it ends, unless what is left is whole. */
START_TEST(cut_off)
{
	struct ph_identity identity;
	size_t len = hex(known[_i].descriptor, bytes, sizeof bytes);

	for (size_t i = 1; i < len; i++) {
		uint8_t piece[512];
		memcpy(piece, bytes, i);
		ck_assert_int_lt(ph_identify(piece, i, NULL, &identity), 0);
	}
}
END_TEST

START_TEST(hostile)
{
	struct ph_identity identity;

	/* 64 collections in each other */
	size_t len = hex("05 8C", bytes, sizeof bytes);
	for (int i = 0; i < 64; i++)
		len += hex("09 02 A1 01", bytes + len, sizeof bytes - len);
	for (int i = 0; i < 64; i++)
		bytes[len++] = 0xc0;
	ck_assert_int_eq(ph_identify(bytes, len, NULL, &identity), -E2BIG);
	/* one byte too many */
	memset(bytes, 0, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, PH_HID_DESCRIPTOR_MAX + 1, NULL, &identity), -E2BIG);
	/* a long item in front is passed over; one longer than the rest is not */
	len = hex("FE 03 F0 AA BB CC " SCANNER_A61, bytes, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, len, NULL, &identity), 0);
	len = hex("FE FF F0 AA BB CC " SCANNER_A61, bytes, sizeof bytes);
	ck_assert_int_eq(ph_identify(bytes, len, NULL, &identity), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("identify");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, each_kind, 0, sizeof known / sizeof known[0]);
	tcase_add_loop_test(all, nothing, 0, sizeof unknown / sizeof unknown[0]);
	tcase_add_loop_test(all, cut_off, 0, sizeof known / sizeof known[0]);
	tcase_add_test(all, with_the_help_of_ids);
	tcase_add_test(all, hostile);
	suite_add_tcase(suite, all);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
