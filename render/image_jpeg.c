// JPEG through libjpeg, made smaller while it is decoded where that is enough; orientation by its Exif marker.
#include <stdio.h> // jpeglib.h needs it

#include <errno.h>
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "render/image_private.h"
#include "render/limits.h"

#define EXIF_TAG_ORIENTATION 0x0112

// All that must survive a longjmp is in here.
struct reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf jump;
	unsigned target, orientation;
	uint8_t *row, *grey;
	struct ph_scaler *scaler;
	struct ph_image_error *error;
	int result;
};

static struct reader *reader_of(j_common_ptr jpeg)
{
	return (struct reader *)jpeg->client_data;
}

static void give_up(struct reader *reader, int err)
{
	reader->result = err;
	longjmp(reader->jump, 1);
}

static void on_error(j_common_ptr jpeg)
{
	struct reader *reader = reader_of(jpeg);
	char text[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, text);
	ph_image_fail(reader->error, -EBADMSG, "this JPEG file is broken: %.100s", text);
	give_up(reader, jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EBADMSG);
}

// libjpeg goes on with grey where data are missing; that is no picture.
static void on_message(j_common_ptr jpeg, int level)
{
	const int code = jpeg->err->msg_code;

	if (level < 0 &&
		(code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
		on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg)
{
	struct reader *reader = reader_of(jpeg);

	if (reader->jpeg.input_scan_number <= PH_DRAW_JPEG_SCANS_MAX)
		return;
	ph_image_fail(reader->error, -E2BIG, "more than %d scans", PH_DRAW_JPEG_SCANS_MAX);
	give_up(reader, -E2BIG);
}

// --- orientation ------------------------------------------------------------------------------

static unsigned number(const uint8_t *at, unsigned bytes, bool little)
{
	unsigned value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | at[little ? bytes - 1 - i : i];
	return value;
}

// The value of the tag in the first directory of an APP1 marker, 1 when there is none. Source: Exif 2.3, 4.6.2.
static unsigned exif_orientation(const uint8_t *data, size_t len)
{
	if (len < 14 || memcmp(data, "Exif\0", 6) != 0)
		return 1;
	const uint8_t *tiff = data + 6;
	const size_t size = len - 6;
	const bool little = tiff[0] == 'I';
	const size_t directory = number(tiff + 4, 4, little);
	if (directory > size - 2 || size < 2)
		return 1;
	const unsigned count = number(tiff + directory, 2, little);
	for (size_t i = 0, at = directory + 2; i < count && at + 12 <= size; i++, at += 12) {
		const unsigned value = number(tiff + at + 8, 2, little);
		if (number(tiff + at, 2, little) == EXIF_TAG_ORIENTATION)
			return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}

static void find_orientation(struct reader *reader)
{
	for (jpeg_saved_marker_ptr marker = reader->jpeg.marker_list;
		marker && reader->orientation == 1; marker = marker->next)
		reader->orientation = exif_orientation(marker->data, marker->data_length);
}

// --- pixels -----------------------------------------------------------------------------------

// The largest of the sizes libjpeg makes for nothing that is not smaller than what is wanted.
static void choose_size(struct reader *reader, uint32_t width, uint32_t height)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	unsigned by = 8;

	while (by > 1 && (jpeg->image_width / by < width || jpeg->image_height / by < height))
		by /= 2;
	jpeg->scale_num = 1;
	jpeg->scale_denom = by;
	jpeg->dct_method = JDCT_ISLOW;
	if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
		jpeg->out_color_space = JCS_CMYK;
	else
		jpeg->out_color_space = JCS_GRAYSCALE;
}

// Ink on paper; Adobe writes how much light is left instead.
static void cmyk_to_grey(const struct reader *reader, const uint8_t *row, uint8_t *grey)
{
	const unsigned turned = reader->jpeg.saw_Adobe_marker ? 0 : 255;

	for (JDIMENSION x = 0; x < reader->jpeg.output_width; x++) {
		const uint8_t *ink = row + 4 * (size_t)x;
		const unsigned red = ink[0] ^ turned, green = ink[1] ^ turned;
		const unsigned blue = ink[2] ^ turned, light = ink[3] ^ turned;
		grey[x] = (uint8_t)((red * 299 + green * 587 + blue * 114) / 1000 * light / 255);
	}
}

static void read_header(struct reader *reader, const uint8_t *data, size_t len)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	jpeg_mem_src(jpeg, data, len);
	jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
	jpeg_read_header(jpeg, TRUE);
	const int r = ph_image_check(jpeg->image_width, jpeg->image_height, reader->error);
	if (r < 0)
		give_up(reader, r);
	find_orientation(reader);
}

static void prepare(struct reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	const bool across = reader->orientation >= 5;
	const uint32_t side = ph_image_height(across ? jpeg->image_height : jpeg->image_width,
		across ? jpeg->image_width : jpeg->image_height, reader->target);
	const uint32_t width = across ? side : reader->target;
	const uint32_t height = across ? reader->target : side;

	choose_size(reader, width, height);
	jpeg_start_decompress(jpeg);
	int r = ph_scaler_init(
		reader->scaler, jpeg->output_width, jpeg->output_height, width, height);
	if (r == -E2BIG)
		ph_image_fail(reader->error, r, "%u dots high at this width, too much", side);
	if (r < 0)
		give_up(reader, r);
	reader->row = malloc((size_t)jpeg->output_width * (unsigned)jpeg->output_components);
	reader->grey = malloc(jpeg->output_width);
	if (!reader->row || !reader->grey)
		give_up(reader, -ENOMEM);
}

static void read_all(struct reader *reader, const uint8_t *data, size_t len)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	read_header(reader, data, len);
	prepare(reader);
	while (jpeg->output_scanline < jpeg->output_height) {
		jpeg_read_scanlines(jpeg, &reader->row, 1);
		if (jpeg->out_color_space == JCS_CMYK) {
			cmyk_to_grey(reader, reader->row, reader->grey);
			ph_scaler_row(reader->scaler, reader->grey);
		} else {
			ph_scaler_row(reader->scaler, reader->row);
		}
	}
	jpeg_finish_decompress(jpeg);
}

static int run(struct reader *reader, const uint8_t *data, size_t len)
{
	if (setjmp(reader->jump))
		return reader->result;
	jpeg_create_decompress(&reader->jpeg);
	reader->jpeg.progress = &reader->progress;
	read_all(reader, data, len);
	return 0;
}

int ph_jpeg_decode(const uint8_t *data, size_t len, unsigned width, struct ph_scaler *scaler,
	unsigned *ret_orientation, struct ph_image_error *error)
{
	struct reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return -ENOMEM;
	reader->target = width;
	reader->orientation = 1;
	reader->scaler = scaler;
	reader->error = error;
	reader->progress.progress_monitor = on_progress;
	reader->jpeg.client_data = reader; // creating it keeps this and the next
	reader->jpeg.err = jpeg_std_error(&reader->errors);
	reader->errors.error_exit = on_error;
	reader->errors.emit_message = on_message;
	const int r = run(reader, data, len);
	jpeg_destroy_decompress(&reader->jpeg);
	*ret_orientation = reader->orientation;
	free(reader->row);
	free(reader->grey);
	free(reader);
	return r;
}
