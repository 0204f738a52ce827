/*
 * libusb as a table, so that processes without a USB device do not load it (it costs each about 150 KB) and tests put a
 * device of their own in its place. Members are the functions of the same name of libusb 1.0.
 */
#ifndef PH_DRIVERS_TRANSPORT_USB_LIB_H
#define PH_DRIVERS_TRANSPORT_USB_LIB_H

#include <libusb-1.0/libusb.h>

struct ph_usb_lib {
	int (*init)(libusb_context **context);
	void (*exit)(libusb_context *context);
	int (*set_option)(libusb_context *context, enum libusb_option option, ...);
	int (*wrap_sys_device)(libusb_context *context, intptr_t fd, libusb_device_handle **handle);
	void (*close)(libusb_device_handle *handle);
	libusb_device *(*get_device)(libusb_device_handle *handle);
	int (*get_active_config_descriptor)(
		libusb_device *device, struct libusb_config_descriptor **config);
	void (*free_config_descriptor)(struct libusb_config_descriptor *config);
	int (*set_auto_detach_kernel_driver)(libusb_device_handle *handle, int enable);
	int (*claim_interface)(libusb_device_handle *handle, int number);
	int (*release_interface)(libusb_device_handle *handle, int number);
	int (*set_interface_alt_setting)(libusb_device_handle *handle, int number, int alternate);
	int (*clear_halt)(libusb_device_handle *handle, unsigned char endpoint);
	struct libusb_transfer *(*alloc_transfer)(int iso_packets);
	void (*free_transfer)(struct libusb_transfer *transfer);
	int (*submit_transfer)(struct libusb_transfer *transfer);
	int (*cancel_transfer)(struct libusb_transfer *transfer);
	int (*handle_events_timeout_completed)(
		libusb_context *context, struct timeval *timeout, int *completed);
	const struct libusb_pollfd **(*get_pollfds)(libusb_context *context);
	void (*free_pollfds)(const struct libusb_pollfd **pollfds);
	void (*set_pollfd_notifiers)(libusb_context *context, libusb_pollfd_added_cb added,
		libusb_pollfd_removed_cb removed, void *userdata);
	int (*pollfds_handle_timeouts)(libusb_context *context);
};

/* Loads the library at the first call; NULL with the reason in why[] when it is not installed. */
const struct ph_usb_lib *ph_usb_lib_load(char *why, size_t why_size);

#endif
