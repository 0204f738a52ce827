// Commands of stored pictures; which picture is stored when is the driver's choice.
#include "protocols/escpos/logo.h"

#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/raster/guard.h"

#define HEADER_LEN 16
#define ROWS_MORE  8 // white rows that make a header safe

void ph_escpos_logo_hash(
	const struct ph_receipt_image *image, uint16_t width, uint8_t ret_hash[PH_ESCPOS_LOGO_HASH])
{
	const uint8_t how[] = {(uint8_t)width, (uint8_t)(width >> 8), (uint8_t)image->dither,
		image->threshold, 1 /* of this way to hash */};
	uint8_t hash[PH_SHA256_SIZE];
	struct ph_sha256 state;

	ph_sha256_init(&state);
	ph_sha256_add(&state, how, sizeof how);
	ph_sha256_add(&state, image->data, image->len);
	ph_sha256_end(&state, hash);
	memcpy(ret_hash, hash, PH_ESCPOS_LOGO_HASH);
}

static size_t data_len(const struct ph_raster *raster)
{
	return (size_t)((raster->width + 7u) / 8) * raster->height;
}

size_t ph_escpos_logo_size(const struct ph_raster *raster)
{
	return HEADER_LEN + data_len(raster) + ROWS_MORE * ((raster->width + 7u) / 8);
}

static void put_header(
	const struct ph_raster *raster, const char key[2], unsigned rows, uint8_t out[HEADER_LEN])
{
	const size_t count = 11 + (size_t)((raster->width + 7u) / 8) * rows;
	const uint8_t header[HEADER_LEN] = {PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_GRAPHICS,
		(uint8_t)count, (uint8_t)(count >> 8), 0x30, PH_EP_GRAPHICS_DEFINE, 0x30,
		(uint8_t)key[0], (uint8_t)key[1], 1, (uint8_t)raster->width,
		(uint8_t)(raster->width >> 8), (uint8_t)rows, (uint8_t)(rows >> 8), 0x31};

	memcpy(out, header, sizeof header);
}

int ph_escpos_put_logo(const struct ph_raster *raster, const char key[2], uint8_t *out)
{
	const size_t stride = (raster->width + 7u) / 8, len = data_len(raster);
	const struct ph_guard_shape shape = {.stride = (uint32_t)stride, .seen = raster->width};
	struct ph_guard guard;
	unsigned more = 0;

	if (len > PH_ESCPOS_LOGO_MAX)
		return -E2BIG;
	do {
		put_header(raster, key, raster->height + more, out);
	} while (ph_guard_find(&ph_guard_escpos, out, HEADER_LEN) < HEADER_LEN &&
		 more++ < ROWS_MORE);
	if (more > ROWS_MORE)
		return -E2BIG;
	memcpy(out + HEADER_LEN, raster->bits, len);
	memset(out + HEADER_LEN + len, 0, more * stride);
	ph_guard_init(&guard, &ph_guard_escpos);
	ph_guard_sent(&guard, out, HEADER_LEN);
	ph_guard_picture(&guard, out + HEADER_LEN, len + more * stride, &shape, NULL, 0);
	return (int)(HEADER_LEN + len + more * stride);
}

size_t ph_escpos_put_print_logo(uint8_t *out, const char key[2])
{
	const uint8_t command[PH_ESCPOS_PRINT_LOGO_LEN] = {PH_EP_GS, PH_EP_GS_PAREN,
		PH_EP_PAREN_GRAPHICS, 6, 0, 0x30, PH_EP_GRAPHICS_STORED, (uint8_t)key[0],
		(uint8_t)key[1], 1, 1};

	memcpy(out, command, sizeof command);
	return sizeof command;
}

size_t ph_escpos_put_logo_keys(uint8_t *out)
{
	static const uint8_t command[PH_ESCPOS_LOGO_KEYS_LEN] = {PH_EP_GS, PH_EP_GS_PAREN,
		PH_EP_PAREN_GRAPHICS, 4, 0, 0x30, PH_EP_GRAPHICS_KEYS, 'K', 'C'};

	memcpy(out, command, sizeof command);
	return sizeof command;
}

int ph_escpos_event_logo_keys(
	const struct ph_escpos_event *event, const char **ret_keys, size_t *ret_len, bool *ret_more)
{
	if (event->kind != PH_ESCPOS_EVENT_BLOCK || event->block.header != PH_EP_BLOCK_RESPONSE ||
		event->block.len < 2 || event->block.data[0] != PH_EP_BLOCK_KEYS)
		return -ENOENT;
	*ret_more = event->block.data[1] == 0x41;
	*ret_keys = (const char *)event->block.data + 2;
	*ret_len = (size_t)(event->block.len - 2) / 2 * 2;
	return 0;
}
