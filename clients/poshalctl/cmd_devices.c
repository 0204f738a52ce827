// Commands about devices: list, show, enable, disable, health, statistics, roles, drivers, claim.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* "ready", or with reasons "ready (rec_near_end)". */
static char *state_cell(const cJSON *device)
{
	PH_CLEANUP_FREE char *reasons =
		ctl_text(cJSON_GetObjectItemCaseSensitive(device, "reasons"));
	const char *state = ctl_str(device, "state");
	char *cell = NULL;

	if (!reasons || !*reasons)
		return strdup(state);
	return asprintf(&cell, "%s (%s)", state, reasons) < 0 ? NULL : cell;
}

static char *model_cell(const cJSON *device)
{
	const char *vendor = ctl_str(device, "vendor");
	const char *model = ctl_str(device, "model");
	char *cell = NULL;

	return asprintf(&cell, "%s%s%s", vendor, *vendor && *model ? " " : "", model) < 0 ? NULL
											  : cell;
}

static void print_ids(const cJSON *devices)
{
	const cJSON *device;

	cJSON_ArrayForEach(device, devices)
	{
		ctl_puts(ctl_str(device, "id"));
		putchar('\n');
	}
}

int ctl_run_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{"DEVICE", "id", NULL},
		{"CLASS", "class", NULL},
		{"STATE", NULL, state_cell},
		{"ROLES", "roles", NULL},
		{"DRIVER", "driver", NULL},
		{"MODEL", NULL, model_cell},
		{"HOLDER", "holder", NULL},
		{NULL, NULL, NULL},
	};
	cJSON *params = cJSON_CreateObject();
	cJSON *result = NULL;

	if (ctl_value(ctl, "class"))
		cJSON_AddStringToObject(params, "class", ctl_value(ctl, "class"));
	int r = ctl_call(ctl, "device.list", params, &result);
	if (r)
		return r;
	const cJSON *devices = cJSON_GetObjectItemCaseSensitive(result, "devices");
	if (ctl->json)
		ctl_print_json(result);
	else if (ctl_value(ctl, "ids"))
		print_ids(devices);
	else
		ctl_print_table(devices, columns, "no devices; `poshalctl doctor` tells more");
	cJSON_Delete(result);
	return CTL_OK;
}

/* Calls with the device in args[0] and shows one member of the result as fields. */
static int show_member(struct ctl *ctl, const char *method, cJSON *params, const char *member)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, method, params, &result);

	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_fields(cJSON_GetObjectItemCaseSensitive(result, member), 0);
	cJSON_Delete(result);
	return CTL_OK;
}

int ctl_run_show(struct ctl *ctl)
{
	return show_member(ctl, "device.get", ctl_device_params(ctl->args[0]), "device");
}

int ctl_run_statistics(struct ctl *ctl)
{
	return show_member(ctl, "device.statistics", ctl_device_params(ctl->args[0]), "statistics");
}

int ctl_run_device(struct ctl *ctl)
{
	char method[32];
	cJSON *result = NULL;

	snprintf(method, sizeof method, "device.%s", ctl->command->name);
	int r = ctl_call(ctl, method, ctl_device_params(ctl->args[0]), &result);
	if (!r && ctl->json)
		ctl_print_json(result);
	cJSON_Delete(result);
	return r;
}

int ctl_run_health(struct ctl *ctl)
{
	cJSON *params = ctl_device_params(ctl->args[0]);
	cJSON *result = NULL;

	if (ctl_value(ctl, "level"))
		cJSON_AddStringToObject(params, "level", ctl_value(ctl, "level"));
	int r = ctl_call(ctl, "device.checkHealth", params, &result);
	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		ctl_puts(ctl_str(result, "text"));
		putchar('\n');
	}
	cJSON_Delete(result);
	return CTL_OK;
}

static int show_table(struct ctl *ctl, const char *method, const char *member,
	const struct ctl_column *columns, const char *empty)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, method, NULL, &result);

	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_table(cJSON_GetObjectItemCaseSensitive(result, member), columns, empty);
	cJSON_Delete(result);
	return CTL_OK;
}

/* A role nobody configured: it stands for the only device of its class. */
static char *origin_cell(const cJSON *role)
{
	return strdup(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(role, "implicit"))
			      ? "the only one of its class"
			      : "");
}

int ctl_run_roles(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{"ROLE", "role", NULL},
		{"IN USE", "device", NULL},
		{"DEVICES", "devices", NULL},
		{"", NULL, origin_cell},
		{NULL, NULL, NULL},
	};

	return show_table(ctl, "role.list", "roles", columns, "no roles");
}

int ctl_run_drivers(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{"DRIVER", "name", NULL},
		{"VERSION", "version", NULL},
		{"CLASSES", "classes", NULL},
		{"SUMMARY", "summary", NULL},
		{NULL, NULL, NULL},
	};

	return show_table(ctl, "driver.list", "drivers", columns, "no drivers are installed");
}

/* ---- claim ---- */

static bool lease_lost(void *userdata)
{
	const struct ctl *ctl = userdata;

	return ctl->lost;
}

static int say_lost(const struct ctl *ctl)
{
	ctl_say("the lease on %s was lost.", ctl->lost);
	return CTL_FAILED;
}

static int start_command(char **argv, pid_t *ret_pid)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int r;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGQUIT);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	/* Ctrl-C is for the command; the lease goes when it has ended. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	r = posix_spawnp(ret_pid, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	return r;
}

/* Serves the connection until the command has ended or the lease is lost. */
static int serve_until_exit(struct ctl *ctl, int pidfd)
{
	for (;;) {
		int r = poshal_process(ctl->client);
		if (r < 0)
			return ctl_report(ctl, poshal_failure(ctl->client));
		if (ctl->lost)
			return say_lost(ctl);
		struct pollfd fds[] = {
			{.fd = poshal_fd(ctl->client), .events = poshal_events(ctl->client)},
			{.fd = pidfd, .events = POLLIN},
		};
		if (poll(fds, 2, poshal_timeout_ms(ctl->client)) > 0 && fds[1].revents)
			return CTL_OK;
	}
}

static int run_command(struct ctl *ctl)
{
	PH_CLEANUP_CLOSE int pidfd = -1;
	pid_t pid;
	int status, r = start_command(ctl->rest, &pid);

	if (r) {
		ctl_say("cannot run %s: %s.", ctl->rest[0], strerror(r));
		return r == ENOENT ? 127 : 126; /* as a shell */
	}
	pidfd = pidfd_open(pid, 0);
	r = pidfd < 0 ? CTL_OK : serve_until_exit(ctl, pidfd);
	if (r) /* it must not go on as if it had the device to itself */
		kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTL_FAILED;
	if (r)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int ctl_run_claim(struct ctl *ctl)
{
	static const int64_t range[] = {0, 300};
	cJSON *params = ctl_device_params(ctl->args[0]);
	cJSON *result = NULL;
	int64_t wait_s;

	if (ctl_number(ctl, "wait", range, 0, &wait_s)) {
		cJSON_Delete(params);
		return CTL_USAGE;
	}
	if (wait_s)
		cJSON_AddNumberToObject(params, "wait_ms", (double)(wait_s * 1000));
	ctl->retain = true;
	int r = ctl_call_within(
		ctl, "device.claim", params, (int)wait_s * 1000 + CTL_CALL_MS, &result);
	if (r)
		return r;
	if (ctl->rest) {
		cJSON_Delete(result);
		return run_command(ctl);
	}
	if (ctl->json)
		ctl_print_json(result);
	else
		printf("%s is yours (%s); Ctrl-C gives it back\n", ctl->args[0],
			ctl_str(result, "lease"));
	fflush(stdout);
	cJSON_Delete(result);
	r = ctl_wait_events(ctl, lease_lost, ctl, POSHAL_FOREVER);
	return r ? r : say_lost(ctl);
}
