// Packets to and from the card reader: who asked, and T=0 where the card speaks it.
#include "drivers/emv-pcsc/emv_pcsc.h"

#include "base/cleanup.h"
#include "protocols/emv/apdu.h"

#include <stdio.h>
#include <string.h>

void emv_reader_send(struct emv_state *state, uint8_t kind, const void *data, size_t len)
{
	uint8_t *packet = emv_secrets(state)->packet;

	if (len >= PH_READER_PACKET_MAX)
		return;
	packet[0] = kind;
	if (len)
		memcpy(packet + 1, data, len);
	ph_link_write(state->device, packet, len + 1);
	ph_wipe(packet, len + 1);
}

void emv_reader_connect(struct emv_state *state)
{
	state->asked = EMV_ASKED_CARD;
	emv_reader_send(state, PH_READER_CONNECT, NULL, 0);
}

void emv_reader_release(struct emv_state *state)
{
	/* what is still on its way is nobody's answer any more */
	if (state->asked != EMV_ASKED_NOTHING)
		state->stale++;
	state->asked = EMV_ASKED_NOTHING;
	if (state->powered || state->stale)
		emv_reader_send(state, PH_READER_RELEASE, NULL, 0);
	state->powered = false;
	ph_t0_done(&emv_secrets(state)->t0);
}

void emv_reader_command(
	struct emv_state *state, enum emv_asked what, const uint8_t *apdu, size_t len)
{
	uint8_t tpdu[PH_APDU_COMMAND_MAX];
	int n;

	state->asked = what;
	if (!state->t0) {
		emv_reader_send(state, PH_READER_COMMAND, apdu, len);
		return;
	}
	n = ph_t0_begin(&emv_secrets(state)->t0, apdu, len, tpdu);
	if (n > 0)
		emv_reader_send(state, PH_READER_COMMAND, tpdu, (size_t)n);
	ph_wipe(tpdu, sizeof tpdu);
}

static void hand_on(struct emv_state *state, const uint8_t *answer, size_t len)
{
	enum emv_asked asked = state->asked;

	state->asked = EMV_ASKED_NOTHING;
	if (asked == EMV_ASKED_DIRECT)
		emv_direct_answer(state, answer, len);
	else
		emv_payment_answer(state, answer, len);
}

static void fault(struct emv_state *state, enum ph_reader_fault why)
{
	enum emv_asked asked = state->asked;

	state->asked = EMV_ASKED_NOTHING;
	if (asked == EMV_ASKED_DIRECT || (asked == EMV_ASKED_CARD && state->phase == EMV_IDLE))
		emv_direct_fault(state, why);
	else
		emv_payment_fault(state, why);
}

static void take_answer(struct emv_state *state, const uint8_t *answer, size_t len)
{
	struct ph_t0 *t0 = &emv_secrets(state)->t0;
	uint8_t tpdu[PH_APDU_COMMAND_MAX];
	int n;

	if (state->asked == EMV_ASKED_NOTHING || state->asked == EMV_ASKED_CARD)
		return;
	if (!state->t0) {
		hand_on(state, answer, len);
		return;
	}
	n = ph_t0_feed(t0, answer, len, tpdu);
	if (n > 0)
		emv_reader_send(state, PH_READER_COMMAND, tpdu, (size_t)n);
	else if (n == 0)
		hand_on(state, t0->answer, t0->answer_len);
	else
		fault(state, PH_READER_FAULT_IO);
	ph_wipe(tpdu, sizeof tpdu);
}

static void take_card(struct emv_state *state, const uint8_t *card, size_t len)
{
	if (state->asked != EMV_ASKED_CARD || len < 1)
		return;
	state->asked = EMV_ASKED_NOTHING;
	state->powered = true;
	state->t0 = card[0] == 0;
	if (state->phase == EMV_IDLE)
		emv_direct_card(state);
	else
		emv_payment_card(state, card + 1, len - 1);
}

static void tell_info(struct emv_state *state)
{
	const struct ph_payment_capabilities can = {
		.types = 1u << PH_PAYMENT_SALE | 1u << PH_PAYMENT_REFUND | 1u << PH_PAYMENT_PREAUTH,
		.pin_features = state->pin_features[0] ? state->pin_features : NULL,
		.contactless = true};

	ph_emit_info(
		state->device, &(struct ph_info){.model = state->reader_name, .payment = &can});
}

/* Tags of PC/SC part 10, 2.2. */
static void take_features(struct emv_state *state, const uint8_t *list, size_t len)
{
	static const struct {
		uint8_t tag;
		const char *name;
	} known[] = {{0x06, "verify_pin"}, {0x07, "modify_pin"}, {0x0a, "pin_properties"},
		{0x12, "tlv_properties"}};
	size_t count = 0;

	for (size_t at = 0; at + 2 <= len; at += 2u + list[at + 1])
		for (size_t i = 0; i < PH_ARRAY_SIZE(known); i++)
			if (known[i].tag == list[at] && count < EMV_PIN_FEATURES_MAX)
				state->pin_features[count++] = known[i].name;
	state->pin_features[count] = NULL;
	if (!count)
		return;
	ph_emit_log(state->device, PH_LOG_INFO,
		"the reader has a PIN pad; PINs are not taken with it: see docs/emv.md");
	tell_info(state);
}

void emv_reader_tell_status(struct emv_state *state)
{
	static const enum ph_card_state cards[] = {
		[PH_READER_NONE] = PH_CARD_ABSENT,
		[PH_READER_EMPTY] = PH_CARD_ABSENT,
		[PH_READER_PRESENT] = PH_CARD_PRESENT,
		[PH_READER_MUTE] = PH_CARD_MUTE,
		[PH_READER_BUSY] = PH_CARD_PRESENT,
	};

	ph_emit_card_status(state->device, cards[state->reader], emv_files_reasons(state));
}

static void tell_state(struct emv_state *state, enum ph_reader_state before)
{
	if (state->reader == PH_READER_NONE) {
		ph_device_not_ready(state->device, PH_REASON_BIT(PH_REASON_UNPLUGGED),
			"PC/SC knows no such reader: plug it in, or see `pcsc_scan`");
		return;
	}
	if (!state->seen || before == PH_READER_NONE) {
		tell_info(state);
		ph_device_ready(state->device);
	}
	emv_reader_tell_status(state);
}

static void take_state(struct emv_state *state, const uint8_t *data, size_t len)
{
	enum ph_reader_state before = state->reader;

	if (len < 1 || data[0] > PH_READER_BUSY)
		return;
	state->reader = (enum ph_reader_state)data[0];
	if (len > 1 && len - 1 < sizeof state->reader_name) {
		memcpy(state->reader_name, data + 1, len - 1);
		state->reader_name[len - 1] = '\0';
	}
	/* while the card is ours "in use" means us */
	if (state->reader == PH_READER_BUSY && state->powered)
		state->reader = PH_READER_PRESENT;
	if (state->seen && state->reader == before)
		return;
	tell_state(state, before);
	state->seen = true;
	if (state->reader <= PH_READER_EMPTY) {
		/* what is still held of a card that is gone would keep the next one from everybody, us included */
		if (state->powered)
			emv_reader_send(state, PH_READER_RELEASE, NULL, 0);
		state->powered = false;
		state->direct_selected = false;
	}
	if (state->phase != EMV_IDLE)
		emv_payment_state(state);
}

void emv_reader_packet(struct emv_state *state, const uint8_t *packet, size_t len)
{
	const uint8_t *data = packet + 1;

	if (len < 1)
		return;
	len--;
	if (packet[0] == PH_READER_STATE) {
		take_state(state, data, len);
		return;
	}
	if (packet[0] == PH_READER_FEATURES) {
		take_features(state, data, len);
		return;
	}
	if (state->stale) {
		state->stale--;
		return;
	}
	if (packet[0] == PH_READER_CARD)
		take_card(state, data, len);
	else if (packet[0] == PH_READER_ANSWER)
		take_answer(state, data, len);
	else if (packet[0] == PH_READER_FAILED && state->asked != EMV_ASKED_NOTHING)
		fault(state, len ? (enum ph_reader_fault)data[0] : PH_READER_FAULT_IO);
}
