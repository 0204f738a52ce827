// Serial framing of scanner labels; what a label means is left to the driver.
#include "drivers/scanner-serial/framing.h"

#include <errno.h>
#include <string.h>

#define STX 0x02
#define ETX 0x03

void ph_framing_init(struct ph_framing *framing, enum ph_terminator terminator, bool mask)
{
	memset(framing, 0, offsetof(struct ph_framing, label));
	framing->terminator = terminator;
	framing->mask = mask;
}

void ph_framing_feed(struct ph_framing *framing, const void *data, size_t len)
{
	framing->in = data;
	framing->in_len = len;
}

static bool silence_ends(const struct ph_framing *framing)
{
	return framing->terminator == PH_TERMINATOR_AUTO ||
	       framing->terminator == PH_TERMINATOR_NONE;
}

/* Whether `c` ends the label that is being collected. */
static bool is_end(const struct ph_framing *framing, uint8_t c)
{
	switch (framing->terminator) {
	case PH_TERMINATOR_AUTO:
		return c == '\r' || c == '\n';
	case PH_TERMINATOR_CR:
		return c == '\r';
	case PH_TERMINATOR_LF:
		return c == '\n';
	case PH_TERMINATOR_CRLF:
		return c == '\n' && framing->len && framing->label[framing->len - 1] == '\r';
	case PH_TERMINATOR_TAB:
		return c == '\t';
	case PH_TERMINATOR_ETX:
		return c == ETX;
	case PH_TERMINATOR_NONE:
		return false;
	}
	return false;
}

/* Whether `c` is framing and not part of any label. */
static bool is_skipped(struct ph_framing *framing, uint8_t c)
{
	bool skip_lf = framing->skip_lf;

	framing->skip_lf = false;
	if (skip_lf && c == '\n')
		return true;
	if (framing->terminator != PH_TERMINATOR_ETX)
		return false;
	if (c == STX) {
		framing->inside = true;
		framing->len = 0;
		framing->too_long = false;
		return true;
	}
	return !framing->inside;
}

/* Ends the label; returns whether there is one to hand out. */
static bool finish(struct ph_framing *framing, uint8_t c)
{
	framing->skip_lf = framing->terminator == PH_TERMINATOR_AUTO && c == '\r';
	framing->inside = false;
	bool too_long = framing->too_long;
	framing->too_long = false;
	if (framing->terminator == PH_TERMINATOR_CRLF && framing->len)
		framing->len--;
	if (too_long)
		framing->len = 0;
	return framing->len;
}

static int collect(struct ph_framing *framing, uint8_t c)
{
	if (framing->too_long) {
		/* CR LF must still be recognised behind what is skipped */
		framing->label[0] = c;
		framing->len = 1;
		return 0;
	}
	if (framing->len == PH_LABEL_MAX) {
		framing->too_long = true;
		framing->label[0] = c;
		framing->len = 1;
		return -EMSGSIZE;
	}
	framing->label[framing->len++] = c;
	return 0;
}

int ph_framing_next(struct ph_framing *framing, const uint8_t **ret_label, size_t *ret_len)
{
	while (framing->in_len) {
		uint8_t c = framing->mask ? *framing->in & 0x7f : *framing->in;
		framing->in++;
		framing->in_len--;
		if (is_skipped(framing, c))
			continue;
		if (!is_end(framing, c)) {
			int r = collect(framing, c);
			if (r < 0)
				return r;
			continue;
		}
		bool have = finish(framing, c);
		*ret_len = framing->len;
		framing->len = 0;
		if (!have)
			continue;
		*ret_label = framing->label;
		return 1;
	}
	return 0;
}

int ph_framing_idle(struct ph_framing *framing, const uint8_t **ret_label, size_t *ret_len)
{
	bool have = silence_ends(framing) && framing->len && !framing->too_long;

	framing->skip_lf = framing->too_long = framing->inside = false;
	size_t len = framing->len;
	framing->len = 0;
	if (!have)
		return 0;
	*ret_label = framing->label;
	*ret_len = len;
	return 1;
}

bool ph_framing_pending(const struct ph_framing *framing)
{
	return silence_ends(framing) && (framing->len || framing->too_long);
}
