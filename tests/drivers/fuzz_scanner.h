/* Runs a whole scanner driver by a script of pieces, pauses and requests, for the fuzz targets of the drivers. */
#ifndef PH_TESTS_DRIVERS_FUZZ_SCANNER_H
#define PH_TESTS_DRIVERS_FUZZ_SCANNER_H

#include "fuzz_io.h"

#define FUZZ_OPTION_SETS 8

struct fuzz_scanner {
	const struct ph_driver *driver;
	const char *connection;
	/* one list of KEY, VALUE ... NULL per setting; the first byte of a script chooses */
	const char *const *const *options;
	size_t option_sets; /* at most FUZZ_OPTION_SETS */
	bool keep;	    /* configured devices are used again, where that takes long */
	/* gives a piece of the script to the driver; NULL: as it is */
	void (*feed)(struct ph_device *device, const uint8_t *data, size_t len);
};

/*
 * The script: a byte that chooses options, then any number of: n below F0 hex and n bytes for the driver; F0 to F7 a request;
 * F8 to FB a pause of 1, 60, 500, 3000 ms; FC to FF the link comes anew.
 */
void fuzz_scanner_run(const struct fuzz_scanner *fuzz, const uint8_t *data, size_t len);

#endif
