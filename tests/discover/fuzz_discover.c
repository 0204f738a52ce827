// What anybody on the network may answer to the question for printers: several messages, each behind two bytes of length.
#include "drivers/discover/discover.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_found_list found;
	static struct ph_targets targets;
	struct ph_announced *announced = ph_announced_new(&targets, NULL);

	found.len = 0;
	targets.len = 0;
	while (announced && len > 2) {
		size_t n = (size_t)(data[0] << 8 | data[1]);
		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		/* in memory of just its size, so that a step beyond its end is seen */
		uint8_t *message = malloc(n ? n : 1);
		memcpy(message, data, n);
		ph_announced_take(announced, message, n);
		free(message);
		data += n;
		len -= n;
	}
	if (announced)
		ph_announced_finish(announced, &found, &targets);
	for (unsigned i = 0; i < found.len; i++)
		if (strncmp(found.items[i].connection, "tcp://", 6) != 0 &&
			strncmp(found.items[i].connection, "ipp://", 6) != 0)
			abort();
	for (unsigned i = 0; i < targets.len; i++)
		if (!ph_address_is_private(targets.items[i]))
			abort();
	ph_announced_free(announced);
	return 0;
}
