/*
 * The audit trail: rows that are only ever added, each holding the hash of the one before.
 *
 * hash(n) = BLAKE2b-256( hash(n-1) || row(n) ), hash(0) = 32 zero bytes, with
 * row(n) = seq, time_us, uid as 64-bit little-endian integers, then who, action, device, detail, outcome, each
 * as a 32-bit little-endian length and its bytes. No two rows have the same encoding. The number of rows and the
 * last hash are kept in a row of their own, written in the same transaction, so that cutting the end off shows.
 * The hash has no key: who can write the file and recompute everything is not stopped, unless a copy of the last
 * hash (`ph_journal_audit_verify.head`) is kept elsewhere.
 */
#ifndef PH_DAEMON_JOURNAL_AUDIT_H
#define PH_DAEMON_JOURNAL_AUDIT_H

#include "daemon/journal/journal.h"

#define PH_AUDIT_TEXT_MAX   256	  /* bytes of who, action, device and outcome; longer is -EINVAL */
#define PH_AUDIT_DETAIL_MAX 16384 /* bytes of detail; longer is -EINVAL */
#define PH_AUDIT_HASH	    32
#define PH_AUDIT_HEAD_SIZE  (2 * PH_AUDIT_HASH + 1)

/* What is to be written; NULL texts are "". */
struct ph_audit_entry {
	uint64_t time_us; /* 0: now */
	uint32_t uid;
	const char *who;    /* "alice", ":1.42" */
	const char *action; /* "drawer.open" */
	const char *device;
	const char *detail; /* JSON text */
	const char *outcome;
	int64_t seq; /* out; counts from 1 without gaps */
};

/* Adds a row by itself. Set audit.request.audit to the entry. Results: 0. */
struct ph_journal_audit_add {
	struct ph_journal_request request;
};
int ph_journal_audit_add_submit(struct ph_journal *journal, struct ph_journal_audit_add *add);

struct ph_audit_row {
	int64_t seq;
	uint64_t time_us;
	uint32_t uid;
	const char *who, *action, *device, *detail, *outcome; /* never NULL; owned by the list */
	unsigned char hash[PH_AUDIT_HASH];
};

/* Oldest first. Results: 0. */
struct ph_journal_audit_list {
	struct ph_journal_request request;
	int64_t since;		   /* rows with a higher seq */
	uint32_t limit;		   /* 1 to PH_LIST_MAX */
	struct ph_audit_row *rows; /* out, an array; freed by _clear */
	uint32_t count;
};
int ph_journal_audit_list_submit(struct ph_journal *journal, struct ph_journal_audit_list *list);
void ph_journal_audit_list_clear(struct ph_journal_audit_list *list);

enum ph_audit_fault {
	PH_AUDIT_OK,
	PH_AUDIT_CHANGED,   /* the row's text or an earlier hash was changed */
	PH_AUDIT_MISSING,   /* rows are missing at bad_seq */
	PH_AUDIT_TRUNCATED, /* the end was cut off, or the head row was changed */
	PH_AUDIT_FAULT_COUNT_
};
/* "changed"; "unknown" outside the range. */
const char *ph_audit_fault_name(enum ph_audit_fault fault);

/* A hash in hexadecimal. */
void ph_audit_head_text(const unsigned char hash[PH_AUDIT_HASH], char out[PH_AUDIT_HEAD_SIZE]);

/*
 * Checks the whole chain, PH_JOURNAL_VERIFY_STEP rows per group so that commits go on meanwhile.
 * Results: 0 with fault and, when it is not PH_AUDIT_OK, the first seq that is wrong.
 */
struct ph_journal_audit_verify {
	struct ph_journal_request request;
	/* out */
	enum ph_audit_fault fault;
	int64_t bad_seq;
	int64_t count;			   /* rows found good */
	unsigned char head[PH_AUDIT_HASH]; /* hash of the last good row */
};
int ph_journal_audit_verify_submit(
	struct ph_journal *journal, struct ph_journal_audit_verify *verify);

#endif
