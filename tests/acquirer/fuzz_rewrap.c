// Any JSON as records to be wrapped or checked: refused with the member, or one answer for each. Keys and a record that opens are fixed.
#include "acquirer/rewrap.h"

#include "base/base64.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void make_keys(struct ph_keys *keys)
{
	uint8_t seed[crypto_box_SEEDBYTES];

	if (sodium_init() < 0 || ph_secret_new(PH_KEYS_MAX * PH_SEAL_SECRET, &keys->hidden) < 0)
		abort();
	memset(seed, 0x17, sizeof seed);
	memcpy(keys->key[0].kid, "2026-1", 7);
	crypto_box_seed_keypair(keys->key[0].public_key, ph_secret_memory(keys->hidden), seed);
	keys->len = 1;
}

/* "@" in place of a record is one that opens, and in place of a key ours, so that changing the rest gets further. */
static void fill_in(cJSON *params, const struct ph_keys *keys)
{
	static const struct ph_sealed_header header = {.use = PH_SEALED_KEPT,
		.kid = "2026-1",
		.payment = "pay-17",
		.amount = 1234,
		.currency = "EUR"};
	struct ph_account account = {.pan_len = 16, .sequence = -1};
	uint8_t sealed[PH_SEALED_MAX];
	char text[PH_BASE64_SIZE(PH_SEALED_MAX)];
	cJSON *item, *to = cJSON_GetObjectItem(params, "to");
	ssize_t n;

	memcpy(account.hidden_pan, "5413330089020011", 16);
	memcpy(account.hidden_expiry, "3012", 4);
	n = ph_seal(&header, &account, keys->key[0].public_key, sealed, sizeof sealed);
	ph_base64_encode(sealed, (size_t)n, text);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(params, "records"))
	{
		if (cJSON_IsString(cJSON_GetObjectItem(item, "sealed_b64")) &&
			!strcmp(cJSON_GetObjectItem(item, "sealed_b64")->valuestring, "@"))
			cJSON_ReplaceItemInObject(item, "sealed_b64", cJSON_CreateString(text));
	}
	ph_base64_encode(keys->key[0].public_key, PH_SEAL_PUBLIC, text);
	if (cJSON_IsString(cJSON_GetObjectItem(to, "public_b64")) &&
		!strcmp(cJSON_GetObjectItem(to, "public_b64")->valuestring, "@"))
		cJSON_ReplaceItemInObject(to, "public_b64", cJSON_CreateString(text));
}

static void expect(int r, const struct ph_buf *out, const char *why, int count)
{
	cJSON *result;

	if (r < 0 && !why[0])
		abort();
	if (r < 0)
		return;
	result = cJSON_ParseWithLength(out->data, out->len);
	if (!result || cJSON_GetArraySize(cJSON_GetObjectItem(result, "records")) != count)
		abort();
	if (memmem(out->data, out->len, "54133300", 8))
		abort();
	cJSON_Delete(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_keys own;
	const struct ph_rewrap_keys keys = {.own = &own, .spare = ""};
	cJSON *params = cJSON_ParseWithLength((const char *)data, len);
	char why[2][PH_RECORD_WHY_SIZE] = {"", ""};

	if (!own.len)
		make_keys(&own);
	if (cJSON_IsObject(params)) {
		struct ph_buf out = PH_BUF_INIT, checked = PH_BUF_INIT;
		int count, r;

		fill_in(params, &own);
		count = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(params, "records"));
		r = ph_rewrap(&keys, params, &out, why[0]);
		expect(r, &out, why[0], count);
		cJSON_DeleteItemFromObject(params, "to");
		r = ph_check_sealed(&keys, params, &checked, why[1]);
		expect(r, &checked, why[1], count);
		ph_buf_done(&out);
		ph_buf_done(&checked);
	}
	cJSON_Delete(params);
	return 0;
}
