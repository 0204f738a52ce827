// Any order of calls to the line display model, rendered with any set: sizes hold, and no text becomes a command.
#include "protocols/linedisplay/model.h"
#include "protocols/linedisplay/render.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_linedisplay display;
static struct ph_linedisplay_screen screen;
static struct ph_linedisplay_renderer renderer;
static uint8_t out[PH_LINEDISPLAY_OUT_MAX];

struct input {
	const uint8_t *data;
	size_t len;
};

static uint8_t take(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->data++;
}

static void text(struct input *in, char *ret_text)
{
	size_t n = take(in) % 64u;

	n = n < in->len ? n : in->len;
	memcpy(ret_text, in->data, n);
	ret_text[n] = '\0';
	in->data += n;
	in->len -= n;
}

static void render(void)
{
	ph_linedisplay_content(&display, &screen);
	for (unsigned i = 0; i < screen.rows * screen.columns; i++)
		if (!screen.cells[i].codepoint)
			abort();
	if (ph_linedisplay_render(&renderer, &screen, out) > sizeof out)
		abort();
	if (ph_linedisplay_render(&renderer, &screen, out) != 0)
		abort();
}

static void call_window(struct input *in, unsigned which)
{
	struct ph_linedisplay_geometry g = {.viewport_row = take(in) % 4u,
		.viewport_column = take(in) % 40u,
		.viewport_height = take(in) % 4u,
		.viewport_width = take(in) % 40u};

	g.rows = g.viewport_height + (which & 1 ? take(in) : 0u);
	g.columns = g.viewport_width + (which & 1 ? 0u : take(in));
	ph_linedisplay_create_window(&display, &g);
}

static void call_property(struct input *in, unsigned which)
{
	struct ph_linedisplay_glyph glyph = {.code = take(in), .columns = {take(in), 2, 3, 4, 5}};
	unsigned value = take(in);

	switch (which % 8) {
	case 0:
		ph_linedisplay_define_glyph(&display, &glyph);
		break;
	case 1:
		ph_linedisplay_set_cursor(&display, glyph.code, value);
		break;
	case 2:
		ph_linedisplay_set_cursor_type(&display, (int)value);
		break;
	case 3:
		ph_linedisplay_set_cursor_update(&display, value & 1);
		break;
	case 4:
		ph_linedisplay_set_inter_character_wait(&display, value);
		break;
	case 5:
		ph_linedisplay_set_marquee_waits(&display, value, glyph.code);
		break;
	case 6:
		ph_linedisplay_set_marquee_format(
			&display, (enum ph_linedisplay_format)(value % 3));
		break;
	case 7:
		ph_linedisplay_set_descriptor(
			&display, value, (enum ph_linedisplay_descriptor)(glyph.code % 4));
		ph_linedisplay_set_brightness(&display, (int)value);
		ph_linedisplay_set_blink_rate(&display, value);
		break;
	}
}

static void call(struct input *in, int64_t now)
{
	char buffer[64];
	unsigned which = take(in);

	switch (which % 10) {
	case 0:
	case 1:
		text(in, buffer);
		ph_linedisplay_write(&display, buffer, which / 10 % 4, now);
		break;
	case 2:
		text(in, buffer);
		ph_linedisplay_write_at(
			&display, (const unsigned[]){take(in), take(in)}, buffer, 0, now);
		break;
	case 3:
		call_window(in, which / 10);
		break;
	case 4:
		ph_linedisplay_destroy_window(&display);
		break;
	case 5:
		ph_linedisplay_refresh_window(&display, which / 10);
		break;
	case 6:
		ph_linedisplay_set_marquee(
			&display, (enum ph_linedisplay_marquee)(which / 10 % 7), now);
		break;
	case 7:
		ph_linedisplay_scroll(
			&display, (enum ph_linedisplay_direction)(which / 10 % 6), take(in));
		break;
	case 8:
		call_property(in, which / 10);
		break;
	case 9:
		ph_linedisplay_clear(&display);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = {data, len};
	const struct ph_linedisplay_set *set =
		ph_linedisplay_sets[take(&in) % ph_linedisplay_set_count];
	int64_t now = 0;

	if (ph_linedisplay_init(
		    &display, set->rows, set->columns, set->descriptor_count, take(&in) & 1) < 0 ||
		ph_linedisplay_renderer_init(&renderer, set, set->rows, set->columns) < 0)
		abort();
	for (unsigned i = 0; in.len && i < 200; i++) {
		call(&in, now);
		int64_t due = ph_linedisplay_due(&display);
		if (due < now)
			abort();
		now = due < INT64_MAX && i % 2 ? due : now + 1;
		ph_linedisplay_tick(&display, now);
		ph_linedisplay_read_at_cursor(&display);
		render();
	}
	return 0;
}
