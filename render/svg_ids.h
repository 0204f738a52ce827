// The names that cairo gives things in an SVG file, made the same each time.
#ifndef PH_RENDER_SVG_IDS_H
#define PH_RENDER_SVG_IDS_H

#include "base/buf.h"

// cairo numbers surfaces and images through the life of the process. Copies a file with them numbered from 1 in the order
// in which they appear. Returns 0 or the error of `out`.
int ph_svg_number_ids(const char *svg, size_t len, struct ph_buf *out);

#endif
