/*
 * Commands of Datalogic hand-held and table scanners on an RS-232 line ("RS-232 Standard"), their answers, and the
 * programming commands of the service port.
 *
 * Source: Datalogic KA-01506 (host commands) and product reference guides (service port, label identifiers).
 */
#ifndef PH_PROTOCOLS_SCANNER_SERIAL_DATALOGIC_H
#define PH_PROTOCOLS_SCANNER_SERIAL_DATALOGIC_H

#include "protocols/symbology/symbology.h"

#include <stddef.h>
#include <stdint.h>

#define PH_DATALOGIC_INFO_MAX 1024 /* bytes of one answer; more is -EMSGSIZE */

/* Host commands: one byte each, nothing behind it. */
enum ph_datalogic_command {
	PH_DATALOGIC_ENABLE = 'E',
	PH_DATALOGIC_DISABLE = 'D',
	PH_DATALOGIC_RESET = 'R',
	PH_DATALOGIC_BEEP = 'B', /* if the beeper is enabled */
	PH_DATALOGIC_BEEP_ALWAYS = 0x01,
	PH_DATALOGIC_BEEP_ENABLE = 0x07, /* for good reads */
	PH_DATALOGIC_NOT_ON_FILE = 'F',
	PH_DATALOGIC_INFORMATION = 'i', /* this and the next two are answered SOH text EOT */
	PH_DATALOGIC_HEALTH = 'h',
	PH_DATALOGIC_STATISTICS = 's'
};

/*
 * What one byte answers to a command: 0 done; -EACCES refused; -EIO a failed item; -EINVAL a malformed command; -ENOMSG
 * when the byte is no answer.
 */
int ph_datalogic_reply(uint8_t byte);

/* Reads SOH text EOT in pieces of any size. */
struct ph_datalogic_info {
	const uint8_t *in; /* not yet looked at; borrowed */
	size_t in_len, len;
	uint8_t state;
	char text[PH_DATALOGIC_INFO_MAX];
};

void ph_datalogic_info_init(struct ph_datalogic_info *info);

/* Gives the next bytes, which must stay valid until next() returned 0. -EBUSY while some of the last are unread. */
int ph_datalogic_info_feed(struct ph_datalogic_info *info, const void *data, size_t len);

/*
 * Returns 1 with the text of an answer (valid until the next call, not NUL-terminated); 0 when all bytes are read; -EMSGSIZE
 * once for each answer that is too long. Bytes outside are passed over.
 */
int ph_datalogic_info_next(struct ph_datalogic_info *info, const char **ret_text, size_t *ret_len);

/*
 * The next item of such a text: a letter that names it (M model, S serial number, A application, R revision, C configuration,
 * B boot loader, I interface) and its value. *at begins at 0. Returns 1, or 0 at the end.
 */
int ph_datalogic_item(const char *text, size_t len, size_t *at, char *ret_name,
	const char **ret_value, size_t *ret_len);

/*
 * Writes a command of the service port with its CR: "S" enter, "Ar" store and leave, "As" store, "c..." read, "C..." write.
 * Returns the length; -EINVAL for an empty or unprintable one; -ENOBUFS.
 */
int ph_datalogic_service(const char *command, uint8_t *out, size_t size);

/*
 * Reads the line that answers it, without CR: 0 accepted ("$>" and what was asked behind it), -EACCES refused ("$#"),
 * -ENOMSG when it is none.
 */
int ph_datalogic_service_reply(const uint8_t *line, size_t len);

#endif
