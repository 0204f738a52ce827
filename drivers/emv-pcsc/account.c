// What is told of a card: its number sealed for the acquirer, masked for everybody else, and what a receipt must show.
#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#define ICC_MAX 255 /* bytes of field 55 */

/*
 * Digits of a value in compressed numeric form, and where it is a track's its separator, as 'D'; F fills. Returns how many, or
 * -EBADMSG.
 */
static int digits_of(const uint8_t *value, size_t len, bool track, uint8_t *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < 2 * len; i++) {
		uint8_t nibble = i % 2 ? value[i / 2] & 0x0f : value[i / 2] >> 4;
		bool separator = track && nibble == 0x0d;
		if (nibble == 0x0f)
			break;
		if ((nibble > 9 && !separator) || n == max)
			return -EBADMSG;
		out[n++] = (uint8_t)(separator ? 'D' : '0' + nibble);
	}
	return (int)n;
}

int emv_account_digits(const uint8_t *pan, size_t len, uint8_t ret_digits[PH_PAN_MAX])
{
	int n = digits_of(pan, len, false, ret_digits, PH_PAN_MAX);

	return n < PH_PAN_MIN ? -EBADMSG : n;
}

static int read_track2(const struct ph_emv_data *objects, struct ph_account *account)
{
	size_t len;
	const uint8_t *value = ph_emv_data_get(objects, PH_TAG_TRACK2, &len);
	int n = digits_of(value, len, true, account->hidden_track2, sizeof account->hidden_track2);

	account->track2_len = (uint8_t)(n < 0 ? 0 : n);
	return n < 0 ? n : 0;
}

static int read_account(const struct ph_emv_data *objects, bool once, struct ph_account *account)
{
	size_t pan_len, expiry_len;
	const uint8_t *pan = ph_emv_data_get(objects, PH_TAG_PAN, &pan_len);
	const uint8_t *expiry = ph_emv_data_get(objects, PH_TAG_EXPIRY, &expiry_len);
	uint64_t sequence = ph_emv_data_number(objects, PH_TAG_PAN_SEQUENCE, UINT64_MAX);
	int n;

	memset(account, 0, sizeof *account);
	if (!pan || !expiry || expiry_len != 3)
		return -EBADMSG;
	n = emv_account_digits(pan, pan_len, account->hidden_pan);
	if (n < 0)
		return n;
	account->pan_len = (uint8_t)n;
	if (digits_of(expiry, 2, false, account->hidden_expiry, sizeof account->hidden_expiry) != 4)
		return -EBADMSG;
	/* a number in BCD */
	account->sequence = sequence > 0x99 ? -1 : (int8_t)(sequence / 16 * 10 + sequence % 16);
	return once ? read_track2(objects, account) : 0;
}

static int add_bytes(cJSON *data, const char *name, const uint8_t *bytes, size_t len)
{
	char text[PH_BASE64_SIZE(PH_SEALED_MAX)];

	if (len > PH_SEALED_MAX)
		return -E2BIG;
	ph_base64_encode(bytes, len, text);
	return cJSON_AddStringToObject(data, name, text) ? 0 : -ENOMEM;
}

int emv_account_seal(struct emv_state *state, cJSON *data, bool once)
{
	struct ph_account *account = &emv_secrets(state)->account;
	struct ph_sealed_header header = {.use = once ? PH_SEALED_ONCE : PH_SEALED_KEPT,
		.amount = (uint64_t)state->request.amount};
	uint8_t sealed[PH_SEALED_MAX];

	if (!state->seal.kid[0])
		return -ENOKEY;
	memcpy(header.kid, state->seal.kid, sizeof header.kid);
	memcpy(header.payment, state->payment, sizeof header.payment);
	memcpy(header.currency, state->currency, sizeof header.currency);
	int r = read_account(ph_emv_objects(state->emv), once, account);
	ssize_t n = r < 0 ? r : ph_seal(&header, account, state->seal.key, sealed, sizeof sealed);
	ph_wipe(account, sizeof *account);
	return n < 0 ? (int)n
		     : add_bytes(data, once ? "once_b64" : "sealed_b64", sealed, (size_t)n);
}

int emv_account_icc(const struct emv_state *state, enum ph_emv_message message, cJSON *data)
{
	uint8_t icc[ICC_MAX];
	ssize_t n = ph_emv_field55(state->emv, message, icc, sizeof icc);

	return n < 0 ? (int)n : add_bytes(data, "icc_b64", icc, (size_t)n);
}

static void add_text(cJSON *object, const char *name, const char *text)
{
	if (text[0])
		cJSON_AddStringToObject(object, name, text);
}

cJSON *emv_account_describe(const struct emv_state *state)
{
	const struct ph_emv_application *application = ph_emv_application(state->emv);
	uint64_t sequence =
		ph_emv_data_number(ph_emv_objects(state->emv), PH_TAG_PAN_SEQUENCE, UINT64_MAX);
	cJSON *card = cJSON_CreateObject();
	struct ph_emv_receipt receipt;

	ph_emv_receipt(state->emv, &receipt);
	add_text(card, "masked_pan", receipt.masked_pan);
	if (application)
		add_text(card, "scheme", application->scheme);
	add_text(card, "application_label", receipt.label);
	add_text(card, "aid", receipt.aid);
	cJSON_AddStringToObject(card, "entry", "chip");
	if (sequence <= 0x99)
		cJSON_AddNumberToObject(
			card, "sequence", (double)(sequence / 16 * 10 + sequence % 16));
	cJSON *emv = cJSON_AddObjectToObject(card, "emv");
	add_text(emv, "cryptogram", receipt.cryptogram);
	add_text(emv, "cryptogram_type", receipt.cryptogram_type);
	add_text(emv, "tvr", receipt.tvr);
	add_text(emv, "tsi", receipt.tsi);
	add_text(emv, "cvm", receipt.cvm);
	add_text(emv, "atc", receipt.atc);
	return card;
}

/* ---- split sales ---- */

static void account_hash(const struct emv_state *state, const uint8_t *pan, size_t len,
	int sequence, uint8_t out[16])
{
	crypto_generichash_state hash;
	uint8_t number = (uint8_t)sequence;

	crypto_generichash_init(&hash, state->split_key, sizeof state->split_key, 16);
	crypto_generichash_update(&hash, pan, len);
	crypto_generichash_update(&hash, &number, 1);
	crypto_generichash_final(&hash, out, 16);
	ph_wipe(&hash, sizeof hash);
}

uint64_t emv_account_earlier(void *context, const uint8_t *pan, size_t len, int sequence)
{
	struct emv_state *state = context;

	account_hash(state, pan, len, sequence, state->split_now);
	for (unsigned i = 0; i < EMV_SPLITS; i++)
		if (state->splits[i].amount && !memcmp(state->splits[i].account, state->split_now,
						       sizeof state->split_now))
			return state->splits[i].amount;
	return 0;
}

void emv_account_note(struct emv_state *state)
{
	unsigned slot = state->split_next;

	for (unsigned i = 0; i < EMV_SPLITS; i++)
		if (!memcmp(state->splits[i].account, state->split_now, sizeof state->split_now))
			slot = i;
	if (slot == state->split_next)
		state->split_next = (slot + 1) % EMV_SPLITS;
	memcpy(state->splits[slot].account, state->split_now, sizeof state->split_now);
	state->splits[slot].amount = (uint64_t)state->request.amount;
}
