// Loads libusb when a USB device is opened for the first time.
#include "drivers/transport/usb_lib.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY "libusb-1.0.so.0"

static struct ph_usb_lib loaded;

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
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

const struct ph_usb_lib *ph_usb_lib_load(char *why, size_t why_size)
{
	if (loaded.init)
		return &loaded;
	struct ph_usb_lib lib;
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(why, why_size, "install libusb 1.0 (%s)", LIBRARY);
		return NULL;
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(symbols); i++) {
		void *symbol = dlsym(library, symbols[i].name);
		if (!symbol) {
			snprintf(why, why_size, "libusb has no %s; install 1.0.26 or later",
				symbols[i].name);
			dlclose(library);
			return NULL;
		}
		memcpy((char *)&lib + symbols[i].offset, &symbol, sizeof symbol);
	}
	loaded = lib;
	return &loaded;
}
