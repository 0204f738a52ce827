// Reads an order for a whole document and decides how large a receipt is on the paper it names; pages are output.c's.
#include "render/document.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/limits.h"
#include "render/output.h"

#define COLUMNS_MIN 8
#define COLUMNS_MAX 255
#define SIDE_MAX    14400.0 // points
#define DPI_MIN	    50
#define DPI_MAX	    1200

// How much larger than on a receipt printer text may become on wide paper: font A then is as large as on a letter.
#define GROW_MAX 1.6

struct order {
	bool pwg;
	unsigned dpi, columns;
	const char *mark;
	struct ph_paper paper;
};

static int fail(char error[192], int err, const char *text)
{
	snprintf(error, 192, "%s", text);
	return err;
}

static bool read_number(const cJSON *item, double low, double high, double *ret)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
		return false;
	*ret = item->valuedouble;
	return true;
}

static bool read_member(const cJSON *json, const char *name, double low, double high, double *ret)
{
	return read_number(cJSON_GetObjectItemCaseSensitive(json, name), low, high, ret);
}

static bool read_margins(const cJSON *json, struct ph_paper *paper)
{
	double *const margins[] = {&paper->left, &paper->top, &paper->right, &paper->bottom};
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, "margins_pt");

	if (!array)
		return true;
	for (int i = 0; i < 4; i++) {
		if (!read_number(cJSON_GetArrayItem(array, i), 0, SIDE_MAX, margins[i]))
			return false;
	}
	return cJSON_GetArraySize(array) == 4;
}

static int read_order(const cJSON *json, struct order *order, char error[192])
{
	const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "format"));
	const cJSON *mark = cJSON_GetObjectItemCaseSensitive(json, "mark");
	double dpi = PH_UNITS_OF_INCH, columns;

	*order = (struct order){.mark = cJSON_GetStringValue(mark)};
	order->pwg = format && strcmp(format, "pwg") == 0;
	if (!format || (!order->pwg && strcmp(format, "pdf") != 0))
		return fail(error, -EINVAL, "this is no order: format");
	if (!read_member(json, "width_pt", 1, SIDE_MAX, &order->paper.width) ||
		!read_member(json, "height_pt", 0, SIDE_MAX, &order->paper.height))
		return fail(error, -EINVAL, "this is no order: width_pt, height_pt");
	if (!read_margins(json, &order->paper))
		return fail(error, -EINVAL, "this is no order: margins_pt");
	if (!read_member(json, "columns", COLUMNS_MIN, COLUMNS_MAX, &columns))
		return fail(error, -EINVAL, "this is no order: columns");
	if (cJSON_HasObjectItem(json, "dpi") && !read_member(json, "dpi", DPI_MIN, DPI_MAX, &dpi))
		return fail(error, -EINVAL, "this is no order: dpi");
	order->dpi = (unsigned)dpi;
	order->columns = (unsigned)columns;
	return 0;
}

// The whole width on a roll; on a sheet of paper at most as large as text is there.
static int set_scale(struct order *order, const struct ph_media *media, char error[192])
{
	struct ph_paper *paper = &order->paper;
	const double most = GROW_MAX * PH_POINTS / PH_UNITS_OF_INCH;
	const double room = paper->width - paper->left - paper->right;

	if (room < 1 || (paper->height > 0 && paper->height - paper->top - paper->bottom < 1))
		return fail(error, -EINVAL, "the margins leave no room");
	paper->scale = room / media->width;
	if (paper->height > 0 && paper->scale > most)
		paper->scale = most;
	return 0;
}

static void write_row(
	struct ph_buf *result, const struct ph_output *output, const struct ph_buf *data)
{
	const struct ph_missing *missing = &output->missing;

	ph_buf_add_str(result, "{\"data_b64\":\"");
	ph_buf_add_base64(result, data->data, data->len);
	ph_buf_printf(result, "\",\"pages\":%u,\"height_pt\":%.2f", output->pages, output->height);
	for (unsigned i = 0; i < missing->count; i++)
		ph_buf_printf(result, "%s%u", i ? "," : ",\"missing\":[", missing->cps[i]);
	ph_buf_add_str(result, missing->count ? "]}" : "}");
}

static int draw(const struct order *order, const struct ph_fonts *fonts,
	const struct ph_sheet *sheet, struct ph_buf *result, char error[192])
{
	PH_CLEANUP(ph_buf_done) struct ph_buf data = {.max = PH_DRAW_ANSWER_MAX};
	struct ph_output output = {.sheet = sheet, .fonts = fonts, .paper = order->paper};

	const int r = order->pwg ? ph_output_pwg(&output, order->dpi, &data)
				 : ph_output_pdf(&output, &data);
	if (r == -E2BIG)
		return fail(error, r, "the document is too large for this format");
	if (r < 0)
		return fail(error, r, "cannot be drawn");
	if (data.len / 3 * 4 + result->len + 256 > PH_DRAW_ANSWER_MAX)
		return fail(error, -E2BIG, "the document is too large for this format");
	write_row(result, &output, &data);
	return 0;
}

int ph_document_draw(struct ph_server *server, const struct ph_receipt *receipt,
	const struct cJSON *json, struct ph_buf *result, char error[192],
	struct ph_refusal *refusal)
{
	const struct ph_sheet_options options = {.grey = true};
	struct ph_receipt_error layout_error = {0};
	struct ph_display_list list = {0};
	struct ph_sheet sheet = {0};
	struct order order;

	int r = read_order(json, &order, error);
	if (r < 0)
		return r;
	if (receipt->pdf)
		return fail(error, -EINVAL, "the document is a PDF already");
	const struct ph_media media = ph_media_of_columns(order.columns);
	r = set_scale(&order, &media, error);
	if (r < 0)
		return r;
	const struct ph_layout_options layout = {.mark = order.mark};
	r = ph_layout(receipt, &media, &layout, &list, &layout_error);
	if (r < 0)
		r = ph_refuse_document(refusal, r, &layout_error);
	if (r == 0)
		r = ph_sheet_init(&sheet, &list, &options, 0, list.item_count, refusal);
	if (r == 0) {
		r = draw(&order, &server->fonts, &sheet, result, error);
		ph_sheet_done(&sheet);
	}
	ph_display_list_done(&list);
	return r;
}
