/*
 * The part of the driver contract that is about payments: card readers, whose driver runs the card's side of a payment, and
 * terminals, which do all of it themselves. poshal/driver.h includes it; the words are those of "Payments" in
 * docs/driver-protocol.md.
 *
 * Account data stays in the process of the device. What leaves it is a masked number, data a receipt must show, and account
 * data sealed to the key of the acquirer's process. A driver of this kind sets `secret` in its struct ph_driver.
 *
 * A payment is in hand from start() until ph_payment_end(); a device has at most one. What must be on disk before the next
 * visible act is asked for by ph_payment_need() with PH_NEED_STORE, and the driver waits for proceed().
 */
#ifndef POSHAL_DRIVER_PAYMENT_H
#define POSHAL_DRIVER_PAYMENT_H

#include "poshal/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct ph_device;

#define PH_PAYMENT_CHOICES_MAX 32
#define PH_PAYMENT_KID_MAX     32	/* bytes of a key id */
#define PH_PAYMENT_KEY_SIZE    32	/* bytes of a public key (X25519) */
#define PH_PAYMENT_FORWARD_MAX 31622400 /* seconds a record may wait for the host: 366 days */

enum ph_payment_type {
	PH_PAYMENT_SALE,
	PH_PAYMENT_REFUND,
	PH_PAYMENT_PREAUTH,  /* an amount is reserved */
	PH_PAYMENT_COMPLETE, /* of a reservation, with the amount used */
	PH_PAYMENT_VOID,     /* undo one that was approved */
	PH_PAYMENT_END_OF_DAY,
	PH_PAYMENT_TYPE_COUNT_
};

/* What is told of an earlier payment where one is meant (complete, void): as its end reported it. */
struct ph_payment_original {
	const char *
		reference; /* the device's own: "receipt=0042 trace=000123"; at most PH_NAME_MAX bytes */
	int64_t amount;
};

/* The public key of the acquirer's process that account data of this payment is sealed to. */
struct ph_payment_seal {
	const char *kid; /* at most PH_PAYMENT_KID_MAX bytes; NULL: it is not known */
	uint8_t key[PH_PAYMENT_KEY_SIZE];
};

struct ph_payment_request {
	const char *payment; /* id, at most PH_NAME_MAX bytes */
	enum ph_payment_type type;
	int64_t amount; /* minor units, 0 to PH_PAYMENT_AMOUNT_MAX */
	int64_t cashback;
	const char *currency; /* ISO 4217, three letters */
	unsigned currency_number, currency_exponent;
	uint32_t date, time; /* local: YYYYMMDD, HHMMSS */
	uint32_t counter;    /* of this device, 1 to 99999999, never used twice */
	bool forced_online;  /* the merchant wants the host to decide */
	bool host_away;	     /* the host is known not to answer */
	/*
	 * An approval without the host is welcome: facts of the card are told with PH_NEED_ONLINE and PH_NEED_STORE, and `without_host`
	 * with the end. What is stored may wait for `forward_s` seconds (0 to PH_PAYMENT_FORWARD_MAX); a card has to be good for so long.
	 */
	bool offline;
	uint32_t forward_s;
	bool choices;			     /* somebody can answer PH_NEED_CHOICE */
	struct ph_payment_original original; /* reference NULL: none */
	struct ph_payment_seal seal;	     /* of card readers */
	/* Only of recover(): what was stored for it last; NULL: nothing was, so that it was never begun. */
	const char *before;
};

enum ph_need {
	PH_NEED_CHOICE, /* one of `choices` */
	PH_NEED_ONLINE, /* ask the host: data as in docs/driver-protocol.md */
	PH_NEED_STORE,	/* what `data` holds must be on disk */
};

/* What comes back for a need. */
struct ph_payment_answer {
	bool ok; /* of STORE: it is on disk; of ONLINE: the host answered; of CHOICE: one was made */
	unsigned choice; /* of CHOICE */
	/* Of ONLINE. */
	bool approved, referred;
	char arc[3];		    /* two characters: field 39 as the card gets it */
	const uint8_t *issuer_data; /* TLV of the issuer: 91, 71, 72, 89; may be NULL */
	size_t issuer_len;
};

struct ph_payment_ops {
	/*
	 * Takes a payment, but sends and emits nothing yet. 0; -EBUSY while one is in hand; -EINVAL after ph_request_refuse();
	 * -EOPNOTSUPP for a type the device does not have; -ENOTCONN. Strings of the request are valid during the call only.
	 */
	int (*start)(struct ph_device *device, const struct ph_payment_request *request);
	/* Called once the answer to start() or recover() is on its way: bytes and notifications may leave from here. */
	void (*begin)(struct ph_device *device);
	/* What was asked for by ph_payment_need(). -ENOENT when nothing is. */
	int (*proceed)(struct ph_device *device, const struct ph_payment_answer *answer);
	/*
	 * Somebody wants it ended. The end comes by ph_payment_end(), now or later, and may still be an approval. -ENOENT when
	 * this payment is not in hand; -EBUSY when it can no longer be cancelled (the host has been asked).
	 */
	int (*cancel)(struct ph_device *device, const char *payment);
	/*
	 * Of terminals; may be absent. The service does not know what became of this payment (a crash, a lost line): finds out by
	 * asking, never by starting it again, and ends it by ph_payment_end(). As start().
	 */
	int (*recover)(struct ph_device *device, const struct ph_payment_request *request);
	/*
	 * Of card readers; may be absent. Sends a command APDU of an application that is not for payments, and answers by
	 * ph_card_reply() or ph_card_refuse(), also from inside. PH_LATER; -EBUSY while a payment or another command is in hand;
	 * -ENODEV without a card; -EPERM while a payment application is selected, or for a command that would select one.
	 */
	int (*transmit)(struct ph_device *device, const uint8_t *command, size_t len);
};

struct ph_payment_capabilities {
	unsigned types;	    /* bits: 1 << PH_PAYMENT_SALE ... */
	bool keeps_offline; /* a terminal with a queue of its own */
	bool pin_pad;	    /* of a reader: it verifies PINs by itself */
	/* Of a reader with a PIN pad of its own: what the pad can do (PC/SC part 10, 2.2), NULL at the end; or NULL. */
	const char *const *pin_features;
	bool contactless; /* of a reader: cards in its field are noticed */
	bool prints;	  /* a terminal hands its receipts to the service */
};

/* Steps of ph_payment_progress(), in the words of the API. */
enum ph_payment_step {
	PH_STEP_INSERT_CARD,
	PH_STEP_READING,
	PH_STEP_CHOOSE_APPLICATION,
	PH_STEP_ENTER_PIN,
	PH_STEP_AUTHORISING, /* the host is asked */
	PH_STEP_REMOVE_CARD,
	PH_STEP_USE_TERMINAL, /* a contactless card on a contact reader */
	PH_STEP_PROCESSING,
	PH_STEP_RECOVERING, /* finding out what became of it */
	PH_STEP_COUNT_
};

/* What is going on. `text` is what the device wants shown, or NULL. */
void ph_payment_progress(struct ph_device *device, enum ph_payment_step step, const char *text);

/*
 * Asks for something; proceed() follows, or cancel(). `data` is taken over: an object with what the page says for this need.
 * Returns 0 or -ENOMEM.
 */
int ph_payment_need(struct ph_device *device, enum ph_need need, struct cJSON *data);

/* A receipt the terminal wants printed: a receipt document (taken over), and for whom: "customer", "merchant", "shop". */
void ph_payment_receipt(struct ph_device *device, const char *copy, struct cJSON *document);

enum ph_payment_outcome {
	PH_PAYMENT_APPROVED,
	PH_PAYMENT_PARTIAL,	     /* less than asked: amount_approved */
	PH_PAYMENT_APPROVED_OFFLINE, /* by card or terminal, without the host */
	PH_PAYMENT_DECLINED,
	PH_PAYMENT_REFERRED,
	PH_PAYMENT_CANCELLED, /* nothing stands anywhere */
	PH_PAYMENT_UNCERTAIN, /* it could not be found out */
	PH_PAYMENT_OUTCOME_COUNT_
};

struct ph_payment_end {
	enum ph_payment_outcome outcome;
	int64_t amount_approved;
	bool reverse; /* an authorisation may stand at the host and has to be undone */
	/*
	 * Declined for one reason alone: the host was wanted, could not be asked (proceed() without `ok`), and the card, there to the
	 * end, then said no. Only where the request had `offline`.
	 */
	bool without_host;
	const char *
		reason; /* a word: "card_declined", "card_removed", "no_application" ...; NULL when approved */
	const char *message; /* a sentence for people, or NULL */
	/* Members of the result (masked_pan, scheme, emv ..., as the page says), taken over; may be NULL. */
	struct cJSON *data;
};

/* Ends the payment in hand, exactly once. */
void ph_payment_end(struct ph_device *device, const struct ph_payment_end *end);

/* Ends the card.transmit in hand. `answer` holds data and status word. Nothing happens when none is. */
void ph_card_reply(struct ph_device *device, const uint8_t *answer, size_t len);
/* The same with a negative errno: -ENODEV the card is gone, -ETIMEDOUT, -EIO. */
void ph_card_refuse(struct ph_device *device, int error);

enum ph_card_state {
	PH_CARD_ABSENT,
	PH_CARD_PRESENT,
	PH_CARD_CONTACTLESS, /* in the field of a reader that has one */
	PH_CARD_MUTE,	     /* it does not answer: the wrong way round, or broken */
	PH_CARD_STATE_COUNT_
};

/* The card came or went, or there are other `reasons` (PH_REASON_BIT() each) to tell of the reader. */
void ph_emit_card_status(struct ph_device *device, enum ph_card_state state, unsigned reasons);

/* What a terminal says of itself. */
enum ph_terminal_need {
	PH_TERMINAL_INITIALISATION,
	PH_TERMINAL_DIAGNOSIS,
	PH_TERMINAL_ACTION, /* of its maker or of the network's operator */
	PH_TERMINAL_NEED_COUNT_
};

/* `number` is the terminal's own, or NULL; `needs` are bits 1 << PH_TERMINAL_INITIALISATION ... */
void ph_emit_terminal_status(struct ph_device *device, const char *number, unsigned needs);

/* Whether a payment is in hand, and which. NULL: none. */
const char *ph_payment_in_hand(const struct ph_device *device);

#endif
