/*
 * A non-blocking stream of LF-terminated lines on an sd-event loop: the carrier of everything that speaks
 * JSON-RPC (application socket, driver protocol, emulator control). It bounds both directions and never
 * waits: what the peer does not read is queued up to a limit, then the stream closes.
 */
#ifndef PH_BASE_STREAM_H
#define PH_BASE_STREAM_H

#include "base/poll_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct ph_stream;

struct ph_stream_ops {
	/*
	 * One line without its LF (and without a CR before it), NUL-terminated, valid and writable during
	 * the call. May send and may call ph_stream_close(). Empty lines are skipped.
	 */
	void (*line)(struct ph_stream *stream, char *line, size_t len);
	/*
	 * Called exactly once when the stream ends by itself or by ph_stream_close(), never from inside
	 * ph_stream_send(), and as the last call: the owner may free the stream here.
	 * error: 0 end of file or closed by us, -EMSGSIZE line too long, -ENOBUFS peer does not read, else errno.
	 */
	void (*closed)(struct ph_stream *stream, int error);
	/*
	 * Optional. The peer will send no more. Return true to keep the sending side open (answers are still
	 * due) and call ph_stream_close() later; without it, or with false, the stream ends.
	 */
	bool (*eof)(struct ph_stream *stream);
	/* Optional. A line is longer than the limit: a last word may be sent before the stream ends. */
	void (*oversized)(struct ph_stream *stream);
};

struct ph_stream_limits {
	size_t line;	    /* bytes of one inbound line, without LF */
	size_t queue_bytes; /* unsent bytes */
	size_t queue_lines; /* unsent lines */
};

struct ph_stream {
	const struct ph_stream_ops *ops;
	struct ph_stream_limits limits;
	sd_event *event;
	struct ph_poll_set *set; /* reads and writes `fd` where one is given, else `io` does */
	struct ph_poll_item item;
	sd_event_source *io;
	sd_event_source *io_out; /* a second descriptor for writing, or NULL */
	sd_event_source *ending;
	int fd, fd_out;
	int error;
	bool open, closing, write_wanted, half_closed;
	char *in; /* an incomplete line; NULL when there is none */
	size_t in_len, in_size;
	char *out;
	size_t out_start, out_len, out_size, out_lines;
};

/*
 * Starts reading. The descriptor becomes non-blocking and belongs to the stream. `fd_out` is -1 unless writing
 * goes to another descriptor (stdin and stdout). Returns 0 or a negative errno; then nothing is owned.
 */
int ph_stream_init(struct ph_stream *stream, sd_event *event, int fd, int fd_out,
	const struct ph_stream_ops *ops, const struct ph_stream_limits *limits);

/* The same on the loop of a poll set that must outlive the stream: for one of many. */
int ph_stream_init_in(struct ph_stream *stream, struct ph_poll_set *set, int fd,
	const struct ph_stream_ops *ops, const struct ph_stream_limits *limits);

/* Frees everything at once, without calling `closed`. Accepts a zeroed struct. Not from inside `line`. */
void ph_stream_done(struct ph_stream *stream);

/*
 * Sends `len` bytes, which must end in LF. Written at once as far as the peer takes it, the rest is queued.
 * Returns 0; -EPIPE when the stream is ending; -ENOBUFS when the queue is full (the stream then ends).
 */
int ph_stream_send(struct ph_stream *stream, const char *data, size_t len);

/* Ends the stream soon: what is queued is tried once more, then `closed` is called from the loop. */
void ph_stream_close(struct ph_stream *stream, int error);

/* Delivers the lines that are there already, up to 4 MiB: for a peer that is known to have ended. Not from inside `line`. */
void ph_stream_drain(struct ph_stream *stream);

/* Stops or continues reading, for back-pressure. */
int ph_stream_pause(struct ph_stream *stream, bool paused);

/* The lines of which not all bytes have left, within closed(): they never will. Valid until the stream is done. */
const char *ph_stream_unsent(const struct ph_stream *stream, size_t *ret_len);

static inline size_t ph_stream_queued(const struct ph_stream *stream)
{
	return stream->out_len;
}

#endif
