// Upper bounds of what bar codes and 2-D codes take; QR codes are in qr_size.c.
#include "protocols/receipt/code_size.h"

#include <stdlib.h>
#include <string.h>

#define PDF417_WORDS_MAX 925 // of data and error correction, the length not counted
#define PDF417_ROW	 3   // height of a row in modules

unsigned ph_code93_modules(const char *data, size_t len)
{
	static const char single[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
	unsigned characters = 0;

	for (size_t i = 0; i < len; i++)
		characters += data[i] && strchr(single, data[i]) ? 1 : 2;
	// start, two check characters, stop and the bar behind it
	return 9 * (characters + 4) + 1;
}

unsigned ph_pdf417_level(const struct ph_receipt_code2d *code)
{
	if (code->ec <= 8)
		return code->ec;
	return code->len <= 40 ? 2 : code->len <= 160 ? 3 : code->len <= 320 ? 4 : 5;
}

static bool is_text(char c)
{
	return (c >= 0x20 && c <= 0x7e) || c == '\t' || c == '\n' || c == '\r';
}

// Text compaction takes at most two values of half a codeword for a character, byte compaction a codeword for a byte;
// a change between them takes one, and one more the way back. Encoders waste some: libzint up to two, measured.
static unsigned pdf417_words(const struct ph_receipt_code2d *code)
{
	unsigned words = code->len + (2u << ph_pdf417_level(code)) + code->len / 8u + 3;
	bool text = true;

	for (unsigned i = 0; i < code->len; i++) {
		words += is_text(code->data[i]) != text;
		text = is_text(code->data[i]);
	}
	return words;
}

bool ph_pdf417_shape(const struct ph_receipt_code2d *code, unsigned modules, unsigned *ret_columns,
	unsigned *ret_rows)
{
	const unsigned words = pdf417_words(code), frame = code->truncated ? 35 : 69;
	const unsigned most = modules < frame ? 0 : (modules - frame) / 17;
	int distance = 0;
	bool found = false;

	if (words > PDF417_WORDS_MAX)
		return false;
	for (unsigned columns = 1; columns <= most && columns <= 30; columns++) {
		unsigned rows = words / columns + 1; // the length is a word as well
		rows = rows < 3 ? 3 : rows;
		if ((code->columns && columns != code->columns) ||
			(code->rows && rows > code->rows))
			continue;
		rows = code->rows ? code->rows : rows;
		if (rows > 90 || rows * columns > PDF417_WORDS_MAX + 3)
			continue;
		const int off = abs((int)(17 * columns + frame) - (int)(3 * PDF417_ROW * rows));
		if (!found || off < distance) {
			*ret_columns = columns;
			*ret_rows = rows;
			distance = off;
			found = true;
		}
	}
	return found;
}

enum maxi_set { SET_A = 1, SET_B, SET_OTHER };

static enum maxi_set maxi_set(char c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= '"' && c <= ':') || (c && strchr("\r\x1c\x1d\x1e ", c)))
		return SET_A;
	return (c >= 'a' && c <= 'z') || (c && strchr("`{}~;<=>?[\\]^_@!|", c)) ? SET_B : SET_OTHER;
}

bool ph_maxicode_fits(const struct ph_receipt_code2d *code)
{
	const unsigned most = code->mode == 5 ? 77 : 93;
	unsigned words = code->len;
	enum maxi_set set = SET_A;

	// a latch before each change of the set
	for (unsigned i = 0; i < code->len; i++) {
		const enum maxi_set next = maxi_set(code->data[i]);
		if (next == SET_OTHER)
			return false;
		words += next != set;
		set = next;
	}
	return code->mode >= 4 && words <= most;
}
