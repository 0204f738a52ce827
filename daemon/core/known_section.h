/* The section a recognised device would have if somebody wrote one. */
#ifndef PH_DAEMON_CORE_KNOWN_SECTION_H
#define PH_DAEMON_CORE_KNOWN_SECTION_H

struct ph_config;
struct ph_config_device;
struct ph_known;

/* NULL when it is configured, hot-plug is off, there is no driver for it, or no memory. The caller frees it. */
struct ph_config_device *ph_known_section_new(
	const struct ph_config *config, const struct ph_known *known);
void ph_known_section_free(struct ph_config_device *section); /* accepts NULL */

#endif
