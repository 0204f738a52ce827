// Pictures to bytes: what each command set gets, and that a display of the set shows the picture then.
#include "emulators/models/display.h"
#include "pole.h"
#include "protocols/linedisplay/render.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_linedisplay_renderer renderer;
static struct ph_linedisplay_screen screen;
static uint8_t out[PH_LINEDISPLAY_OUT_MAX];

static void start(const char *name)
{
	const struct ph_linedisplay_set *set = ph_linedisplay_set_by_name(name);

	ck_assert_ptr_nonnull(set);
	ck_assert_int_eq(ph_linedisplay_screen_init(&screen, set->rows, set->columns), 0);
	ck_assert_int_eq(ph_linedisplay_renderer_init(&renderer, set, set->rows, set->columns), 0);
}

/* The bytes of a rendering, with <..> around what is not ASCII. */
static const char *rendered(void)
{
	static char text[4096];
	size_t len = ph_linedisplay_render(&renderer, &screen, out), n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < len && n < sizeof text - 5; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
			out[i] >= 0x20 && out[i] < 0x7f ? "%c" : "<%02x>", out[i]);
	return text;
}

static const char *show(const char *first, const char *second)
{
	ph_linedisplay_screen_row(&screen, 0, first, 0);
	if (screen.rows > 1)
		ph_linedisplay_screen_row(&screen, 1, second, 0);
	return rendered();
}

/* Start, one row, one cell in the second row. */
static const struct {
	const char *set, *start, *row, *cell;
} sets[] = {
	{"epson", "<1b>@<1b>R<00><1f>C<00><1f><01><0c>", "<1f>$<01><01>TOTAL", "<1f>$<05><02>X"},
	{"cd5220", "<1b>@<1b>fA<1b>_<00><1b><11><0c>", "<1b>l<01><01>TOTAL", "<1b>l<05><02>X"},
	{"utc", "<1f><11><14><1d>", "<10><00>TOTAL", "<10><18>X"},
	{"utc-enhanced", "<1b><0f><0d><1f><11><14><1b>d", "<1b>uATOTAL               <0d>",
		"<1b>uB    X               <0d>"},
	{"adm788", "<0c>", "<0e>TOTAL               ", "<0f>    X               "},
	{"dsp800", "<04><01>I<17><04><01>C1X<17>", "<04><01>P1<17>TOTAL", "<04><01>PI<17>X"},
	{"icd2002", "<1b>@", "<1b>U<0d>TOTAL               ", "<1b>D<0d>    X               "},
	{"logic-controls", "<1f><11><14>", "<10><00>TOTAL", "<10><18>X"},
	{"ibm-apa", "<1b>\\?LC0<1b>[2J", "<1b>[1;01HTOTAL", "<1b>[2;05HX"},
	{"ba63", "<1b>[2J<1b>R4", "<1b>[1;01HTOTAL", "<1b>[2;05HX"},
	{"ba66", "<1b>[2J<1b>R4", "<1b>[1;01HTOTAL", "<1b>[2;05HX"},
	{"ncr", "<1b> <1b><0e><1b><02>", "<1b><13><00>TOTAL", "<1b><13><18>X"},
};

START_TEST(bytes_of_each_set)
{
	start(sets[_i].set);
	ck_assert_str_eq(rendered(), sets[_i].start);
	ck_assert_str_eq(show("TOTAL", ""), sets[_i].row);
	ck_assert_str_eq(show("TOTAL", "    X"), sets[_i].cell);
	ck_assert_str_eq(rendered(), "");
}
END_TEST

START_TEST(sets_that_do_not_clear_are_drawn_whole)
{
	start("aedex");
	ck_assert_str_eq(
		show("AB", ""), "!#A<0d>!#1AB                  <0d>!#2                    <0d>");
	start("ibm");
	ck_assert_str_eq(show("AB", ""),
		"<1f><00><01><11><14><02><00><10><00>AB                  <10><14>                "
		"    ");
	start("led8");
	ck_assert_str_eq(show("12.50", ""), "<1b>QA12.50   <0d>");
}
END_TEST

START_TEST(table)
{
	unsigned experimental = 0;

	ck_assert_uint_eq(ph_linedisplay_set_count, 15);
	ck_assert_ptr_null(ph_linedisplay_set_by_name("noritake"));
	for (size_t i = 0; i < ph_linedisplay_set_count; i++) {
		const struct ph_linedisplay_set *set = ph_linedisplay_sets[i];
		ck_assert_ptr_eq(ph_linedisplay_set_by_name(set->name), set);
		ck_assert_uint_le(set->rows, set->rows_max);
		ck_assert_uint_le(set->columns, set->columns_max);
		ck_assert_uint_le(set->page_count, PH_LINEDISPLAY_PAGES_MAX);
		ck_assert_uint_le(set->descriptor_count, PH_LINEDISPLAY_DESCRIPTORS_MAX);
		experimental += set->experimental;
		ck_assert_int_eq(ph_linedisplay_renderer_init(
					 &renderer, set, set->rows_max + 1, set->columns),
			-EINVAL);
		ck_assert_int_eq(
			ph_linedisplay_renderer_init(&renderer, set, 0, set->columns), -EINVAL);
	}
	ck_assert_uint_eq(experimental, 2);
	/* cells are counted in rows of the device's width */
	ck_assert_int_eq(
		ph_linedisplay_renderer_init(&renderer, ph_linedisplay_set_by_name("utc"), 2, 16),
		-EINVAL);
	ck_assert_int_eq(ph_linedisplay_screen_init(&screen, 9, 20), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_screen_init(&screen, 2, 81), -EINVAL);
}
END_TEST

/* Wherever the text goes, a command in it does not. */
START_TEST(text_filter)
{
	for (size_t i = 0; i < ph_linedisplay_set_count; i++) {
		const struct ph_linedisplay_set *set = ph_linedisplay_sets[i];
		start(set->name);
		rendered();
		for (uint32_t codepoint = 0; codepoint < 0x3000; codepoint++) {
			uint8_t byte = ph_linedisplay_encode(&renderer, codepoint).byte;
			ck_assert(byte >= 0x20 && byte != 0x7f);
		}
	}
	start("epson");
	rendered();
	ck_assert_str_eq(show("A\x1b@B", ""), "<1f>$<01><01>A @B");
	/* framing bytes of DSP800 */
	start("dsp800");
	rendered();
	ck_assert_str_eq(show("A\x04\x01\x17"
			      "B",
				 ""),
		"<04><01>P1<17>A   B");
	start("aedex");
	rendered();
	ck_assert_str_eq(show("!#A is 20 cells long", ""), "!#1 !#A is 20 cells lon<0d>");
	ck_assert_str_eq(
		show("! #A", "#!"), "!#1! #A                <0d>!#2#!                  <0d>");
}
END_TEST

START_TEST(gaps_are_joined_when_that_is_shorter)
{
	start("epson"); /* a move is four bytes */
	rendered();
	show("abcdefghij", "");
	ck_assert_str_eq(show("Xbcdefghij", ""), "<1f>$<01><01>X");
	ck_assert_str_eq(show("YbcdYfghij", ""), "<1f>$<01><01>YbcdY");
	ck_assert_str_eq(show("ZbcdYZghij", ""), "<1f>$<01><01>Z<1f>$<06><01>Z");
	start("utc"); /* two */
	rendered();
	show("abcdefghij", "");
	ck_assert_str_eq(show("XbXdefghij", ""), "<10><00>XbX");
	ck_assert_str_eq(show("YbXYefghij", ""), "<10><00>Y<10><03>Y");
	start("ba63"); /* seven */
	rendered();
	show("abcdefghij", "");
	ck_assert_str_eq(show("XbcdefgXij", ""), "<1b>[1;01HXbcdefgX");
	ck_assert_str_eq(show("YbcdefgXYj", ""), "<1b>[1;01HY<1b>[1;09HY");
	/* not over characters of another attribute, nor to the next row */
	start("epson");
	screen.cells[1].attributes = PH_LINEDISPLAY_REVERSE;
	screen.cells[0].codepoint = screen.cells[2].codepoint = 'a';
	ck_assert_str_eq(rendered(), "<1b>@<1b>R<00><1f>C<00><1f><01><0c><1f>$<01><01>a<1f>r<01> "
				     "<1f>r<00>a");
	screen.cells[0].codepoint = screen.cells[2].codepoint = 'b';
	ck_assert_str_eq(rendered(), "<1f>$<01><01>b<1f>$<03><01>b");
}
END_TEST

START_TEST(pages)
{
	start("ncr"); /* may switch between characters */
	rendered();
	ck_assert_str_eq(
		show("\xe2\x82\xac\xd0\x96\xc3\xa9", ""), "<1b><13><00><d5><1b>\"<86><1b> <82>");
	start("ibm"); /* chooses once */
	ck_assert_int_eq(ph_linedisplay_set_pages(&renderer, "cp852, cp858"), 0);
	ck_assert_ptr_nonnull(strstr(rendered(), "<11><14><02><03><10>"));
	ck_assert_str_eq(show("\xc5\x82\xe2\x82\xac", ""), "<10><00><88>E");
	ck_assert_int_eq(ph_linedisplay_set_pages(&renderer, "cp1252"), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_pages(&renderer, "rot13"), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_pages(&renderer, " ,"), -EINVAL);
	start("utc"); /* has none */
	rendered();
	ck_assert_str_eq(
		show("caf\xc3\xa9 \xe2\x80\x9c\xe2\x82\xac\xe4\xb8\xad", ""), "<10><00>cafe \"E?");
	start("ba63");
	rendered();
	ck_assert_str_eq(show("5 \xe2\x82\xac e\xcc\x81", ""), "<1b>[1;01H5 <d5> <82>");
	char text[81];
	ph_linedisplay_row_text(&renderer, &screen, 0, text);
	ck_assert_str_eq(text, "5 \xe2\x82\xac \xc3\xa9");
}
END_TEST

static const struct {
	const char *set;
	int percent;
	const char *bytes;
} brightness[] = {
	{"epson", 0, "<1f>X<01>"},
	{"epson", 20, "<1f>X<01>"},
	{"epson", 45, "<1f>X<02>"},
	{"epson", 50, "<1f>X<03>"},
	{"epson", 100, "<1f>X<04>"},
	{"epson", -1, ""},
	{"dsp800", 60, "<04><01>A3<17>"},
	{"logic-controls", 100, "<04><ff>"},
	{"ibm-apa", 0, "<1b>\\?LD0"},
	{"ibm-apa", 1, "<1b>\\?LD1"},
	{"ibm-apa", 80, "<1b>\\?LD4"},
	{"ncr", 80, "<1b><17><04>"},
	{"utc", 50, ""},
};

START_TEST(brightness_steps)
{
	start(brightness[_i].set);
	rendered();
	screen.brightness = brightness[_i].percent;
	ck_assert_str_eq(rendered(), brightness[_i].bytes);
	ck_assert_str_eq(rendered(), "");
}
END_TEST

START_TEST(blinking)
{
	start("epson"); /* as a whole */
	rendered();
	screen.cells[3].attributes = PH_LINEDISPLAY_BLINK;
	ck_assert_str_eq(rendered(), "<1f>E<0a>");
	screen.cells[3].attributes = 0;
	ck_assert_str_eq(rendered(), "<1f>E<00>");
	start("utc"); /* characters */
	rendered();
	show("ab", "");
	screen.cells[1].attributes = PH_LINEDISPLAY_BLINK;
	ck_assert_str_eq(rendered(), "<10><01><1c>b");
	ck_assert_str_eq(show("abc", ""), "<10><01><1d>bc");
	start("ba63"); /* not at all */
	rendered();
	screen.cells[3].attributes = PH_LINEDISPLAY_BLINK | PH_LINEDISPLAY_REVERSE;
	ck_assert_str_eq(rendered(), "");
}
END_TEST

START_TEST(cursor)
{
	start("epson");
	screen.cursor_type = PH_LINEDISPLAY_CURSOR_UNDERLINE;
	screen.cursor_row = 1;
	screen.cursor_column = 2;
	ck_assert_ptr_nonnull(strstr(rendered(), "<0c><1f>$<03><02><1f>C<01>"));
	ck_assert_str_eq(show("A", ""), "<1f>$<01><01>A<1f>$<03><02>");
	screen.cursor_type = 0;
	ck_assert_str_eq(rendered(), "<1f>C<00>");
	start("ba63"); /* drawn */
	rendered();
	screen.cursor_type = PH_LINEDISPLAY_CURSOR_BLOCK;
	screen.cursor_column = 3;
	ck_assert_str_eq(rendered(), "<1b>[1;04H_");
	screen.cursor_column = 20; /* past the end */
	ck_assert_str_eq(rendered(), "<1b>[1;04H ");
}
END_TEST

START_TEST(descriptors)
{
	start("epson");
	rendered();
	screen.descriptors[4] = PH_LINEDISPLAY_DESCRIPTOR_ON;
	ck_assert_str_eq(rendered(), "<1f>#<01><05>");
	screen.descriptors[4] = PH_LINEDISPLAY_DESCRIPTOR_OFF;
	screen.descriptors[19] = PH_LINEDISPLAY_DESCRIPTOR_BLINK;
	ck_assert_str_eq(rendered(), "<1f>#<01><14><1f>#<00><05>");
	start("led8"); /* one of four */
	rendered();
	screen.descriptors[1] = PH_LINEDISPLAY_DESCRIPTOR_ON;
	ck_assert_str_eq(rendered(), "<1b>s2");
	screen.descriptors[3] = PH_LINEDISPLAY_DESCRIPTOR_ON;
	ck_assert_str_eq(rendered(), "");
	screen.descriptors[1] = 0;
	ck_assert_str_eq(rendered(), "<1b>s4");
	screen.descriptors[3] = 0;
	ck_assert_str_eq(rendered(), "<1b>s0");
	ck_assert_str_eq(show("1 A-2.5,", ""), "<1b>QA1  -2.5,<0d>");
}
END_TEST

/* An 8, as the manuals of three sets draw it. */
START_TEST(glyphs)
{
	static const uint8_t eight[] = {0x36, 0x49, 0x49, 0x49, 0x36};
	static const struct {
		const char *set;
		uint32_t code;
		const char *bytes;
	} cases[] = {
		{"cd5220", 'A', "<1b>&<01>AA<05>6III6<1b>%<01>"},
		{"epson", 'A', "<1b>&<01>AA<05>6III6<1b>%<01>"},
		{"logic-controls", 0x7c, "<03>|.F<17><a3><03>"},
		{"ibm", 0x15, "<03><15><0e><11><11><0e><11><11><0e><00>"},
		{"utc", 'A', ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		start(cases[i].set);
		rendered();
		screen.glyphs[0].code = cases[i].code;
		memcpy(screen.glyphs[0].columns, eight, sizeof eight);
		screen.glyph_count = 1;
		ck_assert_str_eq(rendered(), cases[i].bytes);
		ck_assert_str_eq(rendered(), "");
	}
	/* what shows the character already is written again */
	start("logic-controls");
	rendered();
	show("aAa", "");
	screen.glyphs[0].code = 'A';
	screen.glyph_count = 1;
	ck_assert_str_eq(rendered(), "<03>A<00><00><00><00><00><10><01>A");
	screen.glyphs[0].columns[0] = 1;
	ck_assert_str_eq(rendered(), "<03>A<01><00><00><00><00><10><01>A");
	/* the code of a glyph is text then; ESC never is */
	start("ibm");
	rendered();
	screen.glyphs[0].code = 0x15;
	screen.glyphs[1].code = 0x1b;
	screen.glyph_count = 2;
	screen.cells[0].codepoint = 0x15;
	screen.cells[1].codepoint = 0x1b;
	ck_assert_str_eq(rendered(), "<03><15><00><00><00><00><00><00><00><00><10><00><15>");
}
END_TEST

/* Diebold Nixdorf BA63USB manual. */
START_TEST(wincor_carrier)
{
	static const struct {
		const char *data;
		uint8_t report[PH_LINEDISPLAY_WINCOR_REPORT];
	} cases[] = {
		{"\x1b[2J", {0, 2, 0, 4, 0x1b, 0x5b, 0x32, 0x4a}},
		{"\x1b[1;01HTOTAL", {0, 2, 0, 0x0c, 0x1b, 0x5b, 0x31, 0x3b, 0x30, 0x31, 0x48, 0x54,
					    0x4f, 0x54, 0x41, 0x4c}},
		{"\x1b[2;16H5.",
			{0, 2, 0, 9, 0x1b, 0x5b, 0x32, 0x3b, 0x31, 0x36, 0x48, 0x35, 0x2e}},
		{"50 ", {0, 2, 0, 3, 0x35, 0x30, 0x20}},
		{"\x1b[2", {0, 2, 0, 3, 0x1b, 0x5b, 0x32}},
		{"J", {0, 2, 0, 1, 0x4a}},
	};
	uint8_t report[PH_LINEDISPLAY_WINCOR_REPORT];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].data);
		ck_assert_uint_eq(
			ph_linedisplay_wincor_pack((const uint8_t *)cases[i].data, len, report),
			len);
		ck_assert_mem_eq(report, cases[i].report, sizeof report);
	}
	uint8_t many[40];
	memset(many, 'x', sizeof many);
	ck_assert_uint_eq(ph_linedisplay_wincor_pack(many, sizeof many, report), 29);
	ck_assert_uint_eq(report[3], 0x1d);
	ck_assert_uint_eq(report[32], 'x');
}
END_TEST

/* The displays below are right: bytes of the manuals, and what they show. */
static const struct {
	enum pole_kind kind;
	const char *bytes;
	size_t len;
	const char *first, *second;
} vectors[] = {
#define BYTES(text) text, sizeof text - 1
	{POLE_UTC, BYTES("\x1f\x10\x14X"), "", "X"},
	{POLE_UTC,
		BYTES("\x1f\x12"
		      "AAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBC"),
		"BBBBBBBBBBBBBBBBBBBB", "C"},
	{POLE_UTC, BYTES("\x1f\x1b\x64\x1b\x75\x42--------------------\r"), "",
		"--------------------"},
	{POLE_AEDEX, BYTES("!#9AAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBB\r"), "AAAAAAAAAAAAAAAAAAAA",
		"BBBBBBBBBBBBBBBBBBBB"},
	{POLE_DSP800, BYTES("\x04\x01\x43\x31\x58\x17\x04\x01\x50\x45\x17X"), "", "X"},
	{POLE_LOGIC_CONTROLS, BYTES("\x1f\x10\x27XY"), "Y", "                   X"},
	{POLE_IBM, BYTES("\x1f\x00\x01\x11\x14\x10\x28X"), "X", ""},
	{POLE_ANSI, BYTES("\x1b[2J\x1b[2;05HX\nY"), "    X", "     Y"},
};

START_TEST(poles)
{
	struct pole pole;

	pole_init(&pole, vectors[_i].kind, 2, 20);
	pole_feed(&pole, vectors[_i].bytes, vectors[_i].len);
	ck_assert_str_eq(pole_row(&pole, 0), vectors[_i].first);
	ck_assert_str_eq(pole_row(&pole, 1), vectors[_i].second);
	if (vectors[_i].kind == POLE_DSP800) {
		ck_assert_uint_eq(pole.answer, 0x06);
		pole_feed(&pole, "\x04\x01\x50\x59\x17", 5);
		ck_assert_uint_eq(pole.answer, 0x15);
	}
}
END_TEST

static uint32_t seed;

static unsigned any(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Changes some cells of the picture, often next to each other. */
static void scribble(void)
{
	unsigned cells = screen.rows * screen.columns, at = any(cells), n = any(cells);

	for (unsigned i = at; i < cells && i < at + n; i++)
		if (any(3))
			screen.cells[i].codepoint = any(8) ? '0' + any(10) : any(0x80);
	if (!any(10))
		for (unsigned i = 0; i < cells; i++)
			screen.cells[i].codepoint = ' ';
	screen.cells[any(cells)].attributes = (uint8_t)any(4);
}

static const struct {
	const char *set;
	enum pole_kind kind;
} kinds[] = {
	{"utc", POLE_UTC},
	{"utc-enhanced", POLE_UTC_ENHANCED},
	{"aedex", POLE_AEDEX},
	{"adm788", POLE_ADM},
	{"dsp800", POLE_DSP800},
	{"icd2002", POLE_ICD2002},
	{"logic-controls", POLE_LOGIC_CONTROLS},
	{"ibm", POLE_IBM},
	{"ibm-apa", POLE_ANSI},
	{"ba63", POLE_ANSI},
	{"ba66", POLE_ANSI},
	{"ncr", POLE_NCR},
	{"led8", POLE_LED8},
};

START_TEST(any_picture_arrives)
{
	struct pole pole;
	char text[PH_LINEDISPLAY_COLUMNS_MAX * 4 + 1];

	start(kinds[_i].set);
	seed = 1;
	pole_init(&pole, kinds[_i].kind, screen.rows, screen.columns);
	for (unsigned i = 0; i < 300; i++) {
		scribble();
		if (i % 100 == 99) {
			/* switched off and on, which nobody says */
			pole_init(&pole, kinds[_i].kind, screen.rows, screen.columns);
			ph_linedisplay_forget(&renderer);
		}
		/* "!#" in front is changed on purpose */
		screen.cells[0].codepoint = '=';
		screen.cells[screen.columns].codepoint = '=';
		size_t len = ph_linedisplay_render(&renderer, &screen, out);
		pole_feed(&pole, out, len);
		ck_assert_uint_eq(pole.mistakes, 0);
		for (unsigned row = 0; row < screen.rows; row++) {
			ph_linedisplay_row_text(&renderer, &screen, row, text);
			ck_assert_str_eq(pole_row(&pole, row), text);
		}
		for (unsigned c = 0; _i == 0 && c < 40; c++)
			ck_assert_int_eq(
				pole.blinks[c], screen.cells[c].attributes & PH_LINEDISPLAY_BLINK);
	}
}
END_TEST

/* The same on the emulators of the bench, other sizes too, and characters of all pages. */
static void emulated(enum ph_emu_display_set kind, const char *name, unsigned columns)
{
	static const uint32_t above[] = {0xe9, 0x20ac, 0x416, 0x142, 0xff71, 0x4e2d};
	struct ph_emu_display_config config;
	struct ph_emu_display *display = NULL;
	const char *const *notes;
	char want[PH_LINEDISPLAY_COLUMNS_MAX * 4 + 1], got[PH_EMU_DISPLAY_ROW_SIZE];

	ph_emu_display_config_default(&config);
	config.set = kind;
	config.columns = columns;
	ck_assert_int_eq(ph_emu_display_new(&config, &display), 0);
	ck_assert_int_eq(ph_linedisplay_screen_init(&screen, 2, columns), 0);
	ck_assert_int_eq(ph_linedisplay_renderer_init(
				 &renderer, ph_linedisplay_set_by_name(name), 2, columns),
		0);
	for (unsigned i = 0; i < 300; i++) {
		scribble();
		screen.cells[any(2 * columns)].codepoint = above[any(6)];
		size_t len = ph_linedisplay_render(&renderer, &screen, out);
		ph_emu_display_feed(display, out, len);
		for (unsigned row = 0; row < 2; row++) {
			ph_linedisplay_row_text(&renderer, &screen, row, want);
			ph_emu_display_row(display, row, got);
			ck_assert_str_eq(got, want);
		}
	}
	ck_assert_uint_eq(ph_emu_display_notes(display, &notes), 0);
	ph_emu_display_free(display);
}

START_TEST(any_picture_arrives_at_the_emulators)
{
	seed = 2;
	emulated(PH_EMU_DISPLAY_EPSON, "epson", 20);
	emulated(PH_EMU_DISPLAY_EPSON, "epson", 40);
	emulated(PH_EMU_DISPLAY_CD5220, "cd5220", 20);
}
END_TEST

START_TEST(wrong_size_sends_nothing)
{
	start("epson");
	screen.rows = 1;
	ck_assert_str_eq(rendered(), "");
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(a)[0]))

int main(void)
{
	Suite *suite = suite_create("linedisplay");
	TCase *cases = tcase_create("render");

	tcase_add_loop_test(cases, bytes_of_each_set, 0, COUNT(sets));
	tcase_add_test(cases, sets_that_do_not_clear_are_drawn_whole);
	tcase_add_test(cases, table);
	tcase_add_test(cases, text_filter);
	tcase_add_test(cases, gaps_are_joined_when_that_is_shorter);
	tcase_add_test(cases, pages);
	tcase_add_loop_test(cases, brightness_steps, 0, COUNT(brightness));
	tcase_add_test(cases, blinking);
	tcase_add_test(cases, cursor);
	tcase_add_test(cases, descriptors);
	tcase_add_test(cases, glyphs);
	tcase_add_test(cases, wincor_carrier);
	tcase_add_loop_test(cases, poles, 0, COUNT(vectors));
	tcase_add_loop_test(cases, any_picture_arrives, 0, COUNT(kinds));
	tcase_add_test(cases, any_picture_arrives_at_the_emulators);
	tcase_add_test(cases, wrong_size_sends_nothing);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
