// Reads GS1 Digital Link URIs: finds the pairs of identifier and value and decodes them; what a value may be is value.c.
#include "protocols/gs1/gs1.h"

#include "protocols/gs1/check_digit.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SEGMENTS_MAX 64 /* of a path; those in front of the last ones are the resolver's own */

struct slice {
	const char *at;
	size_t len;
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes into `out`; returns the length, or -EBADMSG for a bad escape or more than `size` bytes. */
static int percent_decode(struct slice in, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (n == size)
			return -EBADMSG;
		if (in.at[i] != '%') {
			out[n++] = in.at[i];
			continue;
		}
		const int high = i + 2 < in.len ? hex(in.at[i + 1]) : -1;
		const int low = i + 2 < in.len ? hex(in.at[i + 2]) : -1;
		if (high < 0 || low < 0)
			return -EBADMSG;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	return (int)n;
}

/* Adds one pair. A GTIN may have fewer than 14 digits here. */
static int add_pair(struct ph_gs1 *gs1, struct slice ai, struct slice coded)
{
	char value[14 + PH_GS1_VALUE_MAX + 1] = "00000000000000";
	char *const text = value + 14;
	const int n = percent_decode(coded, text, PH_GS1_VALUE_MAX + 1);

	if (n < 0)
		return ph_gs1_fail(gs1, -EBADMSG, ai.at, ai.len, "bad escape or too long");
	if (ai.len == 2 && !memcmp(ai.at, "01", 2) && (n == 8 || n == 12 || n == 13))
		return ph_gs1_add(gs1, ai.at, ai.len, text - (14 - n), 14);
	return ph_gs1_add(gs1, ai.at, ai.len, text, (size_t)n);
}

static const struct ph_gs1_ai *find_ai(struct slice ai)
{
	return ai.len >= 2 && ai.len <= PH_GS1_AI_MAX && ph_all_digits(ai.at, ai.len)
		       ? ph_gs1_ai_find(ai.at, ai.len)
		       : NULL;
}

/* Place of the identifier in "22 10 21", or -1. */
static int place_of(const char *list, struct slice ai)
{
	for (int place = 0; *list; place++) {
		const size_t n = strcspn(list, " ");
		if (n == ai.len && !memcmp(list, ai.at, n))
			return place;
		list += n + (list[n] == ' ');
	}
	return -1;
}

/* Whether the segments from a key on are that key and its qualifiers in order. */
static bool is_key(const struct slice *segments, size_t count)
{
	const struct ph_gs1_ai *row = find_ai(segments[0]);
	int last = -1;

	if (!row || !row->qualifiers)
		return false;
	for (size_t i = 2; i < count; i += 2) {
		const int place = place_of(row->qualifiers, segments[i]);
		if (place <= last)
			return false;
		last = place;
	}
	return true;
}

/* Cuts the last segments of a path; returns how many. */
static size_t cut(struct slice path, struct slice segments[SEGMENTS_MAX])
{
	size_t count = 0;

	while (path.len) {
		const char *slash = memchr(path.at, '/', path.len);
		const size_t n = slash ? (size_t)(slash - path.at) : path.len;
		if (count == SEGMENTS_MAX) {
			memmove(segments, segments + 1, (SEGMENTS_MAX - 1) * sizeof *segments);
			count--;
		}
		segments[count++] = (struct slice){path.at, n};
		path.at += n + (slash != NULL);
		path.len -= n + (slash != NULL);
	}
	return count;
}

/* The key nearest to the end of the path begins what is GS1's. */
static int parse_path(struct ph_gs1 *gs1, struct slice path)
{
	struct slice segments[SEGMENTS_MAX];
	const size_t count = cut(path, segments);
	size_t first = count;

	for (size_t i = 2; i <= count; i += 2)
		if (is_key(segments + count - i, i)) {
			first = count - i;
			break;
		}
	if (first == count)
		return ph_gs1_fail(gs1, -ENOMSG, NULL, 0, "no Digital Link, or a compressed one");
	for (size_t i = first; i < count; i += 2) {
		const int r = add_pair(gs1, segments[i], segments[i + 1]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_query(struct ph_gs1 *gs1, struct slice query)
{
	while (query.len) {
		size_t n = 0;
		while (n < query.len && query.at[n] != '&' && query.at[n] != ';')
			n++;
		const char *equals = memchr(query.at, '=', n);
		const struct slice key = {query.at, equals ? (size_t)(equals - query.at) : n};
		if (equals && key.len && ph_all_digits(key.at, key.len)) {
			const struct slice value = {equals + 1, n - key.len - 1};
			if (!find_ai(key))
				return ph_gs1_fail(
					gs1, -EBADMSG, NULL, 0, "no application identifier");
			const int r = add_pair(gs1, key, value);
			if (r < 0)
				return r;
		}
		n += n < query.len;
		query.at += n;
		query.len -= n;
	}
	return 0;
}

static size_t scheme_len(const char *uri, size_t len)
{
	if (len > 8 && !strncasecmp(uri, "https://", 8))
		return 8;
	return len > 7 && !strncasecmp(uri, "http://", 7) ? 7 : 0;
}

int ph_gs1_parse_link(const char *uri, size_t len, struct ph_gs1 *gs1)
{
	size_t at = scheme_len(uri, len);

	ph_gs1_clear(gs1);
	if (len > PH_LABEL_MAX)
		return ph_gs1_fail(gs1, -E2BIG, NULL, 0, "too long");
	if (!at)
		return ph_gs1_fail(gs1, -ENOMSG, NULL, 0, "no address of the web");
	const char *fragment = memchr(uri, '#', len);
	if (fragment)
		len = (size_t)(fragment - uri);
	const char *question = memchr(uri, '?', len);
	const size_t path_end = question ? (size_t)(question - uri) : len;
	while (at < path_end && uri[at] != '/')
		at++;
	at += at < path_end;
	int r = parse_path(gs1, (struct slice){uri + at, at < path_end ? path_end - at : 0});
	if (r == 0 && question)
		r = parse_query(gs1, (struct slice){question + 1, len - path_end - 1});
	return r;
}
