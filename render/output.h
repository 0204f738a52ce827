// A sheet as a file: PNG, SVG, PDF or PWG raster. The same sheet always gives the same bytes.
#ifndef PH_RENDER_OUTPUT_H
#define PH_RENDER_OUTPUT_H

#include "base/buf.h"
#include "render/pages.h"

#define PH_POINTS	 72  // of an inch
#define PH_UNITS_OF_INCH 203 // of the display list

// Paper of one page, in points.
struct ph_paper {
	double width, height;		 // height 0: as long as the content
	double left, top, right, bottom; // margins
	double scale;			 // points of a unit
};

struct ph_output {
	const struct ph_sheet *sheet;
	const struct ph_fonts *fonts;
	struct ph_paper paper;
	// results
	struct ph_missing missing;
	unsigned pages;
	double height; // of the first page, in points; of PNG in pixels
	double width;
};

// Each appends the file to `data`, whose bound counts. -E2BIG: too much for it or for a limit; -ENOMEM; the errors of
// ph_sheet_draw().
int ph_output_pdf(struct ph_output *output, struct ph_buf *data);
int ph_output_svg(struct ph_output *output, struct ph_buf *data); // all on one page
int ph_output_png(
	struct ph_output *output, unsigned dpi, struct ph_buf *data); // the same, black and white
int ph_output_pwg(
	struct ph_output *output, unsigned dpi, struct ph_buf *data); // eight bits of grey

// A picture or a symbol alone.
int ph_output_bitmap(const struct ph_bitmap *bitmap, unsigned dpi, struct ph_buf *data); // PNG
int ph_output_symbol(const struct ph_symbol *symbol, const struct ph_fonts *fonts,
	struct ph_buf *data); // SVG, a unit is a point

#endif
