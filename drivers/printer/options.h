/* Options that every printer driver has, and what they change in a profile of whatever language. */
#ifndef PH_DRIVERS_PRINTER_OPTIONS_H
#define PH_DRIVERS_PRINTER_OPTIONS_H

#include "drivers/drawer/port.h"
#include "poshal/driver.h"
#include "protocols/profile/profile.h"

/* Rows of struct ph_driver.options. */
#define PH_PRINTER_OPTION_PROFILE_FILE                                                             \
	{                                                                                          \
		.name = "profile_file", .type = PH_OPTION_TEXT,                                    \
		.summary = "path of a file with further profiles"                                  \
	}
#define PH_PRINTER_OPTION_COLUMNS                                                                  \
	{                                                                                          \
		.name = "columns", .type = PH_OPTION_INT, .min = 16, .max = 80,                    \
		.summary = "font A cells per line, where the paper is narrower than the profile"   \
	}
#define PH_PRINTER_OPTION_CODEPAGE                                                                 \
	{                                                                                          \
		.name = "codepage", .type = PH_OPTION_TEXT,                                        \
		.summary = "the code page to prefer: cp858"                                        \
	}
#define PH_PRINTER_OPTION_FEED_BEFORE_CUT(text)                                                    \
	{                                                                                          \
		.name = "feed_before_cut", .type = PH_OPTION_INT, .min = 0, .max = 20,             \
		.summary = text                                                                    \
	}
#define PH_PRINTER_OPTION_RECEIVE_BUFFER                                                           \
	{                                                                                          \
		.name = "receive_buffer", .type = PH_OPTION_INT, .min = 64, .max = 65535,          \
		.summary = "bytes; the most that is under way without confirmation"                \
	}
#define PH_PRINTER_OPTION_DRAWERS                                                                  \
	{                                                                                          \
		.name = "drawers", .type = PH_OPTION_INT, .min = 0, .max = 2,                      \
		.summary = "drawers connected to the printer"                                      \
	}
#define PH_PRINTER_OPTION_DRAWER_SENSOR(text)                                                      \
	{                                                                                          \
		.name = "drawer_sensor", .type = PH_OPTION_CHOICE,                                 \
		.choices = ph_drawer_sensor_choices, .preset = "auto", .summary = text             \
	}
#define PH_PRINTER_OPTION_PULSE_ON(least, most, text)                                              \
	{                                                                                          \
		.name = "pulse_on_ms", .type = PH_OPTION_INT, .min = least, .max = most,           \
		.summary = text                                                                    \
	}
#define PH_PRINTER_OPTION_PULSE_OFF(least, most, text)                                             \
	{                                                                                          \
		.name = "pulse_off_ms", .type = PH_OPTION_INT, .min = least, .max = most,          \
		.summary = text                                                                    \
	}

/* The members of a profile that options set. */
struct ph_printer_tuning {
	const char *profile; /* its name */
	struct ph_profile_page *pages;
	unsigned page_count;
	uint16_t *pulse_on_ms, *pulse_off_ms, *receive_buffer;
	uint8_t *feed_before_cut, *drawers;
};

/* Sets them; the preferred code page comes first. 0, or -EINVAL after ph_option_refuse(). */
int ph_printer_options_apply(struct ph_device *device, const struct ph_printer_tuning *tuning);

#endif
