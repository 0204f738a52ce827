// Prefixes and suffixes of labels: the options that name them, and taking them off.
#include "drivers/scanner/affix.h"

#include <string.h>

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found && (c >= 'A' || c <= '9') ? (int)(found - digits) : -1;
}

/* Text with \xHH for other bytes. */
static int parse(struct ph_device *device, const char *option, struct ph_affix *affix)
{
	const char *text = ph_option_text(device, option);

	for (const char *p = text ? text : ""; *p; p++) {
		uint8_t c = (uint8_t)*p;
		if (affix->len == PH_AFFIX_MAX)
			return ph_option_refuse(
				device, option, "is longer than %d bytes", PH_AFFIX_MAX);
		if (c == '\\') {
			int high = p[1] == 'x' ? hex_digit(p[2]) : -1;
			int low = high < 0 ? -1 : hex_digit(p[3]);
			if (low < 0)
				return ph_option_refuse(device, option, "has a \\ without xHH");
			c = (uint8_t)(high << 4 | low);
			p += 3;
		}
		affix->data[affix->len++] = c;
	}
	return 0;
}

int ph_affixes_read(struct ph_device *device, struct ph_affixes *ret_affixes)
{
	struct ph_affixes affixes = {0};

	int r = parse(device, "prefix", &affixes.prefix);
	if (r == 0)
		r = parse(device, "suffix", &affixes.suffix);
	if (r == 0)
		*ret_affixes = affixes;
	return r;
}

void ph_affixes_strip(const struct ph_affixes *affixes, struct ph_scan *scan)
{
	const struct ph_affix *prefix = &affixes->prefix, *suffix = &affixes->suffix;

	if (prefix->len && scan->label_len >= prefix->len &&
		!memcmp(scan->label, prefix->data, prefix->len)) {
		scan->label += prefix->len;
		scan->label_len -= prefix->len;
	}
	if (suffix->len && scan->label_len >= suffix->len &&
		!memcmp(scan->label + scan->label_len - suffix->len, suffix->data, suffix->len))
		scan->label_len -= suffix->len;
}
