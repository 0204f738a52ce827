// Online, issuer authentication, the second cryptogram and the outcome. Source: EMV Book 3, 10.9 to 10.11; Book 4, 6.3.8 and 12.2.
#include "protocols/emv/kernel_internal.h"

#include <string.h>

/* D1 comes before anything leaves. */
void ph_emv_go_online(struct ph_emv *emv)
{
	ph_emv_sync(emv);
	ph_emv_need(emv, PH_EMV_STATE_INTENT, PH_EMV_POINT_INTENT);
}

void ph_emv_on_intent(struct ph_emv *emv, const struct ph_emv_event *event)
{
	if (event->number) {
		ph_emv_fail(emv, PH_EMV_FAULT_STORE, "the request could not be stored");
		return;
	}
	emv->state = PH_EMV_STATE_ONLINE;
	emv->action = (struct ph_emv_action){.kind = PH_EMV_GO_ONLINE};
}

static void ask_second(struct ph_emv *emv, uint8_t type)
{
	ph_emv_generate(emv, PH_EMV_STATE_SECOND_AC, type, PH_EMV_LIST_CDOL2);
}

/* The answer the card gave itself cannot be believed, so the host is not asked: Book 2, 6.6.2. */
void ph_emv_decline_unproven(struct ph_emv *emv)
{
	emv->state = PH_EMV_STATE_SECOND_AC;
	ph_emv_set_arc(emv, "Z1");
	ask_second(emv, PH_CID_AAC);
}

void ph_emv_unable(struct ph_emv *emv)
{
	uint8_t type = ph_emv_decide_unable(
		emv->tvr, emv->application, &emv->data, &emv->parameters->terminal);

	emv->state = PH_EMV_STATE_SECOND_AC;
	emv->work.word = PH_EMV_WORD_UNABLE;
	ph_emv_set_arc(emv, type == PH_CID_TC ? "Y3" : "Z3");
	ask_second(emv, type);
}

/* Whether objects follow each other to the end; what is in scripts is looked at when they run. */
static bool level_good(const uint8_t *data, size_t len)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;
	int r;

	while ((r = ph_tlv_next(&cursor, &object)) > 0)
		;
	return r == 0;
}

/* What of the answer is for the card or the service; the scripts are kept as they came. */
static void take_issuer_data(struct ph_emv *emv, const struct ph_emv_host_answer *host)
{
	struct ph_emv_scripts *scripts = &emv->work.scripts;
	struct ph_tlv_cursor cursor = {.data = host->issuer_data, .len = host->issuer_len};
	struct ph_tlv object;

	if (!host->issuer_data || host->issuer_len > sizeof scripts->bytes ||
		!level_good(host->issuer_data, host->issuer_len))
		return;
	memcpy(scripts->bytes, host->issuer_data, host->issuer_len);
	scripts->len = host->issuer_len;
	while (ph_tlv_next(&cursor, &object) > 0)
		if (object.tag == PH_TAG_ISSUER_AUTHENTICATION ||
			object.tag == PH_TAG_AUTHORISATION_CODE)
			ph_emv_data_set(
				&emv->data, PH_FROM_ISSUER, object.tag, object.value, object.len);
}

void ph_emv_on_host(struct ph_emv *emv, const struct ph_emv_event *event)
{
	const struct ph_emv_host_answer *host = event->host;
	size_t len;

	if (event->kind == PH_EMV_HOST_UNABLE || !host) {
		ph_emv_unable(emv);
		return;
	}
	if (host->referred)
		emv->work.word = PH_EMV_WORD_REFERRED;
	else
		emv->work.word = host->approved ? PH_EMV_WORD_APPROVED : PH_EMV_WORD_DECLINED;
	emv->state = PH_EMV_STATE_EXTERNAL; /* from here on the host has answered */
	ph_emv_set_arc(emv, host->arc);
	take_issuer_data(emv, host);
	const uint8_t *proof = ph_emv_data_get(&emv->data, PH_TAG_ISSUER_AUTHENTICATION, &len);
	if (!proof || !(ph_emv_aip(emv) & PH_AIP_ISSUER_AUTHENTICATION)) {
		ph_emv_scripts_begin(emv, PH_EMV_STATE_SCRIPT_BEFORE);
		return;
	}
	emv->tsi |= PH_TSI_ISSUER_AUTHENTICATION;
	ph_emv_send(emv, PH_EMV_STATE_EXTERNAL,
		ph_apdu_external_authenticate(proof, len, emv->work.hidden_command));
}

void ph_emv_on_external(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	if (reply->status != PH_SW_OK)
		emv->tvr |= PH_TVR_ISSUER_AUTHENTICATION;
	ph_emv_scripts_begin(emv, PH_EMV_STATE_SCRIPT_BEFORE);
}

void ph_emv_second_ac(struct ph_emv *emv)
{
	ask_second(emv, emv->work.word == PH_EMV_WORD_APPROVED ? PH_CID_TC : PH_CID_AAC);
}

/* Approved by the host and not by the card: what stands at the host has to go. */
static void approved_by_host_only(struct ph_emv *emv)
{
	emv->result.reverse = true;
	ph_emv_end(emv, PH_EMV_DECLINED_OFFLINE, "the host has approved, the card has declined");
}

/* What says of a card that it must not be used, whoever decides. What data authentication and verification came to is told apart. */
#define WRONG_CARD                                                                                 \
	(PH_TVR_ICC_DATA_MISSING | PH_TVR_NOT_YET_EFFECTIVE | PH_TVR_SERVICE_NOT_ALLOWED |         \
		PH_TVR_PIN_TRY_LIMIT)

/* Nobody but card and terminal have decided. */
static void decided_here(struct ph_emv *emv, const struct ph_emv_cryptogram *ac, bool asked_host)
{
	if (emv->work.approved) {
		ph_emv_keep_offline(emv);
		return;
	}
	emv->result.without_host =
		asked_host && ac->type == PH_CID_AAC && !ac->reason && !(emv->tvr & WRONG_CARD);
	ph_emv_set_arc(emv, asked_host ? "Z3" : "Z1");
	ph_emv_end(emv, PH_EMV_DECLINED_OFFLINE,
		asked_host ? "the host cannot be asked" : "the signature of the card is not good");
}

void ph_emv_on_second_ac(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_cryptogram ac;

	if (!ph_emv_take_cryptogram(emv, reply, PH_EMV_LIST_CDOL2, &ac))
		return;
	emv->work.approved = ac.type == PH_CID_TC && !ac.unproven;
	if (emv->work.word == PH_EMV_WORD_NONE || emv->work.word == PH_EMV_WORD_UNABLE)
		decided_here(emv, &ac, emv->work.word == PH_EMV_WORD_UNABLE);
	else
		ph_emv_scripts_begin(emv, PH_EMV_STATE_SCRIPT_AFTER);
}

void ph_emv_conclude(struct ph_emv *emv)
{
	switch (emv->work.word) {
	case PH_EMV_WORD_APPROVED:
		if (emv->work.approved)
			ph_emv_end(emv, PH_EMV_APPROVED_ONLINE, NULL);
		else
			approved_by_host_only(emv);
		break;
	case PH_EMV_WORD_REFERRED:
		ph_emv_end(emv, PH_EMV_REFERRED, "the issuer wants to be called");
		break;
	case PH_EMV_WORD_DECLINED:
	case PH_EMV_WORD_NONE:
	case PH_EMV_WORD_UNABLE:
		ph_emv_end(emv, PH_EMV_DECLINED_ONLINE, "the host has declined");
		break;
	}
}

/* D4: from here on the card counts as having approved, wherever it is. */
void ph_emv_keep_offline(struct ph_emv *emv)
{
	ph_emv_sync(emv);
	ph_emv_need(emv, PH_EMV_STATE_OFFLINE, PH_EMV_POINT_OFFLINE);
}

void ph_emv_on_offline(struct ph_emv *emv, const struct ph_emv_event *event)
{
	if (!event->number) {
		ph_emv_end(emv, PH_EMV_APPROVED_OFFLINE, NULL);
		return;
	}
	emv->result.fault = PH_EMV_FAULT_STORE;
	ph_emv_end(emv, PH_EMV_TERMINATED, "what the card approved could not be stored");
}
