/*
 * Requests to the journal about the keys account data is sealed to: which there are, how many records each still has, and records that
 * are given to another key. How many is counted by triggers, in the transaction that adds a record or drops what was sealed.
 *
 * The sealed bytes are opaque here but for the key id in front (protocols/sealed/sealed.h).
 */
#ifndef PH_DAEMON_JOURNAL_KEYS_H
#define PH_DAEMON_JOURNAL_KEYS_H

#include "daemon/journal/journal_payments.h"

#define PH_SEAL_KEYS_MAX                                                                           \
	32		 /* in one answer; more are left out, the oldest that nobody needs first */
#define PH_KID_MAX    32 /* bytes of a key id */
#define PH_RESEAL_MAX 16 /* records at once */

enum ph_seal_key_state {
	PH_SEAL_KEY_GONE,    /* the acquirer does not have it any more */
	PH_SEAL_KEY_OLD,     /* it opens what is stored */
	PH_SEAL_KEY_CURRENT, /* new records are sealed to it */
	PH_SEAL_KEY_STATE_COUNT_
};

/* "gone", "old", "current"; "unknown" outside the range. */
const char *ph_seal_key_state_name(enum ph_seal_key_state state);

struct ph_seal_key {
	char kid[PH_KID_MAX + 1]; /* "": what is no sealed record of a form we know */
	enum ph_seal_key_state state;
	uint64_t first_us; /* when it was first seen, or first used */
	int64_t sealed;	   /* records that were ever sealed to it or wrapped for it */
	int64_t kept;	   /* of these what is stored now */
};

/*
 * Reads the keys. With `seen` it is first written down what the acquirer has said it has, kids[0] being the current one: what is different
 * from before gets audit rows of its own, key.added, key.current, key.removed.
 */
struct ph_journal_seal_keys {
	struct ph_journal_request request;
	const char *const *kids; /* `seen` of them */
	uint32_t seen;		 /* 0: it is only read */
	uint32_t uid;		 /* of the audit rows, with `who` */
	const char *who;
	/* out, the current one first, then by time */
	struct ph_seal_key keys[PH_SEAL_KEYS_MAX];
	uint32_t count;
};
int ph_journal_seal_keys_submit(struct ph_journal *journal, struct ph_journal_seal_keys *keys);

/*
 * The next records that are not sealed to `kid`, in the order of their ids. It looks at a piece of the table at a time, so that commits
 * go on meanwhile: the list may be empty though `more` is true.
 */
struct ph_journal_reseal_list {
	struct ph_journal_request request;
	const char *kid;
	/* in and out */
	int64_t after_id; /* 0: from the oldest */
	/* out */
	struct ph_record_row *rows; /* PH_RESEAL_MAX at most; freed by _clear */
	uint32_t count;
	bool more;
};
int ph_journal_reseal_list_submit(struct ph_journal *journal, struct ph_journal_reseal_list *list);
void ph_journal_reseal_list_clear(struct ph_journal_reseal_list *list);

/* Each is replaced if it is still what it was. */
struct ph_reseal {
	int64_t record;
	const uint8_t *was, *sealed;
	size_t was_len, sealed_len;
};
struct ph_journal_reseal {
	struct ph_journal_request request;
	const struct ph_reseal *records;
	uint32_t count; /* 1 to PH_RESEAL_MAX */
	/* out */
	uint32_t done;
};
int ph_journal_reseal_submit(struct ph_journal *journal, struct ph_journal_reseal *reseal);

#endif
