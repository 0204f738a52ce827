// TLS as a host offers it, with certificates good and bad; the socket under it is the plug's.
#include "emulators/plugs/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

struct emu_tls {
	const struct ph_emu_pki *pki;
	enum ph_emu_tls_mode mode, now; /* for the next connection, of this one */
	bool want_client;
	SSL *ssl;
	int fd;
	bool wants_write, answered;
};

static const struct {
	const char *word;
	enum ph_emu_certificate certificate;
} modes[PH_EMU_TLS_MODE_COUNT_] = {
	[PH_EMU_TLS_GOOD] = {"good", PH_EMU_CERT_GOOD},
	[PH_EMU_TLS_NEXT] = {"next", PH_EMU_CERT_NEXT},
	[PH_EMU_TLS_EXPIRED] = {"expired", PH_EMU_CERT_EXPIRED},
	[PH_EMU_TLS_EARLY] = {"early", PH_EMU_CERT_EARLY},
	[PH_EMU_TLS_WRONG_NAME] = {"wrong_name", PH_EMU_CERT_WRONG_NAME},
	[PH_EMU_TLS_OTHER_CA] = {"other_ca", PH_EMU_CERT_OTHER_CA},
	[PH_EMU_TLS_PLAIN] = {"plain", PH_EMU_CERT_GOOD},
	[PH_EMU_TLS_STALL] = {"stall", PH_EMU_CERT_GOOD},
	[PH_EMU_TLS_CLOSE] = {"close", PH_EMU_CERT_GOOD},
	[PH_EMU_TLS_OLD] = {"old", PH_EMU_CERT_GOOD},
};

int ph_emu_tls_mode_parse(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(modes); i++)
		if (strcmp(modes[i].word, word) == 0)
			return (int)i;
	return -EINVAL;
}

const char *ph_emu_tls_mode_name(enum ph_emu_tls_mode mode)
{
	return modes[mode].word;
}

int emu_tls_new(const struct ph_emu_pki *pki, struct emu_tls **ret_tls)
{
	struct emu_tls *tls = calloc(1, sizeof *tls);

	if (!tls)
		return -ENOMEM;
	*tls = (struct emu_tls){.pki = pki, .fd = -1};
	*ret_tls = tls;
	return 0;
}

void emu_tls_free(struct emu_tls *tls)
{
	if (!tls)
		return;
	emu_tls_close(tls);
	free(tls);
}

void emu_tls_set(struct emu_tls *tls, enum ph_emu_tls_mode mode, bool want_client)
{
	tls->mode = mode;
	tls->want_client = want_client;
}

enum ph_emu_tls_mode emu_tls_mode(const struct emu_tls *tls)
{
	return tls->mode;
}

static SSL_CTX *make_context(const struct emu_tls *tls)
{
	enum ph_emu_certificate which = modes[tls->now].certificate;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return NULL;
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	bool ok = SSL_CTX_use_certificate(context, tls->pki->certs[which]) == 1 &&
		  SSL_CTX_use_PrivateKey(context, tls->pki->keys[which]) == 1 &&
		  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), tls->pki->ca) == 1;
	if (tls->now == PH_EMU_TLS_OLD)
		ok = ok && SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1 &&
		     SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
		     SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION) == 1;
	if (tls->want_client)
		SSL_CTX_set_verify(
			context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (!ok) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

int emu_tls_open(struct emu_tls *tls, int fd)
{
	tls->now = tls->mode;
	tls->fd = fd;
	tls->wants_write = tls->answered = false;
	SSL_CTX *context = make_context(tls);
	tls->ssl = context ? SSL_new(context) : NULL;
	SSL_CTX_free(context);
	if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1) {
		emu_tls_close(tls);
		return -EIO;
	}
	SSL_set_accept_state(tls->ssl);
	return 0;
}

void emu_tls_close(struct emu_tls *tls)
{
	if (tls->ssl && SSL_is_init_finished(tls->ssl))
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	tls->ssl = NULL;
	tls->fd = -1;
	tls->wants_write = false;
}

// What a call of the library came to, as read(2) and write(2) say it.
static ssize_t outcome(struct emu_tls *tls, int ok, size_t n)
{
	int why = ok == 1 ? SSL_ERROR_NONE : SSL_get_error(tls->ssl, ok);

	tls->wants_write = why == SSL_ERROR_WANT_WRITE;
	if (why == SSL_ERROR_NONE)
		return (ssize_t)n;
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
	ERR_clear_error();
	return -1;
}

// A host that speaks something else, says nothing, or goes: by the first bytes it gets.
static ssize_t misbehave(struct emu_tls *tls)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
	char read[512];
	ssize_t n = recv(tls->fd, read, sizeof read, MSG_DONTWAIT);

	if (n <= 0)
		return n;
	if (tls->now == PH_EMU_TLS_CLOSE)
		return 0;
	if (tls->now == PH_EMU_TLS_PLAIN && !tls->answered)
		send(tls->fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	tls->answered = true;
	errno = EAGAIN;
	return -1;
}

static bool misbehaves(const struct emu_tls *tls)
{
	return tls->now == PH_EMU_TLS_PLAIN || tls->now == PH_EMU_TLS_STALL ||
	       tls->now == PH_EMU_TLS_CLOSE;
}

ssize_t emu_tls_read(struct emu_tls *tls, void *out, size_t size)
{
	size_t n = 0;

	if (misbehaves(tls))
		return misbehave(tls);
	ERR_clear_error();
	int ok = SSL_read_ex(tls->ssl, out, size, &n);
	return outcome(tls, ok, n);
}

ssize_t emu_tls_write(struct emu_tls *tls, const void *data, size_t len)
{
	size_t n = 0;

	if (misbehaves(tls))
		return (ssize_t)len;
	ERR_clear_error();
	int ok = SSL_write_ex(tls->ssl, data, len, &n);
	return outcome(tls, ok, n);
}

bool emu_tls_has_more(const struct emu_tls *tls)
{
	return tls->ssl && SSL_pending(tls->ssl) > 0;
}

bool emu_tls_wants_write(const struct emu_tls *tls)
{
	return tls->wants_write;
}
