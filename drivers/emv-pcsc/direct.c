// Commands of an application to cards that are not for payments: who may be selected, and nothing of a card before that.
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/bits.h"
#include "protocols/emv/tlv.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define INS_SELECT	   0xa4
#define INS_MANAGE_CHANNEL 0x70
#define SELECT_BY_NAME	   0x04
#define NAME_MIN	   5
#define NAME_MAX	   16

/* How the names of payment applications and their directories begin. */
static const struct {
	uint8_t len;
	uint8_t name[5];
} payments[] = {
	{5, {0xa0, 0x00, 0x00, 0x00, 0x03}}, /* Visa */
	{5, {0xa0, 0x00, 0x00, 0x00, 0x04}}, /* Mastercard */
	{5, {0xa0, 0x00, 0x00, 0x00, 0x10}}, /* Mastercard's older ones */
	{5, {0xa0, 0x00, 0x00, 0x00, 0x25}}, /* American Express */
	{5, {0xa0, 0x00, 0x00, 0x00, 0x42}}, /* CB */
	{5, {0xa0, 0x00, 0x00, 0x00, 0x65}}, /* JCB */
	{5, {0xa0, 0x00, 0x00, 0x01, 0x21}}, /* Dankort */
	{5, {0xa0, 0x00, 0x00, 0x01, 0x41}}, /* PagoBancomat */
	{5, {0xa0, 0x00, 0x00, 0x01, 0x52}}, /* Discover */
	{5, {0xa0, 0x00, 0x00, 0x02, 0x77}}, /* Interac */
	{5, {0xa0, 0x00, 0x00, 0x03, 0x33}}, /* UnionPay */
	{5, {0xa0, 0x00, 0x00, 0x03, 0x59}}, /* girocard */
	{5, {0xa0, 0x00, 0x00, 0x03, 0x71}}, /* Verve */
	{5, {0xa0, 0x00, 0x00, 0x03, 0x84}}, /* eftpos */
	{5, {0xa0, 0x00, 0x00, 0x05, 0x24}}, /* RuPay */
	{5, {0xa0, 0x00, 0x00, 0x06, 0x51}}, /* Elo */
	{5, {0xa0, 0x00, 0x00, 0x06, 0x58}}, /* Mir */
	{5, {0xa0, 0x00, 0x00, 0x06, 0x72}}, /* Troy */
	{5, {0xd2, 0x76, 0x00, 0x00, 0x25}}, /* German banks */
	{4, {'1', 'P', 'A', 'Y'}},
	{4, {'2', 'P', 'A', 'Y'}},
};

/* A name that is one of them, or with which one of them could be meant (cards take the beginning of a name). */
static bool is_payment(const struct emv_state *state, const uint8_t *name, size_t len)
{
	const struct ph_emv_parameters *parameters = state->parameters;

	for (size_t i = 0; i < PH_ARRAY_SIZE(payments); i++) {
		size_t common = len < payments[i].len ? len : payments[i].len;
		if (!memcmp(name, payments[i].name, common))
			return true;
	}
	for (size_t i = 0; i < parameters->application_count; i++) {
		const struct ph_emv_application *row = &parameters->applications[i];
		size_t common = len < row->aid_len ? len : row->aid_len;
		if (!memcmp(name, row->aid, common))
			return true;
	}
	return false;
}

/* A SELECT by a whole name; of a command with short lengths. */
static bool is_select(const uint8_t *command, size_t len)
{
	return len > 5 && command[1] == INS_SELECT && command[2] == SELECT_BY_NAME &&
	       command[4] >= NAME_MIN && command[4] <= NAME_MAX;
}

/* Other ways to get at an application: by file, by a part of its name, on a channel of its own. */
static bool is_way_round(const uint8_t *command)
{
	return command[1] == INS_SELECT || command[1] == INS_MANAGE_CHANNEL;
}

static bool is_allowed(const struct emv_state *state, const uint8_t *command, size_t len)
{
	if (is_select(command, len))
		return !is_payment(state, command + 5, command[4]);
	return state->direct_selected && !is_way_round(command);
}

static void send_it(struct emv_state *state)
{
	struct emv_secrets *secrets = emv_secrets(state);

	emv_reader_command(state, EMV_ASKED_DIRECT, secrets->direct, secrets->direct_len);
}

int emv_direct_transmit(struct ph_device *device, const uint8_t *command, size_t len)
{
	struct emv_state *state = ph_device_state(device);
	struct emv_secrets *secrets = emv_secrets(state);

	if (state->phase != EMV_IDLE || state->asked != EMV_ASKED_NOTHING)
		return -EBUSY;
	if (state->reader != PH_READER_PRESENT)
		return -ENODEV;
	/* with extended lengths a SELECT would look like something else */
	if (!ph_apdu_is_short(command, len))
		return ph_request_refuse(device, "$.data_b64",
			"is no command APDU with short lengths: header, Lc, as many bytes, Le");
	if (!is_allowed(state, command, len))
		return -EPERM;
	memcpy(secrets->direct, command, len);
	secrets->direct_len = len;
	if (state->powered)
		send_it(state);
	else
		emv_reader_connect(state);
	return PH_LATER;
}

void emv_direct_card(struct emv_state *state)
{
	state->direct_selected = false;
	send_it(state);
}

/* The card must say that it has selected just what was asked for; else its data stay here. */
static bool selected(const struct emv_secrets *secrets, const uint8_t *answer, size_t len)
{
	struct ph_tlv name;

	return ph_apdu_status(answer, len) == PH_SW_OK && ph_tlv_check(answer, len - 2) == 0 &&
	       ph_tlv_find_deep(answer, len - 2, PH_TAG_DF_NAME, &name) == 0 &&
	       name.len == secrets->direct[4] && !memcmp(name.value, secrets->direct + 5, name.len);
}

void emv_direct_answer(struct emv_state *state, const uint8_t *answer, size_t len)
{
	struct emv_secrets *secrets = emv_secrets(state);
	bool select = is_select(secrets->direct, secrets->direct_len);

	if (select)
		state->direct_selected = selected(secrets, answer, len);
	if (select && !state->direct_selected && len > 2) {
		answer += len - 2;
		len = 2;
	}
	ph_card_reply(state->device, answer, len);
	ph_wipe(secrets->direct, sizeof secrets->direct);
	if (!state->direct_selected)
		emv_reader_release(state);
}

void emv_direct_fault(struct emv_state *state, enum ph_reader_fault fault)
{
	static const int errors[] = {[PH_READER_FAULT_REMOVED] = -ENODEV,
		[PH_READER_FAULT_MUTE] = -EIO,
		[PH_READER_FAULT_BUSY] = -EBUSY,
		[PH_READER_FAULT_IO] = -EIO};

	state->direct_selected = false;
	ph_card_refuse(
		state->device, (unsigned)fault < PH_ARRAY_SIZE(errors) ? errors[fault] : -EIO);
}

void emv_direct_lost(struct emv_state *state)
{
	state->direct_selected = false;
	ph_card_refuse(state->device, -ENODEV);
}
