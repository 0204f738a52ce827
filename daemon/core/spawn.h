/* Child processes that speak lines on a descriptor: device processes and poshal-render. */
#ifndef PH_DAEMON_CORE_SPAWN_H
#define PH_DAEMON_CORE_SPAWN_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#define PH_CHILD_FD 3 /* where a child finds its end of the socket pair */

/*
 * Starts `path` with one end of a new socket pair at PH_CHILD_FD, standard input and output at /dev/null and the errors
 * where ours are. Returns 0 with our end, close-on-exec and the caller's, or a negative errno.
 */
int ph_spawn(const char *path, char *const argv[], pid_t *ret_pid, int *ret_fd);

/*
 * Starts `path` in a process group of its own, with its standard output at the write end of a pipe; *ret_fd is the other
 * end. Otherwise the same.
 */
int ph_spawn_reader(const char *path, char *const argv[], pid_t *ret_pid, int *ret_fd);

/* Kills a child that may take its time to die, in a driver of the kernel, without waiting for it. 0 does nothing. */
void ph_spawn_end(sd_event *event, pid_t pid);

#endif
