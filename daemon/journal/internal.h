/* What the files of the journal share; not for others. */
#ifndef PH_DAEMON_JOURNAL_INTERNAL_H
#define PH_DAEMON_JOURNAL_INTERNAL_H

#include "daemon/journal/journal.h"
#include "daemon/journal/journal_audit.h"

#include <pthread.h>
#include <sqlite3.h>
#include <systemd/sd-event.h>

/* Every statement, in the order of the table in sql.c. */
enum ph_sql {
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
	PH_SQL_PAYMENT_BODY,
	PH_SQL_PAYMENT_LIST,
	PH_SQL_PAYMENT_OPEN,
	PH_SQL_PAYMENT_INTENT,
	PH_SQL_PAYMENT_END,
	PH_SQL_PAYMENT_VOIDED,
	PH_SQL_PAYMENT_COMPLETE,
	PH_SQL_PAYMENT_COMPLETED,
	PH_SQL_PAYMENT_NOT_COMPLETED,
	PH_SQL_PAYMENT_REFUND,
	PH_SQL_PAYMENT_NOT_REFUNDED,
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
	PH_SQL_RECORDS_DROP_SEALED,
	PH_SQL_RECORD_GIVE_UP,
	PH_SQL_COUNTER_NEXT,
	PH_SQL_COUNT_
};

struct ph_journal_kind {
	/*
	 * Runs in the writer thread, inside the group's transaction. Returns 0 or a negative errno as the
	 * request's result, or PH_JOURNAL_AGAIN to be run again in a later group. Decides by reading before it
	 * writes: with a negative result it must have written nothing. Sets journal->changed when it wrote.
	 */
	int (*run)(struct ph_journal *journal, struct ph_journal_request *request);
	int is_new; /* new work or a read: refused earlier when the queue fills */
};

#define PH_JOURNAL_AGAIN 1

/* Requests in order; embedded lists, no allocation. */
struct ph_journal_queue {
	struct ph_journal_request *first, **end;
};

/* Where the purge is; the writer thread's. */
struct ph_journal_purge {
	int64_t after_document; /* documents up to this job were looked at */
	uint64_t due_us;	/* nothing to do before */
};

struct ph_journal {
	/* the loop thread's */
	sd_event_source *source;
	int attached;
	int closing;

	/* under lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ph_journal_queue queue; /* submitted */
	struct ph_journal_queue done;  /* finished, not yet answered */
	int stop;
	struct ph_journal_stats stats;

	/* the writer thread's while it runs, else the loop thread's */
	pthread_t thread;
	int answers; /* eventfd */
	sqlite3 *db;
	sqlite3_stmt *statements[PH_SQL_COUNT_];
	int failure; /* negative errno: what went wrong in this group */
	char failure_text[sizeof(((struct ph_journal_stats *)0)->last_error_text)];
	int changed;	    /* the request being run wrote something */
	int changed_group;  /* any of the group did */
	uint64_t wall_us;   /* time of the newest request of the group */
	int64_t old_pulses; /* pulses up to this id are of an earlier run */
	uint64_t document_keep_us;
	struct ph_journal_purge purge;

	int audit_loaded; /* the four below are what the head row says, plus this group's rows */
	int audit_dirty;
	int64_t audit_count;  /* seq of the newest row */
	int64_t audit_stored; /* what the head row says it is */
	unsigned char audit_head[PH_AUDIT_HASH];

	char *wal_path;
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

/* ---- wal.c ---- */

void ph_wal_start(struct ph_journal *journal);
/* After a group was answered: writes the log back when it is long, and makes room for the next commits. */
void ph_wal_tend(struct ph_journal *journal);
/* Writes all back and ends the connection. */
void ph_wal_close(struct ph_journal *journal);

/* ---- audit.c ---- */

/* Adds a row to the chain, in the group's transaction. */
int ph_audit_write(struct ph_journal *journal, struct ph_audit_entry *entry, uint64_t wall_us);
/* Stores the head when the group added rows; before the commit. */
int ph_audit_seal(struct ph_journal *journal);
/* -EINVAL when a text is too long. */
int ph_audit_check(const struct ph_audit_entry *entry);

/* ---- purge.c ---- */

/* Removes a few rows that are past their time, in a transaction that writes anyway. */
void ph_purge_step(struct ph_journal *journal);

/* ---- journal.c ---- */

int ph_journal_submit(struct ph_journal *journal, struct ph_journal_request *request,
	const struct ph_journal_kind *kind);

/* Ends the thread and finishes every request. */
void ph_journal_end(struct ph_journal *journal);

/* 1 when the text is there and min to max bytes long. */
int ph_journal_text_ok(const char *text, size_t min, size_t max);

#endif
