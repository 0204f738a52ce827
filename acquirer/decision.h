/* What a host's answer says, whatever its form, and the rules that hold for each. Pure. */
#ifndef PH_ACQUIRER_DECISION_H
#define PH_ACQUIRER_DECISION_H

#include "protocols/iso8583/dialect.h"

#define PH_HOST_TEXT_SIZE 100

struct ph_decision {
	enum ph_iso_decision decision;
	char response_code[3];
	bool has_amount;
	uint64_t amount;	     /* approved */
	char approval_code[7];	     /* "": none */
	char rrn[13], settlement[5]; /* the same */
	char host_text[PH_HOST_TEXT_SIZE];
	uint8_t issuer[PH_ISO_ICC_BYTES];
	size_t issuer_len;
};

/* Sums of a day: fields 74 to 77 and 86 to 89. */
enum ph_total { PH_CREDITS, PH_CREDIT_REVERSALS, PH_DEBITS, PH_DEBIT_REVERSALS, PH_TOTAL_COUNT_ };

struct ph_sum {
	uint64_t count, amount; /* minor units */
};

/* "credits", "credit_reversals", "debits", "debit_reversals". */
extern const char *const ph_total_names[PH_TOTAL_COUNT_ + 1];

enum ph_balance_state { PH_IN_BALANCE, PH_OUT_OF_BALANCE, PH_BALANCE_ERROR };

/* What a host says to the sums of a till. */
struct ph_balance {
	enum ph_balance_state state;
	char response_code[3], settlement[5];
	char host_text[PH_HOST_TEXT_SIZE];
	bool has_totals;
	struct ph_sum totals[PH_TOTAL_COUNT_]; /* the host's own */
};

/*
 * An approved amount against the one asked for: less is partial, whatever the decision said; an amount of what is not approved
 * says nothing. `asked` 0: a reversal. A part without an amount that can be is partial and has none. -EBADMSG: nothing or more is approved.
 */
int ph_decision_settle(struct ph_decision *decision, uint64_t asked);

/* Eight digits or more in a row may be an account number, and become stars; one in groups is masked (base/card_number.h). */
void ph_hide_numbers(char *text);

#endif
