// The Star models we know, one row each; what a row cannot know, the driver probes.
//
// Sources, by the short name used at the rows:
//   SPEC  STAR Line Mode Command Specifications, StarPRNT Command Specifications Rev 2.25 (code
//         pages, barcodes, QR and PDF417, ETB and ESC GS ETX per model)
//   HW    the hardware manual or the product specification of the model (dots, fonts, columns)
//   ENC   at-point-of-sale/ReceiptPrinterEncoder (MIT), its printer definitions: columns, cutter
#include "protocols/star/profile.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BARS_LINE    0x03ffu // to Code 93, and GS1-128 as Code 128 with FNC1
#define BARS_PRNT    0x3fffu // GS1 DataBar as well

// SPEC, ESC GS t. Preference: what western receipts need first, then by region.
static const struct ph_star_page pages[] = {
	{1, PH_CODEPAGE_437},
	{32, PH_CODEPAGE_1252},
	{4, PH_CODEPAGE_858},
	{5, PH_CODEPAGE_852},
	{10, PH_CODEPAGE_866},
	{33, PH_CODEPAGE_1250},
	{34, PH_CODEPAGE_1251},
	{15, PH_CODEPAGE_737},
	{12, PH_CODEPAGE_857},
	{6, PH_CODEPAGE_860},
	{8, PH_CODEPAGE_863},
	{9, PH_CODEPAGE_865},
	{7, PH_CODEPAGE_861},
	{17, PH_CODEPAGE_869},
	{11, PH_CODEPAGE_855},
	{13, PH_CODEPAGE_862},
	{14, PH_CODEPAGE_864},
	{2, PH_CODEPAGE_KATAKANA},
};

#define PAGES .pages = pages, .page_count = COUNT(pages)
#define PAPER(dots, resolution, a, b)                                                              \
	.width_dots = (dots), .dpi = (resolution), .columns = {(a), (b)}
#define FONTS .font = {{12, 24}, {9, 24}}
// Drawer 2 has fixed times of 200 ms.
#define DRAWERS .drawers = 2, .pulse_on_ms = 200, .pulse_off_ms = 200
#define THERMAL .max_size = 6, .position = true, FONTS, PAGES

const struct ph_star_profile ph_star_profiles[] = {
	{
		// Behaves as SPEC says; whatever a model may lack is probed.
		.name = "starprnt-80",
		.models = "",
		.dialect = PH_STAR_PRNT,
		PAPER(576, 203, 48, 64),
		THERMAL,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 48,
		.rx_buffer = 4096,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_PROBE,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
	},
	{
		.name = "starline-80",
		.models = "",
		.dialect = PH_STAR_LINE,
		PAPER(576, 203, 48, 64),
		THERMAL,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 24,
		.rx_buffer = 4096,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_PROBE,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
	},
	{
		// HW TSP100 series: graphic mode only, 576 dots, no characters of its own.
		.name = "star-tsp100",
		.models = "TSP100|TSP113|TSP143",
		.dialect = PH_STAR_RASTER,
		PAPER(576, 203, 48, 64),
		FONTS,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 32,
		.rx_buffer = 8192,
		.counter = PH_STAR_YES,
		.etb = PH_STAR_YES,
		DRAWERS,
	},
	{
		// HW TSP650II: 576 dots, 48 and 64 columns, partial cutter. SPEC: QR, PDF417, ETB.
		.name = "star-tsp650ii",
		.models = "TSP651II|TSP654II|TSP650II|TSP651|TSP654",
		.dialect = PH_STAR_LINE,
		PAPER(576, 203, 48, 64),
		THERMAL,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 24,
		.rx_buffer = 4096,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_YES,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
	},
	{
		// HW TSP700II: 576 dots on 80 mm paper, full and partial cut. SPEC: QR, PDF417, ETB.
		.name = "star-tsp700ii",
		.models = "TSP743II|TSP700II|TSP743",
		.dialect = PH_STAR_LINE,
		PAPER(576, 203, 48, 64),
		THERMAL,
		.cutter = PH_STAR_CUTTER_BOTH,
		.band_rows = 24,
		.rx_buffer = 4096,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_YES,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
	},
	{
		// HW TSP800II: 832 dots on 112 mm paper, 69 and 92 columns.
		.name = "star-tsp800ii",
		.models = "TSP847II|TSP800II|TSP847",
		.dialect = PH_STAR_LINE,
		PAPER(832, 203, 69, 92),
		THERMAL,
		.cutter = PH_STAR_CUTTER_BOTH,
		.band_rows = 24,
		.rx_buffer = 4096,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_YES,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
	},
	{
		// HW mC-Print2: 384 dots on 58 mm paper, 32 columns; UTF-8. SPEC: ESC GS ETX.
		.name = "star-mc-print2",
		.models = "MCP20|MCP21|mC-Print2",
		.dialect = PH_STAR_PRNT,
		PAPER(384, 203, 32, 42),
		THERMAL,
		.utf8 = true,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 48,
		.rx_buffer = 4096,
		.counter = PH_STAR_YES,
		.etb = PH_STAR_YES,
		.barcodes = BARS_PRNT,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// HW mC-Print3: 576 dots on 80 mm paper, 48 columns; UTF-8. SPEC: ESC GS ETX.
		.name = "star-mc-print3",
		.models = "MCP30|MCP31|MCP32|mC-Print3",
		.dialect = PH_STAR_PRNT,
		PAPER(576, 203, 48, 64),
		THERMAL,
		.utf8 = true,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 48,
		.rx_buffer = 4096,
		.counter = PH_STAR_YES,
		.etb = PH_STAR_YES,
		.barcodes = BARS_PRNT,
		.qr = true,
		.pdf417 = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// HW mPOP: printer in a drawer, 384 dots on 58 mm paper, partial cutter, one drawer.
		.name = "star-mpop",
		.models = "POP10|mPOP",
		.dialect = PH_STAR_PRNT,
		PAPER(384, 203, 32, 42),
		THERMAL,
		.cutter = PH_STAR_CUTTER_PARTIAL,
		.band_rows = 48,
		.rx_buffer = 4096,
		.counter = PH_STAR_YES,
		.etb = PH_STAR_YES,
		.barcodes = BARS_PRNT,
		.qr = true,
		.pdf417 = true,
		.drawers = 1,
		.pulse_on_ms = 200,
		.pulse_off_ms = 200,
	},
	{
		// HW SM-L200: portable, 384 dots on 58 mm paper, tear bar. SPEC (SM-L series): counters.
		.name = "star-sm-l200",
		.models = "SM-L200|L200",
		.dialect = PH_STAR_PRNT,
		PAPER(384, 203, 32, 42),
		THERMAL,
		.cutter = PH_STAR_CUTTER_NONE,
		.feed_before_cut = 3,
		.band_rows = 24,
		.rx_buffer = 2048,
		.counter = PH_STAR_YES,
		.etb = PH_STAR_YES,
		.barcodes = BARS_LINE,
		.qr = true,
		.pdf417 = true,
	},
	{
		// HW SP700 (SP712, SP742): 9 pins, 210 dots on 76 mm paper, 42 columns of 7x9.
		// "Dot Impact Printer STAR Command Specifications": ESC 4 red, no barcodes.
		.name = "star-sp700",
		.models = "SP712|SP717|SP742|SP747|SP700",
		.dialect = PH_STAR_LINE,
		PAPER(210, 85, 42, 42),
		.font = {{5, 9}, {5, 9}},
		PAGES,
		.max_size = 2,
		.impact = true,
		.cutter = PH_STAR_CUTTER_BOTH,
		.rx_buffer = 1024,
		.counter = PH_STAR_PROBE,
		.etb = PH_STAR_YES,
		DRAWERS,
	},
};

const size_t ph_star_profile_count = COUNT(ph_star_profiles);

const struct ph_star_profile *ph_star_profile_by_name(const char *name)
{
	for (size_t i = 0; i < ph_star_profile_count; i++) {
		if (strcmp(ph_star_profiles[i].name, name) == 0)
			return &ph_star_profiles[i];
	}
	return NULL;
}

// How many characters of `model` an item of the list names: the longest one is the best.
static size_t match(const char *list, const char *model)
{
	size_t best = 0;

	while (*list) {
		const size_t item = strcspn(list, "|");
		if (item > best && strncasecmp(list, model, item) == 0)
			best = item;
		list += item + (list[item] == '|');
	}
	return best;
}

const struct ph_star_profile *ph_star_profile_by_model(const char *model)
{
	const struct ph_star_profile *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < ph_star_profile_count; i++) {
		const size_t len = match(ph_star_profiles[i].models, model);
		if (len > best) {
			best = len;
			found = &ph_star_profiles[i];
		}
	}
	return found;
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
