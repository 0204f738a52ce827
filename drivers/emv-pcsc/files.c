// Reads the signed parameters and the acquirer's public key, when the driver starts; what they mean is the protocols'.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/read_file.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/parameters_file.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

#define KEY_FILE_MAX 4096
#define EXPIRY_DAYS  30 /* so early it is said that something runs out */

/* 32 bytes as base64, from a member of a JSON file. */
static int read_key(struct ph_device *device, const char *option, const char *path, uint8_t out[32],
	char *kid, size_t kid_size)
{
	PH_CLEANUP_FREE char *text = NULL;
	PH_CLEANUP(cJSON_Delete_p) cJSON *file = NULL;
	uint8_t key[36];
	size_t len;
	int r = ph_read_file(path, KEY_FILE_MAX, &text, &len);

	if (r < 0)
		return ph_option_refuse(device, option, "%s: %s", path, strerror(-r));
	file = cJSON_ParseWithLength(text, len);
	const char *key_text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "public_b64"));
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "kid"));
	if (!key_text || strlen(key_text) != 44 || ph_base64_decode(key_text, 44, key) != 32)
		return ph_option_refuse(device, option,
			"%s: is no key file: an object with kid and public_b64 (32 bytes)", path);
	if (kid && (!name || !name[0] || strlen(name) >= kid_size))
		return ph_option_refuse(device, option, "%s: kid is missing or too long", path);
	memcpy(out, key, 32);
	if (kid)
		snprintf(kid, kid_size, "%s", name);
	return 0;
}

static int verify(struct emv_state *state, const char *path, const char *text, size_t len)
{
	const char *key_path = ph_option_text(state->device, "parameters_key");
	PH_CLEANUP_FREE char *signature = NULL;
	char name[1024];
	uint8_t key[32];
	size_t signature_len;

	int r = read_key(state->device, "parameters_key", key_path, key, NULL, 0);
	if (r < 0)
		return r;
	if (snprintf(name, sizeof name, "%s.sig", path) >= (int)sizeof name)
		return ph_option_refuse(state->device, "parameters", "the name is too long");
	r = ph_read_file(name, KEY_FILE_MAX, &signature, &signature_len);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters", "%s: %s", name, strerror(-r));
	r = ph_emv_parameters_verify(text, len, signature, signature_len, key);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters",
			"%s is not signed by the key of parameters_key (%s)", path, key_path);
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

static void check_today(struct emv_state *state)
{
	time_t now = (time_t)(ph_clock_wall_us() / 1000000);
	struct tm tm;

	if (localtime_r(&now, &tm))
		emv_files_check(state, (uint32_t)((tm.tm_year + 1900) * 10000 +
						  (tm.tm_mon + 1) * 100 + tm.tm_mday));
}

static int load_parameters(struct emv_state *state)
{
	const char *path = ph_option_text(state->device, "parameters");
	PH_CLEANUP_FREE char *text = NULL;
	char why[PH_EMV_WHY_SIZE] = "";
	size_t len;

	int r = ph_read_file(path, PH_EMV_PARAMETERS_BYTES_MAX, &text, &len);
	if (r < 0)
		return ph_option_refuse(state->device, "parameters", "%s: %s", path, strerror(-r));
	r = verify(state, path, text, len);
	if (r < 0)
		return r;
	r = ph_emv_parameters_read(text, len, state->parameters, why);
	if (r < 0)
		return ph_option_refuse(
			state->device, "parameters", "%s: %s", path, why[0] ? why : strerror(-r));
	if (state->parameters->test)
		ph_emit_log(state->device, PH_LOG_WARNING,
			"the parameters hold test keys: what is paid with them is no payment");
	check_today(state);
	return 0;
}

int emv_files_load(struct emv_state *state)
{
	const char *path = ph_option_text(state->device, "seal_key");

	int r = load_parameters(state);
	if (r < 0 || !path)
		return r;
	return read_key(state->device, "seal_key", path, state->pinned.key, state->pinned.kid,
		sizeof state->pinned.kid);
}
