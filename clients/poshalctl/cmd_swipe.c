// The command that waits for cards in a stripe reader and prints as much of them as the service tells.
#include "clients/poshalctl/ctl.h"

#include <stdio.h>
#include <string.h>

struct swipes {
	struct ctl *ctl;
	int64_t wanted; /* 0: any number */
	int64_t seen;
};

static const char *reader_of(const struct ctl *ctl)
{
	return ctl->arg_count ? ctl->args[0] : "msr";
}

static void print_tracks(const cJSON *data)
{
	const cJSON *track;

	cJSON_ArrayForEach(track, cJSON_GetObjectItemCaseSensitive(data, "tracks"))
	{
		const cJSON *number = cJSON_GetObjectItemCaseSensitive(track, "track");
		printf("  track %d ", cJSON_IsNumber(number) ? number->valueint : 0);
		ctl_puts(ctl_str(track, "state"));
	}
	putchar('\n');
}

static void print_card(const cJSON *data)
{
	const char *clear = ctl_str(data, "account_number"), *masked = ctl_str(data, "masked_pan");

	printf("%-6s ", ctl_str(data, "kind"));
	ctl_puts(*clear ? clear : *masked ? masked : "no number");
	if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "luhn")))
		fputs("  wrong check digit", stdout);
	if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(data, "encrypted")))
		fputs("  encrypted", stdout);
	print_tracks(data);
}

static void on_card(struct poshal *client, const struct poshal_event *event, void *userdata)
{
	struct swipes *swipes = userdata;
	bool error = !strcmp(event->topic, "msr.error");

	ctl_lease_event(swipes->ctl, event);
	if ((!error && strcmp(event->topic, "msr.data") != 0) ||
		(swipes->wanted && swipes->seen >= swipes->wanted))
		return;
	swipes->seen++;
	if (swipes->ctl->json) {
		puts(event->data);
	} else {
		cJSON *data = cJSON_Parse(event->data);
		if (error) {
			fputs("not read", stdout);
			print_tracks(data);
		} else {
			print_card(data);
		}
		cJSON_Delete(data);
	}
	fflush(stdout);
}

static bool swipes_done(void *userdata)
{
	const struct swipes *swipes = userdata;

	return swipes->ctl->lost || (swipes->wanted && swipes->seen >= swipes->wanted);
}

int ctl_run_swipe(struct ctl *ctl)
{
	static const int64_t count_range[] = {1, 1000000}, time_range[] = {1, 24 * 3600};
	struct swipes swipes = {.ctl = ctl};
	int64_t timeout_s;

	if (ctl_number(ctl, "count", count_range, 0, &swipes.wanted) ||
		ctl_number(ctl, "timeout", time_range, -1, &timeout_s))
		return CTL_USAGE;
	int r = ctl_connect(ctl);
	if (!r)
		r = ctl_call(ctl, "device.claim", ctl_device_params(reader_of(ctl)), NULL);
	if (r)
		return r;
	ctl->retain = true;
	poshal_on_event(ctl->client, on_card, &swipes);
	r = ctl_call(ctl, "msr.enable", ctl_device_params(reader_of(ctl)), NULL);
	if (!r)
		r = ctl_wait_events(ctl, swipes_done, &swipes,
			timeout_s < 0 ? POSHAL_FOREVER : (int)timeout_s * 1000);
	if (ctl->lost) {
		ctl_say("the lease on %s was lost.", ctl->lost);
		return CTL_FAILED;
	}
	if (r == CTL_TIMEOUT)
		ctl_say("%lld swipe%s within the time.", (long long)swipes.seen,
			swipes.seen == 1 ? "" : "s");
	return r;
}
