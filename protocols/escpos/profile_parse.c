// The keys of a profile by table: what each may be, and what goes together; sections are profile.c's.
#include "protocols/escpos/profile_parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define CUT_LINE_DOTS 30
#define NEEDED	      UINT32_MAX // no number stands for an unknown one

enum kind {
	TEXT,	// of at most `max` bytes
	NUMBER, // `min` to `max`; `unknown` and `probe` stand for `careful`
	WORD,	// one of `words`
	SET,	// bits of `words`, or `none`
	FONT,	// 12x24, or `none`
	USB	// 04b8:0202, or `none`
};

struct word {
	const char *text;
	uint32_t value;
};

struct key {
	const char *name;
	enum kind kind;
	uint16_t offset;
	uint8_t size; // of the member
	uint32_t min, max, careful;
	const struct word *words;
};

static const struct word yes_no[] = {{"no", 0}, {"yes", 1}, {"unknown", 0}, {NULL, 0}};
static const struct word support[] = {{"no", PH_ESCPOS_NO}, {"yes", PH_ESCPOS_YES},
	{"probe", PH_ESCPOS_PROBE}, {"unknown", PH_ESCPOS_NO}, {NULL, 0}};
static const struct word cutters[] = {{"none", PH_ESCPOS_CUTTER_NONE},
	{"partial", PH_ESCPOS_CUTTER_PARTIAL}, {"full", PH_ESCPOS_CUTTER_FULL},
	{"both", PH_ESCPOS_CUTTER_BOTH}, {"unknown", PH_ESCPOS_CUTTER_NONE}, {NULL, 0}};
static const struct word cuts[] = {{"gs_v_feed", PH_ESCPOS_CUT_GS_V_FEED},
	{"gs_v", PH_ESCPOS_CUT_GS_V}, {"esc", PH_ESCPOS_CUT_ESC}, {NULL, 0}};
static const struct word images[] = {{"none", PH_ESCPOS_IMAGE_NONE}, {"gs_l", PH_ESCPOS_IMAGE_GS_L},
	{"gs_v", PH_ESCPOS_IMAGE_GS_V}, {"esc_star", PH_ESCPOS_IMAGE_ESC_STAR}, {NULL, 0}};
static const struct word buzzers[] = {{"none", PH_ESCPOS_BUZZER_NONE},
	{"esc_paren_a", PH_ESCPOS_BUZZER_ESC_PAREN_A}, {"esc_b", PH_ESCPOS_BUZZER_ESC_B},
	{NULL, 0}};
static const struct word kanji[] = {{"none", PH_ESCPOS_KANJI_NONE},
	{"japanese", PH_ESCPOS_KANJI_JAPANESE}, {"china", PH_ESCPOS_KANJI_CHINA},
	{"taiwan", PH_ESCPOS_KANJI_TAIWAN}, {"korea", PH_ESCPOS_KANJI_KOREA},
	{"probe", PH_ESCPOS_KANJI_PROBE}, {NULL, 0}};
#define UPSIDE_DOWN 0x10000u // beside the PH_STYLE_* bits
static const struct word styles[] = {{"bold", PH_STYLE_BOLD}, {"underline", PH_STYLE_UNDERLINE},
	{"thick", PH_STYLE_THICK}, {"invert", PH_STYLE_INVERT}, {"rotate", PH_STYLE_ROTATE},
	{"red", PH_STYLE_RED}, {NULL, 0}};
static const struct word barcodes[] = {{"upca", 1u << PH_BARCODE_UPCA},
	{"upce", 1u << PH_BARCODE_UPCE}, {"ean13", 1u << PH_BARCODE_EAN13},
	{"ean8", 1u << PH_BARCODE_EAN8}, {"code39", 1u << PH_BARCODE_CODE39},
	{"itf", 1u << PH_BARCODE_ITF}, {"codabar", 1u << PH_BARCODE_CODABAR},
	{"code128", 1u << PH_BARCODE_CODE128}, {"code93", 1u << PH_BARCODE_CODE93},
	{"gs1_128", 1u << PH_BARCODE_GS1_128}, {"databar", 1u << PH_BARCODE_DATABAR},
	{"databar_truncated", 1u << PH_BARCODE_DATABAR_TRUNCATED},
	{"databar_limited", 1u << PH_BARCODE_DATABAR_LIMITED},
	{"databar_expanded", 1u << PH_BARCODE_DATABAR_EXPANDED}, {NULL, 0}};
static const struct word codes2d[] = {{"pdf417", 1u << PH_CODE2D_PDF417},
	{"aztec", 1u << PH_CODE2D_AZTEC}, {"datamatrix", 1u << PH_CODE2D_DATAMATRIX},
	{"maxicode", 1u << PH_CODE2D_MAXICODE},
	{"databar_stacked", 1u << PH_CODE2D_DATABAR_STACKED},
	{"databar_stacked_omni", 1u << PH_CODE2D_DATABAR_STACKED_OMNI},
	{"databar_expanded_stacked", 1u << PH_CODE2D_DATABAR_EXPANDED_STACKED},
	{"composite", 1u << PH_CODE2D_COMPOSITE}, {NULL, 0}};
static const struct word quirks[] = {{"no_position", PH_ESCPOS_QUIRK_NO_POSITION},
	{"no_esc_j", PH_ESCPOS_QUIRK_NO_ESC_J}, {"lf_after_image", PH_ESCPOS_QUIRK_LF_AFTER_IMAGE},
	{NULL, 0}};

#define MEMBER(m) offsetof(struct ph_escpos_profile, m), sizeof(((struct ph_escpos_profile *)0)->m)

static const struct key keys[] = {
	{"vendor", TEXT, MEMBER(vendor), 0, PH_ESCPOS_PROFILE_VENDOR_MAX, 0, NULL},
	{"models", TEXT, MEMBER(models), 0, PH_ESCPOS_PROFILE_MODELS_MAX, 0, NULL},
	{"usb", USB, MEMBER(usb), 0, 0, 0, NULL},
	{"width_dots", NUMBER, MEMBER(width_dots), 64, 2400, NEEDED, NULL},
	{"dpi", NUMBER, MEMBER(dpi), 60, 600, NEEDED, NULL},
	{"paper_mm", NUMBER, MEMBER(paper_mm), 20, 255, 0, NULL},
	{"font_a", FONT, MEMBER(font[PH_FONT_A]), 0, 0, 0, NULL},
	{"font_b", FONT, MEMBER(font[PH_FONT_B]), 0, 0, 0, NULL},
	{"font_c", FONT, MEMBER(font[PH_FONT_C]), 0, 0, 0, NULL},
	{"kanji", WORD, MEMBER(kanji), 0, 0, 0, kanji},
	{"utf8", WORD, MEMBER(utf8), 0, 0, 0, yes_no},
	{"kanji_default_on", WORD, MEMBER(kanji_default_on), 0, 0, 0, yes_no},
	{"size_max", NUMBER, MEMBER(size_max), 1, 8, 1, NULL},
	{"line_dots", NUMBER, MEMBER(line_dots), 8, 60, NEEDED, NULL},
	{"units_y", NUMBER, MEMBER(units_y), 1, 4, 0, NULL},
	{"cutter", WORD, MEMBER(cutter), 0, 0, 0, cutters},
	{"cut", WORD, MEMBER(cut), 0, 0, 0, cuts},
	{"feed_before_cut", NUMBER, MEMBER(feed_before_cut), 0, 20, 4, NULL},
	{"cutter_dots", NUMBER, MEMBER(cutter_dots), 1, 600, 0, NULL},
	{"rx_buffer", NUMBER, MEMBER(rx_buffer), 64, 65535, 4096, NULL},
	{"gs_paren_h", WORD, MEMBER(gs_paren_h), 0, 0, 0, support},
	{"asb", WORD, MEMBER(asb), 0, 0, 0, support},
	{"eot", WORD, MEMBER(eot), 0, 0, 0, support},
	{"gs_r", WORD, MEMBER(gs_r), 0, 0, 0, support},
	{"gs_r_barrier", WORD, MEMBER(gs_r_barrier), 0, 0, 0, yes_no},
	{"buffer_clear", WORD, MEMBER(buffer_clear), 0, 0, 0, yes_no},
	{"realtime_in_data", WORD, MEMBER(realtime_in_data), 0, 0, 0, yes_no},
	{"gs_paren_d", WORD, MEMBER(gs_paren_d), 0, 0, 0, yes_no},
	{"image", WORD, MEMBER(image), 0, 0, 0, images},
	{"band_rows", NUMBER, MEMBER(band_rows), 24, 255, 24, NULL},
	{"esc_star", WORD, MEMBER(esc_star), 0, 0, 0, yes_no},
	{"graphics_keys", WORD, MEMBER(graphics_keys), 0, 0, 0, support},
	{"barcodes", SET, MEMBER(barcodes), 0, 0, 0, barcodes},
	{"qr", WORD, MEMBER(qr), 0, 0, 0, support},
	{"codes2d", SET, MEMBER(codes2d), 0, 0, 0, codes2d},
	{"page_mode", WORD, MEMBER(page_mode), 0, 0, 0, yes_no},
	{"page_dots", NUMBER, MEMBER(page_dots), 100, 65535, 0, NULL},
	{"drawers", NUMBER, MEMBER(drawers), 0, 2, NEEDED, NULL},
	{"pulse_on_ms", NUMBER, MEMBER(pulse_on_ms), 2, 510, 100, NULL},
	{"pulse_off_ms", NUMBER, MEMBER(pulse_off_ms), 2, 510, 500, NULL},
	{"buzzer", WORD, MEMBER(buzzer), 0, 0, 0, buzzers},
	{"baud", NUMBER, MEMBER(baud), 300, 1000000, 0, NULL},
	{"quirks", SET, MEMBER(quirks), 0, 0, 0, quirks},
};

int ph_profile_fail(struct ph_escpos_profile_error *error, unsigned line, const char *format, ...)
{
	va_list args;

	if (error) {
		error->line = line;
		va_start(args, format);
		vsnprintf(error->message, sizeof error->message, format, args);
		va_end(args);
	}
	return -EINVAL;
}

static void store(void *member, size_t size, uint32_t value)
{
	const uint8_t small = (uint8_t)value;
	const uint16_t middle = (uint16_t)value;

	memcpy(member,
		size == sizeof small	? (const void *)&small
		: size == sizeof middle ? (const void *)&middle
					: (const void *)&value,
		size);
}

static const struct word *find_word(const struct word *words, struct ph_ini_word text)
{
	while (words->text && !ph_ini_word_is(text, words->text))
		words++;
	return words->text ? words : NULL;
}

static int set_bits(const struct word *words, struct ph_ini_word value, uint32_t *ret_bits)
{
	struct ph_ini_word word;
	uint32_t bits = 0;

	if (!value.len)
		return -EINVAL;
	if (ph_ini_word_is(value, "none"))
		value.len = 0;
	while (ph_ini_word_next(&value, 0, &word)) {
		const struct word *found = find_word(words, word);
		if (!found)
			return -EINVAL;
		bits |= found->value;
	}
	*ret_bits = bits;
	return 0;
}

static int set_number(const struct key *key, struct ph_ini_word value, void *member)
{
	unsigned number = key->careful;

	if (ph_ini_word_is(value, "unknown") || ph_ini_word_is(value, "probe")) {
		if (key->careful == NEEDED)
			return -EINVAL;
	} else if (ph_ini_word_number(value, key->max, &number) < 0 || number < key->min) {
		return -EINVAL;
	}
	store(member, key->size, number);
	return 0;
}

static int set_font(struct ph_ini_word value, uint8_t *font)
{
	struct ph_ini_word width, height;
	unsigned w, h;

	if (ph_ini_word_is(value, "none")) {
		font[0] = font[1] = 0;
		return 0;
	}
	if (!ph_ini_word_next(&value, 'x', &width) || !ph_ini_word_next(&value, 'x', &height) ||
		ph_ini_word_number(width, 48, &w) < 0 || ph_ini_word_number(height, 48, &h) < 0 ||
		!w || !h)
		return -EINVAL;
	font[0] = (uint8_t)w;
	font[1] = (uint8_t)h;
	return 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int set_usb(struct ph_ini_word value, uint32_t *usb)
{
	struct ph_ini_word word;
	size_t count = 0;

	memset(usb, 0, PH_ESCPOS_PROFILE_USB_MAX * sizeof *usb);
	if (ph_ini_word_is(value, "none"))
		return 0;
	while (ph_ini_word_next(&value, 0, &word)) {
		if (word.len != 9 || word.data[4] != ':' || count == PH_ESCPOS_PROFILE_USB_MAX)
			return -EINVAL;
		for (size_t i = 0; i < 9; i += i == 3 ? 2 : 1) {
			const int digit = hex_digit(word.data[i]);
			if (digit < 0)
				return -EINVAL;
			usb[count] = usb[count] << 4 | (uint32_t)digit;
		}
		count++;
	}
	return count ? 0 : -EINVAL;
}

static int set_text(const struct key *key, struct ph_ini_word value, char *text)
{
	if (value.len > key->max)
		return -EINVAL;
	memcpy(text, value.data, value.len);
	text[value.len] = 0;
	return 0;
}

static int set_word(const struct key *key, struct ph_ini_word value, void *member)
{
	const struct word *found = find_word(key->words, value);

	if (!found)
		return -EINVAL;
	store(member, key->size, found->value);
	return 0;
}

static int set_value(const struct key *key, struct ph_ini_word value, void *member)
{
	uint32_t bits;

	switch (key->kind) {
	case TEXT:
		return set_text(key, value, member);
	case NUMBER:
		return set_number(key, value, member);
	case WORD:
		return set_word(key, value, member);
	case SET:
		if (set_bits(key->words, value, &bits) < 0)
			return -EINVAL;
		store(member, key->size, bits);
		return 0;
	case FONT:
		return set_font(value, member);
	case USB:
		return set_usb(value, member);
	}
	return -EINVAL;
}

static int set_styles(struct ph_escpos_profile *profile, struct ph_ini_word value)
{
	struct ph_ini_word word;
	uint32_t bits = 0;

	if (ph_ini_word_is(value, "none"))
		value.len = 0;
	while (ph_ini_word_next(&value, 0, &word)) {
		const struct word *found = find_word(styles, word);
		if (!found && !ph_ini_word_is(word, "upside_down"))
			return -EINVAL;
		bits |= found ? found->value : UPSIDE_DOWN;
	}
	profile->styles = (uint16_t)bits;
	profile->upside_down = bits & UPSIDE_DOWN;
	return 0;
}

int ph_profile_set(struct ph_escpos_profile *profile, struct ph_ini_word key,
	struct ph_ini_word value, unsigned line, struct ph_escpos_profile_error *error)
{
	int r = -ENOENT;

	if (ph_ini_word_is(key, "styles"))
		r = set_styles(profile, value);
	for (size_t i = 0; r == -ENOENT && i < PH_ARRAY_SIZE(keys); i++) {
		if (ph_ini_word_is(key, keys[i].name))
			r = set_value(&keys[i], value, (char *)profile + keys[i].offset);
	}
	if (r == -ENOENT)
		return ph_profile_fail(
			error, line, "there is no key '%.*s'", (int)key.len, key.data);
	if (r < 0)
		return ph_profile_fail(error, line, "'%.*s' cannot be '%.*s'", (int)key.len,
			key.data, (int)value.len, value.data);
	return 0;
}

static void remove_page(struct ph_escpos_profile *profile, unsigned i)
{
	profile->page_count--;
	memmove(&profile->pages[i], &profile->pages[i + 1],
		(profile->page_count - i) * sizeof profile->pages[0]);
}

void ph_profile_drop_page(struct ph_escpos_profile *profile, unsigned n)
{
	for (unsigned i = profile->page_count; i-- > 0;) {
		if (profile->pages[i].n == n)
			remove_page(profile, i);
	}
}

int ph_profile_add_page(struct ph_escpos_profile *profile, struct ph_ini_word n,
	struct ph_ini_word page, unsigned line, struct ph_escpos_profile_error *error)
{
	char name[24];
	unsigned number, i = 0;
	int found;

	if (page.len >= sizeof name || ph_ini_word_number(n, 255, &number) < 0)
		return ph_profile_fail(error, line, "expected NUMBER = PAGE, number at most 255");
	memcpy(name, page.data, page.len);
	name[page.len] = 0;
	found = ph_codepage_by_name(name);
	if (found < 0)
		return ph_profile_fail(error, line, "there is no code page '%s'", name);
	while (i < profile->page_count && profile->pages[i].n != number)
		i++;
	if (i < profile->page_count && profile->pages[i].page != found)
		remove_page(profile, i);
	i = 0;
	while (i < profile->page_count && profile->pages[i].page != found)
		i++;
	if (i == PH_ESCPOS_PROFILE_PAGES_MAX)
		return ph_profile_fail(error, line, "too many code pages");
	profile->pages[i] = (struct ph_escpos_page){(uint8_t)number, (uint8_t)found};
	profile->page_count = (uint8_t)(i < profile->page_count ? profile->page_count : i + 1);
	return 0;
}

int ph_profile_complete(
	struct ph_escpos_profile *profile, unsigned line, struct ph_escpos_profile_error *error)
{
	if (!profile->width_dots || !profile->dpi || !profile->font[PH_FONT_A][0])
		return ph_profile_fail(error, line, "width_dots, dpi and font_a are needed");
	if (!profile->page_count)
		return ph_profile_fail(error, line, "codepages is needed");
	if (!profile->rx_buffer || !profile->line_dots || !profile->size_max)
		return ph_profile_fail(error, line, "rx_buffer, line_dots and size_max are needed");
	if (profile->image != PH_ESCPOS_IMAGE_NONE && !profile->band_rows)
		return ph_profile_fail(error, line, "image needs band_rows");
	if (profile->page_mode && (!profile->page_dots || !profile->units_y))
		return ph_profile_fail(error, line, "page_mode needs page_dots and units_y");
	for (int i = 0; i < PH_FONT_COUNT; i++) {
		const unsigned cell = profile->font[i][0];
		const unsigned columns = cell ? profile->width_dots / cell : 0;
		if (columns > 255 || (cell && columns < 8))
			return ph_profile_fail(error, line, "%u cells to a line", columns);
		profile->columns[i] = (uint8_t)columns;
	}
	if (profile->cutter_dots)
		profile->feed_before_cut =
			(uint8_t)((profile->cutter_dots + CUT_LINE_DOTS - 1u) / CUT_LINE_DOTS);
	profile->charset_default = profile->pages[0].n;
	return 0;
}
