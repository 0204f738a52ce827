/*
 * Print jobs in the journal: accepted once per key, updated as they go, loaded again at the next start.
 * Keys are scoped by uid and method and kept PH_KEY_KEEP_DAYS; the document of a final job is dropped after the
 * hours given in struct ph_journal_options. Ids count up from 1 and are never reused.
 */
#ifndef PH_DAEMON_JOURNAL_JOBS_H
#define PH_DAEMON_JOURNAL_JOBS_H

#include "daemon/journal/journal.h"

#include "poshal/types.h"

#define PH_JOB_REASON_MAX 128 /* bytes; a longer reason is cut at a character */

/* A stored job. */
struct ph_job_row {
	int64_t id;
	uint32_t uid;
	char method[PH_NAME_MAX + 1];
	char key[PH_KEY_MAX + 1];
	char device[PH_NAME_MAX + 1];
	enum ph_job_state state;
	char reason[PH_JOB_REASON_MAX + 1];
	uint32_t confirmed; /* segments certainly on paper */
	uint32_t segments;  /* in all, 0 while unknown */
	uint32_t attempt;   /* 0 before the first */
	int reprint;	    /* marked on the paper as a reprint */
	enum ph_recovery on_recovery;
	uint32_t copies;
	int32_t priority;
	uint64_t accepted_us, changed_us;
	uint64_t expires_us;		  /* 0: never */
	char role[PH_NAME_MAX + 1];	  /* it was addressed to, where that is a list; or "" */
	char moved_from[PH_NAME_MAX + 1]; /* its first printer, when it has moved; or "" */
	uint32_t columns;		  /* it was printed for; 0 while unknown */
	char note[PH_JOB_REASON_MAX + 1]; /* what was printed otherwise than asked; or "" */
	const char *document; /* JSON text, NUL-terminated; NULL when dropped, or in a list */
	size_t document_len;
};

/* "job-17", as applications see it. */
#define PH_JOB_ID_SIZE 32
void ph_job_id_format(int64_t id, char out[PH_JOB_ID_SIZE]);
/* The number of "job-17", or -EINVAL. */
int ph_job_id_parse(const char *text, int64_t *ret_id);

/* ---- accept ---- */

/*
 * Results: 0, or -EEXIST when this uid and method used the key for another body. The body is role or device, document,
 * on_recovery, copies and priority, compared by hash; expires_us and state are not part of it. A job for a role is the
 * same whichever of its devices it goes to.
 */
struct ph_journal_accept {
	struct ph_journal_request request;
	/* in */
	uint32_t uid;
	const char *method;   /* "printer.print"; 1 to PH_NAME_MAX bytes */
	const char *key;      /* 1 to PH_KEY_MAX bytes */
	const char *device;   /* id, 1 to PH_NAME_MAX bytes */
	const char *role;     /* at most PH_NAME_MAX bytes; NULL for none */
	const char *document; /* JSON as received */
	size_t document_len;  /* 1 to PH_LINE_MAX */
	enum ph_recovery on_recovery;
	uint32_t copies; /* 1 to PH_JOB_COPIES_MAX */
	int32_t priority;
	uint64_t expires_us;
	enum ph_job_state
		state; /* PH_JOB_QUEUED, PH_JOB_WAITING or PH_JOB_SENDING (attempt is then 1) */
	/* out, valid with result 0 */
	int64_t id;
	int duplicate; /* the key was known; nothing was written */
	struct ph_job_row
		*stored; /* of a duplicate, without document, else NULL; freed by _clear */
};
int ph_journal_accept_submit(struct ph_journal *journal, struct ph_journal_accept *accept);
void ph_journal_accept_clear(struct ph_journal_accept *accept);

/* ---- update ---- */

/* Stores these values. Results: 0, -ENOENT. */
struct ph_journal_update {
	struct ph_journal_request request;
	int64_t id;
	enum ph_job_state state;
	uint32_t confirmed, segments, attempt;
	int reprint;
	const char *reason; /* NULL is "" */
	/* left as they are where NULL or 0 */
	const char *device, *moved_from, *note;
	uint32_t columns;
};
int ph_journal_update_submit(struct ph_journal *journal, struct ph_journal_update *update);

/* ---- get ---- */

/* By id, or with id 0 by uid, method and key. Results: 0, -ENOENT. */
struct ph_journal_get {
	struct ph_journal_request request;
	int64_t id;
	uint32_t uid;
	const char *method, *key;
	int with_document;
	struct ph_job_row *job; /* out; freed by _clear, its document with it */
};
int ph_journal_get_submit(struct ph_journal *journal, struct ph_journal_get *get);
void ph_journal_get_clear(struct ph_journal_get *get);

/* ---- list ---- */

/* Newest first, without documents. Results: 0 (also when nothing matches). */
struct ph_journal_list {
	struct ph_journal_request request;
	const char *device;	 /* NULL: of all */
	uint32_t states;	 /* bits 1 << enum ph_job_state; 0: any */
	int64_t before;		 /* only ids below this one, to page; 0: from the newest */
	uint32_t limit;		 /* 1 to PH_LIST_MAX */
	struct ph_job_row *jobs; /* out, an array; freed by _clear */
	uint32_t count;
	int64_t more; /* out: set as `before` to go on (the list may have ended early), 0 at the end */
};
int ph_journal_list_submit(struct ph_journal *journal, struct ph_journal_list *list);
void ph_journal_list_clear(struct ph_journal_list *list);

/* ---- at start ---- */

/*
 * Calls each() for every unfinished job in order of acceptance, with its document; the row is valid during the
 * call only. A negative return of each() stops and is returned. Blocks: only between open and attach.
 */
int ph_journal_load_open(struct ph_journal *journal,
	int (*each)(const struct ph_job_row *job, void *userdata), void *userdata);

#endif
