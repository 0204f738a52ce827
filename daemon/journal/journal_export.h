/*
 * Requests to the journal about records that go on at another machine: pending ones of a family leave this one's queue, and become
 * records of that one's with the same numbers. What leaves is PH_RECORD_HELD for PH_HELD_EXPORTED before anybody is told of it, and
 * is neither sent, released, void nor too old here from then on, so that it is never sent by both.
 */
#ifndef PH_DAEMON_JOURNAL_EXPORT_H
#define PH_DAEMON_JOURNAL_EXPORT_H

#include "daemon/journal/journal_queue.h"

#define PH_EXPORT_MAX 16 /* records at once */

/* A record, and what of its payment goes along. */
struct ph_export_row {
	struct ph_record_row record;
	char operator_name[PH_PAYMENT_TEXT_MAX + 1], reference[PH_PAYMENT_TEXT_MAX + 1];
	bool may_have_left; /* it is on its way, or was; or a reversal of its payment is: it stays */
};

/* What is pending, or with `again` what is exported already, in the order of its ids; reads only. */
struct ph_journal_export_list {
	struct ph_journal_request request;
	int64_t after_id; /* 0: from the oldest */
	uint32_t limit;	  /* 1 to PH_EXPORT_MAX */
	bool again;
	/* out */
	struct ph_export_row *rows; /* freed by _clear */
	uint32_t count;
	bool more;
};
int ph_journal_export_list_submit(struct ph_journal *journal, struct ph_journal_export_list *list);
void ph_journal_export_list_clear(struct ph_journal_export_list *list);

/* They leave, each that still may: `left` says which. The audit row is written with the first. */
struct ph_journal_export {
	struct ph_journal_request request;
	int64_t records[PH_EXPORT_MAX];
	uint32_t count; /* 1 to PH_EXPORT_MAX */
	/* out */
	bool left[PH_EXPORT_MAX];
};
int ph_journal_export_submit(struct ph_journal *journal, struct ph_journal_export *export);

/*
 * The payment's record, which was exported, is this machine's again: somebody says that the other one neither has it nor sends it.
 * -ENOENT: it has none; -EPERM: that is not exported (`row` says what it is); -EALREADY: it was handed over.
 */
struct ph_journal_take_back {
	struct ph_journal_request request;
	int64_t payment;
	/* out */
	struct ph_record_row row;
};
int ph_journal_take_back_submit(struct ph_journal *journal, struct ph_journal_take_back *back);

/*
 * The payment's record, which was exported, is the other machine's for good: somebody says that it was taken there. It is PH_RECORD_ABANDONED
 * here, for PH_HELD_EXPORTED still, its account data dropped, and no risk of this machine's any more. -ENOENT, -EPERM as above; -EALREADY: it was said before.
 */
struct ph_journal_hand_over {
	struct ph_journal_request request;
	int64_t payment;
	/* out */
	struct ph_record_row row;
	struct ph_exposure exposure;
};
int ph_journal_hand_over_submit(struct ph_journal *journal, struct ph_journal_hand_over *over);

/*
 * A record of another machine with all its numbers, as PH_RECORD_STORED, or _HELD with a hold_reason, of a payment of its own that is
 * PH_PAY_APPROVED_OFFLINE. Of `record` are used: kind, terminal, type, currency, amount, asked, cashback, stan to pin, accepted_us, hold_reason, arc,
 * approval_code, sealed_payment, sealed_amount, sealed, icc.
 */
struct ph_import_row {
	struct ph_record_row record; /* out: id, payment, state */
	const char *device, *operator_name, *reference;
	uint8_t body[32]; /* what a second import agrees with: a hash of the record */
	/* out */
	bool duplicate; /* one of these numbers is there already; nothing was written */
	bool handed_over; /* and was given to another machine for good: it is not to be sent from here */
	struct ph_exposure exposure;
};
struct ph_journal_import {
	struct ph_journal_request request;
	uint32_t uid; /* whose payments they are */
	struct ph_import_row *rows;
	uint32_t count; /* 1 to PH_EXPORT_MAX */
};
int ph_journal_import_submit(struct ph_journal *journal, struct ph_journal_import *import);

#endif
