// What an administrator adds and takes away while the service runs: adopted devices and bound roles, each a file of its own in
// devices.d, which a person can read and edit. They are checked by the same loader as all others before they are written.
#include "daemon/objects/adopt.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/read_file.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/hotplug.h"
#include "daemon/core/known_section.h"
#include "daemon/core/log.h"
#include "daemon/core/reload.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/device.h"
#include "daemon/objects/known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "# Written by poshal; to be edited or removed by hand, or by `poshalctl forget`.\n"
#define ROLE_HEAD                                                                                  \
	"# Written by poshal; to be edited or removed by hand, or by `poshalctl role unbind`.\n"
#define FILE_MAX (64 * 1024)

/* ---- files ---- */

static void path_of(
	const struct ph_daemon *daemon, const char *name, const char *suffix, char out[400])
{
	snprintf(out, 400, "%s/devices.d/%.*s%s", daemon->paths.etc, PH_NAME_MAX, name, suffix);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static void sync_folder(const char *folder)
{
	PH_CLEANUP_CLOSE int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

/* devices.d, and the folder it is in: a private service begins with nothing. */
static int make_folder(const char *folder)
{
	char parent[400];

	snprintf(parent, sizeof parent, "%s", folder);
	*strrchr(parent, '/') = '\0';
	if (mkdir(parent, 0755) < 0 && errno == ENOENT)
		return -errno;
	return mkdir(folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* All of it or nothing. -EEXIST unless it may `replace` what is there. */
static int write_file(const char *path, const struct ph_buf *text, bool replace)
{
	char folder[400], draft[420];

	snprintf(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = '\0';
	snprintf(draft, sizeof draft, "%s/.%s.new", folder, path + strlen(folder) + 1);
	int r = make_folder(folder);
	if (r < 0)
		return r;
	unlink(draft);
	PH_CLEANUP_CLOSE int fd =
		open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text->data, text->len);
	if (r >= 0 &&
		renameat2(AT_FDCWD, draft, AT_FDCWD, path, replace ? 0 : RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0)
		unlink(draft);
	else
		sync_folder(folder);
	return r;
}

static bool is_ours(const char *path, const char *head)
{
	PH_CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	return ph_read_file(path, FILE_MAX, &text, &len) == 0 && !strncmp(text, head, strlen(head));
}

static void fail_writing(struct ph_call *call, const char *path, int r)
{
	struct ph_failure failure;

	ph_failure_set(&failure, r == -EEXIST ? PH_E_EXISTS : PH_E_FAILURE, NULL, "%s: %s", path,
		strerror(-r));
	if (r == -EACCES || r == -EROFS || r == -EPERM)
		snprintf(failure.hint, sizeof failure.hint,
			"the service may not write there; give its folder to the service's user");
	ph_call_fail_with(call, &failure);
}

/*
 * The configuration with this text in place of that file. Answers the call and returns NULL when something in it is wrong. The
 * caller frees it.
 */
static struct ph_config *try_text(struct ph_call *call, const char *path, const struct ph_buf *text)
{
	struct ph_config *config = NULL;
	int r = text->error ? text->error : ph_config_try(call->daemon, path, text->data, &config);

	if (r < 0) {
		ph_call_fail(call, ph_error_from_errno(r), "%s", strerror(-r));
		return NULL;
	}
	for (size_t i = 0; i < config->problems.len; i++) {
		if (strcmp(config->problems.items[i].file, path) != 0)
			continue;
		ph_call_fail(call, PH_E_ILLEGAL, "%s", config->problems.items[i].text);
		ph_config_free(config);
		return NULL;
	}
	return config;
}

/* Writes the file and puts it in force; false with the call answered when that fails. */
static bool put_in_force(
	struct ph_call *call, const char *path, const struct ph_buf *text, bool replace)
{
	int r = write_file(path, text, replace);

	if (r < 0) {
		fail_writing(call, path, r);
		return false;
	}
	r = ph_reload(call->daemon, NULL);
	if (r < 0)
		ph_call_fail(call, ph_error_from_errno(r), "%s is written and not read: %s", path,
			strerror(-r));
	return r >= 0;
}

/* ---- adopt ---- */

static bool is_line(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

/* Texts of the call become lines of a file: none may hold a line of its own. */
static bool add_key(struct ph_call *call, struct ph_buf *text, const char *key, const char *value)
{
	if (!is_line(key) || !is_line(value) || key[strcspn(key, " =:;#[]")]) {
		ph_call_fail(call, PH_E_ILLEGAL, "`%s`: not in one line", key);
		return false;
	}
	ph_buf_printf(text, "%s = %s\n", key, value);
	return true;
}

static bool add_options(struct ph_call *call, struct ph_buf *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, ph_param(call, "options"))
	{
		PH_CLEANUP_FREE char *number = NULL;
		const char *value = cJSON_GetStringValue(item);
		if (cJSON_IsNumber(item))
			value = number = cJSON_PrintUnformatted(item);
		else if (cJSON_IsBool(item))
			value = cJSON_IsTrue(item) ? "yes" : "no";
		if (!value) {
			ph_call_fail(call, PH_E_ILLEGAL,
				"$.options.%s: must be a text, a number or a boolean",
				item->string);
			return false;
		}
		if (!add_key(call, text, item->string, value))
			return false;
	}
	return true;
}

static bool add_roles(struct ph_call *call, struct ph_buf *text, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, ph_param(call, "roles"))
	{
		const char *role = cJSON_GetStringValue(item);
		if (!role || !ph_config_name_valid(role)) {
			ph_call_fail(call, PH_E_ILLEGAL, "$.roles: holds what is no name");
			return false;
		}
		ph_buf_printf(text, "\n[role %s]\ndevices = %s\n", role, name);
	}
	return true;
}

static bool write_section(struct ph_call *call, struct ph_buf *text)
{
	const char *name = ph_param_str(call, "name");

	if (!ph_config_name_valid(name)) {
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.name: must be letters, digits, `.`, `_` and `-`, the first a letter or "
			"digit");
		return false;
	}
	ph_buf_printf(text, HEAD "[device %s]\n", name);
	return add_key(call, text, "driver", ph_param_str(call, "driver")) &&
	       add_key(call, text, "connection", ph_param_str(call, "connection")) &&
	       add_options(call, text) && add_roles(call, text, name);
}

/* What was read back is what was asked for: a blank and a semicolon, for one, begin a comment. */
static bool is_as_asked(struct ph_call *call, const struct ph_config_device *device)
{
	const cJSON *options = ph_param(call, "options");

	bool same = device && !strcmp(device->connection, ph_param_str(call, "connection"));
	for (size_t i = 0; same && i < device->options_len; i++) {
		const char *asked = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(options, device->options[i].name));
		same = !asked || !strcmp(asked, device->options[i].value);
	}
	if (!same)
		ph_call_fail(call, PH_E_ILLEGAL,
			"a value begins or ends with a blank, or holds a comment");
	return same;
}

struct rule {
	const char *connection;
	struct ph_buf *text;
};

/* What becomes part of a rule of udev must not end a text there. */
static bool is_plain(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789:._+-")];
}

/* The rule that gives poshal the node: only this device, only in this port. */
static void add_rule(void *userdata, const struct ph_node *node)
{
	struct rule *rule = userdata;
	bool tty = !strcmp(node->subsystem, "tty");

	if ((!tty && strcmp(node->subsystem, "input") != 0) || rule->text->len || node->poshal ||
		!is_plain(node->id_path))
		return;
	if (!ph_node_is_meant(node, rule->connection))
		return;
	ph_buf_printf(rule->text, "SUBSYSTEM==\"%s\", %sENV{ID_PATH}==\"%s\", ", node->subsystem,
		tty ? "" : "KERNEL==\"event*\", ", node->id_path);
	if (node->vendor)
		ph_buf_printf(rule->text,
			"ENV{ID_VENDOR_ID}==\"%04x\", ENV{ID_MODEL_ID}==\"%04x\", ", node->vendor,
			node->product);
	ph_buf_printf(rule->text,
		"ENV{ID_POSHAL}=\"1\", %s, GROUP=\"poshal\", MODE=\"0660\", TAG-=\"uaccess\", "
		"TAG+=\"poshal\"",
		tty ? "ENV{ID_MM_PORT_IGNORE}=\"1\""
		    : "ENV{ID_POSHAL_PROTO}=\"wedge\", ENV{LIBINPUT_IGNORE_DEVICE}=\"1\", "
		      "TAG-=\"power-switch\"");
}

static void reply_adopted(struct ph_call *call, const char *path)
{
	const char *name = ph_param_str(call, "name");
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;
	struct rule rule = {ph_param_str(call, "connection"), &text};
	struct ph_device *device = ph_device_by_id(call->daemon, name);
	cJSON *result = cJSON_CreateObject(), *detail = cJSON_CreateObject();

	cJSON_AddStringToObject(detail, "connection", rule.connection);
	cJSON_AddStringToObject(detail, "driver", ph_param_str(call, "driver"));
	ph_audit(call, name, "done", detail);
	ph_hotplug_list(add_rule, &rule);
	cJSON_AddItemToObject(
		result, "device", device ? ph_device_describe(device) : cJSON_CreateObject());
	cJSON_AddStringToObject(result, "file", path);
	if (text.len && !text.error)
		cJSON_AddStringToObject(result, "udev_rule", text.data);
	ph_call_reply(call, result);
}

void ph_device_adopt(struct ph_call *call)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = {.max = FILE_MAX};
	const char *name = ph_param_str(call, "name");
	char path[400];

	if (!ph_call_unless_stopping(call) || !write_section(call, &text))
		return;
	path_of(call->daemon, name, ".conf", path);
	if (access(path, F_OK) == 0) {
		fail_writing(call, path, -EEXIST);
		return;
	}
	PH_CLEANUP(ph_config_free_p) struct ph_config *config = try_text(call, path, &text);
	if (!config || !is_as_asked(call, ph_config_find_device(config, name)))
		return;
	if (put_in_force(call, path, &text, false))
		reply_adopted(call, path);
}

/* ---- forget ---- */

/* A recognised device that is not there. */
static void forget_known(struct ph_call *call, const char *name)
{
	int r = ph_known_forget(call->daemon, name);

	if (r == -EBUSY) {
		ph_call_fail(call, PH_E_BUSY,
			"%s is plugged in; unplug it first, or take it out of service with "
			"device.disable",
			name);
		return;
	}
	ph_audit(call, name, "done", NULL);
	ph_call_reply(call, NULL);
}

static void remove_file(struct ph_call *call, const char *subject, const char *path)
{
	if (unlink(path) < 0) {
		fail_writing(call, path, -errno);
		return;
	}
	int r = ph_reload(call->daemon, NULL);
	if (r < 0) {
		ph_call_fail(call, ph_error_from_errno(r),
			"%s is removed, and the rest not read: %s", path, strerror(-r));
		return;
	}
	ph_audit(call, subject, "done", NULL);
	ph_call_reply(call, NULL);
}

void ph_device_forget(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);
	char path[400], name[PH_NAME_MAX + 1];

	if (!device || !ph_call_unless_stopping(call))
		return;
	const struct ph_config_device *config = device->unit->config;
	memcpy(name, device->unit->name, sizeof name);
	if (!*config->file) {
		forget_known(call, name);
		return;
	}
	path_of(call->daemon, name, ".conf", path);
	if (strcmp(config->file, path) == 0 && is_ours(path, HEAD))
		remove_file(call, name, path);
	else
		ph_call_fail(call, PH_E_ILLEGAL, "%s is configured in %s line %u; remove it there",
			name, config->file, config->line);
}

/* ---- another mode ---- */

struct following {
	const struct ph_config_device *old;
	const struct ph_manifest *manifest;
	struct ph_buf *text;
};

static int add_row_option(void *userdata, const char *name, const char *value)
{
	struct following *following = userdata;

	ph_buf_printf(following->text, "%s = %s\n", name, value);
	return 0;
}

/* What was set before and means something to the new driver, but for what its row says. */
static void keep_options(const struct following *following, const char *row_options)
{
	char expected[256], word[PH_NAME_MAX + 2];

	for (size_t i = 0; i < following->old->options_len; i++) {
		const struct ph_config_option *option = &following->old->options[i];
		const struct ph_manifest_option *known =
			ph_manifest_option(following->manifest, option->name);
		snprintf(word, sizeof word, "%.*s=", PH_NAME_MAX, option->name);
		if (known && !(row_options && strstr(row_options, word)) &&
			ph_manifest_option_check(known, option->value, expected, sizeof expected) ==
				0)
			ph_buf_printf(following->text, "%s = %s\n", option->name, option->value);
	}
}

/* The same device, or its port, with another product id of the maker. */
static bool was_adopted_as(
	const struct ph_config_device *section, const struct ph_identity *identity)
{
	const struct ph_node *node = &identity->node;
	struct ph_node before = *node;
	const char *ids = strpbrk(section->connection, ":=");
	uint16_t vendor, product;

	if (ids && !strncmp(section->connection, "serial:usb=", 11))
		ids = section->connection + 10;
	if (!ids || !ph_usb_parse_id(ids + 1, &vendor) || ids[5] != ':' ||
		!ph_usb_parse_id(ids + 6, &product) || vendor != node->vendor ||
		product == node->product || !(section->classes & identity->classes))
		return false;
	/* would it be meant if it still had its old id? */
	static const char *const subsystems[] = {"hidraw", "input", "tty"};
	before.product = product;
	before.interface = -1;
	bool placed = strstr(section->connection, "port=") ||
		      (strstr(section->connection, "serial=") && ph_identity_has_serial(node));
	for (size_t i = 0; placed && i < PH_ARRAY_SIZE(subsystems); i++) {
		snprintf(before.subsystem, sizeof before.subsystem, "%s", subsystems[i]);
		const char *interface = strstr(section->connection, "interface=");
		if (interface)
			before.interface = atoi(interface + 10);
		if (ph_identity_is_meant(&before, section->connection))
			return true;
	}
	return false;
}

static int on_follow(sd_event_source *source, void *userdata)
{
	struct ph_daemon *daemon = userdata;

	daemon->known.follow = sd_event_source_disable_unref(daemon->known.follow);
	ph_reload(daemon, NULL);
	return 0;
}

static int write_followed(struct ph_daemon *daemon, const struct ph_config_device *old,
	const struct ph_identity *identity, const char *path)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = {.max = FILE_MAX};
	PH_CLEANUP(ph_config_free_p) struct ph_config *config = NULL;
	struct following following = {old, NULL, &text};
	char line[PH_LINE_SETTINGS_MAX] = "", connection[PH_CONFIG_CONNECTION_MAX + 1];
	const struct ph_manifest_match *row =
		ph_identity_row(&daemon->config->manifests, &identity->node, &following.manifest);

	if (!row)
		return -ENOENT;
	ph_buf_printf(
		&text, HEAD "[device %s]\ndriver = %s\n", old->name, following.manifest->name);
	ph_row_options(following.manifest, row->options, add_row_option, &following, line);
	keep_options(&following, row->options);
	int r = ph_identity_connection(identity, line, connection, sizeof connection);
	ph_buf_printf(&text, "connection = %s\n", connection);
	for (size_t i = 0; i < daemon->config->roles_len; i++) {
		const struct ph_config_role *role = &daemon->config->roles[i];
		if (strcmp(role->file, path) == 0)
			ph_buf_printf(&text, "\n[role %s]\ndevices = %s\n", role->name, old->name);
	}
	if (r >= 0)
		r = text.error ? text.error : ph_config_try(daemon, path, text.data, &config);
	if (r >= 0 && !ph_config_find_device(config, old->name))
		r = -EINVAL;
	return r < 0 ? r : write_file(path, &text, true);
}

bool ph_adopt_follow(struct ph_daemon *daemon, const struct ph_identity *identity)
{
	uint64_t now = ph_clock_mono_us();
	char path[400];

	if (daemon->known.followed_us &&
		now - daemon->known.followed_us < PH_RECONNECTS_MS * 1000ull)
		return false;
	for (size_t i = 0; i < daemon->config->devices_len; i++) {
		const struct ph_config_device *old = &daemon->config->devices[i];
		path_of(daemon, old->name, ".conf", path);
		if (strcmp(old->file, path) != 0 || !was_adopted_as(old, identity) ||
			!is_ours(path, HEAD))
			continue;
		daemon->known.followed_us = now;
		int r = write_followed(daemon, old, identity, path);
		if (r >= 0)
			r = sd_event_add_defer(
				daemon->event, &daemon->known.follow, on_follow, daemon);
		ph_log(LOG_NOTICE, old->name, "is in another mode: %04x:%04x, driver %s%s%s",
			identity->node.vendor, identity->node.product, identity->driver,
			r < 0 ? "; its section cannot be changed: " : "",
			r < 0 ? strerror(-r) : "");
		return r >= 0;
	}
	return false;
}

/* ---- roles ---- */

static bool write_role(struct ph_call *call, struct ph_buf *text)
{
	int64_t failover = ph_param_int(call, "failover_after_s", -1);
	const cJSON *item;

	ph_buf_printf(text, ROLE_HEAD "[role %s]\ndevices =", ph_param_str(call, "role"));
	cJSON_ArrayForEach(item, ph_param(call, "devices"))
	{
		if (!ph_device_by_id(call->daemon, item->valuestring)) {
			ph_call_fail(
				call, PH_E_NOEXIST, "there is no device `%s`", item->valuestring);
			return false;
		}
		ph_buf_printf(text, " %s", item->valuestring);
	}
	ph_buf_add_char(text, '\n');
	if (failover >= 0)
		ph_buf_printf(text, "failover_after_s = %d\n", (int)failover);
	return true;
}

static const struct ph_config_role *find_role(const struct ph_config *config, const char *name)
{
	for (size_t i = 0; i < config->roles_len; i++)
		if (!strcmp(config->roles[i].name, name))
			return &config->roles[i];
	return NULL;
}

/* A role somebody wrote by hand stays as it is. */
static bool may_change(struct ph_call *call, const char *role, const char *path)
{
	const struct ph_config_role *config = find_role(call->daemon->config, role);

	if (!config || (!strcmp(config->file, path) && is_ours(path, ROLE_HEAD)))
		return true;
	ph_call_fail(call, PH_E_EXISTS, "role `%s` is bound in %s line %u; change it there", role,
		config->file, config->line);
	return false;
}

void ph_role_bind(struct ph_call *call)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = {.max = FILE_MAX};
	const char *role = ph_param_str(call, "role");
	char path[400];

	if (!ph_call_unless_stopping(call))
		return;
	path_of(call->daemon, role, ".role.conf", path);
	if (!ph_config_name_valid(role)) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.role: is no name");
		return;
	}
	if (!may_change(call, role, path) || !write_role(call, &text))
		return;
	PH_CLEANUP(ph_config_free_p) struct ph_config *config = try_text(call, path, &text);
	if (!config || !put_in_force(call, path, &text, true))
		return;
	ph_audit(call, role, "done", cJSON_Duplicate(call->params, true));
	ph_call_reply(call, NULL);
}

void ph_role_unbind(struct ph_call *call)
{
	const char *role = ph_param_str(call, "role");
	char path[400];

	if (!ph_call_unless_stopping(call))
		return;
	path_of(call->daemon, role, ".role.conf", path);
	if (!find_role(call->daemon->config, role))
		ph_call_fail(call, PH_E_NOEXIST, "there is no role `%s`", role);
	else if (may_change(call, role, path))
		remove_file(call, role, path);
}
