// Base64 of RFC 4648, strict in what it takes.
#include "base/base64.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t ph_base64_encode(const void *data, size_t len, char *out)
{
	const uint8_t *in = data;
	char *start = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)in[i] << 16;
		if (left > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			v |= in[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = left > 1 ? alphabet[v >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[v & 63] : '=';
	}
	*out = '\0';
	return (size_t)(out - start);
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t ph_base64_decode(const char *text, size_t len, uint8_t *out)
{
	uint8_t *start = out;

	if (len % 4)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		size_t pad = 0;
		if (i + 4 == len && text[i + 3] == '=')
			pad = text[i + 2] == '=' ? 2 : 1;
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int d = k < 4 - pad ? digit(text[i + k]) : 0;
			if (d < 0)
				return -EINVAL;
			v = v << 6 | (uint32_t)d;
		}
		if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
			return -EINVAL;
		*out++ = (uint8_t)(v >> 16);
		if (pad < 2)
			*out++ = (uint8_t)(v >> 8);
		if (pad < 1)
			*out++ = (uint8_t)v;
	}
	return out - start;
}
