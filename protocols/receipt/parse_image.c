// Reads images: where and how they are printed, and of the file itself the header only.
#include <errno.h>
#include <string.h>

#include "protocols/receipt/image_size.h"
#include "protocols/receipt/parse.h"

int ph_parse_image_file(struct ph_parse *parse, const cJSON *value, struct ph_receipt_image *image)
{
	const char *why = "";

	if (parse->images == PH_RECEIPT_IMAGES_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d images", PH_RECEIPT_IMAGES_MAX);
	int r = ph_parse_base64(
		parse, value, PH_RECEIPT_IMAGE_MAX, &parse->image_bytes, &image->data, &image->len);
	if (r < 0)
		return r;
	r = ph_image_size(image->data, image->len, &image->format, &image->pixel_width,
		&image->pixel_height, &why);
	if (r < 0)
		return ph_parse_fail(parse, r, "%s", why);
	if ((uint64_t)image->pixel_width * image->pixel_height > PH_RECEIPT_PIXELS_MAX)
		return ph_parse_fail(parse, -E2BIG, "%u x %u pixels, at most %d are possible",
			image->pixel_width, image->pixel_height, PH_RECEIPT_PIXELS_MAX);
	parse->images++;
	return 0;
}

// "fs" is short for "floyd_steinberg".
static int read_dither(struct ph_parse *parse, const cJSON *value, enum ph_dither *ret)
{
	static const char *const names[] = {[PH_DITHER_AUTO] = "auto",
		[PH_DITHER_THRESHOLD] = "threshold",
		[PH_DITHER_FLOYD_STEINBERG] = "floyd_steinberg",
		[PH_DITHER_ATKINSON] = "atkinson",
		[PH_DITHER_BAYER] = "bayer",
		[PH_DITHER_BAYER + 1] = "fs",
		NULL};
	unsigned choice = PH_DITHER_AUTO;
	const int r = ph_parse_member_choice(parse, "dither", value, names, &choice);

	*ret = choice > PH_DITHER_BAYER ? PH_DITHER_FLOYD_STEINBERG : (enum ph_dither)choice;
	return r;
}

int ph_parse_image(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	enum { DATA, WIDTH, ALIGN, DITHER, THRESHOLD, STORE, COUNT };
	static const char *const names[COUNT] = {
		"data_b64", "width", "align", "dither", "threshold", "store"};
	const cJSON *found[COUNT];
	struct ph_receipt_image image = PH_PARSE_IMAGE_DEFAULT;
	int threshold = image.threshold;

	int r = ph_parse_members(parse, value, names, COUNT, found);
	if (r == 0 && !found[DATA])
		return ph_parse_missing(parse, "data_b64");
	if (r == 0)
		r = ph_parse_member_width(
			parse, "width", found[WIDTH], false, &image.width_kind, &image.width);
	if (r == 0)
		r = ph_parse_inner_align(parse, found[ALIGN], attrs, node);
	if (r == 0)
		r = read_dither(parse, found[DITHER], &image.dither);
	if (r == 0)
		r = ph_parse_member_integer(
			parse, "threshold", found[THRESHOLD], 1, 255, &threshold);
	if (r == 0)
		r = ph_parse_member_bool(parse, "store", found[STORE], &image.store);
	if (r < 0)
		return r;
	image.threshold = (uint8_t)threshold;
	const size_t mark = ph_parse_push(parse, "data_b64");
	r = ph_parse_image_file(parse, found[DATA], &image);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	struct ph_receipt_image *kept = ph_parse_alloc(parse, 1, sizeof *kept);
	if (!kept)
		return ph_parse_no_memory(parse);
	*kept = image;
	node->image = kept;
	return 0;
}
