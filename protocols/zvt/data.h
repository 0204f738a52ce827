/*
 * What messages of ZVT are made of: bitmaps (BMP), the TLV container, BCD.
 *
 * Source: PA00P015, chapters "List of bitmaps" and "TLV container".
 */
#ifndef PH_PROTOCOLS_ZVT_DATA_H
#define PH_PROTOCOLS_ZVT_DATA_H

#include "protocols/zvt/zvt_const.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_ZVT_TLV_DEPTH   4
#define PH_ZVT_TLV_OBJECTS 512

/* Bytes not yet read. */
struct ph_zvt_cursor {
	const uint8_t *data;
	size_t len;
};

struct ph_zvt_field {
	uint8_t bmp;
	const uint8_t *value; /* behind a variable length */
	size_t len;
};

/*
 * Returns 1 and the next bitmap, 0 at the end, -ENOENT for one that is not in the list (its length is not known, nothing behind it
 * can be read), -EBADMSG when its length is wrong. The cursor stays in front of what could not be read.
 */
int ph_zvt_bmp_next(struct ph_zvt_cursor *cursor, struct ph_zvt_field *ret_field);

struct ph_zvt_object {
	uint32_t tag; /* 1 to 4 bytes, as they are sent */
	bool constructed;
	const uint8_t *value;
	size_t len;
	unsigned depth; /* 0: at the top of the container */
};

/* Returns 1 and the next object of this level, 0 at the end, -EBADMSG. */
int ph_zvt_tlv_next(struct ph_zvt_cursor *cursor, struct ph_zvt_object *ret_object);

typedef void (*ph_zvt_visit)(const struct ph_zvt_object *object, void *userdata);

/*
 * Calls `visit` for each object of a container and those inside of it, in their order. Returns how many; -E2BIG behind
 * PH_ZVT_TLV_OBJECTS of them or below PH_ZVT_TLV_DEPTH levels; -EBADMSG. What was visited before an error stands.
 */
int ph_zvt_tlv_walk(const uint8_t *data, size_t len, ph_zvt_visit visit, void *userdata);

/* The number of up to 9 bytes of BCD; -EBADMSG when a nibble is no digit. */
int ph_zvt_bcd(const uint8_t *bytes, size_t len, uint64_t *ret_value);

/* The last 2 x `len` digits of a number. */
void ph_zvt_bcd_put(uint64_t value, uint8_t *out, size_t len);

/*
 * A card number for people, from bitmap 22 or 23: what is between the first six and the last four digits is always '*', whatever the
 * terminal has sent; of fewer than 13 digits only the last four are shown. `out` gets at most 38 digits and a NUL. Returns 0, -EBADMSG.
 */
int ph_zvt_masked_pan(const uint8_t *bytes, size_t len, char out[39]);

#endif
