// Makes a certification authority and certificates of hosts and tills; who shows them to whom is tls.c's.
#include "emulators/plugs/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DAY_S 86400L

static const struct row {
	const char *name;
	long from_s, to_s; /* from now */
	const char *names; /* subjectAltName */
	bool other_ca, client;
} rows[PH_EMU_CERT_COUNT_] = {
#define NAMES "DNS:" PH_EMU_HOST_NAME ",DNS:localhost,IP:127.0.0.1"
	[PH_EMU_CERT_GOOD] = {"good", -DAY_S, 30 * DAY_S, NAMES, false, false},
	[PH_EMU_CERT_NEXT] = {"next", -DAY_S, 30 * DAY_S, NAMES, false, false},
	[PH_EMU_CERT_EXPIRED] = {"expired", -30 * DAY_S, -DAY_S, NAMES, false, false},
	[PH_EMU_CERT_EARLY] = {"early", DAY_S, 30 * DAY_S, NAMES, false, false},
	[PH_EMU_CERT_WRONG_NAME] = {"wrong_name", -DAY_S, 30 * DAY_S, "DNS:elsewhere.test", false,
		false},
	[PH_EMU_CERT_OTHER_CA] = {"other_ca", -DAY_S, 30 * DAY_S, NAMES, true, false},
	[PH_EMU_CERT_CLIENT] = {"client", -DAY_S, 30 * DAY_S, "DNS:till.acquirer.test", false,
		true},
#undef NAMES
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool ok = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok;
}

static bool name_it(X509 *cert, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		       (const unsigned char *)name, -1, -1, 0) == 1;
}

static X509 *begin(EVP_PKEY *key, const char *name, long serial, long from_s, long to_s)
{
	X509 *cert = key ? X509_new() : NULL;

	if (cert && X509_set_version(cert, X509_VERSION_3) &&
		ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) &&
		X509_gmtime_adj(X509_getm_notBefore(cert), from_s) &&
		X509_gmtime_adj(X509_getm_notAfter(cert), to_s) && X509_set_pubkey(cert, key) &&
		name_it(cert, name))
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *make_ca(EVP_PKEY *key, const char *name)
{
	X509 *cert = begin(key, name, 1, -31 * DAY_S, 60 * DAY_S);

	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(cert)) &&
		add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
		add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
		add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
		X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *make_certificate(struct ph_emu_pki *pki, unsigned which)
{
	const struct row *row = &rows[which];
	X509 *issuer = row->other_ca ? pki->other : pki->ca;
	EVP_PKEY *signer = row->other_ca ? pki->other_key : pki->ca_key;
	X509 *cert = begin(pki->keys[which], row->client ? "emulated till" : "emulated host",
		2 + (long)which, row->from_s, row->to_s);

	if (cert && issuer && X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
		add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		add_extension(cert, issuer, NID_ext_key_usage,
			row->client ? "clientAuth" : "serverAuth") &&
		add_extension(cert, issuer, NID_subject_alt_name, row->names) &&
		add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
		add_extension(cert, issuer, NID_authority_key_identifier, "keyid") &&
		X509_sign(cert, signer, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

int ph_emu_pki_new(struct ph_emu_pki **ret_pki)
{
	struct ph_emu_pki *pki = calloc(1, sizeof *pki);

	if (!pki)
		return -ENOMEM;
	pki->ca_key = EVP_EC_gen("P-256");
	pki->other_key = EVP_EC_gen("P-256");
	pki->ca = make_ca(pki->ca_key, "emulated acquirer CA");
	pki->other = make_ca(pki->other_key, "another CA");
	bool ok = pki->ca && pki->other;
	for (unsigned i = 0; ok && i < PH_EMU_CERT_COUNT_; i++) {
		pki->keys[i] = EVP_EC_gen("P-256");
		pki->certs[i] = make_certificate(pki, i);
		ok = pki->certs[i] != NULL;
	}
	if (!ok) {
		ph_emu_pki_free(pki);
		return -EIO;
	}
	*ret_pki = pki;
	return 0;
}

void ph_emu_pki_free(struct ph_emu_pki *pki)
{
	if (!pki)
		return;
	for (unsigned i = 0; i < PH_EMU_CERT_COUNT_; i++) {
		X509_free(pki->certs[i]);
		EVP_PKEY_free(pki->keys[i]);
	}
	X509_free(pki->ca);
	X509_free(pki->other);
	EVP_PKEY_free(pki->ca_key);
	EVP_PKEY_free(pki->other_key);
	free(pki);
}

void ph_emu_pki_pin(
	const struct ph_emu_pki *pki, enum ph_emu_certificate which, char ret_pin[PH_EMU_PIN_SIZE])
{
	unsigned char *der = NULL, hash[32] = {0};
	int len = i2d_PUBKEY(pki->keys[which], &der);

	if (len > 0)
		EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	memcpy(ret_pin, "sha256//", 8);
	EVP_EncodeBlock((unsigned char *)ret_pin + 8, hash, sizeof hash);
}

// ---- files ----

static FILE *create(const char *folder, const char *name, const char *ending, mode_t mode)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}

static int write_cert(const char *folder, const char *name, X509 *cert)
{
	FILE *file = create(folder, name, ".pem", 0644);
	bool ok = file && PEM_write_X509(file, cert);

	if (!file || fclose(file) != 0 || !ok)
		return errno ? -errno : -EIO;
	return 0;
}

static int write_key(const char *folder, const char *name, EVP_PKEY *key)
{
	FILE *file = create(folder, name, ".key", 0600);
	bool ok = file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);

	if (!file || fclose(file) != 0 || !ok)
		return errno ? -errno : -EIO;
	return 0;
}

int ph_emu_pki_write(const struct ph_emu_pki *pki, const char *folder)
{
	int r = write_cert(folder, "ca", pki->ca);

	if (r == 0)
		r = write_cert(folder, "other-ca", pki->other);
	for (unsigned i = 0; r == 0 && i < PH_EMU_CERT_COUNT_; i++) {
		r = write_cert(folder, rows[i].name, pki->certs[i]);
		if (r == 0)
			r = write_key(folder, rows[i].name, pki->keys[i]);
	}
	return r;
}
