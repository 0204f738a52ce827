/*
 * TLS as both links use it: version 1.2 at least, the host's certificate checked against the authorities of `tls_ca` (or the
 * system's), against its name, and where there are pins against those; a certificate of this till where the host wants one.
 *
 * Source: RFC 5246, RFC 8446; RFC 6125 (names); RFC 7469 section 2.4 (the hash of a public key).
 */
#ifndef PH_ACQUIRER_TLS_H
#define PH_ACQUIRER_TLS_H

#include "acquirer/config.h"

#include <openssl/ssl.h>

#define PH_TLS_WHY_SIZE	      200
#define PH_TLS_KEY_CREDENTIAL "acquirer-tls-key"

struct ph_tls; /* what all connections share */

/* Reads the files of the configuration. 0, or a negative errno with a sentence in why[] that names key and file. */
int ph_tls_new(const struct ph_acquirer_config *config, struct ph_tls **ret_tls,
	char why[PH_TLS_WHY_SIZE]);
void ph_tls_free(struct ph_tls *tls); /* accepts NULL */

/* Puts authorities, versions, ciphers and this till's certificate into a context. 0, or -EIO. */
int ph_tls_apply(const struct ph_tls *tls, SSL_CTX *context);

/* A connection, not begun: `name` or address to be in the certificate is set. NULL: out of memory. */
SSL *ph_tls_session(const struct ph_tls *tls);

/* Whether a host may have this certificate. Without pins each; with pins why[] holds the hash that would fit. */
bool ph_tls_pinned(const struct ph_tls *tls, X509 *certificate, char why[PH_TLS_WHY_SIZE]);

/*
 * What became of a connection in words that say what to do. `verify`: X509_V_..., X509_V_OK where the certificate was not the
 * trouble; `error`: of ERR_peek_error(), 0 where there is none (then the connection just ended). Clears the library's errors.
 */
void ph_tls_explain(
	const struct ph_tls *tls, long verify, unsigned long error, char why[PH_TLS_WHY_SIZE]);

#endif
