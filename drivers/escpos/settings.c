// Options of a device section and the profile they choose; what a profile says is protocols/escpos's.
#include "drivers/escpos/state.h"

#include <stdio.h>
#include <string.h>

#include "drivers/display/display.h"
#include "drivers/printer/options.h"
#include "drivers/printer/profile_file.h"

static void use_columns(struct ph_escpos_profile *profile, unsigned columns)
{
	profile->width_dots = (uint16_t)(columns * profile->font[0][0]);
	for (int i = 0; i < PH_FONT_COUNT; i++)
		if (profile->font[i][0])
			profile->columns[i] = (uint8_t)(profile->width_dots / profile->font[i][0]);
}

static int use_profile(
	struct ph_device *device, struct escpos_state *state, const struct ph_escpos_profile *row)
{
	struct ph_escpos_profile *profile = &state->profile;
	long columns = ph_option_int(device, "columns");

	*profile = *row;
	if (columns)
		use_columns(profile, (unsigned)columns);
	const struct ph_printer_tuning tuning = {
		.profile = profile->name,
		.pages = profile->pages,
		.page_count = profile->page_count,
		.pulse_on_ms = &profile->pulse_on_ms,
		.pulse_off_ms = &profile->pulse_off_ms,
		.receive_buffer = &profile->rx_buffer,
		.feed_before_cut = &profile->feed_before_cut,
		.drawers = &profile->drawers,
	};
	int r = ph_printer_options_apply(device, &tuning);
	if (r == 0 && ph_option_is_set(device, "codepage"))
		profile->charset_default = profile->pages[0].n;
	return r;
}

int escpos_settings_init(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);
	const char *name = ph_option_text(device, "profile");
	struct ph_escpos_profile row;

	int r = ph_profile_file_load(device, ph_escpos_profile_check, &state->profiles);
	if (r < 0)
		return r;
	state->automatic = !strcmp(name, "auto");
	r = ph_escpos_profile_find(
		&state->profiles, state->automatic ? "generic-80" : name, &row, NULL);
	if (r < 0)
		return ph_option_refuse(device, "profile", "'%s' is not a profile", name);
	r = use_profile(device, state, &row);
	if (r < 0)
		return r;
	if (!state->automatic)
		escpos_settings_done(state);
	ph_drawer_port_configure(&state->engine.drawer, device, PH_SENSOR_AUTO);
	return 0;
}

void escpos_settings_done(struct escpos_state *state)
{
	ph_profile_file_drop(&state->profiles);
}

/* GS I 69, as the Epson reference lists its answers. */
static uint8_t kanji_of(const char *language)
{
	static const struct {
		const char *word;
		enum ph_escpos_kanji kanji;
	} rows[] = {
		{"JAPAN", PH_ESCPOS_KANJI_JAPANESE},
		{"CHINA", PH_ESCPOS_KANJI_CHINA},
		{"TAIWAN", PH_ESCPOS_KANJI_TAIWAN},
		{"KOREA", PH_ESCPOS_KANJI_KOREA},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (strstr(language, rows[i].word))
			return (uint8_t)rows[i].kanji;
	return PH_ESCPOS_KANJI_NONE;
}

static void use_found(struct escpos_state *state, const struct ph_escpos_profile *row)
{
	if (row)
		use_profile(state->device, state, row);
	if (state->profile.kanji == PH_ESCPOS_KANJI_PROBE)
		state->profile.kanji = kanji_of(state->engine.info[PH_INFO_LANGUAGE]);
}

bool escpos_settings_identified(struct escpos_state *state, const char *vendor, const char *model)
{
	struct ph_escpos_profile row;
	const bool found = state->automatic &&
			   ph_escpos_profile_match(&state->profiles, vendor, model, &row) == 0;

	use_found(state, found ? &row : NULL);
	return found;
}

bool escpos_settings_by_usb(struct escpos_state *state, const char *ids)
{
	struct ph_escpos_profile row;
	unsigned vendor, product;

	if (!state->automatic || sscanf(ids, "%4x:%4x", &vendor, &product) != 2 ||
		ph_escpos_profile_match_usb(
			&state->profiles, (uint16_t)vendor, (uint16_t)product, &row) < 0)
		return false;
	use_found(state, &row);
	return true;
}

const struct ph_option escpos_options[ESCPOS_OPTIONS] = {
	{.name = "profile",
		.type = PH_OPTION_TEXT,
		.preset = "auto",
		.summary =
			"model: epson-tm-t20ii, generic-80, generic-58 ...; auto asks the printer"},
	PH_PRINTER_OPTION_PROFILE_FILE,
	PH_PRINTER_OPTION_COLUMNS,
	PH_PRINTER_OPTION_CODEPAGE,
	PH_PRINTER_OPTION_FEED_BEFORE_CUT("lines fed in front of a cut"),
	PH_PRINTER_OPTION_RECEIVE_BUFFER,
	PH_PRINTER_OPTION_DRAWERS,
	PH_PRINTER_OPTION_DRAWER_SENSOR("level of connector pin 3 while the drawer is open"),
	PH_PRINTER_OPTION_PULSE_ON(2, 510, "on time of a drawer pulse"),
	PH_PRINTER_OPTION_PULSE_OFF(2, 510, "off time of a drawer pulse"),
	{.name = "display_set",
		.type = PH_OPTION_CHOICE,
		.choices = ph_display_sets,
		.preset = "epson",
		.summary = "command set of a display plugged into the printer (class display)"},
	{.name = "display_rows",
		.type = PH_OPTION_INT,
		.min = 1,
		.max = PH_DISPLAY_ROWS_MAX,
		.summary = "its rows"},
	{.name = "display_columns",
		.type = PH_OPTION_INT,
		.min = 8,
		.max = PH_DISPLAY_COLUMNS_MAX,
		.summary = "its cells per row"},
	{.name = "display_codepages",
		.type = PH_OPTION_TEXT,
		.summary = "its code pages, in order"},
	{.name = "display_brightness",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 100,
		.preset = "100",
		.summary = "its brightness in per cent"},
};
