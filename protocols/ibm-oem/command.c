// Builds commands for scanners on IBM's OEM interface and knows their success; sending and waiting
// is for the driver.
#include "protocols/ibm-oem/command.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/* How a packet shows that a command was carried out. */
enum proof {
	BY_STATUS,
	BY_ENABLED,
	BY_DISABLED,
	BY_BEEPER_ON,
	BY_BEEPER_OFF,
	BY_CONFIG,
	BY_CONFIG_DONE,
	BY_TWO_LABEL,
	BY_TWO_LABEL_DONE,
	BY_DATA,
	BY_DONE,
	BY_ITEM
};

/* A packet of this kind in which these bits of a status byte have this value. */
static const struct {
	enum ph_oem_kind kind;
	uint8_t byte, bits, value;
} proofs[] = {
	[BY_STATUS] = {.kind = PH_OEM_STATUS},
	[BY_ENABLED] = {PH_OEM_STATUS, 1, PH_OEM_S1_ENABLED, PH_OEM_S1_ENABLED},
	[BY_DISABLED] = {PH_OEM_STATUS, 1, PH_OEM_S1_ENABLED, 0},
	[BY_BEEPER_ON] = {PH_OEM_STATUS, 0, PH_OEM_S0_BEEPER, PH_OEM_S0_BEEPER},
	[BY_BEEPER_OFF] = {PH_OEM_STATUS, 0, PH_OEM_S0_BEEPER, 0},
	[BY_CONFIG] = {.kind = PH_OEM_CONFIG},
	[BY_CONFIG_DONE] = {.kind = PH_OEM_CONFIG_DONE},
	[BY_TWO_LABEL] = {.kind = PH_OEM_TWO_LABEL},
	[BY_TWO_LABEL_DONE] = {.kind = PH_OEM_TWO_LABEL_DONE},
	[BY_DATA] = {.kind = PH_OEM_DIRECTIO_DATA},
	[BY_DONE] = {.kind = PH_OEM_DIRECTIO_DONE}, /* data do as well */
	[BY_ITEM] = {.kind = PH_OEM_DIRECTIO_DATA},
};

static const struct {
	uint8_t bytes[4], len;
	uint8_t arg_min, arg_max;
	enum proof proof;
} commands[PH_OEM_COMMANDS] = {
	[PH_OEM_SELF_TEST] = {{0x00, 0x10}, 2, 0, 0, BY_STATUS},
	[PH_OEM_STATUS_REQUEST] = {{0x00, 0x20}, 2, 0, 0, BY_STATUS},
	[PH_OEM_RESET] = {{0x00, 0x40}, 2, 0, 0, BY_STATUS},
	[PH_OEM_ENABLE] = {{0x11}, 1, 0, 0, BY_ENABLED},
	[PH_OEM_DISABLE] = {{0x12}, 1, 0, 0, BY_DISABLED},
	[PH_OEM_BEEPER_ON] = {{0x14}, 1, 0, 0, BY_BEEPER_ON},
	[PH_OEM_BEEPER_OFF] = {{0x18}, 1, 0, 0, BY_BEEPER_OFF},
	[PH_OEM_CONFIGURE] = {{0x20, 0x00}, 2, PH_OEM_CONFIG_LEN, PH_OEM_CONFIG_LEN,
		BY_CONFIG_DONE},
	[PH_OEM_REPORT_CONFIG] = {{0x21}, 1, 0, 0, BY_CONFIG},
	[PH_OEM_CONFIGURE_TWO_LABEL] = {{0x23, 0x00}, 2, PH_OEM_TWO_LABEL_LEN, PH_OEM_TWO_LABEL_LEN,
		BY_TWO_LABEL_DONE},
	[PH_OEM_REPORT_TWO_LABEL] = {{0x34}, 1, 0, 0, BY_TWO_LABEL},
	[PH_OEM_INFORMATION] = {{0x30, 0x00, 0x01}, 3, 0, 0, BY_DATA},
	[PH_OEM_HEALTH] = {{0x30, 0x00, 0x02}, 3, 0, 0, BY_DATA},
	[PH_OEM_STATISTICS] = {{0x30, 0x00, 0x03}, 3, 0, 0, BY_DATA},
	[PH_OEM_GOOD_BEEP] = {{0x30, 0x00, 0x04}, 3, 0, 0, BY_DONE},
	[PH_OEM_ERROR_BEEP] = {{0x30, 0x00, 0x05}, 3, 0, 0, BY_DONE},
	[PH_OEM_NOT_ON_FILE_BEEP] = {{0x30, 0x00, 0x06}, 3, 0, 0, BY_DONE},
	[PH_OEM_DEVICE_INFORMATION] = {{0x30, 0xff, 0xfe}, 3, 0, 0, BY_DATA},
	[PH_OEM_SCANNER_GENERIC] = {{0x30, 0xff, 0xfd}, 3, 0, 0, BY_DATA},
	[PH_OEM_SCANNER_VENDOR] = {{0x30, 0xff, 0xfc}, 3, 0, 0, BY_DATA},
	[PH_OEM_SCALE_GENERIC] = {{0x30, 0xff, 0xfb}, 3, 0, 0, BY_DATA},
	[PH_OEM_SCALE_VENDOR] = {{0x30, 0xff, 0xfa}, 3, 0, 0, BY_DATA},
	[PH_OEM_MORE_SYMBOLOGIES] = {{0x30, 0xff, 0xff}, 3, 3, 3, BY_DONE},
	[PH_OEM_ITEM_WRITE_INT] = {{0x30, 0x00, 0x74, 0x05}, 4, 0, 7, BY_ITEM},
	[PH_OEM_ITEM_READ_INT] = {{0x30, 0x00, 0x74, 0x06}, 4, 0, 7, BY_ITEM},
	[PH_OEM_ITEM_WRITE_BYTES] = {{0x30, 0x00, 0x74, 0x07}, 4, 0, 7, BY_ITEM},
	[PH_OEM_ITEM_READ_BYTES] = {{0x30, 0x00, 0x74, 0x08}, 4, 0, 7, BY_ITEM},
	[PH_OEM_ITEM_QUERY] = {{0x30, 0x00, 0x74, 0x09}, 4, 0, 7, BY_ITEM},
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
	enum proof proof = commands[command].proof;
	enum ph_oem_kind kind = packet->kind;

	if (reply != PH_OEM_REPLY_OTHER)
		return reply;
	if (proof == BY_CONFIG_DONE && kind == PH_OEM_CONFIG_COERCED)
		return PH_OEM_REPLY_COERCED;
	if (proof == BY_DONE && kind == PH_OEM_DIRECTIO_DATA)
		return PH_OEM_REPLY_DONE;
	if (kind != proofs[proof].kind) /* a label under way shows the state of before */
		return PH_OEM_REPLY_OTHER;
	if ((packet->status[proofs[proof].byte] & proofs[proof].bits) != proofs[proof].value)
		return PH_OEM_REPLY_REFUSED;
	if (proof == BY_ITEM && packet->len > 1 && packet->data[1] == ITEM_REFUSED)
		return PH_OEM_REPLY_REFUSED;
	return PH_OEM_REPLY_DONE;
}
