/* What the transports share that open a node of the kernel or the socket of an emulated device: hid and evdev. */
#ifndef PH_DRIVERS_TRANSPORT_NODE_H
#define PH_DRIVERS_TRANSPORT_NODE_H

#include "drivers/transport/transport.h"
#include "drivers/transport/usb_find.h"

/* Whether the path is that of an emulated device. */
bool ph_node_is_socket(const char *path);

/* Connects to an emulated device (SOCK_SEQPACKET). -ENODEV when nobody is there. */
int ph_node_connect(const char *path, int *ret_fd);

/* Takes the lock of interface `interface` of a device, or of the node where it is not on USB. -EBUSY with the owner in why[]. */
int ph_node_lock(struct ph_transport *transport, const char *lock_dir,
	const struct ph_usb_device *device, int interface, const char *node);

/* Says in why[] what to do where `node` may not be opened; -ENODEV when it is gone. `mode` as for access(). */
int ph_node_may_open(struct ph_transport *transport, const char *node, int mode);

/* What is known of the device: "usb_path", "usb_serial", "usb_name", or NULL. */
const char *ph_node_info(const struct ph_usb_device *device, const char *what);

/* Closes descriptor and lock. */
void ph_node_close(struct ph_transport *transport);

#endif
