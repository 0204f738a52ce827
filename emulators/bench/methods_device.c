// Control methods of scanners, displays, drawers and of the bench itself.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "emulators/bench/control.h"

static const char *const plug_words[] = {
	[PH_EMU_PLUG_PTY] = "pty",
	[PH_EMU_PLUG_TCP] = "tcp",
	[PH_EMU_PLUG_USBIP] = "usbip",
	[PH_EMU_PLUG_HID] = "hid",
	[PH_EMU_PLUG_EVDEV] = "evdev",
};

// ---- bench ----

static void add_reader(cJSON *o, const struct ph_bench_device *d)
{
	char connection[32];

	snprintf(connection, sizeof connection, "127.0.0.1:%u", d->plug_config.port);
	cJSON_AddStringToObject(o, "plug", "vpcd");
	cJSON_AddStringToObject(o, "connection", connection);
	cJSON_AddBoolToObject(o, "plugged", ph_emu_vpcd_is_in(d->vpcd));
	cJSON_AddBoolToObject(o, "connected", ph_emu_vpcd_is_connected(d->vpcd));
}

static void run_list(struct ph_call *call)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "devices");

	for (size_t i = 0; i < call->bench->n_devices; i++) {
		const struct ph_bench_device *d = &call->bench->devices[i];
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "id", d->id);
		cJSON_AddStringToObject(o, "class", ph_bench_class_name(d->class));
		if (d->plug) {
			cJSON_AddStringToObject(o, "plug", plug_words[d->plug_config.kind]);
			cJSON_AddStringToObject(o, "connection", ph_emu_plug_url(d->plug));
			if (ph_emu_plug_usbip_port(d->plug)) {
				cJSON_AddNumberToObject(
					o, "usbip_port", ph_emu_plug_usbip_port(d->plug));
				cJSON_AddStringToObject(o, "busid", ph_emu_plug_busid(d->plug));
			}
			cJSON_AddBoolToObject(o, "plugged", ph_emu_plug_is_in(d->plug));
			cJSON_AddBoolToObject(o, "connected", ph_emu_plug_is_connected(d->plug));
		} else if (d->vpcd) {
			add_reader(o, d);
		} else {
			const struct ph_bench_device *p = ph_bench_find(call->bench, d->behind);
			cJSON_AddStringToObject(
				o, "plug", d->class == PH_BENCH_SCALE ? "scanner" : "printer");
			cJSON_AddStringToObject(
				o, "connection", p && p->plug ? ph_emu_plug_url(p->plug) : "");
			cJSON_AddStringToObject(o, "behind", d->behind);
		}
		cJSON_AddBoolToObject(o, "spare", d->spare);
		cJSON_AddItemToArray(list, o);
	}
	ph_call_ok(call, result);
}

static void run_ping(struct ph_call *call)
{
	ph_call_ok(call, NULL);
}

static void run_stop(struct ph_call *call)
{
	ph_call_ok(call, NULL);
	sd_event_exit(call->bench->event, 0);
}

static cJSON *entry_json(const struct ph_bench_entry *e)
{
	char time[PH_TIME_SIZE];
	cJSON *o = cJSON_CreateObject();
	ph_time_format(e->time_us, time);
	cJSON_AddNumberToObject(o, "seq", (double)e->seq);
	cJSON_AddStringToObject(o, "time", time);
	cJSON_AddStringToObject(o, "device", e->device);
	cJSON_AddStringToObject(o, "what", e->what);
	if (e->detail)
		cJSON_AddRawToObject(o, "detail", e->detail);
	return o;
}

static void run_events(struct ph_call *call)
{
	const struct ph_bench *b = call->bench;
	uint64_t since = (uint64_t)ph_param_number(call->params, "since", 0);
	const char *only = ph_param_text(call->params, "device", NULL);
	uint64_t oldest = b->next_seq > PH_BENCH_RECORD ? b->next_seq - PH_BENCH_RECORD : 1;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "events");

	for (uint64_t s = since + 1 > oldest ? since + 1 : oldest; s < b->next_seq; s++) {
		const struct ph_bench_entry *e = &b->record[s % PH_BENCH_RECORD];
		if (!only || strcmp(only, e->device) == 0)
			cJSON_AddItemToArray(list, entry_json(e));
	}
	cJSON_AddNumberToObject(result, "last", (double)(b->next_seq - 1));
	cJSON_AddNumberToObject(
		result, "dropped", since + 1 < oldest ? (double)(oldest - since - 1) : 0);
	ph_call_ok(call, result);
}

// ---- cables ----

static void run_unplug(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_any_device(call);
	if (!d)
		return;
	if (d->vpcd) {
		ph_call_error(call, PH_E_ILLEGAL, "%s is no cable; use card.remove", d->id);
		return;
	}
	if (!d->plug) {
		ph_call_error(call, PH_E_ILLEGAL, "%s hangs on %s; unplug that", d->id, d->behind);
		return;
	}
	ph_bench_note(call->bench, d->id, "unplug", NULL);
	if (ph_param_bool(call->params, "power", false) && d->printer)
		ph_emu_printer_power_cycle(d->printer, ph_bench_now(call->bench));
	if (d->display && ph_param_bool(call->params, "power", false))
		ph_emu_display_power_cycle(d->display);
	if (d->unit && ph_param_bool(call->params, "power", false))
		ph_emu_unit_power(d->unit, ph_bench_now(call->bench));
	ph_emu_plug_out(d->plug);
	ph_bench_touched(d);
	ph_call_ok(call, NULL);
}

static void run_plug(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_any_device(call);
	if (!d)
		return;
	int r = d->plug ? ph_emu_plug_in(d->plug) : -EINVAL;
	if (r < 0) {
		ph_call_error(
			call, ph_error_from_errno(r), "cannot plug in %s: %s", d->id, strerror(-r));
		return;
	}
	ph_bench_note(call->bench, d->id, "plug", NULL);
	ph_call_ok(call, NULL);
}

static int usb_fault(struct ph_bench_device *d, const cJSON *p)
{
	static const char *const words[PH_EMU_USB_FAULT_COUNT_] = {
		[PH_EMU_USB_STALL_OUT] = "stall_out",
		[PH_EMU_USB_STALL_IN] = "stall_in",
		[PH_EMU_USB_BABBLE] = "babble",
		[PH_EMU_USB_NAK_OUT] = "nak_out",
		[PH_EMU_USB_EMPTY_IN] = "empty_in",
		[PH_EMU_USB_MUTE_CONTROL] = "mute_control",
	};
	const char *word = ph_param_text(p, "usb", NULL);

	if (!word)
		return 0;
	for (int i = 0; i < PH_EMU_USB_FAULT_COUNT_; i++)
		if (strcmp(word, words[i]) == 0 && ph_emu_plug_usbip_port(d->plug)) {
			ph_emu_plug_usb_fault(
				d->plug, (enum ph_emu_usb_fault)i, !ph_param_bool(p, "off", false));
			return 0;
		}
	return -EINVAL;
}

// Bytes nobody asked for; of HID one report, its id first, of a line as many pieces as it takes.
static int unit_rubbish(struct ph_bench_device *d, const uint8_t *rubbish, size_t len)
{
	ph_emu_plug_look(d->plug);
	if (!ph_emu_plug_is_connected(d->plug))
		return -ENOLINK;
	d->unit->now_us = ph_bench_now(d->bench);
	bool line =
		d->plug_config.kind != PH_EMU_PLUG_HID && d->plug_config.kind != PH_EMU_PLUG_EVDEV;
	int r = 0;
	while (r == 0 && len > 0) {
		size_t piece = line && len > PH_EMU_PACKET_MAX ? PH_EMU_PACKET_MAX : len;
		r = emu_unit_send(d->unit, rubbish, piece);
		rubbish += piece;
		len -= piece;
	}
	ph_bench_touched(d);
	return r;
}

static int unit_fault(struct ph_bench_device *d, const cJSON *p)
{
	const char *kind = ph_param_text(p, "kind", NULL);
	long value = (long)ph_param_number(p, "value", 0);
	bool off = ph_param_bool(p, "off", false);

	if (!kind)
		return 0;
	if (strcmp(kind, "lose_keys") == 0 && d->plug_config.kind == PH_EMU_PLUG_EVDEV) {
		ph_emu_plug_lose_keys(
			d->plug, (unsigned)value, (unsigned)ph_param_number(p, "count", 1));
		return 0;
	}
	if (strcmp(kind, "refuse_report") == 0 && d->plug_config.kind == PH_EMU_PLUG_HID) {
		ph_emu_plug_refuse_report(d->plug);
		return 0;
	}
	if (d->display && strcmp(kind, "nak_every") == 0) {
		ph_emu_display_nak_every(d->display, off || value < 0 ? 0 : (unsigned)value);
		return 0;
	}
	if (d->display && strcmp(kind, "lose_every") == 0) {
		ph_emu_display_lose_every(d->display, off || value < 0 ? 0 : (unsigned)value);
		return 0;
	}
	if (!d->unit)
		return -EINVAL;
	return ph_emu_unit_fault(d->unit, ph_bench_now(d->bench), kind, value, off);
}

// what a cable or a flaky device does: a broken connection, a slow line, bytes nobody asked for
static int device_fault(
	struct ph_bench_device *d, const cJSON *p, const uint8_t *rubbish, size_t len)
{
	int r = 0;

	if (ph_param_has(p, "line_bytes_per_second"))
		ph_emu_plug_pace(d->plug, (unsigned)ph_param_number(p, "line_bytes_per_second", 0));
	if (len > 0 && d->class == PH_BENCH_PRINTER)
		r = -ENOTSUP;
	else if (len > 0 && d->unit)
		r = unit_rubbish(d, rubbish, len);
	else if (len > 0)
		r = ph_bench_send(d, rubbish, len);
	if (r == 0)
		r = usb_fault(d, p);
	if (r == 0)
		r = unit_fault(d, p);
	if (r == 0 && ph_param_bool(p, "disconnect", false))
		r = ph_emu_plug_reset(d->plug);
	return r;
}

static void run_fault(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_any_device(call);
	const char *text = ph_param_text(call->params, "rubbish_b64", "");
	PH_CLEANUP_FREE uint8_t *data = malloc(strlen(text) + 1);

	if (!d || !data)
		return;
	ssize_t len = ph_base64_decode(text, strlen(text), data);
	if (len < 0 || !d->plug) {
		ph_call_error(call, PH_E_ILLEGAL, "%s",
			len < 0 ? "params.rubbish_b64 is not base64"
				: "it has no cable of its own");
		return;
	}
	int r = device_fault(d, call->params, data, (size_t)len);
	if (r < 0) {
		ph_call_error(call, ph_error_from_errno(r), "%s: %s", d->id, strerror(-r));
		return;
	}
	ph_bench_note(call->bench, d->id, "fault", NULL);
	ph_call_ok(call, NULL);
}

// ---- drawers ----

static cJSON *drawer_json(const struct ph_bench_device *d)
{
	const struct ph_emu_drawer *m = &d->drawer_model;
	cJSON *o = cJSON_CreateObject();
	cJSON_AddBoolToObject(o, "open", m->open);
	cJSON_AddStringToObject(o, "level", m->level ? "high" : "low");
	cJSON_AddBoolToObject(o, "stuck", m->stuck);
	cJSON_AddNumberToObject(o, "pulses", (double)m->pulses);
	if (d->box) {
		cJSON_AddStringToObject(o, "protocol", d->box->kind->word);
		cJSON_AddNumberToObject(o, "refused", (double)d->box->refused);
		cJSON_AddBoolToObject(o, "second_open", d->box->second_open);
		cJSON_AddBoolToObject(o, "loader", d->box->loader);
	}
	cJSON *list = cJSON_AddArrayToObject(o, "record");
	for (size_t i = 0; i < m->n_record; i++) {
		cJSON *p = cJSON_CreateObject();
		cJSON_AddNumberToObject(p, "time_us", (double)m->record[i].time_us);
		cJSON_AddNumberToObject(p, "pin", m->record[i].pin);
		cJSON_AddNumberToObject(p, "on_ms", m->record[i].on_ms);
		cJSON_AddNumberToObject(p, "off_ms", m->record[i].off_ms);
		cJSON_AddBoolToObject(p, "opened", m->record[i].opened);
		cJSON_AddItemToArray(list, p);
	}
	return o;
}

static void run_drawer_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DRAWER);
	if (d)
		ph_call_ok(call, drawer_json(d));
}

static void run_drawer_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DRAWER);
	const cJSON *p = call->params;
	const char *level = ph_param_text(p, "open_level", NULL);
	if (!d)
		return;
	if (level && ph_bench_set_key(d, "open_level", level) < 0) {
		ph_call_error(call, PH_E_ILLEGAL, "params.open_level is one of: high low");
		return;
	}
	struct ph_emu_drawer_config *c = &d->drawer_model.config;
	c->open_is_high = d->drawer_config.open_is_high = level ? level[0] == 'h' : c->open_is_high;
	c->min_pulse_ms = (unsigned)ph_param_number(p, "min_pulse_ms", c->min_pulse_ms);
	c->delay_ms = (unsigned)ph_param_number(p, "delay_ms", c->delay_ms);
	c->bounce_ms = (unsigned)ph_param_number(p, "bounce_ms", c->bounce_ms);
	c->no_sensor = ph_param_bool(p, "no_sensor", c->no_sensor);
	d->drawer_model.stuck = ph_param_bool(p, "stuck", d->drawer_model.stuck);
	ph_emu_drawer_set(&d->drawer_model, ph_bench_now(call->bench),
		ph_param_bool(p, "open", d->drawer_model.open));
	if (d->box)
		d->box->second_open = ph_param_bool(p, "second_open", d->box->second_open);
	if (level || ph_param_has(p, "no_sensor"))
		ph_emu_drawer_rewired(&d->drawer_model);
	ph_bench_touched(d);
	ph_call_ok(call, drawer_json(d));
}

static bool drawer_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	const struct ph_emu_drawer *m = &d->drawer_model;
	if (ph_param_bool(p, "open", m->open) != m->open ||
		(double)m->pulses < ph_param_number(p, "pulses", 0))
		return false;
	*ret_result = drawer_json(d);
	return true;
}

static void run_drawer_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DRAWER);
	if (d)
		ph_call_wait(call, d, drawer_condition);
}

// ---- displays ----

static void add_attributes(cJSON *o, const struct ph_emu_display_state *s)
{
	cJSON *list = cJSON_AddArrayToObject(o, "attributes");
	for (unsigned y = 0; y < s->rows; y++)
		for (unsigned x = 0; x < s->columns; x++) {
			const struct ph_emu_display_cell *c = &s->cells[y][x];
			if (!c->reverse && !c->blink && !c->mark)
				continue;
			char mark[2] = {c->mark, 0};
			cJSON *a = cJSON_CreateObject();
			cJSON_AddNumberToObject(a, "row", y + 1);
			cJSON_AddNumberToObject(a, "column", x + 1);
			if (c->reverse)
				cJSON_AddTrueToObject(a, "reverse");
			if (c->blink)
				cJSON_AddTrueToObject(a, "blink");
			if (c->mark)
				cJSON_AddStringToObject(a, "mark", mark);
			cJSON_AddItemToArray(list, a);
		}
}

static cJSON *display_json(const struct ph_bench_device *d)
{
	static const char *const modes[] = {"overwrite", "vertical", "horizontal"};
	const struct ph_emu_display_state *s = ph_emu_display_state(d->display);
	const char *const *notes;
	char row[PH_EMU_DISPLAY_ROW_SIZE];
	cJSON *o = cJSON_CreateObject();
	cJSON *rows = cJSON_AddArrayToObject(o, "rows");

	for (unsigned y = 0; y < s->rows; y++) {
		ph_emu_display_row(d->display, y, row);
		cJSON_AddItemToArray(rows, cJSON_CreateString(row));
	}
	cJSON *cursor = cJSON_AddObjectToObject(o, "cursor");
	cJSON_AddNumberToObject(cursor, "column", s->cursor_column);
	cJSON_AddNumberToObject(cursor, "row", s->cursor_row);
	cJSON_AddBoolToObject(cursor, "visible", s->cursor_visible);
	cJSON_AddNumberToObject(o, "columns", s->columns);
	cJSON_AddStringToObject(o, "set", ph_emu_display_set_word(d->display_config.set));
	cJSON_AddNumberToObject(o, "brightness", s->brightness);
	cJSON_AddNumberToObject(o, "blink", s->blink);
	cJSON_AddStringToObject(o, "mode", modes[s->mode]);
	cJSON_AddNumberToObject(o, "annunciators", s->annunciators);
	cJSON_AddBoolToObject(o, "selected", s->selected);
	cJSON_AddBoolToObject(o, "scrolling", s->scrolling);
	add_attributes(o, s);
	cJSON *remarks = cJSON_AddArrayToObject(o, "remarks");
	size_t n = ph_emu_display_notes(d->display, &notes);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(remarks, cJSON_CreateString(notes[i]));
	cJSON_AddNumberToObject(o, "received", (double)d->received);
	return o;
}

static void run_display_text(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DISPLAY);
	if (d)
		ph_call_ok(call, display_json(d));
}

static bool display_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	const struct ph_emu_display_state *s = ph_emu_display_state(d->display);
	const char *text = ph_param_text(p, "text", "");
	unsigned only = (unsigned)ph_param_number(p, "row", 0);
	bool found = false;
	char row[PH_EMU_DISPLAY_ROW_SIZE];

	for (unsigned y = 0; y < s->rows; y++) {
		ph_emu_display_row(d->display, y, row);
		if ((only == 0 || only == y + 1) && strstr(row, text))
			found = true;
	}
	if (!found || (double)d->received < ph_param_number(p, "bytes", 0) ||
		(ph_param_has(p, "brightness") &&
			ph_param_number(p, "brightness", 0) != s->brightness))
		return false;
	*ret_result = display_json(d);
	return true;
}

static void run_display_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DISPLAY);
	if (d)
		ph_call_wait(call, d, display_condition);
}

static void run_display_power(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_DISPLAY);
	if (!d)
		return;
	ph_bench_note(call->bench, d->id, "power_cycle", NULL);
	ph_emu_display_power_cycle(d->display);
	ph_call_ok(call, display_json(d));
}

const struct ph_method ph_bench_device_methods[] = {
	{"bench.list", "", run_list},
	{"bench.ping", "", run_ping},
	{"bench.stop", "", run_stop},
	{"events.list", "since:n device:s", run_events},
	{"device.unplug", "device:s! power:b", run_unplug},
	{"device.plug", "device:s!", run_plug},
	{"device.fault",
		"device:s! disconnect:b line_bytes_per_second:n rubbish_b64:s usb:s off:b "
		"kind:s value:n count:n",
		run_fault},
	{"drawer.state", "device:s", run_drawer_state},
	{"drawer.set",
		"device:s open:b stuck:b open_level:s min_pulse_ms:n delay_ms:n bounce_ms:n "
		"no_sensor:b second_open:b",
		run_drawer_set},
	{"drawer.wait", "device:s open:b pulses:n timeout_ms:n", run_drawer_wait},
	{"display.text", "device:s", run_display_text},
	{"display.wait", "device:s row:n text:s brightness:n bytes:n timeout_ms:n",
		run_display_wait},
	{"display.powerCycle", "device:s", run_display_power},
	{0},
};
