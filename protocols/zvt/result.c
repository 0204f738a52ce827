// Reads what a terminal says of a transaction: what is there is taken, what is wrong is left out.
#include "protocols/zvt/result.h"

#include "base/card_number.h"
#include "protocols/zvt/data.h"
#include "protocols/zvt/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TOTALS_GROUP 7 /* bytes of a kind of card: count, sum */

struct reader {
	struct ph_zvt_result *result;
	uint8_t charset;
};

static void read_number(struct ph_zvt_result *result, enum ph_zvt_has has, unsigned *ret_number,
	const struct ph_zvt_field *field)
{
	uint64_t value;

	if (ph_zvt_bcd(field->value, field->len, &value) < 0)
		return;
	*ret_number = (unsigned)value;
	result->has |= has;
}

static void read_long(struct ph_zvt_result *result, enum ph_zvt_has has, uint64_t *ret_number,
	const uint8_t *bytes, size_t len)
{
	if (ph_zvt_bcd(bytes, len, ret_number) == 0)
		result->has |= has;
}

/* From, to, and for each kind of card how many and how much; kinds behind those in the list are "others", the last of it. */
static void read_totals(struct ph_zvt_result *result, const uint8_t *bytes, size_t len)
{
	struct ph_zvt_turnover kinds[PH_ZVT_KINDS] = {{0}};
	uint64_t count = 0, sum = 0, value;

	if (len < 4 || (len - 4) % TOTALS_GROUP)
		return;
	for (size_t at = 4, i = 0; at < len; at += TOTALS_GROUP, i++) {
		struct ph_zvt_turnover *kind = &kinds[i < PH_ZVT_KINDS ? i : PH_ZVT_KINDS - 1];
		if (ph_zvt_bcd(bytes + at + 1, 6, &value) < 0)
			return;
		kind->count += bytes[at];
		kind->sum += value;
		count += bytes[at];
		sum += value;
	}
	memcpy(result->turnovers, kinds, sizeof kinds);
	result->total_count = count;
	result->total_sum = sum;
	result->has |= PH_ZVT_HAS_TOTALS;
}

static void read_vendor(
	struct ph_zvt_result *result, const struct ph_zvt_object *object, uint8_t charset)
{
	if (object->tag == PH_ZVT_TAG_VENDOR_TEXT && !result->text[0])
		ph_zvt_text(charset, object->value, object->len, result->text, sizeof result->text);
	if (object->tag == PH_ZVT_TAG_AID && object->len <= 16)
		for (size_t i = 0; i < object->len; i++)
			snprintf(result->aid + 2 * i, 3, "%02X", object->value[i]);
}

static void take_object(const struct ph_zvt_object *object, void *userdata)
{
	const struct reader *reader = userdata;
	struct ph_zvt_result *result = reader->result;

	switch (object->tag) {
	case PH_ZVT_TAG_IDENTIFIER:
		if (object->len > sizeof result->identifier)
			break;
		memcpy(result->identifier, object->value, object->len);
		result->identifier_len = object->len;
		result->has |= PH_ZVT_HAS_IDENTIFIER;
		break;
	case PH_ZVT_TAG_LONG_TRACE:
		read_long(result, PH_ZVT_HAS_TRACE, &result->trace, object->value, object->len);
		break;
	case PH_ZVT_TAG_CASHBACK:
		read_long(
			result, PH_ZVT_HAS_CASHBACK, &result->cashback, object->value, object->len);
		break;
	case PH_ZVT_TAG_CVM:
		if (object->len == 1) {
			result->cvm = object->value[0];
			result->has |= PH_ZVT_HAS_CVM;
		}
		break;
	case PH_ZVT_TAG_TECHNOLOGY:
		if (object->len == 1) {
			result->technology = object->value[0];
			result->has |= PH_ZVT_HAS_TECHNOLOGY;
		}
		break;
	default:
		read_vendor(result, object, reader->charset);
		break;
	}
}

static void take_bytes(
	struct ph_zvt_result *result, const struct ph_zvt_field *field, uint8_t charset)
{
	struct reader reader = {result, charset};

	switch (field->bmp) {
	case PH_ZVT_BMP_TLV:
		/* what is wrong in it is nobody's reason to lose a result */
		ph_zvt_tlv_walk(field->value, field->len, take_object, &reader);
		break;
	case PH_ZVT_BMP_PAN:
		if (ph_zvt_masked_pan(field->value, field->len, result->masked_pan) < 0)
			result->masked_pan[0] = '\0';
		break;
	case PH_ZVT_BMP_CARD_NAME:
		ph_zvt_text(charset, field->value, field->len, result->card_name,
			sizeof result->card_name);
		break;
	case PH_ZVT_BMP_TEXT:
		ph_zvt_text(charset, field->value, field->len, result->text, sizeof result->text);
		break;
	case PH_ZVT_BMP_ATTRIBUTE:
		memcpy(result->attribute, field->value, sizeof result->attribute);
		result->has |= PH_ZVT_HAS_ATTRIBUTE;
		break;
	case PH_ZVT_BMP_TOTALS:
		read_totals(result, field->value, field->len);
		break;
	default:
		break;
	}
}

static void take_field(
	struct ph_zvt_result *result, const struct ph_zvt_field *field, uint8_t charset)
{
	static const struct {
		uint8_t bmp;
		enum ph_zvt_has has;
		size_t at;
	} numbers[] = {
		{PH_ZVT_BMP_CURRENCY, PH_ZVT_HAS_CURRENCY,
			offsetof(struct ph_zvt_result, currency)},
		{PH_ZVT_BMP_RECEIPT, PH_ZVT_HAS_RECEIPT, offsetof(struct ph_zvt_result, receipt)},
		{PH_ZVT_BMP_TURNOVER, PH_ZVT_HAS_TURNOVER,
			offsetof(struct ph_zvt_result, turnover)},
		{PH_ZVT_BMP_SEQUENCE, PH_ZVT_HAS_SEQUENCE,
			offsetof(struct ph_zvt_result, sequence)},
		{PH_ZVT_BMP_ORIGINAL_TRACE, PH_ZVT_HAS_ORIGINAL,
			offsetof(struct ph_zvt_result, original_trace)},
		{PH_ZVT_BMP_TERMINAL, PH_ZVT_HAS_TERMINAL,
			offsetof(struct ph_zvt_result, terminal)},
		{PH_ZVT_BMP_TIME, PH_ZVT_HAS_TIME, offsetof(struct ph_zvt_result, time)},
		{PH_ZVT_BMP_DATE, 0, offsetof(struct ph_zvt_result, date)},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].bmp == field->bmp)
			read_number(result, numbers[i].has,
				(unsigned *)(void *)((char *)result + numbers[i].at), field);
	switch (field->bmp) {
	case PH_ZVT_BMP_RESULT:
		result->code = field->value[0];
		result->has |= PH_ZVT_HAS_CODE;
		break;
	case PH_ZVT_BMP_TYPE:
		result->type = field->value[0];
		result->has |= PH_ZVT_HAS_TYPE;
		break;
	case PH_ZVT_BMP_AMOUNT:
		read_long(result, PH_ZVT_HAS_AMOUNT, &result->amount, field->value, field->len);
		break;
	case PH_ZVT_BMP_TRACE:
		if (!(result->has & PH_ZVT_HAS_TRACE))
			read_long(
				result, PH_ZVT_HAS_TRACE, &result->trace, field->value, field->len);
		break;
	default:
		take_bytes(result, field, charset);
		break;
	}
}

void ph_zvt_read_result(
	const uint8_t *data, size_t len, uint8_t charset, struct ph_zvt_result *ret_result)
{
	struct ph_zvt_cursor cursor = {data, len};
	struct ph_zvt_field field;
	int r;

	memset(ret_result, 0, sizeof *ret_result);
	while ((r = ph_zvt_bmp_next(&cursor, &field)) > 0)
		take_field(ret_result, &field, charset);
	ret_result->incomplete = r < 0;
	if (!ret_result->date)
		ret_result->has &= ~(unsigned)PH_ZVT_HAS_TIME;
	ph_card_number_mask(ret_result->text);
	ph_card_number_mask(ret_result->card_name);
}

struct lines {
	uint8_t charset;
	bool inside; /* of tag 24 */
	char *text;
	size_t len, size;
};

static void take_line(const struct ph_zvt_object *object, void *userdata)
{
	struct lines *lines = userdata;

	if (object->depth == 0)
		lines->inside = object->tag == PH_ZVT_TAG_DISPLAY;
	if (!lines->inside || object->tag != PH_ZVT_TAG_LINE || lines->size - lines->len < 2)
		return;
	if (lines->len)
		lines->text[lines->len++] = ' ';
	lines->len += ph_zvt_text(lines->charset, object->value, object->len,
		lines->text + lines->len, lines->size - lines->len);
}

int ph_zvt_read_intermediate(
	const uint8_t *data, size_t len, uint8_t charset, struct ph_zvt_intermediate *ret_status)
{
	struct lines lines = {
		.charset = charset, .text = ret_status->text, .size = sizeof ret_status->text};
	struct ph_zvt_field field;
	uint64_t minutes;

	if (!len)
		return -EBADMSG;
	*ret_status = (struct ph_zvt_intermediate){.status = data[0], .minutes = -1};
	struct ph_zvt_cursor cursor = {data + 1, len - 1};
	if (cursor.len && ph_zvt_bcd(cursor.data, 1, &minutes) == 0 &&
		(cursor.len == 1 || cursor.data[1] == PH_ZVT_BMP_TLV)) {
		ret_status->minutes = (int)minutes;
		cursor = (struct ph_zvt_cursor){cursor.data + 1, cursor.len - 1};
	}
	while (ph_zvt_bmp_next(&cursor, &field) > 0)
		if (field.bmp == PH_ZVT_BMP_TLV)
			ph_zvt_tlv_walk(field.value, field.len, take_line, &lines);
	ph_card_number_mask(ret_status->text);
	return 0;
}

int ph_zvt_read_state(const uint8_t *data, size_t len)
{
	size_t version = 0;

	if (!len)
		return -EBADMSG;
	/* F0 alone is a state; with two digits behind it, the length of a version */
	if (len > 3 && data[0] >= 0xf0 && data[0] <= 0xf9 && data[1] >= 0xf0 && data[1] <= 0xf9 &&
		data[2] >= 0xf0 && data[2] <= 0xf9)
		version = 3u + (data[0] & 0xfu) * 100u + (data[1] & 0xfu) * 10u + (data[2] & 0xfu);
	return version < len ? data[version] : -EBADMSG;
}

static void take_charset(const struct ph_zvt_object *object, void *userdata)
{
	int *charset = userdata;

	if (object->tag == PH_ZVT_TAG_CHARSET && object->len == 1)
		*charset = object->value[0];
}

void ph_zvt_read_registered(
	const uint8_t *data, size_t len, struct ph_zvt_registered *ret_registered)
{
	struct ph_zvt_cursor cursor = {data, len};
	struct ph_zvt_field field;
	uint64_t value;

	*ret_registered = (struct ph_zvt_registered){.charset = -1};
	while (ph_zvt_bmp_next(&cursor, &field) > 0) {
		if (field.bmp == PH_ZVT_BMP_TYPE)
			ret_registered->status = field.value[0];
		if (field.bmp == PH_ZVT_BMP_TLV)
			ph_zvt_tlv_walk(
				field.value, field.len, take_charset, &ret_registered->charset);
		if (ph_zvt_bcd(field.value, field.len > 4 ? 0 : field.len, &value) < 0)
			continue;
		if (field.bmp == PH_ZVT_BMP_TERMINAL)
			ret_registered->terminal = (unsigned)value;
		if (field.bmp == PH_ZVT_BMP_CURRENCY)
			ret_registered->currency = (unsigned)value;
	}
}
