// The dialogue that finds out what the switch of a drawer says, and the end of its alarm; opening and waiting are in cmd_till.c.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static const char *device_or_drawer(const struct ctl *ctl)
{
	return ctl->arg_count ? ctl->args[0] : "drawer";
}

/* What people are told: with --json standard output is for programs. */
static FILE *talk(const struct ctl *ctl)
{
	return ctl->json ? stderr : stdout;
}

/* A line of standard input without its end; false: there is none. */
static bool ask(const struct ctl *ctl, const char *question, char *answer, size_t size)
{
	fputs(question, talk(ctl));
	fflush(talk(ctl));
	if (!fgets(answer, (int)size, stdin)) {
		ctl_say("no answer: nothing was kept");
		return false;
	}
	answer[strcspn(answer, "\r\n")] = '\0';
	return true;
}

static int step(struct ctl *ctl, const char *name, cJSON **ret_result)
{
	cJSON *params = ctl_device_params(device_or_drawer(ctl));

	cJSON_AddStringToObject(params, "step", name);
	return ctl_call(ctl, "drawer.tune", params, ret_result);
}

static int tell_level(struct ctl *ctl, const char *name, const char *when, cJSON **ret_result)
{
	int r = step(ctl, name, ret_result);

	if (!r)
		fprintf(talk(ctl), "%s the switch says: %s\n", when, ctl_str(*ret_result, "level"));
	return r;
}

/* The answer to the last question; `kept` when it is an empty line. */
static bool is_yes(const char *answer, bool kept)
{
	return *answer ? *answer == 'y' || *answer == 'Y' : kept;
}

static int keep(struct ctl *ctl, const cJSON *found)
{
	const char *finding = ctl_str(found, "finding");
	bool none = !strcmp(finding, "none");
	char answer[64];

	if (none)
		fputs("The level did not change: the drawer has no switch, its cable is missing, "
		      "or it did not open.\n",
			talk(ctl));
	if (!ask(ctl, none ? "Keep that it has no switch? [y/N] " : "Keep that? [Y/n] ", answer,
		    sizeof answer))
		return CTL_FAILED;
	if (!is_yes(answer, !none)) {
		fputs("Nothing was kept.\n", talk(ctl));
		return CTL_FAILED;
	}
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	int r = step(ctl, "accept", &result);
	if (!r && ctl->json)
		ctl_print_json(result);
	else if (!r)
		printf("Kept, also across restarts: %s\n", finding);
	return r;
}

int ctl_run_drawer_tune(struct ctl *ctl)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *closed = NULL, *found = NULL;
	char answer[64];
	int r = ctl_connect(ctl);

	if (r)
		return r;
	if (ctl_value(ctl, "forget"))
		return step(ctl, "forget", NULL);
	if (!ask(ctl, "Close the drawer, then press Enter. ", answer, sizeof answer))
		return CTL_FAILED;
	r = tell_level(ctl, "closed", "Closed,", &closed);
	if (r)
		return r;
	if (!ctl_value(ctl, "pulse") &&
		!ask(ctl,
			"Open it with its key and press Enter, or type p and Enter to have it "
			"opened. ",
			answer, sizeof answer))
		return CTL_FAILED;
	bool pulse = ctl_value(ctl, "pulse") || *answer == 'p' || *answer == 'P';
	r = tell_level(ctl, pulse ? "pulse" : "open", "Open,", &found);
	return r ? r : keep(ctl, found);
}

int ctl_run_drawer_acknowledge(struct ctl *ctl)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	cJSON *params = ctl_device_params(device_or_drawer(ctl));

	if (ctl_value(ctl, "operator"))
		cJSON_AddStringToObject(params, "operator", ctl_value(ctl, "operator"));
	int r = ctl_connect(ctl);
	if (r) {
		cJSON_Delete(params);
		return r;
	}
	r = ctl_call(ctl, "drawer.acknowledge", params, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		puts(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "acknowledged"))
				? "the alarm is off"
				: "there is no alarm");
	return CTL_OK;
}
