// Framing of Magellan's single cable; weights are the scale's business.
#include "protocols/scanner-serial/single_cable.h"

#include <errno.h>
#include <string.h>

#define HEADER 3 /* 'S' and two digits */

void ph_single_cable_init(struct ph_single_cable *cable, bool mask)
{
	memset(cable, 0, offsetof(struct ph_single_cable, line));
	cable->mask = mask;
}

int ph_single_cable_feed(struct ph_single_cable *cable, const void *data, size_t len)
{
	if (cable->in_len)
		return -EBUSY;
	cable->in = data;
	cable->in_len = len;
	return 0;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* A line is complete. */
static int finish(struct ph_single_cable *cable, struct ph_single_cable_frame *frame)
{
	const uint8_t *line = cable->line;

	cable->taken = true;
	if (cable->too_long || !cable->len) {
		cable->too_long = false;
		return 0;
	}
	if (cable->len < HEADER || line[0] != 'S' || !is_digit(line[1]) || !is_digit(line[2]))
		return -EBADMSG;
	*frame = (struct ph_single_cable_frame){
		.code = (unsigned)(line[1] - '0') * 10 + (unsigned)(line[2] - '0'),
		.data = line + HEADER,
		.len = cable->len - HEADER,
	};
	return 1;
}

static int step(struct ph_single_cable *cable, uint8_t c, struct ph_single_cable_frame *frame)
{
	if (cable->taken)
		cable->len = 0;
	cable->taken = false;
	if (c == '\r')
		return finish(cable, frame);
	/* some lines end with CR LF */
	if (cable->too_long || (!cable->len && (c == '\n' || c == 0)))
		return 0;
	if (cable->len == sizeof cable->line) {
		cable->too_long = true;
		return -EMSGSIZE;
	}
	cable->line[cable->len++] = c;
	return 0;
}

int ph_single_cable_next(struct ph_single_cable *cable, struct ph_single_cable_frame *ret_frame)
{
	struct ph_single_cable_frame frame;

	while (cable->in_len) {
		const uint8_t c = cable->mask ? *cable->in & 0x7f : *cable->in;
		cable->in++;
		cable->in_len--;
		const int r = step(cable, c, &frame);
		if (r > 0)
			*ret_frame = frame;
		if (r)
			return r;
	}
	return 0;
}

int ph_single_cable_label(const struct ph_single_cable_frame *frame,
	const struct ph_symbology **ret_symbology, int *ret_upos, const uint8_t **ret_label,
	size_t *ret_len)
{
	size_t id_len = 0;
	int upos = PH_UPOS_UNKNOWN;

	if (frame->code != PH_SINGLE_CABLE_LABEL)
		return -ENOMSG;
	const struct ph_symbology *row = ph_symbology_by_datalogic(
		PH_DATALOGIC_SCRS232, frame->data, frame->len, &id_len, &upos);
	if (frame->len == id_len)
		return -EBADMSG;
	*ret_symbology = row ? row : &ph_symbology_unknown;
	*ret_upos = upos;
	*ret_label = frame->data + id_len;
	*ret_len = frame->len - id_len;
	return 0;
}

void ph_single_cable_command(unsigned code, uint8_t out[4])
{
	out[0] = 'S';
	out[1] = (uint8_t)('0' + code / 10 % 10);
	out[2] = (uint8_t)('0' + code % 10);
	out[3] = '\r';
}
