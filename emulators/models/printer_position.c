// Where things go: feeds, positions, margins, tabs, and the commands of page mode.
#include "emulators/models/printer_handlers.h"

// dots of a distance along the lines, or across them when the page is turned sideways
static unsigned along(const struct ph_emu_printer *p, unsigned units)
{
	bool sideways = p->page.active && (p->page.direction & 1);
	return sideways ? emu_vertical(p, units) : emu_horizontal(p, units);
}

static unsigned down(const struct ph_emu_printer *p, unsigned units)
{
	bool sideways = p->page.active && (p->page.direction & 1);
	return sideways ? emu_horizontal(p, units) : emu_vertical(p, units);
}

static int sign(unsigned (*dots)(const struct ph_emu_printer *, unsigned),
	const struct ph_emu_printer *p, unsigned units)
{
	return units < 0x8000 ? (int)dots(p, units) : -(int)dots(p, 0x10000 - units);
}

HANDLER(default_spacing)
{
	p->modes.default_spacing = true;
}

HANDLER(spacing)
{
	p->modes.default_spacing = false;
	p->modes.line_spacing = b[2];
}

static void add_feed(struct ph_emu_printer *p, int dots)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_FEED, NULL);
	if (item)
		item->height = dots;
	emu_advance(p, dots);
}

HANDLER(feed_units)
{
	unsigned dots = down(p, b[2]);
	if (p->config.deviations & PH_EMU_DEVIATION_NO_ESC_J)
		return;
	if (!emu_line_empty(p))
		emu_print_line(p, dots);
	else if (dots)
		add_feed(p, (int)dots);
	p->x = 0;
}

HANDLER(feed_lines)
{
	unsigned lines = b[2];
	if (!emu_line_empty(p)) {
		emu_print_line(p, lines ? emu_line_spacing(p) : 0);
		lines -= lines > 0;
	}
	if (lines)
		add_feed(p, (int)(lines * emu_line_spacing(p)));
	p->x = 0;
}

HANDLER(reverse_units)
{
	if (b[2] > 48)
		return;
	emu_print_line(p, 0);
	add_feed(p, -(int)down(p, b[2]));
	p->x = 0;
}

HANDLER(reverse_lines)
{
	if (b[2] > 2)
		return;
	emu_print_line(p, 0);
	add_feed(p, -(int)(b[2] * emu_line_spacing(p)));
	p->x = 0;
}

HANDLER(motion_units)
{
	p->modes.x_dpi = b[2] ? b[2] : DPI;
	p->modes.y_dpi = b[3] ? b[3] : p->config.vertical_dpi;
}

HANDLER(absolute)
{
	unsigned x = along(p, emu_le16(b + 2));
	if ((p->config.deviations & PH_EMU_DEVIATION_NO_LATE_POSITION) && !emu_line_empty(p))
		return;
	if (x < emu_area(p))
		p->x = x;
}

HANDLER(relative)
{
	int by = sign(along, p, emu_le16(b + 2));
	int x = (int)p->x + by;
	if (by < 0 && (p->config.deviations & PH_EMU_DEVIATION_NO_NEGATIVE_MOVE))
		return;
	if (x >= 0 && (unsigned)x < emu_area(p))
		p->x = (unsigned)x;
}

HANDLER(tabs)
{
	unsigned cell = ph_emu_face_width(emu_face(p, &p->modes.style));
	cell = (cell + p->modes.right_space) * p->modes.style.width;
	p->modes.n_tabs = 0;
	for (size_t i = 2; i < n && b[i] != 0 && p->modes.n_tabs < MAX_TABS; i++) {
		if (i > 2 && b[i] <= b[i - 1])
			break;
		p->modes.tabs[p->modes.n_tabs++] = b[i] * cell;
	}
}

HANDLER(margin)
{
	unsigned margin = emu_horizontal(p, emu_le16(b + 2));
	if (emu_line_start(p) && !p->page.active && margin < p->config.width_dots)
		p->modes.margin = margin;
}

HANDLER(area)
{
	if (emu_line_start(p) && !p->page.active)
		p->modes.area = emu_horizontal(p, emu_le16(b + 2));
}

HANDLER(line_start)
{
	if (emu_is(b[2], 1))
		emu_print_line(p, 0);
	else if (emu_is(b[2], 0))
		emu_drop_line(p);
	else
		return;
	p->x = 0;
}

// ---- page mode ----

HANDLER(page_mode)
{
	emu_page_enter(p);
}

HANDLER(standard_mode)
{
	emu_page_leave(p);
}

HANDLER(print_page)
{
	if (p->page.active)
		emu_page_print(p);
}

HANDLER(page_direction)
{
	for (uint8_t i = 0; i <= 3; i++)
		if (emu_is(b[2], i))
			emu_page_direction(p, i);
}

// the area is a rectangle of the paper, whatever the direction
HANDLER(page_area)
{
	unsigned rect[4] = {
		emu_horizontal(p, emu_le16(b + 2)),
		emu_vertical(p, emu_le16(b + 4)),
		emu_horizontal(p, emu_le16(b + 6)),
		emu_vertical(p, emu_le16(b + 8)),
	};
	emu_page_area(p, rect);
}

HANDLER(page_vertical)
{
	emu_page_move(p, false, (int)down(p, emu_le16(b + 2)));
}

HANDLER(page_vertical_relative)
{
	emu_page_move(p, true, sign(down, p, emu_le16(b + 2)));
}

// GS ( P 48: size of the page and where it begins
HANDLER(page_printable)
{
	if (n < 13)
		return;
	unsigned size[2] = {emu_horizontal(p, emu_le16(b + 6)), emu_vertical(p, emu_le16(b + 8))};
	emu_page_printable(p, size, emu_horizontal(p, emu_le16(b + 10)));
}

// ---- lines, GS ( Q ----

// dots of the three thicknesses; double lines are two of them with as much between
static unsigned thickness(uint8_t style)
{
	static const uint8_t dots[] = {1, 2, 4};
	return style >= 1 && style <= 6 ? dots[(style - 1) % 3] : 0;
}

struct box {
	unsigned x1, y1, x2, y2;
};

static struct box box_of(const struct ph_emu_printer *p, const uint8_t *at)
{
	struct box box = {along(p, emu_le16(at)), down(p, emu_le16(at + 2)),
		along(p, emu_le16(at + 4)), down(p, emu_le16(at + 6))};
	struct box sorted = box;

	if (box.x2 < box.x1)
		sorted.x1 = box.x2, sorted.x2 = box.x1;
	if (box.y2 < box.y1)
		sorted.y1 = box.y2, sorted.y2 = box.y1;
	return sorted;
}

static void add_rule(struct ph_emu_printer *p, const char *name, unsigned width, unsigned height)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RULE, name);
	if (item) {
		item->width = (int)width;
		item->height = (int)height;
	}
}

static void stroke(struct ph_emu_printer *p, struct box l, uint8_t style)
{
	unsigned t = thickness(style), times = style >= 4 ? 2 : 1;

	for (unsigned i = 0; i < times; i++) {
		unsigned off = i * 2 * t;
		if (l.y1 == l.y2)
			emu_page_fill(p, l.x1, l.y1 + off, l.x2 - l.x1 + 1, t);
		else
			emu_page_fill(p, l.x1 + off, l.y1, t, l.y2 - l.y1 + 1);
	}
}

// Straight lines only; c is the colour, m1 the style.
HANDLER(page_line)
{
	if (n < 17 || !p->page.active || thickness(b[15]) == 0)
		return;
	struct box l = box_of(p, b + 6);
	if (l.x1 != l.x2 && l.y1 != l.y2) {
		emu_refuse(p, "GS ( Q", "a line is horizontal or vertical");
		return;
	}
	add_rule(p, "line", l.x2 - l.x1 + 1, l.y2 - l.y1 + 1);
	stroke(p, l, b[15]);
}

static void frame(struct ph_emu_printer *p, struct box l, unsigned t)
{
	unsigned width = l.x2 - l.x1 + 1, height = l.y2 - l.y1 + 1;

	emu_page_fill(p, l.x1, l.y1, width, t);
	emu_page_fill(p, l.x1, l.y2 + 1 > t ? l.y2 + 1 - t : 0, width, t);
	emu_page_fill(p, l.x1, l.y1, t, height);
	emu_page_fill(p, l.x2 + 1 > t ? l.x2 + 1 - t : 0, l.y1, t, height);
}

HANDLER(page_rectangle)
{
	if (n < 16 || !p->page.active || thickness(b[15]) == 0)
		return;
	struct box l = box_of(p, b + 6);
	unsigned t = thickness(b[15]);

	add_rule(p, "rectangle", l.x2 - l.x1 + 1, l.y2 - l.y1 + 1);
	frame(p, l, t);
	if (b[15] >= 4 && l.x2 - l.x1 > 8 * t && l.y2 - l.y1 > 8 * t)
		frame(p, (struct box){l.x1 + 2 * t, l.y1 + 2 * t, l.x2 - 2 * t, l.y2 - 2 * t}, t);
}

// x1 to x2 in standard mode; the paper moves n units, at least past the line
HANDLER(horizontal_rule)
{
	if (n < 14 || p->page.active || !emu_line_start(p) || thickness(b[12]) == 0)
		return;
	unsigned x1 = emu_horizontal(p, emu_le16(b + 6)), x2 = emu_horizontal(p, emu_le16(b + 8));
	unsigned t = thickness(b[12]), height = b[12] >= 4 ? 3 * t : t;
	unsigned feed = emu_vertical(p, b[10]);
	struct ph_emu_canvas c;

	if (x2 < x1 || x2 >= emu_area(p) || ph_emu_canvas_init(&c, x2 + 1, height) < 0)
		return;
	add_rule(p, "horizontal", x2 - x1 + 1, height);
	for (unsigned y = 0; y < height; y += 2 * t)
		ph_emu_canvas_fill(&c, x1, y, x2 - x1 + 1, t);
	emu_place(p, (int)p->modes.margin, &c, p->modes.style.colour);
	ph_emu_canvas_done(&c);
	emu_advance(p, (int)(feed > height ? feed : height));
}

static struct rule *find_rule(struct ph_emu_printer *p, unsigned x)
{
	struct rule *spare = NULL;
	for (size_t i = 0; i < MAX_RULES; i++) {
		if (p->rules[i].thickness && p->rules[i].x == x)
			return &p->rules[i];
		if (!p->rules[i].thickness)
			spare = &p->rules[i];
	}
	return spare;
}

// starts or ends a line that goes down the paper with everything that is fed
HANDLER(vertical_rule)
{
	if (n < 12 || p->page.active)
		return;
	unsigned x = emu_horizontal(p, emu_le16(b + 6)) + p->modes.margin;
	struct rule *rule = find_rule(p, x);

	if (!rule || x >= p->config.width_dots)
		return;
	if (emu_is(b[8], 0)) {
		rule->thickness = 0;
	} else if (emu_is(b[8], 1) && thickness(b[10])) {
		*rule = (struct rule){x, thickness(b[10]), b[10] >= 4};
		add_rule(p, "vertical", rule->thickness, 0);
	}
}

void emu_draw_rules(struct ph_emu_printer *p, int dots)
{
	for (size_t i = 0; i < MAX_RULES && dots > 0; i++) {
		const struct rule *r = &p->rules[i];
		struct ph_emu_canvas c;
		if (!r->thickness || ph_emu_canvas_init(&c, 3 * r->thickness, (unsigned)dots) < 0)
			continue;
		ph_emu_canvas_fill(&c, 0, 0, r->thickness, (unsigned)dots);
		if (r->twice)
			ph_emu_canvas_fill(&c, 2 * r->thickness, 0, r->thickness, (unsigned)dots);
		ph_emu_paper_draw(&p->paper, (int)r->x, &c, 1);
		ph_emu_canvas_done(&c);
	}
}
