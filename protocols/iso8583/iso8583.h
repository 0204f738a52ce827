/*
 * Messages of ISO 8583:1987: bytes to fields and back, driven by a table of fields, because each acquirer has a dialect of its
 * own. Pure and without allocation: texts and bytes are in the caller's buffers. Errors name the field, never what is in it.
 * Source: ISO 8583:1987, sections 4 (message structure) and 5 (data elements).
 */
#ifndef PH_PROTOCOLS_ISO8583_ISO8583_H
#define PH_PROTOCOLS_ISO8583_ISO8583_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PH_ISO_FIELDS	   128
#define PH_ISO_MESSAGE_MAX 8192 /* bytes without length header; a longer one is refused */
#define PH_ISO_STORE_MAX   (2 * PH_ISO_MESSAGE_MAX) /* what unpacking a message can need */
#define PH_ISO_NAME_SIZE   48
#define PH_ISO_TAGS_MAX	   64 /* objects in a field of TLV; more are refused */

/* What a field holds, and how its value is given to and by this codec. */
enum ph_iso_format {
	PH_ISO_N,   /* digits; as ASCII digits */
	PH_ISO_A,   /* letters and space */
	PH_ISO_AN,  /* letters, digits and space */
	PH_ISO_ANS, /* any but control characters */
	PH_ISO_Z,   /* a track: digits and a separator, '=' or 'D' */
	PH_ISO_XN,  /* C or D and digits; both together */
	PH_ISO_B,   /* bytes */
	PH_ISO_TLV, /* bytes that are BER-TLV */
	PH_ISO_FORMAT_COUNT_
};

enum ph_iso_length {
	PH_ISO_FIXED,
	PH_ISO_LL,  /* two digits, or a byte */
	PH_ISO_LLL, /* three digits, or two bytes */
	PH_ISO_LENGTH_COUNT_
};

enum ph_iso_encoding {
	PH_ISO_ASCII,
	PH_ISO_BCD, /* two digits a byte */
	PH_ISO_BIN, /* bytes as they are; of a length: big endian */
	PH_ISO_HEX, /* two ASCII characters a byte */
	PH_ISO_ENCODING_COUNT_
};

/* What a length counts where that makes a difference: packed digits, bytes in hex. */
enum ph_iso_counts {
	PH_ISO_COUNTS_DIGITS, /* digits of n and z, characters of hex */
	PH_ISO_COUNTS_BYTES,  /* bytes that are packed, bytes that hex stands for */
	PH_ISO_COUNTS_COUNT_
};

/* Where the nibble that makes an odd number of digits even goes. */
enum ph_iso_pad { PH_ISO_PAD_LEFT0, PH_ISO_PAD_RIGHTF, PH_ISO_PAD_COUNT_ };

struct ph_iso_field {
	char name[PH_ISO_NAME_SIZE]; /* "": the dialect does not have this field */
	enum ph_iso_format format;
	enum ph_iso_length length;
	enum ph_iso_encoding length_encoding;
	enum ph_iso_counts counts;
	enum ph_iso_encoding encoding;
	enum ph_iso_pad pad;
	uint16_t max; /* digits, characters (with the sign of XN) or bytes; of FIXED: the length */
};

struct ph_iso_table {
	enum ph_iso_encoding mti;		       /* ASCII or BCD */
	enum ph_iso_encoding bitmap;		       /* BIN or HEX */
	struct ph_iso_field fields[PH_ISO_FIELDS + 1]; /* by number; 0, 1 and 65 are not used */
};

struct ph_iso_error {
	unsigned field;	  /* 0: the MTI, a bitmap or the message as a whole */
	const char *what; /* static text: "ends inside this field" */
};

/* A value is borrowed: it is where the caller or the store has it. */
struct ph_iso_value {
	const uint8_t *data;
	size_t len;
};

struct ph_iso_message {
	char mti[5];
	uint64_t present[2]; /* as on the wire: field 1 is the highest bit of the first */
	struct ph_iso_value values[PH_ISO_FIELDS + 1]; /* valid where the bit is set */
};

/* Where unpacking puts what it reads. */
struct ph_iso_store {
	uint8_t *data;
	size_t size, len; /* `len`: written, also when unpacking failed */
};

/* 0, or -EINVAL for a table that asks for what cannot be: BCD letters, a length that does not fit its prefix. */
int ph_iso_table_check(const struct ph_iso_table *table, struct ph_iso_error *ret_error);

/* An empty message. `mti`: four digits. */
void ph_iso_init(struct ph_iso_message *message, const char *mti);

/* Sets field `n`, 2 to 128; the value is checked when the message is packed. */
void ph_iso_set(struct ph_iso_message *message, unsigned n, const void *data, size_t len);
void ph_iso_set_text(struct ph_iso_message *message, unsigned n, const char *text);

static inline bool ph_iso_has(const struct ph_iso_message *message, unsigned n)
{
	return message->present[(n - 1) / 64] >> (63 - (n - 1) % 64) & 1;
}

/* The value, or NULL. */
const struct ph_iso_value *ph_iso_get(const struct ph_iso_message *message, unsigned n);

/*
 * Writes a message. A shorter value of a fixed field is filled: digits with zeros in front, text with spaces behind. Returns
 * its bytes; -EINVAL with the field for a value that is not of its format, too long, or of a field the table does not have;
 * -ENOBUFS when `size` is too small. `out` then holds nothing of use.
 */
ssize_t ph_iso_pack(const struct ph_iso_table *table, const struct ph_iso_message *message,
	uint8_t *out, size_t size, struct ph_iso_error *ret_error);

/*
 * Reads a whole message. 0; -EBADMSG with the field: cut short, a field the table does not have, a value that is not of its
 * format, bytes behind the last field; -EMSGSIZE: longer than PH_ISO_MESSAGE_MAX; -ENOBUFS: the store is too small. On
 * failure the message holds nothing.
 */
int ph_iso_unpack(const struct ph_iso_table *table, const uint8_t *data, size_t len,
	struct ph_iso_store *store, struct ph_iso_message *ret_message,
	struct ph_iso_error *ret_error);

/* "field 55 (ICC data): ends inside this field". */
void ph_iso_error_text(
	const struct ph_iso_table *table, const struct ph_iso_error *error, char *out, size_t size);

/* The MTI an answer to this one has, 0221 -> 0230. False for one that has no answer. */
bool ph_iso_answer_mti(const char mti[4], char ret_mti[5]);

/* The MTI of a repeat, 0420 -> 0421. */
void ph_iso_repeat_mti(const char mti[4], char ret_mti[5]);

#endif
