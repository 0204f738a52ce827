// Receipt documents from any bytes: parse, lay out on three papers, show, encode.
#include "protocols/escpos/encode.h"
#include "tests/support/escpos_profile.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Segments follow each other without a hole and end with the job. */
static void check_segments(const struct ph_receipt_job *job)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < job->segment_count; i++) {
		if (job->segments[i].offset != end)
			abort();
		end += job->segments[i].len;
	}
	if (end != job->len)
		abort();
}

static void print(const struct ph_receipt *receipt, const char *profile_name)
{
	const struct ph_escpos_profile *profile = profile_named(profile_name);
	const struct ph_media media = ph_escpos_profile_media(profile);
	const struct ph_layout_options options = {.mark = "*** REPRINT ***"};
	static const struct ph_rasters none;
	const struct ph_escpos_input without = {.rasters = &none};
	struct ph_display_list list = {0};
	struct ph_receipt_job job = {0};
	struct ph_receipt_error error = {"", ""};
	char *text = NULL, path[64];

	if (ph_layout(receipt, &media, &options, &list, &error) == 0) {
		if (ph_display_list_text(&list, &text) == 0)
			free(text);
		if (ph_display_list_html(&list, NULL, &text) == 0)
			free(text);
		if (ph_escpos_encode(&list, profile, NULL, &job, &error) == 0)
			check_segments(&job);
		if (ph_escpos_encode(&list, profile, &without, &job, &error) == 0)
			check_segments(&job);
		for (uint32_t i = 0; i < job.loss_count; i++)
			ph_receipt_path(receipt, job.losses[i].at, path, sizeof path);
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
		cJSON_Delete(json); // the model must not need it
		json = NULL;
		print(receipt, "generic-80");
		print(receipt, "pos-5890");
		print(receipt, "epson-tm-m30");
	} else if (!error.path[0] || !error.message[0]) {
		abort();
	}
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	return 0;
}
