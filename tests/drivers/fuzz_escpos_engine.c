// An ESC/POS printer for fuzz_printer_engine.c.
#include "drivers/registry.h"
#include "fuzz_printer_engine.h"

const struct ph_driver *const fuzz_driver = &ph_driver_escpos;
const char *const fuzz_profiles[4] = {"auto", "epson-tm-t20ii", "generic-58", "epson-tm-t88v"};
