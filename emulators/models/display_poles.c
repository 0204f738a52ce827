// The sets of serial poles: UTC, AEDEX, ADM787/788, DSP800, ICD2002, Logic Controls and IBM.
//
// Sources: UTC Retail 3190; Partner CD5220 (emulations); Tysso VFD-550 and Posiflex PD; Bematech LD9000 and LDX; IBM SurePOS 300
// (4810) and 500 (4840) technical references.
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/display_internal.h"

// ---- what several have ----

RUN(left)
{
	emu_display_left(d);
}

RUN(right)
{
	emu_display_right(d);
}

RUN(line_feed)
{
	emu_display_down(d);
}

RUN(line_start)
{
	emu_display_line_start(d);
}

RUN(overwrite)
{
	emu_display_mode(d, PH_EMU_DISPLAY_OVERWRITE);
}

RUN(vertical)
{
	emu_display_mode(d, PH_EMU_DISPLAY_VERTICAL);
}

RUN(cursor_on)
{
	d->state.cursor_visible = true;
}

RUN(cursor_off)
{
	d->state.cursor_visible = false;
}

RUN(reset)
{
	bool ibm = d->ibm;

	emu_display_init(d);
	d->ibm = ibm;
}

RUN(nothing)
{
}

// DLE position: 00 to 13 hex the upper row, 14 to 27 the lower; above that it is ignored
RUN(position)
{
	emu_display_goto(d, b[1]);
}

// 20, 40, 60, FF
RUN(brightness_hex)
{
	static const unsigned steps[][2] = {{0x20, 20}, {0x40, 40}, {0x60, 60}, {0xFF, 100}};

	for (size_t i = 0; i < PH_ARRAY_SIZE(steps); i++)
		if (b[1] == steps[i][0])
			d->state.brightness = steps[i][1];
}

RUN(scrolls)
{
	emu_display_write_row(d, 0, b + 1, n - 2);
	d->state.scrolling = true;
}

// ---- UTC ----

RUN(flash)
{
	d->blink = b[0] == 0x1C;
}

RUN(to_enhanced)
{
	d->enhanced = true;
}

RUN(to_standard)
{
	d->enhanced = false;
}

// ESC u letter ... CR
RUN(utc_string)
{
	const uint8_t *text = b + 3;
	size_t len = n - 4;

	if (!d->enhanced) {
		emu_display_note(d, "enhanced command in standard mode");
		return;
	}
	switch (b[2]) {
	case 'A':
		emu_display_write_row(d, 0, text, len);
		return;
	case 'B':
		emu_display_write_row(d, 1, text, len);
		return;
	case 'D':
	case 'F':
		emu_display_write_row(d, 0, text, len);
		d->state.scrolling = b[2] == 'D';
		return;
	case 'E':
		snprintf(d->state.clock, sizeof d->state.clock, "%.5s", (const char *)text);
		return;
	case 'H':
		return;
	case 'I':
		emu_display_write_row(d, 0, text, len < 20 ? len : 20);
		emu_display_write_row(d, 1, text + 20, len < 20 ? 0 : len - 20);
		return;
	default:
		emu_display_note(d, "unknown command");
	}
}

static size_t until_cr(const uint8_t *b, size_t n)
{
	return n < 4 ? 4 : emu_display_until_cr(b, n);
}

static const struct emu_display_command utc[] = {
	{C1(0x08), 1, NULL, left},
	{C1(0x09), 1, NULL, right},
	{C1(0x0A), 1, NULL, line_feed},
	{C1(0x0D), 1, NULL, line_start},
	{C1(0x10), 2, NULL, position},
	{C1(0x11), 1, NULL, overwrite},
	{C1(0x12), 1, NULL, vertical},
	{C1(0x13), 1, NULL, cursor_on},
	{C1(0x14), 1, NULL, cursor_off},
	{C1(0x1C), 1, NULL, flash},
	{C1(0x1D), 1, NULL, flash},
	{C1(0x1F), 1, NULL, reset},
	{C2(0x1B, 0x64), 2, NULL, to_enhanced},
	{C3(0x1B, 0x0F, 0x0D), 3, NULL, to_standard},
	{C2(0x1B, 0x75), 0, until_cr, utc_string},
};

// ---- AEDEX ----

RUN(aedex_line)
{
	const uint8_t *text = b + 3;
	size_t len = n - 4;

	switch (b[2]) {
	case '1':
	case '2':
		emu_display_write_row(d, b[2] - '1', text, len);
		return;
	case '4':
	case '6':
		emu_display_write_row(d, 0, text, len);
		d->state.scrolling = b[2] == '4';
		return;
	case '5':
		snprintf(d->state.clock, sizeof d->state.clock, "%.5s", (const char *)text);
		return;
	case '8':
		return;
	case '9':
		emu_display_write_row(d, 0, text, len < 20 ? len : 20);
		emu_display_write_row(d, 1, text + 20, len < 20 ? 0 : len - 20);
		return;
	case 'A':
		emu_display_init(d);
		return;
	default:
		emu_display_note(d, "unknown command");
	}
}

static const struct emu_display_command aedex[] = {
	{C2('!', '#'), 0, until_cr, aedex_line},
	{C1(0x0D), 1, NULL, line_start},
};

// ---- ADM787/788 ----

RUN(adm_clear)
{
	emu_display_clear(d);
}

RUN(adm_row)
{
	emu_display_move(d, 1, b[0] == 0x0E ? 1 : 2);
}

RUN(adm_period)
{
	if (b[1] >= 1 && b[1] <= 7)
		d->state.annunciators |= 1u << (b[1] - 1);
}

RUN(adm_blink)
{
	unsigned row = b[1] == 2 || b[1] == '2' ? 1 : 0;

	for (unsigned x = 0; x < d->config.columns && row < d->config.rows; x++)
		d->state.cells[row][x].blink = b[0] == 0x11;
}

static const struct emu_display_command adm[] = {
	{C1(0x0C), 1, NULL, adm_clear},
	{C1(0x0D), 1, NULL, line_start},
	{C1(0x0E), 1, NULL, adm_row},
	{C1(0x0F), 1, NULL, adm_row},
	{C1(0x10), 2, NULL, adm_period},
	{C1(0x11), 2, NULL, adm_blink},
	{C1(0x12), 2, NULL, adm_blink},
	{C1(0x1E), 1, NULL, nothing},
	{C1(0x1F), 1, NULL, nothing},
};

// ---- DSP800 ----

#define FIRST_CELL 0x31

static bool clear_cells(struct ph_emu_display *d, unsigned from, unsigned to)
{
	unsigned cells = d->config.rows * d->config.columns;

	if (from < FIRST_CELL || to < from || to - FIRST_CELL >= cells)
		return false;
	for (unsigned i = from - FIRST_CELL; i <= to - FIRST_CELL; i++)
		d->state.cells[i / d->config.columns][i % d->config.columns] =
			(struct ph_emu_display_cell){.codepoint = ' '};
	return true;
}

static bool dsp_run(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	static const unsigned steps[] = {20, 40, 60, 100};
	unsigned cells = d->config.rows * d->config.columns;

	switch (b[2]) {
	case 'P':
		if (n != 5 || b[3] < FIRST_CELL || b[3] - FIRST_CELL >= (int)cells)
			return false;
		emu_display_goto(d, b[3] - FIRST_CELL);
		return true;
	case 'C':
		return n == 6 && clear_cells(d, b[3], b[4]);
	case 'A':
		if (n != 5 || b[3] < 0x31 || b[3] > 0x34)
			return false;
		d->state.brightness = steps[b[3] - 0x31];
		return true;
	case 'I':
		emu_display_init(d);
		return n == 4;
	case 'D':
		return n == 6;
	case 'S':
		return n == 5;
	default:
		return false;
	}
}

RUN(dsp_frame)
{
	bool refuse = d->nak_every && ++d->frames % d->nak_every == 0;
	uint8_t answer = !refuse && dsp_run(d, b, n) ? 0x06 : 0x15;

	emu_display_reply(d, &answer, 1);
}

static size_t until_etb(const uint8_t *b, size_t n)
{
	if (n < 4)
		return 4;
	return b[n - 1] == 0x17 || n >= 16 ? n : n + 1;
}

static const struct emu_display_command dsp800[] = {{C2(0x04, 0x01), 0, until_etb, dsp_frame}};

void ph_emu_display_nak_every(struct ph_emu_display *d, unsigned n)
{
	d->nak_every = n;
	d->frames = 0;
}

// ---- ICD2002 ----

RUN(icd_row)
{
	emu_display_move(d, 1, b[1] == 'U' ? 1 : 2);
}

RUN(icd_attribute)
{
	d->reverse = b[2] == 'D';
}

static const struct emu_display_command icd2002[] = {
	{C2(0x1B, '@'), 2, NULL, reset},
	{C2(0x1B, 'U'), 2, NULL, icd_row},
	{C2(0x1B, 'D'), 2, NULL, icd_row},
	{C2(0x1B, 'A'), 3, NULL, icd_attribute},
	{C2(0x1B, 'C'), 4, NULL, nothing},
	{C2(0x1B, 'E'), 4, NULL, nothing},
	{C1(0x0D), 1, NULL, line_start},
};

// ---- Logic Controls and IBM ----

static const struct emu_display_command logic_controls[] = {
	{C1(0x03), 7, NULL, nothing},
	{C1(0x04), 2, NULL, brightness_hex},
	{C1(0x05), 0, emu_display_until_cr, scrolls},
	{C1(0x08), 1, NULL, left},
	{C1(0x09), 1, NULL, right},
	{C1(0x0A), 1, NULL, line_feed},
	{C1(0x0D), 1, NULL, line_start},
	{C1(0x0F), 1, NULL, nothing},
	{C1(0x10), 2, NULL, position},
	{C1(0x11), 1, NULL, overwrite},
	{C1(0x12), 1, NULL, vertical},
	{C1(0x13), 1, NULL, cursor_on},
	{C1(0x14), 1, NULL, cursor_off},
	{C1(0x1F), 1, NULL, reset},
	{C2(0x1B, 0x06), 0, emu_display_until_cr, nothing},
	{C2(0x1B, 0x07), 0, emu_display_until_cr, nothing},
	{C2(0x1B, 0x0B), 0, emu_display_until_cr, nothing},
};

RUN(ibm_emulation)
{
	d->ibm = b[1] == 1;
}

RUN(ibm_page)
{
	static const char *const pages[] = {"CP437", "CP897", "CP858", "CP852", "CP855", "CP857",
		"CP862", "CP863", "CP864", "CP865", "CP866", "CP869"};

	if (b[1] < PH_ARRAY_SIZE(pages))
		d->page = pages[b[1]];
	else
		emu_display_note(d, "unknown code table");
}

// in the IBM emulation eight rows for codes 15 to 1A and 1C to 1E, else five packed bytes for 20 to 7F
static size_t ibm_glyph_size(const uint8_t *b, size_t n)
{
	if (n < 2)
		return 2;
	return b[1] < 0x20 ? 10 : 7;
}

static const struct emu_display_command ibm[] = {
	{C1(0x00), 2, NULL, ibm_emulation},
	{C1(0x02), 2, NULL, ibm_page},
	{C1(0x03), 0, ibm_glyph_size, nothing},
	{C1(0x04), 2, NULL, brightness_hex},
	{C1(0x05), 0, emu_display_until_cr, scrolls},
	{C1(0x06), 1, NULL, nothing},
	{C1(0x07), 1, NULL, nothing},
	{C1(0x08), 1, NULL, left},
	{C1(0x09), 1, NULL, right},
	{C1(0x0A), 1, NULL, line_feed},
	{C1(0x0D), 1, NULL, line_start},
	{C1(0x0F), 1, NULL, nothing},
	{C1(0x10), 2, NULL, position},
	{C1(0x11), 1, NULL, overwrite},
	{C1(0x12), 1, NULL, vertical},
	{C1(0x13), 1, NULL, cursor_on},
	{C1(0x14), 1, NULL, cursor_off},
	{C1(0x1F), 1, NULL, reset},
	{C2(0x1B, 0x06), 2, NULL, nothing},
	{C2(0x1B, 0x07), 2, NULL, nothing},
};

const struct emu_display_command *emu_display_commands(
	enum ph_emu_display_set set, size_t *ret_count)
{
	const struct {
		const struct emu_display_command *table;
		size_t count;
	} sets[PH_EMU_DISPLAY_SET_COUNT_] = {
		[PH_EMU_DISPLAY_UTC] = {utc, PH_ARRAY_SIZE(utc)},
		[PH_EMU_DISPLAY_UTC_ENHANCED] = {utc, PH_ARRAY_SIZE(utc)},
		[PH_EMU_DISPLAY_AEDEX] = {aedex, PH_ARRAY_SIZE(aedex)},
		[PH_EMU_DISPLAY_ADM788] = {adm, PH_ARRAY_SIZE(adm)},
		[PH_EMU_DISPLAY_DSP800] = {dsp800, PH_ARRAY_SIZE(dsp800)},
		[PH_EMU_DISPLAY_ICD2002] = {icd2002, PH_ARRAY_SIZE(icd2002)},
		[PH_EMU_DISPLAY_LOGIC_CONTROLS] = {logic_controls, PH_ARRAY_SIZE(logic_controls)},
		[PH_EMU_DISPLAY_IBM] = {ibm, PH_ARRAY_SIZE(ibm)},
		[PH_EMU_DISPLAY_IBM_APA] = {emu_display_apa, emu_display_apa_count},
		[PH_EMU_DISPLAY_BA63] = {emu_display_wincor, emu_display_wincor_count},
		[PH_EMU_DISPLAY_BA66] = {emu_display_wincor, emu_display_wincor_count},
		[PH_EMU_DISPLAY_NCR] = {emu_display_ncr, emu_display_ncr_count},
		[PH_EMU_DISPLAY_LED8] = {emu_display_led8, emu_display_led8_count},
	};

	*ret_count = sets[set].count;
	return sets[set].table;
}
