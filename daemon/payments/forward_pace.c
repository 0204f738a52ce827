// Pauses of what waits for the host. Pure: clock and chance are the caller's.
#include "daemon/payments/forward_pace.h"

#define SECOND_US 1000000u

/* Of 0 to `most`, both included, by 32 bits of chance. */
static uint64_t part_of(uint64_t most, uint32_t random)
{
	return ((most + 1) * random) >> 32; /* at most 600 s: 30 bits */
}

uint64_t ph_forward_pause_us(uint32_t attempts, uint32_t random)
{
	uint64_t most_s = PH_FORWARD_PAUSE_MIN_S;

	for (uint32_t i = 1; i < attempts && most_s < PH_FORWARD_PAUSE_MAX_S; i++)
		most_s *= 2;
	if (most_s > PH_FORWARD_PAUSE_MAX_S)
		most_s = PH_FORWARD_PAUSE_MAX_S;
	return part_of(most_s * SECOND_US, random);
}

/* FNV-1a */
static uint32_t hash(const char *text)
{
	uint32_t h = 0x811c9dc5;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x01000193;
	return h;
}

uint64_t ph_forward_drain_us(const char *terminal, uint32_t waiting, uint32_t random)
{
	if (waiting < PH_FORWARD_DRAIN_FEW)
		return 0;
	return part_of((uint64_t)(hash(terminal) % PH_FORWARD_DRAIN_MAX_S) * SECOND_US, random);
}

uint32_t ph_forward_rate_now(const struct ph_forward_rate *rate, uint64_t now_us, uint32_t want)
{
	if (!rate->per_s || !want)
		return want;
	return now_us >= rate->next_us ? 1 : 0;
}

void ph_forward_rate_sent(struct ph_forward_rate *rate, uint64_t now_us)
{
	rate->next_us = rate->per_s ? now_us + SECOND_US / rate->per_s : 0;
}
