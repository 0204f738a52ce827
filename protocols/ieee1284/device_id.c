// Reads IEEE 1284 device ids; which device gave one, and what a driver makes of it, is not known here.
#include "protocols/ieee1284/device_id.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{"MFG", offsetof(struct ph_ieee1284_id, manufacturer)},
	{"MANUFACTURER", offsetof(struct ph_ieee1284_id, manufacturer)},
	{"MDL", offsetof(struct ph_ieee1284_id, model)},
	{"MODEL", offsetof(struct ph_ieee1284_id, model)},
	{"SN", offsetof(struct ph_ieee1284_id, serial)},
	{"SERN", offsetof(struct ph_ieee1284_id, serial)},
	{"SERIALNUMBER", offsetof(struct ph_ieee1284_id, serial)},
	{"CMD", offsetof(struct ph_ieee1284_id, commands)},
	{"COMMAND SET", offsetof(struct ph_ieee1284_id, commands)},
};

/* How many bytes of text follow the two bytes of length. */
static size_t text_len(const uint8_t *reply, size_t len)
{
	const size_t stated[] = {
		(size_t)reply[0] << 8 | reply[1], (size_t)reply[1] << 8 | reply[0]};

	for (size_t i = 0; i < PH_ARRAY_SIZE(stated); i++) {
		if (stated[i] == len - 2) /* it does not count itself */
			return stated[i];
		if (stated[i] > 2 && stated[i] <= len)
			return stated[i] - 2;
	}
	return len - 2;
}

static bool is_printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static void copy_text(char *out, size_t max, const char *from, size_t len)
{
	while (len && *from == ' ') {
		from++;
		len--;
	}
	while (len && from[len - 1] == ' ')
		len--;
	if (len > max)
		len = max;
	memcpy(out, from, len);
	out[len] = '\0';
}

/* Takes one "KEY:VALUE"; returns whether it is one. The first of two equal keys counts. */
static bool take_pair(struct ph_ieee1284_id *id, const char *pair, size_t len)
{
	const char *colon = memchr(pair, ':', len);
	char key[16];

	if (!colon || colon == pair)
		return false;
	copy_text(key, sizeof key - 1, pair, (size_t)(colon - pair));
	for (size_t i = 0; i < PH_ARRAY_SIZE(keys); i++) {
		char *value = (char *)id + keys[i].offset;
		if (strcasecmp(key, keys[i].key) == 0 && !*value)
			copy_text(value, PH_IEEE1284_VALUE_MAX, colon + 1,
				len - (size_t)(colon + 1 - pair));
	}
	return true;
}

int ph_ieee1284_parse(const uint8_t *reply, size_t len, struct ph_ieee1284_id *ret_id)
{
	struct ph_ieee1284_id id = {0};
	size_t n, used = 0;
	bool found = false;

	if (len <= 2)
		return -EBADMSG;
	/* a first byte that is a letter: no length at all */
	bool bare = is_printable(reply[0]) && is_printable(reply[1]);
	n = bare ? len : text_len(reply, len);
	for (const uint8_t *p = bare ? reply : reply + 2; n && *p && used < PH_IEEE1284_TEXT_MAX;
		p++, n--)
		id.text[used++] = is_printable(*p) ? (char)*p : '?';
	for (const char *pair = id.text; *pair;) {
		size_t pair_len = strcspn(pair, ";");
		found |= take_pair(&id, pair, pair_len);
		pair += pair_len + (pair[pair_len] == ';');
	}
	if (!found)
		return -EBADMSG;
	*ret_id = id;
	return 0;
}
