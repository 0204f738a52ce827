// Answers of a print server: any bytes that libcups takes for IPP.
#include "drivers/cups/ipp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct source {
	const uint8_t *data;
	size_t len;
};

static ssize_t take(void *context, ipp_uchar_t *buffer, size_t bytes)
{
	struct source *source = context;
	size_t n = bytes < source->len ? bytes : source->len;

	memcpy(buffer, source->data, n);
	source->data += n;
	source->len -= n;
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct source source = {.data = data, .len = len};
	struct ph_ipp_printer printer;
	struct ph_ipp_job job;
	ipp_t *response = ippNew();

	if (ippReadIO(&source, take, 1, NULL, response) != IPP_STATE_ERROR) {
		ph_ipp_read_printer(response, &printer);
		ph_ipp_read_job(response, &job);
		if (ph_ipp_newest_job(response, "poshal-1") < 0)
			abort();
	}
	ippDelete(response);
	return 0;
}
