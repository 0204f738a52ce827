// Card numbers in texts: where they are, and their digits masked. What becomes of a text that has one is the caller's.
#include "base/card_number.h"

#include "base/cleanup.h"
#include "base/luhn.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MIN  12
#define DIGITS_SURE 13 /* fewer are a card's only where they stand alone */
#define DIGITS_MAX  19
#define SHOWN_FIRST 6
#define SHOWN_LAST  4
#define GAP_MAX	    3 /* characters between two groups of a line */
#define GROUP_MIN   3 /* digits of a group of a card's number */

/*
 * Numbers can overlap, so a digit to be masked keeps its value until all are found: it is moved to the controls 10 to 19 (hex), which then
 * become '*'.
 */
#define MASKED(digit) ((char)((digit)-0x20))

struct scan {
	const char *text;
	char *out; /* the same text; NULL: only looked at */
	unsigned min;
};

/* Groups from one place on. */
struct span {
	unsigned digits, groups, small, first;
	bool even; /* all of one size, the last not longer */
	bool lines, dots;
};

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= MASKED('0') && c <= MASKED('9'));
}

static unsigned value(char c)
{
	return (unsigned)c & 0x0f;
}

static size_t digits_at(const char *text)
{
	size_t len = 0;

	while (is_digit(text[len]))
		len++;
	return len;
}

/* Luhn's check over the digits of a text of `len` bytes. */
static bool check_digit_right(const char *text, size_t len)
{
	unsigned sum = 0, place = 0;

	while (len--) {
		if (!is_digit(text[len]))
			continue;
		sum += ph_luhn_term(value(text[len]), place++);
	}
	return sum % 10 == 0;
}

static void mask(const struct scan *scan, size_t at, size_t len, unsigned digits)
{
	unsigned seen = 0;

	for (size_t i = at; scan->out && i < at + len; i++) {
		char c = scan->out[i];
		if (is_digit(c) && ++seen > SHOWN_FIRST && seen + SHOWN_LAST <= digits && c >= '0')
			scan->out[i] = MASKED(c);
	}
}

/* Bytes between two groups of digits; 0: the second is not there. */
static size_t gap_at(const char *text, struct span *span)
{
	size_t len = 0;
	unsigned width = 0, lines = 0;
	bool dots = false;

	for (;; len++, width++) {
		if ((unsigned char)text[len] == 0xc2 && (unsigned char)text[len + 1] == 0xa0)
			len++; /* no-break space */
		else if (text[len] == '\n' || text[len] == '\r')
			lines += text[len] == '\n';
		else if (text[len] == '.')
			dots = true;
		else if (text[len] != ' ' && text[len] != '-')
			break;
	}
	if (!is_digit(text[len]) || lines > 1 || (!lines && width > GAP_MAX))
		return 0;
	span->lines |= lines != 0;
	span->dots |= dots;
	return len;
}

static void add_group(struct span *span, unsigned digits)
{
	if (!span->groups)
		*span = (struct span){.first = digits, .even = true};
	else
		span->even = span->even && digits <= span->first && span->digits % span->first == 0;
	span->groups++;
	span->digits += digits;
	span->small += digits < GROUP_MIN;
}

static bool like_card(const struct span *span, unsigned last, unsigned min)
{
	unsigned small = span->small - (last < GROUP_MIN);

	if (span->digits < min || span->digits > DIGITS_MAX)
		return false;
	if (span->lines && (span->dots || span->digits < DIGITS_SURE))
		return false;
	return small <= 1 || (span->even && !span->dots && span->digits >= DIGITS_SURE);
}

/* As registered in one country (ISO/IEC 7816-5): D and digits. The international ones go on with a zero. */
static bool in_application_id(const struct scan *scan, size_t at, size_t len)
{
	const char *text = scan->text;

	return at && (text[at - 1] == 'D' || text[at - 1] == 'A') && len % 2 == 1 &&
	       (text[at - 1] == 'D' || !value(text[at])) &&
	       (at < 2 || !isalnum((unsigned char)text[at - 2]));
}

/* The end of an amount, a time or a date, in front of something else. */
static bool ends_other(const char *text, size_t at)
{
	return at > 1 && digits_at(text + at) < GROUP_MIN && is_digit(text[at - 2]) &&
	       strchr(",:/", text[at - 1]);
}

/* Numbers that begin with the group at `at`. */
static bool find_groups(const struct scan *scan, size_t at)
{
	const char *text = scan->text + at;
	struct span span = {0};
	bool found = false;
	size_t len = 0, gap;

	if (!value(text[0]) || ends_other(scan->text, at))
		return false;
	do {
		size_t group = digits_at(text + len);
		if (group > DIGITS_MAX)
			break;
		add_group(&span, (unsigned)group);
		len += group;
		if (like_card(&span, (unsigned)group, scan->min) && check_digit_right(text, len)) {
			mask(scan, at, len, span.digits);
			found = true;
		}
		gap = gap_at(text + len, &span);
		len += gap;
	} while (gap && span.digits < DIGITS_MAX);
	return found;
}

/* A number from `from` on within a group. */
static bool within(const char *group, size_t from, size_t len, bool to_end)
{
	size_t most = len - from < DIGITS_MAX ? len - from : DIGITS_MAX;

	if (!value(group[from]) || (to_end && len - from > DIGITS_MAX))
		return false;
	for (size_t n = to_end ? most : DIGITS_SURE; n <= most; n++)
		if (n >= DIGITS_SURE && check_digit_right(group + from, n))
			return true;
	return false;
}

/* One group that is no card's number as it stands, and still shows one. */
static bool find_within(const struct scan *scan, size_t at, size_t len)
{
	const char *group = scan->text + at;
	bool found = len >= 14 && len <= DIGITS_MAX && value(*group) >= 3 && value(*group) <= 6;
	size_t zeros = 0;

	while (zeros < len && !value(group[zeros]))
		zeros++;
	if (zeros && zeros < len)
		found |= within(group, zeros, len, true);
	for (size_t from = 0; len >= 17 && !found && from + DIGITS_SURE <= len; from++)
		found = within(group, from, len, false);
	if (found)
		mask(scan, at, len, (unsigned)len);
	return found;
}

static bool find_all(const struct scan *scan)
{
	bool found = false;

	for (size_t at = 0; scan->text[at];) {
		size_t len = digits_at(scan->text + at);
		if (len && !in_application_id(scan, at, len)) {
			found |= find_groups(scan, at);
			found |= find_within(scan, at, len);
		}
		at += len ? len : 1;
	}
	return found;
}

bool ph_card_number_mask(char *text)
{
	const struct scan scan = {text, text, DIGITS_MIN};
	bool found = find_all(&scan);

	for (; *text; text++)
		if (is_digit(*text) && *text < '0')
			*text = '*';
	return found;
}

bool ph_card_number_in(const char *text)
{
	return find_all(&(struct scan){text, NULL, DIGITS_SURE});
}

/* ---- documents ---- */

/* All strings, one to a line: measured with `out` NULL, then gathered, then put back. */
struct lines {
	char *out;
	size_t len;
	bool back;
};

/* A member that is no text, as "center", does not stand between two lines. */
static bool stands_apart(const cJSON *item)
{
	return item->string && strcmp(item->string, "text") != 0 &&
	       !strpbrk(item->valuestring, "0123456789");
}

static void carry(struct lines *lines, cJSON *item)
{
	size_t len = strlen(item->valuestring);

	if (stands_apart(item))
		return;
	if (lines->back)
		memcpy(item->valuestring, lines->out + lines->len, len);
	else if (lines->out) {
		memcpy(lines->out + lines->len, item->valuestring, len);
		lines->out[lines->len + len] = '\n';
	}
	lines->len += len + 1;
}

static void walk(struct lines *lines, cJSON *item)
{
	cJSON *child;

	if (cJSON_IsString(item))
		carry(lines, item);
	cJSON_ArrayForEach(child, item)
	{
		walk(lines, child);
	}
}

/* Numbers as they are written, and names of members. */
static int mask_others(cJSON *item)
{
	cJSON *child;
	int r = 0;

	if (item->string && !(item->type & cJSON_StringIsConst))
		ph_card_number_mask(item->string);
	if (cJSON_IsNumber(item)) {
		PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(item);
		if (!text)
			return -ENOMEM;
		if (ph_card_number_mask(text))
			cJSON_SetNumberValue(item, 0);
	}
	cJSON_ArrayForEach(child, item)
	{
		r = r < 0 ? r : mask_others(child);
	}
	return r;
}

int ph_card_number_mask_json(cJSON *document)
{
	struct lines lines = {0};

	walk(&lines, document);
	PH_CLEANUP_FREE char *text = malloc(lines.len + 1);
	if (!text)
		return -ENOMEM;
	lines = (struct lines){.out = text};
	walk(&lines, document);
	text[lines.len] = '\0';
	ph_card_number_mask(text);
	lines = (struct lines){.out = text, .back = true};
	walk(&lines, document);
	return mask_others(document);
}
