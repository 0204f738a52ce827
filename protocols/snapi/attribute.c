// Builds requests for attributes of SNAPI scanners and reads the answers; reports and their parts
// are in snapi.c.
#include "protocols/snapi/attribute.h"

#include <errno.h>
#include <string.h>

#define HEAD	    6 /* length, operation, 00, id */
#define SPLIT_HEAD  4
#define SPLIT_MORE  0x80
#define SPLIT_FIRST 0x40

/* Where values begin in an answer, and text and array behind their lengths. */
#define VALUE_AT  8
#define TEXT_AT	  12
#define ARRAY_AT  13
#define OFFSET_AT 13

static void put16(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *in)
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

static int put_number(uint8_t *out, const struct ph_snapi_value *value)
{
	uint32_t n = value->number;

	switch (value->type) {
	case PH_SNAPI_FLAG:
	case PH_SNAPI_BYTE:
		out[1] = 0;
		out[2] = (uint8_t)n;
		return n <= (value->type == PH_SNAPI_FLAG ? 1 : UINT8_MAX) ? 3 : -ERANGE;
	case PH_SNAPI_WORD:
		put16(out + 1, n);
		return n <= UINT16_MAX ? 3 : -ERANGE;
	case PH_SNAPI_ACTION: /* the other way round */
		out[1] = (uint8_t)n;
		out[2] = (uint8_t)(n >> 8);
		return n <= UINT16_MAX ? 3 : -ERANGE;
	case PH_SNAPI_DWORD:
		put16(out + 1, n >> 16);
		put16(out + 3, n);
		return 5;
	default:
		return -ENOTSUP;
	}
}

static int put_value(uint8_t *out, size_t max, const struct ph_snapi_value *value)
{
	out[0] = value->type;
	if (value->type != PH_SNAPI_TEXT)
		return put_number(out, value);
	if (value->len > max - 6)
		return -EMSGSIZE;
	memset(out + 1, 0, 5);
	put16(out + 2, (uint32_t)value->len);
	if (value->len)
		memcpy(out + 6, value->data, value->len);
	return (int)value->len + 6;
}

int ph_snapi_request(enum ph_snapi_op op, uint16_t id, const struct ph_snapi_value *value,
	uint8_t ret_request[PH_SNAPI_REQUEST_MAX])
{
	uint8_t request[PH_SNAPI_REQUEST_MAX];
	int n = 0;

	switch (op) {
	case PH_SNAPI_LIST:
	case PH_SNAPI_GET:
	case PH_SNAPI_START:
		break;
	case PH_SNAPI_GET_AT:
		if (value->number > UINT16_MAX)
			return -ERANGE;
		put16(request + HEAD, value->number);
		n = 2;
		break;
	case PH_SNAPI_SET:
	case PH_SNAPI_STORE:
		n = put_value(request + HEAD, sizeof request - HEAD, value);
		break;
	}
	if (n < 0)
		return n;
	put16(request, (uint32_t)(HEAD + n));
	request[2] = (uint8_t)op;
	request[3] = 0;
	put16(request + 4, id);
	memcpy(ret_request, request, HEAD + (size_t)n);
	return HEAD + n;
}

int ph_snapi_split(
	const uint8_t *request, size_t len, size_t *cursor, uint8_t ret_report[PH_SNAPI_REPORT_LEN])
{
	size_t left = len - *cursor, part = PH_SNAPI_REPORT_LEN - SPLIT_HEAD;
	uint8_t flags = *cursor ? 0 : SPLIT_FIRST;

	if (left == 0)
		return 0;
	if (left > part)
		flags |= SPLIT_MORE;
	else
		part = left;
	memset(ret_report, 0, PH_SNAPI_REPORT_LEN);
	ret_report[0] = PH_SNAPI_ID_ATTRIBUTE;
	ret_report[1] = flags;
	put16(ret_report + 2, (uint32_t)len);
	memcpy(ret_report + SPLIT_HEAD, request + *cursor, part);
	*cursor += part;
	return 1;
}

/* How many bytes of an answer a value of this type takes at least. */
static size_t least(uint8_t type)
{
	switch (type) {
	case PH_SNAPI_FLAG:
	case PH_SNAPI_BYTE:
		return VALUE_AT + 1;
	case PH_SNAPI_WORD:
		return VALUE_AT + 2;
	case PH_SNAPI_DWORD:
		return VALUE_AT + 4;
	case PH_SNAPI_TEXT:
		return TEXT_AT;
	case PH_SNAPI_ARRAY:
		return ARRAY_AT;
	default:
		return 0;
	}
}

static int read_value(const uint8_t *bytes, size_t len, struct ph_snapi_value *value)
{
	size_t stated;

	value->type = len > HEAD ? bytes[HEAD] : PH_SNAPI_NONE;
	if (len < least(value->type))
		return -EBADMSG;
	switch (value->type) {
	case PH_SNAPI_FLAG:
	case PH_SNAPI_BYTE:
		value->number = bytes[VALUE_AT];
		break;
	case PH_SNAPI_WORD:
		value->number = get16(bytes + VALUE_AT);
		break;
	case PH_SNAPI_DWORD:
		value->number =
			(uint32_t)get16(bytes + VALUE_AT) << 16 | get16(bytes + VALUE_AT + 2);
		break;
	case PH_SNAPI_TEXT:
		stated = get16(bytes + VALUE_AT);
		if (stated > len - TEXT_AT)
			return -EBADMSG;
		value->data = bytes + TEXT_AT;
		value->len = strnlen((const char *)value->data, stated);
		break;
	case PH_SNAPI_ARRAY:
		value->total = get16(bytes + VALUE_AT + 1);
		value->data = bytes + ARRAY_AT;
		value->len = len - ARRAY_AT < value->total ? len - ARRAY_AT : value->total;
		break;
	default:
		break;
	}
	return 0;
}

int ph_snapi_answer(const uint8_t *bytes, size_t len, struct ph_snapi_answer *ret_answer)
{
	struct ph_snapi_answer answer = {0};
	int r = 0;

	if (len < HEAD)
		return -EBADMSG;
	answer.op = bytes[2];
	answer.id = get16(bytes + 4);
	switch (answer.op) {
	case PH_SNAPI_LIST:
		answer.ids = bytes + HEAD;
		answer.id_count = (len - HEAD) / 2;
		break;
	case PH_SNAPI_GET:
		r = read_value(bytes, len, &answer.value);
		break;
	case PH_SNAPI_GET_AT:
		if (len < OFFSET_AT)
			return -EBADMSG;
		answer.value.data = bytes + OFFSET_AT;
		answer.value.len = len - OFFSET_AT;
		break;
	default: /* set, store, start: there is nothing more to them */
		break;
	}
	if (r < 0)
		return r;
	*ret_answer = answer;
	return 0;
}
