// Scanners that are keyboards: events to keys, keys to characters by the scanner's own layout, characters to labels.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scanner-wedge/layout.h"
#include "drivers/scanner/affix.h"
#include "drivers/scanner/label.h"
#include "protocols/symbology/symbology.h"
#include "protocols/wedge/wedge.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 1000000000000 /* of a time stamp; what is above is none */

struct state {
	struct ph_wedge wedge;
	struct ph_layout *layout;
	struct ph_affixes affixes;
	enum ph_label_id id;
	bool infer;
	bool resync; /* up to the next SYN_REPORT keys only bring the layout up to date */
	bool timer_armed;
	int64_t offset_us; /* from the stamps of the kernel to our clock */
	int64_t stamp_us;  /* of the last event */
};

/* ---- configuration ---- */

/* "F8=1d,F9=1e": what function keys stand for. */
static int read_function_keys(struct ph_device *device, uint8_t keys[PH_WEDGE_FUNCTION_KEYS])
{
	const char *text = ph_option_text(device, "function_keys");
	char *end;

	while (text && *text) {
		const char *item = text;
		const bool named =
			(*text == 'F' || *text == 'f') && isdigit((unsigned char)text[1]);
		const long key = named ? strtol(text + 1, &end, 10) : 0;
		const bool there = named && *end == '=' && isxdigit((unsigned char)end[1]);
		const long value = there ? strtol(end + 1, &end, 16) : 0;
		if (key < 1 || key > PH_WEDGE_FUNCTION_KEYS || value < 1 || value > 0x7f ||
			(*end && *end != ','))
			return ph_option_refuse(device, "function_keys",
				"is not F1=XX to F%d=XX with XX from 01 to 7f at '%.20s'",
				PH_WEDGE_FUNCTION_KEYS, item);
		keys[key - 1] = (uint8_t)value;
		text = end + (*end == ',');
	}
	return 0;
}

static int wedge_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const char *grab = ph_device_connection(device, "grab");
	struct ph_wedge_options options = {
		.shared = grab && !strcmp(grab, "no"),
		.tab = ph_option_bool(device, "tab_ends"),
		.idle_ms = (uint32_t)ph_option_int(device, "idle_ms"),
	};
	char why[160];

	state->infer = ph_option_bool(device, "infer");
	state->id = ph_label_id_parse(ph_option_text(device, "code_id"));
	int r = read_function_keys(device, options.function_keys);
	if (r == 0)
		r = ph_affixes_read(device, &state->affixes);
	if (r < 0)
		return r;
	ph_wedge_init(&state->wedge, &options);
	r = ph_layout_new(ph_option_text(device, "layout"), &state->layout, why, sizeof why);
	return r < 0 && r != -ENOMEM ? ph_option_refuse(device, "layout", "%s", why) : r;
}

static void wedge_done(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_layout_free(PH_STEAL(state->layout));
}

static int wedge_open(struct ph_device *device)
{
	static const struct ph_scanner_capabilities capabilities = {0};
	struct state *state = ph_device_state(device);
	const struct ph_wedge_options wedge_options = state->wedge.options;

	ph_wedge_init(&state->wedge, &wedge_options);
	state->resync = state->timer_armed = false;
	state->stamp_us = 0;
	int r = ph_layout_reset(state->layout);
	if (r < 0)
		return r;
	ph_emit_info(device, &(struct ph_info){
				     .vendor = ph_device_connection(device, "usb_maker"),
				     .model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .scanner = &capabilities,
			     });
	return 0;
}

static void wedge_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	state->timer_armed = false;
}

/* ---- labels ---- */

static void handle_label(struct ph_device *device, const struct ph_wedge_event *event)
{
	const struct state *state = ph_device_state(device);
	const uint8_t *text = (const uint8_t *)event->label;
	char aim[4];
	struct ph_scan scan = {
		.data = text, .data_len = event->len, .label = text, .label_len = event->len};

	ph_affixes_strip(&state->affixes, &scan);
	if (!ph_label_identify(state->id, &scan, aim))
		return;
	const char *guess = state->infer && !strcmp(scan.symbology, ph_symbology_unknown.name)
				    ? ph_wedge_infer((const char *)scan.label, scan.label_len)
				    : NULL;
	if (guess) {
		scan.symbology = guess;
		scan.upos_type = ph_symbology_by_name(guess)->upos;
		scan.inferred = true;
	}
	ph_emit_scan(device, &scan);
}

static void handle(struct ph_device *device, const struct ph_wedge_event *event)
{
	switch (event->kind) {
	case PH_WEDGE_LABEL:
		handle_label(device, event);
		break;
	case PH_WEDGE_LOST:
		ph_emit_dropped(device, 1, PH_DROP_LOST);
		break;
	case PH_WEDGE_TOO_LONG:
		ph_emit_dropped(device, 1, PH_DROP_TOO_LONG);
		break;
	}
}

/* ---- time ---- */

static uint64_t now_us(const struct ph_device *device)
{
	return ph_now_ms(device) * 1000;
}

/* When the kernel saw an event, by its clock, which may be set at any time; 0: it does not say. */
static int64_t stamp_of(const struct input_event *event)
{
	if (event->input_event_sec < 0 || event->input_event_sec > SECONDS_MAX ||
		event->input_event_usec < 0 || event->input_event_usec >= 1000000)
		return 0;
	return (int64_t)event->input_event_sec * 1000000 + (int64_t)event->input_event_usec;
}

/*
 * Distances between keys are the kernel's: it stamps them when they come, and we read them when we can. Its clock is brought
 * to ours at the begin of a label, when it was set back, and when it would be ahead.
 */
static void adjust_clock(struct state *state, int64_t stamp_us, int64_t now)
{
	const bool open = ph_wedge_deadline(&state->wedge) != UINT64_MAX;

	if (!open || stamp_us < state->stamp_us || stamp_us + state->offset_us > now)
		state->offset_us = now - stamp_us;
	state->stamp_us = stamp_us;
}

static uint64_t time_of(const struct state *state, const struct input_event *event, int64_t now)
{
	const int64_t stamp_us = stamp_of(event);
	const int64_t at = stamp_us + state->offset_us;

	return (uint64_t)(!stamp_us || at < 0 || at > now ? now : at);
}

/* ---- keys ---- */

static void give(struct ph_device *device, const struct ph_wedge_key *key)
{
	struct state *state = ph_device_state(device);
	struct ph_wedge_event event;

	if (ph_wedge_key(&state->wedge, key, &event) > 0)
		handle(device, &event);
}

static void handle_key(struct ph_device *device, const struct input_event *event, uint64_t at_us)
{
	struct state *state = ph_device_state(device);
	struct ph_wedge_key key = {.code = event->code, .value = event->value, .time_us = at_us};
	uint32_t characters[PH_LAYOUT_CHARACTERS];

	if (event->value != PH_WEDGE_PRESSED && event->value != PH_WEDGE_RELEASED)
		return;
	key.ctrl = ph_layout_ctrl(state->layout);
	const int n = ph_layout_key(
		state->layout, event->code, event->value == PH_WEDGE_PRESSED, characters);
	if (state->resync)
		return;
	if (n == 2)
		give(device, &(struct ph_wedge_key){.value = PH_WEDGE_PRESSED,
				     .codepoint = characters[0],
				     .time_us = at_us});
	key.codepoint = n ? characters[n - 1] : 0;
	give(device, &key);
}

static void handle_sync(struct ph_device *device, const struct input_event *event)
{
	struct state *state = ph_device_state(device);
	struct ph_wedge_event lost;

	if (event->code == SYN_REPORT)
		state->resync = false;
	if (event->code != SYN_DROPPED)
		return;
	state->resync = true;
	if (ph_wedge_dropped(&state->wedge, now_us(device), &lost) > 0)
		handle(device, &lost);
}

static void set_timer(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const uint64_t at = ph_wedge_deadline(&state->wedge), now = now_us(device);
	const bool wanted = at != UINT64_MAX;

	/* one that is set for an earlier key comes too early, and is set anew then: cheaper than for each key */
	if (wanted != state->timer_armed)
		ph_timer_set(device, wanted ? (unsigned)(at > now ? (at - now) / 1000 + 1 : 1) : 0);
	state->timer_armed = wanted;
}

static void wedge_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	const int64_t now = (int64_t)now_us(device);
	const size_t count = len / sizeof(struct input_event);
	struct input_event event;

	if (count) {
		memcpy(&event, data + (count - 1) * sizeof event, sizeof event);
		adjust_clock(state, stamp_of(&event), now);
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(&event, data + i * sizeof event, sizeof event);
		if (event.type == EV_KEY)
			handle_key(device, &event, time_of(state, &event, now));
		else if (event.type == EV_SYN)
			handle_sync(device, &event);
	}
	set_timer(device);
}

/* Silence ends a label. */
static void wedge_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_wedge_event event;

	state->timer_armed = false;
	if (ph_wedge_tick(&state->wedge, now_us(device), &event) > 0)
		handle(device, &event);
	/* after a silence no report is half read */
	if (ph_wedge_deadline(&state->wedge) == UINT64_MAX)
		state->resync = false;
	set_timer(device);
}

static const struct ph_scanner_ops scanner_ops = {0};

static const char *const connections[] = {"evdev", NULL};

static const struct ph_option options[] = {
	{.name = "layout",
		.type = PH_OPTION_TEXT,
		.preset = "us",
		.summary = "keyboard layout the scanner is set to, not that of the desktop: us, "
			   "de, fr, de(nodeadkeys)"},
	PH_AFFIX_OPTIONS,
	{.name = "code_id",
		.type = PH_OPTION_CHOICE,
		.choices = ph_label_id_words,
		.preset = "no",
		.summary = "which identifier the scanner sends in front of each label; it tells "
			   "the symbology"},
	{.name = "infer",
		.type = PH_OPTION_BOOL,
		.preset = "yes",
		.summary = "without identifier: numbers with a right check digit are called ean13, "
			   "upca or ean8"},
	{.name = "tab_ends",
		.type = PH_OPTION_BOOL,
		.preset = "no",
		.summary = "a tabulator ends a label, as Enter always does"},
	{.name = "idle_ms",
		.type = PH_OPTION_INT,
		.min = 20,
		.max = 5000,
		.preset = "100",
		.summary = "silence that ends a label without Enter"},
	{.name = "function_keys",
		.type = PH_OPTION_TEXT,
		.summary = "what function keys stand for, in hex: F8=1d for the GS1 separator"},
};

/* A keyboard is only ever offered: whether it is a scanner is for a person to say. */
#define KEYBOARD(vendor_, product_, last_, maker_, model_)                                         \
	{                                                                                          \
		.node = "input", .vendor = (vendor_), .product = (product_),                       \
		.product_last = (last_), .maker = (maker_), .model = (model_),                     \
		.bind = PH_BIND_OFFER, .maturity = PH_EXPERIMENTAL                                 \
	}

/* Source: usb.ids 2025.07.26 with the product id schemes of Honeywell, Newland and Datalogic, and the kernel's hid-cypress for 04b4. */
static const struct ph_match matches[] = {
	KEYBOARD(0x03f0, 0x0139, 0, "HP", "scanner in keyboard mode"),
	KEYBOARD(0x03f0, 0x1d24, 0, "HP", "scanner in keyboard mode"),
	KEYBOARD(0x0404, 0x0202, 0x0203, "NCR", "scanner in keyboard mode"),
	KEYBOARD(0x040b, 0x6510, 0, NULL, "scanner on a Weltrend chip"),
	KEYBOARD(0x0416, 0xc141, 0, NULL, "scanner on a Winbond chip"),
	KEYBOARD(0x04b4, 0xbca1, 0, NULL, "scanner on a Cypress chip"),
	KEYBOARD(0x04b4, 0xde61, 0, NULL, "scanner on a Cypress chip"),
	KEYBOARD(0x04b4, 0xde64, 0, NULL, "scanner on a Cypress chip"),
	KEYBOARD(0x0581, 0x0107, 0, "Tera", "receiver of wireless scanners"),
	KEYBOARD(0x0581, 0x0115, 0, "Tera", "5100"),
	KEYBOARD(0x0581, 0x011c, 0, "Tera", "5100 receiver"),
	KEYBOARD(0x0581, 0x020c, 0, "Tera", "EVHK0012"),
	KEYBOARD(0x05e0, 0x1200, 0, "Zebra", "scanner in keyboard mode"),
	KEYBOARD(0x05f9, 0x2202, 0, "Datalogic", "scanner in keyboard mode"),
	KEYBOARD(0x05f9, 0x2206, 0, "Datalogic", "Gryphon in keyboard mode"),
	KEYBOARD(0x05f9, 0x220c, 0, "Datalogic", "Gryphon in keyboard mode"),
	KEYBOARD(0x05f9, 0x2601, 0x2602, "Datalogic", "Magellan in keyboard mode"),
	KEYBOARD(0x065a, 0x0001, 0, "Opticon", "scanner in keyboard mode"),
	KEYBOARD(0x067e, 0x0801, 0, "Intermec", "scanner in keyboard mode"),
	KEYBOARD(0x080c, 0x0300, 0, "Datalogic", "scanner in keyboard mode"),
	KEYBOARD(0x080c, 0x0400, 0, "Datalogic", "scanner in keyboard mode"),
	KEYBOARD(0x080c, 0x0500, 0, "Datalogic", "scanner in keyboard mode"),
	KEYBOARD(0x080c, 0x0600, 0, "Datalogic", "scanner in keyboard mode"),
	KEYBOARD(0x0c2e, 0x0200, 0, "Metrologic", "MS7120 in keyboard mode"),
	KEYBOARD(0x0c2e, 0x0204, 0, "Metrologic", "scanner in keyboard mode"),
	KEYBOARD(0x0c2e, 0x0b61, 0, "Honeywell", "Vuquest 3310 in keyboard mode"),
	KEYBOARD(0x0c2e, 0x0b81, 0, "Honeywell", "Voyager 1400g in keyboard mode"),
	KEYBOARD(0x0db5, 0x013a, 0, "Access-IS", "scanner in keyboard mode"),
	KEYBOARD(0x13ba, 0x0018, 0, NULL, "barcode reader"),
	KEYBOARD(0x1eab, 0x0103, 0, "Newland", "HR200 in keyboard mode"),
	KEYBOARD(0x1eab, 0x0c03, 0, "Newland", "HR100, HR32, BS80 in keyboard mode"),
	KEYBOARD(0x1eab, 0x0d03, 0, "Newland", "EM2028 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1303, 0, "Newland", "EM20, EM30, HR32, HR200C in keyboard mode"),
	KEYBOARD(0x1eab, 0x1403, 0, "Newland", "HR15 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1603, 0, "Newland", "FM100, FM3250 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1903, 0, "Newland", "EM1300 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1a03, 0, "Newland", "HR22, HR3290 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1c03, 0, "Newland", "HR2150 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1d03, 0, "Newland", "FM430 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1e03, 0, "Newland", "HR42 in keyboard mode"),
	KEYBOARD(0x1eab, 0x1f03, 0, "Newland", "HR11+ in keyboard mode"),
	KEYBOARD(0x1eab, 0x2003, 0, "Newland", "EM2037v2 in keyboard mode"),
	KEYBOARD(0x1eab, 0x8003, 0, "Newland", "EM13, HR12, HR15, HR100 in keyboard mode"),
	KEYBOARD(0x1eab, 0x8203, 0, "Newland", "EM3080, EM3095, FR20, FM30 in keyboard mode"),
	KEYBOARD(0x1eab, 0x8303, 0, "Newland", "HR2160 in keyboard mode"),
	KEYBOARD(0x24ae, 0x0197, 0, NULL, "barcode reader"),
	KEYBOARD(0x24ea, 0x0197, 0, NULL, "barcode reader"),
};

const struct ph_driver ph_driver_scanner_wedge = {
	.name = "scanner-wedge",
	.version = POSHAL_VERSION,
	.summary = "barcode scanners that are keyboards",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct state),
	.init = wedge_init,
	.open = wedge_open,
	.close = wedge_close,
	.done = wedge_done,
	.receive = wedge_receive,
	.tick = wedge_tick,
	.scanner = &scanner_ops,
};
