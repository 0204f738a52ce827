// Finds sections in texts of profiles and resolves what they inherit; keys are profile_parse.c's.
#include "protocols/escpos/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocols/escpos/profile_parse.h"

#include "escpos_profiles.h"

struct ph_escpos_profile_text ph_escpos_profile_builtin(void)
{
	return (struct ph_escpos_profile_text){builtin, sizeof builtin - 1};
}

// --- sections ---------------------------------------------------------------------------------

// Goes on behind the header of the next section of this kind (and name, unless that is NULL).
static bool find_section(struct ph_ini *ini, const char *kind, const struct ph_ini_word *name,
	struct ph_ini_word *ret_name)
{
	struct ph_ini_item item;
	int r;

	while ((r = ph_ini_next(ini, &item)) != 0) {
		if (r < 0 || !item.section || !ph_ini_word_is(item.kind, kind))
			continue;
		if (name && (item.name.len != name->len ||
				    memcmp(item.name.data, name->data, name->len) != 0))
			continue;
		if (ret_name)
			*ret_name = item.name;
		return true;
	}
	return false;
}

// First in the text in front, then in the built-in one.
static bool open_section(const struct ph_escpos_profile_text *more, const char *kind,
	struct ph_ini_word name, struct ph_ini *ret_ini)
{
	const struct ph_escpos_profile_text texts[] = {
		more ? *more : (struct ph_escpos_profile_text){NULL, 0},
		ph_escpos_profile_builtin()};

	for (int i = 0; i < 2; i++) {
		ph_ini_init(ret_ini, texts[i].data, texts[i].len);
		if (texts[i].len && find_section(ret_ini, kind, &name, NULL))
			return true;
	}
	return false;
}

struct reader {
	const struct ph_escpos_profile_text *more;
	struct ph_escpos_profile *profile;
	struct ph_escpos_profile_error *error;
	unsigned depth;
	bool source;
};

static int read_pages(struct reader *reader, struct ph_ini_word name, unsigned line);

// One line of a section of code pages.
static int read_page_item(struct reader *reader, const struct ph_ini_item *item, unsigned line)
{
	if (ph_ini_word_is(item->key, "source")) {
		reader->source = item->value.len > 0;
		return 0;
	}
	if (ph_ini_word_is(item->key, "inherits"))
		return read_pages(reader, item->value, line);
	return ph_profile_add_page(reader->profile, item->key, item->value, line, reader->error);
}

static int read_pages(struct reader *reader, struct ph_ini_word name, unsigned line)
{
	struct ph_ini ini;
	struct ph_ini_item item;
	bool source;
	int r;

	if (reader->depth >= PH_ESCPOS_PROFILE_DEPTH_MAX)
		return ph_profile_fail(reader->error, line, "inherits from itself, or too often");
	if (!open_section(reader->more, "codepages", name, &ini))
		return ph_profile_fail(reader->error, line, "there are no codepages '%.*s'",
			(int)name.len, name.data);
	source = reader->source;
	reader->source = false;
	reader->depth++;
	while ((r = ph_ini_next(&ini, &item)) == 1 && !item.section) {
		r = read_page_item(reader, &item, ini.line);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return ph_profile_fail(
			reader->error, ini.line, "neither a section nor KEY = VALUE");
	if (!reader->source)
		return ph_profile_fail(reader->error, line, "codepages '%.*s' have no source",
			(int)name.len, name.data);
	reader->source = source;
	reader->depth--;
	return 0;
}

// `epson 26=thai18 -11`: a set, and what is other.
static int read_codepages(struct reader *reader, struct ph_ini_word value, unsigned line)
{
	struct ph_escpos_profile *profile = reader->profile;
	struct ph_ini_word word, n;
	unsigned number;
	int r;

	if (!ph_ini_word_next(&value, 0, &word))
		return ph_profile_fail(reader->error, line, "codepages needs the name of a set");
	profile->page_count = 0;
	r = read_pages(reader, word, line);
	while (r == 0 && ph_ini_word_next(&value, 0, &word)) {
		if (*word.data != '-') {
			if (!ph_ini_word_next(&word, '=', &n) || !word.len)
				return ph_profile_fail(reader->error, line, "expected NUMBER=PAGE");
			word.data++;
			word.len--;
			r = ph_profile_add_page(profile, n, word, line, reader->error);
			continue;
		}
		word.data++;
		word.len--;
		if (ph_ini_word_number(word, 255, &number) < 0)
			return ph_profile_fail(reader->error, line, "expected -NUMBER");
		ph_profile_drop_page(profile, number);
	}
	return r;
}

static int read_section(struct reader *reader, struct ph_ini_word name, unsigned line);

static int read_item(struct reader *reader, const struct ph_ini_item *item, unsigned line)
{
	if (ph_ini_word_is(item->key, "inherits"))
		return read_section(reader, item->value, line);
	if (ph_ini_word_is(item->key, "source")) {
		reader->source = item->value.len > 0;
		return 0;
	}
	if (ph_ini_word_is(item->key, "codepages"))
		return read_codepages(reader, item->value, line);
	return ph_profile_set(reader->profile, item->key, item->value, line, reader->error);
}

// Reads a section over what is there: what it inherits comes first, wherever its line stands.
static int read_section(struct reader *reader, struct ph_ini_word name, unsigned line)
{
	struct ph_ini ini;
	struct ph_ini_item item;
	int r = 0;

	if (reader->depth >= PH_ESCPOS_PROFILE_DEPTH_MAX)
		return ph_profile_fail(reader->error, line, "inherits from itself, or too often");
	if (!open_section(reader->more, "profile", name, &ini)) {
		ph_profile_fail(reader->error, line, "there is no profile '%.*s'", (int)name.len,
			name.data);
		return reader->depth ? -EINVAL : -ENOENT;
	}
	const struct ph_ini start = ini;
	reader->depth++;
	for (int pass = 0; pass < 2; pass++) {
		ini = start;
		reader->source = false;
		while ((r = ph_ini_next(&ini, &item)) == 1 && !item.section) {
			const bool inherits = ph_ini_word_is(item.key, "inherits");
			if (inherits != (pass == 0))
				continue;
			r = read_item(reader, &item, ini.line);
			if (r < 0)
				return r;
		}
		if (r < 0)
			return ph_profile_fail(
				reader->error, ini.line, "neither a section nor KEY = VALUE");
		// identity is not inherited
		if (pass == 0) {
			reader->profile->models[0] = 0;
			memset(reader->profile->usb, 0, sizeof reader->profile->usb);
		}
	}
	reader->depth--;
	if (!reader->source)
		return ph_profile_fail(reader->error, start.line, "the section has no source");
	return 0;
}

static int read_profile(const struct ph_escpos_profile_text *more, struct ph_ini_word name,
	struct ph_escpos_profile *ret_profile, struct ph_escpos_profile_error *error)
{
	struct ph_escpos_profile profile = {0};
	struct reader reader = {.more = more, .profile = &profile, .error = error};

	if (name.len > PH_ESCPOS_PROFILE_NAME_MAX || !name.len) {
		ph_profile_fail(error, 0, "a name has 1 to %d bytes", PH_ESCPOS_PROFILE_NAME_MAX);
		return -ENOENT;
	}
	int r = read_section(&reader, name, 0);
	if (r == 0)
		r = ph_profile_complete(&profile, 0, error);
	if (r < 0)
		return r;
	memcpy(profile.name, name.data, name.len);
	*ret_profile = profile;
	return 0;
}

int ph_escpos_profile_find(const struct ph_escpos_profile_text *more, const char *name,
	struct ph_escpos_profile *ret_profile, struct ph_escpos_profile_error *ret_error)
{
	return read_profile(more, (struct ph_ini_word){name, strlen(name)}, ret_profile, ret_error);
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
	for (int i = 0; i < PH_ESCPOS_PROFILE_USB_MAX; i++) {
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

static int match_in(const struct ph_escpos_profile_text *text,
	const struct ph_escpos_profile_text *more, const struct wanted *wanted,
	struct ph_escpos_profile *ret_profile)
{
	struct ph_escpos_profile profile;
	struct ph_ini_word name;
	struct ph_ini ini;

	ph_ini_init(&ini, text->data, text->len);
	while (find_section(&ini, "profile", NULL, &name)) {
		if (!names_it(ini, wanted) || read_profile(more, name, &profile, NULL) < 0 ||
			!fits(&profile, wanted))
			continue;
		*ret_profile = profile;
		return 0;
	}
	return -ENOENT;
}

static int match(const struct ph_escpos_profile_text *more, const struct wanted *wanted,
	struct ph_escpos_profile *ret_profile)
{
	const struct ph_escpos_profile_text last = ph_escpos_profile_builtin();
	int r = -ENOENT;

	if (more && more->len)
		r = match_in(more, more, wanted, ret_profile);
	return r < 0 ? match_in(&last, more, wanted, ret_profile) : r;
}

int ph_escpos_profile_match(const struct ph_escpos_profile_text *more, const char *vendor,
	const char *model, struct ph_escpos_profile *ret_profile)
{
	const struct wanted wanted = {.vendor = vendor, .model = model};

	return *model ? match(more, &wanted, ret_profile) : -ENOENT;
}

int ph_escpos_profile_match_usb(const struct ph_escpos_profile_text *more, uint16_t vendor,
	uint16_t product, struct ph_escpos_profile *ret_profile)
{
	const struct wanted wanted = {.usb = (uint32_t)vendor << 16 | product};

	return match(more, &wanted, ret_profile);
}

// --- a whole text -----------------------------------------------------------------------------

int ph_escpos_profile_name(const struct ph_escpos_profile_text *text, size_t index,
	char ret_name[PH_ESCPOS_PROFILE_NAME_MAX + 1])
{
	const struct ph_escpos_profile_text all = text ? *text : ph_escpos_profile_builtin();
	struct ph_ini_word name;
	struct ph_ini ini;

	ph_ini_init(&ini, all.data, all.len);
	do {
		if (!find_section(&ini, "profile", NULL, &name))
			return -ENOENT;
	} while (index--);
	if (name.len > PH_ESCPOS_PROFILE_NAME_MAX)
		name.len = PH_ESCPOS_PROFILE_NAME_MAX;
	memcpy(ret_name, name.data, name.len);
	ret_name[name.len] = 0;
	return 0;
}

static int check_section(const struct ph_escpos_profile_text *text, const struct ph_ini_item *item,
	struct ph_ini ini, struct ph_escpos_profile_error *error)
{
	const unsigned line = ini.line;
	struct ph_escpos_profile profile = {0};
	struct reader reader = {.more = text, .profile = &profile, .error = error};
	char kind[12];

	if (item->kind.len >= sizeof kind)
		return ph_profile_fail(error, line, "a section is a profile or codepages");
	memcpy(kind, item->kind.data, item->kind.len);
	kind[item->kind.len] = 0;
	if (find_section(&ini, kind, &item->name, NULL))
		return ph_profile_fail(error, ini.line, "'%.*s' is there twice",
			(int)item->name.len, item->name.data);
	if (strcmp(kind, "codepages") == 0)
		return read_pages(&reader, item->name, line);
	if (strcmp(kind, "profile") != 0)
		return ph_profile_fail(error, line, "a section is a profile or codepages");
	int r = read_profile(text, item->name, &profile, error);
	if (r < 0 && error && !error->line)
		error->line = line;
	return r < 0 ? -EINVAL : 0;
}

int ph_escpos_profile_check(
	const struct ph_escpos_profile_text *text, struct ph_escpos_profile_error *ret_error)
{
	struct ph_ini_item item;
	struct ph_ini ini;
	bool any = false;
	int r;

	if (text->len > PH_ESCPOS_PROFILE_TEXT_MAX)
		return -E2BIG;
	ph_ini_init(&ini, text->data, text->len);
	while ((r = ph_ini_next(&ini, &item)) == 1) {
		if (!item.section && !any)
			return ph_profile_fail(
				ret_error, ini.line, "a key before the first section");
		any = true;
		r = item.section ? check_section(text, &item, ini, ret_error) : 0;
		if (r < 0)
			return r;
	}
	return r < 0 ? ph_profile_fail(ret_error, ini.line, "neither a section nor KEY = VALUE")
		     : 0;
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
