// Zebra scanners that speak SSI: what the engine says becomes labels and states, what is asked for becomes commands.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scanner-ssi/settings.h"
#include "drivers/scanner/label.h"
#include "protocols/ssi/engine.h"
#include "protocols/symbology/symbology.h"

#include <errno.h>
#include <string.h>

#define RETRY_MIN_MS 1000 /* to the next try when nothing answers; doubles */
#define RETRY_MAX_MS 30000
#define STRAY_BYTES                                                                                \
	4 /* of no packet, in a row: a label of a scanner that fell out of packet mode */
#define REVISION_MAX	64 /* bytes kept of it */
#define TYPE_CODE39	0x01
#define ENABLE_COMMANDS 2 /* to switch it on or off */
#define BEEP_LOW_SHORT3 0x07
#define BEEP_LOW_LONG2	0x10

enum life {
	DOWN,	  /* no link */
	STARTING, /* the commands of the start are under way */
	READY,
	SILENT /* nobody answers; tried again when retry_at has come, or when the scanner says something */
};

struct state {
	struct ph_ssi_engine engine;
	struct ph_ssi_settings settings;
	enum life life;
	enum ph_label_id id;
	bool off;      /* switched off by the service */
	bool heard;    /* the scanner said something of meaning since this was cleared */
	bool answered; /* a command of the start was answered */
	bool no_read;  /* the scanner says "NR" where it could not read */
	bool timer_armed;
	bool in_line, not_text;
	size_t text;	/* bytes of text since the scanner said something of meaning */
	unsigned lines; /* begun in them, and not reported */
	uint8_t lamp;
	size_t start_left; /* commands of the start that have not ended */
	uint64_t stray;	   /* bytes that belonged to no packet, when they were last looked at */
	unsigned retry_ms;
	uint64_t retry_at;
	char revision[REVISION_MAX + 1];
};

/* ---- configuration ---- */

/* Takes the names of a list, "qr,aztec". */
static int read_list(struct ph_device *device, const char *option, bool on)
{
	struct state *state = ph_device_state(device);
	const char *text = ph_option_text(device, option);
	char name[32];

	while (text && *text) {
		const size_t len = strcspn(text, ", ");
		if (len && len < sizeof name) {
			memcpy(name, text, len);
			name[len] = '\0';
		}
		const int place = len && len < sizeof name ? ph_ssi_setting_find(name) : -EINVAL;
		if (len && place < 0)
			return ph_option_refuse(device, option,
				"has no symbology that can be switched at '%.*s'", (int)len, text);
		if (len) {
			state->settings.set[place] = true;
			state->settings.on[place] = on;
		}
		text += len + (text[len] != '\0');
	}
	return 0;
}

static int ssi_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->id =
		strcmp(ph_option_text(device, "aim"), "auto") ? PH_LABEL_ID_NONE : PH_LABEL_ID_AIM;
	state->lamp = (uint8_t)ph_option_int(device, "lamp");
	const int r = read_list(device, "symbologies_off", false);
	return r < 0 ? r : read_list(device, "symbologies_on", true);
}

/* ---- the start ---- */

static void command(struct state *state, uint8_t opcode, const void *data, size_t len)
{
	if (ph_ssi_engine_command(&state->engine, opcode, data, len) == 0)
		state->start_left += state->life == STARTING ? 1 : 0;
}

static void send_enabled(struct state *state)
{
	if (state->off)
		command(state, PH_SSI_SCAN_DISABLE, NULL, 0);
	if (state->lamp)
		command(state, state->off ? PH_SSI_LED_OFF : PH_SSI_LED_ON, &state->lamp, 1);
}

/*
 * The order of the engine, and behind it what only we know. The settings are volatile and sent anew each time, so that a
 * scanner that was switched off meanwhile has them again. All of it has room among the commands of a fresh engine.
 */
static void begin_start(struct ph_device *device)
{
	static const uint8_t no_read = PH_SSI_PARAM_NO_READ;
	struct state *state = ph_device_state(device);
	uint8_t data[PH_SSI_COMMAND_DATA];
	size_t at = 0, len;

	ph_ssi_engine_init(&state->engine);
	state->life = STARTING;
	state->answered = state->no_read = false;
	state->retry_at = 0;
	state->stray = 0;
	ph_ssi_engine_start(&state->engine);
	state->start_left = state->engine.count;
	command(state, PH_SSI_PARAM_REQUEST, &no_read, 1);
	while ((len = ph_ssi_settings_write(&state->settings, &at, data, sizeof data)) > 0)
		command(state, PH_SSI_PARAM_SEND, data, len);
	send_enabled(state);
}

static void emit_info(struct ph_device *device)
{
	static const struct ph_scanner_capabilities capabilities = {
		.symbologies = ph_ssi_setting_names,
		.trigger = true,
		.beep = true,
		.enable = true,
		.symbology = true,
	};
	const struct state *state = ph_device_state(device);

	ph_emit_info(device, &(struct ph_info){
				     .vendor = "Zebra",
				     .firmware = *state->revision ? state->revision : NULL,
				     .scanner = &capabilities,
			     });
}

/* Whether all that comes is text, as scanners in other modes send labels. */
static bool is_plain(const struct state *state)
{
	return state->text >= STRAY_BYTES && !state->not_text;
}

static void note_text(struct state *state, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const bool end = data[i] == '\r' || data[i] == '\n';
		state->not_text = state->not_text || data[i] > '~' ||
				  (data[i] < ' ' && !end && data[i] != '\t');
		state->lines += !end && !state->in_line;
		state->in_line = !end;
	}
	state->text += len;
}

/* Each line of it was a label. */
static void say_plain(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (state->lines)
		ph_emit_dropped(device, state->lines, PH_DROP_GARBLED);
	state->lines = 0;
	ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_WRONG_MODE),
		"it sends labels as text and answers nothing: scan the code `SSI Host` or `SSI "
		"over USB CDC` of its guide, or set `driver = scanner-serial` in its section");
}

static void fall_silent(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->life = SILENT;
	state->retry_at = ph_now_ms(device) + state->retry_ms;
	state->retry_ms *= 2;
	if (state->retry_ms > RETRY_MAX_MS)
		state->retry_ms = RETRY_MAX_MS;
	ph_ssi_engine_init(&state->engine);
	if (is_plain(state)) {
		say_plain(device);
		return;
	}
	ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING),
		"no answer: is the scanner on, and set to SSI (scan \"SSI host\" in its guide)?");
}

/* A command of the start has ended, well or not: a model need not know all of them. */
static void count_start(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (--state->start_left)
		return;
	state->life = READY;
	state->retry_ms = RETRY_MIN_MS;
	emit_info(device);
	ph_device_ready(device);
}

/* ---- what the engine says ---- */

static void handle_label(struct ph_device *device, const struct ph_ssi_event *event)
{
	struct state *state = ph_device_state(device);
	char aim[4];
	struct ph_scan scan = {.data = event->data,
		.data_len = event->len,
		.label = event->data,
		.label_len = event->len};

	if (!event->len || (state->no_read && event->code == TYPE_CODE39 && event->len == 2 &&
				   !memcmp(event->data, "NR", 2)))
		return;
	const struct ph_symbology *row = ph_symbology_by_ssi(event->code, &scan.upos_type);
	scan.symbology = row ? row->name : NULL;
	if (ph_label_identify(state->id, &scan, aim))
		ph_emit_scan(device, &scan);
}

/* The printable begin of REPLY_REVISION. */
static void keep_revision(struct state *state, const struct ph_ssi_event *event)
{
	size_t n = 0;

	while (n < event->len && n < REVISION_MAX && event->data[n] >= ' ' && event->data[n] <= '~')
		n++;
	while (n && event->data[n - 1] == ' ')
		n--;
	memcpy(state->revision, event->data, n);
	state->revision[n] = '\0';
}

static void handle_answer(struct state *state, const struct ph_ssi_event *event)
{
	if (event->code == PH_SSI_REPLY_REVISION)
		keep_revision(state, event);
	/* beep code, number, value */
	if (event->code == PH_SSI_PARAM_SEND && event->len >= 3 &&
		event->data[1] == PH_SSI_PARAM_NO_READ)
		state->no_read = event->data[2] != 0;
}

static void handle_failure(struct ph_device *device, const struct ph_ssi_event *event)
{
	struct state *state = ph_device_state(device);
	const bool late = event->error == -ETIMEDOUT;

	state->answered = state->answered || !late;
	if (state->life == STARTING && state->answered)
		count_start(device);
	else if (late)
		fall_silent(device);
	else
		ph_emit_log(device, PH_LOG_WARNING, "the scanner refuses command %02x (%s)",
			event->code, strerror(-event->error));
}

static void forget_text(struct state *state)
{
	state->in_line = state->not_text = false;
	state->text = 0;
	state->lines = 0;
}

/* A packet came, or what was nearly one and is asked for again: what lay in front of it is no label. */
static void hear(struct state *state)
{
	state->heard = true;
	state->stray = state->engine.decoder.unknown;
	forget_text(state);
}

static void send(struct ph_device *device, const struct ph_ssi_event *event)
{
	struct state *state = ph_device_state(device);

	if (event->len > 1 && event->data[1] == PH_SSI_CMD_NAK)
		state->stray = state->engine.decoder.unknown;
	/* what a blocked line does not take is asked for again by the other side */
	(void)ph_link_write(device, event->data, event->len);
}

static void handle(struct ph_device *device, const struct ph_ssi_event *event)
{
	struct state *state = ph_device_state(device);

	switch (event->kind) {
	case PH_SSI_SEND:
		send(device, event);
		return;
	case PH_SSI_LABEL:
		handle_label(device, event);
		break;
	case PH_SSI_LABEL_LOST:
		ph_emit_dropped(
			device, 1, event->error == -EMSGSIZE ? PH_DROP_TOO_LONG : PH_DROP_GARBLED);
		break;
	case PH_SSI_NOTICE:
		break;
	case PH_SSI_ANSWER:
		handle_answer(state, event);
		break;
	case PH_SSI_DONE:
		state->answered = true;
		if (state->life == STARTING)
			count_start(device);
		break;
	case PH_SSI_FAILED:
		handle_failure(device, event);
		return;
	}
	hear(state);
}

/*
 * Bytes that belong to no packet are a label of a scanner that is not in packet mode, because it was switched off and on. It
 * is started again.
 */
static void check_stray(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const uint64_t stray = state->engine.decoder.unknown;

	if (state->life != READY || stray < state->stray + STRAY_BYTES)
		return;
	ph_emit_dropped(device, 1, PH_DROP_GARBLED);
	state->lines = 0; /* it was this one */
	begin_start(device);
}

static void set_timer(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const uint64_t now = ph_now_ms(device);
	uint64_t at = ph_ssi_engine_deadline(&state->engine);

	if (state->retry_at && state->retry_at < at)
		at = state->retry_at;
	const bool wanted = at != UINT64_MAX;
	/* a label in one piece, the ordinary case, never touches the timer */
	if (wanted || state->timer_armed)
		ph_timer_set(device, !wanted ? 0 : at > now ? (unsigned)(at - now) : 1);
	state->timer_armed = wanted;
}

static void run(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const uint64_t now = ph_now_ms(device);
	struct ph_ssi_event event;

	while (ph_ssi_engine_next(&state->engine, now, &event) > 0)
		handle(device, &event);
	check_stray(device);
	/* a start that has just begun sends its first command */
	while (ph_ssi_engine_next(&state->engine, now, &event) > 0)
		handle(device, &event);
	set_timer(device);
}

/* ---- the driver's calls ---- */

static int ssi_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->retry_ms = RETRY_MIN_MS;
	state->timer_armed = false;
	forget_text(state);
	begin_start(device);
	run(device);
	return PH_LATER;
}

static void ssi_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	state->life = DOWN;
	state->timer_armed = false;
}

static void ssi_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	state->heard = false;
	note_text(state, data, len);
	ph_ssi_engine_receive(&state->engine, data, len, ph_now_ms(device));
	run(device);
	if (state->life != SILENT)
		return;
	if (state->heard) {
		begin_start(device);
		run(device);
	} else if (is_plain(state)) {
		say_plain(device);
	}
}

static void ssi_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->timer_armed = false;
	if (state->retry_at && ph_now_ms(device) >= state->retry_at)
		begin_start(device);
	run(device);
}

/* ---- what is asked for ---- */

static int request(struct ph_device *device, uint8_t opcode, const void *data, size_t len)
{
	struct state *state = ph_device_state(device);

	if (state->life != READY)
		return -ENOTCONN;
	const int r = ph_ssi_engine_command(&state->engine, opcode, data, len);
	if (r == 0)
		run(device);
	return r;
}

/* A scanner that does not answer now gets it at the end of its start. */
static int ssi_enable(struct ph_device *device, bool on)
{
	struct state *state = ph_device_state(device);

	const bool silent = state->life == DOWN || state->life == SILENT;

	if (!silent && state->off != !on &&
		state->engine.count + ENABLE_COMMANDS > PH_SSI_COMMANDS_MAX)
		return -ENOBUFS;
	if (state->off == !on)
		return 0;
	state->off = !on;
	if (silent)
		return 0;
	if (on)
		command(state, PH_SSI_SCAN_ENABLE, NULL, 0);
	send_enabled(state);
	run(device);
	return 0;
}

static int ssi_beep(struct ph_device *device, enum ph_beep kind)
{
	static const uint8_t codes[] = {
		[PH_BEEP_GOOD] = PH_SSI_BEEP_SHORT_HIGH,
		[PH_BEEP_ERROR] = BEEP_LOW_SHORT3,
		[PH_BEEP_NOT_ON_FILE] = BEEP_LOW_LONG2,
	};

	return request(device, PH_SSI_BEEP, &codes[kind], 1);
}

static int ssi_trigger(struct ph_device *device, bool on)
{
	return request(device, on ? PH_SSI_START_DECODE : PH_SSI_STOP_DECODE, NULL, 0);
}

static int ssi_symbology(struct ph_device *device, const char *name, bool on)
{
	struct state *state = ph_device_state(device);
	const int place = ph_ssi_setting_find(name);
	uint8_t data[5];

	if (place < 0)
		return place;
	const int r =
		request(device, PH_SSI_PARAM_SEND, data, ph_ssi_setting_write(place, on, data));
	if (r < 0)
		return r;
	state->settings.set[place] = true;
	state->settings.on[place] = on;
	return 0;
}

/* An opcode and its data; the packet around them is ours, and so are the answers. */
static int ssi_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	if (!len || data[0] == PH_SSI_CMD_ACK || data[0] == PH_SSI_CMD_NAK)
		return -EINVAL;
	return request(device, data[0], data + 1, len - 1);
}

static const struct ph_scanner_ops scanner_ops = {
	.enable = ssi_enable,
	.beep = ssi_beep,
	.trigger = ssi_trigger,
	.symbology = ssi_symbology,
};

static const char *const aim_choices[] = {"no", "auto", NULL};
static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "aim",
		.type = PH_OPTION_CHOICE,
		.choices = aim_choices,
		.preset = "no",
		.summary = "auto: labels begin with an AIM identifier (]E0), which tells more than "
			   "their type"},
	{.name = "symbologies_on",
		.type = PH_OPTION_TEXT,
		.summary = "what the scanner shall read, \"qr,aztec\"; sent at each start, never "
			   "stored"},
	{.name = "symbologies_off",
		.type = PH_OPTION_TEXT,
		.summary = "what it shall not read; the rest is as the scanner has it"},
	{.name = "lamp",
		.type = PH_OPTION_INT,
		.max = 255,
		.preset = "0",
		.summary = "lamps that are lit while labels are wanted: the sum of 1, 2, 4 ...; 0 "
			   "for none"},
};

static const struct ph_match matches[] = {
	{.node = "tty",
		.vendor = 0x05e0,
		.product = 0x1701,
		.maker = "Zebra",
		.model = "scanner in CDC mode",
		.bind = PH_BIND_OFFER,
		.maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_scanner_ssi = {
	.name = "scanner-ssi",
	.version = POSHAL_VERSION,
	.summary = "Zebra (Symbol) scanners in SSI mode, serial or USB CDC",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct state),
	.init = ssi_init,
	.open = ssi_open,
	.close = ssi_close,
	.receive = ssi_receive,
	.tick = ssi_tick,
	.direct = ssi_direct,
	.scanner = &scanner_ops,
};
