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
	enum ph_recovery on_recovery;
	uint64_t expires_us, accepted_us, changed_us; /* wall clock */
	enum ph_job_state state;
	char reason[PH_JOB_REASON_MAX + 1];
	uint32_t segments, confirmed, attempt;
	enum ph_job_mode mode;
	uint32_t from_segment;
	bool reprint;
	bool cancelled; /* asked for while it is with the driver */
	bool recording; /* "sending" is on its way to the disk */
	bool told;	/* it is over, and all who wait know */
	bool unstored;	/* it is over, and the journal could not store it */
	struct ph_job_waiter *waiters;
	struct ph_job *queue_next; /* of its device */
	struct ph_job *next;	   /* of the table, in order of acceptance */
};

struct ph_job_table {
	struct ph_job *jobs, **tail;
	unsigned count;
	size_t bytes;	    /* of documents */
	unsigned accepting; /* of which the journal has not answered yet; not in the list */
	size_t accepting_bytes;
	sd_event_source *expiry;
	sd_event_source *again; /* runs after the journal failed or a driver was busy */
};

struct ph_job *ph_job_find(struct ph_daemon *daemon, int64_t id);
struct ph_job *ph_job_find_key(struct ph_daemon *daemon, uint32_t uid, const char *key);

/*
 * Takes over `job` (heap, filled except id, name and state) and brings it into the journal; answers `call` with
 * the result of printer.print, at once or, with wait, at the end.
 */
void ph_job_accept(struct ph_job *job, struct ph_call *call, bool wait);

void ph_job_free(struct ph_job *job);

/* Why the device cannot take the job now, or NULL. */
const char *ph_job_blocked(const struct ph_device *device, const struct ph_job *job);

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
