// Datalogic: single bytes on an RS-232 line with answers of one byte, and the frames of Magellan's single cable.
#include "drivers/scanner-serial/dialect.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>

#define ANSWER_MS 1000
#define SOH	  0x01
#define VALUE_MAX 64

/* ---- RS-232 standard ---- */

/* Whether it is answered is a setting of the scanner; if it is, then at once. */
static int command(struct ph_device *device, uint8_t byte)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	int r = ph_serial_scanner_send(device, &byte, 1, ANSWER_MS);
	if (r == 0)
		scanner->replies++;
	return r;
}

static int datalogic_enable(struct ph_device *device, bool on)
{
	return command(device, on ? PH_DATALOGIC_ENABLE : PH_DATALOGIC_DISABLE);
}

static int datalogic_beep(struct ph_device *device, enum ph_beep kind)
{
	switch (kind) {
	case PH_BEEP_GOOD:
		return command(device, PH_DATALOGIC_BEEP_ALWAYS);
	case PH_BEEP_NOT_ON_FILE:
		return command(device, PH_DATALOGIC_NOT_ON_FILE);
	case PH_BEEP_ERROR:
		return -EOPNOTSUPP;
	}
	return -EOPNOTSUPP;
}

static void datalogic_open(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	scanner->replies = 0;
	scanner->in_text = false;
	ph_datalogic_info_init(&scanner->datalogic);
	datalogic_enable(device, !scanner->off);
	scanner->asked_revision = command(device, PH_DATALOGIC_INFORMATION) == 0;
}

static const char *keep(char out[VALUE_MAX], const char *value, size_t len)
{
	snprintf(out, VALUE_MAX, "%.*s", (int)(len < VALUE_MAX ? len : VALUE_MAX - 1), value);
	return out;
}

static void handle_info(struct ph_device *device, const char *text, size_t len)
{
	char name, model[VALUE_MAX], serial[VALUE_MAX], firmware[VALUE_MAX];
	const char *m = NULL, *s = NULL, *r = NULL, *value;
	size_t at = 0, value_len;

	while (ph_datalogic_item(text, len, &at, &name, &value, &value_len) > 0) {
		if (name == 'M')
			m = keep(model, value, value_len);
		if (name == 'S')
			s = keep(serial, value, value_len);
		if (name == 'R' || (name == 'A' && !r))
			r = keep(firmware, value, value_len);
	}
	ph_serial_scanner_info(device, m, s, r);
}

static void take_text(struct ph_device *device, uint8_t c)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const char *text;
	size_t len;

	ph_datalogic_info_feed(&scanner->datalogic, &c, 1);
	const int r = ph_datalogic_info_next(&scanner->datalogic, &text, &len);
	if (r > 0)
		handle_info(device, text, len);
	if (r != 0) {
		scanner->in_text = scanner->asked_revision = false;
		scanner->answer_at = 0;
	}
}

/* Answers stand between labels, never within one. */
static bool datalogic_take(struct ph_device *device, uint8_t c)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);
	const int reply = ph_datalogic_reply(c);

	if (scanner->in_text) {
		take_text(device, c);
		return true;
	}
	if (scanner->framing.len || scanner->framing.too_long)
		return false;
	if (scanner->asked_revision && c == SOH) {
		scanner->in_text = true;
		take_text(device, c);
		return true;
	}
	if (reply == -ENOMSG || !scanner->replies)
		return false;
	if (reply < 0)
		ph_emit_log(device, PH_LOG_WARNING, "the scanner refuses a command (%02x)", c);
	if (--scanner->replies == 0 && !scanner->asked_revision)
		scanner->answer_at = 0;
	return true;
}

static void datalogic_expire(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	scanner->replies = 0;
	scanner->in_text = scanner->asked_revision = false;
}

const struct ph_dialect ph_dialect_datalogic = {
	.name = "datalogic",
	.capabilities = {.beep = true, .enable = true},
	.enable = datalogic_enable,
	.beep = datalogic_beep,
	.open = datalogic_open,
	.take = datalogic_take,
	.expire = datalogic_expire,
};

/* ---- single cable ---- */

static int cable_command(struct ph_device *device, unsigned code)
{
	uint8_t bytes[4];

	ph_single_cable_command(code, bytes);
	return ph_serial_scanner_send(device, bytes, sizeof bytes, 0);
}

static int cable_enable(struct ph_device *device, bool on)
{
	return cable_command(device, on ? PH_SINGLE_CABLE_ENABLE : PH_SINGLE_CABLE_DISABLE);
}

static int cable_beep(struct ph_device *device, enum ph_beep kind)
{
	return kind == PH_BEEP_NOT_ON_FILE ? cable_command(device, PH_SINGLE_CABLE_NOT_ON_FILE)
					   : -EOPNOTSUPP;
}

static void cable_open(struct ph_device *device)
{
	struct ph_serial_scanner *scanner = ph_device_state(device);

	ph_single_cable_init(&scanner->cable, scanner->mask);
	cable_enable(device, !scanner->off);
}

const struct ph_dialect ph_dialect_single_cable = {
	.name = "single-cable",
	.capabilities = {.beep = true, .enable = true},
	.enable = cable_enable,
	.beep = cable_beep,
	.open = cable_open,
};
