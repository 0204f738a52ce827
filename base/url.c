// Takes connection URLs apart; which keys and values a scheme allows is checked by its transport.
#include "base/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes %XX in place. */
static int decode(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if ((unsigned char)*in < 0x21 || *in == 0x7f)
			return -EINVAL;
		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		int high = hex_digit(in[1]);
		int low = high < 0 ? -1 : hex_digit(in[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -EINVAL;
		*out++ = (char)(high << 4 | low);
		in += 2;
	}
	*out = '\0';
	return 0;
}

int ph_url_number(const char *text, long min, long max, long *ret_value)
{
	char *end;

	if (!text || !isdigit((unsigned char)(*text == '-' ? text[1] : *text)))
		return -EINVAL;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

static int parse_scheme(char *text, char **ret_rest)
{
	char *colon = strchr(text, ':');

	if (!colon || colon == text)
		return -EINVAL;
	for (char *p = text; p < colon; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p))
			return -EINVAL;
	*colon = '\0';
	*ret_rest = colon + 1;
	return 0;
}

/* `text` is "host", "host:port" or "[v6]:port". */
static int parse_authority(struct ph_url *url, char *text)
{
	char *port = NULL;

	if (*text == '[') {
		char *end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		*end = '\0';
		port = end[1] ? end + 2 : NULL;
		text++;
	} else {
		char *colon = strchr(text, ':');
		if (colon) {
			*colon = '\0';
			port = colon + 1;
		}
	}
	if (port) {
		long value;
		int r = ph_url_number(port, 1, 65535, &value);
		if (r < 0)
			return r;
		url->port = (int)value;
	}
	url->host = text;
	return *text ? decode(text) : -EINVAL;
}

static int parse_pair(struct ph_url *url, char *text)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return -EINVAL;
	*equals = '\0';
	if (decode(text) < 0 || decode(equals + 1) < 0 || ph_url_query(url, text))
		return -EINVAL;
	if (url->query_count == PH_URL_QUERY_MAX)
		return -E2BIG;
	url->query[url->query_count++] = (struct ph_url_pair){text, equals + 1};
	return 0;
}

static int parse_query(struct ph_url *url, char *text)
{
	char *save = NULL;

	for (char *pair = strtok_r(text, "&", &save); pair; pair = strtok_r(NULL, "&", &save)) {
		int r = parse_pair(url, pair);
		if (r < 0)
			return r;
	}
	return 0;
}

int ph_url_parse(const char *text, struct ph_url *url)
{
	char *rest, *query;
	size_t len = strlen(text);

	if (len > PH_URL_MAX)
		return -E2BIG;
	*url = (struct ph_url){.host = "", .path = ""};
	memcpy(url->text, text, len + 1);
	url->scheme = url->text;
	int r = parse_scheme(url->text, &rest);
	if (r < 0)
		return r;
	query = strchr(rest, '?');
	if (query) {
		*query++ = '\0';
		r = parse_query(url, query);
		if (r < 0)
			return r;
	}
	if (!strncmp(rest, "//", 2)) {
		/* one byte back, so that the host can be ended in front of the path's slash */
		char *host = rest + 1;
		memmove(host, rest + 2, strlen(rest + 2) + 1);
		char *slash = strchr(host, '/');
		if (slash) {
			memmove(slash + 1, slash, strlen(slash) + 1);
			*slash = '\0';
			rest = slash + 1;
		} else {
			rest = host + strlen(host);
		}
		r = parse_authority(url, host);
		if (r < 0)
			return r;
	}
	url->path = rest;
	return decode(rest);
}

const char *ph_url_query(const struct ph_url *url, const char *key)
{
	for (unsigned i = 0; i < url->query_count; i++)
		if (!strcmp(url->query[i].key, key))
			return url->query[i].value;
	return NULL;
}
