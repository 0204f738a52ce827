// From a card to what may be told of it; reading cards is left to the drivers, delivery to the host.
#include "drivers/msr/swipe.h"

#include "base/cleanup.h"
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_MIN    2 /* digits: one would let through too much */
#define EXPIRY_DIGITS 4 /* YYMM */
#define CLEAR_TRACKS  2 /* tracks 1 and 2; what is on the others may be another card's */

/* The secret memory; `json` is written once, front to back. */
struct inside {
	struct ph_msr_card card;
	size_t len;
	bool full;
	char json[PH_SWIPE_MAX];
};

static struct inside *inside_of(const struct ph_swiper *swiper)
{
	return ph_secret_memory(swiper->secret);
}

/* ---- configuration ---- */

static int check_prefixes(struct ph_device *device, const char *text)
{
	for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
		size_t len = strcspn(text, ", ");
		if (len < PREFIX_MIN || strspn(text, "0123456789") < len)
			return ph_option_refuse(device, "clear_prefixes",
				"is a list of at least %d digits each, separated by commas",
				PREFIX_MIN);
		if (ph_msr_is_payment_prefix(text, len))
			return ph_option_refuse(device, "clear_prefixes",
				"holds %.*s, with which numbers of payment cards begin", (int)len,
				text);
		text += len;
	}
	return 0;
}

int ph_swiper_init(struct ph_swiper *swiper, struct ph_device *device)
{
	const char *prefixes = ph_option_text(device, "clear_prefixes");

	*swiper = (struct ph_swiper){.clear = prefixes ? prefixes : ""};
	int r = check_prefixes(device, swiper->clear);
	return r < 0 ? r : ph_secret_new(sizeof(struct inside), &swiper->secret);
}

void ph_swiper_done(struct ph_swiper *swiper)
{
	ph_secret_free(PH_STEAL(swiper->secret));
}

int ph_swiper_enable(struct ph_swiper *swiper, const struct ph_msr_settings *settings)
{
	swiper->on = settings != NULL;
	if (settings)
		swiper->settings = *settings;
	ph_swiper_wipe(swiper);
	return 0;
}

struct ph_msr_card *ph_swiper_card(struct ph_swiper *swiper)
{
	return &inside_of(swiper)->card;
}

void ph_swiper_wipe(struct ph_swiper *swiper)
{
	ph_secret_wipe(swiper->secret);
}

/* ---- JSON, in the secret memory only ---- */

static void put(struct inside *in, const char *bytes, size_t len)
{
	if (in->full || in->len + len > sizeof in->json) {
		in->full = true;
		return;
	}
	memcpy(in->json + in->len, bytes, len);
	in->len += len;
}

static void put_text(struct inside *in, const char *text)
{
	put(in, text, strlen(text));
}

/* A member's name; the comma in front of all but the first of an object. */
static void put_name(struct inside *in, const char *name)
{
	if (in->len && in->json[in->len - 1] != '{')
		put_text(in, ",");
	put_text(in, "\"");
	put_text(in, name);
	put_text(in, "\":");
}

/* Characters of a track: printable ASCII, else '?'. */
static void put_characters(struct inside *in, const char *name, const uint8_t *text, size_t len)
{
	put_name(in, name);
	put_text(in, "\"");
	for (size_t i = 0; i < len; i++) {
		char c = text[i] >= 0x20 && text[i] < 0x7f ? (char)text[i] : '?';
		if (c == '"' || c == '\\')
			put_text(in, "\\");
		put(in, &c, 1);
	}
	put_text(in, "\"");
}

static void put_word(struct inside *in, const char *name, const char *word)
{
	put_characters(in, name, (const uint8_t *)word, strlen(word));
}

static void put_bool(struct inside *in, const char *name, bool value)
{
	put_name(in, name);
	put_text(in, value ? "true" : "false");
}

static void put_base64(struct inside *in, const char *name, const uint8_t *data, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	put_name(in, name);
	put_text(in, "\"");
	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = (unsigned)data[i] << 16;
		bits |= i + 1 < len ? (unsigned)data[i + 1] << 8 : 0;
		bits |= i + 2 < len ? data[i + 2] : 0;
		char four[4] = {letters[bits >> 18 & 63], letters[bits >> 12 & 63],
			i + 1 < len ? letters[bits >> 6 & 63] : '=',
			i + 2 < len ? letters[bits & 63] : '='};
		put(in, four, sizeof four);
	}
	put_text(in, "\"");
}

/* ---- what is told ---- */

static const char *state_word(enum ph_msr_track_state state)
{
	switch (state) {
	case PH_MSR_ABSENT:
		return "absent";
	case PH_MSR_GOOD:
		return "good";
	case PH_MSR_ERROR:
		return "error";
	case PH_MSR_ERROR_START:
		return "start";
	case PH_MSR_ERROR_END:
		return "end";
	case PH_MSR_ERROR_PARITY:
		return "parity";
	case PH_MSR_ERROR_LRC:
		return "lrc";
	}
	return "error";
}

static void put_tracks(struct inside *in, unsigned wanted)
{
	bool first = true;
	char text[48];

	put_name(in, "tracks");
	put_text(in, "[");
	for (unsigned i = 0; i < PH_MSR_TRACKS; i++) {
		if (!(wanted >> i & 1) || in->card.tracks[i].state == PH_MSR_ABSENT)
			continue;
		snprintf(text, sizeof text, "%s{\"track\":%u,\"state\":\"%s\"}", first ? "" : ",",
			i + 1, state_word(in->card.tracks[i].state));
		put_text(in, text);
		first = false;
	}
	put_text(in, "]");
}

/* More digits than an expiry has: whatever stands there may be the number itself. */
static bool may_be_number(const uint8_t *text, size_t len)
{
	unsigned digits = 0;

	for (size_t i = 0; i < len; i++)
		digits += text[i] >= '0' && text[i] <= '9';
	return digits > EXPIRY_DIGITS;
}

static void put_fields(struct inside *in, bool clear)
{
	static const struct {
		enum ph_msr_field_name field;
		const char *name;
		bool clear_only;
	} rows[] = {
		{PH_MSR_ACCOUNT_NUMBER, "account_number", true},
		{PH_MSR_EXPIRATION_DATE, "expiration_date", false},
		{PH_MSR_SURNAME, "surname", false},
		{PH_MSR_FIRST_NAME, "first_name", false},
		{PH_MSR_MIDDLE_INITIAL, "middle_initial", false},
		{PH_MSR_TITLE, "title", false},
		{PH_MSR_SERVICE_CODE, "service_code", true},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		size_t len;
		const uint8_t *text = ph_msr_field(&in->card, rows[i].field, &len);
		if (text && (clear || (!rows[i].clear_only && !may_be_number(text, len))))
			put_characters(in, rows[i].name, text, len);
	}
}

static void put_clear_tracks(struct inside *in, const struct ph_msr_settings *settings)
{
	static const char *const names[CLEAR_TRACKS] = {"track1", "track2"};

	for (unsigned i = 0; i < CLEAR_TRACKS; i++) {
		size_t len;
		const uint8_t *text = ph_msr_track(&in->card, i, settings->sentinels, &len);
		if (text && settings->tracks >> i & 1)
			put_characters(in, names[i], text, len);
	}
}

/* As the reader sent it: there are no keys here. */
static void put_encrypted(struct inside *in)
{
	static const char *const names[] = {"track1_b64", "track2_b64", "track3_b64"};
	static const char *const hashes[] = {"hash1_b64", "hash2_b64", "hash3_b64"};
	const struct ph_msr_card *card = &in->card;

	put_name(in, "encrypted");
	put_text(in, "{");
	put_word(in, "algorithm", card->aes ? "aes" : "tdes");
	put_base64(in, "ksn_b64", card->ksn, card->ksn_len);
	for (unsigned i = 0; i < 3; i++)
		if (card->encrypted[i].len)
			put_base64(in, names[i], card->encrypted[i].hidden, card->encrypted[i].len);
	for (unsigned i = 0; i < 3; i++)
		if (card->has_hash[i])
			put_base64(in, hashes[i], card->hash[i], sizeof card->hash[i]);
	if (card->has_session)
		put_base64(in, "session_b64", card->session, sizeof card->session);
	if (card->serial_len)
		put_characters(in, "serial", card->serial, card->serial_len);
	put_text(in, "}");
}

static void put_card(struct inside *in, const struct ph_swiper *swiper)
{
	static const char *const kinds[] = {
		[PH_MSR_OTHER] = "other", [PH_MSR_BANK] = "bank", [PH_MSR_AAMVA] = "aamva"};
	const struct ph_msr_card *card = &in->card;
	bool clear = !card->masked && ph_msr_may_clear(card, swiper->clear);
	char masked[PH_MSR_MASKED_MAX];

	put_word(in, "kind", kinds[card->kind]);
	if (ph_msr_masked(card, masked))
		put_word(in, "masked_pan", masked);
	ph_wipe(masked, sizeof masked);
	if (card->kind == PH_MSR_BANK && !card->masked)
		put_bool(in, "luhn", card->luhn);
	put_bool(in, "clear", clear);
	put_tracks(in, swiper->settings.tracks);
	if (clear || swiper->settings.details)
		put_fields(in, clear);
	if (clear)
		put_clear_tracks(in, &swiper->settings);
	if (card->ksn_len || card->encrypted[0].len || card->encrypted[1].len)
		put_encrypted(in);
}

/* UnifiedPOS ErrorReportingType: an error of any wanted track is one of the card, or only a card without a good track is. */
static bool is_good(const struct ph_msr_card *card, const struct ph_msr_settings *settings)
{
	unsigned good = 0, bad = 0;

	for (unsigned i = 0; i < PH_MSR_TRACKS; i++) {
		if (!(settings->tracks >> i & 1))
			continue;
		good += card->tracks[i].state == PH_MSR_GOOD;
		good += i < 3 && card->encrypted[i].len > 0;
		bad += card->tracks[i].state > PH_MSR_GOOD;
	}
	return good && !(bad && settings->card_errors);
}

void ph_swiper_deliver(struct ph_swiper *swiper, struct ph_device *device)
{
	struct inside *in = inside_of(swiper);

	if (swiper->on) {
		bool good = is_good(&in->card, &swiper->settings);
		put_text(in, "{");
		if (good)
			put_card(in, swiper);
		else
			put_tracks(in, swiper->settings.tracks);
		put_text(in, "}");
		if (!in->full)
			ph_emit_swipe(device, good, in->json, in->len);
	}
	ph_swiper_wipe(swiper);
}
