// What whoever has port 9100 open may answer to the questions: pieces, each behind a byte of length.
#include "drivers/discover/discover.h"

#include "base/utf8.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const char *text)
{
	if (!ph_utf8_valid(text, strlen(text)))
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

/* Whether it still waits for an answer. */
static bool go_on(struct ph_probes *probes)
{
	struct pollfd rows[PH_PROBES_MAX];
	unsigned count = ph_probes_poll(probes, rows);

	if (count && poll(rows, count, 0) > 0)
		ph_probes_ready(probes, rows, count, 1);
	return ph_probes_poll(probes, rows) > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_found_list found;
	struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
	int ends[2];

	found.len = 0;
	struct ph_probes *probes = ph_probes_new(9100, true, &found);
	if (!probes || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	ph_probes_adopt(probes, ends[0], address, 1);
	while (len > 1) {
		size_t n = data[0] < len - 1 ? data[0] : len - 1;
		if (n && send(ends[1], data + 1, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		if (!go_on(probes))
			break;
		data += n + 1;
		len -= n + 1;
	}
	close(ends[1]);
	if (go_on(probes))
		abort(); /* nobody is there any more */
	if (found.len != 1)
		abort();
	check(found.items[0].maker);
	check(found.items[0].model);
	ph_probes_free(probes);
	return 0;
}
