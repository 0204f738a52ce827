// Small devices on a bench: the model of a unit on its plug, and what the device is on USB.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
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
	bool pipe = d->plug_config.kind == PH_EMU_PLUG_USBIP &&
		    d->plug_config.usb.kind == PH_EMU_USB_BULK;

	if (pipe && d->unit->ops->get_report)
		return d->unit->ops->get_report(d->unit, 0, 0, out, size);
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
	if (on)
		ph_bench_touched(d); /* some talk by themselves from now on */
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
	d->replug_us = 0;
	ph_emu_plug_in(d->plug);
}

uint64_t ph_bench_unit_touched(struct ph_bench_device *d)
{
	uint64_t now = ph_bench_now(d->bench);
	uint64_t next = ph_emu_unit_tick(d->unit, now);

	if (!d->plug)
		return next;
	replug(d, now);
	ph_emu_plug_kick(d->plug);
	if (d->unit->hang_up && ph_emu_unit_waiting(d->unit) == 0) {
		d->unit->hang_up = false;
		ph_bench_note(d->bench, d->id, "hangs_up", NULL);
		ph_emu_plug_reset(d->plug);
	}
	if (d->unit->leave && ph_emu_unit_waiting(d->unit) == 0) {
		d->unit->leave = false;
		ph_bench_note(d->bench, d->id, "closes", NULL);
		ph_emu_plug_close(d->plug);
	}
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

// What a kind of device is on USB.
struct usb {
	uint16_t vendor, product;
	const char *maker, *model, *interface_text;
	const uint8_t *descriptor;
	size_t descriptor_len;
	bool control_out;
};

static void tell_strings(struct ph_bench_device *d, const struct usb *is)
{
	struct ph_emu_usb_config *usb = &d->plug_config.usb;

	usb->maker = text(d->maker, is->maker);
	usb->model = text(d->model, is->model);
	usb->serial = d->serial;
}

// A chip between cable and device is all that USB sees of it, and the kernel knows it by its ids; true when there is one.
static bool tell_chip(struct ph_bench_device *d)
{
	static const struct {
		enum ph_emu_usb_kind kind;
		struct usb is;
	} chips[] = {
		{PH_EMU_USB_PL2303, {.vendor = 0x067b,
					    .product = 0x2303,
					    .maker = "Prolific Technology Inc.",
					    .model = "USB-Serial Controller"}},
		{PH_EMU_USB_FTDI, {.vendor = 0x0403,
					  .product = 0x6001,
					  .maker = "FTDI",
					  .model = "FT232R USB UART"}},
	};
	struct ph_emu_usb_config *usb = &d->plug_config.usb;

	for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
		if (usb->kind != chips[i].kind)
			continue;
		tell_strings(d, &chips[i].is);
		usb->vendor = d->usb_id_set ? usb->vendor : chips[i].is.vendor;
		usb->product = d->usb_id_set ? usb->product : chips[i].is.product;
		return true;
	}
	return false;
}

static void tell_plug(
	struct ph_bench_device *d, const struct usb *is, enum ph_emu_reader_cable cable)
{
	struct ph_emu_usb_config *usb = &d->plug_config.usb;

	choose_plug(d, cable);
	tell_strings(d, is);
	if (cable == PH_EMU_CABLE_SERIAL && tell_chip(d))
		return;
	if (!d->usb_id_set) {
		usb->vendor = is->vendor ? is->vendor : 0x1d6b;
		usb->product = is->vendor ? is->product : 0x0104;
	}
	usb->interface_text = is->interface_text;
	usb->descriptor = is->descriptor;
	usb->descriptor_len = is->descriptor_len;
	usb->control_out = is->control_out;
}

static enum ph_emu_reader_cable cable_of(const uint8_t *descriptor)
{
	return descriptor ? PH_EMU_CABLE_HID : PH_EMU_CABLE_SERIAL;
}

static int new_reader(struct ph_bench_device *d)
{
	const struct ph_emu_reader_kind *k = d->reader_kind;

	d->reader = malloc(sizeof *d->reader);
	if (!d->reader)
		return -ENOMEM;
	ph_emu_reader_init(d->reader, k);
	d->unit = &d->reader->unit;
	bool aim = d->aim_set ? d->scanner.aim : d->reader->line.aim;
	d->reader->line = d->scanner;
	d->reader->line.aim = aim;
	d->reader->gap_ms = d->gap_ms;
	d->reader->alt = d->alt;
	tell_plug(d,
		&(struct usb){k->vendor, k->product, k->maker, k->model, k->interface_text,
			k->descriptor, k->descriptor_len, k->control_out},
		k->cable);
	return 0;
}

static int new_scale(struct ph_bench_device *d)
{
	const struct ph_emu_scale_kind *k = d->scale_kind;

	d->scale = malloc(sizeof *d->scale);
	if (!d->scale)
		return -ENOMEM;
	ph_emu_scale_init(d->scale, k);
	d->unit = &d->scale->unit;
	tell_plug(d,
		&(struct usb){k->vendor, k->product, k->maker, k->model, k->interface_text,
			k->descriptor, k->descriptor_len, k->descriptor != NULL},
		cable_of(k->descriptor));
	return 0;
}

static int new_msr(struct ph_bench_device *d)
{
	const struct ph_emu_msr_kind *k = d->msr_kind;

	d->msr = malloc(sizeof *d->msr);
	if (!d->msr)
		return -ENOMEM;
	ph_emu_msr_init(d->msr, k);
	d->unit = &d->msr->unit;
	tell_plug(d,
		&(struct usb){k->vendor, k->product, k->maker, k->model, NULL, k->descriptor,
			k->descriptor_len, true},
		k->keyboard ? PH_EMU_CABLE_KEYBOARD : cable_of(k->descriptor));
	return 0;
}

// Its authority is that of the bench, and what a till needs of it is in DIR/run/certificates.
static int give_certificates(struct ph_bench_device *d)
{
	char folder[4200];
	int r;

	if (!d->bench->pki) {
		r = ph_emu_pki_new(&d->bench->pki);
		if (r < 0)
			return r;
		snprintf(folder, sizeof folder, "%s/run/certificates", d->bench->root);
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return -errno;
		r = ph_emu_pki_write(d->bench->pki, folder);
		if (r < 0)
			return r;
	}
	d->plug_config.pki = d->bench->pki;
	return 0;
}

static int new_host(struct ph_bench_device *d)
{
	int r = d->tls ? give_certificates(d) : 0;

	if (r < 0)
		return r;
	d->host = malloc(sizeof *d->host);
	if (!d->host)
		return -ENOMEM;
	ph_emu_host_init(d->host, &d->host_config);
	d->unit = &d->host->unit;
	return 0;
}

static int new_terminal(struct ph_bench_device *d)
{
	d->terminal = malloc(sizeof *d->terminal);
	if (!d->terminal)
		return -ENOMEM;
	d->terminal_config.serial = d->plug_config.kind != PH_EMU_PLUG_TCP;
	ph_emu_terminal_init(d->terminal, &d->terminal_config);
	d->terminal->clock_us = (int64_t)(ph_clock_wall_us() - ph_bench_now(d->bench));
	d->unit = &d->terminal->unit;
	d->plug_config.usb.kind = PH_EMU_USB_CDC;
	return 0;
}

static int new_box(struct ph_bench_device *d)
{
	const struct ph_emu_box_kind *k = d->box_kind;

	d->box = malloc(sizeof *d->box);
	if (!d->box)
		return -ENOMEM;
	ph_emu_drawer_init(&d->drawer_model, &d->drawer_config);
	ph_emu_box_init(d->box, k, &d->drawer_model);
	d->box->number = d->number;
	d->box->charge_ms = d->charge_ms;
	d->unit = &d->box->unit;
	tell_plug(d,
		&(struct usb){k->vendor, (uint16_t)(k->product + d->number), k->maker, k->model,
			NULL, k->descriptor, k->descriptor_len, false},
		cable_of(k->descriptor));
	if (k->bulk) {
		/* there is no other cable for it */
		d->plug_config.kind = PH_EMU_PLUG_USBIP;
		d->plug_config.usb.kind = PH_EMU_USB_BULK;
	}
	return 0;
}

int ph_bench_unit_new(struct ph_bench_device *d)
{
	switch (d->class) {
	case PH_BENCH_SCANNER:
		return new_reader(d);
	case PH_BENCH_SCALE:
		return new_scale(d);
	case PH_BENCH_MSR:
		return new_msr(d);
	case PH_BENCH_DRAWER:
		return new_box(d);
	case PH_BENCH_HOST:
		return new_host(d);
	case PH_BENCH_TERMINAL:
		return new_terminal(d);
	case PH_BENCH_PRINTER:
	case PH_BENCH_DISPLAY:
	case PH_BENCH_READER:
	case PH_BENCH_CLASS_COUNT_:
		break;
	}
	return -EINVAL;
}

int ph_bench_join_scale(struct ph_bench_device *d)
{
	if (d->class != PH_BENCH_SCALE || !d->behind[0])
		return 0;
	struct ph_bench_device *scanner = ph_bench_find(d->bench, d->behind);
	if (!scanner || !scanner->reader ||
		strcmp(scanner->reader->kind->word, "single-cable") != 0 || scanner->reader->plate)
		return -EINVAL;
	scanner->reader->plate = &d->scale->plate;
	return 0;
}

void ph_bench_unit_free(struct ph_bench_device *d)
{
	if (d->reader)
		ph_emu_reader_done(d->reader);
	if (d->scale)
		ph_emu_scale_done(d->scale);
	if (d->msr)
		ph_emu_msr_done(d->msr);
	if (d->box)
		ph_emu_box_done(d->box);
	if (d->host)
		ph_emu_host_done(d->host);
	if (d->terminal)
		ph_emu_terminal_done(d->terminal);
	free(d->terminal);
	free(d->host);
	free(d->reader);
	free(d->scale);
	free(d->msr);
	free(d->box);
	d->terminal = NULL;
	d->host = NULL;
	d->reader = NULL;
	d->scale = NULL;
	d->msr = NULL;
	d->box = NULL;
	d->unit = NULL;
}
