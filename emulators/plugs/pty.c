// A serial line made of a pseudo terminal, found under a stable symbolic link.
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "emulators/plugs/plug_internal.h"

// the link appears with its target complete, also where an old one was left behind
static int place_link(const char *target, const char *path)
{
	char temporary[4100];
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
		return -EEXIST;
	int n = snprintf(temporary, sizeof temporary, "%s.n", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return -ENAMETOOLONG;
	unlink(temporary);
	if (symlink(target, temporary) < 0)
		return -errno;
	return rename(temporary, path) < 0 ? -errno : 0;
}

static int make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
}

int emu_pty_in(struct ph_emu_plug *plug)
{
	char name[64];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int r = 0;

	if (master < 0)
		return -errno;
	if (grantpt(master) < 0 || unlockpt(master) < 0 ||
		ptsname_r(master, name, sizeof name) != 0)
		r = -errno;
	if (r == 0 && (plug->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		r = -errno;
	if (r == 0)
		r = make_raw(plug->slave);
	if (r == 0)
		r = emu_link_open(plug, master);
	if (r == 0)
		r = place_link(name, plug->path);
	if (r < 0 && plug->fd < 0)
		close(master);
	if (r < 0)
		emu_pty_out(plug);
	return r;
}

// removes the link only if it is still ours
void emu_pty_out(struct ph_emu_plug *plug)
{
	char mine[64], there[64];
	ssize_t n = readlink(plug->path, there, sizeof there - 1);

	if (plug->fd >= 0 && n > 0 && ptsname_r(plug->fd, mine, sizeof mine) == 0) {
		there[n] = 0;
		if (strcmp(mine, there) == 0)
			unlink(plug->path);
	}
	if (plug->slave >= 0)
		close(plug->slave);
	plug->slave = -1;
	emu_link_close(plug, false);
}
