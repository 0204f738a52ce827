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

/* What the renderer is asked for, and the members of its answer and ours. */
struct form {
	const char *format, *drawn_as, *drawn, *member;
};

static const struct form forms[] = {
	{"png", "png", "png_b64", "png_b64"},
	{"svg", "svg", "svg", "svg"},
	{"pdf", "pdf", "pdf_b64", "pdf_b64"},
	{"html", "svg", "svg", "html"},
};

static const struct form *form_of(const char *format)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(forms) - 1 && strcmp(forms[i].format, format) != 0)
		i++;
	return &forms[i];
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

/* The text, or NULL with the call answered. */
static char *text_of(struct ph_call *call, const struct ph_preview *preview)
{
	struct ph_receipt_error error = {.message = "out of memory"};
	char *text = NULL;

	int r = lay_out(preview, &text, &error);
	if (r >= 0)
		return text;
	cJSON_Delete(preview->result);
	ph_call_fail(call, r == -E2BIG ? PH_E_TOO_LARGE : ph_error_from_errno(r),
		"$.document%s: %s", error.path[0] == '$' ? error.path + 1 : error.path,
		error.message);
	return NULL;
}

static void answer_text(struct ph_call *call, const struct ph_preview *preview)
{
	PH_CLEANUP_FREE char *text = text_of(call, preview);

	if (!text)
		return;
	cJSON_AddStringToObject(preview->result, "text", text);
	cJSON_AddNumberToObject(preview->result, "columns", preview->columns);
	ph_call_reply(call, preview->result);
}

/* ---- as a page ---- */

static void add_escaped(struct ph_buf *html, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			ph_buf_add_str(html, "&lt;");
		else if (*text == '&')
			ph_buf_add_str(html, "&amp;");
		else
			ph_buf_add_char(html, *text);
	}
}

/*
 * The picture for the eye and the text for search, copying and screen readers. What has drawn it decodes foreign images, so
 * that the page forbids itself to run or load anything.
 */
static char *page_of(const char *svg, const char *text)
{
	struct ph_buf html = PH_BUF_INIT;
	const char *picture = strstr(svg, "<svg"); /* behind the XML declaration */

	ph_buf_add_str(&html,
		"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; img-src data:\">\n<title>Receipt</title>\n<style>"
		"body{margin:1em;text-align:center;background:#ddd}"
		"svg{max-width:100%;height:auto;background:#fff}"
		"pre{position:absolute;left:-9999em}</style></head>\n<body>\n");
	ph_buf_add_str(&html, picture ? picture : "");
	ph_buf_add_str(&html, "\n<pre>\n");
	add_escaped(&html, text);
	ph_buf_add_str(&html, "</pre>\n</body></html>\n");
	char *page = ph_buf_steal(&html);
	ph_buf_done(&html);
	return page;
}

/* ---- drawn ---- */

struct drawing {
	struct ph_call *call;
	struct ph_render_request *request;
	cJSON *result;
	const struct form *form;
	char *text; /* of a page */
};

static void drawing_free(struct drawing *drawing)
{
	if (drawing)
		free(drawing->text);
	free(drawing);
}

/* Ends the drawing's part of the call; the caller answers it. */
static cJSON *finish(struct drawing *drawing)
{
	cJSON *result = drawing->result;

	drawing->call->cancel = NULL;
	if (drawing->call->client)
		drawing->call->client->previews--;
	drawing_free(drawing);
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
	const struct form *form = drawing->form;
	const char *drawn =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer->result, form->drawn));
	PH_CLEANUP_FREE char *page = drawn && drawing->text ? page_of(drawn, drawing->text) : NULL;

	if (drawing->text)
		drawn = page;
	cJSON *result = finish(drawing);
	if (drawn && strlen(drawn) <= PH_PREVIEW_MAX) {
		cJSON_AddStringToObject(result, form->member, drawn);
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
	ph_buf_printf(params, ",\"format\":\"%s\",\"columns\":%u",
		form_of(preview->format)->drawn_as, preview->columns);
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

/* Takes over `text`. */
static struct drawing *new_drawing(
	struct ph_call *call, const struct ph_preview *preview, char *text)
{
	struct drawing *drawing = calloc(1, sizeof *drawing);

	if (!drawing) {
		free(text);
		return NULL;
	}
	*drawing = (struct drawing){.call = call,
		.result = preview->result,
		.form = form_of(preview->format),
		.text = text};
	return drawing;
}

static void draw(struct ph_call *call, const struct ph_preview *preview)
{
	struct ph_client *client = call->client;
	char *text = NULL;

	if (client->previews >= PH_PREVIEWS_PER_CLIENT) {
		cJSON_Delete(preview->result);
		ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%u previews are being drawn for %s",
			client->previews, client->label);
		return;
	}
	if (!strcmp(preview->format, "html")) {
		text = text_of(call, preview);
		if (!text)
			return;
	}
	struct drawing *drawing = new_drawing(call, preview, text);
	int r = drawing ? submit(drawing, preview) : -ENOMEM;
	if (r < 0) {
		drawing_free(drawing);
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
