/*
 * What drivers had kept about their devices, in the journal: texts by device and key. Nothing here expires; what belongs to
 * a device that is configured no more stays for when it comes back.
 */
#ifndef PH_DAEMON_JOURNAL_MEMORY_H
#define PH_DAEMON_JOURNAL_MEMORY_H

#include "daemon/journal/journal.h"

/*
 * Keeps, replaces or, with value NULL, drops one text. Results: 0, -ENOSPC when the device has PH_MEMORY_KEYS_MAX other keys
 * (also of a full disk).
 */
struct ph_journal_remember {
	struct ph_journal_request request;
	const char *device; /* name, 1 to PH_NAME_MAX bytes */
	const char *key;    /* 1 to PH_NAME_MAX bytes */
	const char *value;  /* at most PH_MEMORY_VALUE_MAX bytes */
};
int ph_journal_remember_submit(struct ph_journal *journal, struct ph_journal_remember *remember);

/*
 * Calls each() for all that is kept, by device and key; the texts are valid during the call only. A negative return of
 * each() stops and is returned. Blocks: only between open and attach.
 */
int ph_journal_load_memory(struct ph_journal *journal,
	int (*each)(const char *device, const char *key, const char *value, void *userdata),
	void *userdata);

#endif
