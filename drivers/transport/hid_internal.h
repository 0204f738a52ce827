/* Shared by the files of the HID transport, and by its tests. */
#ifndef PH_DRIVERS_TRANSPORT_HID_INTERNAL_H
#define PH_DRIVERS_TRANSPORT_HID_INTERNAL_H

#include "drivers/transport/hid_find.h"
#include "drivers/transport/hid_worker.h"
#include "drivers/transport/transport.h"

/* Where things are; tests change it. */
struct ph_hid_env {
	const struct ph_hid_lib *lib; /* NULL: the real one, loaded when needed */
	const char *sysfs, *nodes;
};
extern struct ph_hid_env ph_hid_env;

struct ph_hid {
	struct ph_hid_found found;
	struct ph_hid_worker *worker; /* NULL for an emulated device */
	char ids[10];		      /* "0c2e:0b81" */
};

#endif
