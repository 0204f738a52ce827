// Real-time commands: found in the raw input wherever they stand, executed with their last byte.
#include <string.h>

#include "emulators/models/printer_internal.h"

#define DLE 0x10
#define EOT 0x04
#define ENQ 0x05
#define DC4 0x14

// Epson ESC/POS reference, DLE EOT: n 7, 8 and 18 take a second parameter
static size_t size_eot(uint8_t n)
{
	if (n >= 1 && n <= 4)
		return 3;
	return n == 7 || n == 8 || n == 18 ? 4 : 0;
}

static size_t size_dc4(uint8_t fn)
{
	switch (fn) {
	case 1:
	case 2:
		return 5;
	case 3:
		return 8;
	case 7:
		return 4;
	case 8:
		return 10;
	default:
		return 0;
	}
}

size_t emu_realtime_size(const uint8_t *data, size_t len)
{
	if (len < 1 || data[0] != DLE)
		return 0;
	if (len < 2)
		return 2;
	if (data[1] != EOT && data[1] != ENQ && data[1] != DC4)
		return 0;
	if (len < 3)
		return 3;
	if (data[1] == EOT)
		return size_eot(data[2]);
	if (data[1] == ENQ)
		return data[2] <= 3 ? 3 : 0;
	return size_dc4(data[2]);
}

static void pulse(struct ph_emu_printer *p, uint8_t m, uint8_t t)
{
	if (m > 1 || t < 1 || t > 8 || !p->modes.realtime_pulse ||
		p->state.error != PH_EMU_ERROR_NONE || p->now_us < p->pulse_until_us)
		return;
	p->pulse_until_us = p->now_us + t * 200000ull;
	emu_pulse(p, m ? 5 : 2, t * 100u, t * 100u);
}

static void power_off(struct ph_emu_printer *p, const uint8_t *args)
{
	if (!p->modes.realtime_power || args[0] != 1 || args[1] != 8)
		return;
	emu_reply(p, "\x3B\x30", 3);
	emu_mark(p, "power_off");
	p->state.offline = true;
}

static void buzzer(struct ph_emu_printer *p, const uint8_t *args)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BEEP, args[0] ? "pattern" : "stop");
	if (item) {
		item->value = args[2];
		item->width = args[0];
	}
	if (args[0] == 0)
		emu_reply(p, "\x37\x54\x40", 4);
}

static void transmit(struct ph_emu_printer *p, uint8_t m)
{
	if (m == 1 && (p->config.answers & PH_EMU_ANSWER_ASB))
		emu_send_asb(p);
	else if (m == 2 && (p->config.answers & PH_EMU_ANSWER_EXTRA))
		emu_reply(p, "\x39\x40\x40", 4);
	else if (m == 4)
		emu_send_offline_response(p);
}

static bool recoverable(const struct ph_emu_printer *p)
{
	return p->state.error == PH_EMU_ERROR_CUTTER || p->state.error == PH_EMU_ERROR_MECHANICAL;
}

static void recover(struct ph_emu_printer *p)
{
	p->state.error = PH_EMU_ERROR_NONE;
	emu_mark(p, "recovered");
	emu_status_changed(p);
}

static void clear(struct ph_emu_printer *p, const uint8_t *args)
{
	static const uint8_t fixed[] = {1, 3, 20, 1, 6, 2, 8};
	if (memcmp(args, fixed, sizeof fixed) != 0 || !(p->config.answers & PH_EMU_ANSWER_DC4_8))
		return;
	emu_clear_buffers(p, 10);
	emu_page_init(p);
	if (recoverable(p))
		recover(p);
	emu_reply(p, "\x37\x25", 3);
}

static void enquire(struct ph_emu_printer *p, uint8_t n)
{
	// a press of the feed button, for a macro that waits for one
	if (n == 0)
		p->macro.waits = false;
	if ((n != 1 && n != 2) || !recoverable(p))
		return;
	if (n == 2)
		emu_clear_buffers(p, 3);
	recover(p);
}

static void execute(struct ph_emu_printer *p, const uint8_t *command)
{
	const uint8_t *args = command + 3;

	if (p->state.hang)
		return;
	if (command[1] == EOT) {
		emu_answer_eot(p, command + 2);
		return;
	}
	if (command[1] == ENQ) {
		enquire(p, command[2]);
		return;
	}
	switch (command[2]) {
	case 1:
		pulse(p, args[0], args[1]);
		break;
	case 2:
		power_off(p, args);
		break;
	case 3:
		buzzer(p, args);
		break;
	case 7:
		transmit(p, args[0]);
		break;
	case 8:
		clear(p, args);
		break;
	}
}

// GS ( L and GS 8 L of a printer that is deaf while it reads their data
static bool deaf(struct ph_emu_printer *p, uint8_t byte)
{
	if (!(p->config.deviations & PH_EMU_DEVIATION_DLE_DEAD_IN_DATA))
		return false;
	if (p->raw_skip > 0) {
		p->raw_skip--;
		return true;
	}
	static const uint8_t counted[] = {0x1D, '(', 'L'}, counted4[] = {0x1D, '8', 'L'};
	uint8_t *head = p->raw_head;
	head[p->raw_len++] = byte;
	size_t n = p->raw_len < 3 ? p->raw_len : 3;
	bool four = memcmp(head, counted4, n) == 0;
	if (!four && memcmp(head, counted, n) != 0) {
		head[0] = byte;
		p->raw_len = byte == 0x1D;
	} else if (p->raw_len == (four ? 7 : 5) && n == 3) {
		p->raw_skip = emu_le16(head + 3) | (four ? (uint64_t)emu_le16(head + 5) << 16 : 0);
		p->raw_len = 0;
		p->rt_len = 0;
	}
	return false;
}

void emu_realtime_scan(struct ph_emu_printer *p, uint8_t byte)
{
	if (deaf(p, byte))
		return;
	p->rt[p->rt_len++] = byte;
	size_t size = emu_realtime_size(p->rt, p->rt_len);
	if (size == 0) {
		// not one after all; this byte may begin another
		p->rt[0] = byte;
		p->rt_len = byte == DLE;
		return;
	}
	if (p->rt_len < size)
		return;
	uint8_t command[sizeof p->rt];
	memcpy(command, p->rt, size);
	p->rt_len = 0;
	execute(p, command);
}
