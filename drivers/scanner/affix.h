/* What scanner drivers share: texts that a scanner puts in front of and behind each label, and that are taken off again. */
#ifndef PH_DRIVERS_SCANNER_AFFIX_H
#define PH_DRIVERS_SCANNER_AFFIX_H

#include "poshal/driver.h"

#define PH_AFFIX_MAX 32 /* bytes of prefix or suffix */

struct ph_affix {
	uint8_t data[PH_AFFIX_MAX];
	size_t len;
};

struct ph_affixes {
	struct ph_affix prefix, suffix;
};

/* Options of these names, for the tables of drivers. */
#define PH_AFFIX_OPTIONS                                                                           \
	{.name = "prefix",                                                                         \
		.type = PH_OPTION_TEXT,                                                            \
		.summary = "removed in front of each label; \\xHH for other bytes"},               \
	{                                                                                          \
		.name = "suffix", .type = PH_OPTION_TEXT,                                          \
		.summary = "removed behind each label; \\xHH for other bytes"                      \
	}

/* Reads the options `prefix` and `suffix` within init(). Returns 0, or -EINVAL after ph_option_refuse(). */
int ph_affixes_read(struct ph_device *device, struct ph_affixes *ret_affixes);

/* Removes prefix and suffix from scan->label where they are there. */
void ph_affixes_strip(const struct ph_affixes *affixes, struct ph_scan *scan);

#endif
