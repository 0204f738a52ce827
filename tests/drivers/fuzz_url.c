// Connection URLs of any form.
#include "drivers/transport/transport.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_url url;
	char *text = malloc(len + 1), why[128];

	memcpy(text, data, len);
	text[len] = '\0';
	if (ph_url_parse(text, &url) == 0) {
		const struct ph_transport_ops *ops = ph_transport_find(url.scheme);
		if (ops && ops->check(&url, why, sizeof why) == 0)
			ops->timeout_ms(&url);
	}
	free(text);
	return 0;
}
