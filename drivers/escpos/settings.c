// Options of a device section and the profile they choose; what a profile says is protocols/escpos's.
#include "drivers/escpos/state.h"

#include <stdio.h>
#include <string.h>

#include "drivers/printer/profile_file.h"

/* Puts the page named by option `codepage` in front: the encoder takes the first page that fits. */
static int use_codepage(struct ph_device *device, struct ph_escpos_profile *profile)
{
	const char *name = ph_option_text(device, "codepage");
	int page = name ? ph_codepage_by_name(name) : -1;
	unsigned i = 0;

	if (!name)
		return 0;
	while (i < profile->page_count && profile->pages[i].page != page)
		i++;
	if (page < 0 || i == profile->page_count)
		return ph_option_refuse(
			device, "codepage", "profile %s has no page '%s'", profile->name, name);
	struct ph_profile_page wanted = profile->pages[i];
	memmove(profile->pages + 1, profile->pages, i * sizeof *profile->pages);
	profile->pages[0] = wanted;
	profile->charset_default = wanted.n;
	return 0;
}

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
	if (ph_option_is_set(device, "pulse_on_ms"))
		profile->pulse_on_ms = (uint16_t)ph_option_int(device, "pulse_on_ms");
	if (ph_option_is_set(device, "pulse_off_ms"))
		profile->pulse_off_ms = (uint16_t)ph_option_int(device, "pulse_off_ms");
	if (ph_option_is_set(device, "feed_before_cut"))
		profile->feed_before_cut = (uint8_t)ph_option_int(device, "feed_before_cut");
	if (ph_option_is_set(device, "receive_buffer"))
		profile->rx_buffer = (uint16_t)ph_option_int(device, "receive_buffer");
	if (ph_option_is_set(device, "drawers"))
		profile->drawers = (uint8_t)ph_option_int(device, "drawers");
	return use_codepage(device, profile);
}

int escpos_settings_init(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);
	const char *name = ph_option_text(device, "profile");
	const char *sensor = ph_option_text(device, "drawer_sensor");
	struct ph_escpos_profile row;
	int i = 0;

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
	while (strcmp(ph_drawer_sensor_choices[i], sensor))
		i++;
	state->engine.drawer.sensor = (enum ph_drawer_sensor)i;
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
	{.name = "profile_file",
		.type = PH_OPTION_TEXT,
		.summary = "path of a file with further profiles"},
	{.name = "columns",
		.type = PH_OPTION_INT,
		.min = 16,
		.max = 80,
		.summary = "font A cells per line, where the paper is narrower than the profile"},
	{.name = "codepage", .type = PH_OPTION_TEXT, .summary = "the code page to prefer: cp858"},
	{.name = "feed_before_cut",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 20,
		.summary = "lines fed in front of a cut"},
	{.name = "receive_buffer",
		.type = PH_OPTION_INT,
		.min = 64,
		.max = 65535,
		.summary = "bytes; the most that is under way without confirmation"},
	{.name = "drawers",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 2,
		.summary = "drawers connected to the printer"},
	{.name = "drawer_sensor",
		.type = PH_OPTION_CHOICE,
		.choices = ph_drawer_sensor_choices,
		.preset = "none",
		.summary = "level of connector pin 3 while the drawer is open"},
	{.name = "pulse_on_ms",
		.type = PH_OPTION_INT,
		.min = 2,
		.max = 510,
		.summary = "on time of a drawer pulse"},
	{.name = "pulse_off_ms",
		.type = PH_OPTION_INT,
		.min = 2,
		.max = 510,
		.summary = "off time of a drawer pulse"},
};
