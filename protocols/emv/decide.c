// Terminal risk management, action analysis and the first cryptogram. Source: EMV Book 3, 10.6 to 10.8.
#include "protocols/emv/kernel_internal.h"

#include <string.h>

#define RANDOM_BYTES 16
#define RANDOM_RANGE 198 /* 2 * 99: bytes below it make 1 to 99 evenly */

/* 1 to 99, each as likely as the others; 0 when there are no random numbers. */
static uint8_t draw(struct ph_emv *emv)
{
	uint8_t bytes[RANDOM_BYTES];

	if (emv->world->random(emv->world->context, bytes, sizeof bytes) < 0)
		return 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		if (bytes[i] < RANDOM_RANGE)
			return (uint8_t)(1 + bytes[i] % 99);
	return 99; /* once in 10^10 */
}

static void first_ac(struct ph_emv *emv)
{
	static const char declined[2] = {'Z', '1'}, approved[2] = {'Y', '1'};
	enum ph_emv_host host = emv->transaction.host_away ? PH_EMV_HOST_AWAY : PH_EMV_HOST_THERE;

	uint8_t type = ph_emv_decide(
		emv->tvr, emv->application, &emv->data, &emv->parameters->terminal, host);
	if (type != PH_CID_ARQC)
		ph_emv_set_arc(emv, type == PH_CID_TC ? approved : declined);
	ph_emv_generate(emv, PH_EMV_STATE_FIRST_AC, type, PH_EMV_LIST_CDOL1);
}

static void check_risk(struct ph_emv *emv)
{
	const struct ph_emv_world *world = emv->world;
	struct ph_emv_risk risk = {.amount = emv->transaction.amount,
		.random = draw(emv),
		.forced_online = emv->transaction.forced_online,
		.atc = emv->work.atc,
		.last_online_atc = emv->work.last_online_atc};
	size_t len;
	const uint8_t *pan = ph_emv_data_get(&emv->data, PH_TAG_PAN, &len);
	const uint8_t *psn = ph_emv_data_get(&emv->data, PH_TAG_PAN_SEQUENCE, NULL);
	int sequence = psn ? (*psn >> 4) * 10 + (*psn & 0x0f) : -1;

	if (!risk.random) {
		ph_emv_fail(emv, PH_EMV_FAULT_INTERNAL, "there are no random numbers");
		return;
	}
	if (world->listed)
		risk.listed = world->listed(world->context, pan, len, sequence);
	if (world->earlier_amount)
		risk.earlier_amount = world->earlier_amount(world->context, pan, len, sequence);
	emv->tvr |= ph_emv_risk_check(&risk, emv->application, &emv->data);
	emv->tsi |= PH_TSI_TERMINAL_RISK;
	first_ac(emv);
}

/* The counters are of use only where the card has limits for them. */
void ph_emv_manage_risk(struct ph_emv *emv)
{
	bool velocity = ph_emv_data_get(&emv->data, PH_TAG_LOWER_LIMIT, NULL) &&
			ph_emv_data_get(&emv->data, PH_TAG_UPPER_LIMIT, NULL);

	emv->work.atc = emv->work.last_online_atc = -1;
	if (velocity)
		ph_emv_send(emv, PH_EMV_STATE_ATC,
			ph_apdu_get_data(PH_TAG_ATC, emv->work.hidden_command));
	else
		check_risk(emv);
}

/* A counter of two bytes, or -1. */
static int32_t counter(const struct ph_emv_reply *reply, uint32_t tag)
{
	struct ph_tlv object;

	if (reply->status != PH_SW_OK || ph_tlv_find(reply->data, reply->len, tag, &object) < 0 ||
		object.len != 2)
		return -1;
	return object.value[0] << 8 | object.value[1];
}

void ph_emv_on_atc(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	emv->work.atc = counter(reply, PH_TAG_ATC);
	ph_emv_send(emv, PH_EMV_STATE_LAST_ATC,
		ph_apdu_get_data(PH_TAG_LAST_ONLINE_ATC, emv->work.hidden_command));
}

void ph_emv_on_last_atc(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	emv->work.last_online_atc = counter(reply, PH_TAG_LAST_ONLINE_ATC);
	check_risk(emv);
}

static void declined(struct ph_emv *emv, const char *why)
{
	ph_emv_set_arc(emv, "Z1");
	ph_emv_end(emv, PH_EMV_DECLINED_OFFLINE, why);
}

/* The second digit of the terminal type. */
static bool has_host(const struct ph_emv *emv)
{
	unsigned kind = emv->parameters->terminal.type & 0x0fu;

	return kind != 3 && kind != 6 && !emv->transaction.host_away;
}

static void asked_online(struct ph_emv *emv, bool unproven)
{
	if (unproven)
		ph_emv_decline_unproven(emv);
	else if (has_host(emv))
		ph_emv_go_online(emv);
	else
		ph_emv_unable(emv);
}

void ph_emv_on_first_ac(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_cryptogram ac;

	if (!ph_emv_take_cryptogram(emv, reply, PH_EMV_LIST_CDOL1, &ac))
		return;
	if (ac.type == PH_CID_ARQC)
		asked_online(emv, ac.unproven);
	else if (ac.type == PH_CID_AAC)
		declined(emv, "the card has declined");
	else if (ac.unproven)
		declined(emv, "the signature of the card is not good");
	else
		ph_emv_keep_offline(emv);
}
