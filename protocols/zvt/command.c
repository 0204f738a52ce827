// Messages the register sends: which fields a command has, and in which order, is a table.
#include "protocols/zvt/command.h"

#include "base/cleanup.h"
#include "protocols/zvt/data.h"

#include <errno.h>
#include <string.h>

struct writer {
	size_t len;
	bool full;
	uint8_t bytes[PH_ZVT_COMMAND_MAX];
};

static void put(struct writer *w, const void *bytes, size_t len)
{
	if (w->full || len > sizeof w->bytes - w->len) {
		w->full = true;
		return;
	}
	if (len)
		memcpy(w->bytes + w->len, bytes, len);
	w->len += len;
}

static void put_byte(struct writer *w, uint8_t byte)
{
	put(w, &byte, 1);
}

static void put_bcd(struct writer *w, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	ph_zvt_bcd_put(value, bytes, len);
	put(w, bytes, len);
}

static void put_bmp_bcd(struct writer *w, uint8_t bmp, uint64_t value, size_t len)
{
	put_byte(w, bmp);
	put_bcd(w, value, len);
}

/* An object; values here are shorter than 128 bytes. */
static void put_object(struct writer *w, uint16_t tag, const void *value, size_t len)
{
	if (tag > 0xff)
		put_byte(w, (uint8_t)(tag >> 8));
	put_byte(w, (uint8_t)tag);
	put_byte(w, (uint8_t)len);
	put(w, value, len);
}

static void put_container(struct writer *w, const struct writer *objects)
{
	w->full |= objects->full || objects->len > 0x7f;
	put_object(w, PH_ZVT_BMP_TLV, objects->bytes, objects->len);
}

static ssize_t finish(const struct writer *w, uint16_t code, uint8_t *out, size_t size)
{
	const struct ph_zvt_apdu apdu = {.code = code, .data = w->bytes, .len = w->len};

	return w->full ? -ENOBUFS : ph_zvt_apdu_encode(&apdu, out, size);
}

ssize_t ph_zvt_build_registration(
	const struct ph_zvt_registration *registration, uint8_t *out, size_t size)
{
	static const uint8_t block[] = {
		PH_ZVT_TAG_COMMAND, 2, PH_ZVT_PRINT_BLOCK >> 8, PH_ZVT_PRINT_BLOCK & 0xff};
	const uint8_t charset[] = {PH_ZVT_TAG_CHARSET, 1, registration->charset};
	struct writer w = {0}, objects = {0};

	put_bcd(&w, registration->password, 3);
	put_byte(&w, registration->config);
	put_bcd(&w, registration->currency, 2);
	if (registration->block_print)
		put_object(&objects, PH_ZVT_TAG_COMMANDS, block, sizeof block);
	if (registration->charset_set)
		put_object(&objects, PH_ZVT_TAG_CHARSETS, charset, sizeof charset);
	/* also when empty: only then may the terminal send containers */
	put_container(&w, &objects);
	return finish(&w, PH_ZVT_REGISTRATION, out, size);
}

enum { END, PASSWORD, AMOUNT, CURRENCY, RECEIPT, TRACE, ATTRIBUTE };

/* The fields of each command about money, in the order of PA00P015. */
static const struct {
	uint16_t code;
	uint8_t fields[5];
} layouts[] = {
	{PH_ZVT_AUTHORISATION, {AMOUNT, CURRENCY}},
	{PH_ZVT_BOOK_TIP, {AMOUNT, RECEIPT, CURRENCY}},
	{PH_ZVT_PREAUTH, {AMOUNT, CURRENCY}},
	{PH_ZVT_PREAUTH_PARTIAL, {RECEIPT, AMOUNT}},
	{PH_ZVT_PREAUTH_BOOK, {RECEIPT, AMOUNT, TRACE, ATTRIBUTE}},
	{PH_ZVT_PREAUTH_CANCEL, {RECEIPT}},
	{PH_ZVT_REVERSAL, {PASSWORD, RECEIPT, AMOUNT}},
	{PH_ZVT_REFUND, {PASSWORD, AMOUNT, CURRENCY}},
	{PH_ZVT_END_OF_DAY, {PASSWORD}},
};

static void put_receipt(struct writer *w, unsigned receipt)
{
	static const uint8_t list[] = {PH_ZVT_BMP_RECEIPT, 0xff, 0xff};

	if (receipt == PH_ZVT_RECEIPT_LIST)
		put(w, list, sizeof list);
	else
		put_bmp_bcd(w, PH_ZVT_BMP_RECEIPT, receipt, 2);
}

static void put_field(struct writer *w, uint8_t field, const struct ph_zvt_order *order)
{
	if (field == PASSWORD)
		put_bcd(w, order->password, 3);
	else if (field == AMOUNT && order->amount_set)
		put_bmp_bcd(w, PH_ZVT_BMP_AMOUNT, order->amount, 6);
	else if (field == CURRENCY)
		put_bmp_bcd(w, PH_ZVT_BMP_CURRENCY, order->currency, 2);
	else if (field == RECEIPT)
		put_receipt(w, order->receipt);
	else if (field == TRACE && order->trace_set)
		put_bmp_bcd(w, PH_ZVT_BMP_TRACE, order->trace, 3);
	if (field == ATTRIBUTE && order->attribute_set) {
		put_byte(w, PH_ZVT_BMP_ATTRIBUTE);
		put(w, order->attribute, sizeof order->attribute);
	}
}

ssize_t ph_zvt_build_order(const struct ph_zvt_order *order, uint8_t *out, size_t size)
{
	struct writer w = {0}, objects = {0};
	uint8_t cashback[6];
	size_t row = 0;

	while (row < PH_ARRAY_SIZE(layouts) && layouts[row].code != order->code)
		row++;
	if (row == PH_ARRAY_SIZE(layouts))
		return -EOPNOTSUPP;
	if (order->identifier_len > sizeof order->identifier)
		return -ENOBUFS;
	for (const uint8_t *field = layouts[row].fields; *field != END; field++)
		put_field(&w, *field, order);
	if (order->identifier_set)
		put_object(
			&objects, PH_ZVT_TAG_IDENTIFIER, order->identifier, order->identifier_len);
	ph_zvt_bcd_put(order->cashback, cashback, sizeof cashback);
	if (order->cashback && order->code == PH_ZVT_AUTHORISATION)
		put_object(&objects, PH_ZVT_TAG_CASHBACK, cashback, sizeof cashback);
	if (objects.len)
		put_container(&w, &objects);
	return finish(&w, order->code, out, size);
}

ssize_t ph_zvt_build_simple(uint16_t code, unsigned password, uint8_t *out, size_t size)
{
	struct writer w = {0};

	if (code != PH_ZVT_LOG_OFF && code != PH_ZVT_ABORT && code != PH_ZVT_DIAGNOSIS)
		put_bcd(&w, password, 3);
	return finish(&w, code, out, size);
}

ssize_t ph_zvt_build_repeat(unsigned password, uint8_t service, uint8_t *out, size_t size)
{
	struct writer w = {0};

	put_bcd(&w, password, 3);
	put_byte(&w, PH_ZVT_BMP_SERVICE);
	put_byte(&w, service);
	return finish(&w, PH_ZVT_REPEAT_RECEIPT, out, size);
}

ssize_t ph_zvt_build_display(unsigned seconds, const char *line, uint8_t *out, size_t size)
{
	struct writer w = {0};
	size_t len = strlen(line);

	w.full = len > 99 || seconds > 0xff;
	put_byte(&w, PH_ZVT_BMP_DURATION);
	put_byte(&w, (uint8_t)seconds);
	put_byte(&w, PH_ZVT_BMP_LINE_1);
	put_byte(&w, (uint8_t)(0xf0 | len / 10 % 10));
	put_byte(&w, (uint8_t)(0xf0 | len % 10));
	put(&w, line, len);
	return finish(&w, PH_ZVT_DISPLAY_TEXT, out, size);
}

ssize_t ph_zvt_build_answer(uint8_t error, uint8_t *out, size_t size)
{
	const struct ph_zvt_apdu apdu = {
		.code = error ? (uint16_t)(PH_ZVT_NEGATIVE | error) : PH_ZVT_POSITIVE};

	return ph_zvt_apdu_encode(&apdu, out, size);
}
