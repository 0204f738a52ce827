// Puts a connection into the vhci-hcd of this kernel, as the tool `usbip attach` does; needs root.
//
// Source: Linux drivers/usb/usbip/vhci_sysfs.c.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "emulators/plugs/usbip_internal.h"

enum { PORT_FREE = 4 };

// The port asked for if it is free, else (only where none was asked for) the first free one for devices below USB 3.
static int find_port(const char *folder, int wanted)
{
	char line[256], path[PATH_MAX];
	unsigned port, status;
	int found = -EBUSY;

	snprintf(path, sizeof path, "%s/status", folder);
	FILE *f = fopen(path, "re");
	if (!f)
		return -ENOENT;
	while (found < 0 && fgets(line, sizeof line, f))
		if (sscanf(line, "hs %u %u", &port, &status) == 2 && status == PORT_FREE &&
			(wanted < 0 || (unsigned)wanted == port))
			found = (int)port;
	fclose(f);
	return found;
}

int emu_vhci_attach(const char *folder, int fd, unsigned devid, unsigned speed, int wanted)
{
	char text[64], path[PATH_MAX];
	int port = find_port(folder, wanted);

	if (port < 0)
		return port;
	int n = snprintf(text, sizeof text, "%d %d %u %u", port, fd, devid, speed);
	snprintf(path, sizeof path, "%s/attach", folder);
	int attach = open(path, O_WRONLY | O_CLOEXEC);
	if (attach < 0)
		return -errno;
	int r = write(attach, text, (size_t)n) == n ? port : -errno;
	close(attach);
	return r;
}
