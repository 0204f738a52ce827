// Makes a device section of what a driver's match row says, for a device nobody configured; and finds the one that somebody did.
#include "daemon/core/known_section.h"

#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/config_device.h"
#include "daemon/core/log.h"
#include "daemon/objects/known.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 16 /* of a row; further ones are passed over */

/* Keys of a serial line are part of the connection, not options of the driver. */
static bool is_line_key(const char *name)
{
	static const char *const keys[] = {"baud", "bits", "parity", "stop", "flow"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], name))
			return true;
	return false;
}

static int add_option(void *userdata, const char *name, const char *value)
{
	struct ph_config_device *section = userdata;
	const struct ph_manifest_option *option = ph_manifest_option(section->manifest, name);
	char expected[256];

	if (!option || ph_manifest_option_check(option, value, expected, sizeof expected) < 0 ||
		section->options_len == OPTIONS_MAX) {
		ph_log(LOG_WARNING, section->name, "`%s=%s` of the match table of %s is no option",
			name, value, section->driver);
		return 0;
	}
	struct ph_config_option *copy = &section->options[section->options_len++];
	copy->name = strdup(name);
	copy->value = strdup(value);
	return copy->name && copy->value ? 0 : -ENOMEM;
}

int ph_row_options(const struct ph_manifest *manifest, const char *text,
	int (*each)(void *userdata, const char *name, const char *value), void *userdata,
	char line[PH_LINE_SETTINGS_MAX])
{
	PH_CLEANUP_FREE char *copy = strdup(text ? text : "");
	char *save = NULL;
	int r = copy ? 0 : -ENOMEM;

	*line = '\0';
	for (char *word = r < 0 ? NULL : strtok_r(copy, " ", &save); word && r >= 0;
		word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');
		if (!equals)
			continue;
		*equals = '\0';
		if (!is_line_key(word) || ph_manifest_option(manifest, word)) {
			r = each(userdata, word, equals + 1);
			continue;
		}
		size_t len = strlen(line);
		snprintf(line + len, PH_LINE_SETTINGS_MAX - len, "%s%s=%s", len ? "&" : "", word,
			equals + 1);
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ph_config_option *)a)->name,
		((const struct ph_config_option *)b)->name);
}

static int fill(struct ph_config_device *section, const struct ph_config *config,
	const struct ph_known *known)
{
	const struct ph_manifest *manifest = NULL;
	const struct ph_manifest_match *row =
		ph_identity_row(&config->manifests, &known->identity.node, &manifest);
	char connection[PH_CONFIG_CONNECTION_MAX + 1], line[PH_LINE_SETTINGS_MAX];

	section->enabled = true;
	section->seen = &known->identity.node;
	section->absent = !known->identity.present;
	section->classes = ph_manifest_usual_classes(section->manifest);
	section->name = strdup(known->name);
	section->driver = strdup(known->identity.driver);
	section->file = strdup("");
	section->options = calloc(OPTIONS_MAX, sizeof *section->options);
	if (!section->name || !section->driver || !section->file || !section->options)
		return -ENOMEM;
	int r = ph_row_options(section->manifest,
		row && manifest == section->manifest ? row->options : NULL, add_option, section,
		line);
	if (r >= 0)
		r = ph_identity_connection(&known->identity, line, connection, sizeof connection);
	if (r < 0)
		return r;
	qsort(section->options, section->options_len, sizeof *section->options, by_name);
	section->connection = strdup(connection);
	return section->connection ? 0 : -ENOMEM;
}

struct ph_config_device *ph_known_section_new(
	const struct ph_config *config, const struct ph_known *known)
{
	const struct ph_manifest *manifest =
		ph_manifests_find(&config->manifests, known->identity.driver);

	if (!config->service.hotplug || !manifest ||
		ph_known_configured(config, &known->identity.node))
		return NULL;
	struct ph_config_device *section = calloc(1, sizeof *section);
	if (!section)
		return NULL;
	section->manifest = manifest;
	int r = fill(section, config, known);
	if (r < 0) {
		ph_log(LOG_WARNING, known->name, "cannot be served: %s", strerror(-r));
		ph_known_section_free(section);
		return NULL;
	}
	return section;
}

void ph_known_section_free(struct ph_config_device *section)
{
	if (!section)
		return;
	ph_config_device_done(section);
	free(section);
}

/* A path may be a link of udev's. */
static bool is_same_file(const char *connection, const char *devnode)
{
	char target[PATH_MAX];
	struct ph_url url;

	return ph_url_parse(connection, &url) == 0 && *url.path == '/' &&
	       realpath(url.path, target) && !strcmp(target, devnode);
}

bool ph_node_is_meant(const struct ph_node *node, const char *connection)
{
	return ph_identity_is_meant(node, connection) ||
	       (*node->syspath && is_same_file(connection, node->devnode));
}

const struct ph_config_device *ph_known_configured(
	const struct ph_config *config, const struct ph_node *node)
{
	for (size_t i = 0; i < config->devices_len; i++)
		if (ph_node_is_meant(node, config->devices[i].connection))
			return &config->devices[i];
	return NULL;
}
