// Honeywell's serial commands and answers; when to send and how long to wait is the driver's business.
#include "protocols/scanner-serial/honeywell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYN 0x16
#define ACK 0x06 /* stored, or here it is */
#define ENQ 0x05 /* no such tag */
#define NAK 0x15 /* no such value */

void ph_honeywell_action(enum ph_honeywell_action action, uint8_t out[3])
{
	static const uint8_t bytes[] = {
		[PH_HONEYWELL_TRIGGER] = 'T',
		[PH_HONEYWELL_UNTRIGGER] = 'U',
		[PH_HONEYWELL_BEEP] = 0x07,
	};

	out[0] = SYN;
	out[1] = bytes[action];
	out[2] = '\r';
}

int ph_honeywell_menu(const char *text, bool store, uint8_t *out, size_t size)
{
	const size_t len = strlen(text);

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '.' || text[i] == '!')
			return -EINVAL;
	if (size < len + 4)
		return -ENOBUFS;
	out[0] = SYN;
	out[1] = 'M';
	out[2] = '\r';
	memcpy(out + 3, text, len);
	out[3 + len] = store ? '.' : '!';
	return (int)len + 4;
}

int ph_honeywell_affix(
	const char *tag, uint8_t symbology, const void *bytes, size_t len, char *out, size_t size)
{
	const uint8_t *byte = bytes;
	int at = snprintf(out, size, "%s%02X", tag, symbology);

	for (size_t i = 0; i < len && at >= 0 && (size_t)at < size; i++)
		at += snprintf(out + at, size - (size_t)at, "%02X", byte[i]);
	return at >= 0 && (size_t)at < size ? at : -ENOBUFS;
}

void ph_honeywell_answer_init(struct ph_honeywell_answer *answer)
{
	memset(answer, 0, offsetof(struct ph_honeywell_answer, text));
}

int ph_honeywell_answer_feed(struct ph_honeywell_answer *answer, const void *data, size_t len)
{
	if (answer->in_len)
		return -EBUSY;
	answer->in = data;
	answer->in_len = len;
	return 0;
}

static bool is_status(uint8_t c)
{
	return c == ACK || c == ENQ || c == NAK;
}

static bool is_mark(uint8_t c)
{
	return c == ',' || c == ';' || c == '.' || c == '!';
}

static int add(struct ph_honeywell_answer *answer, uint8_t c)
{
	if (answer->too_long)
		return 0;
	if (answer->len == sizeof answer->text) {
		answer->too_long = true;
		return -EMSGSIZE;
	}
	answer->text[answer->len++] = (char)c;
	return 0;
}

static void hand_out(
	struct ph_honeywell_answer *answer, uint8_t mark, struct ph_honeywell_item *item)
{
	*item = (struct ph_honeywell_item){
		.error = answer->status == ENQ	 ? -EOPNOTSUPP
			 : answer->status == NAK ? -ERANGE
						 : 0,
		.text = answer->text,
		.len = answer->len,
		.last = mark == '.' || mark == '!',
	};
	answer->taken = true;
	answer->status = 0;
}

/* One byte; returns 1 when it ends an item, else 0 or an error. */
static int step(struct ph_honeywell_answer *answer, uint8_t c, struct ph_honeywell_item *item)
{
	const uint8_t status = answer->status;

	answer->status = is_status(c) ? c : 0;
	if (status && is_mark(c)) {
		const bool too_long = answer->too_long;
		answer->too_long = false;
		answer->status = status;
		hand_out(answer, c, item);
		return !too_long;
	}
	/* a status without a mark behind it is part of the text */
	const int r = status ? add(answer, status) : 0;
	if (r < 0 || is_status(c))
		return r;
	return add(answer, c);
}

int ph_honeywell_answer_next(struct ph_honeywell_answer *answer, struct ph_honeywell_item *ret_item)
{
	struct ph_honeywell_item item;

	while (answer->in_len) {
		if (answer->taken)
			answer->len = 0;
		answer->taken = false;
		answer->in_len--;
		const int r = step(answer, *answer->in++, &item);
		if (r > 0)
			*ret_item = item;
		if (r)
			return r;
	}
	return 0;
}

const struct ph_symbology *ph_honeywell_label(const uint8_t *label, size_t len, int *ret_upos)
{
	return len ? ph_symbology_by_hhp(label[0], NULL, len - 1, ret_upos) : NULL;
}
