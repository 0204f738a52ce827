// Answers questions about characters from generated tables; shaping is not attempted.
#include "protocols/receipt/width.h"

#include "base/cleanup.h"
#include "base/utf8.h"

struct range {
	uint32_t first, last;
};

struct composition {
	uint32_t base, mark, composed;
};

#include "width_tables.h"

#define ZWSP 0x200b
#define ZWJ  0x200d
#define VS16 0xfe0f // asks for the look of an emoji

static bool in_ranges(const struct range *ranges, size_t count, uint32_t cp)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (cp > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && cp >= ranges[low].first;
}
#define IN(ranges, cp) in_ranges(ranges, PH_ARRAY_SIZE(ranges), cp)

unsigned ph_char_cells(uint32_t cp)
{
	if (cp < 0x300 || (cp >= 0x370 && cp < 0x483)) // Greek and Cyrillic letters
		return 1;
	if ((cp >= 0x4e00 && cp <= 0x9fff) || (cp >= 0xac00 && cp <= 0xd7a3))
		return 2;
	if (IN(no_cell, cp))
		return 0;
	return IN(two_cells, cp) ? 2 : 1;
}

// Hangul syllables are computed (Unicode Standard, section 3.12); 0 for what is none.
static uint32_t compose_hangul(uint32_t base, uint32_t mark)
{
	if (base >= 0x1100 && base <= 0x1112 && mark >= 0x1161 && mark <= 0x1175)
		return 0xac00 + ((base - 0x1100) * 21 + (mark - 0x1161)) * 28;
	if (base >= 0xac00 && base <= 0xd7a3 && (base - 0xac00) % 28 == 0 && mark > 0x11a7 &&
		mark <= 0x11c2)
		return base + (mark - 0x11a7);
	return 0;
}

uint32_t ph_char_compose(uint32_t base, uint32_t mark)
{
	size_t low = 0, high = PH_ARRAY_SIZE(compositions);

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct composition *row = &compositions[middle];
		if (row->base < base || (row->base == base && row->mark < mark))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == PH_ARRAY_SIZE(compositions) || compositions[low].base != base ||
		compositions[low].mark != mark)
		return compose_hangul(base, mark);
	return compositions[low].composed;
}

bool ph_char_rtl(uint32_t cp)
{
	return (cp >= 0x590 && cp <= 0x8ff) || (cp >= 0xfb1d && cp <= 0xfdff) ||
	       (cp >= 0xfe70 && cp <= 0xfefc) || (cp >= 0x10800 && cp <= 0x10fff) ||
	       (cp >= 0x1e800 && cp <= 0x1efff);
}

// --- clusters ---------------------------------------------------------------------------------

static bool is_pictograph(uint32_t cp)
{
	return (cp >= 0x1f000 && cp <= 0x1faff) || (cp >= 0x2190 && cp <= 0x2bff) || cp == 0xa9 ||
	       cp == 0xae || cp == 0x203c || cp == 0x2049 || cp == 0x2122 || cp == 0x2139 ||
	       cp == 0x3030 || cp == 0x303d || cp == 0x3297 || cp == 0x3299;
}

static bool is_flag_letter(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

static bool is_skin_tone(uint32_t cp)
{
	return cp >= 0x1f3fb && cp <= 0x1f3ff;
}

// Vowels that are written before the consonant they are spoken after.
static bool is_front_vowel(uint32_t cp)
{
	return (cp >= 0xe40 && cp <= 0xe44) || (cp >= 0xec0 && cp <= 0xec4);
}

// A cluster on its way.
struct growing {
	uint32_t first, last;
	unsigned cells;
	bool pictograph; // the last character that takes cells is one
	bool pair;	 // two flag letters
};

// Cells that `cp` adds when it belongs to the cluster; -1 when it begins the next one.
static int joins(const struct growing *cluster, uint32_t cp)
{
	const unsigned cells = ph_char_cells(cp);

	if (cp < 0x483 && cells)
		return -1;
	if (cells == 0)
		return cp == ZWSP ? -1 : cp == VS16 && is_pictograph(cluster->last) ? 2 : 0;
	if (cluster->last == ZWJ && cluster->pictograph && is_pictograph(cp))
		return 0;
	if (is_skin_tone(cp) && cluster->pictograph)
		return 0;
	if (is_flag_letter(cp))
		return is_flag_letter(cluster->last) && !cluster->pair ? (int)cells : -1;
	if (IN(spacing_marks, cp) || is_front_vowel(cluster->last))
		return (int)cells;
	if (IN(viramas, cluster->last) && cp >> 7 == cluster->last >> 7)
		return (int)cells; // a conjunct of the same script block
	return -1;
}

static void grow(struct growing *cluster, uint32_t cp, unsigned cells)
{
	if (cp == VS16 && cells)
		cluster->cells = cluster->cells < 2 ? 2 : cluster->cells;
	else
		cluster->cells += cells;
	cluster->pair = cluster->pair || is_flag_letter(cp);
	if (ph_char_cells(cp))
		cluster->pictograph = is_pictograph(cp);
	if (cp != ZWJ || !IN(viramas, cluster->last))
		cluster->last = cp;
}

// No character below U+0300 belongs to the one before it, and their first bytes are below this.
#define FIRST_JOINER 0xcc

uint32_t ph_cluster(
	const char *text, size_t len, unsigned most, uint32_t *ret_cp, unsigned *ret_cells)
{
	uint32_t cp = 0, size = (uint32_t)ph_utf8_decode(text, len, &cp);

	*ret_cp = cp;
	*ret_cells = ph_char_cells(cp);
	if (size >= len || (unsigned char)text[size] < FIRST_JOINER || cp < 0x20 || cp == ZWSP)
		return size;
	struct growing cluster = {
		.first = cp, .last = cp, .cells = *ret_cells, .pictograph = is_pictograph(cp)};
	while (size < len) {
		const int step = ph_utf8_decode(text + size, len - size, &cp);
		const int cells = joins(&cluster, cp);
		if (cells < 0 || cluster.cells + (unsigned)cells > most + (cp == VS16))
			break;
		grow(&cluster, cp, (unsigned)cells);
		size += (uint32_t)step;
	}
	*ret_cells = cluster.cells;
	return size;
}

uint32_t ph_text_measure(const char *text, size_t len, bool *ret_wide)
{
	uint32_t sum = 0, cp;
	unsigned cells;
	bool wide = false;

	for (size_t i = 0; i < len; sum += cells) {
		i += ph_cluster(text + i, len - i, PH_CLUSTER_CELLS, &cp, &cells);
		wide = wide || cells > 1;
	}
	*ret_wide = wide;
	return sum;
}

uint32_t ph_text_cells(const char *text, size_t len)
{
	bool wide;

	return ph_text_measure(text, len, &wide);
}

// --- where lines may end ----------------------------------------------------------------------

// Behind these no line ends: opening brackets and quotation marks.
static bool is_opening(uint32_t cp)
{
	static const struct range opening[] = {{'(', '('}, {'[', '['}, {'{', '{'}, {0x2018, 0x2018},
		{0x201c, 0x201c}, {0x3008, 0x3008}, {0x300a, 0x300a}, {0x300c, 0x300c},
		{0x300e, 0x300e}, {0x3010, 0x3010}, {0x3014, 0x3014}, {0x3016, 0x3016},
		{0x3018, 0x3018}, {0x301a, 0x301a}, {0x301d, 0x301d}, {0xff08, 0xff08},
		{0xff3b, 0xff3b}, {0xff5b, 0xff5b}, {0xff5f, 0xff5f}, {0xff62, 0xff62}};
	return IN(opening, cp);
}

// With these no line begins: closing punctuation, small kana, prolonged and repeated sounds.
static bool is_closing(uint32_t cp)
{
	static const struct range closing[] = {{'!', '!'}, {'%', '%'}, {')', ')'}, {',', ','},
		{'.', '.'}, {':', ';'}, {'?', '?'}, {']', ']'}, {'}', '}'}, {0x2019, 0x2019},
		{0x201d, 0x201d}, {0x2026, 0x2026}, {0x203c, 0x203c}, {0x2047, 0x2049},
		{0x3001, 0x3002}, {0x3005, 0x3005}, {0x3009, 0x3009}, {0x300b, 0x300b},
		{0x300d, 0x300d}, {0x300f, 0x300f}, {0x3011, 0x3011}, {0x3015, 0x3015},
		{0x3017, 0x3017}, {0x3019, 0x3019}, {0x301b, 0x301c}, {0x301e, 0x301f},
		{0x303b, 0x303b}, {0x3041, 0x3041}, {0x3043, 0x3043}, {0x3045, 0x3045},
		{0x3047, 0x3047}, {0x3049, 0x3049}, {0x3063, 0x3063}, {0x3083, 0x3083},
		{0x3085, 0x3085}, {0x3087, 0x3087}, {0x308e, 0x308e}, {0x3095, 0x3096},
		{0x309b, 0x309e}, {0x30a0, 0x30a1}, {0x30a3, 0x30a3}, {0x30a5, 0x30a5},
		{0x30a7, 0x30a7}, {0x30a9, 0x30a9}, {0x30c3, 0x30c3}, {0x30e3, 0x30e3},
		{0x30e5, 0x30e5}, {0x30e7, 0x30e7}, {0x30ee, 0x30ee}, {0x30f5, 0x30f6},
		{0x30fb, 0x30fe}, {0x31f0, 0x31ff}, {0xff01, 0xff01}, {0xff05, 0xff05},
		{0xff09, 0xff09}, {0xff0c, 0xff0c}, {0xff0e, 0xff0e}, {0xff1a, 0xff1b},
		{0xff1f, 0xff1f}, {0xff3d, 0xff3d}, {0xff5d, 0xff5d}, {0xff60, 0xff61},
		{0xff63, 0xff65}, {0xff67, 0xff70}, {0xff9e, 0xff9f}};
	return IN(closing, cp);
}

static bool is_wide(uint32_t cp)
{
	return ph_char_cells(cp) == 2 || (cp >= 0xff61 && cp <= 0xff9f);
}

static bool is_letter(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || cp >= 0xc0;
}

bool ph_may_break(uint32_t before, uint32_t after)
{
	if (before == ZWSP)
		return true;
	if (before == '-' || before == 0x2010 || before == 0x2013)
		return is_letter(after);
	if (after < 0x300 && before < 0x300)
		return false;
	if (!is_wide(before) && !is_wide(after))
		return false;
	return before != 0xa0 && after != 0xa0 && !is_opening(before) && !is_closing(after);
}
