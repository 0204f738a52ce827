/*
 * The three questions of a payment, behind one interface: who decides, whether a sale may stand without the host, and what is
 * kept of it. Online payments answer them shortly; offline authorizations will answer them at length.
 */
#ifndef PH_DAEMON_PAYMENTS_POLICY_H
#define PH_DAEMON_PAYMENTS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct ph_daemon;

enum ph_offline_wish { PH_OFFLINE_REFUSE, PH_OFFLINE_ALLOW, PH_OFFLINE_FORCE };

struct ph_policy_input {
	int64_t amount;
	const char *currency;
	const char *device;
	const char *entry;  /* "chip"; NULL while no card was read */
	const char *scheme; /* or NULL */
	enum ph_offline_wish wish;
	bool host_up; /* what is known of it */
};

struct ph_policy_answer {
	bool yes;
	const char *limit; /* which one said no: "offline.enabled"; NULL with yes */
	const char *text;  /* a sentence for people */
};

/* Whether the host is to be asked at all. */
struct ph_policy_answer ph_policy_online(
	const struct ph_daemon *daemon, const struct ph_policy_input *input);

/* Whether this sale may be accepted without it. */
struct ph_policy_answer ph_policy_offline(
	const struct ph_daemon *daemon, const struct ph_policy_input *input);

#endif
