// render.rasters: the drawings that a driver ordered, one by one; a drawing that fails does not fail the others.
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocols/receipt/raster_json.h"
#include "render/canvas.h"
#include "render/document.h"
#include "render/image.h"
#include "render/limits.h"
#include "render/server.h"
#include "render/sheet.h"
#include "render/symbol.h"
#include "render/text.h"

#define SYMBOL_TEXT_CELL 12 // font A at 203 dpi

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

struct job {
	struct ph_server *server;
	struct ph_refusal *refusal;
	const struct ph_receipt *receipt; // NULL: no document was given
	size_t used;			  // bytes of drawings so far
};

struct drawing {
	struct ph_bitmap bitmap; // bits NULL: none
	struct ph_missing missing;
	unsigned shrunk; // dots of the modules of a symbol, where they were to be larger
	bool no_quiet;
	char error[192];
};

static int fail(struct drawing *drawing, int err, const char *text)
{
	snprintf(drawing->error, sizeof drawing->error, "%s", text);
	return err;
}

static int finish(
	struct ph_canvas *canvas, unsigned width, unsigned height, struct drawing *drawing)
{
	size_t size = 0;
	uint8_t *bits = NULL;

	const int r = ph_canvas_bits(canvas, &bits, &size);
	if (r < 0)
		return r;
	drawing->bitmap = (struct ph_bitmap){.width = (uint16_t)width,
		.height = (uint16_t)height,
		.stride = ph_bitmap_stride(width),
		.bits = bits};
	return 0;
}

static int draw_line(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	const struct ph_raster_order *order = &read->order;
	struct ph_canvas canvas;

	if (order->height > PH_DRAW_LINE_HEIGHT_MAX)
		return fail(drawing, -E2BIG, "too high for a line of text");
	int r = ph_canvas_dots(&canvas, &job->server->fonts, order->width, order->height);
	if (r < 0)
		return r;
	struct ph_text_line line = {.runs = read->runs,
		.count = order->runs,
		.height = order->height,
		.metrics = ph_text_metrics_of_cell(read->cell)};
	const double natural = ph_text_height(line.runs, line.count, &line.metrics);
	if (natural > order->height)
		line.metrics = ph_text_metrics_of_cell(read->cell * order->height / natural);
	r = ph_text_draw(&canvas, &line, &drawing->missing);
	if (r == 0)
		r = finish(&canvas, order->width, order->height, drawing);
	ph_canvas_done(&canvas);
	return r;
}

// The node of an order; NULL, with an error of the drawing, when the document has none there of that kind.
static const struct ph_receipt_node *find_node(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	const uint32_t index = PH_AT_NODE(read->order.at);

	if (job->receipt && index < job->receipt->node_count)
		return &job->receipt->nodes[index];
	fail(drawing, -EINVAL, "the document has no such node");
	return NULL;
}

// The document is to blame for the whole request: what it holds cannot be printed by any printer.
static int blame(const struct job *job, const struct ph_order_read *read, int err, const char *text)
{
	struct ph_receipt_error error;

	ph_receipt_path(job->receipt, read->order.at, error.path, sizeof error.path);
	snprintf(error.message, sizeof error.message, "%s", text);
	return ph_refuse_document(job->refusal, err, &error);
}

static int draw_image(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	const struct ph_receipt_node *node = find_node(job, read, drawing);
	struct ph_image_error error = {.text = ""};

	if (!node || node->kind != PH_NODE_IMAGE)
		return fail(drawing, -EINVAL, "the node is no image");
	const int r = ph_image_dots(node->image, read->order.width, &drawing->bitmap, &error);
	if (r < 0 && r != -ENOMEM)
		return blame(job, read, r, error.text);
	return r;
}

static int draw_symbol(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	const struct ph_receipt_node *node = find_node(job, read, drawing);
	const unsigned width = read->order.width;
	struct ph_symbol_error error = {.text = ""};
	struct ph_canvas canvas = {0};
	struct ph_symbol symbol;

	if (!node || !ph_symbol_is_one(node))
		return fail(drawing, -EINVAL, "the node is no symbol");
	int r = ph_symbol_init(&symbol, node, width, SYMBOL_TEXT_CELL, &error);
	if (r == -EINVAL || r == -ERANGE)
		return blame(job, read, r, error.text);
	if (r < 0)
		return fail(drawing, r, error.text);
	drawing->shrunk = symbol.shrunk ? symbol.module : 0;
	drawing->no_quiet = symbol.no_quiet;
	r = symbol.height <= PH_ORDER_HEIGHT_MAX
		    ? ph_canvas_dots(&canvas, &job->server->fonts, symbol.width, symbol.height)
		    : -E2BIG;
	if (r == 0)
		r = ph_symbol_draw(&symbol, &canvas, 0, 0);
	if (r == 0)
		r = finish(&canvas, symbol.width, symbol.height, drawing);
	ph_canvas_done(&canvas);
	ph_symbol_done(&symbol);
	return r;
}

// The items of a page node, from its beginning to its end.
static int find_page(const struct ph_display_list *list, const struct ph_receipt_node *node,
	uint32_t *ret_first, uint32_t *ret_end)
{
	uint32_t first = 0, end;

	while (first < list->item_count &&
		(list->items[first].kind != PH_ITEM_PAGE || list->items[first].area.node != node))
		first++;
	for (end = first; end < list->item_count; end++) {
		if (list->items[end].kind == PH_ITEM_PAGE_END)
			break;
	}
	if (end == list->item_count)
		return -EINVAL;
	*ret_first = first;
	*ret_end = end + 1;
	return 0;
}

static int draw_sheet(const struct job *job, const struct ph_display_list *list, uint32_t first,
	uint32_t end, struct drawing *drawing)
{
	const struct ph_sheet_options options = {.notes = false};
	struct ph_canvas canvas = {0};
	struct ph_sheet sheet;

	int r = ph_sheet_init(&sheet, list, &options, first, end, job->refusal);
	if (r < 0)
		return r;
	const unsigned width = list->media.width, height = (unsigned)sheet.height;
	r = height && height <= PH_ORDER_HEIGHT_MAX
		    ? ph_canvas_dots(&canvas, &job->server->fonts, width, height)
		    : fail(drawing, -E2BIG, "too high");
	if (r == 0)
		r = ph_sheet_draw(&sheet, &canvas, first, end, &drawing->missing);
	if (r == 0)
		r = finish(&canvas, width, height, drawing);
	ph_canvas_done(&canvas);
	ph_sheet_done(&sheet);
	return r;
}

static int draw_page(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	const struct ph_receipt_node *node = find_node(job, read, drawing);
	const struct ph_text_metrics cells = ph_text_metrics_of_cell(read->cell);
	struct ph_display_list list = {0};
	struct ph_receipt_error error = {0};
	struct ph_media media = {.width = read->order.width};
	uint32_t first = 0, end = 0;

	if (!node || node->kind != PH_NODE_PAGE)
		return fail(drawing, -EINVAL, "the node is no page");
	for (int i = 0; i < PH_FONT_COUNT; i++) {
		media.cell[i] = (uint8_t)lround(cells.cell[i]);
		media.height[i] = (uint8_t)fmin(255, round(cells.height[i]));
	}
	int r = ph_layout(job->receipt, &media, NULL, &list, &error);
	if (r < 0)
		r = ph_refuse_document(job->refusal, r, &error);
	else
		r = find_page(&list, node, &first, &end);
	if (r == 0)
		r = draw_sheet(job, &list, first, end, drawing);
	ph_display_list_done(&list);
	return r;
}

static int draw(const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	switch (read->order.kind) {
	case PH_ORDER_LINE:
		return draw_line(job, read, drawing);
	case PH_ORDER_IMAGE:
		return draw_image(job, read, drawing);
	case PH_ORDER_SYMBOL:
		return draw_symbol(job, read, drawing);
	case PH_ORDER_PAGE:
		return draw_page(job, read, drawing);
	}
	return fail(drawing, -EINVAL, "cannot be drawn");
}

static void write_notes(struct ph_buf *result, const struct drawing *drawing)
{
	const char *between = "";

	if (!drawing->shrunk && !drawing->no_quiet)
		return;
	ph_buf_add_str(result, ",\"notes\":[");
	if (drawing->shrunk) {
		ph_buf_printf(
			result, "\"modules shrunk to %u dots to fit the paper\"", drawing->shrunk);
		between = ",";
	}
	if (drawing->no_quiet)
		ph_buf_printf(result,
			"%s\"fits only without its quiet zone: the paper margin must do\"",
			between);
	ph_buf_add_char(result, ']');
}

static void write_drawing(struct ph_buf *result, const struct drawing *drawing)
{
	const struct ph_bitmap *bitmap = &drawing->bitmap;

	ph_buf_printf(result, "{\"width\":%u,\"height\":%u,\"bits_b64\":\"", bitmap->width,
		bitmap->height);
	ph_buf_add_base64(result, bitmap->bits, ph_bitmap_size(bitmap->width, bitmap->height));
	ph_buf_add_char(result, '"');
	for (unsigned i = 0; i < drawing->missing.count; i++)
		ph_buf_printf(result, "%s%u", i ? "," : ",\"missing\":[", drawing->missing.cps[i]);
	if (drawing->missing.count)
		ph_buf_add_char(result, ']');
	write_notes(result, drawing);
	ph_buf_add_char(result, '}');
}

static void write_failure(struct ph_buf *result, const struct drawing *drawing, int r)
{
	const char *text = *drawing->error ? drawing->error
			   : r == -EILSEQ  ? "the text is not UTF-8"
			   : r == -E2BIG   ? "too large"
			   : r == -ENOMEM  ? "out of memory"
					   : "cannot be drawn";

	ph_buf_add_str(result, "{\"error\":");
	ph_buf_add_json_str(result, text, strlen(text));
	ph_buf_add_char(result, '}');
}

static bool is_document(const cJSON *json)
{
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "kind"));

	return kind && strcmp(kind, "document") == 0;
}

static int serve_document(struct job *job, const cJSON *json, struct ph_buf *result)
{
	struct drawing drawing = {0};
	int r = job->receipt ? 0 : fail(&drawing, -EINVAL, "there is no document");

	if (r == 0)
		r = ph_document_draw(
			job->server, job->receipt, json, result, drawing.error, job->refusal);
	if (r < 0 && !*job->refusal->path)
		write_failure(result, &drawing, r);
	return *job->refusal->path ? -EINVAL : 0;
}

// The document's fault: what is not drawn would be missing on the paper, or come out as question marks.
static int too_much(
	const struct job *job, const struct ph_order_read *read, struct drawing *drawing)
{
	static const char text[] = "the drawings of this document are too large together";

	return job->receipt ? blame(job, read, -E2BIG, text) : fail(drawing, -E2BIG, text);
}

// One row of the result for one order. A negative errno, with the refusal, when the document is to blame.
static int serve_order(struct job *job, const cJSON *json, struct ph_buf *result)
{
	struct ph_order_read read = {0};
	struct drawing drawing = {0};
	const char *member = NULL;

	if (is_document(json))
		return serve_document(job, json, result);
	int r = ph_order_from_json(json, &read, &member);
	if (r < 0) {
		snprintf(drawing.error, sizeof drawing.error, "this is no order: %s",
			member ? member : "out of memory");
	} else {
		r = draw(job, &read, &drawing);
	}
	if (r == 0) {
		const struct ph_bitmap *bitmap = &drawing.bitmap;
		job->used += ph_bitmap_size(bitmap->width, bitmap->height);
		if (job->used > PH_RASTER_BYTES_MAX)
			r = too_much(job, &read, &drawing);
	}
	if (r == 0)
		write_drawing(result, &drawing);
	else
		write_failure(result, &drawing, r);
	free(drawing.bitmap.bits);
	ph_order_read_done(&read);
	return *job->refusal->path ? -EINVAL : 0;
}

int ph_method_rasters(struct ph_server *server, const cJSON *params, struct ph_buf *result,
	struct ph_refusal *refusal)
{
	static const char *const names[] = {"document", "orders", NULL};
	const cJSON *document = cJSON_GetObjectItemCaseSensitive(params, "document");
	const cJSON *orders = cJSON_GetObjectItemCaseSensitive(params, "orders");
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {0};
	struct job job = {.server = server, .refusal = refusal};
	const cJSON *order;

	int r = ph_check_members(params, names, refusal);
	if (r < 0)
		return r;
	if (!cJSON_IsArray(orders) || cJSON_GetArraySize(orders) > PH_ORDERS_MAX)
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.orders",
			"must be an array of at most %d orders", PH_ORDERS_MAX);
	if (document) {
		r = ph_receipt_parse(document, &receipt, &error);
		if (r < 0)
			return ph_refuse_document(refusal, r, &error);
	}
	r = ph_server_fonts(server, refusal);
	if (r < 0)
		return r;
	job.receipt = receipt;
	ph_buf_add_str(result, "{\"rasters\":[");
	cJSON_ArrayForEach(order, orders)
	{
		if (order != orders->child)
			ph_buf_add_char(result, ',');
		r = serve_order(&job, order, result);
		if (r < 0)
			return r;
	}
	return ph_buf_add_str(result, "]}");
}
