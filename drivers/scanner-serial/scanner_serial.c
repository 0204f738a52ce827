// Scanners that send labels as text on a serial line: framing, identifiers, and the commands of a maker's dialect.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scanner-serial/dialect.h"
#include "protocols/symbology/symbology.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MIN_MS 50
#define IDLE_CHARS  5
#define PACKET_MS   1000 /* a packet of SSI that makes a longer pause is none */

static const char *const terminators[] = {"auto", "cr", "lf", "crlf", "tab", "etx", "none", NULL};
static const char *const protocols[] = {"plain", "honeywell", "datalogic", "single-cable", NULL};

const struct ph_dialect ph_dialect_plain = {.name = "plain"};

static const struct ph_dialect *const dialects[] = {
	&ph_dialect_plain, &ph_dialect_honeywell, &ph_dialect_datalogic, &ph_dialect_single_cable};

_Static_assert(
	PH_ARRAY_SIZE(dialects) + 1 == PH_ARRAY_SIZE(protocols), "each word has its dialect");

/* ---- configuration ---- */

static int find_word(const char *const *words, const char *word)
{
	int i = 0;

	while (strcmp(words[i], word) != 0)
		i++;
	return i;
}

static unsigned idle_ms(struct ph_device *device)
{
	const char *baud = ph_device_connection(device, "baud");
	long rate = baud ? strtol(baud, NULL, 10) : 9600;
	/* a character is ten bits */
	unsigned ms = (unsigned)(IDLE_CHARS * 10 * 1000 / (rate > 0 ? rate : 9600) + 1);

	return ms > IDLE_MIN_MS ? ms : IDLE_MIN_MS;
}

/* `aim` is the older and shorter way to say code_id=aim. */
static int read_id(struct ph_device *device, enum ph_label_id *ret_id)
{
	const enum ph_label_id id = ph_label_id_parse(ph_option_text(device, "code_id"));

	*ret_id = id;
	if (!strcmp(ph_option_text(device, "aim"), "no"))
		return 0;
	if (id != PH_LABEL_ID_NONE && id != PH_LABEL_ID_AIM)
		return ph_option_refuse(device, "code_id", "is another one than aim=auto");
	*ret_id = PH_LABEL_ID_AIM;
	return 0;
}

static int scanner_init(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const char *bits = ph_device_connection(device, "bits");

	scanner->dialect = dialects[find_word(protocols, ph_option_text(device, "protocol"))];
	scanner->mask = bits && !strcmp(bits, "7");
	scanner->framing.terminator =
		(enum ph_terminator)find_word(terminators, ph_option_text(device, "terminator"));
	scanner->idle_ms = idle_ms(device);
	int r = read_id(device, &scanner->id);
	return r < 0 ? r : ph_affixes_read(device, &scanner->affixes);
}

/* ---- a scanner in another mode ---- */

static void say_wrong_mode(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	scanner->wrong_mode = true;
	ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_WRONG_MODE),
		"it sends packets of Zebra's SSI: set `driver = scanner-ssi` in its section, or "
		"scan "
		"the code `Standard RS-232` or `USB CDC Host` of its guide");
}

/* Labels in packets are no labels of ours: they are counted, and what the framing has of them is forgotten. */
static void handle_packets(struct ph_device *device, unsigned labels)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	ph_framing_init(&scanner->framing, scanner->framing.terminator, scanner->mask);
	scanner->idle_at = 0;
	scanner->kept_back = false;
	if (labels)
		ph_emit_dropped(device, labels, PH_DROP_GARBLED);
	if (!scanner->wrong_mode)
		say_wrong_mode(device);
}

/* The beginning of a packet was none: what was kept back of a label for it is lost. */
static void end_packet(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	unsigned labels = 0;

	if (ph_packets_idle(&scanner->packets, &labels))
		handle_packets(device, labels);
	else if (scanner->kept_back)
		ph_emit_dropped(device, 1, PH_DROP_GARBLED);
	scanner->kept_back = false;
}

/* A label has come: the scanner is in our mode, whatever it was in before. */
static void say_right_mode(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	if (scanner->wrong_mode)
		ph_device_ready(device);
	scanner->wrong_mode = false;
}

/* ---- labels ---- */

static void handle_label(struct ph_device *device, const uint8_t *label, size_t len)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	char aim[4];
	struct ph_scan scan = {.data = label, .data_len = len, .label = label, .label_len = len};

	if (ph_packets_open(&scanner->packets)) {
		scanner->kept_back = true;
		return;
	}
	say_right_mode(device);
	ph_affixes_strip(&scanner->affixes, &scan);
	if (ph_label_identify(scanner->id, &scan, aim))
		ph_emit_scan(device, &scan);
}

static void handle_frame(struct ph_device *device, const struct ph_single_cable_frame *frame)
{
	const struct ph_symbology *symbology;
	/* 'S' and the number stand in front of the data */
	struct ph_scan scan = {.data = frame->data - 3, .data_len = frame->len + 3};

	int r = ph_single_cable_label(
		frame, &symbology, &scan.upos_type, &scan.label, &scan.label_len);
	if (r == -EBADMSG)
		ph_emit_dropped(device, 1, PH_DROP_GARBLED);
	if (r < 0) /* answers, and what the scale says */
		return;
	scan.symbology = symbology->name;
	say_right_mode(device);
	ph_emit_scan(device, &scan);
}

static void read_frames(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	struct ph_single_cable_frame frame;
	int r;

	ph_single_cable_feed(&scanner->cable, data, len);
	while ((r = ph_single_cable_next(&scanner->cable, &frame)) != 0) {
		if (r > 0)
			handle_frame(device, &frame);
		else
			ph_emit_dropped(
				device, 1, r == -EMSGSIZE ? PH_DROP_TOO_LONG : PH_DROP_GARBLED);
	}
}

void ph_serial_scanner_bytes(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const uint8_t *label = NULL;
	size_t label_len = 0;
	int r;

	ph_framing_feed(&scanner->framing, data, len);
	while ((r = ph_framing_next(&scanner->framing, &label, &label_len)) != 0) {
		if (r > 0)
			handle_label(device, label, label_len);
		else
			ph_emit_dropped(device, 1, PH_DROP_TOO_LONG);
	}
	scanner->idle_at =
		ph_framing_pending(&scanner->framing) ? ph_now_ms(device) + scanner->idle_ms : 0;
}

/* ---- time ---- */

static void await_packet(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	if (!scanner->idle_at && ph_packets_open(&scanner->packets))
		scanner->idle_at = ph_now_ms(device) + PACKET_MS;
}

static void set_timer(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const uint64_t now = ph_now_ms(device);
	uint64_t at = scanner->idle_at;

	if (scanner->answer_at && (!at || scanner->answer_at < at))
		at = scanner->answer_at;
	/* a whole label in one piece, the ordinary case, never touches the timer */
	if (at || scanner->timer_armed)
		ph_timer_set(device, !at ? 0 : at > now ? (unsigned)(at - now) : 1);
	scanner->timer_armed = at;
}

static void scanner_tick(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const uint64_t now = ph_now_ms(device);
	const uint8_t *label = NULL;
	size_t len = 0;

	scanner->timer_armed = false;
	if (scanner->answer_at && now >= scanner->answer_at) {
		scanner->answer_at = 0;
		scanner->dialect->expire(device);
	}
	if (scanner->idle_at && now >= scanner->idle_at) {
		const bool packet = !ph_framing_pending(&scanner->framing);
		scanner->idle_at = 0;
		if (packet)
			end_packet(device);
		else if (ph_framing_idle(&scanner->framing, &label, &len) > 0)
			handle_label(device, label, len);
		await_packet(device);
	}
	set_timer(device);
}

/* ---- for the dialects ---- */

int ph_serial_scanner_send(
	struct ph_device *device, const void *data, size_t len, unsigned answer_ms)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	int r = ph_link_write(device, data, len);
	if (r < 0 || !answer_ms)
		return r;
	scanner->answer_at = ph_now_ms(device) + answer_ms;
	set_timer(device);
	return 0;
}

void ph_serial_scanner_info(
	struct ph_device *device, const char *model, const char *serial, const char *firmware)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);

	ph_emit_info(device, &(struct ph_info){.model = model,
				     .serial = serial,
				     .firmware = firmware,
				     .scanner = &scanner->dialect->capabilities});
}

/* ---- the driver's calls ---- */

static int scanner_open(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	ph_framing_init(&scanner->framing, scanner->framing.terminator, scanner->mask);
	ph_packets_init(&scanner->packets);
	scanner->timer_armed = scanner->asked_revision = false;
	scanner->wrong_mode = scanner->kept_back = false;
	scanner->idle_at = scanner->answer_at = 0;
	ph_serial_scanner_info(device, NULL, NULL, NULL);
	if (scanner->dialect->open)
		scanner->dialect->open(device);
	return 0;
}

static void scanner_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	scanner->timer_armed = false;
}

/* While an answer is awaited each byte is looked at; returns how many were. */
static size_t take_answers(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	size_t i = 0;

	while (i < len && scanner->answer_at) {
		const uint8_t c = scanner->mask ? data[i] & 0x7f : data[i];
		if (!scanner->dialect->take(device, c))
			ph_serial_scanner_bytes(device, data + i, 1);
		i++;
	}
	return i;
}

static void scanner_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	unsigned labels = 0;

	if (ph_packets_look(&scanner->packets, data, len, &labels)) {
		handle_packets(device, labels);
	} else if (scanner->dialect == &ph_dialect_single_cable) {
		read_frames(device, data, len);
	} else {
		const size_t taken = take_answers(device, data, len);
		if (taken < len)
			ph_serial_scanner_bytes(device, data + taken, len - taken);
	}
	await_packet(device);
	set_timer(device);
}

/* A scanner that is away is told when it is back. */
static int scanner_enable(struct ph_device *device, bool on)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	if (scanner->off == !on)
		return 0;
	int r = scanner->dialect->enable ? scanner->dialect->enable(device, on) : 0;
	if (r == 0 || r == -ENOTCONN)
		scanner->off = !on;
	return r == -ENOTCONN ? 0 : r;
}

static int scanner_beep(struct ph_device *device, enum ph_beep kind)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);

	return scanner->dialect->beep ? scanner->dialect->beep(device, kind) : -EOPNOTSUPP;
}

static int scanner_trigger(struct ph_device *device, bool on)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);

	return scanner->dialect->trigger ? scanner->dialect->trigger(device, on) : -EOPNOTSUPP;
}

static int scanner_symbology(struct ph_device *device, const char *name, bool on)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);

	return scanner->dialect->symbology ? scanner->dialect->symbology(device, name, on)
					   : -EOPNOTSUPP;
}

static int scanner_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	return ph_link_write(device, data, len);
}

static const struct ph_scanner_ops scanner_ops = {
	.enable = scanner_enable,
	.beep = scanner_beep,
	.trigger = scanner_trigger,
	.symbology = scanner_symbology,
};

static const char *const aim_choices[] = {"no", "auto", NULL};
static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "protocol",
		.type = PH_OPTION_CHOICE,
		.choices = protocols,
		.preset = "plain",
		.summary = "whose commands it knows: plain has none; honeywell and datalogic send "
			   "labels as plain does; "
			   "single-cable is Datalogic's line for scanner and scale"},
	{.name = "terminator",
		.type = PH_OPTION_CHOICE,
		.choices = terminators,
		.preset = "auto",
		.summary = "what ends a label; auto is CR, LF or CR LF, else silence"},
	PH_AFFIX_OPTIONS,
	{.name = "aim",
		.type = PH_OPTION_CHOICE,
		.choices = aim_choices,
		.preset = "no",
		.summary =
			"auto: labels begin with an AIM identifier (]E0) that tells the symbology"},
	{.name = "code_id",
		.type = PH_OPTION_CHOICE,
		.choices = ph_label_id_words,
		.preset = "no",
		.summary =
			"which identifier labels begin with: aim as aim=auto, or that of a maker"},
};

#define TTY(vendor_, product_, maker_, model_, options_)                                           \
	{                                                                                          \
		.node = "tty", .vendor = (vendor_), .product = (product_), .maker = (maker_),      \
		.model = (model_), .options = (options_), .bind = PH_BIND_AUTO,                    \
		.maturity = PH_EXPERIMENTAL                                                        \
	}

/*
 * Never a bare USB-serial chip: only ids of scanners in their serial mode. Source: usb.ids 2025.07.26; Linux drivers
 * symbolserial, opticon, metro-usb.
 */
static const struct ph_match matches[] = {
	TTY(0x05e0, 0x0600, "Symbol", "scanner in serial mode", NULL),
	TTY(0x05e0, 0x1701, "Zebra", "scanner in CDC mode", NULL),
	TTY(0x0536, 0x01ca, "HHP", "IT4800", "protocol=honeywell"),
	TTY(0x0c2e, 0x0b6a, "Honeywell", "Vuquest 3310", "protocol=honeywell"),
	TTY(0x0c2e, 0x0700, "Metrologic", "MS7120, sends only", NULL),
	TTY(0x0c2e, 0x0720, "Metrologic", "MS7120", NULL),
	TTY(0x05f9, 0x4204, "Datalogic", "Gryphon", "protocol=datalogic"),
	TTY(0x065a, 0x0009, "Opticon", "scanner in serial mode", NULL),
	TTY(0x067e, 0x0803, "Intermec", "scanner", NULL),
	TTY(0x067e, 0x0805, "Intermec", "scanner with camera", NULL),
	TTY(0x0db5, 0x0139, "Access-IS", "barcode module", NULL),
	TTY(0x1eab, 0x0106, "Newland", "HR200", NULL),
	TTY(0x1eab, 0x0c06, "Newland", "HR100, HR32, BS80", NULL),
	TTY(0x1eab, 0x0d06, "Newland", "EM2028", NULL),
	TTY(0x1eab, 0x1306, "Newland", "EM20, EM30, HR32, HR200C", NULL),
	TTY(0x1eab, 0x1406, "Newland", "HR15", NULL),
	TTY(0x1eab, 0x1606, "Newland", "FM100, FM3250", NULL),
	TTY(0x1eab, 0x1906, "Newland", "EM1300", NULL),
	TTY(0x1eab, 0x1a06, "Newland", "HR22, HR3290", NULL),
	TTY(0x1eab, 0x1c06, "Newland", "HR2150", NULL),
	TTY(0x1eab, 0x1d06, "Newland", "FM430", NULL),
	TTY(0x1eab, 0x1e06, "Newland", "HR42", NULL),
	TTY(0x1eab, 0x1f06, "Newland", "HR11+", NULL),
	TTY(0x1eab, 0x2006, "Newland", "EM2037v2", NULL),
	TTY(0x1eab, 0x8006, "Newland", "EM13, HR12, HR15, HR100", NULL),
	TTY(0x1eab, 0x8206, "Newland", "EM3080, EM3095, FR20, FM30", NULL),
	TTY(0x1eab, 0x8306, "Newland", "HR2160", NULL),
};

const struct ph_driver ph_driver_scanner_serial = {
	.name = "scanner-serial",
	.version = POSHAL_VERSION,
	.summary = "barcode scanners on a serial line (RS-232, USB CDC, Bluetooth SPP)",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct ph_serial_scanner),
	.init = scanner_init,
	.open = scanner_open,
	.close = scanner_close,
	.receive = scanner_receive,
	.tick = scanner_tick,
	.direct = scanner_direct,
	.scanner = &scanner_ops,
};
