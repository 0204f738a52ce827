/*
 * Cardholder verification: walks the card's list of methods. Methods that need the card or a person come out as a step for
 * the kernel, which feeds the outcome back. PIN entry on the host does not exist here: a PIN is entered on a reader with a
 * pad of its own or not at all. Source: EMV Book 3, 10.5 and annex C3, C4.
 */
#ifndef PH_PROTOCOLS_EMV_CVM_H
#define PH_PROTOCOLS_EMV_CVM_H

#include "protocols/emv/bits.h"
#include "protocols/emv/data.h"

#include <stdbool.h>

#define PH_CVM_RULES_MAX 122

enum ph_cvm_kind { PH_CVM_GOODS, PH_CVM_CASHBACK, PH_CVM_CASH };

struct ph_cvm_input {
	uint64_t amount;   /* minor units, with cashback */
	uint16_t currency; /* BCD, 5F2A */
	enum ph_cvm_kind kind;
	bool attended;
	uint32_t capabilities; /* PH_CAP_ bits */
	bool pin_pad;	       /* the reader has one that works */
};

enum ph_cvm_step {
	PH_CVM_DONE,	  /* results and TVR are final */
	PH_CVM_PIN_PLAIN, /* the pad shall verify a plain PIN: feed the outcome */
	PH_CVM_PIN_ENCIPHERED,
};

enum ph_cvm_outcome {
	PH_CVM_OUTCOME_GOOD,
	PH_CVM_OUTCOME_BLOCKED, /* try counter 0, or 63C0, 6983, 6984 */
	PH_CVM_OUTCOME_BYPASSED,
	PH_CVM_OUTCOME_FAULT,  /* the pad does not work, or gave up waiting */
	PH_CVM_OUTCOME_FAILED, /* no key or challenge to encipher it with */
};

struct ph_cvm {
	struct ph_cvm_input input;
	uint8_t list[252];
	uint8_t list_len, at;
	uint64_t tvr;	    /* bits this walk has set */
	uint8_t results[3]; /* 9F34 */
	bool processed;	    /* sets the TSI bit */
	bool signature;	    /* the receipt needs one */
	bool online_pin;    /* a rule that holds wants a PIN the issuer checks */
	bool own_currency;  /* amounts are in that of the application */
};

/*
 * Begins with the objects of the card. Returns the first step; -EBADMSG for a list with half a rule, which ends the
 * transaction.
 */
int ph_cvm_begin(
	struct ph_cvm *cvm, const struct ph_cvm_input *input, const struct ph_emv_data *data);

/* After a PIN step; returns the next one. */
enum ph_cvm_step ph_cvm_feed(struct ph_cvm *cvm, enum ph_cvm_outcome outcome);

#endif
