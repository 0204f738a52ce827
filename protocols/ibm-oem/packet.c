// Reads single packets of scanners on IBM's OEM interface; joining segments and answers is in
// ibm_oem.c.
#include "protocols/ibm-oem/ibm_oem.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define HEAD		4 /* length and three status bytes */
#define MORE		0x10
#define THREE_BYTES_END 0x0b
#define FOUR_BYTES_END	0x00

/* The first row whose bits are all set says what a packet is. */
static const struct {
	uint8_t byte, bits;
	enum ph_oem_kind kind;
} kinds[] = {
	{0, 0x01, PH_OEM_FLASHING},
	{0, 0x20, PH_OEM_HARDWARE_ERROR},
	{0, 0x80, PH_OEM_NOT_READY},
	{1, 0x04, PH_OEM_CHECK_DIGIT},
	{1, 0x80, PH_OEM_REJECTED},
	{2, 0x10, PH_OEM_DIRECTIO_NOT_NOW},
	{2, 0x20, PH_OEM_DIRECTIO_UNDEFINED},
	{0, 0x02, PH_OEM_CONFIG},
	{0, 0x04, PH_OEM_TWO_LABEL},
	{0, 0x40, PH_OEM_DIRECTIO_DATA},
	{2, 0x08, PH_OEM_DIRECTIO_DONE},
	{2, 0x03, PH_OEM_CONFIG_COERCED},
	{2, 0x01, PH_OEM_CONFIG_DONE},
	{2, 0x04, PH_OEM_TWO_LABEL_DONE},
};

/*
 * UPC-A, UPC-E, EAN-8 and EAN-13: alone in one byte, with an add-on of two or five digits the
 * middle one of three.
 */
static const uint8_t plain_ids[] = {0x0d, 0x0a, 0x0c, 0x16};
static const uint8_t addon_ids[] = {0x16, 0x11, 0x12, 0x14, 0x17, 0x1d, 0x13, 0x15};

static enum ph_oem_kind classify(const uint8_t status[3], size_t data_len)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if ((status[kinds[i].byte] & kinds[i].bits) == kinds[i].bits)
			return kinds[i].kind;
	return data_len ? PH_OEM_LABEL : PH_OEM_STATUS;
}

int ph_oem_parse(const uint8_t *bytes, size_t len, struct ph_oem_packet *ret_packet)
{
	if (len < HEAD || bytes[0] < HEAD || bytes[0] > len)
		return -EBADMSG;
	size_t data_len = bytes[0] - (size_t)HEAD;
	*ret_packet = (struct ph_oem_packet){
		.kind = classify(bytes + 1, data_len),
		.status = {bytes[1], bytes[2], bytes[3]},
		.data = bytes + HEAD,
		.len = data_len,
	};
	return 0;
}

int ph_oem_segment(const struct ph_oem_packet *packet, struct ph_oem_segment *ret_segment)
{
	struct ph_oem_segment segment = {.data = packet->data, .id_len = 1};

	if (packet->len == 0)
		return -EBADMSG;
	uint8_t end = packet->data[packet->len - 1];
	if (end == THREE_BYTES_END)
		segment.id_len = 3;
	else if (end == FOUR_BYTES_END)
		segment.id_len = 4;
	if (packet->len < segment.id_len)
		return -EBADMSG;
	segment.len = packet->len - segment.id_len;
	memcpy(segment.id, packet->data + segment.len, segment.id_len);
	if (segment.id_len == 3) {
		segment.more = segment.id[0] == MORE;
		segment.id[0] = 0;
	} else if (segment.id_len == 4) {
		/* one bit here: a scanner with a fault is known to send 04 00 00 00 */
		segment.more = segment.id[0] & MORE;
		segment.id[0] &= (uint8_t)~MORE;
	}
	*ret_segment = segment;
	return 0;
}

bool ph_oem_is_upc_ean(const uint8_t *id, size_t id_len)
{
	if (id_len == 1)
		return memchr(plain_ids, id[0], sizeof plain_ids) != NULL;
	if (id_len == 3)
		return memchr(addon_ids, id[1], sizeof addon_ids) != NULL;
	return false;
}

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

int ph_oem_info_item(
	const uint8_t *data, size_t len, size_t *cursor, char *ret_letter, char *value, size_t max)
{
	char text[256];
	size_t n = 0;

	while (*cursor < len) {
		uint8_t c = data[(*cursor)++];
		bool end = c == 0x03 || *cursor == len;
		if (!is_control(c) && n < sizeof text)
			text[n++] = (char)c;
		if (!end)
			continue;
		const char *item = text;
		if (n >= 3 && memcmp(text, "Sp", 2) == 0 && strchr("<=>", text[2])) {
			item += 3;
			n -= 3;
		}
		if (n > 1) {
			size_t used = n - 1 < max ? n - 1 : max - 1;
			memcpy(value, item + 1, used);
			value[used] = '\0';
			*ret_letter = item[0];
			return 1;
		}
		n = 0;
	}
	return 0;
}
