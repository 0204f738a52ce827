/*
 * Whether the wall clock can be believed where ages matter: of what stands without the host, and since the host has last answered. The
 * clock that has been running since the machine was started (CLOCK_BOOTTIME: it counts sleep, and nobody can set it) is the witness.
 * Pure: who reads clocks hands them in.
 *
 * Set back by more than PH_CLOCK_STEP_S, or before the newest row of the journal at the start: suspect, and nothing is accepted. That is
 * over when the clock has gone on steadily for PH_CLOCK_STEADY_S, and either has passed the newest time that was ever believed, or the host
 * has answered since: from then on the time without it is counted by the witness.
 *
 * Set ahead: what was accepted before looks older than it is. Nothing expires by that: as long as the witness has seen it, the leap is
 * taken off (ph_clock_check_expiry). What only puts right a clock that was set back, or was before the newest row at the start, is no
 * such leap. After the machine was started again the witness has not seen it, and the wall clock is believed: a till that was switched
 * off for a week and one whose clock was set ahead by a week look the same. The time without the host is the longer one of both
 * clocks: neither a leap nor a sleep makes it shorter.
 */
#ifndef PH_DAEMON_PAYMENTS_CLOCK_CHECK_H
#define PH_DAEMON_PAYMENTS_CLOCK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#define PH_CLOCK_STEP_S	  60
#define PH_CLOCK_STEADY_S 60

/* Both clocks at about the same time, microseconds. */
struct ph_clock_times {
	uint64_t boot_us, wall_us;
};

enum ph_clock_doubt {
	PH_CLOCK_FINE,
	PH_CLOCK_BEFORE_NEWEST, /* at the start it is before what the journal holds */
	PH_CLOCK_SET_BACK,
	PH_CLOCK_DOUBT_COUNT_
};

struct ph_clock_check {
	enum ph_clock_doubt doubt;
	struct ph_clock_times last; /* as looked at last */
	uint64_t newest_us;	    /* the newest time that was believed, wall clock */
	uint64_t steady_us;	    /* boot clock: no step since */
	bool answered;		    /* by the host, since it is in doubt */
	int64_t gained_us;	    /* by leaps in this run; negative: it was set back */
};

/* At the start. newest_us: of all payments and records; 0: there are none. */
void ph_clock_check_init(
	struct ph_clock_check *check, const struct ph_clock_times *now, uint64_t newest_us);

/*
 * What the last run has left behind, where the machine has not been started since (the boot id is the same): a step between then
 * and now counts as any other.
 */
void ph_clock_check_since(struct ph_clock_check *check, const struct ph_clock_times *then);

/* Whenever it matters; true when `doubt` has changed. */
bool ph_clock_check_look(struct ph_clock_check *check, const struct ph_clock_times *now);

/* The host has answered. */
void ph_clock_check_answered(struct ph_clock_check *check);

/* What was accepted before this time (wall clock) is older than max_age_s; 0: nothing is. */
uint64_t ph_clock_check_expiry(const struct ph_clock_check *check, uint64_t max_age_s);

/* Since then, by the clock that says the most; `then.boot_us` 0: it was before the machine was started. Microseconds. */
uint64_t ph_clock_check_age(const struct ph_clock_check *check, const struct ph_clock_times *then);

/* "the clock was set back", a part of a sentence; "" when it is fine. */
const char *ph_clock_doubt_text(enum ph_clock_doubt doubt);

#endif
