/*
 * What a disk may hold after a power cut: replays a log recorded by faultio.c up to a point. Flushed writes are
 * there, of the others any subset (chosen by a seed), whole or torn at a multiple of 512 bytes.
 * Creating a file counts as durable: directories are not modelled.
 */
#ifndef PH_TESTS_POWERCUT_H
#define PH_TESTS_POWERCUT_H

#include <stddef.h>
#include <stdint.h>

#define POWERCUT_MAGIC 0x50435554u

enum powercut_kind { POWERCUT_WRITE, POWERCUT_TRUNCATE, POWERCUT_SYNC, POWERCUT_UNLINK };

/* In the log, followed by path_len bytes of path and for a write by len bytes of data. */
struct powercut_record {
	uint32_t magic, kind, path_len, len;
	int64_t offset; /* of a write; the new size of a truncation */
};

struct powercut;

/* Reads a log. NULL when it cannot be read or is damaged; an incomplete last record is ignored. */
struct powercut *powercut_load(const char *log_path);
void powercut_free(struct powercut *cut);
size_t powercut_count(const struct powercut *cut);

/* Record n, from 0; path and data are not NUL-terminated and live as long as the log. */
struct powercut_record powercut_get(
	const struct powercut *cut, size_t n, const char **ret_path, const void **ret_data);

/* Writes to files with this in their name, of the first n records. */
size_t powercut_writes(const struct powercut *cut, size_t n, const char *name);

/*
 * Writes into the folder out (which holds what was there when the record began, or nothing) the state after
 * the first n records and a power cut. Files keep their last path component. Seed 0: every write that was not
 * flushed is lost; other seeds: any of them. 0 or -1.
 */
int powercut_apply(const struct powercut *cut, size_t n, uint32_t seed, const char *out);

#endif
