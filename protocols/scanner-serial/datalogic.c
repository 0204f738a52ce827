// Datalogic's RS-232 commands and answers; single cable devices are single_cable.c, label ids the symbology table.
#include "protocols/scanner-serial/datalogic.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SOH 0x01
#define ETX 0x03 /* between items */
#define EOT 0x04

enum state {
	OUTSIDE,
	INSIDE,
	SKIPPING, /* the rest of one that is too long */
	TAKEN	  /* handed out */
};

int ph_datalogic_reply(uint8_t byte)
{
	switch (byte) {
	case 0x06:
		return 0;
	case 0x15:
		return -EACCES;
	case 0x07:
		return -EIO;
	case 0x18:
		return -EINVAL;
	default:
		return -ENOMSG;
	}
}

void ph_datalogic_info_init(struct ph_datalogic_info *info)
{
	memset(info, 0, offsetof(struct ph_datalogic_info, text));
}

int ph_datalogic_info_feed(struct ph_datalogic_info *info, const void *data, size_t len)
{
	if (info->in_len)
		return -EBUSY;
	info->in = data;
	info->in_len = len;
	return 0;
}

/* One byte; returns 1 when it ends a text. */
static int step(struct ph_datalogic_info *info, uint8_t c)
{
	if (c == SOH) {
		info->state = INSIDE;
		info->len = 0;
		return 0;
	}
	const bool inside = info->state == INSIDE;
	if (c == EOT) {
		info->state = inside ? TAKEN : OUTSIDE;
		return inside;
	}
	if (!inside)
		return 0;
	if (info->len == sizeof info->text) {
		info->state = SKIPPING;
		return -EMSGSIZE;
	}
	info->text[info->len++] = (char)c;
	return 0;
}

int ph_datalogic_info_next(struct ph_datalogic_info *info, const char **ret_text, size_t *ret_len)
{
	while (info->in_len) {
		info->in_len--;
		const int r = step(info, *info->in++);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret_text = info->text;
		*ret_len = info->len;
		return 1;
	}
	return 0;
}

int ph_datalogic_item(const char *text, size_t len, size_t *at, char *ret_name,
	const char **ret_value, size_t *ret_len)
{
	while (*at < len && text[*at] == ETX)
		++*at;
	if (*at >= len)
		return 0;
	const char *item = text + *at;
	const char *end = memchr(item, ETX, len - *at);
	const size_t n = end ? (size_t)(end - item) : len - *at;
	*ret_name = *item;
	*ret_value = item + 1;
	*ret_len = n - 1;
	*at += n;
	return 1;
}

int ph_datalogic_service(const char *command, uint8_t *out, size_t size)
{
	const size_t len = strlen(command);

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (command[i] < ' ' || command[i] > '~')
			return -EINVAL;
	if (size < len + 2)
		return -ENOBUFS;
	out[0] = '$';
	memcpy(out + 1, command, len);
	out[1 + len] = '\r';
	return (int)len + 2;
}

int ph_datalogic_service_reply(const uint8_t *line, size_t len)
{
	if (len < 2 || line[0] != '$')
		return -ENOMSG;
	if (line[1] == '>')
		return 0;
	return line[1] == '#' ? -EACCES : -ENOMSG;
}
