/*
 * Whether the host can be relied on: a circuit breaker over what really happened, with echo messages for the way back. Pure: the
 * caller tells events with their time, and asks.
 *
 *   online    -- a payment timed out, two connections failed, or three of the last five answers were "not now" --> offline
 *   offline   -- two good looks --> half open; a real message that went out all the same, answered --> online
 *   half open -- one real message: answered --> online; else --> offline
 *
 * A host that answers the network but is sick counts as offline: nobody has to pull a cable. Degraded is online with something
 * wrong already. An operator's "work without the host" is not known here; it is policy.
 */
#ifndef PH_DAEMON_PAYMENTS_HOST_HEALTH_H
#define PH_DAEMON_PAYMENTS_HOST_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#define PH_HOST_WINDOW	    5 /* last answers that are looked at */
#define PH_HOST_SICK	    3 /* so many of them "not now" */
#define PH_HOST_UNREACHED   2 /* connections that failed in a row */
#define PH_HOST_ECHOES	    2 /* good looks in a row before a real message is tried */
#define PH_HOST_PROBE_MIN_S 5
#define PH_HOST_PROBE_MAX_S 120

enum ph_host_state {
	PH_HOST_ONLINE, /* also before anything has happened */
	PH_HOST_DEGRADED,
	PH_HOST_OFFLINE,
	PH_HOST_HALF_OPEN,
	PH_HOST_STATE_COUNT_
};

enum ph_host_event {
	PH_HOST_ANSWERED,  /* a real message: with any decision */
	PH_HOST_NOT_NOW,   /* a real message: 91, 96 or the like */
	PH_HOST_TIMED_OUT, /* a real message without an answer */
	PH_HOST_NO_LINE, /* it could not be connected to, or the line broke before anything left */
	PH_HOST_ECHO, /* a look: an echo message was answered, or the line that has answered is still there */
	PH_HOST_ECHO_LOST, /* or not */
	/* "not now" to a sale that was told so before: it may be its issuer's trouble, and says no more than an echo */
	PH_HOST_NOT_NOW_AGAIN,
	PH_HOST_EVENT_COUNT_
};

struct ph_host_health {
	enum ph_host_state state;
	unsigned unreached, echoes, probes;
	unsigned recent, recent_count; /* the last answers, a bit each: 1 is "not now" */
	uint64_t since_us;	       /* of the state; 0: from the beginning */
	uint64_t answered_us;	       /* last answer of any kind; 0: never */
	uint64_t probe_us;	       /* when the next echo is due; 0: none is */
	bool trying;		       /* half open: a real message is on its way */
};

/* Nothing has happened yet. `answered_us`: the last answer that is known from before, or 0. */
void ph_host_health_init(struct ph_host_health *health, uint64_t answered_us);

/* `random`: any 32 bits, for the pause before the next probe. Whether the state is another now. */
bool ph_host_health_tell(
	struct ph_host_health *health, enum ph_host_event event, uint64_t now_us, uint32_t random);

/* Whether a real message may go now. With half open only one at a time may: sending it is said by _try(). */
bool ph_host_health_asks(const struct ph_host_health *health);
void ph_host_health_try(struct ph_host_health *health);

/* "half_open" */
const char *ph_host_state_name(enum ph_host_state state);

#endif
