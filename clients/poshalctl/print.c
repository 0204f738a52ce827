// Output for people and programs: safe text, terminal width, fields, aligned tables, JSON lines.
#include "clients/poshalctl/ctl.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Combining marks and format characters that take no cell (Unicode categories Mn, Me, Cf, the usual ones). */
static const struct range zero_width[] = {{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd},
	{0x610, 0x61a}, {0x64b, 0x65f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
	{0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

/* East Asian Width W and F (Unicode Standard Annex 11), in blocks. */
static const struct range double_width[] = {{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},
	{0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

/* What must not reach a terminal: controls, and marks that reorder text. */
static const struct range unsafe[] = {
	{0x00, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};

/* One character as it is shown, and its columns. Returns the bytes taken from `text`. */
static size_t next_char(const char *text, size_t len, char out[12], size_t *ret_columns)
{
	uint32_t c;
	int n = ph_utf8_decode(text, len, &c);

	if (n < 0) {
		*ret_columns = (size_t)snprintf(out, 12, "\\x%02x", (unsigned char)text[0]);
		return 1;
	}
	if (in_ranges(c, unsafe, PH_ARRAY_SIZE(unsafe))) {
		*ret_columns = (size_t)snprintf(out, 12, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
		return (size_t)n;
	}
	memcpy(out, text, (size_t)n);
	out[n] = '\0';
	*ret_columns = 1;
	if (in_ranges(c, zero_width, PH_ARRAY_SIZE(zero_width)))
		*ret_columns = 0;
	else if (in_ranges(c, double_width, PH_ARRAY_SIZE(double_width)))
		*ret_columns = 2;
	return (size_t)n;
}

size_t ctl_width(const char *text)
{
	size_t len = strlen(text), total = 0;

	while (len) {
		char out[12];
		size_t columns, n = next_char(text, len, out, &columns);
		total += columns;
		text += n;
		len -= n;
	}
	return total;
}

void ctl_puts(const char *text)
{
	ctl_fputs(text, stdout);
}

void ctl_fputs(const char *text, FILE *file)
{
	size_t len = strlen(text);

	while (len) {
		char out[12];
		size_t columns, n = next_char(text, len, out, &columns);
		fputs(out, file);
		text += n;
		len -= n;
	}
}

void ctl_put_line(const char *before, const char *text)
{
	if (!*text)
		return;
	fputs(before, stdout);
	ctl_puts(text);
	putchar('\n');
}

const char *ctl_str(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

int64_t ctl_int(const cJSON *object, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(value) ? (int64_t)value->valuedouble : 0;
}

static void add_value(struct ph_buf *buf, const cJSON *value)
{
	const cJSON *item;

	if (cJSON_IsString(value)) {
		ph_buf_add_str(buf, value->valuestring);
	} else if (cJSON_IsBool(value)) {
		ph_buf_add_str(buf, cJSON_IsTrue(value) ? "yes" : "no");
	} else if (cJSON_IsArray(value)) {
		cJSON_ArrayForEach(item, value)
		{
			if (item != value->child)
				ph_buf_add_str(buf, ", ");
			add_value(buf, item);
		}
	} else if (value && !cJSON_IsNull(value)) {
		PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(value);
		if (text)
			ph_buf_add_str(buf, text);
	}
}

char *ctl_text(const cJSON *value)
{
	struct ph_buf buf = PH_BUF_INIT;

	add_value(&buf, value);
	char *text = ph_buf_steal(&buf);
	return text ? text : strdup("");
}

void ctl_print_json(const cJSON *value)
{
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(value);

	if (text)
		puts(text);
}

static bool is_time(const char *name, const cJSON *value)
{
	static const char *const names[] = {"created", "updated", "expires", "changed",
		"offline_since", "accept_until", "next"};

	for (size_t i = 0; cJSON_IsString(value) && i < PH_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

void ctl_print_fields(const cJSON *object, int indent)
{
	size_t width = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		size_t columns = ctl_width(item->string);
		if (columns > width)
			width = columns;
	}
	cJSON_ArrayForEach(item, object)
	{
		bool nested = cJSON_IsObject(item) && item->child;
		printf("%*s", indent, "");
		ctl_puts(item->string);
		if (nested) {
			putchar('\n');
			if (indent < 16)
				ctl_print_fields(item, indent + 2);
			continue;
		}
		PH_CLEANUP_FREE char *text = cJSON_IsObject(item) ? strdup("")
					     : is_time(item->string, item)
						     ? ctl_local_time(item->valuestring)
						     : ctl_text(item);
		if (text && *text) {
			printf("%*s  ", (int)(width - ctl_width(item->string)), "");
			ctl_puts(text);
		}
		putchar('\n');
	}
}

/* Colour of a state word on a terminal, "" for others and elsewhere. */
static const char *color_of(const char *word)
{
	static const struct {
		const char *word, *color;
	} colors[] = {
		{"ready", "\033[32m"},
		{"printed", "\033[32m"},
		{"starting", "\033[33m"},
		{"waiting", "\033[33m"},
		{"offline", "\033[33m"},
		{"failed", "\033[31m"},
		{"uncertain", "\033[31m"},
	};
	const char *term = getenv("TERM");
	size_t len = strcspn(word, " ");

	if (!isatty(STDOUT_FILENO) || getenv("NO_COLOR") || !term || !strcmp(term, "dumb"))
		return "";
	for (size_t i = 0; i < PH_ARRAY_SIZE(colors); i++)
		if (strlen(colors[i].word) == len && !strncmp(colors[i].word, word, len))
			return colors[i].color;
	return "";
}

static void put_cell(const char *text, size_t width, bool last)
{
	const char *color = color_of(text);
	size_t columns = ctl_width(text);

	fputs(color, stdout);
	ctl_puts(text);
	if (*color)
		fputs("\033[0m", stdout);
	if (last)
		putchar('\n');
	else
		printf("%*s", (int)(columns < width ? width - columns + 2 : 2), "");
}

static char *cell_of(const cJSON *object, const struct ctl_column *column)
{
	char *text = column->format
			     ? column->format(object)
			     : ctl_text(cJSON_GetObjectItemCaseSensitive(object, column->member));

	return text ? text : strdup("?");
}

/* A row without trailing blanks: the last cell with text ends it. */
static void put_row(const char *const *cells, const size_t *widths, size_t count)
{
	while (count > 1 && !*cells[count - 1])
		count--;
	for (size_t i = 0; i < count; i++)
		put_cell(cells[i], widths[i], i + 1 == count);
}

void ctl_print_table(const cJSON *list, const struct ctl_column *columns, const char *empty)
{
	enum { MAX = 12 };
	size_t widths[MAX], count = 0;
	const char *titles[MAX];
	const cJSON *object;

	if (!cJSON_GetArraySize(list)) {
		puts(empty);
		return;
	}
	for (; count < MAX && columns[count].title; count++) {
		titles[count] = columns[count].title;
		widths[count] = ctl_width(titles[count]);
		cJSON_ArrayForEach(object, list)
		{
			PH_CLEANUP_FREE char *text = cell_of(object, &columns[count]);
			size_t width = text ? ctl_width(text) : 0;
			if (width > widths[count])
				widths[count] = width;
		}
	}
	put_row(titles, widths, count);
	cJSON_ArrayForEach(object, list)
	{
		char *cells[MAX] = {NULL};
		for (size_t i = 0; i < count; i++)
			cells[i] = cell_of(object, &columns[i]);
		put_row((const char *const *)cells, widths, count);
		for (size_t i = 0; i < count; i++)
			free(cells[i]);
	}
}

char *ctl_local_time(const char *time)
{
	struct tm tm = {0};
	char out[32];
	const char *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest || !strchr(".Z", *rest))
		return strdup(time);
	time_t seconds = timegm(&tm);
	if (!localtime_r(&seconds, &tm) || !strftime(out, sizeof out, "%F %T", &tm))
		return strdup(time);
	return strdup(out);
}
