// What the writers of pages share.
#ifndef PH_RENDER_OUTPUT_PRIVATE_H
#define PH_RENDER_OUTPUT_PRIVATE_H

#include "render/output.h"

// Units that a page holds from its upper to its lower margin.
double ph_paper_room(const struct ph_paper *paper);

// Points from edge to edge.
double ph_page_height(const struct ph_paper *paper, const struct ph_page *page);

// Draws a page on a canvas whose unit is a point.
int ph_page_draw(struct ph_output *output, struct ph_canvas *canvas, const struct ph_page *page);

#endif
