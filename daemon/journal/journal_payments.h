/*
 * Payments in the journal: what an application asked for (a payment), and each message to the host that may move money (a
 * record). Every number a message carries is chosen in the transaction that stores it, and is the same in each repeat.
 *
 * Durable points, each one transaction (docs/payments.md):
 *   D1  ph_journal_intent    before the first byte of an online request
 *       ph_journal_advice    before the first byte of a completion, which is kept until the host has taken it
 *   D2  ph_journal_result    before an answer of the host has any effect
 *   D3  ph_journal_reverse   an ambiguous or unwanted authorisation gets a reversal, which is kept until the host has it
 *   D4  ph_journal_result    what card or terminal approved by themselves, before it counts
 *
 * Nothing here is account data: the sealed record is opaque bytes, dropped when no message can need it any more.
 */
#ifndef PH_DAEMON_JOURNAL_PAYMENTS_H
#define PH_DAEMON_JOURNAL_PAYMENTS_H

#include "daemon/journal/journal.h"
#include "daemon/journal/record_states.h"
#include "poshal/limits.h"

#include <stdbool.h>

#define PH_PAYMENT_TEXT_MAX   256	  /* bytes of operator, reference, reason, message */
#define PH_PAYMENT_RESULT_MAX (64 * 1024) /* bytes of a result as JSON text */
#define PH_RECORD_SEALED_MAX  1024
#define PH_RECORD_ICC_MAX     1024
#define PH_RECORD_NOTE_MAX    256  /* bytes of why a message was refused */
#define PH_HOLD_REASON_MAX    64   /* bytes of why it is held */
#define PH_ATTEMPTS_KEPT      32   /* of a record; older ones are forgotten */
#define PH_RESOLUTION_MAX     2048 /* bytes of what somebody has said of a payment, JSON text */

/* The life of a payment as an application sees it. From PH_PAY_APPROVED on it is final. */
enum ph_pay_state {
	PH_PAY_STARTED, /* with card or terminal; no message has left */
	PH_PAY_INTENT,	/* D1: the host, or the terminal's, may know of it */
	PH_PAY_APPROVED,
	PH_PAY_PARTIAL,
	PH_PAY_APPROVED_OFFLINE,
	PH_PAY_DECLINED,
	PH_PAY_REFERRED,
	PH_PAY_CANCELLED,
	PH_PAY_UNCERTAIN, /* a terminal's truth could not be found out; somebody has to look */
	PH_PAY_STATE_COUNT_
};

static inline int ph_pay_is_final(enum ph_pay_state state)
{
	return state >= PH_PAY_APPROVED;
}

/* "approved_offline"; "unknown" outside the range. */
const char *ph_pay_state_name(enum ph_pay_state state);

/* What is asked for; texts may be NULL where they are optional. */
struct ph_payment_ask {
	uint32_t uid;
	const char *method;	  /* "payment.authorize"; 1 to PH_NAME_MAX bytes */
	const char *key;	  /* 1 to PH_KEY_MAX bytes */
	const char *body;	  /* what a repeat must agree with: canonical JSON text */
	const char *device;	  /* id, 1 to PH_NAME_MAX bytes */
	const char *type;	  /* word of the driver protocol: "sale" */
	int64_t amount, cashback; /* minor units */
	const char *currency;	  /* three letters */
	const char *operator_name, *reference, *reason;
	int64_t original; /* payment this one completes, refunds or voids; 0: none */
};

struct ph_payment_row {
	int64_t id;
	uint32_t uid;
	char method[PH_NAME_MAX + 1], key[PH_KEY_MAX + 1], device[PH_NAME_MAX + 1];
	char type[16], currency[4];
	int64_t amount, cashback, amount_approved;
	char operator_name[PH_PAYMENT_TEXT_MAX + 1], reference[PH_PAYMENT_TEXT_MAX + 1];
	char reason[PH_PAYMENT_TEXT_MAX + 1];
	int64_t original;
	enum ph_pay_state state;
	uint32_t counter; /* of the device, 9F41 */
	bool voided;	  /* a later payment undid it */
	int64_t completion,
		refunded; /* payment that takes what this one reserved, or 0; minor units given back */
	uint64_t created_us, changed_us;
	char before[PH_PAYMENT_BEFORE_MAX + 1]; /* what a terminal held before it began; or "" */
	char *result;				/* what was answered, JSON text, or NULL */
	/* what somebody has said of it afterwards, JSON text, or NULL, also where a reversal was refused since */
	char *resolution;
	/* Of its reversal, the worst where there are several: refused, waiting, done; -1: none. */
	int reversal; /* enum ph_record_state */
	uint32_t reversal_attempts;
	char reversal_code[3], reversal_note[PH_RECORD_NOTE_MAX + 1];
	/* PH_PAY_APPROVED_OFFLINE: of its newest record of a family; -1: none, as of a terminal's. */
	int stand;	    /* enum ph_record_state */
	int64_t stand_host; /* PH_RECORD_PARTIAL: what the host has taken, minor units; else 0 */
	/* PH_PAY_REFERRED, and asked for alone: payment that has taken it by the issuer's word on the telephone; 0: none */
	int64_t voiced;
};

struct ph_record_row {
	int64_t id, payment, parent; /* parent: the record a reversal undoes; 0: none */
	int64_t supersedes; /* record of the same payment that this one stands for; 0: none */
	enum ph_record_kind kind;
	enum ph_record_state state;
	char device[PH_NAME_MAX + 1];
	char terminal[PH_NAME_MAX + 1]; /* TID, whose STANs they are */
	char type[16], currency[4];
	int64_t amount, cashback; /* of the message */
	int64_t asked;		  /* amount of the payment: what it was before a tip */
	int64_t amount_host;	  /* PH_RECORD_PARTIAL, of a family: what the host has taken */
	uint32_t stan;		  /* 1 to 999999 */
	char rrn[13];		  /* field 37 */
	char transmission[11];	  /* MMDDhhmmss, UTC */
	char local_time[7], local_date[5];
	char entry[8];	 /* "chip" */
	int sequence;	 /* of the card; -1 unknown */
	int pin;	 /* whether the till can take a PIN: 1, 0; -1 unknown */
	char reason[16]; /* of a reversal: "timeout", "cancelled", "malfunction" */
	bool repeat;	 /* it may have reached the host before */
	uint32_t attempts;
	uint32_t before; /* taken (ph_journal_take): how many it was asked as before, by itself */
	uint64_t next_us, created_us, changed_us;
	/* Of a family: when it was accepted, which its successors keep; its age counts from here. */
	uint64_t accepted_us;
	uint64_t release_us; /* PH_RECORD_HELD; 0: until somebody releases it */
	char hold_reason[PH_HOLD_REASON_MAX + 1]; /* "window", or what somebody said; or "" */
	char arc[3];				  /* PH_RECORD_OFFLINE_TC: "Y1", "Y3"; else "" */
	int work;      /* somebody has to look: 0 no, 1 yes, 2 somebody has; of a reversal 0 or 2 */
	int64_t batch; /* day at the host it was summed up in; 0: none yet */
	char response_code[3], approval_code[7];
	/* why it is PH_RECORD_REJECTED, _HELD or _REFUSED, or "" */
	char note[PH_RECORD_NOTE_MAX + 1];
	/* Of a reversal: what the message it undoes was. Of a completion: that of its reservation. */
	enum ph_record_kind original_kind; /* PH_RECORD_REQUEST, too, where there is none */
	uint32_t original_stan;
	char original_transmission[11], original_approval[7];
	int64_t sealed_payment,
		sealed_amount; /* what it was sealed for; 0: this payment and amount */
	uint8_t sealed[PH_RECORD_SEALED_MAX];
	size_t sealed_len; /* 0: dropped */
	uint8_t icc[PH_RECORD_ICC_MAX];
	size_t icc_len;
};

/* "pay-17", as applications see it. */
#define PH_PAYMENT_ID_SIZE 32
void ph_payment_id_format(int64_t id, char out[PH_PAYMENT_ID_SIZE]);
int ph_payment_id_parse(const char *text, int64_t *ret_id); /* -EINVAL */

/* ---- a payment is taken ---- */

/*
 * Results: 0; -EEXIST when this uid and method used the key for another body. Then, and with `duplicate`, nothing was
 * written and `stored` is what there is.
 */
struct ph_journal_pay_begin {
	struct ph_journal_request request;
	struct ph_payment_ask ask;
	int known_only; /* 1: a key that is new is -ENOENT */
	/* out */
	int64_t id;
	uint32_t counter;
	int duplicate;
	struct ph_payment_row *stored; /* freed by _clear */
};
int ph_journal_pay_begin_submit(struct ph_journal *journal, struct ph_journal_pay_begin *begin);
void ph_journal_pay_begin_clear(struct ph_journal_pay_begin *begin);

/* ---- D1 ---- */

/*
 * Stores a request of PH_RECORD_INTENT with the next STAN of `terminal`; the payment becomes PH_PAY_INTENT. -EALREADY: the
 * payment is final or has a request already. -EEXIST: a refund of more than is left of what was taken, or of what the host has not approved yet. For a terminal of class
 * `terminal` there is no record: give `before` alone.
 */
struct ph_journal_intent {
	struct ph_journal_request request;
	int64_t payment;
	const char *terminal; /* TID whose STANs are counted; NULL: no record */
	const char *entry;
	int sequence, pin;
	const uint8_t *sealed, *icc;
	size_t sealed_len, icc_len;
	const char *before; /* NULL: unchanged */
	/* out */
	struct ph_record_row record;
};
int ph_journal_intent_submit(struct ph_journal *journal, struct ph_journal_intent *intent);

/*
 * Stores an advice of PH_RECORD_QUEUED that completes a reservation: with a STAN and a transmission time of its own, and what
 * the record of the reservation says of card, place and time. The payment becomes PH_PAY_INTENT, and no other payment completes
 * that reservation unless this one fails. -EALREADY: the payment is final or has a record; -EEXIST: another one completes the
 * reservation, or it is void; -ENOENT: nothing is reserved there, or its account is not kept any more.
 */
struct ph_journal_advice {
	struct ph_journal_request request;
	int64_t payment, original;
	/* out */
	struct ph_record_row record;
};
int ph_journal_advice_submit(struct ph_journal *journal, struct ph_journal_advice *advice);

/* ---- D2, D4 ---- */

/*
 * Stores what is definite; of a completion that was taken the reservation's account is dropped. `record` 0: the payment alone. With `final` the payment ends in `state`; without, only the record
 * is known and the card has the last word. -EALREADY: it is final in another state, which stays.
 */
struct ph_journal_pay_result {
	struct ph_journal_request request;
	int64_t payment, record;
	enum ph_record_state record_state;
	const char *response_code, *approval_code; /* may be NULL */
	bool not_now; /* the host has decided nothing (91, 96): not its last good answer */
	bool final;
	enum ph_pay_state state;
	int64_t amount_approved;
	const char *reason; /* may be NULL */
	const char *result; /* JSON text, at most PH_PAYMENT_RESULT_MAX; may be NULL */
	bool drop_sealed;   /* nothing can need the account any more */
	const uint8_t *icc; /* field 55 of the record from now on; NULL: as it is */
	size_t icc_len;
	int64_t voids; /* a payment that this one has undone; 0: none */
};
int ph_journal_pay_result_submit(struct ph_journal *journal, struct ph_journal_pay_result *result);

/* ---- D3 ---- */

/*
 * The record is PH_RECORD_ABANDONED and a reversal stands in the queue, with a STAN of its own of the same terminal; the payment ends as said.
 * A record that has a reversal gets no second one, and one the host refused gets none: 0 with `duplicate` (reversal.id 0: none). -ENOENT: the payment has sent nothing.
 * -EEXIST, with `voiding`: it was completed, or refunded, or is void already, and cannot be.
 */
struct ph_journal_reverse {
	struct ph_journal_request request;
	int64_t payment, record; /* record 0: the request of the payment */
	int64_t voiding; /* another payment asked for it: that one ends as said, this one is void; 0: none */
	const char *why; /* "timeout", "cancelled", "malfunction" */
	bool final;	 /* the payment ends now, too */
	enum ph_pay_state state;
	int64_t amount_approved;
	const char *reason, *result; /* as above */
	const uint8_t *icc;	     /* field 55 of the reversal; NULL: that of the request */
	size_t icc_len;
	/* out */
	int duplicate;
	struct ph_record_row reversal;
};
int ph_journal_reverse_submit(struct ph_journal *journal, struct ph_journal_reverse *reverse);

/* ---- a record on its way ---- */

/*
 * An attempt begins (PH_RECORD_SENDING, before a byte leaves), or has ended in another state. A reversal that ends as
 * PH_RECORD_APPROVED makes its parent PH_RECORD_REVERSED, and what was sealed is dropped. One that is PH_RECORD_REJECTED
 * keeps it, as it may become PH_RECORD_QUEUED again until it is resolved, and nothing else. -EALREADY: it is final in another state, which stays.
 */
struct ph_journal_record_move {
	struct ph_journal_request request;
	int64_t record;
	enum ph_record_state state;
	bool repeat; /* later attempts are repeats */
	uint64_t next_us;
	const char *response_code, *note; /* may be NULL */
	/* out */
	struct ph_record_row row;
};
int ph_journal_record_move_submit(struct ph_journal *journal, struct ph_journal_record_move *move);

/* ---- somebody has looked ---- */

/*
 * Stores what somebody says of a payment that ended as PH_PAY_UNCERTAIN, or whose reversal is PH_RECORD_REJECTED; that one
 * loses what was sealed. With `ends` the payment is one that goes on: it ends as uncertain, with what was said; with `of_advice` it is a
 * completion, too, whose record is PH_RECORD_HELD, and is given up. -ENOENT: there is nothing of that kind; -EALREADY: somebody has said something.
 */
struct ph_journal_pay_resolve {
	struct ph_journal_request request;
	int64_t payment;
	bool of_reversal, ends, of_advice;
	enum ph_pay_state
		found; /* PH_PAY_APPROVED, or PH_PAY_CANCELLED: what it took of its original is given back */
	const char *reason, *result; /* with `ends`, as above */
	const char *resolution;	     /* JSON text, 1 to PH_RESOLUTION_MAX bytes */
};
int ph_journal_pay_resolve_submit(
	struct ph_journal *journal, struct ph_journal_pay_resolve *resolve);

/* ---- reading ---- */

/* By id, or by uid and key. -ENOENT. */
struct ph_journal_pay_get {
	struct ph_journal_request request;
	int64_t id; /* 0: by key */
	uint32_t uid;
	const char *key;
	/* out */
	struct ph_payment_row *row; /* freed by _clear */
};
int ph_journal_pay_get_submit(struct ph_journal *journal, struct ph_journal_pay_get *get);
void ph_journal_pay_get_clear(struct ph_journal_pay_get *get);

/* Newest first. `state` -1: any. */
struct ph_journal_pay_list {
	struct ph_journal_request request;
	int state;
	uint64_t since_us;
	int64_t before_id; /* 0: from the newest */
	uint32_t limit;	   /* 1 to PH_LIST_MAX */
	/* out */
	struct ph_payment_row *rows; /* without results; freed by _clear */
	size_t count;
};
int ph_journal_pay_list_submit(struct ph_journal *journal, struct ph_journal_pay_list *list);
void ph_journal_pay_list_clear(struct ph_journal_pay_list *list);

/* ---- at the start ---- */

/*
 * Everything that is not final or waits for somebody to look, in the order of its ids: first payments, then records. Before ph_journal_attach(). What `each`
 * returns below 0 ends it. -EBUSY: attached already.
 */
int ph_journal_load_payments(struct ph_journal *journal,
	int (*each)(const struct ph_payment_row *payment, void *userdata),
	int (*each_record)(const struct ph_record_row *record, void *userdata), void *userdata);

#endif
