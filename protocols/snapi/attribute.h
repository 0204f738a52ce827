/*
 * Attributes of SNAPI scanners: settings and facts by number. EXPERIMENTAL, as all of SNAPI.
 *
 * A request is built as one message, ph_snapi_split() cuts it into output reports; each of them is
 * answered by a status, and the last by an answer, which the decoder joins and ph_snapi_answer()
 * reads.
 *
 * Source: see snapi.h. Numbers are sent with the high byte first (early versions of the source read
 * words and double words the other way round); the form of arrays in requests is not known.
 */
#ifndef PH_PROTOCOLS_SNAPI_ATTRIBUTE_H
#define PH_PROTOCOLS_SNAPI_ATTRIBUTE_H

#include "protocols/snapi/snapi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SNAPI_REQUEST_MAX   256 /* bytes of a request */

#define PH_SNAPI_SERIAL_NUMBER 534    /* attribute: a text */
#define PH_SNAPI_NO_ID	       0xffff /* ends a list */

enum ph_snapi_op {
	PH_SNAPI_LIST =
		0x01, /* ids from one on; go on with the last one plus 1 until PH_SNAPI_NO_ID */
	PH_SNAPI_GET = 0x02,
	PH_SNAPI_GET_AT = 0x04, /* the rest of an array, from an offset */
	PH_SNAPI_SET = 0x05,
	PH_SNAPI_STORE = 0x06, /* set for good */
	PH_SNAPI_START = 0x20  /* with id PH_SNAPI_START_ID, the first request after opening */
};

#define PH_SNAPI_START_ID 0x04b0

enum ph_snapi_type {
	PH_SNAPI_NONE = 0, /* there is no such attribute */
	PH_SNAPI_FLAG = 'F',
	PH_SNAPI_BYTE = 'B',
	PH_SNAPI_WORD = 'W',
	PH_SNAPI_DWORD = 'D',
	PH_SNAPI_TEXT = 'S',
	PH_SNAPI_ARRAY = 'A',
	PH_SNAPI_ACTION = 'X' /* only set: makes the scanner do something */
};

struct ph_snapi_value {
	uint8_t type;	     /* enum ph_snapi_type, or what else came */
	uint32_t number;     /* of flag, byte, word, double word and action */
	const uint8_t *data; /* of text and array; in the bytes given */
	size_t len;	     /* of a text without its NUL */
	size_t total;	     /* of an array in an answer: of all; PH_SNAPI_GET_AT has the rest */
};

/*
 * Builds a request: list, get and start take no value, PH_SNAPI_GET_AT takes the offset as its
 * number, set and store a value. Returns its bytes. -ERANGE: the number does not fit the type;
 * -ENOTSUP: a type that cannot be set; -EMSGSIZE: a text too long.
 */
int ph_snapi_request(enum ph_snapi_op op, uint16_t id, const struct ph_snapi_value *value,
	uint8_t ret_request[PH_SNAPI_REQUEST_MAX]);

/*
 * The next output report of a request; `*cursor` starts at 0. Returns 1, or 0 when all is sent.
 */
int ph_snapi_split(const uint8_t *request, size_t len, size_t *cursor,
	uint8_t ret_report[PH_SNAPI_REPORT_LEN]);

struct ph_snapi_answer {
	uint8_t op; /* enum ph_snapi_op, or what else came */
	uint16_t id;
	struct ph_snapi_value value; /* of get; of PH_SNAPI_GET_AT: data and len only */
	const uint8_t *ids;	     /* of list: two bytes each, high byte first */
	size_t id_count;
};

/* Reads a joined answer. -EBADMSG: cut off. */
int ph_snapi_answer(const uint8_t *bytes, size_t len, struct ph_snapi_answer *ret_answer);

#endif
