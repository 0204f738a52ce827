// Commands about the counter: scan, drawer.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* ---- drawer ---- */

static const char *device_or(const struct ctl *ctl, const char *role)
{
	return ctl->arg_count ? ctl->args[0] : role;
}

static void print_outcome(const cJSON *result)
{
	static const struct {
		const char *outcome, *text;
	} texts[] = {
		{"opened", "opened"},
		{"not_confirmed", "the pulse was sent, the sensor does not say that it opened"},
		{"no_sensor", "the pulse was sent; this drawer has no sensor"},
	};
	const char *outcome = ctl_str(result, "outcome");

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].outcome, outcome))
			outcome = texts[i].text;
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "already")))
		outcome = "it was open already; no pulse was sent";
	ctl_puts(outcome);
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "duplicate")))
		fputs(" (for the first call with this key)", stdout);
	putchar('\n');
}

int ctl_run_drawer_open(struct ctl *ctl)
{
	static const char *const texts[] = {"reason", "reference", "operator"};
	char fresh[POSHAL_KEY_SIZE];
	cJSON *result = NULL;

	cJSON *params = ctl_device_params(device_or(ctl, "drawer"));
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (ctl_value(ctl, texts[i]))
			cJSON_AddStringToObject(params, texts[i], ctl_value(ctl, texts[i]));
	if (ctl_value(ctl, "second"))
		cJSON_AddNumberToObject(params, "n", 2);
	int r = ctl_call_keyed(
		ctl, "drawer.open", ctl_key(ctl, fresh), params, CTL_CALL_MS, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		print_outcome(result);
	r = strcmp(ctl_str(result, "outcome"), "not_confirmed") ? CTL_OK : CTL_UNCERTAIN;
	cJSON_Delete(result);
	return r;
}

static int drawer_state(struct ctl *ctl, const char *method, cJSON *params, int within)
{
	cJSON *result = NULL;
	int r = ctl_call_within(ctl, method, params, within, &result);

	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		ctl_puts(ctl_str(result, "state"));
		putchar('\n');
	}
	cJSON_Delete(result);
	return CTL_OK;
}

int ctl_run_drawer_status(struct ctl *ctl)
{
	return drawer_state(
		ctl, "drawer.status", ctl_device_params(device_or(ctl, "drawer")), CTL_CALL_MS);
}

int ctl_run_drawer_wait(struct ctl *ctl)
{
	static const int64_t range[] = {0, 24 * 3600};
	int64_t timeout_s;

	if (ctl_number(ctl, "timeout", range, -1, &timeout_s))
		return CTL_USAGE;
	cJSON *params = ctl_device_params(device_or(ctl, "drawer"));
	if (timeout_s < 0)
		return drawer_state(ctl, "drawer.waitForClose", params, POSHAL_FOREVER);
	cJSON_AddNumberToObject(params, "timeout_ms", (double)(timeout_s * 1000));
	return drawer_state(
		ctl, "drawer.waitForClose", params, (int)timeout_s * 1000 + CTL_CALL_MS);
}

/* ---- scan ---- */

#define UNDER "               " /* the text of the label */

struct scan {
	struct ctl *ctl;
	int64_t wanted; /* 0: any number */
	int64_t seen;
};

static long long whole(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(item) ? (long long)item->valuedouble : 0;
}

static void print_measure(const cJSON *measure)
{
	const char *kind = ctl_str(measure, "kind");
	long long value = whole(measure, "value"), decimals = whole(measure, "decimals"), one = 1;

	if (!cJSON_IsObject(measure))
		return;
	fputs(UNDER, stdout);
	ctl_puts(kind);
	for (long long i = 0; i < decimals && i < 9; i++)
		one *= 10;
	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(measure, "verified")))
		fputs(" not to be trusted, its verifier is wrong", stdout);
	else if (one > 1)
		printf(" %lld.%0*lld", value / one, (int)decimals, value % one);
	else
		printf(" %lld", value);
	fputs(strcmp(kind, "weight") ? ", article " : " kg, article ", stdout);
	ctl_puts(ctl_str(measure, "item"));
	putchar('\n');
}

/* A line below the label: `before`, or identifier and value of an element, and a member of the service's. */
static void print_words(const cJSON *object, const char *name, const char *before)
{
	fputs(UNDER, stdout);
	if (before) {
		fputs(before, stdout);
	} else {
		putchar('(');
		ctl_puts(ctl_str(object, "ai"));
		fputs(") ", stdout);
		ctl_puts(ctl_str(object, "value"));
		fputs("  ", stdout);
	}
	ctl_puts(ctl_str(object, name));
	putchar('\n');
}

/* What the label says beyond its text: only where there is more than a number. */
static void print_meaning(const cJSON *data)
{
	const cJSON *elements = cJSON_GetObjectItemCaseSensitive(data, "gs1"), *element;

	if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "checksum_ok")))
		puts(UNDER "its check digit is wrong");
	if (*ctl_str(data, "gs1_problem"))
		print_words(data, "gs1_problem", "not read as GS1: ");
	if (cJSON_GetArraySize(elements) > 1) {
		cJSON_ArrayForEach(element, elements)
		{
			print_words(element, "title", NULL);
		}
	}
	print_measure(cJSON_GetObjectItemCaseSensitive(data, "measure"));
}

static void print_label(const cJSON *data)
{
	const char *text = ctl_str(data, "text");
	const char *symbology = ctl_str(data, "symbology");

	printf("%-14s ", *symbology ? symbology : "unknown");
	if (*text)
		ctl_puts(text);
	else
		printf("base64:%s", ctl_str(data, "label_b64"));
	putchar('\n');
	print_meaning(data);
}

static void on_scan_event(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	struct scan *scan = userdata;
	char count[24] = "some", reason[64] = "unknown";

	ctl_lease_event(scan->ctl, event);
	if (!strcmp(event->topic, "scanner.dropped")) {
		poshal_member(event->data, "count", count, sizeof count);
		poshal_member(event->data, "reason", reason, sizeof reason);
		ctl_say("%s dropped %s (%s)", event->device, count, reason);
	}
	if (strcmp(event->topic, "scanner.data") || (scan->wanted && scan->seen >= scan->wanted))
		return;
	scan->seen++;
	if (scan->ctl->json) {
		puts(event->data);
	} else {
		cJSON *data = cJSON_Parse(event->data);
		print_label(data);
		cJSON_Delete(data);
	}
	fflush(stdout);
}

static bool scan_done(void *userdata)
{
	const struct scan *scan = userdata;

	return scan->ctl->lost || (scan->wanted && scan->seen >= scan->wanted);
}

static int finish_scan(const struct scan *scan, int r)
{
	if (scan->ctl->lost) {
		ctl_say("the lease on %s was lost.", scan->ctl->lost);
		return CTL_FAILED;
	}
	if (r == CTL_TIMEOUT && !scan->wanted && scan->seen)
		return CTL_OK;
	if (r == CTL_TIMEOUT)
		ctl_say("%lld label%s within the time.", (long long)scan->seen,
			scan->seen == 1 ? "" : "s");
	return r;
}

int ctl_run_scan(struct ctl *ctl)
{
	static const int64_t count_range[] = {1, 1000000}, time_range[] = {1, 24 * 3600};
	struct scan scan = {.ctl = ctl};
	const char *device = device_or(ctl, "scanner");
	int64_t timeout_s;

	if (ctl_number(ctl, "count", count_range, 0, &scan.wanted) ||
		ctl_number(ctl, "timeout", time_range, -1, &timeout_s))
		return CTL_USAGE;
	int r = ctl_connect(ctl);
	if (r)
		return r;
	ctl->retain = true;
	poshal_on_event(ctl->client, on_scan_event, &scan);
	r = ctl_call(ctl, "device.claim", ctl_device_params(device), NULL);
	if (!r)
		r = ctl_call(ctl, "scanner.enable", ctl_device_params(device), NULL);
	if (r)
		return r;
	r = ctl_wait_events(
		ctl, scan_done, &scan, timeout_s < 0 ? POSHAL_FOREVER : (int)timeout_s * 1000);
	return finish_scan(&scan, r);
}
