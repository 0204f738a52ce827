// Any bytes as a configuration file: sections, keys and the walk over words.
#include "daemon/core/ini.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_ini ini = {0};
	struct ph_problems problems = {0};
	char word[16];

	if (ph_ini_parse(&ini, "fuzz", (const char *)data, len, &problems) < 0)
		abort();
	for (size_t i = 0; i < ini.len; i++)
		for (size_t k = 0; k < ini.sections[i].len; k++) {
			const char *cursor = ini.sections[i].entries[k].value;
			while (ph_ini_word(&cursor, word, sizeof word))
				;
		}
	ph_ini_done(&ini);
	ph_problems_done(&problems);
	return 0;
}
