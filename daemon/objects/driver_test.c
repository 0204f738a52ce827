// driver.test: the conformance test of an installed driver, which a program of its own runs.
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/helper.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "poshal-driver-test"

/* A test under way; there is one at a time. */
struct ph_driver_test {
	struct ph_daemon *daemon;
	struct ph_call *call;
	struct ph_helper *helper;
	cJSON *checks;
	int passed; /* -1: it is not over */
};

static void test_free(struct ph_driver_test *test)
{
	test->daemon->driver_test = NULL;
	ph_helper_free(test->helper);
	cJSON_Delete(test->checks);
	free(test);
}

/* A check, {check, verdict, why}, or the end, {passed}. */
static void on_line(void *userdata, const char *line, size_t len)
{
	struct ph_driver_test *test = userdata;
	cJSON *row = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0
			     ? cJSON_ParseWithLength(line, len)
			     : NULL;
	const cJSON *passed = cJSON_GetObjectItemCaseSensitive(row, "passed");

	if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(row, "check"))) {
		ph_call_progress(test->call, row);
		cJSON_AddItemToArray(test->checks, PH_STEAL(row));
	} else if (cJSON_IsBool(passed)) {
		test->passed = cJSON_IsTrue(passed);
	}
	cJSON_Delete(row);
}

static void on_end(void *userdata, int r)
{
	struct ph_driver_test *test = userdata;
	struct ph_call *call = test->call;

	test->helper = NULL;
	if (test->passed >= 0) {
		cJSON *result = cJSON_CreateObject();
		cJSON_AddBoolToObject(result, "passed", test->passed);
		cJSON_AddItemToObject(result, "checks", PH_STEAL(test->checks));
		test_free(test);
		ph_call_reply(call, result);
		return;
	}
	int count = cJSON_GetArraySize(test->checks);
	test_free(test);
	if (r == -ETIMEDOUT)
		ph_call_fail(call, PH_E_TIMEOUT, "after %d s only %d checks were over",
			PH_DRIVER_TEST_MS / 1000, count);
	else
		ph_call_fail(call, PH_E_FAILURE,
			"the test ended after %d checks; the log says more", count);
}

static void cancel(struct ph_call *call)
{
	test_free(call->userdata);
	ph_call_fail(call, PH_E_CANCELLED, "the test was given up");
}

/* {"set": "cd5220"} as "set=cd5220"; -EINVAL for a value with a blank, or that is neither text nor number nor truth. */
static int write_options(const cJSON *object, struct ph_buf *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		PH_CLEANUP_FREE char *value = cJSON_IsString(item) ? strdup(item->valuestring)
								   : cJSON_PrintUnformatted(item);
		if (!value || cJSON_IsObject(item) || cJSON_IsArray(item) || !*item->string ||
			strpbrk(item->string, " =") || strchr(value, ' '))
			return -EINVAL;
		ph_buf_printf(text, "%s%s=%s", text->len ? " " : "", item->string, value);
	}
	return text->error;
}

static int start(struct ph_call *call, const struct ph_manifest *manifest, const char *options)
{
	const char *connection = ph_param_str(call, "connection");
	PH_CLEANUP_FREE char *exec = NULL;
	struct ph_driver_test *test = calloc(1, sizeof *test);
	struct ph_helper_spec spec = {.program = PROGRAM,
		.args = {"--exec", NULL, "--options", options, manifest->file},
		.timeout_ms = PH_DRIVER_TEST_MS,
		.line_max = PH_DRIVER_TEST_LINE_MAX,
		.line = on_line,
		.end = on_end,
		.userdata = test};

	if (!test)
		return -ENOMEM;
	*test = (struct ph_driver_test){
		.daemon = call->daemon, .call = call, .checks = cJSON_CreateArray(), .passed = -1};
	int r = ph_manifest_exec(manifest, call->daemon->paths.libexec, &exec);
	spec.args[1] = exec;
	if (connection) {
		spec.args[4] = "--connect";
		spec.args[5] = connection;
		spec.args[6] = manifest->file;
	}
	if (r >= 0)
		r = ph_helper_new(call->daemon, &spec, &test->helper);
	if (r < 0) {
		test_free(test);
		return r;
	}
	call->daemon->driver_test = test;
	call->userdata = test;
	call->cancel = cancel;
	return 0;
}

void ph_driver_test(struct ph_call *call)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf options = {.max = PH_DRIVER_TEST_LINE_MAX};
	const char *name = ph_param_str(call, "driver");
	const struct ph_manifest *manifest =
		ph_manifests_find(&call->daemon->config->manifests, name);

	if (!manifest) {
		ph_call_fail(call, PH_E_NOEXIST, "there is no driver `%.64s`", name);
		return;
	}
	if (call->daemon->driver_test) {
		ph_call_fail(call, PH_E_BUSY, "another driver is being tested");
		return;
	}
	if (write_options(ph_param(call, "options"), &options) < 0) {
		ph_call_fail(
			call, PH_E_ILLEGAL, "$.options: takes names with texts without blanks");
		return;
	}
	int r = start(call, manifest, options.data ? options.data : "");
	if (r < 0)
		ph_call_fail(call, PH_E_FAILURE, PROGRAM " cannot be started: %s", strerror(-r));
}
