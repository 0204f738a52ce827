/*
 * A card that was swiped: its tracks, what stands in them, and how much of it may be shown. Pure; the card lives in memory of
 * the caller, which is to be a ph_secret, and is wiped by ph_msr_card_wipe() after use and on each error path.
 *
 * Nothing here ends in a NUL or is a text: a track or a field is bytes with a length behind the member `hidden`, so that it
 * reaches a log or a message only by somebody writing that word.
 *
 * Sources: ISO/IEC 7811-2 and -6, ISO/IEC 7813, AAMVA card design standard (magnetic stripe), UnifiedPOS 1.16 MSR.
 */
#ifndef PH_PROTOCOLS_MSR_TRACK_H
#define PH_PROTOCOLS_MSR_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_MSR_TRACKS	  4 /* 1 to 3 and JIS II */
#define PH_MSR_TRACK_MAX  112
#define PH_MSR_BLOCK_MAX  400 /* an encrypted block */
#define PH_MSR_KSN_MAX	  20
#define PH_MSR_HASH	  20
#define PH_MSR_SERIAL_MAX 16

/* Values in UnifiedPOS: 201 to 204 of ResultCodeExtended. */
enum ph_msr_track_state {
	PH_MSR_ABSENT,
	PH_MSR_GOOD,
	PH_MSR_ERROR, /* the reader says so, without a reason */
	PH_MSR_ERROR_START,
	PH_MSR_ERROR_END,
	PH_MSR_ERROR_PARITY, /* a character that the track cannot have */
	PH_MSR_ERROR_LRC,
};

enum ph_msr_kind { PH_MSR_OTHER, PH_MSR_BANK, PH_MSR_AAMVA };

/* What the reader says of the encoding. */
enum ph_msr_encoding {
	PH_MSR_ENCODING_UNKNOWN,
	PH_MSR_ENCODING_ISO,
	PH_MSR_ENCODING_AAMVA,
	PH_MSR_ENCODING_JIS2,
	PH_MSR_ENCODING_BLANK,
	PH_MSR_ENCODING_OTHER,
	PH_MSR_ENCODING_RAW,
};

/* Properties of UnifiedPOS MSR. */
enum ph_msr_field_name {
	PH_MSR_ACCOUNT_NUMBER,
	PH_MSR_EXPIRATION_DATE, /* YYMM */
	PH_MSR_SERVICE_CODE,
	PH_MSR_SURNAME,
	PH_MSR_FIRST_NAME,
	PH_MSR_MIDDLE_INITIAL,
	PH_MSR_SUFFIX,
	PH_MSR_TITLE,
	PH_MSR_TRACK1_DISCRETIONARY,
	PH_MSR_TRACK2_DISCRETIONARY,
	PH_MSR_LICENSE_NUMBER,
	PH_MSR_ISSUER,	   /* of AAMVA: the six digits in front of the licence number */
	PH_MSR_BIRTH_DATE, /* CCYYMMDD */
	PH_MSR_STATE,
	PH_MSR_CITY,
	PH_MSR_ADDRESS,
	PH_MSR_POSTAL_CODE,
	PH_MSR_CLASS,
	PH_MSR_RESTRICTIONS,
	PH_MSR_ENDORSEMENTS,
	PH_MSR_GENDER,
	PH_MSR_HEIGHT,
	PH_MSR_WEIGHT,
	PH_MSR_HAIR_COLOR,
	PH_MSR_EYE_COLOR,
	PH_MSR_FIELD_COUNT
};

struct ph_msr_track {
	enum ph_msr_track_state state;
	uint8_t len;
	uint8_t hidden[PH_MSR_TRACK_MAX]; /* with sentinels, without LRC */
};

/* A field is a part of a track: nothing is copied. */
struct ph_msr_field {
	uint8_t track, start, len; /* len 0: absent */
};

struct ph_msr_block {
	uint16_t len;
	uint8_t hidden[PH_MSR_BLOCK_MAX];
};

struct ph_msr_card {
	struct ph_msr_track tracks[PH_MSR_TRACKS];
	enum ph_msr_encoding encoding;

	/* of ph_msr_parse() */
	enum ph_msr_kind kind;
	bool luhn;   /* of a bank card: the check digit is right */
	bool differ; /* tracks 1 and 2 hold different account numbers, or one of them a second one */
	struct ph_msr_field fields[PH_MSR_FIELD_COUNT];

	/* of readers that encrypt; poshal passes this on and has no keys */
	bool masked; /* the tracks above are masked by the reader */
	bool aes;    /* else TDES */
	struct ph_msr_block encrypted
		[3]; /* by track; of old ID TECH units all that is not masked in the first */
	uint8_t ksn_len;
	uint8_t ksn[PH_MSR_KSN_MAX];
	bool has_hash[3];
	uint8_t hash[3][PH_MSR_HASH];
	bool has_session;
	uint8_t session[8];
	uint8_t serial_len;
	uint8_t serial[PH_MSR_SERIAL_MAX];
};

void ph_msr_card_wipe(struct ph_msr_card *card);

/*
 * Takes a track as a reader sends it: start sentinel, characters, '?', perhaps the LRC, which is checked and left out. The
 * state says what is wrong; the characters of a track with an error are not kept. `track` is 0 to 3.
 */
enum ph_msr_track_state ph_msr_set_track(
	struct ph_msr_card *card, unsigned track, const uint8_t *data, size_t len);

/* LRC of a track from its start sentinel to '?': of track 1 over six bits, of the others over four. */
uint8_t ph_msr_lrc(unsigned track, const uint8_t *data, size_t len);

/*
 * Splits good tracks into fields. A card is AAMVA when the reader says so, or track 2 has an issuer of 636 or 604426 to
 * 604434 and a date of birth that can be one. What is not understood stays absent; nothing is guessed.
 */
void ph_msr_parse(struct ph_msr_card *card);

/* The bytes of a field; NULL and 0 when it is absent. They are as secret as the card. */
const uint8_t *ph_msr_field(
	const struct ph_msr_card *card, enum ph_msr_field_name name, size_t *ret_len);

/* The bytes of a good track, with or without its sentinels; NULL and 0 when there is none. */
const uint8_t *ph_msr_track(
	const struct ph_msr_card *card, unsigned track, bool sentinels, size_t *ret_len);

/* Check digit of ISO/IEC 7812; false for anything but digits. */
bool ph_msr_luhn(const uint8_t *digits, size_t len);

/*
 * The account number as it may be shown: first six and last four; of fewer than 13 digits the last four; of four or fewer
 * none. A text. Returns its length, 0 when there is no number.
 */
#define PH_MSR_MASKED_MAX 24
size_t ph_msr_masked(const struct ph_msr_card *card, char out[PH_MSR_MASKED_MAX]);

/*
 * Whether the account number begins with one of the prefixes, digits separated by commas ("9801,9802"): cards of staff and
 * customers that may be delivered in clear. A prefix that payment cards have, too, never counts.
 */
bool ph_msr_may_clear(const struct ph_msr_card *card, const char *prefixes);

/* Whether any payment card can begin with `len` digits (ISO/IEC 7812 ranges of the card schemes). For configuration. */
bool ph_msr_is_payment_prefix(const char *digits, size_t len);

#endif
