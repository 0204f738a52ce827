// Orders of the kind `document`: the whole document as a file for a print queue.
#ifndef PH_RENDER_DOCUMENT_H
#define PH_RENDER_DOCUMENT_H

#include "base/buf.h"
#include "protocols/receipt/receipt.h"
#include "render/server.h"

// Draws `receipt` as the order asks and appends the row of the result: {"data_b64","pages","height_pt"}, with `missing`
// where there is any. -EINVAL, -E2BIG, -ENOMEM: `error` says why, or the refusal does when the document is to blame.
int ph_document_draw(struct ph_server *server, const struct ph_receipt *receipt,
	const struct cJSON *order, struct ph_buf *result, char error[192],
	struct ph_refusal *refusal);

#endif
