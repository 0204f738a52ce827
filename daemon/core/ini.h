/*
 * INI files as sections with keys, each with file and line. libinih splits the lines; the bookkeeping it
 * lacks (line numbers, long section names, empty sections, every bad line) is done around it.
 *
 * A comment is a line that starts with `;` or `#`, or the rest of a line behind a blank and `;`.
 */
#ifndef PH_DAEMON_CORE_INI_H
#define PH_DAEMON_CORE_INI_H

#include "daemon/core/problem.h"

#include <stdbool.h>
#include <stddef.h>

#define PH_INI_FILE_MAX	    (256 * 1024) /* bytes; a larger file is a problem and not read */
#define PH_INI_LINE_MAX	    1024 /* bytes without LF; a longer line is a problem and passed over */
#define PH_INI_SECTIONS_MAX 1024 /* in all files; further ones are a problem and passed over */
#define PH_INI_ENTRIES_MAX  128	 /* keys of one section; as above */

struct ph_ini_entry {
	char *key, *value; /* UTF-8, without blanks at the ends; value may be empty; owned */
	unsigned line;
};

/* "[device till-printer]" has the kind "device" and the name "till-printer". */
struct ph_ini_section {
	char *kind, *name; /* name is "" when there is none; owned */
	char *file;	   /* owned */
	unsigned line;
	bool broken; /* something in it was reported: the entries are not all that was meant */
	struct ph_ini_entry *entries; /* in the order of the file, keys unique; owned */
	size_t len, size;
};

struct ph_ini {
	struct ph_ini_section *sections; /* owned */
	size_t len, size;
};

/*
 * Adds the sections of `text` to `ini`. `file` names it in problems. A key that occurs twice in a section,
 * a section that occurs twice in a file and a named section that occurs twice at all are problems; the
 * first one counts and the other section is `broken`. Not for two threads at once (libinih's settings are
 * global). Returns 0, or -ENOMEM; `ini` stays valid in both cases.
 */
int ph_ini_parse(struct ph_ini *ini, const char *file, const char *text, size_t len,
	struct ph_problems *problems);

/* The same for a file. One that does not exist is empty; one that cannot be read is a problem. */
int ph_ini_read(struct ph_ini *ini, const char *path, struct ph_problems *problems);

/* Frees all and leaves an empty list. Accepts a zeroed struct. */
void ph_ini_done(struct ph_ini *ini);

/*
 * Walks through words separated by blanks and commas: copies the next one into `out` (cut to size - 1
 * bytes) and moves `*cursor` behind it. Returns false at the end.
 */
bool ph_ini_word(const char **cursor, char *out, size_t size);

#endif
