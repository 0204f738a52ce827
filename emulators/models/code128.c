// Code 128, GS1-128 and Code 93 as modules.
#include <errno.h>
#include <string.h>

#include "emulators/models/barcode_internal.h"

#define MAX_SYMBOLS 260u
#define FNC3	    96u
#define FNC2	    97u
#define SHIFT	    98u
#define CODE_C	    99u
#define CODE_B	    100u /* FNC4 in set B */
#define CODE_A	    101u /* FNC4 in set A */
#define FNC1	    102u
#define START_A	    103u
#define STOP	    106u

// ISO/IEC 15417, table 1
static const char *const widths[107] = {"212222", "222122", "222221", "121223", "121322", "131222",
	"122213", "122312", "132212", "221213", "221312", "231212", "112232", "122132", "122231",
	"113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
	"311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
	"111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311",
	"112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331", "231131",
	"213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221",
	"112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111",
	"241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212",
	"421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
	"114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214",
	"211232", "2331112"};

struct builder {
	struct ph_emu_bars *bars;
	unsigned values[MAX_SYMBOLS];
	size_t n;
	size_t text;
	char set; /* 'A' 'B' 'C', 0 before the start character */
};

static int add(struct builder *b, unsigned value)
{
	if (b->n + 2 >= MAX_SYMBOLS)
		return -EINVAL;
	b->values[b->n++] = value;
	return 0;
}

static int add_text(struct builder *b, char c)
{
	if (b->text + 1 >= PH_EMU_BARS_MAX_TEXT)
		return -EINVAL;
	b->bars->data[b->text++] = c;
	return 0;
}

static int select_set(struct builder *b, char set)
{
	int r;
	if (b->set == 0)
		r = add(b, START_A + (unsigned)(set - 'A'));
	else
		r = add(b, set == 'A' ? CODE_A : set == 'B' ? CODE_B : CODE_C);
	b->set = set;
	return r;
}

static int value_in_set(char set, uint8_t c)
{
	if (set == 'A' && c < 0x20)
		return c + 64;
	if (c >= 0x20 && c < (set == 'A' ? 0x60 : 0x80))
		return c - 0x20;
	return -EINVAL;
}

static int add_char(struct builder *b, char set, uint8_t c)
{
	int v = value_in_set(set, c);
	if (v < 0 || add(b, (unsigned)v) < 0)
		return -EINVAL;
	return add_text(b, (char)c);
}

static int add_pair(struct builder *b, uint8_t pair)
{
	if (pair > 99 || add(b, pair) < 0)
		return -EINVAL;
	add_text(b, (char)('0' + pair / 10));
	return add_text(b, (char)('0' + pair % 10));
}

static int finish(struct builder *b)
{
	unsigned sum = b->values[0];
	for (size_t i = 1; i < b->n; i++)
		sum += (unsigned)i * b->values[i];
	b->values[b->n++] = sum % 103;
	b->values[b->n++] = STOP;
	for (size_t i = 0; i < b->n; i++)
		if (ph_emu_bars_widths(b->bars, widths[b->values[i]]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < b->text; i++) {
		char c = b->bars->data[i];
		b->bars->hri[i] = (char)(c >= 0x20 && c < 0x7F ? c : ' ');
	}
	b->bars->hri_style = PH_EMU_HRI_SPREAD;
	return 0;
}

static int add_fnc(struct builder *b, uint8_t which)
{
	if (which == '1')
		return add(b, FNC1);
	if (b->set == 'C')
		return -EINVAL;
	if (which == '4')
		return add(b, b->set == 'A' ? CODE_A : CODE_B);
	return add(b, which == '2' ? FNC2 : FNC3);
}

// what stands behind a brace in the data of GS k 73; returns bytes used, negative when refused
static int add_escape(struct builder *b, const uint8_t *data, size_t len)
{
	if (len < 2)
		return -EINVAL;
	uint8_t c = data[1];
	if (c >= 'A' && c <= 'C')
		return b->set == (char)c ? 2 : select_set(b, (char)c) < 0 ? -EINVAL : 2;
	if (c >= '1' && c <= '4')
		return add_fnc(b, c) < 0 ? -EINVAL : 2;
	if (c == '{')
		return b->set == 'C' || add_char(b, b->set, '{') < 0 ? -EINVAL : 2;
	if (c != 'S' || b->set == 'C' || len < 3 || add(b, SHIFT) < 0)
		return -EINVAL;
	return add_char(b, b->set == 'A' ? 'B' : 'A', data[2]) < 0 ? -EINVAL : 3;
}

int ph_emu_bars_code128(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	struct builder b = {.bars = bars};
	if (len < 2 || len > 255 || data[0] != '{' || data[1] < 'A' || data[1] > 'C')
		return -EINVAL;
	for (size_t i = 0; i < len;) {
		int n = 1;
		if (data[i] == '{')
			n = add_escape(&b, data + i, len - i);
		else if (b.set == 'C')
			n = add_pair(&b, data[i]) < 0 ? -EINVAL : 1;
		else
			n = add_char(&b, b.set, data[i]) < 0 ? -EINVAL : 1;
		if (n < 0)
			return n;
		i += (size_t)n;
	}
	return finish(&b);
}

static size_t digits_at(const uint8_t *data, size_t len)
{
	size_t n = 0;
	while (n < len && data[n] >= '0' && data[n] <= '9')
		n++;
	return n;
}

static int add_auto(struct builder *b, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t digits = digits_at(data + i, len - i);
		if (b->set == 'C' ? digits >= 2 : digits >= 4 && digits % 2 == 0) {
			if (b->set != 'C' && select_set(b, 'C') < 0)
				return -EINVAL;
			uint8_t pair = (uint8_t)((data[i] - '0') * 10 + data[i + 1] - '0');
			if (add_pair(b, pair) < 0)
				return -EINVAL;
			i += 2;
			continue;
		}
		char set = data[i] < 0x20 ? 'A' : data[i] >= 0x60 || b->set != 'A' ? 'B' : 'A';
		if (b->set != set && select_set(b, set) < 0)
			return -EINVAL;
		if (add_char(b, set, data[i++]) < 0)
			return -EINVAL;
	}
	return 0;
}

int ph_emu_bars_code128_auto(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	struct builder b = {.bars = bars};
	if (len < 1 || len > 255 || add_auto(&b, data, len) < 0)
		return -EINVAL;
	return finish(&b);
}

int ph_emu_bars_gs1_128(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	struct builder b = {.bars = bars};
	uint8_t plain[255];
	size_t n = 0;

	if (len < 2 || len > 255)
		return -EINVAL;
	// brackets and spaces are for the eye only
	for (size_t i = 0; i < len; i++)
		if (data[i] != '(' && data[i] != ')' && data[i] != ' ')
			plain[n++] = data[i];
	if (n == 0)
		return -EINVAL;
	char first = digits_at(plain, n) >= 2 ? 'C' : 'B';
	if (select_set(&b, first) < 0 || add(&b, FNC1) < 0 || add_auto(&b, plain, n) < 0)
		return -EINVAL;
	return finish(&b);
}

// AIM USS Code 93: values 0-42 printable, 43-46 the shift characters, 47 start and stop
static const char code93_chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
static const char *const code93_widths[48] = {"131112", "111213", "111312", "111411", "121113",
	"121212", "121311", "111114", "131211", "141111", "211113", "211212", "211311", "221112",
	"221211", "231111", "112113", "112212", "112311", "122112", "132111", "111123", "111222",
	"111321", "121122", "131121", "212112", "212211", "211122", "211221", "221121", "222111",
	"112122", "112221", "122121", "123111", "121131", "311112", "311211", "321111", "112131",
	"113121", "211131", "121221", "312111", "311121", "122211", "111141"};

static unsigned code93_check(const unsigned *values, size_t n, unsigned max_weight)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[n - 1 - i] * (unsigned)(i % max_weight + 1);
	return sum % 47;
}

// a character of full ASCII as one value, or as a shift character and a letter; returns their number
static size_t code93_values(uint8_t c, unsigned out[static 2])
{
	static const struct {
		uint8_t first, last;
		unsigned shift;
		char letter; /* of the first */
	} shifts[] = {
		{0x00, 0x00, 44, 'U'},
		{0x01, 0x1A, 43, 'A'},
		{0x1B, 0x1F, 44, 'A'},
		{'!', ',', 45, 'A'},
		{':', ':', 45, 'Z'},
		{';', '?', 44, 'F'},
		{'@', '@', 44, 'V'},
		{'[', '_', 44, 'K'},
		{'`', '`', 44, 'W'},
		{'a', 'z', 46, 'A'},
		{'{', 0x7F, 44, 'P'},
	};
	const char *at = c ? strchr(code93_chars, c) : NULL;

	if (at) {
		out[0] = (unsigned)(at - code93_chars);
		return 1;
	}
	for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
		if (c < shifts[i].first || c > shifts[i].last)
			continue;
		out[0] = shifts[i].shift;
		out[1] = (unsigned)(shifts[i].letter - 'A' + c - shifts[i].first) + 10;
		return 2;
	}
	return 0;
}

int ph_emu_bars_code93(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	unsigned values[2 * 255 + 2];
	size_t n = 0;

	if (len < 1 || len > 255)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		size_t used = code93_values(data[i], values + n);
		if (used == 0)
			return -EINVAL;
		n += used;
		bars->data[i] = (char)data[i];
		bars->hri[i] = (char)(data[i] >= 0x20 && data[i] < 0x7F ? data[i] : ' ');
	}
	values[n] = code93_check(values, n, 20);
	n++;
	values[n] = code93_check(values, n, 15);
	n++;
	int r = ph_emu_bars_widths(bars, code93_widths[47]);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = ph_emu_bars_widths(bars, code93_widths[values[i]]);
	bars->hri_style = PH_EMU_HRI_SPREAD;
	bars->boxes = true;
	if (r == 0)
		r = ph_emu_bars_widths(bars, code93_widths[47]);
	return r < 0 ? r : ph_emu_bars_modules(bars, "1");
}
