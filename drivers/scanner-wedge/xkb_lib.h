/* libxkbcommon as a table of functions, loaded when needed. */
#ifndef PH_DRIVERS_SCANNER_WEDGE_XKB_LIB_H
#define PH_DRIVERS_SCANNER_WEDGE_XKB_LIB_H

#include <stddef.h>
#include <xkbcommon/xkbcommon.h>

/* One member per function, of its own type. */
struct ph_xkb_lib {
	__typeof__(xkb_context_new) *context_new;
	__typeof__(xkb_context_set_log_level) *context_set_log_level;
	__typeof__(xkb_context_unref) *context_unref;
	__typeof__(xkb_keymap_new_from_names) *keymap_new_from_names;
	__typeof__(xkb_keymap_unref) *keymap_unref;
	__typeof__(xkb_keymap_mod_get_index) *keymap_mod_get_index;
	__typeof__(xkb_state_new) *state_new;
	__typeof__(xkb_state_unref) *state_unref;
	__typeof__(xkb_state_update_key) *state_update_key;
	__typeof__(xkb_state_key_get_one_sym) *state_key_get_one_sym;
	__typeof__(xkb_state_key_get_utf32) *state_key_get_utf32;
	__typeof__(xkb_state_mod_index_is_active) *state_mod_index_is_active;
	__typeof__(xkb_state_serialize_mods) *state_serialize_mods;
	__typeof__(xkb_state_serialize_layout) *state_serialize_layout;
};

/* NULL with the reason in why[]. */
const struct ph_xkb_lib *ph_xkb_lib_load(char *why, size_t why_size);

#endif
