// Reads a list of fingerprints and finds one in it; whose list it is, and whether it is still good, is looked at by who uses it.
#include "protocols/emv/deny_list.h"

#include "protocols/emv/date.h"
#include "protocols/emv/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD	  "poshal deny list 1"
#define LINE_SIZE 128 /* bytes, of comments too */
#define DIGITS	  (2 * PH_FINGERPRINT_SIZE)

struct reader {
	struct ph_deny_list *list;
	size_t room;
	unsigned line;
	bool expires, marked;
};

/* The same on each machine, and whatever the locale: "expires 2026-12-31". */
static int read_expiry(struct reader *reader, const char *text)
{
	unsigned year, month, day;

	if (reader->expires || strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
		text[4] != '-' || text[7] != '-' ||
		sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3 || year < 2000 || month < 1 ||
		month > 12 || day < 1 || (int)day > ph_emv_month_days(year, month))
		return -EBADMSG;
	reader->expires = true;
	reader->list->expires = year * 10000 + month * 100 + day;
	return 0;
}

static int read_fingerprint(const char *text, uint8_t out[PH_FINGERPRINT_SIZE])
{
	if (strlen(text) != DIGITS)
		return -EBADMSG;
	return ph_emv_hex_read(text, out, PH_FINGERPRINT_SIZE) == PH_FINGERPRINT_SIZE ? 0
										      : -EBADMSG;
}

static int read_mark(struct reader *reader, const char *text)
{
	if (reader->marked)
		return -EBADMSG;
	reader->marked = true;
	return read_fingerprint(text, reader->list->key_mark);
}

static int read_line(struct reader *reader, const char *line)
{
	struct ph_deny_list *list = reader->list;

	if (reader->line == 1)
		return strcmp(line, HEAD) ? -EBADMSG : 0;
	if (!*line || *line == '#')
		return 0;
	if (!strncmp(line, "expires ", 8))
		return read_expiry(reader, line + 8);
	if (!strncmp(line, "key ", 4))
		return read_mark(reader, line + 4);
	if (strlen(line) == DIGITS && list->count == reader->room)
		return -E2BIG;
	int r = read_fingerprint(line, list->rows[list->count]);
	list->count += r == 0;
	return r;
}

/* Lines end with LF, the last one may do without. A NUL is in none of them. */
static int read_lines(struct reader *reader, const char *text, size_t len)
{
	char line[LINE_SIZE];
	int r = len ? 0 : -EBADMSG;

	while (len && r == 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		reader->line++;
		if (n >= sizeof line || memchr(text, '\0', n))
			return -EBADMSG;
		memcpy(line, text, n);
		line[n] = '\0';
		r = read_line(reader, line);
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
	return r == 0 && !reader->marked ? -EBADMSG : r;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, PH_FINGERPRINT_SIZE);
}

int ph_deny_list_read(
	const char *text, size_t len, struct ph_deny_list *ret_list, unsigned *ret_line)
{
	struct ph_deny_list list = {.expires = 0};
	struct reader reader = {.list = &list, .room = len / DIGITS};

	if (len > PH_DENY_LIST_BYTES_MAX)
		return -E2BIG;
	if (reader.room > PH_DENY_LIST_MAX)
		reader.room = PH_DENY_LIST_MAX;
	list.rows = calloc(reader.room + 1, sizeof *list.rows);
	if (!list.rows)
		return -ENOMEM;
	int r = read_lines(&reader, text, len);
	if (r < 0) {
		ph_deny_list_done(&list);
		*ret_line = reader.line;
		return r;
	}
	qsort(list.rows, list.count, sizeof *list.rows, compare);
	*ret_list = list;
	return 0;
}

void ph_deny_list_done(struct ph_deny_list *list)
{
	free(list->rows);
	*list = (struct ph_deny_list){.expires = 0};
}

bool ph_deny_list_has(
	const struct ph_deny_list *list, const uint8_t fingerprint[PH_FINGERPRINT_SIZE])
{
	return list->count &&
	       bsearch(fingerprint, list->rows, list->count, sizeof *list->rows, compare);
}
