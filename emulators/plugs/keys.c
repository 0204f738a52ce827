// What the kernel makes of a boot keyboard's reports: key events, each with its scan code, ended by SYN_REPORT.
//
// Sources: HID Usage Tables 1.5, chapter 10 (keyboard page); Linux Documentation/input/event-codes.rst.
#include <linux/input.h>
#include <string.h>

#include "base/clock.h"
#include "emulators/plugs/plug_internal.h"

// from usage 04
static const uint8_t codes[] = {KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I,
	KEY_J, KEY_K, KEY_L, KEY_M, KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T, KEY_U, KEY_V,
	KEY_W, KEY_X, KEY_Y, KEY_Z, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9,
	KEY_0, KEY_ENTER, KEY_ESC, KEY_BACKSPACE, KEY_TAB, KEY_SPACE, KEY_MINUS, KEY_EQUAL,
	KEY_LEFTBRACE, KEY_RIGHTBRACE, KEY_BACKSLASH, KEY_BACKSLASH, KEY_SEMICOLON, KEY_APOSTROPHE,
	KEY_GRAVE, KEY_COMMA, KEY_DOT, KEY_SLASH, KEY_CAPSLOCK, KEY_F1, KEY_F2, KEY_F3, KEY_F4,
	KEY_F5, KEY_F6, KEY_F7, KEY_F8, KEY_F9, KEY_F10, KEY_F11, KEY_F12, KEY_SYSRQ,
	KEY_SCROLLLOCK, KEY_PAUSE, KEY_INSERT, KEY_HOME, KEY_PAGEUP, KEY_DELETE, KEY_END,
	KEY_PAGEDOWN, KEY_RIGHT, KEY_LEFT, KEY_DOWN, KEY_UP, KEY_NUMLOCK, KEY_KPSLASH,
	KEY_KPASTERISK, KEY_KPMINUS, KEY_KPPLUS, KEY_KPENTER, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
	KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9, KEY_KP0, KEY_KPDOT, KEY_102ND};
static const uint8_t modifiers[8] = {KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_LEFTALT, KEY_LEFTMETA,
	KEY_RIGHTCTRL, KEY_RIGHTSHIFT, KEY_RIGHTALT, KEY_RIGHTMETA};

#define FIRST_USAGE    0x04u
#define FIRST_MODIFIER 0xE0u
#define PAGE	       0x70000

struct writer {
	struct input_event *out;
	size_t count;
	uint64_t now_us;
};

static void add(struct writer *w, unsigned type, unsigned code, int value)
{
	if (w->count == EMU_KEYS_EVENTS)
		return;
	struct input_event *e = &w->out[w->count++];
	memset(e, 0, sizeof *e);
	e->input_event_sec = (__typeof__(e->input_event_sec))(w->now_us / 1000000);
	e->input_event_usec = (__typeof__(e->input_event_usec))(w->now_us % 1000000);
	e->type = (uint16_t)type;
	e->code = (uint16_t)code;
	e->value = value;
}

static void key(struct writer *w, unsigned usage, unsigned code, bool down)
{
	add(w, EV_MSC, MSC_SCAN, (int)(PAGE | usage));
	add(w, EV_KEY, code, down);
}

static bool has(const uint8_t report[8], uint8_t usage)
{
	return memchr(report + 2, usage, 6) != NULL;
}

static void usages(struct writer *w, const uint8_t from[8], const uint8_t to[8], bool down)
{
	for (unsigned i = 2; i < 8; i++) {
		unsigned at = from[i] - FIRST_USAGE;
		if (from[i] >= FIRST_USAGE && at < sizeof codes && !has(to, from[i]))
			key(w, from[i], codes[at], down);
	}
}

static void difference(struct writer *w, const uint8_t old[8], const uint8_t new[8])
{
	for (unsigned i = 0; i < 8; i++)
		if ((old[0] ^ new[0]) >> i & 1)
			key(w, FIRST_MODIFIER + i, modifiers[i], new[0] >> i & 1);
	usages(w, old, new, false);
	usages(w, new, old, true);
}

// True when the kernel's buffer has no room for this report.
static bool lost(struct emu_keys *keys)
{
	if (!keys->losing)
		return false;
	if (keys->lose_after > 0) {
		keys->lose_after--;
		return false;
	}
	if (keys->lose_count > 0) {
		keys->lose_count--;
		keys->dropped = true;
		return true;
	}
	keys->losing = false;
	return false;
}

size_t emu_keys_events(
	struct emu_keys *keys, const uint8_t report[8], struct input_event out[EMU_KEYS_EVENTS])
{
	struct writer w = {.out = out, .now_us = ph_clock_wall_us()};

	if (lost(keys))
		return 0;
	if (keys->dropped) {
		keys->dropped = false;
		add(&w, EV_SYN, SYN_DROPPED, 0);
		add(&w, EV_SYN, SYN_REPORT, 0);
	}
	size_t before = w.count;
	difference(&w, keys->report, report);
	memcpy(keys->report, report, sizeof keys->report);
	if (w.count > before)
		add(&w, EV_SYN, SYN_REPORT, 0);
	return w.count;
}
