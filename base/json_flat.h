/*
 * A reader of small flat JSON objects that allocates nothing: for the one message whose way is measured in
 * microseconds. Everything else goes through cJSON.
 */
#ifndef PH_BASE_JSON_FLAT_H
#define PH_BASE_JSON_FLAT_H

#include <stdbool.h>
#include <stddef.h>

/* Points into the text that was read; nothing is terminated. */
struct ph_json_member {
	const char *name; /* without its quotes; a name with an escape is not read */
	size_t name_len;
	const char *value; /* JSON text as it stands, a string with its quotes */
	size_t value_len;
	bool is_string;
};

/*
 * Reads an object whose members are strings and whole numbers of at most 15 digits, without white space. Returns the
 * number of members, or -EINVAL for any other text, which may still be good JSON. The text must have passed
 * ph_json_scan(): UTF-8 is not looked at here.
 */
int ph_json_flat(const char *text, size_t len, struct ph_json_member *members, size_t max);

/* The member of that name, or NULL. */
const struct ph_json_member *ph_json_flat_find(
	const struct ph_json_member *members, int count, const char *name);

#endif
