// Documents shown instead of printed: as text by the layout itself, as anything else by poshal-render.
#include "daemon/objects/preview.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/render.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "poshal/limits.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

/* The member of the answer, which has the renderer's name. */
static const struct {
	const char *format, *member;
} forms[] = {{"png", "png_b64"}, {"svg", "svg"}, {"pdf", "pdf_b64"}, {"html", "html"}};

static const char *member_of(const char *format)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(forms) - 1 && strcmp(forms[i].format, format) != 0)
		i++;
	return forms[i].member;
}

/* ---- as text ---- */

static int lay_out(
	const struct ph_preview *preview, char **ret_text, struct ph_receipt_error *ret_error)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_media media = ph_media_of_columns(preview->columns);
	struct ph_layout_options options = {.mark = preview->mark};

	int r = ph_receipt_parse(preview->document, &receipt, ret_error);
	if (r >= 0)
		r = ph_layout(receipt, &media, &options, &list, ret_error);
	if (r >= 0)
		r = ph_display_list_text(&list, ret_text);
	return r;
}

static void answer_text(struct ph_call *call, const struct ph_preview *preview)
{
	PH_CLEANUP_FREE char *text = NULL;
	struct ph_receipt_error error = {.message = "out of memory"};

	int r = lay_out(preview, &text, &error);
	if (r < 0) {
		cJSON_Delete(preview->result);
		ph_call_fail(call, r == -E2BIG ? PH_E_TOO_LARGE : ph_error_from_errno(r),
			"$.document%s: %s", error.path[0] == '$' ? error.path + 1 : error.path,
			error.message);
		return;
	}
	cJSON_AddStringToObject(preview->result, "text", text);
	cJSON_AddNumberToObject(preview->result, "columns", preview->columns);
	ph_call_reply(call, preview->result);
}

/* ---- drawn ---- */

struct drawing {
	struct ph_call *call;
	struct ph_render_request *request;
	cJSON *result;
	const char *member;
};

/* Ends the drawing's part of the call; the caller answers it. */
static cJSON *finish(struct drawing *drawing)
{
	cJSON *result = drawing->result;

	drawing->call->cancel = NULL;
	if (drawing->call->client)
		drawing->call->client->previews--;
	free(drawing);
	return result;
}

static void cancel(struct ph_call *call)
{
	struct drawing *drawing = call->userdata;

	ph_render_forget(drawing->request);
	cJSON_Delete(finish(drawing));
	ph_call_fail(call, PH_E_CANCELLED, "the preview was cancelled");
}

/* Says why there is no picture. */
static void fail(struct ph_call *call, const struct ph_render_answer *answer)
{
	if (answer->outcome == PH_RENDER_REFUSED)
		ph_call_fail(call, answer->error, "%s", answer->why);
	else
		ph_call_fail(call, answer->outcome == PH_RENDER_DONE ? PH_E_FAILURE : answer->error,
			"no preview: %s", answer->why ? answer->why : "poshal-render sent none");
}

static void on_drawn(void *userdata, const struct ph_render_answer *answer)
{
	struct drawing *drawing = userdata;
	struct ph_call *call = drawing->call;
	const char *member = drawing->member;
	const char *drawn =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer->result, member));
	cJSON *result = finish(drawing);

	if (drawn && strlen(drawn) <= PH_PREVIEW_MAX) {
		cJSON_AddStringToObject(result, member, drawn);
		ph_call_reply(call, result);
		return;
	}
	cJSON_Delete(result);
	if (drawn)
		ph_call_fail(call, PH_E_TOO_LARGE, "the preview has %zu bytes, at most %d fit",
			strlen(drawn), PH_PREVIEW_MAX);
	else
		fail(call, answer);
}

static int write_params(const struct ph_preview *preview, struct ph_buf *params)
{
	PH_CLEANUP_FREE char *document = cJSON_PrintUnformatted(preview->document);

	if (!document)
		return -ENOMEM;
	ph_buf_add_str(params, "{\"document\":");
	ph_buf_add_str(params, document);
	ph_buf_printf(
		params, ",\"format\":\"%s\",\"columns\":%u", preview->format, preview->columns);
	if (preview->mark) {
		ph_buf_add_str(params, ",\"mark\":");
		ph_buf_add_json_str(params, preview->mark, strlen(preview->mark));
	}
	return ph_buf_add_char(params, '}');
}

static int submit(struct drawing *drawing, const struct ph_preview *preview)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	int r = write_params(preview, &params);
	if (r < 0)
		return r;
	struct ph_render_ask ask = {.lane = PH_RENDER_PREVIEWS,
		.method = "render.preview",
		.len = params.len,
		.done = on_drawn,
		.userdata = drawing};
	ask.params = ph_buf_steal(&params);
	return ph_render_submit(drawing->call->daemon->render, &ask, &drawing->request);
}

static void draw(struct ph_call *call, const struct ph_preview *preview)
{
	struct ph_client *client = call->client;
	struct drawing *drawing = NULL;
	int r = -ENOMEM;

	if (client->previews >= PH_PREVIEWS_PER_CLIENT) {
		cJSON_Delete(preview->result);
		ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%u previews are being drawn for %s",
			client->previews, client->label);
		return;
	}
	drawing = calloc(1, sizeof *drawing);
	if (drawing) {
		*drawing = (struct drawing){.call = call,
			.result = preview->result,
			.member = member_of(preview->format)};
		r = submit(drawing, preview);
	}
	if (r < 0) {
		free(drawing);
		cJSON_Delete(preview->result);
		ph_call_fail(call, r == -ENOBUFS ? PH_E_LIMIT_EXCEEDED : PH_E_FAILURE,
			"no preview: %s", ph_render_error(r));
		return;
	}
	client->previews++;
	call->userdata = drawing;
	call->cancel = cancel;
	cJSON_AddNumberToObject(drawing->result, "columns", preview->columns);
}

void ph_preview_answer(struct ph_call *call, const struct ph_preview *preview)
{
	if (!strcmp(preview->format, "text"))
		answer_text(call, preview);
	else
		draw(call, preview);
}
