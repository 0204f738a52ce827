// Processing restrictions and cardholder verification, whose list is walked in cvm.c; here the PIN is asked for.
// Source: EMV Book 3, 10.4 and 10.5.
#include "protocols/emv/kernel_internal.h"

#include <string.h>

#define TYPE_CASH	 0x01
#define TYPE_CASHBACK	 0x09
#define UNATTENDED_FIRST 4 /* second digit of 9F35 */
#define CHALLENGE	 8
#define SW_TRIES	 0x63c0 /* the last digit: how many are left */
#define SW_PAD_TIMEOUT	 0x6400 /* PC/SC part 10, 2.5.2 */
#define SW_PAD_CANCELLED 0x6401
#define SW_PAD_MISMATCH	 0x6402
#define SW_PAD_LENGTH	 0x6403

/* VERIFY with a plain PIN block of no digits, which the pad fills in: EMV Book 3, 6.5.12. */
static const uint8_t plain[] = {
	0x00, 0x20, 0x00, 0x80, 0x08, 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t enciphered[] = {0x00, 0x20, 0x00, 0x88};

static void finish(struct ph_emv *emv)
{
	const struct ph_cvm *cvm = &emv->work.cvm;

	emv->tvr |= cvm->tvr;
	if (cvm->processed)
		emv->tsi |= PH_TSI_CVM;
	memcpy(emv->cvm_results, cvm->results, sizeof emv->cvm_results);
	emv->result.signature = cvm->signature;
	ph_emv_manage_risk(emv);
}

static void go_on(struct ph_emv *emv, enum ph_cvm_step step)
{
	if (step == PH_CVM_DONE)
		finish(emv);
	else
		ph_emv_send(emv, PH_EMV_STATE_PIN_TRIES,
			ph_apdu_get_data(PH_TAG_PIN_TRIES, emv->work.hidden_command));
}

static void feed(struct ph_emv *emv, enum ph_cvm_outcome outcome)
{
	go_on(emv, ph_cvm_feed(&emv->work.cvm, outcome));
}

static enum ph_cvm_kind kind_of(const struct ph_emv_transaction *t)
{
	if (t->type == TYPE_CASH)
		return PH_CVM_CASH;
	return t->other || t->type == TYPE_CASHBACK ? PH_CVM_CASHBACK : PH_CVM_GOODS;
}

void ph_emv_verify(struct ph_emv *emv)
{
	const struct ph_emv_terminal *terminal = &emv->parameters->terminal;
	const struct ph_cvm_input input = {.amount = emv->transaction.amount,
		.currency = emv->transaction.currency,
		.kind = kind_of(&emv->transaction),
		.attended = (terminal->type & 0x0f) < UNATTENDED_FIRST,
		.capabilities = terminal->capabilities,
		.pin_pad = emv->transaction.pin_pad};

	emv->tvr |= ph_emv_restrictions(&emv->data);
	int step = ph_cvm_begin(&emv->work.cvm, &input, &emv->data);
	if (step < 0)
		ph_emv_fail(
			emv, PH_EMV_FAULT_DATA, "the list of verification methods has half a rule");
	else
		go_on(emv, (enum ph_cvm_step)step);
}

/* Whether the rule that waits wants the PIN enciphered: its code is 4 or 5. */
static bool wants_enciphered(const struct ph_cvm *cvm)
{
	return cvm->list[cvm->at] & 0x04;
}

static void ask_plain(struct ph_emv *emv)
{
	emv->state = PH_EMV_STATE_PIN;
	emv->action = (struct ph_emv_action){
		.kind = PH_EMV_ASK_PIN_PAD, .data = plain, .len = sizeof plain};
}

/* Book 2, 7.1: the card's key for PINs, or its only one. */
static int pin_key(struct ph_emv *emv)
{
	struct ph_emv_work *work = &emv->work;
	bool own = ph_emv_data_get(&emv->data, PH_TAG_PIN_CERTIFICATE, NULL);

	int r = own ? ph_emv_need_issuer_key(emv) : ph_emv_need_icc_key(emv);
	if (r < 0)
		return r;
	if (own)
		return ph_emv_icc_key(&work->issuer_key, emv->transaction.date, &emv->data, NULL,
			true, &work->pin_key);
	work->pin_key = work->icc_key;
	return 0;
}

static void ask(struct ph_emv *emv)
{
	if (emv->work.pins_asked++ == PH_EMV_PIN_ASKED_MAX)
		feed(emv, PH_CVM_OUTCOME_BLOCKED);
	else if (!wants_enciphered(&emv->work.cvm))
		ask_plain(emv);
	else if (pin_key(emv) < 0)
		feed(emv, PH_CVM_OUTCOME_FAILED);
	else
		ph_emv_send(emv, PH_EMV_STATE_CHALLENGE,
			ph_apdu_get_challenge(emv->work.hidden_command));
}

static bool no_tries_left(const struct ph_emv_reply *reply)
{
	struct ph_tlv object;

	return reply->status == PH_SW_OK &&
	       !ph_tlv_find(reply->data, reply->len, PH_TAG_PIN_TRIES, &object) &&
	       object.len == 1 && !object.value[0];
}

/* A card that does not tell its counter is asked for the PIN all the same. */
void ph_emv_on_pin_tries(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	if (no_tries_left(reply))
		feed(emv, PH_CVM_OUTCOME_BLOCKED);
	else
		ask(emv);
}

/* The pad gets all it needs to encipher: challenge, exponent, modulus, behind the head of the command. */
void ph_emv_on_challenge(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	const struct ph_rsa_key *key = &emv->work.pin_key;
	uint8_t *out = emv->work.hidden_command;
	size_t n = sizeof enciphered;

	if (reply->status != PH_SW_OK || reply->len != CHALLENGE) {
		feed(emv, PH_CVM_OUTCOME_FAILED);
		return;
	}
	memcpy(out, enciphered, n);
	memcpy(out + n, reply->data, CHALLENGE);
	n += CHALLENGE;
	out[n++] = (uint8_t)(key->exponent >> 16);
	out[n++] = (uint8_t)(key->exponent >> 8);
	out[n++] = (uint8_t)key->exponent;
	memcpy(out + n, key->modulus, key->len);
	emv->state = PH_EMV_STATE_PIN;
	emv->action = (struct ph_emv_action){
		.kind = PH_EMV_ASK_PIN_PAD, .data = out, .len = n + key->len, .number = 1};
}

/* Whoever holds the card does not want to enter it. */
static void bypass(struct ph_emv *emv)
{
	if (emv->parameters->terminal.bypass_pin)
		feed(emv, PH_CVM_OUTCOME_BYPASSED);
	else
		ph_emv_end(emv, PH_EMV_CANCELLED, "it was cancelled on the PIN pad");
}

void ph_emv_on_pin(struct ph_emv *emv, const struct ph_emv_event *event)
{
	unsigned status = event->len == 2 ? (unsigned)(event->data[0] << 8 | event->data[1]) : 0;

	if (status == PH_SW_OK)
		feed(emv, PH_CVM_OUTCOME_GOOD);
	else if (status == SW_TRIES || status == PH_SW_PIN_BLOCKED ||
		 status == PH_SW_REFERENCE_INVALID)
		feed(emv, PH_CVM_OUTCOME_BLOCKED);
	else if ((status & 0xfff0) == SW_TRIES || status == SW_PAD_LENGTH ||
		 status == SW_PAD_MISMATCH)
		ask(emv);
	else if (status == SW_PAD_CANCELLED)
		bypass(emv);
	else if (!status || status == SW_PAD_TIMEOUT)
		feed(emv, PH_CVM_OUTCOME_FAULT);
	else
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "VERIFY was refused");
}
