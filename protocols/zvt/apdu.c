// Messages of ZVT: class, instruction, length and data; what the data mean is read elsewhere.
#include "protocols/zvt/apdu.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define LONG_FORM 0xff

size_t ph_zvt_apdu_length(const uint8_t *bytes, size_t len)
{
	if (len < 3)
		return 0;
	if (bytes[2] != LONG_FORM)
		return 3u + bytes[2];
	return len < 5 ? 0 : 5u + bytes[3] + 256u * bytes[4];
}

size_t ph_zvt_apdu_parse(const uint8_t *bytes, size_t len, struct ph_zvt_apdu *ret_apdu)
{
	size_t total = ph_zvt_apdu_length(bytes, len);

	if (!total || total > len)
		return 0;
	size_t head = bytes[2] == LONG_FORM ? 5 : 3;
	*ret_apdu = (struct ph_zvt_apdu){.code = (uint16_t)(bytes[0] << 8 | bytes[1]),
		.data = bytes + head,
		.len = total - head};
	return total;
}

ssize_t ph_zvt_apdu_encode(const struct ph_zvt_apdu *apdu, uint8_t *out, size_t size)
{
	size_t head = apdu->len < LONG_FORM ? 3 : 5;

	if (apdu->len > 65535)
		return -EMSGSIZE;
	if (size < head + apdu->len)
		return -ENOBUFS;
	if (apdu->len)
		memmove(out + head, apdu->data, apdu->len);
	out[0] = (uint8_t)(apdu->code >> 8);
	out[1] = (uint8_t)apdu->code;
	out[2] = head == 3 ? (uint8_t)apdu->len : LONG_FORM;
	if (head == 5) {
		out[3] = (uint8_t)apdu->len;
		out[4] = (uint8_t)(apdu->len >> 8);
	}
	return (ssize_t)(head + apdu->len);
}

int ph_zvt_apdu_answer(const struct ph_zvt_apdu *apdu)
{
	if (apdu->code == PH_ZVT_POSITIVE)
		return 0;
	return (apdu->code & 0xff00) == PH_ZVT_NEGATIVE ? apdu->code & 0xff : -ENOMSG;
}

void ph_zvt_stream_init(struct ph_zvt_stream *stream)
{
	if (stream->len)
		ph_wipe(stream->bytes, stream->len);
	stream->len = stream->need = 0;
}

size_t ph_zvt_stream_feed(struct ph_zvt_stream *stream, const uint8_t *data, size_t len)
{
	size_t taken = 0;

	if (stream->need && stream->len == stream->need)
		ph_zvt_stream_init(stream);
	while (taken < len && !stream->need) {
		stream->bytes[stream->len++] = data[taken++];
		stream->need = ph_zvt_apdu_length(stream->bytes, stream->len);
	}
	size_t more = stream->need - stream->len;
	if (!stream->need)
		return taken;
	if (more > len - taken)
		more = len - taken;
	memcpy(stream->bytes + stream->len, data + taken, more);
	stream->len += more;
	return taken + more;
}

int ph_zvt_stream_next(const struct ph_zvt_stream *stream, struct ph_zvt_apdu *ret_apdu)
{
	if (!stream->need || stream->len < stream->need)
		return 0;
	return ph_zvt_apdu_parse(stream->bytes, stream->len, ret_apdu) > 0;
}
