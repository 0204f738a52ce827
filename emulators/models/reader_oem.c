// Scanners on the USB interface that IBM (now Toshiba) made for its tills: commands of eleven bytes, packets with three status bytes.
//
// Source: behaviour of datalogic/androidPOS-core and its tests (facts and numbers only).
#include <errno.h>
#include <string.h>

#include "emulators/models/reader_internal.h"

/* S0 */
#define S0_CONFIG    0x02
#define S0_TWO_LABEL 0x04
#define S0_BEEPER    0x10
#define S0_DIRECT    0x40
/* S1 */
#define S1_ALIVE   0x01
#define S1_ENABLED 0x02
#define S1_CHECK   0x04
#define S1_REJECT  0x80
/* S2 */
#define S2_CONFIG_OK	0x01
#define S2_TWO_LABEL_OK 0x04
#define S2_DIRECT_OK	0x08
#define S2_UNDEFINED	0x20

#define PACKET_MAX	64
#define HEAD		4
#define COMMAND		11
#define MORE		0x10 /* first byte of an identifier of three */

/* A vendor page with the usage of hand-held (4B00) or table-top (4A00) scanners; 64 bytes in, 11 out, no report ids. */
#define DESCRIPTOR(usage)                                                                          \
	{                                                                                          \
		0x06, 0x45, 0xFF, 0x0A, 0x00, usage, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00,     \
			0x75, 0x08, 0x95, 0x40, 0x09, 0x01, 0x81, 0x02, 0x95, 0x0B, 0x09, 0x02,    \
			0x91, 0x02, 0xC0                                                           \
	}
static const uint8_t descriptor_hand[] = DESCRIPTOR(0x4B);
static const uint8_t descriptor_table[] = DESCRIPTOR(0x4A);

// ---- packets ----

static int send_packet(
	struct ph_emu_reader *r, uint8_t s0, uint8_t s2, const void *data, size_t len)
{
	uint8_t packet[1 + PACKET_MAX] = {0};

	packet[1] = (uint8_t)(HEAD + len);
	packet[2] = s0 | (r->beeper ? S0_BEEPER : 0);
	packet[3] = S1_ALIVE | (r->enabled ? S1_ENABLED : 0);
	packet[4] = s2;
	memcpy(packet + 1 + HEAD, data, len);
	return emu_unit_send(&r->unit, packet, sizeof packet);
}

static void send_status(struct ph_emu_reader *r, uint8_t s2)
{
	send_packet(r, 0, s2, "", 0);
}

static void reject(struct ph_emu_reader *r)
{
	uint8_t packet[1 + PACKET_MAX] = {0, HEAD, r->beeper ? S0_BEEPER : 0,
		S1_ALIVE | S1_REJECT | (r->enabled ? S1_ENABLED : 0)};

	emu_unit_send(&r->unit, packet, sizeof packet);
}

// ---- labels ----

static bool is_ean(uint32_t id)
{
	return id == 0x16 || id == 0x0C || id == 0x0D || id == 0x0A;
}

static size_t put_identifier(uint32_t id, bool more, uint8_t *out)
{
	if (id <= 0xff) {
		out[0] = (uint8_t)id;
		return 1;
	}
	out[0] = more ? MORE : 0;
	out[1] = (uint8_t)(id >> 8);
	out[2] = (uint8_t)id;
	return 3;
}

static int send_segment(
	struct ph_emu_reader *r, uint32_t id, const uint8_t *data, size_t len, bool more)
{
	uint8_t body[PACKET_MAX];
	bool binary = r->kind == &emu_reader_oem_table && is_ean(id);

	memcpy(body, data, len);
	for (size_t i = 0; i < len && binary; i++)
		body[i] = (uint8_t)(body[i] - '0');
	if (r->other_identifier && !more && id > 0xff)
		id = 0x000A0B;
	len += put_identifier(id, more, body + len);
	return send_packet(r, 0, 0, body, len);
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	uint32_t id = label->ids->ibm;
	size_t room = PACKET_MAX - HEAD - (id > 0xff ? 3 : 1), at = 0;
	bool more;
	int e = 0;

	if (id == 0 || (id <= 0xff && label->len > room))
		return -EINVAL;
	do {
		size_t part = label->len - at < room ? label->len - at : room;
		more = at + part < label->len;
		if (at > 0 && !more && r->stall_ms > 0) {
			emu_unit_pause(&r->unit, (uint64_t)r->stall_ms * 1000);
			r->stall_ms = 0;
		}
		if (more || !r->unfinished)
			e = send_segment(r, id, label->data + at, part, more);
		at += part;
	} while (more && e == 0);
	r->unfinished = r->other_identifier = false;
	return e;
}

// ---- commands ----

static void direct(struct ph_emu_reader *r, const uint8_t *c)
{
	/* the first byte says that no packet follows; each item begins with the letter that names it */
	static const char information[] = "\0MPOSHAL OEM\3S0123456\3A1.00\3C1\3I1";
	static const char health[] = "\0H0";

	if (c[1] == 0xFF && c[2] == 0xFF) {
		send_status(r, S2_DIRECT_OK);
	} else if (c[1] == 0xFF && c[2] >= 0xFA) {
		send_packet(r, S0_DIRECT, S2_DIRECT_OK, information, sizeof information - 1);
	} else if (c[1] != 0 || c[2] == 0 || c[2] > 6) {
		send_status(r, S2_UNDEFINED);
	} else if (c[2] == 1) {
		send_packet(r, S0_DIRECT, S2_DIRECT_OK, information, sizeof information - 1);
	} else if (c[2] <= 3) {
		send_packet(r, S0_DIRECT, S2_DIRECT_OK, health, sizeof health - 1);
	} else {
		r->good += c[2] == 4;
		r->error += c[2] == 5;
		r->not_on_file += c[2] == 6;
		send_status(r, S2_DIRECT_OK);
	}
}

static void system_command(struct ph_emu_reader *r, uint8_t what)
{
	switch (what) {
	case 0x10: /* self-test */
	case 0x20:
		send_status(r, 0);
		return;
	case 0x40:
		emu_reader_power(&r->unit);
		r->unit.reenumerate = true;
		return;
	default:
		reject(r);
	}
}

static void set_flag(struct ph_emu_reader *r, bool *flag, bool on)
{
	*flag = on;
	send_status(r, 0);
}

static void run(struct ph_emu_reader *r, const uint8_t *c)
{
	switch (c[0]) {
	case 0x00:
		system_command(r, c[1]);
		return;
	case 0x11:
	case 0x12:
		set_flag(r, &r->enabled, c[0] == 0x11);
		return;
	case 0x14:
	case 0x18:
		set_flag(r, &r->beeper, c[0] == 0x14);
		return;
	case 0x20:
		memcpy(r->config, c + 2, sizeof r->config);
		send_status(r, S2_CONFIG_OK);
		return;
	case 0x21:
		send_packet(r, S0_CONFIG, 0, r->config, sizeof r->config);
		return;
	case 0x23:
		memcpy(r->two_label, c + 2, sizeof r->two_label);
		send_status(r, S2_TWO_LABEL_OK);
		return;
	case 0x34:
		send_packet(r, S0_TWO_LABEL, 0, r->two_label, sizeof r->two_label);
		return;
	case 0x30:
		direct(r, c);
		return;
	default:
		reject(r);
	}
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);
	uint8_t command[COMMAND] = {0};

	if (channel != PH_EMU_REPORT || len < 2)
		return;
	len = len - 1 < COMMAND ? len - 1 : COMMAND;
	memcpy(command, data + 1, len); /* behind the 0 that stands for no report id */
	emu_reader_note(r, command, sizeof command);
	run(r, command);
}

// Such a scanner reads nothing until it is told to.
static void init(struct ph_emu_reader *r)
{
	static const uint8_t config[9] = {0xF5, 0, 0, 0x01, 0, 0, 0, 0, 0};

	r->enabled = false;
	memcpy(r->config, config, sizeof config);
	memset(r->two_label, 0, sizeof r->two_label);
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .fault = emu_reader_fault, .power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_oem_hand = {
	.word = "oem-hand",
	.cable = PH_EMU_CABLE_HID,
	.ops = &ops,
	.scan = scan,
	.init = init,
	.vendor = 0x05f9,
	.product = 0x1204,
	.maker = "Datalogic ADC",
	.model = "Handheld Barcode Scanner",
	.interface_text = "Scanner (Usage = 4B00h, Usage Page = FF45h)",
	.descriptor = descriptor_hand,
	.descriptor_len = sizeof descriptor_hand,
	.control_out = true,
};
const struct ph_emu_reader_kind emu_reader_oem_table = {
	.word = "oem-table",
	.cable = PH_EMU_CABLE_HID,
	.ops = &ops,
	.scan = scan,
	.init = init,
	.vendor = 0x05f9,
	.product = 0x1602,
	.maker = "Datalogic ADC",
	.model = "Table Top Scanner",
	.interface_text = "Scanner (Usage = 4A00h, Usage Page = FF45h)",
	.descriptor = descriptor_table,
	.descriptor_len = sizeof descriptor_table,
	.control_out = true,
};
