// Any bytes as a driver's manifest; what is accepted is asked for a value of each option.
#include "daemon/core/manifest.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_manifests manifests = {0};
	struct ph_problems problems = {0};
	char expected[64];

	if (ph_manifests_parse(&manifests, "x.json", (const char *)data, len, &problems) < 0)
		abort();
	if (manifests.len + problems.len != 1)
		abort();
	for (size_t i = 0; manifests.len && i < manifests.items[0].options_len; i++)
		ph_manifest_option_check(
			&manifests.items[0].options[i], "12", expected, sizeof expected);
	ph_manifests_done(&manifests);
	ph_problems_done(&problems);
	return 0;
}
