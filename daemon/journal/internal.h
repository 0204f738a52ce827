/* What the files of the journal share; not for others. */
#ifndef PH_DAEMON_JOURNAL_INTERNAL_H
#define PH_DAEMON_JOURNAL_INTERNAL_H

#include "daemon/journal/journal.h"
#include "daemon/journal/journal_audit.h"
#include "daemon/journal/journal_storage.h"

#include <pthread.h>
#include <sqlite3.h>
#include <systemd/sd-event.h>

/* Every statement, in the order of the table in sql.c. */
enum ph_sql {
	PH_SQL_NEWEST,
	PH_SQL_UNREADABLE,
	PH_SQL_IDS_OF_OPEN,
	PH_SQL_IDS_OF_FAMILY,
	PH_SQL_IDS_OF_PAYMENTS,
	PH_SQL_RECORD_BEHIND,
	PH_SQL_PURGE_SEALED,
	PH_SQL_PURGE_REFERRED,
	PH_SQL_PURGE_PAYMENTS,
	PH_SQL_PURGE_RECORDS,
	PH_SQL_PURGE_PAYMENT,
	PH_SQL_PURGE_BATCHES,
	PH_SQL_COUNTERS,
	PH_SQL_COUNTER_SET,
	PH_SQL_BEGIN,
	PH_SQL_COMMIT,
	PH_SQL_ROLLBACK,
	PH_SQL_JOB_INSERT,
	PH_SQL_DOCUMENT_INSERT,
	PH_SQL_JOB_BY_KEY,
	PH_SQL_JOB_BY_ID,
	PH_SQL_JOB_BODY,
	PH_SQL_JOB_UPDATE,
	PH_SQL_JOB_LIST,
	PH_SQL_JOB_OPEN,
	PH_SQL_DOCUMENT,
	PH_SQL_PULSE_INSERT,
	PH_SQL_PULSE_BY_KEY,
	PH_SQL_PULSE_BY_ID,
	PH_SQL_PULSE_END,
	PH_SQL_PULSE_AGAIN,
	PH_SQL_PULSE_LAST,
	PH_SQL_AUDIT_INSERT,
	PH_SQL_AUDIT_SINCE,
	PH_SQL_AUDIT_HEAD,
	PH_SQL_AUDIT_HEAD_SET,
	PH_SQL_PURGE_DOCUMENTS,
	PH_SQL_PURGE_DOCUMENT,
	PH_SQL_PURGE_JOBS,
	PH_SQL_PURGE_JOB,
	PH_SQL_PURGE_PULSES,
	PH_SQL_PURGE_PULSE,
	PH_SQL_MEMORY_PUT,
	PH_SQL_MEMORY_DROP,
	PH_SQL_MEMORY_ALL,
	PH_SQL_PAYMENT_INSERT,
	PH_SQL_PAYMENT_BY_KEY,
	PH_SQL_PAYMENT_BY_ID,
	PH_SQL_PAYMENT_FACTS,
	PH_SQL_PAYMENT_KNOWN,
	PH_SQL_PAYMENT_LIST,
	PH_SQL_PAYMENT_OPEN,
	PH_SQL_PAYMENT_INTENT,
	PH_SQL_PAYMENT_END,
	PH_SQL_PAYMENT_VOIDED,
	PH_SQL_PAYMENT_VOICED,
	PH_SQL_PAYMENT_COMPLETE,
	PH_SQL_PAYMENT_COMPLETED,
	PH_SQL_PAYMENT_NOT_COMPLETED,
	PH_SQL_PAYMENT_REFUND,
	PH_SQL_PAYMENT_NOT_REFUNDED,
	PH_SQL_PAYMENT_PART_REFUNDED,
	PH_SQL_PAYMENT_RESOLVE,
	PH_SQL_RECORD_INSERT,
	PH_SQL_RECORD_BY_ID,
	PH_SQL_RECORD_OF_PAYMENT,
	PH_SQL_RECORD_REVERSAL,
	PH_SQL_RECORD_OPEN,
	PH_SQL_RECORD_MOVE,
	PH_SQL_RECORD_DROP_SEALED,
	PH_SQL_RECORD_DROP_RESERVED,
	PH_SQL_RECORD_ICC,
	PH_SQL_RECORDS_RESOLVE,
	PH_SQL_RECORD_GIVE_UP,
	PH_SQL_COUNTER,
	PH_SQL_ATTEMPT_BEGIN,
	PH_SQL_ATTEMPT_END,
	PH_SQL_ATTEMPT_FORGET,
	PH_SQL_EXPORT_LIST,
	PH_SQL_EXPORT,
	PH_SQL_TAKE_BACK,
	PH_SQL_HAND_OVER,
	PH_SQL_RECORD_BY_NUMBERS,
	PH_SQL_IMPORT_PAYMENT,
	PH_SQL_COUNTER_AT_LEAST,
	PH_SQL_SEAL_KEYS,
	PH_SQL_SEAL_KEY_PUT,
	PH_SQL_RESEAL_LIST,
	PH_SQL_RESEAL,
	PH_SQL_RECORD_NEWEST,
	PH_SQL_META_PUT,
	PH_SQL_META_GET,
	PH_SQL_RECORD_MARK,
	PH_SQL_RECORD_OF_FAMILY,
	PH_SQL_EXPOSURE_OF,
	PH_SQL_EXPOSURE_ALL,
	PH_SQL_EXPOSURE_CLEAR,
	PH_SQL_EXPOSURE_SUM,
	PH_SQL_VELOCITY_OF,
	PH_SQL_VELOCITY_PUT,
	PH_SQL_VELOCITY_OTHERS,
	PH_SQL_VELOCITY_MOVE,
	PH_SQL_VELOCITY_DROP,
	PH_SQL_VELOCITY_PAST,
	PH_SQL_VELOCITY_FORGET,
	PH_SQL_TAKE_EXPIRED,
	PH_SQL_TAKE_HELD,
	PH_SQL_TAKE_HURRY,
	PH_SQL_TAKE_DUE,
	PH_SQL_TAKE_NEXT,
	PH_SQL_TAKE_OLDEST,
	PH_SQL_TAKE_WAITING,
	PH_SQL_PAYMENT_AMOUNT,
	PH_SQL_RECORD_TIMES_AGAIN,
	PH_SQL_RECORD_BEFORE,
	PH_SQL_QUEUE_OPEN,
	PH_SQL_QUEUE_WORK,
	PH_SQL_QUEUE_FINAL,
	PH_SQL_QUEUE_ALL,
	PH_SQL_QUEUE_OF_PAYMENT,
	PH_SQL_QUEUE_LAST_OF_PAYMENT,
	PH_SQL_QUEUE_SUMS,
	PH_SQL_QUEUE_WORK_COUNT,
	PH_SQL_QUEUE_OLDEST,
	PH_SQL_QUEUE_NEXT,
	PH_SQL_EXPOSURE_DIFFERS,
	PH_SQL_RECOVER_NEXT,
	PH_SQL_RECOVER_HOLD,
	PH_SQL_RECOVER_REPEAT,
	PH_SQL_RECORD_AS_NEW,
	PH_SQL_RECOVER_NEWEST,
	PH_SQL_RECOVER_NEWEST_RECORD,
	PH_SQL_RECOVER_NEWEST_AUDIT,
	PH_SQL_BATCH_OPEN,
	PH_SQL_BATCH_PENDING,
	PH_SQL_BATCH_SUMS,
	PH_SQL_BATCH_INSERT,
	PH_SQL_BATCH_MARK,
	PH_SQL_BATCH_BY_ID,
	PH_SQL_BATCH_SETTLE,
	PH_SQL_BATCH_GIVE_UP,
	PH_SQL_BATCH_CLOSE,
	PH_SQL_COUNT_
};

/* SQL: the key id of a sealed record, whose form protocols/sealed/sealed.h has; '' of bytes that are none. */
#define PH_SQL_TEXT_AT(blob, at)                                                                   \
	"CASE WHEN hex(substr(" blob ", " at ", 1)) BETWEEN '01' AND '20'"                         \
	" THEN CAST(substr(" blob ", " at " + 1,"                                                  \
	" unicode(CAST(substr(" blob ", " at ", 1) AS TEXT))) AS TEXT) ELSE '' END"
#define PH_SQL_KID_OF(blob)                                                                        \
	"CASE substr(" blob ", 1, 4) WHEN x'50485301' THEN " PH_SQL_TEXT_AT(                       \
		blob, "7") " WHEN x'50485302' THEN " PH_SQL_TEXT_AT(blob, "5") " ELSE '' END"
#define PH_TEXT_OF_(x) #x
#define PH_TEXT_OF(x)  PH_TEXT_OF_(x)

struct ph_journal_kind {
	/*
	 * Runs in the writer thread, inside the group's transaction. Returns 0 or a negative errno as the
	 * request's result, or PH_JOURNAL_AGAIN to be run again in a later group. Decides by reading before it
	 * writes: with a negative result it must have written nothing. Sets journal->changed when it wrote.
	 * What is not new may be run a second time, where the first was rolled back for want of room or because of damage: what it
	 * allocates it frees before it begins.
	 */
	int (*run)(struct ph_journal *journal, struct ph_journal_request *request);
	int is_new; /* new work or a read: refused earlier when the queue fills */
	int twice; /* although it is: run again where damage was gone around; frees what it allocates as above */
	int reads; /* nothing else: run again, too, where others of its group could not be written */
	int of_person; /* not done when the audit trail cannot have it; what a payment comes to is */
	unsigned point; /* durable point, 1 to 9 (base/crash_point.h); 0: none */
	/* The same where requests of one kind are several; NULL: `point` is it. */
	unsigned (*point_of)(const struct ph_journal_request *request);
};

#define PH_JOURNAL_AGAIN 1

/* Requests in order; embedded lists, no allocation. */
struct ph_journal_queue {
	struct ph_journal_request *first, **end;
};

/* A way through all records, some at a time. */
struct ph_journal_sweep {
	int64_t after; /* records up to this one have lost what was sealed, where its time was over */
	uint64_t due_us, all_due_us;
};

/* Where the purge is; the writer thread's. */
struct ph_journal_purge {
	int64_t after_document; /* documents up to this job were looked at */
	uint64_t due_us;	/* nothing to do before */
	struct ph_journal_sweep sealed, referred;
	int64_t after_payment; /* payments up to this one were looked at */
	uint64_t payments_due_us;
	uint64_t velocity_due_us;
};

struct ph_journal {
	/* the loop thread's */
	sd_event_source *source;
	int attached;
	int closing;
	void (*listener)(void *userdata);
	void *listener_userdata;
	sd_event_source *check_source;
	int checks; /* that did not come to their end */
	uint64_t believed_us,
		believed_boot_us; /* the time as believed last, and the boot clock then */

	/* under lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ph_journal_queue queue; /* submitted */
	struct ph_journal_queue done;  /* finished, not yet answered */
	int stop;
	struct ph_journal_stats stats;
	int news; /* somebody may want to know of room or health */
	struct ph_journal_room room;
	enum ph_journal_health health;
	char health_text[PH_JOURNAL_HEALTH_TEXT];
	uint64_t check_due_us; /* when the file is to be looked through, monotonic; 0: not */
	pid_t check_child;     /* who does; 0: nobody */
	int check_fd;	       /* what it says; -1: none */

	/* the writer thread's while it runs, else the loop thread's */
	pthread_t thread;
	int answers; /* eventfd */
	sqlite3 *db; /* NULL: the journal is without a file */
	int closed;  /* negative errno that all requests end with then; else 0 */
	sqlite3_stmt *statements[PH_SQL_COUNT_];
	int failure; /* negative errno: what went wrong in this group */
	char failure_text[sizeof(((struct ph_journal_stats *)0)->last_error_text)];
	int changed;	   /* the request being run wrote something */
	int changed_group; /* any of the group did */
	unsigned points;   /* bits of durable points: of what wrote in this group */
	uint64_t
		wall_us; /* time of the newest request, as believed: what is past its time goes by it */
	int64_t old_pulses; /* pulses up to this id are of an earlier run */
	uint64_t document_keep_us;
	uint64_t void_keep_us;	/* 0: for ever */
	int dropped;		/* something sealed was, in this group */
	uint64_t shred_wait_us; /* so long after it the log is cut */
	uint64_t shred_due_us;	/* monotonic; 0: nothing is to be cut */
	struct ph_journal_purge purge;

	uint64_t probed_us;  /* when it was looked for what cannot be read, monotonic; 0: never */
	uint32_t unreadable; /* records */
	int64_t blamed; /* the record that a request could not take because of damage; else 0 */
	int audit_unreadable; /* its head, or its end; changed under lock */
	int exposure_lost;    /* and summed up anew */

	int audit_loaded; /* the four below are what the head row says, plus this group's rows */
	int audit_dirty;
	int64_t audit_count;  /* seq of the newest row */
	int64_t audit_stored; /* what the head row says it is */
	unsigned char audit_head[PH_AUDIT_HASH];

	char *path, *wal_path, *reserve_path;
	int reserved; /* the reserve is there */
	int full;     /* it was given up: new work is refused */
	uint64_t room_looked_us;
	int created; /* the file is new */
	struct ph_anchor *anchor;
	int restored;	   /* the file is an older copy */
	int recalled;	   /* what health says is of an earlier run; under lock */
	int wal_frames;	   /* in the log, at the last commit */
	int checkpoint_at; /* frames */
	int64_t wal_size;  /* bytes of the file known to be allocated */
};

/* ---- sql.c ---- */

/* Negative errno of the connection's last error. */
int ph_sql_errno(sqlite3 *db);
/* Notes a failure of the group, unless one is noted already; returns it. */
int ph_sql_fail(struct ph_journal *journal);
/* A statement ready for binding. NULL with the failure noted; the functions below then return it. */
sqlite3_stmt *ph_sql(struct ph_journal *journal, enum ph_sql which);
/* 1: a row; 0: done; negative errno, noted as the group's failure. */
int ph_sql_step(struct ph_journal *journal, sqlite3_stmt *statement);
/* Steps a statement without rows and resets it. */
int ph_sql_run(struct ph_journal *journal, sqlite3_stmt *statement);
int ph_sql_exec(struct ph_journal *journal, enum ph_sql which);
void ph_sql_finish(struct ph_journal *journal);
/* The text is not copied; NULL is "". */
void ph_sql_text(sqlite3_stmt *statement, int index, const char *text);
/* Column as NUL-terminated text in a buffer of that size, cut if need be. */
void ph_sql_copy(sqlite3_stmt *statement, int column, char *out, size_t size);

static inline void ph_sql_resetp(sqlite3_stmt **statement)
{
	sqlite3_reset(*statement);
}

/* ---- schema.c ---- */

/* Brings an open database to the newest schema in one transaction; message as in ph_journal_open(). */
int ph_schema_migrate(sqlite3 *db, const char *path, char message[PH_JOURNAL_MESSAGE]);

/* The table of record_states.h, so that the database knows it, too. The result of SQLite. */
int ph_schema_fill_transitions(sqlite3 *db);
/* What a connection needs of damage.c; the result of SQLite. */
int ph_damage_start(sqlite3 *db);

/* ---- cut_off.c ---- */

/* It ends within a page, and not because its log is still to be written back: SQLite would take what is missing for zeros. */
bool ph_cut_off_in_a_page(const char *path);
/* Keeps a file that is cut off beside it, and fills it up. -ENOENT: it is not cut off; -EEXIST: one is kept. Nobody has it open. */
int ph_cut_off_fill(const char *path);
/* It was of no use: as before. */
void ph_cut_off_undo(const char *path);
/* One that was filled up is damaged, until a person has moved it away. */
void ph_cut_off_tell(struct ph_journal *journal, const char *path);

/* ---- wal.c ---- */

void ph_wal_start(struct ph_journal *journal);
/* After a group was answered: writes the log back when it is long, and makes room for the next commits. */
void ph_wal_tend(struct ph_journal *journal);
/* Writes all back and ends the connection. */
void ph_wal_close(struct ph_journal *journal);

/* ---- audit.c ---- */

/* Adds a row to the chain, in the group's transaction. */
int ph_audit_write(struct ph_journal *journal, struct ph_audit_entry *entry, uint64_t wall_us);
/* audit_head and audit_count are those of the file, with this group's rows. */
int ph_audit_load(struct ph_journal *journal);
/* Stores the head when the group added rows; before the commit. */
int ph_audit_seal(struct ph_journal *journal);
/* Between open and attach: its last rows; what is wrong is told as the journal's health. */
void ph_audit_check_tail(struct ph_journal *journal);
/* -EINVAL when a text is too long. */
int ph_audit_check(const struct ph_audit_entry *entry);

/* ---- believed.c ---- */

/* At the start: the clock is believed, but for a leap since the last run where the machine went on. */
void ph_believed_start(struct ph_journal *journal);
/* The time by which something may go for good, wall clock; the loop's. */
uint64_t ph_believed_us(struct ph_journal *journal, uint64_t wall_us);

/* ---- purge.c ---- */

/* Removes a few rows that are past their time, in a transaction that writes anyway. */
void ph_purge_step(struct ph_journal *journal);

/* ---- purge_payments.c ---- */

void ph_purge_payments(struct ph_journal *journal);

/* ---- queue_accept.c ---- */

/* The same of what cards have used, behind PH_VELOCITY_KEEP_S. */
void ph_velocity_purge(struct ph_journal *journal);

/* ---- shred.c ---- */

/* A statement was run. */
void ph_shred_note(struct ph_journal *journal, const sqlite3_stmt *statement);
/* After a commit. */
void ph_shred_commit(struct ph_journal *journal);
/* At the start: the log of a run that did not end may hold anything. */
void ph_shred_start(struct ph_journal *journal);
/* Cuts the log when it is time. */
void ph_shred_tend(struct ph_journal *journal);
/* The last thing before the connection ends. */
void ph_shred_end(struct ph_journal *journal);

/* ---- room.c ---- */

/* Takes the reserve, and looks how much room there is. */
void ph_room_start(struct ph_journal *journal);
/* After a commit that found no room; 1: there may be some now. */
int ph_room_give_up(struct ph_journal *journal);
/* Before a group: looks from time to time, and whether new work is possible again. */
void ph_room_tend(struct ph_journal *journal);

/* ---- anchor.c ---- */

/* Between open and attach: whether the file is an older copy. 0, -ENOMEM, or what writing the trace numbers said. */
int ph_anchor_start(struct ph_journal *journal);
/* A counter has moved, in this group. */
void ph_anchor_counter(struct ph_journal *journal, const char *name, uint32_t value);
/* Counters have moved otherwise, or what has moved them is gone: they are read with the next commit. */
void ph_anchor_reload(struct ph_journal *journal);
/* After a commit. */
void ph_anchor_commit(struct ph_journal *journal);
void ph_anchor_end(struct ph_journal *journal);

/* ---- health.c ---- */

void ph_health_set(struct ph_journal *journal, enum ph_journal_health health, const char *text);
/* While it is opened: what an earlier run has found damaged is so. */
void ph_health_recall(struct ph_journal *journal);
/* When that is to begin, monotonic. */
uint64_t ph_health_due(const struct ph_journal *journal);
/* Writer thread: begins to look through the file. */
void ph_health_begin(struct ph_journal *journal);
/* Writer thread: 1 while that goes on, and nothing may be written back. */
int ph_health_reads(struct ph_journal *journal);
/* Loop thread, after news: what it says is waited for. */
void ph_health_watch(struct ph_journal *journal);
/* The writer thread has ended. */
void ph_health_end(struct ph_journal *journal);

/* ---- journal.c ---- */

/* With the lock held: the listener is called, on the loop. */
void ph_journal_news(struct ph_journal *journal);

int ph_journal_submit(struct ph_journal *journal, struct ph_journal_request *request,
	const struct ph_journal_kind *kind);

/* Ends the thread and finishes every request. */
void ph_journal_end(struct ph_journal *journal);

/* 1 when the text is there and min to max bytes long. */
int ph_journal_text_ok(const char *text, size_t min, size_t max);

#endif
