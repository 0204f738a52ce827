// Orders and drawings as JSON: "Drawings" in docs/driver-protocol.md, in both directions.
//
// A driver writes its encoder's orders and reads the drawings; whoever draws reads an order and
// writes the drawing.
#ifndef PH_PROTOCOLS_RASTER_JSON_H
#define PH_PROTOCOLS_RASTER_JSON_H

#include "protocols/receipt/raster_order.h"

struct cJSON;

#define PH_ORDER_RUNS_MAX 1024 // of one line

// --- orders -----------------------------------------------------------------------------------

// The array of `needs`. `list` is what the orders were made from. -ENOMEM. Free with cJSON_Delete().
int ph_orders_to_json(const struct ph_display_list *list, const struct ph_raster_order *orders,
	uint32_t count, struct cJSON **ret_json);

// An order as read back: `order.at` is PH_AT(node, 0), or PH_AT_NONE for a line, whose `runs` are
// order.runs long. A run has text (borrowed from the JSON), x, width, style and group, repeat 1.
struct ph_order_read {
	struct ph_raster_order order;
	uint16_t cell; // width of a font A cell; 0 for image and symbol
	struct ph_run *runs;
};

// Reads one order of the kinds line, image, symbol and page.
// -EINVAL (another kind, a member that is missing or out of range; ret_member, which may be NULL,
// then names it), -E2BIG (more than PH_ORDER_RUNS_MAX runs), -ENOMEM. Free with
// ph_order_read_done().
int ph_order_from_json(
	const struct cJSON *json, struct ph_order_read *ret_order, const char **ret_member);

void ph_order_read_done(struct ph_order_read *order);

// --- drawings ---------------------------------------------------------------------------------

// The object of a drawing: {"width","height","bits_b64"}, or {"error"} where bits is NULL. NULL when
// out of memory.
struct cJSON *ph_raster_to_json(const struct ph_raster *raster);

// All drawings of a job.
struct ph_raster_set {
	struct ph_rasters rasters;
	struct ph_raster *items; // private
	uint8_t *bits;		 // private
};

// Reads the array of `rasters`. A row that is no drawing, or that goes beyond PH_RASTER_BYTES_MAX in
// all, becomes one without bits whose error says so: a job is never refused for a drawing. The texts
// of errors are borrowed from the JSON. Bits behind the width of a row are cleared.
// -EINVAL (no array), -E2BIG (more than PH_ORDERS_MAX rows), -ENOMEM. Free with
// ph_raster_set_done().
int ph_rasters_from_json(const struct cJSON *json, struct ph_raster_set *ret_set);

void ph_raster_set_done(struct ph_raster_set *set);

#endif
