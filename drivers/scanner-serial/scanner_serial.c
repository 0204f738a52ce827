// Scanners that send labels as text on a serial line: framing, prefix and suffix, AIM identifier.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scanner-serial/framing.h"
#include "protocols/symbology/symbology.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AFFIX_MAX   32 /* bytes of prefix or suffix */
#define IDLE_MIN_MS 50
#define IDLE_CHARS  5

struct affix {
	uint8_t data[AFFIX_MAX];
	size_t len;
};

struct state {
	struct ph_framing framing;
	struct affix prefix, suffix;
	unsigned idle_ms;
	bool aim, timer_armed;
};

static const char *const terminators[] = {"auto", "cr", "lf", "crlf", "tab", "etx", "none", NULL};

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found && (c >= 'A' || c <= '9') ? (int)(found - digits) : -1;
}

/* Text with \xHH for other bytes. */
static int parse_affix(struct ph_device *device, const char *option, struct affix *affix)
{
	const char *text = ph_option_text(device, option);

	for (const char *p = text ? text : ""; *p; p++) {
		uint8_t c = (uint8_t)*p;
		if (affix->len == AFFIX_MAX)
			return ph_option_refuse(
				device, option, "is longer than %d bytes", AFFIX_MAX);
		if (c == '\\') {
			int high = p[1] == 'x' ? hex_digit(p[2]) : -1;
			int low = high < 0 ? -1 : hex_digit(p[3]);
			if (low < 0)
				return ph_option_refuse(device, option, "has a \\ without xHH");
			c = (uint8_t)(high << 4 | low);
			p += 3;
		}
		affix->data[affix->len++] = c;
	}
	return 0;
}

static unsigned idle_ms(struct ph_device *device)
{
	const char *baud = ph_device_connection(device, "baud");
	long rate = baud ? strtol(baud, NULL, 10) : 9600;
	/* a character is ten bits */
	unsigned ms = (unsigned)(IDLE_CHARS * 10 * 1000 / (rate > 0 ? rate : 9600) + 1);

	return ms > IDLE_MIN_MS ? ms : IDLE_MIN_MS;
}

static int scanner_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const char *terminator = ph_option_text(device, "terminator");
	const char *bits = ph_device_connection(device, "bits");
	int i = 0;

	while (strcmp(terminators[i], terminator))
		i++;
	ph_framing_init(&state->framing, (enum ph_terminator)i, bits && !strcmp(bits, "7"));
	state->aim = !strcmp(ph_option_text(device, "aim"), "auto");
	state->idle_ms = idle_ms(device);
	int r = parse_affix(device, "prefix", &state->prefix);
	return r < 0 ? r : parse_affix(device, "suffix", &state->suffix);
}

static int scanner_open(struct ph_device *device)
{
	static const struct ph_scanner_capabilities capabilities = {0};
	struct state *state = ph_device_state(device);

	ph_framing_init(&state->framing, state->framing.terminator, state->framing.mask);
	ph_emit_info(device, &(struct ph_info){.scanner = &capabilities});
	return 0;
}

/* Removes prefix and suffix where they are there. */
static void strip(const struct state *state, struct ph_scan *scan)
{
	if (state->prefix.len && scan->label_len >= state->prefix.len &&
		!memcmp(scan->label, state->prefix.data, state->prefix.len)) {
		scan->label += state->prefix.len;
		scan->label_len -= state->prefix.len;
	}
	if (state->suffix.len && scan->label_len >= state->suffix.len &&
		!memcmp(scan->label + scan->label_len - state->suffix.len, state->suffix.data,
			state->suffix.len))
		scan->label_len -= state->suffix.len;
}

static void handle_label(struct ph_device *device, const uint8_t *label, size_t len)
{
	struct state *state = ph_device_state(device);
	const struct ph_symbology *symbology = NULL;
	char aim[4] = "";
	struct ph_scan scan = {.data = label, .data_len = len, .label = label, .label_len = len};

	strip(state, &scan);
	if (state->aim && scan.label_len > 3)
		symbology = ph_symbology_by_aim(scan.label, scan.label_len - 3, &scan.upos_type);
	if (symbology) {
		memcpy(aim, scan.label, 3);
		scan.aim = aim;
		scan.label += 3;
		scan.label_len -= 3;
	}
	if (!scan.label_len)
		return;
	scan.symbology = symbology ? symbology->name : ph_symbology_unknown.name;
	ph_emit_scan(device, &scan);
}

static void scanner_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	const uint8_t *label = NULL;
	size_t label_len = 0;
	int r;

	ph_framing_feed(&state->framing, data, len);
	while ((r = ph_framing_next(&state->framing, &label, &label_len)) != 0) {
		if (r > 0)
			handle_label(device, label, label_len);
		else
			ph_emit_dropped(device, 1, PH_DROP_TOO_LONG);
	}
	/* a whole label in one piece, the ordinary case, never touches the timer */
	bool pending = ph_framing_pending(&state->framing);
	if (pending || state->timer_armed)
		ph_timer_set(device, pending ? state->idle_ms : 0);
	state->timer_armed = pending;
}

static void scanner_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const uint8_t *label = NULL;
	size_t len = 0;

	state->timer_armed = false;
	if (ph_framing_idle(&state->framing, &label, &len) > 0)
		handle_label(device, label, len);
}

static void scanner_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	state->timer_armed = false;
}

static const struct ph_scanner_ops scanner_ops = {0};

static const char *const aim_choices[] = {"no", "auto", NULL};
static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "terminator",
		.type = PH_OPTION_CHOICE,
		.choices = terminators,
		.preset = "auto",
		.summary = "what ends a label; auto is CR, LF or CR LF, else silence"},
	{.name = "prefix",
		.type = PH_OPTION_TEXT,
		.summary = "removed in front of each label; \\xHH for other bytes"},
	{.name = "suffix",
		.type = PH_OPTION_TEXT,
		.summary = "removed behind each label; \\xHH for other bytes"},
	{.name = "aim",
		.type = PH_OPTION_CHOICE,
		.choices = aim_choices,
		.preset = "no",
		.summary =
			"auto: labels begin with an AIM identifier (]E0) that tells the symbology"},
};

const struct ph_driver ph_driver_scanner_serial = {
	.name = "scanner-serial",
	.version = POSHAL_VERSION,
	.summary = "barcode scanners on a serial line (RS-232, USB CDC, Bluetooth SPP)",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct state),
	.init = scanner_init,
	.open = scanner_open,
	.close = scanner_close,
	.receive = scanner_receive,
	.tick = scanner_tick,
	.scanner = &scanner_ops,
};
