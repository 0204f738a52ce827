// Finds messages in a stream by their length headers and writes such headers; reading the stream is the caller's.
#include "protocols/iso8583/frame.h"

#include <errno.h>
#include <string.h>

static size_t header_size(const struct ph_iso_framing *framing)
{
	switch (framing->header) {
	case PH_ISO_HEADER_BIN2:
	case PH_ISO_HEADER_BCD2:
		return 2;
	case PH_ISO_HEADER_BIN4:
	case PH_ISO_HEADER_ASCII4:
	case PH_ISO_HEADER_COUNT_:
		break;
	}
	return 4;
}

size_t ph_iso_front(const struct ph_iso_framing *framing)
{
	return header_size(framing) + (framing->has_tpdu ? PH_ISO_TPDU : 0);
}

size_t ph_iso_frame_close(const struct ph_iso_framing *framing, uint8_t *out, size_t len)
{
	size_t header = header_size(framing), total = ph_iso_front(framing) + len;
	size_t count = framing->counts_itself ? total : total - header;

	for (size_t i = header; i--;) {
		if (framing->header == PH_ISO_HEADER_ASCII4) {
			out[i] = (uint8_t)('0' + count % 10);
			count /= 10;
		} else if (framing->header == PH_ISO_HEADER_BCD2) {
			out[i] = (uint8_t)(count / 10 % 10 << 4 | count % 10);
			count /= 100;
		} else {
			out[i] = (uint8_t)count;
			count >>= 8;
		}
	}
	if (framing->has_tpdu)
		memcpy(out + header, framing->tpdu, PH_ISO_TPDU);
	return total;
}

static int read_count(const struct ph_iso_framing *framing, const uint8_t *data, size_t *ret_count)
{
	size_t count = 0;

	for (size_t i = 0; i < header_size(framing); i++) {
		if (framing->header == PH_ISO_HEADER_BCD2) {
			if (data[i] >> 4 > 9 || (data[i] & 15) > 9)
				return -EBADMSG;
			count = count * 100 + (size_t)(data[i] >> 4) * 10 + (data[i] & 15);
			continue;
		}
		if (framing->header != PH_ISO_HEADER_ASCII4) {
			count = count << 8 | data[i];
			continue;
		}
		if (data[i] < '0' || data[i] > '9')
			return -EBADMSG;
		count = count * 10 + data[i] - '0';
	}
	*ret_count = count;
	return 0;
}

int ph_iso_frame_next(const struct ph_iso_framing *framing, const uint8_t *data, size_t len,
	struct ph_iso_frame *ret_frame)
{
	size_t header = header_size(framing), tpdu = framing->has_tpdu ? PH_ISO_TPDU : 0, count;

	if (len < header)
		return 0;
	if (read_count(framing, data, &count) < 0)
		return -EBADMSG;
	if (framing->counts_itself) {
		if (count < header)
			return -EBADMSG;
		count -= header;
	}
	if (count == 0 && framing->keep_alive) {
		*ret_frame = (struct ph_iso_frame){.message = data + header, .total = header};
		return 1;
	}
	if (count <= tpdu || count > PH_ISO_MESSAGE_MAX + tpdu)
		return -EBADMSG;
	if (len - header < count)
		return 0;
	*ret_frame = (struct ph_iso_frame){
		.message = data + header + tpdu, .len = count - tpdu, .total = header + count};
	return 1;
}
