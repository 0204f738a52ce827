/*
 * The print engine for Star printers: what to send next, and what the answers mean for the job in hand. Sans I/O: it writes
 * through an ops table, is fed what the printer sends, and is told the time with every call.
 *
 * Each segment is closed by a counter: ESC GS ETX 1, which waits for the end of printing, counts and answers to whoever
 * asked, or else ETB, which shows in the automatic status. Because the printer counts, an answer with the
 * expected number proves everything before it, and another number proves that something was lost.
 *
 * Sources: STAR Line Mode and StarPRNT Command Specifications (ESC ACK SOH, ESC ACK CAN, ESC RS a, ESC RS E, ETB,
 * ESC GS ETX, ESC # *, ESC GS ) I, ESC BEL, BEL, FS, SUB).
 */
#ifndef PH_DRIVERS_STAR_ENGINE_H
#define PH_DRIVERS_STAR_ENGINE_H

#include "drivers/drawer/port.h"
#include "drivers/printer/job.h"
#include "poshal/driver.h"
#include "poshal/limits.h"
#include "protocols/star/encode.h"
#include "protocols/star/status.h"

#define PH_STAR_PENDING_MAX 32	 /* counters without an answer; at the bound sending waits */
#define PH_STAR_ETB_PENDING 8	 /* the same of ETB, whose counter begins anew after 31 */
#define PH_STAR_MARK_MAX    8192 /* bytes of the mark in front of a continued job */

#define PH_STAR_ANSWER_MS   500	 /* a request is unanswered after this */
#define PH_STAR_RESET_MS    3000 /* a printer is itself again this long after ESC ACK CAN */
#define PH_STAR_POLL_MS	    500	 /* between questions while confirmations are due */
#define PH_STAR_HOLD_MS	    1000 /* between questions while the printer cannot print */
#define PH_STAR_SILENT_MS   5000 /* no answer at all for this long: the link is given up */
#define PH_STAR_CONFIRM_MS                                                                         \
	10000		      /* a printer that is able and confirms nothing is asked after this */
#define PH_STAR_REASK_MS 5000 /* ... and given up after this */
/* On a line that outlives its printer a missing answer may mean a power cycle: asked sooner. */
#define PH_STAR_CONFIRM_UNTIED_MS 3000

struct ph_star_engine;

struct ph_star_engine_ops {
	int (*write)(struct ph_star_engine *engine, const void *data, size_t len);
	size_t (*queued)(const struct ph_star_engine *engine);
	void (*ready)(struct ph_star_engine *engine);
	void (*silent)(struct ph_star_engine *engine);
	/* ESC # * has been answered, or not; `profile` may be changed here. */
	void (*identified)(struct ph_star_engine *engine);
	/* What is known of the printer's abilities has changed. */
	void (*resolved)(struct ph_star_engine *engine);
	void (*status)(struct ph_star_engine *engine, const struct ph_printer_status *status);
	void (*drawer_status)(
		struct ph_star_engine *engine, enum ph_drawer_state state, bool by_hand);
	void (*drawer_reply)(struct ph_star_engine *engine, uint32_t token,
		enum ph_drawer_outcome outcome, bool already);
	void (*drawer_sensed)(struct ph_star_engine *engine, uint32_t token,
		enum ph_drawer_state state, enum ph_level level);
	void (*progress)(struct ph_star_engine *engine, unsigned sent, unsigned confirmed);
	/* The job may be freed here. */
	void (*end)(struct ph_star_engine *engine, enum ph_job_outcome outcome, unsigned confirmed,
		const char *reason);
	/* The printer does not answer: give the link up. ph_star_engine_link_down() follows later. */
	void (*drop)(struct ph_star_engine *engine);
};

enum ph_star_step {
	PH_STAR_STEP_DOWN,   /* no link */
	PH_STAR_STEP_ASK,    /* the first status is due */
	PH_STAR_STEP_MODEL,  /* ESC # * */
	PH_STAR_STEP_SERIAL, /* ESC GS ) I */
	PH_STAR_STEP_SYNC, /* ESC GS ETX 0: where the counter stands, and that the printer reads commands */
	PH_STAR_STEP_ETB,   /* whether ETB counts */
	PH_STAR_STEP_RESET, /* ESC ACK CAN sent, the printer starts anew */
	PH_STAR_STEP_READY,
	PH_STAR_STEP_CANCEL, /* ESC ACK CAN sent to end a job */
	PH_STAR_STEP_SILENT, /* nothing answers */
};

enum ph_star_timer {
	PH_STAR_TIMER_STEP,
	PH_STAR_TIMER_ASK,
	PH_STAR_TIMER_POLL,
	PH_STAR_TIMER_CONFIRM,
	PH_STAR_TIMER_DEBOUNCE,
	PH_STAR_TIMER_DRAWER,
	PH_STAR_TIMER_COUNT_
};

/* A counter behind a segment, in order. */
struct ph_star_pending {
	uint16_t id;	  /* of ESC GS ETX */
	uint8_t expected; /* what the counter shows then */
	unsigned upto;	  /* segments confirmed by it */
	uint32_t bytes;
};

struct ph_star_engine {
	const struct ph_star_engine_ops *ops;
	/* Set before ph_star_engine_init(), kept by it. */
	struct ph_star_profile *profile;
	struct ph_drawer_port drawer; /* its sensor */
	bool identify;		      /* ask ESC # * when the link comes up */
	bool untied;		      /* the link outlives a power cycle of the printer (serial) */
	bool polled;		      /* the link brings no status by itself (USB) */
	uint16_t next_id;	      /* of ESC GS ETX, never 0 */

	/* private */
	uint64_t now, at[PH_STAR_TIMER_COUNT_];
	enum ph_star_step step;
	struct ph_star_parser parser;
	bool dirty;	/* the printer may hold a part of a command or of a job */
	bool was_reset; /* once since the link came up, or since it last counted */
	bool synced;	/* what counts has been found out */
	bool has_counter, has_etb;
	uint8_t counter; /* where it stands behind everything sent */
	unsigned retry_ms, ask_tries;
	char model[PH_STAR_TEXT_MAX + 1], serial[PH_STAR_TEXT_MAX + 1];

	struct ph_star_asb status;
	bool status_known;
	struct ph_printer_status last_status;
	bool status_sent;
	bool asking;	       /* ESC ACK SOH without an answer */
	unsigned asked_missed; /* in a row */
	uint64_t silent_since;

	const struct ph_printer_job *job;
	unsigned next, confirmed;
	bool left_open; /* part of the last job may be on paper, and nothing has cut it off */
	bool started, cancelling, checked, final_check;
	uint16_t query_id; /* of an ESC GS ETX 0 without an answer, 0: none */
	struct ph_star_pending pending[PH_STAR_PENDING_MAX];
	unsigned pending_first, pending_count;
	uint32_t in_flight;	 /* bytes behind the last confirmation */
	uint32_t uncovered;	 /* of them, behind the last counter */
	uint32_t most_in_flight; /* seen so far; for tests */
	const char *down_reason;
};

/* The members above `private` are set by the caller. */
void ph_star_engine_init(struct ph_star_engine *engine, const struct ph_star_engine_ops *ops);

void ph_star_engine_link_up(struct ph_star_engine *engine, uint64_t now);
void ph_star_engine_link_down(struct ph_star_engine *engine, uint64_t now);
void ph_star_engine_receive(
	struct ph_star_engine *engine, uint64_t now, const uint8_t *data, size_t len);
void ph_star_engine_sent(struct ph_star_engine *engine, uint64_t now);
void ph_star_engine_tick(struct ph_star_engine *engine, uint64_t now);

/* Asks the printer for its status anew; what is different is reported as ever. */
void ph_star_engine_refresh(struct ph_star_engine *engine, uint64_t now);

/* When ph_star_engine_tick() is due, 0 for never: then nothing is under way. */
uint64_t ph_star_engine_due(const struct ph_star_engine *engine);

/* Takes a job; -EBUSY while one is in hand, -E2BIG for its mark. Nothing is sent before ph_star_engine_start(). */
int ph_star_engine_print(
	struct ph_star_engine *engine, uint64_t now, const struct ph_printer_job *job);
void ph_star_engine_start(struct ph_star_engine *engine, uint64_t now);
int ph_star_engine_cancel(struct ph_star_engine *engine, uint64_t now, const char *id);

/* One pulse. PH_LATER, -EBUSY or -EIO (not answering). Times in ms. */
int ph_star_engine_drawer(struct ph_star_engine *engine, uint64_t now, uint32_t token,
	unsigned drawer, unsigned on_ms, unsigned off_ms);

/* As the member of struct ph_drawer_ops. */
int ph_star_engine_drawer_sense(
	struct ph_star_engine *engine, uint64_t now, const struct ph_drawer_sense *sense);

enum ph_confirms ph_star_engine_confirms(const struct ph_star_engine *engine);

#endif
