// The requests of poshal-render: one line of JSON in, one out. What carries the lines is main.c's.
#ifndef PH_RENDER_SERVER_H
#define PH_RENDER_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "poshal/errors.h"
#include "protocols/receipt/receipt.h"
#include "render/fonts.h"

struct cJSON;

// Why a request is refused. `path` is a JSON path from `params`, such as `$.document.body[2].image`; "" when nothing in
// the request is to blame.
struct ph_refusal {
	enum ph_error error;
	char path[160];
	char message[256];
};

struct ph_server {
	struct ph_fonts fonts; // loaded by the first request that draws
	// What to send instead when the present request takes too long; NULL before its id is known.
	const char *late;
	size_t late_len;
};

void ph_server_done(struct ph_server *server); // accepts a zeroed struct

// Answers one request; `answer` is then one line with its LF. -ENOMEM or -E2BIG: the answer could not be built.
int ph_server_answer(struct ph_server *server, char *line, size_t len, struct ph_buf *answer);

// --- shared by the methods --------------------------------------------------------------------

// Fills `refusal` and returns `err`.
__attribute__((format(printf, 5, 6))) int ph_refuse(struct ph_refusal *refusal, int err,
	enum ph_error error, const char *path, const char *format, ...);

// What protocols/receipt complains about, as a path of the request.
int ph_refuse_document(
	struct ph_refusal *refusal, int err, const struct ph_receipt_error *receipt_error);

// Each member of `params` is one of `names`, which end with NULL.
int ph_check_members(
	const struct cJSON *params, const char *const *names, struct ph_refusal *refusal);

int ph_server_fonts(struct ph_server *server, struct ph_refusal *refusal);

// The methods: `params` is an object; write a JSON object, or return a negative errno with the refusal.
int ph_method_rasters(struct ph_server *server, const struct cJSON *params, struct ph_buf *result,
	struct ph_refusal *refusal);
int ph_method_preview(struct ph_server *server, const struct cJSON *params, struct ph_buf *result,
	struct ph_refusal *refusal);

#endif
