// Loads libpcsclite when a card reader is opened for the first time.
#include "drivers/transport/pcsc_lib.h"

#include "base/cleanup.h"
#include "drivers/transport/library.h"

static struct ph_pcsc_lib loaded;

static const struct ph_library_symbol symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"SCard" #member, offsetof(struct ph_pcsc_lib, member)                              \
	}
	SYMBOL(EstablishContext),
	SYMBOL(ReleaseContext),
	SYMBOL(ListReaders),
	SYMBOL(GetStatusChange),
	SYMBOL(Cancel),
	SYMBOL(Connect),
	SYMBOL(Reconnect),
	SYMBOL(Disconnect),
	SYMBOL(Status),
	SYMBOL(GetAttrib),
	SYMBOL(Transmit),
	SYMBOL(Control),
#undef SYMBOL
};

_Static_assert(sizeof symbols / sizeof *symbols == sizeof loaded / sizeof(void *),
	"each member has its row");

static const struct ph_library library = {
	.file = "libpcsclite.so.1",
	.install = "libpcsclite1 and pcscd",
	.symbols = symbols,
	.symbol_count = PH_ARRAY_SIZE(symbols),
};

const struct ph_pcsc_lib *ph_pcsc_lib_load(char *why, size_t why_size)
{
	if (!loaded.EstablishContext && ph_library_load(&library, &loaded, why, why_size) < 0)
		return NULL;
	return &loaded;
}
