/* What ESC/POS commands do, one function each, by files; the table that names them is printer_table.c.
 * b is the command from its first byte on, n its length. */
#ifndef PH_EMULATORS_MODELS_PRINTER_HANDLERS_H
#define PH_EMULATORS_MODELS_PRINTER_HANDLERS_H

#include "emulators/models/printer_internal.h"

#define ESC 0x1B
#define FS  0x1C
#define GS  0x1D
#define DLE 0x10

struct command {
	uint8_t lead, code;
	uint8_t fixed; /* total length, or 0: ask size */
	/* Smallest length known to be needed for the command that starts with these n bytes. */
	size_t (*size)(const uint8_t *b, size_t n);
	void (*run)(struct ph_emu_printer *p, const uint8_t *b, size_t n); /* NULL: consumed */
	const char *name;
};

/* A function of a group "lead ( code": found by the byte behind the count, or the two. */
struct function {
	uint8_t lead, code;
	int first, second; /* -1: any */
	void (*run)(struct ph_emu_printer *p, const uint8_t *b, size_t n);
	const char *name;
};

extern const struct command emu_commands[];
extern const size_t emu_n_commands;
extern const struct function emu_functions[];
extern const size_t emu_n_functions;

/* Adds an item with the first bytes of the command being run. */
void emu_report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name);

#define HANDLER(name) void emu_run_##name(struct ph_emu_printer *p, const uint8_t *b, size_t n)

/* printer_modes.c */
HANDLER(init);
HANDLER(print_mode);
HANDLER(size);
HANDLER(bold);
HANDLER(double_strike);
HANDLER(underline);
HANDLER(invert);
HANDLER(upside_down);
HANDLER(rotate);
HANDLER(font);
HANDLER(colour);
HANDLER(character_colour);
HANDLER(space);
HANDLER(align);
HANDLER(smooth);
HANDLER(kanji_mode);
HANDLER(kanji_underline);
HANDLER(kanji_space);
HANDLER(kanji_quad);
HANDLER(kanji_font);
HANDLER(select);

/* printer_charset.c */
HANDLER(page);
HANDLER(country);
HANDLER(kanji_on);
HANDLER(kanji_off);
HANDLER(kanji_code);
HANDLER(encoding);
HANDLER(font_priority);

/* printer_user.c */
HANDLER(user_define);
HANDLER(user_select);
HANDLER(user_cancel);
HANDLER(kanji_define);
HANDLER(kanji_cancel);

/* printer_position.c */
HANDLER(default_spacing);
HANDLER(spacing);
HANDLER(feed_units);
HANDLER(feed_lines);
HANDLER(reverse_units);
HANDLER(reverse_lines);
HANDLER(motion_units);
HANDLER(absolute);
HANDLER(relative);
HANDLER(tabs);
HANDLER(margin);
HANDLER(area);
HANDLER(line_start);
HANDLER(page_mode);
HANDLER(standard_mode);
HANDLER(print_page);
HANDLER(page_direction);
HANDLER(page_area);
HANDLER(page_vertical);
HANDLER(page_vertical_relative);
HANDLER(page_printable);
HANDLER(page_line);
HANDLER(page_rectangle);
HANDLER(horizontal_rule);
HANDLER(vertical_rule);

/* printer_cut.c */
HANDLER(cut);
HANDLER(full_cut);
HANDLER(partial_cut);
HANDLER(pulse);
HANDLER(buzzer);
HANDLER(beeper);
HANDLER(beep_pattern);
HANDLER(beep_setting);
HANDLER(guard);

/* printer_symbols.c, printer_matrix.c */
HANDLER(bar_height);
HANDLER(bar_module);
HANDLER(bar_hri);
HANDLER(bar_font);
HANDLER(barcode);
HANDLER(symbol);

/* printer_image.c, printer_stored.c */
HANDLER(bit_image);
HANDLER(raster);
HANDLER(variable_image);
HANDLER(down_image);
HANDLER(print_down_image);
HANDLER(graphics);
HANDLER(large_graphics);
HANDLER(bmp);
HANDLER(nv_define);
HANDLER(nv_print);

/* printer_status.c */
HANDLER(asb);
HANDLER(ink_asb);
HANDLER(extended_asb);
HANDLER(gs_r);
HANDLER(esc_u);
HANDLER(esc_v);
HANDLER(gs_i);
HANDLER(gs_h);

/* printer_settings.c */
HANDLER(settings);
HANDLER(counter_reset);
HANDLER(counter);
HANDLER(macro_record);
HANDLER(macro_play);
HANDLER(nothing);

/* printer_sizes.c: smallest length known to be needed for a command that starts with these n bytes */
size_t emu_size_counted(const uint8_t *b, size_t n);
size_t emu_size_counted4(const uint8_t *b, size_t n);
size_t emu_size_tabs(const uint8_t *b, size_t n);
size_t emu_size_cut(const uint8_t *b, size_t n);
size_t emu_size_barcode(const uint8_t *b, size_t n);
size_t emu_size_bit_image(const uint8_t *b, size_t n);
size_t emu_size_user_chars(const uint8_t *b, size_t n);
size_t emu_size_down_image(const uint8_t *b, size_t n);
size_t emu_size_variable_image(const uint8_t *b, size_t n);
size_t emu_size_bmp(const uint8_t *b, size_t n);
size_t emu_size_fs_g(const uint8_t *b, size_t n);
size_t emu_size_slip(const uint8_t *b, size_t n);

#endif
