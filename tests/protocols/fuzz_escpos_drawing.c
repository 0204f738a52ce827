// A document with drawings from any bytes, {"document":..,"rasters":[..],"orders":[..]}, encoded for printers
// that lack different things: segments tile the job, and nothing in it acts as a real-time command.
#include "protocols/escpos/encode.h"
#include "protocols/raster/guard.h"
#include "protocols/receipt/raster_json.h"
#include "tests/support/escpos_profile.h"

#include <cjson/cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_job(const struct ph_receipt_job *job, bool raw)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < job->segment_count; i++) {
		if (job->segments[i].offset != end || !job->segments[i].len)
			abort();
		end += job->segments[i].len;
	}
	if (end != job->len)
		abort();
	if (!raw && ph_guard_find(&ph_guard_escpos, job->bytes, job->len) != job->len)
		abort();
}

static void encode(const struct ph_receipt *receipt, const struct ph_rasters *rasters,
	const struct ph_escpos_profile *profile)
{
	const struct ph_media media = ph_escpos_profile_media(profile);
	const struct ph_escpos_input input = {.rasters = rasters};
	struct ph_display_list list = {0};
	struct ph_receipt_job job = {0};
	struct cJSON *needs;
	char text[128];

	if (ph_layout(receipt, &media, NULL, &list, NULL) == 0 &&
		ph_escpos_encode(&list, profile, NULL, &job, NULL) == 0) {
		if (ph_orders_to_json(&list, job.orders, job.order_count, &needs) == 0)
			cJSON_Delete(needs);
		for (uint32_t i = 0; i < job.loss_count; i++)
			ph_loss_text(&job.losses[i], text, sizeof text);
		if (ph_escpos_encode(&list, profile, &input, &job, NULL) == 0)
			check_job(&job, receipt->needs_directio);
	}
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
}

static void read_orders(const cJSON *orders)
{
	struct ph_order_read read;
	const cJSON *row;

	cJSON_ArrayForEach(row, orders)
	{
		if (ph_order_from_json(row, &read, NULL) == 0)
			ph_order_read_done(&read);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const profiles[] = {
		"generic-80", "pos-5890", "epson-tm-t20ii", "epson-tm-u220", "axiohm-7156"};
	cJSON *json = cJSON_ParseWithLength((const char *)data, len);
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"", ""};
	struct ph_raster_set set = {0};

	read_orders(cJSON_GetObjectItemCaseSensitive(json, "orders"));
	if (ph_rasters_from_json(cJSON_GetObjectItemCaseSensitive(json, "rasters"), &set) == 0 &&
		ph_receipt_parse(cJSON_GetObjectItemCaseSensitive(json, "document"), &receipt,
			&error) == 0) {
		for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
			encode(receipt, &set.rasters, profile_named(profiles[i]));
	}
	ph_raster_set_done(&set);
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	return 0;
}
