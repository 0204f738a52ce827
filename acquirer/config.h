/* acquirer.conf: where the host is and how this till is known to it. docs/man/acquirer.conf.5 has the keys. */
#ifndef PH_ACQUIRER_CONFIG_H
#define PH_ACQUIRER_CONFIG_H

#include "base/ini.h"

#include <stdbool.h>
#include <stddef.h>

#define PH_ACQUIRER_CONF_MAX (64 * 1024) /* bytes; a larger file is an error */
#define PH_ACQUIRER_WHY_SIZE 256
#define PH_TLS_PIN	     52 /* characters of a pin, "sha256//" and base64 */
#define PH_TLS_PINS_MAX	     4	/* in a list; a further one is an error */

struct ph_acquirer_config {
	char link[9];	 /* "iso8583", "https" */
	char url[200];	 /* https: without a slash at its end */
	char token[200]; /* https: the file of it; "": none */
	bool track2;	 /* https: the gateway gets track 2 where there is one */
	char host[64];	 /* iso8583: a numeric address: nothing waits for a name server */
	unsigned port;
	char dialect[200]; /* a name of the shipped ones, or a path */
	char tid[9], mid[16];
	char acquirer_id[12], forwarding_id[12];       /* may be "" */
	char country[4], mcc[5], nii[4], location[41]; /* may be "" */
	char user[33];				       /* of poshald */
	char spare_keys[200]; /* file of the keys of spare machines; "": none */
	unsigned connect_timeout_ms, answer_timeout_ms;
	bool tls;
	char tls_ca[200];   /* "": the authorities of the system */
	char tls_name[254]; /* to be in the certificate; "": the address */
	char tls_pin[PH_TLS_PINS_MAX * (PH_TLS_PIN + 1)]; /* pins with a space between; "": none */
	char tls_certificate[200], tls_key[200];	  /* of this till; "": none */
};

/* Reads the text of a file called `file`. 0, or -EINVAL with file, line and what is wrong in why[]. */
int ph_acquirer_config_parse(const char *file, const char *text, size_t len,
	struct ph_acquirer_config *ret_config, char why[PH_ACQUIRER_WHY_SIZE]);

/* The same for a file. -ENOENT and other errors of reading, too; why[] then says so. */
int ph_acquirer_config_read(
	const char *path, struct ph_acquirer_config *ret_config, char why[PH_ACQUIRER_WHY_SIZE]);

/* Up to `size` bytes of a file into `out`; returns them, -EFBIG, or a negative errno. */
long ph_acquirer_read_file(const char *path, char *out, size_t size);
long ph_acquirer_read_fd(int fd, char *out, size_t size);

#endif
