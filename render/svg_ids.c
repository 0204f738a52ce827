// Renumbers the ids of an SVG file; understands nothing else of it.
#include "render/svg_ids.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MAX 4096 // of one file; what is beyond keeps its number

struct ids {
	unsigned long numbers[IDS_MAX];
	unsigned count;
};

static unsigned long renumber(struct ids *ids, unsigned long number)
{
	for (unsigned i = 0; i < ids->count; i++) {
		if (ids->numbers[i] == number)
			return i + 1;
	}
	if (ids->count == IDS_MAX)
		return number;
	ids->numbers[ids->count++] = number;
	return ids->count;
}

// An id is written as `surface12` or `image12`: the length of the word before the digits, or 0.
static size_t word_at(const char *text)
{
	static const char *const words[] = {"surface", "image"};

	for (unsigned i = 0; i < 2; i++) {
		const size_t len = strlen(words[i]);
		if (strncmp(text, words[i], len) == 0 && isdigit((unsigned char)text[len]))
			return len;
	}
	return 0;
}

int ph_svg_number_ids(const char *svg, size_t len, struct ph_buf *out)
{
	struct ids *ids = calloc(1, sizeof *ids);
	const char *const end = svg + len;

	if (!ids)
		return -ENOMEM;
	for (const char *from = svg, *at = svg; at < end;) {
		const size_t word = *at == 's' || *at == 'i' ? word_at(at) : 0;
		if (word) {
			char *behind;
			const unsigned long number = strtoul(at + word, &behind, 10);
			ph_buf_add(out, from, (size_t)(at - from) + word);
			ph_buf_printf(out, "%lu", renumber(ids, number));
			from = at = behind;
		} else if (*at == 'd' && strncmp(at, "data:", 5) == 0) {
			at += strcspn(at, "\""); // a picture
		} else {
			at++;
		}
		if (at >= end)
			ph_buf_add(out, from, (size_t)(end - from));
	}
	free(ids);
	return out->error;
}
