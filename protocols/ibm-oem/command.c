// Builds commands for scanners on IBM's OEM interface and knows their success; sending and waiting is for the driver.
#include "protocols/ibm-oem/command.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/* How a packet shows that a command was carried out. */
enum success {
	BY_ANY_PACKET, /* that is not an error */
	BY_KIND, /* a packet of `kind`, or of kind DirectIO data where that is DirectIO done */
	BY_BIT	 /* status byte `byte`: `bits` set, or clear when `clear` */
};

static const struct {
	uint8_t bytes[4], len;
	uint8_t arg_min, arg_max;
	enum success success;
	enum ph_oem_kind kind;
	uint8_t byte, bits;
	bool clear;
} commands[PH_OEM_COMMANDS] = {
	[PH_OEM_SELF_TEST] = {{0x00, 0x10}, 2, 0, 0, BY_KIND, PH_OEM_STATUS},
	[PH_OEM_STATUS_REQUEST] = {{0x00, 0x20}, 2, 0, 0, BY_KIND, PH_OEM_STATUS},
	[PH_OEM_RESET] = {{0x00, 0x40}, 2, 0, 0, BY_ANY_PACKET},
	[PH_OEM_ENABLE] = {{0x11}, 1, 0, 0, BY_BIT, PH_OEM_STATUS, 1, PH_OEM_S1_ENABLED},
	[PH_OEM_DISABLE] = {{0x12}, 1, 0, 0, BY_BIT, PH_OEM_STATUS, 1, PH_OEM_S1_ENABLED, true},
	[PH_OEM_BEEPER_ON] = {{0x14}, 1, 0, 0, BY_BIT, PH_OEM_STATUS, 0, PH_OEM_S0_BEEPER},
	[PH_OEM_BEEPER_OFF] = {{0x18}, 1, 0, 0, BY_BIT, PH_OEM_STATUS, 0, PH_OEM_S0_BEEPER, true},
	[PH_OEM_CONFIGURE] = {{0x20, 0x00}, 2, PH_OEM_CONFIG_LEN, PH_OEM_CONFIG_LEN, BY_KIND,
		PH_OEM_CONFIG_DONE},
	[PH_OEM_REPORT_CONFIG] = {{0x21}, 1, 0, 0, BY_KIND, PH_OEM_CONFIG},
	[PH_OEM_CONFIGURE_TWO_LABEL] = {{0x23, 0x00}, 2, PH_OEM_TWO_LABEL_LEN, PH_OEM_TWO_LABEL_LEN,
		BY_KIND, PH_OEM_TWO_LABEL_DONE},
	[PH_OEM_REPORT_TWO_LABEL] = {{0x34}, 1, 0, 0, BY_KIND, PH_OEM_TWO_LABEL},
	[PH_OEM_INFORMATION] = {{0x30, 0x00, 0x01}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_HEALTH] = {{0x30, 0x00, 0x02}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_STATISTICS] = {{0x30, 0x00, 0x03}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_GOOD_BEEP] = {{0x30, 0x00, 0x04}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DONE},
	[PH_OEM_ERROR_BEEP] = {{0x30, 0x00, 0x05}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DONE},
	[PH_OEM_NOT_ON_FILE_BEEP] = {{0x30, 0x00, 0x06}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DONE},
	[PH_OEM_DEVICE_INFORMATION] = {{0x30, 0xff, 0xfe}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_SCANNER_GENERIC] = {{0x30, 0xff, 0xfd}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_SCANNER_VENDOR] = {{0x30, 0xff, 0xfc}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_SCALE_GENERIC] = {{0x30, 0xff, 0xfb}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_SCALE_VENDOR] = {{0x30, 0xff, 0xfa}, 3, 0, 0, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_MORE_SYMBOLOGIES] = {{0x30, 0xff, 0xff}, 3, 3, 3, BY_KIND, PH_OEM_DIRECTIO_DONE},
	[PH_OEM_ITEM_WRITE_INT] = {{0x30, 0x00, 0x74, 0x05}, 4, 0, 7, BY_KIND,
		PH_OEM_DIRECTIO_DATA},
	[PH_OEM_ITEM_READ_INT] = {{0x30, 0x00, 0x74, 0x06}, 4, 0, 7, BY_KIND, PH_OEM_DIRECTIO_DATA},
	[PH_OEM_ITEM_WRITE_BYTES] = {{0x30, 0x00, 0x74, 0x07}, 4, 0, 7, BY_KIND,
		PH_OEM_DIRECTIO_DATA},
	[PH_OEM_ITEM_READ_BYTES] = {{0x30, 0x00, 0x74, 0x08}, 4, 0, 7, BY_KIND,
		PH_OEM_DIRECTIO_DATA},
	[PH_OEM_ITEM_QUERY] = {{0x30, 0x00, 0x74, 0x09}, 4, 0, 7, BY_KIND, PH_OEM_DIRECTIO_DATA},
};

#define ITEM_REFUSED 0x15 /* first byte of an answer about a configuration item; 06 is good */

int ph_oem_command(enum ph_oem_command command, const uint8_t *arg, size_t arg_len,
	uint8_t ret_bytes[PH_OEM_COMMAND_LEN])
{
	if (arg_len < commands[command].arg_min || arg_len > commands[command].arg_max)
		return -EINVAL;
	memset(ret_bytes, 0, PH_OEM_COMMAND_LEN);
	memcpy(ret_bytes, commands[command].bytes, commands[command].len);
	if (arg_len)
		memcpy(ret_bytes + commands[command].len, arg, arg_len);
	return 0;
}

bool ph_oem_may_send(const uint8_t *bytes, size_t len)
{
	if (len != PH_OEM_COMMAND_LEN)
		return false;
	if (bytes[0] != 0x30 || bytes[1] != 0x00)
		return true;
	return !(bytes[2] >= 0x70 && bytes[2] <= 0x73) && bytes[2] != 0x78;
}

static enum ph_oem_reply reply_by_kind(
	enum ph_oem_command command, const struct ph_oem_packet *packet)
{
	enum ph_oem_kind wanted = commands[command].kind;

	if (wanted == PH_OEM_CONFIG_DONE && packet->kind == PH_OEM_CONFIG_COERCED)
		return PH_OEM_REPLY_COERCED;
	if (wanted == PH_OEM_DIRECTIO_DONE && packet->kind == PH_OEM_DIRECTIO_DATA)
		return PH_OEM_REPLY_DONE;
	if (packet->kind != wanted)
		return PH_OEM_REPLY_OTHER;
	if (command >= PH_OEM_ITEM_WRITE_INT && packet->len > 1 && packet->data[1] == ITEM_REFUSED)
		return PH_OEM_REPLY_REFUSED;
	return PH_OEM_REPLY_DONE;
}

/* Packets that refuse whatever was asked last. */
static enum ph_oem_reply refusal(const struct ph_oem_packet *packet)
{
	switch (packet->kind) {
	case PH_OEM_NOT_READY:
	case PH_OEM_DIRECTIO_NOT_NOW:
		return PH_OEM_REPLY_AGAIN;
	case PH_OEM_REJECTED:
	case PH_OEM_DIRECTIO_UNDEFINED:
		return PH_OEM_REPLY_REFUSED;
	case PH_OEM_FLASHING:
	case PH_OEM_HARDWARE_ERROR:
	case PH_OEM_CHECK_DIGIT:
	case PH_OEM_CONFIG:
	case PH_OEM_TWO_LABEL:
	case PH_OEM_DIRECTIO_DATA:
	case PH_OEM_DIRECTIO_DONE:
	case PH_OEM_CONFIG_COERCED:
	case PH_OEM_CONFIG_DONE:
	case PH_OEM_TWO_LABEL_DONE:
	case PH_OEM_STATUS:
	case PH_OEM_LABEL:
		break;
	}
	return PH_OEM_REPLY_OTHER;
}

enum ph_oem_reply ph_oem_reply(enum ph_oem_command command, const struct ph_oem_packet *packet)
{
	enum ph_oem_reply reply = refusal(packet);
	bool set;

	if (reply != PH_OEM_REPLY_OTHER)
		return reply;
	switch (commands[command].success) {
	case BY_KIND:
		return reply_by_kind(command, packet);
	case BY_BIT:
		/* a label that was under way shows the state before the command */
		if (packet->kind != PH_OEM_STATUS)
			return PH_OEM_REPLY_OTHER;
		set = packet->status[commands[command].byte] & commands[command].bits;
		return set != commands[command].clear ? PH_OEM_REPLY_DONE : PH_OEM_REPLY_REFUSED;
	case BY_ANY_PACKET:
		return packet->kind == PH_OEM_STATUS ? PH_OEM_REPLY_DONE : PH_OEM_REPLY_OTHER;
	}
	return PH_OEM_REPLY_OTHER;
}
