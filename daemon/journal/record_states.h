/*
 * What a record of the journal can be, and which states may follow which. The same table is in the database, where a trigger keeps
 * every other change out.
 *
 *   request        INTENT -> APPROVED | PARTIAL | DECLINED | REFERRED | REJECTED | ABANDONED
 *   accepted here  STORED | HELD | QUEUED -> SENDING -> APPROVED | PARTIAL | DECLINED | REFERRED | REJECTED | RETRY_WAIT | UNSURE
 *                  unsent: -> VOIDED; too old: -> EXPIRED; given up behind a message that may have left: -> ABANDONED, with a reversal
 *   reversal       QUEUED -> SENDING -> APPROVED | REJECTED -> QUEUED | RETRY_WAIT | UNSURE
 *   exported       HELD -> QUEUED: taken back | ABANDONED: another machine has taken it
 *   at the end     APPROVED | PARTIAL -> SETTLED (the host's day is closed) | ABANDONED (void) -> REVERSED; EXPIRED -> VOIDED
 */
#ifndef PH_DAEMON_JOURNAL_RECORD_STATES_H
#define PH_DAEMON_JOURNAL_RECORD_STATES_H

#include <stdbool.h>

enum ph_record_kind {
	PH_RECORD_REQUEST,    /* 0100, 0200: the host decides, while the customer waits */
	PH_RECORD_REVERSAL,   /* 0420, then 0421 until it is acknowledged */
	PH_RECORD_COMPLETION, /* 0220 of a reservation */
	PH_RECORD_SALE_DEFERRED, /* 0200, marked: the merchant has accepted it, nobody has approved it */
	PH_RECORD_REFUND_DEFERRED, /* the same of a refund */
	PH_RECORD_OFFLINE_TC,	   /* 0220: the chip has approved it */
	PH_RECORD_VOICE,	   /* 0220: the issuer has approved it on the telephone */
	PH_RECORD_KIND_COUNT_
};

/* Who has approved what stands without the host. */
enum ph_family {
	PH_FAMILY_NONE,	    /* requests, reversals, completions */
	PH_FAMILY_STAND_IN, /* nobody but the merchant */
	PH_FAMILY_ADVICE,   /* card or issuer */
	PH_FAMILY_COUNT_
};

/* From PH_RECORD_APPROVED on they are final, but for the ways on that the table has. */
enum ph_record_state {
	PH_RECORD_INTENT,     /* a request that is about to leave or has left */
	PH_RECORD_STORED,     /* accepted without the host; may go when it is there */
	PH_RECORD_HELD,	      /* must not go out before release_us, or until somebody has looked */
	PH_RECORD_QUEUED,     /* may go out: reversals, completions, what was held */
	PH_RECORD_SENDING,    /* bytes may be on the line */
	PH_RECORD_RETRY_WAIT, /* refused for now; next_us */
	PH_RECORD_UNSURE,     /* sent without an answer */
	PH_RECORD_APPROVED,
	PH_RECORD_PARTIAL,
	PH_RECORD_DECLINED,
	PH_RECORD_REFERRED,
	PH_RECORD_REJECTED,  /* the host does not understand it: a bug or a wrong dialect */
	PH_RECORD_ABANDONED, /* given up; where the host may have acted, a reversal is its child */
	PH_RECORD_REVERSED,  /* undone, and the host has acknowledged it */
	PH_RECORD_VOIDED,    /* undone before it was ever sent */
	PH_RECORD_EXPIRED,   /* too old to be sent; somebody has to look */
	PH_RECORD_SETTLED,   /* in a day that host and we have closed */
	PH_RECORD_REFUSED,   /* policy has said no; without account data */
	PH_RECORD_STATE_COUNT_
};

/* Why a record is PH_RECORD_HELD that goes on at another machine, and PH_RECORD_ABANDONED once that has taken it. */
#define PH_HELD_EXPORTED "exported"

static inline bool ph_record_is_final(enum ph_record_state state)
{
	return state >= PH_RECORD_APPROVED;
}

/* "sale_deferred", "retry_wait", "stand_in"; "unknown" outside the range. */
const char *ph_record_kind_name(enum ph_record_kind kind);
const char *ph_record_state_name(enum ph_record_state state);
const char *ph_family_name(enum ph_family family);

enum ph_family ph_record_family(enum ph_record_kind kind);

/* True also when both are the same. */
bool ph_record_may_become(enum ph_record_state from, enum ph_record_state to);

/* In which state a new record can be. */
bool ph_record_may_begin(enum ph_record_state state);

/* What ended this way can be presented once more, as long as what was kept of its card is there: with numbers of its own. */
bool ph_record_may_come_again(enum ph_record_state state);

#endif
