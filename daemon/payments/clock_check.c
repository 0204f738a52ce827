// Compares the wall clock with the one nobody can set; what is refused while it is in doubt is the policy's business.
#include "daemon/payments/clock_check.h"

#define SECOND_US 1000000ull
#define STEP_US	  (PH_CLOCK_STEP_S * SECOND_US)
#define STEADY_US (PH_CLOCK_STEADY_S * SECOND_US)

const char *ph_clock_doubt_text(enum ph_clock_doubt doubt)
{
	static const char *const texts[PH_CLOCK_DOUBT_COUNT_] = {"",
		"the clock is before the newest payment that is stored", "the clock was set back"};

	return (unsigned)doubt < PH_CLOCK_DOUBT_COUNT_ ? texts[doubt] : "";
}

/* What the wall clock has gained against the other one, negative where it has lost. */
static int64_t gained(const struct ph_clock_times *then, const struct ph_clock_times *now)
{
	return (int64_t)(now->wall_us - then->wall_us) - (int64_t)(now->boot_us - then->boot_us);
}

static void doubt(struct ph_clock_check *check, enum ph_clock_doubt why)
{
	check->doubt = why;
	check->answered = false;
}

void ph_clock_check_init(
	struct ph_clock_check *check, const struct ph_clock_times *now, uint64_t newest_us)
{
	*check = (struct ph_clock_check){
		.last = *now, .newest_us = newest_us, .steady_us = now->boot_us};
	if (newest_us > now->wall_us + STEP_US)
		doubt(check, PH_CLOCK_BEFORE_NEWEST);
	else if (newest_us < now->wall_us)
		check->newest_us = now->wall_us;
}

static void step(struct ph_clock_check *check, const struct ph_clock_times *then,
	const struct ph_clock_times *now)
{
	int64_t by_us = gained(then, now);

	if (by_us <= -(int64_t)STEP_US) {
		if (then->wall_us > check->newest_us)
			check->newest_us = then->wall_us;
		check->steady_us = now->boot_us;
		check->gained_us += by_us;
		doubt(check, PH_CLOCK_SET_BACK);
	} else if (by_us >= (int64_t)STEP_US) {
		check->steady_us = now->boot_us;
		/* how long the machine was off is not known, and what its clock says now is believed */
		if (check->doubt != PH_CLOCK_BEFORE_NEWEST)
			check->gained_us += by_us;
	}
}

void ph_clock_check_since(struct ph_clock_check *check, const struct ph_clock_times *then)
{
	if (then->boot_us <= check->last.boot_us)
		step(check, then, &check->last);
}

bool ph_clock_check_look(struct ph_clock_check *check, const struct ph_clock_times *now)
{
	enum ph_clock_doubt before = check->doubt;

	step(check, &check->last, now);
	check->last = *now;
	if (check->doubt != PH_CLOCK_FINE && now->boot_us - check->steady_us >= STEADY_US &&
		(now->wall_us >= check->newest_us || check->answered))
		check->doubt = PH_CLOCK_FINE;
	if (check->doubt == PH_CLOCK_FINE)
		check->newest_us = now->wall_us;
	/* set back, and believed: from here on something is accepted by it */
	if (check->doubt == PH_CLOCK_FINE && check->gained_us < 0)
		check->gained_us = 0;
	return check->doubt != before;
}

void ph_clock_check_answered(struct ph_clock_check *check)
{
	check->answered = true;
}

uint64_t ph_clock_check_expiry(const struct ph_clock_check *check, uint64_t max_age_s)
{
	uint64_t ahead_us = check->gained_us > 0 ? (uint64_t)check->gained_us : 0;
	uint64_t age_us = max_age_s * SECOND_US + ahead_us;

	return check->last.wall_us > age_us ? check->last.wall_us - age_us : 0;
}

uint64_t ph_clock_check_age(const struct ph_clock_check *check, const struct ph_clock_times *then)
{
	const struct ph_clock_times *now = &check->last;
	uint64_t by_wall = now->wall_us > then->wall_us ? now->wall_us - then->wall_us : 0;
	uint64_t by_boot =
		then->boot_us && now->boot_us > then->boot_us ? now->boot_us - then->boot_us : 0;

	return by_wall > by_boot ? by_wall : by_boot;
}
