// Chooses the code sets of a Code 128 symbol; its width and place are decided in encode.c.
#include "protocols/escpos/code128.h"

#include <errno.h>
#include <stdbool.h>

#include "protocols/escpos/escpos_const.h"

struct code128 {
	uint8_t *out;
	size_t len;
	unsigned symbols;
	char set; // 'A', 'B', 'C'; 0 before the start
	bool full;
};

static void put(struct code128 *code, uint8_t byte)
{
	if (code->len == PH_CODE128_MAX)
		code->full = true;
	else
		code->out[code->len++] = byte;
}

static void select_set(struct code128 *code, char set)
{
	if (code->set == set)
		return;
	code->symbols += code->set != 0; // the start is counted with the frame
	code->set = set;
	put(code, '{');
	put(code, (uint8_t)set);
}

static size_t count_digits(const char *data, size_t len)
{
	size_t count = 0;

	while (count < len && data[count] >= '0' && data[count] <= '9')
		count++;
	return count;
}

// Set A when a control character comes before the next lower-case letter.
static char letters_set(const char *data, size_t len, char current)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)data[i] < 0x20)
			return 'A';
		if ((unsigned char)data[i] >= 0x60)
			return 'B';
	}
	return current == 'A' ? 'A' : 'B';
}

static void put_char(struct code128 *code, const char *data, size_t len)
{
	const bool control = (unsigned char)*data < 0x20, lower = (unsigned char)*data >= 0x60;

	if ((code->set != 'A' && code->set != 'B') || (code->set == 'A' && lower) ||
		(code->set == 'B' && control))
		select_set(code, letters_set(data, len, code->set));
	put(code, (uint8_t)*data);
	if (*data == '{')
		put(code, '{');
	code->symbols++;
}

static void put_all(struct code128 *code, const char *data, size_t len, bool pairs)
{
	for (size_t i = 0; i < len;) {
		const size_t digits = pairs ? count_digits(data + i, len - i) : 0;
		const bool edge = i == 0 || i + digits == len;
		const bool worth =
			digits >= 6 || (edge && digits >= 4) || (digits == len && len == 2);
		if (code->set == 'C' ? digits >= 2 : worth && (digits % 2 == 0 || code->set == 0)) {
			select_set(code, 'C');
			put(code, (uint8_t)((data[i] - '0') * 10 + data[i + 1] - '0'));
			code->symbols++;
			i += 2;
		} else {
			put_char(code, data + i, len - i);
			i++;
		}
	}
}

// Pairs of digits are single bytes, and 16 04, 16 05, 16 20 would be a real-time command.
static bool has_realtime_pair(const uint8_t *bytes, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (bytes[i - 1] == PH_EP_DLE &&
			(bytes[i] == PH_EP_EOT || bytes[i] == PH_EP_ENQ || bytes[i] == PH_EP_DC4))
			return true;
	}
	return false;
}

int ph_code128_encode(const char *data, size_t len, uint8_t *out, unsigned *ret_symbols)
{
	struct code128 code = {.out = out};

	put_all(&code, data, len, true);
	if (has_realtime_pair(out, code.len)) {
		code = (struct code128){.out = out};
		put_all(&code, data, len, false);
	}
	if (code.full)
		return -E2BIG;
	*ret_symbols = code.symbols;
	return (int)code.len;
}
