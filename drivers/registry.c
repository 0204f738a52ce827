// The list of drivers, by hand, in the order of the alphabet; a new one is a line in registry.h and CMakeLists.txt too.
#include "drivers/registry.h"

#include <stddef.h>

const struct ph_driver *const ph_drivers[] = {
	&ph_driver_display,
	&ph_driver_display_cd5220,
	&ph_driver_display_escpos,
	&ph_driver_drawer_hid,
	&ph_driver_drawer_serial,
	&ph_driver_drawer_star,
	&ph_driver_escpos,
	&ph_driver_magellan,
	&ph_driver_msr_hid,
	&ph_driver_msr_wedge,
	&ph_driver_scale_hid,
	&ph_driver_scale_oem,
	&ph_driver_scale_serial,
	&ph_driver_scanner_hid,
	&ph_driver_scanner_serial,
	&ph_driver_scanner_ssi,
	&ph_driver_scanner_wedge,
	&ph_driver_star,
	&ph_driver_zvt,
	NULL,
};
