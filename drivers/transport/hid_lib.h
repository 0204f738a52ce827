/*
 * libhidapi (its hidraw part) as a table, so that processes without a HID device do not load it and tests put a device of
 * their own in its place. Members are the functions of the same name.
 */
#ifndef PH_DRIVERS_TRANSPORT_HID_LIB_H
#define PH_DRIVERS_TRANSPORT_HID_LIB_H

#include <hidapi/hidapi.h>

struct ph_hid_lib {
	int (*init)(void);
	hid_device *(*open_path)(const char *path);
	void (*close)(hid_device *device);
	int (*read)(hid_device *device, unsigned char *data, size_t length);
	int (*write)(hid_device *device, const unsigned char *data, size_t length);
	int (*send_feature_report)(hid_device *device, const unsigned char *data, size_t length);
};

/* Loads the library at the first call; NULL with the reason in why[] when it is not installed. */
const struct ph_hid_lib *ph_hid_lib_load(char *why, size_t why_size);

#endif
