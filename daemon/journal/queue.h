/* What the requests about the queue share; they run in the writer thread, inside the group's transaction. */
#ifndef PH_DAEMON_JOURNAL_QUEUE_PRIVATE_H
#define PH_DAEMON_JOURNAL_QUEUE_PRIVATE_H

#include "daemon/journal/journal_queue.h"
#include "daemon/journal/payments.h"

/* What is not final of a family and currency; nothing of it is a count of 0. */
int ph_exposure_read(struct ph_journal *journal, enum ph_family family, const char *currency,
	struct ph_exposure *ret_exposure);
/* That of the record's family and currency. */
int ph_exposure_of(struct ph_journal *journal, const struct ph_record_row *row,
	struct ph_exposure *ret_exposure);

/* All there is, at most PH_CURRENCIES_MAX. */
int ph_exposure_list(struct ph_journal *journal, struct ph_exposure exposure[PH_CURRENCIES_MAX],
	uint32_t *ret_count);

/* A card has not used what was void before it was sent. */
int ph_velocity_drop(struct ph_journal *journal, const struct ph_record_row *row);
/* What the record's card has used, where it is known, is this much, and as of then. */
int ph_velocity_move(struct ph_journal *journal, const struct ph_record_row *row, uint64_t at_us,
	int64_t amount);

/* A record of a family that is to stand for another amount, or to stand again. */
struct ph_more {
	const struct ph_record_row *row;
	int64_t amount; /* from then on */
	bool again;	/* it does not stand now: it is one more, and all of it is */
	uint64_t believed_us;
};
/* -EDQUOT: `limit` is the first that says no; a card's is that of its other sales with this one. */
int ph_limits_allow(struct ph_journal *journal, const struct ph_accept_limits *limits,
	const struct ph_exposure *exposure, const struct ph_more *more, const char **ret_limit);

/* When the record was accepted that another one stands for, when that goes, and why not (NULL: it may). */
struct ph_succession {
	uint64_t accepted_us, next_us;
	const char *hold_reason;
};
/* The record that stands for another one from now on, with what was sealed of it; STORED, or HELD with work to do. */
int ph_record_succeed(struct ph_journal *journal, const struct ph_journal_request *request,
	const struct ph_record_row *old, const struct ph_succession *how,
	struct ph_record_row *ret_row);

/* How many stood for this one before, none of which somebody has looked at; of these so many were undone at the host. */
int ph_record_before(struct ph_journal *journal, const struct ph_record_row *row,
	uint32_t *ret_before, uint32_t *ret_undone);

/* A deferred request, SENDING or UNSURE, is given up and stored anew; fills in what ph_journal_supersede answers. */
int ph_record_supersede(struct ph_journal *journal, const struct ph_record_row *old,
	struct ph_journal_supersede *supersede);

/* A refund that the host did not take and that cannot be void: what it had claimed of its original is left there. */
static inline bool ph_queue_gave_nothing(enum ph_record_kind kind, enum ph_record_state state)
{
	return kind == PH_RECORD_REFUND_DEFERRED &&
	       (state == PH_RECORD_DECLINED || state == PH_RECORD_REFERRED ||
		       state == PH_RECORD_REJECTED);
}

/* A text of an answer, or NULL. */
static inline bool ph_queue_text_ok(const char *text, size_t max)
{
	return !text || ph_journal_text_ok(text, 0, max);
}

#endif
