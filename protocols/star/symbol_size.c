// Data and width of the symbols that a Star printer draws itself; placing them is encode_symbol.c's.
#include "protocols/star/symbol_size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/receipt/code_size.h"
#include "protocols/star/star_const.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int put(struct ph_star_bars *bars, char c)
{
	if (bars->len == sizeof bars->data)
		return -E2BIG;
	bars->data[bars->len++] = (uint8_t)c;
	return 0;
}

// --- Code 128 ---------------------------------------------------------------------------------

// `%` begins an escape: %0 itself, %5 DEL, %@ to %_ the control characters, %1 FNC1.
static int put_escaped(struct ph_star_bars *bars, char c)
{
	const unsigned char byte = (unsigned char)c;
	char escape = 0;

	if (byte >= 0x80)
		return -EINVAL;
	if (c == '%')
		escape = '0';
	else if (byte == 0x7f)
		escape = '5';
	else if (byte < 0x20)
		escape = (char)(byte + 0x40);
	if (!escape)
		return put(bars, c);
	int r = put(bars, '%');
	return r < 0 ? r : put(bars, escape);
}

static size_t count_digits(const char *data, size_t len)
{
	size_t count = 0;

	while (count < len && data[count] >= '0' && data[count] <= '9')
		count++;
	return count;
}

// Symbols between start and check when runs of four digits and more become pairs, which is what a
// printer does that chooses the sets itself.
static unsigned code128_symbols(const char *data, size_t len)
{
	unsigned symbols = 0;
	char set = 0;

	for (size_t i = 0; i < len;) {
		const size_t digits = count_digits(data + i, len - i);
		const bool pairs = digits >= 4 || (digits == 2 && len == 2);
		const char wanted = pairs ? 'C' : (unsigned char)data[i] < 0x20 ? 'A' : 'B';
		if (set && set != wanted && !(set == 'A' && wanted == 'B' && data[i] < 0x60))
			symbols++;
		set = set == 'A' && wanted == 'B' && data[i] < 0x60 ? 'A' : wanted;
		symbols += pairs ? (unsigned)digits / 2 : 1;
		i += pairs ? digits / 2 * 2 : 1;
	}
	return symbols;
}

static int make_code128(const struct ph_receipt_barcode *code, struct ph_star_bars *bars)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < code->len; i++)
		r = put_escaped(bars, code->data[i]);
	bars->narrow = 35 + 11 * code128_symbols(code->data, code->len);
	bars->exact = false;
	return r;
}

// Application identifiers whose data have a fixed length end without FNC1 (GS1 General Specifications,
// 7.8.5: the first two digits).
static bool is_fixed(const char *ai)
{
	static const char fixed[][3] = {"00", "01", "02", "03", "04", "11", "12", "13", "14", "15",
		"16", "17", "18", "19", "20", "31", "32", "33", "34", "35", "36", "41"};

	for (size_t i = 0; i < COUNT(fixed); i++) {
		if (strncmp(ai, fixed[i], 2) == 0)
			return true;
	}
	return false;
}

// "(01)04006381333931(10)AB" with FNC1 in front and behind each element of open length.
static int make_gs1(const struct ph_receipt_barcode *code, struct ph_star_bars *bars)
{
	bool open = true; // FNC1 is due before the next element
	char flat[PH_RECEIPT_BARCODE_MAX + 1];
	size_t len = 0;
	unsigned separators = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < code->len; i++) {
		const char c = code->data[i];
		if (c == ')')
			continue;
		if (c != '(') {
			flat[len++] = c;
			r = put_escaped(bars, c);
			continue;
		}
		if (open) {
			separators++;
			r = put(bars, '%');
			r = r < 0 ? r : put(bars, '1');
		}
		open = !is_fixed(code->data + i + 1);
	}
	bars->narrow = 35 + 11 * (separators + code128_symbols(flat, len));
	bars->exact = false;
	return r;
}

// --- the others -------------------------------------------------------------------------------

// UPC-E goes out in its UPC-A form, which the printer shortens.
static void make_upce(const struct ph_receipt_barcode *code, struct ph_star_bars *bars)
{
	const char *six = code->data + 1;
	const unsigned last = (unsigned)(six[5] - '0');
	const unsigned head = last <= 2 ? 2 : last <= 4 ? last : 5; // digits before the zeros

	memset(bars->data, '0', 12);
	memcpy(bars->data + 1, six, head);
	if (last <= 2) {
		bars->data[3] = (uint8_t)six[5];
		memcpy(bars->data + 8, six + 2, 3);
	} else if (last <= 4) {
		memcpy(bars->data + 6 + head, six + head, 5 - head);
	} else {
		bars->data[10] = (uint8_t)six[5];
	}
	bars->data[11] = (uint8_t)code->data[7];
	bars->len = 12;
}

static void size_two_widths(const struct ph_receipt_barcode *code, struct ph_star_bars *bars)
{
	const unsigned n = code->len;

	if (code->type == PH_BARCODE_CODE39) {
		bars->narrow = 6 * (n + 2) + n + 1;
		bars->wide = 3 * (n + 2);
	} else if (code->type == PH_BARCODE_ITF) {
		bars->narrow = 3 * n + 6;
		bars->wide = 2 * n + 1;
	} else {
		bars->narrow = n - 1;
		for (unsigned i = 0; i < n; i++) {
			const bool two = strchr("0123456789-$", code->data[i]) != NULL;
			bars->wide += two ? 2 : 3;
			bars->narrow += two ? 5 : 4;
		}
	}
}

// Of GS1 DataBar Expanded: at most 6 bits a character, 12 bits a symbol character, a finder for two.
static unsigned expanded_modules(unsigned len)
{
	const unsigned chars = (6 * len + 11) / 12 + 2;

	return 4 + 17 * chars + 15 * ((chars + 1) / 2);
}

int ph_star_make_bars(const struct ph_receipt_barcode *code, struct ph_star_bars *bars)
{
	static const struct {
		uint8_t type, modules; // modules 0: by content
		uint8_t digits;	       // that are sent at most, 0 for all
	} rows[PH_BARCODE_COUNT] = {
		[PH_BARCODE_UPCA] = {PH_STAR_BAR_UPCA, 95, 0},
		[PH_BARCODE_UPCE] = {PH_STAR_BAR_UPCE, 51, 0},
		[PH_BARCODE_EAN13] = {PH_STAR_BAR_EAN13, 95, 0},
		[PH_BARCODE_EAN8] = {PH_STAR_BAR_EAN8, 67, 0},
		[PH_BARCODE_CODE39] = {PH_STAR_BAR_CODE39, 0, 0},
		[PH_BARCODE_ITF] = {PH_STAR_BAR_ITF, 0, 0},
		[PH_BARCODE_CODABAR] = {PH_STAR_BAR_CODABAR, 0, 0},
		[PH_BARCODE_CODE128] = {PH_STAR_BAR_CODE128, 0, 0},
		[PH_BARCODE_CODE93] = {PH_STAR_BAR_CODE93, 0, 0},
		[PH_BARCODE_GS1_128] = {PH_STAR_BAR_CODE128, 0, 0},
		[PH_BARCODE_DATABAR] = {PH_STAR_BAR_DATABAR, 96, 13},
		[PH_BARCODE_DATABAR_TRUNCATED] = {PH_STAR_BAR_TRUNCATED, 96, 13},
		[PH_BARCODE_DATABAR_LIMITED] = {PH_STAR_BAR_LIMITED, 79, 13},
		[PH_BARCODE_DATABAR_EXPANDED] = {PH_STAR_BAR_EXPANDED, 0, 0},
	};
	const uint8_t digits = rows[code->type].digits;

	bars->type = rows[code->type].type;
	bars->len = 0;
	bars->narrow = rows[code->type].modules;
	bars->wide = 0;
	bars->exact = true;
	if (code->type == PH_BARCODE_CODE128)
		return make_code128(code, bars);
	if (code->type == PH_BARCODE_GS1_128)
		return make_gs1(code, bars);
	if (code->type == PH_BARCODE_UPCE) {
		make_upce(code, bars);
		return 0;
	}
	for (unsigned i = 0; i < code->len; i++) {
		if ((unsigned char)code->data[i] < 0x20 || (unsigned char)code->data[i] > 0x7e)
			return -EINVAL;
	}
	bars->len = digits && code->len > digits ? digits : code->len;
	memcpy(bars->data, code->data, bars->len);
	if (code->type == PH_BARCODE_CODE93)
		bars->narrow = ph_code93_modules(code->data, code->len);
	else if (code->type == PH_BARCODE_DATABAR_EXPANDED)
		bars->narrow = expanded_modules(code->len);
	else if (!bars->narrow)
		size_two_widths(code, bars);
	bars->exact = code->type != PH_BARCODE_DATABAR_EXPANDED;
	return 0;
}

const struct ph_star_bar_mode *ph_star_bar_modes(enum ph_barcode_type type, unsigned *ret_count)
{
	static const struct ph_star_bar_mode modules[] = {{3, 4, 0}, {2, 3, 0}, {1, 2, 0}};
	static const struct ph_star_bar_mode code39[] = {{3, 4, 12}, {6, 4, 10}, {9, 4, 8},
		{2, 3, 9}, {5, 3, 8}, {8, 3, 6}, {1, 2, 6}, {4, 2, 5}, {7, 2, 4}};
	static const struct ph_star_bar_mode itf[] = {{3, 6, 15}, {6, 6, 12}, {9, 4, 12},
		{2, 4, 10}, {5, 4, 8}, {8, 3, 9}, {7, 2, 6}, {1, 2, 5}, {4, 2, 4}};

	if (type == PH_BARCODE_CODE39 || type == PH_BARCODE_CODABAR) {
		*ret_count = COUNT(code39);
		return code39;
	}
	if (type == PH_BARCODE_ITF) {
		*ret_count = COUNT(itf);
		return itf;
	}
	*ret_count = COUNT(modules);
	return modules;
}
