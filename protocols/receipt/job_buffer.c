// The memory of a job that is being encoded; what is put into it is the encoder's.
#include "protocols/receipt/job_buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "protocols/receipt/width.h"

void ph_job_buffer_init(struct ph_job_buffer *buffer, const struct ph_display_list *list,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *error)
{
	*buffer = (struct ph_job_buffer){.job = job,
		.receipt = list->receipt,
		.rasters = rasters,
		.error = error,
		.p = job->bytes};
	job->len = 0;
	job->segment_count = 0;
	job->order_count = 0;
	job->drawings = 0;
	job->loss_count = 0;
	job->loss_missed = 0;
	for (uint32_t i = 0; list->receipt && i < list->receipt->dropped_count; i++)
		ph_job_buffer_loss(buffer, PH_LOSS_CONTROL, list->receipt->dropped[i].at,
			list->receipt->dropped[i].cp);
}

void ph_job_buffer_end(struct ph_job_buffer *buffer)
{
	buffer->job->len = (uint32_t)ph_job_buffer_len(buffer);
	buffer->job->drawings = buffer->ordered < PH_ORDERS_MAX ? buffer->ordered : PH_ORDERS_MAX;
}

int ph_job_buffer_fail(struct ph_job_buffer *buffer, int err, uint32_t at, const char *format, ...)
{
	struct ph_receipt_error *error = buffer->error;
	va_list args;

	if (!error)
		return err;
	ph_receipt_path(buffer->receipt, at, error->path, sizeof error->path);
	va_start(args, format);
	vsnprintf(error->message, sizeof error->message, format, args);
	va_end(args);
	return err;
}

static int out_of_memory(struct ph_job_buffer *buffer)
{
	return ph_job_buffer_fail(buffer, -ENOMEM, PH_AT_NONE, "out of memory");
}

int ph_job_buffer_grow(struct ph_job_buffer *buffer, size_t need)
{
	struct ph_receipt_job *job = buffer->job;
	const size_t len = ph_job_buffer_len(buffer);
	size_t room = job->capacity ? job->capacity : 8192;

	if (need > PH_JOB_BYTES_MAX - len)
		return ph_job_buffer_fail(buffer, -E2BIG, PH_AT_NONE, "more than %d bytes to print",
			PH_JOB_BYTES_MAX);
	while (room - len < need)
		room *= 2;
	uint8_t *bytes = realloc(job->bytes, room);
	if (!bytes)
		return out_of_memory(buffer);
	job->bytes = bytes;
	job->capacity = (uint32_t)room;
	buffer->p = bytes + len;
	return 0;
}

int ph_job_buffer_open_segment(struct ph_job_buffer *buffer)
{
	struct ph_receipt_job *job = buffer->job;

	if (ph_grow((void **)&job->segments, &job->segment_capacity, job->segment_count + 1,
		    sizeof *job->segments, 32) < 0)
		return out_of_memory(buffer);
	buffer->first_line = buffer->next_line;
	return 0;
}

void ph_job_buffer_close_segment(struct ph_job_buffer *buffer)
{
	struct ph_receipt_job *job = buffer->job;
	const uint32_t end = (uint32_t)ph_job_buffer_len(buffer);

	if (end != buffer->start) { // else what it was begun for went elsewhere
		job->segments[job->segment_count++] =
			(struct ph_receipt_segment){.offset = buffer->start,
				.len = end - buffer->start,
				.first_line = buffer->first_line,
				.last_line = buffer->line,
				.flags = buffer->flags,
				.longest = buffer->longest};
		buffer->start = end;
		buffer->longest = 0;
	}
	buffer->lines = 0;
	buffer->flags = 0;
}

void ph_job_buffer_loss(
	struct ph_job_buffer *buffer, enum ph_loss_kind kind, uint32_t at, uint32_t value)
{
	struct ph_receipt_job *job = buffer->job;

	for (uint32_t i = job->loss_count; i-- > 0 && job->losses[i].at == at;) {
		if (job->losses[i].kind == kind && job->losses[i].value == value) {
			job->losses[i].count++;
			return;
		}
	}
	if (job->loss_count == PH_LOSSES_MAX) {
		job->loss_missed++;
		return;
	}
	job->losses[job->loss_count++] =
		(struct ph_receipt_loss){.kind = kind, .at = at, .value = value, .count = 1};
}

void ph_job_buffer_put_plain(struct ph_job_buffer *buffer, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)data[i];
		if ((c & 0xc0) == 0x80)
			continue; // inside of a character
		*buffer->p++ = c < 0x20 || c > 0x7e ? '?' : c;
	}
}

void ph_job_buffer_put_replacement(
	struct ph_job_buffer *buffer, uint32_t cp, const struct ph_run *run)
{
	const unsigned cells = ph_char_cells(cp);

	if (run->rule) {
		*buffer->p++ = cp == 0x2550 ? '=' : cp == 0x2502 || cp == 0x2551 ? '|' : '-';
		ph_job_buffer_loss(buffer, PH_LOSS_RULE, run->at, cp);
		return;
	}
	memset(buffer->p, '?', cells);
	buffer->p += cells;
	ph_job_buffer_loss(buffer, PH_LOSS_CHAR, run->at, cp);
}

static int remember(struct ph_job_buffer *buffer, const struct ph_raster_order *order)
{
	struct ph_receipt_job *job = buffer->job;

	if (ph_grow((void **)&job->orders, &job->order_capacity, job->order_count + 1,
		    sizeof *job->orders, 16) < 0)
		return out_of_memory(buffer);
	job->orders[job->order_count++] = *order;
	return 0;
}

int ph_job_buffer_order(struct ph_job_buffer *buffer, const struct ph_raster_order *order,
	unsigned width_max, const struct ph_raster **ret_raster)
{
	const uint32_t index = buffer->ordered++;

	*ret_raster = NULL;
	// printed with question marks beyond it, nobody would know
	if (!buffer->rasters && index >= PH_ORDERS_MAX)
		return ph_job_buffer_fail(buffer, -E2BIG, order->at,
			"more than %d lines and pictures have to be drawn for this printer",
			PH_ORDERS_MAX);
	if (!buffer->rasters)
		return remember(buffer, order);
	if (index >= buffer->rasters->count)
		return 0;
	const struct ph_raster *raster = &buffer->rasters->items[index];
	if (raster->bits && raster->width && raster->width <= width_max && raster->height &&
		raster->height <= PH_ORDER_HEIGHT_MAX)
		*ret_raster = raster;
	return 0;
}

void ph_receipt_job_done(struct ph_receipt_job *job)
{
	free(job->bytes);
	free(job->segments);
	free(job->orders);
	*job = (struct ph_receipt_job){0};
}
