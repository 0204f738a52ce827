// The walk through a card's list of verification methods. What is expected was written down from EMV Book 3, 10.5 with its
// figures and tables 43 and 44, and EMV Book 4, 6.3.4.5 with table 2, before the code ran.
#include "protocols/emv/cvm.h"

#include "emv_help.h"

#include <errno.h>

#define PLAIN	   PH_CAP_PIN_PLAIN
#define ENCIPHERED PH_CAP_PIN_ENCIPHERED
#define SIGNATURE  PH_CAP_SIGNATURE
#define NONE	   PH_CAP_NO_CVM
#define ALL	   (PLAIN | ENCIPHERED | SIGNATURE | NONE)

/* Third byte of the TVR, and the first for missing data. */
#define FAILED	     0x80
#define UNRECOGNISED 0x40
#define TRY_LIMIT    0x20
#define NO_PAD	     0x10
#define NOT_ENTERED  0x08

struct row {
	const char *rules; /* behind X = 1000 and Y = 5000 */
	enum ph_cvm_kind kind;
	uint32_t capabilities;
	uint64_t amount;
	/* p, e: a plain or enciphered PIN is asked for; then G good, B blocked, Y bypassed, F fault, X failed */
	const char *pins;
	const char *results;
	uint8_t tvr; /* byte 3 */
	bool signature, no_pad, unattended, foreign;
};

#define GOODS	 PH_CVM_GOODS
#define CASHBACK PH_CVM_CASHBACK
#define CASH	 PH_CVM_CASH

static const struct row rows[] = {
	/* each method, always */
	{"1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"5F00", GOODS, ALL, 500, "", "5F0002", 0, .signature = false},
	{"1E00", GOODS, ALL, 500, "", "1E0000", 0, .signature = true},
	{"5E00", GOODS, ALL, 500, "", "5E0000", 0, .signature = true},
	{"0100", GOODS, ALL, 500, "pG", "010002", 0, .signature = false},
	{"4100", GOODS, ALL, 500, "pG", "410002", 0, .signature = false},
	{"0400", GOODS, ALL, 500, "eG", "040002", 0, .signature = false},
	{"4400", GOODS, ALL, 500, "eG", "440002", 0, .signature = false},
	{"0300", GOODS, ALL, 500, "pG", "030000", 0, .signature = true},
	{"0500", GOODS, ALL, 500, "eG", "050000", 0, .signature = true},
	/* fail CVM ends it, whatever bit 7 says */
	{"0000", GOODS, ALL, 500, "", "000001", FAILED, .signature = false},
	{"4000 1F00", GOODS, ALL, 500, "", "400001", FAILED, .signature = false},
	{"0003 1F00", GOODS, ALL, 500, "", "000301", FAILED, .signature = false},
	/* a PIN that fails: stop, or the next rule */
	{"0100 1F00", GOODS, ALL, 500, "pB", "010001", FAILED | TRY_LIMIT, .signature = false},
	{"4100 1F00", GOODS, ALL, 500, "pB", "1F0002", TRY_LIMIT, .signature = false},
	{"4100 5E00", GOODS, ALL, 500, "pB", "5E0000", TRY_LIMIT, .signature = true},
	{"4100", GOODS, ALL, 500, "pB", "410001", FAILED | TRY_LIMIT, .signature = false},
	{"4100 4401", GOODS, ALL, 500, "pB", "410001", FAILED | TRY_LIMIT, .signature = false},
	{"4300 1E00", GOODS, ALL, 500, "pB", "1E0000", TRY_LIMIT, .signature = true},
	{"0300", GOODS, ALL, 500, "pB", "030001", FAILED | TRY_LIMIT, .signature = false},
	{"0100", GOODS, ALL, 500, "pY", "010001", FAILED | NOT_ENTERED, .signature = false},
	{"4100 1E00", GOODS, ALL, 500, "pY", "1E0000", NOT_ENTERED, .signature = true},
	{"4100 1F00", GOODS, ALL, 500, "pF", "1F0002", NO_PAD, .signature = false},
	{"4400 1F00", GOODS, ALL, 500, "eX", "1F0002", 0, .signature = false},
	{"0400", GOODS, ALL, 500, "eX", "040001", FAILED, .signature = false},
	{"4400 4100 1F00", GOODS, ALL, 500, "eXpG", "410002", 0, .signature = false},
	{"4400 4100 1F00", GOODS, ALL, 500, "eXpB", "1F0002", TRY_LIMIT, .signature = false},
	/* bypassed once is bypassed for each PIN; a pad that broke stays broken */
	{"4400 4100 1F00", GOODS, ALL, 500, "eY", "1F0002", NOT_ENTERED, .signature = false},
	{"4400 4100", GOODS, ALL, 500, "eY", "410001", FAILED | NOT_ENTERED, .signature = false},
	{"4400 4100 1F00", GOODS, ALL, 500, "eF", "1F0002", NO_PAD, .signature = false},
	/* no pad where there should be one: the method is tried and fails */
	{"4100 1F00", GOODS, ALL, 500, "", "1F0002", NO_PAD, .no_pad = true},
	{"0100 1F00", GOODS, ALL, 500, "", "010001", FAILED | NO_PAD, .no_pad = true},
	{"4103 1F00", GOODS, ALL, 500, "", "1F0002", NO_PAD, .no_pad = true},
	{"4103", GOODS, ALL, 500, "", "410301", FAILED | NO_PAD, .no_pad = true},
	/* not supported: nothing is performed; a PIN of either kind counts for the pad */
	{"0100", GOODS, SIGNATURE, 500, "", "3F0001", FAILED | NO_PAD, .no_pad = true},
	{"4100 1E00", GOODS, SIGNATURE, 500, "", "1E0000", NO_PAD, .signature = true},
	{"4100 1E00", GOODS, SIGNATURE | ENCIPHERED, 500, "", "1E0000", 0, .signature = true},
	{"4400 1E00", GOODS, SIGNATURE | PLAIN, 500, "", "1E0000", 0, .signature = true},
	{"4300 1F00", GOODS, PLAIN | NONE, 500, "", "1F0002", 0, .signature = false},
	{"4500 1F00", GOODS, SIGNATURE | NONE, 500, "", "1F0002", NO_PAD, .signature = false},
	{"5E00 1F00", GOODS, NONE, 500, "", "1F0002", 0, .signature = false},
	{"1E00 1F00", GOODS, NONE, 500, "", "3F0001", FAILED, .signature = false},
	{"1F00", GOODS, SIGNATURE, 500, "", "3F0001", FAILED, .signature = false},
	{"4200 1F00", GOODS, ALL, 500, "", "1F0002", NO_PAD, .signature = false},
	{"0200", GOODS, ALL | PH_CAP_PIN_ONLINE, 500, "", "3F0001", FAILED | NO_PAD,
		.signature = false},
	/* the last performed stands, also when others behind it are not supported */
	{"4100 4200 5E00", GOODS, PLAIN, 500, "pB", "410001", FAILED | TRY_LIMIT | NO_PAD,
		.signature = false},
	/* not recognised */
	{"2000 1F00", GOODS, ALL, 500, "", "3F0001", FAILED | UNRECOGNISED, .signature = false},
	{"6000 1F00", GOODS, ALL, 500, "", "1F0002", UNRECOGNISED, .signature = false},
	{"4600 5F00", GOODS, ALL, 500, "", "5F0002", UNRECOGNISED, .signature = false},
	{"7F00 1E00", GOODS, ALL, 500, "", "1E0000", UNRECOGNISED, .signature = true},
	{"7000", GOODS, ALL, 500, "", "3F0001", FAILED | UNRECOGNISED, .signature = false},
	{"6003 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"9F00", GOODS, ALL, 500, "", "9F0002", 0, .signature = false}, /* bit 8 is not looked at */
	/* 03: if the terminal supports it */
	{"4103 1E03 1F03", GOODS, NONE, 500, "", "1F0302", 0, .signature = false},
	{"4103 1E03 1F03", GOODS, SIGNATURE | NONE, 500, "", "1E0300", 0, .signature = true},
	{"4103 1E03 1F03", GOODS, ALL, 500, "pG", "410302", 0, .signature = false},
	{"4103 4403", GOODS, NONE, 500, "", "3F0001", FAILED, .signature = false},
	{"0203 1F00", GOODS, ALL | PH_CAP_PIN_ONLINE, 500, "", "1F0002", 0, .signature = false},
	/* 01, 02, 04, 05: cash and cashback */
	{"1E01 1F00", CASH, ALL, 500, "", "1E0100", 0, .signature = true, .unattended = true},
	{"1E01 1F00", CASH, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E01 1F00", GOODS, ALL, 500, "", "1F0002", 0, .unattended = true},
	{"1E02 1F00", GOODS, ALL, 500, "", "1E0200", 0, .signature = true},
	{"1E02 1F00", CASH, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E02 1F00", CASH, ALL, 500, "", "1F0002", 0, .unattended = true},
	{"1E02 1F00", CASHBACK, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E04 1F00", CASH, ALL, 500, "", "1E0400", 0, .signature = true},
	{"1E04 1F00", CASH, ALL, 500, "", "1F0002", 0, .unattended = true},
	{"1E04 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E05 1F00", CASHBACK, ALL, 500, "", "1E0500", 0, .signature = true},
	{"1E05 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	/* 06 to 09: under and over X = 1000 and Y = 5000; equal is neither */
	{"1E06 1F00", GOODS, ALL, 999, "", "1E0600", 0, .signature = true},
	{"1E06 1F00", GOODS, ALL, 1000, "", "1F0002", 0, .signature = false},
	{"1E07 1F00", GOODS, ALL, 1000, "", "1F0002", 0, .signature = false},
	{"1E07 1F00", GOODS, ALL, 1001, "", "1E0700", 0, .signature = true},
	{"1E08 1F00", GOODS, ALL, 4999, "", "1E0800", 0, .signature = true},
	{"1E08 1F00", GOODS, ALL, 5000, "", "1F0002", 0, .signature = false},
	{"1E09 1F00", GOODS, ALL, 5000, "", "1F0002", 0, .signature = false},
	{"1E09 1F00", GOODS, ALL, 5001, "", "1E0900", 0, .signature = true},
	{"1E09 1F00", GOODS, ALL, 999999999999, "", "1E0900", 0, .signature = true},
	{"1E06 1E07 1E08 1E09 1F00", GOODS, ALL, 999, "", "1F0002", 0, .foreign = true},
	{"1E06 1E09", GOODS, ALL, 2000, "", "3F0001", FAILED, .signature = false},
	/* conditions nobody knows are not true */
	{"1E0A 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E7F 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"1E80 1E FF 1F00", GOODS, ALL, 500, "", "1F0002", 0, .signature = false},
	{"2080 0080", GOODS, ALL, 500, "", "3F0001", FAILED, .signature = false},
	/* a list as cards have it: PIN, signature, nothing */
	{"4403 4103 5E03 1F03", GOODS, ALL, 500, "eXpB", "5E0300", TRY_LIMIT, .signature = true},
	{"4403 4103 5E03 1F03", GOODS, ALL, 500, "", "5E0300", NO_PAD, .signature = true,
		.no_pad = true},
	{"4403 4103 5E03 1F03", GOODS, SIGNATURE, 500, "", "5E0300", 0, .signature = true},
	{"4403 4103 5E03 1F03", GOODS, PLAIN, 500, "pB", "410301", FAILED | TRY_LIMIT,
		.signature = false},
};

static struct ph_emv_data data;
static struct ph_cvm cvm;

static void start(void)
{
	ph_emv_data_init(&data);
	set(&data, PH_TAG_AIP, "1000");
	set(&data, PH_TAG_APPLICATION_CURRENCY, "0978");
}

static struct ph_cvm_input input_of(const struct row *row)
{
	return (struct ph_cvm_input){
		.amount = row->amount,
		.currency = row->foreign ? 0x0840 : 0x0978,
		.kind = row->kind,
		.attended = !row->unattended,
		.capabilities = row->capabilities,
		.pin_pad = !row->no_pad,
	};
}

static enum ph_cvm_outcome outcome_of(char c)
{
	switch (c) {
	case 'G':
		return PH_CVM_OUTCOME_GOOD;
	case 'B':
		return PH_CVM_OUTCOME_BLOCKED;
	case 'Y':
		return PH_CVM_OUTCOME_BYPASSED;
	case 'F':
		return PH_CVM_OUTCOME_FAULT;
	default:
		return PH_CVM_OUTCOME_FAILED;
	}
}

START_TEST(walk)
{
	const struct row *row = &rows[_i];
	struct ph_cvm_input input = input_of(row);
	struct bytes want = bytes(row->results);
	char list[256];

	snprintf(list, sizeof list, "000003E8 00001388 %s", row->rules);
	set(&data, PH_TAG_CVM_LIST, list);
	int step = ph_cvm_begin(&cvm, &input, &data);
	for (const char *pin = row->pins; *pin; pin += 2) {
		ck_assert_int_eq(step, *pin == 'p' ? PH_CVM_PIN_PLAIN : PH_CVM_PIN_ENCIPHERED);
		step = (int)ph_cvm_feed(&cvm, outcome_of(pin[1]));
	}
	ck_assert_int_eq(step, PH_CVM_DONE);
	ck_assert_mem_eq(cvm.results, want.data, 3);
	ck_assert_uint_eq(cvm.tvr, PH_TVR(3, row->tvr));
	ck_assert_int_eq(cvm.signature, row->signature);
	ck_assert(cvm.processed);
	/* it is over */
	ck_assert_int_eq(ph_cvm_feed(&cvm, PH_CVM_OUTCOME_GOOD), PH_CVM_DONE);
	ck_assert_mem_eq(cvm.results, want.data, 3);
}
END_TEST

struct list {
	const char *profile, *list; /* NULL: there is none */
	int result;
	bool processed, missing;
	const char *results;
};

static const struct list lists[] = {
	{"1000", NULL, PH_CVM_DONE, false, true, "3F0000"},
	{"1000", "0000000000000000", PH_CVM_DONE, false, true, "3F0000"},
	{"1000", "0000000000000000 1F", -EBADMSG, false, false, "3F0000"},
	{"1000", "00000000000000", -EBADMSG, false, false, "3F0000"},
	{"1000", "00", -EBADMSG, false, false, "3F0000"},
	{"1000", "0000000000000000 1F00 1E", -EBADMSG, false, false, "3F0000"},
	{"1000", "0000000000000000 1F00", PH_CVM_DONE, true, false, "1F0002"},
	{"EF00", "0000000000000000 1F00", PH_CVM_DONE, false, false, "3F0000"},
	{"0000", "00", PH_CVM_DONE, false, false, "3F0000"},
	{"0000", NULL, PH_CVM_DONE, false, false, "3F0000"},
};

START_TEST(begin)
{
	const struct list *l = &lists[_i];
	struct ph_cvm_input input = {.amount = 1, .currency = 0x0978, .capabilities = ALL};
	struct bytes want = bytes(l->results);

	set(&data, PH_TAG_AIP, l->profile);
	if (l->list)
		set(&data, PH_TAG_CVM_LIST, l->list);
	ck_assert_int_eq(ph_cvm_begin(&cvm, &input, &data), l->result);
	ck_assert_int_eq(cvm.processed, l->processed);
	ck_assert_uint_eq(cvm.tvr, l->missing ? PH_TVR_ICC_DATA_MISSING : 0);
	ck_assert_mem_eq(cvm.results, want.data, 3);
}
END_TEST

/* The longest list: every rule but the last is passed over. */
START_TEST(longest)
{
	uint8_t list[252] = {0};
	struct ph_cvm_input input = {.amount = 1, .capabilities = ALL};

	ck_assert_uint_eq((sizeof list - 8) / 2, PH_CVM_RULES_MAX);
	for (size_t i = 8; i < sizeof list; i += 2) {
		list[i] = 0x60;
		list[i + 1] = 0;
	}
	list[sizeof list - 2] = 0x1f;
	ck_assert_int_eq(ph_emv_data_take(&data, PH_TAG_CVM_LIST, list, sizeof list), 0);
	ck_assert_int_eq(ph_cvm_begin(&cvm, &input, &data), PH_CVM_DONE);
	ck_assert_uint_eq(cvm.results[0], 0x1f);
	ck_assert_uint_eq(cvm.tvr, PH_TVR_CVM_UNRECOGNISED);
}
END_TEST

/* Without a currency of the application no amount is in it. */
START_TEST(no_currency)
{
	struct ph_cvm_input input = {.amount = 1, .currency = 0xffff, .capabilities = ALL};

	ph_emv_data_init(&data);
	set(&data, PH_TAG_AIP, "1000");
	set(&data, PH_TAG_CVM_LIST, "000003E8 00001388 1E06 1E08 1F00");
	ck_assert_int_eq(ph_cvm_begin(&cvm, &input, &data), PH_CVM_DONE);
	ck_assert_uint_eq(cvm.results[0], 0x1f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv cvm");
	TCase *tcase = tcase_create("cvm");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, walk, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tcase, begin, 0, sizeof lists / sizeof *lists);
	tcase_add_test(tcase, longest);
	tcase_add_test(tcase, no_currency);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
