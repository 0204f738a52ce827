// The models we know, one row each; what a row cannot know, the driver probes.
//
// A row is data and nothing but data, so that the table can move to files. Sources, by the short
// name used at the rows:
//   EPS  Epson ESC/POS Command Reference for TM Printers (command tables per model, ESC t, GS ( H)
//        and the Technical Reference Guide of the model (dots, fonts, receive buffer)
//   DB   receipt-print-hq/escpos-printer-db (CC BY 4.0): code pages, columns, features
//   ZJ   "POS-5890 series / 58 mm thermal printer programmer manual" of Zjiang
#include "protocols/escpos/profile.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BARCODES_ALL 0x00ff

// EPS, ESC t. Preference: what western receipts need first, then by region.
static const struct ph_escpos_page epson_pages[] = {
	{0, PH_CODEPAGE_437},
	{16, PH_CODEPAGE_1252},
	{19, PH_CODEPAGE_858},
	{2, PH_CODEPAGE_850},
	{18, PH_CODEPAGE_852},
	{17, PH_CODEPAGE_866},
	{45, PH_CODEPAGE_1250},
	{46, PH_CODEPAGE_1251},
	{47, PH_CODEPAGE_1253},
	{14, PH_CODEPAGE_737},
	{48, PH_CODEPAGE_1254},
	{13, PH_CODEPAGE_857},
	{51, PH_CODEPAGE_1257},
	{33, PH_CODEPAGE_775},
	{3, PH_CODEPAGE_860},
	{4, PH_CODEPAGE_863},
	{5, PH_CODEPAGE_865},
	{35, PH_CODEPAGE_861},
	{15, PH_CODEPAGE_8859_7},
	{38, PH_CODEPAGE_869},
	{34, PH_CODEPAGE_855},
	{49, PH_CODEPAGE_1255},
	{36, PH_CODEPAGE_862},
	{50, PH_CODEPAGE_1256},
	{32, PH_CODEPAGE_720},
	{37, PH_CODEPAGE_864},
	{52, PH_CODEPAGE_1258},
	{39, PH_CODEPAGE_8859_2},
	{40, PH_CODEPAGE_8859_15},
	{53, PH_CODEPAGE_RK1048},
	{1, PH_CODEPAGE_KATAKANA},
};

// DB, "POS-5890" and "NT-5890K"; many 80 mm printers of the same makers number alike. Page 24,
// "CP747" there, is left out: no such page exists and 737 has a number of its own.
static const struct ph_escpos_page zj_pages[] = {
	{0, PH_CODEPAGE_437},
	{16, PH_CODEPAGE_1252},
	{19, PH_CODEPAGE_858},
	{2, PH_CODEPAGE_850},
	{18, PH_CODEPAGE_852},
	{17, PH_CODEPAGE_866},
	{72, PH_CODEPAGE_1250},
	{73, PH_CODEPAGE_1251},
	{90, PH_CODEPAGE_1253},
	{64, PH_CODEPAGE_737},
	{91, PH_CODEPAGE_1254},
	{61, PH_CODEPAGE_857},
	{25, PH_CODEPAGE_1257},
	{95, PH_CODEPAGE_775},
	{3, PH_CODEPAGE_860},
	{4, PH_CODEPAGE_863},
	{5, PH_CODEPAGE_865},
	{56, PH_CODEPAGE_861},
	{66, PH_CODEPAGE_869},
	{60, PH_CODEPAGE_855},
	{32, PH_CODEPAGE_1255},
	{62, PH_CODEPAGE_862},
	{92, PH_CODEPAGE_1256},
	{93, PH_CODEPAGE_720},
	{28, PH_CODEPAGE_864},
	{27, PH_CODEPAGE_1258},
	{1, PH_CODEPAGE_KATAKANA},
};

// The numbers on which all sources agree.
static const struct ph_escpos_page common_pages[] = {
	{0, PH_CODEPAGE_437},
	{16, PH_CODEPAGE_1252},
	{19, PH_CODEPAGE_858},
	{2, PH_CODEPAGE_850},
	{18, PH_CODEPAGE_852},
	{17, PH_CODEPAGE_866},
	{3, PH_CODEPAGE_860},
	{4, PH_CODEPAGE_863},
	{5, PH_CODEPAGE_865},
};

#define PAGES(table) .pages = (table), .page_count = COUNT(table), .charset_default = 0
#define PAPER(dots, resolution, a, b)                                                              \
	.width_dots = (dots), .dpi = (resolution), .columns = {(a), (b)}
#define FONTS_12X24_9X17 .font = {{12, 24}, {9, 17}}
// Two connectors, 100 ms on and 500 ms off: within the 20 % duty of usual drawer coils.
#define DRAWERS .drawers = 2, .pulse_on_ms = 100, .pulse_off_ms = 500

const struct ph_escpos_profile ph_escpos_profiles[] = {
	{
		// Behaves as EPS says; whatever a copy may lack is probed.
		.name = "generic-80",
		.vendor = "",
		.models = "",
		PAPER(576, 203, 48, 64),
		FONTS_12X24_9X17,
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.feed_before_cut = 4,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_PROBE,
		.eot = PH_ESCPOS_PROBE,
		.gs_r = PH_ESCPOS_PROBE,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
	},
	{
		// 58 mm copies: no cutter, Kanji mode at power-up (DB, ZJ).
		.name = "generic-58",
		.vendor = "",
		.models = "",
		PAPER(384, 203, 32, 42),
		FONTS_12X24_9X17,
		PAGES(common_pages),
		.cutter = PH_ESCPOS_CUTTER_NONE,
		.feed_before_cut = 4,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_PROBE,
		.eot = PH_ESCPOS_PROBE,
		.gs_r = PH_ESCPOS_PROBE,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.kanji_default_on = true,
		.quirks = PH_ESCPOS_QUIRK_NO_POSITION,
	},
	{
		// EPS: GS ( H names TM-T20; TM-T20 Technical Reference Guide: 576 dots, 4 KB or 45 bytes.
		.name = "epson-tm-t20",
		.vendor = "EPSON",
		.models = "TM-T20",
		PAPER(576, 203, 48, 64),
		FONTS_12X24_9X17,
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_YES,
		.asb = PH_ESCPOS_YES,
		.eot = PH_ESCPOS_YES,
		.gs_r = PH_ESCPOS_YES,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// EPS: GS ( H names TM-T20II; DB "TM-T20II": 576 dots, 48 and 64 columns, code pages.
		.name = "epson-tm-t20ii",
		.vendor = "EPSON",
		.models = "TM-T20II",
		PAPER(576, 203, 48, 64),
		FONTS_12X24_9X17,
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_YES,
		.asb = PH_ESCPOS_YES,
		.eot = PH_ESCPOS_YES,
		.gs_r = PH_ESCPOS_YES,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// DB "TM-T20III": 576 dots, 48 and 64 columns, code pages. GS ( H: probed.
		.name = "epson-tm-t20iii",
		.vendor = "EPSON",
		.models = "TM-T20III",
		PAPER(576, 203, 48, 64),
		FONTS_12X24_9X17,
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_YES,
		.eot = PH_ESCPOS_YES,
		.gs_r = PH_ESCPOS_YES,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// DB "TM-T88V": 180 dpi, 512 dots, 42 and 56 columns, code pages. GS ( H: probed.
		.name = "epson-tm-t88v",
		.vendor = "EPSON",
		.models = "TM-T88V|TM-T88VI",
		PAPER(512, 180, 42, 56),
		FONTS_12X24_9X17,
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_YES,
		.eot = PH_ESCPOS_YES,
		.gs_r = PH_ESCPOS_YES,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// TM-m30 Technical Reference Guide: 203 dpi, 576 dots, font B 10x24, 57 columns.
		.name = "epson-tm-m30",
		.vendor = "EPSON",
		.models = "TM-m30|TM-m30II|TM-m30III",
		PAPER(576, 203, 48, 57),
		.font = {{12, 24}, {10, 24}},
		PAGES(epson_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_YES,
		.eot = PH_ESCPOS_YES,
		.gs_r = PH_ESCPOS_YES,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
	},
	{
		// DB "POS-5890" (pages, columns, no cutter, no QR), ZJ (GS k); measurements of the sister
		// model NT-5890K published by receiptful/ESCPost: ESC $ after data is ignored.
		.name = "pos-5890",
		.vendor = "",
		.models = "POS-5890|POS58|ZJ-5890",
		PAPER(384, 203, 32, 42),
		FONTS_12X24_9X17,
		PAGES(zj_pages),
		.cutter = PH_ESCPOS_CUTTER_NONE,
		.feed_before_cut = 4,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_NO,
		.asb = PH_ESCPOS_PROBE,
		.eot = PH_ESCPOS_PROBE,
		.gs_r = PH_ESCPOS_PROBE,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = false,
		.drawers = 1,
		.pulse_on_ms = 100,
		.pulse_off_ms = 500,
		.kanji_default_on = true,
		.quirks = PH_ESCPOS_QUIRK_NO_POSITION,
	},
	{
		// 80 mm Xprinter and their many names: pages as DB has them for the same firmware family;
		// GS ( H, ASB: absent until a probe succeeds.
		.name = "xprinter-80",
		.vendor = "",
		.models = "XP-80|XP-Q800|POS-80|POS80",
		PAPER(576, 203, 48, 64),
		FONTS_12X24_9X17,
		PAGES(zj_pages),
		.cutter = PH_ESCPOS_CUTTER_PARTIAL,
		.rx_buffer = 4096,
		.gs_paren_h = PH_ESCPOS_PROBE,
		.asb = PH_ESCPOS_PROBE,
		.eot = PH_ESCPOS_PROBE,
		.gs_r = PH_ESCPOS_PROBE,
		.realtime_in_data = true,
		.barcodes = BARCODES_ALL,
		.qr = true,
		DRAWERS,
		.beeper = true,
		.kanji_default_on = true,
		.quirks = PH_ESCPOS_QUIRK_ESC_B_BEEP,
	},
};

const size_t ph_escpos_profile_count = COUNT(ph_escpos_profiles);

const struct ph_escpos_profile *ph_escpos_profile_by_name(const char *name)
{
	for (size_t i = 0; i < ph_escpos_profile_count; i++) {
		if (strcmp(ph_escpos_profiles[i].name, name) == 0)
			return &ph_escpos_profiles[i];
	}
	return NULL;
}

static bool in_list(const char *list, const char *word)
{
	const size_t len = strlen(word);

	while (*list) {
		const size_t item = strcspn(list, "|");
		if (item == len && strncasecmp(list, word, len) == 0)
			return true;
		list += item + (list[item] == '|');
	}
	return false;
}

const struct ph_escpos_profile *ph_escpos_profile_by_model(const char *vendor, const char *model)
{
	for (size_t i = 0; i < ph_escpos_profile_count; i++) {
		const struct ph_escpos_profile *row = &ph_escpos_profiles[i];
		if (row->vendor[0] && strcasecmp(row->vendor, vendor) != 0)
			continue;
		if (in_list(row->models, model))
			return row;
	}
	return NULL;
}

struct ph_media ph_escpos_profile_media(const struct ph_escpos_profile *profile)
{
	return (struct ph_media){
		.width = (uint16_t)(profile->columns[PH_FONT_A] * profile->font[PH_FONT_A][0]),
		.cell = {profile->font[PH_FONT_A][0], profile->font[PH_FONT_B][0],
			profile->font[PH_FONT_B][0]},
	};
}
