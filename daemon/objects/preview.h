/* A document as a picture, a page or a text: what a client sees before or after it is printed. */
#ifndef PH_DAEMON_OBJECTS_PREVIEW_H
#define PH_DAEMON_OBJECTS_PREVIEW_H

#include <cjson/cJSON.h>

struct ph_call;

struct ph_preview {
	const cJSON *document; /* that was accepted before, or is checked before */
	unsigned columns;
	const char *mark;   /* printed first, or NULL */
	const char *format; /* png, svg, pdf, html or text */
	cJSON *result;	    /* members of the answer besides the picture; taken over */
};

/*
 * Answers the call: `result` with `columns` and `text`, `svg`, `html`, `png_b64` or `pdf_b64`; or why not. All but text is
 * drawn by poshal-render, for at most PH_PREVIEWS_PER_CLIENT calls of a client at once.
 */
void ph_preview_answer(struct ph_call *call, const struct ph_preview *preview);

#endif
