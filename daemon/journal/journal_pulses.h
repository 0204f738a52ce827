/*
 * Drawer pulses in the journal: begun before the pulse is sent, ended with what the sensor said, never repeated
 * for a key. Keys are scoped by uid and kept PH_KEY_KEEP_DAYS.
 */
#ifndef PH_DAEMON_JOURNAL_PULSES_H
#define PH_DAEMON_JOURNAL_PULSES_H

#include "daemon/journal/journal.h"

enum ph_pulse_state {
	PH_PULSE_SENT, /* begun by this run of the service and not ended: it is in flight */
	PH_PULSE_OPENED,
	PH_PULSE_NOT_CONFIRMED,
	PH_PULSE_NO_SENSOR,
	PH_PULSE_UNCERTAIN, /* ended so, or begun by an earlier run that never ended it */
	PH_PULSE_FAILED,    /* certainly no pulse */
	PH_PULSE_STATE_COUNT_
};

#define PH_PULSE_TEXT_MAX 256 /* bytes of who, reason, reference and operator; longer is -EINVAL */

/* "opened"; "unknown" outside the range. */
const char *ph_pulse_state_name(enum ph_pulse_state state);

/*
 * Results: 0, -EEXIST when this uid used the key for another device, -ENOENT with known_only. With duplicate set, id, outcome,
 * already and begun_us are the stored ones and nothing was written: do not send a pulse. A key whose pulse
 * ended as PH_PULSE_FAILED, so that certainly none was sent, is begun once more and is no duplicate.
 */
struct ph_journal_pulse_begin {
	struct ph_journal_request request;
	/* in */
	uint32_t uid;
	const char *key;				      /* 1 to PH_KEY_MAX bytes */
	const char *device;				      /* 1 to PH_NAME_MAX bytes */
	const char *who, *reason, *reference, *operator_name; /* NULL is "" */
	int known_only; /* 1: nothing is begun; a key that would be begun is -ENOENT */
	/* out */
	int64_t id;
	int duplicate;
	enum ph_pulse_state outcome; /* PH_PULSE_SENT when begun now */
	int already;
	uint64_t begun_us;
};
int ph_journal_pulse_begin_submit(struct ph_journal *journal, struct ph_journal_pulse_begin *begin);

/* Results: 0, -ENOENT, -EALREADY when it was ended with another outcome (which stays). */
struct ph_journal_pulse_end {
	struct ph_journal_request request;
	int64_t id;
	enum ph_pulse_state outcome; /* not PH_PULSE_SENT */
	int already;		     /* 1: the drawer was open before the pulse */
};
int ph_journal_pulse_end_submit(struct ph_journal *journal, struct ph_journal_pulse_end *end);

#endif
