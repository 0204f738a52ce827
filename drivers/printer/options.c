// Works the options of a device section into a profile; finding the profile is the driver's.
#include "drivers/printer/options.h"

#include <string.h>

#include "protocols/codepage/codepage.h"

/* Puts the page named by option `codepage` in front: the encoder takes the first page that fits. */
static int use_codepage(struct ph_device *device, const struct ph_printer_tuning *tuning)
{
	const char *name = ph_option_text(device, "codepage");
	int page = name ? ph_codepage_by_name(name) : -1;
	unsigned i = 0;

	if (!name)
		return 0;
	while (i < tuning->page_count && tuning->pages[i].page != page)
		i++;
	if (page < 0 || i == tuning->page_count)
		return ph_option_refuse(
			device, "codepage", "profile %s has no page '%s'", tuning->profile, name);
	const struct ph_profile_page wanted = tuning->pages[i];
	memmove(tuning->pages + 1, tuning->pages, i * sizeof *tuning->pages);
	tuning->pages[0] = wanted;
	return 0;
}

static void set_16(struct ph_device *device, const char *option, uint16_t *value)
{
	if (ph_option_is_set(device, option))
		*value = (uint16_t)ph_option_int(device, option);
}

static void set_8(struct ph_device *device, const char *option, uint8_t *value)
{
	if (ph_option_is_set(device, option))
		*value = (uint8_t)ph_option_int(device, option);
}

int ph_printer_options_apply(struct ph_device *device, const struct ph_printer_tuning *tuning)
{
	set_16(device, "pulse_on_ms", tuning->pulse_on_ms);
	set_16(device, "pulse_off_ms", tuning->pulse_off_ms);
	set_16(device, "receive_buffer", tuning->receive_buffer);
	set_8(device, "feed_before_cut", tuning->feed_before_cut);
	set_8(device, "drawers", tuning->drawers);
	return use_codepage(device, tuning);
}
