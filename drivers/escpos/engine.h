/*
 * The print engine: what to send to an ESC/POS printer next, and what its answers mean for the job in hand. Sans I/O: it
 * writes through an ops table, is fed parsed events, and is told the time with every call.
 *
 * Sources: Epson ESC/POS reference (GS a, DLE EOT, DLE DC4, GS ( H, GS r, GS I, GS ( k function 182, ESC p).
 */
#ifndef PH_DRIVERS_ESCPOS_ENGINE_H
#define PH_DRIVERS_ESCPOS_ENGINE_H

#include "drivers/drawer/port.h"
#include "drivers/printer/job.h"
#include "poshal/driver.h"
#include "poshal/limits.h"
#include "protocols/escpos/encode.h"
#include "protocols/escpos/status.h"

#define PH_ENGINE_PENDING_MAX 64 /* barriers without an answer; at the bound sending waits */
#define PH_ENGINE_PREFIX_MAX                                                                       \
	1024 /* bytes in front of the first segment: prologue, marker (64), mark */

#define PH_ENGINE_ANSWER_MS 300	  /* a request is unanswered after this */
#define PH_ENGINE_CLEAR_MS  1000  /* the answer to DLE DC4 8, when a job is cancelled */
#define PH_ENGINE_KEYS_MS   3000  /* which pictures it holds: asked where it has told that before */
#define PH_ENGINE_STORE_MS  20000 /* a picture is written into the memory of the printer */
#define PH_ENGINE_POLL_MS   500	  /* between questions while confirmations are due */
#define PH_ENGINE_HOLD_MS   1000  /* between questions while the printer cannot print */
#define PH_ENGINE_SILENT_MS 5000  /* no answer at all for this long: the link is given up */
#define PH_ENGINE_CONFIRM_MS                                                                       \
	10000 /* a printer that is able and confirms nothing is asked again after this */
#define PH_ENGINE_REASK_MS 5000 /* ... and given up after this */
/* On a line that outlives its printer a missing answer may mean a power cycle: asked sooner, given up as late. */
#define PH_ENGINE_CONFIRM_UNTIED_MS 3000
#define PH_ENGINE_REASK_UNTIED_MS   12000
#define PH_ENGINE_MISMATCH_MS                                                                      \
	500 /* the automatic status must follow what DLE EOT says within this */

struct ph_engine;

struct ph_engine_ops {
	int (*write)(struct ph_engine *engine, const void *data, size_t len);
	size_t (*queued)(const struct ph_engine *engine);
	void (*ready)(struct ph_engine *engine);
	void (*silent)(struct ph_engine *engine);
	/* Serial number and firmware are known: true when all else about this unit is known as well and in its place. */
	bool (*recall)(struct ph_engine *engine);
	/* GS I has been answered; `profile` may be changed here. */
	void (*identified)(struct ph_engine *engine);
	/* Whether it matters which pictures the printer holds; asked once the printer is known. */
	bool (*wants_keys)(struct ph_engine *engine);
	/* Keys of pictures it holds, pairs of characters. `last`: there are no more; len 0 when it does not say. */
	void (*keys)(struct ph_engine *engine, const char *keys, size_t len, bool last);
	/* What is known of the printer's abilities has changed. */
	void (*resolved)(struct ph_engine *engine);
	void (*status)(struct ph_engine *engine, const struct ph_printer_status *status);
	void (*drawer_status)(struct ph_engine *engine, enum ph_drawer_state state, bool by_hand);
	void (*drawer_reply)(struct ph_engine *engine, uint32_t token,
		enum ph_drawer_outcome outcome, bool already);
	void (*drawer_sensed)(struct ph_engine *engine, uint32_t token, enum ph_drawer_state state,
		enum ph_level level);
	void (*progress)(struct ph_engine *engine, unsigned sent, unsigned confirmed);
	/* The job may be freed here. */
	void (*end)(struct ph_engine *engine, enum ph_job_outcome outcome, unsigned confirmed,
		const char *reason);
	/*
	 * Asks for the port status beside the data; ph_engine_port_status() follows when there is such a thing. Asked while
	 * a job is in hand and the printer takes nothing or answers nothing.
	 */
	void (*ask_port)(struct ph_engine *engine);
	/* The printer does not answer: give the link up. ph_engine_link_down() follows later. */
	void (*drop)(struct ph_engine *engine);
};

enum ph_engine_step {
	PH_STEP_DOWN,	  /* no link */
	PH_STEP_CLEAR,	  /* DLE DC4 8 sent, its answer is due */
	PH_STEP_PROLOGUE, /* the automatic status is due */
	PH_STEP_ASK,	  /* DLE EOT 1 to 4 */
	PH_STEP_INFO,	  /* GS I */
	PH_STEP_PROBE,	  /* GS ( H, GS ( k */
	PH_STEP_READY,
	PH_STEP_KEYS,	/* GS ( L 64: what is stored */
	PH_STEP_STORE,	/* a picture is being stored; then GS ( L 64 */
	PH_STEP_CANCEL, /* DLE DC4 8 sent to end a job */
	PH_STEP_SILENT, /* nothing answers */
};

enum ph_engine_timer {
	PH_TIMER_STEP,
	PH_TIMER_EOT,
	PH_TIMER_POLL,
	PH_TIMER_CONFIRM,
	PH_TIMER_MISMATCH,
	PH_TIMER_DEBOUNCE,
	PH_TIMER_DRAWER,
	PH_TIMER_COUNT_
};

/* A barrier behind a segment, in order. */
struct ph_engine_pending {
	uint32_t id;
	unsigned upto; /* segments confirmed by its answer */
	uint32_t bytes;
};

/* In the order in which they are asked for. */
enum ph_engine_info {
	PH_INFO_SERIAL,
	PH_INFO_FIRMWARE,
	PH_INFO_VENDOR,
	PH_INFO_MODEL,
	PH_INFO_LANGUAGE,
	PH_INFO_COUNT_
};

/* What is tried where the profile leaves it open. */
#define PH_PROBE_IDS 0x01u /* GS ( H */
#define PH_PROBE_QR  0x02u /* GS ( k, QR codes */

struct ph_engine {
	const struct ph_engine_ops *ops;
	/* Set before ph_engine_init(), kept by it. */
	struct ph_escpos_profile *profile;
	struct ph_drawer_port drawer; /* its sensor */
	bool identify;		      /* ask GS I when the link comes up */
	bool untied;		      /* the link outlives a power cycle of the printer (serial) */
	uint32_t next_id;	      /* of the next process id */

	/* private */
	uint64_t now, at[PH_TIMER_COUNT_];
	enum ph_engine_step step;
	struct ph_escpos_parser parser;
	bool dirty;   /* the printer may hold a part of a command or of a job */
	bool answers; /* something has been answered since the link came up */
	bool asb_alive, eot_works, probed, has_ids, has_qr;
	unsigned probes, probing; /* PH_PROBE_*: still to do; under way */
	unsigned retry_ms, info_index;
	unsigned
		halves; /* handshakes in a row in which not all of DLE EOT was answered, but something */
	uint32_t nulls; /* that end the command in whose data the stream may have stopped */
	char info[PH_INFO_COUNT_][PH_ESCPOS_BLOCK_MAX + 1];

	struct ph_escpos_asb status;
	bool status_known;
	bool by_port; /* the status is what the port says: of paper and readiness, not of the cover */
	bool port_mute; /* there is no port status */
	struct ph_printer_status last_status;
	bool status_sent;

	unsigned eot_wanted; /* bits 1 << n */
	unsigned eot_asked;  /* n of the open request, 0 for none */
	unsigned eot_missed; /* in a row */
	uint64_t silent_since;
	bool cutter_tried; /* DLE ENQ 1 was sent for this error */

	const struct ph_printer_job *job;
	unsigned next, confirmed;
	bool left_open; /* part of the last job may be on paper, and nothing has cut it off */
	bool started, cancelling, checked, final_check, reasked;
	struct ph_engine_pending pending[PH_ENGINE_PENDING_MAX];
	unsigned pending_first, pending_count;
	uint32_t in_flight;	 /* bytes behind the last confirmation */
	uint32_t most_in_flight; /* seen so far; for tests */
	unsigned verify_upto;	 /* 0: no verification under way */
	const char *down_reason;
};

/* The members above `private` are set by the caller. */
void ph_engine_init(struct ph_engine *engine, const struct ph_engine_ops *ops);

void ph_engine_link_up(struct ph_engine *engine, uint64_t now);
void ph_engine_link_down(struct ph_engine *engine, uint64_t now);
void ph_engine_receive(struct ph_engine *engine, uint64_t now, const uint8_t *data, size_t len);
void ph_engine_sent(struct ph_engine *engine, uint64_t now);
void ph_engine_tick(struct ph_engine *engine, uint64_t now);

/* PH_PORT_ bits, or a negative errno. */
void ph_engine_port_status(struct ph_engine *engine, uint64_t now, int status);

/* Asks the printer for its status anew; what is different is reported as ever. */
void ph_engine_refresh(struct ph_engine *engine, uint64_t now);

/* When ph_engine_tick() is due, 0 for never: then nothing is under way. */
uint64_t ph_engine_due(const struct ph_engine *engine);

/* Takes a job; -EBUSY while one is in hand, -E2BIG for its mark. Nothing is sent before ph_engine_start(). */
int ph_engine_print(struct ph_engine *engine, uint64_t now, const struct ph_printer_job *job);
void ph_engine_start(struct ph_engine *engine, uint64_t now);
int ph_engine_cancel(struct ph_engine *engine, uint64_t now, const char *id);

/*
 * Stores a picture (ph_escpos_put_logo()) while nothing is to be printed; keys() follows, then jobs go on. -EBUSY, or
 * what writing says.
 */
int ph_engine_store(struct ph_engine *engine, uint64_t now, const uint8_t *data, size_t len);
bool ph_engine_is_idle(const struct ph_engine *engine); /* and able to print */

/* One pulse. PH_LATER, -EBUSY or -EIO (not answering). Times in ms. */
int ph_engine_drawer(struct ph_engine *engine, uint64_t now, uint32_t token, unsigned drawer,
	unsigned on_ms, unsigned off_ms);

/* As the member of struct ph_drawer_ops. */
int ph_engine_drawer_sense(
	struct ph_engine *engine, uint64_t now, const struct ph_drawer_sense *sense);

enum ph_confirms ph_engine_confirms(const struct ph_engine *engine);
enum ph_status_means ph_engine_status_means(const struct ph_engine *engine);

#endif
