/* Reading /sys for the transports that look for their device there. */
#ifndef PH_DRIVERS_TRANSPORT_SYSFS_H
#define PH_DRIVERS_TRANSPORT_SYSFS_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes of file `name` in folder `base`, or a negative errno. */
ssize_t ph_sysfs_read(const char *base, const char *name, void *out, size_t size);

/* The same as text without the LF at its end; "" and a negative errno when it cannot be read. */
int ph_sysfs_text(const char *base, const char *name, char *out, size_t size);

/*
 * The USB port and interface number of the device in folder `base`, from the last "1-2.3:1.0" on its real path. Returns
 * 0; -ENODEV when it is not on USB.
 */
int ph_sysfs_usb_port(const char *base, char *ret_path, size_t size, int *ret_interface);

#endif
