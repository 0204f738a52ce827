// Loads the fonts and says which family serves what; placing text is left to text.c.
#include "render/fonts.h"

#include <errno.h>
#include <pango/pangofc-fontmap.h>

// Outlines only: a colour picture would become a black block. Families that are not named come last, so that any font
// that is installed helps. A face without a bold form is made bolder.
static const char configuration[] =
	"<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">"
	"<fontconfig>"
	"<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
	"<cachedir>/var/cache/fontconfig</cachedir>"
	"<selectfont><rejectfont>"
	"<pattern><patelt name=\"color\"><bool>true</bool></patelt></pattern>"
	"<pattern><patelt name=\"scalable\"><bool>false</bool></patelt></pattern>"
	"</rejectfont></selectfont>"
	"<alias binding=\"strong\"><family>emoji</family><prefer><family>Noto Emoji</family>"
	"<family>Symbola</family><family>DejaVu Sans</family></prefer></alias>"
	"<match target=\"font\">"
	"<test name=\"weight\" compare=\"less_eq\"><const>medium</const></test>"
	"<test target=\"pattern\" name=\"weight\" compare=\"more_eq\"><const>bold</const></test>"
	"<edit name=\"embolden\" mode=\"assign\"><bool>true</bool></edit>"
	"</match>"
	"</fontconfig>";

// Fontconfig keeps offsets where others keep pointers, so that a leak sanitizer takes all it has for lost. Cairo 1.16 loses 24
// bytes of its own when it finishes some SVG and PDF surfaces.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:cairo_surface_finish";
}

#define LAST ",Symbola,Unifont,Unifont Upper"

static const char *const families[PH_FACE_COUNT] = {
	[PH_FACE_CELL] = "DejaVu Sans Mono,Noto Sans Mono,DejaVu Sans,Noto Sans" LAST,
	[PH_FACE_WIDE] =
		"Noto Sans CJK SC,WenQuanYi Micro Hei,Droid Sans Fallback,DejaVu Sans" LAST,
	[PH_FACE_COMPLEX] =
		"Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Thai,Noto Sans Devanagari,"
		"Noto Sans Bengali,Noto Sans Gurmukhi,Noto Sans Gujarati,Noto Sans Oriya,"
		"Noto Sans Tamil,Noto Sans Telugu,Noto Sans Kannada,Noto Sans Malayalam,"
		"Noto Sans Sinhala,Noto Sans Lao,Noto Sans Myanmar,Noto Sans Khmer,"
		"Noto Sans Ethiopic,Noto Serif Tibetan,Noto Sans,DejaVu Sans" LAST,
};

static PangoContext *make_context(
	PangoFontMap *map, cairo_antialias_t antialias, cairo_hint_style_t hints)
{
	PangoContext *context = pango_font_map_create_context(map);
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_antialias(options, antialias);
	cairo_font_options_set_hint_style(options, hints);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, 72);
	pango_context_set_language(context, pango_language_from_string("en"));
	cairo_font_options_destroy(options);
	return context;
}

// Makes our configuration the default one of the process, before pango and cairo load another.
static int configure(FcConfig **ret_config)
{
	FcConfig *config = FcConfigCreate();

	if (!config)
		return -ENOMEM;
	if (!FcConfigParseAndLoadFromMemory(config, (const FcChar8 *)configuration, FcTrue) ||
		!FcConfigBuildFonts(config) || !FcConfigSetCurrent(config)) {
		FcConfigDestroy(config);
		return -EIO;
	}
	const FcFontSet *set = FcConfigGetFonts(config, FcSetSystem);
	if (!set || set->nfont == 0) {
		FcConfigDestroy(config);
		return -EIO;
	}
	*ret_config = config;
	return 0;
}

int ph_fonts_init(struct ph_fonts *fonts)
{
	FcConfig *config;
	const int r = configure(&config);

	*fonts = (struct ph_fonts){0};
	if (r < 0)
		return r;
	fonts->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	if (fonts->map)
		pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts->map), config);
	FcConfigDestroy(config); // the map and the library hold it
	if (!fonts->map)
		return -EIO;
	fonts->dots = make_context(fonts->map, CAIRO_ANTIALIAS_NONE, CAIRO_HINT_STYLE_FULL);
	fonts->vector = make_context(fonts->map, CAIRO_ANTIALIAS_DEFAULT, CAIRO_HINT_STYLE_NONE);
	return 0;
}

void ph_fonts_done(struct ph_fonts *fonts)
{
	g_clear_object(&fonts->dots);
	g_clear_object(&fonts->vector);
	g_clear_object(&fonts->map);
}

PangoFontDescription *ph_fonts_describe(enum ph_face face, double em, bool bold)
{
	PangoFontDescription *description = pango_font_description_new();

	pango_font_description_set_family_static(description, families[face]);
	pango_font_description_set_absolute_size(description, em * PANGO_SCALE);
	pango_font_description_set_weight(
		description, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	return description;
}
