// render.preview: what a document looks like on paper of a given width, as a picture, a page or text.
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/limits.h"
#include "render/output.h"

#define COLUMNS_MIN	8
#define COLUMNS_MAX	255
#define COLUMNS_DEFAULT 48
#define DPI_MIN		50
#define DPI_MAX		1200
#define MARGIN_CELLS	2 // white on each side, in font A cells

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

enum format { FORMAT_PNG, FORMAT_SVG, FORMAT_PDF, FORMAT_TEXT, FORMAT_HTML, FORMAT_COUNT };

struct request {
	enum format format;
	struct ph_media media;
	unsigned dpi;
	const char *mark;
};

static const char *const format_names[FORMAT_COUNT] = {"png", "svg", "pdf", "text", "html"};

static int read_number(
	const cJSON *object, const char *name, unsigned low, unsigned high, unsigned *ret)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high) ||
		item->valuedouble != floor(item->valuedouble))
		return -EINVAL;
	*ret = (unsigned)item->valuedouble;
	return 0;
}

static int read_cells(const cJSON *array, uint8_t *cells)
{
	const cJSON *item;
	int i = 0;

	if (!array)
		return 0;
	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) != PH_FONT_COUNT)
		return -EINVAL;
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= 4 && item->valuedouble <= 255))
			return -EINVAL;
		cells[i++] = (uint8_t)item->valuedouble;
	}
	return 0;
}

static int read_media(const cJSON *params, struct ph_media *media, struct ph_refusal *refusal)
{
	static const char *const names[] = {"width", "cell", "height", NULL};
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(params, "media");
	unsigned columns = COLUMNS_DEFAULT, width;

	if (read_number(params, "columns", COLUMNS_MIN, COLUMNS_MAX, &columns) < 0)
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.columns",
			"must be a whole number from %d to %d", COLUMNS_MIN, COLUMNS_MAX);
	*media = ph_media_of_columns(columns);
	if (!object)
		return 0;
	if (!cJSON_IsObject(object) || cJSON_GetObjectItemCaseSensitive(params, "columns"))
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.media",
			"must be an object, and stands for columns");
	int r = ph_check_members(object, names, refusal);
	width = media->width;
	if (r == 0 && (read_number(object, "width", 1, PH_DRAW_WIDTH_MAX, &width) < 0 ||
			      read_cells(cJSON_GetObjectItemCaseSensitive(object, "cell"),
				      media->cell) < 0 ||
			      read_cells(cJSON_GetObjectItemCaseSensitive(object, "height"),
				      media->height) < 0))
		r = ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.media",
			"width is a number of dots, cell and height are three numbers");
	media->width = (uint16_t)width;
	return r;
}

static int read_request(const cJSON *params, struct request *request, struct ph_refusal *refusal)
{
	static const char *const names[] = {
		"document", "format", "columns", "media", "dpi", "mark", NULL};
	const char *format =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "format"));
	const cJSON *mark = cJSON_GetObjectItemCaseSensitive(params, "mark");
	int i = 0;

	int r = ph_check_members(params, names, refusal);
	if (r < 0)
		return r;
	while (i < FORMAT_COUNT && (!format || strcmp(format, format_names[i]) != 0))
		i++;
	if (i == FORMAT_COUNT)
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.format",
			"must be one of: png, svg, pdf, text, html");
	request->format = (enum format)i;
	request->dpi = PH_UNITS_OF_INCH;
	if (read_number(params, "dpi", DPI_MIN, DPI_MAX, &request->dpi) < 0)
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.dpi",
			"must be a whole number from %d to %d", DPI_MIN, DPI_MAX);
	if (mark && !cJSON_IsString(mark))
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.mark", "must be a string");
	request->mark = mark ? mark->valuestring : NULL;
	return read_media(params, &request->media, refusal);
}

// --- answers ----------------------------------------------------------------------------------

static unsigned columns_of(const struct ph_display_list *list)
{
	const unsigned cell = list->media.cell[PH_FONT_A];

	return cell ? list->media.width / cell : 0;
}

static int write_text(
	const struct ph_display_list *list, struct ph_buf *result, struct ph_refusal *refusal)
{
	PH_CLEANUP_FREE char *text = NULL;
	unsigned lines = 0;

	if (ph_display_list_text(list, &text) < 0)
		return ph_refuse(refusal, -ENOMEM, PH_E_FAILURE, "", "out of memory");
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	ph_buf_add_str(result, "{\"text\":");
	ph_buf_add_json_str(result, text, strlen(text));
	return ph_buf_printf(result, ",\"width\":%u,\"height\":%u}", columns_of(list), lines);
}

static int draw(struct ph_output *output, const struct request *request, struct ph_buf *data)
{
	switch (request->format) {
	case FORMAT_PNG:
		return ph_output_png(output, request->dpi, data);
	case FORMAT_SVG:
		return ph_output_svg(output, data);
	case FORMAT_PDF:
		return ph_output_pdf(output, data);
	case FORMAT_TEXT:
	case FORMAT_HTML:
	case FORMAT_COUNT:
		break;
	}
	return -EINVAL;
}

static void write_missing(struct ph_buf *result, const struct ph_missing *missing)
{
	for (unsigned i = 0; i < missing->count; i++)
		ph_buf_printf(result, "%s%u", i ? "," : ",\"missing\":[", missing->cps[i]);
	if (missing->count)
		ph_buf_add_char(result, ']');
}

static int write_drawing(struct ph_output *output, const struct request *request,
	struct ph_buf *result, struct ph_refusal *refusal)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf data = {.max = PH_DRAW_ANSWER_MAX};

	const int r = draw(output, request, &data);
	if (r == -E2BIG)
		return ph_refuse(refusal, r, PH_E_TOO_LARGE, "$.document",
			"the paper is too long for this format");
	if (r < 0)
		return ph_refuse(refusal, r, PH_E_FAILURE, "", "cannot be drawn: %s", strerror(-r));
	if (request->format == FORMAT_SVG) {
		ph_buf_printf(result, "{\"%s\":", format_names[request->format]);
		ph_buf_add_json_str(result, data.data, data.len);
	} else {
		ph_buf_printf(result, "{\"%s_b64\":\"", format_names[request->format]);
		ph_buf_add_base64(result, data.data, data.len);
		ph_buf_add_char(result, '"');
	}
	ph_buf_printf(result, ",\"width\":%ld,\"height\":%ld", lround(output->width),
		lround(output->height));
	write_missing(result, &output->missing);
	return ph_buf_add_char(result, '}');
}

static int preview_drawing(struct ph_server *server, const struct ph_display_list *list,
	const struct request *request, struct ph_buf *result, struct ph_refusal *refusal)
{
	const struct ph_sheet_options options = {.notes = true};
	const double margin = MARGIN_CELLS * (double)list->media.cell[PH_FONT_A];
	struct ph_sheet sheet;

	int r = ph_server_fonts(server, refusal);
	if (r == 0)
		r = ph_sheet_init(&sheet, list, &options, 0, list->item_count, refusal);
	if (r < 0)
		return r;
	// a dot of a PNG is a unit at any resolution that is not asked for
	const double scale = request->format == FORMAT_PNG ? (double)PH_POINTS / PH_UNITS_OF_INCH
							   : (double)PH_POINTS / request->dpi;
	struct ph_output output = {
		.sheet = &sheet,
		.fonts = &server->fonts,
		.paper = {.width = (list->media.width + 2 * margin) * scale,
			.left = margin * scale,
			.top = margin * scale,
			.right = margin * scale,
			.bottom = margin * scale,
			.scale = scale},
	};
	r = write_drawing(&output, request, result, refusal);
	ph_sheet_done(&sheet);
	return r;
}

// --- HTML -------------------------------------------------------------------------------------

struct html {
	struct ph_server *server;
	const struct ph_sheet *sheet;
	struct ph_refusal *refusal;
};

// An item as an image of its own, so that the names inside of one SVG do not meet those of another.
static int draw_item(void *context, uint32_t item, char **ret_markup)
{
	const struct html *html = context;
	const struct ph_sheet_options options = {.notes = true};
	struct ph_display_list alone = *html->sheet->list;
	PH_CLEANUP(ph_buf_done) struct ph_buf svg = {.max = PH_DRAW_ANSWER_MAX};
	PH_CLEANUP(ph_buf_done) struct ph_buf markup = {.max = PH_DRAW_ANSWER_MAX};
	struct ph_sheet sheet;

	alone.item_count = ph_sheet_block_end(html->sheet, item) - item;
	alone.items += item;
	int r = ph_sheet_init(&sheet, &alone, &options, 0, alone.item_count, html->refusal);
	if (r < 0)
		return r;
	const double scale = (double)PH_POINTS / PH_UNITS_OF_INCH;
	struct ph_output output = {.sheet = &sheet,
		.fonts = &html->server->fonts,
		.paper = {.width = alone.media.width * scale, .scale = scale}};
	r = ph_output_svg(&output, &svg);
	ph_sheet_done(&sheet);
	if (r < 0)
		return r;
	ph_buf_add_str(&markup, "<img alt=\"\" src=\"data:image/svg+xml;base64,");
	ph_buf_add_base64(&markup, svg.data, svg.len);
	r = ph_buf_add_str(&markup, "\">");
	if (r < 0)
		return r;
	*ret_markup = strndup(markup.data, markup.len);
	return *ret_markup ? 0 : -ENOMEM;
}

static int write_html(struct ph_server *server, const struct ph_display_list *list,
	struct ph_buf *result, struct ph_refusal *refusal)
{
	const struct ph_sheet_options notes = {.notes = true};
	struct ph_sheet sheet;

	// the whole document, so that what cannot be drawn is refused as in every format
	int r = ph_server_fonts(server, refusal);
	if (r == 0)
		r = ph_sheet_init(&sheet, list, &notes, 0, list->item_count, refusal);
	if (r < 0)
		return r;
	struct html html = {.server = server, .sheet = &sheet, .refusal = refusal};
	const struct ph_html_options options = {.draw = draw_item, .context = &html};
	PH_CLEANUP_FREE char *page = NULL;
	r = ph_display_list_html(list, &options, &page);
	const double height = sheet.height;
	ph_sheet_done(&sheet);
	if (r < 0)
		return ph_refuse(refusal, r, PH_E_FAILURE, "", "out of memory");
	if (strlen(page) > PH_DRAW_ANSWER_MAX)
		return ph_refuse(refusal, -E2BIG, PH_E_TOO_LARGE, "$.document",
			"the paper is too long for this format");
	ph_buf_add_str(result, "{\"html\":");
	ph_buf_add_json_str(result, page, strlen(page));
	return ph_buf_printf(
		result, ",\"width\":%u,\"height\":%ld}", list->media.width, lround(height));
}

int ph_method_preview(struct ph_server *server, const cJSON *params, struct ph_buf *result,
	struct ph_refusal *refusal)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	const cJSON *document = cJSON_GetObjectItemCaseSensitive(params, "document");
	struct ph_receipt_error error = {0};
	struct ph_display_list list = {0};
	struct request request;

	int r = read_request(params, &request, refusal);
	if (r < 0)
		return r;
	if (!document)
		return ph_refuse(
			refusal, -EINVAL, PH_E_ILLEGAL, "$.document", "the member is missing");
	const struct ph_layout_options options = {
		.mark = request.mark, .no_effects = request.mark != NULL};
	r = ph_receipt_parse(document, &receipt, &error);
	if (r == 0 && receipt->pdf)
		return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, "$.document.pdf_b64",
			"is a preview already");
	if (r == 0)
		r = ph_layout(receipt, &request.media, &options, &list, &error);
	if (r < 0)
		r = ph_refuse_document(refusal, r, &error);
	else if (request.format == FORMAT_TEXT)
		r = write_text(&list, result, refusal);
	else if (request.format == FORMAT_HTML)
		r = write_html(server, &list, result, refusal);
	else
		r = preview_drawing(server, &list, &request, result, refusal);
	ph_display_list_done(&list);
	return r;
}
