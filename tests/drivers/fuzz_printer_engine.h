// What differs between the fuzz targets of the printer drivers.
#ifndef PH_TESTS_DRIVERS_FUZZ_PRINTER_ENGINE_H
#define PH_TESTS_DRIVERS_FUZZ_PRINTER_ENGINE_H

#include "poshal/driver.h"

extern const struct ph_driver *const fuzz_driver;
extern const char *const fuzz_profiles[4]; // the first byte chooses

#endif
