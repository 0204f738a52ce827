// Characters of keys under a layout of XKB, with dead keys; what ends a label and what a keypad digit is, is protocols/wedge.
#include "drivers/scanner-wedge/layout.h"

#include "base/cleanup.h"
#include "drivers/scanner-wedge/xkb_lib.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#define XKB_CODE(code) ((xkb_keycode_t)(code) + 8)
#define PLAIN_KEYS     128 /* codes of the main block and the keypad are below */

/*
 * Asking the library costs more than all else between a key and its label. A label is mostly keys that are pressed with
 * nothing held: what such a key makes is asked once. A key that holds, locks or latches makes no character, and while it
 * works the state is not at rest, so that the library hears of each press and release that it has to do with.
 */
struct ph_layout {
	const struct ph_xkb_lib *lib;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	xkb_mod_index_t ctrl;
	xkb_mod_mask_t rest_mods; /* NumLock */
	xkb_layout_index_t rest_group;
	bool at_rest;
	uint32_t plain[PLAIN_KEYS]; /* the character of a key at rest; 0: not known, or none */
	xkb_keysym_t dead;	    /* pressed, and nothing behind it yet; 0: none */
};

/* A dead key: what it is with a space behind it, and the letters it changes. */
static const struct dead {
	xkb_keysym_t sym;
	uint32_t alone;
	const char16_t *letters, *become;
} deads[] = {
	{XKB_KEY_dead_grave, '`', u"aeiouAEIOU", u"àèìòùÀÈÌÒÙ"},
	{XKB_KEY_dead_acute, '\'', u"aeiouyAEIOUY", u"áéíóúýÁÉÍÓÚÝ"},
	{XKB_KEY_dead_circumflex, '^', u"aeiouAEIOU", u"âêîôûÂÊÎÔÛ"},
	{XKB_KEY_dead_tilde, '~', u"anoANO", u"ãñõÃÑÕ"},
	{XKB_KEY_dead_diaeresis, '"', u"aeiouyAEIOUY", u"äëïöüÿÄËÏÖÜŸ"},
	{XKB_KEY_dead_abovering, 0xb0, u"aA", u"åÅ"},
	{XKB_KEY_dead_cedilla, 0xb8, u"cC", u"çÇ"},
	{XKB_KEY_dead_caron, 0x2c7, u"cdenrstzCDENRSTZ", u"čďěňřšťžČĎĚŇŘŠŤŽ"},
};

static const struct dead *find_dead(xkb_keysym_t sym)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(deads); i++)
		if (deads[i].sym == sym)
			return &deads[i];
	return NULL;
}

/* ---- making one ---- */

/* "de(nodeadkeys)" in its two parts. What XKB would read as more than one layout, or as a path, is none. */
static int split(
	const char *name, char layout[PH_LAYOUT_NAME_MAX], char variant[PH_LAYOUT_NAME_MAX])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const size_t len = strspn(name, letters);

	*variant = '\0';
	if (!len || len >= PH_LAYOUT_NAME_MAX)
		return -EINVAL;
	memcpy(layout, name, len);
	layout[len] = '\0';
	if (!name[len])
		return 0;
	const char *more = name + len + 1;
	const size_t n = strspn(more, letters);
	if (name[len] != '(' || !n || n >= PH_LAYOUT_NAME_MAX || strcmp(more + n, ")") != 0)
		return -EINVAL;
	memcpy(variant, more, n);
	variant[n] = '\0';
	return 0;
}

static struct xkb_keymap *compile(const struct ph_xkb_lib *lib, const char *name)
{
	char layout[PH_LAYOUT_NAME_MAX], variant[PH_LAYOUT_NAME_MAX];
	const struct xkb_rule_names names = {
		.rules = "evdev", .model = "pc105", .layout = layout, .variant = variant};

	if (split(name, layout, variant) < 0)
		return NULL;
	struct xkb_context *context = lib->context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (!context)
		return NULL;
	/* standard error is not ours to write to, and the reason is in the result */
	lib->context_set_log_level(context, XKB_LOG_LEVEL_CRITICAL);
	struct xkb_keymap *keymap =
		lib->keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
	lib->context_unref(context);
	return keymap;
}

int ph_layout_new(const char *name, struct ph_layout **ret_layout, char *why, size_t why_size)
{
	const struct ph_xkb_lib *lib = ph_xkb_lib_load(why, why_size);

	if (!lib)
		return -ENOSYS;
	struct xkb_keymap *keymap = compile(lib, name);
	if (!keymap) {
		snprintf(why, why_size, "is no keyboard layout known here (package xkb-data)");
		return -EINVAL;
	}
	malloc_trim(0); /* compiling takes twice as much as what it makes */
	struct ph_layout *layout = calloc(1, sizeof *layout);
	if (!layout) {
		lib->keymap_unref(keymap);
		return -ENOMEM;
	}
	layout->lib = lib;
	layout->keymap = keymap;
	layout->ctrl = lib->keymap_mod_get_index(keymap, XKB_MOD_NAME_CTRL);
	if (ph_layout_reset(layout) < 0) {
		ph_layout_free(layout);
		return -ENOMEM;
	}
	*ret_layout = layout;
	return 0;
}

void ph_layout_free(struct ph_layout *layout)
{
	if (!layout)
		return;
	if (layout->state)
		layout->lib->state_unref(layout->state);
	layout->lib->keymap_unref(layout->keymap);
	free(layout);
}

int ph_layout_reset(struct ph_layout *layout)
{
	struct xkb_state *state = layout->lib->state_new(layout->keymap);

	if (!state)
		return -ENOMEM;
	if (layout->state)
		layout->lib->state_unref(layout->state);
	layout->state = state;
	layout->dead = 0;
	layout->lib->state_update_key(state, XKB_CODE(KEY_NUMLOCK), XKB_KEY_DOWN);
	layout->lib->state_update_key(state, XKB_CODE(KEY_NUMLOCK), XKB_KEY_UP);
	layout->rest_mods = layout->lib->state_serialize_mods(state, XKB_STATE_MODS_EFFECTIVE);
	layout->rest_group = layout->lib->state_serialize_layout(state, XKB_STATE_LAYOUT_EFFECTIVE);
	layout->at_rest = true;
	return 0;
}

/* ---- keys ---- */

/* A dead key is followed by something else. */
static int end_dead(struct ph_layout *layout, uint32_t c, uint32_t out[PH_LAYOUT_CHARACTERS])
{
	const struct dead *dead = find_dead(layout->dead);

	layout->dead = 0;
	for (size_t i = 0; dead->letters[i]; i++) {
		if (dead->letters[i] != c)
			continue;
		out[0] = dead->become[i];
		return 1;
	}
	out[0] = dead->alone;
	out[1] = c;
	return c == ' ' ? 1 : 2;
}

static int press(struct ph_layout *layout, xkb_keycode_t code, uint32_t out[PH_LAYOUT_CHARACTERS])
{
	const xkb_keysym_t sym = layout->lib->state_key_get_one_sym(layout->state, code);
	const struct dead *dead = find_dead(sym);

	if (dead) {
		/* twice is once, and another one leaves the first as it is */
		const struct dead *before = find_dead(layout->dead);
		layout->dead = before == dead ? 0 : sym;
		out[0] = before ? before->alone : 0;
		return before ? 1 : 0;
	}
	const uint32_t c = layout->lib->state_key_get_utf32(layout->state, code);
	if (!c)
		return 0;
	if (layout->dead)
		return end_dead(layout, c, out);
	out[0] = c;
	return 1;
}

static bool is_at_rest(const struct ph_layout *layout)
{
	const struct ph_xkb_lib *lib = layout->lib;

	return lib->state_serialize_mods(layout->state, XKB_STATE_MODS_EFFECTIVE) ==
		       layout->rest_mods &&
	       lib->state_serialize_layout(layout->state, XKB_STATE_LAYOUT_EFFECTIVE) ==
		       layout->rest_group;
}

/* Tells the library; returns whether that changed the state. */
static bool update(struct ph_layout *layout, uint16_t code, bool pressed)
{
	const bool changed = layout->lib->state_update_key(layout->state, XKB_CODE(code),
				     pressed ? XKB_KEY_DOWN : XKB_KEY_UP) != 0;

	if (changed)
		layout->at_rest = is_at_rest(layout);
	return changed;
}

int ph_layout_key(
	struct ph_layout *layout, uint16_t code, bool pressed, uint32_t out[PH_LAYOUT_CHARACTERS])
{
	const bool plain = layout->at_rest && !layout->dead && code < PLAIN_KEYS;

	if (plain && layout->plain[code]) {
		out[0] = layout->plain[code];
		return pressed;
	}
	int n = pressed ? press(layout, XKB_CODE(code), out) : 0;
	const bool changed = update(layout, code, pressed);
	/* whatever NumLock says; what a layout has there otherwise (a comma) is better */
	if (pressed && code == KEY_KPDOT && n == 0) {
		out[0] = '.';
		n = 1;
	}
	if (plain && n == 1 && !changed)
		layout->plain[code] = out[0];
	return n;
}

bool ph_layout_ctrl(const struct ph_layout *layout)
{
	return !layout->at_rest && layout->lib->state_mod_index_is_active(layout->state,
					   layout->ctrl, XKB_STATE_MODS_EFFECTIVE) > 0;
}
