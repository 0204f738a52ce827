// HID POS: labels of usage page 8C, the output reports its descriptor declares, and the makers' commands inside of reports.
#include "drivers/scanner-hid/scanner_hid.h"

#include "base/cleanup.h"
#include "protocols/hidpos/tunnel.h"
#include "protocols/scanner-serial/honeywell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NEWLAND_COMMAND_MODE 0xd5
#define HONEYWELL_INTERFACE  1 /* of HID POS in composite devices */
#define REPORT_HONEYWELL     0xfd
#define REPORT_NEWLAND	     0x04

enum word { WORD_REVISION, WORD_NEWLAND_SERIAL, WORD_NEWLAND };

static struct ph_hidpos *decoder_of(struct ph_device *device)
{
	return &((struct ph_hidscan *)ph_device_state(device))->pos.decoder;
}

/* ---- what can be sent ---- */

/* A bit of an output report; as long as the scanner shall not read, the bit that prevents it stays set beside it. */
static int send_bit(struct ph_device *device, enum ph_hidpos_action action)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_hidpos_layout *layout = &state->pos.decoder.layout;
	const struct ph_hidpos_output *prevent = &layout->outputs[PH_HIDPOS_PREVENT_READ];
	uint8_t report[PH_HID_REPORT_MAX];
	int len = ph_hidpos_output(layout, action, report, sizeof report);

	if (len < 0)
		return len;
	if (!state->on && prevent->report_len && prevent->report_id == report[0])
		ph_hid_set_bits(report, prevent->bit_offset, 1, 1);
	return ph_link_write(device, report, (size_t)len);
}

/* The report of a bit with all bits off. */
static int clear_bits(struct ph_device *device, enum ph_hidpos_action action)
{
	const struct ph_hidpos_layout *layout = &decoder_of(device)->layout;
	uint8_t report[PH_HID_REPORT_MAX];
	int len = ph_hidpos_output(layout, action, report, sizeof report);

	if (len < 0)
		return len;
	memset(report + 1, 0, (size_t)len - 1);
	return ph_link_write(device, report, (size_t)len);
}

static int send_honeywell(struct ph_device *device, enum ph_honeywell_action action)
{
	uint8_t command[3], report[PH_TUNNEL_REPORT_LEN];

	ph_honeywell_action(action, command);
	if (ph_honeywell_tunnel(command, sizeof command, report) < 0)
		return -EMSGSIZE;
	return ph_link_write(device, report, sizeof report);
}

static int ask_newland(struct ph_device *device, const struct ph_newland_frame *frame)
{
	struct ph_hidscan_command command = {
		.len = PH_TUNNEL_REPORT_LEN,
		.word = WORD_NEWLAND,
		.tries = 1,
		.wait_ms = PH_HIDPOS_ANSWER_FIRST_MS,
	};

	if (ph_newland_tunnel(frame, command.report) < 0)
		return -EMSGSIZE;
	return ph_hidscan_ask(device, &command);
}

/* ---- answers ---- */

static void leaves(struct ph_device *device, const struct ph_hidscan_command *command)
{
	struct ph_hidscan *state = ph_device_state(device);

	state->pos.answer_len = 0;
	ph_hidpos_expect(&state->pos.decoder,
		command->word == WORD_REVISION ? PH_HIDPOS_HONEYWELL : PH_HIDPOS_NEWLAND,
		ph_hidscan_time(device));
}

/* The rest of the line that begins with `name`. */
static void take_line(const char *text, const char *name, char out[PH_HIDSCAN_TEXT_MAX])
{
	static const char project[] = "$ProjectRevision:";
	size_t len = strlen(name);

	for (const char *line = text; *line; line += strspn(line, "\r\n")) {
		size_t n = strcspn(line, "\r\n");
		if (n > len && strncmp(line, name, len) == 0) {
			const char *value = line + len + (line[len] == ' ');
			size_t value_len = (size_t)(line + n - value);
			if (value_len > sizeof project &&
				strncmp(value, project, sizeof project - 1) == 0) {
				value += sizeof project - 1;
				value_len -= sizeof project - 1;
			}
			ph_hidscan_keep(out, value, value_len);
			return;
		}
		line += n;
	}
}

/* "Product Name: Voyager 1602g", one line each; the engine has a serial number of its own, further on in a line. */
static void read_revision(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	char *text = state->pos.answer;

	for (size_t i = 0; i < state->pos.answer_len; i++)
		if (!text[i])
			text[i] = ' ';
	text[state->pos.answer_len] = '\0';
	take_line(text, "Product Name:", state->model);
	take_line(text, "Serial Number:", state->serial);
	take_line(text, "Software Revision:", state->firmware);
	take_line(text, "Software Part Number:", state->firmware);
	ph_hidscan_tell_info(device);
}

static void finish(struct ph_device *device, unsigned word)
{
	struct ph_hidscan *state = ph_device_state(device);
	struct ph_newland_answer answer;

	if (word == WORD_REVISION && state->pos.answer_len) {
		read_revision(device);
	} else if (word == WORD_NEWLAND_SERIAL &&
		   ph_newland_answer((const uint8_t *)state->pos.answer, state->pos.answer_len,
			   &answer) == 0) {
		ph_hidscan_keep(state->serial, (const char *)answer.data, answer.len);
		ph_hidscan_tell_info(device);
	}
}

static void silent(struct ph_device *device, const struct ph_hidscan_command *command)
{
	ph_hidpos_expect(decoder_of(device), PH_HIDPOS_NO_ANSWERS, 0);
	finish(device, command->word);
}

static void take_answer(struct ph_device *device, const struct ph_hidpos_event *event)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_hidscan_command *pending = ph_hidscan_pending(device);
	size_t room = sizeof state->pos.answer - 1 - state->pos.answer_len;
	size_t len = event->len < room ? event->len : room;

	if (!pending) /* to what an administrator sent */
		return;
	/* the last one of Honeywell's repeats the command */
	if (!event->last || pending->word != WORD_REVISION) {
		memcpy(state->pos.answer + state->pos.answer_len, event->data, len);
		state->pos.answer_len += len;
	}
	if (!event->last) {
		ph_hidscan_wait(device, PH_HIDPOS_ANSWER_NEXT_MS);
		return;
	}
	finish(device, pending->word);
	ph_hidscan_answered(device);
}

/* ---- labels ---- */

static const struct ph_symbology *symbology_of(
	const struct ph_hidscan_maker *maker, const struct ph_hidpos_event *event, int *ret_upos)
{
	const struct ph_symbology *found = NULL;

	if (maker->says_hhp && event->vendor)
		found = ph_symbology_by_hhp(
			event->vendor, event->aim[0] ? event->aim : NULL, event->len, ret_upos);
	if (!found && maker->says_zebra && event->aim[0] == ']' && event->aim[1] == 'X') {
		found = ph_symbology_by_zebra_x(event->aim[2]);
		*ret_upos = found ? found->upos : *ret_upos;
	}
	return found ? found : ph_symbology_by_aim(event->aim, event->len, ret_upos);
}

static void take_label(struct ph_device *device, const struct ph_hidpos_event *event)
{
	struct ph_hidscan *state = ph_device_state(device);
	const char aim[4] = {(char)event->aim[0], (char)event->aim[1], (char)event->aim[2]};
	struct ph_hidscan_label label = {.data = event->data, .len = event->len, .id_first = true};
	int upos;

	label.symbology = symbology_of(state->maker, event, &label.upos);
	if (ph_symbology_by_aim(event->aim, event->len, &upos)) {
		label.aim = aim;
		label.id = event->aim;
		label.id_len = 3;
	}
	ph_hidscan_label(device, &label);
}

static void take_events(struct ph_device *device)
{
	struct ph_hidpos_event event;

	while (ph_hidpos_next(decoder_of(device), &event) > 0)
		switch (event.kind) {
		case PH_HIDPOS_LABEL:
			take_label(device, &event);
			break;
		case PH_HIDPOS_ANSWER:
			take_answer(device, &event);
			break;
		case PH_HIDPOS_DROPPED:
			ph_hidscan_lost(device, event.reason);
			break;
		}
}

static void take_report(struct ph_device *device, const uint8_t *report, size_t len)
{
	if (ph_hidpos_feed(decoder_of(device), report, len, ph_hidscan_time(device)) > 0)
		take_events(device);
}

static void late(struct ph_device *device, uint64_t time_ms)
{
	if (ph_hidpos_late(decoder_of(device), time_ms) == 0)
		take_events(device);
}

static uint64_t deadline(struct ph_device *device)
{
	return ph_hidpos_deadline(decoder_of(device));
}

/* ---- opening ---- */

static int find_layout(
	struct ph_device *device, const struct ph_hid *hid, struct ph_hidpos_layout *ret_layout)
{
	const struct ph_hidscan *state = ph_device_state(device);
	int r = ph_hidpos_layout(hid, &state->maker->quirks, ret_layout);

	if (r == -EINVAL) /* this model has no such byte */
		r = ph_hidpos_layout(hid, NULL, ret_layout);
	return r;
}

static void identify(struct ph_device *device)
{
	/* "read serial number" as the maker prints it: its checksum follows no rule that is known */
	static const uint8_t newland_serial[] = {
		0x04, 0x09, 0x7e, 0x00, 0x05, 0x01, 0x01, 0xf0, 0x08, 0x11, 0x11};
	struct ph_hidscan *state = ph_device_state(device);
	uint8_t menu[PH_TUNNEL_MAX];
	struct ph_hidscan_command command = {
		.len = PH_TUNNEL_REPORT_LEN,
		.word = WORD_REVISION,
		.tries = 1,
		.wait_ms = PH_HIDPOS_ANSWER_FIRST_MS,
	};

	if (state->maker->tunnel == PH_TUNNEL_NEWLAND) {
		command.word = WORD_NEWLAND_SERIAL;
		memcpy(command.report, newland_serial, sizeof newland_serial);
		ph_hidscan_ask(device, &command);
		return;
	}
	int len = ph_honeywell_menu("REVINF", true, menu, sizeof menu);
	if (len > 0 && ph_honeywell_tunnel(menu, (size_t)len, command.report) > 0)
		ph_hidscan_ask(device, &command);
}

static bool has(const struct ph_hidpos_layout *layout, enum ph_hidpos_action action)
{
	return layout->outputs[action].report_len > 0;
}

/* Whether the report of the maker's commands is there, and no other bits of the standard in its place. */
static bool has_tunnel(const struct ph_hidscan *state, const struct ph_hid *hid)
{
	const struct ph_hidpos_layout *layout = &state->pos.decoder.layout;

	switch (state->maker->tunnel) {
	case PH_TUNNEL_NONE:
		return false;
	case PH_TUNNEL_HONEYWELL:
		return layout->tunnel_len == PH_TUNNEL_REPORT_LEN;
	case PH_TUNNEL_NEWLAND:
		return !has(layout, PH_HIDPOS_INITIATE_READ) &&
		       ph_hid_report_len(hid, PH_HID_OUTPUT, REPORT_NEWLAND) ==
			       PH_TUNNEL_REPORT_LEN;
	}
	return false;
}

static int pos_open(struct ph_device *device, const struct ph_hid *hid)
{
	struct ph_hidscan *state = ph_device_state(device);
	struct ph_hidpos_layout layout;
	uint8_t feature[2];

	int r = find_layout(device, hid, &layout);
	if (r < 0)
		return r;
	ph_hidpos_init(&state->pos.decoder, &layout);
	state->pos.decoder.cut_cr = state->cut_cr;
	state->pos.command_mode = false;
	state->pos.answer_len = 0;
	state->pos.tunnel = has_tunnel(state, hid);
	bool honeywell = state->pos.tunnel && state->maker->tunnel == PH_TUNNEL_HONEYWELL;
	state->capabilities = (struct ph_scanner_capabilities){
		.trigger = has(&layout, PH_HIDPOS_INITIATE_READ) || state->pos.tunnel,
		.beep = has(&layout, PH_HIDPOS_GOOD_READ_BEEP) || honeywell,
		.enable = has(&layout, PH_HIDPOS_PREVENT_READ),
	};
	if (layout.has_interface_select && ph_honeywell_has_interface(state->maker->vendors[0])) {
		ph_honeywell_interface(HONEYWELL_INTERFACE, feature);
		ph_link_feature(device, feature, sizeof feature);
	}
	if (!state->on && state->capabilities.enable)
		send_bit(device, PH_HIDPOS_PREVENT_READ);
	ph_hidscan_tell_info(device);
	if (state->pos.tunnel && state->identify)
		identify(device);
	return 0;
}

/* ---- requests ---- */

static int enable(struct ph_device *device, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->capabilities.enable)
		return 0; /* the host keeps its labels back */
	return on ? clear_bits(device, PH_HIDPOS_PREVENT_READ)
		  : send_bit(device, PH_HIDPOS_PREVENT_READ);
}

static int beep(struct ph_device *device, enum ph_beep kind)
{
	static const enum ph_hidpos_action actions[] = {
		[PH_BEEP_GOOD] = PH_HIDPOS_GOOD_READ_BEEP,
		[PH_BEEP_ERROR] = PH_HIDPOS_ERROR_BEEP,
		[PH_BEEP_NOT_ON_FILE] = PH_HIDPOS_NOT_ON_FILE_BEEP,
	};
	struct ph_hidscan *state = ph_device_state(device);
	int r = send_bit(device, actions[kind]);

	if (r == -EOPNOTSUPP && kind == PH_BEEP_GOOD && state->pos.tunnel &&
		state->maker->tunnel == PH_TUNNEL_HONEYWELL)
		r = send_honeywell(device, PH_HONEYWELL_BEEP);
	return r;
}

static int trigger_newland(struct ph_device *device, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);
	int r = 0;

	if (on && !state->pos.command_mode) {
		r = ask_newland(device, &(struct ph_newland_frame){.type = PH_NEWLAND_WRITE,
						.address = PH_NEWLAND_MODE,
						.data = {NEWLAND_COMMAND_MODE},
						.len = 1});
		state->pos.command_mode = r == 0;
	}
	return r < 0 ? r
		     : ask_newland(device, &(struct ph_newland_frame){.type = PH_NEWLAND_WRITE,
						   .address = PH_NEWLAND_TRIGGER,
						   .data = {on ? 1 : 2},
						   .len = 1});
}

static int trigger(struct ph_device *device, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_hidpos_layout *layout = &state->pos.decoder.layout;

	if (has(layout, PH_HIDPOS_INITIATE_READ)) {
		if (on)
			return send_bit(device, PH_HIDPOS_INITIATE_READ);
		/* some makers end the reading at the one bit, by the standard it ends without the other */
		int r = send_bit(device, PH_HIDPOS_PREVENT_READ);
		if (r < 0 && r != -EOPNOTSUPP)
			return r;
		return state->on ? clear_bits(device, PH_HIDPOS_INITIATE_READ) : 0;
	}
	if (!state->pos.tunnel)
		return -EOPNOTSUPP;
	if (state->maker->tunnel == PH_TUNNEL_NEWLAND)
		return trigger_newland(device, on);
	return send_honeywell(device, on ? PH_HONEYWELL_TRIGGER : PH_HONEYWELL_UNTRIGGER);
}

static int symbology(struct ph_device *device, const char *name, bool on)
{
	return -EOPNOTSUPP;
}

/* What answers a command comes in the report of labels. */
static int direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->pos.tunnel || !len)
		return 0;
	if (ph_hidscan_pending(device))
		return -EBUSY;
	if (state->maker->tunnel == PH_TUNNEL_HONEYWELL && data[0] == REPORT_HONEYWELL)
		ph_hidpos_expect(&state->pos.decoder, PH_HIDPOS_HONEYWELL, ph_hidscan_time(device));
	if (state->maker->tunnel == PH_TUNNEL_NEWLAND && data[0] == REPORT_NEWLAND)
		ph_hidpos_expect(&state->pos.decoder, PH_HIDPOS_NEWLAND, ph_hidscan_time(device));
	return 0;
}

const struct ph_hidscan_protocol ph_hidscan_pos = {
	.name = "hidpos",
	.open = pos_open,
	.report = take_report,
	.late = late,
	.deadline = deadline,
	.leaves = leaves,
	.silent = silent,
	.enable = enable,
	.beep = beep,
	.trigger = trigger,
	.symbology = symbology,
	.direct = direct,
};
