// Lines and blocks cell by cell; which characters come here is decided in shape.c.
#include "render/strokes.h"

#include <math.h>

enum { LEFT, UP, RIGHT, DOWN };

// Arms of U+2500 to U+257F from the centre to the left, up, right and down: 1 light, 2 heavy, 3 double. Source: the
// code chart of the Unicode Standard, Box Drawing. Dashed lines come out whole, arcs as corners.
static const char arms[128][5] = {"1010", "2020", "0101", "0202", "1010", "2020", "0101", "0202",
	"1010", "2020", "0101", "0202", "0011", "0021", "0012", "0022", "1001", "2001", "1002",
	"2002", "0110", "0120", "0210", "0220", "1100", "2100", "1200", "2200", "0111", "0121",
	"0211", "0112", "0212", "0221", "0122", "0222", "1101", "2101", "1201", "1102", "1202",
	"2201", "2102", "2202", "1011", "2011", "1021", "2021", "1012", "2012", "1022", "2022",
	"1110", "2110", "1120", "2120", "1210", "2210", "1220", "2220", "1111", "2111", "1121",
	"2121", "1211", "1112", "1212", "2211", "1221", "2112", "1122", "2221", "2122", "2212",
	"1222", "2222", "1010", "2020", "0101", "0202", "3030", "0303", "0031", "0013", "0033",
	"3001", "1003", "3003", "0130", "0310", "0330", "3100", "1300", "3300", "0131", "0313",
	"0333", "3101", "1303", "3303", "3031", "1013", "3033", "3130", "1310", "3330", "3131",
	"1313", "3333", "0011", "1001", "1100", "0110", "0000", "0000", "0000", "1000", "0100",
	"0010", "0001", "2000", "0200", "0020", "0002", "1020", "0102", "2010", "0201"};

// How far the stroke of an arm on the side of `near` goes past the centre, in halves of a light line. The strokes of a
// double line lie one to three halves from the centre on both sides.
static double reach(char near, char far, bool goes_on)
{
	if (near == '3')
		return -1;
	if (near == '2')
		return 2;
	if (near == '1')
		return 1;
	if (goes_on)
		return 0;
	return far == '3' ? 3 : far == '2' ? 2 : far == '1' ? 1 : 0;
}

// The same for a single line in the middle.
static double reach_middle(char a, char b, bool goes_on)
{
	if (goes_on)
		return 0;
	if (a == '3' && b == '3')
		return -1;
	if (a == '3' || b == '3')
		return 3;
	if (a == '2' || b == '2')
		return 2;
	return a == '1' || b == '1' ? 1 : 0;
}

// A stroke in the direction of an arm: `from` the edge of the cell to `past` the centre, `offset` beside the middle.
static void stroke(struct ph_canvas *canvas, const struct ph_cell_box *box, int arm, double past,
	double offset, double thick)
{
	const double cx = floor(box->width / 2), cy = floor(box->height / 2);
	const double side = floor(offset - thick / 2), run = ceil(past * box->line / 2);

	switch (arm) {
	case LEFT:
		cairo_rectangle(canvas->cr, box->x, box->y + cy + side, cx + run, thick);
		break;
	case RIGHT:
		cairo_rectangle(canvas->cr, box->x + cx - run, box->y + cy + side,
			box->width - cx + run, thick);
		break;
	case UP:
		cairo_rectangle(canvas->cr, box->x + cx + side, box->y, thick, cy + run);
		break;
	case DOWN:
		cairo_rectangle(canvas->cr, box->x + cx + side, box->y + cy - run, thick,
			box->height - cy + run);
		break;
	}
}

static void draw_arms(struct ph_canvas *canvas, const char *arm, const struct ph_cell_box *box)
{
	const double line = box->line;

	for (int i = LEFT; i <= DOWN; i++) {
		// the arms across, that on the lower side of the axis first
		const char low = i % 2 ? arm[LEFT] : arm[UP], high = i % 2 ? arm[RIGHT] : arm[DOWN];
		const bool on = arm[(i + 2) % 4] != '0';
		if (arm[i] == '3') {
			stroke(canvas, box, i, reach(low, high, on), -line, line);
			stroke(canvas, box, i, reach(high, low, on), line, line);
		} else if (arm[i] != '0') {
			stroke(canvas, box, i, reach_middle(low, high, on), 0,
				arm[i] == '2' ? line * 2 : line);
		}
	}
}

// Every other dot of a row, shifted from row to row; one in four for the light shade.
static void shade(struct ph_canvas *canvas, unsigned level, const struct ph_cell_box *box)
{
	for (unsigned y = 0; y < (unsigned)box->height; y++) {
		for (unsigned x = 0; x < (unsigned)box->width; x++) {
			const unsigned odd = (x + y) & 1, quarter = odd || (y & 1);
			if (level == 1 ? !quarter : level == 2 ? !odd : !odd || (y & 1))
				cairo_rectangle(canvas->cr, box->x + x, box->y + y, 1, 1);
		}
	}
}

// Quarters: 1 upper left, 2 upper right, 4 lower left, 8 lower right. U+2596 and on.
static const unsigned char quarters[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};

static void draw_block(struct ph_canvas *canvas, uint32_t cp, const struct ph_cell_box *box)
{
	const double w = box->width, h = box->height, x = box->x, y = box->y;
	const double half_w = floor(w / 2), half_h = floor(h / 2);

	if (cp == 0x2580)
		cairo_rectangle(canvas->cr, x, y, w, half_h);
	else if (cp <= 0x2588)
		cairo_rectangle(canvas->cr, x, y + h - round(h * (cp - 0x2580) / 8), w,
			round(h * (cp - 0x2580) / 8));
	else if (cp <= 0x258f)
		cairo_rectangle(canvas->cr, x, y, round(w * (0x2590 - cp) / 8), h);
	else if (cp == 0x2590)
		cairo_rectangle(canvas->cr, x + half_w, y, w - half_w, h);
	else if (cp <= 0x2593)
		shade(canvas, cp - 0x2590, box);
	else if (cp == 0x2594)
		cairo_rectangle(canvas->cr, x, y, w, round(h / 8));
	else if (cp == 0x2595)
		cairo_rectangle(canvas->cr, x + w - round(w / 8), y, round(w / 8), h);
	for (unsigned i = 0; cp >= 0x2596 && cp <= 0x259f && i < 4; i++) {
		if (quarters[cp - 0x2596] & 1u << i)
			cairo_rectangle(canvas->cr, i & 1 ? x + half_w : x, i & 2 ? y + half_h : y,
				i & 1 ? w - half_w : half_w, i & 2 ? h - half_h : half_h);
	}
}

void ph_stroke_char(struct ph_canvas *canvas, uint32_t cp, const struct ph_cell_box *box)
{
	if (cp >= 0x2500 && cp < 0x2580)
		draw_arms(canvas, arms[cp - 0x2500], box);
	else if (cp >= 0x2580 && cp <= 0x259f)
		draw_block(canvas, cp, box);
}
