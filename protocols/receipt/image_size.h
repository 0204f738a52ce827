// What the header of an image file says.
#ifndef PH_PROTOCOLS_RECEIPT_IMAGE_SIZE_H
#define PH_PROTOCOLS_RECEIPT_IMAGE_SIZE_H

#include "protocols/receipt/receipt.h"

// Format and size of a PNG or JPEG by its header; the picture is not decoded. -EINVAL, with one
// sentence in ret_why, for another format and for a header that is broken or cut.
// Source: PNG (ISO/IEC 15948) 5.2, 11.2.2; JPEG (ITU-T T.81) B.1.1, B.2.2.
int ph_image_size(const uint8_t *data, size_t len, enum ph_image_format *ret_format,
	uint32_t *ret_width, uint32_t *ret_height, const char **ret_why);

#endif
