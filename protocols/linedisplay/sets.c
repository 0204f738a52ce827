// The command sets of line displays as table rows.
#include "protocols/linedisplay/linedisplay.h"

#include "base/cleanup.h"

/* Epson DM-D, ESC t n; the order is that of preference. */
static const struct ph_linedisplay_page epson_pages[] = {
	{0x00, PH_CODEPAGE_437},
	{0x13, PH_CODEPAGE_858},
	{0x02, PH_CODEPAGE_850},
	{0x10, PH_CODEPAGE_1252},
	{0x12, PH_CODEPAGE_852},
	{0x11, PH_CODEPAGE_866},
	{0x03, PH_CODEPAGE_860},
	{0x01, PH_CODEPAGE_KATAKANA},
};

const struct ph_linedisplay_set ph_linedisplay_epson = {
	.name = "epson",
	/* ESC @, US C 0 (cursor off), US 1 (overwrite), CLR */
	.init = {0x1b, 0x40, 0x1f, 0x43, 0x00, 0x1f, 0x01, 0x0c},
	.init_len = 8,
	.move = {0x1f, 0x24},
	.brightness = {0x1f, 0x58},
	.reverse = {0x1f, 0x72},
	.blink = {0x1f, 0x45},
	.codepage = {0x1b, 0x74},
	.pages = epson_pages,
	.page_count = PH_ARRAY_SIZE(epson_pages),
};

/* Letters of ESC c n. The manuals name the tables, not their upper halves: these are what units in shops show. */
static const struct ph_linedisplay_page cd5220_pages[] = {
	{'A', PH_CODEPAGE_437},
	{'L', PH_CODEPAGE_852},
	{'R', PH_CODEPAGE_866},
	{'J', PH_CODEPAGE_KATAKANA},
};

const struct ph_linedisplay_set ph_linedisplay_cd5220 = {
	.name = "cd5220",
	/* ESC @, ESC _ 0 (cursor off), ESC DC1 (overwrite), CLR, which also leaves string mode */
	.init = {0x1b, 0x40, 0x1b, 0x5f, 0x00, 0x1b, 0x11, 0x0c},
	.init_len = 8,
	.move = {0x1b, 0x6c},
	.brightness = {0x1b, 0x2a},
	.blink = {0x1f, 0x45},
	.codepage = {0x1b, 0x63},
	.pages = cd5220_pages,
	.page_count = PH_ARRAY_SIZE(cd5220_pages),
};
