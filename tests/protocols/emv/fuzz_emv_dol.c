// Any bytes as a DOL: what is built has the length that was checked, and nothing behind it is touched.
#include "protocols/emv/dol.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_emv_data objects;
	uint8_t out[PH_DOL_DATA_MAX + 1];
	size_t wanted;

	if (!objects.count) {
		ph_emv_data_set(&objects, PH_FROM_TERMINAL, PH_TAG_AMOUNT, "\0\0\0\0\x12\x34", 6);
		ph_emv_data_set(&objects, PH_FROM_TERMINAL, PH_TAG_TVR, "12345", 5);
		ph_emv_data_set(&objects, PH_FROM_TERMINAL, PH_TAG_TERMINAL_ID, "TERM0001", 8);
		ph_emv_data_take(&objects, PH_TAG_PAN, "\x54\x13\x33\x00\x89\x02\x00\x11", 8);
	}
	memset(out, 0xee, sizeof out);
	ssize_t n = ph_dol_build(data, len, &objects, out, PH_DOL_DATA_MAX);
	if ((n < 0) != (ph_dol_check(data, len) < 0) || n > PH_DOL_DATA_MAX ||
		out[PH_DOL_DATA_MAX] != 0xee)
		abort();
	if (n > 0 && ph_dol_build(data, len, &objects, out, (size_t)n - 1) >= 0)
		abort();
	if (!ph_dol_wants(data, len, PH_TAG_AMOUNT, &wanted) && n >= 0 && wanted > (size_t)n)
		abort();
	return 0;
}
