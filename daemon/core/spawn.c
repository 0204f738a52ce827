// Starting and ending child processes. What is said to them, and when, is left to process.c and render.c.
#include "daemon/core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn_at(const char *path, char *const argv[], int fd, int target, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	if (target == STDOUT_FILENO)
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setflags(&attr, flags);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (target != STDOUT_FILENO)
		posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, target);
	int r = posix_spawn(ret_pid, path, &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -r;
}

int ph_spawn(const char *path, char *const argv[], pid_t *ret_pid, int *ret_fd)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	int r = spawn_at(path, argv, sv[1], PH_CHILD_FD, &pid);
	close(sv[1]);
	if (r < 0) {
		close(sv[0]);
		return r;
	}
	*ret_pid = pid;
	*ret_fd = sv[0];
	return 0;
}

int ph_spawn_reader(const char *path, char *const argv[], pid_t *ret_pid, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	fcntl(ends[1], F_SETFL, 0); /* a child does not expect anything else */
	int r = spawn_at(path, argv, ends[1], STDOUT_FILENO, &pid);
	close(ends[1]);
	if (r < 0) {
		close(ends[0]);
		return r;
	}
	*ret_pid = pid;
	*ret_fd = ends[0];
	return 0;
}

static int on_reaped(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	return 0;
}

void ph_spawn_end(sd_event *event, pid_t pid)
{
	if (!pid)
		return;
	kill(pid, SIGKILL);
	if (sd_event_add_child(event, NULL, pid, WEXITED, on_reaped, NULL) < 0)
		waitpid(pid, NULL, 0);
}
