/*
 * Parts of the driver: the line (line.c), one command at a time (exchange.c), payments (payment.c), finding out what became of one
 * (recover.c), print-outs (receipt.c), and what the host calls (zvt.c).
 */
#ifndef PH_DRIVERS_ZVT_ZVT_H
#define PH_DRIVERS_ZVT_ZVT_H

#include "drivers/zvt/facts.h"
#include "poshal/driver.h"
#include "protocols/zvt/print.h"
#include "protocols/zvt/serial.h"

#define HELD_MAX	  4096	/* bytes of the terminal that wait for a result to be stored */
#define RETRY_MS	  10000 /* until a terminal that refused is asked again */
#define POLL_MS		  5000 /* between questions while it is found out what became of a payment */
#define RECOVER_MORE_MS	  60000	 /* beyond T4: for finding out */
#define CLOSE_WAIT_MS	  1000	 /* for a terminal that closes the connection behind each command */
#define CLOSES_TWICE_MS	  600000 /* two closings within that are its way */
#define RECEIPT_LINES_MAX 500	 /* of one print-out; what is beyond them is left out */

/* Commands, by what they are for. */
enum job {
	JOB_NONE,
	JOB_REGISTER,
	JOB_STATE,   /* 05 01 */
	JOB_LAST,    /* 06 20: the last transaction */
	JOB_TOTALS,  /* 06 10 */
	JOB_MONEY,   /* the payment itself */
	JOB_SERVICE, /* an initialisation or a diagnosis the terminal has asked for */
};

/* How a command ended. */
enum how {
	HOW_DONE,    /* 06 0F */
	HOW_ABORTED, /* 06 1E, with a code */
	HOW_REFUSED, /* 84 xx, with a code: it never began */
	HOW_SILENT,  /* T3, T4, or a block that was not acknowledged */
	HOW_LOST,    /* the link is gone */
	HOW_UNSENT,  /* no byte of it has left */
};

enum run {
	RUN_IDLE,
	RUN_WAITS,   /* for a connection of its own */
	RUN_ASKED,   /* until 80 00 00 */
	RUN_RUNNING, /* until 06 0F or 06 1E */
};

struct exchange {
	enum job job;
	enum run run;
	uint64_t deadline; /* T3 or T4 */
	uint64_t abort_at; /* when an answer to 06 B0 is missed; 0: none was sent */
	uint64_t t4_ms;
	size_t written; /* bytes of it on the line */
	bool heard;	/* the terminal has said a word behind it */
	unsigned tries; /* connections that were closed before it said one */
	bool storing;	/* a result is being stored: nothing is read until it is */
	/* what came with it */
	bool result_set;
	struct ph_zvt_result result;
	int state; /* of a status enquiry, or -1 */
};

enum stage {
	STAGE_NONE,
	STAGE_LAST,   /* what it held before is asked */
	STAGE_TOTALS, /* and its totals */
	STAGE_STORE,  /* that is being stored */
	STAGE_MONEY,  /* the payment runs */
	STAGE_RECOVER,
};

enum stored { STORED_NOT, STORED_YES, STORED_REFUSED };

/* What the terminal's last transaction is, when it is asked what became of a payment. */
enum finding { FOUND_NOT_ASKED, FOUND_OURS, FOUND_NOTHING, FOUND_CONFLICT };

struct payment {
	enum stage stage;
	bool never_begun; /* it is to be recovered, but nothing was stored: its command was never sent */
	enum ph_payment_type type;
	bool reserved; /* what is meant was a reservation */
	struct ph_zvt_order order;
	struct facts before;
	bool none_by_code; /* that it holds none was said by a result code */
	bool cancel;	   /* somebody wants it ended */
	bool card_asked;   /* the terminal waits for a card */
	bool host_asked;
	/* the result told by 04 0F */
	enum stored stored;
	struct ph_zvt_result result;
	bool confirmed; /* the terminal went on behind our answer: it has it */
	/* finding out */
	bool from_recover; /* it began in an earlier process */
	bool waiting;	   /* the next question is due at `ask_at` */
	uint64_t heard_at; /* the terminal's last word about it */
	uint64_t ask_at, give_up_at;
	enum job next;
	unsigned missed;
	enum finding finding;
	bool seen_nothing; /* at rest, and without it */
	bool state_unsupported, found_set, none;
	struct ph_zvt_result found;
};

struct receipt {
	struct cJSON *body; /* NULL: none has begun */
	unsigned lines, number;
	int type;		 /* tag 1F07; 0: not said */
	bool customer, merchant; /* its text says so */
};

struct zvt {
	bool serial;
	struct ph_zvt_serial line;
	struct ph_zvt_stream stream;
	uint64_t stream_at; /* when the rest of a message is missed; 0: none has begun */
	bool stale;	    /* what is read now was sent before our answer to the result */
	size_t held_len;
	uint8_t held[HELD_MAX];

	unsigned password, currency;
	uint8_t config, charset; /* the character set agreed on */
	unsigned t3_ms, t4_ms;

	struct exchange exchange;
	size_t message_len; /* the command of it */
	uint8_t message[PH_ZVT_COMMAND_MAX];
	bool registered, up;

	/* terminals that close the connection between commands */
	bool closes;		    /* behind each one: each gets a connection of its own */
	bool used;		    /* a command has ended on this connection, */
	bool rests;		    /* the connection is being closed, which is its way */
	uint64_t used_at, ended_at; /* then; when one was closed last, 0: never */
	uint64_t retry_at;	    /* when registration is tried again; 0: not */
	bool totals_unsupported;
	unsigned terminal; /* its number; 0: not known */
	uint8_t needs;	   /* what it asked for in its registration */
	uint8_t served;	   /* of that, what was tried */

	/* the transaction accepted last, and the one before while it is being stored */
	uint8_t identifier[PH_ZVT_IDENTIFIER_MAX], identifier_before[PH_ZVT_IDENTIFIER_MAX];
	size_t identifier_len, identifier_before_len;
	struct transaction accepted;

	struct payment payment;
	struct receipt receipt;
};

/* line.c */
void zvt_line_reset(struct zvt *zvt);
/* `once`: it must not be taken twice. */
int zvt_line_send(struct ph_device *device, const uint8_t *message, size_t len, bool once);
/* Whether no byte of a command of `len` bytes has left, `unsent` bytes of the link being lost. */
bool zvt_line_unsent(const struct zvt *zvt, size_t len, size_t unsent);
void zvt_line_receive(struct ph_device *device, const uint8_t *data, size_t len);
void zvt_line_release(struct ph_device *device); /* what was held is read now */
void zvt_line_tick(struct ph_device *device);
uint64_t zvt_line_deadline(const struct zvt *zvt);

/* exchange.c */
/* Sends the command of `len` bytes in `message`, or fails with a negative `len`; its end comes by zvt_job_done(), also from inside. */
void zvt_ask(struct ph_device *device, enum job job, ssize_t len);
/* The connection is there; the terminal has closed it, which is its way. */
void zvt_exchange_go_on(struct ph_device *device);
void zvt_exchange_rest(struct ph_device *device);
void zvt_ask_simple(struct ph_device *device, enum job job, uint16_t code);
void zvt_ask_last(struct ph_device *device);
void zvt_ask_registration(struct ph_device *device);
void zvt_take(struct ph_device *device, const struct ph_zvt_apdu *apdu);
void zvt_answer(struct ph_device *device, uint8_t error);
void zvt_send_abort(struct ph_device *device);
void zvt_exchange_end(struct ph_device *device, enum how how, uint8_t code);
void zvt_exchange_tick(struct ph_device *device);
void zvt_arm(struct ph_device *device);

/* payment.c */
extern const struct ph_payment_ops zvt_payment_ops;
void zvt_job_done(struct ph_device *device, enum job job, enum how how, uint8_t code);
void zvt_payment_result(struct ph_device *device, const struct ph_zvt_result *result);
void zvt_payment_status(struct ph_device *device, const struct ph_zvt_intermediate *status);
void zvt_payment_end(struct ph_device *device, enum ph_payment_outcome outcome, const char *reason,
	const struct ph_zvt_result *result);
/* Ends it as the code of a result or an abort says. */
void zvt_payment_end_code(
	struct ph_device *device, uint8_t code, const struct ph_zvt_result *result);
void zvt_accept(struct ph_device *device, const struct ph_zvt_result *result);

/* recover.c */
void zvt_recover_begin(struct ph_device *device);
void zvt_recover_go_on(struct ph_device *device); /* the terminal is registered */
void zvt_recover_job_done(struct ph_device *device, enum job job, enum how how, uint8_t code);
void zvt_recover_tick(struct ph_device *device);
void zvt_recover_give_up(struct ph_device *device);

/* receipt.c */
/* Returns 0, or the code to refuse it with. */
uint8_t zvt_receipt_take(struct ph_device *device, const struct ph_zvt_apdu *apdu);
void zvt_receipt_end(struct ph_device *device);
void zvt_receipt_drop(struct zvt *zvt);

#endif
