// Walks the card's list of verification methods; the PIN is asked for by the kernel and entered on the reader's own pad.
#include "protocols/emv/cvm.h"

#include <errno.h>
#include <string.h>

#define AMOUNTS	     8 /* bytes of X and Y in front of the rules */
#define RULE	     2
#define CODE_MASK    0x3f
#define GO_ON	     0x40 /* unsuccessful: the next rule applies */
#define NO_CVM	     0x3f
#define IF_SUPPORTED 0x03

enum code {
	CODE_FAIL = 0x00,
	CODE_PIN_PLAIN = 0x01,
	CODE_PIN_ONLINE = 0x02,
	CODE_PIN_PLAIN_SIGNED = 0x03,
	CODE_PIN_ENCIPHERED = 0x04,
	CODE_PIN_ENCIPHERED_SIGNED = 0x05,
	CODE_SIGNATURE = 0x1e,
	CODE_NONE = 0x1f,
};

enum result { RESULT_UNKNOWN, RESULT_FAILED, RESULT_SUCCESSFUL };

/* What a method is made of. */
struct method {
	uint8_t code;
	uint32_t needs; /* PH_CAP_ bits, all of them */
	enum ph_cvm_step pin;
	bool signature;
	enum result result; /* when it succeeds */
};

static const struct method methods[] = {
	{CODE_FAIL, 0, PH_CVM_DONE, false, RESULT_FAILED},
	{CODE_PIN_PLAIN, PH_CAP_PIN_PLAIN, PH_CVM_PIN_PLAIN, false, RESULT_SUCCESSFUL},
	{CODE_PIN_ONLINE, PH_CAP_PIN_ONLINE, PH_CVM_DONE, false, RESULT_UNKNOWN},
	{CODE_PIN_PLAIN_SIGNED, PH_CAP_PIN_PLAIN | PH_CAP_SIGNATURE, PH_CVM_PIN_PLAIN, true,
		RESULT_UNKNOWN},
	{CODE_PIN_ENCIPHERED, PH_CAP_PIN_ENCIPHERED, PH_CVM_PIN_ENCIPHERED, false,
		RESULT_SUCCESSFUL},
	{CODE_PIN_ENCIPHERED_SIGNED, PH_CAP_PIN_ENCIPHERED | PH_CAP_SIGNATURE,
		PH_CVM_PIN_ENCIPHERED, true, RESULT_UNKNOWN},
	{CODE_SIGNATURE, PH_CAP_SIGNATURE, PH_CVM_DONE, true, RESULT_UNKNOWN},
	{CODE_NONE, PH_CAP_NO_CVM, PH_CVM_DONE, false, RESULT_SUCCESSFUL},
};

/* NULL: not recognised. */
static const struct method *method_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].code == (code & CODE_MASK))
			return &methods[i];
	return NULL;
}

/* There is no way to take a PIN for the host here, whatever the capabilities say. */
static bool supported(const struct ph_cvm *cvm, const struct method *method)
{
	return method && (cvm->input.capabilities & method->needs) == method->needs &&
	       method->code != CODE_PIN_ONLINE;
}

static uint32_t amount_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Conditions 06 to 09: under X, over X, under Y, over Y. */
static bool amount_condition(const struct ph_cvm *cvm, uint8_t condition)
{
	uint64_t limit = amount_at(cvm->list + (condition >= 0x08 ? 4 : 0));

	if (!cvm->own_currency)
		return false;
	return condition % 2 ? cvm->input.amount > limit : cvm->input.amount < limit;
}

/* EMV Book 3, table 44. */
static bool holds(const struct ph_cvm *cvm, uint8_t code, uint8_t condition)
{
	bool cash = cvm->input.kind == PH_CVM_CASH;
	bool cashback = cvm->input.kind == PH_CVM_CASHBACK;

	switch (condition) {
	case 0x00:
		return true;
	case 0x01:
		return cash && !cvm->input.attended;
	case 0x02:
		return !cash && !cashback;
	case IF_SUPPORTED:
		return supported(cvm, method_of(code));
	case 0x04:
		return cash && cvm->input.attended;
	case 0x05:
		return cashback;
	case 0x06:
	case 0x07:
	case 0x08:
	case 0x09:
		return amount_condition(cvm, condition);
	default:
		return false;
	}
}

static enum ph_cvm_step end(struct ph_cvm *cvm)
{
	cvm->at = cvm->list_len;
	return PH_CVM_DONE;
}

/* The rule that is being worked on. */
static const uint8_t *rule(const struct ph_cvm *cvm)
{
	return cvm->list + cvm->at;
}

/* A method has been performed; what was performed last stands in the results. */
static void performed(struct ph_cvm *cvm, enum result result)
{
	cvm->results[0] = rule(cvm)[0];
	cvm->results[1] = rule(cvm)[1];
	cvm->results[2] = (uint8_t)result;
}

static enum ph_cvm_step succeed(struct ph_cvm *cvm, const struct method *method)
{
	performed(cvm, method->result);
	cvm->signature = method->signature;
	return end(cvm);
}

/* Not recognised, not supported, or failed: true when the next rule applies. */
static bool go_on(struct ph_cvm *cvm)
{
	bool more = rule(cvm)[0] & GO_ON;

	cvm->at = (uint8_t)(more ? cvm->at + RULE : cvm->list_len);
	return more;
}

/* EMV Book 3, figure 9, "selected CVM code is not supported". */
static void not_supported(struct ph_cvm *cvm, const struct method *method)
{
	bool pin_here = cvm->input.capabilities & (PH_CAP_PIN_PLAIN | PH_CAP_PIN_ENCIPHERED);

	if (!method) {
		cvm->tvr |= PH_TVR_CVM_UNRECOGNISED;
		return;
	}
	if (method->code == CODE_PIN_ONLINE)
		cvm->online_pin = true;
	if (cvm->online_pin || (method->pin != PH_CVM_DONE && !pin_here))
		cvm->tvr |= PH_TVR_PIN_PAD_ABSENT;
}

/* A PIN method that is supported. PH_CVM_DONE: it failed without being asked for. */
static enum ph_cvm_step try_pin(struct ph_cvm *cvm, const struct method *method)
{
	if (cvm->input.pin_pad && !(cvm->tvr & PH_TVR_PIN_NOT_ENTERED))
		return method->pin;
	if (!cvm->input.pin_pad)
		cvm->tvr |= PH_TVR_PIN_PAD_ABSENT;
	performed(cvm, RESULT_FAILED);
	return PH_CVM_DONE;
}

/* The rules from cvm->at on, until one is done or needs a PIN. */
static enum ph_cvm_step walk(struct ph_cvm *cvm)
{
	while (cvm->at < cvm->list_len) {
		const struct method *method = method_of(rule(cvm)[0]);
		if (!holds(cvm, rule(cvm)[0], rule(cvm)[1])) {
			cvm->at += RULE;
			continue;
		}
		if (!supported(cvm, method)) {
			not_supported(cvm, method);
			go_on(cvm);
			continue;
		}
		if (method->code == CODE_FAIL) {
			performed(cvm, RESULT_FAILED); /* whatever bit 7 says */
			break;
		}
		if (method->pin == PH_CVM_DONE)
			return succeed(cvm, method);
		enum ph_cvm_step step = try_pin(cvm, method);
		if (step != PH_CVM_DONE)
			return step;
		go_on(cvm);
	}
	cvm->tvr |= PH_TVR_CVM_FAILED;
	return end(cvm);
}

int ph_cvm_begin(
	struct ph_cvm *cvm, const struct ph_cvm_input *input, const struct ph_emv_data *data)
{
	size_t len;
	const uint8_t *list = ph_emv_data_get(data, PH_TAG_CVM_LIST, &len);
	uint64_t profile = ph_emv_data_number(data, PH_TAG_AIP, 0);

	*cvm = (struct ph_cvm){.input = *input, .results = {NO_CVM, 0, RESULT_UNKNOWN}};
	if (!(profile >> 8 & PH_AIP_CVM))
		return PH_CVM_DONE;
	if (!list || len == AMOUNTS) {
		cvm->tvr = PH_TVR_ICC_DATA_MISSING;
		return PH_CVM_DONE;
	}
	if (len < AMOUNTS || len % RULE || len > sizeof cvm->list)
		return -EBADMSG;
	memcpy(cvm->list, list, len);
	cvm->list_len = (uint8_t)len;
	cvm->at = AMOUNTS;
	cvm->own_currency = ph_emv_data_number(data, PH_TAG_APPLICATION_CURRENCY, UINT64_MAX) ==
			    input->currency;
	cvm->processed = true;
	cvm->results[2] = RESULT_FAILED; /* until a method is performed */
	return (int)walk(cvm);
}

enum ph_cvm_step ph_cvm_feed(struct ph_cvm *cvm, enum ph_cvm_outcome outcome)
{
	if (cvm->at >= cvm->list_len)
		return PH_CVM_DONE;
	switch (outcome) {
	case PH_CVM_OUTCOME_GOOD:
		return succeed(cvm, method_of(rule(cvm)[0]));
	case PH_CVM_OUTCOME_BLOCKED:
		cvm->tvr |= PH_TVR_PIN_TRY_LIMIT;
		break;
	case PH_CVM_OUTCOME_BYPASSED:
		cvm->tvr |= PH_TVR_PIN_NOT_ENTERED;
		break;
	case PH_CVM_OUTCOME_FAULT:
		cvm->tvr |= PH_TVR_PIN_PAD_ABSENT;
		cvm->input.pin_pad = false;
		break;
	case PH_CVM_OUTCOME_FAILED:
		break;
	}
	performed(cvm, RESULT_FAILED);
	go_on(cvm);
	return walk(cvm);
}
