/*
 * What the files of the kernel share: the state of one transaction, and how each part hands over to the next. Each function
 * without a result ends the step it is called in: it leaves exactly one action in emv->action.
 */
#ifndef PH_PROTOCOLS_EMV_KERNEL_INTERNAL_H
#define PH_PROTOCOLS_EMV_KERNEL_INTERNAL_H

#include "base/secret.h"
#include "protocols/emv/certificate.h"
#include "protocols/emv/cvm.h"
#include "protocols/emv/data.h"
#include "protocols/emv/dol.h"
#include "protocols/emv/kernel.h"
#include "protocols/emv/risk.h"
#include "protocols/emv/tlv.h"

#define PH_EMV_DIRECTORY_RECORDS 32   /* of a payment system directory */
#define PH_EMV_RECORDS_MAX	 64   /* of an application; 16 KiB with them */
#define PH_EMV_PIN_ASKED_MAX	 16   /* a card that never runs out of tries */
#define PH_EMV_ISSUER_BYTES	 1280 /* of an issuer's answer: scripts, 91, and their heads */
#define PH_EMV_NAME_MAX		 16   /* of a DF */

enum ph_emv_state {
	PH_EMV_STATE_IDLE, /* no transaction */
	PH_EMV_STATE_CARD, /* waiting for a card */
	PH_EMV_STATE_WARM, /* and for its answer to a warm reset */
	PH_EMV_STATE_PSE,
	PH_EMV_STATE_DIRECTORY,
	PH_EMV_STATE_LIST,
	PH_EMV_STATE_CHOICE,
	PH_EMV_STATE_CONFIRM,
	PH_EMV_STATE_FINAL_SELECT,
	PH_EMV_STATE_OPTIONS,
	PH_EMV_STATE_RECORDS,
	PH_EMV_STATE_INTERNAL,
	PH_EMV_STATE_PIN_TRIES,
	PH_EMV_STATE_CHALLENGE,
	PH_EMV_STATE_PIN,
	PH_EMV_STATE_ATC,
	PH_EMV_STATE_LAST_ATC,
	PH_EMV_STATE_FIRST_AC,
	PH_EMV_STATE_INTENT,
	PH_EMV_STATE_ONLINE,
	PH_EMV_STATE_EXTERNAL,
	PH_EMV_STATE_SCRIPT_BEFORE,
	PH_EMV_STATE_SECOND_AC,
	PH_EMV_STATE_SCRIPT_AFTER,
	PH_EMV_STATE_OFFLINE,
	PH_EMV_STATE_REVERSAL,
	PH_EMV_STATE_DONE,
	PH_EMV_STATE_COUNT_
};

/* An answer of the card, its status word apart. */
struct ph_emv_reply {
	unsigned status;
	const uint8_t *data;
	size_t len;
};

/* An application of the card that both sides have. */
struct ph_emv_candidate {
	uint8_t name[PH_EMV_NAME_MAX];
	uint8_t len;
	uint8_t priority; /* 1 best; 16 for none */
	bool confirm;	  /* not without somebody who agrees */
	bool labelled;	  /* the text is a name, not the AID in hexadecimal */
	char text[PH_EMV_TEXT_MAX];
	uint8_t row; /* of the parameters */
};

struct ph_emv_selection {
	struct ph_emv_candidate candidates[PH_EMV_CANDIDATES_MAX];
	unsigned count;
	unsigned selects; /* SELECT commands so far */
	unsigned sfi, record, code_table;
	unsigned row, next; /* of the list: application, "next occurrence" so far */
	uint8_t last[PH_EMV_NAME_MAX];
	size_t last_len;
	struct ph_emv_candidate chosen;
};

/* Where reading stands. */
struct ph_emv_reading {
	uint8_t afl[PH_DOL_DATA_MAX];
	size_t len, at;
	unsigned record; /* the one asked for */
};

/* Values sent for a DOL, kept as CDA signs them. */
struct ph_emv_sent {
	uint8_t hidden[PH_DOL_DATA_MAX];
	size_t len;
};

enum ph_emv_list { PH_EMV_LIST_PDOL, PH_EMV_LIST_CDOL1, PH_EMV_LIST_CDOL2, PH_EMV_LIST_COUNT_ };

enum ph_emv_word {
	PH_EMV_WORD_NONE, /* the host has said nothing */
	PH_EMV_WORD_APPROVED,
	PH_EMV_WORD_DECLINED,
	PH_EMV_WORD_REFERRED,
	PH_EMV_WORD_UNABLE, /* it could not be asked */
};

struct ph_emv_scripts {
	uint8_t bytes[PH_EMV_ISSUER_BYTES]; /* all the issuer has sent */
	size_t len;
	size_t template_at; /* where the next template may begin */
	size_t end;	    /* of the script that runs; 0: none does */
	size_t at;	    /* in it, behind the command sent last */
	unsigned command;   /* number of that command */
	uint8_t results[5 * PH_EMV_SCRIPTS_MAX];
	unsigned count; /* of results */
};

/* Everything that is wiped when the transaction is over. */
struct ph_emv_work {
	uint8_t hidden_command[PH_APDU_COMMAND_MAX + PH_RSA_BYTES_MAX];
	struct ph_emv_choice choices[PH_EMV_CANDIDATES_MAX];
	struct ph_emv_selection selection;
	struct ph_emv_reading reading;
	struct ph_emv_static statics;
	struct ph_rsa_key issuer_key, icc_key;
	bool have_issuer_key, have_icc_key;
	struct ph_cvm cvm;
	struct ph_rsa_key pin_key;
	unsigned pins_asked;
	struct ph_emv_sent sent[PH_EMV_LIST_COUNT_];
	int32_t atc, last_online_atc;
	bool combined;	/* CDA: signatures of cryptograms are asked for */
	uint8_t asked;	/* cryptogram asked for last */
	bool is_signed; /* with a signature */
	enum ph_emv_word word;
	bool approved; /* by the second cryptogram */
	struct ph_emv_scripts scripts;
};

struct ph_emv {
	struct ph_secret *secret;
	const struct ph_emv_parameters *parameters;
	const struct ph_emv_world *world;
	struct ph_emv_transaction transaction;
	enum ph_emv_state state;
	unsigned apdus;
	const struct ph_emv_application *application;
	struct ph_emv_action action;
	struct ph_emv_result result;
	uint64_t tvr;
	uint8_t tsi;
	uint8_t cvm_results[3];
	char label[PH_EMV_TEXT_MAX];
	char masked_pan[24];
	struct ph_emv_data data;
	struct ph_emv_work work;
};

/* kernel.c */

/* Sends what stands in the first `len` bytes of work.hidden_command; the answer comes in `state`. */
void ph_emv_send(struct ph_emv *emv, enum ph_emv_state state, size_t len);
/* The card, or something around it, has failed: what that means depends on how far the transaction is. */
void ph_emv_fail(struct ph_emv *emv, enum ph_emv_fault fault, const char *why);
/* Tells the world what a check came to, which may make something else of it. Returns the result. */
int ph_emv_checked(struct ph_emv *emv, struct ph_emv_checked *checked);
/* The end, once what has to be durable is. */
void ph_emv_end(struct ph_emv *emv, enum ph_emv_outcome outcome, const char *why);
void ph_emv_need(struct ph_emv *emv, enum ph_emv_state state, enum ph_emv_point point);
/* 8A, which is the arc of the result. */
void ph_emv_set_arc(struct ph_emv *emv, const char arc[2]);
/* Puts TVR, TSI and CVM results where lists find them. */
void ph_emv_sync(struct ph_emv *emv);
/* Writes the values of a list of the card: false after ph_emv_fail(). An absent list has no values. */
bool ph_emv_build_list(struct ph_emv *emv, enum ph_emv_list list, uint32_t tag);
uint32_t ph_emv_aip(const struct ph_emv *emv); /* its first byte */
struct ph_emv_keyring ph_emv_ring(const struct ph_emv *emv);

/*
 * text.c: what is shown of an application, by the rule of EMV Book 1, 12.4: its preferred name if that is in a code table both
 * sides have, else its label. False: there is nothing to show.
 */
bool ph_emv_label(const struct ph_emv_terminal *terminal, unsigned code_table,
	struct ph_bytes preferred, struct ph_bytes label, char out[PH_EMV_TEXT_MAX]);

/* select.c */
void ph_emv_select(struct ph_emv *emv);
void ph_emv_choose(struct ph_emv *emv);	       /* goes on with the candidates that are left */
void ph_emv_refuse_chosen(struct ph_emv *emv); /* the one chosen does not work */
void ph_emv_on_pse(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_directory(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_list(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_final_select(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_choice(struct ph_emv *emv, const struct ph_emv_event *event);
void ph_emv_on_confirm(struct ph_emv *emv, const struct ph_emv_event *event);

/* read.c */
void ph_emv_initiate(struct ph_emv *emv);
void ph_emv_on_options(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_record(struct ph_emv *emv, const struct ph_emv_reply *reply);

/* authenticate.c */
void ph_emv_authenticate(struct ph_emv *emv);
void ph_emv_on_internal(struct ph_emv *emv, const struct ph_emv_reply *reply);
/* The issuer's key, recovered once. Errors of ph_emv_issuer_key(). */
int ph_emv_need_issuer_key(struct ph_emv *emv);
/* The card's: for signatures, once; or for PINs. */
int ph_emv_need_icc_key(struct ph_emv *emv);

/* verify.c */
void ph_emv_verify(struct ph_emv *emv);
void ph_emv_on_pin_tries(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_challenge(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_pin(struct ph_emv *emv, const struct ph_emv_event *event);

/* decide.c */
void ph_emv_manage_risk(struct ph_emv *emv);
void ph_emv_on_atc(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_last_atc(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_first_ac(struct ph_emv *emv, const struct ph_emv_reply *reply);

/* cryptogram.c */
struct ph_emv_cryptogram {
	uint8_t type;  /* PH_CID_AAC, _TC or _ARQC */
	bool unproven; /* a signature was asked for, and it is not good */
	bool reason;   /* the card says why it does not give more */
};

/* Asks for one, with the values of a CDOL. */
void ph_emv_generate(
	struct ph_emv *emv, enum ph_emv_state state, uint8_t type, enum ph_emv_list list);
/* Takes it. False after ph_emv_fail(). */
bool ph_emv_take_cryptogram(struct ph_emv *emv, const struct ph_emv_reply *reply,
	enum ph_emv_list list, struct ph_emv_cryptogram *ret);

/* complete.c */
void ph_emv_go_online(struct ph_emv *emv);
void ph_emv_unable(struct ph_emv *emv);		  /* the host cannot be asked */
void ph_emv_decline_unproven(struct ph_emv *emv); /* an ARQC whose signature is not good */
void ph_emv_keep_offline(struct ph_emv *emv);
void ph_emv_on_intent(struct ph_emv *emv, const struct ph_emv_event *event);
void ph_emv_on_host(struct ph_emv *emv, const struct ph_emv_event *event);
void ph_emv_on_external(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_second_ac(struct ph_emv *emv, const struct ph_emv_reply *reply);
void ph_emv_on_offline(struct ph_emv *emv, const struct ph_emv_event *event);
void ph_emv_second_ac(struct ph_emv *emv); /* scripts 71 are done */
void ph_emv_conclude(struct ph_emv *emv);  /* scripts 72 are done */

/* script.c */
void ph_emv_scripts_begin(struct ph_emv *emv, enum ph_emv_state state);
void ph_emv_on_script(struct ph_emv *emv, const struct ph_emv_reply *reply);
/* The card is gone: the script that runs has failed, and no other one follows. */
void ph_emv_scripts_break(struct ph_emv *emv);

#endif
