// Honeywell: trigger, beep and menu commands. Answers are told from labels by what was asked; what is no answer is a label.
#include "drivers/scanner-serial/dialect.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS     1000 /* for all of an answer */
#define REVISION_TEXT "REVINF"
#define VALUE_MAX     64

/* Menu tags that switch a symbology. Source: Honeywell user's guides, chapter "Serial Programming Commands". */
static const struct {
	const char *name, *tag;
} tags[] = {
	{"ean13", "E13ENA"},
	{"ean8", "EA8ENA"},
	{"upca", "UPBENA"},
	{"upce", "UPEEN0"},
	{"standard2of5", "R25ENA"},
	{"itf", "I25ENA"},
	{"codabar", "CBRENA"},
	{"code39", "C39ENA"},
	{"code93", "C93ENA"},
	{"code128", "128ENA"},
	{"gs1-128", "GS1ENA"},
	{"databar", "RSSENA"},
	{"databar-limited", "RSLENA"},
	{"databar-expanded", "RSEENA"},
	{"matrix2of5", "X25ENA"},
	{"trioptic", "TRIENA"},
	{"code11", "C11ENA"},
	{"msi", "MSIENA"},
	{"telepen", "TELENA"},
	{"composite-a", "COMENA"},
	{"tlc39", "T39ENA"},
	{"pdf417", "PDFENA"},
	{"maxicode", "MAXENA"},
	{"datamatrix", "IDMENA"},
	{"qr", "QRCENA"},
	{"aztec", "AZTENA"},
	{"micropdf", "MPDENA"},
	{"codablock-a", "CBAENA"},
	{"codablock-f", "CBFENA"},
	{"hanxin", "HX_ENA"},
};

static const char *const names[] = {"ean13", "ean8", "upca", "upce", "standard2of5", "itf",
	"codabar", "code39", "code93", "code128", "gs1-128", "databar", "databar-limited",
	"databar-expanded", "matrix2of5", "trioptic", "code11", "msi", "telepen", "composite-a",
	"tlc39", "pdf417", "maxicode", "datamatrix", "qr", "aztec", "micropdf", "codablock-a",
	"codablock-f", "hanxin", NULL};

_Static_assert(PH_ARRAY_SIZE(tags) + 1 == PH_ARRAY_SIZE(names), "each tag has its name");
_Static_assert(PH_ARRAY_SIZE(tags) <= PH_DIALECT_SETTINGS_MAX, "settings hold all of them");

static int act(struct ph_device *device, enum ph_honeywell_action action)
{
	uint8_t command[3];

	ph_honeywell_action(action, command);
	return ph_serial_scanner_send(device, command, sizeof command, 0);
}

static int honeywell_beep(struct ph_device *device, enum ph_beep kind)
{
	return kind == PH_BEEP_GOOD ? act(device, PH_HONEYWELL_BEEP) : -EOPNOTSUPP;
}

static int honeywell_trigger(struct ph_device *device, bool on)
{
	return act(device, on ? PH_HONEYWELL_TRIGGER : PH_HONEYWELL_UNTRIGGER);
}

/* ---- menu commands, one at a time ---- */

/* A query stores nothing, and has the end that all firmware knows. */
static void ask(struct ph_device *device, const char *text, bool query)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	uint8_t command[PH_HONEYWELL_COMMAND_MAX];
	/* settings are volatile: the flash memory wears, and they are sent again at each start */
	const int n = ph_honeywell_menu(text, query, command, sizeof command);

	ph_honeywell_answer_init(&scanner->honeywell);
	if (n > 0)
		(void)ph_serial_scanner_send(device, command, (size_t)n, ANSWER_MS);
}

/* What is not sent yet, as one command; the rest of a long list follows when this is answered. */
static void send_settings(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	char text[PH_HONEYWELL_COMMAND_MAX - 8];
	size_t len = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(tags) && len + 9 < sizeof text; i++) {
		if (!scanner->dirty[i])
			continue;
		scanner->dirty[i] = false;
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%d", len ? ";" : "",
			tags[i].tag, scanner->on[i]);
	}
	if (len)
		ask(device, text, false);
}

static int honeywell_symbology(struct ph_device *device, const char *name, bool on)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(tags) && strcmp(tags[i].name, name) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(tags))
		return -EINVAL;
	scanner->set[i] = scanner->dirty[i] = true;
	scanner->on[i] = on;
	if (!scanner->answer_at)
		send_settings(device);
	return 0;
}

static void honeywell_open(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	memcpy(scanner->dirty, scanner->set, sizeof scanner->dirty);
	scanner->asked_revision = true;
	ask(device, REVISION_TEXT, true);
}

/* ---- answers ---- */

/* The rest of the line behind a key, without the frame of a version control system. */
static const char *value(const struct ph_honeywell_item *item, const char *key, char out[VALUE_MAX])
{
	static const char frame[] = "$ProjectRevision: ";
	const char *at = memmem(item->text, item->len, key, strlen(key));
	size_t n = 0;

	if (!at)
		return NULL;
	const char *end = item->text + item->len;
	for (at += strlen(key); at < end && *at == ' ';)
		at++;
	if (end - at > (ptrdiff_t)sizeof frame && !memcmp(at, frame, sizeof frame - 1))
		at += sizeof frame - 1;
	while (at < end && *at >= ' ' && *at <= '~' && *at != '$' && n + 1 < VALUE_MAX)
		out[n++] = *at++;
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n ? out : NULL;
}

static void handle_item(struct ph_device *device, const struct ph_honeywell_item *item)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);
	char model[VALUE_MAX], serial[VALUE_MAX], firmware[VALUE_MAX];

	if (item->error)
		ph_emit_log(device, PH_LOG_WARNING, "the scanner refuses %.*s (%s)",
			(int)(item->len < 40 ? item->len : 40), item->text,
			item->error == -ERANGE ? "value" : "unknown to it");
	else if (scanner->asked_revision)
		ph_serial_scanner_info(device, value(item, "Product Name:", model),
			value(item, "Serial Number:", serial),
			value(item, "Software Revision:", firmware));
}

/*
 * A label that came just in front of the answer stands in front of what was asked. Of the long answer to REVINF it cannot be
 * told, but nobody has enabled the scanner yet when that is asked.
 */
static void give_label(struct ph_device *device, struct ph_honeywell_item *item)
{
	const struct ph_serial_scanner *scanner = ph_device_state(device);
	size_t at = 0;

	if (scanner->asked_revision)
		return;
	for (size_t i = 0; i < item->len; i++)
		if (item->text[i] == '\r' || item->text[i] == '\n')
			at = i + 1;
	ph_serial_scanner_bytes(device, (const uint8_t *)item->text, at);
	item->text += at;
	item->len -= at;
}

static bool honeywell_take(struct ph_device *device, uint8_t c)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	struct ph_honeywell_item item;

	ph_honeywell_answer_feed(&scanner->honeywell, &c, 1);
	if (ph_honeywell_answer_next(&scanner->honeywell, &item) <= 0)
		return true;
	give_label(device, &item);
	handle_item(device, &item);
	if (!item.last)
		return true;
	scanner->asked_revision = false;
	scanner->answer_at = 0;
	send_settings(device);
	return true;
}

/* Nobody answered: what came meanwhile are labels. */
static void honeywell_expire(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	struct ph_honeywell_answer *answer = &scanner->honeywell;

	scanner->asked_revision = false;
	if (answer->too_long)
		ph_emit_dropped(device, 1, PH_DROP_GARBLED);
	else if (!answer->taken)
		ph_serial_scanner_bytes(device, (const uint8_t *)answer->text, answer->len);
	if (answer->status)
		ph_serial_scanner_bytes(device, &answer->status, 1);
	send_settings(device);
}

const struct ph_dialect ph_dialect_honeywell = {
	.name = "honeywell",
	.capabilities = {.symbologies = names, .trigger = true, .beep = true, .symbology = true},
	.beep = honeywell_beep,
	.trigger = honeywell_trigger,
	.symbology = honeywell_symbology,
	.open = honeywell_open,
	.take = honeywell_take,
	.expire = honeywell_expire,
};
