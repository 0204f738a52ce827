// Writes and reads orders and drawings as JSON; what is ordered is the encoders' choice.
#include "protocols/receipt/raster_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static const char *const kinds[] = {
	[PH_ORDER_LINE] = "line",
	[PH_ORDER_IMAGE] = "image",
	[PH_ORDER_SYMBOL] = "symbol",
	[PH_ORDER_PAGE] = "page",
};

static const struct {
	uint16_t bit;
	const char *word;
} styles[] = {
	{PH_STYLE_BOLD, "bold"},
	{PH_STYLE_UNDERLINE, "underline"},
	{PH_STYLE_THICK, "thick"},
	{PH_STYLE_INVERT, "invert"},
	{PH_STYLE_ITALIC, "italic"},
	{PH_STYLE_STRIKE, "strike"},
	{PH_STYLE_RED, "red"},
	{PH_STYLE_FONT_B, "font_b"},
	{PH_STYLE_FONT_C, "font_c"},
	{PH_STYLE_ROTATE, "rotate"},
};

// --- writing orders ---------------------------------------------------------------------------

static bool add_number(cJSON *object, const char *name, double value)
{
	return cJSON_AddNumberToObject(object, name, value) != NULL;
}

static bool add_item(cJSON *array, cJSON *item)
{
	if (!item || !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

static bool add_style(cJSON *object, uint16_t style)
{
	cJSON *words = cJSON_AddArrayToObject(object, "style");
	const int size[] = {(int)ph_style_width(style), (int)ph_style_height(style)};

	if (!words)
		return false;
	for (size_t i = 0; i < PH_ARRAY_SIZE(styles); i++) {
		if (style & styles[i].bit && !add_item(words, cJSON_CreateString(styles[i].word)))
			return false;
	}
	if (!(style & PH_STYLE_SIZE_MASK))
		return true;
	cJSON *numbers = cJSON_CreateIntArray(size, 2);
	if (!numbers || !cJSON_AddItemToObject(object, "size", numbers)) {
		cJSON_Delete(numbers);
		return false;
	}
	return true;
}

static bool add_text(cJSON *object, const struct ph_run *run)
{
	char *text = malloc((size_t)run->len * run->repeat + 1);

	if (!text)
		return false;
	for (unsigned i = 0; i < run->repeat; i++)
		memcpy(text + (size_t)i * run->len, run->data, run->len);
	text[(size_t)run->len * run->repeat] = 0;
	const bool done = cJSON_AddStringToObject(object, "text", text) != NULL;
	free(text);
	return done;
}

static const char *const aligns[] = {"left", "center", "right"}; // by enum ph_align

static bool add_run(cJSON *runs, const struct ph_run *run, unsigned left)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *object = cJSON_CreateObject();

	if (!object || !add_number(object, "x", run->x > left ? run->x - left : 0) ||
		!add_number(object, "width", run->width) || !add_text(object, run) ||
		!add_style(object, run->style) || !add_number(object, "group", run->group))
		return false;
	if (run->align && !cJSON_AddStringToObject(object, "align", aligns[run->align]))
		return false;
	return add_item(runs, PH_STEAL(object));
}

static bool add_order(
	cJSON *array, const struct ph_display_list *list, const struct ph_raster_order *order)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *object = cJSON_CreateObject();
	const bool is_line = order->kind == PH_ORDER_LINE;

	if (!object || !cJSON_AddStringToObject(object, "kind", kinds[order->kind]) ||
		!add_number(object, "width", order->width))
		return false;
	if (is_line && !add_number(object, "height", order->height))
		return false;
	if (!is_line && !add_number(object, "node", PH_AT_NODE(order->at)))
		return false;
	if ((is_line || order->kind == PH_ORDER_PAGE) &&
		!add_number(object, "cell", list->media.cell[PH_FONT_A]))
		return false;
	if (is_line) {
		cJSON *runs = cJSON_AddArrayToObject(object, "runs");
		for (uint32_t i = 0; i < order->runs; i++) {
			if (!runs || !add_run(runs, &list->runs[order->first_run + i], order->x))
				return false;
		}
	}
	return add_item(array, PH_STEAL(object));
}

int ph_orders_to_json(const struct ph_display_list *list, const struct ph_raster_order *orders,
	uint32_t count, struct cJSON **ret_json)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *array = cJSON_CreateArray();

	if (!array)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		if (!add_order(array, list, &orders[i]))
			return -ENOMEM;
	}
	*ret_json = PH_STEAL(array);
	return 0;
}

// --- reading orders ---------------------------------------------------------------------------

static int read_number(const cJSON *object, const char *name, unsigned min, unsigned max,
	uint32_t *ret, const char **ret_member)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max) ||
		item->valuedouble != (uint32_t)item->valuedouble) {
		*ret_member = name;
		return -EINVAL;
	}
	*ret = (uint32_t)item->valuedouble;
	return 0;
}

static bool read_size(const cJSON *run, uint16_t *style)
{
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(run, "size");
	uint32_t value[2];

	if (!size)
		return true;
	if (!cJSON_IsArray(size) || cJSON_GetArraySize(size) != 2)
		return false;
	for (int i = 0; i < 2; i++) {
		const cJSON *item = cJSON_GetArrayItem(size, i);
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= 8))
			return false;
		value[i] = (uint32_t)item->valuedouble - 1;
	}
	*style |= (uint16_t)(value[0] << PH_STYLE_WIDTH_SHIFT | value[1] << PH_STYLE_HEIGHT_SHIFT);
	return true;
}

static bool read_style(const cJSON *run, uint16_t *style)
{
	const cJSON *words = cJSON_GetObjectItemCaseSensitive(run, "style"), *word;

	if (words && !cJSON_IsArray(words))
		return false;
	cJSON_ArrayForEach(word, words)
	{
		size_t i = 0;
		while (i < PH_ARRAY_SIZE(styles) && cJSON_IsString(word) &&
			strcmp(word->valuestring, styles[i].word) != 0)
			i++;
		if (i == PH_ARRAY_SIZE(styles) || !cJSON_IsString(word))
			return false;
		*style |= styles[i].bit;
	}
	return true;
}

static int read_run(const cJSON *json, struct ph_run *run, const char **ret_member)
{
	const cJSON *text = cJSON_GetObjectItemCaseSensitive(json, "text");
	uint32_t x, width, group = 0;

	int r = read_number(json, "x", 0, UINT16_MAX, &x, ret_member);
	if (r == 0)
		r = read_number(json, "width", 0, UINT16_MAX, &width, ret_member);
	if (r == 0 && cJSON_HasObjectItem(json, "group"))
		r = read_number(json, "group", 0, UINT16_MAX, &group, ret_member);
	if (r < 0)
		return r;
	*run = (struct ph_run){.at = PH_AT_NONE, .repeat = 1};
	run->x = (uint16_t)x;
	run->width = (uint16_t)width;
	run->group = (uint16_t)group;
	*ret_member = "text";
	if (!cJSON_IsString(text))
		return -EINVAL;
	const char *align = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "align"));
	for (unsigned i = 0; align && i < PH_ARRAY_SIZE(aligns); i++)
		run->align = strcmp(align, aligns[i]) ? run->align : (uint8_t)i;
	run->data = text->valuestring;
	run->len = (uint32_t)strlen(text->valuestring);
	*ret_member = "style";
	if (!read_style(json, &run->style))
		return -EINVAL;
	*ret_member = "size";
	return read_size(json, &run->style) ? 0 : -EINVAL;
}

static int read_runs(const cJSON *json, struct ph_order_read *read, const char **ret_member)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, "runs"), *item;
	const int count = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : -1;

	*ret_member = "runs";
	if (count < 0)
		return -EINVAL;
	if (count > PH_ORDER_RUNS_MAX)
		return -E2BIG;
	read->runs = calloc((size_t)count + 1, sizeof *read->runs);
	if (!read->runs)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array)
	{
		const int r = read_run(item, &read->runs[read->order.runs], ret_member);
		if (r < 0)
			return r;
		read->order.runs++;
	}
	return 0;
}

static int read_kind(const cJSON *json, enum ph_order_kind *ret_kind)
{
	const cJSON *kind = cJSON_GetObjectItemCaseSensitive(json, "kind");

	for (size_t i = 0; cJSON_IsString(kind) && i < PH_ARRAY_SIZE(kinds); i++) {
		if (strcmp(kind->valuestring, kinds[i]) == 0) {
			*ret_kind = (enum ph_order_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int read_order(const cJSON *json, struct ph_order_read *read, const char **ret_member)
{
	uint32_t width, height = 0, cell = 0, node;

	*ret_member = "kind";
	int r = read_kind(json, &read->order.kind);
	if (r < 0)
		return r;
	const bool is_line = read->order.kind == PH_ORDER_LINE;
	r = read_number(json, "width", 1, UINT16_MAX, &width, ret_member);
	if (r == 0 && is_line)
		r = read_number(json, "height", 1, PH_ORDER_HEIGHT_MAX, &height, ret_member);
	if (r == 0 && (is_line || read->order.kind == PH_ORDER_PAGE))
		r = read_number(json, "cell", 1, UINT8_MAX, &cell, ret_member);
	if (r < 0)
		return r;
	read->order.at = PH_AT_NONE;
	read->order.width = (uint16_t)width;
	read->order.height = (uint16_t)height;
	read->cell = (uint16_t)cell;
	if (is_line)
		return read_runs(json, read, ret_member);
	r = read_number(json, "node", 0, PH_RECEIPT_NODES_MAX, &node, ret_member);
	if (r == 0)
		read->order.at = PH_AT(node, 0);
	return r;
}

int ph_order_from_json(
	const struct cJSON *json, struct ph_order_read *ret_order, const char **ret_member)
{
	struct ph_order_read read = {0};
	const char *member = NULL;

	const int r = read_order(json, &read, &member);
	if (r < 0) {
		ph_order_read_done(&read);
		if (ret_member)
			*ret_member = member;
		return r;
	}
	*ret_order = read;
	return 0;
}

void ph_order_read_done(struct ph_order_read *order)
{
	free(order->runs);
	*order = (struct ph_order_read){0};
}

// --- drawings ---------------------------------------------------------------------------------

static size_t row_bytes(unsigned width)
{
	return (width + 7) / 8;
}

struct cJSON *ph_raster_to_json(const struct ph_raster *raster)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *object = cJSON_CreateObject();
	const size_t len = row_bytes(raster->width) * raster->height;

	if (!object)
		return NULL;
	if (!raster->bits) {
		const char *error = raster->error ? raster->error : "cannot be drawn";
		return cJSON_AddStringToObject(object, "error", error) ? PH_STEAL(object) : NULL;
	}
	char *text = malloc(PH_BASE64_SIZE(len));
	if (!text)
		return NULL;
	ph_base64_encode(raster->bits, len, text);
	const bool done = add_number(object, "width", raster->width) &&
			  add_number(object, "height", raster->height) &&
			  cJSON_AddStringToObject(object, "bits_b64", text);
	free(text);
	return done ? PH_STEAL(object) : NULL;
}

// The error of a row, or NULL where it is a drawing: then its size is in ret_raster.
static const char *check_row(const cJSON *row, struct ph_raster *ret_raster, const char **ret_bits)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(row, "error");
	const cJSON *bits = cJSON_GetObjectItemCaseSensitive(row, "bits_b64");
	uint32_t width, height;
	const char *member;

	if (cJSON_IsString(error))
		return error->valuestring;
	if (!cJSON_IsString(bits) ||
		read_number(row, "width", 1, UINT16_MAX, &width, &member) < 0 ||
		read_number(row, "height", 1, PH_ORDER_HEIGHT_MAX, &height, &member) < 0)
		return "this is no drawing";
	const size_t len = row_bytes(width) * height;
	if (strlen(bits->valuestring) != PH_BASE64_SIZE(len) - 1)
		return "a drawing of another size than it says";
	ret_raster->width = (uint16_t)width;
	ret_raster->height = (uint16_t)height;
	*ret_bits = bits->valuestring;
	return NULL;
}

static void clear_padding(uint8_t *bits, const struct ph_raster *raster)
{
	const size_t stride = row_bytes(raster->width);

	if (raster->width % 8 == 0)
		return;
	const uint8_t mask = (uint8_t)(0xff00u >> raster->width % 8);
	for (unsigned y = 0; y < raster->height; y++)
		bits[y * stride + stride - 1] &= mask;
}

// Decodes a row behind the `used` bytes of the set; returns the bytes it takes.
static size_t take_row(struct ph_raster_set *set, const cJSON *row, size_t used)
{
	struct ph_raster *raster = &set->items[set->rasters.count++];
	const char *text = NULL;

	raster->error = check_row(row, raster, &text);
	if (raster->error)
		return 0;
	const size_t len = row_bytes(raster->width) * raster->height, chars = strlen(text);
	if (len > PH_RASTER_BYTES_MAX - used)
		raster->error = "the drawings of this job are too large";
	else if (ph_base64_decode(text, chars, set->bits + used) != (ssize_t)len)
		raster->error = "a drawing that is no base64";
	if (raster->error) {
		raster->width = raster->height = 0;
		return 0;
	}
	clear_padding(set->bits + used, raster);
	raster->bits = set->bits + used;
	return len;
}

int ph_rasters_from_json(const struct cJSON *json, struct ph_raster_set *ret_set)
{
	struct ph_raster_set set = {0};
	size_t most = 0, used = 0;
	const cJSON *row;

	if (!cJSON_IsArray(json))
		return -EINVAL;
	if (cJSON_GetArraySize(json) > PH_ORDERS_MAX)
		return -E2BIG;
	cJSON_ArrayForEach(row, json)
	{
		const char *bits =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "bits_b64"));
		most += bits ? strlen(bits) / 4 * 3 : 0;
	}
	if (most > PH_RASTER_BYTES_MAX)
		most = PH_RASTER_BYTES_MAX;
	set.items = calloc((size_t)cJSON_GetArraySize(json) + 1, sizeof *set.items);
	set.bits = malloc(most + 1);
	if (!set.items || !set.bits) {
		ph_raster_set_done(&set);
		return -ENOMEM;
	}
	cJSON_ArrayForEach(row, json)
	{
		used += take_row(&set, row, used);
	}
	set.rasters.items = set.items;
	*ret_set = set;
	return 0;
}

void ph_raster_set_done(struct ph_raster_set *set)
{
	free(set->items);
	free(set->bits);
	*set = (struct ph_raster_set){0};
}
