// Wraps makers' commands into output reports of HID POS scanners; what the commands mean is the
// business of the drivers.
#include "protocols/hidpos/tunnel.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define REPORT_COMMAND	 0x04 /* Newland */
#define REPORT_TUNNEL	 0xfd
#define REPORT_INTERFACE 0xfe
#define FRAME_HEAD	 6
#define ANSWER_HEAD	 4

static const uint16_t interface_vendors[] = {
	0x0c2e, /* Honeywell, Metrologic */
	0x0536, /* Hand Held Products */
	0x23d0,
};

int ph_honeywell_tunnel(
	const uint8_t *command, size_t len, uint8_t ret_report[PH_TUNNEL_REPORT_LEN])
{
	if (len == 0 || len > PH_TUNNEL_MAX)
		return -EMSGSIZE;
	memset(ret_report, 0, PH_TUNNEL_REPORT_LEN);
	ret_report[0] = REPORT_TUNNEL;
	ret_report[1] = (uint8_t)len;
	memcpy(ret_report + 2, command, len);
	return (int)len + 2;
}

void ph_honeywell_interface(uint8_t interface, uint8_t ret_report[2])
{
	ret_report[0] = REPORT_INTERFACE;
	ret_report[1] = interface;
}

bool ph_honeywell_has_interface(uint16_t usb_vendor)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(interface_vendors); i++)
		if (interface_vendors[i] == usb_vendor)
			return true;
	return false;
}

uint16_t ph_newland_crc(const uint8_t *bytes, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned)bytes[i] << 8;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
	}
	return (uint16_t)crc;
}

int ph_newland_tunnel(
	const struct ph_newland_frame *frame, uint8_t ret_report[PH_TUNNEL_REPORT_LEN])
{
	uint8_t *out = ret_report + 2;
	size_t len = FRAME_HEAD + frame->len;

	if (frame->len == 0 || frame->len > PH_NEWLAND_DATA_MAX)
		return -EMSGSIZE;
	memset(ret_report, 0, PH_TUNNEL_REPORT_LEN);
	out[0] = 0x7e;
	out[2] = frame->type;
	out[3] = frame->len;
	out[4] = (uint8_t)(frame->address >> 8);
	out[5] = (uint8_t)frame->address;
	memcpy(out + FRAME_HEAD, frame->data, frame->len);
	uint16_t crc = ph_newland_crc(out + 2, len - 2);
	out[len++] = (uint8_t)(crc >> 8);
	out[len++] = (uint8_t)crc;
	ret_report[0] = REPORT_COMMAND;
	ret_report[1] = (uint8_t)len;
	return (int)len + 2;
}

int ph_newland_parse(const uint8_t *report, size_t len, struct ph_newland_frame *ret_frame)
{
	const uint8_t *in = report + 2;
	struct ph_newland_frame frame = {0};

	if (len < 2 + FRAME_HEAD + 1 + 2 || len > PH_TUNNEL_REPORT_LEN ||
		report[0] != REPORT_COMMAND || report[1] > len - 2)
		return -EBADMSG;
	if (in[0] != 0x7e || in[1] != 0 || in[3] == 0 || report[1] != FRAME_HEAD + in[3] + 2)
		return -EBADMSG;
	frame.type = in[2];
	frame.len = in[3];
	frame.address = (uint16_t)(in[4] << 8 | in[5]);
	memcpy(frame.data, in + FRAME_HEAD, frame.len);
	const uint8_t *end = in + FRAME_HEAD + frame.len;
	if (ph_newland_crc(in + 2, (size_t)(end - in - 2)) != (end[0] << 8 | end[1]))
		return -EBADMSG;
	*ret_frame = frame;
	return 0;
}

int ph_newland_answer(const uint8_t *bytes, size_t len, struct ph_newland_answer *ret_answer)
{
	if (len < ANSWER_HEAD + 2 || bytes[0] != 0x02 || bytes[1] != 0 ||
		len - ANSWER_HEAD - 2 < bytes[3])
		return -EBADMSG;
	const uint8_t *end = bytes + ANSWER_HEAD + bytes[3];
	*ret_answer = (struct ph_newland_answer){
		.type = bytes[2],
		.data = bytes + ANSWER_HEAD,
		.len = bytes[3],
		.crc_ok = ph_newland_crc(bytes + 1, (size_t)(end - bytes - 1)) ==
			  (end[0] << 8 | end[1]),
	};
	return 0;
}
