// Any bytes as a CVM list, any outcomes of a PIN: the walk ends, and its results agree with its bits.
#include "protocols/emv/cvm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Amount, capabilities, kind and outcomes come first, the list behind them. */
struct head {
	uint8_t amount, capabilities[2], flags, outcomes[4];
};

static void check(const struct ph_cvm *cvm)
{
	bool failed = cvm->results[2] == 1;

	if (cvm->results[2] > 2)
		abort();
	if (cvm->processed && failed != ((cvm->tvr & PH_TVR_CVM_FAILED) != 0))
		abort();
	if (!cvm->processed && (cvm->results[0] != 0x3f || cvm->signature))
		abort();
	if (cvm->signature && cvm->results[2] != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_emv_data objects;
	struct ph_cvm cvm;
	struct head head;

	if (len < sizeof head)
		return 0;
	memcpy(&head, data, sizeof head);
	data += sizeof head;
	len -= sizeof head;
	ph_emv_data_init(&objects);
	ph_emv_data_set(&objects, PH_FROM_CARD, PH_TAG_AIP, "\x10", 2);
	ph_emv_data_set(&objects, PH_FROM_CARD, PH_TAG_APPLICATION_CURRENCY, "\x09\x78", 2);
	if (len && ph_emv_data_take(&objects, PH_TAG_CVM_LIST, data, len) < 0)
		return 0;
	struct ph_cvm_input input = {.amount = head.amount,
		.currency = head.flags & 1 ? 0x0978 : 0x0840,
		.kind = (enum ph_cvm_kind)(head.flags >> 6) % 3,
		.attended = head.flags & 2,
		.pin_pad = head.flags & 4,
		.capabilities = (uint32_t)head.capabilities[0] << 8 | head.capabilities[1]};
	int step = ph_cvm_begin(&cvm, &input, &objects);
	for (unsigned i = 0; step > PH_CVM_DONE; i++) {
		if (i > PH_CVM_RULES_MAX)
			abort();
		unsigned outcome = head.outcomes[i % sizeof head.outcomes] % 5u;
		step = (int)ph_cvm_feed(&cvm, (enum ph_cvm_outcome)outcome);
	}
	if (!step)
		check(&cvm);
	return 0;
}
