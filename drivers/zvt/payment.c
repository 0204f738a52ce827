// Payments at a terminal: what it held before is stored, the command is sent once, its result is stored before it is acknowledged.
#include "drivers/zvt/zvt.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The command of each type; of void and cancelled reservations see order_of(). */
static const uint16_t codes[PH_PAYMENT_TYPE_COUNT_] = {
	[PH_PAYMENT_SALE] = PH_ZVT_AUTHORISATION,
	[PH_PAYMENT_REFUND] = PH_ZVT_REFUND,
	[PH_PAYMENT_PREAUTH] = PH_ZVT_PREAUTH,
	[PH_PAYMENT_COMPLETE] = PH_ZVT_PREAUTH_BOOK,
	[PH_PAYMENT_VOID] = PH_ZVT_REVERSAL,
	[PH_PAYMENT_END_OF_DAY] = PH_ZVT_END_OF_DAY,
};

/* ---- the end ---- */

/* Of an end of day: how many, how much, and by kinds of cards. */
static void add_totals(cJSON *data, const struct ph_zvt_result *result)
{
	bool amount = result->has & PH_ZVT_HAS_AMOUNT;

	cJSON_AddNumberToObject(data, "count", (double)result->total_count);
	cJSON_AddNumberToObject(
		data, "total", (double)(amount ? result->amount : result->total_sum));
	cJSON *list = cJSON_AddArrayToObject(data, "totals");
	for (unsigned i = 0; i < PH_ZVT_KINDS; i++) {
		const struct ph_zvt_turnover *turnover = &result->turnovers[i];
		if (!turnover->count && !turnover->sum)
			continue;
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "scheme", ph_zvt_kind_text(i));
		cJSON_AddNumberToObject(item, "count", (double)turnover->count);
		cJSON_AddNumberToObject(item, "total", (double)turnover->sum);
		cJSON_AddItemToArray(list, item);
	}
}

static cJSON *data_of(const struct zvt *zvt, const struct ph_zvt_result *result)
{
	char reference[PH_NAME_MAX + 1], approval[PH_ZVT_ATTRIBUTE_SIZE + 1] = "";
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "entry", "terminal");
	if (result->masked_pan[0])
		cJSON_AddStringToObject(data, "masked_pan", result->masked_pan);
	if (result->card_name[0])
		cJSON_AddStringToObject(data, "scheme", result->card_name);
	if (result->aid[0])
		cJSON_AddStringToObject(data, "aid", result->aid);
	if (result->has & PH_ZVT_HAS_SEQUENCE)
		cJSON_AddNumberToObject(data, "sequence", result->sequence);
	if (result->has & PH_ZVT_HAS_RECEIPT) {
		reference_write(result, zvt->payment.type == PH_PAYMENT_PREAUTH, reference);
		cJSON_AddStringToObject(data, "reference", reference);
	}
	for (size_t i = 0; i < PH_ZVT_ATTRIBUTE_SIZE; i++)
		if (result->attribute[i] > ' ' && result->attribute[i] < 0x7f)
			approval[strlen(approval)] = (char)result->attribute[i];
	if (approval[0])
		cJSON_AddStringToObject(data, "approval_code", approval);
	if (result->has & PH_ZVT_HAS_CVM &&
		(result->cvm == 1 || (result->cvm >= 5 && result->cvm <= 7)))
		cJSON_AddTrueToObject(data, "signature");
	if (zvt->payment.type == PH_PAYMENT_END_OF_DAY && result->has & PH_ZVT_HAS_TOTALS)
		add_totals(data, result);
	return data;
}

/* For people, where the terminal has said nothing itself. */
static const char *sentence_of(const char *reason)
{
	static const struct {
		const char *reason, *text;
	} sentences[] = {
		{"check_terminal",
			"what became of it could not be found out: look at the terminal's journal"},
		{"not_booked", "the terminal was asked: it has not booked it"},
		{"not_started", "it was cut off before the terminal was told of it"},
		{"reversed_by_terminal", "the terminal had booked it and has undone that"},
		{"terminal_silent", "the terminal does not answer"},
	};

	for (size_t i = 0; reason && i < sizeof sentences / sizeof *sentences; i++)
		if (!strcmp(sentences[i].reason, reason))
			return sentences[i].text;
	return NULL;
}

void zvt_payment_end(struct ph_device *device, enum ph_payment_outcome outcome, const char *reason,
	const struct ph_zvt_result *result)
{
	struct zvt *zvt = ph_device_state(device);
	bool stands = outcome == PH_PAYMENT_APPROVED || outcome == PH_PAYMENT_PARTIAL ||
		      outcome == PH_PAYMENT_APPROVED_OFFLINE;
	bool day = zvt->payment.type == PH_PAYMENT_END_OF_DAY; /* its sum is no amount taken now */
	int64_t asked = (int64_t)zvt->payment.order.amount;
	char message[160] = "";
	struct ph_payment_end end = {.outcome = outcome, .reason = stands ? NULL : reason};

	zvt_receipt_end(device);
	if (result && stands && !day)
		end.amount_approved =
			result->has & PH_ZVT_HAS_AMOUNT ? (int64_t)result->amount : asked;
	if (result && !stands && result->has & PH_ZVT_HAS_CODE)
		snprintf(message, sizeof message, "%s",
			result->text[0] ? result->text : ph_zvt_result_text(result->code));
	end.message = message[0] ? message : sentence_of(end.reason);
	end.data = result ? data_of(zvt, result) : NULL;
	zvt->payment = (struct payment){.stage = STAGE_NONE};
	zvt_receipt_drop(zvt);
	zvt->receipt.number = 0;
	ph_payment_end(device, &end);
}

/* What ends with these codes; with any other the terminal itself refused, and nothing was decided. */
static const struct end_code {
	uint8_t first, last;
	enum ph_payment_outcome outcome;
	const char *reason;
} end_codes[] = {
	{0x01, 0x02, PH_PAYMENT_REFERRED, "declined_by_host"},
	{0x03, 0x63, PH_PAYMENT_DECLINED, "declined_by_host"},
	{0x64, 0x69, PH_PAYMENT_DECLINED, "card_declined"},
	{0x6c, 0x6c, PH_PAYMENT_CANCELLED, "cancelled_on_terminal"},
	{0x6e, 0x6e, PH_PAYMENT_DECLINED, "card_declined"},
	{0x71, 0x76, PH_PAYMENT_DECLINED, "card_declined"},
	{0x78, 0x7c, PH_PAYMENT_DECLINED, "card_declined"},
	{0x7e, 0x7e, PH_PAYMENT_DECLINED, "card_declined"},
	{0x9c, 0x9c, PH_PAYMENT_CANCELLED, "terminal_busy"},
	{0x00, 0xff, PH_PAYMENT_CANCELLED, "terminal_refused"},
};

static const struct end_code *end_code_of(uint8_t code)
{
	const struct end_code *row = end_codes;

	while (code < row->first || code > row->last)
		row++;
	return row;
}

static enum ph_payment_outcome approval_of(
	const struct payment *payment, const struct ph_zvt_result *result)
{
	bool money = payment->type == PH_PAYMENT_SALE || payment->type == PH_PAYMENT_PREAUTH;

	if (money && result->has & PH_ZVT_HAS_AMOUNT && result->amount < payment->order.amount)
		return PH_PAYMENT_PARTIAL;
	return result->has & PH_ZVT_HAS_TYPE && result->type >> 4 == 4 ? PH_PAYMENT_APPROVED_OFFLINE
								       : PH_PAYMENT_APPROVED;
}

void zvt_payment_end_code(
	struct ph_device *device, uint8_t code, const struct ph_zvt_result *result)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_result said = {.has = PH_ZVT_HAS_CODE, .code = code};

	if (result)
		said = *result;
	const struct end_code *row = end_code_of(code);
	if (code == PH_ZVT_OK)
		zvt_payment_end(device, approval_of(&zvt->payment, &said), NULL, &said);
	else
		zvt_payment_end(device, row->outcome, row->reason, &said);
}

/* ---- the transaction accepted last ---- */

static void remember(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	char text[2 * PH_ZVT_IDENTIFIER_MAX + 1] = "";

	for (size_t i = 0; i < zvt->identifier_len; i++)
		snprintf(text + 2 * i, 3, "%02x", zvt->identifier[i]);
	ph_remember(device, "accepted", text[0] ? text : NULL);
}

void zvt_accept(struct ph_device *device, const struct ph_zvt_result *result)
{
	struct zvt *zvt = ph_device_state(device);

	if (result->has & PH_ZVT_HAS_RECEIPT)
		zvt->accepted = transaction_of(result);
	if (!(result->has & PH_ZVT_HAS_IDENTIFIER))
		return;
	memcpy(zvt->identifier, result->identifier, result->identifier_len);
	zvt->identifier_len = result->identifier_len;
	remember(device);
}

/* ---- what is asked of the host ---- */

static int need_store(struct ph_device *device, const char *kind)
{
	struct zvt *zvt = ph_device_state(device);
	char text[FACTS_TEXT_MAX];
	cJSON *data = cJSON_CreateObject();

	facts_write(&zvt->payment.before, text);
	cJSON_AddStringToObject(data, "kind", kind);
	cJSON_AddStringToObject(data, "data", text);
	if (zvt->payment.before.result_set)
		cJSON_AddItemToObject(data, "card", data_of(zvt, &zvt->payment.result));
	return ph_payment_need(device, PH_NEED_STORE, data);
}

static void store_before(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct facts *before = &zvt->payment.before;
	bool doubted = before->totals_set ? before->count > 0 : zvt->payment.none_by_code;

	/* "none" beside payments, or by a code that may mean something else, is not known to be none */
	if (before->last.known == FACT_NONE && doubted)
		before->last.known = FACT_UNKNOWN;
	zvt->payment.stage = STAGE_STORE;
	if (need_store(device, "before") < 0)
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "not_stored", NULL);
}

/* Nothing behind this is ever done twice for one payment. */
static void send_money(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_order *order = &zvt->payment.order;

	order->password = zvt->password;
	order->identifier_set = true;
	memcpy(order->identifier, zvt->identifier, zvt->identifier_len);
	order->identifier_len = zvt->identifier_len;
	zvt->payment.stage = STAGE_MONEY;
	zvt->payment.heard_at = ph_now_ms(device);
	zvt_ask(device, JOB_MONEY, ph_zvt_build_order(order, zvt->message, sizeof zvt->message));
}

/* ---- the result ---- */

/* Whether it says enough to be acted upon. */
static bool understood(const struct payment *payment, const struct ph_zvt_result *result)
{
	if (payment->type == PH_PAYMENT_END_OF_DAY && !result->incomplete)
		return true; /* totals have no result code */
	if (!(result->has & PH_ZVT_HAS_CODE))
		return false;
	return result->code != PH_ZVT_OK || !result->incomplete || result->has & PH_ZVT_HAS_AMOUNT;
}

static bool repeated(const struct payment *payment, const struct ph_zvt_result *result)
{
	struct transaction now = transaction_of(result), then = transaction_of(&payment->result);

	return payment->stored == STORED_YES && payment->result.code == result->code &&
	       transaction_same(&now, &then);
}

void zvt_payment_result(struct ph_device *device, const struct ph_zvt_result *result)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;

	if (!understood(payment, result)) {
		zvt_answer(device, PH_ZVT_NOT_POSSIBLE);
		return;
	}
	if (repeated(payment, result)) {
		/* it did not see our answer */
		payment->confirmed = false;
		zvt_answer(device, 0);
		return;
	}
	payment->result = *result;
	payment->stored = STORED_NOT;
	payment->confirmed = false;
	payment->before.result_set = true;
	payment->before.code = result->code;
	payment->before.amount = result->has & PH_ZVT_HAS_AMOUNT ? result->amount : 0;
	payment->before.result = transaction_of(result);
	memcpy(zvt->identifier_before, zvt->identifier, sizeof zvt->identifier);
	zvt->identifier_before_len = zvt->identifier_len;
	/* kept first: with an older one the terminal would undo what is being stored now */
	zvt_accept(device, result);
	zvt->exchange.storing = true;
	if (need_store(device, "result") < 0)
		zvt_payment_ops.proceed(device, &(struct ph_payment_answer){.ok = false});
}

static void result_stored(struct ph_device *device, bool ok)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;

	zvt->exchange.storing = false;
	zvt->exchange.deadline = ph_now_ms(device) + zvt->exchange.t4_ms;
	payment->stored = ok ? STORED_YES : STORED_REFUSED;
	if (!ok) {
		memcpy(zvt->identifier, zvt->identifier_before, sizeof zvt->identifier);
		zvt->identifier_len = zvt->identifier_before_len;
		remember(device);
		zvt->accepted = (struct transaction){.known = FACT_UNKNOWN};
	}
	zvt_answer(device, ok ? 0 : PH_ZVT_MEMORY_FULL);
	zvt_line_release(device);
}

/* ---- what goes on ---- */

static enum ph_payment_step step_of(enum ph_zvt_phase phase)
{
	switch (phase) {
	case PH_ZVT_PHASE_CARD:
		return PH_STEP_INSERT_CARD;
	case PH_ZVT_PHASE_READING:
		return PH_STEP_READING;
	case PH_ZVT_PHASE_PIN:
		return PH_STEP_ENTER_PIN;
	case PH_ZVT_PHASE_CHOICE:
		return PH_STEP_CHOOSE_APPLICATION;
	case PH_ZVT_PHASE_HOST:
		return PH_STEP_AUTHORISING;
	case PH_ZVT_PHASE_REMOVE:
		return PH_STEP_REMOVE_CARD;
	case PH_ZVT_PHASE_REVERSING:
	case PH_ZVT_PHASE_OTHER:
		break;
	}
	return PH_STEP_PROCESSING;
}

void zvt_payment_status(struct ph_device *device, const struct ph_zvt_intermediate *status)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;
	struct ph_zvt_status known = ph_zvt_status_of(status->status);

	if (payment->stage == STAGE_NONE)
		return;
	payment->card_asked = known.phase == PH_ZVT_PHASE_CARD;
	payment->host_asked |= known.phase == PH_ZVT_PHASE_HOST;
	if (payment->stage == STAGE_MONEY || payment->stage == STAGE_RECOVER)
		ph_payment_progress(device,
			payment->stage == STAGE_RECOVER ? PH_STEP_RECOVERING : step_of(known.phase),
			status->text[0] ? status->text : known.text);
	if (payment->stage == STAGE_MONEY && payment->cancel && payment->card_asked) {
		payment->cancel = false;
		zvt_send_abort(device);
	}
}

/* ---- ends of commands ---- */

/* What the terminal held before could not be asked: nothing of the payment has been sent. */
static bool end_early(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->payment.cancel) {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "cancelled", NULL);
		return true;
	}
	if (how == HOW_SILENT || how == HOW_LOST || how == HOW_UNSENT) {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "terminal_silent", NULL);
		if (how == HOW_SILENT)
			ph_link_drop(device, "the terminal does not answer");
		return true;
	}
	if (how != HOW_DONE && (code == PH_ZVT_PLEASE_WAIT || code == PH_ZVT_NOT_REGISTERED)) {
		zvt_payment_end_code(device, code, NULL);
		if (code == PH_ZVT_NOT_REGISTERED)
			zvt_ask_registration(device);
		return true;
	}
	return false;
}

static void last_told(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	const struct ph_zvt_result *last = &zvt->exchange.result;
	struct payment *payment = &zvt->payment;

	if (end_early(device, how, code))
		return;
	payment->before.last = (struct transaction){.known = FACT_UNKNOWN};
	if (how == HOW_DONE && zvt->exchange.result_set) {
		payment->before.last = transaction_of(last);
		/* it stands, and somebody has seen to it, or nothing would be sent now */
		zvt_accept(device, last);
	} else if (how == HOW_DONE || (how == HOW_ABORTED && code != PH_ZVT_NOT_POSSIBLE)) {
		payment->before.last.known = FACT_NONE;
		payment->none_by_code = how == HOW_ABORTED;
	}
	payment->stage = STAGE_TOTALS;
	if (zvt->totals_unsupported)
		store_before(device);
	else
		zvt_ask_simple(device, JOB_TOTALS, PH_ZVT_TOTALS);
}

static void totals_told(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	const struct ph_zvt_result *totals = &zvt->exchange.result;
	struct facts *before = &zvt->payment.before;

	if (end_early(device, how, code))
		return;
	before->totals_set =
		how == HOW_DONE && zvt->exchange.result_set && totals->has & PH_ZVT_HAS_TOTALS;
	before->count = totals->total_count;
	before->sum = totals->total_sum;
	zvt->totals_unsupported = how == HOW_REFUSED && code == PH_ZVT_NOT_POSSIBLE;
	store_before(device);
}

/* It said that it ended, one way or the other. */
static void money_ended(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;
	const struct ph_zvt_result result = payment->result;
	bool good = payment->before.result_set && result.code == PH_ZVT_OK;

	/* refused by us, or ended behind an approval: what the terminal made of it has to be asked */
	if (good && (payment->stored != STORED_YES || how == HOW_ABORTED)) {
		zvt_recover_begin(device);
		return;
	}
	if (payment->before.result_set) {
		zvt_payment_end_code(device, result.code, &result);
		return;
	}
	if (how == HOW_ABORTED && code != PH_ZVT_OK) {
		zvt_payment_end_code(device, code, NULL);
		return;
	}
	if (how == HOW_DONE && payment->type == PH_PAYMENT_END_OF_DAY) {
		zvt_payment_end_code(device, PH_ZVT_OK, NULL);
		return;
	}
	zvt_recover_begin(device);
}

static void money_done(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);

	switch (how) {
	case HOW_DONE:
	case HOW_ABORTED:
		money_ended(device, how, code);
		break;
	case HOW_REFUSED:
		zvt_payment_end_code(device, code, NULL);
		if (code == PH_ZVT_NOT_REGISTERED)
			zvt_ask_registration(device);
		break;
	case HOW_UNSENT:
		zvt_payment_end(device, PH_PAYMENT_CANCELLED,
			zvt->payment.cancel ? "cancelled" : "terminal_silent", NULL);
		break;
	case HOW_SILENT:
		zvt_recover_begin(device);
		zvt->payment.waiting = false;
		ph_link_drop(device, "the terminal does not answer");
		break;
	case HOW_LOST:
		zvt_recover_begin(device);
		break;
	}
}

static void tell_status(struct ph_device *device)
{
	static const struct {
		uint8_t bit;
		enum ph_terminal_need need;
	} needs[] = {{PH_ZVT_NEEDS_INITIALISATION, PH_TERMINAL_INITIALISATION},
		{PH_ZVT_NEEDS_DIAGNOSIS, PH_TERMINAL_DIAGNOSIS},
		{PH_ZVT_NEEDS_ACTION, PH_TERMINAL_ACTION}};
	struct zvt *zvt = ph_device_state(device);
	char number[16];
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (zvt->needs & needs[i].bit)
			bits |= 1u << needs[i].need;
	snprintf(number, sizeof number, "%08u", zvt->terminal);
	ph_emit_terminal_status(device, zvt->terminal ? number : NULL, bits);
}

/* Where the register has the say nobody can start these at the terminal: true when one was begun. */
static bool serve(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint8_t due = zvt->needs & (uint8_t)~zvt->served;
	uint8_t bit = due & PH_ZVT_NEEDS_INITIALISATION ? PH_ZVT_NEEDS_INITIALISATION
							: due & PH_ZVT_NEEDS_DIAGNOSIS;

	if (!bit || zvt->payment.stage != STAGE_NONE)
		return false;
	zvt->served |= bit;
	zvt_ask_simple(device, JOB_SERVICE,
		bit == PH_ZVT_NEEDS_DIAGNOSIS ? PH_ZVT_DIAGNOSIS : PH_ZVT_INITIALISATION);
	return true;
}

static void served(struct ph_device *device, enum how how)
{
	struct zvt *zvt = ph_device_state(device);

	if (how == HOW_DONE)
		zvt->needs &= zvt->served == PH_ZVT_NEEDS_INITIALISATION
				      ? (uint8_t)~PH_ZVT_NEEDS_INITIALISATION
				      : (uint8_t)~PH_ZVT_NEEDS_DIAGNOSIS;
	if (how == HOW_LOST || how == HOW_UNSENT)
		return;
	if (how == HOW_SILENT) {
		ph_link_drop(device, "the terminal does not answer");
		return;
	}
	if (serve(device))
		return;
	tell_status(device);
	ph_device_ready(device);
}

static void registered(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	bool mode = how == HOW_REFUSED || how == HOW_ABORTED;
	bool recovers = zvt->payment.stage == STAGE_RECOVER;
	char message[160];

	zvt->registered = how == HOW_DONE;
	if (zvt->registered) {
		if (!recovers && serve(device))
			return;
		tell_status(device);
		ph_device_ready(device);
		if (recovers)
			zvt_recover_go_on(device);
		return;
	}
	if (how == HOW_LOST)
		return;
	snprintf(message, sizeof message, "the terminal does not take the registration: %s",
		mode ? ph_zvt_result_text(code) : "no answer");
	ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING), message);
	if (recovers)
		zvt_recover_job_done(device, JOB_REGISTER, how, code);
	else
		zvt->retry_at = ph_now_ms(device) + RETRY_MS;
}

void zvt_job_done(struct ph_device *device, enum job job, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);

	if (job == JOB_REGISTER)
		registered(device, how, code);
	else if (job == JOB_SERVICE)
		served(device, how);
	else if (zvt->payment.stage == STAGE_RECOVER)
		zvt_recover_job_done(device, job, how, code);
	else if (job == JOB_LAST && zvt->payment.stage == STAGE_LAST)
		last_told(device, how, code);
	else if (job == JOB_TOTALS && zvt->payment.stage == STAGE_TOTALS)
		totals_told(device, how, code);
	else if (job == JOB_MONEY)
		money_done(device, how, code);
}

/* ---- what the host calls ---- */

/* The command and its fields; what is meant has to be said where there is one. */
static int order_of(struct ph_device *device, const struct ph_payment_request *request,
	struct payment *ret_payment)
{
	const char *reference = request->original.reference;
	bool meant = request->type == PH_PAYMENT_VOID || request->type == PH_PAYMENT_COMPLETE;
	struct ph_zvt_order *order = &ret_payment->order;

	order->code = codes[request->type];
	order->amount = (uint64_t)request->amount;
	order->amount_set = true;
	order->cashback = (uint64_t)request->cashback;
	order->currency = request->currency_number;
	if (!meant)
		return 0;
	if (!reference || reference_read(reference, order, &ret_payment->reserved) < 0)
		return ph_request_refuse(device, "$.original.reference",
			"the earlier payment does not say which of the terminal's it is");
	if (request->type == PH_PAYMENT_VOID && ret_payment->reserved)
		order->code = PH_ZVT_PREAUTH_CANCEL;
	if (request->type == PH_PAYMENT_VOID && !order->amount)
		order->amount = (uint64_t)request->original.amount;
	order->amount_set = order->amount > 0;
	return 0;
}

static int take_on(struct ph_device *device, const struct ph_payment_request *request)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment payment = {.type = request->type};

	if (!zvt->registered)
		return -ENOTCONN;
	if (zvt->payment.stage != STAGE_NONE || zvt->exchange.run != RUN_IDLE)
		return -EBUSY;
	if (request->type != PH_PAYMENT_END_OF_DAY && request->currency_number != zvt->currency)
		return ph_request_refuse(
			device, "$.currency", "the terminal is set to another currency");
	int r = order_of(device, request, &payment);
	if (r < 0)
		return r;
	payment.before.start = request->date * UINT64_C(1000000) + request->time;
	zvt->payment = payment;
	return 0;
}

static int payment_start(struct ph_device *device, const struct ph_payment_request *request)
{
	struct zvt *zvt = ph_device_state(device);
	int r = take_on(device, request);

	if (r >= 0)
		zvt->payment.stage = STAGE_LAST;
	return r;
}

static int payment_recover(struct ph_device *device, const struct ph_payment_request *request)
{
	struct zvt *zvt = ph_device_state(device);

	if (!request->before && zvt->payment.stage == STAGE_NONE) {
		zvt->payment = (struct payment){
			.stage = STAGE_RECOVER, .type = request->type, .never_begun = true};
		return 0;
	}
	int r = take_on(device, request);
	if (r < 0)
		return r;
	facts_read(request->before, &zvt->payment.before);
	zvt->payment.stage = STAGE_RECOVER;
	zvt->payment.from_recover = true;
	return 0;
}

static void payment_begin(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->receipt.number = 0;
	if (zvt->payment.never_begun) {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "not_started", NULL);
	} else if (zvt->payment.stage == STAGE_RECOVER) {
		zvt->payment.heard_at = ph_now_ms(device);
		zvt_recover_begin(device);
	} else {
		ph_payment_progress(device, PH_STEP_PROCESSING, NULL);
		zvt_ask_last(device);
	}
	zvt_arm(device);
}

static int payment_proceed(struct ph_device *device, const struct ph_payment_answer *answer)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->payment.stage == STAGE_STORE && answer->ok && !zvt->registered) {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "terminal_silent", NULL);
	} else if (zvt->payment.stage == STAGE_STORE && answer->ok) {
		send_money(device);
	} else if (zvt->payment.stage == STAGE_STORE) {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "not_stored", NULL);
	} else if (zvt->exchange.storing) {
		result_stored(device, answer->ok);
	} else if (zvt->payment.stage == STAGE_RECOVER && zvt->payment.stored == STORED_NOT) {
		/* the line was lost meanwhile: it is on disk or not, the terminal was not told */
		zvt->payment.stored = answer->ok ? STORED_YES : STORED_REFUSED;
	}
	zvt_arm(device);
	return 0;
}

/* While the terminal has the card only it can end the payment; before that, it is asked to when it waits for a card. */
static int cancel_running(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;

	if (payment->before.result_set || payment->host_asked ||
		!(zvt->config & PH_ZVT_CONFIG_INTERMEDIATE))
		return -EBUSY;
	if (payment->card_asked)
		zvt_send_abort(device);
	else
		payment->cancel = true;
	return 0;
}

static int payment_cancel(struct ph_device *device, const char *payment)
{
	struct zvt *zvt = ph_device_state(device);
	int r = 0;

	switch (zvt->payment.stage) {
	case STAGE_NONE:
		return -ENOENT;
	case STAGE_LAST:
	case STAGE_TOTALS:
		zvt->payment.cancel = true;
		break;
	case STAGE_STORE:
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "cancelled", NULL);
		break;
	case STAGE_MONEY:
		zvt->payment.cancel |= zvt->exchange.run == RUN_WAITS;
		if (zvt->exchange.run == RUN_WAITS)
			zvt_exchange_end(device, HOW_UNSENT, 0);
		else
			r = cancel_running(device);
		break;
	case STAGE_RECOVER:
		/* asking is given up, but the terminal may be asked again by a person */
		zvt_recover_give_up(device);
		break;
	}
	zvt_arm(device);
	return r;
}

const struct ph_payment_ops zvt_payment_ops = {
	.start = payment_start,
	.begin = payment_begin,
	.proceed = payment_proceed,
	.cancel = payment_cancel,
	.recover = payment_recover,
};
