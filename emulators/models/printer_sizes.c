// How long a command is when that depends on its parameters (Epson ESC/POS reference); what it does is
// in printer_parse.c.
#include "emulators/models/printer_handlers.h"

// lead ( fn pL pH data
size_t emu_size_counted(const uint8_t *b, size_t n)
{
	return n < 5 ? 5 : 5 + (size_t)emu_le16(b + 3);
}

size_t emu_size_counted4(const uint8_t *b, size_t n)
{
	return n < 7 ? 7 : 7 + ((size_t)emu_le16(b + 3) | (size_t)emu_le16(b + 5) << 16);
}

// ESC D: the list ends with NUL, with a stop that does not ascend, or when 32 are set
size_t emu_size_tabs(const uint8_t *b, size_t n)
{
	if (n < 3)
		return 3;
	bool ends = b[n - 1] == 0 || (n > 3 && b[n - 1] <= b[n - 2]) || n == 2 + MAX_TABS + 1;
	return ends ? n : n + 1;
}

size_t emu_size_cut(const uint8_t *b, size_t n)
{
	if (n < 3)
		return 3;
	uint8_t m = b[2];
	return m == 65 || m == 66 || m == 97 || m == 98 || m == 103 || m == 104 ? 4 : 3;
}

size_t emu_size_barcode(const uint8_t *b, size_t n)
{
	if (n < 4)
		return n < 3 ? 3 : 4;
	if (b[2] >= 65)
		return 4 + (size_t)b[3];
	return b[n - 1] == 0 || n >= 260 ? n : n + 1;
}

size_t emu_size_bit_image(const uint8_t *b, size_t n)
{
	if (n < 5)
		return 5;
	return 5 + (size_t)emu_le16(b + 3) * (b[2] == 32 || b[2] == 33 ? 3 : 1);
}

size_t emu_size_user_chars(const uint8_t *b, size_t n)
{
	if (n < 5)
		return 5;
	size_t at = 5;
	for (unsigned c = b[3]; c <= b[4]; c++) {
		if (n <= at)
			return at + 1;
		at += 1 + (size_t)b[at] * b[2];
	}
	return at;
}

size_t emu_size_down_image(const uint8_t *b, size_t n)
{
	return n < 4 ? 4 : 4 + (size_t)b[2] * b[3] * 8;
}

// x dots, y bytes
size_t emu_size_variable_image(const uint8_t *b, size_t n)
{
	return n < 8 ? 8 : 8 + (size_t)emu_le16(b + 4) * emu_le16(b + 6);
}

size_t emu_size_bmp(const uint8_t *b, size_t n)
{
	// 1D 44 30 43 30 kc1 kc2 30 31, then a BMP file that knows its length in bytes 2-5
	if (n < 15)
		return 15;
	return 9 + ((size_t)emu_le16(b + 11) | (size_t)emu_le16(b + 13) << 16);
}

// FS g 1 writes, FS g 2 reads the user's NV memory
size_t emu_size_fs_g(const uint8_t *b, size_t n)
{
	if (n < 3)
		return 3;
	if (b[2] != '1' && b[2] != '2')
		return 3;
	if (n < 10)
		return 10;
	return 10 + (b[2] == '1' ? (size_t)emu_le16(b + 8) : 0);
}

// FS a 0 has a parameter, the others have none
size_t emu_size_slip(const uint8_t *b, size_t n)
{
	return n < 3 ? 3 : b[2] == '0' ? 4 : 3;
}
