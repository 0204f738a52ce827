// Commands about jobs: print, jobs, job. Documents without a job are cmd_preview.c's.
#include "clients/poshalctl/ctl.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads a file, or standard input for "-", up to CTL_FILE_MAX bytes. */
static int read_file(const char *path, struct ph_buf *buf)
{
	PH_CLEANUP_CLOSE int opened = -1;
	int fd = STDIN_FILENO;
	char block[16384];
	ssize_t n;

	if (strcmp(path, "-")) {
		opened = fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			ctl_say("%s: %s.", path, strerror(errno));
			return CTL_USAGE;
		}
	}
	while ((n = read(fd, block, sizeof block)) > 0 && buf->len <= CTL_FILE_MAX)
		ph_buf_add(buf, block, (size_t)n);
	if (n < 0 || buf->error) {
		ctl_say("%s: %s.", path, strerror(n < 0 ? errno : ENOMEM));
		return CTL_USAGE;
	}
	if (buf->len > CTL_FILE_MAX) {
		ctl_say("%s is longer than %d bytes.", path, CTL_FILE_MAX);
		return CTL_USAGE;
	}
	return CTL_OK;
}

/* Line of a position, for the message about bad JSON. */
static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; at && text < at; text++)
		line += *text == '\n';
	return line;
}

static int parse_document(const char *path, const char *text, cJSON **ret_document)
{
	const char *end = NULL;
	cJSON *document = cJSON_ParseWithOpts(text, &end, true);

	if (!cJSON_IsObject(document)) {
		if (document)
			ctl_say("%s: a document is a JSON object; --text prints it as it is.",
				path);
		else
			ctl_say("%s: not JSON, line %d; --text prints it as it is, --receiptline "
				"as markup.",
				path, line_of(text, end));
		cJSON_Delete(document);
		return CTL_USAGE;
	}
	*ret_document = document;
	return CTL_OK;
}

int ctl_read_document(struct ctl *ctl, const char *path, cJSON **ret_document)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;
	bool text = ctl_value(ctl, "text"), document = ctl_value(ctl, "document");
	const bool markup = ctl_value(ctl, "receiptline");

	if (text + document + markup > 1) {
		ctl_say("--text, --document and --receiptline exclude each other.");
		return CTL_USAGE;
	}
	int r = read_file(path, &buf);
	if (r)
		return r;
	ph_buf_add(&buf, "", 0);
	if (!ph_utf8_valid(buf.data, buf.len) || memchr(buf.data, '\0', buf.len)) {
		ctl_say("%s is not UTF-8 text.", path);
		return CTL_USAGE;
	}
	if (!text && !document && !markup)
		text = buf.data[strspn(buf.data, " \t\r\n")] != '{';
	if (!text && !markup)
		return parse_document(path, buf.data, ret_document);
	*ret_document = cJSON_CreateObject();
	cJSON_AddStringToObject(*ret_document, markup ? "receiptline" : "text", buf.data);
	return CTL_OK;
}

static int exit_of_state(const char *state)
{
	if (!strcmp(state, "uncertain"))
		return CTL_UNCERTAIN;
	if (!strcmp(state, "failed") || !strcmp(state, "cancelled") || !strcmp(state, "expired"))
		return CTL_FAILED;
	return CTL_OK;
}

/* "job-17 printed, 3 of 3 segments confirmed" */
static void print_job_line(const cJSON *job)
{
	const cJSON *segments = cJSON_GetObjectItemCaseSensitive(job, "segments");
	const cJSON *confirmed = cJSON_GetObjectItemCaseSensitive(job, "confirmed_through");

	ctl_puts(ctl_str(job, "job"));
	putchar(' ');
	ctl_puts(ctl_str(job, "state"));
	if (cJSON_IsNumber(segments) && segments->valueint > 0 && cJSON_IsNumber(confirmed))
		printf(", %d of %d segments confirmed", confirmed->valueint, segments->valueint);
	if (*ctl_str(job, "reason")) {
		fputs(": ", stdout);
		ctl_puts(ctl_str(job, "reason"));
	}
	putchar('\n');
}

/* ---- waiting for a job ---- */

/* Says on the error stream what a job waits for; the result is the last line on standard output. */
static void say_waiting(const char *json, const char *prefix)
{
	static const char *const members[] = {"job", "state", "reason"};
	char texts[3][160] = {"", "", ""};
	char path[32];

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++) {
		snprintf(path, sizeof path, "%s%s", prefix, members[i]);
		poshal_member(json, path, texts[i], sizeof texts[i]);
	}
	if (!strcmp(texts[1], "waiting"))
		ctl_say("%s waits%s%s", texts[0], *texts[2] ? ": " : "", texts[2]);
}

static void on_progress(struct poshal *client, int64_t id, const char *data, void *userdata)
{
	say_waiting(data, "");
}

/* What the job waits for already; later changes come as progress. An error shows in the wait, too. */
static void on_present_state(struct poshal *client, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata)
{
	if (result)
		say_waiting(result, "job.");
}

/* job.wait, with what happens meanwhile. */
static int call_wait(struct ctl *ctl, const char *job, int64_t timeout_s, cJSON **ret_result)
{
	cJSON *params = cJSON_CreateObject();
	PH_CLEANUP_FREE char *get = NULL, *wait = NULL, *result = NULL;
	struct poshal_error error;
	int within = timeout_s < 0 ? POSHAL_FOREVER : (int)timeout_s * 1000 + CTL_CALL_MS;

	cJSON_AddStringToObject(params, "job", job);
	get = cJSON_PrintUnformatted(params);
	if (timeout_s >= 0)
		cJSON_AddNumberToObject(params, "timeout_ms", (double)(timeout_s * 1000));
	wait = cJSON_PrintUnformatted(params);
	cJSON_Delete(params);
	int r = ctl_connect(ctl);
	if (r)
		return r;
	int64_t id = poshal_call(ctl->client, "job.wait", wait, POSHAL_FOREVER, NULL, NULL);
	if (!ctl->json) {
		poshal_on_progress(ctl->client, on_progress, NULL);
		poshal_call(ctl->client, "job.get", get, POSHAL_FOREVER, on_present_state, NULL);
	}
	if (poshal_wait(ctl->client, id, within, &result, &error) < 0)
		return ctl_report(ctl, &error);
	*ret_result = cJSON_Parse(result);
	return CTL_OK;
}

/* Waits for the end of a job and shows it. */
static int wait_job(struct ctl *ctl, const char *job, int64_t timeout_s)
{
	cJSON *result = NULL;
	int r = call_wait(ctl, job, timeout_s, &result);

	if (r)
		return r;
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(result, "job");
	if (ctl->json)
		ctl_print_json(result);
	else
		print_job_line(object);
	r = exit_of_state(ctl_str(object, "state"));
	cJSON_Delete(result);
	return r;
}

int ctl_run_job_wait(struct ctl *ctl)
{
	static const int64_t range[] = {0, 24 * 3600};
	int64_t timeout_s;

	if (ctl_number(ctl, "timeout", range, -1, &timeout_s))
		return CTL_USAGE;
	return wait_job(ctl, ctl->args[0], timeout_s);
}

/* ---- print ---- */

static int print_params(struct ctl *ctl, cJSON **ret_params)
{
	static const int64_t copies_range[] = {1, 10}, ttl_range[] = {1, 7 * 24 * 3600};
	static const int64_t priority_range[] = {-10, 10};
	int64_t copies, ttl_s, priority;
	cJSON *document = NULL;

	if (ctl_number(ctl, "copies", copies_range, 0, &copies) ||
		ctl_number(ctl, "ttl", ttl_range, 0, &ttl_s) ||
		ctl_number(ctl, "priority", priority_range, 0, &priority) ||
		ctl_read_document(ctl, ctl->args[1], &document))
		return CTL_USAGE;
	cJSON *params = ctl_device_params(ctl->args[0]);
	cJSON_AddItemToObject(params, "document", document);
	if (copies)
		cJSON_AddNumberToObject(params, "copies", (double)copies);
	if (ttl_s)
		cJSON_AddNumberToObject(params, "ttl_s", (double)ttl_s);
	if (priority)
		cJSON_AddNumberToObject(params, "priority", (double)priority);
	if (ctl_value(ctl, "on-recovery"))
		cJSON_AddStringToObject(params, "on_recovery", ctl_value(ctl, "on-recovery"));
	*ret_params = params;
	return CTL_OK;
}

static void print_accepted(const cJSON *result, const char *key)
{
	bool duplicate = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "duplicate"));

	ctl_puts(ctl_str(result, "job"));
	putchar(' ');
	ctl_puts(ctl_str(result, "state"));
	if (*ctl_str(result, "reason")) {
		fputs(" (", stdout);
		ctl_puts(ctl_str(result, "reason"));
		putchar(')');
	}
	fputs(", key ", stdout);
	ctl_puts(key);
	puts(duplicate ? ", known already" : "");
	fflush(stdout);
}

int ctl_run_print(struct ctl *ctl)
{
	char fresh[POSHAL_KEY_SIZE];
	const char *key = ctl_key(ctl, fresh);
	bool wait = ctl_value(ctl, "wait");
	char job[64];
	cJSON *params, *result = NULL;

	int r = print_params(ctl, &params);
	if (r)
		return r;
	r = ctl_call_keyed(ctl, "printer.print", key, params, CTL_CALL_MS, &result);
	if (r)
		return r;
	snprintf(job, sizeof job, "%s", ctl_str(result, "job"));
	if (ctl->json && !wait)
		ctl_print_json(result);
	else if (!ctl->json)
		print_accepted(result, key);
	if (!wait)
		r = exit_of_state(ctl_str(result, "state"));
	cJSON_Delete(result);
	return wait ? wait_job(ctl, job, -1) : r;
}

/* ---- jobs ---- */

/* "2/3", or nothing while the number is unknown. */
static char *confirmed_cell(const cJSON *job)
{
	const cJSON *segments = cJSON_GetObjectItemCaseSensitive(job, "segments");
	const cJSON *confirmed = cJSON_GetObjectItemCaseSensitive(job, "confirmed_through");
	char *cell = NULL;

	if (!cJSON_IsNumber(segments) || !cJSON_IsNumber(confirmed) || segments->valueint <= 0)
		return strdup("");
	return asprintf(&cell, "%d/%d", confirmed->valueint, segments->valueint) < 0 ? NULL : cell;
}

static char *created_cell(const cJSON *job)
{
	return ctl_local_time(ctl_str(job, "created"));
}

int ctl_run_jobs(struct ctl *ctl)
{
	static const int64_t range[] = {1, 500};
	static const struct ctl_column columns[] = {
		{"JOB", "job", NULL},
		{"DEVICE", "device", NULL},
		{"STATE", "state", NULL},
		{"DONE", NULL, confirmed_cell},
		{"CREATED", NULL, created_cell},
		{"KEY", "key", NULL},
		{"REASON", "reason", NULL},
		{NULL, NULL, NULL},
	};
	static const char *const filters[] = {"state", "device"};
	int64_t limit;
	cJSON *result = NULL;

	if (ctl_number(ctl, "limit", range, 0, &limit))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	for (size_t i = 0; i < PH_ARRAY_SIZE(filters); i++)
		if (ctl_value(ctl, filters[i]))
			cJSON_AddStringToObject(params, filters[i], ctl_value(ctl, filters[i]));
	if (limit)
		cJSON_AddNumberToObject(params, "limit", (double)limit);
	int r = ctl_call(ctl, "job.list", params, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		ctl_print_table(
			cJSON_GetObjectItemCaseSensitive(result, "jobs"), columns, "no jobs");
	cJSON_Delete(result);
	return CTL_OK;
}

/* job show, job cancel, job retry */
int ctl_run_job(struct ctl *ctl)
{
	const char *verb = strchr(ctl->command->name, ' ') + 1;
	bool show = !strcmp(verb, "show");
	char method[32];
	cJSON *params = cJSON_CreateObject();
	cJSON *result = NULL;

	snprintf(method, sizeof method, "job.%s", show ? "get" : verb);
	cJSON_AddStringToObject(params, "job", ctl->args[0]);
	if (!strcmp(verb, "retry") && ctl_value(ctl, "reprint"))
		cJSON_AddTrueToObject(params, "reprint");
	int r = ctl_call(ctl, method, params, &result);
	if (r)
		return r;
	const cJSON *job = cJSON_GetObjectItemCaseSensitive(result, "job");
	if (ctl->json)
		ctl_print_json(result);
	else if (show)
		ctl_print_fields(job, 0);
	else
		print_job_line(job);
	cJSON_Delete(result);
	return CTL_OK;
}
