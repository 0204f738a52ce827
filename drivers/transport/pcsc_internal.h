/* Shared by the PC/SC transport and its tests. */
#ifndef PH_DRIVERS_TRANSPORT_PCSC_INTERNAL_H
#define PH_DRIVERS_TRANSPORT_PCSC_INTERNAL_H

#include "drivers/transport/pcsc_lib.h"

/* Tests change it. */
struct ph_pcsc_env {
	const struct ph_pcsc_lib *lib; /* NULL: the real one, loaded when needed */
	unsigned
		gone_wait_ms; /* how long pcscd may take to see that a card was pulled; it looks every 400 ms */
};
extern struct ph_pcsc_env ph_pcsc_env;

#endif
