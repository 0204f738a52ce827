/* Shared by payments.c and records.c; they run in the writer thread, inside the group's transaction. */
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

/* 0, -ENOENT. */
int ph_payment_state(struct ph_journal *journal, int64_t id, enum ph_pay_state *ret_state);

/* Ends a payment. 0 also when it has ended so before; -EALREADY: otherwise. */
int ph_payment_end(struct ph_journal *journal, const struct ph_payment_ending *ending);

/* What a payment of PH_PAY_STARTED takes of its original: 0, -EEXIST when it is not there to be taken. */
int ph_payment_claim(struct ph_journal *journal, int64_t id);
/* The reservation is that of the payment `by` from now on; -EEXIST: of another one, or it is void. */
int ph_payment_reserve_for(struct ph_journal *journal, int64_t reservation, int64_t by);
/* Whether it can be made void: 0, -ENOENT, -EEXIST. */
int ph_payment_voidable(struct ph_journal *journal, int64_t id);
int ph_payment_mark_void(struct ph_journal *journal, int64_t id, uint64_t wall_us);
/* The payment becomes PH_PAY_INTENT. */
int ph_payment_intent(struct ph_journal *journal, int64_t id, const char *before, uint64_t wall_us);

/* The next number of a counter, 1 to `max` and round again, written with its use. */
int ph_counter_next(struct ph_journal *journal, const char *kind, const char *of, uint32_t max,
	uint32_t *ret_value);

/* Nobody needs the account of a payment any more. */
int ph_records_drop_sealed(struct ph_journal *journal, int64_t payment);

/* One that is held is PH_RECORD_ABANDONED, without what was sealed. -ENOENT: none is. */
int ph_records_give_up(struct ph_journal *journal, int64_t payment);

int ph_records_load(struct ph_journal *journal,
	int (*each)(const struct ph_record_row *record, void *userdata), void *userdata);

#endif
