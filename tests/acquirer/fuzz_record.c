// Any JSON as the record of a request: refused with its member, or a record whose message is one of the dialect's.
#include "acquirer/compose.h"
#include "tests/protocols/iso8583_help.h"

#include <cjson/cJSON.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void make_message(const struct ph_record *record, unsigned which)
{
	static const struct ph_acquirer_config config = {
		.tid = "TID12345", .mid = "098765432100000", .acquirer_id = "123456"};
	struct ph_composer composer = {.dialect = iso_dialect(which), .config = &config};
	struct ph_account account = {.pan_len = 16, .sequence = -1};
	const struct ph_account *const accounts[2] = {&account, NULL};
	char why[PH_RECORD_WHY_SIZE] = "";
	struct ph_iso_frame frame;
	uint8_t out[4096];
	ssize_t n;

	memcpy(account.hidden_pan, "5413330089020011", 16);
	memcpy(account.hidden_expiry, "3012", 4);
	n = ph_compose(&composer, record, accounts, out, sizeof out, why);
	if (n < 0 && !why[0])
		abort();
	if (n >= 0 && ph_iso_frame_next(&composer.dialect->framing, out, (size_t)n, &frame) != 1)
		abort();
	if (strstr(why, "54133300"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_record record;
	char why[PH_RECORD_WHY_SIZE] = "";
	cJSON *params;

	if (len < 2)
		return 0;
	params = cJSON_ParseWithLength((const char *)data + 1, len - 1);
	if (cJSON_IsObject(params)) {
		if (ph_record_read(params, (enum ph_action)(data[0] & 3), &record, why) == 0)
			make_message(&record, (data[0] >> 2) % ISO_COUNT);
		else if (!why[0])
			abort();
	}
	cJSON_Delete(params);
	return 0;
}
