// Questions and answers of multicast DNS as bytes; sending and what the records mean together are left to the caller.
#include "protocols/mdns/mdns.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define HEADER_LEN    12
#define FLAG_ANSWER   0x8000
#define CLASS_IN      1
#define LABEL_MAX     63
#define POINTER	      0xc0
#define JUMPS_MAX     32
#define QUESTION_TAIL 4	 /* type and class */
#define RECORD_TAIL   10 /* type, class, time to live, length */

static uint16_t get16(const uint8_t *in)
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

static void put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* ---- questions ---- */

/* Appends a name; returns the new length. */
static int put_name(const char *name, uint8_t *message, size_t at)
{
	while (*name) {
		size_t len = strcspn(name, ".");
		if (len == 0 || len > LABEL_MAX)
			return -EINVAL;
		if (at + 1 + len + 1 + QUESTION_TAIL > PH_MDNS_QUERY_MAX)
			return -ENOBUFS;
		message[at++] = (uint8_t)len;
		memcpy(message + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	message[at++] = 0;
	return (int)at;
}

int ph_mdns_query(const char *const *names, size_t count, uint8_t ret_message[PH_MDNS_QUERY_MAX])
{
	uint8_t message[PH_MDNS_QUERY_MAX] = {0};
	size_t at = HEADER_LEN;

	for (size_t i = 0; i < count; i++) {
		int r = at + 1 + QUESTION_TAIL > PH_MDNS_QUERY_MAX
				? -ENOBUFS
				: put_name(names[i], message, at);
		if (r < 0)
			return r;
		at = (size_t)r;
		put16(message + at, PH_MDNS_PTR);
		put16(message + at + 2, CLASS_IN);
		at += QUESTION_TAIL;
	}
	put16(message + 4, (unsigned)count);
	memcpy(ret_message, message, at);
	return (int)at;
}

/* ---- answers ---- */

struct text {
	char *out;
	size_t len;
};

static int add_label(struct text *name, const uint8_t *label, size_t len)
{
	if (name->len && name->len < PH_MDNS_NAME_MAX)
		name->out[name->len++] = '.';
	for (size_t i = 0; i < len; i++) {
		bool escaped = label[i] == '.' || label[i] == '\\';
		if (name->len + 1 + escaped > PH_MDNS_NAME_MAX || !label[i])
			return -EBADMSG;
		if (escaped)
			name->out[name->len++] = '\\';
		name->out[name->len++] = (char)label[i];
	}
	return 0;
}

/* Follows a pointer: only to what stands before it, so that there is no circle. */
static int jump(const uint8_t *message, size_t len, size_t *at)
{
	if (*at + 2 > len)
		return -EBADMSG;
	size_t to = get16(message + *at) & 0x3fffu;
	if (to >= *at)
		return -EBADMSG;
	*at = to;
	return 0;
}

/* Reads a name at `at`, and returns where the bytes behind it begin. */
static int get_name(const uint8_t *message, size_t len, size_t at, char out[PH_MDNS_NAME_MAX + 1])
{
	struct text name = {.out = out};
	size_t end = 0;

	for (int jumps = 0; at < len && jumps < JUMPS_MAX;) {
		uint8_t label = message[at];
		if ((label & POINTER) == POINTER) {
			if (!end)
				end = at + 2;
			if (jump(message, len, &at) < 0)
				return -EBADMSG;
			jumps++;
			continue;
		}
		if (label > LABEL_MAX)
			return -EBADMSG;
		at++;
		if (!label) {
			out[name.len] = '\0';
			return (int)(end ? end : at);
		}
		if (at + label > len || add_label(&name, message + at, label) < 0)
			return -EBADMSG;
		at += label;
	}
	return -EBADMSG;
}

/* The data of a record, of which `len` bytes at `at` lie within the message. */
static int get_data(const uint8_t *message, size_t message_len, size_t at, size_t len,
	struct ph_mdns_record *record)
{
	int r = 0;

	switch (record->type) {
	case PH_MDNS_A:
		if (len != sizeof record->address)
			return -EBADMSG;
		memcpy(record->address, message + at, len);
		break;
	case PH_MDNS_PTR:
		r = get_name(message, message_len, at, record->target);
		break;
	case PH_MDNS_SRV:
		if (len < 7)
			return -EBADMSG;
		record->port = get16(message + at + 4);
		r = get_name(message, message_len, at + 6, record->target);
		break;
	case PH_MDNS_TXT:
		record->text = message + at;
		record->text_len = len;
		break;
	}
	return r < 0 ? r : 0;
}

static int skip_questions(const uint8_t *message, size_t len)
{
	char name[PH_MDNS_NAME_MAX + 1];
	size_t at = HEADER_LEN;

	for (unsigned i = get16(message + 4); i; i--) {
		int r = get_name(message, len, at, name);
		if (r < 0 || (size_t)r + QUESTION_TAIL > len)
			return -EBADMSG;
		at = (size_t)r + QUESTION_TAIL;
	}
	return (int)at;
}

/* The cursor is the place of the next record; how many there are is not needed: they end with the message. */
int ph_mdns_next(
	const uint8_t *message, size_t len, size_t *cursor, struct ph_mdns_record *ret_record)
{
	struct ph_mdns_record record = {.type = 0};

	if (len > PH_MDNS_MESSAGE_MAX || len < HEADER_LEN || !(get16(message + 2) & FLAG_ANSWER))
		return 0;
	int at = *cursor ? (int)*cursor : skip_questions(message, len);
	if (at < 0)
		return at;
	if ((size_t)at >= len)
		return 0;
	at = get_name(message, len, (size_t)at, record.name);
	if (at < 0 || (size_t)at + RECORD_TAIL > len)
		return -EBADMSG;
	size_t data = (size_t)at + RECORD_TAIL, data_len = get16(message + at + 8);
	if (data + data_len > len)
		return -EBADMSG;
	record.type = get16(message + at);
	int r = get_data(message, len, data, data_len, &record);
	if (r < 0)
		return r;
	*cursor = data + data_len;
	*ret_record = record;
	return 1;
}

int ph_mdns_text(const uint8_t *text, size_t len, const char *key, const char **ret_value)
{
	size_t key_len = strlen(key);

	for (size_t at = 0; at < len; at += 1u + text[at]) {
		size_t item = text[at];
		if (at + 1 + item > len)
			break;
		if (item <= key_len || text[at + 1 + key_len] != '=' ||
			strncasecmp((const char *)text + at + 1, key, key_len) != 0)
			continue;
		*ret_value = (const char *)text + at + 2 + key_len;
		return (int)(item - key_len - 1);
	}
	return -ENOENT;
}
