/*
 * The terminal's side of a contact EMV transaction, as a state machine without input, output, clock or threads: it is given
 * events and answers each with one action. The same events give the same actions, so that a transaction can be recorded,
 * replayed and fuzzed. Its files follow the books: select.c (Book 1, 12), read.c (Book 3, 10.1 and 10.2), authenticate.c
 * (10.3 and Book 2), verify.c (10.4 and 10.5), decide.c (10.6 to 10.8), cryptogram.c (GENERATE AC), complete.c and script.c
 * (10.9 to 10.11).
 *
 * poshal is not approved by EMVCo; docs/emv.md says what an integrator has to certify.
 */
#ifndef PH_PROTOCOLS_EMV_KERNEL_H
#define PH_PROTOCOLS_EMV_KERNEL_H

#include "protocols/emv/apdu.h"
#include "protocols/emv/parameters.h"

#include <sys/types.h>

#define PH_EMV_SELECTS_MAX    64 /* SELECT commands in one transaction */
#define PH_EMV_NEXT_MAX	      10 /* of them, "next occurrence" for one AID */
#define PH_EMV_CANDIDATES_MAX 32
#define PH_EMV_APDUS_MAX      300 /* in one transaction; then it ends as a card error */
#define PH_EMV_TIME_MS                                                                             \
	60000 /* of card work, waits for people and host not counted; kept by the driver */
#define PH_EMV_SCRIPTS_MAX  10
#define PH_EMV_SCRIPT_BYTES 1024 /* of all templates of one answer */
#define PH_EMV_TEXT_MAX	    33	 /* a label as shown, UTF-8 with its NUL */

struct ph_emv; /* in a ph_secret of its own; see ph_emv_new() */

/* What is asked for. */
struct ph_emv_transaction {
	uint8_t type;	   /* 9C: 0x00 sale, 0x01 cash, 0x09 with cashback, 0x20 refund */
	uint64_t amount;   /* minor units, up to 12 digits, with `other` */
	uint64_t other;	   /* cashback */
	uint16_t currency; /* BCD: 0x0978 */
	uint8_t currency_exponent;
	uint32_t date;	  /* YYYYMMDD, local */
	uint32_t time;	  /* HHMMSS, local, BCD not needed */
	uint32_t counter; /* 9F41, 1 to 99999999 */
	bool forced_online;
	bool host_away;	 /* known before: PH_EMV_HOST_AWAY */
	bool pin_pad;	 /* the reader verifies PINs by itself */
	bool can_choose; /* somebody can answer ASK_CHOICE and ASK_CONFIRM */
};

/* The questions of offline data authentication, in the order in which they are asked. */
enum ph_emv_check {
	PH_EMV_CHECK_ISSUER,   /* the issuer's key */
	PH_EMV_CHECK_ICC,      /* the card's */
	PH_EMV_CHECK_STATIC,   /* found: the data authentication code */
	PH_EMV_CHECK_DYNAMIC,  /* found: the ICC dynamic number */
	PH_EMV_CHECK_COMBINED, /* found: the cryptogram (8 bytes), the ICC dynamic number */
	PH_EMV_CHECK_COUNT_
};

/* What came of one: 0 or an errno of certificate.h, and with 0 what was found. */
struct ph_emv_checked {
	enum ph_emv_check check;
	int result;
	uint8_t found[16];
	size_t found_len;
};

/* What the kernel has to ask of its surroundings; all are called from inside ph_emv_step(). */
struct ph_emv_world {
	void *context;
	/* Fills with numbers nobody can foresee; 0 or a negative errno, which ends the transaction. */
	int (*random)(void *context, uint8_t *out, size_t len);
	/* Whether this account is on the exception file. May be NULL: none is. */
	bool (*listed)(void *context, const uint8_t *pan, size_t len, int sequence);
	/* Minor units of the last sale approved here for this account, for split sales. May be NULL: 0. */
	uint64_t (*earlier_amount)(void *context, const uint8_t *pan, size_t len, int sequence);
	/*
	 * Told what each check came to, before it counts. In a recording certificates and signatures are masked and prove
	 * nothing: who plays it back puts in what was recorded. May be NULL.
	 */
	void (*checked)(void *context, struct ph_emv_checked *checked);
};

enum ph_emv_event_kind {
	PH_EMV_CARD_IN, /* data: the ATR */
	PH_EMV_CARD_OUT,
	PH_EMV_ANSWER,	 /* data: answer to the command sent last */
	PH_EMV_IO_ERROR, /* the reader lost the card or its own way */
	PH_EMV_TIMEOUT,	 /* the card did not answer in time, or PH_EMV_TIME_MS is over */
	PH_EMV_CHOICE,	 /* number: index into the choices shown */
	PH_EMV_CONFIRM,	 /* number: 1 yes, 0 no */
	PH_EMV_CANCEL,
	PH_EMV_PIN, /* data: status word the pad reports (also 6400, 6401, 6403); none: it does not work */
	PH_EMV_HOST,	    /* host: what it answered */
	PH_EMV_HOST_UNABLE, /* it could not be asked, or gave no answer; undoing a request that may have left is for who sent it */
	PH_EMV_DURABLE, /* what NEED_DURABLE named is on disk; number: 0, or 1 when it could not be stored */
};

/* An answer of the issuer. */
struct ph_emv_host_answer {
	char arc[2];		    /* 8A as it goes to the card */
	bool approved;		    /* what the dialect makes of the response code */
	bool referred;		    /* the issuer wants to be called */
	const uint8_t *issuer_data; /* TLV: 91, 71, 72, 89, 8A, in any order; may be NULL */
	size_t issuer_len;
};

struct ph_emv_event {
	enum ph_emv_event_kind kind;
	const uint8_t *data;
	size_t len;
	unsigned number;
	const struct ph_emv_host_answer *host;
};

enum ph_emv_action_kind {
	PH_EMV_SEND,	    /* data: a command for the card */
	PH_EMV_WARM_RESET,  /* answer with CARD_IN */
	PH_EMV_ASK_CHOICE,  /* choices: which application; answer with CHOICE */
	PH_EMV_ASK_CONFIRM, /* choices[0]: whether this one */
	/*
	 * data: number 0, the VERIFY command with a plain PIN block of no digits, for the pad to fill in; number 1, for a pad that
	 * enciphers: 00 20 00 88, the card's challenge (8), exponent (3) and modulus (the rest) of its key.
	 */
	PH_EMV_ASK_PIN_PAD,
	PH_EMV_NEED_DURABLE, /* point: go on with DURABLE once it is on disk */
	PH_EMV_GO_ONLINE,    /* ask the host, with ph_emv_field55(PH_EMV_FOR_REQUEST) */
	PH_EMV_DONE,	     /* outcome; take the card out */
	PH_EMV_IGNORE,	     /* the event meant nothing here */
};

/*
 * Durable points, in the words of docs/payments.md. D2, that an answer of the host is final, is no business of the kernel: who
 * asks the host has it on disk before HOST comes here.
 */
enum ph_emv_point {
	PH_EMV_POINT_INTENT, /* D1: before an online request leaves */
	PH_EMV_POINT_REVERSAL, /* D3: what was asked online must be undone; DONE with `reverse` follows */
	PH_EMV_POINT_OFFLINE, /* D4: approved by the card without the host */
};

enum ph_emv_outcome {
	PH_EMV_APPROVED_ONLINE,
	PH_EMV_APPROVED_OFFLINE,
	PH_EMV_DECLINED_ONLINE, /* by the host; `fault` may say that the card was lost afterwards */
	PH_EMV_DECLINED_OFFLINE, /* by the card or the terminal; with `reverse` the host had approved */
	PH_EMV_REFERRED,	 /* declined as long as nobody called */
	PH_EMV_CANCELLED,	 /* by the merchant or cardholder */
	PH_EMV_TERMINATED,	 /* see `fault` */
};

enum ph_emv_fault {
	PH_EMV_FAULT_NONE,
	PH_EMV_FAULT_CARD, /* it answers what it must not, or not at all */
	PH_EMV_FAULT_DATA, /* what it holds is not as EMV says */
	PH_EMV_FAULT_NO_APPLICATION,
	PH_EMV_FAULT_BLOCKED, /* the card is blocked */
	PH_EMV_FAULT_REMOVED,
	PH_EMV_FAULT_TIMEOUT,
	PH_EMV_FAULT_CONTACTLESS, /* lies in a contactless field: use the terminal */
	PH_EMV_FAULT_INTERNAL,	  /* no random numbers, no memory */
	PH_EMV_FAULT_STORE,	  /* what must be durable could not be stored */
};

struct ph_emv_choice {
	char text[PH_EMV_TEXT_MAX]; /* filtered: printable only */
	uint8_t aid[PH_AID_MAX];
	uint8_t aid_len;
};

struct ph_emv_result {
	enum ph_emv_outcome outcome;
	enum ph_emv_fault fault;
	bool reverse; /* an authorisation may stand at the host: D3 has named it */
	/*
	 * Of DECLINED_OFFLINE: an ARQC was given, the host could not be asked, and for nothing else the second cryptogram was an AAC. What
	 * ph_emv_authentication() and ph_emv_verification() told is not looked at here.
	 */
	bool without_host;
	bool advice;	 /* the card asks for an advice (CID) */
	bool signature;	 /* the receipt needs one */
	char arc[2];	 /* Y1 Z1 Y3 Z3, or the host's; "\0\0" when the card decided nothing */
	const char *why; /* a static sentence for the log; never card data */
};

struct ph_emv_action {
	enum ph_emv_action_kind kind;
	const uint8_t *data; /* valid until the next step */
	size_t len;
	unsigned number;
	enum ph_emv_point point;
	const struct ph_emv_choice *choices;
	size_t choice_count;
	struct ph_emv_result result; /* of DONE */
};

/*
 * Memory for one kernel, locked and wiped on release. `parameters` and `world` must outlive it. -ENOMEM, or what locking
 * failed with.
 */
int ph_emv_new(const struct ph_emv_parameters *parameters, const struct ph_emv_world *world,
	struct ph_emv **ret_emv);
void ph_emv_free(struct ph_emv *emv);

/* Forgets the last transaction, wiping it, and takes the next one. -EINVAL: an amount, date or currency that cannot be. */
int ph_emv_start(struct ph_emv *emv, const struct ph_emv_transaction *transaction);

/*
 * One step. An answer nobody asked for and another card end the transaction. What people, host and disk say at a time it does
 * not belong to is IGNOREd, and so is CANCEL once the host is asked or the card has approved. The end depends on how far it
 * is: CARD_OUT, IO_ERROR and TIMEOUT undo nothing before GO_ONLINE, reverse what is being asked or was approved after it, and
 * change nothing once the card has given its last cryptogram.
 */
void ph_emv_step(
	struct ph_emv *emv, const struct ph_emv_event *event, struct ph_emv_action *ret_action);

/*
 * After DONE and during it: what happened. With DONE everything else is wiped; of the objects only those stay that field 55
 * and a receipt need, none of them account data. Who needs the account number takes it before.
 */
uint64_t ph_emv_tvr(const struct ph_emv *emv);
uint16_t ph_emv_tsi(const struct ph_emv *emv);
const uint8_t *ph_emv_cvm_results(const struct ph_emv *emv); /* three bytes */
const struct ph_emv_data *ph_emv_objects(const struct ph_emv *emv);
const struct ph_emv_application *ph_emv_application(
	const struct ph_emv *emv); /* NULL before selection */

/*
 * What somebody who answers for a sale wants to know of the card, from the first cryptogram to DONE, which forgets it: how the
 * cardholder was verified, what data authentication came to, whether the application's last day is before `date` (YYYYMMDD).
 */
enum ph_emv_verification {
	PH_EMV_VERIFIED_BY_NOTHING, /* none was required or possible */
	PH_EMV_VERIFIED_BY_SIGNATURE,
	PH_EMV_VERIFIED_BY_PIN,	    /* the card has checked it; also with a signature */
	PH_EMV_VERIFICATION_ONLINE, /* the card wants one the issuer checks, taken or not */
	PH_EMV_VERIFICATION_FAILED,
};
enum ph_emv_verification ph_emv_verification(const struct ph_emv *emv);

enum ph_emv_authentication {
	PH_EMV_NOT_AUTHENTICATED, /* no method both sides have */
	PH_EMV_AUTHENTICATION_FAILED,
	PH_EMV_AUTHENTICATED_STATIC, /* which can be copied */
	PH_EMV_AUTHENTICATED_DYNAMIC,
};
enum ph_emv_authentication ph_emv_authentication(const struct ph_emv *emv);

bool ph_emv_expired_by(const struct ph_emv *emv, uint32_t date);

enum ph_emv_message { PH_EMV_FOR_REQUEST, PH_EMV_FOR_ADVICE, PH_EMV_FOR_REVERSAL };

/*
 * Field 55 for a message to the host: TLV without any account data (5A, 57, 5F20 and their like are never in it). Returns
 * bytes, or -ENOBUFS. Source: ISO 8583 practice; docs/iso8583.md names the tags.
 */
ssize_t ph_emv_field55(
	const struct ph_emv *emv, enum ph_emv_message message, uint8_t *out, size_t size);

/* What a receipt must show: AID, label, cryptogram type and value, TVR, TSI, CVM. Text for each, "" when unknown. */
struct ph_emv_receipt {
	char aid[2 * PH_AID_MAX + 1];
	char label[PH_EMV_TEXT_MAX];
	char cryptogram[2 * 8 + 1];
	char cryptogram_type[5]; /* "TC", "ARQC", "AAC" */
	char tvr[11], tsi[5], cvm[7];
	char masked_pan[24]; /* first six, last four */
	char atc[5];
};
void ph_emv_receipt(const struct ph_emv *emv, struct ph_emv_receipt *ret_receipt);

#endif
