// The keys of an ESC/POS profile, what goes together, and which profile a printer has by what it says.
#include "protocols/escpos/profile.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "protocols/profile/words.h"

#include "escpos_profiles.h"

#define CUT_LINE_DOTS 30

static const struct ph_profile_word support[] = {{"no", PH_ESCPOS_NO}, {"yes", PH_ESCPOS_YES},
	{"probe", PH_ESCPOS_PROBE}, {"unknown", PH_ESCPOS_NO}, {NULL, 0}};
static const struct ph_profile_word cutters[] = {{"none", PH_ESCPOS_CUTTER_NONE},
	{"partial", PH_ESCPOS_CUTTER_PARTIAL}, {"full", PH_ESCPOS_CUTTER_FULL},
	{"both", PH_ESCPOS_CUTTER_BOTH}, {"unknown", PH_ESCPOS_CUTTER_NONE}, {NULL, 0}};
static const struct ph_profile_word cuts[] = {{"gs_v_feed", PH_ESCPOS_CUT_GS_V_FEED},
	{"gs_v", PH_ESCPOS_CUT_GS_V}, {"esc", PH_ESCPOS_CUT_ESC}, {NULL, 0}};
static const struct ph_profile_word images[] = {{"none", PH_ESCPOS_IMAGE_NONE},
	{"gs_l", PH_ESCPOS_IMAGE_GS_L}, {"gs_v", PH_ESCPOS_IMAGE_GS_V},
	{"esc_star", PH_ESCPOS_IMAGE_ESC_STAR}, {NULL, 0}};
static const struct ph_profile_word buzzers[] = {{"none", PH_ESCPOS_BUZZER_NONE},
	{"esc_paren_a", PH_ESCPOS_BUZZER_ESC_PAREN_A}, {"esc_b", PH_ESCPOS_BUZZER_ESC_B},
	{NULL, 0}};
static const struct ph_profile_word kanji[] = {{"none", PH_ESCPOS_KANJI_NONE},
	{"japanese", PH_ESCPOS_KANJI_JAPANESE}, {"china", PH_ESCPOS_KANJI_CHINA},
	{"taiwan", PH_ESCPOS_KANJI_TAIWAN}, {"korea", PH_ESCPOS_KANJI_KOREA},
	{"probe", PH_ESCPOS_KANJI_PROBE}, {NULL, 0}};
#define UPSIDE_DOWN 0x10000u // beside the PH_STYLE_* bits
static const struct ph_profile_word styles[] = {{"bold", PH_STYLE_BOLD},
	{"underline", PH_STYLE_UNDERLINE}, {"thick", PH_STYLE_THICK}, {"invert", PH_STYLE_INVERT},
	{"rotate", PH_STYLE_ROTATE}, {"red", PH_STYLE_RED}, {"upside_down", UPSIDE_DOWN},
	{NULL, 0}};
static const struct ph_profile_word codes2d[] = {{"pdf417", 1u << PH_CODE2D_PDF417},
	{"aztec", 1u << PH_CODE2D_AZTEC}, {"datamatrix", 1u << PH_CODE2D_DATAMATRIX},
	{"maxicode", 1u << PH_CODE2D_MAXICODE},
	{"databar_stacked", 1u << PH_CODE2D_DATABAR_STACKED},
	{"databar_stacked_omni", 1u << PH_CODE2D_DATABAR_STACKED_OMNI},
	{"databar_expanded_stacked", 1u << PH_CODE2D_DATABAR_EXPANDED_STACKED},
	{"composite", 1u << PH_CODE2D_COMPOSITE}, {NULL, 0}};
static const struct ph_profile_word quirks[] = {{"no_position", PH_ESCPOS_QUIRK_NO_POSITION},
	{"no_esc_j", PH_ESCPOS_QUIRK_NO_ESC_J}, {"lf_after_image", PH_ESCPOS_QUIRK_LF_AFTER_IMAGE},
	{NULL, 0}};

#define MEMBER(m) PH_PROFILE_MEMBER(struct ph_escpos_profile, m)

static const struct ph_profile_key keys[] = {
	{"vendor", PH_PROFILE_TEXT, MEMBER(vendor), 0, PH_ESCPOS_PROFILE_VENDOR_MAX, 0, NULL},
	{"models", PH_PROFILE_TEXT, MEMBER(models), 0, PH_ESCPOS_PROFILE_MODELS_MAX, 0, NULL},
	{"usb", PH_PROFILE_USB, MEMBER(usb), 0, 0, 0, NULL},
	{"width_dots", PH_PROFILE_NUMBER, MEMBER(width_dots), 64, 2400, PH_PROFILE_NEEDED, NULL},
	{"dpi", PH_PROFILE_NUMBER, MEMBER(dpi), 60, 600, PH_PROFILE_NEEDED, NULL},
	{"paper_mm", PH_PROFILE_NUMBER, MEMBER(paper_mm), 20, 255, 0, NULL},
	{"font_a", PH_PROFILE_FONT, MEMBER(font[PH_FONT_A]), 0, 0, 0, NULL},
	{"font_b", PH_PROFILE_FONT, MEMBER(font[PH_FONT_B]), 0, 0, 0, NULL},
	{"font_c", PH_PROFILE_FONT, MEMBER(font[PH_FONT_C]), 0, 0, 0, NULL},
	{"kanji", PH_PROFILE_WORD, MEMBER(kanji), 0, 0, 0, kanji},
	{"utf8", PH_PROFILE_WORD, MEMBER(utf8), 0, 0, 0, ph_profile_yes_no},
	{"kanji_default_on", PH_PROFILE_WORD, MEMBER(kanji_default_on), 0, 0, 0, ph_profile_yes_no},
	{"size_max", PH_PROFILE_NUMBER, MEMBER(size_max), 1, 8, 1, NULL},
	{"line_dots", PH_PROFILE_NUMBER, MEMBER(line_dots), 8, 60, PH_PROFILE_NEEDED, NULL},
	{"units_y", PH_PROFILE_NUMBER, MEMBER(units_y), 1, 4, 0, NULL},
	{"cutter", PH_PROFILE_WORD, MEMBER(cutter), 0, 0, 0, cutters},
	{"cut", PH_PROFILE_WORD, MEMBER(cut), 0, 0, 0, cuts},
	{"feed_before_cut", PH_PROFILE_NUMBER, MEMBER(feed_before_cut), 0, 20, 4, NULL},
	{"cutter_dots", PH_PROFILE_NUMBER, MEMBER(cutter_dots), 1, 600, 0, NULL},
	{"rx_buffer", PH_PROFILE_NUMBER, MEMBER(rx_buffer), 64, 65535, 4096, NULL},
	{"gs_paren_h", PH_PROFILE_WORD, MEMBER(gs_paren_h), 0, 0, 0, support},
	{"asb", PH_PROFILE_WORD, MEMBER(asb), 0, 0, 0, support},
	{"eot", PH_PROFILE_WORD, MEMBER(eot), 0, 0, 0, support},
	{"gs_r", PH_PROFILE_WORD, MEMBER(gs_r), 0, 0, 0, support},
	{"gs_r_barrier", PH_PROFILE_WORD, MEMBER(gs_r_barrier), 0, 0, 0, ph_profile_yes_no},
	{"buffer_clear", PH_PROFILE_WORD, MEMBER(buffer_clear), 0, 0, 0, ph_profile_yes_no},
	{"realtime_in_data", PH_PROFILE_WORD, MEMBER(realtime_in_data), 0, 0, 0, ph_profile_yes_no},
	{"gs_paren_d", PH_PROFILE_WORD, MEMBER(gs_paren_d), 0, 0, 0, ph_profile_yes_no},
	{"image", PH_PROFILE_WORD, MEMBER(image), 0, 0, 0, images},
	{"band_rows", PH_PROFILE_NUMBER, MEMBER(band_rows), 24, 255, 24, NULL},
	{"esc_star", PH_PROFILE_WORD, MEMBER(esc_star), 0, 0, 0, ph_profile_yes_no},
	{"graphics_keys", PH_PROFILE_WORD, MEMBER(graphics_keys), 0, 0, 0, support},
	{"barcodes", PH_PROFILE_SET, MEMBER(barcodes), 0, 0, 0, ph_profile_barcodes},
	{"qr", PH_PROFILE_WORD, MEMBER(qr), 0, 0, 0, support},
	{"codes2d", PH_PROFILE_SET, MEMBER(codes2d), 0, 0, 0, codes2d},
	{"page_mode", PH_PROFILE_WORD, MEMBER(page_mode), 0, 0, 0, ph_profile_yes_no},
	{"page_dots", PH_PROFILE_NUMBER, MEMBER(page_dots), 100, 65535, 0, NULL},
	{"drawers", PH_PROFILE_NUMBER, MEMBER(drawers), 0, 2, PH_PROFILE_NEEDED, NULL},
	{"pulse_on_ms", PH_PROFILE_NUMBER, MEMBER(pulse_on_ms), 2, 510, 100, NULL},
	{"pulse_off_ms", PH_PROFILE_NUMBER, MEMBER(pulse_off_ms), 2, 510, 500, NULL},
	{"buzzer", PH_PROFILE_WORD, MEMBER(buzzer), 0, 0, 0, buzzers},
	{"baud", PH_PROFILE_NUMBER, MEMBER(baud), 300, 1000000, 0, NULL},
	{"quirks", PH_PROFILE_SET, MEMBER(quirks), 0, 0, 0, quirks},
};

// `upside_down` is a member of its own.
static int set_styles(struct ph_escpos_profile *profile, struct ph_ini_word value)
{
	uint32_t bits;

	if (ph_profile_bits(styles, value, &bits) < 0)
		return -EINVAL;
	profile->styles = (uint16_t)bits;
	profile->upside_down = bits & UPSIDE_DOWN;
	return 0;
}

static int set(void *profile, struct ph_ini_word key, struct ph_ini_word value)
{
	return ph_ini_word_is(key, "styles") ? set_styles(profile, value) : -ENOENT;
}

static void forget_identity(void *memory)
{
	struct ph_escpos_profile *profile = memory;

	profile->models[0] = 0;
	memset(profile->usb, 0, sizeof profile->usb);
}

static int complete(void *memory, struct ph_profile_error *error)
{
	struct ph_escpos_profile *profile = memory;

	if (!profile->width_dots || !profile->dpi || !profile->font[PH_FONT_A][0])
		return ph_profile_fail(error, 0, "width_dots, dpi and font_a are needed");
	if (!profile->page_count)
		return ph_profile_fail(error, 0, "codepages is needed");
	if (!profile->rx_buffer || !profile->line_dots || !profile->size_max)
		return ph_profile_fail(error, 0, "rx_buffer, line_dots and size_max are needed");
	if (profile->image != PH_ESCPOS_IMAGE_NONE && !profile->band_rows)
		return ph_profile_fail(error, 0, "image needs band_rows");
	if (profile->page_mode && (!profile->page_dots || !profile->units_y))
		return ph_profile_fail(error, 0, "page_mode needs page_dots and units_y");
	for (int i = 0; i < PH_FONT_COUNT; i++) {
		const unsigned cell = profile->font[i][0];
		const unsigned columns = cell ? profile->width_dots / cell : 0;
		if (columns > 255 || (cell && columns < 8))
			return ph_profile_fail(error, 0, "%u cells to a line", columns);
		profile->columns[i] = (uint8_t)columns;
	}
	if (profile->cutter_dots)
		profile->feed_before_cut =
			(uint8_t)((profile->cutter_dots + CUT_LINE_DOTS - 1u) / CUT_LINE_DOTS);
	profile->charset_default = profile->pages[0].n;
	return 0;
}

static const struct ph_profile_form form = {
	.builtin = {builtin, sizeof builtin - 1},
	.size = sizeof(struct ph_escpos_profile),
	.name = offsetof(struct ph_escpos_profile, name),
	.pages = offsetof(struct ph_escpos_profile, pages),
	.page_count = offsetof(struct ph_escpos_profile, page_count),
	.pages_max = PH_ESCPOS_PROFILE_PAGES_MAX,
	.keys = keys,
	.key_count = PH_ARRAY_SIZE(keys),
	.set = set,
	.forget_identity = forget_identity,
	.complete = complete,
};

static_assert(sizeof(struct ph_escpos_profile) <= PH_PROFILE_SIZE_MAX, "the limit is too small");

int ph_escpos_profile_find(const struct ph_profile_text *more, const char *name,
	struct ph_escpos_profile *ret_profile, struct ph_profile_error *ret_error)
{
	return ph_profile_find(
		&form, more, (struct ph_ini_word){name, strlen(name)}, ret_profile, ret_error);
}

int ph_escpos_profile_check(const struct ph_profile_text *text, struct ph_profile_error *ret_error)
{
	return ph_profile_check(&form, text, ret_error);
}

int ph_escpos_profile_name(
	const struct ph_profile_text *text, size_t index, char ret_name[PH_PROFILE_NAME_MAX + 1])
{
	return ph_profile_name(text ? text : &form.builtin, index, ret_name);
}

struct ph_profile_text ph_escpos_profile_builtin(void)
{
	return form.builtin;
}

// --- by what a printer says -------------------------------------------------------------------

static bool in_list(struct ph_ini_word list, const char *text)
{
	const size_t len = strlen(text);
	struct ph_ini_word word;

	while (ph_ini_word_next(&list, '|', &word)) {
		if (word.len == len && strncasecmp(word.data, text, len) == 0)
			return true;
	}
	return false;
}

struct wanted {
	const char *vendor, *model; // NULL: by USB id
	uint32_t usb;
};

static bool fits(const struct ph_escpos_profile *profile, const struct wanted *wanted)
{
	if (wanted->model)
		return (!profile->vendor[0] || strcasecmp(profile->vendor, wanted->vendor) == 0) &&
		       in_list((struct ph_ini_word){profile->models, strlen(profile->models)},
			       wanted->model);
	for (int i = 0; i < PH_PROFILE_USB_MAX; i++) {
		if (profile->usb[i] && profile->usb[i] == wanted->usb)
			return true;
	}
	return false;
}

// Looks at the key that could name the printer before it reads a whole section.
static bool names_it(struct ph_ini ini, const struct wanted *wanted)
{
	struct ph_ini_item item;
	int r;

	while ((r = ph_ini_next(&ini, &item)) != 0 && !(r == 1 && item.section)) {
		if (r < 0)
			continue;
		if (wanted->model ? ph_ini_word_is(item.key, "models") &&
					    in_list(item.value, wanted->model)
				  : ph_ini_word_is(item.key, "usb"))
			return true;
	}
	return false;
}

static int match_in(const struct ph_profile_text *text, const struct ph_profile_text *more,
	const struct wanted *wanted, struct ph_escpos_profile *ret_profile)
{
	struct ph_escpos_profile profile;
	struct ph_ini_word name;
	struct ph_ini ini;

	ph_ini_init(&ini, text->data, text->len);
	while (ph_profile_next_section(&ini, "profile", NULL, &name)) {
		if (!names_it(ini, wanted) ||
			ph_profile_find(&form, more, name, &profile, NULL) < 0 ||
			!fits(&profile, wanted))
			continue;
		*ret_profile = profile;
		return 0;
	}
	return -ENOENT;
}

static int match(const struct ph_profile_text *more, const struct wanted *wanted,
	struct ph_escpos_profile *ret_profile)
{
	int r = -ENOENT;

	if (more && more->len)
		r = match_in(more, more, wanted, ret_profile);
	return r < 0 ? match_in(&form.builtin, more, wanted, ret_profile) : r;
}

int ph_escpos_profile_match(const struct ph_profile_text *more, const char *vendor,
	const char *model, struct ph_escpos_profile *ret_profile)
{
	const struct wanted wanted = {.vendor = vendor, .model = model};

	return *model ? match(more, &wanted, ret_profile) : -ENOENT;
}

int ph_escpos_profile_match_usb(const struct ph_profile_text *more, uint16_t vendor,
	uint16_t product, struct ph_escpos_profile *ret_profile)
{
	const struct wanted wanted = {.usb = (uint32_t)vendor << 16 | product};

	return match(more, &wanted, ret_profile);
}

struct ph_media ph_escpos_profile_media(const struct ph_escpos_profile *profile)
{
	struct ph_media media = {
		.width = (uint16_t)(profile->columns[PH_FONT_A] * profile->font[PH_FONT_A][0])};

	for (int i = 0; i < PH_FONT_COUNT; i++) {
		// what is missing is printed in the font before it
		const int font = profile->font[i][0]	       ? i
				 : profile->font[PH_FONT_B][0] ? PH_FONT_B
							       : 0;
		media.cell[i] = profile->font[font][0];
		media.height[i] = profile->font[font][1];
	}
	return media;
}
