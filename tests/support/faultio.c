/*
 * Makes file and socket calls fail, wait, end short or kill the process, and counts them. A test tool: preloaded
 * (LD_PRELOAD=faultio.so) and controlled by the environment, or linked into a test and controlled by faultio.h.
 *
 * FAULTIO holds rules, separated by ';'. A rule is a function and fields, separated by ':'
 *
 *   fdatasync:delay=4000us          every call takes 4 ms longer (units us, ms, s)
 *   fdatasync:17:kill               SIGKILL to this process instead of the 17th call
 *   fdatasync:17:kill-after         SIGKILL after the 17th call was made
 *   pwrite:5:errno=ENOSPC           the 5th call fails; 5+ for every one from the 5th on
 *   pwrite:3:short=100              the 3rd call writes 100 bytes and says so
 *   fdatasync:1:gate                waits until the test calls faultio_open_gate(), for tests that link this
 *   sync:gate:while=/tmp/x          waits until the file is gone
 *   sync:skip                       says that it was done, for tests that would wait for the disk
 *   pwrite:3:short=100:kill-after   ... and the process is killed: a torn write
 *   fdatasync:errno=EIO:path=.db    only files whose path contains the text
 *   pwrite:errno=ENOSPC:ends=.db    ... or ends with it
 *   send:2+:errno=EPIPE:fd=3        only this descriptor
 *   write:kill:comm=poshald         only in processes of this name (they inherit the variables)
 *   pwrite:errno=EIO:while=/tmp/x   only while the file is there
 *   send:4:kill:once=/tmp/x         only if the file is not there yet; it is created: once for all processes
 *
 * Functions: fsync, fdatasync, write, writev, pwrite, pwritev, send, sendto, sendmsg, ftruncate, unlink; "sync"
 * is fsync and fdatasync, "out" all that send or write data. Numbers count the calls of this process that the
 * rule's filters let through. "skip" is for fsync and fdatasync. For unlink, path is its argument.
 *
 * FAULTIO_COUNT names a file that holds the number of calls of each function, readable at any time and after
 * SIGKILL; "%p" in the name becomes the process id, else all processes add to one file. It is an array of
 * {char name[24]; uint64_t calls;} in the machine's byte order, in the order of the list above:
 *   for name, calls in struct.iter_unpack("24sQ", open(path, "rb").read()): ...
 *
 * FAULTIO_RECORD names a log of all writes, truncations, flushes and removals of files whose path contains
 * FAULTIO_RECORD_PATH; powercut.c makes of it what a disk may hold after a power cut.
 *
 * mmap'ed writes, io_uring and calls that a library makes by syscall(2) are not seen.
 */
#include "tests/support/faultio.h"

#include "tests/support/powercut.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum function {
	F_FSYNC,
	F_FDATASYNC,
	F_WRITE,
	F_WRITEV,
	F_PWRITE,
	F_PWRITEV,
	F_SEND,
	F_SENDTO,
	F_SENDMSG,
	F_FTRUNCATE,
	F_UNLINK,
	F_COUNT_
};

static const char *const function_names[F_COUNT_] = {"fsync", "fdatasync", "write", "writev",
	"pwrite", "pwritev", "send", "sendto", "sendmsg", "ftruncate", "unlink"};

#define BIT(f)	  (1u << (f))
#define SYNC_BITS (BIT(F_FSYNC) | BIT(F_FDATASYNC))
#define OUT_BITS                                                                                   \
	(BIT(F_WRITE) | BIT(F_WRITEV) | BIT(F_PWRITE) | BIT(F_PWRITEV) | BIT(F_SEND) |             \
		BIT(F_SENDTO) | BIT(F_SENDMSG))

struct counter {
	char name[24];
	_Atomic uint64_t calls;
};
_Static_assert(sizeof(struct counter) == 32, "documented");

struct rule {
	unsigned int functions; /* bits */
	uint64_t nth;		/* 0: every call */
	int onwards;
	int kill, kill_after, error, skip, gate;
	long short_bytes; /* -1: none */
	uint64_t delay_ns;
	int fd;	    /* -1: any */
	int at_end; /* the path ends with the text */
	char path[128];
	char once[128], while_there[128];
	_Atomic uint64_t seen;
};

#define RULES_MAX 16
static struct rule rules[RULES_MAX];
static _Atomic int rule_count;
static struct counter own_counters[F_COUNT_];
static struct counter *counters = own_counters;
static _Atomic int record_fd = -1;
static char record_filter[128];
static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_opened = PTHREAD_COND_INITIALIZER;
static unsigned configured, opened; /* the gates of which configuration are open */

/* ---- rules ---- */

static const struct {
	const char *name;
	int value;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EPIPE", EPIPE}, {"EDQUOT", EDQUOT},
	{"EROFS", EROFS}, {"EAGAIN", EAGAIN}, {"EINTR", EINTR}, {"ECONNRESET", ECONNRESET},
	{"ENODEV", ENODEV}, {"ENOBUFS", ENOBUFS}, {"EFBIG", EFBIG}};

static int error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].value;
	return atoi(name);
}

static uint64_t duration_ns(const char *text)
{
	char *unit;
	uint64_t value = strtoull(text, &unit, 10);

	if (!strcmp(unit, "s"))
		return value * 1000000000;
	return value * (!strcmp(unit, "ms") ? 1000000 : 1000);
}

static unsigned int function_bits(const char *name)
{
	if (!strcmp(name, "sync"))
		return SYNC_BITS;
	if (!strcmp(name, "out"))
		return OUT_BITS;
	for (int i = 0; i < F_COUNT_; i++)
		if (!strcmp(function_names[i], name))
			return BIT(i);
	return 0;
}

static int parse_field(struct rule *rule, const char *field)
{
	char *end;

	if (!strcmp(field, "kill"))
		rule->kill = 1;
	else if (!strcmp(field, "kill-after"))
		rule->kill_after = 1;
	else if (!strcmp(field, "skip"))
		rule->skip = 1;
	else if (!strcmp(field, "gate"))
		rule->gate = 1;
	else if (!strncmp(field, "errno=", 6))
		rule->error = error_number(field + 6);
	else if (!strncmp(field, "delay=", 6))
		rule->delay_ns = duration_ns(field + 6);
	else if (!strncmp(field, "short=", 6))
		rule->short_bytes = atol(field + 6);
	else if (!strncmp(field, "ends=", 5)) {
		snprintf(rule->path, sizeof(rule->path), "%s", field + 5);
		rule->at_end = 1;
	} else if (!strncmp(field, "path=", 5))
		snprintf(rule->path, sizeof(rule->path), "%s", field + 5);
	else if (!strncmp(field, "once=", 5))
		snprintf(rule->once, sizeof(rule->once), "%s", field + 5);
	else if (!strncmp(field, "while=", 6))
		snprintf(rule->while_there, sizeof(rule->while_there), "%s", field + 6);
	else if (!strncmp(field, "fd=", 3))
		rule->fd = atoi(field + 3);
	else if (!strncmp(field, "comm=", 5))
		rule->functions =
			strcmp(program_invocation_short_name, field + 5) ? 0 : rule->functions;
	else {
		rule->nth = strtoull(field, &end, 10);
		rule->onwards = *end == '+';
		return rule->nth > 0 && !end[rule->onwards] ? 0 : -1;
	}
	return 0;
}

static int parse_rule(struct rule *rule, char *text)
{
	char *next, *field = strtok_r(text, ":", &next);

	*rule = (struct rule){.short_bytes = -1, .fd = -1};
	rule->functions = field ? function_bits(field) : 0;
	if (!rule->functions)
		return -1;
	while ((field = strtok_r(NULL, ":", &next)))
		if (parse_field(rule, field) < 0)
			return -1;
	return 0;
}

int faultio_configure(const char *text)
{
	char copy[1024], *next, *rule;
	int count = 0;

	atomic_store(&rule_count, 0);
	pthread_mutex_lock(&gate_lock);
	configured++; /* who waits at a gate of before goes on */
	pthread_cond_broadcast(&gate_opened);
	pthread_mutex_unlock(&gate_lock);
	snprintf(copy, sizeof(copy), "%s", text ? text : "");
	for (rule = strtok_r(copy, ";", &next); rule; rule = strtok_r(NULL, ";", &next))
		if (count == RULES_MAX || parse_rule(&rules[count++], rule) < 0)
			return -1;
	atomic_store(&rule_count, count);
	return 0;
}

void faultio_open_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	opened = configured;
	pthread_cond_broadcast(&gate_opened);
	pthread_mutex_unlock(&gate_lock);
}

uint64_t faultio_count(const char *function)
{
	unsigned int bits = function_bits(function);
	uint64_t sum = 0;

	for (int i = 0; i < F_COUNT_; i++)
		if (bits & BIT(i))
			sum += atomic_load(&counters[i].calls);
	return sum;
}

/* ---- one call ---- */

/* A call about to be made; path is NULL until somebody asks for it. */
struct call {
	enum function function;
	int fd;
	const char *path;
	char path_buffer[PATH_MAX];
};

static const char *path_of(struct call *call)
{
	char link[40];
	ssize_t len;

	if (call->path)
		return call->path;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", call->fd);
	len = readlink(link, call->path_buffer, sizeof(call->path_buffer) - 1);
	call->path_buffer[len > 0 ? len : 0] = '\0';
	return call->path = call->path_buffer;
}

static int path_matches(const struct rule *rule, const char *path)
{
	size_t len = strlen(path), part = strlen(rule->path);

	if (rule->at_end)
		return len >= part && !strcmp(path + len - part, rule->path);
	return strstr(path, rule->path) != NULL;
}

/* Whether the rule may act: always, or for the process that creates its file. */
static int is_due(const struct rule *rule)
{
	int fd;

	if (!*rule->once)
		return 1;
	fd = open(rule->once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int matches(struct rule *rule, struct call *call)
{
	uint64_t number;

	if (!(rule->functions & BIT(call->function)) ||
		(*rule->while_there && access(rule->while_there, F_OK) < 0) ||
		(rule->fd >= 0 && rule->fd != call->fd) ||
		(*rule->path && !path_matches(rule, path_of(call))))
		return 0;
	number = atomic_fetch_add(&rule->seen, 1) + 1;
	return (!rule->nth || number == rule->nth || (rule->onwards && number > rule->nth)) &&
	       is_due(rule);
}

struct plan {
	int error, kill_after, skip;
	long short_bytes;
};

static void wait_at_gate(const struct rule *rule)
{
	const struct timespec look = {.tv_nsec = 1000000};

	if (*rule->while_there) {
		while (access(rule->while_there, F_OK) == 0)
			nanosleep(&look, NULL);
		return;
	}
	pthread_mutex_lock(&gate_lock);
	unsigned mine = configured;
	while (configured == mine && opened != mine)
		pthread_cond_wait(&gate_opened, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

static void die(void)
{
	syscall(SYS_kill, getpid(), SIGKILL);
}

/* Counts the call and does what the rules want done before it. */
static struct plan before(struct call *call)
{
	struct plan plan = {.short_bytes = -1};
	int count = atomic_load(&rule_count);

	atomic_fetch_add(&counters[call->function].calls, 1);
	for (int i = 0; i < count; i++) {
		struct timespec delay = {.tv_sec = (time_t)(rules[i].delay_ns / 1000000000),
			.tv_nsec = (long)(rules[i].delay_ns % 1000000000)};

		if (!matches(&rules[i], call))
			continue;
		if (rules[i].delay_ns)
			nanosleep(&delay, NULL);
		if (rules[i].gate)
			wait_at_gate(&rules[i]);
		if (rules[i].kill)
			die();
		plan.error = rules[i].error;
		plan.short_bytes = rules[i].short_bytes;
		plan.skip |= rules[i].skip;
		plan.kill_after |= rules[i].kill_after;
	}
	return plan;
}

static long after(const struct plan *plan, long result)
{
	if (plan->kill_after)
		die();
	return result;
}

static size_t allowed(const struct plan *plan, size_t len)
{
	return plan->short_bytes >= 0 && (size_t)plan->short_bytes < len ? (size_t)plan->short_bytes
									 : len;
}

/* ---- the record ---- */

static void record(
	struct call *call, enum powercut_kind kind, int64_t offset, const void *data, size_t len)
{
	struct powercut_record head = {.magic = POWERCUT_MAGIC,
		.kind = (uint32_t)kind,
		.len = (uint32_t)len,
		.offset = offset};
	struct iovec parts[3];
	int fd = atomic_load(&record_fd);

	if (fd < 0 || !strstr(path_of(call), record_filter))
		return;
	head.path_len = (uint32_t)strlen(path_of(call));
	parts[0] = (struct iovec){&head, sizeof(head)};
	parts[1] = (struct iovec){(char *)path_of(call), head.path_len};
	parts[2] = (struct iovec){(void *)(uintptr_t)data, data ? len : 0};
	pthread_mutex_lock(&record_lock);
	if (syscall(SYS_writev, fd, parts, 3) < 0)
		abort();
	pthread_mutex_unlock(&record_lock);
}

/* Where a write() or writev() that wrote len bytes began. */
static int64_t begin_of(int fd, long len)
{
	off_t at = atomic_load(&record_fd) < 0 ? -1 : lseek(fd, 0, SEEK_CUR);

	return at < 0 ? 0 : at - len;
}

int faultio_record(const char *log_path, const char *path_filter)
{
	int old = atomic_exchange(&record_fd, -1), fd;

	if (old >= 0)
		close(old);
	if (!log_path)
		return 0;
	snprintf(record_filter, sizeof(record_filter), "%s", path_filter ? path_filter : "");
	fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	atomic_store(&record_fd, fd);
	return fd < 0 ? -1 : 0;
}

/* ---- start ---- */

static void map_counters(const char *name)
{
	char path[PATH_MAX], *mark;
	void *map;
	int fd;

	snprintf(path, sizeof(path), "%s", name);
	mark = strstr(path, "%p");
	if (mark)
		snprintf(mark, sizeof(path) - (size_t)(mark - path), "%d%s", getpid(),
			strstr(name, "%p") + 2);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof(own_counters)) < 0)
		return;
	map = mmap(NULL, sizeof(own_counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		counters = map;
}

__attribute__((constructor)) static void start(void)
{
	const char *count = getenv("FAULTIO_COUNT");

	if (count)
		map_counters(count);
	for (int i = 0; i < F_COUNT_; i++)
		strcpy(counters[i].name, function_names[i]);
	if (faultio_configure(getenv("FAULTIO")) < 0) {
		fprintf(stderr, "faultio: cannot read the rules in FAULTIO\n");
		_exit(99);
	}
	if (getenv("FAULTIO_RECORD") &&
		faultio_record(getenv("FAULTIO_RECORD"), getenv("FAULTIO_RECORD_PATH")) < 0)
		_exit(99);
}

/* ---- the calls ---- */

/* Returns from the function when a rule says that it fails. */
#define BEGIN(call, plan, ...)                                                                     \
	struct call call = {__VA_ARGS__};                                                          \
	struct plan plan = before(&call);                                                          \
	if (plan.error) {                                                                          \
		errno = plan.error;                                                                \
		return (int)after(&plan, -1);                                                      \
	}

static int do_sync(enum function function, long number, int fd)
{
	BEGIN(call, plan, .function = function, .fd = fd)
	long r = plan.skip ? 0 : syscall(number, fd);

	if (r == 0)
		record(&call, POWERCUT_SYNC, 0, NULL, 0);
	return (int)after(&plan, r);
}

int fsync(int fd)
{
	return do_sync(F_FSYNC, SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return do_sync(F_FDATASYNC, SYS_fdatasync, fd);
}

ssize_t write(int fd, const void *data, size_t len)
{
	BEGIN(call, plan, .function = F_WRITE, .fd = fd)
	long r = syscall(SYS_write, fd, data, allowed(&plan, len));

	if (r > 0)
		record(&call, POWERCUT_WRITE, begin_of(fd, r), data, (size_t)r);
	return after(&plan, r);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	BEGIN(call, plan, .function = F_PWRITE, .fd = fd)
	long r = syscall(SYS_pwrite64, fd, data, allowed(&plan, len), offset);

	if (r > 0)
		record(&call, POWERCUT_WRITE, offset, data, (size_t)r);
	return after(&plan, r);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return pwrite64(fd, data, len, offset);
}

static void record_parts(struct call *call, int64_t offset, const struct iovec *parts, long len)
{
	for (; len > 0; parts++) {
		size_t part = parts->iov_len < (size_t)len ? parts->iov_len : (size_t)len;

		record(call, POWERCUT_WRITE, offset, parts->iov_base, part);
		offset += (int64_t)part;
		len -= (long)part;
	}
}

/* A short one writes no more than the first part. */
static struct iovec first_part(const struct plan *plan, const struct iovec *parts, int *count)
{
	struct iovec first = *count > 0 ? parts[0] : (struct iovec){NULL, 0};

	if (plan->short_bytes >= 0 && *count > 1)
		*count = 1;
	first.iov_len = allowed(plan, first.iov_len);
	return first;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	BEGIN(call, plan, .function = F_WRITEV, .fd = fd)
	struct iovec first = first_part(&plan, parts, &count);
	long r = syscall(SYS_writev, fd, count == 1 ? &first : parts, count);

	if (r > 0)
		record_parts(&call, begin_of(fd, r), parts, r);
	return after(&plan, r);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset)
{
	BEGIN(call, plan, .function = F_PWRITEV, .fd = fd)
	struct iovec first = first_part(&plan, parts, &count);
	/* the kernel takes the offset in two words; on 64-bit machines the first holds it all */
	long r = syscall(SYS_pwritev, fd, count == 1 ? &first : parts, count, (long)offset,
		(long)((uint64_t)offset >> 32));

	if (r > 0)
		record_parts(&call, offset, parts, r);
	return after(&plan, r);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev64(fd, parts, count, offset);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	BEGIN(call, plan, .function = F_SEND, .fd = fd)
	return after(&plan, syscall(SYS_sendto, fd, data, allowed(&plan, len), flags, NULL, 0));
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	socklen_t to_len)
{
	BEGIN(call, plan, .function = F_SENDTO, .fd = fd)
	return after(&plan, syscall(SYS_sendto, fd, data, allowed(&plan, len), flags, to, to_len));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	BEGIN(call, plan, .function = F_SENDMSG, .fd = fd)
	struct msghdr copy = *message;
	int count = (int)message->msg_iovlen;
	struct iovec first = first_part(&plan, message->msg_iov, &count);

	if (count == 1)
		copy.msg_iov = &first;
	copy.msg_iovlen = (size_t)count;
	return after(&plan, syscall(SYS_sendmsg, fd, &copy, flags));
}

int ftruncate64(int fd, off64_t size)
{
	BEGIN(call, plan, .function = F_FTRUNCATE, .fd = fd)
	long r = syscall(SYS_ftruncate, fd, size);

	if (r == 0)
		record(&call, POWERCUT_TRUNCATE, size, NULL, 0);
	return (int)after(&plan, r);
}

int ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int unlink(const char *path)
{
	BEGIN(call, plan, .function = F_UNLINK, .fd = -1, .path = path)
	long r = syscall(SYS_unlinkat, AT_FDCWD, path, 0);

	if (r == 0)
		record(&call, POWERCUT_UNLINK, 0, NULL, 0);
	return (int)after(&plan, r);
}
