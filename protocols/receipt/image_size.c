// Finds the size of PNG and JPEG files in their headers; decoding is the renderer's.
#include "protocols/receipt/image_size.h"

#include <errno.h>
#include <string.h>

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t crc32_of(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

// Bit depths that a colour type may have, as a set of bits (PNG, table 11.1).
static bool png_depth_fits(unsigned type, unsigned depth)
{
	static const uint32_t depths[] = {
		[0] = 0x10116, [2] = 0x10100, [3] = 0x116, [4] = 0x10100, [6] = 0x10100};

	return type < sizeof depths / sizeof depths[0] && depth <= 16 && depths[type] >> depth & 1;
}

// `data` begins with the signature. The first chunk is IHDR of 13 bytes.
static int png_size(const uint8_t *data, size_t len, uint32_t *ret_width, uint32_t *ret_height)
{
	if (len < 33 || be32(data + 8) != 13 || memcmp(data + 12, "IHDR", 4) != 0)
		return -EINVAL;
	if (crc32_of(data + 12, 17) != be32(data + 29) || !png_depth_fits(data[25], data[24]) ||
		data[26] || data[27] || data[28] > 1)
		return -EINVAL;
	*ret_width = be32(data + 16);
	*ret_height = be32(data + 20);
	return *ret_width > INT32_MAX || *ret_height > INT32_MAX ? -EINVAL : 0;
}

// Steps from marker to marker up to the frame header, baseline or progressive.
static int jpeg_size(const uint8_t *data, size_t len, uint32_t *ret_width, uint32_t *ret_height)
{
	size_t at = 2;

	while (len - at >= 4) {
		if (data[at] != 0xff)
			return -EINVAL;
		const uint8_t marker = data[at + 1];
		if (marker == 0xff) { // fill byte
			at++;
			continue;
		}
		const unsigned size = be16(data + at + 2);
		if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda) || size < 2 ||
			size > len - at - 2)
			return -EINVAL;
		if (marker <= 0xc2) {
			if (size < 11 || data[at + 4] != 8)
				return -EINVAL;
			*ret_height = be16(data + at + 5);
			*ret_width = be16(data + at + 7);
			return 0;
		}
		if (marker <= 0xcf && marker != 0xc4 && marker != 0xcc)
			return -EINVAL; // lossless, hierarchical or arithmetic
		at += 2 + size;
	}
	return -EINVAL;
}

int ph_image_size(const uint8_t *data, size_t len, enum ph_image_format *ret_format,
	uint32_t *ret_width, uint32_t *ret_height, const char **ret_why)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	const bool is_png = len >= sizeof png && memcmp(data, png, sizeof png) == 0;
	uint32_t width = 0, height = 0;
	int r;

	if (is_png) {
		r = png_size(data, len, &width, &height);
	} else if (len >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff) {
		r = jpeg_size(data, len, &width, &height);
	} else {
		*ret_why = "is neither a PNG nor a JPEG file";
		return -EINVAL;
	}
	if (r < 0 || !width || !height) {
		*ret_why = is_png ? "the header of the PNG file is broken"
				  : "the header of the JPEG file is broken, or of a rare kind";
		return -EINVAL;
	}
	*ret_format = is_png ? PH_IMAGE_PNG : PH_IMAGE_JPEG;
	*ret_width = width;
	*ret_height = height;
	return 0;
}
