/* Reads members of a JSON object and says by their path what is wrong; which members there are is the caller's. */
#ifndef PH_ACQUIRER_READER_H
#define PH_ACQUIRER_READER_H

#include "acquirer/record.h"

#include <cjson/cJSON.h>

struct ph_reader {
	const cJSON *object;
	const char *in; /* path of the object in messages, with a dot behind; "": the whole */
	char *why;	/* PH_RECORD_WHY_SIZE; may be NULL, and nothing is said */
};

/* Says "$.member: what". Always -EINVAL, as all below where they fail. */
int ph_reader_wrong(const struct ph_reader *reader, const char *member, const char *what);
const cJSON *ph_reader_get(const struct ph_reader *reader, const char *name);
/* Every member is one of `names` (NULL at the end) and there once. */
int ph_reader_known_members(const struct ph_reader *reader, const char *const *names);
int ph_reader_number(
	const struct ph_reader *reader, const char *name, uint64_t max, uint64_t *ret_number);
/* Exactly `len` characters and a NUL; digits only unless `any`. */
int ph_reader_text(
	const struct ph_reader *reader, const char *name, char *out, size_t len, bool any);
int ph_reader_id(const struct ph_reader *reader, const char *name, char out[PH_NAME_MAX + 1]);
/* The index of a word in a list with NULL at its end. */
int ph_reader_word(const struct ph_reader *reader, const char *name, const char *const *words);
/* Base64 of `max` bytes at most, 0 where it is absent; `out` has room for two more. */
int ph_reader_bytes(const struct ph_reader *reader, const char *name, uint8_t *out, size_t max,
	size_t *ret_len);
/* False where it is absent. */
int ph_reader_flag(const struct ph_reader *reader, const char *name, bool *ret_flag);
/* The member `currency`. */
int ph_reader_currency(const struct ph_reader *outer, char code[4], unsigned *ret_number);
/* The member `timeout_ms`: 1 to 120000, 0 where it is absent. */
int ph_reader_timeout(const struct ph_reader *reader, unsigned *ret_ms);
/* The member `tid`, one to eight characters; "" where it is absent. */
int ph_reader_tid(const struct ph_reader *reader, char out[9]);

#endif
