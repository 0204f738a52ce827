/* The drivers of poshal-device. */
#ifndef PH_DRIVERS_REGISTRY_H
#define PH_DRIVERS_REGISTRY_H

#include "poshal/driver.h"

extern const struct ph_driver *const ph_drivers[]; /* ends with NULL */

extern const struct ph_driver ph_driver_display;
extern const struct ph_driver ph_driver_display_cd5220;
extern const struct ph_driver ph_driver_display_escpos;
extern const struct ph_driver ph_driver_drawer_hid;
extern const struct ph_driver ph_driver_drawer_serial;
extern const struct ph_driver ph_driver_drawer_star;
extern const struct ph_driver ph_driver_escpos;
extern const struct ph_driver ph_driver_magellan;
extern const struct ph_driver ph_driver_msr_hid;
extern const struct ph_driver ph_driver_msr_wedge;
extern const struct ph_driver ph_driver_scale_hid;
extern const struct ph_driver ph_driver_scale_oem;
extern const struct ph_driver ph_driver_scale_serial;
extern const struct ph_driver ph_driver_scanner_hid;
extern const struct ph_driver ph_driver_scanner_serial;
extern const struct ph_driver ph_driver_scanner_ssi;
extern const struct ph_driver ph_driver_scanner_wedge;
extern const struct ph_driver ph_driver_star;
extern const struct ph_driver ph_driver_zvt;

#endif
