// printer.validate: what is wrong with a document, by its form, by its printer's driver and, where something in it has to be
// drawn, by the renderer.
#include "base/buf.h"
#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/core/render.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/printer.h"
#include "poshal/limits.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT	 "$.document"
#define DEGRADATIONS_MAX 256 /* one more says that there are more */

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

struct validation {
	struct ph_call *call;
	struct ph_render_request *request;
	cJSON *degradations; /* a list, or NULL */
	cJSON *needs;	     /* what the driver would have drawn; NULL: it does not say */
	unsigned columns;
	bool pictures; /* images, symbols or pages */
};

static void validation_free(struct validation *validation)
{
	if (!validation)
		return;
	cJSON_Delete(validation->degradations);
	cJSON_Delete(validation->needs);
	free(validation);
}

/* ---- answers ---- */

static struct ph_call *finish(struct validation *validation)
{
	struct ph_call *call = validation->call;

	if (validation->request && call->client)
		call->client->previews--;
	call->cancel = NULL;
	validation_free(validation);
	return call;
}

static void reply(struct validation *validation, const char *path, const char *reason)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *degradations = PH_STEAL(validation->degradations);

	cJSON_AddBoolToObject(result, "valid", !reason);
	cJSON *errors = cJSON_AddArrayToObject(result, "errors");
	if (reason) {
		cJSON *row = cJSON_CreateObject();
		cJSON_AddStringToObject(row, "path", path);
		cJSON_AddStringToObject(row, "reason", reason);
		cJSON_AddItemToArray(errors, row);
	}
	cJSON_AddItemToObject(
		result, "degradations", degradations ? degradations : cJSON_CreateArray());
	ph_call_reply(finish(validation), result);
}

/* "$.document.body[2]: text" or without the colon, as drivers and the renderer say it. False: it is not about the document. */
static bool reply_blamed(struct validation *validation, const char *message)
{
	char path[160];
	size_t len = strcspn(message, " ");

	if (strncmp(message, DOCUMENT, strlen(DOCUMENT)) != 0 || len >= sizeof path)
		return false;
	snprintf(path, sizeof path, "%.*s", (int)len, message);
	message += len + (message[len] == ' ');
	if (path[len - 1] == ':')
		path[len - 1] = '\0';
	cJSON_Delete(PH_STEAL(validation->degradations));
	reply(validation, path, message);
	return true;
}

/* ---- what is drawn ---- */

static void add_degradation(struct validation *validation, const char *path, const char *text)
{
	if (!validation->degradations)
		validation->degradations = cJSON_CreateArray();
	const int count = cJSON_GetArraySize(validation->degradations);
	if (count > DEGRADATIONS_MAX)
		return;
	cJSON *row = cJSON_CreateObject();
	if (count == DEGRADATIONS_MAX) {
		path = DOCUMENT;
		text = "there are more";
	}
	cJSON_AddStringToObject(row, "path", path);
	cJSON_AddStringToObject(row, "text", text);
	cJSON_AddItemToArray(validation->degradations, row);
}

/* What the renderer says of one drawing; lines stand for no node of their own. */
static void add_drawing(struct validation *validation, const char *path, const cJSON *row)
{
	const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "error"));
	const cJSON *item;
	char text[160];

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "notes"))
	{
		if (cJSON_IsString(item))
			add_degradation(validation, path, item->valuestring);
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "missing"))
	{
		if (!cJSON_IsNumber(item))
			continue;
		snprintf(text, sizeof text, "no font has U+%04X", (unsigned)item->valuedouble);
		add_degradation(validation, path, text);
	}
	if (error) {
		snprintf(text, sizeof text, "not drawn: %s", error);
		add_degradation(validation, path, text);
	}
}

static void add_drawings(struct validation *validation, const cJSON *rows)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	const cJSON *order = validation->needs ? validation->needs->child : NULL, *row;
	char path[128], inner[128 - sizeof DOCUMENT];

	struct ph_receipt_error error;

	if (ph_receipt_parse(ph_param(validation->call, "document"), &receipt, &error) < 0)
		return;
	cJSON_ArrayForEach(row, rows)
	{
		const cJSON *node = cJSON_GetObjectItemCaseSensitive(order, "node");
		const bool known = cJSON_IsNumber(node) && node->valuedouble >= 0 &&
				   node->valuedouble < receipt->node_count;
		inner[0] = '\0';
		if (known)
			ph_receipt_path(receipt, PH_AT((uint32_t)node->valuedouble, 0), inner,
				sizeof inner);
		snprintf(path, sizeof path, DOCUMENT "%s", inner[0] ? inner + 1 : "");
		add_drawing(validation, path, row);
		order = order ? order->next : NULL;
	}
}

static void on_drawn(void *userdata, const struct ph_render_answer *answer)
{
	struct validation *validation = userdata;
	char text[160];

	if (answer->outcome == PH_RENDER_REFUSED && answer->why &&
		reply_blamed(validation, answer->why))
		return;
	if (answer->outcome == PH_RENDER_DONE && validation->needs)
		add_drawings(
			validation, cJSON_GetObjectItemCaseSensitive(answer->result, "rasters"));
	/* what cannot be looked at now may be right; the job will tell */
	if (answer->outcome != PH_RENDER_DONE && validation->needs) {
		snprintf(text, sizeof text, "printed without drawings: %s",
			answer->why ? answer->why : "");
		add_degradation(validation, DOCUMENT, text);
	}
	reply(validation, NULL, NULL);
}

static void cancel(struct ph_call *call)
{
	struct validation *validation = call->userdata;

	ph_render_forget(validation->request);
	ph_call_fail(finish(validation), PH_E_CANCELLED, "the check was cancelled");
}

/* What the driver would have drawn, else the whole document as a picture. */
static int write_params(const struct validation *validation, struct ph_buf *params)
{
	PH_CLEANUP_FREE char *document =
		cJSON_PrintUnformatted(ph_param(validation->call, "document"));
	PH_CLEANUP_FREE char *needs =
		validation->needs ? cJSON_PrintUnformatted(validation->needs) : NULL;

	if (!document || (validation->needs && !needs))
		return -ENOMEM;
	if (needs)
		ph_buf_printf(params, "{\"orders\":%s", needs);
	else
		ph_buf_printf(params, "{\"format\":\"png\",\"columns\":%u", validation->columns);
	ph_buf_add_str(params, ",\"document\":");
	ph_buf_add_str(params, document);
	ph_buf_add_char(params, '}');
	return params->error;
}

static int submit(struct validation *validation)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	int r = write_params(validation, &params);
	if (r < 0)
		return r;
	struct ph_render_ask ask = {.lane = PH_RENDER_PREVIEWS,
		.method = validation->needs ? "render.rasters" : "render.preview",
		.len = params.len,
		.done = on_drawn,
		.userdata = validation};
	ask.params = ph_buf_steal(&params);
	return ph_render_submit(validation->call->daemon->render, &ask, &validation->request);
}

/* The last step: what has to be drawn is drawn. */
static void look(struct validation *validation)
{
	struct ph_call *call = validation->call;
	struct ph_client *client = call->client;
	const bool any =
		validation->needs ? validation->needs->child != NULL : validation->pictures;

	if (!any || !client) {
		reply(validation, NULL, NULL);
		return;
	}
	if (client->previews >= PH_PREVIEWS_PER_CLIENT) {
		ph_call_fail(finish(validation), PH_E_LIMIT_EXCEEDED,
			"%u previews are being drawn for %s", client->previews, client->label);
		return;
	}
	int r = submit(validation);
	if (r < 0) {
		on_drawn(validation, &(struct ph_render_answer){.outcome = PH_RENDER_FAILED,
					     .why = ph_render_error(r)});
		return;
	}
	client->previews++;
	call->userdata = validation;
	call->cancel = cancel;
}

/* ---- the printer ---- */

static void on_explained(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct validation *validation = userdata;
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(result, "degradations");
	const cJSON *needs = cJSON_GetObjectItemCaseSensitive(result, "needs");

	if (failure && failure->error == PH_E_ILLEGAL && reply_blamed(validation, failure->message))
		return;
	if (failure) {
		ph_call_fail_with(finish(validation), failure);
		return;
	}
	if (cJSON_IsArray(rows))
		validation->degradations = cJSON_Duplicate(rows, true);
	if (cJSON_IsArray(needs))
		validation->needs = cJSON_Duplicate(needs, true);
	look(validation);
}

/* What a printer makes of a document only its driver knows. */
static void explain(struct validation *validation, struct ph_device *device)
{
	PH_CLEANUP_FREE char *document =
		cJSON_PrintUnformatted(ph_param(validation->call, "document"));
	PH_CLEANUP_FREE char *params = NULL;
	int len = document ? asprintf(&params, "{\"document\":%s}", document) : -1;
	int r = len < 0 ? -ENOMEM
			: ph_process_request(device->unit->process, "printer.explain", params,
				  (size_t)len, on_explained, validation);

	if (r == -ENOBUFS) {
		ph_call_fail(finish(validation), PH_E_LIMIT_EXCEEDED,
			"%s is asked too much at once", device->id);
	} else if (r < 0) {
		struct ph_failure failure;
		ph_device_unusable(device, &failure);
		ph_call_fail_with(finish(validation), &failure);
	}
}

/* ---- the form ---- */

static bool has_pictures(const struct ph_receipt *receipt)
{
	for (uint32_t i = 0; i < receipt->node_count; i++) {
		const enum ph_node_kind kind = receipt->nodes[i].kind;
		if (kind == PH_NODE_IMAGE || kind == PH_NODE_BARCODE || kind == PH_NODE_QR ||
			kind == PH_NODE_CODE2D || kind == PH_NODE_PAGE)
			return true;
	}
	return false;
}

/* Lays the document out. Returns 0 or a negative errno with *ret_error filled. */
static int check_form(struct validation *validation, struct ph_receipt_error *ret_error)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_media media = ph_media_of_columns(validation->columns);

	int r = ph_receipt_parse(ph_param(validation->call, "document"), &receipt, ret_error);
	if (r >= 0)
		r = ph_layout(receipt, &media, NULL, &list, ret_error);
	if (r >= 0)
		validation->pictures = has_pictures(receipt);
	return r;
}

static void validate(struct validation *validation, struct ph_device *device)
{
	struct ph_receipt_error error = {.message = "out of memory"};

	if (check_form(validation, &error) < 0) {
		char path[sizeof error.path + sizeof DOCUMENT];
		snprintf(path, sizeof path, DOCUMENT "%.*s", (int)sizeof error.path - 1,
			error.path[0] == '$' ? error.path + 1 : error.path);
		reply(validation, path, error.message);
	} else if (device && ph_param_bool(validation->call, "explain", false)) {
		explain(validation, device);
	} else {
		look(validation);
	}
}

void ph_printer_validate(struct ph_call *call)
{
	struct ph_device *device;

	if (!ph_call_optional_printer(call, &device))
		return;
	struct validation *validation = calloc(1, sizeof *validation);
	if (!validation) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	validation->call = call;
	validation->columns = ph_printer_columns(device);
	validate(validation, device);
}
