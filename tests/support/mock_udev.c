// A udev of the test's own: keeps a umockdev test bed and changes it as its standard input says. Started by mock_udev.py.
//
//	add LENGTH		a description of devices follows, in the form of umockdev-record; events are sent
//	event ACTION SYSPATH	sends an event of a device
//	remove SYSPATH		takes a device away, without an event; its children have gone before
//
// Each is answered by a line "ok"; the first line says where the test bed is.
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <umockdev.h>

#define SLOW_MS 60000 /* for a receiver that is behind */

/*
 * umockdev sends events to the sockets it finds in a folder and ends the process when one of them is full or has just gone. A
 * kernel's udev does neither: the two functions below, which stand in front of the library's, wait for the slow and pass over
 * the gone.
 */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*next)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	ssize_t len = 0;

	for (size_t i = 0; i < message->msg_iovlen; i++)
		len += (ssize_t)message->msg_iov[i].iov_len;
	for (;;) {
		ssize_t n = next(fd, message, flags);
		if (n >= 0)
			return n;
		if (errno == ECONNREFUSED || errno == ENOTCONN || errno == ECONNRESET)
			return len;
		if (errno != EAGAIN || poll(&room, 1, SLOW_MS) <= 0)
			return -1;
	}
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");

	int r = next(fd, address, len);
	if (r < 0 && errno == ENOENT)
		errno = ECONNREFUSED; /* which it takes for one that has gone */
	return r;
}

static void add(UMockdevTestbed *bed, const char *length)
{
	size_t len = strtoul(length, NULL, 10);
	char *text = calloc(1, len + 1);
	GError *error = NULL;

	if (!text || fread(text, 1, len, stdin) != len)
		exit(1);
	if (!umockdev_testbed_add_from_string(bed, text, &error)) {
		fprintf(stderr, "mock_udev: %s\n", error->message);
		exit(1);
	}
	free(text);
}

static void event(UMockdevTestbed *bed, char *words)
{
	char *path = strchr(words, ' ');

	if (!path)
		exit(1);
	*path++ = '\0';
	umockdev_testbed_uevent(bed, path, words);
}

static void obey(UMockdevTestbed *bed, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "add ", 4))
		add(bed, line + 4);
	else if (!strncmp(line, "event ", 6))
		event(bed, line + 6);
	else if (!strncmp(line, "remove ", 7))
		umockdev_testbed_remove_device(bed, line + 7);
	else
		exit(1);
}

int main(void)
{
	char line[1024];
	UMockdevTestbed *bed = umockdev_testbed_new();

	printf("%s\n", getenv("UMOCKDEV_DIR"));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		obey(bed, line);
		puts("ok");
		fflush(stdout);
	}
	g_object_unref(bed);
	return 0;
}
