// Reads text: strings, runs and pairs of them; where they go on paper is the layout's.
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/parse.h"
#include "protocols/receipt/width.h"

// One text on its way in. Nothing gets longer, so `out` has room for the whole input.
struct reader {
	struct ph_parse *parse;
	char *out;
	uint32_t len;
	uint32_t count;		// of characters
	uint32_t last, last_at; // character that a mark may compose with, and where it begins
	bool ascii, broken;
	bool beyond; // characters that are not Latin: their cells are counted by clusters
	bool rtl, direction_marks;
};

static void append(struct reader *reader, uint32_t cp)
{
	char bytes[4];
	const int len = ph_utf8_encode(cp, bytes);

	if (len < 0)
		return;
	reader->last = cp;
	reader->last_at = reader->len;
	memcpy(reader->out + reader->len, bytes, (size_t)len);
	reader->len += (uint32_t)len;
	reader->count++;
	reader->ascii = reader->ascii && len == 1;
	if (cp >= 0x300) {
		reader->beyond = true;
		reader->rtl = reader->rtl || ph_char_rtl(cp);
	}
}

// Line ends, tabs and places where a line may end.
static void append_break(struct reader *reader, uint32_t cp)
{
	append(reader, cp);
	reader->broken = true;
	reader->ascii = false;
	reader->last = 0;
}

static void append_mark(struct reader *reader, uint32_t mark)
{
	const uint32_t composed = reader->last ? ph_char_compose(reader->last, mark) : 0;

	if (!composed) {
		append(reader, mark);
		return;
	}
	reader->len = reader->last_at;
	reader->count--;
	append(reader, composed);
}

static void drop_control(struct reader *reader, uint32_t cp)
{
	struct ph_receipt *receipt = reader->parse->receipt;

	if (receipt->dropped_count == PH_RECEIPT_DROPPED_MAX)
		return;
	receipt->dropped[receipt->dropped_count++] =
		(struct ph_receipt_dropped){.at = reader->parse->at, .cp = cp};
}

// Invisible, and nothing that a printed line would need: soft hyphen, embeddings, byte order mark.
static bool is_format(uint32_t cp)
{
	return cp == 0xad || (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	       cp == 0xfeff;
}

// Joiners shape scripts and emoji; beside Latin letters they are noise.
static bool is_joiner(uint32_t cp)
{
	return cp == 0x200c || cp == 0x200d;
}

static bool is_direction_mark(uint32_t cp)
{
	return cp == 0x200e || cp == 0x200f || cp == 0x61c;
}

static void read_invisible(struct reader *reader, uint32_t cp)
{
	if (cp == 0x200b) {
		append_break(reader, cp);
		return;
	}
	if (is_joiner(cp) && reader->last < 0x300)
		return;
	append(reader, cp);
	if (!is_direction_mark(cp))
		return;
	reader->direction_marks = true;
	reader->last = 0; // nothing composes with it
}

static void read_char(struct reader *reader, uint32_t cp, bool lf_follows)
{
	if (cp == '\n' || cp == 0x2028 || cp == 0x2029)
		append_break(reader, '\n');
	else if (cp == '\t')
		append_break(reader, '\t');
	else if (cp == '\r' && !lf_follows)
		append_break(reader, '\n');
	else if (cp == '\r' || is_format(cp))
		return;
	else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		drop_control(reader, cp);
	else if (cp < 0x300)
		append(reader, cp);
	else if (cp == 0x202f || cp == 0x2007)
		append(reader, 0xa0); // no-break spaces that no page has
	else if ((cp >= 0x2000 && cp <= 0x200a) || cp == 0x205f)
		append(reader, ' ');
	else if (cp == 0x200b || is_joiner(cp) || is_direction_mark(cp))
		read_invisible(reader, cp);
	else if (ph_char_cells(cp) == 0)
		append_mark(reader, cp);
	else
		append(reader, cp);
}

// Takes out direction marks: without right-to-left characters they have nothing to do.
static void drop_direction_marks(struct reader *reader)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < reader->len;) {
		uint32_t cp = 0;
		const int step = ph_utf8_decode(reader->out + i, reader->len - i, &cp);
		if (!is_direction_mark(cp)) {
			memmove(reader->out + len, reader->out + i, (size_t)step);
			len += (uint32_t)step;
		}
		i += (uint32_t)step;
	}
	reader->len = len;
}

// Most text is plain: takes as much of it as there is. Returns the bytes.
static size_t read_plain(struct reader *reader, const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && text[count] >= 0x20 && text[count] < 0x7f)
		count++;
	if (!count)
		return 0;
	memcpy(reader->out + reader->len, text, count);
	reader->len += (uint32_t)count;
	reader->count += (uint32_t)count;
	reader->last = (unsigned char)text[count - 1];
	reader->last_at = reader->len - 1;
	return count;
}

static struct ph_text finish(struct reader *reader, uint16_t style)
{
	if (reader->direction_marks && !reader->rtl)
		drop_direction_marks(reader);
	bool wide = false;
	const uint32_t cells =
		reader->beyond ? ph_text_measure(reader->out, reader->len, &wide) : reader->count;
	return (struct ph_text){
		.data = reader->out,
		.len = reader->len,
		.cells = cells,
		.style = style,
		.ascii = reader->ascii,
		.broken = reader->broken,
		.rtl = reader->rtl,
		.wide = wide,
	};
}

int ph_parse_bytes(
	struct ph_parse *parse, const char *text, size_t len, uint16_t style, struct ph_text *ret)
{
	parse->text_bytes += len;
	if (parse->text_bytes > PH_RECEIPT_TEXT_MAX)
		return ph_parse_fail(
			parse, -E2BIG, "more than %d bytes of text", PH_RECEIPT_TEXT_MAX);
	struct reader reader = {.parse = parse, .ascii = true};
	reader.out = ph_parse_alloc(parse, len + 1, 1);
	if (!reader.out)
		return ph_parse_no_memory(parse);
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		const size_t plain = read_plain(&reader, text + i, len - i);
		i += plain;
		if (plain)
			continue;
		const int step = ph_utf8_decode(text + i, len - i, &cp);
		if (step < 0)
			return ph_parse_fail(parse, -EINVAL, "is not valid UTF-8");
		i += (size_t)step;
		read_char(&reader, cp, i < len && text[i] == '\n');
	}
	*ret = finish(&reader, style);
	return 0;
}

int ph_parse_string(struct ph_parse *parse, const cJSON *value, uint16_t style, struct ph_text *ret)
{
	if (!cJSON_IsString(value))
		return ph_parse_fail(parse, -EINVAL, "must be a string");
	return ph_parse_bytes(parse, value->valuestring, strlen(value->valuestring), style, ret);
}

// Attributes of the node around, `rotate` among them, apply to runs of text nodes only.
static int parse_run(struct ph_parse *parse, const cJSON *object, uint16_t style, bool in_text,
	struct ph_text *run)
{
	struct ph_attrs attrs = {.style = style};
	const cJSON *text = NULL;

	if (!cJSON_IsObject(object))
		return ph_parse_fail(parse, -EINVAL, "must be an object with t");
	for (const cJSON *member = object->child; member; member = member->next) {
		if (strcmp(member->string, "t") == 0 && !text) {
			text = member;
			continue;
		}
		const int r = ph_parse_attr(parse, member->string, member, &attrs);
		if (r == -ENOENT)
			return ph_parse_unknown(parse, member->string);
		if (r < 0)
			return r;
	}
	int r = ph_parse_check_attrs(
		parse, attrs.given, in_text ? PH_ATTR_STYLE | PH_ATTR_ROTATE : PH_ATTR_STYLE);
	if (r < 0)
		return r;
	if (!text)
		return ph_parse_missing(parse, "t");
	const size_t mark = ph_parse_push(parse, "t");
	r = ph_parse_string(parse, text, attrs.style, run);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_runs(struct ph_parse *parse, const cJSON *value, uint16_t style, bool numbered,
	const struct ph_text **ret_runs, uint32_t *ret_count)
{
	const bool one = cJSON_IsString(value);
	const int count = one ? 1 : cJSON_GetArraySize(value);
	const uint32_t at = parse->at;
	unsigned index = 0;

	if (!cJSON_IsArray(value) && !one)
		return ph_parse_fail(parse, -EINVAL, "must be a string or an array of runs");
	if (count == 0)
		return ph_parse_fail(parse, -EINVAL, "needs at least one run");
	if (count > PH_RECEIPT_RUNS_MAX)
		return ph_parse_fail(parse, -E2BIG, "more than %d runs", PH_RECEIPT_RUNS_MAX);
	struct ph_text *runs = ph_parse_alloc(parse, (size_t)count, sizeof *runs);
	if (!runs)
		return ph_parse_no_memory(parse);
	*ret_runs = runs;
	*ret_count = (uint32_t)count;
	if (one)
		return ph_parse_string(parse, value, style, runs);

	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = numbered ? at + index : at;
		const int r = parse_run(parse, item, style, numbered, &runs[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}

int ph_parse_text(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	return ph_parse_runs(parse, value, attrs->style, true, &node->text.runs, &node->text.count);
}

int ph_parse_pair(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node)
{
	const uint32_t at = parse->at;
	unsigned index = 0;

	if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
		return ph_parse_fail(parse, -EINVAL, "must be an array of two strings");
	for (const cJSON *item = value->child; item; item = item->next, index++) {
		const size_t mark = ph_parse_push_index(parse, index);
		parse->at = at + index;
		const int r = ph_parse_string(parse, item, attrs->style, &node->pair[index]);
		if (r < 0)
			return r;
		ph_parse_pop(parse, mark);
	}
	return 0;
}
