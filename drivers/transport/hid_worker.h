/*
 * The threads that wait for libhidapi, which has no descriptor to wait on: one reads, one writes, each with a handle of its
 * own, because a handle is not made for two threads. They speak the packets of protocols/hid/node.h.
 */
#ifndef PH_DRIVERS_TRANSPORT_HID_WORKER_H
#define PH_DRIVERS_TRANSPORT_HID_WORKER_H

#include "drivers/transport/hid_lib.h"

#include <stdbool.h>

struct ph_hid_worker;

/*
 * Opens the node twice and starts the threads. `ids`: its reports begin with an id. Returns 0 with the loop's end of the
 * socket pair, which ends with the device: end of file, and before it a packet PH_HID_NODE_ERROR when a report could
 * not be written. -EIO: libhidapi cannot open it; -ENOMEM, -EMFILE and the like.
 */
int ph_hid_worker_new(const struct ph_hid_lib *lib, const char *node, bool ids,
	struct ph_hid_worker **ret_worker, int *ret_fd);

/* The loop has closed its end: the threads end soon, and free what is left. Accepts NULL. */
void ph_hid_worker_leave(struct ph_hid_worker *worker);

#endif
