// The commands of the Star dialects: how they begin, how long they are, who obeys them.
#include <string.h>

#include "emulators/models/star_internal.h"

#define ROW(prefix, fixed, run)                                                                    \
	{                                                                                          \
		prefix, sizeof(prefix) - 1, fixed, run, NULL                                       \
	}
#define NAMED(prefix, fixed, name)                                                                 \
	{                                                                                          \
		prefix, sizeof(prefix) - 1, fixed, NULL, name                                      \
	}

// STAR Line Mode and StarPRNT Command Specifications; lengths include the prefix. The first that fits counts.
const struct star_command star_commands[] = {
	ROW("\x1b@", 2, star_run_init),
	ROW("\x1b"
	    "E",
		2, star_run_bold_on),
	ROW("\x1b"
	    "F",
		2, star_run_bold_off),
	ROW("\x1b-", 3, star_run_underline),
	NAMED("\x1b_", 3, "ESC _"),
	ROW("\x1b"
	    "4",
		2, star_run_invert_on),
	ROW("\x1b"
	    "5",
		2, star_run_invert_off),
	ROW("\x1bi", 4, star_run_size),
	ROW("\x1bW", 3, star_run_width),
	ROW("\x1bh", 3, star_run_height),
	ROW("\x1b\x1e"
	    "F",
		4, star_run_font),
	ROW("\x1b\x1dt", 4, star_run_page),
	ROW("\x1bR", 3, star_run_country),
	NAMED("\x1b/", 3, "ESC /"),
	ROW("\x1b ", 3, star_run_space),
	ROW("\x1b\x1d)U", 0, star_run_utf8),
	ROW("\x1b\x1d)I", 0, star_run_information),
	NAMED("\x1b\x1d)", 0, "ESC GS )"),
	ROW("\x1b"
	    "0",
		2, star_run_spacing_3mm),
	ROW("\x1bz", 3, star_run_spacing),
	ROW("\x1b"
	    "a",
		3, star_run_feed_lines),
	ROW("\x1bJ", 3, star_run_feed_quarter),
	ROW("\x1bI", 3, star_run_feed_eighth),
	NAMED("\x1b"
	      "C",
		3, "ESC C"),
	NAMED("\x1bN", 3, "ESC N"),
	NAMED("\x1bO", 2, "ESC O"),
	NAMED("\x1b"
	      "B",
		0, "ESC B"),
	ROW("\x1b\x1d"
	    "a",
		4, star_run_align),
	ROW("\x1b\x1d"
	    "A",
		5, star_run_absolute),
	ROW("\x1b\x1dR", 5, star_run_relative),
	ROW("\x1bl", 3, star_run_margin_left),
	ROW("\x1bQ", 3, star_run_margin_right),
	ROW("\x1b"
	    "D",
		0, star_run_tabs),
	ROW("\x1b"
	    "d",
		3, star_run_cut),
	ROW("\x1b\x07", 4, star_run_pulse_width),
	ROW("\x1b\x1d\x07", 6, star_run_buzzer),
	ROW("\x1b\x1d\x19\x11", 7, star_run_nothing),
	NAMED("\x1b\x1d\x19\x12", 7, "ESC GS EM DC2"),
	ROW("\x1b\x1dP", 0, star_run_page_mode),
	ROW("\x1b"
	    "b",
		0, star_run_barcode),
	ROW("\x1b\x1dy", 0, star_run_qr),
	ROW("\x1b\x1dx", 0, star_run_pdf417),
	ROW("\x1bK", 0, star_run_bit_image),
	ROW("\x1bL", 0, star_run_bit_image),
	ROW("\x1bX", 0, star_run_columns),
	ROW("\x1bk", 0, star_run_band),
	ROW("\x1b\x1dS", 0, star_run_raster_image),
	ROW("\x1b*r", 0, star_run_raster),
	ROW("\x1b\x0c", 3, star_run_raster_execute),
	ROW("\x1b\x1e"
	    "a",
		4, star_run_asb),
	ROW("\x1b\x1e"
	    "E",
		4, star_run_clear_etb),
	ROW("\x1b\x1e"
	    "d",
		4, star_run_nothing),
	ROW("\x1b\x1er", 4, star_run_nothing),
	NAMED("\x1b\x1e"
	      "A",
		4, "ESC RS A"),
	NAMED("\x1b\x1e"
	      "C",
		4, "ESC RS C"),
	NAMED("\x1b\x1e"
	      "c",
		4, "ESC RS c"),
	NAMED("\x1b\x1e"
	      "L",
		4, "ESC RS L"),
	NAMED("\x1b\x1em", 4, "ESC RS m"),
	ROW("\x1b\x06", 3, star_run_nothing), // obeyed when it arrived
	ROW("\x1b\x1d\x03", 6, star_run_counter),
	ROW("\x1b#*\n", 5, star_run_identify),
	NAMED("\x1b#", 0, "ESC #"),
	ROW("\x1b?\n", 4, star_run_reset),
	NAMED("\x1b\x1c"
	      "p",
		5, "ESC FS p"),
	ROW("\x1b$", 3, star_run_nothing),
	ROW("\x1bs", 4, star_run_nothing),
	NAMED("\x1b%", 3, "ESC %"),
	NAMED("\x1b\x1d"
	      "b",
		4, "ESC GS b"),
	NAMED("\x1b\x1d"
	      "c",
		5, "ESC GS c"),
	ROW("\x1b\x1d#", 4, star_run_nothing),
	NAMED("\x1b\x1d(L", 0, "ESC GS ( L"),
	NAMED("\x1b\x1d"
	      "8L",
		0, "ESC GS 8 L"),
	ROW("\x1bM", 2, star_run_nothing),
	ROW("\x1bP", 2, star_run_nothing),
	ROW("\x1b:", 2, star_run_nothing),
	ROW("\x1bg", 2, star_run_nothing),
	ROW("\x1bp", 2, star_run_nothing),
	ROW("\x1bq", 2, star_run_nothing),
};

const size_t star_n_commands = sizeof star_commands / sizeof *star_commands;

// ---- lengths ----

static uint64_t size_qr(const uint8_t *b, size_t n)
{
	if (n < 5)
		return n >= 4 && (b[3] == 'P' || b[3] == 'I') ? 4 : 0;
	if (b[3] == 'S')
		return 6;
	if (b[3] != 'D')
		return 4;
	// D 1: one block and a reserved byte in front of the count; D 2: blocks, of which the first is counted here
	if (b[4] == '1')
		return n < 8 ? 0 : 8 + emu_le16(b + 6);
	return n < 9 ? 0 : 9 + emu_le16(b + 7);
}

static uint64_t size_pdf417(const uint8_t *b, size_t n)
{
	if (n < 5)
		return n >= 4 && (b[3] == 'P' || b[3] == 'I') ? 4 : 0;
	if (b[3] == 'S')
		return b[4] == '0' ? 8 : 6;
	if (b[3] != 'D')
		return 4;
	return n < 6 ? 0 : 6 + emu_le16(b + 4);
}

static uint64_t size_page_mode(const uint8_t *b, size_t n)
{
	if (n < 4)
		return 0;
	if (emu_is(b[3], 2))
		return 5;
	if (emu_is(b[3], 3))
		return 12;
	return emu_is(b[3], 4) || emu_is(b[3], 5) ? 6 : 4;
}

static uint64_t size_raster(struct star_frame *f)
{
	const uint8_t *b = f->head;

	if (f->len < 4)
		return 0;
	if (strchr("ABCRab", b[3]))
		return 4;
	f->until_nul = true;
	return 0;
}

// counts of data behind a head of `head` bytes
static uint64_t counted(const struct star_frame *f, size_t at, size_t head, unsigned times)
{
	return f->len < head ? 0 : head + (uint64_t)emu_le16(f->head + at) * times;
}

static uint64_t size_image(const struct star_frame *f)
{
	const uint8_t *b = f->head;

	return f->len < 9 ? 0 : 9 + (uint64_t)emu_le16(b + 4) * emu_le16(b + 6);
}

static uint64_t size_counted4(const struct star_frame *f)
{
	const uint8_t *b = f->head;

	return f->len < 8 ? 0 : 8 + (emu_le16(b + 4) | (uint64_t)emu_le16(b + 6) << 16);
}

uint64_t star_size(const struct star_command *c, struct star_frame *f)
{
	const uint8_t *b = f->head;
	uint8_t code = b[1] == 0x1d ? b[2] : 0;

	if (c->fixed)
		return c->fixed;
	switch (code) {
	case ')':
		return counted(f, 4, 6, 1);
	case '(':
		return counted(f, 4, 6, 1);
	case '8':
		return size_counted4(f);
	case 'P':
		return size_page_mode(b, f->len);
	case 'S':
		return size_image(f);
	case 'x':
		return size_pdf417(b, f->len);
	case 'y':
		return size_qr(b, f->len);
	}
	switch (b[1]) {
	case '*':
		return size_raster(f);
	case 'b':
		f->until_rs = f->len >= 6;
		return 0;
	case 'K':
	case 'L':
		return counted(f, 2, 4, 1);
	case 'X':
		return counted(f, 2, 4, 3);
	case 'k':
		return counted(f, 2, 4, 24);
	default: // ESC B, ESC D, ESC #: up to a NUL
		f->until_nul = true;
		return 0;
	}
}
