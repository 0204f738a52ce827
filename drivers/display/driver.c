// The line display drivers: a display of any command set on a link of its own, and what it is recognised by.
#include "base/cleanup.h"
#include "drivers/display/display.h"
#include "drivers/registry.h"
#include "protocols/hid/descriptor.h"

#include <errno.h>
#include <string.h>

static const char *const connections[] = {"serial", "tcp", "usb", "hid", NULL};

/* A test compares them. */
const char *const ph_display_sets[] = {"epson", "cd5220", "utc", "utc-enhanced", "aedex", "adm788",
	"dsp800", "icd2002", "logic-controls", "ibm", "ibm-apa", "ba63", "ba66", "ncr", "led8",
	NULL};
static const char *const acks[] = {"wait", "none", NULL};

#define ROWS                                                                                       \
	{                                                                                          \
		.name = "rows", .type = PH_OPTION_INT, .min = 1, .max = PH_LINEDISPLAY_ROWS_MAX,   \
		.summary = "rows of the display; as usual for the set when absent"                 \
	}
#define COLUMNS                                                                                    \
	{                                                                                          \
		.name = "columns", .type = PH_OPTION_INT, .min = 8,                                \
		.max = PH_LINEDISPLAY_COLUMNS_MAX,                                                 \
		.summary = "cells per row; as usual for the set when absent"                       \
	}
#define CODEPAGES                                                                                  \
	{                                                                                          \
		.name = "codepages", .type = PH_OPTION_TEXT,                                       \
		.summary = "code pages to use, in order: cp858,cp852; all of the set when absent"  \
	}
#define BRIGHTNESS                                                                                 \
	{                                                                                          \
		.name = "brightness", .type = PH_OPTION_INT, .min = 0, .max = 100,                 \
		.preset = "100", .summary = "per cent, in the steps the display has"               \
	}
#define SELECT                                                                                     \
	{                                                                                          \
		.name = "select", .type = PH_OPTION_BOOL, .preset = "no",                          \
		.summary = "send ESC = 2 first each time: the display shares its line with a "     \
			   "printer"                                                               \
	}

static const struct ph_option options[] = {
	{.name = "set",
		.type = PH_OPTION_CHOICE,
		.choices = ph_display_sets,
		.summary = "command set; a display cannot be asked for it"},
	ROWS,
	COLUMNS,
	CODEPAGES,
	BRIGHTNESS,
	SELECT,
	{.name = "ack",
		.type = PH_OPTION_CHOICE,
		.choices = acks,
		.preset = "wait",
		.summary = "answers of a set that has them (dsp800): wait for them, or not"},
};
static const struct ph_option fixed_options[] = {ROWS, COLUMNS, CODEPAGES, BRIGHTNESS, SELECT};

static const struct ph_match matches[] = {
	/* two interfaces have these ids, and only one of them is the display */
	{.node = "hidraw",
		.vendor = 0x0aa7,
		.product = 0x0200,
		.maker = "Wincor Nixdorf",
		.model = "BA63",
		.options = "set=ba63",
		.bind = PH_BIND_OFFER},
	{.node = "hidraw",
		.vendor = 0x0aa7,
		.product = 0x0201,
		.product_last = 0x0204,
		.maker = "Wincor Nixdorf",
		.model = "BA63 or BA66",
		.options = "set=ba63",
		.bind = PH_BIND_OFFER},
	{.node = "tty",
		.vendor = 0x1504,
		.product = 0x0011,
		.maker = "Bixolon",
		.model = "BCD-1100",
		.options = "set=epson",
		.bind = PH_BIND_AUTO},
	/* must be set to its 2000K mode */
	{.node = "tty",
		.vendor = 0x1504,
		.product = 0x008c,
		.maker = "Bixolon",
		.model = "BCD-2000",
		.options = "set=epson",
		.bind = PH_BIND_OFFER},
};

/* ---- ways ---- */

static bool link_busy(struct ph_display *display)
{
	return ph_link_queued(display->device) > 0;
}

/* A display that shares its line with a printer may have been deselected meanwhile. */
static int link_write(struct ph_display *display, const uint8_t *data, size_t len)
{
	static const uint8_t select[] = {0x1b, 0x3d, 0x02};
	int r = 0;

	if (ph_option_bool(display->device, "select"))
		r = ph_link_write(display->device, select, sizeof select);
	return r < 0 ? r : ph_link_write(display->device, data, len);
}

/* Wincor Nixdorf: reports of 32 bytes. */
static int hid_write(struct ph_display *display, const uint8_t *data, size_t len)
{
	uint8_t report[PH_LINEDISPLAY_WINCOR_REPORT];
	int r = 0;

	while (len && r >= 0) {
		size_t taken = ph_linedisplay_wincor_pack(data, len, report);
		r = ph_link_write(display->device, report, sizeof report);
		data += taken;
		len -= taken;
	}
	return r;
}

static const struct ph_display_way link_way = {.write = link_write, .busy = link_busy};
static const struct ph_display_way hid_way = {.write = hid_write, .busy = link_busy};

/* ---- the host's calls ---- */

static void update_timer(struct ph_display *display)
{
	uint64_t due = ph_display_due(display), now = ph_now_ms(display->device);

	if (!display->up)
		return;
	ph_timer_set(display->device, !due		     ? 0
				      : due <= now	     ? 1
				      : due - now > 60000000 ? 60000000
							     : (unsigned)(due - now));
}

static int init_as(struct ph_device *device, const char *set)
{
	bool hid = !strcmp(ph_device_connection(device, "scheme"), "hid");

	return ph_display_init(
		ph_device_state(device), device, hid ? &hid_way : &link_way, "", set);
}

static int init_any(struct ph_device *device)
{
	return init_as(device, NULL);
}

static int init_cd5220(struct ph_device *device)
{
	return init_as(device, "cd5220");
}

static int init_epson(struct ph_device *device)
{
	return init_as(device, "epson");
}

static int open_display(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);
	const char *pages[PH_DISPLAY_PAGES];
	struct ph_display_capabilities capabilities;

	ph_display_capabilities(display, pages, &capabilities);
	ph_emit_info(device, &(struct ph_info){.display = &capabilities});
	ph_display_open(display);
	update_timer(display);
	return 0;
}

static void close_display(struct ph_device *device, bool lost, size_t unsent)
{
	ph_display_close(ph_device_state(device));
}

static void receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_display *display = ph_device_state(device);

	ph_display_receive(display, data, len);
	update_timer(display);
}

static void sent(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);

	ph_display_sent(display);
	update_timer(display);
}

static void tick(struct ph_device *device)
{
	struct ph_display *display = ph_device_state(device);

	ph_display_tick(display);
	update_timer(display);
}

static int direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_display *display = ph_device_state(device);

	ph_display_forget(display);
	return display->way->write(display, data, len);
}

static int show(
	struct ph_device *device, const struct ph_display_row *rows, unsigned count, int brightness)
{
	struct ph_display *display = ph_device_state(device);
	int r = ph_display_show(display, rows, count, brightness);

	update_timer(display);
	return r;
}

static int line(struct ph_device *device, enum ph_display_method method, const struct cJSON *params,
	struct cJSON *result)
{
	struct ph_display *display = ph_device_state(device);
	int r = ph_display_line(display, method, params, result);

	update_timer(display);
	return r;
}

/* The interface that takes reports of 32 bytes without an id. */
static bool hid_suits(const uint8_t *descriptor, size_t len)
{
	struct ph_hid hid;

	return ph_hid_parse(descriptor, len, &hid) == 0 &&
	       ph_hid_report_len(&hid, PH_HID_OUTPUT, 0) == PH_LINEDISPLAY_WINCOR_REPORT;
}

static const struct ph_display_ops ops = {.show = show, .line = line};

#define DRIVER                                                                                     \
	.version = POSHAL_VERSION, .classes = PH_CLASS_BIT(PH_CLASS_DISPLAY),                      \
	.connections = connections, .state_size = sizeof(struct ph_display), .open = open_display, \
	.close = close_display, .receive = receive, .tick = tick, .sent = sent, .direct = direct,  \
	.hid_suits = hid_suits, .display = &ops

const struct ph_driver ph_driver_display = {
	.name = "display",
	.summary = "customer displays of fifteen command sets",
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.init = init_any,
	DRIVER,
};

/* The same with the set in the name, as they were called once. */
const struct ph_driver ph_driver_display_cd5220 = {
	.name = "display-cd5220",
	.summary = "CD5220 customer displays: driver display with set = cd5220",
	.options = fixed_options,
	.option_count = PH_ARRAY_SIZE(fixed_options),
	.init = init_cd5220,
	DRIVER,
};

const struct ph_driver ph_driver_display_escpos = {
	.name = "display-escpos",
	.summary = "Epson customer displays: driver display with set = epson",
	.options = fixed_options,
	.option_count = PH_ARRAY_SIZE(fixed_options),
	.init = init_epson,
	DRIVER,
};
