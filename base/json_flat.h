/*
 * A reader of small flat JSON objects that allocates nothing: for the one message whose way is measured in
 * microseconds. Everything else goes through cJSON.
 */
#ifndef PH_BASE_JSON_FLAT_H
#define PH_BASE_JSON_FLAT_H

#include <stddef.h>

enum ph_json_kind {
	PH_JSON_STRING,
	PH_JSON_NUMBER,
	PH_JSON_LITERAL, /* true, false, null */
	PH_JSON_NESTED,	 /* a list or an object of the same */
};

/* Points into the text that was read; nothing is terminated. */
struct ph_json_member {
	const char *name; /* without its quotes; a name with an escape is not read */
	size_t name_len;
	const char *value; /* JSON text as it stands, a string with its quotes */
	size_t value_len;
	enum ph_json_kind kind;
};

/*
 * Reads an object whose members are strings, whole numbers of at most 15 digits, literals, lists and objects, without white
 * space between them. Returns the number of members, or -EINVAL for any other text, which may still be good JSON. The text
 * must have passed ph_json_scan(): neither UTF-8 nor depth is looked at here.
 */
int ph_json_flat(const char *text, size_t len, struct ph_json_member *members, size_t max);

/* The member of that name, or NULL. */
const struct ph_json_member *ph_json_flat_find(
	const struct ph_json_member *members, int count, const char *name);

#endif
