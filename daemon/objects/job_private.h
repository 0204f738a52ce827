/* What job.c (life of a job) and job_calls.c (methods about jobs) share. */
#ifndef PH_DAEMON_OBJECTS_JOB_PRIVATE_H
#define PH_DAEMON_OBJECTS_JOB_PRIVATE_H

#include "daemon/journal/journal_jobs.h"
#include "daemon/objects/job.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct ph_call;
struct ph_job_accepting;
struct ph_render_request;

/* What a call that waits is answered with. */
enum ph_job_answer {
	PH_JOB_ANSWER_PRINT,	 /* the result of printer.print */
	PH_JOB_ANSWER_DUPLICATE, /* the same, of a repeated key */
	PH_JOB_ANSWER_JOB,	 /* the object "Job" */
};

/* A call that waits for the final state. */
struct ph_job_waiter {
	struct ph_call *call;
	struct ph_job *job;
	enum ph_job_answer answer;
	sd_event_source *timeout;
	struct ph_job_waiter *next;
};

enum ph_job_mode { PH_JOB_FIRST, PH_JOB_REPRINT, PH_JOB_CONTINUE };

/* An unfinished job, or one whose final state is being written. */
struct ph_job {
	struct ph_daemon *daemon;
	int64_t id; /* 0 until accepted */
	char name[PH_JOB_ID_SIZE];
	uint32_t uid;
	char key[PH_KEY_MAX + 1];
	char device_id[PH_NAME_MAX + 16];
	struct ph_device *device; /* NULL while it is not configured */
	struct ph_client *owner;  /* the connection it came from, while that lives */
	char *document;		  /* JSON text, owned */
	size_t document_len;
	uint32_t copies;
	int32_t priority;
	enum ph_recovery on_recovery;
	char role[PH_NAME_MAX + 1];	   /* it was addressed to; "" when to a device */
	char moved_from[PH_NAME_MAX + 16]; /* its first printer, when it has moved; or "" */
	uint64_t queued_us;		   /* monotonic; since when it is in its device's queue */
	uint64_t expires_us, accepted_us, changed_us; /* wall clock */
	enum ph_job_state state;
	char reason[PH_JOB_REASON_MAX + 1];
	uint32_t segments, confirmed, attempt;
	enum ph_job_mode mode;
	uint32_t from_segment;
	bool reprint;
	uint32_t columns;		  /* of the printer it was sent to */
	char note[PH_JOB_REASON_MAX + 1]; /* what is printed otherwise than asked; or "" */
	/*
	 * The driver wants drawings first. Meanwhile it is "sending" for all, and on disk it is not: nothing has left, and
	 * after a crash it starts again as if new.
	 */
	bool drawing;
	struct ph_render_request *drawn; /* on its way; NULL when nothing is to be waited for */
	char *rasters;			 /* drawings for the next printer.print, JSON; or NULL */
	bool with_rasters;		 /* the driver has got them */
	bool cancelled;			 /* asked for while it is with the driver */
	bool recording;			 /* "sending" is on its way to the disk */
	bool told;			 /* it is over, and all who wait know */
	bool unstored;			 /* it is over, and the journal could not store it */
	struct ph_job_waiter *waiters;
	struct ph_job *queue_next; /* of its device */
	struct ph_job *next;	   /* of the table, in order of acceptance */
};

struct ph_job_table {
	struct ph_job *jobs, **tail;
	unsigned count;
	size_t bytes; /* of documents */
	/* of which the journal has not answered yet, by age; not among the jobs */
	struct ph_job_accepting *accepts, **accepts_tail;
	unsigned accepting; /* so many */
	size_t accepting_bytes;
	sd_event_source *expiry;
	sd_event_source
		*move; /* when the next job has waited long enough for one printer of its role */
	sd_event_source *refresh; /* when the next printer is asked for its status anew */
	sd_event_source *again;	  /* runs after the journal failed or a driver was busy */
};

struct ph_job *ph_job_find(struct ph_daemon *daemon, int64_t id);
struct ph_job *ph_job_find_key(struct ph_daemon *daemon, uint32_t uid, const char *key);

/*
 * Takes over `job` (heap, filled except id, name and state) and brings it into the journal; answers `call` with
 * the result of printer.print, at once or, with wait, at the end.
 */
void ph_job_accept(struct ph_job *job, struct ph_call *call, bool wait);

void ph_job_free(struct ph_job *job);

/*
 * Finds the job of a call's `job`, an id or else the caller's key, in the journal, and calls found(), which answers; answers the
 * call itself where there is none.
 */
void ph_job_look_up(struct ph_call *call, bool with_document,
	void (*found)(struct ph_call *call, const struct ph_job_row *row));

/* What keeps the printer from printing, or NULL. */
const char *ph_printer_blocked(const struct ph_device *device);

/* Why the device cannot take the job now, or NULL: it is blocked, or another client has claimed it. */
const char *ph_job_blocked(const struct ph_device *device, const struct ph_job *job);

/* Takes a job out of the queue of its device, and puts it into that of job->device by priority. */
void ph_job_queue_add(struct ph_job *job);
void ph_job_queue_remove(struct ph_job *job);

/* A new state, told to all; not stored. */
void ph_job_set_state(struct ph_job *job, enum ph_job_state state, const char *reason);

/* Stores the present state; `then` (may be NULL) is called after the commit. */
int ph_job_store(struct ph_job *job, void (*then)(struct ph_job *job, int result));

/* Stores "sending", then hands the job to the driver. */
void ph_job_record_sending(struct ph_job *job);

/* Nothing has left: the job goes back to its place as if it had not been started. */
void ph_job_unsend(struct ph_job *job, const char *reason);

/* ---- drawings (job_draw.c) ---- */

/* The driver wants `needs` drawn; the job is sent again when they are, or when they cannot be had. */
void ph_job_draw(struct ph_job *job, const cJSON *needs);

/* Gives up drawings that are on their way or here. */
void ph_job_drop_drawings(struct ph_job *job);

/* ---- fail-over (job_move.c) ---- */

/*
 * The printer for a call's `device`: of a role the first that can print now. `ret_role` gets the role's name, "" for a device.
 * Answers the call itself and returns NULL where there is none.
 */
struct ph_device *ph_job_choose_printer(struct ph_call *call, char ret_role[PH_NAME_MAX + 1]);

/* The printer may have become able or unable to print: jobs that are due come or go. */
void ph_jobs_note_blocked(struct ph_device *device);

/* A job of a role is in its queue: it moves when it is due. */
void ph_job_arm_move(const struct ph_job *job);

/* ---- printers that keep jobs waiting (job_refresh.c) ---- */

/* Queue or status of the printer may have changed: it is asked for its status anew as long as jobs wait for that. */
void ph_jobs_note_waiting(struct ph_device *device);

/* Hands a job whose "sending" is on disk to the driver of its device. */
void ph_job_send(struct ph_job *job);

/* Puts a job that is in the journal (again) into table and queue. */
void ph_job_enqueue(struct ph_job *job);

/* Ends the job: queue, journal, event, waiters. */
void ph_job_finish(struct ph_job *job, enum ph_job_state state, const char *reason);

/* Public object "Job"; the caller owns it. */
cJSON *ph_job_describe(const struct ph_job *job);
cJSON *ph_job_describe_row(const struct ph_job_row *row);

/* Publishes the state: subscribers, the progress of waiting calls, the owner on the bus. */
void ph_job_tell(struct ph_job *job);

/* Answers every waiter with the state the job has now. */
void ph_job_answer_waiters(struct ph_job *job);

/* Adds a waiter; timeout_ms < 0 means none. -ENOMEM. */
int ph_job_wait(
	struct ph_job *job, struct ph_call *call, enum ph_job_answer answer, int64_t timeout_ms);

#endif
