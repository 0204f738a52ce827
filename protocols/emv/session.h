/*
 * The packets of a reader (reader_const.h) as lines of a recording, and back:
 *
 *   reader present Test Reader 00      none, empty, present, mute, busy
 *   features 06...                     of its PIN pad
 *   connect, reset, release            to the reader
 *   card 1 3BE000008131204535          the protocol and the answer to reset
 *   > 00A404000E...                    to the card
 *   < 6F...9000                        from it
 *   failed removed                     removed, mute, busy, io
 *
 * Pure. Packets that are none of those have no line.
 */
#ifndef PH_PROTOCOLS_EMV_SESSION_H
#define PH_PROTOCOLS_EMV_SESSION_H

#include "protocols/emv/reader_const.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMV_LINE_MAX (2 * PH_READER_PACKET_MAX + 16) /* with its NUL */

/* Returns the bytes of the text, without the NUL it ends with; -EBADMSG for a packet without a line. */
int ph_emv_line_write(
	const uint8_t *packet, size_t len, bool from_reader, char out[PH_EMV_LINE_MAX]);

/* Returns the bytes of the packet; -ENOENT: a line of another kind; -EBADMSG: it is not as it must be. */
int ph_emv_line_read(const char *line, bool *ret_from_reader, uint8_t out[PH_READER_PACKET_MAX]);

/* Bytes as hexadecimal with a NUL; `out` has room for 2 * len + 1. */
void ph_emv_hex_write(const uint8_t *data, size_t len, char *out);
/* Returns how many bytes; -EBADMSG for other characters, half a byte or more than `size`. */
int ph_emv_hex_read(const char *text, uint8_t *out, size_t size);

#endif
