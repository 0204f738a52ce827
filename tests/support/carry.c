// The process of a driver whose words a test writes: copies both ways between descriptor 3 and the socket of its first argument.
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SERVICE 3

/* What has come from one to the other; false at the end of either. */
static bool carry(int from, int to)
{
	char data[65536];
	ssize_t len = read(from, data, sizeof data);

	for (ssize_t done = 0; done < len;) {
		ssize_t n = write(to, data + done, (size_t)(len - done));
		if (n < 0)
			return false;
		done += n;
	}
	return len > 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int test = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 2 || snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]) >=
				(int)sizeof address.sun_path)
		return 2;
	if (test < 0 || connect(test, (struct sockaddr *)&address, sizeof address) < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN); /* the end of either is an orderly end */
	struct pollfd ends[] = {{.fd = SERVICE, .events = POLLIN}, {.fd = test, .events = POLLIN}};
	while (poll(ends, 2, -1) > 0)
		if ((ends[0].revents && !carry(SERVICE, test)) ||
			(ends[1].revents && !carry(test, SERVICE)))
			break;
	return 0;
}
