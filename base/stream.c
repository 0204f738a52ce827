// Lines over a non-blocking descriptor, with bounded queues; what a line means is left to the owner.
#include "base/stream.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE   65536
#define DRAIN_READS 64

/* One read buffer for all streams of a process: a loop reads one stream at a time. */
static char read_buffer[READ_SIZE + 1];

/* Of the descriptor that is read; 0 leaves nothing but hang-ups and errors. */
static int set_events(struct ph_stream *stream, uint32_t events)
{
	if (stream->set)
		return ph_poll_set_change(stream->set, &stream->item, events);
	return sd_event_source_set_io_events(stream->io, events);
}

static void stop_reading(struct ph_stream *stream)
{
	if (stream->set)
		ph_poll_set_remove(stream->set, &stream->item);
	else
		sd_event_source_set_enabled(stream->io, SD_EVENT_OFF);
}

static int set_write_wanted(struct ph_stream *stream, bool wanted)
{
	if (stream->write_wanted == wanted)
		return 0;
	stream->write_wanted = wanted;
	if (stream->io_out)
		return sd_event_source_set_enabled(
			stream->io_out, wanted ? SD_EVENT_ON : SD_EVENT_OFF);
	uint32_t events = stream->half_closed ? 0 : EPOLLIN;
	return set_events(stream, events | (wanted ? EPOLLOUT : 0));
}

static ssize_t write_some(struct ph_stream *stream, const char *data, size_t len)
{
	int fd = stream->fd_out >= 0 ? stream->fd_out : stream->fd;
	ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, data, len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

static size_t count_lines(const char *data, size_t len)
{
	size_t count = 0;

	for (const char *end = data + len; (data = memchr(data, '\n', (size_t)(end - data)));
		data++)
		count++;
	return count;
}

static int flush_queue(struct ph_stream *stream)
{
	while (stream->out_len) {
		ssize_t n = write_some(stream, stream->out + stream->out_start, stream->out_len);
		if (n < 0)
			return (int)n;
		if (!n)
			return set_write_wanted(stream, true);
		stream->out_lines -= count_lines(stream->out + stream->out_start, (size_t)n);
		stream->out_start += (size_t)n;
		stream->out_len -= (size_t)n;
	}
	stream->out_start = 0;
	free(PH_STEAL(stream->out));
	stream->out_size = 0;
	return set_write_wanted(stream, false);
}

static int on_ending(sd_event_source *source, void *userdata)
{
	struct ph_stream *stream = userdata;

	flush_queue(stream);
	sd_event_source_disable_unref(PH_STEAL(stream->ending));
	int error = stream->error;
	stream->open = false;
	stream->io = sd_event_source_disable_unref(stream->io);
	stream->io_out = sd_event_source_disable_unref(stream->io_out);
	stream->ops->closed(stream, error);
	return 0;
}

void ph_stream_close(struct ph_stream *stream, int error)
{
	if (stream->closing || !stream->open)
		return;
	stream->closing = true;
	stream->error = error;
	stop_reading(stream);
	if (stream->io_out)
		sd_event_source_set_enabled(stream->io_out, SD_EVENT_OFF);
	sd_event_add_defer(stream->event, &stream->ending, on_ending, stream);
}

int ph_stream_pause(struct ph_stream *stream, bool paused)
{
	if (stream->closing || !stream->open)
		return -EPIPE;
	if (stream->io_out)
		return sd_event_source_set_enabled(stream->io, paused ? SD_EVENT_OFF : SD_EVENT_ON);
	uint32_t events = paused ? 0 : EPOLLIN;
	return set_events(stream, events | (stream->write_wanted ? EPOLLOUT : 0));
}

/* Where the first line begins of which not all has been sent. */
static size_t unsent_start(const struct ph_stream *stream)
{
	const char *lf = stream->out_start ? memrchr(stream->out, '\n', stream->out_start) : NULL;

	return lf ? (size_t)(lf + 1 - stream->out) : 0;
}

const char *ph_stream_unsent(const struct ph_stream *stream, size_t *ret_len)
{
	const size_t start = unsent_start(stream);

	*ret_len = stream->out_len ? stream->out_start - start + stream->out_len : 0;
	return stream->out_len ? stream->out + start : "";
}

/* Queues a line of which `sent` bytes have left: what is unsent stays whole lines. */
static int enqueue(struct ph_stream *stream, const char *data, size_t len, size_t sent)
{
	if (stream->out_len + len > stream->limits.queue_bytes ||
		stream->out_lines >= stream->limits.queue_lines)
		return -ENOBUFS;
	if (stream->out_start + stream->out_len + len > stream->out_size) {
		if (stream->out_start) {
			const size_t start = unsent_start(stream);
			stream->out_start -= start;
			memmove(stream->out, stream->out + start,
				stream->out_start + stream->out_len);
		}
		size_t size = stream->out_size ? stream->out_size : 4096;
		while (size < stream->out_start + stream->out_len + len)
			size *= 2;
		char *out = realloc(stream->out, size);
		if (!out)
			return -ENOMEM;
		stream->out = out;
		stream->out_size = size;
	}
	memcpy(stream->out + stream->out_start + stream->out_len, data, len);
	stream->out_len += len - sent;
	stream->out_start += sent; /* nothing was queued before it then */
	stream->out_lines += count_lines(data + sent, len - sent);
	return set_write_wanted(stream, true);
}

int ph_stream_send(struct ph_stream *stream, const char *data, size_t len)
{
	ssize_t n = 0;

	if (stream->closing || !stream->open)
		return -EPIPE;
	if (!stream->out_len)
		n = write_some(stream, data, len);
	int r = n < 0 ? (int)n : 0;
	if (!r && (size_t)n < len)
		r = enqueue(stream, data, len, (size_t)n);
	if (r < 0)
		ph_stream_close(stream, r);
	return r;
}

/* Hands one complete line over; `line` is writable and has room for the NUL. */
static void deliver(struct ph_stream *stream, char *line, size_t len)
{
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (len)
		stream->ops->line(stream, line, len);
}

static int keep(struct ph_stream *stream, const char *data, size_t len)
{
	if (stream->in_len + len > stream->limits.line)
		return -EMSGSIZE;
	if (stream->in_len + len + 1 > stream->in_size) {
		size_t size = stream->in_size ? stream->in_size : 1024;
		while (size < stream->in_len + len + 1)
			size *= 2;
		char *in = realloc(stream->in, size);
		if (!in)
			return -ENOMEM;
		stream->in = in;
		stream->in_size = size;
	}
	memcpy(stream->in + stream->in_len, data, len);
	stream->in_len += len;
	return 0;
}

/* Completes the kept start of a line with `len` bytes and delivers it. */
static int deliver_kept(struct ph_stream *stream, const char *data, size_t len)
{
	int r = keep(stream, data, len);
	if (r < 0)
		return r;
	PH_CLEANUP_FREE char *line = PH_STEAL(stream->in);
	size_t line_len = stream->in_len;
	stream->in_len = stream->in_size = 0;
	deliver(stream, line, line_len);
	return 0;
}

static int take(struct ph_stream *stream, char *data, size_t len)
{
	while (len && !stream->closing) {
		char *lf = memchr(data, '\n', len);
		if (!lf)
			return keep(stream, data, len);
		size_t line_len = (size_t)(lf - data);
		if (stream->in_len) {
			int r = deliver_kept(stream, data, line_len);
			if (r < 0)
				return r;
		} else if (line_len > stream->limits.line) {
			return -EMSGSIZE;
		} else {
			deliver(stream, data, line_len);
		}
		data += line_len + 1;
		len -= line_len + 1;
	}
	return 0;
}

void ph_stream_drain(struct ph_stream *stream)
{
	for (int i = 0; i < DRAIN_READS && stream->open && !stream->closing; i++) {
		ssize_t n = read(stream->fd, read_buffer, READ_SIZE);
		if (n <= 0 || take(stream, read_buffer, (size_t)n) < 0)
			return;
	}
}

static void on_end_of_file(struct ph_stream *stream, int error, uint32_t revents)
{
	if (error || stream->half_closed || (revents & (EPOLLHUP | EPOLLERR)) ||
		!stream->ops->eof || !stream->ops->eof(stream)) {
		ph_stream_close(stream, error);
		return;
	}
	stream->half_closed = true;
	set_events(stream, stream->write_wanted ? EPOLLOUT : 0);
}

static void serve(struct ph_stream *stream, uint32_t revents)
{
	int r = 0;

	if (revents & EPOLLOUT)
		r = flush_queue(stream);
	if (!r && (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
		ssize_t n = read(stream->fd, read_buffer, READ_SIZE);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			on_end_of_file(stream, n < 0 ? -errno : 0, revents);
			return;
		}
		r = take(stream, read_buffer, (size_t)n);
		if (r == -EMSGSIZE && stream->ops->oversized)
			stream->ops->oversized(stream);
	}
	if (r < 0)
		ph_stream_close(stream, r);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	serve(userdata, revents);
	return 0;
}

static void on_item(struct ph_poll_item *item, uint32_t revents)
{
	serve(PH_CONTAINER_OF(item, struct ph_stream, item), revents);
}

static int on_out(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_stream *stream = userdata;
	int r = flush_queue(stream);

	if (r < 0)
		ph_stream_close(stream, r);
	return 0;
}

static int set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int ph_stream_init(struct ph_stream *stream, sd_event *event, int fd, int fd_out,
	const struct ph_stream_ops *ops, const struct ph_stream_limits *limits)
{
	*stream = (struct ph_stream){.ops = ops,
		.limits = *limits,
		.event = event,
		.fd = fd,
		.fd_out = fd_out,
		.open = true};
	int r = set_nonblock(fd);
	if (r >= 0 && fd_out >= 0)
		r = set_nonblock(fd_out);
	if (r >= 0)
		r = sd_event_add_io(event, &stream->io, fd, EPOLLIN, on_io, stream);
	if (r >= 0 && fd_out >= 0) {
		r = sd_event_add_io(event, &stream->io_out, fd_out, EPOLLOUT, on_out, stream);
		if (r >= 0)
			r = sd_event_source_set_enabled(stream->io_out, SD_EVENT_OFF);
	}
	if (r < 0) {
		sd_event_source_disable_unref(stream->io);
		sd_event_source_disable_unref(stream->io_out);
		*stream = (struct ph_stream){.fd = -1, .fd_out = -1};
	}
	return r < 0 ? r : 0;
}

int ph_stream_init_in(struct ph_stream *stream, struct ph_poll_set *set, int fd,
	const struct ph_stream_ops *ops, const struct ph_stream_limits *limits)
{
	*stream = (struct ph_stream){.ops = ops,
		.limits = *limits,
		.event = ph_poll_set_event(set),
		.set = set,
		.item = {.fd = fd, .ready = on_item},
		.fd = fd,
		.fd_out = -1,
		.open = true};
	int r = set_nonblock(fd);
	if (r >= 0)
		r = ph_poll_set_add(set, &stream->item, EPOLLIN);
	if (r < 0)
		*stream = (struct ph_stream){.fd = -1, .fd_out = -1};
	return r;
}

void ph_stream_done(struct ph_stream *stream)
{
	if (stream->open && stream->set)
		ph_poll_set_remove(stream->set, &stream->item);
	bool open = stream->open || stream->closing;

	stream->io = sd_event_source_disable_unref(stream->io);
	stream->io_out = sd_event_source_disable_unref(stream->io_out);
	stream->ending = sd_event_source_disable_unref(stream->ending);
	if (open && stream->fd >= 0)
		close(stream->fd);
	if (open && stream->fd_out >= 0)
		close(stream->fd_out);
	free(stream->in);
	free(stream->out);
	*stream = (struct ph_stream){.fd = -1, .fd_out = -1};
}
