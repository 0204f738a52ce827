/*
 * Requests to the journal about what stands without the host: acceptance (D4), hold and release (D5), void (D6), attempts (D7, D8),
 * the day's end (D9), and what is read of the queue. As all requests (journal.h): the caller's memory, answered on the loop.
 *
 * The exposure -- what is accepted and not final yet -- is kept by triggers in the same transaction as each state, so it cannot
 * differ from the rows unless somebody has changed the file.
 */
#ifndef PH_DAEMON_JOURNAL_QUEUE_H
#define PH_DAEMON_JOURNAL_QUEUE_H

#include "daemon/journal/journal_payments.h"
#include "daemon/journal/record_states.h"

#define PH_FINGERPRINT	   32  /* bytes */
#define PH_QUEUE_TAKE_MAX  8   /* records taken at once */
#define PH_CURRENCIES_MAX  16  /* in one answer; more are left out and told as `more` */
#define PH_UNDONE_MAX	   10  /* so often a request is undone and asked anew by itself */
#define PH_SUCCESSORS_MAX  100 /* and so often asked anew at all; then somebody has to look */
#define PH_VELOCITY_KEEP_S (72 * 3600)

/* ---- exposure ---- */

struct ph_exposure {
	enum ph_family family;
	char currency[4];
	uint32_t count;
	int64_t total; /* minor units, refunds counted as if they were sales */
	uint32_t held; /* of count */
};

/* ---- D4: accepted without the host ---- */

/* Checked in the same transaction, so that two at once do not both pass. 0: not limited. */
struct ph_accept_limits {
	int64_t max_total; /* of this family and currency, with this one */
	uint32_t max_count;
	uint32_t card_count; /* with this one */
	int64_t card_total;
	uint32_t card_window_s; /* at most PH_VELOCITY_KEEP_S */
};

/*
 * Stores a record of PH_RECORD_STORED, or _HELD with `release_us`, with the next STAN of `terminal`; the payment is final, as
 * PH_PAY_APPROVED_OFFLINE with amount_approved its amount. A request of the payment that was not sent is PH_RECORD_ABANDONED; one
 * that may have been has its reversal already (ph_journal_reverse), which this record waits for. With `refused` nothing is accepted:
 * the record is PH_RECORD_REFUSED without account data, limits are not looked at, and the payment goes on.
 * What a card has used counts for all currencies alike, until it is void before it was sent.
 * Results: 0; -EALREADY: the payment is final, or the host has approved it; -EDQUOT: `limit` says which, nothing is written; -EEXIST: a refund of more than is left.
 */
struct ph_journal_pay_accept {
	struct ph_journal_request request;
	int64_t payment;
	enum ph_record_kind kind; /* of a family */
	const char *terminal;	  /* 1 to PH_NAME_MAX bytes */
	const char *entry;
	int sequence, pin;
	const uint8_t *sealed, *icc;
	size_t sealed_len, icc_len;
	/* Instead of `entry` to `icc`: a payment whose request, PH_RECORD_REFERRED, has the account data; they move here. -ENOENT: it has none. 0: as above. */
	int64_t account_of;
	const char *approval_code;  /* VOICE: what was told; else NULL */
	const char *arc;	    /* OFFLINE_TC: "Y1", "Y3"; else NULL */
	uint64_t release_us;	    /* 0: may go at once */
	const char *hold_reason;    /* with release_us: "window" */
	const uint8_t *fingerprint; /* PH_FINGERPRINT bytes; NULL: not known, no velocity */
	struct ph_accept_limits limits;
	bool refused;
	const char *refused_limit; /* stored as the note */
	const char *reason,
		*result; /* of the payment, as in ph_journal_pay_result; NULL: as it is */
	/* out */
	struct ph_record_row
		record; /* what is stored of itself; not what a payment it is of, or its account, adds */
	const char *limit;	     /* "max_total", "max_count", "card_count", "card_total" */
	struct ph_exposure exposure; /* of this family and currency, afterwards */
};
int ph_journal_pay_accept_submit(struct ph_journal *journal, struct ph_journal_pay_accept *accept);

/* What policy has to know before: reads only. */
struct ph_journal_card_use {
	struct ph_journal_request request;
	uint8_t fingerprint[PH_FINGERPRINT];
	uint32_t window_s;
	/* out */
	uint32_t count;
	int64_t total;
};
int ph_journal_card_use_submit(struct ph_journal *journal, struct ph_journal_card_use *use);

/* ---- D7: what is due is taken ---- */

struct ph_take_limits {
	uint64_t now_us;	   /* wall clock */
	uint64_t expire_before_us; /* accepted before: PH_RECORD_EXPIRED; 0: nothing expires */
	bool reversals_only;	   /* and completions: nothing of a family */
	bool now; /* what waits for its next_us is due from now on, once (not what is held) */
	/* No pause is longer: a next_us behind now and this is due, for the clock was set back since. 0: not looked at. */
	uint64_t pause_max_us;
	/* The same of what is held: no window is that long. */
	uint64_t hold_max_us;
};

/*
 * Takes up to `max` records that are due, in the order reversals, completions, advices, deferred, the oldest first of each, none of a payment whose
 * reversal is not acknowledged (but that reversal), and makes them PH_RECORD_SENDING with an attempt begun. What was accepted, is too
 * old and cannot have reached the host (no repeat) becomes PH_RECORD_EXPIRED with work to do, at most PH_QUEUE_TAKE_MAX of them at once; then `again`. Held records whose time has come
 * are PH_RECORD_QUEUED first.
 */
struct ph_journal_take {
	struct ph_journal_request request;
	struct ph_take_limits limits;
	uint32_t max; /* 0 to PH_QUEUE_TAKE_MAX; 0: nothing is taken */
	/* out */
	struct ph_record_row *rows; /* taken; an array freed by _clear; NULL when there are none */
	uint32_t count;
	struct ph_record_row *expired;
	uint32_t expired_count;
	bool again; /* more was to be done than is done at once */
	uint64_t
		next_us; /* when the next one is due (1 and later; past times: now), or expires; 0: never */
	uint32_t waiting; /* still to be acknowledged by the host, after this */
};
int ph_journal_take_submit(struct ph_journal *journal, struct ph_journal_take *take);
void ph_journal_take_clear(struct ph_journal_take *take);

/* ---- D8: what became of it ---- */

/*
 * For a record of a family that is PH_RECORD_SENDING; for others ph_journal_record_move. Ends the attempt. What `state` has to be: RETRY_WAIT with next_us,
 * UNSURE (advices only: they are repeated with the same fields), APPROVED, PARTIAL with amount_host, DECLINED, REFERRED,
 * REJECTED; HELD with a reason: waits for somebody to look. Those that are not approved whole become work for somebody. Account data is
 * dropped when it is declined, but for one that may be presented again. RETRY_WAIT without a response code says that nothing has
 * left: such a record can still be void as one that was never sent. -EPERM: it was not on its way. -EALREADY: it is final in another state, which stays.
 */
struct ph_journal_forwarded {
	struct ph_journal_request request;
	int64_t record;
	enum ph_record_state state;
	bool repeat;
	bool present_again; /* DECLINED: account data is kept for PH_QUEUE_AGAIN */
	uint64_t next_us;
	int64_t amount_host;						/* PARTIAL: minor units */
	const char *response_code, *approval_code, *note, *hold_reason; /* may be NULL */
	/* out */
	struct ph_record_row row;
	struct ph_exposure exposure;
};
int ph_journal_forwarded_submit(struct ph_journal *journal, struct ph_journal_forwarded *forwarded);

/* Why one is PH_RECORD_HELD, with work to do, behind a backup that was put back: the host may have had it since. Released, it goes as if it never had. */
#define PH_HELD_RESTORED "restored"
/* Why a successor is PH_RECORD_HELD at once, with work to do. */
#define PH_HELD_UNANSWERED "no_answer" /* PH_UNDONE_MAX before it were undone */
#define PH_HELD_NOT_NOW	   "not_now"   /* PH_SUCCESSORS_MAX before it did not help */

/*
 * A deferred request that must not go out again with its numbers: it is PH_RECORD_ABANDONED, and a successor with numbers of its own
 * is STORED. Without an answer its reversal is queued, too, and the successor waits for that; after `not_now`, by which the host has
 * said that it did nothing, there is none. Behind as many as are asked by themselves the successor is HELD; what somebody has
 * presented again (PH_QUEUE_AGAIN) counts from there. What was sealed moves on to the successor, the reversal has a copy.
 */
struct ph_journal_supersede {
	struct ph_journal_request request;
	int64_t record;
	bool not_now;
	uint64_t next_us; /* of the successor */
	const char *response_code, *approval_code,
		*note; /* the host's, to the record; may be NULL */
	/* out */
	struct ph_record_row reversal, successor; /* reversal.id 0: none */
};
int ph_journal_supersede_submit(struct ph_journal *journal, struct ph_journal_supersede *supersede);

/* ---- D5, D6: a person ---- */

enum ph_queue_act {
	PH_QUEUE_HOLD, /* unsent: HELD with `reason` (but PH_HELD_RESTORED stays), until somebody releases it */
	PH_QUEUE_RELEASE, /* HELD: QUEUED; with `amount` (SALE_DEFERRED, never sent) that is what will be sent */
	PH_QUEUE_NOW, /* RETRY_WAIT, UNSURE, STORED: due at once */
	PH_QUEUE_AGAIN, /* DECLINED, REFERRED, REJECTED, EXPIRED with account data left: a successor, STORED */
	PH_QUEUE_SEEN, /* work that somebody has seen to; but for PARTIAL, which can be void, the account data is dropped; not HELD */
	PH_QUEUE_ACT_COUNT_
};

/*
 * -ENOENT: the payment has no record of a family; -EEXIST: AGAIN, a refund of more than is left; -EBUSY: it is with the host just now;
 * -EPERM: not in that state (`row` says in which);
 * -EDQUOT: with it, or with `amount`, more would stand than may, and `limit` says which; without one it was presented again as often as may be.
 */
struct ph_journal_queue_act {
	struct ph_journal_request request;
	int64_t payment; /* its newest record of a family */
	enum ph_queue_act act;
	/* HOLD: 1 to PH_HOLD_REASON_MAX bytes, neither PH_HELD_EXPORTED nor PH_HELD_RESTORED */
	const char *reason;
	int64_t amount; /* RELEASE: 0: as it is */
	/* AGAIN, and RELEASE with more than was accepted; those of a card are about stand-in, and where the card is still known */
	struct ph_accept_limits limits;
	uint32_t max_again; /* AGAIN: so many successors at most */
	/* out */
	const char *limit;	  /* "max_total", "max_count", "card_count", "card_total" */
	struct ph_record_row row; /* afterwards */
	struct ph_exposure exposure;
};
int ph_journal_queue_act_submit(struct ph_journal *journal, struct ph_journal_queue_act *act);

/*
 * A void of what stands without the host: `voiding` ends as PH_PAY_APPROVED with `result`, the payment is void. A record that was never
 * sent is PH_RECORD_VOIDED, its account data gone, and no message leaves (`unsent`); one that may have been is ABANDONED and its
 * reversal queued. -EBUSY: it is with the host just now; -ENOENT: nothing of it stands; -EXDEV: it was exported; -EEXIST: refunded, or void already.
 */
struct ph_journal_void_stored {
	struct ph_journal_request request;
	int64_t payment, voiding;
	const char *result; /* JSON text; may be NULL */
	/* out */
	bool unsent;
	struct ph_record_row row, reversal; /* reversal.id 0: none */
	struct ph_exposure exposure;
};
int ph_journal_void_stored_submit(
	struct ph_journal *journal, struct ph_journal_void_stored *voided);

/* ---- reading the queue ---- */

enum ph_queue_filter {
	PH_QUEUE_OPEN, /* not final; requests, which are live, are none of it */
	PH_QUEUE_WORK, /* somebody has to look: `work`, a reversal or a completion that was refused */
	PH_QUEUE_FINAL, /* of a family, over */
	PH_QUEUE_ALL,	/* of a family, or PH_QUEUE_OPEN */
	PH_QUEUE_FILTER_COUNT_
};

/* Oldest first, also of the newest. */
struct ph_journal_queue_list {
	struct ph_journal_request request;
	enum ph_queue_filter filter;
	int64_t payment; /* only its records, of every kind whatever the filter; 0: all */
	bool newest;	 /* of a payment with more than `limit` the newest; `more`: of older ones */
	int64_t after_id; /* 0: from the oldest */
	uint32_t limit;	  /* 1 to PH_LIST_MAX */
	/* out */
	struct ph_record_row
		*rows; /* without sealed, whose length is told, and icc; freed by _clear */
	uint32_t count;
	bool more;
};
int ph_journal_queue_list_submit(struct ph_journal *journal, struct ph_journal_queue_list *list);
void ph_journal_queue_list_clear(struct ph_journal_queue_list *list);

/*
 * Counts and minor units; accepted = the sum of approved to handed_over, for each family and currency. A payment counts once, as its newest
 * record says: with its successors it is one. One that was partly approved is counted with the approved: partial_delta has no count.
 * Referred, rejected and declined are `declined`; what was void before or after it was sent is `voided`.
 */
struct ph_queue_sum {
	uint32_t count;
	int64_t total;
};
struct ph_queue_totals {
	enum ph_family family;
	char currency[4];
	struct ph_queue_sum accepted, approved, partial_delta, declined, voided, expired, pending;
	struct ph_queue_sum handed_over; /* to another machine, in whose totals it is */
	/* of pending: */
	struct ph_queue_sum held, unsure;
	struct ph_queue_sum refused; /* by policy; not accepted */
	uint64_t oldest_us;	     /* of pending, 0: none */
};

/* Of what was accepted since `since_us`, and of all that is pending. Also what the host should have booked. */
struct ph_journal_queue_totals {
	struct ph_journal_request request;
	uint64_t since_us; /* 0: all that is kept */
	/* out */
	struct ph_queue_totals totals[PH_CURRENCIES_MAX];
	uint32_t count;
	bool more;
	struct ph_exposure exposure[PH_CURRENCIES_MAX]; /* as stored */
	uint32_t exposure_count;
	bool agrees;   /* each sum is that of its parts, and the stored exposure that of the rows */
	uint32_t work; /* records somebody has to look at */
	unsigned char audit_head[32];
	int64_t audit_count; /* -1: it cannot be read, and the head is zeros */
	uint32_t unreadable; /* records that are in none of the sums */
};
int ph_journal_queue_totals_submit(
	struct ph_journal *journal, struct ph_journal_queue_totals *totals);

/*
 * How the queue is, at a cost that does not grow with what is pending but with what somebody has to look at: what is stored as exposure,
 * and what indexes begin with.
 */
struct ph_journal_queue_glance {
	struct ph_journal_request request;
	/* out */
	struct ph_exposure exposure[PH_CURRENCIES_MAX];
	uint32_t exposure_count;
	uint32_t work;	     /* as in the totals */
	uint64_t oldest_us;  /* when the oldest that is pending was accepted; 0: none */
	uint64_t next_us;    /* as ph_journal_take has it, but for what expires */
	uint32_t unreadable; /* records that are in the exposure alone */
};
int ph_journal_queue_glance_submit(
	struct ph_journal *journal, struct ph_journal_queue_glance *glance);

/* ---- D9: the day's end at the host ---- */

#define PH_BATCH_WORD_MAX 64 /* bytes */

struct ph_batch_sums {
	struct ph_queue_sum credits, credit_reversals, debits, debit_reversals;
};

/*
 * Sums up what the host should have booked for this terminal and currency since the last closed batch (what was reversed counts as
 * booked and as reversed, unless the host never had it; reservations do not count, nor what the card may undo yet, which is pending), and stores them as a batch with a STAN, so that a
 * repeat is the same. -EBUSY: something is pending, and not `carry_forward`; -EALREADY: a batch is open: its sums are given again, as a repeat.
 */
struct ph_journal_batch_open {
	struct ph_journal_request request;
	const char *terminal, *currency;
	bool carry_forward;
	/* out */
	int64_t batch;
	bool repeat;
	uint32_t stan;
	char transmission[11];
	struct ph_batch_sums sums;
	uint32_t pending;
};
int ph_journal_batch_open_submit(struct ph_journal *journal, struct ph_journal_batch_open *open);

/*
 * Balanced: its records, but for reversals, are PH_RECORD_SETTLED, and their account data is dropped: they cannot be void any more. Else the batch
 * is given up and they stay, for the next one. -ENOENT; -EALREADY: it is closed.
 */
struct ph_journal_batch_close {
	struct ph_journal_request request;
	int64_t batch;
	bool balanced;
	const char *word; /* of the host: "in_balance", "out_of_balance", "error" */
	/* out */
	uint32_t settled;
};
int ph_journal_batch_close_submit(struct ph_journal *journal, struct ph_journal_batch_close *close);

/* ---- at the start ---- */

/*
 * Before ph_journal_attach(): what a crash has left as SENDING is UNSURE, or of a deferred request superseded; the exposure is summed up anew.
 * In a file that was put back the host may have had whatever waits: deferred requests are PH_HELD_RESTORED, all else is UNSURE or repeated.
 */
struct ph_queue_recovery {
	uint32_t unsure, superseded;
	uint32_t held;		/* behind a backup: deferred requests, for somebody to look at */
	bool exposure_differed; /* somebody has changed the file, or we have a bug */
	bool restored;	 /* the file is older than the last one known: STANs have a gap of 1000 */
	bool clock_back; /* the clock is before the newest row */
	uint64_t newest_us; /* of all payments and records */
	uint64_t host_us;   /* when a host's last good answer was stored; 0: never */
	struct ph_exposure exposure[PH_CURRENCIES_MAX]; /* as it is now */
	uint32_t exposure_count;
	bool damaged;	     /* not all of it could be read: the rest is in order */
	uint32_t unreadable; /* records that are left out of all that follows */
};
int ph_journal_recover_queue(struct ph_journal *journal, struct ph_queue_recovery *ret_recovery);

#endif
