/* Shared by the requests about payments, records and the queue; they run in the writer thread, inside the group's transaction. */
#ifndef PH_DAEMON_JOURNAL_PAYMENTS_PRIVATE_H
#define PH_DAEMON_JOURNAL_PAYMENTS_PRIVATE_H

#include "daemon/journal/internal.h"
#include "daemon/journal/journal_payments.h"

struct ph_payment_ending {
	int64_t payment;
	enum ph_pay_state state;
	int64_t amount_approved;
	const char *reason, *result; /* NULL: as it is */
	uint64_t wall_us;
};

struct ph_payment_facts {
	enum ph_pay_state state;
	char type[16], currency[4];
	int64_t amount, refunded, original, completion;
	bool voided;
};

/* 0, -ENOENT. */
int ph_payment_facts(struct ph_journal *journal, int64_t id, struct ph_payment_facts *ret_facts);
int ph_payment_state(struct ph_journal *journal, int64_t id, enum ph_pay_state *ret_state);

/* Ends a payment. 0 also when it has ended so before; -EALREADY: otherwise. */
int ph_payment_end(struct ph_journal *journal, const struct ph_payment_ending *ending);

/* What a payment of PH_PAY_STARTED takes of its original: 0, -EEXIST when it is not there to be taken. */
int ph_payment_claim(struct ph_journal *journal, int64_t id);
/* A refund that was accepted, and that the host did not take: its original has that much left again; and it is claimed anew, -EEXIST as above. */
int ph_payment_unclaim(struct ph_journal *journal, int64_t id);
/* The host has taken a part: so much of what it had claimed is left again. */
int ph_payment_unclaim_part(struct ph_journal *journal, int64_t id, int64_t rest);
int ph_payment_claim_again(struct ph_journal *journal, int64_t id);
/* The reservation is that of the payment `by` from now on; -EEXIST: of another one, or it is void. */
int ph_payment_reserve_for(struct ph_journal *journal, int64_t reservation, int64_t by);
/* Whether it can be made void: 0, -ENOENT, -EEXIST: it was completed or refunded, or is void. */
int ph_payment_voidable(struct ph_journal *journal, int64_t id);
/* Once: what it gives back of its original is given back with the first. */
int ph_payment_mark_void(struct ph_journal *journal, int64_t id, uint64_t wall_us);
/* The payment becomes PH_PAY_INTENT. */
int ph_payment_intent(struct ph_journal *journal, int64_t id, const char *before, uint64_t wall_us);

/* The next number of a counter, 1 to `max` and round again, written with its use. */
int ph_counter_next(struct ph_journal *journal, const char *kind, const char *of, uint32_t max,
	uint32_t *ret_value);

/* ---- record_rows.c ---- */

/* A statement with the columns of a record stands on a row. */
void ph_record_read(sqlite3_stmt *s, struct ph_record_row *row);
/* The first row of a statement with one number. 0, -ENOENT. */
int ph_record_find(struct ph_journal *journal, enum ph_sql which, int64_t number,
	struct ph_record_row *ret_row);
void ph_record_bind_blob(sqlite3_stmt *s, int index, const uint8_t *data, size_t len);

/* Another message about the same card, place and time, without what has become of the first one. */
struct ph_record_row ph_record_like(const struct ph_record_row *of);
/* Numbers and times a message keeps for good. */
int ph_record_number(struct ph_journal *journal, const char *terminal, uint64_t wall_us,
	struct ph_record_row *row);
/* Its own number and time of transmission; the place and time of the card are those of the message it is about. */
int ph_record_number_like(struct ph_journal *journal, const struct ph_journal_request *request,
	const struct ph_record_row *about, struct ph_record_row *row);
/* Sets the row's id. Its amount is stored where it differs from what was `asked`. */
int ph_record_insert(struct ph_journal *journal, struct ph_record_row *row);

/* It goes on at another machine, and nothing becomes of it here. */
bool ph_record_is_exported(const struct ph_record_row *row);
/* And it was taken there. */
bool ph_record_is_handed_over(const struct ph_record_row *row);
/* 0; -EALREADY: it is final in another state; -EPERM: it does not become this. */
int ph_record_may(const struct ph_record_row *row, enum ph_record_state next);

struct ph_record_step {
	enum ph_record_state state;
	bool repeat, attempt; /* an attempt begins */
	bool not_now;	      /* the answer decides nothing; so does that of a RETRY_WAIT */
	uint64_t next_us, wall_us;
	const char *response_code, *approval_code, *note; /* NULL: as it is */
};

/* Stores why it is held, its work and its amounts as the row has them. */
int ph_record_mark(struct ph_journal *journal, const struct ph_record_row *row);

/* After ph_record_may(). */
int ph_record_move(struct ph_journal *journal, int64_t record, const struct ph_record_step *step);
/* A statement that drops account data, with the id of a record or payment. */
int ph_record_drop(struct ph_journal *journal, enum ph_sql which, int64_t id);
int ph_record_drop_sealed(struct ph_journal *journal, int64_t record);

/* ---- records.c ---- */

/* A reversal of `parent`, queued; the parent is PH_RECORD_ABANDONED. `why` as in ph_journal_reverse; icc NULL: the parent's. */
struct ph_record_undo {
	const struct ph_journal_request *request;
	const char *why;
	const uint8_t *icc;
	size_t icc_len;
};
int ph_record_undo(struct ph_journal *journal, const struct ph_record_undo *undo,
	const struct ph_record_row *parent, struct ph_record_row *ret_reversal);

/* Somebody has undone by hand what its refused reversals should have undone: nobody needs the account any more, but what is still to be sent, or seen to. */
int ph_records_resolve(struct ph_journal *journal, int64_t payment);

/* One that is held is PH_RECORD_ABANDONED, without what was sealed. -ENOENT: none is. */
int ph_records_give_up(struct ph_journal *journal, int64_t payment);

int ph_records_load(struct ph_journal *journal,
	int (*each)(const struct ph_record_row *record, void *userdata), void *userdata);

#endif
