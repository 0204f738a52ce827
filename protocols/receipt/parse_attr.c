// Reads the attributes of nodes, runs, cells and defaults: how text looks and where it stands.
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocols/receipt/parse.h"

static int read_size(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	int width = 1, height = 1;

	if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
		return ph_parse_fail(parse, -EINVAL, "must be [width, height], each 1 to 8");
	size_t mark = ph_parse_push_index(parse, 0);
	int r = ph_parse_integer(parse, value->child, 1, 8, &width);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	mark = ph_parse_push_index(parse, 1);
	r = ph_parse_integer(parse, value->child->next, 1, 8, &height);
	if (r < 0)
		return r;
	ph_parse_pop(parse, mark);
	attrs->style = (uint16_t)((attrs->style & ~PH_STYLE_SIZE_MASK) |
				  (unsigned)(width - 1) << PH_STYLE_WIDTH_SHIFT |
				  (unsigned)(height - 1) << PH_STYLE_HEIGHT_SHIFT);
	return 0;
}

static void set_flag(struct ph_attrs *attrs, unsigned flag, bool on)
{
	attrs->style = (uint16_t)(on ? attrs->style | flag : attrs->style & ~flag);
}

static int read_flag(
	struct ph_parse *parse, const cJSON *value, unsigned flag, struct ph_attrs *attrs)
{
	if (!cJSON_IsBool(value))
		return ph_parse_fail(parse, -EINVAL, "must be true or false");
	set_flag(attrs, flag, cJSON_IsTrue(value));
	return 0;
}

static int read_underline(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	const bool thick = cJSON_IsString(value) && strcmp(value->valuestring, "thick") == 0;

	if (!thick && !cJSON_IsBool(value))
		return ph_parse_fail(parse, -EINVAL, "must be true, false or \"thick\"");
	set_flag(attrs, PH_STYLE_UNDERLINE, thick || cJSON_IsTrue(value));
	set_flag(attrs, PH_STYLE_THICK, thick);
	return 0;
}

static int read_font(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	static const char *const fonts[] = {"a", "b", "c", NULL};
	unsigned font = PH_FONT_A;
	const int r = ph_parse_choice(parse, value, fonts, &font);

	if (r == 0) {
		set_flag(attrs, PH_STYLE_FONT_B, font == PH_FONT_B);
		set_flag(attrs, PH_STYLE_FONT_C, font == PH_FONT_C);
	}
	return r;
}

static int read_color(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	static const char *const colors[] = {"black", "red", NULL};
	unsigned color = 0;
	const int r = ph_parse_choice(parse, value, colors, &color);

	if (r == 0)
		set_flag(attrs, PH_STYLE_RED, color == 1);
	return r;
}

static int read_align(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	unsigned align = attrs->align;
	const int r = ph_parse_choice(parse, value, ph_align_names, &align);

	attrs->align = align;
	return r;
}

static int read_upside_down(struct ph_parse *parse, const cJSON *value, struct ph_attrs *attrs)
{
	if (!cJSON_IsBool(value))
		return ph_parse_fail(parse, -EINVAL, "must be true or false");
	attrs->upside_down = cJSON_IsTrue(value);
	return 0;
}

static const struct {
	const char *name;
	unsigned attr;
	uint16_t flag; // of the style, for those that are true or false
	int (*read)(struct ph_parse *, const cJSON *, struct ph_attrs *);
} attr_rows[] = {
	{"align", PH_ATTR_ALIGN, 0, read_align},
	{"size", PH_ATTR_SIZE, 0, read_size},
	{"bold", PH_ATTR_BOLD, PH_STYLE_BOLD, NULL},
	{"underline", PH_ATTR_UNDERLINE, 0, read_underline},
	{"invert", PH_ATTR_INVERT, PH_STYLE_INVERT, NULL},
	{"font", PH_ATTR_FONT, 0, read_font},
	{"italic", PH_ATTR_ITALIC, PH_STYLE_ITALIC, NULL},
	{"strike", PH_ATTR_STRIKE, PH_STYLE_STRIKE, NULL},
	{"color", PH_ATTR_COLOR, 0, read_color},
	{"rotate", PH_ATTR_ROTATE, PH_STYLE_ROTATE, NULL},
	{"upside_down", PH_ATTR_UPSIDE_DOWN, 0, read_upside_down},
};

int ph_parse_attr(
	struct ph_parse *parse, const char *name, const cJSON *value, struct ph_attrs *attrs)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(attr_rows) && strcmp(name, attr_rows[i].name) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(attr_rows))
		return -ENOENT;
	if (attrs->given & attr_rows[i].attr)
		return ph_parse_twice(parse, name);
	attrs->given |= attr_rows[i].attr;
	const size_t mark = ph_parse_push(parse, name);
	const int r = attr_rows[i].read ? attr_rows[i].read(parse, value, attrs)
					: read_flag(parse, value, attr_rows[i].flag, attrs);
	if (r == 0)
		ph_parse_pop(parse, mark);
	return r;
}

int ph_parse_check_attrs(struct ph_parse *parse, unsigned given, unsigned allowed)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(attr_rows); i++) {
		if (given & attr_rows[i].attr & ~allowed)
			return ph_parse_unknown(parse, attr_rows[i].name);
	}
	return 0;
}
