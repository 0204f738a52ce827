/*
 * A link to a host, of whatever protocol: a record goes in, and one answer comes out. The server knows no more of it than
 * this. ISO 8583 (link_iso.c) and JSON over HTTPS (link_https.c) are two rows of one table.
 */
#ifndef PH_ACQUIRER_LINK_H
#define PH_ACQUIRER_LINK_H

#include "acquirer/compose.h"
#include "base/buf.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

#define PH_LINK_WHY_SIZE  256
#define PH_LINK_IN_FLIGHT 32 /* requests that are not answered; one more is -EBUSY */

struct ph_wire_ops;

enum ph_link_state { PH_LINK_UNKNOWN, PH_LINK_UP, PH_LINK_DOWN };

/* How a request ended. Valid during the call only. */
struct ph_link_answer {
	const struct ph_decision *decision; /* of a record */
	const struct ph_balance *balance;   /* of totals; both NULL: none, and `error` says why */
	int error; /* -ENOTCONN, -ETIMEDOUT; -EINVAL: the host calls the message wrong, and did nothing */
	bool maybe_sent; /* bytes of the message may have left */
	const char *why;
	unsigned ms;
};

struct ph_link_news {
	/* Exactly once for each submit() that returned 0, never from inside it. */
	void (*answer)(void *userdata, uint64_t ticket, const struct ph_link_answer *answer);
	void (*state)(void *userdata, enum ph_link_state state, const char *reason);
	/* An answer to what nobody waits for any more; `payment` NULL: to nothing that was asked. Texts may be "". */
	void (*late)(void *userdata, const char *payment, const char *stan, const char *code);
	void (*cutover)(void *userdata);
};

struct ph_link_ops;

/* What every link begins with. */
struct ph_link {
	const struct ph_link_ops *ops;
};

struct ph_link_setup {
	const struct ph_acquirer_config *config;
	const struct ph_iso_dialect *dialect; /* of links with one; else NULL */
	const struct ph_wire_ops *wire;	      /* NULL: as the configuration says */
	sd_event *event;
	const struct ph_link_news *news;
	void *userdata;
};

struct ph_link_ops {
	const char *name; /* "iso8583", as in the configuration */
	bool has_dialect;
	/* `setup` and what it points to outlive the link. Connects nowhere yet. 0, or a negative errno with a sentence. */
	int (*open)(const struct ph_link_setup *setup, struct ph_link **ret_link,
		char why[PH_LINK_WHY_SIZE]);
	void (*close)(struct ph_link *link); /* without answers; accepts NULL */
	/* Whether submit() needs what is in the record's `once_b64`. */
	bool (*wants_once)(const struct ph_link *link, const struct ph_record *record);
	/*
	 * Takes a request; connects first where there is no line. accounts[1] may be NULL; both are the caller's to wipe after
	 * the call. -EINVAL with why[]: it cannot be made into a message; -EBUSY: too many in flight; -EEXIST: this one is.
	 */
	int (*submit)(struct ph_link *link, const struct ph_record *record,
		const struct ph_account *const accounts[2], uint64_t ticket,
		char why[PH_RECORD_WHY_SIZE]);
	/* Totals of a day; the rest is as of submit(). */
	int (*reconcile)(struct ph_link *link, const struct ph_totals *totals, uint64_t ticket,
		char why[PH_RECORD_WHY_SIZE]);
	/* Whoever asked is gone: what comes is late. */
	void (*forget_all)(struct ph_link *link);
	/* Something is pending, so that the line is to be tested; or nothing is. */
	void (*watch)(struct ph_link *link, bool on);
	enum ph_link_state (*state)(
		const struct ph_link *link, uint64_t *ret_since_us, const char **ret_reason);
	/* Members of the hello, "link" to "capabilities", with a comma behind each. */
	void (*describe)(const struct ph_link *link, struct ph_buf *out);
};

extern const struct ph_link_ops ph_link_iso, ph_link_https;

#endif
