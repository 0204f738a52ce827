// The connection of one invocation: connect, call, wait for events, and turn errors into words and exit codes.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "poshal/errors.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void ctl_say(const char *format, ...)
{
	PH_CLEANUP_FREE char *text = NULL;
	va_list args;

	fflush(stdout);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("poshalctl: ", stderr);
	ctl_fputs(text ? text : "out of memory", stderr);
	fputc('\n', stderr);
}

static int exit_code(const char *name)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{"AccessDenied", CTL_DENIED},
		{"Closed", CTL_UNREACHABLE},
		{"Timeout", CTL_TIMEOUT},
		{"Uncertain", CTL_UNCERTAIN},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(codes); i++)
		if (!strcmp(codes[i].name, name))
			return codes[i].code;
	return CTL_FAILED;
}

static bool ends_sentence(const char *text)
{
	return *text && strchr(".!?", text[strlen(text) - 1]);
}

/* A sentence: capital letter first, unless it begins with a name like rpc.discover, and full stop last. */
static void put_sentence(const char *text)
{
	bool name = strcspn(text, "._") < strcspn(text, " ");

	if (!name && text[0] >= 'a' && text[0] <= 'z') {
		fputc(toupper((unsigned char)text[0]), stderr);
		text++;
	}
	ctl_fputs(text, stderr);
	if (!ends_sentence(text))
		fputc('.', stderr);
}

static void put_error_json(const struct poshal_error *error)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *object = cJSON_AddObjectToObject(root, "error");

	cJSON_AddNumberToObject(object, "code", error->code);
	cJSON_AddStringToObject(object, "name", error->name);
	cJSON_AddStringToObject(object, "message", error->message);
	if (*error->hint)
		cJSON_AddStringToObject(object, "hint", error->hint);
	if (*error->device)
		cJSON_AddStringToObject(object, "device", error->device);
	cJSON_AddBoolToObject(object, "retryable", error->retryable);
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(root);
	fprintf(stderr, "%s\n", text ? text : "{}");
	cJSON_Delete(root);
}

/* The general hints of the service speak of methods; here they speak of commands. Others stay as they are. */
static const char *hint_of(const struct poshal_error *error)
{
	static const struct {
		enum ph_error error;
		const char *hint;
	} hints[] = {
		{PH_E_CLAIMED, "wait for the holder; `poshalctl claim --wait` does"},
		{PH_E_CLOSED, "`poshalctl doctor` tells more"},
		{PH_E_DISABLED, "`poshalctl enable` puts it back into service"},
		{PH_E_METHOD_NOT_FOUND, "`poshalctl call rpc.discover` lists the methods"},
		{PH_E_NOTCLAIMED, "the lease belongs to one connection: `poshalctl scan`"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(hints); i++)
		if (!strcmp(error->hint, ph_error_hint(hints[i].error)))
			return hints[i].hint;
	return error->hint;
}

/* "$.operator: is missing" is about --operator, where the command has that. */
static const char *put_option(const struct ctl *ctl, const char *message)
{
	const struct ctl_option *option = ctl->command ? ctl->command->options : NULL;
	size_t len = strncmp(message, "$.", 2) == 0 ? strcspn(message + 2, ":") : 0;

	for (; len && option && option->name; option++) {
		size_t i = 0;
		while (i < len && option->name[i] &&
			(option->name[i] == message[2 + i] ||
				(option->name[i] == '-' && message[2 + i] == '_')))
			i++;
		if (i < len || option->name[i])
			continue;
		fprintf(stderr, "--%s", option->name);
		return message + 2 + len;
	}
	return message;
}

int ctl_report(const struct ctl *ctl, const struct poshal_error *error)
{
	const char *hint = hint_of(error);

	fflush(stdout);
	if (ctl->json) {
		put_error_json(error);
		return exit_code(error->name);
	}
	fputs("poshalctl: ", stderr);
	ctl_fputs(error->name, stderr);
	fputs(": ", stderr);
	ctl_fputs(put_option(ctl, error->message), stderr);
	if (*hint) {
		fputs(ends_sentence(error->message) ? " " : ". ", stderr);
		put_sentence(hint);
	}
	fputc('\n', stderr);
	return exit_code(error->name);
}

static void on_event(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	ctl_lease_event(userdata, event);
}

void ctl_lease_event(struct ctl *ctl, const struct poshal_event *event)
{
	PH_CLEANUP_FREE char *text = NULL;

	if (!strcmp(event->topic, "lease.lost")) {
		snprintf(ctl->lost_device, sizeof ctl->lost_device, "%s", event->device);
		ctl->lost = ctl->lost_device;
	}
	if (strcmp(event->topic, "lease.requested") || !ctl->retain)
		return;
	cJSON *params = ctl_device_params(event->device);
	text = cJSON_PrintUnformatted(params);
	cJSON_Delete(params);
	if (text)
		poshal_call(ctl->client, "device.retain", text, CTL_CALL_MS, NULL, NULL);
}

static int cannot_connect(const struct ctl *ctl, int error)
{
	const char *path = ctl->socket ? ctl->socket : poshal_default_path();
	cJSON *finding = ctl_unreachable_finding(path, error);
	struct poshal_error report = {.code = -32001, .name = "Closed", .retryable = 1};

	snprintf(report.message, sizeof report.message, "%s", ctl_str(finding, "problem"));
	snprintf(report.hint, sizeof report.hint, "%s", ctl_str(finding, "advice"));
	if (error == -EACCES || error == -EPERM) {
		report.code = -32020;
		report.retryable = 0;
		snprintf(report.name, sizeof report.name, "AccessDenied");
	}
	cJSON_Delete(finding);
	return ctl_report(ctl, &report);
}

int ctl_connect(struct ctl *ctl)
{
	int r;

	if (ctl->client)
		return CTL_OK;
	r = poshal_open(ctl->socket, &ctl->client);
	if (r < 0)
		return cannot_connect(ctl, r);
	poshal_on_event(ctl->client, on_event, ctl);
	r = poshal_hello_wait(ctl->client, CTL_CALL_MS);
	if (r == 0)
		return CTL_OK;
	if (poshal_failure(ctl->client))
		return ctl_report(ctl, poshal_failure(ctl->client));
	return cannot_connect(ctl, r);
}

int ctl_call_within(
	struct ctl *ctl, const char *method, cJSON *params, int timeout_ms, cJSON **ret_result)
{
	PH_CLEANUP_FREE char *text = params ? cJSON_PrintUnformatted(params) : NULL;
	PH_CLEANUP_FREE char *result = NULL;
	struct poshal_error error;
	bool lost = params && !text;
	int r;

	cJSON_Delete(params);
	if (lost) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	r = ctl_connect(ctl);
	if (r)
		return r;
	r = poshal_call_wait(ctl->client, method, text, timeout_ms, &result, &error);
	if (r < 0)
		return ctl_report(ctl, &error);
	if (ret_result)
		*ret_result = cJSON_Parse(result);
	return CTL_OK;
}

int ctl_call(struct ctl *ctl, const char *method, cJSON *params, cJSON **ret_result)
{
	return ctl_call_within(ctl, method, params, CTL_CALL_MS, ret_result);
}

const char *ctl_key(const struct ctl *ctl, char fresh[POSHAL_KEY_SIZE])
{
	if (ctl_value(ctl, "key"))
		return ctl_value(ctl, "key");
	return poshal_new_key(fresh) < 0 ? NULL : fresh;
}

/* What a person who does not want to wait has to know; written by a signal handler. */
static char farewell[320];

static void on_interrupt(int number)
{
	ssize_t n = write(STDERR_FILENO, farewell, strlen(farewell));

	(void)n;
	raise(number); /* its default action now, SA_RESETHAND */
}

static void say_farewell(const char *key)
{
	struct sigaction action = {.sa_handler = key ? on_interrupt : SIG_DFL,
		.sa_flags = key ? (int)SA_RESETHAND : 0};

	if (key)
		snprintf(farewell, sizeof farewell,
			"\nposhalctl: interrupted; what was asked for goes on. Repeat the command "
			"with --key %s to see what becomes of it: it never happens twice.\n",
			key);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int ctl_call_keyed(struct ctl *ctl, const char *method, const char *key, cJSON *params,
	int timeout_ms, cJSON **ret_result)
{
	int r = key ? ctl_connect(ctl) : CTL_FAILED;

	if (r) {
		cJSON_Delete(params);
		return r;
	}
	cJSON_AddStringToObject(params, "key", key);
	say_farewell(key);
	r = ctl_call_within(ctl, method, params, timeout_ms, ret_result);
	say_farewell(NULL);
	if (r == CTL_UNREACHABLE || r == CTL_TIMEOUT || r == CTL_UNCERTAIN)
		ctl_say("repeat the command with --key %s: it never happens twice.", key);
	return r;
}

cJSON *ctl_device_params(const char *device)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "device", device);
	return params;
}

static int ms_left(uint64_t deadline_us)
{
	uint64_t now = ph_clock_mono_us();

	if (now >= deadline_us)
		return 0;
	uint64_t left = (deadline_us - now + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int ctl_call_quietly(struct ctl *ctl, const char *method, cJSON *params)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, method, params, &result);

	if (!r && ctl->json)
		ctl_print_json(result);
	cJSON_Delete(result);
	return r;
}

int ctl_wait_events(struct ctl *ctl, bool (*until)(void *userdata), void *userdata, int timeout_ms)
{
	uint64_t deadline = ph_clock_mono_us() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000;

	for (;;) {
		int r = poshal_process(ctl->client);
		if (until(userdata))
			return CTL_OK;
		if (r < 0)
			return ctl_report(ctl, poshal_failure(ctl->client));
		struct pollfd fd = {
			.fd = poshal_fd(ctl->client), .events = poshal_events(ctl->client)};
		int wait = poshal_timeout_ms(ctl->client);
		int left = timeout_ms < 0 ? -1 : ms_left(deadline);
		if (left == 0)
			return CTL_TIMEOUT;
		if (wait < 0 || (left >= 0 && left < wait))
			wait = left;
		if (poll(&fd, 1, wait) < 0 && errno != EINTR) {
			ctl_say("poll: %s", strerror(errno));
			return CTL_FAILED;
		}
	}
}
