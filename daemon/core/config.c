// Loads the configuration and checks all of it but the device sections, which are config_device.c's.
#include "daemon/core/config.h"

#include "base/names.h"
#include "base/read_file.h"
#include "daemon/core/config_device.h"
#include "daemon/core/config_payments.h"
#include "daemon/core/ini.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

PH_DEFINE_CLEANUP(char **, ph_list_free)

#define KEEP_HOURS_MAX (365 * 24)

/* A setter returns 0, -EINVAL for a value that is not right, or -ENOMEM. */
struct service_key {
	const char *name;
	int (*set)(struct ph_config_service *service, const char *value);
	const char *expected;
};

int ph_config_unsigned(const char *value, unsigned min, unsigned max, unsigned *ret_number)
{
	char *end = NULL;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	unsigned long number = strtoul(value, &end, 10);
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*ret_number = (unsigned)number;
	return 0;
}

static int set_log_level(struct ph_config_service *service, const char *value)
{
	static const struct {
		const char *word;
		int level;
	} levels[] = {{"error", LOG_ERR}, {"warning", LOG_WARNING}, {"info", LOG_INFO},
		{"debug", LOG_DEBUG}};

	for (size_t i = 0; i < PH_ARRAY_SIZE(levels); i++) {
		if (strcmp(value, levels[i].word) != 0)
			continue;
		service->log_level = levels[i].level;
		return 0;
	}
	return -EINVAL;
}

static int set_keep_hours(struct ph_config_service *service, const char *value)
{
	return ph_config_unsigned(value, 0, KEEP_HOURS_MAX, &service->document_keep_hours);
}

static int set_dbus(struct ph_config_service *service, const char *value)
{
	static const char *const words[PH_CONFIG_DBUS_COUNT_] = {
		[PH_CONFIG_DBUS_AUTO] = "auto",
		[PH_CONFIG_DBUS_YES] = "yes",
		[PH_CONFIG_DBUS_NO] = "no",
	};

	for (unsigned i = 0; i < PH_CONFIG_DBUS_COUNT_; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		service->dbus = (enum ph_config_dbus)i;
		return 0;
	}
	return -EINVAL;
}

static int set_hotplug(struct ph_config_service *service, const char *value)
{
	service->hotplug = !strcmp(value, "yes");
	return service->hotplug || !strcmp(value, "no") ? 0 : -EINVAL;
}

static int set_max_clients(struct ph_config_service *service, const char *value)
{
	return ph_config_unsigned(value, 1, PH_CLIENTS_MAX, &service->max_clients);
}

static int set_vendor_drivers_dir(struct ph_config_service *service, const char *value)
{
	if (*value != '/')
		return -EINVAL;
	char *copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(service->vendor_drivers_dir);
	service->vendor_drivers_dir = copy;
	return 0;
}

static const struct service_key service_keys[] = {
	{"log_level", set_log_level, "error, warning, info or debug"},
	{"document_keep_hours", set_keep_hours, "a whole number of hours from 0 to 8760"},
	{"dbus", set_dbus, "auto, yes or no"},
	{"hotplug", set_hotplug, "yes or no"},
	{"max_clients", set_max_clients, "a whole number from 1 to 1024"},
	{"vendor_drivers_dir", set_vendor_drivers_dir, "an absolute path"},
};

_Static_assert(
	PH_CLIENTS_MAX == 1024, "the text of max_clients and docs/configuration.md say 1024");

static int load_service_key(
	struct ph_config *config, const char *file, const struct ph_ini_entry *entry)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(service_keys); i++) {
		const struct service_key *key = &service_keys[i];
		if (strcmp(entry->key, key->name) != 0)
			continue;
		int r = key->set(&config->service, entry->value);
		if (r == -EINVAL)
			ph_problem_add(&config->problems, file, entry->line,
				"`%s = %s` is not right; write %s", entry->key, entry->value,
				key->expected);
		return r == -EINVAL ? 0 : r;
	}
	ph_problem_add(&config->problems, file, entry->line,
		"unknown key `%s` in [service]; there are log_level, document_keep_hours, dbus, "
		"hotplug, max_clients, vendor_drivers_dir",
		entry->key);
	return 0;
}

static int load_service(struct ph_config *config, const struct ph_ini_section *section)
{
	int r = 0;

	for (size_t i = 0; section && r == 0 && i < section->len; i++)
		r = load_service_key(config, section->file, &section->entries[i]);
	return r;
}

static bool id_valid(const char *id, size_t max)
{
	size_t len =
		strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len >= 1 && len <= max && !id[len] && !strchr("._-", id[0]);
}

bool ph_config_name_valid(const char *name)
{
	return id_valid(name, PH_NAME_MAX);
}

static void role_done(struct ph_config_role *role)
{
	for (size_t i = 0; i < role->devices_len; i++)
		free(role->devices[i]);
	free(role->name);
	free(role->file);
}

/* Why a role is not taken, or NULL; `entry->value` was already read into `role`. */
static const char *role_refused(const struct ph_config *config, const char *name)
{
	if (!ph_config_name_valid(name))
		return "names are 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or "
		       "digit";
	for (size_t i = 0; i < config->devices_len; i++)
		if (ph_config_device_has_id(&config->devices[i], name))
			return "a device has the same name; rename one of them";
	if (config->roles_len >= PH_ROLES_MAX)
		return "there are more than 256 roles; this one is not used";
	return NULL;
}

/* Returns 0, -ENOMEM, or -EINVAL with the reason. */
static int read_role_devices(
	struct ph_config_role *role, const char *value, const char **ret_reason)
{
	char word[PH_CONFIG_ID_MAX + 2];

	*ret_reason = "names no device; write `role = device`";
	for (const char *cursor = value; ph_ini_word(&cursor, word, sizeof word);) {
		*ret_reason = "holds what is not the name of a device";
		if (!id_valid(word, PH_CONFIG_ID_MAX))
			return -EINVAL;
		*ret_reason = "names a device twice";
		for (size_t i = 0; i < role->devices_len; i++)
			if (!strcmp(role->devices[i], word))
				return -EINVAL;
		*ret_reason = "names more than 8 devices";
		if (role->devices_len == PH_ROLE_DEVICES)
			return -EINVAL;
		role->devices[role->devices_len] = strdup(word);
		if (!role->devices[role->devices_len])
			return -ENOMEM;
		role->devices_len++;
	}
	return role->devices_len ? 0 : -EINVAL;
}

static const struct ph_config_role *find_role(const struct ph_config *config, const char *name)
{
	for (size_t i = 0; i < config->roles_len; i++)
		if (!strcmp(config->roles[i].name, name))
			return &config->roles[i];
	return NULL;
}

static int add_role(
	struct ph_config *config, struct ph_config_role *role, const char *name, const char *file)
{
	struct ph_config_role *roles =
		reallocarray(config->roles, config->roles_len + 1, sizeof *roles);
	if (!roles)
		return -ENOMEM;
	config->roles = roles;
	role->name = strdup(name);
	role->file = strdup(file);
	if (!role->name || !role->file)
		return -ENOMEM;
	roles[config->roles_len++] = *role;
	return 0;
}

/* Checks the name and takes the role, or what there is of it, over. Problems are reported. */
static int take_role(struct ph_config *config, struct ph_config_role *role, const char *name,
	const char *file, const char *reason)
{
	const struct ph_config_role *other = find_role(config, name);
	const char *refused = role_refused(config, name);

	if (other)
		ph_problem_add(&config->problems, file, role->line,
			"role `%s` is already bound in %s line %u; remove one of the two", name,
			other->file, other->line);
	else if (refused || reason)
		ph_problem_add(&config->problems, file, role->line, "role `%s`: %s", name,
			refused ? refused : reason);
	int r = other || refused || reason ? -EINVAL : add_role(config, role, name, file);
	if (r < 0)
		role_done(role);
	return r == -EINVAL ? 0 : r;
}

static int load_role(struct ph_config *config, const char *file, const struct ph_ini_entry *entry)
{
	struct ph_config_role role = {.line = entry->line, .failover_after_s = PH_FAILOVER_S};
	const char *reason;

	int r = read_role_devices(&role, entry->value, &reason);
	if (r == -ENOMEM) {
		role_done(&role);
		return r;
	}
	return take_role(config, &role, entry->key, file, r < 0 ? reason : NULL);
}

static int load_roles(struct ph_config *config, const struct ph_ini_section *section)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < section->len; i++)
		r = load_role(config, section->file, &section->entries[i]);
	return r;
}

static int read_failover(struct ph_config_role *role, const char *value)
{
	unsigned seconds = 0;

	if (!strcmp(value, "never")) {
		role->failover_after_s = -1;
		return 0;
	}
	int r = ph_config_unsigned(value, 0, PH_FAILOVER_S_MAX, &seconds);
	if (r == 0)
		role->failover_after_s = (int)seconds;
	return r;
}

/* One key of [role NAME]; -EINVAL with the reason. */
static int read_role_key(
	struct ph_config_role *role, const struct ph_ini_entry *entry, const char **ret_reason)
{
	if (!strcmp(entry->key, "devices"))
		return read_role_devices(role, entry->value, ret_reason);
	if (!strcmp(entry->key, "failover_after_s")) {
		*ret_reason = "failover_after_s is `never` or a whole number of seconds from 0 to "
			      "86400";
		return read_failover(role, entry->value);
	}
	*ret_reason = "its keys are devices and failover_after_s";
	return -EINVAL;
}

/* The long form: [role NAME]. */
static int load_role_section(struct ph_config *config, const struct ph_ini_section *section)
{
	struct ph_config_role role = {.line = section->line, .failover_after_s = PH_FAILOVER_S};
	const char *reason = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < section->len; i++)
		r = read_role_key(&role, &section->entries[i], &reason);
	if (r == -ENOMEM) {
		role_done(&role);
		return r;
	}
	if (r == 0)
		reason = role.devices_len ? NULL : "names no device; write `devices = ...`";
	return take_role(config, &role, section->name, section->file, reason);
}

/* [service] and [access] count in the first file that has them: what a shop may do is in one place. */
static const struct ph_ini_section *single(
	struct ph_config *config, const struct ph_ini *ini, const char *kind)
{
	const struct ph_ini_section *found = NULL;

	for (size_t i = 0; i < ini->len; i++) {
		const struct ph_ini_section *section = &ini->sections[i];
		if (strcmp(section->kind, kind) != 0 || section->name[0])
			continue;
		/* a second one in the same file was reported when it was read */
		if (found && strcmp(found->file, section->file) != 0)
			ph_problem_add(&config->problems, section->file, section->line,
				"section [%s] is already in %s line %u; move its keys there", kind,
				found->file, found->line);
		if (!found)
			found = section;
	}
	return found;
}

static void check_kind(struct ph_config *config, const struct ph_ini_section *section)
{
	static const char *const kinds[] = {"service", "access", "roles", "payments", "offline"};
	bool is_named = !strcmp(section->kind, "device") || !strcmp(section->kind, "role");
	bool known = is_named;

	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		known = known || !strcmp(section->kind, kinds[i]);
	if (!known && section->kind[0])
		ph_problem_add(&config->problems, section->file, section->line,
			"unknown section [%s]; there are [service], [access], [roles], "
			"[payments], [offline], [role NAME] and [device NAME]",
			section->kind);
	if (known && !is_named && section->name[0])
		ph_problem_add(&config->problems, section->file, section->line,
			"section [%s] has no name; write [%s]", section->kind, section->kind);
}

static int load_sections(struct ph_config *config, const struct ph_ini *ini)
{
	int r = 0;

	for (size_t i = 0; i < ini->len; i++)
		check_kind(config, &ini->sections[i]);
	for (size_t i = 0; r == 0 && i < ini->len; i++)
		if (!strcmp(ini->sections[i].kind, "device"))
			r = ph_config_load_device(config, &ini->sections[i]);
	/* after the devices: a role must not have the name of one */
	for (size_t i = 0; r == 0 && i < ini->len; i++)
		if (!strcmp(ini->sections[i].kind, "roles") && !ini->sections[i].name[0])
			r = load_roles(config, &ini->sections[i]);
	for (size_t i = 0; r == 0 && i < ini->len; i++)
		if (!strcmp(ini->sections[i].kind, "role"))
			r = load_role_section(config, &ini->sections[i]);
	return r;
}

static int read_files(
	struct ph_config *config, const struct ph_config_source *source, struct ph_ini *ini)
{
	PH_CLEANUP_FREE char *main_file = NULL, *folder = NULL;
	PH_CLEANUP(ph_list_free_p) char **paths = NULL;

	if (asprintf(&main_file, "%s/poshal.conf", source->etc_dir) < 0) {
		main_file = NULL;
		return -ENOMEM;
	}
	if (asprintf(&folder, "%s/devices.d", source->etc_dir) < 0) {
		folder = NULL;
		return -ENOMEM;
	}
	int r = ph_ini_read(ini, main_file, &config->problems);
	if (r < 0)
		return r;
	r = ph_list_files(folder, ".conf", PH_CONFIG_FILES_MAX, &paths);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		ph_problem_add(&config->problems, folder, 0, "%s; none of its files is used",
			r == -E2BIG ? "more than 256 files" : strerror(-r));
		return 0;
	}
	r = 0;
	for (size_t i = 0; r == 0 && paths[i]; i++)
		if (!source->draft_file || strcmp(paths[i], source->draft_file) != 0)
			r = ph_ini_read(ini, paths[i], &config->problems);
	if (r == 0 && source->draft_file)
		r = ph_ini_parse(ini, source->draft_file, source->draft_text,
			strlen(source->draft_text), &config->problems);
	return r;
}

static int read_manifests(struct ph_config *config, const struct ph_config_source *source)
{
	const char *vendor = config->service.vendor_drivers_dir ? config->service.vendor_drivers_dir
								: source->vendor_drivers_dir;
	int r = 0;

	if (source->drivers_dir)
		r = ph_manifests_read(&config->manifests, source->drivers_dir, &config->problems);
	if (r == 0 && vendor && (!source->drivers_dir || strcmp(vendor, source->drivers_dir) != 0))
		r = ph_manifests_read(&config->manifests, vendor, &config->problems);
	return r;
}

static int load(struct ph_config *config, const struct ph_config_source *source, struct ph_ini *ini)
{
	int r = read_files(config, source, ini);
	if (r == 0)
		r = load_service(config, single(config, ini, "service"));
	if (r == 0) {
		ph_config_load_payments(config, single(config, ini, "payments"));
		ph_config_load_offline(config, single(config, ini, "offline"));
	}
	if (r == 0)
		r = ph_access_init(&config->access, single(config, ini, "access"), source->own_uid,
			&config->problems);
	if (r == 0)
		r = read_manifests(config, source);
	if (r == 0)
		r = load_sections(config, ini);
	return r;
}

int ph_config_load(const struct ph_config_source *source, struct ph_config **ret_config)
{
	PH_CLEANUP(ph_config_free_p) struct ph_config *config = calloc(1, sizeof *config);
	struct ph_ini ini = {0};

	if (!config)
		return -ENOMEM;
	config->service = (struct ph_config_service){.log_level = LOG_INFO,
		.document_keep_hours = 24,
		.hotplug = true,
		.max_clients = PH_CLIENTS_MAX};
	int r = load(config, source, &ini);
	ph_ini_done(&ini);
	if (r < 0)
		return r;
	*ret_config = PH_STEAL(config);
	return 0;
}

void ph_config_free(struct ph_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->devices_len; i++)
		ph_config_device_done(&config->devices[i]);
	free(config->devices);
	for (size_t i = 0; i < config->roles_len; i++)
		role_done(&config->roles[i]);
	free(config->roles);
	free(config->service.vendor_drivers_dir);
	ph_access_done(&config->access);
	ph_manifests_done(&config->manifests);
	ph_problems_done(&config->problems);
	free(config);
}

const struct ph_config_device *ph_config_find_device(
	const struct ph_config *config, const char *name)
{
	for (size_t i = 0; i < config->devices_len; i++)
		if (!strcmp(config->devices[i].name, name))
			return &config->devices[i];
	return NULL;
}
