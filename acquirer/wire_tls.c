// TLS over a TCP connection. What is encrypted waits here until the kernel takes it; certificates and words are tls.c's.
#include "acquirer/tls.h"
#include "acquirer/wire.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Gives the kernel what is encrypted. 0: all of it is gone; -EAGAIN; or a negative errno. */
static int flush(struct ph_wire *wire)
{
	BIO *out = SSL_get_wbio(wire->ssl);
	char *data;
	long len;

	wire->events &= ~(uint32_t)EPOLLOUT;
	while ((len = BIO_get_mem_data(out, &data)) > 0) {
		ssize_t n = send(wire->fd, data, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n < 0) {
			wire->events |= EPOLLOUT;
			return -EAGAIN;
		}
		/* moves on without a copy */
		BIO_read(out, data, (int)n);
	}
	return 0;
}

static int begin(struct ph_wire *wire)
{
	BIO *in = NULL, *out = NULL;
	int r = ph_wire_tcp.handshake(wire);

	if (r < 0)
		return r;
	wire->ssl = ph_tls_session(wire->tls);
	in = wire->ssl ? BIO_new_socket(wire->fd, BIO_NOCLOSE) : NULL;
	out = in ? BIO_new(BIO_s_mem()) : NULL;
	if (!out) {
		BIO_free(in);
		return -ENOMEM;
	}
	SSL_set_bio(wire->ssl, in, out);
	return 0;
}

/* Whose name is right and whose key is not is told before a byte of a message leaves. */
static int check_pin(struct ph_wire *wire)
{
	X509 *certificate = SSL_get1_peer_certificate(wire->ssl);
	bool good = ph_tls_pinned(wire->tls, certificate, wire->why);

	X509_free(certificate);
	return good ? 0 : -EACCES;
}

static int explain(struct ph_wire *wire)
{
	ph_tls_explain(wire->tls, SSL_get_verify_result(wire->ssl), ERR_peek_error(), wire->why);
	flush(wire); /* the alert that tells the host why */
	return -EPROTO;
}

static int handshake(struct ph_wire *wire)
{
	int ok, why, r = wire->ssl ? 0 : begin(wire);

	if (r < 0)
		return r;
	ERR_clear_error();
	errno = 0;
	ok = SSL_do_handshake(wire->ssl);
	why = SSL_get_error(wire->ssl, ok);
	if (ok == 1)
		r = check_pin(wire);
	else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		return explain(wire);
	if (r < 0)
		return r;
	wire->events = EPOLLIN;
	r = flush(wire);
	if (r < 0 && r != -EAGAIN)
		return r;
	if (ok != 1)
		return -EAGAIN;
	wire->events &= ~(uint32_t)EPOLLIN;
	return 0;
}

static ssize_t send_bytes(struct ph_wire *wire, const uint8_t *data, size_t len)
{
	size_t n = 0;
	int ok, r = flush(wire);

	if (r < 0)
		return r;
	ERR_clear_error();
	ok = SSL_write_ex(wire->ssl, data, len, &n);
	if (ok != 1)
		return explain(wire);
	/* from here on the bytes may reach the host, whatever becomes of the connection */
	flush(wire); /* an error shows with the next call */
	return (ssize_t)n;
}

static ssize_t receive(struct ph_wire *wire, uint8_t *data, size_t size)
{
	size_t n = 0;
	int ok, why;

	ERR_clear_error();
	errno = 0;
	ok = SSL_read_ex(wire->ssl, data, size, &n);
	why = SSL_get_error(wire->ssl, ok);
	if (ok == 1)
		return (ssize_t)n;
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (why == SSL_ERROR_SYSCALL && errno)
		return -errno;
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		flush(wire); /* an answer of TLS itself; an error shows with the next message */
		return -EAGAIN;
	}
	return explain(wire);
}

static bool has_more(const struct ph_wire *wire)
{
	return wire->ssl && SSL_pending(wire->ssl) > 0;
}

static void stop(struct ph_wire *wire)
{
	if (wire->ssl && wire->fd >= 0 && SSL_is_init_finished(wire->ssl)) {
		SSL_shutdown(wire->ssl);
		flush(wire);
	}
	ERR_clear_error();
	SSL_free(wire->ssl);
	wire->ssl = NULL;
	ph_wire_tcp.stop(wire);
}

static const char *waits_for(const struct ph_wire *wire)
{
	return wire->ssl ? "the host takes the connection and does not finish the TLS handshake: "
			   "check the port"
			 : "cannot connect";
}

static int start(struct ph_wire *wire, const struct ph_acquirer_config *config)
{
	wire->why[0] = '\0';
	return ph_wire_tcp.start(wire, config);
}

const struct ph_wire_ops ph_wire_tls = {
	.name = "tls",
	.start = start,
	.handshake = handshake,
	.waits_for = waits_for,
	.send = send_bytes,
	.flush = flush,
	.receive = receive,
	.has_more = has_more,
	.stop = stop,
};
