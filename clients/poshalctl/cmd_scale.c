// Commands about scales: weigh, follow the plate, zero and tare. Each claims the scale for as long as it runs.
#include "clients/poshalctl/ctl.h"

#include <stdio.h>
#include <string.h>

static const char *scale_of(const struct ctl *ctl)
{
	return ctl->arg_count ? ctl->args[0] : "scale";
}

static int claim(struct ctl *ctl)
{
	int r = ctl_connect(ctl);

	return r ? r : ctl_call(ctl, "device.claim", ctl_device_params(scale_of(ctl)), NULL);
}

static void print_weight(const cJSON *weight)
{
	const char *text = ctl_str(weight, "weight");
	const char *state = ctl_str(weight, "state");

	ctl_puts(*text ? text : state);
	if (*text) {
		printf(" %s", ctl_str(weight, "unit"));
		if (*ctl_str(weight, "ounces"))
			printf(" %s oz", ctl_str(weight, "ounces"));
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(weight, "net")))
			fputs(" net", stdout);
		if (strcmp(state, "stable") != 0 && strcmp(state, "zero") != 0)
			printf(" (%s)", state);
	}
	putchar('\n');
}

int ctl_run_scale_read(struct ctl *ctl)
{
	static const int64_t range[] = {0, 60};
	cJSON *result = NULL;
	int64_t timeout_s;

	if (ctl_number(ctl, "timeout", range, 5, &timeout_s))
		return CTL_USAGE;
	int r = claim(ctl);
	if (r)
		return r;
	cJSON *params = ctl_device_params(scale_of(ctl));
	cJSON_AddNumberToObject(params, "timeout_ms", (double)(timeout_s * 1000));
	if (ctl_value(ctl, "live"))
		cJSON_AddTrueToObject(params, "live");
	r = ctl_call_within(
		ctl, "scale.read", params, (int)timeout_s * 1000 + CTL_CALL_MS, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		print_weight(result);
	cJSON_Delete(result);
	return CTL_OK;
}

static int effect(struct ctl *ctl, const char *method, cJSON *params)
{
	int r = claim(ctl);

	if (r) {
		cJSON_Delete(params);
		return r;
	}
	return ctl_call(ctl, method, params, NULL);
}

int ctl_run_scale_zero(struct ctl *ctl)
{
	return effect(ctl, "scale.zero", ctl_device_params(scale_of(ctl)));
}

int ctl_run_scale_tare(struct ctl *ctl)
{
	cJSON *params = ctl_device_params(scale_of(ctl));

	if (ctl_value(ctl, "weight"))
		cJSON_AddStringToObject(params, "tare", ctl_value(ctl, "weight"));
	return effect(ctl, "scale.tare", params);
}

/* ---- live weight ---- */

struct follow {
	struct ctl *ctl;
	int64_t wanted, seen; /* wanted 0: any number */
};

static void on_weight(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	struct follow *follow = userdata;

	ctl_lease_event(follow->ctl, event);
	if (strcmp(event->topic, "scale.weight") != 0 ||
		(follow->wanted && follow->seen >= follow->wanted))
		return;
	follow->seen++;
	if (follow->ctl->json) {
		puts(event->data);
	} else {
		cJSON *data = cJSON_Parse(event->data);
		print_weight(data);
		cJSON_Delete(data);
	}
	fflush(stdout);
}

static bool follow_done(void *userdata)
{
	const struct follow *follow = userdata;

	return follow->ctl->lost || (follow->wanted && follow->seen >= follow->wanted);
}

int ctl_run_scale_watch(struct ctl *ctl)
{
	static const int64_t count_range[] = {1, 1000000};
	struct follow follow = {.ctl = ctl};

	if (ctl_number(ctl, "count", count_range, 0, &follow.wanted))
		return CTL_USAGE;
	int r = claim(ctl);
	if (r)
		return r;
	ctl->retain = true;
	poshal_on_event(ctl->client, on_weight, &follow);
	cJSON *params = ctl_device_params(scale_of(ctl));
	cJSON_AddTrueToObject(params, "on");
	r = ctl_call(ctl, "scale.live", params, NULL);
	if (!r)
		r = ctl_wait_events(ctl, follow_done, &follow, POSHAL_FOREVER);
	if (ctl->lost) {
		ctl_say("the lease on %s was lost.", ctl->lost);
		return CTL_FAILED;
	}
	return r;
}
