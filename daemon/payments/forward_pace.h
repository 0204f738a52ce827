/* How long what waits for the host waits: pauses by chance, so that the tills of a street do not come back in step. Pure. */
#ifndef PH_DAEMON_PAYMENTS_FORWARD_PACE_H
#define PH_DAEMON_PAYMENTS_FORWARD_PACE_H

#include <stdint.h>

#define PH_FORWARD_PAUSE_MIN_S 2   /* the longest first pause, doubled each time ... */
#define PH_FORWARD_PAUSE_MAX_S 600 /* ... up to this */
#define PH_FORWARD_DRAIN_MAX_S 300 /* before a long queue is sent, once the host is there again */
#define PH_FORWARD_DRAIN_FEW   5   /* a queue of fewer does not wait */

/* Full jitter: 0 to the longest pause after so many attempts (1: the first has failed). `random`: any 32 bits. */
uint64_t ph_forward_pause_us(uint32_t attempts, uint32_t random);

/* Before the first of a queue goes: a time of this till's own, and of that a part by chance. */
uint64_t ph_forward_drain_us(const char *terminal, uint32_t waiting, uint32_t random);

/* Not more than so many messages a second, evenly. */
struct ph_forward_rate {
	uint32_t per_s;	  /* 0: any number */
	uint64_t next_us; /* before this none may go */
};
/* How many of `want` may go now: all without a limit, else at most one. */
uint32_t ph_forward_rate_now(const struct ph_forward_rate *rate, uint64_t now_us, uint32_t want);
void ph_forward_rate_sent(struct ph_forward_rate *rate, uint64_t now_us);

#endif
