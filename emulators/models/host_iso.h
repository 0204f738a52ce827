/*
 * ISO 8583:1987 as an acquirer's host reads and writes it, in three packings. Pure; the host keeps what it decodes for as long as
 * it answers.
 *
 * Source: ISO 8583:1987, and the common practice of acquirers for packing (BCD with leading zeros, prefixes that count digits).
 */
#ifndef PH_EMULATORS_MODELS_HOST_ISO_H
#define PH_EMULATORS_MODELS_HOST_ISO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define EMU_ISO_MAX    8192u /* bytes of a message */
#define EMU_ISO_FIELDS 128u

enum ph_emu_packing {
	PH_EMU_PACK_ASCII, /* all of it text, the bitmap in hexadecimal */
	PH_EMU_PACK_MIXED, /* text with a binary bitmap */
	PH_EMU_PACK_BCD,   /* numbers two digits to a byte */
};

/* Numbers, text and track 2 as text without an end; 52, 55, 64, 96 and 128 as bytes. */
struct emu_iso {
	char mti[5];
	bool has[EMU_ISO_FIELDS + 1]; /* the secondary bitmap is not a field here */
	uint16_t at[EMU_ISO_FIELDS + 1], len[EMU_ISO_FIELDS + 1];
	uint8_t bytes[2 * EMU_ISO_MAX];
	size_t used;
};

void emu_iso_clear(struct emu_iso *m, const char *mti);

/* 0, or -EBADMSG with the field that is wrong (0: type or bitmap, 129: bytes behind the last field). `m` is then of no use. */
int emu_iso_decode(enum ph_emu_packing packing, const uint8_t *data, size_t len, struct emu_iso *m,
	unsigned *ret_field);
/* Bytes written, or -ENOBUFS, or -EINVAL for a value that does not fit its field. */
ssize_t emu_iso_encode(
	enum ph_emu_packing packing, const struct emu_iso *m, uint8_t *out, size_t size);

/* -EINVAL for an unknown field, -ENOBUFS when the message is full. */
int emu_iso_put(struct emu_iso *m, unsigned field, const void *value, size_t len);
int emu_iso_put_text(struct emu_iso *m, unsigned field, const char *text);
/* The field as text, cut to `size` with its NUL; "" when it is not there. */
const char *emu_iso_text(const struct emu_iso *m, unsigned field, char *out, size_t size);

#endif
