// Cells and rows of a picture, and UTF-8 cut into cells; what is shown when is left to the model.
#include "protocols/linedisplay/screen.h"

#include "base/utf8.h"
#include "protocols/receipt/width.h"

#include <errno.h>
#include <string.h>

int ph_linedisplay_screen_init(
	struct ph_linedisplay_screen *screen, unsigned rows, unsigned columns)
{
	if (!rows || rows > PH_LINEDISPLAY_ROWS_MAX || !columns ||
		columns > PH_LINEDISPLAY_COLUMNS_MAX)
		return -EINVAL;
	memset(screen, 0, sizeof *screen);
	screen->rows = rows;
	screen->columns = columns;
	screen->brightness = -1;
	for (unsigned i = 0; i < rows * columns; i++)
		screen->cells[i].codepoint = ' ';
	return 0;
}

bool ph_linedisplay_is_control(uint32_t codepoint)
{
	return codepoint < 0x20 || (codepoint >= 0x7f && codepoint < 0xa0) || codepoint > 0x10ffff;
}

static size_t decode(const char *text, size_t len, uint32_t *ret_codepoint)
{
	int n = ph_utf8_decode(text, len, ret_codepoint);

	if (n > 0)
		return (size_t)n;
	*ret_codepoint = '?';
	return 1;
}

/* Marks and format characters; controls have no width either, but they are not marks. */
static bool is_mark(uint32_t codepoint)
{
	return codepoint >= 0xa0 && ph_char_cells(codepoint) == 0;
}

size_t ph_linedisplay_next(const char *text, size_t len, uint32_t *ret_codepoint)
{
	uint32_t codepoint, mark;
	size_t taken = decode(text, len, &codepoint);

	if (is_mark(codepoint)) {
		*ret_codepoint = 0;
		return taken;
	}
	while (!ph_linedisplay_is_control(codepoint) && taken < len) {
		size_t n = decode(text + taken, len - taken, &mark);
		if (!is_mark(mark))
			break;
		uint32_t composed = ph_char_compose(codepoint, mark);
		codepoint = composed ? composed : codepoint;
		taken += n;
	}
	*ret_codepoint = codepoint;
	return taken;
}

void ph_linedisplay_screen_row(
	struct ph_linedisplay_screen *screen, unsigned row, const char *text, unsigned attributes)
{
	struct ph_linedisplay_cell *cells = screen->cells + (size_t)row * screen->columns;
	size_t len = strlen(text), i = 0;
	unsigned column = 0;

	while (i < len && column < screen->columns) {
		uint32_t codepoint;
		i += ph_linedisplay_next(text + i, len - i, &codepoint);
		if (!codepoint)
			continue;
		cells[column].codepoint = ph_linedisplay_is_control(codepoint) ? ' ' : codepoint;
		cells[column++].attributes = (uint8_t)attributes;
	}
	for (; column < screen->columns; column++)
		cells[column] = (struct ph_linedisplay_cell){
			.codepoint = ' ', .attributes = (uint8_t)attributes};
}
