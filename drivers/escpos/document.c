// Documents into segments for the engine: parsing, layout, encoding, copies, and what would be lost.
#include "drivers/escpos/state.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/raster_json.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRINT_MARK  "*** REPRINT ***"
#define CONTINUE_MARK "*** CONTINUED ***"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

void escpos_drop_job(struct escpos_state *state)
{
	free(PH_STEAL(state->bytes));
	free(PH_STEAL(state->segments));
}

static int refuse_document(struct ph_device *device, int r, const struct ph_receipt_error *error)
{
	char path[160];

	if (r == -ENOMEM)
		return r;
	snprintf(path, sizeof path, "$.document%s", *error->path ? error->path + 1 : "");
	return ph_request_refuse(device, path, "%s", error->message);
}

/* What a call encodes with. */
struct call {
	const struct ph_rasters *rasters; /* NULL: none were made yet */
	bool asks; /* orders of drawings are a reason to stop and ask for them */
};

static int ask_for_drawings(struct ph_device *device, const struct ph_display_list *list,
	const struct ph_receipt_job *job)
{
	struct cJSON *needs;
	int r = ph_orders_to_json(list, job->orders, job->order_count, &needs);

	return r < 0 ? r : ph_print_needs(device, needs);
}

/* Returns 0, or PH_NEEDS when drawings are asked for. */
static int encode(struct ph_device *device, const struct ph_receipt *receipt,
	const struct ph_layout_options *options, const struct call *call,
	struct ph_receipt_job *job)
{
	struct escpos_state *state = ph_device_state(device);
	struct ph_media media = ph_escpos_profile_media(&state->profile);
	struct ph_escpos_profile profile = state->profile;
	struct ph_escpos_stores stores;
	const struct ph_escpos_input input = {.rasters = call->rasters,
		.logos = state->logos,
		.logo_count = state->logo_count,
		.ret_stores = &stores};
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_receipt_error error = {0};

	if (profile.qr == PH_ESCPOS_PROBE && state->engine.has_qr)
		profile.qr = PH_ESCPOS_YES;
	int r = ph_layout(receipt, &media, options, &list, &error);
	if (r >= 0)
		r = ph_escpos_encode(&list, &profile, &input, job, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	if (call->rasters)
		escpos_logos_wish(state, &stores, call->rasters);
	return call->asks && job->order_count ? ask_for_drawings(device, &list, job) : 0;
}

/* Appends the segments of one copy, whose bytes begin at `base`. */
static void add_copy(struct escpos_state *state, const struct ph_receipt_job *job, uint32_t base)
{
	for (uint32_t i = 0; i < job->segment_count; i++) {
		const struct ph_receipt_segment *from = &job->segments[i];
		state->segments[state->segment_count++] = (struct ph_engine_segment){
			.offset = base + from->offset,
			.len = from->len,
			.flags = (uint8_t)from->flags,
			.longest = from->longest,
		};
	}
}

/* The first copy with its effects, the others without: a drawer opens once. */
static int join_copies(struct escpos_state *state, const struct ph_receipt_job *first,
	const struct ph_receipt_job *rest, unsigned copies)
{
	size_t count = first->segment_count + (size_t)(copies - 1) * rest->segment_count;

	escpos_drop_job(state);
	state->segment_count = 0;
	state->bytes = malloc((size_t)first->len + rest->len + 1);
	state->segments = calloc(count + 1, sizeof *state->segments);
	if (!state->bytes || !state->segments) {
		escpos_drop_job(state);
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

/* Lays out and encodes; the segments of a document are the same whenever mode and copies are. */
static int encode_copies(struct ph_device *device, const struct ph_receipt *receipt,
	const struct ph_print_request *request, const struct call *call)
{
	bool reprint = request->mode == PH_PRINT_REPRINT;
	struct ph_layout_options options = {
		.mark = reprint ? REPRINT_MARK : NULL, .no_effects = reprint};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job first = {0};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job rest = {0};

	int r = encode(device, receipt, &options, call, &first);
	options.no_effects = true;
	if (r == 0 && request->copies > 1)
		r = encode(device, receipt, &options, call, &rest);
	return r != 0 ? r : join_copies(ph_device_state(device), &first, &rest, request->copies);
}

/* In a continued job effects are counted and left out, and a line on the paper says what this is. */
static int prepare_continue(struct ph_device *device, const struct ph_print_request *request,
	struct ph_engine_job *engine_job)
{
	struct escpos_state *state = ph_device_state(device);
	struct ph_layout_options options = {.mark = CONTINUE_MARK};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job mark = {0};

	if (request->from_segment > state->segment_count)
		return ph_request_refuse(device, "$.from_segment", "the document has %u segments",
			state->segment_count);
	for (unsigned i = 0; i < state->segment_count; i++)
		state->segments[i].skip = state->segments[i].flags & PH_SEGMENT_ONCE;
	int r = encode(device, NULL, &options, &(struct call){0}, &mark);
	if (r < 0)
		return r;
	if (mark.len > sizeof state->mark - 64)
		return -E2BIG;
	memcpy(state->mark, mark.bytes, mark.len);
	engine_job->mark = state->mark;
	engine_job->mark_len = mark.len;
	engine_job->first = request->from_segment;
	return 0;
}

/* Reads what the call brings and makes segments of it. */
static int prepare(
	struct ph_device *device, const struct ph_print_request *request, struct ph_engine_job *job)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_raster_set_done) struct ph_raster_set set = {0};
	struct ph_receipt_error error = {0};
	struct call call = {.asks = !request->rasters};

	int r = ph_receipt_parse(request->document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	if (receipt->pdf)
		return ph_request_refuse(
			device, "$.document.pdf_b64", "receipt printers print no PDF");
	if (request->rasters) {
		r = ph_rasters_from_json(request->rasters, &set);
		if (r < 0)
			return r == -ENOMEM ? r
					    : ph_request_refuse(device, "$.rasters",
						      "is no array of drawings");
		call.rasters = &set.rasters;
	}
	r = encode_copies(device, receipt, request, &call);
	if (r == 0 && request->mode == PH_PRINT_CONTINUE)
		r = prepare_continue(device, request, job);
	return r;
}

int escpos_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct escpos_state *state = ph_device_state(device);
	struct ph_engine_job job = {.id = state->job};

	if (state->bytes)
		return -EBUSY;
	int r = prepare(device, request, &job);
	if (r == 0) {
		snprintf(state->job, sizeof state->job, "%s", request->job);
		job.bytes = state->bytes;
		job.segments = state->segments;
		job.count = state->segment_count;
		r = ph_engine_print(&state->engine, ph_now_ms(device), &job);
	}
	if (r != 0) {
		escpos_drop_job(state);
		return r;
	}
	*ret_segments = state->segment_count;
	return 0;
}

int escpos_explain(struct ph_device *device, const struct cJSON *document)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job job = {0};
	struct ph_receipt_error error = {0};
	char path[160] = "$.document", inner[128], text[128];

	int r = ph_receipt_parse(document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	if (receipt->pdf)
		return ph_request_refuse(
			device, "$.document.pdf_b64", "receipt printers print no PDF");
	r = encode(device, receipt, NULL, &(struct call){0}, &job);
	for (uint32_t i = 0; r >= 0 && i < job.loss_count; i++) {
		ph_receipt_path(receipt, job.losses[i].at, inner, sizeof inner);
		snprintf(path, sizeof path, "$.document%s", *inner ? inner + 1 : "");
		r = ph_explain_add(
			device, path, ph_escpos_loss_text(&job.losses[i], text, sizeof text));
	}
	if (r >= 0 && job.loss_missed)
		r = ph_explain_add(device, "$.document", "there are more");
	return r;
}
