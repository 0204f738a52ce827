// Small devices on a bench: the model of a unit on its plug, and what the device is on USB.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/bench/bench.h"

#define REPLUG_US 50000u /* off the bus, when a device enumerates anew */

// ---- the plug's view ----

static bool has_packets(const struct ph_bench_device *d)
{
	const struct ph_emu_plug_config *c = &d->plug_config;

	if (c->kind != PH_EMU_PLUG_USBIP)
		return c->kind == PH_EMU_PLUG_HID || c->kind == PH_EMU_PLUG_EVDEV;
	return c->usb.kind == PH_EMU_USB_HID || c->usb.kind == PH_EMU_USB_KEYBOARD ||
	       c->usb.kind == PH_EMU_USB_BULK;
}

static size_t room(void *userdata)
{
	return 4096;
}

static size_t input(void *userdata, const uint8_t *data, size_t len)
{
	struct ph_bench_device *d = userdata;

	ph_emu_unit_input(d->unit, ph_bench_now(d->bench), PH_EMU_DATA, data, len);
	ph_bench_touched(d);
	return len;
}

static void report(void *userdata, bool feature, const uint8_t *data, size_t len)
{
	struct ph_bench_device *d = userdata;

	ph_emu_unit_input(d->unit, ph_bench_now(d->bench), feature ? PH_EMU_FEATURE : PH_EMU_REPORT,
		data, len);
	ph_bench_touched(d);
}

static size_t get_report(void *userdata, unsigned type, unsigned id, uint8_t *out, size_t size)
{
	struct ph_bench_device *d = userdata;

	if (!d->unit->ops->get_report)
		return 0;
	return d->unit->ops->get_report(d->unit, type, id, out, size);
}

static size_t output(void *userdata, uint8_t *out, size_t size)
{
	struct ph_bench_device *d = userdata;
	uint64_t now = ph_bench_now(d->bench);

	return has_packets(d) ? ph_emu_unit_packet(d->unit, now, out, size)
			      : ph_emu_unit_bytes(d->unit, now, out, size);
}

static bool never_busy(void *userdata)
{
	return false;
}

static void connected(void *userdata, bool on)
{
	struct ph_bench_device *d = userdata;

	if (!on)
		ph_emu_unit_drop(d->unit);
	if (d->unit->ops->opened)
		d->unit->ops->opened(d->unit, on);
	if (d->plug_config.kind != PH_EMU_PLUG_PTY)
		ph_bench_note(d->bench, d->id, on ? "connected" : "disconnected", NULL);
	ph_bench_check_waiters(d->bench);
}

static void line(void *userdata, const struct ph_emu_line *set)
{
	struct ph_bench_device *d = userdata;

	d->line = *set;
	ph_bench_check_waiters(d->bench);
}

const struct ph_emu_plug_ops ph_bench_unit_ops = {.room = room,
	.input = input,
	.output = output,
	.busy = never_busy,
	.connected = connected,
	.report = report,
	.get_report = get_report,
	.line = line};

// ---- after each change ----

static void replug(struct ph_bench_device *d, uint64_t now)
{
	if (d->unit->reenumerate) {
		d->unit->reenumerate = false;
		ph_bench_note(d->bench, d->id, "reenumerates", NULL);
		ph_emu_plug_out(d->plug);
		d->replug_us = now + REPLUG_US;
	}
	if (!d->replug_us || d->replug_us > now)
		return;
	/* a port of vhci takes a while to be free again */
	d->replug_us = ph_emu_plug_in(d->plug) == -EBUSY ? now + REPLUG_US : 0;
}

uint64_t ph_bench_unit_touched(struct ph_bench_device *d)
{
	uint64_t now = ph_bench_now(d->bench);
	uint64_t next = ph_emu_unit_tick(d->unit, now);

	if (!d->plug)
		return next;
	replug(d, now);
	ph_emu_plug_kick(d->plug);
	uint64_t packet = ph_emu_unit_tick(d->unit, now);
	next = packet < next ? packet : next;
	return d->replug_us && d->replug_us < next ? d->replug_us : next;
}

// ---- making ----

static void choose_plug(struct ph_bench_device *d, enum ph_emu_reader_cable cable)
{
	static const enum ph_emu_plug_kind plugs[] = {
		[PH_EMU_CABLE_SERIAL] = PH_EMU_PLUG_PTY,
		[PH_EMU_CABLE_HID] = PH_EMU_PLUG_HID,
		[PH_EMU_CABLE_KEYBOARD] = PH_EMU_PLUG_EVDEV,
	};
	static const enum ph_emu_usb_kind usb[] = {
		[PH_EMU_CABLE_SERIAL] = PH_EMU_USB_CDC,
		[PH_EMU_CABLE_HID] = PH_EMU_USB_HID,
		[PH_EMU_CABLE_KEYBOARD] = PH_EMU_USB_KEYBOARD,
	};

	if (!d->plug_set)
		d->plug_config.kind = plugs[cable];
	if (!d->usb_kind_set || cable != PH_EMU_CABLE_SERIAL)
		d->plug_config.usb.kind = usb[cable];
}

static const char *text(char *own, const char *standard)
{
	return *own || !standard ? own : standard;
}

static int new_reader(struct ph_bench_device *d)
{
	const struct ph_emu_reader_kind *kind = d->reader_kind;
	struct ph_emu_usb_config *usb = &d->plug_config.usb;

	d->reader = malloc(sizeof *d->reader);
	if (!d->reader)
		return -ENOMEM;
	ph_emu_reader_init(d->reader, kind);
	d->unit = &d->reader->unit;
	bool aim = d->aim_set ? d->scanner.aim : d->reader->line.aim;
	d->reader->line = d->scanner;
	d->reader->line.aim = aim;
	d->reader->gap_ms = d->gap_ms;
	d->reader->alt = d->alt;
	choose_plug(d, kind->cable);
	if (!d->usb_id_set) {
		usb->vendor = kind->vendor;
		usb->product = kind->product;
	}
	usb->maker = text(d->maker, kind->maker);
	usb->model = text(d->model, kind->model);
	usb->serial = d->serial;
	usb->interface_text = kind->interface_text;
	usb->descriptor = kind->descriptor;
	usb->descriptor_len = kind->descriptor_len;
	usb->control_out = kind->control_out;
	return 0;
}

int ph_bench_unit_new(struct ph_bench_device *d)
{
	return new_reader(d);
}

void ph_bench_unit_free(struct ph_bench_device *d)
{
	if (d->reader)
		ph_emu_reader_done(d->reader);
	free(d->reader);
	d->reader = NULL;
	d->unit = NULL;
}
