// Lines a terminal wants printed, from both of its messages; what their text means is for text.c.
#include "protocols/zvt/print.h"

#include "protocols/zvt/data.h"

#include <errno.h>

struct block {
	ph_zvt_take_line take;
	void *userdata;
	bool inside; /* of tag 25 */
	uint8_t attribute;
};

static struct ph_zvt_line line_of(uint8_t attribute, const uint8_t *text, size_t len)
{
	return (struct ph_zvt_line){
		.indent = attribute & PH_ZVT_LINE_CENTRED ? 0 : attribute & 0xfu,
		.centred = attribute & PH_ZVT_LINE_CENTRED,
		.double_width = attribute & PH_ZVT_LINE_DOUBLE_WIDTH,
		.double_height = attribute & PH_ZVT_LINE_DOUBLE_HEIGHT,
		.text = text,
		.len = len,
	};
}

static int read_one(const struct ph_zvt_apdu *apdu, ph_zvt_take_line take, void *userdata)
{
	if (!apdu->len)
		return -EBADMSG;
	uint8_t attribute = apdu->data[0];
	struct ph_zvt_line line = line_of(attribute, apdu->data + 1, apdu->len - 1);
	if (attribute == PH_ZVT_LINE_FEED) {
		if (apdu->len < 2)
			return -EBADMSG;
		line = (struct ph_zvt_line){.feed = apdu->data[1]};
	} else if (attribute > PH_ZVT_LINE_LAST) {
		/* says no more than that the receipt ends; the bits are not those of other lines */
		line = line_of(0, line.text, line.len);
		line.last = true;
	}
	take(&line, userdata);
	return 0;
}

static void take_object(const struct ph_zvt_object *object, void *userdata)
{
	struct block *block = userdata;

	if (object->depth == 0)
		block->inside = object->tag == PH_ZVT_TAG_PRINT;
	if (!block->inside || object->depth == 0)
		return;
	if (object->tag == PH_ZVT_TAG_LINE) {
		struct ph_zvt_line line = line_of(block->attribute, object->value, object->len);
		block->take(&line, block->userdata);
	}
	if (object->tag != PH_ZVT_TAG_ATTRIBUTE || object->len != 1)
		return;
	block->attribute = object->value[0];
	if (block->attribute & PH_ZVT_LINE_LAST && block->attribute != PH_ZVT_LINE_FEED) {
		block->take(&(struct ph_zvt_line){.last = true}, block->userdata);
		block->attribute = 0;
	}
}

int ph_zvt_read_print(const struct ph_zvt_apdu *apdu, ph_zvt_take_line take, void *userdata)
{
	struct ph_zvt_cursor cursor = {apdu->data, apdu->len};
	struct block block = {.take = take, .userdata = userdata};
	struct ph_zvt_field field;
	bool any = false;

	if (apdu->code == PH_ZVT_PRINT_LINE)
		return read_one(apdu, take, userdata);
	while (ph_zvt_bmp_next(&cursor, &field) > 0) {
		if (field.bmp != PH_ZVT_BMP_TLV)
			continue;
		int r = ph_zvt_tlv_walk(field.value, field.len, take_object, &block);
		if (r < 0)
			return -EBADMSG;
		any = true;
	}
	return any ? 0 : -EBADMSG;
}

static void take_type(const struct ph_zvt_object *object, void *userdata)
{
	int *type = userdata;

	if (object->tag == PH_ZVT_TAG_RECEIPT_TYPE && object->len == 1)
		*type = object->value[0];
}

int ph_zvt_print_type(const struct ph_zvt_apdu *apdu)
{
	struct ph_zvt_cursor cursor = {apdu->data, apdu->len};
	struct ph_zvt_field field;
	int type = 0;

	while (apdu->code == PH_ZVT_PRINT_BLOCK && ph_zvt_bmp_next(&cursor, &field) > 0)
		if (field.bmp == PH_ZVT_BMP_TLV)
			ph_zvt_tlv_walk(field.value, field.len, take_type, &type);
	return type;
}
