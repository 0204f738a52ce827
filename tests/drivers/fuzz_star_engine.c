// A Star printer for fuzz_printer_engine.c.
#include "drivers/registry.h"
#include "fuzz_printer_engine.h"

const struct ph_driver *const fuzz_driver = &ph_driver_star;
const char *const fuzz_profiles[4] = {"auto", "star-mc-print3", "starline-80", "star-tsp100"};
