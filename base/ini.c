/* Takes a text in INI form apart line by line; what sections and keys mean is the reader's business. */
#include "base/ini.h"

#include <errno.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct ph_ini_word trim(const char *data, size_t len)
{
	while (len && is_space(*data)) {
		data++;
		len--;
	}
	while (len && is_space(data[len - 1]))
		len--;
	return (struct ph_ini_word){data, len};
}

void ph_ini_init(struct ph_ini *ini, const char *text, size_t len)
{
	*ini = (struct ph_ini){.text = text, .len = len};
}

static struct ph_ini_word take_line(struct ph_ini *ini)
{
	const char *end = memchr(ini->text, '\n', ini->len);
	size_t len = end ? (size_t)(end - ini->text) : ini->len;
	struct ph_ini_word line = trim(ini->text, len);

	ini->text += end ? len + 1 : len;
	ini->len -= end ? len + 1 : len;
	ini->line++;
	return line;
}

static int read_section(struct ph_ini_word line, struct ph_ini_item *ret_item)
{
	struct ph_ini_word inside;

	if (line.data[line.len - 1] != ']')
		return -EINVAL;
	inside = trim(line.data + 1, line.len - 2);
	*ret_item = (struct ph_ini_item){.section = true};
	if (!ph_ini_word_next(&inside, 0, &ret_item->kind))
		return -EINVAL;
	ret_item->name = trim(inside.data, inside.len);
	return 1;
}

static int read_key(struct ph_ini_word line, struct ph_ini_item *ret_item)
{
	const char *sign = memchr(line.data, '=', line.len);

	if (!sign || sign == line.data)
		return -EINVAL;
	*ret_item = (struct ph_ini_item){
		.key = trim(line.data, (size_t)(sign - line.data)),
		.value = trim(sign + 1, (size_t)(line.data + line.len - sign - 1)),
	};
	return 1;
}

int ph_ini_next(struct ph_ini *ini, struct ph_ini_item *ret_item)
{
	while (ini->len) {
		struct ph_ini_word line = take_line(ini);
		if (!line.len || *line.data == '#' || *line.data == ';')
			continue;
		return *line.data == '[' ? read_section(line, ret_item) : read_key(line, ret_item);
	}
	return 0;
}

bool ph_ini_word_next(struct ph_ini_word *list, char separator, struct ph_ini_word *ret_word)
{
	const char *data = list->data;
	size_t left = list->len, len = 0;

	while (left && (is_space(*data) || (separator && *data == separator))) {
		data++;
		left--;
	}
	while (len < left && !(separator ? data[len] == separator : is_space(data[len])))
		len++;
	*list = (struct ph_ini_word){data + len, left - len};
	if (!len)
		return false;
	*ret_word = trim(data, len);
	return true;
}

bool ph_ini_word_is(struct ph_ini_word word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.data, text, word.len) == 0;
}

int ph_ini_word_number(struct ph_ini_word word, unsigned max, unsigned *ret_number)
{
	unsigned long number = 0;

	if (!word.len || word.len > 9)
		return -EINVAL;
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return -EINVAL;
		number = number * 10 + (unsigned long)(word.data[i] - '0');
	}
	if (number > max)
		return -ERANGE;
	*ret_number = (unsigned)number;
	return 0;
}
