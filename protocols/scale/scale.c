// The reader around the decoders of the table: buffer, resynchronising, requests; waiting is left to the owner.
#include "protocols/scale/internal.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define STATUS_PLAIN 0x40 /* of the 8217: nothing to say */

void ph_scale_init(struct ph_scale *scale, const struct ph_scale_protocol *protocol,
	enum ph_scale_unit unit, int decimals)
{
	memset(scale, 0, sizeof *scale);
	scale->protocol = protocol;
	scale->unit = unit;
	scale->decimals = decimals;
}

void ph_scale_flush(struct ph_scale *scale)
{
	const uint8_t *end = memrchr(scale->buffer, '\r', scale->len);
	const uint8_t *rest = end ? end + 1 : scale->buffer;
	size_t len = scale->len - (size_t)(rest - scale->buffer);

	/* LF is all that comes behind a whole line */
	bool half = len > 0 && !(end && len == 1 && rest[0] == '\n');
	scale->skipping = scale->protocol->bare && (half || (scale->skipping && !end));
	scale->len = 0;
}

int ph_scale_request(
	struct ph_scale *scale, enum ph_scale_request request, uint8_t out[PH_SCALE_REQUEST_MAX])
{
	if (request >= PH_SCALE_REQUEST_COUNT || !scale->protocol->requests[request].len)
		return -ENOTSUP;
	ph_scale_flush(scale);
	scale->fine = request == PH_SCALE_REQUEST_FINE;
	memcpy(out, scale->protocol->requests[request].at, scale->protocol->requests[request].len);
	return scale->protocol->requests[request].len;
}

static bool all_digits(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789") == len;
}

int ph_scale_request_tare(
	struct ph_scale *scale, const char *digits, uint8_t out[PH_SCALE_REQUEST_MAX])
{
	if (!scale->protocol->digital_tare)
		return -ENOTSUP;
	if (!all_digits(digits, 5))
		return -EINVAL;
	ph_scale_flush(scale);
	scale->fine = false;
	out[0] = 'T';
	memcpy(out + 1, digits, 5);
	out[6] = 0x0d;
	return 7;
}

int ph_scale_dialog06_price(const char *price, const char *tare, uint8_t out[PH_SCALE_REQUEST_MAX])
{
	bool with_tare = tare && *tare;

	if (!all_digits(price, 6) || (with_tare && !all_digits(tare, 4)))
		return -EINVAL;
	return snprintf((char *)out, PH_SCALE_REQUEST_MAX, "\x04\x02%s\x1b%s\x1b%s\x03",
		with_tare ? "03" : "01", price, with_tare ? tare : "");
}

size_t ph_scale_feed(struct ph_scale *scale, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t room = sizeof scale->buffer - scale->len;
	size_t n = len < room ? len : room;

	for (size_t i = 0; i < n; i++)
		scale->buffer[scale->len++] = scale->protocol->mask ? bytes[i] & 0x7f : bytes[i];
	return n;
}

static void drop(struct ph_scale *scale, size_t n)
{
	n = n < scale->len ? n : scale->len;
	memmove(scale->buffer, scale->buffer + n, scale->len - n);
	scale->len -= n;
}

/* Some scales say a weight once and then "nothing new": that is the weight, until they say anything else. */
static void remember(struct ph_scale *scale, struct ph_scale_reading *reading)
{
	if (!scale->protocol->once)
		return;
	if (reading->kind == PH_SCALE_WEIGHT) {
		scale->last = *reading;
		scale->has_last = true;
	} else if (reading->kind == PH_SCALE_STATUS && reading->status == STATUS_PLAIN &&
		   scale->has_last && scale->last.fine == scale->fine) {
		*reading = scale->last;
		reading->unchanged = true;
	} else {
		scale->has_last = false;
	}
}

int ph_scale_next(struct ph_scale *scale, struct ph_scale_reading *ret_reading)
{
	while (scale->len) {
		struct ph_scale_reading reading = {.kind = PH_SCALE_STATUS};
		size_t dropped = 1;
		int n = scale->protocol->read(scale, scale->buffer, scale->len, &reading, &dropped);
		if (n > 0) {
			drop(scale, (size_t)n);
			remember(scale, &reading);
			*ret_reading = reading;
			return 1;
		}
		if (n == 0 && scale->len < sizeof scale->buffer)
			return 0;
		/* a frame that fills the whole buffer is none */
		scale->bad_frames += n != -EAGAIN;
		size_t line_ends = 0;
		while (line_ends < dropped && line_ends < scale->len &&
			(scale->buffer[line_ends] == '\r' || scale->buffer[line_ends] == '\n'))
			line_ends++;
		scale->noise += n == -EAGAIN ? (uint32_t)(dropped - line_ends) : 0;
		drop(scale, dropped ? dropped : 1);
	}
	return 0;
}

bool ph_scale_test_passed(const struct ph_scale_protocol *protocol, uint8_t status)
{
	unsigned bits = status & 0x1f;

	return protocol->test_passed_is_1 ? bits == 0x1f : bits == 0;
}

/* Where the next frame may begin behind the first byte. */
static size_t next_start(const uint8_t *data, size_t len, uint8_t start)
{
	const uint8_t *at = len > 1 ? memchr(data + 1, start, len - 1) : NULL;

	return at ? (size_t)(at - data) : len;
}

int ph_scale_frame(
	const uint8_t *data, size_t len, const uint8_t ends[2], size_t most, size_t *ret_drop)
{
	if (data[0] != ends[0]) {
		*ret_drop = next_start(data, len, ends[0]);
		return -EAGAIN;
	}
	size_t seen = len < most ? len : most;
	const uint8_t *end = memchr(data, ends[1], seen);
	if (!end && len < most)
		return 0;
	if (!end)
		return ph_scale_bad(ret_drop, next_start(data, seen, ends[0]));
	return (int)(end - data) + 1;
}

int ph_scale_line(struct ph_scale *scale, size_t most, size_t *ret_drop)
{
	const uint8_t *data = scale->buffer, *end = memchr(data, '\r', scale->len);
	size_t line = end ? (size_t)(end - data) + 1 : scale->len;

	if (scale->skipping || data[0] == '\n' || data[0] == '\r') {
		*ret_drop = scale->skipping ? line : 1;
		scale->skipping = scale->skipping && !end;
		return -EAGAIN;
	}
	if (line > most) {
		/* what is left of it would be a smaller number */
		scale->skipping = !end;
		return ph_scale_bad(ret_drop, line);
	}
	return end ? (int)line : 0;
}

static int add_digit(struct ph_scale_number *number, uint8_t digit)
{
	size_t n = strlen(number->digits);

	if (n == PH_SCALE_DIGITS_MAX)
		return -EBADMSG;
	number->digits[n] = (char)digit;
	return 0;
}

int ph_scale_number(const uint8_t *text, size_t len, struct ph_scale_number *ret_number)
{
	struct ph_scale_number number = {.digits = ""};
	size_t i = 0;
	bool point = false;

	while (len && text[len - 1] == ' ')
		len--;
	while (i < len && text[i] == ' ')
		i++;
	if (i < len && (text[i] == '+' || text[i] == '-')) {
		number.negative = text[i++] == '-';
		while (i < len && text[i] == ' ')
			i++;
	}
	for (; i < len; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';
		if (is_digit ? add_digit(&number, text[i]) < 0 : text[i] != '.' || point)
			return -EBADMSG;
		number.decimals += is_digit && point;
		point = point || text[i] == '.';
	}
	if (!number.digits[0])
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int ph_scale_fixed(const uint8_t *text, size_t len, int decimals, bool blanks,
	struct ph_scale_number *ret_number)
{
	struct ph_scale_number number = {.decimals = decimals};
	size_t i = 0;

	while (blanks && i < len && text[i] == ' ')
		i++;
	if (i == len)
		return -EBADMSG;
	for (; i < len; i++)
		if (text[i] < '0' || text[i] > '9' || add_digit(&number, text[i]) < 0)
			return -EBADMSG;
	*ret_number = number;
	return 0;
}

static const struct {
	const char *name;
	enum ph_scale_unit unit;
} units[] = {
	{"kg", PH_SCALE_UNIT_KG},
	{"g", PH_SCALE_UNIT_G},
	{"lb", PH_SCALE_UNIT_LB},
	{"oz", PH_SCALE_UNIT_OZ},
	{"mg", PH_SCALE_UNIT_MG},
	{"t", PH_SCALE_UNIT_T},
	{"ct", PH_SCALE_UNIT_CARAT},
	{"ot", PH_SCALE_UNIT_TROY_OZ},
	{"dw", PH_SCALE_UNIT_DWT},
	{"gr", PH_SCALE_UNIT_GRAIN},
	/* taels of Hong Kong, Singapore and Taiwan differ: the configuration says which is meant */
	{"tl", PH_SCALE_UNIT_TAEL},
	{"tj", PH_SCALE_UNIT_TAEL},
	{"sj", PH_SCALE_UNIT_TAEL},
	{"mo", PH_SCALE_UNIT_MOMME},
	{"to", PH_SCALE_UNIT_TOLA},
	{"%", PH_SCALE_UNIT_PERCENT},
	{"pc", PH_SCALE_UNIT_PIECES},
};

int ph_scale_unit(const uint8_t *text, size_t len, enum ph_scale_unit *ret_unit)
{
	char name[4] = "";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ')
			continue;
		if (n == sizeof name - 1)
			return -EBADMSG;
		name[n++] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 0x20 : text[i]);
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].name, name)) {
			*ret_unit = units[i].unit;
			return 0;
		}
	return -EBADMSG;
}

const char *ph_scale_unit_name(enum ph_scale_unit unit)
{
	static const char *const names[] = {
		[PH_SCALE_UNIT_NONE] = "",
		[PH_SCALE_UNIT_MG] = "mg",
		[PH_SCALE_UNIT_G] = "g",
		[PH_SCALE_UNIT_KG] = "kg",
		[PH_SCALE_UNIT_T] = "t",
		[PH_SCALE_UNIT_OZ] = "oz",
		[PH_SCALE_UNIT_LB] = "lb",
		[PH_SCALE_UNIT_LB_OZ] = "lb-oz",
		[PH_SCALE_UNIT_SHORT_TON] = "short-ton",
		[PH_SCALE_UNIT_TROY_OZ] = "troy-oz",
		[PH_SCALE_UNIT_DWT] = "dwt",
		[PH_SCALE_UNIT_CARAT] = "ct",
		[PH_SCALE_UNIT_GRAIN] = "gr",
		[PH_SCALE_UNIT_TAEL] = "tael",
		[PH_SCALE_UNIT_MOMME] = "momme",
		[PH_SCALE_UNIT_TOLA] = "tola",
		[PH_SCALE_UNIT_PERCENT] = "%",
		[PH_SCALE_UNIT_PIECES] = "pcs",
	};

	return (size_t)unit < PH_ARRAY_SIZE(names) ? names[unit] : "";
}

void ph_scale_settle(struct ph_scale_reading *reading)
{
	if (reading->over || reading->under_zero || reading->motion)
		reading->stable = false;
	if (!reading->over && !reading->under_zero && reading->kind == PH_SCALE_WEIGHT)
		return;
	reading->weight = reading->ounces = reading->total = (struct ph_scale_number){.digits = ""};
	reading->kind = reading->kind == PH_SCALE_WEIGHT ? PH_SCALE_STATUS : reading->kind;
}

void ph_scale_number_text(const struct ph_scale_number *number, char out[PH_SCALE_TEXT_MAX])
{
	int len = (int)strlen(number->digits), decimals = number->decimals;
	const char *sign = number->negative ? "-" : "";

	out[0] = '\0';
	if (!len || decimals < -8 || decimals > 15)
		return;
	if (decimals <= 0)
		snprintf(out, PH_SCALE_TEXT_MAX, "%s%s%.*s", sign, number->digits, -decimals,
			"00000000");
	else if (len > decimals)
		snprintf(out, PH_SCALE_TEXT_MAX, "%s%.*s.%s", sign, len - decimals, number->digits,
			number->digits + len - decimals);
	else
		snprintf(out, PH_SCALE_TEXT_MAX, "%s0.%.*s%s", sign, decimals - len,
			"000000000000000", number->digits);
}
