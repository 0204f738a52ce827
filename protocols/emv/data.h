/*
 * The data objects of one transaction: what the terminal brings, what the card gave, what the issuer sent. Lists stay apart,
 * so that a card can never set what is the terminal's. Pure, without allocation; the whole struct lives in a ph_secret.
 */
#ifndef PH_PROTOCOLS_EMV_DATA_H
#define PH_PROTOCOLS_EMV_DATA_H

#include "protocols/emv/tags.h"

#define PH_EMV_OBJECTS_MAX 320
#define PH_EMV_BYTES_MAX   (20 * 1024)

struct ph_emv_object {
	uint32_t tag;
	enum ph_tag_source source;
	uint16_t offset, len;
};

struct ph_emv_data {
	uint16_t count, used;
	struct ph_emv_object objects[PH_EMV_OBJECTS_MAX];
	uint8_t hidden[PH_EMV_BYTES_MAX];
};

void ph_emv_data_init(struct ph_emv_data *data);

/*
 * Sets an object; one that is there is replaced. Of the terminal and the issuer: their tags only (8A is of both). Of the card:
 * what is learned from an answer of its own (9F36, 9F4C, ...), not from records. `value` must not lead into `data`. -ENOSPC;
 * -EINVAL for a tag that is not of this source or a length outside the table.
 */
int ph_emv_data_set(struct ph_emv_data *data, enum ph_tag_source source, uint32_t tag,
	const void *value, size_t len);

/*
 * Takes an object of the card. Passed over (0) are tags of the terminal or issuer, unknown ones, empty values, and what is of
 * no weight and has a wrong length. -EEXIST: the card gave it before; -EBADMSG: a length outside the table, a date that
 * cannot be, a PAN that is none; -ENOSPC.
 */
int ph_emv_data_take(struct ph_emv_data *data, uint32_t tag, const void *value, size_t len);

/* All primitive objects inside a template of the card, at any depth. Errors as above, -EBADMSG also for bad TLV. */
int ph_emv_data_take_all(struct ph_emv_data *data, const uint8_t *value, size_t len);

/* Forgets one object; nothing when it is not there. */
void ph_emv_data_drop(struct ph_emv_data *data, uint32_t tag);

/* Forgets what the card gave: another application is tried. */
void ph_emv_data_drop_card(struct ph_emv_data *data);

/* The bytes of an object, or NULL with *ret_len 0. `ret_len` may be NULL. They are valid until the next set or take. */
const uint8_t *ph_emv_data_get(const struct ph_emv_data *data, uint32_t tag, size_t *ret_len);

/* As a number, big endian; `otherwise` when it is absent or has more than 8 bytes. */
uint64_t ph_emv_data_number(const struct ph_emv_data *data, uint32_t tag, uint64_t otherwise);

/* YYMMDD in BCD as YYYYMMDD; years below 50 are of this century. -EBADMSG: no month or day can be that. */
int ph_emv_date(const uint8_t bcd[3], uint32_t *ret_date);

#endif
