// The listening socket of the JSON door: where it is, who may connect, and what happens when descriptors run out.
#include "base/cleanup.h"
#include "daemon/core/access.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/doors/json/door_private.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define ACCEPTS_PER_TURN 32
#define BACKLOG		 512

static void refuse_one(struct ph_json_door *door)
{
	ph_log(LOG_WARNING, NULL, "out of file descriptors; a connection is refused");
	if (door->spare_fd >= 0)
		close(door->spare_fd);
	int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_json_door *door = userdata;

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (client >= 0) {
			ph_json_conn_accept(door, client);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			refuse_one(door);
		return 0;
	}
	return 0;
}

/* The lock says whether a socket file is alive, so that a dead one can be replaced without a race. */
static int take_lock(struct ph_json_door *door)
{
	char path[240];

	snprintf(path, sizeof path, "%s/poshald.lock", door->daemon->paths.run);
	door->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (door->lock_fd < 0)
		return -errno;
	return flock(door->lock_fd, LOCK_EX | LOCK_NB) < 0 ? -EADDRINUSE : 0;
}

static void give_to_group(const char *path)
{
	const struct group *group = getuid() == 0 ? getgrnam(PH_ACCESS_GROUP) : NULL;

	if (group && chown(path, (uid_t)-1, group->gr_gid) < 0)
		ph_log(LOG_WARNING, NULL, "%s cannot be given to group %s: %s", path,
			PH_ACCESS_GROUP, strerror(errno));
}

static int listen_at(struct ph_json_door *door)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(door->path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, door->path);
	door->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (door->fd < 0)
		return -errno;
	unlink(door->path);
	mode_t mask = umask(0117); /* 0660 from the first moment */
	int r = bind(door->fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
	umask(mask);
	if (r < 0)
		return r;
	give_to_group(door->path);
	return listen(door->fd, BACKLOG) < 0 ? -errno : 0;
}

/* The first of the sockets handed over that is one of ours: another unit may hand over more. -ENOENT: none. */
static int inherit(struct ph_json_door *door)
{
	int count = sd_listen_fds(1);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
			continue;
		door->fd = fd;
		door->inherited = true;
		return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	}
	if (count > 0)
		ph_log(LOG_WARNING, NULL,
			"of %d descriptors handed over none is a listening Unix socket", count);
	return -ENOENT;
}

static int find_socket(struct ph_json_door *door)
{
	int r = take_lock(door);

	if (r < 0)
		return r;
	r = inherit(door);
	if (r != -ENOENT)
		return r;
	snprintf(door->path, sizeof door->path, "%s/poshal.sock", door->daemon->paths.run);
	return listen_at(door);
}

int ph_json_door_new(struct ph_daemon *daemon, struct ph_json_door **ret_door)
{
	struct ph_json_door *door = calloc(1, sizeof *door);

	if (!door)
		return -ENOMEM;
	door->daemon = daemon;
	door->fd = door->lock_fd = -1;
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r = ph_poll_set_new(daemon->event, &door->set);
	if (r >= 0)
		r = find_socket(door);
	if (r >= 0)
		r = sd_event_add_io(
			daemon->event, &door->listener, door->fd, EPOLLIN, on_connect, door);
	if (r < 0) {
		door->path[0] = '\0'; /* not ours */
		ph_json_door_free(door);
		return r;
	}
	*ret_door = door;
	return 0;
}

void ph_json_door_free(struct ph_json_door *door)
{
	if (!door)
		return;
	sd_event_source_disable_unref(door->listener);
	while (door->conns)
		ph_json_conn_free(door->conns);
	ph_poll_set_free(door->set);
	if (door->path[0])
		unlink(door->path);
	if (door->fd >= 0)
		close(door->fd);
	if (door->spare_fd >= 0)
		close(door->spare_fd);
	if (door->lock_fd >= 0)
		close(door->lock_fd);
	ph_buf_done(&door->scratch);
	free(door);
}
