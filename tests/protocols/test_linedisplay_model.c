// UnifiedPOS LineDisplay in software: windows, cursor, scrolling, marquees, teletype, blinking, by a clock that is moved by
// hand.
#include "protocols/linedisplay/model.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct ph_linedisplay display;
static struct ph_linedisplay_screen screen;

static void start(unsigned rows, unsigned columns)
{
	ck_assert_int_eq(ph_linedisplay_init(&display, rows, columns, 4, false), 0);
}

/* A row of the picture, ASCII, dots for blanks at its end are left out. */
static const char *row(unsigned n)
{
	static char texts[2][PH_LINEDISPLAY_COLUMNS_MAX + 1];
	static unsigned turn;
	char *text = texts[turn++ % 2];
	unsigned end = 0;

	ph_linedisplay_content(&display, &screen);
	for (unsigned i = 0; i < screen.columns; i++) {
		uint32_t c = screen.cells[n * screen.columns + i].codepoint;
		text[i] = c == ' ' ? '.' : (char)c;
		end = c == ' ' ? end : i + 1;
	}
	text[end] = '\0';
	return text;
}

static int window(unsigned vr, unsigned vc, const unsigned size[4])
{
	const struct ph_linedisplay_geometry g = {vr, vc, size[0], size[1], size[2], size[3]};

	return ph_linedisplay_create_window(&display, &g);
}
#define WINDOW(vr, vc, vh, vw, h, w) window(vr, vc, (const unsigned[]){vh, vw, h, w})

static void write(const char *text)
{
	ck_assert_int_eq(ph_linedisplay_write(&display, text, 0, 0), 0);
}

static void at(unsigned cursor_row, unsigned cursor_column)
{
	const struct ph_linedisplay_window *w = ph_linedisplay_current(&display);

	ck_assert_uint_eq(w->cursor_row, cursor_row);
	ck_assert_uint_eq(w->cursor_column, cursor_column);
}

/* UnifiedPOS, DisplayText and CursorColumn. */
START_TEST(past_the_end)
{
	start(2, 20);
	write("AAAAAAAAAAAAAAAAAAAA");
	at(0, 20);
	write("B");
	ck_assert_str_eq(row(1), "B");
	at(1, 1);

	start(2, 20);
	write("AAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBB");
	at(1, 20);
	write("C");
	ck_assert_str_eq(row(0), "BBBBBBBBBBBBBBBBBBBB");
	ck_assert_str_eq(row(1), "C");

	start(2, 20);
	write("X\r\nY");
	ck_assert_str_eq(row(0), "X");
	ck_assert_str_eq(row(1), "Y");
	at(1, 1);
	write("\rZ\n");
	ck_assert_str_eq(row(0), "Z");
	at(1, 0);
}
END_TEST

START_TEST(cursor)
{
	start(2, 20);
	ck_assert_int_eq(ph_linedisplay_set_cursor(&display, 1, 20), 0);
	ck_assert_uint_eq(ph_linedisplay_read_at_cursor(&display), ' ');
	ck_assert_int_eq(ph_linedisplay_set_cursor(&display, 2, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_cursor(&display, 0, 21), -EINVAL);
	at(1, 20);
	ck_assert_int_eq(
		ph_linedisplay_write_at(&display, (const unsigned[]){0, 5}, "AB", 0, 0), 0);
	at(0, 7);
	ck_assert_int_eq(
		ph_linedisplay_write_at(&display, (const unsigned[]){2, 5}, "AB", 0, 0), -EINVAL);
	at(0, 7);
	ph_linedisplay_set_cursor(&display, 0, 6);
	ck_assert_uint_eq(ph_linedisplay_read_at_cursor(&display), 'B');
	ph_linedisplay_set_cursor_update(&display, false);
	write("xyz");
	at(0, 6);
	ck_assert_int_eq(ph_linedisplay_write_at(&display, (const unsigned[]){1, 0}, "Q", 0, 0), 0);
	at(0, 6);
	ck_assert_str_eq(row(0), ".....Axyz");
	ck_assert_str_eq(row(1), "Q");
	ck_assert_int_eq(ph_linedisplay_set_cursor_type(&display,
				 PH_LINEDISPLAY_CURSOR_BLOCK | PH_LINEDISPLAY_CURSOR_BLINK),
		0);
	ph_linedisplay_content(&display, &screen);
	ck_assert_int_eq(screen.cursor_type, 0x10000002);
	ck_assert_uint_eq(screen.cursor_column, 6);
	ck_assert_int_eq(ph_linedisplay_set_cursor_type(&display, 7), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_cursor_type(&display, -1), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_clear(&display), 0);
	at(0, 0);
	ck_assert_str_eq(row(0), "");
}
END_TEST

START_TEST(window_rules)
{
	start(2, 20);
	ck_assert_int_eq(WINDOW(0, 0, 1, 20, 1, 40), 1);
	ck_assert_uint_eq(display.current, 1);
	at(0, 0);
	ck_assert_int_eq(WINDOW(0, 0, 1, 20, 2, 40), -EINVAL);	/* larger both ways */
	ck_assert_int_eq(WINDOW(1, 10, 1, 11, 1, 11), -EINVAL); /* outside */
	ck_assert_int_eq(WINDOW(2, 0, 1, 1, 1, 1), -EINVAL);
	ck_assert_int_eq(WINDOW(0, 0, 0, 1, 1, 1), -EINVAL);
	ck_assert_int_eq(WINDOW(0, 0, 2, 1, 1, 1), -EINVAL);
	ck_assert_int_eq(WINDOW(0, 0, 1, 1, 1, 0xffffffff), -ENOSPC);
	ck_assert_int_eq(WINDOW(0, 0, 1, 20, 1, 4096), -ENOSPC);
	for (int i = 2; i < PH_LINEDISPLAY_WINDOWS_MAX; i++)
		ck_assert_int_eq(WINDOW(0, 0, 1, 1, 1, 1), i);
	ck_assert_int_eq(WINDOW(0, 0, 1, 1, 1, 1), -ENOSPC);
	ck_assert_int_eq(ph_linedisplay_select_window(&display, 8), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_select_window(&display, 3), 0);
	ck_assert_int_eq(ph_linedisplay_destroy_window(&display), 0);
	ck_assert_uint_eq(display.current, 0);
	ck_assert_int_eq(ph_linedisplay_destroy_window(&display), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_select_window(&display, 3), -EINVAL);
	ck_assert_int_eq(WINDOW(1, 1, 1, 1, 1, 1), 3);
	ck_assert_int_eq(ph_linedisplay_init(&display, 0, 20, 0, false), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_init(&display, 2, 20, 21, false), -EINVAL);
}
END_TEST

/* The last cells written win, whichever window they are of. */
START_TEST(windows_overlap)
{
	start(2, 20);
	write("00000000000000000000");
	ck_assert_int_eq(WINDOW(0, 5, 1, 5, 1, 5), 1);
	ck_assert_str_eq(row(0), "00000.....0000000000");
	write("abcde");
	ck_assert_int_eq(WINDOW(0, 8, 2, 4, 2, 4), 2);
	write("wxyz1");
	ck_assert_str_eq(row(0), "00000abcwxyz00000000");
	ck_assert_str_eq(row(1), "........1");
	ck_assert_int_eq(ph_linedisplay_refresh_window(&display, 1), 0);
	ck_assert_uint_eq(display.current, 1);
	ck_assert_str_eq(row(0), "00000abcdeyz00000000");
	ck_assert_int_eq(ph_linedisplay_destroy_window(&display), 0);
	ck_assert_str_eq(row(0), "00000abcdeyz00000000");
	ph_linedisplay_set_cursor(&display, 0, 7);
	write("!");
	ck_assert_str_eq(row(0), "00000ab!deyz00000000");
	/* the cells of window 2 are still its own */
	ck_assert_int_eq(ph_linedisplay_refresh_window(&display, 2), 0);
	ck_assert_str_eq(row(0), "00000ab!wxyz00000000");
	ck_assert_int_eq(ph_linedisplay_refresh_window(&display, 0), 0);
	ck_assert_str_eq(row(0), "0000000!000000000000");
	ck_assert_str_eq(row(1), "");
}
END_TEST

/* A viewport follows what is written; ScrollText moves it, no further than the window goes. */
START_TEST(viewport)
{
	start(2, 10);
	ck_assert_int_eq(WINDOW(0, 2, 1, 5, 1, 12), 1);
	write("ABCDE");
	ck_assert_str_eq(row(0), "..BCDE"); /* and the cursor behind it is in view */
	write("FGHIJKL");
	ck_assert_str_eq(row(0), "..HIJKL");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_RIGHT, 3), 0);
	ck_assert_str_eq(row(0), "..EFGHI");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_RIGHT, 100), 0);
	ck_assert_str_eq(row(0), "..ABCDE");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 1), 0);
	ck_assert_str_eq(row(0), "..BCDEF");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 0), 0);
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 0xffffffff), 0);
	ck_assert_str_eq(row(0), "..HIJKL");
	at(0, 12);
	ck_assert_int_eq(
		ph_linedisplay_scroll(&display, (enum ph_linedisplay_direction)5, 1), -EINVAL);
	ck_assert_int_eq(
		ph_linedisplay_scroll(&display, (enum ph_linedisplay_direction)0, 1), -EINVAL);

	start(2, 10);
	ck_assert_int_eq(WINDOW(0, 0, 2, 4, 4, 4), 1);
	write("1\n2\n3\n4");
	ck_assert_str_eq(row(0), "3");
	ck_assert_str_eq(row(1), "4");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_DOWN, 1), 0);
	ck_assert_str_eq(row(0), "2");
	write("\n5");
	ck_assert_str_eq(row(1), "5");
	ck_assert_str_eq(row(0), "4");
}
END_TEST

/* Where window and viewport are of one size the text moves, and what is pushed out is gone. */
START_TEST(scrolling_the_text)
{
	start(2, 5);
	write("abcdeVWXYZ");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 2), 0);
	ck_assert_str_eq(row(0), "cde");
	ck_assert_str_eq(row(1), "XYZ");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_RIGHT, 1), 0);
	ck_assert_str_eq(row(0), ".cde");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_DOWN, 1), 0);
	ck_assert_str_eq(row(0), "");
	ck_assert_str_eq(row(1), ".cde");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_UP, 1), 0);
	ck_assert_str_eq(row(0), ".cde");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_UP, 0xffffffff), 0);
	ck_assert_str_eq(row(0), "");

	/* each way by itself: along the row the viewport moves, across it the text does */
	start(2, 10);
	ck_assert_int_eq(WINDOW(0, 0, 1, 5, 1, 12), 1);
	write("ABCDEFGHIJKL");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_RIGHT, 100), 0);
	ck_assert_str_eq(row(0), "ABCDE");
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_UP, 1), 0);
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_DOWN, 1), 0);
	ck_assert_str_eq(row(0), "");
}
END_TEST

static const struct {
	const char *text;
	unsigned attributes;
	const char *shown, *each; /* attributes of the cells shown */
} texts[] = {
	{"ab", 0, "ab", "00"},
	{"ab", 3, "ab", "33"},
	{"a\x1b|rvCb\x1b|kCc\x1b|Nd", 0, "abcd", "0230"},
	{"a\x1b|!rvCb", 3, "ab", "31"},
	{"a\x1b|3Bb\x1b|4uFc", 2, "abc", "222"}, /* bitmaps and what else there is show nothing */
	{"a\x1b@b", 0, "a.@b", "0000"},		 /* no escape of ours */
	{"a\x1b|b", 0, "a.|b", "0000"},
	{"a\x1b|", 0, "a.|", "000"},
	{"a\x07\x7f\xc2\x9b"
	 "b",
		1, "a...b", "11001"},
	{"\xff\xc3", 0, "??", "00"},
};

START_TEST(text)
{
	start(2, 20);
	ck_assert_int_eq(
		ph_linedisplay_write(&display, texts[_i].text, texts[_i].attributes, 0), 0);
	ck_assert_str_eq(row(0), texts[_i].shown);
	for (unsigned i = 0; texts[_i].each[i]; i++)
		if (screen.cells[i].codepoint != ' ')
			ck_assert_uint_eq(screen.cells[i].attributes, texts[_i].each[i] - '0');
	ck_assert_int_eq(ph_linedisplay_write(&display, "a", 4, 0), -EINVAL);
}
END_TEST

START_TEST(marks_join_their_letter)
{
	start(2, 20);
	write("e\xcc\x81x\xcc\x81\xcc\x82 \xc3\xa9");
	ph_linedisplay_content(&display, &screen);
	ck_assert_uint_eq(screen.cells[0].codepoint, 0xe9);
	ck_assert_uint_eq(screen.cells[1].codepoint, 'x');
	ck_assert_uint_eq(screen.cells[3].codepoint, 0xe9);
	at(0, 4);
}
END_TEST

/* Frames 0 to 8 of ABCDEFGH through a viewport of five. */
static const struct {
	enum ph_linedisplay_marquee marquee;
	enum ph_linedisplay_format format;
	const char *frames[9];
} marquees[] = {
	{PH_LINEDISPLAY_MARQUEE_LEFT, PH_LINEDISPLAY_WALK,
		{"", "....A", "...AB", "..ABC", ".ABCD", "ABCDE", "BCDEF", "CDEFG", "DEFGH"}},
	{PH_LINEDISPLAY_MARQUEE_LEFT, PH_LINEDISPLAY_PLACE,
		{"", "A", "AB", "ABC", "ABCD", "ABCDE", "BCDEF", "CDEFG", "DEFGH"}},
	{PH_LINEDISPLAY_MARQUEE_RIGHT, PH_LINEDISPLAY_WALK,
		{"", "H", "GH", "FGH", "EFGH", "DEFGH", "CDEFG", "BCDEF", "ABCDE"}},
	{PH_LINEDISPLAY_MARQUEE_RIGHT, PH_LINEDISPLAY_PLACE,
		{"", "....H", "...GH", "..FGH", ".EFGH", "DEFGH", "CDEFG", "BCDEF", "ABCDE"}},
};

static void ready_marquee(void)
{
	start(2, 5);
	ck_assert_int_eq(WINDOW(0, 0, 1, 5, 1, 30), 1);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_INIT, 1000), 0);
	write("ABCDEFGH"); /* not seen yet */
	ck_assert_str_eq(row(0), "");
	ck_assert_int_eq(ph_linedisplay_set_marquee_waits(&display, 200, 1000), 0);
}

START_TEST(marquee_frames)
{
	int64_t now = 1000;

	ready_marquee();
	ck_assert_int_eq(ph_linedisplay_set_marquee_format(&display, marquees[_i].format), 0);
	ck_assert_int_eq(ph_linedisplay_set_marquee(&display, marquees[_i].marquee, now), 0);
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < 9; i++) {
			ck_assert_str_eq(row(0), marquees[_i].frames[i]);
			int64_t due = now + (i < 8 ? 200 : 1000);
			ck_assert_int_eq(ph_linedisplay_due(&display), due);
			ck_assert(!ph_linedisplay_tick(&display, due - 1));
			now = due;
			ck_assert(ph_linedisplay_tick(&display, now));
		}
	}
	/* a long sleep is one step to where it would be */
	ck_assert(ph_linedisplay_tick(&display, now + 2600 * 1000 + 400));
	ck_assert_str_eq(row(0), marquees[_i].frames[2]);
	ck_assert_int_eq(ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_NONE, now), 0);
	ck_assert_str_eq(row(0), "ABCDE");
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
}
END_TEST

START_TEST(marquee_rules)
{
	start(2, 5);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_LEFT, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_NONE, 0), 0);
	ready_marquee();
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_UP, 0), -EINVAL);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, (enum ph_linedisplay_marquee)6, 0), -EINVAL);
	ck_assert_int_eq(WINDOW(1, 0, 1, 5, 1, 5), 2);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_LEFT, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_select_window(&display, 1), 0);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_LEFT, 2000), 0);
	ck_assert_int_eq(ph_linedisplay_write(&display, "x", 0, 0), -EINVAL);
	ck_assert_int_eq(
		ph_linedisplay_write_at(&display, (const unsigned[]){0, 0}, "x", 0, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_clear(&display), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_refresh_window(&display, 1), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 1), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_marquee_waits(&display, 1, 1), -EINVAL);
	/* runs on while another window is current */
	ck_assert_int_eq(ph_linedisplay_select_window(&display, 0), 0);
	ck_assert(ph_linedisplay_tick(&display, 2400));
	ck_assert_str_eq(row(0), "...AB");

	/* up, and a fast one: not more than ten pictures a second are asked for */
	start(3, 5);
	ck_assert_int_eq(WINDOW(0, 0, 2, 5, 6, 5), 1);
	write("1\n2\n3");
	ck_assert_int_eq(ph_linedisplay_set_marquee_waits(&display, 30, 0), 0);
	ck_assert_int_eq(
		ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_LEFT, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_marquee(&display, PH_LINEDISPLAY_MARQUEE_UP, 0), 0);
	ck_assert_int_eq(ph_linedisplay_due(&display), 100);
	ck_assert(ph_linedisplay_tick(&display, 60));
	ck_assert_str_eq(row(0), "1");
	ck_assert_str_eq(row(1), "2");
	ck_assert(ph_linedisplay_tick(&display, 100));
	ck_assert_str_eq(row(0), "2");
	ck_assert_str_eq(row(1), "3");
	ck_assert(ph_linedisplay_tick(&display, 120));
	ck_assert_str_eq(row(0), "");
	ck_assert_int_eq(ph_linedisplay_destroy_window(&display), 0);
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
}
END_TEST

START_TEST(teletype)
{
	start(2, 5);
	ck_assert_int_eq(ph_linedisplay_set_inter_character_wait(&display, 150), 0);
	ck_assert_int_eq(ph_linedisplay_write(&display, "ab\r\ncdefg", 0, 1000), 0);
	ck_assert_str_eq(row(0), "a");
	ck_assert_int_eq(ph_linedisplay_due(&display), 1150);
	ck_assert_int_eq(ph_linedisplay_write(&display, "x", 0, 1000), -EBUSY);
	ck_assert_int_eq(ph_linedisplay_clear(&display), -EBUSY);
	ck_assert_int_eq(ph_linedisplay_set_inter_character_wait(&display, 0), -EBUSY);
	ck_assert(!ph_linedisplay_tick(&display, 1149));
	ck_assert(ph_linedisplay_tick(&display, 1150));
	ck_assert_str_eq(row(0), "ab");
	ck_assert(ph_linedisplay_tick(&display, 1300));
	ck_assert_str_eq(row(1), "c");
	/* late: all that was due meanwhile */
	ck_assert(ph_linedisplay_tick(&display, 5000));
	ck_assert_str_eq(row(1), "cdefg");
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
	ck_assert_int_eq(ph_linedisplay_scroll(&display, PH_LINEDISPLAY_LEFT, 1), -EINVAL);

	ph_linedisplay_set_cursor_update(&display, false);
	ck_assert_int_eq(
		ph_linedisplay_write_at(&display, (const unsigned[]){0, 0}, "XY", 0, 6000), 0);
	ck_assert(ph_linedisplay_tick(&display, 6150));
	at(1, 5);
	ck_assert_str_eq(row(0), "XY");

	char many[PH_LINEDISPLAY_TYPED_MAX + 2];
	memset(many, 'm', sizeof many);
	many[sizeof many - 1] = '\0';
	ck_assert_int_eq(ph_linedisplay_write(&display, many, 0, 7000), -ENOSPC);
	at(1, 5);
	many[sizeof many - 2] = '\0';
	ck_assert_int_eq(ph_linedisplay_write(&display, many, 0, 7000), 0);

	/* a window that goes takes its characters along */
	start(2, 5);
	ck_assert_int_eq(WINDOW(0, 0, 1, 5, 1, 5), 1);
	ck_assert_int_eq(ph_linedisplay_set_inter_character_wait(&display, 150), 0);
	ck_assert_int_eq(ph_linedisplay_write(&display, "abc", 0, 1000), 0);
	ck_assert_int_eq(ph_linedisplay_destroy_window(&display), 0);
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
	ck_assert_str_eq(row(0), "a");
}
END_TEST

START_TEST(blinking)
{
	start(2, 5); /* the device blinks */
	ck_assert_int_eq(ph_linedisplay_write(&display, "ab", PH_LINEDISPLAY_BLINK, 0), 0);
	ck_assert_str_eq(row(0), "ab");
	ck_assert_uint_eq(screen.cells[1].attributes, PH_LINEDISPLAY_BLINK);
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
	ck_assert_int_eq(ph_linedisplay_set_blink_rate(&display, 100), -EINVAL);

	ck_assert_int_eq(ph_linedisplay_init(&display, 2, 5, 0, true), 0);
	ck_assert_int_eq(ph_linedisplay_set_blink_rate(&display, 0), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_blink_rate(&display, 400), 0);
	ck_assert_int_eq(ph_linedisplay_write(&display, "a\x1b|rvCb\x1b|Nc", 1, 0), 0);
	ck_assert_str_eq(row(0), "abc");
	ck_assert_uint_eq(screen.cells[1].attributes, PH_LINEDISPLAY_REVERSE);
	ck_assert_int_eq(ph_linedisplay_due(&display), 400);
	ck_assert(ph_linedisplay_tick(&display, 400));
	ck_assert_str_eq(row(0), "..c");
	ck_assert(ph_linedisplay_tick(&display, 800));
	ck_assert_str_eq(row(0), "abc");
	/* what is read back is what was written */
	ph_linedisplay_tick(&display, 1200);
	ph_linedisplay_set_cursor(&display, 0, 0);
	ck_assert_uint_eq(ph_linedisplay_read_at_cursor(&display), 'a');
	ph_linedisplay_clear(&display);
	ck_assert_int_eq(ph_linedisplay_due(&display), INT64_MAX);
}
END_TEST

START_TEST(device)
{
	struct ph_linedisplay_glyph glyph = {.code = 0x15, .columns = {1, 2, 3, 4, 5}};

	start(2, 20);
	ph_linedisplay_content(&display, &screen);
	ck_assert_int_eq(screen.brightness, 100);
	ck_assert_int_eq(ph_linedisplay_set_brightness(&display, 101), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_brightness(&display, -1), -EINVAL);
	ck_assert_int_eq(ph_linedisplay_set_brightness(&display, 0), 0);
	ck_assert_int_eq(
		ph_linedisplay_set_descriptor(&display, 3, PH_LINEDISPLAY_DESCRIPTOR_BLINK), 0);
	ck_assert_int_eq(
		ph_linedisplay_set_descriptor(&display, 4, PH_LINEDISPLAY_DESCRIPTOR_ON), -EINVAL);
	ck_assert_int_eq(
		ph_linedisplay_set_descriptor(&display, 0, (enum ph_linedisplay_descriptor)3),
		-EINVAL);
	ck_assert_int_eq(ph_linedisplay_define_glyph(&display, &glyph), 0);
	glyph.columns[0] = 9;
	ck_assert_int_eq(ph_linedisplay_define_glyph(&display, &glyph), 0);
	write("\x15\x16");
	ph_linedisplay_content(&display, &screen);
	ck_assert_int_eq(screen.brightness, 0);
	ck_assert_uint_eq(screen.descriptors[3], PH_LINEDISPLAY_DESCRIPTOR_BLINK);
	ck_assert_uint_eq(screen.glyph_count, 1);
	ck_assert_uint_eq(screen.glyphs[0].columns[0], 9);
	ck_assert_uint_eq(screen.cells[0].codepoint, 0x15);
	ck_assert_uint_eq(screen.cells[1].codepoint, ' ');
	ph_linedisplay_clear_descriptors(&display);
	ph_linedisplay_content(&display, &screen);
	ck_assert_uint_eq(screen.descriptors[3], PH_LINEDISPLAY_DESCRIPTOR_OFF);
	static const uint32_t bad[] = {0, 0x0a, 0x0d, 0x1b, 0x100};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		glyph.code = bad[i];
		ck_assert_int_eq(ph_linedisplay_define_glyph(&display, &glyph), -EINVAL);
	}
	for (uint32_t i = 1; i < PH_LINEDISPLAY_GLYPHS_MAX; i++) {
		glyph.code = 'A' + i;
		ck_assert_int_eq(ph_linedisplay_define_glyph(&display, &glyph), 0);
	}
	glyph.code = 'z';
	ck_assert_int_eq(ph_linedisplay_define_glyph(&display, &glyph), -ENOSPC);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(a)[0]))

int main(void)
{
	Suite *suite = suite_create("linedisplay");
	TCase *cases = tcase_create("model");

	tcase_add_test(cases, past_the_end);
	tcase_add_test(cases, cursor);
	tcase_add_test(cases, window_rules);
	tcase_add_test(cases, windows_overlap);
	tcase_add_test(cases, viewport);
	tcase_add_test(cases, scrolling_the_text);
	tcase_add_loop_test(cases, text, 0, COUNT(texts));
	tcase_add_test(cases, marks_join_their_letter);
	tcase_add_loop_test(cases, marquee_frames, 0, COUNT(marquees));
	tcase_add_test(cases, marquee_rules);
	tcase_add_test(cases, teletype);
	tcase_add_test(cases, blinking);
	tcase_add_test(cases, device);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
