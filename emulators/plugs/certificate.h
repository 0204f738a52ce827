/*
 * A certification authority that lives as long as the emulator, and certificates of an acquirer's host: a good one and those that
 * a till must refuse. Keys are P-256 and new at each start.
 *
 * Source: RFC 5280 (certificates), RFC 7469 section 2.4 (the hash of a public key).
 */
#ifndef PH_EMULATORS_PLUGS_CERTIFICATE_H
#define PH_EMULATORS_PLUGS_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#define PH_EMU_HOST_NAME                                                                           \
	"host.acquirer.test" /* in good certificates, beside localhost and 127.0.0.1 */
#define PH_EMU_PIN_SIZE 53   /* "sha256//", 44 characters, NUL */

enum ph_emu_certificate {
	PH_EMU_CERT_GOOD,
	PH_EMU_CERT_NEXT,    /* as good, of another key: for a change of keys */
	PH_EMU_CERT_EXPIRED, /* ended yesterday */
	PH_EMU_CERT_EARLY,   /* begins tomorrow */
	PH_EMU_CERT_WRONG_NAME,
	PH_EMU_CERT_OTHER_CA,
	PH_EMU_CERT_CLIENT, /* of a till */
	PH_EMU_CERT_COUNT_,
};

struct ph_emu_pki {
	EVP_PKEY *ca_key, *other_key, *keys[PH_EMU_CERT_COUNT_];
	X509 *ca, *other, *certs[PH_EMU_CERT_COUNT_];
};

/* -EIO when the library refuses, -ENOMEM. */
int ph_emu_pki_new(struct ph_emu_pki **ret_pki);
void ph_emu_pki_free(struct ph_emu_pki *pki);

/* "sha256//..." of the public key, as curl and acquirer.conf have it. */
void ph_emu_pki_pin(
	const struct ph_emu_pki *pki, enum ph_emu_certificate which, char ret_pin[PH_EMU_PIN_SIZE]);

/*
 * Writes into a folder: ca.pem, other-ca.pem, and of each certificate NAME.pem with NAME.key (0600). Negative errno of the first
 * file that cannot be written.
 */
int ph_emu_pki_write(const struct ph_emu_pki *pki, const char *folder);

#endif
