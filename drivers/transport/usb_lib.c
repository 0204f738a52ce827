// Loads libusb when a USB device is opened for the first time.
#include "drivers/transport/usb_lib.h"

#include "base/cleanup.h"
#include "drivers/transport/library.h"

static struct ph_usb_lib loaded;

static const struct ph_library_symbol symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"libusb_" #member, offsetof(struct ph_usb_lib, member)                             \
	}
	SYMBOL(init),
	SYMBOL(exit),
	SYMBOL(set_option),
	SYMBOL(wrap_sys_device),
	SYMBOL(close),
	SYMBOL(get_device),
	SYMBOL(get_active_config_descriptor),
	SYMBOL(free_config_descriptor),
	SYMBOL(set_auto_detach_kernel_driver),
	SYMBOL(claim_interface),
	SYMBOL(release_interface),
	SYMBOL(set_interface_alt_setting),
	SYMBOL(clear_halt),
	SYMBOL(alloc_transfer),
	SYMBOL(free_transfer),
	SYMBOL(submit_transfer),
	SYMBOL(cancel_transfer),
	SYMBOL(handle_events_timeout_completed),
	SYMBOL(get_pollfds),
	SYMBOL(free_pollfds),
	SYMBOL(set_pollfd_notifiers),
	SYMBOL(pollfds_handle_timeouts),
#undef SYMBOL
};

_Static_assert(sizeof symbols / sizeof *symbols == sizeof loaded / sizeof(void *),
	"each member has its row");

static const struct ph_library library = {
	.file = "libusb-1.0.so.0",
	.install = "libusb 1.0.26",
	.symbols = symbols,
	.symbol_count = PH_ARRAY_SIZE(symbols),
};

const struct ph_usb_lib *ph_usb_lib_load(char *why, size_t why_size)
{
	if (!loaded.init && ph_library_load(&library, &loaded, why, why_size) < 0)
		return NULL;
	return &loaded;
}
