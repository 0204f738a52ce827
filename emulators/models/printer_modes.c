// How characters look, and what the printer is set to when it comes up or is initialised.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

unsigned emu_vertical(const struct ph_emu_printer *p, unsigned units)
{
	return units * DPI / p->modes.y_dpi;
}

unsigned emu_horizontal(const struct ph_emu_printer *p, unsigned units)
{
	return units * DPI / p->modes.x_dpi;
}

unsigned emu_line_spacing(const struct ph_emu_printer *p)
{
	if (p->modes.default_spacing)
		return LINE_DOTS;
	// on a page that is turned sideways the lines go down along the paper's width
	return p->page.active && (p->page.direction & 1) ? emu_horizontal(p, p->modes.line_spacing)
							 : emu_vertical(p, p->modes.line_spacing);
}

static void forget_user_chars(struct ph_emu_printer *p)
{
	for (unsigned i = 0; i < USER_FONTS; i++) {
		free(p->user[i]);
		p->user[i] = NULL;
	}
	p->n_kanji_chars = 0;
}

static void set_modes(struct ph_emu_printer *p)
{
	struct modes *m = &p->modes;

	*m = (struct modes){0};
	m->style = (struct ph_emu_style){.width = 1, .height = 1, .font = 'a', .colour = 1};
	m->kanji_style = m->style;
	m->kanji_face = PH_EMU_FACE_KANJI;
	m->align = 'l';
	m->kanji = p->config.kanji_on;
	m->sjis = true;
	m->default_spacing = true;
	m->x_dpi = DPI;
	m->y_dpi = p->config.vertical_dpi;
	m->area = p->config.width_dots;
	m->bar_height = 162;
	m->bar_module2 = 6;
	m->bar_font = 'a';
	m->realtime_pulse = true;
	m->selected = true;
	for (unsigned i = 0; i < MAX_TABS; i++)
		m->tabs[i] = (i + 1) * 8 * ph_emu_face_width(PH_EMU_FACE_A);
	m->n_tabs = MAX_TABS;
}

void emu_modes_init(struct ph_emu_printer *p)
{
	set_modes(p);
	memset(p->rules, 0, sizeof p->rules);
	forget_user_chars(p);
	emu_matrices_init(p);
	emu_shelf_clear(&p->ram);
	for (unsigned i = 0; i < 2; i++)
		ph_emu_canvas_done(&p->graphics[i]);
	ph_emu_canvas_done(&p->down_image);
	emu_page_init(p);
}

void emu_forget_ram(struct ph_emu_printer *p)
{
	emu_drop_line(p);
	forget_user_chars(p);
	emu_shelf_clear(&p->ram);
	for (unsigned i = 0; i < 2; i++)
		ph_emu_canvas_done(&p->graphics[i]);
	ph_emu_canvas_done(&p->down_image);
	ph_emu_canvas_done(&p->nv_write.picture);
	emu_page_done(p);
}

void emu_power_up(struct ph_emu_printer *p)
{
	p->settings.user_mode = false;
	emu_modes_init(p);
	if (p->dialect->power_up)
		p->dialect->power_up(p);
}

HANDLER(init)
{
	emu_lose_line(p);
	emu_page_leave(p);
	emu_modes_init(p);
}

HANDLER(print_mode)
{
	struct ph_emu_style *s = &p->modes.style;
	s->font = b[2] & 0x01 ? 'b' : 'a';
	s->bold = b[2] & 0x08;
	s->height = b[2] & 0x10 ? 2 : 1;
	s->width = b[2] & 0x20 ? 2 : 1;
	s->underline = b[2] & 0x80 ? 1 : 0;
}

HANDLER(size)
{
	p->modes.style.width = (uint8_t)((b[2] >> 4 & 7) + 1);
	p->modes.style.height = (uint8_t)((b[2] & 7) + 1);
	p->modes.kanji_style.width = p->modes.style.width;
	p->modes.kanji_style.height = p->modes.style.height;
}

HANDLER(bold)
{
	p->modes.style.bold = b[2] & 1;
}

HANDLER(double_strike)
{
	p->modes.double_strike = b[2] & 1;
}

static void set_underline(struct ph_emu_style *s, uint8_t n)
{
	for (uint8_t i = 0; i <= 2; i++)
		if (emu_is(n, i))
			s->underline = i;
}

HANDLER(underline)
{
	set_underline(&p->modes.style, b[2]);
}

HANDLER(invert)
{
	p->modes.style.invert = b[2] & 1;
}

HANDLER(upside_down)
{
	if (emu_line_start(p))
		p->modes.style.upside_down = b[2] & 1;
}

HANDLER(rotate)
{
	if (p->page.active || (!emu_is(b[2], 0) && !emu_is(b[2], 1) && !emu_is(b[2], 2)))
		return;
	p->modes.style.rotated = !emu_is(b[2], 0);
	p->modes.rotate_wide = emu_is(b[2], 2);
}

HANDLER(font)
{
	for (uint8_t i = 0; i < USER_FONTS; i++)
		if (emu_is(b[2], i))
			p->modes.style.font = (char)('a' + i);
	// the special fonts A and B of some models
	if (b[2] == 97 || b[2] == 98)
		p->modes.style.font = (char)('a' + b[2] - 97);
}

HANDLER(colour)
{
	if (emu_is(b[2], 0) || emu_is(b[2], 1))
		p->modes.style.colour = emu_is(b[2], 1) ? 2 : 1;
}

// GS ( N 48: 49 is the first colour, 50 the second; none prints white
HANDLER(character_colour)
{
	if (n >= 7 && (b[6] == 49 || b[6] == 50))
		p->modes.style.colour = (uint8_t)(b[6] - 48);
}

HANDLER(space)
{
	p->modes.right_space = p->page.active && (p->page.direction & 1) ? emu_vertical(p, b[2])
									 : emu_horizontal(p, b[2]);
}

HANDLER(align)
{
	for (uint8_t i = 0; i <= 2; i++)
		if (emu_is(b[2], i) && (emu_line_empty(p) || p->page.active))
			p->modes.align = "lcr"[i];
}

HANDLER(smooth)
{
	p->modes.smooth = b[2] & 1;
}

HANDLER(kanji_mode)
{
	struct ph_emu_style *s = &p->modes.kanji_style;
	s->width = b[2] & 0x04 ? 2 : 1;
	s->height = b[2] & 0x08 ? 2 : 1;
	s->underline = b[2] & 0x80 ? 1 : 0;
}

HANDLER(kanji_underline)
{
	set_underline(&p->modes.kanji_style, b[2]);
}

HANDLER(kanji_space)
{
	p->modes.kanji_left = emu_horizontal(p, b[2]);
	p->modes.kanji_right = emu_horizontal(p, b[3]);
}

HANDLER(kanji_quad)
{
	p->modes.kanji_style.width = p->modes.kanji_style.height = b[2] & 1 ? 2 : 1;
}

HANDLER(kanji_font)
{
	if (n < 7)
		return;
	for (uint8_t i = 0; i <= 2; i++)
		if (emu_is(b[6], i))
			p->modes.kanji_face = PH_EMU_FACE_KANJI + i;
}

HANDLER(select)
{
	p->modes.selected = b[2] & 1;
}

HANDLER(nothing)
{
}
