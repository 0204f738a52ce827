/*
 * Commands to scanners on IBM's OEM interface, and by what a packet says that one was carried out.
 *
 * Source: Datalogic's androidPOS-core, command constants and their tests (numbers only).
 */
#ifndef PH_PROTOCOLS_IBM_OEM_COMMAND_H
#define PH_PROTOCOLS_IBM_OEM_COMMAND_H

#include "protocols/ibm-oem/ibm_oem.h"

enum ph_oem_command {
	PH_OEM_SELF_TEST,
	PH_OEM_STATUS_REQUEST,
	PH_OEM_RESET, /* the device leaves the bus and comes again */
	PH_OEM_ENABLE,
	PH_OEM_DISABLE,
	PH_OEM_BEEPER_ON,
	PH_OEM_BEEPER_OFF,
	PH_OEM_CONFIGURE,     /* with PH_OEM_CONFIG_LEN bytes */
	PH_OEM_REPORT_CONFIG, /* some devices answer what was written last, not how they are set */
	PH_OEM_CONFIGURE_TWO_LABEL, /* with PH_OEM_TWO_LABEL_LEN bytes */
	PH_OEM_REPORT_TWO_LABEL,
	PH_OEM_INFORMATION, /* this and the next two: texts, see ph_oem_info_item() */
	PH_OEM_HEALTH,
	PH_OEM_STATISTICS,
	PH_OEM_GOOD_BEEP,
	PH_OEM_ERROR_BEEP,
	PH_OEM_NOT_ON_FILE_BEEP,
	PH_OEM_DEVICE_INFORMATION,
	PH_OEM_SCANNER_GENERIC, /* this and the next three: management data */
	PH_OEM_SCANNER_VENDOR,
	PH_OEM_SCALE_GENERIC,
	PH_OEM_SCALE_VENDOR,
	PH_OEM_MORE_SYMBOLOGIES, /* with three bytes of flags */
	/* Datalogic's configuration items, with up to 7 bytes */
	PH_OEM_ITEM_WRITE_INT,
	PH_OEM_ITEM_READ_INT,
	PH_OEM_ITEM_WRITE_BYTES,
	PH_OEM_ITEM_READ_BYTES,
	PH_OEM_ITEM_QUERY
};

#define PH_OEM_COMMANDS (PH_OEM_ITEM_QUERY + 1)

/*
 * Writes a command with its bytes (`arg` may be NULL when it takes none). -EINVAL: too many or too
 * few; items take 0 to 7, the others exactly what is said above.
 */
int ph_oem_command(enum ph_oem_command command, const uint8_t *arg, size_t arg_len,
	uint8_t ret_bytes[PH_OEM_COMMAND_LEN]);

/*
 * Whether bytes that do not come from ph_oem_command() may be sent: not the vendor functions 30 00
 * 70 to 73 and 78 (phone mode, the scale's guard, video), and no other length than
 * PH_OEM_COMMAND_LEN.
 */
bool ph_oem_may_send(const uint8_t *bytes, size_t len);

enum ph_oem_reply {
	PH_OEM_REPLY_OTHER, /* the packet says nothing of this command: a label, say */
	PH_OEM_REPLY_DONE,
	PH_OEM_REPLY_COERCED, /* done with other values than asked for */
	PH_OEM_REPLY_AGAIN,   /* not possible now */
	PH_OEM_REPLY_REFUSED
};

/* What a packet says of the command sent last. */
enum ph_oem_reply ph_oem_reply(enum ph_oem_command command, const struct ph_oem_packet *packet);

#endif
