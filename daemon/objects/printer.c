// Documents and printers without a job: check, preview, status. What is wrong with a document is validate.c's.
#include "daemon/objects/printer.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/preview.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
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

bool ph_call_optional_printer(struct ph_call *call, struct ph_device **ret_device)
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

	if (!ph_call_optional_printer(call, &device) || !document_is_right(call))
		return;
	struct ph_preview preview = {.document = ph_param(call, "document"),
		.columns = (unsigned)ph_param_int(call, "columns", ph_printer_columns(device)),
		.format = format ? format : "text",
		.result = cJSON_CreateObject()};
	ph_preview_answer(call, &preview);
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
