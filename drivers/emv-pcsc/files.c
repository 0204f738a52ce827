// Reads the signed parameters and the acquirer's public key, when the driver starts; what they mean is the protocols'.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/read_file.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/parameters_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

#define KEY_FILE_MAX 4096
#define EXPIRY_DAYS  30 /* so early it is said that something runs out */

static int complain(char why[EMV_WHY_SIZE], int r, const char *path, const char *what)
{
	snprintf(why, EMV_WHY_SIZE, "%.200s: %s", path, what);
	return r;
}

/* 32 bytes as base64, from a member of a JSON file. -EBADMSG, or what reading gave, with a sentence in why[]. */
static int read_key(
	const char *path, uint8_t out[32], char *kid, size_t kid_size, char why[EMV_WHY_SIZE])
{
	PH_CLEANUP_FREE char *text = NULL;
	PH_CLEANUP(cJSON_Delete_p) cJSON *file = NULL;
	uint8_t key[36];
	size_t len;
	int r = ph_read_file(path, KEY_FILE_MAX, &text, &len);

	if (r < 0)
		return complain(why, r, path, strerror(-r));
	file = cJSON_ParseWithLength(text, len);
	const char *key_text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "public_b64"));
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "kid"));
	if (!key_text || strlen(key_text) != 44 || ph_base64_decode(key_text, 44, key) != 32)
		return complain(why, -EBADMSG, path,
			"is no key file: an object with kid and public_b64 (32 bytes)");
	if (kid && (!name || !name[0] || strlen(name) >= kid_size))
		return complain(why, -EBADMSG, path, "kid is missing or too long");
	memcpy(out, key, 32);
	if (kid)
		snprintf(kid, kid_size, "%s", name);
	return 0;
}

static int verify(const char *path, const char *text, size_t len, const uint8_t key[32],
	char why[EMV_WHY_SIZE])
{
	PH_CLEANUP_FREE char *signature = NULL;
	char name[EMV_PATH_SIZE];
	size_t signature_len;

	int r = emv_signature_path(path, name);
	if (r < 0)
		return complain(why, r, path, "the name is too long");
	r = ph_read_file(name, KEY_FILE_MAX, &signature, &signature_len);
	if (r < 0)
		return complain(why, r, name, strerror(-r));
	r = ph_emv_parameters_verify(text, len, signature, signature_len, key);
	if (r < 0)
		return complain(why, r, path, "is not signed by the key of parameters_key");
	return 0;
}

int emv_signature_path(const char *path, char out[EMV_PATH_SIZE])
{
	return snprintf(out, EMV_PATH_SIZE, "%s.sig", path) < EMV_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

int emv_files_signer(const struct emv_state *state, uint8_t ret_key[32], char why[EMV_WHY_SIZE])
{
	return read_key(ph_option_text(state->device, "parameters_key"), ret_key, NULL, 0, why);
}

int emv_files_signed(const char *path, size_t max, const uint8_t signer[32], char **ret_text,
	size_t *ret_len, char why[EMV_WHY_SIZE])
{
	PH_CLEANUP_FREE char *text = NULL;
	size_t len;

	int r = ph_read_file(path, max, &text, &len);
	if (r < 0)
		return complain(why, r, path, strerror(-r));
	r = verify(path, text, len, signer, why);
	if (r < 0)
		return r;
	*ret_text = PH_STEAL(text);
	*ret_len = len;
	return 0;
}

bool emv_files_check(struct emv_state *state, uint32_t date)
{
	char what[PH_EMV_WHY_SIZE];
	int days = ph_emv_parameters_expiry(state->parameters, date, what);
	unsigned expiry = 0;

	if (days < 0)
		expiry = PH_REASON_BIT(PH_REASON_PARAMETERS_EXPIRED);
	else if (days < EXPIRY_DAYS)
		expiry = PH_REASON_BIT(PH_REASON_PARAMETERS_EXPIRING);
	if (expiry == state->expiry)
		return false;
	state->expiry = expiry;
	if (days < 0)
		ph_emit_log(state->device, PH_LOG_ERROR, "%s has expired", what);
	else if (expiry)
		ph_emit_log(state->device, PH_LOG_WARNING, "%s expires in %d days", what, days);
	return true;
}

unsigned emv_files_reasons(const struct emv_state *state)
{
	return state->expiry | state->cards.reasons;
}

static uint32_t today(void)
{
	time_t now = (time_t)(ph_clock_wall_us() / 1000000);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return 0;
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

static int load_parameters(struct emv_state *state)
{
	const char *path = ph_option_text(state->device, "parameters");
	PH_CLEANUP_FREE char *text = NULL;
	char why[EMV_WHY_SIZE], wrong[PH_EMV_WHY_SIZE] = "";
	uint8_t signer[32];
	size_t len;

	int r = emv_files_signer(state, signer, why);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters_key", "%s", why);
	r = emv_files_signed(path, PH_EMV_PARAMETERS_BYTES_MAX, signer, &text, &len, why);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters", "%s", why);
	r = ph_emv_parameters_read(text, len, state->parameters, wrong);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters", "%s: %s", path,
			wrong[0] ? wrong : strerror(-r));
	if (state->parameters->test)
		ph_emit_log(state->device, PH_LOG_WARNING,
			"the parameters hold test keys: what is paid with them is no payment");
	return 0;
}

int emv_files_load(struct emv_state *state)
{
	const char *path = ph_option_text(state->device, "seal_key");
	char why[EMV_WHY_SIZE];
	uint32_t date = today();

	int r = load_parameters(state);
	if (r < 0)
		return r;
	r = path ? read_key(path, state->pinned.key, state->pinned.kid, sizeof state->pinned.kid,
			   why)
		 : 0;
	if (r < 0)
		return ph_option_refuse(state->device, "seal_key", "%s", why);
	if (date)
		emv_files_check(state, date);
	emv_cards_refresh(state, date, false);
	return 0;
}
