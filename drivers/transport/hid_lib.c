// Loads libhidapi when a HID device is opened for the first time.
#include "drivers/transport/hid_lib.h"

#include "base/cleanup.h"
#include "drivers/transport/library.h"

static struct ph_hid_lib loaded;

static const struct ph_library_symbol symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"hid_" #member, offsetof(struct ph_hid_lib, member)                                \
	}
	SYMBOL(init),
	SYMBOL(open_path),
	SYMBOL(close),
	SYMBOL(read),
	SYMBOL(write),
	SYMBOL(send_feature_report),
#undef SYMBOL
};

_Static_assert(sizeof symbols / sizeof *symbols == sizeof loaded / sizeof(void *),
	"each member has its row");

static const struct ph_library library = {
	.file = "libhidapi-hidraw.so.0",
	.install = "libhidapi-hidraw 0.13",
	.symbols = symbols,
	.symbol_count = PH_ARRAY_SIZE(symbols),
};

const struct ph_hid_lib *ph_hid_lib_load(char *why, size_t why_size)
{
	if (!loaded.init && ph_library_load(&library, &loaded, why, why_size) < 0)
		return NULL;
	return &loaded;
}
