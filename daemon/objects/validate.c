// printer.validate: what is wrong with a document, by its form, by its printer's driver and, where it holds images, by
// the renderer that decodes them.
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

#define DOCUMENT "$.document"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

struct validation {
	struct ph_call *call;
	struct ph_render_request *request;
	cJSON *degradations; /* the list of the driver, or NULL */
	unsigned columns;
	bool images;
};

static void validation_free(struct validation *validation)
{
	if (validation)
		cJSON_Delete(validation->degradations);
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

/* ---- images ---- */

static void on_drawn(void *userdata, const struct ph_render_answer *answer)
{
	struct validation *validation = userdata;

	/* what cannot be looked at now may be right; the job will tell */
	if (answer->outcome != PH_RENDER_REFUSED || !reply_blamed(validation, answer->why))
		reply(validation, NULL, NULL);
}

static void cancel(struct ph_call *call)
{
	struct validation *validation = call->userdata;

	ph_render_forget(validation->request);
	ph_call_fail(finish(validation), PH_E_CANCELLED, "the check was cancelled");
}

static int submit(struct validation *validation)
{
	struct ph_call *call = validation->call;
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;
	PH_CLEANUP_FREE char *document = cJSON_PrintUnformatted(ph_param(call, "document"));

	if (!document)
		return -ENOMEM;
	ph_buf_printf(
		&params, "{\"format\":\"png\",\"columns\":%u,\"document\":", validation->columns);
	ph_buf_add_str(&params, document);
	ph_buf_add_char(&params, '}');
	if (params.error)
		return params.error;
	struct ph_render_ask ask = {.lane = PH_RENDER_PREVIEWS,
		.method = "render.preview",
		.len = params.len,
		.done = on_drawn,
		.userdata = validation};
	ask.params = ph_buf_steal(&params);
	return ph_render_submit(call->daemon->render, &ask, &validation->request);
}

/* The last step: images are decoded where there are some. */
static void look(struct validation *validation)
{
	struct ph_call *call = validation->call;
	struct ph_client *client = call->client;

	if (!validation->images || !client) {
		reply(validation, NULL, NULL);
		return;
	}
	if (client->previews >= PH_PREVIEWS_PER_CLIENT) {
		ph_call_fail(finish(validation), PH_E_LIMIT_EXCEEDED,
			"%u previews are being drawn for %s", client->previews, client->label);
		return;
	}
	if (submit(validation) < 0) {
		reply(validation, NULL, NULL);
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

	if (failure && failure->error == PH_E_ILLEGAL && reply_blamed(validation, failure->message))
		return;
	if (failure) {
		ph_call_fail_with(finish(validation), failure);
		return;
	}
	if (cJSON_IsArray(rows))
		validation->degradations = cJSON_Duplicate(rows, true);
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

static bool has_images(const struct ph_receipt *receipt)
{
	for (uint32_t i = 0; i < receipt->node_count; i++)
		if (receipt->nodes[i].kind == PH_NODE_IMAGE)
			return true;
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
		validation->images = has_images(receipt);
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
