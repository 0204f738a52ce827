/*
 * The time by which what is past its time goes for good: account data, payments, what cards have used. A wall clock that is set ahead
 * makes all of it look old, so a leap that the clock which nobody can set has not seen is not believed, for as long as the service
 * runs. A clock that is set back makes it look young, which does no harm: it is believed. What is refused meanwhile is not known here.
 */
#include "daemon/journal/internal.h"

#include "base/clock.h"
#include "daemon/journal/journal_storage.h"

#define LEAP_US ((uint64_t)60 * 1000000) /* less is the clock being put right by little steps */

void ph_believed_start(struct ph_journal *journal)
{
	if (!ph_journal_last_times(journal, &journal->believed_boot_us, &journal->believed_us))
		journal->believed_us = 0;
}

uint64_t ph_believed_us(struct ph_journal *journal, uint64_t wall_us)
{
	uint64_t boot_us = ph_clock_boot_us(), believed_us = wall_us;

	if (journal->believed_us && boot_us >= journal->believed_boot_us)
		believed_us = journal->believed_us + (boot_us - journal->believed_boot_us);
	if (wall_us < believed_us + LEAP_US)
		believed_us = wall_us;
	journal->believed_boot_us = boot_us;
	journal->believed_us = believed_us;
	return believed_us;
}
