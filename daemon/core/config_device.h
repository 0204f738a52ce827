/* The [device NAME] sections; for config.c only. */
#ifndef PH_DAEMON_CORE_CONFIG_DEVICE_H
#define PH_DAEMON_CORE_CONFIG_DEVICE_H

#include "daemon/core/config.h"
#include "daemon/core/ini.h"

/* A whole number in decimal digits. 0, or -EINVAL when it is none or not within min and max. */
int ph_config_unsigned(const char *value, unsigned min, unsigned max, unsigned *ret_number);

/*
 * Checks a section against the manifest of its driver and adds the device. With anything wrong in it every
 * problem is added and the device is left out. Returns 0 or -ENOMEM.
 */
int ph_config_load_device(struct ph_config *config, const struct ph_ini_section *section);

/* True for the ids the device can have: its name, and its name, a dash and one of its classes. */
bool ph_config_device_has_id(const struct ph_config_device *device, const char *id);

void ph_config_device_done(struct ph_config_device *device);

#endif
