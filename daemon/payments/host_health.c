// Judges the host by what happened with its messages; who sends echoes, and when somebody has to be told, is left to others.
#include "daemon/payments/host_health.h"

#include <stddef.h>

#define SECOND_US 1000000u

void ph_host_health_init(struct ph_host_health *health, uint64_t answered_us)
{
	*health = (struct ph_host_health){.state = PH_HOST_ONLINE, .answered_us = answered_us};
}

const char *ph_host_state_name(enum ph_host_state state)
{
	static const char *const names[PH_HOST_STATE_COUNT_] = {
		[PH_HOST_ONLINE] = "online",
		[PH_HOST_DEGRADED] = "degraded",
		[PH_HOST_OFFLINE] = "offline",
		[PH_HOST_HALF_OPEN] = "half_open",
	};

	return (unsigned)state < PH_HOST_STATE_COUNT_ ? names[state] : "unknown";
}

/* 5 s doubling to 120, and of that between the half and all by chance, so that shops do not come back in step. */
static void plan_probe(struct ph_host_health *health, uint64_t now_us, uint32_t random)
{
	uint64_t pause_s = PH_HOST_PROBE_MIN_S;

	for (unsigned i = 0; i < health->probes && pause_s < PH_HOST_PROBE_MAX_S; i++)
		pause_s *= 2;
	if (pause_s > PH_HOST_PROBE_MAX_S)
		pause_s = PH_HOST_PROBE_MAX_S;
	uint64_t half_us = pause_s * SECOND_US / 2;
	health->probe_us = now_us + half_us + random % (half_us + 1);
	health->probes++;
}

static void note(struct ph_host_health *health, bool not_now)
{
	health->recent = (health->recent << 1 | not_now) & ((1u << PH_HOST_WINDOW) - 1);
	if (health->recent_count < PH_HOST_WINDOW)
		health->recent_count++;
}

static unsigned sick_answers(const struct ph_host_health *health)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PH_HOST_WINDOW; i++)
		count += health->recent >> i & 1;
	return count;
}

static void go_offline(struct ph_host_health *health, uint64_t now_us, uint32_t random)
{
	health->state = PH_HOST_OFFLINE;
	health->echoes = 0;
	health->trying = false;
	plan_probe(health, now_us, random);
}

static void go_online(struct ph_host_health *health)
{
	health->state = PH_HOST_ONLINE;
	health->unreached = health->echoes = health->probes = 0;
	health->recent = health->recent_count = 0;
	health->probe_us = 0;
	health->trying = false;
}

/* While messages go out: one more thing went wrong, or right. */
static void judge(
	struct ph_host_health *health, enum ph_host_event event, uint64_t now_us, uint32_t random)
{
	bool broken = event == PH_HOST_TIMED_OUT || health->unreached >= PH_HOST_UNREACHED ||
		      sick_answers(health) >= PH_HOST_SICK;

	if (broken)
		go_offline(health, now_us, random);
	else if (health->unreached || sick_answers(health))
		health->state = PH_HOST_DEGRADED;
	else
		health->state = PH_HOST_ONLINE;
}

/* The line works; whether the host decides is not said. */
static bool is_good_look(enum ph_host_event event)
{
	return event == PH_HOST_ECHO || event == PH_HOST_NOT_NOW_AGAIN;
}

/* While none but echoes do. */
static void come_back(
	struct ph_host_health *health, enum ph_host_event event, uint64_t now_us, uint32_t random)
{
	if (event == PH_HOST_ANSWERED) { /* one that was on its way */
		go_online(health);
		return;
	}
	bool good = is_good_look(event);

	if (good && ++health->echoes >= PH_HOST_ECHOES) {
		health->state = PH_HOST_HALF_OPEN;
		health->trying = false;
		health->probe_us = 0;
		return;
	}
	if (!good)
		health->echoes = 0;
	/* after a good echo the next one follows soon */
	if (good)
		health->probes = 0;
	plan_probe(health, now_us, random);
}

bool ph_host_health_tell(
	struct ph_host_health *health, enum ph_host_event event, uint64_t now_us, uint32_t random)
{
	enum ph_host_state before = health->state;

	if (event == PH_HOST_ANSWERED || event == PH_HOST_NOT_NOW)
		note(health, event == PH_HOST_NOT_NOW);
	if (event == PH_HOST_NO_LINE || event == PH_HOST_ECHO_LOST)
		health->unreached++;
	else if (event != PH_HOST_TIMED_OUT)
		health->unreached = 0;
	if (event == PH_HOST_ANSWERED || event == PH_HOST_NOT_NOW || is_good_look(event))
		health->answered_us = now_us;
	switch (before) {
	case PH_HOST_ONLINE:
	case PH_HOST_DEGRADED:
		judge(health, event, now_us, random);
		break;
	case PH_HOST_OFFLINE:
		come_back(health, event, now_us, random);
		break;
	case PH_HOST_HALF_OPEN:
		if (event == PH_HOST_ANSWERED)
			go_online(health);
		else if (event == PH_HOST_NOT_NOW_AGAIN)
			health->trying = false;
		else if (event != PH_HOST_ECHO)
			go_offline(health, now_us, random);
		break;
	case PH_HOST_STATE_COUNT_:
		break;
	}
	if (health->state == before)
		return false;
	health->since_us = now_us;
	return true;
}

bool ph_host_health_asks(const struct ph_host_health *health)
{
	switch (health->state) {
	case PH_HOST_ONLINE:
	case PH_HOST_DEGRADED:
		return true;
	case PH_HOST_HALF_OPEN:
		return !health->trying;
	case PH_HOST_OFFLINE:
	case PH_HOST_STATE_COUNT_:
		break;
	}
	return false;
}

void ph_host_health_try(struct ph_host_health *health)
{
	if (health->state == PH_HOST_HALF_OPEN)
		health->trying = true;
}
