// One command at a time: its answer, what the terminal sends while it runs, and its end; what follows is for payment.c.
#include "drivers/zvt/zvt.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define QUESTION_TRIES 3 /* connections that may be closed before an answer */

static void sooner(uint64_t *at, uint64_t other)
{
	if (other && other < *at)
		*at = other;
}

void zvt_arm(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t at = zvt->up ? zvt_line_deadline(zvt) : UINT64_MAX, now = ph_now_ms(device);

	/* only what the tick would act upon: what is due and cannot be done would wake us for nothing */
	bool idle = zvt->exchange.run == RUN_IDLE;
	if (!idle && !zvt->exchange.storing) {
		sooner(&at, zvt->exchange.deadline);
		sooner(&at, zvt->exchange.abort_at);
	}
	if (idle)
		sooner(&at, zvt->retry_at);
	if (idle && zvt->payment.stage == STAGE_RECOVER) {
		sooner(&at, zvt->payment.give_up_at);
		sooner(&at, zvt->payment.waiting ? zvt->payment.ask_at : 0);
	}
	ph_timer_set(device, at == UINT64_MAX ? 0 : at > now ? (unsigned)(at - now) : 1);
}

void zvt_exchange_end(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	enum job job = zvt->exchange.job;

	zvt->exchange.run = RUN_IDLE;
	zvt->exchange.job = JOB_NONE;
	zvt->exchange.abort_at = 0;
	zvt->exchange.storing = false;
	zvt->used |= how == HOW_DONE || how == HOW_ABORTED || how == HOW_REFUSED;
	zvt->used_at = ph_now_ms(device);
	if (job != JOB_NONE)
		zvt_job_done(device, job, how, code);
}

static void send_command(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	bool once = zvt->exchange.job == JOB_MONEY;

	zvt->exchange.run = RUN_ASKED;
	zvt->exchange.heard = false;
	zvt->exchange.deadline = ph_now_ms(device) + zvt->t3_ms;
	zvt->exchange.written = zvt->message_len;
	if (zvt_line_send(device, zvt->message, zvt->message_len, once) < 0)
		zvt_exchange_end(device, HOW_UNSENT, 0);
}

/* The connection is down, or will be closed by the terminal. */
static void wait_for_connection(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	unsigned wait_ms = zvt->up ? CLOSE_WAIT_MS : 2 * zvt->t3_ms;

	zvt->exchange.run = RUN_WAITS;
	zvt->exchange.deadline = ph_now_ms(device) + wait_ms;
	if (!zvt->up)
		ph_link_want(device);
}

void zvt_ask(struct ph_device *device, enum job job, ssize_t len)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->exchange =
		(struct exchange){.job = job, .run = RUN_ASKED, .t4_ms = zvt->t4_ms, .state = -1};
	if (len < 0) {
		zvt_exchange_end(device, HOW_UNSENT, 0);
		return;
	}
	zvt->message_len = (size_t)len;
	if (zvt->up && !(zvt->closes && zvt->used))
		send_command(device);
	else
		wait_for_connection(device);
}

/* A connection is there. */
void zvt_exchange_go_on(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->exchange.run == RUN_WAITS)
		send_command(device);
}

/* The terminal has closed the connection, as it does: a question it did not answer is asked again, a payment never comes here. */
void zvt_exchange_rest(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->exchange.run == RUN_ASKED && ++zvt->exchange.tries == QUESTION_TRIES)
		zvt_exchange_end(device, HOW_SILENT, 0);
	else if (zvt->exchange.run != RUN_IDLE)
		wait_for_connection(device);
}

/* No connection came, or the terminal did not close the one there is. */
static void waited(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->closes = false;
	if (zvt->up) {
		send_command(device);
		return;
	}
	zvt->registered = false;
	zvt_exchange_end(device, HOW_UNSENT, 0);
}

void zvt_ask_simple(struct ph_device *device, enum job job, uint16_t code)
{
	struct zvt *zvt = ph_device_state(device);

	zvt_ask(device, job,
		ph_zvt_build_simple(code, zvt->password, zvt->message, sizeof zvt->message));
}

void zvt_ask_last(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt_ask(device, JOB_LAST,
		ph_zvt_build_repeat(zvt->password, PH_ZVT_REPEAT_STATUS | PH_ZVT_REPEAT_NO_PRINT,
			zvt->message, sizeof zvt->message));
}

static int charset_wanted(const struct ph_device *device)
{
	static const struct {
		const char *name;
		int charset;
	} names[] = {{"iso8859-1", 0x01}, {"iso8859-15", PH_ZVT_CHARSET_ISO8859_15},
		{"utf-8", PH_ZVT_CHARSET_UTF8}};
	const char *name = ph_option_text(device, "charset");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, name))
			return names[i].charset;
	return -1;
}

void zvt_ask_registration(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	int charset = charset_wanted(device);
	const struct ph_zvt_registration registration = {
		.password = zvt->password,
		.config = zvt->config,
		.currency = zvt->currency,
		.block_print = zvt->config & PH_ZVT_CONFIG_PRINT_TEXT &&
			       ph_option_bool(device, "block_print"),
		.charset_set = charset >= 0,
		.charset = (uint8_t)charset,
	};

	zvt->retry_at = 0;
	zvt->registered = false;
	zvt->charset = PH_ZVT_CHARSET_CP437;
	zvt_ask(device, JOB_REGISTER,
		ph_zvt_build_registration(&registration, zvt->message, sizeof zvt->message));
}

void zvt_answer(struct ph_device *device, uint8_t error)
{
	uint8_t message[8];
	ssize_t len = ph_zvt_build_answer(error, message, sizeof message);

	if (len > 0)
		zvt_line_send(device, message, (size_t)len, false);
}

void zvt_send_abort(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint8_t message[8];
	ssize_t len = ph_zvt_build_simple(PH_ZVT_ABORT, 0, message, sizeof message);

	if (zvt->exchange.abort_at || len < 0 ||
		zvt_line_send(device, message, (size_t)len, false) < 0)
		return;
	zvt->exchange.abort_at = ph_now_ms(device) + zvt->t3_ms;
}

/* Sign of life of a running command. */
static void alive(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->exchange.deadline = ph_now_ms(device) + zvt->exchange.t4_ms;
	if (zvt->exchange.job == JOB_MONEY && zvt->payment.stored == STORED_YES && !zvt->stale)
		zvt->payment.confirmed = true;
	zvt->payment.heard_at = ph_now_ms(device);
}

static void take_answer(struct ph_device *device, int error)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->exchange.run == RUN_ASKED) {
		if (error) {
			zvt_exchange_end(device, HOW_REFUSED, (uint8_t)error);
			return;
		}
		zvt->exchange.run = RUN_RUNNING;
		alive(device);
	} else {
		zvt->exchange.abort_at = 0;
	}
}

/*
 * A result nobody asked for: of a payment whose end was told already. The one accepted last may come again; any other would be
 * a sale that the till knows nothing of, and the terminal is told so.
 */
static void take_stray_result(struct ph_device *device, const struct ph_zvt_result *result)
{
	struct zvt *zvt = ph_device_state(device);
	struct transaction now = transaction_of(result);
	bool known = result->code != PH_ZVT_OK || transaction_same(&now, &zvt->accepted);

	if (!known)
		ph_emit_log(device, PH_LOG_WARNING,
			"a result came that belongs to no payment (receipt %04u): refused",
			result->receipt);
	zvt_answer(device, known ? 0 : PH_ZVT_PROTOCOL_ERROR);
}

static void take_result(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_result result;

	ph_zvt_read_result(apdu->data, apdu->len, zvt->charset, &result);
	switch (zvt->exchange.job) {
	case JOB_MONEY:
		zvt_payment_result(device, &result);
		break;
	case JOB_NONE:
	case JOB_REGISTER:
	case JOB_STATE:
		take_stray_result(device, &result);
		break;
	case JOB_LAST:
	case JOB_TOTALS:
	case JOB_SERVICE:
		zvt->exchange.result = result;
		zvt->exchange.result_set = true;
		zvt_answer(device, 0);
		break;
	}
}

static void take_status(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_intermediate status;

	zvt_answer(device, 0);
	if (ph_zvt_read_intermediate(apdu->data, apdu->len, zvt->charset, &status) < 0)
		return;
	if (status.minutes > 0)
		zvt->exchange.t4_ms = (uint64_t)status.minutes * 60000;
	alive(device);
	zvt_payment_status(device, &status);
}

static void take_completion(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_registered registered;

	zvt_answer(device, 0);
	if (zvt->exchange.job == JOB_STATE)
		zvt->exchange.state = ph_zvt_read_state(apdu->data, apdu->len);
	if (zvt->exchange.job == JOB_REGISTER) {
		ph_zvt_read_registered(apdu->data, apdu->len, &registered);
		zvt->needs = registered.status;
		zvt->served = 0;
		if (registered.terminal)
			zvt->terminal = registered.terminal;
		if (registered.charset >= 0)
			zvt->charset = (uint8_t)registered.charset;
	}
	zvt_exchange_end(device, HOW_DONE, 0);
}

/* What only a terminal sends, in the middle of a command. */
static void take_request(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	switch (apdu->code) {
	case PH_ZVT_STATUS_INFORMATION:
		take_result(device, apdu);
		break;
	case PH_ZVT_INTERMEDIATE_STATUS:
		take_status(device, apdu);
		break;
	case PH_ZVT_PRINT_LINE:
	case PH_ZVT_PRINT_BLOCK:
		zvt_answer(device, zvt_receipt_take(device, apdu));
		break;
	case PH_ZVT_SET_DATE_TIME_ECR:
		/* our clock is not the terminal's to set */
		zvt_answer(device, 0);
		break;
	case PH_ZVT_COMPLETION:
		take_completion(device, apdu);
		break;
	case PH_ZVT_ABORTED:
		zvt_answer(device, 0);
		zvt_exchange_end(device, HOW_ABORTED, apdu->len ? apdu->data[0] : PH_ZVT_OK);
		break;
	default:
		zvt_answer(device, PH_ZVT_NOT_POSSIBLE);
		break;
	}
}

void zvt_take(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	struct zvt *zvt = ph_device_state(device);
	int answer = ph_zvt_apdu_answer(apdu);

	zvt->payment.missed = 0;
	zvt->exchange.heard = true;
	if (zvt->serial && answer >= 0 && zvt->exchange.run == RUN_ASKED)
		ph_zvt_serial_taken(&zvt->line, ph_now_ms(device));
	if (answer >= 0) {
		if (zvt->exchange.run != RUN_IDLE)
			take_answer(device, answer);
		return;
	}
	/* a terminal that goes on has taken the command, even if its answer was lost */
	if (zvt->exchange.run == RUN_ASKED)
		zvt->exchange.run = RUN_RUNNING;
	if (zvt->exchange.run == RUN_RUNNING)
		alive(device);
	take_request(device, apdu);
}

void zvt_exchange_tick(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct exchange *exchange = &zvt->exchange;
	uint64_t now = ph_now_ms(device);

	if (exchange->run == RUN_IDLE || exchange->storing)
		return;
	if (exchange->run == RUN_WAITS && now >= exchange->deadline)
		waited(device);
	else if (exchange->run == RUN_WAITS)
		return;
	else if (now >= exchange->deadline || (exchange->abort_at && now >= exchange->abort_at))
		zvt_exchange_end(device, HOW_SILENT, 0);
}
