// Documents and printers without a job: check, preview, status. The layout is protocols/receipt's.
#include "daemon/objects/printer.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/preview.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

/* The path of a document error as a path into params: "$.body[2]" becomes "$.document.body[2]". */
static const char *inner_path(const struct ph_receipt_error *error)
{
	return error->path[0] == '$' ? error->path + 1 : error->path;
}

static void fail_document(struct ph_call *call, int r, const struct ph_receipt_error *error)
{
	ph_call_fail(call, r == -E2BIG ? PH_E_TOO_LARGE : ph_error_from_errno(r),
		"$.document%s: %s", inner_path(error), error->message);
}

bool ph_printer_check_document(struct ph_call *call)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {.message = "out of memory"};
	int r = ph_receipt_parse(ph_param(call, "document"), &receipt, &error);

	if (r < 0) {
		fail_document(call, r, &error);
		return false;
	}
	if (receipt->needs_directio && !(call->client->grants & PH_GRANT_BIT(PH_GRANT_DIRECTIO))) {
		ph_call_fail(call, PH_E_ACCESS_DENIED,
			"raw printer bytes need the grant `directio`, which %s does not have",
			call->client->label);
		return false;
	}
	return true;
}

/* The printer of an optional `device`; *ret_device is NULL without one. False: the call is answered. */
static bool optional_printer(struct ph_call *call, struct ph_device **ret_device)
{
	*ret_device = NULL;
	if (!ph_param(call, "device"))
		return true;
	*ret_device = ph_call_device(call, PH_CLASS_PRINTER);
	return *ret_device != NULL;
}

unsigned ph_printer_columns(const struct ph_device *device)
{
	const cJSON *columns =
		device ? cJSON_GetObjectItemCaseSensitive(device->capabilities, "columns") : NULL;

	if (!cJSON_IsNumber(columns) || columns->valueint < 8 || columns->valueint > 255)
		return 48;
	return (unsigned)columns->valueint;
}

/* Lays the document out for `columns`. Returns 0 or a negative errno with *ret_error filled. */
static int lay_out(const cJSON *document, unsigned columns, char **ret_text,
	struct ph_receipt_error *ret_error)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_media media = ph_media_of_columns(columns);

	int r = ph_receipt_parse(document, &receipt, ret_error);
	if (r >= 0)
		r = ph_layout(receipt, &media, NULL, &list, ret_error);
	if (r >= 0)
		r = ph_display_list_text(&list, ret_text);
	return r;
}

/* Says so where a document is not right, in the words of printer.print. */
static bool document_is_right(struct ph_call *call)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {.message = "out of memory"};
	int r = ph_receipt_parse(ph_param(call, "document"), &receipt, &error);

	if (r < 0)
		fail_document(call, r, &error);
	return r >= 0;
}

void ph_printer_preview(struct ph_call *call)
{
	const char *format = ph_param_str(call, "format");
	struct ph_device *device;

	if (!optional_printer(call, &device) || !document_is_right(call))
		return;
	struct ph_preview preview = {.document = ph_param(call, "document"),
		.columns = (unsigned)ph_param_int(call, "columns", ph_printer_columns(device)),
		.format = format ? format : "text",
		.result = cJSON_CreateObject()};
	ph_preview_answer(call, &preview);
}

static void reply_valid(
	struct ph_call *call, const struct ph_receipt_error *error, const cJSON *degradations)
{
	cJSON *result = cJSON_CreateObject();
	char path[160];

	cJSON_AddBoolToObject(result, "valid", !error);
	cJSON *errors = cJSON_AddArrayToObject(result, "errors");
	if (error) {
		cJSON *row = cJSON_CreateObject();
		snprintf(path, sizeof path, "$.document%s", inner_path(error));
		cJSON_AddStringToObject(row, "path", path);
		cJSON_AddStringToObject(row, "reason", error->message);
		cJSON_AddItemToArray(errors, row);
	}
	cJSON_AddItemToObject(result, "degradations",
		cJSON_IsArray(degradations) ? cJSON_Duplicate(degradations, true)
					    : cJSON_CreateArray());
	ph_call_reply(call, result);
}

static void on_explained(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	if (failure && failure->error == PH_E_ILLEGAL) {
		struct ph_receipt_error error = {0};
		size_t path = failure->message[0] == '$' ? strcspn(failure->message, " ") : 0;
		/* "$.document.body[2] text" of the driver, in the form of our own errors */
		snprintf(error.path, sizeof error.path, "$%.*s", path > 10 ? (int)path - 10 : 0,
			failure->message + 10);
		snprintf(error.message, sizeof error.message, "%.190s",
			failure->message + path + (path > 0));
		reply_valid(call, &error, NULL);
	} else if (failure) {
		ph_call_fail_with(call, failure);
	} else {
		reply_valid(call, NULL, cJSON_GetObjectItemCaseSensitive(result, "degradations"));
	}
}

/* What a printer makes of a document only its driver knows. */
static void explain(struct ph_call *call, struct ph_device *device)
{
	PH_CLEANUP_FREE char *document = cJSON_PrintUnformatted(ph_param(call, "document"));
	PH_CLEANUP_FREE char *params = NULL;
	int len = document ? asprintf(&params, "{\"document\":%s}", document) : -1;
	int r = len < 0 ? -ENOMEM
			: ph_process_request(device->unit->process, "printer.explain", params,
				  (size_t)len, on_explained, call);

	if (r == -ENOBUFS) {
		ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%s is asked too much at once", device->id);
	} else if (r < 0) {
		struct ph_failure failure;
		ph_device_unusable(device, &failure);
		ph_call_fail_with(call, &failure);
	}
}

void ph_printer_validate(struct ph_call *call)
{
	PH_CLEANUP_FREE char *text = NULL;
	struct ph_receipt_error error = {.message = "out of memory"};
	struct ph_device *device;

	if (!optional_printer(call, &device))
		return;
	if (lay_out(ph_param(call, "document"), ph_printer_columns(device), &text, &error) < 0)
		reply_valid(call, &error, NULL);
	else if (device && ph_param_bool(call, "explain", false))
		explain(call, device);
	else
		reply_valid(call, NULL, NULL);
}

void ph_printer_status(struct ph_call *call)
{
	static const char *const members[] = {"state", "reasons", "status"};
	struct ph_device *device = ph_call_device(call, PH_CLASS_PRINTER);

	if (!device)
		return;
	cJSON *description = ph_device_describe(device);
	cJSON *result = cJSON_CreateObject();
	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		cJSON_AddItemToObject(result, members[i],
			cJSON_DetachItemFromObjectCaseSensitive(description, members[i]));
	cJSON_AddNumberToObject(result, "jobs", device->job_count);
	cJSON_Delete(description);
	ph_call_reply(call, result);
}
