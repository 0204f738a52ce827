// The end of a job while an encoder writes it: room for bytes, the open segment, losses and orders. For encoders only.
//
// Bytes are put at `p`, behind a reservation. An item is begun with next_line set and room for it reserved: where its
// segment is full the encoder sets its printer back to normal, closes the segment and opens another one.
#ifndef PH_PROTOCOLS_RECEIPT_JOB_BUFFER_H
#define PH_PROTOCOLS_RECEIPT_JOB_BUFFER_H

#include <string.h>

#include "protocols/receipt/job.h"

struct ph_job_buffer {
	struct ph_receipt_job *job;
	const struct ph_receipt *receipt; // of the paths in errors; NULL for a list without one
	const struct ph_rasters *rasters; // NULL: none were made yet, they are ordered
	struct ph_receipt_error *error;	  // may be NULL
	uint8_t *p;			  // next byte of job->bytes
	uint32_t ordered;		  // drawings so far
	// the open segment; lines 0 means that there is none
	uint32_t start, first_line, line, next_line, lines, flags, longest;
};

// Empties `job`, and reports the control characters that the receipt lost. All is borrowed until the end.
void ph_job_buffer_init(struct ph_job_buffer *buffer, const struct ph_display_list *list,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *error);

// Nothing more follows, and the last segment is closed.
void ph_job_buffer_end(struct ph_job_buffer *buffer);

// Says what is wrong at `at`, a path of the receipt or PH_AT_NONE; returns `err`.
__attribute__((format(printf, 4, 5))) int ph_job_buffer_fail(
	struct ph_job_buffer *buffer, int err, uint32_t at, const char *format, ...);

// Where `p` is, as an offset: the bytes may move with each reservation.
static inline size_t ph_job_buffer_len(const struct ph_job_buffer *buffer)
{
	return (size_t)(buffer->p - buffer->job->bytes);
}

// Back to an offset from before.
static inline void ph_job_buffer_cut(struct ph_job_buffer *buffer, size_t len)
{
	buffer->p = buffer->job->bytes + len;
}

int ph_job_buffer_grow(struct ph_job_buffer *buffer, size_t need);

// Makes room for `need` bytes at `p`. 0, -E2BIG beyond PH_JOB_BYTES_MAX, -ENOMEM.
static inline int ph_job_buffer_reserve(struct ph_job_buffer *buffer, size_t need)
{
	if (buffer->job->capacity - ph_job_buffer_len(buffer) >= need)
		return 0;
	return ph_job_buffer_grow(buffer, need);
}

static inline void ph_job_buffer_put(struct ph_job_buffer *buffer, const void *bytes, size_t len)
{
	memcpy(buffer->p, bytes, len);
	buffer->p += len;
}

// UTF-8 as ASCII; what is not printable is `?`.
void ph_job_buffer_put_plain(struct ph_job_buffer *buffer, const char *data, size_t len);

// What stands in for a character of `run` that the printer does not have, cell by cell; and reports it.
void ph_job_buffer_put_replacement(
	struct ph_job_buffer *buffer, uint32_t cp, const struct ph_run *run);

// `enc` is an encoder with its buffer as `out`.
#define PH_PUT(enc, ...)                                                                           \
	ph_job_buffer_put(                                                                         \
		&(enc)->out, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

// `len` bytes of data belong to one command.
static inline void ph_job_buffer_counted(struct ph_job_buffer *buffer, size_t len)
{
	if (len > buffer->longest)
		buffer->longest = (uint32_t)len;
}

// Whether `bytes` more are too many for the open segment, or an item more.
static inline bool ph_job_buffer_is_full(const struct ph_job_buffer *buffer, size_t bytes)
{
	return buffer->lines >= PH_SEGMENT_LINES ||
	       ph_job_buffer_len(buffer) - buffer->start + bytes > PH_SEGMENT_BYTES;
}

// Opens a segment for item next_line. 0 or -ENOMEM.
int ph_job_buffer_open_segment(struct ph_job_buffer *buffer);

// Item next_line is part of the open segment.
static inline void ph_job_buffer_add_item(struct ph_job_buffer *buffer)
{
	buffer->line = buffer->next_line;
	buffer->lines++;
}

// Closes the open segment; one without bytes is forgotten.
void ph_job_buffer_close_segment(struct ph_job_buffer *buffer);

// The same once more in the same place is only counted.
void ph_job_buffer_loss(
	struct ph_job_buffer *buffer, enum ph_loss_kind kind, uint32_t at, uint32_t value);

// Whether drawings are to be ordered first.
static inline bool ph_job_buffer_first_call(const struct ph_job_buffer *buffer)
{
	return !buffer->rasters;
}

// Orders a drawing, or takes the one that was made for this order. *ret_raster is NULL where there is none (yet), or
// one that is wider than width_max. 0 or -ENOMEM.
int ph_job_buffer_order(struct ph_job_buffer *buffer, const struct ph_raster_order *order,
	unsigned width_max, const struct ph_raster **ret_raster);

#endif
