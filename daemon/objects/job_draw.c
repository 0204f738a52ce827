// Drawings of a print job: what its printer cannot print by itself is drawn by poshal-render before the driver gets it.
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/render.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_NAMED 6 /* characters without a font that a note names */
/* What a driver may get: drawings, the document, and the envelope of both. */
#define RASTERS_MAX (PH_DRIVER_LINE_MAX - PH_LINE_MAX - 4096)

void ph_job_drop_drawings(struct ph_job *job)
{
	ph_render_forget(PH_STEAL(job->drawn));
	free(PH_STEAL(job->rasters));
	job->drawing = job->with_rasters = false;
}

static void set_note(struct ph_job *job, const char *note)
{
	snprintf(job->note, sizeof job->note, "%s", note);
	ph_utf8_clean(job->note);
	if (note[0])
		ph_log(LOG_WARNING, job->device_id, "%s: %s", job->name, job->note);
}

static bool too_late(const struct ph_job *job)
{
	return job->expires_us && job->attempt == 1 && !job->reprint &&
	       job->expires_us <= ph_clock_wall_us();
}

/* The drawings are there, or there are none: on with the job, by a way that ends in ph_job_send(). */
static void go_on(struct ph_job *job, char *rasters)
{
	job->drawn = NULL;
	if (too_late(job)) {
		free(rasters);
		job->attempt = 0;
		ph_job_finish(job, PH_JOB_EXPIRED, "it had not started in time");
		return;
	}
	if (!rasters) {
		ph_job_unsend(job, "out of memory");
		return;
	}
	job->drawing = false;
	job->rasters = rasters;
	ph_job_record_sending(job);
}

static void go_on_without(struct ph_job *job, const char *why)
{
	char note[PH_JOB_REASON_MAX + 1];

	snprintf(note, sizeof note, "printed without drawings: %.90s", why);
	set_note(job, note);
	go_on(job, strdup("[]"));
}

/* Says that drawings are not there, and why the first is not; what they stood for is printed as well as it can be. */
static void note_failed(struct ph_buf *note, unsigned failed, const char *why)
{
	if (failed)
		ph_buf_printf(note, "%s%u not drawn: %.60s", note->len ? "; " : "", failed, why);
}

/* Names characters no font has, which are on the paper as question marks, and what was not drawn. */
static void note_missing(struct ph_job *job, const cJSON *rasters)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf note = PH_BUF_INIT;
	const cJSON *row, *point;
	const char *why = NULL;
	unsigned count = 0, failed = 0;

	cJSON_ArrayForEach(row, rasters)
	{
		const cJSON *missing = cJSON_GetObjectItemCaseSensitive(row, "missing");
		const char *error =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "error"));
		failed += error != NULL;
		why = why ? why : error;
		cJSON_ArrayForEach(point, missing)
		{
			if (!cJSON_IsNumber(point) || count++ >= MISSING_NAMED)
				continue;
			ph_buf_printf(&note, "%sU+%04X", note.len ? ", " : "no font has ",
				(unsigned)point->valueint);
		}
	}
	if (count > MISSING_NAMED)
		ph_buf_printf(&note, " and %u more", count - MISSING_NAMED);
	if (count)
		snprintf(job->daemon->fonts_missing, sizeof job->daemon->fonts_missing, "%s",
			note.data ? note.data : "");
	note_failed(&note, failed, why);
	set_note(job, note.data ? note.data : "");
}

/* What the document holds cannot be printed by any printer: a broken image, data a symbol cannot carry. */
static bool blames_document(const struct ph_render_answer *answer)
{
	static const char path[] = "$.document";

	return answer->outcome == PH_RENDER_REFUSED && answer->why &&
	       strncmp(answer->why, path, sizeof path - 1) == 0;
}

static void on_drawn(void *userdata, const struct ph_render_answer *answer)
{
	struct ph_job *job = userdata;
	const cJSON *rasters = cJSON_GetObjectItemCaseSensitive(answer->result, "rasters");

	job->drawn = NULL;
	if (blames_document(answer)) {
		/* nothing of this attempt has left; of an earlier one may be on paper */
		ph_job_finish(job, job->reprint ? PH_JOB_UNCERTAIN : PH_JOB_FAILED, answer->why);
		return;
	}
	if (answer->outcome != PH_RENDER_DONE) {
		go_on_without(job, answer->why ? answer->why : "");
		return;
	}
	char *text = cJSON_IsArray(rasters) ? cJSON_PrintUnformatted(rasters) : NULL;
	if (!text || strlen(text) > RASTERS_MAX) {
		go_on_without(job, text ? "they are too much for one job" : "none came");
		free(text);
		return;
	}
	note_missing(job, rasters);
	go_on(job, text);
}

static int submit(struct ph_job *job, const cJSON *needs)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;
	PH_CLEANUP_FREE char *orders = cJSON_PrintUnformatted(needs);

	if (!orders)
		return -ENOMEM;
	ph_buf_add_str(&params, "{\"document\":");
	ph_buf_add(&params, job->document, job->document_len);
	ph_buf_add_str(&params, ",\"orders\":");
	ph_buf_add_str(&params, orders);
	ph_buf_add_char(&params, '}');
	if (params.error)
		return params.error;
	struct ph_render_ask ask = {.lane = PH_RENDER_JOBS,
		.method = "render.rasters",
		.len = params.len,
		.done = on_drawn,
		.userdata = job};
	ask.params = ph_buf_steal(&params);
	return ph_render_submit(job->daemon->render, &ask, &job->drawn);
}

void ph_job_draw(struct ph_job *job, const cJSON *needs)
{
	if (job->cancelled || job->daemon->stopping) {
		ph_job_unsend(job, "the service is being stopped");
		ph_jobs_kick(job->device);
		return;
	}
	job->drawing = true;
	ph_job_store(job, NULL);
	int r = submit(job, needs);
	if (r == -ENOBUFS || r == -ENOMEM)
		ph_job_unsend(job, ph_render_error(r));
	else if (r < 0)
		go_on_without(job, ph_render_error(r));
}

void ph_jobs_stop_drawing(struct ph_daemon *daemon)
{
	for (struct ph_device *device = daemon->devices; device; device = device->next)
		if (device->active && device->active->drawing)
			ph_job_unsend(device->active, "the service is being stopped");
}
