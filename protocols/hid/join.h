/*
 * Labels that come in several reports: joined here, by the same rules for every scanner on USB.
 *
 * A piece says whether more pieces of its label follow. Two labels are never joined, and the end of
 * a label whose beginning was lost is never taken for a label: once a label is dropped, the pieces
 * that belong to it (same identifier, in time) are swallowed until the last one has passed. The
 * caller's clock is in milliseconds, from any start.
 */
#ifndef PH_PROTOCOLS_HID_JOIN_H
#define PH_PROTOCOLS_HID_JOIN_H

#include <poshal/limits.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_JOIN_GAP_MS	500  /* between two pieces; after a longer one the label is dropped */
#define PH_JOIN_REST_MS 2000 /* after a dropped label, in which its pieces may still come */

/* Why a label was not delivered. */
enum ph_lost {
	PH_LOST_NONE,
	PH_LOST_REPORT,	    /* a report shorter or longer than the device declares */
	PH_LOST_LENGTH,	    /* a length that the report cannot hold */
	PH_LOST_IDENTIFIER, /* another identifier before the label was complete */
	PH_LOST_GAP,	    /* the next piece did not come in time */
	PH_LOST_TOO_LONG,   /* more than PH_LABEL_MAX bytes */
	PH_LOST_ORDER	    /* a piece is missing, or came twice */
};

/* "report", "length", ... for people and for statistics. */
const char *ph_lost_name(enum ph_lost drop);

struct ph_piece {
	uint32_t identifier; /* equal in all pieces of a label */
	const uint8_t *data;
	size_t len;
	bool more;
};

enum ph_join_result {
	PH_JOIN_MORE,  /* taken; the label is not complete yet */
	PH_JOIN_LABEL, /* complete: `data` and `len` of struct ph_join, until the next call */
	PH_JOIN_REST   /* belongs to a label that was dropped */
};

struct ph_join {
	enum {
		PH_JOIN_IDLE,
		PH_JOIN_OPEN,
		PH_JOIN_SKIP /* what comes is the rest of a dropped label */
	} state;
	bool any_identifier; /* the dropped label's is not known */
	uint32_t identifier;
	uint64_t until_ms; /* of the open label: next piece; of the dropped one: its rest */
	size_t len;
	uint8_t data[PH_LABEL_MAX];
};

void ph_join_init(struct ph_join *join);

/*
 * Takes a piece. `*ret_drop` is why the label before it, or its own, is dropped, or
 * PH_LOST_NONE.
 */
enum ph_join_result ph_join_add(struct ph_join *join, const struct ph_piece *piece, uint64_t now_ms,
	enum ph_lost *ret_drop);

/*
 * A report that could not be read: what is open is dropped, and what follows may be the rest of it.
 * `more` says whether pieces follow, as far as the report can be believed.
 */
void ph_join_break(struct ph_join *join, bool more, uint64_t now_ms);

/* Whether an open label is dropped now because its next piece is late. */
bool ph_join_is_late(struct ph_join *join, uint64_t now_ms);

/* When ph_join_is_late() can be true next, or UINT64_MAX. */
uint64_t ph_join_deadline(const struct ph_join *join);

#endif
