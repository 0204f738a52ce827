// Decodes PNG and JPEG files into grey pictures of the size that is asked for.
//
// Files are foreign: sizes are checked by the header before anything is decoded, rows are scaled as they come, and what a
// library reports as broken is an error, never half a picture.
#ifndef PH_RENDER_IMAGE_H
#define PH_RENDER_IMAGE_H

#include "protocols/receipt/receipt.h"
#include "render/canvas.h"

struct ph_image_error {
	char text[192]; // a sentence without the place
};

// Makes a picture of `width` dots; the height follows from the picture and the orientation that a JPEG file says it has.
// Transparent pixels are white. -EBADMSG: the file is broken; -E2BIG: a limit; -ENOMEM. The pixels are freed with free().
int ph_image_decode(const uint8_t *data, size_t len, enum ph_image_format format, unsigned width,
	struct ph_grey *ret_grey, struct ph_image_error *ret_error);

// The same as dots, by the wishes of the node.
int ph_image_dots(const struct ph_receipt_image *image, unsigned width,
	struct ph_bitmap *ret_bitmap, struct ph_image_error *ret_error);

#endif
