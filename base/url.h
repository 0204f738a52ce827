/* Connection URLs: "serial:/dev/ttyUSB0?baud=9600", "tcp://10.0.0.7:9100", "tcp://[fe80::1]:9100?timeout_ms=500". */
#ifndef PH_BASE_URL_H
#define PH_BASE_URL_H

#include <stddef.h>

#define PH_URL_MAX	 512 /* bytes of the whole text; longer is -E2BIG */
#define PH_URL_QUERY_MAX 16  /* pairs; more is -E2BIG */

struct ph_url_pair {
	const char *key, *value; /* into text[]; value may be "" */
};

struct ph_url {
	const char *scheme; /* lower case letters and digits */
	const char *host;   /* behind "//", without brackets; "" when there is none */
	const char *path;   /* "" when there is none */
	int port;	    /* 1 to 65535, 0 when absent */
	unsigned query_count;
	struct ph_url_pair query[PH_URL_QUERY_MAX];
	char text[PH_URL_MAX + 8]; /* private; decoded pieces */
};

/*
 * Takes a URL apart and decodes %XX. Returns 0; -EINVAL for a bad form, an encoded NUL or a key that comes twice; -E2BIG.
 * The struct points into itself: do not copy it.
 */
int ph_url_parse(const char *text, struct ph_url *url);

/* Value of a query key, or NULL. */
const char *ph_url_query(const struct ph_url *url, const char *key);

/* The whole of `text` as a number within min and max; -EINVAL otherwise. */
int ph_url_number(const char *text, long min, long max, long *ret_value);

#endif
