/* Shared libraries that only some devices need, loaded when the first of those is opened. */
#ifndef PH_DRIVERS_TRANSPORT_LIBRARY_H
#define PH_DRIVERS_TRANSPORT_LIBRARY_H

#include <stddef.h>

struct ph_library_symbol {
	const char *name;
	size_t offset; /* of a function pointer in the table */
};

struct ph_library {
	const char *file; /* "libusb-1.0.so.0" */
	const char
		*install; /* what to install when it is not there, or is too old: "libusb 1.0.26" */
	const struct ph_library_symbol *symbols;
	size_t symbol_count;
};

/*
 * Loads the library and fills the table, all of it or nothing. Returns 0, or -ENOSYS with the reason and what to install
 * in why[].
 */
int ph_library_load(const struct ph_library *library, void *table, char *why, size_t why_size);

#endif
