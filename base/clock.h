/* The only place that reads a clock. Tests replace it with ph_clock_fake(). */
#ifndef PH_BASE_CLOCK_H
#define PH_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Monotonic microseconds (CLOCK_MONOTONIC), for intervals. */
uint64_t ph_clock_mono_us(void);

/* Microseconds since the machine was started, its sleep included (CLOCK_BOOTTIME): the one that nobody can set. */
uint64_t ph_clock_boot_us(void);

/* So much from now on, for calls that wait until a time of CLOCK_MONOTONIC; of the clock that runs, also where a test has frozen ours. */
void ph_clock_deadline(uint64_t left_us, struct timespec *ret_until);

/* Which start of the machine that was; "" where the system does not say. */
#define PH_BOOT_ID_SIZE 37
void ph_clock_boot_id(char out[PH_BOOT_ID_SIZE]);

/* Microseconds since 1970 UTC (CLOCK_REALTIME), for records. */
uint64_t ph_clock_wall_us(void);

/* RFC 3339 UTC with milliseconds, "2026-11-21T19:45:08.123Z". */
#define PH_TIME_SIZE 25
void ph_time_format(uint64_t wall_us, char out[PH_TIME_SIZE]);

/* Freezes all clocks at the given values until called with (0, 0). For tests only. */
void ph_clock_fake(uint64_t mono_us, uint64_t wall_us);

#endif
