// Command sets that are tables: finds where a command ends, runs it, and puts the rest on the glass. Which sets there are.
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/display_internal.h"

static const struct {
	const char *word;
	unsigned rows, columns;
} sets[PH_EMU_DISPLAY_SET_COUNT_] = {
	[PH_EMU_DISPLAY_EPSON] = {"epson", 2, 20},
	[PH_EMU_DISPLAY_CD5220] = {"cd5220", 2, 20},
	[PH_EMU_DISPLAY_UTC] = {"utc", 2, 20},
	[PH_EMU_DISPLAY_UTC_ENHANCED] = {"utc-enhanced", 2, 20},
	[PH_EMU_DISPLAY_AEDEX] = {"aedex", 2, 20},
	[PH_EMU_DISPLAY_ADM788] = {"adm788", 2, 20},
	[PH_EMU_DISPLAY_DSP800] = {"dsp800", 2, 20},
	[PH_EMU_DISPLAY_ICD2002] = {"icd2002", 2, 20},
	[PH_EMU_DISPLAY_LOGIC_CONTROLS] = {"logic-controls", 2, 20},
	[PH_EMU_DISPLAY_IBM] = {"ibm", 2, 20},
	[PH_EMU_DISPLAY_IBM_APA] = {"ibm-apa", 2, 20},
	[PH_EMU_DISPLAY_BA63] = {"ba63", 2, 20},
	[PH_EMU_DISPLAY_BA66] = {"ba66", 4, 20},
	[PH_EMU_DISPLAY_NCR] = {"ncr", 2, 20},
	[PH_EMU_DISPLAY_LED8] = {"led8", 1, 8},
};

int ph_emu_display_set_parse(const char *word)
{
	for (int i = 0; i < PH_EMU_DISPLAY_SET_COUNT_; i++)
		if (strcmp(sets[i].word, word) == 0)
			return i;
	return -EINVAL;
}

const char *ph_emu_display_set_word(enum ph_emu_display_set set)
{
	return sets[set].word;
}

void ph_emu_display_set_size(enum ph_emu_display_set set, unsigned *ret_rows, unsigned *ret_columns)
{
	*ret_rows = sets[set].rows;
	*ret_columns = sets[set].columns;
}

void emu_display_goto(struct ph_emu_display *d, unsigned cell)
{
	unsigned columns = d->config.columns;

	if (cell < columns * d->config.rows)
		emu_display_move(d, cell % columns + 1, cell / columns + 1);
}

void emu_display_write_row(struct ph_emu_display *d, unsigned row, const uint8_t *text, size_t len)
{
	enum ph_emu_display_mode mode = d->state.mode;
	struct window *w = d->current;

	if (row >= d->config.rows)
		return;
	d->state.mode = PH_EMU_DISPLAY_HORIZONTAL;
	w->row = row;
	emu_display_clear_line(d);
	for (size_t i = 0; i < len && i < d->config.columns; i++)
		emu_display_put_byte(d, text[i] < 0x20 ? ' ' : text[i]);
	d->state.mode = mode;
	emu_display_line_start(d);
}

size_t emu_display_until_cr(const uint8_t *b, size_t n)
{
	return b[n - 1] == 0x0D || n >= 64 ? n : n + 1;
}

// ---- finding commands ----

enum match { NO_MATCH, BEGINS, WHOLE };

static enum match compare(const struct emu_display_command *c, const uint8_t *b, size_t n)
{
	size_t known = n < c->lead_len ? n : c->lead_len;

	if (memcmp(c->lead, b, known) != 0)
		return NO_MATCH;
	if (n < c->lead_len)
		return BEGINS;
	size_t need = c->fixed ? c->fixed : c->size(b, n);
	return n < need ? BEGINS : WHOLE;
}

static void unknown(struct ph_emu_display *d)
{
	/* a character that only looked like the begin of a command is one; a lone control character does nothing */
	for (size_t i = 0; i < d->command_len && d->command[0] >= 0x20; i++)
		emu_display_put_byte(d, d->command[i]);
	if (d->command[0] < 0x20)
		emu_display_note(d, "unknown command");
	d->command_len = 0;
}

void emu_display_table(struct ph_emu_display *d, uint8_t byte)
{
	size_t count;
	const struct emu_display_command *table = emu_display_commands(d->config.set, &count);
	bool begins = false;

	if (d->command_len == COMMAND_MAX)
		d->command_len = 0;
	d->command[d->command_len++] = byte;
	for (size_t i = 0; i < count; i++) {
		enum match m = compare(&table[i], d->command, d->command_len);
		if (m == WHOLE) {
			size_t n = d->command_len;
			d->command_len = 0;
			table[i].run(d, d->command, n);
			return;
		}
		begins = begins || m == BEGINS;
	}
	if (!begins)
		unknown(d);
}
