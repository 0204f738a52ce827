/* The host's end of TLS on a TCP plug, and what goes wrong there. One connection at a time. */
#ifndef PH_EMULATORS_PLUGS_TLS_H
#define PH_EMULATORS_PLUGS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "emulators/plugs/certificate.h"

/* What the next connections meet. */
enum ph_emu_tls_mode {
	PH_EMU_TLS_GOOD,
	PH_EMU_TLS_NEXT,
	PH_EMU_TLS_EXPIRED,
	PH_EMU_TLS_EARLY,
	PH_EMU_TLS_WRONG_NAME,
	PH_EMU_TLS_OTHER_CA,
	PH_EMU_TLS_PLAIN, /* an answer in plain text */
	PH_EMU_TLS_STALL, /* the first bytes are read, and nothing comes back */
	PH_EMU_TLS_CLOSE, /* the connection ends after the first bytes */
	PH_EMU_TLS_OLD,	  /* TLS 1.1 and no later */
	PH_EMU_TLS_MODE_COUNT_,
};

struct emu_tls;

/* The mode by its word; negative for another one. */
int ph_emu_tls_mode_parse(const char *word);
const char *ph_emu_tls_mode_name(enum ph_emu_tls_mode mode);

/* `pki` outlives it. -EIO, -ENOMEM. */
int emu_tls_new(const struct ph_emu_pki *pki, struct emu_tls **ret_tls);
void emu_tls_free(struct emu_tls *tls);
void emu_tls_set(struct emu_tls *tls, enum ph_emu_tls_mode mode, bool want_client);
enum ph_emu_tls_mode emu_tls_mode(const struct emu_tls *tls);

/* A connection begins on `fd`, or ends. */
int emu_tls_open(struct emu_tls *tls, int fd);
void emu_tls_close(struct emu_tls *tls);
/* As read(2) and write(2) of a socket that does not block; the handshake happens in them. */
ssize_t emu_tls_read(struct emu_tls *tls, void *out, size_t size);
ssize_t emu_tls_write(struct emu_tls *tls, const void *data, size_t len);
/* Bytes that are decrypted already, so that no event tells of them. */
bool emu_tls_has_more(const struct emu_tls *tls);
/* The handshake waits until it can write. */
bool emu_tls_wants_write(const struct emu_tls *tls);

#endif
