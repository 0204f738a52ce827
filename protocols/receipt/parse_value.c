// Reads values of a receipt document at a path and says what is wrong with them there.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "protocols/receipt/chunk.h"
#include "protocols/receipt/parse.h"

const char *const ph_align_names[] = {"left", "center", "right", NULL};
const char *const ph_border_names[] = {"none", "single", "double", NULL};

int ph_parse_fail(struct ph_parse *parse, int err, const char *format, ...)
{
	va_list args;

	char *path = parse->error->path;
	memcpy(path, parse->path, sizeof parse->path);
	for (size_t len = strlen(path); !ph_utf8_valid(path, len); len--)
		path[len - 1] = 0; // a long name may have been cut inside a character
	va_start(args, format);
	vsnprintf(parse->error->message, sizeof parse->error->message, format, args);
	va_end(args);
	return err;
}

// Puts text behind the path; what is too long ends at the end of its room.
static void append(struct ph_parse *parse, const char *text, size_t len)
{
	const size_t room = sizeof parse->path - 1 - parse->path_len;

	len = len < room ? len : room;
	memcpy(parse->path + parse->path_len, text, len);
	parse->path_len += len;
	parse->path[parse->path_len] = 0;
}

size_t ph_parse_push(struct ph_parse *parse, const char *name)
{
	const size_t mark = parse->path_len;

	append(parse, ".", 1);
	append(parse, name, strlen(name));
	return mark;
}

size_t ph_parse_push_index(struct ph_parse *parse, unsigned index)
{
	const size_t mark = parse->path_len;
	char text[12], *at = text + sizeof text;

	*--at = ']';
	do {
		*--at = (char)('0' + index % 10);
		index /= 10;
	} while (index);
	*--at = '[';
	append(parse, at, (size_t)(text + sizeof text - at));
	return mark;
}

void ph_parse_pop(struct ph_parse *parse, size_t mark)
{
	parse->path_len = mark;
	parse->path[mark] = 0;
}

void *ph_parse_alloc(struct ph_parse *parse, size_t count, size_t size)
{
	return ph_chunk_alloc(&parse->receipt->chunks, count, size);
}

int ph_parse_unknown(struct ph_parse *parse, const char *name)
{
	ph_parse_push(parse, name);
	return ph_parse_fail(parse, -EINVAL, "unknown member");
}

int ph_parse_missing(struct ph_parse *parse, const char *name)
{
	ph_parse_push(parse, name);
	return ph_parse_fail(parse, -EINVAL, "the member is missing");
}

int ph_parse_twice(struct ph_parse *parse, const char *name)
{
	ph_parse_push(parse, name);
	return ph_parse_fail(parse, -EINVAL, "the member is given twice");
}

int ph_parse_no_memory(struct ph_parse *parse)
{
	return ph_parse_fail(parse, -ENOMEM, "out of memory");
}

int ph_parse_members(struct ph_parse *parse, const cJSON *object, const char *const *names,
	size_t count, const cJSON **ret_found)
{
	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object");
	memset(ret_found, 0, count * sizeof *ret_found);
	for (const cJSON *member = object->child; member; member = member->next) {
		size_t i = 0;
		while (i < count && strcmp(names[i], member->string) != 0)
			i++;
		if (i == count)
			return ph_parse_unknown(parse, member->string);
		if (ret_found[i])
			return ph_parse_twice(parse, member->string);
		ret_found[i] = member;
	}
	return 0;
}

int ph_parse_integer(struct ph_parse *parse, const cJSON *value, int low, int high, int *ret)
{
	if (!cJSON_IsNumber(value) || !(value->valuedouble >= low && value->valuedouble <= high) ||
		(double)(int)value->valuedouble != value->valuedouble)
		return ph_parse_fail(parse, -EINVAL, "must be an integer from %d to %d", low, high);
	*ret = (int)value->valuedouble;
	return 0;
}

int ph_parse_member_integer(
	struct ph_parse *parse, const char *name, const cJSON *value, int low, int high, int *ret)
{
	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, name);
	const int r = ph_parse_integer(parse, value, low, high, ret);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_member_bool(struct ph_parse *parse, const char *name, const cJSON *value, bool *ret)
{
	if (!value)
		return 0;
	if (!cJSON_IsBool(value)) {
		ph_parse_push(parse, name);
		return ph_parse_fail(parse, -EINVAL, "must be true or false");
	}
	*ret = cJSON_IsTrue(value);
	return 0;
}

int ph_parse_choice(
	struct ph_parse *parse, const cJSON *value, const char *const *names, unsigned *ret)
{
	char list[192] = "";

	for (unsigned i = 0; names[i]; i++) {
		if (cJSON_IsString(value) && strcmp(value->valuestring, names[i]) == 0) {
			*ret = i;
			return 0;
		}
		const size_t len = strlen(list);
		snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
	}
	return ph_parse_fail(parse, -EINVAL, "must be one of: %s", list);
}

int ph_parse_member_choice(struct ph_parse *parse, const char *name, const cJSON *value,
	const char *const *names, unsigned *ret)
{
	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, name);
	const int r = ph_parse_choice(parse, value, names, ret);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_need_string(struct ph_parse *parse, const char *name, const cJSON *value)
{
	if (cJSON_IsString(value))
		return 0;
	if (!value)
		return ph_parse_missing(parse, name);
	ph_parse_push(parse, name);
	return ph_parse_fail(parse, -EINVAL, "must be a string");
}

// "30%" is 30; anything else 0.
static unsigned percent_of(const char *text)
{
	unsigned number = 0;

	while (*text >= '0' && *text <= '9' && number <= 100)
		number = number * 10 + (unsigned)(*text++ - '0');
	return strcmp(text, "%") == 0 && number <= 100 ? number : 0;
}

int ph_parse_member_width(struct ph_parse *parse, const char *name, const cJSON *value, bool share,
	enum ph_width_kind *ret_kind, uint16_t *ret_value)
{
	int number = 0;

	if (!value)
		return 0;
	const size_t mark = ph_parse_push(parse, name);
	if (cJSON_IsNumber(value)) {
		const int r = ph_parse_integer(parse, value, 1, 255, &number);
		if (r < 0)
			return r;
		*ret_kind = PH_WIDTH_CELLS;
	} else if (share && cJSON_IsString(value) && strcmp(value->valuestring, "*") == 0) {
		*ret_kind = PH_WIDTH_SHARE;
	} else {
		number = cJSON_IsString(value) ? (int)percent_of(value->valuestring) : 0;
		if (!number)
			return ph_parse_fail(parse, -EINVAL,
				share ? "must be cells, \"*\" or per cent such as \"30%%\""
				      : "must be cells or per cent such as \"30%%\"");
		*ret_kind = PH_WIDTH_PERCENT;
	}
	*ret_value = (uint16_t)number;
	ph_parse_pop(parse, mark);
	return 0;
}

int ph_parse_member_module(struct ph_parse *parse, const cJSON *value, uint8_t *ret)
{
	int module = 0;

	if (!value || (cJSON_IsString(value) && strcmp(value->valuestring, "auto") == 0))
		return 0;
	if (cJSON_IsString(value)) {
		ph_parse_push(parse, "module");
		return ph_parse_fail(parse, -EINVAL, "must be \"auto\" or an integer from 1 to 16");
	}
	const int r = ph_parse_member_integer(parse, "module", value, 1, 16, &module);
	if (r == 0)
		*ret = (uint8_t)module;
	return r;
}

int ph_parse_inner_align(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node)
{
	unsigned align = node->align;

	if (value && attrs->given & PH_ATTR_ALIGN)
		return ph_parse_twice(parse, "align");
	const int r = ph_parse_member_choice(parse, "align", value, ph_align_names, &align);
	node->align = align;
	return r;
}

int ph_parse_base64(struct ph_parse *parse, const cJSON *value, size_t most, size_t *used,
	const uint8_t **ret_data, uint32_t *ret_len)
{
	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a base64 string");
	const size_t chars = strlen(value->valuestring), room = chars / 4 * 3;
	if (room == 0)
		return ph_parse_fail(
			parse, -EINVAL, "must be a base64 string of at least one byte");
	if (room > most + 2 - *used)
		return ph_parse_fail(parse, -E2BIG, "more than %zu bytes", most);
	uint8_t *data = ph_parse_alloc(parse, room, 1);
	if (!data)
		return ph_parse_no_memory(parse);
	const ssize_t len = ph_base64_decode(value->valuestring, chars, data);
	if (len <= 0)
		return ph_parse_fail(parse, -EINVAL, "must be base64 with padding and no spaces");
	if (*used + (size_t)len > most)
		return ph_parse_fail(parse, -E2BIG, "more than %zu bytes", most);
	*used += (size_t)len;
	*ret_data = data;
	*ret_len = (uint32_t)len;
	return 0;
}
