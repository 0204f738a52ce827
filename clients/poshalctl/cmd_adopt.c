// Commands for what the service does not serve yet: discover, adopt, forget, role bind and unbind.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES	    "/etc/udev/rules.d/72-poshal-local.rules"
#define DISCOVER_MS 30000

/* ---- discover ---- */

static char *what_cell(const cJSON *found)
{
	const char *maker = ctl_str(found, "maker"), *model = ctl_str(found, "model");
	const char *known = ctl_str(found, "known_as");
	char *cell = NULL;

	if (!*model)
		model = *known ? known : ctl_str(found, "name");
	return asprintf(&cell, "%s%s%s", maker, *maker && *model ? " " : "", model) < 0 ? NULL
											: cell;
}

/* "protocol=ssi": as `adopt` takes them. */
static char *options_cell(const cJSON *found)
{
	char *cell = strdup("");
	const cJSON *option;

	cJSON_ArrayForEach(option, cJSON_GetObjectItemCaseSensitive(found, "options"))
	{
		PH_CLEANUP_FREE char *before = cell;
		if (!before || !cJSON_IsString(option) ||
			asprintf(&cell, "%s%s%s=%s", before, *before ? " " : "", option->string,
				option->valuestring) < 0)
			return NULL;
	}
	return cell;
}

int ctl_run_discover(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{"KIND", "kind", NULL},
		{"NODE", "node", NULL},
		{"WHAT", NULL, what_cell},
		{"DRIVER", "driver", NULL},
		{"CONNECTION", "connection", NULL},
		{"OPTIONS", NULL, options_cell},
		{NULL, NULL, NULL},
	};
	cJSON *params = cJSON_CreateObject(), *result = NULL;

	if (ctl_value(ctl, "network"))
		cJSON_AddTrueToObject(params, "network");
	int r = ctl_call_within(ctl, "device.discover", params, DISCOVER_MS, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_table(cJSON_GetObjectItemCaseSensitive(result, "found"), columns,
			"nothing that is not served already");
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- adopt ---- */

/* KEY=VALUE words behind the connection. */
static int add_options(struct ctl *ctl, cJSON *params)
{
	cJSON *options = ctl->arg_count > 3 ? cJSON_AddObjectToObject(params, "options") : NULL;

	for (int i = 3; i < ctl->arg_count; i++) {
		char *equals = strchr(ctl->args[i], '=');
		if (!equals || equals == ctl->args[i]) {
			ctl_say("`%s` is no option: write KEY=VALUE", ctl->args[i]);
			return CTL_USAGE;
		}
		*equals = '\0';
		cJSON_AddStringToObject(options, ctl->args[i], equals + 1);
	}
	return CTL_OK;
}

/* Root writes the rule; others are told what to do with it. */
static void install_rule(const struct ctl *ctl, const char *rule)
{
	const char *path = ctl_value(ctl, "rules") ? ctl_value(ctl, "rules") : RULES;
	FILE *file = fopen(path, "ae");
	int r = file ? fprintf(file, "# %s\n%s\n", ctl->args[0], rule) : -1;

	if (file && fclose(file) != 0)
		r = -1;
	if (r >= 0) {
		printf("udev: the rule is in %s; run `udevadm control --reload` and `udevadm "
		       "trigger`\n",
			path);
		return;
	}
	printf("udev: as root, put this line into %s, then run `udevadm control --reload` and "
	       "`udevadm trigger`:\n",
		path);
	ctl_puts(rule);
	putchar('\n');
}

int ctl_run_adopt(struct ctl *ctl)
{
	cJSON *params = cJSON_CreateObject(), *result = NULL;
	const char *role = ctl_value(ctl, "role");

	cJSON_AddStringToObject(params, "name", ctl->args[0]);
	cJSON_AddStringToObject(params, "driver", ctl->args[1]);
	cJSON_AddStringToObject(params, "connection", ctl->args[2]);
	if (role)
		cJSON_AddItemToObject(params, "roles", cJSON_CreateStringArray(&role, 1));
	int r = add_options(ctl, params);
	if (r) {
		cJSON_Delete(params);
		return r;
	}
	r = ctl_call(ctl, "device.adopt", params, &result);
	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		ctl_puts(ctl->args[0]);
		fputs(" is served; its section is in ", stdout);
		ctl_puts(ctl_str(result, "file"));
		putchar('\n');
		if (*ctl_str(result, "udev_rule"))
			install_rule(ctl, ctl_str(result, "udev_rule"));
	}
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- roles ---- */

int ctl_run_role_bind(struct ctl *ctl)
{
	static const int64_t range[2] = {0, 86400};
	int64_t failover = -1;

	int r = ctl_number(ctl, "failover", range, -1, &failover);
	if (r)
		return r;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "role", ctl->args[0]);
	cJSON_AddItemToObject(params, "devices",
		cJSON_CreateStringArray((const char *const *)ctl->args + 1, ctl->arg_count - 1));
	if (failover >= 0)
		cJSON_AddNumberToObject(params, "failover_after_s", (double)failover);
	return ctl_call_quietly(ctl, "role.bind", params);
}

int ctl_run_role_unbind(struct ctl *ctl)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "role", ctl->args[0]);
	return ctl_call_quietly(ctl, "role.unbind", params);
}
