// Joins the pieces of labels; what is a piece, and what its identifier, each protocol knows for
// itself.
#include "protocols/hid/join.h"

#include <string.h>

const char *ph_lost_name(enum ph_lost drop)
{
	switch (drop) {
	case PH_LOST_NONE:
		return "none";
	case PH_LOST_REPORT:
		return "report";
	case PH_LOST_LENGTH:
		return "length";
	case PH_LOST_IDENTIFIER:
		return "identifier";
	case PH_LOST_GAP:
		return "gap";
	case PH_LOST_TOO_LONG:
		return "too_long";
	case PH_LOST_ORDER:
		return "order";
	}
	return "none";
}

void ph_join_init(struct ph_join *join)
{
	join->state = PH_JOIN_IDLE;
	join->any_identifier = false;
	join->identifier = 0;
	join->until_ms = 0;
	join->len = 0;
}

static void skip(struct ph_join *join, uint64_t until_ms)
{
	join->state = PH_JOIN_SKIP;
	join->until_ms = until_ms;
	join->len = 0;
}

bool ph_join_is_late(struct ph_join *join, uint64_t now_ms)
{
	if (join->state != PH_JOIN_OPEN || now_ms <= join->until_ms)
		return false;
	skip(join, join->until_ms - PH_JOIN_GAP_MS + PH_JOIN_REST_MS);
	return true;
}

uint64_t ph_join_deadline(const struct ph_join *join)
{
	return join->state == PH_JOIN_OPEN ? join->until_ms + 1 : UINT64_MAX;
}

/* Whether the piece is of the label that was dropped; a piece that is not begins a new one. */
static bool is_rest(struct ph_join *join, const struct ph_piece *piece, uint64_t now_ms)
{
	if (join->state != PH_JOIN_SKIP)
		return false;
	bool same = join->any_identifier || piece->identifier == join->identifier;
	if (!same || now_ms > join->until_ms) {
		join->state = PH_JOIN_IDLE;
		return false;
	}
	if (piece->more) {
		join->any_identifier = false;
		join->identifier = piece->identifier;
		skip(join, now_ms + PH_JOIN_REST_MS);
	} else {
		join->state = PH_JOIN_IDLE;
	}
	return true;
}

enum ph_join_result ph_join_add(
	struct ph_join *join, const struct ph_piece *piece, uint64_t now_ms, enum ph_lost *ret_drop)
{
	*ret_drop = ph_join_is_late(join, now_ms) ? PH_LOST_GAP : PH_LOST_NONE;
	if (is_rest(join, piece, now_ms))
		return PH_JOIN_REST;
	if (join->state == PH_JOIN_OPEN && join->identifier != piece->identifier) {
		*ret_drop = PH_LOST_IDENTIFIER;
		join->state = PH_JOIN_IDLE;
	}
	if (join->state == PH_JOIN_IDLE) {
		join->len = 0;
		join->identifier = piece->identifier;
		join->any_identifier = false;
	}
	if (piece->len > sizeof join->data - join->len) {
		*ret_drop = PH_LOST_TOO_LONG;
		join->state = PH_JOIN_SKIP;
		join->until_ms = now_ms;
		is_rest(join, piece, now_ms);
		return PH_JOIN_REST;
	}
	if (piece->len)
		memcpy(join->data + join->len, piece->data, piece->len);
	join->len += piece->len;
	join->state = piece->more ? PH_JOIN_OPEN : PH_JOIN_IDLE;
	join->until_ms = now_ms + PH_JOIN_GAP_MS;
	return piece->more ? PH_JOIN_MORE : PH_JOIN_LABEL;
}

void ph_join_break(struct ph_join *join, bool more, uint64_t now_ms)
{
	if (!more) {
		join->state = PH_JOIN_IDLE;
		return;
	}
	if (join->state != PH_JOIN_SKIP)
		join->any_identifier = join->state == PH_JOIN_IDLE;
	/* of an unknown label only what follows at once is taken for its rest */
	skip(join, now_ms + (join->any_identifier ? PH_JOIN_GAP_MS : PH_JOIN_REST_MS));
}
