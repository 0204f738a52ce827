// Loads libxkbcommon when a layout is needed for the first time.
#include "drivers/scanner-wedge/xkb_lib.h"

#include "base/cleanup.h"
#include "drivers/transport/library.h"

static struct ph_xkb_lib loaded;

static const struct ph_library_symbol symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"xkb_" #member, offsetof(struct ph_xkb_lib, member)                                \
	}
	SYMBOL(context_new),
	SYMBOL(context_set_log_level),
	SYMBOL(context_unref),
	SYMBOL(keymap_new_from_names),
	SYMBOL(keymap_unref),
	SYMBOL(keymap_mod_get_index),
	SYMBOL(state_new),
	SYMBOL(state_unref),
	SYMBOL(state_update_key),
	SYMBOL(state_key_get_one_sym),
	SYMBOL(state_key_get_utf32),
	SYMBOL(state_mod_index_is_active),
	SYMBOL(state_serialize_mods),
	SYMBOL(state_serialize_layout),
#undef SYMBOL
};

_Static_assert(sizeof symbols / sizeof *symbols == sizeof loaded / sizeof(void *),
	"each member has its row");

static const struct ph_library library = {
	.file = "libxkbcommon.so.0",
	.install = "libxkbcommon 1.0",
	.symbols = symbols,
	.symbol_count = PH_ARRAY_SIZE(symbols),
};

const struct ph_xkb_lib *ph_xkb_lib_load(char *why, size_t why_size)
{
	if (!loaded.context_new && ph_library_load(&library, &loaded, why, why_size) < 0)
		return NULL;
	return &loaded;
}
