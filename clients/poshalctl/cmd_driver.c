// `driver test`: puts a driver through the conformance test, and prints how it did. It needs no service.
#include "clients/driver-test/check.h"
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VENDOR_DIR "/usr/lib/poshal/drivers.d"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* The driver, and how it did. */
struct test {
	cJSON *manifest;
	char path[4096]; /* of the executable */
	cJSON *rows;
	unsigned passed, failed, others;
};

/* Folder of this program, with its last slash. */
static void own_folder(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(out, '/');
	if (slash)
		slash[1] = '\0';
}

/* A path, or a name in the folders poshald reads. */
static int find_manifest(struct test *test, const char *what)
{
	static const char *const folders[] = {"../share/drivers.d", "../share/poshal/drivers.d"};
	char folder[2048], path[4096];

	own_folder(folder, sizeof folder);
	if (strchr(what, '/'))
		test->manifest = driver_manifest_read(what);
	for (size_t i = 0; !test->manifest && i < PH_ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof path, "%s%s/%s.json", folder, folders[i], what);
		test->manifest = driver_manifest_read(path);
	}
	if (!test->manifest) {
		snprintf(path, sizeof path, VENDOR_DIR "/%s.json", what);
		test->manifest = driver_manifest_read(path);
	}
	const char *exec = ctl_str(test->manifest, "exec");
	if (!*ctl_str(test->manifest, "name") || !*exec) {
		ctl_say("`%s` is no driver that is installed, and no manifest with name and exec",
			what);
		return CTL_USAGE;
	}
	snprintf(test->path, sizeof test->path, "%s%s", *exec == '/' ? "" : folder, exec);
	if (*exec != '/' && access(test->path, X_OK) < 0)
		snprintf(test->path, sizeof test->path, "%s../libexec/poshal/%s", folder, exec);
	return CTL_OK;
}

static void on_check(void *userdata, const cJSON *row)
{
	struct test *test = userdata;
	const char *verdict = ctl_str(row, "verdict");

	if (!strcmp(verdict, "passed"))
		test->passed++;
	else if (!strcmp(verdict, "failed"))
		test->failed++;
	else
		test->others++;
	cJSON_AddItemToArray(test->rows, cJSON_Duplicate(row, true));
}

int ctl_run_driver_test(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {{"CHECK", "check", NULL},
		{"VERDICT", "verdict", NULL}, {"WHY", "why", NULL}, {NULL, NULL, NULL}};
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = cJSON_CreateObject();
	struct test test = {.rows = cJSON_AddArrayToObject(result, "checks")};

	int r = find_manifest(&test, ctl->args[0]);
	if (r == CTL_OK && driver_check(&(struct driver_check){.manifest = test.manifest,
						.path = test.path,
						.connect = ctl_value(ctl, "connect"),
						.options = ctl_value(ctl, "options")},
				   on_check, &test) < 0) {
		ctl_say("--options takes KEY=VALUE, separated by blanks");
		r = CTL_USAGE;
	}
	cJSON_Delete(test.manifest);
	if (r != CTL_OK)
		return r;
	if (ctl->json) {
		cJSON_AddBoolToObject(result, "passed", !test.failed);
		ctl_print_json(result);
	} else {
		ctl_print_table(test.rows, columns, "");
		printf("%u passed, %u failed, %u not applicable\n", test.passed, test.failed,
			test.others);
	}
	return test.failed ? CTL_FAILED : CTL_OK;
}
