// Scanner bytes in two chunkings: both must give the same labels. The first byte chooses terminator and mask.
#include "drivers/scanner-serial/framing.h"
#include "protocols/symbology/symbology.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A sum over all labels and refusals. */
static uint64_t run(uint8_t mode, const uint8_t *data, size_t len, size_t piece)
{
	static struct ph_framing framing;
	const uint8_t *label;
	size_t label_len;
	uint64_t sum = 0;
	int r, upos;

	ph_framing_init(&framing, (enum ph_terminator)(mode % 7), mode & 0x80);
	while (len) {
		size_t n = len < piece ? len : piece;
		ph_framing_feed(&framing, data, n);
		while ((r = ph_framing_next(&framing, &label, &label_len)) != 0) {
			if (r > 0 && (!label_len || label_len > PH_LABEL_MAX))
				abort();
			for (size_t i = 0; r > 0 && i < label_len; i++)
				sum = sum * 31 + label[i];
			if (r > 0 && label_len > 3)
				ph_symbology_by_aim(label, label_len - 3, &upos);
			sum = sum * 31 + (r > 0 ? 1 : 2);
		}
		data += n;
		len -= n;
	}
	if (ph_framing_idle(&framing, &label, &label_len) > 0)
		sum = sum * 31 + label_len;
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	if (run(data[0], data + 1, len - 1, 1) != run(data[0], data + 1, len - 1, 4096))
		abort();
	return 0;
}
