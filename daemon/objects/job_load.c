// Unfinished print jobs out of the journal at the start. What becomes of them is decided in job.c.
#include "daemon/core/daemon.h"
#include "daemon/objects/job_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load_one(const struct ph_job_row *row, void *userdata)
{
	struct ph_daemon *daemon = userdata;
	struct ph_job *job = calloc(1, sizeof *job);

	if (!job || !(job->document = malloc(row->document_len + 1))) {
		free(job);
		return -ENOMEM;
	}
	job->daemon = daemon;
	job->id = row->id;
	ph_job_id_format(job->id, job->name);
	job->uid = row->uid;
	snprintf(job->key, sizeof job->key, "%s", row->key);
	snprintf(job->device_id, sizeof job->device_id, "%s", row->device);
	snprintf(job->reason, sizeof job->reason, "%s", row->reason);
	if (row->document_len)
		memcpy(job->document, row->document, row->document_len);
	job->document[row->document_len] = '\0';
	job->document_len = row->document_len;
	job->copies = row->copies;
	job->priority = row->priority;
	snprintf(job->role, sizeof job->role, "%s", row->role);
	snprintf(job->moved_from, sizeof job->moved_from, "%s", row->moved_from);
	snprintf(job->note, sizeof job->note, "%s", row->note);
	job->on_recovery = row->on_recovery;
	job->expires_us = row->expires_us;
	job->accepted_us = row->accepted_us;
	job->changed_us = row->changed_us;
	job->state = row->state;
	job->segments = row->segments;
	job->confirmed = row->confirmed;
	job->attempt = row->attempt;
	job->reprint = row->reprint;
	job->mode = row->reprint ? PH_JOB_REPRINT : PH_JOB_FIRST;
	if (row->reprint && row->on_recovery == PH_RECOVERY_CONTINUE && row->confirmed) {
		job->mode = PH_JOB_CONTINUE;
		job->from_segment = row->confirmed;
	}
	ph_job_enqueue(job);
	return 0;
}

int ph_jobs_load(struct ph_daemon *daemon)
{
	return ph_journal_load_open(daemon->journal, load_one, daemon);
}
