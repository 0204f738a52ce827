// SNAPI of Zebra: each input is acknowledged, outputs are answered by a status, facts are asked as attributes. EXPERIMENTAL.
#include "drivers/scanner-hid/scanner_hid.h"

#include "base/cleanup.h"
#include "protocols/snapi/attribute.h"

#include <errno.h>
#include <string.h>

/* Source: constants of Fortelinea's MotorolaCoreScannerNet (numbers only). */
#define ATTRIBUTE_MODEL	   533
#define ATTRIBUTE_FIRMWARE 20004

#define REQUEST_ID_AT	   8 /* in an output report with a request */
#define TRIES		   3

enum word { WORD_START, WORD_ENABLE, WORD_TRIGGER, WORD_ATTRIBUTE };

static struct ph_snapi *decoder_of(struct ph_device *device)
{
	return &((struct ph_hidscan *)ph_device_state(device))->snapi;
}

/* ---- commands ---- */

static int ask_output(
	struct ph_device *device, enum word word, enum ph_snapi_output output, uint8_t value)
{
	struct ph_hidscan_command command = {
		.len = PH_SNAPI_REPORT_LEN,
		.word = word,
		.tries = TRIES,
		.wait_ms = PH_HIDSCAN_WAIT_MS,
	};

	int r = ph_snapi_output(output, value, command.report);
	return r < 0 ? r : ph_hidscan_ask(device, &command);
}

/* Requests without a value fit into one report. */
static int ask_attribute(struct ph_device *device, enum word word, enum ph_snapi_op op, uint16_t id)
{
	struct ph_hidscan_command command = {
		.len = PH_SNAPI_REPORT_LEN,
		.word = word,
		.tries = 1,
		.wait_ms = PH_HIDSCAN_WAIT_MS,
	};
	uint8_t request[PH_SNAPI_REQUEST_MAX];
	size_t cursor = 0;

	int len = ph_snapi_request(op, id, NULL, request);
	if (len < 0)
		return len;
	if (ph_snapi_split(request, (size_t)len, &cursor, command.report) <= 0)
		return -EINVAL;
	return ph_hidscan_ask(device, &command);
}

static void leaves(struct ph_device *device, const struct ph_hidscan_command *command)
{
	if (command->report[0] == PH_SNAPI_ID_ATTRIBUTE)
		ph_snapi_request_sent(decoder_of(device));
}

static int tell_whether_to_read(struct ph_device *device)
{
	const struct ph_hidscan *state = ph_device_state(device);

	return ask_output(device, WORD_ENABLE, PH_SNAPI_ENABLE, state->on);
}

/* ---- start-up ---- */

static void begin(struct ph_device *device)
{
	ask_attribute(device, WORD_START, PH_SNAPI_START, PH_SNAPI_START_ID);
	tell_whether_to_read(device);
}

static int snapi_open(struct ph_device *device, const struct ph_hid *hid)
{
	struct ph_hidscan *state = ph_device_state(device);

	ph_snapi_init(&state->snapi);
	state->capabilities = (struct ph_scanner_capabilities){.trigger = true, .enable = true};
	ph_hidscan_tell_info(device);
	begin(device);
	return PH_LATER;
}

static void is_told(struct ph_device *device)
{
	static const uint16_t ids[] = {ATTRIBUTE_MODEL, PH_SNAPI_SERIAL_NUMBER, ATTRIBUTE_FIRMWARE};
	struct ph_hidscan *state = ph_device_state(device);

	if (state->ready)
		return;
	ph_hidscan_is_ready(device);
	for (size_t i = 0; state->identify && i < PH_ARRAY_SIZE(ids); i++)
		ask_attribute(device, WORD_ATTRIBUTE, PH_SNAPI_GET, ids[i]);
}

/* ---- answers ---- */

static void failed(struct ph_device *device, unsigned word)
{
	const struct ph_hidscan *state = ph_device_state(device);

	if (word == WORD_ENABLE && !state->ready)
		ph_hidscan_not_ready(device, "the scanner does not answer");
	else if (word == WORD_ENABLE || word == WORD_TRIGGER)
		ph_emit_log(device, PH_LOG_WARNING, "the scanner does not obey when it is %s",
			word == WORD_TRIGGER ? "triggered" : "told whether to read");
}

static void silent(struct ph_device *device, const struct ph_hidscan_command *command)
{
	failed(device, command->word);
}

static void take_status(struct ph_device *device, const struct ph_snapi_event *event)
{
	const struct ph_hidscan_command *pending = ph_hidscan_pending(device);
	bool good = event->code == PH_SNAPI_OK;

	if (!pending || pending->report[0] != event->output)
		return;
	unsigned word = pending->word;
	/* of a good request the answer is still to come */
	if (good && word == WORD_ATTRIBUTE)
		return;
	if (good && word == WORD_ENABLE)
		is_told(device);
	else if (!good)
		failed(device, word);
	ph_hidscan_answered(device);
}

static void take_answer(struct ph_device *device, const struct ph_snapi_event *event)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_hidscan_command *pending = ph_hidscan_pending(device);
	struct ph_snapi_answer answer;

	if (!pending || pending->report[0] != PH_SNAPI_ID_ATTRIBUTE)
		return;
	int r = ph_snapi_answer(event->data, event->len, &answer);
	if (r == 0 && pending->word == WORD_ATTRIBUTE &&
		answer.id !=
			(pending->report[REQUEST_ID_AT] << 8 | pending->report[REQUEST_ID_AT + 1]))
		return; /* to an earlier request */
	if (r == 0 && answer.op == PH_SNAPI_GET && answer.value.type == PH_SNAPI_TEXT) {
		char *out = answer.id == ATTRIBUTE_MODEL	  ? state->model
			    : answer.id == PH_SNAPI_SERIAL_NUMBER ? state->serial
			    : answer.id == ATTRIBUTE_FIRMWARE	  ? state->firmware
								  : NULL;
		if (out) {
			ph_hidscan_keep(out, (const char *)answer.value.data, answer.value.len);
			ph_hidscan_tell_info(device);
		}
	}
	ph_hidscan_answered(device);
}

/* ---- inputs ---- */

static void take_label(struct ph_device *device, const struct ph_snapi_event *event)
{
	struct ph_hidscan_label label = {.data = event->data, .len = event->len};

	if (event->type <= UINT8_MAX)
		label.symbology = ph_symbology_by_ssi((uint8_t)event->type, &label.upos);
	ph_hidscan_label(device, &label);
}

static void take_events(struct ph_device *device)
{
	struct ph_snapi_event event;

	while (ph_snapi_next(decoder_of(device), &event) > 0)
		switch (event.kind) {
		case PH_SNAPI_LABEL:
			take_label(device, &event);
			break;
		case PH_SNAPI_STATUS:
			take_status(device, &event);
			break;
		case PH_SNAPI_ANSWER:
			take_answer(device, &event);
			break;
		case PH_SNAPI_DROPPED:
			if (!event.of_answer)
				ph_hidscan_lost(device, event.reason);
			break;
		case PH_SNAPI_NOTIFICATION:
		case PH_SNAPI_UNKNOWN:
			break;
		}
}

static void take_report(struct ph_device *device, const uint8_t *report, size_t len)
{
	uint8_t ack[PH_SNAPI_REPORT_LEN];

	/* whatever it is worth: without it the scanner stalls */
	if (ph_snapi_ack(report[0], ack))
		ph_link_write(device, ack, sizeof ack);
	if (ph_snapi_feed(decoder_of(device), report, len, ph_hidscan_time(device)) == 0)
		take_events(device);
}

static void late(struct ph_device *device, uint64_t time_ms)
{
	if (ph_snapi_late(decoder_of(device), time_ms) == 0)
		take_events(device);
}

static uint64_t deadline(struct ph_device *device)
{
	return ph_snapi_deadline(decoder_of(device));
}

/* ---- requests ---- */

static int enable(struct ph_device *device, bool on)
{
	const struct ph_hidscan *state = ph_device_state(device);

	return state->ready ? tell_whether_to_read(device) : 0;
}

static int beep(struct ph_device *device, enum ph_beep kind)
{
	return -EOPNOTSUPP;
}

static int trigger(struct ph_device *device, bool on)
{
	return ask_output(device, WORD_TRIGGER, PH_SNAPI_TRIGGER, on);
}

static int symbology(struct ph_device *device, const char *name, bool on)
{
	return -EOPNOTSUPP;
}

static int direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	if (ph_hidscan_pending(device))
		return -EBUSY;
	if (len && data[0] == PH_SNAPI_ID_ATTRIBUTE)
		ph_snapi_request_sent(decoder_of(device));
	return 0;
}

static void leave(struct ph_device *device)
{
	uint8_t report[PH_SNAPI_REPORT_LEN];

	ph_snapi_output(PH_SNAPI_ENABLE, 0, report);
	ph_link_write(device, report, sizeof report);
}

const struct ph_hidscan_protocol ph_hidscan_snapi = {
	.name = "snapi",
	.open = snapi_open,
	.report = take_report,
	.late = late,
	.deadline = deadline,
	.leaves = leaves,
	.silent = silent,
	.retry = begin,
	.enable = enable,
	.beep = beep,
	.trigger = trigger,
	.symbology = symbology,
	.direct = direct,
	.leave = leave,
};
