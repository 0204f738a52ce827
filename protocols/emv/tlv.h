/*
 * BER-TLV as EMV uses it: tags of one to three bytes, lengths of one to three, no indefinite form. Pure; a hostile card is
 * the reason for each bound. Source: EMV Book 3, annex B.
 */
#ifndef PH_PROTOCOLS_EMV_TLV_H
#define PH_PROTOCOLS_EMV_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_TLV_DEPTH_MAX   5
#define PH_TLV_OBJECTS_MAX 256

/* One object; the pointers lead into the bytes that were read. */
struct ph_tlv {
	uint32_t tag; /* as it is written: 0x5a, 0x9f02, 0xdf8129 */
	bool constructed;
	const uint8_t *value;
	size_t len;
	const uint8_t *start; /* of the tag */
	size_t total;	      /* bytes with tag and length */
};

struct ph_tlv_cursor {
	const uint8_t *data;
	size_t len, at;
};

/*
 * The next object of one level. Returns 1; 0 at the end; -EBADMSG for a tag or length that is not allowed or leads past the
 * end. Bytes 00 between objects are passed over.
 */
int ph_tlv_next(struct ph_tlv_cursor *cursor, struct ph_tlv *ret_object);

/*
 * Checks a whole tree: each level to its end, at most PH_TLV_DEPTH_MAX deep with at most PH_TLV_OBJECTS_MAX objects. Returns
 * 0, -EBADMSG, or -E2BIG. What has passed may be walked without looking at errors.
 */
int ph_tlv_check(const uint8_t *data, size_t len);

/*
 * The next object of a tree that ph_tlv_check() has passed, templates before what is in them. Returns 1, or 0 at the end.
 */
int ph_tlv_walk(struct ph_tlv_cursor *cursor, struct ph_tlv *ret_object);

/* The first object with this tag on this level. 0, -ENOENT, -EBADMSG. */
int ph_tlv_find(const uint8_t *data, size_t len, uint32_t tag, struct ph_tlv *ret_object);

/* The same in the tree: the first in the order of the bytes. -EBADMSG also for a tree beyond the bounds above. */
int ph_tlv_find_deep(const uint8_t *data, size_t len, uint32_t tag, struct ph_tlv *ret_object);

/* A tag alone, as in a DOL or a tag list: bytes used, or -EBADMSG. */
int ph_tlv_tag(const uint8_t *data, size_t len, uint32_t *ret_tag);

/* Bytes a tag takes: 1 to 3. */
size_t ph_tlv_tag_size(uint32_t tag);

/* Writes objects one behind the other. Once something did not fit nothing more is written and `full` stays true. */
struct ph_tlv_out {
	uint8_t *data;
	size_t size, len;
	bool full;
};

void ph_tlv_put(struct ph_tlv_out *out, uint32_t tag, const void *value, size_t len);

/*
 * Opens a template: what is put until ph_tlv_close() is its value. Returns a mark for it. Templates may hold templates; a
 * value of 64 KiB or more makes the output full.
 */
size_t ph_tlv_open(struct ph_tlv_out *out, uint32_t tag);
void ph_tlv_close(struct ph_tlv_out *out, size_t mark);

#endif
