// Stripe cards: tracks, reports, messages of encrypting readers, masking. The only account numbers here are the public test
// numbers of the card schemes.
#include "protocols/msr/msr.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRACK1 "%B4111111111111111^TEST/CARD^29122010000000000?"
#define TRACK2 ";4111111111111111=29122010000000000?"

static struct ph_msr_card card;

static int text(const char *swipe)
{
	return ph_msr_text((const uint8_t *)swipe, strlen(swipe), &card);
}

/* A field as a text, "-" when it is absent. */
static const char *field(enum ph_msr_field_name name)
{
	static char texts[4][PH_MSR_TRACK_MAX + 1];
	static unsigned turn;
	char *out = texts[turn++ % 4];
	size_t len;
	const uint8_t *bytes = ph_msr_field(&card, name, &len);

	if (!bytes)
		return "-";
	memcpy(out, bytes, len);
	out[len] = '\0';
	return out;
}

static bool track_is(unsigned track, bool sentinels, const char *want)
{
	size_t len;
	const uint8_t *bytes = ph_msr_track(&card, track, sentinels, &len);

	return bytes && len == strlen(want) && !memcmp(bytes, want, len);
}

/* ISO/IEC 7813 */
START_TEST(bank_track_1)
{
	ck_assert_uint_eq(strlen(TRACK1), 47);
	ck_assert_int_eq(text(TRACK1), 0);
	ck_assert_int_eq(card.kind, PH_MSR_BANK);
	ck_assert(card.luhn);
	ck_assert(!card.differ);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "4111111111111111");
	ck_assert_str_eq(field(PH_MSR_SURNAME), "TEST");
	ck_assert_str_eq(field(PH_MSR_FIRST_NAME), "CARD");
	ck_assert_str_eq(field(PH_MSR_TITLE), "-");
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "2912");
	ck_assert_str_eq(field(PH_MSR_SERVICE_CODE), "201");
	ck_assert_str_eq(field(PH_MSR_TRACK1_DISCRETIONARY), "0000000000");
	ck_assert(track_is(0, true, TRACK1));
	ck_assert(track_is(0, false, "B4111111111111111^TEST/CARD^29122010000000000"));
	ck_assert_uint_eq(ph_msr_lrc(0, (const uint8_t *)TRACK1, strlen(TRACK1)), 'K');
}
END_TEST

START_TEST(bank_track_2)
{
	ck_assert_uint_eq(strlen(TRACK2), 36);
	ck_assert_int_eq(text(TRACK2), 0);
	ck_assert_int_eq(card.kind, PH_MSR_BANK);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "4111111111111111");
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "2912");
	ck_assert_str_eq(field(PH_MSR_SERVICE_CODE), "201");
	ck_assert_str_eq(field(PH_MSR_TRACK2_DISCRETIONARY), "0000000000");
	ck_assert_str_eq(field(PH_MSR_SURNAME), "-");
	ck_assert_uint_eq(ph_msr_lrc(1, (const uint8_t *)TRACK2, strlen(TRACK2)), '7');
}
END_TEST

START_TEST(check_characters)
{
	ck_assert_int_eq(text(TRACK1 "K" TRACK2 "7\r\n"), 0);
	ck_assert(track_is(0, true, TRACK1));
	ck_assert(track_is(1, true, TRACK2));
	ck_assert_int_eq(text(TRACK1 "L" TRACK2 "8"), 0);
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ERROR_LRC);
	ck_assert_int_eq(card.tracks[1].state, PH_MSR_ERROR_LRC);
	ck_assert_uint_eq(card.tracks[0].len, 0);
	ck_assert_int_eq(card.kind, PH_MSR_OTHER);
}
END_TEST

START_TEST(luhn)
{
	static const char *const good[] = {
		"4111111111111111", "5555555555554444", "378282246310005", "6011000990139424"};

	for (size_t i = 0; i < 4; i++) {
		char number[24];
		size_t len = strlen(good[i]);
		memcpy(number, good[i], len + 1);
		ck_assert(ph_msr_luhn((const uint8_t *)number, len));
		number[len - 1] = number[len - 1] == '9' ? '0' : (char)(number[len - 1] + 1);
		ck_assert(!ph_msr_luhn((const uint8_t *)number, len));
		/* a flag, not a refusal */
		char swipe[64];
		snprintf(swipe, sizeof swipe, ";%s=2912201?", number);
		ck_assert_int_eq(text(swipe), 0);
		ck_assert_int_eq(card.kind, PH_MSR_BANK);
		ck_assert(!card.luhn);
	}
	ck_assert(!ph_msr_luhn((const uint8_t *)"", 0));
	ck_assert(!ph_msr_luhn((const uint8_t *)"4111a", 5));
}
END_TEST

START_TEST(absent_and_odd_fields)
{
	ck_assert_int_eq(text("%B4111111111111111^TEST/CARD^^201?"), 0);
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "-");
	ck_assert_str_eq(field(PH_MSR_SERVICE_CODE), "201");
	ck_assert_int_eq(text(";4111111111111111==201123?"), 0);
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "-");
	ck_assert_str_eq(field(PH_MSR_TRACK2_DISCRETIONARY), "123");
	ck_assert_int_eq(text("%B378282246310005^TEST/CARD A.MRS^2912^?"), 0);
	ck_assert_str_eq(field(PH_MSR_FIRST_NAME), "CARD");
	ck_assert_str_eq(field(PH_MSR_MIDDLE_INITIAL), "A");
	ck_assert_str_eq(field(PH_MSR_TITLE), "MRS");
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "2912");
	ck_assert_str_eq(field(PH_MSR_SERVICE_CODE), "-");
	ck_assert_int_eq(text("%B378282246310005^COMPANY^29X2?"), 0);
	ck_assert_str_eq(field(PH_MSR_SURNAME), "COMPANY");
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "-");
	ck_assert_int_eq(text("%B378282246310005^"
			      "?"),
		0);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "378282246310005");
	/* not a bank card, nothing is guessed */
	ck_assert_int_eq(text("%STAFF 17?;42?"), 0);
	ck_assert_int_eq(card.kind, PH_MSR_OTHER);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "-");
	ck_assert(track_is(0, false, "STAFF 17"));
	ck_assert(track_is(1, false, "42"));
	/* two numbers on one card */
	ck_assert_int_eq(text(TRACK1 ";5555555555554444=2912201?"), 0);
	ck_assert(card.differ);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "5555555555554444");
}
END_TEST

/* Cards of staff and customers: a number and nothing else. */
START_TEST(plain_numbers)
{
	ck_assert_int_eq(text(";9826000000001234?"), 0);
	ck_assert_int_eq(card.kind, PH_MSR_OTHER);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "9826000000001234");
	ck_assert(ph_msr_may_clear(&card, "9826"));
	ck_assert_int_eq(text("%STAFF ANN?;9826123?"), 0);
	ck_assert(ph_msr_may_clear(&card, "9826"));
	/* more digits than a number has, and no number */
	ck_assert_int_eq(text(";98260000000012345678?"), 0);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "-");
	ck_assert_int_eq(text(";9826:123?"), 0);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "-");
}
END_TEST

/* A number with the right beginning on one track lets nothing of the other through. */
START_TEST(second_numbers)
{
	static const char *const swipes[] = {
		"%B9826123456^STAFF/ANN^2912?;4111111111111111?",
		"%B9826123456^STAFF/ANN^2912?;12:4111111111111111=2912?",
		"%4111111111111111?;9826123456=2912?",
		"%4111 1111 1111 1111^STAFF?;9826123456?",
		"%STAFF 4111111111111111?;9826123456?",
		"%B9826123456 4111111111111111?;9826123456?",
	};

	for (size_t i = 0; i < sizeof swipes / sizeof *swipes; i++) {
		ck_assert_int_eq(text(swipes[i]), 0);
		ck_assert_msg(!ph_msr_may_clear(&card, "9826"), "%s", swipes[i]);
	}
	/* the same number on both is one */
	ck_assert_int_eq(text("%B9826000000001234^STAFF/"
			      "ANN^29122010000000000?;9826000000001234=29122010000000000?"),
		0);
	ck_assert(ph_msr_may_clear(&card, "9826"));
	ck_assert_int_eq(text("%B9826 0000 0000 1234^STAFF/ANN?;9826000000001234?"), 0);
	ck_assert(ph_msr_may_clear(&card, "9826"));
}
END_TEST

/* AAMVA, magnetic stripe */
START_TEST(aamva)
{
	ck_assert_int_eq(text(";6360121234567890123=290619850704?"), 0);
	ck_assert_int_eq(card.kind, PH_MSR_AAMVA);
	ck_assert_str_eq(field(PH_MSR_ISSUER), "636012");
	ck_assert_str_eq(field(PH_MSR_LICENSE_NUMBER), "1234567890123");
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "2906");
	ck_assert_str_eq(field(PH_MSR_BIRTH_DATE), "19850704");
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "-");
	/* the same digits without a date that can be one are no licence */
	ck_assert_int_eq(text(";6360121234567890123=290619851304?"), 0);
	ck_assert_int_eq(card.kind, PH_MSR_BANK);

	ck_assert_int_eq(
		text("%CASPRINGFIELD^DOE$JANE$Q$JR^1 MAIN ST$APT 2^?;636014123=290619850704?"
		     "%0112345      DX                 F507130BLKBRO?"),
		0);
	ck_assert_int_eq(card.kind, PH_MSR_AAMVA);
	ck_assert_str_eq(field(PH_MSR_STATE), "CA");
	ck_assert_str_eq(field(PH_MSR_CITY), "SPRINGFIELD");
	ck_assert_str_eq(field(PH_MSR_SURNAME), "DOE");
	ck_assert_str_eq(field(PH_MSR_FIRST_NAME), "JANE");
	ck_assert_str_eq(field(PH_MSR_MIDDLE_INITIAL), "Q");
	ck_assert_str_eq(field(PH_MSR_SUFFIX), "JR");
	ck_assert_str_eq(field(PH_MSR_ADDRESS), "1 MAIN ST$APT 2");
	ck_assert_str_eq(field(PH_MSR_POSTAL_CODE), "12345      ");
	ck_assert_str_eq(field(PH_MSR_CLASS), "DX");
}
END_TEST

START_TEST(aamva_track_3)
{
	/* a city of thirteen characters has no '^' behind it */
	ck_assert_int_eq(text("%CATHIRTEENCHARSDOE$JANE^1 MAIN ST^?;636014123=290619850704?"
			      "#0112345      D           12  F507130BLKBRO?"),
		0);
	ck_assert_str_eq(field(PH_MSR_CITY), "THIRTEENCHARS");
	ck_assert_str_eq(field(PH_MSR_SURNAME), "DOE");
	ck_assert_str_eq(field(PH_MSR_CLASS), "D ");
	ck_assert_str_eq(field(PH_MSR_RESTRICTIONS), "          ");
	ck_assert_str_eq(field(PH_MSR_ENDORSEMENTS), "12  ");
	ck_assert_str_eq(field(PH_MSR_GENDER), "F");
	ck_assert_str_eq(field(PH_MSR_HEIGHT), "507");
	ck_assert_str_eq(field(PH_MSR_WEIGHT), "130");
	ck_assert_str_eq(field(PH_MSR_HAIR_COLOR), "BLK");
	ck_assert_str_eq(field(PH_MSR_EYE_COLOR), "BRO");
}
END_TEST

static const struct {
	const char *swipe;
	int result;
	int states[3];
} swipes[] = {
	{TRACK1 TRACK2, 0, {PH_MSR_GOOD, PH_MSR_GOOD, PH_MSR_ABSENT}},
	{"%E?;4111111111111111=2912201?", 0, {PH_MSR_ERROR, PH_MSR_GOOD, PH_MSR_ABSENT}},
	{"%E?;E?+E?", 0, {PH_MSR_ERROR, PH_MSR_ERROR, PH_MSR_ERROR}},
	{TRACK2 "+123?", 0, {PH_MSR_ABSENT, PH_MSR_GOOD, PH_MSR_GOOD}},
	{TRACK2 ";123?", 0, {PH_MSR_ABSENT, PH_MSR_GOOD, PH_MSR_GOOD}},
	{";41111111111=", 0, {PH_MSR_ABSENT, PH_MSR_ERROR_END, PH_MSR_ABSENT}},
	{";4111A11?", 0, {PH_MSR_ABSENT, PH_MSR_ERROR_PARITY, PH_MSR_ABSENT}},
	{"%b?", 0, {PH_MSR_ERROR_PARITY, PH_MSR_ABSENT, PH_MSR_ABSENT}},
	{";1?;2?;3?", -EBADMSG, {PH_MSR_ABSENT, PH_MSR_ABSENT, PH_MSR_ABSENT}},
	{"4006381333931", -EBADMSG, {PH_MSR_ABSENT, PH_MSR_ABSENT, PH_MSR_ABSENT}},
	{"\r\n", -EBADMSG, {PH_MSR_ABSENT, PH_MSR_ABSENT, PH_MSR_ABSENT}},
};

START_TEST(track_states)
{
	ck_assert_int_eq(text(swipes[_i].swipe), swipes[_i].result);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(card.tracks[i].state, swipes[_i].states[i]);
	for (unsigned i = 0; i < 3; i++)
		if (card.tracks[i].state != PH_MSR_GOOD)
			ck_assert_uint_eq(card.tracks[i].len, 0);
}
END_TEST

static uint8_t report[337];

static void magtek(const uint8_t head[7])
{
	memset(report, 0xaa, sizeof report); /* the rest of a track is undefined */
	memcpy(report, head, 7);
	memcpy(report + 7, TRACK1, strlen(TRACK1));
	memcpy(report + 117, TRACK2, strlen(TRACK2));
}

/* MagTek USB HID Swipe Reader reference */
START_TEST(magtek_reports)
{
	magtek((const uint8_t[]){0, 0, 0, 0x2f, 0x24, 0, 0});
	ck_assert_int_eq(ph_msr_report(&ph_msr_magtek_plain, report, sizeof report, &card), 0);
	ck_assert(track_is(0, true, TRACK1));
	ck_assert(track_is(1, true, TRACK2));
	ck_assert_int_eq(card.tracks[2].state, PH_MSR_ABSENT);
	ck_assert_int_eq(card.encoding, PH_MSR_ENCODING_ISO);
	ck_assert_str_eq(field(PH_MSR_SURNAME), "TEST");

	magtek((const uint8_t[]){1, 0, 0, 0, 0x24, 0, 0});
	ck_assert_int_eq(ph_msr_report(&ph_msr_magtek_plain, report, sizeof report, &card), 0);
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ERROR);
	ck_assert_int_eq(card.tracks[1].state, PH_MSR_GOOD);
	ck_assert_str_eq(field(PH_MSR_ACCOUNT_NUMBER), "4111111111111111");

	magtek((const uint8_t[]){0, 0, 0, 0, 0, 0, 3});
	ck_assert_int_eq(ph_msr_report(&ph_msr_magtek_plain, report, sizeof report, &card), 0);
	ck_assert_int_eq(card.encoding, PH_MSR_ENCODING_BLANK);
	for (unsigned i = 0; i < PH_MSR_TRACKS; i++)
		ck_assert_int_eq(card.tracks[i].state, PH_MSR_ABSENT);
	ck_assert_int_eq(card.kind, PH_MSR_OTHER);

	/* a length above the field, a track without its end, a report cut short */
	magtek((const uint8_t[]){0, 0, 0, 111, 0x23, 0, 0});
	ck_assert_int_eq(ph_msr_report(&ph_msr_magtek_plain, report, sizeof report, &card), 0);
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ERROR);
	ck_assert_int_eq(card.tracks[1].state, PH_MSR_ERROR_END);
	ck_assert_int_eq(
		ph_msr_report(&ph_msr_magtek_plain, report, sizeof report - 1, &card), -EBADMSG);
}
END_TEST

/* Positions come from a descriptor: page 8E with a report id, two-byte lengths, JIS II. */
START_TEST(other_layouts)
{
	struct ph_msr_layout layout = {.size = 120,
		.has_id = true,
		.id = 7,
		.length = {{0, 2}, {2, 2}, {0, 0}, {4, 2}},
		.track = {{6, 50}, {56, 40}, {0, 0}, {96, 24}}};
	uint8_t bytes[121] = {7, 47, 0, 36, 0, 3, 0};

	memcpy(bytes + 7, TRACK1, 47);
	memcpy(bytes + 57, TRACK2, 36);
	memcpy(bytes + 97,
		"\x7f"
		"a?",
		3);
	ck_assert_int_eq(ph_msr_report(&layout, bytes, sizeof bytes, &card), 0);
	ck_assert(track_is(0, true, TRACK1));
	ck_assert(track_is(1, true, TRACK2));
	ck_assert_int_eq(card.tracks[3].state, PH_MSR_ERROR_START);
	bytes[0] = 8;
	ck_assert_int_eq(ph_msr_report(&layout, bytes, sizeof bytes, &card), -EAGAIN);
	ck_assert_int_eq(ph_msr_report(&layout, bytes, 0, &card), -EAGAIN);
	/* a descriptor that contradicts itself */
	bytes[0] = 7;
	layout.track[0].size = 500;
	ck_assert_int_eq(ph_msr_report(&layout, bytes, sizeof bytes, &card), -EBADMSG);

	/* encrypted: blocks, masked tracks and the key serial number are passed on */
	layout = (struct ph_msr_layout){.size = 80,
		.length = {{0, 1}, {1, 1}},
		.track = {{2, 16}, {18, 16}},
		.encrypting = true,
		.masked_length = {{34, 1}, {35, 1}},
		.masked = {{36, 10}, {46, 24}},
		.ksn = {70, 10}};
	memset(bytes, 0, sizeof bytes);
	bytes[1] = 16;
	bytes[35] = 23;
	memset(bytes + 18, 0xaa, 16);
	memcpy(bytes + 46, ";4111********1111=2912?", 23);
	memset(bytes + 70, 0x11, 10);
	ck_assert_int_eq(ph_msr_report(&layout, bytes, 80, &card), 0);
	ck_assert(card.masked);
	ck_assert_uint_eq(card.encrypted[0].len, 0);
	ck_assert_uint_eq(card.encrypted[1].len, 16);
	ck_assert_mem_eq(card.encrypted[1].hidden, bytes + 18, 16);
	ck_assert_uint_eq(card.ksn_len, 10);
	ck_assert_str_eq(field(PH_MSR_EXPIRATION_DATE), "2912");
}
END_TEST

/* ID TECH SecureMag manual: enhanced form, track 2 only. */
static size_t idtech(uint8_t *out)
{
	static const uint8_t head[] = {0x02, 0x5D, 0x00, 0x80, 0x02, 0x00, 0x24, 0x00, 0x02, 0x82};
	static const uint8_t tail[] = {
		0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x01, 0x49, 0x99, 0x03};

	memcpy(out, head, sizeof head);
	memcpy(out + 10, ";4111********1111=*****************?", 36);
	memset(out + 46, 0xaa, 40);
	memcpy(out + 86, tail, sizeof tail);
	return 99;
}

START_TEST(idtech_enhanced)
{
	uint8_t bytes[128];
	size_t len = idtech(bytes), drop;
	char masked[PH_MSR_MASKED_MAX];

	for (size_t i = 1; i < len; i++)
		ck_assert_int_eq(ph_msr_idtech_message(bytes, i, &card, &drop), 0);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), 99);
	ck_assert(card.masked);
	ck_assert(!card.aes);
	ck_assert(track_is(1, true, ";4111********1111=*****************?"));
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ABSENT);
	ck_assert_uint_eq(card.encrypted[1].len, 40);
	ck_assert_mem_eq(card.encrypted[1].hidden, bytes + 46, 40);
	ck_assert_uint_eq(card.ksn_len, 10);
	ck_assert_mem_eq(card.ksn, bytes + 86, 10);
	ck_assert_uint_eq(ph_msr_masked(&card, masked), 16);
	ck_assert_str_eq(masked, "4111********1111");

	bytes[96] = 0x48; /* LRC */
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), -EBADMSG);
	ck_assert_uint_eq(drop, 1);
	idtech(bytes);
	bytes[1] = 0x5c; /* length */
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), -EBADMSG);
	ck_assert_int_eq(ph_msr_idtech_message(bytes + 1, len - 1, &card, &drop), -EBADMSG);
}
END_TEST

/* A message around card data. */
static size_t wrap(const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t lrc = 0, sum = 0;

	out[0] = 0x02;
	out[1] = (uint8_t)len;
	out[2] = (uint8_t)(len >> 8);
	memcpy(out + 3, data, len);
	for (size_t i = 0; i < len; i++) {
		lrc ^= data[i];
		sum = (uint8_t)(sum + data[i]);
	}
	out[len + 3] = lrc;
	out[len + 4] = sum;
	out[len + 5] = 0x03;
	return len + 6;
}

START_TEST(idtech_other_forms)
{
	uint8_t data[200], bytes[220];
	size_t drop;

	/* AES, hash of track 2, session id, serial number of the reader, key serial number */
	static const uint8_t head[] = {0x80, 0x12, 0, 5, 0, 0x92, 0xd2};
	memset(data, 0x33, sizeof data);
	memcpy(data, head, sizeof head);
	memcpy(data + 7, ";123?", 5);
	size_t len = wrap(data, 7 + 5 + 16 + 8 + 20 + 8 + 10, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), (int)len);
	ck_assert(card.aes);
	ck_assert_uint_eq(card.encrypted[1].len, 16);
	ck_assert(card.has_session);
	ck_assert(card.has_hash[1]);
	ck_assert(!card.has_hash[0]);
	ck_assert_uint_eq(card.serial_len, 8);
	ck_assert_uint_eq(card.ksn_len, 10);
	/* a byte too many, without a serial number to take it */
	data[5] = 0x12;
	len = wrap(data, 7 + 5 + 16 + 8 + 20 + 10 + 1, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), -EBADMSG);
	ck_assert_uint_eq(drop, len);
	ck_assert_uint_eq(card.encrypted[1].len, 0);
	/* optional bytes are not known */
	data[1] = 0x42;
	len = wrap(data, 80, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), -ENOTSUP);

	/* original form */
	static const uint8_t original[] = {0x00, 0x12, 0, 5, 0};
	memcpy(data, original, sizeof original);
	memcpy(data + 5, ";123?", 5);
	len = wrap(data, 5 + 5 + 8 + 20 + 10, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), (int)len);
	ck_assert_uint_eq(card.encrypted[0].len, 28);
	ck_assert(track_is(1, true, ";123?"));
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ABSENT);
	/* track 1 had samples but did not decode */
	data[1] = 0x12 | 0x08;
	len = wrap(data, 48, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), (int)len);
	ck_assert_int_eq(card.tracks[0].state, PH_MSR_ERROR);
	/* raw: all is encrypted */
	data[0] = 0x04;
	len = wrap(data, 48, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), (int)len);
	ck_assert_uint_eq(card.encrypted[0].len, 33);
	len = wrap(data, 4, bytes);
	ck_assert_int_eq(ph_msr_idtech_message(bytes, len, &card, &drop), -EBADMSG);
}
END_TEST

START_TEST(idtech_clear_report)
{
	uint8_t bytes[600] = {0};
	size_t len = strlen(TRACK1 TRACK2);

	memcpy(bytes + 9, TRACK1 TRACK2, len);
	for (unsigned order = 0; order < 2; order++) {
		bytes[7] = order ? 0 : (uint8_t)len;
		bytes[8] = order ? (uint8_t)len : 0;
		ck_assert_int_eq(ph_msr_idtech_report(bytes, sizeof bytes, &card), 0);
		ck_assert(track_is(0, true, TRACK1));
		ck_assert(track_is(1, true, TRACK2));
		ck_assert_int_eq(card.encoding, PH_MSR_ENCODING_ISO);
	}
	ck_assert_int_eq(ph_msr_idtech_report(bytes, 50, &card), -EBADMSG);
	ck_assert_int_eq(ph_msr_idtech_report(bytes, 8, &card), -EBADMSG);
	bytes[7] = bytes[8] = 2;
	ck_assert_int_eq(ph_msr_idtech_report(bytes, sizeof bytes, &card), -EBADMSG);
}
END_TEST

START_TEST(idtech_settings)
{
	uint8_t out[16];

	ck_assert_int_eq(ph_msr_idtech_setting(0x1f, NULL, 0, out, sizeof out), 5);
	ck_assert_mem_eq(out, ((uint8_t[]){0x02, 0x52, 0x1f, 0x03, 0x4c}), 5);
	ck_assert_int_eq(
		ph_msr_idtech_setting(0x1f, (const uint8_t[]){0x31}, 1, out, sizeof out), 7);
	ck_assert_mem_eq(out, ((uint8_t[]){0x02, 0x53, 0x1f, 0x01, 0x31, 0x03, 0x7d}), 7);
	ck_assert_int_eq(ph_msr_idtech_setting(0x18, NULL, 0, out, sizeof out), -EPERM);
	ck_assert_int_eq(ph_msr_idtech_setting(0x1f, NULL, 0, out, 4), -EINVAL);
	/* the rule of the check byte, by the manual's example */
	ck_assert_uint_eq(0x02 ^ 0x53 ^ 0x18 ^ 0x03, 0x4a);
}
END_TEST

static int type(struct ph_msr_typed *typed, const char *keys)
{
	int r = 0;

	for (; *keys; keys++)
		r = ph_msr_typed_add(typed, (uint8_t)*keys, &card);
	return r;
}

START_TEST(typing_readers)
{
	static struct ph_msr_typed typed;
	static const struct ph_msr_typed empty;

	ck_assert_int_eq(type(&typed, TRACK1 TRACK2 "\r"), 1);
	ck_assert(track_is(1, true, TRACK2));
	ck_assert_mem_eq(&typed, &empty, sizeof typed);
	/* a swipe that stops in its middle is discarded and wiped */
	ck_assert_int_eq(type(&typed, ";41111111111="), 0);
	ck_assert(ph_msr_typed_wipe(&typed));
	ck_assert(!ph_msr_typed_wipe(&typed));
	ck_assert_mem_eq(&typed, &empty, sizeof typed);
	/* an event was lost */
	type(&typed, ";411111");
	ph_msr_typed_lost(&typed);
	ck_assert_int_eq(type(&typed, "11111=2912?\r"), -EBADMSG);
	ck_assert_mem_eq(&typed, &empty, sizeof typed);
	/* not a card, and too long for one */
	ck_assert_int_eq(type(&typed, "4006381333931\r"), -EBADMSG);
	for (unsigned i = 0; i <= PH_MSR_TYPED_MAX; i++)
		type(&typed, "%");
	ck_assert_int_eq(type(&typed, "?\r"), -EBADMSG);
	ck_assert_int_eq(type(&typed, TRACK2 "\r"), 1);
}
END_TEST

START_TEST(masking)
{
	static const struct {
		const char *number, *masked;
	} cases[] = {
		{"4111111111111111", "411111******1111"},
		{"378282246310005", "378282*****0005"},
		{"980100421234", "********1234"}, /* fewer than thirteen: the last four */
		{"42345", "*2345"},
		{"4234", "****"},
	};
	char masked[PH_MSR_MASKED_MAX], swipe[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(swipe, sizeof swipe, ";%s=2912201?", cases[i].number);
		ck_assert_int_eq(text(swipe), 0);
		ck_assert_uint_eq(ph_msr_masked(&card, masked), strlen(cases[i].masked));
		ck_assert_str_eq(masked, cases[i].masked);
	}
	ck_assert_int_eq(text("%STAFF?"), 0);
	ck_assert_uint_eq(ph_msr_masked(&card, masked), 0);
	ck_assert_str_eq(masked, "");
}
END_TEST

START_TEST(prefixes)
{
	ck_assert_int_eq(text(";98010042=?"), 0);
	ck_assert(ph_msr_may_clear(&card, "9801"));
	ck_assert(ph_msr_may_clear(&card, "77, 9801,12"));
	ck_assert(!ph_msr_may_clear(&card, "9802"));
	ck_assert(!ph_msr_may_clear(&card, ""));
	ck_assert(!ph_msr_may_clear(&card, " , "));
	ck_assert(!ph_msr_may_clear(&card, "980100421"));
	ck_assert(!ph_msr_may_clear(&card, "9801x"));
	/* payment cards never, whatever is configured */
	ck_assert_int_eq(text(TRACK2), 0);
	ck_assert(!ph_msr_may_clear(&card, "4111,4,411111"));
	ck_assert_int_eq(text("%B98010042^TEST^?" TRACK2), 0);
	ck_assert(!ph_msr_may_clear(&card, "9801"));

	static const char *const payment[] = {"4", "51", "2221", "2720", "27", "34", "37", "36",
		"6011", "65", "9", "979", "97", "", "5a", "3528"};
	for (size_t i = 0; i < sizeof payment / sizeof payment[0]; i++)
		ck_assert_msg(
			ph_msr_is_payment_prefix(payment[i], strlen(payment[i])), "%s", payment[i]);
	static const char *const other[] = {"9801", "98", "1", "0", "2721", "2910", "90"};
	for (size_t i = 1; i < sizeof other / sizeof other[0]; i++)
		if (strcmp(other[i], "1") != 0)
			ck_assert_msg(!ph_msr_is_payment_prefix(other[i], strlen(other[i])), "%s",
				other[i]);
}
END_TEST

START_TEST(wiping)
{
	static const struct ph_msr_card empty;

	ck_assert_int_eq(text(TRACK1 TRACK2), 0);
	ph_msr_card_wipe(&card);
	ck_assert_mem_eq(&card, &empty, sizeof card);
	/* what could not be read leaves nothing behind */
	ck_assert_int_eq(text(TRACK1 TRACK2), 0);
	ck_assert_int_eq(text(TRACK1 TRACK2 ";1?;2?"), -EBADMSG);
	ck_assert_mem_eq(&card, &empty, sizeof card);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(a)[0]))

int main(void)
{
	Suite *suite = suite_create("msr");
	TCase *cases = tcase_create("cards");

	tcase_add_test(cases, bank_track_1);
	tcase_add_test(cases, bank_track_2);
	tcase_add_test(cases, check_characters);
	tcase_add_test(cases, luhn);
	tcase_add_test(cases, absent_and_odd_fields);
	tcase_add_test(cases, plain_numbers);
	tcase_add_test(cases, second_numbers);
	tcase_add_test(cases, aamva);
	tcase_add_test(cases, aamva_track_3);
	tcase_add_loop_test(cases, track_states, 0, COUNT(swipes));
	tcase_add_test(cases, magtek_reports);
	tcase_add_test(cases, other_layouts);
	tcase_add_test(cases, idtech_enhanced);
	tcase_add_test(cases, idtech_other_forms);
	tcase_add_test(cases, idtech_clear_report);
	tcase_add_test(cases, idtech_settings);
	tcase_add_test(cases, typing_readers);
	tcase_add_test(cases, masking);
	tcase_add_test(cases, prefixes);
	tcase_add_test(cases, wiping);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
