// The frame of the kernel: which events a state takes, what an interruption means, and the end; the states are in the other files.
#include "protocols/emv/kernel_internal.h"

#include "protocols/emv/atr.h"

#include <errno.h>
#include <string.h>

#define TYPE_CASH     0x01
#define TYPE_CASHBACK 0x09
#define TYPE_REFUND   0x20
#define AMOUNT_MAX    999999999999
#define COUNTER_MAX   99999999
#define EXPONENT_MAX  4

/* What can stand at the host, and what the card may still do. */
enum phase {
	PHASE_WAITING,	/* nothing has begun */
	PHASE_OPEN,	/* nothing stands anywhere */
	PHASE_INTENT,	/* the same; a disk is written */
	PHASE_ASKED,	/* the host is being asked */
	PHASE_ANSWERED, /* it has answered, the card has not decided */
	PHASE_FINAL,	/* decided; scripts run */
	PHASE_KEEPING,	/* decided; a disk is written */
	PHASE_OVER,
};

struct row {
	enum phase phase;
	void (*on_answer)(struct ph_emv *emv, const struct ph_emv_reply *reply); /* of the card */
	void (*on_event)(
		struct ph_emv *emv, const struct ph_emv_event *event); /* of another kind */
	enum ph_emv_event_kind kinds[2]; /* of those; PH_EMV_CARD_IN in both: none */
};

static void on_reversal(struct ph_emv *emv, const struct ph_emv_event *event);

static const struct row rows[PH_EMV_STATE_COUNT_] = {
	[PH_EMV_STATE_IDLE] = {.phase = PHASE_OVER},
	[PH_EMV_STATE_CARD] = {.phase = PHASE_WAITING},
	[PH_EMV_STATE_WARM] = {.phase = PHASE_OPEN},
	[PH_EMV_STATE_PSE] = {PHASE_OPEN, .on_answer = ph_emv_on_pse},
	[PH_EMV_STATE_DIRECTORY] = {PHASE_OPEN, .on_answer = ph_emv_on_directory},
	[PH_EMV_STATE_LIST] = {PHASE_OPEN, .on_answer = ph_emv_on_list},
	[PH_EMV_STATE_CHOICE] = {PHASE_OPEN, .on_event = ph_emv_on_choice,
		.kinds = {PH_EMV_CHOICE, PH_EMV_CHOICE}},
	[PH_EMV_STATE_CONFIRM] = {PHASE_OPEN, .on_event = ph_emv_on_confirm,
		.kinds = {PH_EMV_CONFIRM, PH_EMV_CONFIRM}},
	[PH_EMV_STATE_FINAL_SELECT] = {PHASE_OPEN, .on_answer = ph_emv_on_final_select},
	[PH_EMV_STATE_OPTIONS] = {PHASE_OPEN, .on_answer = ph_emv_on_options},
	[PH_EMV_STATE_RECORDS] = {PHASE_OPEN, .on_answer = ph_emv_on_record},
	[PH_EMV_STATE_INTERNAL] = {PHASE_OPEN, .on_answer = ph_emv_on_internal},
	[PH_EMV_STATE_PIN_TRIES] = {PHASE_OPEN, .on_answer = ph_emv_on_pin_tries},
	[PH_EMV_STATE_CHALLENGE] = {PHASE_OPEN, .on_answer = ph_emv_on_challenge},
	[PH_EMV_STATE_PIN] = {PHASE_OPEN, .on_event = ph_emv_on_pin,
		.kinds = {PH_EMV_PIN, PH_EMV_PIN}},
	[PH_EMV_STATE_ATC] = {PHASE_OPEN, .on_answer = ph_emv_on_atc},
	[PH_EMV_STATE_LAST_ATC] = {PHASE_OPEN, .on_answer = ph_emv_on_last_atc},
	[PH_EMV_STATE_FIRST_AC] = {PHASE_OPEN, .on_answer = ph_emv_on_first_ac},
	[PH_EMV_STATE_INTENT] = {PHASE_INTENT, .on_event = ph_emv_on_intent,
		.kinds = {PH_EMV_DURABLE, PH_EMV_DURABLE}},
	[PH_EMV_STATE_ONLINE] = {PHASE_ASKED, .on_event = ph_emv_on_host,
		.kinds = {PH_EMV_HOST, PH_EMV_HOST_UNABLE}},
	[PH_EMV_STATE_EXTERNAL] = {PHASE_ANSWERED, .on_answer = ph_emv_on_external},
	[PH_EMV_STATE_SCRIPT_BEFORE] = {PHASE_ANSWERED, .on_answer = ph_emv_on_script},
	[PH_EMV_STATE_SECOND_AC] = {PHASE_ANSWERED, .on_answer = ph_emv_on_second_ac},
	[PH_EMV_STATE_SCRIPT_AFTER] = {PHASE_FINAL, .on_answer = ph_emv_on_script},
	[PH_EMV_STATE_OFFLINE] = {PHASE_KEEPING, .on_event = ph_emv_on_offline,
		.kinds = {PH_EMV_DURABLE, PH_EMV_DURABLE}},
	[PH_EMV_STATE_REVERSAL] = {PHASE_KEEPING, .on_event = on_reversal,
		.kinds = {PH_EMV_DURABLE, PH_EMV_DURABLE}},
	[PH_EMV_STATE_DONE] = {.phase = PHASE_OVER},
};

int ph_emv_new(const struct ph_emv_parameters *parameters, const struct ph_emv_world *world,
	struct ph_emv **ret_emv)
{
	struct ph_secret *secret;

	int r = ph_secret_new(sizeof(struct ph_emv), &secret);
	if (r < 0)
		return r;
	struct ph_emv *emv = ph_secret_memory(secret);
	emv->secret = secret;
	emv->parameters = parameters;
	emv->world = world;
	*ret_emv = emv;
	return 0;
}

void ph_emv_free(struct ph_emv *emv)
{
	if (emv)
		ph_secret_free(emv->secret);
}

/* Writes the last `2 * len` decimal digits of a number. */
static void to_bcd(uint64_t number, uint8_t *out, size_t len)
{
	while (len--) {
		out[len] = (uint8_t)(number / 10 % 10 << 4 | number % 10);
		number /= 100;
	}
}

static void set_number(struct ph_emv *emv, uint32_t tag, uint64_t decimal, size_t len)
{
	uint8_t bytes[8];

	to_bcd(decimal, bytes, len);
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, tag, bytes, len);
}

/* A number as it stands: BCD already, or bits. */
static void set_bits(struct ph_emv *emv, uint32_t tag, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = len; i--; value >>= 8)
		bytes[i] = (uint8_t)value;
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, tag, bytes, len);
}

/* A text of a fixed length, filled with spaces. */
static void set_text(struct ph_emv *emv, uint32_t tag, const char *text, size_t len)
{
	char filled[40];
	size_t have = strlen(text);

	memset(filled, ' ', sizeof filled);
	memcpy(filled, text, have < len ? have : len);
	if (have)
		ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, tag, filled, len);
}

static void set_terminal(struct ph_emv *emv)
{
	const struct ph_emv_terminal *terminal = &emv->parameters->terminal;

	set_bits(emv, PH_TAG_TERMINAL_TYPE, terminal->type, 1);
	set_bits(emv, PH_TAG_CAPABILITIES, terminal->capabilities, 3);
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_ADDITIONAL_CAPABILITIES,
		terminal->additional, sizeof terminal->additional);
	set_bits(emv, PH_TAG_TERMINAL_COUNTRY, terminal->country, 2);
	set_bits(emv, PH_TAG_MCC, terminal->mcc, 2);
	set_bits(emv, PH_TAG_ACQUIRER, terminal->acquirer, 6);
	set_text(emv, PH_TAG_MERCHANT_ID, terminal->merchant_id, 15);
	set_text(emv, PH_TAG_TERMINAL_ID, terminal->terminal_id, 8);
	set_text(emv, PH_TAG_IFD_SERIAL, terminal->serial, 8);
	set_text(emv, PH_TAG_MERCHANT_NAME, terminal->merchant_name,
		strlen(terminal->merchant_name));
}

#define ENTRY_CHIP 0x05 /* 9F39: integrated circuit, CVV may be checked */

static void set_transaction(struct ph_emv *emv)
{
	const struct ph_emv_transaction *t = &emv->transaction;

	set_number(emv, PH_TAG_AMOUNT, t->amount, 6);
	set_number(emv, PH_TAG_AMOUNT_OTHER, t->other, 6);
	if (t->amount <= UINT32_MAX)
		set_bits(emv, PH_TAG_AMOUNT_BINARY, t->amount, 4);
	set_bits(emv, PH_TAG_CURRENCY, t->currency, 2);
	set_bits(emv, PH_TAG_CURRENCY_EXPONENT, t->currency_exponent, 1);
	set_number(emv, PH_TAG_DATE, t->date % 1000000, 3);
	set_number(emv, PH_TAG_TIME, t->time, 3);
	set_bits(emv, PH_TAG_TYPE, t->type, 1);
	set_number(emv, PH_TAG_COUNTER, t->counter, 4);
	set_bits(emv, PH_TAG_ENTRY_MODE, ENTRY_CHIP, 1);
}

static bool type_known(uint8_t type)
{
	return type == 0 || type == TYPE_CASH || type == TYPE_CASHBACK || type == TYPE_REFUND;
}

static bool date_good(uint32_t date)
{
	uint32_t month = date / 100 % 100, day = date % 100;

	return date >= 20000101 && date <= 20491231 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= 31;
}

static bool time_good(uint32_t time)
{
	return time / 10000 <= 23 && time / 100 % 100 <= 59 && time % 100 <= 59;
}

static bool currency_good(uint16_t bcd)
{
	return bcd >> 12 == 0 && (bcd >> 8 & 0xf) <= 9 && (bcd >> 4 & 0xf) <= 9 &&
	       (bcd & 0xf) <= 9 && bcd;
}

int ph_emv_start(struct ph_emv *emv, const struct ph_emv_transaction *transaction)
{
	struct ph_secret *secret = emv->secret;
	const struct ph_emv_parameters *parameters = emv->parameters;
	const struct ph_emv_world *world = emv->world;
	const struct ph_emv_transaction t = *transaction;

	if (!type_known(t.type) || t.amount > AMOUNT_MAX || t.other > t.amount ||
		!currency_good(t.currency) || t.currency_exponent > EXPONENT_MAX ||
		!date_good(t.date) || !time_good(t.time) || !t.counter || t.counter > COUNTER_MAX)
		return -EINVAL;
	ph_secret_wipe(secret);
	emv->secret = secret;
	emv->parameters = parameters;
	emv->world = world;
	emv->transaction = t;
	emv->state = PH_EMV_STATE_CARD;
	emv->cvm_results[0] = 0x3f;
	emv->work.atc = emv->work.last_online_atc = -1;
	set_terminal(emv);
	set_transaction(emv);
	return 0;
}

void ph_emv_set_arc(struct ph_emv *emv, const char arc[2])
{
	memcpy(emv->result.arc, arc, 2);
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_ARC, arc, 2);
}

void ph_emv_sync(struct ph_emv *emv)
{
	set_bits(emv, PH_TAG_TVR, emv->tvr, PH_TVR_SIZE);
	set_bits(emv, PH_TAG_TSI, (uint64_t)emv->tsi << 8, 2);
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_CVM_RESULTS, emv->cvm_results,
		sizeof emv->cvm_results);
}

bool ph_emv_build_list(struct ph_emv *emv, enum ph_emv_list list, uint32_t tag)
{
	struct ph_emv_sent *sent = &emv->work.sent[list];
	size_t len;

	ph_emv_sync(emv);
	const uint8_t *dol = ph_emv_data_get(&emv->data, tag, &len);
	sent->len = 0;
	if (!dol)
		return true;
	ssize_t n = ph_dol_build(dol, len, &emv->data, sent->hidden, sizeof sent->hidden);
	if (n < 0) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "a data object list cannot be served");
		return false;
	}
	sent->len = (size_t)n;
	return true;
}

uint32_t ph_emv_aip(const struct ph_emv *emv)
{
	return (uint32_t)(ph_emv_data_number(&emv->data, PH_TAG_AIP, 0) >> 8);
}

struct ph_emv_keyring ph_emv_ring(const struct ph_emv *emv)
{
	const struct ph_emv_parameters *p = emv->parameters;

	return (struct ph_emv_keyring){.keys = p->keys,
		.key_count = p->key_count,
		.revoked = p->revoked,
		.revoked_count = p->revoked_count};
}

void ph_emv_send(struct ph_emv *emv, enum ph_emv_state state, size_t len)
{
	if (++emv->apdus > PH_EMV_APDUS_MAX) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "the card needs too many commands");
		return;
	}
	emv->state = state;
	emv->action = (struct ph_emv_action){
		.kind = PH_EMV_SEND, .data = emv->work.hidden_command, .len = len};
}

void ph_emv_need(struct ph_emv *emv, enum ph_emv_state state, enum ph_emv_point point)
{
	emv->state = state;
	emv->action = (struct ph_emv_action){.kind = PH_EMV_NEED_DURABLE, .point = point};
}

#define KEPT_MAX 64 /* bytes of the longest of them */

/* What stays of the objects: what a message to the host, a receipt and the service may know. */
static const uint32_t kept_tags[] = {PH_TAG_AIP, PH_TAG_DF_NAME, PH_TAG_AUTHORISATION_CODE,
	PH_TAG_ARC, PH_TAG_TVR, PH_TAG_DATE, PH_TAG_TSI, PH_TAG_TYPE, PH_TAG_CURRENCY,
	PH_TAG_PAN_SEQUENCE, PH_TAG_AMOUNT, PH_TAG_AMOUNT_OTHER, PH_TAG_AID_TERMINAL,
	PH_TAG_VERSION_TERMINAL, PH_TAG_ISSUER_DATA, PH_TAG_TERMINAL_COUNTRY, PH_TAG_IFD_SERIAL,
	PH_TAG_CRYPTOGRAM, PH_TAG_CID, PH_TAG_CAPABILITIES, PH_TAG_CVM_RESULTS,
	PH_TAG_TERMINAL_TYPE, PH_TAG_ATC, PH_TAG_UNPREDICTABLE, PH_TAG_COUNTER,
	PH_TAG_SCRIPT_RESULTS};

/* Everything of the card but those goes. */
static void forget(struct ph_emv *emv)
{
	struct ph_emv_data *old = &emv->data;
	struct {
		uint32_t tag;
		size_t len;
		uint8_t bytes[KEPT_MAX];
	} kept[PH_ARRAY_SIZE(kept_tags)];
	size_t count = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(kept_tags); i++) {
		size_t len;
		const uint8_t *bytes = ph_emv_data_get(old, kept_tags[i], &len);
		if (!bytes || len > sizeof kept->bytes)
			continue;
		kept[count].tag = kept_tags[i];
		kept[count].len = len;
		memcpy(kept[count++].bytes, bytes, len);
	}
	ph_wipe(&emv->work, sizeof emv->work);
	ph_emv_data_init(old);
	for (size_t i = 0; i < count; i++)
		ph_emv_data_set(old, ph_tag_info(kept[i].tag)->source, kept[i].tag, kept[i].bytes,
			kept[i].len);
	ph_wipe(kept, sizeof kept);
}

static void done(struct ph_emv *emv)
{
	ph_emv_sync(emv);
	forget(emv);
	emv->state = PH_EMV_STATE_DONE;
	emv->action = (struct ph_emv_action){.kind = PH_EMV_DONE, .result = emv->result};
}

void ph_emv_end(struct ph_emv *emv, enum ph_emv_outcome outcome, const char *why)
{
	emv->result.outcome = outcome;
	emv->result.why = why;
	if (emv->result.reverse)
		ph_emv_need(emv, PH_EMV_STATE_REVERSAL, PH_EMV_POINT_REVERSAL);
	else
		done(emv);
}

/* Whether it could be stored or not, the result says that something has to be undone. */
static void on_reversal(struct ph_emv *emv, const struct ph_emv_event *event)
{
	if (event->number)
		emv->result.fault = PH_EMV_FAULT_STORE;
	done(emv);
}

/* The host has answered, and the card is lost for the second cryptogram. */
static void fail_answered(struct ph_emv *emv, const char *why)
{
	switch (emv->work.word) {
	case PH_EMV_WORD_APPROVED:
		emv->result.reverse = true;
		ph_emv_end(emv, PH_EMV_TERMINATED, why);
		break;
	case PH_EMV_WORD_DECLINED:
		ph_emv_end(emv, PH_EMV_DECLINED_ONLINE, why);
		break;
	case PH_EMV_WORD_REFERRED:
		ph_emv_end(emv, PH_EMV_REFERRED, why);
		break;
	case PH_EMV_WORD_NONE:
	case PH_EMV_WORD_UNABLE:
		memset(emv->result.arc, 0, sizeof emv->result.arc);
		ph_emv_end(emv, PH_EMV_TERMINATED, why);
		break;
	}
}

void ph_emv_fail(struct ph_emv *emv, enum ph_emv_fault fault, const char *why)
{
	enum phase phase = rows[emv->state].phase;

	if (phase == PHASE_FINAL) {
		ph_emv_scripts_break(emv);
		return;
	}
	if (phase >= PHASE_KEEPING)
		return;
	emv->result.fault = fault;
	if (phase == PHASE_ANSWERED) {
		fail_answered(emv, why);
		return;
	}
	memset(emv->result.arc, 0, sizeof emv->result.arc);
	emv->result.reverse = phase == PHASE_ASKED;
	ph_emv_end(emv, PH_EMV_TERMINATED, why);
}

static void on_card_in(struct ph_emv *emv, const struct ph_emv_event *event)
{
	bool warm = emv->state == PH_EMV_STATE_WARM;
	struct ph_atr atr;

	if (!warm && emv->state != PH_EMV_STATE_CARD) {
		ph_emv_fail(emv, PH_EMV_FAULT_REMOVED, "another card is in the reader");
		return;
	}
	switch (ph_atr_read(event->data, event->len, warm, &atr)) {
	case PH_ATR_GOOD:
		ph_emv_select(emv);
		break;
	case PH_ATR_WARM_RESET:
		emv->state = PH_EMV_STATE_WARM;
		emv->action = (struct ph_emv_action){.kind = PH_EMV_WARM_RESET};
		break;
	case PH_ATR_REJECT:
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "no answer to reset that EMV allows");
		break;
	case PH_ATR_CONTACTLESS:
		ph_emv_fail(emv, PH_EMV_FAULT_CONTACTLESS, "the card is a contactless one");
		break;
	}
}

/* 61xx and 6Cxx are for the way to the card. One that comes through all the same comes from a card that goes round in circles. */
static bool round_in_circles(int status)
{
	return status >> 8 == 0x61 || status >> 8 == 0x6c;
}

static void on_answer(struct ph_emv *emv, const struct ph_emv_event *event)
{
	const struct row *row = &rows[emv->state];
	int status = ph_apdu_status(event->data, event->len);

	if (!row->on_answer) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "the card answers what nobody asked");
		return;
	}
	if (status < 0 || (row->phase == PHASE_OPEN && round_in_circles(status))) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "the answer of the card is none");
		return;
	}
	const struct ph_emv_reply reply = {
		.status = (unsigned)status, .data = event->data, .len = event->len - 2};
	row->on_answer(emv, &reply);
}

/* Nobody waits for the card while a disk, the host or a person is at work. */
static void on_timeout(struct ph_emv *emv)
{
	enum phase phase = rows[emv->state].phase;

	if (phase != PHASE_INTENT && phase != PHASE_ASKED)
		ph_emv_fail(emv, PH_EMV_FAULT_TIMEOUT, "the time is over");
}

static void on_cancel(struct ph_emv *emv)
{
	if (rows[emv->state].phase > PHASE_INTENT)
		return;
	memset(emv->result.arc, 0, sizeof emv->result.arc);
	ph_emv_end(emv, PH_EMV_CANCELLED, "it was cancelled");
}

static void on_other(struct ph_emv *emv, const struct ph_emv_event *event)
{
	const struct row *row = &rows[emv->state];

	if (row->on_event && (row->kinds[0] == event->kind || row->kinds[1] == event->kind))
		row->on_event(emv, event);
}

static void dispatch(struct ph_emv *emv, const struct ph_emv_event *event)
{
	switch (event->kind) {
	case PH_EMV_CARD_IN:
		on_card_in(emv, event);
		break;
	case PH_EMV_CARD_OUT:
		if (emv->state != PH_EMV_STATE_CARD)
			ph_emv_fail(emv, PH_EMV_FAULT_REMOVED, "the card was taken out");
		break;
	case PH_EMV_ANSWER:
		on_answer(emv, event);
		break;
	case PH_EMV_IO_ERROR:
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "the reader lost the card");
		break;
	case PH_EMV_TIMEOUT:
		on_timeout(emv);
		break;
	case PH_EMV_CANCEL:
		on_cancel(emv);
		break;
	case PH_EMV_CHOICE:
	case PH_EMV_CONFIRM:
	case PH_EMV_PIN:
	case PH_EMV_HOST:
	case PH_EMV_HOST_UNABLE:
	case PH_EMV_DURABLE:
		on_other(emv, event);
		break;
	}
}

void ph_emv_step(
	struct ph_emv *emv, const struct ph_emv_event *event, struct ph_emv_action *ret_action)
{
	emv->action = (struct ph_emv_action){.kind = PH_EMV_IGNORE};
	if (rows[emv->state].phase != PHASE_OVER)
		dispatch(emv, event);
	*ret_action = emv->action;
}

uint64_t ph_emv_tvr(const struct ph_emv *emv)
{
	return emv->tvr;
}

uint16_t ph_emv_tsi(const struct ph_emv *emv)
{
	return (uint16_t)(emv->tsi << 8);
}

const uint8_t *ph_emv_cvm_results(const struct ph_emv *emv)
{
	return emv->cvm_results;
}

const struct ph_emv_data *ph_emv_objects(const struct ph_emv *emv)
{
	return &emv->data;
}

const struct ph_emv_application *ph_emv_application(const struct ph_emv *emv)
{
	return emv->application;
}

int ph_emv_checked(struct ph_emv *emv, struct ph_emv_checked *checked)
{
	if (emv->world->checked)
		emv->world->checked(emv->world->context, checked);
	return checked->result;
}
