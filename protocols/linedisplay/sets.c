// The command sets of line displays as table rows; the renderer turns them into bytes.
#include "protocols/linedisplay/sets.h"

#include "base/cleanup.h"

#include <string.h>

/* A command of the bytes given. */
#define BYTES(...)                                                                                 \
	{                                                                                          \
		.len = sizeof(uint8_t[]){__VA_ARGS__}, .at = { __VA_ARGS__ }                       \
	}

#define STEPS_1_TO_4 .steps = {{20, 1}, {40, 2}, {60, 3}, {100, 4}}, .step_count = 4

/* Epson DM-D, ESC t n; the order is that of preference. */
static const struct ph_linedisplay_page epson_pages[] = {
	{0x00, PH_CODEPAGE_437},
	{0x13, PH_CODEPAGE_858},
	{0x02, PH_CODEPAGE_850},
	{0x10, PH_CODEPAGE_1252},
	{0x12, PH_CODEPAGE_852},
	{0x11, PH_CODEPAGE_866},
	{0x03, PH_CODEPAGE_860},
	{0x04, PH_CODEPAGE_863},
	{0x05, PH_CODEPAGE_865},
	{0x01, PH_CODEPAGE_KATAKANA},
};

/* Epson DM-D command reference. */
const struct ph_linedisplay_set ph_linedisplay_epson = {
	.name = "epson",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 8,
	.columns_max = 80,
	.cells_max = 640,
	/* ESC @, ESC R 0 (USA), US C 0 (cursor off), US 1 (overwrite), CLR */
	.init = BYTES(0x1b, 0x40, 0x1b, 0x52, 0x00, 0x1f, 0x43, 0x00, 0x1f, 0x01, 0x0c),
	.init_clears = true,
	.address = PH_LINEDISPLAY_XY,
	.move = BYTES(0x1f, 0x24),
	.brightness = BYTES(0x1f, 0x58),
	STEPS_1_TO_4,
	.reverse_on = BYTES(0x1f, 0x72, 1),
	.reverse_off = BYTES(0x1f, 0x72, 0),
	.blink = PH_LINEDISPLAY_BLINK_ALL,
	.blink_on = BYTES(0x1f, 0x45, 10), /* every 500 ms */
	.blink_off = BYTES(0x1f, 0x45, 0),
	.cursor_on = BYTES(0x1f, 0x43, 1),
	.cursor_off = BYTES(0x1f, 0x43, 0),
	.codepage = BYTES(0x1b, 0x74),
	.page_switch = true,
	.pages = epson_pages,
	.page_count = PH_ARRAY_SIZE(epson_pages),
	.descriptor = BYTES(0x1f, 0x23),
	.descriptor_count = 20,
	.glyph = PH_LINEDISPLAY_GLYPH_EPSON,
	.glyph_first = 0x20,
	.glyph_last = 0x7e,
};

/* Letters of ESC c n. The manuals name the tables, not their upper halves: these are what units in shops show. */
static const struct ph_linedisplay_page cd5220_pages[] = {
	{'A', PH_CODEPAGE_437},
	{'L', PH_CODEPAGE_852},
	{'R', PH_CODEPAGE_866},
	{'J', PH_CODEPAGE_KATAKANA},
};

/* Partner CD5220 manual, Bematech LDX manual. */
const struct ph_linedisplay_set ph_linedisplay_cd5220 = {
	.name = "cd5220",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 8,
	.columns_max = 80,
	.cells_max = 640,
	/* ESC @, ESC f A (USA), ESC _ 0 (cursor off), ESC DC1 (overwrite), CLR, which also leaves string mode */
	.init = BYTES(0x1b, 0x40, 0x1b, 0x66, 'A', 0x1b, 0x5f, 0x00, 0x1b, 0x11, 0x0c),
	.init_clears = true,
	.address = PH_LINEDISPLAY_XY,
	.move = BYTES(0x1b, 0x6c),
	.brightness = BYTES(0x1b, 0x2a),
	STEPS_1_TO_4,
	.blink = PH_LINEDISPLAY_BLINK_ALL,
	.blink_on = BYTES(0x1f, 0x45, 10),
	.blink_off = BYTES(0x1f, 0x45, 0),
	.cursor_on = BYTES(0x1b, 0x5f, 1),
	.cursor_off = BYTES(0x1b, 0x5f, 0),
	.codepage = BYTES(0x1b, 0x63),
	.page_switch = true,
	.pages = cd5220_pages,
	.page_count = PH_ARRAY_SIZE(cd5220_pages),
	.glyph = PH_LINEDISPLAY_GLYPH_EPSON,
	.glyph_first = 0x20,
	.glyph_last = 0x7e,
};

/* UTC Retail 3190 guide: DLE position, FS and GS around flashing characters. */
static const struct ph_linedisplay_set utc = {
	.name = "utc",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* US (clear, power-on modes), DC1 (overwrite), DC4 (cursor off), GS (no flashing) */
	.init = BYTES(0x1f, 0x11, 0x14, 0x1d),
	.init_clears = true,
	.address = PH_LINEDISPLAY_CELL,
	.move = BYTES(0x10),
	.blink = PH_LINEDISPLAY_BLINK_EACH,
	.blink_on = BYTES(0x1c),
	.blink_off = BYTES(0x1d),
	.cursor_on = BYTES(0x13),
	.cursor_off = BYTES(0x14),
};

/* UTC Retail 3190 guide, enhanced mode: rows are written whole. */
static const struct ph_linedisplay_set utc_enhanced = {
	.name = "utc-enhanced",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* back to standard, US (clear), DC1, DC4, then ESC d (enhanced) */
	.init = BYTES(0x1b, 0x0f, 0x0d, 0x1f, 0x11, 0x14, 0x1b, 0x64),
	.init_clears = true,
	.address = PH_LINEDISPLAY_ROW,
	.row = {BYTES(0x1b, 0x75, 0x41), BYTES(0x1b, 0x75, 0x42)},
	.row_end = BYTES(0x0d),
};

/* AEDEX and EMAX, Partner and Tysso manuals: "!#1" and "!#2" write the rows. */
static const struct ph_linedisplay_set aedex = {
	.name = "aedex",
	.line = "9600 8N1",
	.marked = true,
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* "!#A": the Tysso manual has another meaning for it, so that it is not said to clear */
	.init = BYTES('!', '#', 'A', 0x0d),
	.address = PH_LINEDISPLAY_ROW,
	.row = {BYTES('!', '#', '1'), BYTES('!', '#', '2')},
	.row_end = BYTES(0x0d),
};

/* ADM787 and ADM788, Partner and Posiflex manuals: SO and SI go to the rows. */
static const struct ph_linedisplay_set adm = {
	.name = "adm788",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	.init = BYTES(0x0c),
	.init_clears = true,
	.address = PH_LINEDISPLAY_ROW,
	.row = {BYTES(0x0e), BYTES(0x0f)},
};

/* DSP800, Tysso VFD-550 and Posiflex PD manuals: EOT SOH, command, ETB. */
static const struct ph_linedisplay_set dsp800 = {
	.name = "dsp800",
	.line = "9600 8N1",
	.answers = true,
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* initialise, clear the cells 31 to 58 */
	.init = BYTES(0x04, 0x01, 0x49, 0x17, 0x04, 0x01, 0x43, 0x31, 0x58, 0x17),
	.init_clears = true,
	.address = PH_LINEDISPLAY_CELL,
	.move = BYTES(0x04, 0x01, 0x50),
	.first_cell = 0x31,
	.end = BYTES(0x17),
	.brightness = BYTES(0x04, 0x01, 0x41),
	.steps = {{20, 0x31}, {40, 0x32}, {60, 0x33}, {100, 0x34}},
	.step_count = 4,
};

/* ICD2002 emulation, Tysso VFD-450 manual: ESC U and ESC D select a row, in which text shifts or overwrites. */
static const struct ph_linedisplay_set icd2002 = {
	.name = "icd2002",
	.line = "9600 8N1",
	.experimental = true,
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	.init = BYTES(0x1b, 0x40),
	.init_clears = true,
	.address = PH_LINEDISPLAY_ROW,
	/* CR matters in overwrite mode only; as many characters as cells replace the row in both modes */
	.row = {BYTES(0x1b, 0x55, 0x0d), BYTES(0x1b, 0x44, 0x0d)},
};

/* Bematech LD9000 and LDX manuals, Logic Controls command set. */
static const struct ph_linedisplay_set logic_controls = {
	.name = "logic-controls",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* US (reset), DC1 (overwrite), DC4 (cursor off) */
	.init = BYTES(0x1f, 0x11, 0x14),
	.init_clears = true,
	.address = PH_LINEDISPLAY_CELL,
	.move = BYTES(0x10),
	.brightness = BYTES(0x04),
	.steps = {{20, 0x20}, {40, 0x40}, {60, 0x60}, {100, 0xff}},
	.step_count = 4,
	.cursor_on = BYTES(0x13),
	.cursor_off = BYTES(0x14),
	.glyph = PH_LINEDISPLAY_GLYPH_PACKED,
	.glyph_first = 0x20,
	.glyph_last = 0x7e,
};

/* 02 nn of the SurePOS poles. */
static const struct ph_linedisplay_page ibm_pages[] = {
	{0x00, PH_CODEPAGE_437},
	{0x02, PH_CODEPAGE_858},
	{0x03, PH_CODEPAGE_852},
	{0x04, PH_CODEPAGE_855},
	{0x05, PH_CODEPAGE_857},
	{0x06, PH_CODEPAGE_862},
	{0x07, PH_CODEPAGE_863},
	{0x08, PH_CODEPAGE_864},
	{0x09, PH_CODEPAGE_865},
	{0x0b, PH_CODEPAGE_869},
};

/* IBM SurePOS 300 and 500 references, in their IBM emulation. */
static const struct ph_linedisplay_set ibm = {
	.name = "ibm",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* US (reset), 00 01 (IBM emulation), DC1 (overwrite: the default scrolls), DC4 (cursor off) */
	.init = BYTES(0x1f, 0x00, 0x01, 0x11, 0x14),
	.address = PH_LINEDISPLAY_CELL,
	.move = BYTES(0x10),
	.brightness = BYTES(0x04),
	.steps = {{20, 0x20}, {40, 0x40}, {60, 0x60}, {100, 0xff}},
	.step_count = 4,
	.cursor_on = BYTES(0x13),
	.cursor_off = BYTES(0x14),
	.codepage = BYTES(0x02),
	.pages = ibm_pages,
	.page_count = PH_ARRAY_SIZE(ibm_pages),
	.glyph = PH_LINEDISPLAY_GLYPH_ROWS,
	.glyph_first = 0x15,
	.glyph_last = 0x1e,
};

/* IBM SurePOS 500 reference, graphic pole: a part of VT100. */
static const struct ph_linedisplay_set ibm_apa = {
	.name = "ibm-apa",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 8,
	.columns_max = 80,
	.cells_max = 640,
	/* cursor none, clear */
	.init = BYTES(0x1b, 0x5c, 0x3f, 0x4c, 0x43, 0x30, 0x1b, 0x5b, 0x32, 0x4a),
	.init_clears = true,
	.address = PH_LINEDISPLAY_ANSI,
	.move = BYTES(0x1b, 0x5b),
	.brightness = BYTES(0x1b, 0x5c, 0x3f, 0x4c, 0x44),
	.steps = {{0, '0'}, {32, '1'}, {45, '2'}, {59, '3'}, {79, '4'}, {100, '5'}},
	.step_count = 6,
	.cursor_on = BYTES(0x1b, 0x5c, 0x3f, 0x4c, 0x43, 0x31),
	.cursor_off = BYTES(0x1b, 0x5c, 0x3f, 0x4c, 0x43, 0x30),
};

static const struct ph_linedisplay_page wincor_pages[] = {{0x34, PH_CODEPAGE_858}};

/* Diebold Nixdorf BA63USB and BA66-1 manuals: a part of VT100, no cursor to be seen, no brightness. */
#define WINCOR                                                                                     \
	.line = "9600 8O1", .columns = 20, .columns_max = 20,                                      \
	.init = BYTES(0x1b, 0x5b, 0x32, 0x4a), .init_clears = true,                                \
	.address = PH_LINEDISPLAY_ANSI, .move = BYTES(0x1b, 0x5b), .codepage = BYTES(0x1b, 0x52),  \
	.pages = wincor_pages, .page_count = PH_ARRAY_SIZE(wincor_pages)

static const struct ph_linedisplay_set ba63 = {
	.name = "ba63", .rows = 2, .rows_max = 2, .cells_max = 40, WINCOR};
static const struct ph_linedisplay_set ba66 = {
	.name = "ba66", .rows = 4, .rows_max = 4, .cells_max = 80, WINCOR};

/* ESC 20 to 22: characters of several sets may stand side by side. */
static const struct ph_linedisplay_page ncr_pages[] = {
	{0x20, PH_CODEPAGE_858},
	{0x22, PH_CODEPAGE_866},
	{0x21, PH_CODEPAGE_KATAKANA},
};

/* NCR 5972 user's guide, chapter 4. It always overwrites; how the cursor is hidden is not used here. */
static const struct ph_linedisplay_set ncr = {
	.name = "ncr",
	.line = "9600 8N1",
	.rows = 2,
	.columns = 20,
	.rows_max = 2,
	.columns_max = 20,
	.cells_max = 40,
	/* ESC 20 (CP858), ESC 0E (characters do not blink), ESC 02 (erase) */
	.init = BYTES(0x1b, 0x20, 0x1b, 0x0e, 0x1b, 0x02),
	.init_clears = true,
	.address = PH_LINEDISPLAY_CELL,
	.move = BYTES(0x1b, 0x13),
	.brightness = BYTES(0x1b, 0x17),
	.steps = {{20, 1}, {40, 2}, {60, 3}, {80, 4}, {100, 5}},
	.step_count = 5,
	.codepage = BYTES(0x1b),
	.page_switch = true,
	.pages = ncr_pages,
	.page_count = PH_ARRAY_SIZE(ncr_pages),
};

/* Poles of eight digits, seen in public code: which lamp is which differs. */
static const struct ph_linedisplay_set led8 = {
	.name = "led8",
	/* no usual line settings */
	.experimental = true,
	.numeric = true,
	.rows = 1,
	.columns = 8,
	.rows_max = 1,
	.columns_max = 8,
	.cells_max = 8,
	.address = PH_LINEDISPLAY_ROW,
	.row = {BYTES(0x1b, 0x51, 0x41)},
	.row_end = BYTES(0x0d),
	.descriptor = BYTES(0x1b, 0x73),
	.descriptor_count = 4,
	.descriptor_one = true,
};

const struct ph_linedisplay_set *const ph_linedisplay_sets[] = {&ph_linedisplay_epson,
	&ph_linedisplay_cd5220, &utc, &utc_enhanced, &aedex, &adm, &dsp800, &icd2002,
	&logic_controls, &ibm, &ibm_apa, &ba63, &ba66, &ncr, &led8};
const size_t ph_linedisplay_set_count = PH_ARRAY_SIZE(ph_linedisplay_sets);

const struct ph_linedisplay_set *ph_linedisplay_set_by_name(const char *name)
{
	for (size_t i = 0; i < ph_linedisplay_set_count; i++)
		if (!strcmp(ph_linedisplay_sets[i]->name, name))
			return ph_linedisplay_sets[i];
	return NULL;
}
