// poshal_id: prints what udev shall know of a hidraw node; what descriptors mean is in identify.c.
#include "protocols/hid/descriptor.h"
#include "udev/identify.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: poshal_id [PATH]\n"
	"Prints as properties what the HID device at PATH is, or nothing.\n"
	"\n"
	"  PATH  folder of a hidraw node in sysfs, or a file with a report descriptor;\n"
	"        without it the node whose event udev handles (DEVPATH)\n"
	"\n"
	"See poshal_id(8).\n";

/* Nothing of what may be at a path is waited for. */
static int open_to_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int open_descriptor(const char *path)
{
	char below[PATH_MAX];

	int len = snprintf(below, sizeof below, "%s/device/report_descriptor", path);
	if (len < 0 || (size_t)len >= sizeof below)
		return -1;
	int fd = open_to_read(below);
	return fd >= 0 ? fd : open_to_read(path);
}

/* Bytes read; more than the limit when the file is longer. */
static size_t read_all(int fd, unsigned char out[PH_HID_DESCRIPTOR_MAX + 1])
{
	size_t len = 0;

	while (len < PH_HID_DESCRIPTOR_MAX + 1) {
		ssize_t n = read(fd, out + len, PH_HID_DESCRIPTOR_MAX + 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

static void identify(const char *path)
{
	unsigned char descriptor[PH_HID_DESCRIPTOR_MAX + 1];
	struct ph_identity identity;

	int fd = open_descriptor(path);
	if (fd < 0)
		return;
	size_t len = read_all(fd, descriptor);
	close(fd);
	if (len > PH_HID_DESCRIPTOR_MAX ||
		ph_identify(descriptor, len, getenv("ID_POSHAL_MAYBE"), &identity) < 0)
		return;
	printf("ID_POSHAL=1\nID_POSHAL_CLASS=%s\nID_POSHAL_PROTO=%s\n", identity.class_name,
		identity.proto);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	const char *devpath = getenv("DEVPATH");

	if (argc > 1 && !strcmp(argv[1], "--help"))
		fputs(usage, stdout);
	else if (argc > 1 && !strcmp(argv[1], "--version"))
		puts("poshal_id " POSHAL_VERSION);
	else if (argc > 1)
		identify(argv[1]);
	else if (devpath && snprintf(path, sizeof path, "/sys%s", devpath) < (int)sizeof path)
		identify(path);
	return 0;
}
