// poshal-render: draws what printers cannot. The command line, the carrier of the lines, and leaving when idle; requests are
// answered in server.c.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/stream.h"
#include "render/limits.h"
#include "render/sandbox.h"
#include "render/server.h"

#define IDLE_S_DEFAULT 30
#define IDLE_S_MAX     86400
#define CPU_S_MAX      600

struct program {
	struct ph_server server;
	struct ph_stream stream;
	sd_event *event;
	sd_event_source *idle;
	uint64_t idle_us;
	unsigned cpu_s;
	int out; // descriptor of answers
};

static struct program program;

struct arguments {
	int fd; // -1: standard input and output
	unsigned long idle_s, cpu_s;
};

static const char help[] =
	"Usage: poshal-render [--fd N] [--idle-s SECONDS] [--cpu-s SECONDS]\n"
	"\n"
	"Draws text in any script, images, symbols and previews for poshald, as "
	"docs/render-protocol.md\n"
	"says. Touches no device, no network and no file but fonts.\n"
	"\n"
	"  --fd N           descriptor of the socket to poshald; without it, standard input and\n"
	"                   output are used, for a person at a terminal\n"
	"  --idle-s SECONDS ends after that long without a request; 30 unless given\n"
	"  --cpu-s SECONDS  answers a request that needs more processor time with an error, and "
	"ends;\n"
	"                   8 unless given\n"
	"  --help | --version\n";

static int parse_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	const unsigned long value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int parse_arguments(int argc, char **argv, struct arguments *args)
{
	static const struct option longs[] = {{"fd", required_argument, NULL, 'f'},
		{"idle-s", required_argument, NULL, 'i'}, {"cpu-s", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	unsigned long number;

	*args = (struct arguments){.fd = -1, .idle_s = IDLE_S_DEFAULT, .cpu_s = PH_DRAW_CPU_S};
	for (int c; (c = getopt_long(argc, argv, "hV", longs, NULL)) >= 0;) {
		if (c == 'f' && parse_number(optarg, 1023, &number) == 0)
			args->fd = (int)number;
		else if (c == 'i' && parse_number(optarg, IDLE_S_MAX, &number) == 0 && number)
			args->idle_s = number;
		else if (c == 'c' && parse_number(optarg, CPU_S_MAX, &number) == 0 && number)
			args->cpu_s = number;
		else
			return c == 'h' || c == 'V' ? c : -EINVAL;
	}
	return optind < argc ? -EINVAL : 0;
}

// The request has had its time: the answer is ready in the server, and nothing else is safe to do here.
static void on_cpu_time(int signal)
{
	const char *answer = program.server.late;
	const ssize_t written = answer ? write(program.out, answer, program.server.late_len) : 0;

	_exit(written > 0 ? 0 : 1);
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf answer = PH_BUF_INIT;

	ph_sandbox_cpu(program.cpu_s);
	const int r = ph_server_answer(&program.server, line, len, &answer);
	ph_sandbox_cpu(0);
	if (r < 0)
		ph_stream_close(stream, r);
	else
		ph_stream_send(stream, answer.data, answer.len);
	sd_event_source_set_time_relative(program.idle, program.idle_us);
}

static void on_closed(struct ph_stream *stream, int error)
{
	sd_event_exit(program.event, error ? 1 : 0);
}

static bool on_eof(struct ph_stream *stream)
{
	return ph_stream_queued(stream) > 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	return sd_event_exit(program.event, 0);
}

static int start(const struct arguments *args)
{
	static const struct ph_stream_ops ops = {
		.line = on_line, .closed = on_closed, .eof = on_eof};
	static const struct ph_stream_limits limits = {
		.line = PH_DRAW_LINE_MAX,
		.queue_bytes = PH_DRAW_ANSWER_MAX * 2,
		.queue_lines = PH_DRAW_QUEUE,
	};
	const bool by_hand = args->fd < 0;

	program.idle_us = args->idle_s * 1000000ull;
	program.cpu_s = (unsigned)args->cpu_s;
	program.out = by_hand ? STDOUT_FILENO : args->fd;
	int r = sd_event_new(&program.event);
	if (r >= 0)
		r = sd_event_add_time_relative(program.event, &program.idle, CLOCK_MONOTONIC,
			program.idle_us, 0, on_idle, NULL);
	if (r >= 0)
		r = ph_stream_init(&program.stream, program.event,
			by_hand ? STDIN_FILENO : args->fd, by_hand ? STDOUT_FILENO : -1, &ops,
			&limits);
	return r < 0 ? r : 0;
}

// The kernel ends this process with its parent; the check closes the gap in which the parent died before the call.
static bool bind_to_parent(void)
{
	const pid_t parent = getppid();

	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

static int serve(const struct arguments *args)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGPROF, on_cpu_time);
	// one arena, and freed memory goes back
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	if (args->fd >= 0) {
		if (!bind_to_parent())
			return 1;
		fcntl(args->fd, F_SETFD, FD_CLOEXEC);
	}
	int r = ph_sandbox_enter();
	if (r >= 0)
		r = start(args);
	if (r < 0) {
		fprintf(stderr, "poshal-render: cannot start: %s\n", strerror(-r));
		return 1;
	}
	r = sd_event_loop(program.event);
	ph_stream_done(&program.stream);
	ph_server_done(&program.server);
	sd_event_source_unref(program.idle);
	sd_event_unref(program.event);
	return r ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct arguments args;
	const int r = parse_arguments(argc, argv, &args);

	if (r == 'h')
		return fputs(help, stdout) < 0 ? 1 : 0;
	if (r == 'V')
		return printf("poshal-render %s\n", POSHAL_VERSION) < 0 ? 1 : 0;
	if (r < 0) {
		fputs(help, stderr);
		return 2;
	}
	return serve(&args);
}
