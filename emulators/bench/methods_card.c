// Readers of chip cards on a bench: which card is in, and the control methods about it. Account numbers are told to the caller
// of card.insert and to nobody else; the record has none.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/bench/control.h"

#define PULL_AT_MAX 1000u

// ---- the reader's view ----

static size_t atr(void *userdata, uint8_t *out)
{
	struct ph_bench_device *d = userdata;

	return ph_emu_card_atr(d->card, out);
}

static void reset(void *userdata)
{
	struct ph_bench_device *d = userdata;
	uint8_t ignored[PH_EMU_CARD_ATR_MAX];

	ph_emu_card_reset(d->card, ignored);
}

static int command(
	void *userdata, const uint8_t *data, size_t len, uint8_t *out, unsigned *ret_delay_ms)
{
	struct ph_bench_device *d = userdata;
	int n = ph_emu_card_command(d->card, data, len, out);

	if (n == -ENODEV)
		ph_bench_note(d->bench, d->id, "pulled", NULL);
	*ret_delay_ms = ph_emu_card_delay_ms(d->card);
	ph_bench_check_waiters(d->bench);
	return n;
}

static void changed(void *userdata)
{
	struct ph_bench_device *d = userdata;

	ph_bench_check_waiters(d->bench);
}

int ph_bench_reader_new(struct ph_bench_device *d)
{
	static const struct ph_emu_vpcd_ops ops = {
		.atr = atr, .reset = reset, .command = command, .changed = changed};

	return ph_emu_vpcd_new(d->bench->event, d->plug_config.port, &ops, d, &d->vpcd);
}

static void take_out(struct ph_bench_device *d)
{
	ph_emu_vpcd_out(d->vpcd);
	ph_emu_card_free(d->card);
	d->card = NULL;
	d->profile = NULL;
}

void ph_bench_reader_free(struct ph_bench_device *d)
{
	ph_emu_vpcd_free(d->vpcd);
	ph_emu_card_free(d->card);
	d->vpcd = NULL;
	d->card = NULL;
}

// ---- methods ----

static const char *find_profile(const char *name)
{
	for (size_t i = 0; ph_emu_card_profile_name(i); i++)
		if (strcmp(ph_emu_card_profile_name(i), name) == 0)
			return ph_emu_card_profile_name(i);
	return NULL;
}

/* The text of a profile, with another last day where one is given; freed by the caller. NULL without memory. */
static char *profile_text(const char *profile, const char *expiry)
{
	cJSON *json = cJSON_Parse(ph_emu_card_profile(profile));
	char *text;

	if (expiry) {
		cJSON_DeleteItemFromObjectCaseSensitive(json, "expiry");
		cJSON_AddStringToObject(json, "expiry", expiry);
	}
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	return text;
}

static void run_insert(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_READER);
	double serial = ph_param_number(call->params, "serial", -1);
	char why[PH_EMU_CARD_WHY_MAX] = "", pan[PH_EMU_CARD_PAN_MAX];
	struct ph_emu_card *card;

	if (!d)
		return;
	const char *profile = find_profile(ph_param_text(call->params, "profile", ""));
	if (!profile) {
		ph_call_error(call, PH_E_NOEXIST, "no such profile; card.profiles lists them");
		return;
	}
	if (ph_param_has(call->params, "serial") &&
		!(serial >= 0 && serial <= PH_EMU_CARD_NUMBER_MAX)) {
		ph_call_error(
			call, PH_E_ILLEGAL, "params.serial is 0 to %u", PH_EMU_CARD_NUMBER_MAX);
		return;
	}
	double pull_at = ph_param_number(call->params, "pull_at", 0);
	if (!(pull_at >= 0 && pull_at <= PULL_AT_MAX)) {
		ph_call_error(call, PH_E_ILLEGAL, "params.pull_at is 0 to %u", PULL_AT_MAX);
		return;
	}
	uint32_t number = serial < 0 ? PH_EMU_CARD_OWN_NUMBER : (uint32_t)serial;
	char *text = profile_text(profile, ph_param_text(call->params, "expiry", NULL));
	int r = text ? ph_emu_card_new(text, number, &card, why) : -ENOMEM;
	free(text);
	if (r < 0) {
		ph_call_error(call, ph_error_from_errno(r), "%s: %s", profile, why);
		return;
	}
	if (pull_at > 0)
		ph_emu_card_pull_at(card, (unsigned)pull_at);
	take_out(d);
	d->card = card;
	d->profile = profile;
	cJSON *detail = cJSON_CreateObject();
	cJSON_AddStringToObject(detail, "profile", profile);
	ph_bench_note(call->bench, d->id, "insert", detail);
	ph_emu_vpcd_in(d->vpcd);
	ph_emu_card_pan(card, pan);
	cJSON *result = cJSON_CreateObject();
	cJSON_AddStringToObject(result, "pan", pan);
	ph_call_ok(call, result);
	ph_bench_check_waiters(call->bench);
	explicit_bzero(pan, sizeof pan);
}

static void run_remove(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_READER);

	if (!d)
		return;
	if (d->card)
		ph_bench_note(call->bench, d->id, "remove", NULL);
	take_out(d);
	ph_call_ok(call, NULL);
	ph_bench_check_waiters(call->bench);
}

static cJSON *card_json(const struct ph_bench_device *d)
{
	cJSON *o = cJSON_CreateObject();

	if (d->profile)
		cJSON_AddStringToObject(o, "profile", d->profile);
	cJSON_AddBoolToObject(o, "inserted", ph_emu_vpcd_is_in(d->vpcd));
	cJSON_AddBoolToObject(o, "connected", ph_emu_vpcd_is_connected(d->vpcd));
	cJSON_AddBoolToObject(o, "powered", ph_emu_vpcd_is_powered(d->vpcd));
	cJSON_AddNumberToObject(o, "commands", d->card ? ph_emu_card_commands(d->card) : 0);
	return o;
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_READER);
	if (d)
		ph_call_ok(call, card_json(d));
}

static bool card_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	bool in = ph_emu_vpcd_is_in(d->vpcd), connected = ph_emu_vpcd_is_connected(d->vpcd);
	bool powered = ph_emu_vpcd_is_powered(d->vpcd);

	if (ph_param_bool(p, "inserted", in) != in ||
		ph_param_bool(p, "connected", connected) != connected ||
		ph_param_bool(p, "powered", powered) != powered ||
		(d->card ? ph_emu_card_commands(d->card) : 0) < ph_param_number(p, "commands", 0))
		return false;
	*ret_result = card_json(d);
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_READER);
	if (d)
		ph_call_wait(call, d, card_condition);
}

static void run_profiles(struct ph_call *call)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "profiles");

	for (size_t i = 0; ph_emu_card_profile_name(i); i++) {
		cJSON *o = cJSON_CreateObject();
		const char *name = ph_emu_card_profile_name(i);
		cJSON *text = cJSON_Parse(ph_emu_card_profile(name));
		cJSON_AddStringToObject(o, "profile", name);
		cJSON_AddItemToObject(
			o, "about", cJSON_DetachItemFromObjectCaseSensitive(text, "about"));
		cJSON_Delete(text);
		cJSON_AddItemToArray(list, o);
	}
	ph_call_ok(call, result);
}

const struct ph_method ph_bench_card_methods[] = {
	{"card.insert", "device:s profile:s! serial:n pull_at:n expiry:s", run_insert},
	{"card.remove", "device:s", run_remove},
	{"card.state", "device:s", run_state},
	{"card.wait", "device:s inserted:b connected:b powered:b commands:n timeout_ms:n",
		run_wait},
	{"card.profiles", "", run_profiles},
	{0},
};
