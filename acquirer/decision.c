// Rules for what a host says that hold in each protocol; reading it is compose.c's and message_json.c's.
#include "acquirer/decision.h"

#include "base/card_number.h"
#include "protocols/sealed/sealed.h"

#include <errno.h>
#include <string.h>

const char *const ph_total_names[PH_TOTAL_COUNT_ + 1] = {
	"credits", "credit_reversals", "debits", "debit_reversals", NULL};

void ph_hide_numbers(char *text)
{
	for (char *at = text; *at;) {
		size_t run = strspn(at, "0123456789");

		if (run >= PH_PAN_MIN)
			memset(at, '*', run);
		at += run ? run : 1;
	}
	ph_card_number_mask(text);
}

int ph_decision_settle(struct ph_decision *decision, uint64_t asked)
{
	bool partial = decision->decision == PH_ISO_PARTIAL;

	if (decision->decision != PH_ISO_APPROVED && !partial) {
		decision->has_amount = false;
		return 0;
	}
	if (!asked) {
		decision->has_amount = false;
		return 0;
	}
	/* many hosts send back the amount that was asked for: with a part it does not say which */
	if (partial && decision->amount == asked)
		decision->has_amount = false;
	if (decision->has_amount && (decision->amount > asked || !decision->amount)) {
		decision->has_amount = false;
		return partial ? 0 : -EBADMSG;
	}
	if (partial && !decision->has_amount)
		return 0;
	if (!decision->has_amount)
		decision->amount = asked;
	decision->has_amount = true;
	decision->decision = decision->amount < asked ? PH_ISO_PARTIAL : PH_ISO_APPROVED;
	return 0;
}
