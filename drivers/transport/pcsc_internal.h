/* Shared by the PC/SC transport and its tests. */
#ifndef PH_DRIVERS_TRANSPORT_PCSC_INTERNAL_H
#define PH_DRIVERS_TRANSPORT_PCSC_INTERNAL_H

#include "drivers/transport/pcsc_lib.h"

/* Tests change it. */
struct ph_pcsc_env {
	const struct ph_pcsc_lib *lib; /* NULL: the real one, loaded when needed */
};
extern struct ph_pcsc_env ph_pcsc_env;

#endif
