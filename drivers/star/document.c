// Documents into segments for the engine: parsing, layout, drawings, encoding, copies, and what would be lost.
#include "drivers/star/state.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/raster_json.h"
#include "protocols/receipt/receipt.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRINT_MARK  "*** REPRINT ***"
#define CONTINUE_MARK "*** CONTINUED ***"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

/* One document on its way: the drawings it got, and those that are still missing. */
struct work {
	struct ph_device *device;
	const struct ph_receipt *receipt;
	const struct ph_rasters *rasters; /* NULL in the first call */
	cJSON *needs;			  /* orders so far, or NULL */
};

void star_drop_job(struct star_state *state)
{
	free(PH_STEAL(state->bytes));
	free(PH_STEAL(state->segments));
	free(PH_STEAL(state->mark));
}

static int refuse_document(struct ph_device *device, int r, const struct ph_receipt_error *error)
{
	char path[160];

	if (r == -ENOMEM)
		return r;
	snprintf(path, sizeof path, "$.document%s", *error->path ? error->path + 1 : "");
	return ph_request_refuse(device, path, "%s", error->message);
}

/* The orders of one encoding behind those that are there. */
static int add_needs(
	struct work *work, const struct ph_display_list *list, const struct ph_receipt_job *job)
{
	cJSON *orders = NULL;

	if (work->rasters || !job->order_count)
		return 0;
	int r = ph_orders_to_json(list, job->orders, job->order_count, &orders);
	if (r < 0)
		return r;
	if (!work->needs) {
		work->needs = orders;
		return 0;
	}
	while (cJSON_GetArraySize(orders))
		cJSON_AddItemToArray(work->needs, cJSON_DetachItemFromArray(orders, 0));
	cJSON_Delete(orders);
	return 0;
}

static int encode(struct work *work, const struct ph_receipt *receipt,
	const struct ph_layout_options *options, struct ph_receipt_job *job)
{
	struct star_state *state = ph_device_state(work->device);
	struct ph_media media = ph_star_profile_media(&state->profile);
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_receipt_error error = {0};

	int r = ph_layout(receipt, &media, options, &list, &error);
	if (r >= 0)
		r = ph_star_encode(&list, &state->profile, work->rasters, job, &error);
	return r < 0 ? refuse_document(work->device, r, &error) : add_needs(work, &list, job);
}

/* Appends the segments of one copy, whose bytes begin at `base`. */
static void add_copy(struct star_state *state, const struct ph_receipt_job *job, uint32_t base)
{
	for (uint32_t i = 0; i < job->segment_count; i++) {
		const struct ph_receipt_segment *from = &job->segments[i];
		state->segments[state->segment_count++] = (struct ph_star_engine_segment){
			.offset = base + from->offset,
			.len = from->len,
			.flags = (uint8_t)from->flags,
		};
	}
}

/* The first copy with its effects, the others without: a drawer opens once. */
static int join_copies(struct star_state *state, const struct ph_receipt_job *first,
	const struct ph_receipt_job *rest, unsigned copies)
{
	size_t count = first->segment_count + (size_t)(copies - 1) * rest->segment_count;

	star_drop_job(state);
	state->segment_count = 0;
	state->bytes = malloc((size_t)first->len + rest->len + 1);
	state->segments = calloc(count + 1, sizeof *state->segments);
	if (!state->bytes || !state->segments) {
		star_drop_job(state);
		return -ENOMEM;
	}
	if (first->len)
		memcpy(state->bytes, first->bytes, first->len);
	if (rest->len)
		memcpy(state->bytes + first->len, rest->bytes, rest->len);
	add_copy(state, first, 0);
	for (unsigned i = 1; i < copies; i++)
		add_copy(state, rest, first->len);
	return 0;
}

/*
 * Lays out and encodes; the segments of a document are the same whenever mode and copies are. Effects need no drawings, so
 * that those of the first copy serve the others. *ret_drawings are those of one copy.
 */
static int encode_copies(
	struct work *work, const struct ph_print_request *request, uint32_t *ret_drawings)
{
	bool reprint = request->mode == PH_PRINT_REPRINT;
	struct ph_layout_options options = {
		.mark = reprint ? REPRINT_MARK : NULL, .no_effects = reprint};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job first = {0};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job rest = {0};

	int r = encode(work, work->receipt, &options, &first);
	if (r < 0)
		return r;
	*ret_drawings = first.drawings;
	options.no_effects = true;
	if (request->copies > 1 && !work->needs)
		r = encode(work, work->receipt, &options, &rest);
	return r < 0 ? r
		     : join_copies(ph_device_state(work->device), &first, &rest,
			       rest.segments ? request->copies : 1);
}

/*
 * In a continued job effects are counted and left out, and a line on the paper says what this is. Its drawing stands behind
 * those of the document.
 */
static int prepare_continue(struct work *work, const struct ph_print_request *request,
	uint32_t drawings, struct ph_star_engine_job *engine_job)
{
	struct star_state *state = ph_device_state(work->device);
	struct ph_layout_options options = {.mark = CONTINUE_MARK};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job mark = {0};
	struct work own = *work;
	struct ph_rasters behind = {0};

	if (!work->needs && request->from_segment > state->segment_count)
		return ph_request_refuse(work->device, "$.from_segment",
			"the document has %u segments", state->segment_count);
	for (unsigned i = 0; i < state->segment_count; i++)
		state->segments[i].skip = state->segments[i].flags & PH_SEGMENT_ONCE;
	if (work->rasters && work->rasters->count > drawings)
		behind = (struct ph_rasters){
			work->rasters->items + drawings, work->rasters->count - drawings};
	own.rasters = work->rasters ? &behind : NULL;
	int r = encode(&own, NULL, &options, &mark);
	work->needs = own.needs;
	if (r < 0)
		return r;
	if (mark.len > PH_STAR_MARK_MAX)
		return -E2BIG;
	state->mark = malloc(mark.len + 1);
	if (!state->mark)
		return -ENOMEM;
	if (mark.len)
		memcpy(state->mark, mark.bytes, mark.len);
	engine_job->mark = state->mark;
	engine_job->mark_len = mark.len;
	engine_job->first = request->from_segment;
	return 0;
}

static int accept(struct work *work, const struct ph_print_request *request)
{
	struct star_state *state = ph_device_state(work->device);
	struct ph_star_engine_job job = {.id = state->job};
	uint32_t drawings = 0;

	int r = encode_copies(work, request, &drawings);
	if (r >= 0 && request->mode == PH_PRINT_CONTINUE)
		r = prepare_continue(work, request, drawings, &job);
	if (r < 0)
		return r;
	if (work->needs)
		return ph_print_needs(work->device, PH_STEAL(work->needs));
	snprintf(state->job, sizeof state->job, "%s", request->job);
	job.bytes = state->bytes;
	job.segments = state->segments;
	job.count = state->segment_count;
	return ph_star_engine_print(&state->engine, ph_now_ms(work->device), &job);
}

int star_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct star_state *state = ph_device_state(device);
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_raster_set_done) struct ph_raster_set set = {0};
	struct work work = {.device = device};
	struct ph_receipt_error error = {0};

	if (state->bytes)
		return -EBUSY;
	int r = ph_receipt_parse(request->document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	if (request->rasters) {
		r = ph_rasters_from_json(request->rasters, &set);
		if (r < 0)
			return r == -ENOMEM ? r
					    : ph_request_refuse(device, "$.rasters",
						      "not an array of drawings, or too many");
		work.rasters = &set.rasters;
	}
	work.receipt = receipt;
	r = accept(&work, request);
	cJSON_Delete(work.needs);
	if (r != 0) {
		star_drop_job(state);
		return r;
	}
	*ret_segments = state->segment_count;
	return 0;
}

int star_explain(struct ph_device *device, const struct cJSON *document)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job job = {0};
	struct work work = {.device = device};
	struct ph_receipt_error error = {0};
	char path[160] = "$.document", inner[128], text[128];

	int r = ph_receipt_parse(document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	r = encode(&work, receipt, NULL, &job);
	cJSON_Delete(work.needs);
	for (uint32_t i = 0; r >= 0 && i < job.loss_count; i++) {
		ph_receipt_path(receipt, job.losses[i].at, inner, sizeof inner);
		snprintf(path, sizeof path, "$.document%s", *inner ? inner + 1 : "");
		r = ph_explain_add(
			device, path, ph_star_loss_text(&job.losses[i], text, sizeof text));
	}
	if (r >= 0 && job.loss_missed)
		r = ph_explain_add(device, "$.document", "there are more");
	return r;
}
