/* The sections [payments] and [offline]; for config.c only. */
#ifndef PH_DAEMON_CORE_CONFIG_PAYMENTS_H
#define PH_DAEMON_CORE_CONFIG_PAYMENTS_H

#include "daemon/core/config.h"
#include "daemon/core/ini.h"

/* Defaults, and what the section says instead; `section` may be NULL. Problems are reported. */
void ph_config_load_payments(struct ph_config *config, const struct ph_ini_section *section);

/*
 * [offline]. Any mistake in it switches offline acceptance off: limits that are not those that were meant are none.
 */
void ph_config_load_offline(struct ph_config *config, const struct ph_ini_section *section);

#endif
