// Options of a device section and the profile they choose; what a profile says is protocols/star's.
#include "drivers/star/state.h"

#include <string.h>

#include "drivers/printer/options.h"
#include "drivers/printer/profile_file.h"

static int use_profile(
	struct ph_device *device, struct star_state *state, const struct ph_star_profile *row)
{
	struct ph_star_profile *profile = &state->profile;
	unsigned columns = (unsigned)ph_option_int(device, "columns");

	*profile = *row;
	if (columns) {
		profile->width_dots = (uint16_t)(columns * profile->font[0][0]);
		profile->columns[0] = (uint8_t)columns;
		profile->columns[1] = (uint8_t)(profile->width_dots / profile->font[1][0]);
	}
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
	return ph_printer_options_apply(device, &tuning);
}

int star_settings_init(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);
	const char *name = ph_option_text(device, "profile");
	struct ph_star_profile row;

	int r = ph_profile_file_load(device, ph_star_profile_check, &state->profiles);
	if (r < 0)
		return r;
	state->automatic = !strcmp(name, "auto");
	r = ph_star_profile_find(
		&state->profiles, state->automatic ? "starprnt-80" : name, &row, NULL);
	if (r < 0)
		return ph_option_refuse(device, "profile", "'%s' is not a profile", name);
	r = use_profile(device, state, &row);
	if (r < 0)
		return r;
	ph_drawer_port_configure(&state->engine.drawer, device, PH_SENSOR_AUTO);
	return 0;
}

/* A model that no profile names: its status says what it speaks. */
static const char *name_by_version(const struct star_state *state)
{
	const bool line =
		state->engine.status_known && state->engine.status.version < PH_STAR_VERSION_PRNT;

	return line ? "starline-80" : "starprnt-80";
}

void star_settings_identified(struct star_state *state, const char *model)
{
	struct ph_star_profile row;

	if (!state->automatic)
		return;
	if ((model && ph_star_profile_match(&state->profiles, model, &row) == 0) ||
		ph_star_profile_find(&state->profiles, name_by_version(state), &row, NULL) == 0)
		use_profile(state->device, state, &row);
}

const struct ph_option star_options[STAR_OPTIONS] = {
	{.name = "profile",
		.type = PH_OPTION_TEXT,
		.preset = "auto",
		.summary = "model: star-tsp650ii, star-tsp100, star-mc-print3, starprnt-80, "
			   "starline-80 ...; auto asks the printer"},
	PH_PRINTER_OPTION_PROFILE_FILE,
	PH_PRINTER_OPTION_COLUMNS,
	PH_PRINTER_OPTION_CODEPAGE,
	PH_PRINTER_OPTION_FEED_BEFORE_CUT("lines fed to the tear bar where there is no cutter"),
	PH_PRINTER_OPTION_RECEIVE_BUFFER,
	PH_PRINTER_OPTION_DRAWERS,
	PH_PRINTER_OPTION_DRAWER_SENSOR("level of the compulsion switch while the drawer is open"),
	PH_PRINTER_OPTION_PULSE_ON(10, 1270, "on time of a pulse at drawer 1; drawer 2 has 200 ms"),
	PH_PRINTER_OPTION_PULSE_OFF(10, 1270, "off time of a pulse at drawer 1"),
};
