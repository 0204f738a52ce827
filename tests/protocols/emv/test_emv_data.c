// The objects of a transaction and what a DOL makes of them. Source: EMV Book 3, 5.4, 7.5 and annex A.
#include "protocols/emv/dol.h"
#include "protocols/emv/tlv.h"

#include "emv_help.h"

#include <errno.h>

static struct ph_emv_data data;

static int take(uint32_t tag, const char *text)
{
	struct bytes b = bytes(text);

	return ph_emv_data_take(&data, tag, b.data, b.len);
}

static int take_all(const char *text)
{
	struct bytes b = bytes(text);

	return ph_emv_data_take_all(&data, b.data, b.len);
}

static bool has(uint32_t tag, const char *text)
{
	struct bytes b = bytes(text);
	size_t len;
	const uint8_t *value = ph_emv_data_get(&data, tag, &len);

	return value && len == b.len && !memcmp(value, b.data, len);
}

static void start(void)
{
	ph_emv_data_init(&data);
}

START_TEST(table_is_sorted)
{
	uint32_t last = 0;
	unsigned count = 0;

	for (uint32_t tag = 1; tag < 0x10000; tag++) {
		const struct ph_tag_info *info = ph_tag_info(tag);
		if (!info)
			continue;
		ck_assert_uint_eq(info->tag, tag);
		ck_assert_uint_gt(tag, last);
		ck_assert_uint_le(info->min, info->max);
		ck_assert_uint_ge(info->min, 1);
		last = tag;
		count++;
	}
	ck_assert_uint_eq(count, 116);
	ck_assert_ptr_null(ph_tag_info(0));
	ck_assert_ptr_null(ph_tag_info(0xdf8129));
}
END_TEST

START_TEST(account_data_is_marked)
{
	static const uint32_t secret[] = {PH_TAG_PAN, PH_TAG_TRACK2, PH_TAG_CARDHOLDER_NAME, 0x9f0b,
		0x9f1f, 0x9f20, PH_TAG_EXPIRY, PH_TAG_SERVICE_CODE, PH_TAG_ICC_CERTIFICATE,
		PH_TAG_PIN_CERTIFICATE, 0x99, 0x5f53};
	unsigned count = 0;

	for (unsigned i = 0; i < sizeof secret / sizeof *secret; i++)
		ck_assert(ph_tag_info(secret[i])->flags & PH_ELEMENT_SECRET);
	for (uint32_t tag = 1; tag < 0x10000; tag++)
		count += ph_tag_info(tag) && ph_tag_info(tag)->flags & PH_ELEMENT_SECRET;
	ck_assert_uint_eq(count, sizeof secret / sizeof *secret);
}
END_TEST

START_TEST(terminal_sets_and_replaces)
{
	set(&data, PH_TAG_AMOUNT, "000000001234");
	set(&data, PH_TAG_TVR, "0000000000");
	set(&data, PH_TAG_DATE, "260901");
	set(&data, PH_TAG_TVR, "8000000000");
	ck_assert(has(PH_TAG_AMOUNT, "000000001234"));
	ck_assert(has(PH_TAG_TVR, "8000000000"));
	ck_assert(has(PH_TAG_DATE, "260901"));
	ck_assert_uint_eq(data.count, 3);
	ck_assert_uint_eq(data.used, 14);
	ck_assert_uint_eq(ph_emv_data_number(&data, PH_TAG_AMOUNT, 7), 0x1234);
	ck_assert_uint_eq(ph_emv_data_number(&data, PH_TAG_AMOUNT_OTHER, 7), 7);
	/* of another source, another length, or of nobody */
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_PAN, "\x47", 1), -EINVAL);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_ISSUER, PH_TAG_TVR, "12345", 5), -EINVAL);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_TVR, "1234", 4), -EINVAL);
	ck_assert_int_eq(
		ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_TVR, "123456", 6), -EINVAL);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, 0xdf01, "1", 1), -EINVAL);
	/* the response code is of both */
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_ISSUER, PH_TAG_ARC, "00", 2), 0);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_ARC, "Z3", 2), 0);
	ck_assert(has(PH_TAG_ARC, "5A33"));
	ck_assert_uint_eq(data.count, 4);
}
END_TEST

START_TEST(lengths_may_change)
{
	set(&data, PH_TAG_COUNTER, "00000001");
	set(&data, PH_TAG_TIME, "120000");
	set(&data, PH_TAG_COUNTER, "0002");
	ck_assert(has(PH_TAG_COUNTER, "0002"));
	ck_assert(has(PH_TAG_TIME, "120000"));
	ck_assert_uint_eq(data.used, 5);
	for (size_t i = data.used; i < sizeof data.hidden; i++)
		ck_assert_uint_eq(data.hidden[i], 0);
}
END_TEST

START_TEST(card_cannot_set_what_is_not_its)
{
	static const uint32_t foreign[] = {PH_TAG_TVR, PH_TAG_AMOUNT, PH_TAG_UNPREDICTABLE,
		PH_TAG_FLOOR_LIMIT, PH_TAG_DATE, PH_TAG_CAPABILITIES, PH_TAG_ARC, PH_TAG_TSI,
		PH_TAG_CVM_RESULTS, PH_TAG_ISSUER_AUTHENTICATION, PH_TAG_CURRENCY};

	set(&data, PH_TAG_TVR, "8000000000");
	for (unsigned i = 0; i < sizeof foreign / sizeof *foreign; i++)
		ck_assert_int_eq(take(foreign[i], "FFFFFFFFFF"), 0);
	ck_assert_uint_eq(data.count, 1);
	ck_assert(has(PH_TAG_TVR, "8000000000"));
	ck_assert_int_eq(take_all("70 0E 95 05 FFFFFFFFFF 9F1B 04 7FFFFFFF"), 0);
	ck_assert_int_eq(take_all("77 07 95 05 FFFFFFFFFF"), 0);
	ck_assert_uint_eq(data.count, 1);
	ck_assert(has(PH_TAG_TVR, "8000000000"));
}
END_TEST

START_TEST(what_a_card_gives)
{
	ck_assert_int_eq(take(PH_TAG_PAN, "5413330089020011"), 0);
	ck_assert_int_eq(take(PH_TAG_PAN, "5413330089020011"), -EEXIST);
	ck_assert_int_eq(take(PH_TAG_PAN, "4761739001010119"), -EEXIST);
	ck_assert_int_eq(take(PH_TAG_TRACK2, ""), 0); /* empty: as if it were not there */
	ck_assert_ptr_null(ph_emv_data_get(&data, PH_TAG_TRACK2, NULL));
	ck_assert_int_eq(take(PH_TAG_TRACK2, "5413330089020011D3012201"), 0);
	ck_assert_int_eq(take(0xdf8129, "01"), 0); /* not known: passed over */
	ck_assert_int_eq(take(0xdf8129, "01"), 0);
	ck_assert_int_eq(take(PH_TAG_AIP, "3D"), -EBADMSG);
	ck_assert_int_eq(take(PH_TAG_AIP, "3D0000"), -EBADMSG);
	ck_assert_int_eq(take(PH_TAG_IAC_DEFAULT, "00000000"), -EBADMSG);
	/* of no weight: as if they were not there */
	ck_assert_int_eq(take(PH_TAG_CARDHOLDER_NAME, "41"), 0);
	ck_assert_int_eq(take(PH_TAG_LANGUAGES, "656E66656E66656E66"), 0);
	ck_assert_int_eq(take(0x9f4d, "0B"), 0);
	ck_assert_int_eq(take(PH_TAG_LABEL, "4142434445464748494A4B4C4D4E4F5051"), 0);
	ck_assert_uint_eq(data.count, 2);
}
END_TEST

struct format {
	uint32_t tag;
	const char *text;
	int result;
};

static const struct format formats[] = {
	{PH_TAG_EXPIRY, "301231", 0},
	{PH_TAG_EXPIRY, "300231", 0}, /* issuers write 31 for each month */
	{PH_TAG_EXPIRY, "301331", -EBADMSG}, {PH_TAG_EXPIRY, "300031", -EBADMSG},
	{PH_TAG_EXPIRY, "301200", -EBADMSG}, {PH_TAG_EXPIRY, "301232", -EBADMSG},
	{PH_TAG_EXPIRY, "30123A", -EBADMSG}, {PH_TAG_EXPIRY, "A01231", -EBADMSG},
	{PH_TAG_EXPIRY, "301", -EBADMSG}, {PH_TAG_EFFECTIVE, "250131", 0},
	{PH_TAG_EFFECTIVE, "251A31", -EBADMSG}, {PH_TAG_PAN, "378282246310005F", 0},
	{PH_TAG_PAN, "36227206271667FF", 0}, {PH_TAG_PAN, "4761739001010119FFFF", 0},
	{PH_TAG_PAN, "476173900101011A", -EBADMSG}, {PH_TAG_PAN, "47617390F1010119", -EBADMSG},
	{PH_TAG_PAN, "4761739001010119FFFFFF", -EBADMSG}, {PH_TAG_PAN, "", 0},
	{0x9f20, "12B4", 0}, /* passed over */
};

START_TEST(formats_of_a_card)
{
	const struct format *f = &formats[_i];

	ck_assert_int_eq(take(f->tag, f->text), f->result);
	ck_assert_uint_eq(data.count, f->result == 0 && *f->text && f->tag != 0x9f20);
}
END_TEST

START_TEST(dates)
{
	uint32_t date = 0;

	ck_assert_int_eq(ph_emv_date((const uint8_t *)"\x49\x12\x31", &date), 0);
	ck_assert_uint_eq(date, 20491231);
	ck_assert_int_eq(ph_emv_date((const uint8_t *)"\x50\x01\x01", &date), 0);
	ck_assert_uint_eq(date, 19500101);
	ck_assert_int_eq(ph_emv_date((const uint8_t *)"\x26\x13\x01", &date), -EBADMSG);
	ck_assert_uint_eq(date, 19500101);
}
END_TEST

START_TEST(templates)
{
	ck_assert_int_eq(take_all("70 10 5A 02 4761 A5 08 BF0C 05 61 03 87 01 02 57 01 99"),
		-EBADMSG); /* the length lies */
	ck_assert_uint_eq(data.count, 0);
	ck_assert_int_eq(take_all("70 11 5A 02 4761 A5 08 BF0C 05 61 03 87 01 02 57 01 99"), 0);
	ck_assert(has(PH_TAG_PAN, "4761"));
	ck_assert(has(PH_TAG_PRIORITY, "02"));
	ck_assert(has(PH_TAG_TRACK2, "99"));
	ck_assert_int_eq(take_all("70 03 5F34 00"), 0);
	ck_assert_int_eq(take_all("70 04 5F34 01 01"), 0);
	ck_assert_int_eq(take_all("70 04 5F34 01 01"), -EEXIST);
	ck_assert_int_eq(take_all("70 08 8F 01 01 8F 01 01"), -EBADMSG);
	ck_assert_int_eq(take_all("70 06 8F 01 01 8F 01 01"), -EEXIST);
}
END_TEST

START_TEST(another_application)
{
	set(&data, PH_TAG_TVR, "0000000000");
	ck_assert_int_eq(take(PH_TAG_PAN, "5413330089020011"), 0);
	set(&data, PH_TAG_DATE, "260901");
	ck_assert_int_eq(take(PH_TAG_EXPIRY, "301231"), 0);
	set(&data, PH_TAG_ARC, "5931");
	set(&data, PH_TAG_ATC, "0001"); /* by an answer of its own */
	set(&data, PH_TAG_ATC, "0002");
	ck_assert(has(PH_TAG_ATC, "0002"));
	ph_emv_data_drop_card(&data);
	ck_assert_uint_eq(data.count, 3);
	ck_assert(has(PH_TAG_TVR, "0000000000"));
	ck_assert(has(PH_TAG_DATE, "260901"));
	ck_assert(has(PH_TAG_ARC, "5931"));
	for (size_t i = data.used; i < sizeof data.hidden; i++)
		ck_assert_uint_eq(data.hidden[i], 0);
	ck_assert_int_eq(take(PH_TAG_PAN, "4761739001010119"), 0);
}
END_TEST

/* Every element of the card in its greatest length has room. */
START_TEST(everything_fits)
{
	static uint8_t value[512];

	memset(value, 0x11, sizeof value); /* a date, a PAN, anything */
	for (uint32_t tag = 1; tag < 0x10000; tag++) {
		const struct ph_tag_info *info = ph_tag_info(tag);
		if (info && info->source == PH_FROM_CARD)
			ck_assert_int_eq(ph_emv_data_take(&data, tag, value, info->max), 0);
		else if (info)
			ck_assert_int_eq(
				ph_emv_data_set(&data, info->source, tag, value, info->max), 0);
	}
	ck_assert_uint_eq(data.count, 116);
}
END_TEST

START_TEST(no_room)
{
	data.used = sizeof data.hidden - 4;
	ck_assert_int_eq(take(PH_TAG_PAN, "5413330089020011"), -ENOSPC);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_TVR, "12345", 5), -ENOSPC);
	ck_assert_int_eq(take(PH_TAG_EXPIRY, "301231"), 0);
	data.count = PH_EMV_OBJECTS_MAX;
	ck_assert_int_eq(take(PH_TAG_CA_INDEX, "01"), -ENOSPC);
	ck_assert_int_eq(ph_emv_data_set(&data, PH_FROM_TERMINAL, PH_TAG_TYPE, "1", 1), -ENOSPC);
}
END_TEST

struct build {
	const char *dol, *want; /* "!": an error */
	int error;
};

/* Objects of the table below: set up in build_dol(). */
static const struct build builds[] = {
	{"", "", 0},
	{"9F0206", "000000001234", 0},
	/* n, format of an amount: cut on the left, filled on the left */
	{"9F0203", "001234", 0},
	{"9F0201", "34", 0},
	{"9F0208", "0000000000001234", 0},
	{"9F1A02", "0528", 0},
	{"9F1A01", "28", 0},
	{"9F1A03", "000528", 0},
	/* b: cut on the right, filled on the right */
	{"9F3304", "E0F0C800", 0},
	{"9F3302", "E0F0", 0},
	{"9F3301", "E0", 0},
	{"9502", "8000", 0},
	/* cn: cut on the right, filled with F */
	{"5A08", "5413330089020011", 0},
	{"5A0A", "5413330089020011FFFF", 0},
	{"5A04", "54133300", 0},
	/* an, ans: cut on the right, filled on the right */
	{"9F1C08", "5445524D30303031", 0},
	{"9F1C04", "5445524D", 0},
	{"9F1C0A", "5445524D303030310000", 0},
	{"9F4E04", "53686F70", 0},
	{"9F4E06", "53686F700000", 0},
	/* not there, not known, constructed, asked for with nothing */
	{"9F0306", "000000000000", 0},
	{"DF812903", "000000", 0},
	{"7002", "0000", 0},
	{"BF0C01", "00", 0},
	{"9F0200", "", 0},
	{"9F0200 9F3301", "E0", 0},
	/* several, one twice */
	{"9F1A02 9F3501 9F3303", "052822E0F0C8", 0},
	{"9F3501 9F3501", "2222", 0},
	{"9A03 9C01 9F3704", "2609010001020304", 0},
	/* half an entry */
	{"9F02", "!", -EBADMSG},
	{"9F", "!", -EBADMSG},
	{"9F0206 9A", "!", -EBADMSG},
	{"DF8129", "!", -EBADMSG},
	{"0004", "!", -EBADMSG},
	/* 252 bytes and one more */
	{"9F02FC", "*", 0},
	{"9F02FD", "!", -E2BIG},
	{"9F02FB 9F3501 9F3501", "!", -E2BIG},
	{"9F027E 9F027E", "*", 0},
};

START_TEST(build_dol)
{
	const struct build *b = &builds[_i];
	struct bytes dol = bytes(b->dol), want = bytes(b->want);
	uint8_t out[PH_DOL_DATA_MAX];

	set(&data, PH_TAG_AMOUNT, "000000001234");
	set(&data, PH_TAG_TERMINAL_COUNTRY, "0528");
	set(&data, PH_TAG_CAPABILITIES, "E0F0C8");
	set(&data, PH_TAG_TERMINAL_TYPE, "22");
	set(&data, PH_TAG_TVR, "8000000000");
	set(&data, PH_TAG_DATE, "260901");
	set(&data, PH_TAG_TYPE, "00");
	set(&data, PH_TAG_UNPREDICTABLE, "01020304");
	set(&data, PH_TAG_TERMINAL_ID, "5445524D30303031");
	set(&data, PH_TAG_MERCHANT_NAME, "53686F70");
	ck_assert_int_eq(take(PH_TAG_PAN, "5413330089020011"), 0);
	ck_assert_int_eq(ph_dol_check(dol.data, dol.len), b->error);
	ssize_t n = ph_dol_build(dol.data, dol.len, &data, out, sizeof out);
	if (b->error) {
		ck_assert_int_eq(n, b->error);
		return;
	}
	if (*b->want == '*') {
		ck_assert_int_eq(n, PH_DOL_DATA_MAX);
		return;
	}
	ck_assert_int_eq(n, (ssize_t)want.len);
	ck_assert_mem_eq(out, want.data, want.len);
	if (want.len)
		ck_assert_int_eq(
			ph_dol_build(dol.data, dol.len, &data, out, want.len - 1), -ENOBUFS);
}
END_TEST

START_TEST(dol_entries)
{
	uint8_t dol[2 * (PH_DOL_ENTRIES_MAX + 1)];
	uint8_t out[PH_DOL_DATA_MAX];
	size_t len = 0;

	for (size_t i = 0; i < sizeof dol; i += 2) {
		dol[i] = PH_TAG_DATE;
		dol[i + 1] = 3;
	}
	ck_assert_int_eq(ph_dol_check(dol, sizeof dol - 2), 0);
	ck_assert_int_eq(
		ph_dol_build(dol, sizeof dol - 2, &data, out, sizeof out), 3 * PH_DOL_ENTRIES_MAX);
	ck_assert_int_eq(ph_dol_check(dol, sizeof dol), -E2BIG);
	ck_assert_int_eq(ph_dol_build(dol, sizeof dol, &data, out, sizeof out), -E2BIG);

	struct bytes b = bytes("9F0206 9F3704 9F");
	ck_assert_int_eq(ph_dol_wants(b.data, b.len, PH_TAG_UNPREDICTABLE, &len), 0);
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(ph_dol_wants(b.data, b.len, PH_TAG_TVR, &len), -EBADMSG);
	ck_assert_int_eq(ph_dol_wants(b.data, b.len - 1, PH_TAG_TVR, &len), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv data");
	TCase *tcase = tcase_create("data");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, table_is_sorted);
	tcase_add_test(tcase, account_data_is_marked);
	tcase_add_test(tcase, terminal_sets_and_replaces);
	tcase_add_test(tcase, lengths_may_change);
	tcase_add_test(tcase, card_cannot_set_what_is_not_its);
	tcase_add_test(tcase, what_a_card_gives);
	tcase_add_loop_test(tcase, formats_of_a_card, 0, sizeof formats / sizeof *formats);
	tcase_add_test(tcase, dates);
	tcase_add_test(tcase, templates);
	tcase_add_test(tcase, another_application);
	tcase_add_test(tcase, everything_fits);
	tcase_add_test(tcase, no_room);
	tcase_add_loop_test(tcase, build_dol, 0, sizeof builds / sizeof *builds);
	tcase_add_test(tcase, dol_entries);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
