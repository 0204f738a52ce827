// The keys of a Star profile, what goes together, and which profile a printer has by its answer.
#include "protocols/star/profile.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "protocols/profile/words.h"

#include "star_profiles.h"

static const struct ph_profile_word support[] = {{"no", PH_STAR_NO}, {"yes", PH_STAR_YES},
	{"probe", PH_STAR_PROBE}, {"unknown", PH_STAR_NO}, {NULL, 0}};
static const struct ph_profile_word dialects[] = {{"starprnt", PH_STAR_PRNT},
	{"starline", PH_STAR_LINE}, {"starraster", PH_STAR_RASTER}, {NULL, 0}};
static const struct ph_profile_word cutters[] = {{"none", PH_STAR_CUTTER_NONE},
	{"partial", PH_STAR_CUTTER_PARTIAL}, {"full", PH_STAR_CUTTER_FULL},
	{"both", PH_STAR_CUTTER_BOTH}, {"unknown", PH_STAR_CUTTER_NONE}, {NULL, 0}};

#define MEMBER(m) PH_PROFILE_MEMBER(struct ph_star_profile, m)
#define WORD(m)	  PH_PROFILE_WORD, MEMBER(m), 0, 0, 0
#define NUMBER(m) PH_PROFILE_NUMBER, MEMBER(m)

static const struct ph_profile_key keys[] = {
	{"models", PH_PROFILE_TEXT, MEMBER(models), 0, PH_STAR_PROFILE_MODELS_MAX, 0, NULL},
	{"dialect", WORD(dialect), dialects},
	{"width_dots", NUMBER(width_dots), 64, 1024, PH_PROFILE_NEEDED, NULL},
	{"dpi", NUMBER(dpi), 60, 600, PH_PROFILE_NEEDED, NULL},
	{"font_a", PH_PROFILE_FONT, MEMBER(font[PH_FONT_A]), 0, 0, 0, NULL},
	{"font_b", PH_PROFILE_FONT, MEMBER(font[PH_FONT_B]), 0, 0, 0, NULL},
	{"utf8", WORD(utf8), ph_profile_yes_no},
	{"size_max", NUMBER(max_size), 1, 6, 1, NULL},
	{"impact", WORD(impact), ph_profile_yes_no},
	{"position", WORD(position), ph_profile_yes_no},
	{"cutter", WORD(cutter), cutters},
	{"feed_before_cut", NUMBER(feed_before_cut), 0, 20, 3, NULL},
	{"band_rows", NUMBER(band_rows), 24, 255, 24, NULL},
	{"rx_buffer", NUMBER(rx_buffer), 64, 65535, 1024, NULL},
	{"counter", WORD(counter), support},
	{"etb", WORD(etb), support},
	{"barcodes", PH_PROFILE_SET, MEMBER(barcodes), 0, 0, 0, ph_profile_barcodes},
	{"qr", WORD(qr), ph_profile_yes_no},
	{"pdf417", WORD(pdf417), ph_profile_yes_no},
	{"drawers", NUMBER(drawers), 0, 2, PH_PROFILE_NEEDED, NULL},
	{"pulse_on_ms", NUMBER(pulse_on_ms), 10, 1270, 200, NULL},
	{"pulse_off_ms", NUMBER(pulse_off_ms), 10, 1270, 200, NULL},
	{"buzzer", WORD(beeper), ph_profile_yes_no},
};

static void forget_identity(void *memory)
{
	struct ph_star_profile *profile = memory;

	profile->models[0] = 0;
}

static int complete(void *memory, struct ph_profile_error *error)
{
	struct ph_star_profile *profile = memory;

	if (!profile->width_dots || !profile->dpi || !profile->font[PH_FONT_A][0] ||
		!profile->font[PH_FONT_B][0])
		return ph_profile_fail(error, 0, "width_dots, dpi, font_a and font_b are needed");
	if (!profile->rx_buffer)
		return ph_profile_fail(error, 0, "rx_buffer is needed");
	if (profile->dialect == PH_STAR_RASTER)
		profile->page_count = 0;
	else if (!profile->page_count || !profile->max_size)
		return ph_profile_fail(error, 0, "codepages and size_max are needed");
	if (!profile->impact && !profile->band_rows)
		return ph_profile_fail(error, 0, "band_rows is needed");
	if (profile->drawers && (!profile->pulse_on_ms || !profile->pulse_off_ms))
		return ph_profile_fail(error, 0, "drawers need pulse_on_ms and pulse_off_ms");
	for (int i = 0; i < 2; i++) {
		const unsigned columns = (unsigned)profile->width_dots / profile->font[i][0];
		if (columns > 255 || columns < 8)
			return ph_profile_fail(error, 0, "%u cells to a line", columns);
		profile->columns[i] = (uint8_t)columns;
	}
	return 0;
}

static const struct ph_profile_form form = {
	.builtin = {builtin, sizeof builtin - 1},
	.size = sizeof(struct ph_star_profile),
	.name = offsetof(struct ph_star_profile, name),
	.pages = offsetof(struct ph_star_profile, pages),
	.page_count = offsetof(struct ph_star_profile, page_count),
	.pages_max = PH_STAR_PROFILE_PAGES_MAX,
	.keys = keys,
	.key_count = PH_ARRAY_SIZE(keys),
	.forget_identity = forget_identity,
	.complete = complete,
};

static_assert(sizeof(struct ph_star_profile) <= PH_PROFILE_SIZE_MAX, "a profile fits");

int ph_star_profile_find(const struct ph_profile_text *more, const char *name,
	struct ph_star_profile *ret_profile, struct ph_profile_error *ret_error)
{
	return ph_profile_find(
		&form, more, (struct ph_ini_word){name, strlen(name)}, ret_profile, ret_error);
}

int ph_star_profile_check(const struct ph_profile_text *text, struct ph_profile_error *ret_error)
{
	return ph_profile_check(&form, text, ret_error);
}

struct ph_profile_text ph_star_profile_builtin(void)
{
	return form.builtin;
}

// How many characters of `model` an item of the list names: the longest one is the best.
static size_t named(struct ph_ini_word list, const char *model)
{
	struct ph_ini_word item;
	size_t best = 0;

	while (ph_ini_word_next(&list, '|', &item)) {
		if (item.len > best && strncasecmp(item.data, model, item.len) == 0)
			best = item.len;
	}
	return best;
}

static int match_in(const struct ph_profile_text *text, const struct ph_profile_text *more,
	const char *model, struct ph_star_profile *ret_profile)
{
	struct ph_star_profile profile;
	struct ph_ini_word name;
	struct ph_ini ini;
	size_t best = 0;

	ph_ini_init(&ini, text->data, text->len);
	while (ph_profile_next_section(&ini, "profile", NULL, &name)) {
		if (ph_profile_find(&form, more, name, &profile, NULL) < 0)
			continue;
		const size_t len =
			named((struct ph_ini_word){profile.models, strlen(profile.models)}, model);
		if (len <= best)
			continue;
		best = len;
		*ret_profile = profile;
	}
	return best ? 0 : -ENOENT;
}

int ph_star_profile_match(
	const struct ph_profile_text *more, const char *model, struct ph_star_profile *ret_profile)
{
	if (more && more->len && match_in(more, more, model, ret_profile) == 0)
		return 0;
	return match_in(&form.builtin, more, model, ret_profile);
}

struct ph_media ph_star_profile_media(const struct ph_star_profile *profile)
{
	return (struct ph_media){
		.width = (uint16_t)(profile->columns[PH_FONT_A] * profile->font[PH_FONT_A][0]),
		.cell = {profile->font[PH_FONT_A][0], profile->font[PH_FONT_B][0],
			profile->font[PH_FONT_B][0]},
		.height = {profile->font[PH_FONT_A][1], profile->font[PH_FONT_B][1],
			profile->font[PH_FONT_B][1]},
	};
}
