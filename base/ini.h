/* Lines of a text in INI form, one after the other: sections, keys and values, without memory of its own. */
#ifndef PH_BASE_INI_H
#define PH_BASE_INI_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the text; not terminated. */
struct ph_ini_word {
	const char *data;
	size_t len;
};

struct ph_ini {
	const char *text; /* what is left; borrowed */
	size_t len;
	unsigned line; /* of the last item, from 1 */
};

/* `[kind name]` has a kind and a name (which may be empty); `key = value` has a key and a value. */
struct ph_ini_item {
	bool section;
	struct ph_ini_word kind, name;
	struct ph_ini_word key, value;
};

void ph_ini_init(struct ph_ini *ini, const char *text, size_t len);

/*
 * The next section or key. Empty lines and lines that begin with '#' or ';' are passed over; white space around words is
 * left out. Returns 1, 0 at the end, -EINVAL for a line that is neither (ini->line says which; the next call goes on).
 */
int ph_ini_next(struct ph_ini *ini, struct ph_ini_item *ret_item);

/* Takes the next word off the front of `list`; words end at white space or at `separator`. False at the end. */
bool ph_ini_word_next(struct ph_ini_word *list, char separator, struct ph_ini_word *ret_word);

bool ph_ini_word_is(struct ph_ini_word word, const char *text);

/* A number of digits only, at most `max`. -EINVAL, -ERANGE. */
int ph_ini_word_number(struct ph_ini_word word, unsigned max, unsigned *ret_number);

#endif
