// Facts of a card as a driver could say them: what is read has six digits of the account number and no more.
#include "daemon/payments/card_facts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cJSON *json = cJSON_ParseWithLength((const char *)data, len);
	struct ph_card_facts facts;

	if (ph_card_facts_read(json, &facts) == 0 &&
		(strspn(facts.first_digits, "0123456789") != PH_CARD_FIRST_DIGITS ||
			facts.first_digits[PH_CARD_FIRST_DIGITS] || !facts.entry || !facts.cvm ||
			!facts.oda || (facts.denied && !facts.deny_known)))
		abort();
	cJSON_Delete(json);
	return 0;
}
