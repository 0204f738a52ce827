// What TLS connections to a host share: authorities, pins, this till's certificate; and what to say when one fails.
#include "acquirer/tls.h"

#include "base/cleanup.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECURE_HEAP 65536 /* locked memory for this till's key */

struct ph_tls {
	const struct ph_acquirer_config *config;
	SSL_CTX *context;
	X509_STORE *store;
	X509 *certificate;
	STACK_OF(X509) * chain;
	EVP_PKEY *key;
};

PH_DEFINE_CLEANUP(FILE *, fclose)

static int fail(
	char why[PH_TLS_WHY_SIZE], int r, const char *key, const char *path, const char *what)
{
	snprintf(why, PH_TLS_WHY_SIZE, "`%s`: %.90s: %s", key, path, what);
	ERR_clear_error();
	return r;
}

static int load_authorities(struct ph_tls *tls, char why[PH_TLS_WHY_SIZE])
{
	const char *path = tls->config->tls_ca;

	tls->store = X509_STORE_new();
	if (!tls->store)
		return -ENOMEM;
	/* an authority in the middle, or the certificate itself, is as good a root as any when it is named */
	X509_STORE_set_flags(tls->store, X509_V_FLAG_PARTIAL_CHAIN);
	if (path[0] && X509_STORE_load_file(tls->store, path) != 1)
		return fail(why, -EINVAL, "tls_ca", path, "cannot be read, or has no certificate");
	if (!path[0] && X509_STORE_set_default_paths(tls->store) != 1)
		return fail(why, -EIO, "tls_ca", "the system's authorities", "cannot be read");
	return 0;
}

static int load_certificate(struct ph_tls *tls, char why[PH_TLS_WHY_SIZE])
{
	const char *path = tls->config->tls_certificate;
	PH_CLEANUP(fclose_p) FILE *file = fopen(path, "re");
	X509 *more;

	tls->chain = sk_X509_new_null();
	if (!file || !tls->chain)
		return fail(why, -EINVAL, "tls_certificate", path, strerror(errno));
	tls->certificate = PEM_read_X509(file, NULL, NULL, NULL);
	if (!tls->certificate)
		return fail(why, -EINVAL, "tls_certificate", path, "has no certificate (PEM)");
	while ((more = PEM_read_X509(file, NULL, NULL, NULL)))
		if (!sk_X509_push(tls->chain, more))
			return -ENOMEM;
	ERR_clear_error();
	return 0;
}

/* Nobody is there to type the phrase of an encrypted key. */
static int no_phrase(char *out, int size, int writing, void *userdata)
{
	return -1;
}

static int load_key(struct ph_tls *tls, char why[PH_TLS_WHY_SIZE])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[300];

	if (!tls->config->tls_key[0] && !folder)
		return fail(why, -EINVAL, "tls_key", "is missing",
			"name a file, or give the unit the credential " PH_TLS_KEY_CREDENTIAL);
	if (tls->config->tls_key[0])
		snprintf(path, sizeof path, "%s", tls->config->tls_key);
	else
		snprintf(path, sizeof path, "%.250s/%s", folder, PH_TLS_KEY_CREDENTIAL);
	/* a buffer of stdio would keep the key */
	PH_CLEANUP(fclose_p) FILE *file = fopen(path, "re");
	if (!file)
		return fail(why, -EINVAL, "tls_key", path, strerror(errno));
	setvbuf(file, NULL, _IONBF, 0);
	CRYPTO_secure_malloc_init(SECURE_HEAP, 32);
	tls->key = PEM_read_PrivateKey(file, NULL, no_phrase, NULL);
	if (!tls->key)
		return fail(why, -EINVAL, "tls_key", path, "has no key (PEM, not encrypted)");
	if (X509_check_private_key(tls->certificate, tls->key) != 1)
		return fail(why, -EINVAL, "tls_key", path,
			"is not the key of the certificate in `tls_certificate`");
	return 0;
}

int ph_tls_apply(const struct ph_tls *tls, SSL_CTX *context)
{
	/* no renegotiation, no old ciphers, no copies of what was received */
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CLEANSE_PLAINTEXT |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set1_cert_store(context, tls->store);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_cipher_list(
			context, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20") != 1)
		return -EIO;
	if (!tls->key)
		return 0;
	return SSL_CTX_use_cert_and_key(context, tls->certificate, tls->key, tls->chain, 1) == 1
		       ? 0
		       : -EIO;
}

int ph_tls_new(
	const struct ph_acquirer_config *config, struct ph_tls **ret_tls, char why[PH_TLS_WHY_SIZE])
{
	struct ph_tls *tls = calloc(1, sizeof *tls);
	int r;

	snprintf(why, PH_TLS_WHY_SIZE, "TLS cannot be set up");
	if (!tls)
		return -ENOMEM;
	tls->config = config;
	r = load_authorities(tls, why);
	if (r == 0 && config->tls_certificate[0])
		r = load_certificate(tls, why);
	if (r == 0 && config->tls_certificate[0])
		r = load_key(tls, why);
	if (r == 0) {
		tls->context = SSL_CTX_new(TLS_client_method());
		r = tls->context ? ph_tls_apply(tls, tls->context) : -ENOMEM;
	}
	if (r < 0) {
		ph_tls_free(tls);
		return r;
	}
	*ret_tls = tls;
	return 0;
}

void ph_tls_free(struct ph_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	X509_STORE_free(tls->store);
	X509_free(tls->certificate);
	sk_X509_pop_free(tls->chain, X509_free);
	EVP_PKEY_free(tls->key);
	free(tls);
}

SSL *ph_tls_session(const struct ph_tls *tls)
{
	const char *name = tls->config->tls_name;
	SSL *ssl = SSL_new(tls->context);
	bool ok;

	if (!ssl)
		return NULL;
	SSL_set_connect_state(ssl);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (name[0])
		ok = SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
	else
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), tls->config->host) == 1;
	if (!ok) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

bool ph_tls_pinned(const struct ph_tls *tls, X509 *certificate, char why[PH_TLS_WHY_SIZE])
{
	struct ph_ini_word list = {tls->config->tls_pin, strlen(tls->config->tls_pin)}, pin;
	unsigned char hash[32], *der = NULL;
	char text[PH_TLS_PIN + 1] = "sha256//";
	int len;

	if (!list.len)
		return true;
	len = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : -1;
	if (len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL) == 1)
		EVP_EncodeBlock((unsigned char *)text + 8, hash, sizeof hash);
	OPENSSL_free(der);
	while (ph_ini_word_next(&list, ' ', &pin))
		if (ph_ini_word_is(pin, text))
			return true;
	snprintf(why, PH_TLS_WHY_SIZE,
		"the host has the public key %s, which is none of `tls_pin`: "
		"add it if the acquirer has announced it",
		text);
	return false;
}

/* ---- what to say ---- */

static const char no_trust[] = "nobody whom this till trusts has signed the host's certificate: "
			       "`tls_ca` has to be the file of the acquirer's authority";
static const char other_name[] =
	"the host's certificate is for another name: check the host, and `tls_name` or `url`";

static const struct {
	long verify;
	const char *text;
} verify_texts[] = {
	{X509_V_ERR_CERT_HAS_EXPIRED,
		"the host's certificate has expired: the acquirer has to renew it, "
		"or the clock of this machine is wrong"},
	{X509_V_ERR_CERT_NOT_YET_VALID,
		"the host's certificate is not valid yet: check the clock of this machine"},
	{X509_V_ERR_HOSTNAME_MISMATCH, other_name},
	{X509_V_ERR_IP_ADDRESS_MISMATCH, other_name},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, no_trust},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, no_trust},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, no_trust},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, no_trust},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, no_trust},
};

static const char not_tls[] =
	"what answers there does not speak TLS: check the port, or whether the line has TLS at all";
static const char too_old[] =
	"the host offers no TLS 1.2 or later: ask the acquirer for one that does";
static const char refused[] = "the host does not take this till's certificate: "
			      "check `tls_certificate` and `tls_key`, or ask the acquirer";
static const char wanted[] =
	"the host wants a certificate of this till: set `tls_certificate` and `tls_key`";

static const struct {
	int reason;
	const char *text;
} reason_texts[] = {
	{SSL_R_WRONG_VERSION_NUMBER, not_tls},
	{SSL_R_PACKET_LENGTH_TOO_LONG, not_tls},
	{SSL_R_RECORD_LENGTH_MISMATCH, not_tls},
	{SSL_R_UNEXPECTED_MESSAGE, not_tls},
	{SSL_R_UNSUPPORTED_PROTOCOL, too_old},
	{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, too_old},
	{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, wanted},
	{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, refused},
	{SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, refused},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, refused},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, refused},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, refused},
	{SSL_R_TLSV1_ALERT_UNKNOWN_CA, refused},
	{SSL_R_TLSV1_ALERT_ACCESS_DENIED, refused},
};

static const char *verify_text(long verify)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(verify_texts); i++)
		if (verify_texts[i].verify == verify)
			return verify_texts[i].text;
	return NULL;
}

static const char *reason_text(const struct ph_tls *tls, int reason)
{
	/* a host of TLS 1.2 says no more than this when a certificate is missing */
	if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && !tls->key)
		return "the host refuses to speak TLS with this till: it may want a certificate "
		       "(`tls_certificate`, `tls_key`), or other ciphers";
	for (size_t i = 0; i < PH_ARRAY_SIZE(reason_texts); i++)
		if (reason_texts[i].reason == reason)
			return reason_texts[i].text;
	return NULL;
}

void ph_tls_explain(
	const struct ph_tls *tls, long verify, unsigned long error, char why[PH_TLS_WHY_SIZE])
{
	const char *text =
		verify != X509_V_OK ? verify_text(verify) : reason_text(tls, ERR_GET_REASON(error));

	if (text)
		snprintf(why, PH_TLS_WHY_SIZE, "%s", text);
	else if (verify != X509_V_OK)
		snprintf(why, PH_TLS_WHY_SIZE, "the host's certificate is refused: %s",
			X509_verify_cert_error_string(verify));
	else if (error && ERR_reason_error_string(error))
		snprintf(why, PH_TLS_WHY_SIZE, "TLS: %s", ERR_reason_error_string(error));
	else
		snprintf(why, PH_TLS_WHY_SIZE,
			"the host has closed the connection in the TLS handshake: check the port, "
			"or whether it wants a certificate of this till");
	ERR_clear_error();
}
