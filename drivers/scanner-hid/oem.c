// IBM OEM: start-up, settings, beeps and labels in segments, hand-held and table-top.
#include "drivers/scanner-hid/scanner_hid.h"

#include "base/cleanup.h"
#include "protocols/ibm-oem/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STATUS_TRIES 5	  /* a scanner that has just been reset needs its time */
#define DIRECT_TRIES 8	  /* of what cannot be done now */
#define TELL_MS	     1000 /* at most so often a scanner is told anew whether to read */

static struct ph_oem *decoder_of(struct ph_device *device)
{
	return &((struct ph_hidscan *)ph_device_state(device))->oem.decoder;
}

/* ---- commands ---- */

static int ask_with(struct ph_device *device, enum ph_oem_command word, const uint8_t *arg,
	size_t arg_len, unsigned tries)
{
	struct ph_hidscan_command command = {
		.len = 1 + PH_OEM_COMMAND_LEN,
		.word = word,
		.tries = tries,
		.wait_ms = PH_HIDSCAN_WAIT_MS,
	};

	int r = ph_oem_command(word, arg, arg_len, command.report + 1);
	return r < 0 ? r : ph_hidscan_ask(device, &command);
}

static int ask(struct ph_device *device, enum ph_oem_command word, unsigned tries)
{
	return ask_with(device, word, NULL, 0, tries);
}

static void leaves(struct ph_device *device, const struct ph_hidscan_command *command)
{
	struct ph_hidscan *state = ph_device_state(device);

	ph_oem_command_sent(&state->oem.decoder);
	if (command->word == PH_OEM_ENABLE || command->word == PH_OEM_DISABLE)
		state->oem.told_at_ms = ph_now_ms(device);
}

static int tell_whether_to_read(struct ph_device *device)
{
	const struct ph_hidscan *state = ph_device_state(device);

	return ask(device, state->on ? PH_OEM_ENABLE : PH_OEM_DISABLE, 2);
}

static bool has_settings(const struct ph_hidscan *state)
{
	for (unsigned i = 0; i < PH_OEM_SETTINGS; i++)
		if (state->settings[i] >= 0)
			return true;
	return false;
}

/* All settings are in one command: what they are now comes first. */
static int write_settings(struct ph_device *device)
{
	return ask(device, PH_OEM_REPORT_CONFIG, 2);
}

/* ---- start-up ---- */

static void begin(struct ph_device *device)
{
	ask(device, PH_OEM_STATUS_REQUEST, STATUS_TRIES);
}

static void is_alive(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (state->ready)
		return;
	if (has_settings(state))
		write_settings(device);
	else
		tell_whether_to_read(device);
}

/* The settings are written, or cannot be: a scanner that comes up goes on. */
static void is_set_up(struct ph_device *device)
{
	const struct ph_hidscan *state = ph_device_state(device);

	if (!state->ready)
		tell_whether_to_read(device);
}

static void change_config(struct ph_device *device, const struct ph_oem_packet *packet)
{
	const struct ph_hidscan *state = ph_device_state(device);
	uint8_t config[PH_OEM_CONFIG_LEN];

	if (packet->len < sizeof config) {
		is_set_up(device);
		return;
	}
	memcpy(config, packet->data, sizeof config);
	for (unsigned i = 0; i < PH_OEM_SETTINGS; i++)
		if (state->settings[i] >= 0)
			ph_oem_config_set(
				config, (enum ph_oem_setting)i, (unsigned)state->settings[i]);
	ask_with(device, PH_OEM_CONFIGURE, config, sizeof config, 2);
}

static void is_told(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (state->ready)
		return;
	ph_hidscan_is_ready(device);
	if (state->identify)
		ask(device, PH_OEM_INFORMATION, 2);
}

static int oem_open(struct ph_device *device, bool table_top)
{
	struct ph_hidscan *state = ph_device_state(device);

	ph_oem_init(&state->oem.decoder, table_top);
	state->oem.told_at_ms = 0;
	state->capabilities = (struct ph_scanner_capabilities){
		.beep = true,
		.enable = true,
		.symbology = true,
	};
	ph_hidscan_tell_info(device);
	begin(device);
	return PH_LATER;
}

static int open_hand(struct ph_device *device, const struct ph_hid *hid)
{
	return oem_open(device, false);
}

static int open_table(struct ph_device *device, const struct ph_hid *hid)
{
	return oem_open(device, true);
}

/* ---- answers ---- */

/* "Sp<M" model, "S" serial number, "A" application, each up to a byte 03. */
static void read_information(struct ph_device *device, const struct ph_oem_event *event)
{
	struct ph_hidscan *state = ph_device_state(device);
	char letter, value[PH_HIDSCAN_TEXT_MAX], *out;
	size_t cursor = 0;

	while (ph_oem_info_item(event->data, event->len, &cursor, &letter, value, sizeof value) >
		0) {
		out = letter == 'M'   ? state->model
		      : letter == 'S' ? state->serial
		      : letter == 'A' ? state->firmware
				      : NULL;
		if (out)
			ph_hidscan_keep(out, value, strlen(value));
	}
	ph_hidscan_tell_info(device);
}

static void done(struct ph_device *device, const struct ph_oem_event *event)
{
	unsigned word = ph_hidscan_pending(device)->word;

	if (word == PH_OEM_STATUS_REQUEST)
		is_alive(device);
	else if (word == PH_OEM_REPORT_CONFIG)
		change_config(device, &event->packet);
	else if (word == PH_OEM_CONFIGURE)
		is_set_up(device);
	else if (word == PH_OEM_ENABLE || word == PH_OEM_DISABLE)
		is_told(device);
	else if (word == PH_OEM_INFORMATION && event->kind == PH_OEM_EVENT_ANSWER)
		read_information(device, event);
	ph_hidscan_answered(device);
}

static const char *what(unsigned word)
{
	switch (word) {
	case PH_OEM_ENABLE:
		return "to read";
	case PH_OEM_DISABLE:
		return "not to read";
	case PH_OEM_REPORT_CONFIG:
	case PH_OEM_CONFIGURE:
		return "to change its settings";
	case PH_OEM_INFORMATION:
		return "to say who it is";
	default:
		return "to beep";
	}
}

/* A command is over without success. */
static void failed(struct ph_device *device, unsigned word)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (word == PH_OEM_STATUS_REQUEST ||
		(!state->ready && (word == PH_OEM_ENABLE || word == PH_OEM_DISABLE))) {
		ph_hidscan_not_ready(
			device, word == PH_OEM_STATUS_REQUEST
					? "the scanner does not answer"
					: "the scanner does not let itself be enabled");
		return;
	}
	ph_emit_log(device, word == PH_OEM_INFORMATION ? PH_LOG_DEBUG : PH_LOG_WARNING,
		"the scanner does not obey when it is told %s", what(word));
	if (word == PH_OEM_REPORT_CONFIG || word == PH_OEM_CONFIGURE)
		is_set_up(device);
}

static void silent(struct ph_device *device, const struct ph_hidscan_command *command)
{
	failed(device, command->word);
}

static void refused(struct ph_device *device)
{
	unsigned word = ph_hidscan_pending(device)->word;

	if (word == PH_OEM_ENABLE || word == PH_OEM_DISABLE) {
		ph_hidscan_again(device);
		return;
	}
	failed(device, word);
	ph_hidscan_answered(device);
}

/* Whether the event said something of the pending command. */
static bool is_answer(struct ph_device *device, const struct ph_oem_event *event)
{
	const struct ph_hidscan_command *pending = ph_hidscan_pending(device);

	if (!pending)
		return false;
	switch (ph_oem_reply((enum ph_oem_command)pending->word, &event->packet)) {
	case PH_OEM_REPLY_OTHER:
		return false;
	case PH_OEM_REPLY_COERCED:
		ph_emit_log(
			device, PH_LOG_INFO, "the scanner has changed the settings it was given");
		done(device, event);
		return true;
	case PH_OEM_REPLY_DONE:
		if (pending->word == PH_OEM_STATUS_REQUEST &&
			!(event->packet.status[1] & PH_OEM_S1_ALIVE))
			ph_hidscan_again(device);
		else
			done(device, event);
		return true;
	case PH_OEM_REPLY_AGAIN:
		ph_hidscan_again(device);
		return true;
	case PH_OEM_REPLY_REFUSED:
		refused(device);
		return true;
	}
	return false;
}

/* A scanner that was reset, or switched by a bar code, is told again what it shall do. */
static void take_status(struct ph_device *device, const struct ph_oem_packet *packet)
{
	struct ph_hidscan *state = ph_device_state(device);
	bool enabled = packet->status[1] & PH_OEM_S1_ENABLED;

	if (!state->ready) {
		if (!state->commands.count)
			begin(device); /* it speaks: no need to wait for the next attempt */
		return;
	}
	if (enabled != state->on && !state->commands.count &&
		ph_now_ms(device) - state->oem.told_at_ms >= TELL_MS)
		tell_whether_to_read(device);
}

/* What it says unasked. */
static void take_news(struct ph_device *device, const struct ph_oem_packet *packet)
{
	switch (packet->kind) {
	case PH_OEM_FLASHING:
		ph_hidscan_not_ready(device, "the scanner is loading new firmware");
		return;
	case PH_OEM_HARDWARE_ERROR:
		ph_hidscan_not_ready(device, "the scanner reports a hardware error");
		return;
	case PH_OEM_NOT_READY:
		ph_hidscan_not_ready(device, "the scanner says that it is not ready");
		return;
	case PH_OEM_CHECK_DIGIT:
		ph_hidscan_lost(device, PH_LOST_REPORT);
		return;
	case PH_OEM_STATUS:
		take_status(device, packet);
		return;
	case PH_OEM_REJECTED:
	case PH_OEM_DIRECTIO_NOT_NOW:
	case PH_OEM_DIRECTIO_UNDEFINED:
	case PH_OEM_CONFIG:
	case PH_OEM_TWO_LABEL:
	case PH_OEM_DIRECTIO_DATA:
	case PH_OEM_DIRECTIO_DONE:
	case PH_OEM_CONFIG_COERCED:
	case PH_OEM_CONFIG_DONE:
	case PH_OEM_TWO_LABEL_DONE:
	case PH_OEM_LABEL:
		return;
	}
}

/* ---- labels ---- */

static void take_label(struct ph_device *device, const struct ph_oem_event *event)
{
	struct ph_hidscan_label label = {
		.data = event->data,
		.len = event->len,
		.id = event->id,
		.id_len = event->id_len,
	};
	uint32_t id = 0;

	for (unsigned i = 0; i < event->id_len; i++)
		id = id << 8 | event->id[i];
	label.symbology = ph_symbology_by_ibm(id, &label.upos);
	ph_hidscan_label(device, &label);
}

static void take_events(struct ph_device *device)
{
	struct ph_oem_event event;

	while (ph_oem_next(decoder_of(device), &event) > 0)
		switch (event.kind) {
		case PH_OEM_EVENT_LABEL:
			take_label(device, &event);
			break;
		case PH_OEM_EVENT_ANSWER:
			is_answer(device, &event);
			break;
		case PH_OEM_EVENT_PACKET:
			if (!is_answer(device, &event))
				take_news(device, &event.packet);
			break;
		case PH_OEM_EVENT_DROPPED:
			if (!event.of_answer)
				ph_hidscan_lost(device, event.reason);
			break;
		}
}

/* These devices have no report ids: the byte in front stands for none. */
static void take_report(struct ph_device *device, const uint8_t *report, size_t len)
{
	if (ph_oem_feed(decoder_of(device), report + 1, len - 1, ph_hidscan_time(device)) == 0)
		take_events(device);
}

static void late(struct ph_device *device, uint64_t time_ms)
{
	if (ph_oem_late(decoder_of(device), time_ms) == 0)
		take_events(device);
}

static uint64_t deadline(struct ph_device *device)
{
	return ph_oem_deadline(decoder_of(device));
}

/* ---- requests ---- */

static int enable(struct ph_device *device, bool on)
{
	const struct ph_hidscan *state = ph_device_state(device);

	return state->ready ? tell_whether_to_read(device) : 0;
}

static int beep(struct ph_device *device, enum ph_beep kind)
{
	static const enum ph_oem_command words[] = {
		[PH_BEEP_GOOD] = PH_OEM_GOOD_BEEP,
		[PH_BEEP_ERROR] = PH_OEM_ERROR_BEEP,
		[PH_BEEP_NOT_ON_FILE] = PH_OEM_NOT_ON_FILE_BEEP,
	};

	return ask(device, words[kind], DIRECT_TRIES);
}

static int trigger(struct ph_device *device, bool on)
{
	return -EOPNOTSUPP;
}

/* One bit stands for all of EAN and UPC. */
static int symbology(struct ph_device *device, const char *name, bool on)
{
	static const struct {
		const char *name;
		enum ph_oem_setting setting;
	} rows[] = {
		{"ean13", PH_OEM_UPC_EAN},
		{"ean8", PH_OEM_UPC_EAN},
		{"upca", PH_OEM_UPC_EAN},
		{"upce", PH_OEM_UPC_EAN},
		{"code39", PH_OEM_CODE39},
		{"itf", PH_OEM_ITF},
		{"codabar", PH_OEM_CODABAR},
		{"code93", PH_OEM_CODE93},
		{"code128", PH_OEM_CODE128},
		{"gs1-128", PH_OEM_GS1_128},
	};
	struct ph_hidscan *state = ph_device_state(device);

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		state->settings[rows[i].setting] = on;
		return state->ready ? write_settings(device) : 0;
	}
	return -EINVAL;
}

/* A report of an administrator: 00 and a command. */
static int direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	if (!len || data[0] || !ph_oem_may_send(data + 1, len - 1))
		return -EINVAL;
	if (ph_hidscan_pending(device))
		return -EBUSY;
	ph_oem_command_sent(decoder_of(device));
	return 0;
}

/* A scanner that nobody listens to shall not beep as if it had been heard. */
static void leave(struct ph_device *device)
{
	uint8_t report[1 + PH_OEM_COMMAND_LEN] = {0};

	ph_oem_command(PH_OEM_DISABLE, NULL, 0, report + 1);
	ph_link_write(device, report, sizeof report);
}

#define OEM_MEMBERS                                                                                \
	.report = take_report, .late = late, .deadline = deadline, .leaves = leaves,               \
	.silent = silent, .retry = begin, .enable = enable, .beep = beep, .trigger = trigger,      \
	.symbology = symbology, .direct = direct, .leave = leave

const struct ph_hidscan_protocol ph_hidscan_oem_hand = {
	.name = "ibm-oem-hand",
	.open = open_hand,
	OEM_MEMBERS,
};

const struct ph_hidscan_protocol ph_hidscan_oem_table = {
	.name = "ibm-oem-table",
	.open = open_table,
	OEM_MEMBERS,
};
