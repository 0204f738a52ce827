// Any message as the answer to a sale: it says nothing, or a decision whose amount and texts keep within their bounds.
#include "acquirer/compose.h"
#include "tests/protocols/iso8583_help.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct ph_decision *decision)
{
	size_t run = 0;

	if (decision->has_amount && (decision->amount > 1234 || !decision->amount))
		abort();
	if (decision->decision == PH_ISO_PARTIAL && decision->has_amount &&
		decision->amount == 1234)
		abort();
	for (const char *c = decision->host_text; *c; c++) {
		run = *c >= '0' && *c <= '9' ? run + 1 : 0;
		if (run >= PH_PAN_MIN || *c < ' ' || *c > '~')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t memory[PH_ISO_STORE_MAX];
	static struct ph_iso_message answer;
	static struct ph_decision decision;
	struct ph_iso_store store = {.data = memory, .size = sizeof memory};
	struct ph_iso_error error;
	const struct ph_iso_dialect *dialect;

	if (!len)
		return 0;
	dialect = iso_dialect(data[0] % ISO_COUNT);
	if (ph_iso_unpack(&dialect->table, data + 1, len - 1, &store, &answer, &error) < 0)
		return 0;
	if (ph_decide(dialect, &answer, 1234, &decision) == 0)
		check(&decision);
	return 0;
}
