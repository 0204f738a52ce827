/* The section a recognised device would have if somebody wrote one, and the one that somebody did write. */
#ifndef PH_DAEMON_CORE_KNOWN_SECTION_H
#define PH_DAEMON_CORE_KNOWN_SECTION_H

#include <stdbool.h>

struct ph_config;
struct ph_config_device;
struct ph_known;
struct ph_manifest;
struct ph_node;

#define PH_LINE_SETTINGS_MAX 128 /* bytes of "baud=9600&bits=7" */

/* NULL when it is configured, hot-plug is off, there is no driver for it, or no memory. The caller frees it. */
struct ph_config_device *ph_known_section_new(
	const struct ph_config *config, const struct ph_known *known);
void ph_known_section_free(struct ph_config_device *section); /* accepts NULL */

/* Whether a connection means this node; links of udev are followed. */
bool ph_node_is_meant(const struct ph_node *node, const char *connection);

/*
 * Takes the options of a match row apart ("protocol=ssi baud=9600"; NULL: none): each() gets those of the driver, and `line`
 * those of a serial line in the form of a URL. Returns 0, -ENOMEM, or what each() returned below 0.
 */
int ph_row_options(const struct ph_manifest *manifest, const char *text,
	int (*each)(void *userdata, const char *name, const char *value), void *userdata,
	char line[PH_LINE_SETTINGS_MAX]);

#endif
