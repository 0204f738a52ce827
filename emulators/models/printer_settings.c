// User settings that can be read back, maintenance counters and macros. Nothing here draws.
#include <stdio.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

// ---- GS ( E ----

static void answer_values(struct ph_emu_printer *p, uint8_t id, uint8_t a, const char *text)
{
	char out[96];
	int n = snprintf(out, sizeof out, "7%c%c\x1F%.80s", id, a, text);
	emu_reply(p, out, (size_t)n + 1);
}

static void answer_switches(struct ph_emu_printer *p, uint8_t group)
{
	char out[11] = "7!";

	if (group < 1 || group > 8)
		return;
	for (unsigned bit = 0; bit < 8; bit++)
		out[2 + bit] = p->settings.switches[group - 1] & 0x80u >> bit ? '1' : '0';
	emu_reply(p, out, sizeof out);
}

// what is not set by the host has the value the printer was built with
static unsigned value_of(const struct ph_emu_printer *p, uint8_t a)
{
	if (p->settings.values[a])
		return p->settings.values[a];
	switch (a) {
	case 1:
		return 1;
	case 2:
		return (unsigned)(p->nv.capacity / 65536);
	case 3:
		return p->config.width_dots > 420 ? 6 : 2; // 80 or 58 mm
	default:
		return 0;
	}
}

static void answer_value(struct ph_emu_printer *p, uint8_t a)
{
	char text[8];
	snprintf(text, sizeof text, "%u", value_of(p, a));
	answer_values(p, 0x27, a, text);
}

static void answer_serial(struct ph_emu_printer *p, uint8_t a)
{
	static const char *const items[] = {"38400", "0", "0", "8"};
	uint8_t i = a >= '0' ? (uint8_t)(a - '0') : a;

	if (i >= 1 && i <= 4)
		answer_values(p, 0x33, a, items[i - 1]);
}

// settings change only between fn 1 and fn 2, and each list of them is (a nL nH) or a group of switches
static void write_values(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	for (size_t i = 1; i + 2 < len; i += 3)
		p->settings.values[args[i]] = (uint16_t)emu_le16(args + i + 1);
}

static void write_switches(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (len < 10 || args[1] < 1 || args[1] > 8)
		return;
	uint8_t *group = &p->settings.switches[args[1] - 1];
	// 48 off, 49 on, 50 unchanged, from switch 8 down to switch 1
	for (unsigned i = 0; i < 8; i++) {
		uint8_t bit = (uint8_t)(0x80u >> i);
		if (args[2 + i] == '1')
			*group |= bit;
		else if (args[2 + i] == '0')
			*group &= (uint8_t)~bit;
	}
}

static void enter(struct ph_emu_printer *p)
{
	p->settings.user_mode = true;
	emu_reply(p, "\x37\x20", 3);
}

// leaving resets the printer, as a software reset does
static void leave(struct ph_emu_printer *p)
{
	p->settings.user_mode = false;
	emu_lose_line(p);
	emu_page_leave(p);
	emu_modes_init(p);
	emu_mark(p, "reset");
}

HANDLER(settings)
{
	const uint8_t *args = b + 5;
	size_t len = n - 5;

	if (len < 2)
		return;
	switch (args[0]) {
	case 1:
		if (len == 3 && memcmp(args + 1, "IN", 2) == 0)
			enter(p);
		break;
	case 2:
		if (len == 4 && memcmp(args + 1, "OUT", 3) == 0 && p->settings.user_mode)
			leave(p);
		break;
	case 3:
		if (p->settings.user_mode)
			write_switches(p, args, len);
		break;
	case 4:
		answer_switches(p, args[1]);
		break;
	case 5:
		if (p->settings.user_mode)
			write_values(p, args, len);
		break;
	case 6:
		answer_value(p, args[1]);
		break;
	case 12:
		answer_serial(p, args[1]);
		break;
	case 14:
		answer_values(p, 0x4A, args[1], "");
		break;
	case 16:
		answer_values(p, 0x4B, args[1], "");
		break;
	default:
		emu_report(p, PH_EMU_ITEM_CONSUMED, "GS ( E");
	}
}

// ---- GS g ----

static uint64_t counter_now(const struct ph_emu_printer *p, unsigned number)
{
	switch (number) {
	case 20:
		return p->counts.fed_dots / LINE_DOTS;
	case 21:
		return p->counts.head_rows;
	case 50:
		return p->counts.cuts;
	default:
		return 0;
	}
}

HANDLER(counter_reset)
{
	unsigned number = emu_le16(b + 4);
	if (number < sizeof p->settings.counters / sizeof *p->settings.counters)
		p->settings.counters[number] = counter_now(p, number);
}

static void answer_counter(struct ph_emu_printer *p, unsigned number)
{
	bool cumulative = number & 128;
	unsigned base = number & 127;
	char out[24];

	if (number > 255)
		return;
	uint64_t value = counter_now(p, base);
	if (!cumulative)
		value -= p->settings.counters[base];
	int n = snprintf(out, sizeof out, "_%llu", (unsigned long long)value);
	emu_reply(p, out, (size_t)n + 1);
}

HANDLER(counter)
{
	if (b[2] == '0')
		emu_run_counter_reset(p, b, n);
	else if (b[2] == '2' && (p->config.answers & PH_EMU_ANSWER_GS_I))
		answer_counter(p, emu_le16(b + 4));
	else if (b[2] != '2')
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
}

// ---- macros ----

HANDLER(macro_record)
{
	if (p->macro.times_left > 0)
		return;
	p->macro.recording = !p->macro.recording;
	if (p->macro.recording)
		p->macro.len = 0;
	else if (p->macro.len >= 2)
		p->macro.len -= 2; // GS : itself
}

// r times, t x 100 ms between; m bit 0: each waits for the feed button
HANDLER(macro_play)
{
	if (p->macro.recording) {
		p->macro.recording = false;
		p->macro.len = 0;
		return;
	}
	if (p->macro.times_left > 0 || p->macro.len == 0 || b[2] == 0)
		return;
	p->macro.at = 0;
	p->macro.times_left = b[2];
	p->macro.wait_ms = b[3] * 100u;
	p->macro.by_button = b[4] & 1;
	p->macro.waits = p->macro.by_button;
	emu_busy_ms(p, p->macro.wait_ms);
}
