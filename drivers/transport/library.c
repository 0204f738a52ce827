// Loads a shared library into a table of function pointers.
#include "drivers/transport/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int ph_library_load(const struct ph_library *library, void *table, char *why, size_t why_size)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		snprintf(why, why_size, "install %s (%s)", library->install, library->file);
		return -ENOSYS;
	}
	for (size_t i = 0; i < library->symbol_count; i++) {
		if (dlsym(handle, library->symbols[i].name))
			continue;
		snprintf(why, why_size, "%s has no %s; install %s or later", library->file,
			library->symbols[i].name, library->install);
		dlclose(handle);
		return -ENOSYS;
	}
	for (size_t i = 0; i < library->symbol_count; i++) {
		void *symbol = dlsym(handle, library->symbols[i].name);
		memcpy((char *)table + library->symbols[i].offset, &symbol, sizeof symbol);
	}
	return 0;
}
