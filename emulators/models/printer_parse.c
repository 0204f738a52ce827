// Splits the byte stream into text and commands by one table and runs them; what a command draws is
// in the files for text, symbols and images.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_internal.h"

#define ESC 0x1B
#define FS  0x1C
#define GS  0x1D
#define DLE 0x10

// Smallest length known to be needed for the command that starts with these n bytes.
typedef size_t (*size_fn)(const uint8_t *b, size_t n);

struct command {
	uint8_t lead, code;
	uint8_t fixed; /* total length, or 0: ask size */
	size_fn size;
	void (*run)(struct ph_emu_printer *p, const uint8_t *b, size_t n); /* NULL: consumed */
	const char *name;
};

static unsigned le16(const uint8_t *b)
{
	return b[0] | (unsigned)b[1] << 8;
}

static bool is(uint8_t n, uint8_t value)
{
	return n == value || n == value + '0';
}

// ---- commands ----

static void report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name);

static void run_init(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (p->n_cells) {
		struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_LOST, "line");
		if (item)
			item->value = (int)p->n_cells;
	}
	emu_drop_line(p);
	ph_emu_canvas_done(&p->graphics);
	emu_modes_init(p);
}

static void run_print_mode(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	struct ph_emu_style *s = &p->modes.style;
	s->font = b[2] & 0x01 ? 'b' : 'a';
	s->bold = b[2] & 0x08;
	s->height = b[2] & 0x10 ? 2 : 1;
	s->width = b[2] & 0x20 ? 2 : 1;
	s->underline = b[2] & 0x80 ? 1 : 0;
}

static void run_size(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.style.width = (uint8_t)((b[2] >> 4 & 7) + 1);
	p->modes.style.height = (uint8_t)((b[2] & 7) + 1);
}

static void run_bold(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.style.bold = b[2] & 1;
}

static void run_double_strike(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.double_strike = b[2] & 1;
}

static void run_underline(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	for (uint8_t i = 0; i <= 2; i++)
		if (is(b[2], i))
			p->modes.style.underline = i;
}

static void run_invert(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.style.invert = b[2] & 1;
}

static void run_upside_down(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (emu_line_empty(p))
		p->modes.style.upside_down = b[2] & 1;
}

static void run_rotate(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (is(b[2], 0) || is(b[2], 1) || is(b[2], 2))
		p->modes.style.rotated = !is(b[2], 0);
}

static void run_font(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	// fonts C to E and the special ones are drawn as B
	p->modes.style.font = is(b[2], 0) || b[2] == 97 ? 'a' : 'b';
}

static void run_space(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.right_space = emu_horizontal(p, b[2]);
}

static void run_align(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	for (uint8_t i = 0; i <= 2; i++)
		if (is(b[2], i) && emu_line_empty(p))
			p->modes.align = "lcr"[i];
}

static void run_page(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.page = b[2];
}

static void run_country(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.country = b[2];
}

static void run_kanji_on(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.kanji = true;
}

static void run_kanji_off(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.kanji = false;
}

static void run_default_spacing(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.line_spacing = LINE_DOTS;
}

static void run_spacing(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.line_spacing = emu_vertical(p, b[2]);
}

static void add_feed(struct ph_emu_printer *p, int dots)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_FEED, NULL);
	if (item)
		item->height = dots;
	emu_feed(p, dots);
}

static void run_feed_units(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned dots = emu_vertical(p, b[2]);
	if (!emu_line_empty(p))
		emu_print_line(p, dots);
	else if (dots)
		add_feed(p, (int)dots);
}

static void run_feed_lines(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned lines = b[2];
	if (!emu_line_empty(p)) {
		emu_print_line(p, lines ? p->modes.line_spacing : 0);
		lines -= lines > 0;
	}
	if (lines)
		add_feed(p, (int)(lines * p->modes.line_spacing));
}

static void run_reverse_units(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2] > 48)
		return;
	emu_print_line(p, 0);
	add_feed(p, -(int)emu_vertical(p, b[2]));
}

static void run_reverse_lines(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2] > 2)
		return;
	emu_print_line(p, 0);
	add_feed(p, -(int)(b[2] * p->modes.line_spacing));
}

static void run_motion_units(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.x_dpi = b[2] ? b[2] : 203;
	p->modes.y_dpi = b[3] ? b[3] : p->config.vertical_dpi;
}

static void run_absolute(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned x = emu_horizontal(p, le16(b + 2));
	if (x < emu_area(p))
		p->x = x;
}

static void run_relative(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned units = le16(b + 2);
	int by = units < 0x8000 ? (int)emu_horizontal(p, units)
				: -(int)emu_horizontal(p, 0x10000 - units);
	int x = (int)p->x + by;
	if (x >= 0 && (unsigned)x < emu_area(p))
		p->x = (unsigned)x;
}

static void run_tabs(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned cell =
		ph_emu_face_width(p->modes.style.font == 'b' ? PH_EMU_FACE_B : PH_EMU_FACE_A);
	cell = (cell + p->modes.right_space) * p->modes.style.width;
	p->modes.n_tabs = 0;
	for (size_t i = 2; i < n && b[i] != 0 && p->modes.n_tabs < MAX_TABS; i++) {
		if (i > 2 && b[i] <= b[i - 1])
			break;
		p->modes.tabs[p->modes.n_tabs++] = b[i] * cell;
	}
}

static void run_margin(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	unsigned margin = emu_horizontal(p, le16(b + 2));
	if (emu_line_empty(p) && margin < p->config.width_dots)
		p->modes.margin = margin;
}

static void run_area(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (emu_line_empty(p))
		p->modes.area = emu_horizontal(p, le16(b + 2));
}

static void run_line_start(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (is(b[2], 1))
		emu_print_line(p, 0);
	else
		emu_drop_line(p);
}

static void cut(struct ph_emu_printer *p, bool full, unsigned fed)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_CUT, full ? "full" : "partial");
	p->counts.cuts++;
	if (!item)
		return;
	uint64_t y = p->paper.y;
	item->row = y > p->config.cutter_dots ? y - p->config.cutter_dots : 0;
	item->height = (int)fed;
	item->value = ph_emu_paper_has_dots_after(&p->paper, item->row);
}

static void run_cut(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	uint8_t m = b[2];
	emu_print_line(p, p->modes.line_spacing);
	if (m == 0 || m == 1 || m == 48 || m == 49) {
		cut(p, is(m, 0), 0);
		return;
	}
	if (n < 4)
		return;
	unsigned dots = p->config.cutter_dots + emu_vertical(p, b[3]);
	emu_feed(p, (int)dots);
	cut(p, m == 65 || m == 97 || m == 103, dots);
}

static void run_full_cut(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_print_line(p, p->modes.line_spacing);
	cut(p, true, 0);
}

static void run_partial_cut(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_print_line(p, p->modes.line_spacing);
	cut(p, false, 0);
}

static void run_pulse(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (is(b[2], 0) || is(b[2], 1))
		emu_pulse(p, is(b[2], 0) ? 2 : 5, b[3] * 2u, b[4] * 2u);
}

static void beep(struct ph_emu_printer *p, unsigned pattern, unsigned times)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BEEP, "beep");
	if (item) {
		item->value = (int)times;
		item->width = (int)pattern;
	}
}

static void run_buzzer(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	beep(p, 0, b[2]);
}

static void run_beeper(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (n >= 8 && (b[5] == 48 || b[5] == 97))
		beep(p, b[6], b[7]);
}

static void run_bar_height(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2])
		p->modes.bar_height = b[2];
}

static void run_bar_module(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2] >= 1 && b[2] <= 6)
		p->modes.bar_module = b[2];
}

static void run_bar_hri(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	for (uint8_t i = 0; i <= 3; i++)
		if (is(b[2], i))
			p->modes.bar_hri = i;
}

static void run_bar_font(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.bar_font = is(b[2], 0) || b[2] == 97 ? 'a' : 'b';
}

static void run_barcode(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2] >= 65)
		emu_barcode(p, b[2], b + 4, n - 4);
	else
		emu_barcode(p, b[2], b + 3, n - 4);
}

static void run_symbol(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_symbol_2d(p, b + 5, n - 5);
}

static void run_bit_image(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_bit_image(p, b + 2, n - 2);
}

static void run_raster(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_raster_start(p, b);
}

static void run_graphics(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (!emu_graphics(p, b + 5, n - 5))
		report(p, PH_EMU_ITEM_CONSUMED, "GS ( L");
}

static void run_large_graphics(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (b[2] != 'L' || !emu_graphics(p, b + 7, n - 7))
		report(p, PH_EMU_ITEM_CONSUMED, "GS 8");
}

static void run_nv_images(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->nv_left = b[2];
	p->mode = p->nv_left ? PARSE_NV : PARSE_IDLE;
}

static void run_asb(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_gs_a(p, b[2]);
}

static void run_gs_r(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_gs_r(p, b[2]);
}

static void run_esc_u(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (is(b[2], 0))
		emu_gs_r(p, 2);
}

static void run_esc_v(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_gs_r(p, 1);
}

static void run_gs_i(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_gs_i(p, b[2]);
}

static void run_gs_h(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	emu_gs_paren_h(p, b + 5, n - 5);
}

static void run_guard(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	if (n < 6 || b[5] != 20)
		return;
	for (size_t i = 6; i + 1 < n; i += 2) {
		bool on = is(b[i + 1], 1);
		if (b[i] == 1)
			p->modes.realtime_pulse = on;
		else if (b[i] == 2)
			p->modes.realtime_power = on;
	}
}

static void run_select(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	p->modes.selected = b[2] & 1;
}

static void run_nothing(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
}

// Epson ESC/POS command reference; lengths include the prefix.
static const struct command commands[] = {
	{ESC, '!', 3, NULL, run_print_mode, "ESC !"},
	{ESC, '$', 4, NULL, run_absolute, "ESC $"},
	{ESC, '%', 3, NULL, NULL, "ESC %"},
	{ESC, '&', 0, emu_size_user_chars, NULL, "ESC &"},
	{ESC, '(', 0, emu_size_counted, NULL, "ESC ("},
	{ESC, '*', 0, emu_size_bit_image, run_bit_image, "ESC *"},
	{ESC, '-', 3, NULL, run_underline, "ESC -"},
	{ESC, '2', 2, NULL, run_default_spacing, "ESC 2"},
	{ESC, '3', 3, NULL, run_spacing, "ESC 3"},
	{ESC, '=', 3, NULL, run_select, "ESC ="},
	{ESC, '?', 3, NULL, NULL, "ESC ?"},
	{ESC, '@', 2, NULL, run_init, "ESC @"},
	{ESC, 'B', 4, NULL, run_buzzer, "ESC B"},
	{ESC, 'C', 3, NULL, NULL, "ESC C"},
	{ESC, 'D', 0, emu_size_tabs, run_tabs, "ESC D"},
	{ESC, 'E', 3, NULL, run_bold, "ESC E"},
	{ESC, 'F', 3, NULL, NULL, "ESC F"},
	{ESC, 'G', 3, NULL, run_double_strike, "ESC G"},
	{ESC, 'J', 3, NULL, run_feed_units, "ESC J"},
	{ESC, 'K', 3, NULL, run_reverse_units, "ESC K"},
	{ESC, 'L', 2, NULL, NULL, "ESC L"},
	{ESC, 'M', 3, NULL, run_font, "ESC M"},
	{ESC, 'R', 3, NULL, run_country, "ESC R"},
	{ESC, 'S', 2, NULL, NULL, "ESC S"},
	{ESC, 'T', 3, NULL, NULL, "ESC T"},
	{ESC, 'U', 3, NULL, NULL, "ESC U"},
	{ESC, 'V', 3, NULL, run_rotate, "ESC V"},
	{ESC, 'W', 10, NULL, NULL, "ESC W"},
	{ESC, '\\', 4, NULL, run_relative, "ESC \\"},
	{ESC, ' ', 3, NULL, run_space, "ESC SP"},
	{ESC, 'a', 3, NULL, run_align, "ESC a"},
	{ESC, 'c', 4, NULL, NULL, "ESC c"},
	{ESC, 'd', 3, NULL, run_feed_lines, "ESC d"},
	{ESC, 'e', 3, NULL, run_reverse_lines, "ESC e"},
	{ESC, 'f', 4, NULL, NULL, "ESC f"},
	{ESC, 'i', 2, NULL, run_full_cut, "ESC i"},
	{ESC, 'm', 2, NULL, run_partial_cut, "ESC m"},
	{ESC, 'p', 5, NULL, run_pulse, "ESC p"},
	{ESC, 'q', 2, NULL, NULL, "ESC q"},
	{ESC, 'r', 3, NULL, NULL, "ESC r"},
	{ESC, 't', 3, NULL, run_page, "ESC t"},
	{ESC, 'u', 3, NULL, run_esc_u, "ESC u"},
	{ESC, 'v', 2, NULL, run_esc_v, "ESC v"},
	{ESC, '{', 3, NULL, run_upside_down, "ESC {"},
	{ESC, 0x0C, 2, NULL, NULL, "ESC FF"},
	{FS, '!', 3, NULL, NULL, "FS !"},
	{FS, '&', 2, NULL, run_kanji_on, "FS &"},
	{FS, '(', 0, emu_size_counted, NULL, "FS ("},
	{FS, '-', 3, NULL, NULL, "FS -"},
	{FS, '.', 2, NULL, run_kanji_off, "FS ."},
	{FS, '2', 76, NULL, NULL, "FS 2"},
	{FS, '?', 4, NULL, NULL, "FS ?"},
	{FS, 'C', 3, NULL, NULL, "FS C"},
	{FS, 'S', 4, NULL, NULL, "FS S"},
	{FS, 'W', 3, NULL, NULL, "FS W"},
	{FS, 'p', 4, NULL, NULL, "FS p"},
	{FS, 'q', 3, NULL, run_nv_images, "FS q"},
	{GS, '!', 3, NULL, run_size, "GS !"},
	{GS, '$', 4, NULL, NULL, "GS $"},
	{GS, '(', 0, emu_size_counted, NULL, "GS ("},
	{GS, '*', 0, emu_size_down_image, NULL, "GS *"},
	{GS, '/', 3, NULL, NULL, "GS /"},
	{GS, '8', 0, emu_size_counted4, run_large_graphics, "GS 8"},
	{GS, ':', 2, NULL, NULL, "GS :"},
	{GS, 'B', 3, NULL, run_invert, "GS B"},
	{GS, 'D', 0, emu_size_bmp, NULL, "GS D"},
	{GS, 'H', 3, NULL, run_bar_hri, "GS H"},
	{GS, 'I', 3, NULL, run_gs_i, "GS I"},
	{GS, 'L', 4, NULL, run_margin, "GS L"},
	{GS, 'P', 4, NULL, run_motion_units, "GS P"},
	{GS, 'Q', 0, emu_size_variable_image, NULL, "GS Q"},
	{GS, 'T', 3, NULL, run_line_start, "GS T"},
	{GS, 'V', 0, emu_size_cut, run_cut, "GS V"},
	{GS, 'W', 4, NULL, run_area, "GS W"},
	{GS, '\\', 4, NULL, NULL, "GS \\"},
	{GS, '^', 5, NULL, NULL, "GS ^"},
	{GS, 'a', 3, NULL, run_asb, "GS a"},
	{GS, 'b', 3, NULL, run_nothing, "GS b"},
	{GS, 'c', 2, NULL, NULL, "GS c"},
	{GS, 'f', 3, NULL, run_bar_font, "GS f"},
	{GS, 'g', 6, NULL, NULL, "GS g"},
	{GS, 'h', 3, NULL, run_bar_height, "GS h"},
	{GS, 'j', 3, NULL, NULL, "GS j"},
	{GS, 'k', 0, emu_size_barcode, run_barcode, "GS k"},
	{GS, 'r', 3, NULL, run_gs_r, "GS r"},
	{GS, 'v', 8, NULL, run_raster, "GS v"},
	{GS, 'w', 3, NULL, run_bar_module, "GS w"},
	{GS, 'z', 5, NULL, NULL, "GS z"},
};

// the groups "lead ( fn" that are modelled
static const struct command groups[] = {
	{ESC, 'A', 0, NULL, run_beeper, "ESC ( A"},
	{GS, 'D', 0, NULL, run_guard, "GS ( D"},
	{GS, 'H', 0, NULL, run_gs_h, "GS ( H"},
	{GS, 'K', 0, NULL, run_nothing, "GS ( K"},
	{GS, 'L', 0, NULL, run_graphics, "GS ( L"},
	{GS, 'k', 0, NULL, run_symbol, "GS ( k"},
};

static const struct command special_g1 = {FS, 'g', 0, emu_size_nv_write, NULL, "FS g 1"};
static const struct command special_g2 = {FS, 'g', 9, NULL, NULL, "FS g 2"};

static const struct command *find(const uint8_t *b, size_t n)
{
	if (b[0] == FS && b[1] == 'g')
		return n > 2 && b[2] == '2' ? &special_g2 : &special_g1;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].lead == b[0] && commands[i].code == b[1])
			return &commands[i];
	return NULL;
}

static const struct command *find_group(const uint8_t *b)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (groups[i].lead == b[0] && groups[i].code == b[2])
			return &groups[i];
	return NULL;
}

static void report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name)
{
	struct ph_emu_item *item = emu_item(p, type, name);
	size_t n = p->cmd_len < 16 ? p->cmd_len : 16;

	if (type == PH_EMU_ITEM_UNKNOWN)
		p->counts.unknown++;
	if (!item)
		return;
	item->value = (int)(p->cmd_need < 0x7fffffff ? p->cmd_need : 0x7fffffff);
	item->text = malloc(2 * n + 1);
	for (size_t i = 0; item->text && i < n; i++)
		snprintf(item->text + 2 * i, 3, "%02x", p->cmd[i]);
}

void emu_parse_reset(struct ph_emu_printer *p)
{
	p->mode = PARSE_IDLE;
	p->cmd_len = p->cmd_need = 0;
	p->skip = 0;
	p->kanji_lead = 0;
	p->nv_left = 0;
}

static void run_command(struct ph_emu_printer *p)
{
	const uint8_t *b = p->cmd;
	const struct command *c = b[0] == DLE ? NULL : find(b, p->cmd_len);

	p->mode = PARSE_IDLE;
	if (b[0] == DLE) {
		// done when it arrived
	} else if (c == NULL) {
		report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	} else {
		if (b[1] == '(')
			c = find_group(b) ? find_group(b) : c;
		bool waits = !p->modes.selected && c->run != run_select && c->run != run_init;
		if (c->run && !waits)
			c->run(p, b, p->cmd_len);
		else if (!c->run)
			report(p, PH_EMU_ITEM_CONSUMED, c->name);
	}
	p->cmd_len = p->cmd_need = 0;
}

static size_t needed(const struct ph_emu_printer *p)
{
	const uint8_t *b = p->cmd;
	size_t n = p->cmd_len;

	if (n < 2)
		return 2;
	if (b[0] == DLE) {
		size_t size = emu_realtime_size(b, n);
		return size ? size : n;
	}
	const struct command *c = find(b, n);
	if (!c)
		return n;
	if (b[0] == FS && b[1] == 'g' && n < 3)
		return 3;
	return c->fixed ? c->fixed : c->size(b, n);
}

static bool make_room(struct ph_emu_printer *p)
{
	if (p->cmd_len < p->cmd_size)
		return true;
	uint8_t *cmd = realloc(p->cmd, p->cmd_size * 2);
	if (!cmd)
		return false;
	p->cmd = cmd;
	p->cmd_size *= 2;
	return true;
}

static void command_byte(struct ph_emu_printer *p, uint8_t byte)
{
	if (!make_room(p)) {
		emu_parse_reset(p);
		return;
	}
	p->cmd[p->cmd_len++] = byte;
	if (p->cmd_len < p->cmd_need)
		return;
	p->cmd_need = needed(p);
	if (p->cmd[0] == DLE && p->cmd_len == 2 && p->cmd_need == 2) {
		// a DLE that starts nothing is ignored, and what follows stands for itself
		p->cmd_len = p->cmd_need = 0;
		p->mode = PARSE_IDLE;
		emu_parse(p, byte);
		return;
	}
	if (p->cmd_len < p->cmd_need && p->cmd_need <= CMD_MAX)
		return;
	if (p->cmd_need > CMD_MAX) {
		p->skip = p->cmd_need - p->cmd_len;
		p->mode = PARSE_SKIP;
		return;
	}
	run_command(p);
}

static void skip_byte(struct ph_emu_printer *p)
{
	if (--p->skip > 0)
		return;
	if (p->nv_left > 0) {
		p->mode = PARSE_NV;
		p->cmd_len = 0;
		if (--p->nv_left == 0)
			p->mode = PARSE_IDLE;
		return;
	}
	run_command(p);
}

// FS q: xL xH yL yH and x*y*8 bytes, for each image
static void nv_byte(struct ph_emu_printer *p, uint8_t byte)
{
	p->cmd[p->cmd_len++] = byte;
	if (p->cmd_len < 4)
		return;
	p->skip = (uint64_t)le16(p->cmd) * le16(p->cmd + 2) * 8;
	p->cmd_len = 0;
	if (p->skip > 0)
		p->mode = PARSE_SKIP;
	else if (--p->nv_left == 0)
		p->mode = PARSE_IDLE;
}

static void idle_byte(struct ph_emu_printer *p, uint8_t byte)
{
	switch (byte) {
	case ESC:
	case FS:
	case GS:
	case DLE:
		p->cmd[0] = byte;
		p->cmd_len = 1;
		p->cmd_need = 2;
		p->kanji_lead = 0;
		p->mode = PARSE_COMMAND;
		return;
	}
	if (!p->modes.selected)
		return;
	if (byte >= 0x20)
		emu_put_byte(p, byte);
	else if (byte == '\n' || (byte == '\r' && p->config.cr_is_lf))
		emu_newline(p);
	else if (byte == '\t')
		emu_tab(p);
	// FF prints only in page mode; the other control characters mean nothing
}

void emu_parse(struct ph_emu_printer *p, uint8_t byte)
{
	switch (p->mode) {
	case PARSE_IDLE:
		idle_byte(p, byte);
		break;
	case PARSE_COMMAND:
		command_byte(p, byte);
		break;
	case PARSE_SKIP:
		skip_byte(p);
		break;
	case PARSE_ROWS:
		emu_raster_byte(p, byte);
		break;
	case PARSE_NV:
		nv_byte(p, byte);
		break;
	}
}
