// What was found, each printer once; finding is left to the others.
#include "drivers/discover/discover.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank(const char *how)
{
	return !strcmp(how, "asked") ? 2 : !strcmp(how, "mdns");
}

void ph_found_add(struct ph_found_list *list, const struct ph_found *found)
{
	struct ph_found *item = NULL;

	for (unsigned i = 0; i < list->len && !item; i++)
		if (!strcmp(list->items[i].connection, found->connection))
			item = &list->items[i];
	if (!item) {
		if (list->len < PH_FOUND_MAX)
			list->items[list->len++] = *found;
		return;
	}
	bool better = rank(found->how) > rank(item->how);
	if (found->maker[0] && (better || !item->maker[0]))
		memcpy(item->maker, found->maker, sizeof item->maker);
	if (found->model[0] && (better || !item->model[0]))
		memcpy(item->model, found->model, sizeof item->model);
	if (better)
		item->how = found->how;
}

void ph_found_text(char out[PH_TEXT_MAX + 1], const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	size_t n = 0;

	while (len && (*in <= ' ' || *in == '_')) {
		in++;
		len--;
	}
	for (; n < len && n < PH_TEXT_MAX; n++)
		out[n] = in[n] < ' ' || in[n] == 0x7f ? ' ' : (char)in[n];
	out[n] = '\0';
	ph_utf8_clean(out);
	for (n = strlen(out); n && out[n - 1] == ' ';)
		out[--n] = '\0';
}

/* 10.0.0.9 comes before 10.0.0.10. */
static int compare(const void *a, const void *b)
{
	return strverscmp(
		((const struct ph_found *)a)->connection, ((const struct ph_found *)b)->connection);
}

static void add_member(struct ph_buf *line, const char *name, const char *text)
{
	if (!text[0])
		return;
	ph_buf_printf(line, "%s\"%s\":", line->len > 1 ? "," : "", name);
	ph_buf_add_json_str(line, text, strlen(text));
}

int ph_found_print(struct ph_found_list *list)
{
	struct ph_buf line = PH_BUF_INIT;

	qsort(list->items, list->len, sizeof list->items[0], compare);
	for (unsigned i = 0; i < list->len; i++) {
		const struct ph_found *item = &list->items[i];
		ph_buf_reset(&line);
		ph_buf_add_char(&line, '{');
		add_member(&line, "connection", item->connection);
		add_member(&line, "maker", item->maker);
		add_member(&line, "model", item->model);
		add_member(&line, "how", item->how);
		add_member(&line, "device_uri", item->device_uri);
		if (ph_buf_add_str(&line, "}\n") == 0)
			fwrite(line.data, 1, line.len, stdout);
	}
	int r = line.error;
	ph_buf_done(&line);
	if (fflush(stdout) != 0 || ferror(stdout))
		return -EIO;
	return r;
}
