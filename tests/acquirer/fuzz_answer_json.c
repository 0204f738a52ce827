// Any text as the answer of a gateway: it says nothing, or what keeps within its bounds.
#include "acquirer/message_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const char *text)
{
	size_t run = 0;

	for (const char *c = text; *c; c++) {
		run = *c >= '0' && *c <= '9' ? run + 1 : 0;
		if (run >= PH_PAN_MIN || *c < ' ' || *c > '~')
			abort();
	}
}

static void check_decision(const struct ph_decision *decision)
{
	if (decision->has_amount && (decision->amount > 1234 || !decision->amount))
		abort();
	if (decision->decision == PH_ISO_PARTIAL && decision->has_amount &&
		decision->amount == 1234)
		abort();
	if (decision->decision == PH_ISO_UNKNOWN || strlen(decision->response_code) != 2)
		abort();
	check_text(decision->host_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct ph_json_asked asked = {.message = "authorize",
		.tid = "TID12345",
		.stan = "000041",
		.transmission = "0901122950",
		.amount = 1234};
	static struct ph_decision decision;
	static struct ph_balance balance;
	char said[PH_HOST_TEXT_SIZE];

	if (len > PH_JSON_ANSWER_MAX)
		return 0;
	if (ph_json_decide((const char *)data, len, &asked, &decision) == 0)
		check_decision(&decision);
	if (ph_json_balance((const char *)data, len, &asked, &balance) == 0)
		check_text(balance.host_text);
	ph_json_refusal((const char *)data, len, said);
	check_text(said);
	return 0;
}
