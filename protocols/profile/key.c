// The keys of a profile by table: what each may be; sections are profile.c's.
#include "protocols/profile/key.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocols/codepage/codepage.h"

int ph_profile_fail(struct ph_profile_error *error, unsigned line, const char *format, ...)
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

static const struct ph_profile_word *find_word(
	const struct ph_profile_word *words, struct ph_ini_word text)
{
	while (words->text && !ph_ini_word_is(text, words->text))
		words++;
	return words->text ? words : NULL;
}

int ph_profile_bits(
	const struct ph_profile_word *words, struct ph_ini_word list, uint32_t *ret_bits)
{
	struct ph_ini_word word;
	uint32_t bits = 0;

	if (!list.len)
		return -EINVAL;
	if (ph_ini_word_is(list, "none"))
		list.len = 0;
	while (ph_ini_word_next(&list, 0, &word)) {
		const struct ph_profile_word *found = find_word(words, word);
		if (!found)
			return -EINVAL;
		bits |= found->value;
	}
	*ret_bits = bits;
	return 0;
}

static int set_number(const struct ph_profile_key *key, struct ph_ini_word value, void *member)
{
	unsigned number = key->careful;

	if (ph_ini_word_is(value, "unknown") || ph_ini_word_is(value, "probe")) {
		if (key->careful == PH_PROFILE_NEEDED)
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

	memset(usb, 0, PH_PROFILE_USB_MAX * sizeof *usb);
	if (ph_ini_word_is(value, "none"))
		return 0;
	while (ph_ini_word_next(&value, 0, &word)) {
		if (word.len != 9 || word.data[4] != ':' || count == PH_PROFILE_USB_MAX)
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

static int set_text(const struct ph_profile_key *key, struct ph_ini_word value, char *text)
{
	if (value.len > key->max)
		return -EINVAL;
	memcpy(text, value.data, value.len);
	text[value.len] = 0;
	return 0;
}

static int set_word(const struct ph_profile_key *key, struct ph_ini_word value, void *member)
{
	const struct ph_profile_word *found = find_word(key->words, value);

	if (!found)
		return -EINVAL;
	store(member, key->size, found->value);
	return 0;
}

static int set_value(const struct ph_profile_key *key, struct ph_ini_word value, void *member)
{
	uint32_t bits;

	switch (key->kind) {
	case PH_PROFILE_TEXT:
		return set_text(key, value, member);
	case PH_PROFILE_NUMBER:
		return set_number(key, value, member);
	case PH_PROFILE_WORD:
		return set_word(key, value, member);
	case PH_PROFILE_SET:
		if (ph_profile_bits(key->words, value, &bits) < 0)
			return -EINVAL;
		store(member, key->size, bits);
		return 0;
	case PH_PROFILE_FONT:
		return set_font(value, member);
	case PH_PROFILE_USB:
		return set_usb(value, member);
	}
	return -EINVAL;
}

int ph_profile_set(struct ph_profile_reader *reader, struct ph_ini_word key,
	struct ph_ini_word value, unsigned line)
{
	const struct ph_profile_form *form = reader->form;
	int r = form->set ? form->set(reader->profile, key, value) : -ENOENT;

	for (size_t i = 0; r == -ENOENT && i < form->key_count; i++) {
		if (ph_ini_word_is(key, form->keys[i].name))
			r = set_value(&form->keys[i], value,
				(char *)reader->profile + form->keys[i].offset);
	}
	if (r == -ENOENT)
		return ph_profile_fail(
			reader->error, line, "there is no key '%.*s'", (int)key.len, key.data);
	if (r < 0)
		return ph_profile_fail(reader->error, line, "'%.*s' cannot be '%.*s'", (int)key.len,
			key.data, (int)value.len, value.data);
	return 0;
}

// --- code pages -------------------------------------------------------------------------------

struct pages {
	struct ph_profile_page *items;
	uint8_t *count;
};

static struct pages pages_of(const struct ph_profile_reader *reader)
{
	char *const profile = reader->profile;

	return (struct pages){(struct ph_profile_page *)(void *)(profile + reader->form->pages),
		(uint8_t *)(profile + reader->form->page_count)};
}

static void remove_page(const struct pages *pages, unsigned i)
{
	--*pages->count;
	memmove(&pages->items[i], &pages->items[i + 1],
		(*pages->count - i) * sizeof pages->items[0]);
}

void ph_profile_drop_pages(struct ph_profile_reader *reader)
{
	*pages_of(reader).count = 0;
}

void ph_profile_drop_page(struct ph_profile_reader *reader, unsigned n)
{
	const struct pages pages = pages_of(reader);

	for (unsigned i = *pages.count; i-- > 0;) {
		if (pages.items[i].n == n)
			remove_page(&pages, i);
	}
}

int ph_profile_add_page(struct ph_profile_reader *reader, struct ph_ini_word n,
	struct ph_ini_word page, unsigned line)
{
	const struct pages pages = pages_of(reader);
	char name[24];
	unsigned number, i = 0;
	int found;

	if (page.len >= sizeof name || ph_ini_word_number(n, 255, &number) < 0)
		return ph_profile_fail(
			reader->error, line, "expected NUMBER = PAGE, number at most 255");
	memcpy(name, page.data, page.len);
	name[page.len] = 0;
	found = ph_codepage_by_name(name);
	if (found < 0)
		return ph_profile_fail(reader->error, line, "there is no code page '%s'", name);
	while (i < *pages.count && pages.items[i].n != number)
		i++;
	if (i < *pages.count && pages.items[i].page != found)
		remove_page(&pages, i);
	i = 0;
	while (i < *pages.count && pages.items[i].page != found)
		i++;
	if (i == reader->form->pages_max)
		return ph_profile_fail(reader->error, line, "too many code pages");
	pages.items[i] = (struct ph_profile_page){(uint8_t)number, (uint8_t)found};
	*pages.count = (uint8_t)(i < *pages.count ? *pages.count : i + 1);
	return 0;
}
