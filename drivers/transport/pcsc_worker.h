/*
 * The threads that wait for PC/SC, whose calls block: one watches reader and card, one connects and transmits, each with a
 * context of its own. They speak the packets of protocols/emv/reader_const.h.
 */
#ifndef PH_DRIVERS_TRANSPORT_PCSC_WORKER_H
#define PH_DRIVERS_TRANSPORT_PCSC_WORKER_H

#include "drivers/transport/pcsc_lib.h"

struct ph_pcsc_worker;

#define PH_PCSC_NAME_MAX 128 /* bytes of a reader's name, with its NUL */

/*
 * Reaches pcscd and starts the threads. `reader` is a name or how one begins ("" : the first there is). Returns 0 with the
 * loop's end of the socket pair, which ends when pcscd does. -ECONNREFUSED: pcscd is not there; -ENOMEM, -EMFILE and the like.
 */
int ph_pcsc_worker_new(const struct ph_pcsc_lib *lib, const char *reader,
	struct ph_pcsc_worker **ret_worker, int *ret_fd);

/* The loop has closed its end: the threads end soon, give the card back and free what is left. Accepts NULL. */
void ph_pcsc_worker_leave(struct ph_pcsc_worker *worker);

#endif
