// Tracks to fields, check digits, masking; how tracks come out of a reader is in msr.c.
#include "protocols/msr/track.h"

#include "base/cleanup.h"
#include "base/luhn.h"
#include "base/secret.h"

#include <string.h>

#define PLAIN_MIN   4  /* digits of a number that stands alone */
#define PAYMENT_MIN 12 /* digits of the shortest account number of a payment card, ISO/IEC 7812 */

void ph_msr_card_wipe(struct ph_msr_card *card)
{
	ph_wipe(card, sizeof *card);
}

uint8_t ph_msr_lrc(unsigned track, const uint8_t *data, size_t len)
{
	uint8_t base = track == 0 ? 0x20 : 0x30, lrc = 0;

	for (size_t i = 0; i < len; i++)
		lrc ^= (uint8_t)(data[i] - base);
	return (uint8_t)((lrc & (track == 0 ? 0x3f : 0x0f)) + base);
}

static bool is_start(unsigned track, uint8_t c)
{
	switch (track) {
	case 0:
		return c == '%';
	case 1:
		return c == ';';
	case 2:
		return memchr(";+%#!", c, 5) != NULL;
	}
	return c >= 0x20 && c < 0x7f; /* JIS II has sentinels of its own */
}

/* Tracks of digits may hold what AAMVA writes on track 3, too: characters of track 1. */
static bool is_character(unsigned track, uint8_t c)
{
	if (track == 1)
		return c >= 0x30 && c <= 0x3f;
	return c >= 0x20 && c < (track == 3 ? 0x7f : 0x60);
}

/* Masked tracks have '*' where digits were. */
static bool all_characters(
	const struct ph_msr_card *card, unsigned track, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_character(track, data[i]) && !(card->masked && data[i] == '*'))
			return false;
	return true;
}

static enum ph_msr_track_state check_track(const struct ph_msr_card *card, unsigned track,
	const uint8_t *data, size_t len, size_t *ret_len)
{
	const uint8_t *end = len > 1 ? memchr(data + 1, '?', len - 1) : NULL;

	if (!len)
		return PH_MSR_ABSENT;
	if (len == 3 && data[1] == 'E' && data[2] == '?')
		return PH_MSR_ERROR; /* what readers type when they could not decode it */
	if (!is_start(track, data[0]))
		return PH_MSR_ERROR_START;
	size_t whole = end ? (size_t)(end - data) + 1 : 0;
	if (!end || len > whole + 1 || whole > PH_MSR_TRACK_MAX)
		return PH_MSR_ERROR_END;
	if (!all_characters(card, track, data + 1, whole - 1))
		return PH_MSR_ERROR_PARITY;
	/* track 3 of AAMVA counts six bits, like track 1 */
	bool wide = track == 2 && data[0] != ';' && data[0] != '+';
	if (len > whole && data[whole] != ph_msr_lrc(wide ? 0 : track, data, whole))
		return PH_MSR_ERROR_LRC;
	*ret_len = whole;
	return PH_MSR_GOOD;
}

enum ph_msr_track_state ph_msr_set_track(
	struct ph_msr_card *card, unsigned track, const uint8_t *data, size_t len)
{
	struct ph_msr_track *out = &card->tracks[track];
	size_t whole = 0;

	ph_wipe(out, sizeof *out);
	out->state = check_track(card, track, data, len, &whole);
	if (out->state == PH_MSR_GOOD) {
		out->len = (uint8_t)whole;
		memcpy(out->hidden, data, whole);
	}
	return out->state;
}

/* A place in a track while it is split; never goes past the end sentinel. */
struct reader {
	struct ph_msr_card *card;
	unsigned track;
	uint8_t at, end; /* of the '?' */
};

static struct reader open_track(struct ph_msr_card *card, unsigned track)
{
	const struct ph_msr_track *t = &card->tracks[track];
	bool good = t->state == PH_MSR_GOOD && t->len >= 2;

	return (struct reader){.card = card,
		.track = track,
		.at = good ? 1 : 0,
		.end = good ? (uint8_t)(t->len - 1) : 0};
}

static const uint8_t *here(const struct reader *r)
{
	return r->card->tracks[r->track].hidden + r->at;
}

static uint8_t left(const struct reader *r)
{
	return (uint8_t)(r->end - r->at);
}

static bool digits(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* Characters up to `stop` or the end, at most `most`. */
static uint8_t run(const struct reader *r, uint8_t stop, uint8_t most)
{
	uint8_t n = left(r) < most ? left(r) : most;
	const uint8_t *end = memchr(here(r), stop, n);

	return end ? (uint8_t)(end - here(r)) : n;
}

/* The next `len` characters are a field; the first track that has it counts. */
static void take(struct reader *r, enum ph_msr_field_name name, uint8_t len)
{
	struct ph_msr_field *field = &r->card->fields[name];

	if (!field->len && len)
		*field = (struct ph_msr_field){(uint8_t)r->track, r->at, len};
	r->at = (uint8_t)(r->at + len);
}

static bool skip(struct reader *r, uint8_t c)
{
	bool there = left(r) && *here(r) == c;

	r->at = (uint8_t)(r->at + there);
	return there;
}

/* `len` digits, or a separator in their place when they are absent. False when it is neither. */
static bool take_digits(
	struct reader *r, enum ph_msr_field_name name, uint8_t len, uint8_t separator)
{
	if (skip(r, separator))
		return true;
	if (left(r) < len || !digits(here(r), len))
		return false;
	take(r, name, len);
	return true;
}

/* Expiry, service code, discretionary data. */
static void take_rest(struct reader *r, uint8_t separator, enum ph_msr_field_name discretionary)
{
	if (take_digits(r, PH_MSR_EXPIRATION_DATE, 4, separator) &&
		take_digits(r, PH_MSR_SERVICE_CODE, 3, separator))
		take(r, discretionary, left(r));
}

/* SURNAME/FIRST MIDDLE.TITLE, up to `end` */
static void bank_name(struct reader *r, uint8_t end)
{
	struct reader name = *r;

	name.end = end;
	take(&name, PH_MSR_SURNAME, run(&name, '/', left(&name)));
	if (skip(&name, '/')) {
		uint8_t title = run(&name, '.', left(&name));
		uint8_t first = run(&name, ' ', title);
		take(&name, PH_MSR_FIRST_NAME, first);
		if (first < title && skip(&name, ' '))
			take(&name, PH_MSR_MIDDLE_INITIAL, (uint8_t)(title - first - 1));
	}
	if (skip(&name, '.'))
		take(&name, PH_MSR_TITLE, left(&name));
}

static bool is_number(const uint8_t *text, size_t len, bool masked)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] < '0' || text[i] > '9') && !(masked && text[i] == '*'))
			return false;
	return len >= 1 && len <= 19;
}

/* Account number up to a separator. */
static bool take_number(struct reader *r, uint8_t separator)
{
	uint8_t n = run(r, separator, left(r));

	if (n == left(r) || !is_number(here(r), n, r->card->masked))
		return false;
	take(r, PH_MSR_ACCOUNT_NUMBER, n);
	r->at++;
	return true;
}

static bool bank_track1(struct ph_msr_card *card)
{
	struct reader r = open_track(card, 0);

	if (!skip(&r, 'B') || !take_number(&r, '^'))
		return false;
	uint8_t name = run(&r, '^', left(&r));
	if (name == left(&r))
		return true;
	bank_name(&r, (uint8_t)(r.at + name));
	r.at = (uint8_t)(r.at + name + 1);
	take_rest(&r, '^', PH_MSR_TRACK1_DISCRETIONARY);
	return true;
}

static bool bank_track2(struct ph_msr_card *card)
{
	struct reader r = open_track(card, 1);

	if (!take_number(&r, '='))
		return false;
	take_rest(&r, '=', PH_MSR_TRACK2_DISCRETIONARY);
	return true;
}

/* A number and nothing else, as cards of staff and customers often have. */
static void plain_track2(struct ph_msr_card *card)
{
	struct reader r = open_track(card, 1);

	if (left(&r) >= PLAIN_MIN && is_number(here(&r), left(&r), false))
		take(&r, PH_MSR_ACCOUNT_NUMBER, left(&r));
}

static unsigned number(const uint8_t *text, size_t len)
{
	unsigned value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static bool is_date(const uint8_t *text)
{
	return digits(text, 8) && number(text, 4) >= 1880 && number(text, 4) < 2100 &&
	       number(text + 4, 2) >= 1 && number(text + 4, 2) <= 12 && number(text + 6, 2) >= 1 &&
	       number(text + 6, 2) <= 31;
}

/* Issuer, number, '=', expiry, date of birth, what of the number did not fit. */
static bool aamva_track2(struct ph_msr_card *card, bool certain)
{
	struct reader r = open_track(card, 1);

	if (left(&r) < 7 || !digits(here(&r), 6))
		return false;
	unsigned issuer = number(here(&r), 6);
	bool known = issuer / 1000 == 636 || (issuer >= 604426 && issuer <= 604434);
	uint8_t n = run(&r, '=', left(&r));
	uint8_t behind = (uint8_t)(left(&r) - n);
	bool dated =
		n >= 6 && behind >= 13 && digits(here(&r) + n + 1, 4) && is_date(here(&r) + n + 5);
	if (n < 6 || n > 19 || !(certain || (known && dated)))
		return false;
	take(&r, PH_MSR_ISSUER, 6);
	take(&r, PH_MSR_LICENSE_NUMBER, (uint8_t)(n - 6));
	skip(&r, '=');
	if (dated) {
		take(&r, PH_MSR_EXPIRATION_DATE, 4);
		take(&r, PH_MSR_BIRTH_DATE, 8);
	}
	return true;
}

/* A part of the name up to '$'. */
static void take_part(struct reader *name, enum ph_msr_field_name field)
{
	take(name, field, run(name, '$', left(name)));
	skip(name, '$');
}

/* State, city, name, address; '^' behind what is shorter than its most. */
static void aamva_track1(struct ph_msr_card *card)
{
	struct reader r = open_track(card, 0);

	if (left(&r) < 2)
		return;
	take(&r, PH_MSR_STATE, 2);
	take(&r, PH_MSR_CITY, run(&r, '^', 13));
	skip(&r, '^');
	struct reader name = r;
	uint8_t n = run(&r, '^', 35);
	name.end = (uint8_t)(name.at + n);
	take_part(&name, PH_MSR_SURNAME);
	take_part(&name, PH_MSR_FIRST_NAME);
	take_part(&name, PH_MSR_MIDDLE_INITIAL);
	take_part(&name, PH_MSR_SUFFIX);
	r.at = (uint8_t)(r.at + n);
	skip(&r, '^');
	take(&r, PH_MSR_ADDRESS, run(&r, '^', 29));
}

static void aamva_track3(struct ph_msr_card *card)
{
	static const struct {
		enum ph_msr_field_name name;
		uint8_t len;
	} fields[] = {
		{PH_MSR_POSTAL_CODE, 11},
		{PH_MSR_CLASS, 2},
		{PH_MSR_RESTRICTIONS, 10},
		{PH_MSR_ENDORSEMENTS, 4},
		{PH_MSR_GENDER, 1},
		{PH_MSR_HEIGHT, 3},
		{PH_MSR_WEIGHT, 3},
		{PH_MSR_HAIR_COLOR, 3},
		{PH_MSR_EYE_COLOR, 3},
	};
	struct reader r = open_track(card, 2);

	if (left(&r) < 2)
		return;
	r.at = (uint8_t)(r.at + 2); /* versions of the standard and of the issuer */
	for (size_t i = 0; i < PH_ARRAY_SIZE(fields) && left(&r) >= fields[i].len; i++)
		take(&r, fields[i].name, fields[i].len);
}

/* Whether both tracks hold the same number, when both hold one. */
static bool same_number(struct ph_msr_card *card)
{
	struct reader one = open_track(card, 0), two = open_track(card, 1);

	if (!skip(&one, 'B') || !left(&two))
		return true;
	uint8_t n = run(&one, '^', left(&one)), m = run(&two, '=', left(&two));
	if (n == left(&one) || m == left(&two))
		return true;
	return n == m && ph_same_secret(here(&one), here(&two), n);
}

/* Whether a track has, in front of its first separator, a number as long as a payment card's that is not the card's. */
static bool holds_another(struct ph_msr_card *card, unsigned track, uint8_t separator)
{
	struct reader r = open_track(card, track);
	const struct ph_msr_field *pan = &card->fields[PH_MSR_ACCOUNT_NUMBER];
	const uint8_t *digit = card->tracks[pan->track].hidden + pan->start;
	uint8_t end = run(&r, separator, left(&r)), len = 0;
	bool same = true;

	for (uint8_t i = 0; i <= end; i++) {
		uint8_t c = i < end ? here(&r)[i] : separator;
		if (c >= '0' && c <= '9') {
			same &= len < pan->len && c == digit[len];
			len++;
		} else if (c != ' ') { /* which some cards print between the digits */
			if (len >= PAYMENT_MIN && !(same && len == pan->len))
				return true;
			len = 0;
			same = true;
		}
	}
	return false;
}

void ph_msr_parse(struct ph_msr_card *card)
{
	bool certain = card->encoding == PH_MSR_ENCODING_AAMVA;

	memset(card->fields, 0, sizeof card->fields);
	card->kind = PH_MSR_OTHER;
	card->luhn = card->differ = false;
	if (card->encoding == PH_MSR_ENCODING_RAW)
		return;
	if (!card->masked && aamva_track2(card, certain)) {
		card->kind = PH_MSR_AAMVA;
		aamva_track1(card);
		aamva_track3(card);
		return;
	}
	/* track 2 is the one that payment goes by, where both have a field */
	bool two = bank_track2(card), one = bank_track1(card);
	if (!one && !two)
		plain_track2(card);
	const struct ph_msr_field *pan = &card->fields[PH_MSR_ACCOUNT_NUMBER];
	if (!pan->len)
		return;
	card->differ =
		!same_number(card) || holds_another(card, 0, '^') || holds_another(card, 1, '=');
	if (!one && !two)
		return;
	card->kind = PH_MSR_BANK;
	card->luhn = ph_msr_luhn(card->tracks[pan->track].hidden + pan->start, pan->len);
}

const uint8_t *ph_msr_field(
	const struct ph_msr_card *card, enum ph_msr_field_name name, size_t *ret_len)
{
	const struct ph_msr_field *field = &card->fields[name];

	*ret_len = field->len;
	return field->len ? card->tracks[field->track].hidden + field->start : NULL;
}

const uint8_t *ph_msr_track(
	const struct ph_msr_card *card, unsigned track, bool sentinels, size_t *ret_len)
{
	const struct ph_msr_track *t = &card->tracks[track];

	*ret_len = 0;
	if (t->state != PH_MSR_GOOD || t->len < 2)
		return NULL;
	*ret_len = sentinels ? t->len : t->len - 2u;
	return t->hidden + !sentinels;
}

bool ph_msr_luhn(const uint8_t *text, size_t len)
{
	unsigned sum = 0;

	if (!len || !digits(text, len))
		return false;
	for (size_t i = 0; i < len; i++)
		sum += ph_luhn_term((unsigned)(text[len - 1 - i] - '0'), i);
	return sum % 10 == 0;
}

size_t ph_msr_masked(const struct ph_msr_card *card, char out[PH_MSR_MASKED_MAX])
{
	size_t len;
	const uint8_t *pan = ph_msr_field(card, PH_MSR_ACCOUNT_NUMBER, &len);

	out[0] = '\0';
	if (!pan || len >= PH_MSR_MASKED_MAX)
		return 0;
	size_t front = len < 13 ? 0 : 6, back = len > 4 ? 4 : 0;
	for (size_t i = 0; i < len; i++)
		out[i] = i < front || i >= len - back ? (char)pan[i] : '*';
	out[len] = '\0';
	return len;
}

/* Where payment cards begin, first four digits. */
static const struct {
	unsigned first, last;
} payment[] = {
	{1800, 1800},
	{2014, 2014},
	{2131, 2131},
	{2149, 2149},
	{2200, 2204},
	{2221, 2720},
	{3000, 3059},
	{3095, 3095},
	{3400, 3499},
	{3528, 3899},
	{3900, 3999},
	{4000, 4999},
	{5000, 5999},
	{6000, 6999},
	{8100, 8199},
	{9792, 9792},
};

bool ph_msr_is_payment_prefix(const char *text, size_t len)
{
	unsigned low = 0, high = 0;

	if (!len || !digits((const uint8_t *)text, len))
		return true; /* not a prefix at all: never lets anything through */
	for (size_t i = 0; i < 4; i++) {
		low = low * 10 + (i < len ? (unsigned)(text[i] - '0') : 0);
		high = high * 10 + (i < len ? (unsigned)(text[i] - '0') : 9);
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(payment); i++)
		if (low <= payment[i].last && high >= payment[i].first)
			return true;
	return false;
}

bool ph_msr_may_clear(const struct ph_msr_card *card, const char *prefixes)
{
	size_t pan_len;
	const uint8_t *pan = ph_msr_field(card, PH_MSR_ACCOUNT_NUMBER, &pan_len);

	/* two numbers on one card: the other one may be a payment card's */
	if (!pan || card->differ)
		return false;
	for (prefixes += strspn(prefixes, ", "); *prefixes; prefixes += strspn(prefixes, ", ")) {
		size_t len = strcspn(prefixes, ", ");
		if (len <= pan_len && !memcmp(pan, prefixes, len) &&
			!ph_msr_is_payment_prefix(prefixes, len))
			return true;
		prefixes += len;
	}
	return false;
}
