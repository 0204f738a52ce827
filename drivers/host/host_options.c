// Options that the host has on its own, beside those of the driver: which drivers have them, and what they set.
#include "base/cleanup.h"
#include "drivers/host/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct host_option {
	struct ph_option option;
	bool (*applies)(const struct ph_driver *driver);
	int (*set)(struct ph_device *device, const char *value); /* the value has been checked */
};

static bool can_release(const struct ph_driver *driver)
{
	return driver->idle;
}

static bool scans(const struct ph_driver *driver)
{
	return driver->classes & PH_CLASS_BIT(PH_CLASS_SCANNER);
}

static int set_release(struct ph_device *device, const char *value)
{
	device->release_s = (unsigned)strtoul(value, NULL, 10);
	return 0;
}

static int set_country(struct ph_device *device, const char *value)
{
	if (strlen(value) != 2 || !ph_measure_country_known(value))
		return ph_option_refuse(device, "measure_country",
			"has no rules of its own; write `measure_pattern` instead");
	memcpy(device->scan_rules.country, value, 3);
	return 0;
}

static int set_pattern(struct ph_device *device, const char *value)
{
	if (ph_measure_rule_parse(value, &device->scan_rules.pattern) < 0)
		return ph_option_refuse(
			device, "measure_pattern", "is no pattern such as `20PPPPPVVVVVC price 2`");
	device->scan_rules.pattern_set = true;
	return 0;
}

static const struct host_option host_options[] = {
	{{.name = "idle_release_s",
		 .type = PH_OPTION_INT,
		 .min = 0,
		 .max = 86400,
		 .preset = "0",
		 .summary = "seconds without work after which others may use the device; 0 never"},
		can_release, set_release},
	{{.name = "measure_country",
		 .type = PH_OPTION_TEXT,
		 .summary = "whose rules tell price and weight in the shop's own numbers, as DE"},
		scans, set_country},
	{{.name = "measure_pattern",
		 .type = PH_OPTION_TEXT,
		 .summary = "the shop's own rule for them, as 20PPPPPVVVVVC price 2"},
		scans, set_pattern},
};

const struct ph_option *ph_host_option(const struct ph_driver *driver, size_t index)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(host_options); i++)
		if (host_options[i].applies(driver) && !index--)
			return &host_options[i].option;
	return NULL;
}

int ph_host_option_set(struct ph_device *device, const char *name, const char *value)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(host_options); i++) {
		const struct host_option *row = &host_options[i];
		if (strcmp(row->option.name, name) != 0 || !row->applies(device->driver))
			continue;
		int r = ph_option_check(device, &row->option, value);
		return r < 0 ? r : row->set(device, value);
	}
	return -ENOENT;
}
