// A T=0 card that answers anything: a command ends within the bound, with an answer that has a status word.
#include "protocols/emv/apdu.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A length byte and that many bytes, as far as there are; more of them in front of a status when the first bit is set. */
static size_t piece(const uint8_t **data, size_t *len)
{
	if (!*len)
		return 0;
	size_t n = (*data)[0];
	++*data;
	--*len;
	if (n > *len)
		n = *len;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t out[PH_APDU_COMMAND_MAX];
	struct ph_t0 t0;
	size_t size = piece(&data, &len);
	int n = ph_t0_begin(&t0, data, size, out);
	unsigned sent = 0;

	if (n < 0)
		return 0;
	data += size;
	len -= size;
	while (n > 0) {
		if (++sent > PH_T0_ROUNDS || n < 5 || n > PH_APDU_COMMAND_MAX)
			abort();
		size = piece(&data, &len);
		n = ph_t0_feed(&t0, data, size, out);
		data += size;
		len -= size;
	}
	if (!n && (t0.answer_len < 2 || ph_apdu_status(t0.answer, t0.answer_len) < 0))
		abort();
	ph_t0_done(&t0);
	return 0;
}
