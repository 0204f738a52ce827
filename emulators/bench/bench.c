// Holds the devices of a bench together: models, plugs, timers and the record of what happened.
#include "emulators/bench/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"

uint64_t ph_bench_now(const struct ph_bench *bench)
{
	return ph_clock_mono_us();
}

const char *ph_bench_class_name(enum ph_bench_class class)
{
	static const char *const names[] = {
		[PH_BENCH_PRINTER] = "printer",
		[PH_BENCH_SCANNER] = "scanner",
		[PH_BENCH_DISPLAY] = "display",
		[PH_BENCH_DRAWER] = "drawer",
		[PH_BENCH_SCALE] = "scale",
		[PH_BENCH_MSR] = "msr",
		[PH_BENCH_HOST] = "host",
		[PH_BENCH_READER] = "reader",
		[PH_BENCH_TERMINAL] = "terminal",
	};
	return names[class];
}

int ph_bench_new(sd_event *event, const char *root, struct ph_bench **ret_bench)
{
	struct ph_bench *bench = calloc(1, sizeof *bench);
	if (!bench)
		return -ENOMEM;
	bench->event = sd_event_ref(event);
	bench->control = -1;
	bench->next_seq = 1;
	sd_id128_randomize(&bench->instance);
	int n = snprintf(bench->root, sizeof bench->root, "%s", root ? root : "");
	if (n < 0 || (size_t)n >= sizeof bench->root) {
		ph_bench_free(bench);
		return -ENAMETOOLONG;
	}
	*ret_bench = bench;
	return 0;
}

void ph_bench_free(struct ph_bench *bench)
{
	if (!bench)
		return;
	ph_bench_control_stop(bench);
	for (size_t i = 0; i < bench->n_devices; i++) {
		struct ph_bench_device *d = &bench->devices[i];
		sd_event_source_disable_unref(d->timer);
		ph_emu_plug_free(d->plug);
		ph_emu_printer_free(d->printer);
		ph_emu_display_free(d->display);
		ph_bench_unit_free(d);
		ph_bench_reader_free(d);
		free(d->out);
	}
	ph_emu_hub_free(bench->hub);
	ph_emu_pki_free(bench->pki);
	for (size_t i = 0; i < PH_BENCH_RECORD; i++)
		free(bench->record[i].detail);
	ph_emu_font_unref(bench->font);
	sd_event_unref(bench->event);
	free(bench);
}

struct ph_bench_device *ph_bench_find(struct ph_bench *bench, const char *id)
{
	for (size_t i = 0; i < bench->n_devices; i++)
		if (strcmp(bench->devices[i].id, id) == 0)
			return &bench->devices[i];
	return NULL;
}

void ph_bench_note(struct ph_bench *bench, const char *device, const char *what, cJSON *detail)
{
	struct ph_bench_entry *e = &bench->record[bench->next_seq % PH_BENCH_RECORD];
	free(e->detail);
	*e = (struct ph_bench_entry){.seq = bench->next_seq++,
		.time_us = ph_clock_wall_us(),
		.what = what,
		.detail = detail ? cJSON_PrintUnformatted(detail) : NULL};
	snprintf(e->device, sizeof e->device, "%s", device);
	cJSON_Delete(detail);
}

static void arm_timer(struct ph_bench_device *d, uint64_t when);

// ---- models on plugs ----

static size_t printer_room(void *userdata)
{
	struct ph_bench_device *d = userdata;
	return ph_emu_printer_room(d->printer);
}

static void link_event(struct ph_bench_device *d)
{
	switch (ph_emu_printer_take_link_event(d->printer)) {
	case PH_EMU_LINK_NOTHING:
		return;
	case PH_EMU_LINK_DISCONNECT:
		ph_bench_note(d->bench, d->id, "disconnect", NULL);
		ph_emu_plug_reset(d->plug);
		break;
	case PH_EMU_LINK_POWER:
		ph_bench_note(d->bench, d->id, "power_cycle", NULL);
		// a serial line stays up without its printer
		if (d->plug_config.kind != PH_EMU_PLUG_PTY)
			ph_emu_plug_reset(d->plug);
		break;
	}
}

static size_t printer_input(void *userdata, const uint8_t *data, size_t len)
{
	struct ph_bench_device *d = userdata;
	size_t taken = ph_emu_printer_feed(d->printer, ph_bench_now(d->bench), data, len);

	ph_bench_touched(d);
	return taken;
}

static size_t printer_output(void *userdata, uint8_t *out, size_t size)
{
	struct ph_bench_device *d = userdata;
	return ph_emu_printer_take(d->printer, out, size);
}

static bool printer_busy(void *userdata)
{
	struct ph_bench_device *d = userdata;
	return ph_emu_printer_buffered(d->printer) > 0 || ph_emu_printer_pending(d->printer) > 0;
}

static void connected(void *userdata, bool on)
{
	struct ph_bench_device *d = userdata;
	if (!on && d->printer)
		ph_emu_printer_drop_output(d->printer);
	if (!on)
		d->out_len = 0;
	if (d->plug_config.kind != PH_EMU_PLUG_PTY)
		ph_bench_note(d->bench, d->id, on ? "connected" : "disconnected", NULL);
	ph_bench_check_waiters(d->bench);
}

// Source: USB Device Class Definition for Printing Devices 1.1, 4.2.2.
static uint8_t printer_port_status(void *userdata)
{
	const struct ph_bench_device *d = userdata;
	const struct ph_emu_printer_state *s = ph_emu_printer_state(d->printer);
	bool error = s->error != PH_EMU_ERROR_NONE || s->cover_open;

	return (uint8_t)((error ? 0 : 0x08) | (s->offline ? 0 : 0x10) |
			 (s->paper == PH_EMU_PAPER_EMPTY ? 0x20 : 0));
}

static void printer_soft_reset(void *userdata)
{
	struct ph_bench_device *d = userdata;

	// all it holds is gone, as after a power cycle; the host keeps the device
	ph_bench_note(d->bench, d->id, "soft_reset", NULL);
	ph_emu_printer_power_cycle(d->printer, ph_bench_now(d->bench));
	ph_bench_touched(d);
}

/* While the model gets its bytes they still count as unread. */
static void printer_settled(void *userdata)
{
	struct ph_bench_device *d = userdata;

	ph_bench_check_waiters(d->bench);
}

static size_t endless_room(void *userdata)
{
	return 4096;
}

static size_t display_input(void *userdata, const uint8_t *data, size_t len)
{
	struct ph_bench_device *d = userdata;
	uint8_t answer[256];

	d->received += len;
	ph_emu_display_feed(d->display, data, len);
	for (size_t n; (n = ph_emu_display_take(d->display, answer, sizeof answer)) > 0;)
		ph_bench_send(d, answer, n);
	ph_bench_check_waiters(d->bench);
	return len;
}

static void display_report(void *userdata, bool feature, const uint8_t *data, size_t len)
{
	struct ph_bench_device *d = userdata;
	uint8_t answer[PH_EMU_DISPLAY_REPORT];

	d->received += len;
	ph_emu_display_report(d->display, data, len);
	for (size_t n; (n = ph_emu_display_take(d->display, answer, sizeof answer)) > 0;)
		ph_bench_send(d, answer, n);
	if (ph_emu_display_take_reset(d->display)) {
		ph_bench_note(d->bench, d->id, "reenumerates", NULL);
		ph_emu_plug_out(d->plug);
		arm_timer(d, ph_bench_now(d->bench) + 50000);
	}
	ph_bench_check_waiters(d->bench);
}

static bool is_hid(const struct ph_bench_device *d)
{
	return d->plug_config.kind == PH_EMU_PLUG_HID ||
	       (d->plug_config.kind == PH_EMU_PLUG_USBIP &&
		       d->plug_config.usb.kind == PH_EMU_USB_HID);
}

static size_t queue_output(void *userdata, uint8_t *out, size_t size)
{
	struct ph_bench_device *d = userdata;
	size_t n = d->out_len < size ? d->out_len : size;

	if (is_hid(d) && n > PH_EMU_DISPLAY_REPORT)
		n = PH_EMU_DISPLAY_REPORT;

	if (n == 0)
		return 0;
	memcpy(out, d->out, n);
	memmove(d->out, d->out + n, d->out_len - n);
	d->out_len -= n;
	return n;
}

static bool never_busy(void *userdata)
{
	return false;
}

int ph_bench_send(struct ph_bench_device *d, const uint8_t *data, size_t len)
{
	if (!d->plug || !ph_emu_plug_is_connected(d->plug))
		return -ENOLINK;
	if (len > PH_BENCH_OUTPUT_MAX - d->out_len)
		return -ENOBUFS;
	uint8_t *out = realloc(d->out, d->out_len + len);
	if (!out)
		return -ENOMEM;
	memcpy(out + d->out_len, data, len);
	d->out = out;
	d->out_len += len;
	ph_emu_plug_kick(d->plug);
	return 0;
}

static const struct ph_emu_plug_ops plug_ops[] = {
	[PH_BENCH_PRINTER] = {.room = printer_room,
		.input = printer_input,
		.output = printer_output,
		.busy = printer_busy,
		.connected = connected,
		.port_status = printer_port_status,
		.soft_reset = printer_soft_reset,
		.settled = printer_settled},
	[PH_BENCH_DISPLAY] = {.room = endless_room,
		.input = display_input,
		.output = queue_output,
		.busy = never_busy,
		.connected = connected,
		.report = display_report},
};

// ---- after each change ----

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_bench_device *d = userdata;

	if (d->display) /* that was reset comes back */
		ph_emu_plug_in(d->plug);
	ph_bench_touched(d);
	return 0;
}

static void arm_timer(struct ph_bench_device *d, uint64_t when)
{
	if (when == PH_EMU_NEVER) {
		if (d->timer)
			sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
		return;
	}
	if (!d->timer) {
		sd_event_add_time(
			d->bench->event, &d->timer, CLOCK_MONOTONIC, when, 100, on_timer, d);
		return;
	}
	sd_event_source_set_time(d->timer, when);
	sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

static void note_drawer(struct ph_bench_device *d)
{
	if (d->drawer_model.open == d->drawer_was_open)
		return;
	d->drawer_was_open = d->drawer_model.open;
	ph_bench_note(d->bench, d->id, d->drawer_was_open ? "opened" : "closed", NULL);
}

static void note_paper(struct ph_bench_device *d)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(d->printer);

	if (d->items_seen > paper->n_items)
		d->items_seen = 0;
	for (; d->items_seen < paper->n_items; d->items_seen++) {
		const struct ph_emu_item *item = &paper->items[d->items_seen];
		cJSON *detail = NULL;
		if (item->text || item->name) {
			detail = cJSON_CreateObject();
			if (item->name)
				cJSON_AddStringToObject(detail, "name", item->name);
			if (item->text)
				cJSON_AddStringToObject(detail, "text", item->text);
		}
		ph_bench_note(d->bench, d->id, ph_emu_item_type_name(item->type), detail);
	}
}

static uint64_t tick_drawer(struct ph_bench_device *drawer, struct ph_emu_printer *printer)
{
	uint64_t now = ph_bench_now(drawer->bench);
	uint64_t next = ph_emu_drawer_tick(&drawer->drawer_model, now);
	if (printer)
		ph_emu_printer_drawer_changed(printer, now);
	note_drawer(drawer);
	return next;
}

void ph_bench_touched(struct ph_bench_device *d)
{
	// a drawer moves with the printer it hangs on
	if (d->class == PH_BENCH_DRAWER && d->behind[0])
		d = ph_bench_find(d->bench, d->behind);
	if (d && d->scale && d->behind[0]) {
		ph_bench_check_waiters(d->bench);
		d = ph_bench_find(d->bench, d->behind);
	}
	if (d && d->unit) {
		arm_timer(d, ph_bench_unit_touched(d));
		if (d->box)
			note_drawer(d);
		ph_bench_check_waiters(d->bench);
		return;
	}
	if (!d || d->class != PH_BENCH_PRINTER || !d->printer)
		return;
	uint64_t next = ph_emu_printer_tick(d->printer, ph_bench_now(d->bench));
	if (d->drawer) {
		uint64_t drawer = tick_drawer(d->drawer, d->printer);
		next = drawer < next ? drawer : next;
	}
	note_paper(d);
	link_event(d);
	if (d->plug)
		ph_emu_plug_kick(d->plug);
	arm_timer(d, next);
	ph_bench_check_waiters(d->bench);
}

// ---- starting ----

static int fail(char *error, size_t size, int r, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(char *error, size_t size, int r, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(error, size, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < size)
		snprintf(error + n, size - (size_t)n, ": %s", strerror(-r));
	return r;
}

static int connect_drawer(struct ph_bench *bench, struct ph_bench_device *d)
{
	struct ph_bench_device *printer = ph_bench_find(bench, d->behind);
	if (!printer || printer->class != PH_BENCH_PRINTER || printer->drawer)
		return -EINVAL;
	ph_emu_drawer_init(&d->drawer_model, &d->drawer_config);
	printer->drawer = d;
	printer->printer_config.drawer = &d->drawer_model;
	return 0;
}

static int make_directories(struct ph_bench *bench)
{
	static const char *const parts[] = {"", "/run", "/run/emu"};
	char path[4200];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s", bench->root, parts[i]);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int make_model(struct ph_bench_device *d)
{
	switch (d->class) {
	case PH_BENCH_PRINTER:
		d->printer_config.font = d->bench->font;
		return ph_emu_printer_new(&d->printer_config, &d->printer);
	case PH_BENCH_DISPLAY:
		return ph_emu_display_new(&d->display_config, &d->display);
	case PH_BENCH_SCANNER:
	case PH_BENCH_SCALE:
	case PH_BENCH_MSR:
	case PH_BENCH_HOST:
	case PH_BENCH_TERMINAL:
		return ph_bench_unit_new(d);
	case PH_BENCH_DRAWER:
		return d->box_kind ? ph_bench_unit_new(d) : 0;
	case PH_BENCH_READER:
		return ph_bench_reader_new(d);
	case PH_BENCH_CLASS_COUNT_:
		break;
	}
	return 0;
}

static bool is_networked(const struct ph_bench_device *d)
{
	bool tcp = d->plug_config.kind == PH_EMU_PLUG_TCP;

	return d->class == PH_BENCH_HOST || (d->class == PH_BENCH_TERMINAL && tcp);
}

// All cables of the bench are USB, but those that lead out of the shop.
static void make_usb(struct ph_bench_device *d)
{
	if (!d->bench->usb_all || is_networked(d))
		return;
	d->plug_config.kind = PH_EMU_PLUG_USBIP;
	d->plug_config.hub = d->bench->hub;
	d->plug_config.vhci = d->bench->vhci ? PH_EMU_VHCI : NULL;
}

// BA63 and BA66 are HID devices, on interface 1; the others have a serial line.
static void prepare_display(struct ph_bench_device *d)
{
	struct ph_emu_usb_config *usb = &d->plug_config.usb;
	enum ph_emu_display_set set = d->display_config.set;
	bool wincor = set == PH_EMU_DISPLAY_BA63 || set == PH_EMU_DISPLAY_BA66;

	usb->maker = d->display_config.maker;
	usb->model = d->display_config.model;
	usb->serial = d->display_config.serial;
	if (!d->usb_kind_set)
		usb->kind = wincor ? PH_EMU_USB_HID : PH_EMU_USB_CDC;
	if (!d->plug_set && wincor && !d->usb_kind_set)
		d->plug_config.kind = PH_EMU_PLUG_HID;
	if (!d->usb_id_set) {
		usb->vendor = wincor ? 0x0aa7 : 0x1d6b;
		usb->product = wincor ? 0x0200 : 0x0104;
	}
	usb->descriptor = ph_emu_display_descriptor(&usb->descriptor_len);
	usb->interface_number = wincor ? 1 : 0;
}

static int start_device(struct ph_bench_device *d)
{
	int r = make_model(d);

	if (r < 0 || d->behind[0] || d->vpcd)
		return r;
	if (d->class == PH_BENCH_DISPLAY)
		prepare_display(d);
	make_usb(d);
	bool needs_path =
		d->plug_config.kind != PH_EMU_PLUG_TCP && d->plug_config.kind != PH_EMU_PLUG_USBIP;
	if (needs_path && !d->path[0]) {
		int n = snprintf(d->path, sizeof d->path, "%s/run/emu/%s", d->bench->root, d->id);
		if (n < 0 || (size_t)n >= sizeof d->path)
			return -ENAMETOOLONG;
	}
	d->plug_config.path = d->path;
	if (d->class == PH_BENCH_PRINTER) {
		d->plug_config.usb.maker = d->printer_config.maker;
		d->plug_config.usb.model = d->printer_config.model;
		d->plug_config.usb.serial = d->printer_config.serial;
		d->plug_config.usb.device_id = d->usb_device_id[0] ? d->usb_device_id : NULL;
	}
	return ph_emu_plug_new(d->bench->event, &d->plug_config,
		d->unit ? &ph_bench_unit_ops : &plug_ops[d->class], d, &d->plug);
}

static bool has_printer(const struct ph_bench *bench)
{
	for (size_t i = 0; i < bench->n_devices; i++)
		if (bench->devices[i].class == PH_BENCH_PRINTER)
			return true;
	return false;
}

int ph_bench_prepare(struct ph_bench *bench, char *error, size_t size)
{
	int r = make_directories(bench);
	return r < 0 ? fail(error, size, r, "cannot make %s/run/emu", bench->root) : 0;
}

int ph_bench_start(struct ph_bench *bench, char *error, size_t size)
{
	int r;
	const char *dir = bench->font_dir[0] ? bench->font_dir : PH_EMU_FONT_DIR;
	if (has_printer(bench) && (r = ph_emu_font_new(dir, &bench->font)) < 0)
		return fail(
			error, size, r, "no printer font in %s (Debian: fonts-terminus-otb)", dir);
	for (size_t i = 0; i < bench->n_devices; i++) {
		struct ph_bench_device *d = &bench->devices[i];
		if (d->class == PH_BENCH_DRAWER && !d->box_kind &&
			(r = connect_drawer(bench, d)) < 0)
			return fail(error, size, r,
				"drawer %s needs behind = a printer, or a protocol", d->id);
	}
	if (bench->usb_all && !bench->vhci &&
		(r = ph_emu_hub_new(bench->event, bench->usb_port, &bench->hub)) < 0)
		return fail(error, size, r, "cannot serve USB/IP on port %u", bench->usb_port);
	for (size_t i = 0; i < bench->n_devices; i++)
		if ((r = start_device(&bench->devices[i])) < 0)
			return fail(error, size, r, "cannot start %s", bench->devices[i].id);
	for (size_t i = 0; i < bench->n_devices; i++)
		if ((r = ph_bench_join_scale(&bench->devices[i])) < 0)
			return fail(error, size, r,
				"scale %s needs behind = a scanner with protocol = single-cable",
				bench->devices[i].id);
	return 0;
}
