// Any card, any host and any people: the transaction ends within its bounds, with nothing of the account left, and money that
// stands at the host is either approved here or undone. Each input is played twice: the same events, the same actions.
#include "emv_forge.h"
#include "protocols/emv/kernel_internal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define STEPS_MAX 4096

/* First byte of the input. */
enum {
	CAN_CHOOSE = 1,
	PIN_PAD = 2,
	HOST_AWAY = 4,
	FORCED = 8,
	PARTIAL = 16,
	BYPASS = 32,
	AT_ONCE = 64,
	TWO = 128
};

/* Of each step: the first byte. Length and bytes follow. */
enum { STRAY = 6, OP = 7, GOOD_STATUS = 8, LONG = 16 };

struct input {
	const uint8_t *data;
	size_t len;
};

struct run {
	struct input input;
	unsigned sent;
	bool asked, approved, stored, reversal;
	uint64_t digest;
	struct ph_emv_event event;
	struct ph_emv_host_answer host;
	uint8_t bytes[600];
};

static struct ph_emv_parameters parameters;

static int fill(void *context, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(len == 4 ? i + 1 : 98);
	return 0;
}

static const struct ph_emv_world world = {.random = fill};

static void init_parameters(uint8_t flags, uint8_t type)
{
	struct ph_emv_application *a = parameters.applications;

	memset(&parameters, 0, sizeof parameters);
	parameters.terminal = (struct ph_emv_terminal){.type = 0x20 | (type & 7),
		.capabilities = 0xe0f0c8,
		.additional = {0xf0, 0x00, 0xf0, 0xa0, 0x03},
		.country = 0x0528,
		.mcc = 0x5999,
		.merchant_id = "TEST",
		.terminal_id = "T1",
		.serial = "12345678",
		.bypass_pin = flags & BYPASS,
		.offline_at_once = flags & AT_ONCE};
	a[0] = (struct ph_emv_application){.aid = {0xa0, 0, 0, 0, 4, 0x10, 0x10},
		.aid_len = 7,
		.partial = flags & PARTIAL,
		.version = 0x0002,
		.floor_limit = 5000,
		.currency = 0x0978,
		.currency_exponent = 2,
		.ddol = {0x9f, 0x37, 0x04},
		.ddol_len = 3};
	a[1] = a[0];
	a[1].aid[4] = 3;
	a[1].partial = true;
	parameters.application_count = flags & TWO ? 2 : 1;
	parameters.keys[0] = (struct ph_emv_ca_key){.rid = {0xa0, 0, 0, 0, 4}, .index = 0xfe};
	forge_public(FORGE_CA, &parameters.keys[0].key);
	parameters.key_count = 1;
}

/* The next bytes of the input into run->bytes. False: it is used up. */
static bool take(struct run *run, uint8_t *ret_control, size_t *ret_len)
{
	struct input *in = &run->input;

	if (in->len < 2)
		return false;
	uint8_t control = in->data[0];
	size_t len = in->data[1] + (control & LONG ? 256u : 0u);
	in->data += 2;
	in->len -= 2;
	if (len > in->len)
		len = in->len;
	if (len)
		memcpy(run->bytes, in->data, len);
	in->data += len;
	in->len -= len;
	if (control & GOOD_STATUS) {
		run->bytes[len++] = 0x90;
		run->bytes[len++] = 0x00;
	}
	*ret_control = control;
	*ret_len = len;
	return true;
}

static void host_event(struct run *run, size_t len)
{
	run->event.kind = PH_EMV_HOST_UNABLE;
	if (len < 3)
		return;
	run->event.kind = PH_EMV_HOST;
	run->event.host = &run->host;
	run->host = (struct ph_emv_host_answer){.arc = {(char)run->bytes[0], (char)run->bytes[1]},
		.approved = run->bytes[2] & 1,
		.referred = run->bytes[2] & 2,
		.issuer_data = run->bytes + 3,
		.issuer_len = len - 3};
	run->approved = run->host.approved && !run->host.referred;
}

/* The event an action waits for. */
static enum ph_emv_event_kind awaited(enum ph_emv_action_kind kind)
{
	switch (kind) {
	case PH_EMV_SEND:
		return PH_EMV_ANSWER;
	case PH_EMV_WARM_RESET:
		return PH_EMV_CARD_IN;
	case PH_EMV_ASK_CHOICE:
		return PH_EMV_CHOICE;
	case PH_EMV_ASK_CONFIRM:
		return PH_EMV_CONFIRM;
	case PH_EMV_ASK_PIN_PAD:
		return PH_EMV_PIN;
	case PH_EMV_NEED_DURABLE:
		return PH_EMV_DURABLE;
	case PH_EMV_GO_ONLINE:
		return PH_EMV_HOST;
	case PH_EMV_DONE:
	case PH_EMV_IGNORE:
		break;
	}
	abort();
}

static void next_event(struct run *run, const struct ph_emv_action *action)
{
	uint8_t control = 0;
	size_t len = 0;

	run->event = (struct ph_emv_event){.kind = PH_EMV_CARD_OUT};
	if (!take(run, &control, &len)) {
		if (action->kind == PH_EMV_NEED_DURABLE)
			run->event.kind = PH_EMV_DURABLE;
	} else if ((control & OP) == STRAY) {
		run->event.kind = (enum ph_emv_event_kind)(len ? run->bytes[0] % 12u : 1u);
	} else {
		run->event.kind = awaited(action->kind);
	}
	run->event.data = len ? run->bytes : NULL;
	run->event.len = len;
	run->event.number = len ? run->bytes[0] : 0;
	if (action->kind == PH_EMV_GO_ONLINE && run->event.kind == PH_EMV_HOST)
		host_event(run, len);
	if (action->kind == PH_EMV_NEED_DURABLE && run->event.kind == PH_EMV_DURABLE)
		run->stored = !run->event.number;
}

static void note(struct run *run, const struct ph_emv_action *action)
{
	run->digest = (run->digest ^ (uint64_t)action->kind) * 1099511628211u;
	for (size_t i = 0; i < action->len; i++)
		run->digest = (run->digest ^ action->data[i]) * 1099511628211u;
	run->sent += action->kind == PH_EMV_SEND;
	if (action->kind == PH_EMV_SEND && (action->len < 4 || action->len > PH_APDU_COMMAND_MAX))
		abort();
	run->asked |= action->kind == PH_EMV_GO_ONLINE;
	if (action->kind == PH_EMV_NEED_DURABLE && action->point == PH_EMV_POINT_REVERSAL)
		run->reversal = true;
	if (action->kind == PH_EMV_ASK_CHOICE &&
		(action->choice_count < 2 || action->choice_count > PH_EMV_CANDIDATES_MAX))
		abort();
}

static void check_outcome(const struct run *run, const struct ph_emv_result *result)
{
	enum ph_emv_outcome o = result->outcome;

	if (o == PH_EMV_APPROVED_ONLINE && (!run->asked || !run->approved))
		abort();
	if (o == PH_EMV_APPROVED_OFFLINE && (run->approved || !run->stored))
		abort();
	if (run->approved && o != PH_EMV_APPROVED_ONLINE && !result->reverse)
		abort();
	if (result->reverse && (!run->asked || !run->reversal))
		abort();
	if (o == PH_EMV_CANCELLED && run->asked)
		abort();
	if (result->without_host &&
		(o != PH_EMV_DECLINED_OFFLINE || result->reverse || result->fault ||
			memcmp(result->arc, "Z3", 2) != 0 || run->approved))
		abort();
}

/* What is told of a card while the kernel has it: in range, whatever it has said. */
static void check_facts(const struct ph_emv *emv)
{
	if (ph_emv_verification(emv) > PH_EMV_VERIFICATION_FAILED ||
		ph_emv_authentication(emv) > PH_EMV_AUTHENTICATED_DYNAMIC ||
		(ph_emv_expired_by(emv, 20000101) && !ph_emv_expired_by(emv, 20991231)))
		abort();
}

static void check_memory(const struct ph_emv *emv)
{
	const uint8_t *work = (const uint8_t *)&emv->work;

	for (size_t i = 0; i < sizeof emv->work; i++)
		if (work[i])
			abort();
	for (unsigned i = 0; i < emv->data.count; i++)
		if (ph_tag_info(emv->data.objects[i].tag)->flags & PH_ELEMENT_SECRET)
			abort();
	for (size_t i = emv->data.used; i < sizeof emv->data.hidden; i++)
		if (emv->data.hidden[i])
			abort();
}

static void check_end(struct run *run, struct ph_emv *emv, const struct ph_emv_result *result)
{
	const struct ph_emv_event event = {.kind = PH_EMV_ANSWER};
	struct ph_emv_receipt receipt;
	struct ph_emv_action action;
	uint8_t out[255];

	if (run->sent > PH_EMV_APDUS_MAX)
		abort();
	check_outcome(run, result);
	check_memory(emv);
	ph_emv_receipt(emv, &receipt);
	for (unsigned m = PH_EMV_FOR_REQUEST; m <= PH_EMV_FOR_REVERSAL; m++)
		if (ph_emv_field55(emv, (enum ph_emv_message)m, out, sizeof out) < 0)
			abort();
	ph_emv_step(emv, &event, &action);
	if (action.kind != PH_EMV_IGNORE)
		abort();
}

static uint64_t play(struct ph_emv *emv, uint8_t flags, struct input input)
{
	static const uint8_t atr[] = {0x3b, 0x60, 0x00, 0x00};
	const struct ph_emv_transaction transaction = {.amount = 1234,
		.currency = 0x0978,
		.currency_exponent = 2,
		.date = 20260901,
		.time = 123456,
		.counter = 7,
		.can_choose = flags & CAN_CHOOSE,
		.pin_pad = flags & PIN_PAD,
		.host_away = flags & HOST_AWAY,
		.forced_online = flags & FORCED};
	struct run run = {.input = input, .digest = 14695981039346656037u};
	struct ph_emv_action action, last = {.kind = PH_EMV_IGNORE};
	unsigned steps = 0;

	if (ph_emv_start(emv, &transaction) < 0)
		abort();
	run.event = (struct ph_emv_event){.kind = PH_EMV_CARD_IN, .data = atr, .len = sizeof atr};
	ph_emv_step(emv, &run.event, &action);
	while (action.kind != PH_EMV_DONE) {
		if (action.kind != PH_EMV_IGNORE) {
			note(&run, &action);
			check_facts(emv);
			last = action;
		}
		if (++steps > STEPS_MAX)
			run.input.len = 0;
		next_event(&run, &last);
		ph_emv_step(emv, &run.event, &action);
	}
	check_end(&run, emv, &action.result);
	return run.digest + (uint64_t)action.result.outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_emv *emv;

	if (len < 2)
		return 0;
	if (!emv && ph_emv_new(&parameters, &world, &emv) < 0)
		return 0;
	init_parameters(data[0], data[1]);
	const struct input input = {data + 2, len - 2};
	uint64_t first = play(emv, data[0], input);
	if (play(emv, data[0], input) != first)
		abort();
	return 0;
}
