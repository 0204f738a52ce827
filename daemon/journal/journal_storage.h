/*
 * What the journal knows about the file it is in: whether it is whole, whether there is room for more, and whether it is an old copy.
 *
 * A disk that is full: beside the journal lies a reserve of PH_JOURNAL_RESERVE bytes. When a commit finds no room it is given up, so
 * that what has happened already (results, answers, ends) is still stored; what is new is refused with -ENOSPC until there is room
 * again. Acceptance without the host stops long before (`enough` below).
 *
 * A file that is damaged: what can be read is read, and every request that meets the damage ends as -EBADMSG. A file that cannot be
 * opened at all is left alone, and every request ends with the reason (PH_JOURNAL_CLOSED): devices are served all the same. After each
 * start another process looks through the whole file (PRAGMA quick_check); nothing waits for it.
 */
#ifndef PH_DAEMON_JOURNAL_STORAGE_H
#define PH_DAEMON_JOURNAL_STORAGE_H

#include "daemon/journal/journal.h"

#include <stdbool.h>

#define PH_JOURNAL_RESERVE ((int64_t)4 << 20) /* bytes */

/* Acceptance without the host stops below the first, or below 5 % of the file system as far as that is not more than the second. */
#define PH_JOURNAL_ROOM_MIN ((uint64_t)64 << 20)
#define PH_JOURNAL_ROOM_MAX ((uint64_t)512 << 20)

struct ph_journal_room {
	bool enough;	     /* for more acceptances without the host */
	bool full;	     /* new work is refused */
	uint64_t free_bytes; /* for this user, some seconds ago at most while something is stored */
	uint64_t least_bytes; /* `enough` wants */
};

/* Any thread. */
void ph_journal_room(struct ph_journal *journal, struct ph_journal_room *ret_room);

enum ph_journal_health {
	PH_JOURNAL_OK,
	PH_JOURNAL_CHECKING, /* nothing wrong so far */
	PH_JOURNAL_DAMAGED,  /* no more acceptances without the host; what can be read is used */
	PH_JOURNAL_CLOSED,   /* nothing is stored: ph_journal_open_closed() */
	PH_JOURNAL_HEALTH_COUNT_
};
#define PH_JOURNAL_HEALTH_TEXT 320

/* "ok", "checking", "damaged", "closed"; "unknown" outside the range. */
const char *ph_journal_health_name(enum ph_journal_health health);

/* Any thread. text: what is wrong, a sentence; "" when nothing is. May be NULL. */
enum ph_journal_health ph_journal_health(
	struct ph_journal *journal, char text[PH_JOURNAL_HEALTH_TEXT]);

/*
 * The file is an older copy than the one this machine has worked with last: it was put back from a backup, or begun anew. What it has
 * missed nobody knows; trace numbers have a gap of 1000, so that none is given twice.
 */
bool ph_journal_restored(const struct ph_journal *journal);

/*
 * Both clocks at the last commit before this start, where the machine has not been started since (clock_check.h); microseconds. False:
 * not known.
 */
bool ph_journal_last_times(
	const struct ph_journal *journal, uint64_t *ret_boot_us, uint64_t *ret_wall_us);

/* The audit trail is damaged where rows are added: what payments come to is stored without one, all else that is audited is refused. */
bool ph_journal_audit_lost(struct ph_journal *journal);

/* Calls changed() on the loop after health or room have changed; one listener. Loop thread. */
void ph_journal_listen(struct ph_journal *journal, void (*changed)(void *userdata), void *userdata);

/*
 * Payments of a journal that nobody has open: how many messages still wait for the host, and how many a person has to see to. For whoever
 * removes a machine's data. A file that is not there has none. -EBUSY: poshald is running; -EBADMSG, -EIO, ...: it cannot be told.
 */
int ph_journal_pending(const char *path, int64_t *ret_count, char message[PH_JOURNAL_MESSAGE]);

/* Whether a service is of use without its journal, where ph_journal_open() has failed in this way. */
bool ph_journal_can_do_without(int error);

/*
 * A journal without a file, for a service whose file cannot be used: there is nothing in it, and every request ends with `error`, the
 * negative errno of ph_journal_open(). `message` is what that said. -ENOMEM.
 */
int ph_journal_open_closed(int error, const char *message, struct ph_journal **ret_journal);

#endif
