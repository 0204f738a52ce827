// Finds sections in texts of profiles and resolves what they inherit; keys are key.c's.
#include "protocols/profile/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "protocols/profile/key.h"

// --- sections ---------------------------------------------------------------------------------

bool ph_profile_next_section(struct ph_ini *ini, const char *kind, const struct ph_ini_word *name,
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
static bool open_section(struct ph_profile_reader *reader, const char *kind,
	struct ph_ini_word name, struct ph_ini *ret_ini)
{
	const struct ph_profile_text texts[] = {
		reader->more ? *reader->more : (struct ph_profile_text){NULL, 0},
		reader->form->builtin};

	for (int i = 0; i < 2; i++) {
		ph_ini_init(ret_ini, texts[i].data, texts[i].len);
		if (texts[i].len && ph_profile_next_section(ret_ini, kind, &name, NULL))
			return true;
	}
	return false;
}

static int read_pages(struct ph_profile_reader *reader, struct ph_ini_word name, unsigned line);

// One line of a section of code pages.
static int read_page_item(
	struct ph_profile_reader *reader, const struct ph_ini_item *item, unsigned line)
{
	if (ph_ini_word_is(item->key, "source")) {
		reader->source = item->value.len > 0;
		return 0;
	}
	if (ph_ini_word_is(item->key, "inherits"))
		return read_pages(reader, item->value, line);
	return ph_profile_add_page(reader, item->key, item->value, line);
}

static int read_pages(struct ph_profile_reader *reader, struct ph_ini_word name, unsigned line)
{
	struct ph_ini ini;
	struct ph_ini_item item;
	bool source;
	int r;

	if (reader->depth >= PH_PROFILE_DEPTH_MAX)
		return ph_profile_fail(reader->error, line, "inherits from itself, or too often");
	if (!open_section(reader, "codepages", name, &ini))
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
static int read_codepages(struct ph_profile_reader *reader, struct ph_ini_word value, unsigned line)
{
	struct ph_ini_word word, n;
	unsigned number;
	int r;

	if (!ph_ini_word_next(&value, 0, &word))
		return ph_profile_fail(reader->error, line, "codepages needs the name of a set");
	ph_profile_drop_pages(reader);
	r = read_pages(reader, word, line);
	while (r == 0 && ph_ini_word_next(&value, 0, &word)) {
		if (*word.data != '-') {
			if (!ph_ini_word_next(&word, '=', &n) || !word.len)
				return ph_profile_fail(reader->error, line, "expected NUMBER=PAGE");
			word.data++;
			word.len--;
			r = ph_profile_add_page(reader, n, word, line);
			continue;
		}
		word.data++;
		word.len--;
		if (ph_ini_word_number(word, 255, &number) < 0)
			return ph_profile_fail(reader->error, line, "expected -NUMBER");
		ph_profile_drop_page(reader, number);
	}
	return r;
}

static int read_section(struct ph_profile_reader *reader, struct ph_ini_word name, unsigned line);

static int read_item(
	struct ph_profile_reader *reader, const struct ph_ini_item *item, unsigned line)
{
	if (ph_ini_word_is(item->key, "inherits"))
		return read_section(reader, item->value, line);
	if (ph_ini_word_is(item->key, "source")) {
		reader->source = item->value.len > 0;
		return 0;
	}
	if (ph_ini_word_is(item->key, "codepages"))
		return read_codepages(reader, item->value, line);
	return ph_profile_set(reader, item->key, item->value, line);
}

// What a section inherits (pass 0), or its own keys.
static int read_pass(struct ph_profile_reader *reader, struct ph_ini ini, int pass)
{
	struct ph_ini_item item;
	int r;

	reader->source = false;
	while ((r = ph_ini_next(&ini, &item)) == 1 && !item.section) {
		if (ph_ini_word_is(item.key, "inherits") != (pass == 0))
			continue;
		r = read_item(reader, &item, ini.line);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return ph_profile_fail(
			reader->error, ini.line, "neither a section nor KEY = VALUE");
	return 0;
}

// Reads a section over what is there: what it inherits comes first, wherever its line stands.
static int read_section(struct ph_profile_reader *reader, struct ph_ini_word name, unsigned line)
{
	struct ph_ini ini;
	int r;

	if (reader->depth >= PH_PROFILE_DEPTH_MAX)
		return ph_profile_fail(reader->error, line, "inherits from itself, or too often");
	if (!open_section(reader, "profile", name, &ini)) {
		ph_profile_fail(reader->error, line, "there is no profile '%.*s'", (int)name.len,
			name.data);
		return reader->depth ? -EINVAL : -ENOENT;
	}
	reader->depth++;
	r = read_pass(reader, ini, 0);
	if (r < 0)
		return r;
	reader->form->forget_identity(reader->profile);
	r = read_pass(reader, ini, 1);
	if (r < 0)
		return r;
	reader->depth--;
	if (!reader->source)
		return ph_profile_fail(reader->error, ini.line, "the section has no source");
	return 0;
}

int ph_profile_find(const struct ph_profile_form *form, const struct ph_profile_text *more,
	struct ph_ini_word name, void *ret_profile, struct ph_profile_error *error)
{
	alignas(max_align_t) char profile[PH_PROFILE_SIZE_MAX] = {0};
	struct ph_profile_reader reader = {
		.form = form, .more = more, .profile = profile, .error = error};

	assert(form->size <= sizeof profile);
	if (name.len > PH_PROFILE_NAME_MAX || !name.len) {
		ph_profile_fail(error, 0, "a name has 1 to %d bytes", PH_PROFILE_NAME_MAX);
		return -ENOENT;
	}
	int r = read_section(&reader, name, 0);
	if (r == 0)
		r = form->complete(profile, error);
	if (r < 0)
		return r;
	memcpy(profile + form->name, name.data, name.len);
	memcpy(ret_profile, profile, form->size);
	return 0;
}

// --- a whole text -----------------------------------------------------------------------------

int ph_profile_name(
	const struct ph_profile_text *text, size_t index, char ret_name[PH_PROFILE_NAME_MAX + 1])
{
	struct ph_ini_word name;
	struct ph_ini ini;

	ph_ini_init(&ini, text->data, text->len);
	do {
		if (!ph_profile_next_section(&ini, "profile", NULL, &name))
			return -ENOENT;
	} while (index--);
	if (name.len > PH_PROFILE_NAME_MAX)
		name.len = PH_PROFILE_NAME_MAX;
	memcpy(ret_name, name.data, name.len);
	ret_name[name.len] = 0;
	return 0;
}

static int check_pages(const struct ph_profile_form *form, const struct ph_profile_text *text,
	struct ph_ini_word name, struct ph_ini *ini, struct ph_profile_error *error)
{
	alignas(max_align_t) char profile[PH_PROFILE_SIZE_MAX] = {0};
	struct ph_profile_reader reader = {
		.form = form, .more = text, .profile = profile, .error = error};

	return read_pages(&reader, name, ini->line);
}

static int check_section(const struct ph_profile_form *form, const struct ph_profile_text *text,
	const struct ph_ini_item *item, struct ph_ini ini, struct ph_profile_error *error)
{
	alignas(max_align_t) char profile[PH_PROFILE_SIZE_MAX];
	struct ph_ini rest = ini;
	char kind[12];

	if (item->kind.len >= sizeof kind)
		return ph_profile_fail(error, ini.line, "a section is a profile or codepages");
	memcpy(kind, item->kind.data, item->kind.len);
	kind[item->kind.len] = 0;
	if (ph_profile_next_section(&rest, kind, &item->name, NULL))
		return ph_profile_fail(error, rest.line, "'%.*s' is there twice",
			(int)item->name.len, item->name.data);
	if (strcmp(kind, "codepages") == 0)
		return check_pages(form, text, item->name, &ini, error);
	if (strcmp(kind, "profile") != 0)
		return ph_profile_fail(error, ini.line, "a section is a profile or codepages");
	const int r = ph_profile_find(form, text, item->name, profile, error);
	if (r < 0 && error && !error->line)
		error->line = ini.line;
	return r < 0 ? -EINVAL : 0;
}

int ph_profile_check(const struct ph_profile_form *form, const struct ph_profile_text *text,
	struct ph_profile_error *error)
{
	struct ph_ini_item item;
	struct ph_ini ini;
	bool any = false;
	int r;

	if (text->len > PH_PROFILE_TEXT_MAX)
		return -E2BIG;
	ph_ini_init(&ini, text->data, text->len);
	while ((r = ph_ini_next(&ini, &item)) == 1) {
		if (!item.section && !any)
			return ph_profile_fail(error, ini.line, "a key before the first section");
		any = true;
		r = item.section ? check_section(form, text, &item, ini, error) : 0;
		if (r < 0)
			return r;
	}
	return r < 0 ? ph_profile_fail(error, ini.line, "neither a section nor KEY = VALUE") : 0;
}
