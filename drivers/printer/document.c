// Documents into segments for an engine: parsing, layout, drawings, copies, and what would be lost; encoding
// is the driver's.
#include "drivers/printer/document.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/raster_json.h"
#include "protocols/receipt/receipt.h"

#define REPRINT_MARK  "*** REPRINT ***"
#define CONTINUE_MARK "*** CONTINUED ***"
#define PATH_SIZE     160

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)
PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* One document on its way: the drawings it got, and those that are still missing. */
struct work {
	struct ph_device *device;
	const struct ph_document_ops *ops;
	const struct ph_receipt *receipt;
	const struct ph_rasters *rasters; /* NULL in the first call */
	struct ph_printer_job *job;
	cJSON *needs; /* orders so far, or NULL */
};

/* A path of the receipt, "$" and what follows, as one of the call. */
static void path_in_call(const char *path, char out[PATH_SIZE])
{
	const int room = PATH_SIZE - (int)sizeof "$.document";

	snprintf(out, PATH_SIZE, "$.document%.*s", room, *path ? path + 1 : "");
}

static int refuse_document(struct ph_device *device, int r, const struct ph_receipt_error *error)
{
	char path[PATH_SIZE];

	if (r == -ENOMEM)
		return r;
	path_in_call(error->path, path);
	return ph_request_refuse(device, path, "%s", error->message);
}

static int parse(
	struct ph_device *device, const struct cJSON *document, struct ph_receipt **ret_receipt)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {0};

	int r = ph_receipt_parse(document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	if (receipt->pdf)
		return ph_request_refuse(
			device, "$.document.pdf_b64", "receipt printers print no PDF");
	*ret_receipt = PH_STEAL(receipt);
	return 0;
}

/* The orders of one encoding behind those that are there. */
static int add_needs(
	struct work *work, const struct ph_display_list *list, const struct ph_receipt_job *encoded)
{
	cJSON *orders = NULL;

	if (work->rasters || !encoded->order_count)
		return 0;
	int r = ph_orders_to_json(list, encoded->orders, encoded->order_count, &orders);
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

/* `receipt` NULL: nothing but the mark of the options. */
static int encode(struct work *work, const struct ph_receipt *receipt,
	const struct ph_layout_options *options, struct ph_receipt_job *ret_encoded)
{
	const struct ph_media media = work->ops->media(work->device);
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_receipt_error error = {0};

	int r = ph_layout(receipt, &media, options, &list, &error);
	if (r >= 0)
		r = work->ops->encode(work->device, &list, work->rasters, ret_encoded, &error);
	return r < 0 ? refuse_document(work->device, r, &error)
		     : add_needs(work, &list, ret_encoded);
}

/* Appends the segments of one copy, whose bytes begin at `base`. */
static void add_copy(
	struct ph_printer_job *job, const struct ph_receipt_job *encoded, uint32_t base)
{
	for (uint32_t i = 0; i < encoded->segment_count; i++) {
		const struct ph_receipt_segment *from = &encoded->segments[i];
		job->segments[job->count++] = (struct ph_printer_segment){
			.offset = base + from->offset,
			.len = from->len,
			.longest = from->longest,
			.flags = (uint8_t)from->flags,
		};
	}
}

/* The first copy with its effects, the others without: a drawer opens once. */
static int join_copies(struct ph_printer_job *job, const struct ph_receipt_job *first,
	const struct ph_receipt_job *rest, unsigned copies)
{
	size_t count = first->segment_count + (size_t)(copies - 1) * rest->segment_count;

	ph_printer_job_drop(job);
	job->count = 0;
	job->bytes = malloc((size_t)first->len + rest->len + 1);
	job->segments = calloc(count + 1, sizeof *job->segments);
	if (!job->bytes || !job->segments) {
		ph_printer_job_drop(job);
		return -ENOMEM;
	}
	if (first->len)
		memcpy(job->bytes, first->bytes, first->len);
	if (rest->len)
		memcpy(job->bytes + first->len, rest->bytes, rest->len);
	add_copy(job, first, 0);
	for (unsigned i = 1; i < copies; i++)
		add_copy(job, rest, first->len);
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
	return r < 0 ? r : join_copies(work->job, &first, &rest, request->copies);
}

static int take_mark(struct ph_printer_job *job, const struct ph_receipt_job *encoded)
{
	job->mark = malloc((size_t)encoded->len + 1);
	if (!job->mark)
		return -ENOMEM;
	if (encoded->len)
		memcpy(job->mark, encoded->bytes, encoded->len);
	job->mark_len = encoded->len;
	return 0;
}

/*
 * In a continued job effects are counted and left out, and a line on the paper says what this is. Its drawing stands behind
 * those of the document.
 */
static int prepare_continue(
	struct work *work, const struct ph_print_request *request, uint32_t drawings)
{
	struct ph_printer_job *job = work->job;
	struct ph_layout_options options = {.mark = CONTINUE_MARK};
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job mark = {0};
	struct work own = *work;
	struct ph_rasters behind = {0};

	if (!work->needs && request->from_segment > job->count)
		return ph_request_refuse(
			work->device, "$.from_segment", "the document has %u segments", job->count);
	for (unsigned i = 0; i < job->count; i++)
		job->segments[i].skip = job->segments[i].flags & PH_SEGMENT_ONCE;
	if (work->rasters && work->rasters->count > drawings)
		behind = (struct ph_rasters){
			work->rasters->items + drawings, work->rasters->count - drawings};
	own.rasters = work->rasters ? &behind : NULL;
	int r = encode(&own, NULL, &options, &mark);
	work->needs = own.needs;
	if (r < 0)
		return r;
	job->first = request->from_segment;
	return take_mark(job, &mark);
}

/* What an attempt left on the paper is not handed out with the next receipt: it is cut off, or fed to where it is torn off. */
static int prepare_cut(struct work *work)
{
	PH_CLEANUP(cJSON_Delete_p)
	cJSON *document = cJSON_Parse("{\"body\":[{\"cut\":\"partial\"}]}");
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job cut = {0};
	struct ph_rasters none = {0};
	struct work own = *work;

	own.rasters = &none; /* nothing is to be drawn */
	int r = document ? parse(work->device, document, &receipt) : -ENOMEM;
	if (r >= 0)
		r = encode(&own, receipt, NULL, &cut);
	return r < 0 ? r : take_mark(work->job, &cut);
}

static int accept(struct work *work, const struct ph_print_request *request)
{
	uint32_t drawings = 0;

	work->job->first = 0;
	int r = encode_copies(work, request, &drawings);
	if (r >= 0 && request->mode == PH_PRINT_CONTINUE)
		r = prepare_continue(work, request, drawings);
	if (r < 0)
		return r;
	if (work->needs)
		return ph_print_needs(work->device, PH_STEAL(work->needs));
	if (request->mode == PH_PRINT_REPRINT ||
		(request->mode == PH_PRINT_FIRST && work->job->left_open))
		r = prepare_cut(work);
	if (r < 0)
		return r;
	snprintf(work->job->id, sizeof work->job->id, "%s", request->job);
	return work->ops->accept(work->device, work->job);
}

int ph_document_print(struct ph_device *device, const struct ph_document_ops *ops,
	const struct ph_print_request *request, struct ph_printer_job *job, unsigned *ret_segments)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_raster_set_done) struct ph_raster_set set = {0};
	struct work work = {.device = device, .ops = ops, .job = job};

	if (job->bytes)
		return -EBUSY;
	int r = parse(device, request->document, &receipt);
	if (r < 0)
		return r;
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
		ph_printer_job_drop(job);
		return r;
	}
	*ret_segments = job->count;
	return 0;
}

int ph_document_explain(
	struct ph_device *device, const struct ph_document_ops *ops, const struct cJSON *document)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_receipt_job_done) struct ph_receipt_job job = {0};
	struct work work = {.device = device, .ops = ops};
	char path[PATH_SIZE], inner[128], text[128];

	int r = parse(device, document, &receipt);
	if (r < 0)
		return r;
	r = encode(&work, receipt, NULL, &job);
	if (r < 0)
		cJSON_Delete(work.needs);
	else
		r = ph_print_needs(device, work.needs ? work.needs : cJSON_CreateArray());
	for (uint32_t i = 0; r >= 0 && i < job.loss_count; i++) {
		path_in_call(ph_receipt_path(receipt, job.losses[i].at, inner, sizeof inner), path);
		r = ph_explain_add(device, path, ph_loss_text(&job.losses[i], text, sizeof text));
	}
	if (r >= 0 && job.loss_missed)
		r = ph_explain_add(device, "$.document", "there are more");
	return r < 0 ? r : 0;
}
