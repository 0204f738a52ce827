// Any bytes as an answer to reset: a verdict, and with it either a reason or historical bytes that were in it.
#include "protocols/emv/atr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_atr cold, warm;
	enum ph_atr_verdict first = ph_atr_read(data, len, false, &cold);
	enum ph_atr_verdict second = ph_atr_read(data, len, true, &warm);

	if ((first == PH_ATR_WARM_RESET) != (cold.why != NULL) || first == PH_ATR_REJECT)
		abort();
	if ((second == PH_ATR_REJECT) != (warm.why != NULL) || second == PH_ATR_WARM_RESET)
		abort();
	if (first == PH_ATR_GOOD && second != PH_ATR_GOOD)
		abort();
	if (cold.historical_len > sizeof cold.historical || cold.historical_len > len)
		abort();
	return 0;
}
