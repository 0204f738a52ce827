/*
 * The host as a gateway: HTTP/1.1 with JSON, as docs/acquirer-https.md has it. A request becomes the message the ledger knows, and
 * its answer becomes JSON again. Pure; one request at a time.
 *
 * Source: RFC 9110, RFC 9112; docs/acquirer-https.md.
 */
#ifndef PH_EMULATORS_MODELS_HOST_JSON_H
#define PH_EMULATORS_MODELS_HOST_JSON_H

#include "emulators/models/host_iso.h"

#define EMU_HTTP_HEAD_MAX 4096u /* bytes before the empty line; more is answered 431 */
#define EMU_HTTP_WORD_MAX 81u

/* What has to be remembered of a request until it is answered. */
struct emu_http {
	char message[12]; /* "authorize" */
	char class;	  /* of its message type */
};

/*
 * The request at the begin of `data`. Its bytes, 0 when more are needed; `ret_status` 200 with a message, or what it is refused
 * with. `word`: what has to be in Authorization, "" for nothing.
 */
size_t emu_http_take(const uint8_t *data, size_t len, const char *word, struct emu_http *ret_http,
	struct emu_iso *ret_message, unsigned *ret_status);

/* An answer of the ledger as a response; its bytes, 0 where it does not fit. */
size_t emu_http_answer(
	const struct emu_http *http, const struct emu_iso *answer, uint8_t *out, size_t size);
/* A refusal. */
size_t emu_http_refuse(unsigned status, uint8_t *out, size_t size);

#endif
