// The acquirer's host: worked messages in three packings, a ledger that books once, and each way to lose an answer.
#include <errno.h>

#include "emulators/models/card_crypto.h"
#include "emulators/models/host.h"
#include "emulators/models/host_emv.h"
#include "unit_bed.h"

static struct ph_emu_host host;
static struct ph_emu_unit *const unit = &host.unit;

static void start(enum ph_emu_packing packing)
{
	struct ph_emu_host_config config;

	ph_emu_host_done(&host);
	ph_emu_host_config_default(&config);
	config.packing = packing;
	ph_emu_host_init(&host, &config);
	unit->ops->opened(unit, true);
}

#define ECHO_A "0800822000000000000004000000000000000901123000000044301"
#define SALE_A                                                                                     \
	"0200723C068108C0800016541333008902001100000000000000123409011229500000411229500901301"    \
	"20510010006123456624412000041TID12345098765432100000978"
#define ADVICE_A                                                                                   \
	"0220723C06810EC0800016541333008902001100000000000000123409011230000000421230000901301"    \
	"20510010006123456624412000042OFF001Y1TID12345098765432100000978"
#define REVERSAL_A                                                                                 \
	"0420F23C06810AC080000000004000000000165413330089020011000000000000001234090112300000004"  \
	"312295009013012051001000612345662441200004368TID123450987654321000009780200000041090112"  \
	"29500000012345600000000000"
#define REVERSED_A                                                                                 \
	"0430B22000000A8000000000004000000000000000000000001234090112300000004362441200004300TID"  \
	"12345020000004109011229500000012345600000000000"
#define TOTALS_A                                                                                   \
	"05008220000000C0400000780780800000000901235900000050TID12345098765432100000978000000"     \
	"000000000000000000000012000000000100000000000000000000000000000000000000000004567800"     \
	"00000000001234C0000000000044444"

static const char *const worked_b[] = {
	"08008220000000000000040000000000000009011230000000440301",
	"081082200000020000000400000000000000090112300000004430300301",
	"0200723C068108C0800016541333008902001100000000000000123409011229500000411229500901301200"
	"51000100061234563632343431323030303034315449443132333435303938373635343332313030303030097"
	"8",
	"0220723C06810EC0800016541333008902001100000000000000123409011230000000421230000901301200"
	"51000100061234563632343431323030303034324F464630303159315449443132333435303938373635343332"
	"3130303030300978",
	"0220723C06810EC0820016541333008902001100000000000000123409011230000000421230000901301200"
	"51000100061234563632343431323030303034324F464630303159315449443132333435303938373635343332"
	"31303030303009780128820239008407A0000000041010950500000000009A032609019C01005F2A0209785F34"
	"01019F02060000000012349F03060000000000009F1A0205289F10120110A00003220000000000000000000000"
	"FF9F2608AABBCCDDEEFF00119F2701409F3303E0F0C89F34034103029F3501229F3602002A9F3704010203048A"
	"025931",
	"0420F23C06810AC0800000000040000000001654133300890200110000000000000012340901123000000043"
	"1229500901301200510001000612345636323434313230303030343336385449443132333435303938373635"
	"343332313030303030097802000000410901122950"
	"0000012345600000000000",
	("0430B22000000A80000000000040000000000000000000000012340901123000000043363234343132303030"
	 "30343330305449443132333435020000004109011229500000012345600000000000"),
};

static const char *const worked_a[] = {ECHO_A, SALE_A, ADVICE_A, REVERSAL_A, REVERSED_A, TOTALS_A};

static void round_trip(enum ph_emu_packing packing, const uint8_t *data, size_t n)
{
	struct emu_iso m;
	uint8_t out[1024];
	unsigned field;

	ck_assert_int_eq(emu_iso_decode(packing, data, n, &m, &field), 0);
	ck_assert_int_eq(emu_iso_encode(packing, &m, out, sizeof out), (ssize_t)n);
	ck_assert_mem_eq(out, data, n);
	for (size_t cut = 0; cut < n; cut++)
		ck_assert_int_eq(emu_iso_decode(packing, data, cut, &m, &field), -EBADMSG);
	memcpy(out, data, n);
	out[n] = 0;
	ck_assert_int_eq(emu_iso_decode(packing, out, n + 1, &m, &field), -EBADMSG);
	ck_assert_uint_eq(field, 129);
}

START_TEST(test_worked_messages)
{
	uint8_t data[1024];
	static const char echo_mixed[] = "303830308220000000000000040000000000000030393031313233303"
					 "030303030303434333031";

	for (size_t i = 0; i < sizeof worked_b / sizeof *worked_b; i++)
		round_trip(PH_EMU_PACK_BCD, data, bed_bytes(worked_b[i], data, sizeof data));
	for (size_t i = 0; i < sizeof worked_a / sizeof *worked_a; i++)
		round_trip(PH_EMU_PACK_ASCII, (const uint8_t *)worked_a[i], strlen(worked_a[i]));
	round_trip(PH_EMU_PACK_MIXED, data, bed_bytes(echo_mixed, data, sizeof data));
}
END_TEST

START_TEST(test_bad_messages)
{
	static const struct {
		const char *text;
		unsigned field;
	} bad[] = {
		{"08X0822000000000000004000000000000000901123000000044301", 0},
		{"0800822000000000000084000000000000000901123000000044301", 65},
		{"080000000010000000000X", 28},
		{"0200400000000000000020", 2},
		{"08000200000000000000090112300A", 7},
	};
	struct emu_iso m;
	unsigned field;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_int_eq(emu_iso_decode(PH_EMU_PACK_ASCII, (const uint8_t *)bad[i].text,
					 strlen(bad[i].text), &m, &field),
			-EBADMSG);
		ck_assert_uint_eq(field, bad[i].field);
	}
	// a half byte above nine in a number
	const uint8_t nibble[] = {8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x09, 0x01, 0x1A, 0x00, 0x00};
	ck_assert_int_eq(
		emu_iso_decode(PH_EMU_PACK_BCD, nibble, sizeof nibble, &m, &field), -EBADMSG);
	ck_assert_uint_eq(field, 7);
}
END_TEST

// ---- the line ----

static void say(const char *text)
{
	uint8_t frame[1024] = {(uint8_t)(strlen(text) >> 8), (uint8_t)strlen(text)};

	memcpy(frame + 2, text, strlen(text));
	ph_emu_unit_input(unit, bed_now, PH_EMU_DATA, frame, strlen(text) + 2);
	ph_emu_unit_tick(unit, bed_now);
}

static size_t hear(struct emu_iso *m)
{
	uint8_t got[1024];
	unsigned field;
	size_t n = ph_emu_unit_bytes(unit, bed_now, got, 2);

	if (n == 0)
		return 0;
	n = (size_t)got[0] << 8 | got[1];
	ck_assert_uint_eq(ph_emu_unit_bytes(unit, bed_now, got, n), n);
	ck_assert_int_eq(emu_iso_decode(host.config.packing, got, n, m, &field), 0);
	return n;
}

static void expect(const char *mti, unsigned field, const char *value)
{
	struct emu_iso m;
	char text[64];

	ck_assert_uint_gt(hear(&m), 0);
	ck_assert_str_eq(m.mti, mti);
	ck_assert_str_eq(emu_iso_text(&m, field, text, sizeof text), value);
}

static void expect_silence(void)
{
	struct emu_iso m;

	ck_assert_uint_eq(hear(&m), 0);
}

// The sale with another amount and trace number.
static void sale(const char *mti, unsigned amount, unsigned stan)
{
	char text[] = SALE_A, part[16];

	memcpy(text, mti, 4);
	snprintf(part, sizeof part, "%012u", amount);
	memcpy(text + 44, part, 12);
	snprintf(part, sizeof part, "%06u", stan);
	memcpy(text + 66, part, 6);
	say(text);
}

START_TEST(test_line)
{
	start(PH_EMU_PACK_ASCII);
	say(ECHO_A);
	bed_out(unit, "00 39 '081082200000020000000400000000000000090112300000004400301'");
	// one byte at a time, and two at once
	const char frame[] = "\0\067" ECHO_A "\0\0\0\067" ECHO_A;
	for (size_t i = 0; i < sizeof frame - 1; i++)
		ph_emu_unit_input(unit, bed_now, PH_EMU_DATA, (const uint8_t *)frame + i, 1);
	ph_emu_unit_input(unit, bed_now, PH_EMU_DATA, (const uint8_t *)frame, sizeof frame - 1);
	for (int i = 0; i < 4; i++)
		expect("0810", 39, "00");
	ck_assert_uint_eq(host.counts.echoes, 5);
	say("nonsense");
	ck_assert_uint_eq(host.counts.unreadable, 1);
	bed_say(unit, "FF FF 30");
	ck_assert(unit->hang_up);
}
END_TEST

START_TEST(test_headers)
{
	start(PH_EMU_PACK_BCD);
	bed_say(unit, "001C08008220000000000000040000000000000009011230000000440301");
	bed_out(unit, "001E081082200000020000000400000000000000090112300000004430300301");
	host.config.header = PH_EMU_HEADER_4A;
	bed_say(unit, "'0028' 08008220000000000000040000000000000009011230000000440301");
	bed_out(unit, "'0030' 081082200000020000000400000000000000090112300000004430300301");
	host.config.header = PH_EMU_HEADER_2B_INCL;
	host.config.tpdu = true;
	bed_say(unit, "0023 6001230456 08008220000000000000040000000000000009011230000000440301");
	bed_out(unit,
		"0025 6004560123 081082200000020000000400000000000000090112300000004430300301");
	host.config.header = PH_EMU_HEADER_4B;
	bed_say(unit,
		"00000021 6001230456 08008220000000000000040000000000000009011230000000440301");
	bed_out(unit,
		"00000023 6004560123 081082200000020000000400000000000000090112300000004430300301");
}
END_TEST

START_TEST(test_sale_and_reversal)
{
	start(PH_EMU_PACK_ASCII);
	say(SALE_A);
	expect("0210", 39, "00");
	ck_assert_uint_eq(host.n_bookings, 1);
	const struct ph_emu_booking *b = &host.bookings[0];
	ck_assert(b->booked && !b->reversed);
	ck_assert_int_eq(b->kind, PH_EMU_KIND_SALE);
	ck_assert_uint_eq(b->amount, 1234);
	ck_assert_str_eq(b->stan, "000041");
	ck_assert_str_eq(b->rrn, "624412000041");
	ck_assert_str_eq(b->currency, "978");
	ck_assert_str_eq(b->card, "0011");
	say(REVERSAL_A);
	bed_out(unit, "00 86 '" REVERSED_A "'");
	ck_assert(host.bookings[0].reversed);
	// its repeat is answered like the first, and undoes nothing more
	char repeat[] = REVERSAL_A;
	repeat[3] = '1';
	say(repeat);
	bed_out(unit, "00 86 '" REVERSED_A "'");
	ck_assert_uint_eq(host.counts.repeats, 1);
	ck_assert_uint_eq(host.counts.duplicates, 0);
	ck_assert_uint_eq(host.n_bookings, 2);
	ck_assert_uint_eq(host.bookings[1].repeats, 1);
	say(REVERSAL_A);
	ck_assert_uint_eq(host.counts.duplicates, 1);
}
END_TEST

START_TEST(test_books_once)
{
	start(PH_EMU_PACK_ASCII);
	say(ADVICE_A);
	expect("0230", 38, "OFF001");
	char repeat[] = ADVICE_A;
	repeat[3] = '1';
	say(repeat);
	expect("0230", 39, "00");
	sale("0200", 1234, 1);
	sale("0200", 1234, 1);
	expect("0210", 38, "A00001");
	expect("0210", 38, "A00001");
	ck_assert_uint_eq(host.n_bookings, 2);
	ck_assert_uint_eq(host.counts.repeats, 1);
	ck_assert_uint_eq(host.counts.duplicates, 1);
}
END_TEST

START_TEST(test_reversal_first)
{
	start(PH_EMU_PACK_ASCII);
	say(REVERSAL_A);
	expect("0430", 39, "25");
	ck_assert_uint_eq(host.counts.reversals_unknown, 1);
	say(SALE_A);
	expect("0210", 39, "21");
	ck_assert_uint_eq(host.counts.reversals_early, 1);
	ck_assert(!host.bookings[1].booked && host.bookings[1].reversed);
}
END_TEST

// The advice, as a completion of the reservation with that trace number.
static void complete(const char *mti, unsigned amount, unsigned stan, unsigned original)
{
	struct emu_iso m;
	uint8_t out[1024];
	char text[64];
	unsigned field;

	ck_assert_int_eq(emu_iso_decode(PH_EMU_PACK_ASCII, (const uint8_t *)ADVICE_A,
				 strlen(ADVICE_A), &m, &field),
		0);
	memcpy(m.mti, mti, 4);
	snprintf(text, sizeof text, "%012u", amount);
	emu_iso_put_text(&m, 4, text);
	snprintf(text, sizeof text, "%06u", stan);
	emu_iso_put_text(&m, 11, text);
	snprintf(text, sizeof text, "0100%06u09011229500000012345600000000000", original);
	emu_iso_put_text(&m, 90, text);
	ssize_t n = emu_iso_encode(PH_EMU_PACK_ASCII, &m, out, sizeof out - 1);
	ck_assert_int_gt(n, 0);
	out[n] = 0;
	say((const char *)out);
}

START_TEST(test_completions)
{
	start(PH_EMU_PACK_ASCII);
	sale("0100", 5000, 1);
	expect("0110", 39, "00");
	complete("0220", 4000, 2, 9);
	expect("0230", 39, "25");
	complete("0220", 5001, 3, 1);
	expect("0230", 39, "13");
	complete("0220", 4000, 4, 1);
	expect("0230", 39, "00");
	// its repeat is answered like the first; another one finds nothing left
	complete("0221", 4000, 4, 1);
	expect("0230", 39, "00");
	complete("0220", 4000, 5, 1);
	expect("0230", 39, "94");
	ck_assert_uint_eq(host.counts.completions_refused, 3);
	ck_assert_uint_eq(host.counts.repeats, 1);
	const struct ph_emu_booking *b = &host.bookings[3];
	ck_assert_int_eq(b->kind, PH_EMU_KIND_COMPLETION);
	ck_assert(b->booked && b->repeats == 1 && host.bookings[0].completed);
	ck_assert(!host.bookings[1].booked && !host.bookings[2].booked && !host.bookings[4].booked);
	ck_assert_str_eq(b->original_stan, "000001");
	// a sale is no reservation
	sale("0200", 5000, 6);
	expect("0210", 39, "00");
	complete("0220", 4000, 7, 6);
	expect("0230", 39, "25");
}
END_TEST

START_TEST(test_cents)
{
	static const struct {
		unsigned cents;
		const char *code;
	} table[] = {{0, "00"}, {1, "05"}, {2, "01"}, {3, "04"}, {4, "14"}, {5, "51"}, {6, "54"},
		{7, "91"}, {8, "96"}, {9, "94"}, {10, "10"}, {11, "00"}, {30, "00"}};

	start(PH_EMU_PACK_ASCII);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		sale("0200", 2000 + table[i].cents, i + 1);
		expect("0210", 39, table[i].code);
	}
	sale("0200", 2010, 50);
	expect("0210", 4, "000000001005");
	sale("0200", 2020, 51);
	expect_silence();
	ck_assert_str_eq(host.bookings[host.n_bookings - 1].stan, "000051");
	sale("0200", 2021, 52);
	expect_silence();
	ck_assert_str_eq(host.bookings[host.n_bookings - 1].stan, "000051");
	sale("0200", 2022, 53);
	bed_pass(unit, 59999);
	expect_silence();
	bed_pass(unit, 1);
	expect("0210", 11, "000053");
	snprintf(host.response, sizeof host.response, "91");
	sale("0200", 100, 54);
	expect("0210", 39, "91");
	snprintf(host.response, sizeof host.response, "10");
	sale("0200", 2002, 55);
	expect("0210", 4, "000000001001");
}
END_TEST

START_TEST(test_faults)
{
	start(PH_EMU_PACK_ASCII);
	ck_assert_int_eq(ph_emu_host_fault(&host, "odd", "", 0, 0), -EINVAL);
	ck_assert_int_eq(ph_emu_host_fault(&host, "drop_before", "", 1, 0), 0);
	ck_assert_int_eq(ph_emu_host_fault(&host, "drop_after", "0200", 1, 0), 0);
	sale("0200", 100, 1);
	say(ECHO_A);
	expect("0810", 39, "00");
	ck_assert_uint_eq(host.n_bookings, 0);
	sale("0200", 100, 2);
	expect_silence();
	ck_assert_uint_eq(host.n_bookings, 1);
	ck_assert_uint_eq(host.n_faults, 0);

	ph_emu_host_fault(&host, "delay", "", 1, 500);
	sale("0200", 100, 3);
	sale("0200", 100, 4);
	expect("0210", 11, "000004");
	bed_pass(unit, 500);
	expect("0210", 11, "000003");
	ph_emu_host_fault(&host, "hold", "", 1, 0);
	sale("0200", 100, 13);
	sale("0200", 100, 14);
	expect("0210", 11, "000014");
	bed_pass(unit, 3600000);
	expect_silence();
	ph_emu_host_fault(&host, "none", "", 0, 0);
	bed_pass(unit, 0);
	expect("0210", 11, "000013");
	ph_emu_host_fault(&host, "swapped", "", 1, 0);
	sale("0200", 100, 5);
	expect_silence();
	sale("0200", 100, 6);
	expect("0210", 11, "000006");
	expect("0210", 11, "000005");
	ph_emu_host_fault(&host, "twice", "", 1, 0);
	sale("0200", 100, 7);
	expect("0210", 11, "000007");
	expect("0210", 11, "000007");
	ph_emu_host_fault(&host, "wrong_stan", "", 1, 0);
	sale("0200", 100, 8);
	expect("0210", 11, "000009");
	ph_emu_host_fault(&host, "wrong_mti", "", 1, 0);
	sale("0200", 100, 10);
	expect("0410", 11, "000010");
	ph_emu_host_fault(&host, "silent", "", 0, 0);
	say(ECHO_A);
	expect_silence();
	ph_emu_host_fault(&host, "none", "", 0, 0);
	ph_emu_host_fault(&host, "bytes", "", 1, 0);
	sale("0200", 100, 11);
	bed_pass(unit, 0);
	uint8_t one[8];
	ck_assert_uint_eq(ph_emu_unit_bytes(unit, bed_now, one, sizeof one), 1);
	ph_emu_unit_drop(unit);
	ph_emu_host_fault(&host, "half", "", 1, 0);
	sale("0200", 100, 12);
	ck_assert(unit->hang_up);
	ck_assert_uint_gt(ph_emu_unit_waiting(unit), 0);
	ck_assert_uint_eq(host.n_bookings, 12);
}
END_TEST

START_TEST(test_totals)
{
	start(PH_EMU_PACK_ASCII);
	say(TOTALS_A);
	expect("0510", 66, "2");
	const char *none =
		"05008220000000C0400000780780800000000901235900000051TID12345098765432100000978"
		"0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000C0000000000000000";
	say(none);
	expect("0510", 66, "1");
	ph_emu_host_cutover(&host, bed_now);
	expect("0800", 70, "201");
}
END_TEST

// ---- order ----

// Says a worked message as another type, with another trace number and, where `atc` is not 0, of that use of a card.
static void say_as(const char *worked, const char *mti, unsigned stan, unsigned atc)
{
	struct emu_iso m;
	uint8_t out[1024], chip[] = {0x9f, 0x36, 2, (uint8_t)(atc >> 8), (uint8_t)atc};
	char text[64];
	unsigned field;

	ck_assert_int_eq(emu_iso_decode(PH_EMU_PACK_ASCII, (const uint8_t *)worked, strlen(worked),
				 &m, &field),
		0);
	memcpy(m.mti, mti, 4);
	snprintf(text, sizeof text, "%06u", stan);
	emu_iso_put_text(&m, 11, text);
	if (mti[1] == '4') {
		snprintf(text, sizeof text, "0200%06u09011229500000012345600000000000", stan - 1);
		emu_iso_put_text(&m, 90, text);
	}
	if (atc)
		emu_iso_put(&m, 55, chip, sizeof chip);
	ssize_t n = emu_iso_encode(PH_EMU_PACK_ASCII, &m, out, sizeof out);
	ck_assert_int_gt(n, 0);
	uint8_t header[] = {(uint8_t)(n >> 8), (uint8_t)n};
	ph_emu_unit_input(unit, bed_now, PH_EMU_DATA, header, 2);
	ph_emu_unit_input(unit, bed_now, PH_EMU_DATA, out, (size_t)n);
	ph_emu_unit_drop(unit);
}

START_TEST(test_successors)
{
	start(PH_EMU_PACK_ASCII);
	// sent, given up, undone, and then the same use of the card again: as it has to be
	say_as(SALE_A, "0200", 1, 7);
	say_as(REVERSAL_A, "0420", 2, 0);
	say_as(ADVICE_A, "0220", 3, 7);
	ck_assert_uint_eq(host.counts.successors_early, 0);
	ck_assert_uint_eq(host.n_booked, 2);
	// another use of the card, and one that nothing is known of
	say_as(SALE_A, "0200", 4, 8);
	say_as(SALE_A, "0200", 5, 0);
	ck_assert_uint_eq(host.counts.successors_early, 0);
	// before its reversal
	say_as(ADVICE_A, "0220", 6, 8);
	ck_assert_uint_eq(host.counts.successors_early, 1);
	ck_assert_uint_eq(host.counts.advices_early, 1);
	say_as(SALE_A, "0200", 7, 8);
	ck_assert_uint_eq(host.counts.successors_early, 2);
	ck_assert_uint_eq(host.counts.advices_early, 1);
	// the original was lost, its successor is here before the reversal
	say_as(SALE_A, "0200", 12, 9);
	say_as(REVERSAL_A, "0420", 11, 9);
	ck_assert_uint_eq(host.counts.reversals_unknown, 1);
	ck_assert_uint_eq(host.counts.reversals_late, 1);
	// what is repeated is no successor of itself
	say_as(ADVICE_A, "0221", 3, 7);
	ck_assert_uint_eq(host.counts.successors_early, 2);
	ck_assert_uint_eq(host.counts.repeats, 1);
}
END_TEST

START_TEST(test_trace_numbers)
{
	start(PH_EMU_PACK_ASCII);
	say(SALE_A);
	sale("0200", 1234, 41); // the same message: a duplicate, not a number used twice
	ck_assert_uint_eq(host.counts.stans_reused, 0);
	ck_assert_uint_eq(host.counts.duplicates, 1);
	char later[] = SALE_A;
	memcpy(later + 56, "0901122951", 10);
	say(later);
	ck_assert_uint_eq(host.counts.stans_reused, 1);
}
END_TEST

START_TEST(test_the_day_ends)
{
	static const char totals[] =
		"05008220000000C0400000780780800000000901235900000060TID12345098765432100000978"
		"0000000000"
		"0000000000"
		"0000000001"
		"0000000000"
		"0000000000000000"
		"0000000000000000"
		"0000000000001234"
		"0000000000000000"
		"D0000000000001234";
	char again[sizeof totals];

	start(PH_EMU_PACK_ASCII);
	say(SALE_A);
	expect("0210", 39, "00");
	say(totals);
	expect("0510", 66, "1");
	ck_assert_uint_eq(host.counts.days, 1);
	// its repeat is told the same, though the new day is empty
	memcpy(again, totals, sizeof again);
	again[3] = '1';
	say(again);
	expect("0510", 66, "1");
	ck_assert_uint_eq(host.counts.days, 1);
	ck_assert_uint_eq(host.counts.unmarked, 0);
	say(totals);
	expect("0510", 66, "1");
	ck_assert_uint_eq(host.counts.unmarked, 1);
	// what is of yesterday cannot be undone any more, but a copy of it is known
	say(REVERSAL_A);
	expect("0430", 39, "25");
	say(SALE_A);
	expect("0210", 39, "00");
	ck_assert_uint_eq(host.counts.duplicates, 2);
	ck_assert_uint_eq(host.n_booked, 1);
	// today has nothing of it
	memcpy(again, totals, sizeof again);
	memcpy(again + 46, "000061", 6);
	say(again);
	expect("0510", 66, "2");
	ck_assert_uint_eq(host.counts.days, 1);
	host.config.keeps_day = true;
	say(SALE_A);
	ph_emu_unit_drop(unit);
}
END_TEST

#define MANY 20000u

START_TEST(test_a_long_ledger)
{
	char text[] = SALE_A, part[8];

	start(PH_EMU_PACK_ASCII);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(part, sizeof part, "%06u", i);
		memcpy(text + 66, part, 6);
		say(text);
		ph_emu_unit_drop(unit);
	}
	ck_assert_uint_eq(host.n_booked, MANY);
	say(text);
	ck_assert_uint_eq(host.counts.duplicates, 1);
	say(REVERSAL_A);
	ck_assert(host.bookings[41].reversed);
	ck_assert_uint_eq(host.n_reversals, 1);
	ph_emu_host_reset(&host);
	ck_assert_uint_eq(host.n_bookings, 0);
	say(SALE_A);
	ck_assert_uint_eq(host.n_booked, 1);
}
END_TEST

// ---- the rest of what goes wrong ----

START_TEST(test_storms_and_rubbish)
{
	uint8_t got[512];

	start(PH_EMU_PACK_ASCII);
	ph_emu_host_fault(&host, "storm_91", "", 2, 0);
	ph_emu_host_fault(&host, "storm_96", "0200", 1, 0);
	sale("0200", 100, 1);
	expect("0210", 39, "91");
	say(ADVICE_A);
	expect("0230", 39, "91");
	sale("0200", 100, 1);
	expect("0210", 39, "96");
	ck_assert_uint_eq(host.n_bookings, 0);
	sale("0200", 100, 1);
	expect("0210", 39, "00");
	// a clock of its own
	ph_emu_host_fault(&host, "skew", "", 1, 0);
	sale("0200", 100, 2);
	expect("0210", 12, "235959");
	ph_emu_host_fault(&host, "late", "", 1, 0);
	sale("0200", 100, 3);
	bed_pass(unit, 59999);
	expect_silence();
	bed_pass(unit, 1);
	expect("0210", 11, "000003");
	// as long as a good answer, and none
	ph_emu_host_fault(&host, "garbage", "", 1, 0);
	sale("0200", 100, 4);
	size_t n = ph_emu_unit_bytes(unit, bed_now, got, sizeof got);
	ck_assert_uint_eq(n, 2u + (size_t)(got[0] << 8 | got[1]));
	struct emu_iso m;
	unsigned field;
	ck_assert_int_eq(emu_iso_decode(PH_EMU_PACK_ASCII, got + 2, n - 2, &m, &field), -EBADMSG);
	ck_assert_uint_eq(host.n_booked, 4);
}
END_TEST

// ---- the chip ----

static const uint8_t pan_sequence = 1;
static const char icc[] =
	"9F0206000000001234 9F0306000000000000 9F1A020528 95050000000000 5F2A020978 9A03260901 "
	"9C0100"
	"9F370401020304 82023D00 9F3602002A 9F10120110A00003220000000000000000000000FF"
	"9F2608771CE7AB66B14A76";

START_TEST(test_cryptogram)
{
	uint8_t data[256], key[16], cryptogram[8], card[16], answer[EMU_ICC_ANSWER_MAX];
	size_t n = bed_bytes(icc, data, sizeof data);

	ck_assert_int_eq(emu_card_key(emu_issuer_key, "5413330089020011", pan_sequence, card), 0);
	bed_compare(card, 16, "73C4667545D891E887074A16BFBBCD75", 0);
	ck_assert_int_eq(emu_icc_check(data, n, "5413330089020011", pan_sequence, key, cryptogram),
		EMU_ARQC_GOOD);
	bed_compare(key, 16, "BFAEE124532FD701E8E874DBF892C29E", 0);
	struct emu_icc_answer a = {
		.key = key, .cryptogram = cryptogram, .arc = "00", .approved = true};
	bed_compare(answer, emu_icc_answer(&a, answer), "910AB0E238F79635E3513030 8A023030", 0);
	// the card knows its issuer by both methods
	uint8_t own[8];
	a.csu = true;
	ck_assert_uint_eq(emu_icc_answer(&a, answer), 14);
	bed_compare(answer + 6, 8, "00820000 8A023030", 0);
	ck_assert_int_eq(ph_emu_arpc_csu(key, cryptogram, answer + 6, 4, own), 0);
	ck_assert_mem_eq(own, answer + 2, 4);
	a = (struct emu_icc_answer){
		.key = key, .cryptogram = cryptogram, .arc = "05", .script = 0x72};
	bed_compare(answer, emu_icc_answer(&a, answer),
		"910A11B2C4891D4284A93035 8A023035 720F9F180400000001860604DA9F590103", 0);
	data[8]++; /* another amount */
	ck_assert_int_eq(emu_icc_check(data, n, "5413330089020011", pan_sequence, key, cryptogram),
		EMU_ARQC_WRONG);
	ck_assert_int_eq(
		emu_icc_check(data, 20, "5413330089020011", 1, key, cryptogram), EMU_ARQC_ABSENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tcase, test_worked_messages);
	tcase_add_test(tcase, test_bad_messages);
	tcase_add_test(tcase, test_line);
	tcase_add_test(tcase, test_headers);
	tcase_add_test(tcase, test_sale_and_reversal);
	tcase_add_test(tcase, test_books_once);
	tcase_add_test(tcase, test_reversal_first);
	tcase_add_test(tcase, test_completions);
	tcase_add_test(tcase, test_cents);
	tcase_add_test(tcase, test_faults);
	tcase_add_test(tcase, test_totals);
	tcase_add_test(tcase, test_successors);
	tcase_add_test(tcase, test_trace_numbers);
	tcase_add_test(tcase, test_the_day_ends);
	tcase_add_test(tcase, test_a_long_ledger);
	tcase_add_test(tcase, test_storms_and_rubbish);
	tcase_add_test(tcase, test_cryptogram);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	ph_emu_host_done(&host);
	return failed != 0;
}
