// Receipt documents from any bytes onto Star printers: without drawings, with all of them, and with
// none to be had.
#include "protocols/star/encode.h"
#include "tests/support/star_profile.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_job(const struct ph_receipt_job *job, const struct ph_display_list *list)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < job->segment_count; i++) {
		if (job->segments[i].offset != end || !job->segments[i].len)
			abort();
		end += job->segments[i].len;
	}
	if (end != job->len)
		abort();
	for (uint32_t i = 0; i < job->order_count; i++) {
		const struct ph_raster_order *order = &job->orders[i];
		if (order->kind == PH_ORDER_LINE &&
			order->first_run + order->runs > list->run_count)
			abort();
	}
}

// A drawing of alternating bytes for each order, at most 64 rows high.
static void draw(const struct ph_receipt_job *job, struct ph_raster *rasters)
{
	static uint8_t bits[128 * 64];

	memset(bits, 0x1b, sizeof bits);
	for (uint32_t i = 0; i < job->order_count && i < PH_ORDERS_MAX; i++) {
		const struct ph_raster_order *order = &job->orders[i];
		rasters[i].bits = bits;
		rasters[i].width = order->width < 1024 ? order->width : 1024;
		rasters[i].height = order->height && order->height < 64 ? order->height : 64;
	}
}

static void print(const struct ph_receipt *receipt, const struct ph_star_profile *profile)
{
	static struct ph_raster rasters[PH_ORDERS_MAX];
	const struct ph_media media = ph_star_profile_media(profile);
	const struct ph_layout_options options = {.mark = "*** REPRINT ***"};
	struct ph_display_list list = {0};
	struct ph_receipt_job job = {0};
	struct ph_receipt_error error = {"", ""};
	char text[128];

	if (ph_layout(receipt, &media, &options, &list, &error) == 0 &&
		ph_star_encode(&list, profile, NULL, &job, &error) == 0) {
		check_job(&job, &list);
		draw(&job, rasters);
		const struct ph_rasters all = {rasters, job.order_count}, none = {NULL, 0};
		if (ph_star_encode(&list, profile, &all, &job, &error) == 0)
			check_job(&job, &list);
		for (uint32_t i = 0; i < job.loss_count; i++)
			ph_loss_text(&job.losses[i], text, sizeof text);
		if (ph_star_encode(&list, profile, &none, &job, &error) == 0)
			check_job(&job, &list);
	}
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cJSON *json = cJSON_ParseWithLength((const char *)data, len);
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"", ""};

	if (!json)
		return 0;
	if (ph_receipt_parse(json, &receipt, &error) == 0) {
		const struct ph_star_profile *profile;
		for (size_t i = 0; (profile = profile_number(i)) != NULL; i++)
			print(receipt, profile);
	}
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	return 0;
}
