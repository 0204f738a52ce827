// Turns a [device NAME] section into a device, checked against its driver's manifest; opening it is the driver's.
#include "daemon/core/config_device.h"

#include "base/buf.h"
#include "base/names.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>

#define AGE_OUT_MS_MAX		3600000
#define LEFT_OPEN_MAX_MS	(24ul * 3600 * 1000)
#define LEFT_OPEN_REPEAT_MIN_MS 1000
#define NAMES_LISTED_MAX	512 /* bytes of a list of names in a problem */

struct loader {
	struct ph_config *config;
	const struct ph_ini_section *section;
	struct ph_config_device *device;
	bool refused; /* a problem was added: the device is left out */
};

/* A setter returns 0 or -ENOMEM; a wrong value is refused with the problem added. */
struct device_key {
	const char *name;
	int (*set)(struct loader *loader, const struct ph_ini_entry *entry);
};

static void refuse(struct loader *loader, const struct ph_ini_entry *entry, const char *text)
{
	ph_problem_add(&loader->config->problems, loader->section->file, entry->line,
		"`%s = %s` in [device %s] is not right; %s", entry->key, entry->value,
		loader->section->name, text);
	loader->refused = true;
}

static int copy_text(const char *value, char **ret_text)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*ret_text);
	*ret_text = copy;
	return 0;
}

static int set_driver(struct loader *loader, const struct ph_ini_entry *entry)
{
	return copy_text(entry->value, &loader->device->driver); /* checked before all others */
}

static int set_connection(struct loader *loader, const struct ph_ini_entry *entry)
{
	const struct ph_manifest *manifest = loader->device->manifest;
	const char *colon = strchr(entry->value, ':');
	size_t scheme = colon ? (size_t)(colon - entry->value) : 0;
	bool known = false;

	for (size_t i = 0; manifest->connections[i]; i++)
		known = known || (strlen(manifest->connections[i]) == scheme &&
					 !strncmp(manifest->connections[i], entry->value, scheme));
	if (strlen(entry->value) > PH_CONFIG_CONNECTION_MAX)
		refuse(loader, entry, "a connection has at most 512 bytes");
	else if (!colon || (!colon[1] && strcmp(entry->value, "pcsc:") != 0)) /* the first reader */
		refuse(loader, entry,
			"write a URL, for example serial:/dev/ttyUSB0 or tcp://10.0.0.7:9100");
	else if (entry->value[strcspn(entry->value, " \t")])
		refuse(loader, entry, "a URL holds no blanks");
	else if (!known)
		refuse(loader, entry, "the driver does not know this kind of connection");
	return copy_text(entry->value, &loader->device->connection);
}

static int set_classes(struct loader *loader, const struct ph_ini_entry *entry)
{
	char word[32];
	uint32_t classes = 0;

	for (const char *cursor = entry->value; ph_ini_word(&cursor, word, sizeof word);) {
		int class = ph_class_parse(word);
		if (class < 0 || !(loader->device->manifest->classes & (1u << class))) {
			refuse(loader, entry, "the driver does not serve all of these classes");
			return 0;
		}
		classes |= 1u << class;
	}
	if (!classes)
		refuse(loader, entry, "name at least one class, or remove the line");
	loader->device->classes = classes;
	return 0;
}

static int set_enabled(struct loader *loader, const struct ph_ini_entry *entry)
{
	loader->device->enabled = !strcmp(entry->value, "yes");
	if (!loader->device->enabled && strcmp(entry->value, "no") != 0)
		refuse(loader, entry, "write yes or no");
	return 0;
}

static int set_override(struct loader *loader, const struct ph_ini_entry *entry, char **ret_text)
{
	if (!entry->value[0] || strlen(entry->value) > PH_CONFIG_TEXT_MAX)
		refuse(loader, entry, "write 1 to 63 bytes, or remove the line");
	return copy_text(entry->value, ret_text);
}

static int set_vendor(struct loader *loader, const struct ph_ini_entry *entry)
{
	return set_override(loader, entry, &loader->device->vendor);
}

static int set_model(struct loader *loader, const struct ph_ini_entry *entry)
{
	return set_override(loader, entry, &loader->device->model);
}

static int set_serial(struct loader *loader, const struct ph_ini_entry *entry)
{
	return set_override(loader, entry, &loader->device->serial);
}

/* A driver with a unit of its own: it connects to drivers.sock, and only as this user. */
static int set_dial_in_user(struct loader *loader, const struct ph_ini_entry *entry)
{
	const struct passwd *user = getpwnam(entry->value);

	if (!user) {
		refuse(loader, entry, "name a user of this machine, or remove the line");
		return 0;
	}
	loader->device->dials_in = true;
	loader->device->dial_in_uid = user->pw_uid;
	return 0;
}

static int set_age_out(struct loader *loader, const struct ph_ini_entry *entry)
{
	if (!(loader->device->manifest->classes & 1u << PH_CLASS_SCANNER))
		refuse(loader, entry, "only scanners have labels that can wait");
	else if (ph_config_unsigned(entry->value, 0, AGE_OUT_MS_MAX, &loader->device->age_out_ms) <
		 0)
		refuse(loader, entry, "write milliseconds from 0 to 3600000");
	return 0;
}

/* Of the alarm of a drawer that is left open. */
static int set_alarm_ms(struct loader *loader, const struct ph_ini_entry *entry, unsigned *ret_ms)
{
	char *end = NULL;
	unsigned long ms = strtoul(entry->value, &end, 10);

	if (!(loader->device->manifest->classes & 1u << PH_CLASS_DRAWER))
		refuse(loader, entry, "the driver serves no cash drawer");
	else if (!isdigit((unsigned char)entry->value[0]) || *end || ms > LEFT_OPEN_MAX_MS)
		refuse(loader, entry, "write milliseconds, 0 to 86400000");
	else
		*ret_ms = (unsigned)ms;
	return 0;
}

static int set_left_open_after(struct loader *loader, const struct ph_ini_entry *entry)
{
	return set_alarm_ms(loader, entry, &loader->device->left_open_after_ms);
}

static int set_left_open_repeat(struct loader *loader, const struct ph_ini_entry *entry)
{
	unsigned ms = 0;
	int r = set_alarm_ms(loader, entry, &ms);

	if (ms && ms < LEFT_OPEN_REPEAT_MIN_MS)
		refuse(loader, entry, "write 0 for once, or at least 1000");
	loader->device->left_open_repeat_ms = ms;
	return r;
}

static const struct device_key device_keys[] = {
	{"driver", set_driver},
	{"connection", set_connection},
	{"classes", set_classes},
	{"enabled", set_enabled},
	{"vendor", set_vendor},
	{"model", set_model},
	{"serial", set_serial},
	{"dial_in_user", set_dial_in_user},
	{"age_out_ms", set_age_out},
	{"left_open_after_ms", set_left_open_after},
	{"left_open_repeat_ms", set_left_open_repeat},
};

static void refuse_unknown(struct loader *loader, const struct ph_ini_entry *entry)
{
	const struct ph_manifest *manifest = loader->device->manifest;
	struct ph_buf names = {.max = NAMES_LISTED_MAX};

	for (size_t i = 0; i < manifest->options_len; i++)
		ph_buf_printf(&names, "%s%s", i ? ", " : "", manifest->options[i].name);
	ph_problem_add(&loader->config->problems, loader->section->file, entry->line,
		"unknown key `%s` in [device %s]; %s knows: %s (and driver, connection, classes, "
		"enabled, vendor, model, serial, dial_in_user, age_out_ms%s)",
		entry->key, loader->section->name, manifest->name,
		names.len ? names.data : "no keys of its own",
		manifest->classes & 1u << PH_CLASS_DRAWER
			? ", left_open_after_ms, left_open_repeat_ms"
			: "");
	ph_buf_done(&names);
	loader->refused = true;
}

static int set_option(struct loader *loader, const struct ph_ini_entry *entry)
{
	struct ph_config_device *device = loader->device;
	const struct ph_manifest_option *option = ph_manifest_option(device->manifest, entry->key);
	char expected[256];

	if (!option) {
		refuse_unknown(loader, entry);
		return 0;
	}
	if (ph_manifest_option_check(option, entry->value, expected, sizeof expected) < 0) {
		ph_problem_add(&loader->config->problems, loader->section->file, entry->line,
			"`%s = %s` in [device %s] is not right; write %s", entry->key, entry->value,
			loader->section->name, expected);
		loader->refused = true;
		return 0;
	}
	struct ph_config_option *copy = &device->options[device->options_len++];
	copy->name = strdup(entry->key);
	copy->value = strdup(entry->value);
	return copy->name && copy->value ? 0 : -ENOMEM;
}

static int load_key(struct loader *loader, const struct ph_ini_entry *entry)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(device_keys); i++)
		if (!strcmp(entry->key, device_keys[i].name))
			return device_keys[i].set(loader, entry);
	return set_option(loader, entry);
}

static void refuse_section(struct loader *loader, const char *text)
{
	ph_problem_add(&loader->config->problems, loader->section->file, loader->section->line,
		"[device %s] %s", loader->section->name, text);
	loader->refused = true;
}

static void refuse_driver(struct loader *loader, const struct ph_ini_entry *entry)
{
	const struct ph_manifests *manifests = &loader->config->manifests;
	struct ph_buf names = {.max = NAMES_LISTED_MAX};

	for (size_t i = 0; i < manifests->len; i++)
		ph_buf_printf(&names, "%s%s", i ? ", " : "", manifests->items[i].name);
	ph_problem_add(&loader->config->problems, loader->section->file, entry->line,
		"there is no driver `%s` for [device %s]; installed are: %s", entry->value,
		loader->section->name, names.len ? names.data : "none");
	ph_buf_done(&names);
	loader->refused = true;
}

/* The driver decides which other keys there are: without it nothing else is checked. */
static void find_driver(struct loader *loader)
{
	const struct ph_ini_entry *entry = NULL;

	for (size_t i = 0; i < loader->section->len; i++)
		if (!strcmp(loader->section->entries[i].key, "driver"))
			entry = &loader->section->entries[i];
	if (!entry) {
		refuse_section(loader, "names no driver; add `driver = NAME`");
		return;
	}
	loader->device->manifest = ph_manifests_find(&loader->config->manifests, entry->value);
	if (!loader->device->manifest)
		refuse_driver(loader, entry);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ph_config_option *)a)->name,
		((const struct ph_config_option *)b)->name);
}

static int load_keys(struct loader *loader)
{
	const struct ph_ini_section *section = loader->section;
	struct ph_config_device *device = loader->device;
	int r = 0;

	device->classes = ph_manifest_usual_classes(device->manifest);
	device->enabled = true;
	device->line = section->line;
	device->name = strdup(section->name);
	device->file = strdup(section->file);
	device->options = calloc(section->len + 1, sizeof *device->options);
	if (!device->name || !device->file || !device->options)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < section->len; i++)
		r = load_key(loader, &section->entries[i]);
	if (r < 0)
		return r;
	qsort(device->options, device->options_len, sizeof *device->options, by_name);
	if (!device->connection)
		refuse_section(loader, "has no connection; add `connection = URL`");
	return 0;
}

bool ph_config_device_has_id(const struct ph_config_device *device, const char *id)
{
	size_t len = strlen(device->name);

	if (strncmp(id, device->name, len) != 0)
		return false;
	if (!id[len])
		return true;
	if (id[len] != '-')
		return false;
	int class = ph_class_parse(id + len + 1);
	return class >= 0 && (device->classes & (1u << class));
}

/* Of the ids NAME and NAME-CLASS; the first class goes without. */
static size_t longest_id(const struct ph_config_device *device)
{
	uint32_t others = device->classes & (device->classes - 1);
	size_t len = strlen(device->name), longest = len;

	for (int i = 0; i < PH_CLASS_COUNT_; i++) {
		size_t with_class = len + 1 + strlen(ph_class_name((enum ph_class)i));
		if (others & 1u << i && with_class > longest)
			longest = with_class;
	}
	return longest;
}

/* "till" with a drawer and another device called "till-drawer" would have one id for two things. */
static void check_ids(struct loader *loader)
{
	struct ph_config *config = loader->config;

	if (longest_id(loader->device) > PH_NAME_MAX) {
		refuse_section(loader,
			"has a name so long that an id like NAME-drawer would have more than 64 "
			"characters; shorten it");
		return;
	}
	for (size_t i = 0; i < config->devices_len; i++) {
		const struct ph_config_device *other = &config->devices[i];
		if (!ph_config_device_has_id(other, loader->device->name) &&
			!ph_config_device_has_id(loader->device, other->name))
			continue;
		ph_problem_add(&config->problems, loader->section->file, loader->section->line,
			"[device %s] and [device %s] in %s line %u would have the same id for a "
			"class; rename one",
			loader->section->name, other->name, other->file, other->line);
		loader->refused = true;
		return;
	}
}

static int add_device(struct loader *loader)
{
	struct ph_config *config = loader->config;

	if (config->devices_len >= PH_DEVICES_MAX) {
		refuse_section(loader, "is one of more than 256 devices and not used");
		return 0;
	}
	struct ph_config_device *devices =
		reallocarray(config->devices, config->devices_len + 1, sizeof *devices);
	if (!devices)
		return -ENOMEM;
	config->devices = devices;
	devices[config->devices_len++] = *loader->device;
	return 0;
}

int ph_config_load_device(struct ph_config *config, const struct ph_ini_section *section)
{
	struct ph_config_device device = {0};
	struct loader loader = {config, section, &device, section->broken};
	int r = 0;

	if (!ph_config_name_valid(section->name))
		refuse_section(&loader,
			"is not a name; names are 1 to 64 letters, digits, `.`, `_` and `-`, the "
			"first a letter or digit");
	find_driver(&loader);
	if (device.manifest)
		r = load_keys(&loader);
	if (r == 0 && !loader.refused)
		check_ids(&loader);
	if (r == 0 && !loader.refused)
		r = add_device(&loader);
	if (r < 0 || loader.refused)
		ph_config_device_done(&device);
	return r;
}

void ph_config_device_done(struct ph_config_device *device)
{
	for (size_t i = 0; i < device->options_len; i++) {
		free(device->options[i].name);
		free(device->options[i].value);
	}
	free(device->options);
	free(device->name);
	free(device->driver);
	free(device->connection);
	free(device->vendor);
	free(device->model);
	free(device->serial);
	free(device->file);
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool ph_config_device_equal(const struct ph_config_device *a, const struct ph_config_device *b)
{
	if (a->options_len != b->options_len)
		return false;
	for (size_t i = 0; i < a->options_len; i++)
		if (!same(a->options[i].name, b->options[i].name) ||
			!same(a->options[i].value, b->options[i].value))
			return false;
	return same(a->name, b->name) && same(a->driver, b->driver) &&
	       same(a->connection, b->connection) && a->classes == b->classes &&
	       a->enabled == b->enabled && a->age_out_ms == b->age_out_ms &&
	       same(a->vendor, b->vendor) && same(a->model, b->model) &&
	       same(a->serial, b->serial) && a->dials_in == b->dials_in &&
	       a->dial_in_uid == b->dial_in_uid && a->left_open_after_ms == b->left_open_after_ms &&
	       a->left_open_repeat_ms == b->left_open_repeat_ms;
}
