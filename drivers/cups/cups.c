// Print queues of CUPS and IPP printers: a document goes there as PDF or PWG raster and is followed to its end.
#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/cups/ipp.h"
#include "poshal/driver.h"
#include "poshal/limits.h"
#include "protocols/receipt/receipt.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRINT_MARK	   "*** REPRINT ***"
#define RECEIPT_WIDTH	   12000 /* 1/100 mm; wider media is pages, not a roll */
#define POLL_MS		   500
#define POLL_SLOW_MS	   2000
#define POLLS_QUICK	   20	/* then slower */
#define POLL_LOST_MS	   5000 /* while the server does not answer */
#define CELL_UM		   1500 /* a font A cell: 12 dots of 203 per inch */
#define POINTS(hundredths) ((double)(hundredths)*72 / 2540)

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)
PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

struct state {
	struct ph_device *device;
	struct ph_ipp ipp;
	struct ph_ipp_printer printer;
	bool connected; /* ipp is initialised */

	/* the job in hand; data is NULL and queued 0 when there is none */
	char job[PH_NAME_MAX + 1];
	char name[PH_NAME_MAX + 32]; /* at the print server */
	uint8_t *data;
	size_t len;
	const char *format;
	unsigned copies;
	unsigned length; /* 1/100 mm, of a document on a roll; 0: default media */
	int queued;	 /* id at the print server */
	unsigned polls;
	bool cancelling;
};

/* ---- the printer ---- */

static void call_may_block(struct ph_device *device, unsigned calls)
{
	ph_emit_busy(device, calls * PH_IPP_CALL_MS);
}

static unsigned columns_of(const struct state *state)
{
	const struct ph_ipp_printer *printer = &state->printer;

	if (ph_option_is_set(state->device, "columns"))
		return (unsigned)ph_option_int(state->device, "columns");
	if (!printer->width || printer->width > RECEIPT_WIDTH)
		return 48;
	unsigned margins = printer->left + printer->right;
	unsigned inner = printer->width > margins ? printer->width - margins : printer->width;
	unsigned columns = inner * 10 / CELL_UM;
	return columns < 16 ? 16 : columns;
}

static void report_status(struct state *state)
{
	const struct ph_ipp_printer *printer = &state->printer;
	const unsigned reasons =
		printer->reasons | (printer->accepts && !(printer->stopped && !printer->reasons)
						   ? 0
						   : PH_REASON_BIT(PH_REASON_OFF_LINE));
	const unsigned off =
		PH_REASON_BIT(PH_REASON_OFF_LINE) | PH_REASON_BIT(PH_REASON_NOT_RESPONDING);
	static const enum ph_reason errors[] = {
		PH_REASON_CUTTER_ERROR, PH_REASON_HEAD_HOT, PH_REASON_PRINTER_ERROR};
	struct ph_printer_status status = {
		.online = !(reasons & off),
		.paper = reasons & PH_REASON_BIT(PH_REASON_REC_EMPTY)	   ? PH_PAPER_EMPTY
			 : reasons & PH_REASON_BIT(PH_REASON_REC_NEAR_END) ? PH_PAPER_NEAR_END
									   : PH_PAPER_OK,
		.cover = reasons & PH_REASON_BIT(PH_REASON_COVER_OPEN) ? PH_COVER_OPEN
								       : PH_COVER_UNKNOWN,
		.error = -1,
		.reasons = reasons,
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(errors); i++)
		if (reasons & PH_REASON_BIT(errors[i]))
			status.error = (int)errors[i];
	ph_emit_printer_status(state->device, &status);
}

static void report_info(struct state *state)
{
	static const char *const all[] = {"utf-8", NULL};
	struct ph_printer_capabilities printer = {
		.columns = columns_of(state),
		.columns_b = columns_of(state) * 4 / 3,
		.width_dots = columns_of(state) * 12,
		.profile = state->ipp.is_queue ? "cups" : "ipp",
		.cut_partial = state->printer.trim,
		.qr = true,
		.codepages = all,
		.barcodes = ph_barcode_type_names,
		.confirms = state->ipp.is_queue ? PH_CONFIRMS_NONE : PH_CONFIRMS_JOB_STATE,
		.status = PH_STATUS_IPP,
	};

	ph_emit_info(state->device,
		&(struct ph_info){.model = state->printer.vendor_model,
			.serial = *state->printer.serial ? state->printer.serial : NULL,
			.printer = &printer});
}

static int cups_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->device = device;
	int r = ph_ipp_init(&state->ipp, ph_device_connection(device, "scheme"),
		ph_device_connection(device, "host"), ph_device_connection_port(device),
		ph_device_connection(device, "path"));
	if (r < 0)
		return ph_request_refuse(device, "$.connection",
			"is not a queue: ipp://HOST/ipp/print, ipps://HOST/ipp/print or cups:NAME");
	state->connected = true;
	return 0;
}

static int cups_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	char text[PH_IPP_WHY_SIZE + 64];

	call_may_block(device, 1);
	int r = ph_ipp_get_printer(&state->ipp, &state->printer);
	if (r < 0) {
		snprintf(text, sizeof text, "%s%s", state->ipp.why,
			r == -ENOENT ? ": there is no such queue" : "");
		ph_link_drop(device, text);
		return PH_LATER;
	}
	if (!state->printer.pdf && !state->printer.pwg) {
		ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_PRINTER_ERROR),
			"the queue takes neither PDF nor PWG raster; connect the printer by usb:, "
			"tcp: or serial: instead");
		return PH_LATER;
	}
	report_info(state);
	report_status(state);
	return 0;
}

/* ---- the job in hand ---- */

static void drop_job(struct state *state)
{
	free(PH_STEAL(state->data));
	state->queued = 0;
	state->cancelling = false;
	ph_timer_set(state->device, 0);
}

static void end_job(struct state *state, enum ph_job_outcome outcome, const char *reason)
{
	const bool done = outcome == PH_OUTCOME_PRINTED || outcome == PH_OUTCOME_SENT_UNCONFIRMED;

	drop_job(state);
	ph_emit_job_end(state->device, state->job, outcome, 1, done, reason);
}

/* What the end of the job at the server means for the paper. */
static void finish(struct state *state, const struct ph_ipp_job *job)
{
	const char *message = *job->message ? job->message : "no reason given";
	char text[PH_IPP_WHY_SIZE + 64];

	switch (job->state) {
	case PH_IPP_JOB_CANCELED:
		snprintf(text, sizeof text, "cancelled at the print server: %s", message);
		end_job(state, PH_OUTCOME_CANCELLED, state->cancelling ? NULL : text);
		return;
	case PH_IPP_JOB_ABORTED:
		snprintf(text, sizeof text, "the print server gave up: %s", message);
		/* without a count of pages some may be out; then the job's policy decides */
		end_job(state, job->impressions == 0 ? PH_OUTCOME_FAILED : PH_OUTCOME_LOST, text);
		return;
	default:
		break;
	}
	if (job->with_errors)
		end_job(state, PH_OUTCOME_SENT_UNCONFIRMED, "the printer reported errors");
	else if (state->ipp.is_queue)
		end_job(state, PH_OUTCOME_SENT_UNCONFIRMED, "the queue says completed");
	else
		end_job(state, PH_OUTCOME_PRINTED, NULL);
}

static void poll_again(struct state *state, bool lost)
{
	ph_timer_set(state->device, lost			   ? POLL_LOST_MS
				    : state->polls++ < POLLS_QUICK ? POLL_MS
								   : POLL_SLOW_MS);
}

static void follow(struct state *state)
{
	struct ph_ipp_job job;

	call_may_block(state->device, 2);
	int r = ph_ipp_get_job(&state->ipp, state->queued, &job);
	if (r == -ENOENT) {
		end_job(state, PH_OUTCOME_SENT_UNCONFIRMED,
			"the print server has forgotten the job");
		return;
	}
	if (r >= 0 && job.state >= PH_IPP_JOB_CANCELED) {
		finish(state, &job);
		return;
	}
	if (r < 0 && state->cancelling) {
		end_job(state, PH_OUTCOME_LOST, "cancelled while the print server does not answer");
		return;
	}
	if (r >= 0)
		r = ph_ipp_get_printer(&state->ipp, &state->printer);
	if (r < 0)
		state->printer.reasons = PH_REASON_BIT(PH_REASON_NOT_RESPONDING);
	report_status(state);
	poll_again(state, r < 0);
}

/*
 * Hands the job over, once: one of the same name that the server has already, from before a crash or a lost answer, is
 * followed instead. One that ended badly there is not ours any more.
 */
static void submit(struct state *state)
{
	struct ph_ipp_document document = {.job_name = state->name,
		.format = state->format,
		.data = state->data,
		.len = state->len,
		.copies = state->copies,
		.width = state->printer.width,
		.length = state->length,
		.finishing = state->printer.trim ? state->printer.trim_value : 0};
	struct ph_ipp_job job = {0};
	int id = 0;

	call_may_block(state->device, 4);
	int r = ph_ipp_find_job(&state->ipp, state->name, &id);
	if (r >= 0)
		r = ph_ipp_get_job(&state->ipp, id, &job);
	if (r >= 0 && job.state != PH_IPP_JOB_CANCELED && job.state != PH_IPP_JOB_ABORTED)
		state->queued = id;
	else if (r >= 0 || r == -ENOENT)
		r = ph_ipp_print(&state->ipp, &document, &state->queued);
	if (r == -EPROTO || r == -EACCES) {
		char text[PH_IPP_WHY_SIZE + 32];
		snprintf(text, sizeof text, "the print server refuses: %s", state->ipp.why);
		end_job(state, PH_OUTCOME_FAILED, text);
		return;
	}
	if (r < 0) { /* whatever has arrived is found by its name next time */
		end_job(state, PH_OUTCOME_NOT_SENT, state->ipp.why);
		ph_link_drop(state->device, state->ipp.why);
		return;
	}
	free(PH_STEAL(state->data));
	ph_emit_job_progress(state->device, state->job, 1, 1, 0);
	state->polls = 0;
	poll_again(state, false);
}

static bool in_hand(const struct state *state)
{
	return state->data || state->queued;
}

/* ---- documents ---- */

static int refuse_node(
	struct ph_device *device, const struct ph_receipt *receipt, uint32_t at, const char *why)
{
	char inner[128], path[160];

	ph_receipt_path(receipt, at, inner, sizeof inner);
	snprintf(path, sizeof path, "$.document%s", inner + 1);
	return ph_request_refuse(device, path, "%s", why);
}

static int check_nodes(struct ph_device *device, const struct ph_receipt *receipt)
{
	for (uint32_t i = 0; i < receipt->node_count; i++) {
		if (receipt->nodes[i].kind == PH_NODE_DRAWER)
			return refuse_node(device, receipt, PH_AT(i, 0),
				"a print queue cannot open a drawer; use a printer connected by "
				"usb:, "
				"tcp: or serial:");
		if (receipt->nodes[i].kind == PH_NODE_RAW)
			return refuse_node(device, receipt, PH_AT(i, 0),
				"a print queue takes no printer bytes");
	}
	return 0;
}

static int read_document(
	struct ph_device *device, const struct cJSON *document, struct ph_receipt **ret_receipt)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {.message = "out of memory"};
	char path[160];

	int r = ph_receipt_parse(document, &receipt, &error);
	if (r < 0) {
		snprintf(path, sizeof path, "$.document%.140s", *error.path ? error.path + 1 : "");
		return ph_request_refuse(device, path, "%s", error.message);
	}
	r = check_nodes(device, receipt);
	if (r >= 0)
		*ret_receipt = PH_STEAL(receipt);
	return r;
}

/* A roll is as long as what is on it; other media is filled page by page. */
static cJSON *order_document(const struct state *state, bool reprint)
{
	const struct ph_ipp_printer *printer = &state->printer;
	const bool roll =
		printer->any_length || (printer->width && printer->width <= RECEIPT_WIDTH);
	const unsigned width = printer->width ? printer->width : 21000;
	const double margins[] = {POINTS(printer->left), POINTS(printer->top),
		POINTS(printer->right), POINTS(printer->bottom)};
	PH_CLEANUP(cJSON_Delete_p) cJSON *orders = cJSON_CreateArray();
	cJSON *order = cJSON_CreateObject();

	if (!orders || !order || !cJSON_AddItemToArray(orders, order)) {
		cJSON_Delete(order);
		return NULL;
	}
	cJSON_AddStringToObject(order, "kind", "document");
	cJSON_AddStringToObject(order, "format", printer->pdf ? "pdf" : "pwg");
	cJSON_AddNumberToObject(order, "width_pt", POINTS(width));
	cJSON_AddNumberToObject(
		order, "height_pt", roll ? 0 : POINTS(printer->length ? printer->length : 29700));
	cJSON_AddItemToObject(order, "margins_pt", cJSON_CreateDoubleArray(margins, 4));
	cJSON_AddNumberToObject(order, "columns", columns_of(state));
	cJSON_AddNumberToObject(order, "dpi", printer->dpi ? printer->dpi : 203);
	if (reprint)
		cJSON_AddStringToObject(order, "mark", REPRINT_MARK);
	return PH_STEAL(orders);
}

static int take_data(struct state *state, const void *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, len);
	state->data = copy;
	state->len = len;
	return 0;
}

/* The drawn document out of `rasters`. */
static int take_drawing(struct state *state, const struct cJSON *rasters)
{
	const cJSON *row = cJSON_GetArrayItem(rasters, 0);
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "data_b64"));
	const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "error"));
	const cJSON *pages = cJSON_GetObjectItemCaseSensitive(row, "pages");
	const cJSON *height = cJSON_GetObjectItemCaseSensitive(row, "height_pt");

	if (!text)
		return ph_request_refuse(state->device, "$.document", "%s",
			error ? error : "nothing here could draw it; is poshal-render installed?");
	const size_t chars = strlen(text);
	state->data = malloc(chars + 1);
	if (!state->data)
		return -ENOMEM;
	ssize_t len = ph_base64_decode(text, chars, state->data);
	if (len <= 0) {
		free(PH_STEAL(state->data));
		return -EPROTO;
	}
	state->len = (size_t)len;
	state->format = state->printer.pdf ? "application/pdf" : "image/pwg-raster";
	state->length = 0;
	if (state->printer.any_length && cJSON_IsNumber(height) && cJSON_IsNumber(pages) &&
		pages->valueint == 1 && height->valuedouble > 0 && height->valuedouble < 100000)
		state->length = (unsigned)(height->valuedouble * 2540 / 72 + 0.5);
	return 0;
}

/* FNV-1a, so that a job number used again by another installation is another name. */
static int name_job(struct state *state, const struct ph_print_request *request)
{
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(request->document);
	uint64_t hash = 0xcbf29ce484222325u;

	if (!text)
		return -ENOMEM;
	for (const char *p = text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	snprintf(state->job, sizeof state->job, "%s", request->job);
	snprintf(state->name, sizeof state->name, "poshal-%s-%08x", state->job,
		(unsigned)(hash ^ hash >> 32));
	return 0;
}

static int cups_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct state *state = ph_device_state(device);
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;

	if (in_hand(state))
		return -EBUSY;
	int r = read_document(device, request->document, &receipt);
	if (r < 0)
		return r;
	if (receipt->pdf && !state->printer.pdf)
		return ph_request_refuse(
			device, "$.document.pdf_b64", "this queue does not take PDF");
	if (!receipt->pdf && !request->rasters)
		return ph_print_needs(
			device, order_document(state, request->mode != PH_PRINT_FIRST));
	state->length = 0;
	state->format = "application/pdf";
	r = name_job(state, request);
	if (r >= 0)
		r = receipt->pdf ? take_data(state, receipt->pdf, receipt->pdf_len)
				 : take_drawing(state, request->rasters);
	if (r < 0)
		return r;
	state->copies = request->copies;
	*ret_segments = 1;
	return 0;
}

static void cups_start(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (state->data)
		submit(state);
}

static int cups_cancel(struct ph_device *device, const char *job)
{
	struct state *state = ph_device_state(device);

	if (!in_hand(state) || strcmp(job, state->job))
		return -ENOENT;
	state->cancelling = true;
	call_may_block(device, 1);
	/* a job that can no longer be stopped ends by itself, and one we could not ask for is asked again */
	(void)ph_ipp_cancel(&state->ipp, state->queued);
	ph_timer_set(device, 1);
	return 0;
}

static int cups_explain(struct ph_device *device, const struct cJSON *document)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	char inner[128], path[160];

	int r = read_document(device, document, &receipt);
	for (uint32_t i = 0; r >= 0 && i < receipt->node_count; i++) {
		const enum ph_node_kind kind = receipt->nodes[i].kind;
		if (kind != PH_NODE_BEEP && kind != PH_NODE_CUT)
			continue;
		ph_receipt_path(receipt, PH_AT(i, 0), inner, sizeof inner);
		snprintf(path, sizeof path, "$.document%s", inner + 1);
		r = ph_explain_add(device, path,
			kind == PH_NODE_BEEP ? "no buzzer: beep left out" : "cut -> end of a page");
	}
	return r;
}

/* ---- the rest ---- */

static void cups_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (state->queued)
		follow(state);
}

static void cups_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	if (state->queued && !lost)
		end_job(state, PH_OUTCOME_LOST, "the service is stopping");
}

static void cups_done(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	free(PH_STEAL(state->data));
	if (state->connected)
		ph_ipp_done(&state->ipp);
}

/* Between jobs nothing is asked: only this tells that the paper is back. */
static void cups_refresh(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (in_hand(state))
		return;
	call_may_block(device, 1);
	if (ph_ipp_get_printer(&state->ipp, &state->printer) < 0)
		ph_link_drop(device, state->ipp.why);
	else
		report_status(state);
}

static const struct ph_printer_ops printer_ops = {
	.print = cups_print,
	.start = cups_start,
	.cancel = cups_cancel,
	.explain = cups_explain,
	.refresh = cups_refresh,
};

static const char *const connections[] = {"ipp", "ipps", "cups", NULL};

static const struct ph_option options[] = {
	{.name = "columns",
		.type = PH_OPTION_INT,
		.min = 16,
		.max = 80,
		.summary = "characters per line; otherwise by the width of the media"},
};

static const struct ph_driver driver = {
	.name = "cups",
	.version = POSHAL_VERSION,
	.summary = "CUPS queues and IPP printers",
	.classes = PH_CLASS_BIT(PH_CLASS_PRINTER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct state),
	.init = cups_init,
	.open = cups_open,
	.close = cups_close,
	.done = cups_done,
	.tick = cups_tick,
	.printer = &printer_ops,
};

static const struct ph_driver *const drivers[] = {&driver, NULL};

int main(int argc, char **argv)
{
	return ph_driver_main(argc, argv, drivers);
}
