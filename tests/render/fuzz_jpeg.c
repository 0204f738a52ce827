// Any bytes as a JPEG file; the first byte is the width that is asked for.
#include <stdlib.h>

#include "render/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ph_image_error error;
	struct ph_grey grey;

	if (size < 1)
		return 0;
	if (ph_image_decode(data + 1, size - 1, PH_IMAGE_JPEG, data[0] + 1u, &grey, &error) == 0)
		free(grey.pixels);
	return 0;
}
