// What the decoders share: a picture that is scaled row by row.
#ifndef PH_RENDER_IMAGE_PRIVATE_H
#define PH_RENDER_IMAGE_PRIVATE_H

#include "render/image.h"

// Takes rows from the top and writes the mean of the area that each pixel of `grey` covers, rounded to nearest.
struct ph_scaler {
	uint32_t from_width, from_height;
	struct ph_grey grey; // to
	uint32_t *line;	     // one row scaled across: sums of grey and pixels / to_width
	uint64_t *sum;
	uint32_t from_y, to_y;
	uint64_t filled; // rows of the present row of `grey`, times its height
};

// -E2BIG when a limit forbids it, -ENOMEM. `width` dots, the height as the picture's shape wants it.
int ph_scaler_init(struct ph_scaler *scaler, uint32_t from_width, uint32_t from_height,
	uint32_t to_width, uint32_t to_height);
void ph_scaler_done(struct ph_scaler *scaler); // accepts a zeroed struct; keeps grey
void ph_scaler_row(
	struct ph_scaler *scaler, const uint8_t *pixels); // more rows than there are, are ignored

// The height of a picture of that shape, at least 1; may be beyond all limits.
uint32_t ph_image_height(uint32_t from_width, uint32_t from_height, uint32_t width);

__attribute__((format(printf, 3, 4))) int ph_image_fail(
	struct ph_image_error *error, int err, const char *format, ...);

// 0 when a picture of these sides may be decoded.
int ph_image_check(uint32_t width, uint32_t height, struct ph_image_error *error);

int ph_png_decode(const uint8_t *data, size_t len, unsigned width, struct ph_scaler *scaler,
	struct ph_image_error *error);

// `ret_orientation` is 1 to 8 of the EXIF standard; the picture in `scaler` is not turned yet.
int ph_jpeg_decode(const uint8_t *data, size_t len, unsigned width, struct ph_scaler *scaler,
	unsigned *ret_orientation, struct ph_image_error *error);

#endif
