// Loads libevdev when an event node is opened for the first time.
#include "drivers/transport/evdev_lib.h"

#include "base/cleanup.h"
#include "drivers/transport/library.h"

static struct ph_evdev_lib loaded;

static const struct ph_library_symbol symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"libevdev_" #member, offsetof(struct ph_evdev_lib, member)                         \
	}
	SYMBOL(new_from_fd),
	SYMBOL(free),
	SYMBOL(grab),
	SYMBOL(next_event),
	SYMBOL(has_event_pending),
#undef SYMBOL
};

_Static_assert(sizeof symbols / sizeof *symbols == sizeof loaded / sizeof(void *),
	"each member has its row");

static const struct ph_library library = {
	.file = "libevdev.so.2",
	.install = "libevdev 1.13",
	.symbols = symbols,
	.symbol_count = PH_ARRAY_SIZE(symbols),
};

const struct ph_evdev_lib *ph_evdev_lib_load(char *why, size_t why_size)
{
	if (!loaded.free && ph_library_load(&library, &loaded, why, why_size) < 0)
		return NULL;
	return &loaded;
}
