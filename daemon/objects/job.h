/*
 * Print jobs: accepted into the journal before they exist for anybody, queued per printer, handed to the driver one
 * at a time, and brought to exactly one final state whatever happens to printer, driver or poshald.
 */
#ifndef PH_DAEMON_OBJECTS_JOB_H
#define PH_DAEMON_OBJECTS_JOB_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_client;
struct ph_daemon;
struct ph_device;

int ph_jobs_init(struct ph_daemon *daemon);
/* Once more stores the ends of jobs that the journal could not store. */
void ph_jobs_store_ends(struct ph_daemon *daemon);
void ph_jobs_done(struct ph_daemon *daemon);

/* Loads unfinished jobs from the journal. Blocks; before the journal is attached to the loop. */
int ph_jobs_load(struct ph_daemon *daemon);

/* Decides what becomes of loaded jobs that were under way when poshald ended. Before the first unit exists. */
void ph_jobs_recover_all(struct ph_daemon *daemon);

/* Gives jobs of a device that has appeared (again) their place in its queue. */
void ph_jobs_adopt(struct ph_device *device);

/* The printer said how it is: a job that it holds up says why, and the next one may start. */
void ph_jobs_status_changed(struct ph_device *device);

/* Something changed that may let the next job start, or that changes why it waits. */
void ph_jobs_kick(struct ph_device *device);

/* From the driver. */
void ph_job_progress(struct ph_device *device, const cJSON *params);
void ph_job_end(struct ph_device *device, const cJSON *params);

/* A job is with the driver, and nothing is known that keeps the printer from going on. */
bool ph_jobs_under_way(const struct ph_device *device);

/* The driver's process ended: what it had in hand is in doubt. */
void ph_jobs_driver_lost(struct ph_device *device);

/* A client is gone: its jobs go on without an owner connection. */
void ph_jobs_drop_client(struct ph_client *client);

/* A device is being removed: its jobs stay in the journal and in memory, without a device. */
void ph_jobs_drop_device(struct ph_device *device);

/* The service ends: drawings are not waited for. */
void ph_jobs_stop_drawing(struct ph_daemon *daemon);

/* Roles may be others now: jobs that are due move. */
void ph_jobs_move_due(struct ph_daemon *daemon);

unsigned ph_jobs_count(const struct ph_daemon *daemon);

#endif
