// Any JSON as a record of another machine's queue: refused with the member, or one that is written again as it was read.
#include "daemon/payments/export_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void write_again(const struct ph_record_row *record, const struct ph_export_texts *texts,
	const cJSON *object)
{
	static struct ph_record_row again;
	struct ph_export_texts same;
	uint8_t hash[2][32], proof[32];
	char why[PH_EXPORT_WHY_SIZE];
	cJSON *written = ph_export_record_json(record, texts);

	cJSON_AddItemToObject(written, "sealed_b64",
		cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(object, "sealed_b64"), true));
	cJSON_AddItemToObject(written, "proof_b64",
		cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(object, "proof_b64"), true));
	if (ph_export_record_read(written, &again, &same, proof, why) < 0)
		abort();
	ph_export_record_hash(record, texts, hash[0]);
	ph_export_record_hash(&again, &same, hash[1]);
	if (memcmp(hash[0], hash[1], 32) != 0)
		abort();
	cJSON_Delete(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_record_row record;
	struct ph_export_texts texts;
	uint8_t proof[32];
	char why[PH_EXPORT_WHY_SIZE] = "";
	cJSON *object = cJSON_ParseWithLength((const char *)data, len);

	if (cJSON_IsObject(object)) {
		if (ph_export_record_read(object, &record, &texts, proof, why) == 0)
			write_again(&record, &texts, object);
		else if (!why[0])
			abort();
	}
	cJSON_Delete(object);
	return 0;
}
