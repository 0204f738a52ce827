// Giving the device away while nobody needs it: when that may be, and the requests that wait until it is back.
#include "drivers/host/device.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool ph_device_may_release(const struct ph_device *device)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(device->pending); i++)
		if (device->pending[i].token)
			return false;
	return device->release_s && device->link_up && !device->stopping && !device->direct_id[0] &&
	       device->reported == PH_DEVICE_READY && !device->held_count &&
	       device->driver->idle((struct ph_device *)(uintptr_t)device);
}

void ph_device_release(struct ph_device *device)
{
	/* for the service nothing changes: what the driver says of this goes nowhere */
	device->released = true;
	ph_device_link_down(device, false, 0);
}

int ph_device_hold(struct ph_device *device, const char *line, size_t len)
{
	if (device->held_count == PH_HELD_MAX)
		return -EBUSY;
	char *copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, line, len);
	copy[len] = '\0';
	device->held[device->held_count++] = copy;
	if (device->held_count == 1)
		device->io->link_want(device);
	return 0;
}

void ph_device_run_held(struct ph_device *device)
{
	char *lines[PH_HELD_MAX];
	unsigned count = device->held_count;

	memcpy(lines, device->held, sizeof lines);
	device->held_count = 0;
	device->released = false;
	for (unsigned i = 0; i < count; i++) {
		ph_device_dispatch(device, lines[i], strlen(lines[i]));
		free(lines[i]);
	}
}

void ph_device_held_done(struct ph_device *device)
{
	while (device->held_count)
		free(device->held[--device->held_count]);
}
