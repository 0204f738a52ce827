// Replays a log of writes as a disk may hold them after a power cut; recording them is faultio.c's part.
#include "tests/support/powercut.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct powercut {
	char *log;
	size_t count;
	size_t *at; /* offset of each record in the log */
};

static struct powercut_record head_at(const char *at)
{
	struct powercut_record head;

	memcpy(&head, at, sizeof(head));
	return head;
}

static size_t size_of(const struct powercut_record *head)
{
	return sizeof(*head) + head->path_len + (head->kind == POWERCUT_WRITE ? head->len : 0);
}

static char *read_all(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && (data = malloc((size_t)st.st_size + 1)) &&
		read(fd, data, (size_t)st.st_size) == st.st_size)
		*ret_size = (size_t)st.st_size;
	close(fd);
	return data;
}

struct powercut *powercut_load(const char *log_path)
{
	struct powercut *cut = calloc(1, sizeof(*cut));
	size_t size = 0, at = 0;

	if (!cut || !(cut->log = read_all(log_path, &size)))
		goto bad;
	cut->at = calloc(size / sizeof(struct powercut_record) + 1, sizeof(*cut->at));
	if (!cut->at)
		goto bad;
	while (size - at >= sizeof(struct powercut_record)) {
		struct powercut_record head = head_at(cut->log + at);

		if (head.magic != POWERCUT_MAGIC)
			goto bad;
		if (size_of(&head) > size - at)
			break;
		cut->at[cut->count++] = at;
		at += size_of(&head);
	}
	return cut;
bad:
	powercut_free(cut);
	return NULL;
}

void powercut_free(struct powercut *cut)
{
	if (!cut)
		return;
	free(cut->at);
	free(cut->log);
	free(cut);
}

size_t powercut_count(const struct powercut *cut)
{
	return cut->count;
}

struct powercut_record powercut_get(
	const struct powercut *cut, size_t n, const char **ret_path, const void **ret_data)
{
	const char *at = cut->log + cut->at[n];
	struct powercut_record head = head_at(at);

	*ret_path = at + sizeof(head);
	*ret_data = at + sizeof(head) + head.path_len;
	return head;
}

static int same_file(const struct powercut *cut, size_t a, size_t b)
{
	const char *path_a, *path_b;
	const void *data;
	struct powercut_record ra = powercut_get(cut, a, &path_a, &data);
	struct powercut_record rb = powercut_get(cut, b, &path_b, &data);

	return ra.path_len == rb.path_len && !memcmp(path_a, path_b, ra.path_len);
}

/* 1 when a flush of the same file follows before record n. */
static int flushed(const struct powercut *cut, size_t record, size_t n)
{
	for (size_t i = record + 1; i < n; i++)
		if (head_at(cut->log + cut->at[i]).kind == POWERCUT_SYNC &&
			same_file(cut, record, i))
			return 1;
	return 0;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bytes of an unflushed write that reached the disk. */
static size_t surviving(uint32_t *state, size_t len)
{
	uint32_t chance = next_random(state) % 4;

	if (chance == 0)
		return len;
	return chance == 1 ? len / 2 / 512 * 512 : 0;
}

static int apply_one(const struct powercut *cut, size_t n, size_t len, const char *out)
{
	const char *path;
	const void *data;
	struct powercut_record head = powercut_get(cut, n, &path, &data);
	const char *slash = memrchr(path, '/', head.path_len);
	int name_len = (int)(slash ? (size_t)(path + head.path_len - slash - 1) : head.path_len);
	char name[PATH_MAX];
	int fd, r = 0;

	snprintf(name, sizeof(name), "%s/%.*s", out, name_len, slash ? slash + 1 : path);
	if (head.kind == POWERCUT_UNLINK)
		return unlink(name) < 0 ? -1 : 0;
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (head.kind == POWERCUT_TRUNCATE)
		r = ftruncate(fd, head.offset);
	else if (head.kind == POWERCUT_WRITE && pwrite(fd, data, len, head.offset) != (ssize_t)len)
		r = -1;
	close(fd);
	return r;
}

size_t powercut_writes(const struct powercut *cut, size_t n, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const char *path;
		const void *data;
		struct powercut_record head = powercut_get(cut, i, &path, &data);

		count += head.kind == POWERCUT_WRITE &&
			 memmem(path, head.path_len, name, strlen(name));
	}
	return count;
}

int powercut_apply(const struct powercut *cut, size_t n, uint32_t seed, const char *out)
{
	uint32_t state = seed;

	for (size_t i = 0; i < n; i++) {
		struct powercut_record head = head_at(cut->log + cut->at[i]);
		size_t len = head.len;

		if (head.kind == POWERCUT_WRITE && !flushed(cut, i, n))
			len = seed ? surviving(&state, head.len) : 0;
		if (head.kind == POWERCUT_SYNC || (head.kind == POWERCUT_WRITE && len == 0))
			continue;
		if (apply_one(cut, i, len, out) < 0)
			return -1;
	}
	return 0;
}
