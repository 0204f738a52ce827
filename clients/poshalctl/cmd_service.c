// Commands about the service itself: watch, doctor, info, reload, audit, call.
#include "clients/poshalctl/ctl.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE_COLUMNS 16u /* of an event; a longer id moves the rest of its line */

/* ---- watch ---- */

static void print_event(const struct poshal_event *event)
{
	PH_CLEANUP_FREE char *time = ctl_local_time(event->time);
	cJSON *data = cJSON_Parse(event->data);
	const cJSON *item;

	ctl_puts(time && strlen(time) > 11 ? time + 11 : event->time);
	printf("  %-16s  ", event->topic);
	ctl_puts(*event->device ? event->device : "-");
	size_t width = ctl_width(event->device);
	printf("%*s", (int)(width < DEVICE_COLUMNS ? DEVICE_COLUMNS - width - !width : 0), "");
	cJSON_ArrayForEach(item, data)
	{
		PH_CLEANUP_FREE char *text = ctl_text(item);
		if (!text || !*text)
			continue;
		fputs("  ", stdout);
		ctl_puts(item->string);
		putchar('=');
		ctl_puts(text);
	}
	putchar('\n');
	cJSON_Delete(data);
}

static void print_event_json(const struct poshal_event *event)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddNumberToObject(object, "seq", (double)event->seq);
	cJSON_AddStringToObject(object, "time", event->time);
	cJSON_AddStringToObject(object, "topic", event->topic);
	cJSON_AddStringToObject(object, "device", event->device);
	cJSON_AddItemToObject(object, "data", cJSON_Parse(event->data));
	ctl_print_json(object);
	cJSON_Delete(object);
}

static void on_watch_event(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	const struct ctl *ctl = userdata;

	if (ctl->json)
		print_event_json(event);
	else
		print_event(event);
	fflush(stdout);
}

static bool never(void *userdata)
{
	return false;
}

int ctl_run_watch(struct ctl *ctl)
{
	int r = ctl_connect(ctl);

	if (r)
		return r;
	cJSON *params = cJSON_CreateObject();
	cJSON *topics = cJSON_AddArrayToObject(params, "topics");
	for (int i = 0; i < ctl->arg_count; i++)
		cJSON_AddItemToArray(topics, cJSON_CreateString(ctl->args[i]));
	if (!ctl->arg_count)
		cJSON_AddItemToArray(topics, cJSON_CreateString("*"));
	if (ctl_value(ctl, "device")) {
		cJSON *devices = cJSON_AddArrayToObject(params, "devices");
		cJSON_AddItemToArray(devices, cJSON_CreateString(ctl_value(ctl, "device")));
	}
	poshal_on_event(ctl->client, on_watch_event, ctl);
	r = ctl_call(ctl, "events.subscribe", params, NULL);
	return r ? r : ctl_wait_events(ctl, never, NULL, POSHAL_FOREVER);
}

/* ---- doctor ---- */

/* "error: SUBJECT: PROBLEM", without the subject where the problem begins with it. */
static void print_problem(const cJSON *finding)
{
	const char *subject = ctl_str(finding, "subject"), *problem = ctl_str(finding, "problem");

	ctl_puts(ctl_str(finding, "severity"));
	fputs(": ", stdout);
	if (strncmp(problem, subject, strlen(subject)) != 0) {
		ctl_puts(subject);
		fputs(": ", stdout);
	}
	ctl_puts(problem);
	putchar('\n');
}

/* Returns CTL_FAILED when one of the findings is an error. */
static int print_findings(const struct ctl *ctl, const cJSON *findings)
{
	const cJSON *finding;
	int code = CTL_OK;

	cJSON_ArrayForEach(finding, findings)
	{
		static const char *const lines[][2] = {{"cause", "cause"}, {"advice", "to do"}};
		if (!strcmp(ctl_str(finding, "severity"), "error"))
			code = CTL_FAILED;
		if (ctl->json)
			continue;
		print_problem(finding);
		for (size_t i = 0; i < PH_ARRAY_SIZE(lines); i++) {
			const char *text = ctl_str(finding, lines[i][0]);
			if (!*text)
				continue;
			printf("  %-6s ", lines[i][1]);
			ctl_puts(text);
			putchar('\n');
		}
	}
	return code;
}

static void print_findings_json(const cJSON *findings)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddItemReferenceToObject(root, "findings", (cJSON *)(uintptr_t)findings);
	ctl_print_json(root);
	cJSON_Delete(root);
}

/* The finding that there is no service to ask. */
static int diagnose_without_service(struct ctl *ctl, int error)
{
	cJSON *findings = cJSON_CreateArray();

	cJSON_AddItemToArray(findings,
		ctl_unreachable_finding(ctl->socket ? ctl->socket : poshal_default_path(), error));
	print_findings(ctl, findings);
	if (ctl->json)
		print_findings_json(findings);
	cJSON_Delete(findings);
	return error == -EACCES || error == -EPERM ? CTL_DENIED : CTL_UNREACHABLE;
}

int ctl_run_doctor(struct ctl *ctl)
{
	cJSON *result = NULL;
	int r = poshal_open(ctl->socket, &ctl->client);

	if (r >= 0)
		r = poshal_hello_wait(ctl->client, CTL_CALL_MS);
	if (r < 0 && (!ctl->client || !poshal_failure(ctl->client) || r == -ETIMEDOUT))
		return diagnose_without_service(ctl, r);
	if (r < 0)
		return ctl_report(ctl, poshal_failure(ctl->client));
	r = ctl_call(ctl, "system.diagnose", NULL, &result);
	if (r)
		return r;
	const cJSON *findings = cJSON_GetObjectItemCaseSensitive(result, "findings");
	int code = print_findings(ctl, findings);
	if (ctl->json)
		ctl_print_json(result);
	else if (!cJSON_GetArraySize(findings))
		puts("all is well");
	cJSON_Delete(result);
	return code;
}

/* ---- info, reload ---- */

int ctl_run_info(struct ctl *ctl)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, "system.info", NULL, &result);

	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_fields(result, 0);
	cJSON_Delete(result);
	return CTL_OK;
}

/* "poshal.conf:12: unknown key" per problem. */
static void print_errors(const cJSON *errors)
{
	const cJSON *error;

	cJSON_ArrayForEach(error, errors)
	{
		const cJSON *line = cJSON_GetObjectItemCaseSensitive(error, "line");
		ctl_puts(ctl_str(error, "file"));
		if (cJSON_IsNumber(line) && line->valueint > 0)
			printf(":%d", line->valueint);
		fputs(": ", stdout);
		ctl_puts(ctl_str(error, "text"));
		putchar('\n');
	}
}

int ctl_run_reload(struct ctl *ctl)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, "config.reload", NULL, &result);

	if (r)
		return r;
	const cJSON *errors = cJSON_GetObjectItemCaseSensitive(result, "errors");
	PH_CLEANUP_FREE char *changed =
		ctl_text(cJSON_GetObjectItemCaseSensitive(result, "changed"));
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		print_errors(errors);
		fputs(changed && *changed ? "changed: " : "no device changed", stdout);
		ctl_puts(changed ? changed : "");
		putchar('\n');
	}
	r = cJSON_GetArraySize(errors) ? CTL_FAILED : CTL_OK;
	cJSON_Delete(result);
	return r;
}

/* ---- audit ---- */

static char *time_cell(const cJSON *entry)
{
	return ctl_local_time(ctl_str(entry, "time"));
}

int ctl_run_audit_verify(struct ctl *ctl)
{
	cJSON *result = NULL;
	int r = ctl_call_within(ctl, "audit.verify", NULL, POSHAL_FOREVER, &result);

	if (r)
		return r;
	bool ok = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "ok"));
	PH_CLEANUP_FREE char *entries =
		ctl_text(cJSON_GetObjectItemCaseSensitive(result, "entries"));
	PH_CLEANUP_FREE char *bad = ctl_text(cJSON_GetObjectItemCaseSensitive(result, "bad"));
	if (ctl->json) {
		ctl_print_json(result);
	} else if (ok) {
		printf("the audit trail is unbroken, %s entries\n", entries ? entries : "?");
		ctl_put_line("  head   ", ctl_str(result, "head"));
	} else {
		printf("the audit trail is broken at entry %s: ", bad ? bad : "?");
		ctl_puts(ctl_str(result, "problem"));
		putchar('\n');
		ctl_put_line("  cause  ", ctl_str(result, "cause"));
		ctl_put_line("  to do  ", ctl_str(result, "advice"));
		ctl_put_line("  head   ", ctl_str(result, "head"));
	}
	cJSON_Delete(result);
	return ok ? CTL_OK : CTL_FAILED;
}

int ctl_run_audit(struct ctl *ctl)
{
	static const int64_t since_range[] = {0, 1ll << 53}, limit_range[] = {1, 500};
	static const struct ctl_column columns[] = {
		{"SEQ", "seq", NULL},
		{"TIME", NULL, time_cell},
		{"WHO", "who", NULL},
		{"ACTION", "action", NULL},
		{"DEVICE", "device", NULL},
		{"OUTCOME", "outcome", NULL},
		{"DETAIL", "detail", NULL},
		{NULL, NULL, NULL},
	};
	int64_t since, limit;
	cJSON *result = NULL;

	if (ctl_value(ctl, "verify"))
		return ctl_run_audit_verify(ctl);
	if (ctl_number(ctl, "since", since_range, 0, &since) ||
		ctl_number(ctl, "limit", limit_range, 0, &limit))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	if (since)
		cJSON_AddNumberToObject(params, "since", (double)since);
	if (limit)
		cJSON_AddNumberToObject(params, "limit", (double)limit);
	int r = ctl_call(ctl, "audit.list", params, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_table(cJSON_GetObjectItemCaseSensitive(result, "entries"), columns,
			"the audit trail is empty");
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- call ---- */

static int read_params(const char *word, cJSON **ret_params)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	char block[4096];
	ssize_t n;

	if (!strcmp(word, "-")) {
		while ((n = read(STDIN_FILENO, block, sizeof block)) > 0 && buf.len <= CTL_FILE_MAX)
			ph_buf_add(&buf, block, (size_t)n);
		ph_buf_add(&buf, "", 0);
		word = buf.data ? buf.data : "";
	}
	*ret_params = cJSON_ParseWithOpts(word, NULL, true);
	if (cJSON_IsObject(*ret_params))
		return CTL_OK;
	cJSON_Delete(*ret_params);
	ctl_say("the parameters must be a JSON object, like '{\"device\":\"scanner\"}'.");
	return CTL_USAGE;
}

int ctl_run_call(struct ctl *ctl)
{
	static const int64_t range[] = {0, 24 * 3600};
	cJSON *params = NULL, *result = NULL;
	int64_t timeout_s;

	if (ctl_number(ctl, "timeout", range, -1, &timeout_s))
		return CTL_USAGE;
	if (ctl->arg_count > 1 && read_params(ctl->args[1], &params))
		return CTL_USAGE;
	int r = ctl_call_within(ctl, ctl->args[0], params,
		timeout_s < 0 ? POSHAL_FOREVER : (int)timeout_s * 1000, &result);
	if (r)
		return r;
	PH_CLEANUP_FREE char *text =
		ctl->json ? cJSON_PrintUnformatted(result) : cJSON_Print(result);
	puts(text ? text : "");
	cJSON_Delete(result);
	return CTL_OK;
}
