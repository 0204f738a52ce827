// TLS over a connection that takes no more: what send() took reaches the host, what it did not take does not.
#include "acquirer/wire.h"
#include "emulators/plugs/certificate.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAST_US 60000000 /* a test that waits longer has failed */
#define PIECE	4000

static char folder[] = "/tmp/poshal-wire-XXXXXX";
static struct ph_emu_pki *pki;
static struct ph_acquirer_config config = {.host = "127.0.0.1", .tls = true};
static struct ph_tls *tls;
static struct ph_wire wire;
static int listener, other;
static SSL_CTX *context;
static SSL *host;

static void setup(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	char why[PH_TLS_WHY_SIZE];
	int small = 4096, pair[2];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(ph_emu_pki_new(&pki), 0);
	ck_assert_int_eq(ph_emu_pki_write(pki, folder), 0);
	snprintf(config.tls_ca, sizeof config.tls_ca, "%s/ca.pem", folder);
	ck_assert_int_eq(ph_tls_new(&config, &tls, why), 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	config.port = ntohs(address.sin_port);
	wire = (struct ph_wire){.ops = &ph_wire_tls, .fd = -1, .tls = tls};
	ck_assert_int_eq(wire.ops->start(&wire, &config), 0);
	/* instead of TCP, where an acknowledgement some time later makes room though nobody has read */
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	ck_assert_int_eq(dup3(pair[0], wire.fd, O_CLOEXEC), wire.fd);
	close(pair[0]);
	other = pair[1];
	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, pki->certs[PH_EMU_CERT_GOOD]);
	SSL_CTX_use_PrivateKey(context, pki->keys[PH_EMU_CERT_GOOD]);
	host = SSL_new(context);
	SSL_set_fd(host, other);
	SSL_set_accept_state(host);
}

static void teardown(void)
{
	char command[100];

	wire.ops->stop(&wire);
	SSL_free(host);
	SSL_CTX_free(context);
	close(other);
	close(listener);
	ph_tls_free(tls);
	ph_emu_pki_free(pki);
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

static void wait_a_moment(void)
{
	struct pollfd fds[] = {{.fd = wire.fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};

	poll(fds, 2, 10);
}

static void shake_hands(void)
{
	uint64_t end = ph_clock_mono_us() + LAST_US;
	int r = -EAGAIN;

	while (r == -EAGAIN && ph_clock_mono_us() < end) {
		r = wire.ops->handshake(&wire);
		SSL_do_handshake(host);
		if (r == -EAGAIN)
			wait_a_moment();
	}
	ck_assert_int_eq(r, 0);
	while (!SSL_is_init_finished(host) && ph_clock_mono_us() < end) {
		SSL_do_handshake(host);
		wait_a_moment();
	}
}

/* What the host gets until `all` bytes are there; each is the number of its piece. */
static void host_reads(size_t all)
{
	uint64_t end = ph_clock_mono_us() + LAST_US;
	static uint8_t got[PIECE];
	size_t total = 0, n;

	while (total < all && ph_clock_mono_us() < end) {
		if (SSL_read_ex(host, got, sizeof got, &n) != 1) {
			wire.ops->flush(&wire);
			wait_a_moment();
			continue;
		}
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(got[i], (uint8_t)((total + i) / PIECE));
		total += n;
	}
	ck_assert_uint_eq(total, all);
}

START_TEST(a_host_that_does_not_read)
{
	uint8_t piece[PIECE];
	unsigned taken = 0;
	ssize_t n = PIECE;

	shake_hands();
	while (n == PIECE && taken < 10000) {
		memset(piece, (int)(uint8_t)taken, sizeof piece);
		n = wire.ops->send(&wire, piece, sizeof piece);
		taken += n == PIECE;
	}
	ck_assert_int_eq(n, -EAGAIN);
	ck_assert_uint_ge(taken, 2);
	/* some of it waits here, and is waited for */
	ck_assert(wire.events & EPOLLOUT);
	ck_assert_int_eq(wire.ops->flush(&wire), -EAGAIN);
	ck_assert_int_eq(wire.ops->send(&wire, piece, sizeof piece), -EAGAIN);
	/* all that was taken arrives, and nothing of what was not */
	host_reads((size_t)taken * PIECE);
	ck_assert_int_eq(wire.ops->flush(&wire), 0);
	ck_assert(!(wire.events & EPOLLOUT));
	memset(piece, (int)(uint8_t)0, sizeof piece);
	ck_assert_int_eq(wire.ops->send(&wire, piece, 10), 10);
	size_t got = 0;
	uint64_t end = ph_clock_mono_us() + LAST_US;
	while (SSL_read_ex(host, piece, sizeof piece, &got) != 1 && ph_clock_mono_us() < end)
		wait_a_moment();
	ck_assert_uint_eq(got, 10);
}
END_TEST

START_TEST(more_than_one_read_takes)
{
	static uint8_t record[16000], out[1000];
	size_t n, total = 0;
	uint64_t end = ph_clock_mono_us() + LAST_US;

	shake_hands();
	SSL_set_mode(host, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	bool written = false;
	while (total < sizeof record && ph_clock_mono_us() < end) {
		written = written || SSL_write_ex(host, record, sizeof record, &n) == 1;
		ssize_t r = wire.ops->receive(&wire, out, sizeof out);
		if (r > 0)
			total += (size_t)r;
		else
			ck_assert_int_eq(r, -EAGAIN);
		/* no event tells of the rest of a record */
		if (r > 0 && total < sizeof record)
			ck_assert(wire.ops->has_more(&wire));
		if (r < 0)
			wait_a_moment();
	}
	ck_assert_uint_eq(total, sizeof record);
	ck_assert(!wire.ops->has_more(&wire));
	/* the end of it */
	SSL_shutdown(host);
	ssize_t r = -EAGAIN;
	while (r == -EAGAIN && ph_clock_mono_us() < end) {
		r = wire.ops->receive(&wire, out, sizeof out);
		if (r == -EAGAIN)
			wait_a_moment();
	}
	ck_assert_int_eq(r, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire_tls");
	TCase *test = tcase_create("wire");
	int failed;

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_test(test, a_host_that_does_not_read);
	tcase_add_test(test, more_than_one_read_takes);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
