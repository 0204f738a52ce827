/* The dialects of the tree, for tests and fuzz targets. */
#ifndef PH_TESTS_ISO8583_HELP_H
#define PH_TESTS_ISO8583_HELP_H

#include "protocols/iso8583/dialect_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { ISO_A, ISO_AB, ISO_B, ISO_COUNT };

static inline size_t iso_text(unsigned which, char *text, size_t size)
{
	static const char *const names[ISO_COUNT] = {
		"iso87-ascii", "iso87-ascii-binary-bitmap", "iso87-bcd"};
	char path[512];
	FILE *file;
	size_t len;

	snprintf(path, sizeof path, "%s/%s.json", DIALECTS, names[which]);
	file = fopen(path, "re");
	if (!file)
		abort();
	len = fread(text, 1, size, file);
	fclose(file);
	return len;
}

static inline const struct ph_iso_dialect *iso_dialect(unsigned which)
{
	static struct ph_iso_dialect *dialects[ISO_COUNT];
	static char text[PH_ISO_DIALECT_BYTES_MAX];
	char why[PH_ISO_WHY_SIZE] = "";
	size_t len;

	if (dialects[which])
		return dialects[which];
	dialects[which] = malloc(sizeof *dialects[which]);
	len = iso_text(which, text, sizeof text);
	if (!dialects[which] || ph_iso_dialect_read(text, len, dialects[which], why) < 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	return dialects[which];
}

#endif
