// Any bytes as a list of fingerprints: what is read is in order, and each of its rows is found in it.
#include "protocols/emv/deny_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_deny_list list;
	unsigned line = 0;

	int r = ph_deny_list_read((const char *)data, len, &list, &line);
	if (r < 0) {
		if (r != -EBADMSG && r != -E2BIG && r != -ENOMEM)
			abort();
		return 0;
	}
	if (list.count > len / PH_FINGERPRINT_SIZE || (list.expires && list.expires < 20000101))
		abort();
	for (size_t i = 0; i < list.count; i++)
		if (!ph_deny_list_has(&list, list.rows[i]) ||
			(i && memcmp(list.rows[i - 1], list.rows[i], PH_FINGERPRINT_SIZE) > 0))
			abort();
	ph_deny_list_done(&list);
	return 0;
}
