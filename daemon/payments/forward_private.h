/* Shared by the files of the forwarder. */
#ifndef PH_DAEMON_PAYMENTS_FORWARD_PRIVATE_H
#define PH_DAEMON_PAYMENTS_FORWARD_PRIVATE_H

#include "daemon/payments/forward.h"
#include "daemon/payments/forward_judge.h"
#include "daemon/payments/forward_pace.h"

#include <systemd/sd-event.h>

struct ph_forward;

/* A record on its way: taken, with the host, or its answer with the journal. */
struct ph_forward_slot {
	struct ph_forward *forward;
	bool used, is_family;
	struct ph_record_row row;
	struct ph_forward_verdict verdict;
	uint64_t next_us; /* wall clock, of a record that goes again */
	char code[3], approval[7], note[PH_RECORD_NOTE_MAX + 1];
	uint64_t
		store_us; /* monotonic: the journal did not take it, and is asked again then; 0: no */
	unsigned fails;
	union {
		struct ph_journal_record_move move;
		struct ph_journal_forwarded forwarded;
		struct ph_journal_supersede supersede;
	} stored;
};

struct ph_forward {
	struct ph_daemon *daemon;
	struct ph_forward_slot slots[PH_QUEUE_TAKE_MAX];
	struct ph_journal_take take;
	bool running; /* the journal is there */
	bool taking;  /* `take` is with it */
	bool gated;   /* and what stands without the host was left out */
	bool look;    /* something may be due */
	bool hurry;   /* and what waits for its time is, too */
	bool wanted; /* by a person, while the host was away: no turn is waited for when it is back */
	uint32_t waiting;  /* not final, when it was looked last */
	uint64_t next_us;  /* wall clock, as the journal said; 0: none waits for its time */
	uint64_t plan_us;  /* monotonic: when it is looked again; 0: not by itself */
	uint64_t drain_us; /* monotonic: until then what stands without the host is not sent */
	uint64_t
		try_us; /* monotonic: when a host that no echo reaches is tried; 0: it counts as there */
	unsigned fails;
	struct ph_forward_rate rate;
	sd_event_source *timer;
};

/* ---- forward.c ---- */

/* What is due goes, one message also to a host that counts as away. */
void ph_forward_try(struct ph_daemon *daemon);
/* All pauses are over; also a host that counts as away is tried. */
void ph_forward_at_once(struct ph_daemon *daemon);
/* Not final, when it was looked last. */
uint32_t ph_forward_waiting(const struct ph_daemon *daemon);

/* ---- forward_tell.c ---- */

/* A record in its new state: log, events, and who waits for it. */
void ph_forward_tell(struct ph_daemon *daemon, const struct ph_record_row *row);
void ph_forward_tell_superseded(struct ph_daemon *daemon, const struct ph_record_row *successor,
	const struct ph_record_row *reversal);
/* Once for each: it may wait for days. `why` may be NULL. */
void ph_forward_say_it_waits(const struct ph_record_row *row, const char *why);
/* What payment.get and events say of a record: kind, state, attempts, and what a person has to do; the caller's. */
cJSON *ph_forward_describe(const struct ph_record_row *row);
/* Publishes queue.state. */
void ph_forward_publish(struct ph_daemon *daemon, const struct ph_record_row *row);

#endif
