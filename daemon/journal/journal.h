/*
 * The journal: what must survive a crash, in one SQLite file, written by one thread.
 *
 * The loop thread submits requests; they are never run on it. The writer thread takes everything queued, runs
 * it in one transaction, commits (one flush) and hands the requests back; each is finished by its own callback,
 * on the loop thread, after its own commit, in the order of submission (only checking the audit trail may end
 * later). A group that only reads does not flush.
 *
 * A group whose commit fails is rolled back and every request of it finishes with the error (-ENOSPC, -EIO);
 * what was stored before stays, and a later request can succeed.
 *
 * Ownership: a request is the caller's memory, embedded or on the heap, zeroed before its inputs are set. It
 * and every text its inputs point to stay valid and untouched until its callback is called, which happens
 * exactly once for each submit that returned 0. The callback may free it, or set it up and submit it again.
 * Texts are UTF-8. Times are microseconds since 1970 UTC; 0 is "none".
 *
 * Each ph_journal_..._submit() returns 0 (queued, the callback will come) or, without calling it, -EINVAL
 * (an input outside its stated range), -ENOBUFS (queue full, see PH_JOURNAL_QUEUE) or -ECANCELED (closing).
 * Results common to all requests: 0, -ENOSPC (disk full), -EIO (write, read or flush failed), -EROFS (not
 * writable), -EBADMSG (the file is damaged), -ENOMEM, -ECANCELED (closed before it was run).
 */
#ifndef PH_DAEMON_JOURNAL_H
#define PH_DAEMON_JOURNAL_H

#include "poshal/limits.h"

#include <stddef.h>
#include <stdint.h>

struct ph_journal;
struct ph_journal_request;
struct ph_journal_kind;
struct ph_audit_entry;
typedef struct sd_event sd_event;

/* Called once on the loop thread; result is 0 or a negative errno. */
typedef void (*ph_journal_done)(struct ph_journal_request *request, int result);

/* First member of every request. */
struct ph_journal_request {
	ph_journal_done done;
	void *userdata;
	/* Audit row to write in the same commit, or NULL. It is written only when the request changed something:
	 * not for a duplicate, a refusal or a read. Its seq is set. Same life time as the request. */
	struct ph_audit_entry *audit;

	/* the journal's own */
	const struct ph_journal_kind *kind;
	struct ph_journal_request *next;
	uint64_t wall_us;
	uint64_t
		believed_us; /* the same without what the clock was set ahead by: for what goes for good */
	int result;
};

struct ph_journal_options {
	uint32_t
		document_keep_hours; /* documents of final jobs; PH_JOURNAL_DOCUMENT_HOURS without options */
	uint32_t
		void_keep_days; /* account data of approved payments; 0: until the host's day is closed */
	uint32_t shred_ms; /* after something was dropped its traces are, too; 0: a minute */
};

/* Counted since the journal was opened. */
struct ph_journal_stats {
	uint64_t requests; /* finished */
	uint64_t groups;   /* transactions, those that only read included */
	uint64_t commits;  /* transactions that wrote and succeeded */
	uint64_t failures; /* groups that were rolled back */
	uint32_t queued;   /* submitted and not yet finished */
	/* negative errno of the last failure, 0 when there was none; also of writing the log back, which
	 * fails no request but lets the log grow */
	int last_error;
	char last_error_text[160];
};

#define PH_JOURNAL_MESSAGE 320 /* bytes of an opening error's text, the final NUL included */

/*
 * Opens the journal at path (its folder exists), creating it with mode 0600, and migrates an older schema in
 * one transaction. Takes an exclusive lock. Blocks: call it before the loop runs. options may be NULL.
 * On failure message holds a sentence for the log that names the file and what to do. The file is never
 * removed or emptied. -EBUSY: another process has it open; -EPROTONOSUPPORT: written by a newer poshal;
 * -EBADMSG: damaged, or not a journal; -ENOENT, -EACCES, -EROFS, -ENOSPC, -EIO, -ENOMEM.
 */
int ph_journal_open(const char *path, const struct ph_journal_options *options,
	char message[PH_JOURNAL_MESSAGE], struct ph_journal **ret_journal);

/* Starts the writer thread and answers on this loop. Submitting is possible from here on. */
int ph_journal_attach(struct ph_journal *journal, sd_event *event);

/*
 * Blocks until everything submitted so far, and whatever the callbacks submit meanwhile, is stored and
 * finished; callbacks are called from here. For an orderly stop, before ph_journal_close().
 */
void ph_journal_drain(struct ph_journal *journal);

/*
 * Ends the thread after the group it is working on, finishes the requests of that group with their result and
 * all others with -ECANCELED (callbacks are called from here), writes the log back into the database and frees
 * the journal. Accepts NULL. Not to be called from a callback.
 */
void ph_journal_close(struct ph_journal *journal);

/* Loop thread. */
void ph_journal_get_stats(struct ph_journal *journal, struct ph_journal_stats *ret_stats);

#endif
