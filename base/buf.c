// A growing byte buffer with a bound; JSON quoting and base64 are here because messages are built in it.
#include "base/buf.h"

#include "base/base64.h"
#include "base/json_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ph_buf_done(struct ph_buf *buf)
{
	free(buf->data);
	*buf = PH_BUF_INIT;
}

void ph_buf_reset(struct ph_buf *buf)
{
	buf->len = 0;
	buf->error = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool has_room(const struct ph_buf *buf, size_t more)
{
	return !buf->error && buf->size - buf->len > more;
}

static int grow(struct ph_buf *buf, size_t more)
{
	if (buf->error)
		return buf->error;
	if (more > SIZE_MAX / 4 || (buf->max && buf->len + more > buf->max))
		return buf->error = -E2BIG;

	size_t size = buf->size ? buf->size : 256;
	while (size - buf->len <= more)
		size *= 2;
	char *data = realloc(buf->data, size);
	if (!data)
		return buf->error = -ENOMEM;
	buf->data = data;
	buf->size = size;
	return 0;
}

int ph_buf_reserve(struct ph_buf *buf, size_t more)
{
	return has_room(buf, more) ? 0 : grow(buf, more);
}

int ph_buf_add(struct ph_buf *buf, const void *data, size_t len)
{
	int r = has_room(buf, len) ? 0 : grow(buf, len);
	if (r < 0)
		return r;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return 0;
}

int ph_buf_add_str(struct ph_buf *buf, const char *text)
{
	return ph_buf_add(buf, text, strlen(text));
}

int ph_buf_add_char(struct ph_buf *buf, char c)
{
	return ph_buf_add(buf, &c, 1);
}

int ph_buf_printf(struct ph_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int need = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (need < 0)
		return buf->error = -EINVAL;
	int r = ph_buf_reserve(buf, (size_t)need);
	if (r < 0)
		return r;
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)need + 1, format, args);
	va_end(args);
	buf->len += (size_t)need;
	return 0;
}

/* By hand: printf would cost more than all else in a short message. */
int ph_buf_add_int(struct ph_buf *buf, int64_t value)
{
	char text[24], *begin = text + sizeof text;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--begin = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*--begin = '-';
	return ph_buf_add(buf, begin, (size_t)(text + sizeof text - begin));
}

static size_t json_escape(unsigned char c, char out[6])
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "btnvfr"; /* 8 to 13; 11 has no short form in JSON */

	out[0] = '\\';
	if (c == '"' || c == '\\') {
		out[1] = (char)c;
		return 2;
	}
	if (c >= 8 && c <= 13 && c != 11) {
		out[1] = letters[c - 8];
		return 2;
	}
	out[1] = 'u';
	out[2] = '0';
	out[3] = '0';
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return 6;
}

int ph_buf_add_json_str(struct ph_buf *buf, const char *text, size_t len)
{
	size_t run = 0;

	if (ph_buf_reserve(buf, len + 2) < 0)
		return buf->error;
	buf->data[buf->len++] = '"';
	for (size_t i = 0; i < len; i = run) {
		run += ph_json_plain(text + run, len - run);
		ph_buf_add(buf, text + i, run - i);
		if (run == len)
			break;
		if (ph_buf_reserve(buf, 6) < 0)
			return buf->error;
		buf->len += json_escape((unsigned char)text[run++], buf->data + buf->len);
	}
	return ph_buf_add_char(buf, '"');
}

int ph_buf_add_base64(struct ph_buf *buf, const void *data, size_t len)
{
	int r = ph_buf_reserve(buf, PH_BASE64_SIZE(len));
	if (r < 0)
		return r;
	buf->len += ph_base64_encode(data, len, buf->data + buf->len);
	return 0;
}

char *ph_buf_steal(struct ph_buf *buf)
{
	char *data = buf->error ? NULL : buf->data;

	if (buf->error)
		free(buf->data);
	*buf = PH_BUF_INIT;
	return data;
}
