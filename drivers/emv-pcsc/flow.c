// The payment: carries the kernel's actions to the reader, the service and back, and ends each payment once.
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/atr.h"
#include "protocols/emv/bits.h"
#include "protocols/emv/tlv.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What is shown while a card is waited for that is there already. */
#define MUTE_TEXT "the card does not answer: insert it the other way round"
#define USED_TEXT                                                                                  \
	"another program uses the card: end that program, or take the card out and insert it "     \
	"again"

static void step(struct emv_state *state, const struct ph_emv_event *event);

static void step_bare(struct emv_state *state, enum ph_emv_event_kind kind, unsigned number)
{
	step(state, &(struct ph_emv_event){.kind = kind, .number = number});
}

/* ---- the end ---- */

struct ending {
	enum ph_payment_outcome outcome;
	const char *reason, *message;
	bool reverse, card_data, signature, without_host;
};

static void end(struct emv_state *state, const struct ending *ending)
{
	struct ph_payment_end report = {
		.outcome = ending->outcome,
		.reason = ending->reason,
		.message = ending->message,
		.reverse = ending->reverse,
		.without_host = ending->without_host,
		.amount_approved = ending->outcome == PH_PAYMENT_APPROVED ||
						   ending->outcome == PH_PAYMENT_APPROVED_OFFLINE
					   ? state->request.amount
					   : 0,
	};

	if (state->started && ending->card_data)
		report.data = emv_account_describe(state);
	if (report.data && ending->signature && report.amount_approved)
		cJSON_AddTrueToObject(report.data, "signature");
	if (report.data)
		emv_account_icc(state, ending->reverse ? PH_EMV_FOR_REVERSAL : PH_EMV_FOR_ADVICE,
			report.data);
	if (report.amount_approved)
		emv_account_note(state);
	ph_timer_set(state->device, 0);
	state->timed = false;
	state->phase = EMV_IDLE;
	if (state->powered && state->reader == PH_READER_PRESENT)
		ph_payment_progress(state->device, PH_STEP_REMOVE_CARD, NULL);
	emv_reader_release(state);
	ph_payment_end(state->device, &report);
	state->started = false;
	ph_secret_wipe(state->secret);
}

static void end_for(struct emv_state *state, enum ph_payment_outcome outcome, const char *reason,
	const char *message)
{
	end(state, &(struct ending){.outcome = outcome, .reason = reason, .message = message});
}

/* A word for applications, and a sentence for people, for each way a card can fail. */
static const struct {
	const char *reason, *message;
} faults[] = {
	[PH_EMV_FAULT_NONE] = {"card_declined", "the card declined"},
	[PH_EMV_FAULT_CARD] = {"card_error",
		"the card does not work as it should: try another one"},
	[PH_EMV_FAULT_DATA] = {"card_data", "what the card says cannot be: try another one"},
	[PH_EMV_FAULT_NO_APPLICATION] = {"no_application",
		"there is no application on the card that is accepted here"},
	[PH_EMV_FAULT_BLOCKED] = {"card_blocked", "the card is blocked by its issuer"},
	[PH_EMV_FAULT_REMOVED] = {"card_removed", "the card was taken out too early"},
	[PH_EMV_FAULT_TIMEOUT] = {"card_timeout", "the card did not answer in time"},
	[PH_EMV_FAULT_CONTACTLESS] = {"use_terminal",
		"a contactless card on a contact reader: use the terminal, or insert the card"},
	[PH_EMV_FAULT_INTERNAL] = {"internal",
		"the reader's process has no memory or random numbers"},
	[PH_EMV_FAULT_STORE] = {"not_stored",
		"the approval could not be stored and does not count"},
};

static void end_with(struct emv_state *state, const struct ph_emv_result *result)
{
	static const enum ph_payment_outcome outcomes[] = {
		[PH_EMV_APPROVED_ONLINE] = PH_PAYMENT_APPROVED,
		[PH_EMV_APPROVED_OFFLINE] = PH_PAYMENT_APPROVED_OFFLINE,
		[PH_EMV_DECLINED_ONLINE] = PH_PAYMENT_DECLINED,
		[PH_EMV_DECLINED_OFFLINE] = PH_PAYMENT_DECLINED,
		[PH_EMV_REFERRED] = PH_PAYMENT_REFERRED,
		[PH_EMV_CANCELLED] = PH_PAYMENT_CANCELLED,
		[PH_EMV_TERMINATED] = PH_PAYMENT_DECLINED,
	};
	struct ending ending = {.outcome = outcomes[result->outcome],
		.reverse = result->reverse,
		.card_data = true,
		.signature = result->signature};

	switch (result->outcome) {
	case PH_EMV_APPROVED_ONLINE:
	case PH_EMV_APPROVED_OFFLINE:
		break;
	case PH_EMV_DECLINED_ONLINE:
		ending.reason = "host_declined";
		break;
	case PH_EMV_REFERRED:
		ending.reason = "referred";
		ending.message = "the issuer wants to be called before this card is taken";
		break;
	case PH_EMV_CANCELLED:
		ending.reason = "cancelled";
		break;
	case PH_EMV_DECLINED_OFFLINE:
	case PH_EMV_TERMINATED:
		ending.reason = faults[result->fault].reason;
		ending.message = faults[result->fault].message;
		ending.without_host =
			result->without_host && state->host_unable && state->request.offline;
		if (ending.without_host)
			ending.message = "the card wants its issuer asked, who cannot be";
		/* nobody declined; what the host may have approved is undone */
		if (result->fault == PH_EMV_FAULT_REMOVED)
			ending.outcome = PH_PAYMENT_CANCELLED;
		break;
	}
	if (result->why)
		ph_emit_log(state->device, PH_LOG_INFO, "%s", result->why);
	end(state, &ending);
}

/* ---- what the kernel wants ---- */

/* What the card may still use up, at least 1. */
static unsigned card_left_ms(const struct emv_state *state, uint64_t used_ms)
{
	return used_ms < PH_EMV_TIME_MS ? (unsigned)(PH_EMV_TIME_MS - used_ms) : 1;
}

/* A timer that runs from an earlier command ends too early, and is then set again. */
static void card_has_the_word(struct emv_state *state)
{
	state->phase = EMV_CARD;
	state->since_ms = ph_now_ms(state->device);
	if (state->timed)
		return;
	state->timed = true;
	ph_timer_set(state->device, card_left_ms(state, state->card_ms));
}

static void card_has_spoken(struct emv_state *state)
{
	if (state->phase != EMV_CARD || !state->since_ms)
		return;
	state->card_ms += ph_now_ms(state->device) - state->since_ms;
	state->since_ms = 0;
}

static void ask_choice(struct emv_state *state, const struct ph_emv_action *action)
{
	cJSON *data = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(data, "choices");

	for (size_t i = 0; list && i < action->choice_count; i++) {
		const struct ph_emv_choice *choice = &action->choices[i];
		char aid[2 * PH_AID_MAX + 1] = "";
		cJSON *row = cJSON_CreateObject();
		for (size_t k = 0; k < choice->aid_len; k++)
			snprintf(aid + 2 * k, 3, "%02X", choice->aid[k]);
		cJSON_AddStringToObject(row, "text", choice->text);
		cJSON_AddStringToObject(row, "aid", aid);
		cJSON_AddItemToArray(list, row);
	}
	if (action->kind == PH_EMV_ASK_CONFIRM)
		cJSON_AddTrueToObject(data, "confirm");
	state->phase = EMV_CHOICE;
	state->confirming = action->kind == PH_EMV_ASK_CONFIRM;
	ph_payment_progress(state->device, PH_STEP_CHOOSE_APPLICATION, NULL);
	if (ph_payment_need(state->device, PH_NEED_CHOICE, data) < 0)
		step_bare(state, PH_EMV_CANCEL, 0);
}

static void go_online(struct emv_state *state)
{
	cJSON *data = cJSON_CreateObject();
	int r = emv_account_seal(state, data, false);

	if (r == 0)
		r = emv_account_seal(state, data, true);
	if (r == 0)
		r = emv_account_icc(state, PH_EMV_FOR_REQUEST, data);
	if (r == 0 && state->request.offline)
		r = emv_facts_add(state, data);
	if (r == 0)
		cJSON_AddItemToObject(data, "card", emv_account_describe(state));
	state->phase = EMV_HOST;
	ph_payment_progress(state->device, PH_STEP_AUTHORISING, NULL);
	if (r == 0) {
		r = ph_payment_need(state->device, PH_NEED_ONLINE, data);
		data = NULL;
	}
	cJSON_Delete(data);
	if (r == 0)
		return;
	ph_emit_log(state->device, PH_LOG_ERROR, "the host cannot be asked: %s", strerror(-r));
	step_bare(state, PH_EMV_HOST_UNABLE, 0);
}

/* Y1 or Y3, which says whether the host was wanted. */
static void add_arc(struct emv_state *state, cJSON *data)
{
	const uint8_t *bytes = ph_emv_data_get(ph_emv_objects(state->emv), PH_TAG_ARC, NULL);

	if (bytes)
		cJSON_AddStringToObject(
			data, "arc", (const char[3]){(char)bytes[0], (char)bytes[1]});
}

/* What the service stores by itself needs no question; an approval of the card alone does. */
static void make_durable(struct emv_state *state, enum ph_emv_point point)
{
	cJSON *data;
	int r;

	if (point != PH_EMV_POINT_OFFLINE) {
		step_bare(state, PH_EMV_DURABLE, 0);
		return;
	}
	data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "kind", "offline");
	r = emv_account_seal(state, data, false);
	if (r == 0)
		r = emv_account_icc(state, PH_EMV_FOR_ADVICE, data);
	if (r == 0 && state->request.offline)
		r = emv_facts_add(state, data);
	if (r == 0)
		add_arc(state, data);
	if (r == 0) {
		cJSON_AddItemToObject(data, "card", emv_account_describe(state));
		state->phase = EMV_STORE;
		r = ph_payment_need(state->device, PH_NEED_STORE, data);
		data = NULL;
	}
	cJSON_Delete(data);
	if (r < 0)
		step_bare(state, PH_EMV_DURABLE, 1);
}

static void act(struct emv_state *state, const struct ph_emv_action *action)
{
	switch (action->kind) {
	case PH_EMV_SEND:
		card_has_the_word(state);
		emv_reader_command(state, EMV_ASKED_ANSWER, action->data, action->len);
		return;
	case PH_EMV_WARM_RESET:
		card_has_the_word(state);
		state->asked = EMV_ASKED_CARD;
		emv_reader_send(state, PH_READER_RESET, NULL, 0);
		return;
	case PH_EMV_ASK_CHOICE:
	case PH_EMV_ASK_CONFIRM:
		ask_choice(state, action);
		return;
	case PH_EMV_ASK_PIN_PAD:
		/* a PIN is not entered here: the pad counts as one that does not work */
		step_bare(state, PH_EMV_PIN, 0);
		return;
	case PH_EMV_NEED_DURABLE:
		make_durable(state, action->point);
		return;
	case PH_EMV_GO_ONLINE:
		go_online(state);
		return;
	case PH_EMV_DONE:
		end_with(state, &action->result);
		return;
	case PH_EMV_IGNORE:
		return;
	}
}

static void step(struct emv_state *state, const struct ph_emv_event *event)
{
	struct ph_emv_action action;

	ph_emv_step(state->emv, event, &action);
	act(state, &action);
}

/* ---- what the reader says ---- */

static int start_kernel(struct emv_state *state)
{
	const struct ph_payment_request *request = &state->request;
	static const uint8_t types[PH_PAYMENT_TYPE_COUNT_] = {[PH_PAYMENT_REFUND] = 0x20};
	unsigned number = request->currency_number;
	struct ph_emv_transaction transaction = {
		.type = request->cashback ? 0x09 : types[request->type],
		.amount = (uint64_t)request->amount,
		.other = (uint64_t)request->cashback,
		.currency =
			(uint16_t)(number / 100 % 10 << 8 | number / 10 % 10 << 4 | number % 10),
		.currency_exponent = (uint8_t)request->currency_exponent,
		.date = request->date,
		.time = request->time,
		.counter = request->counter,
		.forced_online = request->forced_online,
		.host_away = request->host_away,
		.can_choose = request->choices,
	};

	state->card_ms = 0;
	state->started = ph_emv_start(state->emv, &transaction) == 0;
	return state->started ? 0 : -EINVAL;
}

static bool is_contactless(const uint8_t *atr, size_t len)
{
	struct ph_atr read;

	return ph_atr_read(atr, len, false, &read) == PH_ATR_CONTACTLESS;
}

void emv_payment_card(struct emv_state *state, const uint8_t *atr, size_t len)
{
	static const uint8_t ppse[] = "2PAY.SYS.DDF01";
	uint8_t select[PH_APDU_COMMAND_MAX];

	card_has_spoken(state);
	if (!state->started && is_contactless(atr, len)) {
		ph_emit_card_status(state->device, PH_CARD_CONTACTLESS, emv_files_reasons(state));
		card_has_the_word(state);
		size_t n = ph_apdu_select(ppse, sizeof ppse - 1, false, select);
		emv_reader_command(state, EMV_ASKED_PPSE, select, n);
		return;
	}
	if (!state->started && start_kernel(state) < 0) {
		end_for(state, PH_PAYMENT_CANCELLED, "internal", "the amount or date cannot be");
		return;
	}
	ph_payment_progress(state->device, PH_STEP_READING, NULL);
	step(state, &(struct ph_emv_event){.kind = PH_EMV_CARD_IN, .data = atr, .len = len});
}

/* Adds a label to a list of them, what cannot be shown as '?'. */
static void add_label(char *text, size_t size, const struct ph_tlv *label)
{
	size_t used = strlen(text);

	if (used + label->len + 3 >= size)
		return;
	if (used) {
		memcpy(text + used, ", ", 2);
		used += 2;
	}
	for (size_t i = 0; i < label->len; i++) {
		uint8_t c = label->value[i];
		text[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	text[used] = '\0';
}

/* The applications of a contactless card are named, and that is all that is done with it. */
static void tell_ppse(struct emv_state *state, const uint8_t *answer, size_t len)
{
	struct ph_tlv list, entry, label;
	char text[160] = "";

	if (ph_apdu_status(answer, len) == PH_SW_OK && ph_tlv_check(answer, len - 2) == 0 &&
		ph_tlv_find_deep(answer, len - 2, PH_TAG_FCI_DISCRETIONARY, &list) == 0) {
		struct ph_tlv_cursor cursor = {.data = list.value, .len = list.len};
		while (ph_tlv_next(&cursor, &entry) > 0)
			if (ph_tlv_find(entry.value, entry.len, PH_TAG_LABEL, &label) == 0)
				add_label(text, sizeof text, &label);
	}
	ph_payment_progress(state->device, PH_STEP_USE_TERMINAL, text[0] ? text : NULL);
	end_for(state, PH_PAYMENT_CANCELLED, faults[PH_EMV_FAULT_CONTACTLESS].reason,
		faults[PH_EMV_FAULT_CONTACTLESS].message);
}

void emv_payment_answer(struct emv_state *state, const uint8_t *answer, size_t len)
{
	card_has_spoken(state);
	if (!state->started)
		tell_ppse(state, answer, len);
	else
		step(state,
			&(struct ph_emv_event){.kind = PH_EMV_ANSWER, .data = answer, .len = len});
}

static void wait_for_card(struct emv_state *state, const char *text)
{
	state->phase = EMV_WAIT_CARD;
	ph_payment_progress(state->device, PH_STEP_INSERT_CARD, text);
}

static void reader_is_gone(struct emv_state *state)
{
	end_for(state, PH_PAYMENT_CANCELLED, "reader_lost",
		"the card reader is gone: plug it in, and begin again");
}

void emv_payment_state(struct emv_state *state)
{
	if (state->phase == EMV_WAIT_CARD) {
		if (state->reader == PH_READER_PRESENT && state->asked == EMV_ASKED_NOTHING)
			emv_reader_connect(state);
		else if (state->reader == PH_READER_MUTE)
			wait_for_card(state, MUTE_TEXT);
		else if (state->reader == PH_READER_BUSY)
			wait_for_card(state, USED_TEXT);
		else if (state->reader == PH_READER_NONE)
			reader_is_gone(state);
		return;
	}
	if (state->reader > PH_READER_EMPTY)
		return;
	/* the answer to what was asked last will never be one */
	if (state->asked != EMV_ASKED_NOTHING) {
		state->stale++;
		state->asked = EMV_ASKED_NOTHING;
	}
	card_has_spoken(state);
	if (state->started)
		step_bare(state, PH_EMV_CARD_OUT, 0);
	else
		wait_for_card(state, NULL);
}

void emv_payment_fault(struct emv_state *state, enum ph_reader_fault why)
{
	card_has_spoken(state);
	if (state->started) {
		step_bare(state, why == PH_READER_FAULT_REMOVED ? PH_EMV_CARD_OUT : PH_EMV_IO_ERROR,
			0);
		return;
	}
	if (why == PH_READER_FAULT_BUSY)
		wait_for_card(
			state, "another program uses the card: take it out and insert it again");
	else if (why == PH_READER_FAULT_MUTE)
		wait_for_card(state, "the card does not answer: insert it the other way round");
	else
		wait_for_card(state, NULL);
}

void emv_payment_lost(struct emv_state *state)
{
	if (state->phase == EMV_IDLE)
		return;
	state->powered = false;
	state->asked = EMV_ASKED_NOTHING;
	if (state->started)
		step_bare(state, PH_EMV_CARD_OUT, 0);
	/* the kernel may still wait for the host; then it ends when that has answered */
	if (state->phase != EMV_IDLE && !state->started)
		reader_is_gone(state);
}

void emv_payment_tick(struct emv_state *state)
{
	state->timed = false;
	if (state->phase != EMV_CARD || !state->since_ms)
		return;
	uint64_t used = state->card_ms + (ph_now_ms(state->device) - state->since_ms);
	if (used < PH_EMV_TIME_MS) {
		state->timed = true;
		ph_timer_set(state->device, card_left_ms(state, used));
		return;
	}
	if (state->asked != EMV_ASKED_NOTHING) {
		state->stale++;
		state->asked = EMV_ASKED_NOTHING;
	}
	state->since_ms = 0;
	if (state->started)
		step_bare(state, PH_EMV_TIMEOUT, 0);
	else
		end_for(state, PH_PAYMENT_CANCELLED, faults[PH_EMV_FAULT_TIMEOUT].reason,
			faults[PH_EMV_FAULT_TIMEOUT].message);
}

/* ---- what the service says ---- */

static bool same_key(const struct emv_key *a, const struct emv_key *b)
{
	return !strcmp(a->kid, b->kid) && !memcmp(a->key, b->key, sizeof a->key);
}

/* That of the service; the pinned one where it knows none. */
static void take_key(struct emv_state *state, const struct ph_payment_seal *seal)
{
	state->seal = state->pinned;
	if (!seal->kid)
		return;
	snprintf(state->seal.kid, sizeof state->seal.kid, "%s", seal->kid);
	memcpy(state->seal.key, seal->key, sizeof state->seal.key);
}

int emv_payment_start(struct ph_device *device, const struct ph_payment_request *request)
{
	struct emv_state *state = ph_device_state(device);

	if (request->type != PH_PAYMENT_SALE && request->type != PH_PAYMENT_REFUND &&
		request->type != PH_PAYMENT_PREAUTH)
		return -EOPNOTSUPP;
	if (state->reader == PH_READER_NONE)
		return -ENODEV;
	if (state->asked != EMV_ASKED_NOTHING)
		return -EBUSY;
	if (!request->amount)
		return ph_request_refuse(device, "$.amount", "is nothing");
	state->request = *request;
	snprintf(state->payment, sizeof state->payment, "%s", request->payment);
	snprintf(state->currency, sizeof state->currency, "%s", request->currency);
	state->request.payment = state->payment;
	state->request.currency = state->currency;
	state->request.original.reference = NULL;
	state->request.before = NULL;
	state->request.seal.kid = NULL;
	take_key(state, &request->seal);
	return 0;
}

/* Nothing could be sealed, or it would be sealed to a key somebody has not agreed to: the card is not asked for. */
static bool has_key(struct emv_state *state)
{
	char message[256];

	if (!state->seal.kid[0]) {
		end_for(state, PH_PAYMENT_CANCELLED, "no_key",
			"there is no key to seal card data with: start poshal-acquirer, or name "
			"its public key in the reader's option seal_key");
		return false;
	}
	if (!state->pinned.kid[0] || same_key(&state->pinned, &state->seal))
		return true;
	snprintf(message, sizeof message,
		"the acquirer's key %s is not the one of the reader's option seal_key (%s): put "
		"its "
		"public key there, or remove the option",
		state->seal.kid, state->pinned.kid);
	end_for(state, PH_PAYMENT_CANCELLED, "other_key", message);
	return false;
}

void emv_payment_begin(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);

	bool other = emv_files_check(state, state->request.date);
	if (emv_cards_refresh(state, state->request.date, state->request.offline) || other)
		emv_reader_tell_status(state);
	if (state->parameters->expires && state->parameters->expires < state->request.date) {
		end_for(state, PH_PAYMENT_CANCELLED, "parameters_expired",
			"the reader's parameter file has expired: put the acquirer's current one "
			"in "
			"its place");
		return;
	}
	if (!has_key(state))
		return;
	state->started = state->host_unable = false;
	state->direct_selected = false; /* whatever the card does now, that is over */
	state->since_ms = 0;
	state->phase = EMV_WAIT_CARD;
	if (state->reader == PH_READER_PRESENT)
		emv_reader_connect(state);
	else
		wait_for_card(state, state->reader == PH_READER_MUTE   ? MUTE_TEXT
				     : state->reader == PH_READER_BUSY ? USED_TEXT
								       : NULL);
}

int emv_payment_proceed(struct ph_device *device, const struct ph_payment_answer *answer)
{
	struct emv_state *state = ph_device_state(device);
	const struct ph_emv_host_answer host = {.arc = {answer->arc[0], answer->arc[1]},
		.approved = answer->approved,
		.referred = answer->referred,
		.issuer_data = answer->issuer_data,
		.issuer_len = answer->issuer_len};

	switch (state->phase) {
	case EMV_CHOICE:
		if (answer->ok && state->confirming)
			step_bare(state, PH_EMV_CONFIRM, answer->choice == 0);
		else if (answer->ok)
			step_bare(state, PH_EMV_CHOICE, answer->choice);
		else
			step_bare(state, PH_EMV_CANCEL, 0);
		return 0;
	case EMV_HOST:
		state->host_unable = !answer->ok;
		step(state, &(struct ph_emv_event){
				    .kind = answer->ok ? PH_EMV_HOST : PH_EMV_HOST_UNABLE,
				    .host = answer->ok ? &host : NULL});
		return 0;
	case EMV_STORE:
		step_bare(state, PH_EMV_DURABLE, !answer->ok);
		return 0;
	case EMV_IDLE:
	case EMV_WAIT_CARD:
	case EMV_CARD:
		break;
	}
	return -ENOENT;
}

int emv_payment_cancel(struct ph_device *device, const char *payment)
{
	struct emv_state *state = ph_device_state(device);

	if (state->phase == EMV_HOST || state->phase == EMV_STORE)
		return -EBUSY;
	if (state->started)
		step_bare(state, PH_EMV_CANCEL, 0);
	else
		end_for(state, PH_PAYMENT_CANCELLED, "cancelled", NULL);
	return 0;
}
