// What scanners of all protocols have in common, and the plain serial one.
#include "emulators/models/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/reader_internal.h"

static const struct ph_emu_reader_kind *const kinds[] = {
	&emu_reader_serial,
	&emu_reader_honeywell,
	&emu_reader_hidpos,
	&emu_reader_hidpos_b,
	&emu_reader_hidpos_a62,
	&emu_reader_hidpos_a61,
	&emu_reader_wedge,
	&emu_reader_oem_hand,
	&emu_reader_oem_table,
	&emu_reader_snapi,
	&emu_reader_ssi,
	&emu_reader_datalogic,
	&emu_reader_single_cable,
};

const struct ph_emu_reader_kind *ph_emu_reader_kind(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->word, word) == 0)
			return kinds[i];
	return NULL;
}

struct ph_emu_reader *emu_reader_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_reader, unit);
}

static void start(struct ph_emu_reader *r)
{
	r->enabled = r->beeper = true;
	r->armed = r->asleep = r->command_mode = false;
	r->declared = -1;
	r->rx_len = r->parts.len = r->parts.at = 0;
	r->resent = 0;
	r->lamps = 0;
	if (r->kind->init)
		r->kind->init(r);
}

void ph_emu_reader_init(struct ph_emu_reader *r, const struct ph_emu_reader_kind *kind)
{
	*r = (struct ph_emu_reader){.kind = kind};
	ph_emu_unit_init(&r->unit, kind->ops);
	start(r);
}

void ph_emu_reader_done(struct ph_emu_reader *r)
{
	ph_emu_unit_done(&r->unit);
}

void emu_reader_power(struct ph_emu_unit *unit)
{
	start(emu_reader_of(unit));
}

int ph_emu_reader_scan(struct ph_emu_reader *r, uint64_t now_us, const char *symbology,
	const uint8_t *data, size_t len)
{
	const struct ph_emu_label label = {
		ph_emu_label_ids(symbology ? symbology : "ean13"), data, len};

	if (!label.ids)
		return -EINVAL;
	if (len > PH_EMU_LABEL_MAX)
		return -EMSGSIZE;
	if (!r->enabled)
		return -EPERM;
	r->unit.now_us = now_us;
	return r->kind->scan(r, &label);
}

void emu_reader_note(struct ph_emu_reader *r, const uint8_t *data, size_t len)
{
	char *out = r->commands[r->n_commands++ % PH_EMU_READER_COMMANDS];

	if (len > 32)
		len = 32;
	out[0] = 0;
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", data[i]);
}

const char *ph_emu_reader_command(const struct ph_emu_reader *r, unsigned n)
{
	if (n >= PH_EMU_READER_COMMANDS || n >= r->n_commands)
		return NULL;
	return r->commands[(r->n_commands - 1 - n) % PH_EMU_READER_COMMANDS];
}

int emu_reader_fault(struct ph_emu_unit *unit, const char *word, long value, bool off)
{
	struct ph_emu_reader *r = emu_reader_of(unit);
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{"unfinished", &r->unfinished},
		{"other_identifier", &r->other_identifier},
		{"short_report", &r->short_report},
		{"wrong_checksum", &r->wrong_checksum},
		{"drop_ack", &r->drop_ack},
		{"repeat", &r->repeat},
		{"repeat_changed", &r->repeat_changed},
	};

	if (strcmp(word, "stall") == 0) {
		r->stall_ms = off ? 0 : value;
		return 0;
	}
	if (strcmp(word, "declared_length") == 0) {
		r->declared = off ? -1 : value & 0xff;
		return 0;
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(flags); i++)
		if (strcmp(flags[i].word, word) == 0) {
			*flags[i].flag = !off;
			return 0;
		}
	return -EINVAL;
}

// ---- the plain serial scanner ----

static void serial_input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	emu_reader_note(emu_reader_of(unit), data, len);
}

static int serial_scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	uint8_t out[PH_EMU_LABEL_MAX + PH_EMU_LABEL_OVERHEAD];
	size_t at = 0;
	int n = ph_emu_scanner_frame(
		&r->line, label->ids->aim, label->data, label->len, out, sizeof out);

	if (n < 0)
		return n;
	for (int left = n; left > 0; left = n - (int)at) {
		size_t part = left < 4096 ? (size_t)left : 4096;
		int e = emu_unit_send(&r->unit, out + at, part);
		if (e < 0)
			return e;
		at += part;
	}
	return 0;
}

static const struct ph_emu_unit_ops serial_ops = {
	.input = serial_input,
	.fault = emu_reader_fault,
	.power = emu_reader_power,
};

const struct ph_emu_reader_kind emu_reader_serial = {
	.word = "serial",
	.cable = PH_EMU_CABLE_SERIAL,
	.ops = &serial_ops,
	.scan = serial_scan,
	.vendor = 0x1d6b,
	.product = 0x0104,
	.maker = "POSHAL",
	.model = "Serial scanner",
};
