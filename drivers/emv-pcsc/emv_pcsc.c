// EMV contact cards in PC/SC readers: the driver's table, its options and its beginning and end.
#include "drivers/emv-pcsc/emv_pcsc.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static int world_random(void *context, uint8_t *out, size_t len)
{
	randombytes_buf(out, len);
	emv_record_random(context, out, len);
	return 0;
}

static int emv_init(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);

	state->device = device;
	state->world = (struct ph_emv_world){.context = state,
		.random = world_random,
		.listed = emv_cards_listed,
		.earlier_amount = emv_account_earlier};
	state->parameters = calloc(1, sizeof *state->parameters);
	if (!state->parameters || sodium_init() < 0)
		return -ENOMEM;
	int r = emv_files_load(state);
	if (r < 0)
		return r;
	r = ph_secret_new(sizeof(struct emv_secrets), &state->secret);
	if (r == 0)
		r = ph_emv_new(state->parameters, &state->world, &state->emv);
	randombytes_buf(state->split_key, sizeof state->split_key);
	return r;
}

/* The link is pcscd; whether there is a reader comes as the first packet. */
static int emv_open(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);

	state->seen = false;
	state->reader = PH_READER_NONE;
	state->asked = EMV_ASKED_NOTHING;
	state->stale = 0;
	return PH_LATER;
}

static void emv_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct emv_state *state = ph_device_state(device);

	state->reader = PH_READER_NONE;
	emv_payment_lost(state);
	emv_direct_lost(state);
	state->powered = false;
	state->asked = EMV_ASKED_NOTHING;
}

static void emv_done(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);

	ph_emv_free(state->emv);
	emv_record_done(state);
	emv_cards_done(state);
	ph_secret_free(state->secret);
	free(state->parameters);
	ph_wipe(state->split_key, sizeof state->split_key);
}

static void emv_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	emv_reader_packet(ph_device_state(device), data, len);
}

static void emv_tick(struct ph_device *device)
{
	emv_payment_tick(ph_device_state(device));
}

static const struct ph_payment_ops payment_ops = {.start = emv_payment_start,
	.begin = emv_payment_begin,
	.proceed = emv_payment_proceed,
	.cancel = emv_payment_cancel,
	.transmit = emv_direct_transmit};

static const char *const connections[] = {"pcsc", NULL};

static const struct ph_option options[] = {
	{.name = "parameters",
		.type = PH_OPTION_TEXT,
		.preset = "/etc/poshal/emv.json",
		.summary = "signed file of terminal, applications and keys"},
	{.name = "parameters_key",
		.type = PH_OPTION_TEXT,
		.preset = "/etc/poshal/emv-signer.json",
		.summary = "public key of whoever signs it"},
	{.name = "seal_key",
		.type = PH_OPTION_TEXT,
		.summary = "the acquirer's public key; no other is taken"},
	{.name = "fingerprint_key",
		.type = PH_OPTION_TEXT,
		.summary = "file of the key that cards are told apart by; made when missing"},
	{.name = "deny_list",
		.type = PH_OPTION_TEXT,
		.summary = "signed file of cards that are not taken without the host"},
};

const struct ph_driver ph_driver_emv_pcsc = {
	.name = "emv-pcsc",
	.version = POSHAL_VERSION,
	.summary = "EMV contact cards in PC/SC readers (not approved by EMVCo)",
	.classes = PH_CLASS_BIT(PH_CLASS_CARD_READER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct emv_state),
	.secret = true,
	.init = emv_init,
	.open = emv_open,
	.close = emv_close,
	.done = emv_done,
	.receive = emv_receive,
	.tick = emv_tick,
	.payment = &payment_ops,
	.record = &emv_record_ops,
};
